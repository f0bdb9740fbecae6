//! Parameters of requests: `ListOptions`, `CreateOptions`, `DeleteOptions` and their checks.

use crate::{
    field,
    object::selector::{FieldSelector, LabelSelector},
    registry::{Caller, DeleteOptions, FieldValidation, ListOptions, Propagation, User},
    status::Status,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request's query.
pub(super) type Query = BTreeMap<String, String>;

/// A field manager's name is no longer than this.
const MAX_MANAGER: usize = 128;

fn given<'a>(query: &'a Query, name: &str) -> &'a str {
    query.get(name).map_or("", String::as_str)
}

/// `strconv.ParseInt` of a parameter.
fn integer(query: &Query, name: &str) -> Result<Option<i64>, Status> {
    let text = given(query, name);
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |error: std::num::ParseIntError| {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        let why = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: {why}"))
    };
    text.parse().map(Some).map_err(wrong)
}

/// Booleans as `conversion.Convert_Slice_string_To_bool` reads them: all but `false` and `0` is true.
pub(super) fn boolean(query: &Query, name: &str) -> Option<bool> {
    let text = query.get(name)?;
    Some(!matches!(text.to_lowercase().as_str(), "false" | "0"))
}

fn invalid(kind: &str, errors: &[field::Error]) -> Result<(), Status> {
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid("meta.k8s.io", kind, "", errors)) }
}

/// What kind of write a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Create,
    Update,
    /// A patch; `apply` tells whether it is applied.
    Patch {
        apply: bool,
    },
}

impl Write {
    fn kind(self) -> &'static str {
        match self {
            Self::Create => "CreateOptions",
            Self::Update => "UpdateOptions",
            Self::Patch { .. } => "PatchOptions",
        }
    }
}

/// Who writes and how, from the parameters of a write.
///
/// # Errors
/// 422 as `ValidateCreateOptions` and its like say.
pub(super) fn caller(write: Write, query: &Query, agent: &str, user: User) -> Result<Caller, Status> {
    let manager = given(query, "fieldManager");
    let mut errors = Vec::new();
    let apply = write == Write::Patch { apply: true };
    if let Write::Patch { apply } = write {
        if !apply && query.contains_key("force") {
            errors.push(field::Error::forbidden("force", "may not be specified for non-apply patch"));
        }
        if apply && manager.is_empty() {
            errors.push(field::Error::required("fieldManager", "is required for apply patch"));
        }
    }
    errors.extend(check_manager(manager));
    let dry_run = dry_run(query.get("dryRun").map(|value| json!([value])), &mut errors);
    let (validation, named) = match given(query, "fieldValidation") {
        "" => (FieldValidation::Warn, None),
        "Warn" => (FieldValidation::Warn, Some("Warn")),
        "Ignore" => (FieldValidation::Ignore, Some("Ignore")),
        "Strict" => (FieldValidation::Strict, Some("Strict")),
        other => {
            let allowed = ["", "Ignore", "Strict", "Warn"];
            errors.push(field::Error::not_supported("fieldValidation", other, &allowed));
            (FieldValidation::Warn, None)
        }
    };
    invalid(write.kind(), &errors)?;
    let agent = agent.split('/').next().unwrap_or_default();
    let cut = agent.char_indices().nth(MAX_MANAGER).map_or(agent.len(), |(end, _)| end);
    Ok(Caller {
        user,
        manager: if manager.is_empty() { agent[..cut].to_owned() } else { manager.to_owned() },
        field_manager: manager.to_owned(),
        field_validation: named,
        dry_run,
        validation,
        force: apply && boolean(query, "force").unwrap_or_default(),
        ..Caller::default()
    })
}

fn check_manager(manager: &str) -> Option<field::Error> {
    if manager.len() > MAX_MANAGER {
        return Some(field::Error::too_long("fieldManager", 128));
    }
    let (place, hidden) = manager.char_indices().find(|(_, c)| c.is_control())?;
    let why = format!("invalid character U+{:04X} (at position {place})", u32::from(hidden));
    Some(field::Error::invalid("fieldManager", manager, why))
}

/// `dryRun`: only `All` is known.
fn dry_run(value: Option<Value>, errors: &mut Vec<field::Error>) -> bool {
    let Some(list) = value else { return false };
    let values: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if values.iter().any(|value| *value != "All") {
        errors.push(field::Error::not_supported("dryRun", list.clone(), &["All"]));
    }
    !values.is_empty()
}

/// Options of a list or watch.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) list: ListOptions,
    pub(super) watch: bool,
    pub(super) bookmarks: bool,
    pub(super) initial: Option<bool>,
    /// Seconds.
    pub(super) timeout: Option<u64>,
}

/// The parameters of a list or watch.
///
/// # Errors
/// 400 for what cannot be read, 422 as `ValidateListOptions` says.
pub(super) fn list(query: &Query) -> Result<Asked, Status> {
    let text = |name: &str| given(query, name).to_owned();
    let labels = LabelSelector::parse(given(query, "labelSelector")).map_err(Status::bad_request)?;
    let fields = FieldSelector::parse(given(query, "fieldSelector")).map_err(Status::bad_request)?;
    let timeout = integer(query, "timeoutSeconds")?;
    let limit = integer(query, "limit")?.unwrap_or_default();
    let mut asked = Asked {
        list: ListOptions {
            labels,
            fields,
            limit: u64::try_from(limit).unwrap_or_default(),
            continue_: text("continue"),
            resource_version: text("resourceVersion"),
            version_match: text("resourceVersionMatch"),
        },
        watch: boolean(query, "watch").unwrap_or_default(),
        bookmarks: boolean(query, "allowWatchBookmarks").unwrap_or_default(),
        initial: boolean(query, "sendInitialEvents"),
        timeout: timeout.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0),
    };
    // `SetListOptionsDefaults`: a watch from nowhere begins with what there is, also without being told so.
    let from_nowhere = ["", "0"].contains(&asked.list.resource_version.as_str());
    if asked.watch && asked.initial.is_none() && asked.list.version_match.is_empty() && from_nowhere {
        asked.initial = None;
    }
    invalid("ListOptions", &check_list(&asked))?;
    Ok(asked)
}

fn check_list(asked: &Asked) -> Vec<field::Error> {
    let (list, matching) = (&asked.list, asked.list.version_match.as_str());
    let forbidden = |why: &str| field::Error::forbidden("resourceVersionMatch", why);
    let unsupported =
        |allowed: &[&str]| field::Error::not_supported("resourceVersionMatch", matching, allowed);
    let continued = "resourceVersionMatch is forbidden when continue is provided";
    let mut errors = Vec::new();
    if asked.watch {
        if asked.initial.is_some() && matching != "NotOlderThan" {
            errors.push(forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }
        if !matching.is_empty() {
            if asked.initial.is_none() {
                let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
                errors.push(forbidden(why));
            }
            if matching != "NotOlderThan" {
                errors.push(unsupported(&["NotOlderThan"]));
            }
            if !list.continue_.is_empty() {
                errors.push(forbidden(continued));
            }
        }
        return errors;
    }
    if !matching.is_empty() {
        if list.resource_version.is_empty() {
            errors.push(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        if !list.continue_.is_empty() {
            errors.push(forbidden(continued));
        }
        if !["Exact", "NotOlderThan"].contains(&matching) {
            errors.push(unsupported(&["Exact", "NotOlderThan", ""]));
        }
        if matching == "Exact" && list.resource_version == "0" {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.push(forbidden(why));
        }
    }
    if asked.initial.is_some() {
        let why = "sendInitialEvents is forbidden for list";
        errors.push(field::Error::forbidden("sendInitialEvents", why));
    }
    errors
}

/// The options of a deletion, and whether the old `orphanDependents` says that dependents go.
///
/// # Errors
/// 400 for what cannot be read, 422 as `ValidateDeleteOptions` says.
pub(super) fn delete(query: &Query, body: Option<&Value>) -> Result<(DeleteOptions, bool), Status> {
    let shown;
    let given = match body {
        Some(body) => body,
        None => {
            shown = from_query(query)?;
            &shown
        }
    };
    let text = |key: &str| given.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let condition = |key: &str| given.pointer(&format!("/preconditions/{key}")).and_then(Value::as_str);
    let orphan = given.get("orphanDependents").and_then(Value::as_bool);
    let mut errors = Vec::new();
    let policy = text("propagationPolicy");
    if let (Some(_), Some(policy)) = (orphan, policy) {
        let why = "orphanDependents and deletionPropagation cannot be both set";
        errors.push(field::Error::invalid("propagationPolicy", policy, why));
    }
    let propagation = match policy {
        None => orphan.map(|orphan| if orphan { Propagation::Orphan } else { Propagation::Background }),
        Some("Foreground") => Some(Propagation::Foreground),
        Some("Background") => Some(Propagation::Background),
        Some("Orphan") => Some(Propagation::Orphan),
        Some(other) => {
            let allowed = ["Foreground", "Background", "Orphan", "nil"];
            errors.push(field::Error::not_supported("propagationPolicy", other, &allowed));
            None
        }
    };
    let dry_run = dry_run(given.get("dryRun").cloned(), &mut errors);
    invalid("DeleteOptions", &errors)?;
    let options = DeleteOptions {
        grace: given.get("gracePeriodSeconds").and_then(Value::as_i64),
        uid: condition("uid").map(str::to_owned),
        resource_version: condition("resourceVersion").map(str::to_owned),
        propagation,
        dry_run,
    };
    Ok((options, orphan == Some(false)))
}

fn from_query(query: &Query) -> Result<Value, Status> {
    let mut options = json!({});
    if let Some(seconds) = integer(query, "gracePeriodSeconds")? {
        options["gracePeriodSeconds"] = seconds.into();
    }
    if let Some(orphan) = boolean(query, "orphanDependents") {
        options["orphanDependents"] = orphan.into();
    }
    for key in ["propagationPolicy"] {
        if let Some(value) = query.get(key) {
            options[key] = value.as_str().into();
        }
    }
    if let Some(value) = query.get("dryRun") {
        options["dryRun"] = json!([value]);
    }
    Ok(options)
}

//! A resource with what its kind's rules are: built in or defined.

use super::{Caller, FieldValidation, expressions};
use crate::{
    crd::{self, Custom, Origin},
    field,
    kinds::{Gvr, Resource, builtin},
    object,
    schema::{self, TypeRef},
    status::Status,
    strategy::{self, Part},
};
use serde_json::Value;
use std::{ops::Deref, sync::Arc};

/// A resource of one version, as it is served.
#[derive(Debug, Clone)]
pub struct Served {
    /// Its names and verbs.
    pub resource: Arc<Resource>,
    /// Its definition, if it is not built in.
    pub custom: Option<Arc<Custom>>,
}

impl Deref for Served {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        &self.resource
    }
}

impl From<Arc<Resource>> for Served {
    fn from(resource: Arc<Resource>) -> Self {
        Self { resource, custom: None }
    }
}

impl From<Arc<Custom>> for Served {
    fn from(custom: Arc<Custom>) -> Self {
        Self { resource: Arc::new(custom.resource.clone()), custom: Some(custom) }
    }
}

/// What a body was before it was parsed.
#[derive(Debug, Clone)]
pub enum Source<'a> {
    /// JSON, which is read again for what it repeats.
    Json(&'a [u8]),
    /// Another format; what strict reading says of keys that it repeats.
    Parsed(Option<String>),
}

/// Why an object is none of a resource's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// It says to be of another version.
    Version(String),
    /// It is of another kind, or of none that is known.
    Kind(String),
}

/// One warning for each line of what reading YAML strictly says: `parseYAMLWarnings`.
fn yaml_lines(told: &str) -> Vec<&str> {
    match told.strip_prefix("yaml: unmarshal errors:\n") {
        Some(lines) => lines.lines().map(str::trim).collect(),
        None => vec![told],
    }
}

/// The definitions of custom resources.
pub(super) fn definitions() -> Gvr {
    Gvr::new("apiextensions.k8s.io", "v1", "customresourcedefinitions")
}

impl Served {
    /// A built-in kind (group, version, kind) that is only sent to a subresource and is no resource itself.
    #[must_use]
    pub fn sent((group, version, kind): (&str, &str, &str)) -> Self {
        let singular = kind.to_lowercase();
        Self::from(Arc::new(Resource {
            gvr: Gvr::new(group, version, format!("{singular}s")),
            kind: kind.to_owned(),
            list_kind: format!("{kind}List"),
            singular,
            namespaced: true,
            short_names: Vec::new(),
            categories: Vec::new(),
            verbs: Vec::new(),
            subresources: Vec::new(),
            type_name: builtin().type_name(group, version, kind).unwrap_or_default().to_owned(),
        }))
    }

    /// Whether the objects are definitions of custom resources.
    #[must_use]
    pub fn defines(&self) -> bool {
        self.custom.is_none() && self.kind == "CustomResourceDefinition"
    }

    /// A subresource.
    #[must_use]
    pub fn subresource(&self, name: &str) -> Option<&crate::kinds::Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }

    /// The type of its objects, where it is known.
    #[must_use]
    pub fn type_ref(&self) -> Option<TypeRef<'_>> {
        match &self.custom {
            Some(custom) => custom.types().get(&self.type_name),
            None => schema::builtin().get(&self.type_name),
        }
    }

    /// 404 for one of its objects.
    #[must_use]
    pub fn not_found(&self, name: &str) -> Status {
        Status::not_found(&self.gvr.group, &self.gvr.resource, name)
    }

    /// 409 for one of its objects.
    #[must_use]
    pub fn conflict(&self, name: &str, why: &str) -> Status {
        Status::conflict(&self.gvr.group, &self.gvr.resource, name, why)
    }

    /// 422 for one of its objects, if there is an error.
    fn valid(&self, object: &Value, errors: &[field::Error]) -> Result<(), Status> {
        if errors.is_empty() {
            return Ok(());
        }
        let kind = object::text(object, &["kind"]);
        let kind = if self.custom.is_some() { kind } else { &self.kind };
        // Events are the core's, whichever group serves them.
        let group = if self.custom.is_none() && kind == "Event" { "" } else { &self.gvr.group };
        Err(Status::invalid(group, kind, object::name(object), errors))
    }

    /// Brings a decoded object into shape and sets its defaults; the paths of fields that a definition does not know.
    ///
    /// # Errors
    /// 400 for metadata that does not decode.
    pub fn default(&self, object: &mut Value) -> Result<Vec<String>, Status> {
        let Some(custom) = &self.custom else {
            if self.defines() {
                crd::definition::default(object);
            }
            // An empty list of managers asks to forget them all; as a list it would be left out.
            let forgets = object
                .pointer("/metadata/managedFields")
                .is_some_and(|list| *list == Value::Array(Vec::new()));
            strategy::default(&self.resource, object);
            if let (true, Some(Value::Object(metadata))) = (forgets, object.get_mut("metadata")) {
                metadata.insert("managedFields".to_owned(), Value::Array(Vec::new()));
            }
            return Ok(Vec::new());
        };
        custom.decode(object, Origin::Request).map_err(|why| {
            let kind = &self.kind;
            Status::bad_request(format!(
                "{kind} in version {:?} cannot be handled as a {kind}: {why}",
                self.gvr.version
            ))
        })
    }

    /// Decodes a body that is an object of this kind: types, unknown and duplicate fields, defaults. `value` is what stands
    /// in `source`, parsed.
    ///
    /// # Errors
    /// 400 with the real server's reasons.
    pub fn decode(&self, caller: &Caller, source: Source<'_>, value: Value) -> Result<Value, Status> {
        let (kind, version) = (&self.kind, &self.gvr.version);
        let refused = |why: String| {
            Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}"))
        };
        // Unknown fields of custom resources are the definition's business, and are told of after duplicates.
        let of = if self.custom.is_some() { None } else { self.type_ref() };
        let mode = schema::Mode::Warn;
        let (decoded, repeated) = match source {
            Source::Json(text) => (schema::decode(text, of, mode), None),
            Source::Parsed(repeated) => (schema::decode_value(&value, of, mode), repeated),
        };
        let decoded = decoded.map_err(refused)?;
        let (mut object, mut strict) = (decoded.value, repeated.into_iter().collect::<Vec<_>>());
        strict.extend(decoded.warnings);
        for key in ["kind", "apiVersion"] {
            if let Some(known) = value.get(key) {
                object[key] = known.clone();
            }
        }
        strict.extend(self.default(&mut object)?.into_iter().map(|path| format!("unknown field {path:?}")));
        match caller.validation {
            FieldValidation::Strict if !strict.is_empty() => {
                return Err(refused(format!("strict decoding error: {}", strict.join(", "))));
            }
            FieldValidation::Ignore => {}
            _ => strict.iter().flat_map(|told| yaml_lines(told)).for_each(|warning| caller.warn(warning)),
        }
        Ok(object)
    }

    /// Why an object that says to be of this version and kind is none of these objects; nothing if it is one.
    #[must_use]
    pub fn foreign(&self, version: &str, kind: &str, expected: (&str, &str)) -> Option<Foreign> {
        let (wanted_version, wanted) = expected;
        if version == wanted_version && (kind == wanted || self.custom.is_some()) {
            return None;
        }
        let (group, short) = version.split_once('/').unwrap_or(("", version));
        if self.custom.is_none() && builtin().type_name(group, short, kind).is_none() {
            return Some(Foreign::Kind(format!(
                "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
            )));
        }
        if kind == wanted || self.custom.is_some() {
            return Some(Foreign::Version(format!(
                "the API version in the data ({version}) does not match the expected API version ({wanted_version})"
            )));
        }
        let own = wanted_version.split_once('/').map_or("", |(group, _)| group);
        let internal = match own.split('.').next() {
            None | Some("") => "core",
            Some(first) => first,
        };
        Some(Foreign::Kind(format!(
            "converting ({short}.{kind}) to ({internal}.{wanted}): unknown conversion"
        )))
    }

    /// What a creation may not set.
    pub(super) fn prepare_for_create(&self, caller: &Caller, object: &mut Value) {
        match &self.custom {
            Some(custom) => custom.prepare_for_create(object),
            None if self.defines() => crd::definition::prepare_for_create(object),
            None => strategy::prepare_for_create(&self.resource, object),
        }
        if self.kind == "CertificateSigningRequest" && self.gvr.group == "certificates.k8s.io" {
            requester(caller, object);
        }
    }

    /// What an update of a part may not change.
    pub(super) fn prepare_for_update(&self, part: Part, new: &mut Value, old: &Value) {
        match &self.custom {
            Some(custom) => custom.prepare_for_update(custom_part(part), new, old),
            None if self.defines() && part == Part::Main => crd::definition::prepare_for_update(new, old),
            None if self.defines() => crd::definition::prepare_for_status_update(new, old),
            None => strategy::prepare_for_update(&self.resource, part, new, old),
        }
    }

    /// Whether a new object keeps the rules.
    pub(super) fn check_new(&self, caller: &Caller, object: &Value) -> Result<(), Status> {
        // For kinds that are not built in, the strategies know the rules of metadata.
        let mut errors = strategy::validate_create(&self.resource, object);
        errors.extend(expressions::errors(&self.resource, object));
        let errors = match &self.custom {
            Some(custom) => custom.validate_create(object, errors),
            None if self.defines() => crd::definition::validate_create(object, errors),
            None => errors,
        };
        self.valid(object, &errors)?;
        self.warn(caller, object, None);
        Ok(())
    }

    /// Whether a changed object keeps the rules.
    pub(super) fn check_update(
        &self,
        caller: &Caller,
        part: Part,
        new: &Value,
        old: &Value,
    ) -> Result<(), Status> {
        let mut errors = strategy::validate_update(&self.resource, part, new, old);
        if part == Part::Main
            && self.custom.is_none()
            && ["spec", "webhooks"].iter().any(|key| new.get(key) != old.get(key))
        {
            errors.extend(expressions::errors(&self.resource, new));
        }
        let errors = match &self.custom {
            Some(custom) => {
                let verdict = custom.validate_update(custom_part(part), new, old, errors);
                verdict.warnings.into_iter().for_each(|warning| caller.warn(warning));
                verdict.errors
            }
            None if self.defines() && part == Part::Main => {
                crd::definition::validate_update(new, old, errors)
            }
            None if self.defines() => crd::definition::validate_status_update(new, errors),
            None => errors,
        };
        self.valid(new, &errors)?;
        self.warn(caller, new, Some(old));
        Ok(())
    }

    fn warn(&self, caller: &Caller, new: &Value, old: Option<&Value>) {
        let warnings = match &self.custom {
            Some(_) => Vec::new(),
            None if self.defines() => crd::definition::warnings(new, old),
            None => strategy::warnings(&self.resource, new, old),
        };
        warnings.into_iter().for_each(|warning| caller.warn(warning));
    }

    /// The warning that every request gets where the version is to go away.
    #[must_use]
    pub fn deprecation(&self) -> Option<&str> {
        match &self.custom {
            Some(custom) => custom.deprecation.as_deref(),
            None => strategy::deprecation(&self.resource),
        }
    }

    /// The Go type of its objects inside the real server, as messages show it: `*core.ConfigMap`.
    #[must_use]
    pub fn go_type(&self) -> String {
        if self.custom.is_some() {
            return "*unstructured.Unstructured".to_owned();
        }
        let package = match self.gvr.group.as_str() {
            "" | "events.k8s.io" => "core",
            group => group.split('.').next().unwrap_or_default(),
        };
        format!("*{package}.{}", self.kind)
    }
}

/// Who asks for a certificate.
fn requester(caller: &Caller, object: &mut Value) {
    let user = &caller.user;
    let Some(Value::Object(spec)) = object.get_mut("spec") else { return };
    spec.insert("username".to_owned(), user.name.as_str().into());
    if !user.uid.is_empty() {
        spec.insert("uid".to_owned(), user.uid.as_str().into());
    }
    if !user.groups.is_empty() {
        spec.insert("groups".to_owned(), user.groups.clone().into());
    }
    if !user.extra.is_empty() {
        let extra = user.extra.iter().map(|(key, values)| (key.clone(), values.clone().into()));
        spec.insert("extra".to_owned(), Value::Object(extra.collect()));
    }
}

fn custom_part(part: Part) -> crd::Part {
    if part == Part::Status { crd::Part::Status } else { crd::Part::Main }
}

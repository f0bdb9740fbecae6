//! Flow control of the API server: `pkg/apis/flowcontrol/validation`, but for the fixed specs of `exempt` and `catch-all`.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, texts},
};
use serde_json::json;

const VERBS: [&str; 9] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const MAX_QUEUES: i64 = 10_000_000;

/// A FlowSchema.
pub(super) fn schema(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    let precedence = spec.get("matchingPrecedence");
    match precedence.number() {
        ..=0 => errors.push(precedence.invalid("must be a positive value")),
        10_001.. => errors.push(precedence.invalid("must not be greater than 10000")),
        1 if object.at("metadata.name").text() != "exempt" => {
            errors.push(precedence.invalid("only the schema named 'exempt' may have matchingPrecedence 1"));
        }
        _ => {}
    }
    let method = spec.at("distinguisherMethod.type");
    if spec.get("distinguisherMethod").is_set() && !["ByNamespace", "ByUser"].contains(&method.text()) {
        let shown = json!({"Type": method.text()});
        errors.push(Error::not_supported(&method.path, shown, &["ByNamespace", "ByUser"]));
    }
    let level = spec.at("priorityLevelConfiguration.name");
    if level.is_empty() {
        errors.push(level.required("must reference a priority level"));
    } else {
        level.obeys(names::dns_subdomain, errors);
    }
    for rule in spec.get("rules").items() {
        self::rule(&rule, errors);
    }
}

fn rule(rule: &At<'_>, errors: &mut Errors) {
    let (subjects, resources, others) =
        (rule.get("subjects"), rule.get("resourceRules"), rule.get("nonResourceRules"));
    if subjects.is_empty() {
        errors.push(subjects.required("subjects must contain at least one value"));
    }
    for subject in subjects.items() {
        self::subject(&subject, errors);
    }
    if resources.is_empty() && others.is_empty() {
        errors.push(rule.required("at least one of resourceRules and nonResourceRules has to be non-empty"));
    }
    for rule in resources.items() {
        resource_rule(&rule, errors);
    }
    for rule in others.items() {
        verbs(&rule, errors);
        let urls = rule.get("nonResourceURLs");
        if urls.is_empty() {
            errors.push(urls.required("nonResourceURLs must contain at least one value"));
        } else if texts(&urls).contains(&"*") {
            alone(&urls, "non-resource URLs", errors);
        } else {
            urls.items().iter().for_each(|url| path(url, errors));
        }
    }
}

fn subject(subject: &At<'_>, errors: &mut Errors) {
    const KINDS: [(&str, &str); 3] =
        [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")];
    let kind = subject.get("kind");
    let Some((_, own)) = KINDS.iter().find(|(known, _)| *known == kind.text()) else {
        return errors.push(kind.not_supported(&["Group", "ServiceAccount", "User"]));
    };
    let part = subject.get(own);
    if part.is_set() {
        let name = part.get("name");
        if name.is_empty() {
            errors.push(name.required(""));
        } else if *own == "serviceAccount" && name.text() != "*" {
            name.obeys(names::dns_subdomain, errors);
        }
        let namespace = part.get("namespace");
        if *own == "serviceAccount" && namespace.is_empty() {
            errors.push(namespace.required("must specify namespace for service account"));
        } else if *own == "serviceAccount" {
            namespace.obeys(names::dns_label, errors);
        }
    } else {
        errors.push(part.required(&format!("{own} is required when subject kind is '{}'", kind.text())));
    }
    // In the order of the real server: the service account, the user, the group.
    for (name, other) in KINDS.iter().filter(|(_, other)| other != own && subject.get(other).is_set()) {
        let why = format!("{other} is forbidden when subject kind is not '{name}'");
        errors.push(subject.get(other).forbidden(why));
    }
}

fn verbs(rule: &At<'_>, errors: &mut Errors) {
    let verbs = rule.get("verbs");
    if verbs.is_empty() {
        errors.push(verbs.required("verbs must contain at least one value"));
    } else if texts(&verbs).contains(&"*") {
        alone(&verbs, "verbs", errors);
    } else if !texts(&verbs).iter().all(|verb| VERBS.contains(verb)) {
        errors.push(verbs.not_supported(&VERBS));
    }
}

/// A star stands alone.
fn alone(list: &At<'_>, what: &str, errors: &mut Errors) {
    if list.len() > 1 && texts(list).contains(&"*") {
        errors.push(list.invalid(format!("if '*' is present, must not specify other {what}")));
    }
}

fn resource_rule(rule: &At<'_>, errors: &mut Errors) {
    verbs(rule, errors);
    for (key, what, one) in [("apiGroups", "api groups", "api group"), ("resources", "resources", "resource")]
    {
        let list = rule.get(key);
        if list.is_empty() {
            errors.push(list.required(&format!("resource rules must supply at least one {one}")));
        }
        alone(&list, what, errors);
    }
    let namespaces = rule.get("namespaces");
    if namespaces.is_empty() && !rule.get("clusterScope").is_true() {
        let why = "resource rules that are not cluster scoped must supply at least one namespace";
        errors.push(namespaces.required(why));
    } else if texts(&namespaces).contains(&"*") {
        alone(&namespaces, "namespaces", errors);
    } else {
        for namespace in namespaces.items() {
            for fault in names::dns_label(namespace.text()) {
                let why = format!("each member of this list must be '*' or a DNS-1123 label; {fault}");
                errors.push(namespace.invalid_text(why));
            }
        }
    }
}

/// `ValidateNonResourceURLPath`.
fn path(url: &At<'_>, errors: &mut Errors) {
    let text = url.text();
    let stars = text.matches('*').count();
    let why = match text {
        "" => "must not be empty",
        "/" => return,
        _ if !text.starts_with('/') => "must start with slash",
        _ if text.contains(' ') => "must not contain white-space",
        _ if text.contains("//") => "must not contain double slash",
        _ if stars > 1 || (stars == 1 && !text.ends_with("/*")) => "wildcard can only do suffix matching",
        _ => return,
    };
    errors.push(url.invalid_text(why));
}

/// A PriorityLevelConfiguration.
pub(super) fn level(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    let (kind, limited, exempt) = (spec.get("type"), spec.get("limited"), spec.get("exempt"));
    if (object.at("metadata.name").text() == "exempt") != (kind.text() == "Exempt") {
        errors.push(kind.invalid_text("must be 'Exempt' if and only if `name` is 'exempt'"));
    }
    match kind.text() {
        "Exempt" => {
            if limited.is_set() {
                errors.push(limited.forbidden("must be nil if the type is not Limited"));
            }
            shares(&exempt, errors);
            percent(&exempt.get("lendablePercent"), errors);
        }
        "Limited" => {
            if exempt.is_set() {
                errors.push(exempt.forbidden("must be nil if the type is Limited"));
            }
            if limited.is_set() {
                self::limited(&limited, errors);
            } else {
                errors.push(limited.required("must not be empty when type is Limited"));
            }
        }
        "" => errors.push(kind.required("")),
        _ => errors.push(kind.not_supported(&["Exempt", "Limited"])),
    }
}

fn shares(owner: &At<'_>, errors: &mut Errors) {
    let shares = owner.get("nominalConcurrencyShares");
    if shares.number() < 0 {
        errors.push(shares.invalid("must be a non-negative integer"));
    }
}

fn percent(percent: &At<'_>, errors: &mut Errors) {
    if percent.is_set() && !(0..=100).contains(&percent.number()) {
        errors.push(percent.invalid("must be between 0 and 100, inclusive"));
    }
}

fn limited(limited: &At<'_>, errors: &mut Errors) {
    shares(limited, errors);
    let response = limited.get("limitResponse");
    let (kind, queuing) = (response.get("type"), response.get("queuing"));
    match kind.text() {
        "Reject" if queuing.is_set() => {
            errors.push(queuing.forbidden("must be nil if limited.limitResponse.type is not Limited"));
        }
        "Reject" => {}
        "Queue" if queuing.is_set() => self::queuing(&queuing, errors),
        "Queue" => {
            errors.push(queuing.required("must not be empty if limited.limitResponse.type is Limited"))
        }
        "" => errors.push(kind.required("")),
        _ => errors.push(kind.not_supported(&["Queue", "Reject"])),
    }
    percent(&limited.get("lendablePercent"), errors);
    let borrowing = limited.get("borrowingLimitPercent");
    if borrowing.number() < 0 {
        errors.push(borrowing.invalid("if specified, must be a non-negative integer"));
    }
}

fn queuing(queuing: &At<'_>, errors: &mut Errors) {
    let (queues, hand) = (queuing.get("queues"), queuing.get("handSize"));
    for at in [queuing.get("queueLengthLimit"), queues.clone(), hand.clone()] {
        if at.number() <= 0 {
            errors.push(at.invalid("must be positive"));
        }
        if at.path == queues.path && at.number() > MAX_QUEUES {
            errors.push(at.invalid(format!("must not be greater than {MAX_QUEUES}")));
        }
    }
    if hand.number() > 0 && hand.number() > queues.number() {
        errors.push(hand.invalid(format!("should not be greater than queues ({})", queues.number())));
    }
}

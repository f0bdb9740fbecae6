//! Kinds of administration: webhooks, admission policies, storage and priority classes and others.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, selector, texts},
};
use serde_json::Value;

/// The webhooks of a configuration.
pub(super) fn webhooks(object: &At<'_>, mutating: bool, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for hook in object.get("webhooks").items() {
        webhook(&hook, mutating, errors);
        review_versions(&hook.get("admissionReviewVersions"), errors);
        let name = hook.get("name");
        if !name.is_empty() {
            if known.contains(&name.text()) {
                errors.push(name.duplicate());
            } else {
                known.push(name.text());
            }
        }
    }
}

/// `IsFullyQualifiedName`.
fn qualified_name(name: &At<'_>, errors: &mut Errors) {
    if name.is_empty() {
        return errors.push(name.required(""));
    }
    let faults = names::dns_subdomain(name.text());
    if !faults.is_empty() {
        errors.push(name.invalid(faults.join(",")));
    } else if name.text().split('.').count() < 3 {
        errors.push(name.invalid("should be a domain with at least three segments separated by dots"));
    }
}

fn webhook(hook: &At<'_>, mutating: bool, errors: &mut Errors) {
    qualified_name(&hook.get("name"), errors);
    for rule in hook.get("rules").items() {
        operations(&rule, errors);
        self::rule(&rule, errors);
    }
    let optional = |key: &str, allowed: &[&str], errors: &mut Errors| {
        if hook.get(key).is_set() {
            hook.get(key).one_of(allowed, errors);
        }
    };
    optional("failurePolicy", &["Fail", "Ignore"], errors);
    optional("matchPolicy", &["Equivalent", "Exact"], errors);
    let effects = hook.get("sideEffects");
    if effects.is_set() {
        effects.one_of(&["None", "NoneOnDryRun"], errors);
    } else {
        errors.push(effects.required("must specify one of None, NoneOnDryRun"));
    }
    let timeout = hook.get("timeoutSeconds");
    if timeout.is_set() && !(1..=30).contains(&timeout.number()) {
        errors.push(timeout.invalid("the timeout value must be between 1 and 30 seconds"));
    }
    selector(&hook.get("namespaceSelector"), errors);
    selector(&hook.get("objectSelector"), errors);
    if mutating {
        optional("reinvocationPolicy", &["IfNeeded", "Never"], errors);
    }
    let config = hook.get("clientConfig");
    let (url, service) = (config.get("url"), config.get("service"));
    match (url.is_set(), service.is_set()) {
        (true, false) => self::url(&url, errors),
        (false, true) => webhook_service(&service, errors),
        _ => errors.push(config.required("exactly one of url or service is required")),
    }
}

fn operations(rule: &At<'_>, errors: &mut Errors) {
    let operations = rule.get("operations");
    if operations.is_empty() {
        errors.push(operations.required(""));
    }
    if operations.len() > 1 && texts(&operations).contains(&"*") {
        errors.push(operations.invalid("if '*' is present, must not specify other operations"));
    }
    for operation in operations.items() {
        operation.one_of(&["*", "CONNECT", "CREATE", "DELETE", "UPDATE"], errors);
    }
}

/// `validateRule`.
fn rule(rule: &At<'_>, errors: &mut Errors) {
    for (key, what) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
        let list = rule.get(key);
        if list.is_empty() {
            errors.push(list.required(""));
        }
        if list.len() > 1 && texts(&list).contains(&"*") {
            errors.push(list.invalid(format!("if '*' is present, must not specify other {what}")));
        }
        if key == "apiVersions" {
            for version in list.items().iter().filter(|version| version.is_empty()) {
                errors.push(version.required(""));
            }
        }
    }
    resources(&rule.get("resources"), errors);
    if rule.get("scope").is_set() {
        rule.get("scope").one_of(&["*", "Cluster", "Namespaced"], errors);
    }
}

fn resources(resources: &At<'_>, errors: &mut Errors) {
    if resources.is_empty() {
        errors.push(resources.required(""));
    }
    let (mut all_of, mut of_all): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut plain = false;
    for resource in resources.items() {
        let text = resource.text();
        if text.is_empty() {
            errors.push(resource.required(""));
            continue;
        }
        let Some((name, part)) = text.split_once('/') else {
            plain = text != "*";
            continue;
        };
        if all_of.contains(&name) {
            errors.push(resource.invalid(format!("if '{name}/*' is present, must not specify {text}")));
        }
        if of_all.contains(&part) {
            errors.push(resource.invalid(format!("if '*/{part}' is present, must not specify {text}")));
        }
        if part == "*" {
            all_of.push(name);
        }
        if name == "*" {
            of_all.push(part);
        }
    }
    let list = texts(resources);
    if list.len() > 1 && list.contains(&"*/*") {
        errors.push(resources.invalid("if '*/*' is present, must not specify other resources"));
    }
    if list.contains(&"*") && plain {
        let detail = "if '*' is present, must not specify other resources without subresources";
        errors.push(resources.invalid(detail));
    }
}

fn review_versions(versions: &At<'_>, errors: &mut Errors) {
    if versions.is_empty() {
        return errors.push(versions.required("must specify one of v1, v1beta1"));
    }
    let mut seen: Vec<&str> = Vec::new();
    for version in versions.items() {
        if seen.contains(&version.text()) {
            errors.push(version.invalid("duplicate version"));
            continue;
        }
        seen.push(version.text());
        version.obeys(names::dns_1035_label, errors);
    }
    if !seen.contains(&"v1") && !seen.contains(&"v1beta1") {
        errors.push(versions.invalid("must include at least one of v1, v1beta1"));
    }
}

/// `ValidateWebhookURL`.
fn url(url: &At<'_>, errors: &mut Errors) {
    const FORM: &str = "; desired format: https://host[/path]";
    let (scheme, rest) = url.text().split_once("://").unwrap_or(("", ""));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (tail, fragment) = tail.split_once('#').unwrap_or((tail, ""));
    let query = tail.split_once('?').map_or("", |(_, query)| query);
    let mut refuse = |value: &str, detail: &str| errors.push(Error::invalid(&url.path, value, detail));
    if scheme != "https" {
        refuse(scheme, &format!("'https' is the only allowed URL scheme{FORM}"));
    }
    if host.is_empty() {
        refuse("", &format!("host must be specified{FORM}"));
    }
    if let Some(user) = user {
        refuse(user, "user information is not permitted in the URL");
    }
    if !fragment.is_empty() {
        refuse(fragment, "fragments are not permitted in the URL");
    }
    if !query.is_empty() {
        refuse(query, "query parameters are not permitted in the URL");
    }
}

/// `ValidateWebhookService`, which takes name and namespace for each other.
fn webhook_service(service: &At<'_>, errors: &mut Errors) {
    for (given, blamed) in [("namespace", "name"), ("name", "namespace")] {
        if service.get(given).is_empty() {
            errors.push(service.get(blamed).required(""));
        }
    }
    let port = service.get("port");
    let faults = names::port_number(port.number());
    if !faults.is_empty() {
        errors.push(port.invalid(format!("port is not valid: {}", faults.join(", "))));
    }
    let path = service.get("path");
    match path.text() {
        "" | "/" => return,
        "//" => return errors.push(path.invalid("segment[0] may not be empty")),
        text if !text.starts_with('/') => errors.push(path.invalid("must start with a '/'")),
        _ => {}
    }
    let inner = path.text().chars().skip(1).collect::<String>();
    let inner = inner.strip_suffix('/').unwrap_or(&inner);
    for (index, step) in inner.split('/').enumerate() {
        if step.is_empty() {
            errors.push(path.invalid(format!("segment[{index}] may not be empty")));
            continue;
        }
        for fault in names::dns_subdomain(step) {
            errors.push(path.invalid(format!("segment[{index}]: {fault}")));
        }
    }
}

/// What ValidatingAdmissionPolicies and their bindings need; their expressions are not compiled.
pub(super) fn admission_policy(object: &At<'_>, kind: &str, errors: &mut Errors) {
    let spec = object.get("spec");
    match kind {
        "ValidatingAdmissionPolicy" => {
            if spec.get("failurePolicy").is_set() {
                spec.get("failurePolicy").one_of(&["Fail", "Ignore"], errors);
            }
            let constraints = spec.get("matchConstraints");
            if constraints.is_set() {
                match_resources(&constraints, true, errors);
            } else {
                errors.push(constraints.required(""));
            }
            let (rules, notes) = (spec.get("validations"), spec.get("auditAnnotations"));
            if rules.is_empty() && notes.is_empty() {
                let detail = "validations or auditAnnotations must contain at least one item";
                errors.push(rules.required(detail));
                errors.push(notes.required(detail));
            }
            for one in rules.items() {
                if one.get("expression").text().trim().is_empty() {
                    errors.push(one.get("expression").required("expression is not specified"));
                }
            }
        }
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            if spec.get("policyName").is_empty() {
                errors.push(spec.get("policyName").required(""));
            } else {
                spec.get("policyName").obeys(names::dns_subdomain, errors);
            }
            if spec.get("matchResources").is_set() {
                match_resources(&spec.get("matchResources"), false, errors);
            }
            let actions = spec.get("validationActions");
            if kind == "ValidatingAdmissionPolicyBinding" {
                if actions.is_empty() {
                    errors.push(actions.required(""));
                }
                for action in actions.items() {
                    action.one_of(&["Audit", "Deny", "Warn"], errors);
                }
            }
        }
        _ => {}
    }
}

fn match_resources(matched: &At<'_>, needs_rules: bool, errors: &mut Errors) {
    if matched.get("matchPolicy").is_set() {
        matched.get("matchPolicy").one_of(&["Equivalent", "Exact"], errors);
    }
    selector(&matched.get("namespaceSelector"), errors);
    selector(&matched.get("objectSelector"), errors);
    if needs_rules && matched.get("resourceRules").is_empty() {
        errors.push(matched.get("resourceRules").required(""));
    }
    for list in ["resourceRules", "excludeResourceRules"] {
        for one in matched.get(list).items() {
            operations(&one, errors);
            rule(&one, errors);
        }
    }
}

/// `ValidateStorageClass`, beyond metadata.
pub(super) fn storage_class(object: &At<'_>, errors: &mut Errors) {
    const MAX_PARAMETERS: usize = 512;
    const MAX_SIZE: usize = 256 * 1024;
    let provisioner = object.get("provisioner");
    if provisioner.is_empty() {
        errors.push(provisioner.required(""));
    } else {
        let faults = names::qualified(&provisioner.text().to_lowercase()).into_iter();
        let lower = provisioner.text().to_lowercase();
        errors.extend(faults.map(|fault| Error::invalid(&provisioner.path, lower.as_str(), fault)));
    }
    let parameters = object.get("parameters");
    let size: usize = parameters.entries().iter().map(|(key, value)| key.len() + value.len()).sum();
    if parameters.len() > MAX_PARAMETERS {
        errors.push(Error::too_long(&parameters.path, 512));
    } else if size > MAX_SIZE {
        errors.push(Error::too_long(&parameters.path, 256 * 1024));
    }
    if object.get("reclaimPolicy").is_set() {
        object.get("reclaimPolicy").one_of(&["Delete", "Retain"], errors);
    }
    let mode = object.get("volumeBindingMode");
    if mode.is_set() {
        mode.one_of(&["Immediate", "WaitForFirstConsumer"], errors);
    } else {
        errors.push(mode.required(""));
    }
}

/// What of a StorageClass may not change.
pub(super) fn storage_class_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        new.get(key).immutable(&old.get(key), errors);
    }
}

/// `ValidatePriorityClass`, beyond metadata.
pub(super) fn priority_class(object: &At<'_>, errors: &mut Errors) {
    const HIGHEST: i64 = 1_000_000_000;
    const KNOWN: [(&str, i64); 2] =
        [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];
    let (name, value) = (object.at("metadata.name"), object.get("value"));
    if name.text().starts_with("system-") {
        let known = KNOWN.iter().find(|(known, _)| *known == name.text());
        let why = match known {
            None => Some(format!("{} is not a known system priority class", name.text())),
            Some((known, number)) if *number != value.number() => {
                Some(format!("value of {known} PriorityClass must be {number}"))
            }
            Some((known, _)) if object.get("globalDefault").is_true() => {
                Some(format!("globalDefault of {known} PriorityClass must be false"))
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            errors.push(name.forbidden(format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {why}"
            )));
        }
    } else if value.number() > HIGHEST {
        errors
            .push(value.forbidden(format!("maximum allowed value of a user defined priority is {HIGHEST}")));
    }
    if object.get("preemptionPolicy").is_set() {
        object.get("preemptionPolicy").one_of(&["PreemptLowerPriority", "Never"], errors);
    }
}

/// What of a PriorityClass may not change.
pub(super) fn priority_class_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    if new.get("value").value != old.get("value").value {
        errors.push(new.get("value").forbidden("may not be changed in an update."));
    }
    new.get("preemptionPolicy").immutable(&old.get("preemptionPolicy"), errors);
}

/// `ValidateRuntimeClass`, beyond metadata.
pub(super) fn runtime_class(object: &At<'_>, errors: &mut Errors) {
    let handler = object.get("handler");
    if handler.is_empty() {
        errors.push(handler.required(""));
    } else {
        handler.obeys(names::dns_label, errors);
    }
}

/// `ValidateLeaseSpec`.
pub(super) fn lease(spec: &At<'_>, errors: &mut Errors) {
    let duration = spec.get("leaseDurationSeconds");
    if duration.is_set() && duration.number() <= 0 {
        errors.push(duration.invalid("must be greater than 0"));
    }
    let transitions = spec.get("leaseTransitions");
    if transitions.is_set() && transitions.number() < 0 {
        errors.push(transitions.invalid("must be greater than or equal to 0"));
    }
    let holder = spec.get("holderIdentity");
    if holder.is_set() && holder.is_empty() {
        errors.push(holder.invalid("must not be empty"));
    }
}

/// `ValidateControllerRevisionCreate`, beyond metadata.
pub(super) fn revision(object: &At<'_>, errors: &mut Errors) {
    object.get("revision").non_negative(errors);
    let data = object.get("data");
    match data.value {
        Value::Null => errors.push(data.required("data is mandatory")),
        Value::Object(_) => {}
        _ => errors.push(data.required("data must be a valid JSON object")),
    }
}

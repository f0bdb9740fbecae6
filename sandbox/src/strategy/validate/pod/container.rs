//! Containers of all sorts.

use super::{Pod, probe, resources, security, volume};
use crate::{
    field::{Error, Kind},
    object::names,
    strategy::check::{At, Errors},
};

const RESTART_POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// What ephemeral containers may have, `allowedEphemeralContainerFields`.
const EPHEMERAL_FIELDS: [&str; 16] = [
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "envFrom",
    "env",
    "volumeMounts",
    "volumeDevices",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
];

/// `validateContainers`.
pub(super) fn regular(pod: &Pod<'_>, errors: &mut Errors) {
    let containers = pod.spec.get("containers");
    if containers.is_empty() {
        return errors.push(containers.required(""));
    }
    let mut known: Vec<&str> = Vec::new();
    for container in containers.items() {
        common(pod, &container, errors);
        let name = container.get("name");
        if known.contains(&name.text()) {
            errors.push(name.duplicate());
        } else {
            known.push(name.text());
        }
        running(pod, &container, errors);
        restart_policy(&container, errors);
    }
    host_ports(&containers, &containers.items(), errors);
}

/// `validateInitContainers`.
pub(super) fn initial(pod: &Pod<'_>, errors: &mut Errors) {
    let regular = pod.spec.get("containers").items();
    let mut known: Vec<&str> = regular.iter().map(|container| container.get("name").text()).collect();
    let containers = pod.spec.get("initContainers");
    for container in containers.items() {
        common(pod, &container, errors);
        restart_policy(&container, errors);
        let name = container.get("name");
        if known.contains(&name.text()) {
            errors.push(name.duplicate());
        } else if !name.is_empty() {
            known.push(name.text());
        }
        host_ports(&containers, std::slice::from_ref(&container), errors);
        let beside = container.get("restartPolicy").text() == "Always";
        if beside {
            running(pod, &container, errors);
        } else {
            for key in ["lifecycle", PROBES[0], PROBES[1], PROBES[2]] {
                if container.get(key).is_set() {
                    let detail = "may not be set for init containers without restartPolicy=Always";
                    errors.push(container.get(key).forbidden(detail));
                }
            }
            for policy in container.get("resizePolicy").items() {
                let restart = policy.get("restartPolicy");
                if restart.text() == "RestartContainer" {
                    let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                    errors.push(restart.invalid(detail));
                }
            }
        }
    }
}

/// `validateEphemeralContainers`.
pub(super) fn ephemeral(pod: &Pod<'_>, errors: &mut Errors) {
    let lists = ["containers", "initContainers"].map(|list| pod.spec.get(list).items());
    let others: Vec<&str> = lists.iter().flatten().map(|container| container.get("name").text()).collect();
    let mut known = others.clone();
    for container in pod.spec.get("ephemeralContainers").items() {
        common(pod, &container, errors);
        image_is_trimmed(&container, errors);
        let name = container.get("name");
        if known.contains(&name.text()) {
            errors.push(name.duplicate());
        } else {
            known.push(name.text());
        }
        let target = container.get("targetContainerName");
        if !target.is_empty() && !others.contains(&target.text()) {
            errors.push(not_found(&target));
        }
        for (key, value) in container.map().into_iter().flatten() {
            let allowed = EPHEMERAL_FIELDS.contains(&key.as_str()) || key == "targetContainerName";
            let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
            if !allowed && !empty {
                errors.push(container.get(key).forbidden("cannot be set for an Ephemeral Container"));
            }
        }
        for mount in container.get("volumeMounts").items() {
            for key in ["subPath", "subPathExpr"] {
                if !mount.get(key).is_empty() {
                    errors.push(mount.get(key).forbidden("cannot be set for an Ephemeral Container"));
                }
            }
        }
    }
}

/// `validateContainerOnlyForPod`.
pub(super) fn image_is_trimmed(container: &At<'_>, errors: &mut Errors) {
    let image = container.get("image");
    if image.text().trim() != image.text() {
        errors.push(image.invalid("must not have leading or trailing whitespace"));
    }
}

pub(super) fn not_found(at: &At<'_>) -> Error {
    Error {
        kind: Kind::NotFound,
        field: at.path.clone(),
        value: Some(at.text().into()),
        detail: String::new(),
    }
}

/// `validateContainerCommon`.
fn common(pod: &Pod<'_>, container: &At<'_>, errors: &mut Errors) {
    container.get("name").named(names::dns_label, errors);
    if container.get("image").is_empty() {
        errors.push(container.get("image").required(""));
    }
    given_one_of(&container.get("terminationMessagePolicy"), &["File", "FallbackToLogsOnError"], errors);
    ports(&container.get("ports"), errors);
    environment(&container.get("env"), errors);
    environment_from(&container.get("envFrom"), errors);
    volume::mounts(pod, container, errors);
    volume::devices(pod, container, errors);
    pull_policy(&container.get("imagePullPolicy"), errors);
    resources::requirements(&container.get("resources"), errors);
    resize_policy(pod, container, errors);
    security::of_container(&container.get("securityContext"), &pod.spec, errors);
}

/// The text must be given, and one of these.
fn given_one_of(at: &At<'_>, allowed: &[&str], errors: &mut Errors) {
    if at.is_empty() {
        errors.push(at.required(""));
    } else {
        at.one_of(allowed, errors);
    }
}

pub(super) fn pull_policy(policy: &At<'_>, errors: &mut Errors) {
    given_one_of(policy, &["Always", "IfNotPresent", "Never"], errors);
}

/// What containers have that stay: hooks and probes.
fn running(pod: &Pod<'_>, container: &At<'_>, errors: &mut Errors) {
    let grace = pod.spec.get("terminationGracePeriodSeconds").value.as_i64();
    probe::lifecycle(&container.get("lifecycle"), grace, errors);
    for key in PROBES {
        probe::validate(&container.get(key), key, grace, errors);
    }
}

/// `validateContainerRestartPolicy`.
fn restart_policy(container: &At<'_>, errors: &mut Errors) {
    let (policy, rules) = (container.get("restartPolicy"), container.get("restartPolicyRules"));
    if policy.is_set() {
        policy.one_of(&RESTART_POLICIES, errors);
    } else if !rules.is_empty() {
        errors.push(policy.required("must specify restartPolicy when restart rules are used"));
    }
    for rule in rules.items() {
        rule.get("action").one_of(&["Restart", "RestartAllContainers"], errors);
        let codes = rule.get("exitCodes");
        if codes.is_set() {
            codes.get("operator").one_of(&["In", "NotIn"], errors);
        } else {
            errors.push(codes.required("must be specified"));
        }
    }
}

/// `AccumulateUniqueHostPorts`; `list` names the list, `containers` those of it that count.
fn host_ports(list: &At<'_>, containers: &[At<'_>], errors: &mut Errors) {
    let mut known: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (number, port) in container.get("ports").items().iter().enumerate() {
            let host = port.get("hostPort").number();
            if host == 0 {
                continue;
            }
            let own = format!("{}/{}/{host}", port.get("protocol").text(), port.get("hostIP").text());
            if known.contains(&own) {
                let path = format!("{}[{index}].ports[{number}].hostPort", list.path);
                errors.push(Error::duplicate(path, own));
            } else {
                known.push(own);
            }
        }
    }
}

/// `validateContainerPorts`.
fn ports(ports: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for port in ports.items() {
        let name = port.get("name");
        if !name.is_empty() {
            let before = errors.len();
            name.obeys(names::port_name, errors);
            if errors.len() == before {
                if known.contains(&name.text()) {
                    errors.push(name.duplicate());
                } else {
                    known.push(name.text());
                }
            }
        }
        let own = port.get("containerPort");
        if own.number() == 0 {
            errors.push(own.required(""));
        } else {
            own.between(1, 65535, errors);
        }
        if port.get("hostPort").number() != 0 {
            port.get("hostPort").between(1, 65535, errors);
        }
        given_one_of(&port.get("protocol"), &["SCTP", "TCP", "UDP"], errors);
    }
}

/// `ValidateEnv`.
fn environment(variables: &At<'_>, errors: &mut Errors) {
    for variable in variables.items() {
        variable.get("name").named(names::environment_name, errors);
        let from = variable.get("valueFrom");
        if from.is_set() {
            value_from(&from, !variable.get("value").is_empty(), errors);
        }
    }
}

fn value_from(from: &At<'_>, has_value: bool, errors: &mut Errors) {
    let mut sources = 0;
    for key in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let source = from.get(key);
        if !source.is_set() {
            continue;
        }
        sources += 1;
        match key {
            "fieldRef" => volume::field_reference(&source, &volume::ENVIRONMENT_FIELDS, errors),
            "resourceFieldRef" => volume::resource_reference(&source, false, errors),
            "fileKeyRef" => {
                for key in ["volumeName", "path", "key"] {
                    if source.get(key).is_empty() {
                        errors.push(source.get(key).required(""));
                    }
                }
            }
            _ => {
                source.get("name").obeys(names::dns_subdomain, errors);
                source.get("key").named(names::config_key, errors);
            }
        }
    }
    let detail = match sources {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        _ if has_value => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.push(Error::invalid(&from.path, "", detail));
}

/// `ValidateEnvFrom`.
fn environment_from(sources: &At<'_>, errors: &mut Errors) {
    for source in sources.items() {
        if !source.get("prefix").is_empty() {
            source.get("prefix").obeys(names::environment_name, errors);
        }
        let mut count = 0;
        for key in ["configMapRef", "secretRef"] {
            let reference = source.get(key);
            if reference.is_set() {
                count += 1;
                let name = reference.get("name");
                if name.is_empty() {
                    errors.push(name.required(""));
                } else {
                    let faults = names::prefix(names::dns_subdomain, name.text());
                    errors.extend(faults.into_iter().map(|fault| name.invalid(fault)));
                }
            }
        }
        let detail = match count {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.push(Error::invalid(&sources.path, "", detail));
    }
}

/// `validateResizePolicy`.
fn resize_policy(pod: &Pod<'_>, container: &At<'_>, errors: &mut Errors) {
    let mut known: Vec<&str> = Vec::new();
    for (index, policy) in container.get("resizePolicy").items().iter().enumerate() {
        let name = policy.get("resourceName");
        if known.contains(&name.text()) {
            errors.push(Error::duplicate(format!("{}.resizePolicy[{index}]", container.path), name.text()));
        }
        known.push(name.text());
        let list = At { value: name.value, path: container.get("resizePolicy").path };
        list.one_of(&["cpu", "memory"], errors);
        let restart = At { value: policy.get("restartPolicy").value, path: list.path.clone() };
        given_one_of(&restart, &["NotRequired", "RestartContainer"], errors);
        if pod.spec.get("restartPolicy").text() == "Never" && restart.text() == "RestartContainer" {
            errors.push(restart.invalid("must be 'NotRequired' when `restartPolicy` is 'Never'"));
        }
    }
}

//! PodSecurity: the standards `baseline` and `restricted`, by the labels of namespaces.

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, status::Status};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    fn named(name: &str) -> Self {
        match name {
            "baseline" => Self::Baseline,
            "restricted" => Self::Restricted,
            _ => Self::Privileged,
        }
    }
}

/// Checks a pod, or warns of a workload's template.
///
/// # Errors
/// A pod that the namespace's enforced standard forbids.
pub(crate) fn validate(request: &Request<'_>, object: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    let pod = request.is("", "pods");
    if !matches!(request.operation, "CREATE" | "UPDATE") || !(pod || template(request, object).is_some()) {
        return Ok(());
    }
    if let (true, Some(old)) = (pod, request.old)
        && old.get("spec") == object.get("spec")
    {
        return Ok(());
    }
    let Some(namespace) = lookup.get(&Gvr::new("", "v1", "namespaces"), "", request.namespace) else {
        return Ok(());
    };
    let label = |mode: &str| {
        let key = format!("pod-security.kubernetes.io/{mode}");
        let version = object::text(&namespace, &["metadata", "labels", &format!("{key}-version")]);
        let name = object::text(&namespace, &["metadata", "labels", &key]).to_owned();
        let version = if version.is_empty() { "latest" } else { version };
        (Level::named(&name), format!("{name}:{version}"))
    };
    let Some((meta, spec)) = pod_of(request, object) else { return Ok(()) };
    let (enforced, enforced_name) = label("enforce");
    if pod {
        let found = violations(enforced, meta, spec);
        if !found.is_empty() {
            let why = format!("violates PodSecurity {enforced_name:?}: {}", found.join(", "));
            return Err(request.forbidden(object, &why));
        }
    }
    let (warned, warned_name) = label("warn");
    if warned != enforced || !pod {
        let found = violations(warned, meta, spec);
        if !found.is_empty() {
            request.caller.warn(format!("would violate PodSecurity {warned_name:?}: {}", found.join(", ")));
        }
    }
    Ok(())
}

/// The pod template of a workload.
fn template<'a>(request: &Request<'_>, object: &'a Value) -> Option<&'a Value> {
    if !request.subresource.is_empty() {
        return None;
    }
    let path = match (request.resource.group.as_str(), request.resource.resource.as_str()) {
        ("batch", "cronjobs") => "/spec/jobTemplate/spec/template",
        ("apps", "deployments" | "daemonsets" | "statefulsets" | "replicasets")
        | ("batch", "jobs")
        | ("", "replicationcontrollers") => "/spec/template",
        ("", "podtemplates") => "/template",
        _ => return None,
    };
    object.pointer(path)
}

fn pod_of<'a>(request: &Request<'_>, object: &'a Value) -> Option<(&'a Value, &'a Value)> {
    let pod = template(request, object).unwrap_or(object);
    Some((pod.get("metadata").unwrap_or(&Value::Null), pod.get("spec")?))
}

type Check = fn(&Pod<'_>) -> Option<String>;

/// In the order of the real server's registry.
const BASELINE: [(&str, Check); 8] = [
    ("capabilities", default_capabilities),
    ("hostNamespaces", host_namespaces),
    ("hostPathVolumes", host_paths),
    ("hostPorts", host_ports),
    ("privileged", privileged),
    ("procMount", proc_mount),
    ("seccompProfile", seccomp_unconfined),
    ("sysctls", sysctls),
];
const RESTRICTED: [(&str, Check); 6] = [
    ("allowPrivilegeEscalation", escalation),
    ("capabilities", all_capabilities),
    ("restrictedVolumes", volumes),
    ("runAsNonRoot", non_root),
    ("runAsUser", root_user),
    ("seccompProfile", seccomp_given),
];

fn violations(level: Level, _meta: &Value, spec: &Value) -> Vec<String> {
    let pod = Pod { spec };
    let replaced = |id: &str| level == Level::Restricted && RESTRICTED.iter().any(|(own, _)| *own == id);
    let mut found = Vec::new();
    if level >= Level::Baseline {
        let checks = BASELINE.iter().filter(|(id, _)| !replaced(id));
        found.extend(checks.filter_map(|(_, check)| check(&pod)));
    }
    if level == Level::Restricted {
        found.extend(RESTRICTED.iter().filter_map(|(_, check)| check(&pod)));
    }
    found
}

struct Pod<'a> {
    spec: &'a Value,
}

impl<'a> Pod<'a> {
    /// Init containers, containers and ephemeral ones.
    fn containers(&self) -> impl Iterator<Item = &'a Value> {
        let spec = self.spec;
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        lists.into_iter().flat_map(move |key| spec.get(key).and_then(Value::as_array).into_iter().flatten())
    }

    /// The names of containers that fit.
    fn named(&self, fits: impl Fn(&Value) -> bool) -> Vec<String> {
        let bad = self.containers().filter(|container| fits(container));
        bad.map(name).collect()
    }

    fn volumes(&self) -> impl Iterator<Item = &'a Value> {
        self.spec.get("volumes").and_then(Value::as_array).into_iter().flatten()
    }

    fn security(&self, key: &str) -> Option<&'a Value> {
        self.spec.get("securityContext")?.get(key)
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| crate::field::go_quote(name)).collect::<Vec<_>>().join(", ")
}

fn containers(names: &[String]) -> String {
    let word = if names.len() == 1 { "container" } else { "containers" };
    format!("{word} {}", quoted(names))
}

fn own<'a>(container: &'a Value, key: &str) -> Option<&'a Value> {
    container.get("securityContext")?.get(key)
}

fn host_namespaces(pod: &Pod<'_>) -> Option<String> {
    let keys = ["hostNetwork", "hostPID", "hostIPC"];
    let set: Vec<String> = keys
        .into_iter()
        .filter(|key| pod.spec.get(*key) == Some(&Value::Bool(true)))
        .map(|key| format!("{key}=true"))
        .collect();
    (!set.is_empty()).then(|| format!("host namespaces ({})", set.join(", ")))
}

fn host_paths(pod: &Pod<'_>) -> Option<String> {
    let bad: Vec<String> =
        pod.volumes().filter(|volume| volume.get("hostPath").is_some()).map(name).collect();
    let word = if bad.len() == 1 { "volume" } else { "volumes" };
    (!bad.is_empty()).then(|| format!("hostPath volumes ({word} {})", quoted(&bad)))
}

fn host_ports(pod: &Pod<'_>) -> Option<String> {
    let ports = |container: &Value| -> Vec<i64> {
        let list = container.get("ports").and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|port| port.get("hostPort")?.as_i64()).filter(|port| *port != 0).collect()
    };
    let bad = pod.named(|container| !ports(container).is_empty());
    let all: BTreeSet<String> = pod.containers().flat_map(ports).map(|port| port.to_string()).collect();
    let (uses, word) =
        (if bad.len() == 1 { "uses" } else { "use" }, if all.len() == 1 { "hostPort" } else { "hostPorts" });
    let all: Vec<String> = all.into_iter().collect();
    (!bad.is_empty()).then(|| format!("hostPort ({} {uses} {word} {})", containers(&bad), all.join(", ")))
}

fn privileged(pod: &Pod<'_>) -> Option<String> {
    let bad = pod.named(|container| own(container, "privileged") == Some(&Value::Bool(true)));
    (!bad.is_empty())
        .then(|| format!("privileged ({} must not set securityContext.privileged=true)", containers(&bad)))
}

fn proc_mount(pod: &Pod<'_>) -> Option<String> {
    let kind = |container: &Value| {
        let kind = own(container, "procMount").and_then(Value::as_str).unwrap_or("Default");
        (kind != "Default").then(|| kind.to_owned())
    };
    let bad = pod.named(|container| kind(container).is_some());
    let kinds: BTreeSet<String> = pod.containers().filter_map(kind).collect();
    let kinds: Vec<String> = kinds.into_iter().collect();
    (!bad.is_empty()).then(|| {
        format!(
            "procMount ({} must not set securityContext.procMount to {})",
            containers(&bad),
            quoted(&kinds)
        )
    })
}

fn capability_list(container: &Value, key: &str) -> Vec<String> {
    let list = own(container, "capabilities").and_then(|all| all.get(key)).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn default_capabilities(pod: &Pod<'_>) -> Option<String> {
    const DEFAULT: [&str; 13] = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    let added = |container: &Value| -> Vec<String> {
        let mut list = capability_list(container, "add");
        list.retain(|name| !DEFAULT.contains(&name.as_str()));
        list
    };
    let bad = pod.named(|container| !added(container).is_empty());
    let all: BTreeSet<String> = pod.containers().flat_map(added).collect();
    let all: Vec<String> = all.into_iter().collect();
    (!bad.is_empty()).then(|| {
        format!(
            "non-default capabilities ({} must not include {} in securityContext.capabilities.add)",
            containers(&bad),
            quoted(&all)
        )
    })
}

fn all_capabilities(pod: &Pod<'_>) -> Option<String> {
    let keeps = pod.named(|container| !capability_list(container, "drop").iter().any(|name| name == "ALL"));
    let added = |container: &Value| -> Vec<String> {
        let mut list = capability_list(container, "add");
        list.retain(|name| name != "NET_BIND_SERVICE");
        list
    };
    let adds = pod.named(|container| !added(container).is_empty());
    let all: BTreeSet<String> = pod.containers().flat_map(added).collect();
    let all: Vec<String> = all.into_iter().collect();
    let mut details = Vec::new();
    if !keeps.is_empty() {
        details.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", containers(&keeps)));
    }
    if !adds.is_empty() {
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            containers(&adds),
            quoted(&all)
        ));
    }
    (!details.is_empty()).then(|| format!("unrestricted capabilities ({})", details.join("; ")))
}

fn sysctls(pod: &Pod<'_>) -> Option<String> {
    const SAFE: [&str; 12] = [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    ];
    let list = pod.security("sysctls").and_then(Value::as_array).into_iter().flatten();
    let bad: Vec<String> = list.map(name).filter(|name| !SAFE.contains(&name.as_str())).collect();
    (!bad.is_empty()).then(|| format!("forbidden sysctls ({})", bad.join(", ")))
}

fn escalation(pod: &Pod<'_>) -> Option<String> {
    let bad = pod.named(|container| own(container, "allowPrivilegeEscalation") != Some(&Value::Bool(false)));
    (!bad.is_empty()).then(|| {
        format!(
            "allowPrivilegeEscalation != false ({} must set securityContext.allowPrivilegeEscalation=false)",
            containers(&bad)
        )
    })
}

fn volumes(pod: &Pod<'_>) -> Option<String> {
    const ALLOWED: [&str; 9] = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let kind = |volume: &Value| {
        let keys = volume.as_object().into_iter().flat_map(serde_json::Map::keys);
        keys.filter(|key| *key != "name").find(|key| !ALLOWED.contains(&key.as_str())).cloned()
    };
    let bad: Vec<(String, String)> =
        pod.volumes().filter_map(|volume| Some((name(volume), kind(volume)?))).collect();
    let names: Vec<String> = bad.iter().map(|(name, _)| name.clone()).collect();
    let kinds: BTreeSet<String> = bad.into_iter().map(|(_, kind)| kind).collect();
    let kinds: Vec<String> = kinds.into_iter().collect();
    let one = names.len() == 1;
    let (word, uses) = if one { ("volume", "uses") } else { ("volumes", "use") };
    let kind_word = if kinds.len() == 1 { "restricted volume type" } else { "restricted volume types" };
    (!names.is_empty()).then(|| {
        format!("restricted volume types ({word} {} {uses} {kind_word} {})", quoted(&names), quoted(&kinds))
    })
}

fn non_root(pod: &Pod<'_>) -> Option<String> {
    let whole = pod.security("runAsNonRoot").and_then(Value::as_bool);
    let says = |container: &Value| own(container, "runAsNonRoot").and_then(Value::as_bool);
    let explicit = pod.named(|container| says(container) == Some(false));
    let implicit = pod.named(|container| says(container).is_none());
    let mut setters = Vec::new();
    if whole == Some(false) {
        setters.push("pod".to_owned());
    }
    if !explicit.is_empty() {
        setters.push(containers(&explicit));
    }
    if !setters.is_empty() {
        let setters = setters.join(" and ");
        return Some(format!(
            "runAsNonRoot != true ({setters} must not set securityContext.runAsNonRoot=false)"
        ));
    }
    (whole != Some(true) && !implicit.is_empty()).then(|| {
        format!(
            "runAsNonRoot != true (pod or {} must set securityContext.runAsNonRoot=true)",
            containers(&implicit)
        )
    })
}

fn root_user(pod: &Pod<'_>) -> Option<String> {
    let root = |value: Option<&Value>| value.and_then(Value::as_i64) == Some(0);
    let explicit = pod.named(|container| root(own(container, "runAsUser")));
    let mut setters = Vec::new();
    if root(pod.security("runAsUser")) {
        setters.push("pod".to_owned());
    }
    if !explicit.is_empty() {
        setters.push(containers(&explicit));
    }
    (!setters.is_empty()).then(|| format!("runAsUser=0 ({} must not set runAsUser=0)", setters.join(" and ")))
}

fn seccomp_kind(value: Option<&Value>) -> Option<&str> {
    value?.get("type")?.as_str()
}

fn seccomp_forbidden(pod: &Pod<'_>, bad: impl Fn(&str) -> bool) -> Option<String> {
    let whole = seccomp_kind(pod.security("seccompProfile")).filter(|kind| bad(kind));
    let of = |container: &Value| {
        seccomp_kind(own(container, "seccompProfile")).filter(|kind| bad(kind)).map(str::to_owned)
    };
    let explicit = pod.named(|container| of(container).is_some());
    let mut kinds: BTreeSet<String> = pod.containers().filter_map(of).collect();
    let mut setters = Vec::new();
    if let Some(kind) = whole {
        setters.push("pod".to_owned());
        kinds.insert(kind.to_owned());
    }
    if !explicit.is_empty() {
        setters.push(containers(&explicit));
    }
    let kinds: Vec<String> = kinds.into_iter().collect();
    (!setters.is_empty()).then(|| {
        format!(
            "seccompProfile ({} must not set securityContext.seccompProfile.type to {})",
            setters.join(" and "),
            quoted(&kinds)
        )
    })
}

fn seccomp_unconfined(pod: &Pod<'_>) -> Option<String> {
    seccomp_forbidden(pod, |kind| !matches!(kind, "RuntimeDefault" | "Localhost"))
}

fn seccomp_given(pod: &Pod<'_>) -> Option<String> {
    if let Some(found) = seccomp_unconfined(pod) {
        return Some(found);
    }
    let whole = seccomp_kind(pod.security("seccompProfile")).is_some();
    let implicit = pod.named(|container| seccomp_kind(own(container, "seccompProfile")).is_none());
    (!whole && !implicit.is_empty()).then(|| {
        format!(
            "seccompProfile (pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \
             \"Localhost\")",
            containers(&implicit)
        )
    })
}

/// The name of a container, volume or sysctl.
fn name(part: &Value) -> String {
    object::text(part, &["name"]).to_owned()
}

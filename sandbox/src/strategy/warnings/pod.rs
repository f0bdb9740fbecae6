//! What is worth a warning in pods and their templates: `warningsForPodSpecAndMeta`.

use super::{address, claim, fraction};
use crate::strategy::check::At;

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];
const VOLUMES: [(&str, &str, &str); 9] = [
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];
/// Labels of nodes that have other names now.
const NODE_LABELS: [(&str, &str); 5] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
];
const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";

fn renamed(label: &str) -> Option<&'static str> {
    NODE_LABELS.iter().find(|(name, _)| *name == label).map(|(_, text)| *text)
}

/// A pod, or the template of one.
pub(super) fn template(object: &At<'_>, warnings: &mut Vec<String>) {
    let spec = object.get("spec");
    placement(&spec, warnings);
    let annotations = object.at("metadata.annotations");
    for (key, text) in ANNOTATIONS {
        if annotations.key(key).is_set() {
            warnings.push(format!("{}: {text}", annotations.key(key).path));
        }
    }
    volumes(&spec, warnings);
    twice(&spec.get("hostAliases"), "ip", warnings);
    twice(&spec.get("imagePullSecrets"), "name", warnings);
    for secret in spec.get("imagePullSecrets").items() {
        if secret.get("name").is_empty() {
            warnings.push(format!("{}: invalid empty name \"\"", secret.get("name").path));
        }
    }
    for name in ["memory", "ephemeral-storage"] {
        fraction(&spec.get("overhead").key(name), warnings);
    }
    containers(&spec, &annotations, warnings);
    let containers: Vec<At<'_>> = ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| spec.get(list).items())
        .collect();
    ports(&containers, warnings);
    port_names(&containers, warnings);
    let grace = spec.get("terminationGracePeriodSeconds");
    if grace.number() < 0 {
        warnings.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            grace.path
        ));
    }
    affinities(&spec, warnings);
    for server in spec.at("dnsConfig.nameservers").items() {
        address(&server, warnings);
    }
    for alias in spec.get("hostAliases").items() {
        address(&alias.get("ip"), warnings);
    }
}

fn placement(spec: &At<'_>, warnings: &mut Vec<String>) {
    for (key, at) in spec.get("nodeSelector").entries() {
        if let Some(text) = renamed(key) {
            warnings.push(format!("{}: {text}", at.path));
        }
    }
    let node = spec.at("affinity.nodeAffinity");
    let terms = node.at("requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms").items();
    let preferred = node.get("preferredDuringSchedulingIgnoredDuringExecution").items();
    let preferred = preferred.iter().map(|term| term.get("preference"));
    for term in terms.into_iter().chain(preferred) {
        for expression in term.get("matchExpressions").items() {
            let key = expression.get("key");
            if let Some(text) = renamed(key.text()) {
                warnings.push(format!("{}: {} is {text}", key.path, key.text()));
            }
        }
    }
    for constraint in spec.get("topologySpreadConstraints").items() {
        let key = constraint.get("topologyKey");
        if let Some(text) = renamed(key.text()) {
            warnings.push(format!("{}: {} is {text}", key.path, key.text()));
        }
        unselected(&constraint, warnings);
    }
}

fn unselected(term: &At<'_>, warnings: &mut Vec<String>) {
    let selector = term.get("labelSelector");
    if !selector.is_set() {
        warnings.push(format!("{}: {NO_SELECTOR}", selector.path));
    }
}

fn affinities(spec: &At<'_>, warnings: &mut Vec<String>) {
    for kind in ["podAffinity", "podAntiAffinity"] {
        let affinity = spec.at("affinity").get(kind);
        for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution").items() {
            unselected(&term, warnings);
        }
        for term in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            unselected(&term.get("podAffinityTerm"), warnings);
        }
    }
}

fn twice(list: &At<'_>, key: &str, warnings: &mut Vec<String>) {
    let mut known: Vec<&str> = Vec::new();
    for item in list.items() {
        let own = item.get(key);
        if known.contains(&own.text()) {
            warnings.push(format!("{}: duplicate {key} {:?}", own.path, own.text()));
        }
        known.push(own.text());
    }
}

fn volumes(spec: &At<'_>, warnings: &mut Vec<String>) {
    let volumes = spec.get("volumes").items();
    for volume in &volumes {
        for (key, path, text) in VOLUMES {
            if volume.get(key).is_set() {
                warnings.push(format!("{}: {text}", volume.get(path).path));
            }
        }
        claim(&volume.at("ephemeral.volumeClaimTemplate.spec"), warnings);
    }
    for volume in &volumes {
        overlaps(volume, warnings);
    }
}

/// A file of a volume, and where it comes from.
type Mapped = (String, String);

fn shown((path, source): &Mapped) -> String {
    if source.is_empty() { format!("{path:?}") } else { format!("{path:?} ({source})") }
}

/// Files of one volume of which one hides the other.
fn overlaps(volume: &At<'_>, warnings: &mut Vec<String>) {
    let name = volume.get("name").text();
    let paths = |at: &At<'_>, source: &str| -> Vec<Mapped> {
        let items = at.get("items").items();
        items.iter().map(|item| (item.get("path").text().to_owned(), source.to_owned())).collect()
    };
    let (config, secret) = (volume.get("configMap"), volume.get("secret"));
    let single = [
        (&config, format!("ConfigMap {:?}", config.get("name").text())),
        (&secret, format!("Secret {:?}", secret.get("secretName").text())),
        (&volume.get("downwardAPI"), "DownwardAPI".to_owned()),
    ];
    for (source, description) in single {
        colliding(name, &description, paths(source, ""), warnings);
    }
    let mut all = Vec::new();
    for source in volume.at("projected.sources").items() {
        if source.map().is_none_or(serde_json::Map::is_empty) {
            warnings.push(format!("volume {name:?} (Projected) has no sources provided"));
        }
        let (config, secret) = (source.get("configMap"), source.get("secret"));
        all.extend(paths(&config, &format!("ConfigMap {:?}", config.get("name").text())));
        all.extend(paths(&secret, &format!("Secret {:?}", secret.get("name").text())));
        all.extend(paths(&source.get("downwardAPI"), "DownwardAPI"));
        let token = source.at("serviceAccountToken.path");
        if token.is_set() {
            all.push((token.text().to_owned(), "ServiceAccountToken".to_owned()));
        }
    }
    colliding(name, "Projected", all, warnings);
}

fn colliding(volume: &str, description: &str, paths: Vec<Mapped>, warnings: &mut Vec<String>) {
    let mut known: Vec<Mapped> = Vec::new();
    for (path, source) in paths {
        let own = (path.trim_end_matches('/').to_owned(), source);
        let inside = |one: &str, other: &str| format!("{one}/").starts_with(&format!("{other}/"));
        for other in known.iter().filter(|other| !other.0.is_empty() && !own.0.is_empty()) {
            if inside(&other.0, &own.0) || inside(&own.0, &other.0) {
                warnings.push(format!(
                    "volume {volume:?} ({description}): overlapping paths: {} with {}",
                    shown(&own),
                    shown(other)
                ));
            }
        }
        known.push(own);
    }
}

fn containers(spec: &At<'_>, annotations: &At<'_>, warnings: &mut Vec<String>) {
    for container in
        ["initContainers", "containers", "ephemeralContainers"].iter().flat_map(|list| spec.get(list).items())
    {
        let old = format!("container.seccomp.security.alpha.kubernetes.io/{}", container.get("name").text());
        if annotations.key(&old).is_set() && !container.at("securityContext.seccompProfile").is_set() {
            warnings.push(format!(
                "{}: non-functional in v1.27+; use the \"seccompProfile\" field instead",
                annotations.key(&old).path
            ));
        }
        for (name, list) in [
            ("memory", "limits"),
            ("memory", "requests"),
            ("ephemeral-storage", "limits"),
            ("ephemeral-storage", "requests"),
        ] {
            fraction(&container.get("resources").get(list).key(name), warnings);
        }
        let mut known: Vec<&str> = Vec::new();
        for variable in container.get("env").items() {
            let name = variable.get("name").text();
            let (value, reference) = (variable.get("value").text(), format!("$({name})"));
            if !known.contains(&name) {
                known.push(name);
            } else if variable.get("valueFrom").is_set() || value == reference || !value.contains(&reference)
            {
                warnings.push(format!(
                    "{}: hides previous definition of {name:?}, which may be dropped when using apply",
                    variable.path
                ));
            }
        }
    }
}

fn ports(containers: &[At<'_>], warnings: &mut Vec<String>) {
    let mut known: Vec<At<'_>> = Vec::new();
    for port in containers.iter().flat_map(|container| container.get("ports").items()) {
        let same = |other: &&At<'_>| {
            other.get("containerPort").value == port.get("containerPort").value
                && other.get("protocol").text() == port.get("protocol").text()
        };
        for other in known.iter().filter(same) {
            let (ip, other_ip) = (port.get("hostIP").text(), other.get("hostIP").text());
            let (host, other_host) = (port.get("hostPort").number(), other.get("hostPort").number());
            let what = if ip == other_ip && host == other_host {
                "duplicate port definition"
            } else if host == 0 || other_host == 0 {
                "overlapping port definition"
            } else if host == other_host && ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous port definition"
            } else {
                continue;
            };
            warnings.push(format!("{}: {what} with {}", port.path, other.path));
        }
        known.push(port);
    }
}

fn port_names(containers: &[At<'_>], warnings: &mut Vec<String>) {
    let mut known: Vec<At<'_>> = Vec::new();
    for port in containers.iter().flat_map(|container| container.get("ports").items()) {
        let name = port.get("name").text();
        if name.is_empty() {
            continue;
        }
        match known.iter().find(|other| other.get("name").text() == name) {
            Some(other) => warnings.push(format!(
                "{}: duplicate port name {name:?} with {other}, services and probes that select ports by name will use {other}",
                port.path,
                other = other.path
            )),
            None => known.push(port),
        }
    }
}

//! Storage and quotas.

use super::look::{Look, join, or_none};
use serde_json::{Map, Value};

/// The cells of storage objects and of quotas.
pub(super) fn cells(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    let phase =
        || if look.deleted() { "Terminating".into() } else { Value::from(look.text("/status/phase")) };
    let class = |annotated: &str| look.text_or("/spec/storageClassName", look.text(annotated));
    const CLASS: &str = "/metadata/annotations/volume.beta.kubernetes.io~1storage-class";
    let cells = match (group, plural) {
        ("", "persistentvolumes") => {
            let claim = match look.at("/spec/claimRef") {
                Value::Object(_) => {
                    format!("{}/{}", look.text("/spec/claimRef/namespace"), look.text("/spec/claimRef/name"))
                }
                _ => String::new(),
            };
            vec![
                look.name(),
                look.text_or("/spec/capacity/storage", "0"),
                modes(look.list("/spec/accessModes")).into(),
                look.text("/spec/persistentVolumeReclaimPolicy").into(),
                phase(),
                claim.into(),
                class(CLASS),
                look.text_or("/spec/volumeAttributesClassName", "<unset>"),
                look.text("/status/reason").into(),
                look.age(),
                look.text_or("/spec/volumeMode", "<unset>"),
            ]
        }
        ("", "persistentvolumeclaims") => {
            let bound = !look.text("/spec/volumeName").is_empty();
            let (capacity, modes) = match bound {
                true => {
                    (look.text_or("/status/capacity/storage", "0"), modes(look.list("/status/accessModes")))
                }
                false => ("".into(), String::new()),
            };
            vec![
                look.name(),
                phase(),
                look.text("/spec/volumeName").into(),
                capacity,
                modes.into(),
                class(CLASS),
                look.text_or("/spec/volumeAttributesClassName", "<unset>"),
                look.age(),
                look.text_or("/spec/volumeMode", "<unset>"),
            ]
        }
        ("", "resourcequotas") => quota(look),
        ("storage.k8s.io", "storageclasses") => storage_class(look),
        ("storage.k8s.io", "csidrivers") => driver(look),
        ("storage.k8s.io", "csinodes") => {
            vec![look.name(), look.list("/spec/drivers").len().into(), look.age()]
        }
        ("storage.k8s.io", "volumeattachments") => vec![
            look.name(),
            look.text("/spec/attacher").into(),
            look.text("/spec/source/persistentVolumeName").into(),
            look.text("/spec/nodeName").into(),
            look.flag("/status/attached").into(),
            look.age(),
        ],
        ("storage.k8s.io", "volumeattributesclasses") => {
            vec![look.name(), look.text("/driverName").into(), look.age()]
        }
        _ => return None,
    };
    Some(cells)
}

/// `RWO,ROX`, in an order of their own.
fn modes(given: &[Value]) -> String {
    const MODES: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let known = MODES.iter().filter(|(mode, _)| given.iter().any(|given| given == mode));
    known.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn quota(look: Look<'_>) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    let empty = Map::new();
    for (name, hard) in look.at("/status/hard").as_object().unwrap_or(&empty) {
        let used = look.at("/status/used").get(name).and_then(Value::as_str).unwrap_or("0");
        let text = format!("{name}: {used}/{}", hard.as_str().unwrap_or_default());
        if name.starts_with("limits.") { limits.push(text) } else { requests.push(text) }
    }
    vec![look.name(), requests.join(", ").into(), limits.join(", ").into(), look.age()]
}

fn storage_class(look: Look<'_>) -> Vec<Value> {
    let name = look.name().as_str().unwrap_or_default().to_owned();
    let default = ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"]
        .iter()
        .any(|domain| look.text(&format!("/metadata/annotations/{domain}~1is-default-class")) == "true");
    vec![
        if default { format!("{name} (default)").into() } else { name.into() },
        look.text("/provisioner").into(),
        look.text_or("/reclaimPolicy", "Delete"),
        look.text_or("/volumeBindingMode", "Immediate"),
        look.flag("/allowVolumeExpansion").into(),
        look.age(),
    ]
}

fn driver(look: Look<'_>) -> Vec<Value> {
    let audiences = match look.at("/spec/tokenRequests") {
        Value::Array(requests) => join(requests.iter().map(|request| &request["audience"]), ","),
        _ => "<unset>".to_owned(),
    };
    vec![
        look.name(),
        look.at("/spec/attachRequired").as_bool().unwrap_or(true).into(),
        look.flag("/spec/podInfoOnMount").into(),
        look.flag("/spec/storageCapacity").into(),
        audiences.into(),
        look.flag("/spec/requiresRepublish").into(),
        or_none(join(look.list("/spec/volumeLifecycleModes"), ",")),
        look.age(),
    ]
}

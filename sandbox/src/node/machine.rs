//! The simulated node as an object.

use crate::object::edit::stamp;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The node's name.
pub const NAME: &str = "sandbox";
/// Its address, and the `hostIP` of its pods.
pub const ADDRESS: &str = "10.244.0.1";
/// Pods get addresses of this network; the first 256 are the node's own.
pub const POD_NETWORK: &str = "10.244.0.0/16";
/// The address of the pod with this number.
#[must_use]
pub fn pod_address(number: u16) -> String {
    format!("10.244.{}.{}", number >> 8, number & 255)
}

/// The number of a pod's address, where it is one of the node's.
#[must_use]
pub fn pod_number(address: &str) -> Option<u16> {
    let mut parts = address.strip_prefix("10.244.")?.split('.');
    let (high, low) = (parts.next()?.parse::<u8>().ok()?, parts.next()?.parse::<u8>().ok()?);
    parts.next().is_none().then_some(u16::from_be_bytes([high, low]))
}

/// The Node object: large enough for the requests of any chart, and always ready.
/// `kubelet` is the version it reports: `v1.36.3`.
#[must_use]
pub fn node(kubelet: &str, now: Timestamp) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": stamp(now), "lastTransitionTime": stamp(now),
        })
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let capacity = json!({
        "cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        "pods": "32768",
    });
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": NAME,
            "labels": {
                "beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": arch, "kubernetes.io/os": "linux", "kubernetes.io/hostname": NAME,
                "node-role.kubernetes.io/control-plane": "",
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": POD_NETWORK, "podCIDRs": [POD_NETWORK], "providerID": "skiff://sandbox"},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": NAME},
            ],
            "allocatable": capacity, "capacity": capacity,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "the sandbox simulates this node"),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": arch, "bootID": "", "containerRuntimeVersion": "skiff://simulated",
                "kernelVersion": "simulated", "kubeProxyVersion": "", "kubeletVersion": kubelet, "machineID": "",
                "operatingSystem": "linux", "osImage": "Skiff sandbox", "systemUUID": "",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_pods_have_numbers() {
        for number in [256u16, 257, 1000, 65534] {
            assert_eq!(pod_number(&pod_address(number)), Some(number));
        }
        for other in ["10.245.1.1", "10.244.1", "10.244.1.1.1", "10.244.300.1", ""] {
            assert_eq!(pod_number(other), None);
        }
    }
}

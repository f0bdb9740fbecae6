//! Addresses and ports of services: `pkg/registry/core/service/storage/alloc.go`, with one family of addresses.
//!
//! The registry calls [`allocate`] before `prepare_for_create` and `prepare_for_update`, as the real server does: validation
//! expects the addresses and ports to be there.

use super::validate::{address, service as rules};
use crate::{
    field::Error,
    object::{map_mut, name, namespace},
    strategy::check::At,
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

/// The addresses of services, as the real control plane of the tests has them.
const NETWORK: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 0);
const BITS: u8 = 16;
/// The first addresses are for those who ask for them: the static half of the range.
const STATIC_ADDRESSES: u32 = 256;
/// The ports of nodes, and how many of the first are for those who ask for them.
const PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;
const STATIC_PORTS: i64 = 86;

/// The addresses and ports that services have.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    addresses: BTreeSet<Ipv4Addr>,
    ports: BTreeSet<i64>,
}

impl Taken {
    /// Notes what a service has.
    pub fn add(&mut self, service: &Value) {
        let (addresses, ports) = owned(service);
        self.addresses.extend(addresses);
        self.ports.extend(ports);
    }

    /// Forgets what a service had.
    pub fn remove(&mut self, service: &Value) {
        let (addresses, ports) = owned(service);
        addresses.iter().for_each(|address| {
            self.addresses.remove(address);
        });
        ports.iter().for_each(|port| {
            self.ports.remove(port);
        });
    }
}

/// A service's addresses and ports.
fn owned(service: &Value) -> (Vec<Ipv4Addr>, Vec<i64>) {
    let spec = At::new(service, "").get("spec");
    let addresses = spec.get("clusterIPs").items();
    let addresses = addresses.iter().filter_map(|address| address.text().parse().ok()).collect();
    let mut ports = node_ports(spec.value);
    ports.extend(Some(spec.get("healthCheckNodePort").number()).filter(|port| *port != 0));
    (addresses, ports)
}

fn node_ports(spec: &Value) -> Vec<i64> {
    let ports = spec.get("ports").and_then(Value::as_array).into_iter().flatten();
    ports.filter_map(|port| port.get("nodePort")?.as_i64()).filter(|port| *port != 0).collect()
}

/// Gives a service, new or about to replace `old`, the addresses and ports that its type has. Who has taken what stands in
/// `taken`, `old`'s included; nothing is noted there.
///
/// # Errors
/// What the service asks for is taken, or outside the range, or there is none left.
pub fn allocate(service: &mut Value, old: Option<&Value>, taken: &Taken) -> Result<(), Vec<Error>> {
    let seed = seed(namespace(service), name(service));
    let empty = Map::new();
    let before = old.and_then(|old| old.get("spec")).and_then(Value::as_object).unwrap_or(&empty);
    let before = old.map(|_| before);
    let Value::Object(service) = service else { return Ok(()) };
    let spec = map_mut(service, "spec");
    if let Some(before) = before {
        keep_allocated(spec, before);
    }
    normalize(spec, before);
    families(spec, before)?;
    cluster_address(spec, before, taken, seed)?;
    ports(spec, before, taken, seed)
}

/// A number of a service's own, from which the search for free addresses and ports begins: the same service gets the same
/// ones on each run (FNV-1a).
fn seed(namespace: &str, name: &str) -> u32 {
    let bytes = namespace.bytes().chain([b'/']).chain(name.bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn text<'a>(spec: &'a Map<String, Value>, key: &str) -> &'a str {
    spec.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn has_address(spec: &Map<String, Value>) -> bool {
    text(spec, "type") != "ExternalName"
}

fn has_node_ports(spec: &Map<String, Value>) -> bool {
    matches!(text(spec, "type"), "NodePort" | "LoadBalancer")
}

fn has_health_check(spec: &Map<String, Value>) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

fn list(spec: &Map<String, Value>, key: &str) -> Vec<Value> {
    spec.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// `patchAllocatedValues`: what an update leaves out stays.
fn keep_allocated(spec: &mut Map<String, Value>, before: &Map<String, Value>) {
    if has_address(before) && has_address(spec) {
        for key in ["clusterIP", "clusterIPs"] {
            if let (None, Some(value)) = (spec.get(key).filter(|value| !value.is_null()), before.get(key)) {
                spec.insert(key.to_owned(), value.clone());
            }
        }
    }
    if has_node_ports(before) && has_node_ports(spec) {
        let (mine, theirs) =
            (node_ports(&Value::Object(spec.clone())), node_ports(&Value::Object(before.clone())));
        let used: Vec<i64> = theirs.into_iter().filter(|port| mine.contains(port)).collect();
        let known = list(before, "ports");
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            let same = known.iter().rev().find(|other| other.get("name") == port.get("name"));
            let number = same.and_then(|same| same.get("nodePort")?.as_i64()).unwrap_or_default();
            if let Value::Object(port) = port
                && port.get("nodePort").and_then(Value::as_i64).unwrap_or_default() == 0
                && number != 0
                && !used.contains(&number)
            {
                port.insert("nodePort".to_owned(), number.into());
            }
        }
    }
    if has_health_check(before)
        && has_health_check(spec)
        && let (None, Some(port)) = (spec.get("healthCheckNodePort"), before.get("healthCheckNodePort"))
    {
        spec.insert("healthCheckNodePort".to_owned(), port.clone());
    }
}

/// `normalizeClusterIPs`: the single address and the list of them agree.
fn normalize(spec: &mut Map<String, Value>, before: Option<&Map<String, Value>>) {
    let (own, many) = (text(spec, "clusterIP").to_owned(), list(spec, "clusterIPs"));
    let Some(before) = before else {
        if !own.is_empty() && many.is_empty() {
            spec.insert("clusterIPs".to_owned(), json!([own]));
        }
        return;
    };
    let (old, old_many) = (text(before, "clusterIP"), list(before, "clusterIPs"));
    if !old_many.is_empty() && many.is_empty() && old == own {
        spec.insert("clusterIPs".to_owned(), old_many.clone().into());
    }
    if old != own && many == old_many {
        if own.is_empty() {
            spec.remove("clusterIPs");
        } else {
            spec.insert("clusterIPs".to_owned(), json!([own]));
        }
    }
}

/// `initIPFamilyFields`.
fn families(spec: &mut Map<String, Value>, before: Option<&Map<String, Value>>) -> Result<(), Vec<Error>> {
    if !has_address(spec) {
        return Ok(());
    }
    let unselected = text(spec, "clusterIP") == "None"
        && spec.get("selector").and_then(Value::as_object).is_none_or(Map::is_empty);
    if !spec.contains_key("ipFamilyPolicy") {
        let old = before.and_then(|before| before.get("ipFamilyPolicy")).cloned();
        let policy =
            old.unwrap_or_else(|| if unselected { "RequireDualStack" } else { "SingleStack" }.into());
        spec.insert("ipFamilyPolicy".to_owned(), policy);
    }
    let whole = Value::Object(spec.clone());
    let at = At::new(&whole, "spec");
    let mut errors = Vec::new();
    rules::cluster_addresses(&at, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let policy = at.get("ipFamilyPolicy");
    let (addresses, mut own) = (list(spec, "clusterIPs"), list(spec, "ipFamilies"));
    if policy.text() == "SingleStack" {
        for (count, what) in [(addresses.len(), "cluster IPs"), (own.len(), "IP families")] {
            if count == 2 {
                let detail = format!(
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                );
                errors.push(policy.invalid(detail));
            }
        }
    }
    families_of(&addresses, &mut own, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    if unselected {
        if own.is_empty() {
            own.push("IPv4".into());
        }
        if own.len() < 2 && policy.text() != "SingleStack" {
            own.push(if own.first().is_some_and(|family| family == "IPv4") { "IPv6" } else { "IPv4" }.into());
        }
        spec.insert("ipFamilies".to_owned(), own.into());
        return Ok(());
    }
    if policy.text() == "RequireDualStack" {
        errors.push(policy.invalid("this cluster is not configured for dual-stack services"));
    }
    for (index, family) in own.iter().enumerate().filter(|(_, family)| **family == "IPv6") {
        let path = format!("spec.ipFamilies[{index}]");
        errors.push(Error::invalid(path, family.clone(), "not configured on this cluster"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if own.is_empty() {
        own.push("IPv4".into());
    }
    spec.insert("ipFamilies".to_owned(), own.into());
    Ok(())
}

/// The families of addresses for which none is named.
fn families_of(addresses: &[Value], own: &mut Vec<Value>, errors: &mut Vec<Error>) {
    for (index, given) in addresses.iter().enumerate() {
        let Some(given) = given.as_str().filter(|given| *given != "None") else { break };
        if index >= own.len() {
            if address::sloppy(given).is_some_and(|address| address.is_ipv6()) {
                let path = format!("spec.clusterIPs[{index}]");
                errors.push(Error::invalid(
                    path,
                    addresses.to_vec(),
                    "IPv6 is not configured on this cluster",
                ));
            } else {
                own.push("IPv4".into());
            }
        }
    }
}

/// `allocClusterIPs` and `updateClusterIPs`.
fn cluster_address(
    spec: &mut Map<String, Value>,
    before: Option<&Map<String, Value>>,
    taken: &Taken,
    seed: u32,
) -> Result<(), Vec<Error>> {
    let new = before.is_none_or(|before| !has_address(before));
    let given = list(spec, "clusterIPs");
    if !has_address(spec) || !new || given.first().is_some_and(|given| given == "None") {
        return Ok(());
    }
    let wanted = given.first().and_then(Value::as_str).unwrap_or_default();
    let address = if wanted.is_empty() {
        free_address(taken, seed).ok_or_else(|| vec![Error::internal("spec.clusterIPs", "range is full")])?
    } else {
        let refuse = |why: String| {
            let detail = format!("failed to allocate IP {wanted}: {why}");
            vec![Error::invalid("spec.clusterIPs", given.clone(), detail)]
        };
        match address::sloppy(wanted) {
            Some(IpAddr::V4(own)) if in_range(own) && taken.addresses.contains(&own) => {
                return Err(refuse("provided IP is already allocated".to_owned()));
            }
            Some(IpAddr::V4(own)) if in_range(own) => own,
            _ => {
                let detail = format!(
                    "the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {NETWORK}/{BITS}"
                );
                return Err(refuse(detail));
            }
        }
    };
    spec.insert("clusterIP".to_owned(), address.to_string().into());
    spec.insert("clusterIPs".to_owned(), json!([address.to_string()]));
    Ok(())
}

/// How many addresses the range has.
fn size() -> u32 {
    1 << (32 - u32::from(BITS))
}

/// Whether an address can be a service's: neither the first nor the last one of the range.
fn in_range(address: Ipv4Addr) -> bool {
    let offset = address.to_bits().wrapping_sub(NETWORK.to_bits());
    offset > 0 && offset < size() - 1
}

fn free_address(taken: &Taken, seed: u32) -> Option<Ipv4Addr> {
    let (first, end) = (STATIC_ADDRESSES + 1, size() - 1);
    let count = end - first;
    let upper = (0..count).map(|step| first + (seed % count + step) % count);
    // The addresses that are meant for those who ask are the last resort, and the very first is the API's own.
    let offsets = upper.chain(2..first);
    offsets
        .map(|offset| Ipv4Addr::from_bits(NETWORK.to_bits() + offset))
        .find(|own| !taken.addresses.contains(own))
}

/// The ports of one service while they are given out.
struct Ports<'a> {
    taken: &'a Taken,
    own: BTreeSet<i64>,
    seed: u32,
}

impl Ports<'_> {
    /// Takes this port.
    fn take(&mut self, port: i64) -> Result<(), String> {
        if !PORTS.contains(&port) {
            let (first, last) = (PORTS.start(), PORTS.end());
            return Err(format!(
                "provided port is not in the valid range. The range of valid ports is {first}-{last}"
            ));
        }
        if self.taken.ports.contains(&port) || !self.own.insert(port) {
            return Err("provided port is already allocated".to_owned());
        }
        Ok(())
    }

    /// Takes any port.
    fn next(&mut self) -> Option<i64> {
        let first = PORTS.start() + STATIC_PORTS;
        let count = PORTS.end() - first + 1;
        let upper = (0..count).map(|step| first + (i64::from(self.seed) % count + step) % count);
        let free = upper.chain(*PORTS.start()..first);
        let mut free = free.filter(|port| !self.taken.ports.contains(port) && !self.own.contains(port));
        let port = free.next()?;
        self.own.insert(port);
        Some(port)
    }
}

/// `txnAllocNodePorts` and `txnUpdateNodePorts`.
fn ports(
    spec: &mut Map<String, Value>,
    before: Option<&Map<String, Value>>,
    taken: &Taken,
    seed: u32,
) -> Result<(), Vec<Error>> {
    let mut free = Ports { taken, own: BTreeSet::new(), seed };
    let known = before.map(|before| node_ports(&Value::Object(before.clone()))).unwrap_or_default();
    if has_node_ports(spec) {
        let automatic = text(spec, "type") == "NodePort"
            || spec.get("allocateLoadBalancerNodePorts") == Some(&Value::Bool(true));
        let ports = spec.get_mut("ports").and_then(Value::as_array_mut);
        give_ports(ports.map(Vec::as_mut_slice).unwrap_or_default(), automatic, &known, &mut free)?;
    }
    let had = before.is_some_and(has_health_check);
    if has_health_check(spec) && !had {
        let asked = spec.get("healthCheckNodePort").and_then(Value::as_i64).unwrap_or_default();
        let port = if asked == 0 {
            free.next().ok_or_else(|| full("spec.healthCheckNodePort"))?
        } else {
            let refuse = |why| {
                let why = format!("failed to allocate requested HealthCheck NodePort {asked}: {why}");
                vec![Error::internal("spec.healthCheckNodePort", why)]
            };
            free.take(asked).map(|()| asked).map_err(refuse)?
        };
        spec.insert("healthCheckNodePort".to_owned(), port.into());
    }
    Ok(())
}

fn full(path: &str) -> Vec<Error> {
    vec![Error::internal(path, "failed to allocate a nodePort: range is full")]
}

/// Each port gets its node port; those of one number and several protocols share theirs.
fn give_ports(
    ports: &mut [Value],
    automatic: bool,
    known: &[i64],
    free: &mut Ports<'_>,
) -> Result<(), Vec<Error>> {
    let number = |port: &Value, key: &str| port.get(key).and_then(Value::as_i64).unwrap_or_default();
    let asked: Vec<(i64, i64)> =
        ports.iter().map(|port| (number(port, "port"), number(port, "nodePort"))).collect();
    let mut shared: Vec<(i64, i64)> = Vec::new();
    for (index, port) in ports.iter_mut().enumerate() {
        let (own, mut node) = (number(port, "port"), number(port, "nodePort"));
        if node == 0 && !automatic {
            continue;
        }
        let path = format!("spec.ports[{index}].nodePort");
        let sharing = shared.iter().find(|(other, _)| *other == own).map(|(_, node)| *node);
        if node == 0 {
            let of_others =
                asked.iter().find(|(other, node)| *other == own && *node != 0).map(|(_, node)| *node);
            node = match sharing.or(of_others.filter(|_| known.is_empty())) {
                Some(node) if known.is_empty() => node,
                _ => free.next().ok_or_else(|| full(&path))?,
            };
        }
        if sharing != Some(node) && !known.contains(&node) && !free.own.contains(&node) {
            free.take(node).map_err(|why| vec![Error::invalid(&path, node, why)])?;
        } else if sharing != Some(node) && asked.get(index).is_some_and(|(_, asked)| *asked == node) {
            let twice = shared.iter().any(|(_, other)| *other == node) && known.is_empty();
            if twice {
                return Err(vec![Error::invalid(&path, node, "provided port is already allocated")]);
            }
        }
        shared.push((own, node));
        if let Value::Object(port) = port {
            port.insert("nodePort".to_owned(), node.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(spec: Value) -> Value {
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec})
    }

    fn given(spec: Value, old: Option<&Value>, taken: &Taken) -> Result<Value, String> {
        let mut made = service(spec);
        allocate(&mut made, old, taken).map_err(|errors| errors[0].to_string())?;
        Ok(made)
    }

    #[test]
    fn a_service_gets_an_address_that_nobody_has() {
        let mut taken = Taken::default();
        let first = given(json!({"type": "ClusterIP"}), None, &taken).unwrap();
        taken.add(&first);
        let second = given(json!({"type": "ClusterIP"}), None, &taken).unwrap();
        assert_ne!(first["spec"]["clusterIP"], second["spec"]["clusterIP"]);
        taken.remove(&first);
        assert_eq!(given(json!({"type": "ClusterIP"}), None, &taken).unwrap(), first);
    }

    #[test]
    fn what_somebody_has_is_refused() {
        let mut taken = Taken::default();
        let asked =
            json!({"type": "NodePort", "clusterIP": "10.96.0.9", "ports": [{"port": 80, "nodePort": 30080}]});
        taken.add(&given(asked.clone(), None, &taken).unwrap());
        let refused = given(asked, None, &taken).unwrap_err();
        assert!(
            refused.ends_with("failed to allocate IP 10.96.0.9: provided IP is already allocated"),
            "{refused}"
        );
        let port = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]});
        let refused = given(port, None, &taken).unwrap_err();
        assert_eq!(
            refused,
            "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
        );
    }

    #[test]
    fn an_update_keeps_what_it_does_not_name() {
        let mut taken = Taken::default();
        let ports = json!([{"name": "a", "port": 80}, {"name": "b", "port": 80, "protocol": "UDP"}]);
        let old = given(json!({"type": "NodePort", "ports": ports}), None, &taken).unwrap();
        taken.add(&old);
        assert_eq!(old["spec"]["ports"][0]["nodePort"], old["spec"]["ports"][1]["nodePort"]);
        let new = given(json!({"type": "NodePort", "ports": ports}), Some(&old), &taken).unwrap();
        assert_eq!(new, old);
    }
}

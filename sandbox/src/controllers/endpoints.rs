//! Services: the endpoint slices and `Endpoints` of their pods, and addresses of load balancers.

use super::action::{Action, ENDPOINT_SLICES, ENDPOINTS, INGRESSES, Note, SERVICES};
use super::hash::port_place;
use crate::object::edit::{deleting, flag, int, list, map, omit_empty, owned_by, set, stamp};
use crate::object::{name, namespace, pod, text, uid};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// How many endpoints one slice holds.
const SLICE: usize = 100;
/// How many addresses `Endpoints` holds at most.
const ENDPOINTS_LIMIT: usize = 1000;
const HEADLESS: &str = "service.kubernetes.io/headless";
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const SLICE_CONTROLLER: &str = "endpointslice-controller.k8s.io";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// Whether a slice belongs to the built-in controller and to this service.
#[must_use]
pub fn is_slice_of(slice: &Value, service: &str) -> bool {
    crate::object::label(slice, SERVICE_NAME) == Some(service)
        && crate::object::label(slice, MANAGED_BY) == Some(SLICE_CONTROLLER)
}

/// Whether the service's endpoints are made here: it has a selector and is no alias.
#[must_use]
pub fn selects_pods(service: &Value) -> bool {
    map(service, &["spec", "selector"]).is_some_and(|selector| !selector.is_empty())
        && text(service, &["spec", "type"]) != "ExternalName"
}

fn headless(service: &Value) -> bool {
    matches!(text(service, &["spec", "clusterIP"]), "None" | "")
}

/// The number of a service's port on this pod: `FindPort`.
fn target(service_port: &Value, one: &Value) -> Option<i64> {
    let protocol = |port: &Value| match text(port, &["protocol"]) {
        "" => "TCP".to_owned(),
        protocol => protocol.to_owned(),
    };
    match service_port.get("targetPort") {
        Some(Value::String(wanted)) if wanted.parse::<u16>().is_err() => {
            let sidecars = list(one, &["spec", "initContainers"])
                .iter()
                .filter(|container| text(container, &["restartPolicy"]) == "Always");
            let containers = list(one, &["spec", "containers"]).iter().chain(sidecars);
            containers
                .flat_map(|container| list(container, &["ports"]))
                .find(|port| port["name"] == wanted.as_str() && protocol(port) == protocol(service_port))
                .and_then(|port| int(port, &["containerPort"]))
        }
        Some(Value::String(number)) => number.parse().ok(),
        Some(Value::Number(number)) if number.as_i64() != Some(0) => number.as_i64(),
        _ => int(service_port, &["port"]),
    }
}

/// The ports of the service as this pod has them.
fn ports(service: &Value, one: &Value) -> Vec<Value> {
    list(service, &["spec", "ports"])
        .iter()
        .filter_map(|port| {
            let number = target(port, one)?;
            let protocol = port.get("protocol").cloned().unwrap_or_else(|| "TCP".into());
            let mut made = json!({"name": text(port, &["name"]), "port": number, "protocol": protocol});
            if let Some(app) = port.get("appProtocol") {
                made["appProtocol"] = app.clone();
            }
            Some(made)
        })
        .collect()
}

fn address(one: &Value, v6: bool) -> Option<&str> {
    let listed = list(one, &["status", "podIPs"]).iter().map(|ip| text(ip, &["ip"]));
    listed.chain([text(one, &["status", "podIP"])]).find(|ip| !ip.is_empty() && ip.contains(':') == v6)
}

fn has_hostname(service: &Value, one: &Value) -> bool {
    !text(one, &["spec", "hostname"]).is_empty()
        && text(one, &["spec", "subdomain"]) == name(service)
        && namespace(one) == namespace(service)
}

fn reference(one: &Value) -> Value {
    json!({"kind": "Pod", "namespace": namespace(one), "name": name(one), "uid": uid(one)})
}

fn endpoint(service: &Value, one: &Value, address: &str) -> Value {
    let (serving, terminating) = (pod::ready(one), deleting(one));
    let publish = flag(service, &["spec", "publishNotReadyAddresses"]);
    let mut endpoint = json!({
        "addresses": [address],
        "conditions": {"ready": publish || (serving && !terminating), "serving": serving, "terminating": terminating},
        "targetRef": reference(one),
    });
    if !pod::node(one).is_empty() {
        endpoint["nodeName"] = pod::node(one).into();
    }
    if has_hostname(service, one) {
        endpoint["hostname"] = one["spec"]["hostname"].clone();
    }
    endpoint
}

/// What is to be done for the endpoint slices of a service: its pods, and the slices that there are.
#[must_use]
pub fn plan_slices(service: &Value, pods: &[Value], slices: &[Value], now: Timestamp) -> Vec<Action> {
    let mut families: Vec<bool> =
        list(service, &["spec", "ipFamilies"]).iter().map(|one| one == "IPv6").collect();
    if families.is_empty() {
        families.push(text(service, &["spec", "clusterIP"]).contains(':'));
    }
    let mut actions = Vec::new();
    for v6 in [false, true] {
        let kind = if v6 { "IPv6" } else { "IPv4" };
        let mut present: Vec<&Value> = slices.iter().filter(|slice| slice["addressType"] == kind).collect();
        present.order_by_key(|slice| name(slice).to_owned());
        if families.contains(&v6) {
            let wanted = wanted_slices(service, pods, v6);
            actions.extend(settle(service, kind, wanted, present, now));
        } else {
            actions.extend(present.into_iter().map(|slice| Action::delete(ENDPOINT_SLICES, slice)));
        }
    }
    actions
}

/// Endpoints by their ports, at most [`SLICE`] in each.
fn wanted_slices(service: &Value, pods: &[Value], v6: bool) -> Vec<(Vec<Value>, Vec<Value>)> {
    let mut groups: BTreeMap<String, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let mut sorted: Vec<&Value> = pods.iter().filter(|one| !pod::terminal(one)).collect();
    sorted.order_by_key(|one| name(one));
    for one in sorted {
        let Some(address) = address(one, v6) else { continue };
        let mut ports = ports(service, one);
        ports.order_by_key(|port| port_place(port, true));
        let key = Value::from(ports.clone()).to_string();
        groups.entry(key).or_insert_with(|| (ports, Vec::new())).1.push(endpoint(service, one, address));
    }
    groups
        .into_values()
        .flat_map(|(ports, endpoints)| {
            let chunks: Vec<Vec<Value>> = endpoints.chunks(SLICE).map(<[Value]>::to_vec).collect();
            chunks.into_iter().map(move |chunk| (ports.clone(), chunk))
        })
        .collect()
}

/// Makes the slices that are there hold what is wanted; one stays where nothing is.
fn settle(
    service: &Value,
    kind: &str,
    wanted: Vec<(Vec<Value>, Vec<Value>)>,
    present: Vec<&Value>,
    now: Timestamp,
) -> Vec<Action> {
    let labels = slice_labels(service);
    let mut left = present;
    let mut actions = Vec::new();
    let wanted = if wanted.is_empty() { vec![(Vec::new(), Vec::new())] } else { wanted };
    // Slices with the same ports are kept first, so that others need not change.
    let mut open = Vec::new();
    for (ports, endpoints) in wanted {
        match left.iter().position(|slice| list(slice, &["ports"]) == ports) {
            Some(place) => actions.extend(update(left.remove(place), &labels, &ports, &endpoints, now)),
            None => open.push((ports, endpoints)),
        }
    }
    for (ports, endpoints) in open {
        if left.is_empty() {
            actions.push(Action::create(
                ENDPOINT_SLICES,
                new_slice(service, kind, &labels, &ports, &endpoints, now),
            ));
        } else {
            actions.extend(update(left.remove(0), &labels, &ports, &endpoints, now));
        }
    }
    actions.extend(left.into_iter().map(|slice| Action::delete(ENDPOINT_SLICES, slice)));
    actions
}

fn slice_labels(service: &Value) -> Map<String, Value> {
    let mut labels = map(service, &["metadata", "labels"]).cloned().unwrap_or_default();
    labels.retain(|key, _| ![SERVICE_NAME, MANAGED_BY, HEADLESS].contains(&key.as_str()));
    if headless(service) {
        labels.insert(HEADLESS.to_owned(), "".into());
    }
    labels.insert(SERVICE_NAME.to_owned(), name(service).into());
    labels.insert(MANAGED_BY.to_owned(), SLICE_CONTROLLER.into());
    labels
}

/// Nothing is written as null, as the real controller's slices say it.
fn or_null(items: &[Value]) -> Value {
    if items.is_empty() { Value::Null } else { items.into() }
}

fn new_slice(
    service: &Value,
    kind: &str,
    labels: &Map<String, Value>,
    ports: &[Value],
    endpoints: &[Value],
    now: Timestamp,
) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "generateName": format!("{}-", name(service)), "namespace": namespace(service), "labels": labels,
            "annotations": {TRIGGER: stamp(now)}, "ownerReferences": [owned_by(service)],
        },
        "addressType": kind, "ports": or_null(ports), "endpoints": or_null(endpoints),
    })
}

fn update(
    slice: &Value,
    labels: &Map<String, Value>,
    ports: &[Value],
    endpoints: &[Value],
    now: Timestamp,
) -> Option<Action> {
    let same = list(slice, &["endpoints"]) == endpoints
        && list(slice, &["ports"]) == ports
        && map(slice, &["metadata", "labels"]) == Some(labels);
    (!same).then(|| {
        let mut slice = slice.clone();
        set(&mut slice, &["metadata", "labels"], labels.clone());
        set(&mut slice, &["metadata", "annotations", TRIGGER], stamp(now));
        slice["ports"] = or_null(ports);
        slice["endpoints"] = or_null(endpoints);
        Action::update(ENDPOINT_SLICES, slice)
    })
}

/// What is to be done for the `Endpoints` of a service.
#[must_use]
pub fn plan_endpoints(
    service: &Value,
    pods: &[Value],
    present: Option<&Value>,
    now: Timestamp,
) -> Option<Action> {
    let subsets = subsets(service, pods);
    let mut labels = map(service, &["metadata", "labels"]).cloned().unwrap_or_default();
    labels.remove(HEADLESS);
    if headless(service) {
        labels.insert(HEADLESS.to_owned(), "".into());
    }
    labels.insert("endpoints.kubernetes.io/managed-by".to_owned(), "endpoint-controller".into());
    let same = present.is_some_and(|present| {
        list(present, &["subsets"]) == subsets && map(present, &["metadata", "labels"]) == Some(&labels)
    });
    if same {
        return None;
    }
    let mut object = present.cloned().unwrap_or_else(|| {
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {"name": name(service), "namespace": namespace(service)},
        })
    });
    set(&mut object, &["metadata", "labels"], labels);
    set(&mut object, &["metadata", "annotations", TRIGGER], stamp(now));
    if subsets.is_empty() {
        crate::object::edit::unset(&mut object, &["subsets"]);
    } else {
        object["subsets"] = subsets.into();
    }
    Some(match present {
        Some(_) => Action::update(ENDPOINTS, object),
        None => Action::create(ENDPOINTS, object),
    })
}

fn subsets(service: &Value, pods: &[Value]) -> Vec<Value> {
    let publish = flag(service, &["spec", "publishNotReadyAddresses"]);
    let v6 = list(service, &["spec", "ipFamilies"]).first().is_some_and(|family| family == "IPv6");
    // Addresses with the same ports make a subset.
    let mut groups: BTreeMap<String, [Vec<Value>; 3]> = BTreeMap::new();
    let mut sorted: Vec<(&Value, &str)> = pods
        .iter()
        .filter(|one| !pod::terminal(one) && (publish || !deleting(one)))
        .filter_map(|one| Some((one, address(one, v6)?)))
        .collect();
    sorted.order_by_key(|(_, ip)| ip.to_string());
    for (one, ip) in sorted.into_iter().take(ENDPOINTS_LIMIT) {
        let mut ports = ports(service, one);
        for port in &mut ports {
            omit_empty(port, &["name"]);
        }
        if ports.is_empty() && !(headless(service) && list(service, &["spec", "ports"]).is_empty()) {
            continue;
        }
        ports.order_by_key(|port| port_place(port, false));
        let mut address = json!({"ip": ip, "targetRef": reference(one)});
        if !pod::node(one).is_empty() {
            address["nodeName"] = pod::node(one).into();
        }
        if has_hostname(service, one) {
            address["hostname"] = one["spec"]["hostname"].clone();
        }
        let key = Value::from(ports.clone()).to_string();
        let group = groups.entry(key).or_insert_with(|| [ports, Vec::new(), Vec::new()]);
        if publish || pod::ready(one) { group[1].push(address) } else { group[2].push(address) }
    }
    groups
        .into_values()
        .map(|[ports, ready, unready]| {
            let mut subset = json!({"ports": ports, "addresses": ready, "notReadyAddresses": unready});
            omit_empty(&mut subset, &["ports", "addresses", "notReadyAddresses"]);
            subset
        })
        .collect()
}

/// The address that a service of type `LoadBalancer` gets: one of the loopback network, from its cluster address, so
/// that each has its own. Other types lose what they had.
#[must_use]
pub fn plan_load_balancer(service: &Value) -> Vec<Action> {
    let wants = text(service, &["spec", "type"]) == "LoadBalancer" && !deleting(service);
    let present = list(service, &["status", "loadBalancer", "ingress"]);
    let cluster = text(service, &["spec", "clusterIP"]);
    let wanted = if wants {
        let mut parts = cluster.split('.').skip(1);
        let mut part = || parts.next().and_then(|part| part.parse::<u8>().ok()).unwrap_or(1);
        let address = format!("127.{}.{}.{}", part(), part(), part());
        vec![json!({"ip": address, "ipMode": "VIP"})]
    } else {
        Vec::new()
    };
    if present == wanted {
        return Vec::new();
    }
    let mut changed = service.clone();
    let balancer = if wanted.is_empty() { json!({}) } else { json!({"ingress": wanted}) };
    set(&mut changed, &["status", "loadBalancer"], balancer);
    let tell = |reason: &str, message: &str| {
        Action::Tell(Note::normal("service-controller", service, reason, message))
    };
    if wants {
        vec![
            tell("EnsuringLoadBalancer", "Ensuring load balancer"),
            Action::status(SERVICES, changed),
            tell("EnsuredLoadBalancer", "Ensured load balancer"),
        ]
    } else {
        vec![Action::status(SERVICES, changed)]
    }
}

/// The address that every ingress gets.
#[must_use]
pub fn plan_ingress(ingress: &Value) -> Option<Action> {
    let empty = list(ingress, &["status", "loadBalancer", "ingress"]).is_empty();
    (empty && !deleting(ingress)).then(|| {
        let mut changed = ingress.clone();
        set(&mut changed, &["status", "loadBalancer"], json!({"ingress": [{"ip": "127.0.0.1"}]}));
        Action::status(INGRESSES, changed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Value {
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": "d", "uid": "s", "labels": {"l": "1"}},
            "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.3.4", "ipFamilies": ["IPv4"], "type": "ClusterIP",
                "ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}]}})
    }

    fn pod(number: usize, ready: bool) -> Value {
        json!({"metadata": {"name": format!("p{number:03}"), "namespace": "d", "uid": format!("u{number}")},
            "spec": {"nodeName": "sandbox", "containers": [{"name": "a", "ports": [{"name": "web", "containerPort": 8080, "protocol": "TCP"}]}]},
            "status": {"phase": "Running", "podIP": format!("10.244.{}.{}", 1 + number / 200, number % 200),
                "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
    }

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[test]
    fn a_service_without_pods_has_one_empty_slice() {
        let actions = plan_slices(&service(), &[], &[], now());
        let [Action::Create { object, .. }] = &actions[..] else { panic!("{actions:?}") };
        assert_eq!((&object["ports"], &object["endpoints"]), (&Value::Null, &Value::Null));
        assert_eq!(
            object["metadata"]["labels"],
            json!({"l": "1", SERVICE_NAME: "web", MANAGED_BY: SLICE_CONTROLLER})
        );
        assert!(plan_slices(&service(), &[], std::slice::from_ref(object), now()).is_empty());
    }

    #[test]
    fn pods_become_endpoints_with_their_ports_and_conditions() {
        let empty = match &plan_slices(&service(), &[], &[], now())[..] {
            [Action::Create { object, .. }] => object.clone(),
            other => panic!("{other:?}"),
        };
        let pods = [pod(1, true), pod(2, false)];
        let actions = plan_slices(&service(), &pods, &[empty], now());
        let [Action::Update { object, .. }] = &actions[..] else { panic!("{actions:?}") };
        assert_eq!(object["ports"], json!([{"name": "http", "port": 8080, "protocol": "TCP"}]));
        assert_eq!(
            object["endpoints"][1]["conditions"],
            json!({"ready": false, "serving": false, "terminating": false})
        );
        let Some(Action::Create { object, .. }) = plan_endpoints(&service(), &pods, None, now()) else {
            panic!()
        };
        assert_eq!(object["subsets"][0]["addresses"][0]["ip"], "10.244.1.1");
        assert_eq!(object["subsets"][0]["notReadyAddresses"][0]["targetRef"]["name"], "p002");
        assert_eq!(plan_endpoints(&service(), &pods, Some(&object), now()), None);
    }

    #[test]
    fn many_pods_fill_several_slices() {
        let pods: Vec<Value> = (0..250).map(|number| pod(number, true)).collect();
        let sizes: Vec<usize> = plan_slices(&service(), &pods, &[], now())
            .iter()
            .map(|action| match action {
                Action::Create { object, .. } => list(object, &["endpoints"]).len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes, [100, 100, 50]);
    }

    #[test]
    fn load_balancers_get_addresses_and_lose_them() {
        let mut web = service();
        web["spec"]["type"] = "LoadBalancer".into();
        let actions = plan_load_balancer(&web);
        let Action::Update { object, .. } = &actions[1] else { panic!("{actions:?}") };
        assert_eq!(object["status"]["loadBalancer"]["ingress"][0]["ip"], "127.96.3.4");
        assert!(plan_load_balancer(object).is_empty());
        let mut back = object.clone();
        back["spec"]["type"] = "ClusterIP".into();
        assert_eq!(plan_load_balancer(&back).len(), 1);
    }
}

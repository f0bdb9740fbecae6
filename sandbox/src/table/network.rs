//! Services and what leads to them.

use super::look::{Look, at_most, join, labels, or_none, selector};
use serde_json::Value;
use std::collections::BTreeSet;

/// Endpoints, ports and hosts beyond these are counted only.
const SHOWN: usize = 3;

/// The cells of network objects.
pub(super) fn cells(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    let cells = match (group, plural) {
        ("", "services") => vec![
            look.name(),
            look.text("/spec/type").into(),
            look.text_or("/spec/clusterIPs/0", "<none>"),
            external(look).into(),
            or_none(service_ports(look)),
            look.age(),
            labels(look.at("/spec/selector")),
        ],
        ("", "endpoints") => vec![look.name(), endpoints(look).into(), look.age()],
        ("discovery.k8s.io", "endpointslices") => vec![
            look.name(),
            look.text("/addressType").into(),
            slice_ports(look).into(),
            slice_addresses(look).into(),
            look.age(),
        ],
        ("networking.k8s.io", "ingresses") => vec![
            look.name(),
            look.text_or("/spec/ingressClassName", "<none>"),
            hosts(look).into(),
            balancers(look).into(),
            if look.list("/spec/tls").is_empty() { "80".into() } else { "80, 443".into() },
            look.age(),
        ],
        ("networking.k8s.io", "ingressclasses") => {
            let default =
                look.text("/metadata/annotations/ingressclass.kubernetes.io~1is-default-class") == "true";
            let name = look.name().as_str().unwrap_or_default().to_owned();
            let name = if default { format!("{name} (default)") } else { name };
            vec![name.into(), look.text("/spec/controller").into(), parameters(look).into(), look.age()]
        }
        ("networking.k8s.io", "networkpolicies") => {
            vec![look.name(), or_none(selector(look.at("/spec/podSelector"))), look.age()]
        }
        ("networking.k8s.io", "servicecidrs") => {
            vec![look.name(), join(look.list("/spec/cidrs"), ",").into(), look.age()]
        }
        // The age has no column in the real server's table either.
        ("networking.k8s.io", "ipaddresses") => vec![look.name(), parent(look).into(), look.age()],
        _ => return None,
    };
    Some(cells)
}

fn balancers(look: Look<'_>) -> String {
    let entries = look.list("/status/loadBalancer/ingress").iter();
    let addresses: BTreeSet<&str> =
        entries.filter_map(|entry| entry["ip"].as_str().or_else(|| entry["hostname"].as_str())).collect();
    addresses.into_iter().collect::<Vec<_>>().join(",")
}

fn external(look: Look<'_>) -> String {
    let given = join(look.list("/spec/externalIPs"), ",");
    match look.text("/spec/type") {
        "ClusterIP" | "NodePort" if given.is_empty() => "<none>".to_owned(),
        "ClusterIP" | "NodePort" => given,
        "LoadBalancer" => match (balancers(look), given) {
            (none, given) if none.is_empty() && given.is_empty() => "<pending>".to_owned(),
            (none, given) if none.is_empty() => given,
            (found, given) if given.is_empty() => found,
            (found, given) => format!("{found},{given}"),
        },
        "ExternalName" => look.text("/spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn service_ports(look: Look<'_>) -> String {
    let port = |port: &Value| {
        let (number, protocol) = (&port["port"], port["protocol"].as_str().unwrap_or_default());
        match port["nodePort"].as_i64().unwrap_or_default() {
            0 => format!("{number}/{protocol}"),
            node => format!("{number}:{node}/{protocol}"),
        }
    };
    look.list("/spec/ports").iter().map(port).collect::<Vec<_>>().join(",")
}

fn endpoints(look: Look<'_>) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut shown = Vec::new();
    for subset in look.list("/subsets") {
        let addresses = list(&subset["addresses"]);
        let ip = |address: &Value| address["ip"].as_str().unwrap_or_default().to_owned();
        let ports = list(&subset["ports"]);
        if ports.is_empty() {
            shown.extend(addresses.iter().map(ip));
        }
        for port in ports {
            let host = |address: &Value| match ip(address) {
                ip if ip.contains(':') => format!("[{ip}]:{}", port["port"]),
                ip => format!("{ip}:{}", port["port"]),
            };
            shown.extend(addresses.iter().map(host));
        }
    }
    // Subsets without a ready address are not nothing.
    let empty = if look.list("/subsets").is_empty() { "<none>" } else { "" };
    at_most(&shown, SHOWN, ",", empty)
}

fn slice_ports(look: Look<'_>) -> String {
    let port = |port: &Value| match (&port["port"], port["name"].as_str()) {
        (Value::Number(number), _) => number.to_string(),
        (_, Some(name)) => name.to_owned(),
        _ => "*".to_owned(),
    };
    let ports: Vec<String> = look.list("/ports").iter().map(port).collect();
    at_most(&ports, SHOWN, ",", "<unset>")
}

fn slice_addresses(look: Look<'_>) -> String {
    let addresses =
        look.list("/endpoints").iter().filter_map(|endpoint| endpoint["addresses"].as_array()).flatten();
    let addresses: Vec<String> =
        addresses.map(|address| address.as_str().unwrap_or_default().to_owned()).collect();
    at_most(&addresses, SHOWN, ",", "<unset>")
}

/// Rules are counted, but only those with a host are shown.
fn hosts(look: Look<'_>) -> String {
    let rules = look.list("/spec/rules");
    let (mut shown, mut more) = (Vec::new(), false);
    for rule in rules {
        more |= shown.len() == SHOWN;
        let host = rule["host"].as_str().unwrap_or_default();
        if !more && !host.is_empty() {
            shown.push(host);
        }
    }
    match shown.join(",") {
        none if none.is_empty() => "*".to_owned(),
        text if more => format!("{text} + {} more...", rules.len() - SHOWN),
        text => text,
    }
}

fn parameters(look: Look<'_>) -> String {
    let parameters = look.at("/spec/parameters");
    let text = |key: &str| parameters[key].as_str().unwrap_or_default();
    match (parameters, parameters["apiGroup"].as_str()) {
        (Value::Null, _) => "<none>".to_owned(),
        (_, Some(group)) => format!("{}.{group}/{}", text("kind"), text("name")),
        _ => format!("{}/{}", text("kind"), text("name")),
    }
}

fn parent(look: Look<'_>) -> String {
    let parent = look.at("/spec/parentRef");
    let text = |key: &str| parent[key].as_str().unwrap_or_default();
    if parent.is_null() {
        return "<none>".to_owned();
    }
    let mut shown = text("resource").to_lowercase();
    for (before, key) in [(".", "group"), ("/", "namespace"), ("/", "name")] {
        if !text(key).is_empty() {
            shown.push_str(before);
            shown.push_str(text(key));
        }
    }
    shown
}

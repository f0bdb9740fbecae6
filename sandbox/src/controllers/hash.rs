//! Short stable names of pod templates, and numbers or percentages.

use crate::object::edit::{int, set, unset};
use serde_json::Value;

/// What names may hold without spelling words: `k8s.io/apimachinery/pkg/util/rand`.
const SAFE: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// A text of 8 to 10 letters and digits that stands for a value: FNV-1a, spelled as `rand.SafeEncodeString` does.
/// The letters differ from those of the real controllers, which hash a dump of Go's memory.
#[must_use]
pub fn short(value: &Value, collisions: Option<i64>) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    };
    feed(value.to_string().as_bytes());
    if let Some(collisions) = collisions {
        feed(&collisions.to_le_bytes());
    }
    // At least eight digits, so that names are of a like length.
    let digits = format!("{:08}", u64::from(hash));
    digits.bytes().map(|digit| char::from(SAFE[usize::from(digit) % SAFE.len()])).collect()
}

/// The place of a port among the ports of an endpoint slice (`slice`) or of a subset of `Endpoints`: the real controllers
/// sort by FNV-1a of the port's dump, `k8s.io/utils/dump.ForHash`.
#[must_use]
pub fn port_place(port: &Value, slice: bool) -> u128 {
    let field = |key: &str| {
        port.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let of = |key: &str| field(key).unwrap_or_default();
    let or_nil = |key: &str| field(key).unwrap_or_else(|| "<nil>".to_owned());
    let app = or_nil("appProtocol");
    let dump = if slice {
        let (name, protocol, number) = (or_nil("name"), or_nil("protocol"), or_nil("port"));
        format!(
            "(v1.EndpointPort){{Name:(*string){name} Protocol:(*v1.Protocol){protocol} Port:(*int32){number} AppProtocol:(*string){app}}}"
        )
    } else {
        let (name, number, protocol) = (of("name"), of("port"), of("protocol"));
        format!(
            "(v1.EndpointPort){{Name:(string){name} Port:(int32){number} Protocol:(v1.Protocol){protocol} AppProtocol:(*string){app}}}"
        )
    };
    dump.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
    })
}

/// Five random letters for a generated name, as the registry makes them.
#[must_use]
pub fn suffix() -> String {
    let mut bytes = [0u8; 5];
    // Where the system has no randomness left, the registry refuses a name twice used, and the controller tries again.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = [7; 5];
    }
    bytes.iter().map(|byte| char::from(SAFE[usize::from(*byte) % SAFE.len()])).collect()
}

/// A pod template without what controllers add to it, to compare it.
#[must_use]
pub fn plain_template(template: &Value, label: &str) -> Value {
    let mut plain = template.clone();
    unset(&mut plain, &["metadata", "labels", label]);
    if plain.get("metadata").is_none_or(Value::is_null) {
        set(&mut plain, &["metadata"], serde_json::json!({}));
    }
    if let Some(metadata) = plain["metadata"].as_object_mut() {
        metadata.retain(|key, value| {
            key != "creationTimestamp"
                && !value.is_null()
                && !value.as_object().is_some_and(serde_json::Map::is_empty)
        });
    }
    plain
}

/// A number, or a percentage of `total` rounded up or down: `intstr.GetScaledValueFromIntOrPercent`.
/// What is neither counts as 0.
#[must_use]
pub fn scaled(value: Option<&Value>, total: i64, up: bool) -> i64 {
    match value {
        Some(Value::Number(number)) => number.as_i64().unwrap_or(0),
        Some(Value::String(text)) => {
            let percent: i64 = text.strip_suffix('%').and_then(|digits| digits.parse().ok()).unwrap_or(0);
            let product = percent.saturating_mul(total);
            if up { (product + 99).div_euclid(100) } else { product.div_euclid(100) }
        }
        _ => 0,
    }
}

/// `spec.replicas`; one where it is missing.
#[must_use]
pub fn replicas(object: &Value) -> i64 {
    int(object, &["spec", "replicas"]).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hash_is_short_stable_and_of_the_safe_letters() {
        let value = json!({"spec": {"containers": [{"name": "a"}]}});
        let hash = short(&value, None);
        assert_eq!(hash, short(&value, None));
        assert!((8..=10).contains(&hash.len()), "{hash}");
        assert!(hash.bytes().all(|letter| SAFE.contains(&letter)));
        assert_ne!(hash, short(&value, Some(1)));
    }

    #[test]
    fn ports_have_the_order_of_the_real_controllers() {
        let http = json!({"name": "http", "port": 5556, "protocol": "TCP"});
        let grpc = json!({"name": "grpc", "port": 5557, "protocol": "TCP"});
        assert!(port_place(&grpc, true) < port_place(&http, true));
        assert!(port_place(&http, false) < port_place(&grpc, false));
    }

    #[test]
    fn percentages_round_as_asked() {
        let cases = [
            (json!(3), 10, true, 3),
            (json!("25%"), 2, true, 1),
            (json!("25%"), 2, false, 0),
            (json!("25%"), 10, true, 3),
            (json!("25%"), 10, false, 2),
            (json!("100%"), 7, false, 7),
            (json!("x"), 7, false, 0),
        ];
        for (value, total, up, expected) in cases {
            assert_eq!(scaled(Some(&value), total, up), expected, "{value} of {total}");
        }
    }
}

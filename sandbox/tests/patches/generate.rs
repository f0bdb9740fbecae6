//! Random objects of a type, and random patches of them. Equal seeds make equal values.

use serde_json::{Map, Value, json};
use skiff_sandbox::schema::{ListType, Schema, Shape, TypeRef};

/// A source of numbers: SplitMix64.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    /// Which fields of each type this case uses.
    salt: u64,
    /// Whether lists may be empty.
    pub empties: bool,
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, salt: mixed(seed), empties: true }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed(self.state) % end as u64).expect("it is below a usize")
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Whether this case uses a field of a type: a few of each, so that values meet.
    fn uses(&self, of: TypeRef<'_>, name: &str, one_of: u64) -> bool {
        let text = format!("{:?}{name}", of.name());
        let hash = text.bytes().fold(self.salt, |hash, byte| mixed(hash ^ u64::from(byte)));
        hash.is_multiple_of(one_of)
    }
}

const TEXTS: &[&str] = &["a", "b", "c", "d"];

/// The keys that tell a list's items apart.
fn keys(list: &Schema) -> Vec<String> {
    match &list.list_type {
        Some(ListType::Map(keys)) => keys.clone(),
        _ => list.patch_merge_key.iter().map(ToString::to_string).collect(),
    }
}

/// A random value of a type.
pub fn value(random: &mut Random, of: TypeRef<'_>, depth: usize) -> Option<Value> {
    let schema = of.schema();
    if of.name().is_some_and(|name| name.ends_with(".Quantity")) {
        return Some((*random.pick(&["1", "2"])).into());
    }
    if depth == 0 || of.name().is_some_and(|name| name.ends_with("MicroTime") || name.ends_with("Duration")) {
        return None;
    }
    Some(match (schema.shape, schema.format.as_deref()) {
        (Shape::Any, _) => return None,
        (Shape::Integer | Shape::Number, _) => json!(random.below(3) + 1),
        (Shape::Boolean, _) => json!(random.chance(50)),
        (Shape::IntOrString, _) => random.pick(&[json!(1), json!("a")]).clone(),
        (Shape::String, Some("byte")) => (*random.pick(&["YQ==", "Yg=="])).into(),
        (Shape::String, Some("date-time")) => {
            (*random.pick(&["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"])).into()
        }
        (Shape::String, _) => (*random.pick(TEXTS)).into(),
        (Shape::Array, _) => {
            let count = if random.empties { random.below(4) } else { 1 + random.below(3) };
            let mut items: Vec<Value> =
                (0..count).filter_map(|_| value(random, of.items()?, depth - 1)).collect();
            let keys = keys(schema);
            let set = keys.is_empty()
                && (schema.patch_strategy.is_some() || schema.list_type == Some(ListType::Set));
            if (set || !keys.is_empty()) && !(random.empties && random.chance(4)) {
                give_keys(random, &mut items, of.items()?, &keys);
                let mut seen = Vec::new();
                items.retain(|item| {
                    let key: Vec<Option<Value>> = match item {
                        Value::Object(map) => keys.iter().map(|key| map.get(key).cloned()).collect(),
                        scalar => vec![Some(scalar.clone())],
                    };
                    let new = !seen.contains(&key);
                    seen.push(key);
                    new
                });
            }
            if items.is_empty() && !random.empties {
                return None;
            }
            Value::Array(items)
        }
        (Shape::Object, _) => object(random, of, depth),
    })
}

fn give_keys(random: &mut Random, items: &mut [Value], of: TypeRef<'_>, keys: &[String]) {
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        for key in keys {
            let optional = of.declared(key).is_some_and(|declared| declared.default == Some("TCP".into()));
            if let (false, Some(of)) =
                (item.contains_key(key) || optional && random.chance(50), of.property(key))
            {
                item.extend(value(random, of, 1).map(|value| (key.clone(), value)));
            }
        }
    }
}

fn object(random: &mut Random, of: TypeRef<'_>, depth: usize) -> Value {
    let schema = of.schema();
    let mut map = Map::new();
    if let Some(values) = of.additional() {
        let least = usize::from(!random.empties);
        for _ in 0..random.below(3).max(least) {
            let key = (*random.pick(TEXTS)).to_owned();
            map.extend(value(random, values, depth - 1).map(|value| (key, value)));
        }
    }
    for (name, declared) in &schema.properties {
        let merges =
            declared.patch_strategy.is_some() || matches!(declared.list_type, Some(ListType::Map(_)));
        let one_of = match of.property(name).map(|of| of.schema().shape) {
            _ if merges => 3,
            Some(Shape::Object) => 3,
            _ => 6,
        };
        let way = ["spec", "template", "containers", "data", "ports"].contains(&name.as_ref());
        if (way || random.uses(of, name, one_of)) && random.chance(70) {
            let inner = of.property(name).and_then(|of| value(random, of, depth - 1));
            map.extend(inner.map(|inner| (name.to_string(), inner)));
        }
    }
    Value::Object(map)
}

/// A random object of a kind, without `apiVersion` and `kind`.
pub fn whole_object(random: &mut Random, of: TypeRef<'_>) -> Value {
    let mut object = value(random, of, 9).unwrap_or_else(|| json!({}));
    let mut metadata = json!({"name": "x"});
    let words = |random: &mut Random| -> Vec<Value> {
        let mut words: Vec<&str> = TEXTS.to_vec();
        words.retain(|_| random.chance(40));
        words.into_iter().map(Value::from).collect()
    };
    for field in ["labels", "annotations"] {
        if random.chance(40) {
            let labels =
                words(random).into_iter().filter_map(|key| Some((key.as_str()?.to_owned(), json!("v"))));
            metadata[field] = labels.collect::<Map<_, _>>().into();
        }
    }
    if random.chance(30) {
        metadata["finalizers"] = words(random).into();
    }
    if random.chance(20) {
        let owners = words(random).into_iter();
        metadata["ownerReferences"] = owners
            .map(|uid| json!({"apiVersion": "v1", "kind": "Pod", "name": *random.pick(TEXTS), "uid": uid}))
            .collect();
    }
    object["metadata"] = metadata;
    object
}

/// Turns a value of a type into a strategic merge patch: directives, nulls, wrong values here and there.
pub fn with_directives(random: &mut Random, value: &mut Value, of: TypeRef<'_>) {
    let Value::Object(map) = value else { return };
    for (key, inner) in map.iter_mut() {
        let Some(field) = of.field(key) else { continue };
        match inner {
            Value::Object(_) => with_directives(random, inner, field),
            Value::Array(items) => {
                let (Some(of), Some(list)) = (field.items(), of.declared(key)) else { continue };
                for item in items.iter_mut() {
                    with_directives(random, item, of);
                }
                if list.patch_merge_key.is_some() && random.chance(20) {
                    for item in items.iter_mut().filter_map(Value::as_object_mut) {
                        if random.chance(50) {
                            item.insert(
                                "$patch".into(),
                                (*random.pick(&["delete", "delete", "replace", "merge", "x"])).into(),
                            );
                        }
                    }
                }
            }
            _ => {}
        }
        if random.chance(4) {
            *inner = Value::Null;
        } else if random.chance(2) {
            *inner = random
                .pick(&[json!(1), json!("a"), json!([]), json!({}), json!(["a"]), json!([{"name": "a"}])])
                .clone();
        }
    }
    lists(random, map, of);
    if random.chance(3) {
        map.insert("$patch".to_owned(), (*random.pick(&["replace", "delete", "merge"])).into());
    }
    if random.chance(6) {
        let mut keys: Vec<Value> =
            map.keys().filter(|key| !key.starts_with('$')).map(|key| key.as_str().into()).collect();
        keys.extend(of.schema().properties.keys().take(random.below(3)).map(|key| Value::from(key.as_ref())));
        if random.chance(10) {
            keys.pop();
        }
        map.insert("$retainKeys".to_owned(), keys.into());
    }
}

/// `$setElementOrder` and `$deleteFromPrimitiveList` of a structure's lists.
fn lists(random: &mut Random, map: &mut Map<String, Value>, of: TypeRef<'_>) {
    let names: Vec<String> = of.schema().properties.keys().map(ToString::to_string).collect();
    for name in names {
        let (Some(declared), Some(field)) = (of.declared(&name), of.property(&name)) else { continue };
        let used = map.contains_key(&name) || random.chance(10);
        if field.schema().shape != Shape::Array || declared.patch_strategy.is_none() || !used {
            continue;
        }
        let key = declared.patch_merge_key.as_deref();
        if random.chance(35) {
            let mut order: Vec<Value> = match map.get(&name).and_then(Value::as_array) {
                Some(items) => items
                    .iter()
                    .map(|item| key.map_or(item.clone(), |key| json!({key: item.get(key)})))
                    .collect(),
                None => Vec::new(),
            };
            for text in TEXTS {
                if random.chance(40) {
                    let item = key.map_or(json!(text), |key| json!({key: text}));
                    let at = random.below(order.len() + 1);
                    if !order.contains(&item) {
                        order.insert(at, item);
                    }
                }
            }
            if random.chance(5) {
                order.reverse();
            }
            map.insert(format!("$setElementOrder/{name}"), order.into());
        }
        if random.chance(if key.is_none() { 30 } else { 3 }) {
            let gone: Vec<&str> = TEXTS.iter().copied().filter(|_| random.chance(40)).collect();
            map.insert(format!("$deleteFromPrimitiveList/{name}"), gone.into());
        }
    }
}

/// Any JSON.
pub fn any(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 5 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.below(3)),
        2 => json!(random.chance(50)),
        3 | 4 => json!(random.pick(TEXTS)),
        5 | 6 => (0..random.below(4)).map(|_| any(random, depth - 1)).collect(),
        _ => any_object(random, depth),
    }
}

/// Any JSON object.
pub fn any_object(random: &mut Random, depth: usize) -> Value {
    let fields = (0..random.below(4))
        .map(|_| ((*random.pick(TEXTS)).to_owned(), any(random, depth.saturating_sub(1))));
    Value::Object(fields.collect())
}

//! A lone resource as JSON: kyaml writes it so where a path annotation names a JSON file.

use super::Error;
use crate::{
    json,
    values::gotext::Quoted,
    yaml::nodes::{Encoder, Kind, Node, Quoting, Scalar, parse, scalar},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// How many values aliases may add.
const MAX_ALIASED: usize = 100_000;

/// The resource as `json.Encoder` of Go writes it, indented.
pub(super) fn write(root: &Node) -> Result<String, Error> {
    // As kyaml does: keys that it made itself have no tags, and errors name lines of this text.
    let mut encoder = Encoder::default();
    encoder.encode(root, true);
    let document = parse(encoder.finish())?;
    let mut reader = Reader::default();
    let value = document.as_ref().map_or(Ok(Value::Null), |document| reader.top(document.root()));
    let value =
        value.and_then(|value| reader.unsupported.take().map_or(Ok(value), Err)).map_err(|problem| {
            Error::Json(format!("json: error calling MarshalJSON for type *yaml.RNode: {problem}"))
        })?;
    let text = json::to_string_indent(&value, "  ").map_err(|error| Error::Json(error.to_string()))?;
    Ok(text + "\n")
}

/// Reads nodes as go-yaml v3 decodes them into an `interface{}`.
#[derive(Default)]
struct Reader<'n> {
    anchors: BTreeMap<&'n str, &'n Node>,
    /// The anchors whose aliases are being read.
    within: Vec<&'n str>,
    added: usize,
    /// What has no form in JSON, which is found out when all is read.
    unsupported: Option<String>,
}

impl<'n> Reader<'n> {
    /// A map whose keys may be any scalars.
    fn top(&mut self, node: &'n Node) -> Result<Value, String> {
        match node.kind {
            Kind::Mapping => self.mapping(node),
            _ => self.value(node),
        }
    }

    fn value(&mut self, node: &'n Node) -> Result<Value, String> {
        if !node.anchor.is_empty() {
            self.anchors.insert(&node.anchor, node);
        }
        match node.kind {
            Kind::Scalar => self.scalar(node),
            Kind::Alias => self.alias(node),
            Kind::Sequence | Kind::Document => {
                node.content.iter().map(|child| self.value(child)).collect::<Result<_, _>>().map(Value::Array)
            }
            Kind::Mapping => {
                let is_text = |key: &Node| key.tag == "!!str" || key.tag == "!!merge";
                if !node.content.iter().step_by(2).all(is_text) {
                    self.refuse("json: unsupported type: map[interface {}]interface {}");
                }
                self.mapping(node)
            }
        }
    }

    fn alias(&mut self, node: &'n Node) -> Result<Value, String> {
        let name = node.value.as_str();
        let Some(target) = self.anchors.get(name).copied().filter(|_| !self.within.contains(&name)) else {
            return Err(format!("yaml: anchor '{name}' value contains itself"));
        };
        self.added += count(target);
        if self.added > MAX_ALIASED {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        self.within.push(name);
        let value = self.value(target);
        self.within.pop();
        value
    }

    fn mapping(&mut self, node: &'n Node) -> Result<Value, String> {
        check_keys(node)?;
        let mut map = Map::new();
        let mut merged = None;
        for pair in node.content.chunks_exact(2) {
            if pair[0].tag == "!!merge" {
                merged = Some(&pair[1]);
                continue;
            }
            // A null key cannot become text, and is passed over.
            if pair[0].is_null() {
                continue;
            }
            if matches!(pair[0].kind, Kind::Mapping | Kind::Sequence) {
                return Err("yaml: invalid map key".to_owned());
            }
            let key = pair[0].value.clone();
            let value = self.value(&pair[1])?;
            map.insert(key, value);
        }
        if let Some(merged) = merged {
            self.merge(merged, &mut map)?;
        }
        Ok(Value::Object(map))
    }

    /// Adds what a `<<` names, where the key is not there yet.
    fn merge(&mut self, node: &'n Node, map: &mut Map<String, Value>) -> Result<(), String> {
        const WANTED: &str = "yaml: map merge requires map or sequence of maps as the value";
        let sources: Vec<&Node> =
            if node.kind == Kind::Sequence { node.content.iter().collect() } else { vec![node] };
        for source in sources {
            let Value::Object(entries) = self.value(source)? else { return Err(WANTED.to_owned()) };
            for (key, value) in entries {
                map.entry(key).or_insert(value);
            }
        }
        Ok(())
    }

    fn scalar(&mut self, node: &Node) -> Result<Value, String> {
        let text = || Ok(Value::String(node.value.clone()));
        if node.style.quoting != Quoting::Plain && !node.style.tagged {
            return text();
        }
        match node.tag.as_str() {
            "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" => {}
            "!!binary" => {
                let bytes = STANDARD.decode(node.value.replace(['\n', '\r'], ""));
                let bytes =
                    bytes.map_err(|_| "yaml: !!binary value contains invalid base64 data".to_owned())?;
                return Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            }
            _ => return text(),
        }
        let found = scalar(&node.value);
        let value = match found {
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Int(integer) if node.tag == "!!float" => return Ok(self.float(integer_as_float(integer))),
            Scalar::Int(integer) => Value::Number(integer.into()),
            Scalar::Uint(integer) => Value::Number(integer.into()),
            Scalar::Float(number) if node.tag == "!!float" => return Ok(self.float(number)),
            Scalar::Timestamp if node.tag == "!!timestamp" => return Ok(Value::String(time(&node.value))),
            _ => Value::String(node.value.clone()),
        };
        if found.tag() == node.tag {
            return Ok(value);
        }
        Err(format!("yaml: cannot decode {} `{}` as a {}", found.tag(), node.value, node.tag))
    }

    fn float(&mut self, number: f64) -> Value {
        if let Some(number) = Number::from_f64(number) {
            return Value::Number(number);
        }
        self.refuse(match number {
            _ if number.is_nan() => "json: unsupported value: NaN",
            _ if number > 0.0 => "json: unsupported value: +Inf",
            _ => "json: unsupported value: -Inf",
        });
        Value::Null
    }

    fn refuse(&mut self, problem: &str) {
        self.unsupported.get_or_insert_with(|| problem.to_owned());
    }
}

fn count(node: &Node) -> usize {
    1 + node.content.iter().map(count).sum::<usize>()
}

fn check_keys(node: &Node) -> Result<(), String> {
    let mut problems = Vec::new();
    let keys: Vec<&Node> = node.content.iter().step_by(2).collect();
    for (index, first) in keys.iter().enumerate() {
        for again in keys[index + 1..].iter().filter(|key| key.kind == first.kind && key.value == first.value)
        {
            problems.push(format!(
                "line {}: mapping key {} already defined at line {}",
                again.line,
                Quoted(&again.value),
                first.line
            ));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(format!("yaml: unmarshal errors:\n  {}", problems.join("\n  ")))
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
fn integer_as_float(integer: i64) -> f64 {
    integer as f64
}

/// A date or time of YAML's in the form of RFC 3339, as Go's `time.Time` has it in JSON.
fn time(text: &str) -> String {
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let (date, clock) = text.split_once(['T', 't', ' ']).unwrap_or((text, "0:0:0"));
    let mut date = date.split('-').map(number);
    let mut part = || date.next().unwrap_or(0);
    let mut out = format!("{:04}-{:02}-{:02}T", part(), part(), part());
    let clock = clock.trim_start();
    let (clock, zone) = clock.split_at(clock.find(['Z', '+', '-']).unwrap_or(clock.len()));
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let clock: Vec<String> = clock.split(':').map(|part| format!("{:02}", number(part))).collect();
    out.push_str(&clock.join(":"));
    let fraction = fraction.get(..9).unwrap_or(fraction).trim_end_matches('0');
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    let zero = zone.bytes().all(|b| !b.is_ascii_digit() || b == b'0');
    out.push_str(if zero { "Z" } else { zone });
    out
}

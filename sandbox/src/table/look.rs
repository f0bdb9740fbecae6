//! Looking into an object for cells.

use crate::object;
use jiff::Timestamp;
use serde_json::Value;
use skiff_compact::Order;

/// An object and the time at which it is shown.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) object: &'a Value,
    pub(super) now: Timestamp,
}

impl<'a> Look<'a> {
    /// A value by its pointer; null where there is none.
    pub(super) fn at(self, pointer: &str) -> &'a Value {
        self.object.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(super) fn text(self, pointer: &str) -> &'a str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    /// A text, or another where it is empty or missing.
    pub(super) fn text_or(self, pointer: &str, other: &str) -> Value {
        let text = self.text(pointer);
        if text.is_empty() { other.into() } else { text.into() }
    }

    pub(super) fn number(self, pointer: &str) -> i64 {
        self.at(pointer).as_i64().unwrap_or_default()
    }

    pub(super) fn flag(self, pointer: &str) -> bool {
        self.at(pointer).as_bool().unwrap_or_default()
    }

    pub(super) fn list(self, pointer: &str) -> &'a [Value] {
        self.at(pointer).as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// How many fields a map has.
    pub(super) fn size(self, pointer: &str) -> usize {
        self.at(pointer).as_object().map_or(0, serde_json::Map::len)
    }

    pub(super) fn name(self) -> Value {
        object::name(self.object).into()
    }

    pub(super) fn created(self) -> Value {
        self.text("/metadata/creationTimestamp").into()
    }

    pub(super) fn age(self) -> Value {
        self.since("/metadata/creationTimestamp").into()
    }

    /// The age of a time; `<unknown>` where there is none.
    pub(super) fn since(self, pointer: &str) -> String {
        since(self.text(pointer), self.now)
    }

    /// The status of a condition of the list at `pointer`.
    pub(super) fn condition(self, pointer: &str, kind: &str) -> Option<&'a str> {
        let found = self.list(pointer).iter().find(|condition| condition["type"] == kind)?;
        Some(found["status"].as_str().unwrap_or_default())
    }

    pub(super) fn deleted(self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }

    /// The names and the images of a pod template's containers.
    pub(super) fn containers(self, template: &str) -> [Value; 2] {
        let containers = self.list(&format!("{template}/spec/containers"));
        ["name", "image"].map(|key| join(containers.iter().map(|container| &container[key]), ",").into())
    }
}

/// `translateTimestampSince`.
pub(super) fn since(time: &str, now: Timestamp) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => human(now.as_millisecond() - time.as_millisecond()),
        Err(_) => "<unknown>".to_owned(),
    }
}

/// `duration.HumanDuration` of milliseconds.
pub(super) fn human(milliseconds: i64) -> String {
    /// In hours.
    const YEAR: i64 = 24 * 365;
    let seconds = milliseconds / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |big: i64, unit: &str, small: i64, smaller: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{smaller}"),
    };
    match () {
        _ if seconds < -1 => "<invalid>".to_owned(),
        _ if seconds < 0 => "0s".to_owned(),
        _ if seconds < 120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(hours / 24, "d", hours % 24, "h"),
        _ if hours < 2 * YEAR => format!("{}d", hours / 24),
        _ if hours < 8 * YEAR => two(hours / YEAR, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / YEAR),
    }
}

/// Texts with something between them.
pub(super) fn join<'a>(texts: impl IntoIterator<Item = &'a Value>, between: &str) -> String {
    let texts: Vec<&str> = texts.into_iter().map(|text| text.as_str().unwrap_or_default()).collect();
    texts.join(between)
}

/// A text, or `<none>`.
pub(super) fn or_none(text: String) -> Value {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

/// `labels.FormatLabels`: `a=b,c=d`.
pub(super) fn labels(map: &Value) -> Value {
    or_none(pairs(map).join(","))
}

fn pairs(map: &Value) -> Vec<String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect()
}

/// A label selector as text, its requirements in the order of their keys.
pub(super) fn selector(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> =
        pairs(&selector["matchLabels"]).into_iter().map(|pair| (key_of(&pair), pair)).collect();
    for requirement in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = requirement["key"].as_str().unwrap_or_default();
        let mut values: Vec<&str> =
            requirement["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.order();
        let values = values.join(",");
        let text = match requirement["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), text));
    }
    parts.order_by(|a, b| a.0.cmp(&b.0));
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

fn key_of(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_owned()
}

/// A number or a text as text: `IntOrString.String`.
pub(super) fn int_or_string(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// At most `max` of the texts, then how many more there are.
pub(super) fn at_most(texts: &[String], max: usize, between: &str, empty: &str) -> String {
    match texts.len() {
        0 => empty.to_owned(),
        count if count > max => format!("{} + {} more...", texts[..max].join(between), count - max),
        _ => texts.join(between),
    }
}

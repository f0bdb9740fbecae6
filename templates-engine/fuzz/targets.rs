//! The fuzz targets: functions of bytes that must return, whatever the bytes are. libFuzzer or any other
//! driver can call them.

use super::{
    fixture::{Nowhere, functions},
    grammar::DATA,
};
use templates_engine::{
    exec::{Limits, MissingKey, TemplateSet},
    value::Value,
};

const LIMITS: Limits = Limits { depth: 1000, stack: 1 << 20, output: 1 << 20, fuel: 20_000 };

/// Parses the bytes as a template; an error must print.
pub fn parse(bytes: &[u8]) {
    let mut set = TemplateSet::new("set", functions()).limits(LIMITS);
    if let Err(error) = set.parse("t", bytes) {
        assert!(error.to_string().starts_with("template: t:"), "{error}");
    }
}

/// Parses the bytes and executes them; the options depend on their number.
pub fn render(bytes: &[u8]) {
    let missing_key = [MissingKey::Invalid, MissingKey::Zero, MissingKey::Error][bytes.len() % 3];
    let mut set = TemplateSet::new("set", functions()).limits(LIMITS).missing_key(missing_key);
    if set.parse("t", bytes).is_err() {
        return;
    }
    let data = serde_json::from_str(DATA).expect("JSON");
    match set.execute(&Nowhere, "t", &Value::from_json(&data)) {
        // One node's text may overstep the bound before it is checked.
        Ok(out) => assert!(out.len() <= LIMITS.output + bytes.len()),
        Err(error) => {
            assert!(error.to_string().starts_with("template: "), "{error}");
            assert!(error.innermost().location().is_none_or(|at| at.line >= 1));
        }
    }
}

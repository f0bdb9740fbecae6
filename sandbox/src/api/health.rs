//! `/healthz`, `/livez`, `/readyz` and their single checks.

use super::{Body, options::Query, text};
use http::Response;

/// What is checked, as `?verbose` lists it.
const CHECKS: [&str; 3] = ["ping", "log", "etcd"];

/// The answer of a health path; `None` for other paths.
pub(super) fn answer(path: &str, query: &Query) -> Option<Response<Body>> {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let name = parts.next()?;
    if !["healthz", "livez", "readyz"].contains(&name) {
        return None;
    }
    match parts.next() {
        None if query.contains_key("verbose") => {
            let lines: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
            Some(text(200, format!("{lines}{name} check passed\n")))
        }
        None => Some(text(200, "ok")),
        Some(check) if CHECKS.contains(&check) => Some(text(200, "ok")),
        Some(_) => None,
    }
}

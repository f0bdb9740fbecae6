//! Go's text/template and Sprig in Rust, byte for byte.
//!
//! | module | owns |
//! |---|---|
//! | [`value`] | what a template sees: Go's kinds, shared maps, byte strings |
//! | [`parse`] | template text to syntax trees |
//! | [`quote`] | Go's `strconv.Quote` |
//! | [`exec`] | running templates |
//! | [`fmt`] | Go's `fmt` and `strconv` |
//! | [`funcs`] | built-ins and Sprig, as tables with Go signatures |
//! | [`parallel`] | work on many items in several threads |
//! | [`json`] | JSON as `encoding/json` reads and writes it |
//! | [`regexp`] | Go's regular expressions |
//! | [`semver`] | Masterminds' versions and constraints |
//! | [`time`] | Go's times, durations and layouts |
//! | [`toml`] | BurntSushi's TOML |
//! | [`x509`] | private keys and certificates in Go's structure |
//!
//! # A program's own functions
//!
//! A [`FuncMap`](exec::FuncMap) starts with text/template's functions; tables such as
//! [`funcs::sprig`] and closures join it. A closure keeps host state by capturing it, and executes
//! templates through its [`Call`](exec::Call): this is how Helm's `include` and `tpl` are made.
//!
//! ```
//! use templates_engine::{
//!     exec::{Call, FuncError, FuncMap, Host, MissingKey, TemplateSet, TextError},
//!     value::{Signature, Type, Value},
//! };
//! # use jiff::{Timestamp, tz::TimeZone};
//! # struct World;
//! # impl Host for World {
//! #     fn now(&self) -> Timestamp { Timestamp::UNIX_EPOCH }
//! #     fn local_zone(&self) -> TimeZone { TimeZone::UTC }
//! #     fn fill_random(&self, buffer: &mut [u8]) { buffer.fill(4) }
//! #     fn host_by_name(&self, _: &str) -> Option<String> { None }
//! # }
//! let mut funcs = FuncMap::new();
//! funcs.add_table(templates_engine::funcs::sprig());
//! const NAME_AND_DATA: &[Type] = &[Type::String, Type::Any];
//! funcs.add("include", Signature::fixed(NAME_AND_DATA, Type::String), |call: &mut Call, args| {
//!     let name = args[0].as_str().map(|name| name.to_text()).unwrap_or_default();
//!     Ok(Value::string(call.execute(&name, &args[1])?))
//! });
//! funcs.add("tpl", Signature::fixed(NAME_AND_DATA, Type::String), |call: &mut Call, args| {
//!     let text = args[0].as_str().cloned().unwrap_or_else(|| "".into());
//!     let output = call.execute_text("gotpl", &text, &args[1]).map_err(|error| match error {
//!         TextError::Parse(error) => FuncError::wrap("cannot parse template", error),
//!         TextError::Exec(error) => FuncError::wrap("error during tpl function execution", error),
//!     })?;
//!     Ok(Value::string(output))
//! });
//!
//! let mut set = TemplateSet::new("gotpl", funcs).missing_key(MissingKey::Zero);
//! set.parse("t/templates/_helpers.tpl", r#"{{define "name"}}{{.who | printf "<%s>"}}{{end}}"#)?;
//! set.parse("t/templates/a.yaml", r#"name: {{include "name" .}}, {{tpl .text .}}"#)?;
//! let data = Value::map([("who".into(), "you".into()), ("text".into(), "{{.who}}!".into())]);
//! assert_eq!(set.execute(&World, "t/templates/a.yaml", &data)?, b"name: <you>, you!");
//!
//! let error = set.execute(&World, "t/templates/a.yaml", &Value::int(3)).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "template: t/templates/a.yaml:1:8: executing \"t/templates/a.yaml\" at <include \"name\" .>: \
//!      error calling include: template: t/templates/_helpers.tpl:1:19: executing \"name\" at <.who>: \
//!      can't evaluate field who in type int",
//! );
//! // The parts are there too: the call that failed, and the node where it began.
//! assert_eq!(error.location().map(|at| (at.line, at.column)), Some((1, 8)));
//! assert_eq!(error.innermost().context(), Some(".who"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod exec;
pub mod fmt;
pub mod funcs;
pub mod json;
pub mod parallel;
pub mod parse;
pub mod quote;
pub mod regexp;
pub mod semver;
pub mod time;
pub mod toml;
mod unicode;
pub mod value;
pub mod x509;

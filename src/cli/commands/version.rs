//! `version`: which Helm this program behaves as.

use crate::{
    cli::{CliError, Ctx, Matches, Program},
    clock::Clock,
    env::{HELM_VERSION, KUBE_CLIENT_VERSION},
};
use jiff::{Timestamp, tz::TimeZone};
use std::any::Any;
use templates_engine::{
    exec::{FuncMap, Host, TemplateSet},
    value::{Object, Value},
};

/// What was typed.
struct VersionArgs {
    short: bool,
    template: String,
}

impl From<&Matches> for VersionArgs {
    fn from(matches: &Matches) -> Self {
        Self { short: matches.bool("short"), template: matches.string("template") }
    }
}

/// Runs `version`.
///
/// # Errors
/// A template that cannot be read or filled in.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = VersionArgs::from(matches);
    let info = BuildInfo::of(&ctx.program);
    let text = if !args.template.is_empty() {
        fill(&args.template, info, ctx.clock)?
    } else if args.short {
        format!("{HELM_VERSION}\n")
    } else {
        format!("{}\n", info.go_syntax())
    };
    Ok(ctx.print(&text)?)
}

/// Helm's `version.BuildInfo`. Skiff has no commit and no Go of its own to name; called skiff, it adds its version.
#[derive(Debug, Clone)]
struct BuildInfo(Vec<(&'static str, &'static str)>);

impl BuildInfo {
    fn of(program: &Program) -> Self {
        let mut fields = vec![
            ("Version", HELM_VERSION),
            ("GitCommit", ""),
            ("GitTreeState", ""),
            ("GoVersion", ""),
            ("KubeClientVersion", KUBE_CLIENT_VERSION),
        ];
        if program.name != "helm" {
            fields.push(("SkiffVersion", concat!("v", env!("CARGO_PKG_VERSION"))));
        }
        Self(fields)
    }

    /// The struct as Go's `%#v` prints it.
    fn go_syntax(&self) -> String {
        let fields: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}:\"{value}\"")).collect();
        format!("version.BuildInfo{{{}}}", fields.join(", "))
    }
}

impl Object for BuildInfo {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| Value::string(*value))
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        self.0.iter().map(|(name, value)| (*name, Value::string(*value))).collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Fills the template with Go's own functions, as Helm does: Sprig's are not there.
fn fill(template: &str, info: BuildInfo, clock: &dyn Clock) -> Result<String, CliError> {
    let mut set = TemplateSet::new("_", FuncMap::new());
    set.parse("_", template)?;
    let world = World { now: clock.now(), zone: clock.zone() };
    let output = set.execute(&world, "_", &Value::object(info))?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// What the template could see of the world, had its functions a use for it.
struct World {
    now: Timestamp,
    zone: TimeZone,
}

impl Host for World {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn local_zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    fn host_by_name(&self, _name: &str) -> Option<String> {
        None
    }
}

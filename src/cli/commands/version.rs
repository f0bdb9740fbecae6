//! `version`: which Helm this program behaves as.

use crate::{
    cli::{CliError, Ctx, Matches, Program, fill::fill},
    env::{HELM_VERSION, KUBE_CLIENT_VERSION},
};
use std::any::Any;
use templates_engine::value::{Object, Value};

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
        fill(&args.template, &Value::object(info), ctx.clock)?
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

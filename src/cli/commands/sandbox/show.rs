//! How sandboxes are shown.

use crate::{
    actions::sandbox::{DEFAULT_NAME, Sandbox, Seen},
    cli::{Ctx, Program},
    output::{color::Palette, table::Table},
};
use serde::Serialize;
use skiff_sandbox::server::Running;

/// A sandbox as `status` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    name: String,
    status: &'static str,
    folder: String,
    #[serde(flatten)]
    running: Option<Running>,
}

impl From<Seen> for Row {
    fn from(seen: Seen) -> Self {
        Self {
            name: seen.name,
            status: if seen.running.is_some() { "running" } else { "stopped" },
            folder: seen.folder.display().to_string(),
            running: seen.running,
        }
    }
}

/// Sandboxes for people.
pub(super) fn table(ctx: &Ctx<'_>, rows: Vec<Row>) -> String {
    let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
    let mut table = Table::new();
    let names = ["NAME", "STATUS", "SERVER", "PID", "VERSION", "AUTHORIZATION", "STATE", "STARTED"];
    table.row(names.map(|name| palette.header(name)));
    for row in rows {
        let Some(running) = row.running else {
            table.row([row.name.as_str(), row.status, "", "", "", "", "", ""]);
            continue;
        };
        let state = if running.ephemeral { "in memory" } else { "on disk" };
        table.row([
            row.name,
            row.status.to_owned(),
            format!("https://127.0.0.1:{}", running.port),
            running.pid.to_string(),
            running.kube_version,
            running.authorization,
            state.to_owned(),
            running.started,
        ]);
    }
    format!("{table}\n")
}

/// What to do with a sandbox that was started.
pub(super) fn started(program: &Program, sandbox: &Sandbox, running: &Running, now: bool) -> String {
    let (name, called) = (&sandbox.name, program.name);
    let flag = if name == DEFAULT_NAME { "--sandbox".to_owned() } else { format!("--sandbox={name}") };
    let done = if now { "is ready" } else { "runs already" };
    let kubeconfig = sandbox.files.kubeconfig();
    format!(
        "sandbox {name:?} {done} on https://127.0.0.1:{}

  {called} {flag} install web ./web
  export KUBECONFIG={}
  kubectl get all
",
        running.port,
        kubeconfig.display()
    )
}

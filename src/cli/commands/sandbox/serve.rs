//! The server itself, in this process.

use crate::{
    actions::sandbox::{Launch, Sandbox},
    cli::{CliError, Ctx, signals::asked_to_end},
};
use skiff_sandbox::{
    auth::Mode,
    server::{Config, RunError, run},
};
use std::time::Duration;

/// Threads that answer requests: more would wait for the store, and each takes memory.
const THREADS: usize = 2;
/// How long threads that work for requests are waited for at the end.
const END: Duration = Duration::from_secs(5);

/// The way of judging that is named.
pub(super) fn mode(name: Option<&str>) -> Result<Mode, CliError> {
    let Some(name) = name else { return Ok(Mode::default()) };
    Mode::ALL.into_iter().find(|mode| mode.name() == name).ok_or_else(|| {
        CliError::new(format!("invalid authorization {name:?}"))
            .hint("--authorization is 'rbac' or 'always-allow'")
    })
}

/// Runs the server until it is told to end. A detached one reports on standard output, in one line.
pub(super) fn serve(
    ctx: &mut Ctx<'_>,
    sandbox: &Sandbox,
    launch: &Launch,
    detached: bool,
) -> Result<(), CliError> {
    let config = Config {
        name: sandbox.name.clone(),
        files: sandbox.files.clone(),
        port: (launch.port != 0).then_some(launch.port),
        authorization: mode(launch.authorization.as_deref())?,
        ephemeral: launch.ephemeral,
        kube_version: launch.kube_version.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let program = ctx.program.clone();
    let outcome = runtime.block_on(async {
        let ready = |running: &_| {
            let text = if detached {
                "ready\n".to_owned()
            } else {
                super::show::started(&program, sandbox, running, true)
            };
            // Nobody may be listening any more; the sandbox is ready all the same.
            let _ = ctx.print(&text).and_then(|()| ctx.flush());
        };
        run(config, asked_to_end(), ready).await
    });
    // Its tasks hold the state, which the next server needs.
    runtime.shutdown_timeout(END);
    match outcome {
        Ok(_lock) => Ok(()),
        Err(RunError::Taken) if detached => Ok(ctx.print("taken\n")?),
        Err(error) if detached => {
            let line = CliError::from(error).message.replace('\n', " ");
            Ok(ctx.print(&format!("{line}\n"))?)
        }
        Err(RunError::Taken) => Err(CliError::new(format!("the sandbox {:?} runs already", sandbox.name))
            .hint(format!("skiff sandbox stop {} first", sandbox.name))),
        Err(error) => Err(error.into()),
    }
}

//! `test`.

use super::{
    install,
    releases::{self, with_deployer},
};
use crate::{
    actions::deploy::test::{self, Filter},
    cli::{CliError, Ctx, Matches},
    client::Cluster,
    release::Release,
};
use std::sync::Arc;

/// Runs `test`: the tests, then the report and the logs, then the tests' resources are deleted as they ask.
///
/// # Errors
/// When there is no such release or a test failed.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let filter = Filter::new(&matches.strings("filter"));
    let timeout = matches.duration("timeout").unsigned_abs();
    let cluster = releases::cluster(ctx)?;
    let name = &matches.operands()[0];
    let tested = with_deployer(ctx, &cluster, |deployer| test::test(deployer, name, &filter, timeout))?;
    let failure = tested.outcome.err().map(CliError::from);
    let reported = report(ctx, matches, &cluster, &tested.release, &filter, failure);
    let wait = test::wait(timeout);
    let shut_down =
        with_deployer(ctx, &cluster, |deployer| deployer.shut_down(&tested.release, &tested.shutdown, wait));
    reported?;
    Ok(shut_down?)
}

/// Prints the release and, with `--logs`, what its tests wrote; returns the failure of the tests too.
fn report(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    cluster: &Arc<Cluster>,
    release: &Release,
    filter: &Filter,
    failure: Option<CliError>,
) -> Result<(), CliError> {
    let text = install::text(ctx, release, true)?;
    ctx.print(&text)?;
    if !matches.bool("logs") {
        return failure.map_or(Ok(()), Err);
    }
    let mut logs = b"\n".to_vec();
    let outcome = with_deployer(ctx, cluster, |deployer| {
        test::logs(deployer, release, filter, &mut |bytes| logs.extend_from_slice(bytes))
    });
    ctx.out().write_all(&logs)?;
    match (failure, outcome) {
        (Some(failure), Err(error)) => Err(CliError::new(format!("{}\n{error}", failure.message))),
        (failure, Err(error)) => Err(failure.unwrap_or_else(|| CliError::new(error))),
        (failure, Ok(())) => failure.map_or(Ok(()), Err),
    }
}

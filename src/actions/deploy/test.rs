//! Running a release's tests: hooks of the event `test` (Helm's `action/release_testing.go`).

use super::{
    Deployer, Error, Shutdown,
    hooks::{HookError, due},
    is_valid_name,
};
use crate::{
    client::{
        logs::containers,
        wait::{Strategy, Wait},
    },
    release::{
        Release,
        hook::{Hook, HookEvent},
    },
    storage,
};
use std::time::Duration;

/// Which tests run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These alone; all where there are none.
    pub include: Vec<String>,
    /// These not.
    pub exclude: Vec<String>,
}

impl Filter {
    /// Reads the words of `--filter`: `name=…` and `!name=…`. Others mean nothing, as in Helm.
    pub fn new(words: &[String]) -> Self {
        let mut filter = Self::default();
        for word in words {
            if let Some(name) = word.strip_prefix("name=") {
                filter.include.push(name.to_owned());
            } else if let Some(rest) = word.strip_prefix('!') {
                // Go's `\s?`: one blank may stand after the mark.
                let rest = rest.strip_prefix([' ', '\t', '\n', '\x0c', '\r']).unwrap_or(rest);
                filter.exclude.extend(rest.strip_prefix("name=").map(str::to_owned));
            }
        }
        filter
    }

    fn takes(&self, hook: &Hook) -> bool {
        let included = self.include.is_empty() || self.include.contains(&hook.name);
        included && !self.exclude.contains(&hook.name)
    }

    /// Whether nothing was asked for.
    fn is_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

/// Tests that ran.
pub struct Tested {
    /// The release, with how its tests went.
    pub release: Release,
    /// What is left to do with the tests' resources ([`Deployer::shut_down`]).
    pub shutdown: Shutdown,
    /// How the tests went, or that this could not be recorded.
    pub outcome: Result<(), TestError>,
}

/// Why tests did not go well.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// A test.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The record.
    #[error(transparent)]
    Record(#[from] storage::Error),
}

/// How tests are awaited: by watches, whatever was asked for.
pub fn wait(timeout: Duration) -> Wait {
    Wait { strategy: Strategy::Watcher, for_jobs: false, timeout }
}

/// Runs the tests of a release's newest revision and records how they went.
///
/// # Errors
/// When there is no such release; that a test failed is part of what is returned.
pub fn test(
    deployer: &Deployer<'_>,
    name: &str,
    filter: &Filter,
    timeout: Duration,
) -> Result<Tested, Error> {
    deployer.cluster.server_version()?;
    if !is_valid_name(name) {
        return Err(Error::TestName(name.into()));
    }
    let mut release = deployer.storage.last(name)?;
    // While tests run, and in the record afterwards, hooks that are left out stand apart from the others.
    let skipped = if filter.is_all() { Vec::new() } else { take_skipped(&mut release.hooks, filter) };
    let server_side = release.apply_method == "ssa";
    let (shutdown, ran) = deployer.start_hooks(&mut release, HookEvent::Test, wait(timeout), server_side);
    let shutdown = shutdown.after(skipped.len());
    release.hooks.splice(0..0, skipped);
    let recorded = deployer.storage.update(&release);
    let outcome = ran.map_err(TestError::from).and_then(|()| Ok(recorded?));
    Ok(Tested { release, shutdown, outcome })
}

fn take_skipped(hooks: &mut Vec<Hook>, filter: &Filter) -> Vec<Hook> {
    let (taken, left): (Vec<Hook>, Vec<Hook>) =
        std::mem::take(hooks).into_iter().partition(|h| filter.takes(h));
    *hooks = taken;
    // Helm takes those that are excluded out first.
    let (mut excluded, others): (Vec<Hook>, Vec<Hook>) =
        left.into_iter().partition(|hook| filter.exclude.contains(&hook.name));
    excluded.extend(others);
    excluded
}

/// Gives `show` the logs of the tests' Pods: a heading, what the container wrote, a line end.
///
/// # Errors
/// When a Pod is gone, or, after all its other containers, when one's log cannot be had.
pub fn logs(
    deployer: &Deployer<'_>,
    release: &Release,
    filter: &Filter,
    show: &mut dyn FnMut(&[u8]),
) -> Result<(), String> {
    let namespace = deployer.cluster.namespace();
    let hooks = due(&release.hooks, HookEvent::Test).into_iter().map(|index| &release.hooks[index]);
    for hook in hooks.filter(|hook| filter.takes(hook) && hook.kind == "Pod") {
        let pod = deployer.cluster.pod(namespace, &hook.name);
        let pod = pod.map_err(|error| format!("unable to get pod {}: {error}", hook.name))?;
        let mut errors = Vec::new();
        for container in containers(&pod, "initContainers").chain(containers(&pod, "containers")) {
            match deployer.cluster.log(namespace, &hook.name, container) {
                Ok(log) => {
                    show(format!("POD LOGS: {} ({container})\n", hook.name).as_bytes());
                    show(&log);
                    show(b"\n");
                }
                Err(error) => {
                    let name = &hook.name;
                    errors.push(format!("unable to get logs for pod {name}, container {container}: {error}"));
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors.join("\n"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_tests_to_run_or_to_leave_out() {
        let words = ["name=a", "!name=b", "! name=c", "!  name=d", "kind=e", "!"].map(str::to_owned);
        let filter = Filter::new(&words);
        assert_eq!(filter.include, ["a"]);
        assert_eq!(filter.exclude, ["b", "c"]);
        let hook = |name: &str| Hook { name: name.into(), ..Hook::default() };
        assert!(filter.takes(&hook("a")) && !filter.takes(&hook("b")) && !filter.takes(&hook("x")));
        assert!(Filter::default().takes(&hook("x")));
    }

    #[test]
    fn hooks_left_out_stand_first_and_the_excluded_ones_before_the_others() {
        let hook = |name: &&str| Hook { name: (*name).into(), ..Hook::default() };
        let mut hooks: Vec<Hook> = ["a", "b", "c", "d"].iter().map(hook).collect();
        let filter = Filter { include: vec!["b".into(), "d".into()], exclude: vec!["d".into()] };
        let skipped = take_skipped(&mut hooks, &filter);
        let names = |hooks: &[Hook]| hooks.iter().map(|hook| hook.name.clone()).collect::<String>();
        assert_eq!((names(&skipped), names(&hooks)), ("dac".into(), "b".into()));
    }
}

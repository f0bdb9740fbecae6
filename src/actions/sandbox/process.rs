//! The server's process: starting it in the background, and ending it.

use super::{Sandbox, SandboxError};
use skiff_sandbox::server::Running;
use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take until it is ready, and until it has ended.
const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(10);
/// After how many milliseconds the server's allocator gives back what was freed.
const PURGE_DELAY_MS: &str = "10";
const PAUSE: Duration = Duration::from_millis(10);
/// The line that a server reports with may be so long.
const MAX_LINE: u64 = 64 << 10;

/// How a server is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launch {
    /// The program: this one.
    pub program: PathBuf,
    /// The folder of all sandboxes.
    pub home: PathBuf,
    /// `--port`; 0 for any.
    pub port: u16,
    /// `--authorization`, where it was given.
    pub authorization: Option<String>,
    /// `--kube-version`, where it was given.
    pub kube_version: Option<String>,
    /// `--ephemeral`.
    pub ephemeral: bool,
}

impl Launch {
    /// The command line of the server.
    fn words(&self, name: &str) -> Vec<OsString> {
        let mut words: Vec<OsString> =
            ["sandbox", "start", name, "--detached", "--home"].map(Into::into).into();
        words.push(self.home.clone().into());
        if self.port != 0 {
            words.push(format!("--port={}", self.port).into());
        }
        for (flag, value) in [("authorization", &self.authorization), ("kube-version", &self.kube_version)] {
            words.extend(value.iter().map(|value| OsString::from(format!("--{flag}={value}"))));
        }
        if self.ephemeral {
            words.push("--ephemeral".into());
        }
        words
    }

    /// Whether a server that runs is what is asked for.
    fn fits(&self, running: &Running) -> bool {
        let same = |wanted: &Option<String>, held: &str| wanted.as_ref().is_none_or(|wanted| wanted == held);
        (self.port == 0 || self.port == running.port)
            && same(&self.authorization, &running.authorization)
            && same(&self.kube_version, &running.kube_version)
            && (!self.ephemeral || running.ephemeral)
    }
}

/// Starts a sandbox unless it runs; says whether it was started.
///
/// # Errors
/// When it cannot start, or runs with other options.
pub fn start(sandbox: &Sandbox, launch: &Launch) -> Result<(Running, bool), SandboxError> {
    let name = &sandbox.name;
    if let Some(running) = sandbox.files.running() {
        let other = || SandboxError::Other { name: name.clone() };
        return launch.fits(&running).then_some((running, false)).ok_or_else(other);
    }
    let failed = |why: String| SandboxError::Start { name: name.clone(), why };
    let mut command = Command::new(&launch.program);
    command.args(launch.words(name)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // What decides for its parent is not its affair: it would start itself.
    command.env_remove("SKIFF_SANDBOX");
    // The allocator gives back to the system what was freed when somebody next asks it for memory, and not before a
    // second has gone by: in a server that rests after work that may never be.
    command.env("MIMALLOC_PURGE_DELAY", PURGE_DELAY_MS);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let pipe = child.stdout.take().ok_or_else(|| failed("it has no output".to_owned()))?;
    let mut line = String::new();
    // A server that starts in time is the rule; the pipe ends with it otherwise.
    let _ = BufReader::new(pipe.take(MAX_LINE)).read_line(&mut line);
    match line.trim_end() {
        "ready" | "taken" => awaited(sandbox)
            .map(|running| (running, line.starts_with("ready")))
            .ok_or_else(|| failed(format!("it is not ready after {} s", START.as_secs()))),
        "" => {
            let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(failed(format!("it ended ({status})")))
        }
        why => Err(failed(why.to_owned())),
    }
}

/// Starts a sandbox with its usual options unless it runs.
///
/// # Errors
/// When it cannot start.
pub fn ensure(sandbox: &Sandbox, program: PathBuf, home: PathBuf) -> Result<Running, SandboxError> {
    start(sandbox, &Launch { program, home, ..Launch::default() }).map(|(running, _)| running)
}

/// The server of a sandbox that is being started by somebody.
fn awaited(sandbox: &Sandbox) -> Option<Running> {
    let end = Instant::now() + START;
    loop {
        let running = sandbox.files.running();
        if running.is_some() || Instant::now() > end {
            return running;
        }
        thread::sleep(PAUSE);
    }
}

/// Ends a sandbox's server; `None` when there is none.
///
/// # Errors
/// When it does not end.
pub fn stop(sandbox: &Sandbox) -> Result<Option<Running>, SandboxError> {
    if !sandbox.files.taken() {
        return Ok(None);
    }
    let Some(running) = awaited(sandbox) else { return Ok(None) };
    terminate(running.pid);
    let end = Instant::now() + STOP;
    while sandbox.files.taken() {
        if Instant::now() > end {
            return Err(SandboxError::Stuck { name: sandbox.name.clone(), pid: running.pid });
        }
        thread::sleep(PAUSE);
    }
    Ok(Some(running))
}

/// Asks a process to end. It holds the lock of its folder, so its number is its own.
#[cfg(unix)]
fn terminate(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // One that has ended meanwhile is what was wanted.
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn terminate(pid: u32) {
    // One that has ended meanwhile is what was wanted.
    let _ = Command::new("taskkill").args(["/F", "/PID", &pid.to_string()]).status();
}

//! Ctrl-C and SIGTERM while an operation changes a cluster.

use super::Ctx;
use crate::client::Cancel;
use std::{io, process, time::Duration};

/// What a shell reports for a program that Ctrl-C ended (128 + SIGINT).
const INTERRUPTED: i32 = 130;

/// Signals this close are one wish: `timeout`, for example, sends each to the program and to its whole group.
const ONE_WISH: Duration = Duration::from_millis(500);

impl Ctx<'_> {
    /// Says that a signal came, as Helm does, whatever became of the operation.
    ///
    /// # Errors
    /// The stream's.
    pub(super) fn tell_cancelled(&mut self, name: &str) -> io::Result<()> {
        if !self.cancel.was_cancelled() {
            return Ok(());
        }
        self.print(&format!("Release {name} has been cancelled.\n"))
    }

    /// From now on the first signal ends the operation in an orderly way, and the second one the program at once.
    pub(super) fn cancel_on_signal(&self) {
        let cancel = self.cancel.clone();
        // Without the thread signals do what they do by default: they end the program.
        let _ = std::thread::Builder::new().name("signals".into()).spawn(move || wait_for_signals(&cancel));
    }
}

fn wait_for_signals(cancel: &Cancel) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let mut signals = Signals::listen();
        signals.next().await;
        cancel.cancel();
        let deadline = tokio::time::Instant::now() + ONE_WISH;
        while tokio::time::timeout_at(deadline, signals.next()).await.is_ok() {}
        signals.next().await;
        process::exit(INTERRUPTED);
    });
}

/// Ready when the process is asked to end: Ctrl-C, or SIGTERM. A terminal that goes is no such request.
pub(super) async fn asked_to_end() {
    #[cfg(unix)]
    // Who listens is not ended.
    let _hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    Signals::listen().next().await;
}

#[cfg(unix)]
struct Signals([Option<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    async fn next(&mut self) {
        use tokio::signal::unix::Signal;
        async fn told(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            () = told(interrupt) => {}
            () = told(terminate) => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

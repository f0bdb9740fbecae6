//! API scenarios that run against the sandbox and against the real control plane, and whose answers are compared.
//!
//!     cargo test -p skiff-sandbox --features peers --test scenarios                     all of them
//!     cargo test -p skiff-sandbox --features peers --test scenarios -- core 'a list'    where file or name holds a word
//!     … -- --show core                                                                  print the real server's answers
//!
//! `$SCENARIOS_KUBECONFIG` names a control plane that runs already; otherwise one is started (tests/peers/cluster.sh).
//! The format of the files stands in `case.rs`.

#![allow(unreachable_pub, reason = "modules of a test binary have no outside")]
#![allow(clippy::print_stdout, reason = "a test program of its own reports on standard output")]

mod case;
mod compare;
mod mask;
mod play;
mod real;
mod sandbox;
mod webhook;

#[path = "../../../tests/support/cluster.rs"]
#[expect(dead_code, reason = "the control plane's other users need more of it")]
mod cluster;
#[path = "../../../tests/support/peers.rs"]
mod peers;

use std::{path::Path, process::ExitCode, sync::Arc};

/// Scenarios that run at the same time.
const AT_ONCE: usize = 12;
/// So many may differ at first and be played again, alone. The real server answers from caches that lag behind what was
/// written: on a busy machine long enough to show.
const MAX_AGAIN: usize = 20;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let show = flags.iter().any(|flag| flag == "--show");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut cases = case::read_all(&folder);
    cases.retain(|case| words.iter().all(|word| case.file.contains(word) || case.name.contains(word)));
    let real = Arc::new(real::Real::connect().await);
    let webhook = webhook::Webhook::start().await;
    let limit = Arc::new(tokio::sync::Semaphore::new(if show { 1 } else { AT_ONCE }));
    let count = cases.len();
    println!("\nrunning {count} scenarios");
    // Definitions whose webhooks fail keep the real server's caches and its namespace controller busy: they come last.
    let (last, first): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.file.contains("conversion"));
    let (mut failed, mut steps, mut meant) = (Vec::new(), 0, 0);
    for cases in [first, last] {
        let running = cases.into_iter().map(|case| {
            let (real, limit, webhook) = (real.clone(), limit.clone(), webhook.clone());
            let case = Arc::new(case);
            let playing = Arc::clone(&case);
            let task = tokio::spawn(async move {
                let _permit = limit.acquire_owned().await.expect("it is never closed");
                play::run(&playing, &real, &webhook, show).await
            });
            (case, task)
        });
        let running: Vec<_> = running.collect();
        let mut differing = Vec::new();
        for (case, task) in running {
            let result = task.await.unwrap_or_else(|panic| Err(format!("it ended early: {panic}\n")));
            steps += case.steps.len();
            meant += usize::from(case.steps.iter().any(|step| step.differs.is_some()));
            if let Err(report) = result {
                differing.push((case, report));
            }
        }
        failed.extend(play_again(differing, &real, &webhook).await);
    }
    // The last lines tell all that a long log is looked through for.
    failed.iter().for_each(|name| println!("differs from the real API server: {name}"));
    let (word, bad) = (if failed.is_empty() { "ok" } else { "FAILED" }, failed.len());
    println!(
        "\ntest result: {word}. {} passed; {bad} failed; 0 ignored; 0 measured; {steps} steps of {count} scenarios, {meant} of which differ as meant\n",
        count - bad
    );
    if failed.is_empty() && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays scenarios that differed once more, each alone; the names of those that still do.
async fn play_again(
    differing: Vec<(Arc<case::Case>, String)>,
    real: &real::Real,
    webhook: &webhook::Webhook,
) -> Vec<String> {
    let again = differing.len() <= MAX_AGAIN;
    let mut failed = Vec::new();
    for (case, first) in differing {
        let name = format!("{}: {}", case.file, case.name);
        let second = if again { play::run(&case, real, webhook, false).await } else { Err(first.clone()) };
        match second {
            Ok(()) => println!("differed at first, and was equal when played alone: {name}\n{first}"),
            Err(report) => {
                println!("--- {name}\n{report}");
                failed.push(name);
            }
        }
    }
    failed
}

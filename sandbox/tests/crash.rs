//! The process is killed while it writes: every write that it acknowledged is there afterwards, and none by half.
#![allow(clippy::print_stdout, reason = "a test program of its own reports on standard output")]

use serde_json::json;
use skiff_sandbox::{Options, Sandbox, kinds::Gvr};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Tells this program that it is the one to be killed, and where to write.
const FOLDER: &str = "SANDBOX_CRASH_FOLDER";
/// Acknowledged writes until the kill.
const WRITES: usize = 1_000;
/// Writers at once.
const WRITERS: usize = 10;

fn config_maps() -> Gvr {
    Gvr::new("", "v1", "configmaps")
}

async fn open(folder: &Path) -> Sandbox {
    let options = Options { folder: Some(folder.to_owned()), ..Options::default() };
    Sandbox::open(options).await.expect("the sandbox opens")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Writes and says so, for ever.
fn write(folder: &Path) {
    runtime().block_on(async {
        let client = open(folder).await.client();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let client = client.clone();
                tokio::spawn(async move {
                    for n in 0.. {
                        let name = format!("w{writer}-{n}");
                        let object = json!({"metadata": {"name": name}, "data": {"n": n.to_string()}});
                        client.create(&config_maps(), Some("default"), object).await.expect("it is written");
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "{name}").and_then(|()| out.flush()).expect("the parent listens");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("it never ends");
        }
    });
}

fn main() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        write(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let acknowledged: Vec<String> = lines.take(WRITES).map(|line| line.expect("a line")).collect();
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
        assert_eq!(acknowledged.len(), WRITES, "it wrote until it was killed");
        seen.push(acknowledged);
        runtime().block_on(async {
            let sandbox = open(folder.path()).await;
            let client = sandbox.client();
            for name in seen.iter().flatten() {
                let found = client.get(&config_maps(), Some("default"), name).await.expect("it is there");
                let n = name.rsplit('-').next().expect("a number");
                assert_eq!(found["data"]["n"], n, "{name} is whole");
            }
            // The next round writes the same names.
            for object in
                client.list(&config_maps(), Some("default"), &Default::default()).await.expect("a list").items
            {
                let name = object["metadata"]["name"].as_str().expect("a name");
                client
                    .delete(&config_maps(), Some("default"), name, Default::default())
                    .await
                    .expect("it goes");
            }
        });
        seen.clear();
    }
    println!("crash: every acknowledged write was there");
}

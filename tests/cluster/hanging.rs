//! A server that stops answering in the middle: waiting ends when its time is up, and when somebody wishes it.

use crate::{
    place::Place,
    support::{env::Output, peers, servers::serve},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {containers: [{name: c, image: x}]}\n";

/// kubectl's proxy: the API without TLS.
struct Proxy {
    child: Child,
    port: u16,
}

impl Proxy {
    fn new(place: &Place) -> Self {
        let mut child = Command::new(peers::bin("kubectl"))
            .args(["proxy", "--port=0", "--kubeconfig"])
            .arg(place.cluster.kubeconfig())
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it prints");
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok()).expect("its port");
        Self { child, port }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A way to a proxy on which reading of pods, or everything, never ends once a pod was made.
fn hanging(to: u16, everything: bool) -> u16 {
    let armed = AtomicBool::new(false);
    serve(move |mut client| {
        let mut server = TcpStream::connect(("127.0.0.1", to))?;
        let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || std::io::copy(&mut answers, &mut back));
        let mut bytes = vec![0; 1 << 16];
        loop {
            let count = client.read(&mut bytes)?;
            if count == 0 {
                return Ok(());
            }
            let head = String::from_utf8_lossy(&bytes[..count.min(200)]).into_owned();
            let is_pod = head.lines().next().is_some_and(|line| line.contains("/pods"));
            if (everything || is_pod && head.starts_with("GET")) && armed.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_secs(60));
                return Ok(());
            }
            if is_pod && !head.starts_with("GET") {
                armed.store(true, Ordering::SeqCst);
            }
            server.write_all(&bytes[..count])?;
        }
    })
}

/// What a program says of an install that a signal ends, or its own time.
fn install(program: &str, signal: &str, seconds: &str, step: &[&str]) -> Output {
    let (place, output) = run(program, signal, seconds, step, false);
    assert!(place.helm(&["history", "a"]).success().contains("failed"), "{output:?}");
    output
}

fn run(program: &str, signal: &str, seconds: &str, step: &[&str], everything: bool) -> (Place, Output) {
    let place = Place::with_chart(&[("templates/pod.yaml", POD)]);
    let proxy = Proxy::new(&place);
    let server = format!("http://127.0.0.1:{}", hanging(proxy.port, everything));
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    );
    std::fs::write(place.work().join("kubeconfig"), kubeconfig).expect("a file");
    let path = match program {
        "skiff" => env!("CARGO_BIN_EXE_skiff").to_owned(),
        _ => peers::bin(program).display().to_string(),
    };
    let head = ["--preserve-status", "-k", "6", "-s", signal, seconds, &path, "-n", &place.namespace];
    let words = [&head, &["--kubeconfig", "kubeconfig", "install", "a", "chart"][..], step].concat();
    let output = place.run_with(Path::new("/usr/bin/timeout"), &words, &[]);
    (place, output)
}

#[test]
fn waiting_ends_when_its_time_is_up() {
    let (legacy, step) = ("context deadline exceeded", ["--wait=legacy", "--timeout=5s"]);
    let (ours, theirs) = (install("skiff", "INT", "40", &step), install("helm", "INT", "40", &step));
    assert_eq!(ours, theirs);
    assert_eq!(ours.stderr, format!("Error: INSTALLATION FAILED: {legacy}\n"));
    // What is known of the objects until then depends on how they are listed.
    let ours = install("skiff", "INT", "40", &["--wait=watcher", "--timeout=5s"]);
    assert!(ours.stderr.ends_with("context deadline exceeded\n") && ours.code == 1, "{ours:?}");
}

#[test]
fn waiting_ends_when_somebody_wishes_it() {
    let step = ["--wait=legacy", "--timeout=60s"];
    let (ours, theirs) = (install("skiff", "INT", "5", &step), install("helm", "INT", "5", &step));
    assert_eq!(ours, theirs);
    assert_eq!(ours.stdout, "Release a has been cancelled.\n");
}

/// Nothing can be recorded; but the Lease stays, and the next command knows.
#[test]
fn an_operation_ends_even_where_the_server_answers_nothing_at_all() {
    let (place, output) = run("skiff", "INT", "5", &["--wait=legacy", "--timeout=60s"], true);
    assert_eq!((output.code, output.stdout.as_str()), (1, "Release a has been cancelled.\n"), "{output:?}");
    assert!(place.helm(&["history", "a"]).success().contains("pending-install"));
    place.skiff(&["upgrade", "a", "chart", "--install"]).success();
    assert_eq!(place.kubectl(&["get", "leases", "-o", "name"]), "");
}

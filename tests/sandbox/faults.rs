//! A process that is killed, and a server that fails, at every request of every operation: the next command finds its way.

use crate::{
    place::Place,
    support::{peers, servers::serve},
};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

/// What happens at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The client is killed before the server hears of it.
    KilledBefore,
    /// The client is killed once the server has answered.
    KilledAfter,
    /// The server answers with this status and does nothing.
    Status(u16),
    /// The connection ends before the server hears of it.
    CutBefore,
    /// The connection ends once the server has done it.
    CutAfter,
}

const KILLS: &[Fault] = &[Fault::KilledBefore, Fault::KilledAfter];
const FAILURES: &[Fault] = &[Fault::Status(500), Fault::CutBefore, Fault::CutAfter];

/// Which request goes wrong, and how many there were.
#[derive(Debug, Default)]
struct Script {
    fault: Option<(usize, Fault)>,
    seen: usize,
}

/// kubectl's proxy before the sandbox, and before that one on which requests go wrong.
struct Relay {
    kubectl: Child,
    port: u16,
    script: Arc<Mutex<Script>>,
    pid_file: PathBuf,
}

impl Relay {
    fn new(place: &Place, kubeconfig: &str) -> Self {
        let mut kubectl = Command::new(peers::bin("kubectl"))
            .args(["proxy", "--port=0", "--kubeconfig", kubeconfig])
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl starts");
        let mut line = String::new();
        BufReader::new(kubectl.stdout.take().expect("it is piped")).read_line(&mut line).expect("it prints");
        let to: u16 = line.trim().rsplit(':').next().and_then(|port| port.parse().ok()).expect("its port");
        let (script, pid_file) = (Arc::<Mutex<Script>>::default(), place.env().work().join("pid"));
        let (told, file) = (Arc::clone(&script), pid_file.clone());
        let port = serve(move |client| relay(client, to, &told, &file));
        Self { kubectl, port, script, pid_file }
    }

    /// Lets a request go wrong from now on, and counts anew.
    fn set(&self, fault: Option<(usize, Fault)>) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = Script { fault, seen: 0 };
        let _ = std::fs::remove_file(&self.pid_file);
    }

    fn seen(&self) -> usize {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).seen
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.kubectl.kill();
        let _ = self.kubectl.wait();
    }
}

/// One message: its head and as much of a body as the head says.
fn message(from: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut length = 0;
    loop {
        let start = bytes.len();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&bytes[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            break;
        }
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    from.read_exact(&mut bytes[start..])?;
    Ok(Some(bytes))
}

fn relay(client: TcpStream, to: u16, script: &Mutex<Script>, pid_file: &Path) -> io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    let mut client = client;
    while let Some(request) = message(&mut requests)? {
        let fault = {
            let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
            script.seen += 1;
            script.fault.filter(|(at, _)| *at == script.seen).map(|(_, fault)| fault)
        };
        match fault {
            Some(Fault::KilledBefore) => return kill(pid_file),
            Some(Fault::CutBefore) => return Ok(()),
            Some(Fault::Status(code)) => {
                let text = format!(
                    r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"told to","code":{code}}}"#
                );
                let head = format!(
                    "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    text.len()
                );
                client.write_all((head + &text).as_bytes())?;
                continue;
            }
            _ => {}
        }
        let answer = ask(to, &request)?;
        match fault {
            Some(Fault::KilledAfter) => return kill(pid_file),
            Some(Fault::CutAfter) => return Ok(()),
            _ => client.write_all(&answer)?,
        }
        // What has no length ends with its connection.
        if !String::from_utf8_lossy(&answer[..answer.len().min(2000)])
            .to_ascii_lowercase()
            .contains("content-length:")
        {
            return Ok(());
        }
    }
    Ok(())
}

/// A whole answer, on a connection of its own.
fn ask(to: u16, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(("127.0.0.1", to))?;
    let end = request.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1;
    server.write_all(&request[..end])?;
    server.write_all(b"Connection: close\r\n")?;
    server.write_all(&request[end..])?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}

fn kill(pid_file: &Path) -> io::Result<()> {
    let pid = std::fs::read_to_string(pid_file)?;
    Command::new("/bin/kill").args(["-9", pid.trim()]).status().map(drop)
}

const CHART: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {v: {{ .Values.v | quote }}}\n\
---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: only-{{ .Values.v }}}\n\
---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: \"pre-upgrade,pre-install\"}}\n";

/// A release in a sandbox, reached by a way on which things go wrong and by one where nothing does.
struct Life {
    place: Place,
    relay: Relay,
}

impl Life {
    fn new() -> Self {
        let place = Place::new(&[]).chart(&[("values.yaml", "v: zero\n"), ("templates/all.yaml", CHART)]);
        place.kubectl(&["create", "configmap", "foreign"]);
        let kubeconfig = place.env().skiff(&["sandbox", "kubeconfig"]).success().trim().to_owned();
        let relay = Relay::new(&place, &kubeconfig);
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: \"http://127.0.0.1:{}\"}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n",
            relay.port
        );
        place.write("kubeconfig", &text);
        Self { place, relay }
    }

    fn skiff(&self, words: &[&str]) -> crate::support::env::Output {
        self.place.env().skiff(words)
    }

    /// Runs a step on the way where things go wrong; gives its exit code and how many requests there were.
    fn run(&self, step: &[&str], fault: Option<(usize, Fault)>) -> (i32, usize) {
        self.relay.set(fault);
        let script = "echo $$ > pid; exec \"$0\" --kubeconfig kubeconfig \"$@\"";
        let words = [&["-c", script, env!("CARGO_BIN_EXE_skiff")], step].concat();
        let output = self.place.env().run(Path::new("/bin/bash"), &words, &self.place.env().work());
        (output.code, self.relay.seen())
    }

    /// What must be true after the next command, whatever went wrong before it.
    fn check(&self, what: &str) {
        let next = self.skiff(&["upgrade", "a", "chart", "--install", "--set", "v=next"]);
        assert_eq!(next.code, 0, "after {what}: {next:#?}");
        let history = self.place.helm(&["history", "a", "--max", "99", "-o", "json"]).success();
        let records: serde_json::Value = serde_json::from_str(&history).expect("JSON");
        let statuses: Vec<&str> =
            records.as_array().expect("a list").iter().filter_map(|r| r["status"].as_str()).collect();
        assert_eq!(statuses.last(), Some(&"deployed"), "after {what}: {history}");
        assert!(
            statuses.iter().rev().skip(1).all(|s| matches!(*s, "superseded" | "failed" | "uninstalled")),
            "after {what}: {history}"
        );
        assert_eq!(
            self.place.kubectl(&["get", "cm", "settings", "-o", "jsonpath={.data.v}"]),
            "next",
            "after {what}"
        );
        self.place.kubectl(&["get", "cm", "foreign", "only-next"]);
        assert_eq!(self.place.kubectl(&["get", "lease", "-o", "name"]), "", "after {what}");
    }

    /// Runs an operation again and again, each time with another request that goes wrong.
    fn suffer(&self, faults: &[Fault], before: &[&[&str]], step: &[&str]) {
        let prepare = || {
            self.skiff(&["uninstall", "a", "--ignore-not-found"]).success();
            before.iter().for_each(|step| drop(self.skiff(step).success()));
        };
        prepare();
        let (code, requests) = self.run(step, None);
        assert!(code == 0 && requests > 5, "{step:?}: {code}, {requests} requests");
        for fault in faults {
            for at in 1..=requests {
                prepare();
                let (code, seen) = self.run(step, Some((at, *fault)));
                assert!(seen >= at || code != 0, "{step:?}: request {at} was never sent");
                self.check(&format!("{step:?}, request {at} of {requests}: {fault:?}"));
            }
        }
    }
}

const INSTALL: &[&str] = &["install", "a", "chart"];
const UPGRADE: &[&str] = &["upgrade", "a", "chart", "--set", "v=one"];

#[test]
fn installs_are_killed_at_every_request() {
    Life::new().suffer(KILLS, &[], INSTALL);
}

#[test]
fn upgrades_are_killed_at_every_request() {
    Life::new().suffer(KILLS, &[INSTALL], UPGRADE);
}

#[test]
fn rollbacks_and_uninstalls_are_killed_at_every_request() {
    let life = Life::new();
    life.suffer(KILLS, &[INSTALL, UPGRADE], &["rollback", "a"]);
    life.suffer(KILLS, &[INSTALL, UPGRADE], &["uninstall", "a"]);
}

#[test]
fn the_server_fails_at_every_request_of_an_install() {
    Life::new().suffer(FAILURES, &[], INSTALL);
}

#[test]
fn the_server_fails_at_every_request_of_an_upgrade() {
    Life::new().suffer(FAILURES, &[INSTALL], UPGRADE);
}

#[test]
fn the_server_fails_at_every_request_of_a_rollback_or_uninstall() {
    let life = Life::new();
    life.suffer(FAILURES, &[INSTALL, UPGRADE], &["rollback", "a"]);
    life.suffer(FAILURES, &[INSTALL, UPGRADE], &["uninstall", "a"]);
}

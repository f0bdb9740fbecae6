use super::*;
use crate::{
    client::{
        Resource,
        transport::{NetworkError, Response, Streams, Told, Transport},
    },
    clock::FixedClock,
};
use serde_json::json;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// Lists and watches, each told once in turn; behind the last list come empty ones.
#[derive(Clone, Default)]
struct Script {
    lists: Arc<Mutex<VecDeque<(u16, String)>>>,
    watches: Arc<Mutex<VecDeque<Vec<String>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Transport for Script {
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>> {
        let answer = |request: &Request| {
            self.asked.lock().unwrap().push(request.path.clone());
            let next = self.lists.lock().unwrap().pop_front();
            let (status, body) = next.unwrap_or((200, r#"{"items":[]}"#.into()));
            Ok(Response { status, content_type: "application/json".into(), body: body.into_bytes() })
        };
        requests.iter().map(answer).collect()
    }

    fn streams(&self) -> Box<dyn Streams + '_> {
        Box::new(Open { told: self, lines: VecDeque::new() })
    }
}

struct Open<'a> {
    told: &'a Script,
    lines: VecDeque<(usize, Told)>,
}

impl Streams for Open<'_> {
    fn open(&mut self, number: usize, request: Request) {
        self.told.asked.lock().unwrap().push(request.path);
        let lines = self.told.watches.lock().unwrap().pop_front();
        let lines = lines.into_iter().flatten().map(|line| (number, Told::Line(line.into_bytes())));
        self.lines.extend(lines.chain([(number, Told::End)]));
    }

    fn next(&mut self, patience: Duration) -> Option<(usize, Told)> {
        let next = self.lines.pop_front();
        if next.is_none() {
            std::thread::sleep(patience);
        }
        next
    }
}

fn claim(phase: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a", "namespace": "sea"},
        "status": {"phase": phase}})
}

fn list(items: &[Value]) -> (u16, String) {
    (200, json!({"metadata": {"resourceVersion": "7"}, "items": items}).to_string())
}

fn event(kind: &str, object: &Value) -> String {
    json!({"type": kind, "object": object}).to_string()
}

fn objects() -> Vec<Object> {
    let resource = Resource {
        group: String::new(),
        version: "v1".into(),
        kind: "PersistentVolumeClaim".into(),
        plural: "persistentvolumeclaims".into(),
        namespaced: true,
    };
    vec![Object { resource, namespace: "sea".into(), name: "a".into(), content: claim("") }]
}

/// What comes of waiting, and what was asked.
fn wait(
    lists: Vec<(u16, String)>,
    watches: Vec<Vec<String>>,
    is_delete: bool,
) -> (Result<(), String>, Vec<String>) {
    let told = Script {
        lists: Arc::new(Mutex::new(lists.into())),
        watches: Arc::new(Mutex::new(watches.into())),
        asked: Arc::default(),
    };
    let asked = Arc::clone(&told.asked);
    let cluster = Cluster::with_transport(Box::new(told), "sea");
    let wait = Wait { strategy: Strategy::Watcher, for_jobs: false, timeout: Duration::from_millis(1500) };
    let clock = FixedClock("2026-01-01T00:00:00Z".parse().unwrap());
    let outcome = match is_delete {
        true => cluster.wait_deleted(&objects(), wait, Watch { clock: &clock, follow: &|_| {} }),
        false => cluster.wait_ready(&objects(), wait, Watch { clock: &clock, follow: &|_| {} }),
    };
    let asked = asked.lock().unwrap().clone();
    (outcome.map_err(|error| error.to_string()), asked)
}

const LIST: &str = "/api/v1/namespaces/sea/persistentvolumeclaims";
const WATCH: &str = "/api/v1/namespaces/sea/persistentvolumeclaims?resourceVersion=7&watch=true";

#[test]
fn events_lead_to_the_goal() {
    let events =
        vec![event("MODIFIED", &claim("Pending")), "broken".into(), event("MODIFIED", &claim("Bound"))];
    let (outcome, asked) = wait(vec![list(&[claim("Pending")])], vec![events], false);
    assert_eq!(outcome, Ok(()));
    assert_eq!(asked, [LIST, WATCH]);
}

#[test]
fn a_watch_that_ends_leads_to_a_new_list() {
    let gone = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410}}).to_string();
    let lists = vec![list(&[claim("Pending")]), list(&[claim("Bound")])];
    let (outcome, asked) = wait(lists, vec![vec![gone]], false);
    assert_eq!(outcome, Ok(()));
    assert_eq!(&asked[..3], [LIST, WATCH, LIST]);
}

#[test]
fn what_was_never_seen_is_unknown_and_what_is_gone_is_not_found() {
    let (outcome, _) = wait(Vec::new(), Vec::new(), false);
    let head = "resource PersistentVolumeClaim/sea/a not ready. status:";
    assert_eq!(outcome.unwrap_err(), format!("{head} Unknown, message: \ncontext deadline exceeded"));
    let deleted = vec![vec![event("DELETED", &claim("Pending"))]];
    let (outcome, _) = wait(vec![list(&[claim("Pending")])], deleted, false);
    let message = "NotFound, message: Resource not found\ncontext deadline exceeded";
    assert_eq!(outcome.unwrap_err(), format!("{head} {message}"));
}

#[test]
fn deleting_ends_with_the_object() {
    assert_eq!(wait(Vec::new(), Vec::new(), true).0, Ok(()));
    let deleted = vec![vec![event("DELETED", &claim("Bound"))]];
    assert_eq!(wait(vec![list(&[claim("Bound")])], deleted, true).0, Ok(()));
    // A new list without it tells the same.
    assert_eq!(wait(vec![list(&[claim("Bound")])], Vec::new(), true).0, Ok(()));
}

#[test]
fn a_refused_list_ends_the_waiting_and_a_broken_server_does_not() {
    let refusal =
        json!({"kind": "Status", "status": "Failure", "reason": "Forbidden", "message": "no", "code": 403});
    let (outcome, _) = wait(vec![(403, refusal.to_string())], Vec::new(), false);
    assert_eq!(outcome.unwrap_err(), "failed to list /v1, Kind=PersistentVolumeClaim: no");
    let lists = vec![(500, String::new()), list(&[claim("Bound")])];
    assert_eq!(wait(lists, Vec::new(), false).0, Ok(()));
    // A kind that is gone cannot become ready, which needs no time to find out.
    let (outcome, _) = wait(vec![(404, String::new())], Vec::new(), false);
    assert!(!outcome.unwrap_err().contains("deadline"));
}

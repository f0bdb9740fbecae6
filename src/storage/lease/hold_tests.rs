//! The keeper against a server that holds one Lease, and fails where it is told to.

use super::*;
use crate::client::transport::{NetworkError, Response, Transport};
use std::sync::{Mutex, PoisonError};

/// What goes wrong with the next request of a method.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It is refused with this status.
    Refused(u16),
    /// It is done, but the answer gets lost.
    Lost,
}

#[derive(Default)]
struct State {
    lease: Option<Value>,
    version: u64,
    faults: Vec<(Method, Fault)>,
    asked: Vec<Method>,
}

#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

impl Server {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fail(&self, method: Method, fault: Fault) {
        self.with(|state| state.faults.push((method, fault)));
    }

    fn lease(&self) -> Option<Lease> {
        self.with(|state| state.lease.as_ref().map(Lease::from_object))
    }

    fn asked(&self) -> Vec<&'static str> {
        self.with(|state| std::mem::take(&mut state.asked)).into_iter().map(Method::as_str).collect()
    }

    fn keeper(&self, holder: &str) -> Keeper {
        Keeper {
            cluster: Arc::new(Cluster::with_transport(Box::new(self.clone()), "sea")),
            path: "/apis/coordination.k8s.io/v1/namespaces/sea/leases".into(),
            namespace: "sea".into(),
            release: "web".into(),
            process: Process::default(),
            lease: Lease {
                holder: holder.into(),
                operations: vec![Operation { moment: holder.into(), ..Operation::default() }],
                seconds: DURATION_SECONDS,
                ..Lease::default()
            },
            stage: Stage::None,
        }
    }

    /// Lets the Lease have been renewed long ago.
    fn age(&self) {
        self.with(|state| {
            if let Some(lease) = &mut state.lease {
                lease["spec"]["renewTime"] = "2020-01-02T03:04:05.000000Z".into();
            }
        });
    }
}

impl Transport for Server {
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, NetworkError>> {
        requests.into_iter().map(|request| self.with(|state| state.answer(&request))).collect()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Result<Response, NetworkError> {
        self.asked.push(request.method);
        let fault = self.faults.iter().position(|(method, _)| *method == request.method);
        let fault = fault.map(|at| self.faults.remove(at).1);
        let (status, body) = match fault {
            Some(Fault::Refused(403)) => refusal(403, "Forbidden"),
            Some(Fault::Refused(404)) => refusal(404, "NotFound"),
            Some(Fault::Refused(code)) => refusal(code, "InternalError"),
            _ => self.perform(request),
        };
        if fault == Some(Fault::Lost) {
            return Err(NetworkError {
                method: request.method,
                url: request.path.clone(),
                cause: "EOF".into(),
            });
        }
        Ok(Response { status, content_type: "application/json".into(), body: body.to_string().into_bytes() })
    }

    fn perform(&mut self, request: &Request) -> (u16, Value) {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let current =
            self.lease.as_ref().map(|lease| client::object::string(lease, "resourceVersion").to_owned());
        match (request.method, current) {
            (Method::Post, Some(_)) => refusal(409, "AlreadyExists"),
            (Method::Post, None) => self.store(sent),
            (_, None) => refusal(404, "NotFound"),
            (Method::Put, Some(current)) if client::object::string(&sent, "resourceVersion") != current => {
                refusal(409, "Conflict")
            }
            (Method::Put, Some(_)) => self.store(sent),
            (Method::Delete, Some(current))
                if sent["preconditions"]["resourceVersion"] != current.as_str() =>
            {
                refusal(409, "Conflict")
            }
            (Method::Delete, Some(_)) => (200, self.lease.take().unwrap_or_default()),
            (Method::Get | Method::Patch, Some(_)) => (200, self.lease.clone().unwrap_or_default()),
        }
    }

    fn store(&mut self, mut lease: Value) -> (u16, Value) {
        self.version += 1;
        lease["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.lease = Some(lease.clone());
        (200, lease)
    }
}

fn refusal(code: u16, reason: &str) -> (u16, Value) {
    (
        code,
        json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "message": reason, "code": code}),
    )
}

#[test]
fn a_lease_costs_two_requests() {
    let server = Server::default();
    let mut keeper = server.keeper("a");
    assert_eq!(keeper.take(), Answer::Held(Vec::new()));
    keeper.give_back();
    assert_eq!(server.asked(), ["POST", "DELETE"]);
    assert_eq!(server.lease(), None);
}

#[test]
fn the_living_are_left_alone_and_the_dead_followed() {
    let server = Server::default();
    let (mut first, mut second) = (server.keeper("a"), server.keeper("b"));
    first.take();
    assert!(matches!(second.take(), Answer::Busy { holder, since } if holder == "a" && !since.is_empty()));
    second.give_back();
    assert_eq!(server.lease().map(|lease| lease.holder).as_deref(), Some("a"), "it was not the second's");
    server.age();
    let Answer::Held(unfinished) = second.take() else { panic!("the first one is dead") };
    assert_eq!(unfinished.iter().map(|o| o.moment.as_str()).collect::<Vec<_>>(), ["a"]);
    // The dead one lives again, and finds out.
    first.keep();
    assert!(first.cluster.cancel().was_lost() && first.cluster.cancel().is_cancelled());
    first.give_back();
    assert_eq!(server.lease().map(|lease| lease.holder).as_deref(), Some("b"));
    // Who dies before it has finished the dead one's work leaves both to the next.
    server.age();
    let Answer::Held(unfinished) = server.keeper("c").take() else { panic!("the second one is dead") };
    assert_eq!(unfinished.iter().map(|o| o.moment.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn renewing_moves_the_moment_and_survives_foreign_changes() {
    let server = Server::default();
    let mut keeper = server.keeper("a");
    keeper.take();
    server.age();
    keeper.keep();
    assert!(server.lease().unwrap().renewed > "2026-01-01T00:00:00Z".parse().ok());
    // Somebody annotates it: the version is another, the holder is not.
    server.with(|state| {
        let lease = state.lease.clone().unwrap_or_default();
        state.store(lease);
    });
    server.age();
    keeper.keep();
    assert!(server.lease().unwrap().renewed > "2026-01-01T00:00:00Z".parse().ok());
    assert!(!keeper.cluster.cancel().is_cancelled());
    keeper.give_back();
    assert_eq!(server.lease(), None);
}

#[test]
fn who_may_not_have_a_lease_goes_without_and_asks_no_more() {
    for code in [403, 404] {
        let server = Server::default();
        server.fail(Method::Post, Fault::Refused(code));
        let mut keeper = server.keeper("a");
        assert!(matches!(keeper.take(), Answer::Without { .. }));
        assert_eq!(keeper.stage, Stage::None);
        keeper.give_back();
        assert_eq!(server.asked(), ["POST"]);
    }
}

#[test]
fn a_lease_that_may_not_be_renewed_is_given_back() {
    let server = Server::default();
    let mut keeper = server.keeper("a");
    keeper.take();
    server.fail(Method::Put, Fault::Refused(403));
    keeper.keep();
    assert_eq!((keeper.stage, server.lease()), (Stage::None, None));
    assert!(!keeper.cluster.cancel().is_cancelled(), "the operation goes on as without");
}

#[test]
fn lost_answers_are_found_out_about() {
    let server = Server::default();
    server.fail(Method::Post, Fault::Lost);
    let mut keeper = server.keeper("a");
    assert!(matches!(keeper.take(), Answer::Without { .. }));
    assert_eq!(keeper.stage, Stage::Unsure);
    server.fail(Method::Post, Fault::Refused(500));
    keeper.keep();
    assert_eq!(keeper.stage, Stage::Unsure, "still nobody knows");
    keeper.keep();
    assert_eq!(keeper.stage, Stage::Held);
    server.fail(Method::Put, Fault::Lost);
    keeper.keep();
    assert_eq!(keeper.stage, Stage::Unsure);
    keeper.keep();
    assert_eq!(keeper.stage, Stage::Held, "the renewal had been done");
    server.fail(Method::Put, Fault::Refused(500));
    keeper.keep();
    keeper.give_back();
    assert_eq!(server.lease(), None, "unsure at the end, it looks");
}

#[test]
fn a_lease_that_somebody_deleted_is_made_again() {
    let server = Server::default();
    let mut keeper = server.keeper("a");
    keeper.take();
    server.with(|state| state.lease = None);
    keeper.keep();
    assert_eq!(keeper.stage, Stage::Unsure);
    keeper.keep();
    assert_eq!(server.lease().map(|lease| lease.holder).as_deref(), Some("a"));
    server.with(|state| state.lease = None);
    keeper.keep();
    server.keeper("b").take();
    keeper.keep();
    assert!(keeper.cluster.cancel().was_lost(), "another one came first");
}

#[test]
fn whoever_asks_gets_an_answer_and_gives_back_when_dropped() {
    let server = Server::default();
    let cluster = Arc::new(Cluster::with_transport(Box::new(server.clone()), "sea"));
    let holder = Holder::this();
    let operation = |moment: &str| Operation { moment: moment.into(), ..Operation::default() };
    server.fail(Method::Post, Fault::Refused(404));
    let mut asked = Asked::begin(&cluster, "sea", "web", &holder, operation("one"));
    assert!(matches!(asked.answer(), Answer::Without { .. }));
    asked.ask_again();
    assert_eq!(asked.answer(), &Answer::Held(Vec::new()));
    asked.also(operation("two"));
    let moments: Vec<String> = server.lease().unwrap().operations.into_iter().map(|o| o.moment).collect();
    assert_eq!(moments, ["one", "two"]);
    drop(asked);
    assert_eq!(server.lease(), None);
}

//! Taking a Lease, keeping it by heartbeats, and giving it back: a thread beside the operation.

use super::{DURATION_SECONDS, Lease, Operation, Standing, name, standing};
use crate::{
    client::{
        self, Cluster,
        transport::{Method, Request},
    },
    env::Process,
};
use serde_json::{Value, json};
use std::{
    cell::OnceCell,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How often a Lease is renewed: three times before it runs out.
const RENEWAL: Duration = Duration::from_secs(8);
/// How soon it is tried again where a renewal was not answered.
const RETRY: Duration = Duration::from_secs(2);
/// How often a race for a Lease is run before somebody else is said to have won it.
const ATTEMPTS: usize = 4;
/// How long giving it back may take.
const PATIENCE: Duration = Duration::from_millis(1500);
const JSON: &str = "application/json";

/// Who takes Leases, under a name that no other process has.
#[derive(Clone, Debug)]
pub struct Holder {
    /// `host_pid_random`.
    pub name: String,
    /// The process.
    pub process: Process,
}

impl Holder {
    /// The process that runs, under a name of its own.
    pub fn this() -> Self {
        let process = Process::this();
        let random = getrandom::u64().unwrap_or_default();
        Self { name: format!("{}_{}_{random:016x}", process.host, process.id), process }
    }
}

/// What became of the wish for a Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is ours; these are unfinished, and whoever was at them is dead.
    Held(Vec<Operation>),
    /// Somebody else is at work.
    Busy {
        /// Who.
        holder: String,
        /// Since when, as the Lease says it.
        since: String,
    },
    /// There is none to be had: the operation goes on without, as Helm's do.
    Without {
        /// What the server said.
        why: String,
    },
}

enum Order {
    /// Try again what was refused because the namespace was missing.
    Again,
    /// Remember one more operation.
    Also(Operation),
    /// Leave it as it is.
    Leave,
}

/// A Lease that is being asked for, or held. When it is dropped the Lease is given back.
pub struct Asked {
    orders: Option<Sender<Order>>,
    answers: Receiver<Answer>,
    answer: OnceCell<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl Asked {
    /// Begins to ask for a release's Lease in a namespace, for an operation.
    pub fn begin(
        cluster: &Arc<Cluster>,
        namespace: &str,
        release: &str,
        holder: &Holder,
        operation: Operation,
    ) -> Self {
        let (orders, inbox) = mpsc::channel();
        let (outbox, answers) = mpsc::channel();
        let keeper = Keeper {
            cluster: Arc::clone(cluster),
            path: format!(
                "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
                client::path_segment(namespace)
            ),
            namespace: namespace.to_owned(),
            release: release.to_owned(),
            process: holder.process.clone(),
            lease: Lease {
                holder: holder.name.clone(),
                place: holder.process.place.clone(),
                operations: vec![operation],
                seconds: DURATION_SECONDS,
                ..Lease::default()
            },
            stage: Stage::None,
        };
        let thread =
            thread::Builder::new().name("lease".into()).spawn(move || keeper.run(&inbox, &outbox)).ok();
        Self { orders: Some(orders), answers, answer: OnceCell::new(), thread }
    }

    /// What became of it; waits until that is known.
    pub fn answer(&self) -> &Answer {
        self.answer.get_or_init(|| self.next_answer())
    }

    /// Renews the Lease no more, and leaves it.
    pub fn leave(&mut self) {
        if let Some(orders) = &self.orders {
            // A thread that has ended renews nothing either.
            let _ = orders.send(Order::Leave);
        }
    }

    fn next_answer(&self) -> Answer {
        let gone = |_| Answer::Without { why: "no thread can be started".into() };
        self.answers.recv().unwrap_or_else(gone)
    }

    /// Asks once more where there was none to be had.
    pub fn ask_again(&mut self) {
        if matches!(self.answer(), Answer::Without { .. })
            && let Some(orders) = &self.orders
            && orders.send(Order::Again).is_ok()
        {
            self.answer = OnceCell::from(self.next_answer());
        }
    }

    /// Lets the Lease name one more operation, which follows from the first.
    pub fn also(&self, operation: Operation) {
        if let (Answer::Held(_), Some(orders)) = (self.answer(), &self.orders)
            && orders.send(Order::Also(operation)).is_ok()
        {
            // The answer is that it was done or could not be: then this operation cannot be proven dead later.
            let _ = self.answers.recv();
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.orders.take();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// Where the keeper stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is no Lease of ours.
    None,
    /// It is ours.
    Held,
    /// The server did not say whether it is.
    Unsure,
}

struct Keeper {
    cluster: Arc<Cluster>,
    path: String,
    namespace: String,
    release: String,
    process: Process,
    lease: Lease,
    stage: Stage,
}

impl Keeper {
    fn run(mut self, inbox: &Receiver<Order>, outbox: &Sender<Answer>) {
        // Whoever waited may have gone: then the next order never comes either.
        let _ = outbox.send(self.take());
        loop {
            let patience = match self.stage {
                Stage::Held => RENEWAL,
                Stage::Unsure => RETRY,
                Stage::None => Duration::MAX,
            };
            let order = match patience {
                Duration::MAX => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                patience => inbox.recv_timeout(patience),
            };
            match order {
                Ok(Order::Again) => drop(outbox.send(self.take())),
                Ok(Order::Also(operation)) => {
                    self.lease.operations.push(operation);
                    self.keep();
                    let _ = outbox.send(Answer::Held(Vec::new()));
                }
                Ok(Order::Leave) => return,
                Err(RecvTimeoutError::Timeout) => self.keep(),
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
        }
    }

    /// Takes the Lease, from a dead holder too.
    fn take(&mut self) -> Answer {
        for _ in 0..ATTEMPTS {
            let error = match self.create() {
                Ok(()) => return Answer::Held(Vec::new()),
                Err(error) => error,
            };
            if !error.is_already_exists() {
                return self.without(error);
            }
            let found = match self.get() {
                Ok(found) => found,
                Err(error) if error.is_not_found() => continue,
                Err(error) => return self.without(error),
            };
            if found.holder == self.lease.holder {
                // The answer to an earlier attempt got lost.
                self.lease.version = found.version;
                self.stage = Stage::Held;
                return Answer::Held(Vec::new());
            }
            if standing(&found, self.now(), &self.process) == Standing::Alive {
                return busy(found);
            }
            let unfinished = found.operations.clone();
            let mine = std::mem::take(&mut self.lease);
            self.lease = found.taken_by(&mine);
            match self.renew() {
                Ok(()) => return Answer::Held(unfinished),
                Err(error) if error.is_conflict() || error.is_not_found() => {
                    self.lease = Lease { version: String::new(), ..mine };
                }
                Err(error) => {
                    self.lease = Lease { version: String::new(), ..mine };
                    return self.without(error);
                }
            }
        }
        busy(Lease::default())
    }

    fn without(&mut self, error: client::Error) -> Answer {
        self.stage = if is_refusal(&error) { Stage::None } else { Stage::Unsure };
        Answer::Without { why: error.to_string() }
    }

    /// Renews the Lease, or finds out whether there is one. Whoever lost it to somebody else stops its own operation.
    fn keep(&mut self) {
        if self.stage == Stage::Unsure && self.lease.version.is_empty() {
            if let Answer::Busy { .. } = self.take() {
                self.lose();
            }
            return;
        }
        let Err(error) = self.renew() else { return };
        if error.is_conflict() {
            match self.get() {
                Ok(found) if found.holder == self.lease.holder => {
                    self.lease.version = found.version;
                    // What it could not say now it says the next time.
                    let _ = self.renew();
                }
                Ok(_) => self.lose(),
                Err(_) => self.stage = Stage::Unsure,
            }
        } else if error.is_not_found() {
            self.lease.version.clear();
            self.stage = Stage::Unsure;
        } else if is_refusal(&error) {
            // A Lease that nobody may renew would soon tell of a death that was none.
            self.give_back();
            self.stage = Stage::None;
        } else {
            self.stage = Stage::Unsure;
        }
    }

    fn lose(&mut self) {
        self.stage = Stage::None;
        self.cluster.cancel().lose();
    }

    /// Gives the Lease back at the operation's end, which does not wait for it for long.
    fn end(&mut self) {
        let cluster = Arc::clone(&self.cluster);
        let _until = cluster.within(PATIENCE);
        self.give_back();
    }

    fn give_back(&mut self) {
        if self.stage == Stage::Unsure {
            match self.get() {
                Ok(found) if found.holder == self.lease.holder => self.lease.version = found.version,
                _ => return,
            }
        } else if self.stage == Stage::None {
            return;
        }
        let options = json!({
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "preconditions": {"resourceVersion": self.lease.version},
        });
        let request =
            Request::new(Method::Delete, self.own_path()).with_body(JSON, options.to_string().into());
        // One that stays runs out.
        let _ = self.cluster.exchange(request);
    }

    fn create(&mut self) -> Result<(), client::Error> {
        let now = self.now();
        self.lease = Lease {
            acquired: Some(now),
            renewed: Some(now),
            version: String::new(),
            ..std::mem::take(&mut self.lease)
        };
        self.write(Method::Post, self.path.clone())
    }

    fn renew(&mut self) -> Result<(), client::Error> {
        self.lease.renewed = Some(self.now());
        self.write(Method::Put, self.own_path())
    }

    fn write(&mut self, method: Method, path: String) -> Result<(), client::Error> {
        let object = self.lease.to_object(&self.release, &self.namespace);
        let request = Request::new(method, path).with_body(JSON, object.to_string().into());
        let written: Value = self.cluster.exchange(request)?;
        self.lease.version = client::object::string(&written, "resourceVersion").to_owned();
        self.stage = Stage::Held;
        Ok(())
    }

    fn get(&self) -> Result<Lease, client::Error> {
        let found = self.cluster.exchange(Request::new(Method::Get, self.own_path()))?;
        Ok(Lease::from_object(&found))
    }

    fn own_path(&self) -> String {
        format!("{}/{}", self.path, client::path_segment(&name(&self.release)))
    }

    fn now(&self) -> jiff::Timestamp {
        self.cluster.server_time()
    }
}

fn busy(lease: Lease) -> Answer {
    let since = lease.acquired.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    Answer::Busy { holder: lease.holder, since: since.unwrap_or_default() }
}

/// Whether the server answered and will not answer otherwise: nothing was changed by the request.
fn is_refusal(error: &client::Error) -> bool {
    error.code().is_some_and(|code| (400..500).contains(&code) && code != 408 && code != 429)
}

#[cfg(test)]
#[path = "hold_tests.rs"]
mod tests;

//! The runtime of the controllers: one watch of everything, a queue, and workers that perform what controllers plan.
//!
//! Nothing polls: a worker runs when an object that concerns it changes, or when it asked to be woken. Objects are read
//! from the store when they are needed; only names and selectors are kept in memory.

mod clock;
mod context;
mod drive;
mod queue;
mod recorder;
mod route;
mod work;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use context::{Context, Options, TokenMaker};

use crate::registry::Client;
use crate::status::Status;
use crate::store::{self, Watcher};
use queue::Queue;
use route::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
pub use work::{Task, Work};

/// How many workers run at a time: enough to share the disk's commits, few enough for a small machine.
const WORKERS: usize = 16;

/// The running controllers. They end when this is dropped.
#[derive(Debug)]
pub struct Controllers {
    context: Arc<Context>,
    /// Whether nothing is to be done right now; its closing ends the loop.
    idle: watch::Receiver<bool>,
    failure: watch::Receiver<Option<Status>>,
    _stop: mpsc::Sender<()>,
}

impl Controllers {
    /// Starts the controllers on the present Tokio runtime: what they need to make first is there when this returns.
    ///
    /// # Errors
    /// When the node or the storage class cannot be made.
    pub async fn start(client: &Client, options: Options) -> Result<Self, Status> {
        let (notes, pending) = mpsc::channel(recorder::PENDING);
        let context = Arc::new(Context::new(client.named("kube-controller-manager"), options, notes));
        context.bootstrap().await?;
        let (stop, stopped) = mpsc::channel(1);
        let (settled, idle) = watch::channel(false);
        let machine = Machine {
            context: Arc::clone(&context),
            router: Router::default(),
            queue: Queue::default(),
            workers: JoinSet::new(),
            settled,
        };
        tokio::spawn(recorder::record(Arc::clone(&context), pending));
        let (failed, failure) = watch::channel(None);
        tokio::spawn(async move {
            if let Err(status) = machine.run(stopped).await {
                failed.send_replace(Some(status));
            }
        });
        Ok(Self { context, idle, failure, _stop: stop })
    }

    /// What the controllers share.
    #[must_use]
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Why the controllers ended by themselves; waits for ever as long as they work or were told to end.
    pub fn failure(&self) -> impl Future<Output = Status> + Send + 'static {
        let mut failure = self.failure.clone();
        async move {
            let found = failure.wait_for(Option::is_some).await.ok().and_then(|status| status.clone());
            match found {
                Some(status) => status,
                None => std::future::pending().await,
            }
        }
    }

    /// Waits until nothing is to be done: what is planned for later does not count.
    pub async fn settle(&mut self) {
        // Writes that came just before have to be seen first.
        tokio::task::yield_now().await;
        let _ = self.idle.wait_for(|idle| *idle).await;
    }
}

struct Machine {
    context: Arc<Context>,
    router: Router,
    queue: Queue<Task>,
    workers: JoinSet<(Task, Result<Option<Duration>, Status>)>,
    settled: watch::Sender<bool>,
}

impl Machine {
    /// Looks at everything that is there, and watches from then on. That may take a while: requests are answered
    /// meanwhile.
    async fn begin(&mut self) -> Result<Watcher, Status> {
        let context = Arc::clone(&self.context);
        let objects = context.store();
        let broken = |error: store::Error| Status::internal(error);
        let after = objects.revision().map_err(broken)?;
        let watcher = objects.watch("", after).map_err(broken)?;
        self.router.begin_anew();
        let mut last: Box<str> = "".into();
        loop {
            let page = objects.page("", &last, None, 500).map_err(broken)?;
            for (key, stored) in &page.items {
                let object = stored.decode();
                for (task, delay) in self.router.seen(&self.context, key, None, Some(&object)) {
                    self.plan(task, delay);
                }
                last = key.clone();
            }
            if !page.more {
                return Ok(watcher);
            }
            tokio::task::yield_now().await;
        }
    }

    fn plan(&mut self, task: Task, delay: Option<Duration>) {
        match delay {
            None => self.queue.add(task),
            Some(delay) => self.queue.add_at(task, Instant::now() + delay),
        }
    }

    /// Works until it is told to stop.
    async fn run(mut self, mut stopped: mpsc::Receiver<()>) -> Result<(), Status> {
        let mut watcher = self.begin().await?;
        loop {
            self.start_workers();
            let busy = !self.workers.is_empty();
            // The watch is asked first below, so idle means that all writes so far were seen.
            let caught_up = watcher.position() >= self.context.store().revision().unwrap_or(u64::MAX);
            self.settled.send_if_modified(|idle| {
                let now = !busy && self.queue.idle() && caught_up;
                std::mem::replace(idle, now) != now
            });
            let due = self.queue.next_due();
            tokio::select! {
                biased;
                _ = stopped.recv() => return Ok(()),
                events = watcher.next() => match events {
                    Ok(events) => {
                        for event in events {
                            let (old, new) = (event.before(), event.new.as_ref().map(|_| event.object()));
                            let tasks = self.router.seen(&self.context, &event.key, old.as_deref(), new.as_deref());
                            for (task, delay) in tasks {
                                self.plan(task, delay);
                            }
                        }
                    }
                    Err(store::Error::Expired { .. }) => watcher = self.begin().await?,
                    Err(error) => return Err(Status::internal(error)),
                },
                Some(ended) = self.workers.join_next(), if busy => self.end_worker(ended),
                () = sleep(due), if due.is_some() => {}
            }
        }
    }

    fn start_workers(&mut self) {
        while self.workers.len() < WORKERS {
            let Some(task) = self.queue.pop(Instant::now()) else { return };
            let context = Arc::clone(&self.context);
            self.workers.spawn(async move {
                let result = work::perform(&context, &task).await;
                (task, result)
            });
        }
    }

    fn end_worker(
        &mut self,
        ended: Result<(Task, Result<Option<Duration>, Status>), tokio::task::JoinError>,
    ) {
        // A worker that panicked keeps its task busy for ever, which is better than panicking again and again.
        let Ok((task, result)) = ended else { return };
        let now = Instant::now();
        self.queue.done(&task, result.is_ok(), now);
        if let Ok(Some(delay)) = result {
            self.queue.add_at(task, now + delay);
        }
    }
}

async fn sleep(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}

//! The wish to end what is under way.

use super::Cluster;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Set by whoever may end an operation, such as a signal's handler; asked between requests and while waiting.
/// Copies are one.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_wished: AtomicBool,
    was_wished: AtomicBool,
    was_lost: AtomicBool,
}

impl Cancel {
    /// Wishes the operation's end.
    pub fn cancel(&self) {
        self.0.was_wished.store(true, Ordering::SeqCst);
        self.0.is_wished.store(true, Ordering::SeqCst);
    }

    /// Wishes the operation's end because somebody else has taken its place.
    pub fn lose(&self) {
        self.0.was_lost.store(true, Ordering::SeqCst);
        self.0.is_wished.store(true, Ordering::SeqCst);
    }

    /// Whether somebody else has taken its place.
    pub fn was_lost(&self) -> bool {
        self.0.was_lost.load(Ordering::SeqCst)
    }

    /// Whether its end is wished.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_wished.load(Ordering::SeqCst)
    }

    /// Whether its end was ever wished by who began it.
    pub fn was_cancelled(&self) -> bool {
        self.0.was_wished.load(Ordering::SeqCst)
    }

    /// Whether its end is wished. The wish is fulfilled with the answer: what is left to do, such as recording the
    /// failure or undoing what was done, goes on to its own end.
    pub fn take(&self) -> bool {
        self.0.is_wished.swap(false, Ordering::SeqCst)
    }
}

/// What Go's context says.
pub(super) const CANCELLED: &str = "context canceled";

impl Cluster {
    /// Lets requests take no longer than this from now on, as long as what is returned lives.
    pub fn within(&self, time: Duration) -> impl Sized + '_ {
        self.until(Instant::now().checked_add(time))
    }
}

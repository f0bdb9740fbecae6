//! What time it is: the machine's, or in tests a time that passes only while nothing else is to be done.

use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// A clock.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's.
    Wall,
    /// Tokio's, counted from a moment: under `tokio::time::pause` it jumps to whatever is waited for.
    Tokio {
        /// The moment at `since`.
        base: Timestamp,
        /// When the clock was made.
        since: Instant,
    },
}

impl Clock {
    /// A clock that follows Tokio's, from the present moment on.
    #[must_use]
    pub fn tokio() -> Self {
        Self::Tokio { base: Timestamp::now(), since: Instant::now() }
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Wall => Timestamp::now(),
            Self::Tokio { base, since } => base.checked_add(since.elapsed()).unwrap_or(base),
        }
    }

    /// How long it is until a moment; nothing where it has passed.
    #[must_use]
    pub fn until(self, moment: Timestamp) -> Duration {
        Duration::try_from(moment.duration_since(self.now())).unwrap_or_default()
    }
}

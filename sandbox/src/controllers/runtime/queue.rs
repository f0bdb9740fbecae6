//! What is to be looked at: each thing once, now or later, one worker at a time, later still after failures.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(5);
/// The longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A queue of tasks.
#[derive(Debug)]
pub(super) struct Queue<T> {
    ready: VecDeque<T>,
    /// What is ready, or will be as soon as its worker ends.
    waiting: BTreeSet<T>,
    busy: BTreeSet<T>,
    delayed: BTreeMap<(Instant, u64), T>,
    /// When a task is due by delay, the soonest only.
    due: BTreeMap<T, (Instant, u64)>,
    failures: BTreeMap<T, u32>,
    serial: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            ready: VecDeque::new(),
            waiting: BTreeSet::new(),
            busy: BTreeSet::new(),
            delayed: BTreeMap::new(),
            due: BTreeMap::new(),
            failures: BTreeMap::new(),
            serial: 0,
        }
    }
}

impl<T: Ord + Clone> Queue<T> {
    /// Looks at a task as soon as possible.
    pub(super) fn add(&mut self, task: T) {
        if self.waiting.insert(task.clone()) && !self.busy.contains(&task) {
            self.ready.push_back(task);
        }
    }

    /// Looks at a task at a moment; a sooner one that is planned already stays.
    pub(super) fn add_at(&mut self, task: T, at: Instant) {
        if let Some(present) = self.due.get(&task).copied() {
            if present.0 <= at {
                return;
            }
            self.delayed.remove(&present);
        }
        self.serial += 1;
        self.delayed.insert((at, self.serial), task.clone());
        self.due.insert(task, (at, self.serial));
    }

    /// The next task that is ready at `now`; it is busy until [`Queue::done`].
    pub(super) fn pop(&mut self, now: Instant) -> Option<T> {
        while let Some(((at, serial), _)) = self.delayed.first_key_value().map(|(key, task)| (*key, task)) {
            if at > now {
                break;
            }
            if let Some(task) = self.delayed.remove(&(at, serial)) {
                self.due.remove(&task);
                self.add(task);
            }
        }
        let task = self.ready.pop_front()?;
        self.waiting.remove(&task);
        self.busy.insert(task.clone());
        Some(task)
    }

    /// When the next delayed task is due.
    #[must_use]
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.delayed.first_key_value().map(|((at, _), _)| *at)
    }

    /// A worker has ended, well or badly.
    pub(super) fn done(&mut self, task: &T, well: bool, now: Instant) {
        self.busy.remove(task);
        if well {
            self.failures.remove(task);
        } else {
            let failures = self.failures.entry(task.clone()).or_insert(0);
            let wait = FIRST_WAIT.saturating_mul(1 << (*failures).min(16)).min(LONGEST_WAIT);
            *failures += 1;
            self.add_at(task.clone(), now + wait);
        }
        if self.waiting.contains(task) {
            self.ready.push_back(task.clone());
        }
    }

    /// Whether nothing is ready and no worker is busy.
    #[must_use]
    pub(super) fn idle(&self) -> bool {
        self.ready.is_empty() && self.busy.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_looked_at_once_and_again_after_its_worker() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add("a");
        queue.add("a");
        assert_eq!(queue.pop(now), Some("a"));
        assert_eq!(queue.pop(now), None);
        queue.add("a");
        assert_eq!(queue.pop(now), None);
        queue.done(&"a", true, now);
        assert_eq!(queue.pop(now), Some("a"));
        queue.done(&"a", true, now);
        assert!(queue.idle());
    }

    #[test]
    fn delayed_tasks_come_in_time_and_the_sooner_delay_counts() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let second = Duration::from_secs(1);
        queue.add_at("a", now + 2 * second);
        queue.add_at("a", now + second);
        queue.add_at("a", now + 3 * second);
        assert_eq!(queue.next_due(), Some(now + second));
        assert_eq!(queue.pop(now), None);
        assert_eq!(queue.pop(now + second), Some("a"));
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn failures_are_retried_later_each_time() {
        let (mut queue, mut now) = (Queue::default(), Instant::now());
        queue.add("a");
        let mut waits = Vec::new();
        for _ in 0..4 {
            assert_eq!(queue.pop(now), Some("a"));
            queue.done(&"a", false, now);
            let due = queue.next_due().unwrap_or(now);
            waits.push((due - now).as_millis());
            now = due;
        }
        assert_eq!(waits, [5, 10, 20, 40]);
    }
}

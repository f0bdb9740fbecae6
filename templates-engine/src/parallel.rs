//! Work on many items in several threads, where it is worth them.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The most threads at a time.
pub const MAX_THREADS: usize = 4;

/// What workers make of each item, in the order of the items.
///
/// Items are taken one by one by up to [`MAX_THREADS`] threads with `stack` bytes of stack each, the calling
/// one among them; each has a worker of its own, which may keep things from one item to the next. How many is
/// decided by `size`, the bytes that all items come to: below `bytes_per_thread` for each, the calling thread
/// is done sooner than another one is started. Where the system gives no thread, the others do its work.
///
/// ```
/// let texts = vec!["a".repeat(1 << 20), "bb".into()];
/// let size = texts.iter().map(String::len).sum();
/// assert_eq!(templates_engine::parallel::map(&texts, size, 1 << 18, 1 << 16, || String::len), [1 << 20, 2]);
/// ```
pub fn map<T: Sync, R: Send, W: FnMut(&T) -> R>(
    items: &[T],
    size: usize,
    bytes_per_thread: usize,
    stack: usize,
    worker: impl Fn() -> W + Sync,
) -> Vec<R> {
    let threads = threads(size / bytes_per_thread.max(1)).min(items.len());
    if threads <= 1 {
        return items.iter().map(worker()).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut work = worker();
        let mut done: Vec<(usize, R)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let thread = |_| thread::Builder::new().stack_size(stack).spawn_scoped(scope, take);
        let helpers: Vec<_> = (1..threads).map_while(|n| thread(n).ok()).collect();
        let mut done = take();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn threads(worth: usize) -> usize {
    if worth < 2 {
        return 1;
    }
    worth.min(MAX_THREADS).min(thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items_whatever_thread_made_them() {
        let items: Vec<usize> = (0..1000).collect();
        for size in [0, 1 << 30] {
            assert_eq!(
                map(&items, size, 1, 1 << 16, || |n: &usize| n * 2),
                (0..2000).step_by(2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn nothing_is_nothing() {
        let nothing: Vec<u8> = map(&[] as &[u8], 1 << 30, 1, 1 << 16, || |n: &u8| *n);
        assert!(nothing.is_empty());
    }
}

//! Questions from Tera's thread to the engine's.

use std::{
    cell::RefCell,
    sync::mpsc::{Sender, channel},
    thread,
};
use tera::Value;

/// Stack of a rendering thread: Tera's parser has been through with the files by then.
const STACK: usize = 16 << 20;

/// A call of a function, and where its answer goes.
struct Question {
    function: String,
    args: Vec<Value>,
    answer: Sender<Result<Value, String>>,
}

thread_local! {
    /// Where the functions of this thread send their calls.
    static ENGINE: RefCell<Option<Sender<Question>>> = const { RefCell::new(None) };
}

/// The way between the two threads.
pub(super) struct Bridge;

impl Bridge {
    /// Runs `work` in a thread of its own while `answer` serves its calls here.
    pub(super) fn run<T: Send>(
        work: impl FnOnce() -> T + Send,
        mut answer: impl FnMut(&str, &[Value]) -> Result<Value, String>,
    ) -> Result<T, String> {
        let (questions, asked) = channel::<Question>();
        thread::scope(|scope| {
            let body = move || {
                ENGINE.set(Some(questions));
                let result = work();
                // Hangs up, which ends the loop below.
                ENGINE.set(None);
                result
            };
            let builder = thread::Builder::new().name("tera".into()).stack_size(STACK);
            let handle = builder.spawn_scoped(scope, body).map_err(|error| error.to_string())?;
            for question in asked {
                let result = answer(&question.function, &question.args);
                // The asker waits for it; if it is gone, the thread's end tells why.
                let _ = question.answer.send(result);
            }
            handle.join().map_err(|_| "rendering failed".to_owned())
        })
    }

    /// Asks the engine, from inside `work`.
    pub(super) fn ask(function: &str, args: Vec<Value>) -> Result<Value, String> {
        let gone = || "called outside of a template".to_owned();
        let engine = ENGINE.with_borrow(Clone::clone).ok_or_else(gone)?;
        let (answer, received) = channel();
        engine.send(Question { function: function.to_owned(), args, answer }).map_err(|_| gone())?;
        received.recv().map_err(|_| gone())?
    }
}

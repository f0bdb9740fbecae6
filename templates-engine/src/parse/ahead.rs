//! Texts parsed by another thread before their names are known.
//!
//! What a chart's templates are called depends on its values (subcharts have aliases, and some take no
//! part), but what they say does not: while the values are worked out, the texts can be parsed.

use super::{FunctionNames, Parsed, Scratch, Stack, Unnamed, parse, parse_unnamed};
use bytes::Bytes;
use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

/// Texts that are being parsed.
pub(crate) struct Ahead {
    queue: Arc<Queue>,
    thread: JoinHandle<()>,
}

struct Queue {
    funcs: FunctionNames,
    stack: usize,
    texts: Vec<Bytes>,
    next: AtomicUsize,
    parsed: Mutex<Vec<(Identity, Box<Unnamed>)>>,
}

/// Where a text lies in memory: clones of [`Bytes`] are one text.
type Identity = (usize, usize);

fn identity(text: &Bytes) -> Identity {
    (text.as_ptr().addr(), text.len())
}

impl Ahead {
    /// Starts to parse; `None` where no thread can be had.
    pub(crate) fn start(funcs: FunctionNames, texts: Vec<Bytes>, stack: usize) -> Option<Self> {
        let (next, parsed) = (AtomicUsize::new(0), Mutex::default());
        let queue = Arc::new(Queue { funcs, stack, texts, next, parsed });
        let shared = queue.clone();
        let thread = thread::Builder::new().stack_size(stack + super::parallel::STACK_RESERVE);
        Some(Self { thread: thread.spawn(move || shared.work()).ok()?, queue })
    }

    /// Parses what is left, and gives each text its name; the results are in the order of `texts`. `None` when
    /// these are other functions than those the texts were parsed with.
    pub(crate) fn finish(self, texts: &[(&str, Bytes)], funcs: &FunctionNames) -> Option<Vec<Parsed>> {
        if self.queue.funcs != *funcs {
            return None;
        }
        self.queue.work();
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let parsed = mem::take(&mut *self.queue.parsed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut parsed: Vec<_> = parsed.into_iter().map(|(identity, text)| (identity, Some(text))).collect();
        parsed.sort_unstable_by_key(|(identity, _)| *identity);
        let mut scratch = Scratch::default();
        let named = |(name, text): &(&str, Bytes)| {
            let found = parsed.binary_search_by_key(&identity(text), |(identity, _)| *identity);
            match found.ok().and_then(|at| parsed[at].1.take_if(|unnamed| !unnamed.defines(name))) {
                Some(unnamed) => Ok(unnamed.named(name)),
                // A text that does not parse, stands under two names or defines its own name.
                None => parse(name, text, funcs, Stack::here(self.queue.stack), &mut scratch),
            }
        };
        Some(texts.iter().map(named).collect())
    }
}

impl Queue {
    /// Takes texts, one by one, and parses them.
    fn work(&self) {
        let stack = Stack::here(self.stack);
        let (mut parsed, mut scratch) = (Vec::new(), Scratch::default());
        while let Some(text) = self.texts.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            // Errors name the text: it is parsed again when it has its name.
            if let Ok(unnamed) = parse_unnamed(text, &self.funcs, stack, &mut scratch) {
                parsed.push((identity(text), Box::new(unnamed)));
            }
        }
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).extend(parsed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: usize = 1 << 20;

    fn names() -> FunctionNames {
        FunctionNames::new(["print"].into_iter())
    }

    /// Names and sources' names of the trees, or the error.
    fn told(parsed: &Parsed) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match parsed {
            Ok(trees) => {
                trees.iter().map(|tree| text(&tree.name) + "@" + &text(&tree.source.name) + " ").collect()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn texts_get_their_names_in_the_end_as_if_they_had_them_from_the_start() {
        let texts = [
            ("a", "{{define \"x\"}}1{{end}}{{print 1}}"),
            ("b", "{{define \"b\"}}1{{end}}{{print 1}}"),
            ("c", "{{print 1"),
            ("d", "{{nope}}"),
            ("e", ""),
        ];
        let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, Bytes::from(*text))).collect();
        let twice = [&texts[..], &[("f", texts[0].1.clone())]].concat();
        let bytes = texts.iter().map(|(_, text)| text.clone()).collect();
        let ahead = Ahead::start(names(), bytes, STACK).expect("there is a thread");
        let ahead = ahead.finish(&twice, &names()).expect("the functions are the same");
        let plain: Vec<_> = twice
            .iter()
            .map(|(name, text)| parse(name, text, &names(), Stack::here(STACK), &mut Scratch::default()))
            .collect();
        let told = |parsed: &[_]| parsed.iter().map(told).collect::<Vec<_>>();
        assert_eq!(told(&ahead), told(&plain));
    }

    #[test]
    fn texts_parsed_with_other_functions_are_parsed_again() {
        let ahead = Ahead::start(names(), vec![Bytes::from_static(b"x")], STACK).expect("there is a thread");
        assert!(ahead.finish(&[], &FunctionNames::new(["other"].into_iter())).is_none());
    }
}

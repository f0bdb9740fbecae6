//! The files of a folder, in lexical order, links followed, without those that `.helmignore` names.

use super::{
    LoadError, MAX_CHART_SIZE, ReadError, SourceFile,
    disk::{self, Kind},
    display, is_template, without_mark,
};
use crate::{
    chart::{
        Content, Moment,
        ignore::{self, Rules},
        io::{self, IoError},
    },
    log::{Level, Log, Record},
};
use bytes::Bytes;
use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

/// How many links may be in a path before it is taken for a circle (Go's limit).
const MAX_LINKS: usize = 255;
/// How deep folders may be: each level takes some of the stack.
const MAX_DIR_DEPTH: usize = 256;

/// From so many files on another thread reads them while the folders are walked through.
const FILES_FOR_A_THREAD: usize = 24;
/// Files of fewer bytes are read at once, needed or not.
const SIZE_TO_WAIT: u64 = 16 << 10;
/// The stack of a thread that reads files.
const READER_STACK: usize = 128 << 10;

/// A file that is to be read.
struct Found {
    path: PathBuf,
    /// Path inside the chart, with `/`.
    name: String,
    /// How many records had been logged when it was found.
    records: usize,
}

/// A walk through folders; what it finds goes to the [`Readers`].
struct Walk<'a> {
    rules: Rules,
    log: Vec<Record>,
    found: Vec<Arc<Found>>,
    sender: Sender<(usize, Arc<Found>)>,
    /// Called with the number of files found so far.
    counted: &'a mut dyn FnMut(usize),
}

/// All files of the folder at `top`, an absolute path.
pub(super) fn files(top: &Path, log: &mut dyn Log) -> Result<Vec<SourceFile>, LoadError> {
    let ignore_file = top.join(ignore::FILE_NAME);
    let text = if ignore_file.exists() { io::read(&ignore_file)? } else { Vec::new() };
    let rules = Rules::parse(&text)?;
    let (sender, receiver) = mpsc::channel();
    let readers = Readers { found: Mutex::new(receiver), bytes: AtomicU64::new(0) };
    let (found, records, walked, contents) = thread::scope(|scope| {
        let mut helper = None;
        let mut counted = |count| {
            if count == FILES_FOR_A_THREAD && thread::available_parallelism().is_ok_and(|n| n.get() > 1) {
                let thread = thread::Builder::new().stack_size(READER_STACK);
                // Where no thread can be had this one does it all.
                helper = thread.spawn_scoped(scope, || readers.work()).ok();
            }
        };
        let mut walk = Walk { rules, log: Vec::new(), found: Vec::new(), sender, counted: &mut counted };
        // A top that cannot be read is a chart without files: that it has no Chart.yaml is said later.
        let walked = entries(top).map_or(Ok(()), |entries| walk.entries(top, "", entries, 0));
        let Walk { log, found, sender, .. } = walk;
        drop(sender);
        let mut contents = readers.work();
        if let Some(helper) = helper {
            contents.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (found, log, walked, contents)
    });
    in_order(&found, records, contents, walked, log)
}

type Entry = (String, Kind);

/// The entries of a folder, sorted by their bytes.
fn entries(dir: &Path) -> Result<Vec<Entry>, IoError> {
    let entries = disk::entries(dir).map_err(IoError::of("open", dir))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(IoError::of("readdirent", dir))?;
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

impl Walk<'_> {
    fn entries(
        &mut self,
        dir: &Path,
        prefix: &str,
        entries: Vec<Entry>,
        depth: usize,
    ) -> Result<(), LoadError> {
        for (name, kind) in entries {
            let path = dir.join(&name);
            let inner = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let kind = if kind == Kind::Link { self.follow(&path)? } else { kind };
            self.visit(&path, inner, kind, depth)?;
        }
        Ok(())
    }

    fn visit(&mut self, path: &Path, name: String, kind: Kind, depth: usize) -> Result<(), LoadError> {
        if self.rules.ignores(&name, kind == Kind::Dir, &mut self.log) {
            return Ok(());
        }
        if kind == Kind::Dir {
            if depth >= MAX_DIR_DEPTH {
                return Err(LoadError::TooDeep);
            }
            return self.entries(path, &name, entries(path)?, depth + 1);
        }
        if kind != Kind::File {
            return Err(LoadError::Irregular(display(path)));
        }
        let found = Arc::new(Found { path: path.to_owned(), name, records: self.log.len() });
        // The readers go only when everything has been sent.
        let _ = self.sender.send((self.found.len(), found.clone()));
        self.found.push(found);
        (self.counted)(self.found.len());
        Ok(())
    }

    /// What a link leads to. Its use is logged, since it may show files from elsewhere.
    fn follow(&mut self, path: &Path) -> Result<Kind, LoadError> {
        let failed = |reason| LoadError::Symlink { path: display(path), reason };
        let resolved = fs::canonicalize(path).map_err(|error| failed(broken_link(path, &error)))?;
        self.log.record(
            Record::new(
                Level::Info,
                "found symbolic link in path. Contents of linked file included and used",
            )
            .with("path", display(path))
            .with("resolved", display(&resolved)),
        );
        Ok(disk::kind(&resolved).map_err(IoError::of("lstat", &resolved))?)
    }
}

/// Threads that read files in any order.
struct Readers {
    found: Mutex<Receiver<(usize, Arc<Found>)>>,
    /// What the files come to that have been opened.
    bytes: AtomicU64,
}

/// What became of a file, by its number.
type Outcome = (usize, Result<Opened, IoError>);

struct Opened {
    /// `None` where the chart is too large already.
    content: Option<Content>,
    size: u64,
    mod_time: Option<Moment>,
}

impl Readers {
    /// Reads files until all that were sent are read.
    fn work(&self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        loop {
            let next = self.found.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((number, found)) = next else { return outcomes };
            outcomes.push((number, self.open(&found)));
        }
    }

    fn open(&self, found: &Found) -> Result<Opened, IoError> {
        let file = disk::open(&found.path).map_err(IoError::of("open", &found.path))?;
        let metadata = file.metadata().map_err(IoError::of("stat", &found.path))?;
        let mod_time = metadata.modified().ok().map(Moment::from_system);
        let size = metadata.len();
        let opened = self.bytes.fetch_add(size, Ordering::Relaxed).saturating_add(size);
        if opened > MAX_CHART_SIZE {
            return Ok(Opened { content: None, size, mod_time });
        }
        if size >= SIZE_TO_WAIT && may_wait(&found.name) {
            return Ok(Opened { content: Some(Content::of_file(&found.path)), size, mod_time });
        }
        let (content, size) = read(found, file, size)?;
        Ok(Opened { content: Some(content), size, mod_time })
    }
}

/// Reads a file of about that size, and of one that grows meanwhile no more than a chart may have.
fn read(found: &Found, file: File, size: u64) -> Result<(Content, u64), IoError> {
    let data = disk::read(file, size, MAX_CHART_SIZE).map_err(IoError::of("read", &found.path))?;
    let size = data.len() as u64;
    Ok((without_mark(Bytes::from(data)).into(), size))
}

/// The files as one thread would have read them: what is logged and what fails comes in the order of the walk.
/// `walked` is how the walk ended.
fn in_order(
    found: &[Arc<Found>],
    records: Vec<Record>,
    mut outcomes: Vec<Outcome>,
    walked: Result<(), LoadError>,
    log: &mut dyn Log,
) -> Result<Vec<SourceFile>, LoadError> {
    outcomes.sort_unstable_by_key(|(number, _)| *number);
    let mut records = records.into_iter();
    let mut logged = 0;
    let mut remaining = MAX_CHART_SIZE;
    let mut files = Vec::with_capacity(found.len());
    for (found, (_, outcome)) in found.iter().zip(outcomes) {
        records.by_ref().take(found.records - logged).for_each(|record| log.record(record));
        logged = found.records;
        let failed = |error| LoadError::Reading(found.name.clone(), error);
        let opened = outcome.map_err(|error| failed(error.into()))?;
        remaining = remaining.checked_sub(opened.size).ok_or_else(|| failed(ReadError::TooLarge))?;
        // One that was not read is followed, or preceded, by the one that makes the chart too large.
        if let Some(data) = opened.content {
            files.push(SourceFile { name: found.name.clone(), data, mod_time: opened.mod_time });
        }
    }
    records.for_each(|record| log.record(record));
    walked.map(|()| files)
}

/// Whether a large file may wait until it is needed: it is neither a template nor one of those that say what the
/// chart is.
fn may_wait(name: &str) -> bool {
    const READ_AT_ONCE: &[&str] = &[
        "Chart.yaml",
        "Chart.lock",
        "values.yaml",
        "values.schema.json",
        "requirements.yaml",
        "requirements.lock",
    ];
    !is_template(name)
        && super::path::extension(name) != ".tgz"
        && !READ_AT_ONCE.contains(&super::path::base(name))
}

/// Why a link cannot be followed, naming the first path that is not there.
fn broken_link(link: &Path, error: &std::io::Error) -> String {
    if error.kind() != ErrorKind::NotFound {
        let is_circle = error.raw_os_error().is_some() && io::reason(error).contains("symbolic links");
        return if is_circle { "EvalSymlinks: too many links".to_owned() } else { io::reason(error) };
    }
    let mut path = link.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        let parent = path.parent().unwrap_or(Path::new("/"));
        let joined = parent.join(target);
        path = joined.to_str().map_or(joined.clone(), |text| super::path::clean(text).into());
    }
    let missing = path.ancestors().take_while(|part| fs::symlink_metadata(part).is_err()).last();
    format!("lstat {}: {}", missing.unwrap_or(&path).display(), io::reason(error))
}

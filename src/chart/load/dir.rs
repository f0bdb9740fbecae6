//! The files of a folder, in lexical order, links followed, without those that `.helmignore` names.

use super::{LoadError, MAX_CHART_SIZE, ReadError, SourceFile, display, without_mark};
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
    fs::{self, File, FileType},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};
use templates_engine::parallel;

/// How many links may be in a path before it is taken for a circle (Go's limit).
const MAX_LINKS: usize = 255;
/// How deep folders may be: each level takes some of the stack.
const MAX_DIR_DEPTH: usize = 256;

/// Files of fewer bytes for each thread are read sooner than another thread is started.
const BYTES_PER_THREAD: usize = 512 << 10;
/// Files of fewer bytes are read at once, needed or not.
const SIZE_TO_WAIT: u64 = 16 << 10;
/// The stack of a thread that reads files.
const READER_STACK: usize = 128 << 10;

/// A file that is to be read.
struct Found {
    path: PathBuf,
    /// Path inside the chart, with `/`.
    name: String,
    size: u64,
    mod_time: Option<Moment>,
    /// How many records had been logged when it was found.
    records: usize,
}

/// What a walk through folders finds. Files are read behind it, several at a time.
struct Walk {
    rules: Rules,
    log: Vec<Record>,
    found: Vec<Found>,
    /// How many bytes there may still be.
    remaining: u64,
}

/// All files of the folder at `top`, an absolute path.
pub(super) fn files(top: &Path, log: &mut dyn Log) -> Result<Vec<SourceFile>, LoadError> {
    let ignore_file = top.join(ignore::FILE_NAME);
    let text = if ignore_file.exists() { io::read(&ignore_file)? } else { Vec::new() };
    let rules = Rules::parse(&text)?;
    let mut walk = Walk { rules, log: Vec::new(), found: Vec::new(), remaining: MAX_CHART_SIZE };
    // A top that cannot be read is a chart without files: that it has no Chart.yaml is said later.
    let walked = entries(top).map_or(Ok(()), |entries| walk.entries(top, "", entries, 0));
    walk.read(walked, log)
}

type Entry = (String, FileType);

/// The entries of a folder, sorted by their bytes.
fn entries(dir: &Path) -> Result<Vec<Entry>, IoError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(IoError::of("open", dir))? {
        let entry = entry.map_err(IoError::of("readdirent", dir))?;
        let kind = entry.file_type().map_err(IoError::of("lstat", dir))?;
        entries.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

impl Walk {
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
            let kind = if kind.is_symlink() { self.follow(&path)? } else { kind };
            self.visit(&path, inner, kind, depth)?;
        }
        Ok(())
    }

    fn visit(&mut self, path: &Path, name: String, kind: FileType, depth: usize) -> Result<(), LoadError> {
        if self.rules.ignores(&name, kind.is_dir(), &mut self.log) {
            return Ok(());
        }
        if kind.is_dir() {
            if depth >= MAX_DIR_DEPTH {
                return Err(LoadError::TooDeep);
            }
            return self.entries(path, &name, entries(path)?, depth + 1);
        }
        if !kind.is_file() {
            return Err(LoadError::Irregular(display(path)));
        }
        let metadata = fs::metadata(path).map_err(IoError::of("open", path));
        let metadata = metadata.map_err(|error| LoadError::Reading(name.clone(), error.into()))?;
        let size = metadata.len();
        match self.remaining.checked_sub(size) {
            Some(remaining) => self.remaining = remaining,
            None => return Err(LoadError::Reading(name, ReadError::TooLarge)),
        }
        let mod_time = metadata.modified().ok().map(Moment::from_system);
        let records = self.log.len();
        self.found.push(Found { path: path.to_owned(), name, size, mod_time, records });
        Ok(())
    }

    /// What a link leads to. Its use is logged, since it may show files from elsewhere.
    fn follow(&mut self, path: &Path) -> Result<FileType, LoadError> {
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
        let kind = fs::symlink_metadata(&resolved).map_err(IoError::of("lstat", &resolved))?.file_type();
        Ok(kind)
    }

    /// The content of what was found. What is logged and what fails comes in the order of the walk, however the
    /// files are read; `walked` is how the walk ended.
    fn read(self, walked: Result<(), LoadError>, log: &mut dyn Log) -> Result<Vec<SourceFile>, LoadError> {
        let size = usize::try_from(MAX_CHART_SIZE - self.remaining).unwrap_or(usize::MAX);
        let contents = parallel::map(&self.found, size, BYTES_PER_THREAD, READER_STACK, read);
        let mut records = self.log.into_iter();
        let mut logged = 0;
        let mut remaining = MAX_CHART_SIZE;
        let mut files = Vec::with_capacity(contents.len());
        for (found, content) in self.found.into_iter().zip(contents) {
            records.by_ref().take(found.records - logged).for_each(|record| log.record(record));
            logged = found.records;
            let (data, size) = match content {
                Ok(content) => content,
                Err(error) => return Err(LoadError::Reading(found.name, error.into())),
            };
            // A file may have grown since it was found.
            let Some(rest) = remaining.checked_sub(size) else {
                return Err(LoadError::Reading(found.name, ReadError::TooLarge));
            };
            remaining = rest;
            files.push(SourceFile { name: found.name, data, mod_time: found.mod_time });
        }
        records.for_each(|record| log.record(record));
        walked.map(|()| files)
    }
}

/// Whether a file may wait until it is needed: it is large, and neither a template nor one of those that say what
/// the chart is.
fn may_wait(found: &Found) -> bool {
    const READ_AT_ONCE: &[&str] = &[
        "Chart.yaml",
        "Chart.lock",
        "values.yaml",
        "values.schema.json",
        "requirements.yaml",
        "requirements.lock",
    ];
    let name = found.name.as_str();
    found.size >= SIZE_TO_WAIT
        && !name.starts_with("templates/")
        && !name.contains("/templates/")
        && super::path::extension(name) != ".tgz"
        && !READ_AT_ONCE.contains(&super::path::base(name))
}

/// Reads a file, and of one that grows meanwhile no more than a chart may have: its content and size.
fn read(found: &Found) -> Result<(Content, u64), IoError> {
    if may_wait(found) {
        return Ok((Content::of_file(&found.path)?, found.size));
    }
    let file = File::open(&found.path).map_err(IoError::of("open", &found.path))?;
    // With room for one more byte, one call both fills the buffer and finds the end.
    let room = usize::try_from(found.size).unwrap_or_default() + 1;
    let mut data = Vec::with_capacity(room);
    let mut file = file.take(MAX_CHART_SIZE + 1);
    file.read_to_end(&mut data).map_err(IoError::of("read", &found.path))?;
    let size = data.len() as u64;
    Ok((without_mark(Bytes::from(data)).into(), size))
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

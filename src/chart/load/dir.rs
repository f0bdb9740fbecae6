//! The files of a folder, in lexical order, links followed, without those that `.helmignore` names.

use super::{LoadError, MAX_CHART_SIZE, ReadError, SourceFile, display, without_mark};
use crate::{
    chart::{
        Moment,
        ignore::{self, Rules},
        io::{self, IoError},
    },
    log::{Level, Log, Record},
};
use bytes::Bytes;
use std::{
    fs::{self, File, FileType},
    io::{ErrorKind, Read},
    path::Path,
};

/// How many links may be in a path before it is taken for a circle (Go's limit).
const MAX_LINKS: usize = 255;
/// How deep folders may be: each level takes some of the stack.
const MAX_DIR_DEPTH: usize = 256;

struct Walk<'a> {
    rules: Rules,
    log: &'a mut dyn Log,
    files: Vec<SourceFile>,
    remaining: u64,
}

/// All files of the folder at `top`, an absolute path.
pub(super) fn files(top: &Path, log: &mut dyn Log) -> Result<Vec<SourceFile>, LoadError> {
    let ignore_file = top.join(ignore::FILE_NAME);
    let text = if ignore_file.exists() { io::read(&ignore_file)? } else { Vec::new() };
    let mut walk = Walk { rules: Rules::parse(&text)?, log, files: Vec::new(), remaining: MAX_CHART_SIZE };
    // A top that cannot be read is a chart without files: that it has no Chart.yaml is said later.
    if let Ok(entries) = entries(top) {
        walk.entries(top, "", entries, 0)?;
    }
    Ok(walk.files)
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
            let kind = if kind.is_symlink() { self.follow(&path)? } else { kind };
            self.visit(&path, inner, kind, depth)?;
        }
        Ok(())
    }

    fn visit(&mut self, path: &Path, name: String, kind: FileType, depth: usize) -> Result<(), LoadError> {
        if self.rules.ignores(&name, kind.is_dir(), self.log) {
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
        let file = self.read(path, name)?;
        self.files.push(file);
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

    fn read(&mut self, path: &Path, name: String) -> Result<SourceFile, LoadError> {
        let attempt = |limit: u64| -> Result<(Vec<u8>, Option<Moment>), ReadError> {
            let file = File::open(path).map_err(IoError::of("open", path))?;
            let metadata = file.metadata().map_err(IoError::of("stat", path))?;
            if metadata.len() > limit {
                return Err(ReadError::TooLarge);
            }
            let capacity = usize::try_from(metadata.len()).unwrap_or_default();
            let mut data = Vec::with_capacity(capacity);
            // One byte more shows a file that grows while it is read.
            file.take(limit + 1).read_to_end(&mut data).map_err(IoError::of("read", path))?;
            if data.len() as u64 > limit {
                return Err(ReadError::TooLarge);
            }
            Ok((data, metadata.modified().ok().map(Moment::from_system)))
        };
        match attempt(self.remaining) {
            Ok((data, mod_time)) => {
                self.remaining -= data.len() as u64;
                Ok(SourceFile { name, data: without_mark(Bytes::from(data)), mod_time })
            }
            Err(error) => Err(LoadError::Reading(name, error)),
        }
    }
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

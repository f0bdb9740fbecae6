//! The files of a gzipped tar archive.
//!
//! Members are never written to disk; their names are checked all the same, as names of charts'
//! files end up in paths. Links have no content here and lead nowhere.

use super::{
    MAX_CHART_SIZE, SourceFile,
    gunzip::{Unzipped, gunzip},
    path, without_mark,
};
use crate::chart::Moment;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use std::io::{self, ErrorKind, Read};
use tar::{Archive, Entry};
use templates_engine::quote::quoted;

/// How much an archive may unpack to, headers and all: a bound on archives of empty files.
pub const MAX_STREAM_SIZE: u64 = MAX_CHART_SIZE + 64 * 1024 * 1024;

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not gzip.
    #[error("gzip: invalid header")]
    Header,
    /// It ends too early.
    #[error("unexpected EOF")]
    Truncated,
    /// A tar header that makes no sense.
    #[error("archive/tar: invalid tar header")]
    Tar,
    /// The compressed stream is damaged.
    #[error("{0}")]
    Corrupt(String),
    /// A member named like a path from the root.
    #[error("chart illegally contains absolute paths")]
    Absolute,
    /// A member outside the chart's folder.
    #[error("chart illegally contains content outside the base directory: {}", quoted(.0))]
    OutsideBase(Vec<u8>),
    /// A member above the chart's folder.
    #[error("chart illegally references parent directory")]
    Parent,
    /// A member named like a Windows drive.
    #[error("chart contains illegally named files")]
    IllegalName,
    /// `Chart.yaml` at the top of the archive.
    #[error("chart yaml not in base directory")]
    ChartYamlAtTop,
    /// Too much content.
    #[error("decompressed chart is larger than the maximum size {MAX_CHART_SIZE}")]
    TooLarge,
    /// An archive inside the chart unpacks to too much.
    #[error("the archives in charts/ unpack to more than {} bytes", super::MAX_NESTED_SIZE)]
    NestedTooLarge,
    /// Nothing in it.
    #[error("no files in chart archive")]
    Empty,
}

/// Reads all files of an archive, in its order; the first part of their names is cut off.
///
/// # Errors
/// When the stream is damaged, too large, or has a member with a name that leads elsewhere.
pub fn archive_files(mut reader: impl Read) -> Result<Vec<SourceFile>, ArchiveError> {
    let mut stream = Vec::new();
    let read = reader.by_ref().take(MAX_STREAM_SIZE + 1).read_to_end(&mut stream);
    read.map_err(|error| stream_error(&error))?;
    if stream.len() as u64 > MAX_STREAM_SIZE {
        return Err(ArchiveError::TooLarge);
    }
    let mut gzip = Bounded { inner: MultiGzDecoder::new(stream.as_slice()), remaining: MAX_STREAM_SIZE };
    let files = tar_files(&mut gzip);
    match files {
        // The fast decoder copies from before the beginning; only the checksum tells.
        Ok(files) if drained(&mut gzip) => Ok(files),
        Ok(_) | Err(ArchiveError::Truncated | ArchiveError::Tar | ArchiveError::Corrupt(_)) => {
            carefully(&stream)
        }
        Err(error) => Err(error),
    }
}

/// Reads to the end, and says whether the stream is sound (or too long to tell).
fn drained(stream: &mut impl Read) -> bool {
    let end = io::copy(stream, &mut io::sink()).map_err(|error| stream_error(&error));
    matches!(end, Ok(_) | Err(ArchiveError::TooLarge))
}

/// Reads a damaged archive again, and says what is wrong with it in Go's words.
fn carefully(stream: &[u8]) -> Result<Vec<SourceFile>, ArchiveError> {
    let Unzipped { data, error } = gunzip(stream)?;
    let mut ending = Ending { data: data.as_slice(), fails: error.is_some(), failed: false };
    let outcome = tar_files(&mut ending);
    match error {
        Some(error) if ending.failed => Err(error),
        _ => outcome,
    }
}

/// What could be decoded, and then the error if there was one.
struct Ending<'d> {
    data: &'d [u8],
    fails: bool,
    failed: bool,
}

impl Read for Ending<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.data.read(buffer)? {
            0 if self.fails && !buffer.is_empty() => {
                self.failed = true;
                Err(io::Error::other("the stream is damaged"))
            }
            got => Ok(got),
        }
    }
}

fn tar_files(stream: impl Read) -> Result<Vec<SourceFile>, ArchiveError> {
    let mut archive = Archive::new(stream);
    let mut files = Vec::new();
    let mut remaining = MAX_CHART_SIZE;
    for entry in archive.entries().map_err(|error| stream_error(&error))? {
        let mut entry = entry.map_err(|error| stream_error(&error))?;
        if is_dir(&entry) || entry.header().entry_type().is_pax_global_extensions() {
            continue;
        }
        let name = member_name(&entry.path_bytes())?;
        let data = content(&mut entry, &mut remaining)?;
        files.push(SourceFile { name, data: data.into(), mod_time: mod_time(&mut entry) });
    }
    second_end(&mut archive.into_inner())?;
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

/// Go reads one block more after the zeros that end an archive: it must be zeros too, or not there at all.
fn second_end(stream: &mut impl Read) -> Result<(), ArchiveError> {
    const BLOCK: u64 = 512;
    let mut block = Vec::new();
    stream.take(BLOCK).read_to_end(&mut block).map_err(|error| stream_error(&error))?;
    match block.len() as u64 {
        0 => Ok(()),
        BLOCK if block.iter().all(|byte| *byte == 0) => Ok(()),
        BLOCK => Err(ArchiveError::Tar),
        _ => Err(ArchiveError::Truncated),
    }
}

/// The name inside the chart, or why there can be none.
fn member_name(raw: &[u8]) -> Result<String, ArchiveError> {
    let whole = String::from_utf8_lossy(raw);
    let delimiter = if whole.contains('\\') { '\\' } else { '/' };
    let (top, rest) = whole.split_once(delimiter).unwrap_or((&whole, ""));
    let name = if delimiter == '\\' { rest.replace('\\', "/") } else { rest.to_owned() };
    if name.starts_with('/') {
        return Err(ArchiveError::Absolute);
    }
    let name = path::clean(&name);
    if name == "." {
        return Err(ArchiveError::OutsideBase(raw.to_vec()));
    }
    if name.starts_with("..") {
        return Err(ArchiveError::Parent);
    }
    if matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic()) {
        return Err(ArchiveError::IllegalName);
    }
    if top == "Chart.yaml" {
        return Err(ArchiveError::ChartYamlAtTop);
    }
    Ok(name)
}

fn content(entry: &mut Entry<'_, impl Read>, remaining: &mut u64) -> Result<Bytes, ArchiveError> {
    let size = entry.size();
    if size > *remaining {
        return Err(ArchiveError::TooLarge);
    }
    let mut data = Vec::new();
    let kind = entry.header().entry_type();
    if !(kind.is_hard_link() || kind.is_symlink()) {
        entry.take(*remaining).read_to_end(&mut data).map_err(|error| stream_error(&error))?;
        if (data.len() as u64) < size {
            return Err(ArchiveError::Truncated);
        }
    }
    *remaining -= data.len() as u64;
    if *remaining == 0 {
        return Err(ArchiveError::TooLarge);
    }
    Ok(without_mark(Bytes::from(data)))
}

/// Whether Go's `FileInfo` of the header is that of a folder.
fn is_dir(entry: &Entry<'_, impl Read>) -> bool {
    const DIR_BITS: u32 = 0o040_000;
    const OLD_REGULAR: u8 = 0;
    const TYPE_AT: usize = 156;
    let header = entry.header();
    let mode = header.mode().unwrap_or_default();
    header.entry_type().is_dir()
        || mode & !0o7777 == DIR_BITS
        || (header.as_bytes()[TYPE_AT] == OLD_REGULAR && entry.path_bytes().ends_with(b"/"))
}

fn mod_time(entry: &mut Entry<'_, impl Read>) -> Option<Moment> {
    let seconds = entry.header().mtime().ok()?;
    let mut moment = Moment::from_unix(i64::try_from(seconds).ok()?);
    for extension in entry.pax_extensions().ok().flatten().into_iter().flatten().flatten() {
        let seconds = extension.value().ok().filter(|_| extension.key() == Ok("mtime"));
        let whole = seconds.and_then(|text| text.split('.').next()?.parse().ok());
        moment = whole.map_or(moment, Moment::from_unix);
    }
    Some(moment)
}

fn stream_error(error: &io::Error) -> ArchiveError {
    let text = error.to_string();
    if error.get_ref().is_some_and(|inner| inner.is::<StreamTooLarge>()) || text.contains(STREAM_TOO_LARGE) {
        return ArchiveError::TooLarge;
    }
    // The tar crate has no kinds for these.
    if error.kind() == ErrorKind::UnexpectedEof || text.contains("failed to read entire block") {
        return ArchiveError::Truncated;
    }
    match error.kind() {
        // Which of these it is, the careful reading finds out.
        ErrorKind::InvalidInput | ErrorKind::InvalidData
            if text.contains("deflate") || text.contains("gzip") =>
        {
            ArchiveError::Corrupt("flate: corrupt input".to_owned())
        }
        _ => ArchiveError::Tar,
    }
}

const STREAM_TOO_LARGE: &str = "the archive unpacks to too much";

#[derive(Debug, thiserror::Error)]
#[error("{STREAM_TOO_LARGE}")]
struct StreamTooLarge;

/// A reader that fails when it has given too much.
struct Bounded<R> {
    inner: R,
    remaining: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.remaining = self.remaining.checked_sub(got as u64).ok_or(io::Error::other(StreamTooLarge))?;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    use tar::{Builder, EntryType, Header};

    fn header(name: &str, size: u64, kind: EntryType) -> Header {
        let mut header = Header::new_gnu();
        // The builder would refuse such names: they are written as they are.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o644);
        header.set_size(size);
        header.set_entry_type(kind);
        header.set_cksum();
        header
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(data).expect("memory takes all");
        gzip.finish().expect("memory takes all")
    }

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (name, data) in members {
            builder.append(&header(name, data.len() as u64, EntryType::Regular), *data).expect("it fits");
        }
        gzip(&builder.into_inner().expect("it ends"))
    }

    fn error(data: &[u8]) -> String {
        archive_files(data).expect_err("it is refused").to_string()
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let parent = "chart illegally references parent directory";
        let absolute = "chart illegally contains absolute paths";
        let named = "chart contains illegally named files";
        let cases = [
            ("../../malformed", parent),
            ("/foo/../../malformed", parent),
            ("./../../malformed", parent),
            ("a/..b", parent),
            ("\\..\\..\\foo", parent),
            ("//foo", absolute),
            ("\\\\foo", absolute),
            ("\\\\?\\Some\\windows\\magic", absolute),
            ("\\.\\c:\\\\foo", named),
            ("/./c://foo", named),
            ("Chart.yaml/x", "chart yaml not in base directory"),
            ("./.", "chart illegally contains content outside the base directory: \"./.\""),
            ("bare", "chart illegally contains content outside the base directory: \"bare\""),
        ];
        for (name, wanted) in cases {
            assert_eq!(error(&archive(&[(name, b"hello: world")])), wanted, "{name}");
        }
    }

    #[test]
    fn the_first_part_is_cut_off_and_backslashes_are_turned() {
        let files = archive_files(&*archive(&[("/x", b"1"), ("c:\\a\\b", b"2"), ("c/./d//e", b"3")]));
        let names: Vec<String> = files.expect("it is sound").into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["x", "a/b", "d/e"]);
    }

    #[test]
    fn members_with_one_name_are_all_kept() {
        let files = archive_files(&*archive(&[("c/a", b"1"), ("c/a", b"2")])).expect("it is sound");
        assert_eq!(
            files.iter().map(|file| file.data.bytes().expect("it is held")).collect::<Vec<_>>(),
            ["1", "2"]
        );
    }

    #[test]
    fn links_are_empty_files() {
        let mut builder = Builder::new(Vec::new());
        for kind in [EntryType::Symlink, EntryType::Link] {
            let mut header = header("c/values.yaml", 0, kind);
            header.set_link_name("/etc/passwd").expect("it fits");
            header.set_cksum();
            builder.append(&header, &[][..]).expect("it fits");
        }
        let files = archive_files(&*gzip(&builder.into_inner().expect("it ends"))).expect("it is sound");
        assert!(files.iter().all(|file| file.data == crate::chart::Content::default()) && files.len() == 2);
    }

    #[test]
    fn a_member_that_says_it_is_huge_is_refused_unread() {
        let mut data = header("c/a", 1 << 40, EntryType::Regular).as_bytes().to_vec();
        data.extend([0; 1024]);
        assert_eq!(error(&gzip(&data)), "decompressed chart is larger than the maximum size 104857600");
    }

    #[test]
    fn a_bomb_is_refused_after_the_limit() {
        let zeros = vec![0_u8; 60 << 20];
        let bomb = archive(&[("c/a", &zeros), ("c/b", &zeros)]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(error(&bomb), "decompressed chart is larger than the maximum size 104857600");
    }

    #[test]
    fn an_endless_run_of_empty_members_is_refused() {
        struct Endless([u8; 512], usize);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                for byte in &mut *buffer {
                    *byte = self.0[self.1 % 512];
                    self.1 += 1;
                }
                Ok(buffer.len())
            }
        }
        let header = header("c/a", 0, EntryType::Directory);
        let plain = Endless(*header.as_bytes(), 0).take(MAX_STREAM_SIZE + 1024);
        let endless = flate2::read::GzEncoder::new(plain, Compression::fast());
        let result = archive_files(endless).expect_err("it is refused");
        assert!(matches!(result, ArchiveError::TooLarge), "{result}");
    }

    #[test]
    fn what_is_broken_is_named() {
        assert_eq!(error(b"no gzip at all, but long enough"), "gzip: invalid header");
        assert_eq!(error(&[0x1f, 0x8b, 8]), "unexpected EOF");
        assert_eq!(error(&gzip(b"\n")), "unexpected EOF");
        assert_eq!(error(&gzip(&[0; 1024])), "no files in chart archive");
        assert_eq!(error(&gzip(&[7; 1024])), "archive/tar: invalid tar header");
        let whole = archive(&[("c/a", &[b'x'; 4096])]);
        assert_eq!(error(&whole[..whole.len() / 2]), "unexpected EOF");
    }

    #[test]
    fn a_byte_order_mark_is_cut_off() {
        let files = archive_files(&*archive(&[("c/a", b"\xef\xbb\xbfa")])).expect("it is sound");
        assert_eq!(files[0].data, "a".into());
    }
}

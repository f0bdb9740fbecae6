//! Tar archives with the very headers that Go's `archive/tar` writes: ustar where a name fits, an
//! extended header (PAX) before it otherwise.

use super::SaveError;
use crate::chart::{Moment, io::IoError, path};
use std::io::{self, Write};

const BLOCK: usize = 512;
const NAME_LEN: usize = 100;
const PREFIX_LEN: usize = 155;
/// The largest number in eleven octal digits.
const MAX_OCTAL: i64 = 0o77_777_777_777;
/// How many bytes of a name an extended header takes (Go's limit of such records is 1 MiB).
const MAX_NAME: usize = 1 << 16;

/// Writes members one after the other.
pub(super) struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds a regular file with mode 0644.
    pub(super) fn file(&mut self, name: &str, data: &[u8], time: Moment) -> Result<(), SaveError> {
        let size = i64::try_from(data.len()).unwrap_or(i64::MAX);
        let seconds = time.tar_seconds();
        if size > MAX_OCTAL || !(0..=MAX_OCTAL).contains(&seconds) {
            return Err(SaveError::Header("time or size out of range".to_owned()));
        }
        if name.contains('\0') || name.len() > MAX_NAME {
            return Err(SaveError::Header("invalid name".to_owned()));
        }
        let fields = Fields { mode: 0o644, size, seconds, kind: b'0' };
        let header = if let Some((prefix, name)) = split(name) {
            fields.block(name, prefix)
        } else {
            self.extended(name).map_err(failed(name))?;
            fields.block(&ascii(name), "")
        };
        self.block(&header, data).map_err(failed(name))
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }

    /// The extended header that holds a name in full.
    fn extended(&mut self, name: &str) -> io::Result<()> {
        let record = record("path", name);
        let (dir, file) = name.rsplit_once('/').map_or(("", name), |(dir, file)| (dir, file));
        let own = path::join(dir, &format!("PaxHeaders.0/{file}"));
        let size = i64::try_from(record.len()).unwrap_or(i64::MAX);
        let own = ascii(&own);
        let own = own.get(..NAME_LEN).unwrap_or(&own).trim_end_matches('/');
        self.block(&Fields { mode: 0, size, seconds: 0, kind: b'x' }.block(own, ""), record.as_bytes())
    }

    fn block(&mut self, header: &[u8; BLOCK], data: &[u8]) -> io::Result<()> {
        self.out.write_all(header)?;
        self.out.write_all(data)?;
        let padding = data.len().next_multiple_of(BLOCK) - data.len();
        self.out.write_all(&[0; BLOCK][..padding])
    }
}

fn failed(name: &str) -> impl FnOnce(io::Error) -> SaveError {
    let path = name.into();
    move |error| SaveError::Io(IoError { operation: "write", path, error })
}

struct Fields {
    mode: i64,
    size: i64,
    seconds: i64,
    kind: u8,
}

impl Fields {
    fn block(&self, name: &str, prefix: &str) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        text(&mut block[..NAME_LEN], name);
        octal(&mut block[100..108], self.mode);
        octal(&mut block[108..116], 0);
        octal(&mut block[116..124], 0);
        octal(&mut block[124..136], self.size);
        octal(&mut block[136..148], self.seconds);
        block[156] = self.kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        if self.kind == b'0' {
            octal(&mut block[329..337], 0);
            octal(&mut block[337..345], 0);
        }
        text(&mut block[345..345 + PREFIX_LEN], prefix);
        block[148..156].fill(b' ');
        let sum: i64 = block.iter().map(|&b| i64::from(b)).sum();
        octal(&mut block[148..155], sum);
        block
    }
}

fn text(field: &mut [u8], text: &str) {
    let len = text.len().min(field.len());
    field[..len].copy_from_slice(&text.as_bytes()[..len]);
}

/// Octal digits that fill the field but for a zero byte.
fn octal(field: &mut [u8], number: i64) {
    let digits = format!("{number:0width$o}", width = field.len() - 1);
    field[..digits.len()].copy_from_slice(digits.as_bytes());
    field[digits.len()..].fill(0);
}

/// A name as ustar's prefix and name, if it fits.
fn split(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= NAME_LEN {
        return Some(("", name));
    }
    let end = if name.len() > PREFIX_LEN + 1 {
        PREFIX_LEN + 1
    } else {
        name.len() - usize::from(name.ends_with('/'))
    };
    let at = name[..end].rfind('/').filter(|&at| at > 0 && at <= PREFIX_LEN)?;
    let rest = &name[at + 1..];
    (!rest.is_empty() && rest.len() <= NAME_LEN).then_some((&name[..at], rest))
}

/// Only the name's ASCII characters.
fn ascii(name: &str) -> String {
    name.chars().filter(char::is_ascii).collect()
}

/// `LEN key=value\n`, where LEN counts itself.
fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut len = rest.len();
    while len != rest.len() + len.to_string().len() {
        len = rest.len() + len.to_string().len();
    }
    format!("{len}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_and_kind_are_read_back() {
        let names = [
            "c/a".to_owned(),
            format!("c/{}", "a".repeat(98)),
            format!("c/{}/{}", "d".repeat(80), "a".repeat(90)),
            format!("c/{}", "a".repeat(300)),
            "c/é/☺.yaml".to_owned(),
        ];
        let mut writer = Writer::new(Vec::new());
        for name in &names {
            writer.file(name, name.as_bytes(), Moment::from_unix(1)).expect(name);
        }
        let data = writer.finish().expect("memory takes all");
        assert_eq!(data.len() % BLOCK, 0);
        let mut archive = ::tar::Archive::new(&*data);
        let read: Vec<String> = archive
            .entries()
            .expect("it is an archive")
            .map(|entry| String::from_utf8_lossy(&entry.expect("it is sound").path_bytes()).into_owned())
            .collect();
        assert_eq!(read, names);
    }

    #[test]
    fn a_record_counts_itself() {
        assert_eq!(record("path", "a"), "9 path=a\n");
        assert_eq!(record("path", "ab"), "11 path=ab\n");
        assert_eq!(record("path", &"a".repeat(90)).len(), 99);
    }
}

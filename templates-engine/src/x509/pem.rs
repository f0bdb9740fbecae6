//! PEM blocks, as encoding/pem finds and writes them.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// A block's type and content.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const LINE: usize = 64;

/// The first well-formed block; what is malformed is passed over.
pub(crate) fn decode(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest: &str = &text;
    loop {
        let start = rest.find(BEGIN)?;
        let at_line = start == 0 || rest.as_bytes()[start - 1] == b'\n';
        rest = &rest[start + BEGIN.len()..];
        if at_line && let Some(block) = block(rest) {
            return Some(block);
        }
    }
}

/// A block from behind `-----BEGIN ` on.
fn block(text: &str) -> Option<Block> {
    let (first, body) = text.split_once('\n')?;
    let kind = first.trim_end().strip_suffix(DASHES)?;
    let (body, tail) = body.split_once(END)?;
    if !body.is_empty() && !body.ends_with('\n') {
        return None;
    }
    let line = tail.split('\n').next()?.trim_end();
    if line.strip_suffix(DASHES)? != kind {
        return None;
    }
    // Headers end with an empty line.
    let headers = body.lines().take_while(|line| line.contains(':')).count();
    let encoded: String = body.lines().skip(headers).flat_map(|line| line.split_ascii_whitespace()).collect();
    Some(Block { kind: kind.to_owned(), bytes: BASE64_STANDARD.decode(encoded).ok()? })
}

/// A block with lines of 64 characters.
pub(crate) fn encode(kind: &str, bytes: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(bytes);
    let mut out = format!("{BEGIN}{kind}{DASHES}\n");
    let mut rest: &str = &encoded;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("{END}{kind}{DASHES}\n"));
    out
}

//! `base64.StdEncoding.DecodeString`, with Go's errors.

use crate::funcs::encoding::digit64;

/// Decodes; newlines do not count.
///
/// # Errors
/// Go's text, with the position of the first wrong byte.
pub(in crate::funcs) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut at) = (Vec::with_capacity(4), 0);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match digit64(byte) {
            Some(digit) => group.push(digit),
            None if is_newline(byte) => continue,
            None if byte != b'=' || group.len() < 2 => return Err(corrupt(at - 1)),
            None => {
                padding(text, at, 4 - group.len()).map_err(corrupt)?;
                flush(&group, &mut out);
                return Ok(out);
            }
        }
        if group.len() == 4 {
            flush(&group, &mut out);
            group.clear();
        }
    }
    if group.is_empty() { Ok(out) } else { Err(corrupt(text.len() - group.len())) }
}

/// What follows the first `=`: the second one if two are needed, and then only newlines.
fn padding(text: &[u8], mut at: usize, needed: usize) -> Result<(), usize> {
    let skip = |at: usize| at + text[at..].iter().take_while(|&&b| is_newline(b)).count();
    at = skip(at);
    if needed == 2 {
        match text.get(at) {
            None => return Err(text.len()),
            Some(b'=') => at = skip(at + 1),
            Some(_) => return Err(at - 1),
        }
    }
    if at < text.len() { Err(at) } else { Ok(()) }
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn flush(group: &[u8], out: &mut Vec<u8>) {
    let bits =
        group.iter().fold(0u32, |bits, &digit| bits << 6 | u32::from(digit)) << (6 * (4 - group.len()));
    out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
}

//! `strconv.Quote`: how Go's error texts show the strings they complain about.

use std::fmt::Write as _;

/// The text in double quotes, with Go's escapes; bytes that are not UTF-8 become `\xNN`.
pub fn quoted(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_escaped(&mut out, c));
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("a String takes all");
        }
    }
    out.push('"');
    out
}

/// The text, with U+FFFD for each single byte that is not UTF-8, as `encoding/json` has it.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

fn push_escaped(out: &mut String, c: char) {
    let short = match c {
        '"' | '\\' => Some(c),
        '\x07' => Some('a'),
        '\x08' => Some('b'),
        '\x0c' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\x0b' => Some('v'),
        _ => None,
    };
    let code = u32::from(c);
    match short {
        Some(letter) => {
            out.push('\\');
            out.push(letter);
            Ok(())
        }
        None if is_print(c) => {
            out.push(c);
            Ok(())
        }
        None if code < 0x80 => write!(out, "\\x{code:02x}"),
        None if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
        None => write!(out, "\\U{code:08x}"),
    }
    .expect("a String takes all");
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(c: char) -> bool {
    // Rust's Debug escapes what is not printable; combining marks only where they come first.
    c.is_ascii_graphic()
        || c == ' '
        || (!c.is_ascii() && ['a', c].iter().collect::<String>().escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn combining_marks_stay_and_invisible_characters_are_escaped() {
        let text = "a\u{301}\u{a0}\u{feff}é\u{7f}\u{e0001}\n\"";
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0xff);
        assert_eq!(quoted(&bytes), "\"a\u{301}\\u00a0\\ufeffé\\x7f\\U000e0001\\n\\\"\\xff\"");
    }
}

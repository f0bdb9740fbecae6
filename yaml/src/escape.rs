//! Characters in double quotes, as both of go-yaml's emitters write them.

/// A character's escape sequence.
pub(super) fn escaped(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0B' => 'v',
        '\x0C' => 'f',
        '\r' => 'r',
        '\x1B' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{A0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let value = u32::from(c);
            return match value {
                0..=0xFF => format!("\\x{value:02X}"),
                0x100..=0xFFFF => format!("\\u{value:04X}"),
                _ => format!("\\U{value:08X}"),
            };
        }
    };
    String::from_iter(['\\', short])
}

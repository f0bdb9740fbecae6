//! Media types by the first bytes, as Go's `http.DetectContentType` tells them (mimesniff.spec.whatwg.org).

/// How many bytes are looked at.
pub(super) const LEN: usize = 512;
/// What a gzip stream begins with.
pub(super) const GZIP: &[u8] = b"\x1f\x8b\x08";

const HTML: &[&str] = &[
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

/// First bytes and types; a `.` stands for any byte.
const KINDS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff..", "text/plain; charset=utf-16be"),
    (b"\xff\xfe..", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf.", "text/plain; charset=utf-8"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x00\x00\x02\x00", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF....WEBPVP", "image/webp"),
    (b"\x89PNG\x0d\x0a\x1a\x0a", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"FORM....AIFF", "audio/aiff"),
    (b"ID3", "audio/mpeg"),
    (b"OggS\x00", "application/ogg"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"RIFF....AVI ", "video/avi"),
    (b"RIFF....WAVE", "audio/wave"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"..................................LP", "application/vnd.ms-fontobject"),
    (b"\x00\x01\x00\x00", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"ttcf", "font/collection"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (GZIP, "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\x00", "application/x-rar-compressed"),
    (b"\x00asm", "application/wasm"),
];

/// The type of what begins with these bytes.
pub(super) fn media_type(head: &[u8]) -> &'static str {
    let blank = |b: &u8| matches!(b, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let text = &head[head.iter().position(|b| !blank(b)).unwrap_or(head.len())..];
    if HTML.iter().any(|tag| is_tag(text, tag.as_bytes())) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let fits = |pattern: &[u8]| {
        head.len() >= pattern.len()
            && pattern.iter().zip(head).all(|(&wanted, &b)| wanted == b'.' || wanted == b)
    };
    if is_mp4(head) {
        return "video/mp4";
    }
    if let Some((_, kind)) = KINDS.iter().find(|(pattern, _)| fits(pattern)) {
        return kind;
    }
    let binary = |&b: &u8| matches!(b, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if text.iter().any(binary) { "application/octet-stream" } else { "text/plain; charset=utf-8" }
}

fn is_tag(text: &[u8], tag: &[u8]) -> bool {
    text.len() > tag.len()
        && text[..tag.len()].eq_ignore_ascii_case(tag)
        && matches!(text[tag.len()], b' ' | b'>')
}

fn is_mp4(head: &[u8]) -> bool {
    let Some((size, rest)) = head.split_first_chunk::<4>() else { return false };
    let size = u32::from_be_bytes(*size) as usize;
    if !rest.starts_with(b"ftyp") || size > head.len() || !size.is_multiple_of(4) {
        return false;
    }
    // The four bytes at 12 are the version of the major brand.
    (8..size).step_by(4).filter(|&at| at != 12).any(|at| head[at..].starts_with(b"mp4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &[u8]) -> &'static str {
        let mut head = [0; LEN];
        head[..text.len()].copy_from_slice(text);
        media_type(&head)
    }

    #[test]
    fn short_texts_are_binary_as_their_padding_is_looked_at() {
        assert_eq!(padded(b"hello"), "application/octet-stream");
        assert_eq!(media_type(&[b'a'; LEN]), "text/plain; charset=utf-8");
    }

    #[test]
    fn known_kinds_are_named() {
        assert_eq!(padded(b"PK\x03\x04"), "application/zip");
        assert_eq!(padded(b" \n<html>"), "text/html; charset=utf-8");
        assert_eq!(padded(b"<?xml version"), "text/xml; charset=utf-8");
        assert_eq!(padded(b"\x00\x00\x00\x10ftypmp42\0\0\0\0"), "video/mp4");
    }
}

//! Small random changes to texts.

use super::random::Random;

/// What mutations insert.
const TOKENS: &[&str] = &[
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "{{/*",
    "*/}}",
    "(",
    ")",
    "|",
    ":=",
    "=",
    ",",
    "$",
    "$x",
    ".",
    ".a",
    "..",
    " ",
    "\n",
    "if ",
    "else",
    "end",
    "range ",
    "with ",
    "define \"q\"",
    "template \"q\"",
    "block \"q\" .",
    "break",
    "continue",
    "nil",
    "true",
    "1e9",
    "0x",
    "'",
    "\"",
    "`",
    "\\",
    "-",
    "+",
    "i",
    "_",
    "é",
    "\u{200b}",
    "print ",
    "printf ",
    "%[2]*",
    "index ",
    "include \"t\" .",
    "text .b .",
    "slice ",
    "list ",
    "{{end}}",
    "{{else if 1}}",
    "9999999999",
];

/// One of the corpus with a few random changes.
pub fn mutated(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut text = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(5) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(8)).min(text.len());
        match random.below(6) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, random.pick(TOKENS).bytes())),
            2 => drop(text.splice(at..end, random.pick(TOKENS).bytes())),
            3 if at < text.len() => text[at] = random.below(256) as u8,
            4 => {
                let piece = text[at..end].to_vec();
                drop(text.splice(at..at, piece));
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                drop(text.splice(at..end, other[from..].iter().copied()));
            }
        }
    }
    text
}

//! Random YAML, reproducible from a seed.

use serde_json::{Map, Value, json};

/// xorshift64*.
pub(crate) struct Random(u64);

const FRAGMENTS: &str = "a|b|k: |: |:|\n|\n  |\n |\n    |\n- |- |-|  | |\t|[|]|{|}|,|, |&x |*x|*x |*y|!!str |!!int |!!float \
|!!bool |!!null |!!binary |!t |! |!<tag:yaml.org,2002:str> |\\p|\\p-|\\p+|\\p2|>|>-|>+|>1-|\"|'|\"q\"|'q'|\"a\\n\"|\"\\x41\"\
|\"\\q\"| # c\n|#|---|--- |\n---\n|\n...\n|<<: |<<|? |?|%YAML 1.1\n|%TAG ! !x\n|é|\u{2028}|\u{85}|\r\n|\r|~|null|yes|1|1.5\
|0x1F|2001-01-01|x y|x: y|{a: b}|[a, b]|@|`|%|key: value\n|- item\n|  nested: 1\n|\u{7F}|😀|k: |k: |\n|\n|- ";

const NUMBERISH: &[&str] = &[
    "0",
    "1",
    "8",
    "9",
    "07",
    "0x",
    "0b",
    "0o",
    "_",
    "-",
    "+",
    ".",
    "e",
    "E",
    "1e",
    "f",
    ":",
    "10:20",
    "2001",
    "-1",
    "-01",
    "T",
    "t",
    " ",
    "Z",
    "+07:00",
    "inf",
    ".inf",
    "nan",
    ".nan",
    "y",
    "n",
    "true",
    "on",
    "Off",
    "~",
    "null",
    "NULL",
    "18446744073709551615",
    "9223372036854775807",
    "9223372036854775808",
    "999",
    "0.1",
    "1e400",
    "123456789012345678901234567890",
];

const PIECES: &[&str] = &[
    "a",
    "b",
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    ":",
    ": ",
    " #",
    "#",
    "- ",
    "-",
    "?",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "\\",
    "é",
    "\u{2028}",
    "\u{85}",
    "\r",
    "\u{FEFF}",
    "\u{7F}",
    "\u{A0}",
    "😀",
    "0",
    "1",
    "10",
    "true",
    "no",
    "~",
    "<",
    "&amp",
    "---",
    "...",
    "=",
    "/",
    "\u{1}",
    "\u{0}",
    "long words to fold here ",
    "日本",
    "\u{2029}",
    "\u{FFFD}",
];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let extra = std::env::var("SKIFF_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0u64);
        Self((seed + extra * 1000).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("small")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Fragments of YAML in any order.
    pub(crate) fn fragments(&mut self) -> String {
        let fragments: Vec<&str> = FRAGMENTS.split('|').collect();
        let count = 1 + self.below(14);
        (0..count).map(|_| self.pick(&fragments).replace("\\p", "|")).collect()
    }

    /// Characters as they occur in numbers, dates and words with a meaning.
    pub(crate) fn scalar(&mut self) -> String {
        let count = 1 + self.below(5);
        let tag = if self.below(6) == 0 {
            self.pick(&["!!int ", "!!float ", "!!str ", "!!bool ", "!!null ", "!!timestamp ", "!!binary "])
        } else {
            ""
        };
        let text: String = (0..count).map(|_| self.pick(NUMBERISH)).collect();
        match self.below(3) {
            0 => format!("{tag}{text}"),
            1 => format!("? {tag}{text}\n: {text}"),
            _ => format!("- {tag}{text}"),
        }
    }

    /// Mostly well-formed block YAML, with small faults.
    pub(crate) fn block(&mut self, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let mut out = String::new();
        for _ in 0..=self.below(4) {
            let indent = if self.below(25) == 0 { format!(" {indent}") } else { indent.clone() };
            let prefix = if self.below(3) == 0 { "- ".to_owned() } else { format!("{}: ", self.key()) };
            let prefix = if self.below(30) == 0 { prefix.trim_end().to_owned() } else { prefix };
            out += &indent;
            out += &prefix;
            out += &self.content(depth, &indent);
        }
        out
    }

    fn content(&mut self, depth: usize, indent: &str) -> String {
        let mut out = String::new();
        match self.below(6) {
            0 if depth < 4 => {
                out.push('\n');
                let skipped = usize::from(self.below(20) == 0);
                out += &self.block(depth + 1 + skipped);
            }
            1 => {
                out += self.pick(&["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "| # c", "|+1"]);
                out.push('\n');
                for _ in 0..self.below(5) {
                    out += indent;
                    out += self.pick(&[
                        "  text",
                        "   deeper",
                        "  ",
                        "",
                        "\ttab",
                        "  - x",
                        "  # no",
                        " less",
                        "  a b  ",
                    ]);
                    out.push('\n');
                }
            }
            2 => out += &format!("{}\n", self.flow(0)),
            3 => {
                out += &self.property();
                out += &format!("{}\n", self.key());
            }
            4 => {
                let quote = self.pick(&["\"", "'"]);
                out += quote;
                for _ in 0..self.below(6) {
                    out += self.pick(&[
                        "a", " ", "\n", "\n  ", "\\n", "\\\n", "''", "\\u00e9", "é", "\t", "\\t", "# x", ": ",
                    ]);
                }
                out += quote;
                out.push('\n');
            }
            _ => {
                out += self.pick(&[
                    "plain text",
                    "1",
                    "yes",
                    "a\n  b",
                    "a\n\n   b",
                    "x # comment",
                    "a:b",
                    "a #b",
                    "-1",
                    "<<",
                    "\"q\" x",
                    "~",
                    "",
                ]);
                out.push('\n');
            }
        }
        out
    }

    fn property(&mut self) -> String {
        self.pick(&[
            "&a ",
            "*a",
            "*a ",
            "!!str ",
            "!!int ",
            "!x ",
            "&a !!str ",
            "!!str &b ",
            "",
            "*b",
            "& ",
            "!!binary ",
            "! ",
        ])
        .to_owned()
    }

    fn key(&mut self) -> String {
        self.pick(&[
            "a",
            "b",
            "c",
            "<<",
            "y",
            "1",
            "1.5",
            "\"a\"",
            "'b'",
            "null",
            "[x]",
            "{x: 1}",
            "key with space",
            "*a",
            "&a k",
            "? x",
            "~",
            "0x2",
            "é",
        ])
        .to_owned()
    }

    fn flow(&mut self, depth: usize) -> String {
        match self.below(if depth > 3 { 3 } else { 6 }) {
            0 | 1 => self.key(),
            2 => self
                .pick(&[
                    "\"x\"",
                    "'y'",
                    "a b",
                    "a\n b",
                    "",
                    "-",
                    ":",
                    "# c\n",
                    "{}",
                    "[]",
                    "? a",
                    "a: b",
                    "[a, b: c]",
                    "\"k\":v",
                    "a:",
                    "-x",
                ])
                .to_owned(),
            3 => {
                let items: Vec<String> = (0..self.below(4)).map(|_| self.flow(depth + 1)).collect();
                format!(
                    "[{}{}",
                    items.join(self.pick(&[", ", ",", ",\n "])),
                    self.pick(&["]", "]", "]", ",]", "", "}"])
                )
            }
            _ => {
                let items: Vec<String> = (0..self.below(4))
                    .map(|_| {
                        format!(
                            "{}{}{}",
                            self.key(),
                            self.pick(&[": ", ": ", ":", " : "]),
                            self.flow(depth + 1)
                        )
                    })
                    .collect();
                format!(
                    "{{{}{}",
                    items.join(self.pick(&[", ", ",", ",\n "])),
                    self.pick(&["}", "}", "}", ",}", "", "]"])
                )
            }
        }
    }

    /// A text longer than go-yaml's buffer, in any encoding, with a fault or two.
    pub(crate) fn broken(&mut self) -> Vec<u8> {
        let mut text = String::new();
        for _ in 0..self.below(40) {
            text += self.pick(&[
                "key: value\n",
                "é: ü\n",
                "- 日本\n",
                "# comment ----------\n",
                "a: \"q\"\n",
                "b: [1, 2]\n",
            ]);
        }
        if self.below(2) == 0 {
            text += &self.fragments();
        }
        let mut bytes = match self.below(6) {
            0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.into_bytes(),
        };
        for _ in 0..self.below(3) {
            let at = self.below(bytes.len() + 1);
            let fault: &[&[u8]] = &[
                b"\xFF",
                b"\xC3",
                b"\xE2\x80",
                b"\xED\xA0\x80",
                b"\xC0\x80",
                b"\x01",
                b"\x7F",
                b"\xF4\x90\x80\x80",
                b"a: b: c\n",
                b"]",
                b"\0",
                b"\xD8",
                b"\xDC\0",
                b"\xEF\xBF\xBF",
                b"\xC2\x80",
            ];
            let fault = fault[self.below(fault.len())];
            bytes.splice(at..at, fault.iter().copied());
        }
        let mark: &[&[u8]] = &[b"", b"", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
        let mark = mark[self.below(mark.len())];
        bytes.splice(0..0, mark.iter().copied());
        if self.below(4) == 0 {
            let end = self.below(bytes.len() + 1);
            bytes.truncate(end);
        }
        bytes
    }

    fn string(&mut self) -> String {
        if self.below(4) == 0 {
            return (0..=self.below(4)).map(|_| self.pick(NUMBERISH)).collect();
        }
        let most = if self.below(10) == 0 { 40 } else { 6 };
        let count = self.below(most);
        (0..count).map(|_| self.pick(PIECES)).collect()
    }

    /// A JSON value.
    pub(crate) fn tree(&mut self, depth: usize) -> Value {
        match self.below(if depth > 4 { 6 } else { 9 }) {
            0 => json!(null),
            1 => json!(self.below(2) == 0),
            2 => {
                let mantissa = self.next() as f64;
                let exponent = i32::try_from(self.below(50)).expect("small") - 25;
                match self.below(4) {
                    0 => json!(self.below(100_000)),
                    1 => json!(-(self.below(10_000_000) as f64) / 8.0),
                    2 => json!(mantissa * 10f64.powi(exponent)),
                    _ => json!(10f64.powi(exponent)),
                }
            }
            3..=5 => Value::String(self.string()),
            6 => (0..self.below(4)).map(|_| self.tree(depth + 1)).collect(),
            _ => {
                let mut entries = Map::new();
                for _ in 0..self.below(5) {
                    let key = match self.below(3) {
                        // Longer numbers overflow in go-yaml's comparison, whose order is then random.
                        0 => Some(self.string())
                            .filter(|key| {
                                !key.contains("0123456789")
                                    && !key.contains("5477580")
                                    && !key.contains("551615")
                            })
                            .unwrap_or_default(),
                        1 => format!(
                            "{}{}{}",
                            self.pick(&["a", "k", "", "é"]),
                            self.below(120),
                            self.pick(&["", "b", "-", "0", "."])
                        ),
                        _ => self.pick(&["name", "image", "y", "10", "a b", "-x", "Zed", "zed"]).to_owned(),
                    };
                    let value = self.tree(depth + 1);
                    entries.insert(key, value);
                }
                Value::Object(entries)
            }
        }
    }
}

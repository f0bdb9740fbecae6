//! Shell patterns as Go's `path.Match` reads them.
//!
//! `*` and `?` stop at `/`; `[…]` knows ranges and `^`, and `\` takes the next character as it is.

/// A pattern, ready to match.
#[derive(Debug)]
pub struct Pattern {
    chunks: Vec<Chunk>,
    /// What every name that matches ends in: most names are known by their last character not to match.
    last: Option<char>,
}

/// What stands between two stars.
#[derive(Debug, Default)]
struct Chunk {
    after_star: bool,
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Char(char),
    AnyChar,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; `None` when the text is none (an open `[`, a last `\\`).
    pub fn parse(text: &str) -> Option<Self> {
        let mut chunks = vec![Chunk::default()];
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let item = match c {
                '*' => {
                    chunks.push(Chunk { after_star: true, items: Vec::new() });
                    continue;
                }
                '?' => Item::AnyChar,
                '[' => class(&mut rest)?,
                '\\' => Item::Char(rest.next()?),
                c => Item::Char(c),
            };
            chunks.last_mut()?.items.push(item);
        }
        // Stars side by side are one.
        let last = chunks.len() - 1;
        let mut at = 0;
        chunks.retain(|chunk| {
            at += 1;
            !(chunk.items.is_empty() && at - 1 != last)
        });
        let last = match chunks.last()?.items.last() {
            Some(Item::Char(last)) => Some(*last),
            _ => None,
        };
        Some(Self { chunks, last })
    }

    /// Whether the whole name matches. Every star takes as little as it can, and is not asked again.
    pub fn matches(&self, name: &str) -> bool {
        if self.last.is_some_and(|last| !name.ends_with(last)) {
            return false;
        }
        let mut rest = name;
        for (i, chunk) in self.chunks.iter().enumerate() {
            let is_last = i + 1 == self.chunks.len();
            let starts = if chunk.after_star { stretch(rest) } else { 0 };
            let begin = |offset: usize| rest.is_char_boundary(offset).then(|| &rest[offset..]);
            let found = (0..=starts)
                .filter_map(begin)
                .filter_map(|from| chunk.strip(from))
                .find(|after| !is_last || after.is_empty());
            if is_last && chunk.after_star && chunk.items.is_empty() {
                return !rest.contains('/');
            }
            match found {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// How far a star may reach.
fn stretch(name: &str) -> usize {
    name.find('/').unwrap_or(name.len())
}

impl Chunk {
    /// What is left of a name that begins with this chunk.
    fn strip<'a>(&self, name: &'a str) -> Option<&'a str> {
        let mut rest = name.chars();
        for item in &self.items {
            let c = rest.next()?;
            let fits = match item {
                Item::Char(wanted) => c == *wanted,
                Item::AnyChar => c != '/',
                Item::Class { negated, ranges } => {
                    ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
                }
            };
            if !fits {
                return None;
            }
        }
        Some(rest.as_str())
    }
}

fn class(rest: &mut std::str::Chars<'_>) -> Option<Item> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.as_str().starts_with(']') {
            rest.next();
            return Some(Item::Class { negated, ranges });
        }
        let low = bound(rest)?;
        let high = if rest.as_str().starts_with('-') {
            rest.next();
            bound(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

/// One end of a range; something must follow it.
fn bound(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let c = match rest.next()? {
        '-' | ']' => return None,
        '\\' => rest.next()?,
        c => c,
    };
    (!rest.as_str().is_empty()).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &str, name: &str) -> Option<bool> {
        Pattern::parse(pattern).map(|pattern| pattern.matches(name))
    }

    #[test]
    fn go_own_table_holds() {
        let cases = [
            ("abc", "abc", Some(true)),
            ("*", "abc", Some(true)),
            ("*c", "abc", Some(true)),
            ("a*", "a", Some(true)),
            ("a*", "ab/c", Some(false)),
            ("a*/b", "abc/b", Some(true)),
            ("a*/b", "a/c/b", Some(false)),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", Some(true)),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", Some(false)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Some(false)),
            ("ab[c]", "abc", Some(true)),
            ("ab[e-g]", "abc", Some(false)),
            ("ab[^e-g]", "abc", Some(true)),
            ("a\\*b", "a*b", Some(true)),
            ("a?b", "a☺b", Some(true)),
            ("a[^a]b", "a☺b", Some(true)),
            ("a???b", "a☺b", Some(false)),
            ("[a-ζ]*", "α", Some(true)),
            ("*[a-ζ]", "A", Some(false)),
            ("a?b", "a/b", Some(false)),
            ("a*b", "a/b", Some(false)),
            ("[\\]a]", "]", Some(true)),
            ("[x\\-]", "-", Some(true)),
            ("[]a]", "]", None),
            ("[-]", "-", None),
            ("[x-]", "x", None),
            ("[-x]", "x", None),
            ("\\", "a", None),
            ("[a-b-c]", "a", None),
            ("[", "a", None),
            ("[^bc", "a", None),
            ("a[", "ab", None),
            ("*x", "xxx", Some(true)),
            ("a**b", "axb", Some(true)),
            ("", "", Some(true)),
            ("", "a", Some(false)),
        ];
        for (pattern, name, wanted) in cases {
            assert_eq!(matches(pattern, name), wanted, "{pattern} against {name}");
        }
    }
}

//! Glob patterns of `.Files.Glob`: gobwas/glob's syntax with `/` as the separator.
//!
//! `*` any run within a path element, `**` any run, `?` one character but no separator,
//! `[abc]`, `[a-z]`, `[!a-z]`, `{one,two}`, `\` takes the next character as it is.
//! Matching simulates a state machine, so that no pattern takes exponential time.

/// A pattern longer than this is refused, as a broken one is.
const MAX_PATTERN: usize = 4096;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    states: Vec<State>,
}

#[derive(Clone, Debug)]
enum State {
    /// Takes one character, then goes on.
    One(Class, usize),
    /// Takes any number of characters, then goes on.
    Run { separators: bool, next: usize },
    /// Goes on in several ways.
    Split(Vec<usize>),
    /// The end.
    Match,
}

#[derive(Clone, Debug)]
enum Class {
    Literal(char),
    NotSeparator,
    Set { negated: bool, chars: Vec<char> },
    Range { negated: bool, low: char, high: char },
}

impl Class {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Literal(want) => c == *want,
            Self::NotSeparator => c != '/',
            Self::Set { negated, chars } => chars.contains(&c) != *negated,
            Self::Range { negated, low, high } => (*low..=*high).contains(&c) != *negated,
        }
    }
}

#[derive(Debug)]
enum Node {
    One(Class),
    Run { separators: bool },
    Either(Vec<Vec<Node>>),
}

impl Glob {
    /// Compiles a pattern; `None` when it is broken (an open `[` or `{`, an empty range).
    pub(super) fn compile(pattern: &str) -> Option<Self> {
        if pattern.len() > MAX_PATTERN {
            return None;
        }
        let mut parser = Parser { chars: pattern.chars().peekable(), depth: 0 };
        let nodes = parser.sequence()?;
        let mut glob = Self { states: vec![State::Match] };
        let start = glob.link(&nodes, 0);
        glob.states.push(State::Split(vec![start]));
        Some(glob)
    }

    /// The pattern `**`, which matches everything.
    pub(super) fn everything() -> Self {
        Self { states: vec![State::Match, State::Run { separators: true, next: 0 }] }
    }

    fn push(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len() - 1
    }

    /// Adds the states of a sequence that goes on at `next`; returns its first state.
    fn link(&mut self, nodes: &[Node], next: usize) -> usize {
        nodes.iter().rev().fold(next, |next, node| match node {
            Node::One(class) => self.push(State::One(class.clone(), next)),
            Node::Run { separators } => self.push(State::Run { separators: *separators, next }),
            Node::Either(branches) => {
                let starts = branches.iter().map(|branch| self.link(branch, next)).collect();
                self.push(State::Split(starts))
            }
        })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut current = vec![false; self.states.len()];
        self.enter(self.states.len() - 1, &mut current);
        for c in text.chars() {
            let mut next = vec![false; self.states.len()];
            for (at, _) in current.iter().enumerate().filter(|(_, active)| **active) {
                match &self.states[at] {
                    State::One(class, to) if class.takes(c) => self.enter(*to, &mut next),
                    State::Run { separators, .. } if *separators || c != '/' => self.enter(at, &mut next),
                    _ => {}
                }
            }
            current = next;
        }
        current[0]
    }

    fn enter(&self, state: usize, active: &mut [bool]) {
        if std::mem::replace(&mut active[state], true) {
            return;
        }
        match &self.states[state] {
            State::Run { next, .. } => self.enter(*next, active),
            State::Split(starts) => starts.iter().for_each(|start| self.enter(*start, active)),
            State::One(..) | State::Match => {}
        }
    }
}

/// Nesting of `{…}` beyond this is refused.
const MAX_DEPTH: usize = 32;

struct Parser<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    /// Nodes up to the end, or up to `,` or `}` inside braces (left to be taken).
    fn sequence(&mut self) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        while let Some(&c) = self.chars.peek() {
            if self.depth > 0 && (c == ',' || c == '}') {
                break;
            }
            self.chars.next();
            nodes.push(match c {
                '*' if self.chars.next_if_eq(&'*').is_some() => Node::Run { separators: true },
                '*' => Node::Run { separators: false },
                '?' => Node::One(Class::NotSeparator),
                '[' => Node::One(self.class()?),
                '{' => self.either()?,
                '\\' => Node::One(Class::Literal(self.chars.next()?)),
                c => Node::One(Class::Literal(c)),
            });
        }
        Some(nodes)
    }

    fn either(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut branches = Vec::new();
        loop {
            branches.push(self.sequence()?);
            match self.chars.next()? {
                ',' => {}
                _ => break,
            }
        }
        self.depth -= 1;
        Some(Node::Either(branches))
    }

    fn class(&mut self) -> Option<Class> {
        let negated = self.chars.next_if_eq(&'!').is_some();
        let mut chars = Vec::new();
        loop {
            match self.chars.next()? {
                ']' => break,
                '\\' => chars.push(self.chars.next()?),
                '-' if chars.len() == 1 => {
                    let (low, high) = (chars[0], self.chars.next()?);
                    let closed = self.chars.next()? == ']';
                    return (closed && low <= high).then_some(Class::Range { negated, low, high });
                }
                c => chars.push(c),
            }
        }
        (!chars.is_empty()).then_some(Class::Set { negated, chars })
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::compile(pattern).unwrap().matches(text)
    }

    #[test]
    fn a_star_stays_within_a_path_element_and_two_do_not() {
        assert!(matches("conf/*.toml", "conf/a.toml"));
        assert!(!matches("conf/*.toml", "conf/x/a.toml"));
        assert!(matches("conf/**.toml", "conf/x/a.toml"));
        assert!(matches("**", ""));
    }

    #[test]
    fn braces_and_classes_choose() {
        assert!(matches("{a,b*}.[!x]?", "bcd.yz"));
        assert!(!matches("{a,b*}.[!x]?", "bcd.xz"));
        assert!(matches("[a-c]", "b"));
        assert!(matches("\\*", "*"));
        assert!(matches("{,x}y", "y"));
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[", "{a", "[]", "[z-a]", "a\\"] {
            assert!(Glob::compile(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_linear_time() {
        assert!(!matches(&"*a".repeat(1000), &"a".repeat(999)));
    }
}

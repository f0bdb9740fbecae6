//! A parsed pattern, with the measures regexp/syntax limits.

use super::runes::Runes;
use regex_syntax::hir::{Capture, Class, Dot, Hir, Look, Repetition};

/// Deepest tree.
pub(super) const MAX_HEIGHT: u32 = 1000;
/// Most instructions of the compiled program, as regexp/syntax counts them.
pub(super) const MAX_SIZE: u64 = (128 << 20) / 40;
/// Highest repeat count, and highest product of nested ones.
pub(super) const MAX_REPEAT: u32 = 1000;

/// A piece of a pattern.
#[derive(Debug)]
pub(super) struct Node {
    op: Op,
    height: u32,
    size: u64,
}

#[derive(Debug)]
enum Op {
    Empty,
    /// One character as it is.
    Literal(char),
    Class(Runes),
    Dot(Dot),
    Look(Look),
    Capture(u32, Box<Node>),
    Repeat(Repeat, Box<Node>),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
}

/// A repetition operator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    /// At least.
    pub min: u32,
    /// At most, or without end.
    pub max: Option<u32>,
    /// Prefer more.
    pub greedy: bool,
    /// Written with braces; only those count towards the limit.
    pub counted: bool,
}

impl Node {
    fn leaf(op: Op) -> Self {
        Self { op, height: 1, size: 1 }
    }

    pub(super) fn empty() -> Self {
        Self::leaf(Op::Empty)
    }

    /// One character; a surrogate, which no text holds, matches nothing.
    pub(super) fn literal(code: u32, fold: bool) -> Self {
        match char::from_u32(code) {
            Some(c) if !fold => Self::leaf(Op::Literal(c)),
            Some(_) => {
                let mut runes = Runes::of(&[(code, code)]);
                runes.fold();
                Self::class(runes)
            }
            None => Self::class(Runes::none()),
        }
    }

    pub(super) fn class(runes: Runes) -> Self {
        Self::leaf(Op::Class(runes))
    }

    pub(super) fn dot(dot: Dot) -> Self {
        Self::leaf(Op::Dot(dot))
    }

    pub(super) fn look(look: Look) -> Self {
        Self::leaf(Op::Look(look))
    }

    pub(super) fn capture(index: u32, sub: Self) -> Self {
        Self {
            height: sub.height + 1,
            size: sub.size.saturating_add(2),
            op: Op::Capture(index, Box::new(sub)),
        }
    }

    pub(super) fn repeat(repeat: Repeat, sub: Self) -> Self {
        let copies = |n: u32| u64::from(n).saturating_mul(sub.size);
        let size = match (repeat.min, repeat.max) {
            (0, None) => sub.size.saturating_add(2),
            (min, None) => copies(min).saturating_add(1),
            (min, Some(max)) => copies(max).saturating_add(u64::from(max.saturating_sub(min))),
        };
        Self { height: sub.height + 1, size: size.max(1), op: Op::Repeat(repeat, Box::new(sub)) }
    }

    pub(super) fn concat(subs: Vec<Self>) -> Self {
        Self::join(subs, Op::Concat, |op| matches!(op, Op::Concat(_)), 0)
    }

    pub(super) fn alternate(subs: Vec<Self>) -> Self {
        Self::join(subs, Op::Alternate, |op| matches!(op, Op::Alternate(_)), 1)
    }

    // One child stays itself; a child of the same kind gives its own children.
    fn join(mut subs: Vec<Self>, make: fn(Vec<Self>) -> Op, same: fn(&Op) -> bool, between: u64) -> Self {
        if subs.len() == 1 {
            return subs.swap_remove(0);
        }
        let mut flat = Vec::with_capacity(subs.len());
        for sub in subs {
            match sub.op {
                Op::Concat(inner) if same(&Op::Concat(Vec::new())) => flat.extend(inner),
                Op::Alternate(inner) if same(&Op::Alternate(Vec::new())) => flat.extend(inner),
                _ => flat.push(sub),
            }
        }
        // A run of characters is one literal for regexp/syntax.
        let literal = between == 0 && flat.iter().all(|sub| matches!(sub.op, Op::Literal(_)));
        let tallest = flat.iter().map(|sub| sub.height).max().unwrap_or(0);
        let size = flat.iter().fold(0u64, |sum, sub| sum.saturating_add(sub.size).saturating_add(between));
        Self {
            height: if literal || flat.is_empty() { 1 } else { tallest + 1 },
            size: size.saturating_sub(between).max(1),
            op: make(flat),
        }
    }

    /// Nesting.
    pub(super) fn height(&self) -> u32 {
        self.height
    }

    /// Instructions it would take in Go.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether no nest of counted repetitions asks for more than `n` copies.
    pub(super) fn repeats_at_most(&self, mut n: u32) -> bool {
        match &self.op {
            Op::Repeat(repeat, sub) => {
                if repeat.counted {
                    let copies = repeat.max.unwrap_or(repeat.min);
                    if repeat.max == Some(0) {
                        return true;
                    }
                    if copies > n {
                        return false;
                    }
                    n = n.checked_div(copies).unwrap_or(n);
                }
                sub.repeats_at_most(n)
            }
            Op::Capture(_, sub) => sub.repeats_at_most(n),
            Op::Concat(subs) | Op::Alternate(subs) => subs.iter().all(|sub| sub.repeats_at_most(n)),
            _ => true,
        }
    }

    /// For regex-automata.
    pub(super) fn into_hir(self) -> Hir {
        match self.op {
            Op::Empty => Hir::empty(),
            Op::Literal(c) => Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Op::Class(runes) => Hir::class(Class::Unicode(runes.into_class())),
            Op::Dot(dot) => Hir::dot(dot),
            Op::Look(look) => Hir::look(look),
            Op::Capture(index, sub) => {
                Hir::capture(Capture { index, name: None, sub: Box::new(sub.into_hir()) })
            }
            Op::Repeat(Repeat { min, max, greedy, .. }, sub) => {
                Hir::repetition(Repetition { min, max, greedy, sub: Box::new(sub.into_hir()) })
            }
            Op::Concat(subs) => Hir::concat(subs.into_iter().map(Self::into_hir).collect()),
            Op::Alternate(subs) => Hir::alternation(subs.into_iter().map(Self::into_hir).collect()),
        }
    }
}

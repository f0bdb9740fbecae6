//! Sets of fields: trees whose edges say how to get from a value to a part of it. The operations are those of
//! `structured-merge-diff/fieldpath`.

use super::item::{self, compare_values};
use serde_json::Value;
use std::{cmp::Ordering, fmt, rc::Rc};

/// One step from a value to a part of it.
#[derive(Debug, Clone)]
pub(super) enum Element {
    /// A field of a map or structure.
    Field(Rc<str>),
    /// The item of a list that has these fields, sorted by their names.
    Key(Rc<Vec<(Rc<str>, Value)>>),
    /// The item of a set.
    Value(Rc<Value>),
    /// The item at a place of an atomic list. Only read, never made.
    Index(i64),
}

impl Element {
    pub(super) fn field(name: &str) -> Self {
        Self::Field(name.into())
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a.cmp(b),
            (Self::Key(a), Self::Key(b)) => {
                for ((name_a, a), (name_b, b)) in a.iter().zip(b.iter()) {
                    let order = name_a.cmp(name_b).then_with(|| compare_values(a, b));
                    if order.is_ne() {
                        return order;
                    }
                }
                a.len().cmp(&b.len())
            }
            (Self::Value(a), Self::Value(b)) => compare_values(a, b),
            (Self::Index(a), Self::Index(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Element {}

/// As messages show it: `.spec`, `[name="web"]`, `[="finalizer"]`, `[0]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(fields) => {
                f.write_str("[")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{name}={}", item::shown(value))?;
                }
                f.write_str("]")
            }
            Self::Value(value) => write!(f, "[={}]", item::shown(value)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A path as messages show it.
pub(super) fn shown(path: &[Element]) -> String {
    path.iter().map(ToString::to_string).collect()
}

/// A set of fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Set {
    /// Sorted by their elements, each once.
    nodes: Vec<Node>,
}

/// One edge of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) element: Element,
    /// Whether the part itself is in the set.
    pub(super) member: bool,
    /// What below the part is in the set.
    pub(super) below: Set,
}

impl Node {
    /// Whether the set has something below the part.
    pub(super) fn has_below(&self) -> bool {
        !self.below.nodes.is_empty()
    }
}

impl Set {
    /// A set of the given paths of field names.
    pub(super) fn of(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<Element> = path.iter().map(|name| Element::field(name)).collect();
            set.insert(&path);
        }
        set
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.iter().all(|node| !node.member && node.below.is_empty())
    }

    fn find(&self, element: &Element) -> Result<usize, usize> {
        self.nodes.binary_search_by(|node| node.element.cmp(element))
    }

    fn descend(&mut self, element: &Element) -> &mut Node {
        let index = match self.find(element) {
            Ok(index) => index,
            Err(index) => {
                let node = Node { element: element.clone(), member: false, below: Self::default() };
                self.nodes.insert(index, node);
                index
            }
        };
        &mut self.nodes[index]
    }

    /// Adds a part. The whole value is in no set.
    pub(super) fn insert(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.descend(first);
        if rest.is_empty() {
            node.member = true;
        } else {
            node.below.insert(rest);
        }
    }

    /// Adds a node; one of the same element is merged with.
    pub(super) fn add(&mut self, node: Node) {
        if !node.member && !node.has_below() {
            return;
        }
        // Nodes mostly come in order.
        match self.nodes.last() {
            Some(last) if last.element >= node.element => match self.find(&node.element) {
                Ok(index) => {
                    let known = &mut self.nodes[index];
                    known.member |= node.member;
                    known.below = known.below.union(&node.below);
                }
                Err(index) => self.nodes.insert(index, node),
            },
            _ => self.nodes.push(node),
        }
    }

    /// The node of an element.
    pub(super) fn get(&self, element: &Element) -> Option<&Node> {
        self.find(element).ok().map(|index| &self.nodes[index])
    }

    pub(super) fn has(&self, path: &[Element]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        self.get(first).is_some_and(|node| if rest.is_empty() { node.member } else { node.below.has(rest) })
    }

    /// Pairs of nodes of both sets with the same element; one side may be missing.
    fn zip<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (Option<&'a Node>, Option<&'a Node>)> {
        let (mut left, mut right) = (self.nodes.iter().peekable(), other.nodes.iter().peekable());
        std::iter::from_fn(move || {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(l), Some(r)) => l.element.cmp(&r.element),
            };
            let l = if order.is_le() { left.next() } else { None };
            let r = if order.is_ge() { right.next() } else { None };
            Some((l, r))
        })
    }

    /// What is in either set.
    pub(super) fn union(&self, other: &Self) -> Self {
        let nodes = self.zip(other).filter_map(|pair| match pair {
            (Some(left), Some(right)) => Some(Node {
                element: left.element.clone(),
                member: left.member || right.member,
                below: left.below.union(&right.below),
            }),
            (Some(only), None) | (None, Some(only)) => Some(only.clone()),
            (None, None) => None,
        });
        Self { nodes: nodes.collect() }
    }

    /// What is in both sets.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        self.both(
            other,
            |left, right| (left.member && right.member, left.below.intersection(&right.below)),
            false,
        )
    }

    /// What is in this set but not in the other; parts below a part of the other stay.
    pub(super) fn difference(&self, other: &Self) -> Self {
        self.both(
            other,
            |left, right| (left.member && !right.member, left.below.difference(&right.below)),
            true,
        )
    }

    /// What is in this set and neither in the other nor below a part of the other.
    pub(super) fn recursive_difference(&self, other: &Self) -> Self {
        let rest = |left: &Node, right: &Node| {
            if right.member {
                return (false, Self::default());
            }
            (left.member, left.below.recursive_difference(&right.below))
        };
        self.both(other, rest, true)
    }

    /// The nodes of both sets as `combine` makes them, and those of this set alone if wanted.
    fn both(&self, other: &Self, combine: impl Fn(&Node, &Node) -> (bool, Self), alone: bool) -> Self {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for pair in self.zip(other) {
            match pair {
                (Some(left), Some(right)) => {
                    let (member, below) = combine(left, right);
                    if member || !below.is_empty() {
                        nodes.push(Node { element: left.element.clone(), member, below });
                    }
                }
                (Some(left), None) if alone => nodes.push(left.clone()),
                _ => {}
            }
        }
        Self { nodes }
    }

    /// All parts as paths: those of a level before those below it.
    pub(super) fn paths(&self) -> Vec<Vec<Element>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, prefix: &mut Vec<Element>, paths: &mut Vec<Vec<Element>>) {
        for node in self.nodes.iter().filter(|node| node.member) {
            prefix.push(node.element.clone());
            paths.push(prefix.clone());
            prefix.pop();
        }
        for node in &self.nodes {
            prefix.push(node.element.clone());
            node.below.collect(prefix, paths);
            prefix.pop();
        }
    }
}

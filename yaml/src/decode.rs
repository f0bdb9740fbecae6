//! The long way's second half: from nodes to values, as go-yaml v2 decodes into an `interface{}`.

use super::native::Native;
use super::resolve::{BINARY, MERGE, Resolved, Version, resolve, resolve_tagged};
use super::tree::{NodeId, NodeKind, Tree};
use super::{Error, MAX_NESTING};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use std::collections::BTreeMap;

/// Up to this many steps nearly all may come from aliases.
const ALIAS_RATIO_RANGE_LOW: f64 = 400_000.0;
/// From this many steps on only a tenth may come from aliases.
const ALIAS_RATIO_RANGE_HIGH: f64 = 4_000_000.0;

/// Go's `base64.StdEncoding`, which does not mind bits behind the last byte.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

type Entries = BTreeMap<Native, Native>;

struct Decoder<'t, 'a> {
    tree: &'t Tree<'a>,
    strict: bool,
    /// The aliases being followed.
    following: Vec<NodeId>,
    depth: usize,
    steps: u32,
    alias_steps: u32,
    /// What strict reading found.
    repeated: Vec<String>,
}

/// The value of a document.
///
/// # Errors
/// What go-yaml refuses: wrong tags, collections as keys, bad merges, aliases that contain
/// themselves or grow too large, and (if strict) repeated keys.
pub(super) fn decode(tree: &Tree<'_>, strict: bool) -> Result<Native, Error> {
    let mut decoder = Decoder {
        tree,
        strict,
        following: Vec::new(),
        depth: 0,
        steps: 1,
        alias_steps: 0,
        repeated: Vec::new(),
    };
    let value = decoder.value(0)?;
    if decoder.repeated.is_empty() { Ok(value) } else { Err(Error::Type(decoder.repeated)) }
}

impl Decoder<'_, '_> {
    fn step(&mut self) -> Result<(), Error> {
        self.steps += 1;
        if !self.following.is_empty() {
            self.alias_steps += 1;
        }
        let (steps, alias_steps) = (f64::from(self.steps), f64::from(self.alias_steps));
        if self.alias_steps > 100 && self.steps > 1000 && alias_steps / steps > allowed_alias_ratio(steps) {
            return Err(Error::Decode("document contains excessive aliasing".to_owned()));
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId) -> Result<Native, Error> {
        self.step()?;
        let tree = self.tree;
        match &tree.node(id).kind {
            NodeKind::Scalar(scalar) => scalar_value(&scalar.value, scalar.tag.as_deref(), scalar.implicit),
            NodeKind::Alias { name, target } => {
                self.follow(id, name)?;
                let value = self.value(*target);
                self.following.pop();
                value
            }
            NodeKind::Sequence(children) => self.items(children),
            NodeKind::Mapping(children) => {
                let mut entries = Entries::new();
                self.entries(children, &mut entries)?;
                Ok(Native::Map(entries))
            }
        }
    }

    fn items(&mut self, children: &[NodeId]) -> Result<Native, Error> {
        self.enter()?;
        let mut items = Vec::with_capacity(children.len());
        for child in children {
            items.push(self.value(*child)?);
        }
        self.depth -= 1;
        Ok(Native::Seq(items))
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_NESTING { Err(Error::TooDeep) } else { Ok(()) }
    }

    fn follow(&mut self, alias: NodeId, name: &str) -> Result<(), Error> {
        if self.following.contains(&alias) {
            return Err(Error::Decode(format!("anchor '{name}' value contains itself")));
        }
        self.following.push(alias);
        Ok(())
    }

    fn entries(&mut self, children: &[NodeId], entries: &mut Entries) -> Result<(), Error> {
        self.enter()?;
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if self.is_merge(key) {
                self.merge(value, entries)?;
                continue;
            }
            let key = self.value(key)?;
            if matches!(key, Native::Map(_) | Native::Seq(_)) {
                return Err(Error::Decode(format!("invalid map key: {}", key.go_syntax())));
            }
            let line = self.tree.node(value).line + 1;
            let value = self.value(value)?;
            if self.strict && entries.contains_key(&key) {
                self.repeated.push(format!("line {line}: key {} already set in map", key.go_syntax()));
                continue;
            }
            entries.insert(key, value);
        }
        self.depth -= 1;
        Ok(())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        match &self.tree.node(key).kind {
            NodeKind::Scalar(scalar) => {
                scalar.value == "<<" && (scalar.implicit || scalar.tag.as_deref() == Some(MERGE))
            }
            _ => false,
        }
    }

    /// `<<`: later keys of the mapping, merged ones too, win.
    fn merge(&mut self, id: NodeId, entries: &mut Entries) -> Result<(), Error> {
        match &self.tree.node(id).kind {
            NodeKind::Sequence(maps) => maps.iter().rev().try_for_each(|map| self.merge_map(*map, entries)),
            _ => self.merge_map(id, entries),
        }
    }

    fn merge_map(&mut self, id: NodeId, entries: &mut Entries) -> Result<(), Error> {
        let refusal = || Error::Decode("map merge requires map or sequence of maps as the value".to_owned());
        let tree = self.tree;
        match &tree.node(id).kind {
            NodeKind::Mapping(children) => {
                self.step()?;
                self.entries(children, entries)
            }
            NodeKind::Alias { name, target } => {
                let NodeKind::Mapping(children) = &tree.node(*target).kind else { return Err(refusal()) };
                self.step()?;
                self.follow(id, name)?;
                self.step()?;
                self.entries(children, entries)?;
                self.following.pop();
                Ok(())
            }
            _ => Err(refusal()),
        }
    }
}

fn allowed_alias_ratio(steps: f64) -> f64 {
    let range = ALIAS_RATIO_RANGE_HIGH - ALIAS_RATIO_RANGE_LOW;
    0.99 - 0.89 * ((steps - ALIAS_RATIO_RANGE_LOW) / range).clamp(0.0, 1.0)
}

fn scalar_value(text: &str, tag: Option<&str>, implicit: bool) -> Result<Native, Error> {
    let resolved = match tag {
        None if implicit => resolve(text, Version::V2),
        None => Resolved::Str,
        Some(BINARY) => {
            let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let bytes = BASE64.decode(text);
            let bytes =
                bytes.map_err(|_| Error::Decode("!!binary value contains invalid base64 data".to_owned()))?;
            return Ok(String::from_utf8(bytes).map_or_else(|e| Native::Bytes(e.into_bytes()), Native::Str));
        }
        Some(tag) => resolve_tagged(tag, text)?,
    };
    Ok(match resolved {
        Resolved::Null => Native::Nil,
        Resolved::Bool(truth) => Native::Bool(truth),
        Resolved::Int(integer) => Native::Int(integer),
        Resolved::Uint(integer) => Native::Uint(integer),
        Resolved::Float(float) => Native::Float(float),
        Resolved::Timestamp | Resolved::Str => Native::Str(text.to_owned()),
    })
}

//! Nodes as fields, with the errors of go-yaml v3's decoder.

use super::{Error, command::PlatformCommand};
use crate::{
    values::gotext::Quoted,
    yaml::nodes::{Kind, Node, parse},
};
use std::collections::{BTreeMap, BTreeSet};

/// How many nodes aliases may add.
const MAX_ALIASED: usize = 10_000;

/// Reads a document, aliases replaced by what they stand for.
pub(super) fn document(text: &[u8]) -> Result<Node, Error> {
    let mut document = parse(text)?.ok_or(Error::Empty)?;
    let mut anchors = BTreeMap::new();
    expand(&mut document, &mut anchors, &mut 0)?;
    Ok(document)
}

fn expand(node: &mut Node, anchors: &mut BTreeMap<String, Node>, added: &mut usize) -> Result<(), Error> {
    if node.kind == Kind::Alias {
        let target = anchors.get(&node.value).cloned();
        let target = target
            .ok_or_else(|| Error::invalid(format!("yaml: anchor '{}' value contains itself", node.value)))?;
        *added += count(&target);
        if *added > MAX_ALIASED {
            return Err(Error::invalid("yaml: document contains excessive aliasing"));
        }
        *node = target;
        return Ok(());
    }
    for child in &mut node.content {
        expand(child, anchors, added)?;
    }
    if !node.anchor.is_empty() {
        anchors.insert(node.anchor.clone(), node.clone());
    }
    Ok(())
}

fn count(node: &Node) -> usize {
    1 + node.content.iter().map(count).sum::<usize>()
}

/// Gathers what does not fit.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Whether fields that nothing is known of are errors.
    strict: bool,
    errors: Vec<String>,
}

impl Decoder {
    /// One that refuses unknown fields.
    pub(super) fn strict() -> Self {
        Self { strict: true, ..Self::default() }
    }

    /// All went well, or everything that did not.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Type(self.errors)) }
    }

    fn mismatch(&mut self, node: &Node, kind: &str) {
        let value = match node.kind {
            Kind::Scalar if node.value.len() > 10 => {
                let mut end = 7;
                while !node.value.is_char_boundary(end) {
                    end -= 1;
                }
                format!(" `{}...`", &node.value[..end])
            }
            Kind::Scalar => format!(" `{}`", node.value),
            _ => String::new(),
        };
        self.errors.push(format!("line {}: cannot unmarshal {}{value} into {kind}", node.line, node.tag));
    }

    /// A text: any scalar as it is written. Null leaves what is there.
    pub(super) fn string(&mut self, node: &Node, out: &mut String) {
        match node.kind {
            _ if node.is_null() => {}
            Kind::Scalar => out.clone_from(&node.value),
            _ => self.mismatch(node, "string"),
        }
    }

    /// A switch.
    pub(super) fn bool(&mut self, node: &Node, out: &mut bool) {
        match node.value.as_str() {
            _ if node.is_null() => {}
            "true" | "True" | "TRUE" if node.tag == "!!bool" => *out = true,
            "false" | "False" | "FALSE" if node.tag == "!!bool" => *out = false,
            // go-yaml takes these, quoted too, where a switch is wanted.
            "y" | "Y" | "yes" | "on" if node.kind == Kind::Scalar => *out = true,
            "n" | "N" | "no" | "off" if node.kind == Kind::Scalar => *out = false,
            _ => self.mismatch(node, "bool"),
        }
    }

    /// A list. `kind` is Go's name of its items' type.
    pub(super) fn list<T: Default>(
        &mut self,
        node: &Node,
        out: &mut Vec<T>,
        kind: &str,
        mut item: impl FnMut(&mut Self, &Node, &mut T),
    ) {
        match node.kind {
            _ if node.is_null() => {}
            Kind::Sequence => {
                out.clear();
                for child in &node.content {
                    let mut value = T::default();
                    item(self, child, &mut value);
                    out.push(value);
                }
            }
            _ => self.mismatch(node, &format!("[]{kind}")),
        }
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, node: &Node, out: &mut Vec<String>) {
        self.list(node, out, "string", Self::string);
    }

    /// A mapping from names. `kind` is Go's name of its type.
    pub(super) fn map<T: Default>(
        &mut self,
        node: &Node,
        out: &mut BTreeMap<String, T>,
        kind: &str,
        mut item: impl FnMut(&mut Self, &Node, &mut T),
    ) {
        if !self.is_mapping(node, kind) {
            return;
        }
        for pair in node.content.chunks_exact(2) {
            let mut value = T::default();
            if let Some(name) = self.name(&pair[0]) {
                item(self, &pair[1], &mut value);
                out.insert(name, value);
            }
        }
    }

    /// The fields of a struct of Go's. `field` takes a value and says whether it knows the name.
    pub(super) fn fields(
        &mut self,
        node: &Node,
        kind: &str,
        mut field: impl FnMut(&mut Self, &str, &Node) -> bool,
    ) {
        if !self.is_mapping(node, kind) {
            return;
        }
        let mut seen = BTreeSet::new();
        for pair in node.content.chunks_exact(2) {
            let Some(name) = self.name(&pair[0]) else { continue };
            let line = pair[0].line;
            if !seen.insert(name.clone()) {
                self.errors.push(format!("line {line}: field {name} already set in type {kind}"));
            } else if !field(self, &name, &pair[1]) && self.strict {
                self.errors.push(format!("line {line}: field {name} not found in type {kind}"));
            }
        }
    }

    /// A key as text; null is none, and passed over.
    fn name(&mut self, key: &Node) -> Option<String> {
        let mut name = String::new();
        self.string(key, &mut name);
        (key.kind == Kind::Scalar && !key.is_null()).then_some(name)
    }

    /// Whether the node is a mapping whose keys differ; null is none, without an error.
    fn is_mapping(&mut self, node: &Node, kind: &str) -> bool {
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Mapping {
            self.mismatch(node, kind);
            return false;
        }
        self.keys_differ(node)
    }

    fn keys_differ(&mut self, node: &Node) -> bool {
        let before = self.errors.len();
        let keys: Vec<&Node> = node.content.iter().step_by(2).collect();
        for (i, first) in keys.iter().enumerate() {
            for again in &keys[i + 1..] {
                if first.kind == again.kind && first.value == again.value {
                    self.errors.push(format!(
                        "line {}: mapping key {} already defined at line {}",
                        again.line,
                        Quoted(&again.value),
                        first.line
                    ));
                }
            }
        }
        self.errors.len() == before
    }

    /// Any values under names, as they stand: only that keys differ is checked.
    pub(super) fn values(&mut self, node: &Node, out: &mut Option<Node>) {
        if self.is_mapping(node, "map[string]interface {}") {
            node.content.iter().for_each(|child| self.check_keys(child));
            *out = Some(node.clone());
        }
    }

    fn check_keys(&mut self, node: &Node) {
        if node.kind == Kind::Mapping {
            self.keys_differ(node);
        }
        node.content.iter().for_each(|child| self.check_keys(child));
    }

    /// A list of commands.
    pub(super) fn commands(&mut self, node: &Node, out: &mut Vec<PlatformCommand>) {
        self.list(node, out, "plugin.PlatformCommand", |decoder, node, command: &mut PlatformCommand| {
            decoder.fields(node, "plugin.PlatformCommand", |decoder, name, value| {
                match name {
                    "os" => decoder.string(value, &mut command.os),
                    "arch" => decoder.string(value, &mut command.arch),
                    "command" => decoder.string(value, &mut command.command),
                    "args" => decoder.strings(value, &mut command.args),
                    _ => return false,
                }
                true
            });
        });
    }
}

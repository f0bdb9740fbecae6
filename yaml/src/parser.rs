//! From tokens to events, by YAML 1.1's grammar as libyaml reads it.

use super::Error;
use super::reader::Source;
use super::scanner::{Kind, Scanner};
use std::borrow::Cow;

/// A step through a document; `line` counts from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Nothing follows.
    StreamEnd,
    /// A document begins.
    DocumentStart,
    /// A document ends.
    DocumentEnd,
    /// `*name`.
    Alias {
        /// The anchor it refers to.
        name: &'a str,
        /// Where it stands.
        line: usize,
    },
    /// A scalar.
    Scalar(Scalar<'a>),
    /// A sequence begins.
    SequenceStart {
        /// `&name`.
        anchor: Option<&'a str>,
        /// Where it starts.
        line: usize,
    },
    /// A sequence ends.
    SequenceEnd,
    /// A mapping begins.
    MappingStart {
        /// `&name`.
        anchor: Option<&'a str>,
        /// Where it starts.
        line: usize,
    },
    /// A mapping ends.
    MappingEnd,
}

/// A scalar as it stands in the text, its kind not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar<'a> {
    /// The text, unescaped and folded.
    pub value: Cow<'a, str>,
    /// The full tag, if there is one.
    pub tag: Option<String>,
    /// `&name`.
    pub anchor: Option<&'a str>,
    /// Plain and without a tag (or tagged `!`): its text decides what it is.
    pub implicit: bool,
    /// Where it starts, from 0.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    StreamStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequence { first: bool },
    IndentlessSequence,
    BlockKey { first: bool },
    BlockValue,
    FlowSequence { first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowKey { first: bool },
    FlowValue { empty: bool },
    End,
}

/// Pulls events from a text.
pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    tags: Vec<(String, String)>,
}

/// The namespace of YAML's own tags.
const YAML_TAG_PREFIX: &str = "tag:yaml.org,2002:";

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self {
            scanner: Scanner::new(source),
            state: State::StreamStart,
            states: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The next event; after an error or [`Event::StreamEnd`] there are no more.
    pub(super) fn next(&mut self) -> Result<Event<'a>, Error> {
        match self.state {
            State::StreamStart => {
                self.scanner.peek()?;
                self.scanner.skip();
                self.document_start(true)
            }
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequence { first } => self.block_sequence_entry(first),
            State::IndentlessSequence => self.indentless_sequence_entry(),
            State::BlockKey { first } => self.block_mapping_key(first),
            State::BlockValue => self.block_mapping_value(),
            State::FlowSequence { first } => self.flow_sequence_entry(first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                self.scanner.peek()?;
                self.state = State::FlowSequence { first: false };
                Ok(Event::MappingEnd)
            }
            State::FlowKey { first } => self.flow_mapping_key(first),
            State::FlowValue { empty } => self.flow_mapping_value(empty),
            State::End => Ok(Event::StreamEnd),
        }
    }

    fn peek(&mut self) -> Result<(&Kind<'a>, usize), Error> {
        self.scanner.peek().map(|token| (&token.kind, token.line))
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn document_start(&mut self, implicit: bool) -> Result<Event<'a>, Error> {
        if !implicit {
            while let (Kind::DocumentEnd, _) = self.peek()? {
                self.scanner.skip();
            }
        }
        match self.peek()?.0 {
            Kind::StreamEnd => {
                self.state = State::End;
                self.scanner.skip();
                return Ok(Event::StreamEnd);
            }
            Kind::VersionDirective(..) | Kind::TagDirective { .. } | Kind::DocumentStart => {}
            _ if implicit => {
                self.directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                return Ok(Event::DocumentStart);
            }
            _ => {}
        }
        self.directives()?;
        let (kind, line) = self.peek()?;
        if !matches!(kind, Kind::DocumentStart) {
            return Err(Error::parse(line, "did not find expected <document start>"));
        }
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        self.scanner.skip();
        Ok(Event::DocumentStart)
    }

    fn document_content(&mut self) -> Result<Event<'a>, Error> {
        let (kind, line) = self.peek()?;
        if matches!(
            kind,
            Kind::VersionDirective(..)
                | Kind::TagDirective { .. }
                | Kind::DocumentStart
                | Kind::DocumentEnd
                | Kind::StreamEnd
        ) {
            self.pop_state();
            return Ok(empty_scalar(line));
        }
        self.node(true, false)
    }

    fn document_end(&mut self) -> Result<Event<'a>, Error> {
        if let (Kind::DocumentEnd, _) = self.peek()? {
            self.scanner.skip();
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        Ok(Event::DocumentEnd)
    }

    fn directives(&mut self) -> Result<(), Error> {
        let mut version_seen = false;
        loop {
            let (kind, line) = self.peek()?;
            match kind {
                Kind::VersionDirective(..) if version_seen => {
                    return Err(Error::parse(line, "found duplicate %YAML directive"));
                }
                Kind::VersionDirective(1, 1) => version_seen = true,
                Kind::VersionDirective(..) => {
                    return Err(Error::parse(line, "found incompatible YAML document"));
                }
                Kind::TagDirective { handle, prefix } => {
                    let tag = (handle.clone(), prefix.clone());
                    if self.tags.iter().any(|(known, _)| *known == tag.0) {
                        return Err(Error::parse(line, "found duplicate %TAG directive"));
                    }
                    self.tags.push(tag);
                }
                _ => break,
            }
            self.scanner.skip();
        }
        Ok(())
    }

    fn tag(&self, handle: String, suffix: String, line: usize) -> Result<String, Error> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        let declared = self.tags.iter().find(|(known, _)| *known == handle);
        let prefix = match (declared, handle.as_str()) {
            (Some((_, prefix)), _) => prefix,
            (None, "!") => "!",
            (None, "!!") => YAML_TAG_PREFIX,
            (None, _) => "",
        };
        let tag = format!("{prefix}{suffix}");
        if tag.is_empty() || (prefix.is_empty() && declared.is_none()) {
            return Err(Error::parse(line, "found undefined tag handle"));
        }
        Ok(tag)
    }

    /// A node: an alias, or properties and content, either of which may be missing but not both.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Event<'a>, Error> {
        let (kind, start) = self.peek()?;
        if let Kind::Alias(name) = *kind {
            self.pop_state();
            self.scanner.skip();
            return Ok(Event::Alias { name, line: start });
        }
        let (anchor, tag) = self.properties()?;
        let (kind, line) = self.peek()?;
        match kind {
            Kind::BlockEntry if indentless => {
                self.state = State::IndentlessSequence;
                Ok(Event::SequenceStart { anchor, line: start })
            }
            Kind::Scalar { .. } => {
                self.pop_state();
                Ok(self.scalar(anchor, tag, start))
            }
            Kind::FlowSequenceStart => {
                self.state = State::FlowSequence { first: true };
                Ok(Event::SequenceStart { anchor, line: start })
            }
            Kind::FlowMappingStart => {
                self.state = State::FlowKey { first: true };
                Ok(Event::MappingStart { anchor, line: start })
            }
            Kind::BlockSequenceStart if block => {
                self.state = State::BlockSequence { first: true };
                Ok(Event::SequenceStart { anchor, line: start })
            }
            Kind::BlockMappingStart if block => {
                self.state = State::BlockKey { first: true };
                Ok(Event::MappingStart { anchor, line: start })
            }
            _ if anchor.is_some() || tag.is_some() => {
                self.pop_state();
                let implicit = tag.is_none();
                Ok(Event::Scalar(Scalar { value: Cow::Borrowed(""), tag, anchor, implicit, line: start }))
            }
            _ => Err(Error::parse(line, "did not find expected node content")),
        }
    }

    fn scalar(&mut self, anchor: Option<&'a str>, tag: Option<String>, line: usize) -> Event<'a> {
        let (value, plain) = match self.scanner.take().map(|token| token.kind) {
            Some(Kind::Scalar { value, plain }) => (value, plain),
            _ => (Cow::Borrowed(""), true),
        };
        let implicit = match tag.as_deref() {
            None => plain,
            Some(tag) => tag == "!",
        };
        Event::Scalar(Scalar { value, tag, anchor, implicit, line })
    }

    /// An anchor and a tag, in any order.
    fn properties(&mut self) -> Result<(Option<&'a str>, Option<String>), Error> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match self.peek()?.0 {
                Kind::Anchor(name) if anchor.is_none() => {
                    anchor = Some(*name);
                    self.scanner.skip();
                }
                Kind::Tag { .. } if tag.is_none() => {
                    let token = self.scanner.take();
                    if let Some((Kind::Tag { handle, suffix }, line)) = token.map(|t| (t.kind, t.line)) {
                        tag = Some((handle, suffix, line));
                    }
                }
                _ => break,
            }
            if anchor.is_some() && tag.is_some() {
                self.peek()?;
                break;
            }
        }
        let tag = tag.map(|(handle, suffix, line)| self.tag(handle, suffix, line)).transpose()?;
        Ok((anchor, tag))
    }

    fn block_sequence_entry(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.peek()?;
            self.scanner.skip();
        }
        let (kind, line) = self.peek()?;
        match kind {
            Kind::BlockEntry => {
                self.scanner.skip();
                let next = State::BlockSequence { first: false };
                if let Kind::BlockEntry | Kind::BlockEnd = self.peek()?.0 {
                    self.state = next;
                    return Ok(empty_scalar(line));
                }
                self.states.push(next);
                self.node(true, false)
            }
            Kind::BlockEnd => {
                self.pop_state();
                self.scanner.skip();
                Ok(Event::SequenceEnd)
            }
            _ => Err(Error::parse(line, "did not find expected '-' indicator")),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event<'a>, Error> {
        let (kind, line) = self.peek()?;
        if !matches!(kind, Kind::BlockEntry) {
            self.pop_state();
            return Ok(Event::SequenceEnd);
        }
        self.scanner.skip();
        if let Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd = self.peek()?.0 {
            self.state = State::IndentlessSequence;
            return Ok(empty_scalar(line));
        }
        self.states.push(State::IndentlessSequence);
        self.node(true, false)
    }

    fn block_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.peek()?;
            self.scanner.skip();
        }
        let (kind, line) = self.peek()?;
        match kind {
            Kind::Key => {
                self.scanner.skip();
                if let Kind::Key | Kind::Value | Kind::BlockEnd = self.peek()?.0 {
                    self.state = State::BlockValue;
                    return Ok(empty_scalar(line));
                }
                self.states.push(State::BlockValue);
                self.node(true, true)
            }
            Kind::BlockEnd => {
                self.pop_state();
                self.scanner.skip();
                Ok(Event::MappingEnd)
            }
            _ => Err(Error::parse(line, "did not find expected key")),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let next = State::BlockKey { first: false };
        let (kind, line) = self.peek()?;
        if matches!(kind, Kind::Value) {
            self.scanner.skip();
            if !matches!(self.peek()?.0, Kind::Key | Kind::Value | Kind::BlockEnd) {
                self.states.push(next);
                return self.node(true, true);
            }
        }
        self.state = next;
        Ok(empty_scalar(line))
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.peek()?;
            self.scanner.skip();
        }
        let (kind, line) = self.peek()?;
        if !first && !matches!(kind, Kind::FlowSequenceEnd) {
            if !matches!(kind, Kind::FlowEntry) {
                return Err(Error::parse(line, "did not find expected ',' or ']'"));
            }
            self.scanner.skip();
        }
        let (kind, line) = self.peek()?;
        match kind {
            Kind::Key => {
                self.state = State::FlowPairKey;
                self.scanner.skip();
                Ok(Event::MappingStart { anchor: None, line })
            }
            Kind::FlowSequenceEnd => {
                self.pop_state();
                self.scanner.skip();
                Ok(Event::SequenceEnd)
            }
            _ => {
                self.states.push(State::FlowSequence { first: false });
                self.node(false, false)
            }
        }
    }

    fn flow_pair_key(&mut self) -> Result<Event<'a>, Error> {
        let (kind, line) = self.peek()?;
        if matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
            // As libyaml does: the token that should follow the key is skipped.
            self.scanner.skip();
            self.state = State::FlowPairValue;
            return Ok(empty_scalar(line));
        }
        self.states.push(State::FlowPairValue);
        self.node(false, false)
    }

    fn flow_pair_value(&mut self) -> Result<Event<'a>, Error> {
        let (kind, line) = self.peek()?;
        if matches!(kind, Kind::Value) {
            self.scanner.skip();
            if !matches!(self.peek()?.0, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                self.states.push(State::FlowPairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowPairEnd;
        Ok(empty_scalar(line))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.peek()?;
            self.scanner.skip();
        }
        let (kind, line) = self.peek()?;
        if !first && !matches!(kind, Kind::FlowMappingEnd) {
            if !matches!(kind, Kind::FlowEntry) {
                return Err(Error::parse(line, "did not find expected ',' or '}'"));
            }
            self.scanner.skip();
        }
        match self.peek()?.0 {
            Kind::Key => {
                self.scanner.skip();
                let (kind, line) = self.peek()?;
                let next = State::FlowValue { empty: false };
                if matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd) {
                    self.state = next;
                    return Ok(empty_scalar(line));
                }
                self.states.push(next);
                self.node(false, false)
            }
            Kind::FlowMappingEnd => {
                self.pop_state();
                self.scanner.skip();
                Ok(Event::MappingEnd)
            }
            _ => {
                self.states.push(State::FlowValue { empty: true });
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event<'a>, Error> {
        let next = State::FlowKey { first: false };
        let (kind, mut line) = self.peek()?;
        if !empty && matches!(kind, Kind::Value) {
            self.scanner.skip();
            let (kind, end) = self.peek()?;
            if !matches!(kind, Kind::FlowEntry | Kind::FlowMappingEnd) {
                self.states.push(next);
                return self.node(false, false);
            }
            line = end;
        }
        self.state = next;
        Ok(empty_scalar(line))
    }
}

fn empty_scalar<'a>(line: usize) -> Event<'a> {
    Event::Scalar(Scalar { value: Cow::Borrowed(""), tag: None, anchor: None, implicit: true, line })
}

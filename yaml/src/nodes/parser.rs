//! From tokens to events, each with the comments that go-yaml v3 gives it.

use super::scan::{Comments, Mark, Scanner, Token, TokenKind};
use super::{LONG_PREFIX, Quoting};
use crate::{Error, reader::Source};

/// What the text is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    StreamStart,
    StreamEnd,
    DocumentStart(Comments),
    DocumentEnd(Comments),
    Alias { name: String, line: usize, comments: Comments },
    Scalar { value: String, quoting: Quoting, properties: Properties, comments: Comments },
    SequenceStart { flow: bool, properties: Properties, comments: Comments },
    SequenceEnd(Comments),
    MappingStart { flow: bool, properties: Properties, comments: Comments },
    MappingEnd(Comments),
}

/// Where a node starts and what stands before its content; empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// From 1.
    pub(super) line: usize,
    pub(super) anchor: String,
    pub(super) tag: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocument,
    Document,
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

/// The parser's state.
pub(super) struct Parser {
    scanner: Scanner,
    state: State,
    states: Vec<State>,
    marks: Vec<Mark>,
    /// Comments that no event has taken yet.
    pending: Comments,
    /// The head of a sequence's entry that is a collection itself.
    stem: String,
    tags: Vec<(String, String)>,
}

impl Parser {
    pub(super) fn new(source: &Source<'_>) -> Self {
        Self {
            scanner: Scanner::new(source),
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            pending: Comments::default(),
            stem: String::new(),
            tags: Vec::new(),
        }
    }

    pub(super) fn next(&mut self) -> Result<Event, Error> {
        let event = self.step()?;
        match self.scanner.late_failure.take() {
            Some(failure) => Err(failure),
            None => Ok(event),
        }
    }

    fn step(&mut self) -> Result<Event, Error> {
        match self.state {
            State::StreamStart => {
                self.peek()?;
                self.take();
                self.state = State::ImplicitDocument;
                Ok(Event::StreamStart)
            }
            State::ImplicitDocument => self.document_start(true),
            State::Document => self.document_start(false),
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
                self.peek()?;
                self.state = State::FlowSequence { first: false };
                Ok(Event::MappingEnd(Comments::default()))
            }
            State::FlowKey { first } => self.flow_mapping_key(first),
            State::FlowValue { empty } => self.flow_mapping_value(empty),
            State::End => Ok(Event::StreamEnd),
        }
    }

    fn peek(&mut self) -> Result<(&TokenKind, Mark), Error> {
        let token = self.scanner.peek(&mut self.pending)?;
        Ok((&token.kind, token.start))
    }

    fn take(&mut self) -> Option<Token> {
        self.scanner.take()
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// The comments for an event; the rest are forgotten.
    fn take_comments(&mut self) -> Comments {
        self.stem.clear();
        std::mem::take(&mut self.pending)
    }

    fn document_start(&mut self, implicit: bool) -> Result<Event, Error> {
        if !implicit {
            while matches!(self.peek()?.0, TokenKind::DocumentEnd) {
                self.take();
            }
        }
        let kind = self.peek()?.0;
        let directive = matches!(kind, TokenKind::VersionDirective(..) | TokenKind::TagDirective { .. });
        let explicit = directive || matches!(kind, TokenKind::DocumentStart);
        if matches!(kind, TokenKind::StreamEnd) {
            self.state = State::End;
            self.take();
            return Ok(Event::StreamEnd);
        }
        self.directives()?;
        self.states.push(State::DocumentEnd);
        if implicit && !explicit {
            self.state = State::BlockNode;
            let head = self.split_document_head();
            return Ok(Event::DocumentStart(Comments { head, ..Comments::default() }));
        }
        let (kind, start) = self.peek()?;
        if !matches!(kind, TokenKind::DocumentStart) {
            return Err(error(start, start, "did not find expected <document start>"));
        }
        self.take();
        self.state = State::DocumentContent;
        Ok(Event::DocumentStart(Comments::default()))
    }

    /// The part of the first comment before its last empty line belongs to the document.
    fn split_document_head(&mut self) -> String {
        let head = &self.pending.head;
        let split = head
            .rmatch_indices('\n')
            .map(|(at, _)| at)
            .find(|at| *at > 0 && (at + 1 == head.len() || head[..*at].ends_with('\n')));
        let Some(at) = split else { return String::new() };
        let end = if at + 1 == head.len() { at } else { at - 1 };
        let document = head[..end].to_owned();
        self.pending.head.replace_range(..=at, "");
        document
    }

    fn document_content(&mut self) -> Result<Event, Error> {
        match self.peek()?.0 {
            TokenKind::VersionDirective(..)
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let start = self.peek()?.1;
                self.pop_state();
                Ok(empty_scalar(start))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event, Error> {
        if matches!(self.peek()?.0, TokenKind::DocumentEnd) {
            self.take();
        }
        self.tags.clear();
        self.state = State::Document;
        let mut comments = self.take_comments();
        if comments.foot.is_empty() {
            comments.foot = std::mem::take(&mut comments.head);
        }
        Ok(Event::DocumentEnd(comments))
    }

    fn directives(&mut self) -> Result<(), Error> {
        let mut version_seen = false;
        loop {
            let (kind, start) = self.peek()?;
            match kind {
                TokenKind::VersionDirective(..) if version_seen => {
                    return Err(error(start, start, "found duplicate %YAML directive"));
                }
                TokenKind::VersionDirective(1, 1) => version_seen = true,
                TokenKind::VersionDirective(..) => {
                    return Err(error(start, start, "found incompatible YAML document"));
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let tag = (handle.clone(), prefix.clone());
                    if self.tags.iter().any(|(known, _)| *known == tag.0) {
                        return Err(error(start, start, "found duplicate %TAG directive"));
                    }
                    self.tags.push(tag);
                }
                _ => break,
            }
            self.take();
        }
        for (handle, prefix) in [("!", "!"), ("!!", LONG_PREFIX)] {
            if !self.tags.iter().any(|(known, _)| known == handle) {
                self.tags.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    /// A node: an alias, or properties and content, either of which may be missing but not both.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Event, Error> {
        let (kind, start) = self.peek()?;
        if let TokenKind::Alias(name) = kind {
            let name = name.clone();
            self.pop_state();
            let comments = self.take_comments();
            self.take();
            return Ok(Event::Alias { name, line: line(start), comments });
        }
        let properties = self.properties(start)?;
        let (kind, here) = self.peek()?;
        match kind {
            TokenKind::BlockEntry if indentless => {
                self.state = State::IndentlessSequence;
                Ok(Event::SequenceStart { flow: false, properties, comments: Comments::default() })
            }
            TokenKind::Scalar { .. } => {
                self.pop_state();
                let comments = self.take_comments();
                let (value, quoting) = match self.take().map(|token| token.kind) {
                    Some(TokenKind::Scalar { value, quoting }) => (value, quoting),
                    _ => Default::default(),
                };
                Ok(Event::Scalar { value, quoting, properties, comments })
            }
            TokenKind::FlowSequenceStart => {
                self.state = State::FlowSequence { first: true };
                let comments = self.take_comments();
                Ok(Event::SequenceStart { flow: true, properties, comments })
            }
            TokenKind::FlowMappingStart => {
                self.state = State::FlowKey { first: true };
                let comments = self.take_comments();
                Ok(Event::MappingStart { flow: true, properties, comments })
            }
            TokenKind::BlockSequenceStart if block => {
                self.state = State::BlockSequence { first: true };
                Ok(Event::SequenceStart { flow: false, properties, comments: self.take_stem() })
            }
            TokenKind::BlockMappingStart if block => {
                self.state = State::BlockKey { first: true };
                Ok(Event::MappingStart { flow: false, properties, comments: self.take_stem() })
            }
            _ if !(properties.anchor.is_empty() && properties.tag.is_empty()) => {
                self.pop_state();
                let (value, quoting) = Default::default();
                Ok(Event::Scalar { value, quoting, properties, comments: Comments::default() })
            }
            _ => Err(error(start, here, "did not find expected node content")),
        }
    }

    fn take_stem(&mut self) -> Comments {
        Comments { head: std::mem::take(&mut self.stem), ..Comments::default() }
    }

    /// An anchor and a tag, in any order.
    fn properties(&mut self, start: Mark) -> Result<Properties, Error> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match self.peek()?.0 {
                TokenKind::Anchor(name) if anchor.is_none() => {
                    anchor = Some(name.clone());
                    self.take();
                }
                TokenKind::Tag { handle, suffix } if tag.is_none() => {
                    tag = Some((handle.clone(), suffix.clone()));
                    self.take();
                }
                _ => break,
            }
            if anchor.is_some() && tag.is_some() {
                self.peek()?;
                break;
            }
        }
        let tag = match tag {
            None => String::new(),
            Some((handle, suffix)) if handle.is_empty() => suffix,
            Some((handle, suffix)) => {
                let declared = self.tags.iter().find(|(known, _)| *known == handle);
                let tag = declared.map(|(_, prefix)| format!("{prefix}{suffix}")).unwrap_or_default();
                if tag.is_empty() {
                    return Err(error(start, start, "found undefined tag handle"));
                }
                tag
            }
        };
        Ok(Properties { line: line(start), anchor: anchor.unwrap_or_default(), tag })
    }

    /// Sets the head of an entry aside if the entry is a collection: it belongs to that as a whole, and what
    /// comes after it to the collection's first part.
    fn split_stem(&mut self, stem: usize) {
        if stem == 0 {
            return;
        }
        // go-yaml overlooks an error here, scans on, and reports the next one if there is one.
        let kind = match self.scanner.peek(&mut self.pending) {
            Ok(token) => &token.kind,
            Err(error) => {
                self.scanner.late_failure = Some(error);
                return;
            }
        };
        if matches!(kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let rest = self.pending.head.split_off(stem);
            self.stem =
                std::mem::replace(&mut self.pending.head, rest.get(1..).unwrap_or_default().to_owned());
        }
    }

    fn block_sequence_entry(&mut self, first: bool) -> Result<Event, Error> {
        if first {
            let start = self.peek()?.1;
            self.marks.push(start);
            self.take();
        }
        let (kind, start) = self.peek()?;
        match kind {
            TokenKind::BlockEntry => {
                let stem = self.pending.head.len();
                self.take();
                self.split_stem(stem);
                let next = State::BlockSequence { first: false };
                if let TokenKind::BlockEntry | TokenKind::BlockEnd = self.peek()?.0 {
                    self.state = next;
                    return Ok(empty_scalar(start));
                }
                self.states.push(next);
                self.node(true, false)
            }
            TokenKind::BlockEnd => {
                self.pop_state();
                self.marks.pop();
                self.take();
                Ok(Event::SequenceEnd(Comments::default()))
            }
            _ => Err(self.error_in_collection(start, "did not find expected '-' indicator")),
        }
    }

    fn error_in_collection(&mut self, here: Mark, problem: &'static str) -> Error {
        error(self.marks.pop().unwrap_or_default(), here, problem)
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event, Error> {
        let (kind, start) = self.peek()?;
        if !matches!(kind, TokenKind::BlockEntry) {
            self.pop_state();
            return Ok(Event::SequenceEnd(Comments::default()));
        }
        let stem = self.pending.head.len();
        self.take();
        self.split_stem(stem);
        if let TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd =
            self.peek()?.0
        {
            self.state = State::IndentlessSequence;
            return Ok(empty_scalar(start));
        }
        self.states.push(State::IndentlessSequence);
        self.node(true, false)
    }

    fn block_mapping_key(&mut self, first: bool) -> Result<Event, Error> {
        if first {
            let start = self.peek()?.1;
            self.marks.push(start);
            self.take();
        }
        let (kind, start) = self.peek()?;
        match kind {
            TokenKind::Key => {
                self.take();
                if let TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd = self.peek()?.0 {
                    self.state = State::BlockValue;
                    return Ok(empty_scalar(start));
                }
                self.states.push(State::BlockValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => {
                self.pop_state();
                self.marks.pop();
                let comments = self.take_comments();
                self.take();
                Ok(Event::MappingEnd(comments))
            }
            _ => Err(self.error_in_collection(start, "did not find expected key")),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event, Error> {
        let next = State::BlockKey { first: false };
        let (kind, start) = self.peek()?;
        if matches!(kind, TokenKind::Value) {
            self.take();
            if !matches!(self.peek()?.0, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
                self.states.push(next);
                return self.node(true, true);
            }
        }
        self.state = next;
        Ok(empty_scalar(start))
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event, Error> {
        if first {
            let start = self.peek()?.1;
            self.marks.push(start);
            self.take();
        }
        let (kind, start) = self.peek()?;
        if !first && !matches!(kind, TokenKind::FlowSequenceEnd) {
            if !matches!(kind, TokenKind::FlowEntry) {
                return Err(self.error_in_collection(start, "did not find expected ',' or ']'"));
            }
            self.take();
        }
        match self.peek()?.0 {
            TokenKind::Key => {
                let start = self.peek()?.1;
                self.state = State::FlowPairKey;
                self.take();
                let properties = Properties { line: line(start), ..Properties::default() };
                Ok(Event::MappingStart { flow: true, properties, comments: Comments::default() })
            }
            TokenKind::FlowSequenceEnd => {
                self.pop_state();
                self.marks.pop();
                let comments = self.take_comments();
                self.take();
                Ok(Event::SequenceEnd(comments))
            }
            _ => {
                self.states.push(State::FlowSequence { first: false });
                self.node(false, false)
            }
        }
    }

    fn flow_pair_key(&mut self) -> Result<Event, Error> {
        let (kind, start) = self.peek()?;
        if matches!(kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            // As libyaml does: the token that should follow the key is skipped.
            self.take();
            self.state = State::FlowPairValue;
            return Ok(empty_scalar(start));
        }
        self.states.push(State::FlowPairValue);
        self.node(false, false)
    }

    fn flow_pair_value(&mut self) -> Result<Event, Error> {
        let (kind, start) = self.peek()?;
        if matches!(kind, TokenKind::Value) {
            self.take();
            if !matches!(self.peek()?.0, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowPairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowPairEnd;
        Ok(empty_scalar(start))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event, Error> {
        if first {
            let start = self.peek()?.1;
            self.marks.push(start);
            self.take();
        }
        let (kind, start) = self.peek()?;
        if !first && !matches!(kind, TokenKind::FlowMappingEnd) {
            if !matches!(kind, TokenKind::FlowEntry) {
                return Err(self.error_in_collection(start, "did not find expected ',' or '}'"));
            }
            self.take();
        }
        match self.peek()?.0 {
            TokenKind::Key => {
                self.take();
                let next = State::FlowValue { empty: false };
                let (kind, start) = self.peek()?;
                if matches!(kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    self.state = next;
                    return Ok(empty_scalar(start));
                }
                self.states.push(next);
                self.node(false, false)
            }
            TokenKind::FlowMappingEnd => {
                self.pop_state();
                self.marks.pop();
                let comments = self.take_comments();
                self.take();
                Ok(Event::MappingEnd(comments))
            }
            _ => {
                self.states.push(State::FlowValue { empty: true });
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event, Error> {
        let next = State::FlowKey { first: false };
        let (kind, mut start) = self.peek()?;
        if !empty && matches!(kind, TokenKind::Value) {
            self.take();
            let (kind, end) = self.peek()?;
            if !matches!(kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(next);
                return self.node(false, false);
            }
            start = end;
        }
        self.state = next;
        Ok(empty_scalar(start))
    }
}

fn empty_scalar(start: Mark) -> Event {
    Event::Scalar {
        value: String::new(),
        quoting: Quoting::Plain,
        properties: Properties { line: line(start), ..Properties::default() },
        comments: Comments::default(),
    }
}

/// The line as nodes count it: from 1.
fn line(mark: Mark) -> usize {
    usize::try_from(mark.line + 1).unwrap_or(0)
}

/// An error at the line of its context, or where it was found if that is the first.
fn error(context: Mark, found: Mark, problem: &'static str) -> Error {
    let line = if context.line == 0 { found.line } else { context.line };
    Error::parse(usize::try_from(line).unwrap_or(0), problem)
}

//! Comments: which are heads of what follows, which stand behind a token, which are feet of what precedes.

use super::token::{Comment, is_blank, is_breakz};
use super::{Comments, Mark, Scanner, TokenKind, is_break};
use crate::Error;

/// How many blanks go-yaml looks over for a comment.
const MAX_BLANKS: usize = 512;

impl Scanner {
    /// Joins the comments up to the first token to those that wait for an event.
    pub(super) fn unfold_comments(&mut self, pending: &mut Comments) {
        let Some(token) = self.tokens.front() else { return };
        while let Some(comment) = self.comments.get_mut(self.comments_head) {
            if token.start.index < comment.token.index {
                return;
            }
            // An end has no head: the comment stays for the token behind it.
            if !comment.head.is_empty() && token.kind == TokenKind::BlockEnd {
                return;
            }
            let comment = std::mem::take(comment);
            join(&mut pending.head, &comment.head);
            join(&mut pending.foot, &comment.foot);
            join(&mut pending.line, &comment.line);
            self.comments_head += 1;
        }
    }

    /// A comment behind the first `-` of a sequence becomes the head of the entry, or of what follows it.
    pub(super) fn turn_line_comment_of_an_entry(&mut self) {
        let count = self.tokens.len();
        let (Some(comment), true) = (self.comments.last_mut(), count > 1) else { return };
        let begins = self.tokens[count - 2].kind == TokenKind::BlockSequenceStart
            && self.tokens[count - 1].kind == TokenKind::BlockEntry;
        let here = usize::try_from(self.mark.index).ok().and_then(|pos| self.chars.get(pos).copied());
        if !begins || comment.line.is_empty() || here.is_some_and(is_break) {
            return;
        }
        comment.head = std::mem::take(&mut comment.line);
        if comment.start.line == self.mark.line - 1 {
            comment.token = self.mark;
        }
    }

    /// Whether a character this far ahead can be looked at; a bad one is reported with the next event.
    fn can_look(&mut self, ahead: usize) -> bool {
        match self.need(ahead + 1) {
            Ok(()) => true,
            Err(error) => {
                self.late_failure = Some(error);
                false
            }
        }
    }

    /// Takes the rest of a comment's line from `seen` on, passing over all before it.
    fn take_comment(&mut self, seen: isize, text: &mut String) -> Result<Option<Mark>, Error> {
        let mut start = None;
        loop {
            self.need(1)?;
            if is_breakz(self.at(0)) {
                if self.mark.index >= seen {
                    return Ok(start);
                }
                self.need(2)?;
                self.skip_line();
            } else if self.mark.index >= seen {
                if text.is_empty() {
                    start = Some(self.mark);
                }
                self.read(text);
            } else {
                self.skip();
            }
        }
    }

    /// Takes a comment that follows on the same line.
    pub(super) fn scan_line_comment(&mut self, token: Mark) -> Result<(), Error> {
        if self.newlines > 0 {
            return Ok(());
        }
        let mut ahead = 0;
        while ahead < MAX_BLANKS {
            if !self.can_look(ahead) {
                return Ok(());
            }
            if !is_blank(self.at(ahead)) {
                break;
            }
            ahead += 1;
        }
        if ahead == MAX_BLANKS || self.at(ahead) != '#' {
            return Ok(());
        }
        let mut line = String::new();
        let seen = self.mark.index + distance(ahead);
        let start = self.take_comment(seen, &mut line)?.unwrap_or_default();
        self.comments.push(Comment { token, start, line, ..Comment::default() });
        Ok(())
    }

    /// Takes the comment lines that begin here, up to the next token.
    pub(super) fn scan_comments(&mut self, scan: Mark) -> Result<(), Error> {
        let mut run = Run::begin(self, scan);
        let mut ahead = 0;
        while ahead < MAX_BLANKS {
            if !self.can_look(ahead) {
                break;
            }
            run.column += 1;
            let c = self.at(ahead);
            if is_blank(c) {
                ahead += 1;
                continue;
            }
            let closes = self.flow_level > 0 && matches!(c, ']' | '}');
            if closes || is_breakz(c) {
                run.end_line(self, ahead, c, closes);
                if !is_break(c) {
                    break;
                }
                run.first_empty = false;
                run.recent_empty = true;
                run.column = 0;
                run.line += 1;
                ahead += 1;
                if c.is_ascii() {
                    continue;
                }
                run.look_into_break(self, ahead);
                break;
            }
            run.split_dedented(self, ahead);
            if c != '#' {
                break;
            }
            if run.text.is_empty() {
                run.start = run.mark(self, ahead);
            } else {
                run.text.push('\n');
            }
            run.recent_empty = false;
            let seen = self.mark.index + distance(ahead);
            self.take_comment(seen, &mut run.text)?;
            // go-yaml sets its counter to 0 and then counts on.
            ahead = 1;
            run.column = 0;
            run.line = self.mark.line;
            run.next_indent = self.indent.max(0);
            if !self.at(0).is_ascii() {
                run.look_into_break(self, ahead);
                break;
            }
        }
        run.end(self, ahead);
        Ok(())
    }
}

/// Comment lines that belong together so far.
struct Run {
    scan: Mark,
    token: Mark,
    start: Mark,
    /// The token before is a `:`.
    after_value: bool,
    next_indent: isize,
    recent_empty: bool,
    first_empty: bool,
    line: isize,
    column: isize,
    /// Where a comment must start to be a foot of the content before it.
    foot_line: isize,
    text: String,
}

impl Run {
    fn begin(scanner: &Scanner, scan: Mark) -> Self {
        let count = scanner.tokens.len();
        let mut token = scanner.tokens.back();
        if count > 1 && token.is_some_and(|token| token.kind == TokenKind::FlowEntry) {
            token = scanner.tokens.get(count - 2);
        }
        let mut foot_line = -1;
        if scan.line > 0 {
            foot_line = scanner.mark.line - scanner.newlines + 1;
            if scanner.newlines == 0 && scanner.mark.column > 1 {
                foot_line += 1;
            }
        }
        Self {
            scan,
            token: token.map(|token| token.start).unwrap_or_default(),
            start: Mark::default(),
            after_value: token.is_some_and(|token| token.kind == TokenKind::Value),
            next_indent: scanner.indent.max(0),
            recent_empty: false,
            first_empty: scanner.newlines <= 1,
            line: scanner.mark.line,
            column: scanner.mark.column,
            foot_line,
            text: String::new(),
        }
    }

    fn mark(&self, scanner: &Scanner, ahead: usize) -> Mark {
        Mark { index: scanner.mark.index + distance(ahead), line: self.line, column: self.column }
    }

    /// go-yaml counts bytes here: the second byte of a long line break is, to it, what the next line begins with.
    fn look_into_break(&mut self, scanner: &mut Scanner, ahead: usize) {
        self.column += 1;
        self.split_dedented(scanner, ahead);
    }

    /// What precedes a comment or content at another indentation is a foot of what came before.
    fn split_dedented(&mut self, scanner: &mut Scanner, ahead: usize) {
        let dedented = self.column - 1 < self.next_indent && self.column != self.start.column;
        if !self.text.is_empty() && dedented {
            self.push_foot(scanner, ahead);
        }
    }

    fn push_foot(&mut self, scanner: &mut Scanner, ahead: usize) {
        let end = self.mark(scanner, ahead);
        scanner.comments.push(Comment {
            scan: self.scan,
            token: self.token,
            start: self.start,
            end,
            foot: std::mem::take(&mut self.text),
            ..Comment::default()
        });
        self.scan = end;
        self.token = end;
    }

    /// At the end of a line, of a bracket or of the text. The lines before the first empty line are a foot of
    /// what precedes, if they stand right below it or are dedented; so is the last comment in brackets.
    fn end_line(&mut self, scanner: &mut Scanner, ahead: usize, c: char, closes: bool) {
        if self.recent_empty && !closes {
            return;
        }
        let dedented = self.start.column - 1 < self.next_indent;
        let follows = self.start.line == self.foot_line && !self.after_value;
        if closes || (self.first_empty && (follows || dedented)) {
            if !self.text.is_empty() {
                if dedented {
                    self.token = self.start;
                }
                self.push_foot(scanner, ahead);
            }
        } else if !self.text.is_empty() && c != '\0' {
            self.text.push('\n');
        }
    }

    fn end(self, scanner: &mut Scanner, ahead: usize) {
        if self.text.is_empty() {
            return;
        }
        let end = self.mark(scanner, ahead);
        scanner.comments.push(Comment {
            scan: self.scan,
            token: self.start,
            start: self.start,
            end: Mark { index: end.index - 1, ..end },
            head: self.text,
            ..Comment::default()
        });
    }
}

fn join(to: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(text);
}

fn distance(ahead: usize) -> isize {
    isize::try_from(ahead).unwrap_or(isize::MAX)
}

//! Progress while something is awaited: one line that is drawn over on a terminal, now and then a line elsewhere.

use super::Ctx;
use crate::{
    actions::deploy::follow::Awaited,
    output::progress::{fitted, line},
};
use std::time::{Duration, Instant};

/// What takes no longer needs no progress.
const SHORT: Duration = Duration::from_secs(1);
/// Between two drawings on a terminal.
const REDRAW: Duration = Duration::from_millis(250);
/// Elsewhere: between two lines that say something new, and two that do not.
const NEWS: Duration = Duration::from_secs(10);
const SAME: Duration = Duration::from_secs(60);
/// Columns of a terminal that does not say.
const COLUMNS: usize = 80;

/// Who reads the progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A terminal so wide.
    Terminal(usize),
    /// A log.
    Log,
    /// Nobody.
    Nobody,
}

/// The progress of one operation.
#[derive(Debug)]
pub(super) struct Progress {
    reader: Reader,
    /// Since when something is awaited.
    since: Option<Instant>,
    /// When the last line was shown, and what it named.
    shown: Option<(Instant, Vec<Awaited>)>,
    /// Whether a line stands on the terminal that is to be drawn over.
    drawn: bool,
}

impl Progress {
    /// For a command: nothing where a machine reads its output, and under Helm's name only where a person reads it.
    pub(super) fn of(ctx: &Ctx<'_>) -> Self {
        let columns = ctx.env.get("COLUMNS").parse().unwrap_or(COLUMNS);
        let reader = match (ctx.quiet, ctx.terminal.stderr) {
            (true, _) => Reader::Nobody,
            (false, true) => Reader::Terminal(columns),
            (false, false) if ctx.program.name == "helm" => Reader::Nobody,
            (false, false) => Reader::Log,
        };
        Self { reader, since: None, shown: None, drawn: false }
    }

    /// What to write to standard error now, given what is still awaited; nothing is awaited any more where that is empty.
    pub(super) fn step(&mut self, awaited: &[Awaited], now: Instant) -> String {
        if awaited.is_empty() {
            (self.since, self.shown) = (None, None);
            return self.clear();
        }
        let since = *self.since.get_or_insert(now);
        let waited = now.saturating_duration_since(since);
        let pause = self.shown.as_ref().map(|(at, _)| now.saturating_duration_since(*at));
        let is_new = self.shown.as_ref().is_none_or(|(_, last)| last != awaited);
        let due = match self.reader {
            Reader::Nobody => false,
            Reader::Terminal(_) => waited >= SHORT && pause.is_none_or(|pause| pause >= REDRAW),
            Reader::Log => {
                let least = if is_new { NEWS } else { SAME };
                waited >= NEWS && pause.is_none_or(|pause| pause >= least)
            }
        };
        if !due {
            return String::new();
        }
        self.shown = Some((now, awaited.to_vec()));
        let line = line(awaited, waited.as_secs());
        match self.reader {
            Reader::Terminal(columns) => {
                self.drawn = true;
                format!("\r\u{1b}[K{}", fitted(&line, columns.saturating_sub(1)))
            }
            _ => format!("{line}\n"),
        }
    }

    /// What to write before anything else is: the line that stands there goes.
    pub(super) fn clear(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            true => "\r\u{1b}[K".to_owned(),
            false => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(reader: Reader) -> Progress {
        Progress { reader, since: None, shown: None, drawn: false }
    }

    fn web(message: &str) -> Vec<Awaited> {
        vec![Awaited { title: "Deployment sea/web".into(), message: message.into() }]
    }

    #[test]
    fn a_terminal_gets_one_line_after_a_second_and_loses_it_at_the_end() {
        let (mut progress, start) = (progress(Reader::Terminal(40)), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(progress.step(&web("0/1"), at(0)), "");
        assert_eq!(progress.step(&web("0/1"), at(900)), "");
        let line = "\r\u{1b}[Kwaiting for 1 object, 1s: Deployment s…";
        assert_eq!(progress.step(&web("0/1"), at(1_100)), line);
        assert_eq!(progress.step(&web("0/1"), at(1_200)), "");
        assert_eq!(progress.step(&[], at(1_300)), "\r\u{1b}[K");
        assert_eq!(progress.step(&[], at(1_400)), "");
    }

    #[test]
    fn a_log_gets_a_line_when_something_changed_and_seldom_otherwise() {
        let (mut progress, start) = (progress(Reader::Log), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(progress.step(&web("0/1"), at(0)), "");
        assert_eq!(progress.step(&web("0/1"), at(5)), "");
        let line = "waiting for 1 object, 10s: Deployment sea/web (0/1)\n";
        assert_eq!(progress.step(&web("0/1"), at(10)), line);
        assert_eq!(progress.step(&web("1/2"), at(15)), "");
        assert!(progress.step(&web("1/2"), at(21)).contains("21s"));
        assert_eq!(progress.step(&web("1/2"), at(40)), "");
        assert!(progress.step(&web("1/2"), at(81)).contains("81s"));
        assert_eq!(progress.step(&[], at(90)), "");
    }

    #[test]
    fn nobody_is_told_nothing() {
        let (mut progress, start) = (progress(Reader::Nobody), Instant::now());
        assert_eq!(progress.step(&web(""), start), "");
        assert_eq!(progress.step(&web(""), start + SAME), "");
    }
}

//! Colours as Helm uses them in tables and status pages.

use crate::env::{ColorMode, Env};

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    colored: bool,
}

impl Palette {
    /// What fits the mode (`--color`), the environment and the stream. `NO_COLOR` wins over everything.
    pub fn new(mode: &str, env: &dyn Env, stdout_is_terminal: bool) -> Self {
        let colored = env.get("NO_COLOR").is_empty()
            && match ColorMode::parse(mode) {
                Some(ColorMode::Always) => true,
                Some(ColorMode::Never) => false,
                Some(ColorMode::Auto) | None => stdout_is_terminal && env.get("TERM") != "dumb",
            };
        Self { colored }
    }

    /// A table's head.
    pub fn header(self, text: &str) -> String {
        self.wrap(text, 1, 22)
    }

    /// A line that comes.
    pub fn added(self, text: &str) -> String {
        self.wrap(text, 32, 0)
    }

    /// A line that goes.
    pub fn removed(self, text: &str) -> String {
        self.wrap(text, 31, 0)
    }

    /// A namespace.
    pub fn namespace(self, text: &str) -> String {
        self.wrap(text, 36, 0)
    }

    /// A release's status: green for deployed, red for failed and unknown, yellow on the way.
    pub fn status(self, status: &str) -> String {
        match status {
            "deployed" => self.wrap(status, 32, 0),
            "failed" | "unknown" => self.wrap(status, 31, 0),
            "pending-install" | "pending-upgrade" | "pending-rollback" | "uninstalling" => {
                self.wrap(status, 33, 0)
            }
            _ => status.to_owned(),
        }
    }

    fn wrap(self, text: &str, on: u8, off: u8) -> String {
        if self.colored { format!("\u{1b}[{on}m{text}\u{1b}[{off}m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;

    #[test]
    fn colours_follow_mode_terminal_and_no_color() {
        let (plain, none) = (MapEnv::default(), MapEnv::from([("NO_COLOR", "1")]));
        assert_eq!(Palette::new("always", &plain, false).header("NAME"), "\u{1b}[1mNAME\u{1b}[22m");
        assert_eq!(Palette::new("auto", &plain, true).status("failed"), "\u{1b}[31mfailed\u{1b}[0m");
        assert_eq!(Palette::new("auto", &plain, false).namespace("shop"), "shop");
        assert_eq!(Palette::new("never", &plain, true).header("NAME"), "NAME");
        assert_eq!(Palette::new("always", &none, true).header("NAME"), "NAME");
        assert_eq!(Palette::new("always", &plain, true).status("superseded"), "superseded");
    }
}

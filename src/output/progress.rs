//! What an operation still waits for, in a line.

use crate::actions::deploy::follow::Awaited;

/// Objects that are named in a line.
const NAMED: usize = 3;

/// The line: `waiting for 2 objects, 12s: Deployment sea/web (Available: 0/1), Job sea/migrate`.
///
/// ```
/// use skiff::{actions::deploy::follow::Awaited, output::progress::line};
/// let web = Awaited { title: "Deployment sea/web".into(), message: "Available: 0/1".into() };
/// assert_eq!(line(&[web], 12), "waiting for 1 object, 12s: Deployment sea/web (Available: 0/1)");
/// ```
pub fn line(awaited: &[Awaited], seconds: u64) -> String {
    let named = awaited.iter().take(NAMED).map(|one| match one.message.as_str() {
        "" => one.title.clone(),
        message => format!("{} ({})", one.title, printable(message)),
    });
    let named: Vec<String> = named.collect();
    let more = awaited.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let objects = if awaited.len() == 1 { "object" } else { "objects" };
    format!("waiting for {} {objects}, {seconds}s: {}{more}", awaited.len(), named.join(", "))
}

/// A line that fits into so many columns.
///
/// ```
/// use skiff::output::progress::fitted;
/// assert_eq!(fitted("waiting", 10), "waiting");
/// assert_eq!(fitted("waiting for ever", 10), "waiting f…");
/// ```
pub fn fitted(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    line.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}

/// What a cluster says does nothing to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_objects_are_counted() {
        let one = |n: u8| Awaited { title: format!("Pod a/{n}"), message: String::new() };
        let many: Vec<Awaited> = (0..5).map(one).collect();
        assert_eq!(line(&many, 3), "waiting for 5 objects, 3s: Pod a/0, Pod a/1, Pod a/2 and 2 more");
    }

    #[test]
    fn messages_of_clusters_move_no_cursor() {
        let one = Awaited { title: "Pod a/b".into(), message: "x\u{1b}[2J\ny".into() };
        assert_eq!(line(&[one], 0), "waiting for 1 object, 0s: Pod a/b (x [2J y)");
    }
}

//! The source line that an error is about, with a caret under the place.

use templates_engine::exec::Location;

/// A line longer than this is cut around the caret.
const WIDTH: usize = 100;

/// The line alone, for errors that know no column.
pub(super) fn of_line(source: &[u8], line: usize) -> Option<String> {
    let text = line_text(source, line)?;
    Some(format!("{line:>5} | {}", text.chars().take(WIDTH).collect::<String>()))
}

/// The line and a caret under the place.
pub(super) fn of_place(source: &[u8], place: &Location) -> Option<String> {
    let text = line_text(source, place.line)?;
    // Go counts columns in bytes.
    let before = text.char_indices().take_while(|(at, _)| *at < place.column).count();
    let from = before.saturating_sub(WIDTH / 2);
    let shown: String = text.chars().skip(from).take(WIDTH).collect();
    let indent: String =
        shown.chars().take(before - from).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    Some(format!("{:>5} | {shown}\n      | {indent}^", place.line))
}

fn line_text(source: &[u8], line: usize) -> Option<String> {
    let text = source.split(|byte| *byte == b'\n').nth(line.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(text).trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: usize, column: usize) -> Location {
        Location { source: "x".into(), line, column, offset: 0 }
    }

    #[test]
    fn the_caret_stands_under_the_node() {
        let shown = of_place(b"a: 1\nb: {{ .x.y }}\n", &place(2, 6)).unwrap();
        assert_eq!(shown, "    2 | b: {{ .x.y }}\n      |       ^");
    }

    #[test]
    fn columns_are_bytes() {
        let shown = of_place("ä: {{ .x }}".as_bytes(), &place(1, 7)).unwrap();
        assert_eq!(shown.lines().nth(1), Some("      |       ^"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}X{}", " ".repeat(500), "y".repeat(500));
        let shown = of_place(line.as_bytes(), &place(1, 500)).unwrap();
        let (text, caret) = shown.split_once('\n').unwrap();
        assert_eq!(text.find('X'), caret.find('^'));
        assert!(text.len() < 120);
    }

    #[test]
    fn a_line_that_is_not_there_has_no_excerpt() {
        assert_eq!(of_line(b"a", 7), None);
    }
}

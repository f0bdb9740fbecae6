//! Tables as `gosuri/uitable` lays them out: columns as wide as their widest cell, parted by tabs, each cell padded
//! with spaces, the last one too.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A table to be printed.
///
/// ```
/// let mut table = skiff::output::table::Table::new();
/// table.row(["NAME", "REVISION"]);
/// table.row(["web", "12"]);
/// assert_eq!(table.to_string(), "NAME\tREVISION\nweb \t12      ");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    widest: usize,
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// A table whose cells are cut to a width; 0 is no limit.
    pub fn with_widest(widest: usize) -> Self {
        Self { rows: Vec::new(), widest }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                let own = cell.split('\n').map(shown_width).max().unwrap_or_default();
                *width = (*width).max(if self.widest == 0 { own } else { own.min(self.widest) });
            }
        }
        widths
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths = self.widths();
        for (i, row) in self.rows.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write_row(f, row, &widths)?;
        }
        Ok(())
    }
}

/// One row; a cell of several lines makes the row as high.
fn write_row(f: &mut std::fmt::Formatter<'_>, row: &[String], widths: &[usize]) -> std::fmt::Result {
    let sized: Vec<String> = row.iter().zip(widths).map(|(cell, width)| resize(cell, *width)).collect();
    let cells: Vec<Vec<&str>> = sized.iter().map(|cell| cell.split('\n').collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    for line in 0..height {
        if line > 0 {
            f.write_str("\n")?;
        }
        for (i, (cell, width)) in cells.iter().zip(widths).enumerate() {
            if i > 0 {
                f.write_str("\t")?;
            }
            match cell.get(line) {
                Some(text) => f.write_str(&resize(text, *width))?,
                // A missing cell is a padded space, even in a column without width.
                None => write!(f, "{:1$}", "", (*width).max(1))?,
            }
        }
    }
    Ok(())
}

/// Pads or cuts a text to a width, which it may miss by a little where it is cut: uitable's rule.
fn resize(text: &str, width: usize) -> String {
    let own = shown_width(text);
    if width == 0 || own == width {
        return text.to_owned();
    }
    if own < width {
        return format!("{text}{:1$}", "", width - own);
    }
    let (mut cut, mut used) = (String::new(), 0);
    for c in text.chars() {
        cut.push(c);
        let next = used + c.width().unwrap_or_default();
        if next + 3 >= width {
            break;
        }
        used = next;
    }
    cut.push_str("...");
    cut
}

/// Columns a text takes on a terminal, colours left out.
fn shown_width(text: &str) -> usize {
    if text.contains('\u{1b}') {
        return without_colors(text).chars().filter_map(UnicodeWidthChar::width).sum();
    }
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control()) {
        return text.len();
    }
    if text.chars().any(char::is_control) {
        return text.chars().filter_map(UnicodeWidthChar::width).sum();
    }
    text.width()
}

fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        rest = end.map_or("", |end| &after[end..]).strip_prefix('m').unwrap_or(after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(widest: usize, rows: &[&[&str]]) -> String {
        let mut table = Table::with_widest(widest);
        for row in rows {
            table.row(row.iter().copied());
        }
        table.to_string()
    }

    #[test]
    fn tables_are_laid_out_as_uitable_lays_them_out() {
        // The right-hand sides are what gosuri/uitable 0.0.4 printed for the same rows.
        assert_eq!(shown(0, &[&["a", "b\nc", ""]]), "a\tb...\t");
        assert_eq!(shown(0, &[&["a", "bbbbbb\nc", ""], &["x", "y", "z"]]), "a\tbbb...\t \nx\ty     \tz");
        assert_eq!(shown(8, &[&["abcdefghij", "x"], &["abcdefgh", ""]]), "abcde...\tx\nabcdefgh\t ");
        assert_eq!(
            shown(0, &[&["\u{1b}[1mNAME\u{1b}[22m", "B"], &["longer", "b"]]),
            "\u{1b}[1mNAME\u{1b}[22m  \tB\nlonger\tb"
        );
        assert_eq!(shown(3, &[&["abcdef", "x"], &["é日本語", ""]]), "a...\tx\né...\t ");
        assert_eq!(shown(0, &[&["é日本語", "x"], &["abc", ""]]), "é日本語\tx\nabc    \t ");
        assert_eq!(shown(6, &[&["é日本語", "x"], &["a\tb\u{1}c", ""]]), "é日...\tx\na\tb\u{1}c   \t ");
        assert_eq!(shown(2, &[&["abcdef"]]), "a...");
        assert_eq!(shown(80, &[&["A", "B"], &[]]), "A\tB\n");
    }
}

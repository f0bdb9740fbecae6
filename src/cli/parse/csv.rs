//! One CSV record as Go's `encoding/csv` reads and writes it, for flags that take several values at once.

const BARE_QUOTE: &str = "bare \" in non-quoted-field";
const QUOTE: &str = "extraneous or missing \" in quoted-field";

/// Reads the first record. Empty text is an empty record.
pub(super) fn record(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let text = text.replace("\r\n", "\n");
    let mut lines = text.split_inclusive('\n').enumerate().skip_while(|(_, line)| *line == "\n");
    let (first, mut line) = lines.next().ok_or("EOF")?;
    let mut number = first;
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        if !line[at..].starts_with('"') {
            let rest = &line[at..];
            let end = rest.find(',').unwrap_or(rest.trim_end_matches('\n').len());
            if let Some(quote) = rest[..end].find('"') {
                return Err(refuse(first, number, at + quote, BARE_QUOTE));
            }
            fields.push(rest[..end].to_owned());
            if !rest[end..].starts_with(',') {
                return Ok(fields);
            }
            at += end + 1;
            continue;
        }
        at += 1;
        let mut field = String::new();
        loop {
            let rest = &line[at..];
            let Some(quote) = rest.find('"') else {
                field.push_str(rest);
                match lines.next() {
                    Some((next, text)) => (number, line, at) = (next, text, 0),
                    None => return Err(refuse(first, number, line.trim_end_matches('\n').len(), QUOTE)),
                }
                continue;
            };
            field.push_str(&rest[..quote]);
            at += quote + 1;
            match line[at..].chars().next() {
                Some('"') => {
                    field.push('"');
                    at += 1;
                }
                Some(',') => {
                    at += 1;
                    break;
                }
                None | Some('\n') => {
                    fields.push(field);
                    return Ok(fields);
                }
                Some(_) => return Err(refuse(first, number, at - 1, QUOTE)),
            }
        }
        fields.push(field);
    }
}

fn refuse(first: usize, line: usize, at: usize, reason: &str) -> String {
    let (first, line, column) = (first + 1, line + 1, at + 1);
    if first == line {
        format!("parse error on line {line}, column {column}: {reason}")
    } else {
        format!("record on line {first}; parse error on line {line}, column {column}: {reason}")
    }
}

/// A list as pflag shows it: a record in brackets.
pub(super) fn shown(fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    format!("[{}]", fields.join(","))
}

fn quoted(field: &str) -> String {
    let needs = field == r"\."
        || field.contains([',', '"', '\r', '\n'])
        || field.starts_with(|c: char| c.is_whitespace());
    if needs { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_and_newlines() {
        assert_eq!(record("a,\"b,\"\"c\n\",d").unwrap(), ["a", "b,\"c\n", "d"]);
        assert_eq!(record("a,").unwrap(), ["a", ""]);
        assert_eq!(record("\na\nb").unwrap(), ["a"]);
        assert_eq!(record("\"a\"").unwrap(), ["a"]);
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(record("a\"b"), Err(format!("parse error on line 1, column 2: {BARE_QUOTE}")));
        assert_eq!(record("\"a\"b"), Err(format!("parse error on line 1, column 3: {QUOTE}")));
        assert_eq!(record("\n"), Err("EOF".to_owned()));
    }
}

//! Cron expressions: what `github.com/robfig/cron/v3`'s standard parser refuses, in its words.

/// A field of an expression: its bounds, and the names its values may have.
struct Bounds {
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Bounds; 5] = [
    Bounds { least: 0, most: 59, names: &[] },
    Bounds { least: 0, most: 23, names: &[] },
    Bounds { least: 1, most: 31, names: &[] },
    Bounds { least: 1, most: 12, names: &MONTHS },
    Bounds { least: 0, most: 6, names: &DAYS },
];
const DESCRIPTORS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Why a schedule is none.
pub(super) fn fault(schedule: &str) -> Option<String> {
    if schedule.is_empty() {
        return Some("empty spec string".to_owned());
    }
    let (zone, rest) = match schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ=")) {
        Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
        None => ("", schedule),
    };
    let rest = if zone.is_empty() { rest } else { rest.trim() };
    if rest.starts_with('@') {
        return descriptor(rest);
    }
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    fields.iter().zip(&FIELDS).find_map(|(field, bounds)| {
        field.split(',').filter(|part| !part.is_empty()).find_map(|part| range(part, bounds))
    })
}

fn descriptor(text: &str) -> Option<String> {
    if DESCRIPTORS.contains(&text) {
        return None;
    }
    if let Some(duration) = text.strip_prefix("@every ") {
        let digits = duration.starts_with(|char: char| char.is_ascii_digit());
        let unit = duration.ends_with(['s', 'm', 'h']);
        return (!digits || !unit)
            .then(|| format!("failed to parse duration {text}: time: invalid duration {duration:?}"));
    }
    Some(format!("unrecognized descriptor: {text}"))
}

/// One range: `*`, `1`, `1-5`, `*/2`, `1-9/3`.
fn range(text: &str, bounds: &Bounds) -> Option<String> {
    let steps: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = steps.first()?.split('-').collect();
    let first = *ends.first()?;
    let (start, mut end) = if first == "*" || first == "?" {
        (bounds.least, bounds.most)
    } else {
        let start = match number(first, bounds) {
            Ok(start) => start,
            Err(fault) => return Some(fault),
        };
        match ends.as_slice() {
            [_] => (start, start),
            [_, end] => match number(end, bounds) {
                Ok(end) => (start, end),
                Err(fault) => return Some(fault),
            },
            _ => return Some(format!("too many hyphens: {text}")),
        }
    };
    let step = match steps.as_slice() {
        [_] => 1,
        [_, step] => {
            if ends.len() == 1 {
                end = bounds.most;
            }
            match plain(step) {
                Ok(step) => step,
                Err(fault) => return Some(fault),
            }
        }
        _ => return Some(format!("too many slashes: {text}")),
    };
    let (least, most) = (bounds.least, bounds.most);
    if start < least {
        return Some(format!("beginning of range ({start}) below minimum ({least}): {text}"));
    }
    if end > most {
        return Some(format!("end of range ({end}) above maximum ({most}): {text}"));
    }
    if start > end {
        return Some(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    (step == 0).then(|| format!("step of range should be a positive number: {text}"))
}

fn number(text: &str, bounds: &Bounds) -> Result<u32, String> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower).and_then(|index| u32::try_from(index).ok()) {
        Some(index) => Ok(index + bounds.least),
        None => plain(text),
    }
}

fn plain(text: &str) -> Result<u32, String> {
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(u32::try_from(number).unwrap_or(u32::MAX)),
        Err(_) => {
            Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn schedules_say_what_is_wrong_as_the_real_parser_does() {
        let cases = [
            ("*/5 * * * *", None),
            ("@hourly", None),
            ("0 0 1-7 jan,feb mon-fri", None),
            ("* * *", Some("expected exactly 5 fields, found 3: [* * *]")),
            ("60 * * * *", Some("end of range (60) above maximum (59): 60")),
            ("x * * * *", Some("failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax")),
            ("5-1 * * * *", Some("beginning of range (5) beyond end of range (1): 5-1")),
            ("@never", Some("unrecognized descriptor: @never")),
        ];
        for (schedule, wanted) in cases {
            assert_eq!(fault(schedule).as_deref(), wanted, "{schedule}");
        }
    }
}

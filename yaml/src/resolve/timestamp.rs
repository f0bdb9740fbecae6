//! Which texts go-yaml takes for dates and times.

/// Whether one of go-yaml's layouts reads the text: `2006-1-2`, `2006-1-2 15:4:5.9`,
/// `2006-1-2T15:4:5.9Z07:00` (or with `t`).
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits != 4 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    date(bytes).is_some_and(|rest| match rest {
        [] => true,
        [b'T' | b't', rest @ ..] => clock(rest).is_some_and(is_zone),
        [b' ', ..] => {
            let spaces = rest.iter().take_while(|b| **b == b' ').count();
            clock(&rest[spaces..]).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    })
}

/// Reads one or two digits.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let digit = |b: &u8| char::from(*b).to_digit(10);
    let first = bytes.first().and_then(digit)?;
    match bytes.get(1).and_then(digit) {
        Some(second) => Some((first * 10 + second, &bytes[2..])),
        None => Some((first, &bytes[1..])),
    }
}

fn expect(bytes: &[u8], byte: u8) -> Option<&[u8]> {
    bytes.strip_prefix(&[byte])
}

fn date(bytes: &[u8]) -> Option<&[u8]> {
    let year = bytes[..4].iter().fold(0, |year, b| year * 10 + u32::from(b - b'0'));
    let (month, rest) = number(&bytes[5..])?;
    let (day, rest) = number(expect(rest, b'-')?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

fn clock(bytes: &[u8]) -> Option<&[u8]> {
    let (hour, rest) = number(bytes)?;
    let (minute, rest) = number(expect(rest, b':')?)?;
    let (second, rest) = number(expect(rest, b':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', digit, ..] = rest
        && digit.is_ascii_digit()
    {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        return Some(&rest[1 + digits..]);
    }
    Some(rest)
}

/// `Z`, or an offset of at most 24 hours and 60 minutes: `+07:00`.
fn is_zone(bytes: &[u8]) -> bool {
    let pair = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    match bytes {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            matches!((pair(*h1, *h2), pair(*m1, *m2)), (Some(0..=24), Some(0..=60)))
        }
        _ => false,
    }
}

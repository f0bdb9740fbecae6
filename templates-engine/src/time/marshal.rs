//! A time as Go source, and as the bytes that `encoding/gob` writes.

use super::{MONTHS, Time, ZERO, Zone};

impl Time {
    /// `GoString`.
    pub fn go_string(&self) -> String {
        let clock = self.clock();
        let month = MONTHS[clock.month as usize - 1];
        let zone = match self.zone() {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Local(_) => "time.Local".to_owned(),
            Zone::Named(name, _) | Zone::Fixed(name, _) => format!("time.Location({})", quoted(name)),
        };
        let (year, day, nanos) = (clock.year, clock.day, self.nanosecond());
        let (hour, minute, second) = (clock.hour, clock.minute, clock.second);
        format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanos}, {zone})")
    }

    /// `MarshalBinary`: a version, the seconds since year 1, the nanoseconds, the offset in minutes
    /// (-1 for UTC), and what is left of it in seconds; `None` for an offset that has no such form.
    pub fn binary(&self) -> Option<Vec<u8>> {
        let offset = match self.zone() {
            Zone::Utc => None,
            _ => Some(self.offset().1),
        };
        let minutes = match offset {
            None => -1,
            Some(offset) => i16::try_from(offset / 60).ok().filter(|minutes| *minutes != -1)?,
        };
        let rest = offset.map_or(0, |offset| offset % 60);
        let mut bytes = vec![if rest == 0 { 1 } else { 2 }];
        bytes.extend(self.unix_seconds().wrapping_sub(ZERO).to_be_bytes());
        bytes.extend(self.nanosecond().to_be_bytes());
        bytes.extend(minutes.to_be_bytes());
        if rest != 0 {
            bytes.push(rest as i8 as u8);
        }
        Some(bytes)
    }
}

/// Package time's own quoting: bytes that are no plain ASCII as `\x..`.
fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..0x80 => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

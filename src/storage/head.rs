//! The head of a record: name, info and the chart's metadata, which Helm writes first. The rest, most of it, is neither
//! decoded nor decompressed.

use super::{
    codec::{self, CodecError, MAX_LISTED_BYTES},
    driver::Record,
    summary::Summary,
};
use crate::release::{ChartSummary, ChartSummaryMetadata, Info, Release};
use base64::{Engine, engine::general_purpose::STANDARD, read::DecoderReader};
use flate2::read::GzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::{
    fmt,
    io::{BufReader, Read},
};

/// The most that deflate makes of a byte.
const MAX_RATIO: u64 = 1032;
/// What reads the decompressed text: a head has some kilobytes.
const BUFFER: usize = 4 << 10;

/// The summary of a record. What stands behind the head is not looked at, but for whether it can be whole; the labels tell
/// the revision, and the record's place the namespace.
///
/// # Errors
/// When the head is broken, or the whole record is where the head does not suffice.
pub fn decode(record: &Record) -> Result<Summary, CodecError> {
    let head = read(&record.body);
    let version = record.labels.get("version").and_then(|version| version.parse().ok());
    let (Some(Head { name: Some(name), info: Some(info), metadata: Some(metadata), .. }), Some(version)) =
        (head, version)
    else {
        let release = codec::decode_limited(&record.body, MAX_LISTED_BYTES)?;
        return Ok(Summary { labels: record.labels.clone(), ..Summary::of(&release) });
    };
    let info = Info { notes: String::new(), resources: Default::default(), ..info };
    let chart = ChartSummary { metadata: Some(metadata) };
    Ok(Summary {
        name,
        namespace: record.namespace.clone(),
        version,
        info,
        chart,
        labels: record.labels.clone(),
    })
}

/// The head, if there is one that needs nothing of the rest.
fn read(body: &str) -> Option<Head> {
    if !may_be_whole(body) {
        return None;
    }
    let compressed = DecoderReader::new(body.as_bytes(), &STANDARD);
    let json = BufReader::with_capacity(BUFFER, GzDecoder::new(compressed).take(MAX_LISTED_BYTES));
    let mut head = Head::default();
    let outcome = (&mut head).deserialize(&mut serde_json::Deserializer::from_reader(json));
    // The visitor ends with an error as soon as it has enough.
    (outcome.is_ok() || head.enough).then_some(head)
}

/// Whether the last bytes can be gzip's: the length of what was compressed. Of records that were cut off one in twenty
/// passes.
fn may_be_whole(body: &str) -> bool {
    const TAIL: usize = 8;
    let compressed = body.len() as u64 / 4 * 3;
    let tail = body.len().checked_sub(TAIL).and_then(|start| body.get(start..));
    let Some(bytes) = tail.and_then(|tail| STANDARD.decode(tail).ok()) else { return false };
    let Some(size) = bytes.last_chunk::<4>() else { return false };
    let size = u64::from(u32::from_le_bytes(*size));
    // Stored blocks add five bytes to each 64 KiB, and the frame is small.
    let least = (compressed - compressed / 1000).saturating_sub(300);
    body.len().is_multiple_of(4) && (least..=compressed * MAX_RATIO).contains(&size)
}

#[derive(Debug, Default)]
struct Head {
    name: Option<String>,
    info: Option<Info>,
    metadata: Option<ChartSummaryMetadata>,
    enough: bool,
}

impl Head {
    fn is_complete(&self) -> bool {
        self.name.is_some() && self.info.is_some() && self.metadata.is_some()
    }

    fn stop<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.is_complete() {
            self.enough = true;
            return Err(E::custom("enough"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Head {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(Whole(self))
    }
}

struct Whole<'a>(&'a mut Head);

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a release")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => self.0.name = Some(map.next_value()?),
                "info" => self.0.info = Some(map.next_value()?),
                "chart" => map.next_value_seed(Chart(self.0))?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
            self.0.stop()?;
        }
        Ok(())
    }
}

struct Chart<'a>(&'a mut Head);

impl<'de> DeserializeSeed<'de> for Chart<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Chart<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a chart")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                self.0.metadata = map.next_value()?;
                self.0.stop()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        // A chart without metadata is shown as such; the whole record says how.
        Err(A::Error::custom("a chart without metadata"))
    }
}

/// The summary of a whole release, as [`decode`] would give it.
pub fn of(release: &Release, record: &Record) -> Summary {
    Summary { labels: record.labels.clone(), ..Summary::of(release) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{RecordedChart, Status};

    fn record(tail: &str) -> Record {
        let chart =
            format!(r#"{{"metadata":{{"name":"demo","version":"1.2.3","appVersion":"4"}},"tail":"{tail}"}}"#);
        let mut release = Release {
            name: "web".into(),
            namespace: "sea".into(),
            version: 7,
            chart: Some(RecordedChart::from_json(chart).unwrap()),
            ..Release::default()
        };
        release.set_status(Status::Deployed, "fine");
        release.info.notes = "long".into();
        Record {
            namespace: "sea".into(),
            labels: [("version".to_owned(), "7".to_owned())].into(),
            body: codec::encode(&release).unwrap(),
            ..Record::default()
        }
    }

    /// Text that does not compress.
    fn noise(length: usize) -> String {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
        };
        (0..length).map(|_| next()).collect()
    }

    fn shown(summary: &Summary) -> (String, String, i64, String) {
        let (name, namespace) = (summary.name.clone(), summary.namespace.clone());
        (name, namespace, summary.version, summary.chart.display_name())
    }

    #[test]
    fn the_head_says_what_the_whole_would() {
        for tail in ["", &noise(200_000)] {
            let record = record(tail);
            assert!(read(&record.body).unwrap().enough);
            let summary = decode(&record).unwrap();
            let whole = of(&codec::decode(&record.body).unwrap(), &record);
            assert_eq!(shown(&summary), shown(&whole));
            assert_eq!(summary.info.description, "fine");
            assert_eq!(summary.info.notes, "");
        }
    }

    #[test]
    fn what_stands_behind_the_head_is_not_read() {
        let mut record = record(&noise(200_000));
        let middle = record.body.len() / 2;
        record.body.replace_range(middle..middle + 4, "%%%%");
        assert_eq!(decode(&record).unwrap().name, "web");
        assert!(codec::decode(&record.body).is_err());
    }

    #[test]
    fn records_that_were_cut_off_are_found_out() {
        let whole = record(&noise(200_000));
        let (mut tried, mut passed) = (0, 0);
        for length in (0..whole.body.len()).step_by(611) {
            let cut = Record { body: whole.body[..length].to_owned(), ..whole.clone() };
            tried += 1;
            passed += u32::from(decode(&cut).is_ok());
        }
        assert!(tried > 200 && passed * 10 < tried, "{passed} of {tried}");
    }

    #[test]
    fn other_orders_and_old_forms_are_read_whole() {
        let turned =
            r#"{"version":7,"chart":{"metadata":{"name":"demo","version":"1"}},"info":{},"name":"web"}"#;
        let plain = |json: &str| Record { body: STANDARD.encode(json), ..record("") };
        assert_eq!(decode(&plain(turned)).unwrap().name, "web");
        let chartless = decode(&plain(r#"{"name":"web","version":7,"chart":null}"#)).unwrap();
        assert_eq!(chartless.chart.display_name(), "MISSING");
        for broken in ["[]", "nonsense", "{", r#"{"name":7}"#] {
            assert!(decode(&plain(broken)).is_err(), "{broken}");
        }
    }
}

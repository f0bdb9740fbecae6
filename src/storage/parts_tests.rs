use super::super::{Driver, DriverError, Error, Memory, Outline, Storage};
use super::*;
use crate::{clock::SystemClock, release::Status};
use std::cell::Cell;

/// A store in memory that holds bodies of so many bytes, and refuses every write after so many.
#[derive(Default)]
struct Narrow {
    memory: Memory,
    max: usize,
    writes: Cell<usize>,
}

impl Narrow {
    fn new(max: usize) -> Self {
        Self { max, writes: Cell::new(usize::MAX), ..Self::default() }
    }

    fn count(&self) -> Result<(), DriverError> {
        let left = self.writes.get();
        self.writes.set(left.saturating_sub(1));
        if left == 0 { Err(DriverError::Store("cut off".into())) } else { Ok(()) }
    }

    fn keys(&self) -> Vec<String> {
        self.query(&[]).unwrap().into_iter().map(|record| record.key).collect()
    }
}

impl Driver for Narrow {
    fn max_body(&self) -> Option<usize> {
        Some(self.max)
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        self.memory.get(key)
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        self.memory.query(labels)
    }

    fn outlines(&self, labels: &[(&str, &str)]) -> Result<Vec<Outline>, DriverError> {
        self.memory.outlines(labels)
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        self.count()?;
        self.memory.create(record)
    }

    fn update(&self, record: &Record) -> Result<(), DriverError> {
        self.count()?;
        self.memory.update(record)
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        self.count()?;
        self.memory.delete(key)
    }
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    };
    (0..length).map(|_| next()).collect()
}

fn release(version: i64, length: usize) -> Release {
    let chart = json!({"metadata": {"name": "demo", "version": "1.2.3"}, "values": {"a": 1}}).to_string();
    let mut release = Release {
        name: "web".into(),
        version,
        chart: Some(RecordedChart::from_json(chart).unwrap()),
        manifest: noise(length),
        apply_method: "ssa".into(),
        ..Release::default()
    };
    release.info.notes = "hello".into();
    release.set_status(Status::Deployed, "fine");
    release
}

const LARGE: usize = 20_000;

#[test]
fn a_large_release_is_read_back_whole() {
    let store = Narrow::new(10_000);
    let storage = Storage::new(&store, &SystemClock);
    storage.create(&release(1, LARGE)).unwrap();
    assert_eq!(store.keys().len(), 4, "{:?}", store.keys());
    let read = storage.get("web", 1).unwrap();
    assert_eq!(read.to_json().unwrap(), release(1, LARGE).to_json().unwrap());
    assert_eq!(storage.last("web").unwrap().manifest.len(), LARGE);
    let listed = storage.summaries("web").unwrap();
    assert_eq!((listed.found.len(), listed.unreadable.len()), (1, 0));
    assert_eq!(listed.found[0].chart.display_name(), "demo-1.2.3");
}

#[test]
fn a_step_of_an_operation_changes_the_head_alone() {
    let store = Narrow::new(10_000);
    let storage = Storage::new(&store, &SystemClock);
    storage.create(&release(1, LARGE)).unwrap();
    let before = store.keys();
    let mut next = release(1, LARGE);
    next.set_status(Status::Superseded, "older");
    store.writes.set(1);
    storage.update(&next).unwrap();
    assert_eq!(store.keys(), before);
    store.writes.set(usize::MAX);
    next.manifest = noise(LARGE / 2);
    storage.update(&next).unwrap();
    assert!(store.keys().len() < before.len());
    assert_eq!(storage.get("web", 1).unwrap().manifest.len(), LARGE / 2);
}

#[test]
fn what_is_cut_off_is_never_taken_for_a_release() {
    for writes in 0..4 {
        let store = Narrow::new(10_000);
        let storage = Storage::new(&store, &SystemClock);
        store.writes.set(writes);
        assert!(storage.create(&release(1, LARGE)).is_err());
        store.writes.set(usize::MAX);
        assert!(matches!(storage.last("web"), Err(Error::NotFound)), "{writes}");
        storage.create(&release(1, LARGE)).unwrap();
        assert_eq!(storage.get("web", 1).unwrap().manifest.len(), LARGE);
        assert_eq!(store.keys().len(), 4);
    }
}

#[test]
fn deletion_and_pruning_remove_the_parts() {
    let store = Narrow::new(10_000);
    let mut storage = Storage::new(&store, &SystemClock);
    for version in 1..=3 {
        let mut release = release(version, LARGE);
        release.info.status = Status::Superseded;
        storage.create(&release).unwrap();
    }
    assert_eq!(store.keys().len(), 12);
    storage.max_history = 2;
    storage.create(&release(4, LARGE)).unwrap();
    assert_eq!(store.keys().len(), 8);
    storage.delete("web", 3).unwrap();
    storage.delete("web", 4).unwrap();
    assert_eq!(store.keys(), Vec::<String>::new());
}

#[test]
fn parts_that_are_missing_or_changed_are_found_out() {
    let store = Narrow::new(10_000);
    let storage = Storage::new(&store, &SystemClock);
    storage.create(&release(1, LARGE)).unwrap();
    let part = store.keys().into_iter().find(|key| key.ends_with(".1")).unwrap();
    let mut record = store.get(&part).unwrap();
    record.body.replace_range(500..504, "AAAA");
    store.update(&record).unwrap();
    let error = storage.get("web", 1).unwrap_err().to_string();
    assert_eq!(error, "the parts of the record are not what was stored");
    store.delete(&part).unwrap();
    let error = storage.get("web", 1).unwrap_err().to_string();
    assert_eq!(error, format!("part {part:?} of the record is missing"));
    // It can be removed all the same.
    storage.delete("web", 1).unwrap();
    assert_eq!(store.keys(), Vec::<String>::new());
}

#[test]
fn a_small_release_is_one_record() {
    let store = Narrow::new(10_000);
    let storage = Storage::new(&store, &SystemClock);
    storage.create(&release(1, 1000)).unwrap();
    assert_eq!(store.keys(), ["sh.helm.release.v1.web.v1"]);
}

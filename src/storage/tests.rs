use super::*;
use crate::{clock::SystemClock, release::Status};

fn release(version: i64, status: Status) -> Release {
    let mut release = Release { name: "web".into(), version, ..Release::default() };
    release.set_status(status, "");
    release.labels.insert("team".into(), "sea".into());
    release
}

/// A store in memory whose errors read as those of Secrets do.
#[derive(Default)]
struct Explaining(Memory);

impl Driver for Explaining {
    fn explains(&self) -> bool {
        true
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        self.0.get(key)
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        self.0.query(labels)
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        self.0.create(record)
    }

    fn update(&self, record: &Record) -> Result<(), DriverError> {
        self.0.update(record)
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        self.0.delete(key)
    }
}

fn versions(storage: &Storage<'_>) -> Vec<i64> {
    storage.history("web").unwrap().iter().map(|r| r.version).collect()
}

#[test]
fn a_record_has_helms_key_and_labels() {
    let memory = Memory::default();
    Storage::new(&memory, &SystemClock).create(&release(3, Status::Deployed)).unwrap();
    let record = memory.get("sh.helm.release.v1.web.v3").unwrap();
    let labels: Vec<&str> = record.labels.keys().map(String::as_str).collect();
    assert_eq!(labels, ["createdAt", "name", "owner", "status", "team", "version"]);
    assert_eq!(record.labels["status"], "deployed");
}

#[test]
fn get_shows_the_users_labels_and_history_all_of_them() {
    let memory = Memory::default();
    let storage = Storage::new(&memory, &SystemClock);
    storage.create(&release(1, Status::Deployed)).unwrap();
    assert_eq!(storage.get("web", 1).unwrap().labels.len(), 1);
    assert_eq!(storage.last("web").unwrap().labels["owner"], "helm");
}

#[test]
fn the_history_limit_spares_the_deployed_revision() {
    let memory = Memory::default();
    let mut storage = Storage::new(&memory, &SystemClock);
    storage.create(&release(1, Status::Deployed)).unwrap();
    for version in 2..=4 {
        storage.create(&release(version, Status::Failed)).unwrap();
    }
    storage.max_history = 3;
    storage.create(&release(5, Status::PendingUpgrade)).unwrap();
    assert_eq!(versions(&storage), [1, 4, 5]);
}

#[test]
fn errors_read_like_helms() {
    let (memory, explaining) = (Memory::default(), Explaining::default());
    let storage = Storage::new(&explaining, &SystemClock);
    assert_eq!(storage.last("web").unwrap_err().to_string(), "release: not found");
    assert_eq!(storage.deployed("web").unwrap_err().to_string(), "\"web\" has no deployed releases");
    storage.create(&release(1, Status::Failed)).unwrap();
    let again = storage.create(&release(1, Status::Failed)).unwrap_err();
    assert_eq!(again.to_string(), "release: already exists");
    let missing = storage.update(&release(2, Status::Failed)).unwrap_err();
    assert_eq!(missing.to_string(), "update: failed to update: release: not found");
    let missing = Storage::new(&memory, &SystemClock).update(&release(2, Status::Failed)).unwrap_err();
    assert_eq!(missing.to_string(), "release: not found");
}

#[test]
fn an_unreadable_record_hides_nothing_else() {
    let memory = Explaining::default();
    let storage = Storage::new(&memory, &SystemClock);
    storage.create(&release(1, Status::Deployed)).unwrap();
    let mut broken = memory.get(&key("web", 1)).unwrap();
    broken.key = key("web", 2);
    broken.body = "%".into();
    memory.create(&broken).unwrap();
    assert_eq!(versions(&storage), [1]);
    let error = storage.get("web", 2).unwrap_err().to_string();
    assert_eq!(
        error,
        "get: failed to decode data \"sh.helm.release.v1.web.v2\": illegal base64 data at input byte 0"
    );
}

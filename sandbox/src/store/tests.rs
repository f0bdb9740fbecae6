use super::{Body, Change, Error, Expect, Store};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

fn change(key: &str, expect: Expect, value: Option<u64>) -> Change {
    let body = value.map(|value| Body::encode(&json!({"metadata": {"name": key}, "value": value})));
    Change { key: key.into(), expect, body, owners: Vec::new() }
}

fn value(object: &Value) -> u64 {
    object["value"].as_u64().expect("a number")
}

/// Both kinds of store; the folder goes when it is dropped.
fn stores() -> Vec<(Store, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Store::open(&folder.path().join("objects")).expect("a store");
    vec![(Store::in_memory(), None), (disk, Some(folder))]
}

/// Numbers as good as random, the same on each run (SplitMix64).
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

#[tokio::test]
async fn writes_expect_what_is_there() {
    for (store, _folder) in stores() {
        let made = store.write(change("a/1", Expect::Nothing, Some(1))).await.expect("it is new");
        assert_eq!((made.revision, made.old), (1, None));
        let Err(Error::Changed(Some(found))) = store.write(change("a/1", Expect::Nothing, Some(2))).await
        else {
            panic!("there is one already");
        };
        assert_eq!(found.revision, 1);
        assert_eq!(
            store.write(change("a/2", Expect::Revision(1), Some(2))).await.expect_err("there is none"),
            Error::Changed(None)
        );
        let changed = store.write(change("a/1", Expect::Revision(1), Some(3))).await.expect("it is that");
        assert_eq!(changed.revision, 2);
        assert!(store.write(change("a/1", Expect::Revision(1), Some(4))).await.is_err());
        assert_eq!(value(&store.get("a/1").expect("works").1.expect("is there").decode()), 3);
        store.write(change("a/1", Expect::Anything, None)).await.expect("it goes");
        assert_eq!(store.get("a/1").expect("works"), (3, None));
    }
}

#[tokio::test]
async fn lists_of_the_past_are_what_lists_were() {
    for (store, _folder) in stores() {
        let mut numbers = Numbers(7);
        let mut now: BTreeMap<String, u64> = BTreeMap::new();
        let mut past: Vec<BTreeMap<String, u64>> = vec![now.clone()];
        for step in 0..300 {
            let key = format!("p/{}", numbers.next(25));
            let gone = now.contains_key(&key) && numbers.next(3) == 0;
            store.write(change(&key, Expect::Anything, (!gone).then_some(step))).await.expect("it works");
            if gone {
                now.remove(&key);
            } else {
                now.insert(key, step);
            }
            past.push(now.clone());
        }
        for (revision, wanted) in past.iter().enumerate().step_by(7) {
            for limit in [1, 4, 1000] {
                let (mut seen, mut after) = (BTreeMap::new(), "p/".to_owned());
                loop {
                    let page =
                        store.page("p/", &after, Some(revision as u64), limit).expect("it is remembered");
                    assert!(page.items.len() <= limit);
                    for (key, stored) in &page.items {
                        seen.insert(key.to_string(), value(&stored.decode()));
                        after = key.to_string();
                    }
                    if !page.more {
                        break;
                    }
                }
                assert_eq!(seen, *wanted, "revision {revision}, limit {limit}");
            }
        }
    }
}

#[tokio::test]
async fn owners_lead_to_what_they_own() {
    for (store, _folder) in stores() {
        let owned = |key: &str, uids: &[&str]| {
            let references: Vec<Value> = uids.iter().map(|uid| json!({"uid": uid})).collect();
            let object = json!({"metadata": {"name": key, "ownerReferences": references}});
            let owners = uids.iter().map(|uid| Box::from(*uid)).collect();
            Change { key: key.into(), expect: Expect::Anything, body: Some(Body::encode(&object)), owners }
        };
        store.write(owned("a", &["u1", "u2"])).await.expect("it works");
        store.write(owned("b", &["u1"])).await.expect("it works");
        assert_eq!(store.owned("u1").expect("works"), ["a".into(), "b".into()]);
        store.write(owned("a", &["u2"])).await.expect("it works");
        assert_eq!(store.owned("u1").expect("works"), ["b".into()]);
        store.write(change("b", Expect::Anything, None)).await.expect("it works");
        assert!(store.owned("u1").expect("works").is_empty());
        assert_eq!(store.owned("u2").expect("works"), ["a".into()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_lose_nothing() {
    for (store, _folder) in stores() {
        store.write(change("n", Expect::Nothing, Some(0))).await.expect("it is new");
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    for _ in 0..50 {
                        loop {
                            let (_, found) = store.get("n").expect("works");
                            let found = found.expect("is there");
                            let next = change(
                                "n",
                                Expect::Revision(found.revision),
                                Some(value(&found.decode()) + 1),
                            );
                            if store.write(next).await.is_ok() {
                                break;
                            }
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("no panic");
        }
        assert_eq!(value(&store.get("n").expect("works").1.expect("is there").decode()), 400);
        assert_eq!(store.revision().expect("works"), 401);
    }
}

/// 200 watchers see each of 4,000 writes of 20 writers once and in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn watchers_see_every_write_in_order() {
    const WATCHERS: usize = 200;
    const WRITERS: u64 = 20;
    const EACH: u64 = 200;
    for (store, _folder) in stores() {
        let watchers: Vec<_> = (0..WATCHERS)
            .map(|_| {
                let mut watcher = store.watch("k/", 0).expect("it begins");
                tokio::spawn(async move {
                    let (mut revision, mut seen) = (0, 0);
                    while seen < WRITERS * EACH {
                        for event in watcher.next().await.expect("it is fast enough") {
                            assert!(event.revision > revision, "events are in order");
                            revision = event.revision;
                            seen += 1;
                            assert!(!event.line().is_empty());
                        }
                    }
                    (revision, seen)
                })
            })
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0..EACH {
                        let key = format!("k/{writer}");
                        store.write(change(&key, Expect::Anything, Some(n))).await.expect("it works");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("no panic");
        }
        for watcher in watchers {
            assert_eq!(watcher.await.expect("no panic"), (WRITERS * EACH, WRITERS * EACH));
        }
    }
}

#[tokio::test]
async fn a_watcher_that_falls_behind_is_told() {
    let store = Store::in_memory();
    let mut slow = store.watch("k", 0).expect("it begins");
    let big = "x".repeat(1 << 20);
    for _ in 0..20 {
        let object = json!({"metadata": {"name": "k"}, "data": big});
        let body = Some(Body::encode(&object));
        let change = Change { key: "k".into(), expect: Expect::Anything, body, owners: Vec::new() };
        store.write(change).await.expect("it works");
    }
    let oldest = store.oldest();
    assert!(oldest > 0, "the log is bounded");
    assert_eq!(slow.next().await.expect_err("it is too late"), Error::Expired { oldest });
    assert_eq!(store.watch("k", 0).err(), Some(Error::Expired { oldest }));
    assert_eq!(store.page("k", "", Some(0), 10).err(), Some(Error::Expired { oldest }));
    let mut late = store.watch("k", oldest).expect("this much is there");
    assert_eq!(late.next().await.expect("it is").first().map(|event| event.revision), Some(oldest + 1));
}

#[tokio::test]
async fn a_draft_is_a_store_once_it_is_settled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("objects");
    let draft = Store::draft(&path).expect("a draft");
    draft.write(change("a/x", Expect::Nothing, Some(1))).await.expect("it works");
    drop(draft);
    assert!(!path.exists(), "it was never complete");
    let store = Store::draft(&path).expect("a draft over what is left of another");
    assert_eq!(store.revision(), Ok(0));
    store.write(change("a/y", Expect::Nothing, Some(1))).await.expect("it works");
    assert!(!path.exists());
    store.settle();
    store.write(change("a/z", Expect::Nothing, Some(2))).await.expect("it works");
    assert!(path.exists(), "a write after it is on the disk, in the file of its name");
    let other = std::fs::File::open(&path).expect("the file");
    assert!(other.try_lock().is_err(), "it is in use");
    drop(store);
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let store = Store::draft(&path).expect("the same store");
    assert_eq!(store.revision(), Ok(2));
    store.settle();
    store.write(change("a/w", Expect::Nothing, Some(3))).await.expect("it works");
    assert_eq!(store.count("", ""), Ok(3));
}

#[tokio::test]
async fn a_reopened_store_knows_everything_but_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("objects");
    let store = Store::open(&path).expect("a new store");
    for n in 0..10 {
        store.write(change(&format!("k/{n}"), Expect::Nothing, Some(n))).await.expect("it works");
    }
    assert!(Store::open(&path).is_err(), "two may not write one file");
    drop(store);
    let store = Store::open(&path).expect("the same store");
    assert_eq!(store.revision().expect("works"), 10);
    assert_eq!(store.page("k/", "", None, 100).expect("works").items.len(), 10);
    assert_eq!(store.watch("k/", 3).err(), Some(Error::Expired { oldest: 10 }));
    assert_eq!(store.write(change("k/x", Expect::Nothing, Some(1))).await.expect("it works").revision, 11);
}

/// A disk that forgets what was not synced when the power goes.
#[derive(Debug, Clone)]
struct Frail {
    state: Arc<Mutex<(Vec<u8>, Vec<u8>)>>,
    /// Operations until the power goes.
    left: Arc<AtomicU64>,
    /// Which of the writes that were not synced reach the disk all the same.
    kept: Arc<Mutex<Numbers>>,
}

impl Frail {
    fn new(disk: Vec<u8>, left: u64, seed: u64) -> Self {
        Self {
            state: Arc::new(Mutex::new((disk.clone(), disk))),
            left: Arc::new(AtomicU64::new(left)),
            kept: Arc::new(Mutex::new(Numbers(seed))),
        }
    }

    fn step(&self) -> Result<(), std::io::Error> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return Err(std::io::Error::other("the power is gone"));
        }
        self.left.store(left - 1, Ordering::SeqCst);
        Ok(())
    }
}

impl redb::StorageBackend for Frail {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.state.lock().expect("no panic").0.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let state = self.state.lock().expect("no panic");
        let start = usize::try_from(offset).expect("it is small");
        out.copy_from_slice(&state.0[start..start + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.step()?;
        let mut state = self.state.lock().expect("no panic");
        let len = usize::try_from(len).expect("it is small");
        state.0.resize(len, 0);
        state.1.resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.step()?;
        let mut state = self.state.lock().expect("no panic");
        state.1 = state.0.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.step()?;
        let mut state = self.state.lock().expect("no panic");
        let start = usize::try_from(offset).expect("it is small");
        state.0[start..start + data.len()].copy_from_slice(data);
        if self.kept.lock().expect("no panic").next(3) == 0 {
            state.1[start..start + data.len()].copy_from_slice(data);
        }
        Ok(())
    }
}

/// The power goes at 60 different moments; what was acknowledged is there, and nothing else but perhaps the one write that
/// nobody heard of.
#[tokio::test]
async fn acknowledged_writes_survive_power_cuts() {
    for seed in 0..60 {
        let frail = Frail::new(Vec::new(), 40 + seed * 9, seed);
        let mut acknowledged = 0;
        if let Ok(store) = Store::open_backend(frail.clone()) {
            for n in 0..200 {
                if store.write(change(&format!("k/{n:03}"), Expect::Nothing, Some(n))).await.is_err() {
                    break;
                }
                acknowledged = n + 1;
            }
        }
        let disk = frail.state.lock().expect("no panic").1.clone();
        if disk.is_empty() {
            assert_eq!(acknowledged, 0);
            continue;
        }
        let store = match Store::open_backend(Frail::new(disk, u64::MAX, 0)) {
            Ok(store) => store,
            Err(error) => {
                assert_eq!(acknowledged, 0, "{error}");
                continue;
            }
        };
        let page = store.page("k/", "", None, 1000).expect("it can be read");
        let there = page.items.len() as u64;
        assert!(there == acknowledged || there == acknowledged + 1, "{acknowledged} of {there}, seed {seed}");
        assert_eq!(page.revision, there);
        for (n, (key, stored)) in page.items.iter().enumerate() {
            assert_eq!((&**key, value(&stored.decode())), (format!("k/{n:03}").as_str(), n as u64));
        }
    }
}

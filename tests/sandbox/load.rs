//! 200 watchers see 4,000 writes, 2,000 a second, each once and in order.

use crate::place::Place;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const WATCHERS: usize = 200;
const WRITERS: usize = 16;
const WRITES: u64 = 4_000;
const A_SECOND: u64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(60);

fn client(place: &Place) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(place.file("ca.crt").as_bytes()).expect("a certificate");
    reqwest::Client::builder().tls_certs_only([authority]).no_proxy().build().expect("a client")
}

/// Reads events until the last write is seen: their versions must grow, and none may be missing.
async fn watch(client: reqwest::Client, url: String, token: String) -> u64 {
    let mut answer = client.get(&url).bearer_auth(&token).send().await.expect("a watch");
    assert_eq!(answer.status(), 200);
    let (mut rest, mut last, mut seen) = (Vec::new(), 0, 0);
    while seen < WRITES {
        let data = answer.chunk().await.expect("a chunk").expect("it goes on");
        rest.extend_from_slice(&data);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let event: serde_json::Value = serde_json::from_slice(&line).expect("an event");
            assert_eq!(event["type"], "ADDED", "{event}");
            let version = event["object"]["metadata"]["resourceVersion"].as_str().expect("a version");
            let version: u64 = version.parse().expect("a number");
            assert!(version > last, "{version} after {last}");
            (last, seen) = (version, seen + 1);
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_lose_and_reorder_nothing_under_load() {
    let place = Place::new(&[]);
    let token = place.file("token");
    let base = format!("https://127.0.0.1:{}/api/v1/namespaces/default/configmaps", place.file("port"));
    let first = client(&place).get(&base).bearer_auth(&token).send().await.expect("a list");
    let list: serde_json::Value =
        serde_json::from_slice(&first.bytes().await.expect("a body")).expect("JSON");
    let version = list["metadata"]["resourceVersion"].as_str().expect("a version");
    let labelled = format!("{base}?watch=true&resourceVersion={version}&labelSelector=load%3Dyes");
    // Some connections for many watches, as HTTP/2 has it.
    let clients: Vec<_> = (0..8).map(|_| client(&place)).collect();
    let watches: Vec<_> = (0..WATCHERS)
        .map(|n| tokio::spawn(watch(clients[n % clients.len()].clone(), labelled.clone(), token.clone())))
        .collect();
    let (next, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let writer = client(&place);
    let writes: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (client, next, base, token) = (writer.clone(), Arc::clone(&next), base.clone(), token.clone());
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= WRITES {
                        return;
                    }
                    let due = start + Duration::from_micros(n * 1_000_000 / A_SECOND);
                    tokio::time::sleep_until(due.into()).await;
                    let body = format!(
                        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c{n}","labels":{{"load":"yes"}}}}}}"#
                    );
                    let request = client.post(&base).bearer_auth(&token).header("content-type", "application/json");
                    let answer = request.body(body).send().await.expect("an answer");
                    assert_eq!(answer.status(), 201);
                }
            })
        })
        .collect();
    for write in writes {
        write.await.expect("every write is made");
    }
    let rate = WRITES as f64 / start.elapsed().as_secs_f64();
    for watch in watches {
        let seen = tokio::time::timeout(PATIENCE, watch).await.expect("in time").expect("a good watch");
        assert_eq!(seen, WRITES);
    }
    eprintln!("{rate:.0} writes a second, {WATCHERS} watchers, {:?} until all had seen all", start.elapsed());
}

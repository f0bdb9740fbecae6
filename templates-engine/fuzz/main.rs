//! A bounded run of the fuzz targets over mutated cases and generated templates.
//!
//! `SKIFF_FUZZ_SECONDS` says how long each target runs (2 without it), `SKIFF_FUZZ_SEED` where the random
//! numbers begin. A failure names the input.

#[path = "../tests/support/cases.rs"]
#[allow(dead_code, unreachable_pub, reason = "only the reader is used here")]
mod cases;
#[path = "../tests/support/fixture.rs"]
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod fixture;
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod grammar;
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod mutate;
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod random;
#[allow(unreachable_pub, reason = "callable by any driver")]
mod targets;

use random::Random;
use std::{
    fs,
    panic::catch_unwind,
    path::Path,
    time::{Duration, Instant},
};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| cases::read(path)).map(|case| case.template).collect()
}

fn drive(target: fn(&[u8])) {
    let corpus = corpus();
    let seed = number("SKIFF_FUZZ_SEED", 1);
    let mut random = Random::new(seed);
    let deadline = Instant::now() + Duration::from_secs(number("SKIFF_FUZZ_SECONDS", 2));
    let mut count = 0_u64;
    while Instant::now() < deadline {
        let input = if random.one_in(4) {
            grammar::template(&mut random).into_bytes()
        } else {
            mutate::mutated(&mut random, &corpus)
        };
        let shown = input.escape_ascii().to_string();
        let began = Instant::now();
        assert!(catch_unwind(|| target(&input)).is_ok(), "seed {seed}, input {count}: b\"{shown}\"");
        assert!(began.elapsed() < Duration::from_secs(20), "too slow: b\"{shown}\"");
        count += 1;
    }
    assert!(count > 20, "only {count} inputs");
}

#[test]
fn parsing_never_panics() {
    drive(targets::parse);
}

#[test]
fn rendering_never_panics_and_always_ends() {
    drive(targets::render);
}

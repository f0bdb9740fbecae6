//! Damaged chart archives: Go's gzip, flate and tar say where and why.

use crate::support::{env::TestEnv, peers};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::{
    fs,
    io::{Read, Write},
};

fn zipped(tar: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(tar).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// Numbers that are spread out and the same in each run.
fn spread(count: usize, below: usize) -> impl Iterator<Item = usize> {
    (1..=count).map(move |n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20).map(move |n| n % below)
}

fn flipped(data: &[u8], at: usize, bit: usize) -> Vec<u8> {
    let mut data = data.to_vec();
    data[at] ^= 1 << (bit % 8);
    data
}

/// A sound archive, cut, flipped and prolonged in its compressed form and in its plain one.
fn damaged(sound: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut tar = Vec::new();
    GzDecoder::new(sound).read_to_end(&mut tar).expect("it is sound");
    let (end, all) = (sound.len(), tar.len());
    let mut cases = vec![("sound".to_owned(), sound.to_vec())];
    let ends = [0, 1, 2, 9, 10, 11, 20, 60, end / 4, end / 2, end - 9, end - 8, end - 4, end - 1];
    cases.extend(ends.map(|at| (format!("cut at {at}"), sound[..at].to_vec())));
    cases.extend((0..40).map(|at| (format!("byte {at}"), flipped(sound, at, 1 + at))));
    cases.extend(spread(60, end).map(|at| (format!("bit of {at}"), flipped(sound, at, at / 8))));
    cases.extend([end - 8, end - 4].map(|at| (format!("trailer {at}"), flipped(sound, at, 0))));
    for more in [&b"garbage"[..], &[0; 10], &[b'x'; 12], b"\x1f\x8b\x08", sound] {
        cases.push((format!("{} bytes more", more.len()), [sound, more].concat()));
    }
    let ends = [0, 1, 511, 512, 513, 1024, 1500, all / 2, all - 1024, all - 1023, all - 512, all - 1];
    cases.extend(ends.map(|at| (format!("tar cut at {at}"), zipped(&tar[..at], Compression::fast()))));
    let bits = spread(30, all).chain(spread(40, 512));
    cases.extend(bits.map(|at| {
        let tar = flipped(&tar, at, at / 8);
        (format!("tar's bit of {at}"), zipped(&tar, Compression::fast()))
    }));
    let stored = zipped(&tar, Compression::none());
    cases.extend([10, 11, 12, 14, 40].map(|at| (format!("stored {at}"), flipped(&stored, at, 0))));
    cases
}

#[test]
fn damaged_archives_are_refused_in_helms_words() {
    let env = TestEnv::new();
    let _ = env.helm(&["create", "c"]).success();
    let _ = env.helm(&["package", "c"]).success();
    let archive = env.work().join("c-0.1.0.tgz");
    let cases = damaged(&fs::read(&archive).expect("the archive"));
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let differ: Vec<String> = cases
        .iter()
        .filter_map(|(name, bytes)| {
            fs::write(&archive, bytes).expect("the archive");
            let run = |program| env.run(program, &["show", "chart", "c-0.1.0.tgz"], &env.work());
            let (helm, skiff) = (run(&peers::bin("helm")), run(&env.root().join("bin/helm")));
            (helm != skiff).then(|| format!("{name}\n  helm  {helm:?}\n  skiff {skiff:?}"))
        })
        .collect();
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), cases.len(), differ.join("\n"));
}

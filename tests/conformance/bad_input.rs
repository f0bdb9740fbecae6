//! Input that is wrong: Helm's message, exit code 1, and nothing left behind.

use crate::cases::{all_same_as_helm, charts, parse};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

#[test]
fn wrong_charts_values_and_names_are_refused_as_helm_refuses_them() {
    let cases = parse(include_str!("data/bad-input.txt"));
    assert!(cases.len() > 90, "only {} cases", cases.len());
    all_same_as_helm(&cases);
}

const CHART: &[u8] = b"apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A gzipped archive with members of any name.
fn archive(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, data) in members {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("a GNU header").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_size(0);
            header.set_link_name(String::from_utf8_lossy(data).as_ref()).expect("a link");
        }
        header.set_cksum();
        tar.append(&header, if kind.is_file() { *data } else { &[][..] }).expect("a member");
    }
    tar.into_inner().expect("an archive").finish().expect("a stream")
}

#[test]
fn broken_and_malicious_archives_are_refused_as_helm_refuses_them() {
    use tar::EntryType::{Directory, Link, Regular, Symlink};
    let good = archive(&[("c/Chart.yaml", Regular, CHART), ("c/templates/a.yaml", Regular, b"a: 1\n")]);
    let with = |name, kind, data| archive(&[("c/Chart.yaml", Regular, CHART), (name, kind, data)]);
    let archives: Vec<Vec<u8>> = vec![
        good.clone(),
        good[..good.len() / 2].to_vec(),
        good[..12].to_vec(),
        b"\x1f\x8b".to_vec(),
        b"\x1f\x8bgarbage that goes on".to_vec(),
        b"PK\x03\x04zip".to_vec(),
        b"a: yaml\n".to_vec(),
        Vec::new(),
        [good.as_slice(), b"trailing"].concat(),
        archive(&[]),
        archive(&[("Chart.yaml", Regular, CHART)]),
        archive(&[("c/values.yaml", Regular, b"a: 1")]),
        archive(&[("c", Directory, b"")]),
        with("c/../../evil", Regular, b"x"),
        with("../evil", Regular, b"x"),
        with("/etc/evil", Regular, b"x"),
        with("c/../x", Regular, b"x"),
        with("c//double", Regular, b"x"),
        with("c/./dot", Regular, b"x"),
        with("c/C:/x", Regular, b"x"),
        with("C:/x", Regular, b"x"),
        with("c\\templates\\a.yaml", Regular, b"a: 1\n"),
        with("c/templates\\a.yaml", Regular, b"a: 1\n"),
        with("c/link", Symlink, b"/etc/passwd"),
        with("c/link", Link, b"c/Chart.yaml"),
        with("other/templates/a.yaml", Regular, b"a: 2\n"),
        with("c/charts/s.tgz", Regular, b"not gzip"),
        with("c/charts/s/Chart.yaml", Regular, b"name: s"),
        with("c/values.yaml", Regular, b"a: [\n"),
        with("c/templates/a.yaml", Regular, b"a: {{ nope }}\n"),
        with("c/Chart.yaml", Regular, b"apiVersion: v2\nname: twice\nversion: 1.0.0\n"),
    ];
    for (i, archive) in archives.iter().enumerate() {
        let env = charts().file(&format!("a{i}.tgz"), archive);
        env.same_as_helm(&["template", "r", &format!("a{i}.tgz")]);
    }
}

#[test]
fn an_archive_that_swells_is_refused_as_helm_refuses_it() {
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = tar::Header::new_gnu();
    header.set_path("c/big").expect("a path");
    header.set_size(200 << 20);
    header.set_cksum();
    gz.write_all(header.as_bytes()).expect("a header");
    for _ in 0..200 {
        gz.write_all(&[0; 1 << 20]).expect("zeros");
    }
    let env = charts().file("big.tgz", gz.finish().expect("a stream"));
    env.same_as_helm(&["template", "r", "big.tgz"]);
    env.same_as_helm(&["show", "chart", "big.tgz"]);
}

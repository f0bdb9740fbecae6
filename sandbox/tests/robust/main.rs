//! The checks of the fuzz targets on random bytes of known seeds, so that they run everywhere.

#[path = "../../fuzz/checks.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are crates of their own")]
mod checks;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap_or_default()
    }
}

/// A text made of others' pieces: cut, repeated, swapped, with some bytes changed.
fn mutated(random: &mut Random, texts: &[&str], words: &[&str]) -> Vec<u8> {
    let mut bytes = texts[random.below(texts.len())].as_bytes().to_vec();
    for _ in 0..random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => {
                let word = words[random.below(words.len())].bytes();
                bytes.splice(at..at, word);
            }
            1 if at < bytes.len() => {
                bytes[at] = u8::try_from(random.below(256)).unwrap_or_default();
            }
            2 => {
                let end = at + random.below(bytes.len() - at + 1).min(20);
                bytes.drain(at..end);
            }
            _ => {
                let end = at + random.below(bytes.len() - at + 1).min(40);
                let piece: Vec<u8> = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

const PATCHES: &[&str] = &[
    r#"{"metadata":{"name":"a","labels":{"a":"b"},"finalizers":["x","y"]},"spec":{"containers":[{"name":"a","image":"x","ports":[{"containerPort":80}],"env":[{"name":"A"}]},{"name":"b"}],"volumes":[{"name":"v"}]}}"#,
    r#"{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]},"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"b","$patch":"delete"},{"name":"a","$retainKeys":["name"]}]}}"#,
    r#"[{"op":"add","path":"/spec/containers/-","value":{"name":"c"}},{"op":"copy","from":"/spec","path":"/copy"},{"op":"test","path":"/metadata/name","value":"a"},{"op":"move","from":"/spec/volumes/0","path":"/spec/volumes/0"}]"#,
    r#"{"metadata":{"name":"a","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{}}},"f:x":{"v:1":{}}}}}]}}"#,
];

const PIECES: &[&str] = &[
    "null",
    "{}",
    "[]",
    "\"$patch\":\"replace\",",
    "\"a\":1,",
    ",",
    "\0",
    "1e308",
    "-0.0",
    "\"\\ud800\"",
    "/-1",
    "~0~1",
    ": ",
    "\n- ",
    "\"k:{\\\"name\\\":1}\":{},",
    "9223372036854775808",
    "[[[[[[[[",
];

const SELECTORS: &[&str] = &[
    "a=b,c!=d",
    "a in (b,c), !d",
    "tier notin (web)",
    "metadata.name=a,spec.nodeName!=b",
    "a=b\\,c",
    "x>5,y<3",
];

#[test]
fn random_patches_never_panic_and_stay_bounded() {
    let mut random = Random(1);
    for _ in 0..6_000 {
        let mut data = mutated(&mut random, PATCHES, PIECES);
        data.push(0);
        data.extend(mutated(&mut random, PATCHES, PIECES));
        checks::patches(&data);
    }
}

#[test]
fn random_selectors_never_panic() {
    let mut random = Random(2);
    let pieces = ["(", ")", ",", "!", "=", "==", "in", "notin", " ", "\\", ">", "é", "\u{0}"];
    for _ in 0..50_000 {
        checks::selectors(&mutated(&mut random, SELECTORS, &pieces));
    }
}

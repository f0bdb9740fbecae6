use super::{Encoder, parse};

fn round(text: &str) -> String {
    let mut encoder = Encoder::default();
    if let Some(document) = parse(text).unwrap() {
        encoder.encode(&document, true);
    }
    encoder.finish()
}

#[test]
fn comments_stay_with_their_nodes() {
    let text = "# head of document\n\n# head of a\na: 1 # line\n# foot of a\n\nb:\n# head of entry\n- x\n- y # line\n\n# foot\n";
    assert_eq!(round(text), text);
}

#[test]
fn block_scalars_and_quotes_stay() {
    let text = "a: |-\n  x\n  y\nb: >-\n  folded text\nc: 'single'\nd: \"double\\n\"\n";
    assert_eq!(round(text), text);
}

#[test]
fn indentation_becomes_regular() {
    assert_eq!(round("a:\n     b:\n        - 1\n        -   - 2\n"), "a:\n  b:\n  - 1\n  - - 2\n");
}

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

#[test]
fn brackets_and_indentation_nest_up_to_a_limit() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels) + "\n";
    assert!(parse(deep(900)).is_ok());
    assert_eq!(parse(deep(100_000)), Err(crate::Error::TooDeep));
    let block: String = (0..2_000).map(|level| " ".repeat(level) + "- \n").collect();
    assert_eq!(parse(block), Err(crate::Error::TooDeep));
}

#[test]
fn a_document_of_the_deepest_nesting_can_be_written() {
    let mut encoder = Encoder::default();
    let text = "{a: ".repeat(900) + "1" + &"}".repeat(900) + "\n";
    encoder.encode(&parse(&text).unwrap().unwrap(), true);
    assert_eq!(encoder.finish(), text);
}

#[test]
fn a_key_between_comments_keeps_those_of_its_own() {
    let text = "a:\n  b: 1\n  # foot of b\n\n# head of c\nc: 2\n";
    let document = parse(text).unwrap().unwrap();
    let root = document.root();
    assert_eq!(root.content[1].content[0].foot_comment, "# foot of b");
    assert_eq!(root.content[2].head_comment, "# head of c");
    assert_eq!((root.content[2].line, root.content[3].line), (6, 6));
}

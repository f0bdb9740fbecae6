use super::*;

#[test]
fn names_follow_helms_rule() {
    for name in ["a", "a-b", "a.b-c", "0", &"a".repeat(53)] {
        assert!(is_valid_name(name), "{name}");
    }
    for name in ["", "A", "-a", "a-", "a..b", "a_b", ".a", &"a".repeat(54), "é"] {
        assert!(!is_valid_name(name), "{name}");
    }
}

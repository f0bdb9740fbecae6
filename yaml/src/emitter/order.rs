//! The order of keys: as people count, so that "a2" comes before "a10".

use super::Style;
use std::cmp::Ordering;

/// go-yaml's order of two string keys.
pub fn compare_keys(a: &str, b: &str, style: Style) -> Ordering {
    if is_less(a, b, style) {
        Ordering::Less
    } else if is_less(b, a, style) {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// Sorts keys in go-yaml's order.
pub fn sort_keys<T>(entries: &mut Vec<T>, style: Style, key: impl Fn(&T) -> &str) {
    let less = |a: &T, b: &T| is_less(key(a), key(b), style);
    if entries.windows(2).all(|pair| !less(&pair[1], &pair[0])) {
        return;
    }
    // The standard sorts may panic if the order is no total order, which go-yaml's is not quite.
    let mut runs: Vec<Vec<T>> = entries.drain(..).map(|entry| vec![entry]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(left, right, &less),
                None => left,
            });
        }
        runs = merged;
    }
    *entries = runs.pop().unwrap_or_default();
}

fn merge<T>(left: Vec<T>, right: Vec<T>, less: &impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if less(b, a) { right.next() } else { left.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    out
}

fn is_less(a: &str, b: &str, style: Style) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let common =
        (0..=common).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
    let (Some(ac), Some(bc)) = (a[common..].chars().next(), b[common..].chars().next()) else {
        return a.len() < b.len();
    };
    let before = &a[..common];
    let (a_letter, b_letter) = (is_letter(ac), is_letter(bc));
    if a_letter && b_letter {
        return ac < bc;
    }
    if a_letter || b_letter {
        let after_digit = before.chars().next_back().is_some_and(is_digit);
        return if style == Style::Pretty && after_digit { a_letter } else { b_letter };
    }
    let zero = ac == '0' || bc == '0';
    let nonzero = |c: &char| *c != '0';
    let start = i64::from(zero && before.chars().rev().take_while(|c| is_digit(*c)).any(|c| nonzero(&c)));
    let (a_number, a_digits) = number(start, &a[common..]);
    let (b_number, b_digits) = number(start, &b[common..]);
    if a_number != b_number {
        return a_number < b_number;
    }
    if a_digits != b_digits {
        return a_digits < b_digits;
    }
    ac < bc
}

/// The number that continues here, and how many digits it has.
fn number(start: i64, text: &str) -> (i64, usize) {
    let digits = text.chars().take_while(|c| is_digit(*c));
    digits.fold((start, 0), |(number, count), c| {
        let digit = i64::from(u32::from(c)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(digit), count + 1)
    })
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphabetic() && !is_digit(c))
}

/// First characters of Unicode's rows of ten decimal digits, those of the Basic Multilingual Plane.
const DIGIT_ROWS: [u32; 37] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    let value = u32::from(c);
    DIGIT_ROWS.iter().any(|row| (*row..row + 10).contains(&value))
}

//! Dropping deeply nested values without deep recursion.
//!
//! A template can nest lists without bound (`$x = list $x` in a loop); Rust drops a chain of `Rc`s
//! recursively, so below a fixed depth the children are parked and dropped from the top instead.

use super::{Entries, Value};
use std::cell::{Cell, RefCell};

/// Containers nested deeper than this are dropped from the outermost drop's loop.
const DIRECT_DEPTH: usize = 64;

/// The content of a container that is going away.
#[expect(dead_code, reason = "held only to be dropped")]
pub(super) enum Content {
    /// A slice's items.
    Items(Vec<Value>),
    /// A map's entries.
    Entries(Entries),
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static PARKED: RefCell<Vec<Content>> = const { RefCell::new(Vec::new()) };
}

/// Drops `content`, in constant stack whatever its depth.
pub(super) fn release(content: Content) {
    let depth = DEPTH.get();
    if depth >= DIRECT_DEPTH {
        PARKED.with_borrow_mut(|parked| parked.push(content));
        return;
    }
    DEPTH.set(depth + 1);
    drop(content);
    if depth == 0 {
        while let Some(next) = PARKED.with_borrow_mut(Vec::pop) {
            drop(next);
        }
    }
    DEPTH.set(depth);
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn a_million_nested_lists_and_maps_drop_in_bounded_stack() {
        let mut value = Value::Nil;
        for n in 0..1_000_000 {
            value = if n % 2 == 0 { Value::list(vec![value]) } else { Value::map([("k".into(), value)]) };
        }
        drop(value);
    }
}

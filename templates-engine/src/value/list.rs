//! Slices: shared, with an element type that `%T` and argument checks can see.
//!
//! Nothing but `sortAlpha` changes a slice in Go's templates; besides, `slice` gives a window of another
//! slice's memory, and can reach into what was allocated beyond its end.

use super::{
    Type, Value,
    growth::{self, ElemSize},
    release::{Content, release},
};
use std::{borrow::Cow, cell::OnceCell, ops::Deref, rc::Rc};

/// A Go slice.
#[derive(Clone, Debug)]
pub struct List {
    elem: &'static Type,
    /// `None` is Go's nil slice, which differs from an empty one in `encoding/json` and `%#v`.
    items: Option<Rc<Items>>,
}

#[derive(Debug)]
struct Items {
    own: Vec<Value>,
    /// Go's `cap`: at least the length. What lies beyond is the element type's zero.
    capacity: usize,
    /// Set when the items are part of another slice's memory; `own` is empty then.
    window: Option<Box<Window>>,
    /// What came of `own` when it was sorted where it stands.
    changed: OnceCell<Box<Version>>,
}

/// A part of a slice that is no window itself.
#[derive(Debug)]
struct Window {
    whole: Rc<Items>,
    start: usize,
    length: usize,
}

/// Earlier versions stay, because somebody may be reading them.
#[derive(Debug)]
struct Version {
    items: Vec<Value>,
    next: OnceCell<Box<Version>>,
}

impl Items {
    fn new(own: Vec<Value>, capacity: usize) -> Self {
        Self { capacity: capacity.max(own.len()), own, window: None, changed: OnceCell::new() }
    }

    fn items(&self) -> &[Value] {
        match &self.window {
            None => self.latest(),
            // A window that reaches into spare capacity has items of its own.
            Some(window) => &window.whole.latest()[window.start..window.start + window.length],
        }
    }

    fn latest(&self) -> &[Value] {
        let (mut items, mut next) = (&self.own, &self.changed);
        while let Some(version) = next.get() {
            (items, next) = (&version.items, &version.next);
        }
        items
    }

    fn change(&self, items: Vec<Value>) {
        let mut slot = &self.changed;
        while let Some(version) = slot.get() {
            slot = &version.next;
        }
        slot.get_or_init(|| Box::new(Version { items, next: OnceCell::new() }));
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if !self.own.is_empty() {
            release(Content::Items(std::mem::take(&mut self.own)));
        }
        let mut next = self.changed.take();
        while let Some(mut version) = next {
            next = version.next.take();
            release(Content::Items(version.items));
        }
    }
}

/// What an element takes in Go's memory.
fn elem_size(elem: &Type) -> ElemSize {
    let (bytes, pointers) = match elem {
        Type::Bool => (1, false),
        Type::Int(_) | Type::Uint(_) | Type::Float(_) if *elem == Type::BYTE => (1, false),
        Type::Int(_) | Type::Uint(_) | Type::Float(_) => (8, false),
        Type::Slice(_) => (24, true),
        Type::Map(_) => (8, true),
        Type::Named(_, underlying) => return elem_size(underlying),
        _ => (16, true),
    };
    ElemSize { bytes, pointers }
}

impl List {
    /// A slice of `elem`.
    pub fn new(elem: &'static Type, items: Vec<Value>) -> Self {
        let capacity = items.len();
        Self { elem, items: Some(Rc::new(Items::new(items, capacity))) }
    }

    /// A slice of `elem` made with room for `capacity`, to which the items were appended one by one.
    pub fn appended(elem: &'static Type, capacity: usize, items: Vec<Value>) -> Self {
        let capacity = growth::appended(capacity, items.len(), elem_size(elem));
        Self { elem, items: Some(Rc::new(Items::new(items, capacity))) }
    }

    /// A slice of `elem` made with exactly `capacity` items, to which the rest was appended at once.
    pub fn extended(elem: &'static Type, capacity: usize, items: Vec<Value>) -> Self {
        let capacity = growth::grown(capacity, items.len(), elem_size(elem));
        Self { elem, items: Some(Rc::new(Items::new(items, capacity))) }
    }

    /// A slice of the same type and capacity with other items.
    #[must_use]
    pub(crate) fn with_items(&self, items: Vec<Value>) -> Self {
        Self { elem: self.elem, items: Some(Rc::new(Items::new(items, self.capacity()))) }
    }

    /// Go's `cap`.
    pub fn capacity(&self) -> usize {
        self.items.as_ref().map_or(0, |items| items.capacity)
    }

    /// Go's `list[start:end]`: the same memory, which may reach beyond the length up to the capacity;
    /// `zero` is what lies there. `None` when the bounds are not within each other.
    #[must_use]
    pub fn part(&self, start: usize, end: usize, zero: &Value) -> Option<Self> {
        self.limited_part(start, end, self.capacity(), zero)
    }

    /// Go's `list[start:end:max]`, which leaves the part room up to `max` only.
    #[must_use]
    pub fn limited_part(&self, start: usize, end: usize, max: usize, zero: &Value) -> Option<Self> {
        if start > end || end > max || max > self.capacity() {
            return None;
        }
        let Some(items) = &self.items else { return Some(self.clone()) };
        let (whole, offset) = match &items.window {
            Some(window) => (&window.whole, window.start),
            None => (items, 0),
        };
        let (from, to) = (offset + start, offset + end);
        let present = whole.latest();
        let mut part = if to <= present.len() {
            let mut part = Items::new(Vec::new(), 0);
            part.window = Some(Box::new(Window { whole: whole.clone(), start: from, length: end - start }));
            part
        } else {
            let mut own = present.get(from..).unwrap_or_default().to_vec();
            own.resize(end - start, zero.clone());
            Items::new(own, 0)
        };
        part.capacity = max - start;
        Some(Self { elem: self.elem, items: Some(Rc::new(part)) })
    }

    /// Sorts the slice where it stands, as Go's `sort` does: every holder sees it.
    pub fn sort_in_place(&self, compare: impl FnMut(&Value, &Value) -> std::cmp::Ordering) {
        let Some(items) = &self.items else { return };
        let (whole, range) = match &items.window {
            Some(window) => (&window.whole, window.start..window.start + window.length),
            None => (items, 0..self.len()),
        };
        let mut compare = compare;
        if self.items().is_sorted_by(|a, b| compare(a, b).is_le()) {
            return;
        }
        let mut changed = whole.latest().to_vec();
        changed[range].sort_by(compare);
        whole.change(changed);
    }

    /// `[]interface {}`.
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(&Type::ANY, items)
    }

    /// The nil slice of `elem`: empty, `null` in JSON.
    pub fn nil(elem: &'static Type) -> Self {
        Self { elem, items: None }
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    /// The element type.
    pub fn elem(&self) -> &'static Type {
        self.elem
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        self.items.as_ref().map_or(&[], |items| items.items())
    }

    /// The bytes of a `[]uint8`, or `None` for any other element type.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        if *self.elem != Type::BYTE {
            return None;
        }
        let byte = |item: &Value| match item {
            Value::Uint(_, n) => *n as u8,
            _ => 0,
        };
        Some(self.items().iter().map(byte).collect())
    }

    /// A `[]uint8`.
    pub fn bytes(bytes: &[u8]) -> Self {
        let byte = |b: &u8| Value::Uint(super::UintKind::Uint8, u64::from(*b));
        Self::new(&Type::BYTE, bytes.iter().map(byte).collect())
    }

    /// The slice's type as Go prints it.
    pub fn list_type_name(&self) -> Cow<'static, str> {
        if *self.elem == Type::ANY {
            return "[]interface {}".into();
        }
        format!("[]{}", self.elem.name()).into()
    }

    /// Whether both are the same memory.
    pub fn same(&self, other: &List) -> bool {
        match (&self.items, &other.items) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// A number that differs between distinct slices, for `%p` and cycle checks.
    pub(crate) fn address(&self) -> usize {
        self.items.as_ref().map_or(0, |items| Rc::as_ptr(items).addr())
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        self.items()
    }
}

//! One value for one verb, whatever its kind.

use super::{flags::Flags, number::Integer};
use crate::value::{FloatKind, List, Map, Object, ObjectRef, Type, Value};

/// Values nested deeper than this are cut short with `...`: Go would exhaust its stack on a map that
/// holds itself.
pub const MAX_PRINT_DEPTH: usize = 400;
/// Text beyond this many bytes is not written: a few shared lists can stand for more than memory holds.
pub const MAX_PRINT_SIZE: usize = 64 << 20;

/// The state of one formatting call.
pub(super) struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    /// Inside the text of a bad verb, where methods are not called.
    erroring: bool,
    /// A pointer at the top prints as what it points to.
    indirect: bool,
    /// Containers are cut short when the text is longer than this.
    max: usize,
    cut: bool,
}

impl Default for Printer {
    fn default() -> Self {
        Self::into(Vec::new(), MAX_PRINT_SIZE)
    }
}

impl Printer {
    /// A printer that appends, up to `max` bytes.
    pub(super) fn into(out: Vec<u8>, max: usize) -> Self {
        Self { out, flags: Flags::default(), erroring: false, indirect: false, max, cut: false }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Whether nothing was cut short.
    pub(super) fn is_whole(&self) -> bool {
        !self.cut
    }

    pub(super) fn print(&mut self, args: &[Value]) {
        let mut after_string = true;
        for arg in args {
            let is_string = matches!(arg, Value::Str(_)) || arg.kind_name() == "string";
            if !is_string && !after_string {
                self.out.push(b' ');
            }
            self.arg(arg, 'v');
            after_string = is_string;
        }
    }

    pub(super) fn print_indirect(&mut self, value: &Value) {
        self.indirect = true;
        self.arg(value, 'v');
    }

    pub(super) fn println(&mut self, args: &[Value]) {
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.out.push(b' ');
            }
            self.arg(arg, 'v');
        }
        self.out.push(b'\n');
    }

    /// An argument of a formatting call.
    pub(super) fn arg(&mut self, arg: &Value, verb: char) {
        match (arg.type_name(), verb) {
            (None, 'T' | 'v') => self.flags.pad(&mut self.out, b"<nil>"),
            (None, _) => self.bad_verb(verb, None),
            (Some(name), 'T') => self.flags.pad(&mut self.out, name.as_bytes()),
            (Some(_), 'p') => self.pointer(arg, 'p'),
            _ => self.value(arg, verb, 0),
        }
    }

    fn bad_verb(&mut self, verb: char, value: Option<&Value>) {
        self.erroring = true;
        self.text(&format!("%!{verb}("));
        match value.and_then(|value| Some((value, value.type_name()?.into_owned()))) {
            Some((value, name)) => {
                self.text(&name);
                self.out.push(b'=');
                self.value(value, 'v', 0);
            }
            None => self.text("<nil>"),
        }
        self.out.push(b')');
        self.erroring = false;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        self.value_of(value, verb, depth, value);
    }

    /// A value, which a bad verb's text calls `named`: what it is the plain value of.
    fn value_of(&mut self, value: &Value, verb: char, depth: usize, named: &Value) {
        match value {
            Value::Nil if self.flags.sharp_v => self.text("interface {}(nil)"),
            Value::Nil => self.text("<nil>"),
            Value::Bool(b) if matches!(verb, 't' | 'v') => {
                self.flags.pad(&mut self.out, if *b { b"true" } else { b"false" });
            }
            Value::Bool(_) => self.bad_verb(verb, Some(named)),
            Value::Int(_, n) => self.integer(Integer::signed(*n), true, verb, named),
            Value::Uint(_, n) => self.integer(Integer::unsigned(*n), false, verb, named),
            Value::Float(kind, f) => match float_verb(verb) {
                Some(how) => self.flags.float(&mut self.out, *f, bits(*kind), how),
                None => self.bad_verb(verb, Some(named)),
            },
            Value::Complex(re, im) => match float_verb(verb) {
                Some(how) => self.complex(*re, *im, how),
                None => self.bad_verb(verb, Some(named)),
            },
            Value::Str(s) => self.string(s, verb, named),
            Value::List(_) | Value::Map(_) | Value::Object(_)
                if depth >= MAX_PRINT_DEPTH || self.out.len() > self.max =>
            {
                self.cut = true;
                self.text("...");
            }
            // Only `fmt.Errorf` knows this verb.
            Value::List(_) | Value::Map(_) | Value::Object(_)
                if verb == 'w' && !self.erroring && (depth > 0 || !is_bytes(value)) =>
            {
                self.bad_verb(verb, Some(named));
            }
            Value::List(list) => self.list(list, verb, depth, named),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) => self.object(object, verb, depth, value),
        }
    }

    fn integer(&mut self, n: Integer, signed: bool, verb: char, value: &Value) {
        let (out, flags) = (&mut self.out, &self.flags);
        match verb {
            'v' if flags.sharp_v && !signed => {
                Flags { sharp: true, ..*flags }.integer(out, n, 16, 'v');
            }
            'v' | 'd' => flags.integer(out, n, 10, verb),
            'b' => flags.integer(out, n, 2, verb),
            'o' | 'O' => flags.integer(out, n, 8, verb),
            'x' | 'X' => flags.integer(out, n, 16, verb),
            'c' => flags.character(out, n),
            'q' => flags.quoted_character(out, n),
            'U' => flags.unicode(out, n),
            _ => self.bad_verb(verb, Some(value)),
        }
    }

    fn complex(&mut self, re: f64, im: f64, how: (u8, Option<usize>)) {
        self.out.push(b'(');
        self.flags.float(&mut self.out, re, 64, how);
        Flags { plus: true, ..self.flags }.float(&mut self.out, im, 64, how);
        self.text("i)");
    }

    fn string(&mut self, text: &[u8], verb: char, value: &Value) {
        let (out, flags) = (&mut self.out, &self.flags);
        match verb {
            'v' if flags.sharp_v => flags.quoted(out, text),
            'v' | 's' => flags.pad(out, flags.truncate(text)),
            'x' | 'X' => flags.hex(out, text, verb),
            'q' => flags.quoted(out, text),
            _ => self.bad_verb(verb, Some(value)),
        }
    }

    fn list(&mut self, list: &List, verb: char, depth: usize, value: &Value) {
        if *list.elem() == Type::BYTE {
            match verb {
                's' | 'q' | 'x' | 'X' => {
                    let bytes = list.as_bytes().unwrap_or_default();
                    return self.string(&bytes, verb, value);
                }
                _ => {}
            }
        }
        if self.flags.sharp_v {
            // At the top, fmt writes `[]byte` for what it calls `[]uint8` everywhere else.
            if depth == 0 && *list.elem() == Type::BYTE {
                self.text("[]byte");
            } else {
                self.text(&list.list_type_name());
            }
            if list.is_nil() {
                return self.text("(nil)");
            }
        }
        self.out.push(if self.flags.sharp_v { b'{' } else { b'[' });
        for (i, item) in list.iter().enumerate() {
            self.separate(i);
            self.value(item, verb, depth + 1);
        }
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    fn separate(&mut self, i: usize) {
        match (i, self.flags.sharp_v) {
            (0, _) => {}
            (_, true) => self.text(", "),
            (_, false) => self.out.push(b' '),
        }
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let entries = map.borrow();
        let entries = entries.iter().map(|(key, value)| (Value::Str(key.clone()), value.clone()));
        let name = map.map_type_name();
        self.entries(&name, map.is_nil(), entries, verb, depth);
    }

    fn entries(
        &mut self,
        name: &str,
        nil: bool,
        entries: impl Iterator<Item = (Value, Value)>,
        verb: char,
        depth: usize,
    ) {
        if self.flags.sharp_v {
            self.text(name);
            if nil {
                return self.text("(nil)");
            }
        }
        self.text(if self.flags.sharp_v { "{" } else { "map[" });
        for (i, (key, value)) in entries.enumerate() {
            self.separate(i);
            self.value(&key, verb, depth + 1);
            self.out.push(b':');
            self.value(&value, verb, depth + 1);
        }
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    fn object(&mut self, object: &ObjectRef, verb: char, depth: usize, value: &Value) {
        let stringable = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') && !self.flags.sharp_v && !self.erroring;
        if stringable && let Some(text) = object.display() {
            return self.string(text.as_bytes(), verb, value);
        }
        if let Some(underlying) = object.underlying() {
            return match (&underlying, self.flags.sharp_v) {
                (Value::Map(map), true) => {
                    let entries = map.snapshot().into_iter().map(|(k, v)| (Value::Str(k), v));
                    self.entries(object.type_name(), false, entries, verb, depth);
                }
                _ => self.value_of(&underlying, verb, depth, value),
            };
        }
        match object.kind_name() {
            "struct" => self.fields(&**object, object.type_name(), verb, depth),
            "ptr" if depth == 0 && object.truth() => {
                if !self.indirect {
                    self.out.push(b'&');
                }
                let name = object.type_name();
                self.fields(&**object, name.strip_prefix('*').unwrap_or(name), verb, depth + 1);
            }
            "map" => {
                let entries = object.entries().unwrap_or_default().into_iter();
                self.entries(object.type_name(), false, entries, verb, depth);
            }
            "slice" => {
                let items = object.entries().unwrap_or_default().into_iter().map(|(_, item)| item).collect();
                self.list(&List::any(items), verb, depth, value);
            }
            _ => self.pointer(value, verb),
        }
    }

    fn fields(&mut self, object: &dyn Object, name: &str, verb: char, depth: usize) {
        if self.flags.sharp_v {
            self.text(name);
        }
        self.out.push(b'{');
        for (i, (field, value)) in object.fields().into_iter().enumerate() {
            self.separate(i);
            if self.flags.plus_v || self.flags.sharp_v {
                self.text(field);
                self.out.push(b':');
            }
            self.value(&value, verb, depth + 1);
        }
        self.out.push(b'}');
    }

    fn pointer(&mut self, value: &Value, verb: char) {
        let address = match value {
            Value::List(list) => list.address(),
            Value::Map(map) if map.is_nil() => 0,
            Value::Map(map) => map.address(),
            Value::Object(object) if matches!(object.kind_name(), "ptr" | "func" | "map" | "slice") => {
                if object.truth() {
                    object.address()
                } else {
                    0
                }
            }
            _ => return self.bad_verb(verb, Some(value)),
        };
        let number = Integer::unsigned(address as u64);
        let flags = self.flags;
        let hex = |sharp| Flags { sharp, ..flags };
        match verb {
            'v' if self.flags.sharp_v => {
                let name = value.type_name().unwrap_or_default().into_owned();
                self.text(&format!("({name})("));
                if address == 0 {
                    self.text("nil");
                } else {
                    hex(true).integer(&mut self.out, number, 16, 'v');
                }
                self.out.push(b')');
            }
            'v' if address == 0 => self.flags.pad(&mut self.out, b"<nil>"),
            'v' | 'p' => hex(!self.flags.sharp).integer(&mut self.out, number, 16, 'v'),
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(number, false, verb, value),
            _ => self.bad_verb(verb, Some(value)),
        }
    }
}

fn is_bytes(value: &Value) -> bool {
    matches!(value, Value::List(list) if *list.elem() == Type::BYTE)
}

fn bits(kind: FloatKind) -> u32 {
    match kind {
        FloatKind::Float32 => 32,
        FloatKind::Float64 => 64,
    }
}

/// The `strconv` verb and default precision for a float's verb.
fn float_verb(verb: char) -> Option<(u8, Option<usize>)> {
    Some(match verb {
        'v' => (b'g', None),
        'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
        'f' | 'e' | 'E' => (verb as u8, Some(6)),
        'F' => (b'f', Some(6)),
        _ => return None,
    })
}

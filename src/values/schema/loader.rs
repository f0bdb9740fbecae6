//! The documents behind a schema's references.

use super::{Documents, SCHEMA_URL};
use crate::log::{Level, Record};
use boon::UrlLoader;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::rc::Rc;
use templates_engine::json::{self, Numbers};

/// Every document that took part in a compilation, to look keywords up as they were written.
pub(super) struct Loaded(RefCell<BTreeMap<String, Value>>);

impl Loaded {
    pub(super) fn new(schema: Value) -> Self {
        Self(RefCell::new(BTreeMap::from([(SCHEMA_URL.to_owned(), schema)])))
    }

    /// How many schemas the list at `keyword` has in the schema at `location`.
    pub(super) fn length(&self, location: &str, keyword: &str) -> usize {
        self.look_up(location, keyword, |value| value.as_array().map(Vec::len)).unwrap_or(0)
    }

    /// The text of `keyword` in the schema at `location`, a URL with a JSON pointer as its fragment.
    pub(super) fn keyword(&self, location: &str, keyword: &str) -> Option<String> {
        self.look_up(location, keyword, |value| value.as_str().map(str::to_owned))
    }

    fn look_up<T>(&self, location: &str, keyword: &str, read: fn(&Value) -> Option<T>) -> Option<T> {
        let (url, pointer) = location.split_once('#')?;
        let documents = self.0.borrow();
        read(documents.get(url)?.pointer(&percent_decoded(pointer))?.get(keyword)?)
    }
}

pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Helm's loaders: `http`, `https` and `file` are read; a `urn` that nobody resolves allows everything.
pub(super) struct Loader {
    pub(super) documents: Rc<dyn Documents>,
    pub(super) loaded: Rc<Loaded>,
    pub(super) log: Rc<RefCell<Vec<Record>>>,
}

impl UrlLoader for Loader {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        let value = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("http" | "https" | "file") => {
                let text = self.documents.get(url)?;
                json::whole_value(&String::from_utf8_lossy(&text), Numbers::Exact)?
            }
            Some("urn") => {
                self.log.borrow_mut().push(urn_record(url));
                Value::Bool(true)
            }
            _ => Err(format!("no URLLoader registered for {}", crate::values::gotext::Quoted(url)))?,
        };
        self.loaded.0.borrow_mut().insert(url.to_owned(), value.clone());
        Ok(value)
    }
}

fn urn_record(urn: &str) -> Record {
    Record::new(Level::Warn, "unresolved URN reference ignored; using permissive schema").with("urn", urn)
}

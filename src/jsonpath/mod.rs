//! JSONPath as Kubernetes' client-go reads it: text with `{…}` actions.
//!
//! The dialect is not RFC 9535: `{range .list[*]}…{end}`, `{.a['b\.c']}`, `{..name}`, quoted texts,
//! unions and filters that compare one value with one. Whole numbers do not compare with floats.

mod eval;
mod parse;

use serde_json::Value;

/// How deep filters may stand in filters.
pub const MAX_DEPTH: usize = 64;

/// Why a template was refused, in client-go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("{0}")]
    Syntax(String),
    /// It does not fit the data.
    #[error("{0}")]
    Data(String),
}

/// A template, ready to be filled in.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Field(String),
    Array([Bound; 3]),
    Filter { left: Vec<Node>, operator: String, right: Vec<Node> },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
    List(Vec<Node>),
}

/// Start, end or step of a slice.
#[derive(Clone, Copy, Debug, Default)]
struct Bound {
    value: i64,
    known: bool,
    /// An end that only follows from the start: `[2]`.
    derived: bool,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// An action that is not closed, a bad index, an unknown sign.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::template(text, 0).map(|nodes| Self { nodes })
    }

    /// Fills in data.
    ///
    /// # Errors
    /// A field that is not there, an index out of bounds, values that do not compare.
    ///
    /// ```
    /// use {serde_json::json, skiff::jsonpath::Template};
    /// let data = json!({"list": [{"name": "a", "n": 1.0}, {"name": "b", "n": 2.5}]});
    /// let fill = |text: &str| Template::parse(text)?.execute(&data);
    /// assert_eq!(fill("{.list[*].name}!")?, "a b!");
    /// assert_eq!(fill("{range .list[*]}{.name}={.n}{\"\\n\"}{end}")?, "a=1\nb=2.5\n");
    /// assert_eq!(fill("{.list[?(@.name==\"b\")]}")?, r#"{"n":2.5,"name":"b"}"#);
    /// # Ok::<(), skiff::jsonpath::Error>(())
    /// ```
    pub fn execute(&self, data: &Value) -> Result<String, Error> {
        eval::execute(&self.nodes, data)
    }
}

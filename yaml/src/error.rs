//! What reading and writing YAML refuse, in Go's words.

use std::borrow::Cow;

/// Why YAML could not be read or written; `Display` is the text of Go's error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not YAML; the line is the one go-yaml prints (0 prints none).
    #[error("yaml: {}{problem}", at(*.line))]
    Syntax {
        /// Printed line number, 0 for none.
        line: usize,
        /// go-yaml's words.
        problem: Cow<'static, str>,
    },
    /// The text is YAML but its values are not decodable: a bad tag, key, alias or merge.
    #[error("yaml: {0}")]
    Decode(String),
    /// Strict reading found repeated keys: one line for each.
    #[error("yaml: unmarshal errors:\n  {}", .0.join("\n  "))]
    Type(Vec<String>),
    /// The value has no JSON form: a null key, an infinite number.
    #[error("{0}")]
    NotJson(String),
    /// Values nest deeper than [`MAX_NESTING`](super::MAX_NESTING) levels.
    #[error("exceeded max depth of {}", super::MAX_NESTING)]
    TooDeep,
    /// What `yaml.Unmarshal` of sigs.k8s.io/yaml says when its first step fails.
    #[error("error converting YAML to JSON: {0}")]
    Convert(Box<Error>),
    /// What `yaml.Unmarshal` of sigs.k8s.io/yaml says when its second step fails.
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Unmarshal(String),
}

fn at(line: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

impl Error {
    /// An error of the scanner: go-yaml counts its lines from 1, and leaves out the first.
    pub(super) fn scan(line: usize, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Syntax { line: if line == 0 { 0 } else { line + 1 }, problem: problem.into() }
    }

    /// An error of the parser: go-yaml counts its lines from 0, and leaves out the first.
    pub(super) fn parse(line: usize, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Syntax { line, problem: problem.into() }
    }

    /// The error of the first step itself, without the words about converting.
    #[must_use]
    pub fn cause(self) -> Self {
        match self {
            Self::Convert(cause) => *cause,
            other => other,
        }
    }

    /// Wraps the error of `yaml.Unmarshal`'s first step.
    pub(super) fn converting(self) -> Self {
        Self::Convert(Box::new(self))
    }
}

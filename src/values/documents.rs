//! A text of several YAML documents, cut as Kubernetes' `YAMLReader` cuts it.

/// A line that begins with `---` and goes on with something other than a comment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid Yaml document separator: {0}")]
pub struct BadSeparator(pub String);

/// The documents of a text; lines end in `\n` alone, as Go's line reader leaves them.
///
/// A separator at the beginning belongs to the first document.
///
/// ```
/// use skiff::values::documents::Documents;
/// let documents: Result<Vec<_>, _> = Documents::new(b"---\na: 1\n--- # two\nb: 2").collect();
/// assert_eq!(documents.unwrap(), [b"---\na: 1\n".to_vec(), b"b: 2\n".to_vec()]);
/// ```
#[derive(Debug, Clone)]
pub struct Documents<'t> {
    rest: &'t [u8],
}

impl<'t> Documents<'t> {
    /// The documents of `text`.
    pub fn new(text: &'t [u8]) -> Self {
        Self { rest: text }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Vec<u8>, BadSeparator>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut document = Vec::new();
        while !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest);
            let (line, rest) =
                end.map_or((self.rest, &[][..]), |end| (&self.rest[..end], &self.rest[end + 1..]));
            self.rest = rest;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Some(behind) = line.strip_prefix(b"---") {
                let behind = String::from_utf8_lossy(behind);
                let behind = behind.trim();
                if !behind.is_empty() && !behind.starts_with('#') {
                    self.rest = &[];
                    return Some(Err(BadSeparator(behind.to_owned())));
                }
                if !document.is_empty() {
                    return Some(Ok(document));
                }
            }
            document.extend_from_slice(line);
            document.push(b'\n');
        }
        (!document.is_empty()).then_some(Ok(document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_comment_may_stand_behind_a_separator() {
        let documents: Vec<_> = Documents::new(b"a: 1\n--- x\n").collect();
        assert_eq!(documents, [Err(BadSeparator("x".to_owned()))]);
    }
}

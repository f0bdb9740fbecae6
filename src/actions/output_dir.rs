//! `--output-dir`: rendered documents as files, all of them or none.

use super::render::Document;
use crate::chart::io::IoError;
use std::{collections::BTreeMap, fs, io, path::Path};

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WriteError(#[from] IoError);

/// Writes the documents below `folder`; documents of one path share a file, in their order.
///
/// Everything is written beside its place first and then moved there, so that an error leaves the
/// files that were there as they were.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write(folder: &Path, documents: &[Document]) -> Result<(), WriteError> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for document in documents {
        document.append_to(texts.entry(&document.path).or_default());
    }
    let mut staged = Vec::new();
    for (path, text) in &texts {
        let place = folder.join(path);
        if place.is_dir() {
            // What opening it would say; moving a file there would fail when others are in their place.
            return Err(failed("open", &place, io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let parent = place.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|source| failed("mkdir", parent, source))?;
        // Dropped before it is moved, a staged file removes itself.
        let file = staging().tempfile_in(parent).map_err(|source| failed("open", &place, source))?;
        fs::write(file.path(), text).map_err(|source| failed("write", &place, source))?;
        staged.push((file, place));
    }
    for (file, place) in staged {
        file.persist(&place).map_err(|error| failed("rename", &place, error.error))?;
    }
    Ok(())
}

/// Files get the permissions that Go's `os.Create` gives them, before the umask.
fn staging() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skiff-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> WriteError {
    WriteError(IoError { operation, path: path.to_owned(), error: source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> Document {
        Document { path: path.into(), text: text.into() }
    }

    #[test]
    fn documents_of_one_path_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[document("c/a.yaml", "a: 1"), document("c/b.yaml", "b"), document("c/a.yaml", "a: 2")],
        )
        .unwrap();
        let text = fs::read_to_string(folder.path().join("c/a.yaml")).unwrap();
        assert_eq!(text, "---\n# Source: c/a.yaml\na: 1\n---\n# Source: c/a.yaml\na: 2\n");
    }

    #[test]
    fn nothing_is_left_when_one_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("z"), "in the way").unwrap();
        let error = write(folder.path(), &[document("a.yaml", "a"), document("z/b.yaml", "b")]).unwrap_err();
        assert!(error.to_string().starts_with("mkdir "), "{error}");
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["z"]);
    }
}

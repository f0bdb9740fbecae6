//! Writing the lock.

use super::ResolveError;
use crate::chart::{
    Lock,
    io::IoError,
    save::{to_yaml, write_whole},
};
use std::{fs, path::Path};

/// Writes `Chart.lock`, or `requirements.lock` of a v1 chart; a link is left alone.
pub(super) fn write(chart_path: &Path, lock: &Lock, is_v1: bool) -> Result<(), ResolveError> {
    let name = if is_v1 { "requirements.lock" } else { "Chart.lock" };
    let path = chart_path.join(name);
    if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
        let target = fs::read_link(&path).map_err(IoError::of("readlink", &path))?;
        return Err(ResolveError::LockIsALink { name, target: target.display().to_string() });
    }
    Ok(write_whole(&path, to_yaml(lock)?.as_bytes())?)
}

//! Helm's folders (`helmpath`): a `HELM_*_HOME` variable, else XDG's, else the system's default.

use super::Env;

/// The user's home folder, empty where none is known.
pub fn home(env: &dyn Env) -> String {
    if cfg!(windows) { env.get("USERPROFILE") } else { env.get("HOME") }
}

/// A path below Helm's cache folder; `""` gives the folder itself.
///
/// ```
/// use skiff::env::{MapEnv, cache_path};
/// let env = MapEnv::from([("HOME", "/home/me")]);
/// assert_eq!(cache_path(&env, "repository"), "/home/me/.cache/helm/repository");
/// let env = MapEnv::from([("HOME", "/home/me"), ("HELM_CACHE_HOME", "/c")]);
/// assert_eq!(cache_path(&env, "repository"), "/c/repository");
/// ```
pub fn cache_path(env: &dyn Env, below: &str) -> String {
    place(env, "HELM_CACHE_HOME", "XDG_CACHE_HOME", CACHE, below)
}

/// A path below Helm's configuration folder; `""` gives the folder itself.
pub fn config_path(env: &dyn Env, below: &str) -> String {
    place(env, "HELM_CONFIG_HOME", "XDG_CONFIG_HOME", CONFIG, below)
}

/// A path below Helm's data folder; `""` gives the folder itself.
pub fn data_path(env: &dyn Env, below: &str) -> String {
    place(env, "HELM_DATA_HOME", "XDG_DATA_HOME", DATA, below)
}

/// Where sandboxes are kept: below XDG's data folder, else the system's; empty where none is known.
pub fn sandboxes_path(env: &dyn Env) -> String {
    let base = env.get("XDG_DATA_HOME");
    if !base.is_empty() {
        return join(&[&base, "skiff", "sandbox"]);
    }
    let home = env.get(DATA.variable);
    if home.is_empty() {
        return String::new();
    }
    let mut parts: Vec<&str> = vec![&home];
    parts.extend(DATA.below);
    parts.extend(["skiff", "sandbox"]);
    join(&parts)
}

/// The default of `--keyring`: GnuPG's public keyring, the old form before the keybox.
pub fn keyring(env: &dyn Env) -> String {
    let folder = env.var("GNUPGHOME").unwrap_or_else(|| join(&[&home(env), ".gnupg"]));
    let legacy = join(&[&folder, "pubring.gpg"]);
    if !is_missing(&legacy) {
        return legacy;
    }
    let keybox = join(&[&folder, "pubring.kbx"]);
    if is_missing(&keybox) { legacy } else { keybox }
}

fn is_missing(path: &str) -> bool {
    std::fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Where a system keeps such files: a variable that names the folder, and what stands below it.
struct Place {
    variable: &'static str,
    below: &'static [&'static str],
}

#[cfg(target_os = "macos")]
const CACHE: Place = Place { variable: "HOME", below: &["Library", "Caches"] };
#[cfg(target_os = "macos")]
const CONFIG: Place = Place { variable: "HOME", below: &["Library", "Preferences"] };
#[cfg(target_os = "macos")]
const DATA: Place = Place { variable: "HOME", below: &["Library"] };
#[cfg(windows)]
const CACHE: Place = Place { variable: "TEMP", below: &[] };
#[cfg(windows)]
const CONFIG: Place = Place { variable: "APPDATA", below: &[] };
#[cfg(windows)]
const DATA: Place = Place { variable: "APPDATA", below: &[] };
#[cfg(not(any(windows, target_os = "macos")))]
const CACHE: Place = Place { variable: "HOME", below: &[".cache"] };
#[cfg(not(any(windows, target_os = "macos")))]
const CONFIG: Place = Place { variable: "HOME", below: &[".config"] };
#[cfg(not(any(windows, target_os = "macos")))]
const DATA: Place = Place { variable: "HOME", below: &[".local", "share"] };

fn place(env: &dyn Env, helm: &str, xdg: &str, default: Place, below: &str) -> String {
    let own = env.get(helm);
    if !own.is_empty() {
        return join(&[&own, below]);
    }
    let base = env.get(xdg);
    if !base.is_empty() {
        return join(&[&base, "helm", below]);
    }
    let home = env.get(default.variable);
    let mut parts: Vec<&str> = vec![&home];
    parts.extend(default.below);
    parts.extend(["helm", below]);
    join(&parts)
}

/// Joins parts with `/` and cleans the result, leaving out empty parts (Go's `filepath.Join`).
///
/// ```
/// assert_eq!(skiff::env::join(&["/a/", "", "../b", "c"]), "/b/c");
/// assert_eq!(skiff::env::join(&["", ""]), "");
/// ```
pub fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { clean(&parts.join("/")) }
}

/// The shortest path that names the same file without looking at the disk (Go's `filepath.Clean`).
///
/// ```
/// assert_eq!(skiff::env::clean("a//./b/../c/"), "a/c");
/// assert_eq!(skiff::env::clean("../../a"), "../../a");
/// assert_eq!(skiff::env::clean("/.."), "/");
/// assert_eq!(skiff::env::clean(""), ".");
/// ```
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            _ => kept.push(part),
        }
    }
    let joined = kept.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;

    #[test]
    fn xdg_folders_hold_a_helm_folder_and_helms_own_do_not() {
        let env = MapEnv::from([("XDG_DATA_HOME", "/x"), ("HELM_CONFIG_HOME", "/h"), ("HOME", "/me")]);
        assert_eq!(data_path(&env, "plugins"), "/x/helm/plugins");
        assert_eq!(config_path(&env, ""), "/h");
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let env = MapEnv::from([("HELM_DATA_HOME", ""), ("XDG_DATA_HOME", ""), ("HOME", "/me")]);
        assert!(data_path(&env, "").ends_with("helm"));
    }

    #[test]
    fn the_keyring_follows_gnupg() {
        assert_eq!(keyring(&MapEnv::from([("GNUPGHOME", "/g/")])), "/g/pubring.gpg");
        assert_eq!(keyring(&MapEnv::from([("HOME", "/me")])), "/me/.gnupg/pubring.gpg");
    }
}

//! Where a database is: connection strings as Go's `lib/pq` reads them, and the variables that fill them up.

use crate::client::{self, socket::Security};
use std::collections::BTreeMap;

/// How much of TLS is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// None.
    Never,
    /// Where the server has it.
    Prefer,
    /// Nothing else.
    #[default]
    Require,
}

/// A database, and who asks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// A name, an address, or the folder of a socket.
    pub(super) host: String,
    pub(super) port: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
    pub(super) application: String,
    /// `-c NAME=VALUE …`.
    pub(super) options: String,
    pub(super) timeout: u64,
    pub(super) mode: Mode,
    pub(super) security: Security,
}

/// Why a connection string names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("missing \"=\" after {0:?} in connection info string")]
    NoValue(String),
    #[error("unterminated quoted string in connection string")]
    Quote,
    #[error("missing character after backslash")]
    Backslash,
    #[error(
        "pq: wrong value for \"sslmode\": {0:?} is not supported; supported values are disable, allow, prefer, require, \
         verify-full, or verify-ca"
    )]
    Mode(String),
    #[error("{0}")]
    Url(String),
}

/// The variables of `libpq` and the words that they stand for.
const VARIABLES: [(&str, &str); 12] = [
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
];
/// Words that are about the client's own ways.
const OF_THE_CLIENT: [&str; 7] = [
    "binary_parameters",
    "disable_prepared_binary_result",
    "fallback_application_name",
    "krbsrvname",
    "krbspn",
    "sslsni",
    "sslinline",
];

impl Place {
    /// Reads a connection string; `variable` gives what the environment says.
    ///
    /// # Errors
    /// In the words of `lib/pq`.
    pub(super) fn parse(text: &str, variable: &dyn Fn(&str) -> String) -> Result<Self, PlaceError> {
        let mut words = BTreeMap::new();
        for (name, word) in VARIABLES {
            let value = variable(name);
            if !value.is_empty() {
                words.insert(word.to_owned(), value);
            }
        }
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        words.extend(if is_url { url(text)? } else { pairs(text)? });
        Self::of(words, variable)
    }

    fn of(
        mut words: BTreeMap<String, String>,
        variable: &dyn Fn(&str) -> String,
    ) -> Result<Self, PlaceError> {
        let mut take = |word: &str| words.remove(word).filter(|value| !value.is_empty());
        let user = take("user").or_else(|| Some(variable("USER")).filter(|user| !user.is_empty()));
        let user = user.unwrap_or_else(|| "root".into());
        let mut place = Self {
            host: take("host").unwrap_or_else(|| "localhost".into()),
            port: take("port").unwrap_or_else(|| "5432".into()),
            password: take("password").unwrap_or_default(),
            database: take("dbname").unwrap_or_else(|| user.clone()),
            application: take("application_name").unwrap_or_default(),
            options: take("options").unwrap_or_default(),
            timeout: take("connect_timeout").and_then(|text| text.parse().ok()).unwrap_or(0),
            security: Security {
                ca_file: take("sslrootcert").unwrap_or_default(),
                cert_file: take("sslcert").unwrap_or_default(),
                key_file: take("sslkey").unwrap_or_default(),
                ..Security::default()
            },
            user,
            ..Self::default()
        };
        let mode = take("sslmode").unwrap_or_else(|| "require".into());
        let security = &mut place.security;
        (place.mode, security.anyone, security.any_name) = match mode.as_str() {
            "disable" | "allow" => (Mode::Never, true, true),
            "prefer" => (Mode::Prefer, true, true),
            // With authorities at hand they are asked, as libpq does.
            "require" => (Mode::Require, security.ca_file.is_empty(), true),
            "verify-ca" => (Mode::Require, false, true),
            "verify-full" => (Mode::Require, false, false),
            _ => return Err(PlaceError::Mode(mode)),
        };
        for (word, value) in words.iter().filter(|(word, _)| !OF_THE_CLIENT.contains(&word.as_str())) {
            let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
            place.options = format!("{} -c {word}={value}", place.options).trim_start().to_owned();
        }
        Ok(place)
    }

    /// The socket's path, where the host is a folder.
    pub(super) fn socket(&self) -> Option<String> {
        self.host.starts_with('/').then(|| format!("{}/.s.PGSQL.{}", self.host, self.port))
    }
}

/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE?WORD=VALUE`.
fn url(text: &str) -> Result<BTreeMap<String, String>, PlaceError> {
    let url = url::Url::parse(text).map_err(|error| PlaceError::Url(error.to_string()))?;
    let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
    let port = url.port().map(|port| port.to_string());
    let parts = [
        ("user", Some(client::unescape(url.username()))),
        ("password", url.password().map(client::unescape)),
        ("host", host.map(client::unescape)),
        ("port", port),
        ("dbname", Some(client::unescape(url.path().trim_start_matches('/')))),
    ];
    let parts = parts.into_iter().filter_map(|(word, value)| Some((word.to_owned(), value?)));
    let mut words: BTreeMap<String, String> = parts.filter(|(_, value)| !value.is_empty()).collect();
    words.extend(url.query_pairs().into_owned());
    Ok(words)
}

/// `word=value word='other value'`; a backslash takes the next character as it is.
fn pairs(text: &str) -> Result<BTreeMap<String, String>, PlaceError> {
    let mut words = BTreeMap::new();
    let mut rest = text.trim_start().chars().peekable();
    while rest.peek().is_some() {
        let mut word = String::new();
        while let Some(next) = rest.next_if(|next| *next != '=' && !next.is_whitespace()) {
            word.push(next);
        }
        while rest.next_if(|next| next.is_whitespace()).is_some() {}
        if rest.next() != Some('=') {
            return Err(PlaceError::NoValue(word));
        }
        while rest.next_if(|next| next.is_whitespace()).is_some() {}
        let quoted = rest.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match rest.next() {
                None if quoted => return Err(PlaceError::Quote),
                None => break,
                Some('\'') if quoted => break,
                Some(next) if !quoted && next.is_whitespace() => break,
                Some('\\') => value.push(rest.next().ok_or(PlaceError::Backslash)?),
                Some(next) => value.push(next),
            }
        }
        words.insert(word, value);
        while rest.next_if(|next| next.is_whitespace()).is_some() {}
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Place, PlaceError> {
        Place::parse(text, &|name| if name == "PGPASSWORD" { "env".into() } else { String::new() })
    }

    #[test]
    fn urls_and_pairs_say_the_same() {
        let by_url = parse("postgres://me:p%40%20ss@db:6432/rel?sslmode=verify-ca&search_path=a b").unwrap();
        let by_pairs = parse(
            r"host=db port = 6432 user=me password='p@ ss' dbname=rel sslmode=verify-ca search_path=a\ b",
        );
        assert_eq!(by_url, by_pairs.unwrap());
        assert_eq!(by_url.password, "p@ ss");
        assert_eq!(by_url.options, "-c search_path=a\\ b");
        assert_eq!(
            (by_url.mode, by_url.security.any_name, by_url.security.anyone),
            (Mode::Require, true, false)
        );
    }

    #[test]
    fn what_is_left_out_comes_from_the_environment_or_is_usual() {
        let place = parse("").unwrap();
        assert_eq!(
            (place.host.as_str(), place.port.as_str(), place.database.as_str()),
            ("localhost", "5432", "root")
        );
        assert_eq!((place.password.as_str(), place.mode), ("env", Mode::Require));
        assert!(place.security.anyone);
        assert_eq!(parse("host=/run port=7").unwrap().socket().unwrap(), "/run/.s.PGSQL.7");
        assert_eq!(parse("postgres://[::1]/x").unwrap().host, "::1");
    }

    #[test]
    fn broken_strings_are_errors() {
        for text in ["mysql://x", "a", "a='", "a=\\", "sslmode=bogus", "postgres://[", "a = b c"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

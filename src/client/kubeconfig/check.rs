//! What keeps a cluster or a user from being used (`tools/clientcmd/validation.go` of client-go).

use super::{Cluster, Exec, User, go_io};
use crate::client::address;
use std::path::Path;

/// Go's aggregate of several errors: one alone, several in brackets, doubles once.
pub(in crate::client) fn aggregate(messages: &[String]) -> String {
    let mut unique: Vec<&str> = Vec::new();
    for message in messages {
        if !unique.contains(&message.as_str()) {
            unique.push(message);
        }
    }
    match unique[..] {
        [one] => one.to_owned(),
        _ => format!("[{}]", unique.join(", ")),
    }
}

fn check_open(what: &str, path: &str, name: &str, problems: &mut Vec<String>) {
    if path.is_empty() {
        return;
    }
    if let Err(error) = std::fs::File::open(path) {
        let why = go_io(Path::new(path), &error);
        problems.push(format!("unable to read {what} {path} for {name} due to {why}"));
    }
}

/// What is wrong with a cluster.
pub(in crate::client) fn cluster(name: &str, cluster: &Cluster, problems: &mut Vec<String>) {
    if !cluster.proxy_url.is_empty()
        && let Err(cause) = address::proxy_url(&cluster.proxy_url)
    {
        problems.push(format!("invalid 'proxy-url' {:?} for cluster {name:?}: {cause}", cluster.proxy_url));
    }
    if !cluster.ca_file.is_empty() && !cluster.ca_data.is_empty() {
        problems.push(format!(
            "certificate-authority-data and certificate-authority are both specified for {name}. \
             certificate-authority-data will override."
        ));
    }
    check_open("certificate-authority", &cluster.ca_file, name, problems);
}

/// What is wrong with a user.
pub(in crate::client) fn user(name: &str, user: &User, problems: &mut Vec<String>) {
    certificate(name, user, problems);
    if let Some(exec) = &user.exec {
        if user.auth_provider.is_some() {
            problems.push(format!(
                "authProvider cannot be provided in combination with an exec plugin for {name}"
            ));
        }
        plugin(name, exec, problems);
    }
    let has_password = !user.username.is_empty() || !user.password.is_empty();
    if has_password && !user.token.is_empty() {
        problems.push(format!(
            "more than one authentication method found for {name}; found [token basicAuth], only one is allowed"
        ));
    }
    let as_whom = &user.impersonate;
    let alone = !as_whom.uid.is_empty() || !as_whom.groups.is_empty() || !as_whom.extra.is_empty();
    if alone && as_whom.user.is_empty() {
        problems
            .push(format!("requesting uid, groups or user-extra for {name} without impersonating a user"));
    }
}

fn certificate(name: &str, user: &User, problems: &mut Vec<String>) {
    let (cert_file, cert_data) = (!user.cert_file.is_empty(), !user.cert_data.is_empty());
    let (key_file, key_data) = (!user.key_file.is_empty(), !user.key_data.is_empty());
    if !cert_file && !cert_data {
        return;
    }
    if cert_file && cert_data {
        problems.push(format!(
            "client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
        ));
    }
    if key_file && key_data {
        problems.push(format!(
            "client-key-data and client-key are both specified for {name}; client-key-data will override"
        ));
    }
    if !key_file && !key_data {
        problems.push(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        ));
    }
    check_open("client-cert", &user.cert_file, name, problems);
    check_open("client-key", &user.key_file, name, problems);
}

fn plugin(name: &str, exec: &Exec, problems: &mut Vec<String>) {
    let mut missing = |what: &str| {
        problems.push(format!("{what} must be specified for {name} to use exec authentication plugin"));
    };
    if exec.command.is_empty() {
        missing("command");
    }
    if exec.api_version.is_empty() {
        missing("apiVersion");
    }
    for _ in exec.env.iter().filter(|(name, _)| name.is_empty()) {
        missing("env variable name");
    }
    match exec.interactive_mode.as_str() {
        "" => missing("interactiveMode"),
        "Never" | "IfAvailable" | "Always" => {}
        other => problems.push(format!("invalid interactiveMode for {name}: {other:?}")),
    }
}

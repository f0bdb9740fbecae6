//! Kubeconfigs and exec credentials from YAML or JSON, with the words of Go's decoder for what does not fit.

use super::{AuthProvider, Cluster, Context, Exec, Impersonate, Kubeconfig, User};
use crate::yaml;
use base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use templates_engine::json::kind_name;

/// What `meta.FindKindVersion` decodes into.
const HEAD: &str = "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
/// Where the schemes of client-go are made, which its errors name.
const SCHEME: &str = "pkg/runtime/scheme.go:111";

/// A place in a document: the Go struct that holds it, and the path to it.
#[derive(Clone, Copy)]
pub(in crate::client) struct At<'a> {
    of: &'a str,
    path: &'a str,
}

impl<'a> At<'a> {
    /// The fields of a struct at a path.
    pub(in crate::client) fn new(of: &'a str, path: &'a str) -> Self {
        Self { of, path }
    }

    fn mismatch(&self, field: &str, value: &Value, wanted: &str) -> String {
        let found = kind_name(value);
        let dot = if self.path.is_empty() { "" } else { "." };
        format!(
            "json: cannot unmarshal {found} into Go struct field {}.{}{dot}{field} of type {wanted}",
            self.of, self.path
        )
    }

    /// A string field.
    pub(in crate::client) fn text(&self, field: &str, value: &Value) -> Result<String, String> {
        match value {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            other => Err(self.mismatch(field, other, "string")),
        }
    }

    fn flag(&self, field: &str, value: &Value) -> Result<bool, String> {
        match value {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(*flag),
            other => Err(self.mismatch(field, other, "bool")),
        }
    }

    fn bytes(&self, field: &str, value: &Value) -> Result<Vec<u8>, String> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::String(text) => base64(text),
            other => Err(self.mismatch(field, other, "[]uint8")),
        }
    }

    fn list<'v>(&self, field: &str, value: &'v Value, wanted: &str) -> Result<&'v [Value], String> {
        match value {
            Value::Null => Ok(&[]),
            Value::Array(items) => Ok(items),
            other => Err(self.mismatch(field, other, wanted)),
        }
    }

    fn texts(&self, field: &str, value: &Value) -> Result<Vec<String>, String> {
        self.list(field, value, "[]string")?.iter().map(|item| self.text(field, item)).collect()
    }

    /// The fields of a struct, or nothing for null.
    pub(in crate::client) fn fields<'v>(
        &self,
        field: &str,
        value: &'v Value,
        wanted: &str,
    ) -> Result<Option<&'v Map<String, Value>>, String> {
        match value {
            Value::Null => Ok(None),
            Value::Object(fields) => Ok(Some(fields)),
            other => Err(self.mismatch(field, other, wanted)),
        }
    }
}

/// Standard base64 as Go's decoder takes it; line ends are passed over.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(&compact).map_err(|error| {
        let at = match error {
            DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => at,
            DecodeError::InvalidLength(length) => length - length % 4,
            _ => compact.len(),
        };
        format!("illegal base64 data at input byte {at}")
    })
}

/// A document as JSON, whose head names no other kind than the expected ones.
///
/// Gives the document's `apiVersion` and `kind` too.
pub(in crate::client) fn document(
    bytes: &[u8],
    known: impl Fn(&str, &str) -> bool,
) -> Result<(Map<String, Value>, String, String), String> {
    let value = yaml::yaml_to_json(bytes).map_err(|error| error.to_string())?;
    let head = |cause: String| format!("couldn't get version/kind; json parse error: {cause}");
    let fields = match value {
        Value::Null => Map::new(),
        Value::Object(fields) => fields,
        other => {
            let found = kind_name(&other);
            return Err(head(format!("json: cannot unmarshal {found} into Go value of type {HEAD}")));
        }
    };
    let at = At::new("", "");
    let text = |field: &str| at.text(field, fields.get(field).unwrap_or(&Value::Null)).map_err(head);
    let (api_version, kind) = (text("apiVersion")?, text("kind")?);
    if !known(&api_version, &kind) {
        return Err(format!(
            "no kind {kind:?} is registered for version {api_version:?} in scheme \"{SCHEME}\""
        ));
    }
    Ok((fields, api_version, kind))
}

/// A kubeconfig.
pub(super) fn config(bytes: &[u8]) -> Result<Kubeconfig, String> {
    let (fields, ..) = document(bytes, |version, kind| {
        (version.is_empty() || version == "v1") && (kind.is_empty() || kind == "Config")
    })?;
    let at = At::new("Config", "");
    let mut config = Kubeconfig::default();
    for (field, value) in &fields {
        match field.as_str() {
            "current-context" => config.current_context = at.text(field, value)?,
            "clusters" => {
                let items = at.list(field, value, "[]v1.NamedCluster")?;
                config.clusters = named(items, "NamedCluster", "clusters", "cluster", cluster)?;
            }
            "users" => {
                let items = at.list(field, value, "[]v1.NamedAuthInfo")?;
                config.users = named(items, "NamedAuthInfo", "users", "user", user)?;
            }
            "contexts" => {
                let items = at.list(field, value, "[]v1.NamedContext")?;
                config.contexts = named(items, "NamedContext", "contexts", "context", context)?;
            }
            _ => {}
        }
    }
    Ok(config)
}

/// A list of named things as a map.
fn named<T: Default>(
    items: &[Value],
    of: &str,
    list: &str,
    field: &str,
    decode: impl Fn(&Value) -> Result<T, String>,
) -> Result<BTreeMap<String, T>, String> {
    let at = At::new(of, list);
    let mut map = BTreeMap::new();
    for item in items {
        let Some(fields) = At::new("Config", "").fields(list, item, &format!("v1.{of}"))? else { continue };
        let mut entry = (String::new(), T::default());
        for (key, value) in fields {
            if key == "name" {
                entry.0 = at.text(key, value)?;
            } else if key == field {
                entry.1 = decode(value)?;
            }
        }
        let (name, thing) = entry;
        if map.contains_key(&name) {
            let go = if of == "NamedAuthInfo" { "AuthInfo" } else { &of["Named".len()..] };
            return Err(format!(
                "error converting *[]{of} into *map[string]*api.{go}: duplicate name {name:?} in list"
            ));
        }
        map.insert(name, thing);
    }
    Ok(map)
}

fn cluster(value: &Value) -> Result<Cluster, String> {
    let mut cluster = Cluster::default();
    let outer = At::new("NamedCluster", "clusters");
    let Some(fields) = outer.fields("cluster", value, "v1.Cluster")? else { return Ok(cluster) };
    let at = At::new("Cluster", "clusters.cluster");
    for (field, value) in fields {
        match field.as_str() {
            "server" => cluster.server = at.text(field, value)?,
            "tls-server-name" => cluster.tls_server_name = at.text(field, value)?,
            "insecure-skip-tls-verify" => cluster.insecure = at.flag(field, value)?,
            "certificate-authority" => cluster.ca_file = at.text(field, value)?,
            "certificate-authority-data" => cluster.ca_data = at.bytes(field, value)?,
            "proxy-url" => cluster.proxy_url = at.text(field, value)?,
            "disable-compression" => cluster.disable_compression = at.flag(field, value)?,
            "extensions" => {
                for item in at.list(field, value, "[]v1.NamedExtension")? {
                    let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
                    let extension = item.get("extension").cloned().unwrap_or_default();
                    cluster.extensions.insert(name.to_owned(), extension);
                }
            }
            _ => {}
        }
    }
    Ok(cluster)
}

fn context(value: &Value) -> Result<Context, String> {
    let mut context = Context::default();
    let outer = At::new("NamedContext", "contexts");
    let Some(fields) = outer.fields("context", value, "v1.Context")? else { return Ok(context) };
    let at = At::new("Context", "contexts.context");
    for (field, value) in fields {
        match field.as_str() {
            "cluster" => context.cluster = at.text(field, value)?,
            "user" => context.user = at.text(field, value)?,
            "namespace" => context.namespace = at.text(field, value)?,
            _ => {}
        }
    }
    Ok(context)
}

fn user(value: &Value) -> Result<User, String> {
    let mut user = User::default();
    let outer = At::new("NamedAuthInfo", "users");
    let Some(fields) = outer.fields("user", value, "v1.AuthInfo")? else { return Ok(user) };
    let at = At::new("AuthInfo", "users.user");
    for (field, value) in fields {
        match field.as_str() {
            "client-certificate" => user.cert_file = at.text(field, value)?,
            "client-certificate-data" => user.cert_data = at.bytes(field, value)?,
            "client-key" => user.key_file = at.text(field, value)?,
            "client-key-data" => user.key_data = at.bytes(field, value)?,
            "token" => user.token = at.text(field, value)?,
            "tokenFile" => user.token_file = at.text(field, value)?,
            "username" => user.username = at.text(field, value)?,
            "password" => user.password = at.text(field, value)?,
            "auth-provider" => user.auth_provider = auth_provider(value)?,
            "exec" => user.exec = exec(value)?,
            _ => impersonate(&mut user.impersonate, &at, field, value)?,
        }
    }
    Ok(user)
}

fn impersonate(as_whom: &mut Impersonate, at: &At<'_>, field: &str, value: &Value) -> Result<(), String> {
    match field {
        "as" => as_whom.user = at.text(field, value)?,
        "as-uid" => as_whom.uid = at.text(field, value)?,
        "as-groups" => as_whom.groups = at.texts(field, value)?,
        "as-user-extra" => {
            let extra = at.fields(field, value, "map[string][]string")?;
            for (key, values) in extra.into_iter().flatten() {
                as_whom.extra.insert(key.clone(), at.texts(field, values)?);
            }
        }
        _ => {}
    }
    Ok(())
}

fn auth_provider(value: &Value) -> Result<Option<AuthProvider>, String> {
    let outer = At::new("AuthInfo", "users.user");
    let Some(fields) = outer.fields("auth-provider", value, "v1.AuthProviderConfig")? else {
        return Ok(None);
    };
    let at = At::new("AuthProviderConfig", "users.user.auth-provider");
    let mut provider = AuthProvider::default();
    for (field, value) in fields {
        match field.as_str() {
            "name" => provider.name = at.text(field, value)?,
            "config" => {
                for (key, value) in at.fields(field, value, "map[string]string")?.into_iter().flatten() {
                    provider.config.insert(key.clone(), at.text(field, value)?);
                }
            }
            _ => {}
        }
    }
    Ok(Some(provider))
}

fn exec(value: &Value) -> Result<Option<Exec>, String> {
    let outer = At::new("AuthInfo", "users.user");
    let Some(fields) = outer.fields("exec", value, "v1.ExecConfig")? else { return Ok(None) };
    let at = At::new("ExecConfig", "users.user.exec");
    let mut exec = Exec::default();
    for (field, value) in fields {
        match field.as_str() {
            "command" => exec.command = at.text(field, value)?,
            "args" => exec.args = at.texts(field, value)?,
            "apiVersion" => exec.api_version = at.text(field, value)?,
            "installHint" => exec.install_hint = at.text(field, value)?,
            "provideClusterInfo" => exec.provide_cluster_info = at.flag(field, value)?,
            "interactiveMode" => exec.interactive_mode = at.text(field, value)?,
            "env" => {
                let inner = At::new("ExecEnvVar", "users.user.exec.env");
                for item in at.list(field, value, "[]v1.ExecEnvVar")? {
                    let of = |field: &str| inner.text(field, item.get(field).unwrap_or(&Value::Null));
                    exec.env.push((of("name")?, of("value")?));
                }
            }
            _ => {}
        }
    }
    // The older version has a default, the newer wants to be told.
    if exec.interactive_mode.is_empty() && exec.api_version.ends_with("/v1beta1") {
        exec.interactive_mode = "IfAvailable".into();
    }
    Ok(Some(exec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_is_refused_without_telling_secrets() {
        let users = "users:\n- {name: u, user: {token: secret}}\n- {name: u, user: {token: other}}\n";
        assert_eq!(
            config(users.as_bytes()).unwrap_err(),
            "error converting *[]NamedAuthInfo into *map[string]*api.AuthInfo: duplicate name \"u\" in list"
        );
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (text, words) in [
            ("clusters: 5", "number into Go struct field Config.clusters of type []v1.NamedCluster"),
            (
                "users: [{user: {exec: {args: [1]}}}]",
                "number into Go struct field ExecConfig.users.user.exec.args",
            ),
        ] {
            let error = config(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(&format!("json: cannot unmarshal {words}")), "{error}");
        }
        assert_eq!(base64("aGVs\nbG8=").unwrap(), b"hello");
        assert_eq!(base64("aG!s").unwrap_err(), "illegal base64 data at input byte 2");
    }
}

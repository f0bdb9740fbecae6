//! Credential plugins: programs that print a token or a certificate
//! (`plugin/pkg/client/auth/exec/exec.go` of client-go).

use super::{
    config::{MAX_CREDENTIAL_BYTES, PluginCluster},
    kubeconfig::{
        Exec,
        decode::{At, document},
        go_io, read_file,
    },
    tls::{Identity, certified_key},
};
use crate::clock::{Clock, SystemClock};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::{
    io::{self, IsTerminal, Read},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

const GROUP: &str = "client.authentication.k8s.io";
const HINT: &str = "\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\n\
    To learn more about this feature, consult the documentation available at:\n      \
    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";

/// A plugin, and what it said last.
pub(super) struct Plugin {
    exec: Exec,
    cluster: PluginCluster,
    identity: Arc<Identity>,
    last: Mutex<Option<Said>>,
}

/// What a plugin said.
#[derive(Clone)]
struct Said {
    token: String,
    expires: Option<jiff::Timestamp>,
}

impl Plugin {
    /// A plugin; nothing runs yet.
    ///
    /// # Errors
    /// For a version of the interface that is not known.
    pub(super) fn new(exec: &Exec, cluster: &PluginCluster, identity: Arc<Identity>) -> Result<Self, String> {
        let version = exec.api_version.strip_prefix(GROUP).and_then(|rest| rest.strip_prefix('/'));
        if !matches!(version, Some("v1" | "v1beta1")) {
            return Err(format!("exec plugin: invalid apiVersion {:?}", exec.api_version));
        }
        Ok(Self { exec: exec.clone(), cluster: cluster.clone(), identity, last: Mutex::default() })
    }

    /// The token, if the plugin gives one; its certificate goes to the connections. It runs when it has not yet,
    /// or when what it said is too old.
    ///
    /// # Errors
    /// In client-go's words.
    pub(super) fn token(&self) -> Result<Option<String>, String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh =
            last.clone().filter(|said| said.expires.is_none_or(|expires| expires > SystemClock.now()));
        let said = match fresh {
            Some(said) => said,
            None => self.run()?,
        };
        *last = Some(said.clone());
        Ok(Some(said.token).filter(|token| !token.is_empty()))
    }

    /// Makes the plugin run again before the next request.
    pub(super) fn forget(&self) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn run(&self) -> Result<Said, String> {
        let interactive = self.is_interactive()?;
        let info = self.info(interactive)?;
        // A path's `.` and `..` go; a bare name is looked for on the path.
        let program = crate::env::join(&[&self.exec.command]);
        let mut command = Command::new(&program);
        command
            .args(&self.exec.args)
            .envs(self.exec.env.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", info)
            .stdin(if interactive { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().map_err(|error| self.not_started(&program, &error))?;
        let mut answer = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let read = stdout.take(MAX_CREDENTIAL_BYTES).read_to_end(&mut answer);
            read.map_err(|error| format!("exec: {error}"))?;
        }
        let status = child.wait().map_err(|error| format!("exec: {error}"))?;
        if !status.success() {
            let code = status.code().unwrap_or(-1);
            return Err(format!("exec: executable {program} failed with exit code {code}"));
        }
        self.understand(&answer)
    }

    fn is_interactive(&self) -> Result<bool, String> {
        let terminal = io::stdin().is_terminal();
        match self.exec.interactive_mode.as_str() {
            "Never" => Ok(false),
            "IfAvailable" => Ok(terminal),
            _ if terminal => Ok(true),
            _ => Err("exec plugin cannot support interactive mode: standard input is not a terminal".into()),
        }
    }

    fn not_started(&self, program: &str, error: &io::Error) -> String {
        if program.contains('/') {
            let why = go_io(Path::new(program), error);
            let why = why.rsplit_once(": ").map_or(why.as_str(), |(_, why)| why);
            return format!("exec: fork/exec {program}: {why}");
        }
        let hint = &self.exec.install_hint;
        let hint = if hint.is_empty() { String::new() } else { format!("\n\n{}", printable(hint)) };
        format!("exec: executable {program} not found{HINT}{hint}")
    }

    /// What the plugin is told, as Go encodes it.
    fn info(&self, interactive: bool) -> Result<String, String> {
        let (kind, version) = (json!("ExecCredential"), json!(self.exec.api_version));
        let cluster = match self.exec.provide_cluster_info {
            true => format!("\"cluster\":{},", self.cluster_info()?),
            false => String::new(),
        };
        Ok(format!(
            "{{\"kind\":{kind},\"apiVersion\":{version},\"spec\":{{{cluster}\"interactive\":{interactive}}}}}\n"
        ))
    }

    fn cluster_info(&self) -> Result<String, String> {
        let cluster = &self.cluster.cluster;
        let mut ca = cluster.ca_data.clone();
        if ca.is_empty() && !cluster.ca_file.is_empty() {
            let path = Path::new(&cluster.ca_file);
            ca = read_file(path, MAX_CREDENTIAL_BYTES).map_err(|error| go_io(path, &error))?;
        }
        let mut fields = vec![("server", json!(cluster.server))];
        let mut add = |present: bool, name, value| {
            if present {
                fields.push((name, value));
            }
        };
        add(!cluster.tls_server_name.is_empty(), "tls-server-name", json!(cluster.tls_server_name));
        add(cluster.insecure, "insecure-skip-tls-verify", json!(true));
        add(!ca.is_empty(), "certificate-authority-data", json!(STANDARD.encode(&ca)));
        add(!cluster.proxy_url.is_empty(), "proxy-url", json!(cluster.proxy_url));
        add(cluster.disable_compression, "disable-compression", json!(true));
        add(true, "config", self.cluster.config.clone());
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        Ok(format!("{{{}}}", fields.join(",")))
    }

    fn understand(&self, answer: &[u8]) -> Result<Said, String> {
        let decoding = |cause: String| format!("decoding stdout: {cause}");
        let known = |version: &str, kind: &str| {
            (kind.is_empty() && version.is_empty())
                || (kind == "ExecCredential"
                    && ["v1", "v1beta1"].iter().any(|known| version == format!("{GROUP}/{known}")))
        };
        let (fields, version, _) = document(answer, known).map_err(decoding)?;
        let status = status(&fields).map_err(decoding)?;
        if version != self.exec.api_version {
            let version = if version.is_empty() { format!("{GROUP}/__internal") } else { version };
            return Err(format!(
                "exec plugin is configured to use API version {}, plugin returned version {version}",
                self.exec.api_version
            ));
        }
        let Some(Status { token, certificate, key, expires }) = status else {
            return Err("exec plugin didn't return a status field".into());
        };
        match (token.is_empty(), certificate.is_empty(), key.is_empty()) {
            (true, true, true) => return Err("exec plugin didn't return a token or cert/key pair".into()),
            (_, true, false) | (_, false, true) => {
                return Err("exec plugin returned only certificate or key, not both".into());
            }
            (_, true, true) => self.identity.set(None),
            (_, false, false) => {
                let pair = certified_key(certificate.as_bytes(), key.as_bytes())
                    .map_err(|cause| format!("failed parsing client key/certificate: {cause}"))?;
                self.identity.set(Some(pair));
            }
        }
        Ok(Said { token, expires })
    }
}

/// `status` of an answer.
struct Status {
    token: String,
    certificate: String,
    key: String,
    expires: Option<jiff::Timestamp>,
}

fn status(fields: &Map<String, Value>) -> Result<Option<Status>, String> {
    let value = fields.get("status").unwrap_or(&Value::Null);
    let outer = At::new("ExecCredential", "");
    let Some(fields) = outer.fields("status", value, "v1.ExecCredentialStatus")? else { return Ok(None) };
    let at = At::new("ExecCredentialStatus", "status");
    let text = |field: &str| at.text(field, fields.get(field).unwrap_or(&Value::Null));
    let when = text("expirationTimestamp")?;
    let expires = match when.as_str() {
        "" => None,
        when => Some(when.parse::<jiff::Timestamp>().map_err(|_| {
            let layout = "2006-01-02T15:04:05Z07:00";
            format!("parsing time {when:?} as {layout:?}: cannot parse {when:?} as \"2006\"")
        })?),
    };
    Ok(Some(Status {
        token: text("token")?,
        certificate: text("clientCertificateData")?,
        key: text("clientKeyData")?,
        expires,
    }))
}

/// A hint without what could upset a terminal.
fn printable(text: &str) -> String {
    let show = |c: char| match c {
        '\t'..='\r' => c.to_string(),
        c if c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(show).collect()
}

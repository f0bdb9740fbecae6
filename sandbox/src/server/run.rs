//! A sandbox's server from its start to its end.

use super::{CertificateError, FileError, Files, LogFile, Running, Server, ServerError};
use crate::{Options, Sandbox, api::KUBE_VERSION, auth::Mode, registry::User, sandbox::Error as OpenError};
use jiff::Timestamp;
use std::{fs::File, io, sync::Arc};

/// How a server is run.
#[derive(Debug)]
pub struct Config {
    /// The sandbox's name.
    pub name: String,
    /// Its folder.
    pub files: Files,
    /// The port; without one the last one, or any that is free.
    pub port: Option<u16>,
    /// How requests are judged.
    pub authorization: Mode,
    /// Whether the state is kept in memory only.
    pub ephemeral: bool,
    /// The version to report; without one the version whose behaviour this is.
    pub kube_version: Option<String>,
}

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another server has the folder.
    #[error("a server runs there already")]
    Taken,
    /// Its files.
    #[error(transparent)]
    Files(#[from] FileError),
    /// Its log.
    #[error("cannot write the log: {0}")]
    Log(#[source] io::Error),
    /// Its certificates.
    #[error(transparent)]
    Certificates(#[from] CertificateError),
    /// Its state.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its port.
    #[error(transparent)]
    Listen(#[from] ServerError),
}

/// Runs a server until `stop`; `ready` is told when it answers. Gives the folder's lock: keep it until the runtime has
/// ended, since tasks of the server may still use the state until then.
///
/// # Errors
/// When it cannot start.
pub async fn run(
    config: Config,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(&Running),
) -> Result<File, RunError> {
    let files = &config.files;
    files.create()?;
    let Some(lock) = files.take()? else { return Err(RunError::Taken) };
    files.withdraw();
    let log = Arc::new(LogFile::open(files.log()).map_err(RunError::Log)?);
    let now = Timestamp::now();
    let secrets = files.secrets(now)?;
    let owner = User::admin();
    let options = Options {
        folder: (!config.ephemeral).then(|| files.state()),
        tokens: vec![(secrets.token.clone(), owner)],
        authorization: config.authorization,
        account_key: Some(secrets.account_key.clone()),
        node: true,
        ca: secrets.certificates.authority.clone(),
        kube_version: config.kube_version.clone(),
        ..Options::default()
    };
    let (server, tls) = (listen(&config).await?, secrets.certificates.server(now)?);
    let sandbox = Sandbox::open(options).await?;
    files.write_kubeconfig(&config.name, server.port(), &secrets)?;
    let running = Running {
        pid: std::process::id(),
        port: server.port(),
        kube_version: config.kube_version.unwrap_or_else(|| KUBE_VERSION.to_owned()),
        authorization: config.authorization.name().to_owned(),
        ephemeral: config.ephemeral,
        started: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    files.announce(&running)?;
    log.write(now, &format!("ready on 127.0.0.1:{}, process {}", running.port, running.pid));
    ready(&running);
    let (failure, failures) = (sandbox.failure(), Arc::clone(&log));
    let watching = tokio::spawn(async move {
        let why = failure.await.message;
        failures.write(
            Timestamp::now(),
            &format!("the controllers ended, objects do not come true any more: {why}"),
        );
    });
    server.run(sandbox, tls, Arc::clone(&log), stop).await;
    watching.abort();
    files.withdraw();
    log.write(Timestamp::now(), "stopped");
    Ok(lock)
}

/// Listens where the configuration says, else where the last server did, else anywhere.
async fn listen(config: &Config) -> Result<Server, ServerError> {
    if let Some(port) = config.port {
        return Server::listen(port).await;
    }
    if let Some(port) = config.files.last_port()
        && let Ok(server) = Server::listen(port).await
    {
        return Ok(server);
    }
    Server::listen(0).await
}

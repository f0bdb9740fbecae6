//! The sandbox on a port: TLS, HTTP/1.1 and HTTP/2, its files, its log, and how it ends.

mod certificates;
mod files;
mod log;
mod run;
mod serve;

pub use certificates::{CertificateError, Certificates};
pub use files::{FileError, Files, Running, Secrets};
pub use log::LogFile;
pub use run::{Config, RunError, run};
pub use serve::{Server, ServerError};

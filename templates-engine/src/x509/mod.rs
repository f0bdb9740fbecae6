//! Private keys and certificates as Go's crypto/x509 writes and reads them, as far as Sprig needs it.
//!
//! The structure of a certificate (fields, extensions, their order, string types) is Go's, so that
//! a chart gets the same kind of certificate from either program. Randomness comes from the caller,
//! except where ring insists on the system's.

mod cert;
pub(crate) mod der;
mod key;
pub(crate) mod pem;

pub use cert::{Certificate, Request};
pub use key::{KeyKind, PrivateKey};

use crate::quote::quoted;

/// Why a key or certificate was refused, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No PEM block at all.
    #[error("no PEM data in input")]
    NoPem,
    /// A PEM block of something else.
    #[error("no private key data in PEM block of type {0}")]
    NotAKey(String),
    /// `… PRIVATE KEY` of an unknown kind.
    #[error("invalid private key type {0}")]
    KeyType(String),
    /// A key's PEM block whose content cannot be read; says what was read.
    #[error("{0}: {1}")]
    Malformed(&'static str, String),
    /// Not a certificate; says what is wrong with it.
    #[error("x509: {0}")]
    Certificate(&'static str),
    /// A key that cannot sign certificates.
    #[error("x509: certificate private key does not implement crypto.Signer")]
    CannotSign,
    /// A key that certificates cannot carry.
    #[error("x509: unsupported public key type: {0}")]
    PublicKeyType(&'static str),
    /// The signer's key is not the one in its certificate.
    #[error("x509: provided PrivateKey doesn't match parent's PublicKey")]
    KeyMismatch,
    /// A DNS name that is not ASCII.
    #[error("x509: {} cannot be encoded as an IA5String", quoted(.0))]
    NotAscii(Vec<u8>),
    /// A common name that is not UTF-8.
    #[error("asn1: string not valid UTF-8")]
    NotUtf8,
    /// The signature could not be made.
    #[error("{0}")]
    Signing(String),
}

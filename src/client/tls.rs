//! TLS to API servers and proxies, with Go's judgement and words.

use super::{
    config::{MAX_CREDENTIAL_BYTES, TlsSettings},
    error::ConfigError,
    kubeconfig::{go_io, read_file},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// The certificate that says who we are; credential plugins change it.
#[derive(Debug, Default)]
pub(super) struct Identity(Mutex<Option<Arc<CertifiedKey>>>);

impl Identity {
    /// Uses another one from the next connection on.
    pub(super) fn set(&self, key: Option<CertifiedKey>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = key.map(Arc::new);
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What a connection needs, and why requests fail where only those can tell.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) identity: Arc<Identity>,
    /// A certificate in files that cannot be used is found out when the server asks for it.
    pub(super) broken_identity: Option<String>,
}

/// The configuration that these settings mean.
///
/// # Errors
/// When authorities or certificates cannot be read or used.
pub(super) fn configure(settings: &TlsSettings) -> Result<Tls, ConfigError> {
    let failed = |cause: String| ConfigError::Other(cause);
    let has_ca = !settings.ca_file.is_empty() || !settings.ca_data.is_empty();
    if has_ca && settings.insecure {
        return Err(failed(
            "specifying a root certificates file with the insecure flag is not allowed".into(),
        ));
    }
    let ca = data_or_file(&settings.ca_data, &settings.ca_file)?;
    let cert = data_or_file(&settings.cert_data, &settings.cert_file)?;
    let key = data_or_file(&settings.key_data, &settings.key_file)?;
    let provider = Arc::new(ring::default_provider());
    let roots = match ca.is_empty() {
        true => system_roots(),
        false => roots(&ca).map_err(|cause| failed(format!("unable to load root certificates: {cause}")))?,
    };
    let verifier: Arc<dyn ServerCertVerifier> = match settings.insecure {
        true => Arc::new(AnyServer(Arc::clone(&provider))),
        false => {
            let verifier = GoVerifier::new(roots, certificates(&ca), &provider);
            Arc::new(GoVerifier { any_name: settings.any_name, ..verifier })
        }
    };
    let identity = Arc::new(Identity::default());
    let mut broken_identity = None;
    if settings.has_certificate() {
        match certified_key(&cert, &key) {
            Ok(key) => identity.set(Some(key)),
            Err(cause) if settings.certificate_is_in_files() => broken_identity = Some(cause),
            Err(cause) => return Err(failed(cause)),
        }
    }
    let resolver: Arc<dyn ResolvesClientCert> = Arc::<Identity>::clone(&identity);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(resolver);
    Ok(Tls { config: Arc::new(config), identity, broken_identity })
}

fn data_or_file(data: &[u8], file: &str) -> Result<Vec<u8>, ConfigError> {
    if !data.is_empty() || file.is_empty() {
        return Ok(data.to_vec());
    }
    let path = Path::new(file);
    read_file(path, MAX_CREDENTIAL_BYTES).map_err(|error| ConfigError::Other(go_io(path, &error)))
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let certificates = certificates(pem);
    let found = certificates.len();
    let (added, _) = roots.add_parsable_certificates(certificates);
    match (added, found) {
        (0, 0) if !blocks(pem).is_empty() => Err("no valid certificate authority data seen".into()),
        (0, 0) => Err("unable to parse bytes as PEM block".into()),
        (0, _) => Err("failed to parse certificate: x509: malformed certificate".into()),
        _ => Ok(roots),
    }
}

/// The certificates of a PEM text.
fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// A certificate with its key, with the words of Go's `tls.X509KeyPair`.
pub(super) fn certified_key(cert: &[u8], key: &[u8]) -> Result<CertifiedKey, String> {
    let chain = certificates(cert);
    if chain.is_empty() {
        return Err(match &blocks(cert)[..] {
            [] => "tls: failed to find any PEM data in certificate input".into(),
            [one] if one.ends_with("PRIVATE KEY") => {
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; \
                 PEM inputs may have been switched"
                    .into()
            }
            skipped => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks \
                 of the following types: [{}]",
                skipped.join(" ")
            ),
        });
    }
    let Ok(key) = PrivateKeyDer::from_pem_slice(key) else {
        return Err(match &blocks(key)[..] {
            [] => "tls: failed to find any PEM data in key input".into(),
            [one] if one == "CERTIFICATE" => {
                "tls: found a certificate rather than a key in the PEM for the private key".into()
            }
            skipped => format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping \
                 PEM blocks of the following types: [{}]",
                skipped.join(" ")
            ),
        });
    };
    let key = ring::default_provider().key_provider.load_private_key(key);
    let key = key.map_err(|_| "tls: failed to parse private key".to_owned())?;
    let pair = CertifiedKey::new(chain, key);
    // Certificates without extensions cannot be compared here; servers compare them.
    match pair.keys_match() {
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
            Err("tls: private key does not match public key".into())
        }
        _ => Ok(pair),
    }
}

/// The types of a text's PEM blocks.
fn blocks(pem: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pem);
    let begins = text.lines().filter_map(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    begins.map(str::to_owned).collect()
}

/// What webpki says of an authority's certificate that a server shows as its own.
const CA_AS_SERVER: &str = "CaUsedAsEndEntity";

/// Verifies as Go does where webpki is stricter or looks at things in another order.
#[derive(Debug)]
struct GoVerifier {
    /// Whether the server may be called anything.
    any_name: bool,
    inner: Option<Arc<WebPkiServerVerifier>>,
    roots: Arc<RootCertStore>,
    trusted: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl GoVerifier {
    fn new(
        roots: RootCertStore,
        trusted: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Self {
        let roots = Arc::new(roots);
        let inner =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider)).build();
        // Without any root there is nothing to verify with: every certificate is of an unknown issuer.
        Self { any_name: false, inner: inner.ok(), roots, trusted, provider: Arc::clone(provider) }
    }
}

impl GoVerifier {
    fn check_name(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), rustls::Error> {
        match self.any_name {
            true => Ok(()),
            false => verify_server_name(&ParsedCertificate::try_from(leaf)?, name),
        }
    }
}

/// The authority that a certificate names but whose key did not sign it: another of the same name. Displays as
/// Go's `UnknownAuthorityError`.
#[derive(Debug, thiserror::Error)]
#[error(
    "certificate signed by unknown authority (possibly because of {cause:?} while trying to verify candidate \
     authority certificate {name:?})"
)]
struct Candidate {
    cause: &'static str,
    name: String,
}

fn candidate(roots: &RootCertStore, leaf: &[u8]) -> Option<Candidate> {
    let is_in = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
    let root = roots.roots.iter().find(|root| is_in(leaf, &root.subject))?;
    // The types of keys by their object identifiers.
    let causes: [(&[u8], &str); 3] = [
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], "crypto/rsa: verification error"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "x509: ECDSA verification failure"),
        (&[0x2b, 0x65, 0x70], "x509: Ed25519 verification failure"),
    ];
    let key = &root.subject_public_key_info;
    let (_, cause) = causes.into_iter().find(|(kind, _)| is_in(key, kind))?;
    Some(Candidate { cause, name: common_name(&root.subject)? })
}

/// The common name in a DER name: what follows its object identifier, after a tag and a length.
fn common_name(subject: &[u8]) -> Option<String> {
    const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    let at = subject.windows(COMMON_NAME.len()).position(|window| window == COMMON_NAME)?;
    let [_, length, text @ ..] = &subject[at + COMMON_NAME.len()..] else { return None };
    text.get(..usize::from(*length)).map(|name| String::from_utf8_lossy(name).into_owned())
}

impl ServerCertVerifier for GoVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{
            BadSignature, NotValidForName, NotValidForNameContext, Other, UnknownIssuer,
        };
        let unknown = || Err(rustls::Error::InvalidCertificate(UnknownIssuer));
        let verdict = match &self.inner {
            Some(inner) => inner.verify_server_cert(leaf, intermediates, name, ocsp, now),
            None => unknown(),
        };
        match &verdict {
            // webpki looks at the name last.
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.any_name =>
            {
                Ok(ServerCertVerified::assertion())
            }
            Err(rustls::Error::InvalidCertificate(UnknownIssuer)) => {
                // Go looks at the name first.
                self.check_name(leaf, name)?;
                verdict
            }
            Err(rustls::Error::InvalidCertificate(BadSignature)) => {
                self.check_name(leaf, name)?;
                match candidate(&self.roots, leaf) {
                    Some(hint) => {
                        Err(rustls::Error::InvalidCertificate(Other(rustls::OtherError(Arc::new(hint)))))
                    }
                    None => unknown(),
                }
            }
            // An authority's own certificate, which webpki takes for no server's; Go does if it is trusted itself.
            Err(rustls::Error::InvalidCertificate(Other(cause))) if cause.to_string() == CA_AS_SERVER => {
                self.check_name(leaf, name)?;
                let is_trusted = self.trusted.iter().any(|trusted| trusted == leaf);
                if is_trusted { Ok(ServerCertVerified::assertion()) } else { unknown() }
            }
            _ => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// `--kube-insecure-skip-tls-verify`: whoever answers is believed.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

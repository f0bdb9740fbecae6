//! The sandbox's own authority, and the certificate that its server shows.

use jiff::{Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Names by which the server is called.
const NAMES: [&str; 5] = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];
/// The address of the service `kubernetes`.
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);
/// How long the authority lasts, in years. The server's certificate is a new one at each start.
const YEARS: i16 = 10;

/// Certificates cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The authority's key or certificate is broken.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// TLS refuses them.
    #[error("cannot use the certificate: {0}")]
    Use(#[from] rustls::Error),
}

/// An authority: its certificate and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    /// The certificate, which clients trust.
    pub authority: String,
    /// Its key.
    pub key: String,
}

impl Certificates {
    /// A new authority.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn create(now: Timestamp) -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let authority = authority(now).self_signed(&key)?.pem();
        Ok(Self { authority, key: key.serialize_pem() })
    }

    /// What TLS needs to serve with a new certificate of this authority.
    ///
    /// # Errors
    /// When the authority's key cannot be read.
    pub fn server(&self, now: Timestamp) -> Result<Arc<ServerConfig>, CertificateError> {
        let issuer = Issuer::new(authority(now), KeyPair::from_pem(&self.key)?);
        let key = KeyPair::generate()?;
        let certificate = serving(now)?.signed_by(&key, &issuer)?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn authority(now: Timestamp) -> CertificateParams {
    let mut params = named("skiff-sandbox-ca", now, YEARS);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn serving(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = named("skiff-sandbox", now, 1);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    for name in NAMES {
        params.subject_alt_names.push(SanType::DnsName(name.try_into()?));
    }
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(SERVICE)];
    params.subject_alt_names.extend(addresses.map(SanType::IpAddress));
    Ok(params)
}

/// A certificate of this name, good from yesterday on for some years.
fn named(name: &str, now: Timestamp, years: i16) -> CertificateParams {
    let today = now.to_zoned(TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        let number = |part: i8| u8::try_from(part).unwrap_or(1);
        // The 29th of February has no counterpart in most years.
        rcgen::date_time_ymd(date.year().into(), number(date.month()), number(date.day().min(28)))
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = day(today.yesterday().unwrap_or(today));
    params.not_after = day(today.with().year(today.year() + years).day(1).build().unwrap_or(today));
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_serves_on_every_day_of_the_year() {
        for day in ["2028-02-29T12:00:00Z", "2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z"] {
            let now = day.parse().unwrap();
            let made = Certificates::create(now).unwrap();
            assert!(made.server(now).is_ok(), "{day}");
        }
    }

    #[test]
    fn a_broken_key_is_an_error() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut made = Certificates::create(now).unwrap();
        made.key.truncate(40);
        assert!(made.server(now).is_err());
    }
}

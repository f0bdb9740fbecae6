//! X.509 certificates with the fields and extensions Sprig asks Go for.

use super::{
    Error, PrivateKey,
    der::{self, Reader, tag},
    pem,
};
use crate::{
    exec::Host,
    time::{Duration, Time, Zone},
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// What a certificate shall say.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The subject's common name; empty for no subject.
    pub common_name: &'a [u8],
    /// Addresses.
    pub ips: Vec<IpAddr>,
    /// DNS names.
    pub dns_names: Vec<Vec<u8>>,
    /// How long it is valid.
    pub days: i64,
    /// Whether it may sign others.
    pub authority: bool,
}

/// A certificate that was read: what is needed to sign in its name.
#[derive(Clone, Debug)]
pub struct Certificate {
    subject: Vec<u8>,
    /// The public key's bits.
    public: Vec<u8>,
    key_id: Vec<u8>,
}

const OID_COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const OID_SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const OID_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const OID_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const OID_BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const OID_AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const OID_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const OID_SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const OID_CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// Digital signature and key encipherment, with the count of unused bits.
const USAGE_LEAF: &[u8] = &[5, 0b1010_0000];
/// And certificate signing.
const USAGE_AUTHORITY: &[u8] = &[2, 0b1010_0100];
const KEY_ID_LENGTH: usize = 20;

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`Error::Certificate`] when it is none.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Error> {
        read(bytes).map_err(Error::Certificate)
    }
}

fn read(bytes: &[u8]) -> Result<Certificate, &'static str> {
    let mut outer = Reader(bytes);
    let mut signed = outer.take(tag::SEQUENCE).ok_or("malformed certificate")?.inside();
    if !outer.is_empty() {
        return Err("trailing data");
    }
    let mut fields = signed.take(tag::SEQUENCE).ok_or("malformed tbs certificate")?.inside();
    let version = fields.take(tag::CONTEXT);
    fields.take(tag::INTEGER).ok_or("malformed serial number")?;
    fields.take(tag::SEQUENCE).ok_or("malformed signature algorithm identifier")?;
    signed.take(tag::SEQUENCE).ok_or("malformed algorithm identifier")?;
    fields.take(tag::SEQUENCE).ok_or("malformed issuer")?;
    fields.take(tag::SEQUENCE).ok_or("malformed validity")?;
    let subject = fields.take(tag::SEQUENCE).ok_or("malformed issuer")?.whole.to_vec();
    let mut key = fields.take(tag::SEQUENCE).ok_or("malformed spki")?.inside();
    key.take(tag::SEQUENCE).ok_or("malformed public key algorithm identifier")?;
    let public = key.take(tag::BIT_STRING).and_then(|bits| bits.content.strip_prefix(&[0]));
    let public = public.ok_or("malformed subjectPublicKey")?.to_vec();
    let mut key_id = Vec::new();
    while let (Some(_), Some(field)) = (version, fields.next()) {
        if field.tag == tag::CONTEXT | 3 {
            key_id = subject_key_id(field).ok_or("malformed extensions")?;
        }
    }
    signed.take(tag::BIT_STRING).ok_or("malformed signature")?;
    Ok(Certificate { subject, public, key_id })
}

/// The subject's key identifier among the extensions, empty when there is none.
fn subject_key_id(field: der::Element<'_>) -> Option<Vec<u8>> {
    let mut key_id = Vec::new();
    let mut extensions = field.inside().take(tag::SEQUENCE)?.inside();
    while !extensions.is_empty() {
        let mut extension = extensions.take(tag::SEQUENCE)?.inside();
        let oid = extension.take(tag::OID)?.content;
        extension.take(tag::BOOLEAN);
        let value = extension.take(tag::OCTET_STRING)?.content;
        if oid == OID_SUBJECT_KEY_ID {
            key_id = Reader(value).take(tag::OCTET_STRING)?.content.to_vec();
        }
    }
    Some(key_id)
}

impl Request<'_> {
    /// Makes the certificate for `key`, signed by itself.
    ///
    /// # Errors
    /// What Go's `CreateCertificate` refuses.
    pub fn self_signed(&self, key: &PrivateKey, host: &dyn Host) -> Result<String, Error> {
        self.create(key, key, None, host)
    }

    /// Makes the certificate for `key`, signed by an authority.
    ///
    /// # Errors
    /// What Go's `CreateCertificate` refuses.
    pub fn signed_by(
        &self,
        key: &PrivateKey,
        signer: &Certificate,
        signer_key: &PrivateKey,
        host: &dyn Host,
    ) -> Result<String, Error> {
        self.create(key, signer_key, Some(signer), host)
    }

    fn create(
        &self,
        key: &PrivateKey,
        signer_key: &PrivateKey,
        signer: Option<&Certificate>,
        host: &dyn Host,
    ) -> Result<String, Error> {
        let signature_algorithm = signer_key.signature_algorithm()?;
        let (key_algorithm, public) = key.public()?;
        let subject = self.subject()?;
        let issuer = signer.map_or(&subject, |signer| &signer.subject);
        if let Some(signer) = signer
            && signer_key.public()?.1 != signer.public
        {
            return Err(Error::KeyMismatch);
        }
        let authority_key_id = signer.filter(|_| *issuer != subject).map(|signer| &signer.key_id[..]);
        let mut serial = [0; 16];
        host.fill_random(&mut serial);
        let body = der::sequence(&[
            der::element(tag::CONTEXT, &der::integer(&[2])),
            der::integer(&serial),
            signature_algorithm.clone(),
            issuer.clone(),
            self.validity(host),
            subject.clone(),
            der::sequence(&[key_algorithm, der::bits(&public)]),
            der::element(tag::CONTEXT | 3, &self.extensions(&public, authority_key_id.unwrap_or_default())?),
        ]);
        let signature = signer_key.sign(&body, host)?;
        let certificate = der::sequence(&[body, signature_algorithm, der::bits(&signature)]);
        Ok(pem::encode("CERTIFICATE", &certificate))
    }

    fn subject(&self) -> Result<Vec<u8>, Error> {
        if self.common_name.is_empty() {
            return Ok(der::sequence(&[]));
        }
        let name = std::str::from_utf8(self.common_name).map_err(|_| Error::NotUtf8)?;
        let printable = |b: u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b);
        let tag_of_name = if name.bytes().all(printable) { tag::PRINTABLE_STRING } else { tag::UTF8_STRING };
        let attribute = der::sequence(&[
            der::element(tag::OID, OID_COMMON_NAME),
            der::element(tag_of_name, name.as_bytes()),
        ]);
        Ok(der::sequence(&[der::element(tag::SET, &attribute)]))
    }

    fn validity(&self, host: &dyn Host) -> Vec<u8> {
        let now = Time::unix(host.now().as_second(), 0, Zone::Utc);
        let nanos_a_day = 24 * 3_600_000_000_000i64;
        // Go's durations wrap around, after 292 years.
        let end = now.add(Duration(nanos_a_day.wrapping_mul(self.days)));
        der::sequence(&[moment(&now), moment(&end)])
    }

    fn extensions(&self, public: &[u8], authority_key_id: &[u8]) -> Result<Vec<u8>, Error> {
        let usage = if self.authority { USAGE_AUTHORITY } else { USAGE_LEAF };
        let purposes = [OID_SERVER_AUTH, OID_CLIENT_AUTH].map(|oid| der::element(tag::OID, oid));
        let basic = if self.authority { vec![der::element(tag::BOOLEAN, &[0xff])] } else { Vec::new() };
        let mut extensions = vec![
            extension(OID_KEY_USAGE, true, &der::element(tag::BIT_STRING, usage)),
            extension(OID_EXTENDED_KEY_USAGE, false, &der::sequence(&purposes)),
            extension(OID_BASIC_CONSTRAINTS, true, &der::sequence(&basic)),
        ];
        if self.authority {
            let id = &Sha256::digest(public)[..KEY_ID_LENGTH];
            extensions.push(extension(OID_SUBJECT_KEY_ID, false, &der::element(tag::OCTET_STRING, id)));
        }
        if !authority_key_id.is_empty() {
            let id = der::sequence(&[der::element(tag::CONTEXT_VALUE, authority_key_id)]);
            extensions.push(extension(OID_AUTHORITY_KEY_ID, false, &id));
        }
        if !self.dns_names.is_empty() || !self.ips.is_empty() {
            let critical = self.common_name.is_empty();
            extensions.push(extension(OID_ALTERNATIVE_NAME, critical, &self.alternative_names()?));
        }
        Ok(der::sequence(&extensions))
    }

    fn alternative_names(&self) -> Result<Vec<u8>, Error> {
        let mut names = Vec::new();
        for name in &self.dns_names {
            if !name.is_ascii() {
                return Err(Error::NotAscii(name.clone()));
            }
            names.push(der::element(tag::CONTEXT_VALUE | 2, name));
        }
        for ip in &self.ips {
            names.push(match ip.to_canonical() {
                IpAddr::V4(ip) => der::element(tag::CONTEXT_VALUE | 7, &ip.octets()),
                IpAddr::V6(ip) => der::element(tag::CONTEXT_VALUE | 7, &ip.octets()),
            });
        }
        Ok(der::sequence(&names))
    }
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![der::element(tag::OID, oid)];
    if critical {
        parts.push(der::element(tag::BOOLEAN, &[0xff]));
    }
    parts.push(der::element(tag::OCTET_STRING, value));
    der::sequence(&parts)
}

fn moment(time: &Time) -> Vec<u8> {
    if (1950..2050).contains(&time.clock().year) {
        der::element(tag::UTC_TIME, &time.format(b"060102150405Z"))
    } else {
        der::element(tag::GENERALIZED_TIME, &time.format(b"20060102150405Z"))
    }
}

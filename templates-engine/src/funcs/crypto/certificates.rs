//! Keys and certificates.

use super::{number, text};
use crate::{
    exec::{Call, FuncError, Host},
    fmt,
    funcs::encoding::decode64,
    unicode::lossy,
    value::{Object, Value},
    x509::{Certificate, Error, KeyKind, PrivateKey, Request, pem},
};
use std::{any::Any, net::IpAddr};

/// RSA bits of `genPrivateKey`.
const KEY_BITS: usize = 4096;
/// RSA bits of the keys that certificates get.
const CERTIFICATE_BITS: usize = 2048;

/// Sprig's `certificate`: PEM texts in the fields `Cert` and `Key`.
#[derive(Clone, Debug)]
pub struct CertificateObject {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Object for CertificateObject {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::string(&self.cert[..])),
            "Key" => Some(Value::string(&self.key[..])),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        vec![("Cert", Value::string(&self.cert[..])), ("Key", Value::string(&self.key[..]))]
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "Cert": lossy(&self.cert), "Key": lossy(&self.key) })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn object(cert: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Value {
    Value::object(CertificateObject { cert: cert.into(), key: key.into() })
}

fn refuse(prefix: &str, error: &dyn std::fmt::Display) -> FuncError {
    FuncError::new(format!("{prefix}: {error}"))
}

/// `genPrivateKey`: failures are texts, not errors.
pub(super) fn private_key(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let kind = match text(args, 0) {
        b"" | b"rsa" => KeyKind::Rsa(KEY_BITS),
        b"dsa" => KeyKind::Dsa,
        b"ecdsa" => KeyKind::Ecdsa,
        b"ed25519" => KeyKind::Ed25519,
        other => return Ok(Value::string([b"Unknown type ", other].concat())),
    };
    let key = PrivateKey::generate(kind, call.host());
    Ok(key.map_or_else(|e| format!("failed to generate private key: {e}"), |key| key.to_pem()).into())
}

/// `buildCustomCert`: checks both parts and hands them on as they are.
pub(super) fn custom(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let decoded = |at: usize, what: &str| {
        decode64(text(args, at)).map_err(|_| FuncError::new(format!("unable to decode base64 {what}")))
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    read_certificate(&cert)?;
    PrivateKey::from_pem(&key).map_err(|e| refuse("error parsing private key", &e))?;
    Ok(object(cert, key))
}

fn read_certificate(text: &[u8]) -> Result<Certificate, FuncError> {
    let block = pem::decode(text).ok_or_else(|| FuncError::new("unable to decode certificate"))?;
    Certificate::from_der(&block.bytes)
        .map_err(|e| refuse("error parsing certificate: decodedCert.Bytes", &e))
}

fn new_key(host: &dyn Host) -> Result<PrivateKey, FuncError> {
    PrivateKey::generate(KeyKind::Rsa(CERTIFICATE_BITS), host)
        .map_err(|e| refuse("error generating rsa key", &e))
}

fn given_key(args: &[Value], at: usize) -> Result<PrivateKey, FuncError> {
    PrivateKey::from_pem(text(args, at)).map_err(|e| refuse("parsing private key", &e))
}

fn finish(certificate: Result<String, Error>, key: &PrivateKey) -> Result<Value, FuncError> {
    let creating = |error: Error| refuse("error creating certificate", &error);
    Ok(object(certificate.map_err(creating)?, key.to_pem()))
}

fn authority_of(args: &[Value], key: &PrivateKey, host: &dyn Host) -> Result<Value, FuncError> {
    let request =
        Request { common_name: text(args, 0), days: number(args, 1), authority: true, ..Request::default() };
    finish(request.self_signed(key, host), key)
}

/// `genCA`.
pub(super) fn authority(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    authority_of(args, &new_key(call.host())?, call.host())
}

/// `genCAWithKey`.
pub(super) fn authority_with_key(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    authority_of(args, &given_key(args, 2)?, call.host())
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_list).map(|list| list.items()).unwrap_or_default()
}

/// The common name, addresses, names and days that leaf certificates are asked with.
fn leaf(args: &[Value]) -> Result<Request<'_>, FuncError> {
    let shown = |value: &Value| lossy(&fmt::sprint(std::slice::from_ref(value))).into_owned();
    let mut request = Request { common_name: text(args, 0), days: number(args, 3), ..Request::default() };
    for ip in items(args.get(1)) {
        let Some(written) = ip.as_str() else {
            return Err(FuncError::new(format!("error parsing ip: {} is not a string", shown(ip))));
        };
        let parsed = std::str::from_utf8(written).ok().and_then(|ip| ip.parse::<IpAddr>().ok());
        request.ips.push(parsed.ok_or_else(|| FuncError::new(format!("error parsing ip: {written}")))?);
    }
    for name in items(args.get(2)) {
        let Some(written) = name.as_str() else {
            let text = format!("error processing alternate dns name: {} is not a string", shown(name));
            return Err(FuncError::new(text));
        };
        request.dns_names.push(written.to_vec());
    }
    Ok(request)
}

/// `genSelfSignedCert`.
pub(super) fn self_signed(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    // Sprig makes the key first, but nobody can tell, and bad arguments then cost nothing.
    let request = leaf(args)?;
    let key = new_key(call.host())?;
    finish(request.self_signed(&key, call.host()), &key)
}

/// `genSelfSignedCertWithKey`.
pub(super) fn self_signed_with_key(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let key = given_key(args, 4)?;
    finish(leaf(args)?.self_signed(&key, call.host()), &key)
}

/// The authority's certificate and key.
fn signer(args: &[Value]) -> Result<(Certificate, PrivateKey), FuncError> {
    let found = match args.get(4) {
        Some(Value::Object(object)) => object.as_any().downcast_ref::<CertificateObject>(),
        _ => None,
    };
    let found = found.ok_or_else(|| FuncError::new("wrong type for value; expected sprig.certificate"))?;
    let certificate = read_certificate(&found.cert)?;
    let key = PrivateKey::from_pem(&found.key).map_err(|e| refuse("error parsing private key", &e))?;
    Ok((certificate, key))
}

/// `genSignedCert`.
pub(super) fn signed(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let (certificate, signer_key) = signer(args)?;
    let request = leaf(args)?;
    let key = new_key(call.host())?;
    finish(request.signed_by(&key, &certificate, &signer_key, call.host()), &key)
}

/// `genSignedCertWithKey`.
pub(super) fn signed_with_key(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let key = given_key(args, 5)?;
    let (certificate, signer_key) = signer(args)?;
    finish(leaf(args)?.signed_by(&key, &certificate, &signer_key, call.host()), &key)
}

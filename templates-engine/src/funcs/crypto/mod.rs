//! Hashes, passwords, certificates and encryption.

mod aes;
mod certificates;
mod hashes;
mod passwords;

pub use certificates::CertificateObject;

use super::FuncSpec;
use crate::{
    exec::{Call, FuncError},
    value::{Type, UintKind, Value},
};

type Body = fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>;

const fn row(name: &'static str, params: &'static [Type], returns: Type, call: Body) -> FuncSpec {
    FuncSpec { name, params, variadic: false, returns, call }
}

const CERTIFICATE: Type = Type::Opaque("sprig.certificate");
const ONE: &[Type] = &[Type::STRING];
const TWO: &[Type] = &[Type::STRING, Type::STRING];
const DERIVE: &[Type] =
    &[Type::Uint(UintKind::Uint32), Type::STRING, Type::STRING, Type::STRING, Type::STRING];
const AUTHORITY: &[Type] = &[Type::STRING, Type::INT];
const AUTHORITY_KEY: &[Type] = &[Type::STRING, Type::INT, Type::STRING];
const LEAF: &[Type] = &[Type::STRING, Type::LIST, Type::LIST, Type::INT];
const LEAF_KEY: &[Type] = &[Type::STRING, Type::LIST, Type::LIST, Type::INT, Type::STRING];
const SIGNED: &[Type] = &[Type::STRING, Type::LIST, Type::LIST, Type::INT, CERTIFICATE];
const SIGNED_KEY: &[Type] = &[Type::STRING, Type::LIST, Type::LIST, Type::INT, CERTIFICATE, Type::STRING];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    row("sha1sum", ONE, Type::STRING, hashes::sha1sum),
    row("sha256sum", ONE, Type::STRING, hashes::sha256sum),
    row("sha512sum", ONE, Type::STRING, hashes::sha512sum),
    row("adler32sum", ONE, Type::STRING, hashes::adler32sum),
    row("bcrypt", ONE, Type::STRING, passwords::bcrypt),
    row("htpasswd", TWO, Type::STRING, passwords::htpasswd),
    row("derivePassword", DERIVE, Type::STRING, passwords::derive_password),
    row("randBytes", &[Type::INT], Type::STRING, passwords::rand_bytes),
    row("uuidv4", &[], Type::STRING, passwords::uuidv4),
    row("encryptAES", TWO, Type::STRING, aes::encrypt),
    row("decryptAES", TWO, Type::STRING, aes::decrypt),
    row("genPrivateKey", ONE, Type::STRING, certificates::private_key),
    row("buildCustomCert", TWO, CERTIFICATE, certificates::custom),
    row("genCA", AUTHORITY, CERTIFICATE, certificates::authority),
    row("genCAWithKey", AUTHORITY_KEY, CERTIFICATE, certificates::authority_with_key),
    row("genSelfSignedCert", LEAF, CERTIFICATE, certificates::self_signed),
    row("genSelfSignedCertWithKey", LEAF_KEY, CERTIFICATE, certificates::self_signed_with_key),
    row("genSignedCert", SIGNED, CERTIFICATE, certificates::signed),
    row("genSignedCertWithKey", SIGNED_KEY, CERTIFICATE, certificates::signed_with_key),
];

fn text(args: &[Value], at: usize) -> &[u8] {
    args.get(at).and_then(Value::as_str).map(|s| s.as_bytes()).unwrap_or_default()
}

fn number(args: &[Value], at: usize) -> i64 {
    match args.get(at) {
        Some(Value::Int(_, n)) => *n,
        Some(Value::Uint(_, n)) => *n as i64,
        _ => 0,
    }
}

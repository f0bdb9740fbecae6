//! Private keys: made, read, written, and used to sign.

use super::{
    Error,
    der::{self, Reader, tag},
    pem,
};
use crate::exec::Host;
use ring::{rand::SystemRandom, signature as ring_signature};
use ring_signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use rsa::{
    Pkcs1v15Sign,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey},
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// Kinds of keys that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of so many bits.
    Rsa(usize),
    /// DSA, 2048 and 256 bits.
    Dsa,
    /// ECDSA on P-256.
    Ecdsa,
    /// Ed25519.
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const OID_ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const OID_ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Largest RSA modulus that is read; the work grows with its cube.
const MAX_RSA_BITS: usize = 8192;

/// A private key.
pub struct PrivateKey(Key);

enum Key {
    Rsa(Box<rsa::PrivateKey>),
    Ec {
        curve: Curve,
        private: Vec<u8>,
        public: Vec<u8>,
    },
    Ed25519([u8; 32]),
    /// The numbers P, Q, G, Y, X; good for nothing but being written again.
    Dsa(Vec<Vec<u8>>),
}

/// The host's randomness for the crates that take a generator.
struct HostRng<'a>(&'a dyn Host);

impl TryRng for HostRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill_random(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill_random(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(buffer);
        Ok(())
    }
}

impl TryCryptoRng for HostRng<'_> {}

impl PrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the library underneath fails, in its words.
    pub fn generate(kind: KeyKind, host: &dyn Host) -> Result<Self, Error> {
        let failed = |what: &dyn std::fmt::Display| Error::Signing(what.to_string());
        let mut rng = HostRng(host);
        Ok(Self(match kind {
            KeyKind::Rsa(bits) => {
                Key::Rsa(Box::new(rsa::PrivateKey::new(&mut rng, bits).map_err(|e| failed(&e))?))
            }
            KeyKind::Dsa => generate_dsa(&mut rng),
            KeyKind::Ecdsa => {
                // ring takes randomness from the system alone.
                let made =
                    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
                let made = made.map_err(|e| failed(&e))?;
                parse_pkcs8(made.as_ref()).map_err(|e| failed(&e))?
            }
            KeyKind::Ed25519 => {
                let mut seed = [0; 32];
                host.fill_random(&mut seed);
                Key::Ed25519(seed)
            }
        }))
    }

    /// Reads a PEM block as Sprig does: `PRIVATE KEY` is PKCS#8, else the type says the kind.
    ///
    /// # Errors
    /// What Sprig refuses. The text behind the last colon is Go's only where the structure is that
    /// of another kind of key; other malformed content is `asn1: structure error`.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem::decode(text).ok_or(Error::NoPem)?;
        if block.kind == "PRIVATE KEY" {
            return parse_pkcs8(&block.bytes)
                .map(Self)
                .map_err(|e| Error::Malformed("decoding PEM as PKCS#8", e));
        }
        let Some(kind) = block.kind.strip_suffix(" PRIVATE KEY") else {
            return Err(Error::NotAKey(block.kind));
        };
        let (key, what) = match kind {
            "RSA" => (parse_pkcs1(&block.bytes), "parsing RSA private key from PEM"),
            "EC" => (parse_sec1(&block.bytes, None), "parsing EC private key from PEM"),
            "DSA" => (parse_dsa(&block.bytes), "parsing DSA private key from PEM"),
            _ => return Err(Error::KeyType(block.kind)),
        };
        key.map(Self).map_err(|e| Error::Malformed(what, e))
    }

    /// The PEM block Sprig writes for the key.
    pub fn to_pem(&self) -> String {
        let version = || der::integer(&[0]);
        match &self.0 {
            Key::Rsa(key) => {
                let der = key.to_pkcs1_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default();
                pem::encode("RSA PRIVATE KEY", &der)
            }
            Key::Ec { curve, private, public } => {
                let der = der::sequence(&[
                    der::integer(&[1]),
                    der::element(tag::OCTET_STRING, private),
                    der::element(tag::CONTEXT, &der::element(tag::OID, curve.oid())),
                    der::element(tag::CONTEXT | 1, &der::bits(public)),
                ]);
                pem::encode("EC PRIVATE KEY", &der)
            }
            Key::Ed25519(seed) => {
                let algorithm = der::sequence(&[der::element(tag::OID, OID_ED25519)]);
                let key = der::element(tag::OCTET_STRING, &der::element(tag::OCTET_STRING, seed));
                pem::encode("PRIVATE KEY", &der::sequence(&[version(), algorithm, key]))
            }
            Key::Dsa(numbers) => {
                let mut elements = vec![version()];
                elements.extend(numbers.iter().map(|number| der::integer(number)));
                pem::encode("DSA PRIVATE KEY", &der::sequence(&elements))
            }
        }
    }

    /// The public key's algorithm and bits, as a certificate carries them.
    pub(super) fn public(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Ok(match &self.0 {
            Key::Rsa(key) => {
                let der = key.to_public_key().to_pkcs1_der().map_err(|e| Error::Signing(e.to_string()))?;
                (algorithm(OID_RSA, &[tag::NULL, 0]), der.as_bytes().to_vec())
            }
            Key::Ec { curve, public, .. } => {
                (algorithm(OID_EC, &der::element(tag::OID, curve.oid())), public.clone())
            }
            Key::Ed25519(seed) => {
                let pair =
                    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|e| Error::Signing(e.to_string()))?;
                (algorithm(OID_ED25519, &[]), pair.public_key().as_ref().to_vec())
            }
            Key::Dsa(_) => return Err(Error::PublicKeyType("*dsa.PublicKey")),
        })
    }

    /// The signature's algorithm.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, Error> {
        Ok(match &self.0 {
            Key::Rsa(_) => algorithm(OID_RSA_SHA256, &[tag::NULL, 0]),
            Key::Ec { curve: Curve::P256, .. } => algorithm(OID_ECDSA_SHA256, &[]),
            Key::Ec { curve: Curve::P384, .. } => algorithm(OID_ECDSA_SHA384, &[]),
            Key::Ed25519(_) => algorithm(OID_ED25519, &[]),
            Key::Dsa(_) => return Err(Error::CannotSign),
        })
    }

    /// Signs.
    pub(super) fn sign(&self, message: &[u8], host: &dyn Host) -> Result<Vec<u8>, Error> {
        let failed = |what: &dyn std::fmt::Display| Error::Signing(what.to_string());
        match &self.0 {
            Key::Rsa(key) => {
                let digest = Sha256::digest(message);
                key.sign_with_rng(&mut HostRng(host), Pkcs1v15Sign::new::<Sha256>(), &digest)
                    .map_err(|e| failed(&e))
            }
            Key::Ec { curve, private, public } => {
                let random = SystemRandom::new();
                let algorithm = match curve {
                    Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
                    Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
                };
                let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random);
                let signature =
                    pair.map_err(|e| failed(&e))?.sign(&random, message).map_err(|e| failed(&e))?;
                Ok(signature.as_ref().to_vec())
            }
            Key::Ed25519(seed) => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|e| failed(&e))?;
                Ok(pair.sign(message).as_ref().to_vec())
            }
            Key::Dsa(_) => Err(Error::CannotSign),
        }
    }
}

impl Curve {
    fn oid(self) -> &'static [u8] {
        match self {
            Self::P256 => OID_P256,
            Self::P384 => OID_P384,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn from_oid(oid: &[u8]) -> Option<Self> {
        [Self::P256, Self::P384].into_iter().find(|curve| curve.oid() == oid)
    }
}

fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::sequence(&[der::element(tag::OID, oid), parameters.to_vec()])
}

fn generate_dsa(rng: &mut HostRng<'_>) -> Key {
    let Ok(components) =
        dsa::Components::try_generate_from_rng_with_key_size(rng, dsa::KeySize::DSA_2048_256);
    let Ok(key) = dsa::SigningKey::try_generate_from_rng_with_components(rng, components);
    let public = key.verifying_key();
    let parts = public.components();
    Key::Dsa(vec![
        parts.p().to_be_bytes().to_vec(),
        parts.q().to_be_bytes().to_vec(),
        parts.g().to_be_bytes().to_vec(),
        public.y().to_be_bytes().to_vec(),
        key.x().to_be_bytes().to_vec(),
    ])
}

const STRUCTURE: &str = "asn1: structure error: tags don't match";

/// What else the content may be, so that the message can say so.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let mut fields = Reader(bytes).take(tag::SEQUENCE)?.inside();
    fields.take(tag::INTEGER)?;
    Some(match fields.next()?.tag {
        tag::SEQUENCE => "ParsePKCS8PrivateKey",
        tag::OCTET_STRING => "ParseECPrivateKey",
        tag::INTEGER => "ParsePKCS1PrivateKey",
        _ => return None,
    })
}

fn mismatch(bytes: &[u8], mine: &str, otherwise: &str) -> String {
    match other_format(bytes).filter(|other| *other != mine) {
        Some(other) => format!("x509: failed to parse private key (use {other} instead for this key format)"),
        None => otherwise.to_owned(),
    }
}

fn parse_pkcs1(bytes: &[u8]) -> Result<Key, String> {
    if other_format(bytes) != Some("ParsePKCS1PrivateKey") {
        return Err(mismatch(bytes, "ParsePKCS1PrivateKey", STRUCTURE));
    }
    let key = rsa::PrivateKey::from_pkcs1_der(bytes).map_err(|e| e.to_string())?;
    if key.n().bit_width() as usize > MAX_RSA_BITS {
        return Err(format!("an RSA key of more than {MAX_RSA_BITS} bits is not read"));
    }
    Ok(Key::Rsa(Box::new(key)))
}

fn parse_sec1(bytes: &[u8], curve: Option<Curve>) -> Result<Key, String> {
    if other_format(bytes) != Some("ParseECPrivateKey") {
        let otherwise = format!("x509: failed to parse EC private key: {STRUCTURE}");
        return Err(mismatch(bytes, "ParseECPrivateKey", &otherwise));
    }
    let read = || {
        let mut fields = Reader(bytes).take(tag::SEQUENCE)?.inside();
        fields.take(tag::INTEGER)?;
        let private = fields.take(tag::OCTET_STRING)?.content;
        let oid =
            fields.take(tag::CONTEXT).and_then(|named| named.inside().take(tag::OID)).map(|oid| oid.content);
        let public = fields.take(tag::CONTEXT | 1).and_then(|public| public.inside().take(tag::BIT_STRING));
        Some((private, oid, public.and_then(|public| public.content.strip_prefix(&[0]))))
    };
    let (private, oid, public) =
        read().ok_or_else(|| format!("x509: failed to parse EC private key: {STRUCTURE}"))?;
    let curve = curve.or_else(|| Curve::from_oid(oid?)).ok_or("x509: unknown elliptic curve")?;
    let start = private.iter().position(|&b| b != 0).unwrap_or(private.len());
    let significant = &private[start..];
    let zeros = curve.size().checked_sub(significant.len()).ok_or("x509: invalid private key length")?;
    let private = [&vec![0; zeros], significant].concat();
    // Go computes it from the private one; ring does not.
    let public = public.ok_or("the key does not hold its public point, which is needed here")?.to_vec();
    Ok(Key::Ec { curve, private, public })
}

fn parse_pkcs8(bytes: &[u8]) -> Result<Key, String> {
    let read = || {
        let mut fields = Reader(bytes).take(tag::SEQUENCE)?.inside();
        fields.take(tag::INTEGER)?;
        let mut algorithm = fields.take(tag::SEQUENCE)?.inside();
        let oid = algorithm.take(tag::OID)?.content;
        Some((oid, algorithm, fields.take(tag::OCTET_STRING)?.content))
    };
    let (oid, mut parameters, key) =
        read().ok_or_else(|| mismatch(bytes, "ParsePKCS8PrivateKey", STRUCTURE))?;
    match oid {
        OID_RSA => parse_pkcs1(key)
            .map_err(|e| format!("x509: failed to parse RSA private key embedded in PKCS#8: {e}")),
        OID_EC => {
            let curve = parameters.take(tag::OID).and_then(|oid| Curve::from_oid(oid.content));
            parse_sec1(key, curve)
                .map_err(|e| format!("x509: failed to parse EC private key embedded in PKCS#8: {e}"))
        }
        OID_ED25519 if !parameters.is_empty() => {
            Err("x509: invalid Ed25519 private key parameters".to_owned())
        }
        OID_ED25519 => {
            let seed = Reader(key)
                .take(tag::OCTET_STRING)
                .ok_or("x509: invalid Ed25519 private key: asn1: syntax error")?;
            let length = seed.content.len();
            let seed = seed
                .content
                .try_into()
                .map_err(|_| format!("x509: invalid Ed25519 private key length: {length}"))?;
            Ok(Key::Ed25519(seed))
        }
        _ => Err(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
            dotted(oid)
        )),
    }
}

fn parse_dsa(bytes: &[u8]) -> Result<Key, String> {
    let read = || {
        let mut fields = Reader(bytes).take(tag::SEQUENCE)?.inside();
        fields.take(tag::INTEGER)?;
        (0..5).map(|_| Some(fields.take(tag::INTEGER)?.content.to_vec())).collect::<Option<Vec<_>>>()
    };
    read().map(Key::Dsa).ok_or_else(|| STRUCTURE.to_owned())
}

/// An object identifier with dots.
fn dotted(oid: &[u8]) -> String {
    let mut numbers = Vec::new();
    let mut value = 0u64;
    for &byte in oid {
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            if numbers.is_empty() {
                let first = (value / 40).min(2);
                numbers.extend([first.to_string(), (value - first * 40).to_string()]);
            } else {
                numbers.push(value.to_string());
            }
            value = 0;
        }
    }
    numbers.join(".")
}

//! Tokens of service accounts: JSON web tokens, signed with a key of the sandbox's own.
//!
//! The key is an elliptic one (`ES256`), since ring makes no RSA keys; the real server's default is `RS256`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    digest,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
    },
};
use serde_json::{Value, json};
use std::fmt;

/// A token longer than this is none.
const MAX_TOKEN: usize = 16 << 10;
/// What stands before the point in a P-256 key's `SubjectPublicKeyInfo`.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The key cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of the service accounts' tokens cannot be used")]
pub struct BadKey;

/// Who signs tokens.
pub struct Issuer {
    key: EcdsaKeyPair,
    key_id: String,
    url: String,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("key_id", &self.key_id).field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why a token is not good; the texts are `TokenReview`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid {
    /// It is no token of this issuer: other authenticators may know it.
    Foreign,
    /// It claims to be one.
    Because(String),
}

impl Issuer {
    /// A new key, in PKCS #8.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new_key() -> Result<Vec<u8>, BadKey> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|key| key.as_ref().to_vec())
            .map_err(|_| BadKey)
    }

    /// The issuer `url` that signs with a key in PKCS #8.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn new(url: &str, pkcs8: &[u8]) -> Result<Self, BadKey> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
            .map_err(|_| BadKey)?;
        let mut spki = SPKI_HEAD.to_vec();
        spki.extend_from_slice(key.public_key().as_ref());
        let key_id = BASE64.encode(digest::digest(&digest::SHA256, &spki));
        Ok(Self { key, key_id, url: url.to_owned() })
    }

    /// Signs `claims`, which need no issuer.
    pub(super) fn sign(&self, mut claims: Value) -> Result<String, BadKey> {
        claims["iss"] = self.url.as_str().into();
        let head = json!({"alg": "ES256", "kid": self.key_id});
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).map_err(|_| BadKey)?;
        Ok(format!("{text}.{}", BASE64.encode(signature)))
    }

    /// The token of a service account that a secret keeps: it does not expire. `None` where signing fails.
    #[must_use]
    pub fn secret_token(&self, namespace: &str, account: &str, uid: &str, secret: &str) -> Option<String> {
        let claims = json!({
            "sub": format!("system:serviceaccount:{namespace}:{account}"),
            "kubernetes.io/serviceaccount/namespace": namespace,
            "kubernetes.io/serviceaccount/secret.name": secret,
            "kubernetes.io/serviceaccount/service-account.name": account,
            "kubernetes.io/serviceaccount/service-account.uid": uid,
        });
        self.sign(claims).ok()
    }

    /// The claims of a token whose signature is good. Times and objects are not looked at.
    pub(super) fn verify(&self, token: &str) -> Result<Value, Invalid> {
        let mut parts = token.split('.');
        let (Some(head), Some(body), Some(signature), None, true) =
            (parts.next(), parts.next(), parts.next(), parts.next(), token.len() <= MAX_TOKEN)
        else {
            return Err(Invalid::Foreign);
        };
        let claims = decoded(body).ok_or(Invalid::Foreign)?;
        if claims.get("iss").and_then(Value::as_str) != Some(&self.url) {
            return Err(Invalid::Foreign);
        }
        let head = decoded(head).ok_or(Invalid::Foreign)?;
        let signature = BASE64.decode(signature).map_err(|_| Invalid::Foreign)?;
        let named = head.get("kid").and_then(Value::as_str).unwrap_or_default();
        if !named.is_empty() && named != self.key_id {
            return Err(Invalid::Because("invalid signature, no keys found".to_owned()));
        }
        let good = head.get("alg").is_some_and(|alg| alg == "ES256")
            && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key().as_ref())
                .verify(&token.as_bytes()[..token.len() - signature_length(token)], &signature)
                .is_ok();
        if good {
            return Ok(claims);
        }
        Err(Invalid::Because("go-jose/go-jose: error in cryptographic primitive".to_owned()))
    }

    /// `/openid/v1/jwks`.
    #[must_use]
    pub fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32.min(point.len().saturating_sub(1)));
        let key = json!({
            "use": "sig", "kty": "EC", "kid": self.key_id, "crv": "P-256", "alg": "ES256",
            "x": BASE64.encode(x), "y": BASE64.encode(y),
        });
        json!({"keys": [key]})
    }

    /// `/.well-known/openid-configuration`; `base` is the server's address.
    #[must_use]
    pub fn discovery(&self, base: &str) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{base}/openid/v1/jwks"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })
    }
}

/// How many bytes the signature and its dot take.
fn signature_length(token: &str) -> usize {
    token.rsplit('.').next().map_or(0, |signature| signature.len() + 1)
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer() -> Issuer {
        Issuer::new("https://issuer", &Issuer::new_key().unwrap()).unwrap()
    }

    #[test]
    fn what_is_signed_verifies() {
        let issuer = issuer();
        let token = issuer.sign(json!({"sub": "a"})).unwrap();
        assert_eq!(issuer.verify(&token).unwrap()["sub"], "a");
    }

    #[test]
    fn changed_and_foreign_tokens_do_not_verify() {
        let (issuer, other) = (issuer(), issuer());
        let token = issuer.sign(json!({"sub": "a"})).unwrap();
        let (head, _) = token.split_once('.').unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        let claims = BASE64.encode(json!({"sub": "root", "iss": "https://issuer"}).to_string());
        let forged = format!("{head}.{claims}.{signature}");
        assert!(matches!(issuer.verify(&forged), Err(Invalid::Because(_))));
        let none = BASE64.encode(json!({"alg": "none"}).to_string());
        assert!(matches!(issuer.verify(&format!("{none}.{claims}.")), Err(Invalid::Because(_))));
        assert!(matches!(other.verify(&token), Err(Invalid::Because(_))));
        for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", &"x".repeat(MAX_TOKEN + 1)] {
            assert_eq!(issuer.verify(text), Err(Invalid::Foreign), "{text}");
        }
    }
}

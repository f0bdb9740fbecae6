//! From a bearer token to a user.

use super::{
    Objects, service_account,
    token::{Invalid, Issuer},
    user,
};
use crate::{kinds::Gvr, object, registry::User, status::Status};
use http::{HeaderMap, header};
use jiff::Timestamp;
use ring::digest;
use serde_json::Value;
use std::fmt;

/// Whom tokens are for that name nobody: the API server itself.
pub const AUDIENCE: &str = "https://kubernetes.default.svc";
/// Clocks may differ by so many seconds: `jwt.DefaultLeeway`.
const LEEWAY: i64 = 60;

/// A token that is known as a whole; only its digest is kept, so that comparing tells nothing by its time.
#[derive(Debug)]
struct Known {
    digest: digest::Digest,
    user: User,
}

/// Who knows the tokens.
pub struct Authenticator {
    known: Vec<Known>,
    issuer: Issuer,
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Why a token is refused, in the words of `TokenReview`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl Authenticator {
    /// Knows service accounts' tokens of `issuer` and these other ones.
    #[must_use]
    pub fn new(issuer: Issuer, tokens: impl IntoIterator<Item = (String, User)>) -> Self {
        let known = tokens.into_iter().map(|(token, user)| Known { digest: digested(&token), user });
        Self { known: known.collect(), issuer }
    }

    /// Who signs tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Who sends these headers; without a bearer token it is [`super::anonymous`].
    ///
    /// # Errors
    /// 401 for a token that is not good.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        objects: &dyn Objects,
        now: Timestamp,
    ) -> Result<User, Status> {
        let Some(token) = bearer(headers) else { return Ok(user::anonymous()) };
        match self.review(token, &[AUDIENCE.to_owned()], objects, now) {
            Ok((user, _)) => Ok(user),
            Err(_) => Err(Status::new(401, "Unauthorized", "Unauthorized")),
        }
    }

    /// Whose a token is, and for which of `audiences`.
    ///
    /// # Errors
    /// When it is nobody's, or for nobody among them.
    pub fn review(
        &self,
        token: &str,
        audiences: &[String],
        objects: &dyn Objects,
        now: Timestamp,
    ) -> Result<(User, Vec<String>), Refused> {
        let digest = digested(token);
        let own: Vec<String> = audiences.iter().filter(|audience| *audience == AUDIENCE).cloned().collect();
        // All are compared, so that the time tells nothing of which one it is.
        let found = self.known.iter().fold(None, |found, known| {
            if equal(known.digest.as_ref(), digest.as_ref()) { Some(&known.user) } else { found }
        });
        if let (Some(user), false) = (found, own.is_empty()) {
            return Ok((user::with_group(user.clone()), own));
        }
        let invalid = || "invalid bearer token".to_owned();
        match self.service_account(token, audiences, objects, now) {
            Ok((user, audiences)) => Ok((user::with_group(user), audiences)),
            Err(Invalid::Foreign) => Err(Refused(invalid())),
            Err(Invalid::Because(why)) => Err(Refused(format!("[{}, {why}]", invalid()))),
        }
    }

    fn service_account(
        &self,
        token: &str,
        audiences: &[String],
        objects: &dyn Objects,
        now: Timestamp,
    ) -> Result<(User, Vec<String>), Invalid> {
        let claims = self.issuer.verify(token)?;
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut meant = texts(&claims["aud"]);
        if meant.is_empty() {
            meant.push(AUDIENCE.to_owned());
        }
        let common: Vec<String> = meant.iter().filter(|one| audiences.contains(one)).cloned().collect();
        if common.is_empty() {
            let why = format!(
                "token audiences {} is invalid for the target audiences {}",
                listed(&meant),
                listed(audiences)
            );
            return Err(Invalid::Because(why));
        }
        timely(&claims, now)?;
        Ok((holder(&claims, objects)?, common))
    }
}

/// The bearer token of a request, by `bearertoken.Authenticator`'s rules.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut words = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().splitn(3, ' ');
    let scheme = words.next()?;
    let token = words.next()?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn digested(token: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, token.as_bytes())
}

/// Compares without stopping at the first difference.
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// A list as Go's `%q` writes it.
pub(super) fn listed(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

/// Whether the token's time has come and has not passed.
fn timely(claims: &Value, now: Timestamp) -> Result<(), Invalid> {
    let because = |why: &str| Err(Invalid::Because(why.to_owned()));
    let (seconds, now) = (|name: &str| claims.get(name).and_then(Value::as_i64), now.as_second());
    if seconds("nbf").is_some_and(|from| now + LEEWAY < from) {
        return because("service account token is not valid yet");
    }
    if seconds("exp").is_some_and(|until| now - LEEWAY > until) {
        return because("service account token has expired");
    }
    if seconds("iat").is_some_and(|made| now + LEEWAY < made) {
        return because("service account token is issued in the future");
    }
    Ok(())
}

/// The service account of a token, if it and what the token is bound to are still there.
fn holder(claims: &Value, objects: &dyn Objects) -> Result<User, Invalid> {
    let private = claims.get("kubernetes.io").cloned().unwrap_or_default();
    let text = |path: &[&str]| object::text(&private, path).to_owned();
    let (namespace, name, uid) =
        (text(&["namespace"]), text(&["serviceaccount", "name"]), text(&["serviceaccount", "uid"]));
    let found = read(objects, "serviceaccounts", &namespace, &name)?;
    let Some(account) = found else {
        return Err(Invalid::Because(format!("serviceaccounts {name:?} not found")));
    };
    if object::uid(&account) != uid {
        let held = object::uid(&account);
        return Err(Invalid::Because(format!("service account UID ({held}) does not match claim ({uid})")));
    }
    for (kind, resource) in [("secret", "secrets"), ("pod", "pods")] {
        bound(&private, kind, resource, &namespace, objects)?;
    }
    if private.get("pod").is_none() {
        bound(&private, "node", "nodes", "", objects)?;
    }
    let mut user = User {
        name: service_account::username(&namespace, &name),
        uid,
        groups: service_account::groups(&namespace),
        ..User::default()
    };
    let mut extra = |key: &str, value: String| {
        if !value.is_empty() {
            user.extra.insert(format!("authentication.kubernetes.io/{key}"), vec![value]);
        }
    };
    extra("pod-name", text(&["pod", "name"]));
    extra("pod-uid", text(&["pod", "uid"]));
    extra("node-name", text(&["node", "name"]));
    extra("node-uid", text(&["node", "uid"]));
    if let Some(id) = claims.get("jti").and_then(Value::as_str) {
        extra("credential-id", format!("JTI={id}"));
    }
    Ok(user)
}

/// Whether the object that a token is bound to is the one of then.
fn bound(
    private: &Value,
    kind: &str,
    resource: &str,
    namespace: &str,
    objects: &dyn Objects,
) -> Result<(), Invalid> {
    let Some(reference) = private.get(kind) else { return Ok(()) };
    let (name, uid) = (object::text(reference, &["name"]), object::text(reference, &["uid"]));
    let Some(found) = read(objects, resource, namespace, name)? else {
        return Err(Invalid::Because("service account token has been invalidated".to_owned()));
    };
    let held = object::uid(&found);
    if held == uid {
        return Ok(());
    }
    Err(Invalid::Because(format!(
        "{kind} UID ({held}) does not match service account {kind} ref claim ({uid})"
    )))
}

fn read(
    objects: &dyn Objects,
    resource: &str,
    namespace: &str,
    name: &str,
) -> Result<Option<Value>, Invalid> {
    objects
        .get(&Gvr::new("", "v1", resource), namespace, name)
        .map_err(|status| Invalid::Because(status.message))
}

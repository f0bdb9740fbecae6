//! Requests for certificates: `pkg/apis/certificates/validation`. Neither the request's content nor its signature is
//! read, only what kind of PEM it is.

use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, texts},
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];
/// Conditions that are true wherever they are.
const TRUE: [&str; 3] = ["Approved", "Denied", "Failed"];

/// The types of the PEM blocks in base64.
fn blocks(encoded: &At<'_>) -> Vec<String> {
    let bytes = BASE64.decode(encoded.text()).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut found = Vec::new();
    let mut rest = text.as_ref();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((kind, body)) = after.split_once("-----") else { break };
        let Some((_, left)) = body.split_once(&format!("-----END {kind}-----")) else { break };
        found.push(kind.to_owned());
        rest = left;
    }
    found
}

/// A new request.
pub(super) fn request(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    let request = spec.get("request");
    if blocks(&request).first().is_none_or(|kind| kind != "CERTIFICATE REQUEST") {
        errors.push(request.invalid("PEM block type must be CERTIFICATE REQUEST"));
    }
    let usages = spec.get("usages");
    if usages.is_empty() {
        errors.push(usages.required(""));
    }
    for usage in usages.items() {
        usage.one_of(&USAGES, errors);
    }
    let list = texts(&usages);
    for (index, usage) in usages.items().iter().enumerate() {
        if list.get(..index).is_some_and(|before| before.contains(&usage.text())) {
            errors.push(usage.duplicate());
        }
    }
    let signer = spec.get("signerName");
    if signer.text() == "kubernetes.io/legacy-unknown" {
        errors.push(signer.invalid("the legacy signerName is not allowed via this API version"));
    } else {
        signer_name(&signer, errors);
    }
    let lasts = spec.get("expirationSeconds");
    if lasts.is_set() && lasts.number() < 600 {
        errors.push(lasts.invalid("may not specify a duration less than 600 seconds (10 minutes)"));
    }
}

/// `ValidateSignerName`.
fn signer_name(signer: &At<'_>, errors: &mut Errors) {
    let name = signer.text();
    if name.is_empty() {
        return errors.push(signer.required(""));
    }
    let Some((domain, path)) = name.split_once('/').filter(|(_, path)| !path.contains('/')) else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return errors.push(signer.invalid(why));
    };
    if domain.len() > 253 {
        errors.push(Error::too_long(&signer.path, 253));
    }
    first_label(signer, domain, names::dns_label, errors);
    if !domain.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        errors.push(Error::invalid(&signer.path, domain, why));
    }
    first_label(signer, path, names::dns_subdomain, errors);
    if name.len() > 253 + 253 + 63 + 2 {
        errors.push(Error::too_long(&signer.path, 253 + 253 + 63 + 2));
    }
}

/// The first label of a part that breaks a rule: what is said of one would be said of others too.
fn first_label(signer: &At<'_>, part: &str, rule: fn(&str) -> names::Faults, errors: &mut Errors) {
    let found = part.split('.').map(|label| (label, rule(label))).find(|(_, faults)| !faults.is_empty());
    let Some((label, faults)) = found else { return };
    for fault in faults {
        errors.push(Error::invalid(&signer.path, part, format!("validating label {label:?}: {fault}")));
    }
}

/// A change of a request's status, by its approval or not.
pub(super) fn status(new: &At<'_>, old: &At<'_>, approval: bool, errors: &mut Errors) {
    let (conditions, before) = (new.at("status.conditions"), old.at("status.conditions"));
    self::conditions(&conditions, errors);
    let certificate = new.at("status.certificate");
    if !certificate.is_empty() {
        let kinds = blocks(&certificate);
        let refuse = |why: String| Error::invalid(&certificate.path, "<certificate data>", why);
        match kinds.iter().find(|kind| *kind != "CERTIFICATE") {
            Some(other) => {
                errors.push(refuse(format!("only CERTIFICATE PEM blocks are allowed, found {other:?}")))
            }
            None if kinds.is_empty() => {
                errors.push(refuse("must contain at least one CERTIFICATE PEM block".to_owned()));
            }
            None => {}
        }
    }
    let count = |at: &At<'_>, kind: &str| {
        at.items().iter().filter(|condition| condition.get("type").text() == kind).count()
    };
    for kind in TRUE {
        if count(&conditions, kind) < count(&before, kind) {
            errors.push(conditions.forbidden(format!("updates may not remove a condition of type {kind:?}")));
        }
    }
    for kind in ["Approved", "Denied"].iter().filter(|_| !approval) {
        if count(&conditions, kind) > count(&before, kind) {
            errors.push(conditions.forbidden(format!("updates may not add a condition of type {kind:?}")));
        }
    }
    let known = old.at("status.certificate");
    if certificate.text() != known.text() {
        if approval {
            errors.push(certificate.forbidden("updates may not set certificate content"));
        } else if !known.is_empty() {
            errors.push(certificate.forbidden("updates may not modify existing certificate content"));
        }
    }
}

fn conditions(conditions: &At<'_>, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for condition in conditions.items() {
        let (kind, status) = (condition.get("type"), condition.get("status"));
        if kind.is_empty() {
            errors.push(kind.required(""));
        }
        let allowed: &[&str] =
            if TRUE.contains(&kind.text()) { &["True"] } else { &["False", "True", "Unknown"] };
        if status.is_empty() {
            errors.push(status.required(""));
        } else {
            status.one_of(allowed, errors);
        }
        let other = match kind.text() {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => "",
        };
        if !other.is_empty() && seen.contains(&other) {
            let why = "Approved and Denied conditions are mutually exclusive";
            errors.push(Error::invalid(&conditions.path, kind.text(), why));
        }
        if seen.contains(&kind.text()) {
            errors.push(kind.duplicate());
        }
        seen.push(kind.text());
    }
}

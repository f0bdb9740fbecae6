//! What Go's `crypto/tls` and `crypto/x509` say where rustls says it otherwise.

use crate::clock::{Clock, SystemClock};
use rustls::{AlertDescription, CertificateError as Bad, Error, pki_types::ServerName};
use std::time::Duration;

/// A failed handshake in Go's words.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(bad) => {
            format!("tls: failed to verify certificate: x509: {}", certificate(bad))
        }
        Error::AlertReceived(alert) => format!("remote error: tls: {}", alert_words(*alert)),
        Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            "tls: first record does not look like a TLS handshake".into()
        }
        Error::PeerIncompatible(_) => "tls: server selected unsupported protocol version 301".into(),
        other => format!("tls: {other}"),
    }
}

fn certificate(bad: &Bad) -> String {
    match bad {
        Bad::UnknownIssuer | Bad::BadSignature => "certificate signed by unknown authority".into(),
        Bad::ExpiredContext { time, not_after } => format!(
            "certificate has expired or is not yet valid: current time {} is after {}",
            local(time.as_secs()),
            utc(not_after.as_secs())
        ),
        Bad::NotValidYetContext { time, not_before } => format!(
            "certificate has expired or is not yet valid: current time {} is before {}",
            local(time.as_secs()),
            utc(not_before.as_secs())
        ),
        Bad::Expired | Bad::NotValidYet => "certificate has expired or is not yet valid: ".into(),
        Bad::NotValidForNameContext { expected, presented } => wrong_name(expected, presented),
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "certificate specifies an incompatible key usage".into()
        }
        // What the verifier says itself is in Go's words already.
        Bad::Other(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// `VerifyHostname`'s message: it names what the certificate is for.
fn wrong_name(expected: &ServerName<'_>, presented: &[String]) -> String {
    let of = |kind: &str| -> Vec<String> {
        let inner = |name: &String| {
            let name = name.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')')?;
            Some(name.trim_matches('"').to_owned())
        };
        presented.iter().filter_map(inner).collect()
    };
    let wanted = expected.to_str();
    if matches!(expected, ServerName::IpAddress(_)) {
        let addresses = of("IpAddress");
        return match addresses.is_empty() {
            true => {
                format!("cannot validate certificate for {wanted} because it doesn't contain any IP SANs")
            }
            false => format!("certificate is valid for {}, not {wanted}", addresses.join(", ")),
        };
    }
    let names = of("DnsName");
    match names.is_empty() {
        true if presented.is_empty() => {
            "certificate relies on legacy Common Name field, use SANs instead".into()
        }
        true => format!("certificate is not valid for any names, but wanted to match {wanted}"),
        false => format!("certificate is valid for {}, not {wanted}", names.join(", ")),
    }
}

fn stamp(seconds: u64) -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH.saturating_add(Duration::from_secs(seconds)).unwrap_or(jiff::Timestamp::MAX)
}

fn utc(seconds: u64) -> String {
    stamp(seconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Go prints its own time in the local zone.
fn local(seconds: u64) -> String {
    let zoned = stamp(seconds).to_zoned(SystemClock.zone());
    if zoned.offset().is_zero() { utc(seconds) } else { zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string() }
}

fn alert_words(alert: AlertDescription) -> String {
    let words = match alert {
        AlertDescription::UnexpectedMessage => "unexpected message",
        AlertDescription::BadRecordMac => "bad record MAC",
        AlertDescription::RecordOverflow => "record overflow",
        AlertDescription::HandshakeFailure => "handshake failure",
        AlertDescription::BadCertificate => "bad certificate",
        AlertDescription::UnsupportedCertificate => "unsupported certificate",
        AlertDescription::CertificateRevoked => "revoked certificate",
        AlertDescription::CertificateExpired => "expired certificate",
        AlertDescription::CertificateUnknown => "unknown certificate",
        AlertDescription::IllegalParameter => "illegal parameter",
        AlertDescription::UnknownCA => "unknown certificate authority",
        AlertDescription::AccessDenied => "access denied",
        AlertDescription::DecodeError => "error decoding message",
        AlertDescription::DecryptError => "error decrypting message",
        AlertDescription::ProtocolVersion => "protocol version not supported",
        AlertDescription::InsufficientSecurity => "insufficient security level",
        AlertDescription::InternalError => "internal error",
        AlertDescription::UnrecognisedName => "unrecognized name",
        AlertDescription::CertificateRequired => "certificate required",
        AlertDescription::NoApplicationProtocol => "no application protocol",
        other => return format!("alert({})", u8::from(other)),
    };
    words.to_owned()
}

//! bcrypt, htpasswd, derived passwords (Master Password's algorithm), random bytes and UUIDs.

use super::{number, text};
use crate::{
    exec::{Call, FuncError},
    unicode::lossy,
    value::Value,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};

/// Go's `bcrypt.DefaultCost`.
const BCRYPT_COST: u32 = 10;
/// Longest password bcrypt can tell apart.
const BCRYPT_MAX: usize = 72;
/// Most bytes `randBytes` gives.
const MAX_RANDOM: i64 = 64 << 20;

pub(super) fn bcrypt(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(hashed(call, text(args, 0)).into())
}

fn hashed(call: &Call<'_>, password: &[u8]) -> String {
    let failed = |error: &dyn std::fmt::Display| format!("failed to encrypt string with bcrypt: {error}");
    if password.len() > BCRYPT_MAX {
        return failed(&"bcrypt: password length exceeds 72 bytes");
    }
    let mut salt = [0; 16];
    call.host().fill_random(&mut salt);
    match ::bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        Ok(parts) => parts.format_for_version(::bcrypt::Version::TwoA),
        Err(error) => failed(&error),
    }
}

pub(super) fn htpasswd(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let user = text(args, 0);
    if user.contains(&b':') {
        return Ok(Value::string([b"invalid username: ", user].concat()));
    }
    let hash = hashed(call, text(args, 1));
    Ok(Value::string([user, b":", hash.as_bytes()].concat()))
}

const SCOPE: &[u8] = b"com.lyndir.masterpassword";
/// scrypt's N = 2^15, r and p.
const SCRYPT: (u8, u32, u32) = (15, 8, 2);

/// Each kind's templates; a letter stands for a class of characters.
fn templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn length(text: &[u8]) -> [u8; 4] {
    (text.len() as u32).to_be_bytes()
}

pub(super) fn derive_password(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let (counter, kind) = (number(args, 0) as u32, text(args, 1));
    let (password, user, site) = (text(args, 2), text(args, 3), text(args, 4));
    let Some(templates) = templates(kind) else {
        return Ok(format!("cannot find password template {}", lossy(kind)).into());
    };
    let failed =
        |error: &dyn std::fmt::Display| FuncError::new(format!("failed to derive password: {error}"));
    let salt = [SCOPE, &length(user), user].concat();
    let params = scrypt::Params::new(SCRYPT.0, SCRYPT.1, SCRYPT.2).map_err(|e| failed(&e))?;
    let mut key = [0; 64];
    scrypt::scrypt(password, &salt, &params, &mut key).map_err(|e| failed(&e))?;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).map_err(|e| failed(&e))?;
    mac.update(&[SCOPE, &length(site), site, &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let pick = |(class, seed): (u8, &u8)| {
        let characters = characters(class);
        characters[usize::from(*seed) % characters.len()]
    };
    Ok(Value::string(template.bytes().zip(&seed[1..]).map(pick).collect::<Vec<u8>>()))
}

pub(super) fn rand_bytes(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let count = number(args, 0);
    let Ok(size) = usize::try_from(count) else {
        return Err(FuncError::new("runtime error: makeslice: len out of range"));
    };
    if count > MAX_RANDOM {
        return Err(FuncError::new(format!("randBytes: more than {MAX_RANDOM} bytes")));
    }
    let mut bytes = vec![0; size];
    call.host().fill_random(&mut bytes);
    Ok(BASE64_STANDARD.encode(bytes).into())
}

pub(super) fn uuidv4(call: &mut Call<'_>, _: &[Value]) -> Result<Value, FuncError> {
    let mut bytes = [0; 16];
    call.host().fill_random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
}

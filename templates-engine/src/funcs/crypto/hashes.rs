//! Checksums, in hexadecimal (adler32 in decimal).

use super::text;
use crate::{
    exec::{Call, FuncError},
    value::Value,
};
use sha1::Digest;

fn hex(bytes: &[u8]) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]];
    Value::string(bytes.iter().flat_map(digits).collect::<Vec<u8>>())
}

pub(super) fn sha1sum(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(hex(&sha1::Sha1::digest(text(args, 0))))
}

pub(super) fn sha256sum(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(hex(&sha2::Sha256::digest(text(args, 0))))
}

pub(super) fn sha512sum(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    Ok(hex(&sha2::Sha512::digest(text(args, 0))))
}

pub(super) fn adler32sum(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    const MODULUS: u32 = 65_521;
    let (a, b) = text(args, 0).iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % MODULUS;
        (a, (b + a) % MODULUS)
    });
    Ok((b << 16 | a).to_string().into())
}

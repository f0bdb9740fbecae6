//! AES-256 in CBC mode with PKCS#7 padding, the vector in front, base64 around it.

use super::text;
use crate::{
    exec::{Call, FuncError},
    funcs::encoding::{corrupt64, decode64},
    value::Value,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cbc::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, KeyIvInit,
    block_padding::{NoPadding, Pkcs7},
};

const BLOCK: usize = 16;
const KEY: usize = 32;

/// The password itself, cut or filled with zeros.
fn key(password: &[u8]) -> [u8; KEY] {
    let mut key = [0; KEY];
    let length = password.len().min(KEY);
    key[..length].copy_from_slice(&password[..length]);
    key
}

pub(super) fn encrypt(call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let plain = text(args, 1);
    if plain.is_empty() {
        return Ok("".into());
    }
    let mut vector = [0; BLOCK];
    call.host().fill_random(&mut vector);
    let cipher = cbc::Encryptor::<aes::Aes256>::new(&key(text(args, 0)).into(), &vector.into());
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(plain);
    Ok(BASE64_STANDARD.encode([&vector[..], &encrypted].concat()).into())
}

// What is malformed makes Sprig panic; the panic's text becomes the error.
pub(super) fn decrypt(_: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let encoded = text(args, 1);
    if encoded.is_empty() {
        return Ok("".into());
    }
    let bytes = decode64(encoded).map_err(|at| FuncError::new(corrupt64(at)))?;
    // Go's buffer is sized before newlines are left out; a panic's text shows its room.
    let capacity = encoded.len() / 4 * 3;
    let Some((vector, body)) = bytes.split_first_chunk::<BLOCK>() else {
        // Slicing looks at the buffer's room, not at what is in it.
        if capacity < BLOCK {
            let text =
                format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}");
            return Err(FuncError::new(text));
        }
        let text = format!("runtime error: slice bounds out of range [{BLOCK}:{}]", bytes.len());
        return Err(FuncError::new(text));
    };
    let cipher = cbc::Decryptor::<aes::Aes256>::new(&key(text(args, 0)).into(), vector.into());
    let plain = cipher
        .decrypt_padded_vec::<NoPadding>(body)
        .map_err(|_| FuncError::new("crypto/cipher: input not full blocks"))?;
    let Some(&padding) = plain.last() else {
        return Err(FuncError::new("runtime error: index out of range [-1]"));
    };
    match plain.len().checked_sub(usize::from(padding)) {
        Some(end) => Ok(Value::string(&plain[..end])),
        None => {
            let end = plain.len() as i64 - i64::from(padding);
            Err(FuncError::new(format!("runtime error: slice bounds out of range [:{end}]")))
        }
    }
}

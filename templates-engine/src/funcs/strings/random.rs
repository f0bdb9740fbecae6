//! Random text, drawn without bias from the host's randomness.

use crate::{
    exec::{Call, Host},
    funcs::{
        args::{self, Outcome, int},
        limits::check_text,
    },
    unicode::runes,
    value::Value,
};

pub(super) const DIGITS: &[u8] = b"0123456789";
pub(super) const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const LETTERS_AND_DIGITS: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Space to tilde.
pub(super) const ASCII: &[u8] =
    b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// A number below `end`, each equally likely; 0 when `end` is 0.
pub(in crate::funcs) fn below(host: &dyn Host, end: u64) -> u64 {
    if end < 2 {
        return 0;
    }
    // The numbers from `whole` on would favour the first remainders.
    let whole = u64::MAX - u64::MAX % end;
    loop {
        let mut bytes = [0; 8];
        host.fill_random(&mut bytes);
        let n = u64::from_le_bytes(bytes);
        if n < whole {
            return n % end;
        }
    }
}

/// So many characters of the alphabet; none for a negative count.
pub(super) fn text(call: &mut Call<'_>, args: &[Value], alphabet: &[u8]) -> Outcome {
    let count = usize::try_from(int(args, 0)).unwrap_or(0);
    check_text("random text", Some(count))?;
    let host = call.host();
    let mut out = Vec::with_capacity(count);
    let unbiased = 256 - 256 % alphabet.len();
    let mut buffer = [0; 64];
    while out.len() < count {
        host.fill_random(&mut buffer);
        let drawn = buffer.iter().map(|b| usize::from(*b)).filter(|n| *n < unbiased);
        out.extend(drawn.map(|n| alphabet[n % alphabet.len()]).take(count - out.len()));
    }
    Ok(Value::string(out))
}

/// The characters in another order, by Fisher and Yates.
pub(super) fn shuffle(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut chars: Vec<char> = runes(args::text(args, 0)).map(|(c, _)| c).collect();
    for i in (1..chars.len()).rev() {
        let other = below(call.host(), i as u64 + 1) as usize;
        chars.swap(i, other);
    }
    Ok(chars.into_iter().collect::<String>().into())
}

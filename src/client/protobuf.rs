//! Kubernetes' protobuf, as far as records and refusals need it: the server writes lists of large objects several
//! times faster so than as JSON.

use super::error::Status;

/// What every message of the API server begins with (`runtime/serializer/protobuf`).
pub const MAGIC: &[u8] = b"k8s\0";
/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number, a switch.
    Number(u64),
    /// A text, bytes, a message.
    Bytes(&'a [u8]),
    /// A number of fixed size, which nothing here has.
    Fixed,
}

/// The fields of a message, in their order. It ends at the first that is broken, after saying so.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [u8]);

/// A message that breaks off or holds what no message can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unexpected end of a protobuf message")]
pub struct Broken;

impl<'a> Fields<'a> {
    /// The fields of these bytes.
    pub fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn read(&mut self) -> Option<(u64, Field<'a>)> {
        let head = Head::read(self.0)?;
        let rest = &self.0[head.size..];
        let (field, used) = match head.kind {
            Kind::Number(value) => (Field::Number(value), 0),
            Kind::Fixed(size) => (Field::Fixed, size),
            Kind::Bytes(length) => (Field::Bytes(rest.get(..length)?), length),
        };
        self.0 = rest.get(used..)?;
        Some((head.number, field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or(Broken))
    }
}

/// What stands before a field's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The field's number.
    pub number: u64,
    /// What follows.
    pub kind: Kind,
    /// How many bytes this head takes; for numbers, their own too.
    pub size: usize,
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: the number is read.
    Number(u64),
    /// So many bytes, a number of fixed size.
    Fixed(usize),
    /// So many bytes.
    Bytes(usize),
}

impl Head {
    /// Reads one; nothing when the bytes end before it does, or it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (tag, mut size) = varint(bytes)?;
        let kind = match tag & 7 {
            0 => {
                let (value, used) = varint(&bytes[size..])?;
                size += used;
                Kind::Number(value)
            }
            1 => Kind::Fixed(8),
            2 => {
                let (length, used) = varint(&bytes[size..])?;
                size += used;
                Kind::Bytes(usize::try_from(length).ok()?)
            }
            5 => Kind::Fixed(4),
            _ => return None,
        };
        Some(Self { number: tag >> 3, kind, size })
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// A text; what is not UTF-8 is replaced.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An entry of a map: its key and its value.
pub fn entry(message: &[u8]) -> Result<(String, &[u8]), Broken> {
    let (mut key, mut value) = (String::new(), &[][..]);
    for field in Fields::new(message) {
        match field? {
            (1, Field::Bytes(bytes)) => key = text(bytes),
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Ok((key, value))
}

/// The message inside the envelope that every answer has (`runtime.Unknown`).
pub fn unwrap(body: &[u8]) -> Option<&[u8]> {
    let fields = Fields::new(body.strip_prefix(MAGIC)?);
    fields.map_while(Result::ok).find_map(|field| match field {
        (2, Field::Bytes(raw)) => Some(raw),
        _ => None,
    })
}

/// A refusal.
pub(super) fn status(body: &[u8]) -> Option<Status> {
    let mut status = Status::unread();
    for field in Fields::new(unwrap(body)?) {
        match field.ok()? {
            (2, Field::Bytes(bytes)) => status.status = text(bytes),
            (3, Field::Bytes(bytes)) => status.message = text(bytes),
            (4, Field::Bytes(bytes)) => status.reason = text(bytes),
            (6, Field::Number(code)) => status.code = u16::try_from(code).unwrap_or(0),
            _ => {}
        }
    }
    Some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_field_by_field() {
        let message = [0x08, 0x96, 0x01, 0x12, 0x03, b'a', b'b', b'c', 0x1d, 0, 0, 0, 0];
        let fields: Result<Vec<_>, _> = Fields::new(&message).collect();
        assert_eq!(fields.unwrap(), [(1, Field::Number(150)), (2, Field::Bytes(b"abc")), (3, Field::Fixed)]);
    }

    #[test]
    fn broken_messages_end_with_an_error() {
        for message in [
            &[0x12, 0x05, b'a'][..],
            &[0x0b],
            &[0xff; 12],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            assert!(Fields::new(message).any(|field| field.is_err()), "{message:?}");
            assert!(Fields::new(message).count() < 3);
        }
        assert_eq!(unwrap(b"k8s"), None);
        assert_eq!(unwrap(b"{}"), None);
    }

    #[test]
    fn a_refusal_is_read() {
        let mut inner = vec![0x12, 7];
        inner.extend_from_slice(b"Failure\x1a\x02no\x22\x08NotFound\x30\x94\x03");
        let mut body = MAGIC.to_vec();
        body.extend_from_slice(&[0x12, u8::try_from(inner.len()).unwrap()]);
        body.extend_from_slice(&inner);
        let status = status(&body).unwrap();
        assert_eq!((status.message.as_str(), status.reason.as_str(), status.code), ("no", "NotFound", 404));
    }
}

//! The wire format: numbers and pieces of bytes.

use super::Error;

/// Reads fields, one after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// One field's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A number of any length.
    Number(u64),
    /// Four or eight bytes.
    Fixed(u64),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

impl Field<'_> {
    /// The text.
    pub(super) fn text(self) -> Result<String, Error> {
        let Self::Bytes(bytes) = self else { return Err(Error::Broken("wrong wireType")) };
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::Broken("invalid UTF-8"))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field and its number.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.number()?;
        let field = match tag & 7 {
            0 => Field::Number(self.number()?),
            1 => Field::Fixed(self.fixed(8)?),
            2 => {
                let length = usize::try_from(self.number()?).map_err(|_| Error::Broken("negative length"))?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Fixed(self.fixed(4)?),
            _ => return Err(Error::Broken("illegal wireType")),
        };
        Ok(Some((tag >> 3, field)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Broken("unexpected EOF"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn fixed(&mut self, length: usize) -> Result<u64, Error> {
        let bytes = self.take(length)?;
        Ok(bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    fn number(&mut self) -> Result<u64, Error> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Error::Broken("integer overflow"))
    }
}

/// Numbers that stand side by side.
pub(super) fn packed(bytes: &[u8]) -> Result<Vec<i64>, Error> {
    let (mut reader, mut numbers) = (Reader::new(bytes), Vec::new());
    while !reader.rest.is_empty() {
        numbers.push(reader.number()?.cast_signed());
    }
    Ok(numbers)
}

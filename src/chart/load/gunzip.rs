//! A second, careful reading of a gzip stream that turned out to be damaged.
//!
//! Go's messages name the byte where decoding stopped, and what was decoded until then still counts.
//! The fast decoder tells neither, and accepts a little more; so whatever fails is read again here,
//! a bit at a time, with the rules of Go's `compress/gzip` and `compress/flate` (RFC 1951 and 1952).

use super::{ArchiveError, archive::MAX_STREAM_SIZE};

/// How far back a copy may reach.
const WINDOW: usize = 32768;
const MAX_LITERALS: usize = 286;
const MAX_DISTANCES: usize = 30;
const END_OF_BLOCK: usize = 256;
const MAX_CODE_BITS: usize = 15;
/// The order in which the lengths of the code lengths' codes are written.
const CODE_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// All that can be decoded, and the error that ended it.
pub(super) struct Unzipped {
    pub(super) data: Vec<u8>,
    pub(super) error: Option<ArchiveError>,
}

/// Decodes every member of a gzip stream.
///
/// # Errors
/// When the first member has no header.
pub(super) fn gunzip(stream: &[u8]) -> Result<Unzipped, ArchiveError> {
    let mut rest = header(stream)?.ok_or(ArchiveError::Truncated)?;
    let mut data = Vec::new();
    loop {
        let start = data.len();
        let mut inflater = Inflater { input: rest, at: 0, bits: 0, count: 0, out: data, start };
        let outcome = inflater.blocks();
        let at = inflater.at;
        data = inflater.out;
        let next = outcome.and_then(|()| trailer(&rest[at..], &data[start..])).and_then(header);
        match next {
            Ok(Some(next)) => rest = next,
            Ok(None) => return Ok(Unzipped { data, error: None }),
            Err(error) => return Ok(Unzipped { data, error: Some(error) }),
        }
    }
}

/// What follows a member's header; `None` at the end of the stream.
fn header(stream: &[u8]) -> Result<Option<&[u8]>, ArchiveError> {
    const CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    /// Longest name or comment that Go reads, with its end.
    const MAX_NAME: usize = 512;
    if stream.is_empty() {
        return Ok(None);
    }
    let (fixed, mut rest) = stream.split_at_checked(10).ok_or(ArchiveError::Truncated)?;
    if fixed[..3] != [0x1f, 0x8b, 8] {
        return Err(ArchiveError::Header);
    }
    let flags = fixed[3];
    if flags & EXTRA != 0 {
        let (length, behind) = rest.split_at_checked(2).ok_or(ArchiveError::Truncated)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        rest = behind.get(length..).ok_or(ArchiveError::Truncated)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().take(MAX_NAME).position(|byte| *byte == 0);
            let short = if rest.len() < MAX_NAME { ArchiveError::Truncated } else { ArchiveError::Header };
            rest = &rest[end.ok_or(short)? + 1..];
        }
    }
    if flags & CHECKSUM != 0 {
        let digest = flate2_crc(&stream[..stream.len() - rest.len()]) as u16;
        let (stored, behind) = rest.split_at_checked(2).ok_or(ArchiveError::Truncated)?;
        if stored != digest.to_le_bytes() {
            return Err(ArchiveError::Header);
        }
        rest = behind;
    }
    Ok(Some(rest))
}

/// What follows a member's checksum and size, if those are right.
fn trailer<'s>(stream: &'s [u8], data: &[u8]) -> Result<&'s [u8], ArchiveError> {
    let (stored, rest) = stream.split_at_checked(8).ok_or(ArchiveError::Truncated)?;
    let size = data.len() as u32;
    if stored[..4] != flate2_crc(data).to_le_bytes() || stored[4..] != size.to_le_bytes() {
        return Err(ArchiveError::Corrupt("gzip: invalid checksum".to_owned()));
    }
    Ok(rest)
}

fn flate2_crc(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}

/// A Huffman code: how many codes of each length, and the symbols in the order of their codes.
#[derive(Default)]
struct Code {
    counts: [usize; MAX_CODE_BITS + 1],
    symbols: Vec<usize>,
    /// Go fills its buffer to this many bits before it looks.
    least: usize,
}

impl Code {
    /// `None` for lengths that are no complete code; a single code and none at all pass.
    fn new(lengths: &[usize]) -> Option<Self> {
        let mut code = Self::default();
        lengths.iter().filter(|length| **length > 0).for_each(|length| code.counts[*length] += 1);
        let used = 1..=MAX_CODE_BITS;
        for length in used.clone() {
            let of_length = lengths.iter().enumerate().filter(|(_, found)| **found == length);
            code.symbols.extend(of_length.map(|(symbol, _)| symbol));
        }
        let Some(longest) = used.clone().rev().find(|length| code.counts[*length] > 0) else {
            return Some(code);
        };
        code.least = used.clone().find(|length| code.counts[*length] > 0).unwrap_or(longest);
        let sum = used.take(longest).fold(0, |sum, length| sum * 2 + code.counts[length]);
        (sum == 1 << longest || sum == 1 && longest == 1).then_some(code)
    }
}

/// Reads no byte before it is needed, so that offsets are Go's.
struct Inflater<'s> {
    input: &'s [u8],
    at: usize,
    bits: u32,
    count: usize,
    out: Vec<u8>,
    /// Where this member's output begins.
    start: usize,
}

impl Inflater<'_> {
    fn corrupt(&self) -> ArchiveError {
        ArchiveError::Corrupt(format!("flate: corrupt input before offset {}", self.at))
    }

    fn fill(&mut self, count: usize) -> Result<(), ArchiveError> {
        while self.count < count {
            let byte = *self.input.get(self.at).ok_or(ArchiveError::Truncated)?;
            self.at += 1;
            self.bits |= u32::from(byte) << self.count;
            self.count += 8;
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<usize, ArchiveError> {
        self.fill(count)?;
        let taken = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.count -= count;
        Ok(taken as usize)
    }

    fn symbol(&mut self, code: &Code) -> Result<usize, ArchiveError> {
        self.fill(code.least)?;
        let (mut value, mut first, mut index) = (0, 0, 0);
        for length in 1..=MAX_CODE_BITS {
            if index == code.symbols.len() {
                break;
            }
            self.fill(length)?;
            value |= (self.bits >> (length - 1) & 1) as usize;
            let count = code.counts[length];
            if value < first + count {
                self.take(length)?;
                return Ok(code.symbols[index + value - first]);
            }
            index += count;
            (first, value) = ((first + count) << 1, value << 1);
        }
        Err(self.corrupt())
    }

    fn blocks(&mut self) -> Result<(), ArchiveError> {
        loop {
            self.fill(3)?;
            let last = self.take(1)? == 1;
            match self.take(2)? {
                0 => self.stored()?,
                1 => {
                    let mut lengths = [8; 288];
                    lengths[144..256].fill(9);
                    lengths[256..280].fill(7);
                    let literals = Code::new(&lengths).ok_or_else(|| self.corrupt())?;
                    self.compressed(&literals, None)?;
                }
                2 => {
                    let (literals, distances) = self.codes()?;
                    self.compressed(&literals, Some(&distances))?;
                }
                _ => return Err(self.corrupt()),
            }
            if last {
                return Ok(());
            }
        }
    }

    fn stored(&mut self) -> Result<(), ArchiveError> {
        (self.bits, self.count) = (0, 0);
        let head = self.input.get(self.at..self.at + 4).ok_or(ArchiveError::Truncated)?;
        let (length, check) =
            (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        self.at += 4;
        if check != !length {
            return Err(self.corrupt());
        }
        let present = &self.input[self.at..];
        let data = &present[..present.len().min(usize::from(length))];
        self.out.extend_from_slice(data);
        self.at += data.len();
        self.bounded()?;
        if data.len() < usize::from(length) { Err(ArchiveError::Truncated) } else { Ok(()) }
    }

    /// The codes of a block, themselves compressed.
    fn codes(&mut self) -> Result<(Code, Code), ArchiveError> {
        self.fill(14)?;
        let literals = self.take(5)? + 257;
        let distances = self.take(5)? + 1;
        if literals > MAX_LITERALS || distances > MAX_DISTANCES {
            return Err(self.corrupt());
        }
        let mut lengths = [0; CODE_ORDER.len()];
        let given = self.take(4)? + 4;
        for at in &CODE_ORDER[..given] {
            lengths[*at] = self.take(3)?;
        }
        let code = Code::new(&lengths).ok_or_else(|| self.corrupt())?;
        let all = literals + distances;
        let mut lengths: Vec<usize> = Vec::with_capacity(all);
        while lengths.len() < all {
            let (value, repeat) = match self.symbol(&code)? {
                16 => {
                    let value = *lengths.last().ok_or_else(|| self.corrupt())?;
                    (value, 3 + self.take(2)?)
                }
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length, 1),
            };
            if lengths.len() + repeat > all {
                return Err(self.corrupt());
            }
            lengths.resize(lengths.len() + repeat, value);
        }
        let (of_literals, of_distances) = lengths.split_at(literals);
        let codes = Code::new(of_literals).zip(Code::new(of_distances));
        let (mut literals, distances) = codes.ok_or_else(|| self.corrupt())?;
        // Every block ends with this symbol, so Go reads at least as much.
        literals.least = literals.least.max(of_literals[END_OF_BLOCK]);
        Ok((literals, distances))
    }

    fn compressed(&mut self, literals: &Code, distances: Option<&Code>) -> Result<(), ArchiveError> {
        loop {
            self.bounded()?;
            match self.symbol(literals)? {
                END_OF_BLOCK => return Ok(()),
                literal @ 0..END_OF_BLOCK => self.out.push(literal as u8),
                symbol @ 257..MAX_LITERALS => {
                    let length = self.length(symbol)?;
                    let distance = self.distance(distances)?;
                    if distance > (self.out.len() - self.start).min(WINDOW) {
                        return Err(self.corrupt());
                    }
                    for _ in 0..length {
                        self.out.push(self.out[self.out.len() - distance]);
                    }
                }
                _ => return Err(self.corrupt()),
            }
        }
    }

    /// How much to copy: symbols stand for ranges that double every four.
    fn length(&mut self, symbol: usize) -> Result<usize, ArchiveError> {
        Ok(match symbol - 257 {
            short @ 0..8 => short + 3,
            28 => 258,
            long => {
                let extra = long / 4 - 1;
                3 + ((4 + long % 4) << extra) + self.take(extra)?
            }
        })
    }

    fn distance(&mut self, code: Option<&Code>) -> Result<usize, ArchiveError> {
        let symbol = match code {
            Some(code) => self.symbol(code)?,
            None => (self.take(5)? as u8).reverse_bits() as usize >> 3,
        };
        Ok(match symbol {
            0..4 => symbol + 1,
            4..MAX_DISTANCES => {
                let extra = symbol / 2 - 1;
                1 + ((2 + symbol % 2) << extra) + self.take(extra)?
            }
            _ => return Err(self.corrupt()),
        })
    }

    fn bounded(&self) -> Result<(), ArchiveError> {
        if self.out.len() as u64 > MAX_STREAM_SIZE { Err(ArchiveError::TooLarge) } else { Ok(()) }
    }
}

//! Layouts: the pieces of Go's reference time, and the text between them.

/// One piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `2006`, `06`.
    LongYear,
    Year,
    /// `January`, `Jan`, `1`, `01`.
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    /// `Monday`, `Mon`.
    LongWeekDay,
    WeekDay,
    /// `2`, `_2`, `02`.
    Day,
    UnderDay,
    ZeroDay,
    /// `__2`, `002`.
    UnderYearDay,
    ZeroYearDay,
    /// `15`, `3`, `03`.
    Hour,
    Hour12,
    ZeroHour12,
    /// `4`, `04`.
    Minute,
    ZeroMinute,
    /// `5`, `05`.
    Second,
    ZeroSecond,
    /// `PM`, `pm`.
    UpperPm,
    LowerPm,
    /// `MST`.
    Abbreviation,
    /// `-0700` and its kin.
    Offset(Offset),
    /// `.000`, `,999`: the mark, how many digits, and whether zeros at the end go.
    Fraction {
        mark: u8,
        digits: usize,
        trim: bool,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for UTC.
    pub z: bool,
    /// Colons between the numbers.
    pub colon: bool,
    /// Hours alone, with minutes, or with minutes and seconds.
    pub parts: u8,
}

/// The first piece of a layout: the text before it, the piece, its length, and what follows.
pub(super) struct Chunk<'a> {
    pub prefix: &'a [u8],
    pub piece: Option<Piece>,
    pub text: &'a [u8],
    pub rest: &'a [u8],
}

/// Cuts the first piece off a layout.
pub(super) fn next(layout: &[u8]) -> Chunk<'_> {
    for at in 0..layout.len() {
        if let Some((skip, piece, length)) = piece_at(&layout[at..]) {
            let (start, end) = (at + skip, at + length);
            let (prefix, text, rest) = (&layout[..start], &layout[start..end], &layout[end..]);
            return Chunk { prefix, piece: Some(piece), text, rest };
        }
    }
    Chunk { prefix: layout, piece: None, text: b"", rest: b"" }
}

/// Pieces that are what they look like, longest first where one begins another.
const PLAIN: &[(&[u8], Piece)] = &[
    (b"January", Piece::LongMonth),
    (b"Monday", Piece::LongWeekDay),
    (b"MST", Piece::Abbreviation),
    (b"002", Piece::ZeroYearDay),
    (b"01", Piece::ZeroMonth),
    (b"02", Piece::ZeroDay),
    (b"03", Piece::ZeroHour12),
    (b"04", Piece::ZeroMinute),
    (b"05", Piece::ZeroSecond),
    (b"06", Piece::Year),
    (b"15", Piece::Hour),
    (b"1", Piece::NumMonth),
    (b"2006", Piece::LongYear),
    (b"2", Piece::Day),
    (b"__2", Piece::UnderYearDay),
    (b"_2", Piece::UnderDay),
    (b"3", Piece::Hour12),
    (b"4", Piece::Minute),
    (b"5", Piece::Second),
    (b"PM", Piece::UpperPm),
    (b"pm", Piece::LowerPm),
];

const OFFSETS: &[(&[u8], bool, u8)] = &[
    (b"070000", false, 3),
    (b"07:00:00", true, 3),
    (b"0700", false, 2),
    (b"07:00", true, 2),
    (b"07", false, 1),
];

/// The piece at the front: how many bytes of it stay text, what it is, where it ends.
fn piece_at(layout: &[u8]) -> Option<(usize, Piece, usize)> {
    match layout[0] {
        b'_' if layout.starts_with(b"_2006") => return Some((1, Piece::LongYear, 5)),
        first @ (b'-' | b'Z') => {
            let (text, colon, parts) = OFFSETS.iter().find(|(text, ..)| layout[1..].starts_with(text))?;
            return Some((
                0,
                Piece::Offset(Offset { z: first == b'Z', colon: *colon, parts: *parts }),
                1 + text.len(),
            ));
        }
        mark @ (b'.' | b',') => return fraction(layout, mark),
        _ => {}
    }
    if let Some((text, piece)) = PLAIN.iter().find(|(text, _)| layout.starts_with(text)) {
        return Some((0, *piece, text.len()));
    }
    // `Jan` and `Mon`, but not as the beginning of another word.
    let short = match layout.get(..3)? {
        b"Jan" => Piece::Month,
        b"Mon" => Piece::WeekDay,
        _ => return None,
    };
    let word_goes_on = layout.get(3).is_some_and(u8::is_ascii_lowercase);
    (!word_goes_on).then_some((0, short, 3))
}

fn fraction(layout: &[u8], mark: u8) -> Option<(usize, Piece, usize)> {
    let digit = *layout.get(1).filter(|b| matches!(b, b'0' | b'9'))?;
    let digits = layout[1..].iter().take_while(|&&b| b == digit).count();
    if layout.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((0, Piece::Fraction { mark, digits, trim: digit == b'9' }, 1 + digits))
}

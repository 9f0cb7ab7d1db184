//! One line of a frame's header.

use super::frame::{Damage, MAX_BODY};

/// What one line says, without its line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Empty,
    /// A `Content-Length`; other bytes may stand before it, such as the rest of a body whose
    /// announced length was too small.
    Length {
        value: Result<usize, Damage>,
        at_start: bool,
    },
    /// A header with another name.
    OtherHeader,
    Garbage,
}

impl Line {
    /// Reads `line`, given without its line feed.
    pub(super) fn of(line: &[u8]) -> Self {
        const NAME: &[u8] = b"content-length";

        let line = line.trim_ascii();
        if line.is_empty() {
            return Self::Empty;
        }
        // The last one, for the same reason as with lines: whatever comes before was cut off.
        let length = line
            .windows(NAME.len())
            .enumerate()
            .rev()
            .filter(|(_, window)| window.eq_ignore_ascii_case(NAME))
            .find_map(|(at, _)| {
                let value = line[at + NAME.len()..]
                    .trim_ascii_start()
                    .strip_prefix(b":")?;
                Some((at, value.trim_ascii()))
            });
        if let Some((at, digits)) = length {
            return Self::Length {
                value: length_of(digits),
                at_start: at == 0,
            };
        }
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        let is_token = !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte));
        if is_token && name.len() < line.len() {
            Self::OtherHeader
        } else {
            Self::Garbage
        }
    }
}

fn length_of(digits: &[u8]) -> Result<usize, Damage> {
    // `parse` alone would let a plus sign through.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Damage::BadLength);
    }
    let number = str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<usize>().ok());
    // Only digits are left, so what does not parse is too large for the type.
    number
        .filter(|&length| length <= MAX_BODY)
        .ok_or(Damage::TooLong)
}

/// A byte of a header's name, as in HTTP.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

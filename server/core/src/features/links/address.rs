//! Addresses in the lines of a mail, put together where quoted-printable that was never decoded broke
//! them: `…@arm=` and `.com/` on the next line are one.

use std::ops::Range;

use crate::syntax::line::Line;
use crate::syntax::words::{MAX_URL, raw_url_len, url_len};

/// An address, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Where it leads.
    pub(super) target: String,
    /// Its bytes on the line where it starts, and on those below that it goes on.
    pub(super) parts: Vec<Range<usize>>,
}

/// Lengths of broken lines: quoted-printable has up to 76 characters, and breaks near them.
const BROKEN: Range<usize> = 60..78;

/// Most lines that an address is broken over.
const MAX_PARTS: usize = 4;

/// The address at the byte `column` of the line `number`.
pub(super) fn address_at(lines: &[Line<'_>], number: usize, column: usize) -> Address {
    let Some(line) = lines.get(number) else {
        return Address {
            target: String::new(),
            parts: Vec::new(),
        };
    };
    let text = line.text.get(column..).unwrap_or_default();
    let start = line.start + column;
    let raw = text.get(..raw_url_len(text)).unwrap_or_default();
    let mut written = raw.to_owned();
    let mut parts = Vec::new();
    parts.push(start..start + raw.len());
    let mut last = line;
    while written.ends_with('=')
        && parts.len() < MAX_PARTS
        && last.text.ends_with('=')
        && BROKEN.contains(&last.text.len())
    {
        let Some(next) = lines.get(number + parts.len()) else {
            break;
        };
        let part = next.text.get(..raw_url_len(next.text)).unwrap_or_default();
        // What follows an address that really ends with `=` begins a line of its own.
        if part.is_empty() || part.starts_with('[') || written.len() + part.len() > MAX_URL {
            break;
        }
        written.pop();
        written.push_str(part);
        parts.push(next.start..next.start + part.len());
        last = next;
    }
    let len = url_len(&written);
    let n_cut = written.len() - len;
    written.truncate(len);
    if let Some(last) = parts.last_mut() {
        last.end = last.end.saturating_sub(n_cut).max(last.start);
    }
    let target = if parts.len() > 1 || written.contains("=3D") {
        decoded(&written)
    } else {
        written
    };
    Address { target, parts }
}

/// Decodes `=3D`: printable ASCII only, as an address has nothing else.
fn decoded(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        result.push_str(before);
        let digits = after.get(..2).filter(|hex| {
            hex.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
        });
        let byte = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                result.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                result.push('=');
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::line::Lines;

    #[track_caller]
    fn check(text: &str, target: &str, parts: &[&str]) {
        let lines: Vec<_> = Lines::new(text).collect();
        let column = lines[0].text.find("http").unwrap();
        let address = address_at(&lines, 0, column);
        assert_eq!(address.target, target);
        let found: Vec<_> = address
            .parts
            .iter()
            .map(|part| &text[part.clone()])
            .collect();
        assert_eq!(found, parts);
    }

    #[test]
    fn broken_addresses_are_put_together() {
        check(
            "[5] https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm=\n.com/\n",
            "https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm.com/",
            &[
                "https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm=",
                ".com/",
            ],
        );
        check(
            "[3] https://git.kernel.org/pub/scm/linux/kernel/git/maz/arm-platforms.git/l=\nog/?h=3Dkvm-arm64/gicv5-full.\n",
            "https://git.kernel.org/pub/scm/linux/kernel/git/maz/arm-platforms.git/log/?h=kvm-arm64/gicv5-full",
            &[
                "https://git.kernel.org/pub/scm/linux/kernel/git/maz/arm-platforms.git/l=",
                "og/?h=3Dkvm-arm64/gicv5-full",
            ],
        );
    }

    #[test]
    fn addresses_that_end_so_by_themselves_are_left_alone() {
        check(
            "see http://e.org/?q=\nnext\n",
            "http://e.org/?q=",
            &["http://e.org/?q="],
        );
        let long = format!("http://e.org/{}=", "x".repeat(60));
        check(&format!("{long}\n\nx\n"), &long, &[&long]);
        check(&format!("{long}\n[2] x\n"), &long, &[&long]);
    }

    #[test]
    fn what_is_no_code_stays() {
        check(
            "http://e.org/?a=3D1&b=FFx",
            "http://e.org/?a=1&b=FFx",
            &["http://e.org/?a=3D1&b=FFx"],
        );
        check(
            "http://e.org/?a=FF",
            "http://e.org/?a=FF",
            &["http://e.org/?a=FF"],
        );
    }
}

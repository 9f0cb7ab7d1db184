//! White space around texts, looked at as bytes where these tell.

use crate::eight;

/// As [`str::trim`], for a text with one blank before it or none, as what stands behind a colon is.
pub(crate) fn value(text: &str) -> &str {
    let value = text.strip_prefix(' ').unwrap_or(text);
    if is_tight(value) { value } else { value.trim() }
}

/// How far a line is indented, and what stands there without white space behind it.
pub(crate) fn indented(line: &str) -> (usize, &str) {
    let text = line.get(n_blanks(line.as_bytes())..).unwrap_or_default();
    if is_tight(text) {
        return (line.len() - text.len(), text);
    }
    (line.len() - line.trim_start().len(), line.trim())
}

/// How many blanks a line begins with.
pub(crate) fn n_blanks(line: &[u8]) -> usize {
    match eight::first(line).map(|word| word ^ eight::all(b' ')) {
        Some(differing) if differing != 0 => differing.trailing_zeros() as usize / 8,
        _ => line.iter().take_while(|byte| **byte == b' ').count(),
    }
}

/// Whether a text has nothing to trim, as far as its first and last byte tell.
pub(crate) fn is_tight(text: &str) -> bool {
    is_tight_bytes(text.as_bytes())
}

/// The same of bytes.
pub(crate) fn is_tight_bytes(text: &[u8]) -> bool {
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    is_graphic(text.first()) && is_graphic(text.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_what_letters_do() {
        let gaps = [
            "",
            " ",
            "  ",
            "      ",
            "        ",
            "         ",
            "\t",
            " \t ",
            "\u{a0}",
            " \u{3000}",
            "\u{7}",
            "\u{85}",
        ];
        for before in gaps {
            for behind in gaps {
                for inside in ["", "a", "a b", "ü", "\u{7f}"] {
                    let text = format!("{before}{inside}{behind}");
                    assert_eq!(value(&text), text.trim(), "{text:?}");
                    let indent = text.len() - text.trim_start().len();
                    assert_eq!(indented(&text), (indent, text.trim()), "{text:?}");
                    let blanks = text.bytes().take_while(|byte| *byte == b' ');
                    assert_eq!(n_blanks(text.as_bytes()), blanks.count(), "{text:?}");
                    assert!(!is_tight(&text) || text == text.trim(), "{text:?}");
                }
            }
        }
    }
}

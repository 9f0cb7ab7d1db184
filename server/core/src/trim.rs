//! White space around texts, looked at as bytes where these tell.

/// As [`str::trim`], for a text with one blank before it or none, as what stands behind a colon is.
pub(crate) fn value(text: &str) -> &str {
    let value = text.strip_prefix(' ').unwrap_or(text);
    if is_tight(value) { value } else { value.trim() }
}

/// How far a line is indented, and what stands there without white space behind it.
pub(crate) fn indented(line: &str) -> (usize, &str) {
    let n_blanks = line.bytes().take_while(|byte| *byte == b' ').count();
    let text = line.get(n_blanks..).unwrap_or_default();
    if is_tight(text) {
        return (n_blanks, text);
    }
    (line.len() - line.trim_start().len(), line.trim())
}

/// Whether a text has nothing to trim, as far as its first and last byte tell.
pub(crate) fn is_tight(text: &str) -> bool {
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    is_graphic(bytes.first()) && is_graphic(bytes.last())
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
                    assert!(!is_tight(&text) || text == text.trim(), "{text:?}");
                }
            }
        }
    }
}

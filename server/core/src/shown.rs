//! Text of a digest made harmless for showing.
//!
//! Anyone may have mailed it: control characters could drive a terminal, bidirectional ones could
//! turn a line around, Markdown could forge a link.

use std::borrow::Cow;

/// Whether a character must not be shown as it is: controls, line separators, bidirectional
/// overrides and isolates, invisible characters.
#[must_use]
pub fn is_dangerous(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// One line of plain text: dangerous characters become U+FFFD, tabs blanks.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_dangerous(c) || c == '\t') {
        return Cow::Borrowed(text);
    }
    let replace = |c| match c {
        '\t' => ' ',
        c if is_dangerous(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    Cow::Owned(text.chars().map(replace).collect())
}

/// At most `max` characters, with an ellipsis where something was cut off.
#[must_use]
pub fn short(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let keep = text
                .char_indices()
                .nth(max.saturating_sub(1))
                .map_or(0, |(at, _)| at);
            Cow::Owned(format!(
                "{}…",
                text.get(..keep).unwrap_or_default().trim_end()
            ))
        }
    }
}

/// Plain text as Markdown that shows exactly it: nothing in it is markup.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = plain(text);
    // Behind digits at its start, a dot or a parenthesis would begin a list.
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut result = String::with_capacity(text.len() + 8);
    for (idx, c) in text.char_indices() {
        match c {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            // Every ASCII punctuation character may be escaped; these are the ones that can mean
            // something inside a line. An underscore within a word never does.
            '\\' | '`' | '*' | '[' | ']' | '!' | '|' | '~' | '#' | '>' => {
                result.push('\\');
                result.push(c);
            }
            '_' => {
                let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let inside =
                    word(text[..idx].chars().next_back()) && word(text[idx + 1..].chars().next());
                if !inside {
                    result.push('\\');
                }
                result.push('_');
            }
            // A bare address would become a link in some renderers: break its scheme and host.
            ':' if text[idx..].starts_with("://") => result.push_str("&#58;"),
            '@' => result.push_str("&#64;"),
            '-' | '+' | '=' if idx == 0 => {
                result.push('\\');
                result.push(c);
            }
            '.' | ')' if idx > 0 && idx == n_digits => {
                result.push('\\');
                result.push(c);
            }
            'w' | 'W' if starts_as_host(&text[idx..]) => {
                result.push(c);
                result.push_str("&#8203;");
            }
            ' ' if idx == 0 && is_markup_behind_blanks(&text) => result.push_str("&#32;"),
            c => result.push(c),
        }
    }
    result
}

/// Whether the blanks that a text starts with would, at the start of a line, make code of it or let
/// a list or the underline of a heading begin behind them.
fn is_markup_behind_blanks(text: &str) -> bool {
    let rest = text.trim_start_matches(' ');
    text.len() - rest.len() >= 4
        || rest.starts_with(|first: char| first.is_ascii_digit() || "-+=".contains(first))
}

/// Whether a text starts like the name of a web server, which some renderers make a link of.
fn starts_as_host(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

/// A web address out of a digest as a Markdown link that shows its true target; text that is no
/// plain `http` or `https` address is shown as text.
#[must_use]
pub fn markdown_link(url: &str) -> String {
    let safe = (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|b| {
            b.is_ascii_graphic()
                && !matches!(
                    b,
                    b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'\\' | b'`' | b'"'
                )
        });
    if safe {
        format!("<{url}>")
    } else {
        markdown(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_and_bidirectional_text_are_disarmed() {
        assert_eq!(
            plain("a\u{1b}[31mb\u{202e}c\td"),
            "a\u{fffd}[31mb\u{fffd}c d"
        );
        assert_eq!(plain("López ✓"), "López ✓");
    }

    #[test]
    fn markdown_shows_what_it_was_given() {
        assert_eq!(
            markdown("a_b [x](command:y) <img> *z*"),
            r"a_b \[x\](command:y) &lt;img> \*z\*".replace("g>", r"g\>")
        );
        assert_eq!(markdown("1. x"), r"1\. x");
        assert_eq!(markdown("- x"), r"\- x");
        assert_eq!(markdown("https://e.org"), "https&#58;//e.org");
        assert_eq!(markdown("WWW.e.org"), "W&#8203;WW.e.org");
        assert_eq!(markdown("    code"), "&#32;   code");
        assert_eq!(markdown("  - x"), "&#32; - x");
    }

    #[test]
    fn links_show_their_target_or_are_none() {
        assert_eq!(
            markdown_link("https://lore.kernel.org/x/"),
            "<https://lore.kernel.org/x/>"
        );
        assert_eq!(markdown_link("command:rm"), "command:rm");
        assert_eq!(
            markdown_link("https://e.org/](command:x)"),
            r"https&#58;//e.org/\](command:x)"
        );
    }

    #[test]
    fn short_counts_characters() {
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(short("üüüü", 4), "üüüü");
    }
}

//! One line of a changelog: the versions it names and how.

use memchr::memchr;

use super::label::{Label, label_at};
use super::words::{Name, Word, roles};
use crate::eight;

/// What a line says about versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// `Changes in v3:`, `v3:`, `[v4]`
    In(Name),
    /// `Changes since v2:`
    Since(Name),
    /// `v3 -> v4:`
    Step(Name, Name),
    /// `Link to v2:`
    Link(Name),
}

/// What must follow for the line to be a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// `Changes in v3:`
    Nothing,
    /// `v3:`, which may be anything in a mail that has no earlier version.
    ListIfFirst,
    /// `Changes in v4`: a list, also below a blank line.
    List,
    /// `v1: https://…`: a list at once; else it names a version only.
    ListAtOnce,
    /// `v4`: the same; else it is no name at all.
    ListAtOnceOrNoName,
    /// `v2: text`: no higher version than that of the mail.
    NoNewerVersion,
    /// `Link to v2: …`
    Never,
}

/// A line that names a version at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Naming {
    pub(super) what: What,
    pub(super) needs: Needs,
    /// Columns before the first character that is not blank.
    pub(super) indent: usize,
    /// The `*` of `* v5 -> v6`.
    pub(super) bullet: Option<char>,
    /// Where text of the first item begins, when it stands on the line: `V2: text`.
    pub(super) inline: Option<usize>,
}

/// Bytes of a line that are looked at; headings are short.
const MAX_HEADING: usize = 240;

/// The beginning of a line as far as it is looked at.
pub(super) fn head(line: &str, max: usize) -> &str {
    // Most lines are short and end in no blank.
    if line.len() <= max && line.as_bytes().last().is_none_or(u8::is_ascii_graphic) {
        return line;
    }
    let end = line.floor_char_boundary(max.min(line.len()));
    line.get(..end).unwrap_or("").trim_end()
}

/// As [`str::trim_start`]: before most lines there are a few blanks, or none.
pub(super) fn trim_start(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut n_blanks = 0;
    loop {
        if let None | Some(b'!'..=b'~') = bytes.get(n_blanks) {
            return text.get(n_blanks..).unwrap_or_default();
        }
        let word = eight::at(bytes, n_blanks);
        let blanks = eight::equal_in_any(word, b' ') | eight::equal_in_any(word, b'\t');
        let n_more = (blanks ^ eight::all(0x80)).trailing_zeros() as usize / 8;
        if n_more == 0 {
            // Perhaps a blank of another sort.
            return text.get(n_blanks..).unwrap_or(text).trim_start();
        }
        n_blanks += n_more;
    }
}

/// Reads a line that may head a list of changes, or label a link.
pub(super) fn read(line: &str) -> Option<Naming> {
    let mut text = head(line, MAX_HEADING);
    while let Some(rest) = text.strip_suffix(['*', '_']) {
        text = rest;
    }
    // A longer line is text behind a label, or no heading at all.
    let ends_with_colon = line.len() <= MAX_HEADING && text.ends_with(':');
    naming(text, ends_with_colon)
}

fn naming(text: &str, ends_with_colon: bool) -> Option<Naming> {
    let (indent, bullet, start) = decoration(text);
    let mut reader = Reader {
        text,
        rest: text.get(start..).unwrap_or(""),
        ends_with_colon,
    };
    let (what, needs, inline) = reader.naming()?;
    Some(Naming {
        what,
        needs,
        indent,
        bullet,
        inline,
    })
}

/// Columns of indentation, the bullet, and where the words begin.
fn decoration(text: &str) -> (usize, Option<char>, usize) {
    let body = trim_start(text);
    let bytes = body.as_bytes();
    let words = behind_decoration(bytes);
    if let [b' '..=b'~', ..] = words {
        // All before is ASCII as well.
        let bullet = match bytes {
            [mark @ (b'*' | b'-' | b'+'), b' ' | b'\t', ..] => Some(char::from(*mark)),
            _ => None,
        };
        return (indent(text), bullet, text.len() - words.len());
    }
    decoration_of_any_script(text)
}

fn decoration_of_any_script(text: &str) -> (usize, Option<char>, usize) {
    let body = text.trim_start();
    let mark = body.chars().next();
    let mark = mark.filter(|mark| matches!(mark, '*' | '-' | '+' | '•' | '·'));
    // The `**` of `**Changes in v3:**` is no bullet.
    let bullet = mark.filter(|mark| {
        let behind = body.get(mark.len_utf8()..).unwrap_or("");
        behind.starts_with(char::is_whitespace)
    });
    let is_decoration = |letter: char| {
        matches!(letter, '*' | '-' | '+' | '•' | '·' | '=' | '#' | '_' | '~')
            || letter.is_whitespace()
    };
    let words = body.trim_start_matches(is_decoration);
    (indent(text), bullet, text.len() - words.len())
}

/// What stands behind the blanks and bullets of ASCII at the start of a text.
pub(super) fn behind_decoration(text: &[u8]) -> &[u8] {
    let is_decoration = |byte: &u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'*' | b'-' | b'+' | b'=' | b'#' | b'_' | b'~'
        )
    };
    let len = text.iter().take_while(|byte| is_decoration(byte)).count();
    text.get(len..).unwrap_or_default()
}

/// Columns before the first character that is not blank; tabs count to the next eighth.
pub(super) fn indent(text: &str) -> usize {
    let mut column = 0;
    for byte in text.bytes() {
        match byte {
            b' ' => column += 1,
            b'\t' => column = (column / 8 + 1) * 8,
            _ => break,
        }
    }
    column
}

/// How a heading ends behind its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Nothing but words that belong to it.
    End,
    /// A reference to a footnote, and nothing else.
    Footnote,
    /// A colon at the end.
    Colon,
    /// An address, also behind a colon or dash.
    Link,
    /// Text behind a colon or dash, from here.
    Text(usize),
    /// Other words.
    Words,
}

struct Reader<'a> {
    text: &'a str,
    /// What of it is not read yet.
    rest: &'a str,
    ends_with_colon: bool,
}

impl<'a> Reader<'a> {
    /// How much of the text is read.
    fn pos(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or("");
    }

    fn skip_blanks(&mut self) {
        self.rest = trim_start(self.rest);
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let behind = self.rest.strip_prefix(prefix);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    /// A word of letters, `'` and `-`.
    fn word(&mut self) -> &'a str {
        let len = first_word(self.rest.as_bytes()).len();
        let (word, rest) = self.rest.split_at_checked(len).unwrap_or_default();
        self.rest = rest;
        word
    }

    fn naming(&mut self) -> Option<(What, Needs, Option<usize>)> {
        if self.rest.starts_with('>') {
            return None;
        }
        if self.footnote() {
            // `[1] v1: https://…`, `[2]: v1 …`
            self.eat(":");
            self.skip_blanks();
        }
        if self.rest.starts_with('[') {
            return self.bracket();
        }
        if self.rest.starts_with("http") || self.rest.starts_with("Link:") {
            return self.labelled_link();
        }
        self.phrase()
    }

    /// `[1]`
    fn footnote(&mut self) -> bool {
        let rest = self.rest;
        let Some(len) = footnote_len(rest) else {
            return false;
        };
        self.skip(len);
        self.skip_blanks();
        true
    }

    /// `[v4]`, also with a colon.
    fn bracket(&mut self) -> Option<(What, Needs, Option<usize>)> {
        self.skip(1);
        let label = self.label()?;
        if !self.eat("]") {
            return None;
        }
        self.eat(":");
        self.skip_blanks();
        let needs = if self.rest.is_empty() {
            Needs::ListAtOnceOrNoName
        } else if is_url(self.rest) {
            Needs::ListAtOnce
        } else {
            return None;
        };
        Some((What::In(Name::Label(label)), needs, None))
    }

    /// `Link: https://… [v3]`
    fn labelled_link(&mut self) -> Option<(What, Needs, Option<usize>)> {
        self.eat("Link:");
        self.skip_blanks();
        if !is_url(self.rest) {
            return None;
        }
        let len = self.rest.find(char::is_whitespace)?;
        self.skip(len);
        self.skip_blanks();
        let close = match self.rest.chars().next()? {
            '[' => "]",
            '(' => ")",
            '#' => "",
            _ => return None,
        };
        self.skip(1);
        self.skip_blanks();
        let label = self.label()?;
        let closed = self.eat(close);
        (closed && self.rest.is_empty()).then_some((
            What::In(Name::Label(label)),
            Needs::ListAtOnce,
            None,
        ))
    }

    /// `The noteworthy changes since V1 of this series are:`
    fn phrase(&mut self) -> Option<(What, Needs, Option<usize>)> {
        const MAX_WORDS: usize = 8;
        let mut says_changes = false;
        let mut relation = None;
        let mut n_words = 0;
        let name = loop {
            if let Some(label) = self.label() {
                break Name::Label(label);
            }
            // `Changes (v3):`
            if says_changes && (self.eat("(") || self.eat("[")) {
                continue;
            }
            let word = self.word();
            n_words += 1;
            if word.is_empty() || n_words > MAX_WORDS {
                return None;
            }
            match roles(word.as_bytes()).class? {
                Word::Filler => {}
                Word::Changes => {
                    says_changes = true;
                    self.eat(":");
                }
                Word::To if relation.is_some() => {}
                Word::To => return None,
                Word::Version(name) => {
                    self.skip_blanks();
                    let noun = self.word();
                    if !roles(noun.as_bytes()).is_posting_noun {
                        return None;
                    }
                    break name;
                }
                class => relation = Some(class),
            }
            self.skip_blanks();
        };
        self.behind_name(name, says_changes, relation, n_words)
    }

    fn behind_name(
        &mut self,
        name: Name,
        says_changes: bool,
        relation: Option<Word>,
        n_words: usize,
    ) -> Option<(What, Needs, Option<usize>)> {
        let step = self.step();
        let tail = self.tail();
        let inline = match tail {
            Tail::Text(at) => Some(at),
            _ => None,
        };
        let ends = match tail {
            // `Changes since v1, all asked for by Bob:`
            Tail::Words => says_changes && self.ends_with_colon,
            Tail::Link => relation != Some(Word::Link),
            _ => true,
        };
        if let Some((to, is_arrow)) = step {
            let to = Name::Label(to);
            let ends = ends && (is_arrow || says_changes || tail == Tail::Colon);
            return ends.then_some((What::Step(name, to), Needs::Nothing, inline));
        }
        let needs = match tail {
            Tail::End | Tail::Footnote => Needs::List,
            _ => Needs::Nothing,
        };
        match relation {
            Some(Word::Link) => Some((What::Link(name), Needs::Never, None)),
            Some(Word::Since) => ends.then_some((What::Since(name), needs, inline)),
            Some(Word::In) if says_changes => ends.then_some((What::In(name), needs, inline)),
            Some(Word::In) => (tail == Tail::Colon).then_some((What::In(name), Needs::List, None)),
            Some(_) => None,
            None if says_changes => ends.then_some((What::In(name), needs, inline)),
            // `the v2:` and `version v2` are prose; `v2:` and `version 2:` are not.
            None if n_words > 0 => None,
            None => self.bare(name, tail),
        }
    }

    /// A label at the start of the line, without words before it.
    fn bare(&self, name: Name, tail: Tail) -> Option<(What, Needs, Option<usize>)> {
        let Name::Label(label) = name else {
            return None;
        };
        let needs = match tail {
            Tail::Colon => Needs::ListIfFirst,
            Tail::Link | Tail::Footnote => Needs::ListAtOnce,
            Tail::End => Needs::ListAtOnceOrNoName,
            Tail::Text(_) if label.version.is_none() => return None,
            Tail::Text(at) => {
                // `v1: 123 ops/s` is a measurement.
                let text = self.text.get(at..)?;
                let first = text.chars().next()?;
                if !first.is_alphabetic()
                    && !matches!(first, '[' | '(' | '"' | '\'' | '`' | '-' | '*' | '/')
                {
                    return None;
                }
                return Some((What::In(name), Needs::NoNewerVersion, Some(at)));
            }
            Tail::Words => return None,
        };
        Some((What::In(name), needs, None))
    }

    /// `-> v4` behind `v3`: the second label, and whether an arrow stands before it.
    fn step(&mut self) -> Option<(Label, bool)> {
        const ARROWS: [&str; 12] = [
            "-->", "--->", "->", "==>", "=>", "→", "...", "..", "…", "~", ">", "-",
        ];
        let start = self.rest;
        // `v1 [1] -> v2 [2]`, `v1 (RFC) -> v2`
        self.skip_blanks();
        // So nearly all headings end.
        if let [] | [b':', ..] = self.rest.as_bytes() {
            self.rest = start;
            return None;
        }
        self.asides();
        let first = self.rest.as_bytes().first();
        let may_be_arrow =
            first.is_some_and(|first| !first.is_ascii_alphanumeric() && *first != b':');
        let is_arrow = may_be_arrow && ARROWS.iter().any(|arrow| self.eat(arrow));
        let found = is_arrow || matches!(self.word(), "to" | "TO" | "and" | "vs");
        self.skip_blanks();
        let label = if found { self.label() } else { None };
        if label.is_none() {
            self.rest = start;
        }
        Some((label?, is_arrow))
    }

    /// Skips `(RFC)` and `[1]`; tells whether a footnote was among them.
    fn asides(&mut self) -> bool {
        const MAX_ASIDE: usize = 80;
        let mut had_footnote = false;
        loop {
            had_footnote |= footnote_len(self.rest).is_some();
            let close = match self.rest.as_bytes().first() {
                Some(b'(') => b')',
                Some(b'[') => b']',
                _ => return had_footnote,
            };
            let rest = self.rest.as_bytes();
            let near = rest.get(..rest.len().min(MAX_ASIDE)).unwrap_or(rest);
            let Some(len) = memchr(close, near) else {
                return had_footnote;
            };
            self.skip(len + 1);
            self.skip_blanks();
        }
    }

    fn tail(&mut self) -> Tail {
        let mut had_footnote = false;
        loop {
            self.skip_blanks();
            had_footnote |= self.asides();
            let _closes = self.eat(")") || self.eat("]");
            let rest = self.rest;
            if rest.is_empty() || rest == "." {
                return if had_footnote {
                    Tail::Footnote
                } else {
                    Tail::End
                };
            }
            if is_url(rest) {
                return Tail::Link;
            }
            let dash = [":", "- ", "-- ", "– ", "— "]
                .iter()
                .any(|dash| self.eat(dash));
            if dash {
                self.skip_blanks();
                let start = self.pos();
                let had_footnote = self.asides();
                let rest = self.rest;
                return match rest {
                    "" if had_footnote => Tail::Footnote,
                    "" if start == self.pos() => Tail::Colon,
                    _ if is_url(rest.trim_start_matches('<')) => Tail::Link,
                    _ => Tail::Text(start),
                };
            }
            let before = self.rest;
            let word = self.word();
            let glued = self
                .rest
                .starts_with(|next: char| next.is_alphanumeric() || next == '_');
            if word.is_empty() || glued || !roles(word.as_bytes()).is_tail {
                self.rest = before;
                return Tail::Words;
            }
        }
    }

    /// `v3`, `V3`, `RFC`, `RFCv1`, `RFC v1`, `v1 RFC`, `PATCH v2`, `version 2`, here.
    fn label(&mut self) -> Option<Label> {
        let (label, len) = label_at(self.rest)?;
        self.skip(len);
        Some(label)
    }
}

pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The word of letters, `'` and `-` that a text begins with.
pub(super) fn first_word(text: &[u8]) -> &[u8] {
    let mut len = 0;
    loop {
        let n_letters = n_letters(eight::at(text, len));
        len += n_letters;
        if n_letters < 8 {
            break;
        }
    }
    let mut word = text.get(..len).unwrap_or_default();
    while let [rest @ .., b'-'] = word {
        word = rest;
    }
    word
}

/// How many letters, `'` and `-` eight bytes begin with.
fn n_letters(word: u64) -> usize {
    let others = eight::not_ascii(word);
    let ascii = word ^ others;
    let letters = eight::letters(ascii) | eight::equal(ascii, b'\'') | eight::equal(ascii, b'-');
    let ends = (letters & !others) ^ eight::all(0x80);
    ends.trailing_zeros() as usize / 8
}

/// The length of `[12]` at the start of `text`.
pub(super) fn footnote_len(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('[')?;
    let len = inside.bytes().take_while(u8::is_ascii_digit).count();
    let closed = inside.get(len..)?.starts_with(']');
    (closed && (1..=3).contains(&len)).then_some(len + 2)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::combined::combined;

    const PIECES: [&str; 34] = [
        "v1",
        "V2:",
        " ",
        "- ",
        "** ",
        "Changes ",
        "in ",
        "since ",
        "RFC ",
        "[1]",
        "[v2] ",
        "https://x ",
        "http",
        "Link: ",
        "Link",
        "(",
        ":",
        "the ",
        "version ",
        "Version:",
        "previous ",
        "Previous",
        "first ",
        "patch ",
        "rev 2",
        "\t",
        "\u{b}",
        "\u{a0}",
        "•",
        "é",
        ">",
        "---",
        "what's ",
        "have ",
    ];

    /// Lines of up to three pieces.
    pub(in crate::model::changelog) fn lines() -> impl Iterator<Item = String> {
        combined::<3, _>(PIECES).map(|row| row.concat())
    }

    #[test]
    fn blanks_before_a_text_are_those_of_any_script() {
        for line in lines() {
            assert_eq!(trim_start(&line), line.trim_start(), "{line:?}");
        }
        for n_blanks in 0..40 {
            for behind in ["", "a", "é", "\u{a0}\ta", "\n \u{1}", "\u{9}\u{7f}"] {
                let line = format!("{}{behind}", " \t  ".repeat(10).split_at(n_blanks).0);
                assert_eq!(trim_start(&line), line.trim_start(), "{line:?}");
            }
        }
    }

    #[test]
    fn a_word_ends_where_it_ends_letter_by_letter() {
        let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-');
        for text in lines().chain((0..40).map(|len| "aZ'-".repeat(len))) {
            for behind in ["", "@", "[", "`{", "\u{7f}", "\u{e1}", "a", "-"] {
                let text = format!("{text}{behind}");
                let len = text.bytes().take_while(|byte| is_letter(*byte)).count();
                let expected = text[..len].trim_end_matches('-');
                assert_eq!(first_word(text.as_bytes()), expected.as_bytes(), "{text:?}");
            }
        }
    }

    #[test]
    fn bullets_are_those_of_any_script() {
        for line in lines() {
            let expected = decoration_of_any_script(&line);
            assert_eq!(decoration(&line), expected, "{line:?}");
        }
    }
}

//! Quoted-printable that was left undecoded: lines cut in two after `=`, and `=3D` for `=`.
//!
//! An equals sign proves nothing: `?id=306250`, `--priority=95` and code are full of them. A cut
//! line counts where quoted-printable has to cut (a line has at most 76 characters) and in the
//! middle of an address or a word; an escape counts where it stands for `=` in the query of an
//! address, or makes letters of UTF-8. Once something in an entry is certain, the lesser signs
//! count too.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::local::Seen;
use super::{Problem, QUOTED_PRINTABLE};
use crate::fixes::{Edit, Repair, What};
use crate::shown;
use crate::syntax::form;
use crate::syntax::line::{self, Line, Lines, line_around};

/// What is left of quoted-printable in an entry, a finding for every word or address.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let body = seen.entry.body.at(0);
    let Some(text) = seen.text.get(body.clone()) else {
        return;
    };
    let signs = signs(text);
    if signs.iter().any(|sign| sign.is_certain) {
        for word in damaged_words(text, &signs) {
            problems.push(problem(text, body.start, &word));
        }
    }
}

/// A piece of quoted-printable: what it is replaced by.
#[derive(Debug)]
struct Sign {
    range: Range<usize>,
    text: String,
    is_certain: bool,
    /// The line goes on behind it.
    is_break: bool,
}

/// Shortest line that quoted-printable cuts: it cuts at 76 characters, before an escape.
const SHORTEST_CUT: usize = 70;
/// Longest line of quoted-printable.
const LONGEST: usize = 76;

/// Everything that may be left of quoted-printable, in order.
fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let bytes = text.as_bytes();
    // The start of a line; those above were looked at.
    let mut pos = 0;
    for at in memchr_iter(b'=', bytes) {
        if at < pos || !may_be_sign(bytes.get(at + 1..).unwrap_or_default()) {
            continue;
        }
        let Some(line) = line_around(text, pos, at) else {
            break;
        };
        pos = line.next;
        add_signs(text, &line, &mut signs);
    }
    signs
}

/// Adds the signs of a line of `text`.
fn add_signs(text: &str, line: &Line<'_>, signs: &mut Vec<Sign>) {
    if form::diffstat_row(line.text).is_some() {
        return;
    }
    escapes(line.text, line.start, signs);
    if (SHORTEST_CUT..=LONGEST).contains(&line.text.len())
        && let Some(next) = Lines::starting_at(text, line.next).next()
        && let Some(is_certain) = is_cut(line.text, next.text)
    {
        signs.push(Sign {
            range: line.end() - 1..next.start,
            text: String::new(),
            is_certain,
            is_break: true,
        });
    }
}

/// Whether an equals sign with `behind` behind it may be a sign, as few are: an escape, or at the end of its line.
fn may_be_sign(behind: &[u8]) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    match *behind {
        [] | [b'\n' | b'\r', ..] => true,
        [high, low, ..] => is_digit(high) && is_digit(low),
        [_] => false,
    }
}

/// Whether a line is cut in the middle of a word, and whether that is certain: an address has no
/// `=` at its end.
fn is_cut(line: &str, next: &str) -> Option<bool> {
    let head = line.strip_suffix('=')?;
    let last = head.chars().next_back()?;
    let first = next.chars().next()?;
    if last.is_whitespace() || last == '=' || first.is_whitespace() || line::is_blank(next) {
        return None;
    }
    let word = head.rsplit([' ', '\t', '<', '(']).next().unwrap_or(head);
    if word.contains("://") {
        let goes_on = first.is_ascii_alphanumeric() || "/.-_?&=%#~+".contains(first);
        return goes_on.then_some(true);
    }
    let is_word = |c: char| c.is_ascii_lowercase();
    // Prose alone: a line of code or configuration may well end in `=`.
    let is_prose =
        head.matches(' ').count() >= 4 && !head.contains(['(', ')', '{', ';', '"', '\\']);
    (is_prose && is_word(last) && is_word(first)).then_some(false)
}

/// The escapes of a line.
fn escapes(line: &str, start: usize, signs: &mut Vec<Sign>) {
    let bytes = line.as_bytes();
    let mut run = Run::default();
    let mut pos = 0;
    while let Some(at) = memchr(b'=', bytes.get(pos..).unwrap_or_default()).map(|at| pos + at) {
        pos = at + 1;
        if at >= run.end() {
            run = Run::at(bytes, at);
        }
        let Some(&first) = run.rest(at).first() else {
            continue;
        };
        if in_encoded_word(line, at) {
            continue;
        }
        if first == b'=' {
            pos = at + 3;
            signs.push(Sign {
                range: start + at..start + pos,
                text: "=".to_owned(),
                is_certain: is_query(line, at),
                is_break: false,
            });
        } else if let Some(letters) = run.letters(at) {
            pos = run.end();
            signs.push(Sign {
                range: start + at..start + pos,
                text: letters.to_owned(),
                is_certain: true,
                is_break: false,
            });
        }
    }
}

/// Escapes that stand one behind the other: found once, however many of them are no letters.
#[derive(Default)]
struct Run {
    /// Where they start in their line.
    start: usize,
    /// What they stand for.
    bytes: Vec<u8>,
    /// From which of these on all are letters of UTF-8.
    letters: usize,
}

impl Run {
    /// The escapes at a place of a line.
    fn at(line: &[u8], start: usize) -> Self {
        let bytes = run_of_escapes(line.get(start..).unwrap_or_default());
        let tail = match bytes.utf8_chunks().last() {
            Some(chunk) if chunk.invalid().is_empty() => chunk.valid(),
            _ => "",
        };
        let is_other = |c: char| !c.is_alphanumeric() && !"‘’“”–—…•©®°·→ ".contains(c);
        let letters = tail.rsplit(is_other).next().unwrap_or(tail);
        Self {
            start,
            letters: bytes.len() - letters.len(),
            bytes,
        }
    }

    /// Where they end in their line.
    fn end(&self) -> usize {
        self.start + self.bytes.len() * 3
    }

    /// What those from a place of the line on stand for.
    fn rest(&self, at: usize) -> &[u8] {
        let idx = (at - self.start) / 3;
        self.bytes.get(idx..).unwrap_or_default()
    }

    /// The letters that those from a place of the line on stand for, if nothing else is among them.
    fn letters(&self, at: usize) -> Option<&str> {
        let rest = self.rest(at);
        let are_letters = self.bytes.len() - rest.len() >= self.letters;
        // In the middle of a letter none begins.
        let is_inside = rest.first().is_some_and(|byte| matches!(byte, 0x80..=0xbf));
        if !are_letters || is_inside {
            return None;
        }
        std::str::from_utf8(rest).ok()
    }
}

/// The bytes that the escapes at the start of `bytes` stand for.
fn run_of_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut run = Vec::new();
    let mut rest = bytes;
    while let [b'=', high, low, tail @ ..] = rest {
        // Quoted-printable is written with capital letters.
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'A'..=b'F' => Some(byte - b'A' + 10),
            _ => None,
        };
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            break;
        };
        let byte = high << 4 | low;
        // `=3D` ends a run: what follows it is text again.
        if byte == b'=' {
            if run.is_empty() {
                run.push(byte);
            }
            break;
        }
        if byte.is_ascii() {
            break;
        }
        run.push(byte);
        rest = tail;
    }
    run
}

/// Whether `=3D` stands where the query of an address has its `=`: `?h=3Dkvm-arm64`.
fn is_query(line: &str, at: usize) -> bool {
    let head = before(line, at);
    let word = head.rsplit([' ', '\t', '<', '(']).next().unwrap_or(head);
    let key = word.rsplit(['?', '&', ';']).next().unwrap_or(word);
    let is_key = key.len() < word.len()
        && !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let value = line.get(at + 3..).unwrap_or_default();
    // `mode=3D` is a value of its own.
    let has_value = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
    is_key && has_value
}

/// What stands before a place, as much of it as matters: a line may be long, and full of escapes.
fn before(line: &str, at: usize) -> &str {
    const MOST: usize = 400;
    &line[line.floor_char_boundary(at.saturating_sub(MOST))..at]
}

/// Whether a place is inside an encoded-word, which is another rule's.
fn in_encoded_word(line: &str, at: usize) -> bool {
    let head = before(line, at);
    head.rfind("=?").is_some_and(|open| {
        let between = &head[open..];
        between.matches('?').count() >= 3 && !between.contains(' ') && !between.contains("?=")
    })
}

/// A word or an address with its signs: where it is, from the first to the last of its lines.
struct Word<'a> {
    range: Range<usize>,
    signs: Vec<&'a Sign>,
}

/// The words that have signs.
fn damaged_words<'a>(text: &str, signs: &'a [Sign]) -> Vec<Word<'a>> {
    let bytes = text.as_bytes();
    let is_edge = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"');
    let mut words: Vec<Word<'a>> = Vec::new();
    for sign in signs {
        if let Some(word) = words.last_mut()
            && sign.range.start < word.range.end
        {
            word.signs.push(sign);
            if sign.is_break {
                word.range.end = word_end(bytes, sign.range.end, is_edge);
            }
            continue;
        }
        let head = &bytes[..sign.range.start];
        let start = head
            .iter()
            .rposition(|byte| is_edge(*byte))
            .map_or(0, |at| at + 1);
        words.push(Word {
            range: start..word_end(bytes, sign.range.end, is_edge),
            signs: vec![sign],
        });
    }
    words
}

fn word_end(bytes: &[u8], from: usize, is_edge: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let len = rest.iter().position(|byte| is_edge(*byte));
    from + len.unwrap_or(rest.len())
}

fn problem(text: &str, base: usize, word: &Word<'_>) -> Problem {
    let edits: Vec<Edit> = word
        .signs
        .iter()
        .map(|sign| Edit {
            range: sign.range.clone(),
            text: sign.text.clone(),
        })
        .collect();
    let mut right = String::new();
    let mut done = word.range.start;
    for edit in &edits {
        right.push_str(text.get(done..edit.range.start).unwrap_or_default());
        right.push_str(&edit.text);
        done = edit.range.end;
    }
    right.push_str(text.get(done..word.range.end).unwrap_or_default());
    let link = memmem::find(right.as_bytes(), b"://")
        .map(|_| right.find("http").map_or(&*right, |at| &right[at..]))
        .map(|link| link.trim_end_matches(['.', ',', ')', ';', ':', ']']));
    let whole = link.unwrap_or(&right);
    let message = format!(
        "quoted-printable left undecoded: this is {}",
        shown::short(&shown::plain(whole), 160)
    );
    let range = base + word.range.start..base + word.range.end;
    let mut problem = Problem::new(QUOTED_PRINTABLE, range, message);
    let edits = edits.into_iter().map(|edit| Edit {
        range: edit.range.start + base..edit.range.end + base,
        text: edit.text,
    });
    problem.repair = Some(Box::new(Repair {
        what: if link.is_some() {
            What::Link
        } else {
            What::Words
        },
        title: if word.signs.iter().any(|sign| sign.is_break) {
            "Join what was cut in two".to_owned()
        } else {
            "Decode it".to_owned()
        },
        edits: edits.collect(),
        elsewhere: Vec::new(),
        copy: Some(whole.to_owned()),
        certain: true,
    }));
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;

    /// The repaired words of a message.
    fn repaired(text: &str) -> Vec<String> {
        let signs = signs(text);
        if !signs.iter().any(|sign| sign.is_certain) {
            return Vec::new();
        }
        damaged_words(text, &signs)
            .iter()
            .filter_map(|word| problem(text, 0, word).repair?.copy)
            .collect()
    }

    #[test]
    fn addresses_cut_in_two_are_joined() {
        let text = "\
[2] https://lore.kernel.org/all/20251219155222.1383109-1-sascha.bischoff@ar=
m.com/
[3] https://git.kernel.org/pub/scm/linux/kernel/git/maz/arm-platforms.git/l=
og/?h=3Dkvm-arm64/gicv5-full
";
        assert_eq!(
            repaired(text),
            [
                "https://lore.kernel.org/all/20251219155222.1383109-1-sascha.bischoff@arm.com/",
                "https://git.kernel.org/pub/scm/linux/kernel/git/maz/arm-platforms.git/log/?h=kvm-arm64/gicv5-full",
            ]
        );
    }

    #[test]
    fn signs_stand_where_they_may() {
        let long = "x".repeat(69);
        let pieces = [
            "=",
            "=3D",
            "=C3=B6",
            "=c3",
            "=3",
            "A",
            "\n",
            "\r\n",
            "words of it ",
            &long,
            "://e.org/?a",
            " | 3 +",
            "ü",
        ];
        for text in combined::<4, _>(pieces).map(|row| row.concat()) {
            // Without a look at what may be a sign.
            let mut expected = Vec::new();
            for line in Lines::new(&text).filter(|line| line.text.contains('=')) {
                add_signs(&text, &line, &mut expected);
            }
            let ranges = |signs: &[Sign]| -> Vec<_> {
                let ranges = signs
                    .iter()
                    .map(|sign| (sign.range.clone(), sign.is_certain));
                ranges.collect()
            };
            assert_eq!(ranges(&signs(&text)), ranges(&expected), "{text:?}");
        }
    }

    #[test]
    fn letters_of_utf8_are_decoded() {
        assert_eq!(repaired("thanks to L=C3=B3pez, see x\n"), ["López,"]);
        assert_eq!(
            repaired("https://e.org/?a=3Db, see x\n"),
            ["https://e.org/?a=b"]
        );
    }

    #[test]
    fn letters_are_decoded_behind_escapes_that_are_none() {
        for (text, right) in [
            ("a=FF=C3=B6", &["a=FFö"][..]),
            ("a=B6=C3=B6=C3=B6", &["a=B6öö"]),
            ("a=E4=B8=C3=B6", &["a=E4=B8ö"]),
            ("a=E2=88=9E=C3=B6", &["a=E2=88=9Eö"]),
            ("a=C3=B6=3D", &["aö="]),
            ("a=C3=B6=C3", &[]),
            ("a=C3=B6=FF", &[]),
        ] {
            assert_eq!(repaired(text), right, "{text}");
        }
    }

    #[test]
    fn equals_signs_are_no_damage() {
        for text in [
            "https://e.org/x?id=306250 and --priority=95\n",
            "    In v6.19+, yield_task_fair() performs forfeit (se->vruntime =\nse->deadline)\n",
            "set CONFIG_A=3D_GRAPHICS or mode=3D here\n",
            "https://e.org/?view=3D\n",
            "=?UTF-8?q?Carlos=20L=C3=B3pez?= wrote\n",
            "0xdeadbeef=CAFE=BABE\n",
            "qemu-system-x86_64 -machine q35 -cpu host -smp 4 -m 4096 -append root=\nfs\n",
        ] {
            assert_eq!(repaired(text), [""; 0], "{text}");
        }
    }
}

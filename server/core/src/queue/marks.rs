//! What a reader has noted about series: marks, in the words that b4 uses, and the text file they
//! are kept in.
//!
//! The file is for people and for version control: one line per series, sorted by title, fields
//! separated by tabs. A change touches the line of its series alone, so that two people's changes
//! merge; what cannot be read (a damaged line, the markers of a conflict) stays where it is and is
//! reported. This module makes text of values and back; reading, locking and writing files is up
//! to the caller.
//!
//! ```text
//! # patch-digest marks 1
//! KVM: SEV: use mutex guards   clopez@suse.de   v2   waiting   asked for a selftest
//! ```

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crate::model::subject::Version;
use crate::model::titles::squeeze;
use crate::shown;
use crate::workspace::{Day, Label};

/// The format that [`Marks::text`] writes.
pub const FORMAT: u32 = 1;

/// How the first line of the file begins.
const HEADER: &str = "# patch-digest marks ";

/// What a reader did about a series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Mark {
    /// Nothing yet.
    #[default]
    New,
    /// Is at it.
    Reviewing,
    /// Answered.
    Replied,
    /// Waits for the poster.
    Waiting,
    /// Wants to see it again later.
    Snoozed(Until),
    /// Took it.
    Accepted,
    /// Is done with it.
    Archived,
    /// Never wants to see it again, newer versions included.
    Ignored,
}

/// When a snoozed series comes back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Until {
    /// On a day, `2026-12-01`.
    Day(Day),
    /// With a version.
    Version(Version),
}

impl Mark {
    /// The words for all marks but `snoozed`, which needs a time.
    pub const WORDS: &'static [&'static str] = &[
        "new",
        "reviewing",
        "replied",
        "waiting",
        "snoozed",
        "accepted",
        "archived",
        "ignored",
    ];

    /// The word for it, without when a snoozed series comes back.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reviewing => "reviewing",
            Self::Replied => "replied",
            Self::Waiting => "waiting",
            Self::Snoozed(_) => "snoozed",
            Self::Accepted => "accepted",
            Self::Archived => "archived",
            Self::Ignored => "ignored",
        }
    }

    /// One letter for it, for lists.
    #[must_use]
    pub fn letter(&self) -> char {
        match self {
            Self::New => ' ',
            Self::Reviewing => 'r',
            Self::Replied => 'R',
            Self::Waiting => 'w',
            Self::Snoozed(_) => 's',
            Self::Accepted => 'a',
            Self::Archived => 'x',
            Self::Ignored => 'i',
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snoozed(Until::Day(day)) => write!(f, "snoozed until {day}"),
            Self::Snoozed(Until::Version(version)) => write!(f, "snoozed until v{version}"),
            mark => f.write_str(mark.word()),
        }
    }
}

impl FromStr for Mark {
    type Err = String;

    /// Reads `waiting`, `snoozed until 2026-12-01`, `snoozed until v5`; the `until` may be left
    /// out.
    ///
    /// # Errors
    ///
    /// What was expected, for people.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let mark = match text {
            "new" => Self::New,
            "reviewing" => Self::Reviewing,
            "replied" => Self::Replied,
            "waiting" => Self::Waiting,
            "accepted" => Self::Accepted,
            "archived" => Self::Archived,
            "ignored" => Self::Ignored,
            _ => {
                let Some(rest) = text.strip_prefix("snoozed") else {
                    return Err(format!(
                        "unknown mark `{}`: expected one of {}",
                        shown::plain(&shown::short(text, 40)),
                        Self::WORDS.join(", ")
                    ));
                };
                let rest = rest.trim();
                let when = rest.strip_prefix("until").unwrap_or(rest).trim();
                Self::Snoozed(until(when).ok_or_else(|| {
                    format!(
                        "snoozed until when? Expected a day or a version, as in \
                         `snoozed until 2026-12-01` or `snoozed until v5`, found `{}`",
                        shown::plain(&shown::short(when, 40))
                    )
                })?)
            }
        };
        Ok(mark)
    }
}

fn until(when: &str) -> Option<Until> {
    if let Ok(day) = when.parse() {
        return Some(Until::Day(day));
    }
    Version::parse(when.strip_prefix(['v', 'V'])?).map(Until::Version)
}

/// What a mark is kept under: the poster's address and the title of a version of the series.
/// Equal whatever the case and white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    title: String,
    poster: String,
}

impl Key {
    /// The key of a posting.
    #[must_use]
    pub fn new(title: &str, poster: &str) -> Self {
        Self {
            title: field(title).to_lowercase(),
            poster: field(poster).to_lowercase(),
        }
    }
}

/// What is noted of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The title of the version that was marked.
    pub title: String,
    /// Its poster's address.
    pub poster: String,
    /// That version.
    pub version: Label,
    /// The mark.
    pub mark: Mark,
    /// One line, or nothing.
    pub note: String,
}

impl Marked {
    /// What it is kept under.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::new(&self.title, &self.poster)
    }

    fn line(&self) -> String {
        format!(
            "{}\t{}\t{}\t{}\t{}",
            field(&self.title),
            field(&self.poster),
            self.version,
            self.mark,
            field(&self.note)
        )
        .trim_end()
        .to_owned()
    }

    fn parse(line: &str) -> Result<Self, String> {
        let mut fields = line.split('\t');
        let mut next = |what: &str| {
            fields.next().map(str::trim).ok_or_else(|| {
                format!(
                    "no {what}: expected title, poster, version, mark and note, separated by tabs"
                )
            })
        };
        let title = next("title")?.to_owned();
        let poster = next("poster")?.to_owned();
        let version = next("version")?;
        let mark = next("mark")?.parse()?;
        let note = fields.collect::<Vec<_>>().join(" ").trim().to_owned();
        let version = Label::parse(version).ok_or_else(|| {
            format!(
                "`{}` is no version: expected one like `v2` or `RFC v1`",
                shown::plain(&shown::short(version, 40))
            )
        })?;
        if title.is_empty() {
            return Err("no title".to_owned());
        }
        Ok(Self {
            title,
            poster,
            version,
            mark,
            note,
        })
    }
}

/// One field of a line: what would end the field or the line, or drive a terminal, is gone.
fn field(text: &str) -> String {
    shown::plain(&squeeze(text)).into_owned()
}

/// Something in the file that cannot be used as it stands, and is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong and what to do, for people.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Marked(Marked, String),
    /// A comment, an empty line, or one that cannot be read.
    Other(String),
}

impl Line {
    fn raw(&self) -> &str {
        match self {
            Self::Marked(_, raw) | Self::Other(raw) => raw,
        }
    }
}

/// All marks of a file, with everything else that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    lines: Vec<Line>,
    /// The lines of each series, ascending; more than one after a merge.
    by_key: HashMap<Key, Vec<usize>>,
    troubles: Vec<Trouble>,
    /// The format of the file where it is newer than ours.
    newer: Option<u32>,
}

impl Marks {
    /// Reads a file's text; every text can be read.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut marks = Self::default();
        for (idx, raw) in text
            .strip_suffix('\n')
            .unwrap_or(text)
            .split('\n')
            .enumerate()
        {
            if text.is_empty() {
                break;
            }
            let line = marks.parse_line(idx + 1, raw);
            marks.lines.push(line);
        }
        marks.reindex();
        let mut doubles: Vec<_> = marks
            .by_key
            .values()
            .filter(|lines| lines.len() > 1)
            .collect();
        doubles.sort();
        for lines in doubles {
            let [first, .., last] = lines[..] else {
                continue;
            };
            marks.troubles.push(Trouble {
                line: last + 1,
                message: format!(
                    "the series of line {} is marked again; this mark counts, marking it anew leaves one",
                    first + 1
                ),
            });
        }
        marks.troubles.sort_by_key(|trouble| trouble.line);
        marks
    }

    fn parse_line(&mut self, number: usize, raw: &str) -> Line {
        let text = raw.strip_suffix('\r').unwrap_or(raw);
        let mut trouble = |message: String| {
            self.troubles.push(Trouble {
                line: number,
                message,
            });
        };
        if let Some(format) = text.strip_prefix(HEADER) {
            match format.trim().parse::<u32>() {
                Ok(format) if format > FORMAT => {
                    self.newer = Some(format);
                    trouble(format!(
                        "written by a newer patch-digest (format {format}, this one knows {FORMAT}): \
                         marks are read as far as possible and not changed; update patch-digest"
                    ));
                }
                Ok(_) => {}
                Err(_) => trouble(format!("expected `{HEADER}{FORMAT}`, found another format")),
            }
            return Line::Other(raw.to_owned());
        }
        if text.trim().is_empty() || text.starts_with("# ") || text == "#" {
            return Line::Other(raw.to_owned());
        }
        if is_conflict_marker(text) {
            if text.starts_with('<') {
                trouble(
                    "a merge left both sides here: both are kept, the last mark of a series counts; \
                     remove the markers once it is right"
                        .to_owned(),
                );
            }
            return Line::Other(raw.to_owned());
        }
        match Marked::parse(text) {
            Ok(marked) => Line::Marked(marked, raw.to_owned()),
            Err(message) => {
                trouble(format!("kept, but not understood: {message}"));
                Line::Other(raw.to_owned())
            }
        }
    }

    fn reindex(&mut self) {
        self.by_key.clear();
        for (idx, line) in self.lines.iter().enumerate() {
            if let Line::Marked(marked, _) = line {
                self.by_key.entry(marked.key()).or_default().push(idx);
            }
        }
    }

    /// The text of the file: lines that were not changed are as they were.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(line.raw());
            text.push('\n');
        }
        text
    }

    /// Whether the text is of something else: there is one, and no line says that it is of marks.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        let mut lines = self.lines.iter().map(Line::raw);
        let has_text = self.lines.iter().any(|line| !line.raw().trim().is_empty());
        has_text && !lines.any(|line| line.starts_with(HEADER))
    }

    /// What is noted under a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Marked> {
        let last = *self.by_key.get(key)?.last()?;
        match self.lines.get(last)? {
            Line::Marked(marked, _) => Some(marked),
            Line::Other(_) => None,
        }
    }

    /// All that is noted, in the order of the file; of a series that stands twice the last line.
    pub fn iter(&self) -> impl Iterator<Item = &Marked> {
        self.lines.iter().enumerate().filter_map(|(idx, line)| {
            let Line::Marked(marked, _) = line else {
                return None;
            };
            let is_last = self.by_key.get(&marked.key())?.last() == Some(&idx);
            is_last.then_some(marked)
        })
    }

    /// What cannot be used as it stands, in the order of the file.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// The format of the file where it is newer than ours: then nothing may be changed.
    #[must_use]
    pub fn newer_format(&self) -> Option<u32> {
        self.newer
    }

    /// Notes something of a series in place of what was noted under `keys`, the keys of its other
    /// versions; a new series' line goes where the order of titles has it. A mark `new` without
    /// note takes the line away.
    ///
    /// # Errors
    ///
    /// For people, when the file is of a newer format; then nothing was changed.
    pub fn set(&mut self, marked: Marked, keys: &[Key]) -> Result<(), String> {
        if let Some(format) = self.newer {
            return Err(format!(
                "the marks were written by a newer patch-digest (format {format}) and are not changed; \
                 update patch-digest"
            ));
        }
        let own = marked.key();
        let mut old: Vec<usize> = keys
            .iter()
            .chain([&own])
            .filter_map(|key| self.by_key.get(key))
            .flatten()
            .copied()
            .collect();
        old.sort_unstable();
        old.dedup();
        for idx in old.into_iter().rev() {
            self.lines.remove(idx);
        }
        let says_nothing = marked.mark == Mark::New && field(&marked.note).is_empty();
        if !says_nothing {
            if self.lines.is_empty() {
                self.lines.push(Line::Other(format!("{HEADER}{FORMAT}")));
            }
            let raw = marked.line();
            let before = self
                .lines
                .iter()
                .position(|line| matches!(line, Line::Marked(other, _) if other.key() > own));
            let last = self
                .lines
                .iter()
                .rposition(|line| matches!(line, Line::Marked(..)))
                .map(|last| last + 1);
            let at = before.or(last).unwrap_or(self.lines.len());
            self.lines.insert(at, Line::Marked(marked, raw));
        }
        // Numbers of lines have changed, and a series that stood twice stands once.
        *self = Self::parse(&self.text());
        Ok(())
    }
}

fn is_conflict_marker(text: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| {
            text.strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(title: &str, mark: &str, note: &str) -> Marked {
        Marked {
            title: title.to_owned(),
            poster: "a@example.org".to_owned(),
            version: Label::parse("v2").unwrap(),
            mark: mark.parse().unwrap(),
            note: note.to_owned(),
        }
    }

    fn set(marks: &mut Marks, title: &str, mark: &str, note: &str) {
        marks.set(marked(title, mark, note), &[]).unwrap();
    }

    #[test]
    fn marks_are_read_as_they_are_written() {
        for word in [
            "new",
            "reviewing",
            "replied",
            "waiting",
            "snoozed until 2026-12-01",
            "snoozed until v5.5",
            "accepted",
            "archived",
            "ignored",
        ] {
            assert_eq!(word.parse::<Mark>().unwrap().to_string(), word);
        }
        assert_eq!("snoozed v5".parse(), "snoozed until v5".parse::<Mark>());
        for (bad, says) in [
            ("done", "unknown mark `done`: expected one of new,"),
            ("snoozed", "snoozed until when?"),
            ("snoozed until 2026-02-30", "found `2026-02-30`"),
            ("snoozed until v\x1b[2J", "found `v\u{fffd}[2J`"),
        ] {
            let error = bad.parse::<Mark>().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_series_keeps_one_line_sorted_by_title() {
        let mut marks = Marks::parse("");
        set(&mut marks, "mm: b", "waiting", "asked for a test");
        set(&mut marks, "KVM: a", "reviewing", "");
        set(&mut marks, "x86: c", "snoozed until v3", "");
        set(&mut marks, "MM:  b", "replied", "thanks");
        assert_eq!(
            marks.text(),
            "# patch-digest marks 1\n\
             KVM: a\ta@example.org\tv2\treviewing\n\
             MM: b\ta@example.org\tv2\treplied\tthanks\n\
             x86: c\ta@example.org\tv2\tsnoozed until v3\n"
        );
        set(&mut marks, "kvm: A", "new", "");
        assert!(marks.get(&Key::new("KVM: a", "a@example.org")).is_none());
        assert_eq!(marks.iter().count(), 2);
    }

    #[test]
    fn a_new_title_takes_the_place_of_the_old_one() {
        let mut marks = Marks::parse("");
        set(&mut marks, "old", "waiting", "note");
        let old = Key::new("old", "a@example.org");
        marks.set(marked("new", "waiting", "note"), &[old]).unwrap();
        assert_eq!(
            marks.text(),
            "# patch-digest marks 1\nnew\ta@example.org\tv2\twaiting\tnote\n"
        );
    }

    #[test]
    fn what_a_digest_says_cannot_break_the_file() {
        let mut marks = Marks::parse("");
        set(
            &mut marks,
            "a\tb\nc\u{202e}d\x1b[1m",
            "waiting",
            "one\ntwo\tthree",
        );
        let text = marks.text();
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains(['\x1b', '\u{202e}']));
        assert_eq!(Marks::parse(&text), marks);
        assert!(
            marks
                .get(&Key::new("a\tb\nc\u{202e}d\x1b[1m", "A@example.org"))
                .is_some()
        );
    }

    #[test]
    fn damage_is_kept_where_it_is_and_told() {
        let text =
            "# patch-digest marks 1\r\nno tabs here\n\na\tb@c\tv1\tdone\t\nx\ty@z\tv1\twaiting\r\n";
        let mut marks = Marks::parse(text);
        assert_eq!(marks.text(), text);
        let told: Vec<_> = marks
            .troubles()
            .iter()
            .map(|trouble| format!("{}: {}", trouble.line, trouble.message))
            .collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("2: kept, but not understood: no poster"),
            "{}",
            told[0]
        );
        assert!(
            told[1].starts_with("4: kept, but not understood: unknown mark `done`"),
            "{}",
            told[1]
        );
        set(&mut marks, "y", "waiting", "");
        assert_eq!(
            marks.text(),
            format!("{text}y\ta@example.org\tv2\twaiting\n")
        );
    }

    #[test]
    fn both_sides_of_a_conflict_are_kept_until_the_series_is_marked_anew() {
        let text = "# patch-digest marks 1\n<<<<<<< ours\nt\ta@example.org\tv1\twaiting\n=======\n\
                    t\ta@example.org\tv2\taccepted\tby us\n>>>>>>> theirs\n";
        let mut marks = Marks::parse(text);
        assert_eq!(marks.text(), text);
        assert_eq!(marks.iter().count(), 1);
        assert_eq!(
            marks.get(&Key::new("t", "a@example.org")).unwrap().note,
            "by us"
        );
        let lines: Vec<_> = marks
            .troubles()
            .iter()
            .map(|trouble| trouble.line)
            .collect();
        assert_eq!(lines, [2, 5]);
        set(&mut marks, "t", "archived", "");
        assert_eq!(
            marks.text(),
            "# patch-digest marks 1\n<<<<<<< ours\n=======\n>>>>>>> theirs\nt\ta@example.org\tv2\tarchived\n"
        );
    }

    #[test]
    fn a_file_of_a_newer_format_is_read_and_not_changed() {
        let text = "# patch-digest marks 2\nt\ta@example.org\tv1\twaiting\n";
        let mut marks = Marks::parse(text);
        assert!(marks.get(&Key::new("t", "a@example.org")).is_some());
        let error = marks.set(marked("t", "archived", ""), &[]).unwrap_err();
        assert!(error.contains("newer patch-digest (format 2)"), "{error}");
        assert_eq!(marks.text(), text);
        assert_eq!(marks.troubles().len(), 1);
    }
}

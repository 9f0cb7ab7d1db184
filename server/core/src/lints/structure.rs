//! Rules about the structure of a digest: headers, headings, tables, the heads and ends of
//! entries, log lines.

use std::borrow::Cow;
use std::ops::Range;

use super::local::Seen;
use super::{
    BAD_HEADER, BAD_TITLE_LINE, EXIST_WITHOUT_SKIP, HEADING_MISSING, HEADING_ORDER, MALFORMED_TAG,
    MISSING_AUTHOR, MISSING_SEPARATOR, MISSING_SUBJECT, NOT_A_DIGEST, Problem, RANGE_MISMATCH,
    Rule, SKIP_WITHOUT_EXIST, STRAY_TEXT, TABLE_ROW, TITLE_DIFFERS, UNKNOWN_EXIST,
    UNREADABLE_AUTHOR,
};
use crate::digest::Digest;
use crate::fixes::{Edit, Repair, What};
use crate::model::header::Header;
use crate::model::subject;
use crate::model::tables::Table;
use crate::model::titles::same_squeezed;
use crate::shown;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, HeadLine};
use crate::syntax::line::{self, Heading, Lines, SEPARATOR_LEN};

/// Adds what is wrong with the structure as a whole.
pub(super) fn check(digest: &Digest, problems: &mut Vec<Problem>) {
    let mut checker = Checker { digest, problems };
    if !digest.is_digest() {
        checker.not_a_digest();
        return;
    }
    checker.headings();
    let first = digest.blocks().iter().next();
    if first.is_some_and(|place| place.block.kind != BlockKind::Header) {
        let message = "the header is missing: a digest begins with \"From <from> to <to>\"";
        checker.report(BAD_HEADER, digest.text().line_range(0), message);
    }
    checker.unknown_exist();
}

/// Adds what is wrong with the structure of one block; how an entry ends depends on its place.
pub(super) fn block(digest: &Digest, place: &Place<'_>, problems: &mut Vec<Problem>) {
    let mut checker = Checker { digest, problems };
    match place.block.kind {
        BlockKind::Header => checker.header(place),
        BlockKind::Heading(heading) => checker.heading(place, heading),
        BlockKind::Entry => {
            if let Some(entry) = place
                .block
                .entry()
                .filter(|entry| entry.separator.is_none())
            {
                let is_last = place.before.blocks + 1 == digest.blocks().sum().blocks;
                checker.unterminated(place, entry, is_last);
            }
        }
        BlockKind::Exist | BlockKind::Skip => checker.log(place),
        BlockKind::Stray => checker.stray(place),
    }
}

/// The head of an entry; how it ends depends on what is around it.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let first = Lines::starting_at(seen.text, 0).next();
    let new_line = 0..first.map_or(0, |line| line.end());
    match seen.entry.subject {
        None => {
            let message = "no subject below: expected \"[PATCH …] <title>\"";
            problems.push(Problem::new(MISSING_SUBJECT, new_line.clone(), message));
        }
        Some(line) => subject(seen, line, problems),
    }
    author(seen, &new_line, problems);
}

fn subject(seen: &Seen<'_>, line: HeadLine, problems: &mut Vec<Problem>) {
    let subject = line.span.text(seen.text);
    let at = line.span.at(0);
    let Some(parts) = seen.subject else {
        let message = "no tag that can be read: expected \"[PATCH …] <title>\"";
        problems.push(Problem::new(MALFORMED_TAG, at, message));
        return;
    };
    for problem in parts.tag.problems() {
        let range = at.start + problem.range.start..at.start + problem.range.end;
        let message = problem.message(subject);
        problems.push(Problem::new(MALFORMED_TAG, range, shown::plain(&message)));
    }
    let title = parts.title(subject);
    let shown_title = seen.entry.title.text(seen.text);
    if same_squeezed(title, shown_title) {
        return;
    }
    let message = format!(
        "title {} differs from the subject's {}",
        quoted(shown_title),
        quoted(title)
    );
    let start = at.end.saturating_sub(title.len());
    let range = seen.entry.title.at(0);
    let mut problem =
        Problem::new(TITLE_DIFFERS, range.clone(), message).because(start..at.end, "the subject");
    // White space at the end of the line is often lost with the title.
    let head = seen.text.get(..range.start).unwrap_or_default();
    let blanks = head.strip_prefix("New:").map_or(2, str::len);
    problem.repair = Some(Box::new(Repair {
        what: What::Title,
        title: "Take over the title of the subject".to_owned(),
        edits: vec![Edit {
            range,
            text: format!(
                "{:indent$}{title}",
                "",
                indent = 2_usize.saturating_sub(blanks)
            ),
        }],
        elsewhere: Vec::new(),
        copy: Some(title.to_owned()),
        // It may be the subject that is wrong.
        certain: false,
    }));
    problems.push(problem);
}

fn author(seen: &Seen<'_>, new_line: &Range<usize>, problems: &mut Vec<Problem>) {
    let entry = seen.entry;
    let (rule, range, message) = match (entry.author, entry.bad_author) {
        (Some(line), _) => {
            if entry.facts().author.is_some() {
                return;
            }
            (
                UNREADABLE_AUTHOR,
                line.span.at(0),
                "no address that can be read: expected \"Author: <name> <address>\"",
            )
        }
        (None, Some(line)) => (
            MISSING_AUTHOR,
            line.span.at(0),
            "expected \"Author: <name> <address>\" on this line",
        ),
        (None, None) => (
            MISSING_AUTHOR,
            entry
                .subject
                .map_or(new_line.clone(), |line| line.span.at(0)),
            "no \"Author: <name> <address>\" below",
        ),
    };
    problems.push(Problem::new(rule, range, message));
}

struct Checker<'a> {
    digest: &'a Digest,
    problems: &'a mut Vec<Problem>,
}

/// A value of the digest in a message.
fn quoted(text: &str) -> String {
    format!("\"{}\"", shown::short(&shown::plain(text), 80))
}

impl Checker<'_> {
    fn report(&mut self, rule: &'static Rule, range: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem::new(rule, range, message));
    }

    fn not_a_digest(&mut self) {
        let text = self.digest.text();
        let message = if text.is_empty() {
            "the file is empty; a digest begins with \"From <from> to <to>\""
        } else {
            "this is no digest: it does not begin with \"From <from> to <to>\" and has no entry"
        };
        let line = text.line_range(0);
        // A line of megabytes is not worth underlining.
        let end = text.floor_char_boundary(line.end.min(line.start + 200));
        self.report(NOT_A_DIGEST, line.start..end, message);
    }

    fn header(&mut self, place: &Place<'_>) {
        let text = self.digest.block_text(place);
        let header = Header::parse(&text);
        let at = |range: &Range<usize>| place.start() + range.start..place.start() + range.end;
        // A second line on the first's place: the first is missing.
        let first_is_title = header.title.is_some() && header.title_line == header.range_line;
        if header.commits.is_none() {
            let message =
                "expected \"From <from> to <to>\" with two commit ids of 7 to 40 hex digits";
            self.report(BAD_HEADER, at(&header.range_line), message);
        }
        if header.title.is_none() {
            let line = if header.title_line.is_empty() {
                &header.range_line
            } else {
                &header.title_line
            };
            let message =
                "expected \"<LIST> mailing list update from <from> to <to>\" on the second line";
            self.report(BAD_TITLE_LINE, at(line), message);
        }
        if let (Some((from, to)), Some((_, title_from, title_to)), false) =
            (&header.commits, &header.title, first_is_title)
            && (from, to) != (title_from, title_to)
        {
            let message = format!(
                "the title line says {title_from} to {title_to}, the first line {from} to {to}"
            );
            self.problems.push(
                Problem::new(RANGE_MISMATCH, at(&header.title_line), message)
                    .because(at(&header.range_line), "the first line"),
            );
        }
        self.stray_lines(place.start(), &header.other);
    }

    /// Neighbouring lines that belong to nothing are one finding.
    fn stray_lines(&mut self, base: usize, lines: &[Range<usize>]) {
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            let message = "text that belongs neither to the header nor to a table";
            self.report(STRAY_TEXT, base + first.start..base + last.end, message);
        }
    }

    fn headings(&mut self) {
        let expected = [
            Heading::Domains,
            Heading::Contributors,
            Heading::PatchList,
            Heading::Messages,
        ];
        let blocks = self.digest.blocks();
        let kinds = (0..blocks.sum().headings).filter_map(|idx| blocks.heading(idx));
        if kinds
            .map(|place| place.block.kind)
            .eq(expected.map(BlockKind::Heading))
        {
            return;
        }
        let line_of = |place: &Place<'_>| self.digest.text().line_range(place.line());
        let found: Vec<(Heading, Range<usize>)> = (0..blocks.sum().headings)
            .filter_map(|idx| blocks.heading(idx))
            .filter_map(|place| match place.block.kind {
                BlockKind::Heading(heading) => Some((heading, line_of(&place))),
                _ => None,
            })
            .collect();
        let first = blocks.get(0);
        let header = first.filter(|place| place.block.kind == BlockKind::Header);
        let header_end = header.map_or(0..0, |place| {
            let range = self.digest.text().line_range(place.line() + 1);
            if place.range().contains(&range.start) {
                range
            } else {
                place.range()
            }
        });
        let first_entry = blocks.entry(0).map(|place| line_of(&place));
        for heading in expected {
            if !found.iter().any(|(other, _)| *other == heading) {
                // Reported at the line that it should follow.
                let before = found
                    .iter()
                    .filter(|(other, _)| *other < heading)
                    .map(|(_, range)| range.clone())
                    .next_back();
                let range = before.unwrap_or_else(|| {
                    if header_end.is_empty() {
                        first_entry.clone().unwrap_or(0..0)
                    } else {
                        header_end.clone()
                    }
                });
                self.report(
                    HEADING_MISSING,
                    range,
                    format!("the heading \"{}\" is missing", heading.text()),
                );
            }
        }
        let mut highest: Option<Heading> = None;
        for (heading, range) in found {
            match highest {
                Some(other) if other == heading => {
                    self.report(
                        HEADING_ORDER,
                        range,
                        "this heading stands here a second time",
                    );
                }
                Some(other) if other > heading => {
                    let message = format!("this heading should stand before \"{}\"", other.text());
                    self.report(HEADING_ORDER, range, message);
                }
                _ => highest = Some(heading),
            }
        }
    }

    fn heading(&mut self, place: &Place<'_>, heading: Heading) {
        let (table, expected) = match heading {
            Heading::Domains => (0, "\"<count> <domain>\""),
            Heading::Contributors => (1, "\"<count>  <name> <address>\""),
            Heading::PatchList | Heading::Messages => return,
        };
        let model = self.digest.model();
        // The model has read the first of each.
        let read = [&model.domains, &model.contributors].into_iter().nth(table);
        let is_read = super::table_start(self.digest, table) == Some(place.start());
        let table = match read.filter(|_| is_read) {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(Table::parse(&self.digest.block_text(place), heading)),
        };
        for range in &table.other {
            let at = place.start() + range.start..place.start() + range.end;
            self.report(
                TABLE_ROW,
                at,
                format!("not a row of this table: expected {expected}"),
            );
        }
    }

    /// An entry that does not end with a separator: text was put behind it, or it is missing.
    fn unterminated(&mut self, place: &Place<'_>, entry: &Entry, is_last: bool) {
        let text = self.digest.block_text(place);
        let new_line = self.digest.text().line_range(place.line());
        if let (Some(inner), Some((_, last))) = (entry.inner_separator, entry.body_lines)
            && !is_last
        {
            let mut lines = Lines::new(&text)
                .enumerate()
                .skip(inner.line() as usize + 1);
            let first = lines.find(|(_, line)| !line.is_blank());
            let n_lines = first.map_or(0, |(number, _)| (last as usize + 1).saturating_sub(number));
            if let Some((_, first)) = first.filter(|_| n_lines > 0) {
                let range = place.start() + first.start..place.start() + entry.body.end as usize;
                self.report(
                    STRAY_TEXT,
                    range,
                    "text between the separator and the next entry",
                );
                return;
            }
        }
        // At the last line, where the separator should follow.
        let last = entry
            .body_lines
            .map(|(_, last)| place.line() + last as usize);
        let range = last.map_or_else(
            || new_line.clone(),
            |line| self.digest.text().line_range(line),
        );
        let message = "the entry ends without a separator: expected a line of 70 dashes below";
        let mut problem =
            Problem::new(MISSING_SEPARATOR, range, message).because(new_line, "the entry");
        problem.repair = Some(separator(place.start(), entry, &text));
        self.problems.push(problem);
    }

    fn log(&mut self, place: &Place<'_>) {
        let Some(lines) = place.block.log_lines() else {
            return;
        };
        let line = self.digest.text().line_range(place.line());
        if lines.exist.is_some() && lines.skip.is_none() {
            self.report(
                EXIST_WITHOUT_SKIP,
                line.clone(),
                "no \" Skip: \" line below: the mail that was left out",
            );
        }
        if lines.exist.is_none() {
            self.report(
                SKIP_WITHOUT_EXIST,
                line,
                "no \"Exist: \" line above: the entry that stayed",
            );
        }
    }

    fn unknown_exist(&mut self) {
        let digest = self.digest;
        if digest.blocks().sum().logs == 0 {
            return;
        }
        for &pair in &digest.model().unknown_exist {
            if let Some(place) = digest.blocks().log(pair) {
                let line = digest.text().line_range(place.line());
                self.report(UNKNOWN_EXIST, line, "no entry above has this subject");
            }
        }
    }

    fn stray(&mut self, place: &Place<'_>) {
        let text = self.digest.block_text(place);
        let mut lines = Lines::new(&text).map(|line| line.text);
        let head = [(); 3].map(|()| lines.next().unwrap_or_default());
        if line::is_headless(head) {
            let at = |range: Range<usize>| place.start() + range.start..place.start() + range.end;
            let message = "an entry without its first line: expected \"New:  <title>\" here";
            let mut problem = Problem::new(STRAY_TEXT, at(0..head[0].len()), message);
            let edit = new_line(head[0], head[1], line_end(&text)).map(|(range, text)| Edit {
                range: at(range),
                text,
            });
            problem.repair = edit.map(|edit| structure("Write the first line", vec![edit]));
            self.problems.push(problem);
            return;
        }
        let last = Lines::new(&text)
            .filter(|line| !line.is_blank())
            .last()
            .map_or(0, |line| line.end());
        let message = if line::commit_range(head[0]).is_some() {
            "another digest begins here: expected each in a file of its own"
        } else {
            "text outside of entries: expected \"New:  <title>\" or a log line"
        };
        self.report(STRAY_TEXT, place.start()..place.start() + last, message);
    }
}

/// What makes `first` the first line of an entry, if nothing of it is lost by that: bytes of it, and
/// what to write there. It is the subject, or stands above it and ends with its title.
fn new_line(first: &str, second: &str, line_end: &str) -> Option<(Range<usize>, String)> {
    /// Bytes of a `New:  ` that was damaged.
    const MOST_DAMAGED: usize = 10;
    let is_subject = line::is_subject(first);
    let subject = if is_subject { first } else { second };
    let parts = subject::parse_subject(subject)?;
    let title = parts.title(subject);
    if title.is_empty() {
        return None;
    }
    if is_subject {
        return Some((0..0, format!("New:  {title}{line_end}")));
    }
    let shown = first.trim_end();
    let damaged = shown.strip_suffix(title)?;
    (damaged.len() <= MOST_DAMAGED).then(|| (0..damaged.len(), "New:  ".to_owned()))
}

/// How the lines of a text end.
fn line_end(text: &str) -> &'static str {
    let mut ends = ["\r\n", "\r", "\n"].into_iter();
    ends.find(|end| text.contains(end)).unwrap_or("\n")
}

/// A certain repair of what holds a digest together.
fn structure(title: &str, edits: Vec<Edit>) -> Box<Repair> {
    Box::new(Repair {
        what: What::Structure,
        title: title.to_owned(),
        edits,
        elsewhere: Vec::new(),
        copy: None,
        certain: true,
    })
}

/// Ends an entry with a separator: one that has a few dashes too many or too few is put right.
fn separator(start: usize, entry: &Entry, text: &str) -> Box<Repair> {
    let separator = "-".repeat(SEPARATOR_LEN);
    let last = Lines::new(text).filter(|line| !line.is_blank()).last();
    let (range, inserted) = match last {
        Some(line) if is_meant_as_separator(line.text) && entry.body_lines.is_some() => {
            (line.start..line.end(), separator)
        }
        last => {
            let end = last.map_or(text.len(), |line| line.end());
            let rest = text.get(end..).unwrap_or_default();
            let line_end = line_end(text);
            let n_blank = Lines::new(rest).count();
            // What follows keeps the blank line that was there, or gets one.
            let after = if n_blank < 2 { line_end } else { "" };
            (end..end, format!("{line_end}{line_end}{separator}{after}"))
        }
    };
    let edit = Edit {
        range: start + range.start..start + range.end,
        text: inserted,
    };
    structure("Add the separator", vec![edit])
}

/// A line of dashes that misses the length of a separator by a few.
fn is_meant_as_separator(line: &str) -> bool {
    let line = line.trim_end();
    (SEPARATOR_LEN - 6..=SEPARATOR_LEN + 6).contains(&line.len()) && line.bytes().all(|b| b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lints::check;

    #[test]
    fn lines_are_no_rows_in_a_table_that_stands_twice_too() {
        let text = "From fff46e5c7 to a4f0e95a9\n\
                    KVM mailing list update from fff46e5c7 to a4f0e95a9\n\n\
                    Top 15 contributor Email domains (Based on Email Body)\n\n      1 a.org\nx\n\n\
                    Top 15 contributors (Based on Email Body)\n\n      1  A <a@a.org>\ny y\n\n\
                    Top 15 contributor Email domains (Based on Email Body)\n\nz z z\n";
        let problems = check(&Digest::parse(text)).into_iter();
        let rows = problems.filter(|problem| problem.rule.code == TABLE_ROW.code);
        let rows: Vec<_> = rows.map(|problem| &text[problem.range]).collect();
        assert_eq!(rows, ["x", "y y", "z z z"]);
    }
}

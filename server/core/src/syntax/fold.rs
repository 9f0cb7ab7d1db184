//! The state machine that cuts a digest into blocks, line by line.
//!
//! Total: every text has exactly one sequence of blocks, and their lengths add up to it. What
//! seems to need the following lines is state carried forward (is this rule of dashes the end of
//! the entry?), except for look-aheads of at most [`LOOK_AHEAD`] lines: a `New:` inside a
//! message starts an entry only when a subject or an author follows, an `Exist:` there only
//! when its `Skip:` follows, and behind a rule of dashes the head of an entry counts without its
//! `New:`. [`super::reparse`] knows of that distance.

use super::blocks::{Block, BlockKind, Content};
use super::entry::Scan;
use super::feeds::AllLines;
use super::line::{self, Heading, Line, Lines, Log, New};
use super::log::LogLines;

/// How many lines past the current one a decision may look at.
pub const LOOK_AHEAD: usize = 2;

/// What the fold remembers between two lines. The state after the first line of a block depends
/// on the kind of that block alone; so two parses that start the same kind of block at the same
/// text agree from there to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Before the first line.
    Start,
    /// In the lines before the first table or heading.
    Header,
    /// In a table of contributors.
    Table,
    /// After a heading with only blank lines since: an entry may start.
    Heading,
    /// In an entry.
    Body,
    /// In an entry, after a rule of 70 dashes and blank lines: perhaps its end.
    Separated,
    /// After an `Exist:` line that waits for its `Skip:`.
    Exist,
    /// After a complete pair of log lines, or a lone `Skip:`.
    Logged,
    /// In text that belongs to nothing.
    Stray,
}

/// What a line does.
enum Step {
    /// The line belongs to the current block.
    Stay(State),
    /// The line is the first of a new block.
    Begin(BlockKind),
}

/// The state after the first line of a block.
fn state_in(kind: BlockKind) -> State {
    match kind {
        BlockKind::Header => State::Header,
        BlockKind::Heading(Heading::Domains | Heading::Contributors) => State::Table,
        BlockKind::Heading(Heading::PatchList | Heading::Messages) => State::Heading,
        BlockKind::Entry => State::Body,
        BlockKind::Exist => State::Exist,
        BlockKind::Skip => State::Logged,
        BlockKind::Stray => State::Stray,
    }
}

/// How a fold over a piece of text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every line was consumed and the last block closed.
    Complete,
    /// The sink asked to stop at a block boundary.
    Stopped,
    /// The text given is not the whole text, and its end was needed to decide.
    NeedMore,
}

/// What a sink answers at the start of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop here: what follows is known.
    Stop,
}

/// Receives the blocks in order.
pub trait Sink {
    /// A block of `kind` starts at the byte `at` of the text; the one before it was delivered.
    fn begins(&mut self, at: usize, kind: BlockKind) -> Flow;
    /// A finished block.
    fn block(&mut self, block: Block);
}

/// Folds over the lines of `text`, which starts at a block start that is reached in `state`.
/// With `whole` unset, `text` is followed by more that is not given.
pub fn fold(text: &str, mut state: State, whole: bool, sink: &mut impl Sink) -> End {
    let mut open: Option<Open> = None;
    let mut scan = Scan::with_room();
    let mut lines = if whole {
        AllLines::new(text)
    } else {
        AllLines::without_last(text)
    };
    loop {
        // Most lines are lines of messages: the scan takes them until there is something to decide.
        let next = if state == State::Body {
            scan.lines(&mut lines)
        } else {
            lines.next()
        };
        let Some(line) = next else {
            break;
        };
        let Some(step) = step(state, &line, text, whole) else {
            return End::NeedMore;
        };
        match step {
            Step::Stay(next) => state = next,
            Step::Begin(kind) => {
                if let Some(open) = open.take() {
                    sink.block(open.close(text, line.start, state, &mut scan));
                }
                if sink.begins(line.start, kind) == Flow::Stop {
                    return End::Stopped;
                }
                open = Some(Open::new(kind, line.start));
                if kind == BlockKind::Entry {
                    scan.start_at(line.start);
                }
                state = state_in(kind);
            }
        }
        match &mut open {
            Some(open) if open.kind == BlockKind::Entry => scan.line(&line, text),
            Some(open) => open.n_lines += 1,
            None => {}
        }
    }
    if !whole {
        return End::NeedMore;
    }
    if let Some(open) = open {
        sink.block(open.close(text, text.len(), state, &mut scan));
    }
    End::Complete
}

/// The block that lines are being added to.
struct Open {
    kind: BlockKind,
    start: usize,
    /// How many lines it has so far; those of an entry are counted by its scan.
    n_lines: u32,
}

impl Open {
    fn new(kind: BlockKind, start: usize) -> Self {
        Self {
            kind,
            start,
            n_lines: 0,
        }
    }

    /// The block, which ends before the byte `end`; `scan` is that of the entry, if it is one.
    fn close(self, text: &str, end: usize, state: State, scan: &mut Scan) -> Block {
        let text = text.get(self.start..end).unwrap_or_default();
        let (n_lines, content) = match self.kind {
            BlockKind::Entry => {
                let entry = scan.finish(text, state == State::Separated);
                (scan.n_lines(), Content::Entry(entry.into()))
            }
            BlockKind::Exist | BlockKind::Skip => {
                (self.n_lines, Content::Log(LogLines::parse(text).into()))
            }
            _ => (self.n_lines, Content::Text),
        };
        // Only the last line of a text may have no line break.
        let n_line_breaks = n_lines - u32::from(!text.ends_with(['\n', '\r']));
        Block::new(self.kind, state, text.len(), n_line_breaks, content)
    }
}

/// Whether a line of a message has to be looked at by [`step`]: all others leave the state as it is.
#[inline]
pub(super) fn may_end_entry(line: &[u8]) -> bool {
    match line.first() {
        Some(b'-') => line.len() >= line::SEPARATOR_LEN && line.starts_with(b"--"),
        Some(b'N') => line.starts_with(b"New:"),
        Some(b'E') => line.starts_with(b"Exist: "),
        _ => false,
    }
}

/// Whether a line behind the first may begin a block where a header or a table goes on.
fn may_begin_block(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'N' | b'E' | b'T' | b'='))
}

/// What `line` does in `state`; `None` when lines are needed that `text` does not have. Of messages only
/// lines come here that [`may_end_entry`] tells.
fn step(state: State, line: &Line<'_>, text: &str, whole: bool) -> Option<Step> {
    let blank = line.is_blank();
    if blank && state != State::Start {
        return Some(Step::Stay(state));
    }
    if matches!(state, State::Header | State::Table) && !may_begin_block(line.text.as_bytes()) {
        return Some(Step::Stay(state));
    }
    let ahead = Ahead {
        text,
        whole,
        from: line.next,
    };

    match line::new_line(line.text) {
        Some(new) => {
            let expected = matches!(
                state,
                State::Heading | State::Separated | State::Exist | State::Logged
            );
            if (new == New::Exact && expected) || ahead.has_entry_head(new)? {
                return Some(Step::Begin(BlockKind::Entry));
            }
        }
        None => {
            if let Some(log) = log_line(state, line, &ahead)? {
                return Some(match (log, state) {
                    (Log::Exist, _) => Step::Begin(BlockKind::Exist),
                    (Log::Skip, State::Exist) => Step::Stay(State::Logged),
                    (Log::Skip, _) => Step::Begin(BlockKind::Skip),
                });
            }
        }
    }
    // What certainly is no message would be taken for one.
    if state == State::Separated
        && (line::commit_range(line.text).is_some() || ahead.is_head_behind(line.text)?)
    {
        return Some(Step::Begin(BlockKind::Stray));
    }
    Some(match state {
        State::Body | State::Separated => {
            let separator = line::is_separator(line.text);
            Step::Stay(if separator {
                State::Separated
            } else {
                State::Body
            })
        }
        State::Start if Heading::of(line.text).is_none() => Step::Begin(BlockKind::Header),
        _ => match Heading::of(line.text) {
            Some(heading) => Step::Begin(BlockKind::Heading(heading)),
            None if matches!(state, State::Header | State::Table | State::Stray) => {
                Step::Stay(state)
            }
            None => Step::Begin(BlockKind::Stray),
        },
    })
}

/// The log line that `line` is where the state allows one. Where mail text stands, `Exist:` needs
/// its `Skip:` on the next line, and both need a bracketed subject.
fn log_line(state: State, line: &Line<'_>, ahead: &Ahead<'_>) -> Option<Option<Log>> {
    let Some((log, subject)) = Log::of(line.text) else {
        return Some(None);
    };
    let accepted = match state {
        State::Body | State::Header | State::Table | State::Start => {
            log == Log::Exist && line::is_subject(subject) && ahead.has_skip()?
        }
        State::Separated => subject.starts_with('['),
        State::Heading | State::Exist | State::Logged | State::Stray => true,
    };
    Some(accepted.then_some(log))
}

/// The lines after the current one.
struct Ahead<'a> {
    text: &'a str,
    whole: bool,
    from: usize,
}

impl Ahead<'_> {
    /// The next lines, as many as there are; `None` if one of them is not wholly in sight.
    fn lines(&self) -> Option<[&str; LOOK_AHEAD]> {
        let mut found = [""; LOOK_AHEAD];
        let mut lines = Lines::starting_at(self.text, self.from);
        for slot in &mut found {
            match lines.next() {
                Some(line) if self.whole || line.next < self.text.len() => *slot = line.text,
                None if self.whole => {}
                _ => return None,
            }
        }
        Some(found)
    }

    /// Whether a subject follows on the next line, or an author within two. A loosely written
    /// `New:` needs both: `New: features` followed by a bracket is prose.
    fn has_entry_head(&self, new: New) -> Option<bool> {
        let [first, second] = self.lines()?;
        let subject = line::is_subject(first);
        let author = line::is_author(first) || line::is_author(second);
        Some(match new {
            New::Exact => subject || author,
            New::Loose => subject && author,
        })
    }

    /// Whether `line` begins an entry whose `New:` line is damaged or missing.
    fn is_head_behind(&self, line: &str) -> Option<bool> {
        let [first, second] = self.lines()?;
        Some(line::is_headless([line, first, second]))
    }

    fn has_skip(&self) -> Option<bool> {
        let [first, _] = self.lines()?;
        Some(matches!(Log::of(first), Some((Log::Skip, subject)) if line::is_subject(subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_tables_go_on_where_no_line_may_begin_a_block() {
        let begun = |first: &str, state| {
            let text = format!("{first}\n[PATCH] x\nAuthor: a\n");
            let line = Lines::new(&text).next().unwrap();
            let step = step(state, &line, &text, true);
            !matches!(step, Some(Step::Stay(stayed)) if stayed == state)
        };
        for state in [State::Header, State::Table] {
            for first in [
                "New:  x",
                "New: x",
                "===== Patch Commit Messages ====",
                "Top 3 contributors (Based on Email Body)",
            ] {
                assert!(begun(first, state) && may_begin_block(first.as_bytes()));
            }
            for first in [
                " New:  x",
                "     1 e.org",
                "[PATCH] x",
                "Author: a",
                " Skip: [PATCH] x",
                "Skip: [PATCH] x",
                " ===== Patch Commit Messages ====",
                "From 1234567 to 1234567",
                "x",
            ] {
                assert!(!begun(first, state) && !may_begin_block(first.as_bytes()));
            }
        }
        let text = "Exist: [PATCH] x\n Skip: [PATCH] x\n";
        let line = Lines::new(text).next().unwrap();
        let step = step(State::Table, &line, text, true);
        assert!(matches!(step, Some(Step::Begin(BlockKind::Exist))));
    }

    #[test]
    fn lines_of_messages_that_are_let_pass_decide_nothing() {
        let rule = "-".repeat(line::SEPARATOR_LEN);
        let behind = "[PATCH] x\n Skip: [PATCH] x\nAuthor: a\n";
        for first in [
            "",
            " ",
            "-",
            "--",
            "---",
            &rule[1..],
            &format!("- {rule}"),
            "Newer",
            "N",
            "Exist:",
            "Existing",
            "E",
            "new: x",
            " Skip: [PATCH] x",
            "Skip: x",
            "From 1234567 to 1234567",
            "Top 3 contributors (Based on Email Body)",
            "===== Patch Commit Messages ====",
            "[PATCH] x",
            "Author: a",
        ] {
            assert!(!may_end_entry(first.as_bytes()), "{first}");
            let text = format!("{first}\n{behind}");
            let line = Lines::new(&text).next().unwrap();
            let step = step(State::Body, &line, &text, true);
            assert!(matches!(step, Some(Step::Stay(State::Body))), "{first}");
        }
        for first in [
            "New:  x",
            "New:",
            "Exist: [PATCH] x",
            &rule,
            &format!("{rule} "),
        ] {
            assert!(may_end_entry(first.as_bytes()), "{first}");
        }
    }
}

//! The two header lines of a digest: its commit range and the name of its list.

use std::ops::Range;

use crate::syntax::line::{self, Line, Lines};

/// The header lines, as far as they can be read. Ranges are bytes in the header block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// First line, without line break.
    pub range_line: Range<usize>,
    /// `From <from> to <to>`: the two commit ids.
    pub commits: Option<(String, String)>,
    /// Second line, without line break.
    pub title_line: Range<usize>,
    /// `<LIST> mailing list update from <from> to <to>`: list name and the two commit ids.
    pub title: Option<(String, String, String)>,
    /// Lines after those two that are not blank.
    pub other: Vec<Range<usize>>,
}

impl Header {
    /// Reads the text of a header block.
    #[must_use]
    pub fn parse(block: &str) -> Self {
        let mut header = Self::default();
        let range_of = |line: &Line<'_>| line.start..line.end();
        for (number, line) in Lines::new(block).enumerate() {
            match number {
                0 => {
                    header.range_line = range_of(&line);
                    header.commits = line::commit_range(line.text)
                        .map(|(from, to)| (from.to_owned(), to.to_owned()));
                    // Without its first line, the second may still be there.
                    if header.commits.is_none() {
                        header.read_title(&line);
                    }
                }
                1 if header.title.is_none() => {
                    header.title_line = range_of(&line);
                    header.read_title(&line);
                }
                _ if !line.is_blank() => header.other.push(range_of(&line)),
                _ => {}
            }
        }
        header
    }

    fn read_title(&mut self, line: &Line<'_>) {
        if let Some((list, from, to)) = line::title_line(line::strip_bom(line.text)) {
            self.title_line = line.start..line.end();
            self.title = Some((list.to_owned(), from.to_owned(), to.to_owned()));
        }
    }

    /// The name of the list.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        self.title.as_ref().map(|(list, _, _)| &**list)
    }

    /// The commit ids, from whichever line has them.
    #[must_use]
    pub fn range(&self) -> Option<(&str, &str)> {
        let commits = self.commits.as_ref().map(|(from, to)| (&**from, &**to));
        commits.or_else(|| self.title.as_ref().map(|(_, from, to)| (&**from, &**to)))
    }
}

//! A digest as lines, to damage.

use patch_digest_tests::random::Random;

/// The lines of a digest, to damage.
pub(crate) struct Page {
    pub(crate) lines: Vec<String>,
}

impl Page {
    pub(crate) fn new(text: &str) -> Self {
        let lines = text.trim_end_matches('\n').split('\n');
        Self {
            lines: lines.map(str::to_owned).collect(),
        }
    }

    pub(crate) fn text(&self, line_end: &str) -> String {
        self.lines
            .iter()
            .flat_map(|line| [line, line_end])
            .collect()
    }

    /// The lines around one, for messages of failed tests.
    pub(crate) fn around(&self, line: usize) -> String {
        let first = line.saturating_sub(3);
        let lines = self.lines.iter().enumerate().skip(first).take(8);
        lines
            .map(|(number, line)| format!("\n{number:5} {line}"))
            .collect()
    }

    pub(crate) fn find(&self, start: &str) -> usize {
        self.position(start).expect("every digest has it")
    }

    pub(crate) fn position(&self, start: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.starts_with(start))
    }

    /// The lines where entries start.
    pub(crate) fn entries(&self) -> Vec<usize> {
        let is_new = |at: &usize| self.lines[*at].starts_with("New:  ");
        let starts = (0..self.lines.len()).filter(is_new);
        starts
            .filter(|at| self.lines[at + 2].starts_with("Author: "))
            .collect()
    }

    /// The line where some entry starts, one that no log line names.
    pub(crate) fn entry(&self, random: &mut Random) -> usize {
        let entries = self.entries();
        let is_free = |at: &usize| {
            let exist = format!("Exist: {}", self.lines[at + 1]);
            !self.lines.contains(&exist)
        };
        *random.pick(&entries.into_iter().filter(is_free).collect::<Vec<_>>())
    }

    /// The line of the separator that ends the entry at a line.
    pub(crate) fn separator(&self, entry: usize) -> usize {
        let rule = "-".repeat(70);
        let after = self.lines[entry..].iter().position(|line| *line == rule);
        entry + after.expect("every entry ends with one")
    }

    /// Some line of some message that is not blank.
    pub(crate) fn line_of_a_message(&self, random: &mut Random) -> usize {
        loop {
            let entry = *random.pick(&self.entries());
            let (first, end) = (entry + 3, self.separator(entry));
            let at = first + random.below(end - first);
            if !self.lines[at].is_empty() {
                return at;
            }
        }
    }

    /// A line before which log lines may stand: after an entry.
    pub(crate) fn place_for_log(&self, random: &mut Random) -> usize {
        let entry = *random.pick(&self.entries());
        (self.separator(entry) + 2).min(self.lines.len())
    }

    pub(crate) fn insert(&mut self, at: usize, line: &str) {
        self.lines.insert(at, line.to_owned());
    }

    /// A row of one of the two tables.
    pub(crate) fn table_row(&self, random: &mut Random) -> usize {
        let heading = *random.pick(&["Top 15 contributor Email", "Top 15 contributors"]);
        let first = self.find(heading) + 2;
        let n_rows = self.lines[first..].iter().position(String::is_empty);
        first + random.below(n_rows.expect("a blank line ends a table"))
    }
}

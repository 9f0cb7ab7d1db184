//! Pages of text that the workspace makes: the history of a series, what changed since a version,
//! what is new in a digest. As Markdown for editors, as plain text for terminals.
//!
//! Everything that comes from a digest is made harmless when it is rendered; places in digests
//! are neutral targets, which the caller turns into addresses. Tests: `tests/tests/pages.rs`.

mod history;
mod news;
mod since;

use super::page::{LineBuilder, Target};
use crate::Digest;
use crate::shown;
use crate::workspace::contribution::PostingKind;
use crate::workspace::{Place, Posting, Workspace};

pub use history::history;
pub use news::news;
pub use since::since;

/// How a page gets at what the workspace does not hold.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// All digests.
    pub workspace: &'a Workspace,
    /// The digest under a key, for what stands in its mails; `None` where it cannot be had.
    pub digest: &'a dyn Fn(&str) -> Option<Digest>,
    /// How to name a place, in few words.
    pub name: &'a dyn Fn(&Place) -> String,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Document {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
enum Block {
    /// Level from 1.
    Heading(usize, LineBuilder),
    Line(LineBuilder),
    Item(LineBuilder),
    Table(Table),
    /// Lines of a mail as they are.
    Quote(Vec<String>),
}

/// Columns with a head.
#[derive(Debug, Clone, Default)]
struct Table {
    head: Vec<String>,
    rows: Vec<Vec<LineBuilder>>,
}

impl Document {
    fn heading(&mut self, level: usize, line: LineBuilder) {
        self.blocks.push(Block::Heading(level, line));
    }

    fn section(&mut self, title: impl Into<String>) {
        self.heading(2, LineBuilder::new().text(title));
    }

    fn line(&mut self, line: LineBuilder) {
        self.blocks.push(Block::Line(line));
    }

    fn parts(&mut self, parts: &[String]) {
        if !parts.is_empty() {
            self.line(LineBuilder::new().text(parts.join(" · ")));
        }
    }

    fn item(&mut self, line: LineBuilder) {
        self.blocks.push(Block::Item(line));
    }

    fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    fn quote(&mut self, lines: Vec<String>) {
        if !lines.is_empty() {
            self.blocks.push(Block::Quote(lines));
        }
    }

    /// As Markdown. `address` gives the address of a target, where it has one.
    #[must_use]
    pub fn markdown(&self, address: &dyn Fn(&Target) -> Option<String>) -> String {
        let mut text = String::new();
        let mut after_item = false;
        for block in &self.blocks {
            let is_item = matches!(block, Block::Item(_));
            let follows_item = is_item && after_item;
            if !text.is_empty() && !follows_item {
                text.push('\n');
            }
            after_item = is_item;
            match block {
                Block::Heading(level, line) => {
                    text.push_str(&"#".repeat(*level));
                    text.push(' ');
                    text.push_str(&line.markdown(address));
                }
                Block::Line(line) => text.push_str(&line.markdown(address)),
                Block::Item(line) => {
                    text.push_str("- ");
                    text.push_str(&line.markdown(address));
                }
                Block::Table(table) => {
                    text.push_str(&table.markdown(address));
                    continue;
                }
                Block::Quote(lines) => {
                    // Indented by four, a line is shown as it is, whatever it holds.
                    for line in lines {
                        text.push_str("    ");
                        text.push_str(&shown::plain(line));
                        text.push('\n');
                    }
                    continue;
                }
            }
            text.push('\n');
        }
        text
    }

    /// As plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            match block {
                Block::Heading(level, line) => {
                    let gap = if *level > 1 && !text.is_empty() {
                        "\n"
                    } else {
                        ""
                    };
                    text.push_str(&format!("{gap}{}\n", line.plain()));
                }
                Block::Line(line) => text.push_str(&format!("{}\n", line.plain())),
                Block::Item(line) => text.push_str(&format!("  {}\n", line.plain())),
                Block::Table(table) => text.push_str(&table.plain()),
                Block::Quote(lines) => {
                    for line in lines {
                        text.push_str(&format!("    {}\n", shown::plain(line)));
                    }
                }
            }
        }
        text
    }
}

impl Table {
    fn new(head: impl IntoIterator<Item = String>) -> Self {
        Self {
            head: head.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    fn markdown(&self, address: &dyn Fn(&Target) -> Option<String>) -> String {
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let head = self.head.iter().map(|cell| shown::markdown(cell)).collect();
        let mut text = row(head);
        text.push_str(&row(vec!["---".to_owned(); self.head.len()]));
        for cells in &self.rows {
            text.push_str(&row(cells
                .iter()
                .map(|cell| cell.markdown(address))
                .collect()));
        }
        text
    }

    /// Columns as wide as their widest cell; the head is only in Markdown, where it must be,
    /// unless it says more than a name.
    fn plain(&self) -> String {
        let mut rows: Vec<Vec<String>> = vec![self.head.clone()];
        let cells = |row: &Vec<LineBuilder>| row.iter().map(LineBuilder::plain).collect();
        rows.extend(self.rows.iter().map(cells));
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let mut line = String::from(" ");
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!(" {cell:width$} "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// `[v4 0/2] LoongArch: KVM: Add paravirt preempt support`
pub(super) fn posting_name(posting: Posting<'_>) -> String {
    let mut words = Vec::new();
    if !posting.trees().is_empty() {
        words.push(posting.trees().to_owned());
    }
    match posting.kind() {
        PostingKind::Pull => words.push("PULL".to_owned()),
        PostingKind::Single => words.push("PATCH".to_owned()),
        PostingKind::Series => {}
    }
    if posting.flags().is_resend {
        words.push("RESEND".to_owned());
    }
    let label = posting.label().to_string();
    if label != "v1" {
        words.push(label);
    }
    if posting.kind() == PostingKind::Series {
        let n_patches = posting.n_patches();
        let width = n_patches.to_string().len();
        words.push(format!("{:0width$}/{n_patches}", 0));
    }
    format!(
        "[{}] {}",
        words.join(" "),
        shown::short(posting.title(), 400)
    )
}

impl Sources<'_> {
    fn posting(&self, place: &Place) -> Option<Posting<'_>> {
        self.workspace.get(&place.key)?.posting_of(place.entry)
    }

    /// A link to a place, named as the caller names it.
    fn link_to(&self, place: &Place) -> LineBuilder {
        LineBuilder::new().jump((self.name)(place), Target::Entry(place.clone()))
    }
}

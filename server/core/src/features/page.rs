//! Short texts with a little structure, rendered as Markdown or as plain text.

use std::sync::Arc;

use crate::shown;
use crate::workspace::{Label, Place};

/// Where a link leads that is no web address: the caller knows what to make of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An entry of a digest.
    Entry(Place),
    /// The page with the history of an entry's series.
    History(Place),
    /// The page with what changed between two versions of an entry's series.
    Since {
        /// An entry of the series.
        place: Place,
        /// The older version.
        old: Label,
        /// The newer version.
        new: Label,
    },
    /// The page with what is new in the digest under a key.
    News(Arc<str>),
}

/// Lines of text for a hover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    lines: Vec<Vec<Span>>,
}

/// A run of text. What it holds comes from a digest and is made harmless when rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Span {
    Text(String),
    Strong(String),
    Link(String),
    Jump(String, Target),
}

/// Builds one line.
#[derive(Debug, Clone, Default)]
pub struct LineBuilder {
    spans: Vec<Span>,
}

impl LineBuilder {
    /// An empty line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.spans.push(Span::Text(text.into()));
        self
    }

    /// Adds text that stands out.
    #[must_use]
    pub fn strong(mut self, text: impl Into<String>) -> Self {
        self.spans.push(Span::Strong(text.into()));
        self
    }

    /// Adds an address, shown with its true target.
    #[must_use]
    pub fn link(mut self, url: impl Into<String>) -> Self {
        self.spans.push(Span::Link(url.into()));
        self
    }

    /// Adds text that leads somewhere.
    #[must_use]
    pub fn jump(mut self, text: impl Into<String>, target: Target) -> Self {
        self.spans.push(Span::Jump(text.into(), target));
        self
    }

    /// Adds what another line has.
    #[must_use]
    pub fn append(mut self, line: Self) -> Self {
        self.spans.extend(line.spans);
        self
    }

    /// As Markdown. `address` gives the address of a target, where it has one.
    #[must_use]
    pub fn markdown(&self, address: &dyn Fn(&Target) -> Option<String>) -> String {
        let spans = self.spans.iter();
        spans.map(|span| span.markdown(address)).collect()
    }

    /// As plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        self.spans.iter().map(Span::plain).collect()
    }
}

impl Span {
    fn markdown(&self, address: &dyn Fn(&Target) -> Option<String>) -> String {
        match self {
            Self::Text(text) => shown::markdown(text),
            Self::Strong(text) => format!("**{}**", shown::markdown(text)),
            Self::Link(url) => shown::markdown_link(url),
            Self::Jump(text, target) => {
                let text = shown::markdown(text);
                match address(target).filter(|address| is_address(address)) {
                    Some(address) => format!("[{text}](<{address}>)"),
                    None => text,
                }
            }
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Strong(text) | Self::Link(text) | Self::Jump(text, _) => {
                shown::plain(text).into_owned()
            }
        }
    }
}

/// Whether an address can stand between `<` and `>` in Markdown.
fn is_address(address: &str) -> bool {
    address
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'\\'))
}

impl Page {
    /// Adds a line.
    pub fn push(&mut self, line: LineBuilder) {
        self.lines.push(line.spans);
    }

    /// Adds a line of parts with ` · ` between them; nothing where there are none.
    pub fn push_parts(&mut self, parts: &[String]) {
        if !parts.is_empty() {
            self.push(LineBuilder::new().text(parts.join(" · ")));
        }
    }

    /// Number of lines.
    #[must_use]
    pub fn n_lines(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Keeps at most `max` lines, the last of them telling how many more there are.
    pub fn cap(&mut self, max: usize) {
        if self.lines.len() > max && max > 0 {
            let more = self.lines.len() - (max - 1);
            self.lines.truncate(max - 1);
            self.push(LineBuilder::new().text(format!("… {more} more")));
        }
    }

    /// As Markdown: a line break after each line. What leads to places in digests is text.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.markdown_with(&|_| None)
    }

    /// As Markdown, with the addresses of places in digests and of pages.
    #[must_use]
    pub fn markdown_with(&self, address: &dyn Fn(&Target) -> Option<String>) -> String {
        self.render("  \n", |span| span.markdown(address))
    }

    /// As plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        self.render("\n", Span::plain)
    }

    fn render(&self, line_break: &str, span: impl Fn(&Span) -> String) -> String {
        let lines = self
            .lines
            .iter()
            .map(|line| line.iter().map(&span).collect::<String>());
        lines.collect::<Vec<_>>().join(line_break)
    }
}

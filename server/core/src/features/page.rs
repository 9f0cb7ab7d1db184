//! Short texts with a little structure, rendered as Markdown or as plain text.

use crate::shown;

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
}

/// Builds one line.
#[derive(Debug, Default)]
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

    /// As Markdown: a line break after each line.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.render("  \n", |span| match span {
            Span::Text(text) => shown::markdown(text),
            Span::Strong(text) => format!("**{}**", shown::markdown(text)),
            Span::Link(url) => shown::markdown_link(url),
        })
    }

    /// As plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        self.render("\n", |span| match span {
            Span::Text(text) | Span::Strong(text) | Span::Link(text) => {
                shown::plain(text).into_owned()
            }
        })
    }

    fn render(&self, line_break: &str, span: impl Fn(&Span) -> String) -> String {
        let lines = self
            .lines
            .iter()
            .map(|line| line.iter().map(&span).collect::<String>());
        lines.collect::<Vec<_>>().join(line_break)
    }
}

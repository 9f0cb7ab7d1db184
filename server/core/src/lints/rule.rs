//! What a rule is: a row of data. The rows are in [`super::book`], the checks in files beside it.

use super::Severity;
use super::options::Profile;

/// A rule: what a problem may be.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its kebab-case code: public, and never used for anything else.
    pub code: &'static str,
    /// Its family.
    pub group: Group,
    /// How much its problems matter to readers; `None` is off.
    pub reader: Option<Severity>,
    /// How much its problems matter to makers; `None` is off.
    pub maker: Option<Severity>,
    /// What it finds, in one sentence.
    pub summary: &'static str,
    /// The rest of its page in the rule book.
    pub explanation: Explanation,
}

/// The page of a rule: plain paragraphs, examples of digests.
#[derive(Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it looks at and what it leaves alone, and why it matters.
    pub why: &'static str,
    /// Lines of a digest that it finds something in.
    pub fails: &'static str,
    /// The same lines as they should be.
    pub passes: &'static str,
    /// What to do about it, and what the quick fix does, if there is one.
    pub fix: &'static str,
}

/// A family of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Headers, headings, tables, the heads and ends of entries, log lines.
    Structure,
    /// Counts and sums.
    Numbers,
    /// What belongs together.
    Series,
    /// Letters that came damaged, and such as deceive.
    Encoding,
    /// Titles, footnotes, addresses.
    Text,
    /// Conventions of those who write patches; off until asked for.
    Review,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 6] = [
        Self::Structure,
        Self::Numbers,
        Self::Series,
        Self::Encoding,
        Self::Text,
        Self::Review,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Numbers => "numbers",
            Self::Series => "series",
            Self::Encoding => "encoding",
            Self::Text => "text",
            Self::Review => "review",
        }
    }

    /// What it is about, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Structure => "what makes a text a digest",
            Self::Numbers => "counts and sums",
            Self::Series => "what belongs together",
            Self::Encoding => "letters that came damaged, and such as deceive",
            Self::Text => "titles, footnotes, addresses",
            Self::Review => "conventions of those who write patches; off until asked for",
        }
    }
}

impl Rule {
    /// How much its problems matter in a profile, were its group on; `None` is off.
    #[must_use]
    pub fn severity(&self, profile: Profile) -> Option<Severity> {
        match profile {
            Profile::Reader => self.reader,
            Profile::Maker => self.maker,
        }
    }
}

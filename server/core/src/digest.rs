//! One digest: its text, the blocks in it, and the model made of them.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use crate::features::outline::plan::Plan;
use crate::model::{Mails, Model};
use crate::syntax::blocks::{Blocks, Place};
use crate::syntax::halves::{self, Work};
use crate::syntax::reparse::{self, Reparse};
use crate::text::Text;

/// A digest at one moment. Cloning is cheap and gives a snapshot that later edits do not touch.
#[derive(Debug, Clone)]
pub struct Digest {
    text: Text,
    blocks: Blocks,
    /// Shared by all snapshots whose facts are the same.
    derived: Arc<Derived>,
}

/// What follows from the facts of a digest; made when first asked for.
#[derive(Debug, Default)]
struct Derived {
    model: OnceLock<Model>,
    plan: OnceLock<Plan>,
    /// The mails that a parse left for the model to take.
    mails: Mutex<Option<Mails>>,
}

impl Derived {
    fn of(mails: Mails) -> Arc<Self> {
        let mails = Mutex::new(Some(mails));
        Arc::new(Self {
            mails,
            ..Self::default()
        })
    }
}

impl Digest {
    /// Parses a text. Every text gives a digest; one without any structure says so
    /// ([`Digest::is_digest`]).
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Self {
        let text = text.into();
        let (blocks, mails) = reparse::parse(&text);
        Self::of(text, blocks, mails)
    }

    /// As [`Digest::parse`], in two pieces of work that `join` is to do, on two threads if it likes.
    #[must_use]
    pub fn parse_in_two(text: String, join: impl FnOnce(Work<'_>, Work<'_>)) -> Self {
        let (blocks, mails) = halves::parse(&text, join);
        Self::of(text, blocks, mails)
    }

    fn of(text: String, blocks: Blocks, mails: Mails) -> Self {
        let pieces = blocks.iter().map(|place| place.block);
        let pieces = pieces.map(|block| (block.len, block.n_line_breaks as usize));
        Self {
            text: Text::counted(text, pieces),
            blocks,
            derived: Derived::of(mails),
        }
    }

    /// The same digest with its text made ready for edits ([`Text::editable`]).
    #[must_use]
    pub fn editable(&self) -> Self {
        Self {
            text: self.text.editable(),
            ..self.clone()
        }
    }

    /// Replaces a byte range (clamped to the text, widened to whole characters) and updates what
    /// is known, parsing only what it must. The digest changes as a whole or, should a bug make
    /// this panic, not at all.
    pub fn edit(&mut self, range: Range<usize>, insert: &str) -> Reparse {
        let mut new = self.clone();
        let replaced = new.text.replace(range, insert);
        let reparse = reparse::reparse(
            &mut new.blocks,
            &self.text,
            &new.text,
            replaced,
            insert.len(),
        );
        let start = reparse.replaced.start;
        if !same_facts(
            self,
            reparse.replaced.clone(),
            &new,
            start..start + reparse.n_new,
        ) {
            new.derived = Arc::default();
        }
        *self = new;
        reparse
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The blocks.
    #[must_use]
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Entries, series and people, as far as this digest tells.
    pub fn model(&self) -> &Model {
        let Derived { model, mails, .. } = &*self.derived;
        model.get_or_init(|| {
            let mails = mails.lock().ok().and_then(|mut mails| mails.take());
            let mails = mails.unwrap_or_else(|| Mails::of(&self.blocks));
            Model::build(&self.text, &self.blocks, mails)
        })
    }

    /// Whether the model is made already.
    #[must_use]
    pub fn has_model(&self) -> bool {
        self.derived.model.get().is_some()
    }

    /// What the rows of its outline say.
    pub fn plan(&self) -> &Plan {
        self.derived.plan.get_or_init(|| Plan::new(self))
    }

    /// Whether the edit that led from `older` to here left the model as it was.
    #[must_use]
    pub fn shares_model_with(&self, older: &Self) -> bool {
        Arc::ptr_eq(&self.derived, &older.derived)
    }

    /// Whether anything in the text is what a digest has: a header line, a heading or an entry.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        use crate::syntax::BlockKind as K;
        use crate::syntax::line;
        let sum = self.blocks.sum();
        if sum.entries > 0 || sum.headings > 0 {
            return true;
        }
        self.blocks.iter().any(|place| match place.block.kind {
            K::Exist => true,
            K::Header => line::Lines::new(&self.block_text(&place))
                .take(2)
                .any(|line| {
                    line::commit_range(line.text).is_some() || line::title_line(line.text).is_some()
                }),
            _ => false,
        })
    }

    /// The text of a block.
    #[must_use]
    pub fn block_text(&self, place: &Place<'_>) -> String {
        self.text.slice(place.range()).into_owned()
    }
}

/// Whether the replaced blocks tell the model the same as those in their place.
fn same_facts(
    old: &Digest,
    old_blocks: Range<usize>,
    new: &Digest,
    new_blocks: Range<usize>,
) -> bool {
    if old_blocks.len() != new_blocks.len() {
        return false;
    }
    let old_places = old
        .blocks
        .iter_from(old_blocks.start)
        .take(old_blocks.len());
    let new_places = new
        .blocks
        .iter_from(new_blocks.start)
        .take(new_blocks.len());
    old_places.zip(new_places).all(|(old_place, new_place)| {
        if old_place.block.kind != new_place.block.kind {
            return false;
        }
        match (old_place.block.entry(), new_place.block.entry()) {
            (Some(old_entry), Some(new_entry)) => old_entry.facts() == new_entry.facts(),
            _ => old.text.slice(old_place.range()) == new.text.slice(new_place.range()),
        }
    })
}

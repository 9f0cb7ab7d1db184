//! Where the shortlog of a cover letter has the title of a patch: all that a digest shows of patches
//! without an entry. Tested by `tests/tests/protocol/across.rs`.

use std::ops::Range;

use crate::digest::Digest;
use crate::model::facts::Group;
use crate::model::titles::{is_cut_of, same_title};

/// The range of a patch's title in the shortlog of an entry; `None` where it is not listed there.
#[must_use]
pub fn listed(digest: &Digest, entry: usize, title: &str) -> Option<Range<usize>> {
    let place = digest.blocks().entry(entry)?;
    let spans = &place.block.entry()?.titles;
    let groups = &digest.model().entries.get(entry)?.facts.shortlog;
    let find = |is_it: fn(&str, &str) -> bool| {
        let titles = groups.iter().flat_map(Group::titles);
        let mut titles = titles.zip(spans);
        titles.find(|(listed, _)| is_it(listed, title))
    };
    // What is cut off in the shortlog may be known in full from elsewhere.
    let found = find(same_title).or_else(|| find(is_cut_of));
    found.map(|(_, shown)| shown.span.at(place.start()))
}

//! Which postings belong to one work: its versions, repetitions and parts.
//!
//! Evidence, strongest first: the name that b4 gave to the change; the same earlier posting that
//! both link to; the same title with the same poster or writer; patches of the same titles and
//! writers, at least half and more than one. A title alone is nothing, companions that cite each
//! other are relations, and whatever contradicts itself (other patches *and* other files under
//! one title) stays apart.
//!
//! Each judgement looks at two postings and nothing else, so that the works are the same in
//! whatever order digests come and go. Keys that more than [`MOST`] postings have are no
//! evidence: a million copies of one mail must not take a square of that.

use super::contribution::{NONE, PatchRow, Posting, PostingKind};
use super::store::{Bits, Pair, Pairs, Works};
use super::{AtOnce, Member, Workspace};
use crate::model::titles::is_cut_of;

/// Postings with one key that are compared with each other.
const MOST: usize = 64;
/// Patches of a posting that are compared with those of others.
const MOST_PATCHES: usize = 2000;

/// Whether so many postings have a key that it proves nothing.
pub(super) fn is_crowd(pairs: &[Pair]) -> bool {
    pairs.len() > MOST
}

fn few(pairs: &[Pair]) -> impl Iterator<Item = u32> + '_ {
    let pairs = if is_crowd(pairs) { &[] } else { pairs };
    pairs.iter().map(|pair| pair.number)
}

/// Adds to `found` the rows that belong to one work with `row` and were not `seen` yet.
pub(super) fn neighbours(workspace: &Workspace, row: u32, seen: &mut Bits, found: &mut Vec<u32>) {
    let Some((member, posting)) = workspace.posting(row) else {
        return;
    };
    let mut join = |other: u32, fits: &dyn Fn(Of<'_>) -> bool| {
        if other != row
            && !seen.contains(other)
            && let Some(other_posting) = workspace.posting(other)
            && fits(other_posting)
        {
            seen.insert(other);
            found.push(other);
        }
    };
    let keys = [
        (posting.strong_keys(), Joins::Strong),
        (posting.title_keys(), Joins::Title),
        (posting.weak_keys(), Joins::Weak),
    ];
    for (keys, joins) in keys {
        for key in keys {
            for other in few(workspace.joins.of(*key)) {
                join(other, &|other| joins.fits((member, posting), other));
            }
        }
    }
    for (other, n_shared) in sharing_patches(workspace, posting) {
        join(other, &|(_, other)| share_enough(posting, other, n_shared));
    }
}

/// A posting, and the digest it is of.
type Of<'a> = (&'a Member, Posting<'a>);

/// How a key joins the postings that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    Strong,
    Title,
    Weak,
}

impl Joins {
    /// A key that joins so, which its lowest bits tell: to look it up among those of a posting takes
    /// longer than the rest of a comparison.
    pub(super) fn key(self, hash: u64) -> u64 {
        hash & !3 | self as u64
    }

    /// How a key joins the postings that have it.
    fn by(key: u64) -> Self {
        match key & 3 {
            0 => Self::Strong,
            1 => Self::Title,
            _ => Self::Weak,
        }
    }

    /// Whether a key that two postings have in common makes them one work.
    fn fits(self, a: Of<'_>, b: Of<'_>) -> bool {
        match self {
            Self::Strong => true,
            Self::Title => !contradict(a.1, b.1),
            Self::Weak => are_parts(a.0, a.1, b.0, b.1) || is_cut(a.1, b.1),
        }
    }
}

/// The works of all rows, made of the tables as they stand: what [`neighbours`] finds row by row, where
/// each key would have to be looked up. What keys join and what patches do is found apart from each
/// other: it is the same in whatever order it is put together.
pub(super) fn all_works(workspace: &Workspace, at_once: &AtOnce<'_>) -> Works {
    let n_rows = workspace.rows.len();
    let (mut postings, mut shared) = (Vec::new(), Shared::default());
    let mut look_at_postings = || postings = all_postings(workspace);
    let mut look_at_patches = || shared = Shared::of(&workspace.patches, n_rows);
    at_once(&mut [&mut look_at_postings, &mut look_at_patches]);
    let (mut by_keys, mut by_patches) = (Works::new(n_rows), Works::new(n_rows));
    let mut join_keys = || join_by_keys(workspace, &postings, &mut by_keys);
    let mut join_patches = || join_by_patches(&shared, &postings, &mut by_patches);
    at_once(&mut [&mut join_keys, &mut join_patches]);
    by_keys.join_as(by_patches);
    by_keys
}

/// The posting of each row.
fn all_postings(workspace: &Workspace) -> Vec<Option<Of<'_>>> {
    let mut postings = vec![None; workspace.rows.len()];
    for member in workspace.slots.iter().flatten() {
        for (posting, row) in member.postings() {
            if let Some(place) = postings.get_mut(row as usize) {
                *place = Some((member, posting));
            }
        }
    }
    postings
}

fn join_by_keys(workspace: &Workspace, postings: &[Option<Of<'_>>], works: &mut Works) {
    let posting = |row: u32| *postings.get(row as usize)?;
    for pairs in workspace.joins.common().filter(|pairs| !is_crowd(pairs)) {
        let Some(key) = pairs.first().map(|pair| pair.key()) else {
            continue;
        };
        let joins = Joins::by(key);
        let fits = |row: u32, other: u32| {
            let both = posting(row).zip(posting(other));
            both.is_some_and(|(a, b)| joins.fits(a, b))
        };
        let mut rows = pairs.iter().map(|pair| pair.number);
        while let Some(row) = rows.next() {
            for other in rows.clone() {
                works.join(row, other, || fits(row, other));
            }
        }
    }
}

fn join_by_patches(shared: &Shared, postings: &[Option<Of<'_>>], works: &mut Works) {
    let posting = |row: u32| Some(postings.get(row as usize)?.as_ref()?.1);
    let mut others = Vec::new();
    for row in 0..works.len() {
        others.clear();
        others.extend(shared.after(row));
        others.sort_unstable();
        for same in others.chunk_by(|a, b| a == b) {
            let Some(&other) = same.first() else { continue };
            works.join(row, other, || {
                let (a, b) = (posting(row), posting(other));
                a.zip(b)
                    .is_some_and(|(a, b)| share_enough(a, b, same.len()))
            });
        }
    }
}

/// Which rows have patches in common, for all rows.
#[derive(Default)]
struct Shared {
    /// The rows that have a patch, ascending, and [`NONE`] behind them; so patch by patch.
    rows: Vec<u32>,
    /// Where each row stands there, row by row, and where those of each row begin.
    places: Vec<u32>,
    starts: Vec<u32>,
}

impl Shared {
    fn of(patches: &Pairs, n_rows: usize) -> Self {
        let mut rows = Vec::new();
        for pairs in patches.common().filter(|pairs| !is_crowd(pairs)) {
            rows.extend(pairs.iter().map(|pair| pair.number));
            rows.push(NONE);
        }
        let mut starts = vec![0; n_rows + 1];
        for row in &rows {
            if let Some(n_places) = starts.get_mut(*row as usize) {
                *n_places += 1;
            }
        }
        // The end of each, which moves to the start while its places are put down.
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut places = vec![0; end as usize];
        for (place, row) in rows.iter().enumerate().rev() {
            if let Some(start) = starts.get_mut(*row as usize) {
                *start -= 1;
                places[*start as usize] = u32::try_from(place).unwrap_or(NONE);
            }
        }
        Self {
            rows,
            places,
            starts,
        }
    }

    /// The rows after `row` that have a patch in common with it, once for each patch.
    fn after(&self, row: u32) -> impl Iterator<Item = u32> {
        let start = |row: usize| self.starts.get(row).map_or(0, |start| *start as usize);
        let places = start(row as usize)..start(row as usize + 1);
        let places = self.places.get(places).unwrap_or_default();
        places.iter().flat_map(|place| {
            let rows = self.rows.get(*place as usize + 1..).unwrap_or_default();
            rows.iter().copied().take_while(|row| *row != NONE)
        })
    }
}

/// Whether two postings of one title and person are different works all the same.
fn contradict(a: Posting<'_>, b: Posting<'_>) -> bool {
    let apart = |a: u64, b: u64| a != 0 && b != 0 && a & b == 0;
    let other_files = apart(a.row.file_set, b.row.file_set);
    let other_patches = apart(a.row.patch_set, b.row.patch_set);
    let both_single = a.kind() == PostingKind::Single && b.kind() == PostingKind::Single;
    // What is sent again under the same version is the same.
    let other_round = a.label() == b.label() && other_patches;
    other_files && (other_patches || both_single) || other_round
}

/// Whether two postings are parts of one that the range of a digest cut: the cover letter in one
/// digest, patches in the next. (Where the cover letter lists its patches, they tell.)
fn are_parts(a_member: &Member, a: Posting<'_>, b_member: &Member, b: Posting<'_>) -> bool {
    let (cover, rest) = match (a.flags().has_cover, b.flags().has_cover) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return false,
    };
    cover.patch_rows().is_empty()
        && !rest.flags().cover_skipped
        && same_posting(a, b)
        && are_neighbours(a_member, b_member)
}

fn are_neighbours(a: &Member, b: &Member) -> bool {
    match (a.contribution.range(), b.contribution.range()) {
        (Some((a_from, a_to)), Some((b_from, b_to))) => {
            same_commit(a_to, b_from) || same_commit(b_to, a_from)
        }
        _ => false,
    }
}

/// Letters of a commit id that two spellings of it have in common at least.
pub(super) const MIN_COMMIT: usize = 7;

/// Whether two commit ids, perhaps shortened, are of one commit.
pub(super) fn same_commit(a: &str, b: &str) -> bool {
    let len = a.len().min(b.len());
    len >= MIN_COMMIT
        && a.as_bytes()
            .iter()
            .zip(b.as_bytes())
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// Same version, number of patches and poster.
fn same_posting(a: Posting<'_>, b: Posting<'_>) -> bool {
    a.label() == b.label() && a.total() == b.total() && same_poster(a, b)
}

fn same_poster(a: Posting<'_>, b: Posting<'_>) -> bool {
    match (a.poster_keys(), b.poster_keys()) {
        (Some((a_name, a_email)), Some((b_name, b_email))) => {
            a_name == b_name && a_name != 0 || a_email == b_email && a_email != 0
        }
        _ => false,
    }
}

/// Whether the title of one is that of the other cut off by a folded header.
fn is_cut(a: Posting<'_>, b: Posting<'_>) -> bool {
    let (shown, full) = if a.title().len() < b.title().len() {
        (a, b)
    } else {
        (b, a)
    };
    if !is_cut_of(shown.title(), full.title()) || !same_poster(a, b) || contradict(a, b) {
        return false;
    }
    let rest = full.title().get(shown.title().len()..).unwrap_or_default();
    let next_word = rest.split_whitespace().next().unwrap_or_default();
    // Mail programs fold where the next word would pass 76 to 78 columns.
    let n_columns = "Subject: ".len() + usize::from(shown.row.n_subject_chars) + 1;
    n_columns + next_word.chars().count() > 75
}

/// The patches of a posting that are compared with those of others; none where it is no series.
pub(super) fn compared_patches(posting: Posting<'_>) -> &[PatchRow] {
    let rows = match posting.kind() {
        PostingKind::Series => posting.patch_rows(),
        PostingKind::Single | PostingKind::Pull => &[],
    };
    rows.get(..MOST_PATCHES).unwrap_or(rows)
}

/// The rows of postings that have patches in common with one, and how many.
fn sharing_patches(workspace: &Workspace, posting: Posting<'_>) -> Vec<(u32, usize)> {
    // Each once: a list may name a patch twice, and both sides must count alike.
    let mut keys: Vec<u64> = (compared_patches(posting).iter())
        .map(|patch| patch.key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let mut others: Vec<u32> = Vec::new();
    for key in keys {
        let pairs = workspace.patches.of(key);
        if pairs.len() > 1 {
            others.extend(few(pairs));
        }
    }
    others.sort_unstable();
    others
        .chunk_by(|a, b| a == b)
        .filter_map(|same| Some((*same.first()?, same.len())))
        .collect()
}

/// Whether the patches that two postings share prove that they are one work.
fn share_enough(a: Posting<'_>, b: Posting<'_>, n_shared: usize) -> bool {
    let (n_a, n_b) = (a.patch_rows().len(), b.patch_rows().len());
    let by_half = n_shared * 2 >= n_a.max(n_b);
    if a.label() == b.label() {
        let both_covers = a.flags().has_cover && b.flags().has_cover;
        return same_posting(a, b) && (!both_covers || by_half);
    }
    n_shared > 1 && by_half || lone_patch_fits(a, b)
}

/// Whether a posting of which one patch is known, at the same place of as many, is another
/// version: the rest of it is in no digest.
fn lone_patch_fits(a: Posting<'_>, b: Posting<'_>) -> bool {
    let is_lone =
        |posting: Posting<'_>| posting.patch_rows().len() == 1 && !posting.flags().has_cover;
    let (lone, other) = match (is_lone(a), is_lone(b)) {
        (true, _) => (a, b),
        (false, true) => (b, a),
        (false, false) => return false,
    };
    let Some(patch) = lone.patch_rows().first() else {
        return false;
    };
    lone.total() == other.total()
        && lone.total() > Some(1)
        && same_poster(a, b)
        && other
            .patch_rows()
            .iter()
            .take(MOST_PATCHES)
            .any(|row| row.key == patch.key && row.number == patch.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_how_it_joins() {
        for joins in [Joins::Strong, Joins::Title, Joins::Weak] {
            for hash in [0, 1, 2, 3, u64::MAX] {
                assert_eq!(Joins::by(joins.key(hash)), joins);
                assert_eq!(joins.key(hash) >> 2, hash >> 2);
            }
        }
    }
}

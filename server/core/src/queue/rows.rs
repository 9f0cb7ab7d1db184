//! The rows of the queue: the newest posting of every series in the section that says what to do
//! about it.
//!
//! Most series of a large folder concern nobody: each is looked at for a fraction of a
//! microsecond, and only rows that are shown are written out. What a digest's postings mean to the
//! reader is kept between two looks ([`Memo`]), as digests seldom change.
//!
//! Tests: `tests/tests/queue.rs`, over the corpus.

use std::cmp::Reverse;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::interest::{About, Interest, Reason};
use super::marks::{Key, Mark, Marked, Marks, Until};
use crate::features::names::{count, diffstat_short};
use crate::model::keys::KeyMap;
use crate::shown;
use crate::workspace::contribution::PostingKind;
use crate::workspace::works::{PostingAt, Work};
use crate::workspace::{Contribution, Day, Label, Place, Posting, Workspace};

/// The sections, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Repairs, and what asks for a backport: these jump the queue.
    Fixes,
    /// A newer version of what was marked.
    ReRolled,
    /// New, and of concern.
    New,
    /// Marked as waiting or replied; under review for long; sent once more.
    Waiting,
    /// Of no concern, or done.
    Rest,
}

impl Section {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::Fixes,
        Self::ReRolled,
        Self::New,
        Self::Waiting,
        Self::Rest,
    ];

    /// A word for it, for filters and protocols: `fixes`, `re-rolled`, `new`, `waiting`, `rest`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixes => "fixes",
            Self::ReRolled => "re-rolled",
            Self::New => "new",
            Self::Waiting => "waiting",
            Self::Rest => "rest",
        }
    }

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Fixes => "Fixes",
            Self::ReRolled => "Re-rolled since you looked",
            Self::New => "New",
            Self::Waiting => "Waiting, stuck",
            Self::Rest => "Rest",
        }
    }
}

/// How things stand with a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not marked.
    New,
    /// Marked in this version.
    Marked,
    /// An older version was marked.
    ReRolled,
    /// Was snoozed, and the time is over.
    Awake,
}

impl State {
    /// Its word in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Marked => "marked",
            Self::ReRolled => "re-rolled",
            Self::Awake => "awake",
        }
    }
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry that speaks for the newest version.
    pub place: Place,
    /// The title of the newest version, as digests show it.
    pub title: String,
    /// The poster's address.
    pub poster: String,
    /// The newest version.
    pub label: Label,
    /// `[v2 0/3] KVM: SVM: Fix CR8 intercepts`, harmless to show.
    pub name: String,
    /// The poster's name, harmless to show.
    pub who: String,
    /// `15 files +313 −23`, `UAPI`, `no selftest`.
    pub facts: Vec<String>,
    /// Has a `Fixes:` trailer.
    pub is_fix: bool,
    /// Asks for a backport.
    pub is_stable: bool,
    /// Why it concerns the reader; `None` where it does not.
    pub reason: Option<Reason>,
    /// How things stand.
    pub state: State,
    /// The reader's mark; of an older version where `state` says so.
    pub mark: Mark,
    /// The version that was marked, where one was.
    pub marked: Option<Label>,
    /// His note, harmless to show.
    pub note: String,
    /// Why it is stuck, in few words; empty where it is not.
    pub stuck: String,
    /// Its section.
    pub section: Section,
}

impl Row {
    /// `fix`, `stable`: two badges, as the one does not follow from the other.
    #[must_use]
    pub fn badges(&self) -> Vec<&'static str> {
        let fix = self.is_fix.then_some("fix");
        let stable = self.is_stable.then_some("stable");
        fix.into_iter().chain(stable).collect()
    }

    /// What was noted and what happened since: `waiting on v2: asked for a test`.
    #[must_use]
    pub fn remarks(&self) -> String {
        let mut parts = Vec::new();
        match (&self.state, self.marked) {
            (State::ReRolled, Some(marked)) => parts.push(format!("{} {marked}", self.mark.word())),
            (State::Marked, _) => parts.push(self.mark.to_string()),
            (State::Awake, _) => parts.push("was snoozed".to_owned()),
            _ => {}
        }
        if !self.stuck.is_empty() {
            parts.push(self.stuck.clone());
        }
        if !self.note.is_empty() {
            parts.push(self.note.clone());
        }
        parts.join(" · ")
    }
}

/// Rows of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionRows {
    /// Which.
    pub section: Section,
    /// Its first rows: newest digest first, then as they stand there.
    pub rows: Vec<Row>,
    /// How many more there are.
    pub n_more: usize,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// The sections that have rows, in order.
    pub sections: Vec<SectionRows>,
    /// Number of digests looked at.
    pub n_digests: usize,
    /// Number of series in them, single patches included.
    pub n_series: usize,
    /// How many concern the reader and are not marked yet, in this version.
    pub n_new: usize,
    /// Nothing was said of what concerns the reader, so everything does.
    pub is_everything: bool,
}

impl Queue {
    /// All rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|section| &section.rows)
    }
}

/// What of the queue is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The day, for what was snoozed until one; `None` where the clock is out of its mind.
    pub today: Option<Day>,
    /// A series under review without a newer version is stuck after this many digests.
    pub stuck_after: usize,
    /// Most rows of a section that are written out.
    pub max_rows: usize,
    /// What to show.
    pub filter: Filter,
}

/// What to show; empty parts let everything through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// In the title or the note, in any case.
    pub text: String,
    /// The word of a section.
    pub section: String,
    /// In a name or an address, in any case.
    pub person: String,
    /// In a path of the diffstat.
    pub path: String,
    /// The key of the digest that shows the newest version.
    pub digest: String,
}

impl Filter {
    fn lets_through(&self, work: &Judged<'_>) -> bool {
        let has = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        let posting = work.newest.posting;
        let note = work.marked.map_or("", |marked| &marked.note);
        if !self.section.is_empty() && self.section != work.section.word() {
            return false;
        }
        if !self.digest.is_empty() && self.digest != **work.newest.key {
            return false;
        }
        if !self.text.is_empty() && !has(posting.title(), &self.text) && !has(note, &self.text) {
            return false;
        }
        let by = |name: &str, email: &str| has(name, &self.person) || has(email, &self.person);
        if !self.person.is_empty()
            && !posting
                .poster()
                .is_some_and(|poster| by(poster.name, poster.email))
            && !posting.patches().any(|patch| by(patch.writer, ""))
        {
            return false;
        }
        self.path.is_empty() || posting.files().any(|file| file.path().contains(&self.path))
    }
}

/// What the postings of a digest mean to the reader.
#[derive(Debug)]
struct DigestMemo {
    contribution: Contribution,
    postings: Box<[PostingMemo]>,
}

#[derive(Debug)]
struct PostingMemo {
    /// The hash of what marks are kept under.
    key: u64,
    reason: Option<Box<Reason>>,
}

/// What is kept between two looks at the queue. Of no use with another [`Interest`].
#[derive(Debug, Default)]
pub struct Memo {
    /// By the digest's number in the workspace.
    digests: Vec<Option<DigestMemo>>,
}

impl Memo {
    /// Brings it up to date with a workspace; the number of digests that were looked at.
    fn update(&mut self, workspace: &Workspace, interest: &Interest) -> usize {
        let mut n_new = 0;
        self.digests.resize_with(workspace.n_slots(), || None);
        let mut seen = vec![false; self.digests.len()];
        for (slot, _, contribution) in workspace.slots() {
            let Some(place) = self.digests.get_mut(slot) else {
                continue;
            };
            if let Some(seen) = seen.get_mut(slot) {
                *seen = true;
            }
            let is_known = place
                .as_ref()
                .is_some_and(|memo| memo.contribution.is_same(contribution));
            if !is_known {
                n_new += 1;
                *place = Some(DigestMemo {
                    contribution: contribution.clone(),
                    postings: contribution
                        .postings()
                        .map(|posting| PostingMemo {
                            key: key_hash(&key_of(posting)),
                            reason: concern(interest, posting).map(Box::new),
                        })
                        .collect(),
                });
            }
        }
        for (place, seen) in self.digests.iter_mut().zip(seen) {
            if !seen {
                *place = None;
            }
        }
        n_new
    }

    fn of(&self, at: &PostingAt<'_>) -> Option<&PostingMemo> {
        let digest = self.digests.get(at.slot)?.as_ref()?;
        digest.postings.get(at.posting.index)
    }
}

fn key_of(posting: Posting<'_>) -> Key {
    let poster = posting.poster().map_or("", |poster| poster.email);
    Key::new(posting.title(), poster)
}

fn key_hash(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Why a posting concerns the reader; `None` if it does not.
#[must_use]
pub fn concern(interest: &Interest, posting: Posting<'_>) -> Option<Reason> {
    interest.reason(&about(posting))
}

fn about(posting: Posting<'_>) -> About<'_> {
    let titles = posting.patches().map(|patch| patch.title);
    let poster = posting.poster().map(|poster| (poster.name, poster.email));
    let writers = posting.patches().map(|patch| (patch.writer, ""));
    About {
        titles: std::iter::once(posting.title()).chain(titles).collect(),
        trees: posting.trees().split_whitespace().collect(),
        paths: posting.files().map(|file| file.path()).collect(),
        people: poster.into_iter().chain(writers).collect(),
    }
}

/// A work as the queue sees it.
struct Judged<'a> {
    work: Work<'a>,
    newest: PostingAt<'a>,
    /// Where its digest stands: list, and place in it.
    rank: (usize, usize),
    reason: Option<&'a Reason>,
    marked: Option<&'a Marked>,
    state: State,
    stuck: String,
    section: Section,
}

/// Makes the queue of a workspace. `memo` is that of the last time with the same interest, or a
/// new one.
#[must_use]
pub fn queue(
    workspace: &Workspace,
    interest: &Interest,
    marks: &Marks,
    memo: &mut Memo,
    options: &Options,
) -> Queue {
    memo.update(workspace, interest);
    let memo = &*memo;
    let marked = by_hash(marks);
    let chain = workspace.chain();
    let mut ranks = vec![(usize::MAX, usize::MAX); workspace.n_slots()];
    for (slot, key, _) in workspace.slots() {
        if let Some(rank) = ranks.get_mut(slot) {
            *rank = chain.rank(key);
        }
    }
    let judge = Judge {
        memo: Some(memo),
        marked: &marked,
        ranks: &ranks,
        run_ends: chain.runs.iter().map(|run| run.digests.len()).collect(),
        options,
    };

    let mut queue = Queue {
        n_digests: workspace.len(),
        is_everything: interest.is_everything(),
        ..Queue::default()
    };
    let mut sections: [Vec<Judged<'_>>; Section::ALL.len()] = Default::default();
    for work in workspace.each_work() {
        let Some(judged) = judge.judge(work) else {
            continue;
        };
        queue.n_series += 1;
        let is_new = judged.reason.is_some()
            && matches!(judged.state, State::New | State::ReRolled | State::Awake);
        queue.n_new += usize::from(is_new && judged.section != Section::Rest);
        if options.filter.lets_through(&judged) {
            sections[judged.section as usize].push(judged);
        }
    }
    for (section, mut works) in Section::ALL.into_iter().zip(sections) {
        // Newest digest first, then as they stand there; the key, should two digests be one.
        let order = |work: &Judged<'_>| (Reverse(work.rank), work.newest.posting.lead());
        let by_order = |a: &Judged<'_>, b: &Judged<'_>| {
            order(a)
                .cmp(&order(b))
                .then_with(|| a.newest.key.cmp(b.newest.key))
        };
        let n_all = works.len();
        if n_all > options.max_rows && options.max_rows > 0 {
            works.select_nth_unstable_by(options.max_rows - 1, by_order);
            works.truncate(options.max_rows);
        }
        works.sort_by(by_order);
        if n_all > 0 {
            queue.sections.push(SectionRows {
                section,
                n_more: n_all - works.len(),
                rows: works.iter().map(Judged::row).collect(),
            });
        }
    }
    queue
}

/// What works are judged by.
struct Judge<'a> {
    /// What postings mean to the reader; without it none concerns him.
    memo: Option<&'a Memo>,
    marked: &'a KeyMap<&'a Marked>,
    /// Of the digests, by number.
    ranks: &'a [(usize, usize)],
    /// Number of digests of each run of the chain.
    run_ends: Vec<usize>,
    options: &'a Options,
}

impl<'a> Judge<'a> {
    fn rank(&self, at: &PostingAt<'_>) -> (usize, usize) {
        self.ranks
            .get(at.slot)
            .copied()
            .unwrap_or((usize::MAX, usize::MAX))
    }

    fn judge(&self, work: Work<'a>) -> Option<Judged<'a>> {
        let mut postings = work.postings();
        let mut newest = postings.next()?;
        let mut is_pinged = is_ping(newest.posting);
        let mut reason = self.reason(&newest);
        let mut marked = self.marked_at(&newest);
        for at in postings {
            is_pinged |= is_ping(at.posting) && at.posting.label() == newest.posting.label();
            reason = reason.or_else(|| self.reason(&at));
            // Of several versions that are marked, the newest says what was done last.
            let other = self.marked_at(&at);
            if other.is_some_and(|other| marked.is_none_or(|marked| marked.version < other.version))
            {
                marked = other;
            }
            if self.is_newer(&at, &newest) {
                is_pinged = is_ping(at.posting)
                    || is_pinged && at.posting.label() == newest.posting.label();
                newest = at;
            }
        }
        let rank = self.rank(&newest);
        let label = newest.posting.label();
        let state = marked.map_or(State::New, |marked| self.state(marked, label));
        let age = self
            .run_ends
            .get(rank.0)
            .map_or(0, |end| end.saturating_sub(rank.1 + 1));
        let mut judged = Judged {
            work,
            newest,
            rank,
            reason,
            marked,
            state,
            stuck: String::new(),
            section: Section::Rest,
        };
        judged.section = self.section(&mut judged, age, is_pinged);
        Some(judged)
    }

    fn marked_at(&self, at: &PostingAt<'_>) -> Option<&'a Marked> {
        if self.marked.is_empty() {
            return None;
        }
        let known = self.memo.and_then(|memo| memo.of(at));
        let key = known.map_or_else(|| key_hash(&key_of(at.posting)), |memo| memo.key);
        self.marked.get(&key).copied()
    }

    fn reason(&self, at: &PostingAt<'_>) -> Option<&'a Reason> {
        self.memo?.of(at)?.reason.as_deref()
    }

    /// Whether a posting is newer than another of its work: as it arrived, where the chain of
    /// digests tells, else by its number. The same version once more is not newer.
    fn is_newer(&self, at: &PostingAt<'_>, than: &PostingAt<'_>) -> bool {
        let (label, other) = (at.posting.label(), than.posting.label());
        if label == other {
            // The one with the cover letter speaks for both; then the first.
            let order = |at: &PostingAt<'_>| {
                (
                    !at.posting.flags().has_cover,
                    at.posting.flags().is_resend,
                    self.rank(at),
                    Reverse(at.posting.lead()),
                )
            };
            return order(at) < order(than);
        }
        let (rank, other_rank) = (self.rank(at), self.rank(than));
        if rank.0 != other_rank.0 || rank.0 == usize::MAX {
            return label > other;
        }
        // Newest entries stand first.
        (rank.1, Reverse(at.posting.lead())) > (other_rank.1, Reverse(than.posting.lead()))
    }

    fn state(&self, marked: &Marked, newest: Label) -> State {
        let is_new_version = marked.version != newest;
        match &marked.mark {
            Mark::New => State::New,
            Mark::Ignored => State::Marked,
            Mark::Snoozed(until) => {
                let is_over = match until {
                    Until::Day(day) => self.options.today.is_some_and(|today| *day <= today),
                    Until::Version(version) => *version <= newest.version,
                };
                if is_over { State::Awake } else { State::Marked }
            }
            _ if is_new_version => State::ReRolled,
            _ => State::Marked,
        }
    }

    fn section(&self, work: &mut Judged<'_>, age: usize, is_pinged: bool) -> Section {
        let flags = work.newest.posting.flags();
        let is_urgent = flags.is_fix || flags.is_stable;
        let mark = work.marked.map(|marked| &marked.mark);
        match work.state {
            State::Marked => match mark {
                Some(Mark::Waiting | Mark::Replied | Mark::Reviewing) => {
                    let is_waiting = !matches!(mark, Some(Mark::Reviewing));
                    if is_pinged {
                        "sent again".clone_into(&mut work.stuck);
                    } else if age >= self.options.stuck_after && self.options.stuck_after > 0 {
                        work.stuck = format!(
                            "no new version for {}",
                            count(age as u64, "digest", "digests")
                        );
                    }
                    if is_waiting || !work.stuck.is_empty() {
                        Section::Waiting
                    } else if is_urgent {
                        Section::Fixes
                    } else {
                        Section::New
                    }
                }
                _ => Section::Rest,
            },
            State::ReRolled if is_urgent => Section::Fixes,
            State::ReRolled => Section::ReRolled,
            State::New | State::Awake => {
                // A mark, taken back or over, is interest enough.
                if work.reason.is_none() && mark.is_none() {
                    Section::Rest
                } else if is_urgent {
                    Section::Fixes
                } else if is_pinged {
                    "sent again".clone_into(&mut work.stuck);
                    Section::Waiting
                } else {
                    Section::New
                }
            }
        }
    }
}

/// Sent once more without change: a ping.
fn is_ping(posting: Posting<'_>) -> bool {
    posting.flags().is_resend
}

impl Judged<'_> {
    fn row(&self) -> Row {
        let posting = self.newest.posting;
        let flags = posting.flags();
        let poster = posting.poster();
        let name = poster.map_or("", |poster| {
            if poster.name.is_empty() {
                poster.email
            } else {
                poster.name
            }
        });
        Row {
            place: self.newest.place(),
            title: posting.title().to_owned(),
            poster: poster.map_or("", |poster| poster.email).to_owned(),
            label: posting.label(),
            name: name_of(posting),
            who: shown::plain(name).into_owned(),
            facts: self.facts(),
            is_fix: flags.is_fix,
            is_stable: flags.is_stable,
            reason: self.reason.cloned(),
            state: self.state.clone(),
            mark: self.marked.map_or(Mark::New, |marked| marked.mark.clone()),
            marked: self.marked.map(|marked| marked.version),
            note: self.marked.map_or(String::new(), |marked| {
                shown::plain(&marked.note).into_owned()
            }),
            stuck: self.stuck.clone(),
            section: self.section,
        }
    }

    fn facts(&self) -> Vec<String> {
        let posting = self.newest.posting;
        let mut facts = Vec::new();
        if let Some(changes) = posting.changes() {
            facts.push(diffstat_short(&changes.into()));
        }
        if posting.flags().touches_uapi {
            facts.push("UAPI".to_owned());
        }
        let has_tests = posting.files().any(|file| is_selftest(file.folder));
        if has_tests {
            facts.push("selftests".to_owned());
        } else if posting.flags().touches_uapi && !posting.flags().files_partial {
            facts.push("no selftest".to_owned());
        }
        // The version before, where digests have it.
        if let Some(history) = self.work.history()
            && history.versions.len() > 1
            && let Some(at) = history
                .versions
                .iter()
                .position(|version| version.label == posting.label())
            && let Some(before) = history
                .shown_before(at)
                .and_then(|idx| history.versions.get(idx))
        {
            facts.push(format!("after {}", before.label));
        }
        facts
    }
}

fn is_selftest(folder: &str) -> bool {
    folder.contains("selftests/") || folder.contains("kunit/")
}

/// `[kvmtool v2 0/3] title`, `[PATCH net-next v2] title`: as the outline has it.
fn name_of(posting: Posting<'_>) -> String {
    let flags = posting.flags();
    let mut words: Vec<String> = Vec::new();
    match posting.kind() {
        PostingKind::Single => words.push("PATCH".to_owned()),
        PostingKind::Pull => words.push("GIT PULL".to_owned()),
        PostingKind::Series => {}
    }
    words.extend(posting.trees().split_whitespace().map(str::to_owned));
    if flags.is_rfc {
        words.push("RFC".to_owned());
    }
    if flags.is_resend {
        words.push("RESEND".to_owned());
    }
    if let Some(version) = posting.version() {
        words.push(format!("v{version}"));
    }
    if posting.kind() == PostingKind::Series {
        let n_patches = posting.n_patches();
        let width = n_patches.to_string().len();
        words.push(format!("{:0width$}/{n_patches}", 0));
    }
    let title = match posting.title() {
        "" => "(no title)",
        title => title,
    };
    let name = format!("[{}] {title}", words.join(" "));
    shown::plain(&shown::short(&name, 400)).into_owned()
}

/// The row of the series that an entry belongs to, whoever it concerns; `None` for replies.
#[must_use]
pub fn row_of(
    workspace: &Workspace,
    place: &Place,
    marks: &Marks,
    options: &Options,
) -> Option<Row> {
    let work = workspace.work_at(place)?;
    let marked = by_hash(marks);
    let chain = workspace.chain();
    let mut ranks = Vec::new();
    for at in work.postings() {
        ranks.resize(ranks.len().max(at.slot + 1), (usize::MAX, usize::MAX));
        if let Some(rank) = ranks.get_mut(at.slot) {
            *rank = chain.rank(at.key);
        }
    }
    let judge = Judge {
        memo: None,
        marked: &marked,
        ranks: &ranks,
        run_ends: chain.runs.iter().map(|run| run.digests.len()).collect(),
        options,
    };
    Some(judge.judge(work)?.row())
}

/// What is noted when the version that an entry shows is marked; `None` for replies.
#[must_use]
pub fn marked_at(workspace: &Workspace, place: &Place, mark: Mark, note: String) -> Option<Marked> {
    let posting = workspace.get(&place.key)?.posting_of(place.entry)?;
    Some(Marked {
        title: posting.title().to_owned(),
        poster: posting
            .poster()
            .map_or("", |poster| poster.email)
            .to_owned(),
        version: posting.label(),
        mark,
        note,
    })
}

fn by_hash(marks: &Marks) -> KeyMap<&Marked> {
    marks
        .iter()
        .map(|marked| (key_hash(&marked.key()), marked))
        .collect()
}

/// Keys of the other versions of a row's series: what is noted under them is replaced when the row
/// is marked.
#[must_use]
pub fn keys_of(workspace: &Workspace, place: &Place) -> Vec<Key> {
    let Some(history) = workspace.history(&place.key, place.entry) else {
        return Vec::new();
    };
    let postings = history
        .versions
        .iter()
        .flat_map(|version| &version.postings);
    let keys =
        postings.filter_map(|at| Some(key_of(workspace.get(&at.place.key)?.posting(at.index)?)));
    keys.collect()
}

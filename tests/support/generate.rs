//! Digests of any size and number, made up from the real ones: for measuring, where the same
//! text over and over would flatter (processors learn it by heart).
//!
//! Taken are *units*: a series' entries with their log lines, and single mails. Each copy is
//! written with words, names, addresses, numbers and hashes of its own, which agree within the
//! copy, so that a shortlog still lists the titles of the patches; prose is wrapped anew. Tags,
//! trailers, headings, counts and rules stay. Units come in random order, and the tables are
//! counted from what the digest holds.
//!
//! What real digests have wrong is put right first, and log lines of letters that were left out stay
//! away, so that nothing is wrong with the copies.
//!
//! The same seed gives the same bytes. Series belong together because [`Digest`] says so of the
//! real ones; that they still do in the copies is what the tests hold it to.

mod template;
mod words;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use patch_digest_core::lints::{CheckOptions, Profile};
use patch_digest_core::model::postings::Series;
use patch_digest_core::{Digest, fixes};

use crate::corpus;
use crate::random::Random;
use template::{Story, Template};
use words::Vocabulary;

/// Names of lists.
const LISTS: [&str; 4] = ["KVM", "NETDEV", "LINUX-MM", "LINUX-ARM-KERNEL"];

/// How many rows a table has at most.
const N_ROWS: usize = 15;

/// The smallest digest that comes out as large as asked for, in bytes.
pub const MIN_BYTES: usize = 8 * 1024;

/// Room left for the head of the digest and for the mail that fills it up, in bytes.
const RESERVE: usize = 4 * 1024;

/// Makes digests.
#[derive(Debug)]
pub struct Generator {
    templates: Vec<Template>,
    /// Indexes of templates that are one mail without series.
    singles: Vec<usize>,
    vocabulary: Vocabulary,
}

/// A digest made up, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// A name for its file.
    pub name: String,
    /// Its content.
    pub text: String,
    /// The commit its range starts after.
    pub from: String,
    /// The commit its range ends with.
    pub to: String,
    /// Number of entries.
    pub n_entries: usize,
    /// Number of postings of series.
    pub n_series: usize,
    /// Of these, the number of those that are later versions of one in an earlier digest.
    pub n_reposts: usize,
}

impl Generator {
    /// A generator that takes units from the real digests.
    ///
    /// # Errors
    ///
    /// When these cannot be read.
    pub fn new() -> io::Result<Self> {
        let digests = corpus::digests()?;
        let texts: Vec<String> = digests.iter().map(|(_, text)| put_right(text)).collect();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let vocabulary = Vocabulary::new(&texts);
        let templates: Vec<Template> = texts
            .iter()
            .flat_map(|text| units(text))
            .map(|unit| Template::new(&unit.entries, unit.is_series, unit.n_mails))
            .collect();
        let singles = (0..templates.len())
            .filter(|&idx| !templates[idx].is_series)
            .collect();
        Ok(Self {
            templates,
            singles,
            vocabulary,
        })
    }

    /// A digest of `n_bytes`, which is at least [`MIN_BYTES`].
    ///
    /// # Panics
    ///
    /// When the corpus has no single mail, which could fill a digest up.
    #[must_use]
    pub fn digest(&self, n_bytes: usize, seed: u64) -> Generated {
        self.chain(n_bytes, seed).next_digest()
    }

    /// Digests of `n_bytes` each, without end: the range of each starts where that of the one
    /// before ends, and series come back as later versions.
    pub fn folder(&self, n_bytes: usize, seed: u64) -> impl Iterator<Item = Generated> + '_ {
        let mut chain = self.chain(n_bytes, seed);
        std::iter::repeat_with(move || chain.next_digest())
    }

    fn chain(&self, n_bytes: usize, seed: u64) -> Chain<'_> {
        let mut random = Random::new(seed);
        Chain {
            generator: self,
            n_bytes,
            list: LISTS[random.below(LISTS.len())],
            commit: words::hash(&mut random, 9),
            random,
            told: Vec::new(),
        }
    }
}

/// A run of digests of one list.
struct Chain<'a> {
    generator: &'a Generator,
    n_bytes: usize,
    list: &'static str,
    /// Where the last range ended.
    commit: String,
    random: Random,
    /// What was posted and may come back as a later version.
    told: Vec<Story>,
}

/// Most postings that may still come back.
const MOST_TOLD: usize = 400;

impl Chain<'_> {
    fn next_digest(&mut self) -> Generated {
        let generator = self.generator;
        let mut made = Generated {
            name: String::new(),
            text: String::new(),
            from: self.commit.clone(),
            to: words::hash(&mut self.random, 9),
            n_entries: 0,
            n_series: 0,
            n_reposts: 0,
        };
        let mut told_now = Vec::new();
        let mut unseen = Vec::new();
        let mut bag = Bag::default();
        let mut body = String::with_capacity(self.n_bytes);
        let limit = self.n_bytes.saturating_sub(RESERVE);
        while let Some(story) = self.next_story(&mut bag, limit.saturating_sub(body.len())) {
            unseen.push((body.len(), self.n_unseen(story)));
            self.tell(story, &mut body, &mut made);
            told_now.push(story);
        }

        // One mail more, filled up to the size.
        let template = *self.random.pick(&generator.singles);
        let last = Story::new(template, self.random.next_u64());
        let start = body.len();
        self.tell(last, &mut body, &mut made);
        let head = head(self.list, &made, &body, &unseen);
        let missing = self.n_bytes.saturating_sub(head.len() + body.len());
        let filling = generator.vocabulary.prose(&mut self.random, missing);
        let message = body[start..]
            .find("\n\n")
            .map_or(body.len(), |at| start + at + 2);
        body.insert_str(message, &filling);

        let list = self.list.to_ascii_lowercase();
        made.name = format!("{list}-{}-{}.txt", made.from, made.to);
        made.text = head + &body;
        self.commit.clone_from(&made.to);
        self.told.extend(told_now);
        let n_over = self.told.len().saturating_sub(MOST_TOLD);
        self.told.drain(..n_over);
        made
    }

    /// What is posted next, in at most about `room` bytes.
    fn next_story(&mut self, bag: &mut Bag, room: usize) -> Option<Story> {
        let templates = &self.generator.templates;
        if !self.told.is_empty() && self.random.one_in(3) {
            let idx = self.random.below(self.told.len());
            if templates[self.told[idx].template].len <= room {
                return Some(self.told.swap_remove(idx).later());
            }
        }
        let template = bag.draw(&mut self.random, templates, room)?;
        Some(Story::new(template, self.random.next_u64()))
    }

    /// How many of its mails have no entry.
    fn n_unseen(&self, story: Story) -> usize {
        let template = &self.generator.templates[story.template];
        template.n_mails.saturating_sub(template.n_entries)
    }

    fn tell(&mut self, story: Story, body: &mut String, made: &mut Generated) {
        let template = &self.generator.templates[story.template];
        template.write(story, &self.generator.vocabulary, &mut self.random, body);
        made.n_entries += template.n_entries;
        made.n_series += usize::from(template.is_series);
        made.n_reposts += usize::from(story.bump > 0);
    }
}

/// Templates in random order, each once before any comes again.
#[derive(Debug, Default)]
struct Bag(Vec<usize>);

impl Bag {
    /// One that is not larger than `room`, if there is any.
    fn draw(&mut self, random: &mut Random, templates: &[Template], room: usize) -> Option<usize> {
        let fitting = |bag: &mut Vec<usize>| {
            let at = bag.iter().position(|&idx| templates[idx].len <= room)?;
            Some(bag.swap_remove(at))
        };
        if let Some(template) = fitting(&mut self.0) {
            return Some(template);
        }
        self.0 = (0..templates.len()).collect();
        for end in (1..self.0.len()).rev() {
            self.0.swap(end, random.below(end + 1));
        }
        fitting(&mut self.0)
    }
}

/// A series or a single mail of a real digest.
struct Unit {
    /// The texts of its entries, with log lines behind them.
    entries: Vec<String>,
    is_series: bool,
    /// How many mails it is, with those that have no entry.
    n_mails: usize,
}

/// A real digest without the damage that is certain.
fn put_right(text: &str) -> String {
    let options = CheckOptions::new(Profile::Maker);
    let fixed = fixes::fix_all(&Digest::parse(text), &options);
    fixed.map_or_else(|| text.to_owned(), |fixed| fixed.text)
}

/// The units of a real digest.
fn units(text: &str) -> Vec<Unit> {
    let digest = Digest::parse(text);
    let model = digest.model();
    let text_of = |entry: usize| {
        let place = digest.blocks().entry(entry)?;
        let mut unit = digest.block_text(&place);
        for (log, pair) in model.log.iter().enumerate() {
            let is_letter = |series: &Series| series.skipped_cover == Some(log);
            if pair.entry == Some(entry)
                && !model.series.iter().any(is_letter)
                && let Some(place) = digest.blocks().log(log)
            {
                unit.push_str(&digest.block_text(&place));
            }
        }
        Some(unit)
    };
    let series = model.series.iter().map(|series| Unit {
        entries: series.entries.iter().copied().filter_map(text_of).collect(),
        is_series: true,
        n_mails: series.n_patches() + 1,
    });
    let alone = model.entries.iter().enumerate();
    let singles = alone
        .filter(|(_, mail)| mail.series().is_none())
        .map(|(entry, _)| Unit {
            entries: text_of(entry).into_iter().collect(),
            is_series: false,
            n_mails: 1,
        });
    series.chain(singles).collect()
}

/// The lines before the entries, with tables of who posted the entries in `body`, and of the mails
/// without entry: so many by the first poster from a place on.
fn head(list: &str, made: &Generated, body: &str, unseen: &[(usize, usize)]) -> String {
    let (from, to) = (&made.from, &made.to);
    let mut head = format!("From {from} to {to}\n{list} mailing list update from {from} to {to}\n");
    let mut domains = Tally::default();
    let mut posters = Tally::default();
    let mut count = |author, n_mails| {
        domains.count(domain_of(author), n_mails);
        posters.count(author, n_mails);
    };
    authors(body).for_each(|author| count(author, 1));
    for &(start, n_mails) in unseen {
        if let Some(author) = authors(&body[start..]).next() {
            count(author, n_mails);
        }
    }
    head += "\nTop 15 contributor Email domains (Based on Email Body)\n\n";
    for (domain, count) in domains.top() {
        let _ = writeln!(head, "{count:7} {domain}");
    }
    head += "\nTop 15 contributors (Based on Email Body)\n\n";
    for (poster, count) in posters.top() {
        let _ = writeln!(head, "{count:7}  {}", encoded(poster));
    }
    head + "\n===== Patch list in this time period =====\n\n\n===== Patch Commit Messages ====\n\n"
}

fn authors(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("Author: "))
}

fn domain_of(author: &str) -> &str {
    let address = author.rsplit_once('<').map_or(author, |(_, rest)| rest);
    let domain = address.rsplit_once('@').map_or(address, |(_, rest)| rest);
    domain.trim_end_matches('>')
}

/// Counts names.
#[derive(Debug, Default)]
struct Tally<'a> {
    rows: Vec<(&'a str, usize)>,
    row_of: HashMap<&'a str, usize>,
}

impl<'a> Tally<'a> {
    fn count(&mut self, name: &'a str, n: usize) {
        let next = self.rows.len();
        let row = *self.row_of.entry(name).or_insert(next);
        if row == next {
            self.rows.push((name, 0));
        }
        self.rows[row].1 += n;
    }

    /// The most frequent, and among equals the first.
    fn top(mut self) -> Vec<(&'a str, usize)> {
        self.rows
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.rows.truncate(N_ROWS);
        self.rows
    }
}

/// `Carlos López <a@b>` as the tables have it: `=?UTF-8?q?Carlos=20L=C3=B3pez?= <a@b>`.
fn encoded(author: &str) -> String {
    let Some((name, address)) = author.rsplit_once(" <").filter(|_| !author.is_ascii()) else {
        return author.to_owned();
    };
    let mut result = "=?UTF-8?q?".to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            result.push(char::from(byte));
        } else {
            let _ = write!(result, "={byte:02X}");
        }
    }
    format!("{result}?= <{address}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use patch_digest_core::lints;
    use patch_digest_core::syntax::BlockKind;

    use super::*;

    fn generator() -> Generator {
        Generator::new().unwrap()
    }

    #[track_caller]
    fn check_digest(made: &Generated, n_bytes: usize) {
        let off = made.text.len().abs_diff(n_bytes);
        assert!(off * 50 <= n_bytes, "{} for {n_bytes}", made.text.len());
        let digest = Digest::parse(&made.text);
        assert_eq!(lints::check(&digest), []);
        let model = digest.model();
        assert_eq!(model.entries.len(), made.n_entries);
        assert_eq!(model.series.len(), made.n_series);
        let (from, to) = (&*made.from, &*made.to);
        assert_eq!(model.header.range(), Some((from, to)));
    }

    #[test]
    fn it_holds_what_is_said_and_nothing_is_wrong_with_it() {
        let generator = generator();
        for (n_bytes, seed) in [(MIN_BYTES, 1), (20_000, 2), (40_000, 3), (1_000_000, 4)] {
            check_digest(&generator.digest(n_bytes, seed), n_bytes);
        }
        for seed in 0..40 {
            check_digest(&generator.digest(40_000, seed), 40_000);
        }
    }

    #[test]
    fn the_seed_decides() {
        let generator = generator();
        assert_eq!(generator.digest(50_000, 7), generator.digest(50_000, 7));
        assert_ne!(
            generator.digest(50_000, 7).text,
            generator.digest(50_000, 8).text
        );
    }

    #[test]
    fn no_entry_comes_twice_and_few_lines_do() {
        let made = generator().digest(1_000_000, 5);
        let digest = Digest::parse(&made.text);
        let mut texts = HashSet::new();
        for place in digest.blocks().iter() {
            if place.block.kind == BlockKind::Entry {
                assert!(texts.insert(digest.block_text(&place)));
            }
        }
        let lines = || made.text.lines().filter(|line| line.len() > 40);
        let distinct: HashSet<&str> = lines().filter(|line| !line.starts_with("---")).collect();
        let n_lines = lines().count();
        assert!(
            distinct.len() * 10 > n_lines * 9,
            "{} of {n_lines}",
            distinct.len()
        );
    }

    #[test]
    fn series_are_whole_and_their_shortlogs_name_their_patches() {
        let made = generator().digest(400_000, 6);
        let digest = Digest::parse(&made.text);
        let mut n_listed = 0;
        for series in &digest.model().series {
            for patch in &series.patches {
                n_listed += usize::from(patch.entry().is_some() && patch.listed().is_some());
            }
        }
        // Nearly every series of the corpus has an entry for its first patch.
        assert!(n_listed * 2 > made.n_series, "{n_listed}");
    }

    #[test]
    fn a_folder_is_a_chain_in_which_series_come_back() {
        let generator = generator();
        let digests: Vec<Generated> = generator.folder(60_000, 9).take(8).collect();
        for pair in digests.windows(2) {
            assert_eq!(pair[0].to, pair[1].from);
        }
        for made in &digests {
            check_digest(made, 60_000);
        }
        assert_eq!(digests[0].n_reposts, 0);
        let mut earlier: HashMap<String, u32> = HashMap::new();
        let mut n_later = 0;
        for made in &digests {
            let digest = Digest::parse(&made.text);
            for series in &digest.model().series {
                let version = series.version.as_deref().unwrap_or("1");
                let version: u32 = version.parse().unwrap();
                if let Some(before) = earlier.insert(series.title.to_string(), version) {
                    assert!(before < version, "{}", series.title);
                    n_later += 1;
                }
            }
        }
        let n_reposts: usize = digests.iter().map(|made| made.n_reposts).sum();
        assert!(n_later > 0 && n_later <= n_reposts, "{n_later} {n_reposts}");
    }
}

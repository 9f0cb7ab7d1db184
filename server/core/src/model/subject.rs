//! The subject line of a mail: the tag in brackets and the title behind it.
//!
//! `[LTP] [PATCH v2 01/11] make: Support native tools` has two tag groups, version 2,
//! patch 1 of 11 and the title `make: Support native tools`.
//!
//! Which brackets form the tag: all groups from the start of the line up to the one that
//! says `PATCH` or `PULL` (without such a one: up to the one that says `RFC`, `RESEND` or
//! `n/N`), and those that follow it at once, as in `[PATCH 1/6] [DOC] title`. A later group
//! belongs to the title when it is glued to a word (`[PATCH] [x]y`), is long, or when no
//! title would be left. A bracket behind the first word of the title always belongs to it.
//!
//! A scanner by hand: it looks at a bounded stretch at the start of the line, whatever the
//! length of the title, and allocates only the lists it returns.

mod plain;
mod version;
mod words;

use std::ops::Range;

use memchr::memchr2;

pub use version::Version;
use version::version_word;
use words::{Reader, Role, Strength, next_word, strength};

/// A subject line taken apart. All ranges are bytes of the line it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What the brackets say.
    pub tag: Tag,
    /// Where the title begins: behind the last tag group, blanks and a colon.
    pub title_start: usize,
}

impl Subject {
    /// The title, without blanks around it.
    #[must_use]
    pub fn title<'a>(&self, subject: &'a str) -> &'a str {
        subject.get(self.title_start..).unwrap_or("").trim()
    }

    /// What kind of mail the tag announces.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.tag.kind()
    }
}

/// The tag: what the leading bracket groups say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// From the first `[` to behind the last `]` of the tag.
    pub range: Range<usize>,
    /// The group that says `PATCH` or `PULL`, with its brackets.
    pub group: Range<usize>,
    /// `v4`, `V2`, `v9a`, `v5.5`; none means the first version.
    pub version: Option<Version>,
    /// The version as written, `v4`; the tree `v6.1` where that could be meant instead.
    pub version_range: Option<Range<usize>>,
    /// A dotted number, which might name a version (`v5.5`) as well as a tree (`v6.1`).
    ///
    /// It is taken for a tree when another version stands beside it, when the kernel of
    /// that number is maintained for the long term, or when it ends in 10 and more; else
    /// for a version.
    pub version_ambiguous: bool,
    /// The `1` of `1/3`.
    pub number: Option<u32>,
    /// The `3` of `1/3`.
    pub total: Option<u32>,
    /// Digits of the number as written: 2 in `01/36`. 0 without a number.
    pub number_width: u8,
    /// `1/3` as written.
    pub number_range: Option<Range<usize>>,
    /// Says `PATCH`.
    pub is_patch: bool,
    /// Says `PULL`.
    pub is_pull: bool,
    /// Says `RFC`: not for merging yet.
    pub is_rfc: bool,
    /// Says `RESEND` or `REPOST`: sent once more.
    pub is_resend: bool,
    /// What most tags do not have.
    rare: Option<Box<Rare>>,
}

/// What most tags do not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rare {
    trees: Vec<String>,
    tree_ranges: Vec<Range<usize>>,
    marks: Vec<Range<usize>>,
    problems: Vec<TagProblem>,
}

impl Tag {
    /// Words that name a tree, a branch or a list: `kvmtool`, `net-next`, `LTP`, `6.1.y`.
    #[must_use]
    pub fn trees(&self) -> &[String] {
        self.rare.as_ref().map_or(&[], |rare| &rare.trees)
    }

    /// Where each of the trees stands.
    #[must_use]
    pub fn tree_ranges(&self) -> &[Range<usize>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.tree_ranges)
    }

    /// Where words stand that say something else: `RFT`, `COMMITTED`, and groups behind the one that
    /// says `PATCH`, such as `[DOC]`.
    #[must_use]
    pub fn mark_ranges(&self) -> &[Range<usize>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.marks)
    }

    /// What is wrong with the tag.
    #[must_use]
    pub fn problems(&self) -> &[TagProblem] {
        self.rare.as_ref().map_or(&[], |rare| &rare.problems)
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The tag as shown to readers: `PATCH v3 1/4`, or all groups with their brackets when
    /// there are several: `[LTP] [PATCH v2]`.
    #[must_use]
    pub fn text(&self, subject: &str) -> String {
        let whole = subject.get(self.range.clone()).unwrap_or("");
        if self.group != self.range {
            return whole.to_owned();
        }
        let inside = whole.strip_prefix('[').unwrap_or(whole);
        inside.strip_suffix(']').unwrap_or(inside).trim().to_owned()
    }

    /// What kind of mail the tag announces.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.number {
            Some(0) => Kind::Cover,
            Some(_) => Kind::Patch,
            None if self.is_pull => Kind::Pull,
            None => Kind::Single,
        }
    }

    /// The words that say something else.
    pub fn marks<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a str> {
        self.mark_ranges()
            .iter()
            .filter_map(|range| subject.get(range.clone()))
    }
}

/// What kind of mail a tag announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `0/N`, also of a pull request: `[GIT PULL 00/10]`.
    Cover,
    /// `n/N`.
    Patch,
    /// No number.
    Single,
    /// `PULL` without a number.
    Pull,
}

/// Something wrong with a tag, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagProblem {
    /// What is wrong.
    pub kind: TagProblemKind,
    /// The bytes of the subject it is about.
    pub range: Range<usize>,
}

/// What can be wrong with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagProblemKind {
    /// `[PATCH v2 title`
    Unclosed,
    /// `[PATCH 5/3]`
    NumberOverTotal,
    /// `[PATCH 0/0]`
    ZeroTotal,
    /// `[PATCH 1/]`
    NoTotal,
    /// `[PATCH /3]`
    NoNumber,
    /// `[PATCH 1/99999999]`
    HugeNumber,
    /// `[PATCH 1/3 2/3]`
    TwoNumbers,
    /// `[PATCH v0]`
    ZeroVersion,
    /// `[PATCH v]`
    NoVersion,
    /// `[PATCH v2 v3]`
    TwoVersions,
}

impl TagProblem {
    /// The problem in words: `` `5/3` counts past its total ``.
    #[must_use]
    pub fn message(&self, subject: &str) -> String {
        use TagProblemKind as K;
        let text = subject.get(self.range.clone()).unwrap_or("");
        match self.kind {
            K::Unclosed => "the tag's `[` is not closed".to_owned(),
            K::NumberOverTotal => format!("`{text}` counts past its total"),
            K::ZeroTotal => format!("`{text}` is a series without patches"),
            K::NoTotal => format!("`{text}` does not say of how many"),
            K::NoNumber => format!("`{text}` does not say which patch"),
            K::HugeNumber => format!("`{text}` is too large for a patch number"),
            K::TwoNumbers => format!("`{text}` is a second patch number"),
            K::ZeroVersion => format!("`{text}`: versions begin at 1"),
            K::NoVersion => format!("`{text}` does not say which version"),
            K::TwoVersions => format!("`{text}` is a second version"),
        }
    }
}

/// Groups looked at before giving up; real mail has at most four.
const MAX_GROUPS: usize = 8;
/// Bytes between `[` and `]` of a group, up to the one that says `PATCH`.
const MAX_GROUP_LEN: usize = 120;
/// The same for the groups behind it, where a title may begin with a bracket.
const MAX_LATER_GROUP_LEN: usize = 24;

/// Takes a subject line apart, such as `[PATCH v3 1/4] KVM: selftests: Report reads`.
///
/// None when the line does not begin with brackets that make a tag: `Re: [PATCH] title`,
/// `[1] https://example.org/`, `[   12.345678] a kernel's log`.
///
/// ```text
/// [RFC PATCH v2 00/37] guest_memfd: In-place conversion support
/// [PATCH nf,v2] title      [PATCHv2 net] title     [PATCH/RFC] title
/// [LTP] [PATCH] [COMMITTED] title                  [PATCH 1/6] [DOC] title
/// ```
#[must_use]
pub fn parse_subject(subject: &str) -> Option<Subject> {
    let bytes = subject.as_bytes();
    if bytes.first() != Some(&b'[') {
        return None;
    }
    plain::parse(bytes).or_else(|| parse_groups(subject))
}

/// [`parse_subject`] of any line that begins with a bracket.
fn parse_groups(subject: &str) -> Option<Subject> {
    let bytes = subject.as_bytes();
    let mut groups: [Range<usize>; MAX_GROUPS] = Default::default();
    let mut n_groups = 0;
    let mut pos = 0;
    for slot in &mut groups {
        let Some(group) = group_at(bytes, pos) else {
            break;
        };
        pos = skip_blanks(bytes, group.end);
        *slot = group;
        n_groups += 1;
    }
    let groups = groups.get(..n_groups)?;
    if n_groups == 0 {
        return parse_unclosed(subject);
    }

    let strength = |group: &Range<usize>| strength(inside(bytes, group));
    let says = |least: Strength| groups.iter().position(|group| strength(group) >= least);
    let main = says(Strength::Patch).or_else(|| says(Strength::Other))?;
    let mut end = main + 1;
    while let Some(group) = groups.get(end) {
        let rest = bytes.get(group.end..).unwrap_or(&[]);
        if !may_follow(inside(bytes, group), rest) {
            break;
        }
        end += 1;
    }

    let mut reader = Reader::new(bytes);
    for (idx, group) in groups.iter().take(end).enumerate() {
        reader.role = if idx > main { Role::Mark } else { Role::Tree };
        reader.read(group.start + 1, group.end - 1);
    }
    let mut tag = reader.finish();
    tag.group = groups.get(main)?.clone();
    tag.range = 0..groups.get(end - 1)?.end;
    let title_start = title_start(bytes, tag.range.end);
    Some(Subject { tag, title_start })
}

/// A tag that nobody closed: it goes as far as its words are those of a tag.
fn parse_unclosed(subject: &str) -> Option<Subject> {
    let bytes = subject.as_bytes();
    let limit = bytes.len().min(MAX_GROUP_LEN);
    let mut end = 0;
    let mut found = Strength::None;
    let mut pos = 1;
    while let Some(word) = next_word(bytes, pos, limit) {
        pos = word.end;
        let text = bytes.get(word.clone()).unwrap_or(&[]);
        let strength = strength(text);
        if strength == Strength::None && version_word(text).is_none() {
            break;
        }
        end = word.end;
        found = found.max(strength);
    }
    if found != Strength::Patch {
        return None;
    }
    let mut reader = Reader::new(bytes);
    reader.problem(TagProblemKind::Unclosed, 0..1);
    reader.read(1, end);
    let mut tag = reader.finish();
    tag.group = 0..end;
    tag.range = 0..end;
    let title_start = title_start(bytes, end);
    Some(Subject { tag, title_start })
}

/// The bracket group that begins at `start`, brackets included.
fn group_at(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    if bytes.get(start) != Some(&b'[') {
        return None;
    }
    let limit = bytes.len().min(start + 1 + MAX_GROUP_LEN);
    let inside = bytes.get(start + 1..limit)?;
    let len = memchr2(b']', b'[', inside)?;
    let closed = inside.get(len) == Some(&b']');
    closed.then_some(start..start + len + 2)
}

fn inside<'a>(bytes: &'a [u8], group: &Range<usize>) -> &'a [u8] {
    bytes.get(group.start + 1..group.end - 1).unwrap_or(&[])
}

/// Whether a group behind the one that says `PATCH` still belongs to the tag.
fn may_follow(inside: &[u8], rest: &[u8]) -> bool {
    let wordy = matches!(inside.first(), Some(byte) if byte.is_ascii_alphanumeric());
    let apart = matches!(rest.first(), Some(b' ' | b'\t' | b'[' | b':'));
    wordy
        && apart
        && inside.len() <= MAX_LATER_GROUP_LEN
        && rest
            .get(title_start(rest, 0)..)
            .is_some_and(|title| !title.is_empty())
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    from + rest.iter().take_while(|byte| is_blank(**byte)).count()
}

/// Behind blanks and the colon of `[PATCH v2]: title`, which git drops as well.
fn title_start(bytes: &[u8], from: usize) -> usize {
    let start = skip_blanks(bytes, from);
    match bytes.get(start..) {
        Some([b':', b' ' | b'\t', ..]) => skip_blanks(bytes, start + 1),
        _ => start,
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kind version number/total (flags) {trees} <marks> !problems | title`
    fn show(subject: &str) -> String {
        let Some(parsed) = parse_subject(subject) else {
            return "no tag".to_owned();
        };
        let tag = &parsed.tag;
        let mut words = vec![format!("{:?}", tag.kind()).to_lowercase()];
        words.extend(tag.version.map(|version| format!("v{version}")));
        if tag.version_ambiguous {
            words.push("ambiguous".to_owned());
        }
        if tag.number_range.is_some() {
            let part = |value: Option<u32>| value.map_or("?".to_owned(), |value| value.to_string());
            words.push(format!("{}/{}", part(tag.number), part(tag.total)));
        }
        for (flag, name) in [
            (tag.is_rfc, "rfc"),
            (tag.is_resend, "resend"),
            (tag.is_pull, "is-pull"),
        ] {
            if flag {
                words.push(name.to_owned());
            }
        }
        words.extend(tag.trees().iter().map(|tree| format!("{{{tree}}}")));
        words.extend(tag.marks(subject).map(|mark| format!("<{mark}>")));
        for problem in tag.problems() {
            words.push(format!(
                "!{:?} {}",
                problem.kind,
                subject.get(problem.range.clone()).unwrap_or("?")
            ));
        }
        format!("{} | {}", words.join(" "), parsed.title(subject))
    }

    fn check(cases: &str) {
        for case in cases.lines().filter(|case| !case.trim().is_empty()) {
            let (subject, expected) = case.split_once(" => ").unwrap_or((case, ""));
            let subject = subject.trim();
            assert_eq!(show(subject), expected, "{subject}");
        }
    }

    #[test]
    fn git_writes_these() {
        check(
            "
            [PATCH] title                 => single | title
            [PATCH 1/3] a: b              => patch 1/3 | a: b
            [PATCH v4 0/2] title          => cover v4 0/2 | title
            [PATCH v2 01/36] title        => patch v2 1/36 | title
            [RFC PATCH v2 00/37] title    => cover v2 0/37 rfc | title
            [PATCH RESEND] title          => single resend | title
            [RESEND PATCH v5] title       => single v5 resend | title
            [PATCH v4 resend 01/23] title => patch v4 1/23 resend | title
            [PATCH RFC 01/16] title       => patch 1/16 rfc | title
            ",
        );
    }

    #[test]
    fn trees_are_the_words_that_are_left() {
        check(
            "
            [PATCH kvmtool 00/17] title         => cover 0/17 {kvmtool} | title
            [PATCH net-next v3 2/5] title       => patch v3 2/5 {net-next} | title
            [nft PATCH] title                   => single {nft} | title
            [kvm-unit-tests PATCH v4 0/3] title => cover v4 0/3 {kvm-unit-tests} | title
            [PATCH V2 mlx5-next 00/11] title    => cover v2 0/11 {mlx5-next} | title
            [PATCH linux dev-6.12 1/6] title    => patch 1/6 {linux} {dev-6.12} | title
            [PATCH 6.1.y] title                 => single {6.1.y} | title
            [PATCH v6.1.y 1/2] title            => patch 1/2 {v6.1.y} | title
            [PATCH 5.10 1/3] title              => patch 1/3 {5.10} | title
            [PATCH v5.10-stable] title          => single {v5.10-stable} | title
            [PATCH-for-6.1 v2] title            => single v2 {for-6.1} | title
            [PATCH kvm/next] title              => single {kvm/next} | title
            [PATCH RFT WIP] title               => single <RFT> <WIP> | title
            ",
        );
    }

    #[test]
    fn people_write_these() {
        check(
            "
            [PATCHv2] title               => single v2 | title
            [PATCHv2 net] title           => single v2 {net} | title
            [PATCH nf,v2] title           => single v2 {nf} | title
            [PATCH V2 for-next] title     => single v2 {for-next} | title
            [Patch] title                 => single | title
            [patch 02/14] title           => patch 2/14 | title
            [PATCH/RFC] title             => single rfc | title
            [RFC/PATCHv3 1/2] title       => patch v3 1/2 rfc | title
            [RFCv2 PATCH] title           => single v2 rfc | title
            [PATCH-v2] title              => single v2 | title
            [PATCH v4-resend] title       => single v4 resend | title
            [PATCH v2 (RESEND) 1/3] title => patch v2 1/3 resend | title
            [PATCH, version 3] title      => single v3 | title
            [PATCH V 2] title             => single v2 | title
            [PATCH 1 of 3] title          => patch 1/3 | title
            [PATCH1/3] title              => patch 1/3 | title
            [ PATCH v2 ] title            => single v2 | title
            [PATCH v2]title               => single v2 | title
            [PATCH v2]: title             => single v2 | title
            [PATCH - v2] title            => single v2 | title
            [RFC] title                   => single rfc | title
            [RFC v2 1/3] title            => patch v2 1/3 rfc | title
            [1/3] title                   => patch 1/3 | title
            ",
        );
    }

    #[test]
    fn dotted_numbers_are_versions_or_kernels() {
        check(
            "
            [PATCH v9a] title         => single v9a | title
            [PATCH v5.5 00/30] title  => cover v5.5 ambiguous 0/30 | title
            [PATCH v6.1 1/3] title    => patch ambiguous 1/3 {v6.1} | title
            [PATCH v5.15 1/3] title   => patch ambiguous 1/3 {v5.15} | title
            [PATCH v5.5 v2] title     => single v2 ambiguous {v5.5} | title
            [PATCH v2 v5.5 net] title => single v2 ambiguous {v5.5} {net} | title
            ",
        );
    }

    #[test]
    fn pull_requests() {
        check(
            "
            [GIT PULL] Please pull my tag => pull is-pull | Please pull my tag
            [GIT PULL 00/10] title        => cover 0/10 is-pull | title
            [PULL 00/28] title            => cover 0/28 is-pull | title
            [PULL 03/28] title            => patch 3/28 is-pull | title
            [GIT PULL for v6.2] title     => pull is-pull {v6.2} | title
            ",
        );
    }

    #[test]
    fn several_groups() {
        check(
            "
            [LTP] [PATCH v2 01/11] make: x           => patch v2 1/11 {LTP} | make: x
            [LTP] [PATCH] [COMMITTED] title          => single {LTP} <COMMITTED> | title
            [LTP] [PATCH v2 00/11] 	Test            => cover v2 0/11 {LTP} | Test
            [PATCH 1/6] [DOC] title                  => patch 1/6 <DOC> | title
            [PATCH][v2] title                        => single v2 | title
            [RFC] [PATCH v2] title                   => single v2 rfc | title
            [PATCH] fix x[3] and y                   => single | fix x[3] and y
            [PATCH] [foo]                            => single | [foo]
            [PATCH] [foo]bar: x                      => single | [foo]bar: x
            [PATCH] [a whole sentence in brackets] x => single | [a whole sentence in brackets] x
            ",
        );
    }

    #[test]
    fn damaged_tags_are_read_and_reported() {
        check(
            "
            [PATCH 5/3] title       => patch 5/3 !NumberOverTotal 5/3 | title
            [PATCH 0/0] title       => cover 0/0 !ZeroTotal 0/0 | title
            [PATCH 1/] title        => patch 1/? !NoTotal 1/ | title
            [PATCH /3] title        => single ?/3 !NoNumber /3 | title
            [PATCH 1/9999999] title => patch 1/? !HugeNumber 1/9999999 | title
            [PATCH 1/3 2/3] title   => patch 1/3 !TwoNumbers 2/3 | title
            [PATCH v0] title        => single v0 !ZeroVersion v0 | title
            [PATCH v] title         => single !NoVersion v | title
            [PATCH v2 v3] title     => single v2 !TwoVersions v3 | title
            [PATCH v2 1/3 foo: bar  => patch v2 1/3 !Unclosed [ | foo: bar
            [PATCH v2 foo: fix a[3] => single v2 !Unclosed [ | foo: fix a[3]
            ",
        );
    }

    #[test]
    fn other_brackets_are_no_tag() {
        for line in [
            "",
            "[",
            "[]",
            "] [PATCH]",
            "title",
            "Re: [PATCH] title",
            " [PATCH] title",
            "[1] https://example.org/",
            "[1]: text",
            "[   12.345678] kvm: exiting hardware virtualization",
            "[v4]",
            "[foo: bar",
            "[é] ü",
            "[dispatch] title",
            "[2024/05/01] title",
        ] {
            assert_eq!(show(line), "no tag", "{line}");
        }
    }

    #[test]
    fn text_has_brackets_only_when_there_are_several() {
        for (subject, text) in [
            ("[PATCH v3 1/4] title", "PATCH v3 1/4"),
            ("[LTP] [PATCH v2] title", "[LTP] [PATCH v2]"),
            ("[PATCH 1/6] [DOC] title", "[PATCH 1/6] [DOC]"),
            ("[PATCH v2 foo", "PATCH v2"),
        ] {
            let parsed = parse_subject(subject).map(|parsed| parsed.tag.text(subject));
            assert_eq!(parsed.as_deref(), Some(text), "{subject}");
        }
    }

    #[test]
    fn ranges_are_bytes_of_the_subject() {
        let subject = "[LTP] [PATCH v2 01/11] make";
        let tag = parse_subject(subject)
            .map(|parsed| parsed.tag)
            .unwrap_or_default();
        let text = |range: Option<Range<usize>>| subject.get(range.unwrap_or(0..0));
        assert_eq!(text(Some(tag.range)), Some("[LTP] [PATCH v2 01/11]"));
        assert_eq!(text(Some(tag.group)), Some("[PATCH v2 01/11]"));
        assert_eq!(text(tag.version_range), Some("v2"));
        assert_eq!(text(tag.number_range), Some("01/11"));
        assert_eq!(tag.number_width, 2);
    }

    #[test]
    fn any_text_has_an_answer() {
        let pieces = [
            "[",
            "]",
            "PATCH",
            "v",
            "2",
            "/",
            " ",
            "é",
            "1/3",
            "of",
            "-",
            ".",
            "RFC",
            ":",
            "\t",
            "99999999999",
        ];
        let mut seed = 7_u32;
        for _ in 0..20_000 {
            let mut subject = "[".to_owned();
            for _ in 0..(seed >> 8) % 12 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                subject.push_str(pieces[(seed >> 16) as usize % pieces.len()]);
            }
            seed = seed.wrapping_add(12345).wrapping_mul(1_664_525);
            if let Some(parsed) = parse_subject(&subject) {
                let tag = &parsed.tag;
                let ranges = [&tag.range, &tag.group].into_iter();
                let ranges = ranges.chain(&tag.version_range).chain(&tag.number_range);
                let ranges = ranges.chain(tag.tree_ranges()).chain(tag.mark_ranges());
                for range in ranges.chain(tag.problems().iter().map(|problem| &problem.range)) {
                    assert!(
                        subject.get(range.clone()).is_some(),
                        "{subject:?} {range:?}"
                    );
                }
                assert!(subject.get(parsed.title_start..).is_some(), "{subject:?}");
            }
        }
    }
}

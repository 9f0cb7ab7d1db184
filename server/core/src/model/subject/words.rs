//! The words inside the brackets of a tag: `PATCH`, `v2`, `1/3`, `RFC`, and trees.

use std::ops::Range;

use memchr::memchr;

use super::version::{Version, digits, is_kernel, version_word};
use super::{Tag, TagProblem, TagProblemKind};

/// How surely a group makes a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    None,
    /// `RFC`, `RESEND`, `1/3`
    Other,
    /// `PATCH`, `PULL`
    Patch,
}

pub(super) fn strength(inside: &[u8]) -> Strength {
    let mut found = if inside == b"GIT" {
        Strength::Patch
    } else {
        Strength::None
    };
    let mut pos = 0;
    while let Some(word) = next_word(inside, pos, inside.len()) {
        pos = word.end;
        let word = inside.get(word).unwrap_or(&[]);
        found = found.max(word_strength(word));
    }
    found
}

fn word_strength(word: &[u8]) -> Strength {
    if let Some((_, rest)) = number_of_total(word)
        && rest.is_empty()
    {
        return Strength::Other;
    }
    let mut found = Strength::None;
    for part in word.split(|byte| *byte == b'/') {
        found = found.max(match keyword(part) {
            Some((Keyword::Patch | Keyword::Pull, _)) => Strength::Patch,
            Some((Keyword::Rfc | Keyword::Resend, _)) => Strength::Other,
            _ => Strength::None,
        });
    }
    found
}

/// The next word of a group at or behind `from`.
pub(super) fn next_word(bytes: &[u8], from: usize, end: usize) -> Option<Range<usize>> {
    let text = bytes.get(from..end)?;
    let gap = text.iter().take_while(|byte| is_gap(**byte)).count();
    let len = text
        .iter()
        .skip(gap)
        .take_while(|byte| !is_gap(**byte))
        .count();
    (len > 0).then_some(from + gap..from + gap + len)
}

/// What stands between words.
const IS_GAP: [bool; 256] = {
    let mut is_gap = [false; 256];
    let mut gaps: &[u8] = b" \t\r\n,;:()|+";
    while let [gap, others @ ..] = gaps {
        is_gap[*gap as usize] = true;
        gaps = others;
    }
    is_gap
};

fn is_gap(byte: u8) -> bool {
    IS_GAP[usize::from(byte)]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Patch,
    Pull,
    Rfc,
    Resend,
    Git,
    /// `RFT`, `WIP` and the like: true of the mail, but no tree.
    Mark,
}

/// Longer words first where one begins another.
const KEYWORDS: &[(&[u8], Keyword)] = &[
    (b"patchset", Keyword::Patch),
    (b"patches", Keyword::Patch),
    (b"patch", Keyword::Patch),
    (b"git-pull", Keyword::Pull),
    (b"pull", Keyword::Pull),
    (b"git", Keyword::Git),
    (b"rfc", Keyword::Rfc),
    (b"resend", Keyword::Resend),
    (b"resent", Keyword::Resend),
    (b"repost", Keyword::Resend),
    (b"rft", Keyword::Mark),
    (b"wip", Keyword::Mark),
    (b"poc", Keyword::Mark),
    (b"draft", Keyword::Mark),
    (b"committed", Keyword::Mark),
    (b"applied", Keyword::Mark),
    (b"request", Keyword::Mark),
    (b"series", Keyword::Mark),
];

/// The keyword that `word` begins with, and what is glued to it: nothing, `v2` in
/// `PATCHv2`, `1/3` in `PATCH1/3`, `-for-6.1` in `PATCH-for-6.1`.
fn keyword(word: &[u8]) -> Option<(Keyword, &[u8])> {
    // Most words are trees and versions; two letters tell.
    if !matches!(
        word.first()?.to_ascii_lowercase(),
        b'a' | b'c' | b'd' | b'g' | b'p' | b'r' | b's' | b'w'
    ) {
        return None;
    }
    for (name, keyword) in KEYWORDS {
        let Some((head, rest)) = word.split_at_checked(name.len()) else {
            continue;
        };
        if !head.eq_ignore_ascii_case(name) {
            continue;
        }
        if rest.is_empty() {
            return Some((*keyword, rest));
        }
        let takes_more = matches!(keyword, Keyword::Patch | Keyword::Rfc | Keyword::Pull);
        let glued = matches!(rest, [b'-' | b'_', _, ..] | [b'0'..=b'9', ..])
            || version_word(rest).is_some();
        if takes_more && glued {
            return Some((*keyword, rest));
        }
    }
    None
}

/// `1/3`, `1/`, `/3` at the start of a word: lengths of the two runs of digits.
fn number_of_total(word: &[u8]) -> Option<((usize, usize), &[u8])> {
    let run = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = run(word);
    let rest = word.get(number..)?.strip_prefix(b"/")?;
    let total = run(rest);
    (number + total > 0).then_some(((number, total), rest.get(total..)?))
}

/// What the words of a group are when they are none of the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Tree,
    Mark,
}

/// Reads groups word by word into a tag.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    tag: Tag,
    pub(super) role: Role,
    dotted: Option<(Version, Range<usize>)>,
    says_git: bool,
    /// The word before: a number, for `1 of 3`, the `v` of `v 2`, the `for` of `for v6.2`.
    before: Before,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Before {
    Nothing,
    Number(Range<usize>),
    NumberOf(Range<usize>),
    For,
    VersionName(Range<usize>),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            tag: Tag::default(),
            role: Role::Tree,
            dotted: None,
            says_git: false,
            before: Before::Nothing,
        }
    }

    fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.bytes.get(range.clone()).unwrap_or(&[])
    }

    pub(super) fn problem(&mut self, kind: TagProblemKind, range: Range<usize>) {
        self.tag.rare().problems.push(TagProblem { kind, range });
    }

    pub(super) fn read(&mut self, start: usize, end: usize) {
        let mut pos = start;
        while let Some(word) = next_word(self.bytes, pos, end) {
            pos = word.end;
            self.word(word);
        }
        self.close();
    }

    /// The end of a group: what waited for a second word did not get it.
    fn close(&mut self) {
        if let Before::VersionName(range) = std::mem::replace(&mut self.before, Before::Nothing) {
            self.problem(TagProblemKind::NoVersion, range);
        }
    }

    fn word(&mut self, range: Range<usize>) {
        let word = self.slice(&range);
        let before = std::mem::replace(&mut self.before, Before::Nothing);
        if word.iter().all(u8::is_ascii_digit) {
            return self.digits_only(range, before);
        }
        if let Before::Number(number) = &before
            && word.eq_ignore_ascii_case(b"of")
        {
            self.before = Before::NumberOf(number.clone());
            return;
        }
        if let Before::VersionName(name) = &before {
            self.problem(TagProblemKind::NoVersion, name.clone());
        }
        if self.number(range.clone()) {
            return;
        }
        // `for v6.2` is a kernel.
        if before == Before::For
            && version_word(word).is_some_and(|version| version.minor.is_some())
        {
            return self.other(range);
        }
        if self.version(range.clone()) {
            return;
        }
        let version_names: [&[u8]; 4] = [b"v", b"ver", b"version", b"rev"];
        if version_names
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
        {
            self.before = Before::VersionName(range);
            return;
        }
        if word.eq_ignore_ascii_case(b"for") {
            self.before = Before::For;
            return;
        }
        if let Some((_, glued)) = keyword(word)
            && number_of_total(glued).is_some()
        {
            return self.part(range);
        }
        // `PATCH/RFC` is two words, `kvm/next` one.
        let is_list = word.contains(&b'/')
            && word
                .split(|byte| *byte == b'/')
                .any(|part| keyword(part).is_some());
        if !is_list {
            return self.part(range);
        }
        let mut start = range.start;
        for part in word.split(|byte| *byte == b'/') {
            let end = start + part.len();
            if !part.is_empty() {
                self.part(start..end);
            }
            start = end + 1;
        }
    }

    /// A word without meaning of its own: the `2` of `v 2`, the `3` of `1 of 3`.
    fn digits_only(&mut self, range: Range<usize>, before: Before) {
        match before {
            Before::VersionName(name) => {
                if let Some((version, _)) = Version::scan(self.slice(&range)) {
                    self.set_version(version, name.start..range.end);
                }
            }
            Before::NumberOf(number) => {
                let whole = number.start..range.end;
                self.set_number(whole, number.len(), range);
            }
            _ => self.before = Before::Number(range),
        }
    }

    fn part(&mut self, range: Range<usize>) {
        let word = self.slice(&range);
        let Some((keyword, glued)) = keyword(word) else {
            if !self.version(range.clone()) {
                self.other(range);
            }
            return;
        };
        match keyword {
            Keyword::Patch => self.tag.is_patch = true,
            Keyword::Pull => self.tag.is_pull = true,
            Keyword::Rfc => self.tag.is_rfc = true,
            Keyword::Resend => self.tag.is_resend = true,
            Keyword::Git => self.says_git = true,
            Keyword::Mark => self.tag.rare().marks.push(range.clone()),
        }
        if glued.is_empty() {
            return;
        }
        let mut rest = range.end - glued.len()..range.end;
        if matches!(glued, [b'-' | b'_', ..]) {
            rest.start += 1;
        }
        if !self.number(rest.clone()) && !self.version(rest.clone()) {
            self.other(rest);
        }
    }

    /// `1/3` and its damaged forms.
    fn number(&mut self, range: Range<usize>) -> bool {
        let word = self.slice(&range);
        let Some(((number, total), rest)) = number_of_total(word) else {
            return false;
        };
        if !rest.is_empty() {
            return false;
        }
        self.set_number(range.clone(), number, range.end - total..range.end);
        true
    }

    /// Number and total from the digits at both ends of `range`.
    fn set_number(&mut self, range: Range<usize>, number_len: usize, total: Range<usize>) {
        use TagProblemKind as K;
        if self.tag.number_range.is_some() {
            return self.problem(K::TwoNumbers, range);
        }
        self.tag.number_range = Some(range.clone());
        self.tag.number_width = u8::try_from(number_len).unwrap_or(u8::MAX);
        let digits_of = |range: Range<usize>| digits(self.slice(&range), 6).map(|found| found.0);
        let number = digits_of(range.start..range.start + number_len);
        let total_value = digits_of(total.clone());
        self.tag.number = number;
        self.tag.total = total_value;
        match (number, total_value) {
            (Some(0), Some(0)) => self.problem(K::ZeroTotal, range),
            (Some(number), Some(total)) if number > total => {
                self.problem(K::NumberOverTotal, range);
            }
            (Some(_), Some(_)) => {}
            _ if total.is_empty() => self.problem(K::NoTotal, range),
            _ if number_len == 0 => self.problem(K::NoNumber, range),
            _ => self.problem(K::HugeNumber, range),
        }
    }

    /// `v4`, or `v4-resend`.
    fn version(&mut self, range: Range<usize>) -> bool {
        let word = self.slice(&range);
        if let Some(version) = version_word(word) {
            self.set_version(version, range);
            return true;
        }
        let Some(dash) = memchr(b'-', word) else {
            return false;
        };
        let Some(version) = word.get(..dash).and_then(version_word) else {
            return false;
        };
        let tail = range.start + dash + 1..range.end;
        // `v6.19-rc1` and `v5.10-stable` are kernels.
        if !matches!(
            keyword(self.slice(&tail)),
            Some((Keyword::Rfc | Keyword::Resend, _))
        ) {
            return false;
        }
        self.set_version(version, range.start..range.start + dash);
        self.part(tail);
        true
    }

    fn set_version(&mut self, version: Version, range: Range<usize>) {
        use TagProblemKind as K;
        if version.minor.is_some() && self.dotted.is_none() {
            self.dotted = Some((version, range));
            return;
        }
        if self.tag.version.is_some() {
            return self.problem(K::TwoVersions, range);
        }
        if version.major == 0 && version.minor.is_none() {
            self.problem(K::ZeroVersion, range.clone());
        }
        self.tag.version = Some(version);
        self.tag.version_range = Some(range);
    }

    fn other(&mut self, range: Range<usize>) {
        // A lone dash or dots between words.
        if !self
            .slice(&range)
            .iter()
            .any(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
        {
            return;
        }
        match self.role {
            Role::Tree => self.add_tree(range),
            Role::Mark => self.tag.rare().marks.push(range),
        }
    }

    /// Adds a tree at its place in the order of the line.
    fn add_tree(&mut self, range: Range<usize>) {
        let rare = self.tag.rare();
        let idx = rare
            .tree_ranges
            .partition_point(|tree| tree.start < range.start);
        // Most tags have one tree, for which no room for others is kept.
        rare.trees.reserve_exact(1);
        rare.tree_ranges.reserve_exact(1);
        let name = String::from_utf8_lossy(self.bytes.get(range.clone()).unwrap_or(&[]));
        rare.trees.insert(idx, name.into_owned());
        rare.tree_ranges.insert(idx, range);
    }

    pub(super) fn finish(mut self) -> Tag {
        // `[GIT] Networking` is a pull request; `[GIT PATCH]` is not.
        self.tag.is_pull |= self.says_git && !self.tag.is_patch;
        let Some((version, range)) = self.dotted.take() else {
            return self.tag;
        };
        self.tag.version_ambiguous = true;
        if self.tag.version.is_none() && !self.tag.is_pull && !is_kernel(version) {
            self.tag.version = Some(version);
            self.tag.version_range = Some(range);
            return self.tag;
        }
        self.add_tree(range.clone());
        self.tag.version_range.get_or_insert(range);
        self.tag
    }
}

//! Names for findings that outlive edits elsewhere: what a baseline remembers, and what lets CI
//! know a finding again. Tests are below.

use std::collections::HashMap;

use super::Problem;
use crate::digest::Digest;
use crate::model::titles::squeeze;

/// Most bytes of a line that count. The rest of a line of 50 MB tells nothing.
const MAX_BYTES: usize = 1024;

/// A name for each problem: 16 hexadecimal digits, made from the rule and the text of the line it
/// is on, not from where that stands. Of several on lines of the same text each has its own, by
/// their order.
#[must_use]
pub fn fingerprints(digest: &Digest, problems: &[Problem]) -> Vec<String> {
    let text = digest.text();
    let mut n_seen: HashMap<u64, u64> = HashMap::new();
    let names = problems.iter().map(|problem| {
        let line = text.line_range(text.line_of(problem.range.start));
        let end = line.end.min(line.start + MAX_BYTES);
        let line = squeeze(&text.slice(line.start..end));
        let name = hash(&[problem.rule.code.as_bytes(), line.as_bytes()]);
        let n_before = n_seen.entry(name).or_default();
        let number = n_before.to_le_bytes();
        *n_before += 1;
        format!("{:016x}", hash(&[&name.to_le_bytes(), &number]))
    });
    names.collect()
}

/// FNV-1a. Names are written down, so they must be the same in every version and on every machine.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lints;

    fn names(text: &str) -> Vec<String> {
        let digest = Digest::parse(text);
        let problems = lints::check(&digest);
        fingerprints(&digest, &problems)
    }

    const TWICE: &str = "\
From 1234567 to 89abcde
KVM mailing list update from 1234567 to 89abcde
stray
stray
";

    #[test]
    fn names_stay_where_other_lines_come_and_go() {
        let before = names(TWICE);
        let after = names(&TWICE.replace("89abcde\nstray", "89abcde\n\n\nstray"));
        assert!(before.len() > 1);
        assert_eq!(before, after);
    }

    #[test]
    fn every_finding_has_a_name_of_its_own() {
        let mut all = names(TWICE);
        let n_all = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n_all);
    }

    #[test]
    fn names_are_the_same_for_ever() {
        assert_eq!(format!("{:016x}", hash(&[b"a", b"b"])), "ab40d7820d408076");
    }
}

//! What concerns a reader: paths, people, words, and what he does not want to see.
//!
//! A series concerns everybody who has not said what does. Else it is told by the paths of its
//! diffstats first, then by people, then by words; the reason goes with the answer.

use super::maintainers::{Maintainers, Subsystem};
use super::paths::PathPattern;
use crate::model::people;

/// What a reader has said of himself, as his configuration has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// His own addresses.
    pub me: Vec<String>,
    /// Patterns for paths, or names of subsystems.
    pub paths: Vec<String>,
    /// Addresses or names.
    pub people: Vec<String>,
    /// Words or phrases of titles and names of trees.
    pub words: Vec<String>,
    /// What he does not want to see: addresses, patterns for paths (with a `/` or `*`), or words.
    pub ignore: Vec<String>,
}

/// Wishes, ready to be held against series.
#[derive(Debug, Clone, Default)]
pub struct Interest {
    me: Vec<String>,
    paths: Vec<Paths>,
    people: Vec<String>,
    words: Vec<String>,
    ignored_paths: Vec<Paths>,
    ignored_people: Vec<String>,
    ignored_words: Vec<String>,
}

#[derive(Debug, Clone)]
enum Paths {
    Pattern(PathPattern),
    Subsystem(Subsystem),
}

impl Paths {
    fn has(&self, path: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.fits(path),
            Self::Subsystem(subsystem) => subsystem.has(path),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Pattern(pattern) => pattern.as_str(),
            Self::Subsystem(subsystem) => &subsystem.name,
        }
    }
}

/// What is known of a series.
#[derive(Debug, Clone, Default)]
pub struct About<'a> {
    /// Its titles: of the series and its patches.
    pub titles: Vec<&'a str>,
    /// Other trees that its tags name.
    pub trees: Vec<&'a str>,
    /// The paths of its diffstats, as they stand there.
    pub paths: Vec<String>,
    /// Names and addresses of who posted it, then of who wrote it; either may be empty.
    pub people: Vec<(&'a str, &'a str)>,
}

/// Why a series concerns the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing was said, so everything does.
    Everything,
    /// He posted or wrote it.
    Own,
    /// It touches the path; the name of the pattern or subsystem.
    Path(String),
    /// Somebody whose mails he follows.
    Person(String),
    /// A word in a title or the name of a tree.
    Word(String),
}

impl Reason {
    /// The reason in few words; nothing where everything concerns him.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Everything => "",
            Self::Own => "yours",
            Self::Path(what) | Self::Person(what) | Self::Word(what) => what,
        }
    }
}

impl Interest {
    /// Reads wishes. `maintainers` is the MAINTAINERS file of the reader's tree, if he named one.
    /// What cannot be read is left out and told, one line for people each.
    #[must_use]
    pub fn new(wishes: &Wishes, maintainers: Option<&Maintainers>) -> (Self, Vec<String>) {
        let mut complaints = Vec::new();
        let mut interest = Self {
            me: folded(&wishes.me),
            people: folded(&wishes.people),
            words: folded(&wishes.words),
            ..Self::default()
        };
        for written in &wishes.paths {
            match paths(written, maintainers) {
                Ok(paths) => interest.paths.push(paths),
                Err(problem) => complaints.push(format!("watch.paths: `{written}`: {problem}")),
            }
        }
        for written in &wishes.ignore {
            let folded = written.trim().to_lowercase();
            if folded.is_empty() {
                continue;
            }
            if written.contains('@') {
                interest.ignored_people.push(folded);
            } else if written.contains(['/', '*']) {
                match paths(written, maintainers) {
                    Ok(paths) => interest.ignored_paths.push(paths),
                    Err(problem) => complaints.push(format!("ignore: `{written}`: {problem}")),
                }
            } else {
                interest.ignored_words.push(folded);
            }
        }
        (interest, complaints)
    }

    /// Whether the reader has said nothing of what concerns him.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.me.is_empty()
            && self.paths.is_empty()
            && self.people.is_empty()
            && self.words.is_empty()
    }

    /// Why a series concerns the reader; `None` if it does not.
    #[must_use]
    pub fn reason(&self, about: &About<'_>) -> Option<Reason> {
        let is_own = about
            .people
            .iter()
            .any(|person| self.me.iter().any(|own| is_person(own, *person)));
        if is_own {
            return Some(Reason::Own);
        }
        if self.ignores(about) {
            return None;
        }
        if self.is_everything() {
            return Some(Reason::Everything);
        }
        let path = self
            .paths
            .iter()
            .find(|paths| about.paths.iter().any(|path| paths.has(path)));
        if let Some(paths) = path {
            return Some(Reason::Path(paths.name().to_owned()));
        }
        let person = self.people.iter().find_map(|wanted| {
            about
                .people
                .iter()
                .find(|person| is_person(wanted, **person))
        });
        if let Some((name, email)) = person {
            let name = if name.is_empty() { email } else { name };
            return Some(Reason::Person((*name).to_owned()));
        }
        let word = self.words.iter().find(|word| has_word(about, word));
        word.map(|word| Reason::Word(word.clone()))
    }

    fn ignores(&self, about: &About<'_>) -> bool {
        let by_person = self.ignored_people.iter().any(|ignored| {
            about
                .people
                .first()
                .is_some_and(|poster| is_person(ignored, *poster))
        });
        // Only what touches nothing else: a change of everything touches ignored paths as well.
        let by_path = !about.paths.is_empty()
            && about
                .paths
                .iter()
                .all(|path| self.ignored_paths.iter().any(|paths| paths.has(path)));
        by_person || by_path || self.ignored_words.iter().any(|word| has_word(about, word))
    }
}

fn folded(texts: &[String]) -> Vec<String> {
    texts
        .iter()
        .map(|text| text.trim().to_lowercase())
        .filter(|text| !text.is_empty())
        .collect()
}

fn paths(written: &str, maintainers: Option<&Maintainers>) -> Result<Paths, String> {
    if let Some(subsystem) = maintainers.and_then(|maintainers| maintainers.subsystem(written)) {
        return Ok(Paths::Subsystem(subsystem));
    }
    // Names of subsystems are written in capitals, and mostly of several words.
    if written.trim().contains(' ') {
        return Err(match maintainers {
            Some(_) => "no subsystem of that name in MAINTAINERS".to_owned(),
            None => "a subsystem's name needs `tree`, the folder of a source tree with a \
                     MAINTAINERS file"
                .to_owned(),
        });
    }
    PathPattern::new(written).map(Paths::Pattern)
}

/// `wanted` is in lower case: an address or a name.
fn is_person(wanted: &str, (name, email): (&str, &str)) -> bool {
    if wanted.contains('@') {
        email.to_lowercase() == wanted
    } else {
        people::same_name(name, wanted)
    }
}

/// `word` is in lower case.
fn has_word(about: &About<'_>, word: &str) -> bool {
    about.trees.iter().any(|tree| tree.to_lowercase() == word)
        || about.titles.iter().any(|title| contains_word(title, word))
}

/// Whether a text has a phrase as whole words: `svm` is in `KVM: SVM: Fix`, not in `svmalloc`.
fn contains_word(text: &str, word: &str) -> bool {
    let text = text.to_lowercase();
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + found.len()..)
            .and_then(|text| text.chars().next());
        let goes_on_before = is_part(before) && is_part(word.chars().next());
        let goes_on_after = is_part(after) && is_part(word.chars().next_back());
        !goes_on_before && !goes_on_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(
        me: &[&str],
        paths: &[&str],
        people: &[&str],
        words: &[&str],
        ignore: &[&str],
    ) -> Wishes {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Wishes {
            me: owned(me),
            paths: owned(paths),
            people: owned(people),
            words: owned(words),
            ignore: owned(ignore),
        }
    }

    fn reason(wishes: &Wishes, title: &str, path: &str, person: &str) -> Option<Reason> {
        let (interest, complaints) = Interest::new(wishes, None);
        assert_eq!(complaints, [""; 0]);
        let person = people::parse_author(person).unwrap().person;
        interest.reason(&About {
            titles: vec![title],
            trees: vec!["kvmtool"],
            paths: vec![path.to_owned()],
            people: vec![(&person.name, &person.email)],
        })
    }

    #[test]
    fn without_wishes_everything_concerns() {
        let nothing = Wishes::default();
        assert_eq!(
            reason(&nothing, "t", "p", "A <a@b>"),
            Some(Reason::Everything)
        );
        let ignore = wishes(&[], &[], &[], &[], &["vfio"]);
        assert_eq!(reason(&ignore, "vfio: x", "p", "A <a@b>"), None);
        assert_eq!(
            reason(&ignore, "KVM: x", "p", "A <a@b>"),
            Some(Reason::Everything)
        );
    }

    #[test]
    fn paths_people_and_words_give_the_reason() {
        let wishes = wishes(
            &["me@example.org"],
            &["arch/x86/kvm/"],
            &["Bibo Mao", "maz@kernel.org"],
            &["SVM", "kvmtool-x", "guest_memfd"],
            &["spam@example.org", "s390", "drivers/vfio/"],
        );
        let reason = |title, path, person| reason(&wishes, title, path, person);
        let path = |what: &str| Some(Reason::Path(what.to_owned()));
        assert_eq!(
            reason("t", "arch/x86/kvm/lapic.c", "A <a@b>"),
            path("arch/x86/kvm/")
        );
        assert_eq!(reason("t", "x", "Me <ME@example.org>"), Some(Reason::Own));
        assert_eq!(
            reason("t", "x", "M <Maz@kernel.org>"),
            Some(Reason::Person("M".to_owned()))
        );
        assert_eq!(
            reason("t", "x", "\"Mao, Bibo\" <b@loongson.cn>")
                .map(|reason| reason.text().to_owned()),
            reason("t", "x", "Bibo Mao <b@loongson.cn>").map(|_| "Mao, Bibo".to_owned())
        );
        assert_eq!(
            reason("KVM: SVM: Fix", "x", "A <a@b>"),
            Some(Reason::Word("svm".to_owned()))
        );
        assert_eq!(reason("KVM: svmalloc", "x", "A <a@b>"), None);
        assert_eq!(reason("KVM: SVM: s390", "x", "A <a@b>"), None);
        assert_eq!(reason("KVM: SVM", "drivers/vfio/a.c", "A <a@b>"), None);
        assert_eq!(reason("KVM: SVM", "x", "S <spam@example.org>"), None);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_counts() {
        let wishes = wishes(&[], &["a[", "KVM X86", "mm/"], &[], &[], &["x/[", "  "]);
        let (interest, complaints) = Interest::new(&wishes, None);
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert!(complaints[1].contains("needs `tree`"), "{}", complaints[1]);
        assert_eq!(interest.paths.len(), 1);
    }

    #[test]
    fn a_subsystem_stands_for_its_paths() {
        let maintainers = Maintainers::parse("KVM X86\nF: arch/x86/kvm/\n");
        let wishes = wishes(&[], &["kvm x86"], &[], &[], &[]);
        let (interest, complaints) = Interest::new(&wishes, Some(&maintainers));
        assert!(complaints.is_empty());
        let about = About {
            paths: vec!["arch/x86/kvm/mmu.c".to_owned()],
            ..About::default()
        };
        assert_eq!(
            interest.reason(&about),
            Some(Reason::Path("KVM X86".to_owned()))
        );
    }
}

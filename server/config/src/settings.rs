//! The table of settings. A row is a key, a field of a typed struct, its type, its default and
//! what it is for; structs, parser, schema and reference are made from it.
//!
//! To add one, add a row; the comment above it is what users read. Run `cargo xtask reference`
//! for what is generated from it. A new section is a block of rows. Tests are in `layers` and
//! `reference`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use patch_digest_core::lints::Profile;
use serde_json::Value as Json;

use crate::globs::Pattern;
use crate::kinds::{Context, Kind, LogLevel, Setting, WrittenFile};
use crate::lint::{Levels, PerPath};
use crate::node::Node;

/// One setting, as the table has it.
#[derive(Debug)]
pub struct Key {
    /// Its dotted path, in kebab-case: `index.max-files`.
    pub path: &'static str,
    docs: &'static [&'static str],
    /// What it can be.
    pub kind: fn() -> Kind,
    /// Its value, as JSON.
    pub json: fn(&Settings) -> Json,
    /// Takes over what a source says.
    pub take: fn(&mut Settings, &Node, &mut Context<'_>),
}

/// One section, as the table has it.
#[derive(Debug)]
pub struct Section {
    /// Its dotted path.
    pub path: &'static str,
    docs: &'static [&'static str],
    /// Its settings.
    pub keys: &'static [Key],
}

/// Lines of a comment as paragraphs of Markdown.
fn paragraphs(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        if line.is_empty() {
            text.push_str("\n\n");
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text
}

impl Key {
    /// What it is for: Markdown.
    #[must_use]
    pub fn description(&self) -> String {
        paragraphs(self.docs)
    }

    /// Its default, as JSON.
    #[must_use]
    pub fn default(&self) -> Json {
        (self.json)(&Settings::default())
    }
}

impl Section {
    /// What it is for: Markdown.
    #[must_use]
    pub fn description(&self) -> String {
        paragraphs(self.docs)
    }
}

/// The setting with a dotted path.
#[must_use]
pub fn key(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// Every setting, in the order of the table.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

macro_rules! settings {
    ($(
        $(#[doc = $section_doc:literal])+
        $section:ident: $struct:ident = $section_path:literal {
            $(
                $(#[doc = $doc:literal])+
                $path:literal $field:ident: $type:ty = $default:expr;
            )*
        }
    )*) => {
        /// Everything that may be set.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Settings {
            $($(#[doc = $section_doc])+ pub $section: $struct,)*
        }

        $(
            $(#[doc = $section_doc])+
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $struct {
                $($(#[doc = $doc])+ pub $field: $type,)*
            }

            impl Default for $struct {
                fn default() -> Self {
                    Self { $($field: $default,)* }
                }
            }
        )*

        /// Every section, with its settings.
        pub static SECTIONS: &[Section] = &[$(
            Section {
                path: $section_path,
                docs: &[$($section_doc),+],
                keys: &[$(
                    Key {
                        path: $path,
                        docs: &[$($doc),+],
                        kind: <$type as Setting>::kind,
                        json: |settings| settings.$section.$field.json(),
                        take: |settings, node, context| {
                            Setting::take(&mut settings.$section.$field, node, context);
                        },
                    },
                )*],
            },
        )*];
    };
}

settings! {
    /// What is reported as wrong, and how loudly.
    lint: Lint = "lint" {
        /// Whether anything is reported at all.
        "lint.enable" enable: bool = true;
        /// Who the findings are for. `check` takes `maker` where the environment has `CI` and
        /// nothing is set here.
        "lint.profile" profile: Profile = Profile::Reader;
        /// Whether the group `review` is on: conventions of the kernel for the authors of patches.
        "lint.review" review: bool = false;
        /// How loud single rules are, whatever the profile says: `error`, `warning`,
        /// `information`, `hint` or `off`. See `patch-digest rules` for the codes.
        "lint.rules" rules: Levels = Levels::new();
        /// Other settings for some files. Each has `paths` (patterns as in `.gitignore`, from the
        /// folder of the file they stand in) and any of `profile`, `review` and `rules`. Of several
        /// that match a file the last one wins.
        "lint.per-path" per_path: Vec<PerPath> = Vec::new();
        /// A file of findings that are known and not told again; `patch-digest check
        /// --write-baseline FILE` makes one.
        "lint.baseline" baseline: Option<PathBuf> = None;
        /// The most findings that are told of one file, the most severe first; 0 for all.
        "lint.max-findings" max_findings: u64 = 1000;
    }

    /// Which digests are known besides those that are open.
    index: Index = "index" {
        /// Whether the digests of the workspace are read.
        "index.enable" enable: bool = true;
        /// The most digests that are read.
        "index.max-files" max_files: u64 = 20_000;
        /// The largest file that is read, in bytes.
        "index.max-file-size" max_file_size: u64 = 64 << 20;
        /// Files and folders that are not looked at, as patterns like those in `.gitignore`.
        "index.ignore" ignore: Vec<Pattern> = Vec::new();
    }

    /// Where links lead. `{list}` stands for the archive of the digest's list, `{message-id}`,
    /// `{query}` and `{commit}` for what is looked up.
    links: Links = "links" {
        /// Whether there are links at all.
        "links.enable" enable: bool = true;
        /// A mail, by its Message-ID.
        "links.message" message: String = "https://lore.kernel.org/all/{message-id}/".to_owned();
        /// A search in the archive of the list.
        "links.search" search: String = "https://lore.kernel.org/{list}/?q={query}".to_owned();
        /// The archive of the list.
        "links.list" list: String = "https://lore.kernel.org/{list}/".to_owned();
        /// A commit, by its id.
        "links.commit" commit: String = "https://git.kernel.org/linus/{commit}".to_owned();
        /// Names of archives by the names that digests have for the lists, where the one is not the
        /// other in small letters.
        "links.archives" archives: BTreeMap<String, String> = BTreeMap::new();
    }

    /// What is shown between the words of a digest (inlay hints).
    hints: Hints = "hints" {
        /// Whether there are hints at all.
        "hints.enable" enable: bool = true;
        /// The rest of a title that was cut off.
        "hints.titles" titles: bool = true;
        /// Who wrote a patch, where somebody else posted it.
        "hints.writers" writers: bool = true;
        /// The number of a patch before its title in a shortlog.
        "hints.numbers" numbers: bool = true;
    }

    /// What the server tells of itself in the log of the editor.
    log: Log = "log" {
        /// How much is told. Also read from `logLevel` in the initialization options.
        "log.level" level: LogLevel = LogLevel::Info;
    }

    /// What concerns you, and what you have seen.
    queue: Queue = "queue" {
        /// Your addresses.
        "queue.me" me: Vec<String> = Vec::new();
        /// What never concerns you: words of titles, names of people, patterns of paths.
        "queue.ignore" ignore: Vec<String> = Vec::new();
        /// A tree of the kernel's source, for the names of subsystems in its `MAINTAINERS`.
        "queue.tree" tree: Option<PathBuf> = None;
        /// The file that remembers what you have seen; in a project's file, one beside it.
        /// Without it, a file in your state folder.
        "queue.state" state: WrittenFile = WrittenFile(None);
        /// A series that waits, or is under review, is stuck after this many digests without a newer
        /// version; 0 for never.
        "queue.stuck-after" stuck_after: u64 = 5;
    }

    /// What concerns you.
    watch: Watch = "queue.watch" {
        /// Paths that a series changes: patterns, or names of subsystems.
        "queue.watch.paths" paths: Vec<String> = Vec::new();
        /// People, by name or address.
        "queue.watch.people" people: Vec<String> = Vec::new();
        /// Words in titles and tags.
        "queue.watch.words" words: Vec<String> = Vec::new();
    }
}

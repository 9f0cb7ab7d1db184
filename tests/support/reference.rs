//! The files that are generated from the tables of settings and rules: what each has to hold.
//!
//! `cargo xtask reference` writes them, through the program of that name in `tests/bin`;
//! `tests/tests/reference.rs` holds what is committed against them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use patch_digest_config::reference;
use patch_digest_core::lints::{RULES, page};

/// The top of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every generated file: its path from the top of the project, and what it has to hold.
///
/// # Errors
///
/// When a file that is generated in part cannot be read.
pub fn files() -> io::Result<Vec<(String, String)>> {
    let mut files = vec![
        ("docs/patch-digest.schema.json".to_owned(), schema()),
        part("docs/settings.md", MARKDOWN, &reference::markdown())?,
        part(VSCODE, DECLARATIONS, &declarations())?,
        (format!("{RULE_BOOK}/README.md"), page::index()),
    ];
    for rule in RULES {
        let path = format!("{RULE_BOOK}/{}.md", rule.code);
        files.push((path, page::markdown(rule)));
    }
    Ok(files)
}

/// The folder of the rule book: a page for every rule, and nothing else.
pub const RULE_BOOK: &str = "docs/rules";

/// Where a generated part stands in a Markdown file.
const MARKDOWN: (&str, &str) = (
    "<!-- The rest up to the end mark is written by `cargo xtask reference`. -->\n",
    "\n<!-- end of what `cargo xtask reference` writes -->",
);

const VSCODE: &str = "editors/vscode/package.json";

/// Where the settings that the server reads stand in `package.json`: after the extension's own.
const DECLARATIONS: (&str, &str) = (
    "see the command *Patch Digest: Show Log*.\"\n        }",
    "\n      }\n    },\n    \"configurationDefaults\"",
);

/// How many settings of the extension stand before those.
const N_OWN_SETTINGS: u64 = 5;

fn schema() -> String {
    format!("{:#}\n", reference::schema())
}

fn declarations() -> String {
    let mut text = String::new();
    for (name, declaration) in reference::vscode(N_OWN_SETTINGS + 1) {
        let json = format!("{declaration:#}").replace('\n', "\n        ");
        text.push_str(&format!(",\n        \"{name}\": {json}"));
    }
    text
}

/// A file with what stands between two marks made anew.
fn part(path: &str, (begin, end): (&str, &str), generated: &str) -> io::Result<(String, String)> {
    let text = fs::read_to_string(root().join(path))
        .map_err(|error| io::Error::other(format!("reading {path}: {error}")))?;
    let missing = || io::Error::other(format!("{path} has lost its marks"));
    let begins = text.find(begin).ok_or_else(missing)? + begin.len();
    let ends = begins + text[begins..].find(end).ok_or_else(missing)?;
    let text = format!("{}{generated}{}", &text[..begins], &text[ends..]);
    Ok((path.to_owned(), text))
}

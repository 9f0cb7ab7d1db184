//! The grammars in `syntax`: `cargo xtask grammars` makes what is generated from them, and the step
//! "grammars" of `cargo xtask test` checks that it is up to date, runs the tree-sitter tests, and
//! compares what all grammars and the server's parser take the lines of digests for.
//!
//! Whoever takes lines apart prints, for every file it is given, `== FILE` and then the kind of
//! every line. There are four of them: `line-kinds` for the parser, `tree-sitter parse`, and the
//! scripts in `tests/grammars`. Where they may differ stands in `syntax/differences.md`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitCode, Stdio};
use std::{fs, io};

use crate::editors;
use crate::project::{self, TempDir};
use crate::{Command, Failure};

pub(crate) const COMMAND: Command = Command {
    name: "grammars",
    arguments: "",
    summary: "make the parser and the copies that editors have of the grammars",
    details: "Makes syntax/tree-sitter/src from grammar.js, and what editors/neovim has of syntax.
Needs tree-sitter 0.25 or later: a private copy on Debian, elsewhere the one on PATH.",
    run: |arguments| {
        if !arguments.is_empty() {
            return Err(Failure::Usage("no arguments expected".to_owned()));
        }
        make().map_err(Failure::Failed)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// Files that editors find only in their own folders: source and copy.
const COPIES: &[(&str, &str)] = &[
    (
        "syntax/tree-sitter/queries/highlights.scm",
        "editors/neovim/queries/patchdigest/highlights.scm",
    ),
    (
        "syntax/tree-sitter/queries/folds.scm",
        "editors/neovim/queries/patchdigest/folds.scm",
    ),
    (
        "syntax/vim/syntax/patchdigest.vim",
        "editors/neovim/syntax/patchdigest.vim",
    ),
];

/// What the parser consists of.
const GENERATED: &[&str] = &[
    "grammar.json",
    "node-types.json",
    "parser.c",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
    "tree_sitter/parser.h",
];

fn grammar_folder() -> PathBuf {
    project::root().join("syntax/tree-sitter")
}

/// The tree-sitter to use: a private copy on Debian, elsewhere the one installed.
fn tree_sitter() -> Result<PathBuf, String> {
    if editors::is_debian() {
        return Ok(
            editors::fetch("forky", "tree-sitter", &["tree-sitter-cli"])?
                .join("usr/bin/tree-sitter"),
        );
    }
    editors::on_path("tree-sitter").ok_or_else(|| "tree-sitter is not installed".to_owned())
}

fn make() -> Result<(), String> {
    generate(&tree_sitter()?, &grammar_folder().join("src"))?;
    for (source, copy) in COPIES {
        let copy = project::root().join(copy);
        let failed = |error: io::Error| format!("writing {}: {error}", copy.display());
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::copy(project::root().join(source), &copy).map_err(failed)?;
    }
    Ok(())
}

/// Makes the parser in `output`.
fn generate(tree_sitter: &Path, output: &Path) -> Result<(), String> {
    let mut command = Process::new(tree_sitter);
    command.current_dir(grammar_folder());
    // ABI 14 is the newest that Neovim 0.10 and Emacs 30 load.
    command
        .args(["generate", "--abi", "14", "--output"])
        .arg(output);
    if editors::on_path("node").is_none() {
        // Without node, from what an earlier run made of grammar.js.
        command.arg("src/grammar.json");
    }
    run(&mut command).map(drop)
}

/// What a check found: one line each.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) n_passed: u64,
    pub(crate) n_skipped: u64,
    pub(crate) problems: Vec<String>,
}

impl Report {
    fn add(&mut self, name: &str, problems: Vec<String>) {
        let ok = if problems.is_empty() { "ok  " } else { "FAIL" };
        println!("{ok} {name}");
        self.n_passed += u64::from(problems.is_empty());
        self.problems.extend(
            problems
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }
}

/// Checks all of it. `neovims` are the Neovims whose reading of the Vim syntax is looked at.
pub(crate) fn check(neovims: &[PathBuf]) -> Result<Report, String> {
    let mut report = Report::default();
    let tree_sitter = tree_sitter()?;
    report.add("generated files are up to date", stale_files(&tree_sitter)?);
    grammar_tests(&tree_sitter, &mut report)?;
    agreement(&tree_sitter, neovims, &mut report)?;
    Ok(report)
}

fn stale_files(tree_sitter: &Path) -> Result<Vec<String>, String> {
    let fresh = TempDir::new()?;
    generate(tree_sitter, fresh.path())?;
    let root = project::root();
    let mut pairs: Vec<(PathBuf, PathBuf)> = GENERATED
        .iter()
        .map(|name| {
            (
                fresh.path().join(name),
                grammar_folder().join("src").join(name),
            )
        })
        .collect();
    pairs.extend(
        COPIES
            .iter()
            .map(|(source, copy)| (root.join(source), root.join(copy))),
    );
    let stale = pairs
        .iter()
        .filter(|(source, copy)| fs::read(source).ok() != fs::read(copy).ok());
    Ok(stale
        .map(|(_, copy)| {
            let name = copy.strip_prefix(&root).unwrap_or(copy);
            format!(
                "{} is out of date: run `cargo xtask grammars`",
                name.display()
            )
        })
        .collect())
}

/// The tests in `syntax/tree-sitter/test`.
fn grammar_tests(tree_sitter: &Path, report: &mut Report) -> Result<(), String> {
    let home = TempDir::new()?;
    project::make_home(home.path())?;
    let mut command = Process::new(tree_sitter);
    command
        .arg("test")
        .current_dir(grammar_folder())
        .envs(project::home_variables(home.path()));
    let output = output(&mut command)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let n_tests = text.lines().filter(|line| line.contains('✓')).count();
    report.n_passed += n_tests as u64;
    if output.status.success() && n_tests > 0 {
        println!("ok   tree-sitter test: {n_tests} texts");
        return Ok(());
    }
    report.add(
        "tree-sitter test",
        vec![format!("{text}{}", String::from_utf8_lossy(&output.stderr))],
    );
    Ok(())
}

// ---- Kinds of lines

/// The kinds of the lines of files, in the order of the files.
type Kinds = Vec<Vec<String>>;

/// A digest to compare on.
#[derive(Debug)]
struct Sample {
    name: String,
    file: PathBuf,
    /// What each line is expected to be; `None` where nothing may differ.
    expected: Option<Vec<Expected>>,
}

/// What the server and who differs takes a line for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expected {
    server: String,
    others: BTreeMap<String, String>,
}

/// So many differences of one text are shown; the rest mostly follows from them.
const SHOWN: usize = 8;

fn agreement(tree_sitter: &Path, neovims: &[PathBuf], report: &mut Report) -> Result<(), String> {
    let root = project::root();
    let work = TempDir::new()?;
    project::make_home(work.path())?;
    let samples = samples(work.path())?;
    let files: Vec<PathBuf> = samples.iter().map(|sample| sample.file.clone()).collect();
    let table = fs::read_to_string(root.join("syntax/README.md"))
        .map_err(|error| format!("reading syntax/README.md: {error}"))?;

    let server = server_kinds(&files)?;
    let mut grammars = vec![(
        "tree-sitter",
        tree_sitter_kinds(tree_sitter, &table, work.path(), &files)?,
    )];
    for vim in vims(neovims)? {
        grammars.push(("vim", vim_kinds(&vim, work.path(), &files)?));
    }
    if root
        .join("editors/vscode/node_modules/vscode-textmate")
        .exists()
    {
        grammars.push(("textmate", textmate_kinds(&files)?));
    } else {
        println!(
            "skip textmate: its tokeniser is not there; `npm ci` in editors/vscode installs it"
        );
        report.n_skipped += 1;
    }

    let mut n_lines = 0;
    for (sample_idx, sample) in samples.iter().enumerate() {
        let mut problems = Vec::new();
        let server = &server[sample_idx];
        n_lines += server.len();
        for (line_idx, kind) in server.iter().enumerate() {
            let expected = sample
                .expected
                .as_ref()
                .and_then(|lines| lines.get(line_idx));
            if let Some(expected) = expected.filter(|expected| expected.server != *kind) {
                problems.push(format!(
                    "line {}: the server says {kind}, not {}",
                    line_idx + 1,
                    expected.server
                ));
            }
            for (name, kinds) in &grammars {
                let found = kinds[sample_idx]
                    .get(line_idx)
                    .map_or("nothing", String::as_str);
                let wanted = expected
                    .and_then(|expected| expected.others.get(*name))
                    .map_or(kind.as_str(), String::as_str);
                // Only one grammar knows what is outside of entries.
                let wanted = if wanted == "stray" && *name != "tree-sitter" {
                    "text"
                } else {
                    wanted
                };
                if found != wanted {
                    problems.push(format!(
                        "line {}: {name} says {found}, not {wanted}",
                        line_idx + 1
                    ));
                }
            }
        }
        if problems.len() > SHOWN {
            let more = problems.len() - SHOWN;
            problems.truncate(SHOWN);
            problems.push(format!("and {more} lines more"));
        }
        report.add(&format!("kinds of lines, {}", sample.name), problems);
    }
    println!("{n_lines} lines compared");
    Ok(())
}

/// The corpus, and the texts of `syntax/differences.md`, written to files in `folder`.
fn samples(folder: &Path) -> Result<Vec<Sample>, String> {
    let root = project::root();
    let corpus = root.join("tests/corpus");
    let failed = |error: io::Error| format!("reading the digests to compare on: {error}");
    let mut samples: Vec<Sample> = project::files_below(&corpus, "txt")
        .map_err(failed)?
        .into_iter()
        .map(|file| Sample {
            name: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            file,
            expected: None,
        })
        .collect();
    let text = fs::read_to_string(root.join("syntax/differences.md")).map_err(failed)?;
    for (number, (name, lines)) in differences(&text)?.into_iter().enumerate() {
        let file = folder.join(format!("difference-{number}.txt"));
        let (expected, texts): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        fs::write(&file, texts.concat()).map_err(failed)?;
        samples.push(Sample {
            name,
            file,
            expected: Some(expected),
        });
    }
    Ok(samples)
}

/// A heading and the lines of the code block below it.
type Difference = (String, Vec<(Expected, String)>);

/// Reads `## NAME` and the code blocks below, of lines such as `new vim=text |New:  title`.
fn differences(text: &str) -> Result<Vec<Difference>, String> {
    let mut found: Vec<Difference> = Vec::new();
    let mut heading = "";
    let mut in_block = false;
    for (line_idx, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("## ") {
            heading = name;
        } else if line.starts_with("```") {
            in_block = !in_block;
            if in_block {
                found.push((heading.to_owned(), Vec::new()));
            }
        } else if in_block {
            let bad = || {
                format!(
                    "syntax/differences.md:{}: expected `KIND [WHO=KIND...] |TEXT`",
                    line_idx + 1
                )
            };
            let (kinds, text) = line.split_once('|').ok_or_else(bad)?;
            let mut kinds = kinds.split_whitespace();
            let server = kinds.next().ok_or_else(bad)?.to_owned();
            let others = kinds
                .map(|pair| {
                    let (who, kind) = pair.split_once('=')?;
                    Some((who.to_owned(), kind.to_owned()))
                })
                .collect::<Option<_>>()
                .ok_or_else(bad)?;
            if let Some((_, lines)) = found.last_mut() {
                lines.push((Expected { server, others }, format!("{text}\n")));
            }
        }
    }
    Ok(found)
}

fn server_kinds(files: &[PathBuf]) -> Result<Kinds, String> {
    let mut command = project::cargo();
    command
        .args([
            "run",
            "--locked",
            "--quiet",
            "--package",
            "patch-digest-tests",
        ])
        .args(["--bin", "line-kinds", "--"])
        .args(files);
    listing(&run(&mut command)?, files)
}

fn textmate_kinds(files: &[PathBuf]) -> Result<Kinds, String> {
    let mut command = Process::new("node");
    command
        .arg(project::root().join("tests/grammars/textmate-kinds.mjs"))
        .args(files);
    listing(&run(&mut command)?, files)
}

fn vim_kinds(vim: &Path, home: &Path, files: &[PathBuf]) -> Result<Kinds, String> {
    let result = home.join("vim-kinds.txt");
    let mut command = Process::new(vim);
    command
        .args(["-u", "NONE", "-i", "NONE", "-n", "-es", "-S"])
        .arg(project::root().join("tests/grammars/vim-kinds.vim"))
        .args(files)
        .envs(project::home_variables(home))
        .env("OUT", &result);
    run(&mut command)?;
    let text = fs::read_to_string(&result)
        .map_err(|error| format!("reading {}: {error}", result.display()))?;
    listing(&text, files)
}

/// Vim, and the Neovims.
fn vims(neovims: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut vims = neovims.to_vec();
    if editors::is_debian() {
        vims.push(editors::fetch("bookworm", "vim", &["vim"])?.join("usr/bin/vim.basic"));
    } else {
        vims.extend(editors::on_path("vim"));
    }
    Ok(vims)
}

fn tree_sitter_kinds(
    tree_sitter: &Path,
    table: &str,
    home: &Path,
    files: &[PathBuf],
) -> Result<Kinds, String> {
    let kinds = kinds_of_nodes(table);
    let mut result = Vec::new();
    for file in files {
        let mut command = Process::new(tree_sitter);
        command
            .arg("parse")
            .arg(file)
            .current_dir(grammar_folder())
            .envs(project::home_variables(home));
        let tree = run(&mut command)?;
        let text =
            fs::read(file).map_err(|error| format!("reading {}: {error}", file.display()))?;
        let n_lines = text.iter().filter(|&&byte| byte == b'\n').count();
        let mut lines = vec!["blank".to_owned(); n_lines];
        for (node, row) in tree.lines().filter_map(node_at) {
            if let (Some(kind), Some(line)) = (kinds.get(node), lines.get_mut(row)) {
                line.clone_from(kind);
            }
        }
        result.push(lines);
    }
    Ok(result)
}

/// Name and first row of a node, from a line such as `  (new [36, 0] - [36, 42]`.
fn node_at(line: &str) -> Option<(&str, usize)> {
    let (name, rest) = line.trim_start().strip_prefix('(')?.split_once(" [")?;
    let (row, _) = rest.split_once(',')?;
    Some((name, row.parse().ok()?))
}

/// Kinds by node, from the table in `syntax/README.md`.
fn kinds_of_nodes(table: &str) -> BTreeMap<String, String> {
    let mut kinds = BTreeMap::from([("changes".to_owned(), "text".to_owned())]);
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        // The bar of a diffstat is written `\\|`.
        let line = line.replace(r"\|", "");
        let cells: Vec<_> = line
            .split('|')
            .map(|cell| cell.trim_matches([' ', '`']))
            .collect();
        if let ["", kind, _, _, node, ..] = cells[..] {
            kinds.insert(node.to_owned(), kind.to_owned());
        }
    }
    kinds
}

/// Reads `== FILE` and the kinds below it.
fn listing(text: &str, files: &[PathBuf]) -> Result<Kinds, String> {
    let mut result: Kinds = Vec::new();
    for line in text.lines() {
        if line.starts_with("== ") {
            result.push(Vec::new());
        } else if let Some(kinds) = result.last_mut() {
            kinds.push(line.to_owned());
        }
    }
    if result.len() == files.len() {
        Ok(result)
    } else {
        Err(format!(
            "kinds of {} files, not of {}",
            result.len(),
            files.len()
        ))
    }
}

// ---- Running programs

fn output(command: &mut Process) -> Result<std::process::Output, String> {
    let name = PathBuf::from(command.get_program());
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("starting {}: {error}", name.display()))
}

/// What `command` prints, if it succeeds.
fn run(command: &mut Process) -> Result<String, String> {
    let output = output(command)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let arguments: Vec<OsString> = command.get_args().map(Into::into).collect();
    Err(format!(
        "{} {arguments:?} ended with {}:\n{text}{}",
        command.get_program().display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_read() {
        let text = "# Title\n\n## A name\n\nWhy.\n\n```text\nnew vim=text |New:  a\nblank |\n```\n";
        let found = differences(text).unwrap();
        let [(name, lines)] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(name, "A name");
        assert_eq!(lines[0].0.server, "new");
        assert_eq!(lines[0].0.others["vim"], "text");
        assert_eq!(lines[0].1, "New:  a\n");
        assert_eq!(lines[1].1, "\n");
        assert!(
            differences("```\nno bar\n```\n")
                .unwrap_err()
                .contains(":2:")
        );
    }

    #[test]
    fn nodes_are_read() {
        assert_eq!(node_at("  (new [36, 0] - [36, 42]"), Some(("new", 36)));
        assert_eq!(node_at("(digest"), None);
    }

    #[test]
    fn the_table_names_nodes() {
        let kinds =
            kinds_of_nodes("| `diffstat` | ` a \\| 1 +` | `meta.x` | `diffstat_row` | `y` |\n");
        assert_eq!(kinds["diffstat_row"], "diffstat");
    }
}

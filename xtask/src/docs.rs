//! The step "documents" of `cargo xtask test`: commands and links in Markdown files that lead
//! nowhere.
//!
//! Looked at are command lines in code blocks and in inline code that begin with the name of our
//! program or with `cargo xtask`: the subcommand must exist and know the options. Where a block
//! shows prompts (`$ `), the other lines are output. The change log tells of the past; only its
//! links are looked at.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use crate::{COMMANDS, project};

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) n_checked: u64,
    /// One line each, with file and line.
    pub(crate) problems: Vec<String>,
}

/// Checks the Markdown files below `root`. Without the program `server`, its command lines are
/// left out.
pub(crate) fn check(root: &Path, server: Option<&Path>) -> io::Result<Report> {
    let mut report = Report::default();
    if !root.join("README.md").exists() {
        report
            .problems
            .push("README.md: there is none; expected one at the top".to_owned());
    }
    let mut helps = Helps {
        server,
        texts: BTreeMap::new(),
    };
    for file in project::files_below(root, "md")? {
        let name = file.strip_prefix(root).unwrap_or(&file);
        // What tests expect of a page is no document.
        if name.starts_with("tests/golden") {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        for (n_line, mention) in mentions(&text) {
            let problem = match mention {
                Mention::Link(target) => {
                    let folder = file.parent().unwrap_or(root);
                    (!folder.join(&target).exists()).then(|| format!("`{target}` does not exist"))
                }
                Mention::Command(_) if name == Path::new("CHANGELOG.md") => continue,
                Mention::Command(line) => command_problem(&line, &mut helps),
            };
            report.n_checked += 1;
            report
                .problems
                .extend(problem.map(|problem| format!("{}:{n_line}: {problem}", name.display())));
        }
    }
    Ok(report)
}

/// Something in a document that must exist elsewhere.
#[derive(Debug, PartialEq, Eq)]
enum Mention {
    /// A path relative to the document.
    Link(String),
    Command(String),
}

/// Mentions with their lines, from 1.
fn mentions(text: &str) -> Vec<(usize, Mention)> {
    let mut found = Vec::new();
    let mut block: Option<Block> = None;
    for (line_idx, line) in text.lines().enumerate() {
        let n_line = line_idx + 1;
        if line.trim_start().starts_with("```") {
            match block.take() {
                Some(block) => found.extend(block.commands()),
                None => block = Some(Block::default()),
            }
        } else if let Some(block) = &mut block {
            block.lines.push((n_line, line.to_owned()));
        } else {
            for code in line
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|code| is_ours(code))
            {
                found.push((n_line, Mention::Command(code.to_owned())));
            }
            found.extend(links(line).map(|target| (n_line, Mention::Link(target))));
        }
    }
    found
}

/// The lines of a fenced code block.
#[derive(Debug, Default)]
struct Block {
    lines: Vec<(usize, String)>,
}

impl Block {
    fn commands(self) -> impl Iterator<Item = (usize, Mention)> {
        let has_prompts = self.lines.iter().any(|(_, line)| line.starts_with("$ "));
        self.lines.into_iter().filter_map(move |(n_line, line)| {
            let command = match line.strip_prefix("$ ") {
                Some(command) => command,
                None if has_prompts => return None,
                None => line.trim_start(),
            };
            is_ours(command).then(|| (n_line, Mention::Command(command.to_owned())))
        })
    }
}

/// Whether `line` is a command line of the program, with a subcommand, or of the chores.
fn is_ours(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match words.next() {
        Some(project::SERVER) => words.next().is_some_and(is_subcommand),
        Some("cargo") => words.next() == Some("xtask") && words.next().is_some_and(is_subcommand),
        _ => false,
    }
}

/// Not a placeholder such as `COMMAND`, nor an option.
fn is_subcommand(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_lowercase())
}

/// Targets of links to files, without the part after `#`.
fn links(line: &str) -> impl Iterator<Item = String> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let (path, _) = target.split_once('#').unwrap_or((target, ""));
        let is_file = !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:");
        is_file.then(|| path.to_owned())
    })
}

fn command_problem(line: &str, helps: &mut Helps<'_>) -> Option<String> {
    let words: Vec<&str> = line
        .split_whitespace()
        .take_while(|word| !["|", "||", "&&", ">", "<", ";", "#"].contains(word))
        .collect();
    let (help, subcommand, rest) = match words.as_slice() {
        ["cargo", "xtask", subcommand, rest @ ..] => (helps.of_chore(subcommand), subcommand, rest),
        [_, subcommand, rest @ ..] => {
            helps.server?;
            (helps.of_server(subcommand), subcommand, rest)
        }
        _ => return None,
    };
    let Some(help) = help else {
        return Some(format!("`{line}`: there is no subcommand `{subcommand}`"));
    };
    let unknown = rest.iter().find(|word| {
        let option = word
            .trim_matches(['[', ']'])
            .split('=')
            .next()
            .unwrap_or_default();
        option.starts_with("--")
            && option.len() > 2
            && option != "--help"
            && !mentions_option(&help, option)
    });
    unknown.map(|option| format!("`{line}`: `{subcommand}` has no option `{option}`"))
}

fn mentions_option(help: &str, option: &str) -> bool {
    let is_boundary = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
    help.split(is_boundary).any(|word| word == option)
}

/// What subcommands say of themselves, asked once each.
struct Helps<'a> {
    server: Option<&'a Path>,
    texts: BTreeMap<String, Option<String>>,
}

impl Helps<'_> {
    fn of_chore(&self, name: &str) -> Option<String> {
        let command = COMMANDS.iter().find(|command| command.name == name)?;
        Some(format!("{}\n{}", command.arguments, command.details))
    }

    fn of_server(&mut self, name: &str) -> Option<String> {
        let server = self.server?;
        let ask = || {
            let output = Command::new(server).args([name, "--help"]).output().ok()?;
            output
                .status
                .success()
                .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        self.texts
            .entry(name.to_owned())
            .or_insert_with(ask)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<(usize, String)> {
        let command = |(n_line, mention)| match mention {
            Mention::Command(line) => Some((n_line, line)),
            Mention::Link(_) => None,
        };
        mentions(text).into_iter().filter_map(command).collect()
    }

    fn problem(line: &str) -> Option<String> {
        command_problem(
            line,
            &mut Helps {
                server: None,
                texts: BTreeMap::new(),
            },
        )
    }

    #[test]
    fn commands_stand_in_blocks_and_in_inline_code() {
        let text = "See `cargo xtask test` and `text`.\n```sh\ncargo xtask open # try\nls\n```\n";
        assert_eq!(
            commands(text),
            [
                (1, "cargo xtask test".to_owned()),
                (3, "cargo xtask open # try".to_owned())
            ]
        );
    }

    #[test]
    fn output_below_a_prompt_is_no_command() {
        let text = "```console\n$ cargo xtask help\npatch-digest says hello\n```\n";
        assert_eq!(commands(text), [(2, "cargo xtask help".to_owned())]);
    }

    #[test]
    fn placeholders_and_bare_names_are_no_command() {
        assert_eq!(
            commands("`cargo xtask COMMAND`, `patch-digest`, `patch-digest --version`"),
            []
        );
    }

    #[test]
    fn only_links_to_files_count() {
        let line = "[a](b.md#c) [d](https://example.org) [e](#f) [g](h/)";
        assert_eq!(links(line).collect::<Vec<_>>(), ["b.md", "h/"]);
    }

    #[test]
    fn chores_and_their_options_are_known() {
        assert_eq!(problem("cargo xtask test --quick"), None);
        assert_eq!(
            problem("cargo xtask fuzz-edits --minutes 5 [--seed S]"),
            None
        );
        assert_eq!(
            problem("cargo xtask test --slow").unwrap(),
            "`cargo xtask test --slow`: `test` has no option `--slow`"
        );
        assert_eq!(
            problem("cargo xtask dance").unwrap(),
            "`cargo xtask dance`: there is no subcommand `dance`"
        );
    }

    #[test]
    fn the_chores_own_documents_agree_with_them() {
        let report = check(&project::root(), None).unwrap();
        // Whether there is a README is for the whole run to say.
        let problems: Vec<_> = report
            .problems
            .iter()
            .filter(|line| !line.starts_with("README.md"))
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

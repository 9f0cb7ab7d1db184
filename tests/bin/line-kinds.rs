//! What the parser takes each line of a digest for, to compare the grammars with:
//! `line-kinds FILE...` prints `== FILE` and then the kind of every line, one a line.
//!
//! The kinds are those of `syntax/README.md`. `cargo xtask test` compares.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::fs;
use std::process::ExitCode;

use patch_digest_core::Digest;
use patch_digest_core::model::header::Header;
use patch_digest_core::model::tables::Table;
use patch_digest_core::syntax::entry::{Entry, PartKind};
use patch_digest_core::syntax::form;
use patch_digest_core::syntax::line::{self, Heading, Lines, Log};
use patch_digest_core::syntax::{BlockKind, Place};

fn main() -> ExitCode {
    for file in std::env::args().skip(1) {
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("line-kinds: reading {file}: {error}");
                return ExitCode::FAILURE;
            }
        };
        println!("== {file}");
        for kind in kinds(&Digest::parse(&text)) {
            println!("{kind}");
        }
    }
    ExitCode::SUCCESS
}

/// The kinds of all lines.
fn kinds(digest: &Digest) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for place in digest.blocks().iter() {
        let text = digest.block_text(&place);
        let lines: Vec<&str> = Lines::new(&text).map(|line| line.text).collect();
        let mut of_block = in_block(&place, &text, &lines);
        for (kind, line) in of_block.iter_mut().zip(&lines) {
            if line::is_blank(line) {
                *kind = "blank";
            }
        }
        kinds.extend(of_block);
    }
    kinds
}

fn in_block(place: &Place<'_>, text: &str, lines: &[&str]) -> Vec<&'static str> {
    let mut kinds = vec!["stray"; lines.len()];
    match place.block.kind {
        BlockKind::Header => {
            let header = Header::parse(text);
            if header.commits.is_some() {
                kinds[0] = "range";
            }
            if header.title.is_some() {
                let above =
                    Lines::new(text).take_while(|line| line.start < header.title_line.start);
                kinds[above.count()] = "title";
            }
        }
        BlockKind::Heading(heading) => {
            kinds[0] = "heading";
            if matches!(heading, Heading::Domains | Heading::Contributors) {
                for row in Table::parse(text, heading).rows {
                    kinds[row.line] = "row";
                }
            }
        }
        BlockKind::Entry => {
            if let Some(entry) = place.block.entry() {
                in_entry(entry, lines, &mut kinds);
            }
        }
        BlockKind::Exist | BlockKind::Skip => {
            for (kind, line) in kinds.iter_mut().zip(lines) {
                *kind = match Log::of(line) {
                    Some((Log::Exist, _)) => "exist",
                    Some((Log::Skip, _)) => "skip",
                    None => "stray",
                };
            }
        }
        BlockKind::Stray => {}
    }
    kinds
}

fn in_entry(entry: &Entry, lines: &[&str], kinds: &mut [&'static str]) {
    for (kind, line) in kinds.iter_mut().zip(lines) {
        *kind = match *line {
            // The first of each is known to the parser, with what it is good for; all look alike.
            line if line::is_separator(line) => "separator",
            line if line.trim_end() == "---" => "cut",
            _ => "text",
        };
    }
    kinds[0] = "new";
    for (head, kind) in [(entry.subject, "subject"), (entry.author, "author")] {
        if let Some(head) = head {
            kinds[head.line() as usize] = kind;
        }
    }
    for part in &entry.parts {
        let first = part.line as usize;
        for number in first..first + part.n_lines as usize {
            kinds[number] = match part.kind {
                PartKind::Trailer => "trailer",
                PartKind::ShortlogGroup if number == first => "shortlog-author",
                PartKind::ShortlogGroup => "shortlog-title",
                PartKind::Diffstat if form::diffstat_row(lines[number]).is_some() => "diffstat",
                PartKind::Diffstat if form::diffstat_summary(lines[number]).is_some() => "summary",
                PartKind::Diffstat => "mode",
                PartKind::Footnote => "footnote",
                PartKind::BaseCommit => "base",
            };
        }
    }
}

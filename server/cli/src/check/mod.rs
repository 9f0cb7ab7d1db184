//! `patch-digest check`: what is wrong with digests, for people, editors and CI.
//!
//! A file per question: `targets` finds the files, `look` checks one, `select` decides on rules, `fix`
//! writes, and one file for each format prints.

mod around;
mod concise;
mod fix;
mod full;
mod json;
mod look;
mod report;
mod sarif;
mod select;
mod targets;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, ValueEnum};
use patch_digest_config::baseline::{Baseline, name_of};
use patch_digest_core::features::names::count;
use patch_digest_core::lints::{self, Severity};
use patch_digest_files::replace::{self, Expected};
use patch_digest_files::threads;

use self::around::Others;
use self::look::{Looked, NotFixed, Target};
use self::report::Report;
use self::select::Selector;
use crate::color::Color;
use crate::settings::{Settings, SettingsArgs, absolute};
use crate::{CLEAN, FAILED, FOUND, at_once, input, output};

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("change").args(["fix", "diff", "write_baseline"]))]
pub(crate) struct CheckArgs {
    /// Digests, and folders with digests; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How findings are printed; by default `full` on a terminal, else `concise`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Only these rules or groups, also where they are off; several with commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Selector::parse)]
    select: Vec<Selector>,
    /// All but these rules or groups; several with commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Selector::parse)]
    ignore: Vec<Selector>,
    /// Put right what is certain. Files are replaced as a whole or not at all.
    #[arg(long)]
    fix: bool,
    /// Show what --fix would change, and change nothing.
    #[arg(long)]
    diff: bool,
    /// Leave out the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to a file that --baseline takes.
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// The least severe finding that gives exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Warning, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// The name that standard input goes by, for settings and output.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<PathBuf>,
    /// Colours, in format full.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the lines in question, underlined.
    Full,
    /// A line per finding: `path:line:column: severity[code] message`.
    Concise,
    /// One object, documented in docs/check.md.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Commands that GitHub shows at the lines.
    Github,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Information,
    Hint,
    /// Exit code 0 whatever is found.
    Never,
}

impl FailOn {
    fn fails(self, worst: Severity) -> bool {
        match self {
            Self::Error => worst <= Severity::Error,
            Self::Warning => worst <= Severity::Warning,
            Self::Information => worst <= Severity::Information,
            Self::Hint => true,
            Self::Never => false,
        }
    }
}

/// What prints.
#[derive(Debug)]
enum Printer {
    Full { is_coloured: bool },
    Concise,
    Github,
    Json(json::Json),
    Sarif(sarif::Sarif),
}

impl Printer {
    fn new(format: Option<Format>, color: Color) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let by_default = if is_terminal {
            Format::Full
        } else {
            Format::Concise
        };
        match format.unwrap_or(by_default) {
            Format::Full => Self::Full {
                is_coloured: color.is_wanted(is_terminal),
            },
            Format::Concise => Self::Concise,
            Format::Github => Self::Github,
            Format::Json => Self::Json(json::Json::default()),
            Format::Sarif => Self::Sarif(sarif::Sarif::default()),
        }
    }

    /// What is printed at once of a file.
    fn file(&mut self, report: &Report) -> String {
        match self {
            Self::Full { is_coloured } => full::text(report, *is_coloured),
            Self::Concise => concise::lines(report),
            Self::Github => concise::github(report),
            Self::Json(json) => {
                json.add(report);
                String::new()
            }
            Self::Sarif(sarif) => {
                sarif.add(report);
                String::new()
            }
        }
    }

    /// What is printed in the end.
    fn end(self) -> String {
        match self {
            Self::Full { .. } | Self::Concise | Self::Github => String::new(),
            Self::Json(json) => json.end(),
            Self::Sarif(sarif) => sarif.end(),
        }
    }
}

/// What a run did, for the last line and the exit code.
#[derive(Debug, Default)]
struct Summary {
    n_findings: u64,
    n_files: u64,
    n_known: u64,
    n_left_out: u64,
    n_fixed: u64,
    n_fixed_files: u64,
    worst: Option<Severity>,
    has_failed: bool,
}

impl Summary {
    fn fail(&mut self, message: &str) {
        output::complain(message);
        self.has_failed = true;
    }

    fn print(&mut self, text: &str) {
        if let Err(message) = output::print(text) {
            self.fail(&message);
        }
    }

    fn add(&mut self, report: &Report) {
        self.n_findings += report.problems.len() as u64;
        let worst = self.worst.into_iter().chain(report.worst());
        self.worst = worst.min();
    }

    fn line(&self) -> String {
        let mut line = format!(
            "{} in {}",
            count(self.n_findings, "finding", "findings"),
            count(self.n_files, "file", "files")
        );
        let mut add = |n: u64, words: &str| {
            if n > 0 {
                line.push_str(&format!(", {n} {words}"));
            }
        };
        add(self.n_known, "known");
        add(self.n_left_out, "not shown (lint.max-findings)");
        line
    }
}

/// Checks files and returns the exit code.
pub(crate) fn run(args: &CheckArgs) -> u8 {
    let targets = targets::of(&args.files);
    let mut run = Run {
        args,
        settings: Settings::new(&args.settings, args.baseline.as_deref()),
        printer: Printer::new(args.format, args.color),
        summary: Summary {
            has_failed: targets.has_failed,
            ..Summary::default()
        },
        others: Others::new(&args.files),
        new_baseline: args.write_baseline.as_ref().map(|_| Baseline::default()),
    };
    let mut rest = &*targets.files;
    while !rest.is_empty() {
        let (batch, tail) = rest.split_at(run.batch_len(rest));
        run.files(batch);
        rest = tail;
    }
    run.end()
}

struct Run<'a> {
    args: &'a CheckArgs,
    settings: Settings,
    printer: Printer,
    summary: Summary,
    others: Others<'a>,
    /// The baseline to write.
    new_baseline: Option<Baseline>,
}

impl Run<'_> {
    /// How many of the first files are looked at before anything is told of them; at least one.
    fn batch_len(&self, files: &[PathBuf]) -> usize {
        /// Files for each thread, which then seldom wait for each other.
        const FOR_EACH: usize = 4;
        /// Bytes of files, as what is known of them is kept until then.
        const MOST_BYTES: u64 = 64 * 1024 * 1024;
        // Links may lead to one file twice, which is to be read after it was fixed.
        if self.args.fix {
            return 1;
        }
        let mut n_bytes = 0;
        let fits = |file: &&PathBuf| {
            n_bytes += file.metadata().map_or(0, |metadata| metadata.len());
            n_bytes <= MOST_BYTES
        };
        let most = FOR_EACH * threads::n_processors();
        files.iter().take(most).take_while(fits).count().max(1)
    }

    fn files(&mut self, files: &[PathBuf]) {
        let targets: Vec<Target<'_>> = files.iter().map(|file| self.target(file)).collect();
        let looked = at_once::map(&targets, |target| target.look(self.args, &self.others));
        for (target, looked) in targets.into_iter().zip(looked) {
            self.tell(target, looked);
        }
    }

    fn target<'b>(&mut self, spelled: &'b Path) -> Target<'b> {
        let named = if spelled == Path::new("-") {
            self.args.stdin_filename.as_deref()
        } else {
            Some(spelled)
        };
        let path = named.map(absolute);
        let resolved = self.settings.of(path.as_deref().and_then(Path::parent));
        let mut options = resolved.settings.lint.check_options(path.as_deref());
        select::apply(&mut options, &self.args.select, &self.args.ignore);
        Target {
            spelled,
            path,
            resolved,
            options,
        }
    }

    fn tell(&mut self, target: Target<'_>, looked: Result<Looked, String>) {
        let looked = match looked {
            Ok(looked) => looked,
            Err(message) => return self.summary.fail(&message),
        };
        self.summary.n_files += 1;
        match &looked.not_fixed {
            Some(NotFixed::Unsafe(message)) => output::complain(message),
            Some(NotFixed::Failed(message)) => self.summary.fail(message),
            None => {}
        }
        if let Some(diff) = &looked.diff {
            self.summary.print(diff);
        }
        if looked.n_fixed > 0 {
            self.summary.n_fixed += looked.n_fixed as u64;
            self.summary.n_fixed_files += 1;
        }
        if !self.args.diff {
            self.report(target, looked);
        }
    }

    fn report(&mut self, target: Target<'_>, looked: Looked) {
        let Target { path, resolved, .. } = target;
        let Looked {
            input, problems, ..
        } = looked;
        if let (Some(baseline), Some(file), Some(path)) =
            (&mut self.new_baseline, &self.args.write_baseline, &path)
        {
            let folder = absolute(file);
            let name = name_of(path, folder.parent().unwrap_or(Path::new("/")));
            let names = lints::fingerprints(&input.digest, &problems);
            for (problem, fingerprint) in problems.iter().zip(names) {
                baseline.add(problem.rule.code, &fingerprint, &name);
            }
            return;
        }
        let told = resolved.told(problems, &input.digest, path.as_deref());
        self.summary.n_known += told.n_known as u64;
        self.summary.n_left_out += told.n_left_out as u64;
        let report = Report {
            name: input.name,
            path,
            digest: input.digest,
            problems: told.problems,
        };
        let text = self.printer.file(&report);
        self.summary.print(&text);
        self.summary.add(&report);
    }

    fn end(mut self) -> u8 {
        let args = self.args;
        let summary = &mut self.summary;
        if let (Some(baseline), Some(file)) = (&self.new_baseline, &args.write_baseline) {
            let text = baseline.to_text();
            let name = input::display_name(file);
            match replace::replace(file, Expected::Anything, text.as_bytes()) {
                Ok(()) => output::tell(&format!(
                    "{} written to {name}",
                    count(baseline.len() as u64, "finding", "findings"),
                )),
                Err(cause) => summary.fail(&format!("writing {name}: {cause}")),
            }
            return if summary.has_failed { FAILED } else { CLEAN };
        }
        if args.fix || args.diff {
            output::tell(&format!(
                "{} {} in {}",
                if args.fix { "fixed" } else { "would fix" },
                count(summary.n_fixed, "place", "places"),
                count(summary.n_fixed_files, "file", "files")
            ));
        }
        let is_found = if args.diff {
            summary.n_fixed > 0 && args.fail_on != FailOn::Never
        } else {
            let text = self.printer.end();
            summary.print(&text);
            output::tell(&summary.line());
            summary.worst.is_some_and(|worst| args.fail_on.fails(worst))
        };
        if summary.has_failed || self.settings.is_unread() {
            FAILED
        } else if is_found {
            FOUND
        } else {
            CLEAN
        }
    }
}

//! The figures as Markdown.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use patch_digest_tests::measure::Timings;

use crate::index::Index;
use crate::session::{Held, Startup};
use crate::{Row, goals};

pub(crate) fn report(
    startup: &Startup,
    floor_startup: &Startup,
    rows: &[Row],
    index: &Index,
    n_stripped: u64,
) -> String {
    let mut text = goals::table(startup, floor_startup, rows, index, n_stripped);
    text += &latency(rows);
    text += &cold(rows);
    text += &strokes(rows);
    text += &documents(rows);
    text += &indexes(index);
    text += &starts(startup, floor_startup);
    text
}

/// Writes a table.
pub(crate) struct Table(String);

impl Table {
    pub(crate) fn new(title: &str, columns: &[&str]) -> Self {
        let rule = " --- |".repeat(columns.len());
        Self(format!(
            "### {title}\n\n| {} |\n|{rule}\n",
            columns.join(" | ")
        ))
    }

    pub(crate) fn row(&mut self, cells: &[&dyn Display]) {
        self.0.push('|');
        for cell in cells {
            let _ = write!(self.0, " {cell} |");
        }
        self.0.push('\n');
    }

    pub(crate) fn end(self) -> String {
        self.0 + "\n"
    }
}

fn latency(rows: &[Row]) -> String {
    let mut table = Table::new(
        "From a keystroke to its answer",
        &[
            "size",
            "answer",
            "its size",
            "rounds",
            "p50",
            "p99",
            "max",
            "floor: p50",
            "p99",
            "max",
        ],
    );
    for row in rows {
        let (server, floor) = (&row.server, &row.floor);
        for (name, n_bytes, server, floor) in [
            (
                "documentSymbol",
                server.n_symbols,
                &server.symbols,
                &floor.symbols,
            ),
            ("hover", server.n_hover, &server.hover, &floor.hover),
            (
                "diagnostics",
                server.n_diagnostics,
                &server.diagnostics,
                &floor.diagnostics,
            ),
        ] {
            table.row(&[
                &row.size,
                &name,
                &bytes(n_bytes),
                &server.n_rounds(),
                &show(server.percentile(50)),
                &show(p99(server)),
                &show(server.percentile(100)),
                &show(floor.percentile(50)),
                &show(p99(floor)),
                &show(floor.percentile(100)),
            ]);
        }
    }
    table.end()
}

fn cold(rows: &[Row]) -> String {
    let mut table = Table::new(
        "Cold parse on one thread, p50",
        &[
            "size",
            "newlines",
            "line index and classes",
            "rope",
            "parse with model",
            "share of index and classes",
        ],
    );
    for row in rows {
        let engine = &row.engine;
        let parse = engine.parse.percentile(50);
        let classify = engine.classify.percentile(50);
        table.row(&[
            &row.size,
            &speed(row, engine.newlines.percentile(50)),
            &speed(row, classify),
            &speed(row, engine.rope.percentile(50)),
            &format!("{} ({})", speed(row, parse), show(parse)),
            &format!("{:.3}", classify.as_secs_f64() / parse.as_secs_f64()),
        ]);
    }
    table.end()
}

fn strokes(rows: &[Row]) -> String {
    let mut table = Table::new(
        "A keystroke in the engine, p50 / p99 / max",
        &["size", "text alone", "in a message", "in a title"],
    );
    let all = |timings: &Timings| {
        let max = show(timings.percentile(100));
        format!("{} / {max}", p50_p99(timings))
    };
    for row in rows {
        let engine = &row.engine;
        table.row(&[
            &row.size,
            &all(&engine.edit_rope),
            &all(&engine.in_body),
            &all(&engine.in_title),
        ]);
    }
    table.end()
}

fn documents(rows: &[Row]) -> String {
    let mut table = Table::new(
        "An open document",
        &[
            "size",
            "server",
            "memory at rest",
            "at peak",
            "per byte, at rest / at peak",
            "processor time of a keystroke",
            "open to diagnostics",
            "exit",
        ],
    );
    for row in rows {
        for (name, figures) in [("ours", &row.server), ("floor", &row.floor)] {
            table.row(&[
                &row.size,
                &name,
                &mib(figures.rest.resident),
                &mib(figures.end.peak),
                &Held::of(figures, row.engine.n_bytes).show(),
                &show(figures.work),
                &show(figures.open),
                &show(figures.exit),
            ]);
        }
    }
    table.end()
}

fn indexes(index: &Index) -> String {
    let mut table = Table::new(
        &format!("An index of {} digests of 40 KB", index.n_digests),
        &["what", "p50 / p99", "rounds"],
    );
    table.row(&[&"from files to the index, the best", &show(index.whole), &3]);
    table.row(&[
        &"from files to line indexes and classes",
        &show(index.limit),
        &3,
    ]);
    let edit = ("a title changed in a digest", &index.edit);
    let queries = index.queries.iter().map(|(name, timings)| (*name, timings));
    for (name, timings) in std::iter::once(edit).chain(queries) {
        table.row(&[&name, &p50_p99(timings), &timings.n_rounds()]);
    }
    table.end()
}

fn starts(startup: &Startup, floor_startup: &Startup) -> String {
    let mut table = Table::new(
        "Start and end, p50 / p99",
        &["server", "start to `initialize`", "exit", "memory, idle"],
    );
    for (name, startup) in [("ours", startup), ("floor", floor_startup)] {
        table.row(&[
            &name,
            &p50_p99(&startup.start),
            &p50_p99(&startup.exit),
            &mib(startup.idle.resident),
        ]);
    }
    table.end()
}

pub(crate) fn p99(timings: &Timings) -> Duration {
    timings.percentile(99)
}

pub(crate) fn p50_p99(timings: &Timings) -> String {
    format!("{} / {}", show(timings.percentile(50)), show(p99(timings)))
}

/// A time with two or three digits.
pub(crate) fn show(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    let (value, unit) = match micros {
        m if m < 1000.0 => (m, "µs"),
        m => (m / 1e3, "ms"),
    };
    match value {
        v if v < 10.0 => format!("{} {unit}", format!("{v:.1}").trim_end_matches(".0")),
        v => format!("{v:.0} {unit}"),
    }
}

/// How fast a digest of a row's size is gone through.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn speed(row: &Row, duration: Duration) -> String {
    let speed = row.engine.n_bytes as f64 / duration.as_secs_f64();
    match speed {
        s if s < 1e9 => format!("{:.0} MB/s", s / 1e6),
        s => format!("{:.1} GB/s", s / 1e9),
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1024 * 1024))
}

fn bytes(n: usize) -> String {
    match n {
        n if n < 10_000 => format!("{n} B"),
        n if n < 10_000_000 => format!("{} KB", n / 1000),
        n => format!("{} MB", n / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_or_three_digits() {
        let shown = |nanos| show(Duration::from_nanos(nanos));
        assert_eq!(shown(612), "0.6 µs");
        assert_eq!(shown(3_000), "3 µs");
        assert_eq!(shown(12_345), "12 µs");
        assert_eq!(shown(1_234_567), "1.2 ms");
        assert_eq!(shown(1_234_567_890), "1235 ms");
    }

    #[test]
    fn tables_are_markdown() {
        let mut table = Table::new("Title", &["a", "b"]);
        table.row(&[&1, &"x"]);
        assert_eq!(
            table.end(),
            "### Title\n\n| a | b |\n| --- | --- |\n| 1 | x |\n\n"
        );
    }
}

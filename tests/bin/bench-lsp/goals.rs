//! The goals: what must be reached, what is aimed for, and what was measured.

use std::time::Duration;

use crate::index::Index;
use crate::report::{Table, mib, p50_p99, p99, show, speed};
use crate::session::{Held, Startup};
use crate::{Row, Size};

/// A figure with its goals. Where it has several values, all of them have to hold.
struct Goal {
    figure: String,
    unit: Unit,
    must: &'static [f64],
    aim: &'static [f64],
    reached: Vec<f64>,
    /// What the machine, or a server that does nothing, needs.
    limit: String,
}

/// What the numbers of a goal are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A part of what is possible: the more, the better.
    Share,
    Millis,
    /// How many times as much.
    Times,
    Mib,
    BytesPerByte,
    Megabytes,
    Bytes,
}

impl Unit {
    fn show(self, values: &[f64]) -> String {
        let one = |value: &f64| match self {
            Self::Share | Self::BytesPerByte => rounded(*value),
            Self::Millis => show(Duration::from_secs_f64(value / 1e3)),
            Self::Times => format!("{} ×", rounded(*value)),
            Self::Mib => format!("{} MiB", rounded(*value)),
            Self::Megabytes => format!("{} MB", rounded(*value)),
            Self::Bytes => format!("{} B", rounded(*value)),
        };
        values.iter().map(one).collect::<Vec<_>>().join(" / ")
    }
}

/// A number with about three digits and no idle zeros.
fn rounded(value: f64) -> String {
    let text = match value {
        v if v < 1.0 => format!("{v:.3}"),
        v if v < 100.0 => format!("{v:.2}"),
        v => return format!("{v:.0}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Goal {
    fn new(figure: impl Into<String>, unit: Unit, reached: impl Into<Vec<f64>>) -> Self {
        Self {
            figure: figure.into(),
            unit,
            must: &[],
            aim: &[],
            reached: reached.into(),
            limit: String::new(),
        }
    }

    fn goals(mut self, must: &'static [f64], aim: &'static [f64]) -> Self {
        self.must = must;
        self.aim = aim;
        self
    }

    fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = limit.into();
        self
    }

    fn holds(&self, bounds: &[f64]) -> bool {
        let mut pairs = self.reached.iter().zip(bounds);
        match self.unit {
            Unit::Share => pairs.all(|(reached, bound)| reached >= bound),
            _ => pairs.all(|(reached, bound)| reached <= bound),
        }
    }

    fn verdict(&self) -> &'static str {
        if self.holds(self.aim) {
            "as aimed"
        } else if self.holds(self.must) {
            "reached"
        } else {
            "**missed**"
        }
    }
}

/// The table of goals.
pub(crate) fn table(
    startup: &Startup,
    floor_startup: &Startup,
    rows: &[Row],
    index: &Index,
    n_stripped: u64,
) -> String {
    let at = |n_bytes| rows.iter().find(|row| row.size == Size(n_bytes));
    let (Some(small), Some(large), Some(huge)) = (at(40_000), at(10_000_000), at(100_000_000))
    else {
        return String::new();
    };
    let mut goals = engine([small, large, huge]);
    goals.extend(answers(small, large, huge));
    goals.push(
        Goal::new(
            "start to the answer to `initialize`, p50",
            Unit::Millis,
            [millis(startup.start.percentile(50))],
        )
        .goals(&[3.0], &[1.5])
        .limit(format!(
            "floor {}",
            show(floor_startup.start.percentile(50))
        )),
    );
    goals.extend(memory(startup, floor_startup, [large, huge]));
    goals.extend(indexed(index));
    goals.push(
        Goal::new(
            "release binary, stripped",
            Unit::Megabytes,
            [float(n_stripped) / 1e6],
        )
        .goals(&[8.0], &[4.0]),
    );

    let mut table = Table::new(
        "Goals",
        &["figure", "must", "aim", "measured", "", "limit or floor"],
    );
    for goal in &goals {
        table.row(&[
            &goal.figure,
            &goal.unit.show(goal.must),
            &goal.unit.show(goal.aim),
            &goal.unit.show(&goal.reached),
            &goal.verdict(),
            &goal.limit,
        ]);
    }
    table.end()
}

fn engine(rows: [&Row; 3]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for row in rows {
        let (parse, limit) = (
            row.engine.parse.percentile(50),
            row.engine.classify.percentile(50),
        );
        let share = limit.as_secs_f64() / parse.as_secs_f64();
        goals.push(
            Goal::new(
                format!("cold parse, {}: share of the limit's speed", row.size),
                Unit::Share,
                [share],
            )
            .goals(&[0.25], &[0.5])
            .limit(format!("{} of {}", speed(row, parse), speed(row, limit))),
        );
    }
    for row in rows {
        let strokes = &row.engine.in_body;
        goals.push(
            Goal::new(
                format!("keystroke in the engine, {}, p50 / p99", row.size),
                Unit::Millis,
                [millis(strokes.percentile(50)), millis(p99(strokes))],
            )
            .goals(&[0.010, 0.050], &[0.003, 0.015])
            .limit(format!("text alone {}", p50_p99(&row.engine.edit_rope))),
        );
    }
    let [small, _, huge] = rows.map(|row| row.engine.in_body.percentile(50).as_secs_f64());
    goals.push(
        Goal::new(
            "the same, p50: 100 MB over 40 KB",
            Unit::Times,
            [huge / small],
        )
        .goals(&[3.0], &[2.0]),
    );
    goals
}

fn answers(small: &Row, large: &Row, huge: &Row) -> Vec<Goal> {
    let after_keystroke = |what: &str, row: &Row, server: Duration, floor: Duration| {
        let figure = format!("keystroke to {what}, {}, p99", row.size);
        Goal::new(figure, Unit::Millis, [millis(server)]).limit(format!("floor {}", show(floor)))
    };
    let symbols = |row: &Row| (p99(&row.server.symbols), p99(&row.floor.symbols));
    let over_floor = |row: &Row| {
        let (server, floor) = symbols(row);
        let times = server.as_secs_f64() / floor.as_secs_f64();
        let figure = format!(
            "keystroke to documentSymbol, {}, p99 over the floor's",
            row.size
        );
        Goal::new(figure, Unit::Times, [times])
            .goals(&[2.5], &[1.5])
            .limit(format!("{}, floor {}", show(server), show(floor)))
    };
    let hover =
        |row: &Row| after_keystroke("hover", row, p99(&row.server.hover), p99(&row.floor.hover));
    let diagnostics = |row: &Row| {
        let (server, floor) = (p99(&row.server.diagnostics), p99(&row.floor.diagnostics));
        after_keystroke("diagnostics", row, server, floor)
    };
    let (server, floor) = symbols(small);
    let opened = [millis(large.server.open)];
    vec![
        after_keystroke("documentSymbol", small, server, floor).goals(&[0.25], &[0.1]),
        over_floor(large),
        over_floor(huge),
        hover(large).goals(&[0.5], &[0.15]),
        hover(huge).goals(&[1.0], &[0.25]),
        diagnostics(small).goals(&[0.5], &[0.2]),
        diagnostics(large).goals(&[10.0], &[2.0]),
        Goal::new("open to diagnostics, 10 MB, p50", Unit::Millis, opened)
            .goals(&[40.0], &[20.0])
            .limit(format!("floor {}", show(large.floor.open))),
    ]
}

fn memory(startup: &Startup, floor_startup: &Startup, rows: [&Row; 2]) -> Vec<Goal> {
    let idle = Goal::new(
        "memory, idle",
        Unit::Mib,
        [float(startup.idle.resident) / f64::from(1024 * 1024)],
    )
    .goals(&[8.0], &[5.0])
    .limit(format!("floor {}", mib(floor_startup.idle.resident)));
    let per_byte = rows.map(|row| {
        let held = Held::of(&row.server, row.engine.n_bytes);
        let floor = Held::of(&row.floor, row.engine.n_bytes);
        Goal::new(
            format!(
                "memory per byte of a document, {}, at rest / at peak",
                row.size
            ),
            Unit::BytesPerByte,
            [held.rest, held.peak],
        )
        .goals(&[2.5, 6.0], &[1.6, 3.5])
        .limit(format!("floor {}", floor.show()))
    });
    std::iter::once(idle).chain(per_byte).collect()
}

/// Goals of the index are for ten thousand digests.
fn indexed(index: &Index) -> [Goal; 3] {
    let n_digests = index.n_digests;
    let entries = format!("{} entries", index.n_entries);
    let per_entry = f64::from(u32::try_from(index.bytes_per_entry).unwrap_or(u32::MAX));
    [
        Goal::new(
            format!("{n_digests} digests of 40 KB indexed, two threads"),
            Unit::Millis,
            [millis(index.whole)],
        )
        .goals(&[1000.0], &[350.0])
        .limit(format!("line index and classes {}", show(index.limit))),
        Goal::new("memory of the index per entry", Unit::Bytes, [per_entry])
            .goals(&[1500.0], &[500.0])
            .limit(entries),
        Goal::new(
            "the slowest question to the index, p99",
            Unit::Millis,
            [millis(index.slowest())],
        )
        .goals(&[10.0], &[10.0]),
    ]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_of_a_goal_have_to_hold() {
        let verdict = |unit, reached: [f64; 2]| {
            let goal = Goal::new("figure", unit, reached);
            goal.goals(&[10.0, 50.0], &[3.0, 15.0]).verdict()
        };
        assert_eq!(verdict(Unit::Millis, [3.0, 15.0]), "as aimed");
        assert_eq!(verdict(Unit::Millis, [2.0, 16.0]), "reached");
        assert_eq!(verdict(Unit::Millis, [2.0, 51.0]), "**missed**");
        assert_eq!(verdict(Unit::Share, [10.0, 50.0]), "as aimed");
        assert_eq!(verdict(Unit::Share, [2.0, 50.0]), "**missed**");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(Unit::Millis.show(&[0.01, 0.05]), "10 µs / 50 µs");
        assert_eq!(Unit::Times.show(&[2.5]), "2.5 ×");
        assert_eq!(Unit::Share.show(&[0.04567]), "0.046");
        assert_eq!(Unit::Megabytes.show(&[123.4]), "123 MB");
    }
}

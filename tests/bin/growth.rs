//! Counts instructions: `growth [VALGRIND] [--short]` runs itself under valgrind and tells where four
//! times the text, or the digests, takes far more than four times the instructions. `growth --work` is
//! what is counted.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::collections::HashMap;
use std::fs;
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use patch_digest_tests::folders::{self, FOLDERS};
use patch_digest_tests::growth::{self, SHAPES};
use patch_digest_tests::temp::TempFolder;

/// What four times the text may take. Sorting takes 5; places that are asked about may be telling
/// in one text and not in the other; what is quadratic takes 16.
const FACTOR: f64 = 8.0;

/// Fewer instructions than these are no matter.
const FEW: u64 = 300_000;

fn main() -> ExitCode {
    let valgrind = std::env::args()
        .nth(1)
        .filter(|name| !name.starts_with("--"));
    if has_argument("--work") {
        LazyLock::force(&INPUTS);
        growth_mark();
        run_all(&mut |_, work| {
            work();
            growth_mark();
        });
        return ExitCode::SUCCESS;
    }
    match check(valgrind.as_deref().unwrap_or("valgrind")) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(n) => {
            println!("{n} steps grow too fast");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("growth: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// What there is much of, how much more of it than at first, and what is done with it.
type Key = (&'static str, usize, &'static str);

/// A text, or the digests of a folder.
enum Input {
    Text(String),
    Folder(Vec<String>),
}

fn has_argument(name: &str) -> bool {
    std::env::args().any(|argument| argument == name)
}

/// How many times smaller a text is than where allocations are counted: valgrind is slow. In a
/// quarter of it, squares are still told from what they stand beside.
fn text_divisor() -> usize {
    if has_argument("--short") { 4 } else { 2 }
}

/// The same of folders. In smaller ones nothing is a crowd yet, and what is then compared with each
/// other would be taken for a square.
const FOLDER_DIVISOR: usize = 2;

/// The input by what there is much of and size, made before anything is counted.
static INPUTS: LazyLock<Vec<(&'static str, usize, Input)>> = LazyLock::new(|| {
    // Patterns are compiled when they are first needed.
    let mut inputs = vec![
        ("warming up", 1, Input::Text((SHAPES[0].make)(3))),
        ("warming up", 1, Input::Folder((FOLDERS[0].make)(3))),
    ];
    for factor in [1, 4] {
        let texts = SHAPES.iter().map(|shape| {
            let text = (shape.make)(shape.n * factor / text_divisor());
            (shape.name, factor, Input::Text(text))
        });
        inputs.extend(texts);
        let folders = FOLDERS.iter().map(|folder| {
            let texts = (folder.make)(folder.n * factor / FOLDER_DIVISOR);
            (folder.name, factor, Input::Folder(texts))
        });
        inputs.extend(folders);
    }
    inputs
});

/// Does all the work in a fixed order.
fn run_all(step: &mut dyn FnMut(Key, &mut dyn FnMut())) {
    for (name, factor, input) in &*INPUTS {
        let mut step = |step_name, work: &mut dyn FnMut()| step((name, *factor, step_name), work);
        match input {
            Input::Text(text) => growth::work(text, &mut step),
            Input::Folder(texts) => folders::work(texts, &mut step),
        }
    }
}

/// Where valgrind writes down what has been counted so far, and starts anew.
#[inline(never)]
fn growth_mark() {
    std::hint::black_box(0);
}

fn check(valgrind: &str) -> Result<usize, String> {
    let folder = TempFolder::new();
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(valgrind)
        .args(["--tool=callgrind", "--quiet", "--dump-before=*growth_mark*"])
        .arg(format!(
            "--callgrind-out-file={}/out",
            folder.path().display()
        ))
        .arg(own)
        .arg("--work")
        .args(has_argument("--short").then_some("--short"))
        .output()
        .map_err(|error| format!("starting {valgrind}: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{valgrind} ended with {}: {words}", output.status));
    }
    let count = |number: usize| -> Result<u64, String> {
        let path = folder.path().join(format!("out.{number}"));
        let profile =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let line = profile.lines().find_map(|line| {
            line.strip_prefix("totals: ")
                .or(line.strip_prefix("summary: "))
        });
        line.and_then(|line| line.trim().parse().ok())
            .ok_or_else(|| format!("no total in {}", path.display()))
    };
    // The first mark stands before the first step, and one behind each.
    let mut steps = Vec::new();
    run_all(&mut |key, work| {
        work();
        steps.push(key);
    });
    let mut once = HashMap::new();
    let mut n_problems = 0;
    let mut n_instructions = 0;
    for (number, (shape, factor, step)) in steps.iter().enumerate() {
        let now = count(number + 2)?;
        n_instructions += now;
        if *factor == 1 {
            once.insert((*shape, *step), now);
            continue;
        }
        let before = once[&(*shape, *step)];
        let is_too_fast = now > FEW && now as f64 > before.max(FEW / 2) as f64 * FACTOR;
        if is_too_fast {
            println!("FAIL {shape}, {step}: {before} instructions, of four times as much {now}");
            n_problems += 1;
        }
    }
    println!(
        "ok   {} steps on texts of {} kinds and folders of {}, {} million instructions",
        once.len(),
        SHAPES.len(),
        FOLDERS.len(),
        n_instructions / 1_000_000
    );
    Ok(n_problems)
}

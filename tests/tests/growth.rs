//! Four times the text takes four times the allocations and four times the bytes, or a little more,
//! but not sixteen times: whatever a digest, or a folder of digests, has much of. Instructions are
//! counted by the program `growth`.

use std::collections::HashMap;

use patch_digest_tests::folders::{self, FOLDERS};
use patch_digest_tests::growth::{self, SHAPES};

/// What four times the text may take. Sorting takes 5; places that are asked about may be telling
/// in one text and not in the other; what is quadratic takes 16.
const FACTOR: f64 = 8.0;

/// Fewer are no matter: tables are made larger in jumps.
const FEW_ALLOCATIONS: u64 = 300;
const FEW_BYTES: u64 = 200_000;

/// What an edit may allocate among four times the digests that have nothing to do with it, in
/// hundredths of what it does among the first. Tables that are copied grow in bytes, not in number.
const EDIT_PERCENT: u64 = 130;

/// Work on something, in steps.
type Work<'a> = dyn FnMut(&mut dyn FnMut(&'static str, &mut dyn FnMut())) + 'a;

/// Allocations, and their bytes.
type Counts = (u64, u64);

/// What each step takes.
fn count(work: &mut Work<'_>) -> HashMap<&'static str, Counts> {
    let mut counts = HashMap::new();
    work(&mut |step, work| {
        let counted = allocation_counter::measure(&mut *work);
        counts.insert(step, (counted.count_total, counted.bytes_total));
    });
    counts
}

/// The steps that take too much of four times the input.
fn problems(
    name: &str,
    once: &HashMap<&'static str, Counts>,
    four_times: &HashMap<&'static str, Counts>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for (step, now) in four_times {
        let before = once[step];
        for (what, before, now, few) in [
            ("allocations", before.0, now.0, FEW_ALLOCATIONS),
            ("bytes", before.1, now.1, FEW_BYTES),
        ] {
            if now > few && now as f64 > before.max(few / 2) as f64 * FACTOR {
                problems.push(format!(
                    "{name}, {step}: {before} {what}, of four times as much {now}"
                ));
            }
        }
    }
    problems
}

#[test]
fn four_times_the_text_takes_four_times_the_memory() {
    let mut found = Vec::new();
    for shape in SHAPES {
        // Patterns are compiled when they are first needed.
        growth::work(&(shape.make)(3), &mut |_, work| work());
        let [once, four_times] = [1, 4].map(|factor| {
            let text = (shape.make)(shape.n * factor);
            count(&mut |step| growth::work(&text, step))
        });
        found.extend(problems(shape.name, &once, &four_times));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn four_times_the_digests_take_four_times_the_memory() {
    let mut found = Vec::new();
    for folder in FOLDERS {
        folders::work(&(folder.make)(3), &mut |_, work| work());
        let [once, four_times] = [1, 4].map(|factor| {
            let texts = (folder.make)(folder.n * factor);
            assert!(!texts.is_empty(), "{}", folder.name);
            count(&mut |step| folders::work(&texts, step))
        });
        found.extend(problems(folder.name, &once, &four_times));
        for step in folders::EDITS.iter().filter(|_| folder.is_loose) {
            let (before, now) = (once[step].0, four_times[step].0);
            if now > before * EDIT_PERCENT / 100 {
                found.push(format!(
                    "{}, {step}: {before} allocations, among four times the digests {now}",
                    folder.name
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

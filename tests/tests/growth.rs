//! Four times the text takes four times the allocations and four times the bytes, or a little more,
//! but not sixteen times: whatever a digest has much of. Instructions are counted by the program `growth`.

use std::collections::HashMap;

use patch_digest_tests::growth::{SHAPES, work};

/// What four times the text may take. Sorting takes 5; places that are asked about may be telling
/// in one text and not in the other; what is quadratic takes 16.
const FACTOR: f64 = 8.0;

/// Fewer are no matter: tables are made larger in jumps.
const FEW_ALLOCATIONS: u64 = 300;
const FEW_BYTES: u64 = 200_000;

#[test]
fn four_times_the_text_takes_four_times_the_memory() {
    let mut problems = Vec::new();
    for shape in SHAPES {
        // Patterns are compiled when they are first needed.
        work(&(shape.make)(3), &mut |_, work| work());
        let mut once = HashMap::new();
        for factor in [1, 4] {
            let text = (shape.make)(shape.n * factor);
            work(&text, &mut |step, work| {
                let counted = allocation_counter::measure(&mut *work);
                let now = (counted.count_total, counted.bytes_total);
                if factor == 1 {
                    once.insert(step, now);
                    return;
                }
                let before = once[step];
                for (what, before, now, few) in [
                    ("allocations", before.0, now.0, FEW_ALLOCATIONS),
                    ("bytes", before.1, now.1, FEW_BYTES),
                ] {
                    if now > few && now as f64 > before.max(few / 2) as f64 * FACTOR {
                        problems.push(format!(
                            "{}, {step}: {before} {what}, four times the text {now}",
                            shape.name
                        ));
                    }
                }
            });
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

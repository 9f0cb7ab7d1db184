//! What threads hand over is all there, whatever becomes of the threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use patch_digest_core::Digest;
use patch_digest_core::workspace::Contribution;
use patch_digest_files::Gathered;
use patch_digest_tests::samples;

type Item = (usize, Contribution);

fn item(n: usize) -> Item {
    let entry = samples::entry("PATCH", &format!("kvm: {n} ß"), "Body.");
    let digest = Digest::parse(samples::digest(&[entry]));
    (n, Contribution::of(&digest))
}

#[test]
fn all_items_come_back_as_they_were() {
    for n_items in [0, 1, 31, 32, 33, 64, 200] {
        for n_threads in [1, 3] {
            let gathered = Gathered::new(|item: &mut Item| &mut item.1);
            thread::scope(|scope| {
                for first in 0..n_threads {
                    let gathered = &gathered;
                    scope.spawn(move || {
                        let items = (first..n_items).step_by(n_threads);
                        items.map(item).for_each(|item| gathered.add(item));
                    });
                }
            });
            let mut items = gathered.finish();
            items.sort_by_key(|item| item.0);
            let expected: Vec<Item> = (0..n_items).map(item).collect();
            assert!(items == expected, "{n_items} {n_threads}");
        }
    }
}

#[test]
fn what_a_thread_that_panics_has_added_stays() {
    let gathered = Gathered::new(|item: &mut Item| &mut item.1);
    thread::scope(|scope| {
        for first in [0, 100] {
            let gathered = &gathered;
            scope.spawn(move || {
                let read = |n: usize| match n {
                    50 => panic!("one digest is too much"),
                    n => gathered.add(item(n)),
                };
                let all = || (first..first + 100).for_each(read);
                let _ = catch_unwind(AssertUnwindSafe(all));
            });
        }
    });
    let mut numbers: Vec<usize> = gathered.finish().into_iter().map(|item| item.0).collect();
    numbers.sort_unstable();
    let expected: Vec<usize> = (0..50).chain(100..200).collect();
    assert_eq!(numbers, expected);
}

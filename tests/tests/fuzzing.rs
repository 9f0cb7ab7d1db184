//! The fuzz targets on their seeds, on what they once found, and on some thousand changes of both;
//! `cargo xtask fuzz` goes on for as long as wanted.

use std::fs;
use std::path::Path;

use patch_digest_tests::fuzz::driver::{self, run_one};
use patch_digest_tests::fuzz::{TARGETS, target};

/// Inputs of each target; together they take some seconds.
const N_INPUTS: &[(&str, u64)] = &[
    ("parse", 150),
    ("edits", 100),
    ("index", 150),
    ("protocol", 150),
    ("decoders", 3_000),
    ("settings", 1_500),
    ("fixes", 300),
    ("marks", 1_500),
];

#[test]
fn every_target_is_run() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    let run: Vec<_> = N_INPUTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, run);
}

#[test]
fn promises_hold_for_changed_seeds() {
    for (name, n_inputs) in N_INPUTS {
        let target = target(name).unwrap();
        if let Err(finding) = driver::run(target, 1, *n_inputs, None) {
            let input = finding.input.escape_ascii();
            panic!("{name}: {}\nfor b\"{input}\"", finding.message);
        }
    }
}

#[test]
fn promises_hold_for_what_was_found_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    for target in TARGETS {
        let Ok(files) = fs::read_dir(folder.join(target.name)) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            let message = run_one(target, &fs::read(&path).unwrap());
            assert_eq!(message, None, "{}", path.display());
        }
    }
}

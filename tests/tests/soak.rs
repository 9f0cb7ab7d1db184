//! A short run of the program `soak`: every answer is that of a fresh server. `cargo xtask soak`
//! goes on for as long as wanted.

use std::process::Command;

#[test]
fn answers_are_those_of_a_server_that_knows_only_the_newest_texts() {
    let output = Command::new(env!("CARGO_BIN_EXE_soak"))
        .args(["--messages", "1500"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let summary = String::from_utf8(output.stdout).unwrap();
    for name in ["utf-8: 1", "utf-16: 1", "utf-32: 1", "answers compared"] {
        assert!(summary.contains(name), "{summary}");
    }
}

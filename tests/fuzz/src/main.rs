//! The fuzz targets under libFuzzer, one program for all of them: the variable `FUZZ_TARGET` of the
//! environment names the one to run. `cargo xtask fuzz` builds it with the coverage that libFuzzer
//! wants and runs it; what the targets do is in `tests/support/fuzz`.
#![no_main]

use std::sync::LazyLock;

use patch_digest_tests::fuzz::{self, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| panic!("FUZZ_TARGET names no target: {name:?}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    (TARGET.run)(data);
});

//! Large digests of every kind, a fiftieth as large as those of `cargo xtask test --only "large digests"`.

use patch_digest_tests::large::{KINDS, MILLION, serve};
use patch_digest_tests::profiles::Profile;

#[test]
fn large_digests_are_served() {
    for kind in KINDS {
        let large = (kind.make)(MILLION / 50);
        // Bare clients get no trees, and columns in UTF-16.
        for profile in [Profile::Rich, Profile::Bare] {
            serve(profile, &large);
        }
    }
}

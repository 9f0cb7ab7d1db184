//! Patterns for paths in a source tree, as people and the kernel's MAINTAINERS file write them.
//!
//! | pattern | stands for |
//! | --- | --- |
//! | `arch/x86/kvm/` | everything below that folder |
//! | `virt/kvm` | that file, or everything below that folder |
//! | `drivers/net/*` | the files in that folder, not below it |
//! | `**/kvm_host.h` | a file of that name anywhere |
//!
//! Diffstats shorten long paths from the left, `.../selftests/kvm/x.c`: such a path fits a pattern
//! when its visible part goes on from a place inside the pattern that is telling enough.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for paths.
#[derive(Debug, Clone)]
pub struct PathPattern {
    written: String,
    full: GlobMatcher,
    /// The pattern from its second component on, from its third, and so on: for shortened paths.
    tails: Vec<GlobMatcher>,
}

/// How many components of a pattern a shortened path must show.
const TELLING: usize = 2;

/// A pattern this deep is told by one component: shallower paths are not shortened so far.
const DEEP: usize = 4;

/// Longest pattern that is taken, in bytes.
const MOST_BYTES: usize = 512;

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for people.
    pub fn new(written: &str) -> Result<Self, String> {
        let trimmed = written
            .trim()
            .trim_start_matches("./")
            .trim_start_matches('/');
        if trimmed.is_empty() {
            return Err("an empty pattern: expected a path like `arch/x86/kvm/`".to_owned());
        }
        if trimmed.len() > MOST_BYTES {
            return Err(format!("longer than {MOST_BYTES} bytes"));
        }
        let components: Vec<&str> = trimmed.trim_end_matches('/').split('/').collect();
        let is_folder = trimmed.ends_with('/');
        let n_telling = if components.len() >= DEEP { 1 } else { TELLING };
        let compile = |components: &[&str]| {
            let path = components.join("/");
            // A name without wildcards can be a folder as well as a file.
            let pattern = if is_folder {
                format!("{path}/**")
            } else if path.contains(['*', '?', '[', '{']) {
                path
            } else {
                format!("{path}{{,/**}}")
            };
            GlobBuilder::new(&pattern)
                .literal_separator(true)
                .empty_alternates(true)
                .build()
                .map(|glob| glob.compile_matcher())
                .map_err(|error| error.kind().to_string())
        };
        let full = compile(&components)?;
        let n_tails = components.len().saturating_sub(n_telling);
        let tails = (1..=n_tails)
            .map(|start| &components[start..])
            // `*` and `**` tell nothing of what stands before the visible part.
            .filter(|tail| tail.first().is_some_and(|first| !first.starts_with('*')))
            .map(compile)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            written: trimmed.to_owned(),
            full,
            tails,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether a path, as a diffstat shows it, fits.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        match visible_part(path) {
            Some(visible) => {
                // What is hidden may be anything for a pattern that begins so.
                self.written.starts_with("**/") && self.full.is_match(visible)
                    || self.tails.iter().any(|tail| tail.is_match(visible))
            }
            None => self.full.is_match(path),
        }
    }
}

/// What a shortened path shows.
fn visible_part(path: &str) -> Option<&str> {
    path.strip_prefix(".../")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        PathPattern::new(pattern).unwrap().fits(path)
    }

    #[test]
    fn folders_hold_everything_below_them() {
        assert!(fits("arch/x86/kvm/", "arch/x86/kvm/vmx/nested.c"));
        assert!(fits("arch/x86/kvm", "arch/x86/kvm/lapic.c"));
        assert!(fits("Makefile", "Makefile"));
        assert!(!fits("arch/x86/kvm/", "arch/x86/kvm"));
        assert!(!fits("arch/x86/kvm", "arch/x86/kvm_host.h"));
        assert!(!fits("virt/kvm/", "Documentation/virt/kvm/api.rst"));
    }

    #[test]
    fn wildcards_stay_within_a_folder() {
        assert!(fits("drivers/net/*", "drivers/net/tun.c"));
        assert!(!fits("drivers/net/*", "drivers/net/ethernet/a.c"));
        assert!(fits("**/kvm_host.h", "arch/x86/include/asm/kvm_host.h"));
        assert!(fits("arch/*/kvm/", "arch/arm64/kvm/arm.c"));
        assert!(fits(
            "arch/*/include/*/kvm*",
            "arch/x86/include/asm/kvm_para.h"
        ));
    }

    #[test]
    fn a_shortened_path_fits_where_enough_of_it_shows() {
        let selftests = "tools/testing/selftests/kvm/";
        for path in [
            ".../testing/selftests/kvm/guest_memfd_test.c",
            ".../selftests/kvm/lib/x86_64/processor.c",
            ".../kvm/x86/vmx_apic_timer_virt_test.c",
        ] {
            assert!(fits(selftests, path), "{path}");
        }
        assert!(!fits(selftests, ".../selftests/iommu/iommufd_liveupdate.c"));
        // What is hidden stands before it, so the path does not begin here.
        assert!(!fits("virt/kvm/", ".../virt/kvm/devices/arm-vgic-v5.rst"));
        assert!(!fits("virt/kvm/", ".../kvm/x86/vmx_apic_timer_virt_test.c"));
        assert!(!fits("drivers/net/*", ".../a.c"));
        assert!(fits("**/vgic/*.c", ".../kvm/vgic/vgic-v5.c"));
        assert!(fits("**/kvm_host.h", ".../include/asm/kvm_host.h"));
        assert!(!fits("**/vgic/*.c", ".../kvm/vgic-v5.c"));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (bad, says) in [
            ("", "an empty pattern"),
            ("a[", "unclosed character class"),
            ("{a", "unclosed alternate group"),
            (&"x".repeat(600), "longer than 512 bytes"),
        ] {
            let error = PathPattern::new(bad).unwrap_err();
            assert!(error.contains(says), "{bad:?}: {error}");
        }
    }
}

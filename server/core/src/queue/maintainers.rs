//! The kernel's MAINTAINERS file: which paths a subsystem has, so that its name can stand for them.
//!
//! ```text
//! KERNEL VIRTUAL MACHINE FOR X86 (KVM/x86)
//! M:  Sean Christopherson <seanjc@google.com>
//! F:  arch/x86/kvm/
//! X:  arch/x86/kvm/xen.*
//! N:  kvm_x86
//! ```
//!
//! `F:` names paths, `X:` takes some away, `N:` is a regular expression that paths contain. What
//! else a section says does not matter here.

use std::collections::HashMap;

use regex::Regex;

use super::paths::PathPattern;
use crate::syntax::line::Lines;

/// The subsystems of a tree, by name in lower case.
#[derive(Debug, Clone, Default)]
pub struct Maintainers {
    sections: HashMap<String, Section>,
}

/// The patterns of a subsystem as the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Section {
    name: String,
    files: Vec<String>,
    excluded: Vec<String>,
    names: Vec<String>,
}

/// A subsystem's paths.
#[derive(Debug, Clone)]
pub struct Subsystem {
    /// Its name as the file has it.
    pub name: String,
    files: Vec<PathPattern>,
    excluded: Vec<PathPattern>,
    names: Vec<Regex>,
}

impl Maintainers {
    /// Reads the file's text. What has no form is passed over: the file begins with a page of
    /// prose.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut sections: HashMap<String, Section> = HashMap::new();
        let mut current = Section::default();
        let mut finish = |section: Section| {
            if !section.files.is_empty() || !section.names.is_empty() {
                sections.insert(section.name.to_lowercase(), section);
            }
        };
        for line in Lines::new(text) {
            let line = line.text.trim_end();
            if line.is_empty() || line.starts_with([' ', '\t']) {
                continue;
            }
            match (line.get(..2), line.get(2..).map(str::trim)) {
                (Some("F:"), Some(pattern)) => current.files.push(pattern.to_owned()),
                (Some("X:"), Some(pattern)) => current.excluded.push(pattern.to_owned()),
                (Some("N:"), Some(pattern)) => current.names.push(pattern.to_owned()),
                (Some(key), _) if key.ends_with(':') => {}
                _ => {
                    finish(std::mem::take(&mut current));
                    line.clone_into(&mut current.name);
                }
            }
        }
        finish(current);
        Self { sections }
    }

    /// The subsystem of a name, in any case; patterns that cannot be read are left out. `None`
    /// where the file has none of that name.
    #[must_use]
    pub fn subsystem(&self, name: &str) -> Option<Subsystem> {
        let section = self.sections.get(&name.trim().to_lowercase())?;
        let patterns = |written: &[String]| {
            written
                .iter()
                .filter_map(|pattern| PathPattern::new(pattern).ok())
                .collect()
        };
        Some(Subsystem {
            name: section.name.clone(),
            files: patterns(&section.files),
            excluded: patterns(&section.excluded),
            names: section
                .names
                .iter()
                .filter_map(|pattern| Regex::new(pattern).ok())
                .collect(),
        })
    }

    /// Number of subsystems.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// Whether no subsystem was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

impl Subsystem {
    /// Whether a path, as a diffstat shows it, is the subsystem's.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        if self.excluded.iter().any(|pattern| pattern.fits(path)) {
            return false;
        }
        self.files.iter().any(|pattern| pattern.fits(path))
            || self.names.iter().any(|name| name.is_match(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
List of maintainers
===================

	F: *Files* patterns

KERNEL VIRTUAL MACHINE FOR X86 (KVM/x86)
M:	Sean Christopherson <seanjc@google.com>
L:	kvm@vger.kernel.org
F:	arch/x86/include/asm/kvm*
F:	arch/x86/kvm/
X:	arch/x86/kvm/xen.*
N:	^virt/.*_x86
N:	(

EMPTY
M:	Nobody <a@b>

THE REST
F:	*
F:	*/
";

    #[test]
    fn a_subsystem_has_the_paths_of_its_section() {
        let maintainers = Maintainers::parse(TEXT);
        assert_eq!(maintainers.len(), 2);
        let kvm = maintainers
            .subsystem("Kernel Virtual Machine for x86 (KVM/x86)")
            .unwrap();
        assert_eq!(kvm.name, "KERNEL VIRTUAL MACHINE FOR X86 (KVM/x86)");
        for (path, has) in [
            ("arch/x86/kvm/vmx/vmx.c", true),
            ("arch/x86/include/asm/kvm_host.h", true),
            ("arch/x86/kvm/xen.c", false),
            ("virt/kvm_x86.c", true),
            ("arch/x86/mm/fault.c", false),
        ] {
            assert_eq!(kvm.has(path), has, "{path}");
        }
        let rest = maintainers.subsystem("the rest").unwrap();
        assert!(rest.has("Makefile") && rest.has("mm/mmap.c"));
        assert!(maintainers.subsystem("EMPTY").is_none());
    }
}

//! What other digests tell of one that is checked: newer versions of what it has.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use patch_digest_config::Settings;
use patch_digest_core::Digest;
use patch_digest_core::features::versions::Around;
use patch_digest_core::lints::{self, CheckOptions, NEWER_VERSION, Problem};
use patch_digest_core::workspace::Contribution;

use crate::folder::Folder;
use crate::output;

/// The files and folders of a command line, taken together. They are read once, and only if it
/// matters.
#[derive(Debug)]
pub(super) struct Others<'a> {
    named: &'a [PathBuf],
    folder: OnceLock<Folder>,
}

impl<'a> Others<'a> {
    pub(super) fn new(named: &'a [PathBuf]) -> Self {
        Self {
            named,
            folder: OnceLock::new(),
        }
    }

    /// The findings about newer versions of what a digest has, which was read from `path` as the
    /// command line or the walk through a folder spells it, and may have been fixed since.
    pub(super) fn newer_versions(
        &self,
        path: &Path,
        digest: &Digest,
        is_fixed: bool,
        settings: &Settings,
        options: &CheckOptions,
    ) -> Vec<Problem> {
        let is_one = matches!(self.named, [one] if !one.is_dir());
        if is_one || path == Path::new("-") || options.severity(NEWER_VERSION).is_none() {
            return Vec::new();
        }
        let folder = self.folder.get_or_init(|| {
            let named = self.named.iter().filter(|named| named.exists()).cloned();
            // What was left out, the walk for the files to check has told.
            Folder::read(&named.collect::<Vec<_>>(), &settings.index).unwrap_or_else(|problem| {
                output::complain(&problem);
                Folder::default()
            })
        });
        let key = path.to_string_lossy();
        let mut workspace = folder.workspace.clone();
        // One may be too large for an index.
        if is_fixed || workspace.get(&key).is_none() {
            workspace.set(&key, Contribution::of(digest));
        }
        let leads = workspace.get(&key).map(Contribution::leads);
        let around = Around {
            workspace: &workspace,
            key: &key,
            name: &|place| folder.name(place),
        };
        let problem = |entry: usize| {
            let newer = around.newer(entry)?;
            lints::newer_version(digest, entry, &newer.message, options)
        };
        leads.into_iter().flatten().filter_map(problem).collect()
    }
}

//! The settings of a run: files, environment, command line; and what is odd about them, told once.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use patch_digest_config::node::{Node, Value};
use patch_digest_config::{Layer, Loader, Resolved, Source};
use patch_digest_core::lints::Profile;

use crate::output;

/// What a command line says of settings.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SettingsArgs {
    /// For whom: `reader` or `maker`; by default as set, else `maker` where the environment has
    /// CI, else `reader`.
    #[arg(long, value_parser = profile)]
    pub(crate) profile: Option<Profile>,
    /// Read no file with settings, neither yours nor those beside the digests.
    #[arg(long)]
    pub(crate) no_config: bool,
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| "expected `reader` or `maker`".to_owned())
}

/// Settings, by file.
#[derive(Debug)]
pub(crate) struct Settings {
    loader: Loader,
    told: BTreeSet<String>,
    is_unread: bool,
}

impl Settings {
    /// Settings of a run.
    pub(crate) fn new(args: &SettingsArgs, baseline: Option<&Path>) -> Self {
        let mut loader = if args.no_config {
            Loader::without_files()
        } else {
            Loader::new()
        };
        if std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false") {
            let mut layer = Layer::of(Source::Environment("CI"), Node::empty());
            layer.set(
                "lint.profile",
                Value::Text(Profile::Maker.name().to_owned()),
            );
            loader.set_environment(layer);
        }
        let mut layer = Layer::of(Source::CommandLine, Node::empty());
        if let Some(profile) = args.profile {
            layer.set("lint.profile", Value::Text(profile.name().to_owned()));
        }
        if let Some(baseline) = baseline {
            let path = absolute(baseline).to_string_lossy().into_owned();
            layer.set("lint.baseline", Value::Text(path));
        }
        loader.set_command_line(layer);
        Self {
            loader,
            told: BTreeSet::new(),
            is_unread: false,
        }
    }

    /// What holds in a folder, which must be absolute; `None` for a text that is no file.
    pub(crate) fn of(&mut self, folder: Option<&Path>) -> Arc<Resolved> {
        let resolved = self.loader.settings(folder);
        self.is_unread |= resolved.misses_baseline();
        for complaint in &resolved.complaints {
            let complaint = complaint.to_string();
            if !self.told.contains(&complaint) {
                output::complain(&complaint);
                self.told.insert(complaint);
            }
        }
        resolved
    }

    /// Whether a baseline could not be read.
    pub(crate) fn is_unread(&self) -> bool {
        self.is_unread
    }

    /// Whether anything was odd.
    pub(crate) fn is_odd(&self) -> bool {
        !self.told.is_empty()
    }
}

pub(crate) use patch_digest_config::files::absolute;

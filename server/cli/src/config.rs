//! `patch-digest config`: what holds in a folder, and where it was set.

use std::fmt::Write as _;
use std::path::PathBuf;

use patch_digest_config::settings;
use patch_digest_files::read::plain_error;
use serde_json::Value as Json;

use crate::settings::{Settings, SettingsArgs, absolute};
use crate::{CLEAN, FAILED, FOUND, input, output};

/// The arguments of `config`.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// The folder, or a digest in it.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Tell of each where it was set.
    #[arg(long)]
    show_origin: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Prints the settings as a file that sets them would.
pub(crate) fn run(args: &ConfigArgs) -> u8 {
    if let Err(error) = args.folder.metadata() {
        let name = input::display_name(&args.folder);
        output::complain(&format!("reading {name}: {}", plain_error(&error)));
        return FAILED;
    }
    let path = absolute(&args.folder);
    let folder = if path.is_dir() {
        Some(&*path)
    } else {
        path.parent()
    };
    let mut sources = Settings::new(&args.settings, None);
    let resolved = sources.of(folder);
    let mut text = String::new();
    for section in settings::SECTIONS {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}[{}]", section.path);
        for key in section.keys {
            let name = key.path.rsplit('.').next().unwrap_or(key.path);
            let value = (key.json)(&resolved.settings);
            // Nothing in TOML says that there is nothing.
            let _ = match &value {
                Json::Null => write!(text, "# {name} is not set"),
                value => write!(text, "{name} = {}", toml(value)),
            };
            let origin = resolved.origin(key.path);
            if args.show_origin {
                let _ = write!(text, "  # {origin}");
            }
            text.push('\n');
        }
    }
    match output::print(&text) {
        Err(message) => {
            output::complain(&message);
            FAILED
        }
        Ok(()) if sources.is_odd() => FOUND,
        Ok(()) => CLEAN,
    }
}

/// A value as TOML, in one line.
fn toml(value: &Json) -> String {
    match value {
        Json::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{} = {}", toml_name(name), toml(value)));
            let fields: Vec<_> = fields.collect();
            if fields.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", fields.join(", "))
            }
        }
        Json::Array(values) => {
            let values: Vec<_> = values.iter().map(toml).collect();
            format!("[{}]", values.join(", "))
        }
        // Strings of JSON are strings of TOML, once nothing dangerous is left as it is.
        value => output::harmless_json(&value.to_string()),
    }
}

fn toml_name(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare {
        name.to_owned()
    } else {
        toml(&Json::from(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_toml() {
        let value = json!({"a b": [1, "x\u{1b}\""], "c": {"d": true}});
        assert_eq!(
            toml(&value),
            r#"{ "a b" = [1, "x\u001b\""], c = { d = true } }"#
        );
        assert_eq!(toml(&json!({})), "{}");
    }
}

//! Switching a rule off in a settings file: what has to be written where, with the rest of the
//! file, its comments and its order left as they are. Pure. Tests are below.
//!
//! TOML knows many ways to say one thing, and not every way to say it in addition fits all of them.
//! So ways are tried and read again: only one that does what it should is proposed.

use std::path::Path;

use patch_digest_core::fixes::{self, Edit};
use patch_digest_core::lints::Rule;

use crate::files::FILE_NAME;
use crate::layers::{Layer, Resolved, Source, resolve};

/// How a rule is switched off in a settings file with this text. `None` where it is off already,
/// or where the file says it in a way that cannot be added to.
#[must_use]
pub fn switched_off(text: &str, rule: &Rule) -> Option<Edit> {
    // Of a file that is broken only parts are read: whoever wrote it has to mend it first.
    toml::de::DeTable::parse(text).ok()?;
    let before = read(text);
    if before.settings.lint.rules.get(rule.code) == Some(&None) {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let row = format!("{} = \"off\"", rule.code);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        lines.push((start..start + content.len(), content));
        start += line.len();
    }
    // Where it says something else of the rule; in the table of rules; in such a table at the end.
    let said = before.origin(&format!("lint.rules.{}", rule.code)).line;
    let said = said.and_then(|line| lines.get((line as usize).checked_sub(1)?));
    let said = said.map(|(range, _)| Edit {
        range: range.clone(),
        text: row.clone(),
    });
    let is_header = |line: &str| line.split('#').next().map(str::trim) == Some("[lint.rules]");
    let header = lines.iter().find(|(_, line)| is_header(line));
    let header = header.map(|(range, _)| Edit {
        range: range.end..range.end,
        text: format!("{end}{row}"),
    });
    let gap = match text {
        _ if text.trim().is_empty() => "",
        _ if text.ends_with('\n') => end,
        _ => &end.repeat(2),
    };
    let table = Some(Edit {
        range: text.len()..text.len(),
        text: format!("{gap}[lint.rules]{end}{row}{end}"),
    });
    [said, header, table].into_iter().flatten().find(|edit| {
        let after = read(&fixes::apply(text, std::slice::from_ref(edit)));
        let mut wanted = before.settings.lint.rules.clone();
        wanted.insert(rule.code, None);
        after.settings.lint.rules == wanted && after.complaints.len() <= before.complaints.len()
    })
}

fn read(text: &str) -> Resolved {
    let source = Source::Project(Path::new("/").join(FILE_NAME));
    resolve([&Layer::from_toml(source, text)])
}

#[cfg(test)]
mod tests {
    use patch_digest_core::lints::CUT_TITLE;

    use super::*;

    #[track_caller]
    fn check(before: &str, expected: Option<&str>) {
        let change = switched_off(before, CUT_TITLE);
        let after = change.map(|edit| fixes::apply(before, &[edit]));
        assert_eq!(after.as_deref(), expected);
        if let Some(after) = after {
            assert_eq!(switched_off(&after, CUT_TITLE), None);
        }
    }

    #[test]
    fn rest_of_the_file_stays() {
        check("", Some("[lint.rules]\ncut-title = \"off\"\n"));
        check(
            "# mine\n[lint]\nreview = true",
            Some("# mine\n[lint]\nreview = true\n\n[lint.rules]\ncut-title = \"off\"\n"),
        );
        check(
            "[lint.rules] # loud\r\nbad-header = \"hint\"\r\n\r\n[index]\r\nenable = false\r\n",
            Some(
                "[lint.rules] # loud\r\ncut-title = \"off\"\r\nbad-header = \"hint\"\r\n\r\n[index]\r\nenable = false\r\n",
            ),
        );
        check(
            "[lint.rules]\nbad-header = \"hint\"\ncut-title = \"error\"\nbad-url = \"off\"\n",
            Some("[lint.rules]\nbad-header = \"hint\"\ncut-title = \"off\"\nbad-url = \"off\"\n"),
        );
    }

    #[test]
    fn what_is_off_or_cannot_be_added_to_is_left_alone() {
        check("[lint.rules]\ncut-title = \"off\"\n", None);
        check("lint.rules = { cut-title = \"error\" }\n", None);
        check("[lint\n", None);
    }
}

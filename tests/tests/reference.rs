//! What is published of settings and rules is what the tables in the source say.

use std::fs;

use patch_digest_config::{Layer, Source, reference as published, resolve, settings};
use patch_digest_core::lints::RULES;
use patch_digest_tests::reference;
use serde_json::Value;

#[test]
fn generated_files_are_up_to_date() {
    for (name, expected) in reference::files().unwrap() {
        let found = fs::read_to_string(reference::root().join(&name)).unwrap_or_default();
        assert!(
            found == expected,
            "{name} is not what the tables say: run `cargo xtask reference`"
        );
    }
}

#[test]
fn rule_book_has_a_page_for_every_rule_and_no_others() {
    let folder = reference::root().join(reference::RULE_BOOK);
    let mut pages: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    let rules = RULES.iter().map(|rule| format!("{}.md", rule.code));
    let mut expected: Vec<_> = rules.chain(["README.md".to_owned()]).collect();
    pages.sort();
    expected.sort();
    assert_eq!(pages, expected);
}

#[test]
fn extension_declares_every_setting_and_only_those() {
    let text = include_str!("../../editors/vscode/package.json");
    let package: Value = serde_json::from_str(text).unwrap();
    let declared = package["contributes"]["configuration"]["properties"]
        .as_object()
        .unwrap();
    let own = [
        "detect",
        "server.path",
        "server.args",
        "server.env",
        "trace.server",
    ];
    let mut names: Vec<String> = declared
        .keys()
        .map(|name| name.strip_prefix("patchDigest.").unwrap().to_owned())
        .filter(|name| !own.contains(&&**name))
        .collect();
    let mut known: Vec<_> = settings::keys()
        .map(|key| published::camel(key.path))
        .collect();
    names.sort();
    known.sort();
    assert_eq!(names, known);
    // Whatever VS Code sends for what nobody set changes nothing.
    let defaults: serde_json::Map<_, _> = declared
        .iter()
        .map(|(name, declaration)| (name.clone(), declaration["default"].clone()))
        .collect();
    let resolved = resolve([&Layer::from_editor(&Value::Object(defaults))]);
    assert_eq!(resolved.complaints, []);
    assert_eq!(resolved.settings, settings::Settings::default());
}

#[test]
fn schema_describes_every_setting() {
    let schema = published::schema();
    for key in settings::keys() {
        let mut node = &schema;
        for part in key.path.split('.') {
            node = &node["properties"][part];
        }
        assert!(
            node["description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.')),
            "{}",
            key.path
        );
    }
}

#[test]
fn example_of_a_file_is_understood_as_a_whole() {
    let document = include_str!("../../docs/settings.md");
    let mut n_examples = 0;
    for block in document.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let source = Source::Project("/kvm/.patch-digest.toml".into());
        let layer = Layer::from_toml(source, text);
        let resolved = resolve([&layer]);
        assert_eq!(resolved.complaints, [], "{text}");
        n_examples += 1;
    }
    assert!(n_examples > 0);
}

//! Sources in, settings and complaints out.

use super::*;
use patch_digest_core::lints::{Profile, Severity};
use serde_json::json;

fn project(text: &str) -> Layer {
    Layer::from_toml(Source::Project("/kvm/.patch-digest.toml".into()), text)
}

fn user(text: &str) -> Layer {
    Layer::from_toml(Source::User("/home/me/config.toml".into()), text)
}

fn complaints(layer: &Layer) -> Vec<String> {
    let resolved = resolve([layer]);
    resolved
        .complaints
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn later_sources_win_key_by_key_and_every_value_knows_its_origin() {
    let mut command_line = Layer::of(Source::CommandLine, Node::empty());
    command_line.set("lint.profile", Value::Text("reader".to_owned()));
    let layers = [
        user(
            "[lint]\nprofile = \"maker\"\nreview = true\n[lint.rules]\nnot-utf8 = \"off\"\nbad-header = \"off\"\n",
        ),
        project("[index]\nmax-files = 7\n[lint.rules]\nbad-header = \"error\"\n"),
        Layer::from_editor(&json!({"index": {"maxFiles": 8}, "lint": {"review": null}})),
        command_line,
    ];
    let resolved = resolve(&layers);
    assert_eq!(resolved.complaints, []);
    let settings = &resolved.settings;
    assert_eq!(settings.lint.profile, Profile::Reader);
    assert!(settings.lint.review);
    assert_eq!(settings.index.max_files, 8);
    assert_eq!(settings.lint.rules["not-utf8"], None);
    assert_eq!(settings.lint.rules["bad-header"], Some(Severity::Error));
    for (path, origin) in [
        ("lint.profile", "command line"),
        ("lint.review", "/home/me/config.toml:3"),
        ("index.max-files", "editor settings"),
        ("lint.rules.not-utf8", "/home/me/config.toml:5"),
        ("lint.rules.bad-header", "/kvm/.patch-digest.toml:4"),
        ("hints.enable", "default"),
    ] {
        assert_eq!(resolved.origin(path).to_string(), origin, "{path}");
    }
}

#[test]
fn file_and_editor_say_the_same() {
    let file = project(
        "[lint]\nprofile = \"maker\"\nmax-findings = 5\n\
         [lint.rules]\nbad-header = \"hint\"\n\
         [[lint.per-path]]\npaths = [\"/old/*.txt\"]\nrules = { not-utf8 = \"off\" }\n\
         [queue]\nme = [\"me@example.org\"]\n[queue.watch]\npaths = [\"arch/x86/kvm/\"]\n",
    );
    let nested = json!({"patchDigest": {
        "lint": {
            "profile": "maker", "maxFindings": 5, "rules": {"bad-header": "hint"},
            "perPath": [{"paths": ["/old/*.txt"], "rules": {"notUtf8": "off"}}],
        },
        "queue": {"me": ["me@example.org"], "watch": {"paths": ["arch/x86/kvm/"]}},
    }});
    let from_file = resolve([&file]).settings;
    let from_editor = resolve([&Layer::from_editor(&nested)]).settings;
    for key in settings::keys() {
        assert_eq!(
            (key.json)(&from_file),
            (key.json)(&from_editor),
            "{}",
            key.path
        );
    }
    assert_ne!(from_file, Settings::default());
}

#[test]
fn unknown_keys_are_told_once_with_place_and_suggestion() {
    let layer = project(
        "root = true\n[lint]\nporfile = \"maker\"\ncolour = 1\n[lint.rules]\nbad-heder = \"off\"\n\
         [lnit]\na = 1\nb = 2\n[[lint.per-path]]\npath = [\"x\"]\npaths = [\"y\"]\n",
    );
    assert_eq!(
        complaints(&layer),
        [
            "/kvm/.patch-digest.toml:4: there is no setting `lint.colour`",
            "/kvm/.patch-digest.toml:11: `lint.per-path`: there is no key `path`; did you mean `paths`?",
            "/kvm/.patch-digest.toml:3: there is no setting `lint.porfile`; did you mean `lint.profile`?",
            "/kvm/.patch-digest.toml:6: `lint.rules`: there is no rule `bad-heder`; did you mean `bad-header`?",
            "/kvm/.patch-digest.toml:7: there is no setting `lnit`; did you mean `lint`?",
        ]
    );
}

#[test]
fn bad_values_leave_what_was_set_before() {
    let layers = [
        user("[index]\nmax-files = 3\n[lint]\nprofile = \"maker\"\n"),
        project(
            "links = 5\n[index]\nmax-files = -1\nignore = [\"a[\", 5, \"b\"]\n[lint]\nprofile = \"everybody\"\nreview = \"yes\"\n\
             rules = { bad-header = \"loud\", not-utf8 = \"off\" }\n",
        ),
    ];
    let resolved = resolve(&layers);
    assert_eq!(resolved.settings.index.max_files, 3);
    assert_eq!(resolved.settings.lint.profile, Profile::Maker);
    assert!(!resolved.settings.lint.review);
    assert_eq!(resolved.settings.index.ignore.len(), 1);
    assert_eq!(resolved.settings.lint.rules.len(), 1);
    assert_eq!(
        resolved.origin("lint.profile").to_string(),
        "/home/me/config.toml:4"
    );
    let told: Vec<_> = resolved
        .complaints
        .iter()
        .map(|complaint| complaint.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "`index.ignore`: expected a string, found an integer",
            "`index.ignore`: the pattern `a[` unclosed character class; missing ']'",
            "`index.max-files`: expected a number from 0, found -1",
            "`links` is a table, found an integer; its settings are ignored",
            "`lint.profile`: expected `reader` or `maker`, found `everybody`",
            "`lint.review`: expected true or false, found `yes`",
            "`lint.rules`: expected error, warning, information, hint or off, found `loud`",
        ]
    );
}

#[test]
fn what_editors_keep_in_the_section_is_left_to_them() {
    let layer = Layer::from_editor(&json!({
        "patchDigest": {"detect": true, "server": {"path": ""}, "trace": {"server": "off"}},
        "commands": ["patchDigest.copy"],
    }));
    assert_eq!(complaints(&layer), [""; 0]);
    assert_eq!(complaints(&project("detect = true\n")).len(), 1);
    let odd = Layer::from_editor(&json!({"lint": {"profil": "maker"}}));
    assert_eq!(
        complaints(&odd),
        ["editor settings: there is no setting `lint.profil`; did you mean `lint.profile`?"]
    );
}

#[test]
fn a_file_that_is_broken_counts_as_far_as_it_can_be_read() {
    let layer = project("[lint]\nreview = true\nprofile = \n");
    let resolved = resolve([&layer]);
    assert!(resolved.settings.lint.review);
    assert_eq!(resolved.complaints.len(), 1);
    assert!(
        resolved.complaints[0]
            .to_string()
            .starts_with("/kvm/.patch-digest.toml:3: ")
    );
}

#[test]
fn strangers_files_write_beside_themselves_only() {
    for (state, expected) in [
        ("marks.txt", Some("/kvm/marks.txt")),
        ("../marks.txt", None),
        ("/home/me/.bashrc", None),
        ("~/.bashrc", None),
    ] {
        let text = format!("[queue]\nstate = \"{state}\"\n");
        let path = |layer: &Layer| resolve([layer]).settings.queue.state.0;
        assert_eq!(path(&project(&text)).as_deref(), expected.map(Path::new));
        assert_eq!(complaints(&project(&text)).is_empty(), expected.is_some());
        assert!(path(&user(&text)).is_some());
    }
}

#[test]
fn patterns_of_a_file_count_from_its_folder() {
    let layer = project("[[lint.per-path]]\npaths = [\"old/*.txt\"]\nprofile = \"maker\"\n");
    let lint = resolve([&layer]).settings.lint;
    let profile = |path: &str| lint.check_options(Some(Path::new(path))).profile;
    assert_eq!(profile("/kvm/old/a.txt"), Profile::Maker);
    assert_eq!(profile("/kvm/a.txt"), Profile::Reader);
    assert_eq!(profile("/x/old/a.txt"), Profile::Reader);
}

#[test]
fn complaints_are_harmless_and_few() {
    let mut text = String::from("\"\u{1b}[31m\u{202e}\" = 1\n");
    for n in 0..1000 {
        text.push_str(&format!("nonsense-{n} = 1\n"));
    }
    let told = complaints(&project(&text));
    assert_eq!(told.len(), MAX_COMPLAINTS);
    assert!(
        told.iter()
            .all(|line| !line.contains(['\u{1b}', '\u{202e}'])),
        "{told:?}"
    );
}

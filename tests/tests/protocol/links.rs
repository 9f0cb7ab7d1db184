//! Links in the form that each kind of client takes, and their targets when they are followed.

use patch_digest_core::Digest;
use patch_digest_core::features::links::{LinkOptions, links};
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::positions::Positions;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, PATCH_LINE, digest, entry};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a b.txt";
const LINKS: &str = "textDocument/documentLink";
const RESOLVE: &str = "documentLink/resolve";

/// Columns in an encoding, and links with or without tooltips.
fn client(encoding: &str, link: &Value) -> Client {
    Client::start_with(&json!({
        "general": {"positionEncodings": [encoding]},
        "textDocument": {"documentLink": link},
    }))
}

#[test]
fn links_of_the_corpus_are_where_their_text_is_in_every_encoding() {
    for (name, encoding) in [
        ("utf-8", Encoding::Utf8),
        ("utf-16", Encoding::Utf16),
        ("utf-32", Encoding::Utf32),
    ] {
        let mut client = client(name, &json!({}));
        for (file, text) in corpus::digests().unwrap() {
            client.open(URI, &text);
            let sent = client.ask_about(LINKS, URI);
            let digest = Digest::parse(&text);
            let expected = links(&digest, 0..text.len(), &LinkOptions::default());
            let positions = Positions::new(&text, encoding);
            let sent = sent.as_array().unwrap();
            assert_eq!(sent.len(), expected.len(), "{file}");
            for (sent, link) in sent.iter().zip(&expected) {
                assert_eq!(sent["range"], positions.range_json(&link.range), "{sent}");
                let target = sent["target"].as_str().unwrap();
                assert!(target.starts_with("https://"), "{target}");
                assert!(
                    target.is_ascii() && !target.contains(['[', ' ']),
                    "{target}"
                );
                assert!(sent.get("tooltip").is_none(), "{sent}");
            }
            client.close(URI);
        }
        client.finish();
    }
}

#[test]
fn made_targets_come_late_to_clients_that_show_tooltips() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    let links = client.ask_about(LINKS, URI);
    let links = links.as_array().unwrap();
    let at_once: Vec<_> = links
        .iter()
        .filter(|link| link.get("target").is_some())
        .collect();
    assert_eq!(
        at_once.len(),
        2,
        "the footnote, and the reference to it: {links:?}"
    );
    let title = links
        .iter()
        .find(|link| link["range"]["start"]["line"] == PATCH_LINE)
        .unwrap();
    assert_eq!(title["tooltip"], "Search lore.kernel.org for this mail");
    let resolved = client.ask(RESOLVE, title);
    assert_eq!(
        resolved["target"],
        "https://lore.kernel.org/kvm/?q=s%3A%22kvm%3A%20%F0%9F%98%80%20first%22%20f%3Aann@example.org"
    );
    assert_eq!(resolved["range"], title["range"]);
    client.finish();
}

#[test]
fn a_link_that_is_gone_is_not_followed() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    let links = client.ask_about(LINKS, URI);
    let late = links.as_array().unwrap().iter();
    let late = late
        .clone()
        .find(|link| link.get("data").is_some())
        .unwrap();
    client.change(URI, 2, &json!([{"text": "nothing\n"}]));
    assert_eq!(client.ask_in_vain(RESOLVE, late), -32801);
    client.close(URI);
    assert_eq!(client.ask_in_vain(RESOLVE, late), -32801);
    client.finish();
}

#[test]
fn nothing_that_a_mail_says_becomes_another_scheme() {
    let body = "command:workbench.action.quit javascript:alert(1) file:///etc/passwd\n\
                https://good.example@evil.example/ https://e.org/\u{202e}x";
    let text = digest(&[entry("PATCH", "kvm: x", body)]);
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &text);
    let links = client.ask_about(LINKS, URI);
    // The list's name and the subject.
    assert_eq!(links.as_array().unwrap().len(), 2, "{links}");
    client.finish();
}

#[test]
fn clients_that_cannot_take_links_are_not_offered_any() {
    for profile in [Profile::Helix, Profile::Bare] {
        let mut client = Client::start(profile);
        client.open(URI, &samples::series());
        let params = json!({"textDocument": {"uri": URI}});
        assert_eq!(client.ask_in_vain(LINKS, &params), -32601, "{profile:?}");
        client.finish();
    }
}

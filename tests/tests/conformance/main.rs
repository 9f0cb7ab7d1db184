//! Whether the server keeps to the protocol, with every kind of client, over the real digests.
//!
//! A long session is held with the real process, and each message it sends is looked at:
//!
//! * it decodes with types that others generated from the protocol's own description, with nothing
//!   left over (`messages`);
//! * it holds nothing that the client did not say it can take (`permitted`);
//! * every place it names is in its document and between two characters, and what makes sense of
//!   an answer holds (`sense`).
//!
//! What is advertised is asked for and answered, everything else is refused. `methods` knows every
//! method there is: one that is advertised without a way to ask for it here fails the test.

mod documented;
mod messages;
mod methods;
mod permitted;
mod sense;
mod session;
mod tokens;

use patch_digest_tests::corpus;
use patch_digest_tests::edits::random_edit;
use patch_digest_tests::generate::Generator;
use patch_digest_tests::profiles::{self, Profile, RECORDED};
use patch_digest_tests::random::Random;
use serde_json::{Value, json};

use session::Session;

/// Digests to talk about: the real ones, and one made up of pieces of them.
fn digests() -> Vec<(String, String)> {
    let mut digests = corpus::digests().expect("the real digests");
    let generated = Generator::new()
        .expect("the real digests")
        .digest(16 * 1024, 7);
    digests.push((generated.name, generated.text));
    digests
}

/// Holds a session and says what was wrong in it. `n_places` are asked about per digest and round.
fn talk(name: &str, capabilities: &Value, options: &Value, n_places: usize) {
    let mut session = Session::start(name, capabilities, options);
    let mut random = Random::new(2026);
    for (file, text) in digests() {
        session.open(&file, &text);
        session.ask_everything(&file, &mut random, n_places);
        for _ in 0..2 {
            for _ in 0..8 {
                let edit = random_edit(&mut random, session.text(&file));
                session.edit(&file, &edit.range, &edit.insert);
            }
            session.ask_everything(&file, &mut random, n_places / 3 + 1);
        }
        session.restore(&file, &text);
    }
    session.change_settings();
    session.ask_the_workspace();
    for (file, _) in digests() {
        session.ask_everything(&file, &mut random, 1);
        session.close(&file);
    }
    session.refuse_the_rest();
    session.finish();
}

#[test]
fn client_that_takes_everything() {
    let options = json!({
        "commands": ["patchDigest.copy", "patchDigest.showPage"],
        "logLevel": "debug",
    });
    talk("everything", &profiles::everything(), &options, 24);
}

#[test]
fn real_clients() {
    for client in RECORDED {
        talk(client.name, &client.capabilities(), &Value::Null, 5);
    }
}

#[test]
fn client_that_says_nothing() {
    talk("nothing", &Profile::Bare.capabilities(), &Value::Null, 5);
}

//! What no client should send, and how clients should not end: against the real process, with the
//! right error, and the right answers afterwards.
//!
//! `tests/protocol/damage.rs` has parameters that cannot be read, and places outside of the text.

mod crowd;
mod documents;
#[cfg(target_os = "linux")]
mod ending;
#[cfg(unix)]
mod files;
mod large;
#[cfg(unix)]
mod pipes;
mod wire;

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples;

const URI: &str = "file:///digests/a.txt";
const SYMBOLS: &str = "textDocument/documentSymbol";

fn with_series() -> Client {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    client
}

/// The document is as it was opened, and the session goes on to a good end.
#[track_caller]
fn check_served(mut client: Client) {
    let symbols = client.ask_about(SYMBOLS, URI);
    assert_eq!(symbols[0]["children"][0]["name"], "[v2 0/2] kvm: ö both");
    client.finish();
}

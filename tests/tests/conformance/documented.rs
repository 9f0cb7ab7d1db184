//! Whether the table of requests in `docs/protocol.md` is what the server offers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles;
use serde_json::json;

use crate::methods::{Asked, METHODS};

/// The rows of the table below a heading: what stands in backquotes in their first column.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let section = page.split(heading).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let first = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    section.lines().filter_map(first).collect()
}

#[test]
fn requests_in_the_documentation_are_those_that_are_offered() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    let page = fs::read_to_string(path).expect("docs/protocol.md");
    let mut client = Client::spawn();
    let options = json!({"commands": ["patchDigest.copy", "patchDigest.showPage"]});
    let capabilities = profiles::everything();
    let params = json!({"capabilities": capabilities, "initializationOptions": options});
    let result = client.initialize(&params);
    let offered = METHODS
        .iter()
        .filter(|method| method.asked != Asked::Session)
        .filter(|method| method.is_advertised(&result["capabilities"]))
        .map(|method| method.name.to_owned());
    assert_eq!(rows(&page, "\n## Requests\n"), offered.collect());
    client.finish();
}

//! Answers that take all digests to give are those of the texts as of their request's place on the
//! wire, however far the index has come.
//!
//! Edits and requests go to one server in a burst: nothing waits for an answer, and the index is
//! busy all the time. Another server gets the same messages one at a time, and has answered each
//! before the next is sent. Both must say the same. (That what is said of a text is right is the
//! business of `order`, `protocol` and the golden tests.)

use patch_digest_core::Digest;
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::Client;
use patch_digest_tests::positions::{Positions, position_json};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::traffic::Traffic;
use serde_json::{Value, json};

const N_MESSAGES: usize = 2_500;

/// Open documents, all of them digests of the workspace; the last is too long to be answered about
/// on the message loop's thread.
const N_DOCUMENTS: usize = 6;

/// How much longer the long document is, in bytes.
const PADDING: usize = 70_000;

/// What is asked, with how often.
const METHODS: &[&str] = &[
    "textDocument/documentSymbol",
    "textDocument/hover",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/codeLens",
    "workspace/symbol",
];

/// A message, and the request that it is.
struct Message {
    bytes: Vec<u8>,
    request: Option<(i64, &'static str, Value)>,
}

#[test]
fn a_burst_is_answered_like_one_message_at_a_time() {
    for (encoding, name, seed) in [
        (Encoding::Utf8, "utf-8", 1),
        (Encoding::Utf16, "utf-16", 2),
        (Encoding::Utf32, "utf-32", 3),
    ] {
        let mut capabilities = Profile::Rich.capabilities();
        capabilities["general"]["positionEncodings"] = json!([name]);
        let mut hasty = Client::start_with(&capabilities);
        let mut patient = Client::start_with(&capabilities);
        let messages = messages(encoding, seed, &mut hasty, &mut patient);
        let burst: Vec<u8> = messages
            .iter()
            .flat_map(|message| &message.bytes)
            .copied()
            .collect();
        hasty.send_bytes(&burst);

        let mut n_across = 0;
        for Message { bytes, request } in &messages {
            patient.send_bytes(bytes);
            let Some((id, method, params)) = request else {
                continue;
            };
            let expected = patient.answer(*id);
            let found = hasty.answer(*id);
            assert_eq!(
                found, expected,
                "seed {seed}, {name}: request {id}, {method} {params}"
            );
            let asked_about = params.pointer("/textDocument/uri").and_then(Value::as_str);
            n_across += usize::from(tells_of_others(&found["result"], asked_about));
        }
        assert!(n_across > N_MESSAGES / 50, "{n_across} tell of others");
        hasty.finish();
        patient.finish();
    }
}

/// Whether an answer leads to another document than the one asked about, or names it.
fn tells_of_others(result: &Value, asked_about: Option<&str>) -> bool {
    match result {
        // As a link leads to it, or by its name.
        Value::String(text) => {
            let own = asked_about.unwrap_or_default();
            let text = text.replace(own, "").replace("%20", " ");
            !own.is_empty() && text.contains("number ")
        }
        Value::Array(items) => items.iter().any(|item| tells_of_others(item, asked_about)),
        Value::Object(fields) => fields
            .values()
            .any(|field| tells_of_others(field, asked_about)),
        _ => false,
    }
}

/// The messages of a session. Both clients learn of each request.
fn messages(
    encoding: Encoding,
    seed: u64,
    hasty: &mut Client,
    patient: &mut Client,
) -> Vec<Message> {
    let folder = "file:///digests";
    let mut traffic = Traffic::new(encoding, seed, folder, N_DOCUMENTS, PADDING);
    traffic.stay_with_a_few_series();
    let mut messages = Vec::new();
    for number in 0..N_DOCUMENTS {
        traffic.open(number);
    }
    while messages.len() < N_MESSAGES {
        let number = if traffic.random.one_in(15) {
            N_DOCUMENTS - 1
        } else {
            traffic.random.below(N_DOCUMENTS - 1)
        };
        match traffic.random.below(100) {
            0 => {
                traffic.close(number);
                traffic.open(number);
            }
            1..40 => traffic.edit(number),
            _ => {
                let method = *traffic.random.pick(METHODS);
                let params = params(&mut traffic, number, method);
                let (id, bytes) = hasty.prepare_request(method, &params);
                assert_eq!(patient.prepare_request(method, &params).0, id);
                traffic.bytes.extend(bytes);
                messages.push(Message {
                    bytes: traffic.take_bytes(),
                    request: Some((id, method, params)),
                });
                continue;
            }
        }
        messages.push(Message {
            bytes: traffic.take_bytes(),
            request: None,
        });
    }
    messages
}

fn params(traffic: &mut Traffic, number: usize, method: &str) -> Value {
    if method == "workspace/symbol" {
        let query = *traffic
            .random
            .pick(&["", "kvm", "x86 mmu", "sean", "loong"]);
        return json!({"query": query});
    }
    let mut params = json!({"textDocument": {"uri": traffic.documents[number].uri}});
    if matches!(
        method,
        "textDocument/documentSymbol" | "textDocument/codeLens"
    ) {
        return params;
    }
    let text = traffic.documents[number].text.clone();
    let positions = Positions::new(&text, traffic.encoding);
    let offset = traffic.telling_offset(&Digest::parse(&text), number);
    params["position"] = position_json(traffic.odd(positions.position(offset)));
    if method == "textDocument/references" {
        params["context"] = json!({"includeDeclaration": true});
    }
    params
}

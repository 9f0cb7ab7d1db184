//! Much of everything: documents, requests, cancels.

use patch_digest_tests::client::{Client, frame, notification};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::random::Random;
use patch_digest_tests::samples::{self, PATCH_LINE};
use serde_json::{Value, json};

use crate::{SYMBOLS, URI, check_served, with_series};

#[test]
fn ten_thousand_documents_can_be_open() {
    const N_DOCUMENTS: usize = 10_000;
    let uri = |number: usize| format!("file:///digests/{number}.txt");
    let mut client = Client::start(Profile::Rich);
    for number in 0..N_DOCUMENTS {
        let title = format!("kvm: document {number}");
        let text = samples::digest(&[samples::entry("PATCH", &title, "Body.")]);
        client.open(&uri(number), &text);
    }
    let place = json!({"line": PATCH_LINE, "character": 8});
    let mut random = Random::new(1);
    let asked: Vec<_> = (0..2_000)
        .map(|_| {
            let number = random.below(N_DOCUMENTS);
            let params = json!({"textDocument": {"uri": uri(number)}, "position": place});
            (number, client.request("textDocument/hover", &params))
        })
        .collect();
    for (number, id) in asked {
        let hover = client.answer(id)["result"]["contents"]["value"].take();
        let expected = format!("kvm: document {number}");
        assert!(hover.as_str().unwrap().contains(&expected), "{hover}");
    }
    for number in 0..N_DOCUMENTS {
        client.close(&uri(number));
    }
    assert_eq!(client.ask_about(SYMBOLS, &uri(0)), Value::Null);
    client.finish();
}

#[test]
fn storm_of_cancels_costs_the_requests_it_is_about() {
    const N_REQUESTS: usize = 3_000;
    let mut client = with_series();
    let long = "file:///digests/long.txt";
    client.open(long, &samples::singles(2_000));
    let mut random = Random::new(2);
    let mut burst = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..N_REQUESTS {
        let uri = if random.one_in(5) { long } else { URI };
        let params = json!({"textDocument": {"uri": uri}});
        let (id, bytes) = client.prepare_request(SYMBOLS, &params);
        ids.push(id);
        burst.extend(bytes);
        // Of this one, of any, of one to come, of none, of nothing that could be one.
        for id in [
            json!(id),
            json!(ids[random.below(ids.len())]),
            json!(id + 5),
            json!(-id),
            json!(id.to_string()),
            json!({"id": id}),
            json!(null),
        ] {
            burst.extend(frame(&notification("$/cancelRequest", &json!({"id": id}))));
        }
    }
    burst.extend(frame(&notification("$/cancelRequest", &json!([]))));
    burst.extend(frame(&notification("$/cancelRequest", &Value::Null)));
    client.send_bytes(&burst);
    // One answer each: the client itself refuses a second.
    for id in ids {
        let answer = client.answer(id);
        let is_cancelled = answer["error"]["code"] == -32800;
        assert!(is_cancelled || !answer["result"][0].is_null(), "{answer}");
    }
    check_served(client);
}

#[cfg(target_os = "linux")]
#[test]
fn documents_opened_and_closed_again_and_again_leave_nothing_behind() {
    let mut client = with_series();
    let text = samples::singles(200);
    let mut round = || {
        for number in 0..200 {
            let uri = format!("file:///digests/{number}.txt");
            client.open(&uri, &text);
            client.request(SYMBOLS, &json!({"textDocument": {"uri": uri}}));
            client.close(&uri);
        }
        client.ask_about(SYMBOLS, URI);
        client.unasked();
        patch_digest_tests::process::memory(client.process_id())
    };
    let warm = (0..3).map(|_| round()).max().unwrap();
    let later = (0..6).map(|_| round()).min().unwrap();
    // What stays open is one small document; five rounds hold 30 MB of text.
    assert!(
        later < warm + (12 << 20),
        "{warm} bytes at first, {later} bytes later"
    );
    check_served(client);
}

//! Bytes that are no messages, and messages that are none of the protocol.

use patch_digest_tests::client::{Client, frame};
use patch_digest_tests::random::Random;
use serde_json::{Value, json};

use crate::{SYMBOLS, URI, check_served, with_series};

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;

fn body(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let header = format!("Content-Length: {}\r\n\r\n", body.len());
    [header.as_bytes(), body].concat()
}

/// Sends bytes; they have to be refused with these codes, under no id.
#[track_caller]
fn check(bytes: &[u8], codes: &[i64]) {
    let mut client = with_series();
    client.send_bytes(bytes);
    // What comes after is answered, so what came before has been.
    client.ask_about(SYMBOLS, URI);
    assert_eq!(
        refusals(&mut client),
        codes,
        "{}",
        bytes[..bytes.len().min(200)].escape_ascii()
    );
    check_served(client);
}

/// The codes of errors that answer no request.
fn refusals(client: &mut Client) -> Vec<i64> {
    let unasked = client.unasked();
    let refusals = unasked
        .iter()
        .filter(|message| message.get("method").is_none());
    refusals
        .map(|message| {
            assert_eq!(message["id"], Value::Null, "{message}");
            message["error"]["code"].as_i64().unwrap()
        })
        .collect()
}

#[test]
fn bodies_that_are_no_json() {
    for text in [
        "",
        " ",
        "{",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}}",
        "{'jsonrpc':'2.0'}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\",}",
        "\u{feff}{\"jsonrpc\":\"2.0\",\"method\":\"a\"}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":01}",
        "NaN",
        "\0",
    ] {
        check(&body(text), &[PARSE_ERROR]);
    }
    check(&body(b"{\"jsonrpc\":\"2.0\",\"\xff\":1}"), &[PARSE_ERROR]);
}

#[test]
fn bodies_that_nest_deeply() {
    for depth in [200, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let middle = if open == "[" { "" } else { "1" };
            let nested = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            // Members that mean nothing are not looked into.
            let code = if open == "[" {
                PARSE_ERROR
            } else {
                INVALID_REQUEST
            };
            check(&body(&nested), &[code]);
            let message =
                format!(r#"{{"jsonrpc":"2.0","method":"textDocument/hover","params":{nested}}}"#);
            check(&body(message), &[PARSE_ERROR]);
            check(&body(open.repeat(depth)), &[PARSE_ERROR]);
        }
    }
}

#[test]
fn json_that_is_no_message() {
    for message in [
        json!(null),
        json!(true),
        json!(5),
        json!("initialize"),
        json!({}),
        json!({"jsonrpc": "2.0"}),
        json!({"jsonrpc": "2.0", "id": 1}),
        json!({"jsonrpc": "2.0", "method": 5}),
        json!({"jsonrpc": "2.0", "id": null, "method": SYMBOLS}),
        json!({"jsonrpc": "2.0", "id": {}, "method": SYMBOLS}),
        json!({"jsonrpc": "2.0", "id": [1], "method": SYMBOLS}),
        json!({"jsonrpc": "2.0", "id": 1.5, "method": SYMBOLS}),
        json!({"jsonrpc": "1.0", "method": SYMBOLS}),
        json!({"method": SYMBOLS}),
        json!({"jsonrpc": 2.0, "method": SYMBOLS}),
    ] {
        check(&frame(&message), &[INVALID_REQUEST]);
    }
}

#[test]
fn version_that_is_another_is_refused_under_the_id_of_the_request() {
    let mut client = with_series();
    for version in [json!("1.0"), json!(2), json!(null)] {
        let params = json!({"textDocument": {"uri": URI}});
        let (id, bytes) = client.prepare_request(SYMBOLS, &params);
        let text = String::from_utf8(bytes).unwrap();
        let json = text.split_once("\r\n\r\n").unwrap().1;
        let mut message: Value = serde_json::from_str(json).unwrap();
        message["jsonrpc"] = version;
        client.send_bytes(&frame(&message));
        assert_eq!(client.answer(id)["error"]["code"], INVALID_REQUEST);
    }
    check_served(client);
}

#[test]
fn batches_are_refused_as_a_whole() {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": SYMBOLS});
    for batch in [
        json!([]),
        json!([request]),
        json!([request, {"jsonrpc": "2.0", "method": "exit"}]),
        json!([[request]]),
        json!([1, 2, 3]),
    ] {
        check(&frame(&batch), &[INVALID_REQUEST]);
    }
    // Some ten megabytes of them in one.
    let many = vec![request; 150_000];
    check(&frame(&Value::from(many)), &[INVALID_REQUEST]);
}

#[test]
fn lengths_that_are_none() {
    for length in [
        "",
        "-1",
        "+2",
        "2.0",
        "0x2",
        "2 2",
        "two",
        "\u{ff12}",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "9223372036854775807",
        "4294967296",
    ] {
        let bytes = format!("Content-Length: {length}\r\n\r\n{{}}\r\n");
        check(bytes.as_bytes(), &[PARSE_ERROR]);
    }
    check(b"Content-Type: text/plain\r\n\r\n", &[PARSE_ERROR]);
    check(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[PARSE_ERROR]);
}

#[test]
fn length_that_comes_twice_means_the_last() {
    let body = json!({}).to_string();
    let bytes = format!("Content-Length: 99\r\nContent-Length: 2\r\n\r\n{body}");
    check(bytes.as_bytes(), &[INVALID_REQUEST]);
}

#[test]
fn headers_without_end_are_dropped() {
    let endless = "X".repeat(3 << 20);
    check(format!("{endless}\r\n").as_bytes(), &[PARSE_ERROR]);
    let many = "X-Header: 1\r\n".repeat(100_000);
    check(format!("{many}\r\n").as_bytes(), &[PARSE_ERROR]);
}

#[test]
fn length_too_short_costs_that_message_and_the_rest_of_it() {
    let mut client = with_series();
    let message = json!({"jsonrpc": "2.0", "id": 77, "method": SYMBOLS, "params": {"a": "b"}});
    let text = message.to_string();
    for short in [1, 10, 30] {
        let length = text.len() - short;
        client.send_bytes(format!("Content-Length: {length}\r\n\r\n{text}\r\n").as_bytes());
        client.ask_about(SYMBOLS, URI);
        let codes = refusals(&mut client);
        assert_eq!(codes.first(), Some(&PARSE_ERROR), "{codes:?}");
        assert!(codes.len() <= 2, "{codes:?}");
    }
    check_served(client);
}

#[test]
fn noise_between_messages_costs_no_message() {
    let mut client = with_series();
    let mut random = Random::new(1);
    for _ in 0..200 {
        let n_bytes = random.below(3_000);
        let mut noise: Vec<u8> = (0..n_bytes)
            .map(|_| random.next_u64().to_le_bytes()[0])
            .collect();
        if random.one_in(3) {
            noise.extend(b"\r\nContent-Length: 12\r\nContent-Le");
        }
        noise.push(b'\n');
        client.send_bytes(&noise);
        assert!(!client.ask_about(SYMBOLS, URI)[0].is_null());
        let codes = refusals(&mut client);
        assert!(codes.iter().all(|&code| code == PARSE_ERROR), "{codes:?}");
    }
    check_served(client);
}

#[test]
fn answers_to_questions_that_were_never_asked_change_nothing() {
    let mut client = with_series();
    for id in [
        json!(1),
        json!(-1),
        json!("x"),
        json!(u64::MAX),
        json!(null),
    ] {
        for answer in [
            json!({"jsonrpc": "2.0", "id": id, "result": null}),
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": 1, "message": "no"}}),
            json!({"jsonrpc": "2.0", "id": id, "error": 5, "result": 5}),
        ] {
            client.send_bytes(&frame(&answer));
        }
    }
    check_served(client);
}

#[test]
fn ids_may_be_strange_and_are_given_back_as_they_were() {
    let mut client = with_series();
    let ids = [
        json!(""),
        json!("\u{0}\u{1b}[31m\u{202e}"),
        json!("x".repeat(100_000)),
        json!("5"),
    ];
    for id in &ids {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "nothing/known"});
        client.send_bytes(&frame(&message));
    }
    client.ask_about(SYMBOLS, URI);
    let unasked = client.unasked();
    for id in ids {
        let answers: Vec<_> = unasked.iter().filter(|m| m["id"] == id).collect();
        assert_eq!(answers.len(), 1, "{id}");
        assert_eq!(answers[0]["error"]["code"], METHOD_NOT_FOUND);
    }
    check_served(client);
}

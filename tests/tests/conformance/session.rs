//! A session with the real server in which every message is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::thread::sleep;
use std::time::{Duration, Instant};

use patch_digest_core::text::Encoding;
use patch_digest_tests::client::{self, PATIENCE};
use patch_digest_tests::corpus;
use patch_digest_tests::positions::Positions;
use patch_digest_tests::random::Random;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::messages;
use crate::methods::{self, Asked, METHODS, Method};
use crate::permitted::{self, items};
use crate::sense::{Question, Texts, check_tokens};
use crate::tokens;

/// Items of one answer that are asked about further.
const N_ITEMS: usize = 8;

pub(crate) struct Session {
    name: String,
    client: client::Client,
    permitted: permitted::Client,
    /// What the server says of itself.
    server: Value,
    /// Methods that it registered later.
    registered: BTreeSet<String>,
    encoding: Encoding,
    folder: TempFolder,
    /// Open documents, by address.
    texts: BTreeMap<String, String>,
    versions: BTreeMap<String, i32>,
    /// Work that is shown: whether it goes on, by token.
    work: BTreeMap<String, bool>,
    /// The last tokens of each document: the id of the answer, and the numbers.
    tokens: BTreeMap<String, (Value, Vec<u64>)>,
    answered: BTreeMap<&'static str, usize>,
    faults: BTreeSet<String>,
}

impl Session {
    pub(crate) fn start(name: &str, capabilities: &Value, options: &Value) -> Self {
        let folder = TempFolder::new();
        for (file, text) in corpus::digests().expect("the real digests") {
            folder.write(&file, text);
        }
        let root = format!("file://{}", folder.path().display());
        let mut client = client::Client::spawn();
        let params = json!({
            "processId": null,
            "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": "digests"}],
            "capabilities": capabilities,
            "initializationOptions": options,
        });
        let id = client.request("initialize", &params);
        let result = client.answer(id)["result"].clone();
        let server = result["capabilities"].clone();
        let own =
            items(&options["commands"]).chain(items(&server["executeCommandProvider"]["commands"]));
        let commands = own.filter_map(Value::as_str).map(str::to_owned).collect();
        let encoding = match server["positionEncoding"].as_str() {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            _ => Encoding::Utf16,
        };
        let mut session = Self {
            name: name.to_owned(),
            client,
            permitted: permitted::Client {
                capabilities: capabilities.clone(),
                commands,
            },
            server,
            registered: BTreeSet::new(),
            encoding,
            folder,
            texts: BTreeMap::new(),
            versions: BTreeMap::new(),
            work: BTreeMap::new(),
            tokens: BTreeMap::new(),
            answered: BTreeMap::new(),
            faults: BTreeSet::new(),
        };
        session.look_at_result(
            methods::method("initialize").expect("a method"),
            &params,
            "",
            &result,
        );
        let uncovered = methods::uncovered(&session.server);
        assert!(
            uncovered.is_empty(),
            "{name}: nothing here asks for {uncovered:?}"
        );
        session.client.notify("initialized", &json!({}));
        session
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.folder.path().join(file).display())
    }

    pub(crate) fn text(&self, file: &str) -> &str {
        &self.texts[&self.uri(file)]
    }

    // ---- Documents

    pub(crate) fn open(&mut self, file: &str, text: &str) {
        let uri = self.uri(file);
        self.client.open(&uri, text);
        self.texts.insert(uri.clone(), text.to_owned());
        self.versions.insert(uri, 1);
    }

    pub(crate) fn edit(&mut self, file: &str, range: &Range<usize>, insert: &str) {
        let uri = self.uri(file);
        let text = &self.texts[&uri];
        // There is no position between the two halves of a line break.
        let is_inside = |at: usize| text[..at].ends_with('\r') && text[at..].starts_with('\n');
        if is_inside(range.start) || is_inside(range.end) {
            return;
        }
        let range_json = Positions::new(text, self.encoding).range_json(range);
        let mut text = text.clone();
        text.replace_range(range.clone(), insert);
        self.change(&uri, text, &json!([{"range": range_json, "text": insert}]));
    }

    pub(crate) fn restore(&mut self, file: &str, text: &str) {
        self.change(&self.uri(file), text.to_owned(), &json!([{"text": text}]));
    }

    fn change(&mut self, uri: &str, text: String, changes: &Value) {
        let version = self.versions.entry(uri.to_owned()).or_default();
        *version += 1;
        self.client.change(uri, *version, changes);
        self.texts.insert(uri.to_owned(), text);
    }

    pub(crate) fn close(&mut self, file: &str) {
        let uri = self.uri(file);
        self.client.close(&uri);
        self.texts.remove(&uri);
        self.tokens.remove(&uri);
    }

    pub(crate) fn change_settings(&mut self) {
        self.client
            .notify("$/setTrace", &json!({"value": "verbose"}));
        self.client
            .notify("workspace/didChangeConfiguration", &json!({"settings": {}}));
        let file = self.uri("new.txt");
        let changes = json!({"changes": [{"uri": file, "type": 1}]});
        self.client
            .notify("workspace/didChangeWatchedFiles", &changes);
    }

    // ---- Asking

    fn offers(&self, method: &Method) -> bool {
        method.is_advertised(&self.server) || self.registered.contains(method.name)
    }

    /// Asks everything that is offered, about a document and places in it.
    pub(crate) fn ask_everything(&mut self, file: &str, random: &mut Random, n_places: usize) {
        let uri = self.uri(file);
        let text = self.texts[&uri].clone();
        let positions = Positions::new(&text, self.encoding);
        let last = positions.json(text.len());
        let document = json!({
            "textDocument": {"uri": uri},
            "range": {"start": {"line": 0, "character": 0}, "end": last},
        });
        for method in METHODS
            .iter()
            .filter(|method| method.asked != Asked::Session)
        {
            if !self.offers(method) {
                continue;
            }
            match method.asked {
                Asked::Document => self.ask_and_follow(method, &document, &uri),
                Asked::Delta => self.ask_for_changes(method, &uri),
                Asked::Place | Asked::Range => {
                    for _ in 0..n_places {
                        let params = place(&positions, &text, &uri, random);
                        self.ask_and_follow(method, &params, &uri);
                    }
                    if method.asked == Asked::Range {
                        self.ask_and_follow(method, &with_context(document.clone()), &uri);
                    }
                }
                _ => {}
            }
        }
    }

    /// Asks for something, and about the items of the answer.
    fn ask_and_follow(&mut self, method: &'static Method, params: &Value, uri: &str) {
        let Some(result) = self.ask(method, params, uri) else {
            return;
        };
        if method.name == "textDocument/semanticTokens/full" {
            let known = (result["resultId"].clone(), tokens::numbers(&result));
            self.tokens.insert(uri.to_owned(), known);
        }
        let list = if result.is_object() {
            &result["items"]
        } else {
            &result
        };
        let resolve = METHODS
            .iter()
            .find(|other| other.asked == Asked::Item(method.name));
        let Some(resolve) = resolve.filter(|resolve| self.offers(resolve)) else {
            return;
        };
        for item in items(list).take(N_ITEMS) {
            // A plain command is complete, and so is a link that has its target.
            if !item["command"].is_string() && item["target"].is_null() {
                self.ask(resolve, item, uri);
            }
        }
    }

    /// Asks for the tokens that changed, which with those before have to be all there are.
    fn ask_for_changes(&mut self, method: &'static Method, uri: &str) {
        let Some((id, before)) = self.tokens.get(uri).cloned() else {
            return;
        };
        let params = json!({"textDocument": {"uri": uri}, "previousResultId": id});
        let Some(result) = self.ask(method, &params, uri) else {
            return;
        };
        let after = if result.get("edits").is_some() {
            tokens::apply(&before, &result)
        } else {
            tokens::numbers(&result)
        };
        let full = methods::method("textDocument/semanticTokens/full").expect("a method");
        let all = self.ask(full, &json!({"textDocument": {"uri": uri}}), uri);
        let all = all.as_ref().map(tokens::numbers);
        if all.as_ref() != Some(&after) {
            self.fault(method.name, "the changes do not lead to all tokens");
        }
        let mut faults = Vec::new();
        check_tokens(
            &after,
            &Positions::new(&self.texts[uri], self.encoding),
            &mut faults,
        );
        faults
            .iter()
            .for_each(|fault| self.fault(method.name, fault));
    }

    /// Asks what is about no document.
    pub(crate) fn ask_the_workspace(&mut self) {
        let commands = self.server["executeCommandProvider"]["commands"].clone();
        for method in METHODS
            .iter()
            .filter(|method| method.asked == Asked::Workspace)
        {
            if !self.offers(method) {
                continue;
            }
            match method.name {
                "workspace/executeCommand" => {
                    for command in items(&commands) {
                        // Without arguments a command may well fail, but it is known.
                        let params = json!({"command": command, "arguments": []});
                        self.ask_leniently(method, &params);
                    }
                }
                "workspace/textDocumentContent" => {
                    self.ask_leniently(method, &json!({"uri": "patch-digest:/unknown"}));
                }
                _ => {
                    for query in ["", "kvm", "v2 0/"] {
                        let params = json!({"query": query, "previousResultIds": []});
                        self.ask_and_follow(method, &params, "");
                    }
                }
            }
        }
    }

    /// Asks for what is not offered: it has to be refused.
    pub(crate) fn refuse_the_rest(&mut self) {
        let uri = self.uri("refused.txt");
        self.client.open(&uri, "From 1234567 to 89abcde\n");
        let place = json!({"line": 0, "character": 0});
        let params = with_context(json!({
            "textDocument": {"uri": uri},
            "uri": uri,
            "position": place,
            "positions": [place],
            "range": {"start": place, "end": place},
            "ranges": [],
            "options": {"tabSize": 2, "insertSpaces": true},
            "ch": "x",
            "newName": "x",
            "query": "x",
            "previousResultIds": [],
            "previousResultId": "x",
            "item": {},
            "files": [],
            "command": "x",
            "title": "x",
            "label": "x",
            "name": "x",
        }));
        for method in METHODS
            .iter()
            .filter(|method| method.asked != Asked::Session)
        {
            if self.offers(method) {
                continue;
            }
            let id = self.client.request(method.name, &params);
            let answer = self.answer(id);
            // Parameters that do not fit are refused first; these fit most requests.
            if !matches!(answer["error"]["code"].as_i64(), Some(-32601 | -32602)) {
                self.fault(
                    method.name,
                    &format!("not offered, and not refused: {answer}"),
                );
            }
        }
    }

    fn ask_leniently(&mut self, method: &'static Method, params: &Value) {
        let id = self.client.request(method.name, params);
        let answer = self.answer(id);
        *self.answered.entry(method.name).or_default() += 1;
        if answer["error"]["code"] == -32601 {
            self.fault(method.name, &format!("{params} is offered and not known"));
        }
        if let Some(result) = answer.get("result") {
            self.look_at_result(method, params, "", result);
        }
    }

    /// Asks for something that is offered and looks at the answer.
    fn ask(&mut self, method: &'static Method, params: &Value, uri: &str) -> Option<Value> {
        let id = self.client.request(method.name, params);
        let answer = self.answer(id);
        *self.answered.entry(method.name).or_default() += 1;
        let Some(result) = answer.get("result") else {
            self.fault(
                method.name,
                &format!("{params} failed: {}", answer["error"]),
            );
            return None;
        };
        self.look_at_result(method, params, uri, result);
        Some(result.clone())
    }

    fn answer(&mut self, id: i64) -> Value {
        let answer = self.client.answer(id);
        self.look_at_the_unasked();
        answer
    }

    // ---- Looking

    fn fault(&mut self, about: &str, fault: &str) {
        self.faults.insert(format!("{about}: {fault}"));
    }

    fn look_at_result(&mut self, method: &Method, params: &Value, uri: &str, result: &Value) {
        let mut faults = Vec::new();
        faults.extend((method.decode)(result).err());
        self.permitted.result(method.name, result, &mut faults);
        let question = Question {
            method: method.name,
            params,
            uri,
        };
        let texts = Texts {
            open: &self.texts,
            encoding: self.encoding,
        };
        texts.check(&question, result, &mut faults);
        faults
            .iter()
            .for_each(|fault| self.fault(method.name, fault));
    }

    /// Looks at what the server sent by itself, and answers its requests.
    fn look_at_the_unasked(&mut self) {
        for message in self.client.unasked() {
            let method = message["method"].as_str().unwrap_or_default().to_owned();
            let params = &message["params"];
            let mut faults = Vec::new();
            match message.get("id") {
                None => self.look_at_notification(&method, params, &mut faults),
                Some(_) if method.is_empty() => {
                    faults.push(format!("an answer to nothing: {message}"));
                }
                Some(id) => {
                    let result = self.look_at_request(&method, params, &mut faults);
                    let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
                    self.client.send_bytes(&client::frame(&answer));
                }
            }
            faults.iter().for_each(|fault| self.fault(&method, fault));
        }
    }

    fn look_at_notification(&mut self, method: &str, params: &Value, faults: &mut Vec<String>) {
        faults.extend(messages::notification(method, params).err());
        self.permitted.notification(method, params, faults);
        match method {
            "$/progress" => {
                let value = &params["value"];
                faults.extend(messages::progress(value).err());
                let token = params["token"].to_string();
                let is_going_on = self.work.get(&token).copied();
                match (value["kind"].as_str(), is_going_on) {
                    (Some("begin"), Some(false)) => {
                        self.work.insert(token, true);
                    }
                    (Some("report"), Some(true)) => {}
                    (Some("end"), Some(true)) => {
                        self.work.insert(token, false);
                    }
                    _ => faults.push(format!("{params} when {is_going_on:?}")),
                }
            }
            "textDocument/publishDiagnostics" => {
                // The places are those of one version, which may be an older one by now.
                let uri = params["uri"].as_str().unwrap_or_default();
                let newest = self.versions.get(uri);
                if params.get("version").is_some()
                    && params["version"].as_i64() == newest.map(|version| i64::from(*version))
                    && self.texts.contains_key(uri)
                {
                    let question = Question {
                        method,
                        params: &Value::Null,
                        uri,
                    };
                    let texts = Texts {
                        open: &self.texts,
                        encoding: self.encoding,
                    };
                    texts.check(&question, params, faults);
                }
            }
            _ => {}
        }
    }

    /// The answer that a client would give.
    fn look_at_request(&mut self, method: &str, params: &Value, faults: &mut Vec<String>) -> Value {
        faults.extend(messages::request(method, params).err());
        self.permitted.request(method, params, faults);
        match method {
            "window/workDoneProgress/create" => {
                let fresh = self
                    .work
                    .insert(params["token"].to_string(), false)
                    .is_none();
                if !fresh {
                    faults.push(format!("{} again", params["token"]));
                }
                Value::Null
            }
            "workspace/configuration" => {
                let nothing = items(&params["items"]).map(|_| Value::Null);
                Value::Array(nothing.collect())
            }
            "client/registerCapability" => {
                for registration in items(&params["registrations"]) {
                    let method = registration["method"].as_str().unwrap_or_default();
                    self.registered.insert(method.to_owned());
                }
                Value::Null
            }
            _ => Value::Null,
        }
    }

    /// Ends the session, and says what was wrong in it.
    pub(crate) fn finish(mut self) {
        let patience = Instant::now() + PATIENCE;
        // Work that is shown comes to its end.
        while self.work.values().any(|is_going_on| *is_going_on) && Instant::now() < patience {
            sleep(Duration::from_millis(50));
            let uri = self.uri("refused.txt");
            self.client.close(&uri);
            self.client.open(&uri, "From 1234567 to 89abcde\n");
            let id = self.client.request(
                "textDocument/hover",
                &json!({
                    "textDocument": {"uri": uri}, "position": {"line": 0, "character": 0},
                }),
            );
            self.answer(id);
        }
        let open: Vec<_> = self
            .work
            .iter()
            .filter(|(_, is_going_on)| **is_going_on)
            .collect();
        let open = format!("{open:?}");
        if self.work.values().any(|is_going_on| *is_going_on) {
            self.fault("$/progress", &format!("no end of {open}"));
        }
        self.look_at_the_unasked();
        let unanswered: Vec<_> = METHODS
            .iter()
            .filter(|method| method.asked != Asked::Session && self.offers(method))
            .filter(|method| !self.answered.contains_key(method.name))
            // There may be nothing to ask about.
            .filter(|method| !matches!(method.asked, Asked::Item(_) | Asked::Delta))
            .map(|method| method.name)
            .collect();
        let faults: Vec<_> = self.faults.iter().take(40).map(String::as_str).collect();
        assert!(
            faults.is_empty(),
            "{}: {} faults\n{}",
            self.name,
            self.faults.len(),
            faults.join("\n")
        );
        assert!(
            unanswered.is_empty(),
            "{}: never asked: {unanswered:?}",
            self.name
        );
        self.client.finish();
    }
}

/// The parameters of a request about a place, a range from there on, or both.
fn place(positions: &Positions<'_>, text: &str, uri: &str, random: &mut Random) -> Value {
    let mut offset = random.below(text.len() + 1);
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    // The end of a `\r\n` is not between the two.
    if text[..offset].ends_with('\r') && text[offset..].starts_with('\n') {
        offset -= 1;
    }
    let mut end = (offset + random.below(400)).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let (place, end) = (positions.json(offset), positions.json(end));
    with_context(json!({
        "textDocument": {"uri": uri},
        "position": place,
        "positions": [place],
        "range": {"start": place, "end": end},
    }))
}

/// What some requests want to know besides.
fn with_context(mut params: Value) -> Value {
    params["context"] = json!({
        "diagnostics": [],
        "includeDeclaration": true,
        "triggerKind": 1,
        "isRetrigger": false,
        "frameId": 1,
    });
    params
}

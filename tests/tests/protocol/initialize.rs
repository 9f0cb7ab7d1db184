//! What the server says of itself, for each kind of client.

use patch_digest_tests::binary;
use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, LISTED_LINE};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

/// Every request of the protocol that is about documents, and what a server says that answers it.
const REQUESTS: &[(&str, &str)] = &[
    ("textDocument/declaration", "declarationProvider"),
    ("textDocument/definition", "definitionProvider"),
    ("textDocument/typeDefinition", "typeDefinitionProvider"),
    ("textDocument/implementation", "implementationProvider"),
    ("textDocument/references", "referencesProvider"),
    ("textDocument/prepareCallHierarchy", "callHierarchyProvider"),
    ("textDocument/prepareTypeHierarchy", "typeHierarchyProvider"),
    (
        "textDocument/documentHighlight",
        "documentHighlightProvider",
    ),
    ("textDocument/documentLink", "documentLinkProvider"),
    ("textDocument/hover", "hoverProvider"),
    ("textDocument/codeLens", "codeLensProvider"),
    ("textDocument/foldingRange", "foldingRangeProvider"),
    ("textDocument/selectionRange", "selectionRangeProvider"),
    ("textDocument/documentSymbol", "documentSymbolProvider"),
    ("textDocument/semanticTokens/full", "semanticTokensProvider"),
    ("textDocument/inlineValue", "inlineValueProvider"),
    ("textDocument/inlayHint", "inlayHintProvider"),
    ("textDocument/moniker", "monikerProvider"),
    ("textDocument/completion", "completionProvider"),
    ("textDocument/diagnostic", "diagnosticProvider"),
    ("textDocument/signatureHelp", "signatureHelpProvider"),
    ("textDocument/codeAction", "codeActionProvider"),
    ("textDocument/documentColor", "colorProvider"),
    ("textDocument/formatting", "documentFormattingProvider"),
    (
        "textDocument/rangeFormatting",
        "documentRangeFormattingProvider",
    ),
    (
        "textDocument/onTypeFormatting",
        "documentOnTypeFormattingProvider",
    ),
    ("textDocument/rename", "renameProvider"),
    (
        "textDocument/linkedEditingRange",
        "linkedEditingRangeProvider",
    ),
    ("workspace/symbol", "workspaceSymbolProvider"),
    ("workspace/executeCommand", "executeCommandProvider"),
];

/// `initialize` of a client of some kind: the result.
fn initialize(profile: Profile) -> Value {
    let mut client = Client::spawn();
    let result = client.initialize(&json!({
        "processId": std::process::id(),
        "clientInfo": {"name": "tests"},
        "rootUri": null,
        "capabilities": profile.capabilities(),
    }));
    client.finish();
    result
}

#[test]
fn each_kind_of_client_gets_an_encoding_that_it_offered() {
    for (profile, encoding) in [
        (Profile::Rich, "utf-8"),
        (Profile::Neovim, "utf-16"),
        (Profile::Helix, "utf-8"),
        // It offers UTF-8, too, which costs no conversion.
        (Profile::Eglot, "utf-8"),
        (Profile::Bare, "utf-16"),
    ] {
        let result = initialize(profile);
        assert_eq!(
            result["capabilities"]["positionEncoding"], encoding,
            "{profile:?}"
        );
    }
}

#[test]
fn without_utf8_the_first_known_encoding_of_the_client_counts() {
    for (offered, encoding) in [
        (json!(["utf-32", "utf-16"]), "utf-32"),
        (json!(["utf-16", "utf-32"]), "utf-16"),
        (json!(["ebcdic", "utf-32"]), "utf-32"),
        (json!(["ebcdic"]), "utf-16"),
        (json!([]), "utf-16"),
    ] {
        let mut client = Client::spawn();
        let general = json!({"positionEncodings": offered});
        let result = client.initialize(&json!({"capabilities": {"general": general}}));
        assert_eq!(
            result["capabilities"]["positionEncoding"], encoding,
            "{offered}"
        );
        client.finish();
    }
}

#[test]
fn capabilities_are_these_and_no_others() {
    for profile in Profile::ALL {
        let mut result = initialize(profile);
        let encoding = result["capabilities"]["positionEncoding"].take();
        assert!(encoding.is_string());
        let mut expected = json!({
            "positionEncoding": null,
            "textDocumentSync": {"openClose": true, "change": 2, "save": true},
            "hoverProvider": true,
            "definitionProvider": true,
            "documentSymbolProvider": true,
            "foldingRangeProvider": true,
            "implementationProvider": true,
            "referencesProvider": true,
            "workspaceSymbolProvider": true,
        });
        if profile == Profile::Rich {
            expected["documentLinkProvider"] = json!({"resolveProvider": true});
            expected["codeActionProvider"] =
                json!({"codeActionKinds": ["quickfix", "source.fixAll.patchDigest"]});
            expected["documentHighlightProvider"] = json!(true);
            expected["selectionRangeProvider"] = json!(true);
            expected["inlayHintProvider"] = json!({"resolveProvider": true});
            // Its words are looked at where tokens are tested.
            let tokens = &mut result["capabilities"]["semanticTokensProvider"];
            assert!(tokens["legend"].take().is_object());
            expected["semanticTokensProvider"] =
                json!({"full": {"delta": true}, "range": true, "legend": null});
        }
        assert_eq!(result["capabilities"], expected, "{profile:?}");
    }
}

#[test]
fn what_is_advertised_is_answered_and_nothing_else_is() {
    let home = TempFolder::new();
    let mut client = Client::spawn_in(home.path());
    let result = client.initialize(&json!({"capabilities": Profile::Rich.capabilities()}));
    let uri = "file:///a.txt";
    client.open(uri, &samples::series());
    // As much as all of these requests want.
    let place = json!({"line": LISTED_LINE, "character": 3});
    let params = json!({
        "textDocument": {"uri": uri},
        "position": place,
        "positions": [place],
        "range": {"start": place, "end": place},
        "context": {
            "diagnostics": [],
            "includeDeclaration": true,
            "triggerKind": 1,
            "isRetrigger": false,
            "frameId": 1,
            "stoppedLocation": {"start": place, "end": place},
        },
        "options": {"tabSize": 2, "insertSpaces": true},
        "ch": "x",
        "newName": "x",
        "query": "x",
        "command": "patchDigest.mark",
        "arguments": [{"uri": uri, "entry": 0, "mark": "new"}],
    });
    for (method, capability) in REQUESTS {
        let id = client.request(method, &params);
        let answer = client.answer(id);
        if result["capabilities"].get(capability).is_some() {
            assert!(!answer["result"].is_null(), "{method}: {answer}");
        } else {
            assert_eq!(answer["error"]["code"], -32601, "{method}: {answer}");
        }
    }
    client.finish();
}

#[test]
fn what_is_not_understood_of_a_client_costs_nothing_else() {
    let change = |path: &str, value: Value| {
        let mut params = json!({"processId": null, "capabilities": Profile::Rich.capabilities()});
        let names: Vec<&str> = path.split('.').collect();
        let (last, parents) = names.split_last().unwrap();
        let mut at = &mut params;
        for name in parents {
            at = &mut at[*name];
        }
        at[*last] = value;
        params
    };
    let announced = |params: &Value| {
        let mut client = Client::spawn();
        let mut result = client.initialize(params);
        client.finish();
        result["capabilities"].take()
    };
    let usual = announced(&change("processId", Value::Null));
    for (path, value) in [
        // The protocol allows these,
        (
            "capabilities.textDocument.semanticTokens.requests.range",
            json!({}),
        ),
        (
            "capabilities.textDocument.foldingRange.foldingRangeKind",
            json!({"valueSet": ["comment", "imports", "region", "mine"]}),
        ),
        (
            "capabilities.workspace.workspaceEdit",
            json!({"resourceOperations": ["create", "snip"]}),
        ),
        (
            "capabilities.textDocument.hover.contentFormat",
            json!(["html", "markdown"]),
        ),
        (
            "capabilities.textDocument.completion",
            json!({"completionItem": {"insertTextModeSupport": {"valueSet": [7]}}}),
        ),
        // and these it does not.
        ("capabilities.workspace.symbol", json!("yes")),
        ("capabilities.window", json!([1])),
        ("capabilities.general.markdown", json!(true)),
        ("clientInfo", json!({"version": 2})),
        ("trace", json!("compact")),
        ("processId", json!(-1)),
        ("locale", json!(["en"])),
    ] {
        let mut found = announced(&change(path, value.clone()));
        // A client that completes is offered completion.
        found.as_object_mut().unwrap().remove("completionProvider");
        assert_eq!(found, usual, "{path}: {value}");
    }
    // What is asked for in the longer way is offered as well.
    let range = "capabilities.textDocument.semanticTokens.requests";
    let found = announced(&change(range, json!({"full": {}, "range": {}})));
    assert_eq!(found["semanticTokensProvider"]["range"], true);
    assert_eq!(found["semanticTokensProvider"]["full"]["delta"], false);
}

#[test]
fn the_server_has_the_name_and_version_of_the_program() {
    let info = &initialize(Profile::Bare)["serverInfo"];
    let output = binary::command().arg("--version").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let (name, version) = (info["name"].as_str(), info["version"].as_str());
    assert_eq!(format!("{} {}\n", name.unwrap(), version.unwrap()), told);
}

#[test]
fn arguments_that_editors_pass_change_nothing() {
    let help = binary::command().args(["lsp", "--help"]).output().unwrap();
    assert!(help.status.success());
    // Standard input is at its end: the server has nobody to serve.
    for arguments in [
        &["--stdio"][..],
        &["--clientProcessId", "1"],
        &["--clientProcessId=1"],
    ] {
        let output = binary::command()
            .arg("lsp")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

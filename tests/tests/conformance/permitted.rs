//! What a client must have said it can take before a server may send it.

use serde_json::Value;

/// What one client said, in `initialize`.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) capabilities: Value,
    /// Commands that may be offered: the client's own and the server's.
    pub(crate) commands: Vec<String>,
}

impl Client {
    fn says(&self, pointer: &str) -> bool {
        self.capabilities.pointer(pointer) == Some(&Value::Bool(true))
    }

    fn has(&self, pointer: &str) -> bool {
        self.capabilities
            .pointer(pointer)
            .is_some_and(|value| !value.is_null())
    }

    /// Whether a list of the client's has a value; `default` where there is no list.
    fn lists(&self, pointer: &str, value: &Value, default: &[u64]) -> bool {
        match self.capabilities.pointer(pointer).and_then(Value::as_array) {
            Some(list) => list.contains(value),
            None => value.as_u64().is_some_and(|value| default.contains(&value)),
        }
    }

    /// What is wrong with a notification of the server.
    pub(crate) fn notification(&self, method: &str, params: &Value, faults: &mut Vec<String>) {
        if method != "textDocument/publishDiagnostics" {
            return;
        }
        if self.has("/textDocument/diagnostic")
            && self.says("/workspace/diagnostics/refreshSupport")
        {
            faults.push("published to a client that asks".to_owned());
        }
        self.diagnostics(
            &params["diagnostics"],
            "/textDocument/publishDiagnostics",
            faults,
        );
    }

    /// What is wrong with the server's making a request.
    pub(crate) fn request(&self, method: &str, params: &Value, faults: &mut Vec<String>) {
        let may = match method {
            "window/workDoneProgress/create" => self.says("/window/workDoneProgress"),
            "window/showMessageRequest" => self.has("/window/showMessage"),
            "window/showDocument" => self.says("/window/showDocument/support"),
            "workspace/configuration" => self.says("/workspace/configuration"),
            "workspace/workspaceFolders" => self.says("/workspace/workspaceFolders"),
            "workspace/applyEdit" => self.says("/workspace/applyEdit"),
            "workspace/diagnostic/refresh" => self.says("/workspace/diagnostics/refreshSupport"),
            "workspace/textDocumentContent/refresh" => self.has("/workspace/textDocumentContent"),
            "client/unregisterCapability" => true,
            "client/registerCapability" => {
                for registration in items(&params["registrations"]) {
                    let method = registration["method"].as_str().unwrap_or_default();
                    if !self.may_register(method) {
                        faults.push(format!("registers {method}"));
                    }
                }
                true
            }
            _ => method
                .strip_suffix("/refresh")
                .is_some_and(|what| self.says(&format!("/{what}/refreshSupport"))),
        };
        if !may {
            faults.push("not what this client can be asked".to_owned());
        }
    }

    fn may_register(&self, method: &str) -> bool {
        let what = match method {
            "textDocument/semanticTokens" => "/textDocument/semanticTokens".to_owned(),
            "workspace/didCreateFiles"
            | "workspace/didRenameFiles"
            | "workspace/didDeleteFiles" => "/workspace/fileOperations".to_owned(),
            _ => format!("/{method}"),
        };
        self.says(&format!("{what}/dynamicRegistration"))
    }

    /// What is wrong with the result of a request.
    pub(crate) fn result(&self, method: &str, result: &Value, faults: &mut Vec<String>) {
        match method {
            "initialize" => self.initialize(&result["capabilities"], faults),
            "textDocument/hover" => self.hover(result, faults),
            "textDocument/documentSymbol" => self.symbols(result, faults),
            "textDocument/foldingRange" => self.folds(result, faults),
            "textDocument/diagnostic" => self.pulled(result, faults),
            "workspace/diagnostic" => {
                for report in items(&result["items"]) {
                    self.pulled(report, faults);
                }
            }
            "textDocument/definition"
            | "textDocument/declaration"
            | "textDocument/typeDefinition"
            | "textDocument/implementation" => {
                let link = items(result).any(|target| target.get("targetUri").is_some());
                if link && !self.says(&format!("/{method}/linkSupport")) {
                    faults.push("links".to_owned());
                }
            }
            "textDocument/codeAction" => {
                items(result).for_each(|action| self.action(action, faults));
            }
            "codeAction/resolve" => self.action(result, faults),
            "textDocument/codeLens" => {
                items(result).for_each(|lens| self.command(&lens["command"], faults));
            }
            "codeLens/resolve" => self.command(&result["command"], faults),
            "textDocument/documentLink" => {
                items(result).for_each(|link| self.link(link, faults));
            }
            "documentLink/resolve" => self.link(result, faults),
            "textDocument/inlayHint" => items(result).for_each(|hint| self.hint(hint, faults)),
            "inlayHint/resolve" => self.hint(result, faults),
            "workspace/symbol" => {
                for symbol in items(result) {
                    self.symbol_kind("/workspace/symbol", symbol, faults);
                    let resolves = self.lists(
                        "/workspace/symbol/resolveSupport/properties",
                        &Value::from("location.range"),
                        &[],
                    );
                    if symbol.pointer("/location/range").is_none() && !resolves {
                        faults.push("a symbol without its range".to_owned());
                    }
                }
            }
            "textDocument/completion" => {
                let completions = if result.is_array() {
                    result
                } else {
                    &result["items"]
                };
                items(completions).for_each(|item| self.completion(item, faults));
            }
            "completionItem/resolve" => self.completion(result, faults),
            _ => {}
        }
    }

    fn initialize(&self, server: &Value, faults: &mut Vec<String>) {
        let encoding = &server["positionEncoding"];
        let offered = self.capabilities.pointer("/general/positionEncodings");
        let offered = offered.and_then(Value::as_array);
        let fits = offered.map_or(encoding == "utf-16", |offered| offered.contains(encoding));
        if !fits {
            faults.push(format!("positions in {encoding}"));
        }
        for (provider, pointer) in [
            ("diagnosticProvider", "/textDocument/diagnostic"),
            ("semanticTokensProvider", "/textDocument/semanticTokens"),
            ("inlayHintProvider", "/textDocument/inlayHint"),
        ] {
            if server.get(provider).is_some() && !self.has(pointer) {
                faults.push(format!("{provider} for a client without"));
            }
        }
        if server.pointer("/workspace/workspaceFolders/supported") == Some(&Value::Bool(true))
            && !self.says("/workspace/workspaceFolders")
        {
            faults.push("folders for a client without".to_owned());
        }
    }

    fn markdown(&self, pointer: &str, content: &Value, faults: &mut Vec<String>) {
        let Some(kind) = content.get("kind") else {
            return;
        };
        let formats = self.capabilities.pointer(pointer).and_then(Value::as_array);
        let fits = formats.map_or(kind == "plaintext", |formats| formats.contains(kind));
        if !fits {
            faults.push(format!("text in {kind}"));
        }
    }

    fn hover(&self, hover: &Value, faults: &mut Vec<String>) {
        self.markdown(
            "/textDocument/hover/contentFormat",
            &hover["contents"],
            faults,
        );
    }

    fn symbol_kind(&self, pointer: &str, symbol: &Value, faults: &mut Vec<String>) {
        let old: Vec<u64> = (1..=18).collect();
        if !self.lists(
            &format!("{pointer}/symbolKind/valueSet"),
            &symbol["kind"],
            &old,
        ) {
            faults.push(format!("a symbol of kind {}", symbol["kind"]));
        }
        for tag in items(&symbol["tags"]) {
            if !self.lists(&format!("{pointer}/tagSupport/valueSet"), tag, &[]) {
                faults.push("a tag of a symbol".to_owned());
            }
        }
    }

    fn symbols(&self, symbols: &Value, faults: &mut Vec<String>) {
        let pointer = "/textDocument/documentSymbol";
        let trees = self.says(&format!("{pointer}/hierarchicalDocumentSymbolSupport"));
        for symbol in items(symbols) {
            if symbol.get("location").is_none() && !trees {
                faults.push("a tree of symbols".to_owned());
            }
            self.symbol_kind(pointer, symbol, faults);
            self.symbols(&symbol["children"], faults);
        }
    }

    fn folds(&self, folds: &Value, faults: &mut Vec<String>) {
        let pointer = "/textDocument/foldingRange";
        let limit = self.capabilities.pointer(&format!("{pointer}/rangeLimit"));
        if let Some(limit) = limit.and_then(Value::as_u64)
            && items(folds).count() as u64 > limit
        {
            faults.push("too many folds".to_owned());
        }
        let texts = self.says(&format!("{pointer}/foldingRange/collapsedText"));
        let kinds = self
            .capabilities
            .pointer(&format!("{pointer}/foldingRangeKind/valueSet"));
        for fold in items(folds) {
            if fold.get("collapsedText").is_some() && !texts {
                faults.push("what a fold shows".to_owned());
            }
            if let (Some(kind), Some(kinds)) = (fold.get("kind"), kinds.and_then(Value::as_array))
                && !kinds.contains(kind)
            {
                faults.push(format!("a fold of kind {kind}"));
            }
        }
    }

    fn pulled(&self, report: &Value, faults: &mut Vec<String>) {
        self.diagnostics(&report["items"], "/textDocument/diagnostic", faults);
        if report.get("relatedDocuments").is_some()
            && !self.says("/textDocument/diagnostic/relatedDocumentSupport")
        {
            faults.push("related documents".to_owned());
        }
    }

    fn diagnostics(&self, diagnostics: &Value, pointer: &str, faults: &mut Vec<String>) {
        // Clients that ask said these things of publishing only, before the protocol was 3.18.
        let published = "/textDocument/publishDiagnostics";
        let says = |what: &str| {
            self.says(&format!("{pointer}/{what}")) || self.says(&format!("{published}/{what}"))
        };
        for diagnostic in items(diagnostics) {
            for (member, what) in [
                ("relatedInformation", "relatedInformation"),
                ("codeDescription", "codeDescriptionSupport"),
                ("data", "dataSupport"),
            ] {
                if diagnostic.get(member).is_some() && !says(what) {
                    faults.push(format!("{member} of a diagnostic"));
                }
            }
            for tag in items(&diagnostic["tags"]) {
                let fits = [pointer, published]
                    .iter()
                    .any(|pointer| self.lists(&format!("{pointer}/tagSupport/valueSet"), tag, &[]));
                if !fits {
                    faults.push("a tag of a diagnostic".to_owned());
                }
            }
            if !diagnostic["message"].is_string() {
                faults.push("a message that is no plain text".to_owned());
            }
        }
    }

    fn command(&self, command: &Value, faults: &mut Vec<String>) {
        let Some(name) = command["command"].as_str() else {
            return;
        };
        // No command at all is how a lens shows nothing but its title.
        if !name.is_empty() && !self.commands.iter().any(|known| known == name) {
            faults.push(format!("the command {name}"));
        }
    }

    fn action(&self, action: &Value, faults: &mut Vec<String>) {
        let pointer = "/textDocument/codeAction";
        if action["command"].is_string() {
            return self.command(action, faults);
        }
        if !self.has(&format!("{pointer}/codeActionLiteralSupport")) {
            faults.push("an action that is no command".to_owned());
        }
        for (member, what) in [
            ("isPreferred", "isPreferredSupport"),
            ("disabled", "disabledSupport"),
            ("data", "dataSupport"),
        ] {
            if action.get(member).is_some() && !self.says(&format!("{pointer}/{what}")) {
                faults.push(format!("{member} of an action"));
            }
        }
        self.command(&action["command"], faults);
        let edit = &action["edit"];
        if edit.get("documentChanges").is_some()
            && !self.says("/workspace/workspaceEdit/documentChanges")
        {
            faults.push("documentChanges".to_owned());
        }
        if edit.get("changeAnnotations").is_some()
            && !self.has("/workspace/workspaceEdit/changeAnnotationSupport")
        {
            faults.push("changeAnnotations".to_owned());
        }
    }

    fn link(&self, link: &Value, faults: &mut Vec<String>) {
        if link.get("tooltip").is_some() && !self.says("/textDocument/documentLink/tooltipSupport")
        {
            faults.push("a tooltip of a link".to_owned());
        }
    }

    fn hint(&self, hint: &Value, faults: &mut Vec<String>) {
        // The protocol has no word for the format of these; what hovers may be is the nearest.
        self.markdown(
            "/textDocument/hover/contentFormat",
            &hint["tooltip"],
            faults,
        );
        for part in items(&hint["label"]) {
            self.markdown(
                "/textDocument/hover/contentFormat",
                &part["tooltip"],
                faults,
            );
            self.command(&part["command"], faults);
        }
    }

    fn completion(&self, item: &Value, faults: &mut Vec<String>) {
        let pointer = "/textDocument/completion/completionItem";
        self.markdown(
            &format!("{pointer}/documentationFormat"),
            &item["documentation"],
            faults,
        );
        if item["insertTextFormat"] == 2 && !self.says(&format!("{pointer}/snippetSupport")) {
            faults.push("a snippet".to_owned());
        }
        for (member, what) in [
            ("commitCharacters", "commitCharactersSupport"),
            ("deprecated", "deprecatedSupport"),
            ("preselect", "preselectSupport"),
            ("labelDetails", "labelDetailsSupport"),
        ] {
            if item.get(member).is_some() && !self.says(&format!("{pointer}/{what}")) {
                faults.push(format!("{member} of a completion"));
            }
        }
        if item.pointer("/textEdit/insert").is_some()
            && !self.says(&format!("{pointer}/insertReplaceSupport"))
        {
            faults.push("a choice of ranges in a completion".to_owned());
        }
        self.command(&item["command"], faults);
    }
}

/// The items of a list; none of what is no list.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

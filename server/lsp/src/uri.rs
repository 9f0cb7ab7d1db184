//! Addresses of documents: one key per document, however a client spells it, and leniency for
//! spellings that are no URIs.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The key of a document: `file:///C%3A/x` and `file:///c:/x` are one, and so are `file:///x`,
/// `file:/x` and `file://localhost/x`. Only for looking up; what
/// is sent to the client is its own spelling.
pub(crate) fn key(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return uri.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    let mut path = percent_decoded(rest);
    if scheme == "file" {
        let this_machine = "//localhost/";
        let host = path.get(..this_machine.len());
        if host.is_some_and(|host| host.eq_ignore_ascii_case(this_machine)) {
            path.replace_range(..this_machine.len(), "///");
        } else if path.starts_with('/') && !path.starts_with("//") {
            path.insert_str(0, "//");
        }
        // The drive letter of Windows; its case differs between messages of one editor.
        let bytes = path.as_bytes();
        if bytes.len() > 4
            && bytes.starts_with(b"///")
            && bytes[3].is_ascii_uppercase()
            && bytes[4] == b':'
        {
            let drive = char::from(bytes[3].to_ascii_lowercase());
            path.replace_range(3..4, drive.encode_utf8(&mut [0; 4]));
        }
    }
    format!("{scheme}:{path}")
}

/// Decodes `%41`; bytes that are no UTF-8 stay encoded.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let source = text.as_bytes();
    let mut at = 0;
    while at < source.len() {
        let hex = source
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) if source[at] == b'%' => {
                bytes.push(byte);
                at += 3;
            }
            _ => {
                bytes.push(source[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The path of a file's address; `None` for addresses of other things.
pub(crate) fn path(uri: &str) -> Option<PathBuf> {
    let key = key(uri);
    let rest = key.strip_prefix("file:")?;
    let path = match rest.strip_prefix("//") {
        // On another machine: a UNC path.
        Some(host) if !host.starts_with('/') && cfg!(windows) => format!("\\\\{host}"),
        Some(path) => path.to_owned(),
        None => rest.to_owned(),
    };
    // `/c:/x`
    let is_drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    let path = PathBuf::from(if is_drive { &path[1..] } else { &path });
    path.is_absolute().then_some(path)
}

/// The address of a file; `None` for paths that are not absolute or no text.
pub(crate) fn of_path(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|_| path.is_absolute())?;
    // Elsewhere a backslash is a letter of a name.
    let text = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    };
    let slash = if text.starts_with('/') { "" } else { "/" };
    Some(format!("file://{slash}{}", encoded(&text, b"/:")))
}

/// A text as a part of an address, with these bytes left as they are.
pub(crate) fn encoded(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A spelling that the router's strict type takes: everything that may not stand in a URI is
/// encoded, broken `%` included.
pub(crate) fn strict(uri: &str) -> String {
    let mut result = String::with_capacity(uri.len());
    let bytes = uri.as_bytes();
    let mut has_fragment = false;
    let scheme = scheme_len(uri);
    if scheme == 0 {
        result.push_str("file:");
    }
    for (idx, &byte) in bytes.iter().enumerate() {
        let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        let allowed = match byte {
            b'%' => hex(idx + 1) && hex(idx + 2),
            b'#' => !std::mem::replace(&mut has_fragment, true),
            b'[' | b']' => false,
            b => b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&b),
        };
        if allowed {
            result.push(char::from(byte));
        } else {
            result.push_str(&format!("%{byte:02X}"));
        }
    }
    result
}

/// Puts the client's `own` spelling of an address wherever a result has the `strict` one.
pub(crate) fn respell(result: &mut Value, strict: &str, own: &str) {
    match result {
        Value::Array(values) => {
            for value in values {
                respell(value, strict, own);
            }
        }
        Value::Object(fields) => {
            // Edits may stand under the address of their document.
            if let Some(value) = fields.remove(strict) {
                fields.insert(own.to_owned(), value);
            }
            for (key, value) in fields.iter_mut() {
                let is_address = key == "uri" || key == "targetUri";
                if is_address && value.as_str() == Some(strict) {
                    *value = Value::from(own);
                } else {
                    respell(value, strict, own);
                }
            }
        }
        _ => {}
    }
}

/// Gives every address in some parameters a spelling that the router's strict type takes.
pub(crate) fn make_strict(params: &mut Value) {
    match params {
        Value::Array(values) => values.iter_mut().for_each(make_strict),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let is_address = key == "uri" || key == "rootUri";
                match value {
                    Value::String(address) if is_address => *address = strict(address),
                    Value::Array(_) | Value::Object(_) => make_strict(value),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Length of `scheme:` in bytes, 0 without one.
fn scheme_len(uri: &str) -> usize {
    let Some(colon) = uri.find(':') else { return 0 };
    let scheme = &uri[..colon];
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if valid { colon + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_lsp_server::ls_types::Uri;

    #[test]
    fn spellings_of_one_document_have_one_key() {
        for (a, b) in [
            ("file:///c%3A/x.txt", "file:///C:/x.txt"),
            ("file:///a%20b.txt", "file:///a b.txt"),
            ("FILE:///a.txt", "file:///a.txt"),
            ("file:///%C3%BC", "file:///ü"),
            ("file:/a.txt", "file:///a.txt"),
            ("file:/C:/a.txt", "file:///c:/a.txt"),
            ("file://localhost/a.txt", "file:///a.txt"),
            ("file://LOCALHOST/a.txt", "file:///a.txt"),
        ] {
            assert_eq!(key(a), key(b));
        }
        for other in ["file://host/a", "file://localhost.org/a", "file:a", "file:"] {
            assert_ne!(key(other), key("file:///a"));
        }
        assert_ne!(key("file:///a"), key("file:///A"));
        assert_eq!(key("file:///%ff"), "file:///%ff");
    }

    #[cfg(unix)]
    #[test]
    fn files_have_paths_and_paths_addresses() {
        for (uri, expected) in [
            ("file:///a%20b/c.txt", Some("/a b/c.txt")),
            ("file:///a b", Some("/a b")),
            ("file:/a", Some("/a")),
            ("file://localhost/a", Some("/a")),
            ("file:///%C3%BC", Some("/ü")),
            ("file://host/a", None),
            ("untitled:a", None),
            ("vscode-remote://x/a", None),
            ("/a", None),
        ] {
            assert_eq!(path(uri).as_deref(), expected.map(Path::new), "{uri}");
        }
        for path_text in ["/a b/ü#?%41.txt", "/a\\b", "/a%5Cb%5c", "/"] {
            let uri = of_path(Path::new(path_text)).unwrap();
            assert!(uri.parse::<Uri>().is_ok(), "{uri}");
            assert_eq!(path(&uri).as_deref(), Some(Path::new(path_text)));
        }
        assert_eq!(of_path(Path::new("a")), None);
    }

    #[test]
    fn every_spelling_can_be_made_strict() {
        for uri in [
            "file:///a b.txt",
            "untitled:Untitled-1",
            "file:///c:/x [1].txt",
            "vscode-remote://ssh-remote%2Bhost/x",
            "file:///%zz#a#b",
            "no scheme at all",
            "file:///ü\"<>^`{|}\\",
            "file://wsl$/x",
            "\\\\server\\share\\x",
            "",
        ] {
            let strict = strict(uri);
            assert!(strict.parse::<Uri>().is_ok(), "{uri} became {strict}");
        }
        assert_eq!(strict("file:///a.txt"), "file:///a.txt");
    }
}

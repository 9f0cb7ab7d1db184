//! Addresses of documents: one key per document, however a client spells it, and leniency for
//! spellings that are no URIs.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The key of a document: `file:///C%3A/x` and `file:///c:/x` are one. Only for looking up; what
/// is sent to the client is its own spelling.
pub(crate) fn key(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return uri.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    let mut path = percent_decoded(rest);
    if scheme == "file" {
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

/// Decodes `%41`; a text whose bytes are no UTF-8 stays encoded.
pub(crate) fn percent_decoded(text: &str) -> String {
    String::from_utf8(decoded_bytes(text)).unwrap_or_else(|_| text.to_owned())
}

fn decoded_bytes(text: &str) -> Vec<u8> {
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
    bytes
}

/// The path of a file, `None` for other addresses.
pub(crate) fn to_path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let host_len = rest.find('/')?;
    let (host, path) = rest.split_at(host_len);
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    path_from(host, path)
}

#[cfg(unix)]
fn path_from(host: &str, path: &str) -> Option<PathBuf> {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    // Files of other hosts have no path here.
    let is_here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    is_here.then(|| PathBuf::from(OsString::from_vec(decoded_bytes(path))))
}

#[cfg(not(unix))]
fn path_from(host: &str, path: &str) -> Option<PathBuf> {
    let path = percent_decoded(path);
    let path = if host.is_empty() {
        path.strip_prefix('/').unwrap_or(&path).to_owned()
    } else {
        format!("//{host}{path}")
    };
    Some(PathBuf::from(path.replace('/', "\\")))
}

/// The address of a file.
pub(crate) fn of_path(path: &Path) -> String {
    format!(
        "file://{}",
        encoded_bytes(&path_bytes(path), b"/:@!$&'*+,;=")
    )
}

/// A text as a part of an address, with these bytes left as they are.
pub(crate) fn encoded(text: &str, keep: &[u8]) -> String {
    encoded_bytes(text.as_bytes(), keep)
}

fn encoded_bytes(bytes: &[u8], keep: &[u8]) -> String {
    let mut result = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            result.push(char::from(byte));
        } else {
            result.push_str(&format!("%{byte:02X}"));
        }
    }
    result
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{slash}{path}").into_bytes()
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
        ] {
            assert_eq!(key(a), key(b));
        }
        assert_ne!(key("file:///a"), key("file:///A"));
        assert_eq!(key("file:///%ff"), "file:///%ff");
    }

    #[cfg(unix)]
    #[test]
    fn files_have_a_path_and_paths_an_address() {
        for (uri, path) in [
            ("file:///a/b.txt", Some("/a/b.txt")),
            ("file://localhost/a%20b.txt", Some("/a b.txt")),
            ("FILE:///%C3%BC%23", Some("/ü#")),
            ("file://host/a", None),
            ("untitled:Untitled-1", None),
            ("git:/a/b.txt?x", None),
            ("file:a", None),
            ("", None),
        ] {
            assert_eq!(to_path(uri).as_deref(), path.map(Path::new), "{uri}");
        }
        for path in ["/a/b.txt", "/a b/ü#?%41.txt"] {
            assert_eq!(
                to_path(&of_path(Path::new(path))).as_deref(),
                Some(Path::new(path))
            );
        }
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

//! Read-only pages of Markdown: the history of a series, what changed since a version, what is new
//! in a digest; and the pages of the rule book.
//!
//! A page has an address of its own, `patch-digest:///TITLE.md?page=history&entry=3&in=file:///…`,
//! which holds all that is needed to make it anew. Clients ask for its text by
//! `workspace/textDocumentContent`, or by our own `patchDigest/page`, which also finds the address
//! of the page about a place in a digest.

use patch_digest_core::Digest;
use patch_digest_core::features::page::Target;
use patch_digest_core::features::pages::{self, Sources};
use patch_digest_core::lints::{self, Rule};
use patch_digest_core::shown;
use patch_digest_core::workspace::{Label, Place};
use patch_digest_files::read;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Error;

use super::{Asked, View, entry_at, nothing, print};
use crate::transport::Pieces;
use crate::uri;

/// The scheme of pages' addresses.
pub(super) const SCHEME: &str = "patch-digest";

/// Largest digest that is read for a page, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Longest title in an address, in characters.
const MAX_TITLE: usize = 60;

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// The history of an entry's series.
    History(Place),
    /// What changed between two versions of an entry's series; the versions next to it where none
    /// are given.
    Since {
        place: Place,
        old: Option<Label>,
        new: Option<Label>,
    },
    /// What is new in a digest.
    News(String),
    /// What a rule is about.
    Rule(&'static Rule),
}

/// The address of the page about a rule.
pub(crate) fn rule_address(rule: &Rule) -> String {
    let code = rule.code;
    format!("{SCHEME}:///{code}.md?page=rule&code={code}")
}

impl Page {
    /// Reads an address, in any spelling.
    fn parse(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once(':')?;
        let (_, query) = rest.split_once('?')?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        // Some clients encode the query once more; what it holds has no `%` of its own but in the
        // digest's address, which comes last and is only looked up.
        let query = uri::percent_decoded(query);
        if let Some(code) = query.strip_prefix("page=rule&code=") {
            return lints::rule(code).map(Self::Rule);
        }
        let (query, digest) = query.split_once("&in=")?;
        let key = uri::key(digest);
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let place = || {
            Some(Place {
                key: key.as_str().into(),
                entry: value("entry")?.parse().ok()?,
            })
        };
        let label = |name: &str| value(name).and_then(Label::parse);
        Some(match value("page")? {
            "history" => Self::History(place()?),
            "since" => Self::Since {
                place: place()?,
                old: label("from"),
                new: label("to"),
            },
            "new" => Self::News(key),
            _ => return None,
        })
    }

    /// The page about a place, by the name that clients give it.
    fn named(name: &str, place: Option<Place>, key: &str, old: Option<Label>) -> Option<Self> {
        Some(match name {
            "history" => Self::History(place?),
            "since" => Self::Since {
                place: place?,
                old,
                new: None,
            },
            "new" => Self::News(key.to_owned()),
            _ => return None,
        })
    }

    fn key(&self) -> &str {
        match self {
            Self::History(place) | Self::Since { place, .. } => &place.key,
            Self::News(key) => key,
            Self::Rule(_) => "",
        }
    }

    /// Its title, in words; `None` where there is no such series.
    fn title(&self, view: &View) -> Option<String> {
        let series = |place: &Place| {
            let history = view.workspace().history(&place.key, place.entry)?;
            Some(history.title().to_owned())
        };
        Some(match self {
            Self::History(place) => format!("History of {}", series(place)?),
            Self::Since { place, old, .. } => {
                let since = old.map_or(String::new(), |old| format!(" since {old}"));
                format!("What changed{since} in {}", series(place)?)
            }
            Self::News(key) => format!("New in {}", view.name(key)),
            Self::Rule(rule) => rule.code.to_owned(),
        })
    }

    /// Its address.
    pub(super) fn address(&self, view: &View) -> Option<String> {
        if let Self::Rule(rule) = self {
            return Some(rule_address(rule));
        }
        let digest = view.uri(self.key())?;
        // The title is for the tab of an editor, which shows what comes after the last slash.
        let title = self.title(view)?;
        let title = shown::plain(&title).replace(['/', '\\', ':', '?', '#', '%'], " ");
        let title: Vec<&str> = title.split_whitespace().collect();
        let title = shown::short(&title.join(" "), MAX_TITLE).into_owned();
        let query = match self {
            Self::History(place) => format!("page=history&entry={}", place.entry),
            Self::Since { place, old, new } => {
                let label = |name: &str, label: &Option<Label>| {
                    label.map_or(String::new(), |label| format!("&{name}={label}"))
                };
                let (old, new) = (label("from", old), label("to", new));
                format!("page=since&entry={}{old}{new}", place.entry)
            }
            Self::News(_) | Self::Rule(_) => "page=new".to_owned(),
        };
        let title = uri::encoded(&title, b"");
        let query = uri::encoded(&format!("{query}&in={digest}"), b"=&/:");
        // Three slashes: by two Neovim tells addresses from names of files.
        Some(format!("{SCHEME}:///{title}.md?{query}"))
    }

    /// Its text; `None` where there is nothing to tell. A link is a name alone where it would lead
    /// nowhere, and without `has_links`.
    fn text(&self, view: &View, has_links: bool) -> Option<String> {
        if let Self::Rule(rule) = self {
            return Some(lints::page::markdown(rule));
        }
        let digest = |key: &str| view.digest(key);
        let name = |place: &Place| view.place_name(place);
        let sources = Sources {
            workspace: view.workspace(),
            digest: &digest,
            name: &name,
        };
        let document = match self {
            Self::History(place) => pages::history(sources, &place.key, place.entry)?,
            Self::Since { place, old, new } => {
                pages::since(sources, &place.key, place.entry, *old, *new)?
            }
            Self::News(key) => pages::news(sources, key, &view.digest(key)?)?,
            Self::Rule(_) => return None,
        };
        Some(document.markdown(&|target| {
            let follows = view.shared.index.options().follows_pages;
            has_links
                .then(|| view.address_of(target, follows))
                .flatten()
        }))
    }
}

impl View {
    /// The digest under a key: the open one, or the file's.
    pub(super) fn digest(&self, key: &str) -> Option<Digest> {
        if let Some(document) = self.document(key) {
            return Some(document.digest.clone());
        }
        let file = self.index.files.get(key)?;
        let text = read::digest(&file.path, MAX_BYTES).ok()??;
        Some(Digest::parse(text))
    }

    /// The address that a link to a target has: of an entry, its digest with the line. Pages have
    /// one where the client `follows` it.
    pub(super) fn address_of(&self, target: &Target, follows: bool) -> Option<String> {
        let page = match target {
            Target::Entry(place) => {
                let spot = self.spot(place)?;
                let line = spot.focus.start.line + 1;
                return Some(format!("{}#L{line}", spot.uri));
            }
            Target::History(place) => Page::History(place.clone()),
            Target::Since { place, old, new } => Page::Since {
                place: place.clone(),
                old: Some(*old),
                new: Some(*new),
            },
            Target::News(key) => Page::News(key.to_string()),
        };
        follows.then(|| page.address(self))?
    }
}

/// `workspace/textDocumentContent`
pub(super) fn content(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let address = asked.params.get("uri").and_then(Value::as_str);
    let address = address.ok_or_else(|| Error::invalid_params("no uri"))?;
    view.shared.index.note_page(address);
    // Previews of Markdown may know links to files neither as links nor as text.
    let has_links = view.shared.index.options().follows_pages;
    let text = Page::parse(address).and_then(|page| page.text(view, has_links));
    let text = text.unwrap_or_else(|| {
        "There is nothing to show: the digest is not known any more, or has changed.\n".to_owned()
    });
    print(&json!({ "text": text }))
}

/// `patchDigest/page`: the page with an address (`uri`), or the one that is named by `page` and a
/// place in a digest (`textDocument`, `position`), and for `since` the older `version`.
pub(super) fn page(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let params = &asked.params;
    let page = if let Some(address) = params.get("uri").and_then(Value::as_str) {
        Page::parse(address)
    } else {
        let name = params.get("page").and_then(Value::as_str);
        let name = name.ok_or_else(|| Error::invalid_params("neither uri nor page"))?;
        let Some((document, offset)) = asked.place(view)? else {
            return nothing();
        };
        let old = match params.get("version").and_then(Value::as_str) {
            Some(version) => Some(
                Label::parse(version)
                    .ok_or_else(|| Error::invalid_params(format!("no version: {version}")))?,
            ),
            None => None,
        };
        let key = uri::key(&document.uri);
        let place = entry_at(document, offset).map(|entry| Place {
            key: key.as_str().into(),
            entry,
        });
        Page::named(name, place, &key, old)
    };
    let found = || {
        let page = page?;
        let text = page.text(view, true)?;
        Some(json!({ "uri": page.address(view)?, "title": page.title(view)?, "text": text }))
    };
    match found() {
        Some(found) => print(&found),
        None => nothing(),
    }
}

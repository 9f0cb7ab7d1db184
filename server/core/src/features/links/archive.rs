//! Where links lead that no mail writes out: archives of lists and trees of commits, by templates.

use std::collections::BTreeMap;

use crate::shown;

/// Templates of links. Every one must give an address of `http` or `https`; one that does not is
/// as if it were not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// The archive of a list: `{list}`.
    pub list: String,
    /// A search in it, in the words of public-inbox: `{list}` and `{query}`.
    pub search: String,
    /// A mail, by its Message-ID alone, as it may be another list's: `{message-id}` and `{list}`.
    pub message: String,
    /// A commit: `{commit}`.
    pub commit: String,
    /// What `{list}` stands for, by the names that digests have for lists, in lower case; the name
    /// itself where it is not here. An address of `http` or `https` is that of an archive elsewhere, a
    /// public-inbox too.
    pub archives: BTreeMap<String, String>,
}

/// Archives that are not on `lore.kernel.org`.
const ELSEWHERE: [(&str, &str); 4] = [
    ("binutils", "https://inbox.sourceware.org/binutils/"),
    ("gcc-patches", "https://inbox.sourceware.org/gcc-patches/"),
    ("gdb-patches", "https://inbox.sourceware.org/gdb-patches/"),
    ("libc-alpha", "https://inbox.sourceware.org/libc-alpha/"),
];

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            list: "https://lore.kernel.org/{list}/".to_owned(),
            search: "https://lore.kernel.org/{list}/?q={query}".to_owned(),
            message: "https://lore.kernel.org/all/{message-id}/".to_owned(),
            commit: "https://git.kernel.org/linus/{commit}".to_owned(),
            archives: BTreeMap::new(),
        }
    }
}

/// What a mail is searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search<'a> {
    /// Its title as shown. A title that was cut off is the beginning of the full one, and found.
    pub title: &'a str,
    /// The address it was posted from.
    pub from: Option<&'a str>,
}

/// Bytes of a title that are searched for: enough to tell any two apart.
const MAX_TITLE: usize = 300;

/// What `{list}` stands for.
enum Archive {
    /// A name, encoded.
    Name(String),
    /// The address of an archive, with `/` at its end.
    Address(String),
}

impl LinkOptions {
    fn archive_of(&self, list: Option<&str>) -> Archive {
        let name = list.unwrap_or_default().trim().to_ascii_lowercase();
        let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == name);
        let own = self.archives.get(&name).map(String::as_str);
        let archive = own.or_else(|| elsewhere.map(|(_, archive)| *archive));
        match archive.unwrap_or(&name) {
            // All of lore can be searched as if it were one list.
            "" => Archive::Name("all".to_owned()),
            address if is_safe(address) && address.ends_with('/') => {
                Archive::Address(address.to_owned())
            }
            address if is_safe(address) => Archive::Address(format!("{address}/")),
            name => Archive::Name(encoded(name)),
        }
    }

    /// The archive of a list, and the name of its host.
    #[must_use]
    pub fn archive(&self, list: Option<&str>) -> (String, String) {
        let archive = match self.archive_of(list) {
            Archive::Name(name) => self.list.replace("{list}", &name),
            Archive::Address(address) => address,
        };
        let host = host(&archive);
        (archive, host)
    }

    /// The search that finds a mail, and the host that is searched; `None` without a title.
    #[must_use]
    pub fn search(&self, list: Option<&str>, search: &Search<'_>) -> Option<(String, String)> {
        let query = encoded(&search.query()?);
        let target = match self.archive_of(list) {
            Archive::Name(name) => {
                let target = self.search.replace("{list}", &name);
                target.replace("{query}", &query)
            }
            Archive::Address(address) => format!("{address}?q={query}"),
        };
        let host = host(&target);
        Some((target, host))
    }

    /// Where the mail with a Message-ID is shown, and on which host.
    #[must_use]
    pub fn message(&self, list: Option<&str>, id: &str) -> (String, String) {
        let target = match self.archive_of(list) {
            Archive::Name(name) => {
                let target = self.message.replace("{list}", &name);
                target.replace("{message-id}", &encoded(id))
            }
            Archive::Address(address) => format!("{address}{}/", encoded(id)),
        };
        let host = host(&target);
        (target, host)
    }

    /// Where a commit is shown, and on which host.
    #[must_use]
    pub fn commit(&self, hash: &str) -> (String, String) {
        let target = self.commit.replace("{commit}", &encoded(hash));
        let host = host(&target);
        (target, host)
    }
}

impl<'a> Search<'a> {
    /// The words of the title with single blanks between them, and the poster's address if it is one
    /// that can be searched for; `None` without a title.
    pub(crate) fn terms(&self) -> Option<(String, Option<&'a str>)> {
        // Quotes would end the phrase; the index takes punctuation for a gap between words anyway.
        let dangerous = |c: char| c == '"' || c.is_whitespace() || shown::is_dangerous(c);
        let title = self
            .title
            .get(..self.title.floor_char_boundary(MAX_TITLE))?;
        let words = title.split(dangerous).filter(|word| !word.is_empty());
        let title = words.collect::<Vec<_>>().join(" ");
        let usable =
            |from: &&str| from.contains('@') && from.len() <= 200 && !from.contains(dangerous);
        (!title.is_empty()).then(|| (title, self.from.filter(usable)))
    }

    /// The query in the words of public-inbox: `s:"title" f:poster@example.org`.
    fn query(&self) -> Option<String> {
        let (title, from) = self.terms()?;
        Some(match from {
            Some(from) => format!("s:\"{title}\" f:{from}"),
            None => format!("s:\"{title}\""),
        })
    }
}

/// Text as a part of an address: everything but letters, digits and `-._~@` is encoded.
fn encoded(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            result.push(char::from(byte));
        } else {
            result.push_str(&format!("%{byte:02X}"));
        }
    }
    result
}

/// `lore.kernel.org`
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Whether an address may be handed to an editor, to be opened on a click: `http` or `https`, with a
/// host, and without anything that hides where it leads.
pub(crate) fn is_safe(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let is_web = lower.starts_with("https://") || lower.starts_with("http://");
    let host = host(url);
    is_web
        && !host.is_empty()
        && !host.contains('@')
        && !url.contains(|c: char| c.is_whitespace() || shown::is_dangerous(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_the_title_as_a_phrase_and_the_poster() {
        let search = Search {
            title: "KVM: arm64: Account for \"RES1\" bits  in",
            from: Some("a.b@arm.com"),
        };
        let (target, host) = LinkOptions::default().search(Some("KVM"), &search).unwrap();
        assert_eq!(host, "lore.kernel.org");
        assert_eq!(
            target,
            "https://lore.kernel.org/kvm/?q=s%3A%22KVM%3A%20arm64%3A%20Account%20for%20RES1%20bits%20in%22%20f%3Aa.b@arm.com"
        );
    }

    #[test]
    fn the_name_of_the_list_chooses_the_archive() {
        let options = LinkOptions::default();
        for (list, archive) in [
            (Some("KVM"), "https://lore.kernel.org/kvm/"),
            (Some("linux-rdma"), "https://lore.kernel.org/linux-rdma/"),
            (
                Some("libc-alpha"),
                "https://inbox.sourceware.org/libc-alpha/",
            ),
            (Some("../x y"), "https://lore.kernel.org/..%2Fx%20y/"),
            (None, "https://lore.kernel.org/all/"),
        ] {
            assert_eq!(options.archive(list).0, archive);
        }
    }

    #[test]
    fn archives_have_other_names_or_are_elsewhere() {
        let archives = [
            ("kvm", "kvm-all"),
            ("ltp", "http://e.org/ltp"),
            ("x", "command:y"),
        ];
        let owned = archives.map(|(list, archive)| (list.to_owned(), archive.to_owned()));
        let options = LinkOptions {
            archives: owned.into(),
            ..LinkOptions::default()
        };
        let search = Search {
            title: "a",
            from: None,
        };
        for (list, archive, found, mail) in [
            (
                "KVM",
                "https://lore.kernel.org/kvm-all/",
                "https://lore.kernel.org/kvm-all/?q=s%3A%22a%22",
                "https://lore.kernel.org/all/i@d/",
            ),
            (
                "LTP",
                "http://e.org/ltp/",
                "http://e.org/ltp/?q=s%3A%22a%22",
                "http://e.org/ltp/i@d/",
            ),
            (
                "x",
                "https://lore.kernel.org/command%3Ay/",
                "https://lore.kernel.org/command%3Ay/?q=s%3A%22a%22",
                "https://lore.kernel.org/all/i@d/",
            ),
        ] {
            assert_eq!(options.archive(Some(list)).0, archive);
            assert_eq!(options.search(Some(list), &search).unwrap().0, found);
            assert_eq!(options.message(Some(list), "i@d").0, mail);
        }
    }

    #[test]
    fn titles_cannot_leave_the_query() {
        let search = |title, from| Search { title, from }.query();
        assert_eq!(search("a\" OR s:\"b", None).unwrap(), "s:\"a OR s: b\"");
        assert_eq!(search("a", Some("x y@z")).unwrap(), "s:\"a\"");
        assert_eq!(search("\u{202e}a\u{1b}", None).unwrap(), "s:\"a\"");
        assert_eq!(search(" \" ", None), None);
    }

    #[test]
    fn only_the_web_is_opened() {
        for (url, safe) in [
            ("https://e.org/", true),
            ("http://e.org", true),
            ("HTTPS://E.org", true),
            ("command:workbench.action.quit", false),
            ("file:///etc/passwd", false),
            ("git://e.org/x.git", false),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https:///x", false),
            ("https://bank.example@evil.example/", false),
            ("https://e.org/\u{202e}x", false),
        ] {
            assert_eq!(is_safe(url), safe, "{url}");
        }
    }
}

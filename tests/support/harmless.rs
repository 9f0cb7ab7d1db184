//! What shown text must not have in it, and digests that try to put it there.

use patch_digest_core::shown::{self, is_dangerous};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::random::Random;
use crate::samples::{digest, entry};

/// Colours, a title of the window, a C1 control, text that runs backwards, invisible characters.
pub const EVIL: &str =
    "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{2066}\u{200b}\u{feff}\u{7f}\u{8}\0\u{e0041}";

/// Text that is markup, or makes something of its own, where it is not made harmless.
pub const MARKUP: &[&str] = &[
    "[x](command:workbench.action.quit)",
    "[x](https://evil.example/)",
    "![x](https://evil.example/p.png)",
    "[https://good.example/](https://evil.example/)",
    "<https://evil.example/>",
    "<a href=\"command:x\">y</a>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- x -->",
    "&lt;img src=x&gt; &#x3c;b&#x3e; &#91;x&#93;",
    "https://evil.example/ http://evil.example ftp://evil.example",
    "HTTPS://EVIL.EXAMPLE/ www.evil.example WWW.EVIL.EXAMPLE xwww.evil.example",
    "mailto:a@evil.example a@evil.example <a@evil.example>",
    "file:///etc/passwd vscode://x/y command:x javascript:alert(1)",
    "`code` ``co`de`` ```fence``` ~~~",
    "**strong** __strong__ *em* _em_ ~~gone~~",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "12) item",
    "    code",
    "\tcode",
    "   - item",
    "  2. item",
    "***",
    "---",
    "===",
    "  ===",
    "a | b | c",
    "|-|-|",
    "[x]: https://evil.example/",
    "[^1]: note",
    "[^1] [x] [ ] [x][y]",
    "- [ ] task",
    "\\[x](y) \\\\ \\",
    "$(sudo) {{x}} ${x}",
    "x  ",
];

/// A digest with [`EVIL`] in every place that is shown.
#[must_use]
pub fn evil_digest() -> String {
    digest_of(EVIL)
}

/// A digest with some text in every place that is shown.
#[must_use]
pub fn digest_of(hostile: &str) -> String {
    let body = format!(
        "Changes in v2:\n- {hostile}\n- Link to v1: {hostile}\n\nA{hostile} (1):\n  kvm: {hostile}\n\n \
         {hostile}.c | 1 +\n 1 file changed, 1 insertion(+)\n\nbase-commit: {hostile}\n[1] {hostile}\n\
         Link: https://lore.kernel.org/{hostile} [2]"
    );
    let text = digest(&[
        entry("PATCH v2 1/1", &format!("kvm: {hostile}"), &body),
        entry("PATCH v2 0/1", &format!("kvm: {hostile} all"), &body),
        entry(
            &format!("PATCH {hostile} 5/3 v0"),
            &format!("kvm: {hostile}"),
            &body,
        ),
        entry("PATCH", hostile, hostile),
    ]);
    let text = text
        .replace("KVM mailing", &format!("KVM{hostile} mailing"))
        .replace("Ann Örn", &format!("Ann {hostile} Örn"))
        .replace("example.org\n", &format!("exa{hostile}mple.org\n"));
    let damaged = [
        format!("Exist: [PATCH] {hostile} gone\n Skip: [PATCH] {hostile}\n"),
        format!("New:  {hostile}\n[PATCH] {hostile} x\nAuthor: {hostile}\n\nBody.\n"),
    ];
    text + &damaged.concat()
}

/// A line of hostile pieces.
pub fn hostile_line(random: &mut Random) -> String {
    let mut line = String::new();
    for _ in 0..1 + random.below(4) {
        match random.below(4) {
            0 => line.push_str(&EVIL.replace(['\n', '\r'], "")),
            1 => line.push_str(random.pick::<&str>(&["", " ", "x", "ü", "1", "_", "  "])),
            _ => line.push_str(random.pick::<&str>(MARKUP)),
        }
    }
    line
}

/// Panics where a line could do anything but be read.
#[track_caller]
pub fn check_line(shown: &str) {
    let found = shown.chars().find(|&c| is_dangerous(c));
    assert_eq!(found, None, "{shown:?}");
}

/// Panics where lines could do anything but be read.
#[track_caller]
pub fn check_lines(shown: &str) {
    let found = shown.chars().find(|&c| is_dangerous(c) && c != '\n');
    assert_eq!(found, None, "{shown:?}");
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Panics where Markdown has images, HTML, or a link that hides where it leads.
#[track_caller]
pub fn check_markdown(markdown: &str) {
    check_markup(markdown);
    check_bare_addresses(markdown);
}

/// The same for a page that quotes mails: what is quoted is shown letter by letter, so that addresses
/// may stand in it.
#[track_caller]
pub fn check_page(markdown: &str) {
    check_markup(markdown);
    let mut outside = markdown.to_owned();
    let events = Parser::new_ext(markdown, options()).into_offset_iter();
    let quotes = events.filter(|(event, _)| matches!(event, Event::Start(Tag::CodeBlock(_))));
    let quotes: Vec<_> = quotes.map(|(_, range)| range).collect();
    for quote in quotes.into_iter().rev() {
        outside.replace_range(quote, "");
    }
    check_bare_addresses(&outside);
}

#[track_caller]
fn check_markup(markdown: &str) {
    check_lines(markdown);
    let mut link: Option<(LinkType, String, String)> = None;
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::Start(Tag::Image { .. } | Tag::HtmlBlock) => {
                panic!("{event:?} in {markdown:?}");
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => link = Some((link_type, dest_url.into_string(), String::new())),
            Event::End(TagEnd::Link) => {
                if let Some((kind, target, text)) = link.take() {
                    check_link(kind, &target, &text, markdown);
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, _, shown)) = &mut link {
                    shown.push_str(&text);
                }
            }
            _ => {}
        }
    }
}

/// A link leads to the web and says where, or to a place that the server knows.
#[track_caller]
fn check_link(kind: LinkType, target: &str, text: &str, markdown: &str) {
    let is_web = target.starts_with("https://") || target.starts_with("http://");
    let is_ours = ["file:", "patch-digest:"]
        .iter()
        .any(|scheme| target.starts_with(scheme));
    assert!(is_web || is_ours, "{kind:?} to {target:?} in {markdown:?}");
    // What follows a page of ours is made of the server's own words.
    assert!(
        !is_web || text == target,
        "{target:?} is shown as {text:?} in {markdown:?}"
    );
}

/// Some renderers make links of what looks like an address.
#[track_caller]
fn check_bare_addresses(markdown: &str) {
    let lower = markdown.to_ascii_lowercase();
    let starts = ["http://", "https://", "ftp://", "www."];
    for start in starts {
        for (at, _) in lower.match_indices(start) {
            let before = lower[..at].chars().next_back();
            // `<https://e.org/>` and `](https://e.org/)` have been looked at.
            let is_link = matches!(before, Some('<' | '('));
            let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '/');
            let in_link = lower[..at].rfind(['<', '(']).is_some_and(|open| {
                lower[open + 1..].starts_with("http") && !lower[open..at].contains([' ', '>', ')'])
            });
            assert!(
                is_link || in_word || in_link,
                "{start:?} at {at} of {markdown:?}"
            );
        }
    }
    for (at, _) in lower.match_indices('@') {
        let in_link = lower[..at].rfind(['<', '(']).is_some_and(|open| {
            lower[open + 1..].starts_with("http") && !lower[open..at].contains([' ', '>', ')'])
        });
        assert!(in_link, "an `@` at {at} of {markdown:?}");
    }
}

/// Panics where Markdown shows anything but one line of plain text.
#[track_caller]
pub fn check_markdown_shows(markdown: &str, text: &str) {
    check_markdown(markdown);
    let mut shown = String::new();
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Text(text) => shown.push_str(&text),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            other => panic!("{other:?} in {markdown:?} for {text:?}"),
        }
    }
    let without_blanks = |text: &str| {
        let visible = |c: &char| !c.is_whitespace() && *c != '\u{200b}';
        text.chars().filter(visible).collect::<String>()
    };
    assert_eq!(
        without_blanks(&shown),
        without_blanks(&shown::plain(text)),
        "{markdown:?}"
    );
}

/// Members of answers that are not for showing: addresses, and text for documents.
const NOT_SHOWN: &[&str] = &[
    "uri",
    "targetUri",
    "target",
    "newText",
    "text",
    "data",
    "arguments",
];

/// Panics where an answer of the server would show something harmful.
#[track_caller]
pub fn check_answer(value: &Value) {
    match value {
        Value::String(text) => check_lines(text),
        Value::Array(values) => values.iter().for_each(check_answer),
        Value::Object(members) => {
            if members.get("kind").is_some_and(|kind| kind == "markdown")
                && let Some(text) = members.get("value").and_then(Value::as_str)
            {
                check_markdown(text);
            }
            for (name, value) in members {
                if !NOT_SHOWN.contains(&&**name) && name != "changes" {
                    check_answer(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(markdown: &str) -> bool {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let found = std::panic::catch_unwind(|| check_markdown(markdown)).is_err();
        std::panic::set_hook(quiet);
        found
    }

    #[test]
    fn harm_is_seen() {
        for markdown in [
            "[x](command:y)",
            "[x](https://e.org/)",
            "![x](https://e.org/x.png)",
            "<b>x</b>",
            "a\n\n<div>\n",
            "see https://e.org/",
            "see WWW.e.org",
            "a@e.org",
            "<a@e.org>",
            "a\u{1b}[31m",
            "[x]\n\n[x]: command:y",
        ] {
            assert!(is_found(markdown), "{markdown}");
        }
        for markdown in ["**a** b", "<https://e.org/a@b>", "a\\_b  \nc", "x &lt;b>"] {
            assert!(!is_found(markdown), "{markdown}");
        }
    }
}

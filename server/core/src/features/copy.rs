//! Texts to copy: what a maintainer pastes into a mail, a browser or a terminal. Nothing is run here,
//! and nothing that a mail says can do more in a terminal than stand between quotes.
//!
//! A digest has no Message-IDs. Commands that need a series' mails therefore find them with `lei`, by
//! title and poster, as the links of subjects do.

use super::links::{self, LinkOptions, Search};
use super::locate::{At, locate, mentions};
use super::names::{diffstat_short, series_name};
use super::outline::{self, Row, RowKind};
use crate::digest::Digest;
use crate::model::Mail;
use crate::shown;
use crate::syntax::BlockKind;

/// A text to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// What an editor offers: `Copy link to this series in the archive`.
    pub title: String,
    /// What was copied, for `Copied …`.
    pub what: &'static str,
    /// The text.
    pub text: String,
}

/// How much there is to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The user asked for it.
    ByHand,
    /// An editor looks what there is as the cursor moves: only on heads, and nothing that is long.
    ByItself,
}

/// What can be copied at the byte `offset`.
#[must_use]
pub fn copies(digest: &Digest, offset: usize, asked: Asked, options: &LinkOptions) -> Vec<Copy> {
    if !digest.is_digest() {
        return Vec::new();
    }
    let copier = Copier { digest, options };
    let mut copies = Vec::new();
    if asked == Asked::ByHand {
        copies.extend(copier.link_at(offset));
    }
    match locate(digest, offset).map(|(at, _)| at) {
        Some(At::Header) if asked == Asked::ByHand => copies.push(copier.outline()),
        Some(At::Head(entry)) => copier.entry(entry, &mut copies),
        Some(At::Shortlog {
            entry,
            group,
            title,
        }) => copier.listed(entry, group, title, &mut copies),
        Some(At::Log(pair, _)) => copies.extend(copier.skipped(pair)),
        _ if asked == Asked::ByHand => {
            let place = digest.blocks().at_offset(offset);
            if let Some(place) = place.filter(|place| place.block.kind == BlockKind::Entry) {
                copier.entry(place.before.entries, &mut copies);
            }
        }
        _ => {}
    }
    copies
}

/// The whole outline as text for a mail: a line for every series and single patch, and below it where
/// to find it.
#[must_use]
pub fn outline_text(digest: &Digest, options: &LinkOptions) -> String {
    let mut text = String::new();
    for root in outline::outline(digest) {
        text.push_str(&line(&root));
        text.push('\n');
        let rows = root.children.iter();
        for row in rows.filter(|row| matches!(row.kind, RowKind::Series | RowKind::Single)) {
            text.push_str("\n* ");
            text.push_str(&line(row));
            text.push('\n');
            let entry = digest.blocks().at_offset(row.focus.start);
            let entry = entry.filter(|place| place.block.kind == BlockKind::Entry);
            let link = entry
                .and_then(|place| links::search_for_entry(digest, place.before.entries, options));
            if let Some(link) = link {
                text.push_str("  ");
                text.push_str(&link);
                text.push('\n');
            }
        }
    }
    text
}

/// `[v4 0/2] LoongArch: KVM: Add paravirt preempt support (Bibo Mao · 8 files +85 −3)`
fn line(row: &Row) -> String {
    match &row.detail {
        Some(detail) if !detail.is_empty() => format!("{} ({detail})", row.name),
        _ => row.name.clone(),
    }
}

struct Copier<'a> {
    digest: &'a Digest,
    options: &'a LinkOptions,
}

impl Copier<'_> {
    fn outline(&self) -> Copy {
        Copy {
            title: "Copy the outline as text".to_owned(),
            what: "the outline",
            text: outline_text(self.digest, self.options),
        }
    }

    /// The address under the cursor, put together where it was broken.
    fn link_at(&self, offset: usize) -> Option<Copy> {
        let found = links::links(self.digest, offset..offset, self.options);
        let link = found
            .into_iter()
            .find(|link| link.kind != links::LinkKind::Search)?;
        Some(Copy {
            title: format!("Copy {}", shown::plain(&shown::short(&link.target, 60))),
            what: "the address",
            text: link.target,
        })
    }

    /// What there is about the posting that an entry belongs to.
    fn entry(&self, idx: usize, copies: &mut Vec<Copy>) {
        let model = self.digest.model();
        let Some(mail) = model.entries.get(idx) else {
            return;
        };
        let series = mail.series().and_then(|series| model.series.get(series));
        // The thread starts with the cover letter; without one, any mail of it leads there.
        let lead = series
            .and_then(|series| series.lead(&model.entries))
            .unwrap_or(idx);
        let posting = if series.is_some() { "series" } else { "mail" };
        let (_, host) = self.options.archive(model.header.list());
        let link = links::search_for_entry(self.digest, lead, self.options);
        if let Some(text) = &link {
            copies.push(Copy {
                title: format!("Copy link that finds this {posting} on {host}"),
                what: "the link",
                text: text.clone(),
            });
        }
        if let Some(text) = self.one_line(lead, link.as_deref()) {
            copies.push(Copy {
                title: format!("Copy this {posting} as one line of text"),
                what: "the line",
                text,
            });
        }
        let Some(mail) = model.entries.get(lead) else {
            return;
        };
        self.commands(lead, mail, copies);
    }

    fn commands(&self, lead: usize, mail: &Mail, copies: &mut Vec<Copy>) {
        let Some(lei) = self.lei(mail) else { return };
        if !mail.facts.is_reply {
            let version = mail.version().map(ToString::to_string);
            let version = version.filter(|version| version.bytes().all(|b| b.is_ascii_digit()));
            let wanted = version.map_or(String::new(), |version| format!(" -v {version}"));
            copies.push(Copy {
                title: "Copy the command that applies it (lei, b4 shazam)".to_owned(),
                what: "the command",
                text: format!("{lei} -f mboxrd -o - | b4 shazam{wanted} -m -"),
            });
        }
        if let Some((old, new, id)) = self.earlier(lead, mail) {
            copies.push(Copy {
                title: format!("Copy the command that compares v{old} with v{new} (b4 diff)"),
                what: "the command",
                text: format!("b4 diff {} -v {old} {new}", quoted(&id)),
            });
        }
        copies.push(Copy {
            title: "Copy the command that gets the thread (lei q)".to_owned(),
            what: "the command",
            text: format!("{lei} -o mboxrd:series.mbox"),
        });
    }

    /// `lei q --only 'https://lore.kernel.org/kvm/' -t 's:title' 'f:poster'`: what has blanks in it
    /// `lei` takes for a phrase.
    fn lei(&self, mail: &Mail) -> Option<String> {
        let subject = mail.facts.subject.as_deref()?;
        let title = match mail.subject() {
            Some(parts) => parts.title(subject),
            None => subject,
        };
        let from = mail.facts.author.as_ref().map(|person| &*person.email);
        let (title, from) = Search { title, from }.terms()?;
        let list = self.digest.model().header.list();
        let (archive, _) = self.options.archive(list);
        let mut command = format!("lei q --only {} -t", quoted(&archive));
        let from = from.map(|from| format!("f:{from}"));
        for term in [Some(format!("s:{title}")), from].iter().flatten() {
            command.push(' ');
            command.push_str(&quoted(term));
        }
        Some(command)
    }

    /// The newest earlier version whose posting the mail links: its number, the mail's own, and the
    /// Message-ID of that posting.
    fn earlier(&self, lead: usize, mail: &Mail) -> Option<(u32, u32, String)> {
        let new: u32 = mail.version()?.to_string().parse().ok()?;
        let place = self.digest.blocks().entry(lead)?;
        let text = self.digest.block_text(&place);
        let mentions = mentions(&text, place.block.entry()?);
        let linked = mentions.iter().filter(|mention| !mention.is_rfc);
        let earlier = linked.filter_map(|mention| {
            let old: u32 = mention.version.parse().ok()?;
            let id = message_id(&mention.link.as_ref()?.url)?;
            (old < new).then(|| (old, new, id.to_owned()))
        });
        earlier.max_by_key(|(old, _, _)| *old)
    }

    /// `[v4 0/2] LoongArch: KVM: Add … · Bibo Mao · 8 files +85 −3 https://…`
    fn one_line(&self, lead: usize, link: Option<&str>) -> Option<String> {
        let model = self.digest.model();
        let mail = model.entries.get(lead)?;
        let name = match mail.series().and_then(|series| model.series.get(series)) {
            Some(series) => series_name(model, series),
            None => shown::plain(mail.facts.subject.as_deref()?).into_owned(),
        };
        let mut parts = vec![name];
        if let Some(author) = &mail.facts.author {
            parts.push(shown::plain(model.name_of(author)).into_owned());
        }
        parts.extend(mail.facts.diffstat.as_ref().map(diffstat_short));
        let mut text = parts.join(" · ");
        if let Some(link) = link {
            text.push(' ');
            text.push_str(link);
        }
        Some(text)
    }

    /// A patch that only the shortlog of an entry names, and what there is about the series.
    fn listed(&self, entry: usize, group: usize, title: usize, copies: &mut Vec<Copy>) {
        let model = self.digest.model();
        let patch_title = model
            .entries
            .get(entry)
            .and_then(|mail| mail.facts.shortlog.get(group)?.title(title));
        let poster = model
            .entries
            .get(entry)
            .and_then(|mail| mail.facts.author.as_ref());
        let from = poster.map(|person| &*person.email);
        let (_, host) = self.options.archive(model.header.list());
        let link = patch_title.and_then(|patch_title| {
            links::search_for_title(self.digest, patch_title, from, self.options)
        });
        copies.extend(link.map(|text| Copy {
            title: format!("Copy link that finds this patch on {host}"),
            what: "the link",
            text,
        }));
        self.entry(entry, copies);
    }

    /// A mail that was left out.
    fn skipped(&self, pair: usize) -> Option<Copy> {
        let model = self.digest.model();
        let skip = model.log.get(pair)?.skip.as_deref()?;
        let title = crate::model::subject::parse_subject(skip)
            .map_or(skip, |parts| skip.get(parts.title_start..).unwrap_or(skip));
        let (_, host) = self.options.archive(model.header.list());
        Some(Copy {
            title: format!("Copy link that finds the mail left out on {host}"),
            what: "the link",
            text: links::search_for_title(self.digest, title, None, self.options)?,
        })
    }
}

/// The Message-ID in the address of a mail: `https://lore.kernel.org/all/<id>/`.
fn message_id(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let id = path.split('/').rev().find(|part| part.contains('@'))?;
    // What begins with `-` is an option to a program.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._+=-".contains(&byte);
    (id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.bytes().all(is_plain)).then_some(id)
}

/// One word for a shell, whatever it holds: in single quotes, where nothing means anything, without
/// the control characters that a terminal would act on when it is pasted.
fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('\'');
    for c in text.chars() {
        match c {
            '\'' => result.push_str(r"'\''"),
            '\t' => result.push(' '),
            c if shown::is_dangerous(c) => {}
            c => result.push(c),
        }
    }
    result.push('\'');
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "----------------------------------------------------------------------";

    fn digest(title: &str, body: &str) -> Digest {
        Digest::parse(format!(
            "From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n\n\
             ===== Patch Commit Messages ====\n\n\
             New:  {title}\n[PATCH v4 0/2] {title}\nAuthor: Ann O'Neil <ann@e.org>\n\n{body}\n\n{RULE}\n\n"
        ))
    }

    /// What can be copied at the first `at` in the digest.
    fn copies_at(digest: &Digest, at: &str, asked: Asked) -> Vec<Copy> {
        let offset = digest.text().to_text().find(at).unwrap();
        copies(digest, offset, asked, &LinkOptions::default())
    }

    fn texts(copies: &[Copy]) -> Vec<&str> {
        copies.iter().map(|copy| &*copy.text).collect()
    }

    #[test]
    fn a_series_can_be_found_told_applied_compared_and_fetched() {
        let body = "Changes in v4:\n- Link to v3: https://patch.msgid.link/20251114-x-v3-0-672f@e.org\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)";
        let digest = digest("kvm: it's", body);
        let link = "https://lore.kernel.org/kvm/?q=s%3A%22kvm%3A%20it%27s%22%20f%3Aann@e.org";
        assert_eq!(
            texts(&copies_at(&digest, "[PATCH", Asked::ByHand)),
            [
                link,
                &format!("[v4 0/2] kvm: it's · Ann O'Neil · 1 file +1 −1 {link}"),
                r"lei q --only 'https://lore.kernel.org/kvm/' -t 's:kvm: it'\''s' 'f:ann@e.org' -f mboxrd -o - | b4 shazam -v 4 -m -",
                "b4 diff '20251114-x-v3-0-672f@e.org' -v 3 4",
                r"lei q --only 'https://lore.kernel.org/kvm/' -t 's:kvm: it'\''s' 'f:ann@e.org' -o mboxrd:series.mbox",
            ]
        );
    }

    #[test]
    fn no_title_leaves_its_quotes_in_a_shell() {
        for title in [
            "$(touch x) `touch x` \\",
            "'; touch x; '",
            "\"; touch x; \"",
            "a\u{1b}[201~touch x\u{7}",
            "!! !$ %s ${IFS} \u{202e}x",
            "--help",
        ] {
            let digest = digest(title, "Body.");
            let copies = copies_at(&digest, "Author", Asked::ByHand);
            let commands = copies.iter().filter(|copy| copy.what == "the command");
            let mut n_commands = 0;
            for copy in commands {
                n_commands += 1;
                let words = shell_words(&copy.text);
                assert_eq!(
                    words[..5],
                    ["lei", "q", "--only", "https://lore.kernel.org/kvm/", "-t"]
                );
                assert!(words[5].starts_with("s:"), "{words:?}");
                assert_eq!(words[6], "f:ann@e.org");
                let rest = words[7..].join(" ");
                let known = [
                    "-f mboxrd -o - | b4 shazam -v 4 -m -",
                    "-o mboxrd:series.mbox",
                ];
                assert!(known.contains(&&*rest), "{rest}");
                assert!(!copy.text.contains(shown::is_dangerous), "{}", copy.text);
            }
            assert_eq!(n_commands, 2, "{title}");
        }
    }

    /// The words that a POSIX shell sees: single quotes and backslashes are all that is used.
    fn shell_words(command: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut chars = command.chars();
        while let Some(c) = chars.next() {
            match c {
                ' ' => words.extend(word.take()),
                '\'' => {
                    let word = word.get_or_insert_default();
                    for c in chars.by_ref().take_while(|c| *c != '\'') {
                        word.push(c);
                    }
                }
                '\\' => word.get_or_insert_default().extend(chars.next()),
                c => {
                    let harmless = c.is_ascii_alphanumeric() || "-:.|_".contains(c);
                    assert!(harmless, "{c:?} stands outside of quotes in {command}");
                    word.get_or_insert_default().push(c);
                }
            }
        }
        words.extend(word);
        words
    }

    #[test]
    fn ids_that_could_be_options_are_none() {
        assert_eq!(message_id("https://e.org/r/a@b/"), Some("a@b"));
        assert_eq!(message_id("https://e.org/r/a@b/T/#t"), Some("a@b"));
        assert_eq!(message_id("https://e.org/r/--x@b/"), None);
        assert_eq!(message_id("https://e.org/r/a;x@b/"), None);
        assert_eq!(message_id("https://e.org/"), None);
    }

    #[test]
    fn in_prose_there_is_something_only_for_those_who_ask() {
        let digest = digest("kvm: x", "Some prose.");
        assert_eq!(copies_at(&digest, "prose", Asked::ByItself), []);
        assert_eq!(copies_at(&digest, "prose", Asked::ByHand).len(), 4);
        assert_eq!(copies_at(&digest, "[PATCH", Asked::ByItself).len(), 4);
        assert_eq!(copies_at(&digest, "From", Asked::ByItself), []);
        assert_eq!(copies_at(&digest, "From", Asked::ByHand).len(), 1);
    }

    #[test]
    fn the_outline_is_a_list_for_a_mail() {
        let digest = digest("kvm: x", "Some prose.");
        assert_eq!(
            outline_text(&digest, &LinkOptions::default()),
            "KVM fff46e5c7..a4f0e95a9 (1 series)\n\n\
             * [v4 0/2] kvm: x (Ann O'Neil)\n  \
             https://lore.kernel.org/kvm/?q=s%3A%22kvm%3A%20x%22%20f%3Aann@e.org\n"
        );
    }
}

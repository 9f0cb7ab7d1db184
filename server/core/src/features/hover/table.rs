//! Hovers on the tables: which of a person's mails are here, and which are not.

use super::super::names::{count, series_name};
use super::super::page::{LineBuilder, Page};
use crate::digest::Digest;
use crate::model::people;

/// A row of the table of contributors.
pub(super) fn contributor(digest: &Digest, row_idx: usize) -> Option<Page> {
    let model = digest.model();
    let row = model.contributors.rows.get(row_idx)?;
    let person = row.person.as_ref()?;
    let is_them = |name: &str, email: &str| {
        email.eq_ignore_ascii_case(&person.email) || people::same_name(name, &person.name)
    };

    let mut page = Page::default();
    page.push(
        LineBuilder::new()
            .strong(person.name.clone())
            .text(format!(" · {} counted", count(row.count, "mail", "mails"))),
    );
    for series in &model.series {
        let posted = series
            .author
            .as_ref()
            .is_some_and(|author| is_them(&author.name, &author.email));
        let wrote = series.patches.iter().filter(|patch| {
            let author = series.author_of(patch, &model.entries);
            author.map_or(posted, |author| people::same_name(author, &person.name))
        });
        let n_patches = wrote.count() as u64;
        let cover = posted && series.cover.is_some();
        if n_patches == 0 && !posted {
            continue;
        }
        let mut what = Vec::new();
        if cover {
            what.push("cover letter".to_owned());
        }
        if n_patches > 0 {
            what.push(count(n_patches, "patch", "patches"));
        }
        page.push(LineBuilder::new().text(format!(
            "{} · {}",
            series_name(model, series),
            what.join(", ")
        )));
    }
    for mail in model.entries.iter().filter(|mail| mail.series().is_none()) {
        let theirs = mail
            .writer()
            .is_some_and(|author| is_them(&author.name, &author.email));
        if theirs && let Some(subject) = &mail.facts.subject {
            page.push(LineBuilder::new().text(subject.clone()));
        }
    }
    let unlisted = model
        .unlisted
        .iter()
        .find(|unlisted| people::same_name(&unlisted.name, &person.name));
    if let Some(unlisted) = unlisted {
        page.push(LineBuilder::new().text(format!(
            "{} without entry in this digest",
            count(unlisted.count, "mail", "mails")
        )));
    }
    Some(page)
}

/// A row of the table of domains: its people.
pub(super) fn domain(digest: &Digest, row_idx: usize) -> Option<Page> {
    let model = digest.model();
    let row = model.domains.rows.get(row_idx)?;
    let mut page = Page::default();
    page.push(
        LineBuilder::new()
            .strong(row.who.clone())
            .text(format!(" · {}", count(row.count, "mail", "mails"))),
    );
    let people = model
        .contributors
        .rows
        .iter()
        .filter_map(|row| Some((row.count, row.person.as_ref()?)));
    for (n_mails, person) in
        people.filter(|(_, person)| person.domain().eq_ignore_ascii_case(&row.who))
    {
        page.push(LineBuilder::new().text(format!("{n_mails} {}", person.name)));
    }
    Some(page)
}

//! Small digests made up for tests, with nothing wrong in them.

/// The lines before the entries.
pub const HEAD: &str = "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9

Top 15 contributor Email domains (Based on Email Body)

      3 example.org

Top 15 contributors (Based on Email Body)

      3  Ann Örn <ann@example.org>

===== Patch list in this time period =====


===== Patch Commit Messages ====

";

/// An entry by Ann Örn.
#[must_use]
pub fn entry(tag: &str, title: &str, body: &str) -> String {
    let separator = "-".repeat(70);
    format!(
        "New:  {title}\n[{tag}] {title}\nAuthor: Ann Örn <ann@example.org>\n\n{body}\n\n{separator}\n\n"
    )
}

/// A digest of entries.
#[must_use]
pub fn digest(entries: &[String]) -> String {
    format!("{HEAD}{}", entries.concat())
}

/// Zero-based line of the first patch's subject in [`series`].
pub const PATCH_LINE: u64 = 17;

/// Zero-based line of the cover letter's subject in [`series`].
pub const COVER_LINE: u64 = 30;

/// Zero-based line of the shortlog of [`series`] that names the first patch.
pub const LISTED_LINE: u64 = 39;

/// A series of two patches, of which the first has an entry. The titles have letters that take
/// one, two and four bytes.
#[must_use]
pub fn series() -> String {
    let patch = "Body.\n\nSigned-off-by: Ann Örn <ann@example.org>\n---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)";
    let cover = "\
Two patches, see [1].

Changes in v2:
- Rebased.

Ann Örn (2):
  kvm: 😀 first
  kvm: ö second

 a.c | 2 +-
 b.c | 1 +
 2 files changed, 2 insertions(+), 1 deletion(-)

[1] https://example.org/";
    digest(&[
        entry("PATCH v2 1/2", "kvm: 😀 first", patch),
        entry("PATCH v2 0/2", "kvm: ö both", cover),
    ])
}

/// A digest of `n` single patches.
#[must_use]
pub fn singles(n: usize) -> String {
    let mut text = HEAD.to_owned();
    for number in 0..n {
        text.push_str(&entry("PATCH", &format!("kvm: patch {number}"), "Body."));
    }
    text
}

#[cfg(test)]
mod tests {
    use patch_digest_core::Digest;
    use patch_digest_core::lints;

    use super::*;

    #[test]
    fn lines_are_where_they_are_said_to_be() {
        let text = series();
        for (number, line) in [
            (PATCH_LINE, "[PATCH v2 1/2] kvm: 😀 first"),
            (COVER_LINE, "[PATCH v2 0/2] kvm: ö both"),
            (LISTED_LINE, "  kvm: 😀 first"),
        ] {
            let found = text.lines().zip(0..).find(|(_, at)| *at == number);
            assert_eq!(found, Some((line, number)));
        }
    }

    #[test]
    fn nothing_is_wrong_in_them() {
        for text in [series(), singles(3), digest(&[])] {
            assert_eq!(lints::check(&Digest::parse(&text)), []);
        }
    }
}

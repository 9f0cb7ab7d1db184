//! The rule book: what belongs together. The checks are in [`crate::lints::series`].

use super::rules;

rules! { Series:

COVER_DISAGREES = "cover-disagrees", reader off, maker Information;
"A patch and its cover letter name different versions or numbers of patches."
why: "A cover letter `[PATCH v2 0/3]` and its patches bear the same version and the same total. Where they do \
not, the poster forgot to write one of them anew."
fails: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------

New:  kvm: Fix it
[PATCH 1/3] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------

New:  kvm: Fix it
[PATCH 1/2] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Nothing in the digest: mails are as they were sent. If the mails agree, the digest was edited."

COVER_SKIPPED = "cover-skipped", reader Information, maker Information;
"The cover letter of a series was left out of the digest."
why: "A mail whose title is contained in one that the digest has is skipped. So a cover letter whose title is \
that of its first patch, but shorter, has no entry. What only it tells, the changelog and the titles of the \
other patches, is unknown here. A cover letter that was skipped because it was sent twice is not reported: \
nothing is lost."
fails: "\
New:  kvm: Fix it for all
[PATCH 1/3] kvm: Fix it for all
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH 1/3] kvm: Fix it for all
 Skip: [PATCH 0/3] kvm: Fix it
"
passes: "\
New:  kvm: Fix it for all
[PATCH 1/3] kvm: Fix it for all
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

New:  kvm: Fix it
[PATCH 0/3] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Look for the letter in the list's archive. Who makes digests can compare titles with their tags."

DUPLICATE_ENTRY = "duplicate-entry", reader off, maker Warning;
"Two entries have the same subject and the same author."
why: "A mail that was sent twice has one entry, and a pair of log lines for the other. Two entries are \
counted and shown twice."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix it
 Skip: [PATCH] kvm: Fix it
"
fix: "Keep one of the entries."

NEWER_VERSION = "newer-version", reader Information, maker off;
"A newer version of this series is in another digest of the workspace."
why: "Reviewing a version that was replaced is lost time. Which entries are versions of one work is told by \
links, titles and people together; a title alone proves nothing. Versions that are missing in between are no \
finding: they went to another list or week. The examples stand for two digests."
fails: "\
New:  kvm: Fix all
[PATCH v2 0/3] kvm: Fix all
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix all
[PATCH v4 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Read the newer version. The finding names its digest and line."

PATCH_NOT_LISTED = "patch-not-listed", reader off, maker Information;
"A patch has a title that the shortlog of its cover letter does not list."
why: "The shortlog of a cover letter lists the titles of its patches. A patch that is found by its number, \
version and poster, but not by its title, was renamed after the letter was written, or is of another series. \
Only a shortlog that lists all patches is asked."
fails: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------

New:  kvm: Mend it
[PATCH 1/2] kvm: Mend it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------

New:  kvm: Fix it
[PATCH 1/2] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Nothing in the digest: mails are as they were sent."

REPLY_AS_COVER = "reply-as-cover", reader off, maker Warning;
"A reply that kept the subject of a cover letter has the entry of one."
why: "Some mail programs reply without `Re:`. Such a mail looks like the cover letter it answers, and takes \
its place: the letter is skipped as a mail that is there already. A reply is told by its quotes, and by having \
neither shortlog nor diffstat."
fails: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Bob Green <bob@example.org>

On Monday Ann wrote:
> This fixes it
> for good
> and all.

Nice.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

This fixes it
for good
and all.

----------------------------------------------------------------------
"
fix: "Leave replies out when the digest is made: they have the header `In-Reply-To`."

SERIES_CUT = "series-cut", reader Information, maker Information;
"Only a part of a series is in the window of this digest."
why: "A digest covers the mails between two commits of the list's archive. Where such a window ends in the \
middle of a series, the rest is in the neighbouring digest. It is reported only where the table of \
contributors proves it: the poster wrote all patches, sent nothing else, and has fewer mails than the series."
fails: "\
Top 15 contributors (Based on Email Body)

      1  Ann Brown <ann@example.org>

===== Patch list in this time period =====


===== Patch Commit Messages ====

New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------
"
passes: "\
Top 15 contributors (Based on Email Body)

      3  Ann Brown <ann@example.org>

===== Patch list in this time period =====


===== Patch Commit Messages ====

New:  kvm: Fix all
[PATCH 0/2] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

----------------------------------------------------------------------
"
fix: "Open the neighbouring digest: the start of the one is the end of the other."
}

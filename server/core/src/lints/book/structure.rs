//! The rule book: what makes a text a digest. The checks are in [`crate::lints::structure`].

use super::rules;

rules! { Structure:

BAD_HEADER = "bad-header", reader Error, maker Error;
"The first line is not `From <from> to <to>` with two commit ids."
why: "The first line tells which commits of the list's archive the digest covers. Digests are put in \
order by it, as they carry no date: the end of one is the start of the next. A commit id has 7 to 40 \
hexadecimal digits."
fails: "\
From fff46e to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9
"
passes: "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9
"
fix: "Write the two commit ids that the second line names."

BAD_TITLE_LINE = "bad-title-line", reader Error, maker Error;
"The second line is not `<LIST> mailing list update from <from> to <to>`."
why: "The second line names the mailing list, and the range once more. Without it nothing tells which \
list the digest is of."
fails: "\
From fff46e5c7 to a4f0e95a9
KVM list, fff46e5c7 to a4f0e95a9
"
passes: "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9
"
fix: "Write the name of the list and the range of the first line."

EXIST_WITHOUT_SKIP = "exist-without-skip", reader Warning, maker Warning;
"An `Exist:` line is not followed by its ` Skip:` line."
why: "Log lines come in pairs: the entry that stayed, and the mail that was left out because of it. \
Half a pair tells of a mail that was left out, and not of which."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix it
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix it
 Skip: [PATCH] kvm: Fix
"
fix: "Add the ` Skip:` line with the subject of the mail, or take the `Exist:` line out."

HEADING_MISSING = "heading-missing", reader Warning, maker Warning;
"One of the four headings of a digest is missing."
why: "A digest has four headings: two over the tables of domains and contributors, two over the lists of \
patches. Programs that read digests find their parts by them. It is reported at the line that the \
heading should follow."
fails: "\
===== Patch Commit Messages ====
"
passes: "\
===== Patch list in this time period =====


===== Patch Commit Messages ====
"
fix: "Put the heading back, with a blank line behind it."

HEADING_ORDER = "heading-order", reader Warning, maker Warning;
"A heading stands twice, or not in the order that digests have."
why: "The headings are those of the domains, of the contributors, of the patch list and of the commit \
messages, in this order, once each. Two digests in one file, or a table that moved, look like this."
fails: "\
===== Patch Commit Messages ====

===== Patch list in this time period =====
"
passes: "\
===== Patch list in this time period =====


===== Patch Commit Messages ====
"
fix: "Put the parts in order, and each digest in a file of its own."

MALFORMED_TAG = "malformed-tag", reader Warning, maker Warning;
"The tag of a subject contradicts itself or cannot be read."
why: "The bracketed start of a subject tells whether a mail is a cover letter, which patch of how many it \
is, and of which version. Tags are written by hand and come in many shapes, all of which are read; \
reported is only what cannot be meant: patch 3 of 2, version 0, two versions, no bracket at the end."
fails: "\
New:  kvm: Fix it
[PATCH 3/2] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix it
[PATCH 2/2] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Compare with the mail: if its subject has the tag as shown, it was a slip of its writer."

MISSING_AUTHOR = "missing-author", reader Error, maker Error;
"An entry has no `Author:` line below its subject."
why: "The third line of an entry tells who posted the mail. Without it the patch belongs to nobody, and \
to no series that its poster sent."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Put the name and address of the mail's sender on the line below the subject."

MISSING_SEPARATOR = "missing-separator", reader Error, maker Error;
"An entry does not end with a line of 70 dashes."
why: "The line of exactly 70 dashes is what ends an entry; shorter and longer ones occur in mails. Without \
it the end of the message cannot be told from what stands behind it."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

New:  kvm: Fix another
[PATCH] kvm: Fix another
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

New:  kvm: Fix another
[PATCH] kvm: Fix another
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Add the line of 70 dashes, with a blank line before and behind it. The quick fix does."

MISSING_SUBJECT = "missing-subject", reader Error, maker Error;
"An entry has no bracketed subject below its `New:` line."
why: "The second line of an entry is the subject of the mail, which tells version, number and title. \
Without it the patch belongs to no series."
fails: "\
New:  kvm: Fix it
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
"
fix: "Put the mail's subject on the line below `New:`."

NOT_A_DIGEST = "not-a-digest", reader Warning, maker Warning;
"The text has nothing that a digest has."
why: "The file has neither a header nor a heading nor an entry. Most likely it is another file."
fails: "\
Dear list,

this is a mail.
"
passes: "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9
"
fix: "Check the name of the file."

RANGE_MISMATCH = "range-mismatch", reader Error, maker Error;
"The two header lines name different commits."
why: "Both header lines name the range of commits that the digest covers. Where they differ, one of them \
is of another digest."
fails: "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to 29a5df84d
"
passes: "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9
"
fix: "Find out which range the entries are of, and write it on both lines."

SKIP_WITHOUT_EXIST = "skip-without-exist", reader Warning, maker Warning;
"A ` Skip:` line does not follow an `Exist:` line."
why: "Log lines come in pairs: the entry that stayed, and the mail that was left out because of it. \
Half a pair does not tell why the mail was left out."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

 Skip: [PATCH] kvm: Fix
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix it
 Skip: [PATCH] kvm: Fix
"
fix: "Add the `Exist:` line with the subject of the entry that stayed, or take the ` Skip:` line out."

STRAY_TEXT = "stray-text", reader Warning, maker Warning;
"Text stands where only entries and log lines do."
why: "Between the header, the tables and the entries nothing else belongs. Such text is often the rest of \
a message that a line of 70 dashes of its own cut in two, or an entry whose first line is damaged."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Some words.

New:  kvm: Fix another
[PATCH] kvm: Fix another
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

New:  kvm: Fix another
[PATCH] kvm: Fix another
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Move the text into the entry that it belongs to, or put its first line right."

TABLE_ROW = "table-row", reader Warning, maker Warning;
"A row of a table cannot be read."
why: "A row of the table of domains is a count and a domain; a row of the table of contributors a count, a \
name and an address in angle brackets. What cannot be read is not counted."
fails: "\
Top 15 contributors (Based on Email Body)

      two  Ann Brown <ann@example.org>
"
passes: "\
Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
"
fix: "Write the row as the others are written."

TITLE_DIFFERS = "title-differs", reader Warning, maker Warning;
"The title after `New:` is not that of the subject."
why: "The line `New:` repeats the title of the subject below it, without the tag; white space does not \
matter. Where they differ, one of them is of another mail or was edited."
fails: "\
New:  kvm: Fix them
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
"
fix: "Find out which is right. The quick fix takes over the title of the subject, which is the mail's own."

UNKNOWN_EXIST = "unknown-exist", reader Warning, maker Warning;
"An `Exist:` line names no entry above it."
why: "An `Exist:` line names the entry because of which a mail was left out; it stands above. If it does \
not, an entry was lost or its subject was edited."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix another
 Skip: [PATCH] kvm: Fix
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

Exist: [PATCH] kvm: Fix it
 Skip: [PATCH] kvm: Fix
"
fix: "Compare with the subjects of the entries above."

UNREADABLE_AUTHOR = "unreadable-author", reader Warning, maker Warning;
"An `Author:` line has no address that can be read."
why: "People are told apart by their addresses: names are spelt in many ways. Without one the patch \
belongs to nobody."
fails: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown

Body.

----------------------------------------------------------------------
"
passes: "\
New:  kvm: Fix it
[PATCH] kvm: Fix it
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------
"
fix: "Write the address of the mail's sender behind the name, in angle brackets."
}

//! The rule book: titles, footnotes, addresses. The checks are in `series`, `footnotes` and `urls`
//! of [`crate::lints`].

use super::rules;

rules! { Text:

BAD_URL = "bad-url", reader off, maker Information;
"An address begins with something like `https://` that no program follows."
why: "A slip in the start of an address, `https:/` or `htps://`, makes it one that cannot be opened. Prose \
that only names `https://` is left alone, and so are hosts: any name may be one."
fails: "\
See https:/lore.kernel.org/kvm/ for more.
"
passes: "\
See https://lore.kernel.org/kvm/ for more.
"
fix: "Nothing in the digest: the slip is the writer's."

CUT_TITLE = "cut-title", reader Hint, maker Warning;
"A title ends where the mail's `Subject:` header was folded, and the digest knows the rest."
why: "Long headers of mails are folded into several lines. A program that takes the first line alone cuts the \
title off. The rest is told where the digest proves it: the shortlog of the cover letter, another posting of \
the same mail, or a log line. It is reported once for an entry, on the line `New:`."
fails: "\
New:  kvm: arm64: Account for the bits that are reserved in
[PATCH v2 1/1] kvm: arm64: Account for the bits that are reserved in
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

New:  kvm: arm64: Fix all
[PATCH v2 0/1] kvm: arm64: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (1):
  kvm: arm64: Account for the bits that are reserved in DECLARE_FEAT_MAP()

----------------------------------------------------------------------
"
passes: "\
New:  kvm: arm64: Account for the bits that are reserved in DECLARE_FEAT_MAP()
[PATCH v2 1/1] kvm: arm64: Account for the bits that are reserved in DECLARE_FEAT_MAP()
Author: Ann Brown <ann@example.org>

Body.

----------------------------------------------------------------------

New:  kvm: arm64: Fix all
[PATCH v2 0/1] kvm: arm64: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (1):
  kvm: arm64: Account for the bits that are reserved in DECLARE_FEAT_MAP()

----------------------------------------------------------------------
"
fix: "Unfold headers when the digest is made. The quick fix completes the title after `New:`, in the subject and in \
log lines that name it; readers can copy it instead."

FOOTNOTE_MISSING = "footnote-missing", reader off, maker Information;
"A footnote is referred to and does not exist."
why: "`[1]` in a text refers to a line that begins with `[1]`, or to a link with `[1]` behind it. Indexes of \
arrays, names of registers with a number, and lines of kernel logs are no references."
fails: "\
This is known, see [1] and the thread at [2].

[1] https://lore.kernel.org/kvm/
"
passes: "\
This is known, see [1] and the thread at [2].

[1] https://lore.kernel.org/kvm/
[2] https://lore.kernel.org/lkml/
"
fix: "Nothing in the digest, unless the end of the message was lost."

FOOTNOTE_TWICE = "footnote-twice", reader off, maker Information;
"Two footnotes of a mail have one number and different addresses."
why: "A reference to a footnote that is there twice may mean either."
fails: "\
See [1].

[1] https://lore.kernel.org/kvm/
[1] https://lore.kernel.org/lkml/
"
passes: "\
See [1] and [2].

[1] https://lore.kernel.org/kvm/
[2] https://lore.kernel.org/lkml/
"
fix: "Nothing in the digest: the slip is the writer's."
}

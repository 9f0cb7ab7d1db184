//! The rule book: conventions of those who write patches, off until asked for. The checks are in
//! [`crate::lints::review`].

use super::rules;

rules! { Review:

FIXES_SHAPE = "fixes-shape", reader Hint, maker Hint;
"A `Fixes:` trailer is not a commit id of 12 digits or more and a title in quotes."
why: "The kernel's tools find the commit that a patch repairs by the first 12 digits or more of its id; the \
title in parentheses and quotes tells people, and what is meant if the digits are wrong. Tickets and \
addresses, which other projects write there, are left alone."
fails: "\
Body.

Fixes: 0297cdc1 (\"kvm: Break it\")
"
passes: "\
Body.

Fixes: 0297cdc12a87 (\"kvm: Break it\")
"
fix: "Ask for `git log -1 --abbrev=12 --format='%h (\"%s\")'` in the review."

MISSING_SIGN_OFF = "missing-sign-off", reader Hint, maker Hint;
"The poster of a patch has not signed it off."
why: "Whoever passes a patch on adds a `Signed-off-by:`, the writer as well as the poster. People are compared, \
not addresses. Only mails with a cut line and a diffstat are looked at, not cover letters."
fails: "\
Body.

Signed-off-by: Bob Green <bob@example.org>
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)
"
passes: "\
Body.

Signed-off-by: Bob Green <bob@example.org>
Signed-off-by: Ann Brown <ann@example.org>
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)
"
fix: "Ask for it in the review."

MISSPELT_TRAILER = "misspelt-trailer", reader Hint, maker Hint;
"A trailer is spelt nearly as one that is known."
why: "Tools count `Reviewed-by:` and not `Reviewd-by:`. Names of trailers that people use besides the known \
ones, `Co-authored-by:` and many more, are no misspellings."
fails: "\
Body.

Reviewd-by: Bob Green <bob@example.org>
"
passes: "\
Body.

Reviewed-by: Bob Green <bob@example.org>
"
fix: "Ask for it in the review. The quick fix writes the word that is meant."

TRAILER_APART = "trailer-apart", reader Hint, maker Hint;
"A blank line takes trailers out of the block at the end of the message."
why: "Git takes the last paragraph of a message for its trailers. What stands above a blank line is text to it, and \
is not counted by tools."
fails: "\
Body.

Reviewed-by: Bob Green <bob@example.org>

Signed-off-by: Ann Brown <ann@example.org>
"
passes: "\
Body.

Reviewed-by: Bob Green <bob@example.org>
Signed-off-by: Ann Brown <ann@example.org>
"
fix: "Ask for it in the review. The quick fix takes the blank line out."
}

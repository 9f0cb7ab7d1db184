//! The rule book: counts and sums. The checks are in [`crate::lints::numbers`].

use super::rules;

rules! { Numbers:

DIFFSTAT_FILES = "diffstat-files", reader off, maker Warning;
"A diffstat has more or fewer rows than its last line counts files."
why: "The rows of a diffstat are as many as the files that its last line counts. Where they are not, lines were \
lost on the way or the numbers were edited. Each diffstat of a mail is looked at by itself; one whose rows \
were left out or wrapped is not judged."
fails: "\
---
 a.c | 2 +-
 b.c | 1 +
 3 files changed, 2 insertions(+), 1 deletion(-)
"
passes: "\
---
 a.c | 2 +-
 b.c | 1 +
 2 files changed, 2 insertions(+), 1 deletion(-)
"
fix: "Compare with the mail. The quick fix counts the rows and writes the last line anew."

DIFFSTAT_SUM = "diffstat-sum", reader off, maker Warning;
"The rows of a diffstat do not add up to its insertions and deletions."
why: "The numbers behind the paths of a diffstat add up to the insertions and deletions of its last line. The \
numbers are compared, not the signs behind them: a long graph is scaled down. Binary files have no lines."
fails: "\
---
 a.c   |   3 ++-
 b.png | Bin 0 -> 123 bytes
 2 files changed, 1 insertion(+), 1 deletion(-)
"
passes: "\
---
 a.c   |   3 ++-
 b.png | Bin 0 -> 123 bytes
 2 files changed, 2 insertions(+), 1 deletion(-)
"
fix: "Compare with the mail. The quick fix, offered where no graph is scaled, adds up the rows."

DOMAIN_COUNT = "domain-count", reader off, maker Warning;
"The count of a domain is not the sum over its people."
why: "As long as neither table is cut off after its N rows, the mails of a domain are those of its people. \
Where they are not, one of the tables was edited or counted wrongly."
fails: "\
Top 15 contributor Email domains (Based on Email Body)

      3 example.org
      1 example.com

Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.com>
"
passes: "\
Top 15 contributor Email domains (Based on Email Body)

      2 example.org
      1 example.com

Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.com>
"
fix: "Count again. The quick fix writes the sum over the people."

SHORTLOG_COUNT = "shortlog-count", reader off, maker Warning;
"A shortlog counts more or fewer patches of an author than it lists."
why: "The number behind an author's name is the number of titles below it; a long title may go on in the \
next line, further to the right. Where they differ, lines were lost or the shortlog was edited."
fails: "\
Ann Brown (3):
  kvm: Fix it
  kvm: Fix another thing that has a long title and goes on in the
    next line
"
passes: "\
Ann Brown (2):
  kvm: Fix it
  kvm: Fix another thing that has a long title and goes on in the
    next line
"
fix: "Compare with the mail. The quick fix writes the number of titles."

SHORTLOG_TOTAL = "shortlog-total", reader off, maker Warning;
"The shortlog of a cover letter lists more or fewer patches than its subject says."
why: "A cover letter `0/N` announces N patches, and its shortlog lists them. Where there are more or fewer, \
the series was changed after the letter was written, or lines were lost. A mail with several shortlogs is not \
judged."
fails: "\
New:  kvm: Fix all
[PATCH 0/3] kvm: Fix all
Author: Ann Brown <ann@example.org>

Ann Brown (2):
  kvm: Fix it
  kvm: Fix another

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
"
fix: "Compare with the mail: which of the two is right, the digest does not tell."

TABLE_ORDER = "table-order", reader off, maker Warning;
"A row of a table has a higher count than the row above it."
why: "The rows of both tables stand in order of their counts, the largest first. It is reported at the first \
row that is out of order."
fails: "\
Top 15 contributors (Based on Email Body)

      1  Bob Green <bob@example.org>
      2  Ann Brown <ann@example.org>
"
passes: "\
Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.org>
"
fix: "Put the rows in order. The quick fix does; rows with one count stay as they stand."

TABLE_ROWS = "table-rows", reader off, maker Warning;
"A table has more rows than its heading allows."
why: "The heading `Top N contributors` promises at most N rows. It is reported at the first row too many."
fails: "\
Top 1 contributors (Based on Email Body)

      1  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.org>
"
passes: "\
Top 2 contributors (Based on Email Body)

      1  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.org>
"
fix: "Cut the table off, or write the number of rows in its heading."

TABLE_TOTAL = "table-total", reader off, maker Warning;
"The two tables add up to different numbers of mails."
why: "As long as neither table is cut off after its N rows, both count the same mails. Where the totals \
differ though every domain fits its people, a row is missing."
fails: "\
Top 15 contributor Email domains (Based on Email Body)

      2 example.org

Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.com>
"
passes: "\
Top 15 contributor Email domains (Based on Email Body)

      2 example.org
      1 example.com

Top 15 contributors (Based on Email Body)

      2  Ann Brown <ann@example.org>
      1  Bob Green <bob@example.com>
"
fix: "Add the row that is missing, or count again."
}

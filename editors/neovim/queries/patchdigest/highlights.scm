; Colours of patch digests, by the names of captures that Neovim has.
; The subject is what one reads; the line above it says the same with less.

(range) @markup.heading
(title) @markup.heading
(heading) @markup.heading

(row (count) @number)
(row (email) @comment)

(new) @comment
(subject (tag) @label)
(subject (title_text) @markup.heading)
(tag (version) @constant)
(tag (number) @number)
(author "Author:" @attribute)
(author (email) @comment)

(exist) @comment
(skip) @comment
(exist "Exist:" @keyword)
(skip "Skip:" @keyword)

(separator) @comment
(cut) @punctuation.special
(changes) @markup.strong

(trailer (key) @attribute)
(trailer (email) @comment)
(base (key) @attribute)
(footnote (mark) @markup.link.label)

(shortlog_author) @markup.strong
(diffstat_row (changed) @number)
(diffstat_row (binary) @comment)
(diffstat_row (plus) @diff.plus)
(diffstat_row (minus) @diff.minus)
(summary) @markup.italic
(mode) @comment

(url) @markup.link.url

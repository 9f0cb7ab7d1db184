; Colours of patch digests by the names of Helix's themes.
; The subject is what one reads; the line above it says the same with less.

(range) @markup.heading
(title) @markup.heading
(heading) @markup.heading

(row (count) @constant.numeric)
(row (email) @comment)

(new) @comment
(subject (tag) @label)
(subject (title_text) @markup.heading)
(tag (version) @constant)
(tag (number) @constant.numeric)
(author "Author:" @attribute)
(author (email) @comment)

(exist) @comment
(skip) @comment
(exist "Exist:" @keyword)
(skip "Skip:" @keyword)

(separator) @comment
(cut) @punctuation.special
(changes) @markup.bold

(trailer (key) @attribute)
(trailer (email) @comment)
(base (key) @attribute)
(footnote (mark) @markup.link.label)

(shortlog_author) @markup.bold
(diffstat_row (changed) @constant.numeric)
(diffstat_row (binary) @comment)
(diffstat_row (plus) @diff.plus)
(diffstat_row (minus) @diff.minus)
(summary) @markup.italic
(mode) @comment

(url) @markup.link.url

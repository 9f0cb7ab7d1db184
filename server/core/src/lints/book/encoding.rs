//! The rule book: letters that came damaged, and such as deceive. The checks are in
//! [`crate::lints::encoding`].

use super::rules;

rules! { Encoding:

CONTROL_CHARACTER = "control-character", reader Warning, maker Warning;
"A text has characters that hide, or turn text around, or steer a terminal."
why: "Anyone may have mailed what a digest shows. Bidirectional characters make a line read differently from what it says, invisible ones make two names look alike, control characters are obeyed by terminals. It is reported once for an entry, at the first of them. A form feed is left alone, and so is what joins letters of scripts that need it."
fails: "\
See https://lore.kernel.org/\u{202e}mvk/ for more.
"
passes: "\
See https://lore.kernel.org/kvm/ for more.
"
fix: "Read the line with care. The quick fix takes such characters out of the entry."

ENCODED_WORD = "encoded-word", reader off, maker Warning;
"A name or word was left undecoded: `=?UTF-8?q?L=C3=B3pez?=`."
why: "Headers of mails are ASCII; other letters are written as encoded-words, which whoever shows them has to decode. It is reported once for each such word, with the other places."
fails: "\
Top 15 contributors (Based on Email Body)

      2  =?UTF-8?q?Carlos=20L=C3=B3pez?= <carlos@example.org>
"
passes: "\
Top 15 contributors (Based on Email Body)

      2  Carlos López <carlos@example.org>
"
fix: "Decode headers when the digest is made. The quick fix writes the word decoded."

NOT_UTF8 = "not-utf8", reader Warning, maker Warning;
"The file has bytes that are not UTF-8."
why: "Digests are UTF-8. Other bytes come from mails whose character set was not converted; each of them is \
shown as U+FFFD, and what they meant cannot be told any more. It is reported once for a file, at the first such \
byte. Such a file is not fixed by anything: writing it would lose the bytes."
fails: "\
Thanks to L\u{fffd}pez for the report.
"
passes: "\
Thanks to López for the report.
"
fix: "Convert the mail to UTF-8 when the digest is made."

QUOTED_PRINTABLE = "quoted-printable", reader off, maker Warning;
"Text was left in quoted-printable: lines cut after `=`, `=3D` for `=`."
why: "Mails may be sent as quoted-printable: lines are cut in two after an `=`, and letters and the `=` itself are written as hexadecimal numbers. Addresses cut in two lead nowhere. An equals sign proves nothing, `?id=306250` and `--priority=95` are fine; what counts is a line cut at its 76th column in the middle of an address, `=3D` in the query of one, and letters of UTF-8."
fails: "\
[1] https://lore.kernel.org/all/20251219155222.1383109-1-ann.brown@example.=
org/
"
passes: "\
[1] https://lore.kernel.org/all/20251219155222.1383109-1-ann.brown@example.org/
"
fix: "Decode mails when the digest is made. The quick fix joins and decodes; readers can copy the address instead."

WRONG_CHARSET = "wrong-charset", reader Hint, maker Warning;
"A name or word was read in the wrong charset: `L贸pez`."
why: "UTF-8 that is read as GBK, Latin-1 or another charset gives wrong letters. It is reported only where reading them back gives valid UTF-8 and a plausible word, once for each name, with the other places. Chinese text and the like is left alone."
fails: "\
Thanks to Carlos L贸pez for the report.
"
passes: "\
Thanks to Carlos López for the report.
"
fix: "Heed the charset of mails when the digest is made. The quick fix writes the name right, here or everywhere; \
readers can copy it instead."
}

//! The rule book: letters that came damaged, and such as deceive. The checks are in
//! [`crate::lints::encoding`].

use super::rules;

rules! { Encoding:

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
}

//! Texts that would catch anything quadratic, and the work to do on them: with four times
//! the size the work may grow fourfold, or a little more.
//!
//! `tests/growth.rs` counts allocations in every test run; the program `growth` counts instructions
//! under valgrind. Neither takes the time.

use std::fmt::Write as _;

use patch_digest_core::features::copy::{self, Asked};
use patch_digest_core::features::hints::{self, HintOptions};
use patch_digest_core::features::links::{self, LinkOptions};
use patch_digest_core::features::{
    definition, folding, highlight, hover, outline, selection, tokens,
};
use patch_digest_core::workspace::Contribution;
use patch_digest_core::{Digest, lints};

use crate::samples::{HEAD, digest, entry, singles};

/// A kind of text.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// What there is much of.
    pub name: &'static str,
    /// A text with `n` of it.
    pub make: fn(usize) -> String,
    /// How many to start with.
    pub n: usize,
}

const fn shape(name: &'static str, n: usize, make: fn(usize) -> String) -> Shape {
    Shape { name, make, n }
}

/// Every kind.
pub const SHAPES: &[Shape] = &[
    shape("entries", 300, singles),
    shape("entries with one title", 300, |n| {
        digest(&vec![entry("PATCH", "kvm: one title", "Body."); n])
    }),
    shape("versions of one series", 150, |n| {
        entries(n, |at| {
            let tag = format!("PATCH v{} 0/2", at + 1);
            (tag, "kvm: one series".to_owned(), LISTED.to_owned())
        })
    }),
    // Many, as little is done with each other.
    shape("patches of one series", 4_000, |n| {
        entries(n, |at| {
            (
                format!("PATCH {}/{n}", at + 1),
                "kvm: one of many".to_owned(),
                "Body.".to_owned(),
            )
        })
    }),
    shape("patches that a shortlog lists", 2_000, |n| {
        let mut body = format!("Ann Örn ({n}):\n");
        lines(&mut body, n, |at| format!("  kvm: patch {at}"));
        let cover = entry(&format!("PATCH 0/{n}"), "kvm: long", &body);
        let patches = (0..n).map(|at| {
            let tag = format!("PATCH {}/{n}", at + 1);
            entry(&tag, &format!("kvm: patch {at}"), "Body.")
        });
        digest(&std::iter::once(cover).chain(patches).collect::<Vec<_>>())
    }),
    shape("covers with one shortlog", 100, |n| {
        entries(n, |at| {
            let title = format!("kvm: series {}", at % 7);
            ("PATCH 0/2".to_owned(), title, LISTED.to_owned())
        })
    }),
    shape("titles that begin alike", 250, |n| {
        let start = "kvm: word word word word word";
        entries(n, |at| {
            let title = format!("{start}{}", " word".repeat(at % 12));
            ("PATCH".to_owned(), title, "Body.".to_owned())
        })
    }),
    shape("shortlog lines", 1_500, |n| {
        let mut body = format!("Ann Örn ({n}):\n");
        lines(&mut body, n, |at| format!("  kvm: patch {at}"));
        digest(&[entry(&format!("PATCH 0/{n}"), "kvm: long", &body)])
    }),
    shape("shortlog lines that are alike", 1_500, |n| {
        let mut body = format!("Ann Örn ({n}):\n");
        lines(&mut body, n, |_| "  kvm: the same".to_owned());
        let first = entry(&format!("PATCH 1/{n}"), "kvm: the same", "Body.");
        digest(&[first, entry(&format!("PATCH 0/{n}"), "kvm: long", &body)])
    }),
    shape("shortlog groups", 750, |n| {
        let mut body = String::new();
        lines(&mut body, n, |at| {
            format!("Person {at} (1):\n  kvm: patch {at}\n    that goes on")
        });
        digest(&[entry(&format!("PATCH 0/{n}"), "kvm: long", &body)])
    }),
    shape("diffstat rows", 1_500, |n| {
        let mut body = String::new();
        lines(&mut body, n, |at| format!(" a/b{at}.c | 2 +-"));
        let _ = writeln!(
            body,
            " {n} files changed, {n} insertions(+), {n} deletions(-)"
        );
        digest(&[entry("PATCH", "kvm: long", &body)])
    }),
    shape("folders of a path", 10_000, |n| {
        let row = format!(" tools{}/a.c | 2 +-\n", "/uapi".repeat(n));
        let sum = " 1 file changed, 1 insertion(+), 1 deletion(-)";
        digest(&[entry("PATCH", "kvm: long", &(row + sum))])
    }),
    shape("trailers", 1_500, |n| {
        body_of(n, |at| format!("Reviewed-by: Person {at} <p{at}@e.org>"))
    }),
    shape("trailers that are alike", 1_500, |n| {
        body_of(n, |_| "Fixes: 123456789abc (\"x\")".to_owned())
    }),
    shape("trailers of one person", 4_000, |n| {
        body_of(n, |_| "Reviewed-by: Ann Örn <ann@example.org>".to_owned())
    }),
    shape(
        "people with a login for a name, all signed in one mail",
        250,
        |n| {
            let mut body = String::new();
            lines(&mut body, n, |at| {
                format!("Signed-off-by: Person {at} <p{at}@e.org>")
            });
            let mut text = digest(&[entry("PATCH", "kvm: signed", &body)]);
            for at in 0..n {
                let author = format!("Author: login{at} <p{at}@e.org>");
                let cover = entry("PATCH 0/2", &format!("kvm: series {at}"), LISTED);
                text += &cover.replace("Author: Ann Örn <ann@example.org>", &author);
            }
            text
        },
    ),
    shape("changelog lines", 1_500, |n| {
        let mut body = "Changes in v2:\n".to_owned();
        lines(&mut body, n, |at| format!("- change {at}\n  that goes on"));
        digest(&[entry("PATCH v2 0/3", "kvm: long", &body)])
    }),
    shape("changelogs", 750, |n| {
        body_of(n, |at| format!("Changes in v{}:\n- x\n- y\n", n - at))
    }),
    shape("links to versions", 750, |n| {
        body_of(n, |at| {
            format!("v{at}: https://lore.kernel.org/r/20250101-a-v{at}-0-b@c.d/")
        })
    }),
    shape("links to one version", 4_000, |n| {
        body_of(n, |_| "Link to v2: x".to_owned())
    }),
    shape("footnotes of one number", 4_000, |n| {
        body_of(n, |_| "[1] x".to_owned())
    }),
    shape("footnotes", 1_000, |n| {
        body_of(n, |at| {
            let number = at % 90 + 10;
            format!("See [{number}].\n\n[{number}] https://e.org/{at}")
        })
    }),
    shape("links in one line", 1_500, |n| {
        body_of(1, |_| "https://e.org/x [1] ".repeat(n))
    }),
    shape("references in one line", 10_000, |n| {
        body_of(1, |_| format!("one two three{}", " [1]".repeat(n)))
    }),
    shape("escapes in one line", 10_000, |n| {
        body_of(1, |_| "=C3".repeat(n))
    }),
    shape("escaped letters in one line", 4_000, |n| {
        body_of(1, |_| "=F0=9F=98=80".repeat(n))
    }),
    shape("rows of the table of people", 1_500, |n| {
        let mut rows = String::new();
        lines(&mut rows, n, |at| {
            format!("{:7}  Person {at} <p{at}@e.org>", n - at)
        });
        with_rows(&rows)
    }),
    shape("people of one name", 1_000, |n| {
        let mut rows = String::new();
        lines(&mut rows, n, |at| {
            format!("{:7}  Ann Örn <p{at}@e.org>", n - at)
        });
        with_rows(&rows)
    }),
    shape("log lines", 1_000, |n| {
        let pair = "Exist: [PATCH] kvm: patch 0\n Skip: [PATCH v2] kvm: patch 0\n";
        singles(1) + &pair.repeat(n)
    }),
    shape("log lines that name nothing", 1_000, |n| {
        let mut text = singles(1);
        lines(&mut text, n, |at| {
            format!("Exist: [PATCH] unknown {at}\n Skip: [PATCH v2] unknown {at}")
        });
        text
    }),
    shape("entries that are none", 1_000, |n| {
        body_of(n, |at| format!("New:  title {at}\n[PATCH] other {at}"))
    }),
    shape("rules", 1_000, |n| {
        body_of(n, |_| format!("{}\n", "-".repeat(70)))
    }),
    shape("cut lines", 1_500, |n| body_of(n, |_| "---".to_owned())),
    shape("blank lines", 15_000, |n| body_of(n, |_| String::new())),
    shape("carriage returns", 15_000, |n| {
        HEAD.to_owned() + &"\r".repeat(n)
    }),
    shape("stray lines", 2_000, |n| {
        HEAD.to_owned() + &"stray\n\n".repeat(n)
    }),
    shape("headings", 1_000, |n| {
        HEAD.to_owned() + &"===== Patch Commit Messages ====\n".repeat(n)
    }),
    shape("bytes of one line", 150_000, |n| {
        body_of(1, |_| "x".repeat(n))
    }),
    shape("words of a title", 10_000, |n| titled(&"word ".repeat(n))),
    shape("digits and dots of a title", 10_000, |n| {
        titled(&("1".repeat(n) + &".".repeat(n)))
    }),
    shape("brackets of a title", 10_000, |n| titled(&"[".repeat(n))),
    shape("tags of a title", 4_000, |n| titled(&"[x] ".repeat(n))),
    shape("numbers of a tag", 4_000, |n| {
        let tag = format!("PATCH{}", " v2 1/3".repeat(n));
        digest(&[entry(&tag, "kvm: x", "Body.")])
    }),
    shape("parentheses of an author", 10_000, |n| {
        by(&format!("A {} <a@b.c>", "(".repeat(n)))
    }),
    shape("quotes of an author", 10_000, |n| {
        by(&format!("{} <a@b.c>", "\"\\".repeat(n)))
    }),
    shape("at signs of an author", 10_000, |n| by(&"@<".repeat(n))),
    shape("odd characters of authors", 2_000, |n| {
        let pieces = [
            "<", "@", "a@", "<a@ ", "\"", "\\", "=?", "(", "a@b(", " ", "=?u?q?a",
        ];
        let author = |piece: &str| format!("{}\n\nB", piece.repeat(n));
        let entries = pieces.map(|piece| {
            let one = entry("PATCH", &format!("kvm: {piece}"), "Body.");
            one.replace("Ann Örn <ann@example.org>\n\nB", &author(piece))
        });
        digest(&entries)
    }),
    shape("encoded words", 1_500, |n| {
        by(&format!("{}<a@b.c>", "=?utf-8?q?=C3=B6?= ".repeat(n)))
    }),
    shape("starts of encoded words", 4_000, |n| {
        by(&"=?utf-8?q?".repeat(n))
    }),
    // Slow to look up, so few of them tell as much as many.
    shape("damaged letters", 500, |n| {
        by(&format!("{}<a@b.c>", "贸Ã³".repeat(n)))
    }),
    shape("hidden characters", 10_000, |n| {
        titled(&"\u{202e}\u{1b}[".repeat(n))
    }),
    shape("marks of Markdown", 10_000, |n| titled(&"*_`<&".repeat(n))),
];

/// A body with a shortlog of two.
const LISTED: &str =
    "Ann Örn (2):\n  kvm: first\n  kvm: second\n\n a.c | 1 +\n 1 file changed, 1 insertion(+)";

fn lines(text: &mut String, n: usize, line: impl Fn(usize) -> String) {
    for at in 0..n {
        text.push_str(&line(at));
        text.push('\n');
    }
}

fn entries(n: usize, entry_at: impl Fn(usize) -> (String, String, String)) -> String {
    let entries = (0..n).map(|at| {
        let (tag, title, body) = entry_at(at);
        entry(&tag, &title, &body)
    });
    digest(&entries.collect::<Vec<_>>())
}

/// A digest whose only entry has `n` such lines.
fn body_of(n: usize, line: impl Fn(usize) -> String) -> String {
    let mut body = String::new();
    lines(&mut body, n, line);
    digest(&[entry("PATCH v3 0/2", "kvm: long", &body)])
}

fn titled(title: &str) -> String {
    digest(&[entry("PATCH", title.trim(), "Body.")])
}

fn by(author: &str) -> String {
    let text = singles(2).replace("Ann Örn <ann@example.org>\n\nB", &format!("{author}\n\nB"));
    text.replace("  Ann Örn <ann@example.org>", &format!("  {author}"))
}

fn with_rows(rows: &str) -> String {
    singles(2).replace("      3  Ann Örn <ann@example.org>\n", rows)
}

/// Parts of a text, at whose starts there are questions about some lines.
const N_PARTS: usize = 4;

/// As many lines as what comes again and again has at most, so that each of them is asked about.
const N_LINES: usize = 3;

/// Column of the questions.
const COLUMN: usize = 7;

/// The places in a text about which is asked.
fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    for part in 0..N_PARTS {
        let mut start = text.floor_char_boundary(text.len() * part / N_PARTS);
        for _ in 0..N_LINES {
            start += text[start..].find('\n').map_or(0, |at| at + 1);
            let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            places.push(text.floor_char_boundary((start + COLUMN).min(end)));
        }
    }
    for piece in [
        "[PATCH",
        "Author:",
        "kvm: one",
        "Ann Örn (",
        "Ann Örn <",
        "[1] ",
    ] {
        places.extend(text.rfind(piece).map(|at| at + 1));
    }
    places
}

/// Does everything with a text, one step after the other: each is handed to `step` with its name.
pub fn work(text: &str, step: &mut dyn FnMut(&'static str, &mut dyn FnMut())) {
    let mut digest = Digest::parse("");
    step("parse", &mut || digest = Digest::parse(text));
    step("model", &mut || {
        std::hint::black_box(digest.model());
    });
    step("outline", &mut || {
        std::hint::black_box(outline::outline(&digest));
    });
    step("problems", &mut || {
        std::hint::black_box(lints::check(&digest));
    });
    step("folds", &mut || {
        std::hint::black_box(folding::folding(&digest));
    });
    let places = places(text);
    step("hovers", &mut || {
        for &place in &places {
            if let Some(hover) = hover::hover(&digest, place) {
                std::hint::black_box((hover.page.markdown(), hover.page.plain()));
            }
        }
    });
    step("definitions", &mut || {
        for &place in &places {
            std::hint::black_box(definition::definition(&digest, place));
        }
    });
    step("tokens", &mut || {
        std::hint::black_box(tokens::tokens(&digest, 0..text.len()));
    });
    step("links", &mut || {
        let options = LinkOptions::default();
        std::hint::black_box(links::links(&digest, 0..text.len(), &options));
    });
    step("hints", &mut || {
        let options = HintOptions::default();
        std::hint::black_box(hints::hints(&digest, 0..text.len(), options));
    });
    step("highlights", &mut || {
        for &place in &places {
            std::hint::black_box(highlight::highlights(&digest, place));
        }
    });
    step("selections", &mut || {
        for &place in &places {
            std::hint::black_box(selection::selections(&digest, place));
        }
    });
    step("copies", &mut || {
        let options = LinkOptions::default();
        for &place in &places {
            std::hint::black_box(copy::copies(&digest, place, Asked::ByHand, &options));
        }
    });
    step("contribution", &mut || {
        std::hint::black_box(Contribution::of(&digest));
    });
    step("edits", &mut || {
        for &place in &places {
            digest.edit(place..place, "x");
        }
    });
    step("problems after edits", &mut || {
        std::hint::black_box(lints::check(&digest));
    });
}

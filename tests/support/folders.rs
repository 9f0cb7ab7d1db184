//! Folders of digests that would catch anything quadratic in their number, and the work to do on
//! them: with four times the digests the work may grow fourfold, or a little more.
//!
//! `tests/growth.rs` counts allocations in every test run; the program `growth` counts instructions
//! under valgrind. What there may be much of within one digest is in [`crate::growth`].

use std::hint::black_box;
use std::sync::Arc;

use patch_digest_core::Digest;
use patch_digest_core::queue::interest::{Interest, Wishes};
use patch_digest_core::queue::marks::Marks;
use patch_digest_core::queue::rows::Filter;
use patch_digest_core::queue::{Memo, Options, queue};
use patch_digest_core::workspace::{Contribution, Workspace};

use crate::generate::Generator;
use crate::samples::{digest, entry, series, singles};

/// A kind of folder.
#[derive(Debug, Clone, Copy)]
pub struct Folder {
    /// What there is much of.
    pub name: &'static str,
    /// Digests with `n` of it.
    pub make: fn(usize) -> Vec<String>,
    /// How many to start with.
    pub n: usize,
    /// Whether its digests have nothing to do with most others, so that an edit of one is no
    /// matter of their number.
    pub is_loose: bool,
}

const fn loose(name: &'static str, n: usize, make: fn(usize) -> Vec<String>) -> Folder {
    Folder {
        name,
        make,
        n,
        is_loose: true,
    }
}

const fn tied(name: &'static str, n: usize, make: fn(usize) -> Vec<String>) -> Folder {
    Folder {
        name,
        make,
        n,
        is_loose: false,
    }
}

/// Every kind.
pub const FOLDERS: &[Folder] = &[
    loose("digests", 200, |n| {
        digests(n, |at| chained(at, &own_entries(at)))
    }),
    // In a few of them a search would find something or nothing, by chance.
    loose("digests like real ones", 32, |n| {
        let made = Generator::new().map(|generator| {
            let made = generator.folder(16_000, 1).take(n);
            made.map(|made| made.text).collect()
        });
        made.unwrap_or_default()
    }),
    tied("copies of one digest", 200, |n| {
        digests(n, |_| own_entries(0))
    }),
    tied("digests that begin at one commit", 200, |n| {
        digests(n, |at| ranged("0123456789", &commit(at), &own_entries(at)))
    }),
    tied("digests that end at one commit", 200, |n| {
        digests(n, |at| ranged(&commit(at), "0123456789", &own_entries(at)))
    }),
    tied("digests that come from and lead to one commit", 200, |n| {
        digests(n, |at| match at % 2 {
            0 => ranged(&commit(at), "0123456789", &own_entries(at)),
            _ => ranged("0123456789", &commit(at), &own_entries(at)),
        })
    }),
    tied("commits that one cut short means", 200, |n| {
        digests(n, |at| {
            ranged("0123456", &format!("0123456{at:05x}"), &own_entries(at))
        })
    }),
    tied("commits that begin alike", 200, |n| {
        digests(n, |at| {
            let (from, to) = (at, at + 1);
            let (from, to) = (format!("0123456{from:05x}"), format!("0123456{to:05x}"));
            ranged(&from, &to, &own_entries(at))
        })
    }),
    tied("digests without a range", 200, |n| {
        digests(n, |at| own_entries(at).replace("From fff46e5c7", "From x"))
    }),
    tied("lists", 200, |n| {
        digests(n, |at| {
            own_entries(at).replace("KVM mailing", &format!("L{at} mailing"))
        })
    }),
    tied("digests with one title", 200, |n| {
        digests(n, |at| {
            chained(at, &digest(&[entry("PATCH", "kvm: one title", "Body.")]))
        })
    }),
    tied("postings of one title that come late", 200, |n| {
        let same = digest(&vec![entry("PATCH", "kvm: one title", "Body."); n]);
        vec![chained(0, &series()), chained(1, &same)]
    }),
    tied("versions of one series in a digest each", 150, |n| {
        digests(n, |at| chained(at, &digest(&[version(at)])))
    }),
    tied("versions of one series in one digest", 150, |n| {
        let versions: Vec<String> = (0..n).rev().map(version).collect();
        vec![chained(0, &singles(1)), chained(1, &digest(&versions))]
    }),
    tied("patches of one series in a digest each", 150, |n| {
        digests(n, |at| {
            let tag = format!("PATCH {}/{n}", at + 1);
            let title = format!("kvm: patch {at}");
            chained(at, &digest(&[entry(&tag, &title, "Body.")]))
        })
    }),
    tied("versions that one posting names", 150, |n| {
        let mut body = String::new();
        for at in 1..n {
            body += &format!("v{at}: https://lore.kernel.org/r/20250101-a-v{at}-0-b@c.d/\n");
        }
        let tag = format!("PATCH v{n} 0/2");
        vec![digest(&[entry(&tag, "kvm: one series", &body)])]
    }),
    tied("postings with a link to one mail", 200, |n| {
        digests(n, |at| {
            let body = "v1: https://lore.kernel.org/r/20250101-a-v1-0-b@c.d/\n";
            let title = format!("kvm: series {at}");
            chained(at, &digest(&[entry("PATCH v2 0/2", &title, body)]))
        })
    }),
    tied("addresses of one person", 200, |n| {
        digests(n, |at| {
            chained(at, &own_entries(at)).replace("ann@", &format!("ann{at}@"))
        })
    }),
    tied("people who posted in one digest", 2_000, |n| {
        let entries = (0..n).map(|at| {
            let person = format!("Ann {at} <p{at}@example.org>");
            let one = entry("PATCH", &format!("kvm: patch {at}"), "Body.");
            one.replace("Ann Örn <ann@example.org>", &person)
        });
        vec![digest(&entries.collect::<Vec<_>>())]
    }),
    tied("names of one address", 200, |n| {
        digests(n, |at| {
            chained(at, &own_entries(at)).replace("Ann Örn", &format!("Ann Örn{at}"))
        })
    }),
    tied("diffstats with one file", 200, |n| {
        digests(n, |at| {
            let stat = "Body.\n---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)";
            let title = format!("kvm: patch {at}");
            chained(at, &digest(&[entry("PATCH", &title, stat)]))
        })
    }),
];

fn digests(n: usize, make: impl Fn(usize) -> String) -> Vec<String> {
    (0..n).map(make).collect()
}

/// A digest whose titles no other has.
fn own_entries(at: usize) -> String {
    let one = format!("kvm: patch {at} of one kind");
    let other = format!("kvm: patch {at} of another kind");
    digest(&[
        entry("PATCH", &one, "Body."),
        entry("PATCH v2", &other, "Body."),
    ])
}

/// The id of a commit that shares no beginning with others.
fn commit(at: usize) -> String {
    format!("{at:07x}{at:05x}")
}

/// With another range.
fn ranged(from: &str, to: &str, text: &str) -> String {
    text.replace("fff46e5c7", from).replace("a4f0e95a9", to)
}

/// With the range that follows that of the digest before.
fn chained(at: usize, text: &str) -> String {
    ranged(&commit(at), &commit(at + 1), text)
}

/// A version of one series whose title and patches change now and then, but never both at once:
/// no key is common to more than some of them, and yet all belong together.
fn version(at: usize) -> String {
    let (title, patches) = (at / 40, (at + 20) / 40);
    let body = format!("Ann Örn (2):\n  kvm: first {patches}\n  kvm: second {patches}\n");
    let tag = format!("PATCH v{} 0/2", at + 1);
    entry(&tag, &format!("kvm: series {title}"), &body)
}

fn key(at: usize) -> Arc<str> {
    format!("{at:06}.txt").into()
}

fn contributed(text: &str) -> Contribution {
    Contribution::of(&Digest::parse(text))
}

/// The steps of [`work`] that change one digest and leave it where it is.
pub const EDITS: [&str; 2] = ["edit of a title", "edit of a message"];

/// Does everything with a folder, one step after the other: each is handed to `step` with its name.
pub fn work(texts: &[String], step: &mut dyn FnMut(&'static str, &mut dyn FnMut())) {
    let mut all = Vec::new();
    step("contributions", &mut || {
        all = texts.iter().map(|text| contributed(text)).collect();
    });
    let changes = |all: &[Contribution], first: usize| {
        let all = all.iter().enumerate();
        let all = all.map(|(at, one)| (key(first + at), Some(one.clone())));
        all.collect::<Vec<_>>()
    };
    let mut workspace = Workspace::default();
    step("index at once", &mut || {
        workspace.apply(changes(&all, 0));
    });
    step("index in two parts", &mut || {
        let (one, other) = all.split_at(all.len() / 2);
        let mut workspace = Workspace::default();
        workspace.apply(changes(one, 0));
        workspace.apply(changes(other, one.len()));
        black_box(workspace.len());
    });
    step("chain", &mut || {
        black_box(workspace.chain());
    });
    step("works", &mut || {
        black_box(workspace.works());
    });
    ask(&workspace, texts.len(), step);

    let interest = Interest::new(&Wishes::default(), None).0;
    let options = Options {
        today: None,
        stuck_after: 4,
        max_rows: 300,
        filter: Filter::default(),
    };
    let mut memo = Memo::default();
    let mut look = |workspace: &Workspace| {
        let marks = Marks::default();
        black_box(queue(workspace, &interest, &marks, &mut memo, &options));
    };
    step("queue", &mut || look(&workspace));

    // With the state before still in use, as answers may be under way that have it.
    let before = workspace.clone();
    let middle = texts.len() / 2;
    let text = texts.get(middle).map_or("", |text| &**text);
    let title = contributed(&text.replacen("[PATCH] kvm", "[PATCH] kvm: x", 1));
    let message = contributed(&text.replacen("Body.", "Some body.", 1));
    let old = contributed(text);
    let [title_step, message_step] = EDITS;
    step(title_step, &mut || {
        workspace.set(&key(middle), title.clone());
    });
    step("queue after an edit", &mut || look(&workspace));
    workspace.set(&key(middle), old.clone());
    step(message_step, &mut || {
        workspace.set(&key(middle), message.clone());
    });
    step("removal and return", &mut || {
        workspace.remove(&key(middle));
        workspace.set(&key(middle), old.clone());
    });
    black_box(before.len());
}

/// What is asked of the index about digests at its start, in the middle, and at its end.
fn ask(
    workspace: &Workspace,
    n_digests: usize,
    step: &mut dyn FnMut(&'static str, &mut dyn FnMut()),
) {
    let keys = [0, n_digests / 2, n_digests.saturating_sub(1)].map(key);
    let mut histories = Vec::new();
    step("histories", &mut || {
        histories = keys
            .iter()
            .filter_map(|key| workspace.history(key, 0))
            .collect();
    });
    step("mentions", &mut || {
        for history in &histories {
            black_box(workspace.mentions(history));
        }
    });
    step("since", &mut || {
        for history in &histories {
            if let Some((old, new)) = history.pair(0, None, None) {
                black_box(workspace.since(history, old, new));
            }
        }
    });
    step("matrix", &mut || {
        for history in &histories {
            black_box(workspace.matrix(history));
        }
    });
    step("news", &mut || {
        for key in &keys {
            black_box(workspace.news(key));
        }
    });
    step("people", &mut || {
        for who in ["Ann Örn", "ann@example.org", "nobody"] {
            black_box(workspace.person(who));
        }
    });
    step("files", &mut || {
        black_box(workspace.touching("a.c"));
    });
    step("search", &mut || {
        for query in ["", "kvm", "patch 7 kind", "Ann", "zzzzz"] {
            black_box(workspace.search(query, 100));
        }
    });
}

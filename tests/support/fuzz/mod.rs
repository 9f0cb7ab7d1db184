//! Fuzz targets: functions of bytes that panic when something that must hold does not.
//!
//! The same functions run under libFuzzer (`tests/fuzz`, by `cargo xtask fuzz`), under the plain
//! driver in [`driver`], and in every test run over their seeds and past findings
//! (`tests/fuzzing.rs`).

pub mod driver;
mod kept;
mod protocol;
mod script;
mod targets;

/// Something to throw bytes at.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What must hold, in one line.
    pub promise: &'static str,
    /// Panics when it does not.
    pub run: fn(&[u8]),
    /// Where to start.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "parse",
        promise: "any bytes parse, and every feature answers about them at any place",
        run: targets::parse,
        seeds: targets::digests,
    },
    Target {
        name: "edits",
        promise: "a digest kept under edits is the digest parsed afresh",
        run: script::edits,
        seeds: script::seeds,
    },
    Target {
        name: "index",
        promise: "a workspace kept under edits is the workspace built afresh",
        run: script::index,
        seeds: script::seeds,
    },
    Target {
        name: "protocol",
        promise: "a server answers each request once, without a panic, and ends when it should",
        run: protocol::run,
        seeds: protocol::seeds,
    },
    Target {
        name: "decoders",
        promise: "names, encoded words and charsets decode, and what is shown is harmless",
        run: targets::decoders,
        seeds: targets::names,
    },
    Target {
        name: "settings",
        promise: "any settings file gives settings and complaints that are harmless to show",
        run: targets::settings,
        seeds: targets::settings_files,
    },
    Target {
        name: "fixes",
        promise: "fixes change what they name, and what is fixed needs no more fixing",
        run: kept::fixes,
        seeds: kept::damaged,
    },
    Target {
        name: "marks",
        promise: "any file of marks is read, and no line of it is lost when a mark is made",
        run: kept::marks,
        seeds: kept::marks_files,
    },
];

/// The target with a name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Pieces that mean something to one target or another; mutations use them.
pub const DICTIONARY: &[&str] = &[
    "New:  ",
    "[PATCH v2 1/3] ",
    "[RFC PATCH 0/2] ",
    "Author: A <a@b.c>\n",
    "----------------------------------------------------------------------\n",
    "---\n",
    "Exist: ",
    " Skip: ",
    "===== Patch Commit Messages ====\n",
    "Top 15 contributors (Based on Email Body)\n",
    "From fff46e5c7 to a4f0e95a9\n",
    "Changes in v2:\n",
    "v1 -> v2:\n",
    "Link: https://lore.kernel.org/r/20251114-a-v2-0-b@c.d/\n",
    "[1] https://example.org/\n",
    " a/b.c | 12 +++---\n",
    " 1 file changed, 3 insertions(+)\n",
    "Signed-off-by: ",
    "Fixes: 123456789abc (\"x\")\n",
    "=?UTF-8?q?=C3=B6?=",
    "=?gb18030?b?xOM=?=",
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    "\u{feff}",
    "\u{1f600}",
    "\u{202e}",
    "\u{1b}[31m",
    "\0",
    "[lint]\n",
    "[lint.rules]\n",
    "bad-header = \"off\"\n",
    "\"textDocument/hover\"",
    "\"textDocument/didChange\"",
    "\"id\":1",
    "$/cancelRequest",
    "\\ud83d",
];

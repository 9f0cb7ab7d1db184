//! Digests made up for the tests of which entries are one posting: what is the same in some and another in
//! others is chosen at random.

use std::fmt::Write as _;

/// Authors and their titles.
type Groups = &'static [(&'static str, &'static [&'static str])];

const SHORTLOGS: [Groups; 4] = [
    &[],
    &[("Ann B", &["kvm: one thing", "kvm: other things"])],
    &[("Bob E", &["kvm: other things"])],
    &[("Ann B", &["kvm: one thing"]), ("Carl D", &["kvm: other"])],
];

/// A digest of so many entries.
pub(super) fn digest(n_entries: usize, seed: u64) -> String {
    let mut text = "===== Top 4 contributors by number of mails =====\n\n".to_owned();
    text += "      9  Ann B <ann@e.org>\n      7  Carl D <carl@e.org>\n\n";
    text += "===== Patch Commit Messages ====\n\n";
    let mut state = seed;
    for _ in 0..n_entries {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text += &entry((state >> 33) as usize);
    }
    text
}

/// The digits of a number, each of another base, choose what an entry is.
fn entry(mut number: usize) -> String {
    let mut pick = |n_choices: usize| {
        let choice = number % n_choices;
        number /= n_choices;
        choice
    };
    let version = ["", " v2"][pick(2)];
    let number_in = [0, 0, 1, 1, 2, 3][pick(6)];
    let total = 2 + pick(2);
    // The last has a login for a name: who that is a trailer tells, or the table.
    let people = [
        ("Ann B", "ann@e.org"),
        ("Bob", "bob@e.org"),
        ("Ann B.", "a@e.org"),
        ("carl", "carl@e.org"),
    ];
    let (name, email) = people[pick(4)];
    let title = [
        "kvm: one thing",
        "kvm: other things",
        "kvm: one",
        "KVM: One  Thing",
    ][pick(4)];
    let groups = SHORTLOGS[pick(SHORTLOGS.len())];
    let signer = ["", "Signed-off-by: Bob E <bob@e.org>\n"][pick(2)];
    let tag = match pick(9) {
        0 => "[PATCH]".to_owned(),
        _ => format!("[PATCH{version} {number_in}/{total}]"),
    };
    let mut text = format!("New:  {title}\n{tag} {title}\nAuthor: {name} <{email}>\n\n{signer}");
    if number_in == 0 && !groups.is_empty() {
        for (author, titles) in groups {
            let _ = writeln!(text, "\n{author} ({}):", titles.len());
            for title in *titles {
                let _ = writeln!(text, "  {title}");
            }
        }
        text += "\n a.c | 1 +\n";
    }
    let _ = write!(text, "\n{}\n\n", "-".repeat(70));
    text
}

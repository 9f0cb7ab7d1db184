//! How far a word is from one that it may be a misspelling of. Tests are below.

/// How many letters have to be put in, taken out, changed or swapped with their neighbour to make one
/// word the other. Takes time and memory with the product of their lengths.
#[must_use]
pub fn edits_between(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, &in_a) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &in_b) in b.iter().enumerate() {
            let changed = above[column] + usize::from(in_a != in_b);
            let mut least = changed.min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && in_a == b[column - 1] && a[row - 1] == in_b {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_counted() {
        for (a, b, expected) in [
            ("", "", 0),
            ("profile", "profile", 0),
            ("profil", "profile", 1),
            ("porfile", "profile", 1),
            ("profiles", "profile", 1),
            ("abc", "xyz", 3),
            ("", "ab", 2),
        ] {
            assert_eq!(edits_between(a, b), expected, "{a} {b}");
            assert_eq!(edits_between(b, a), expected, "{b} {a}");
        }
    }
}

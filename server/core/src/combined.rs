//! Pieces of text in all their orders, for tests that hold a clever search against a plain one.

/// Every row of so many of some pieces, each of them at each place.
pub(crate) fn combined<const N: usize, const M: usize>(
    pieces: [&str; M],
) -> impl Iterator<Item = [&str; N]> {
    let n_rows = (0..N).fold(1, |n, _| n * M);
    (0..n_rows).map(move |number| {
        let mut rest = number;
        [(); N].map(|()| {
            let piece = pieces[rest % M];
            rest /= M;
            piece
        })
    })
}

#[test]
fn every_row_is_there_once() {
    let rows: Vec<_> = combined(["a", "b", "c"])
        .map(|row: [_; 2]| row.concat())
        .collect();
    assert_eq!(rows.join(" "), "aa ba ca ab bb cb ac bc cc");
}

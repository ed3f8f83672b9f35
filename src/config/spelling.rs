//! What a misspelt word was meant to be. Used for the hints of settings and themes. It must never replace a word by
//! itself.

/// Levenshtein distance.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// The known word that is most like a wrong one, if any is like it at all.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (far, best) = known.into_iter().map(|word| (distance(wrong, word), word)).min()?;
    // With more than every second letter wrong it is another word.
    (far * 2 <= wrong.chars().count()).then_some(best)
}

//! The short form of a diff: which files, and how many lines came and went. Read when there is too much to show.

use super::Change;
use std::collections::HashMap;

/// A file of which only the counts are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listed {
    pub path: Vec<u8>,
    pub old_path: Option<Vec<u8>>,
    pub change: Change,
    pub added: u64,
    pub removed: u64,
    pub is_binary: bool,
}

/// What `git diff --raw --numstat -z` prints. A record that is not whole is passed over.
pub fn listing(bytes: &[u8]) -> Vec<Listed> {
    let mut files: Vec<Listed> = Vec::new();
    let mut by_path: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut fields = bytes.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        if let Some(raw) = field.strip_prefix(b":") {
            let Some(letter) = raw.rsplit(|byte| *byte == b' ').next().and_then(|word| word.first()) else { continue };
            let mut file = Listed { change: change(*letter), ..Listed::default() };
            if matches!(letter, b'R' | b'C') {
                file.old_path = fields.next().map(<[u8]>::to_vec);
            }
            let Some(path) = fields.next() else { break };
            file.path = path.to_vec();
            by_path.entry(path.to_vec()).or_insert(files.len());
            files.push(file);
            continue;
        }
        let mut parts = field.splitn(3, |byte| *byte == b'\t');
        let (Some(added), Some(removed), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
        // The names of one that was renamed follow.
        let path = if path.is_empty() { fields.nth(1) } else { Some(path) };
        let Some(file) = path.and_then(|path| by_path.get(path)).and_then(|at| files.get_mut(*at)) else { continue };
        let count = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        file.is_binary = added == b"-";
        (file.added, file.removed) = (count(added).unwrap_or(0), count(removed).unwrap_or(0));
    }
    files
}

fn change(letter: u8) -> Change {
    match letter {
        b'A' => Change::Added,
        b'D' => Change::Deleted,
        b'R' => Change::Renamed,
        b'C' => Change::Copied,
        b'U' => Change::Conflicted,
        _ => Change::Modified,
    }
}

//! A diff as rows, one below the other: files, hunks, lines (or pairs of them side by side), comments where they belong.
//! Made anew when the diff, the comments or the form change.

use super::review::Comment;
use crate::proto::diff::{Diff, DiffFile, DiffLine};
use serde::{Deserialize, Serialize};

/// Which of the two a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Side {
    Old,
    New,
}

/// A line by its place in the hunk, with its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Numbered {
    pub index: usize,
    pub old: Option<u32>,
    pub new: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    File(usize),
    /// Why no lines stand below a file, or not all.
    Remark(usize, String),
    Hunk {
        file: usize,
        hunk: usize,
    },
    Line {
        file: usize,
        hunk: usize,
        line: Numbered,
    },
    /// What was and what is, side by side.
    Pair {
        file: usize,
        hunk: usize,
        left: Option<Numbered>,
        right: Option<Numbered>,
    },
    /// By its number among the agent's comments; of the file that it stands in.
    Comment {
        file: usize,
        comment: usize,
    },
}

impl Row {
    pub fn file(&self) -> usize {
        match self {
            Row::File(file) | Row::Remark(file, _) => *file,
            Row::Hunk { file, .. } | Row::Line { file, .. } | Row::Pair { file, .. } | Row::Comment { file, .. } => {
                *file
            }
        }
    }

    /// The line of the file as it is now, or else as it was.
    pub fn line(&self) -> Option<(usize, Numbered)> {
        match self {
            Row::Line { hunk, line, .. } => Some((*hunk, *line)),
            Row::Pair { hunk, left, right, .. } => right.or(*left).map(|line| (*hunk, line)),
            _ => None,
        }
    }
}

impl Numbered {
    pub fn place(self) -> Option<(Side, u32)> {
        self.new.map(|n| (Side::New, n)).or(self.old.map(|n| (Side::Old, n)))
    }
}

fn numbered(index: usize, line: &DiffLine<'_>) -> Numbered {
    Numbered { index, old: line.old, new: line.new }
}

/// Puts each comment to the line that reads as it did when it was written, the nearest one. What is gone stays where it
/// was said.
pub fn settle(diff: &Diff, comments: &mut [Comment]) {
    for comment in comments {
        let Some(file) = diff.files.iter().find(|file| file.path == comment.path) else { continue };
        let lines = file.hunks.iter().flat_map(|hunk| hunk.numbered());
        let same = lines.filter(|line| line.text == comment.quote).filter_map(|line| match comment.side {
            Side::New => line.new,
            Side::Old if line.new.is_none() => line.old,
            Side::Old => None,
        });
        if let Some(nearest) = same.min_by_key(|n| n.abs_diff(comment.line)) {
            comment.line = nearest;
        }
    }
}

pub fn rows(diff: &Diff, comments: &[Comment], is_split: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut placed = vec![false; comments.len()];
    for (n, file) in diff.files.iter().enumerate() {
        rows.push(Row::File(n));
        let head = rows.len();
        rows.extend(remark(file).map(|words| Row::Remark(n, words)));
        let own: Vec<usize> = (0..comments.len()).filter(|c| comments[*c].path == file.path).collect();
        for (h, hunk) in file.hunks.iter().enumerate() {
            rows.push(Row::Hunk { file: n, hunk: h });
            let lines: Vec<Row> = match is_split {
                true => pairs(n, h, hunk.numbered()),
                false => hunk
                    .numbered()
                    .enumerate()
                    .map(|(index, line)| Row::Line { file: n, hunk: h, line: numbered(index, &line) })
                    .collect(),
            };
            for row in lines {
                let places: Vec<(Side, u32)> = match &row {
                    Row::Line { line, .. } => line.place().into_iter().collect(),
                    Row::Pair { left, right, .. } => {
                        let old = left.filter(|line| line.new.is_none()).and_then(|line| line.old);
                        let new = right.and_then(|line| line.new);
                        new.map(|n| (Side::New, n)).into_iter().chain(old.map(|n| (Side::Old, n))).collect()
                    }
                    _ => Vec::new(),
                };
                rows.push(row);
                for comment in own.iter().filter(|c| places.contains(&(comments[**c].side, comments[**c].line))) {
                    placed[*comment] = true;
                    rows.push(Row::Comment { file: n, comment: *comment });
                }
            }
        }
        if file.truncated && !file.hunks.is_empty() {
            rows.push(Row::Remark(n, "the rest is too much to show · o opens the file".to_owned()));
        }
        // On a line that is gone: below the file's head.
        for comment in own {
            if !std::mem::replace(&mut placed[comment], true) {
                rows.insert(head, Row::Comment { file: n, comment });
            }
        }
    }
    // Of a file that is as it was: first of all, so that it is not overlooked.
    for comment in (0..comments.len()).filter(|comment| !placed[*comment]) {
        rows.insert(0, Row::Comment { file: 0, comment });
    }
    rows
}

fn remark(file: &DiffFile) -> Option<String> {
    let mode = file.modes.as_ref().map(|(old, new)| format!("mode {old} to {new}"));
    let renamed = file.old_path.as_ref().map(|old| format!("was {old}"));
    let lines = match file.status.as_str() {
        _ if file.truncated && file.hunks.is_empty() => Some("too much to show · o opens the file".to_owned()),
        _ if file.binary => Some("binary, or too large to look into".to_owned()),
        "added" | "untracked" if file.hunks.is_empty() => Some("empty".to_owned()),
        _ => None,
    };
    let words: Vec<String> = [renamed, mode, lines].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// Lines that went beside those that came in their place.
fn pairs<'a>(file: usize, hunk: usize, lines: impl Iterator<Item = DiffLine<'a>>) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut gone, mut came): (Vec<Numbered>, Vec<Numbered>) = Default::default();
    let flush = |gone: &mut Vec<Numbered>, came: &mut Vec<Numbered>, rows: &mut Vec<Row>| {
        for n in 0..gone.len().max(came.len()) {
            rows.push(Row::Pair { file, hunk, left: gone.get(n).copied(), right: came.get(n).copied() });
        }
        gone.clear();
        came.clear();
    };
    for (index, line) in lines.enumerate() {
        let place = numbered(index, &line);
        match line.sign {
            '-' if came.is_empty() => gone.push(place),
            '-' => {
                flush(&mut gone, &mut came, &mut rows);
                gone.push(place);
            }
            '+' => came.push(place),
            // The remark about an end without a newline says nothing to somebody who compares.
            '\\' => {}
            _ => {
                flush(&mut gone, &mut came, &mut rows);
                rows.push(Row::Pair { file, hunk, left: Some(place), right: Some(place) });
            }
        }
    }
    flush(&mut gone, &mut came, &mut rows);
    rows
}

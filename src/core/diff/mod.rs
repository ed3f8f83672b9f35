//! What a unified diff says: files, hunks, lines with their numbers, as values. Read by `workspace` from what git prints.
//! It must never panic or lose count, whatever the bytes are: names and texts of a repository are anybody's.

mod listing;
mod name;
mod parse;
#[cfg(test)]
mod tests;

pub use listing::{Listed, listing};
pub use parse::parse;

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Change {
    #[default]
    Modified,
    Added,
    Deleted,
    Renamed,
    Copied,
    /// Only its mode changed.
    Mode,
    /// Two sides of a merge stand against each other in it.
    Conflicted,
}

/// The mode with which git writes a submodule.
pub const SUBMODULE: u32 = 0o160_000;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileDiff {
    /// As it is now; of a deleted file, as it was.
    pub path: Vec<u8>,
    /// What it was called before, when that differs.
    pub old_path: Option<Vec<u8>>,
    pub change: Change,
    pub old_mode: Option<u32>,
    pub new_mode: Option<u32>,
    pub is_binary: bool,
    pub hunks: Vec<Hunk>,
}

impl FileDiff {
    /// Lines that came and that went.
    pub fn counts(&self) -> (u64, u64) {
        let lines = || self.hunks.iter().flat_map(|hunk| &hunk.lines);
        let count = |sign| lines().filter(|line| line.sign == sign).count() as u64;
        (count(Sign::Added), count(Sign::Removed))
    }

    pub fn is_submodule(&self) -> bool {
        self.old_mode == Some(SUBMODULE) || self.new_mode == Some(SUBMODULE)
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hunk {
    pub old_start: u32,
    pub new_start: u32,
    /// What stands behind the second `@@`: the function it lies in.
    pub heading: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    Context,
    Added,
    Removed,
    /// `No newline at end of file`, about the line before.
    Note,
}

impl Sign {
    pub fn letter(self) -> char {
        match self {
            Sign::Context => ' ',
            Sign::Added => '+',
            Sign::Removed => '-',
            Sign::Note => '\\',
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub sign: Sign,
    /// Its number before and now, as far as it was and is there.
    pub old: Option<u32>,
    pub new: Option<u32>,
    /// Without its end.
    pub text: String,
}

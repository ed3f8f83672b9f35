//! The body of `GET /terminals/{id}/diff`: what the files around an agent are, compared with a commit of their
//! repository. Read by the screen and the verb `diff`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What files are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DiffBase {
    /// Where this branch left the one it came from.
    #[default]
    Fork,
    /// The last commit.
    Head,
}

impl DiffBase {
    pub fn word(self) -> &'static str {
        match self {
            DiffBase::Fork => "fork",
            DiffBase::Head => "head",
        }
    }
}

impl std::str::FromStr for DiffBase {
    type Err = String;

    fn from_str(word: &str) -> Result<DiffBase, String> {
        [DiffBase::Fork, DiffBase::Head]
            .into_iter()
            .find(|base| base.word() == word)
            .ok_or_else(|| format!("`{word}` is no base; fork or head"))
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// The same as long as nothing changed. Asked for with it, only this is told while it is so.
    pub revision: String,
    /// Nothing changed since the revision that was named; all else is left out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unchanged: bool,
    pub base: DiffBase,
    /// The commit; absent where there is none yet.
    pub base_commit: Option<String>,
    /// What it is called: `HEAD`, or the branch that this one was left from.
    pub base_name: String,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The work tree's directory, to which the paths are relative.
    pub directory: String,
    pub files: Vec<DiffFile>,
    /// Lines or files are left out: there are too many. One file is asked for with `file`.
    pub truncated: bool,
    /// Files that are not told at all.
    #[serde(default)]
    pub more_files: u64,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// One file that changed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DiffFile {
    pub path: String,
    /// What it was called before.
    pub old_path: Option<String>,
    /// `modified added untracked deleted renamed copied mode conflicted submodule`
    pub status: String,
    pub added: u64,
    pub removed: u64,
    pub binary: bool,
    /// Its mode before and now, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modes: Option<(String, String)>,
    pub hunks: Vec<DiffHunk>,
    /// Its lines are not all here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
}

/// Lines that stand together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DiffHunk {
    /// The numbers of its first line before and now.
    pub old_start: u32,
    pub new_start: u32,
    /// The function or the like that it lies in.
    pub heading: String,
    /// Each with its sign before it, as in a unified diff: a blank, `+`, `-`, or `\` before a remark.
    pub lines: Vec<String>,
}

/// A line with its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DiffLine<'a> {
    pub sign: char,
    pub text: &'a str,
    pub old: Option<u32>,
    pub new: Option<u32>,
}

impl DiffHunk {
    pub fn numbered(&self) -> impl Iterator<Item = DiffLine<'_>> {
        let (mut old_next, mut new_next) = (self.old_start, self.new_start);
        self.lines.iter().map(move |line| {
            let sign = line.chars().next().unwrap_or(' ');
            let text = line.get(sign.len_utf8()..).unwrap_or_default();
            let count = |counts: bool, next: &mut u32| counts.then(|| std::mem::replace(next, next.saturating_add(1)));
            let old = count(matches!(sign, ' ' | '-'), &mut old_next);
            let new = count(matches!(sign, ' ' | '+'), &mut new_next);
            DiffLine { sign, text, old, new }
        })
    }
}

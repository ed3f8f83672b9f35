//! The objects and files of a repository, seen from a git directory of our own that has no configuration. Called by
//! whatever in this folder reads or writes files of a work tree. It must never let a setting in that names a program.

use super::WorkspaceError;
use super::git::{Git, Patience, Printed, Run};
use super::repository::Repository;
use super::scratch::Scratch;
use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;

/// Lists of files: 100,000 of them with long names fit several times.
pub const NAMES: usize = 64 * 1024 * 1024;

/// Bytes are taken as they are, and what is written is on the disk before it is said to be: at once for all of it.
const RAW: [&str; 7] = [
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.filemode=true",
    "core.symlinks=true",
    "core.looseCompression=1",
    "core.fsync=committed,loose-object",
    "core.fsyncMethod=batch",
];

pub struct Within<'a> {
    pub git: &'a Git,
    pub scratch: &'a Scratch,
    /// Where objects are read, and written where a command writes some.
    pub objects: PathBuf,
    pub work_tree: PathBuf,
    pub index: PathBuf,
    /// `core.autocrlf=input` and its like.
    pub settings: Vec<String>,
    pub patience: &'a Patience,
}

impl<'a> Within<'a> {
    /// The files and the index of a repository as its own git sees them.
    pub fn of(git: &'a Git, repository: &Repository, scratch: &'a Scratch, patience: &'a Patience) -> Within<'a> {
        Within {
            git,
            scratch,
            objects: repository.common.join("objects"),
            work_tree: repository.top.clone(),
            index: repository.git_dir.join("index"),
            settings: repository.settings.clone(),
            patience,
        }
    }
}

impl Within<'_> {
    /// The settings under which files are not converted. The scratch must convert nothing, either.
    pub fn raw() -> Vec<String> {
        RAW.map(str::to_owned).to_vec()
    }

    /// # Errors
    /// As every run of git. That it fails is its answer.
    pub fn run(&self, arguments: &[&OsStr], stdin: Option<File>, most: usize) -> Result<Printed, WorkspaceError> {
        self.run_as(arguments, &[], stdin, most)
    }

    /// As [`Within::run`], with more variables: who writes, and when.
    ///
    /// # Errors
    /// As [`Within::run`].
    pub fn run_as(
        &self,
        arguments: &[&OsStr],
        variables: &[(&str, &OsStr)],
        stdin: Option<File>,
        most: usize,
    ) -> Result<Printed, WorkspaceError> {
        let mut all: Vec<&OsStr> = vec![OsStr::new("--literal-pathspecs")];
        for setting in &self.settings {
            all.extend([OsStr::new("-c"), OsStr::new(setting)]);
        }
        all.extend(arguments);
        let mut environment = vec![
            ("GIT_DIR", self.scratch.path().as_os_str()),
            ("GIT_WORK_TREE", self.work_tree.as_os_str()),
            ("GIT_OBJECT_DIRECTORY", self.objects.as_os_str()),
            ("GIT_INDEX_FILE", self.index.as_os_str()),
        ];
        environment.extend(variables);
        let directory = &self.work_tree;
        let run = Run { directory, arguments: &all, environment: &environment, is_users: false, stdin, most };
        self.git.run(run, self.patience)
    }
}

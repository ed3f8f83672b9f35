//! Where the repository of a directory lies, what is checked out, and which commit its files are compared with. Asks with
//! commands that read no file of the work tree.

use super::WorkspaceError;
use super::git::{Git, Patience, Printed, Run};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Names of places and refs, a few settings.
const SMALL: usize = 256 * 1024;

/// What the files are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Base {
    /// Where this branch left the one it came from.
    #[default]
    Fork,
    /// The last commit.
    Head,
}

/// Settings of how files are stored and what is ignored, which a comparison must know. None of them names a program.
const SETTINGS: &str = r"^core\.(autocrlf|eol|safecrlf|filemode|ignorecase|symlinks|excludesfile)$";

#[derive(Debug)]
pub struct Repository {
    pub top: PathBuf,
    pub git_dir: PathBuf,
    /// What all worktrees of it share.
    pub common: PathBuf,
    /// `sha1` or `sha256`.
    pub format: String,
    /// `None`: no branch is checked out.
    pub branch: Option<String>,
    /// `None`: there is no commit yet.
    pub head: Option<String>,
    /// `core.autocrlf=input` and its like.
    pub settings: Vec<String>,
    /// Lists of ignored files beside those in the work tree.
    pub excludes: Vec<PathBuf>,
}

/// What a branch is known to have been made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// As it was asked for: a branch, or a commit.
    pub name: String,
    pub commit: String,
}

/// A commit to compare with, and what it is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// `None`: there is nothing yet, so that everything is new.
    pub commit: Option<String>,
    /// `HEAD`, or the branch it was left at.
    pub name: String,
}

impl Repository {
    /// # Errors
    /// There is none, it has no files, or git cannot or may not read it.
    pub fn find(git: &Git, directory: &Path, patience: &Patience) -> Result<Repository, WorkspaceError> {
        let shown = directory.display().to_string();
        match std::fs::metadata(directory) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(WorkspaceError::NoRepository(shown)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(WorkspaceError::Vanished(shown)),
            Err(error) => return Err(WorkspaceError::Io(error)),
        }
        let ask = |arguments: &[&str]| ask(git, directory, arguments, patience);
        let places = ask(&["rev-parse", "--is-inside-work-tree", "--show-object-format", "--absolute-git-dir"])?;
        if !places.is_success {
            return Err(match places.words.starts_with("not a git repository") {
                true => WorkspaceError::NoRepository(shown),
                false => WorkspaceError::Git(places.words),
            });
        }
        // The name of a directory may have line ends in it: it stands last.
        let mut lines = places.bytes.splitn(3, |byte| *byte == b'\n');
        let is_inside = lines.next() == Some(b"true");
        let format = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let git_dir = path(lines.next().unwrap_or_default());
        if !is_inside {
            return Err(WorkspaceError::Bare(shown));
        }
        let top = path(&ask(&["rev-parse", "--show-toplevel"])?.succeeded()?.bytes);
        // A repository that says its files were elsewhere would have us show those.
        if std::fs::symlink_metadata(top.join(".git")).is_err() {
            return Err(WorkspaceError::Elsewhere(shown, top.display().to_string()));
        }
        let common = common(&git_dir);
        let branch = ask(&["symbolic-ref", "-q", "HEAD"])?;
        let branch = branch.is_success.then(|| text(&branch.bytes).trim_start_matches("refs/heads/").to_owned());
        let head = ask(&["rev-parse", "-q", "--verify", "HEAD^{commit}"])?;
        let is_unborn = || match &branch {
            Some(name) => ask(&["show-ref", "--verify", &format!("refs/heads/{name}")]).is_ok_and(|p| !p.is_success),
            None => false,
        };
        let head = match head.is_success {
            true => Some(text(&head.bytes)),
            false if is_unborn() => None,
            false => return Err(WorkspaceError::Git(format!("HEAD of {shown} cannot be read"))),
        };
        let mut repository =
            Repository { top, git_dir, format, branch, head, settings: Vec::new(), excludes: Vec::new(), common };
        repository.configure(git, &ask(&["config", "-z", "--get-regexp", SETTINGS])?);
        Ok(repository)
    }

    /// The commit to compare with.
    ///
    /// # Errors
    /// As every run of git.
    pub fn point(
        &self,
        git: &Git,
        base: Base,
        origin: Option<&Origin>,
        patience: &Patience,
    ) -> Result<Point, WorkspaceError> {
        let head = Point { commit: self.head.clone(), name: "HEAD".into() };
        let Some(commit) = self.head.as_deref().filter(|_| base == Base::Fork) else { return Ok(head) };
        let candidates = match origin {
            // The branch goes on, and what landed in it is no work of this one any more.
            Some(origin) if self.tip(git, &origin.name, patience)?.is_some() => {
                vec![format!("refs/heads/{}", origin.name)]
            }
            Some(origin) => {
                return Ok(Point { commit: Some(origin.commit.clone()), name: origin.name.clone() });
            }
            None => self.origins(git, patience)?,
        };
        let Some(first) = candidates.first() else { return Ok(head) };
        let mut arguments = vec!["merge-base", commit];
        arguments.extend(candidates.iter().map(String::as_str));
        let found = ask(git, &self.top, &arguments, patience)?;
        // Branches may have nothing in common.
        let Some(commit) = text(&found.bytes).lines().next().filter(|_| found.is_success).map(str::to_owned) else {
            return Ok(head);
        };
        let name = first.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/").to_owned();
        Ok(Point { commit: Some(commit), name })
    }

    /// # Errors
    /// As every run of git. That it fails is its answer.
    pub fn ask(&self, git: &Git, arguments: &[&str], patience: &Patience) -> Result<Printed, WorkspaceError> {
        ask(git, &self.top, arguments, patience)
    }

    /// That only some folders are checked out, as settings.
    ///
    /// # Errors
    /// As every run of git.
    pub fn sparse(&self, git: &Git, patience: &Patience) -> Result<Vec<String>, WorkspaceError> {
        let printed = self.ask(git, &["config", "-z", "--get-regexp", r"^core\.sparsecheckout(cone)?$"], patience)?;
        Ok(printed.records().map(|record| String::from_utf8_lossy(record).replacen('\n', "=", 1)).collect())
    }

    /// What `ls-files` is told of ignored files, beside the lists in the work tree.
    pub fn exclude_arguments(&self) -> Vec<OsString> {
        let mut all = vec![OsString::from("--exclude-per-directory=.gitignore")];
        all.extend(self.excludes.iter().map(|list| {
            let mut argument = OsString::from("--exclude-from=");
            argument.push(list);
            argument
        }));
        all
    }

    /// The branches this one may have been left from; their nearest common commit with it is where. Of a branch that is
    /// itself the main one, the one it follows.
    fn origins(&self, git: &Git, patience: &Patience) -> Result<Vec<String>, WorkspaceError> {
        let ask = |arguments: &[&str]| ask(git, &self.top, arguments, patience);
        let remote = ask(&["symbolic-ref", "-q", "refs/remotes/origin/HEAD"])?;
        let remote = remote.is_success.then(|| text(&remote.bytes));
        let default = remote.as_deref().and_then(|name| name.strip_prefix("refs/remotes/origin/"));
        let mains: Vec<String> = match default {
            Some(name) => vec![format!("refs/heads/{name}")],
            None => vec!["refs/heads/main".into(), "refs/heads/master".into()],
        };
        let own = self.branch.as_ref().map(|name| format!("refs/heads/{name}"));
        let mut wanted: Vec<&str> = mains.iter().map(String::as_str).collect();
        wanted.extend(remote.as_deref());
        wanted.extend(own.as_deref());
        let mut arguments = vec!["for-each-ref", "--format=%(refname)%00%(upstream)"];
        arguments.extend(&wanted);
        let refs = text(&ask(&arguments)?.bytes);
        let refs: Vec<(&str, &str)> = refs.lines().filter_map(|line| line.split_once('\0')).collect();
        let is_there = |name: &str| refs.iter().any(|(known, _)| *known == name);
        let main = mains.iter().find(|name| is_there(name));
        if main.is_some() && main == own.as_ref() {
            let upstream = refs.iter().find(|(name, _)| Some(*name) == own.as_deref()).map(|(_, upstream)| *upstream);
            let upstream = upstream.filter(|name| !name.is_empty()).or(remote.as_deref().filter(|name| is_there(name)));
            let is_known = |name: &&str| ask(&["show-ref", "--verify", "-q", name]).is_ok_and(|found| found.is_success);
            return Ok(upstream.filter(is_known).map(str::to_owned).into_iter().collect());
        }
        let remote = remote.filter(|name| is_there(name));
        Ok(main.cloned().into_iter().chain(remote).collect())
    }

    fn configure(&mut self, git: &Git, printed: &Printed) {
        let mut excludes = git.default_excludes();
        for record in printed.bytes.split(|byte| *byte == 0) {
            let Some(at) = record.iter().position(|byte| *byte == b'\n') else { continue };
            let (name, value) = (text(&record[..at]), &record[at + 1..]);
            if name != "core.excludesfile" {
                self.settings.push(format!("{name}={}", text(value)));
                continue;
            }
            excludes = match (value.strip_prefix(b"~/"), git.home()) {
                (Some(rest), Some(home)) => Some(home.join(OsStr::from_bytes(rest))),
                // A repository may say it, too: what is ignored is its own business.
                _ => Some(self.top.join(OsStr::from_bytes(value))),
            };
        }
        // Reading anything but a file could take for ever.
        self.excludes = [Some(self.common.join("info/exclude")), excludes].into_iter().flatten().collect();
        self.excludes.retain(|file| file.metadata().is_ok_and(|found| found.is_file()));
    }
}

/// What the worktrees of a repository share lies where `commondir` says.
fn common(git_dir: &Path) -> PathBuf {
    match std::fs::read(git_dir.join("commondir")) {
        Ok(bytes) => git_dir.join(path(&bytes)),
        Err(_) => git_dir.to_owned(),
    }
}

fn ask(git: &Git, directory: &Path, arguments: &[&str], patience: &Patience) -> Result<Printed, WorkspaceError> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let run = Run { directory, arguments: &arguments, environment: &[], is_users: true, stdin: None, most: SMALL };
    git.run(run, patience)
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.strip_suffix(b"\n").unwrap_or(bytes).to_vec()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}

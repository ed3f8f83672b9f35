//! Files that no commit has and an agent needs all the same, such as `.env` and `node_modules`: copied, or linked to, from
//! the tree that a work tree was made beside. Called by the server's service. It must never write outside of the new tree,
//! nor over a file in it.

use super::WorkspaceError;
use super::git::{Git, Patience};
use super::inside::inside;
use super::repository::Repository;
use super::scratch::Scratch;
use super::within::{NAMES, Within};
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Of more than these nobody reads the names.
const TOLD: usize = 3;

/// What is taken along, as patterns of `.gitignore`; only what is not tracked counts.
#[derive(Clone, Copy, Debug)]
pub struct Along<'a> {
    pub copy: &'a [String],
    pub link: &'a [String],
}

/// Brings them into `to`. What was not brought is said.
///
/// # Errors
/// The disk is full, a file cannot be read, git fails.
pub fn carry(
    git: &Git,
    from: &Repository,
    to: &Path,
    along: Along<'_>,
    scratch: &Path,
    patience: &Patience,
) -> Result<Vec<String>, WorkspaceError> {
    let scratch = Scratch::new(scratch, &from.format, &from.git_dir)?;
    let within = Within { settings: Within::raw(), ..Within::of(git, from, &scratch, patience) };
    let mut left = Vec::new();
    for path in matching(&within, along.link, true)? {
        let path = path.strip_suffix(b"/").unwrap_or(&path);
        let target = from.top.join(OsStr::from_bytes(path));
        match place(&from.top, to, path)? {
            Some(place) => symlink(target, place)?,
            None => left.push(String::from_utf8_lossy(path).into_owned()),
        }
    }
    for path in matching(&within, along.copy, false)? {
        let source = from.top.join(OsStr::from_bytes(&path));
        match place(&from.top, to, &path)? {
            // A folder of another repository: what is in it is not ours to copy.
            _ if path.ends_with(b"/") => {}
            Some(place) => copy(&source, &place)?,
            None => left.push(String::from_utf8_lossy(&path).into_owned()),
        }
    }
    let more = left.len().saturating_sub(TOLD);
    let mut notes: Vec<String> = left
        .into_iter()
        .take(TOLD)
        .map(|path| format!("{path} was not brought along: something else is there"))
        .collect();
    if more > 0 {
        notes.push(format!("{more} more were not brought along"));
    }
    Ok(notes)
}

fn matching(within: &Within<'_>, patterns: &[String], by_folder: bool) -> Result<Vec<Vec<u8>>, WorkspaceError> {
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let patterns: Vec<OsString> = patterns.iter().map(|pattern| format!("--exclude={pattern}").into()).collect();
    let mut arguments = ["ls-files", "--others", "--ignored", "-z"].map(OsStr::new).to_vec();
    if by_folder {
        arguments.push(OsStr::new("--directory"));
    }
    arguments.extend(patterns.iter().map(OsString::as_os_str));
    let printed = within.run(&arguments, None, NAMES)?.succeeded()?;
    if printed.is_cut {
        return Err(WorkspaceError::TooMuch("the list of files to bring along"));
    }
    Ok(printed.records().map(<[u8]>::to_vec).collect())
}

/// Where a file is to be put, with the folders above it; `None`: something is there, or it would leave the tree.
fn place(from: &Path, to: &Path, path: &[u8]) -> io::Result<Option<PathBuf>> {
    let Some(place) = inside(to, path).filter(|place| fs::symlink_metadata(place).is_err()) else { return Ok(None) };
    let missing: Vec<&Path> =
        place.ancestors().skip(1).take_while(|folder| *folder != to && !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        // As open as the one that it stands for.
        let original = folder.strip_prefix(to).map(|below| from.join(below));
        if let Some(found) = original.ok().and_then(|original| fs::metadata(original).ok()) {
            fs::set_permissions(folder, found.permissions())?;
        }
    }
    Ok(Some(place))
}

fn copy(source: &Path, place: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(source)?;
    if found.is_symlink() {
        return symlink(fs::read_link(source)?, place);
    }
    if !found.is_file() {
        return Ok(());
    }
    let mut from = fs::File::open(source)?;
    let mut to = OpenOptions::new().write(true).create_new(true).open(place)?;
    to.set_permissions(found.permissions())?;
    io::copy(&mut from, &mut to)?;
    Ok(())
}

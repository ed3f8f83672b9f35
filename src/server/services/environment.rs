//! The environment of an agent: what a launch gives it, what of that is stored, and what another start makes of it.
//!
//! # Invariant
//! No value of a name that looks like a secret is stored, and none that came from a file. No answer of the API has any.

use crate::config::dotenv;
use crate::core::world::Terminal;
use crate::proto::rest::LaunchRequest;
use crate::server::app::App;
use crate::server::services::{Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use tokio::task::spawn_blocking;

/// Variables that belong to the terminal or the server we were called from, not to the agent.
const NOT_PASSED_ON: &[&str] =
    &["TMUX", "ZELLIJ", "STY", "SSH_TTY", "WINDOWID", "TERM_PROGRAM", "COLUMNS", "LINES", "VTE_VERSION"];
/// Of a file of variables: a system takes no larger environment.
const MOST: u64 = 1024 * 1024;

type Variables = BTreeMap<String, String>;

/// Of a new agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    /// Before ours is put in.
    pub all: Variables,
    /// For a restart, beside the files.
    pub stored: Vec<(String, String)>,
}

/// What a launch asks for.
///
/// # Errors
/// A file of variables that cannot be read or understood.
pub async fn made(app: &App, request: &LaunchRequest) -> Result<Made, Refusal> {
    let files = from_files(request.env_files.clone(), "leave --env-file out, or name one that is there").await?;
    Ok(layered(whole(app, request.environment.as_ref()), files, &request.env))
}

fn layered(base: Variables, files: Variables, own: &Variables) -> Made {
    let mut all = base;
    all.extend(files.iter().map(|(k, v)| (k.clone(), v.clone())));
    all.extend(own.iter().map(|(k, v)| (k.clone(), v.clone())));
    let is_stored = |name: &String| !looks_secret(name) && (own.contains_key(name) || !files.contains_key(name));
    let stored = all.iter().filter(|(name, _)| is_stored(name)).map(|(k, v)| (k.clone(), v.clone())).collect();
    Made { all, stored }
}

/// What was given, or the server's own, without what belongs to other terminals.
fn whole(app: &App, given: Option<&Variables>) -> Variables {
    let mut all = given.cloned().unwrap_or_else(|| app.environment.iter().cloned().collect());
    all.retain(|name, _| {
        !name.starts_with("CONDUCTOR_")
            && !NOT_PASSED_ON.iter().any(|n| name == n || name.strip_prefix(n).is_some_and(|r| r.starts_with('_')))
    });
    all
}

/// What a terminal is started again with that nobody's launch has told us of.
pub fn of_server(app: &App) -> Vec<(String, String)> {
    layered(whole(app, None), Variables::new(), &Variables::new()).stored
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH"].iter().any(|word| name.contains(word))
}

/// What is known of it without its files: what was stored, and the secrets of this server's own environment.
pub fn known(app: &App, terminal: &Terminal) -> Variables {
    let secrets = app.environment.iter().filter(|(name, _)| looks_secret(name) && !name.starts_with("CONDUCTOR_"));
    secrets.chain(&terminal.environment).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The environment for another start, its files read again.
///
/// # Errors
/// A file that is not there any more: without its secrets an agent would run as somebody else, or not at all.
pub async fn again(app: &App, terminal: &Terminal) -> Result<Variables, Refusal> {
    let files = from_files(terminal.env_files.clone(), "put it back, or launch the agent anew without it").await?;
    let mut all = known(app, terminal);
    all.extend(files);
    // What was given by name at the launch stands over the files.
    all.extend(terminal.environment.iter().cloned());
    Ok(all)
}

async fn from_files(files: Vec<String>, hint: &'static str) -> Result<Variables, Refusal> {
    if files.is_empty() {
        return Ok(Variables::new());
    }
    // A file may lie on a network.
    let reading = spawn_blocking(move || {
        let mut all = Variables::new();
        for file in &files {
            all.extend(read(file).map_err(|why| format!("the environment file {file} cannot be used: {why}"))?);
        }
        Ok(all)
    });
    let read = reading.await.unwrap_or_else(|error| Err(error.to_string()));
    read.map_err(|message| Refusal::new(RefusalKind::Unprocessable, message).hint(hint))
}

fn read(file: &str) -> Result<Vec<(String, String)>, String> {
    let said = |error: io::Error| error.to_string();
    if !Path::new(file).is_absolute() {
        return Err("it is no absolute path".into());
    }
    // Looked at before it is opened: a pipe would be waited for.
    if !std::fs::metadata(file).map_err(said)?.is_file() {
        return Err("it is no file".into());
    }
    let mut text = String::new();
    let length = File::open(file).map_err(said)?.take(MOST + 1).read_to_string(&mut text).map_err(said)?;
    if length as u64 > MOST {
        return Err("it is too large".into());
    }
    dotenv::parse(&text).map_err(|(line, why)| format!("line {line}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_looking_names_are_known() {
        for (name, secret) in [
            ("ANTHROPIC_API_KEY", true),
            ("GITHUB_TOKEN", true),
            ("db_password", true),
            ("PATH", false),
            ("EDITOR", false),
        ] {
            assert_eq!(looks_secret(name), secret, "{name}");
        }
    }

    #[test]
    fn what_was_given_by_name_wins_and_nothing_of_a_file_is_stored() {
        let of = |all: &[(&str, &str)]| -> Variables {
            all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let made = layered(
            of(&[("A", "base"), ("B", "base"), ("C", "base"), ("A_TOKEN", "base")]),
            of(&[("B", "file"), ("C", "file"), ("D", "file"), ("D_KEY", "file")]),
            &of(&[("C", "own"), ("E", "own"), ("E_SECRET", "own")]),
        );
        let expected = [
            ("A", "base"),
            ("A_TOKEN", "base"),
            ("B", "file"),
            ("C", "own"),
            ("D", "file"),
            ("D_KEY", "file"),
            ("E", "own"),
            ("E_SECRET", "own"),
        ];
        assert_eq!(made.all, of(&expected));
        assert_eq!(made.stored.into_iter().collect::<Variables>(), of(&[("A", "base"), ("C", "own"), ("E", "own")]));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_tells_no_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("env");
        let file = path.to_str().unwrap();
        for (bytes, why) in [
            (&b"A=1\nsecret\n"[..], "line 2: it has no ="),
            (b"A=\xff\n", "stream did not contain valid UTF-8"),
            (&vec![b'#'; MOST as usize + 1], "it is too large"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(file), Err(why.to_owned()));
        }
        assert_eq!(read(dir.path().to_str().unwrap()), Err("it is no file".into()));
        assert_eq!(read("env"), Err("it is no absolute path".into()));
    }
}

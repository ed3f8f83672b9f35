//! The check of an agent's health, as its provider's file gives it: a command of the user's that says whether the agent
//! still does its work. Run by the server on a thread that may wait. It must never outlast its limit, nor the server.

use crate::base::tied::tie;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A check that takes longer has not answered: whoever asks every half minute has no use for it.
const WITHIN: Duration = Duration::from_secs(10);
/// Between two looks whether it has ended: what it costs is nothing beside a process.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Seconds between two checks of one agent unless its file says otherwise.
const EVERY: u64 = 30;

/// The shape of `[health]` in a provider's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthText {
    /// The program, looked for in the agent's PATH, and its arguments. It ends with 0 when the agent is well.
    command: Vec<String>,
    /// Seconds between two checks.
    every_s: Option<u64>,
}

/// A check that can be run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    program: String,
    arguments: Vec<String>,
    pub every: Duration,
}

impl Health {
    /// # Errors
    /// For a command without a program and for checks without a pause.
    pub(super) fn compile(text: HealthText) -> Result<Health, String> {
        let every = text.every_s.unwrap_or(EVERY);
        match text.command.split_first() {
            _ if every == 0 => Err("health: `every_s` is at least 1".into()),
            Some((program, arguments)) if !program.is_empty() => Ok(Health {
                program: program.clone(),
                arguments: arguments.to_vec(),
                every: Duration::from_secs(every),
            }),
            _ => Err("health: `command` names no program".into()),
        }
    }

    /// Runs the check in the agent's directory with this environment and nothing else.
    ///
    /// # Errors
    /// Why the agent counts as unwell, in words for its row.
    pub fn check(&self, cwd: &Path, environment: &BTreeMap<String, String>) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(cwd).env_clear().envs(environment).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        tie(&mut command, None);
        let mut child = command.spawn().map_err(|error| format!("{} cannot be run: {error}", self.program))?;
        let until = Instant::now() + WITHIN;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(status
                        .code()
                        .map_or_else(|| "ended by a signal".into(), |code| format!("code {code}")));
                }
                Ok(None) if Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
                Ok(None) => {
                    end(&mut child);
                    return Err(format!("no answer within {} s", WITHIN.as_secs()));
                }
                Err(error) => {
                    end(&mut child);
                    return Err(format!("it cannot be waited for: {error}"));
                }
            }
        }
    }
}

/// Ends a check that was not collected yet, with all that it started.
fn end(child: &mut Child) {
    if let Ok(group) = i32::try_from(child.id()) {
        // SAFETY: the child is not collected yet, so that the group is still its own.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(command: &[&str]) -> Result<Health, String> {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        Health::compile(HealthText { command, every_s: None })
    }

    #[test]
    fn a_check_says_why_the_agent_is_unwell() {
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("X".into(), "7".into())]);
        let said = |script: &str| health(&["sh", "-c", script]).unwrap().check(Path::new("/"), &environment);
        assert_eq!(said("[ $X = 7 ] && [ $PWD = / ]"), Ok(()));
        assert_eq!(said("exit 3"), Err("code 3".into()));
        assert_eq!(said("kill -9 $$"), Err("ended by a signal".into()));
        let missing = health(&["no-such-program"]).unwrap().check(Path::new("/"), &environment).unwrap_err();
        assert!(missing.starts_with("no-such-program cannot be run: "), "{missing}");
    }

    #[test]
    fn a_check_is_every_half_minute_and_has_a_program() {
        assert_eq!(health(&["x"]).unwrap().every, Duration::from_secs(30));
        assert!(health(&[]).is_err() && health(&[""]).is_err());
        assert!(Health::compile(HealthText { command: vec!["x".into()], every_s: Some(0) }).is_err());
    }
}

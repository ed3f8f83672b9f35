//! Who has a terminal: the program itself, something that it started, or a shell that waits for a command line. Asked by
//! the server when it weighs what an agent does. Reading /proc is all it does.

use crate::pty::tree;
use std::fs;

/// Programs that wait for command lines. Told by their names: nothing else of a process says what it is for.
const SHELLS: &[&str] = &[
    "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu", "pwsh", "sh", "tcsh", "xonsh",
    "yash", "zsh",
];
/// Options of theirs that take a word.
const TAKE_A_WORD: &[&str] = &["--rcfile", "--init-file", "-o", "+o", "-O", "+O"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// The process is stopped, by job control or by SIGSTOP.
    Stopped,
    /// A shell without a script: the process itself, or one that it has started.
    IdleShell,
    /// The process itself.
    Itself,
    /// Another program that it has started.
    Program,
}

/// Who has the terminal of this process, as far as it can be seen.
pub fn of(pid: u32) -> Option<Seen> {
    let process = tree::process(pid).filter(|p| !p.is_zombie())?;
    if matches!(process.state, b'T' | b't') {
        return Some(Seen::Stopped);
    }
    let leader = u32::try_from(process.foreground).ok().filter(|group| *group > 0)?;
    if is_idle_shell(leader) {
        return Some(Seen::IdleShell);
    }
    Some(if leader == process.group { Seen::Itself } else { Seen::Program })
}

/// Whether a process is a shell that was given nothing to run.
fn is_idle_shell(pid: u32) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let words: Vec<&str> = line
        .split(|byte| *byte == 0)
        .filter_map(|word| std::str::from_utf8(word).ok())
        .filter(|w| !w.is_empty())
        .collect();
    waits_for_commands(&words)
}

fn waits_for_commands(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let name = program.rsplit('/').next().unwrap_or(program).trim_start_matches('-');
    if !SHELLS.contains(&name) {
        return false;
    }
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if TAKE_A_WORD.contains(argument) {
            arguments.next();
        } else if !argument.starts_with(['-', '+']) || has_command(argument) {
            return false;
        }
    }
    true
}

/// `-c`, also among other letters; `--command` of some.
fn has_command(option: &str) -> bool {
    match option.strip_prefix("--") {
        Some(long) => matches!(long, "command" | "commands"),
        None => option.starts_with('-') && option.contains('c'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_waits_unless_it_was_given_something() {
        for (line, waits) in [
            ("bash", true),
            ("-bash", true),
            ("/bin/zsh -l -i", true),
            ("bash --rcfile /tmp/x -i", true),
            ("bash --norc --noprofile", true),
            ("bash -c ls", false),
            ("bash -lc ls", false),
            ("bash script.sh", false),
            ("fish --command ls", false),
            ("node /usr/bin/claude", false),
            ("", false),
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(waits_for_commands(&words), waits, "{line}");
        }
    }
}

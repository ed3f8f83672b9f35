//! Gives copied text to the clipboard by the tools of the machine that the screen runs on, beside the escape sequence that
//! is written to the terminal: tmux drops that one unless told otherwise, and many terminals do not know it. Called by the
//! run loop, on a thread of its own. It must never wait longer than its deadline, or read what the clipboard held.

use std::io::{self, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A tool takes a text within milliseconds, or hangs.
const DEADLINE: Duration = Duration::from_secs(3);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A command that takes the text on its standard input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Tool {
    words: &'static [&'static str],
    /// Without it the text goes nowhere: here the escape sequence is not heard.
    is_needed: bool,
}

/// The tool of this place, if there is one. tmux hands the text on to its own terminal as well (`-w`); over SSH the
/// machine's own clipboard is somebody else's.
fn tool(is_macos: bool, variable: impl Fn(&str) -> Option<String>) -> Option<Tool> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let tool = |words, is_needed| Some(Tool { words, is_needed });
    if is_set("TMUX") {
        return tool(&["tmux", "load-buffer", "-w", "-"], true);
    }
    if is_set("SSH_CONNECTION") || is_set("SSH_TTY") {
        return None;
    }
    if is_macos {
        return tool(&["pbcopy"], false);
    }
    if is_set("WAYLAND_DISPLAY") {
        return tool(&["wl-copy"], false);
    }
    if is_set("DISPLAY") { tool(&["xclip", "-selection", "clipboard", "-in"], false) } else { None }
}

/// Hands the text to the tool of this machine, if it has one. Blocks until the tool has it.
///
/// # Errors
/// The tool is not there, fails or hangs, and nothing else takes the text.
pub fn hand_over(text: &str) -> io::Result<()> {
    match tool(cfg!(target_os = "macos"), |name| std::env::var(name).ok()) {
        Some(tool) => put(tool, text).or_else(|error| if tool.is_needed { Err(error) } else { Ok(()) }),
        None => Ok(()),
    }
}

fn put(tool: Tool, text: &str) -> io::Result<()> {
    let mut command = Command::new(tool.words[0]);
    command.args(&tool.words[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut pipe = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let is_well = std::thread::scope(|scope| {
        // A tool that does not read holds this up until it is ended.
        let writing = scope.spawn(move || pipe.write_all(text.as_bytes()));
        let status = ended(&mut child)?;
        Ok::<_, io::Error>(status && matches!(writing.join(), Ok(Ok(()))))
    })?;
    if is_well { Ok(()) } else { Err(io::Error::other(format!("{} failed", tool.words[0]))) }
}

/// Whether it ended well.
fn ended(child: &mut Child) -> io::Result<bool> {
    let until = Instant::now() + DEADLINE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Err(io::ErrorKind::TimedOut.into());
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_is_that_of_the_place() {
        for (set, is_macos, expected) in [
            (&["TMUX", "DISPLAY"][..], false, Some(("tmux", true))),
            (&["TMUX", "SSH_CONNECTION"], true, Some(("tmux", true))),
            (&["WAYLAND_DISPLAY", "DISPLAY"], false, Some(("wl-copy", false))),
            (&["DISPLAY"], false, Some(("xclip", false))),
            (&[], true, Some(("pbcopy", false))),
            (&["SSH_TTY", "DISPLAY"], false, None),
            (&["SSH_CONNECTION"], true, None),
            (&[], false, None),
        ] {
            let found = tool(is_macos, |name| set.contains(&name).then(|| "x".to_owned()));
            assert_eq!(found.map(|tool| (tool.words[0], tool.is_needed)), expected, "{set:?}");
        }
    }

    #[test]
    fn a_tool_that_is_missing_or_fails_is_told() {
        let tool = |words| Tool { words, is_needed: true };
        assert!(put(tool(&["no-such-tool-anywhere"]), "text").is_err());
        assert!(put(tool(&["false"]), "text").is_err());
        let dir = tempfile::tempdir().unwrap();
        let file: &'static str = Box::leak(dir.path().join("out").display().to_string().into_boxed_str());
        let words: &'static [&'static str] =
            Box::leak(Box::new(["dd", "status=none", Box::leak(format!("of={file}").into_boxed_str())]));
        put(tool(words), &"wörter\n".repeat(10_000)).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "wörter\n".repeat(10_000));
    }
}

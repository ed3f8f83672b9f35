//! Opens what the user pointed at: web pages in the desktop's browser, files in `$EDITOR`. Called by the run loop on the
//! user's own key or click. It must never pass an agent's text through a shell.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// The command that shows a web page, when there is a desktop to show it on.
pub fn browser(url: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Command> {
    // Over SSH the desktop is another machine's.
    let is_remote = variable("SSH_CONNECTION").is_some() || variable("SSH_TTY").is_some();
    let has_desktop = cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|n| variable(n).is_some());
    let program = match variable("BROWSER").filter(|browser| !browser.is_empty() && !browser.contains([' ', ':', '%']))
    {
        Some(browser) => browser,
        None if is_remote || !has_desktop => return None,
        None if cfg!(target_os = "macos") => "open".to_owned(),
        None => "xdg-open".to_owned(),
    };
    let mut command = Command::new(program);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Some(command)
}

/// The file meant by `path`, seen from an agent's directory; `None` when there is none.
pub fn file(path: &str, directory: &str, home: Option<&str>) -> Option<PathBuf> {
    let path = match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => Path::new(directory).join(path),
    };
    path.is_file().then_some(path)
}

/// The command that edits a file at a line. The path is absolute, so that none is taken for an option.
pub fn editor(path: &Path, line: Option<u32>, variable: impl Fn(&str) -> Option<String>) -> Command {
    let words = ["VISUAL", "EDITOR"].iter().find_map(|name| variable(name).filter(|value| !value.trim().is_empty()));
    let words = words.unwrap_or_else(|| "vi".to_owned());
    let mut words = words.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let mut command = Command::new(program);
    command.args(words);
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program);
    let with_line = |line: u32| format!("{}:{line}", path.display());
    match (name, line) {
        (_, None) => command.arg(path),
        ("code" | "code-insiders" | "codium" | "cursor", Some(line)) => command.arg("--goto").arg(with_line(line)),
        ("hx" | "helix" | "zed" | "subl" | "micro", Some(line)) => command.arg(with_line(line)),
        // vi and all that learned from it: vim, nvim, nano, emacs, kak, joe.
        (_, Some(line)) => command.arg(format!("+{line}")).arg(path),
    };
    command
}

/// The command that shows text which it reads from its standard input.
pub fn pager(variable: impl Fn(&str) -> Option<String>) -> Command {
    let words = variable("PAGER").filter(|value| !value.trim().is_empty()).unwrap_or_else(|| "less".to_owned());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("less"));
    command.args(words).stdin(Stdio::piped());
    command
}

/// Runs a command with `text` for its standard input.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn feed(mut command: Command, text: &[u8]) -> std::io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever quits before the end wants no more.
        let _ = stdin.write_all(text);
    }
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|w| w.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way() {
        let path = Path::new("/a b/c.rs");
        for (editor_words, line, expected) in [
            ("vim", Some(12), &["vim", "+12", "/a b/c.rs"][..]),
            ("emacsclient -t", Some(3), &["emacsclient", "-t", "+3", "/a b/c.rs"]),
            ("/usr/bin/code --wait", Some(3), &["/usr/bin/code", "--wait", "--goto", "/a b/c.rs:3"]),
            ("hx", Some(3), &["hx", "/a b/c.rs:3"]),
            ("hx", None, &["hx", "/a b/c.rs"]),
            (" ", Some(1), &["vi", "+1", "/a b/c.rs"]),
        ] {
            let variable = |name: &str| (name == "EDITOR").then(|| editor_words.to_owned());
            assert_eq!(words(&editor(path, line, variable)), expected);
        }
    }

    #[test]
    fn pages_are_shown_where_there_is_a_desktop() {
        let with = |set: &'static [(&'static str, &'static str)]| {
            let variable = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            browser("https://a/", variable).map(|command| words(&command))
        };
        if cfg!(target_os = "linux") {
            assert_eq!(with(&[]), None);
            assert_eq!(with(&[("DISPLAY", ":0"), ("SSH_CONNECTION", "x")]), None);
            assert_eq!(with(&[("WAYLAND_DISPLAY", "w")]).unwrap(), ["xdg-open", "https://a/"]);
        }
        assert_eq!(with(&[("BROWSER", "lynx"), ("SSH_TTY", "x")]).unwrap(), ["lynx", "https://a/"]);
    }

    #[test]
    fn only_files_that_are_there_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.rs"), "").unwrap();
        let here = dir.path().to_str().unwrap();
        assert_eq!(file("x.rs", here, None), Some(dir.path().join("x.rs")));
        assert_eq!(file("~/x.rs", "/", Some(here)), Some(dir.path().join("x.rs")));
        assert_eq!(file("y.rs", here, None), None);
        assert_eq!(file(".", here, None), None, "a directory is no file");
    }
}

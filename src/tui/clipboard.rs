//! Looks for a picture on the clipboard of the machine that the screen runs on, with the tools that are there. Called by
//! the run loop, on a thread of its own, when the user pasted and the clipboard holds no text. It must never look
//! without that, read text, or wait longer than its deadline.

use std::io::{self, Read};
use std::os::fd::AsRawFd as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// All tools together are given so long: a clipboard's owner may be stopped, or sit behind a slow line.
const DEADLINE: Duration = Duration::from_secs(3);
/// A picture of a large screen without any loss, several times over; models take a few MiB.
const MOST: usize = 32 * 1024 * 1024;
/// A list of kinds is some lines long.
const LONGEST_LIST: usize = 64 * 1024;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// Its bytes, and how files of its kind end.
    Picture(Vec<u8>, &'static str),
    TooLarge,
    Nothing,
}

/// Kinds of pictures that agents take: the clipboard's name, how files end, and how they begin. The best first.
const KINDS: [(&str, &str, &[u8]); 4] = [
    ("image/png", "png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", "jpg", b"\xff\xd8\xff"),
    ("image/webp", "webp", b"RIFF"),
    ("image/gif", "gif", b"GIF8"),
];

/// A way to ask for a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tool {
    Wayland,
    X11,
    /// pngpaste, which people install for this.
    Pngpaste,
    /// What every macOS has.
    Osascript,
}

/// The tools to try, in their order.
fn tools(is_macos: bool, variable: impl Fn(&str) -> Option<String>) -> Vec<Tool> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let mut tools = Vec::new();
    if is_set("WAYLAND_DISPLAY") {
        tools.push(Tool::Wayland);
    }
    if is_set("DISPLAY") {
        tools.push(Tool::X11);
    }
    if is_macos {
        tools.extend([Tool::Pngpaste, Tool::Osascript]);
    }
    tools
}

impl Tool {
    /// The command that lists the kinds the clipboard holds; `None` for tools that know one only.
    fn list(self) -> Option<&'static [&'static str]> {
        match self {
            Tool::Wayland => Some(&["wl-paste", "--list-types"]),
            Tool::X11 => Some(&["xclip", "-selection", "clipboard", "-t", "TARGETS", "-o"]),
            Tool::Pngpaste | Tool::Osascript => None,
        }
    }

    fn take(self, kind: &'static str) -> Vec<&'static str> {
        match self {
            Tool::Wayland => vec!["wl-paste", "--no-newline", "--type", kind],
            Tool::X11 => vec!["xclip", "-selection", "clipboard", "-t", kind, "-o"],
            Tool::Pngpaste => vec!["pngpaste", "-"],
            Tool::Osascript => vec!["osascript", "-e", "the clipboard as «class PNGf»"],
        }
    }
}

/// Looks for a picture. Blocks until one is there, or there is none, or the deadline has passed.
pub fn look() -> Found {
    let until = Instant::now() + DEADLINE;
    let tools = tools(cfg!(target_os = "macos"), |name| std::env::var(name).ok());
    tools.into_iter().map(|tool| ask(tool, until)).find(|found| *found != Found::Nothing).unwrap_or(Found::Nothing)
}

/// A tool that is not installed, fails or hangs has found nothing.
fn ask(tool: Tool, until: Instant) -> Found {
    let kind = match tool.list() {
        None => Some(&KINDS[0]),
        Some(words) => match output(words, LONGEST_LIST, until) {
            Ok(Some(list)) => best(&String::from_utf8_lossy(&list)),
            _ => None,
        },
    };
    let Some((name, ending, magic)) = kind else { return Found::Nothing };
    let limit = if tool == Tool::Osascript { MOST * 2 + 100 } else { MOST };
    let bytes = match output(&tool.take(name), limit, until) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Found::TooLarge,
        Err(_) => return Found::Nothing,
    };
    let bytes = if tool == Tool::Osascript { from_script(&bytes).unwrap_or_default() } else { bytes };
    // Some owners answer with something else than what they were asked for.
    if bytes.starts_with(magic) { Found::Picture(bytes, ending) } else { Found::Nothing }
}

/// The best of the kinds that a tool lists.
fn best(list: &str) -> Option<&'static (&'static str, &'static str, &'static [u8])> {
    KINDS.iter().find(|(name, ..)| list.lines().any(|line| line.trim() == *name))
}

/// `«data PNGf89504E47…»`, as AppleScript writes bytes.
fn from_script(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.split_once("PNGf")?.1.split('»').next()?;
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// What a command writes; `None` when that is more than `limit`.
fn output(words: &[&str], limit: usize, until: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let read = read(&mut child, limit, until);
    // It has written all, or what it writes is not wanted any more.
    if !matches!(read, Ok(Some(_))) {
        let _ = child.kill();
    }
    let status = child.wait()?;
    match read {
        Ok(Some(_)) if !status.success() => Err(io::Error::other("the tool failed")),
        other => other,
    }
}

fn read(child: &mut Child, limit: usize, until: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut pipe = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (mut all, mut part) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let mut fd = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let timeout = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one pollfd that lives through the call.
        if left.is_zero() || unsafe { libc::poll(&raw mut fd, 1, timeout) } == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match pipe.read(&mut part) {
            Ok(0) => return Ok(Some(all)),
            Ok(n) if all.len() + n > limit => return Ok(None),
            Ok(n) => all.extend_from_slice(&part[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tools_of_this_desktop_are_asked() {
        let with = |is_macos, names: &'static [&'static str]| {
            tools(is_macos, |name| names.contains(&name).then(|| ":0".to_owned()))
        };
        assert_eq!(with(false, &[]), []);
        assert_eq!(with(false, &["DISPLAY"]), [Tool::X11]);
        assert_eq!(with(false, &["DISPLAY", "WAYLAND_DISPLAY"]), [Tool::Wayland, Tool::X11]);
        assert_eq!(with(true, &[]), [Tool::Pngpaste, Tool::Osascript]);
    }

    #[test]
    fn the_best_kind_is_taken_and_others_are_no_pictures() {
        let name = |list| best(list).map(|(name, ..)| *name);
        assert_eq!(name("TARGETS\nimage/bmp\nimage/jpeg\nimage/png\n"), Some("image/png"));
        assert_eq!(name("image/jpeg\r\n"), Some("image/jpeg"));
        assert_eq!(name("text/plain\nimage/x-icon\nUTF8_STRING\n"), None);
        assert_eq!(from_script("«data PNGf89504E47»\n".as_bytes()), Some(b"\x89PNG".to_vec()));
        assert_eq!(from_script("«data TIFF4D4D»\n".as_bytes()), None);
        assert_eq!(from_script("«data PNGf8»".as_bytes()), Some(vec![8]));
    }

    #[test]
    fn a_tool_that_hangs_or_writes_without_end_is_ended() {
        let soon = || Instant::now() + Duration::from_millis(50);
        let late = || Instant::now() + Duration::from_secs(60);
        let kind = |words: &[&str], until| output(words, 1000, until).map_err(|error| error.kind());
        assert_eq!(kind(&["sh", "-c", "exec sleep 1000"], soon()), Err(io::ErrorKind::TimedOut));
        assert_eq!(kind(&["sh", "-c", "exec cat /dev/zero"], late()), Ok(None));
        assert_eq!(kind(&["sh", "-c", "printf hello"], late()), Ok(Some(b"hello".to_vec())));
        assert_eq!(kind(&["sh", "-c", "printf hello; exit 1"], late()), Err(io::ErrorKind::Other));
        assert_eq!(kind(&["/nowhere/xclip"], late()), Err(io::ErrorKind::NotFound));
    }
}

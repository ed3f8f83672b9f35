//! A desktop with a clipboard: a real X server without a screen, and `xclip` as the program that owns what was copied.
//! Used by tests of pasted pictures. It must never touch a display that somebody looks at.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::home::Home;

/// Ends its X server when it is dropped, and with it whoever owned the clipboard.
pub struct Desktop {
    server: Child,
    display: String,
}

impl Desktop {
    /// `need!("Xvfb", "xclip")` first.
    #[track_caller]
    pub fn start() -> Desktop {
        // It chooses a free display and says which when it is ready.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "64x64x8", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(number.trim().parse::<u32>().is_ok(), "Xvfb says {number:?}");
        Desktop { server, display: format!(":{}", number.trim()) }
    }

    /// As `DISPLAY` has it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Copies a file as this kind of content. The program that owns it goes on beside us, in the home.
    #[track_caller]
    pub fn copy(&self, home: &Home, kind: &str, file: &Path) {
        let status = Command::new("xclip")
            .args(["-selection", "clipboard", "-t", kind, "-i"])
            .arg(file)
            .env_clear()
            .envs(home.env())
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("xclip runs");
        assert!(status.success(), "xclip: {status}");
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

//! The outer terminal's modes: taken at start, given back on every way out (invariant 8).
//!
//! # Invariant
//! `restore` may be called from anywhere, any number of times, also from a panic hook: it writes one constant byte
//! string and puts the line settings back. It must never allocate a picture or take a lock of ours.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// The title put aside, alternate screen, no wrap surprises from before, pastes in brackets, focus reports, mouse with
/// drags in SGR form.
const ENTER: &[u8] = b"\x1b[22;2t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// Kitty keyboard: tell keys apart. After the alternate screen, which has its own stack.
const ENTER_KITTY: &[u8] = b"\x1b[>5u";
/// Undoes all of it in the opposite order, and what may have been asked for since. Popping an empty kitty stack and
/// leaving modes never entered is harmless.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[r\x1b[?2031l\x1b[<u\x1b[>4m\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";

static ENTERED: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back when dropped.
pub struct TerminalGuard {
    /// The terminal has the kitty keyboard protocol.
    kitty: AtomicBool,
}

impl TerminalGuard {
    /// Takes the terminal. A panic from now on gives it back before its message is printed.
    ///
    /// # Errors
    /// When the terminal's settings cannot be changed, as without a terminal.
    pub fn enter(kitty: bool) -> io::Result<TerminalGuard> {
        install_panic_hook();
        let guard = TerminalGuard { kitty: AtomicBool::new(kitty) };
        guard.take()?;
        Ok(guard)
    }

    /// The terminal turned out to have the kitty keyboard protocol.
    pub fn has_kitty(&self) {
        self.kitty.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let mut stdout = io::stdout().lock();
        stdout.write_all(ENTER)?;
        if self.kitty.load(Ordering::Relaxed) {
            stdout.write_all(ENTER_KITTY)?;
        }
        stdout.flush()
    }

    /// Gives the terminal back, stops this process as SIGTSTP does any other, and takes the terminal again when
    /// somebody lets it go on.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&self) -> io::Result<()> {
        restore();
        stop_this_process();
        self.take()
    }

    /// Gives the terminal to another program.
    pub fn give(&self) {
        restore();
    }

    /// Stops this process while another program has the terminal.
    pub fn stop(&self) {
        stop_this_process();
    }

    /// Takes it again when that program has ended.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn take_again(&self) -> io::Result<()> {
        self.take()
    }

    /// Takes the terminal again from a shell that had it while we were stopped without being asked (SIGSTOP).
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn resume(&self) -> io::Result<()> {
        if is_raw() {
            return Ok(());
        }
        restore();
        self.take()
    }
}

/// Does what SIGTSTP does to a program that knows nothing of it. The kernel ignores it where no shell could ever let us
/// go on; SIGSTOP would stop us there for good.
fn stop_this_process() {
    // SAFETY: a zeroed `sigaction` is a valid one (the default action, nothing masked); all pointers are to live values.
    unsafe {
        let plain: libc::sigaction = std::mem::zeroed();
        let mut ours: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGTSTP, &raw const plain, &raw mut ours);
        libc::raise(libc::SIGTSTP);
        libc::sigaction(libc::SIGTSTP, &raw const ours, std::ptr::null_mut());
    }
}

/// Whether the line settings are the ones we made.
fn is_raw() -> bool {
    let mut settings = std::mem::MaybeUninit::<libc::termios>::zeroed();
    // SAFETY: the pointer is to a live value, and a zeroed `termios` is a valid one, whether or not it is filled in.
    let settings = unsafe {
        libc::tcgetattr(libc::STDIN_FILENO, settings.as_mut_ptr());
        settings.assume_init()
    };
    settings.c_lflag & (libc::ICANON | libc::ECHO) == 0
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, if it is still taken.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut rest = LEAVE;
    // Past the standard library's lock, which a panicking writer may hold.
    while !rest.is_empty() {
        // SAFETY: the pointer and the length are those of a live slice.
        let written = unsafe { libc::write(libc::STDOUT_FILENO, rest.as_ptr().cast(), rest.len()) };
        match usize::try_from(written) {
            Ok(n) if n > 0 => rest = &rest[n.min(rest.len())..],
            _ if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            // The terminal is gone: nobody is left to restore it for.
            _ => break,
        }
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

fn install_panic_hook() {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.swap(true, Ordering::SeqCst) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        before(info);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_entered_is_left() {
        let mut parser = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        parser.process(b"before");
        parser.process(ENTER);
        assert!(parser.screen().alternate_screen() && parser.screen().bracketed_paste());
        parser.process(b"\x1b[?25l\x1b[31;1mx");
        parser.process(LEAVE);
        let screen = parser.screen();
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(screen.fgcolor(), vt100::Color::Default);
        assert_eq!(screen.contents().trim_end(), "before");
        for mode in ["1049", "2004", "1004", "1000", "1002", "1006"] {
            let (on, off) = (format!("\x1b[?{mode}h"), format!("\x1b[?{mode}l"));
            assert!(String::from_utf8_lossy(ENTER).contains(&on) && String::from_utf8_lossy(LEAVE).contains(&off));
        }
    }
}

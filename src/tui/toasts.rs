//! Short notices above the status bar. Pushed by update, drawn by the view.
//! They must never take rows from a pane: they share one line over the panes' bottom frames, the newest first.

use super::events::Log;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;

/// Long enough to be read at a glance, short enough not to be in the way.
const SHOWN_FOR: Millis = 4_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// What a key has done, or why not: of the moment.
    Info,
    /// Something good has happened.
    Good,
    /// Something has failed. Stays until a key.
    Error,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toast {
    pub text: String,
    pub tone: Tone,
    pub at: Millis,
    until: Option<Millis>,
    /// Over as soon as the server answers.
    is_unreachable: bool,
}

impl Toast {
    /// It tells of what is to come, and stays as long as that.
    fn is_promise(&self) -> bool {
        self.until.is_none_or(|until| until > self.at + SHOWN_FOR)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Toasts {
    list: Vec<Toast>,
    log: Log,
}

/// More than anyone reads; the oldest fall off, and can be read in the list of events.
const KEPT: usize = 8;

impl Toasts {
    pub fn push(&mut self, tone: Tone, text: impl Into<String>, now: Millis) {
        // What a key did is over with the next key that did something.
        self.list.retain(|t| tone != Tone::Info || t.tone != Tone::Info || t.is_promise());
        let until = (tone != Tone::Error).then_some(now + SHOWN_FOR);
        self.push_until(tone, text, now, until);
    }

    /// A toast with its own end; `None` stays until a key.
    pub fn push_until(&mut self, tone: Tone, text: impl Into<String>, now: Millis, until: Option<Millis>) {
        let text = text.into();
        self.log.push(now, tone, &text);
        self.show(tone, text, now, until);
    }

    /// Something could not be asked, because there is no server.
    pub fn push_unreachable(&mut self, text: impl Into<String>, now: Millis) {
        self.push(Tone::Error, text, now);
        if let Some(last) = self.list.last_mut() {
            last.is_unreachable = true;
        }
    }

    /// The server is there again.
    pub fn reached(&mut self) {
        self.list.retain(|t| !t.is_unreachable);
    }

    /// Says something of the moment that is not worth keeping.
    pub fn whisper(&mut self, text: &str, now: Millis) {
        self.show(Tone::Info, text.to_owned(), now, Some(now + SHOWN_FOR));
    }

    /// What was said last is about this agent.
    pub fn about(&mut self, agent: TerminalId) {
        self.log.about(agent);
    }

    /// Everything that was said.
    pub fn log(&self) -> &Log {
        &self.log
    }

    fn show(&mut self, tone: Tone, text: String, now: Millis, until: Option<Millis>) {
        self.list.retain(|t| t.text != text);
        if self.list.len() >= KEPT {
            self.list.remove(0);
        }
        self.list.push(Toast { text, tone, at: now, until, is_unreachable: false });
    }

    /// Takes a toast back: what it said is no longer so.
    pub fn withdraw(&mut self, text: &str) {
        self.list.retain(|t| t.text != text);
    }

    /// Those to be shown, the newest first.
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Toast> {
        self.list.iter().rev()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Drops what has been shown long enough; whether anything was.
    pub fn expire(&mut self, now: Millis) -> bool {
        let before = self.list.len();
        self.list.retain(|t| t.until.is_none_or(|until| until > now));
        self.list.len() != before
    }

    /// A key was pressed: errors were seen.
    pub fn seen(&mut self) -> bool {
        let before = self.list.len();
        self.list.retain(|t| t.until.is_some());
        self.list.len() != before
    }

    /// A key went to an agent: who types on has seen the errors that stood there for a while. Whether any went.
    pub fn typed(&mut self, now: Millis) -> bool {
        let before = self.list.len();
        self.list.retain(|t| t.until.is_some() || now < t.at + SHOWN_FOR);
        self.list.len() != before
    }

    pub fn next_due(&self) -> Option<Millis> {
        self.list.iter().filter_map(|t| t.until).min()
    }
}

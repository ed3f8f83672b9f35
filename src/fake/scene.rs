//! What a style has to draw: the conversation, the composer, the dialog, and what the double is doing. Made by the
//! machine for each picture. It must never know how any of it looks.

use crate::fake::composer::Composer;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    pub cols: usize,
    pub rows: usize,
}

/// Where the double runs.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub cwd: String,
}

impl Place {
    /// The last part of the folder's name.
    pub fn folder(&self) -> &str {
        self.cwd.rsplit('/').find(|part| !part.is_empty()).unwrap_or("/")
    }
}

/// One item of the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    Prompt(String),
    /// `is_whole`: nothing more comes to it.
    Said {
        text: String,
        is_whole: bool,
    },
    /// A command; without a code while it runs or is asked about.
    Ran {
        command: String,
        output: String,
        code: Option<i32>,
    },
    Denied(String),
    /// A hook did not let it run.
    Blocked {
        command: String,
        reason: String,
    },
    Answered {
        question: String,
        answer: String,
    },
    Failed(String),
    Interrupted,
    Done {
        seconds: u64,
    },
}

impl Entry {
    /// Whether it may still change.
    pub fn is_open(&self) -> bool {
        matches!(self, Entry::Said { is_whole: false, .. } | Entry::Ran { code: None, .. })
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dialog {
    /// The command, the question, or the folder.
    pub about: String,
    pub reason: Option<String>,
    pub choices: Vec<String>,
    pub chosen: usize,
}

impl Dialog {
    pub fn step(&mut self, by: isize) {
        let count = self.choices.len().cast_signed();
        self.chosen = (self.chosen.cast_signed() + by).rem_euclid(count.max(1)).cast_unsigned();
    }

    pub fn is_chosen(&self, index: usize) -> bool {
        self.chosen == index
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Mood<'a> {
    Idle,
    Working { retry: Option<(u32, u32)> },
    Approval(&'a Dialog),
    Question(&'a Dialog),
    Trust(&'a Dialog),
}

pub struct Scene<'a> {
    pub size: Size,
    pub place: &'a Place,
    pub entries: &'a [Entry],
    pub composer: &'a Composer,
    pub mood: Mood<'a>,
    /// Since the turn began.
    pub elapsed_ms: u64,
    /// Tells its state by OSC 7501, and has been understood.
    pub is_reporting: bool,
    /// Escape was pressed once, where it takes two.
    pub is_escaping: bool,
}

impl Scene<'_> {
    pub fn is_working(&self) -> bool {
        matches!(self.mood, Mood::Working { .. })
    }

    pub fn seconds(&self) -> u64 {
        self.elapsed_ms / 1000
    }

    /// One of `frames`, each shown for `ms`.
    pub fn frame<T: Copy>(&self, frames: &[T], ms: u64) -> Option<T> {
        let index = usize::try_from(self.elapsed_ms / ms.max(1)).unwrap_or(0);
        frames.get(index % frames.len().max(1)).copied()
    }
}

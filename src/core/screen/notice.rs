//! What a terminal's program tells besides its picture: title, bell, its state, progress, notifications, marks.
//! Collected by the screen, taken by its owner. A notice is a report, never an order: nothing here is acted on
//! by the screen, and no text in it holds a control character.

use super::program::ProgramState;

#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    Title(String),
    Bell,
    /// OSC 7501.
    Program(ProgramState),
    /// It asked whether its OSC 7501 is heard, and was told yes: what it does is what it will report.
    WillReport,
    /// OSC 9;4.
    Progress(Progress),
    /// OSC 9, 99, 777.
    Notify(String),
    /// OSC 7: the path, decoded.
    Cwd(String),
    /// OSC 133: `A` prompt, `B` command line, `C` output, `D` end with its exit code.
    Mark {
        mark: char,
        exit: Option<i32>,
    },
    /// OSC 52: the program wants this on the clipboard.
    Clipboard {
        selection: String,
        text: String,
    },
    /// The engine failed and was built anew from the last picture; the stretch it failed on was left out.
    Rebuilt,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    None,
    Percent(u8),
    Error(u8),
    Indeterminate,
    Paused(u8),
}

impl Progress {
    /// As rules of providers read it.
    pub fn words(self) -> String {
        match self {
            Progress::None => "none".into(),
            Progress::Percent(percent) => format!("percent {percent}"),
            Progress::Error(percent) => format!("error {percent}"),
            Progress::Indeterminate => "indeterminate".into(),
            Progress::Paused(percent) => format!("paused {percent}"),
        }
    }

    /// From the parameters behind `9;4;`.
    pub(super) fn parse(text: &str) -> Option<Progress> {
        let mut numbers = text.split(';').map(|part| part.trim().parse::<u8>().ok());
        let state = numbers.next()?;
        let percent = numbers.next().flatten().unwrap_or(0).min(100);
        match state? {
            0 => Some(Progress::None),
            1 => Some(Progress::Percent(percent)),
            2 => Some(Progress::Error(percent)),
            3 => Some(Progress::Indeterminate),
            4 => Some(Progress::Paused(percent)),
            _ => None,
        }
    }
}

/// Only the newest of these matters when several come in a row; a spinner in a title is ten a second.
pub(super) fn replaces(new: &Notice, last: &Notice) -> bool {
    matches!(
        (new, last),
        (Notice::Title(_), Notice::Title(_))
            | (Notice::Bell, Notice::Bell)
            | (Notice::Progress(_), Notice::Progress(_))
            | (Notice::Cwd(_), Notice::Cwd(_))
            | (Notice::Rebuilt, Notice::Rebuilt)
    )
}

//! What really happened in a run, with its time: told by the scripted model, by the files and processes of the tools
//! that it called, and by the keys that the test pressed. Made by `script.rs`, `job.rs` and `run.rs`, read by `expected.rs`.
//! Nothing here may come from the product under test.

/// Milliseconds since 1970, of the one clock that all who tell share.
pub type Millis = u64;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    pub at: Millis,
    pub what: What,
}

impl Event {
    pub fn new(at: Millis, what: What) -> Event {
        Event { at, what }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// The program's composer has taken a key: it is there, and at rest.
    Up,
    /// Enter was pressed behind a prompt.
    Sent,
    /// Something was typed and not sent.
    Typed,
    /// What the model's answer leads to stands on the screen: its dialog, its last words.
    Drawn,
    /// A key that answers a dialog or a question was pressed.
    Answered,
    /// The key that interrupts was pressed.
    Interrupted,
    /// The program was told to end.
    Quit,
    /// Its process is gone.
    Gone,
    /// The model was asked.
    Asked(u64),
    /// The first text of an answer goes out.
    Streams(u64),
    /// An answer is over.
    Answer(u64, Ending),
    /// A tool's process has begun or is gone.
    ToolBegan(String),
    ToolEnded(String),
}

/// How an answer of the model ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// With words: the turn is over.
    Words,
    /// With the call of a tool for which the program asks for leave.
    AsksLeave,
    /// With the call of the tool that asks the person something.
    AsksPerson,
    /// With the call of a tool for which nobody is asked.
    CallsTool,
    /// With an error.
    Failed,
    /// The program has hung up.
    HungUp,
}

impl What {
    /// Done by the person.
    pub fn is_by_hand(&self) -> bool {
        matches!(self, What::Sent | What::Answered | What::Interrupted | What::Quit)
    }

    /// Proof that the program goes on by itself.
    pub fn goes_on(&self) -> bool {
        matches!(self, What::Asked(_) | What::ToolBegan(_))
    }
}

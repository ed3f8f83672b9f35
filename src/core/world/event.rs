//! All that can happen to the world, and all that can follow from it. Read these two lists to know the server.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::approval::{Answer, Approval, Outcome};
use crate::core::policy::Record;
use crate::core::status::Verdict;
use crate::core::usage::{Mark, Row, Used};
use crate::core::world::{Session, Terminal, Trust, Worktree};

/// What happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A terminal is to be started; its session is made when it is not there yet.
    Launched {
        session: Session,
        terminal: Box<Terminal>,
    },
    /// A holder lives that has no row: it gets one, in a session for such finds.
    Found {
        session: Session,
        terminal: Box<Terminal>,
    },
    /// Its holder runs.
    Spawned {
        id: TerminalId,
        holder_pid: u32,
        agent_pid: u32,
    },
    /// Its holder could not start the program.
    SpawnFailed {
        id: TerminalId,
        error: String,
    },
    /// A living holder was found by a new server.
    Adopted {
        id: TerminalId,
        holder_pid: u32,
        agent_pid: u32,
        columns: u16,
        rows: u16,
    },
    /// The program ended.
    Exited {
        id: TerminalId,
        code: Option<i32>,
        signal: Option<i32>,
    },
    /// The holder is gone and did not say how the program ended.
    HolderLost {
        id: TerminalId,
        reason: String,
    },
    /// A new server found that its program was ended by a signal, as at the end of a machine.
    CutOff {
        id: TerminalId,
    },
    /// The evidence says so now.
    Judged {
        id: TerminalId,
        verdict: Verdict,
    },
    /// Whether its hooks fire, as it was seen of this run.
    Hooks {
        id: TerminalId,
        run: u32,
        hooks: crate::core::world::Hooking,
    },
    /// The disk refuses (`Some`) or takes again.
    Disk {
        id: TerminalId,
        error: Option<String>,
    },
    Titled {
        id: TerminalId,
        title: String,
    },
    Resized {
        id: TerminalId,
        columns: u16,
        rows: u16,
    },
    Renamed {
        id: TerminalId,
        window: String,
    },
    /// A person wants its program to end, or not to begin again.
    Unwanted {
        id: TerminalId,
    },
    /// Started again under the same id: by itself, as its policy says, or by somebody's wish.
    Restarted {
        id: TerminalId,
        command: Vec<String>,
        is_by_itself: bool,
    },
    /// It has answered the check of its health in this run of the program.
    Well {
        id: TerminalId,
        run: u32,
    },
    /// It has not, and was last known to be well then.
    Unwell {
        id: TerminalId,
        run: u32,
        reason: String,
        well_at: Millis,
    },
    /// A user has looked at it for long enough.
    Seen {
        id: TerminalId,
    },
    /// The terminal's row goes; its program has ended.
    Removed {
        id: TerminalId,
    },
    /// The agent CLI's conversation has this id, as seen in this run of the program.
    Conversation {
        id: TerminalId,
        run: u32,
        conversation: String,
    },
    /// A file of a terminal's conversation was read further.
    Used {
        id: TerminalId,
        used: Box<Used>,
    },
    /// An agent takes a step, or wants to.
    Stepped(Box<Record>),
    /// Something waits for a person's yes.
    Asked(Box<Approval>),
    /// A person has answered it, having seen what has this digest.
    Answered {
        approval: u64,
        digest: String,
        answer: Box<Answer>,
    },
    /// What was allowed was done, or could not be.
    Done {
        approval: u64,
        outcome: Outcome,
    },
    /// Everything is stopped by a person, or that is taken back.
    Halted {
        is_halted: bool,
    },
    /// A work tree was made, or is otherwise than it was.
    Worktree(Box<Worktree>),
    /// Nothing of a work tree is left.
    WorktreeForgotten {
        id: TerminalId,
    },
    /// The user trusts what lies in a directory.
    Trusted(Box<Trust>),
    /// They do no more.
    TrustRevoked {
        directory: String,
    },
}

/// What a notice is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    Terminal(TerminalId),
    Session(String),
    Worktree(TerminalId),
    /// Whether everything is stopped.
    Halt,
    /// A directory.
    Trust(String),
    Approval(u64),
}

/// What is to be done, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    SaveSession(Session),
    SaveTerminal(Box<Terminal>),
    DeleteTerminal(TerminalId),
    DeleteSession(String),
    SaveWorktree(Box<Worktree>),
    DeleteWorktree(TerminalId),
    SaveHalt(Option<Millis>),
    SaveTrust(Box<Trust>),
    DeleteTrust(String),
    /// What a conversation has used on a day.
    SaveUsage(Box<Row>),
    /// How far a file was read; only ever beside what it says was counted.
    SaveMark(Box<Mark>),
    SaveStep(Box<Record>),
    SaveApproval(Box<Approval>),
    /// Tell every client; only ever behind the saves of what it tells of.
    Announce {
        subject: Subject,
        revision: u64,
    },
}

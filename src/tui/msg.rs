//! What can happen to the screen, and what it can ask for: the two enums between `update` and `run`.
//! Values only; nothing here may do anything.

use super::past::Wanted;
use super::preferences::{Said, Sheet};
use crate::base::id::TerminalId;
use crate::config::listing::Setting;
use crate::core::keys::{KeyPress, Mouse, Reply};
use crate::proto::diff::{Diff, DiffBase};
use crate::proto::frame::Frame;
use crate::proto::life::{Conversation, Done, StopAll};
use crate::proto::rest::{FoundRow, FoundRows, LaunchRequest, Provider, Search, Session, Terminal, Transcript, Weight};
use crate::proto::stream::{ClientMessage, Colors, ServerMessage};
use crate::proto::usage::UsageReport;
use crate::proto::worktree::{Beside, FinishRequest, Finished, Outlook, Snapshot, Worktree};

/// An error as the screen shows it: what, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Failure {
    pub what: String,
    pub hint: Option<String>,
    /// There was no server to answer.
    pub is_unreachable: bool,
}

/// What became of a look for a picture on the clipboard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Picture {
    None,
    /// There is one; it was not asked to be kept.
    There,
    /// It is in this file now.
    Kept(String),
    TooLarge,
    /// It could not be kept: why.
    Failed(String),
}

#[derive(Debug)]
pub enum Msg {
    Key(KeyPress),
    /// Several keys that came at once: what is typed of them goes as one input.
    Keys(Vec<KeyPress>),
    /// The outer terminal says something about itself: the run loop's business.
    Outer(Reply),
    /// The colours of the outer terminal.
    Colors(Colors),
    Paste(String),
    Mouse(Mouse),
    Resize(u16, u16),
    /// The outer terminal gained or lost the desktop's focus.
    Focus(bool),
    /// Something that `State::next_due` named is due.
    Tick,
    /// The stream is open and greeted.
    Connected,
    /// The stream ended.
    Lost,
    /// A try to connect failed; the next is under way.
    StillLost,
    Frame(Frame),
    Server(ServerMessage),
    Sessions(Result<Vec<Session>, Failure>),
    /// The kinds of agents, and what of the configuration could not be used.
    Providers(Result<(Vec<Provider>, Vec<String>), Failure>),
    /// Whether a work tree can be made beside a directory.
    Beside {
        directory: String,
        result: Result<Beside, Failure>,
    },
    /// Answer to `Command::Launch`; `type_there` as it was asked.
    Launched {
        result: Result<Box<Terminal>, Failure>,
        type_there: bool,
    },
    /// Answer to `Command::FetchConversations`.
    Conversations {
        terminal: TerminalId,
        result: Result<Vec<Conversation>, Failure>,
    },
    Restarted(Result<Box<Terminal>, Failure>),
    ResumedAll(Result<Vec<Done>, Failure>),
    /// Whether everything is stopped, and what was done for that just now.
    Stopped(Result<StopAll, Failure>),
    /// Answer to `Command::FetchPast`; `serial` says which past asked.
    Past {
        terminal: TerminalId,
        serial: u64,
        result: Result<Transcript, Failure>,
    },
    /// Answer to `Command::FetchSelection`.
    Selected {
        terminal: TerminalId,
        serial: u64,
        result: Result<Transcript, Failure>,
    },
    /// Answer to `Command::Pager`: the run loop's business.
    Printed(Result<String, Failure>),
    /// Answer to `Command::Search`.
    Searched(Result<Search, Failure>),
    /// Answer to `Command::Answer`.
    Answered {
        terminal: TerminalId,
        yes: bool,
        result: Result<(), Failure>,
    },
    /// Answer to `Command::Clipboard`: `Err` says why the text may be nowhere.
    Copied(Result<(), String>),
    /// Answer to `Command::FindRow`; the rest as it was.
    FoundRow {
        terminal: TerminalId,
        serial: u64,
        query: String,
        asked: u64,
        result: Result<FoundRow, Failure>,
    },
    /// Answer to `Command::CountRows`; the rest as it was.
    CountedRows {
        terminal: TerminalId,
        serial: u64,
        query: String,
        result: Result<FoundRows, Failure>,
    },
    /// Answer to `Command::FetchDiff`; the rest as it was asked.
    Diffed {
        terminal: TerminalId,
        base: DiffBase,
        result: Result<Box<Diff>, Failure>,
    },
    /// Answer to `Command::FetchUsage`.
    Used(Result<UsageReport, Failure>),
    /// Answer to `Command::Weigh`.
    Weighed {
        terminal: TerminalId,
        result: Result<Option<Weight>, Failure>,
    },
    /// Answer to `Command::FetchTrees`.
    Trees(Result<Vec<Worktree>, Failure>),
    /// Answer to `Command::LookAtTree`.
    TreeLooked {
        tree: TerminalId,
        result: Result<(Box<Worktree>, Outlook), Failure>,
    },
    /// Answer to `Command::KeepTree`; `is_look` as it was asked.
    TreeKept {
        tree: TerminalId,
        is_look: bool,
        result: Result<Snapshot, Failure>,
    },
    TreeRemoved(Result<Box<Worktree>, Failure>),
    TreeRestored(Result<Box<Worktree>, Failure>),
    /// Answer to `Command::FinishTree`.
    TreeFinished {
        tree: TerminalId,
        result: Result<Box<Finished>, Failure>,
    },
    /// Answer to `Command::Message`.
    Messaged {
        terminal: TerminalId,
        result: Result<(), Failure>,
    },
    /// Answer to `Command::LookForPicture`.
    Looked {
        terminal: TerminalId,
        picture: Picture,
    },
    /// Answer to `Command::ReadSettings` and `Command::WriteSetting`.
    Settings {
        sheet: Box<Sheet>,
        said: Option<Said>,
    },
    /// An answer of which only the failure is of interest; `what` says what was tried.
    Done {
        what: &'static str,
        result: Result<(), Failure>,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    Send(ClientMessage),
    FetchSessions,
    FetchProviders {
        /// The `PATH` that agents are started with.
        path: Option<String>,
    },
    /// Asks whether a work tree can be made beside a directory.
    FetchBeside {
        directory: String,
    },
    /// Starts an agent in a session, or in a new one.
    Launch {
        session: Option<String>,
        request: Box<LaunchRequest>,
        type_there: bool,
    },
    /// Ends the agent, keeps its row.
    Exit(TerminalId),
    ResumeAll,
    StopAll {
        undo: bool,
    },
    FetchStopped,
    FetchTrees,
    /// What a tree is, and what its end would bring; `into`: another branch than the one it was made from.
    LookAtTree {
        tree: TerminalId,
        into: Option<String>,
    },
    /// Takes a snapshot of a tree; `is_look`: to know what a removal would lose.
    KeepTree {
        tree: TerminalId,
        is_look: bool,
    },
    /// Takes a tree away; `accept` says yes to what would be lost.
    RemoveTree {
        tree: TerminalId,
        accept: String,
    },
    /// Brings a removed tree back, or a living one to its last snapshot.
    RestoreTree(TerminalId),
    FinishTree {
        tree: TerminalId,
        request: Box<FinishRequest>,
    },
    /// Ends the agent, removes its row.
    Close(TerminalId),
    Restart(TerminalId),
    FetchConversations(TerminalId),
    /// Starts an agent again with this conversation.
    Resume {
        terminal: TerminalId,
        conversation: String,
    },
    /// Asks what an agent takes.
    Weigh(TerminalId),
    /// What was used today.
    FetchUsage,
    Rename {
        terminal: TerminalId,
        name: String,
    },
    /// The user has looked at what the agent finished.
    Seen(TerminalId),
    /// Rings the bell of the outer terminal.
    Bell,
    /// Presses a named key.
    Key {
        terminal: TerminalId,
        key: &'static str,
    },
    /// A page of an agent's past, which ends at the place `until` of its log.
    FetchPast {
        terminal: TerminalId,
        wanted: Wanted,
        until: u64,
        serial: u64,
    },
    /// The rows of a selection that are not here.
    FetchSelection {
        terminal: TerminalId,
        from: usize,
        lines: usize,
        until: u64,
        serial: u64,
    },
    /// Yes or no to what an agent's own program asks.
    Answer {
        terminal: TerminalId,
        yes: bool,
    },
    /// The next row that matches.
    FindRow {
        terminal: TerminalId,
        query: String,
        row: usize,
        back: bool,
        until: u64,
        serial: u64,
        asked: u64,
    },
    /// The numbers of all rows that match.
    CountRows {
        terminal: TerminalId,
        query: String,
        until: u64,
        serial: u64,
    },
    /// Lines of all agents' output.
    Search {
        query: String,
        limit: usize,
    },
    /// What became of the files around an agent; nothing but a word when that is this revision still.
    FetchDiff {
        terminal: TerminalId,
        base: DiffBase,
        revision: Option<String>,
    },
    /// Types a message to an agent and presses Enter; once for each id.
    Message {
        terminal: TerminalId,
        id: String,
        message: String,
    },
    /// Shows an agent's whole output in the user's pager, in place of the screen until that ends.
    Pager {
        terminal: TerminalId,
    },
    /// Puts text on the clipboard of the machine the user sits at.
    Clipboard(String),
    /// Looks whether the clipboard of this machine holds a picture, since it holds no text; `keep`: as a file.
    LookForPicture {
        terminal: TerminalId,
        keep: bool,
    },
    /// Shows a web page where the user sits, or gives them its address.
    OpenWeb(String),
    /// Opens a file in the user's editor, in place of the screen until it ends.
    Edit {
        path: String,
        line: Option<u32>,
        /// What a relative path is relative to.
        directory: String,
    },
    /// Reads the configuration for the list of settings.
    ReadSettings,
    /// Writes one setting into `config.toml`; without a value it is taken out.
    WriteSetting {
        setting: Setting,
        value: Option<String>,
    },
    /// Shows a theme for now; `None`: the chosen one again.
    PreviewTheme(Option<String>),
    Quit,
}

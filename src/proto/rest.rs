//! Bodies of the HTTP API: what scripts, the CLI and the TUI read and send. Field names stay; both spellings of
//! the seed's names are served and accepted. These are twins of the core's types, never the core's own.

use crate::base::cell::Row;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::proto::usage::Usage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest body of a request: a paste of several MiB in a JSON string.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// What a terminal is doing. Words as in the design's table: the screen shows `ready` as *idle*, and so on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Initializing,
    Ready,
    Running,
    Waiting,
    Completed,
    Error,
    Closed,
    #[default]
    Unknown,
}

impl Status {
    pub const ALL: [Status; 8] = [
        Status::Initializing,
        Status::Ready,
        Status::Running,
        Status::Waiting,
        Status::Completed,
        Status::Error,
        Status::Closed,
        Status::Unknown,
    ];

    /// The word in JSON, in the database and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Status::Initializing => "initializing",
            Status::Ready => "ready",
            Status::Running => "running",
            Status::Waiting => "waiting",
            Status::Completed => "completed",
            Status::Error => "error",
            Status::Closed => "closed",
            Status::Unknown => "unknown",
        }
    }

    /// The word on the screen.
    pub fn screen_word(self) -> &'static str {
        match self {
            Status::Initializing => "starting",
            Status::Ready => "idle",
            Status::Running => "working",
            Status::Waiting => "waiting",
            Status::Completed => "done",
            Status::Error => "failed",
            Status::Closed => "gone",
            Status::Unknown => "unknown",
        }
    }
}

/// `initializing (starting), ready (idle), …`: every status with the screen's word for it, where that differs.
fn all_words() -> String {
    let both = |s: Status| match (s.word(), s.screen_word()) {
        (word, same) if word == same => word.to_owned(),
        (word, on_screen) => format!("{word} ({on_screen})"),
    };
    Status::ALL.map(both).join(", ")
}

impl std::str::FromStr for Status {
    type Err = String;

    /// The screen's words count, too: whoever reads `idle` there writes it here.
    fn from_str(word: &str) -> Result<Status, String> {
        let is_it = |s: &Status| s.word() == word || s.screen_word() == word;
        Status::ALL.into_iter().find(is_it).ok_or_else(|| format!("`{word}` is not a status; one of: {}", all_words()))
    }
}

/// What a waiting terminal waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaitingFor {
    Approval,
    Question,
    Trust,
    Login,
    Other,
}

/// One agent's terminal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Terminal {
    pub id: TerminalId,
    pub session: String,
    /// The seed's spelling of `session`.
    pub session_name: String,
    /// `<role>-<profile>`, then `-2`, `-3`; a user may rename it.
    pub window: String,
    pub window_name: String,
    pub role: String,
    pub provider: String,
    pub profile: Option<String>,
    pub agent_profile: Option<String>,
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    /// One line about the status: the question asked, the command run, the reason of a failure.
    pub detail: Option<String>,
    /// Where the status was seen.
    pub evidence: Option<String>,
    pub title: String,
    pub cwd: String,
    /// The work tree that it works in, when one was made for agents: its id.
    pub worktree: Option<TerminalId>,
    /// The branch of that work tree.
    pub branch: Option<String>,
    /// What that work tree was made beside.
    #[serde(default)]
    pub repository: Option<String>,
    /// Where the output lies of what was run in that work tree before the agent, when something was.
    #[serde(default)]
    pub setup_log: Option<String>,
    /// The command line that was started.
    pub command: Vec<String>,
    /// The agent's process; `None` when it is gone.
    pub pid: Option<u32>,
    pub holder_pid: Option<u32>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// When the status began, RFC 3339, UTC.
    pub since: String,
    /// The same in milliseconds since 1970.
    pub since_ms: Millis,
    pub log_path: String,
    pub cols: u16,
    pub rows: u16,
    pub exit_code: Option<i32>,
    /// `/terminals/{id}/answer` can answer what it waits for.
    #[serde(default)]
    pub answerable: bool,
    /// It has ended because somebody asked for that.
    #[serde(default)]
    pub stopped: bool,
    /// The agent CLI's own id of its conversation, where known: that of its last turn. `resume` takes it up again.
    pub conversation: Option<String>,
    /// Whether its CLI's hooks fire, as this launch asked for.
    #[serde(default)]
    pub hooks: crate::proto::status::Hooks,
    /// What it takes; told when `weight=true` is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// What it has used so far, as its CLI says it; `null`: nothing is known.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Whether it is started again by itself when its program ends.
    #[serde(default)]
    pub restart: Restart,
    /// When that is planned, in milliseconds since 1970.
    #[serde(default)]
    pub again_at_ms: Option<Millis>,
    /// It was running when its holder was killed, as at the end of a machine: `resume --all` takes it up again.
    #[serde(default)]
    pub cut_off: bool,
    #[serde(default)]
    pub is_shell: bool,
    /// Bytes of output so far.
    pub output_end: u64,
    /// Counts every change of this object.
    pub revision: u64,
}

/// What the whole process tree of an agent takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// Of one processor, since it was asked for the last time; absent: it is asked for the first time.
    pub cpu_percent: Option<u32>,
    /// Processor time so far, in milliseconds.
    pub cpu_ms: u64,
    /// Bytes of memory that no other process has as well.
    pub memory_bytes: u64,
    pub processes: u32,
    /// Bytes of its log on the disk.
    pub log_bytes: u64,
}

/// A process that an agent started, and that no holder has in its tree any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Orphan {
    pub pid: u32,
    /// The agent that started it, by its own environment.
    pub terminal: Option<TerminalId>,
    pub command: String,
}

/// A named group of terminals with one working directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    pub name: String,
    pub cwd: String,
    pub created_at: String,
    pub terminals: Vec<Terminal>,
}

/// One terminal to start.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LaunchRequest {
    pub provider: Option<String>,
    #[serde(alias = "profile")]
    pub agent_profile: Option<String>,
    pub role: Option<String>,
    /// Name of the session; of no meaning when a terminal is added to a session.
    #[serde(alias = "session")]
    pub session_name: Option<String>,
    #[serde(alias = "window")]
    pub window_name: Option<String>,
    #[serde(alias = "cwd")]
    pub working_directory: Option<String>,
    /// `worktree`: the agent works in a work tree of its own beside the directory's, on a branch. `same-folder`: in the
    /// directory itself. `auto`: a work tree where that can be. Absent: the same folder.
    pub isolation: Option<Isolation>,
    /// The seed's spelling of `isolation: worktree`.
    pub use_worktree: bool,
    /// With a work tree: the commit or branch it is made from. Absent: what is checked out.
    pub base: Option<String>,
    /// With a work tree: the branch, which may exist. Absent: a new one, named after the first message.
    pub branch: Option<String>,
    /// Instead of the provider's own command line.
    pub command: Vec<String>,
    /// First message for the agent.
    pub prompt: Option<String>,
    /// Whether it is started again by itself when its program ends. Absent: as the setting `launch.restart` says.
    pub restart: Option<Restart>,
    /// The environment of the program, whole. Absent: the server's start environment.
    pub environment: Option<BTreeMap<String, String>>,
    /// Files of variables (`.env`) on the server's machine, absolute: added to the environment, later ones over earlier ones.
    /// Their values are not stored; a restart reads them again.
    pub env_files: Vec<String>,
    /// Added to the environment, over the files.
    pub env: BTreeMap<String, String>,
    /// Mask of new files of the program. Absent: the server's.
    pub umask: Option<u32>,
    pub workers: Vec<LaunchRequest>,
    #[serde(alias = "cols")]
    pub columns: Option<u16>,
    pub rows: Option<u16>,
}

/// When a program that has ended is started again by itself: after 1 s, 2 s, 4 s …, and no more after five ends in a
/// row without a life of a minute. What was ended on purpose never is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    #[default]
    Never,
    /// After a code other than 0, a signal, or a holder that was killed.
    OnFailure,
    Always,
}

/// Where an agent works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    SameFolder,
    Worktree,
    /// A work tree where the directory lies in a git repository with a commit, else the same folder.
    Auto,
}

/// `POST /terminals/{id}/input`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InputRequest {
    pub message: String,
    /// Press Enter after the message. Default: yes.
    pub submit: Option<bool>,
    /// Two requests with one id are typed once.
    pub id: Option<String>,
    pub requires_approval: bool,
    /// Type it although the agent is still starting. Default: no, it is typed when the agent takes messages.
    pub now: bool,
}

/// `POST /terminals/{id}/key`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KeyRequest {
    /// Names as tmux has them: `Enter`, `Escape`, `Up`, `C-c`, `M-x`, `F5`, or one character.
    pub key: Option<String>,
    pub keys: Vec<String>,
    pub id: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// `sent`, `duplicate` when the id was typed before, `queued_for_approval`.
    pub status: String,
    /// The request that waits for a yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<crate::proto::approval::Approval>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Output {
    pub output: String,
    /// The log offset up to which `output` tells.
    pub offset: u64,
}

/// `GET /terminals/{id}/transcript`: a page of the whole past, oldest row first. What was printed since the beginning
/// and scrolled off is numbered from 0; the screen's rows are the last.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// The number of the first row given.
    pub first: u64,
    pub rows: Vec<Row>,
    /// How many rows there are, and the number of the first one on the screen.
    pub total: u64,
    pub screen: u64,
    /// The row that was asked for by place or time.
    pub row: Option<u64>,
    /// When rows from a number on were printed, in milliseconds since 1970.
    pub times: Vec<(u64, Millis)>,
    /// Where the rows' links go, by the number in the style.
    #[serde(default)]
    pub links: BTreeMap<u32, String>,
}

/// `GET /terminals/{id}/transcript/find`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct FoundRow {
    /// The row in which the next match begins.
    pub row: Option<u64>,
    /// It lies behind the end at which the looking went on from the other one.
    #[serde(default)]
    pub wrapped: bool,
}

/// `GET /terminals/{id}/transcript/matches`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct FoundRows {
    /// The rows in which matches begin, the oldest first.
    pub rows: Vec<u64>,
    /// There are more than are told.
    pub more: bool,
}

/// `GET /search?q=…`: lines of text that agents printed, from the newest to the oldest of each.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Search {
    pub hits: Vec<SearchHit>,
    /// Not all of the output was looked through: there was enough to tell.
    pub more: bool,
    /// Lines and terminals looked through.
    pub lines: u64,
    pub terminals: usize,
    /// Terminals whose log could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// One line that matches.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    pub terminal: TerminalId,
    /// Where in the log the line begins; of a line on the screen, the log's end.
    pub offset: u64,
    /// When it was printed (to a second), in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<Millis>,
    /// The line, without colours, or the part of it around the first match.
    pub text: String,
    /// Where in `text` the matches are, in characters: first, and behind the last.
    pub spans: Vec<(u32, u32)>,
    /// It stands on the screen now.
    pub on_screen: bool,
    /// How often the same line was printed before.
    pub repeats: u64,
}

/// `GET /terminals/{id}/output/run`: the output of the program that runs now, or ran last, as it lies in the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunOutput {
    /// Its first byte.
    pub start: u64,
    /// From here to the end nothing was cut.
    pub kept_from: u64,
    pub end: u64,
    /// Sizes of the terminal, each from its offset on; the first is that of the start.
    pub sizes: Vec<SizeAt>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SizeAt {
    pub offset: u64,
    pub cols: u16,
    pub rows: u16,
}

/// `POST /terminals/{id}/answer`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AnswerRequest {
    pub yes: bool,
}

/// Keys by their names, as `/terminals/{id}/key` takes them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Answers {
    pub yes: Answer,
    pub no: Answer,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Pressed once, and again only when the screen stays without `chosen`: choices go round.
    pub choose: Vec<String>,
    /// A regular expression: nothing is confirmed before it is seen. Absent: there is nothing to choose.
    pub chosen: Option<String>,
    pub confirm: Vec<String>,
}

/// `GET /health`. TCP callers without a token see only the first three fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    pub status: String,
    pub server: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uptime_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub generation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub home: Option<String>,
    /// Where the TCP API listens, if it does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tcp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub terminals: Option<usize>,
    /// Files of the configuration that could not be used when the server started, each with its reason.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<String>,
}

/// A kind of agent CLI, and whether it is on this machine.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Provider {
    pub name: String,
    /// Name for people: `Claude Code`.
    pub title: String,
    /// The binary found, if any.
    pub path: Option<String>,
    /// Why it cannot be started here.
    pub missing: Option<String>,
    /// The command line that a plain launch runs.
    pub command: Vec<String>,
    /// Whether a first message can be given at launch.
    pub takes_prompt: bool,
    /// It has no program of its own: a launch gives the command line.
    #[serde(default)]
    pub needs_command: bool,
    /// How its states are known, the most trusted first: `hooks`, `report` (OSC 7501), `title`, `progress`, `process`,
    /// `screen`.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The versions that its rules were checked with; none: they come from documents.
    #[serde(default)]
    pub checked: Vec<String>,
    /// The arguments with which it tells its version.
    #[serde(default)]
    pub version_arguments: Vec<String>,
    /// What its hooks did in the terminals there are: `firing`, `silent`, `expected`; absent where none was tried.
    #[serde(default)]
    pub hooks: Option<crate::proto::status::Hooks>,
}

/// `POST /terminals/{id}/rename`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RenameRequest {
    pub name: String,
}

/// `POST /server/shutdown`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShutdownRequest {
    /// End every agent first.
    pub all: bool,
    /// End the agents of this session first.
    pub session: Option<String>,
    /// Start again at once; agents are not touched.
    pub restart: bool,
    /// With `restart`: the program to start, an absolute path. Default: the one that runs now.
    pub executable: Option<String>,
}

/// Body of every error answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ErrorDetail {
    /// Stable word for programs: `not_found`, `bad_request`, …
    pub code: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    pub request_id: String,
}

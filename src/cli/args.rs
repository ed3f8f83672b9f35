//! The command line as clap knows it: every verb, flag and word of help stands here. Names stay; add, never rename.

mod approvals;
mod policy;

pub use approvals::{ApprovalsArguments, ApproveArguments, DenyArguments};
pub use policy::{PolicyAction, PolicyArguments, PolicyPlace};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser, Debug)]
#[command(
    name = "conductor-tui",
    version,
    about = "Supervises many interactive AI agents, each in a terminal of its own",
    long_about = "Supervises many interactive AI agents, each in a terminal of its own.\n\n\
        Without a verb it opens the screen, starting a server if none runs. Agents live in holders of their own: \
        they go on when the screen is closed, and when the server dies.",
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 no such thing, 4 no server, 5 denied, 124 timed out."
)]
pub struct Arguments {
    /// Keep everything under this directory (also CONDUCTOR_HOME)
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// The server: unix:///path or http://127.0.0.1:9889
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Print JSON, with the same objects as the HTTP API
    #[arg(long, global = true)]
    pub json: bool,
    /// Colour on the screen
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    pub color: String,
    /// Look, but change nothing
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Plain lines in the place of the screen, for screen readers and simple terminals (also ACCESSIBLE=1)
    #[arg(long, global = true)]
    pub accessible: bool,
    /// Print less
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log more (server)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Panic at this named point, for crash tests (see `debug pause-points`)
    #[arg(long, global = true, value_name = "POINT", hide = true)]
    pub panic_at: Option<String>,
    /// Run the server in the foreground, as `server` does
    #[arg(long)]
    pub headless: bool,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Run the server in the foreground until SIGTERM; agents live on
    Server(ServerArguments),
    /// Whether the server is well
    Health,
    /// Make the home's directories and say what was found
    Init,
    /// Look for what is wrong
    Doctor(DoctorArguments),
    /// Show, check, find or edit the configuration
    Config(ConfigArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Stop the server; agents go on unless --session or --all ends them first
    Shutdown(ShutdownArguments),
    /// Start a new session with an agent
    Launch(LaunchArguments),
    /// Start one more terminal in a session
    Worker(WorkerArguments),
    /// List sessions
    #[command(alias = "ls")]
    Sessions,
    /// List terminals
    #[command(alias = "ps")]
    Terminals,
    /// List the kinds of agents, and which are on this machine; show or check the file of one
    Providers(ProvidersArguments),
    /// What the rules say of a command, and of what agents did
    Policy(PolicyArguments),
    /// List requests that wait for a yes, or those that were answered
    Approvals(ApprovalsArguments),
    /// Say yes: what was asked for is done
    #[command(alias = "allow")]
    Approve(ApproveArguments),
    /// Say no
    Deny(DenyArguments),
    /// What agents have used: tokens and cost by day, session and agent
    Usage(UsageArguments),
    /// List the themes of the screen, and what is wrong with your own
    Themes,
    /// What an agent is doing, and by what evidence
    Status(StatusArguments),
    /// Type a message into a terminal and press Enter
    #[command(alias = "s")]
    Send(SendArguments),
    /// Press keys by name: Enter, Escape, Up, C-c, M-x, F5, or one character
    Keys(KeysArguments),
    /// Print what a terminal printed
    #[command(visible_alias = "logs", alias = "out")]
    Output(OutputArguments),
    /// Find text in everything that agents printed
    #[command(alias = "grep")]
    Search(SearchArguments),
    /// Print what became of the files around an agent, new ones included
    Diff(DiffArguments),
    /// List the work trees that were made for agents, or remove one
    #[command(alias = "worktree")]
    Worktrees(WorktreesArguments),
    /// Keep everything in an agent's folder or work tree as it is now, or list what is kept
    Snapshot(SnapshotArguments),
    /// Bring an agent's work into the branch it was made from, or push it
    Finish(FinishArguments),
    /// Bring a removed work tree back, or a living one or an agent's folder to a snapshot
    #[command(visible_alias = "undo")]
    Restore(RestoreArguments),
    /// Show what a repository's .conductor/ would have done here, and trust exactly that
    Trust(TrustArguments),
    /// Show a session in the screen, or one terminal alone without chrome
    #[command(alias = "a")]
    Attach(AttachArguments),
    /// Wait until a terminal has one of these statuses
    Wait(WaitArguments),
    /// Give a terminal another name
    Rename(RenameArguments),
    /// Start the program of a terminal again: same id, log and, where known, conversation
    Restart(TerminalArguments),
    /// Start an agent again with the conversation it had, or all that were cut off when the machine stopped
    Resume(ResumeArguments),
    /// Say yes or no to a question of the agent's own program, as whether to trust a folder
    Answer(AnswerArguments),
    /// End an agent and keep its terminal: its output stays, and it can be restarted
    Stop(TerminalArguments),
    /// Interrupt every agent and hold all messages, or take that back; no process is ended
    StopAll(StopAllArguments),
    /// End an agent and remove its terminal
    #[command(alias = "rm")]
    Close(TerminalArguments),
    /// End all agents of a session and remove it
    #[command(alias = "k")]
    Kill(KillArguments),
    /// Tools for tests and for looking closely
    Debug(DebugArguments),
}

#[derive(Args, Debug, Default)]
pub struct ServerArguments {
    /// The fork server restarts it (said by the fork server itself)
    #[arg(long, hide = true)]
    pub supervised: bool,
    /// Stop at this named point, for crash tests (see `debug pause-points`)
    #[arg(long, value_name = "POINT", hide = true)]
    pub pause_points: Option<String>,
}

#[derive(Args, Debug)]
pub struct ProvidersArguments {
    #[command(subcommand)]
    pub action: Option<ProvidersAction>,
}

#[derive(Subcommand, Debug)]
pub enum ProvidersAction {
    /// Print the file of a provider as it is in force
    Show { name: String },
    /// Whether a provider's file can be used; names the line of a mistake
    Check { file: PathBuf },
}

#[derive(Args, Debug)]
pub struct DoctorArguments {
    /// Remove what is provably stale
    #[arg(long)]
    pub fix: bool,
}

#[derive(Args, Debug)]
pub struct ConfigArguments {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Subcommand, Debug)]
pub enum ConfigAction {
    /// The settings in force
    Show,
    /// Whether the files can be used
    Check,
    /// Where the files lie
    Path,
    /// Open config.toml in $EDITOR
    Edit,
}

#[derive(Args, Debug)]
pub struct CompletionsArguments {
    pub shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub struct ShutdownArguments {
    /// End the agents of this session; the server goes on
    #[arg(long, value_name = "SESSION")]
    pub session: Option<String>,
    /// End every agent, then the server
    #[arg(long, conflicts_with = "session")]
    pub all: bool,
    /// Start the server again at once; agents are not touched
    #[arg(long, conflicts_with_all = ["session", "all"])]
    pub restart: bool,
}

#[derive(Args, Debug, Clone)]
pub struct AgentArguments {
    /// Kind of agent: see `providers`
    #[arg(short, long)]
    pub provider: Option<String>,
    /// Role and prompt by name
    #[arg(long, visible_alias = "agents", value_name = "PROFILE")]
    pub agent_profile: Option<String>,
    /// Directory to start in
    #[arg(long, visible_alias = "working-dir", value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Where the agent works: in the directory itself, or in a git work tree of its own
    #[arg(long, value_enum, value_name = "HOW")]
    pub isolation: Option<IsolationArgument>,
    /// With a work tree: the commit or branch it is made from; default: what is checked out
    #[arg(long, value_name = "COMMIT")]
    pub base: Option<String>,
    /// With a work tree: its branch, which may exist; default: a new one, named after the message
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// A file of variables (.env) for the agent's environment; read again when it is restarted
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// More variables for the agent's environment, over those of files
    #[arg(long, value_name = "K=V", value_parser = key_value)]
    pub env: Vec<(String, String)>,
    /// First message for the agent
    #[arg(long, allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// Start it again when its program ends: after 1 s, 2 s, 4 s …, until it has ended five times in a row
    #[arg(long, value_enum, value_name = "WHEN")]
    pub restart: Option<RestartArgument>,
    /// Name of the terminal
    #[arg(long)]
    pub name: Option<String>,
    /// Do not open the screen
    #[arg(long)]
    pub headless: bool,
    /// Run this instead of the provider's own command
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum IsolationArgument {
    /// The agent works in the directory itself
    SameFolder,
    /// In a work tree of its own beside it, on a branch
    Worktree,
    /// In a work tree where the directory lies in a git repository, else in the directory itself
    Auto,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum RestartArgument {
    /// It stays ended
    Never,
    /// After a code other than 0 or a signal
    OnFailure,
    /// However it ended, unless a person ended it
    Always,
}

#[derive(Args, Debug)]
pub struct WorktreesArguments {
    #[command(subcommand)]
    pub action: Option<WorktreeAction>,
    /// Also removed ones that can be brought back
    #[arg(short, long)]
    pub all: bool,
}

#[derive(Subcommand, Debug)]
pub enum WorktreeAction {
    /// Take one away; `restore` brings it back
    Remove {
        /// Its id or name, or those of its agent
        worktree: String,
        /// Give up what no snapshot holds, without a question
        #[arg(long)]
        lose: bool,
        /// Do not run its teardown
        #[arg(long)]
        skip_teardown: bool,
    },
}

#[derive(Args, Debug)]
pub struct SnapshotArguments {
    /// A work tree's id or name, or those of an agent
    pub worktree: String,
    /// Why it is taken
    #[arg(short, long, allow_hyphen_values = true)]
    pub message: Option<String>,
    /// Only list those there are
    #[arg(short, long, conflicts_with = "message")]
    pub list: bool,
}

#[derive(Args, Debug)]
pub struct FinishArguments {
    /// Its id or name, or those of its agent
    pub worktree: String,
    /// How it is brought into the base; default: a merge, unless it is only pushed
    #[arg(long, value_parser = ["merge", "squash", "rebase"])]
    pub how: Option<String>,
    /// The branch it goes into; default: the one it was made from
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    /// First commit what no commit has, with these words
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    pub commit: Option<String>,
    /// Words for the merge, or for the one commit of a squash
    #[arg(short, long, allow_hyphen_values = true)]
    pub message: Option<String>,
    /// Push the branch to this remote
    #[arg(long, value_name = "REMOTE")]
    pub push: Option<String>,
    /// Leave the work tree where it is
    #[arg(long)]
    pub keep: bool,
    /// Take the work tree away without its teardown
    #[arg(long)]
    pub skip_teardown: bool,
}

#[derive(Args, Debug)]
pub struct RestoreArguments {
    /// A work tree's id or name, or those of an agent
    pub worktree: String,
    /// The number of the snapshot; default: the newest
    #[arg(long, value_name = "N")]
    pub snapshot: Option<u32>,
    /// Run the setup of work trees in it once it is back
    #[arg(long)]
    pub setup: bool,
    /// Also when other agents work in the same folder: their files change as well
    #[arg(long)]
    pub with_others: bool,
}

#[derive(Args, Debug)]
pub struct TrustArguments {
    /// The repository's directory; default: the current one
    pub dir: Option<PathBuf>,
    /// Only show what there is and whether it is trusted; without a directory, what is trusted
    #[arg(long, conflicts_with_all = ["revoke", "yes"])]
    pub show: bool,
    /// Trust it no more
    #[arg(long)]
    pub revoke: bool,
    /// Without a question: the hash of what was shown
    #[arg(long, value_name = "HASH", conflicts_with = "revoke")]
    pub yes: Option<String>,
}

#[derive(Args, Debug)]
pub struct LaunchArguments {
    #[command(flatten)]
    pub agent: AgentArguments,
    /// Name of the session; default: the directory's name
    #[arg(long, value_name = "NAME")]
    pub session_name: Option<String>,
    /// Start a worker of this profile beside it
    #[arg(long, value_name = "PROFILE")]
    pub with_worker: Vec<String>,
}

#[derive(Args, Debug)]
pub struct WorkerArguments {
    pub session: String,
    #[command(flatten)]
    pub agent: AgentArguments,
}

#[derive(Args, Debug)]
pub struct StatusArguments {
    pub terminal: String,
    /// Show the evidence: what says so, which rule of which file, what was put aside and why
    #[arg(long)]
    pub explain: bool,
    /// At an earlier moment, replayed from the log by the rules of today: 14:05:30, 2026-11-20 14:05, 90s (ago)
    #[arg(long, value_name = "TIME", conflicts_with = "offset")]
    pub at: Option<String>,
    /// After so many bytes of the log
    #[arg(long, value_name = "BYTES")]
    pub offset: Option<u64>,
    /// By the rules of another kind of agent
    #[arg(long, value_name = "PROVIDER")]
    pub rules: Option<String>,
}

#[derive(Args, Debug)]
pub struct SendArguments {
    pub terminal: String,
    /// The message; several words are joined by blanks. Without any, standard input
    #[arg(value_name = "TEXT", conflicts_with = "message")]
    pub text: Vec<String>,
    /// The message, also one that begins with `-`
    #[arg(short, long, allow_hyphen_values = true)]
    pub message: Option<String>,
    /// Type it without pressing Enter
    #[arg(long)]
    pub no_enter: bool,
    /// Type it when somebody has said yes: `approvals` lists it
    #[arg(long)]
    pub require_approval: bool,
    /// Typed once, however often it is sent with this id
    #[arg(long)]
    pub id: Option<String>,
    /// Type it although the agent is still starting; else it is typed when the agent takes messages
    #[arg(long)]
    pub now: bool,
}

#[derive(Args, Debug)]
pub struct KeysArguments {
    pub terminal: String,
    /// Names of keys, in the order in which they are pressed; one that begins with `-` and is longer goes behind `--`
    #[arg(required = true, value_name = "KEY")]
    pub keys: Vec<String>,
}

#[derive(Args, Debug)]
pub struct OutputArguments {
    pub terminal: String,
    /// full: everything as text; last: since the last input; screen: what is on it now
    #[arg(long, default_value = "full", value_parser = ["full", "last", "screen"])]
    pub mode: String,
    /// At most so many lines from the end
    #[arg(short = 'n', long)]
    pub lines: Option<usize>,
    /// Go on printing what comes (control sequences are taken out)
    #[arg(short, long)]
    pub follow: bool,
}

#[derive(Args, Debug)]
pub struct SearchArguments {
    /// Words as they are, or r/EXPRESSION/; small letters find large ones too
    pub query: String,
    /// Only in this terminal
    #[arg(short, long)]
    pub terminal: Option<String>,
    /// Only in this session
    #[arg(short, long)]
    pub session: Option<String>,
    /// At most so many lines of each terminal (100)
    #[arg(short = 'n', long)]
    pub limit: Option<usize>,
}

#[derive(Args, Debug)]
pub struct DiffArguments {
    pub terminal: String,
    /// Only this file, as it is called in the list
    pub file: Option<PathBuf>,
    /// Compared with where the branch was left (fork), or with the last commit (head)
    #[arg(long, default_value = "fork", value_parser = ["fork", "head"])]
    pub base: String,
    /// Only how many lines of which files
    #[arg(long)]
    pub stat: bool,
}

#[derive(Args, Debug)]
pub struct AttachArguments {
    /// A session, or a terminal
    pub target: Option<String>,
    /// Show only the focused terminal
    #[arg(long)]
    pub zoom: bool,
    /// Begin with the keyboard in the focused terminal
    #[arg(long)]
    pub typing: bool,
}

#[derive(Args, Debug)]
pub struct UsageArguments {
    /// So many days, as 7d, or from a date on, as 2026-11-20
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub since: String,
}

#[derive(Args, Debug)]
pub struct WaitArguments {
    pub terminal: String,
    /// One or several, with commas; in brackets the screen's words, which count as well:
    /// initializing (starting), ready (idle), running (working), waiting, completed (done), error (failed),
    /// closed (gone), unknown
    #[arg(long, value_delimiter = ',', required = true)]
    pub status: Vec<String>,
    /// Seconds, or 10s, 5m, 1h; exit code 124 when it runs out
    #[arg(long, value_parser = seconds)]
    pub timeout: Option<f64>,
    /// Only after the next change
    #[arg(long)]
    pub next: bool,
}

#[derive(Args, Debug)]
pub struct RenameArguments {
    pub terminal: String,
    pub name: String,
}

#[derive(Args, Debug)]
pub struct TerminalArguments {
    pub terminal: String,
}

#[derive(Args, Debug)]
pub struct ResumeArguments {
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub terminal: Option<String>,
    /// With this one of its conversations instead of the last
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    pub conversation: Option<String>,
    /// Only show the conversations it had, the newest first
    #[arg(long, conflicts_with_all = ["all", "conversation"])]
    pub list: bool,
    /// All agents that were running when their holders were killed, as by the end of the machine
    #[arg(long)]
    pub all: bool,
    /// With --all: start shells and commands of your own afresh, too
    #[arg(long, requires = "all")]
    pub with_shells: bool,
}

#[derive(Args, Debug)]
pub struct AnswerArguments {
    /// Its id, its name, or session/name
    pub terminal: String,
    pub answer: YesOrNo,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum YesOrNo {
    Yes,
    No,
}

#[derive(Args, Debug)]
pub struct StopAllArguments {
    /// Take it back: messages are typed again
    #[arg(long)]
    pub undo: bool,
}

#[derive(Args, Debug)]
pub struct KillArguments {
    pub session: String,
}

#[derive(Args, Debug)]
pub struct DebugArguments {
    #[command(subcommand)]
    pub action: DebugAction,
}

#[derive(Subcommand, Debug)]
pub enum DebugAction {
    /// The screen after the bytes of a file
    Screen {
        #[arg(long)]
        raw: PathBuf,
        #[arg(long, default_value_t = 80)]
        cols: u16,
        #[arg(long, default_value_t = 24)]
        rows: u16,
        #[arg(long, default_value = "text", value_parser = ["text", "json"])]
        format: String,
    },
    /// What an agent does by the bytes of a recording: status, question, choices, last message, and the evidence
    Status {
        /// Kind of agent: see `providers`
        #[arg(long)]
        provider: String,
        #[arg(long)]
        raw: PathBuf,
        #[arg(long, default_value_t = 80)]
        cols: u16,
        #[arg(long, default_value_t = 24)]
        rows: u16,
        /// Only the bytes before this one
        #[arg(long, value_name = "OFFSET")]
        at: Option<u64>,
        /// As in a terminal that the agent does not report to (OSC 7501)
        #[arg(long)]
        no_reports: bool,
    },
    /// The named points at which the server can be stopped, and any role made to panic, for tests
    PausePoints,
    /// Keep what an agent has printed, its screen and its status as a recording with expectations
    Record {
        /// Id, name, or session/name
        terminal: String,
        /// The folder of recordings of one agent at one size; made when it is not there
        dir: PathBuf,
        /// What to call it; else its status
        #[arg(long)]
        name: Option<String>,
    },
    /// Play a script in this terminal that looks and behaves like an agent CLI (described in docs/fake-agent.md)
    FakeAgent {
        script: PathBuf,
        /// The first prompt
        prompt: Option<String>,
        /// JSON, or a file with it: its hooks are run as well
        #[arg(long, value_name = "JSON")]
        settings: Option<String>,
    },
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.char_indices().find(|(_, c)| c.is_ascii_alphabetic()) {
        Some((at, _)) => text.split_at(at),
        None => (text, "s"),
    };
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time: ms, s, m, h")),
    };
    match number.parse::<f64>() {
        Ok(n) if n >= 0.0 && n.is_finite() => Ok(n * factor),
        _ => Err(format!("`{number}` is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_of_wait_names_every_status_in_both_words() {
        let help = Arguments::command().find_subcommand_mut("wait").unwrap().render_long_help().to_string();
        let help: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
        for status in crate::proto::rest::Status::ALL {
            for word in [status.word(), status.screen_word()] {
                assert!(help.contains(&word), "{word}");
                assert_eq!(word.parse(), Ok(status));
            }
        }
    }

    #[test]
    fn times_and_pairs() {
        for (text, value) in [("5", Ok(5.0)), ("250ms", Ok(0.25)), ("2m", Ok(120.0)), ("1h", Ok(3600.0))] {
            assert_eq!(seconds(text), value);
        }
        assert!(seconds("5x").is_err() && seconds("-1").is_err() && seconds("").is_err());
        assert_eq!(key_value("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(key_value("A").is_err() && key_value("=b").is_err());
    }
}

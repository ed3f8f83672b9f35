//! The words of `policy`. Read by `cli/policy`, and by the page of the manual.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct PolicyArguments {
    #[command(subcommand)]
    pub action: PolicyAction,
}

#[derive(Subcommand, Debug)]
pub enum PolicyAction {
    /// Allow, ask or deny, and why; ends with 0, 10 or 11
    Check {
        /// One verdict a line for each {"id","command"} of a file, or of - for standard input
        #[arg(long, value_name = "FILE.jsonl", conflicts_with = "command")]
        batch: Option<PathBuf>,
        /// Every part of it, what it would do to files, and rules that would allow it
        #[arg(long)]
        explain: bool,
        /// The tool whose path, address or name follows: shell, edit, read, fetch or mcp
        #[arg(long)]
        tool: Option<String>,
        #[command(flatten)]
        place: PolicyPlace,
        /// The command, behind --
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// The same as `check --explain`
    Explain {
        #[command(flatten)]
        place: PolicyPlace,
        /// The command, behind --
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Which of the steps that agents took would be judged otherwise now, or by another policy
    Test {
        /// From when on: 30d, 12h, 2026-11-20
        #[arg(long, value_name = "WHEN", default_value = "30d")]
        since: String,
        /// Another policy than the one in force: a shipped one, or a file of yours
        #[arg(long, value_name = "NAME|FILE")]
        policy: Option<String>,
    },
    /// The rules in force, in their order, or the text of a policy
    Show { name: Option<String> },
    /// Whether a policy's file can be used; names the line of a mistake
    Verify { file: PathBuf },
}

/// For whom and where a step is judged.
#[derive(Args, Debug)]
pub struct PolicyPlace {
    /// What the agent may read, and where it works; the repository around the working directory, where nothing else is said
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// As for another user, whose home is /home/USER
    #[arg(long)]
    pub user: Option<String>,
    /// Whose language it is: bash where nothing else is said
    #[arg(long)]
    pub shell: Option<String>,
    /// Another policy than the one in force
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
}

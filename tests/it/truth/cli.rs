//! What a run has to know of each agent CLI: how it is started, what its tools are called, which keys it takes. Read by
//! `plan.rs` and `run.rs`. The words found here only tell the test when to press its next key; what is true is never
//! taken from a screen.

use serde_json::{Value, json};

use crate::support::{Agents, Model};

pub type Keys = &'static [&'static str];

pub struct Cli {
    pub provider: &'static str,
    pub program: &'static str,
    pub environment: fn(&Agents, &Model) -> Vec<(String, String)>,
    /// The tool that runs a command, for which it asks for leave.
    pub shell: &'static str,
    pub command: fn(&str) -> Value,
    /// Stands in the dialog that asks for it.
    pub asks: &'static str,
    pub yes: Keys,
    pub no: Keys,
    /// Interrupts it; some want to be told twice.
    pub stop: Keys,
    pub question: Option<Question>,
    /// The tool that starts a subagent with a prompt.
    pub subagent: Option<Subagent>,
    /// A failure that it tries again by itself.
    pub tried_again: u16,
    pub exit: &'static str,
    /// Empties the composer.
    pub clear: Keys,
    /// What it draws when it asks or works, as an answer may quote it.
    pub quote: &'static str,
}

pub struct Subagent {
    pub tool: &'static str,
    pub input: fn(&str) -> Value,
}

pub struct Question {
    pub tool: &'static str,
    pub input: fn() -> Value,
    pub shown: &'static str,
    pub answer: Keys,
}

pub const ALL: [&Cli; 6] = [&CLAUDE, &CODEX, &GEMINI, &OPENCODE, &COPILOT, &QWEN];

pub const CLAUDE: Cli = Cli {
    provider: "claude_code",
    program: "claude",
    environment: |agents, model| agents.claude(model, &[]),
    shell: "Bash",
    command: |command| json!({"command": command, "description": "Run the job"}),
    asks: "Do you want to proceed?",
    yes: &["1"],
    no: &["Escape"],
    stop: &["Escape"],
    question: Some(Question {
        tool: "AskUserQuestion",
        input: || {
            json!({"questions": [{"question": "Which database should we use?", "header": "Database",
            "multiSelect": false, "options": options()}]})
        },
        shown: "Enter to select",
        answer: &["Enter"],
    }),
    subagent: Some(Subagent {
        tool: "Agent",
        input: |prompt| json!({"description": "Say hello", "prompt": prompt, "subagent_type": "general-purpose"}),
    }),
    tried_again: 529,
    exit: "/exit",
    clear: &["C-u"],
    quote: "✶ Smooshing… (3s · esc to interrupt)\n\n\
            Do you want to proceed?\n❯ 1. Yes\n  2. No\n\nEsc to cancel · Tab to amend",
};

pub const CODEX: Cli = Cli {
    provider: "codex",
    program: "codex",
    environment: |agents, model| agents.codex(model, &[]),
    shell: "exec_command",
    command: |command| json!({"cmd": command, "sandbox_permissions": "require_escalated", "justification": "May I run the job?"}),
    asks: "Would you like to run the following command?",
    yes: &["y"],
    no: &["Escape"],
    stop: &["Escape"],
    question: Some(Question {
        tool: "request_user_input",
        input: || {
            json!({"questions": [{"id": "db", "question": "Which database should we use?", "header": "Database",
            "options": options()}]})
        },
        shown: "enter to submit answer",
        answer: &["Enter"],
    }),
    subagent: None,
    tried_again: 503,
    exit: "/quit",
    clear: &["C-u"],
    quote: "• Working (3s • esc to interrupt)\n\n\
            Would you like to run the following command?\n\n  $ rm -rf build\n\n› 1. Yes, proceed (y)\n  2. No (esc)\n\n\
            Press enter to confirm or esc to cancel",
};

pub const GEMINI: Cli = Cli {
    provider: "gemini_cli",
    program: "gemini",
    environment: |agents, model| agents.gemini(model),
    shell: "run_shell_command",
    command: |command| json!({"command": command, "description": "Run the job"}),
    asks: "Allow execution of",
    yes: &["1"],
    no: &["Escape"],
    stop: &["Escape"],
    question: Some(Question {
        tool: "ask_user",
        input: || {
            json!({"questions": [{"question": "Which database should we use?", "header": "Database", "type": "choice",
            "multiSelect": false, "options": options()}]})
        },
        shown: "Which database should we use?",
        answer: &["Enter"],
    }),
    subagent: None,
    tried_again: 503,
    exit: "/quit",
    clear: &["C-u"],
    quote: "⠼ Thinking... (esc to cancel, 3s)\n\n\
            │ Allow execution of [Shell]?\n│\n│ ● 1. Allow once\n│   2. Allow for this session\n│   3. No, suggest changes (esc)",
};

pub const OPENCODE: Cli = Cli {
    provider: "opencode",
    program: "opencode",
    environment: |agents, model| agents.opencode_that_asks(model),
    shell: "bash",
    command: |command| json!({"command": command, "description": "Run the job"}),
    asks: "Permission required",
    yes: &["Enter"],
    no: &["Escape"],
    stop: &["Escape", "Escape"],
    question: Some(Question {
        tool: "question",
        input: || {
            json!({"questions": [{"question": "Which database should we use?", "header": "Database",
            "options": options()}]})
        },
        shown: "Which database should we use?",
        answer: &["Enter"],
    }),
    subagent: Some(Subagent {
        tool: "task",
        input: |prompt| json!({"description": "Say hello", "prompt": prompt, "subagent_type": "general"}),
    }),
    tried_again: 503,
    exit: "/exit",
    clear: &["C-u"],
    quote: "■⬝⬝⬝⬝⬝⬝⬝  esc interrupt\n\n\
            △ Permission required\n  # Shell command\n\n$ rm -rf build\n\n Allow once   Allow always   Reject   enter confirm",
};

pub const COPILOT: Cli = Cli {
    provider: "copilot",
    program: "copilot",
    environment: |agents, model| agents.copilot(model),
    shell: "bash",
    command: |command| json!({"command": command, "description": "Run the job"}),
    asks: "Do you want to run this command?",
    yes: &["1"],
    no: &["Escape"],
    stop: &["Escape", "Escape"],
    question: Some(Question {
        tool: "ask_user",
        input: || {
            json!({"message": "Which database should we use?", "requestedSchema": {"type": "object",
            "properties": {"database": {"type": "string", "title": "Database", "enum": ["SQLite", "Postgres"]}},
            "required": ["database"]}})
        },
        shown: "Which database should we use?",
        answer: &["Enter"],
    }),
    subagent: Some(Subagent {
        tool: "task",
        input: |prompt| json!({"name": "hello", "description": "Say hello", "prompt": prompt, "agent_type": "task", "mode": "sync"}),
    }),
    tried_again: 503,
    exit: "/exit",
    clear: &["C-u"],
    quote: "○ Working · 58 B esc esc interrupt\n\n\
            │ Do you want to run this command?\n│\n│ ❯ 1. Yes\n│   2. No, and tell Copilot what to do differently (Esc to stop)\n\
            │\n│ ↑/↓ to navigate · enter to select · esc to cancel",
};

pub const QWEN: Cli = Cli {
    provider: "qwen_code",
    program: "qwen",
    environment: |agents, model| agents.qwen(model),
    shell: "run_shell_command",
    command: |command| json!({"command": command, "description": "Run the job", "is_background": false}),
    asks: "Allow execution of",
    yes: &["1"],
    no: &["Escape"],
    stop: &["Escape"],
    question: Some(Question {
        tool: "ask_user_question",
        input: || {
            json!({"questions": [{"question": "Which database should we use?", "header": "Database",
            "multiSelect": false, "options": options()}]})
        },
        shown: "Which database should we use?",
        answer: &["Enter"],
    }),
    subagent: None,
    tried_again: 503,
    exit: "/quit",
    clear: &["C-u"],
    quote: "⠏ Waiting for user confirmation...\n\n\
            Allow execution of: 'rm'?\n› 1. Yes, allow once\n  2. Always allow in this project\n  3. No, suggest changes (esc)",
};

fn options() -> Value {
    json!([{"label": "SQLite", "description": "One file, no server"}, {"label": "Postgres", "description": "A server"}])
}

//! What an agent wants to do, as its hook, a guard or a person's question tells it: a command, or a use of another tool. Judged
//! by `judge.rs`. Nothing in it is trusted.

use super::analysis::{Analysis, analyse};
use super::arg::Arg;
use super::facts::Facts;
use super::places::Workplace;
use super::verdict::{Access, Class, Part, Risk, Span};
use super::walk::Walk;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which tool of the agent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// A command of a shell.
    #[default]
    Shell,
    /// Files are written.
    Edit,
    /// Files are read, listed or searched.
    Read,
    /// An address is fetched, or the web searched.
    Fetch,
    /// A tool of an MCP server: `server/tool`.
    Mcp(String),
    /// Whatever else, by its name.
    Other(String),
}

impl Tool {
    /// By its name, as [`Tool`] prints it; nothing is the usual one.
    pub fn parse(text: &str) -> Option<Tool> {
        Some(match text {
            "" | "shell" => Tool::Shell,
            "edit" => Tool::Edit,
            "read" => Tool::Read,
            "fetch" => Tool::Fetch,
            _ => match text.split_once(':')? {
                ("mcp", name) if !name.is_empty() => Tool::Mcp(name.into()),
                ("other", name) if !name.is_empty() => Tool::Other(name.into()),
                _ => return None,
            },
        })
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tool::Shell => f.write_str("shell"),
            Tool::Edit => f.write_str("edit"),
            Tool::Read => f.write_str("read"),
            Tool::Fetch => f.write_str("fetch"),
            Tool::Mcp(name) => write!(f, "mcp:{name}"),
            Tool::Other(name) => write!(f, "other:{name}"),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    pub tool: Tool,
    pub command: String,
    /// Of files that are read or written.
    pub paths: Vec<String>,
    pub url: Option<String>,
    /// Absolute; where it happens.
    pub folder: String,
    /// Whose shell it is: `bash` where that is not known.
    pub shell: String,
    pub provider: String,
    pub profile: String,
    pub session: String,
}

impl Step {
    /// Everything that it does.
    pub fn analyse(&self, place: &Workplace, facts: &dyn Facts) -> Analysis {
        let mut analysis = match &self.tool {
            Tool::Shell => analyse(&self.command, &self.folder, place, facts),
            tool => self.analyse_tool(tool, place, facts),
        };
        if self.tool == Tool::Shell && !matches!(self.shell.as_str(), "" | "bash" | "sh" | "dash" | "ksh") {
            let what =
                format!("is a text for {}, which is judged as far as bash would understand it the same", self.shell);
            let is_plain = self.command.chars().all(|c| c.is_ascii_alphanumeric() || " ./_-:,@+".contains(c));
            if !is_plain {
                analysis.parts.push(plain(Class::Obfuscated, Risk::High, what, self.command.len()));
            }
        }
        analysis.parts.sort_by_key(|part| std::cmp::Reverse((part.risk, part.class)));
        analysis
    }

    fn analyse_tool(&self, tool: &Tool, place: &Workplace, facts: &dyn Facts) -> Analysis {
        let mut walk = Walk::new(facts, place, Some(self.folder.clone()));
        let access = if *tool == Tool::Edit { Access::Write } else { Access::Read };
        for path in &self.paths {
            // A tool opens what it is told: no pattern, no tilde but at the beginning.
            let path = match path.strip_prefix("~/") {
                Some(rest) => format!("{}/{rest}", place.home.display()),
                None => path.clone(),
            };
            let before = walk.parts.len();
            let arg = Arg::literal(path, Span::default());
            walk.begin(&[], Span::default());
            walk.touch(&arg, access);
            if walk.parts.len() == before {
                walk.part(Class::Read, Risk::Low, format!("reads `{}`", arg.text));
            }
        }
        match tool {
            Tool::Fetch => {
                let url = self.url.clone().unwrap_or_default();
                let is_local = is_ours(&url);
                let (class, risk, what) = if is_local {
                    (Class::Privilege, Risk::Critical, format!("asks the supervisor at {url}"))
                } else {
                    (Class::Network, Risk::Medium, format!("fetches {url}"))
                };
                walk.part(class, risk, what);
            }
            Tool::Mcp(name) => {
                walk.part(Class::Network, Risk::High, format!("calls `{name}`, a tool of another program"))
            }
            Tool::Other(name) => {
                walk.part(Class::Build, Risk::High, format!("uses `{name}`, of which it is not known what it does"))
            }
            Tool::Shell | Tool::Edit | Tool::Read if self.paths.is_empty() => {
                let (class, risk) =
                    if access == Access::Write { (Class::Write, Risk::High) } else { (Class::Read, Risk::Low) };
                walk.part(class, risk, "names no file");
            }
            Tool::Shell | Tool::Edit | Tool::Read => {}
        }
        Analysis { parts: walk.parts, decoded: walk.decoded }
    }
}

fn plain(class: Class, risk: Risk, what: String, length: usize) -> Part {
    Part { class, risk, what, span: Span { from: 0, to: length }, argv: Vec::new(), is_exact: false, paths: Vec::new() }
}

/// Our own address on this machine.
fn is_ours(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let is_here = ["127.", "localhost", "[::1]", "0.0.0.0", "[::]"].iter().any(|begin| host.starts_with(begin));
    is_here && host.ends_with(":9889")
}

//! What is known of the shell while a command goes on: its folder, its variables, its functions. Kept by the walk, copied for
//! subshells. It must never call a value certain that a branch or a loop may have changed.

use super::arg::Taint;
use brush_parser::ast::FunctionBody;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is known of a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// These words: one for a plain variable.
    Words(Vec<String>),
    /// One of the files that a pattern stands for.
    OneOf(String),
    /// A whole number, whichever.
    Number,
    /// Set, to what nobody knows before.
    Unknown(Taint),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    pub value: Value,
    /// It may have another value by then.
    pub is_maybe: bool,
    /// Whichever value it has, it has one.
    pub is_set: bool,
}

#[derive(Clone, Debug)]
pub struct Shell {
    /// Absolute, without `.` and `..`; `None` once it cannot be told.
    pub folder: Option<String>,
    /// Where it may be instead: a change of the folder may have failed, or may not have been reached.
    pub other_folders: Vec<String>,
    /// The folder before, for `cd -`.
    pub folder_before: Option<String>,
    pub variables: BTreeMap<String, Variable>,
    pub functions: BTreeMap<String, Rc<FunctionBody>>,
    /// Inside a branch, a loop, a function: what is set here may not be.
    pub is_within: bool,
    /// `IFS` was set: where words end is not known.
    pub has_own_ifs: bool,
}

impl Shell {
    pub fn new(folder: Option<String>) -> Shell {
        Shell {
            folder,
            other_folders: Vec::new(),
            folder_before: None,
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            is_within: false,
            has_own_ifs: false,
        }
    }

    pub fn set(&mut self, name: &str, value: Value) {
        // Two values that are possible: neither is certain.
        let is_maybe = self.is_within;
        if name == "IFS" {
            self.has_own_ifs = true;
        }
        let is_set = !self.is_within || self.variables.get(name).is_some_and(|before| before.is_set);
        self.variables.insert(name.into(), Variable { value, is_maybe, is_set });
    }

    /// Nothing that is known now is certain any more.
    pub fn doubt(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if let Some(variable) = self.variables.get_mut(&name) {
                variable.is_maybe = true;
            }
        }
    }
}

/// Variables whose content must not be shown or sent: tokens, keys, passwords.
pub fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 16] = [
        "TOKEN",
        "SECRET",
        "PASSW",
        "PASSPHRASE",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "PRIVATE_KEY",
        "CREDENTIAL",
        "_PAT",
        "DATABASE_URL",
        "_DSN",
        "PWD_",
        "AUTH_",
        "COOKIE",
        "ENCRYPTION",
    ];
    let name = name.to_ascii_uppercase();
    let is_key = name.ends_with("_KEY") || name.ends_with("_AUTH") || name.ends_with("_PWD") || name.ends_with("_PASS");
    is_key || PARTS.iter().any(|part| name.contains(part))
}

/// Variables that change what later programs do or run, when they are in the environment.
pub fn is_dangerous_name(name: &str) -> bool {
    const NAMES: [&str; 49] = [
        "PS0",
        "PS2",
        "PS3",
        "MAIL",
        "MAILPATH",
        "MAILCHECK",
        "HISTFILESIZE",
        "HISTSIZE",
        "HISTIGNORE",
        "HISTTIMEFORMAT",
        "TMOUT",
        "EXECIGNORE",
        "TEXTDOMAIN",
        "TEXTDOMAINDIR",
        "IGNOREEOF",
        "PATH",
        "IFS",
        "ENV",
        "PS4",
        "PS1",
        "PROMPT_COMMAND",
        "SHELLOPTS",
        "BASHOPTS",
        "CDPATH",
        "GLOBIGNORE",
        "PAGER",
        "EDITOR",
        "VISUAL",
        "BROWSER",
        "SHELL",
        "HOME",
        "OLDPWD",
        "PWD",
        "TMPDIR",
        "CC",
        "CXX",
        "LD",
        "AR",
        "AS",
        "HISTFILE",
        "HISTCONTROL",
        "TERMINFO",
        "TERMCAP",
        "LESS",
        "MANPAGER",
        "MANOPT",
        "POSIXLY_CORRECT",
        "INPUTRC",
        "HOSTALIASES",
    ];
    const BEGINS: [&str; 34] = [
        "LD_",
        "DYLD_",
        "GIT_",
        "BASH_",
        "PYTHON",
        "PERL",
        "RUBY",
        "NODE_",
        "NPM_",
        "YARN_",
        "LESS",
        "RUST",
        "CARGO",
        "GO",
        "JAVA",
        "MAVEN",
        "GRADLE",
        "MAKE",
        "CMAKE",
        "PIP",
        "GEM",
        "BUNDLE",
        "SSH_",
        "GREP_",
        "RIPGREP",
        "FZF",
        "LUA",
        "PHP",
        "DOCKER",
        "KUBE",
        "CONDUCTOR",
        "CLAUDE",
        "XDG_",
        "GCONV",
    ];
    const PARTS: [&str; 10] =
        ["PROXY", "PRELOAD", "LIBRARY", "OPTIONS", "OPTS", "CONFIG", "HOOK", "COMMAND", "WRAPPER", "ASKPASS"];
    if is_harmless_name(name) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    NAMES.contains(&name)
        || BEGINS.iter().any(|begin| upper.starts_with(begin) && (name == upper || *begin == "NPM_"))
        || PARTS.iter().any(|part| upper.contains(part) && (name == upper || *part == "PROXY"))
}

/// Variables that change only how something is printed, or switch on more words.
pub fn is_harmless_name(name: &str) -> bool {
    const NAMES: [&str; 26] = [
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_COLLATE",
        "LC_CTYPE",
        "LC_MESSAGES",
        "LC_NUMERIC",
        "LC_TIME",
        "LC_MONETARY",
        "TZ",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "TERM",
        "COLUMNS",
        "LINES",
        "CI",
        "DEBUG",
        "VERBOSE",
        "RUST_BACKTRACE",
        "RUST_LOG",
        "COLORTERM",
        "BLOCK_SIZE",
        "BLOCKSIZE",
        "TIME_STYLE",
    ];
    NAMES.contains(&name)
}

/// Whether what a harmless name is given is no file: where texts are translated, programs use what a file says.
pub fn is_harmless_locale(name: &str, value: &str) -> bool {
    let is_locale = matches!(name, "LANG" | "LANGUAGE" | "TERM" | "TZ") || name.starts_with("LC_");
    let is_zone = name == "TZ" && !value.starts_with(['/', ':']) && !value.contains("..");
    !is_locale || is_zone || !value.contains(['/', '$', '`'])
}

/// Values of dangerous variables that switch off what these are dangerous for.
pub fn is_harmless_value(name: &str, value: &str) -> bool {
    match name {
        "PAGER" | "GIT_PAGER" | "GH_PAGER" | "MANPAGER" | "BAT_PAGER" | "SYSTEMD_PAGER" => matches!(value, "cat" | ""),
        "GIT_OPTIONAL_LOCKS" | "GIT_TERMINAL_PROMPT" => value == "0",
        "PYTHONUNBUFFERED" | "PYTHONDONTWRITEBYTECODE" => value == "1",
        _ => false,
    }
}

//! What a path is: within the workspace, a secret, a device, something that takes the machine or the supervisor over. Asked
//! for every path that a command names. It must never compare beginnings of strings: parts of real paths are compared.

use super::facts::Facts;
use super::verdict::{Access, Class, Risk};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Where and for whom a command runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Workplace {
    /// Absolute. What is below it is the agent's to read.
    pub workspace: PathBuf,
    pub home: PathBuf,
    pub user: String,
    /// Folders of the supervisor.
    pub state: Vec<PathBuf>,
}

/// What an access to a path is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    pub class: Class,
    pub risk: Risk,
    /// What it is, behind "reads", "writes", "deletes".
    pub what: String,
}

fn judged(class: Class, risk: Risk, what: impl Into<String>) -> Judged {
    Judged { class, risk, what: what.into() }
}

/// Absolute, without `.` and `..`.
pub fn joined(folder: &str, text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let whole = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// Judges an access. `path` is absolute and may end in a pattern.
pub fn judge(path: &str, access: Access, is_glob: bool, place: &Workplace, facts: &dyn Facts) -> Judged {
    let named = judge_one(path, access, is_glob, place);
    // What a link leads to counts, and so does the link.
    // Those of whoever runs it, not of this process.
    if matches!(path, "/dev/stdin" | "/dev/stdout" | "/dev/stderr" | "/dev/null" | "/dev/tty")
        || path.starts_with("/dev/fd/")
    {
        return named;
    }
    let fixed = if is_glob { without_pattern(path) } else { path.to_owned() };
    let Some(real) = facts.real(Path::new(&fixed)) else {
        return worse(named, judged(Class::Read, Risk::High, format!("`{path}`, which cannot be resolved")));
    };
    let real = real.to_string_lossy().into_owned();
    if real == fixed {
        return named;
    }
    // The workspace itself may be reached by a link.
    let root = facts.real(&place.workspace).unwrap_or_else(|| place.workspace.clone());
    let home = facts.real(&place.home).unwrap_or_else(|| place.home.clone());
    let place = Workplace { workspace: root, home, ..place.clone() };
    let pattern = path.strip_prefix(&fixed).unwrap_or_default();
    let target = judge_one(&format!("{real}{pattern}"), access, is_glob, &place);
    let is_lead_out = named.risk < target.risk;
    let mut worst = worse(named, target);
    if is_lead_out {
        worst.what = format!("{} (`{path}` is a link)", worst.what);
    }
    worst
}

fn worse(a: Judged, b: Judged) -> Judged {
    if (b.risk, b.class) > (a.risk, a.class) { b } else { a }
}

/// The folder before the first part with a pattern.
fn without_pattern(path: &str) -> String {
    let known: Vec<&str> = parts(path).into_iter().take_while(|part| !part.contains(['*', '?', '['])).collect();
    format!("/{}", known.join("/"))
}

fn judge_one(path: &str, access: Access, is_glob: bool, place: &Workplace) -> Judged {
    let all = parts(path);
    let is_change = matches!(access, Access::Write | Access::Delete);
    if let Some(own) = of_supervisor(path, access, place) {
        return own;
    }
    if is_change && let Some(taken) = takes_over(path, place) {
        return taken;
    }
    match all.first().copied() {
        Some("dev") => return device(path, &all, access),
        Some("proc" | "sys") => return kernel(path, &all, access),
        _ => {}
    }
    let is_inside = Path::new(path).starts_with(&place.workspace);
    if is_secret(path, is_glob) {
        return judged(Class::Exfiltration, Risk::High, format!("`{path}`, which holds secrets"));
    }
    match access {
        Access::Read if is_inside => judged(Class::Read, Risk::Low, format!("`{path}`")),
        Access::Read => judged(Class::Read, Risk::High, format!("`{path}`, outside the workspace")),
        Access::Run if is_inside => judged(Class::Build, Risk::High, format!("`{path}`, a program of the workspace")),
        Access::Run => judged(Class::Build, Risk::High, format!("`{path}`")),
        Access::Write | Access::Delete => {
            let class = if access == Access::Delete { Class::Destructive } else { Class::Write };
            if !is_inside {
                judged(class, Risk::High, format!("`{path}`, outside the workspace"))
            } else if all.contains(&".git") {
                judged(class, Risk::High, format!("`{path}`, git's own"))
            } else {
                judged(class, Risk::Medium, format!("`{path}`"))
            }
        }
    }
}

fn device(path: &str, all: &[&str], access: Access) -> Judged {
    let is_change = access != Access::Read;
    match all.get(1).copied().unwrap_or_default() {
        "null" | "zero" | "full" | "random" | "urandom" if !is_change => {
            judged(Class::Read, Risk::Low, format!("`{path}`"))
        }
        "null" | "stdout" | "stderr" if access == Access::Write => judged(Class::Read, Risk::Low, format!("`{path}`")),
        "stdin" | "fd" if !is_change => judged(Class::Read, Risk::Low, format!("`{path}`")),
        "fd" => judged(Class::Write, Risk::Medium, format!("`{path}`")),
        "tcp" | "udp" => judged(Class::Network, Risk::High, format!("`{path}`, a connection to the network")),
        "shm" | "mqueue" => judged(Class::Write, Risk::High, format!("`{path}`, outside the workspace")),
        "tty" | "pts" | "ptmx" | "console" if is_change => {
            judged(Class::Privilege, Risk::High, format!("`{path}`, a terminal"))
        }
        name if is_change && is_storage(name) => {
            judged(Class::Destructive, Risk::Critical, format!("`{path}`, a disk: everything on it would be lost"))
        }
        _ if is_change => judged(Class::Privilege, Risk::High, format!("`{path}`, a device")),
        _ => judged(Class::Read, Risk::High, format!("`{path}`, a device")),
    }
}

/// Names of whole disks, partitions and what is made of them.
fn is_storage(name: &str) -> bool {
    const BEGINS: [&str; 19] = [
        "sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "md", "loop", "nbd", "sr", "disk", "mapper", "rdisk", "zd",
        "mtd", "pmem", "mem", "kmem",
    ];
    BEGINS.iter().any(|begin| name.starts_with(begin))
}

fn kernel(path: &str, all: &[&str], access: Access) -> Judged {
    let last = all.last().copied().unwrap_or_default();
    if access != Access::Read {
        let is_fatal = last == "sysrq-trigger" || last == "core_pattern" || all.contains(&"efivars");
        if is_fatal {
            return judged(Class::Destructive, Risk::Critical, format!("`{path}`, which acts on the whole machine"));
        }
        if all.first() == Some(&"proc") && all.get(2) == Some(&"fd") || last == "mem" {
            return judged(Class::Privilege, Risk::Critical, format!("`{path}`, another program's input or memory"));
        }
        return judged(Class::Privilege, Risk::High, format!("`{path}`, a setting of the kernel"));
    }
    if ["environ", "mem", "maps", "cmdline", "fd", "root", "cwd", "auxv"].iter().any(|name| all[1..].contains(name)) {
        return judged(Class::Exfiltration, Risk::High, format!("`{path}`, which can hold secrets of a process"));
    }
    judged(Class::Read, Risk::High, format!("`{path}`, outside the workspace"))
}

/// What belongs to the supervisor, or decides what it hears of an agent.
fn of_supervisor(path: &str, access: Access, place: &Workplace) -> Option<Judged> {
    let is_change = matches!(access, Access::Write | Access::Delete);
    let deny = |what: String| Some(judged(Class::Privilege, Risk::Critical, what));
    if let Some(root) = place.state.iter().find(|root| Path::new(path).starts_with(root)) {
        let below = path.strip_prefix(&*root.to_string_lossy()).unwrap_or_default();
        let is_worktree = below.starts_with("/worktrees/");
        let is_log = below.starts_with("/logs/") || below.starts_with("/profiles") || below.starts_with("/flows");
        if is_worktree || (is_log && access == Access::Read) {
            return None;
        }
        if is_change || below.is_empty() || !is_log {
            return deny(format!("`{path}`, the supervisor's own: it decides what agents may do"));
        }
    }
    if !is_change {
        return None;
    }
    let all = parts(path);
    let has = |folder: &str, names: &[&str]| {
        all.windows(2).any(|pair| pair[0] == folder && (names.is_empty() || names.contains(&pair[1])))
    };
    let is_settings = has(".claude", &["settings.json", "settings.local.json", "hooks", "managed-settings.json"])
        || has(".codex", &["config.toml", "hooks.json", "hooks", "rules", "requirements.toml"])
        || has(".gemini", &["settings.json", "hooks", "policies", "trustedFolders.json"])
        || has(".qwen", &["settings.json", "hooks", "trustedFolders.json"])
        || has(".copilot", &["config.json", "hooks", "mcp-config.json"])
        || has(".config", &["opencode"])
        || has(".opencode", &["plugin", "plugins", "opencode.json"])
        || has(".conductor", &[])
        || has("claude-code", &["managed-settings.json"])
        || matches!(all.last(), Some(&".claude" | &".codex" | &".gemini" | &".qwen" | &".copilot" | &".conductor"))
            && (access == Access::Delete)
        || matches!(all.last(), Some(&".claude.json" | &".mcp.json" | &"opencode.json"));
    is_settings.then(|| {
        judged(
            Class::Privilege,
            Risk::Critical,
            format!("`{path}`, the settings that make an agent ask before it acts"),
        )
    })
}

/// What runs at a login, at a time, as root, or opens the account.
fn takes_over(path: &str, place: &Workplace) -> Option<Judged> {
    const SHELL_FILES: [&str; 24] = [
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".bash_logout",
        ".bash_aliases",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
        ".zlogout",
        ".kshrc",
        ".cshrc",
        ".tcshrc",
        ".login",
        ".xinitrc",
        ".xprofile",
        ".xsession",
        ".xsessionrc",
        ".inputrc",
        ".pam_environment",
        ".envrc",
        ".forward",
        ".rhosts",
    ];
    let all = parts(path);
    let last = all.last().copied().unwrap_or_default();
    let deny = |what: &str| Some(judged(Class::Privilege, Risk::Critical, format!("`{path}`, {what}")));
    let in_home = Path::new(path).starts_with(&place.home) || path.starts_with("/root/") || path.starts_with("/home/");
    let in_workspace = Path::new(path).starts_with(&place.workspace);
    if all.contains(&".ssh") && !in_workspace {
        let is_key = matches!(last, "authorized_keys" | "authorized_keys2" | "rc" | "config" | "environment" | ".ssh");
        if is_key {
            return deny("which opens the account to whoever it names");
        }
    }
    if in_home && !in_workspace {
        if SHELL_FILES.contains(&last) || path.contains("/.config/fish/") || path.contains("/.oh-my-zsh/") {
            return deny("which runs at every login");
        }
        if [
            "/.config/systemd/",
            "/.config/autostart",
            "/.local/share/systemd/",
            "/Library/LaunchAgents",
            "/.config/environment.d",
        ]
        .iter()
        .any(|folder| path.contains(folder))
        {
            return deny("which runs by itself");
        }
    }
    let etc = [
        "cron",
        "sudoers",
        "ld.so.preload",
        "ld.so.conf",
        "profile",
        "bash.bashrc",
        "bashrc",
        "zsh",
        "rc.local",
        "systemd",
        "init.d",
        "pam.d",
        "passwd",
        "shadow",
        "group",
        "gshadow",
        "ssh",
        "environment",
        "inittab",
        "anacrontab",
        "security",
        "polkit-1",
        "apt",
        "udev",
        "modprobe.d",
        "modules-load.d",
        "xdg",
    ];
    if all.first() == Some(&"etc") && all.get(1).is_some_and(|name| etc.iter().any(|begin| name.starts_with(begin))) {
        return deny("which decides who is root, or what runs as root");
    }
    let folders =
        ["/var/spool/cron", "/var/spool/at", "/usr/lib/systemd", "/lib/systemd", "/boot", "/Library/LaunchDaemons"];
    if folders.iter().any(|folder| Path::new(path).starts_with(folder)) {
        return deny("which runs by itself");
    }
    None
}

/// Whether its content is a secret, by its name.
pub fn is_secret(path: &str, is_glob: bool) -> bool {
    let all = parts(path);
    let last = all.last().copied().unwrap_or_default();
    if is_glob && last.contains(['*', '?', '[']) {
        // What it could stand for: `.e*`, `*.pem`, `id_*`. One that could be anything names nothing.
        let literal: String = last.chars().filter(|c| !matches!(c, '*' | '?' | '[' | ']')).collect();
        let lower = literal.to_ascii_lowercase();
        let is_word = ["secret", "passw", "token", "cred", "private"].iter().any(|word| lower.contains(word));
        let is_broad = matches!(literal.as_str(), "" | "/");
        let in_folder = is_secret_part("", &all[..all.len().saturating_sub(1)]);
        return in_folder || is_word || (!is_broad && SECRET_EXAMPLES.iter().any(|name| matches(last, name)));
    }
    is_secret_part(last, &all)
}

/// Whether a pattern of a program of its own (find, git) could stand for a secret: there a dot in front is a character as any other.
pub fn is_secret_pattern(pattern: &str) -> bool {
    let pattern = &*pattern.replace('\\', "");
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let has_wild = last.contains(['*', '?', '[']);
    let has_literal = last.chars().any(|c| !matches!(c, '*' | '?' | '[' | ']' | '.'));
    is_secret(pattern, has_wild)
        || (has_wild && has_literal && SECRET_EXAMPLES.iter().any(|name| matches_any(last, name)))
        || (has_wild && last.starts_with(".") && matches_any(last, ".env"))
}

/// Names that patterns are held against.
const SECRET_EXAMPLES: [&str; 19] = [
    ".env",
    ".env.local",
    ".env.production",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "server.key",
    "server.pem",
    "cert.p12",
    "cert.pfx",
    "keystore.jks",
    "credentials",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    ".htpasswd",
    ".vault-token",
];

fn is_secret_part(last: &str, all: &[&str]) -> bool {
    const FOLDERS: [&str; 11] = [
        ".ssh",
        ".aws",
        ".gnupg",
        ".azure",
        ".kube",
        ".password-store",
        "keyrings",
        ".docker",
        "gcloud",
        "secrets",
        ".secrets",
    ];
    const NAMES: [&str; 30] = [
        ".netrc",
        "_netrc",
        ".npmrc",
        ".pypirc",
        ".pgpass",
        ".my.cnf",
        ".git-credentials",
        ".vault-token",
        ".htpasswd",
        "shadow",
        "gshadow",
        "credentials",
        "credentials.json",
        "credentials.toml",
        "token",
        "tokens.json",
        "token.json",
        ".boto",
        ".s3cfg",
        "auth.json",
        "hosts.yml",
        ".dockercfg",
        "terraform.tfstate",
        ".terraformrc",
        "master.key",
        "wp-config.php",
        ".bash_history",
        ".zsh_history",
        ".python_history",
        "cookies.sqlite",
    ];
    const ENDS: [&str; 14] = [
        ".pem",
        ".key",
        ".p12",
        ".pfx",
        ".jks",
        ".keystore",
        ".kdbx",
        ".ppk",
        ".asc",
        ".gpg",
        ".tfvars",
        ".ovpn",
        ".keytab",
        ".age",
    ];
    let lower = last.to_ascii_lowercase();
    let is_env = lower == ".env"
        || lower.starts_with(".env.")
        || lower.starts_with(".env_")
        || lower.ends_with(".env")
        || lower == ".envrc";
    let is_key = lower.starts_with("id_rsa")
        || lower.starts_with("id_ed25519")
        || lower.starts_with("id_ecdsa")
        || lower.starts_with("id_dsa");
    let is_public = lower.ends_with(".pub");
    let stem = lower.split('.').next().unwrap_or_default();
    let is_word = [
        "secret",
        "secrets",
        "password",
        "passwords",
        "passwd",
        "credential",
        "apikey",
        "api_key",
        "private_key",
        "service-account",
        "service_account",
    ]
    .iter()
    .any(|word| {
        stem == *word
            || stem.starts_with(&format!("{word}_"))
            || stem.starts_with(&format!("{word}-"))
            || stem.ends_with(&format!("_{word}"))
            || stem.ends_with(&format!("-{word}"))
    });
    // The user list is no secret, the shadow of it is.
    let is_word = is_word && !matches!(lower.as_str(), "passwd");
    let in_folder = all.iter().any(|part| FOLDERS.contains(part)) && !is_public && all.last() != Some(&"known_hosts");
    is_env
        || (is_key && !is_public)
        || NAMES.contains(&lower.as_str())
        || ENDS.iter().any(|end| lower.ends_with(end))
        || is_word
        || in_folder
}

/// A pattern against a name, dots in front included.
fn matches_any(pattern: &str, name: &str) -> bool {
    matches(&format!("x{pattern}"), &format!("x{name}"))
}

/// A pattern of the shell against a name; a name with a dot in front wants one in the pattern.
pub fn matches(pattern: &str, name: &str) -> bool {
    fn rest(pattern: &[char], name: &[char]) -> bool {
        match (pattern.first(), name.first()) {
            (None, None) => true,
            (Some('*'), _) => rest(&pattern[1..], name) || (!name.is_empty() && rest(pattern, &name[1..])),
            (Some('?'), Some(_)) => rest(&pattern[1..], &name[1..]),
            // Any set may hold the character: a pattern that could match counts as one that does.
            (Some('['), Some(_)) => match pattern.iter().position(|c| *c == ']') {
                Some(end) => rest(&pattern[end + 1..], &name[1..]),
                None => false,
            },
            (Some(a), Some(b)) => a == b && rest(&pattern[1..], &name[1..]),
            _ => false,
        }
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let is_hidden = name.first() == Some(&'.') && matches!(pattern.first(), Some('*' | '?' | '['));
    !is_hidden && rest(&pattern, &name)
}

/// Whether the loss of everything below it could not be taken back: `/`, folders at the top, homes, what holds the workspace.
pub fn is_precious(path: &str, place: &Workplace) -> bool {
    let all = parts(path);
    let is_tmp = path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
    let is_home = Path::new(path) == place.home || matches!(all.as_slice(), ["home", _] | ["root"] | ["Users", _]);
    let holds_it =
        place.home.starts_with(path) || (place.workspace.starts_with(path) && Path::new(path) != place.workspace);
    // Of the system: nothing below two parts comes back by itself.
    let is_system = matches!(
        all.first(),
        Some(
            &("bin"
                | "sbin"
                | "lib"
                | "lib64"
                | "usr"
                | "etc"
                | "boot"
                | "var"
                | "opt"
                | "srv"
                | "sys"
                | "proc"
                | "dev"
                | "root"
                | "System"
                | "Library")
        )
    ) && all.len() <= 2;
    !is_tmp && (all.len() <= 1 && all != ["tmp"] || is_home || holds_it || is_system)
}

/// Whether a component of the path leads up or away: used for words that are no files yet.
pub fn is_absolute(text: &str) -> bool {
    Path::new(text).components().next() == Some(Component::RootDir)
}

//! Programs that run commands on, and copy files to and from, other machines by name. Called by `network.rs`. What runs
//! there is judged only for what nobody should do anywhere: paths there are not paths here.

use super::incoming;
use crate::core::policy::arg::{Arg, Stdin};
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::programs::options::{Style, doubt, elsewhere, joined, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk, Span};
use crate::core::policy::walk::{Flow, Walk};

const SSH: Style = Style {
    letters: "BbcDEeFIiJLlmOopPQRSWw",
    long: "ssh server port predict",
    has_one_dash: false,
    ends_at_operand: true,
};

pub fn judge_ssh(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    doubt(walk, call.args);
    let words = split(call.args, SSH);
    settings(walk, &words.values(&["-o"]));
    for value in words.values(&["-F", "-S", "-I", "--ssh"]) {
        walk.part_at(Class::Obfuscated, Risk::High, "settings or programs of its own", value.span);
    }
    for file in words.values(&["-E"]) {
        walk.touch(&file, Access::Write);
    }
    if words.has(&["-L", "-R", "-D", "-w", "-W", "-A", "-O"]) {
        walk.part(Class::Network, Risk::High, "opens a way through the other machine");
    }
    let command: Vec<&Arg> = words.operands.iter().skip(1).copied().collect();
    for arg in &command {
        walk.show(arg);
    }
    let text = joined(&command);
    if !text.is_empty() {
        elsewhere(walk, &text, call.span, call.stdin.clone());
    } else if call.stdin != Stdin::Inherited {
        // The shell there takes what comes.
        elsewhere(walk, "bash", call.span, call.stdin.clone());
    }
    walk.part(Class::Network, Risk::High, "runs a command on another machine");
    incoming()
}

/// `-o Name=value`: some of the names run programs here.
fn settings(walk: &mut Walk, values: &[Arg]) {
    const RUN: [&str; 5] =
        ["proxycommand", "localcommand", "knownhostscommand", "pkcs11provider", "securitykeyprovider"];
    for value in values {
        let at = value.text.find(['=', ' ']).unwrap_or(value.text.len());
        let name = value.text[..at].trim().to_ascii_lowercase();
        if RUN.contains(&&*name) {
            walk.part_at(Class::Obfuscated, Risk::High, format!("`{name}` runs a program here"), value.span);
            let command = value.text.get(at + 1..).unwrap_or_default();
            walk.other_shell(command, value.span, Stdin::Inherited);
        }
    }
}

const COPY: Style = Style {
    letters: "cDFiJloPSXBbeTfM",
    long: "rsh rsync-path exclude include exclude-from include-from files-from filter backup-dir temp-dir compare-dest \
        copy-dest link-dest log-file password-file bwlimit port chmod chown out-format max-size min-size timeout \
        partial-dir usermap groupmap write-batch read-batch remote-option",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge_copy(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let is_rsync = call.name == "rsync";
    // `-b`, `-c`, `-l`, `-P`, `-S`, `-X`, `-i`, `-D`, `-o` take no value there.
    let style = if is_rsync { Style { letters: "efBTM", ..COPY } } else { COPY };
    let words = split(call.args, style);
    settings(walk, &words.values(&["-o"]));
    for value in words.values(&["-e", "--rsh", "--rsync-path", "-S", "-F", "-M", "--remote-option"]) {
        walk.part_at(Class::Obfuscated, Risk::High, "runs a program of its own", value.span);
        if value.text.contains(' ') {
            walk.other_shell(&value.text, value.span, Stdin::Inherited);
        }
    }
    if call.name == "sftp" && words.has(&["-b"]) {
        walk.part(Class::Obfuscated, Risk::High, "takes commands from a file");
    }
    for file in words.values(&["--files-from", "--include-from", "--exclude-from"]) {
        walk.touch(&file, Access::Read);
    }
    for file in words.values(&["--log-file", "--backup-dir", "--temp-dir", "--write-batch"]) {
        walk.touch(&file, Access::Write);
    }
    let is_remote = |arg: &Arg| {
        let text = &arg.text;
        text.contains("://") || text.find(':').is_some_and(|colon| text.find('/').is_none_or(|slash| colon < slash))
    };
    let is_network = words.operands.iter().any(|arg| is_remote(arg)) || call.name == "sftp";
    if is_network {
        sends(walk, call);
        walk.part(Class::Network, Risk::High, "copies files to or from another machine");
    }
    if let Stdin::Text(text) = &call.stdin {
        told(walk, text, call.span);
    }
    let is_deleting = words.options.iter().any(|(name, _)| name.starts_with("--del"));
    if words.has(&["--remove-source-files"]) {
        walk.part(Class::Destructive, Risk::High, "deletes what was copied");
    }
    if is_deleting {
        walk.part(Class::Destructive, Risk::High, "deletes what is not in the source");
    }
    let last = words.operands.len().saturating_sub(1);
    for (index, arg) in words.operands.iter().enumerate() {
        if is_remote(arg) {
            walk.show(arg);
        } else if index < last || last == 0 {
            walk.touch(arg, Access::Read);
        } else {
            walk.touch(arg, Access::Write);
            let path = walk.path(&arg.text).unwrap_or_default();
            if is_deleting && places::is_precious(&path, walk.place) {
                walk.part_at(Class::Destructive, Risk::Critical, format!("deletes what is in `{path}`"), arg.span);
            }
        }
    }
    walk.part(Class::Write, Risk::Medium, "copies files");
    Flow::default()
}

/// What clients of file servers are told: files that they send, commands that they run here.
pub fn told(walk: &mut Walk, text: &str, span: Span) {
    for line in text.split(['\n', ';']).map(str::trim) {
        if let Some(command) = line.strip_prefix('!') {
            walk.part_at(Class::Obfuscated, Risk::High, "runs a command here", span);
            walk.other_shell(command, span, Stdin::Inherited);
        }
        let mut words = line.split_ascii_whitespace();
        if matches!(words.next(), Some("put" | "mput" | "reput" | "send" | "append" | "mirror")) {
            for word in words.filter(|word| !word.starts_with('-')) {
                walk.touch(&Arg::literal(word, span), Access::Read);
            }
        }
    }
}

/// `sshpass -p x ssh …`: what follows is a command.
pub fn judge_wrapper(walk: &mut Walk, call: &Call) -> Flow {
    walk.part(Class::Network, Risk::High, format!("`{}` leads a command through the network", call.name));
    let style = Style { letters: "pfdPfR", ends_at_operand: true, ..Style::default() };
    let words = split(call.args, style);
    for value in words.values(&["-f"]) {
        walk.touch(&value, Access::Read);
    }
    let command: Vec<Arg> = words.operands.iter().map(|arg| (*arg).clone()).collect();
    if command.is_empty() { Flow::default() } else { walk.run(&command, call.stdin.clone(), call.span) }
}

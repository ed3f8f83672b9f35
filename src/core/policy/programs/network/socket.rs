//! Programs that open a connection and pass bytes: netcat and its kind, openssl. Called by `network.rs`. A shell at the
//! end of a connection is somebody else's shell.

use super::{curl, incoming, names};
use crate::core::policy::arg::{Arg, Stdin, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, doubt, near, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    names(walk, call.args);
    let what = "gives a shell or a program to whoever is at the other end";
    let words = split(call.args, Style { letters: "ceiIpqsTwWXxOPVMmgG", ..Style::default() });
    let is_bound = match call.name {
        "socat" => call.args.iter().any(is_program) && call.args.iter().any(is_connection),
        "websocat" => {
            call.args.iter().any(|arg| ["exec:", "sh-c:", "cmd:"].iter().any(|kind| arg.text.starts_with(kind)))
        }
        "telnet" | "wscat" => false,
        _ => words.has(&["-e", "--exec", "--sh-exec", "--lua-exec"]) || words.values(&["-c"]).iter().any(is_command),
    };
    if is_bound {
        walk.part(Class::Network, Risk::Critical, what);
    } else if call.name == "socat" && call.args.iter().any(is_program) {
        walk.part(Class::Obfuscated, Risk::High, "runs a program");
    }
    shell_by_pipe(walk);
    answers_supervisor(walk, call);
    walk.part(Class::Network, Risk::High, "opens a connection and passes bytes");
    incoming()
}

/// `-c` runs a shell in some builds, and speaks TLS in others.
fn is_command(arg: &Arg) -> bool {
    const STARTS: [&str; 8] = ["sh", "bash", "zsh", "dash", "ksh", "python", "perl", "cmd"];
    arg.text.contains(['/', ' ']) || STARTS.iter().any(|start| arg.text.starts_with(start) && !arg.text.contains('.'))
}

fn is_program(arg: &Arg) -> bool {
    let lower = arg.text.to_ascii_lowercase();
    ["exec:", "system:", "shell:"].iter().any(|kind| lower.starts_with(kind) || lower.contains(&format!("!!{kind}")))
}

fn is_connection(arg: &Arg) -> bool {
    const KINDS: [&str; 14] = [
        "tcp", "udp", "ssl", "openssl", "sctp", "vsock", "socks", "proxy", "dccp", "ip", "quic", "dtls", "unix",
        "abstract",
    ];
    let lower = arg.text.to_ascii_lowercase();
    KINDS.iter().any(|kind| lower.starts_with(kind) && lower.contains(':'))
}

/// `sh -i | nc …`, with a pipe back: the shell was gone through before.
fn shell_by_pipe(walk: &mut Walk) {
    const SHELLS: [&str; 7] = ["sh", "bash", "zsh", "dash", "ksh", "ash", "fish"];
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let is_shell = |argv: &Vec<String>| argv.first().is_some_and(|first| SHELLS.contains(&&*name(first)));
    let has_pipe = walk
        .parts
        .iter()
        .any(|part| part.argv.first().is_some_and(|first| matches!(&*name(first), "mkfifo" | "mknod")));
    let is_open = |argv: &Vec<String>| {
        let is_interactive =
            argv.iter().skip(1).any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('i'));
        is_interactive || (has_pipe && argv.len() == 1)
    };
    if walk.parts.iter().any(|part| is_shell(&part.argv) && is_open(&part.argv)) {
        walk.part(Class::Network, Risk::Critical, "gives a shell to whoever is at the other end");
    }
}

/// A request written by hand.
fn answers_supervisor(walk: &mut Walk, call: &Call) {
    let Stdin::Text(text) = &call.stdin else { return };
    let hosts: Vec<&Arg> = call.plain().collect();
    let port = hosts.last().map_or("", |arg| &*arg.text);
    let host = hosts.len().checked_sub(2).map_or("", |at| &*hosts[at].text);
    for line in text.lines() {
        let Some((method, rest)) = line.split_once(' ') else { continue };
        let path = rest.split(' ').next().unwrap_or_default();
        if ["POST", "PUT", "DELETE", "PATCH"].contains(&method)
            && curl::is_supervisor(&format!("{host}:{port}{path}"), false)
        {
            let what = "gives the supervisor an order or an answer that is a person's to give";
            walk.part(Class::Privilege, Risk::Critical, what);
        }
    }
}

pub fn judge_openssl(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let style = Style {
        letters: "",
        long: "in out connect pass k kfile passin passout inkey key cert CAfile servername config engine provider \
            provider-path S iv K md subj days newkey keyout",
        has_one_dash: true,
        ends_at_operand: false,
    };
    let words = split(call.args, style);
    for file in words.values(&["--out", "--keyout"]) {
        walk.touch(&file, Access::Write);
    }
    for file in words.values(&["--in", "--kfile"]).iter().chain(words.operands.iter().skip(1).copied()) {
        near(walk, file);
    }
    if words.has(&["--engine", "--provider", "--provider-path", "--config"]) {
        walk.part(Class::Obfuscated, Risk::High, "loads a library or settings of its own");
    }
    match words.word(0) {
        "s_client" | "s_server" | "s_time" | "ocsp" => {
            sends(walk, call);
            shell_by_pipe(walk);
            walk.part(Class::Network, Risk::High, "opens a connection and passes bytes");
            incoming()
        }
        "version" => Flow::default(),
        verb => {
            let is_open =
                words.has(&["--d", "--decrypt", "--verifyrecover", "--A"]) || verb == "smime" || verb == "cms";
            let what =
                if is_open { "decodes or decrypts what nobody has read" } else { "encodes, signs or makes keys" };
            walk.part(Class::Obfuscated, Risk::High, format!("openssl {what}"));
            Flow::of(Taint { decoded: is_open, ..call.stdin.taint() })
        }
    }
}

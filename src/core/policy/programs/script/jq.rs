//! jq: its filters cannot write or run; what they can reach is the environment and files named by options.

use crate::core::policy::arg::Arg;
use crate::core::policy::call::Call;
use crate::core::policy::table::{Operands, Program, sort};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const JQ: Program = Program {
    flags: "acCeghjMnrRsSV",
    long: &[
        "ascii-output",
        "compact-output",
        "color-output",
        "exit-status",
        "null-input",
        "monochrome-output",
        "raw-output",
        "join-output",
        "raw-input",
        "slurp",
        "sort-keys",
        "tab",
        "stream",
        "seq",
        "unbuffered",
        "version",
        "help",
        "raw-output0",
        "ascii",
    ],
    long_texts: &["indent"],
    operands: Operands::TextThenFiles,
    ..Program::READER
};

fn is_number(arg: &Arg) -> bool {
    arg.exact().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()))
}

/// `env`, but for the key `.env`.
fn has_env(filter: &str) -> bool {
    filter.match_indices("env").any(|(at, _)| !filter[..at].ends_with('.'))
}

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    // Options with two values come out first.
    let mut args = Vec::new();
    let mut rest = call.args.iter();
    while let Some(arg) = rest.next() {
        match &*arg.text {
            "--indent" if rest.clone().next().is_none_or(|next| !is_number(next)) => {
                walk.part(Class::Obfuscated, Risk::High, "an indent that is no number");
                args.push(arg.clone());
            }
            // Versions differ in what is an option behind it.
            "--" => walk.part(Class::Obfuscated, Risk::High, "`--` among the words of `jq`"),
            "--arg" | "--argjson" => {
                let name = rest.next();
                if name.is_some_and(|name| name.exact().is_none()) || rest.clone().next().is_some_and(|v| v.is_glob) {
                    walk.part(Class::Obfuscated, Risk::High, "words of `jq` that are not known before");
                }
                if let Some(value) = rest.next() {
                    walk.show(value);
                }
            }
            "--slurpfile" | "--rawfile" => {
                rest.next();
                if let Some(file) = rest.next() {
                    walk.touch(file, Access::Read);
                }
            }
            // What follows may be a filter and options as well.
            "--args" | "--jsonargs" => {
                walk.part(Class::Obfuscated, Risk::High, "a jq filter among other words");
                args.push(arg.clone());
            }
            _ => args.push(arg.clone()),
        }
    }
    match sort(&JQ, &args) {
        Err(what) => {
            for arg in &args {
                walk.look(arg);
            }
            walk.part(Class::Obfuscated, Risk::High, format!("{what} of `jq` is not known to be harmless"));
        }
        Ok(sorted) => {
            for (index, operand) in sorted.operands.iter().enumerate() {
                if index > 0 {
                    walk.touch(operand, Access::Read);
                    continue;
                }
                let text = &operand.text;
                let reaches = text.contains("ENV")
                    || has_env(text)
                    || ["import", "include", "$__prog_args"].iter().any(|word| text.contains(word));
                if operand.exact().is_none() {
                    walk.part(Class::Obfuscated, Risk::High, "runs a jq filter that is not known before");
                } else if reaches {
                    walk.part(
                        Class::Exfiltration,
                        Risk::High,
                        "a jq filter that may read the environment or other files",
                    );
                }
            }
        }
    }
    Flow::of(call.stdin.taint())
}

//! jq: its filters cannot write or run; what they can reach is the environment and files named by options.

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

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    // Options with two values come out first.
    let mut args = Vec::new();
    let mut rest = call.args.iter();
    while let Some(arg) = rest.next() {
        match &*arg.text {
            "--arg" | "--argjson" => {
                rest.next();
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
                let reaches =
                    ["env", "$ENV", "input_filename", "import", "include", "getpath(\"env", "$__prog_args", "@base64d"]
                        .iter()
                        .any(|word| text.contains(word) && *word != "input_filename" && *word != "@base64d");
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

//! Tools that make and destroy whole installations. Called by `containers.rs`. Destroying with the answer given
//! beforehand leaves nobody to stop it.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{
    Style, behind, doubt, elsewhere, is_answered, near_file, reveals, sends, split,
};
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
        near_file(walk, arg);
    }
    let has_one_dash = matches!(call.name, "terraform" | "tofu" | "terragrunt" | "packer" | "nomad" | "consul");
    let style = Style { letters: "sCo", long: "stack cwd profile app context", has_one_dash, ends_at_operand: false };
    let words = split(call.args, style);
    let (first, second) = (words.word(0).to_owned(), words.word(1).to_owned());
    let sure: &[&str] = match call.name {
        "terraform" | "tofu" | "terragrunt" => {
            &["--auto-approve", "--force", "--terragrunt-non-interactive", "--non-interactive"]
        }
        "pulumi" => &["--yes", "-y", "-f", "--skip-preview"],
        "cdk" | "cdktf" => &["--force", "-f", "--auto-approve"],
        "sam" => &["--no-prompts"],
        "nomad" | "consul" => &["--purge", "--yes"],
        _ => &["--yes", "-y", "--force", "-f"],
    };
    let is_sure = words.is_on(sure) || is_answered(walk, call);
    let is_destroying = match call.name {
        "terraform" | "tofu" | "terragrunt" => {
            call.plain().any(|arg| arg.text == "destroy")
                || (matches!(&*first, "apply" | "run-all") && words.is_on(&["--destroy"]))
        }
        "pulumi" => first == "destroy" || first == "down" || (first == "stack" && second == "rm"),
        "eksctl" => first == "delete",
        "vagrant" | "cdk" | "cdktf" => first == "destroy",
        "virsh" => matches!(&*first, "undefine" | "destroy" | "vol-delete" | "pool-delete"),
        "copilot" => second == "delete",
        _ => matches!(&*first, "destroy" | "delete" | "remove"),
    };
    // These ask no question at all; what is on this machine is not for everybody.
    let is_lost = match call.name {
        "eksctl" => second == "cluster",
        "vagrant" | "virsh" | "packer" | "nomad" | "consul" => false,
        "serverless" | "sls" => false,
        _ => is_sure,
    };
    if is_destroying {
        let risk = if is_lost { Risk::Critical } else { Risk::High };
        let what = if is_lost { "destroys an installation without a question" } else { "destroys an installation" };
        walk.part(Class::Destructive, risk, what);
        return Flow::of(Taint::NONE);
    }
    let is_secret = matches!((&*first, &*second), ("state", "pull") | ("output", _)) || words.has(&["--show-secrets"]);
    match &*first {
        _ if is_secret => {
            reveals(walk, call, "shows what the installation keeps, which may be secrets");
            return Flow::of(Taint { secret: true, ..Taint::NONE });
        }
        "fmt" => walk.part(Class::Write, Risk::Medium, "rewrites sources"),
        "plan" | "validate" | "version" | "graph" | "providers" | "ls" | "list" | "diff" | "synth" | "preview"
        | "status" | "--version" => {
            walk.part(Class::Network, Risk::Medium, "looks at an installation");
        }
        _ => walk.part(Class::Network, Risk::High, format!("`{} {first}` changes an installation", call.name)),
    }
    Flow::of(Taint::NONE)
}

/// One command for many machines.
pub fn judge_fleet(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    doubt(walk, call.args);
    let words =
        split(call.args, Style { letters: "aimuelfcMtT", long: "args inventory module-name", ..Style::default() });
    for value in words.values(&["-a", "--args"]) {
        elsewhere(walk, &value.text, value.span, call.stdin.clone());
    }
    for arg in call.args {
        let arg: Arg = behind(arg, 0);
        walk.show(&arg);
        near_file(walk, &arg);
    }
    walk.part(Class::Network, Risk::High, "runs something on other machines");
    Flow::of(Taint { network: true, ..Taint::NONE })
}

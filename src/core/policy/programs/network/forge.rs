//! The command lines of GitHub, GitLab and the like. Called by `network.rs`. What they delete without a question is
//! gone for everybody; what they show of their login is a secret.

use super::{incoming, names};
use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, is_answered, near, near_file, reveals, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const STYLE: Style = Style {
    letters: "RXHfFbtBqLlsnDcop",
    long: "repo method header raw-field field body body-file title base head jq limit label state json template \
        hostname input notes notes-file pattern dir output branch workflow search author",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    let words = split(call.args, STYLE);
    let (noun, verb) = (words.word(0).to_owned(), words.word(1).to_owned());
    let shows_token = (noun == "auth" && verb == "token")
        || (noun == "auth" && verb == "status" && words.has(&["-t", "--show-token"]));
    if shows_token {
        reveals(walk, call, "shows the token of its login");
        return Flow::of(Taint { secret: true, ..Taint::NONE });
    }
    names(walk, call.args);
    for arg in call.args.iter().filter(|arg| arg.text.contains("=@")) {
        near_file(walk, arg);
    }
    let is_sure = words.is_on(&["-y", "--yes", "--confirm", "-f", "--force"]) || is_answered(walk, call);
    let is_looking = matches!(
        &*verb,
        "list"
            | "ls"
            | "view"
            | "status"
            | "diff"
            | "checks"
            | "get"
            | "watch"
            | "download"
            | "clone"
            | "checkout"
            | "show"
            | "verify"
    );
    match &*noun {
        "api" => api(
            walk,
            call,
            &words.operands,
            &words.values(&["-X", "--method"]),
            &words.values(&["--input"]),
            words.has(&["-f", "-F", "--field", "--raw-field", "--input"]),
        ),
        _ if verb == "delete" => {
            let is_store = matches!(&*noun, "repo" | "release" | "project" | "issue" | "gist" | "codespace" | "cs");
            let risk = if is_store && is_sure { Risk::Critical } else { Risk::High };
            walk.part(Class::Destructive, risk, format!("deletes a {noun} for everybody, without a question"));
        }
        "gist" | "release" if matches!(&*verb, "create" | "upload" | "edit") => {
            sends(walk, call);
            for file in words.operands.iter().skip(2) {
                near(walk, file);
            }
            walk.part(Class::Network, Risk::High, format!("publishes a {noun}"));
        }
        "auth" if verb != "status" => walk.part(Class::Privilege, Risk::High, "changes its login"),
        "extension" | "ext" | "alias" if !is_looking => {
            walk.part(Class::Build, Risk::High, "adds commands that run programs")
        }
        "search" | "status" | "browse" | "version" | "--version" | "help" | "" => {
            walk.part(Class::Network, Risk::Medium, "asks the forge");
        }
        _ if is_looking => {
            walk.part(Class::Network, Risk::Medium, "asks the forge");
            for file in words.values(&["-D", "--dir", "-O", "--output"]) {
                walk.touch(&file, Access::Write);
            }
        }
        _ => {
            sends(walk, call);
            for file in words.values(&["-F", "-f", "--body-file", "--notes-file", "--env-file"]) {
                near(walk, &file);
            }
            walk.part(Class::Network, Risk::High, format!("{} {noun} {verb} changes something for others", call.name));
        }
    }
    incoming()
}

fn api(walk: &mut Walk, call: &Call, operands: &[&Arg], methods: &[Arg], inputs: &[Arg], has_fields: bool) {
    let method = methods.last().map(|method| method.text.to_ascii_uppercase()).unwrap_or_default();
    let is_change = if method.is_empty() { has_fields } else { method != "GET" };
    let path = operands.get(1).map_or("", |arg| &*arg.text).trim_matches('/');
    if is_change {
        sends(walk, call);
        for file in inputs {
            walk.touch(file, Access::Read);
        }
    }
    // A whole repository, an organisation.
    let parts: Vec<&str> = path.split('/').collect();
    let is_whole = matches!(parts.as_slice(), ["repos", _, _] | ["orgs", _] | ["projects", _] | ["gists", _]);
    if method == "DELETE" {
        let risk = if is_whole { Risk::Critical } else { Risk::High };
        walk.part(Class::Destructive, risk, format!("deletes `{path}` for everybody"));
    } else {
        let risk = if is_change { Risk::High } else { Risk::Medium };
        walk.part(Class::Network, risk, if is_change { "changes something at the forge" } else { "asks the forge" });
    }
}

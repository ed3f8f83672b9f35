//! Stores of secrets: what they show is one. Called by `containers.rs`.

use crate::core::policy::arg::Taint;
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{doubt, reveals};
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let words: Vec<&str> = call.plain().map(|arg| &*arg.text).collect();
    let has = |names: &[&str]| words.iter().take(3).any(|word| names.contains(word));
    let shows = match call.name {
        "security" => words
            .first()
            .is_some_and(|word| word.starts_with("find-") || word.starts_with("dump-") || *word == "export"),
        "vault" => has(&["read", "get", "unwrap", "lookup", "print", "export"]),
        // A name alone shows it.
        "pass" | "gopass" => {
            !has(&["ls", "list", "find", "search", "git", "init", "insert", "generate", "rm", "version"])
                && !words.is_empty()
        }
        "op" => has(&["read", "get", "inject", "run", "signin"]),
        _ => has(&[
            "get", "lookup", "show", "export", "read", "run", "secrets", "exec", "list", "search", "code", "clip",
            "access",
        ]),
    };
    if shows {
        reveals(walk, call, "shows a stored secret");
        return Flow::of(Taint { secret: true, ..Taint::NONE });
    }
    walk.part(Class::Privilege, Risk::High, format!("manages secrets with `{}`", call.name));
    Flow::default()
}

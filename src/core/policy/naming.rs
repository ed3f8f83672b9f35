//! Builtins that give variables their values: `declare` and its like, `read` and its like. Called by `call.rs` through
//! `builtins.rs`. They must never let a name be set that is not known before.

use super::arg::{Arg, Taint};
use super::call::Call;
use super::shell::{Value, is_dangerous_name, is_harmless_name};
use super::verdict::{Class, Risk};
use super::walk::{Flow, Walk};

pub fn declare(walk: &mut Walk, call: &Call) -> Flow {
    let letters: String = call
        .args
        .iter()
        .filter(|arg| arg.text.starts_with(['-', '+']))
        .flat_map(|arg| arg.text.chars().skip(1))
        .collect();
    let is_list = letters.contains(['a', 'A']);
    for arg in call.args {
        if arg.text.starts_with('-') || arg.text.starts_with('+') {
            // `-n` names another variable, `-f` is about functions, `-i` computes.
            // Others make a list of it, change its letters, or keep what it is: `declare x=a` sets it, `-u`, `-r` and `-p` do not.
            if arg.exact().is_none() || (call.name != "unset" && arg.text != "-x" && arg.text != "-p") {
                walk.part(
                    Class::Obfuscated,
                    Risk::High,
                    format!("`{} {}` changes what a name means", call.name, arg.text),
                );
            }
            continue;
        }
        let (name, value) = arg.text.split_once('=').unwrap_or((&arg.text, ""));
        let has_value = arg.text.contains('=');
        let is_added = name.ends_with('+');
        let name = name.trim_end_matches('+');
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        // All of the name stands there, and the sign behind it where the rest is not known.
        let is_known = arg.exact().is_some() || (!arg.is_many && !arg.is_maybe && has_value && arg.known > name.len());
        if !is_name || !is_known {
            walk.part(Class::Obfuscated, Risk::High, "sets a variable whose name is not known before");
            continue;
        }
        // The value of a list is read once more, with the commands in it.
        let is_list = is_list || walk.names.is_array(name);
        if has_value && (is_added || value.contains(['(', '[']) || (is_list && arg.exact().is_none())) {
            walk.part(Class::Obfuscated, Risk::High, "sets a list, whose text may run commands");
            walk.gathered.spoil(name);
        }
        if is_list || call.name == "readonly" || letters.contains(['r', 'l', 'u']) {
            walk.gathered.array(name);
        }
        if matches!(call.name, "readonly" | "local") || (has_value && letters.contains('p')) {
            walk.part(Class::Obfuscated, Risk::High, format!("`{}` may leave `{name}` as it is", call.name));
        }
        // How the value is split, and whether a tilde in it counts, differs from a plain assignment.
        walk.gathered.spoil(name);
        let is_exported = call.name == "export" || letters.contains('x');
        if call.name == "unset" {
            walk.gathered.spoil(name);
            walk.shell.variables.remove(name);
            walk.shell.functions.remove(name);
            walk.named(name);
            continue;
        }
        if has_value {
            let rest = Arg { text: value.into(), known: arg.known.saturating_sub(name.len() + 1), ..arg.clone() };
            walk.assigned(name, &rest, arg.span);
        } else if call.name != "export" || is_dangerous_name(name) {
            walk.named(name);
        }
        // One that has no value yet may have got it in this very command.
        let is_new = has_value || walk.names.is_given(name) || walk.shell.variables.contains_key(name);
        if is_exported && is_new && !is_harmless_name(name) && !is_dangerous_name(name) {
            walk.part(
                Class::Obfuscated,
                Risk::High,
                format!("gives `{name}` to every later program, which may obey it"),
            );
        }
        let is_locale = super::shell::is_harmless_locale(name, value) && arg.exact().is_some();
        if is_exported && has_value && is_harmless_name(name) && !is_locale {
            walk.part(Class::Obfuscated, Risk::High, format!("gives `{name}` a file, which programs read"));
        }
    }
    // Without a name it lists all of them.
    let names_one = call.plain().next().is_some();
    if !names_one || (!call.args.iter().any(|arg| arg.text.contains('=')) && call.has("-p")) {
        walk.secret_shown(call.span);
    }
    Flow::of(Taint::NONE)
}

pub fn read(walk: &mut Walk, call: &Call) -> Flow {
    let mut args = call.args.iter();
    let taint = call.stdin.taint();
    let (flags, values, usual) = match call.name {
        "read" => ("ers", "adinNptu", "REPLY"),
        "getopts" => ("", "", ""),
        _ => ("t", "dnOsuCc", "MAPFILE"),
    };
    let mut names: Vec<String> = Vec::new();
    let mut is_over = false;
    while let Some(arg) = args.next() {
        let Some(text) = arg.exact() else {
            walk.part(Class::Obfuscated, Risk::High, "reads into a variable whose name is not known before");
            continue;
        };
        let Some(letters) = text.strip_prefix('-').filter(|rest| !is_over && !rest.is_empty()) else {
            is_over = true;
            names.push(text.to_owned());
            continue;
        };
        if text == "--" {
            is_over = true;
            continue;
        }
        for (at, letter) in letters.char_indices() {
            if flags.contains(letter) {
                continue;
            }
            if !values.contains(letter) || (letter == 'C' && call.name != "read") {
                walk.part(Class::Obfuscated, Risk::High, format!("option `-{letter}` of `{}`", call.name));
            }
            // With a value of its own, in this word or in the next.
            let behind = letters.get(at + letter.len_utf8()..).unwrap_or_default();
            let next = if behind.is_empty() { args.next().cloned() } else { Some(Arg::literal(behind, arg.span)) };
            match next.as_ref().map(|next| (next.exact(), next.is_many || next.is_glob)) {
                Some((Some(name), _)) if letter == 'a' => names.push(name.to_owned()),
                Some((Some(_), _)) => {}
                // One word, whichever, is a prompt or a number.
                Some((None, false)) if letter != 'a' => {}
                _ => walk.part(Class::Obfuscated, Risk::High, "reads with words that are not known before"),
            }
            break;
        }
    }
    if call.name == "getopts" {
        names = names.into_iter().skip(1).take(1).chain(["OPTARG".to_owned()]).collect();
    } else if names.is_empty() {
        names.push(usual.to_owned());
    }
    for name in names {
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name {
            walk.part(Class::Obfuscated, Risk::High, "an index that may run commands");
            continue;
        }
        if call.name != "read" || call.has_letter('a') {
            walk.gathered.array(&name);
        }
        walk.set(&name, Value::Unknown(taint));
        if !super::names::is_shells_own(&name) {
            walk.named(&name);
        }
    }
    Flow::of(Taint::NONE)
}

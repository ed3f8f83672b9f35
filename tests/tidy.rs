//! The house rules that rustc cannot check: who may import whom, where I/O may live, that every file says what it
//! is for, and that no test is forgotten or switched off. Run by `cargo test --test tidy`; reads the source tree as
//! text and nothing else. It must never need a build of the product, and it passes while layer folders are missing.
//!
//! Each rule is a pure function from text to complaints, and each has a unit test below with text that must be
//! reported: a rule that cannot fail is a defect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test binary: failing loudly is its job")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

// ---------------------------------------------------------------------------------------------- the rules as data

/// A layer is a folder of `src/`: its name, and the layers it may name besides itself. Lowest first; the table is the
/// one of `ARCHITECTURE.md`.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("core", &["base"]),
    ("proto", &["base"]),
    // One outside thing each; they never name one another.
    ("config", &["base", "core"]),
    ("store", &["base", "core"]),
    ("olog", &["base", "core"]),
    ("pty", &["base", "core"]),
    ("ipc", &["base", "core", "proto"]),
    ("providers", &["base", "core"]),
    ("workspace", &["base", "core"]),
    // Processes that take commands apart.
    ("judges", &["base", "core"]),
    ("tmux", &["base", "core"]),
    ("fake", &["base"]),
    ("holder", &["base", "proto", "pty", "olog", "ipc"]),
    ("client", &["base", "proto", "ipc"]),
    (
        "server",
        &["base", "core", "proto", "config", "store", "olog", "pty", "ipc", "providers", "workspace", "judges", "tmux"],
    ),
    ("api", &["base", "proto", "server"]),
    ("mcp", &["base", "proto", "client"]),
    ("tui", &["base", "core", "proto", "config", "client"]),
    ("cli", &["base", "core", "proto", "config", "providers", "judges", "client"]),
    // Starts what the command line asks for; `main` calls nothing else.
    ("roles", &["base", "proto", "config", "judges", "client", "fake", "holder", "server", "api", "tui", "cli"]),
];

/// Where a layer may use only a part of another one: (layer, other, the parts).
const PARTS: &[(&str, &str, &[&str])] = &[
    ("tui", "core", &["screen", "keys", "find"]),
    // `debug screen`, `debug status` and their like read recordings without a server.
    ("cli", "core", &["screen", "status", "policy"]),
    // The handle, who listens, and what can be asked.
    ("api", "server", &["App", "app", "hub", "run", "services", "terminal"]),
    ("roles", "server", &["run"]),
];

/// What a layer must not say: a crate, a module of std, or a call. Clocks, randomness and environment come into the
/// core as arguments, so that it runs in a simulator; the holder must stay small and must never need an update.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "core",
        &[
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
            "std::os",
            "tokio",
            "rusqlite",
            "libc",
            "getrandom",
            "SystemTime::now",
            "Instant::now",
        ],
    ),
    ("holder", &["tokio", "rusqlite", "axum", "hyper"]),
    ("tui", &["rusqlite", "portable_pty"]),
    ("cli", &["rusqlite"]),
    ("api", &["rusqlite"]),
];

/// Crates that have one home each: (crate, the only folder of `src/` that may name it).
const HOMES: &[(&str, &str)] = &[
    ("alacritty_terminal", "core/screen"),
    ("brush_parser", "core/policy"),
    ("rusqlite", "store"),
    ("portable_pty", "pty"),
    ("rmcp", "mcp"),
];

/// Where kinds of agents are data, and who alone may say their names: their folder, and the setting that names one for
/// launches that name none; the looks of their doubles, which are nothing but looks; and the judge of commands, which knows the
/// programs that agents start and the settings that make agents ask.
const AGENTS: (&str, &[&str]) =
    ("profiles/providers", &["providers/", "config/settings.rs", "fake/style/", "core/policy/"]);

/// Longer than this (unit tests aside), a file holds a second noun that wants a file of its own.
const LONGEST: usize = 700;

/// Files that may be longer, with the reason: tables and parsers read well in one piece.
const LONG_FILES: &[(&str, &str)] = &[];

/// `main.rs` picks the role; more lines than this mean that logic has moved in.
const LONGEST_MAIN: usize = 150;

// ------------------------------------------------------------------------------------------------- reading Rust text

/// The code with comments and the insides of strings and characters blanked, line for line, so that no rule trips
/// over prose.
fn blanked(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    let blank = |out: &mut String, c: char| out.push(if c == '\n' { '\n' } else { ' ' });
    while i < bytes.len() {
        let c = bytes[i];
        let next = bytes.get(i + 1).copied();
        let word_before = i > 0 && is_word(bytes[i - 1]);
        if c == '/' && next == Some('/') {
            while i < bytes.len() && bytes[i] != '\n' {
                out.push(' ');
                i += 1;
            }
        } else if c == '/' && next == Some('*') {
            let mut depth = 0;
            while i < bytes.len() {
                let two = (bytes[i], bytes.get(i + 1).copied());
                if two == ('/', Some('*')) || two == ('*', Some('/')) {
                    depth += if two.0 == '/' { 1 } else { -1 };
                    out.push_str("  ");
                    i += 2;
                    if depth == 0 {
                        break;
                    }
                } else {
                    blank(&mut out, bytes[i]);
                    i += 1;
                }
            }
        } else if let Some(hashes) = raw_string_at(&bytes, i).filter(|_| !word_before) {
            // r"…", r#"…"#, br"…": the end is a quote with as many hashes.
            while bytes[i] != '"' {
                out.push(bytes[i]);
                i += 1;
            }
            out.push('"');
            i += 1;
            while i < bytes.len() && !(bytes[i] == '"' && (0..hashes).all(|k| bytes.get(i + 1 + k) == Some(&'#'))) {
                blank(&mut out, bytes[i]);
                i += 1;
            }
            for _ in 0..=hashes {
                if let Some(c) = bytes.get(i) {
                    out.push(*c);
                }
                i += 1;
            }
        } else if c == '"' {
            out.push('"');
            i += 1;
            while i < bytes.len() && bytes[i] != '"' {
                if bytes[i] == '\\' {
                    out.push(' ');
                    i += 1;
                }
                if let Some(c) = bytes.get(i) {
                    blank(&mut out, *c);
                }
                i += 1;
            }
            out.push('"');
            i += 1;
        } else if c == '\'' && (next == Some('\\') || bytes.get(i + 2) == Some(&'\'')) {
            // A character, not a lifetime: 'x' or an escape.
            out.push('\'');
            i += if next == Some('\\') { 3 } else { 2 };
            while i < bytes.len() && bytes[i] != '\'' {
                i += 1;
            }
            out.push('\'');
            i += 1;
        } else {
            out.push(c);
            i += 1;
        }
    }
    out
}

/// The number of hashes of the raw string that starts at `i`, if one does.
fn raw_string_at(text: &[char], i: usize) -> Option<usize> {
    let mut at = i;
    if matches!(text.get(at), Some('b' | 'c')) {
        at += 1;
    }
    if text.get(at) != Some(&'r') {
        return None;
    }
    at += 1;
    let hashes = text[at..].iter().take_while(|c| **c == '#').count();
    (text.get(at + hashes) == Some(&'"')).then_some(hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Byte offsets at which `word` stands as a whole word in blanked code.
fn word_offsets<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !code[..*at].chars().next_back().is_some_and(is_word)
            && !code[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

/// Blanked code without its `#[cfg(test)] mod x { … }` blocks, and the names of its `#[cfg(test)] mod x;` files.
/// Any other item under `#[cfg(test)]` stays and is judged like the rest: it cannot hide code.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut kept, mut files, mut rest) = (String::new(), vec![], code);
    while let Some(at) = rest.find("#[cfg(test)]") {
        let after = &rest[at + "#[cfg(test)]".len()..];
        kept.push_str(&rest[..at]);
        match test_module(after) {
            Some((name, None, end)) => {
                files.push(name);
                rest = &after[end..];
            }
            Some((_, Some(()), end)) => rest = &after[end..],
            None => rest = after,
        }
    }
    kept.push_str(rest);
    (kept, files)
}

/// Reads `#[attr]* pub? mod name ;` or `… { … }` at the start of `text`: the name, whether it has a body, its end.
fn test_module(text: &str) -> Option<(String, Option<()>, usize)> {
    let mut at = 0;
    let skip = |at: &mut usize| *at += text[*at..].len() - text[*at..].trim_start().len();
    skip(&mut at);
    while text[at..].starts_with("#[") {
        at += text[at..].find(']')? + 1;
        skip(&mut at);
    }
    for word in ["pub(crate)", "pub(super)", "pub"] {
        if text[at..].starts_with(word) {
            at += word.len();
            skip(&mut at);
        }
    }
    let name_at = at + text[at..].strip_prefix("mod ").map(|_| 4)?;
    let name: String = text[name_at..].trim_start().chars().take_while(|c| is_word(*c)).collect();
    let stop = name_at + text[name_at..].find([';', '{'])?;
    if text[stop..].starts_with(';') {
        return Some((name, None, stop + 1));
    }
    let mut depth = 0_usize;
    for (offset, c) in text[stop..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((name, Some(()), stop + offset + 1));
        }
    }
    None
}

/// The first two segments of every path that blanked code reaches through `root::…`, groups unfolded:
/// `use crate::{a::{b, c}, d}` gives `a::b`, `a::c` and `d`.
fn paths_under(code: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in word_offsets(code, root) {
        let tail = code[at + root.len()..].trim_start();
        if let Some(tail) = tail.strip_prefix("::") {
            read_tree(tail, &mut vec![], &mut found);
        }
    }
    found
}

/// Reads one path or group, notes its first two segments, and returns what follows it.
fn read_tree<'a>(text: &'a str, path: &mut Vec<String>, found: &mut BTreeSet<String>) -> &'a str {
    let mut text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        text = group.trim_start();
        while !text.is_empty() && !text.starts_with('}') {
            let before = text.len();
            text = read_tree(text, path, found).trim_start();
            // Skips `as name` and whatever else stands before the next comma.
            let to = text.find([',', '}']).unwrap_or(text.len());
            text = &text[to..];
            text = text.strip_prefix(',').unwrap_or(text).trim_start();
            if text.len() == before {
                break;
            }
        }
        return text.strip_prefix('}').unwrap_or(text);
    }
    let name: String = match text.chars().next() {
        Some('*') => "*".into(),
        _ => text.chars().take_while(|c| is_word(*c)).collect(),
    };
    text = &text[name.len()..];
    if name.is_empty() {
        return text;
    }
    path.push(name);
    let deeper = text.trim_start().strip_prefix("::").map(str::trim_start);
    text = match deeper {
        Some(tail) if tail.starts_with(|c: char| is_word(c) || c == '{' || c == '*') => read_tree(tail, path, found),
        _ => {
            found.insert(path.iter().take(2).cloned().collect::<Vec<_>>().join("::"));
            text
        }
    };
    path.pop();
    text
}

// ----------------------------------------------------------------------------------------------- rules over one text

/// Who `layer` names, against the table. `code` is blanked and without tests.
fn wrong_imports(layer: &str, code: &str) -> Vec<String> {
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return vec![format!("`{layer}` is no layer: add it to LAYERS and to ARCHITECTURE.md")];
    };
    let mut complaints = vec![];
    for path in paths_under(code, "crate") {
        let (first, second) = path.split_once("::").unwrap_or((&path, ""));
        if first == "*" || first == "self" {
            complaints.push(format!("`crate::{first}` hides what `{layer}` imports"));
        } else if first != layer && LAYERS.iter().any(|(name, _)| *name == first) {
            if !allowed.contains(&first) {
                complaints.push(format!("`{layer}` must not import `{first}`"));
            } else if let Some((_, _, parts)) = PARTS.iter().find(|(l, other, _)| *l == layer && *other == first)
                && !parts.contains(&second)
            {
                complaints.push(format!("`{layer}` may use only {parts:?} of `{first}`, not `{second}`"));
            }
        }
    }
    // One complaint for each pair of layers: the paths are sorted, so the same ones stand together.
    complaints.dedup();
    if word_offsets(code, "crate").any(|at| code[at + "crate".len()..].trim_start().starts_with("as ")) {
        complaints.push("`crate as …` hides an import".into());
    }
    complaints
}

/// `super::super` (and, in the file that is a layer's root, `super` itself) can leave the layer unseen.
/// Tests may reach up: they may import everything anyway.
fn wrong_supers(code: &str, is_layer_root: bool) -> Vec<String> {
    let mut complaints = vec![];
    if paths_under(code, "super").iter().any(|path| path.split("::").any(|part| part == "super")) {
        complaints.push("`super::super` hides an import: name the path from `crate::`".into());
    }
    if is_layer_root && word_offsets(code, "super").any(|at| code[at..].starts_with("super::")) {
        complaints.push("`super::` in the root of a layer is the crate: name the path from `crate::`".into());
    }
    complaints
}

/// The words of [`FORBIDDEN`] that `layer` says, also through groups (`use std::{fs, net}`), and crates away from home.
fn forbidden_words(layer: &str, file: &str, code: &str) -> Vec<String> {
    let mut complaints = vec![];
    let std_paths = paths_under(code, "std");
    for word in FORBIDDEN.iter().filter(|(l, _)| *l == layer).flat_map(|(_, words)| words.iter()) {
        let said = match word.split_once("::") {
            Some(("std", module)) => std_paths.iter().any(|p| p.split("::").next() == Some(module)),
            _ => word_offsets(code, word).next().is_some(),
        };
        if said {
            complaints.push(format!("`{layer}` must not say `{word}`"));
        }
    }
    for (name, home) in HOMES {
        let at_home = file.strip_prefix(home).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(".rs"));
        if !at_home && word_offsets(code, name).next().is_some() {
            complaints.push(format!("only `src/{home}` may name the crate `{name}`"));
        }
    }
    complaints
}

/// The agents that code outside of the tests names as strings: what it does for one of them belongs into its file.
fn named_agents(text: &str, names: &[String]) -> Vec<String> {
    // As words of the code, so that comments, other strings and tests are blanked around them.
    let marked =
        names.iter().fold(text.to_owned(), |t, name| t.replace(&format!("\"{name}\""), &format!(" AGENT_{name} ")));
    let (code, _) = without_tests(&blanked(&marked));
    let said = names.iter().filter(|name| word_offsets(&code, &format!("AGENT_{name}")).next().is_some());
    said.map(|name| format!("names the agent \"{name}\": say it as data in {}/{name}.toml", AGENTS.0)).collect()
}

/// The names of the shipped agents, by their own files.
fn shipped_agents() -> Vec<String> {
    let files = fs::read_dir(root().join(AGENTS.0)).unwrap();
    let name =
        |text: String| text.lines().find_map(|l| Some(l.strip_prefix("name = \"")?.strip_suffix('"')?.to_owned()));
    files.map(|file| name(fs::read_to_string(file.unwrap().path()).unwrap()).unwrap()).collect()
}

/// Every file begins with what it is for.
fn missing_header(text: &str) -> Option<String> {
    let said = text.lines().next().and_then(|line| line.strip_prefix("//!")).is_some_and(|doc| !doc.trim().is_empty());
    (!said).then(|| "must begin with `//!`: what it is for, who calls it, what it must never do".into())
}

/// Tests that are switched off, that pass by panicking, or that wait for time instead of for a condition.
fn weak_tests(code: &str) -> Vec<String> {
    let attribute = |name: &str| {
        word_offsets(code, name).any(|at| {
            let before = code[..at].trim_end();
            before.ends_with("#[") || before.ends_with(',') || before.ends_with('(')
        })
    };
    let mut complaints = vec![];
    if attribute("ignore") {
        complaints.push("no `ignore`: a test that is not run is no test".into());
    }
    if attribute("should_panic") {
        complaints.push("no `should_panic`: it passes on the wrong panic too".into());
    }
    complaints
}

/// Waiting for time instead of for a condition.
fn sleeps(code: &str) -> Option<String> {
    let asleep =
        ["thread::sleep", "time::sleep", "sleep_ms"].iter().any(|call| word_offsets(code, call).next().is_some());
    let imported = ["thread", "time"]
        .iter()
        .any(|root| paths_under(code, root).iter().any(|path| path.split("::").next() == Some("sleep")));
    (asleep || imported).then(|| "no sleep in tests: wait for a condition (`wait_until`, `Outer::wait_for`)".into())
}

/// The names of `names` that `owner` does not declare as modules.
fn undeclared(owner: &str, names: &[String]) -> Vec<String> {
    let code = blanked(owner);
    let declared: BTreeSet<String> = word_offsets(&code, "mod")
        .map(|at| code[at + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect())
        .collect();
    names.iter().filter(|name| !declared.contains(*name)).cloned().collect()
}

/// Lines of `text` that are not in its test modules.
fn lines_without_tests(text: &str) -> usize {
    without_tests(&blanked(text)).0.lines().count()
}

/// Too long, or on the list of long files without need.
fn wrong_length(file: &str, lines: usize, long_files: &[(&str, &str)]) -> Option<String> {
    let listed = long_files.iter().any(|(name, _)| *name == file);
    match (lines > LONGEST, listed) {
        (true, false) => Some(format!("{lines} lines (at most {LONGEST}): look for the second noun")),
        (false, true) => Some("is on LONG_FILES without need".into()),
        _ => None,
    }
}

// ------------------------------------------------------------------------------------------------- walking the tree

/// The package's folder: where Cargo says it is now, else where it was built.
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// All `.rs` files under `dir`, sorted; nothing when the folder does not exist (yet).
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return vec![] };
    let mut found = vec![];
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            if !path.ends_with("target") {
                found.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `path` below `base`, with slashes.
fn below(base: &Path, path: &Path) -> String {
    path.strip_prefix(base).unwrap().to_string_lossy().into_owned()
}

/// The files and folders that `#[cfg(test)] mod x;` lines of `src/` declare: `x.rs`, and all below `x/`.
fn test_modules(src: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for file in rust_files(src) {
        let owns_folder = ["mod", "lib", "main"].contains(&file.file_stem().unwrap().to_str().unwrap());
        let folder = if owns_folder { file.parent().unwrap().to_path_buf() } else { file.with_extension("") };
        for name in without_tests(&blanked(&fs::read_to_string(&file).unwrap())).1 {
            found.insert(folder.join(format!("{name}.rs")));
            found.insert(folder.join(name));
        }
    }
    found
}

/// Whether `file` is one of `modules` or lies below one.
fn is_among(modules: &BTreeSet<PathBuf>, file: &Path) -> bool {
    file.ancestors().any(|path| modules.contains(path))
}

/// Module files under `dir` that their owner does not declare: rustc never sees them.
fn forgotten_files(dir: &Path, owners: &[PathBuf]) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return vec![] };
    let (mut names, mut complaints) = (vec![], vec![]);
    for path in entries.map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !rust_files(&path).is_empty() {
            let owner = [path.join("mod.rs"), path.with_extension("rs")].into_iter().find(|file| file.exists());
            if owner.is_none() {
                complaints.push(format!("{}: has Rust files and no module file", path.display()));
            }
            complaints.extend(forgotten_files(&path, &owner.into_iter().collect::<Vec<_>>()));
            names.push(stem);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !owners.contains(&path) {
            names.push(stem);
        }
    }
    names.sort();
    names.dedup();
    let owner_text: String = owners.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
    let missing = undeclared(&owner_text, &names);
    complaints
        .extend(missing.iter().map(|name| format!("{}: nobody declares `mod {name};`", dir.join(name).display())));
    complaints
}

#[track_caller]
fn none_of(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// -------------------------------------------------------------------------------------------------------- the tests

#[test]
fn layers_look_down_only() {
    let src = root().join("src");
    let tests = test_modules(&src);
    let mut complaints = vec![];
    for file in rust_files(&src) {
        let name = below(&src, &file);
        if ["lib.rs", "main.rs"].contains(&name.as_str()) || is_among(&tests, &file) {
            continue;
        }
        let layer = name.split(['/', '.']).next().unwrap();
        let (code, _) = without_tests(&blanked(&fs::read_to_string(&file).unwrap()));
        let is_layer_root = name == format!("{layer}/mod.rs") || name == format!("{layer}.rs");
        let found =
            [wrong_imports(layer, &code), wrong_supers(&code, is_layer_root), forbidden_words(layer, &name, &code)];
        complaints.extend(found.concat().into_iter().map(|complaint| format!("src/{name}: {complaint}")));
    }
    none_of(&complaints);
}

#[test]
fn no_folder_but_theirs_knows_agents_by_name() {
    let src = root().join("src");
    let (tests, names) = (test_modules(&src), shipped_agents());
    assert!(names.len() >= 3, "{names:?}");
    let mut complaints = vec![];
    for file in rust_files(&src).into_iter().filter(|file| !is_among(&tests, file)) {
        let name = below(&src, &file);
        if !AGENTS.1.iter().any(|may| name.starts_with(may)) {
            let found = named_agents(&fs::read_to_string(&file).unwrap(), &names);
            complaints.extend(found.into_iter().map(|complaint| format!("src/{name}: {complaint}")));
        }
    }
    none_of(&complaints);
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut complaints = vec![];
    for folder in ["src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let complaint = missing_header(&fs::read_to_string(&file).unwrap());
            complaints.extend(complaint.map(|complaint| format!("{}: {complaint}", below(&root(), &file))));
        }
    }
    none_of(&complaints);
}

#[test]
fn no_test_is_switched_off_or_sleeps() {
    let mut complaints = vec![];
    for folder in ["src", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let code = blanked(&fs::read_to_string(&file).unwrap());
            let mut found = weak_tests(&code);
            if folder == "tests" {
                found.extend(sleeps(&code));
            }
            complaints.extend(found.into_iter().map(|complaint| format!("{}: {complaint}", below(&root(), &file))));
        }
    }
    none_of(&complaints);
}

#[test]
fn no_file_is_forgotten() {
    let (src, it) = (root().join("src"), root().join("tests/it"));
    let mut complaints = forgotten_files(&src, &[src.join("lib.rs"), src.join("main.rs")]);
    complaints.extend(forgotten_files(&it, &[it.join("main.rs")]));
    none_of(&complaints);
}

#[test]
fn files_stay_readable_in_one_sitting() {
    let src = root().join("src");
    let tests = test_modules(&src);
    let mut complaints = vec![];
    for file in rust_files(&src).into_iter().filter(|file| !is_among(&tests, file)) {
        let name = below(&src, &file);
        let lines = lines_without_tests(&fs::read_to_string(&file).unwrap());
        complaints.extend(wrong_length(&name, lines, LONG_FILES).map(|complaint| format!("src/{name}: {complaint}")));
        if name == "main.rs" && lines >= LONGEST_MAIN {
            complaints.push(format!("src/main.rs: {lines} lines (below {LONGEST_MAIN}): it only picks the role"));
        }
    }
    for (name, reason) in LONG_FILES {
        if !src.join(name).exists() || reason.trim().is_empty() {
            complaints.push(format!("LONG_FILES: `{name}` does not exist or has no reason"));
        }
    }
    none_of(&complaints);
}

// ------------------------------------------------------------------------------- the rules, on text that must be caught

#[track_caller]
fn check_imports(layer: &str, code: &str, expect: &[&str]) {
    let found = wrong_imports(layer, &without_tests(&blanked(code)).0);
    assert_eq!(found.len(), expect.len(), "{found:?}");
    for (complaint, part) in found.iter().zip(expect) {
        assert!(complaint.contains(part), "{complaint} should speak of {part}");
    }
}

#[test]
fn upward_imports_are_caught() {
    check_imports("tui", "use crate::server::World;", &["`server`"]);
    check_imports("tui", "fn f() { crate::store::open() }", &["`store`"]);
    check_imports("core", "use crate::{base::Id, proto::rest::{A, B}, server as s};", &["`proto`", "`server`"]);
    check_imports("proto", "use crate::{\n    base::{Id, Text},\n    core::world,\n};", &["`core`"]);
    check_imports("store", "pub(crate) use crate::olog;", &["`olog`"]);
    check_imports("holder", "let x = crate :: server :: run;", &["`server`"]);
    check_imports("server", "use crate::holder;\nuse crate::tui::{self, View};", &["`holder`", "`tui`"]);
    check_imports("tui", "use crate::*;", &["hides"]);
    check_imports("tui", "use crate as root;", &["hides"]);
    check_imports("elsewhere", "", &["no layer"]);
}

#[test]
fn parts_of_a_layer_are_checked() {
    check_imports("tui", "use crate::core::{screen::Grid, keys, policy};", &["not `policy`"]);
    check_imports("api", "use crate::server::dispatcher::Event;", &["not `dispatcher`"]);
    check_imports("api", "use crate::server;", &["only"]);
    check_imports("api", "use crate::server::services::{sessions, terminals};", &[]);
}

#[test]
fn downward_imports_and_prose_pass() {
    check_imports("tui", "use crate::{client::Api, tui::view, proto::*};", &[]);
    check_imports(
        "tui",
        "// use crate::server;\nlet s = \"crate::server\"; /* crate::store */ let r = r#\"crate::pty\"#;",
        &[],
    );
    check_imports("core", "#[cfg(test)]\nmod tests {\n    use crate::server;\n    fn f() { if x { } }\n}\n", &[]);
    // A test-only item in the middle of a file hides nothing behind it.
    check_imports("core", "#[cfg(test)]\nuse std::fmt;\nuse crate::server;", &["`server`"]);
    check_imports("core", "#[cfg(test)]\nmod tests { }\nuse crate::server;", &["`server`"]);
}

#[test]
fn hidden_ways_up_are_caught() {
    let check = |code: &str, is_root, expect: usize| {
        let found = wrong_supers(&without_tests(&blanked(code)).0, is_root);
        assert_eq!(found.len(), expect, "{code}: {found:?}");
    };
    check("use super::super::server;", false, 1);
    check("use super::{super::server, x};", false, 1);
    check("use super::x;", false, 0);
    check("use super::server;", true, 1);
    check("#[cfg(test)] mod tests { use super::*; }", true, 0);
    check("#[cfg(test)] mod tests { use super::super::x; }", false, 0);
    check("// super::super\n", false, 0);
}

#[test]
fn impure_words_are_caught() {
    let check = |layer: &str, code: &str, expect: &[&str]| {
        let found = forbidden_words(layer, &format!("{layer}/x.rs"), &without_tests(&blanked(code)).0);
        assert_eq!(found.len(), expect.len(), "{code}: {found:?}");
        assert!(found.iter().zip(expect).all(|(complaint, word)| complaint.contains(word)), "{found:?}");
    };
    check("core", "use std::fs;", &["std::fs"]);
    check("core", "use std::{collections::BTreeMap, net::{TcpStream, IpAddr}};", &["std::net"]);
    check("core", "let t = std::time::Instant::now();", &["Instant::now"]);
    check("core", "fn f(at: std::time::Instant) {}", &[]);
    check("core", "use tokio::sync::mpsc;", &["tokio"]);
    check("core", "let tokio_like = 1; // tokio", &[]);
    check("core", "#[cfg(test)] mod tests { use std::fs; }", &[]);
    check("core", "#[cfg(test)] fn f() {} fn g() { std::process::exit(1) }", &["std::process"]);
    check("core", "use alacritty_terminal::Term;", &["core/screen"]);
    check("holder", "use tokio::net::UnixStream;", &["tokio"]);
    check("server", "use rusqlite::Connection;", &["store"]);
    assert!(forbidden_words("core", "core/screen/mod.rs", "use alacritty_terminal::Term;").is_empty());
    assert!(forbidden_words("store", "store/mod.rs", "use rusqlite::Connection;").is_empty());
    assert!(!forbidden_words("store", "storeroom/mod.rs", "use rusqlite::Connection;").is_empty());
}

#[test]
fn agents_that_are_named_are_caught() {
    let names = ["codex".to_owned(), "shell".to_owned()];
    let found = |code: &str| named_agents(code, &names).len();
    assert_eq!(found("if t.provider == \"codex\" || t.provider != \"shell\" {}"), 2);
    assert_eq!(found("let name = \"codex\";\n#[cfg(test)]\nmod tests { }"), 1);
    for good in [
        "// not \"codex\"",
        "#[cfg(test)]\nmod tests { fn f() { is(\"codex\") } }",
        "let s = \"no codex here\";",
        "fn shell(codex: u8) {}",
    ] {
        assert_eq!(found(good), 0, "{good}");
    }
}

#[test]
fn missing_headers_are_caught() {
    for bad in ["", "use std::fs;", "// a comment\n//! too late", "//!\n", "\n//! after a blank line"] {
        assert!(missing_header(bad).is_some(), "{bad:?}");
    }
    assert_eq!(missing_header("//! What it is for.\n"), None);
}

#[test]
fn weak_tests_are_caught() {
    for bad in [
        "#[ignore]",
        "#[ignore = \"slow\"]",
        "#[should_panic]",
        "#[cfg_attr(linux, ignore)]",
        "#[test]#[should_panic(expected = \"x\")]",
    ] {
        assert_eq!(weak_tests(&blanked(bad)).len(), 1, "{bad}");
    }
    for good in ["// #[ignore]", "let s = \"#[ignore]\";", "fn ignore() {}", "x.ignore();"] {
        assert!(weak_tests(&blanked(good)).is_empty(), "{good}");
    }
    for bad in [
        "std::thread::sleep(d)",
        "use std::thread::sleep;",
        "tokio::time::sleep(d).await",
        "use std::{thread::{self, sleep}, fs};",
    ] {
        assert!(sleeps(&blanked(bad)).is_some(), "{bad}");
    }
    for good in ["sh(\"sleep 5\")", "thread::spawn(f)", "// thread::sleep", "asleep()"] {
        assert_eq!(sleeps(&blanked(good)), None, "{good}");
    }
}

#[test]
fn forgotten_files_are_caught() {
    let names = ["a", "b", "c"].map(String::from);
    assert_eq!(undeclared("mod a;\npub mod b;\n// mod c;", &names), ["c"]);
    assert_eq!(undeclared("mod ab;\nmod c { }", &names), ["a", "b"]);
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("main.rs", "mod kept;\nmod folder;\n");
    write("kept.rs", "");
    write("folder/mod.rs", "mod inside;\n");
    write("folder/inside.rs", "");
    let main = [dir.path().join("main.rs")];
    assert!(forgotten_files(dir.path(), &main).is_empty());
    write("folder/lost.rs", "");
    write("orphans/lost.rs", "");
    let found = forgotten_files(dir.path(), &main);
    assert_eq!(found.len(), 4, "two lost files, a folder without a module file, and nobody declares it: {found:?}");
}

#[test]
fn long_files_are_caught() {
    assert!(wrong_length("a.rs", LONGEST + 1, &[]).is_some());
    assert!(wrong_length("a.rs", LONGEST, &[]).is_none());
    assert!(wrong_length("a.rs", LONGEST + 1, &[("a.rs", "a table")]).is_none());
    assert!(wrong_length("a.rs", LONGEST, &[("a.rs", "a table")]).is_some());
    // The line on which the test module began stays.
    assert_eq!(lines_without_tests("fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n"), 2);
    assert_eq!(lines_without_tests("//! x\n// y\n"), 2);
    assert_eq!(lines_without_tests("#[cfg(test)]\nfn f() {}\nfn g() {}\n"), 3);
}

#[test]
fn test_only_files_are_found() {
    let (_, files) =
        without_tests("#[cfg(test)]\n#[allow(x)]\npub(crate) mod samples;\n#[cfg(test)] mod tests { mod x; }");
    assert_eq!(files, ["samples"]);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("screen.rs"), "#[cfg(test)]\nmod tests;\n").unwrap();
    let found = test_modules(dir.path());
    for (file, expect) in
        [("screen/tests.rs", true), ("screen/tests/deep/a.rs", true), ("screen/tests2.rs", false), ("screen.rs", false)]
    {
        assert_eq!(is_among(&found, &dir.path().join(file)), expect, "{file}");
    }
}

#[test]
fn blanking_keeps_code_and_lines() {
    let text = "a /* x /* y */ z */ b\n'{' '\\'' 'a fn<'a>() \"q\\\"{\" br##\"}\"#\"## c // d\ne";
    let code = blanked(text);
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(!code.contains(['{', '}', 'x', 'y', 'z', 'q', 'd']), "{code}");
    for kept in ["a ", " b", "fn<'a>()", " c ", "e"] {
        assert!(code.contains(kept), "{kept:?} in {code}");
    }
}

#[test]
fn the_table_of_layers_has_no_circle() {
    for (at, (layer, allowed)) in LAYERS.iter().enumerate() {
        for other in *allowed {
            let below = LAYERS[..at].iter().any(|(name, _)| name == other);
            assert!(below, "`{layer}` may use `{other}`, which is not below it");
        }
    }
}

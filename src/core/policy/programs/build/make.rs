//! Tools that run what a file of the project says under a name: make and its kind, cmake, maven. Called by `build.rs`.
//! Words that replace a variable, a file or a shell must never pass as ordinary.

use super::{dashed, has, look_around, ordinary};
use crate::core::policy::arg::Arg;
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::programs::options::{Known, doubt};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const MAKE: Known = Known {
    letters: "BknsqwrRhpdSv",
    values: "jlOCf",
    long: "jobs keep-going silent quiet dry-run just-print always-make directory file makefile question \
        no-print-directory print-directory output-sync trace debug no-builtin-rules version help load-average \
        no-builtin-variables",
};
const RAKE: Known = Known {
    letters: "qstvnTPWADmh",
    values: "jC",
    long: "tasks all dry-run trace quiet silent verbose version prereqs multitask",
};
const JUST: Known = Known {
    letters: "lnqvuh",
    values: "",
    long: "list dry-run summary show quiet verbose version check color unsorted list-all parallel silent force",
};
const NINJA: Known = Known { letters: "vnd", values: "jklC", long: "version verbose quiet" };
const ANT: Known =
    Known { letters: "", values: "", long: "quiet verbose version projecthelp diagnostics silent debug" };

pub fn judge_make(walk: &mut Walk, call: &Call) -> Flow {
    let known = match call.name {
        "rake" => &RAKE,
        "just" | "task" => &JUST,
        "ninja" | "samu" => &NINJA,
        "ant" => &ANT,
        _ => &MAKE,
    };
    let args = if call.name == "ant" { dashed(call.args) } else { call.args.to_vec() };
    ordinary(walk, &args, &[known], false, &format!("`{}` runs what the project's file says", call.name));
    if args.iter().any(|arg| arg.text == "-" || arg.text.starts_with("-f-")) {
        crate::core::policy::builtins::tainted_run(walk, call.stdin.taint(), "makefile");
        walk.part(Class::Build, Risk::High, "runs what its standard input says");
    }
    for arg in args.iter().filter(|arg| !arg.text.starts_with('-')) {
        if !is_harmless_value(&arg.text) {
            walk.part_at(Class::Build, Risk::High, format!("sets `{}`, which may name a program", arg.text), arg.span);
        }
        if is_outward(&arg.text) {
            walk.part_at(Class::Build, Risk::High, format!("`{}` acts outside the project", arg.text), arg.span);
        }
    }
    Flow::default()
}

/// `DEBUG=1`, and targets.
fn is_harmless_value(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return !text.contains(['$', '`', '(']) };
    const VALUES: [&str; 16] = [
        "true", "false", "on", "off", "yes", "no", "debug", "release", "Debug", "Release", "ON", "OFF", "test", "dev",
        "all", "",
    ];
    let is_name =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.ends_with("FLAGS") && name != "SHELL";
    is_name && (VALUES.contains(&value) || value.bytes().all(|b| b.is_ascii_digit()))
}

pub fn is_outward(target: &str) -> bool {
    const WORDS: [&str; 8] = ["install", "uninstall", "deploy", "publish", "release", "push", "upload", "provision"];
    target.split([':', '-', '_', '/', '.']).any(|part| WORDS.contains(&part))
}

const CMAKE: Known = Known {
    letters: "vLAN",
    values: "SBGjUW",
    long: "build target config parallel clean-first verbose version fresh preset list-presets log-level trace help \
        use-stderr",
};

pub fn judge_cmake(walk: &mut Walk, call: &Call) -> Flow {
    if call.has("-E") {
        let words: Vec<&Arg> = call.args.iter().skip_while(|arg| arg.text != "-E").skip(1).collect();
        let is_deleting =
            words.first().is_some_and(|verb| verb.text.starts_with("rm") || verb.text.starts_with("remove"));
        for word in words.iter().skip(1).filter(|word| !word.text.starts_with('-')) {
            let path = walk.path(&word.text).unwrap_or_default();
            if is_deleting && places::is_precious(&path, walk.place) {
                walk.part_at(
                    Class::Destructive,
                    Risk::Critical,
                    format!("deletes everything below `{path}`"),
                    word.span,
                );
            }
            walk.touch(word, if is_deleting { Access::Delete } else { Access::Write });
        }
        doubt(walk, call.args);
        walk.part(Class::Build, Risk::High, "runs a command of cmake's");
        return Flow::default();
    }
    let is_variable = |arg: &&Arg| arg.text.starts_with("-D");
    for arg in call.args.iter().filter(is_variable) {
        let (name, value) = arg.text[2..].split_once('=').unwrap_or((&arg.text[2..], ""));
        let name = name.split(':').next().unwrap_or_default();
        let is_type =
            name == "CMAKE_BUILD_TYPE" || name == "CMAKE_EXPORT_COMPILE_COMMANDS" || name == "CMAKE_CXX_STANDARD";
        let is_word = value.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_own = !name.starts_with("CMAKE_") && is_harmless_value(&format!("{name}={value}"));
        if !(is_word && is_type || is_own) {
            walk.part_at(Class::Build, Risk::High, format!("sets `{name}`, which may name a program"), arg.span);
        }
    }
    let args: Vec<Arg> = call.args.iter().filter(|arg| !is_variable(arg)).cloned().collect();
    ordinary(walk, &args, &[&CMAKE], false, "runs what the project's CMakeLists says");
    if call.has_any(&["--install", "--target=install", "install"]) {
        walk.part(Class::Write, Risk::High, "installs outside the project");
    }
    Flow::default()
}

const MAVEN: Known = Known {
    letters: "qBoeXUNVh",
    values: "",
    long: "quiet batch-mode offline errors debug no-transfer-progress ntp version pl am amd projects also-make \
        fail-at-end fae fail-fast ff threads show-version update-snapshots",
};

pub fn judge_maven(walk: &mut Walk, call: &Call) -> Flow {
    const PHASES: [&str; 16] = [
        "clean",
        "validate",
        "compile",
        "test-compile",
        "test",
        "package",
        "verify",
        "integration-test",
        "install",
        "dependency:tree",
        "dependency:analyze",
        "checkstyle:check",
        "spotless:check",
        "help:effective-pom",
        "site",
        "generate-sources",
    ];
    const SWITCHES: [&str; 6] =
        ["-DskipTests", "-DskipITs", "-Dmaven.test.skip", "-Dtest", "-Dit.test", "-DfailIfNoTests"];
    let is_switch =
        |arg: &&Arg| SWITCHES.contains(&arg.text.split('=').next().unwrap_or_default()) && arg.exact().is_some();
    let args: Vec<Arg> = call.args.iter().filter(|arg| !is_switch(arg)).cloned().collect();
    // `-pl` and `-ntp` are long ones with one dash.
    let args: Vec<Arg> = args
        .iter()
        .flat_map(|arg| if arg.text.len() > 2 { dashed(std::slice::from_ref(arg)) } else { vec![arg.clone()] })
        .collect();
    ordinary(walk, &args, &[&MAVEN], false, "runs the project's maven build");
    let mut is_value = false;
    for arg in &args {
        let is_phase = PHASES.contains(&&*arg.text) || arg.text.starts_with('-') || is_value;
        if !is_phase {
            walk.part_at(Class::Build, Risk::High, format!("runs `{}` of maven", arg.text), arg.span);
        }
        is_value = has(std::slice::from_ref(arg), &["--pl", "--projects", "--threads"]);
    }
    look_around(walk, call.args);
    Flow::default()
}

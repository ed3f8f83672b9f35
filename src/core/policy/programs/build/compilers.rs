//! Compilers: they run programs of their own, and with the wrong option any other. Called by `build.rs`. An option that
//! does not begin like one of these must never pass as ordinary.

use super::look_around;
use crate::core::policy::arg::Arg;
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{behind, doubt, is_here};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn is_one(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "gcc", "g++", "cc", "c++", "c99", "clang", "clang++", "ld", "as", "javac", "kotlinc", "ghc", "gfortran", "tcc",
        "nasm",
    ];
    let stem = name
        .rsplit_once('-')
        .filter(|(_, version)| version.bytes().all(|b| b.is_ascii_digit()))
        .map_or(name, |(stem, _)| stem);
    NAMES.contains(&stem)
}

/// Options, or their beginnings.
fn is_ordinary(text: &str) -> bool {
    const WHOLE: [&str; 27] = [
        "-c",
        "-S",
        "-E",
        "-v",
        "-w",
        "-s",
        "-P",
        "-pipe",
        "-pthread",
        "-shared",
        "-static",
        "-pedantic",
        "-ansi",
        "-rdynamic",
        "-nostdlib",
        "-M",
        "-MM",
        "-MD",
        "-MMD",
        "-MP",
        "--version",
        "-version",
        "-dumpversion",
        "-dumpmachine",
        "-fsyntax-only",
        "-o",
        "-Xlint",
    ];
    const BEGINS: [&str; 11] = ["-O", "-g", "-std=", "-I", "-L", "-l", "-D", "-U", "-m", "-pedantic-", "-Xlint:"];
    let is_warning = text.starts_with("-W") && !text.contains(',');
    const FEATURES: [&str; 12] = [
        "-fPIC",
        "-fpic",
        "-fPIE",
        "-fno-",
        "-fsanitize=",
        "-fstack-protector",
        "-fomit-",
        "-fopenmp",
        "-fvisibility=",
        "-flto",
        "-fdiagnostics-color",
        "-funroll-",
    ];
    WHOLE.contains(&text)
        || is_warning
        || BEGINS.iter().any(|begin| text.starts_with(begin))
        || FEATURES.iter().any(|begin| text.starts_with(begin))
}

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    is_here(walk, &format!("{} works", call.name));
    look_around(walk, call.args);
    doubt(walk, call.args);
    let odd: Vec<&Arg> = call
        .args
        .iter()
        .filter(|arg| arg.text.starts_with(['-', '@']) && !is_ordinary(&arg.text) && !arg.text.starts_with("-o"))
        .collect();
    for arg in odd {
        walk.part_at(
            Class::Build,
            Risk::High,
            format!("option `{}` may make the compiler run something else", arg.text),
            arg.span,
        );
    }
    let mut words = call.args.iter();
    while let Some(arg) = words.next() {
        if arg.text == "-o" {
            if let Some(file) = words.next() {
                writes(walk, file);
            }
        } else if arg.text.starts_with("-o") {
            writes(walk, &behind(arg, 2));
        }
    }
    walk.part(Class::Build, Risk::Medium, "compiles");
    Flow::default()
}

/// What it makes is a part of the build, unless it is somewhere else.
fn writes(walk: &mut Walk, file: &Arg) {
    let Some(path) = walk.path(&file.text) else { return };
    let judged = crate::core::policy::places::judge(&path, Access::Write, file.is_glob, walk.place, walk.facts);
    if judged.risk > Risk::Medium {
        walk.touch(file, Access::Write);
    }
}

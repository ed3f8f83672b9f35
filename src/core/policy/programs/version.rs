//! Questions for a version, of programs that obey nothing in the workspace for that. Those that do (rustup's, npm, go) are builds.

use crate::core::policy::call::Call;

/// Programs, and the words that ask for the version and do nothing else.
const NAMES: [&str; 40] = [
    "java",
    "javac",
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "clang++",
    "ld",
    "make",
    "gmake",
    "cmake",
    "ninja",
    "git-lfs",
    "sqlite3",
    "psql",
    "mysql",
    "redis-cli",
    "curl",
    "wget",
    "openssl",
    "ssh",
    "vim",
    "nvim",
    "nano",
    "less",
    "man",
    "tar",
    "zip",
    "unzip",
    "gzip",
    "xz",
    "rsync",
    "ffmpeg",
    "pandoc",
    "protoc",
    "dotnet",
    "swift",
    "docker",
    "kubectl",
];

/// Whether this is such a question and nothing more.
pub fn is_question(call: &Call) -> bool {
    let [only] = call.args else { return false };
    let is_asked = match only.exact() {
        Some("--version") => true,
        Some("-version") => matches!(call.name, "java" | "javac"),
        Some("-V") => matches!(call.name, "ssh" | "curl" | "wget" | "make" | "gmake" | "psql" | "mysql" | "openssl"),
        Some("version") => call.name == "openssl",
        _ => false,
    };
    is_asked && NAMES.contains(&call.name) && !matches!(call.name, "docker" | "kubectl" | "dotnet" | "swift")
}

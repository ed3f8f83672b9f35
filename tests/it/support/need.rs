//! Tools that a test needs and a machine may lack. `need!("tmux")` at the top of a test skips it with a word where the
//! tool is missing, and fails it where CONDUCTOR_TEST_REQUIRE demands the tool (`all`, or a list with commas), as the
//! CI does. It must never skip silently.

use std::path::PathBuf;

/// Returns from the test unless every tool named is there.
macro_rules! need {
    ($($tool:literal),+ $(,)?) => {
        $(if !$crate::support::need::have($tool) {
            return;
        })+
    };
}
pub(crate) use need;

/// Whether the tool is there; says so when it is not, and fails where it is required.
#[track_caller]
pub fn have(tool: &str) -> bool {
    if find(tool).is_some() {
        return true;
    }
    let required = std::env::var("CONDUCTOR_TEST_REQUIRE").unwrap_or_default();
    let demanded = is_demanded(tool, &required);
    assert!(!demanded, "needs {tool}, and CONDUCTOR_TEST_REQUIRE={required} forbids skipping");
    println!("skipped: needs {tool}");
    false
}

/// Whether CONDUCTOR_TEST_REQUIRE with this value demands the tool.
pub fn is_demanded(tool: &str, required: &str) -> bool {
    required.split(',').map(str::trim).any(|word| word == "all" || word == tool)
}

/// Where the tool is: agent CLIs first in CONDUCTOR_TEST_AGENTS (a folder with `node_modules/.bin`), then PATH, then
/// the folders of system tools that are not in everybody's PATH (`sshd`).
pub fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        agents_bin().into_iter().chain(std::env::split_paths(&path)).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(tool)).find(|file| is_program(file))
}

/// The folder of the agent CLIs installed for tests.
pub fn agents_bin() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("CONDUCTOR_TEST_AGENTS")?).join("node_modules/.bin"))
}

fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

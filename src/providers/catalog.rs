//! All providers of a home: the shipped ones and the user's own, and where their programs lie on this machine.
//! A user's file that cannot be used is a listed problem; the shipped definition of that name stays in force.

use crate::providers::definition::{BadDefinition, Definition, parse};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Embedded at build time; a test parses each.
const SHIPPED: &[(&str, &str)] = &[
    ("aider.toml", include_str!("../../profiles/providers/aider.toml")),
    ("claude_code.toml", include_str!("../../profiles/providers/claude_code.toml")),
    ("codex.toml", include_str!("../../profiles/providers/codex.toml")),
    ("copilot.toml", include_str!("../../profiles/providers/copilot.toml")),
    ("cursor_cli.toml", include_str!("../../profiles/providers/cursor_cli.toml")),
    ("gemini_cli.toml", include_str!("../../profiles/providers/gemini_cli.toml")),
    ("generic.toml", include_str!("../../profiles/providers/generic.toml")),
    ("kiro_cli.toml", include_str!("../../profiles/providers/kiro_cli.toml")),
    ("opencode.toml", include_str!("../../profiles/providers/opencode.toml")),
    ("q_cli.toml", include_str!("../../profiles/providers/q_cli.toml")),
    ("qwen_code.toml", include_str!("../../profiles/providers/qwen_code.toml")),
    ("shell.toml", include_str!("../../profiles/providers/shell.toml")),
];

#[derive(Default)]
pub struct Catalog {
    definitions: BTreeMap<String, Arc<Definition>>,
    /// What could not be used, for the log and `doctor`.
    pub problems: Vec<BadDefinition>,
}

impl Catalog {
    /// Loads the shipped definitions and those in `dir`.
    pub fn load(dir: &Path) -> Catalog {
        Catalog::load_after(dir, &Catalog::default())
    }

    /// The same after a change: of a file that cannot be used now, what it said in `before` stays in force.
    pub fn load_after(dir: &Path, before: &Catalog) -> Catalog {
        let mut catalog = Catalog::default();
        for (file, text) in SHIPPED {
            catalog.add(file, text, before);
        }
        let mut own: Vec<PathBuf> =
            fs::read_dir(dir).map(|d| d.filter_map(|e| Some(e.ok()?.path())).collect()).unwrap_or_default();
        own.sort();
        for path in own.iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
            let name = path.display().to_string();
            match fs::read_to_string(path) {
                Ok(text) => catalog.add(&name, &text, before),
                Err(e) => catalog.problems.push(BadDefinition { file: name, reason: e.to_string() }),
            }
        }
        catalog
    }

    fn add(&mut self, file: &str, text: &str, before: &Catalog) {
        match parse(file, text) {
            Ok(definition) => {
                self.definitions.insert(definition.name.clone(), Arc::new(definition));
            }
            Err(mut problem) => {
                if let Some(last_good) = before.definitions.values().find(|definition| definition.file == file) {
                    self.definitions.insert(last_good.name.clone(), Arc::clone(last_good));
                    problem.reason += "; what it said before stays in force";
                }
                self.problems.push(problem);
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&Arc<Definition>> {
        self.definitions.get(name)
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.definitions.values()
    }

    pub fn names(&self) -> Vec<&str> {
        self.definitions.keys().map(String::as_str).collect()
    }
}

/// Where a program lies: `path` is a `PATH`, `shell` what `$SHELL` means. Absolute names must be executable.
pub fn find_program(names: &[String], path: &str, shell: &str) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        let name = if name == "$SHELL" { shell } else { name };
        if name.contains('/') {
            return is_executable(Path::new(name)).then(|| PathBuf::from(name));
        }
        path.split(':').filter(|dir| !dir.is_empty()).map(|dir| Path::new(dir).join(name)).find(|p| is_executable(p))
    })
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::LaunchPlan;

    #[test]
    fn every_shipped_definition_is_usable() {
        let catalog = Catalog::load(Path::new("/nowhere"));
        assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
        let names = [
            "aider",
            "claude_code",
            "codex",
            "copilot",
            "cursor_cli",
            "gemini_cli",
            "generic",
            "kiro_cli",
            "opencode",
            "q_cli",
            "qwen_code",
            "shell",
        ];
        assert_eq!(catalog.names(), names);
    }

    #[test]
    fn a_users_file_wins_and_a_bad_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), "name='shell'\ntitle='Mine'\nprograms=['sh']\n").unwrap();
        fs::write(dir.path().join("b.toml"), "name='codex'\ntitle='X'\nprograms=['x']\ncolour=1\n").unwrap();
        fs::write(
            dir.path().join("c.toml"),
            "name='codex'\ntitle='X'\nprograms=['x']\n[[rules]]\nstatus='ready'\nsource='screen'\npattern='('\n",
        )
        .unwrap();
        let catalog = Catalog::load(dir.path());
        assert_eq!(catalog.get("shell").unwrap().title, "Mine");
        assert_eq!(catalog.get("codex").unwrap().title, "Codex");
        let problems: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
        assert!(problems[0].contains("b.toml: line 4: unknown field `colour`"), "{problems:?}");
        assert!(problems[1].contains("c.toml: line 4: rule 1"), "{problems:?}");
    }

    #[test]
    fn a_file_that_breaks_while_it_is_in_force_stays_as_it_was_and_one_that_is_gone_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.toml");
        fs::write(&file, "name='codex'\ntitle='Mine'\nprograms=['codex']\n").unwrap();
        let first = Catalog::load(dir.path());
        assert_eq!(first.get("codex").unwrap().title, "Mine");
        fs::write(&file, "name='codex'\ntitle=\n").unwrap();
        let broken = Catalog::load_after(dir.path(), &first);
        assert_eq!(broken.get("codex").unwrap().title, "Mine");
        assert!(broken.problems[0].to_string().contains("mine.toml: line 2: "), "{:?}", broken.problems);
        fs::remove_file(&file).unwrap();
        let gone = Catalog::load_after(dir.path(), &broken);
        assert_eq!(gone.get("codex").unwrap().title, "Codex");
        assert!(gone.problems.is_empty());
    }

    #[test]
    fn claude_gets_its_conversation_and_its_prompt_and_can_resume() {
        let catalog = Catalog::load(Path::new("/nowhere"));
        let claude = catalog.get("claude_code").unwrap();
        let fresh = LaunchPlan { prompt: Some("do it"), fresh_conversation: "u-1", resume: None };
        // No mode of the user's settings may bring up a dialog about modes.
        let always = ["--permission-mode", "default", "--settings", r#"{"permissions":{"defaultMode":"default"}}"#];
        assert_eq!(claude.arguments(&fresh), [&always[..], &["--session-id", "u-1", "--", "do it"]].concat());
        let again = LaunchPlan { prompt: None, fresh_conversation: "u-2", resume: Some("u-1") };
        assert_eq!(claude.arguments(&again), [&always[..], &["--resume", "u-1"]].concat());
    }

    #[test]
    fn programs_are_found_in_the_path_and_by_absolute_name() {
        let names = |n: &[&str]| n.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(find_program(&names(&["nope", "sh"]), "/nowhere:/bin", ""), Some("/bin/sh".into()));
        assert_eq!(find_program(&names(&["$SHELL"]), "", "/bin/sh"), Some("/bin/sh".into()));
        assert_eq!(find_program(&names(&["/etc/passwd"]), "", ""), None, "not executable");
    }
}

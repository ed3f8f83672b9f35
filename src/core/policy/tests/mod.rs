//! The judge against labelled commands, against rewritings that keep what a command means, and against what nobody would type.

mod corpus;
mod escapes;
mod hostile;
mod policies;
mod rewriting;
mod second;

use super::{Decision, Facts, Policy, Step, Verdict, Workplace, judge, load};
use std::path::{Path, PathBuf};

/// The place of the corpus: a repository on its branch main, whose settings run nothing.
#[derive(Default)]
struct Home {
    link: Option<(PathBuf, PathBuf)>,
}

impl Facts for Home {
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let target = self.link.as_ref().filter(|(from, _)| from == path).map(|(_, to)| to.clone());
        Some(target.unwrap_or_else(|| path.to_owned()))
    }

    fn is_dir(&self, _: &Path) -> bool {
        false
    }

    fn leads_out(&self, _: &Path, _: usize, _: &Path) -> bool {
        false
    }
    fn has_odd_names(&self, _: &Path) -> bool {
        true
    }
    fn branch(&self, _: &Path) -> Option<String> {
        Some("main".into())
    }

    fn git_runs(&self, _: &Path) -> Option<String> {
        None
    }

    fn program(&self, _: &str) -> Option<PathBuf> {
        None
    }
}

fn place() -> Workplace {
    Workplace {
        workspace: "/home/u/proj".into(),
        home: "/home/u".into(),
        user: "u".into(),
        state: vec!["/home/u/.conductor".into()],
    }
}

fn shipped(name: &str) -> Option<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/policies").join(format!("{name}.toml"));
    Some((format!("{name}.toml"), std::fs::read_to_string(path).ok()?))
}

fn policy(name: &str) -> Policy {
    let (file, text) = shipped(name).unwrap();
    load(&file, &text, &shipped).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn step(command: &str) -> Step {
    Step { command: command.into(), folder: "/home/u/proj".into(), ..Step::default() }
}

fn verdict(command: &str, policy: &Policy) -> Verdict {
    judge(&step(command), policy, None, &place(), &Home::default(), 0)
}

fn decided(command: &str, policy: &Policy) -> Decision {
    verdict(command, policy).decision
}

//! The policies in force: the user's, and one for each trusted repository. A file that cannot be used leaves the last good one,
//! and says so; where there was none, everything is asked. Read by every judgement of the server, filled by the task that
//! watches the files.

use crate::core::policy::{Mistake, Policy, load, load_of_project};
use crate::judges::shipped::shipped;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The user's file.
const FILE: &str = "policy.toml";
/// What is in force without one.
const USUAL: &str = "extends = \"default\"\n";

/// What is in force, and what is wrong with the file as it is now.
#[derive(Clone, Debug)]
pub struct InForce {
    pub policy: Arc<Policy>,
    pub problem: Option<Mistake>,
}

#[derive(Debug)]
pub struct Policies {
    /// Where `policy.toml` and `policies/` lie.
    config: PathBuf,
    now: RwLock<InForce>,
}

impl Policies {
    pub fn new(config: &Path) -> Policies {
        let nothing = InForce { policy: Arc::new(Policy::ask_for_everything()), problem: None };
        let policies = Policies { config: config.to_owned(), now: RwLock::new(nothing) };
        policies.reload();
        policies
    }

    pub fn now(&self) -> InForce {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file anew; returns what is wrong with it.
    pub fn reload(&self) -> Option<Mistake> {
        let path = self.config.join(FILE);
        let read = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => USUAL.into(),
            Err(error) => {
                let mistake =
                    Mistake { file: path.display().to_string(), line: 1, what: format!("cannot be read: {error}") };
                return self.keep(mistake);
            }
        };
        match self.parse(&path, &read) {
            Ok(policy) => {
                let fresh = InForce { policy: Arc::new(policy), problem: None };
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = fresh;
                None
            }
            Err(mistake) => self.keep(mistake),
        }
    }

    /// A policy's text, as if it were the user's.
    ///
    /// # Errors
    /// Its first mistake.
    pub fn parse(&self, path: &Path, text: &str) -> Result<Policy, Mistake> {
        let folder = self.config.join("policies");
        load(&path.display().to_string(), text, &|name| shipped(name, &folder))
    }

    /// A repository's own, which may only be stricter.
    ///
    /// # Errors
    /// Its first mistake.
    pub fn of_project(path: &Path, text: &str) -> Result<Policy, Mistake> {
        load_of_project(&path.display().to_string(), text)
    }

    fn keep(&self, mistake: Mistake) -> Option<Mistake> {
        self.now.write().unwrap_or_else(PoisonError::into_inner).problem = Some(mistake.clone());
        Some(mistake)
    }
}

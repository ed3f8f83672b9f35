//! The providers in force, exchanged as a whole when a file of theirs is saved. Read by every part of the server; filled
//! by the task that watches the folder. Whoever has a definition keeps it until they ask again.

use crate::providers::catalog::Catalog;
use crate::providers::definition::Definition;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

#[derive(Default)]
pub struct Shelf {
    catalog: RwLock<Arc<Catalog>>,
    edition: AtomicU64,
}

impl Shelf {
    pub fn new(catalog: Catalog) -> Shelf {
        Shelf { catalog: RwLock::new(Arc::new(catalog)), edition: AtomicU64::new(1) }
    }

    pub fn now(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Rises when definitions were exchanged.
    pub fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    pub fn get(&self, name: &str) -> Option<Arc<Definition>> {
        self.now().get(name).cloned()
    }

    /// Reads the files anew; those that cannot be used stay as they were. Returns what is wrong now.
    pub fn reload(&self, dir: &Path) -> Vec<String> {
        let fresh = Catalog::load_after(dir, &self.now());
        let problems = fresh.problems.iter().map(ToString::to_string).collect();
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        self.edition.fetch_add(1, Ordering::AcqRel);
        problems
    }
}

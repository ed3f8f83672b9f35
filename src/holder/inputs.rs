//! Which input ids were typed already: the memory behind "one id is typed once". Called by the pump for each
//! input. It must never forget an id (the journal is asked when memory has only a hint), nor grow with the number
//! of keys: a source's sequences only go upwards, so one number remembers them all.

use crate::olog::journal::{self, Record};
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Sources whose last sequence is kept in memory: more than there are clients and query streams of one terminal
/// at a time. Older ones are found in the journal.
const RECENT: usize = 128;

pub struct TypedInputs {
    journal: PathBuf,
    recent: HashMap<String, u64>,
    order: VecDeque<String>,
    /// Hashes of every source ever seen, 8 bytes each: a source not among them is new without reading the disk.
    seen: HashSet<u64>,
}

impl TypedInputs {
    /// Starts with what the journal knows, so that a restarted terminal does not type an old id again.
    pub fn open(journal: &Path) -> TypedInputs {
        let mut typed = TypedInputs {
            journal: journal.to_owned(),
            recent: HashMap::new(),
            order: VecDeque::new(),
            seen: HashSet::new(),
        };
        let _ = journal::visit(journal, |record| {
            if let Record::Input { src, seq, .. } = record {
                typed.note(&src, seq);
            }
        });
        typed
    }

    pub fn is_typed(&mut self, source: &str, sequence: u64) -> bool {
        if !self.seen.contains(&hash(source)) {
            return false;
        }
        if !self.recent.contains_key(source) {
            let mut last = None;
            let _ = journal::visit(&self.journal, |record| {
                if let Record::Input { src, seq, .. } = record
                    && src == source
                {
                    last = last.max(Some(seq));
                }
            });
            match last {
                Some(last) => self.note(source, last),
                // Another source of the same hash.
                None => return false,
            }
        }
        self.recent.get(source).is_some_and(|last| sequence <= *last)
    }

    pub fn note(&mut self, source: &str, sequence: u64) {
        self.seen.insert(hash(source));
        match self.recent.get_mut(source) {
            Some(last) => {
                *last = sequence.max(*last);
                // The one typed last is forgotten last: a steady typist never costs a look into the journal.
                if self.order.back().is_none_or(|newest| newest != source)
                    && let Some(place) = self.order.iter().position(|s| s == source)
                    && let Some(own) = self.order.remove(place)
                {
                    self.order.push_back(own);
                }
            }
            None => {
                if self.order.len() == RECENT
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.recent.remove(&oldest);
                }
                self.order.push_back(source.to_owned());
                self.recent.insert(source.to_owned(), sequence);
            }
        }
    }
}

fn hash(source: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::olog::journal::Journal;

    #[test]
    fn ids_are_remembered_beyond_memory_and_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.idx");
        let mut journal = Journal::open(&path).unwrap();
        let mut typed = TypedInputs::open(&path);
        for source in 0..RECENT as u64 + 10 {
            let src = format!("s{source}");
            assert!(!typed.is_typed(&src, 3));
            journal
                .append(&Record::Input { o: 0, t: 0, src: src.clone(), seq: 3, n: 1, h: String::new(), text: None })
                .unwrap();
            typed.note(&src, 3);
        }
        for mut typed in [typed, TypedInputs::open(&path)] {
            for source in ["s0", "s5", "s130"] {
                assert!(typed.is_typed(source, 3), "{source}");
                assert!(typed.is_typed(source, 1), "an older sequence of {source}");
                assert!(!typed.is_typed(source, 4), "the next of {source}");
            }
        }
    }
}

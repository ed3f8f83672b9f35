//! The TCP connections that have not asked for anything yet. Used by `serve`: there are never more than a few of
//! them, the oldest goes when another comes, so that a thousand connections that say a byte a second keep nobody
//! out. Whoever sends its request at once is never among the oldest.

use crate::server::hub::lock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Connections that may be silent at once.
const MOST: usize = 64;

#[derive(Default)]
pub struct Crowd {
    waiting: Mutex<VecDeque<Arc<Notify>>>,
}

impl Crowd {
    /// One more; the oldest is told to go when there are too many.
    pub fn enter(self: &Arc<Self>) -> Stranger {
        let told = Arc::new(Notify::new());
        let mut waiting = lock(&self.waiting);
        if waiting.len() >= MOST
            && let Some(oldest) = waiting.pop_front()
        {
            oldest.notify_one();
        }
        waiting.push_back(Arc::clone(&told));
        drop(waiting);
        Stranger { crowd: Arc::clone(self), told }
    }
}

/// A connection's place among the silent ones; given up when it is dropped.
pub struct Stranger {
    crowd: Arc<Crowd>,
    told: Arc<Notify>,
}

impl Stranger {
    /// It has asked for something: it is not counted any more, and nobody pushes it out.
    pub fn is_known(&self) {
        lock(&self.crowd.waiting).retain(|other| !Arc::ptr_eq(other, &self.told));
    }

    /// Returns when it is to go.
    pub async fn pushed_out(&self) {
        self.told.notified().await;
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.is_known();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn the_oldest_silent_one_goes() {
        let crowd = Arc::new(Crowd::default());
        let mut all: Vec<Stranger> = (0..MOST).map(|_| crowd.enter()).collect();
        all[0].is_known();
        let last = crowd.enter();
        let is_out = |s: &Stranger| s.pushed_out().now_or_never().is_some();
        assert!(!all.iter().any(is_out), "the first had asked and left its place to the last");
        all.push(crowd.enter());
        assert!(!is_out(&all[0]) && is_out(&all[1]) && !is_out(&all[2]) && !is_out(&last));
        drop(all);
        assert_eq!(lock(&crowd.waiting).len(), 1);
    }
}

//! The parse workers: threads that bring screens up to their logs, a slice at a time and in turn, so that one
//! flooding agent delays no other by more than a slice. Owned by the app; ended and joined at its end.

use crate::server::hub::lock;
use crate::server::terminal::Shared;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

/// What is called after each slice, on the worker's thread.
pub type AfterSlice = Arc<dyn Fn(&Arc<Shared>, crate::server::pane::Outcome) + Send + Sync>;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Shared>>,
    is_over: bool,
}

pub struct Parser {
    queue: Arc<(Mutex<Queue>, Condvar)>,
    threads: Vec<JoinHandle<()>>,
}

impl Parser {
    /// One worker for each core but the one that does I/O.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(after: &AfterSlice) -> std::io::Result<Parser> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        // More than a few workers would only contend for memory: parsing is bound by it.
        let workers = cores.saturating_sub(1).clamp(1, 8);
        let queue = Arc::new((Mutex::new(Queue::default()), Condvar::new()));
        let mut threads = Vec::new();
        for number in 0..workers {
            let (queue, after) = (Arc::clone(&queue), Arc::clone(after));
            let thread = std::thread::Builder::new().name(format!("parse-{number}"));
            threads.push(thread.spawn(move || work(&queue, &after))?);
        }
        Ok(Parser { queue, threads })
    }

    /// Has this terminal's screen brought up to its log. Asking twice is asking once.
    pub fn schedule(&self, shared: &Arc<Shared>) {
        if !shared.is_scheduled.swap(true, Ordering::AcqRel) {
            push(&self.queue, Arc::clone(shared));
        }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        lock(&self.queue.0).is_over = true;
        self.queue.1.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn push(queue: &(Mutex<Queue>, Condvar), shared: Arc<Shared>) {
    lock(&queue.0).waiting.push_back(shared);
    queue.1.notify_one();
}

fn work(queue: &(Mutex<Queue>, Condvar), after: &AfterSlice) {
    loop {
        let mut state = lock(&queue.0);
        let shared = loop {
            if state.is_over {
                return;
            }
            if let Some(shared) = state.waiting.pop_front() {
                break shared;
            }
            state = queue.1.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        };
        drop(state);
        // Cleared first: what arrives while we parse schedules another turn.
        shared.is_scheduled.store(false, Ordering::Release);
        let mut pane = lock(&shared.pane);
        pane.extend(shared.log_end.load(Ordering::Acquire));
        let mut outcome = pane.advance();
        shared.answer(&mut outcome.replies);
        let wants_checkpoint = pane.wants_checkpoint(false);
        drop(pane);
        if wants_checkpoint {
            shared.checkpoint(|pane| pane.wants_checkpoint(false));
        }
        let has_more = outcome.has_more;
        after(&shared, outcome);
        if has_more && !shared.is_scheduled.swap(true, Ordering::AcqRel) {
            push(queue, shared);
        }
    }
}

//! Asks the server for one terminal's status about twenty times a second, over one connection, and keeps every answer
//! with its time. Started and ended by `run.rs`. It only asks: nothing that it does may change a status.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::event::Millis;
use super::tally::Look;
use crate::support::http::{self, Request};
use crate::support::wait::{LIMIT, wait_at_most};

/// Between two looks: four of them lie between two moments that are counted.
const BETWEEN: Duration = Duration::from_millis(50);

pub struct Sampler {
    looks: Arc<Mutex<Vec<Look>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Now, by the clock of the machine, which the model and the files use as well.
pub fn now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as Millis)
}

impl Sampler {
    pub fn start(socket: &Path, terminal: &str) -> Sampler {
        let (looks, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let stream = UnixStream::connect(socket).expect("the server's socket");
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let request = Request::new("GET", &format!("/terminals/{terminal}")).line("Host: conductor");
        let (all, stop) = (Arc::clone(&looks), Arc::clone(&is_over));
        let thread =
            std::thread::Builder::new().name("looks".into()).spawn(move || look_on(stream, &request, &all, &stop));
        Sampler { looks, is_over, thread: Some(thread.unwrap()) }
    }

    /// When the newest answer came.
    pub fn newest(&self) -> Millis {
        self.looks.lock().unwrap().last().map_or(0, |look| look.answered)
    }

    /// Ends it; gives all looks.
    pub fn end(mut self) -> Vec<Look> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().expect("the looks");
        std::mem::take(&mut self.looks.lock().unwrap())
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn look_on(mut stream: UnixStream, request: &Request, all: &Mutex<Vec<Look>>, is_over: &AtomicBool) {
    while wait_at_most(BETWEEN, || is_over.load(Ordering::Relaxed).then_some(())).is_none() {
        let asked = now();
        stream.write_all(&request.bytes()).expect("one more question on the same connection");
        let answer = http::read(&mut stream);
        let answered = now();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let terminal = answer.json();
        let text = |key: &str| terminal[key].as_str().unwrap_or_default().to_owned();
        let look = Look {
            asked,
            answered,
            status: text("status"),
            waiting_for: text("waiting_for"),
            detail: text("detail"),
            evidence: text("evidence"),
            offset: terminal["output_end"].as_u64().unwrap_or_default(),
        };
        all.lock().unwrap().push(look);
    }
}

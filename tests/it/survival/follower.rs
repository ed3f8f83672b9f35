//! A live client without a screen: shows one terminal over the WebSocket, acknowledges its frames, and connects again
//! whenever the server is gone. Used by the tests of killed servers. It never starts a server.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use conductor_tui::client::{Client, StreamItem};
use conductor_tui::proto::stream::{ClientMessage, ShownPane};

use crate::support::server::block_on;
use crate::support::{Agent, Home};

pub struct Follower {
    shared: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    offset: AtomicU64,
    connections: AtomicU64,
    is_over: AtomicBool,
    complaint: Mutex<Option<String>>,
}

impl Follower {
    pub fn start(home: &Home, agent: &Agent) -> Follower {
        let shared = Arc::new(Seen::default());
        let (client, id, seen) = (home.client(), agent.id.clone(), Arc::clone(&shared));
        let thread = std::thread::spawn(move || {
            block_on(async {
                while !seen.is_over.load(Ordering::Relaxed) {
                    let _ = follow(&client, &id, &seen).await;
                    tokio::task::yield_now().await;
                    // Between two tries: nothing listens for some milliseconds.
                    let _ = tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
                }
            });
        });
        Follower { shared, thread: Some(thread) }
    }

    /// The log offset up to which the last frame shows.
    pub fn offset(&self) -> u64 {
        self.shared.offset.load(Ordering::Relaxed)
    }
}

async fn follow(client: &Client, id: &str, seen: &Seen) -> Option<()> {
    let (mut sender, mut receiver) = client.stream().await.ok()?;
    let terminal = id.parse().ok()?;
    let hello = ClientMessage::Hello { version: "test".into(), read_only: true, source: String::new() };
    sender.send(&hello).await.ok()?;
    let pane = ShownPane { terminal, columns: 120, rows: 40 };
    sender.send(&ClientMessage::Show { panes: vec![pane], focused: Some(terminal) }).await.ok()?;
    seen.connections.fetch_add(1, Ordering::Relaxed);
    let mut last = 0;
    while !seen.is_over.load(Ordering::Relaxed) {
        let next = tokio::time::timeout(Duration::from_millis(200), receiver.next()).await;
        let Ok(item) = next else { continue };
        if let StreamItem::Frame(frame) = item? {
            if frame.offset < last {
                let complaint = format!("{id}: a frame for {} after one for {last}", frame.offset);
                seen.complaint.lock().unwrap().get_or_insert(complaint);
            }
            last = frame.offset;
            seen.offset.store(frame.offset, Ordering::Relaxed);
            sender.send(&ClientMessage::Ack { terminal, revision: frame.revision }).await.ok()?;
        }
    }
    Some(())
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let complaint = self.shared.complaint.lock().unwrap().take();
        assert!(complaint.is_none() || std::thread::panicking(), "{complaint:?}");
    }
}

//! What the run loop waits with: sources that may not be there, moments, and sends that must not take for ever. Called by
//! the run loop alone. It must never lose what has arrived: each can be dropped while it waits.

use super::keeper::Keeper;
use crate::client::{Client, ClientError, StreamItem, StreamReceiver, StreamSender};
use crate::config::watch::Watch;
use crate::proto::stream::ClientMessage;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::Instant;

pub type Connection = (Client, StreamSender, StreamReceiver);
pub type Reading = LocalBoxFuture<'static, (Option<StreamItem>, StreamReceiver)>;
pub type Connecting = LocalBoxFuture<'static, Result<Connection, ClientError>>;

/// A server that takes nothing for so long is as good as gone.
const SEND_TIME: Duration = Duration::from_secs(5);

/// Whether a message got away. A timer is only set when it does not at once: almost every one does.
pub async fn in_time(sending: impl Future<Output = Result<(), ClientError>>) -> bool {
    let mut sending = std::pin::pin!(sending);
    match futures_util::future::poll_immediate(sending.as_mut()).await {
        Some(result) => result.is_ok(),
        None => matches!(tokio::time::timeout(SEND_TIME, sending).await, Ok(Ok(()))),
    }
}

/// Waits for a future that may not be there, and takes it out when it is done.
pub async fn or_never<T>(slot: &mut Option<LocalBoxFuture<'static, T>>) -> T {
    match slot {
        Some(future) => {
            let value = future.await;
            *slot = None;
            value
        }
        None => std::future::pending().await,
    }
}

pub async fn saved(watch: Option<&Watch>) {
    match watch {
        Some(watch) => watch.saved().await,
        None => std::future::pending().await,
    }
}

pub async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

pub async fn sleep_for(time: Option<Duration>) {
    sleep_until(time.map(|t| Instant::now() + t)).await;
}

/// Opens the stream and greets.
pub async fn connect(client: Client, read_only: bool, source: String) -> Result<Connection, ClientError> {
    let (mut sender, receiver) = client.stream().await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    sender.send(&ClientMessage::Hello { version, read_only, source }).await?;
    Ok((client, sender, receiver))
}

/// The next item, and the stream to go on with: nothing is lost when another source wins.
pub async fn read(mut receiver: StreamReceiver) -> (Option<StreamItem>, StreamReceiver) {
    let item = receiver.next().await;
    (item, receiver)
}

/// Waits for trouble of whoever remembers the layout, if somebody does.
pub async fn keep(keeper: Option<&mut Keeper>) -> std::io::Error {
    match keeper {
        Some(keeper) => keeper.work().await,
        None => std::future::pending().await,
    }
}

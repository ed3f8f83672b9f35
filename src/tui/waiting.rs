//! What the run loop waits with: sources that may not be there, moments, and sends that must not take for ever. Called by
//! the run loop alone. It must never lose what has arrived: each can be dropped while it waits.

use super::watch::Watch;
use crate::client::ClientError;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::Instant;

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

//! The live connection: notices, screen frames, keys, over the WebSocket `/stream`. Used by the TUI and by verbs
//! that follow something. A frame that cannot be decoded ends the stream: guessing would show a wrong screen.

use crate::client::api::{Client, Wire, refusal};
use crate::client::error::ClientError;
use crate::client::target::Target;
use crate::proto::frame::Frame;
use crate::proto::stream::{ClientMessage, ServerMessage};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

type Socket = WebSocketStream<Box<dyn Wire>>;

#[derive(Debug)]
pub enum StreamItem {
    Message(ServerMessage),
    Frame(Frame),
}

pub struct StreamSender {
    sink: SplitSink<Socket, Message>,
}

pub struct StreamReceiver {
    stream: SplitStream<Socket>,
}

/// The library blanks its whole buffer before each read: 128 KiB by default, several microseconds for every echo.
const READ_BUFFER: usize = 8 * 1024;

impl Client {
    /// Opens the stream. The caller sends [`ClientMessage::Hello`] first.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub async fn stream(&self) -> Result<(StreamSender, StreamReceiver), ClientError> {
        let wire = self.connect().await?;
        let mut request = format!("ws://{}/stream", self.target().host())
            .into_client_request()
            .map_err(|e| ClientError::Protocol(e.to_string()))?;
        if let Target::Tcp { token: Some(token), .. } = self.target()
            && let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}"))
        {
            request.headers_mut().insert("authorization", value);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(request, wire, Some(config)).await.map_err(not_opened)?;
        let (sink, stream) = socket.split();
        Ok((StreamSender { sink }, StreamReceiver { stream }))
    }
}

/// A refused upgrade has an answer with a reason.
fn not_opened(error: tungstenite::Error) -> ClientError {
    match error {
        tungstenite::Error::Http(answer) => refusal(answer.status(), answer.body().as_deref().unwrap_or_default()),
        other => ClientError::Io(other.to_string()),
    }
}

impl StreamSender {
    /// # Errors
    /// When the connection is lost.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), ClientError> {
        let text = serde_json::to_string(message).map_err(|e| ClientError::Protocol(e.to_string()))?;
        self.sink.send(Message::text(text)).await.map_err(|e| ClientError::Io(e.to_string()))
    }

    /// Puts a message into the buffer: it goes with the next one, or with [`StreamSender::flush`].
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn feed(&mut self, message: &ClientMessage) -> Result<(), ClientError> {
        let text = serde_json::to_string(message).map_err(|e| ClientError::Protocol(e.to_string()))?;
        self.sink.feed(Message::text(text)).await.map_err(|e| ClientError::Io(e.to_string()))
    }

    /// # Errors
    /// When the connection is lost.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        self.sink.flush().await.map_err(|e| ClientError::Io(e.to_string()))
    }
}

impl StreamReceiver {
    /// The next item; `None` when the connection is lost. Safe to cancel.
    pub async fn next(&mut self) -> Option<StreamItem> {
        loop {
            match self.stream.next().await?.ok()? {
                // One that cannot be read is of a later version, and passed over.
                Message::Text(text) => {
                    if let Ok(message) = serde_json::from_str(&text) {
                        return Some(StreamItem::Message(message));
                    }
                }
                Message::Binary(bytes) => return Frame::decode(&bytes).ok().map(StreamItem::Frame),
                Message::Close(_) => return None,
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}

//! Stand-in with the signatures that the TUI is written against; the real client replaces it.
//! It must never pretend that a server is there.

use crate::proto::frame::Frame;
use crate::proto::stream::{ClientMessage, ServerMessage};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone)]
pub struct Client {}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no server: {0}")]
    NoServer(String),
    #[error("{message}")]
    Api { status: u16, code: String, message: String, hint: Option<String> },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Protocol(String),
}

impl ClientError {
    pub fn hint(&self) -> Option<&str> {
        match self {
            ClientError::Api { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}

pub enum StreamItem {
    Message(ServerMessage),
    Frame(Frame),
}

pub struct StreamSender {}
pub struct StreamReceiver {}

fn nobody<T>() -> Result<T, ClientError> {
    Err(ClientError::NoServer("this build has no client".into()))
}

impl Client {
    pub async fn get<T: DeserializeOwned>(&self, _path: &str) -> Result<T, ClientError> {
        nobody()
    }
    pub async fn post<B: Serialize, T: DeserializeOwned>(&self, _path: &str, _body: &B) -> Result<T, ClientError> {
        nobody()
    }
    pub async fn delete(&self, _path: &str) -> Result<(), ClientError> {
        nobody()
    }
    pub async fn stream(&self) -> Result<(StreamSender, StreamReceiver), ClientError> {
        nobody()
    }
}

impl StreamSender {
    pub async fn send(&mut self, _message: &ClientMessage) -> Result<(), ClientError> {
        nobody()
    }
}

impl StreamReceiver {
    pub async fn next(&mut self) -> Option<StreamItem> {
        None
    }
}

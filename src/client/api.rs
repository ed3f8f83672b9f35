//! One call to the server's HTTP API: a connection, a request, an answer. Called by every verb and by the TUI.
//! Every wait has a limit; an error answer comes back with the server's own words.

use crate::client::error::ClientError;
use crate::client::target::Target;
use crate::proto::rest::{ErrorBody, MAX_BODY};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A launch may have to start programs and wait for a loaded machine; nothing honest takes longer.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// A launch may wait for the setup of its work tree, a removal for the teardown; the server ends these after ten minutes.
const ERRAND_LIMIT: Duration = Duration::from_secs(15 * 60);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A cheap handle; it holds no connection.
#[derive(Clone, Debug)]
pub struct Client {
    target: Target,
}

/// Whatever a connection runs over.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Client {
    pub fn new(target: Target) -> Client {
        Client { target }
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// # Errors
    /// When the server is not there, refuses, or answers something else than a `T`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        decode(&self.call(Method::GET, path, None).await?)
    }

    /// The answer's bytes as they are.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_bytes(&self, path: &str) -> Result<Bytes, ClientError> {
        self.call(Method::GET, path, None).await
    }

    /// # Errors
    /// As [`Client::get`].
    pub async fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|e| ClientError::Protocol(e.to_string()))?;
        decode(&self.call(Method::POST, path, Some(body)).await?)
    }

    /// # Errors
    /// As [`Client::get`].
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, path, None).await.map(|_| ())
    }

    /// A fresh connection.
    ///
    /// # Errors
    /// [`ClientError::NoServer`] when nobody listens.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Wire>, ClientError> {
        let none = |_| ClientError::NoServer(self.target.describe());
        let connecting = async {
            Ok::<Box<dyn Wire>, ClientError>(match &self.target {
                Target::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(none)?),
                Target::Tcp { address, .. } => Box::new(TcpStream::connect(address).await.map_err(none)?),
            })
        };
        tokio::time::timeout(CONNECT_LIMIT, connecting)
            .await
            .map_err(|_| ClientError::Io("connecting took too long".into()))?
    }

    async fn call(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Bytes, ClientError> {
        // The server would hang up in the middle of it, and its answer be lost.
        if body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
            return Err(ClientError::TooLarge(MAX_BODY / (1024 * 1024)));
        }
        let wire = self.connect().await?;
        tokio::time::timeout(limit_of(&method, path), self.exchange(wire, method, path, body))
            .await
            .map_err(|_| ClientError::Io("the answer took too long".into()))?
    }

    async fn exchange(
        &self,
        wire: Box<dyn Wire>,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Bytes, ClientError> {
        let io = |e: hyper::Error| ClientError::Io(e.to_string());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(wire)).await.map_err(io)?;
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.target.host());
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Target::Tcp { token: Some(token), .. } = &self.target {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|e| ClientError::Protocol(e.to_string()))?;
        let answering = async {
            let answer = sender.send_request(request).await.map_err(io)?;
            let status = answer.status();
            let bytes = answer.into_body().collect().await.map_err(io)?.to_bytes();
            Ok::<_, ClientError>((status, bytes))
        };
        // The connection is driven here and ends with the answer: no task outlives the call. A server that closes it
        // may have answered before: only the answer tells.
        let driving = async {
            let _ = connection.await;
            std::future::pending::<std::convert::Infallible>().await
        };
        let (status, bytes) = tokio::select! {
            answer = answering => answer?,
            never = driving => match never {},
        };
        if status.is_success() { Ok(bytes) } else { Err(refusal(status, &bytes)) }
    }
}

/// An error answer in the server's own words.
pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(ErrorBody { error }) => {
            ClientError::Api { status: status.as_u16(), code: error.code, message: error.message, hint: error.hint }
        }
        Err(_) => ClientError::Api {
            status: status.as_u16(),
            code: status.as_str().to_owned(),
            message: format!("the server answered {status}"),
            hint: None,
        },
    }
}

fn limit_of(method: &Method, path: &str) -> Duration {
    let is_launch = path == "/sessions" || (path.starts_with("/sessions/") && path.ends_with("/terminals"));
    let may_wait = is_launch || path.starts_with("/worktrees/");
    if *method == Method::POST && may_wait { ERRAND_LIMIT } else { CALL_LIMIT }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ClientError> {
    let bytes = if bytes.is_empty() { b"null" } else { bytes };
    serde_json::from_slice(bytes).map_err(|e| ClientError::Protocol(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_run_a_command_of_the_users_is_waited_for() {
        for (method, path, limit) in [
            (Method::POST, "/sessions", ERRAND_LIMIT),
            (Method::POST, "/sessions/a/terminals", ERRAND_LIMIT),
            (Method::POST, "/worktrees/1/remove", ERRAND_LIMIT),
            (Method::GET, "/sessions/a/terminals", CALL_LIMIT),
            (Method::POST, "/terminals/1/input", CALL_LIMIT),
        ] {
            assert_eq!(limit_of(&method, path), limit, "{method} {path}");
        }
    }
}

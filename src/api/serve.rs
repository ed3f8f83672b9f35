//! Serves the router on both sockets until the server ends. Accepting does nothing but accept; every connection
//! is its own task, with a limit on how long a request's head may take.

use crate::api::crowd::{Crowd, Stranger};
use crate::api::error::ApiError;
use crate::api::gate::{self, Origin, Peer};
use crate::api::head::Watched;
use crate::api::routes::{ROUTES, access_of};
use crate::proto::rest::MAX_BODY;
use crate::server::App;
use crate::server::run::Listeners;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tower_service::Service;

/// A request's head comes at once from every honest client; one byte a second does not.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// A body may come slowly from afar, but it comes.
const BODY_LIMIT: Duration = Duration::from_secs(60);
/// Requests under way at once on TCP: a browser's worth many times over. The Unix socket has none but the owner's.
const MAX_TCP: usize = 256;
/// More than any text that the framework itself answers with.
const MAX_PLAIN_ERROR: usize = 4096;
/// After a failed accept (no descriptors left), before the next: long enough for some to be freed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The router of the whole table.
pub fn router(app: Arc<App>) -> Router {
    let mut paths: HashMap<&str, axum::routing::MethodRouter<Arc<App>>> = HashMap::new();
    for route in ROUTES {
        let existing = paths.remove(route.path).unwrap_or_default();
        paths.insert(route.path, existing.merge((route.handler)()));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        router = router.route(path, methods);
    }
    router
        .fallback(|| async { ApiError::not_found("there is no such route").hint("GET /openapi.json lists them") })
        .method_not_allowed_fallback(|| async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this route has no such method")
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

/// The gate, in front of every route and of those that do not exist.
async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let request = match admit(&app, request) {
        Ok(request) => with_whole_body(request).await,
        Err(error) => Err(error),
    };
    match request {
        Ok(request) => in_our_words(next.run(request).await).await,
        Err(error) => error.into_response(),
    }
}

fn admit(app: &App, mut request: Request) -> Result<Request, ApiError> {
    let Some(origin) = request.extensions().get::<Origin>().copied() else {
        return Err(ApiError::forbidden("the connection is not known"));
    };
    let pattern = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let method = if request.method() == Method::HEAD { "get" } else { request.method().as_str() };
    let access = pattern.and_then(|pattern| access_of(method, &pattern));
    let caller = gate::check(app, origin, request.method(), request.headers(), access)?;
    if let Some(access) = access {
        gate::allow(caller.role, access)?;
    }
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|l| l > MAX_BODY) {
        return Err(too_large());
    }
    request.extensions_mut().insert(caller);
    Ok(request)
}

fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too large")
        .hint(format!("at most {} MiB", MAX_BODY / (1024 * 1024)))
}

/// Reads the body before any handler acts: one that is too long or breaks off changes nothing, whatever its route.
async fn with_whole_body(request: Request) -> Result<Request, ApiError> {
    let (head, body) = request.into_parts();
    let reading = tokio::time::timeout(BODY_LIMIT, Limited::new(body, MAX_BODY).collect());
    let bytes: Bytes = match reading.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(error)) => return Err(ApiError::bad_request(format!("the body broke off: {error}"))),
        Err(_) => return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "timed_out", "the body came too slowly")),
    };
    Ok(Request::from_parts(head, Body::from(bytes)))
}

/// The framework's own refusals (a bad query, no upgrade) are plain text: callers get them as every other error.
async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !(status.is_client_error() || status.is_server_error()) || kind.starts_with("application/json") {
        return response;
    }
    let text = axum::body::to_bytes(response.into_body(), MAX_PLAIN_ERROR).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    let message = if text.is_empty() { status.canonical_reason().unwrap_or("refused").to_owned() } else { text };
    let code = if status.is_server_error() { "internal" } else { "bad_request" };
    ApiError::new(status, code, message).into_response()
}

/// Accepts on both sockets until dropped.
pub async fn serve(app: Arc<App>, listeners: Listeners) {
    let router = router(Arc::clone(&app));
    let Ok(unix) = UnixListener::from_std(listeners.unix) else {
        tracing::error!("the Unix socket cannot be served");
        return;
    };
    let tcp = listeners.tcp.and_then(|l| TcpListener::from_std(l).ok());
    tokio::join!(accept_unix(unix, router.clone(), app.our_uid()), accept_tcp(tcp, router));
}

async fn accept_unix(listener: UnixListener, router: Router, our_uid: u32) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Another user is closed out before a byte is read.
                let Ok(known) = stream.peer_cred() else { continue };
                let pid = known.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
                if known.uid() == our_uid {
                    let origin = Origin::Unix(Peer { pid, uid: known.uid() });
                    tokio::spawn(connection(stream, router.clone(), origin, None, None));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn accept_tcp(listener: Option<TcpListener>, router: Router) {
    let Some(listener) = listener else { return std::future::pending().await };
    let Ok(address) = listener.local_addr() else { return };
    let places = Arc::new(Semaphore::new(MAX_TCP));
    let crowd = Arc::new(Crowd::default());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let (router, places) = (router.clone(), Arc::clone(&places));
                let stranger = Arc::new(crowd.enter());
                tokio::spawn(async move {
                    tokio::select! {
                        () = stranger.pushed_out() => {}
                        () = connection(stream, router, Origin::Tcp(address), Some(&stranger), Some(places)) => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    router: Router,
    origin: Origin,
    stranger: Option<&Stranger>,
    places: Option<Arc<Semaphore>>,
) {
    let (stream, verdict) = Watched::new(stream);
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        if let Some(stranger) = stranger {
            stranger.is_known();
        }
        request.extensions_mut().insert(origin);
        let (mut router, places, is_ambiguous) = (router.clone(), places.clone(), verdict.is_ambiguous());
        async move {
            let place = places.as_ref().map(|places| places.try_acquire());
            let mut answer = match place {
                _ if is_ambiguous => ApiError::bad_request("a request has either a length or chunks").into_response(),
                Some(Err(_)) => {
                    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests at once").into_response()
                }
                _ => router.call(request).await.into_response(),
            };
            // One request for each connection on TCP: nothing can hide behind the first one.
            if (places.is_some() || is_ambiguous) && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection broke");
    }
}

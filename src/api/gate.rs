//! Who calls, and whether they may: the checks that every request passes before any handler sees it. On the Unix
//! socket the kernel says who it is; on TCP the `Host`, the `Origin` and a token do. It must never believe a name
//! that the caller gives, and never answer a browser's foreign page.

use crate::api::error::ApiError;
use crate::api::routes::Access;
use crate::base::id::TerminalId;
use crate::server::App;
use crate::server::services::callers;
use crate::server::services::tokens::Bearer;
use axum::http::{HeaderMap, Method, StatusCode, header};
use std::net::SocketAddr;

/// The process at the other end of the Unix socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    pub pid: u32,
    pub uid: u32,
}

/// How a request came in.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    Unix(Peer),
    /// The address we listen on.
    Tcp(SocketAddr),
}

/// What a caller may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Operator,
    /// A process of this terminal's agent, or a token minted for it.
    Agent(TerminalId),
    /// On TCP without a token: `/health` and nothing else.
    Nobody,
}

/// The checked caller, as handlers get it.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub role: Role,
    pub is_local: bool,
    /// The process that calls, as the kernel tells it: on the Unix socket alone.
    pub peer: Option<u32>,
}

/// # Errors
/// 400, 401, 403, 413, 415: in the order in which an attacker learns least.
pub fn check(
    app: &App,
    origin: Origin,
    method: &Method,
    headers: &HeaderMap,
    access: Option<Access>,
) -> Result<Caller, ApiError> {
    let role = match origin {
        Origin::Unix(peer) => {
            refuse_browsers(headers, None)?;
            role_of_peer(app, peer)?
        }
        Origin::Tcp(address) => {
            check_host(headers, address)?;
            refuse_browsers(headers, Some(address))?;
            if method == Method::OPTIONS {
                return Err(ApiError::forbidden("this API answers no preflight requests"));
            }
            role_of_token(app, headers, access)?
        }
    };
    if has_body(method) {
        check_content(headers)?;
    }
    let peer = match origin {
        Origin::Unix(peer) => Some(peer.pid),
        Origin::Tcp(_) => None,
    };
    Ok(Caller { role, is_local: peer.is_some(), peer })
}

/// Whether this role may use this route at all; handlers of [`Access::Own`] check the terminal besides.
///
/// # Errors
/// 403.
pub fn allow(role: Role, access: Access) -> Result<(), ApiError> {
    let is_allowed = match (role, access) {
        (_, Access::Anyone) | (Role::Operator, _) => true,
        (Role::Agent(_), Access::Own) => true,
        (Role::Agent(_), Access::Operate) | (Role::Nobody, _) => false,
    };
    if is_allowed { Ok(()) } else { Err(ApiError::forbidden("agents may not do this")) }
}

impl Caller {
    /// The session an agent is confined to; `None` for the operator.
    pub fn confined_to(&self, app: &App) -> Option<String> {
        match self.role {
            Role::Operator => None,
            Role::Agent(id) => Some(app.terminal(id).map_or_else(String::new, |t| t.session)),
            Role::Nobody => Some(String::new()),
        }
    }

    /// # Errors
    /// 403 when an agent asks about a terminal of another session.
    pub fn may_see(&self, app: &App, id: TerminalId) -> Result<(), ApiError> {
        let Some(session) = self.confined_to(app) else { return Ok(()) };
        match app.terminal(id) {
            Some(terminal) if terminal.session == session => Ok(()),
            _ => Err(ApiError::forbidden("an agent may only look at terminals of its own session")),
        }
    }
}

/// The peer as the kernel knows it since `connect`.
fn role_of_peer(app: &App, peer: Peer) -> Result<Role, ApiError> {
    if peer.uid != app.our_uid() {
        return Err(ApiError::forbidden("this socket is its owner's"));
    }
    Ok(callers::agent_of(app, peer.pid)?.map_or(Role::Operator, Role::Agent))
}

fn role_of_token(app: &App, headers: &HeaderMap, access: Option<Access>) -> Result<Role, ApiError> {
    let unauthorized = || {
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", "a valid token is needed")
            .hint("send `Authorization: Bearer TOKEN`; the token lies in run/token of the home")
    };
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return if access == Some(Access::Anyone) { Ok(Role::Nobody) } else { Err(unauthorized()) };
    };
    let token = value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")).map(str::trim);
    match token.and_then(|token| app.tokens.check(token)) {
        Some(Bearer::User) => Ok(Role::Operator),
        Some(Bearer::Agent(id)) => Ok(Role::Agent(id)),
        None => Err(unauthorized()),
    }
}

/// Names under which a local client may call us; every other one is a page that rebound its own name to us.
fn check_host(headers: &HeaderMap, address: SocketAddr) -> Result<(), ApiError> {
    let port = address.port();
    let allowed = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next().and_then(|h| h.to_str().ok()), hosts.next()) {
        (Some(host), None) if allowed.iter().any(|a| a.eq_ignore_ascii_case(host)) => Ok(()),
        _ => Err(ApiError::forbidden("this name is not ours")),
    }
}

/// A browser names the page that asks; the only page that could be ours is one on our own address.
fn refuse_browsers(headers: &HeaderMap, address: Option<SocketAddr>) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let ours = address.map(|a| [format!("http://127.0.0.1:{}", a.port()), format!("http://localhost:{}", a.port())]);
    match (origin.to_str(), ours) {
        (Ok(origin), Some(ours)) if ours.iter().any(|o| o == origin) => Ok(()),
        _ => Err(ApiError::forbidden("pages of other sites may not call this API")),
    }
}

fn has_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// A form or a plain text is what a foreign page could send without asking first.
fn check_content(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_empty = headers.get(header::CONTENT_LENGTH).is_none_or(|l| l == "0")
        && !headers.contains_key(header::TRANSFER_ENCODING);
    if kind.eq_ignore_ascii_case("application/json") || (kind.is_empty() && is_empty) {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "bodies are application/json"))
}

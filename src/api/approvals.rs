//! The routes below `/approvals`: decode, ask the service, encode. The gate has checked that it is the operator who asks; to answer
//! takes the socket besides, where the kernel says who it is: an agent may have read a token.

use crate::api::error::ApiError;
use crate::api::gate::Caller;
use crate::api::handlers::{Answer, Shared, body, through};
use crate::proto::approval::{Approval, ApprovalAnswer, ApprovalRequest};
use crate::server::services::approvals;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct StatusQuery {
    #[serde(alias = "status_filter")]
    status: Option<String>,
}

pub async fn all(State(app): Shared, Query(query): Query<StatusQuery>) -> Answer<Vec<Approval>> {
    Ok(Json(approvals::all(&app, query.status.as_deref())?))
}

pub async fn ask(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Approval>), ApiError> {
    let request: ApprovalRequest = body(&bytes)?;
    let Some(terminal) = request.terminal else {
        return Err(ApiError::bad_request("`terminal` says where it is to be typed"));
    };
    let submit = request.submit.unwrap_or(true);
    through(
        async move { Ok((StatusCode::CREATED, Json(approvals::ask(&app, terminal, request.command, submit).await?))) },
    )
    .await
}

/// What is no number is no request.
fn number(text: &str) -> Result<u64, ApiError> {
    let unknown = || ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("there is no request {text}"));
    text.parse().map_err(|_| unknown())
}

pub async fn one(State(app): Shared, Path(text): Path<String>) -> Answer<Approval> {
    Ok(Json(approvals::one(&app, number(&text)?).await?))
}

pub async fn approve(state: Shared, caller: Extension<Caller>, path: Path<String>, bytes: Bytes) -> Answer<Approval> {
    answer(state, caller, path, bytes, true).await
}

pub async fn deny(state: Shared, caller: Extension<Caller>, path: Path<String>, bytes: Bytes) -> Answer<Approval> {
    answer(state, caller, path, bytes, false).await
}

async fn answer(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    bytes: Bytes,
    is_yes: bool,
) -> Answer<Approval> {
    let request: ApprovalAnswer = body(&bytes)?;
    let id = number(&text)?;
    let Some(peer) = caller.peer else {
        return Err(
            ApiError::forbidden("a token alone answers no request").hint("call it on the Unix socket, without --host")
        );
    };
    through(async move { Ok(Json(approvals::answer(&app, peer, id, is_yes, request).await?)) }).await
}

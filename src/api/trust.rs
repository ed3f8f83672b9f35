//! The routes below `/trust`: decode, ask the service, encode. The gate has checked that it is the operator who asks; to
//! trust something takes the socket besides, where the kernel says who it is: an agent may have read a token.

use crate::api::error::ApiError;
use crate::api::gate::Caller;
use crate::api::handlers::{Answer, Shared, body, through};
use crate::proto::trust::{Trust, TrustContent, TrustRequest};
use crate::server::services::trust;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct DirectoryQuery {
    directory: String,
}

pub async fn all(State(app): Shared) -> Answer<Vec<Trust>> {
    Ok(Json(trust::all(&app).await?))
}

pub async fn content(State(app): Shared, Query(query): Query<DirectoryQuery>) -> Answer<TrustContent> {
    Ok(Json(trust::content(&app, &query.directory).await?))
}

pub async fn give(State(app): Shared, Extension(caller): Extension<Caller>, bytes: Bytes) -> Answer<Trust> {
    let request: TrustRequest = body(&bytes)?;
    if !caller.is_local {
        return Err(ApiError::forbidden("only the socket's owner may trust a directory")
            .hint("call it on the Unix socket, without --host"));
    }
    through(async move { Ok(Json(trust::give(&app, request).await?)) }).await
}

pub async fn revoke(State(app): Shared, Query(query): Query<DirectoryQuery>) -> Result<StatusCode, ApiError> {
    through(async move { Ok(trust::revoke(&app, &query.directory).await?) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

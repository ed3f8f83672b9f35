//! The routes below `/worktrees`, and those of snapshots of any agent's folder: decode, ask the service, encode. The gate has checked that it is the operator who asks.

use crate::api::error::ApiError;
use crate::api::handlers::{Answer, Shared, body, id as terminal, through};
use crate::base::id::TerminalId;
use crate::proto::worktree::{
    Beside, FinishRequest, Finished, FolderRestoreRequest, Outlook, RemoveRequest, RestoreRequest, Restored, Snapshot,
    SnapshotRequest, Snapshots, Worktree,
};
use crate::server::services::worktrees;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::Deserialize;

fn id(text: &str) -> Result<TerminalId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("there is no such work tree"))
}

#[derive(Deserialize)]
pub struct BesideQuery {
    #[serde(default)]
    directory: String,
}

pub async fn beside(State(app): Shared, Query(query): Query<BesideQuery>) -> Answer<Beside> {
    Ok(Json(worktrees::beside(&app, query.directory).await?))
}

pub async fn all(State(app): Shared) -> Json<Vec<Worktree>> {
    Json(worktrees::all(&app))
}

pub async fn one(State(app): Shared, Path(text): Path<String>) -> Answer<Worktree> {
    Ok(Json(worktrees::one(&app, id(&text)?)?))
}

#[derive(Deserialize)]
pub struct OutlookQuery {
    into: Option<String>,
}

pub async fn outlook(
    State(app): Shared,
    Path(text): Path<String>,
    Query(query): Query<OutlookQuery>,
) -> Answer<Outlook> {
    Ok(Json(worktrees::outlook(&app, id(&text)?, query.into).await?))
}

pub async fn snapshot(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Snapshot> {
    let (id, request): (_, SnapshotRequest) = (id(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::snapshot(&app, id, request.message).await?)) }).await
}

pub async fn remove(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Worktree> {
    let (id, request): (_, RemoveRequest) = (id(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::remove(&app, id, &request).await?)) }).await
}

pub async fn finish(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Finished> {
    let (id, request): (_, FinishRequest) = (id(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::finish(&app, id, request).await?)) }).await
}

pub async fn restore(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Worktree> {
    let (id, request): (_, RestoreRequest) = (id(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::restore(&app, id, &request).await?)) }).await
}

pub async fn snapshots(State(app): Shared, Path(text): Path<String>) -> Answer<Snapshots> {
    Ok(Json(worktrees::snapshots(&app, terminal(&text)?).await?))
}

pub async fn snapshot_of(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Snapshot> {
    let (id, request): (_, SnapshotRequest) = (terminal(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::snapshot_of(&app, id, request.message).await?)) }).await
}

pub async fn restore_of(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Restored> {
    let (id, request): (_, FolderRestoreRequest) = (terminal(&text)?, body(&bytes)?);
    through(async move { Ok(Json(worktrees::restore_of(&app, id, &request).await?)) }).await
}

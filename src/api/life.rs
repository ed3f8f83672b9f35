//! The routes that take agents up again, answer their dialogs and stop them all: decode, ask the service, encode. The gate has checked that it is the operator
//! who asks.

use crate::api::handlers::{Answer, Shared, body, id, start_again, through};
use crate::proto::life::{Conversation, Done, ResumeAllRequest, ResumeRequest, StopAll, StopAllRequest};
use crate::proto::rest::{AnswerRequest, Terminal};
use crate::server::services::lifecycle::Again;
use crate::server::services::{answer, halt, resume, view};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Json;

pub async fn resume(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Terminal> {
    let (id, request): (_, ResumeRequest) = (id(&text)?, body(&bytes)?);
    let again = match request.conversation {
        Some(conversation) => Again::With(resume::checked(conversation)?),
        None => Again::Resume,
    };
    start_again(app, id, again).await
}

pub async fn answer(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Terminal> {
    let (id, request): (_, AnswerRequest) = (id(&text)?, body(&bytes)?);
    through(async move {
        answer::answer(&app, id, request.yes).await?;
        Ok(Json(view::terminal_by_id(&app, id)?))
    })
    .await
}

pub async fn conversations(State(app): Shared, Path(text): Path<String>) -> Answer<Vec<Conversation>> {
    Ok(Json(resume::conversations(&app, id(&text)?).await?))
}

pub async fn resume_all(State(app): Shared, bytes: Bytes) -> Answer<Vec<Done>> {
    let request: ResumeAllRequest = body(&bytes)?;
    through(async move { Ok(Json(resume::resume_all(&app, request.with_shells).await)) }).await
}

pub async fn stopped(State(app): Shared) -> Json<StopAll> {
    Json(halt::state(&app))
}

pub async fn stop_all(State(app): Shared, bytes: Bytes) -> Answer<StopAll> {
    let request: StopAllRequest = body(&bytes)?;
    through(async move { Ok(Json(halt::stop_all(&app, request.undo).await?)) }).await
}

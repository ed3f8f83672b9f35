//! Error answers: a status, a stable code, words for a person, a hint, and an id that finds the request in the
//! server's log. What went wrong inside stays in the log.

use crate::base::clock::random_hex;
use crate::proto::rest::{ErrorBody, ErrorDetail};
use crate::server::services::{Refusal, RefusalKind};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};

#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> ApiError {
        self.hint = Some(hint.into());
        self
    }

    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub fn forbidden(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let (status, code) = match refusal.kind {
            RefusalKind::BadRequest => (StatusCode::BAD_REQUEST, "bad_request"),
            RefusalKind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            RefusalKind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            RefusalKind::Conflict => (StatusCode::CONFLICT, "conflict"),
            RefusalKind::Gone => (StatusCode::GONE, "gone"),
            RefusalKind::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            RefusalKind::Denied => (StatusCode::UNPROCESSABLE_ENTITY, "denied"),
            RefusalKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        ApiError { status, code, message: refusal.message, hint: refusal.hint }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = random_hex(6).unwrap_or_default();
        if self.status.is_server_error() {
            tracing::error!(request_id, code = self.code, message = self.message, "a request failed");
        } else {
            tracing::debug!(request_id, code = self.code, message = self.message, "a request was refused");
        }
        let error = ErrorDetail { code: self.code.into(), message: self.message, hint: self.hint, request_id };
        (self.status, Json(ErrorBody { error })).into_response()
    }
}

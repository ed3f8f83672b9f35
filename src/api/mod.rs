//! The one API: HTTP on the Unix socket and, with a token, on loopback TCP; a WebSocket on it. Decodes a request,
//! asks one service, encodes the answer. It must never touch the database or decide anything but who may ask.

mod approvals;
mod crowd;
mod error;
mod gate;
mod handlers;
mod head;
mod life;
mod liveness;
mod metrics;
mod openapi;
mod routes;
mod serve;
mod stream;
mod trust;
mod worktrees;

pub use error::ApiError;
pub use gate::{Caller, Role};
pub use openapi::document;
pub use routes::{Access, ROUTES, Route};
pub use serve::serve;

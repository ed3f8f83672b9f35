//! How our processes reach each other: private Unix sockets, lock files, the frame codec, and who is at the other
//! end. Called by holders, fork server, server and clients. It must never make a file or socket that another
//! user could open, not even for a moment.

pub mod frame;
pub mod lock;
pub mod peer;
pub mod socket;

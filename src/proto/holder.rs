//! Frames between a holder and the server.

//! Messages between the fork server and those who ask it: the server and starting clients.

//! Picks the role: a client, the server, the fork server or a holder, by the command line. No logic lives here.

fn main() {
    std::process::exit(conductor_tui::roles::run());
}

//! A disk that hangs holds up whoever reads from it, and nobody else: no start of a server, no other agent, no other
//! request, no end. Played by pipes in the place of files: opening one waits for ever.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::support::{Home, proc, wait_until};

fn hang(home: &Home, file: &Path) {
    std::fs::rename(file, home.join("kept")).unwrap();
    let _ = home.program("mkfifo", [file.display().to_string()]).run().ok();
}

#[test]
fn a_journal_that_hangs_delays_no_start_and_no_other_agent() {
    let home = Home::new();
    let hung = home.launch("hung", &["cat"]);
    let other = home.launch("other", &["sh", "-c", "echo printed; exec cat"]);
    home.wait_screen(&other.id, "printed");
    let _ = home.cmd(["shutdown"]).run().ok();
    hang(&home, &home.join(format!("logs/terminal/{}.idx", hung.id)));
    home.launch("later", &["cat"]);
    home.wait_screen(&other.id, "printed");
    let _ = home.cmd(["send", &other.id, "-m", "word"]).run().ok();
    home.wait_screen(&other.id, "word");
    // Asked for itself, it says why not.
    let refused = home.cmd(["output", &hung.id]).run();
    assert!(refused.code != 0 && refused.stderr.contains("cannot be read now"), "{refused:?}");
    assert!(proc::alive(hung.pid));
    let server = home.server_pid().unwrap();
    let _ = home.cmd(["shutdown"]).run().ok();
    wait_until("the server's end", || (!proc::alive(server)).then_some(()));
}

#[test]
fn a_log_that_hangs_delays_no_other_request() {
    let home = Home::new();
    let agent = home.launch("ended", &["sh", "-c", "echo printed; read line"]);
    let _ = home.cmd(["keys", &agent.id, "Enter"]).run().ok();
    home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
    hang(&home, &home.log_path(&agent.id));
    for path in [format!("{}/output/range?offset=0&length=9", agent.id), format!("{}/output", agent.id)] {
        let mut asking = UnixStream::connect(home.join("run/server.sock")).unwrap();
        let head = format!("GET /terminals/{path} HTTP/1.1\r\nHost: conductor\r\n\r\n");
        asking.write_all(head.as_bytes()).unwrap();
        for _ in 0..3 {
            assert!(home.api("/health").is_some(), "{path}");
        }
    }
}

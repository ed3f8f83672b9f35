//! HTTP by hand: bytes over a raw TCP socket, the answer taken apart. Used by the attack tests, which must be able to
//! send what no honest library would. It must never repair a request: what is given goes out as it is.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::wait::LIMIT;

/// What came back; `status` 0 when the server closed without a word.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON: {e}\n{}\n{}", self.head, self.body))
    }

    /// The stable word of an error answer.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request that is being put together, line by line.
#[derive(Clone)]
pub struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// The request line; everything else is said line by line.
    pub fn new(method: &str, target: &str) -> Request {
        Request { head: format!("{} {target} HTTP/1.1\r\n", method.to_uppercase()), body: Vec::new() }
    }

    /// One header line, or several, as they are.
    #[must_use]
    pub fn line(mut self, line: &str) -> Request {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    #[must_use]
    pub fn bearer(self, token: &str) -> Request {
        self.line(&format!("Authorization: Bearer {token}"))
    }

    #[must_use]
    pub fn json(self, body: &str) -> Request {
        let request = self.line("Content-Type: application/json").line(&format!("Content-Length: {}", body.len()));
        request.raw_body(body.as_bytes())
    }

    /// Bytes after the head, whatever the head says of them.
    #[must_use]
    pub fn raw_body(mut self, body: &[u8]) -> Request {
        self.body = body.to_vec();
        self
    }

    /// As it goes out.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// Sends a request to a port of this machine and reads the answer to its end.
#[track_caller]
pub fn ask(port: u16, request: &Request) -> Answer {
    let mut stream = connect(port);
    // A server that has refused the head need not read the body.
    let _ = stream.write_all(&request.bytes());
    read(&mut stream)
}

#[track_caller]
pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server's port");
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Reads one answer: as long as its head says, or to the end of the connection.
#[track_caller]
pub fn read(stream: &mut impl Read) -> Answer {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(answer) = whole(&bytes) {
            return answer;
        }
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // Closed with our bytes unread: what it said before is there.
            Err(e) if [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&e.kind()) => break,
            Err(e) => panic!("no answer: {e}\n{}", String::from_utf8_lossy(&bytes)),
        }
    }
    parse(&bytes)
}

fn whole(bytes: &[u8]) -> Option<Answer> {
    let answer = parse(bytes);
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok();
    match answer.head.lines().find_map(length) {
        Some(length) if answer.body.len() >= length => Some(answer),
        None if answer.status == 101 => Some(answer),
        _ => None,
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    match text.split_once("\r\n\r\n") {
        Some((head, body)) => {
            let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
            Answer { status, head: head.to_owned(), body: body.to_owned() }
        }
        None => Answer { status: 0, head: String::new(), body: String::new() },
    }
}

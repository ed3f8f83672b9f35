//! Every request of `tests/corpus/http_attacks.jsonl`, made on every route of `api::ROUTES`, over raw sockets: each
//! gets its status, and nothing changes. Terminals and sessions in a path are filled with real and unknown ones.
//!
//! How the lines apply: H01 H09-H12 (names), H02 H14 H15 (origins), H03 H05 H07 (tokens), H08 (preflight), H13 (broken
//! heads), H20 (length and chunks) on every route; H06 H19 (forms, big bodies) on every route that takes a POST; H04
//! H21-H23 are about approvals and the inbox, of which the inbox does not exist yet: the same tokens on every route there is, by
//! what the table says about it; H16 H17 H18 (paths) in every id and name, and in every body that holds a path; H25
//! (a decision happens once) as fifty inputs with one id. H26 and H27 are in `confined.rs`, H28 in `crowds.rs`.

use std::collections::BTreeSet;

use conductor_tui::api::{Access, ROUTES, Route};
use serde_json::{Value, json};

use crate::support::Home;
use crate::support::fleet::id;
use crate::support::http::{Answer, Request, ask};

const MIB: usize = 1024 * 1024;

/// Two sessions: `one` with a supervisor and a worker, `two` with one agent. The worker's token, the user's, and the
/// user's of the server run before.
struct Ground {
    home: Home,
    port: u16,
    user: String,
    worker: String,
    stale: String,
    supervisor_id: String,
    worker_id: String,
    other_id: String,
    before: Value,
}

const AGENT: &str = "stty -echo; echo up; exec sleep 10000";

impl Ground {
    fn new() -> Ground {
        let home = Home::new();
        let supervisor_id = id(&home.launch_script("one", AGENT));
        let stale = home.token();
        let worker_id = id(&home.worker("one", AGENT));
        let other_id = id(&home.launch_script("two", AGENT));
        for id in [&supervisor_id, &worker_id, &other_id] {
            home.wait_output(id, "up");
        }
        let _ = home.verb("shutdown --restart").run().ok();
        let (port, user) = (home.port(), home.token());
        assert_ne!(stale, user, "every server run has a token of its own");
        let path = format!("/terminals/{worker_id}/token");
        let answer = ask(port, &plain("POST", &path, port).bearer(&user));
        assert_eq!(answer.status, 200, "{answer:?}");
        let worker = answer.json()["token"].as_str().unwrap().to_owned();
        let mut ground =
            Ground { home, port, user, worker, stale, supervisor_id, worker_id, other_id, before: Value::Null };
        ground.before = ground.state();
        ground
    }

    /// What no attack may change: the server, the sessions, the agents and all that they printed.
    fn state(&self) -> Value {
        let mut sessions = self.home.cmd(["sessions", "--json"]).run().ok().json();
        for session in sessions.as_array_mut().unwrap() {
            for terminal in session["terminals"].as_array_mut().unwrap() {
                let kept = ["id", "window", "pid", "holder_pid", "output_end", "cols", "rows", "exit_code"];
                terminal.as_object_mut().unwrap().retain(|key, _| kept.contains(&key.as_str()));
            }
        }
        json!({ "server": self.home.health()["pid"], "sessions": sessions })
    }

    #[track_caller]
    fn assert_unchanged(&self, what: &str) {
        assert_eq!(self.state(), self.before, "after {what}");
    }

    /// Every route with every filling of its path: real and unknown ids and names.
    fn targets(&self) -> Vec<(&'static Route, String)> {
        let fill = |route: &'static Route, id: &str, name: &str| {
            let path = route.path.replace("{id}", id).replace("{name}", name);
            (route, if path.ends_with("/range") { format!("{path}?offset=0&length=10") } else { path })
        };
        let both = |route| {
            let real = fill(route, &self.supervisor_id, "conductor-one");
            let unknown = fill(route, "ffffffff", "conductor-none");
            if real.1 == unknown.1 { vec![real] } else { vec![real, unknown] }
        };
        ROUTES.iter().flat_map(both).collect()
    }

    fn request(&self, route: &Route, path: &str) -> Request {
        plain(route.method, path, self.port)
    }

    /// Asks every route by `attack` and compares the status with what `expect` says of it; `None`: of no meaning there.
    #[track_caller]
    fn on_every_route(
        &self,
        what: &str,
        attack: impl Fn(&Route, &str) -> Request,
        expect: impl Fn(&Route, &str) -> Option<u16>,
    ) {
        let mut wrong = Vec::new();
        for (route, path) in self.targets() {
            let Some(status) = expect(route, &path) else { continue };
            let answer = ask(self.port, &attack(route, &path));
            if answer.status != status {
                wrong.push(format!("{} {path}: {} and not {status}: {}", route.method, answer.status, answer.body));
            } else if answer.status >= 400 && !answer.body.is_empty() {
                check_error(&answer, &format!("{what}: {} {path}", route.method));
            }
        }
        assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
        self.assert_unchanged(what);
    }
}

/// A request with a right `Host`, and an empty JSON body where the method has one.
fn plain(method: &str, path: &str, port: u16) -> Request {
    with_host(method, path, &format!("127.0.0.1:{port}"))
}

fn with_host(method: &str, path: &str, host: &str) -> Request {
    let request = Request::new(method, path).line(&format!("Host: {host}"));
    if has_body(method) { request.json("{}") } else { request }
}

fn has_body(method: &str) -> bool {
    method.eq_ignore_ascii_case("post")
}

/// Every error answer has its code, words and id, and no more than those and a hint.
#[track_caller]
fn check_error(answer: &Answer, what: &str) {
    let error = answer.json()["error"].as_object().cloned().unwrap_or_else(|| panic!("{what}: {answer:?}"));
    for field in ["code", "message", "request_id"] {
        assert!(error[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: {field} of {answer:?}");
    }
    assert!(error.keys().all(|k| ["code", "message", "hint", "request_id"].contains(&k.as_str())), "{what}: {error:?}");
    assert!(!answer.body.contains("panicked"), "{what}: {answer:?}");
}

fn always(status: u16) -> impl Fn(&Route, &str) -> Option<u16> {
    move |_, _| Some(status)
}

/// The same everywhere but where anyone may ask.
fn closed(status: u16) -> impl Fn(&Route, &str) -> Option<u16> {
    move |route, _| Some(if route.access == Access::Anyone { 200 } else { status })
}

fn on_posts(status: u16) -> impl Fn(&Route, &str) -> Option<u16> {
    move |route, _| has_body(route.method).then_some(status)
}

#[test]
fn the_whole_corpus_is_known_here() {
    let text = include_str!("../corpus/http_attacks.jsonl");
    let ids: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    let known: BTreeSet<String> = (1..=28).map(|n| format!("H{n:02}")).collect();
    assert_eq!(ids, known, "a new line of the corpus needs its test");
}

#[test]
fn foreign_names_and_pages_get_nothing() {
    let ground = Ground::new();
    let (port, user) = (ground.port, &ground.user);
    // H01, H09-H12, and more forms of the same trick.
    let hosts = [
        "evil.example:9889".into(),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("0.0.0.0:{port}"),
        "127.0.0.1".into(),
        format!("127.0.0.1:{}", port.wrapping_add(1)),
        format!("127.0.0.1:{port}@evil.example"),
        String::new(),
    ];
    for host in &hosts {
        let attack = |r: &Route, path: &str| with_host(r.method, path, host).bearer(user);
        ground.on_every_route(&format!("Host: {host}"), attack, always(403));
    }
    let attack = |r: &Route, path: &str| ground.request(r, path).line("Host: evil.example").bearer(user);
    ground.on_every_route("two hosts", attack, always(403));
    // An absolute target does not say another name than the header.
    let absolute = Request::new("GET", &format!("http://evil.example:{port}/sessions")).line("Host: evil.example");
    assert_eq!(ask(port, &absolute.bearer(user)).status, 403);
    // H02, and its kin with a valid token.
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost:1", "file://"] {
        let line = format!("Origin: {origin}");
        ground.on_every_route(&line, |r, path| ground.request(r, path).line(&line).bearer(user), always(403));
        ground.on_every_route(&line, |r, path| ground.request(r, path).line(&line), always(403));
    }
    // H08.
    let preflight = |_: &Route, path: &str| {
        plain("OPTIONS", path, port).line("Origin: https://evil.example").line("Access-Control-Request-Method: POST")
    };
    ground.on_every_route("preflight", preflight, always(403));
    ground.on_every_route("OPTIONS", |_, path| plain("OPTIONS", path, port).bearer(user), always(403));
    // H14 and H15: an upgrade as a page makes it.
    for origin in ["https://evil.example", "null"] {
        let attack = |r: &Route, path: &str| {
            let line = format!("Origin: {origin}");
            upgrade(ground.request(r, path)).line(&line).bearer(user)
        };
        ground.on_every_route(&format!("an upgrade from {origin}"), attack, always(403));
    }
}

fn upgrade(request: Request) -> Request {
    request
        .line("Connection: Upgrade")
        .line("Upgrade: websocket")
        .line("Sec-WebSocket-Version: 13")
        .line("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
}

#[test]
fn tokens_are_needed_and_speak_for_one() {
    let ground = Ground::new();
    let (port, user, worker) = (ground.port, &ground.user, &ground.worker);
    // H03, H05, H07, and what only looks like a token.
    ground.on_every_route("no token", |r, path| ground.request(r, path), closed(401));
    ground.on_every_route("an upgrade without a token", |r, path| upgrade(ground.request(r, path)), closed(401));
    let forged = format!("agent-{}-{}", ground.supervisor_id, "0".repeat(64));
    let moved = worker.replace(&ground.worker_id, &ground.supervisor_id);
    for (what, token) in [
        ("a stale token", ground.stale.as_str()),
        ("an empty token", ""),
        ("a cut token", &user[..user.len() - 1]),
        ("a forged agent token", &forged),
        ("an agent token moved to another", &moved),
    ] {
        ground.on_every_route(what, |r, path| ground.request(r, path).bearer(token), always(401));
    }
    for line in [format!("Authorization: Basic {user}"), format!("Authorization: {user}"), format!("X-Token: {user}")] {
        let expect = if line.starts_with("X-") { 401 } else { 0 };
        let expect = move |r: &Route, _: &str| match (expect, r.access) {
            (401, Access::Anyone) => Some(200),
            _ => Some(401),
        };
        ground.on_every_route("another header", |r, path| ground.request(r, path).line(&line), expect);
    }
    let in_url = |r: &Route, path: &str| {
        let sign = if path.contains('?') { '&' } else { '?' };
        ground.request(r, &format!("{path}{sign}token={user}&access_token={user}"))
    };
    ground.on_every_route("a token in the URL", in_url, closed(401));
    // H04, H21, H22: an agent's token never operates; what it may see is its own session's.
    let unknown = ["ffffffff", "conductor-none"];
    let by_agent = |r: &Route, path: &str| {
        Some(match r.access {
            Access::Operate => 403,
            _ if unknown.iter().any(|u| path.contains(u)) => 403,
            // No upgrade was asked for.
            _ if ["/stream", "/ws"].contains(&path) => 400,
            // Nor what to look for.
            _ if path == "/search" || path.ends_with("/find") || path.ends_with("/matches") => 400,
            // An agent tells of itself alone, and says of what.
            _ if path.ends_with("/hooks") => {
                if path.contains(&ground.worker_id) {
                    400
                } else {
                    403
                }
            }
            // The agents work in no repository.
            _ if path.ends_with("/diff") => 409,
            _ => 200,
        })
    };
    ground.on_every_route("an agent's token", |r, path| ground.request(r, path).bearer(worker), by_agent);
    // H23: another session's terminals, by every route that has an id.
    for (route, _) in ground.targets() {
        let path = route.path.replace("{id}", &ground.other_id).replace("{name}", "conductor-two");
        if path == route.path {
            continue;
        }
        for short in [path.clone(), path.replace("conductor-two", "two")] {
            let short = format!("{short}?offset=0&length=10");
            let answer = ask(port, &ground.request(route, &short).bearer(worker));
            assert_eq!(answer.status, 403, "{} {short}: {answer:?}", route.method);
            assert!(!answer.body.contains("two"), "{answer:?}");
        }
    }
    let seen = ask(port, &plain("GET", "/sessions", port).bearer(worker)).json();
    let names: Vec<&str> = seen.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["conductor-one"]);
    let seen = ask(port, &plain("GET", "/terminals", port).bearer(worker)).json();
    assert!(seen.as_array().unwrap().iter().all(|t| t["session"] == "conductor-one"), "{seen}");
    // H24: strangers learn that it runs, and which version.
    let health = ask(port, &plain("GET", "/health", port)).json();
    let said: Vec<&String> = health.as_object().unwrap().keys().collect();
    assert_eq!(said, ["server", "status", "version"]);
    ground.assert_unchanged("tokens");
}

#[test]
fn broken_and_oversized_requests_are_refused() {
    let ground = Ground::new();
    let (port, user) = (ground.port, &ground.user);
    // H06.
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/json"] {
        let attack = |r: &Route, path: &str| {
            let request = Request::new(r.method, path).line(&format!("Host: 127.0.0.1:{port}")).bearer(user);
            request.line(&format!("Content-Type: {kind}")).line("Content-Length: 3").raw_body(b"a=b")
        };
        ground.on_every_route(kind, attack, on_posts(415));
    }
    // H13: what would split a header.
    let host = format!("Host: 127.0.0.1:{port}");
    for (what, line) in [
        ("a folded header", "X-A: 1\r\n X: y"),
        ("a bare CR", "X-A: 1\rX: y"),
        ("a NUL", "X-A: 1\0"),
        ("a blank before the colon", "X-A : 1"),
        ("a line without a colon", "X-A"),
    ] {
        let attack = |r: &Route, path: &str| Request::new(r.method, path).line(&host).line(line).bearer(user);
        ground.on_every_route(what, attack, always(400));
    }
    // H20, in both orders and with two lengths.
    for lines in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "content-length: 5\r\ntransfer-encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: chunked, identity",
    ] {
        let attack = |r: &Route, path: &str| {
            let request = Request::new(r.method, path).line(&host).bearer(user).line("Content-Type: application/json");
            request.line(lines).raw_body(b"2\r\n{}\r\n0\r\n\r\n")
        };
        ground.on_every_route(lines, attack, always(400));
    }
    // H19: declared, in one chunk, and in many.
    let declared = |r: &Route, path: &str| {
        let head = Request::new(r.method, path).line(&host).bearer(user).line("Content-Type: application/json");
        head.line(&format!("Content-Length: {}", 32 * MIB)).raw_body(&vec![b' '; 64 * 1024])
    };
    ground.on_every_route("32 MiB declared", declared, on_posts(413));
    let piece = [format!("{:x}\r\n", MIB).into_bytes(), vec![b' '; MIB], b"\r\n".to_vec()].concat();
    let body = [piece.repeat(32), b"0\r\n\r\n".to_vec()].concat();
    let chunked = |r: &Route, path: &str| {
        let head = Request::new(r.method, path).line(&host).bearer(user).line("Content-Type: application/json");
        head.line("Transfer-Encoding: chunked").raw_body(&body)
    };
    ground.on_every_route("32 MiB in chunks", chunked, on_posts(413));
    // Without a token nothing of the body is looked at.
    let head = Request::new("POST", "/sessions").line(&host).line("Content-Type: application/json");
    let head = head.line(&format!("Content-Length: {}", 32 * MIB));
    assert_eq!(ask(port, &head).status, 401);
    // A body that is no JSON, and one of another shape.
    let takes_body = |r: &Route, _: &str| r.request.is_some().then_some(400);
    let shape = r#"{"rows":70000,"keys":1,"message":1,"name":1,"all":1,"accept":1,"snapshot":"x","how":1,"conversation":1,
        "with_shells":1,"undo":1,"directory":1,"hash":1,"event":1,"reason":1}"#;
    for text in ["{", "[]", "\u{0}", shape] {
        let attack = |r: &Route, path: &str| Request::new(r.method, path).line(&host).bearer(user).json(text);
        ground.on_every_route(text, attack, takes_body);
    }
}

#[test]
fn paths_lead_nowhere_else() {
    let ground = Ground::new();
    let (port, user) = (ground.port, &ground.user);
    // H18: in place of every id and name.
    let tricks =
        ["..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "..", "%00", "%ff%fe", "00000000%0a", "FFFFFFFF", "-1", "%25s"];
    for (route, _) in ground.targets() {
        for trick in tricks {
            let path = route.path.replace("{id}", trick).replace("{name}", trick);
            if path == route.path {
                continue;
            }
            let body = r#"{"name":"x","message":"x","key":"x","provider":"shell"}"#;
            let host = format!("Host: 127.0.0.1:{port}");
            let request = Request::new(route.method, &format!("{path}?offset=0&length=1")).line(&host).bearer(user);
            let answer = ask(port, &if has_body(route.method) { request.json(body) } else { request });
            let expected: &[u16] = if trick == "%ff%fe" { &[400, 404] } else { &[404] };
            assert!(expected.contains(&answer.status), "{} {path}: {answer:?}", route.method);
            check_error(&answer, &path);
        }
    }
    for path in ["/../etc/passwd", "/terminals/../../etc/passwd", "//sessions", "/sessions/", "/flows", "/approvals/1"]
    {
        assert_eq!(ask(port, &plain("GET", path, port).bearer(user)).status, 404, "{path}");
        assert_eq!(ask(port, &plain("GET", path, port)).status, 401, "{path}: a stranger learns no routes");
    }
    // H16, H17: a directory and a program in a body.
    for directory in ["../../../etc", "/proc/self/fd/3", "/etc/passwd", "/nowhere", ""] {
        for path in ["/sessions", "/sessions/one/terminals"] {
            let body = json!({ "working_directory": directory, "command": ["/bin/true"] }).to_string();
            let request = Request::new("POST", path).line(&format!("Host: 127.0.0.1:{port}")).bearer(user);
            let answer = ask(port, &request.json(&body));
            assert!([400, 422].contains(&answer.status), "{path} {directory}: {answer:?}");
            check_error(&answer, directory);
        }
    }
    let body = json!({ "restart": true, "executable": "/bin/true" }).to_string();
    let request = Request::new("POST", "/server/shutdown").line(&format!("Host: 127.0.0.1:{port}")).bearer(user);
    assert_eq!(ask(port, &request.json(&body)).status, 403, "no other program over TCP");
    ground.assert_unchanged("paths");
}

#[test]
fn a_decision_happens_once() {
    let ground = Ground::new();
    let reader =
        id(&ground.home.launch_script("three", "stty -echo; echo up; while read line; do echo got $line; done"));
    ground.home.wait_output(&reader, "up");
    let path = format!("/terminals/{reader}/input");
    let request = Request::new("POST", &path).line(&format!("Host: 127.0.0.1:{}", ground.port)).bearer(&ground.user);
    let request = request.json(r#"{"message":"once","id":"decision-1"}"#);
    let mut words: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..50).map(|_| scope.spawn(|| ask(ground.port, &request))).collect();
        let word = |answer: Answer| answer.json()["status"].as_str().unwrap_or(&answer.body).to_owned();
        asked.into_iter().map(|a| word(a.join().unwrap())).collect()
    });
    words.sort();
    assert_eq!((words.iter().filter(|w| *w == "sent").count(), words.len()), (1, 50), "{words:?}");
    assert!(words.iter().filter(|w| *w != "sent").all(|w| w == "duplicate"), "{words:?}");
    let _ = ground.home.cmd(["send", &reader, "-m", "end"]).run().ok();
    assert_eq!(ground.home.wait_output(&reader, "got end").matches("got once").count(), 1);
}

//! The live connection, by the library's own client: hello, frames, acknowledgements, inputs, sizes, notices. What a
//! replica shows must be what the terminal shows, whoever resizes or reconnects; a client that does not read gets no
//! queue; a client that may only look can do nothing else.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use conductor_tui::base::id::TerminalId;
use conductor_tui::client::{Client, StreamItem, StreamReceiver, StreamSender, Target};
use conductor_tui::proto::frame::{Frame, Replica};
use conductor_tui::proto::stream::{ClientMessage, Kind, ServerMessage, ShownPane};

use crate::support::fleet::id;
use crate::support::wait::LIMIT;
use crate::support::{Home, wait_until};

/// One live client: what it shows and what it heard.
struct Viewer {
    runtime: tokio::runtime::Runtime,
    sender: StreamSender,
    receiver: StreamReceiver,
    panes: BTreeMap<TerminalId, Replica>,
    heard: Vec<ServerMessage>,
    /// Base and scroll of every frame that came.
    frames: Vec<(u64, bool)>,
    acknowledges: bool,
}

impl Viewer {
    #[track_caller]
    fn open(target: Target, read_only: bool, source: &str) -> Viewer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (sender, receiver) = runtime.block_on(Client::new(target).stream()).expect("a stream");
        let mut viewer = Viewer {
            runtime,
            sender,
            receiver,
            panes: BTreeMap::new(),
            heard: Vec::new(),
            frames: Vec::new(),
            acknowledges: true,
        };
        viewer.hello(read_only, source);
        viewer
    }

    #[track_caller]
    fn of(home: &Home) -> Viewer {
        Viewer::open(Target::Unix(home.join("run/server.sock")), false, "")
    }

    /// Says hello and waits for the answer: whatever the server had to say before it has come then.
    #[track_caller]
    fn hello(&mut self, read_only: bool, source: &str) {
        let greeted = |v: &Viewer| v.heard.iter().filter(|m| matches!(m, ServerMessage::Hello { .. })).count();
        let before = greeted(self);
        self.say(&ClientMessage::Hello { version: "test".into(), read_only, source: source.into() });
        self.until("the server's hello", |v| greeted(v) > before);
    }

    #[track_caller]
    fn say(&mut self, message: &ClientMessage) {
        self.runtime.block_on(self.sender.send(message)).unwrap();
    }

    #[track_caller]
    fn show(&mut self, panes: &[(TerminalId, u16, u16)], focused: Option<TerminalId>) {
        let panes = panes.iter().map(|(terminal, columns, rows)| ShownPane {
            terminal: *terminal,
            columns: *columns,
            rows: *rows,
        });
        self.say(&ClientMessage::Show { panes: panes.collect(), focused });
    }

    #[track_caller]
    fn input(&mut self, terminal: TerminalId, sequence: u64, text: &str) {
        self.say(&ClientMessage::Input { terminal, sequence, text: text.into(), base64: String::new() });
    }

    /// Takes what comes until the condition holds.
    #[track_caller]
    fn until(&mut self, what: &str, condition: impl Fn(&Viewer) -> bool) {
        while !condition(self) {
            let next = self.runtime.block_on(async { tokio::time::timeout(LIMIT, self.receiver.next()).await });
            match next {
                Ok(Some(item)) => self.take(item),
                Ok(None) => panic!("the stream ended before: {what}; heard {:?}", self.heard),
                Err(_) => panic!("in vain for: {what}; heard {:?}, frames {:?}", self.heard, self.frames),
            }
        }
    }

    fn take(&mut self, item: StreamItem) {
        match item {
            StreamItem::Message(message) => self.heard.push(message),
            StreamItem::Frame(frame) => self.frame(frame),
        }
    }

    fn frame(&mut self, frame: Frame) {
        self.frames.push((frame.base, frame.scroll.is_some()));
        let (terminal, revision) = (frame.terminal, frame.revision);
        assert!(self.panes.entry(terminal).or_default().apply(frame), "a frame that fits what is shown");
        if self.acknowledges {
            self.say(&ClientMessage::Ack { terminal, revision });
        }
    }

    fn text(&self, terminal: TerminalId) -> String {
        let rows = self.panes.get(&terminal).map(|p| p.lines.as_slice()).unwrap_or_default();
        let rows: Vec<String> = rows.iter().map(|row| row.text().trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    fn refusals(&self) -> Vec<u64> {
        let sequence = |m: &ServerMessage| match m {
            ServerMessage::Refused { sequence, .. } => Some(*sequence),
            _ => None,
        };
        self.heard.iter().filter_map(sequence).collect()
    }

    /// What it was told of a terminal's size, one after the other: whether it is another client's.
    fn sized(&self, id: TerminalId) -> Vec<bool> {
        let told = |m: &ServerMessage| match m {
            ServerMessage::Sized { terminal, by_another } if *terminal == id => Some(*by_another),
            _ => None,
        };
        self.heard.iter().filter_map(told).collect()
    }

    fn has_typed(&self, upto: u64) -> bool {
        self.heard.iter().any(|m| matches!(m, ServerMessage::Typed { sequence, .. } if *sequence >= upto))
    }
}

fn tid(text: &str) -> TerminalId {
    text.parse().unwrap()
}

const READER: &str = "stty -echo; echo up; while IFS= read -r line; do printf '<%s>\\n' \"$line\"; done";

#[test]
fn a_keyframe_then_differences() {
    let home = Home::new();
    let agent = tid(&id(&home.launch_script("one", READER)));
    home.wait_output(&agent.to_string(), "up");
    let mut viewer = Viewer::of(&home);
    let health = home.health();
    let hello = viewer.heard.iter().find_map(|m| match m {
        ServerMessage::Hello { version, pid, generation, .. } => Some((version.clone(), *pid, *generation)),
        _ => None,
    });
    let (version, pid, generation) = hello.unwrap();
    assert_eq!((version.as_str(), Some(u64::from(pid))), (env!("CARGO_PKG_VERSION"), health["pid"].as_u64()));
    assert_eq!(Some(generation), health["generation"].as_u64());
    viewer.show(&[(agent, 70, 20)], Some(agent));
    viewer.until("the first screen", |v| v.text(agent) == "up");
    assert_eq!(viewer.frames[0].0, 0, "a keyframe");
    viewer.until("its size", |v| v.panes[&agent].columns == 70 && v.panes[&agent].lines.len() == 20);
    let before = viewer.frames.len();
    viewer.input(agent, 1, "hello\r");
    viewer.until("the answer", |v| v.text(agent) == "up\n<hello>");
    viewer.until("the outcome", |v| v.has_typed(1));
    assert!(viewer.frames[before..].iter().all(|(base, _)| *base != 0), "differences: {:?}", viewer.frames);
    // Bytes that are no UTF-8 go as base64; what is neither is refused.
    viewer.say(&ClientMessage::Input { terminal: agent, sequence: 2, text: String::new(), base64: "YjY0DQ==".into() });
    viewer.until("the bytes", |v| v.text(agent).contains("<b64>"));
    viewer.say(&ClientMessage::Input { terminal: agent, sequence: 3, text: String::new(), base64: "%".into() });
    viewer.until("the refusal", |v| v.refusals() == [3]);
    // A client that lost its way asks for everything.
    let before = viewer.frames.len();
    viewer.say(&ClientMessage::Resync { terminal: agent });
    viewer.until("a keyframe", |v| v.frames.len() > before);
    assert_eq!((viewer.frames[before].0, viewer.text(agent).as_str()), (0, "up\n<hello>\n<b64>"));
    // Not shown any more: nothing comes of it, until it is shown again.
    viewer.show(&[], None);
    let _ = home.cmd(["send", &agent.to_string(), "-m", "unseen"]).run().ok();
    home.wait_output(&agent.to_string(), "<unseen>");
    let before = viewer.frames.len();
    viewer.hello(false, "");
    assert_eq!(viewer.frames.len(), before);
    viewer.show(&[(agent, 70, 20)], None);
    viewer.until("all of it", |v| v.text(agent).ends_with("<unseen>"));
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// Something that a program could print.
    fn print(&mut self) -> String {
        let mut out = String::new();
        for _ in 0..self.roll(60) + 1 {
            let (a, b) = (self.roll(30) + 1, self.roll(90) + 1);
            let _ = match self.roll(16) {
                0 => write!(out, "\x1b[{a};{b}H"),
                1 => write!(out, "\x1b[{};{}r", a.min(10), a.min(10) + 8),
                2 => write!(out, "\x1b[r"),
                3 => write!(out, "\x1b[{}S", a % 5 + 1),
                4 => write!(out, "\x1b[{}T", a % 5 + 1),
                5 => write!(out, "\x1b[{}L", a % 4 + 1),
                6 => write!(out, "\x1b[{}M", a % 4 + 1),
                7 => write!(out, "\x1b[K\x1b[{}m", 30 + a % 8),
                8 => write!(out, "\x1b[{}@\x1b[{}P", a % 6, b % 6),
                9 => write!(out, "漢字 wide {a} "),
                10 => write!(out, "\x1b[?1049{}", if a % 2 == 0 { 'h' } else { 'l' }),
                11 => write!(out, "\x1bM\x1bM"),
                12 => write!(out, "\x1b[{}J", a % 3),
                _ => write!(out, "line {a} of {b}\r\n"),
            };
        }
        out
    }
}

#[test]
fn a_replica_shows_what_the_terminal_shows() {
    let home = Home::new();
    let script = "stty -echo; echo up; while read file; do cat \"$file\"; printf '\\033]2;%s\\007' \"$file\"; done";
    let agent = tid(&id(&home.launch_script("one", script)));
    home.wait_output(&agent.to_string(), "up");
    let mut viewer = Viewer::of(&home);
    viewer.show(&[(agent, 90, 25)], Some(agent));
    let mut dice = Dice(7);
    for round in 0..40 {
        let file = home.write(&format!("work/{round}"), &dice.print());
        if round % 10 == 9 {
            let size = (agent, 60 + dice.roll(60) as u16, 10 + dice.roll(30) as u16);
            viewer.show(&[size], Some(agent));
            viewer.until("the new size", |v| {
                v.panes[&agent].columns == size.1 && v.panes[&agent].lines.len() == usize::from(size.2)
            });
        }
        let name = file.display().to_string();
        viewer.input(agent, round + 1, &format!("{name}\r"));
        viewer.until("the title", |v| v.panes.get(&agent).is_some_and(|p| p.title == name));
        let said = home.cmd(["output", &agent.to_string(), "--mode", "screen", "--json"]).run().ok().json();
        let offset = said["offset"].as_u64().unwrap();
        viewer.until("the last byte", |v| v.panes[&agent].offset >= offset);
        let screen: Vec<&str> = said["output"].as_str().unwrap().lines().map(str::trim_end).collect();
        assert_eq!(viewer.text(agent), screen.join("\n").trim_end(), "after round {round}");
    }
    // Lines that only scroll come as a scroll, not as a whole screen.
    let lines: String = (0..300).map(|n| format!("\x1b[r\x1b[99Hscrolled {n} {}\r\n", "x".repeat(40))).collect();
    let file = home.write("work/scrolling", &lines);
    viewer.input(agent, 1000, &format!("{}\r", file.display()));
    viewer.until("the end", |v| v.text(agent).contains("scrolled 299"));
    assert!(viewer.frames.iter().any(|(_, scrolls)| *scrolls), "no scroll among {} frames", viewer.frames.len());
}

#[test]
fn one_frame_at_a_time_for_a_client_that_does_not_say_it_read() {
    let home = Home::new();
    let agent = tid(&id(&home.launch_script("one", "i=0; while :; do i=$((i+1)); echo line $i; done")));
    let mut viewer = Viewer::of(&home);
    viewer.acknowledges = false;
    viewer.show(&[(agent, 80, 24)], Some(agent));
    viewer.until("the first frame", |v| !v.frames.is_empty());
    let printed = || home.find_terminal(&agent.to_string()).unwrap()["output_end"].as_u64().unwrap();
    let before = printed();
    wait_until("much more output", || (printed() > before + 200_000).then_some(()));
    viewer.hello(false, "");
    assert_eq!(viewer.frames.len(), 1, "no second frame before the first is acknowledged");
    let revision = viewer.panes[&agent].revision;
    // A wrong acknowledgement is none.
    viewer.say(&ClientMessage::Ack { terminal: agent, revision: revision + 1000 });
    viewer.hello(false, "");
    assert_eq!(viewer.frames.len(), 1);
    viewer.say(&ClientMessage::Ack { terminal: agent, revision });
    viewer.until("the next frame", |v| v.frames.len() == 2);
    viewer.hello(false, "");
    assert_eq!(viewer.frames.len(), 2);
    // Nobody else waits for it.
    let mut other = Viewer::of(&home);
    other.show(&[(agent, 80, 24)], None);
    other.until("frames for another client", |v| v.frames.len() > 10);
}

#[test]
fn the_last_who_typed_or_focused_owns_the_size() {
    let home = Home::new();
    let agent = tid(&id(&home.launch_script("one", READER)));
    home.wait_output(&agent.to_string(), "up");
    let size = || {
        let t = home.find_terminal(&agent.to_string()).unwrap();
        (t["cols"].as_u64().unwrap(), t["rows"].as_u64().unwrap())
    };
    let becomes = |wanted: (u64, u64)| wait_until(&format!("{wanted:?}"), || (size() == wanted).then_some(()));
    let (mut one, mut two) = (Viewer::of(&home), Viewer::of(&home));
    one.show(&[(agent, 100, 30)], Some(agent));
    becomes((100, 30));
    // Only looking takes nothing.
    two.show(&[(agent, 80, 20)], None);
    two.until("its frame", |v| v.panes.contains_key(&agent));
    two.hello(false, "");
    assert_eq!(size(), (100, 30));
    assert_eq!(two.panes[&agent].columns, 100, "who looks on sees it as it is");
    one.until("whose size it is", |v| v.sized(agent) == [false]);
    two.until("whose size it is", |v| v.sized(agent) == [true]);
    two.input(agent, 1, "x\r");
    becomes((80, 20));
    one.until("that it is another's now", |v| v.sized(agent) == [false, true]);
    two.until("that it is its own now", |v| v.sized(agent) == [true, false]);
    one.until("the new size", |v| v.panes.get(&agent).is_some_and(|p| p.columns == 80));
    one.input(agent, 1, "y\r");
    becomes((100, 30));
    two.show(&[(agent, 81, 21)], Some(agent));
    becomes((81, 21));
    // In so many words; and a window that only stays focused while it changes takes nothing.
    one.say(&ClientMessage::TakeSize { terminal: agent });
    becomes((100, 30));
    two.show(&[(agent, 82, 22)], Some(agent));
    two.hello(false, "");
    assert_eq!(size(), (100, 30));
    two.input(agent, 2, "z\r");
    becomes((82, 22));
    // The owner goes: who is left gives the size.
    drop(two);
    becomes((100, 30));
    // A client that may only look never owns it.
    let mut looker = Viewer::open(Target::Unix(home.join("run/server.sock")), true, "");
    looker.show(&[(agent, 50, 15)], Some(agent));
    looker.until("its frame", |v| v.panes.contains_key(&agent));
    looker.say(&ClientMessage::TakeSize { terminal: agent });
    looker.until("whose size it is", |v| v.sized(agent) == [true]);
    // A pane of no size takes nothing either.
    one.show(&[(agent, 0, 0)], Some(agent));
    one.hello(false, "");
    assert_eq!(size(), (100, 30));
    drop(one);
    looker.hello(true, "");
    assert_eq!(size(), (100, 30));
}

#[test]
fn an_input_sent_again_is_typed_once() {
    let home = Home::new();
    let agent = tid(&id(&home.launch_script("one", READER)));
    home.wait_output(&agent.to_string(), "up");
    let socket = || Target::Unix(home.join("run/server.sock"));
    let mut viewer = Viewer::open(socket(), false, "source-1");
    viewer.input(agent, 1, "first\r");
    viewer.input(agent, 2, "second\r");
    viewer.until("both outcomes", |v| v.has_typed(2));
    drop(viewer);
    // The connection was lost before the outcome was heard: all is sent again, by the same client.
    let mut viewer = Viewer::open(socket(), false, "source-1");
    for (sequence, text) in [(1, "first\r"), (2, "second\r"), (3, "third\r")] {
        viewer.input(agent, sequence, text);
    }
    viewer.until("the outcomes", |v| v.has_typed(3));
    drop(viewer);
    // A new server knows, too.
    let _ = home.verb("shutdown --restart").run().ok();
    let mut viewer = Viewer::open(socket(), false, "source-1");
    viewer.input(agent, 3, "third\r");
    viewer.input(agent, 4, "fourth\r");
    viewer.until("the outcomes", |v| v.has_typed(4));
    // Another client's numbers are its own.
    let mut other = Viewer::open(socket(), false, "source-2");
    other.input(agent, 1, "other\r");
    other.until("the outcome", |v| v.has_typed(1));
    let said = home.wait_output(&agent.to_string(), "<other>");
    assert_eq!(said, "up\n<first>\n<second>\n<third>\n<fourth>\n<other>\n");
}

#[test]
fn who_may_only_look_types_nothing() {
    let home = Home::new();
    let agent = tid(&id(&home.launch_script("one", READER)));
    home.wait_output(&agent.to_string(), "up");
    let mut looker = Viewer::open(Target::Unix(home.join("run/server.sock")), true, "");
    looker.show(&[(agent, 80, 24)], Some(agent));
    looker.until("its frame", |v| v.text(agent) == "up");
    looker.input(agent, 1, "typed\r");
    looker.until("a refusal", |v| v.refusals() == [1]);
    // Saying hello again gives nothing back.
    looker.hello(false, "");
    looker.input(agent, 2, "typed\r");
    looker.until("a refusal", |v| v.refusals() == [1, 2]);
    let mut viewer = Viewer::of(&home);
    viewer.input(tid("ffffffff"), 1, "x");
    viewer.until("a refusal", |v| v.refusals() == [1]);
    // Garbage and messages of a later version are passed over.
    viewer.show(&[(tid("ffffffff"), 80, 24)], Some(tid("ffffffff")));
    viewer.say(&ClientMessage::Ack { terminal: tid("ffffffff"), revision: 9 });
    viewer.say(&ClientMessage::Resync { terminal: tid("ffffffff") });
    viewer.hello(false, &"x".repeat(1000));
    // To an agent that has ended.
    let gone = tid(&id(&home.launch_script("gone", "exit 0")));
    wait_until("its end", || home.find_terminal(&gone.to_string()).unwrap()["pid"].is_null().then_some(()));
    viewer.input(gone, 7, "x");
    viewer.until("a refusal", |v| v.refusals() == [1, 7]);
    assert_eq!(home.verb(&format!("output {agent}")).run().ok().stdout, "up\n");
}

#[test]
fn an_agent_hears_and_sees_its_own_session_alone() {
    let home = Home::new();
    let (own, other) = (tid(&id(&home.launch_script("one", READER))), tid(&id(&home.launch_script("two", READER))));
    for id in [own, other] {
        home.wait_output(&id.to_string(), "up");
    }
    let (port, user) = (home.port(), home.token());
    let path = format!("/terminals/{own}/token");
    let request = crate::support::http::Request::new("POST", &path).line(&format!("Host: 127.0.0.1:{port}"));
    let answer = crate::support::http::ask(port, &request.bearer(&user).json("{}"));
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let tcp = |token: String| Target::Tcp { address: format!("127.0.0.1:{port}"), token: Some(token) };
    let mut agent = Viewer::open(tcp(token), false, "source-1");
    agent.show(&[(own, 60, 20), (other, 60, 20)], Some(other));
    agent.until("its own screen", |v| v.text(own) == "up");
    agent.input(own, 1, "typed\r");
    agent.input(other, 2, "typed\r");
    agent.until("refusals", |v| v.refusals() == [1, 2]);
    // News of the other session, then of its own: only the latter is heard.
    let _ = home.cmd(["rename", &other.to_string(), "renamed"]).run().ok();
    let _ = home.launch_script("three", "printf '\\a'; exec sleep 10000");
    let _ = home.cmd(["send", &other.to_string(), "-m", "news"]).run().ok();
    home.wait_output(&other.to_string(), "<news>");
    let _ = home.cmd(["rename", &own.to_string(), "mine"]).run().ok();
    let about_own = |m: &ServerMessage| match m {
        ServerMessage::Changed { kind: Kind::Terminal, id, .. } => *id == own.to_string(),
        _ => false,
    };
    agent.until("its own news", |v| v.heard.iter().any(about_own));
    for message in &agent.heard {
        match message {
            ServerMessage::Changed { kind, id, .. } => assert!(
                *id == own.to_string() || id == "conductor-one" || *kind == Kind::Server,
                "heard of {id}: {message:?}"
            ),
            ServerMessage::Bell { terminal } => assert_eq!(*terminal, own),
            _ => {}
        }
    }
    assert!(!agent.panes.contains_key(&other));
    // The person's own token sees and types over TCP as over the socket.
    let mut person = Viewer::open(tcp(user), false, "");
    person.show(&[(other, 60, 20)], Some(other));
    person.input(other, 1, "by token\r");
    person.until("the answer", |v| v.text(other).contains("<by token>"));
    // No stream without a right token.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(20), Client::new(tcp("x".into())).stream()).await });
    assert!(refused.unwrap().is_err());
}

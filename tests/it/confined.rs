//! Who is not the operator: another user (H26 of the corpus) and an agent's own processes (H27), whatever they do to
//! look like somebody else. An agent sees its own session and may not type, start or end anything.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::fleet::id;
use crate::support::home::binary;
use crate::support::{Home, wait_until};

/// What became of another user's try to talk to a socket.
#[derive(Debug, PartialEq, Eq)]
enum Tried {
    /// `connect` failed with this error.
    Refused(i32),
    /// Connected, and the other side closed without a word.
    Closed,
    Answered,
}

/// Connects to the socket as the user 65534, in a process of its own, says a request and reads.
fn as_nobody(socket: &Path) -> Tried {
    let path = socket.as_os_str().as_encoded_bytes();
    // SAFETY: the child calls only async-signal-safe functions on memory made before the fork, and leaves by _exit.
    let status = unsafe {
        let mut address: libc::sockaddr_un = std::mem::zeroed();
        address.sun_family = libc::AF_UNIX as libc::sa_family_t;
        for (to, from) in address.sun_path.iter_mut().zip(path) {
            *to = *from as libc::c_char;
        }
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            if libc::setgroups(0, std::ptr::null()) != 0 || libc::setgid(65534) != 0 || libc::setuid(65534) != 0 {
                libc::_exit(253);
            }
            let fd = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
            let size = size_of::<libc::sockaddr_un>() as libc::socklen_t;
            if libc::connect(fd, (&raw const address).cast(), size) != 0 {
                libc::_exit(*libc::__errno_location());
            }
            let text = b"GET /sessions HTTP/1.1\r\nHost: conductor\r\n\r\n";
            libc::send(fd, text.as_ptr().cast(), text.len(), libc::MSG_NOSIGNAL);
            let mut buffer = [0_u8; 16];
            let n = libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), 0);
            libc::_exit(if n > 0 { 255 } else { 254 });
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        assert!(libc::WIFEXITED(status));
        libc::WEXITSTATUS(status)
    };
    match status {
        253 => panic!("cannot become another user"),
        254 => Tried::Closed,
        255 => Tried::Answered,
        error => Tried::Refused(error),
    }
}

#[test]
fn another_user_is_not_served() {
    // SAFETY: geteuid cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        println!("skipped: needs root, to be another user");
        return;
    }
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let run = home.join("run");
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    let sockets = |dir: &Path| -> Vec<std::path::PathBuf> {
        let all = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|ext| ext == "sock")).collect()
    };
    let mut all = sockets(&run);
    all.extend(sockets(&run.join("holders")));
    assert_eq!(all.len(), 3, "server, fork server, holder: {all:?}");
    assert_eq!(mode(&run), 0o700);
    for socket in &all {
        assert_eq!((as_nobody(socket), mode(socket)), (Tried::Refused(libc::EACCES), 0o600), "{}", socket.display());
    }
    // Someone has opened every door: the kernel still says who comes.
    for dir in [home.path(), &run, &run.join("holders")] {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for socket in &all {
        fs::set_permissions(socket, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(as_nobody(socket), Tried::Closed, "{}", socket.display());
    }
    assert_eq!(home.listed().len(), 1);
}

#[test]
fn everything_in_a_home_is_its_owners_alone() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", "echo up; exec sleep 10000"));
    home.wait_output(&agent, "up");
    let mut dirs = vec!["run", "db", "logs"].into_iter().map(|d| home.join(d)).collect::<Vec<_>>();
    let (mut seen, mut open) = (0, Vec::new());
    while let Some(dir) = dirs.pop() {
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700, "{}", dir.display());
        for entry in fs::read_dir(&dir).unwrap().map(|e| e.unwrap()) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                dirs.push(entry.path());
            } else if !kind.is_symlink() {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                // The program itself is no secret: a link of it, with its own mode.
                if mode & 0o177 != 0 && !entry.path().starts_with(home.join("run/bin")) {
                    open.push(format!("{mode:o} {}", entry.path().display()));
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 8 && open.is_empty(), "{seen} files, others may read:\n{}", open.join("\n"));
    // No secret on a command line or in an environment of ours.
    let token = home.token();
    for pid in home.leftovers() {
        let read = |file: &str| {
            String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default()).into_owned()
        };
        assert!(!read("cmdline").contains(&token) && !read("environ").contains(&token), "{}", read("cmdline"));
    }
}

/// The verbs that an agent tries, and the exit code of each.
const TRIES: &[(&str, i32)] = &[
    ("sessions --json", 0),
    ("terminals --json", 0),
    ("output OWN", 0),
    ("status OWN", 0),
    ("status OTHER", 5),
    ("output OTHER", 5),
    ("send OWN -m typed-by-agent", 5),
    ("send OTHER -m typed-by-agent", 5),
    ("keys OWN Enter", 5),
    ("rename OWN mine", 5),
    ("restart OTHER", 5),
    ("resume OTHER", 5),
    ("close OTHER", 5),
    ("kill two", 5),
    ("kill one", 5),
    ("launch --headless --session-name three -- /bin/true", 5),
    ("worker one --headless -- /bin/true", 5),
    ("shutdown", 5),
    ("shutdown --all", 5),
    ("shutdown --restart", 5),
    ("wait OTHER --status ready --timeout 1", 5),
    ("search up --terminal OTHER", 5),
    ("search up --session two", 5),
];

/// A script that makes every try and leaves what was said in `folder`.
fn script(home: &Home, folder: &str, other: &str, address: &str) -> String {
    let mut lines = format!("mkdir -p {}/{folder}; cd {}/{folder}\n", home.path().display(), home.path().display());
    for (at, (words, _)) in TRIES.iter().enumerate() {
        let words = words.replace("OWN", "$ID").replace("OTHER", other);
        lines.push_str(&format!("{} {address} {words} >{at}.out 2>{at}.err; echo $? >{at}.code\n", binary()));
    }
    lines + "echo >done\n"
}

/// What every try of a folder came to.
#[track_caller]
fn check(home: &Home, folder: &str) {
    wait_until(&format!("{folder} to have tried everything"), || home.join(folder).join("done").exists().then_some(()));
    let mut wrong = String::new();
    for (at, (words, code)) in TRIES.iter().enumerate() {
        let said = |what: &str| home.read(&format!("{folder}/{at}.{what}"));
        if said("code").trim() != code.to_string() || (*code == 5) != said("err").starts_with("Error: ") {
            wrong.push_str(&format!("{folder}: `{words}` gave {}{}{}", said("code"), said("out"), said("err")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let sessions: Value = serde_json::from_str(&home.read(&format!("{folder}/0.out"))).unwrap();
    let terminals: Value = serde_json::from_str(&home.read(&format!("{folder}/1.out"))).unwrap();
    let names = |all: &Value, key: &str| -> Vec<String> {
        all.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (names(&sessions, "name"), names(&terminals, "session")),
        (vec!["conductor-one".into()], vec!["conductor-one".into()]),
        "{folder}"
    );
}

#[test]
fn an_agents_processes_stay_an_agents() {
    let home = Home::new();
    let other = id(&home.launch_script("two", "echo up; exec cat"));
    home.wait_output(&other, "up");
    let server = home.health()["pid"].clone();
    let by_home = format!("--home {}", home.path().display());
    let by_socket = format!("--host {}", home.socket_address());
    // One script for each disguise, all started by the one agent, which then goes on.
    let disguises = [
        ("plain", "sh", "", &by_home),
        ("socket", "sh", "", &by_socket),
        ("unset", "env -u CONDUCTOR_TERMINAL_ID -u CONDUCTOR_SESSION -u CONDUCTOR_SOCKET sh", "", &by_home),
        ("empty", "env -i sh", "", &by_home),
        ("lying", "env CONDUCTOR_TERMINAL_ID=ffffffff CONDUCTOR_SESSION=conductor-two sh", "", &by_home),
        ("setsid", "setsid sh", "", &by_home),
        ("forked", "setsid sh", "&", &by_home),
    ];
    let mut lines = String::from("ID=$CONDUCTOR_TERMINAL_ID; export ID\n");
    for (folder, shell, end, address) in disguises {
        let file = home.write(&format!("{folder}.sh"), &script(&home, folder, &other, address));
        let run = format!("{shell} {} </dev/null", file.display()).replace("-i sh", "-i ID=$ID sh");
        // Twice forked, its parents gone: only the holder is left above it.
        let run = if end.is_empty() { run } else { format!("(( {run} & ) & )") };
        lines.push_str(&format!("{run}\n"));
    }
    // By the variable that every agent has, with nothing else said.
    let file = home.write("given.sh", &script(&home, "given", &other, ""));
    lines.push_str(&format!("sh {}\necho all tried; exec sleep 10000", file.display()));
    let agent = id(&home.launch_script("one", &lines));
    for folder in disguises.iter().map(|d| d.0).chain(["given"]) {
        check(&home, folder);
    }
    home.wait_output(&agent, "all tried");
    assert_eq!(home.health()["pid"], server);
    let mut windows: Vec<String> = home.listed().iter().map(|t| format!("{} {}", t["session"], t["window"])).collect();
    windows.sort();
    assert_eq!(windows, ["\"conductor-one\" \"supervisor-shell\"", "\"conductor-two\" \"supervisor-shell\""]);
    assert_eq!(home.verb(&format!("output {other}")).run().ok().stdout, "up\n", "nothing was typed");
}

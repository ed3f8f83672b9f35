//! Containers: the daemon behind them is root, so whoever may name mounts is. Called by `containers.rs`.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::programs::options::{Split, Style, doubt, elsewhere, quoted, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

/// In front of the verb.
const FIRST: Style = Style {
    letters: "HclfpP",
    long: "host context config log-level file project-name profile env-file project-directory root url connection \
        namespace address tlscacert tlscert tlskey",
    has_one_dash: false,
    ends_at_operand: true,
};

/// Behind `run`, `create`, `exec`.
const RUN: Style = Style {
    letters: "vewupmhlaceT",
    long: "volume mount env env-file workdir user publish memory hostname label attach cpus name network net pid ipc \
        uts userns cap-add cap-drop device security-opt entrypoint platform restart add-host tmpfs ulimit gpus \
        shm-size volumes-from label-file cidfile log-driver log-opt dns expose ip link pull runtime stop-signal \
        cgroup-parent cgroupns blkio-weight cpu-shares cpuset-cpus mac-address network-alias pids-limit health-cmd \
        annotation domainname detach-keys",
    has_one_dash: false,
    ends_at_operand: true,
};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let front = split(call.args, FIRST);
    let mut words: Vec<&Arg> = front.operands.clone();
    // Groups of verbs.
    let is_group = |text: &str| {
        matches!(
            text,
            "container"
                | "image"
                | "volume"
                | "network"
                | "system"
                | "compose"
                | "builder"
                | "buildx"
                | "context"
                | "pod"
                | "images"
                | "c"
                | "i"
        )
    };
    let group = words.first().map_or("", |arg| &*arg.text).to_owned();
    let is_grouped = is_group(&group) && (words.len() > 1);
    if is_grouped {
        words.remove(0);
        // `compose -f x up`: once more.
        while words.first().is_some_and(|arg| arg.text.starts_with('-')) {
            let option = words.remove(0);
            let takes = ["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"];
            if takes.contains(&&*option.text) && !words.is_empty() {
                words.remove(0);
            }
        }
    }
    let Some(verb) = words.first().map(|arg| arg.text.clone()) else {
        walk.part(Class::Network, Risk::Medium, "asks the daemon of containers");
        return Flow::default();
    };
    let rest: Vec<Arg> = words[1..].iter().map(|arg| (*arg).clone()).collect();
    for arg in &rest {
        walk.show(arg);
    }
    match &*verb {
        "run" | "create" | "exec" | "start" | "up" | "restart" | "attach" | "unshare" => runs(walk, call, &verb, &rest),
        "ps" | "ls" | "list" | "images" | "logs" | "inspect" | "version" | "info" | "stats" | "top" | "port"
        | "diff" | "history" | "search" | "events" | "config" | "df" | "show" | "tag" | "--version" | "-v" | "wait" => {
            walk.part(Class::Network, Risk::Medium, "asks the daemon of containers");
        }
        "build" | "bake" | "bud" | "buildx" => {
            walk.part(Class::Build, Risk::High, "builds an image from the project's file")
        }
        "rm" | "rmi" | "kill" | "stop" | "prune" | "down" | "remove" | "pause" | "reset" | "purge" => {
            walk.part(
                Class::Destructive,
                Risk::High,
                format!("`{verb}` ends or deletes containers, images or volumes"),
            );
        }
        "login" | "logout" => walk.part(Class::Network, Risk::High, "manages a login at a registry"),
        "push" | "copy" | "sync" => {
            sends(walk, call);
            walk.part(Class::Network, Risk::High, "sends to a registry");
        }
        "pull" | "load" | "import" => walk.part(Class::Network, Risk::Medium, "gets an image"),
        "cp" => {
            for arg in rest.iter().filter(|arg| !arg.text.starts_with('-') && !arg.text.contains(':')) {
                let is_last = rest.last() == Some(arg);
                walk.touch(arg, if is_last { Access::Write } else { Access::Read });
            }
            walk.part(Class::Write, Risk::High, "copies files from or to a container");
        }
        "save" | "export" => {
            for file in
                split(&rest, Style { letters: "o", long: "output", ..Style::default() }).values(&["-o", "--output"])
            {
                walk.touch(&file, Access::Write);
            }
            walk.part(Class::Write, Risk::High, "writes an image");
        }
        _ => walk.part(
            Class::Network,
            Risk::High,
            format!("`{} {verb}`, of which it is not known what it does", call.name),
        ),
    }
    Flow::of(Taint::NONE)
}

fn runs(walk: &mut Walk, call: &Call, verb: &str, rest: &[Arg]) {
    let words = split(rest, RUN);
    for arg in rest {
        walk.look(arg);
    }
    let mounts = sources(&words);
    let is_privileged = words.is_on(&["--privileged"])
        || words
            .values(&["--cap-add"])
            .iter()
            .any(|cap| matches!(&*cap.text.to_ascii_uppercase(), "ALL" | "SYS_ADMIN" | "CAP_SYS_ADMIN"));
    let has_host_pid = words.values(&["--pid"]).iter().any(|value| value.text == "host");
    let is_whole = |path: &String| path == "/";
    let is_system = |path: &String| {
        let is_home = std::path::Path::new(path) == walk.place.home || path == "/home";
        is_home
            || ["/etc", "/root", "/boot", "/usr", "/bin", "/lib", "/var", "/dev", "/proc", "/sys", "/opt"]
                .contains(&&**path)
    };
    let has_disk = words.values(&["--device"]).iter().any(|device| {
        let path = device.text.split(':').next().unwrap_or_default().to_owned();
        places::judge(&path, Access::Write, false, walk.place, walk.facts).risk == Risk::Critical
    });
    if mounts.iter().any(is_whole) {
        walk.part(Class::Privilege, Risk::Critical, "gives a container the whole machine: it is root here then");
    } else if is_privileged && (has_host_pid || has_disk || mounts.iter().any(is_system)) {
        walk.part(Class::Privilege, Risk::Critical, "gives a container with all rights a part of the machine's system");
    }
    let is_outside = |path: &String| {
        let judged = places::judge(path, Access::Write, false, walk.place, walk.facts);
        path.starts_with('/') && judged.risk > Risk::Medium
    };
    let is_far = mounts.iter().any(is_outside);
    if is_far {
        walk.part(Class::Privilege, Risk::High, "gives a container files outside the workspace");
    }
    // What runs inside harms only the inside, unless it has more.
    let command: Vec<&Arg> = words.operands.iter().skip(1).copied().collect();
    if is_far && !command.is_empty() {
        elsewhere(walk, &quoted(&command), call.span, call.stdin.clone());
    }
    let odd = is_privileged
        || has_host_pid
        || words.has(&["--net", "--network", "--device", "--security-opt", "--cap-add", "--userns", "--ipc", "--uts"]);
    let what = if odd {
        "runs foreign code with more than a container's rights"
    } else {
        "runs foreign code, by a daemon that is root"
    };
    walk.part(Class::Network, Risk::High, format!("`{verb}` {what}"));
}

/// Folders of this machine that are mounted.
fn sources(words: &Split) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |text: &str| {
        if text.starts_with('/') {
            found.push(places::joined("/", text));
        }
    };
    for volume in words.values(&["-v", "--volume"]) {
        add(volume.text.split(':').next().unwrap_or_default());
    }
    for mount in words.values(&["--mount"]) {
        for field in mount.text.split(',') {
            if let Some((name, value)) = field.split_once('=')
                && matches!(name, "source" | "src")
            {
                add(value);
            }
        }
    }
    found
}

/// Machines and containers of other kinds.
pub fn judge_other(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let is_host = call.has_any(&["source=/", "security.privileged=true", "--bind=/", "--bind=/:/host"]);
    if call.has("source=/") || call.args.iter().any(|arg| arg.text == "--bind=/" || arg.text.starts_with("--bind=/:")) {
        walk.part(Class::Privilege, Risk::Critical, "gives a container the whole machine: it is root here then");
    } else if is_host {
        walk.part(Class::Privilege, Risk::High, "makes a container with all rights");
    }
    walk.part(Class::Network, Risk::High, format!("`{}` manages containers", call.name));
    Flow::of(Taint::NONE)
}

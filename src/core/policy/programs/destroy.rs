//! Programs that delete, overwrite, change who may do what, end processes or the machine. All of them are asked for; what
//! cannot be taken back is denied.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    let name = if name.starts_with("mkfs.") { "mkfs" } else { name };
    Some(match name {
        "rm" | "unlink" | "rmdir" | "shred" | "srm" | "wipe" | "trash" | "trash-put" => remove,
        "cp" | "mv" | "install" | "ln" | "link" => copy,
        "touch" | "mkdir" | "mktemp" | "mkfifo" | "mknod" | "tee" | "truncate" | "fallocate" | "split" | "csplit"
        | "patch" | "sponge" | "ed" | "dos2unix" | "unix2dos" | "rename" | "gzip" | "gunzip" | "bzip2" | "bunzip2"
        | "xz" | "unxz" | "zstd" | "unzstd" | "lz4" | "compress" | "uncompress" | "pigz" | "zcat" | "gzcat"
        | "bzcat" | "xzcat" | "zstdcat" | "lz4cat" => write,
        "tar" | "bsdtar" | "zip" | "unzip" | "7z" | "7za" | "cpio" | "ar" | "unrar" | "pax" => archive,
        "dd" => dd,
        "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" | "setcap" | "chcon" => rights,
        "mkfs" | "mke2fs" | "fdisk" | "sfdisk" | "cfdisk" | "gdisk" | "sgdisk" | "parted" | "wipefs" | "blkdiscard"
        | "mkswap" | "badblocks" | "hdparm" | "nvme" | "cryptsetup" | "pvremove" | "vgremove" | "lvremove"
        | "pvcreate" | "zpool" | "zfs" | "mdadm" | "dmsetup" | "diskutil" | "newfs" | "mkdosfs" | "mkntfs"
        | "sgdisk-" => disks,
        "shutdown" | "reboot" | "halt" | "poweroff" | "init" | "telinit" | "kexec" => machine,
        "kill" | "pkill" | "killall" | "killall5" | "skill" | "xkill" | "fuser" => kill,
        "systemctl" | "service" | "launchctl" | "rc-service" | "initctl" | "loginctl" => services,
        "crontab" => crontab,
        "useradd" | "adduser" | "usermod" | "userdel" | "deluser" | "groupadd" | "groupmod" | "gpasswd" | "passwd"
        | "chpasswd" | "chsh" | "chfn" | "visudo" | "vipw" | "vigr" | "pwconv" => accounts,
        "mount"
        | "umount"
        | "losetup"
        | "swapon"
        | "swapoff"
        | "sysctl"
        | "modprobe"
        | "insmod"
        | "rmmod"
        | "iptables"
        | "ip6tables"
        | "nft"
        | "ufw"
        | "ip"
        | "ifconfig"
        | "route"
        | "setenforce"
        | "update-rc.d"
        | "ldconfig"
        | "hostnamectl"
        | "timedatectl"
        | "localectl"
        | "apt"
        | "apt-get"
        | "dpkg"
        | "yum"
        | "dnf"
        | "rpm"
        | "pacman"
        | "apk"
        | "zypper"
        | "snap"
        | "flatpak"
        | "brew"
        | "update-alternatives"
        | "sysrq"
        | "eject"
        | "iw"
        | "nmcli"
        | "firewall-cmd"
        | "auditctl"
        | "dmesg"
        | "journalctl" => system,
        _ => return None,
    })
}

/// Below which folder a pattern deletes everything: `/home/u/*`, `/home/u/.*`.
fn root_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", "*" | ".*" | "**" | "..?*" | ".[!.]*" | "?*")) => "/",
        Some((folder, "*" | ".*" | "**" | "..?*" | ".[!.]*" | "?*")) => folder,
        _ => path,
    }
}

/// Everything below a path is lost.
pub fn erase(walk: &mut Walk, arg: &Arg) {
    let Some(path) = walk.path(&arg.text) else { return };
    let root = root_of(&path);
    // What is not known may be nothing: `$X/*`.
    let is_nothing =
        (arg.is_unknown || arg.is_many) && arg.known == 0 && !arg.text.is_empty() && !arg.text.contains('\u{fffd}');
    let is_guarded = arg.text.contains('\u{fffd}');
    if is_guarded {
        return;
    }
    let relative = if is_nothing { places::joined("/", &arg.text) } else { root.to_owned() };
    let at = root_of(&relative);
    let is_only_text = arg.text.chars().all(|c| c != '/') && is_nothing;
    if !is_only_text && (places::is_precious(at, walk.place) || (is_nothing && at == "/")) {
        let what = if is_nothing {
            format!("deletes everything below `{at}` if what comes before it is empty")
        } else {
            format!("deletes everything below `{at}`, which cannot be taken back")
        };
        walk.part_at(Class::Destructive, Risk::Critical, what, arg.span);
        return;
    }
    // What it really is.
    let real = walk.facts.real(std::path::Path::new(root)).map(|real| real.display().to_string());
    if real.as_deref().is_some_and(|real| real != root && places::is_precious(real, walk.place)) && root != path {
        walk.part_at(
            Class::Destructive,
            Risk::Critical,
            format!("deletes everything below `{root}`, a link"),
            arg.span,
        );
    }
}

fn remove(walk: &mut Walk, call: &Call) -> Flow {
    let is_recursive = call.has_letter('r')
        || call.has_letter('R')
        || call.has("--recursive")
        || call.args.iter().any(|a| a.text.starts_with("--rec"));
    let mut is_over = false;
    if call.has("--no-preserve-root") {
        walk.part(Class::Destructive, Risk::Critical, "deletes `/` without the guard against it");
    }
    let mut count = 0;
    for arg in call.args {
        if !is_over && arg.text == "--" {
            is_over = true;
            continue;
        }
        if !is_over && arg.text.starts_with('-') {
            continue;
        }
        count += 1;
        if arg.taint.everything {
            walk.part_at(Class::Destructive, Risk::Critical, "deletes everything that was found there", arg.span);
        }
        if is_recursive && call.name != "rmdir" {
            erase(walk, arg);
        }
        walk.touch(arg, Access::Delete);
    }
    if count == 0 || call.args.iter().any(|arg| arg.is_many) {
        walk.part(Class::Destructive, Risk::High, "deletes what is not known before");
    }
    Flow::of(Taint::NONE)
}

fn copy(walk: &mut Walk, call: &Call) -> Flow {
    let plain: Vec<&Arg> = call.plain().collect();
    let target_option = call.args.iter().enumerate().find_map(|(index, arg)| match &*arg.text {
        "-t" | "--target-directory" => call.args.get(index + 1).cloned(),
        text => text.strip_prefix("--target-directory=").map(|path| Arg::literal(path, arg.span)),
    });
    let (sources, target) = match (&target_option, plain.split_last()) {
        (Some(target), _) => (plain.clone(), Some(target.clone())),
        (None, Some((last, rest))) => (rest.to_vec(), Some((*last).clone())),
        (None, None) => (Vec::new(), None),
    };
    if call.name == "install"
        && call.args.iter().any(|arg| sets_id(arg.text.trim_start_matches("-m").trim_start_matches("--mode=")))
    {
        walk.part(Class::Privilege, Risk::Critical, "makes a program that gives its owner's rights to whoever runs it");
    }
    if let Some(target) = target.as_ref().and_then(|target| walk.path(&target.text)) {
        for source in &sources {
            let taint = walk.taint_of_file(source);
            walk.wrote(target.clone(), &Flow::of(taint));
            let name = source.text.rsplit('/').next().unwrap_or_default();
            walk.wrote(format!("{target}/{name}"), &Flow::of(taint));
        }
    }
    for source in &sources {
        if call.name == "mv" {
            erase(walk, source);
            walk.touch(source, Access::Delete);
        } else {
            walk.touch(source, Access::Read);
        }
    }
    if let Some(target) = &target {
        walk.touch(target, Access::Write);
        // Into a folder, under its own name.
        for source in &sources {
            let name = source.text.rsplit('/').next().unwrap_or_default();
            if !name.is_empty() && !target.is_unknown {
                let inner = Arg { text: format!("{}/{name}", target.text.trim_end_matches('/')), ..target.clone() };
                walk.only_critical(|walk| {
                    walk.touch(&inner, Access::Write);
                });
            }
        }
    }
    let leads_out = call.name == "ln"
        && sources.iter().any(|source| {
            walk.path(&source.text).is_none_or(|path| !std::path::Path::new(&path).starts_with(&walk.place.workspace))
        });
    if leads_out {
        walk.part(Class::Write, Risk::High, "makes a link that leads out of the workspace");
    }
    walk.part(Class::Write, Risk::Medium, format!("`{}` changes files", call.name));
    Flow::of(Taint::NONE)
}

fn write(walk: &mut Walk, call: &Call) -> Flow {
    // They only list or test with these alone: for most of them a later `-d` wins, and for lz4 `-l` is another thing.
    let looks = |arg: &Arg| {
        arg.exact().is_some_and(|text| {
            !text.starts_with('-') || matches!(text, "-l" | "-t" | "--list" | "--test" | "-q" | "-v")
        })
    };
    let is_look = matches!(call.name, "gzip" | "xz" | "zstd")
        && call.args.first().is_some_and(|first| matches!(&*first.text, "-l" | "-t" | "--list" | "--test"))
        && call.args.iter().all(looks);
    if is_look {
        for arg in call.plain() {
            walk.touch(arg, Access::Read);
        }
        return Flow::of(Taint::NONE);
    }
    let is_cat = call.name.ends_with("cat");
    let is_stdout = is_cat
        || matches!(
            call.name,
            "gzip" | "gunzip" | "bzip2" | "bunzip2" | "xz" | "unxz" | "zstd" | "unzstd" | "lz4" | "pigz"
        ) && (call.has_letter('c') || call.has("--stdout") || call.plain().next().is_none());
    // A second operand of lz4 is where it writes.
    let is_stdout = is_stdout && !(call.name.starts_with("lz4") && call.plain().count() > 1);
    if is_stdout {
        let known = |arg: &Arg| {
            arg.exact().is_some_and(|text| {
                matches!(text, "-c" | "-d" | "-dc" | "-cd" | "--stdout" | "--decompress" | "-k" | "-q" | "-")
                    || !text.starts_with('-')
                    || (text.len() == 2 && text.as_bytes()[1].is_ascii_digit())
            })
        };
        for arg in call.plain() {
            walk.touch(arg, Access::Read);
        }
        if !call.args.iter().all(known) {
            walk.part(Class::Obfuscated, Risk::High, format!("an option of `{}` is not known", call.name));
        }
        let decodes = is_cat
            || call.name.starts_with("un")
            || call.name.contains("gun")
            || call.name.contains("bun")
            || call.has_letter('d');
        return Flow::of(Taint { decoded: decodes, ..call.stdin.taint() });
    }
    // What is thrown away changes nothing.
    if call.name == "tee" && call.args.iter().all(|arg| matches!(arg.exact(), Some("/dev/null" | "-a"))) {
        return Flow::of(call.stdin.taint());
    }
    for arg in call.plain() {
        walk.touch(arg, Access::Write);
    }
    let text = match &call.stdin {
        crate::core::policy::arg::Stdin::Text(text) if call.name == "tee" => Some(text.clone()),
        _ => None,
    };
    let flow = Flow { taint: call.stdin.taint(), text };
    if matches!(call.name, "tee" | "sponge") {
        for path in walk.paths_written() {
            walk.wrote(path, &flow);
        }
    }
    let (class, what) =
        if call.name == "truncate" { (Class::Destructive, "cuts files off") } else { (Class::Write, "changes files") };
    walk.part(class, Risk::Medium, what);
    flow
}

fn archive(walk: &mut Walk, call: &Call) -> Flow {
    const RUNS: [&str; 12] = [
        "--checkpoint-action",
        "--to-command",
        "--use-compress-program",
        "--info-script",
        "--new-volume-script",
        "--rsh-command",
        "-I",
        "-F",
        "--rmt-command",
        "-TT",
        "--unzip-command",
        "-T",
    ];
    let runs = call.args.iter().any(|arg| {
        RUNS.iter().any(|option| arg.text == *option || (option.starts_with("--") && arg.text.starts_with(option)))
    });
    if runs {
        walk.part(Class::Obfuscated, Risk::High, format!("`{}` may run another program", call.name));
    }
    for arg in call.plain() {
        walk.look(arg);
    }
    for (index, arg) in call.args.iter().enumerate() {
        let is_target = index > 0 && matches!(&*call.args[index - 1].text, "-C" | "--directory" | "-d");
        if is_target {
            walk.touch(arg, Access::Write);
        }
    }
    // Where the archive is, in `tar xzf FILE` and `tar -czf FILE`.
    let first = call.args.first().map(|arg| arg.text.trim_start_matches('-').to_owned()).unwrap_or_default();
    let is_list = call.name.contains("tar") && first.starts_with('t') || call.name == "unzip" && call.has("-l");
    if is_list && !runs && call.args.iter().all(|arg| arg.exact().is_some()) {
        let known = call
            .args
            .iter()
            .filter(|arg| arg.text.starts_with('-'))
            .all(|arg| arg.text[1..].chars().all(|c| "tzjJvfl".contains(c)));
        if known {
            // `host:file` is an archive of another machine.
            if call.args.iter().any(|arg| arg.text.contains(':')) {
                walk.part(Class::Network, Risk::High, "reads an archive of another machine");
                walk.has_sender.get_or_insert(call.span);
            }
            for arg in call.plain().skip(usize::from(!call.args[0].text.starts_with('-') && call.name.contains("tar")))
            {
                walk.touch(arg, Access::Read);
            }
            return Flow::of(Taint::NONE);
        }
    }
    walk.part(Class::Write, Risk::Medium, format!("`{}` packs or unpacks files", call.name));
    Flow::of(call.stdin.taint())
}

fn dd(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        if let Some(path) = arg.text.strip_prefix("of=") {
            // The shell expands a tilde behind the sign as well.
            let home = walk.place.home.display().to_string();
            let text = path.strip_prefix("~/").map_or_else(|| path.to_owned(), |rest| format!("{home}/{rest}"));
            walk.touch(&Arg { text, ..arg.clone() }, Access::Write);
        } else if let Some(path) = arg.text.strip_prefix("if=") {
            walk.touch(&Arg { text: path.into(), ..arg.clone() }, Access::Read);
        }
    }
    walk.part(Class::Write, Risk::High, "copies bytes over a file or a device");
    Flow::of(call.stdin.taint())
}

/// A mode that lets whoever runs a file do so as its owner.
fn sets_id(mode: &str) -> bool {
    let is_octal = mode.len() >= 4 && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if is_octal {
        let digits = mode.as_bytes();
        let special = digits[digits.len() - 4] - b'0';
        return special & 6 != 0;
    }
    mode.split(',')
        .any(|part| part.contains(['+', '=']) && part.rsplit(['+', '=']).next().is_some_and(|bits| bits.contains('s')))
}

fn rights(walk: &mut Walk, call: &Call) -> Flow {
    let is_recursive = call.has_letter('R') || call.has("--recursive");
    let mut plain = call.plain();
    if call.name == "chmod" {
        let mode = plain.next();
        if mode.is_some_and(|mode| sets_id(&mode.text)) {
            walk.part(
                Class::Privilege,
                Risk::Critical,
                "makes a program that gives its owner's rights to whoever runs it",
            );
        }
    } else if matches!(call.name, "chown" | "chgrp") {
        plain.next();
    } else if call.name == "setcap" {
        let what = plain.next().map(|arg| arg.text.to_ascii_lowercase()).unwrap_or_default();
        if what.contains("setuid")
            || what.contains("all")
            || what.contains("sys_admin")
            || what.contains("=ep")
            || what.contains("dac_")
        {
            walk.part(Class::Privilege, Risk::Critical, "makes a program that has root's rights");
        }
    }
    let targets: Vec<Arg> = plain.cloned().collect();
    for arg in &targets {
        if let Some(path) = walk.path(&arg.text)
            && is_recursive
            && places::is_precious(root_of(&path), walk.place)
        {
            walk.part_at(
                Class::Privilege,
                Risk::Critical,
                format!("changes who may use everything below `{path}`"),
                arg.span,
            );
        }
        walk.touch(arg, Access::Write);
    }
    walk.part(Class::Write, Risk::Medium, "changes who may use files");
    Flow::of(Taint::NONE)
}

fn disks(walk: &mut Walk, call: &Call) -> Flow {
    let is_look = match call.name {
        "fdisk" | "sfdisk" | "parted" | "gdisk" | "sgdisk" => {
            call.has_any(&["-l", "--list", "print", "-p", "--dump", "-d"])
        }
        "zpool" | "zfs" => call.has_any(&["list", "status", "get", "history"]),
        "cryptsetup" => call.has_any(&["status", "luksDump", "isLuks"]),
        "nvme" => call.has_any(&["list", "smart-log", "id-ctrl"]),
        "hdparm" => !call
            .args
            .iter()
            .any(|arg| arg.text.contains("security") || arg.text.contains("trim") || arg.text.contains("repair")),
        "mdadm" => call.has_any(&["--detail", "-D", "--examine", "-E"]),
        "dmsetup" => call.has_any(&["ls", "info", "status", "table"]),
        "diskutil" => call.has_any(&["list", "info"]),
        "wipefs" => !call.has_letter('a') && !call.has("--all") && !call.has_letter('o'),
        "badblocks" => !call.has_letter('w'),
        _ => false,
    };
    if is_look {
        walk.part(Class::Privilege, Risk::High, format!("`{}` looks at disks", call.name));
    } else {
        walk.part(Class::Destructive, Risk::Critical, format!("`{}` erases or changes whole disks", call.name));
    }
    Flow::of(Taint::NONE)
}

fn machine(walk: &mut Walk, call: &Call) -> Flow {
    let is_off = !matches!(call.name, "init" | "telinit") || call.has_any(&["0", "6", "1"]);
    if is_off && !call.has_any(&["-c", "--help", "--version"]) {
        walk.part(Class::Destructive, Risk::Critical, "stops the machine");
    } else {
        walk.part(Class::Privilege, Risk::High, "changes how the machine runs");
    }
    Flow::of(Taint::NONE)
}

fn kill(walk: &mut Walk, call: &Call) -> Flow {
    if matches!(call.args, [only] if matches!(&*only.text, "-l" | "-L" | "--list")) {
        return Flow::of(Taint::NONE);
    }
    let is_all = match call.name {
        "killall5" => true,
        "kill" => {
            // The first word with a dash is the signal; one behind it is everybody.
            let mut words = call.args.iter().map(|arg| &*arg.text);
            let mut rest: Vec<&str> = Vec::new();
            let mut has_signal = false;
            while let Some(word) = words.next() {
                match word {
                    "-s" | "-n" | "--signal" => {
                        words.next();
                        has_signal = true;
                    }
                    "--" => {
                        rest.extend(words.by_ref());
                    }
                    _ if word.starts_with('-') && !has_signal && rest.is_empty() && word != "-1" => has_signal = true,
                    _ if word == "-1" && !has_signal && call.args.len() > 1 && rest.is_empty() => has_signal = true,
                    _ => rest.push(word),
                }
            }
            rest.contains(&"-1")
        }
        "pkill" | "killall" | "skill" => {
            let by_user = call.args.iter().any(|arg| {
                matches!(&*arg.text, "-u" | "-U" | "--user" | "--euid" | "--uid") || arg.text.starts_with("-u")
            });
            let everything = call.plain().any(|arg| matches!(&*arg.text, "." | ".*" | "" | "^"));
            by_user || everything
        }
        _ => false,
    };
    if is_all {
        walk.part(Class::Destructive, Risk::Critical, "ends all programs of the user, the supervisor as well");
    }
    let names_us = call.args.iter().any(|arg| super::supervisor::is_our_name(&arg.text));
    if names_us {
        walk.part(Class::Privilege, Risk::Critical, "ends the supervisor");
    }
    for arg in call.args {
        if arg.exact().is_none() {
            walk.part(Class::Destructive, Risk::High, "ends programs that are not known before");
        }
        walk.look(arg);
    }
    walk.part(Class::Destructive, Risk::High, "ends programs");
    Flow::of(Taint::NONE)
}

fn services(walk: &mut Walk, call: &Call) -> Flow {
    let verb = call.plain().next().map(|arg| arg.text.clone()).unwrap_or_default();
    let is_off = matches!(
        verb.as_str(),
        "poweroff" | "reboot" | "halt" | "kexec" | "emergency" | "rescue" | "hibernate" | "suspend"
    );
    if is_off && matches!(call.name, "systemctl" | "loginctl") {
        walk.part(Class::Destructive, Risk::Critical, "stops the machine");
    }
    if matches!(
        verb.as_str(),
        "enable" | "link" | "edit" | "load" | "bootstrap" | "enable-linger" | "set-default" | "reenable"
    ) {
        walk.part(Class::Privilege, Risk::Critical, "plants something that runs by itself from now on");
    }
    if call.name == "loginctl" && matches!(verb.as_str(), "terminate-user" | "kill-user" | "terminate-session") {
        walk.part(Class::Destructive, Risk::Critical, "ends all programs of a user");
    }
    if call.args.iter().any(|arg| super::supervisor::is_our_name(&arg.text)) {
        walk.part(Class::Privilege, Risk::Critical, "changes the supervisor's service");
    }
    walk.part(Class::Privilege, Risk::High, "controls services of the machine");
    Flow::of(Taint::NONE)
}

fn crontab(walk: &mut Walk, call: &Call) -> Flow {
    let is_look = call.args.iter().any(|arg| arg.text == "-l")
        && !call.args.iter().any(|arg| matches!(&*arg.text, "-r" | "-e" | "-"));
    if is_look {
        walk.part(Class::Read, Risk::High, "shows what runs at which times");
    } else if call.has("-r") {
        walk.part(Class::Privilege, Risk::Critical, "removes everything that runs at a time");
    } else {
        walk.part(Class::Privilege, Risk::Critical, "plants a command that runs by itself at a time");
    }
    Flow::of(Taint::NONE)
}

fn accounts(walk: &mut Walk, call: &Call) -> Flow {
    let grants = ["sudo", "wheel", "root", "docker", "admin", "adm", "lxd", "disk", "shadow"];
    let is_grant = matches!(call.name, "usermod" | "gpasswd" | "adduser" | "useradd")
        && call.args.iter().any(|arg| arg.text.split(',').any(|group| grants.contains(&group)));
    let is_root = call.args.iter().any(|arg| matches!(&*arg.text, "-o" | "--non-unique")) && call.has("0");
    let is_open = call.name == "passwd" && call.has_any(&["-d", "--delete"]);
    if is_grant || is_root || is_open || matches!(call.name, "visudo" | "vipw" | "vigr" | "chpasswd") {
        walk.part(Class::Privilege, Risk::Critical, "gives an account root's rights");
    }
    walk.part(Class::Privilege, Risk::High, "changes accounts of the machine");
    Flow::of(Taint::NONE)
}

fn system(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.look(arg);
    }
    let writes_core = call.name == "sysctl"
        && call.args.iter().any(|arg| arg.text.contains("sysrq") || arg.text.contains("core_pattern"));
    if writes_core {
        walk.part(Class::Privilege, Risk::Critical, "changes what runs as root");
    }
    if call.name == "mount" && call.args.iter().any(|arg| arg.text.contains("bind")) {
        walk.part(Class::Privilege, Risk::High, "makes a folder appear elsewhere");
    }
    if matches!(
        call.name,
        "apt" | "apt-get" | "yum" | "dnf" | "pacman" | "apk" | "zypper" | "snap" | "flatpak" | "brew"
    ) {
        walk.has_sender.get_or_insert(call.span);
        walk.part(Class::Network, Risk::High, "installs or changes programs of the machine");
    }
    walk.part(Class::Privilege, Risk::High, format!("`{}` looks at or changes the machine", call.name));
    Flow::of(Taint::NONE)
}

//! Programs that ask web servers: where they go, what they send and write. Called by `network.rs`. A request that
//! answers for a person at the supervisor is never a person's.

use super::incoming;
use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, behind, doubt, near, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const CURL: Style = Style {
    letters: "AbcCdDeEFHKmoPQrtTuUwxXyYz",
    long: "user-agent cookie cookie-jar continue-at data data-ascii data-binary data-raw data-urlencode json \
        dump-header referer cert cert-type key key-type pass cacert capath form form-string header config max-time \
        connect-timeout output output-dir ftp-port quote range telnet-option upload-file user proxy-user write-out \
        proxy request speed-limit speed-time time-cond url url-query resolve connect-to retry retry-delay \
        retry-max-time limit-rate max-redirs max-filesize interface unix-socket abstract-unix-socket trace \
        trace-ascii libcurl stderr netrc-file etag-save etag-compare hsts alt-svc ciphers tls-max proxy-header \
        preproxy socks5 socks5-hostname socks4 noproxy oauth2-bearer aws-sigv4 dns-servers doh-url proto \
        proto-default request-target mail-from mail-rcpt pinnedpubkey engine keepalive-time local-port rate \
        parallel-max crlfile proxy-cert proxy-key variable expand-data",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge_curl(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    doubt(walk, call.args);
    let words = split(call.args, CURL);
    let mut has_body = false;
    let mut is_writing = words.has(&["-O", "--remote-name", "--remote-name-all"]);
    let mut method = String::new();
    let mut addresses: Vec<Arg> = words.operands.iter().map(|arg| (*arg).clone()).collect();
    for (name, value) in &words.options {
        let Some(value) = value else { continue };
        walk.show(value);
        match name.as_str() {
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" | "--variable" | "--expand-data" | "-F"
            | "--form" => {
                has_body = true;
                sent(walk, value, false);
            }
            "--data-urlencode" | "--url-query" => {
                has_body |= name == "--data-urlencode";
                sent(walk, value, true);
            }
            "--data-raw" | "--form-string" => has_body = true,
            "-T" | "--upload-file" => {
                has_body = true;
                walk.touch(value, Access::Read);
            }
            "-H" | "--header" | "--proxy-header" | "-w" | "--write-out" => sent(walk, value, false),
            "-b" | "--cookie" if !value.text.contains('=') => walk.touch(value, Access::Read),
            "-o" | "--output" => {
                is_writing |= value.text != "-";
                writes(walk, value);
            }
            "--output-dir" | "-c" | "--cookie-jar" | "-D" | "--dump-header" | "--trace" | "--trace-ascii"
            | "--libcurl" | "--stderr" | "--etag-save" | "--hsts" | "--alt-svc" => writes(walk, value),
            "-K" | "--config" => {
                near(walk, value);
                walk.part_at(Class::Obfuscated, Risk::High, "takes options from a file", value.span);
            }
            "-E" | "--cert" | "--key" | "--cacert" | "--capath" | "--netrc-file" | "--proxy-cert" | "--proxy-key"
            | "--engine" => {
                walk.part_at(Class::Network, Risk::High, "uses keys or passwords of a file", value.span);
            }
            "--unix-socket" | "--abstract-unix-socket" => {
                walk.look(value);
                walk.part_at(Class::Network, Risk::High, "talks to a program of this machine", value.span);
            }
            "-X" | "--request" => method = value.text.to_ascii_uppercase(),
            "--url" => addresses.push(value.clone()),
            _ => {}
        }
    }
    if words.has(&["-n", "--netrc", "--netrc-optional"]) {
        walk.part(Class::Network, Risk::High, "uses stored passwords");
    }
    let is_get = words.has(&["-G", "--get", "-I", "--head"]);
    let is_change =
        if method.is_empty() { has_body && !is_get } else { !matches!(&*method, "GET" | "HEAD" | "OPTIONS") };
    goes_to(walk, &addresses, is_change, has_body);
    if is_writing {
        if words.values(&["-o", "--output"]).is_empty() {
            writes_by_name(walk, &addresses);
        }
        walk.part(Class::Write, Risk::Medium, "writes what it gets to a file");
    }
    if is_writing && !words.values(&["-o", "--output"]).iter().any(|value| value.text == "-") {
        Flow::default()
    } else {
        incoming()
    }
}

/// Text that is sent; behind `@` or `<` stands a file, also behind a name and `=`, or behind a name alone.
fn sent(walk: &mut Walk, value: &Arg, has_names: bool) {
    walk.show(value);
    let text = &value.text;
    let starts = [
        text.starts_with(['@', '<']).then_some(1),
        text.find("=@").map(|at| at + 2),
        text.find("=<").map(|at| at + 2),
        text.find('@').filter(|_| has_names).map(|at| at + 1),
    ];
    for at in starts.into_iter().flatten() {
        let mut file = behind(value, at);
        if let Some(end) = file.text.find([';', ',']) {
            file.text.truncate(end);
            file.known = file.known.min(end);
        }
        if file.text == "-" || file.text.is_empty() && !file.is_unknown {
            continue;
        }
        walk.touch(&file, Access::Read);
    }
}

/// A file with the last part of the address as its name. A name that sounds like a secret's is none yet.
fn writes_by_name(walk: &mut Walk, addresses: &[Arg]) {
    for address in addresses {
        let rest = address.text.split_once("://").map_or(&*address.text, |(_, rest)| rest);
        let Some((_, path)) = rest.split(['?', '#']).next().and_then(|rest| rest.rsplit_once('/')) else { continue };
        let file = Arg { text: path.to_owned(), known: 0, ..address.clone() };
        if !path.is_empty() && !walk.reads_secret(&file) {
            walk.touch(&file, Access::Write);
        }
    }
}

fn writes(walk: &mut Walk, file: &Arg) {
    if file.text != "-" {
        walk.touch(file, Access::Write);
    }
}

/// Judges the addresses that are asked.
fn goes_to(walk: &mut Walk, addresses: &[Arg], is_change: bool, has_body: bool) {
    for address in addresses {
        walk.show(address);
        if let Some(at) = address.text.find("file://") {
            let mut file = behind(address, at + 7);
            if let Some(path) = file.text.strip_prefix("localhost") {
                file.text = path.to_owned();
            }
            walk.touch(&file, Access::Read);
            continue;
        }
        let is_dictated = is_change && is_supervisor(&address.text, address.is_unknown);
        if is_dictated {
            let what = "gives the supervisor an order or an answer that is a person's to give";
            walk.part_at(Class::Privilege, Risk::Critical, what, address.span);
        }
        let is_odd = ["dict:", "gopher:", "ldap:", "telnet:", "smtp:", "scp:", "sftp:"]
            .iter()
            .any(|kind| address.text.starts_with(kind));
        if is_odd {
            walk.part_at(Class::Network, Risk::High, "speaks another language than the web's", address.span);
        }
    }
    if is_change || has_body {
        walk.part(Class::Network, Risk::High, "sends data to a server");
    } else {
        walk.part(Class::Network, Risk::Medium, "asks a server");
    }
}

/// Whether an address may be the supervisor's control port.
pub fn is_supervisor(address: &str, is_unknown: bool) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (place, ""),
    };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let is_local = host.is_empty() || is_local(&host);
    let parts: Vec<&str> = path.split(['/', '?', '#']).filter(|part| !part.is_empty()).collect();
    let has_input =
        parts.contains(&"terminals") && parts.iter().any(|part| ["input", "key", "keys", "answer"].contains(part));
    let is_own = parts.contains(&"approvals") || has_input;
    (is_local && (port == "9889" || is_own)) || (is_unknown && parts.contains(&"approvals"))
}

fn is_local(host: &str) -> bool {
    let is_zero = host == "0" || host.starts_with("0.0.0.0") || host == "::" || host == "0x0";
    let is_number = host == "2130706433" || host == "0x7f000001" || host == "017700000001";
    let is_mapped = host.ends_with(":127.0.0.1") || host == "::1" || host.ends_with(":0:1") || host.ends_with("::1");
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "ip6-localhost"
        || host.starts_with("127.")
        || is_zero
        || is_number
        || is_mapped
}

const WGET: Style = Style {
    letters: "eoaitTwQOPDXIlRAUB",
    long: "execute output-file append-output input-file tries timeout wait quota output-document directory-prefix \
        domains level reject accept user-agent base post-data post-file body-data body-file method header user \
        password load-cookies save-cookies config use-askpass certificate private-key ca-certificate referer \
        warc-file input-metalink hsts-file limit-rate",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge_wget(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    doubt(walk, call.args);
    let words = split(call.args, WGET);
    let mut is_change = false;
    for (name, value) in &words.options {
        let Some(value) = value else { continue };
        walk.show(value);
        match name.as_str() {
            "--post-file" | "--body-file" => {
                is_change = true;
                walk.touch(value, Access::Read);
            }
            "--post-data" | "--body-data" => is_change = true,
            "--method" => is_change |= !matches!(&*value.text.to_ascii_uppercase(), "GET" | "HEAD"),
            "-i" | "--input-file" | "--load-cookies" | "--input-metalink" => walk.touch(value, Access::Read),
            "-O" | "--output-document" | "-o" | "--output-file" | "-a" | "--append-output" | "-P"
            | "--directory-prefix" | "--save-cookies" | "--warc-file" | "--hsts-file" => writes(walk, value),
            "-e" | "--execute" | "--config" | "--use-askpass" => {
                walk.part_at(Class::Obfuscated, Risk::High, "settings of its own, which may run programs", value.span);
            }
            "--private-key" | "--certificate" => walk.part_at(Class::Network, Risk::High, "uses a key", value.span),
            _ => {}
        }
    }
    let addresses: Vec<Arg> = words.operands.iter().map(|arg| (*arg).clone()).collect();
    goes_to(walk, &addresses, is_change, is_change);
    let is_shown =
        words.values(&["-O", "--output-document"]).iter().any(|value| value.text == "-" || value.text == "/dev/stdout");
    if is_shown {
        return incoming();
    }
    if words.values(&["-O", "--output-document"]).is_empty() {
        writes_by_name(walk, &addresses);
    }
    walk.part(Class::Write, Risk::Medium, "writes what it gets to a file");
    Flow::default()
}

pub fn judge_httpie(walk: &mut Walk, call: &Call) -> Flow {
    sends(walk, call);
    doubt(walk, call.args);
    let style = Style { letters: "oasAp", long: "output auth session style verify proxy", ..Style::default() };
    let words = split(call.args, style);
    const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let first = words.word(0).to_ascii_uppercase();
    let is_method = METHODS.contains(&&*first);
    let rest: Vec<Arg> = words.operands.iter().skip(usize::from(is_method)).map(|arg| (*arg).clone()).collect();
    let data = rest.get(1..).unwrap_or_default();
    let has_body = data.iter().any(|arg| arg.text.contains(['=', '@']) && !arg.text.contains("=="))
        || call.stdin.taint() != Taint::NONE;
    for arg in data {
        for at in arg.text.match_indices('@').map(|(at, _)| at + 1).collect::<Vec<_>>() {
            walk.touch(&behind(arg, at), Access::Read);
        }
    }
    for file in words.values(&["-o", "--output"]) {
        writes(walk, &file);
    }
    let is_change = if is_method { !matches!(&*first, "GET" | "HEAD" | "OPTIONS") } else { has_body };
    goes_to(walk, rest.get(..1).unwrap_or_default(), is_change, has_body);
    incoming()
}

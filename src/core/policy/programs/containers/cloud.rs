//! Clouds and their stores. Called by `containers.rs`. A store that is emptied or deleted without a question is gone
//! for everybody; a token that is shown is a secret.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Split, Style, doubt, is_answered, near_file, reveals, sends, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const AWS: Style = Style {
    letters: "",
    long: "region profile output query endpoint-url cli-read-timeout cli-connect-timeout ca-bundle color acl exclude \
        include storage-class bucket key table-name stack-name db-instance-identifier db-cluster-identifier \
        instance-ids function-name secret-id name names filters cli-input-json body repository-name volume-id \
        file-system-id cluster-identifier",
    has_one_dash: false,
    ends_at_operand: false,
};

fn network(risk: Risk, walk: &mut Walk, what: String) {
    walk.part(Class::Network, risk, what);
}

fn secret(walk: &mut Walk, call: &Call) -> Flow {
    reveals(walk, call, "shows a secret or a token of the cloud");
    Flow::of(Taint { secret: true, ..Taint::NONE })
}

fn lost(walk: &mut Walk, is_lost: bool, what: &str) {
    let (risk, how) = if is_lost { (Risk::Critical, ", without a question") } else { (Risk::High, "") };
    walk.part(Class::Destructive, risk, format!("{what}{how}"));
}

pub fn judge_aws(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
    }
    let words = split(call.args, AWS);
    let (service, verb) = (words.word(0).to_owned(), words.word(1).to_owned());
    let flow = Flow::of(Taint { network: true, ..Taint::NONE });
    let shows = match (&*service, &*verb) {
        ("configure", "get" | "export-credentials" | "list")
        | ("secretsmanager", "get-secret-value" | "batch-get-secret-value") => true,
        ("ssm", "get-parameter" | "get-parameters" | "get-parameters-by-path") => words.has(&["--with-decryption"]),
        ("sts", "get-session-token" | "assume-role" | "get-federation-token" | "assume-role-with-web-identity") => true,
        ("ecr" | "ecr-public", "get-login-password" | "get-login" | "get-authorization-token") => true,
        ("iam", "create-access-key" | "create-login-profile")
        | ("rds", "generate-db-auth-token")
        | ("eks", "get-token") => true,
        ("codeartifact", "get-authorization-token") | ("kms", "decrypt") | ("sso", "get-role-credentials") => true,
        _ => false,
    };
    if shows {
        return secret(walk, call);
    }
    if service == "s3" {
        s3(walk, call, &words, &verb);
        return flow;
    }
    if words.has(&["--dry-run"]) {
        network(Risk::High, walk, format!("asks what `{verb}` would do"));
        return flow;
    }
    if verb.starts_with("delete-") || verb.starts_with("terminate-") || verb.starts_with("schedule-key-deletion") {
        let is_lost = match &*verb {
            "delete-bucket"
            | "delete-table"
            | "delete-stack"
            | "delete-file-system"
            | "delete-volume"
            | "delete-hosted-zone"
            | "delete-backup-vault"
            | "delete-vault"
            | "delete-domain"
            | "delete-elasticsearch-domain"
            | "delete-database"
            | "schedule-key-deletion"
            | "delete-user-pool"
            | "delete-organization" => true,
            "delete-db-instance" | "delete-db-cluster" => words.is_on(&["--skip-final-snapshot"]),
            "delete-cluster" => {
                service == "eks" || words.is_on(&["--skip-final-cluster-snapshot", "--skip-final-snapshot"])
            }
            "delete-repository" => words.is_on(&["--force"]),
            "delete-secret" => words.is_on(&["--force-delete-without-recovery"]),
            _ => false,
        };
        lost(walk, is_lost, &format!("`{service} {verb}` deletes something of the cloud"));
        return flow;
    }
    let is_looking = ["describe-", "list-", "get-", "head-", "ls", "wait", "help", "lookup-", "search-", "filter-"];
    if is_looking.iter().any(|begin| verb.starts_with(begin)) || matches!(&*service, "--version" | "help" | "") {
        network(Risk::Medium, walk, "asks the cloud".into());
    } else {
        sends(walk, call);
        for arg in call.args {
            near_file(walk, arg);
            for kind in ["fileb://", "file://"] {
                if let Some(at) = arg.text.find(kind) {
                    walk.touch(&crate::core::policy::programs::options::behind(arg, at + kind.len()), Access::Read);
                }
            }
        }
        network(Risk::High, walk, format!("`{service} {verb}` changes something of the cloud"));
    }
    flow
}

fn s3(walk: &mut Walk, call: &Call, words: &Split, verb: &str) {
    let places: Vec<&Arg> = words.operands.iter().skip(2).copied().collect();
    let is_dry = words.has(&["--dryrun"]);
    match verb {
        "rb" => lost(walk, words.is_on(&["--force"]), "deletes a bucket"),
        "rm" => {
            let is_whole = places.iter().any(|place| is_bucket(&place.text));
            lost(walk, is_whole && words.is_on(&["--recursive"]) && !is_dry, "deletes objects of a bucket");
        }
        "cp" | "mv" | "sync" => {
            transfer(walk, call, &places);
            if words.has(&["--delete"]) || verb == "mv" {
                lost(walk, false, "deletes what is not in the source");
            }
        }
        "ls" => network(Risk::Medium, walk, "lists a store".into()),
        _ => network(Risk::High, walk, format!("`s3 {verb}` changes a store")),
    }
}

/// `s3://bucket`, `gs://bucket/`, `gs://bucket/**`: all of it.
fn is_bucket(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    path.trim_matches(['*', '/']).is_empty()
}

/// Copies between here and there: the last is where to.
fn transfer(walk: &mut Walk, call: &Call, places: &[&Arg]) {
    let is_there =
        |arg: &Arg| arg.text.contains("://") || arg.text.split('/').next().is_some_and(|part| part.contains(':'));
    let Some((to, from)) = places.split_last() else { return };
    if is_there(to) {
        sends(walk, call);
    } else {
        walk.touch(to, if to.text == "-" { Access::Read } else { Access::Write });
    }
    for from in from.iter().filter(|from| !is_there(from)) {
        walk.touch(from, Access::Read);
    }
    network(Risk::High, walk, "copies between this machine and a store".into());
}

const OTHER: Style = Style {
    letters: "ngstaor",
    long: "project account format filter zone region name resource-group subscription output query app org token \
        config access-token configuration impersonate-service-account location namespace",
    has_one_dash: false,
    ends_at_operand: false,
};

/// Words that delete, in all the ways in which clouds say it.
fn deletes(word: &str) -> bool {
    let last = word.rsplit([':', '-', '.']).next().unwrap_or_default();
    matches!(word, "delete" | "destroy" | "rm" | "remove" | "purge" | "terminate" | "delete-batch" | "disable-services")
        || matches!(last, "delete" | "destroy" | "remove" | "reset" | "disable")
}

pub fn judge_other(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
        near_file(walk, arg);
    }
    let words = split(call.args, OTHER);
    let all: Vec<&str> = words.operands.iter().map(|arg| &*arg.text).collect();
    let flow = Flow::of(Taint { network: true, ..Taint::NONE });
    let has = |word: &str| all.contains(&word);
    let shows = match call.name {
        "gcloud" => {
            all.iter().any(|word| word.starts_with("print-") && word.ends_with("-token"))
                || (has("secrets") && has("access"))
                || (has("keys") && has("create"))
        }
        "az" => {
            has("get-access-token")
                || (has("keyvault") && has("secret") && (has("show") || has("download")))
                || (has("keys") && has("list"))
                || has("get-credentials")
                || has("create-for-rbac")
                || has("show-connection-string")
                || has("list-keys")
        }
        "heroku" => all
            .first()
            .is_some_and(|word| matches!(*word, "config" | "config:get" | "auth:token" | "authorizations:create")),
        "fly" | "flyctl" => has("auth") && has("token") || has("tokens"),
        "doctl" => has("get-token") || has("connection"),
        "firebase" => all.first() == Some(&"login:ci"),
        "vercel" => has("env") && has("pull"),
        _ => has("token") || has("secrets") && has("get"),
    };
    if shows {
        return secret(walk, call);
    }
    // The first words are the verb; names of things come later.
    let is_deleting = all.iter().take(6).any(|word| deletes(word));
    if is_deleting {
        let sure: &[&str] = match call.name {
            "gcloud" => &["--quiet", "-q"],
            "az" => &["--yes", "-y"],
            "heroku" => &["--confirm", "-c"],
            "bq" => &["-f", "--force"],
            _ => &["--yes", "-y", "--force", "-f", "--all-collections", "--confirm", "--skip-confirmation"],
        };
        let is_sure = words.is_on(sure) || is_answered(walk, call) || call.has_any(sure);
        // These never ask.
        let is_store = all
            .iter()
            .any(|word| matches!(*word, "container" | "buckets" | "bucket" | "volume" | "database" | "databases"));
        let never_asks =
            matches!(call.name, "hcloud" | "linode-cli") || (call.name == "az" && has("storage") && is_store);
        let is_whole = call.name == "gcloud" && has("storage") && has("rm") && all.iter().any(|word| is_bucket(word));
        lost(
            walk,
            is_sure || (never_asks && is_store) || is_whole,
            &format!("`{}` deletes something of the cloud", call.name),
        );
        return flow;
    }
    let looks = |word: &&str| {
        matches!(
            *word,
            "list"
                | "ls"
                | "describe"
                | "show"
                | "get"
                | "info"
                | "status"
                | "logs"
                | "version"
                | "help"
                | "whoami"
                | "ps"
                | "apps"
                | "--version"
        ) || word.starts_with("list")
            || word.ends_with(":info")
    };
    if all.is_empty() || all.iter().take(4).any(looks) {
        network(Risk::Medium, walk, "asks the cloud".into());
    } else {
        sends(walk, call);
        for arg in call.args {
            near_file(walk, arg);
        }
        network(Risk::High, walk, format!("`{}` changes something of the cloud", call.name));
    }
    flow
}

pub fn judge_store(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
    }
    let words = split(call.args, Style { letters: "oh", long: "config repo", ..Style::default() });
    let verb = words.word(0).to_owned();
    let places: Vec<&Arg> = words.operands.iter().skip(1).copied().collect();
    let flow = Flow::of(Taint { network: true, ..Taint::NONE });
    let is_recursive = words.is_on(&["-r", "-R", "--recursive", "-a"]);
    let is_forced = words.is_on(&["--force", "-f"]);
    // `alias/bucket` of mc, `remote:bucket` of rclone.
    let is_whole = places.iter().any(|place| match call.name {
        "mc" => place.text.trim_matches('/').matches('/').count() <= 1,
        "rclone" => {
            place.text.split_once(':').is_some_and(|(_, path)| path.trim_matches('/').matches('/').count() == 0)
        }
        _ => is_bucket(&place.text),
    });
    match (call.name, &*verb) {
        ("rclone", "purge") => lost(walk, true, "deletes everything of a remote store"),
        ("rclone", "delete") => lost(walk, is_whole, "deletes everything of a remote store"),
        ("mc" | "s3cmd" | "s5cmd" | "gsutil", "rb") => lost(walk, is_forced || is_recursive, "deletes a bucket"),
        (
            "mc" | "s3cmd" | "s5cmd" | "gsutil" | "azcopy" | "b2",
            "rm" | "del" | "remove" | "delete-bucket" | "ls-rm",
        ) => {
            let is_sure = is_recursive || call.name == "s5cmd" || places.iter().any(|place| place.text.contains("**"));
            lost(walk, is_whole && is_sure, "deletes objects of a store");
        }
        (
            _,
            "ls" | "list" | "lsd" | "lsl" | "lsf" | "du" | "stat" | "info" | "version" | "size" | "tree" | "check"
            | "snapshots" | "cat",
        ) => {
            network(Risk::Medium, walk, "looks into a remote store".into());
        }
        (_, "cp" | "mv" | "sync" | "copy" | "move" | "rsync" | "put" | "get" | "mirror" | "copyto" | "moveto") => {
            transfer(walk, call, &places);
            if matches!(&*verb, "sync" | "rsync" | "mirror" | "mv" | "move") {
                lost(walk, false, "deletes what is not in the source");
            }
        }
        _ => {
            sends(walk, call);
            for arg in call.args {
                near_file(walk, arg);
            }
            network(Risk::High, walk, format!("`{} {verb}` changes a remote store", call.name));
        }
    }
    flow
}

//! Clusters: kubectl, helm and their kind. Called by `containers.rs`. Deleting everything of a kind, or a whole
//! namespace, asks nobody and brings nothing back.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, doubt, elsewhere, near, near_file, quoted, reveals, split};
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const KUBECTL: Style = Style {
    letters: "nfloLckpsv",
    long: "namespace filename selector output context cluster kubeconfig container user token server as field-selector \
        kustomize grace-period timeout request-timeout image overrides port type patch from-literal from-file tail \
        since template sort-by",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge_kubectl(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    let at = call.args.iter().position(|arg| arg.text == "--").unwrap_or(call.args.len());
    let words = split(&call.args[..at], KUBECTL);
    // `k3s kubectl …`
    let skipped = usize::from(call.name == "k3s" && words.word(0) == "kubectl");
    let verb = words.word(skipped).to_owned();
    let kinds: Vec<String> = words.operands.iter().skip(skipped + 1).map(|arg| arg.text.clone()).collect();
    let first = kinds.first().cloned().unwrap_or_default();
    for file in words.values(&["-f", "--filename", "--kubeconfig", "-k", "--kustomize"]) {
        near(walk, &file);
    }
    for arg in call.args {
        walk.show(arg);
    }
    let is_dry = words.values(&["--dry-run"]).iter().any(|value| value.text != "none");
    let is_of = |names: &[&str]| {
        kinds.iter().any(|kind| {
            let kind = kind.split(['/', ',']).next().unwrap_or_default();
            names.contains(&kind)
        })
    };
    match &*verb {
        "delete" if call.name != "kind" && call.name != "minikube" => {
            let is_everything = words.is_on(&["--all", "--all-namespaces", "-A"]);
            let kind = first.split('/').next().unwrap_or_default();
            let is_whole =
                matches!(kind, "ns" | "namespace" | "namespaces" | "node" | "nodes" | "crd" | "crds" | "project");
            let risk = if (is_everything || is_whole) && !is_dry { Risk::Critical } else { Risk::High };
            walk.part(
                Class::Destructive,
                risk,
                if risk == Risk::Critical { "deletes all of it, without a question" } else { "deletes" },
            );
        }
        "get" if is_of(&["secret", "secrets"]) && words.has(&["-o", "--output", "--template"]) => {
            reveals(walk, call, "shows secrets of the cluster");
            return Flow::of(Taint { secret: true, ..Taint::NONE });
        }
        "config" if words.has(&["--raw"]) => {
            reveals(walk, call, "shows the keys of the cluster");
            return Flow::of(Taint { secret: true, ..Taint::NONE });
        }
        "create" if first == "token" => {
            reveals(walk, call, "makes a token of the cluster");
            return Flow::of(Taint { secret: true, ..Taint::NONE });
        }
        "get" | "describe" | "logs" | "top" | "version" | "explain" | "api-resources" | "api-versions"
        | "cluster-info" | "diff" | "events" | "auth" | "status" | "" => {
            walk.part(Class::Network, Risk::Medium, "asks the cluster")
        }
        "exec" | "run" | "debug" => {
            let overrides = words.values(&["--overrides"]).iter().map(|value| value.text.clone()).collect::<String>();
            if overrides.contains("privileged") && (overrides.contains("hostPath") || overrides.contains("hostPID")) {
                walk.part(
                    Class::Privilege,
                    Risk::Critical,
                    "gives a container with all rights a machine of the cluster",
                );
            }
            let behind: Vec<&Arg> = call.args.iter().skip(at + 1).collect();
            if !behind.is_empty() && verb == "exec" {
                elsewhere(walk, &quoted(&behind), call.span, call.stdin.clone());
            }
            walk.part(Class::Network, Risk::High, "runs a command in the cluster");
        }
        _ => walk.part(Class::Network, Risk::High, format!("`{} {verb}` changes the cluster", call.name)),
    }
    Flow::of(Taint { network: true, ..Taint::NONE })
}

pub fn judge_helm(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
        near_file(walk, arg);
    }
    let words = split(call.args, KUBECTL);
    let looking = [
        "list",
        "ls",
        "status",
        "history",
        "version",
        "show",
        "search",
        "lint",
        "template",
        "build",
        "diff",
        "app list",
        "repo list",
    ];
    if looking.contains(&words.word(0)) {
        walk.part(Class::Network, Risk::Medium, "asks the cluster, or reads the project");
    } else if matches!(words.word(0), "uninstall" | "delete" | "destroy" | "del") || words.word(1) == "delete" {
        walk.part(Class::Destructive, Risk::High, "takes an application out of the cluster");
    } else {
        walk.part(Class::Network, Risk::High, format!("`{} {}` changes the cluster", call.name, words.word(0)));
    }
    Flow::of(Taint { network: true, ..Taint::NONE })
}

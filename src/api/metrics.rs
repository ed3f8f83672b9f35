//! `GET /metrics`: numbers for Prometheus in its text format. Asks the same services as every other route; what a monitor
//! reads every few seconds must cost the server no look at a process or a disk.

use crate::api::handlers::Shared;
use crate::proto::rest::{Status, Terminal};
use crate::proto::usage::Spent;
use crate::server::services::{usage, view};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub async fn metrics(State(app): Shared) -> Response {
    let terminals: Vec<Terminal> = view::sessions(&app, None).into_iter().flat_map(|s| s.terminals).collect();
    let text = page(app.started.elapsed().as_secs_f64(), &terminals, &usage::by_provider(&app));
    ([(header::CONTENT_TYPE, FORMAT)], text).into_response()
}

fn page(uptime: f64, terminals: &[Terminal], providers: &BTreeMap<String, Spent>) -> String {
    let mut page = Page::default();
    page.head("conductor_server_info", "gauge", "The version that runs; always 1.");
    page.sample("conductor_server_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    page.head("conductor_server_uptime_seconds", "gauge", "Seconds since the server was started.");
    page.sample("conductor_server_uptime_seconds", &[], uptime);
    page.head("conductor_agents", "gauge", "Terminals by the status of their agents.");
    for status in Status::ALL {
        let count = terminals.iter().filter(|t| t.status == status).count();
        page.sample("conductor_agents", &[("status", status.word())], count as f64);
    }
    page.head(
        "conductor_tokens_total",
        "counter",
        "Tokens used, as the agents' programs say, with those of terminals that are gone. None is in two kinds.",
    );
    for (provider, spent) in providers {
        page.kinds("conductor_tokens_total", &[("provider", provider)], spent);
    }
    page.head("conductor_cost_usd_total", "counter", "Dollars, where the agents' programs name a cost themselves.");
    for (provider, spent) in providers {
        if let Some(cost) = spent.cost_usd {
            page.sample("conductor_cost_usd_total", &[("provider", provider)], cost.dollars());
        }
    }
    // All samples of a name stand together.
    let ids: Vec<String> = terminals.iter().map(|t| t.id.to_string()).collect();
    let told = ids.iter().zip(terminals).filter_map(|(id, t)| Some((labels(id, t), t.usage.as_ref()?)));
    let told: Vec<_> = told.collect();
    page.head("conductor_terminal_tokens_total", "counter", "Tokens used by each terminal that is there.");
    for (labels, usage) in &told {
        let spent = Spent {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_tokens: usage.cache_write_tokens,
            ..Spent::default()
        };
        page.kinds("conductor_terminal_tokens_total", labels, &spent);
    }
    page.head(
        "conductor_terminal_cost_usd_total",
        "counter",
        "Dollars of each terminal, where its program names them.",
    );
    for (labels, usage) in &told {
        if let Some(cost) = usage.cost_usd {
            page.sample("conductor_terminal_cost_usd_total", labels, cost.dollars());
        }
    }
    page.head("conductor_terminal_context_tokens", "gauge", "Tokens that the model of a terminal was given last.");
    for (labels, usage) in &told {
        if let Some(tokens) = usage.context_tokens {
            page.sample("conductor_terminal_context_tokens", labels, tokens as f64);
        }
    }
    page.head("conductor_terminal_context_window_tokens", "gauge", "Tokens that it can be given.");
    for (labels, usage) in &told {
        if let Some(tokens) = usage.context_window {
            page.sample("conductor_terminal_context_window_tokens", labels, tokens as f64);
        }
    }
    page.text
}

fn labels<'a>(id: &'a str, terminal: &'a Terminal) -> [(&'static str, &'a str); 4] {
    [("terminal", id), ("session", &terminal.session), ("name", &terminal.window), ("provider", &terminal.provider)]
}

/// The text as it grows.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (n, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"{}\"", if n == 0 { "{" } else { "," }, escaped(text));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    fn kinds(&mut self, name: &str, labels: &[(&str, &str)], spent: &Spent) {
        for (kind, tokens) in [
            ("input", spent.input_tokens),
            ("output", spent.output_tokens),
            ("cache_read", spent.cache_read_tokens),
            ("cache_write", spent.cache_write_tokens),
        ] {
            self.sample(name, &[labels, &[("kind", kind)]].concat(), tokens as f64);
        }
    }
}

/// As a label's value has it: names of sessions and windows are their user's.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::usage::{Usage, Usd};
    use serde_json::json;

    fn terminal(window: &str, usage: Option<Usage>) -> Terminal {
        serde_json::from_value(json!({
            "id": "0000002a", "session": "conductor-a", "session_name": "conductor-a", "window": window,
            "window_name": window, "role": "agent", "provider": "p", "status": "running", "title": "", "cwd": "/",
            "command": [], "created_at": "", "since": "", "since_ms": 0, "log_path": "", "cols": 80, "rows": 24,
            "output_end": 0, "revision": 1, "usage": usage,
        }))
        .unwrap()
    }

    #[test]
    fn each_name_has_its_head_once_and_texts_are_escaped() {
        let usage = Usage {
            input_tokens: 1_000_000_000,
            total_tokens: 1_000_000_000,
            context_tokens: Some(7),
            cost_usd: Some(Usd(12_680_000)),
            ..Usage::default()
        };
        let terminals = [terminal("a \"b\"\\\nc", Some(usage)), terminal("other", None)];
        let spent = Spent { output_tokens: 30, cost_usd: Some(Usd(12_680_000)), ..Spent::default() };
        let text = page(1.5, &terminals, &BTreeMap::from([("p".to_owned(), spent)]));
        let who = r#"terminal="0000002a",session="conductor-a",name="a \"b\"\\\nc",provider="p""#;
        for line in [
            "conductor_server_uptime_seconds 1.5".to_owned(),
            r#"conductor_agents{status="running"} 2"#.to_owned(),
            r#"conductor_agents{status="ready"} 0"#.to_owned(),
            r#"conductor_tokens_total{provider="p",kind="output"} 30"#.to_owned(),
            r#"conductor_cost_usd_total{provider="p"} 0.01268"#.to_owned(),
            format!(r#"conductor_terminal_tokens_total{{{who},kind="input"}} 1000000000"#),
            format!("conductor_terminal_cost_usd_total{{{who}}} 0.01268"),
            format!("conductor_terminal_context_tokens{{{who}}} 7"),
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with('\n'));
        let mut current = "";
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("# TYPE ") {
                current = head.split(' ').next().unwrap();
                assert_eq!(text.matches(&format!("# TYPE {current} ")).count(), 1);
                assert_eq!(text.matches(&format!("# HELP {current} ")).count(), 1);
            } else if !line.starts_with('#') {
                assert_eq!(line.split(['{', ' ']).next(), Some(current), "{line}");
            }
        }
    }
}

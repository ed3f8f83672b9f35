//! What real Claude Code and real Codex have used, offline under the scripted model, which says how many tokens each answer
//! took: on the command line, over HTTP and for Prometheus, through deaths of the server and conversations that are taken up
//! again. The truth is the script's, and for the cost what the CLI itself has written.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::http::{Request, ask};
use crate::support::wait::wait_at_most;
use crate::support::{Agents, Home, Model, need, proc};

/// Real CLIs start a runtime of their own; a loaded machine with two cores gives them their turn late.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    home: Home,
    agents: Agents,
    model: Model,
    env: Vec<(String, String)>,
}

impl World {
    fn new(script: &Value) -> World {
        let (home, agents, model) = (Home::new(), Agents::new(), Model::start(script));
        let mut env = agents.claude(&model, &[]);
        env.extend(agents.codex(&model, &[]));
        World { home, agents, model, env }
    }

    /// The same for Gemini CLI, Qwen Code and Copilot CLI.
    fn of_others(script: &Value) -> World {
        let (home, agents, model) = (Home::new(), Agents::new(), Model::start(script));
        let settings = |folder: &str, file: &str, json: Value| {
            std::fs::create_dir_all(agents.home().join(folder)).unwrap();
            std::fs::write(agents.home().join(folder).join(file), json.to_string()).unwrap();
        };
        let qwen = json!({"security": {"auth": {"selectedType": "openai"}}, "tools": {"approvalMode": "default"},
            "general": {"enableAutoUpdate": false}});
        settings(".qwen", "settings.json", qwen);
        settings(".copilot", "config.json", json!({"trusted_folders": [agents.repo()]}));
        let url = format!("{}/v1", model.url);
        let more = [
            ("OPENAI_BASE_URL", url.as_str()),
            ("OPENAI_API_KEY", "any"),
            ("OPENAI_MODEL", "scripted"),
            ("COPILOT_OFFLINE", "true"),
            ("COPILOT_PROVIDER_BASE_URL", &url),
            ("COPILOT_PROVIDER_TYPE", "openai"),
            ("COPILOT_PROVIDER_API_KEY", "any"),
            ("COPILOT_MODEL", "scripted"),
            ("COPILOT_AUTO_UPDATE", "false"),
        ];
        let mut env = agents.gemini(&model);
        env.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        World { home, agents, model, env }
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let all = args.iter().copied().chain(["--json"]);
        self.home.cmd(all).envs(self.env.clone()).cwd(self.agents.repo()).run().ok().json()
    }

    #[track_caller]
    fn launch(&self, provider: &str, prompt: &str) -> String {
        let launched = self.json(&["launch", "--headless", "--provider", provider, "--prompt", prompt]);
        launched["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a terminal fits; gives it.
    #[track_caller]
    fn wait(&self, what: &str, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let seen = wait_at_most(PATIENCE, || {
            let all = self.json(&["terminals"]);
            last = all.as_array().unwrap().iter().find(|t| t["id"] == id)?.clone();
            fits(&last).then(|| last.clone())
        });
        seen.unwrap_or_else(|| {
            let screen = self.home.cmd(["output", id, "--mode", "screen"]).run().stdout;
            panic!("{what}: never; last: {last:#}\n{screen}")
        })
    }

    #[track_caller]
    fn wait_tokens(&self, id: &str, tokens: u64) -> Value {
        self.wait(&format!("{tokens} tokens"), id, |t| t["usage"]["total_tokens"] == tokens)["usage"].clone()
    }

    #[track_caller]
    fn wait_rest(&self, id: &str) {
        self.wait("at rest", id, |t| ["ready", "completed"].iter().any(|s| t["status"] == *s));
    }

    /// Once the model has been asked: the server is killed in the middle of the turn.
    #[track_caller]
    fn kill_while_it_answers(&self, api: &str, prompt: &str) {
        let is_asked = |r: &Value| r["api"] == api && r["user"].as_str().is_some_and(|u| u.contains(prompt));
        let asked = wait_at_most(PATIENCE, || self.model.requests().iter().any(is_asked).then_some(()));
        assert!(asked.is_some(), "the model was never asked {prompt:?}");
        self.kill();
    }

    /// Kills the server; another one is there when this returns.
    #[track_caller]
    fn kill(&self) {
        let before = self.json(&["health"])["pid"].as_i64().unwrap();
        proc::kill(before as proc::Pid);
        let another = wait_at_most(PATIENCE, || {
            let health = self.home.cmd(["health", "--json"]).run();
            (health.code == 0 && health.json()["pid"] != before).then_some(())
        });
        assert!(another.is_some(), "no other server");
    }

    fn metrics(&self) -> String {
        let (port, request) = (self.home.port(), Request::new("GET", "/metrics"));
        let request = request.line(&format!("Host: 127.0.0.1:{port}"));
        assert_eq!(ask(port, &request).status, 401, "a token is needed");
        let answer = ask(port, &request.bearer(&self.home.token()));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.head.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
        answer.body
    }

    /// What the last line about its cost says in the transcript of a Claude conversation.
    fn said_cost(&self, conversation: &str) -> f64 {
        let projects = self.agents.home().join(".claude/projects");
        let folders = std::fs::read_dir(projects).unwrap().flatten();
        let file = folders.map(|f| f.path().join(format!("{conversation}.jsonl"))).find(|f| f.exists()).unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        let mut costs =
            text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()?["totalCostUSD"].as_f64());
        costs.next_back().unwrap()
    }
}

fn sample(metrics: &str, start: &str) -> f64 {
    let line = metrics.lines().find(|line| line.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("{start} is not in\n{metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The same for both; the second answer takes long enough for a server to die in it.
fn script() -> Value {
    json!({"rules": [
        {"match": "count one", "steps": [[{"usage": {"input": 50_000, "output": 2_000}}, {"text": "ONE"}]]},
        {"match": "count two", "steps": [[{"usage": {"input": 60_000, "output": 500}}, {"text": "TWO", "over": 1},
            {"delay": 3}, {"text": " ENDS"}]]},
        {"match": "count three", "steps": [[{"usage": {"input": 7_000, "output": 70}}, {"text": "THREE"}]]},
    ]})
}

#[test]
fn gemini_qwen_and_copilot_say_what_they_used_as_well() {
    need!("python3", "node", "gemini", "qwen", "copilot");
    let world = World::of_others(&script());
    // One after the other: each takes a core for seconds to start.
    let launched = ["gemini_cli", "qwen_code", "copilot"].map(|provider| {
        let id = world.launch(provider, "count one");
        let used = world.wait_tokens(&id, 52_000);
        assert_eq!((&used["context_tokens"], &used["cost_usd"]), (&json!(50_000), &Value::Null), "{used:#}");
        id
    });
    for id in &launched {
        world.wait_rest(id);
        drop(world.json(&["send", id, "-m", "count three"]));
    }
    for id in &launched {
        let used = world.wait_tokens(id, 59_070);
        assert_eq!(used["context_tokens"], 7_000, "{used:#}");
    }
}

#[test]
fn what_claude_and_codex_used_is_counted_once_whatever_dies_and_is_taken_up_again() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&script());
    let claude = world.launch("claude_code", "count one");
    let codex = world.launch("codex", "count one");
    let used = world.wait_tokens(&claude, 52_000);
    assert_eq!((&used["input_tokens"], &used["output_tokens"]), (&json!(50_000), &json!(2_000)), "{used:#}");
    assert_eq!((&used["context_tokens"], &used["context_window"]), (&json!(50_000), &Value::Null), "{used:#}");
    assert!(used["cost_usd"].is_null() && used["model"].is_string(), "it names its cost at the end: {used:#}");
    let used = world.wait_tokens(&codex, 52_000);
    assert_eq!(used["context_tokens"], 52_000, "{used:#}");
    assert_eq!((&used["model"], &used["cost_usd"]), (&json!("gpt-5"), &Value::Null), "{used:#}");
    assert!(used["context_window"].as_u64() > Some(52_000), "{used:#}");

    // A second turn of each, in the middle of which the server dies.
    for (id, api) in [(&claude, "anthropic"), (&codex, "responses")] {
        world.wait_rest(id);
        drop(world.json(&["send", id, "-m", "count two"]));
        world.kill_while_it_answers(api, "count two");
        world.wait_tokens(id, 112_500);
    }
    // And one more while nothing happens.
    world.wait_rest(&claude);
    world.kill();
    for id in [&claude, &codex] {
        world.wait_tokens(id, 112_500);
    }

    // Its end tells the cost, and the conversation goes on where it was.
    world.wait_rest(&claude);
    drop(world.json(&["send", &claude, "-m", "/exit"]));
    let gone = world.wait("a cost", &claude, |t| t["status"] == "closed" && t["usage"]["cost_usd"].is_number());
    let conversation = gone["conversation"].as_str().unwrap();
    assert_eq!(gone["usage"]["cost_usd"].as_f64(), Some(world.said_cost(conversation)));
    assert_eq!(gone["usage"]["total_tokens"], 112_500);
    drop(world.json(&["resume", &claude]));
    world.wait_rest(&claude);
    drop(world.json(&["send", &claude, "-m", "count three"]));
    world.wait_tokens(&claude, 119_570);

    let report = world.json(&["usage", "--since", "2d"]);
    assert_eq!(report["total"]["total_tokens"], 119_570 + 112_500, "{report:#}");
    let sum = |what: &str| -> u64 {
        report[what].as_array().unwrap().iter().map(|one| one["spent"]["total_tokens"].as_u64().unwrap()).sum()
    };
    assert_eq!((sum("days"), sum("sessions"), sum("agents")), (232_070, 232_070, 232_070), "{report:#}");
    assert_eq!(report["agents"][0]["id"], *claude, "who used most comes first: {report:#}");

    let metrics = world.metrics();
    assert_eq!(sample(&metrics, "conductor_tokens_total{provider=\"claude_code\",kind=\"input\"}"), 117_000.0);
    assert_eq!(sample(&metrics, "conductor_tokens_total{provider=\"codex\",kind=\"output\"}"), 2_500.0);
    assert!(sample(&metrics, "conductor_cost_usd_total{provider=\"claude_code\"}") > 0.0);
    assert!(!metrics.contains("conductor_cost_usd_total{provider=\"codex\""), "it names none: {metrics}");
    assert_eq!(sample(&metrics, &format!("conductor_terminal_context_tokens{{terminal=\"{codex}\"")), 60_500.0);
    assert!(sample(&metrics, "conductor_server_uptime_seconds") >= 0.0);
    let agents: f64 = metrics.lines().filter(|l| l.starts_with("conductor_agents{")).map(|l| sample(l, "")).sum();
    assert_eq!(agents, 2.0, "{metrics}");

    // What is closed stays counted, with what it said at its end.
    let before = gone["usage"]["cost_usd"].as_f64().unwrap();
    world.wait_rest(&claude);
    drop(world.json(&["send", &claude, "-m", "/exit"]));
    world.wait("a higher cost", &claude, |t| t["usage"]["cost_usd"].as_f64() > Some(before));
    let cost = world.said_cost(conversation);
    drop(world.home.cmd(["close", &claude]).run().ok());
    let report = world.json(&["usage"]);
    let agent = report["agents"].as_array().unwrap().iter().find(|a| a["id"] == *claude).unwrap();
    assert_eq!((&agent["is_there"], &agent["spent"]["total_tokens"]), (&json!(false), &json!(119_570)), "{report:#}");
    let told = report["total"]["cost_usd"].as_f64().unwrap();
    assert!((told - cost).abs() < 1e-6, "{told} is not {cost}");
    assert_eq!(sample(&world.metrics(), "conductor_tokens_total{provider=\"claude_code\",kind=\"output\"}"), 2_570.0);

    // For people.
    let said = world.home.cmd(["usage"]).run().ok().stdout;
    assert!(said.contains("SESSION") && said.contains("(closed)") && said.contains("232k"), "{said}");
    let wrong = world.home.cmd(["usage", "--since", "yesterday"]).run();
    assert!(wrong.code == 2 && wrong.stderr.contains("no time to begin with"), "{wrong:?}");
}

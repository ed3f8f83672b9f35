//! Real agent CLIs without an account and without the network: a scripted model on loopback, and homes that answer
//! every first-run dialog by files. Used by tests that drive Claude Code, Codex, Gemini CLI, opencode, Qwen Code and
//! Copilot CLI.
//! It must never touch the user's own configuration of these CLIs, and never reach beyond loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{need, proc, wait_until};

/// Any text does; the file that approves it holds its last 20 characters.
const KEY: &str = "sk-ant-test-0123456789abcdefghij0123456789";

/// A running scripted model (`scripted_model.md` beside this file says what a script may contain). One for each test:
/// two tests that share one would share its counters.
pub struct Model {
    process: Child,
    dir: tempfile::TempDir,
    pub url: String,
}

impl Model {
    /// Starts it with a script like `{"rules": [{"match": "make a file", "steps": [[{"text": "Done."}]]}]}`.
    /// Needs python3 (`need!("python3")` before).
    #[track_caller]
    pub fn start(script: &Value) -> Model {
        let dir = tempfile::Builder::new().prefix("ct-model-").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| dir.path().join(name);
        fs::write(file("script.json"), script.to_string()).unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/scripted_model.py");
        let process = Command::new(need::find("python3").expect("python3, as need! has checked"))
            .arg(program)
            .arg("--script")
            .arg(file("script.json"))
            .args(["--port", "0", "--log-bodies", "--port-file"])
            .arg(file("port"))
            .arg("--log")
            .arg(file("requests.jsonl"))
            .arg("--times")
            .arg(file("times.jsonl"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(file("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut model = Model { process, dir, url: String::new() };
        let port = wait_until("the scripted model's port", || {
            if let Ok(Some(status)) = model.process.try_wait() {
                let said = fs::read_to_string(model.dir.path().join("stderr")).unwrap_or_default();
                panic!("the scripted model has ended ({status}):\n{said}");
            }
            fs::read_to_string(model.dir.path().join("port")).ok()
        });
        model.url = format!("http://127.0.0.1:{}", port.trim());
        model
    }

    /// What was asked so far: one object a request, with `api`, `user`, `step`, `tool_result`, `tools`, `rule`, `body`.
    pub fn requests(&self) -> Vec<Value> {
        self.lines("requests.jsonl")
    }

    /// What was answered when: one object a step, with `at` (milliseconds since 1970), `request` and `event`.
    pub fn times(&self) -> Vec<Value> {
        self.lines("times.jsonl")
    }

    fn lines(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.dir.path().join(file)).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits for the first request that fits.
    #[track_caller]
    pub fn wait_request(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        wait_until(what, || self.requests().into_iter().find(&fits))
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The homes of agent CLIs for one test: HOME, CODEX_HOME, a trusted git repository to work in, TMPDIR. They lie under
/// /var/tmp: Codex refuses a CODEX_HOME below $TMPDIR or /tmp.
pub struct Agents {
    dir: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Agents {
    pub fn new() -> Agents {
        let dir = tempfile::Builder::new().prefix("ct-").rand_bytes(6).tempdir_in("/var/tmp").unwrap();
        let path = dir.path().to_path_buf();
        for name in ["home/.claude", "codex", "repo", "tmp"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        // `git init` without needing git: what the CLIs look for.
        fs::create_dir_all(path.join("repo/.git/objects")).unwrap();
        fs::create_dir_all(path.join("repo/.git/refs/heads")).unwrap();
        fs::write(path.join("repo/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Agents { dir: Some(dir), path }
    }

    /// The repository that both CLIs trust.
    pub fn repo(&self) -> PathBuf {
        self.path.join("repo")
    }

    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// The files of all conversations that Codex has kept.
    pub fn codex_rollouts(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (vec![], vec![self.path.join("codex/sessions")]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// Writes Claude Code's home and gives the environment of its process: no onboarding, the key approved, `trusted`
    /// directories trusted (beside the repository), no model calls but ours, permission prompts on screen.
    pub fn claude(&self, model: &Model, trusted: &[&Path]) -> Vec<(String, String)> {
        let repo = self.repo();
        let trusted = trusted.iter().copied().chain([repo.as_path()]);
        let projects: serde_json::Map<String, Value> =
            trusted.map(|dir| (dir.to_string_lossy().into_owned(), json!({"hasTrustDialogAccepted": true}))).collect();
        let state = json!({
            "hasCompletedOnboarding": true,
            // Else, after some idle time before the first prompt, "Make auto mode your default permission mode?".
            "hasSeenAutoDefaultNudge": true,
            "customApiKeyResponses": {"approved": [&KEY[KEY.len() - 20..]], "rejected": []},
            "projects": projects,
        });
        fs::write(self.home().join(".claude.json"), state.to_string()).unwrap();
        // Its own default is "auto", which asks nothing.
        let settings = json!({"permissions": {"defaultMode": "default"}});
        fs::write(self.home().join(".claude/settings.json"), settings.to_string()).unwrap();
        self.env(&[
            ("ANTHROPIC_BASE_URL", &model.url),
            ("ANTHROPIC_API_KEY", KEY),
            ("DISABLE_AUTOUPDATER", "1"),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ])
    }

    /// Writes Codex's home and gives the environment of its process. Start it with [`CODEX_ARGS`].
    pub fn codex(&self, model: &Model, trusted: &[&Path]) -> Vec<(String, String)> {
        // An unknown model name keeps the catalogue's notices and tools away.
        let mut config = format!(
            "model = \"gpt-5\"\nmodel_provider = \"scripted\"\ncheck_for_update_on_startup = false\n\
             [model_providers.scripted]\nname = \"scripted\"\nbase_url = \"{}/v1\"\n\
             env_key = \"SCRIPTED_KEY\"\nwire_api = \"responses\"\n",
            model.url
        );
        // Else it may ask its person only while it plans.
        config += "[features]\ndefault_mode_request_user_input = true\n";
        let repo = self.repo();
        for dir in trusted.iter().copied().chain([repo.as_path()]) {
            config += &format!("[projects.{:?}]\ntrust_level = \"trusted\"\n", dir.to_string_lossy());
        }
        let home = self.path.join("codex");
        fs::write(home.join("config.toml"), config).unwrap();
        self.env(&[("CODEX_HOME", &home.to_string_lossy()), ("SCRIPTED_KEY", "any")])
    }

    /// Gives the environment of aider's process. It asks for prices of models on the network, which it can do without.
    pub fn aider(&self, model: &Model) -> Vec<(String, String)> {
        self.env(&[
            ("OPENAI_API_BASE", &format!("{}/v1", model.url)),
            ("OPENAI_API_KEY", KEY),
            ("AIDER_MODEL", "openai/gpt-4o"),
            ("AIDER_ANALYTICS_DISABLE", "true"),
            ("AIDER_SHOW_MODEL_WARNINGS", "false"),
            // The repository is no whole one.
            ("AIDER_GIT", "false"),
        ])
    }

    /// Writes Gemini CLI's home and gives the environment of its process.
    pub fn gemini(&self, model: &Model) -> Vec<(String, String)> {
        let settings = json!({
            "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": true}},
            "general": {"enableAutoUpdate": false},
            "privacy": {"usageStatisticsEnabled": false},
        });
        let trusted = json!({self.repo().to_string_lossy(): "TRUST_FOLDER"});
        fs::create_dir_all(self.home().join(".gemini")).unwrap();
        fs::write(self.home().join(".gemini/settings.json"), settings.to_string()).unwrap();
        fs::write(self.home().join(".gemini/trustedFolders.json"), trusted.to_string()).unwrap();
        self.env(&[
            ("GOOGLE_GEMINI_BASE_URL", &model.url),
            ("GEMINI_API_KEY", "any"),
            ("GEMINI_MODEL", "gemini-2.5-pro"),
        ])
    }

    /// Writes opencode's home and gives the environment of its process.
    pub fn opencode(&self, model: &Model) -> Vec<(String, String)> {
        self.opencode_with(model, json!({}))
    }

    /// The same, with permission prompts on screen for commands and edits: its own default asks for nothing.
    pub fn opencode_that_asks(&self, model: &Model) -> Vec<(String, String)> {
        self.opencode_with(model, json!({"bash": "ask", "edit": "ask"}))
    }

    fn opencode_with(&self, model: &Model, permission: Value) -> Vec<(String, String)> {
        let config = json!({
            "provider": {"scripted": {
                "npm": "@ai-sdk/openai-compatible",
                "options": {"baseURL": format!("{}/v1", model.url), "apiKey": "any"},
                "models": {"scripted": {"name": "scripted"}},
            }},
            "model": "scripted/scripted",
            "permission": permission,
            "autoupdate": false,
        });
        let folder = self.home().join(".config/opencode");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("opencode.json"), config.to_string()).unwrap();
        self.env(&[("OPENCODE_DISABLE_AUTOUPDATE", "1"), ("OPENCODE_DISABLE_MODELS_FETCH", "1")])
    }

    /// Writes Qwen Code's home and gives the environment of its process: permission prompts on screen (its own default
    /// is "auto", which asks for little).
    pub fn qwen(&self, model: &Model) -> Vec<(String, String)> {
        let settings = json!({
            "security": {"auth": {"selectedType": "openai"}},
            "tools": {"approvalMode": "default"},
            "general": {"enableAutoUpdate": false},
            "privacy": {"usageStatisticsEnabled": false},
        });
        let trusted = json!({self.repo().to_string_lossy(): "TRUST_FOLDER"});
        fs::create_dir_all(self.home().join(".qwen")).unwrap();
        fs::write(self.home().join(".qwen/settings.json"), settings.to_string()).unwrap();
        fs::write(self.home().join(".qwen/trustedFolders.json"), trusted.to_string()).unwrap();
        self.env(&[
            ("OPENAI_BASE_URL", &format!("{}/v1", model.url)),
            ("OPENAI_API_KEY", "any"),
            ("OPENAI_MODEL", "scripted"),
        ])
    }

    /// Writes Copilot CLI's home and gives the environment of its process.
    pub fn copilot(&self, model: &Model) -> Vec<(String, String)> {
        fs::create_dir_all(self.home().join(".copilot")).unwrap();
        let config = json!({"trusted_folders": [self.repo().to_string_lossy()]});
        fs::write(self.home().join(".copilot/config.json"), config.to_string()).unwrap();
        self.env(&[
            ("COPILOT_OFFLINE", "true"),
            ("COPILOT_PROVIDER_BASE_URL", &format!("{}/v1", model.url)),
            ("COPILOT_PROVIDER_TYPE", "openai"),
            ("COPILOT_PROVIDER_API_KEY", "any"),
            ("COPILOT_MODEL", "scripted"),
            ("COPILOT_AUTO_UPDATE", "false"),
        ])
    }

    /// The part that all share; PATH begins with the folder of the CLIs.
    fn env(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let outside = std::env::var_os("PATH").unwrap_or_default();
        let folders = need::agents_bin().into_iter().chain(std::env::split_paths(&outside));
        let path = std::env::join_paths(folders).unwrap().to_string_lossy().into_owned();
        let text = |name: &str| self.path.join(name).to_string_lossy().into_owned();
        let own = [("PATH", path), ("HOME", text("home")), ("TMPDIR", text("tmp"))];
        let own = own.into_iter().map(|(name, value)| (name.to_string(), value));
        own.chain(more.iter().map(|(name, value)| (name.to_string(), value.to_string()))).collect()
    }
}

/// How Codex is started in tests: without its shared background daemon, so that its tools live in our terminal.
pub const CODEX_ARGS: [&str; 3] = ["--no-daemon", "--sandbox", "read-only"];

impl Drop for Agents {
    fn drop(&mut self) {
        // Agents leave processes behind that would write into the folder while it is being removed.
        let left = proc::end_all(&self.path);
        if !left.is_empty() && !std::thread::panicking() {
            panic!("cannot end {left:?}");
        }
        drop(self.dir.take());
    }
}

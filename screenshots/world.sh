# shellcheck shell=bash
# The world of the pictures: homes for both agent CLIs that answer every first question, a scripted model on loopback,
# two small repositories, and agents at work in them. Sourced by `make`, which has set $tmp, $here and $bin.
# Nothing here touches the user's own files, and nothing leaves the machine.

key=sk-ant-picture-0123456789abcdefghij0123456789

make_world() {
  home=$tmp/home
  mkdir -p "$home/.claude" "$home/src/api/src" "$home/src/web" "$tmp/codex" "$tmp/tmp" "$tmp/conductor"
  local dir
  for dir in api web; do
    git -C "$home/src/$dir" init -q -b main
  done
  printf '%s\n' 'echo "     Running tests/token.rs"' 'echo "test token::expires_early ... FAILED"' \
    'echo "test result: FAILED. 212 passed; 1 failed"' >"$home/src/api/run-tests"
  printf 'pub fn is_expired(at: u64, now: u64) -> bool {\n    at < now\n}\n' >"$home/src/api/src/token.rs"
  printf '# web\n' >"$home/src/web/README.md"

  python3 "$here/../tests/it/support/scripted_model.py" --script "$here/script.json" --port 0 --port-file "$tmp/port" \
    --log "$tmp/requests.jsonl" >/dev/null 2>"$tmp/model.log" &
  model=$!
  until [ -s "$tmp/port" ]; do
    kill -0 "$model" || { cat "$tmp/model.log" >&2 && return 1; }
    sleep 0.1
  done
  local url
  url=http://127.0.0.1:$(cat "$tmp/port")

  cat >"$home/.claude.json" <<JSON
{"hasCompletedOnboarding": true,
 "customApiKeyResponses": {"approved": ["${key: -20}"], "rejected": []},
 "projects": {"$home/src/api": {"hasTrustDialogAccepted": true}, "$home/src/web": {"hasTrustDialogAccepted": true}}}
JSON
  cat >"$tmp/codex/config.toml" <<TOML
model = "gpt-5"
model_provider = "scripted"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "$url/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
[projects."$home/src/api"]
trust_level = "trusted"
[projects."$home/src/web"]
trust_level = "trusted"
TOML
  printf '%s\n' "PS1='\[\e[32m\]ada\[\e[0m\]:\[\e[34m\]\w\[\e[0m\]\$ '" "alias ls='ls --color=always'" >"$home/.bashrc"
  in_world=(env -i "PATH=$PATH" "HOME=$home" "TMPDIR=$tmp/tmp" SHELL=/bin/bash LANG=C.UTF-8 TERM=tmux-256color
    COLORTERM=truecolor "CONDUCTOR_HOME=$tmp/conductor" CONDUCTOR_SERVER_PORT=0 "CODEX_HOME=$tmp/codex"
    SCRIPTED_KEY=any "ANTHROPIC_BASE_URL=$url" "ANTHROPIC_API_KEY=$key" DISABLE_AUTOUPDATER=1
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1)
}

product() { "${in_world[@]}" "$bin" "$@"; }

start_agents() {
  local api=$home/src/api web=$home/src/web
  product launch --quiet --headless --session-name api --name fix-auth --provider claude_code --cwd "$api" \
    --prompt 'rebuild from clean and run the auth tests'
  product worker api --quiet --headless --name tests --provider codex --cwd "$api" \
    --prompt 'run the whole suite and fix what fails'
  product launch --quiet --headless --session-name web --name docs --provider claude_code --cwd "$web" \
    --prompt 'say in the README how to start it'
  product worker web --quiet --headless --name sh --provider shell --cwd "$api"
  product wait fix-auth --status waiting --timeout 60
  product wait docs --status completed --timeout 60
  product wait sh --status ready --timeout 60
  product send sh -m 'clear; git status --short; cat src/token.rs; sh run-tests'
}

end_world() {
  product shutdown --all >/dev/null 2>&1 || true
  kill "$model" 2>/dev/null || true
}

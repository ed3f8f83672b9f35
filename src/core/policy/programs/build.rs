//! Tools that build, test, check and format: what they do in the ordinary way, what changes files, what goes to the
//! network, and the options that make them run something else than the project. Asked by `call.rs`. An option that is
//! not known must never pass as ordinary: who trusts builds trusts only these.

mod compilers;
mod make;
mod tools;
mod verbs;

use super::options::{Known, behind, doubt, is_here, near_file, operands, sends};
use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    let judge: fn(&mut Walk, &Call) -> Flow = match name {
        "make" | "gmake" | "just" | "task" | "rake" | "ninja" | "samu" | "ant" => make::judge_make,
        "cmake" => make::judge_cmake,
        "mvn" | "mvnw" => make::judge_maven,
        _ if compilers::is_one(name) => compilers::judge,
        _ if verbs::table(name).is_some() => judge_verbs,
        _ if tools::table(name).is_some() => judge_tool,
        _ if ["npx", "bunx", "uvx", "pipx", "pnpx"].contains(&name) => judge_foreign,
        _ => return None,
    };
    Some(judge)
}

/// What a verb of a tool is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Runs the project's own code in the ordinary way, or asks the tool.
    Build,
    /// The same; what stands behind `--` goes to the project.
    Free,
    /// Builds; behind `--` stand options of the compiler.
    Lint,
    /// Runs whatever a file of the project says, or a command that is given.
    Run,
    /// What follows is a command, in the project's environment.
    Inner,
    Write,
    /// Gets packages, or asks a registry.
    Network,
    /// Installs for all projects, or runs what it gets.
    Far,
    /// Sends to a registry, or manages an account there.
    Send,
}

/// A tool whose first word says what it does.
pub struct Verbs {
    pub names: &'static [&'static str],
    /// One word or two each, with commas between.
    pub verbs: &'static [(Kind, &'static str)],
    pub known: Known,
    /// `-name` is `--name`.
    pub has_one_dash: bool,
}

/// A tool that does one thing.
pub struct Tool {
    pub names: &'static [&'static str],
    pub known: Known,
    /// With one of these it changes files.
    pub writes: &'static [&'static str],
    /// Without one of these it changes files, if there are any.
    pub unless: &'static [&'static str],
    pub has_one_dash: bool,
}

/// `-name` as `--name`.
fn dashed(args: &[Arg]) -> Vec<Arg> {
    let dash = |arg: &Arg| {
        let is_short = arg.text.len() > 1 && arg.text.starts_with('-') && !arg.text.starts_with("--");
        if is_short { Arg { text: format!("-{}", arg.text), known: arg.known + 1, ..arg.clone() } } else { arg.clone() }
    };
    args.iter().map(dash).collect()
}

fn has(args: &[Arg], names: &[&str]) -> bool {
    args.iter().any(|arg| names.contains(&arg.text.split_once('=').map_or(&*arg.text, |(name, _)| name)))
}

/// Files that are named, also behind an option's letter.
fn look_around(walk: &mut Walk, args: &[Arg]) {
    for arg in args {
        near_file(walk, arg);
        let value = arg.text.get(2..).unwrap_or_default();
        if arg.text.starts_with('-') && ["/", "..", "./"].iter().any(|begin| value.starts_with(begin)) {
            near_file(walk, &behind(arg, 2));
        }
        // A list of more options in a file.
        if arg.text.starts_with('@') && !arg.text.contains('/')
            || arg.text.starts_with("@/")
            || arg.text.starts_with("@.")
        {
            walk.part_at(Class::Obfuscated, Risk::High, "takes options from a file", arg.span);
        }
    }
}

/// Judges options of something ordinary.
fn ordinary(walk: &mut Walk, args: &[Arg], known: &[&Known], is_free_behind: bool, what: &str) {
    let name = walk.name();
    is_here(walk, &format!("{name} works"));
    look_around(walk, args);
    doubt(walk, args);
    match operands(args, known, is_free_behind) {
        Ok(_) => walk.part(Class::Build, Risk::Medium, what),
        Err(which) => {
            walk.part(Class::Build, Risk::High, format!("{which} of `{name}` may make it run something else"))
        }
    }
}

fn judge_tool(walk: &mut Walk, call: &Call) -> Flow {
    let Some(tool) = tools::table(call.name) else { return Flow::default() };
    let args = if tool.has_one_dash { dashed(call.args) } else { call.args.to_vec() };
    let is_changing =
        has(&args, tool.writes) || (!tool.unless.is_empty() && !has(&args, tool.unless) && !has(&args, &["--version"]));
    ordinary(walk, &args, &[&tool.known], false, &format!("runs `{}` on the project", call.name));
    const OUTWARD: [&str; 10] =
        ["gradle", "gradlew", "gulp", "grunt", "nx", "turbo", "lerna", "playwright", "cypress", "ng"];
    if OUTWARD.contains(&call.name)
        && let Some(task) = args.iter().find(|arg| make::is_outward(&arg.text))
    {
        walk.part_at(Class::Network, Risk::High, format!("`{}` may act outside the project", task.text), task.span);
    }
    if is_changing {
        walk.part(Class::Write, Risk::Medium, format!("`{}` changes files", call.name));
    }
    Flow::default()
}

fn judge_verbs(walk: &mut Walk, call: &Call) -> Flow {
    let Some(table) = verbs::table(call.name) else { return Flow::default() };
    let args = if table.has_one_dash { dashed(call.args) } else { call.args.to_vec() };
    // A path of another folder may come before the verb.
    let takes_value = |arg: &Arg| {
        matches!(&*arg.text, "--prefix" | "--cwd" | "--color" | "--dir" | "--filter" | "-w" | "--workspace")
    };
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += match &*arg.text {
            _ if takes_value(arg) => 2,
            text if text.starts_with('-') => 1,
            _ => break,
        };
    }
    let Some(verb) = args.get(at) else {
        ordinary(walk, &args, &[&table.known], false, &format!("asks `{}`", call.name));
        return Flow::default();
    };
    let word = |index: usize| args.get(index).map_or("", |arg| &*arg.text);
    let two = format!("{} {}", verb.text, word(at + 1));
    let kind_of = |name: &str| {
        table.verbs.iter().find(|(_, names)| names.split(", ").any(|verb| verb == name)).map(|(kind, _)| *kind)
    };
    let kind = kind_of(&two).or_else(|| kind_of(&verb.text)).filter(|_| verb.exact().is_some());
    let what = format!("{} {}", call.name, verb.text);
    let rest = &args[at + 1..];
    // What follows in front of the verb is judged with it.
    let all: Vec<Arg> = args[..at].iter().chain(rest).cloned().collect();
    match kind {
        Some(Kind::Build | Kind::Free | Kind::Lint) => {
            let is_free = kind != Some(Kind::Build);
            ordinary(walk, &all, &[&table.known], is_free, &format!("runs `{what}` in the project"));
            let behind = rest.iter().skip_while(|arg| arg.text != "--").skip(1);
            if kind == Some(Kind::Lint) && !behind.clone().all(is_lint) {
                walk.part(Class::Build, Risk::High, "gives options to the compiler");
            }
            special(walk, call, &what, &all);
        }
        Some(Kind::Inner) => inner(walk, call, &args[..at], rest, &what),
        Some(Kind::Run) | None => {
            look_around(walk, &args);
            doubt(walk, &args);
            let why = if kind.is_none() { ", which is not known" } else { "" };
            walk.part(Class::Build, Risk::High, format!("runs `{what}`{why}"));
        }
        Some(Kind::Write) => {
            look_around(walk, &all);
            doubt(walk, &all);
            is_here(walk, &what);
            walk.part(Class::Write, Risk::Medium, format!("`{what}` changes files"));
        }
        Some(kind @ (Kind::Network | Kind::Far | Kind::Send)) => return network(walk, call, kind, &what, &all),
    }
    Flow::default()
}

fn network(walk: &mut Walk, call: &Call, kind: Kind, what: &str, args: &[Arg]) -> Flow {
    const FAR: [&str; 14] = [
        "-g",
        "--global",
        "--registry",
        "--index-url",
        "-i",
        "--extra-index-url",
        "--index",
        "--user",
        "--target",
        "--git",
        "--break-system-packages",
        "--trusted-host",
        "--root",
        "--prefix",
    ];
    look_around(walk, args);
    doubt(walk, args);
    let is_address = args.iter().any(|arg| arg.text.contains("://") || arg.text.starts_with("git+"));
    let is_far = kind != Kind::Network || has(args, &FAR) || is_address;
    if kind == Kind::Send {
        sends(walk, call);
    }
    let verb =
        if kind == Kind::Send { "sends to, or manages, a registry" } else { "gets packages, or asks a registry" };
    walk.part(Class::Network, if is_far { Risk::High } else { Risk::Medium }, format!("`{what}` {verb}"));
    if what == "npm unpublish" {
        let risk = if has(args, &["--force", "-f"]) { Risk::Critical } else { Risk::High };
        walk.part(Class::Destructive, risk, "takes a package from everybody who uses it");
    }
    Flow::of(Taint { network: true, ..Taint::NONE })
}

/// A command in the environment of the project.
fn inner(walk: &mut Walk, call: &Call, before: &[Arg], rest: &[Arg], what: &str) {
    look_around(walk, before);
    is_here(walk, what);
    let rest = match rest.split_first() {
        Some((first, rest)) if first.text == "--" => rest,
        _ => rest,
    };
    if !before.is_empty() || rest.first().is_none_or(|first| first.text.starts_with('-')) {
        walk.part(Class::Build, Risk::High, format!("options of `{what}` that are not known"));
        look_around(walk, rest);
    }
    let command: Vec<Arg> = rest.iter().skip_while(|arg| arg.text.starts_with('-')).cloned().collect();
    walk.part(Class::Build, Risk::Medium, format!("`{what}` runs a command of the project"));
    if !command.is_empty() {
        walk.run(&command, call.stdin.clone(), call.span);
    }
}

/// `-D warnings`, `-W clippy::all`.
fn is_lint(arg: &Arg) -> bool {
    let text = &*arg.text;
    let name = text.strip_prefix(['-']).and_then(|rest| rest.strip_prefix(['D', 'W', 'A', 'F'])).unwrap_or(text);
    arg.exact().is_some()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:-".contains(&b))
        && !name.starts_with('-')
}

/// Words that make an ordinary verb something else.
fn special(walk: &mut Walk, call: &Call, what: &str, args: &[Arg]) {
    const OUTWARD: [&str; 9] =
        ["install", "deploy", "publish", "release", "push", "upload", "uninstall", "migrate", "postinstall"];
    let is_script = what.ends_with(" run") || what.ends_with(" run-script");
    if is_script && call.name != "cargo" && call.name != "go" {
        let script = args.iter().find(|arg| !arg.text.starts_with('-')).map(|arg| arg.text.clone()).unwrap_or_default();
        if script.contains(['/', '.']) {
            walk.part(Class::Build, Risk::High, format!("runs the script `{script}`"));
        }
        if script.split([':', '-', '_']).any(|part| OUTWARD.contains(&part)) {
            walk.part(Class::Network, Risk::High, format!("`{script}` may act outside the project"));
        }
        if script.split([':', '-', '_']).any(|part| matches!(part, "fix" | "format" | "fmt" | "write")) {
            walk.part(Class::Write, Risk::Medium, format!("`{script}` may change files"));
        }
    }
    match what {
        // A target in a file may name a linker.
        _ if call.name == "cargo" && args.iter().any(|arg| arg.text.ends_with(".json")) => {
            walk.part(Class::Build, Risk::High, "a target that a file describes");
        }
        "cargo clippy" if has(args, &["--fix"]) => walk.part(Class::Write, Risk::Medium, "changes sources"),
        "cargo fmt" if !has(args, &["--check", "-l"]) => walk.part(Class::Write, Risk::Medium, "rewrites sources"),
        "ruff check" if has(args, &["--fix", "--fix-only", "--unsafe-fixes", "--add-noqa"]) => {
            walk.part(Class::Write, Risk::Medium, "changes sources");
        }
        "ruff format" if !has(args, &["--check", "--diff"]) => {
            walk.part(Class::Write, Risk::Medium, "rewrites sources")
        }
        "dart format" | "zig fmt" | "dotnet format" | "biome check" | "biome format" | "biome lint" | "deno fmt"
            if !has(args, &["--check", "--verify-no-changes"]) || has(args, &["--write", "--fix", "--apply"]) =>
        {
            walk.part(Class::Write, Risk::Medium, "may change sources");
        }
        "go env" if has(args, &["--w", "--u"]) => walk.part(Class::Write, Risk::High, "changes the settings of go"),
        "go run" if args.iter().any(|arg| arg.text.contains('@')) => {
            walk.part(Class::Network, Risk::High, "gets a program and runs it");
        }
        "npm config" | "npm pkg" if !has(args, &["get", "list", "ls"]) => {
            walk.part(Class::Write, Risk::High, "changes settings of the package or of npm");
        }
        _ => {}
    }
}

/// `npx` and the like: gets a program and runs it.
fn judge_foreign(walk: &mut Walk, call: &Call) -> Flow {
    look_around(walk, call.args);
    doubt(walk, call.args);
    walk.part(Class::Network, Risk::High, format!("`{}` gets a program from a registry and runs it", call.name));
    Flow::of(Taint { network: true, ..Taint::NONE })
}

#[cfg(test)]
mod tests {
    use crate::core::policy::programs::options::tests::check;

    #[test]
    fn rust() {
        check(
            "build: cargo --version
             build: rustc --version
             build: cargo check
             build: cargo build --release
             build: cargo test
             build: cargo test --workspace --all-features -- --nocapture
             build: cargo test -p core parser::tests
             build: cargo clippy --all-targets -- -D warnings
             build: cargo clippy -- -W clippy::pedantic
             build: cargo run
             build: cargo run --release -- --help
             build: cargo metadata --no-deps --format-version 1
             build: cargo tree --offline
             build: cargo fmt --check
             build: cargo fmt --all -- --check
             build: cargo doc --no-deps
             build: cargo nextest run
             build: cargo test secret token
             ask: cargo clippy -- -C linker=./x
             ask: cargo --config 'target.x86_64-unknown-linux-gnu.runner=\"sh\"' test
             ask: cargo test --config x
             ask: cargo -Z unstable-options build
             ask: cargo test --target ./evil.json
             ask: cargo build --manifest-path /tmp/x/Cargo.toml
             ask: cargo build --target-dir=/tmp/x
             ask: cargo +evil test
             ask: cargo rustc -- -C linker=x
             ask: cargo clippy --fix
             ask: cargo fmt
             ask: cargo add serde
             ask: cargo update
             ask: cargo install ripgrep
             ask: cargo publish
             ask: cargo x
             ask: cargo test \"$X\"
             ask: cd /tmp && cargo test
             deny: cat .env; cargo publish
             ask: RUSTC_WRAPPER=./x.sh cargo check
             ask: rustup update
             build: rustup show",
        );
    }

    #[test]
    fn node() {
        check(
            "build: npm test
             build: npm run build
             build: npm run lint -- --max-warnings=0
             build: npm --version
             build: npm ls --depth=0
             build: yarn test
             build: pnpm run typecheck
             build: tsc --noEmit
             build: eslint src --ext .ts
             build: prettier --check src
             build: jest --coverage
             build: vitest run
             ask: npm run deploy
             ask: npm run format
             ask: npm --script-shell=./x test
             ask: npm test --script-shell ./x
             ask: npm install
             ask: npm ci
             ask: npm i -g x
             ask: npm publish
             ask: npm version patch
             ask: npm pkg set a=b
             ask: npx cowsay
             ask: pnpm dlx x
             ask: yarn add x
             ask: eslint --fix src
             ask: eslint --rulesdir ./x src
             ask: prettier --write src
             ask: jest --config /tmp/x.js
             ask: mocha -r ./evil.js
             ask: bun run ./x.ts
             ask: npm unpublish x@1.0.0
             deny: npm unpublish x --force",
        );
    }

    #[test]
    fn others() {
        check(
            "build: pytest -q
             build: pytest -x -k 'a and b' tests/test_a.py --tb=short
             build: mypy --strict src
             build: ruff check .
             build: black --check .
             build: tox -e py311
             build: uv run pytest -q
             build: poetry run pytest
             build: pip list
             ask: pytest -p evil
             ask: pytest -c /tmp/x.ini
             ask: pytest --rootdir /tmp
             ask: pytest ../other
             ask: pytest --basetemp=src
             ask: ruff check --fix .
             ask: ruff format
             ask: black .
             ask: pip install requests
             ask: pip install -r requirements.txt
             ask: uvx ruff
             ask: uv run ./x.sh
             ask: uv run --with evil pytest
             build: go test ./...
             build: go test -run TestX -v -count=1 ./...
             build: go build ./...
             build: go vet ./...
             build: go version
             build: go env GOPATH
             ask: go env -w GOFLAGS=-x
             ask: go test -exec ./x ./...
             ask: go build -toolexec ./x ./...
             ask: go vet -vettool=./x ./...
             ask: go build -ldflags '-extld=./x' .
             ask: go run x.com/y@latest
             ask: go mod tidy
             ask: go generate ./...
             ask: go get x
             build: gofmt -l .
             ask: gofmt -w .
             build: make
             build: make test
             build: make -j4 -C sub all
             build: make V=1 test
             ask: make -f /tmp/evil.mk
             ask: make -C ../other
             ask: make SHELL=./x
             ask: make --eval='$(shell touch x)'
             ask: make CC=./evil
             ask: make -f - test
             ask: gradle publish
             ask: make install
             ask: make $X
             build: cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
             build: cmake --build build -j 4
             ask: cmake -P x.cmake
             ask: cmake -E rm -rf src
             deny: cmake -E rm -rf /
             ask: cmake -DCMAKE_C_COMPILER=./x .
             build: ctest --output-on-failure
             build: mvn -q test
             build: mvn clean verify -DskipTests
             ask: mvn exec:java
             ask: mvn -f /tmp/pom.xml test
             ask: mvn deploy
             build: gradle test --info
             ask: gradle -I /tmp/x.gradle test
             build: dotnet test
             build: gcc -O2 -Wall -c a.c -o a.o
             ask: gcc -fplugin=./x.so a.c
             ask: gcc -wrapper ./x a.c
             ask: gcc -B. a.c
             ask: gcc @args
             ask: gcc -o /tmp/x a.c
             deny: gcc -o /home/u/.bashrc a.c
             build: bundle exec rspec
             ask: bundle install
             ask: rspec -r ./x",
        );
    }
}

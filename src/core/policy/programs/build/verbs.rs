//! Tools whose first words say what they do: package managers and build systems. A verb that does not stand here is
//! asked for; options that load code or take other settings must not stand here. Read by `build.rs`.

use super::Kind::{Build, Far, Free, Inner, Lint, Network, Run, Send, Write};
use super::Verbs;
use crate::core::policy::programs::options::Known;

const CARGO: Verbs = Verbs {
    names: &["cargo"],
    verbs: &[
        (
            Free,
            "build, b, check, c, test, t, run, r, bench, doc, d, metadata, tree, pkgid, version, locate-project, \
            verify-project, read-manifest, help, nextest run, nextest list, llvm-cov, udeps, machete, hack, expand, \
            fmt, bloat, deny check, miri test, miri run, report",
        ),
        (Lint, "clippy"),
        (Run, "rustc, rustdoc, xtask, watch, make, script, miri, fuzz, flamegraph"),
        (Write, "add, remove, rm, fix, new, init, clean, generate-lockfile, vendor, package, insta, set-version, sort"),
        (Network, "update, fetch, search, info, audit, outdated, deny, upgrade"),
        (Far, "install, uninstall, binstall"),
        (Send, "publish, login, logout, owner, yank, release"),
    ],
    known: Known {
        letters: "qvhVredis",
        values: "pjF",
        long: "quiet verbose color offline locked frozen package workspace all exclude lib bin bins example examples \
            test tests bench benches all-targets features all-features no-default-features target release profile \
            jobs keep-going target-dir manifest-path message-format doc no-run no-fail-fast document-private-items \
            no-deps ignore-rust-version timings format-version filter-platform edges invert depth prefix no-dedupe \
            duplicates charset format prune version help list check explain fix allow-dirty allow-staged \
            allow-no-vcs no-capture test-threads retries partition status-level final-status-level run-ignored \
            fail-fast html text lcov summary-only message each-feature feature-powerset",
    },
    has_one_dash: false,
};

const RUSTUP: Verbs = Verbs {
    names: &["rustup"],
    verbs: &[
        (Build, "show, toolchain list, target list, component list, which, help, override list"),
        (Network, "check"),
        (Run, "run, doc"),
        (Far, "update, install, toolchain, target, component, default, override, self, set, uninstall"),
    ],
    known: Known { letters: "vVh", values: "", long: "version verbose help installed toolchain" },
    has_one_dash: false,
};

const NPM: Verbs = Verbs {
    names: &["npm"],
    verbs: &[
        (
            Free,
            "test, t, tst, run, run-script, start, stop, restart, ls, list, ll, la, root, prefix, bin, explain, why, \
            help, pkg, config, query, version-check, fund, get",
        ),
        (Write, "version, shrinkwrap, prune, set-script, pack"),
        (
            Network,
            "install, i, in, ins, add, ci, clean-install, install-test, it, update, up, upgrade, dedupe, ddp, \
            uninstall, rm, remove, un, r, unlink, audit, outdated, view, info, show, v, search, ping, doctor, \
            whoami, repo, bugs, docs, link, ln, diff, rebuild",
        ),
        (Far, "exec, x, init, create, innit, cache, set, completion, explore, edit"),
        (
            Send,
            "publish, unpublish, deprecate, owner, dist-tag, access, token, login, adduser, logout, profile, hook, \
            org, team, star, stage, trust",
        ),
    ],
    known: Known {
        letters: "vhsqdagDEPwf",
        values: "",
        long: "silent if-present workspaces workspace ignore-scripts include omit only production json depth all long \
            parseable legacy-peer-deps force no-audit no-fund prefer-offline offline loglevel version help prefix \
            include-workspace-root color no-color quiet dev prod global coverage watch",
    },
    has_one_dash: false,
};

const YARN: Verbs = Verbs {
    names: &["yarn", "yarnpkg", "pnpm"],
    verbs: &[
        (
            Free,
            "test, t, run, run-script, start, build, lint, typecheck, type-check, check, dev, coverage, list, ls, \
            why, help, workspaces list, root, bin, licenses, tsc, eslint, jest, vitest, e2e",
        ),
        (Write, "version, prune, pack, format, fmt, unplug, link, unlink"),
        (
            Network,
            "install, i, add, remove, rm, un, up, update, upgrade, ci, import, outdated, audit, info, view, dedupe, \
            fetch, upgrade-interactive, rebuild, workspaces focus",
        ),
        (
            Far,
            "dlx, create, exec, global, init, cache, set, config, plugin, node, store, env, setup, patch, \
            self-update, deploy",
        ),
        (Send, "publish, npm, login, logout, owner, tag, team, unpublish, deprecate"),
    ],
    known: Known {
        letters: "vhsrDPEOW",
        values: "",
        long: "silent if-present recursive filter workspace-root parallel version help json depth prod dev \
            frozen-lockfile immutable offline prefer-offline no-bail cwd dir aggregate-output stream color no-color \
            coverage watch noEmit run production ci",
    },
    has_one_dash: false,
};

const BUN: Verbs = Verbs {
    names: &["bun", "deno"],
    verbs: &[
        (Free, "test, check, lint, fmt, doc, info, help"),
        (Run, "build, repl, eval, serve, bench, compile, bundle, run, task"),
        (Network, "install, i, add, remove, rm, update, outdated, cache, ci, audit"),
        (Far, "x, create, init, upgrade, link, unlink, pm, uninstall, jupyter"),
        (Send, "publish, deploy"),
    ],
    known: Known { letters: "vhV", values: "t", long: "version help coverage bail watch timeout check quiet fix" },
    has_one_dash: false,
};

const PIP: Verbs = Verbs {
    names: &["pip", "pip3", "pipenv"],
    verbs: &[
        (Build, "list, show, freeze, check, help, debug, inspect, graph, verify"),
        (Write, "uninstall, clean, lock"),
        (Network, "install, download, wheel, index, search, sync, update"),
        (Inner, "run"),
        (Far, "config, cache, shell"),
    ],
    known: Known {
        letters: "vVqhlofe",
        values: "",
        long: "version help verbose quiet format outdated uptodate editable local user not-required exclude files all \
            disable-pip-version-check no-color exclude-editable",
    },
    has_one_dash: false,
};

const POETRY: Verbs = Verbs {
    names: &["uv", "poetry", "hatch", "pdm", "rye", "conda", "mamba", "micromamba", "pixi"],
    verbs: &[
        (Inner, "run"),
        (
            Build,
            "show, check, tree, pip list, pip show, pip freeze, pip check, pip tree, help, version, env info, env \
            list, info, list, python list, python find, test, build, toolchain list",
        ),
        (Write, "init, new, venv, export, fmt, format, clean"),
        (Network, "sync, add, remove, lock, install, update, pip, fetch, search, upgrade, outdated"),
        (Far, "tool, python, self, cache, config, create, env, shell, activate, global, exec"),
        (Send, "publish, login, auth, upload"),
    ],
    known: Known {
        letters: "vVqhlt",
        values: "",
        long: "version help verbose quiet no-color no-ansi tree latest outdated all top-level only no-interaction \
            offline format wheel sdist frozen locked",
    },
    has_one_dash: false,
};

const RUFF: Verbs = Verbs {
    names: &["ruff"],
    verbs: &[(Build, "check, format, rule, linter, version, help, config"), (Write, "clean")],
    known: Known {
        letters: "qvnehVwse",
        values: "",
        long: "select ignore extend-select extend-ignore output-format no-fix no-cache diff statistics preview \
            target-version show-fixes exclude line-length quiet verbose check fix fix-only unsafe-fixes add-noqa \
            version help show-files show-settings exit-zero isolated respect-gitignore",
    },
    has_one_dash: false,
};

const COVERAGE: Verbs = Verbs {
    names: &["coverage", "twine", "sphinx-build", "mkdocs", "pre-commit", "alembic"],
    verbs: &[
        (Build, "report, html, xml, json, lcov, check, build, current, history, heads, help, version"),
        (Run, "run, serve, upgrade, downgrade, revision"),
        (Write, "erase, combine, annotate, new"),
        (Network, "autoupdate, install"),
        (Send, "upload, register, gh-deploy"),
    ],
    known: Known { letters: "mhqvi", values: "", long: "show-missing skip-covered fail-under version help strict" },
    has_one_dash: false,
};

const GO: Verbs = Verbs {
    names: &["go"],
    verbs: &[
        (Build, "build, test, vet, list, env, version, doc, help, mod graph, mod why, mod verify, run"),
        (Run, "generate, tool, telemetry, bug"),
        (Write, "fmt, fix, mod init, mod edit, mod vendor, work, clean, mod"),
        (Network, "get, mod tidy, mod download"),
        (Far, "install"),
    ],
    known: Known {
        letters: "",
        values: "",
        long: "v run count race cover coverprofile covermode coverpkg timeout short bench benchmem benchtime json \
            failfast parallel cpu tags list p x n a trimpath buildvcs o m f deps test e shuffle skip version help \
            all u w c fullpath msan asan src short",
    },
    has_one_dash: true,
};

const OTHERS: &[Verbs] = &[
    Verbs {
        names: &["dotnet"],
        verbs: &[
            (Free, "build, test, run, list, format, sln list, watch test, msbuild, vstest, publish, clean"),
            (Write, "new, sln, add reference, remove, pack"),
            (Network, "restore, add, package, outdated, workload"),
            (Far, "tool, ef, user-secrets, dev-certs, exec, script"),
            (Send, "nuget"),
        ],
        known: Known {
            letters: "hcvf",
            values: "",
            long: "version info list-sdks list-runtimes help configuration verbosity no-restore no-build framework \
                filter nologo verify-no-changes project list-tests no-incremental",
        },
        has_one_dash: false,
    },
    Verbs {
        names: &[
            "swift",
            "dart",
            "flutter",
            "zig",
            "stack",
            "cabal",
            "rebar3",
            "mix",
            "lein",
            "sbt",
            "dune",
            "nimble",
            "crystal",
            "forge",
            "bazel",
            "bazelisk",
            "buck2",
            "meson",
            "gleam",
            "elm",
            "v",
            "scons",
            "waf",
            "biome",
            "rails",
            "php-cs-fixer",
        ],
        verbs: &[
            (
                Free,
                "build, test, check, analyze, compile, version, help, query, cquery, aquery, info, describe, \
                dialyzer, credo, eunit, ct, xref, fmt, format, runtest, lint, spec, make, setup, doctor, package \
                describe",
            ),
            (Write, "clean, new, init, create, configure, introspect, generate"),
            (
                Network,
                "deps.get, deps.update, pub, package, fetch, update, install, deps, upgrade, add, get, wrap, freeze",
            ),
            (
                Run,
                "run, exec, repl, shell, eval, ghci, script, runner, console, server, tool, cc, c++, ecto.migrate, \
                db:migrate, phx.server",
            ),
            (Send, "publish, hex.publish, upload"),
        ],
        known: Known {
            letters: "vhjcqk",
            values: "C",
            long: "version help verbose release quiet filter test_output keep_going jobs coverage cover trace check \
                check-formatted strict warnings-as-errors configuration write fix apply summary print-errorlogs \
                parallel reporter buildtype failed only exclude max-failures seed",
        },
        has_one_dash: false,
    },
    Verbs {
        names: &["bundle", "bundler"],
        verbs: &[
            (Inner, "exec"),
            (Build, "list, show, check, info, version, help, platform, licenses"),
            (Write, "init, clean, lock, binstubs"),
            (Network, "install, update, add, remove, outdated, cache, package, i"),
            (Far, "config, gem, open, console, plugin"),
        ],
        known: Known { letters: "vh", values: "", long: "version help verbose paths name-only dry-run" },
        has_one_dash: false,
    },
    Verbs {
        names: &["gem"],
        verbs: &[
            (Build, "list, environment, env, help, contents, which, dependency, specification, check"),
            (Write, "build, uninstall, cleanup, pristine, rdoc"),
            (Far, "install, update, i, exec, fetch, unpack, sources, server"),
            (Network, "search, info, outdated, query"),
            (Send, "push, yank, owner, signin, signout, cert"),
        ],
        known: Known { letters: "vhl", values: "", long: "version help local versions all no-versions" },
        has_one_dash: false,
    },
    Verbs {
        names: &["composer"],
        verbs: &[
            (
                Free,
                "test, run-script, run, validate, show, info, check, lint, depends, why, licenses, diagnose, \
                check-platform-reqs, analyse, phpstan, about, list, help, status",
            ),
            (Write, "init, dump-autoload, dumpautoload, clear-cache, bump"),
            (Network, "install, i, update, u, require, remove, outdated, audit, search, reinstall, create-project"),
            (Far, "global, exec, config, self-update, archive, browse"),
        ],
        known: Known {
            letters: "vhnqVt",
            values: "",
            long: "version help no-interaction quiet tree verbose strict no-ansi ansi dev no-dev direct",
        },
        has_one_dash: false,
    },
];

pub fn table(name: &str) -> Option<&'static Verbs> {
    const FIRST: &[Verbs] = &[CARGO, RUSTUP, NPM, YARN, BUN, PIP, POETRY, RUFF, COVERAGE, GO];
    FIRST.iter().chain(OTHERS).find(|table| table.names.contains(&name))
}

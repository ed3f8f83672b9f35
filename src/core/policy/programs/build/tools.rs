//! Tools that do one thing to a project: tests, checks, formatters. Options that load code, write elsewhere or take
//! other settings must not stand here. Read by `build.rs`.

use super::Tool;
use crate::core::policy::programs::options::Known;

const NONE: Tool = Tool {
    names: &[],
    known: Known { letters: "", values: "", long: "" },
    writes: &[],
    unless: &[],
    has_one_dash: false,
};

const TOOLS: &[Tool] = &[
    Tool {
        names: &["tsc", "vue-tsc"],
        known: Known {
            letters: "pbwhvd",
            values: "",
            long: "noEmit project build watch pretty incremental version help strict target module skipLibCheck \
                showConfig listFiles declaration emitDeclarationOnly outDir traceResolution diagnostics \
                extendedDiagnostics noErrorTruncation allowJs checkJs noemit jsx lib types esModuleInterop \
                moduleResolution noImplicitAny noUnusedLocals noUnusedParameters composite verbose dry force clean",
        },
        ..NONE
    },
    Tool {
        names: &["eslint", "stylelint", "oxlint", "markdownlint"],
        known: Known {
            letters: "hv",
            values: "",
            long: "ext fix fix-dry-run cache max-warnings quiet report-unused-disable-directives color no-color \
                no-error-on-unmatched-pattern debug ignore-pattern no-inline-config version help print-config \
                pass-on-no-patterns rule stats fix-type",
        },
        writes: &["--fix"],
        ..NONE
    },
    Tool {
        names: &["prettier", "dprint"],
        known: Known {
            letters: "clwhu",
            values: "",
            long: "check list-different write version help loglevel log-level ignore-unknown no-color cache \
                no-error-on-unmatched-pattern support-info file-info find-config-path",
        },
        writes: &["--write", "-w"],
        ..NONE
    },
    Tool {
        names: &["jest", "vitest", "playwright", "cypress", "ava", "karma", "tap", "wdio"],
        known: Known {
            letters: "tiuvwobh",
            values: "",
            long: "coverage watch watchAll ci runInBand testNamePattern testPathPattern testPathPatterns verbose \
                silent bail passWithNoTests detectOpenHandles forceExit maxWorkers onlyChanged json colors no-cache \
                no-coverage listTests showConfig version help run update updateSnapshot headed project grep workers \
                retries list timeout only-changed last-failed max-failures quiet spec browser headless changed \
                shard testTimeout clearCache findRelatedTests",
        },
        writes: &["-u", "--update", "--updateSnapshot"],
        ..NONE
    },
    Tool {
        names: &["mocha"],
        known: Known {
            letters: "bgtwch",
            values: "",
            long: "bail grep timeout watch exit recursive parallel color no-color version help invert forbid-only \
                forbid-pending check-leaks dry-run fgrep slow retries jobs full-trace",
        },
        ..NONE
    },
    Tool {
        names: &[
            "vite",
            "next",
            "nuxt",
            "astro",
            "webpack",
            "rollup",
            "esbuild",
            "ng",
            "turbo",
            "nx",
            "lerna",
            "svelte-check",
            "tsup",
            "parcel",
            "gulp",
            "grunt",
            "knip",
            "depcheck",
            "swc",
        ],
        known: Known {
            letters: "hvwc",
            values: "",
            long: "version help watch minify sourcemap production all no-cache force parallel output-style dry-run",
        },
        ..NONE
    },
    Tool {
        names: &["pytest", "py.test"],
        known: Known {
            letters: "qvxslh",
            values: "kmnr",
            long: "tb maxfail lf last-failed ff failed-first nf new-first sw stepwise durations cov cov-report \
                cov-fail-under cov-branch no-cov markers fixtures collect-only co verbose quiet no-header \
                no-summary disable-warnings showlocals capture strict-markers strict-config color junitxml \
                junit-xml timeout reruns numprocesses dist ignore deselect import-mode asyncio-mode exitfirst \
                setup-show full-trace version help durations-min runslow benchmark-only benchmark-skip cache-show \
                cache-clear doctest-modules no-showlocals snapshot-update",
        },
        writes: &["--snapshot-update"],
        ..NONE
    },
    Tool {
        names: &["tox", "nox"],
        known: Known {
            letters: "elrqvph",
            values: "s",
            long: "list session sessions reuse-existing-virtualenvs env parallel version help quiet \
                skip-missing-interpreters listenvs showconfig",
        },
        ..NONE
    },
    Tool {
        names: &["mypy", "pyright", "basedpyright", "pyre", "ty"],
        known: Known {
            letters: "vVhp",
            values: "",
            long: "strict ignore-missing-imports pretty show-error-codes no-error-summary no-color-output check \
                show-error-context show-column-numbers explicit-package-bases namespace-packages no-incremental \
                warn-unused-ignores disallow-untyped-defs exclude python-version version help stats verbose \
                outputjson warnings no-strict-optional check-untyped-defs follow-imports package platform",
        },
        ..NONE
    },
    Tool {
        names: &["black", "isort", "autopep8", "yapf", "autoflake", "pyupgrade"],
        known: Known {
            letters: "lqvtcd",
            values: "",
            long: "check diff line-length target-version quiet verbose color fast safe version help check-only profile \
                exclude include skip-string-normalization preview show-files",
        },
        unless: &["--check", "--diff", "--check-only", "--help"],
        ..NONE
    },
    Tool {
        names: &[
            "flake8",
            "pylint",
            "pycodestyle",
            "pydocstyle",
            "bandit",
            "vulture",
            "codespell",
            "yamllint",
            "pyflakes",
        ],
        known: Known {
            letters: "qvrlxE",
            values: "",
            long: "max-line-length select ignore extend-ignore exclude count statistics show-source max-complexity \
                version help disable enable errors-only score exit-zero jobs strict recursive output-format",
        },
        ..NONE
    },
    Tool {
        names: &["rustfmt"],
        known: Known { letters: "vqlh", values: "", long: "check edition version help verbose quiet color" },
        unless: &["--check", "--help", "-l"],
        ..NONE
    },
    Tool {
        names: &["rustc", "rustdoc", "rust-analyzer"],
        known: Known {
            letters: "VvhOg",
            values: "",
            long: "version verbose help edition explain crate-type crate-name test print color",
        },
        ..NONE
    },
    Tool {
        names: &["gofmt", "goimports", "gofumpt"],
        known: Known { letters: "", values: "", long: "l d e s w version" },
        writes: &["--w"],
        has_one_dash: true,
        ..NONE
    },
    Tool {
        names: &["golangci-lint", "staticcheck", "errcheck", "govulncheck", "revive"],
        known: Known {
            letters: "vh",
            values: "EDp",
            long: "fix timeout fast enable disable enable-all disable-all tests verbose version help new \
                max-issues-per-linter max-same-issues skip-dirs no-config",
        },
        writes: &["--fix"],
        ..NONE
    },
    Tool {
        names: &["ctest"],
        known: Known {
            letters: "VNQ",
            values: "RLEjC",
            long: "output-on-failure test-dir parallel verbose version help rerun-failed show-only timeout \
                stop-on-failure repeat progress label-regex tests-regex exclude-regex no-tests",
        },
        ..NONE
    },
    Tool {
        names: &["gradle", "gradlew"],
        known: Known {
            letters: "qiswdhvta",
            values: "x",
            long: "quiet info stacktrace warn debug offline daemon no-daemon tests parallel continue build-cache \
                no-build-cache rerun-tasks version help exclude-task console dry-run configuration \
                configuration-cache no-configuration-cache full-stacktrace status refresh-dependencies all",
        },
        ..NONE
    },
    Tool {
        names: &["rspec", "minitest", "rubocop", "standardrb", "brakeman", "reek"],
        known: Known {
            letters: "fbdpewaAxh",
            values: "",
            long: "format backtrace dry-run fail-fast only-failures next-failure profile example tag seed color \
                no-color version help parallel display-cop-names only except autocorrect autocorrect-all fix order \
                force-color",
        },
        writes: &["-a", "-A", "--autocorrect", "--autocorrect-all", "--fix", "-x"],
        ..NONE
    },
    Tool {
        names: &["phpunit", "pest", "phpstan", "psalm", "phpcs"],
        known: Known {
            letters: "vhln",
            values: "",
            long: "filter testsuite group exclude-group stop-on-failure colors testdox verbose version help \
                no-coverage list-tests debug level no-progress error-format standard coverage-text",
        },
        ..NONE
    },
    Tool {
        names: &["msbuild", "xcodebuild"],
        known: Known {
            letters: "",
            values: "",
            long: "version help list scheme project workspace configuration sdk destination quiet showBuildSettings \
                target",
        },
        has_one_dash: true,
        ..NONE
    },
];

pub fn table(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.names.contains(&name))
}

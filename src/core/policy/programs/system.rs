//! Programs that tell of the machine, the user and the time. Read by `table.rs`. An option that changes something must not be
//! here, nor one that shows the environment of a process.

use crate::core::policy::table::{Operands, Program};

const R: Program = Program { operands: Operands::None, ..Program::READER };

pub const TABLES: &[Program] = &[
    // Not -s, which sets the clock.
    Program {
        names: &["date"],
        flags: "uR",
        texts: "d",
        attached: "I",
        files: "rf",
        long: &["utc", "universal", "rfc-email", "iso-8601", "debug", "help", "version"],
        long_texts: &["date", "rfc-3339", "iso-8601"],
        long_files: &["reference", "file"],
        has_plus: true,
        // A word without a plus would set the clock; one with it is text.
        operands: Operands::PlusText,
        is_tolerant: false,
        ..R
    },
    Program {
        names: &["whoami", "logname", "nproc", "arch", "tty", "users", "hostid"],
        flags: "s",
        long: &["all", "help", "version", "silent", "quiet"],
        long_texts: &["ignore"],
        ..R
    },
    Program {
        names: &["id", "groups"],
        flags: "agGnruz",
        long: &["group", "groups", "name", "real", "user", "zero", "help", "version"],
        operands: Operands::Text,
        ..R
    },
    Program {
        names: &["uname"],
        flags: "asnrvmpio",
        long: &[
            "all",
            "kernel-name",
            "nodename",
            "kernel-release",
            "kernel-version",
            "machine",
            "processor",
            "hardware-platform",
            "operating-system",
            "help",
            "version",
        ],
        ..R
    },
    // With a word it sets the name; some options ask a name server.
    Program {
        names: &["hostname"],
        flags: "sI",
        long: &["all-ip-addresses", "short", "help", "version"],
        is_tolerant: false,
        ..R
    },
    Program { names: &["uptime"], flags: "ps", long: &["pretty", "since", "help", "version"], ..R },
    Program {
        names: &["free"],
        flags: "bkmghltvw",
        texts: "c",
        long: &[
            "bytes", "kibi", "mebi", "gibi", "human", "lohi", "total", "wide", "si", "help", "version", "mega", "giga",
        ],
        ..R
    },
    Program {
        names: &["who", "w"],
        flags: "abdHlmpqrstTuhfo",
        long: &["all", "boot", "heading", "count", "users", "help", "version", "short"],
        operands: Operands::None,
        ..R
    },
    Program {
        names: &["vmstat", "iostat", "mpstat"],
        flags: "asdmSwthxkyN",
        operands: Operands::Text,
        long: &["help", "version"],
        ..R
    },
    Program {
        names: &["pgrep", "pidof"],
        flags: "flnovwxcaiqs",
        texts: "gGPstuUd",
        long: &["list-name", "newest", "oldest", "full", "exact", "count", "help", "version", "ignore-case"],
        long_texts: &["parent", "session", "terminal", "euid", "uid", "delimiter"],
        operands: Operands::Text,
        ..R
    },
    Program {
        names: &["lscpu", "lsblk", "lsmem", "lsusb", "lspci", "lsmod"],
        flags: "abcdefhiJklmnoOpPrsStvxyz",
        texts: "o",
        long: &[
            "all",
            "json",
            "list",
            "output-all",
            "extended",
            "parse",
            "help",
            "version",
            "fs",
            "bytes",
            "noheadings",
            "paths",
            "tree",
        ],
        long_texts: &["output"],
        ..R
    },
    Program {
        names: &["locale"],
        flags: "amck",
        long: &["all-locales", "charmaps", "category-name", "keyword-name", "help", "version"],
        operands: Operands::Text,
        ..R
    },
    Program { names: &["getconf"], flags: "a", operands: Operands::Text, ..R },
    Program {
        names: &["which", "whereis"],
        flags: "abmsu",
        long: &["all", "skip-dot", "skip-tilde", "show-dot", "show-tilde", "help", "version"],
        operands: Operands::Text,
        ..R
    },
    Program {
        names: &["cal", "ncal"],
        flags: "13bhjJMwyCeo",
        texts: "mABd",
        long: &["three", "one", "sunday", "monday", "year", "julian", "help", "version"],
        operands: Operands::Text,
        ..R
    },
    Program { names: &["sleep"], operands: Operands::Text, long: &["help", "version"], ..R },
    Program { names: &["yes"], operands: Operands::Text, long: &["help", "version"], ..R },
    Program { names: &["tput"], flags: "V", texts: "T", operands: Operands::Text, ..R },
    Program {
        names: &["lsb_release"],
        flags: "vidrcash",
        long: &["all", "description", "release", "codename", "short", "id"],
        ..R
    },
];

//! Programs that print, cut, sort and compare texts, with their options that do no harm. Read by `table.rs`. An option that
//! writes or runs something must not be here.

use crate::core::policy::table::{Operands, Program};

const R: Program = Program::READER;

pub const TABLES: &[Program] = &[
    Program {
        names: &["cat", "tac", "rev"],
        flags: "AbeEnstTuv",
        texts: "s",
        long: &[
            "show-all",
            "number",
            "number-nonblank",
            "show-ends",
            "show-tabs",
            "show-nonprinting",
            "squeeze-blank",
            "help",
            "version",
            "before",
            "regex",
        ],
        long_texts: &["separator"],
        ..CAT
    },
    Program {
        names: &["head"],
        flags: "qvz",
        texts: "nc",
        long: &["quiet", "silent", "verbose", "zero-terminated", "help", "version"],
        long_texts: &["lines", "bytes"],
        has_numbers: true,
        ..R
    },
    // Not -f: it never ends.
    Program {
        names: &["tail"],
        flags: "qvz",
        texts: "nc",
        long: &["quiet", "silent", "verbose", "zero-terminated", "help", "version"],
        long_texts: &["lines", "bytes"],
        has_numbers: true,
        has_plus: true,
        ..R
    },
    Program {
        names: &["wc"],
        flags: "clmwL",
        long: &["bytes", "chars", "lines", "words", "max-line-length", "help", "version", "total"],
        ..R
    },
    Program {
        names: &["nl"],
        flags: "p",
        texts: "bdfhilnsvw",
        long: &["no-renumber", "help", "version"],
        long_texts: &[
            "body-numbering",
            "header-numbering",
            "footer-numbering",
            "number-format",
            "number-width",
            "number-separator",
            "starting-line-number",
            "line-increment",
            "section-delimiter",
            "join-blank-lines",
        ],
        ..R
    },
    // Not -o, --compress-program, -T.
    Program {
        names: &["sort"],
        flags: "bdfghiMnRrVcCmsuz",
        texts: "ktS",
        long: &[
            "ignore-leading-blanks",
            "dictionary-order",
            "ignore-case",
            "general-numeric-sort",
            "ignore-nonprinting",
            "month-sort",
            "human-numeric-sort",
            "numeric-sort",
            "random-sort",
            "reverse",
            "version-sort",
            "check",
            "merge",
            "stable",
            "unique",
            "zero-terminated",
            "debug",
            "help",
            "version",
        ],
        long_texts: &["key", "field-separator", "buffer-size", "parallel", "sort", "batch-size"],
        is_tolerant: false,
        ..R
    },
    // A second operand is written.
    Program {
        names: &["uniq"],
        flags: "cdDiuz",
        texts: "fsw",
        long: &[
            "count",
            "repeated",
            "all-repeated",
            "unique",
            "ignore-case",
            "zero-terminated",
            "group",
            "help",
            "version",
        ],
        long_texts: &["skip-fields", "skip-chars", "check-chars"],
        operands: Operands::FilesUpTo(1),
        is_tolerant: false,
        ..R
    },
    Program {
        names: &["cut"],
        flags: "nsz",
        texts: "bcdf",
        long: &["only-delimited", "complement", "zero-terminated", "help", "version"],
        long_texts: &["bytes", "characters", "delimiter", "fields", "output-delimiter"],
        ..R
    },
    Program {
        names: &["tr"],
        flags: "cCdst",
        long: &["complement", "delete", "squeeze-repeats", "truncate-set1", "help", "version"],
        operands: Operands::Text,
        ..R
    },
    Program {
        names: &["paste"],
        flags: "sz",
        texts: "d",
        long: &["serial", "zero-terminated", "help", "version"],
        long_texts: &["delimiters"],
        ..R
    },
    Program {
        names: &["join"],
        flags: "iz",
        texts: "12ateovj",
        long: &["ignore-case", "check-order", "nocheck-order", "header", "zero-terminated", "help", "version"],
        ..R
    },
    Program {
        names: &["comm"],
        flags: "123z",
        long: &["check-order", "nocheck-order", "total", "zero-terminated", "help", "version"],
        long_texts: &["output-delimiter"],
        ..R
    },
    Program {
        names: &["column"],
        flags: "tnexLJd",
        texts: "cosNHRrTWEOlp",
        long: &[
            "table",
            "json",
            "fillrows",
            "keep-empty-lines",
            "help",
            "version",
            "table-noheadings",
            "table-header-repeat",
        ],
        long_texts: &[
            "separator",
            "output-separator",
            "output-width",
            "table-columns",
            "table-right",
            "table-hide",
            "table-name",
            "table-order",
            "table-truncate",
            "table-wrap",
        ],
        ..R
    },
    Program {
        names: &["fold"],
        flags: "bcs",
        texts: "w",
        long: &["bytes", "spaces", "characters", "help", "version"],
        long_texts: &["width"],
        ..R
    },
    Program {
        names: &["fmt"],
        flags: "cstu",
        texts: "wpg",
        long: &["crown-margin", "split-only", "tagged-paragraph", "uniform-spacing", "help", "version"],
        long_texts: &["width", "prefix", "goal"],
        has_numbers: true,
        ..R
    },
    Program {
        names: &["expand", "unexpand"],
        flags: "iat",
        texts: "t",
        long: &["initial", "all", "first-only", "help", "version"],
        long_texts: &["tabs"],
        ..R
    },
    Program {
        names: &["pr"],
        flags: "acdFfhJmrtTvD",
        texts: "lowN",
        attached: "seinS",
        long: &["help", "version", "columns", "across", "merge", "omit-header"],
        has_numbers: true,
        has_plus: true,
        ..R
    },
    // Not -o.
    Program {
        names: &["shuf"],
        flags: "erz",
        texts: "ni",
        long: &["echo", "repeat", "zero-terminated", "help", "version"],
        long_texts: &["head-count", "input-range"],
        is_tolerant: false,
        ..R
    },
    Program { names: &["tsort"], long: &["help", "version"], ..R },
    Program {
        names: &["od"],
        flags: "abcdfhilosvxB",
        texts: "AjNtS",
        attached: "w",
        long: &["output-duplicates", "traditional", "help", "version", "strings", "width"],
        long_texts: &["address-radix", "skip-bytes", "read-bytes", "format", "endian"],
        ..R
    },
    Program {
        names: &["hexdump", "hd"],
        flags: "bcCdovxX",
        texts: "nse",
        long: &["canonical", "help", "version", "no-squeezing"],
        long_texts: &["length", "skip"],
        ..R
    },
    Program {
        names: &["strings"],
        flags: "afdwo",
        texts: "neStT",
        long: &["all", "data", "print-file-name", "include-all-whitespace", "help", "version"],
        long_texts: &["bytes", "radix", "encoding", "output-separator"],
        has_numbers: true,
        ..R
    },
    Program {
        names: &["diff", "colordiff"],
        flags: "abBcdeEiNnpqrstTuwyZ",
        texts: "CIUWFSxLX",
        files: "X",
        long: &[
            "brief",
            "report-identical-files",
            "unified",
            "context",
            "side-by-side",
            "recursive",
            "new-file",
            "ignore-case",
            "ignore-space-change",
            "ignore-all-space",
            "ignore-blank-lines",
            "ignore-trailing-space",
            "ignore-tab-expansion",
            "text",
            "minimal",
            "strip-trailing-cr",
            "expand-tabs",
            "initial-tab",
            "show-c-function",
            "suppress-common-lines",
            "left-column",
            "color",
            "no-dereference",
            "rcs",
            "ed",
            "normal",
            "suppress-blank-empty",
            "speed-large-files",
            "help",
            "version",
        ],
        long_texts: &[
            "exclude",
            "width",
            "label",
            "ignore-matching-lines",
            "show-function-line",
            "starting-file",
            "tabsize",
        ],
        long_files: &["exclude-from", "from-file", "to-file"],
        ..R
    },
    Program {
        names: &["cmp"],
        flags: "bls",
        texts: "in",
        long: &["print-bytes", "verbose", "quiet", "silent", "help", "version"],
        long_texts: &["ignore-initial", "bytes"],
        ..R
    },
    Program {
        names: &["diff3"],
        flags: "aAeEimTxX3",
        long: &["text", "merge", "easy-only", "show-all", "help", "version"],
        ..R
    },
    Program {
        names: &[
            "md5sum",
            "sha1sum",
            "sha224sum",
            "sha256sum",
            "sha384sum",
            "sha512sum",
            "b2sum",
            "cksum",
            "sum",
            "shasum",
        ],
        flags: "bctwzrs",
        texts: "al",
        long: &[
            "binary",
            "check",
            "text",
            "tag",
            "quiet",
            "status",
            "strict",
            "warn",
            "ignore-missing",
            "zero",
            "untagged",
            "raw",
            "base64",
            "help",
            "version",
        ],
        long_texts: &["algorithm", "length"],
        ..R
    },
    // Prints as many lines as it is told, from nothing but its words.
    Program {
        names: &["seq"],
        flags: "w",
        texts: "fs",
        long: &["equal-width", "help", "version"],
        long_texts: &["format", "separator"],
        operands: Operands::Text,
        has_numbers: true,
        ..R
    },
    Program {
        names: &["expr", "factor"],
        flags: "h",
        long: &["help", "version", "exponents"],
        operands: Operands::Text,
        has_numbers: true,
        ..R
    },
    Program {
        names: &["numfmt"],
        flags: "z",
        texts: "d",
        long: &["header", "grouping", "debug", "zero-terminated", "help", "version"],
        long_texts: &[
            "from",
            "to",
            "from-unit",
            "to-unit",
            "field",
            "format",
            "padding",
            "round",
            "suffix",
            "delimiter",
            "invalid",
        ],
        operands: Operands::Text,
        has_numbers: true,
        ..R
    },
    // GNU's has no way out to a shell.
    Program {
        names: &["bc"],
        flags: "ilqsw",
        long: &["interactive", "mathlib", "quiet", "standard", "warn", "help", "version"],
        ..R
    },
    Program {
        names: &["iconv"],
        flags: "cls",
        texts: "ft",
        long: &["list", "silent", "help", "version"],
        long_texts: &["from-code", "to-code"],
        is_tolerant: false,
        ..R
    },
    Program { names: &["jsonlint", "xmlwf"], flags: "q", ..R },
    Program {
        names: &["tokei", "scc"],
        flags: "fsc",
        long: &["by-file", "files", "hidden", "no-ignore"],
        long_texts: &["sort", "exclude-dir", "include-lang", "type", "exclude"],
        is_tolerant: false,
        ..R
    },
];

/// Without -r. A second operand is written.
pub const XXD: &Program = &Program {
    names: &["xxd"],
    flags: "abEipuCd",
    texts: "clgson",
    operands: Operands::FilesUpTo(1),
    is_tolerant: false,
    ..Program::READER
};

const CAT: Program = Program { operands: Operands::Files, ..Program::READER };

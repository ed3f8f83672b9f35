//! `holder --foreground`: one holder by hand, its spec as JSON on standard input, what became of the start as one
//! JSON line on standard output. For tests and for looking closely; the server's holders are forked instead.

use crate::cli::{Failure, USAGE};
use crate::holder::{self, Report};
use crate::proto::holder::HolderSpec;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;

pub fn run() -> Result<i32, Failure> {
    if !crate::config::environment::words().any(|a| a == "--foreground") {
        return Err(Failure::new(USAGE, "a holder is started by the fork server")
            .hint("`holder --foreground` reads a spec from standard input"));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let spec: HolderSpec =
        serde_json::from_str(&text).map_err(|e| Failure::new(USAGE, "the spec cannot be understood").cause(e))?;
    let report = std::io::stdout().as_fd().try_clone_to_owned()?;
    Ok(holder::run(spec, Report(File::from(report))))
}

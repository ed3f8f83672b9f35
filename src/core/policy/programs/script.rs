//! Small languages in an argument: sed, awk, jq; and those that print their words or decode them. A script is read as far as is
//! needed to see that it only reads; what is not understood is asked for.

mod awk;
mod jq;
mod print;
mod sed;

use crate::core::policy::call::Call;
use crate::core::policy::walk::{Flow, Walk};

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    Some(match name {
        "sed" | "gsed" => sed::judge,
        "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => awk::judge,
        "jq" | "jaq" | "gojq" => jq::judge,
        "echo" => print::echo,
        "printf" => print::printf,
        "base64" | "base32" | "basenc" => print::of_base64,
        "xxd" => print::xxd,
        "ps" => print::ps,
        "printenv" => print::printenv,
        _ => return None,
    })
}

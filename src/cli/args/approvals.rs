//! The words of `approvals`, `approve` and `deny`. Read by `cli/approvals`, and by the page of the manual.

use clap::Args;

#[derive(Args, Debug)]
pub struct ApprovalsArguments {
    /// pending, approved, denied, withdrawn or all
    #[arg(long, default_value = "pending")]
    pub status: String,
}

#[derive(Args, Debug)]
pub struct ApproveArguments {
    /// Numbers of requests; or a terminal of which one waits
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Kept with the answer
    #[arg(long)]
    pub note: Option<String>,
}

#[derive(Args, Debug)]
pub struct DenyArguments {
    /// Numbers of requests; or a terminal of which one waits
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Kept with the answer
    #[arg(long)]
    pub reason: Option<String>,
}

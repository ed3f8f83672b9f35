//! Every route, once: method, path, who may use it, what it takes and gives. The router, the OpenAPI document and
//! the attack tests are made from this table, so that none of them can forget a route.

use crate::api::{approvals as ap, handlers as h, life as l, metrics as m, trust as tr, worktrees as wt};
use crate::proto::{approval, diff, life, policy, rest, status, trust, usage, worktree};
use crate::server::App;
use axum::routing::{MethodRouter, delete, get, post};
use schemars::{Schema, SchemaGenerator};
use std::sync::Arc;

/// Who may use a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Also without a token.
    Anyone,
    /// The operator, and an agent for what is its own session's.
    Own,
    /// The operator alone.
    Operate,
}

/// The shape of a body, made when the document is.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
    pub request: Option<Shape>,
    pub response: Option<Shape>,
    pub handler: fn() -> MethodRouter<Arc<App>>,
}

fn shape<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

macro_rules! route {
    ($method:ident $path:literal $access:ident $summary:literal, $request:expr, $response:expr, $handler:expr) => {
        Route {
            method: stringify!($method),
            path: $path,
            access: Access::$access,
            summary: $summary,
            request: $request,
            response: $response,
            handler: || $method($handler),
        }
    };
}

pub const ROUTES: &[Route] = &[
    route!(get "/health" Anyone "Whether the server is well",
        None, Some(shape::<rest::Health>), h::health),
    route!(get "/openapi.json" Own "This document", None, None, h::openapi),
    route!(get "/providers" Own "Kinds of agents, and which are on this machine: path=PATH of a launch",
        None, Some(shape::<Vec<rest::Provider>>), h::providers),
    route!(post "/policy/check" Own "What the rules say of a step of an agent",
        Some(shape::<policy::PolicyCheck>), Some(shape::<policy::PolicyVerdict>), h::policy_check),
    route!(get "/policy/steps" Operate "What agents did, as their hooks told of it, and what the rules said: since=MS&tool=shell&before=NEXT&most=N",
        None, Some(shape::<policy::PolicySteps>), h::policy_steps),
    route!(get "/approvals" Operate "Requests that wait for a yes: status=pending, approved, denied, withdrawn or all",
        None, Some(shape::<Vec<approval::Approval>>), ap::all),
    route!(post "/approvals" Operate "Ask for a text to be typed once somebody has said yes",
        Some(shape::<approval::ApprovalRequest>), Some(shape::<approval::Approval>), ap::ask),
    route!(get "/approvals/{id}" Operate "One request", None, Some(shape::<approval::Approval>), ap::one),
    route!(post "/approvals/{id}/approve" Operate "Say yes; what was asked for is done then. On the Unix socket alone",
        Some(shape::<approval::ApprovalAnswer>), Some(shape::<approval::Approval>), ap::approve),
    route!(post "/approvals/{id}/deny" Operate "Say no. On the Unix socket alone",
        Some(shape::<approval::ApprovalAnswer>), Some(shape::<approval::Approval>), ap::deny),
    route!(get "/sessions" Own "All sessions with their terminals",
        None, Some(shape::<Vec<rest::Session>>), h::sessions),
    route!(post "/sessions" Operate "Start a session with its first terminal (and workers)",
        Some(shape::<rest::LaunchRequest>), Some(shape::<rest::Terminal>), h::create_session),
    route!(get "/sessions/{name}" Own "One session",
        None, Some(shape::<rest::Session>), h::session),
    route!(delete "/sessions/{name}" Operate "End every agent of a session and remove it", None, None, h::delete_session),
    route!(get "/sessions/{name}/terminals" Own "The terminals of a session",
        None, Some(shape::<Vec<rest::Terminal>>), h::session_terminals),
    route!(post "/sessions/{name}/terminals" Operate "Start one more terminal in a session",
        Some(shape::<rest::LaunchRequest>), Some(shape::<rest::Terminal>), h::create_terminal),
    route!(get "/terminals" Own "All terminals; weight=true: with what each takes",
        None, Some(shape::<Vec<rest::Terminal>>), h::terminals),
    route!(get "/terminals/{id}" Own "One terminal; weight=true: with what it takes",
        None, Some(shape::<rest::Terminal>), h::terminal),
    route!(delete "/terminals/{id}" Operate "End the agent and remove the terminal", None, None, h::delete_terminal),
    route!(get "/terminals/{id}/status" Own "What the agent does, with the evidence: at=MS or offset=BYTE of an earlier moment, provider=RULES",
        None, Some(shape::<status::StatusReport>), h::status),
    route!(post "/terminals/{id}/hooks" Own "An event of the agent's CLI, told by a process of that agent",
        Some(shape::<status::HookRequest>), None, h::hook),
    route!(post "/terminals/{id}/input" Operate "Type a message and press Enter",
        Some(shape::<rest::InputRequest>), Some(shape::<rest::Sent>), h::input),
    route!(post "/terminals/{id}/key" Operate "Press keys by their names",
        Some(shape::<rest::KeyRequest>), Some(shape::<rest::Sent>), h::key),
    route!(get "/terminals/{id}/output" Own "What was printed: mode=full, last or screen",
        None, Some(shape::<rest::Output>), h::output),
    route!(get "/terminals/{id}/output/range" Own "Bytes of the log as they were printed: offset, length", None, None, h::range),
    route!(get "/terminals/{id}/output/run" Own "Where the output of the last run lies in the log, and the sizes it had",
        None, Some(shape::<rest::RunOutput>), h::run_output),
    route!(get "/terminals/{id}/transcript" Own
        "A page of the whole past: from=ROW, offset=BYTE or time=MS; lines; until=BYTE",
        None, Some(shape::<rest::Transcript>), h::transcript),
    route!(get "/terminals/{id}/transcript/find" Own "The next row of the past that matches: q, row, back, wrap, until",
        None, Some(shape::<rest::FoundRow>), h::transcript_find),
    route!(get "/terminals/{id}/transcript/matches" Own "All rows of the past that match: q, until",
        None, Some(shape::<rest::FoundRows>), h::transcript_matches),
    route!(get "/terminals/{id}/diff" Own
        "What became of the files around the agent: base=fork or head, file=PATH, revision=KNOWN",
        None, Some(shape::<diff::Diff>), h::diff),
    route!(post "/terminals/{id}/answer" Operate "Say yes or no to what the agent's own program asks",
        Some(shape::<rest::AnswerRequest>), Some(shape::<rest::Terminal>), l::answer),
    route!(get "/terminals/{id}/snapshots" Operate "What was kept of the folder around an agent, and who else works there",
        None, Some(shape::<worktree::Snapshots>), wt::snapshots),
    route!(post "/terminals/{id}/snapshot" Operate "Keep everything in its folder as a commit under refs/conductor/snap",
        Some(shape::<worktree::SnapshotRequest>), Some(shape::<worktree::Snapshot>), wt::snapshot_of),
    route!(post "/terminals/{id}/restore" Operate "Bring its folder back to a snapshot; what is there becomes one first",
        Some(shape::<worktree::FolderRestoreRequest>), Some(shape::<worktree::Restored>), wt::restore_of),
    route!(get "/orphans" Operate "Processes that agents left behind", None, Some(shape::<Vec<rest::Orphan>>), h::orphans),
    route!(get "/repository" Operate "Whether a work tree can be made beside a directory: directory=PATH",
        None, Some(shape::<worktree::Beside>), wt::beside),
    route!(get "/worktrees" Operate "Work trees that were made for agents, removed ones that can be brought back among them",
        None, Some(shape::<Vec<worktree::Worktree>>), wt::all),
    route!(get "/worktrees/{id}" Operate "One work tree", None, Some(shape::<worktree::Worktree>), wt::one),
    route!(get "/worktrees/{id}/outlook" Operate "What would come of its end: into=BRANCH",
        None, Some(shape::<worktree::Outlook>), wt::outlook),
    route!(post "/worktrees/{id}/snapshot" Operate "Keep everything in it as a commit under refs/conductor/snap",
        Some(shape::<worktree::SnapshotRequest>), Some(shape::<worktree::Snapshot>), wt::snapshot),
    route!(post "/worktrees/{id}/remove" Operate "Take it away, everything in it being kept",
        Some(shape::<worktree::RemoveRequest>), Some(shape::<worktree::Worktree>), wt::remove),
    route!(post "/worktrees/{id}/restore" Operate "Bring a removed one back, or a living one to what it was",
        Some(shape::<worktree::RestoreRequest>), Some(shape::<worktree::Worktree>), wt::restore),
    route!(post "/worktrees/{id}/finish" Operate "Bring its work into the base, or push it, and take it away",
        Some(shape::<worktree::FinishRequest>), Some(shape::<worktree::Finished>), wt::finish),
    route!(get "/trust" Operate "Directories whose .conductor/ is trusted",
        None, Some(shape::<Vec<trust::Trust>>), tr::all),
    route!(get "/trust/content" Operate "What lies in a directory's .conductor/, beside what was trusted: directory=DIR",
        None, Some(shape::<trust::TrustContent>), tr::content),
    route!(post "/trust" Operate "Trust what was shown, by its hash; on the Unix socket alone",
        Some(shape::<trust::TrustRequest>), Some(shape::<trust::Trust>), tr::give),
    route!(delete "/trust" Operate "Trust a directory no more: directory=DIR", None, None, tr::revoke),
    route!(get "/usage" Own "Tokens and cost by day, session and agent, those that are gone too: since=7d or since=DATE",
        None, Some(shape::<usage::UsageReport>), h::usage),
    route!(get "/metrics" Operate "Numbers for Prometheus, in its text format", None, None, m::metrics),
    route!(get "/search" Own "Lines of text in all output: q, terminal, session, limit",
        None, Some(shape::<rest::Search>), h::search),
    route!(post "/terminals/{id}/exit" Operate "End the agent, keep the terminal", None, None, h::exit),
    route!(post "/terminals/{id}/restart" Operate "Start the program again under the same id",
        None, Some(shape::<rest::Terminal>), h::restart),
    route!(post "/terminals/{id}/resume" Operate "Start again with the same conversation, or with another it had",
        Some(shape::<life::ResumeRequest>), Some(shape::<rest::Terminal>), l::resume),
    route!(get "/terminals/{id}/conversations" Operate "The conversations that the agent had, the newest first",
        None, Some(shape::<Vec<life::Conversation>>), l::conversations),
    route!(post "/resume-all" Operate "Take up again all agents that were cut off, as by the end of the machine",
        Some(shape::<life::ResumeAllRequest>), Some(shape::<Vec<life::Done>>), l::resume_all),
    route!(get "/stop-all" Own "Whether everything is stopped", None, Some(shape::<life::StopAll>), l::stopped),
    route!(post "/stop-all" Operate "Interrupt every agent and hold all messages, or take that back",
        Some(shape::<life::StopAllRequest>), Some(shape::<life::StopAll>), l::stop_all),
    route!(post "/terminals/{id}/rename" Operate "Give the terminal another name",
        Some(shape::<rest::RenameRequest>), Some(shape::<rest::Terminal>), h::rename),
    route!(post "/terminals/{id}/seen" Operate "A person has looked at it", None, None, h::seen),
    route!(post "/terminals/{id}/token" Operate "A token with which this agent may call over TCP", None, None, h::token),
    route!(post "/server/shutdown" Operate "End the server; agents go on unless named",
        Some(shape::<rest::ShutdownRequest>), None, h::shutdown),
    route!(get "/stream" Own "WebSocket: notices, screen frames, keys", None, None, h::stream),
    route!(get "/ws" Own "The same as /stream", None, None, h::stream),
];

/// The access of a request's route, by the pattern that the router matched.
pub fn access_of(method: &str, pattern: &str) -> Option<Access> {
    ROUTES.iter().find(|r| r.path == pattern && r.method.eq_ignore_ascii_case(method)).map(|r| r.access)
}

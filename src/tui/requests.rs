//! Which request carries out a command of the screen, and which message its answer is. Called by the run loop. It must
//! never wait: the run loop does, beside everything else.

use super::msg::{Command, Failure, Msg};
use super::past::Wanted;
use crate::client::{Client, ClientError, providers, segment};
use crate::proto::life::{ResumeAllRequest, ResumeRequest, StopAllRequest};
use crate::proto::rest::{AnswerRequest, Health, InputRequest, KeyRequest, Output, RenameRequest, Terminal};
use crate::proto::worktree::{RemoveRequest, RestoreRequest, SnapshotRequest};
use futures_util::future::LocalBoxFuture;

/// Lines that a pager is given: the most that the server renders at once.
const PAGED: usize = 100_000;

/// The request for a command; `None` for those that ask the server nothing.
pub fn of(command: Command, client: Client) -> Option<LocalBoxFuture<'static, Msg>> {
    Some(match command {
        Command::FetchSessions => {
            Box::pin(async move { Msg::Sessions(client.get("/sessions").await.map_err(|e| failure(&e))) })
        }
        Command::FetchProviders { path } => Box::pin(async move {
            let read = async {
                let health: Health = client.get("/health").await?;
                Ok((client.get(&providers(path.as_deref())).await?, health.problems))
            };
            Msg::Providers(read.await.map_err(|e: ClientError| failure(&e)))
        }),
        Command::FetchBeside { directory } => Box::pin(async move {
            let path = format!("/repository?directory={}", segment(&directory));
            Msg::Beside { directory, result: client.get(&path).await.map_err(|e| failure(&e)) }
        }),
        Command::Launch { session, request, type_there } => Box::pin(async move {
            let path =
                session.map_or_else(|| "/sessions".to_owned(), |s| format!("/sessions/{}/terminals", segment(&s)));
            let result = client.post::<_, Terminal>(&path, &*request).await;
            Msg::Launched { result: result.map(Box::new).map_err(|e| failure(&e)), type_there }
        }),
        Command::Exit(id) => Box::pin(async move {
            let result = post(&client, &format!("/terminals/{id}/exit"), &serde_json::json!({})).await;
            Msg::Done { what: "could not stop", result }
        }),
        Command::Close(id) => Box::pin(async move {
            let result = client.delete(&format!("/terminals/{id}")).await;
            Msg::Done { what: "could not remove", result: result.map_err(|e| failure(&e)) }
        }),
        Command::Restart(id) => Box::pin(async move {
            let path = format!("/terminals/{id}/restart");
            let result = client.post::<_, Terminal>(&path, &serde_json::json!({})).await;
            Msg::Restarted(result.map(Box::new).map_err(|e| failure(&e)))
        }),
        Command::FetchConversations(terminal) => Box::pin(async move {
            let result = client.get(&format!("/terminals/{terminal}/conversations")).await;
            Msg::Conversations { terminal, result: result.map_err(|e| failure(&e)) }
        }),
        Command::Resume { terminal, conversation } => Box::pin(async move {
            let request = ResumeRequest { conversation: Some(conversation) };
            let result = client.post::<_, Terminal>(&format!("/terminals/{terminal}/resume"), &request).await;
            Msg::Restarted(result.map(Box::new).map_err(|e| failure(&e)))
        }),
        Command::ResumeAll => Box::pin(async move {
            let result = client.post("/resume-all", &ResumeAllRequest::default()).await;
            Msg::ResumedAll(result.map_err(|e| failure(&e)))
        }),
        Command::StopAll { undo } => Box::pin(async move {
            let result = client.post("/stop-all", &StopAllRequest { undo }).await;
            Msg::Stopped(result.map_err(|e| failure(&e)))
        }),
        Command::FetchStopped => {
            Box::pin(async move { Msg::Stopped(client.get("/stop-all").await.map_err(|e| failure(&e))) })
        }
        Command::Weigh(terminal) => Box::pin(async move {
            let result = client.get::<Terminal>(&format!("/terminals/{terminal}?weight=true")).await;
            Msg::Weighed { terminal, result: result.map(|told| told.weight).map_err(|e| failure(&e)) }
        }),
        Command::FetchUsage => {
            Box::pin(async move { Msg::Used(client.get("/usage?since=1d").await.map_err(|e| failure(&e))) })
        }
        Command::FetchTrees => {
            Box::pin(async move { Msg::Trees(client.get("/worktrees").await.map_err(|e| failure(&e))) })
        }
        Command::LookAtTree { tree, into } => Box::pin(async move {
            let into = into.map(|into| format!("?into={}", segment(&into))).unwrap_or_default();
            let looked = async {
                let shown = client.get(&format!("/worktrees/{tree}")).await?;
                Ok((Box::new(shown), client.get(&format!("/worktrees/{tree}/outlook{into}")).await?))
            };
            Msg::TreeLooked { tree, result: looked.await.map_err(|e: ClientError| failure(&e)) }
        }),
        Command::KeepTree { tree, is_look } => Box::pin(async move {
            let words = if is_look { "looked at, to be removed" } else { "from the screen" };
            let request = SnapshotRequest { message: Some(words.to_owned()) };
            let result = client.post(&format!("/worktrees/{tree}/snapshot"), &request).await;
            Msg::TreeKept { tree, is_look, result: result.map_err(|e| failure(&e)) }
        }),
        Command::RemoveTree { tree, accept } => Box::pin(async move {
            let request = RemoveRequest { accept, ..RemoveRequest::default() };
            let result = client.post(&format!("/worktrees/{tree}/remove"), &request).await;
            Msg::TreeRemoved(result.map(Box::new).map_err(|e| failure(&e)))
        }),
        Command::RestoreTree(tree) => Box::pin(async move {
            let result = client.post(&format!("/worktrees/{tree}/restore"), &RestoreRequest::default()).await;
            Msg::TreeRestored(result.map(Box::new).map_err(|e| failure(&e)))
        }),
        Command::FinishTree { tree, request } => Box::pin(async move {
            let result = client.post(&format!("/worktrees/{tree}/finish"), &*request).await;
            Msg::TreeFinished { tree, result: result.map(Box::new).map_err(|e| failure(&e)) }
        }),
        Command::Rename { terminal, name } => Box::pin(async move {
            let path = format!("/terminals/{terminal}/rename");
            Msg::Done { what: "could not rename", result: post(&client, &path, &RenameRequest { name }).await }
        }),
        Command::Seen(id) => Box::pin(async move {
            let result = post(&client, &format!("/terminals/{id}/seen"), &serde_json::json!({})).await;
            Msg::Done { what: "could not mark as seen", result }
        }),
        Command::Key { terminal, key } => Box::pin(async move {
            let request = KeyRequest { key: Some(key.to_owned()), ..KeyRequest::default() };
            let path = format!("/terminals/{terminal}/key");
            Msg::Done { what: "could not press the key", result: post(&client, &path, &request).await }
        }),
        Command::FetchPast { terminal, wanted, until, serial } => Box::pin(async move {
            let page = match wanted {
                Wanted::End { lines } => format!("lines={lines}"),
                Wanted::Rows { from, lines } => format!("from={from}&lines={lines}"),
                Wanted::Time(time) => format!("time={time}"),
                Wanted::Offset(offset) => format!("offset={offset}"),
            };
            let path = format!("/terminals/{terminal}/transcript?{page}&until={until}");
            Msg::Past { terminal, serial, result: client.get(&path).await.map_err(|e| failure(&e)) }
        }),
        Command::FetchSelection { terminal, from, lines, until, serial } => Box::pin(async move {
            let path = format!("/terminals/{terminal}/transcript?from={from}&lines={lines}&until={until}");
            Msg::Selected { terminal, serial, result: client.get(&path).await.map_err(|e| failure(&e)) }
        }),
        Command::Pager { terminal } => Box::pin(async move {
            let path = format!("/terminals/{terminal}/output?mode=full&lines={PAGED}");
            let result = client.get::<Output>(&path).await;
            Msg::Printed(result.map(|output| output.output).map_err(|e| failure(&e)))
        }),
        Command::Search { query, limit } => Box::pin(async move {
            let path = format!("/search?q={}&limit={limit}", segment(&query));
            Msg::Searched(client.get(&path).await.map_err(|e| failure(&e)))
        }),
        Command::FindRow { terminal, query, row, back, until, serial, asked } => Box::pin(async move {
            let words = segment(&query);
            let path = format!(
                "/terminals/{terminal}/transcript/find?q={words}&row={row}&back={back}&wrap=true&until={until}"
            );
            let result = client.get(&path).await.map_err(|e| failure(&e));
            Msg::FoundRow { terminal, serial, query, asked, result }
        }),
        Command::Answer { terminal, yes } => Box::pin(async move {
            let path = format!("/terminals/{terminal}/answer");
            Msg::Answered { terminal, yes, result: post(&client, &path, &AnswerRequest { yes }).await }
        }),
        Command::CountRows { terminal, query, until, serial } => Box::pin(async move {
            let path = format!("/terminals/{terminal}/transcript/matches?q={}&until={until}", segment(&query));
            let result = client.get(&path).await.map_err(|e| failure(&e));
            Msg::CountedRows { terminal, serial, query, result }
        }),
        Command::FetchDiff { terminal, base, revision } => Box::pin(async move {
            let known = revision.map(|revision| format!("&revision={revision}")).unwrap_or_default();
            let path = format!("/terminals/{terminal}/diff?base={}{known}", base.word());
            Msg::Diffed { terminal, base, result: client.get(&path).await.map(Box::new).map_err(|e| failure(&e)) }
        }),
        Command::Message { terminal, id, message } => Box::pin(async move {
            let request = InputRequest { message, id: Some(id), ..InputRequest::default() };
            let path = format!("/terminals/{terminal}/input");
            Msg::Messaged { terminal, result: post(&client, &path, &request).await }
        }),
        Command::Send(_)
        | Command::Clipboard(_)
        | Command::LookForPicture { .. }
        | Command::OpenWeb(_)
        | Command::Edit { .. }
        | Command::Bell
        | Command::ReadSettings
        | Command::WriteSetting { .. }
        | Command::PreviewTheme(_)
        | Command::Quit => return None,
    })
}

async fn post<B: serde::Serialize>(client: &Client, path: &str, body: &B) -> Result<(), Failure> {
    client.post::<B, serde_json::Value>(path, body).await.map(drop).map_err(|e| failure(&e))
}

fn failure(error: &ClientError) -> Failure {
    let what = error.to_string();
    Failure {
        what: what.strip_prefix("Error: ").unwrap_or(&what).to_owned(),
        hint: error.hint().map(str::to_owned),
        is_unreachable: matches!(error, ClientError::NoServer(_) | ClientError::Io(_) | ClientError::NotStarted(_)),
    }
}

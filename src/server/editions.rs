//! Puts the providers' files and the policy in force again when one was saved: told by the system, so that an idle server
//! sleeps. A file that cannot be used leaves what it said before.

use crate::config::watch::Watch;
use crate::server::app::App;
use crate::server::terminal::ToHolder;
use std::sync::Arc;
use std::time::Duration;

/// An editor writes, moves and removes within a moment: it is read once.
const REST: Duration = Duration::from_millis(50);

/// Watches and reads. Ends with the server. Where nothing can be watched, changes count at the next start.
pub async fn run(app: Arc<App>) {
    let config = app.places.config.clone();
    let watch = match Watch::new(&config) {
        Ok(watch) => watch,
        Err(error) => {
            return tracing::warn!(%error, "saved provider files count at the next start: nothing can be watched");
        }
    };
    let folder = config.join("providers");
    let mut before = text_of(&folder);
    let mut policy_before = policy_of(&config);
    loop {
        watch.saved().await;
        tokio::time::sleep(REST).await;
        watch.follow(&config);
        let policy = policy_of(&config);
        if policy != policy_before {
            policy_before = policy;
            let reading = Arc::clone(&app);
            match tokio::task::spawn_blocking(move || reading.policies.reload()).await {
                Ok(None) => tracing::info!("the policy was read anew"),
                Ok(Some(mistake)) => tracing::error!("the policy cannot be used, the last good one stays: {mistake}"),
                Err(error) => tracing::error!(%error, "the policy was not read"),
            }
        }
        // Settings and themes lie in the same folder.
        let after = text_of(&folder);
        if after == before {
            continue;
        }
        before = after;
        let (reading, folder) = (Arc::clone(&app), folder.clone());
        let problems = tokio::task::spawn_blocking(move || reading.catalog.reload(&folder)).await.unwrap_or_default();
        for problem in &problems {
            tracing::error!("a provider cannot be used: {problem}");
        }
        tracing::info!(edition = app.catalog.edition(), "the providers were read anew");
        for shared in app.all_shared() {
            let _ = shared.commands.try_send(ToHolder::Look);
        }
    }
}

/// The policy and those that it may extend.
fn policy_of(config: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let own = config.join("policy.toml");
    let mut all = text_of(&config.join("policies"));
    all.extend(std::fs::read(&own).ok().map(|text| (own, text)));
    all
}

/// All of the files, by name: small, few, and read only when something was saved.
fn text_of(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default()))
        .collect();
    all.sort();
    all
}

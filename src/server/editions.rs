//! Puts the providers' files in force again when one was saved: told by the system, so that an idle server sleeps. A file
//! that cannot be used leaves what it said before.

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
    loop {
        watch.saved().await;
        tokio::time::sleep(REST).await;
        watch.follow(&config);
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

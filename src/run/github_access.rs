//! Access to GitHub: its client, from the credentials and addresses in the environment, and the cache folder.
//!
//! Input: variables of the environment and the arguments. Output: a [`Github`]. Not here: requests (`repository/github`).

use std::path::PathBuf;

use super::Context;
use crate::repository::github::{Github, GithubOptions};
use lessonbook_base::finding::Finding;
use lessonbook_store::Store;

/// Starts the client for GitHub; `None` without credentials.
pub fn start(context: &Context, store: &Store) -> Result<Option<Github>, Finding> {
    let options = GithubOptions {
        cache: context.remote.cache.clone().or_else(cache_folder),
        cache_is_shared: is_cache_shared(&variable),
        pace: store.proposal.pace,
        until: context.remote.until,
        ..GithubOptions::default()
    };
    Github::start(&variable, options)
}

/// A variable of the environment, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether others may read the cache folder. Everyone who can open a pull request can read what a job of GitHub Actions keeps with
/// `actions/cache`, so the cache is private only if the store is known to be private.
pub fn is_cache_shared(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let in_actions = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let visibility = variable("LESSONBOOK_STORE_VISIBILITY");
    in_actions && visibility.is_none_or(|word| !word.eq_ignore_ascii_case("private"))
}

/// The user's cache folder, as the XDG specification defines it.
pub fn cache_folder() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let home = || {
        std::env::var_os("HOME")
            .filter(|path| !path.is_empty())
            .map(|home| PathBuf::from(home).join(".cache"))
    };
    base.or_else(home).map(|base| base.join("lessonbook"))
}

/// The address of GitHub's pages. Actions sets it, also on an Enterprise Server.
pub fn server() -> String {
    std::env::var("GITHUB_SERVER_URL")
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| "https://github.com".into())
}

//! The REST API: passes each request to its handler.
//!
//! Input: a request with its token. Output: a response. Not here: the handlers, which are in a file for each subject.

mod accounts;
mod content;
mod issues;
mod objects;
mod pulls;
mod refs;
mod repos;
mod shape;

pub use issues::add_comment;
pub use pulls::refusal as pull_refusal;
pub use refs::workflows;
pub use shape::login_of;

use super::answer::{Rest, not_found};
use super::request::Asked;
use super::state::State;

/// Answers a request.
pub fn answer(state: &mut State, asked: &Asked<'_>) -> Rest {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let (full_name, repo_path) = match path.as_slice() {
        ["repos", owner, name, rest @ ..] => (format!("{owner}/{name}"), rest),
        ["repositories", id, rest @ ..] => {
            let found = id.parse().ok().and_then(|id| state.repos.get(&id));
            (found.ok_or_else(not_found)?.full_name(), rest)
        }
        _ => return accounts::answer(state, asked, &path),
    };
    let (repo, moved) = state.find(&full_name).ok_or_else(not_found)?;
    if repo_path == ["installation"] {
        return accounts::installation_of(state, asked, repo);
    }
    if !state.sees(asked.caller.as_ref(), repo) {
        return Err(not_found());
    }
    if moved {
        return repos::redirect(state, asked, repo, repo_path);
    }
    let method = asked.method;
    match (method, repo_path) {
        (_, ["git", "ref" | "refs" | "matching-refs", ..]) => {
            refs::answer(state, asked, repo, &repo_path[1..])
        }
        (_, ["git", ..]) => objects::answer(state, asked, repo, &repo_path[1..]),
        (_, ["contents", ..] | ["compare" | "commits", ..]) => content::answer(state, asked, repo, repo_path),
        (_, ["pulls", ..]) => pulls::answer(state, asked, repo, &repo_path[1..]),
        (_, ["issues", ..]) => issues::answer(state, asked, repo, &repo_path[1..]),
        _ => repos::answer(state, asked, repo, repo_path),
    }
}

/// The error for a request that the stand-in does not support.
fn unknown(state: &mut State, asked: &Asked<'_>) -> Rest {
    let what = format!(
        "the stand-in does not support {} /{}",
        asked.method,
        asked.path.join("/")
    );
    state.violations.push(what);
    Err(not_found())
}

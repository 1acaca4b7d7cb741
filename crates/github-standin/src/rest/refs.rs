//! `git/ref`, `git/refs` and `git/matching-refs`.
//!
//! Input: a request below one of these. Output: refs, or the error of a move. Not here: the move itself (`moves.rs`).

use super::super::answer::{Answer, Rest, created, list, not_found, nothing, ok, refuse};
use super::super::git;
use super::super::moves::Wish;
use super::super::request::Asked;
use super::super::state::{Role, State};
use super::{shape, unknown};

/// Answers below `git/`.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    let caller = asked.caller.as_ref();
    match (asked.method, path) {
        ("GET", ["ref" | "refs", name @ ..]) if !name.is_empty() => {
            state.may(caller, repo, "contents", Role::Read)?;
            let held = state.repo(repo);
            refuse_empty(held.is_empty())?;
            let name = format!("refs/{}", name.join("/"));
            let oid = held.refs.get(&name).ok_or_else(not_found)?;
            Ok(ok(shape::git_ref(state, held, &name, oid)))
        }
        ("GET", ["matching-refs", name @ ..]) => {
            state.may(caller, repo, "contents", Role::Read)?;
            let held = state.repo(repo);
            refuse_empty(held.is_empty())?;
            let beginning = format!("refs/{}", name.join("/"));
            let fitting = held.refs.iter().filter(|(name, _)| name.starts_with(&beginning));
            Ok(list(
                fitting
                    .map(|(name, oid)| shape::git_ref(state, held, name, oid))
                    .collect(),
            ))
        }
        ("POST", ["refs"]) => create(state, asked, repo),
        ("PATCH", ["refs", name @ ..]) => update(state, asked, repo, &format!("refs/{}", name.join("/"))),
        ("DELETE", ["refs", name @ ..]) => {
            state.may_write(caller, repo, "contents")?;
            let name = format!("refs/{}", name.join("/"));
            let by = asked.login();
            moved(state, repo, &name, None, true, &by)?;
            Ok(nothing())
        }
        _ => unknown(state, asked),
    }
}

fn create(state: &mut State, asked: &Asked<'_>, repo: u64) -> Rest {
    state.may_write(asked.caller.as_ref(), repo, "contents")?;
    let held = state.repo(repo);
    refuse_empty(held.is_empty())?;
    let (name, oid) = (
        asked.text("ref").unwrap_or_default().to_owned(),
        asked.text("sha").unwrap_or_default().to_owned(),
    );
    if !name.starts_with("refs/")
        || name.matches('/').count() < 2
        || gix::validate::reference::name(name.as_str().into()).is_err()
    {
        return Err(refuse(422, format!("{name} is not a valid ref name.")));
    }
    if held.refs.contains_key(&name) {
        return Err(refuse(422, "Reference already exists"));
    }
    known_commit(state, asked, repo, &oid)?;
    let by = asked.login();
    moved(state, repo, &name, Some(&oid), false, &by)?;
    Ok(created(shape::git_ref(state, state.repo(repo), &name, &oid)))
}

fn update(state: &mut State, asked: &Asked<'_>, repo: u64, name: &str) -> Rest {
    state.may_write(asked.caller.as_ref(), repo, "contents")?;
    refuse_empty(state.repo(repo).is_empty())?;
    if !state.repo(repo).refs.contains_key(name) {
        return Err(refuse(422, "Reference does not exist"));
    }
    let oid = asked.text("sha").unwrap_or_default().to_owned();
    known_commit(state, asked, repo, &oid)?;
    let by = asked.login();
    moved(state, repo, name, Some(&oid), asked.body["force"] == true, &by)?;
    Ok(ok(shape::git_ref(state, state.repo(repo), name, &oid)))
}

/// 409 in a repository without a commit: GitHub has no objects there.
pub fn refuse_empty(empty: bool) -> Result<(), Answer> {
    if empty {
        Err(refuse(409, "Git Repository is empty."))
    } else {
        Ok(())
    }
}

/// Checks that the commit exists, and that a change of workflows is allowed.
fn known_commit(state: &State, asked: &Asked<'_>, repo: u64, oid: &str) -> Result<(), Answer> {
    let held = state.repo(repo);
    if git::id(oid).is_none() {
        return Err(refuse(
            422,
            "At least 40 characters are required; only full object names are allowed",
        ));
    }
    if !held.git.is_commit(oid) {
        return Err(refuse(422, "Object does not exist"));
    }
    workflows(state, asked, repo, oid)
}

/// The error for a commit that changes workflows with a token that may not.
pub fn workflows(state: &State, asked: &Asked<'_>, repo: u64, oid: &str) -> Result<(), Answer> {
    let held = state.repo(repo);
    if asked.caller.as_ref().is_some_and(State::may_change_workflows) {
        return Ok(());
    }
    let below = ".github/workflows";
    let at = |commit: &str| {
        held.git
            .entry(&held.git.tree_of(commit), below)
            .map(|entry| entry.oid)
    };
    let known = held.branch(&held.default_branch).and_then(|base| at(base));
    if at(oid).is_some() && at(oid) != known {
        let who = if asked.login().ends_with("[bot]") {
            "a GitHub App"
        } else {
            "a Personal Access Token"
        };
        let need = if asked.login().ends_with("[bot]") {
            "`workflows` permission"
        } else {
            "`workflow` scope"
        };
        return Err(refuse(
            422,
            format!(
                "refusing to allow {who} to create or update workflow `.github/workflows/…` without {need}"
            ),
        ));
    }
    Ok(())
}

fn moved(
    state: &mut State,
    repo: u64,
    name: &str,
    to: Option<&str>,
    force: bool,
    by: &str,
) -> Result<(), Answer> {
    let wish = Wish {
        repo,
        name,
        to,
        force,
        by,
        api: true,
    };
    state.move_ref(&wish).map_err(|why| refuse(422, why))
}

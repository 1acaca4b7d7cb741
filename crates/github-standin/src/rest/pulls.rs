//! `pulls`.
//!
//! Input: a request below it. Output: pull requests, created, changed, listed; GitHub's errors with their messages. Not here:
//! labels, comments and other parts that issues have, too.

use serde_json::{Value, json};

use super::super::answer::{
    Answer, Rest, created, custom, custom_field, invalid, list, not_found, ok, refuse,
};
use super::super::request::Asked;
use super::super::state::{Pull, Repo, Role, State, time};
use super::{shape, unknown};

/// Answers below `pulls/`.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    let number = path.first().and_then(|number| number.parse().ok()).unwrap_or(0);
    if asked.method == "GET" {
        state.may(asked.caller.as_ref(), repo, "pull_requests", Role::Read)?;
    } else {
        state.may_write(asked.caller.as_ref(), repo, "pull_requests")?;
    }
    if !path.is_empty() && state.repo(repo).pull(number).is_none() {
        return Err(not_found());
    }
    match (asked.method, path) {
        ("GET", []) => Ok(list(listed(state, asked, repo))),
        ("POST", []) => create(state, asked, repo),
        ("GET", [_]) => Ok(ok(shape::pull(state, state.repo(repo), number, true))),
        ("PATCH", [_]) => update(state, asked, repo, number),
        ("GET", [_, "commits"]) => {
            let held = state.repo(repo);
            let (_, pull) = held.pull(number).ok_or_else(not_found)?;
            let base = held.branch(&pull.base).cloned().unwrap_or_default();
            let commits = held.git.ahead(&pull.head_oid, &base);
            Ok(list(
                commits
                    .iter()
                    .rev()
                    .map(|oid| shape::commit(state, held, oid))
                    .collect(),
            ))
        }
        ("GET", [_, "reviews"]) => {
            let held = state.repo(repo);
            let (_, pull) = held.pull(number).ok_or_else(not_found)?;
            let review = |review: &super::super::state::Review| {
                json!({
                    "id": review.id, "node_id": format!("PRR_{}", review.id), "user": shape::user(state, &review.author), "body": "",
                    "state": review.state, "commit_id": review.commit, "submitted_at": time(review.at), "html_url": state.web,
                    "pull_request_url": format!("{}/repos/{}/pulls/{number}", state.api, held.full_name()),
                })
            };
            Ok(list(pull.reviews.iter().map(review).collect()))
        }
        ("GET", [_, "requested_reviewers"]) => {
            let value = shape::pull(state, state.repo(repo), number, false);
            Ok(ok(
                json!({ "users": value["requested_reviewers"], "teams": value["requested_teams"] }),
            ))
        }
        ("POST", [_, "requested_reviewers"]) => request(state, asked, repo, number),
        _ => unknown(state, asked),
    }
}

fn listed(state: &State, asked: &Asked<'_>, repo: u64) -> Vec<Value> {
    let held = state.repo(repo);
    let wanted = asked.query("state").unwrap_or("open");
    // Without the owner and a colon GitHub ignores the filter.
    let head = asked.query("head").and_then(|head| head.split_once(':'));
    let mut found: Vec<_> = held
        .issues
        .values()
        .filter(|issue| wanted == "all" || issue.open == (wanted == "open"))
        .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
        .filter(|(_, pull)| {
            head.is_none_or(|(owner, branch)| owner.eq_ignore_ascii_case(&held.owner) && pull.head == branch)
        })
        .filter(|(_, pull)| asked.query("base").is_none_or(|base| pull.base == base))
        .collect();
    if asked.query("sort") == Some("updated") {
        found.sort_by_key(|(issue, _)| issue.times.1);
    }
    // The newest are first, unless another order is requested.
    let ascending = asked.query("direction").map_or(
        asked.query("sort").is_some_and(|sort| sort != "created"),
        |word| word == "asc",
    );
    if !ascending {
        found.reverse();
    }
    found
        .into_iter()
        .map(|(issue, _)| shape::pull(state, held, issue.number, false))
        .collect()
}

/// The error for an invalid title or text.
fn too_long(asked: &Asked<'_>) -> Result<(), Answer> {
    if asked
        .text("title")
        .is_some_and(|title| title.chars().count() > 256)
    {
        return Err(custom_field(
            "Issue",
            "title",
            "title is too long (maximum is 256 characters)",
        ));
    }
    if asked
        .text("body")
        .is_some_and(|body| body.chars().count() > 65_536)
    {
        return Err(custom_field(
            "Issue",
            "body",
            "body is too long (maximum is 65536 characters)",
        ));
    }
    Ok(())
}

/// Why a new pull request may not be opened.
pub fn refusal(repo: &Repo, head: &str, base: &str) -> Option<Answer> {
    let Some(base_oid) = repo.branch(base) else {
        return Some(invalid("PullRequest", "base", "invalid"));
    };
    let Some(head_oid) = repo.branch(head) else {
        return Some(invalid("PullRequest", "head", "invalid"));
    };
    if repo.open_pull(head, base).is_some() {
        return Some(custom(
            "PullRequest",
            format!("A pull request already exists for {}:{head}.", repo.owner),
        ));
    }
    if repo.git.contains(base_oid, head_oid) {
        return Some(custom(
            "PullRequest",
            format!("No commits between {base} and {head}"),
        ));
    }
    None
}

fn create(state: &mut State, asked: &Asked<'_>, repo: u64) -> Rest {
    let held = state.repo(repo);
    // The branch must be readable, too: without `contents` GitHub returns this error.
    if state
        .may(asked.caller.as_ref(), repo, "contents", Role::Read)
        .is_err()
    {
        return Err(custom("PullRequest", "not all refs are readable"));
    }
    let Some(title) = asked.text("title").filter(|title| !title.trim().is_empty()) else {
        return Err(invalid("PullRequest", "title", "missing_field"));
    };
    too_long(asked)?;
    let head = asked.text("head").unwrap_or_default();
    let head = match head.split_once(':') {
        Some((owner, branch)) if owner.eq_ignore_ascii_case(&held.owner) => branch,
        Some(_) => return Err(invalid("PullRequest", "head", "invalid")),
        None => head,
    };
    let base = asked.text("base").unwrap_or_default();
    if let Some(refusal) = refusal(held, head, base) {
        return Err(refusal);
    }
    let pull = Pull::new(
        head,
        held.branch(head).expect("a head"),
        base,
        asked.body["draft"] == true,
    );
    let by = asked.login();
    let number = state.add_issue(
        repo,
        &by,
        title,
        asked.text("body").unwrap_or_default(),
        Some(pull),
    );
    Ok(created(shape::pull(state, state.repo(repo), number, true)))
}

fn update(state: &mut State, asked: &Asked<'_>, repo: u64, number: u64) -> Rest {
    too_long(asked)?;
    let by = asked.login();
    let open = state.repo(repo).issues[&number].open;
    match asked.text("state") {
        Some("closed") if open => state.close(repo, number, &by),
        Some("open") if !open => {
            state
                .reopen(repo, number, &by)
                .map_err(|why| custom_field("PullRequest", "state", why))?;
        }
        _ => {}
    }
    if let Some(base) = asked.text("base") {
        if state.repo(repo).branch(base).is_none() {
            return Err(invalid("PullRequest", "base", "invalid"));
        }
        let now = state.now();
        let issue = state.issue_mut(repo, number);
        base.clone_into(&mut issue.pull.as_mut().expect("a pull request").base);
        issue.note("BaseRefChangedEvent", &by, now, base);
    }
    let now = state.now();
    let issue = state.issue_mut(repo, number);
    issue.times.1 = now;
    if let Some(title) = asked.text("title") {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = asked.text("body") {
        body.clone_into(&mut issue.body);
    }
    Ok(ok(shape::pull(state, state.repo(repo), number, true)))
}

fn request(state: &mut State, asked: &Asked<'_>, repo: u64, number: u64) -> Rest {
    let words = |name: &str| -> Vec<String> {
        let list = asked.body[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (people, teams) = (words("reviewers"), words("team_reviewers"));
    let held = state.repo(repo);
    let author = &held.issues[&number].author;
    if people.iter().any(|login| login.eq_ignore_ascii_case(author)) {
        return Err(refuse(
            422,
            "Review cannot be requested from pull request author.",
        ));
    }
    let known_teams = state
        .account(&held.owner)
        .map(|owner| owner.teams.clone())
        .unwrap_or_default();
    let collaborates =
        |login: &String| state.account(login).is_some() && state.role(login, repo) > Role::Read;
    if !people.iter().all(collaborates) || !teams.iter().all(|slug| known_teams.contains(slug)) {
        let text = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the";
        return Err(refuse(422, format!("{text} {} repository.", held.full_name())));
    }
    let pull = state
        .issue_mut(repo, number)
        .pull
        .as_mut()
        .expect("a pull request");
    for login in people {
        if !pull.reviewers.contains(&login) {
            pull.reviewers.push(login);
        }
    }
    for slug in teams {
        if !pull.teams.contains(&slug) {
            pull.teams.push(slug);
        }
    }
    Ok(created(shape::pull(state, state.repo(repo), number, false)))
}

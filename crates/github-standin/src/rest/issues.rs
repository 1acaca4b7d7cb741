//! `issues`: issues, and what pull requests have in common with them: labels, assignees, comments.
//!
//! Input: a request below it. Output: issues and their parts, created and changed. Not here: opening and closing pull requests.

use serde_json::Value;

use super::super::answer::{Rest, created, custom_field, invalid, list, not_found, nothing, ok, refuse};
use super::super::request::Asked;
use super::super::state::{Comment, Issue, Kind, Role, State};
use super::{shape, unknown};

/// Answers below `issues/`.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    let needed = if path.contains(&"comments") {
        "comments"
    } else {
        "issues"
    };
    if asked.method == "GET" {
        state.may(asked.caller.as_ref(), repo, needed, Role::Read)?;
    } else {
        state.may_write(asked.caller.as_ref(), repo, needed)?;
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
    if let [first, ..] = path
        && *first != "comments"
        && !first
            .parse()
            .is_ok_and(|number: u64| state.repo(repo).issues.contains_key(&number))
    {
        return Err(not_found());
    }
    let number = path.first().and_then(|number| number.parse().ok()).unwrap_or(0);
    match (asked.method, path) {
        ("GET", []) => {
            let held = state.repo(repo);
            let wanted = asked.query("state").unwrap_or("open");
            let labels: Vec<&str> = asked
                .query("labels")
                .map(|labels| labels.split(',').collect())
                .unwrap_or_default();
            let fits = |issue: &&Issue| {
                (wanted == "all" || issue.open == (wanted == "open"))
                    && labels
                        .iter()
                        .all(|label| issue.labels.iter().any(|held| held == label))
                    && asked.query("creator").is_none_or(|login| issue.author == login)
            };
            Ok(list(
                held.issues
                    .values()
                    .rev()
                    .filter(fits)
                    .map(|issue| shape::issue(state, held, issue))
                    .collect(),
            ))
        }
        ("POST", []) => create(state, asked, repo),
        ("GET", [_]) => Ok(ok(shape::issue(
            state,
            state.repo(repo),
            &state.repo(repo).issues[&number],
        ))),
        ("PATCH", [_]) => update(state, asked, repo, number),
        (_, [_, "labels", ..]) => labels(state, asked, repo, number, &path[2..]),
        ("POST", [_, "assignees"]) => {
            assign(state, asked, repo, number);
            Ok(created(shape::issue(
                state,
                state.repo(repo),
                &state.repo(repo).issues[&number],
            )))
        }
        ("GET", [_, "comments"]) => {
            let held = state.repo(repo);
            let comments = held.issues[&number].comments.iter();
            Ok(list(
                comments
                    .map(|comment| shape::comment(state, held, number, comment))
                    .collect(),
            ))
        }
        ("POST", [_, "comments"]) => {
            let Some(body) = asked.text("body").filter(|body| !body.is_empty()) else {
                return Err(invalid("IssueComment", "body", "missing_field"));
            };
            if refuses_comments(state, asked, repo, number) {
                return Err(refuse(403, "Unable to create comment because issue is locked."));
            }
            let by = asked.login();
            let comment = add_comment(state, repo, number, &by, body);
            Ok(created(shape::comment(state, state.repo(repo), number, &comment)))
        }
        ("PATCH" | "DELETE", ["comments", id]) => edit_comment(state, asked, repo, id.parse().unwrap_or(0)),
        _ => unknown(state, asked),
    }
}

/// In a locked conversation only people who may write can comment; Apps can't.
fn refuses_comments(state: &State, asked: &Asked<'_>, repo: u64, number: u64) -> bool {
    let is_app = matches!(
        asked.caller.as_ref().map(|caller| &caller.kind),
        Some(Kind::Installation { .. })
    );
    let is_locked = state.repo(repo).issues[&number].locked;
    is_locked && (is_app || state.role(&asked.login(), repo) < Role::Write)
}

/// Writes a comment.
pub fn add_comment(state: &mut State, repo: u64, number: u64, by: &str, body: &str) -> Comment {
    let (id, now) = (state.next_id(), state.now());
    let comment = Comment {
        id,
        author: by.to_owned(),
        body: body.to_owned(),
        times: (now, now),
    };
    let issue = state.issue_mut(repo, number);
    issue.comments.push(comment.clone());
    issue.times.1 = now;
    comment
}

fn words(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|each| each.as_str().or_else(|| each["name"].as_str()))
        .map(str::to_owned)
        .collect()
}

fn create(state: &mut State, asked: &Asked<'_>, repo: u64) -> Rest {
    let Some(title) = asked.text("title").filter(|title| !title.is_empty()) else {
        return Err(invalid("Issue", "title", "missing_field"));
    };
    let by = asked.login();
    let number = state.add_issue(repo, &by, title, asked.text("body").unwrap_or_default(), None);
    add_labels(state, repo, number, &by, &words(&asked.body["labels"]));
    assign(state, asked, repo, number);
    Ok(created(shape::issue(
        state,
        state.repo(repo),
        &state.repo(repo).issues[&number],
    )))
}

fn update(state: &mut State, asked: &Asked<'_>, repo: u64, number: u64) -> Rest {
    let (by, now) = (asked.login(), state.now());
    let open = state.repo(repo).issues[&number].open;
    match asked.text("state") {
        Some("closed") if open => state.close(repo, number, &by),
        Some("open") if !open => state
            .reopen(repo, number, &by)
            .map_err(|why| custom_field("Issue", "state", why))?,
        _ => {}
    }
    let issue = state.issue_mut(repo, number);
    issue.times.1 = now;
    if let Some(title) = asked.text("title") {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = asked.text("body") {
        body.clone_into(&mut issue.body);
    }
    if asked.body["labels"].is_array() {
        issue.labels.clear();
        add_labels(state, repo, number, &by, &words(&asked.body["labels"]));
    }
    Ok(ok(shape::issue(
        state,
        state.repo(repo),
        &state.repo(repo).issues[&number],
    )))
}

fn labels(state: &mut State, asked: &Asked<'_>, repo: u64, number: u64, path: &[&str]) -> Rest {
    let by = asked.login();
    match (asked.method, path) {
        ("GET", []) => {}
        ("POST", []) => {
            let given = if asked.body.is_array() {
                &asked.body
            } else {
                &asked.body["labels"]
            };
            let given = words(given);
            if given.iter().any(|label| label.chars().count() > 50) {
                return Err(custom_field(
                    "Label",
                    "name",
                    "name is too long (maximum is 50 characters)",
                ));
            }
            add_labels(state, repo, number, &by, &given);
        }
        ("DELETE", name @ [_, ..]) => {
            let (name, now) = (name.join("/"), state.now());
            let issue = state.issue_mut(repo, number);
            if !issue.labels.contains(&name) {
                return Err(refuse(404, "Label does not exist"));
            }
            issue.labels.retain(|label| *label != name);
            issue.note("UnlabeledEvent", &by, now, &name);
        }
        _ => return unknown(state, asked),
    }
    let held = state.repo(repo);
    Ok(list(
        held.issues[&number]
            .labels
            .iter()
            .map(|name| shape::label(state, held, name))
            .collect(),
    ))
}

fn add_labels(state: &mut State, repo: u64, number: u64, by: &str, labels: &[String]) {
    let now = state.now();
    for label in labels {
        state
            .repo_mut(repo)
            .labels
            .entry(label.clone())
            .or_insert_with(|| "ededed".to_owned());
        let issue = state.issue_mut(repo, number);
        if !issue.labels.contains(label) {
            issue.labels.push(label.clone());
            issue.note("LabeledEvent", by, now, label);
        }
    }
}

/// People who may not be assigned are silently left out.
fn assign(state: &mut State, asked: &Asked<'_>, repo: u64, number: u64) {
    for login in words(&asked.body["assignees"]) {
        if state.account(&login).is_some() && state.role(&login, repo) > Role::Read {
            let assignees = &mut state.issue_mut(repo, number).assignees;
            if !assignees.contains(&login) {
                assignees.push(login);
            }
        }
    }
}

fn edit_comment(state: &mut State, asked: &Asked<'_>, repo: u64, id: u64) -> Rest {
    let now = state.now();
    let held = state.repo(repo);
    let found = held.issues.values().find_map(|issue| {
        let comment = issue.comments.iter().find(|comment| comment.id == id)?;
        Some((issue.number, comment.author.clone()))
    });
    let (number, author) = found.ok_or_else(not_found)?;
    let by = asked.login();
    if author != by && state.role(&by, repo) < Role::Write {
        let classic = asked
            .caller
            .as_ref()
            .is_some_and(|caller| matches!(caller.kind, Kind::Classic { .. }));
        return Err(if classic {
            not_found()
        } else {
            refuse(403, "Resource not accessible by integration")
        });
    }
    let comments = &mut state.issue_mut(repo, number).comments;
    if asked.method == "DELETE" {
        comments.retain(|comment| comment.id != id);
        return Ok(nothing());
    }
    let comment = comments
        .iter_mut()
        .find(|comment| comment.id == id)
        .expect("a comment");
    asked
        .text("body")
        .unwrap_or_default()
        .clone_into(&mut comment.body);
    comment.times.1 = now;
    let comment = comment.clone();
    Ok(ok(shape::comment(state, state.repo(repo), number, &comment)))
}

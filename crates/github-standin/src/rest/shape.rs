//! Converts values to REST's JSON.
//!
//! Input: the state. Output: JSON with the fields that GitHub returns and typed clients require. Not here: who may see it.

use serde_json::{Value, json};

use super::super::git::Git;
use super::super::state::{Comment, Issue, Kind, Repo, Role, State, Token, time};

/// An account.
pub fn user(state: &State, login: &str) -> Value {
    let (id, kind) = state
        .account(login)
        .map_or((0, "Bot"), |account| (account.id, account.kind));
    let url = format!("{}/users/{login}", state.api);
    let mut value = json!({
        "login": login, "id": id, "node_id": format!("U_{id}"), "avatar_url": format!("{}/avatars/{id}", state.web), "gravatar_id": "",
        "url": url, "html_url": format!("{}/{login}", state.web), "type": kind, "site_admin": false,
    });
    for name in [
        "followers",
        "following",
        "gists",
        "starred",
        "subscriptions",
        "organizations",
        "repos",
        "events",
        "received_events",
    ] {
        value[format!("{name}_url")] = format!("{url}/{name}").into();
    }
    value
}

/// A repository.
pub fn repo(state: &State, repo: &Repo, caller: Option<&Token>) -> Value {
    let api = format!("{}/repos/{}", state.api, repo.full_name());
    let role = caller.map(|token| (state.role(&token.login, repo.id), &token.kind));
    let held = match role {
        // For an App's token the permissions are missing or wrong: multi-gitter#224.
        Some((_, Kind::Installation { .. } | Kind::App { .. })) | None => Role::None,
        Some((role, _)) => role,
    };
    json!({
        "id": repo.id, "node_id": format!("R_{}", repo.id), "name": repo.name, "full_name": repo.full_name(),
        "owner": user(state, &repo.owner), "private": repo.visibility.word() != "public", "visibility": repo.visibility.word(),
        "html_url": format!("{}/{}", state.web, repo.full_name()), "url": api, "description": null, "fork": repo.fork,
        "default_branch": repo.default_branch, "archived": repo.archived, "disabled": repo.disabled, "topics": repo.topics,
        "size": u8::from(!repo.is_empty()), "pushed_at": time(repo.pushed), "created_at": time(repo.pushed), "updated_at": time(repo.pushed),
        "clone_url": format!("{}/{}.git", state.web, repo.full_name()), "delete_branch_on_merge": repo.delete_merged, "has_issues": true,
        "permissions": {
            "admin": held >= Role::Admin, "maintain": held >= Role::Maintain, "push": held >= Role::Write,
            "triage": held >= Role::Triage, "pull": held >= Role::Read,
        },
        "custom_properties": repo.properties,
    })
}

/// A ref.
pub fn git_ref(state: &State, repo: &Repo, name: &str, oid: &str) -> Value {
    let api = format!("{}/repos/{}/git", state.api, repo.full_name());
    json!({
        "ref": name, "node_id": format!("REF_{}_{name}", repo.id), "url": format!("{api}/{name}"),
        "object": { "sha": oid, "type": repo.git.kind(oid), "url": format!("{api}/commits/{oid}") },
    })
}

/// A commit of the Git Data API.
pub fn git_commit(state: &State, repo: &Repo, oid: &str) -> Value {
    let api = format!("{}/repos/{}/git", state.api, repo.full_name());
    let commit = repo.git.read(oid).expect("a commit");
    let link = |oid: &String| json!({ "sha": oid, "url": format!("{api}/commits/{oid}"), "html_url": format!("{}/{oid}", state.web) });
    json!({
        "sha": oid, "node_id": format!("C_{}_{oid}", repo.id), "url": format!("{api}/commits/{oid}"), "html_url": format!("{}/{oid}", state.web),
        "author": { "name": commit.author.0, "email": commit.author.1, "date": time(commit.times.0) },
        "committer": { "name": commit.committer.0, "email": commit.committer.1, "date": time(commit.times.1) },
        "message": commit.message, "tree": { "sha": commit.tree, "url": format!("{api}/trees/{}", commit.tree) },
        "parents": commit.parents.iter().map(link).collect::<Vec<_>>(),
        "verification": { "verified": repo.signed.contains(oid), "reason": if repo.signed.contains(oid) { "valid" } else { "unsigned" }, "signature": null, "payload": null, "verified_at": null },
    })
}

/// A commit of the commits API.
pub fn commit(state: &State, repo: &Repo, oid: &str) -> Value {
    let git = git_commit(state, repo, oid);
    let author = login_of(state, &repo.git, oid).map(|login| user(state, &login));
    json!({
        "sha": oid, "node_id": git["node_id"], "url": format!("{}/repos/{}/commits/{oid}", state.api, repo.full_name()), "html_url": git["html_url"],
        "comments_url": format!("{}/repos/{}/commits/{oid}/comments", state.api, repo.full_name()),
        "commit": git, "author": author, "committer": author, "parents": git["parents"],
    })
}

/// The account whose address a commit's author has.
pub fn login_of(state: &State, git: &Git, oid: &str) -> Option<String> {
    let address = git.read(oid)?.author.1;
    let name = address.split('@').next()?;
    let login = name.split_once('+').map_or(name, |(_, login)| login);
    state.account(login).map(|account| account.login.clone())
}

/// A tree.
pub fn tree(state: &State, repo: &Repo, oid: &str, recursive: bool) -> Value {
    let api = format!("{}/repos/{}/git", state.api, repo.full_name());
    let all = repo.git.entries(oid, recursive);
    let truncated = recursive && all.len() > state.settings.most_entries;
    let shown = if truncated {
        state.settings.most_entries
    } else {
        all.len()
    };
    let entries: Vec<Value> = all[..shown]
        .iter()
        .map(|entry| {
            let mut value =
                json!({ "path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.oid });
            if entry.kind != "commit" {
                value["url"] = format!("{api}/{}s/{}", entry.kind, entry.oid).into();
            }
            if let Some(size) = repo.git.size(&entry.oid) {
                value["size"] = size.into();
            }
            value
        })
        .collect();
    json!({ "sha": oid, "url": format!("{api}/trees/{oid}"), "tree": entries, "truncated": truncated })
}

/// A label.
pub fn label(state: &State, repo: &Repo, name: &str) -> Value {
    let color = repo.labels.get(name).map_or("ededed", String::as_str);
    json!({
        "id": 1, "node_id": format!("LA_{}_{name}", repo.id), "url": format!("{}/repos/{}/labels/{name}", state.api, repo.full_name()),
        "name": name, "color": color, "default": false, "description": null,
    })
}

/// A comment.
pub fn comment(state: &State, repo: &Repo, number: u64, comment: &Comment) -> Value {
    let api = format!("{}/repos/{}/issues", state.api, repo.full_name());
    json!({
        "id": comment.id, "node_id": format!("IC_{}", comment.id), "url": format!("{api}/comments/{}", comment.id),
        "html_url": format!("{}/{}/issues/{number}#issuecomment-{}", state.web, repo.full_name(), comment.id), "issue_url": format!("{api}/{number}"),
        "body": comment.body, "user": user(state, &comment.author), "created_at": time(comment.times.0), "updated_at": time(comment.times.1),
        "author_association": "MEMBER",
    })
}

/// An issue. A pull request is an issue, too.
pub fn issue(state: &State, repo: &Repo, issue: &Issue) -> Value {
    let api = format!("{}/repos/{}/issues/{}", state.api, repo.full_name(), issue.number);
    let word = if issue.pull.is_some() { "pull" } else { "issues" };
    let page = format!("{}/{}/{word}/{}", state.web, repo.full_name(), issue.number);
    let mut value = json!({
        "id": repo.id * 1000 + issue.number, "node_id": format!("I_{}_{}", repo.id, issue.number), "number": issue.number, "title": issue.title,
        "body": issue.body, "state": if issue.open { "open" } else { "closed" }, "user": user(state, &issue.author), "url": api,
        "html_url": page, "repository_url": format!("{}/repos/{}", state.api, repo.full_name()), "labels_url": format!("{api}/labels{{/name}}"),
        "comments_url": format!("{api}/comments"), "events_url": format!("{api}/events"), "locked": issue.locked, "comments": issue.comments.len(),
        "labels": issue.labels.iter().map(|name| label(state, repo, name)).collect::<Vec<_>>(),
        "assignee": issue.assignees.first().map(|login| user(state, login)),
        "assignees": issue.assignees.iter().map(|login| user(state, login)).collect::<Vec<_>>(), "milestone": null,
        "created_at": time(issue.times.0), "updated_at": time(issue.times.1), "closed_at": issue.closed.map(time), "author_association": "MEMBER",
    });
    if issue.pull.is_some() {
        value["pull_request"] = json!({ "url": format!("{}/repos/{}/pulls/{}", state.api, repo.full_name(), issue.number), "html_url": page });
    }
    value
}

/// A pull request.
pub fn pull(state: &State, held: &Repo, number: u64, whole: bool) -> Value {
    let (about, pull) = held.pull(number).expect("a pull request");
    let api = format!("{}/repos/{}", state.api, held.full_name());
    let side = |branch: &str, oid: &str| {
        json!({
            "label": format!("{}:{branch}", held.owner), "ref": branch, "sha": oid, "user": user(state, &held.owner), "repo": repo(state, held, None),
        })
    };
    let base = held.branch(&pull.base).cloned().unwrap_or_default();
    let mut value = issue(state, held, about);
    let fields = json!({
        "node_id": format!("PR_{}_{number}", held.id), "url": format!("{api}/pulls/{number}"), "issue_url": format!("{api}/issues/{number}"),
        "diff_url": format!("{}/{}/pull/{number}.diff", state.web, held.full_name()), "patch_url": format!("{}/{}/pull/{number}.patch", state.web, held.full_name()),
        "commits_url": format!("{api}/pulls/{number}/commits"), "review_comments_url": format!("{api}/pulls/{number}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"), "statuses_url": format!("{api}/statuses/{}", pull.head_oid),
        "head": side(&pull.head, &pull.head_oid), "base": side(&pull.base, &base), "draft": pull.draft,
        "merged_at": pull.merged.as_ref().map(|merged| time(merged.0)), "merge_commit_sha": pull.merged.as_ref().map(|merged| &merged.2),
        "auto_merge": pull.auto_merge.as_ref().map(|login| json!({ "enabled_by": user(state, login), "merge_method": "squash", "commit_title": null, "commit_message": null })),
        "requested_reviewers": pull.reviewers.iter().map(|login| user(state, login)).collect::<Vec<_>>(),
        "requested_teams": pull.teams.iter().map(|slug| json!({ "slug": slug, "name": slug })).collect::<Vec<_>>(),
    });
    let object = value.as_object_mut().expect("an object");
    object.remove("pull_request");
    object.extend(fields.as_object().cloned().unwrap_or_default());
    if whole {
        let commits = held
            .branch(&pull.base)
            .map_or(0, |base| held.git.ahead(&pull.head_oid, base).len());
        let mergeable = held
            .branch(&pull.base)
            .map(|base| held.git.merge(base, &pull.head_oid).is_some());
        value["merged"] = pull.merged.is_some().into();
        value["merged_by"] = pull
            .merged
            .as_ref()
            .map_or(Value::Null, |merged| user(state, &merged.1));
        value["commits"] = commits.into();
        value["mergeable"] = if about.open { json!(mergeable) } else { Value::Null };
        value["mergeable_state"] = if mergeable == Some(false) {
            "dirty"
        } else {
            "clean"
        }
        .into();
        value["maintainer_can_modify"] = false.into();
    }
    value
}

//! `contents`, `compare`, `commits`.
//!
//! Input: a request below one of these. Output: files and commits. Not here: objects by id.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::answer::{Answer, Content, Rest, list, not_found, ok, refuse, with};
use super::super::git::{Change, Commit, Entry};
use super::super::moves::Wish;
use super::super::request::Asked;
use super::super::state::{Repo, Role, State};
use super::objects::encoded;
use super::refs::refuse_empty;
use super::{shape, unknown};

/// Answers below the repository.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    if asked.method == "GET" {
        state.may(asked.caller.as_ref(), repo, "contents", Role::Read)?;
    }
    match (asked.method, path) {
        ("GET", ["contents", path @ ..]) => contents(state, asked, repo, &path.join("/")),
        ("PUT", ["contents", path @ ..]) => put(state, asked, repo, &path.join("/")),
        ("GET", ["compare", basehead @ ..]) => compare(state, repo, &basehead.join("/")),
        ("GET", ["commits"]) => {
            let held = state.repo(repo);
            refuse_empty(held.is_empty())?;
            let tip = held
                .resolve(asked.query("sha").unwrap_or("HEAD"))
                .ok_or_else(not_found)?;
            let touches = |oid: &&String| {
                let at = |oid: &str, path: &str| {
                    held.git
                        .entry(&held.git.tree_of(oid), path)
                        .map(|entry| entry.oid)
                };
                let parents = held
                    .git
                    .read(oid)
                    .map(|commit| commit.parents)
                    .unwrap_or_default();
                asked.query("path").is_none_or(|path| {
                    let here = at(oid, path);
                    parents.iter().all(|parent| at(parent, path) != here)
                        && (here.is_some() || !parents.is_empty())
                })
            };
            Ok(list(
                held.git
                    .history(&tip)
                    .iter()
                    .filter(touches)
                    .map(|oid| shape::commit(state, held, oid))
                    .collect(),
            ))
        }
        ("GET", ["commits", what @ ..]) => {
            let held = state.repo(repo);
            refuse_empty(held.is_empty())?;
            let what = what.join("/");
            let oid = held.resolve(&what).filter(|oid| held.git.is_commit(oid));
            let oid = oid.ok_or_else(|| refuse(422, format!("No commit found for SHA: {what}")))?;
            Ok(ok(shape::commit(state, held, &oid)))
        }
        _ => unknown(state, asked),
    }
}

fn contents(state: &State, asked: &Asked<'_>, repo: u64, path: &str) -> Rest {
    let held = state.repo(repo);
    if held.is_empty() {
        return Err(refuse(404, "This repository is empty."));
    }
    let at = asked.query("ref").unwrap_or("HEAD");
    let tree = held
        .tree(at)
        .ok_or_else(|| refuse(404, format!("No commit found for the ref {at}")))?;
    let path = path.trim_end_matches('/');
    let entry = if path.is_empty() {
        None
    } else {
        Some(held.git.entry(&tree, path).ok_or_else(not_found)?)
    };
    let folder = match &entry {
        None => Some(tree.clone()),
        Some(entry) => (entry.kind == "tree").then(|| entry.oid.clone()),
    };
    if let Some(folder) = folder {
        let above = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let entries = held.git.entries(&folder, false).into_iter().take(1000);
        let shown = entries.map(|entry| Entry {
            path: format!("{above}{}", entry.path),
            ..entry
        });
        return Ok(ok(shown
            .map(|entry| described(state, held, &entry))
            .collect::<Vec<_>>()
            .into()));
    }
    let entry = followed(held, &tree, entry.expect("an entry"));
    let bytes = held.git.object(&entry.oid).ok_or_else(not_found)?.1;
    if asked.accept.contains("raw") {
        return Ok(Answer {
            status: 200,
            headers: Vec::new(),
            content: Content::Raw(bytes, "application/vnd.github.raw; charset=utf-8"),
        });
    }
    let mut value = described(state, held, &entry);
    if entry.mode == "120000" {
        value["type"] = "symlink".into();
        value["target"] = String::from_utf8_lossy(&bytes).into();
    } else if bytes.len() > 1 << 20 {
        value["content"] = "".into();
        value["encoding"] = "none".into();
    } else {
        value["content"] = encoded(&bytes).into();
        value["encoding"] = "base64".into();
    }
    Ok(ok(value))
}

/// Follows a link to a file in the repository, as GitHub does.
fn followed(repo: &Repo, tree: &str, entry: Entry) -> Entry {
    if entry.mode != "120000" {
        return entry;
    }
    let target = repo
        .git
        .object(&entry.oid)
        .map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned());
    let above = entry.path.rsplit_once('/').map_or("", |(above, _)| above);
    let mut parts: Vec<&str> = above.split('/').filter(|part| !part.is_empty()).collect();
    let target = target.unwrap_or_default();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match repo.git.entry(tree, &parts.join("/")) {
        Some(file) if file.kind == "blob" && file.mode != "120000" => Entry {
            oid: file.oid,
            mode: file.mode,
            ..entry
        },
        _ => entry,
    }
}

fn described(state: &State, repo: &Repo, entry: &Entry) -> Value {
    let api = format!("{}/repos/{}", state.api, repo.full_name());
    let kind = match (entry.kind, entry.mode.as_str()) {
        ("tree", _) => "dir",
        ("commit", _) => "submodule",
        (_, "120000") => "symlink",
        _ => "file",
    };
    json!({
        "type": kind, "name": entry.path.rsplit('/').next(), "path": entry.path, "sha": entry.oid, "size": repo.git.size(&entry.oid).unwrap_or(0),
        "url": format!("{api}/contents/{}", entry.path), "git_url": format!("{api}/git/{}s/{}", entry.kind, entry.oid),
        "html_url": format!("{}/{}/blob/HEAD/{}", state.web, repo.full_name(), entry.path), "download_url": null,
        "_links": { "self": format!("{api}/contents/{}", entry.path), "git": null, "html": null },
    })
}

fn put(state: &mut State, asked: &Asked<'_>, repo: u64, path: &str) -> Rest {
    state.may_write(asked.caller.as_ref(), repo, "contents")?;
    let (by, now) = (asked.login(), state.now());
    let held = state.repo(repo);
    let branch = asked.text("branch").unwrap_or(&held.default_branch).to_owned();
    let parent = held.branch(&branch).cloned();
    if parent.is_none() && !held.is_empty() {
        return Err(refuse(404, format!("Branch {branch} not found")));
    }
    let tree = parent.as_ref().map(|parent| held.git.tree_of(parent));
    let known = tree
        .as_ref()
        .and_then(|tree| held.git.entry(tree, path))
        .map(|entry| entry.oid);
    match (&known, asked.text("sha")) {
        (Some(_), None) => return Err(refuse(422, "Invalid request.\n\n\"sha\" wasn't supplied.")),
        (Some(known), Some(sha)) if known != sha => {
            return Err(refuse(409, format!("{path} does not match {sha}")));
        }
        _ => {}
    }
    let text: String = asked
        .text("content")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|_| refuse(422, "content is not valid Base64"))?;
    let changes: BTreeMap<String, Change> = BTreeMap::from([(
        path.to_owned(),
        Some(("100644".to_owned(), held.git.blob(&bytes))),
    )]);
    let who = (by.clone(), format!("{by}@users.noreply.github.com"));
    let oid = held.git.commit(&Commit {
        tree: held
            .git
            .edit(tree.as_deref(), &changes)
            .map_err(|_| refuse(422, "path contains a malformed path component"))?,
        parents: parent.into_iter().collect(),
        author: who.clone(),
        committer: who,
        times: (now, now),
        message: asked.text("message").unwrap_or_default().to_owned(),
    });
    super::refs::workflows(state, asked, repo, &oid)?;
    let name = format!("refs/heads/{branch}");
    let wish = Wish {
        repo,
        name: &name,
        to: Some(&oid),
        force: false,
        by: &by,
        api: true,
    };
    state.move_ref(&wish).map_err(|why| refuse(409, why))?;
    let held = state.repo(repo);
    let entry = held
        .git
        .entry(&held.git.tree_of(&oid), path)
        .ok_or_else(not_found)?;
    let status = if known.is_some() { 200 } else { 201 };
    Ok(with(
        status,
        json!({ "content": described(state, held, &entry), "commit": shape::git_commit(state, held, &oid) }),
    ))
}

fn compare(state: &State, repo: u64, basehead: &str) -> Rest {
    let held = state.repo(repo);
    let (base, head) = basehead.split_once("...").ok_or_else(not_found)?;
    let find = |what: &str| {
        held.resolve(what.rsplit(':').next().unwrap_or(what))
            .filter(|oid| held.git.is_commit(oid))
    };
    let (base, head) = (
        find(base).ok_or_else(not_found)?,
        find(head).ok_or_else(not_found)?,
    );
    let common = held
        .git
        .merge_base(&base, &head)
        .ok_or_else(|| refuse(404, "No common ancestor"))?;
    let (ahead, behind) = (held.git.ahead(&head, &base), held.git.ahead(&base, &head));
    let status = match (ahead.len(), behind.len()) {
        (0, 0) => "identical",
        (0, _) => "behind",
        (_, 0) => "ahead",
        _ => "diverged",
    };
    let (before, after) = (
        held.git.files(&held.git.tree_of(&common)),
        held.git.files(&held.git.tree_of(&head)),
    );
    let mut files = Vec::new();
    for (path, (_, oid)) in &after {
        match before.get(path) {
            None => files.push(json!({ "filename": path, "status": "added", "sha": oid })),
            Some(_) if before.get(path) != after.get(path) => {
                files.push(json!({ "filename": path, "status": "modified", "sha": oid }));
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|(path, _)| !after.contains_key(*path));
    files.extend(gone.map(|(path, (_, oid))| json!({ "filename": path, "status": "removed", "sha": oid })));
    let commits: Vec<Value> = ahead
        .iter()
        .rev()
        .map(|oid| shape::commit(state, held, oid))
        .collect();
    Ok(ok(json!({
        "status": status, "ahead_by": ahead.len(), "behind_by": behind.len(), "total_commits": ahead.len(),
        "base_commit": shape::commit(state, held, &base), "merge_base_commit": shape::commit(state, held, &common),
        "commits": commits, "files": files,
    })))
}

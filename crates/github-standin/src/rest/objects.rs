//! `git/blobs`, `git/trees`, `git/commits`.
//!
//! Input: a request below one of these. Output: objects, read or created. Not here: refs.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::answer::{Answer, Content, Rest, created, not_found, ok, refuse};
use super::super::git::{Change, Commit};
use super::super::request::Asked;
use super::super::state::{Kind, Role, State};
use super::refs::refuse_empty;
use super::{shape, unknown};

/// Answers below `git/`.
pub fn answer(state: &mut State, asked: &Asked<'_>, repo: u64, path: &[&str]) -> Rest {
    if asked.method == "GET" {
        state.may(asked.caller.as_ref(), repo, "contents", Role::Read)?;
    } else {
        state.may_write(asked.caller.as_ref(), repo, "contents")?;
    }
    refuse_empty(state.repo(repo).is_empty())?;
    match (asked.method, path) {
        ("GET", ["blobs", oid]) => blob(state, asked, repo, oid),
        ("GET", ["trees", what @ ..]) => {
            let held = state.repo(repo);
            let tree = held.tree(&what.join("/")).ok_or_else(not_found)?;
            Ok(ok(shape::tree(
                state,
                held,
                &tree,
                asked.query("recursive").is_some(),
            )))
        }
        ("GET", ["commits", oid]) => {
            let held = state.repo(repo);
            if !held.git.is_commit(oid) {
                return Err(not_found());
            }
            Ok(ok(shape::git_commit(state, held, oid)))
        }
        ("POST", ["blobs"]) => {
            let held = state.repo(repo);
            let content = asked.text("content").unwrap_or_default();
            let bytes = match asked.text("encoding") {
                Some("base64") => {
                    decoded(content).ok_or_else(|| refuse(422, "content is not valid Base64"))?
                }
                _ => content.as_bytes().to_vec(),
            };
            let oid = held.git.blob(&bytes);
            Ok(created(
                json!({ "sha": oid, "url": format!("{}/repos/{}/git/blobs/{oid}", state.api, held.full_name()) }),
            ))
        }
        ("POST", ["trees"]) => make_tree(state, asked, repo),
        ("POST", ["commits"]) => make_commit(state, asked, repo),
        _ => unknown(state, asked),
    }
}

/// Decodes Base64 with line breaks, which GitHub accepts.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    BASE64_STANDARD.decode(text).ok()
}

/// Base64 in lines of sixty characters, as GitHub returns it.
pub fn encoded(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let mut lines = String::new();
    for line in text.as_bytes().chunks(60) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    lines
}

fn blob(state: &State, asked: &Asked<'_>, repo: u64, oid: &str) -> Rest {
    let held = state.repo(repo);
    let Some(("blob", bytes)) = held.git.object(oid) else {
        return Err(not_found());
    };
    if asked.accept.contains("raw") {
        return Ok(Answer {
            status: 200,
            headers: Vec::new(),
            content: Content::Raw(bytes, "application/vnd.github.raw; charset=utf-8"),
        });
    }
    Ok(ok(json!({
        "sha": oid, "node_id": format!("B_{repo}_{oid}"), "size": bytes.len(), "encoding": "base64", "content": encoded(&bytes),
        "url": format!("{}/repos/{}/git/blobs/{oid}", state.api, held.full_name()),
    })))
}

fn make_tree(state: &State, asked: &Asked<'_>, repo: u64) -> Rest {
    let held = state.repo(repo);
    let base = match asked.text("base_tree") {
        None => None,
        // GitHub accepts a commit here, too.
        Some(oid) => Some(
            held.git
                .kind(oid)
                .and_then(|_| held.tree(oid))
                .ok_or_else(|| refuse(422, "base_tree is not a valid tree oid"))?,
        ),
    };
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for entry in asked.body["tree"]
        .as_array()
        .ok_or_else(|| refuse(422, "Invalid request.\n\n\"tree\" wasn't supplied."))?
    {
        let path = entry["path"].as_str().unwrap_or_default();
        let odd = |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
        if path.split('/').any(odd) {
            return Err(refuse(422, "tree.path contains a malformed path component"));
        }
        let mode = entry["mode"].as_str().unwrap_or_default();
        if !["100644", "100755", "040000", "160000", "120000"].contains(&mode) {
            return Err(refuse(422, "Must supply a valid tree.mode"));
        }
        let change = match (entry.get("sha"), entry["content"].as_str()) {
            (Some(Value::Null), None) => None,
            (Some(Value::String(oid)), None) => {
                if mode != "160000" && held.git.kind(oid).is_none() {
                    return Err(refuse(422, format!("tree.sha {oid} is not a valid blob")));
                }
                Some((mode.to_owned(), oid.clone()))
            }
            (None, Some(content)) => Some((mode.to_owned(), held.git.blob(content.as_bytes()))),
            _ => {
                let text = "Must supply either tree.sha or tree.content, but not both";
                return Err(refuse(422, text));
            }
        };
        changes.insert(path.to_owned(), change);
    }
    let tree = held
        .git
        .edit(base.as_deref(), &changes)
        .map_err(|_| refuse(422, "GitRPC::BadObjectState"))?;
    Ok(created(shape::tree(state, held, &tree, false)))
}

fn make_commit(state: &mut State, asked: &Asked<'_>, repo: u64) -> Rest {
    let held = state.repo(repo);
    let tree = asked.text("tree").unwrap_or_default();
    if held.git.kind(tree) != Some("tree") {
        return Err(refuse(422, "Tree SHA does not exist"));
    }
    let parents: Vec<String> = asked.body["parents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if parents.iter().any(|parent| !held.git.is_commit(parent)) {
        return Err(refuse(422, "Parent SHA does not exist or is not a commit object"));
    }
    let login = asked.login();
    let own = match asked.caller.as_ref().map(|caller| &caller.kind) {
        Some(Kind::Installation { .. }) => {
            let id = state.account(&login).map_or(0, |account| account.id);
            (login.clone(), format!("{id}+{login}@users.noreply.github.com"))
        }
        _ => (login.clone(), format!("{login}@users.noreply.github.com")),
    };
    let given = |name: &str| {
        let who = &asked.body[name];
        let pair = Some((
            who["name"].as_str()?.to_owned(),
            who["email"].as_str()?.to_owned(),
        ))?;
        let at = who["date"]
            .as_str()
            .and_then(|date| date.parse::<jiff::Timestamp>().ok());
        Some((pair, at.map_or_else(|| state.now(), jiff::Timestamp::as_second)))
    };
    let is_installation = matches!(
        asked.caller.as_ref().map(|caller| &caller.kind),
        Some(Kind::Installation { .. })
    );
    // GitHub signs the commits of an App without an author, and never those of a person's token.
    let signs = is_installation && asked.body["author"].is_null() && asked.body["committer"].is_null();
    let author = given("author").unwrap_or((own, state.now()));
    let committer = given("committer").unwrap_or_else(|| author.clone());
    let oid = held.git.commit(&Commit {
        tree: tree.to_owned(),
        parents,
        author: author.0,
        committer: committer.0,
        times: (author.1, committer.1),
        message: asked.text("message").unwrap_or_default().to_owned(),
    });
    if signs {
        state.repo_mut(repo).signed.insert(oid.clone());
    }
    let held = state.repo(repo);
    Ok(created(shape::git_commit(state, held, &oid)))
}

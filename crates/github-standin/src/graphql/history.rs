//! Fields of git objects: refs, commits, trees, blobs.
//!
//! Input: an object and a field's name. Output: its value; `None` for a field that is not handled here.

use serde_json::Value;

use super::super::git::Git;
use super::super::rest::login_of;
use super::super::state::time;
use super::run::{Run, connection};
use super::thing::{Arguments, Node, Problem, Thing, id_of};

/// A field's value.
pub fn field(
    run: &mut Run<'_>,
    thing: &Thing,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Node>, Problem> {
    if name == "id" {
        return Ok(Some(id_of(thing).into()));
    }
    Ok(match thing {
        Thing::Ref(repo, full_name) => git_ref(run, *repo, full_name, name, arguments),
        Thing::Commit(repo, oid) => commit(run, *repo, oid, name, arguments),
        Thing::Tree(repo, oid) => tree(run, *repo, oid, name),
        Thing::Blob(repo, oid) => blob(run, *repo, oid, name),
        Thing::Entry(repo, entry) => match name {
            "name" => entry.path.rsplit('/').next().map(Node::from),
            "path" => Some(entry.path.clone().into()),
            "mode" => i32::from_str_radix(&entry.mode, 8).ok().map(Node::from),
            "type" => Some(entry.kind.into()),
            "oid" => Some(entry.oid.clone().into()),
            "size" => i64::try_from(run.state.repo(*repo).git.size(&entry.oid).unwrap_or(0))
                .ok()
                .map(Node::from),
            "object" => Some(Node::maybe(object(run, *repo, &entry.oid))),
            _ => None,
        },
        Thing::GitActor(repo, oid, author) => {
            let git = &run.state.repo(*repo).git;
            let commit = git.read(oid).expect("a commit");
            let (who, at) = if *author {
                (commit.author, commit.times.0)
            } else {
                (commit.committer, commit.times.1)
            };
            match name {
                "name" => Some(who.0.into()),
                "email" => Some(who.1.into()),
                "date" => Some(time(at).into()),
                "user" => Some(Node::maybe(
                    login_of(run.state, git, oid).map(|login| Thing::Account(login, false)),
                )),
                _ => None,
            }
        }
        _ => None,
    })
}

/// The object with an id.
pub fn object(run: &Run<'_>, repo: u64, oid: &str) -> Option<Thing> {
    Some(match run.state.repo(repo).git.kind(oid)? {
        "commit" => Thing::Commit(repo, oid.to_owned()),
        "tree" => Thing::Tree(repo, oid.to_owned()),
        "blob" => Thing::Blob(repo, oid.to_owned()),
        _ => return None,
    })
}

/// The object of an expression such as `HEAD:path`, `refs/heads/main`, `oid:path`.
pub fn expression(run: &Run<'_>, repo: u64, text: &str) -> Option<Thing> {
    let held = run.state.repo(repo);
    let Some((at, path)) = text.split_once(':') else {
        return object(run, repo, &held.resolve(text)?);
    };
    let tree = held.tree(at)?;
    match path.trim_end_matches('/') {
        "" => Some(Thing::Tree(repo, tree)),
        path => object(run, repo, &held.git.entry(&tree, path)?.oid),
    }
}

fn git_ref(run: &Run<'_>, repo: u64, full_name: &str, name: &str, arguments: &Arguments) -> Option<Node> {
    let short = full_name.splitn(3, '/').nth(2).unwrap_or_default();
    let held = run.state.repo(repo);
    Some(match name {
        "name" => short.into(),
        "prefix" => full_name.strip_suffix(short).unwrap_or_default().into(),
        "repository" => Node::One(Thing::Repo(repo)),
        "target" => Node::maybe(held.refs.get(full_name).and_then(|oid| object(run, repo, oid))),
        "refUpdateRule" => {
            let Some((pattern, rule)) = held.protection(short) else {
                return Some(Node::Null);
            };
            let approvals = rule.approvals.map_or(Node::Null, Node::from);
            let fields = vec![
                ("pattern", pattern.clone().into()),
                ("viewerCanPush", (!rule.locked).into()),
                ("allowsForcePushes", false.into()),
                ("allowsDeletions", false.into()),
                ("blocksCreations", (!rule.creatable).into()),
                ("requiresSignatures", rule.signatures.into()),
                ("requiredApprovingReviewCount", approvals),
                ("requiredStatusCheckContexts", Node::Many(Vec::new())),
            ];
            Node::One(Thing::Plain("RefUpdateRule", fields))
        }
        "compare" => {
            let head = arguments
                .get("headRef")
                .and_then(Value::as_str)
                .unwrap_or_default();
            // "If the head ref can be resolved", says the schema.
            let Some(head) = held.resolve(head) else {
                return Some(Node::Null);
            };
            let base = held.refs.get(full_name)?;
            let (ahead, behind) = (
                held.git.ahead(&head, base).len(),
                held.git.ahead(base, &head).len(),
            );
            let status = match (ahead, behind) {
                (0, 0) => "IDENTICAL",
                (0, _) => "BEHIND",
                (_, 0) => "AHEAD",
                _ => "DIVERGED",
            };
            let commits = held.git.ahead(&head, base).into_iter().rev();
            // The field's own arguments are not known yet. GitHub returns at most a hundred, so a hundred are computed.
            let hundred = Arguments::from_iter([("first".to_owned(), 100.into())]);
            let commits = connection(
                ("ComparisonCommitConnection", "CommitEdge"),
                commits.map(|oid| Thing::Commit(repo, oid)).collect(),
                &hundred,
            )?;
            let fields = vec![
                ("aheadBy", ahead.into()),
                ("behindBy", behind.into()),
                ("status", status.into()),
                ("commits", commits),
            ];
            Node::One(Thing::Plain("Comparison", fields))
        }
        _ => return None,
    })
}

fn commit(run: &Run<'_>, repo: u64, oid: &str, name: &str, arguments: &Arguments) -> Option<Node> {
    let git = &run.state.repo(repo).git;
    let commit = git.read(oid)?;
    let things = |oids: Vec<String>| {
        oids.into_iter()
            .map(|oid| Thing::Commit(repo, oid))
            .collect::<Vec<_>>()
    };
    let (headline, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
    Some(match name {
        "oid" => oid.into(),
        "abbreviatedOid" => oid[..7].into(),
        "tree" => Node::One(Thing::Tree(repo, commit.tree)),
        "committedDate" => time(commit.times.1).into(),
        "authoredDate" => time(commit.times.0).into(),
        "messageHeadline" => headline.into(),
        "messageBody" => body.trim_start_matches('\n').into(),
        "message" => commit.message.into(),
        "author" => Node::One(Thing::GitActor(repo, oid.to_owned(), true)),
        "committer" => Node::One(Thing::GitActor(repo, oid.to_owned(), false)),
        "authors" => connection(
            ("GitActorConnection", "GitActorEdge"),
            vec![Thing::GitActor(repo, oid.to_owned(), true)],
            arguments,
        )?,
        "parents" => connection(
            ("CommitConnection", "CommitEdge"),
            things(commit.parents),
            arguments,
        )?,
        "history" => connection(
            ("CommitHistoryConnection", "CommitEdge"),
            things(listed(git, oid, arguments)),
            arguments,
        )?,
        "url" | "commitUrl" => format!(
            "{}/{}/commit/{oid}",
            run.state.web,
            run.state.repo(repo).full_name()
        )
        .into(),
        "repository" => Node::One(Thing::Repo(repo)),
        "file" => {
            let path = arguments.get("path").and_then(Value::as_str).unwrap_or_default();
            Node::maybe(
                git.entry(&commit.tree, path)
                    .map(|entry| Thing::Entry(repo, entry)),
            )
        }
        _ => return None,
    })
}

/// The commits that match the arguments: those that changed a path, within a time range.
fn listed(git: &Git, tip: &str, arguments: &Arguments) -> Vec<String> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let time = |name: &str| text(name).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let (since, until) = (time("since"), time("until"));
    let mut all = match text("path") {
        Some(path) => touched(git, tip, path),
        None => git.history(tip),
    };
    all.retain(|oid| {
        let at = git.read(oid).map(|commit| commit.times.1).unwrap_or_default();
        since.is_none_or(|since| at >= since.as_second()) && until.is_none_or(|until| at <= until.as_second())
    });
    all
}

/// The commits that changed a path against each of their parents.
fn touched(git: &Git, tip: &str, path: &str) -> Vec<String> {
    let held = |oid: &str| git.entry(&git.tree_of(oid), path).map(|entry| entry.oid);
    let changed = |oid: &String| {
        let parents = git.read(oid).map(|commit| commit.parents).unwrap_or_default();
        let here = held(oid);
        match parents.as_slice() {
            [] => here.is_some(),
            parents => parents.iter().all(|parent| held(parent) != here),
        }
    };
    git.history(tip).into_iter().filter(changed).collect()
}

fn tree(run: &Run<'_>, repo: u64, oid: &str, name: &str) -> Option<Node> {
    Some(match name {
        "oid" => oid.into(),
        "abbreviatedOid" => oid[..7].into(),
        "entries" => {
            let entries = run.state.repo(repo).git.entries(oid, false);
            Node::Many(
                entries
                    .into_iter()
                    .map(|entry| Node::One(Thing::Entry(repo, entry)))
                    .collect(),
            )
        }
        "repository" => Node::One(Thing::Repo(repo)),
        _ => return None,
    })
}

fn blob(run: &Run<'_>, repo: u64, oid: &str, name: &str) -> Option<Node> {
    let (_, bytes) = run.state.repo(repo).git.object(oid)?;
    let binary = bytes[..bytes.len().min(8000)].contains(&0);
    let most = run.state.settings.most_text;
    Some(match name {
        "oid" => oid.into(),
        "abbreviatedOid" => oid[..7].into(),
        "byteSize" => bytes.len().into(),
        "isBinary" => binary.into(),
        "isTruncated" => (bytes.len() > most).into(),
        // GitHub's text differs from the bytes: it lacks a BOM, and it is null for content that is not UTF-8.
        "text" => match std::str::from_utf8(&bytes) {
            Ok(text) if !binary => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                let mut end = most.min(text.len());
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                text[..end].into()
            }
            _ => Node::Null,
        },
        "repository" => Node::One(Thing::Repo(repo)),
        _ => return None,
    })
}

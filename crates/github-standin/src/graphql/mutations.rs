//! Mutations: moves of refs, commits, pull requests, comments.
//!
//! Input: an `input`. Output: the payload, or GitHub's error. Not here: the moves themselves (`moves.rs`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::answer::{Answer, Content};
use super::super::git::{Change, Commit};
use super::super::moves::Wish;
use super::super::request::Asked;
use super::super::rest::{add_comment, pull_refusal};
use super::super::state::{Kind, Pull};
use super::objects::node;
use super::run::Run;
use super::thing::{Arguments, Node, Problem, Thing, problem};

type Maybe = Result<Option<Node>, Problem>;

/// A mutation's payload.
pub fn field(run: &mut Run<'_>, name: &str, arguments: &Arguments) -> Maybe {
    let input = arguments.get("input").cloned().unwrap_or(Value::Null);
    let echo = ("clientMutationId", Node::from(input["clientMutationId"].clone()));
    let (kind, mut fields) = match name {
        "updateRefs" => ("UpdateRefsPayload", update_refs(run, &input)?),
        "createRef" => ("CreateRefPayload", create_ref(run, &input)?),
        "updateRef" => ("UpdateRefPayload", update_ref(run, &input)?),
        "deleteRef" => ("DeleteRefPayload", delete_ref(run, &input)?),
        "createCommitOnBranch" => ("CreateCommitOnBranchPayload", commit(run, &input)?),
        "addComment" => ("AddCommentPayload", comment(run, &input)?),
        "createPullRequest" => ("CreatePullRequestPayload", create_pull(run, &input)?),
        "closePullRequest" => ("ClosePullRequestPayload", close_or_reopen(run, &input, false)?),
        "reopenPullRequest" => ("ReopenPullRequestPayload", close_or_reopen(run, &input, true)?),
        "updatePullRequest" => ("UpdatePullRequestPayload", update_pull(run, &input)?),
        _ => return Ok(None),
    };
    fields.push(echo);
    Ok(Some(Node::One(Thing::Plain(kind, fields))))
}

type Fields = Result<Vec<(&'static str, Node)>, Problem>;

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_default()
}

/// The message of the response that REST would send.
fn message(answer: &Answer) -> String {
    match &answer.content {
        Content::Json(value) => value["errors"][0]["message"]
            .as_str()
            .or_else(|| value["message"].as_str())
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    }
}

fn unprocessable(text: impl Into<String>) -> Problem {
    problem("UNPROCESSABLE", text)
}

/// Checks that the caller may write; the messages differ from REST's.
fn may_write(run: &Run<'_>, repo: u64, permission: &str, what: &str) -> Result<(), Problem> {
    run.state
        .may_write(Some(&run.caller), repo, permission)
        .map_err(|refusal| {
            let held = run.state.repo(repo);
            match (&run.caller.kind, refusal.status) {
                _ if held.archived && refusal.status == 403 => {
                    unprocessable("Repository was archived so is read-only")
                }
                (Kind::Classic { .. }, _) => problem(
                    "FORBIDDEN",
                    format!(
                        "{} does not have the correct permissions to execute `{what}`",
                        run.caller.login
                    ),
                ),
                _ => problem("FORBIDDEN", message(&refusal)),
            }
        })
}

/// The repository with a node id.
fn repo_of(run: &Run<'_>, id: &str) -> Result<u64, Problem> {
    match node(run, id)? {
        Thing::Repo(repo) | Thing::Ref(repo, _) | Thing::Pull(repo, _) | Thing::Issue(repo, _) => Ok(repo),
        _ => Err(problem(
            "NOT_FOUND",
            format!("Could not resolve to a node with the global id of '{id}'."),
        )),
    }
}

fn workflows(run: &Run<'_>, repo: u64, oid: &str) -> Result<(), Problem> {
    let asked = Asked {
        method: "POST",
        path: &[],
        query: &[],
        body: json!({}),
        caller: Some(run.caller.clone()),
        accept: String::new(),
    };
    super::super::rest::workflows(run.state, &asked, repo, oid)
        .map_err(|refusal| unprocessable(message(&refusal)))
}

fn moved(run: &mut Run<'_>, repo: u64, name: &str, to: Option<&str>, force: bool) -> Result<(), Problem> {
    if let Some(to) = to {
        if !run.state.repo(repo).git.is_commit(to) {
            return Err(problem(
                "NOT_FOUND",
                format!("Could not resolve to a node with the global id of '{to}'."),
            ));
        }
        workflows(run, repo, to)?;
    }
    let by = run.caller.login.clone();
    let wish = Wish {
        repo,
        name,
        to,
        force,
        by: &by,
        api: true,
    };
    run.state.move_ref(&wish).map_err(unprocessable)
}

const NOTHING: &str = "0000000000000000000000000000000000000000";

fn update_refs(run: &mut Run<'_>, input: &Value) -> Fields {
    let repo = repo_of(run, text(input, "repositoryId"))?;
    may_write(run, repo, "contents", "UpdateRefs")?;
    let updates = input["refUpdates"].as_array().cloned().unwrap_or_default();
    let target =
        |update: &Value| (text(update, "afterOid") != NOTHING).then(|| text(update, "afterOid").to_owned());
    // All or nothing: everything is checked before the first ref is moved.
    for update in &updates {
        let (name, held) = (text(update, "name"), run.state.repo(repo));
        let tip = held.refs.get(name).map_or(NOTHING, String::as_str);
        let before = update["beforeOid"].as_str();
        if let Some(before) = before.filter(|before| *before != tip) {
            return Err(unprocessable(format!("{name} is at {tip} but expected {before}")));
        }
        let (to, by) = (target(update), run.caller.login.clone());
        if to.as_ref().is_some_and(|to| !held.git.is_commit(to)) {
            return Err(problem(
                "NOT_FOUND",
                format!(
                    "Could not resolve to a node with the global id of '{}'.",
                    text(update, "afterOid")
                ),
            ));
        }
        let wish = Wish {
            repo,
            name,
            to: to.as_deref(),
            force: update["force"] == true,
            by: &by,
            api: true,
        };
        if let Some(refusal) = run.state.refusal(&wish) {
            return Err(unprocessable(refusal));
        }
        to.map_or(Ok(()), |to| workflows(run, repo, &to))?;
    }
    for update in &updates {
        moved(
            run,
            repo,
            text(update, "name"),
            target(update).as_deref(),
            update["force"] == true,
        )?;
    }
    Ok(Vec::new())
}

fn create_ref(run: &mut Run<'_>, input: &Value) -> Fields {
    let repo = repo_of(run, text(input, "repositoryId"))?;
    may_write(run, repo, "contents", "CreateRef")?;
    let name = text(input, "name").to_owned();
    if run.state.repo(repo).refs.contains_key(&name) {
        return Err(unprocessable(format!(
            "A ref named \"{name}\" already exists in the repository."
        )));
    }
    moved(run, repo, &name, Some(text(input, "oid")), false)?;
    Ok(vec![("ref", Node::One(Thing::Ref(repo, name)))])
}

fn update_ref(run: &mut Run<'_>, input: &Value) -> Fields {
    let Thing::Ref(repo, name) = node(run, text(input, "refId"))? else {
        return Err(problem("NOT_FOUND", "Could not resolve to a Ref"));
    };
    may_write(run, repo, "contents", "UpdateRef")?;
    moved(run, repo, &name, Some(text(input, "oid")), input["force"] == true)?;
    Ok(vec![("ref", Node::One(Thing::Ref(repo, name)))])
}

fn delete_ref(run: &mut Run<'_>, input: &Value) -> Fields {
    let Thing::Ref(repo, name) = node(run, text(input, "refId"))? else {
        return Err(problem("NOT_FOUND", "Could not resolve to a Ref"));
    };
    may_write(run, repo, "contents", "DeleteRef")?;
    moved(run, repo, &name, None, true)?;
    Ok(Vec::new())
}

fn commit(run: &mut Run<'_>, input: &Value) -> Fields {
    let branch = &input["branch"];
    let (repo, name) = if let Some(id) = branch["id"].as_str() {
        match node(run, id)? {
            Thing::Ref(repo, name) => (repo, name),
            _ => return Err(problem("NOT_FOUND", "Could not resolve to a Ref")),
        }
    } else {
        let full_name = text(branch, "repositoryNameWithOwner");
        let found = run
            .state
            .find(full_name)
            .filter(|(repo, _)| run.state.sees(Some(&run.caller), *repo));
        let missing = || {
            problem(
                "NOT_FOUND",
                format!("Could not resolve to a Repository with the name '{full_name}'."),
            )
        };
        let name = text(branch, "branchName");
        (
            found.ok_or_else(missing)?.0,
            format!("refs/heads/{}", name.strip_prefix("refs/heads/").unwrap_or(name)),
        )
    };
    may_write(run, repo, "contents", "CreateCommitOnBranch")?;
    let (now, by) = (run.state.now(), run.caller.login.clone());
    let held = run.state.repo(repo);
    let missing = || problem("NOT_FOUND", format!("No such branch \"{name}\""));
    let tip = held.refs.get(&name).ok_or_else(missing)?.clone();
    let expected = text(input, "expectedHeadOid");
    if tip != expected {
        return Err(problem(
            "STALE_DATA",
            format!("Expected branch to point to \"{tip}\" but it did not.  Pull and try again."),
        ));
    }
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    let files = |kind: &str| input["fileChanges"][kind].as_array().cloned().unwrap_or_default();
    for file in files("additions") {
        let bytes = BASE64_STANDARD
            .decode(text(&file, "contents"))
            .map_err(|_| unprocessable("contents is not valid Base64"))?;
        // Without a mode in the input: always 100644.
        changes.insert(
            text(&file, "path").to_owned(),
            Some(("100644".to_owned(), held.git.blob(&bytes))),
        );
    }
    for file in files("deletions") {
        changes.insert(text(&file, "path").to_owned(), None);
    }
    let tree = held
        .git
        .edit(Some(&held.git.tree_of(&tip)), &changes)
        .map_err(|path| {
            unprocessable(format!(
                "A path was requested for deletion which does not exist as of commit oid {tip}: {path}"
            ))
        })?;
    let who = (by.clone(), format!("{by}@users.noreply.github.com"));
    let words = &input["message"];
    let message = match text(words, "body") {
        "" => text(words, "headline").to_owned(),
        body => format!("{}\n\n{body}", text(words, "headline")),
    };
    let oid = held.git.commit(&Commit {
        tree,
        parents: vec![tip],
        author: who,
        // GitHub creates and signs the commit.
        committer: ("GitHub".to_owned(), "noreply@github.com".to_owned()),
        times: (now, now),
        message,
    });
    run.state.repo_mut(repo).signed.insert(oid.clone());
    moved(run, repo, &name, Some(&oid), false)?;
    Ok(vec![
        ("commit", Node::One(Thing::Commit(repo, oid))),
        ("ref", Node::One(Thing::Ref(repo, name))),
    ])
}

fn comment(run: &mut Run<'_>, input: &Value) -> Fields {
    let subject = node(run, text(input, "subjectId"))?;
    let (Thing::Pull(repo, number) | Thing::Issue(repo, number)) = subject else {
        return Err(problem("NOT_FOUND", "Could not resolve to an Issue"));
    };
    may_write(run, repo, "comments", "AddComment")?;
    if text(input, "body").chars().count() > 65_536 {
        return Err(unprocessable("Body is too long (maximum is 65536 characters)"));
    }
    let by = run.caller.login.clone();
    let comment = add_comment(run.state, repo, number, &by, text(input, "body"));
    let edge = Thing::Edge(
        "IssueCommentEdge",
        Box::new(Thing::Comment(repo, number, comment.id)),
        0,
    );
    Ok(vec![
        ("commentEdge", Node::One(edge)),
        ("subject", Node::One(subject)),
    ])
}

fn too_long(input: &Value) -> Result<(), Problem> {
    if text(input, "title").chars().count() > 256 {
        return Err(unprocessable("Title is too long (maximum is 256 characters)"));
    }
    if text(input, "body").chars().count() > 65_536 {
        return Err(unprocessable("Body is too long (maximum is 65536 characters)"));
    }
    Ok(())
}

fn create_pull(run: &mut Run<'_>, input: &Value) -> Fields {
    let repo = repo_of(run, text(input, "repositoryId"))?;
    may_write(run, repo, "pull_requests", "CreatePullRequest")?;
    too_long(input)?;
    let short = |name: &str| {
        text(input, name)
            .strip_prefix("refs/heads/")
            .unwrap_or(text(input, name))
            .to_owned()
    };
    let (head, base) = (short("headRefName"), short("baseRefName"));
    let held = run.state.repo(repo);
    let Some(head_oid) = held.branch(&head).cloned() else {
        return Err(unprocessable(format!(
            "Head sha can't be blank, Base sha can't be blank, No commits between {base} and {head}, Head ref must be a branch"
        )));
    };
    if let Some(refusal) = pull_refusal(held, &head, &base) {
        return Err(unprocessable(message(&refusal)));
    }
    let pull = Pull::new(&head, &head_oid, &base, input["draft"] == true);
    let by = run.caller.login.clone();
    let number = run
        .state
        .add_issue(repo, &by, text(input, "title"), text(input, "body"), Some(pull));
    Ok(vec![("pullRequest", Node::One(Thing::Pull(repo, number)))])
}

/// The pull request that an input names.
fn pull_of(run: &Run<'_>, input: &Value, what: &str) -> Result<(u64, u64), Problem> {
    let Thing::Pull(repo, number) = node(run, text(input, "pullRequestId"))? else {
        return Err(problem("NOT_FOUND", "Could not resolve to a PullRequest"));
    };
    may_write(run, repo, "pull_requests", what)?;
    Ok((repo, number))
}

fn close_or_reopen(run: &mut Run<'_>, input: &Value, open: bool) -> Fields {
    let what = if open {
        "ReopenPullRequest"
    } else {
        "ClosePullRequest"
    };
    let (repo, number) = pull_of(run, input, what)?;
    let by = run.caller.login.clone();
    match (run.state.repo(repo).issues[&number].open, open) {
        (true, false) => run.state.close(repo, number, &by),
        (false, true) => run.state.reopen(repo, number, &by).map_err(unprocessable)?,
        _ => {}
    }
    Ok(vec![("pullRequest", Node::One(Thing::Pull(repo, number)))])
}

fn update_pull(run: &mut Run<'_>, input: &Value) -> Fields {
    let (repo, number) = pull_of(run, input, "UpdatePullRequest")?;
    too_long(input)?;
    let now = run.state.now();
    let issue = run.state.issue_mut(repo, number);
    issue.times.1 = now;
    if let Some(title) = input["title"].as_str() {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = input["body"].as_str() {
        body.clone_into(&mut issue.body);
    }
    if let Some(state) = input["state"].as_str() {
        return close_or_reopen(run, input, state == "OPEN");
    }
    Ok(vec![("pullRequest", Node::One(Thing::Pull(repo, number)))])
}

//! Fields of accounts, repositories, issues and pull requests.
//!
//! Input: an object and a field's name. Output: its value; `None` for a field that is not handled here. Not here: git objects
//! (`history.rs`).

use serde_json::{Value, json};

use super::super::state::{Kind, Repo, Role, Visibility, time};
use super::run::{Run, connection};
use super::thing::{Arguments, Node, Problem, Thing, by_id, id_of, problem};
use super::{history, pulls};

type Maybe = Result<Option<Node>, Problem>;

/// A field's value.
pub fn field(run: &mut Run<'_>, thing: &Thing, name: &str, arguments: &Arguments) -> Maybe {
    if name == "id" {
        return Ok(Some(id_of(thing).into()));
    }
    match thing {
        Thing::Query => query(run, name, arguments),
        Thing::Repo(repo) => repository(run, *repo, name, arguments),
        Thing::Account(login, actor) => account(run, login, *actor, name, arguments),
        Thing::Pull(repo, number) => pulls::pull(run, *repo, *number, name, arguments),
        Thing::Issue(repo, number) => Ok(pulls::issue(run, *repo, *number, name, arguments)),
        thing => Ok(pulls::small(run, thing, name)),
    }
}

fn text<'a>(arguments: &'a Arguments, name: &str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn query(run: &mut Run<'_>, name: &str, arguments: &Arguments) -> Maybe {
    Ok(Some(match name {
        "viewer" => Node::One(Thing::Account(run.caller.login.clone(), false)),
        "rateLimit" => {
            let (used, reset) = run.state.used.get(&run.caller.login).copied().unwrap_or_default();
            let quota = run.state.settings.quota;
            let fields = vec![
                ("cost", 1.into()),
                ("limit", quota.into()),
                ("remaining", quota.saturating_sub(used).into()),
                ("used", used.into()),
                ("nodeCount", 0.into()),
                ("resetAt", time(reset).into()),
            ];
            Node::One(Thing::Plain("RateLimit", fields))
        }
        "repository" => {
            let full_name = format!("{}/{}", text(arguments, "owner"), text(arguments, "name"));
            find(run, &full_name, arguments)?
        }
        "organization" | "user" | "repositoryOwner" => {
            let login = text(arguments, "login");
            let wanted = |kind: &str| match name {
                "organization" => kind == "Organization",
                "user" => kind == "User",
                _ => true,
            };
            let found = run.state.account(login).filter(|account| wanted(account.kind));
            let word = if name == "organization" {
                "an Organization"
            } else {
                "a User"
            };
            let missing = || {
                problem(
                    "NOT_FOUND",
                    format!("Could not resolve to {word} with the login of '{login}'."),
                )
            };
            Node::One(Thing::Account(found.ok_or_else(missing)?.login.clone(), false))
        }
        "node" => {
            let id = text(arguments, "id").to_owned();
            Node::One(node(run, &id)?)
        }
        "nodes" => {
            let ids = arguments
                .get("ids")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            if ids.len() > 100 {
                return Err(problem(
                    "ARGUMENT_LIMIT",
                    "You may not provide more than 100 node ids",
                ));
            }
            let mut nodes = Vec::new();
            for (place, id) in ids.iter().filter_map(Value::as_str).enumerate() {
                nodes.push(match node(run, id) {
                    Ok(thing) => Node::One(thing),
                    Err(problem) => {
                        let path = json!([name, place]);
                        run.errors
                            .push(json!({ "type": problem.kind, "path": path, "message": problem.message }));
                        Node::Null
                    }
                });
            }
            Node::Many(nodes)
        }
        _ => return Ok(None),
    }))
}

/// The object with a node id, if the caller may see it.
pub fn node(run: &Run<'_>, id: &str) -> Result<Thing, Problem> {
    let found = by_id(run.state, id).filter(|thing| match thing {
        Thing::Repo(repo)
        | Thing::Ref(repo, _)
        | Thing::Commit(repo, _)
        | Thing::Pull(repo, _)
        | Thing::Issue(repo, _) => run.state.sees(Some(&run.caller), *repo),
        _ => true,
    });
    found.ok_or_else(|| {
        problem(
            "NOT_FOUND",
            format!("Could not resolve to a node with the global id of '{id}'."),
        )
    })
}

fn find(run: &Run<'_>, full_name: &str, arguments: &Arguments) -> Result<Node, Problem> {
    let follow = arguments
        .get("followRenames")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let found = run.state.find(full_name).filter(|(_, moved)| follow || !moved);
    let seen = found.filter(|(repo, _)| run.state.sees(Some(&run.caller), *repo));
    let missing = || {
        problem(
            "NOT_FOUND",
            format!("Could not resolve to a Repository with the name '{full_name}'."),
        )
    };
    Ok(Node::One(Thing::Repo(seen.ok_or_else(missing)?.0)))
}

fn account(run: &mut Run<'_>, login: &str, actor: bool, name: &str, arguments: &Arguments) -> Maybe {
    let found = run.state.account(login).cloned();
    Ok(Some(match name {
        // As an actor, a bot's login has no "[bot]"; in REST and `viewer` it has.
        "login" => if actor {
            login.strip_suffix("[bot]").unwrap_or(login)
        } else {
            login
        }
        .into(),
        "name" => login.into(),
        "email" => format!("{login}@example.com").into(),
        "databaseId" => found.map_or(0, |account| account.id).into(),
        "url" | "avatarUrl" | "resourcePath" => format!("{}/{login}", run.state.web).into(),
        "isViewer" => (run.caller.login == login).into(),
        "viewerIsAMember" => found
            .is_some_and(|account| account.members.contains(&run.caller.login.to_lowercase()))
            .into(),
        "viewerCanAdminister" => false.into(),
        "repository" => find(run, &format!("{login}/{}", text(arguments, "name")), arguments)?,
        "repositories" => {
            let flag = |name: &str| arguments.get(name).and_then(Value::as_bool);
            let visibility = arguments
                .get("visibility")
                .or_else(|| arguments.get("privacy"))
                .and_then(Value::as_str);
            let wanted = |repo: &&Repo| {
                flag("isArchived").is_none_or(|yes| repo.archived == yes)
                    && flag("isFork").is_none_or(|yes| repo.fork == yes)
                    && visibility.is_none_or(|word| repo.visibility.word().eq_ignore_ascii_case(word))
                    && run.state.sees(Some(&run.caller), repo.id)
            };
            let mut found: Vec<&Repo> = run
                .state
                .repos
                .values()
                .filter(|repo| repo.owner.eq_ignore_ascii_case(login))
                .filter(wanted)
                .collect();
            let order = arguments.get("orderBy");
            match order.and_then(|order| order["field"].as_str()) {
                Some("NAME") => found.sort_by_key(|repo| repo.name.to_lowercase()),
                Some("PUSHED_AT" | "UPDATED_AT") => found.sort_by_key(|repo| (repo.pushed, repo.id)),
                _ => {}
            }
            if order.is_some_and(|order| order["direction"] == "DESC") {
                found.reverse();
            }
            let all = found.into_iter().map(|repo| Thing::Repo(repo.id)).collect();
            return Ok(connection(
                ("RepositoryConnection", "RepositoryEdge"),
                all,
                arguments,
            ));
        }
        _ => return Ok(None),
    }))
}

fn repository(run: &mut Run<'_>, id: u64, name: &str, arguments: &Arguments) -> Maybe {
    if matches!(name, "object" | "ref" | "refs") {
        run.may_read(id, "contents")?;
    }
    if matches!(name, "pullRequest" | "pullRequests") {
        run.may_read(id, "pull_requests")?;
    }
    let repo = run.state.repo(id);
    let web = format!("{}/{}", run.state.web, repo.full_name());
    Ok(Some(match name {
        "name" => repo.name.clone().into(),
        "nameWithOwner" => repo.full_name().into(),
        "owner" => Node::One(Thing::Account(repo.owner.clone(), false)),
        "databaseId" => repo.id.into(),
        "url" | "sshUrl" | "resourcePath" => web.into(),
        "isArchived" => repo.archived.into(),
        "isDisabled" => repo.disabled.into(),
        "isEmpty" => repo.is_empty().into(),
        "isFork" => repo.fork.into(),
        "isLocked" | "isMirror" | "isTemplate" | "allowUpdateBranch" => false.into(),
        "isPrivate" => (repo.visibility != Visibility::Public).into(),
        "visibility" => repo.visibility.word().to_uppercase().into(),
        "deleteBranchOnMerge" => repo.delete_merged.into(),
        "createdAt" | "updatedAt" | "pushedAt" => time(repo.pushed).into(),
        "parent" => Node::Null,
        "viewerPermission" => permission(run, id),
        "defaultBranchRef" => {
            let name = format!("refs/heads/{}", repo.default_branch);
            Node::maybe(repo.refs.contains_key(&name).then_some(Thing::Ref(id, name)))
        }
        "ref" => {
            let wanted = text(arguments, "qualifiedName");
            // `HEAD` no longer resolves: changesets/ghcommit#23.
            let names = [
                wanted.to_owned(),
                format!("refs/heads/{wanted}"),
                format!("refs/tags/{wanted}"),
            ];
            Node::maybe(
                names
                    .into_iter()
                    .find(|name| repo.refs.contains_key(name))
                    .map(|name| Thing::Ref(id, name)),
            )
        }
        "refs" => {
            let prefix = text(arguments, "refPrefix");
            let fitting = repo.refs.keys().filter(|name| name.starts_with(prefix));
            let all = fitting.map(|name| Thing::Ref(id, name.clone())).collect();
            return Ok(connection(("RefConnection", "RefEdge"), all, arguments));
        }
        "object" => Node::maybe(match arguments.get("oid").and_then(Value::as_str) {
            Some(oid) => history::object(run, id, oid),
            None => history::expression(run, id, text(arguments, "expression")),
        }),
        "repositoryTopics" => {
            let all = repo.topics.iter().cloned().map(Thing::RepositoryTopic).collect();
            return Ok(connection(
                ("RepositoryTopicConnection", "RepositoryTopicEdge"),
                all,
                arguments,
            ));
        }
        "label" => {
            let name = text(arguments, "name").to_owned();
            Node::maybe(repo.labels.contains_key(&name).then_some(Thing::Label(id, name)))
        }
        "labels" => {
            let all = repo
                .labels
                .keys()
                .map(|name| Thing::Label(id, name.clone()))
                .collect();
            return Ok(connection(("LabelConnection", "LabelEdge"), all, arguments));
        }
        "issue" | "pullRequest" => {
            let number = arguments
                .get("number")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let found = repo
                .issues
                .get(&number)
                .filter(|issue| issue.pull.is_some() == (name == "pullRequest"));
            let word = if name == "issue" {
                "an Issue"
            } else {
                "a PullRequest"
            };
            let missing = || {
                problem(
                    "NOT_FOUND",
                    format!("Could not resolve to {word} with the number of {number}."),
                )
            };
            found.ok_or_else(missing)?;
            Node::One(if name == "issue" {
                Thing::Issue(id, number)
            } else {
                Thing::Pull(id, number)
            })
        }
        "pullRequests" => return Ok(pulls::listed(run, id, arguments)),
        _ => return Ok(None),
    }))
}

/// Null for a GitHub App: GitHub says so in its schema.
fn permission(run: &Run<'_>, id: u64) -> Node {
    if matches!(run.caller.kind, Kind::Installation { .. }) {
        return Node::Null;
    }
    match run.state.role(&run.caller.login, id) {
        Role::None => Node::Null,
        role => format!("{role:?}").to_uppercase().into(),
    }
}

//! Fields of issues and pull requests, and of what belongs to them.
//!
//! Input: an object and a field's name. Output: its value; `None` for a field that is not handled here. Not here: changes
//! (`mutations.rs`).

use serde_json::Value;

use super::super::state::{Issue, Pull, Repo, Rule, time};
use super::run::{Run, connection};
use super::thing::{Arguments, Node, Problem, Thing};

/// The pull requests of a repository.
pub fn listed(run: &Run<'_>, id: u64, arguments: &Arguments) -> Option<Node> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str);
    let list = |name: &str| arguments.get(name).and_then(Value::as_array);
    let mut found: Vec<(&Issue, &Pull)> = run
        .state
        .repo(id)
        .issues
        .values()
        .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
        .filter(|(_, pull)| argument("headRefName").is_none_or(|branch| pull.head == branch))
        .filter(|(_, pull)| argument("baseRefName").is_none_or(|branch| pull.base == branch))
        .filter(|(issue, _)| {
            list("states").is_none_or(|states| states.iter().any(|state| state == issue.state()))
        })
        .filter(|(issue, _)| {
            list("labels").is_none_or(|labels| {
                labels
                    .iter()
                    .any(|label| issue.labels.iter().any(|held| label == held))
            })
        })
        .collect();
    let order = arguments.get("orderBy");
    if order.is_some_and(|order| order["field"] == "UPDATED_AT") {
        found.sort_by_key(|(issue, _)| (issue.times.1, issue.number));
    }
    if order.is_some_and(|order| order["direction"] == "DESC") {
        found.reverse();
    }
    let all = found
        .into_iter()
        .map(|(issue, _)| Thing::Pull(id, issue.number))
        .collect();
    connection(("PullRequestConnection", "PullRequestEdge"), all, arguments)
}

/// Fields that issues and pull requests share.
pub fn issue(run: &Run<'_>, repo: u64, number: u64, name: &str, arguments: &Arguments) -> Option<Node> {
    let held = run.state.repo(repo);
    let issue = &held.issues[&number];
    Some(match name {
        "number" => number.into(),
        "title" => issue.title.clone().into(),
        "body" => issue.body.clone().into(),
        "state" => issue.state().into(),
        "closed" => (!issue.open).into(),
        "author" => Node::One(Thing::Account(issue.author.clone(), true)),
        "viewerDidAuthor" => (issue.author == run.caller.login).into(),
        "createdAt" => time(issue.times.0).into(),
        "updatedAt" => time(issue.times.1).into(),
        "closedAt" => issue.closed.map(time).into(),
        "url" | "permalink" => {
            let word = if issue.pull.is_some() { "pull" } else { "issues" };
            format!("{}/{}/{word}/{number}", run.state.web, held.full_name()).into()
        }
        "repository" => Node::One(Thing::Repo(repo)),
        "labels" => {
            let all = issue
                .labels
                .iter()
                .map(|label| Thing::Label(repo, label.clone()))
                .collect();
            connection(("LabelConnection", "LabelEdge"), all, arguments)?
        }
        "assignees" => {
            let all = issue
                .assignees
                .iter()
                .map(|login| Thing::Account(login.clone(), false))
                .collect();
            connection(("UserConnection", "UserEdge"), all, arguments)?
        }
        "comments" => {
            let all = issue
                .comments
                .iter()
                .map(|comment| Thing::Comment(repo, number, comment.id))
                .collect();
            connection(("IssueCommentConnection", "IssueCommentEdge"), all, arguments)?
        }
        "totalCommentsCount" => issue.comments.len().into(),
        _ => return None,
    })
}

/// Fields of a pull request.
pub fn pull(
    run: &mut Run<'_>,
    repo: u64,
    number: u64,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Node>, Problem> {
    if name == "mergeable" || name == "mergeStateStatus" {
        return Ok(Some(merge_state(run, repo, number, name == "mergeable").into()));
    }
    let held = run.state.repo(repo);
    let (about, pull) = held.pull(number).expect("a pull request");
    let branch = |name: &str| {
        let name = format!("refs/heads/{name}");
        Node::maybe(held.refs.contains_key(&name).then_some(Thing::Ref(repo, name)))
    };
    Ok(Some(match name {
        "databaseId" => (repo * 1000 + number).into(),
        "isDraft" => pull.draft.into(),
        "isCrossRepository" => false.into(),
        "baseRefName" => pull.base.clone().into(),
        "baseRefOid" => held.branch(&pull.base).cloned().into(),
        "baseRef" => branch(&pull.base),
        "headRefName" => pull.head.clone().into(),
        "headRefOid" => pull.head_oid.clone().into(),
        "headRef" => branch(&pull.head),
        "headRepository" => Node::One(Thing::Repo(repo)),
        "headRepositoryOwner" => Node::One(Thing::Account(held.owner.clone(), false)),
        "merged" => pull.merged.is_some().into(),
        "mergedAt" => pull.merged.as_ref().map(|merged| time(merged.0)).into(),
        "mergedBy" => Node::maybe(
            pull.merged
                .as_ref()
                .map(|merged| Thing::Account(merged.1.clone(), true)),
        ),
        "mergeCommit" => Node::maybe(
            pull.merged
                .as_ref()
                .map(|merged| Thing::Commit(repo, merged.2.clone())),
        ),
        "reviewDecision" => decision(held, pull).into(),
        "isInMergeQueue" => pull.queued.into(),
        "locked" => about.locked.into(),
        "mergeQueueEntry" => Node::maybe(pull.queued.then(|| {
            let fields = vec![
                ("id", "MQE_1".into()),
                ("position", 1.into()),
                ("state", "QUEUED".into()),
                ("enqueuedAt", time(about.times.1).into()),
            ];
            Thing::Plain("MergeQueueEntry", fields)
        })),
        "autoMergeRequest" => Node::maybe(pull.auto_merge.as_ref().map(|login| {
            let by = Node::One(Thing::Account(login.clone(), true));
            let fields = vec![
                ("enabledBy", by),
                ("enabledAt", time(about.times.1).into()),
                ("mergeMethod", "SQUASH".into()),
            ];
            Thing::Plain("AutoMergeRequest", fields)
        })),
        "reviewRequests" => {
            let request =
                |who: Thing| Thing::Plain("ReviewRequest", vec![("requestedReviewer", Node::One(who))]);
            let people = pull
                .reviewers
                .iter()
                .map(|login| Thing::Account(login.clone(), false));
            let teams = pull
                .teams
                .iter()
                .map(|slug| Thing::Plain("Team", vec![("slug", slug.as_str().into())]));
            return Ok(connection(
                ("ReviewRequestConnection", "ReviewRequestEdge"),
                people.chain(teams).map(request).collect(),
                arguments,
            ));
        }
        "files" => {
            let base = held.branch(&pull.base).cloned().unwrap_or_default();
            let common = held.git.merge_base(&base, &pull.head_oid).unwrap_or(base);
            let before = held.git.files(&held.git.tree_of(&common));
            let after = held.git.files(&held.git.tree_of(&pull.head_oid));
            let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let changed = paths
                .into_iter()
                .filter(|path| before.get(*path) != after.get(*path));
            let file =
                |path: &String| Thing::Plain("PullRequestChangedFile", vec![("path", path.as_str().into())]);
            return Ok(connection(
                ("PullRequestChangedFileConnection", "PullRequestChangedFileEdge"),
                changed.map(file).collect(),
                arguments,
            ));
        }
        "commits" => {
            let base = held.branch(&pull.base).cloned().unwrap_or_default();
            let ahead = if pull.merged.is_some() {
                Vec::new()
            } else {
                held.git.ahead(&pull.head_oid, &base)
            };
            let all = ahead
                .into_iter()
                .rev()
                .map(|oid| Thing::PullCommit(repo, oid))
                .collect();
            return Ok(connection(
                ("PullRequestCommitConnection", "PullRequestCommitEdge"),
                all,
                arguments,
            ));
        }
        "reviews" | "latestReviews" | "latestOpinionatedReviews" => {
            return Ok(reviews(repo, number, pull, name, arguments));
        }
        "timelineItems" => return Ok(timeline(repo, about, arguments)),
        _ => return Ok(issue(run, repo, number, name, arguments)),
    }))
}

fn reviews(repo: u64, number: u64, pull: &Pull, name: &str, arguments: &Arguments) -> Option<Node> {
    let states = arguments.get("states").and_then(Value::as_array);
    let wanted = |place: &usize| {
        let review = &pull.reviews[*place];
        let later = pull.reviews[place + 1..]
            .iter()
            .any(|other| other.author == review.author);
        let opinion = review.state != "COMMENTED";
        states.is_none_or(|states| states.iter().any(|state| state == review.state))
            && (name == "reviews" || !later)
            && (name != "latestOpinionatedReviews" || opinion)
    };
    let all = (0..pull.reviews.len())
        .filter(wanted)
        .map(|place| Thing::Review(repo, number, place))
        .collect();
    connection(
        ("PullRequestReviewConnection", "PullRequestReviewEdge"),
        all,
        arguments,
    )
}

fn timeline(repo: u64, issue: &Issue, arguments: &Arguments) -> Option<Node> {
    let kinds: Option<Vec<String>> = arguments.get("itemTypes").and_then(Value::as_array).map(|kinds| {
        let capital = |word: &str| format!("{}{}", &word[..1], word[1..].to_lowercase());
        kinds
            .iter()
            .filter_map(Value::as_str)
            .map(|kind| kind.split('_').map(capital).collect())
            .collect()
    });
    let events = issue.events.iter().enumerate();
    let wanted = events.filter(|(_, event)| {
        kinds
            .as_ref()
            .is_none_or(|kinds| kinds.iter().any(|kind| kind == event.kind))
    });
    let all = wanted
        .map(|(place, _)| Thing::Event(repo, issue.number, place))
        .collect();
    connection(
        (
            "PullRequestTimelineItemsConnection",
            "PullRequestTimelineItemsEdge",
        ),
        all,
        arguments,
    )
}

fn approvals_needed(repo: &Repo, base: &str) -> Option<u64> {
    let name = format!("refs/heads/{base}");
    let by_rule = super::super::moves::rulesets_for(repo, &name, "")
        .flat_map(|set| &set.rules)
        .filter_map(|rule| match rule {
            Rule::PullRequest { approvals } => Some(*approvals),
            _ => None,
        });
    let by_protection = repo
        .protection(base)
        .and_then(|(_, protection)| protection.approvals);
    by_rule.chain(by_protection).max().filter(|needed| *needed > 0)
}

/// Null if no review is required, regardless of the reviews: github community discussion 24375.
fn decision(repo: &Repo, pull: &Pull) -> Option<&'static str> {
    let needed = approvals_needed(repo, &pull.base)?;
    let latest = |place: &usize| {
        let review = &pull.reviews[*place];
        !pull.reviews[place + 1..]
            .iter()
            .any(|other| other.author == review.author)
    };
    let states: Vec<&str> = (0..pull.reviews.len())
        .filter(latest)
        .map(|place| pull.reviews[place].state)
        .collect();
    if states.contains(&"CHANGES_REQUESTED") {
        return Some("CHANGES_REQUESTED");
    }
    let approvals = states.iter().filter(|state| **state == "APPROVED").count();
    Some(if approvals as u64 >= needed {
        "APPROVED"
    } else {
        "REVIEW_REQUIRED"
    })
}

fn merge_state(run: &mut Run<'_>, repo: u64, number: u64, mergeable: bool) -> &'static str {
    let lazy = run.state.settings.lazy_mergeable;
    let held = run.state.repo_mut(repo);
    let (about, pull) = held.pull(number).expect("a pull request");
    let base = held.branch(&pull.base).cloned();
    let (true, Some(base)) = (about.open, base) else {
        return "UNKNOWN";
    };
    let pair = (base.clone(), pull.head_oid.clone());
    if lazy && pull.tried.as_ref() != Some(&pair) {
        // The first query starts the computation; the result is there the next time.
        if !mergeable {
            held.issues
                .get_mut(&number)
                .and_then(|issue| issue.pull.as_mut())
                .expect("a pull request")
                .tried = Some(pair);
        } else if let Some(pull) = held.issues.get_mut(&number).and_then(|issue| issue.pull.as_mut()) {
            pull.tried = Some(pair);
        }
        return "UNKNOWN";
    }
    let clean = held.git.merge(&base, &pull.head_oid).is_some();
    if mergeable {
        return if clean { "MERGEABLE" } else { "CONFLICTING" };
    }
    let blocked = matches!(
        decision(held, pull),
        Some("REVIEW_REQUIRED" | "CHANGES_REQUESTED")
    );
    let behind = held
        .protection(&pull.base)
        .is_some_and(|(_, protection)| protection.strict)
        && !held.git.contains(&pull.head_oid, &base);
    match (clean, pull.draft, blocked, behind) {
        (false, ..) => "DIRTY",
        (_, true, ..) => "DRAFT",
        (_, _, true, _) => "BLOCKED",
        (.., true) => "BEHIND",
        _ => "CLEAN",
    }
}

/// Fields of what belongs to an issue or a repository.
pub fn small(run: &Run<'_>, thing: &Thing, name: &str) -> Option<Node> {
    let actor = |login: &str| Node::One(Thing::Account(login.to_owned(), true));
    Some(match (thing, name) {
        (Thing::PullCommit(repo, oid), "commit") => Node::One(Thing::Commit(*repo, oid.clone())),
        (Thing::Label(_, label), "name") => label.clone().into(),
        (Thing::Label(repo, label), "color") => run
            .state
            .repo(*repo)
            .labels
            .get(label)
            .map_or("ededed", String::as_str)
            .into(),
        (Thing::Label(..), "description") => Node::Null,
        (Thing::RepositoryTopic(topic), "topic") => Node::One(Thing::Topic(topic.clone())),
        (Thing::Topic(topic), "name") => topic.clone().into(),
        (Thing::Comment(repo, number, id), _) => {
            let held = run.state.repo(*repo);
            let comment = held.issues[number]
                .comments
                .iter()
                .find(|comment| comment.id == *id)?;
            match name {
                "author" => actor(&comment.author),
                "body" => comment.body.clone().into(),
                "createdAt" => time(comment.times.0).into(),
                "updatedAt" => time(comment.times.1).into(),
                "databaseId" => comment.id.into(),
                "isMinimized" => false.into(),
                "viewerDidAuthor" => (comment.author == run.caller.login).into(),
                "url" => format!(
                    "{}/{}/issues/{number}#issuecomment-{id}",
                    run.state.web,
                    held.full_name()
                )
                .into(),
                _ => return None,
            }
        }
        (Thing::Review(repo, number, place), _) => {
            let review = &run.state.repo(*repo).issues[number].pull.as_ref()?.reviews[*place];
            match name {
                "author" => actor(&review.author),
                "body" => "".into(),
                "state" => review.state.into(),
                "createdAt" | "submittedAt" => time(review.at).into(),
                "commit" => Node::One(Thing::Commit(*repo, review.commit.clone())),
                _ => return None,
            }
        }
        (Thing::Event(repo, number, place), _) => {
            let event = &run.state.repo(*repo).issues[number].events[*place];
            match name {
                "actor" => actor(&event.actor),
                "createdAt" => time(event.at).into(),
                "headRefName" | "mergeRefName" | "currentRefName" => event.about.clone().into(),
                "label" => Node::One(Thing::Label(*repo, event.about.clone())),
                _ => return None,
            }
        }
        _ => return None,
    })
}

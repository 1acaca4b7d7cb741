//! The steps of a proposal that the rules on our branch permit. A forbidden step is never tried.
//!
//! Input: a [`ProposalPlan`] and the [`Rules`] that GitHub lists. Output: the same plan, or `blocked` with the rule. Not here: reading
//! the rules (`repository/github/rules`). A rule that can't be evaluated here (an address known only to GitHub, a pattern in another
//! syntax) forbids nothing: GitHub decides, and its refusal is remembered.

use super::{ProposalPlan, TargetState};
use crate::pull_request::{Commit, Permission, Protection, Remote, Rule, Rules, Step};
use crate::rule_pattern::Pattern;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Mode;

/// The plan within the rules.
pub fn ruled(life: ProposalPlan, remote: &Remote, branch: &str) -> ProposalPlan {
    let Some(rules) = &remote.rules else {
        return life;
    };
    let mut steps = life.steps.clone();
    let deletes = |step: &Step| matches!(step, Step::DeleteBranch { .. });
    let kept = steps.iter().any(deletes).then(|| undeletable(rules)).flatten();
    let mut why = life.why.clone();
    if let Some(place) = &kept {
        // A remaining branch does no harm, so the other steps are taken.
        steps.retain(|step| !deletes(step));
        why = format!("{why}; {place} keeps the branch");
    }
    let mut obstacle = steps
        .iter()
        .find_map(|step| obstacle(step, &steps, rules, remote, branch));
    if obstacle.is_none() && writes(&steps) {
        obstacle = rules.refused.as_ref().map(|(at, words)| remembered(*at, words));
    }
    match obstacle {
        None if kept.is_none() => life,
        None => ProposalPlan {
            since: life.since,
            ..ProposalPlan::does(life.state, why, steps)
        },
        Some(obstacle) => ProposalPlan {
            since: life.since,
            ..ProposalPlan::does(
                TargetState::Blocked,
                format!("{obstacle}; without that it is {}: {why}", life.state.word()),
                life.otherwise,
            )
        },
    }
}

/// Whether steps write to the branch or open a pull request. The rules are read only then.
pub fn writes(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        matches!(
            step,
            Step::CreateBranch(_) | Step::MoveBranch { .. } | Step::DeleteBranch { .. } | Step::Open { .. }
        )
    })
}

fn remembered(at: i64, words: &str) -> String {
    let day = jiff::Timestamp::from_second(at).map_or_else(
        |_| "recently".to_owned(),
        |at| format!("on {}", at.strftime("%Y-%m-%d")),
    );
    format!(
        "GitHub refused this proposal {day}, and neither the proposal nor the rules changed since. The next attempt is a week later: {words}"
    )
}

/// The rule that forbids deleting the branch.
fn undeletable(rules: &Rules) -> Option<String> {
    let rule = rules.binding().find(|rule| rule.kind == "deletion");
    let older = rules.protection.as_ref().filter(|older| !older.allows_deletions);
    rule.filter(|rule| rule.bypassed == Some(false))
        .map(Rule::place)
        .or_else(|| older.map(protection))
}

fn protection(older: &Protection) -> String {
    format!("the branch protection of `{}`", older.pattern)
}

/// The known rule that forbids a step.
fn obstacle(step: &Step, steps: &[Step], rules: &Rules, remote: &Remote, branch: &str) -> Option<String> {
    let (commit, is_new, force) = match step {
        Step::CreateBranch(commit) => (commit, true, false),
        Step::MoveBranch { to, force, .. } => (to, false, *force),
        _ => return None,
    };
    let signing = rules.needs_signing();
    // The API that signs commits writes to an existing branch, so the branch is created first and then moved.
    let moves = !is_new || signing;
    let ruled = rules
        .binding()
        .filter(|rule| rule.bypassed == Some(false))
        .find_map(|rule| {
            let why = breaks(rule, commit, (is_new, moves, force), rules, branch)?;
            Some(format!("a rule forbids {why}: {}", rule.place()))
        });
    ruled
        .or_else(|| older(rules, remote, (is_new, force)))
        .or_else(|| signing.then(|| unsignable(step, steps, remote))?)
}

/// What a rule forbids about a commit. `is_new`: the branch is created; `moves`: an existing branch moves; `force`: it loses commits of
/// ours.
fn breaks(
    rule: &Rule,
    commit: &Commit,
    (is_new, moves, force): (bool, bool, bool),
    rules: &Rules,
    branch: &str,
) -> Option<String> {
    let says = |key: &str| rule.parameters.get(key).and_then(serde_json::Value::as_bool) == Some(true);
    let forbids = rule.stops()?.to_owned();
    let plainly = match rule.kind.as_str() {
        "creation" => is_new,
        "update" | "pull_request" | "merge_queue" | "required_deployments" => moves,
        "non_fast_forward" => force,
        "required_status_checks" | "workflows" => moves || !says("do_not_enforce_on_create"),
        _ => false,
    };
    if plainly {
        return Some(forbids);
    }
    let refused = |text: &str| {
        let pattern = Pattern::from_rule(&rule.parameters)?;
        let why = format!("{forbids} ({})", pattern.words());
        pattern.refuses(text).then_some(why)
    };
    match rule.kind.as_str() {
        "branch_name_pattern" if is_new => refused(branch),
        // The commit's digest is appended to the message.
        "commit_message_pattern" => refused(&format!(
            "{}\nLessonbook-Commit: {}",
            commit.message.trim_end(),
            "0".repeat(32)
        )),
        // Only GitHub knows the address of a commit made in a token's own name.
        "commit_author_email_pattern" | "committer_email_pattern" if !rules.needs_signing() => {
            refused(rules.author.as_deref()?)
        }
        "file_path_restriction" => {
            let matcher = Matcher::new(Dialect::ClaudeRules, &listed(rule, "restricted_file_paths"));
            let edit = commit.edits.iter().find(|edit| matcher.is_match(&edit.path))?;
            Some(format!("{forbids} (`{}`)", edit.path))
        }
        "file_extension_restriction" => {
            let endings = listed(rule, "restricted_file_extensions");
            let ends = |path: &str| {
                let mut endings = endings.iter().map(|ending| ending.trim_start_matches(['*', '.']));
                endings.any(|ending| {
                    path.to_lowercase()
                        .ends_with(&format!(".{}", ending.to_lowercase()))
                })
            };
            let edit = commit.edits.iter().find(|edit| ends(&edit.path))?;
            Some(format!("{forbids} (`{}`)", edit.path))
        }
        "max_file_path_length" => {
            let most = number(rule, "max_file_path_length")?;
            let edit = commit
                .edits
                .iter()
                .find(|edit| edit.path.chars().count() as u64 > most)?;
            Some(format!("{forbids} (`{}`)", edit.path))
        }
        "max_file_size" => {
            let most = number(rule, "max_file_size")?.saturating_mul(1024 * 1024);
            let is_larger = |bytes: &[u8]| bytes.len() as u64 > most;
            let edit = commit
                .edits
                .iter()
                .find(|edit| edit.after.as_ref().is_some_and(|after| is_larger(&after.bytes)))?;
            Some(format!("{forbids} (`{}`)", edit.path))
        }
        _ => None,
    }
}

fn number(rule: &Rule, key: &str) -> Option<u64> {
    rule.parameters.get(key)?.as_u64()
}

fn listed(rule: &Rule, key: &str) -> Vec<String> {
    let list = rule.parameters.get(key).and_then(serde_json::Value::as_array);
    let words = list.into_iter().flatten().filter_map(serde_json::Value::as_str);
    words.map(str::to_owned).collect()
}

/// What a branch protection forbids. It may not apply to administrators, so for them GitHub decides.
fn older(rules: &Rules, remote: &Remote, (is_new, force): (bool, bool)) -> Option<String> {
    let older = rules.protection.as_ref().filter(|_| !is_new)?;
    let bound = remote.permission < Permission::Admin;
    let checks = older
        .required_status_check_contexts
        .as_deref()
        .unwrap_or_default();
    let forbids = match older {
        _ if !older.viewer_can_push => "pushing to the branch",
        _ if bound && force && !older.allows_force_pushes => {
            "moving the branch to a commit that is not a child of its head"
        }
        _ if bound && older.required_approving_review_count.is_some() => "pushing without a pull request",
        _ if bound && !checks.is_empty() => "pushing commits that no check has passed",
        _ => return None,
    };
    Some(format!("a rule forbids {forbids}: {}", protection(older)))
}

/// What the API that signs commits can't do.
fn unsignable(step: &Step, steps: &[Step], remote: &Remote) -> Option<String> {
    let needs = "commits must be signed, and for this token GitHub signs only commits made through its API";
    let commit = match step {
        Step::CreateBranch(commit) => commit,
        Step::MoveBranch { from, to, .. } => {
            let is_open = remote.is_open() || steps.iter().any(|step| matches!(step, Step::Reopen { .. }));
            if to.onto != *from && is_open {
                return Some(format!(
                    "{needs}, which can't rebuild the branch of an open pull request: update the branch by hand, close the pull request and \
                     delete its branch, or let a GitHub App propose without `proposal.author`"
                ));
            }
            to
        }
        _ => return None,
    };
    let odd = commit.edits.iter().find(|edit| {
        let states = [&edit.before, &edit.after];
        states
            .into_iter()
            .flatten()
            .any(|state| state.mode != Mode::File && edit.after.is_some())
    })?;
    Some(format!(
        "{needs}, which can't keep the mode of `{}`: let a GitHub App propose without `proposal.author`",
        odd.path
    ))
}

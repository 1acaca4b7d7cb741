//! The settings that hold in a store, with defaults filled in, as a tree.
//!
//! Input: a store, or a target. Output: a [`SettingTree`]. Not here: the settings as they are written (`settings`).
//!
//! Every type is taken apart completely, so that a new field does not compile until it is in the tree, or until it is marked as compared
//! in the plans. Its row in `direction::TABLE` says in which direction it widens.

use super::tree::SettingTree;
use crate::{
    Exception, PathPolicy, Policy, Proposal, Release, ReportSettings, Rollout, RunLimits, Store, Target,
};

/// The settings of a store.
pub(super) fn of_store(store: &Store) -> SettingTree {
    let Store {
        name,
        home,
        proposal,
        policy,
        rollout,
        open,
        exceptions,
        report: ReportSettings { issue },
        // Their effect is in the plans of targets.
        lessons: _,
        topics: _,
        entry_points: _,
        templates: _,
        site_templates: _,
        targets: _,
        prototype: _,
        path_exceptions: _,
        library_tags: _,
        discover: _,
        acknowledge: _,
        // These are not settings.
        history: _,
        unread: _,
        is_read: _,
        places: _,
    } = store;
    let mut all = vec![
        ("name", SettingTree::text(name)),
        ("home", SettingTree::text(home)),
        ("policy", of_policy(policy)),
    ];
    all.extend(rollout.as_ref().map(|rollout| ("rollout", of_rollout(rollout))));
    all.extend([
        ("open", entries(open.iter().map(of_release))),
        ("exceptions", entries(exceptions.iter().map(of_exception))),
        ("proposal", of_proposal(proposal)),
        ("report", map([("issue", SettingTree::text(issue))])),
    ]);
    map(all)
}

/// The settings of a target.
pub(super) fn of_target(target: &Target) -> SettingTree {
    let Target {
        path_policy,
        on_drift,
        checks,
        adopt,
        // Their effect is in the plan of the target.
        name: _,
        place: _,
        tags: _,
        assistants: _,
        uses: _,
        redundancy: _,
        base: _,
        visibility: _,
        enabled: _,
        declined: _,
        scopes: _,
        disabled_scopes: _,
    } = target;
    let mut all = vec![
        ("on_drift", SettingTree::text(on_drift.word())),
        ("checks", SettingTree::text(checks)),
        ("adopt", SettingTree::text(adopt)),
    ];
    all.extend(of_paths(path_policy));
    map([("target", map(all))])
}

fn of_policy(policy: &Policy) -> SettingTree {
    let Policy {
        max_new_proposals,
        max_new_proposals_per_hour,
        max_files_per_target,
        path_policy,
        bounds:
            RunLimits {
                max_targets,
                max_files,
                max_changed_lines,
            },
        hosts,
        // Each target has it, too.
        on_drift: _,
    } = policy;
    let mut all = limits([
        ("max_targets", *max_targets),
        ("max_files", *max_files),
        ("max_changed_lines", *max_changed_lines),
        ("max_files_per_target", Some(*max_files_per_target)),
        ("max_new_proposals", Some(*max_new_proposals)),
        ("max_new_proposals_per_hour", *max_new_proposals_per_hour),
    ]);
    all.extend(of_paths(path_policy));
    all.push(("hosts", SettingTree::list(hosts)));
    map(all)
}

fn of_paths(policy: &PathPolicy) -> Vec<(&'static str, SettingTree)> {
    let PathPolicy {
        forbid_paths,
        allow_paths,
        max_added_lines,
    } = policy;
    let mut all = vec![("forbid_paths", SettingTree::list(forbid_paths))];
    all.extend(
        allow_paths
            .as_ref()
            .map(|globs| ("allow_paths", SettingTree::list(globs))),
    );
    all.extend(limits([("max_added_lines", *max_added_lines)]));
    all
}

fn of_rollout(rollout: &Rollout) -> SettingTree {
    let Rollout {
        canary,
        quorum,
        bake,
        give_up,
    } = rollout;
    map([
        ("canary", SettingTree::list(canary)),
        ("quorum", SettingTree::text(quorum)),
        ("bake", SettingTree::text(bake)),
        ("give_up", SettingTree::text(give_up)),
    ])
}

fn of_proposal(proposal: &Proposal) -> SettingTree {
    let Proposal {
        author,
        labels,
        reviewers,
        team_reviewers,
        assignees,
        draft,
        open_for,
        // A plan contains its titles.
        title: _,
        // It decides how long a run takes, and not what it writes.
        pace: _,
    } = proposal;
    map([
        ("labels", SettingTree::list(labels)),
        ("reviewers", SettingTree::list(reviewers)),
        ("team_reviewers", SettingTree::list(team_reviewers)),
        ("assignees", SettingTree::list(assignees)),
        (
            "author",
            SettingTree::text(format!("{} <{}>", author.0, author.1)),
        ),
        ("open_for", SettingTree::text(open_for.word())),
        ("draft", SettingTree::text(draft)),
    ])
}

/// An exception under its key: the lesson and the place.
fn of_exception(exception: &Exception) -> (String, SettingTree) {
    let Exception {
        reason, by, until, ..
    } = exception;
    let mut all = vec![
        ("by", SettingTree::text(by)),
        ("reason", SettingTree::text(reason)),
    ];
    all.extend(until.map(|day| ("until", SettingTree::text(day))));
    (exception_key(exception), map(all))
}

/// By what an exception is known, whoever decided it and why.
pub(super) fn exception_key(exception: &Exception) -> String {
    let Exception {
        lesson,
        target,
        entry_point,
        accepts,
        reason: _,
        by: _,
        until: _,
    } = exception;
    format!("{lesson} {target:?} {entry_point:?} {accepts:?}")
}

fn of_release(release: &Release) -> (String, SettingTree) {
    let Release {
        lesson: _,
        version: _,
        reason,
        by,
    } = release;
    let entry = map([
        ("by", SettingTree::text(by)),
        ("reason", SettingTree::text(reason)),
    ]);
    (release_key(release), entry)
}

/// By what a release is known, whoever decided it and why.
pub(super) fn release_key(release: &Release) -> String {
    format!("{} ({})", release.lesson, release.version)
}

fn limits<const N: usize>(all: [(&'static str, Option<usize>); N]) -> Vec<(&'static str, SettingTree)> {
    let set = all
        .into_iter()
        .filter_map(|(key, limit)| Some((key, SettingTree::text(limit?))));
    set.collect()
}

fn map(all: impl IntoIterator<Item = (&'static str, SettingTree)>) -> SettingTree {
    entries(all.into_iter().map(|(key, value)| (key.to_owned(), value)))
}

fn entries(all: impl Iterator<Item = (String, SettingTree)>) -> SettingTree {
    SettingTree::Map(all.collect())
}

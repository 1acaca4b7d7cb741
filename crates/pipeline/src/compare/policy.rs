//! Compares what holds for a run as a whole: its store, its limits, its exceptions, and how its proposals look.
//!
//! Input: two plans with their stores. Output: differences. Not here: what follows for each target (`target`).

use super::{Class, DifferenceKind, DifferenceList, PlanAndStore, rollout};
use lessonbook_proof::Invariant;
use lessonbook_store::{Exception, OnDrift, PathPolicy, Policy};

/// Compares the policies of two plans.
pub(super) fn compare(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    store(old, new, found);
    bounds(&old.store.policy, &new.store.policy, found);
    bounds_kept(&old.plan.bounds, &new.plan.bounds, found);
    path_policies(&old.store.policy.fence, &new.store.policy.fence, "policy.", found);
    rollout::compare(&old.store, &new.store, found);
    exceptions(old, new, found);
    proposals(old, new, found);
}

fn store(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let (was, is) = (&old.plan.store, &new.plan.store);
    if was.name != is.name {
        let text = format!(
            "the plan is made from the store `{}`, before from `{}`",
            is.name, was.name
        );
        found.push(Class::Wider, DifferenceKind::Store, "name", text);
    }
    if was.home != is.home {
        let text = format!("the store's home is {}, before {}", is.home, was.home);
        found.push(Class::Changed, DifferenceKind::Store, "home", text);
    }
    let commit = |side: &PlanAndStore<'_>| {
        let commit = side.plan.store.commit.as_ref();
        commit.map_or("no commit".to_owned(), |commit| {
            let short = commit.commit.get(..7).unwrap_or(&commit.commit);
            let changed = if commit.uncommitted.is_empty() {
                ""
            } else {
                " with uncommitted changes"
            };
            format!("{short}{changed}")
        })
    };
    let (before, now) = (commit(old), commit(new));
    if before != now {
        found.push(
            Class::Changed,
            DifferenceKind::Store,
            "commit",
            format!("{before} → {now}"),
        );
    } else if was.digest != is.digest {
        found.push(
            Class::Changed,
            DifferenceKind::Store,
            "files",
            "its files have other content",
        );
    }
    let tools = (&old.plan.tool_version, &new.plan.tool_version);
    if tools.0 != tools.1 {
        let text = format!("lessonbook {} → {}", tools.0, tools.1);
        found.push(Class::Changed, DifferenceKind::Store, "tool", text);
    }
    if old.plan.today != new.plan.today {
        let text = format!("{} → {}", old.plan.today, new.plan.today);
        found.push(Class::Changed, DifferenceKind::Store, "day", text);
    }
    // A finding about a target is attributed to it: people who may not see the target may not see the finding either.
    for finding in &new.plan.findings {
        if !old.plan.findings.contains(finding) {
            let text = format!("new: {}", finding.message);
            found.target.clone_from(&finding.target);
            found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
        }
    }
    for finding in &old.plan.findings {
        if !new.plan.findings.contains(finding) {
            let text = format!("no longer: {}", finding.message);
            found.target.clone_from(&finding.target);
            found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
        }
    }
    found.target = None;
}

fn bounds(old: &Policy, new: &Policy, found: &mut DifferenceList) {
    let rows = |policy: &Policy| {
        [
            ("max_targets", policy.bounds.max_targets),
            ("max_files", policy.bounds.max_files),
            ("max_changed_lines", policy.bounds.max_changed_lines),
            ("max_files_per_target", Some(policy.max_files_per_target)),
            ("max_new_proposals", Some(policy.max_new_proposals)),
            ("max_new_proposals_per_hour", policy.max_new_proposals_per_hour),
        ]
    };
    for ((name, was), (_, is)) in rows(old).into_iter().zip(rows(new)) {
        bound(&format!("policy.{name}"), was, is, found);
    }
}

/// Limits of the run that were kept and are exceeded now. A limit that was removed is reported elsewhere.
fn bounds_kept(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    let set = |list: &[Invariant], name: &str| list.iter().any(|invariant| invariant.name == name);
    let both = |one: &[Invariant], other: &[Invariant]| -> Vec<Invariant> {
        let both = one.iter().filter(|invariant| set(other, &invariant.name));
        both.cloned().collect()
    };
    checks(&both(old, new), &both(new, old), found);
}

/// Compares invariants. One that held and fails now, or is no longer checked, makes the plan wider.
pub(super) fn checks(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    for invariant in old {
        let name = invariant.name.as_ref();
        let now = new.iter().find(|now| now.name == invariant.name);
        let (class, text) = match now {
            Some(now) if now == invariant => continue,
            None if invariant.holds => (Class::Wider, format!("`{name}` is no longer checked")),
            None => (
                Class::Changed,
                format!("`{name}` is no longer checked; it failed before"),
            ),
            Some(now) if invariant.holds && !now.holds => {
                (Class::Wider, format!("`{name}` fails: {}", now.evidence))
            }
            Some(now) => (
                Class::Changed,
                format!("`{name}`: {} → {}", invariant.evidence, now.evidence),
            ),
        };
        found.push(class, DifferenceKind::Invariant, name, text);
    }
    for invariant in new {
        if !old.iter().any(|was| was.name == invariant.name) {
            let (name, evidence) = (invariant.name.as_ref(), &invariant.evidence);
            let fails = if invariant.holds { "" } else { " and fails" };
            let text = format!("`{name}` is checked now{fails}: {evidence}");
            found.push(Class::Changed, DifferenceKind::Invariant, name, text);
        }
    }
}

fn bound(name: &str, was: Option<usize>, is: Option<usize>, found: &mut DifferenceList) {
    if was == is {
        return;
    }
    let number = |bound: Option<usize>| bound.map_or("no limit".to_owned(), |bound| bound.to_string());
    // No limit counts as larger than any limit.
    let size = |bound: Option<usize>| bound.map_or((1, 0), |bound| (0, bound));
    let class = if size(is) > size(was) {
        Class::Wider
    } else {
        Class::Narrower
    };
    found.push(
        class,
        DifferenceKind::Bound,
        name,
        format!("`{name}`: {} → {}", number(was), number(is)),
    );
}

/// Compares what plans may change: in the policy, or in one target. A target does not repeat what the policy already reports.
pub(super) fn path_policies(old: &PathPolicy, new: &PathPolicy, place: &str, found: &mut DifferenceList) {
    let name = format!("{place}forbid_paths");
    for (class, glob, gone) in one_sided(&old.forbid_paths, &new.forbid_paths) {
        // A path that is no longer forbidden makes the plan wider; one that is forbidden now makes it narrower.
        let (class, word) = match (class, gone) {
            (_, true) => (Class::Wider, "no longer names"),
            (_, false) => (Class::Narrower, "now names"),
        };
        found.push(
            class,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` {word} `{glob}`"),
        );
    }
    let name = format!("{place}allow_paths");
    match (&old.allow_paths, &new.allow_paths) {
        (None, None) => {}
        (Some(_), None) => found.push(
            Class::Wider,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` is no longer set: any path may be written"),
        ),
        (None, Some(globs)) => found.push(
            Class::Narrower,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` now allows only {}", globs.join(", ")),
        ),
        (Some(was), Some(is)) => {
            for (class, glob, gone) in one_sided(was, is) {
                let word = if gone { "no longer names" } else { "now names" };
                found.push(
                    class,
                    DifferenceKind::Bound,
                    &name,
                    format!("`{name}` {word} `{glob}`"),
                );
            }
        }
    }
    bound(
        &format!("{place}max_added_lines"),
        old.max_added_lines,
        new.max_added_lines,
        found,
    );
}

/// Compares whether a proposal reverts what people changed in our text.
pub(super) fn on_drift(old: OnDrift, new: OnDrift, found: &mut DifferenceList) {
    let (class, text) = match (old, new) {
        (OnDrift::Stop, OnDrift::Propose) => (Class::Wider, "`on_drift`: stop → propose"),
        (OnDrift::Propose, OnDrift::Stop) => (Class::Narrower, "`on_drift`: propose → stop"),
        _ => return,
    };
    found.push(class, DifferenceKind::Bound, "on_drift", text);
}

/// Compares whether the target receives a checks file.
pub(super) fn checks_file(old: bool, new: bool, found: &mut DifferenceList) {
    let (class, text) = match (old, new) {
        (false, true) => (Class::Wider, "`checks`: false → true"),
        (true, false) => (Class::Narrower, "`checks`: true → false"),
        _ => return,
    };
    found.push(class, DifferenceKind::Bound, "checks", text);
}

/// Compares whether proposals remove hand-written copies of lessons.
pub(super) fn adopt(old: bool, new: bool, found: &mut DifferenceList) {
    let (class, text) = match (old, new) {
        (false, true) => (Class::Wider, "`adopt`: false → true"),
        (true, false) => (Class::Narrower, "`adopt`: true → false"),
        _ => return,
    };
    found.push(class, DifferenceKind::Bound, "adopt", text);
}

/// The items of only one list: a new item is wider, a removed one (`true`) is narrower.
pub(super) fn one_sided<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> Vec<(Class, &'a T, bool)> {
    let added = new.iter().filter(|item| !old.contains(item));
    let removed = old.iter().filter(|item| !new.contains(item));
    let added = added.map(|item| (Class::Wider, item, false));
    added
        .chain(removed.map(|item| (Class::Narrower, item, true)))
        .collect()
}

fn exceptions(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    for (class, side, other) in [(Class::Wider, new, old), (Class::Narrower, old, new)] {
        for exception in &side.store.exceptions {
            let mut others = other.store.exceptions.iter();
            let known = others.find(|known| same(known, exception));
            let text = describe(exception, class == Class::Narrower);
            match known {
                None => {
                    // An exception for targets of the plan concerns those targets; one for other targets, or for a text, concerns the run.
                    let targets = side.plan.targets.iter().map(|target| &target.plan.target.name);
                    let named: Vec<&String> = targets
                        .filter(|name| exception.accepts.is_none() && exception.names_target(name))
                        .collect();
                    for name in &named {
                        found.target = Some((*name).clone());
                        found.push(class, DifferenceKind::Exception, &exception.lesson, &text);
                    }
                    found.target = None;
                    if named.is_empty() {
                        found.push(class, DifferenceKind::Exception, &exception.lesson, &text);
                    }
                }
                Some(known) if class == Class::Wider && known != exception => {
                    let text = format!("{text}; its reason, author or date is new");
                    found.push(Class::Changed, DifferenceKind::Exception, &exception.lesson, text);
                }
                Some(_) => {}
            }
        }
    }
}

fn same(one: &Exception, other: &Exception) -> bool {
    let key = |exception: &Exception| {
        (
            exception.lesson.clone(),
            exception.target.clone(),
            exception.entry_point.clone(),
            exception.accepts.clone(),
        )
    };
    key(one) == key(other)
}

fn describe(exception: &Exception, gone: bool) -> String {
    let no_more = if gone { "no longer: " } else { "" };
    let until = exception
        .until
        .map(|day| format!(" until {day}"))
        .unwrap_or_default();
    let what = match (&exception.accepts, &exception.entry_point) {
        (Some(code), _) => format!("`{code}` of `{}` is accepted", exception.lesson),
        (None, Some(place)) => format!("`{}` may be absent at `{place}`", exception.lesson),
        (None, None) => format!("`{}` may be absent", exception.lesson),
    };
    format!(
        "{no_more}{what}, by {}{until}: {}",
        exception.by, exception.reason
    )
}

/// Compares who is asked to review, and who is the author of commits.
fn proposals(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let (was, is) = (&old.store.proposal, &new.store.proposal);
    for (name, was, is) in [
        ("proposal.labels", &was.labels, &is.labels),
        ("proposal.reviewers", &was.reviewers, &is.reviewers),
        ("proposal.team_reviewers", &was.team_reviewers, &is.team_reviewers),
        ("proposal.assignees", &was.assignees, &is.assignees),
    ] {
        for (class, item, gone) in one_sided(was, is) {
            let word = if gone { "no longer names" } else { "now names" };
            found.push(
                class,
                DifferenceKind::Proposal,
                name,
                format!("`{name}` {word} `{item}`"),
            );
        }
    }
    if was.author != is.author {
        let text = format!("commits are made by {} <{}>", is.author.0, is.author.1);
        found.push(Class::Wider, DifferenceKind::Proposal, "proposal.author", text);
    }
    if was.open_for != is.open_for {
        let class = if is.open_for < was.open_for {
            Class::Wider
        } else {
            Class::Narrower
        };
        let text = format!(
            "`proposal.open_for`: {} → {}",
            was.open_for.word(),
            is.open_for.word()
        );
        found.push(class, DifferenceKind::Proposal, "proposal.open_for", text);
    }
    if old.store.report.issue != new.store.report.issue {
        let (class, text) = if new.store.report.issue {
            (Class::Wider, "the run now maintains an issue in the store")
        } else {
            (
                Class::Narrower,
                "the run no longer maintains an issue in the store",
            )
        };
        found.push(class, DifferenceKind::Proposal, "report.issue", text);
    }
    if was.draft != is.draft {
        let (class, text) = if is.draft {
            (Class::Narrower, "proposals are opened as drafts")
        } else {
            (Class::Wider, "proposals are no longer opened as drafts")
        };
        found.push(class, DifferenceKind::Proposal, "proposal.draft", text);
    }
}

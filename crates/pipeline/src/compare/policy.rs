//! What holds for a run as a whole: its store, its bounds, its exceptions, and how its proposals look.
//!
//! Input: two plans with their stores. Output: differences. Not here: what each target's plan makes of them (`target`).

use super::{Class, DifferenceKind, DifferenceList, PlanAndStore, rollout};
use lessonbook_proof::Invariant;
use lessonbook_store::{Exception, OnDrift, PathPolicy, Policy};

/// Compares.
pub(super) fn compare(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    store(old, new, found);
    bounds(&old.store.policy, &new.store.policy, found);
    bounds_kept(&old.plan.bounds, &new.plan.bounds, found);
    fences(&old.store.policy.fence, &new.store.policy.fence, "policy.", found);
    rollout::compare(&old.store, &new.store, found);
    exceptions(old, new, found);
    proposals(old, new, found);
}

fn store(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let (was, is) = (&old.plan.store, &new.plan.store);
    if was.name != is.name {
        let text = format!(
            "the plan is of the store `{}`, and was of `{}`",
            is.name, was.name
        );
        found.push(Class::Wider, DifferenceKind::Store, "name", text);
    }
    if was.home != is.home {
        let text = format!("changes belong to {}, and belonged to {}", is.home, was.home);
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
            "its files say something else",
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
    // A finding about a target is said of it: who may not read of the target may not read it either.
    for finding in &new.plan.findings {
        if !old.plan.findings.contains(finding) {
            let text = format!("new: {}", finding.message);
            found.target.clone_from(&finding.target);
            found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
        }
    }
    for finding in &old.plan.findings {
        if !new.plan.findings.contains(finding) {
            let text = format!("gone: {}", finding.message);
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

/// Bounds of the run that held and hold no more. That one is set no more is said already.
fn bounds_kept(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    let set = |list: &[Invariant], name: &str| list.iter().any(|invariant| invariant.name == name);
    let both = |one: &[Invariant], other: &[Invariant]| -> Vec<Invariant> {
        let both = one.iter().filter(|invariant| set(other, &invariant.name));
        both.cloned().collect()
    };
    checks(&both(old, new), &both(new, old), found);
}

/// What was checked: what held and fails now, or is checked no more, widens.
pub(super) fn checks(old: &[Invariant], new: &[Invariant], found: &mut DifferenceList) {
    for invariant in old {
        let name = invariant.name.as_ref();
        let now = new.iter().find(|now| now.name == invariant.name);
        let (class, text) = match now {
            Some(now) if now == invariant => continue,
            None if invariant.holds => (Class::Wider, format!("`{name}` is checked no more")),
            None => (
                Class::Changed,
                format!("`{name}` is checked no more; it failed before"),
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
            let text = format!("`{name}` is checked, too{fails}: {evidence}");
            found.push(Class::Changed, DifferenceKind::Invariant, name, text);
        }
    }
}

fn bound(name: &str, was: Option<usize>, is: Option<usize>, found: &mut DifferenceList) {
    if was == is {
        return;
    }
    let number = |bound: Option<usize>| bound.map_or("no bound".to_owned(), |bound| bound.to_string());
    // No bound is larger than any.
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

/// What plans may touch: in the policy, or in one target, where what the policy says already is not said again.
pub(super) fn fences(old: &PathPolicy, new: &PathPolicy, place: &str, found: &mut DifferenceList) {
    let name = format!("{place}forbid_paths");
    for (class, glob, gone) in one_sided(&old.forbid_paths, &new.forbid_paths) {
        // A path that is forbidden no more widens; one that is forbidden now narrows.
        let (class, word) = match (class, gone) {
            (_, true) => (Class::Wider, "no more"),
            (_, false) => (Class::Narrower, "now, too"),
        };
        found.push(
            class,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` names `{glob}` {word}"),
        );
    }
    let name = format!("{place}allow_paths");
    match (&old.allow_paths, &new.allow_paths) {
        (None, None) => {}
        (Some(_), None) => found.push(
            Class::Wider,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` is gone: any path may be written"),
        ),
        (None, Some(globs)) => found.push(
            Class::Narrower,
            DifferenceKind::Bound,
            &name,
            format!("`{name}` allows only {}", globs.join(", ")),
        ),
        (Some(was), Some(is)) => {
            for (class, glob, gone) in one_sided(was, is) {
                let word = if gone { "no more" } else { "now, too" };
                found.push(
                    class,
                    DifferenceKind::Bound,
                    &name,
                    format!("`{name}` names `{glob}` {word}"),
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

/// Whether a proposal takes back what people changed in our text.
pub(super) fn on_drift(old: OnDrift, new: OnDrift, found: &mut DifferenceList) {
    let (class, text) = match (old, new) {
        (OnDrift::Stop, OnDrift::Propose) => (Class::Wider, "`on_drift`: stop → propose"),
        (OnDrift::Propose, OnDrift::Stop) => (Class::Narrower, "`on_drift`: propose → stop"),
        _ => return,
    };
    found.push(class, DifferenceKind::Bound, "on_drift", text);
}

/// What stands in one list only: what is new widens, what is gone (`true`) narrows.
pub(super) fn one_sided<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> Vec<(Class, &'a T, bool)> {
    let came = new.iter().filter(|item| !old.contains(item));
    let went = old.iter().filter(|item| !new.contains(item));
    let came = came.map(|item| (Class::Wider, item, false));
    came.chain(went.map(|item| (Class::Narrower, item, true)))
        .collect()
}

fn exceptions(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    for (class, side, other) in [(Class::Wider, new, old), (Class::Narrower, old, new)] {
        for exception in &side.store.exceptions {
            let mut others = other.store.exceptions.iter();
            let known = others.find(|known| same(known, exception));
            let text = said(exception, class == Class::Narrower);
            match known {
                None => {
                    // An exception of targets that the plan is about concerns those; of others, or of a text, the run.
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
                    let text = format!("{text}; the reason, its author or its day was another");
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

fn said(exception: &Exception, gone: bool) -> String {
    let no_more = if gone { "no more: " } else { "" };
    let until = exception
        .until
        .map(|day| format!(" until {day}"))
        .unwrap_or_default();
    let what = match (&exception.accepts, &exception.entry_point) {
        (Some(code), _) => format!("`{code}` of `{}` is accepted", exception.lesson),
        (None, Some(place)) => format!("`{}` need not stand at `{place}`", exception.lesson),
        (None, None) => format!("`{}` need not stand there", exception.lesson),
    };
    format!(
        "{no_more}{what}, by {}{until}: {}",
        exception.by, exception.reason
    )
}

/// Who is asked, and under which name commits are made.
fn proposals(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let (was, is) = (&old.store.proposal, &new.store.proposal);
    for (name, was, is) in [
        ("proposal.labels", &was.labels, &is.labels),
        ("proposal.reviewers", &was.reviewers, &is.reviewers),
        ("proposal.team_reviewers", &was.team_reviewers, &is.team_reviewers),
        ("proposal.assignees", &was.assignees, &is.assignees),
    ] {
        for (class, item, gone) in one_sided(was, is) {
            let word = if gone { "no more" } else { "now, too" };
            found.push(
                class,
                DifferenceKind::Proposal,
                name,
                format!("`{name}` names `{item}` {word}"),
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
            (Class::Wider, "an issue in the store is kept, too")
        } else {
            (Class::Narrower, "no issue in the store is kept any more")
        };
        found.push(class, DifferenceKind::Proposal, "report.issue", text);
    }
    if was.draft != is.draft {
        let (class, text) = if is.draft {
            (Class::Narrower, "proposals are opened as drafts")
        } else {
            (Class::Wider, "proposals are opened as drafts no more")
        };
        found.push(class, DifferenceKind::Proposal, "proposal.draft", text);
    }
}

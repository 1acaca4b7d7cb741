//! Compares one target in two plans: whether it is written, with which lessons, under which checks, and what happens to our branch.
//!
//! Input: the target in both plans, or in one. Output: differences. Not here: its files (`files`).

use std::collections::BTreeMap;

use super::{
    Class, DifferenceKind, DifferenceList, PlanAndStore, ReportedDifferences, counted, files, policy,
    settings,
};
use crate::changes::{ChangeKind, LessonChange};
use crate::compare::proposal::{base, proposal};
use crate::plan::TargetPlan;
use crate::plan_file::SavedTarget;
use crate::target_state::TargetState;
use lessonbook_base::edit::Edit;
use lessonbook_store::{Audience, Visibility};

/// A target that is only in the new plan.
pub(super) fn added(new: &PlanAndStore<'_>, target: &SavedTarget, found: &mut DifferenceList) {
    if target.does() {
        written(target, Class::Wider, "is written now", found);
        internal(new, None, target, found);
    } else {
        found.push(
            Class::Changed,
            DifferenceKind::Target,
            &target.plan.target.name,
            "is checked now; nothing is written there",
        );
    }
}

/// A target that is only in the old plan.
pub(super) fn removed(was: &SavedTarget, found: &mut DifferenceList) {
    if was.does() {
        written(was, Class::Narrower, "is no longer written", found);
    } else {
        found.push(
            Class::Changed,
            DifferenceKind::Target,
            &was.plan.target.name,
            "is no longer checked; nothing was written there",
        );
    }
}

fn written(target: &SavedTarget, class: Class, how: &str, found: &mut DifferenceList) {
    let edits = &target.plan.content.edits;
    let lines = edits.iter().map(Edit::counts);
    let (added, removed) = lines.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
    let size = match edits.len() {
        0 => String::new(),
        files => format!(": {}, +{added} -{removed}", counted(files, "file")),
    };
    found.push(
        class,
        DifferenceKind::Target,
        &target.plan.target.name,
        format!("{how}{size}"),
    );
    files::deletions(edits, class, found);
}

/// A target that is in both plans.
pub(super) fn both(
    old: &PlanAndStore<'_>,
    was: &SavedTarget,
    new: &PlanAndStore<'_>,
    target: &SavedTarget,
    run: &ReportedDifferences,
    found: &mut DifferenceList,
) {
    visibility(was, target, found);
    let mut own = DifferenceList {
        target: found.target.clone(),
        ..DifferenceList::default()
    };
    settings::targets(&was.target, &target.target, &mut own);
    // What changed in the policy was reported for the run.
    own.all.retain(|known| !run.bounds.contains(&known.text));
    found.all.append(&mut own.all);
    match (was.does(), target.does()) {
        (false, true) => {
            written(target, Class::Wider, "is written now, but was not before", found);
            internal(new, Some(was), target, found);
        }
        (true, false) => {
            let how = format!("is no longer written, because {}", reason_not_written(target));
            written(was, Class::Narrower, &how, found);
        }
        (true, true) => {
            files::compare(
                &was.plan.content.edits,
                &target.plan.content.edits,
                &new.store.name,
                found,
            );
            internal(new, Some(was), target, found);
            lessons(old, &was.plan, new, &target.plan, found);
            proposal(was, target, found);
            if was.plan.proposal.title != target.plan.proposal.title {
                let text = format!("its title is \"{}\"", target.plan.proposal.title);
                found.push(Class::Changed, DifferenceKind::Proposal, "title", text);
            }
        }
        (false, false) if reason_not_written(was) != reason_not_written(target) => {
            found.push(
                Class::Changed,
                DifferenceKind::Target,
                &target.plan.target.name,
                reason_not_written(target),
            );
        }
        (false, false) => {}
    }
    exempt(&was.plan, &target.plan, run, found);
    invariants(was, target, found);
    base(&was.plan, &target.plan, found);
    findings(&was.plan, &target.plan, found);
}

/// Why nothing is written in a target.
fn reason_not_written(target: &SavedTarget) -> &'static str {
    match target.plan.outcome.state {
        TargetState::Refused => "the plan is refused",
        TargetState::Unreachable => "it could not be read",
        TargetState::Proposed => "our branch holds the proposal",
        _ => "nothing is to be done",
    }
}

fn visibility(was: &SavedTarget, target: &SavedTarget, found: &mut DifferenceList) {
    let openness = |visibility: Visibility| match visibility {
        Visibility::Private => (0, "private"),
        Visibility::Internal => (1, "internal"),
        Visibility::Public => (2, "public"),
    };
    let (before, now) = (
        openness(was.plan.target.visibility),
        openness(target.plan.target.visibility),
    );
    let class = match now.0.cmp(&before.0) {
        std::cmp::Ordering::Greater => Class::Wider,
        std::cmp::Ordering::Less => Class::Narrower,
        std::cmp::Ordering::Equal => return,
    };
    let text = format!("{} → {}", before.1, now.1);
    found.push(class, DifferenceKind::Visibility, &target.plan.target.name, text);
}

/// Internal lessons that reach a target and did not before.
fn internal(
    new: &PlanAndStore<'_>,
    was: Option<&SavedTarget>,
    target: &SavedTarget,
    found: &mut DifferenceList,
) {
    // If the old plan wrote nothing, the target had the lessons that were already present.
    let reached = |was: &SavedTarget, id: &str| {
        let there = |change: &LessonChange| {
            change.kind == ChangeKind::Unchanged || was.does() && change.kind != ChangeKind::Removed
        };
        let mut changes = was.plan.content.changes.iter();
        changes.any(|change| change.lesson == id && there(change))
    };
    let is_new = |change: &&LessonChange| {
        matches!(
            change.kind,
            ChangeKind::Added | ChangeKind::Changed | ChangeKind::Moved
        )
    };
    for change in target.plan.content.changes.iter().filter(is_new) {
        let id = &change.lesson;
        let lesson = new.store.lesson(id);
        let is_internal = lesson.is_some_and(|lesson| lesson.audience == Audience::Internal);
        if is_internal && !was.is_some_and(|was| reached(was, id)) {
            found.push(
                Class::Wider,
                DifferenceKind::Internal,
                id,
                format!("`{id}` is internal, and now reaches this target"),
            );
        }
    }
}

/// The lessons about which something changes.
fn lessons(
    old: &PlanAndStore<'_>,
    was: &TargetPlan,
    new: &PlanAndStore<'_>,
    plan: &TargetPlan,
    found: &mut DifferenceList,
) {
    let changed = |plan: &'_ TargetPlan| -> BTreeMap<String, ChangeKind> {
        let changed = plan
            .content
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Unchanged);
        changed
            .map(|change| (change.lesson.clone(), change.kind))
            .collect()
    };
    let (before, now) = (changed(was), changed(plan));
    for (id, kind) in &now {
        let is_removed = *kind == ChangeKind::Removed;
        let text = match before.get(id) {
            None if is_removed => format!("`{id}` is removed now"),
            None => format!("`{id}` is {} now", verb(*kind)),
            Some(ChangeKind::Removed) if !is_removed => {
                format!("`{id}` is {}; it was removed before", verb(*kind))
            }
            Some(known) if is_removed && *known != ChangeKind::Removed => {
                format!("`{id}` is removed; it was {} before", verb(*known))
            }
            Some(known) => {
                let (old_version, new_version) = (old.version(id), new.version(id));
                if old_version != new_version {
                    let short = |version: Option<&str>| version.unwrap_or("unknown").to_owned();
                    let text = format!(
                        "`{id}` has other words ({} → {})",
                        short(old_version),
                        short(new_version)
                    );
                    found.push(Class::Wider, DifferenceKind::Lesson, id, text);
                } else if known != kind {
                    let text = format!("`{id}` is {}; it was {} before", verb(*kind), verb(*known));
                    found.push(Class::Changed, DifferenceKind::Lesson, id, text);
                }
                continue;
            }
        };
        found.push(Class::Wider, DifferenceKind::Lesson, id, text);
    }
    for (id, kind) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
        let text = format!("`{id}` is no longer {}", verb(*kind));
        found.push(Class::Narrower, DifferenceKind::Lesson, id, text);
    }
}

fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Moved => "moved",
        ChangeKind::Removed => "removed",
        ChangeKind::Unchanged => "kept",
    }
}

/// The lessons that exceptions exclude here, including those that the target's own file requests.
fn exempt(was: &TargetPlan, plan: &TargetPlan, run: &ReportedDifferences, found: &mut DifferenceList) {
    // A plan that was refused early has no list of exceptions.
    if was.proof.invariants.is_empty() || plan.proof.invariants.is_empty() {
        return;
    }
    let known = run.exceptions.get(&plan.target.name);
    for (class, one, other, word) in [
        (Class::Wider, plan, was, "may be absent"),
        (Class::Narrower, was, plan, "must be present again"),
    ] {
        for exempt in &one.content.exempt {
            let same = |other: &crate::place::Exemption| {
                other.lesson == exempt.lesson && other.entry_point == exempt.entry_point
            };
            if other.content.exempt.iter().any(same)
                || known.is_some_and(|known| known.contains(&exempt.lesson))
            {
                continue;
            }
            let text = format!(
                "`{}` {word} at `{}`: {}",
                exempt.lesson, exempt.entry_point, exempt.reason
            );
            found.push(class, DifferenceKind::Exception, &exempt.lesson, text);
        }
    }
}

fn invariants(was: &SavedTarget, target: &SavedTarget, found: &mut DifferenceList) {
    // A target that could not be planned has no proof, and nothing is written there.
    if target.plan.proof.invariants.is_empty() && !target.does() {
        return;
    }
    policy::invariants(&was.plan.proof.invariants, &target.plan.proof.invariants, found);
}

fn findings(was: &TargetPlan, plan: &TargetPlan, found: &mut DifferenceList) {
    for (one, other, word) in [(plan, was, "new"), (was, plan, "no longer")] {
        for finding in &one.outcome.findings {
            if !other.outcome.findings.contains(finding) {
                let text = format!("{word}: {}", finding.message);
                found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
            }
        }
    }
}

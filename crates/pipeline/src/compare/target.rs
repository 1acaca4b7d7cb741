//! One target in two plans: whether it is written, with which lessons, under which checks, and what happens to our branch.
//!
//! Input: the target in both plans, or in one. Output: differences. Not here: its files (`files`).

use crate::target_state::TargetState;
use std::collections::BTreeMap;

use super::{
    Class, DifferenceKind, DifferenceList, PlanAndStore, ReportedDifferences, counted, files, policy,
};
use crate::branch_action::Action;
use crate::changes::{ChangeKind, LessonChange};
use crate::plan::TargetPlan;
use crate::plan_file::SavedTarget;
use lessonbook_base::edit::Edit;
use lessonbook_store::{Audience, Visibility};

/// A target that only the new plan is about.
pub(super) fn came(new: &PlanAndStore<'_>, target: &SavedTarget, found: &mut DifferenceList) {
    if target.does() {
        written(target, Class::Wider, "is written, too", found);
        internal(new, None, target, found);
    } else {
        found.push(
            Class::Changed,
            DifferenceKind::Target,
            &target.plan.target.name,
            "is looked at, too; nothing is written there",
        );
    }
}

/// A target that only the old plan is about.
pub(super) fn went(was: &SavedTarget, found: &mut DifferenceList) {
    if was.does() {
        written(was, Class::Narrower, "is written no more", found);
    } else {
        found.push(
            Class::Changed,
            DifferenceKind::Target,
            &was.plan.target.name,
            "is looked at no more; nothing was written there",
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

/// A target that both plans are about.
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
    policy::fences(&was.target.fence, &target.target.fence, "", &mut own);
    policy::on_drift(was.target.on_drift, target.target.on_drift, found);
    // What the policy says anew, it says of every target.
    own.all.retain(|known| !run.bounds.contains(&known.text));
    found.all.append(&mut own.all);
    match (was.does(), target.does()) {
        (false, true) => {
            written(target, Class::Wider, "is written, and was not before", found);
            internal(new, Some(was), target, found);
        }
        (true, false) => {
            let how = format!("is written no more, for {}", stands(target));
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
        (false, false) if stands(was) != stands(target) => {
            found.push(
                Class::Changed,
                DifferenceKind::Target,
                &target.plan.target.name,
                stands(target),
            );
        }
        (false, false) => {}
    }
    exempt(&was.plan, &target.plan, run, found);
    invariants(was, target, found);
    base(&was.plan, &target.plan, found);
    findings(&was.plan, &target.plan, found);
}

/// Where a target stands in which nothing is written.
fn stands(target: &SavedTarget) -> &'static str {
    match target.plan.outcome.state {
        TargetState::Refused => "the plan is refused",
        TargetState::Unreachable => "it could not be read",
        TargetState::Proposed => "our branch holds the proposal",
        _ => "nothing is left to do",
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

/// Lessons for insiders that reach a target and did not before.
fn internal(
    new: &PlanAndStore<'_>,
    was: Option<&SavedTarget>,
    target: &SavedTarget,
    found: &mut DifferenceList,
) {
    // Where the old plan wrote nothing, it reached those that stood there already.
    let reached = |was: &SavedTarget, id: &str| {
        let there = |change: &LessonChange| {
            change.kind == ChangeKind::Unchanged || was.does() && change.kind != ChangeKind::Removed
        };
        let mut changes = was.plan.content.changes.iter();
        changes.any(|change| change.lesson == id && there(change))
    };
    let comes = |change: &&LessonChange| {
        matches!(
            change.kind,
            ChangeKind::Added | ChangeKind::Changed | ChangeKind::Moved
        )
    };
    for change in target.plan.content.changes.iter().filter(comes) {
        let id = &change.lesson;
        let lesson = new.store.lesson(id);
        let is_internal = lesson.is_some_and(|lesson| lesson.audience == Audience::Internal);
        if is_internal && !was.is_some_and(|was| reached(was, id)) {
            found.push(
                Class::Wider,
                DifferenceKind::Internal,
                id,
                format!("`{id}` is for insiders, and comes here now"),
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
    let moved = |plan: &'_ TargetPlan| -> BTreeMap<String, ChangeKind> {
        let moved = plan
            .content
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Unchanged);
        moved.map(|change| (change.lesson.clone(), change.kind)).collect()
    };
    let (before, now) = (moved(was), moved(plan));
    for (id, kind) in &now {
        let goes = *kind == ChangeKind::Removed;
        let text = match before.get(id) {
            None if goes => format!("`{id}` is taken out, too"),
            None => format!("`{id}` is {}, too", verb(*kind)),
            Some(ChangeKind::Removed) if !goes => {
                format!("`{id}` is {}, and was taken out before", verb(*kind))
            }
            Some(known) if goes && *known != ChangeKind::Removed => {
                format!("`{id}` is taken out, and was {} before", verb(*known))
            }
            Some(known) => {
                let (said, says) = (old.version(id), new.version(id));
                if said != says {
                    let short = |version: Option<&str>| version.unwrap_or("unknown").to_owned();
                    let text = format!("`{id}` says something else ({} → {})", short(said), short(says));
                    found.push(Class::Wider, DifferenceKind::Lesson, id, text);
                } else if known != kind {
                    let text = format!("`{id}` is {}, and was {} before", verb(*kind), verb(*known));
                    found.push(Class::Changed, DifferenceKind::Lesson, id, text);
                }
                continue;
            }
        };
        found.push(Class::Wider, DifferenceKind::Lesson, id, text);
    }
    for (id, kind) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
        let text = format!("`{id}` is {} no more", verb(*kind));
        found.push(Class::Narrower, DifferenceKind::Lesson, id, text);
    }
}

fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Moved => "moved",
        ChangeKind::Removed => "taken out",
        ChangeKind::Unchanged => "kept",
    }
}

/// What exceptions keep out here, also those that the target's own file asked for.
fn exempt(was: &TargetPlan, plan: &TargetPlan, run: &ReportedDifferences, found: &mut DifferenceList) {
    // A plan that was refused before it was made knows of no exceptions.
    if was.proof.invariants.is_empty() || plan.proof.invariants.is_empty() {
        return;
    }
    let known = run.exceptions.get(&plan.target.name);
    for (class, one, other, word) in [
        (Class::Wider, plan, was, "need not stand"),
        (Class::Narrower, was, plan, "must stand again"),
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
    // A target that nobody could plan has no proof, and nothing is written there.
    if target.plan.proof.invariants.is_empty() && !target.does() {
        return;
    }
    policy::checks(&was.plan.proof.invariants, &target.plan.proof.invariants, found);
}

/// What happens to our branch and on GitHub.
fn proposal(was: &SavedTarget, target: &SavedTarget, found: &mut DifferenceList) {
    match (&was.proposal, &target.proposal) {
        (Some(before), Some(now)) => {
            if before.state != now.state {
                let text = format!("{} → {}", before.state.word(), now.state.word());
                found.push(Class::Changed, DifferenceKind::Proposal, "state", text);
            }
            let known: Vec<String> = before.steps.iter().map(|step| kind(step)).collect();
            let all: Vec<String> = now.steps.iter().map(|step| kind(step)).collect();
            for (step, kind) in now.steps.iter().zip(&all) {
                let times = |list: &[String]| list.iter().filter(|other| *other == kind).count();
                if times(&all) > times(&known) {
                    found.push(Class::Wider, DifferenceKind::Proposal, step, step);
                }
            }
            for (step, kind) in before.steps.iter().zip(&known) {
                if !all.contains(kind) {
                    found.push(
                        Class::Narrower,
                        DifferenceKind::Proposal,
                        step,
                        format!("no more: {step}"),
                    );
                }
            }
        }
        // Read from GitHub in one plan and from a disk in the other: it is not the same place any more.
        (None, Some(_)) | (Some(_), None) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            "place",
            "the repository is reached in another way",
        ),
        (None, None) => branch(&was.plan.proposal.action, &target.plan.proposal.action, found),
    }
}

/// A step in words without the commits in it, which move with the base.
fn kind(step: &str) -> String {
    let is_commit = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = step.split(' ').filter(|word| !is_commit(word));
    words.collect::<Vec<_>>().join(" ")
}

fn branch(was: &Action, is: &Action, found: &mut DifferenceList) {
    let name = "branch";
    match (was, is) {
        (was, is) if was == is => {}
        (Action::Remove { .. }, Action::Remove { .. }) | (Action::Update { .. }, Action::Update { .. }) => {
            found.push(
                Class::Changed,
                DifferenceKind::Proposal,
                name,
                "our branch moved since",
            );
        }
        (_, Action::Remove { .. }) => {
            found.push(
                Class::Wider,
                DifferenceKind::Proposal,
                name,
                "our branch is deleted",
            );
        }
        (Action::Remove { .. }, Action::Update { .. }) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            name,
            "our branch is moved, and was deleted before",
        ),
        (_, Action::Update { .. }) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            name,
            "our branch is moved; there was none before",
        ),
        (_, Action::Create) => {
            let text = "our branch is made anew; there was one before";
            let class = if matches!(was, Action::Remove { .. }) {
                Class::Wider
            } else {
                Class::Changed
            };
            found.push(class, DifferenceKind::Proposal, name, text);
        }
        (_, Action::Nothing | Action::Keep { .. } | Action::Refuse) => {
            found.push(
                Class::Narrower,
                DifferenceKind::Proposal,
                name,
                "our branch is left alone",
            );
        }
    }
}

fn base(was: &TargetPlan, plan: &TargetPlan, found: &mut DifferenceList) {
    let (Some(before), Some(now)) = (&was.target.base, &plan.target.base) else {
        return;
    };
    let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
    if before.branch != now.branch {
        let text = format!(
            "proposals go to `{}`, and went to `{}` before",
            now.branch, before.branch
        );
        found.push(Class::Wider, DifferenceKind::Proposal, "base branch", text);
    } else if before.commit != now.commit {
        let text = format!(
            "`{}` moved: {} → {}",
            now.branch,
            short(&before.commit),
            short(&now.commit)
        );
        found.push(Class::Changed, DifferenceKind::Base, &now.branch, text);
    }
}

fn findings(was: &TargetPlan, plan: &TargetPlan, found: &mut DifferenceList) {
    for (one, other, word) in [(plan, was, "new"), (was, plan, "gone")] {
        for finding in &one.outcome.findings {
            if !other.outcome.findings.contains(finding) {
                let text = format!("{word}: {}", finding.message);
                found.push(Class::Changed, DifferenceKind::Finding, finding.code.name(), text);
            }
        }
    }
}

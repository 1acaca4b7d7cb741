//! A lesson that was wrong: what a withdrawal does to a target on GitHub, and what a later sync leaves alone because of it.
//!
//! Input: a situation whose plan is a withdrawal, or one after it. Output: its [`ProposalPlan`]. Not here: which files change
//! (`withdraw`), and all other proposals (`open`, `fresh`). What bounds proposals of lessons does not bound this: `open_for` and a
//! proposal that was declined. What a person did or asked for does.

use super::{ProposalPlan, ProposalSituation, TargetState, commit, open, refused};
use crate::changes::{ChangeKind, LessonChange};
use crate::gfm_escape::{code, cut, quiet};
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals, WithdrawnLesson, is_still_active};
use crate::pull_request::{Pull, PullState, Review, Step};
use crate::withdraw::WithdrawnText;
use lessonbook_base::snapshot::Branch;

/// Decides for a plan that is a withdrawal.
pub(super) fn withdraw(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(taken) = &situation.plan.proposal.withdraws else {
        return refused();
    };
    match situation.open() {
        Some(pull) => renew(situation, taken, branch, pull, marker),
        None => start(situation, taken, branch, marker),
    }
}

/// An open proposal: it loses the lesson, and, where the base holds it, takes it out there.
fn renew(
    situation: &ProposalSituation<'_>,
    taken: &WithdrawnText,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let since = Some(pull.opened);
    let holds = situation.plan.holds();
    let Some(branch) = branch else {
        return if taken.on_base {
            open::homeless()
        } else {
            nothing(taken)
        };
    };
    if !taken.is_here() {
        return nothing(taken).since(since);
    }
    let kept = open::touched(situation, branch, pull)
        .map(|why| (TargetState::Edited, why, since))
        .or_else(|| open::held(situation, pull).map(|(why, since)| (TargetState::Held, why, since)))
        .or_else(|| (!holds).then(|| (TargetState::Refused, refused().why, since)));
    if let Some((state, why, since)) = kept {
        return keep(taken, state, &why, pull, marker).since(since);
    }
    if situation.plan.content.edits.is_empty() {
        let (id, reason) = (code(&taken.what.lesson), reason(taken));
        let say = format!(
            "Closed by lessonbook, for nothing else is left to propose here: {id} was withdrawn: {reason}"
        );
        let steps = open::close(situation, branch, pull, marker, &say);
        let why = format!("{} was all that is left of it", taken.what.lesson);
        return ProposalPlan::does(TargetState::Obsolete, why, steps).since(since);
    }
    let lacks = commit::lacks(situation, branch);
    let same = lacks.as_ref().is_some_and(Vec::is_empty);
    let told =
        marker.is_some_and(|marker| marker.withdrawn.iter().any(|one| one.lesson == taken.what.lesson));
    if same && told {
        let state = match pull.review {
            Review::Approved => TargetState::Approved,
            _ => TargetState::Current,
        };
        let why = format!("it holds {} no more: it waits for a person", taken.what.lesson);
        return ProposalPlan::does(state, why, open::upkeep(situation, pull, marker)).since(since);
    }
    let conflicting = pull.conflicting == Some(true);
    let mut steps = Vec::new();
    if !same {
        steps.push(commit::moves(situation, branch, lacks.filter(|_| !conflicting)));
    }
    steps.extend(open::upkeep(situation, pull, marker));
    let (id, why) = (code(&taken.what.lesson), reason(taken));
    let say = format!("{id} was withdrawn, and this proposal holds it no more: {why}");
    steps.push(open::comment(pull, &key(taken), &say));
    let (state, why) = if conflicting {
        (
            TargetState::Conflicting,
            "it did not merge any more, and is made anew without",
        )
    } else {
        (TargetState::Outdated, "an open proposal goes on without")
    };
    ProposalPlan::does(state, format!("{why} {}", taken.what.lesson), steps).since(since)
}

/// No open proposal: one is opened where the base holds the lesson.
fn start(
    situation: &ProposalSituation<'_>,
    taken: &WithdrawnText,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    if !taken.on_base {
        // Ours without a proposal: a run was cut off. One that a person closed stays theirs.
        let is_left = situation.remote.pull.is_none() || marker.is_some_and(|marker| marker.closed_by_us);
        let branch = branch.filter(|branch| branch.ours && taken.on_branch && is_left);
        return branch.map_or_else(|| nothing(taken), |branch| leftover(taken, branch));
    }
    if !situation.plan.holds() {
        return refused();
    }
    if let Some(why) = situation.hold {
        return ProposalPlan::quiet(
            TargetState::Held,
            format!("held by the repository's own file: {why}"),
        );
    }
    let mut steps = Vec::new();
    match branch {
        Some(branch) if !branch.ours => {
            let (name, commits) = (situation.store.branch(), branch.foreign.join("; "));
            let why = format!("`{name}` holds commits that a person made or changed: {commits}");
            return ProposalPlan::quiet(TargetState::Blocked, why);
        }
        Some(branch) if commit::lacks(situation, branch).is_some_and(|lacks| lacks.is_empty()) => {}
        Some(branch) => steps.push(commit::moves(situation, branch, None)),
        None => steps.push(Step::CreateBranch(commit::on_base(situation))),
    }
    let past = EarlierWithdrawals {
        again: None,
        withdrawn: &remembered(situation, marker),
    };
    let (text, _) = pr_body::write(situation.store, situation.plan, situation.about, &past);
    steps.push(Step::Open {
        base: situation.base().to_owned(),
        text,
        draft: situation.store.proposal.draft,
        metadata: situation.metadata(),
    });
    let why = format!("{} was merged: a proposal takes it out", taken.what.lesson);
    ProposalPlan::does(TargetState::Missing, why, steps)
}

fn leftover(taken: &WithdrawnText, branch: &Branch) -> ProposalPlan {
    let step = Step::DeleteBranch {
        from: branch.head.clone(),
    };
    let why = format!("our branch holds {} and stands in no proposal", taken.what.lesson);
    ProposalPlan::does(TargetState::Leftover, why, vec![step])
}

fn nothing(taken: &WithdrawnText) -> ProposalPlan {
    ProposalPlan::quiet(
        TargetState::InSync,
        format!("{} does not stand here", taken.what.lesson),
    )
}

/// A proposal that is not touched: whoever could merge it is told once.
fn keep(
    taken: &WithdrawnText,
    state: TargetState,
    why: &str,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let id = &taken.what.lesson;
    let why = format!("{why}; it was told that {id} is withdrawn");
    let reason = reason(taken);
    let say = if taken.on_branch {
        format!(
            "**Do not merge this as it is:** {} was withdrawn: {reason}\n\nTake the lesson out of the branch, or close this.",
            code(id)
        )
    } else {
        format!(
            "{} was withdrawn, and the base branch holds it: {reason}\n\nMerge this or close it: then a proposal that takes \
             the lesson out can follow.",
            code(id)
        )
    };
    if marker.is_none() {
        if pull.locked {
            // It could not be noted that it can't be said, so it would be tried in each run.
            return ProposalPlan::quiet(state, format!("{why}; its conversation is locked"));
        }
        // Nobody can note that it was said; the comment's own key makes it one.
        return ProposalPlan::does(state, why, vec![open::comment(pull, &key(taken), &say)]);
    }
    open::told(state, &why, pull, marker, &key(taken), &say)
}

fn key(taken: &WithdrawnText) -> String {
    format!("withdrawn-{}", taken.what.lesson)
}

fn reason(taken: &WithdrawnText) -> String {
    quiet(&cut(&taken.what.reason, 500))
}

/// What a sync finds after a withdrawal while the store still holds the lesson active in the same words: to go on would take the
/// withdrawal back.
pub(super) fn left_alone(
    situation: &ProposalSituation<'_>,
    marker: Option<&BodyMetadata>,
) -> Option<ProposalPlan> {
    let ProposalSituation { plan, remote, .. } = *situation;
    let (marker, pull) = (marker?, remote.pull.as_ref()?);
    let returns = |id: &str| {
        let comes = |change: &LessonChange| change.lesson == id && change.kind != ChangeKind::Unchanged;
        match pull.state {
            PullState::Open => true,
            PullState::Closed if !marker.closed_by_us => false,
            PullState::Closed | PullState::Merged => plan.content.changes.iter().any(comes),
        }
    };
    let mut withdrawn = marker.withdrawn.iter();
    let one = withdrawn.find(|one| is_active(situation, one) && returns(&one.lesson))?;
    let why = format!(
        "#{} withdrew {}, and the store still holds it active: say `status: retired` in its file, or write it anew",
        pull.number, one.lesson
    );
    Some(ProposalPlan::quiet(TargetState::Ahead, why).since(Some(pull.opened)))
}

/// The last proposal's withdrawals that the store would still take back: the next one has to remember them.
pub(super) fn remembered(
    situation: &ProposalSituation<'_>,
    marker: Option<&BodyMetadata>,
) -> Vec<WithdrawnLesson> {
    let told = marker.map_or(&[][..], |marker| &marker.withdrawn);
    told.iter()
        .filter(|one| is_active(situation, one))
        .cloned()
        .collect()
}

/// While its present version waits for canaries the plan holds an earlier one, which is no less wrong.
fn is_active(situation: &ProposalSituation<'_>, one: &WithdrawnLesson) -> bool {
    let mut waiting = situation.plan.content.waiting.iter();
    is_still_active(situation.store, &one.lesson, &one.version)
        || waiting.any(|waiting| waiting.lesson == one.lesson)
}

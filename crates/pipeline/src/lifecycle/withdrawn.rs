//! The withdrawal of a wrong lesson on GitHub, and its effect on later syncs.
//!
//! Input: a situation whose plan is a withdrawal, or a later one. Output: its [`ProposalPlan`]. Not here: which files change
//! (`withdraw`), and all other proposals (`open`, `new`). `open_for` and a declined pull request do not stop a withdrawal; a
//! person's commits and a hold do.

use super::{ProposalPlan, ProposalSituation, TargetState, commit, open, refused};
use crate::changes::{ChangeKind, LessonChange};
use crate::gfm_escape::{code, cut, quiet};
use crate::lifecycle::opening;
use crate::pr_body::BodyMetadata;
use crate::pull_request::{Pull, PullState, Review, Step};
use crate::withdrawn_lesson::WithdrawnText;
use lessonbook_base::snapshot::Branch;

/// The state and steps of a plan that is a withdrawal.
pub(super) fn withdraw(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(taken) = &situation.plan.proposal.withdraws else {
        return refused();
    };
    match situation.open() {
        Some(pull) => update(situation, taken, branch, pull, marker),
        None => start(situation, taken, branch, marker),
    }
}

/// An open pull request: the lesson is removed from it and, if the base branch contains the lesson, it removes it there.
fn update(
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
            open::without_branch()
        } else {
            nothing(taken)
        };
    };
    if !taken.is_here() {
        return nothing(taken).since(since);
    }
    let kept = open::changed_by_person(situation, branch, pull)
        .map(|why| (TargetState::Edited, why, since))
        .or_else(|| open::held(situation, pull).map(|(why, since)| (TargetState::Held, why, since)))
        .or_else(|| (!holds).then(|| (TargetState::Refused, refused().why, since)));
    if let Some((state, why, since)) = kept {
        return keep(taken, state, &why, pull, marker).since(since);
    }
    if situation.plan.content.edits.is_empty() {
        let (id, reason) = (code(&taken.what.lesson), reason(taken));
        let say = format!(
            "Closed by Lessonbook: {id} was withdrawn, and nothing else is left to propose here. Reason: {reason}"
        );
        let steps = open::close(situation, branch, pull, marker, &say);
        let why = format!("{} was its only content", taken.what.lesson);
        return ProposalPlan::does(TargetState::Stale, why, steps).since(since);
    }
    let lacks = commit::lacks(situation, branch);
    let same = lacks.as_ref().is_some_and(Vec::is_empty);
    let told =
        marker.is_some_and(|marker| marker.withdrawn.iter().any(|one| one.lesson == taken.what.lesson));
    if same && told {
        let state = match pull.review {
            Review::Approved => TargetState::Approved,
            _ => TargetState::Proposed,
        };
        let why = format!("it no longer contains {} and waits for review", taken.what.lesson);
        return ProposalPlan::does(state, why, open::upkeep(situation, pull, marker)).since(since);
    }
    let conflicting = pull.conflicting == Some(true);
    let mut steps = Vec::new();
    if !same {
        steps.push(commit::moves(situation, branch, lacks.filter(|_| !conflicting)));
    }
    steps.extend(open::upkeep(situation, pull, marker));
    let (id, why) = (code(&taken.what.lesson), reason(taken));
    let say = format!("{id} was withdrawn, and this pull request no longer contains it. Reason: {why}");
    steps.push(open::comment(pull, &key(taken), &say));
    let (state, why) = if conflicting {
        (
            TargetState::Stale,
            "it conflicted with the base branch and is rebuilt without",
        )
    } else {
        (TargetState::Stale, "the open pull request continues without")
    };
    ProposalPlan::does(state, format!("{why} {}", taken.what.lesson), steps).since(since)
}

/// No open pull request: one is opened if the base branch contains the lesson.
fn start(
    situation: &ProposalSituation<'_>,
    taken: &WithdrawnText,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    if !taken.on_base {
        // Our branch without a pull request is left by an interrupted run. One whose pull request a person closed is kept.
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
    let steps = match opening::opened(situation, branch, marker, None) {
        Ok(steps) => steps,
        Err(blocked) => return blocked,
    };
    let why = format!("{} was merged, and a pull request removes it", taken.what.lesson);
    ProposalPlan::does(TargetState::Stale, why, steps)
}

fn leftover(taken: &WithdrawnText, branch: &Branch) -> ProposalPlan {
    let step = Step::DeleteBranch {
        from: branch.head.clone(),
    };
    let why = format!(
        "our branch contains {} and has no pull request",
        taken.what.lesson
    );
    ProposalPlan::does(TargetState::Stale, why, vec![step])
}

fn nothing(taken: &WithdrawnText) -> ProposalPlan {
    ProposalPlan::quiet(
        TargetState::UpToDate,
        format!("it does not contain {}", taken.what.lesson),
    )
}

/// A pull request that is left alone: a comment warns once against merging it.
fn keep(
    taken: &WithdrawnText,
    state: TargetState,
    why: &str,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let id = &taken.what.lesson;
    let why = format!("{why}; a comment says that {id} is withdrawn");
    let reason = reason(taken);
    let say = if taken.on_branch {
        format!(
            "**Do not merge this as it is:** {} was withdrawn: {reason}\n\nRemove the lesson from the branch, or close this pull request.",
            code(id)
        )
    } else {
        format!(
            "{} was withdrawn, and the base branch contains it: {reason}\n\nMerge or close this pull request. The next one then removes \
             the lesson.",
            code(id)
        )
    };
    if marker.is_none() {
        if pull.locked {
            // A comment is impossible, and without metadata that can't be recorded: each run would try again.
            return ProposalPlan::quiet(state, format!("{why}; its conversation is locked"));
        }
        // The comment can't be recorded in the metadata; its own key prevents a second one.
        return ProposalPlan::does(state, why, vec![open::comment(pull, &key(taken), &say)]);
    }
    open::explained_once(state, &why, pull, marker, &key(taken), &say)
}

fn key(taken: &WithdrawnText) -> String {
    format!("withdrawn-{}", taken.what.lesson)
}

fn reason(taken: &WithdrawnText) -> String {
    quiet(&cut(&taken.what.reason, 500))
}

/// After a withdrawal, while the lesson is still active in the store in the same words: a sync would undo the withdrawal, so it does
/// nothing.
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
    let one = withdrawn.find(|one| opening::is_active(situation, one) && returns(&one.lesson))?;
    let why = format!(
        "#{} withdrew {}, which is still active in the store: set `status: retired` in its file, or reword it",
        pull.number, one.lesson
    );
    Some(ProposalPlan::quiet(TargetState::Proposed, why).since(Some(pull.opened)))
}

//! An open pull request: updated, left alone, or closed.
//!
//! Input: a situation with an open pull request. Output: its [`ProposalPlan`]. Not here: targets without one (`new`).
//! What a person did is kept: commits, title, text, removed labels.

use super::{HOLD, ProposalPlan, ProposalSituation, TargetState, commit};
use crate::changes::ChangeKind;
use crate::gfm_escape::quiet;
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals};
use crate::pull_request::{Metadata, Pull, PullText, Review, Step};
use lessonbook_base::snapshot::Branch;
use lessonbook_store::{Severity, Visibility};

/// A pull request with nothing left to propose: it is closed with the reason, unless a person pushed to it.
pub(super) fn without_content(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(branch) = branch else {
        return without_branch();
    };
    if let Some(why) = changed_by_person(situation, branch, pull) {
        let say = format!(
            "Nothing is left to propose here, but {why}, so Lessonbook leaves this pull request to you. Close it when you like."
        );
        return explained_once(
            TargetState::Edited,
            &format!("nothing is left to propose, but {why}"),
            pull,
            marker,
            "obsolete",
            &say,
        )
        .since(Some(pull.opened));
    }
    let say = "Closed by Lessonbook: nothing is left to propose here. Either the base branch contains it all, or the lessons were \
               removed from the store.";
    let steps = close(situation, branch, pull, marker, say);
    ProposalPlan::does(
        TargetState::Stale,
        "the pull request has nothing left to propose",
        steps,
    )
    .since(Some(pull.opened))
}

/// The steps that close a pull request, in an order that marks the close as ours.
pub(super) fn close(
    situation: &ProposalSituation<'_>,
    branch: &Branch,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
    say: &str,
) -> Vec<Step> {
    let mut steps = vec![comment(pull, "closed", say)];
    let past = marker.map(EarlierWithdrawals::of).unwrap_or_default();
    let fresh = || {
        BodyMetadata::new(
            situation.store,
            situation.plan,
            situation.about.store_commit,
            &past,
        )
    };
    let mark = BodyMetadata {
        closed_by_us: true,
        withdrawn: past.with(situation.plan),
        ..marker.cloned().unwrap_or_else(fresh)
    };
    if marker != Some(&mark) {
        steps.push(rewrite(pull, &pull.title, pr_body::replace(&pull.body, &mark)));
    }
    steps.push(Step::Close { number: pull.number });
    steps.push(Step::DeleteBranch {
        from: branch.head.clone(),
    });
    steps
}

/// A pull request whose content may be older than the plan.
pub(super) fn update(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(branch) = branch else {
        return without_branch();
    };
    let lacks = commit::lacks(situation, branch);
    let same = lacks.as_ref().is_some_and(Vec::is_empty);
    let since = Some(pull.opened);
    if let Some(why) = changed_by_person(situation, branch, pull) {
        if same {
            return ProposalPlan::quiet(TargetState::Edited, why).since(since);
        }
        let say = format!(
            "Lessonbook no longer updates this pull request, because {why}. Merge it, or close it and delete the branch; a new \
             one then proposes what is still missing."
        );
        return explained_once(TargetState::Edited, &why, pull, marker, "edited", &say).since(since);
    }
    if let Some((why, since)) = held(situation, pull) {
        return ProposalPlan::quiet(TargetState::Held, why).since(since);
    }
    let conflicting = pull.conflicting == Some(true);
    let approved = pull.review == Review::Approved;
    if same && !conflicting {
        let (state, why) = if approved {
            (TargetState::Approved, "it is approved and can be merged")
        } else {
            (TargetState::Proposed, "it waits for review")
        };
        return ProposalPlan::does(state, why, upkeep(situation, pull, marker)).since(since);
    }
    // An approval does not help if the branch can't be merged.
    if approved && !conflicting && !critical_since(situation, marker) {
        let why = "it is approved, and no critical lesson changed since";
        return ProposalPlan::quiet(TargetState::Approved, why).since(since);
    }
    let (state, why) = if conflicting {
        (TargetState::Stale, "it conflicts with the base branch")
    } else {
        (
            TargetState::Stale,
            "the store or the base branch changed since the proposal",
        )
    };
    let mut steps = vec![commit::moves(situation, branch, lacks.filter(|_| !conflicting))];
    steps.extend(upkeep(situation, pull, marker));
    ProposalPlan::does(state, why, steps).since(since)
}

/// A pull request whose branch is gone or is in another repository.
pub(super) fn without_branch() -> ProposalPlan {
    ProposalPlan::quiet(
        TargetState::Blocked,
        "a pull request is open, but its branch is gone or in another repository",
    )
}

/// What a person changed: the branch or its base.
pub(super) fn changed_by_person(
    situation: &ProposalSituation<'_>,
    branch: &Branch,
    pull: &Pull,
) -> Option<String> {
    if !branch.ours {
        return Some("a person pushed to the branch".to_owned());
    }
    (pull.base_branch != situation.base()).then(|| "a person changed its base branch".to_owned())
}

pub(super) fn held(situation: &ProposalSituation<'_>, pull: &Pull) -> Option<(String, Option<i64>)> {
    if pull.labels.iter().any(|label| label.eq_ignore_ascii_case(HOLD)) {
        return Some((format!("held by the label `{HOLD}`"), pull.held_since));
    }
    if pull.about_to_merge {
        return Some(("about to merge".to_owned(), Some(pull.opened)));
    }
    let why = situation.hold?;
    let why = format!("held by the repository's own file: {why}");
    Some((why, Some(pull.opened)))
}

/// Whether a critical lesson was added, changed or removed since the proposal was written.
fn critical_since(situation: &ProposalSituation<'_>, marker: Option<&BodyMetadata>) -> bool {
    let ProposalSituation { store, plan, .. } = *situation;
    let critical = |severity: Option<Severity>| severity == Some(Severity::Critical);
    let changes = || {
        plan.content
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Unchanged)
    };
    let Some(marker) = marker else {
        return changes().any(|change| critical(change.severity));
    };
    let said = changes().any(|change| critical(change.severity) && marker.says(store, change) != Some(true));
    said || store.lessons.iter().any(|lesson| {
        critical(Some(lesson.severity))
            && marker.names(&lesson.id)
            && !changes().any(|change| change.lesson == lesson.id)
    })
}

/// Steps that correct the text and the labels of an open pull request. What a person rewrote is kept.
pub(super) fn upkeep(
    situation: &ProposalSituation<'_>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> Vec<Step> {
    // Without the metadata it is unknown what is ours and what was done already.
    let Some(old) = marker else { return Vec::new() };
    let mut steps = Vec::new();
    let (text, new) = pr_body::write(
        situation.store,
        situation.plan,
        situation.about,
        &EarlierWithdrawals::of(old),
    );
    let mut told = old.told.clone();
    if let Some(metadata) = missing(situation, pull, old) {
        told.push("marked".to_owned());
        steps.push(Step::Mark {
            number: pull.number,
            metadata,
        });
    }
    let titled = old.is_titled(&pull.title);
    let renamed = titled && text.title != pull.title;
    let differs = old.want != new.want || old.closed_by_us || renamed;
    if !differs && told == old.told {
        return steps;
    }
    let title = if titled { &text.title } else { &pull.title };
    let untouched = old.is_untouched(&pull.body);
    let mark = match (differs, untouched) {
        (false, _) => BodyMetadata { told, ..old.clone() },
        (true, true) => BodyMetadata { told, ..new },
        // The old digest is kept, so that the text counts as a person's from now on.
        (true, false) => BodyMetadata {
            told,
            text: old.text.clone(),
            ..new
        },
    };
    let mark = BodyMetadata {
        seen_by: narrower(old.seen_by, mark.seen_by),
        title: if titled && differs {
            mark.title
        } else {
            old.title.clone()
        },
        ..mark
    };
    if differs && !untouched {
        let say = format!(
            "The branch was updated. It now proposes: {}. The text above was edited by a person and is unchanged.",
            quiet(&text.title)
        );
        steps.push(comment(pull, "renewed", &say));
    }
    let body = if differs && untouched {
        &text.body
    } else {
        &pull.body
    };
    let title = if differs { title } else { &pull.title };
    steps.push(rewrite(pull, title, pr_body::replace(body, &mark)));
    steps
}

/// The narrower of two audiences. A text that was once written for few readers counts as such until it is cleaned.
fn narrower(old: Option<Visibility>, new: Option<Visibility>) -> Option<Visibility> {
    let is_narrow = |seen_by: &Visibility| *seen_by != Visibility::Public;
    new.filter(is_narrow).or(old.filter(is_narrow)).or(new)
}

/// Labels, reviewers and assignees that are missing because the run that opened the pull request was interrupted. They are added
/// once, so what a person removes stays removed.
fn missing(situation: &ProposalSituation<'_>, pull: &Pull, marker: &BodyMetadata) -> Option<Metadata> {
    if marker.told.iter().any(|told| told == "marked") || pull.review != Review::None {
        return None;
    }
    let wanted = situation.metadata();
    let lost = |wanted: Vec<String>, there: Option<&Vec<String>>| -> Vec<String> {
        let Some(there) = there else { return Vec::new() };
        let is_lost = |name: &String| !there.iter().any(|known| known.eq_ignore_ascii_case(name));
        wanted.into_iter().filter(is_lost).collect()
    };
    let missing = Metadata {
        labels: lost(wanted.labels, Some(&pull.labels)),
        reviewers: lost(wanted.reviewers, pull.requested.as_ref()),
        team_reviewers: lost(wanted.team_reviewers, pull.requested.as_ref()),
        assignees: lost(wanted.assignees, pull.requested.as_ref()),
    };
    (missing != Metadata::default()).then_some(missing)
}

/// A state that is explained once, in a comment, which the metadata records. Without metadata there is no comment.
pub(super) fn explained_once(
    state: TargetState,
    why: &str,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
    key: &str,
    say: &str,
) -> ProposalPlan {
    let Some(marker) = marker.filter(|marker| !marker.told.iter().any(|told| told == key)) else {
        return ProposalPlan::quiet(state, why);
    };
    let mut mark = marker.clone();
    mark.told.push(key.to_owned());
    let steps = vec![
        comment(pull, key, say),
        rewrite(pull, &pull.title, pr_body::replace(&pull.body, &mark)),
    ];
    ProposalPlan::does(state, why, steps)
}

pub(super) fn rewrite(pull: &Pull, title: &str, body: String) -> Step {
    Step::Rewrite {
        number: pull.number,
        text: PullText {
            title: title.to_owned(),
            body,
        },
    }
}

pub(super) fn comment(pull: &Pull, key: &str, text: &str) -> Step {
    Step::Say {
        number: pull.number,
        key: format!("lessonbook:{key}"),
        text: text.to_owned(),
    }
}

/// The steps that reopen a pull request that we closed.
pub(super) fn reopen(
    situation: &ProposalSituation<'_>,
    branch: &Branch,
    pull: &Pull,
    marker: &BodyMetadata,
) -> Vec<Step> {
    let mut steps = vec![Step::Reopen { number: pull.number }]; // before the branch moves: afterwards GitHub refuses
    let lacks = commit::lacks(situation, branch);
    if lacks.as_ref().is_none_or(|lacks| !lacks.is_empty()) {
        steps.push(commit::moves(situation, branch, lacks));
    }
    steps.extend(upkeep(situation, pull, Some(marker)));
    steps
}

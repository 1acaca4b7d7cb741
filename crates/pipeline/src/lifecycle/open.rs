//! An open proposal: kept current, left alone, or closed.
//!
//! Input: a situation with an open pull request. Output: its [`ProposalPlan`]. Not here: proposals that are still to be
//! opened (`fresh`). What a person did is kept: commits, title, text, labels that were taken off.

use super::{HOLD, ProposalPlan, ProposalSituation, TargetState, commit};
use crate::changes::ChangeKind;
use crate::gfm_escape::quiet;
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals};
use crate::pull_request::{Metadata, Pull, PullText, Review, Step};
use lessonbook_base::snapshot::Branch;
use lessonbook_store::{Severity, Visibility};

/// Nothing left to say: closed with the reason, unless a person pushed to it.
pub(super) fn obsolete(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(branch) = branch else { return homeless() };
    if let Some(why) = touched(situation, branch, pull) {
        let say = format!(
            "Nothing is left to propose here, but {why}: so this is left to you. Close it when you like."
        );
        return told(
            TargetState::Edited,
            &format!("nothing is left to say, but {why}"),
            pull,
            marker,
            "obsolete",
            &say,
        )
        .since(Some(pull.opened));
    }
    let say = "Closed by lessonbook: nothing is left to propose here. Either the base branch says it all by now, or the \
               lessons were taken back.";
    let steps = close(situation, branch, pull, marker, say);
    ProposalPlan::does(TargetState::Obsolete, "the base branch says it all", steps).since(Some(pull.opened))
}

/// The steps that close a proposal, so that nobody takes it for a person's doing.
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

/// Something to say, and a proposal that may say it already.
pub(super) fn renew(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let Some(branch) = branch else { return homeless() };
    let lacks = commit::lacks(situation, branch);
    let same = lacks.as_ref().is_some_and(Vec::is_empty);
    let since = Some(pull.opened);
    if let Some(why) = touched(situation, branch, pull) {
        if same {
            return ProposalPlan::quiet(TargetState::Edited, why).since(since);
        }
        let say = format!(
            "Lessonbook stopped touching this, for {why}. Merge it, or close it and delete the branch; what is still \
             missing then comes in a new one."
        );
        return told(TargetState::Edited, &why, pull, marker, "edited", &say).since(since);
    }
    if let Some((why, since)) = held(situation, pull) {
        return ProposalPlan::quiet(TargetState::Held, why).since(since);
    }
    let conflicting = pull.conflicting == Some(true);
    let approved = pull.review == Review::Approved;
    if same && !conflicting {
        let (state, why) = if approved {
            (TargetState::Approved, "approved: it waits to be merged")
        } else {
            (TargetState::Current, "it waits for a person")
        };
        return ProposalPlan::does(state, why, upkeep(situation, pull, marker)).since(since);
    }
    // An approval of what can't be merged is worth nothing to anybody.
    if approved && !conflicting && !critical_since(situation, marker) {
        let why = "approved, and nothing critical changed since: it is left to be merged";
        return ProposalPlan::quiet(TargetState::Approved, why).since(since);
    }
    let (state, why) = if conflicting {
        (TargetState::Conflicting, "it does not merge any more")
    } else {
        (TargetState::Outdated, "there is something else to say since")
    };
    let mut steps = vec![commit::moves(situation, branch, lacks.filter(|_| !conflicting))];
    steps.extend(upkeep(situation, pull, marker));
    ProposalPlan::does(state, why, steps).since(since)
}

/// Its branch is gone, or was never ours.
pub(super) fn homeless() -> ProposalPlan {
    ProposalPlan::quiet(
        TargetState::Blocked,
        "a pull request is open, and its branch is in another repository, or gone",
    )
}

/// What a person did to the branch or to the base.
pub(super) fn touched(situation: &ProposalSituation<'_>, branch: &Branch, pull: &Pull) -> Option<String> {
    if !branch.ours {
        return Some("a person pushed to the branch".to_owned());
    }
    (pull.base_branch != situation.base()).then(|| "a person turned it to another base branch".to_owned())
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

/// Whether a critical lesson came, changed or went since the proposal was written.
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

/// Text and labels of an open proposal, where they are not as they should be. What a person rewrote stays.
pub(super) fn upkeep(
    situation: &ProposalSituation<'_>,
    pull: &Pull,
    marker: Option<&BodyMetadata>,
) -> Vec<Step> {
    // Without the line nobody knows what is ours, or what was done once.
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
        // The old digest of the text stays, so that the text is a person's for ever.
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
            "The branch was renewed. It now says: {}. The text above is as a person left it.",
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

/// Whoever could read the least of what the proposal says: what was once written for fewer stays so until it is cleaned.
fn narrower(old: Option<Visibility>, new: Option<Visibility>) -> Option<Visibility> {
    let is_narrow = |seen_by: &Visibility| *seen_by != Visibility::Public;
    new.filter(is_narrow).or(old.filter(is_narrow)).or(new)
}

/// Labels, reviewers and assignees that were lost when the proposal was opened. Looked for once: what a person takes off stays off.
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
        reviewers: lost(wanted.reviewers, pull.asked.as_ref()),
        team_reviewers: lost(wanted.team_reviewers, pull.asked.as_ref()),
        assignees: lost(wanted.assignees, pull.asked.as_ref()),
    };
    (missing != Metadata::default()).then_some(missing)
}

/// A state that is said once, in a comment; the body's hidden line remembers it. Without that line nothing is said.
pub(super) fn told(
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

/// The steps that open a closed proposal of ours again.
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

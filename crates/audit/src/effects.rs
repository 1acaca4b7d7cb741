//! Checks that never found anything, and checks that never had anything to judge.
//!
//! Input: what `effect` measured. Output: a finding at the first check of each such lesson. Not here: measuring (crate `effect`).

use crate::{AuditInput, counted, retire, targets};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_effect::presence::PresenceState;
use lessonbook_effect::recurrence::TargetRecurrence;
use lessonbook_effect::{Effect, LessonEffect};

/// With fewer commits nothing is reported.
const FEWEST_COMMITS: usize = 20;

/// A finding for each lesson of which all targets were judged.
pub fn findings(input: &AuditInput) -> Vec<Finding> {
    let measured = input.effect.into_iter();
    let pairs = measured.flat_map(|all| all.lessons.iter().map(move |one| (all, one)));
    pairs.filter_map(|(all, one)| finding(input, all, one)).collect()
}

fn finding(input: &AuditInput, all: &Effect, effect: &LessonEffect) -> Option<Finding> {
    let lesson = input
        .store
        .lesson(&effect.lesson)
        .filter(|lesson| lesson.is_active())?;
    let checks = effect.by_check.as_ref()?;
    let states = effect.propagation.targets.iter().map(|target| target.state);
    let is_known = states
        .clone()
        .all(|state| !matches!(state, PresenceState::NotRead))
        && states.count() == checks.targets.len();
    if !is_known || checks.targets.is_empty() || lesson.checks.is_empty() {
        return None;
    }
    let exposed: usize = checks.targets.iter().map(|target| target.exposed).sum();
    let unaided: usize = checks
        .targets
        .iter()
        .map(|target| without_lesson(effect, target))
        .sum();
    let introduced: usize = checks.targets.iter().map(|target| target.introduced).sum();
    let excused = effect.suppressions.excused;
    let commits = all.targets.iter().filter(|history| {
        let mut judged = checks.targets.iter();
        judged.any(|target| target.target == history.target)
    });
    let commits: usize = commits.map(|history| history.commits).sum();
    let (id, where_) = (&lesson.id, targets(checks.targets.len()));
    let mut finding = if exposed == 0 && commits >= FEWEST_COMMITS {
        let commits = counted(commits, "commit");
        let message =
            format!("none of {commits} in {where_} changed anything that the checks of `{id}` judge");
        let retire = retire(id, "nothing that it is about changes here");
        Finding::new(Code::NeverExposed, message)
            .effect("whether the lesson helps can never be known, and its checks guard nothing")
            .help(format!(
                "look for a mistake in `paths` and the checks, or retire it: {retire}"
            ))
    } else if introduced == 0 && excused == 0 && unaided >= FEWEST_COMMITS {
        let commits = counted(unaided, "commit");
        let message = format!(
            "{commits} in {where_} could have introduced a place for the checks of `{id}` before it was merged, and none did"
        );
        let retire = retire(id, "this mistake does not happen here");
        Finding::new(Code::CheckNeverHit, message)
            .effect("the mistake may not happen here, or the checks do not recognize it")
            .help(format!(
                "compare the checks with a real mistake (`lessonbook backtest {id}`), or retire it: {retire}"
            ))
    } else {
        return None;
    };
    finding.at = input.store.places.check(id, 0);
    Some(finding.lesson(id))
}

/// How many commits could have introduced a place while the target did not have the lesson: later, none may mean that it helps.
fn without_lesson(effect: &LessonEffect, target: &TargetRecurrence) -> usize {
    let mut all = effect.propagation.targets.iter();
    let was_merged = all.any(|one| one.target == target.target && one.merged.is_some());
    match &target.merged {
        Some(comparison) => comparison.before.exposed,
        None if was_merged => 0, // its history before is not known
        None => target.exposed,
    }
}

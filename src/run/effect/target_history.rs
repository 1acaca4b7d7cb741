//! Reads the history of one target: when its blocks got each lesson, and what its commits introduced.
//!
//! Input: a target and the folder of its repository. Output: a [`LessonInTarget`] for each lesson that concerns it, and what was read;
//! or the finding that stops this target.

use std::collections::BTreeMap;
use std::path::Path;

use super::SharedInput;
use super::block_watch::BlockWatch;
use super::commit_judge::{CommitCache, CommitJudge};
use crate::report::Progress;
use crate::repository::commit_history::{CommitHistory, HistoryRange, MAX_COMMITS};
use crate::repository::{LocalRepository, owner_and_name};
use crate::run::tree_checks::{ChecksToRun, checks_for};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{Base, Snapshot};
use lessonbook_base::tree::Tree;
use lessonbook_checks::linter::Linter;
use lessonbook_effect::ReadHistory;
use lessonbook_effect::cache::CommitRecords;
use lessonbook_effect::presence::{CommitPoint, LessonInTarget, PresencePeriod, PresenceState};
use lessonbook_effect::record::JudgedCommit;
use lessonbook_pipeline::Planner;
use lessonbook_store::{Lesson, Target, TargetLocation, target_overrides};

/// All commits.
const ALL: HistoryRange = HistoryRange {
    commits: MAX_COMMITS,
    since: None,
    until: None,
};

/// The lessons that concern a target, with their histories, and what was read.
pub(super) type TargetLessons = (Vec<(String, LessonInTarget)>, ReadHistory);

/// Reads the target.
pub(super) fn read(shared: &SharedInput, target: &Target, dir: &Path) -> Result<TargetLessons, Finding> {
    let local = LocalRepository::open(dir, &target.name)?;
    let wants = |path: &str| Planner::wants(shared.tried, path) || path == target_overrides::FILE;
    let snapshot = local.snapshot(target.base.as_deref(), &shared.tried.name, &wants)?;
    let target = with_overrides(shared, target, &snapshot.tree);
    let target = &target;
    let base = &snapshot.base;
    let history = local.commit_history(base, &ALL)?;
    let start = start_of(&history, base);
    let mut blocks = BlockWatch::new(shared, &local, target, start.as_ref())?;
    let files = [checks_for(shared.tried, target, snapshot.tree.paths())];
    let checks = ChecksToRun::new(&files);
    let linter = Linter::new(&checks.lessons).listing_places();
    let (records, judged) = judged_commits(
        shared,
        &local,
        &history,
        (&checks, &linter),
        (target, &mut blocks),
    )?;
    let proposed = local.proposed_tree(base, &shared.tried.name, &wants)?;
    let states = TargetStates::new(shared, target, &snapshot, proposed.as_ref());
    let repository = match &target.place {
        TargetLocation::Github(name) => Some(name.clone()),
        TargetLocation::Local(_) => owner_and_name(dir),
    };
    let selection = shared.selector.select(target, &snapshot.tree);
    let mut lessons = Vec::new();
    for lesson in selection.chosen.iter().map(|chosen| chosen.lesson) {
        let number = checks.origin.iter().position(|checked| checked.id == lesson.id);
        let periods = blocks.periods(&lesson.id);
        let (state, why) = states.of(lesson, &periods);
        let is_start_unknown = periods.first().is_some_and(|period| period.from.index == 0);
        let of_lesson = LessonInTarget {
            target: target.name.clone(),
            repository: repository.clone(),
            state,
            why,
            periods,
            is_start_unknown,
            is_judged: number.is_some(),
            commits: number.map_or_else(Vec::new, |number| of_number(&records, &history, number)),
        };
        lessons.push((lesson.id.clone(), of_lesson));
    }
    let days =
        |commit: Option<&crate::repository::commit_history::HistoryCommit>| commit.map(|commit| commit.day);
    let read = ReadHistory {
        target: target.name.clone(),
        branch: base.branch.clone(),
        commit: base.commit.clone(),
        commits: history.commits.len(),
        judged,
        oldest: days(history.commits.last()),
        newest: days(history.commits.first()),
        is_shallow: history.is_shallow,
        has_more: history.has_more,
    };
    Ok((lessons, read))
}

/// The target with what its own file declines.
fn with_overrides(shared: &SharedInput, target: &Target, tree: &Tree) -> Target {
    let mut target = target.clone();
    if let Some(bytes) = tree.file(target_overrides::FILE) {
        // What is wrong in that file is reported by `plan`.
        let (overrides, _) = target_overrides::read(bytes, shared.context.today);
        overrides.grant(shared.tried, &mut target);
    }
    target
}

/// The commit before the first one that is judged: in a clone without the whole history the lessons may be there already. None if
/// there is nothing before it.
fn start_of(history: &CommitHistory, base: &Base) -> Option<CommitPoint> {
    let (commit, time) = match history.commits.last() {
        Some(oldest) => (oldest.parent()?, oldest.time),
        None => (base.commit.clone(), base.time),
    };
    Some(CommitPoint {
        index: 0,
        commit,
        time,
    })
}

/// What every commit did, oldest first, and how many were judged now. Their blocks are read on the same way.
fn judged_commits(
    shared: &SharedInput,
    local: &LocalRepository,
    history: &CommitHistory,
    (checks, linter): (&ChecksToRun, &Linter),
    (target, blocks): (&Target, &mut BlockWatch<'_, '_>),
) -> Result<(Vec<CommitRecords>, usize), Finding> {
    let cache = CommitCache::new(shared, target, checks);
    let has_checks = !checks.lessons.is_empty();
    let mut known = cache.known();
    let mut judge = CommitJudge::new((checks, linter), shared.tried, local);
    let mut judged = 0;
    let mut all = Vec::with_capacity(history.commits.len());
    let progress = Progress::start(&shared.context.printer, "reading commits", history.commits.len());
    for (at, commit) in history.commits.iter().rev().enumerate() {
        progress.now(&format!("{} {}", target.name, commit.day));
        let (files, contents) = local.commit_change(commit)?;
        let point = || CommitPoint {
            index: at + 1,
            commit: commit.commit.clone(),
            time: commit.time,
        };
        blocks.see(point, &files, &contents)?;
        judge.see(&files);
        if has_checks {
            let records = if let Some(records) = known.remove(commit.commit.as_str()) {
                records
            } else {
                judged += 1;
                judge.commit(commit, &files, &contents)?
            };
            all.push(records);
        }
        progress.done();
    }
    drop(progress);
    if judged > 0 {
        cache.write(&all, shared);
    }
    Ok((all, judged))
}

/// The commits that did anything to the places of one lesson.
fn of_number(records: &[CommitRecords], history: &CommitHistory, number: usize) -> Vec<JudgedCommit> {
    let commits = records.iter().zip(history.commits.iter().rev()).enumerate();
    commits
        .filter_map(|(at, (records, commit))| {
            Some(JudgedCommit {
                index: at + 1,
                commit: commit.commit.clone(),
                time: commit.time,
                record: records.records.get(&number)?.clone(),
            })
        })
        .collect()
}

/// What a target says about lessons that it does not have.
struct TargetStates<'a> {
    target: &'a Target,
    now: std::collections::BTreeSet<String>,
    proposed: std::collections::BTreeSet<String>,
    /// Lessons that are exempt at every entry point, with the reason.
    exempt: BTreeMap<String, String>,
}

impl<'a> TargetStates<'a> {
    fn new(shared: &SharedInput, target: &'a Target, snapshot: &Snapshot, proposed: Option<&Tree>) -> Self {
        let now = shared.planner.now(target, &snapshot.tree);
        let proposed = proposed.map(|tree| shared.planner.now(target, tree).named);
        let mut exempt = BTreeMap::new();
        for cells in now.coverage.placements.chunk_by(|a, b| a.lesson == b.lesson) {
            let reasons: Option<Vec<&str>> = cells.iter().map(|cell| cell.exempt.as_deref()).collect();
            if let (Some(first), Some(reason)) = (cells.first(), reasons.and_then(|all| all.first().copied()))
            {
                exempt.insert(first.lesson.to_string(), reason.to_owned());
            }
        }
        TargetStates {
            target,
            now: now.named,
            proposed: proposed.unwrap_or_default(),
            exempt,
        }
    }

    fn of(&self, lesson: &Lesson, periods: &[PresencePeriod]) -> (PresenceState, Option<String>) {
        let declined = self
            .target
            .declined
            .iter()
            .find(|declined| declined.lesson == lesson.id);
        if self.now.contains(&lesson.id) {
            (PresenceState::Merged, None)
        } else if let Some(declined) = declined {
            (PresenceState::Declined, Some(declined.reason.clone()))
        } else if let Some(reason) = self.exempt.get(&lesson.id) {
            (PresenceState::Exempt, Some(reason.clone()))
        } else if self.proposed.contains(&lesson.id) {
            (PresenceState::Proposed, None)
        } else if periods.is_empty() {
            (PresenceState::Waits, None)
        } else {
            (PresenceState::Removed, None)
        }
    }
}

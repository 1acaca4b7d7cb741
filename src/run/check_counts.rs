//! How many places new and changed checks would find in the targets of a plan.
//!
//! Input: a [`Planning`]. Output: [`TargetCheckCounts`] for each target with a new or changed check. Not here: which places they are
//! (`commands/backtest`).
//!
//! Only files that these checks are about are read, and only of targets on disk: on GitHub each of them would be a request.

use super::Context;
use super::planning::Planning;
use super::tree_checks::{ChecksToRun, all_hits, checks_for};
use crate::report::check_counts::{LessonCheckCount, TargetCheckCounts};
use crate::repository::LocalRepository;
use crate::repository::change_trees::ChangeEnd;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_checks::linter::Linter;
use lessonbook_store::{CheckedLesson, ChecksFile, Store, Target, TargetLocation};

/// Counts them; nothing if no active lesson has checks.
pub fn count(planning: &Planning, context: &Context) -> Vec<TargetCheckCounts> {
    let mut lessons = planning.store.lessons.iter();
    if !lessons.any(|lesson| lesson.is_active() && !lesson.checks.is_empty()) {
        return Vec::new();
    }
    let mut counts = Vec::new();
    for plan in &planning.plans {
        let name = &plan.target.name;
        let target = planning.store.target(name);
        // A target that could not be read is reported as such.
        let (Some(target), Some(snapshot)) = (target, planning.snapshots.get(name)) else {
            continue;
        };
        counts.extend(of_target(planning, target, snapshot, context));
    }
    counts
}

fn of_target(
    planning: &Planning,
    target: &Target,
    snapshot: &Snapshot,
    context: &Context,
) -> Option<TargetCheckCounts> {
    let not_counted = |why: String| TargetCheckCounts {
        target: target.name.clone(),
        lessons: Vec::new(),
        undecided: 0,
        not_counted: Some(why),
    };
    let file = new_checks(&planning.store, target, snapshot)?;
    if matches!(target.place, TargetLocation::Github(_)) {
        let why =
            "it is on GitHub, and every file would have to be read; try `lessonbook backtest` on a clone";
        return Some(not_counted(why.to_owned()));
    }
    match planning.open(target)? {
        Ok(local) => Some(
            local_counts(&file, target, snapshot, (&local, context))
                .unwrap_or_else(|finding| not_counted(finding.message)),
        ),
        Err(finding) => Some(not_counted(finding.message)),
    }
}

/// The lessons with a check that the checks file at the base branch does not hold; none if there is none.
fn new_checks(store: &Store, target: &Target, snapshot: &Snapshot) -> Option<ChecksFile> {
    let mut file = checks_for(store, target, snapshot.tree.paths());
    if !file.lessons.is_empty() {
        let known = known_lessons(store, snapshot);
        file.lessons.retain(|lesson| !known.contains(&as_written(lesson)));
    }
    (!file.lessons.is_empty()).then_some(file)
}

/// The counts of a target on disk.
fn local_counts(
    file: &ChecksFile,
    target: &Target,
    snapshot: &Snapshot,
    (local, context): (&LocalRepository, &Context),
) -> Result<TargetCheckCounts, Finding> {
    let trees = local.change_trees(None, ChangeEnd::Commit(&snapshot.base.commit))?;
    let files = std::slice::from_ref(file);
    let checks = ChecksToRun::new(files);
    let linter = Linter::new(&checks.lessons);
    let hits = all_hits(&trees, &linter, &checks.excuses, context.today)?;
    let lessons = checks.origin.iter().enumerate().map(|(number, lesson)| {
        let of_lesson = || hits.hits.iter().filter(move |judged| judged.hit.lesson == number);
        let excused = of_lesson().filter(|judged| judged.excuse.is_some()).count();
        LessonCheckCount {
            lesson: lesson.id.clone(),
            places: of_lesson().count() - excused,
            excused,
        }
    });
    Ok(TargetCheckCounts {
        target: target.name.clone(),
        lessons: lessons.collect(),
        undecided: hits.undecided,
        not_counted: None,
    })
}

/// What decides what a lesson's checks find: they, and the globs.
type WrittenChecks = (String, Vec<String>, Vec<String>);

fn as_written(lesson: &CheckedLesson) -> WrittenChecks {
    let globs = lesson.paths.iter().map(|glob| glob.as_written().to_owned());
    let checks = lesson.checks.iter().map(|check| check.written.clone());
    (lesson.id.clone(), globs.collect(), checks.collect())
}

/// The lessons of the checks file at the base branch. A file that can't be read as checks holds none that run, so all checks are new.
fn known_lessons(store: &Store, snapshot: &Snapshot) -> Vec<WrittenChecks> {
    let path = ChecksFile::path_for(&store.name);
    let bytes = snapshot.tree.file(&path);
    let file = bytes.and_then(|bytes| ChecksFile::parse(&path, bytes).0);
    file.map_or_else(Vec::new, |file| file.lessons.iter().map(as_written).collect())
}

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
use crate::repository::change_trees::{ChangeEnd, ChangeTrees};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_checks::linter::Linter;
use lessonbook_checks::tree_hits::FileBytes;
use lessonbook_store::{CheckedLesson, ChecksFile, Store, Target, TargetLocation};

/// Counts them; nothing if no active lesson has checks.
pub fn count(survey: &Planning, context: &Context) -> Vec<TargetCheckCounts> {
    let mut lessons = survey.store.lessons.iter();
    if !lessons.any(|lesson| lesson.is_active() && !lesson.checks.is_empty()) {
        return Vec::new();
    }
    let mut counts = Vec::new();
    for plan in &survey.plans {
        let name = &plan.target.name;
        let target = survey.store.targets.iter().find(|target| target.name == *name);
        // A target that could not be read is reported as such.
        let (Some(target), Some(snapshot)) = (target, survey.snapshots.get(name)) else {
            continue;
        };
        counts.extend(of_target(survey, target, snapshot, context));
    }
    counts
}

fn of_target(
    survey: &Planning,
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
    if matches!(target.place, TargetLocation::Github(_)) {
        let file = checks_for(&survey.store, target, snapshot.tree.paths());
        let why =
            "it is on GitHub, and every file would have to be read; try `lessonbook backtest` on a clone";
        return (!file.lessons.is_empty()).then(|| not_counted(why.to_owned()));
    }
    match survey.open(target)? {
        Ok(local) => local_counts(&survey.store, target, snapshot, (&local, context))
            .unwrap_or_else(|finding| Some(not_counted(finding.message))),
        Err(finding) => Some(not_counted(finding.message)),
    }
}

/// The counts of a target on disk; none: no check is new or changed there.
fn local_counts(
    store: &Store,
    target: &Target,
    snapshot: &Snapshot,
    (local, context): (&LocalRepository, &Context),
) -> Result<Option<TargetCheckCounts>, Finding> {
    let mut file = checks_for(store, target, snapshot.tree.paths());
    if file.lessons.is_empty() {
        return Ok(None);
    }
    let trees = local.change_trees(None, ChangeEnd::Commit(&snapshot.base.commit))?;
    let known = known_lessons(store, &trees)?;
    file.lessons.retain(|lesson| !known.contains(&as_written(lesson)));
    if file.lessons.is_empty() {
        return Ok(None);
    }
    let files = [file];
    let checks = ChecksToRun::new(&files);
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
    Ok(Some(TargetCheckCounts {
        target: target.name.clone(),
        lessons: lessons.collect(),
        undecided: hits.undecided,
        not_counted: None,
    }))
}

/// What decides what a lesson's checks find: they, and the globs.
type WrittenChecks = (String, Vec<String>, Vec<String>);

fn as_written(lesson: &CheckedLesson) -> WrittenChecks {
    let globs = lesson.paths.iter().map(|glob| glob.as_written().to_owned());
    let checks = lesson.checks.iter().map(|check| check.written.clone());
    (lesson.id.clone(), globs.collect(), checks.collect())
}

/// The lessons of the checks file at the base branch. A file that can't be read as checks holds none that run, so all checks are new.
fn known_lessons(store: &Store, trees: &ChangeTrees) -> Result<Vec<WrittenChecks>, Finding> {
    let path = ChecksFile::path_for(&store.name);
    let Some(FileBytes::Whole(bytes)) = trees.read_after(&path)? else {
        return Ok(Vec::new());
    };
    let (file, _) = ChecksFile::parse(&path, &bytes);
    Ok(file.map_or_else(Vec::new, |file| file.lessons.iter().map(as_written).collect()))
}

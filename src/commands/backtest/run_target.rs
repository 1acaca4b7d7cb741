//! Runs the checks over one target: its base branch as it is, and the commits of a part of its history.
//!
//! Input: a [`BacktestJob`]. Output: a [`TargetBacktest`], or the finding that stops this target.

use std::path::PathBuf;

use crate::report::Progress;
use crate::report::backtest::{
    BacktestCounts, BacktestHit, BacktestLesson, HistoryBacktest, IntroducedHit, TargetBacktest, UnreadFile,
};
use crate::repository::LocalRepository;
use crate::repository::change_trees::ChangeEnd;
use crate::repository::commit_history::{HistoryCommit, HistoryRange, is_attributes};
use crate::run::Context;
use crate::run::tree_checks::{ChecksToRun, ShownFiles, all_hits, checks_for};
use lessonbook_base::finding::Finding;
use lessonbook_base::git_rules::ForeignFiles;
use lessonbook_base::snapshot::Base;
use lessonbook_base::text::redact;
use lessonbook_checks::history::{ChangedFile, CommitContents, CommitHits, FileContent, HistoryJudge};
use lessonbook_checks::linter::Linter;
use lessonbook_checks::tree_hits::{Excuse, JudgedHit, TreeHits};
use lessonbook_store::{Status, Store, Target};

/// A target to try the checks on.
pub(super) struct BacktestJob<'a> {
    /// Its folder.
    pub dir: PathBuf,
    /// The target.
    pub target: &'a Target,
    /// The store with the chosen lessons only, all of them active.
    pub tried: &'a Store,
    /// The store as it is.
    pub store: &'a Store,
    /// The part of the history that is asked for.
    pub range: Option<&'a HistoryRange>,
}

/// Runs the checks over the target.
pub(super) fn run(job: &BacktestJob, context: &Context) -> Result<TargetBacktest, Finding> {
    let local = LocalRepository::open(&job.dir, &job.target.name)?;
    let base = local.base_commit(job.target.base.as_deref())?;
    let trees = local.change_trees(None, ChangeEnd::Commit(&base.commit))?;
    let files = [checks_for(job.tried, job.target, trees.paths_after())];
    let checks = ChecksToRun::new(&files);
    let linter = Linter::new(&checks.lessons);
    let hits = all_hits(&trees, &linter, &checks.excuses, context.today)?;
    let read = |path: &str| trees.read_after(path);
    let mut shown = ShownFiles::new(&read);
    let mut places = Vec::new();
    for judged in &hits.hits {
        places.push(described(judged, &checks, &mut shown)?);
    }
    places.sort_by(|a, b| a.order().cmp(&b.order()));
    let history = match job.range {
        Some(range) if !checks.lessons.is_empty() => {
            Some(history(&local, &base, range, (&checks, &linter), context)?)
        }
        _ => None,
    };
    let status = |id: &str| {
        job.store
            .lesson(id)
            .map_or(Status::Active, |lesson| lesson.status)
    };
    let lesson = |(number, lesson): (usize, &&lessonbook_store::CheckedLesson)| BacktestLesson {
        id: lesson.id.clone(),
        title: lesson.title.clone(),
        severity: lesson.severity,
        status: status(&lesson.id),
        places: places
            .iter()
            .filter(|hit| hit.number == number && hit.excuse.is_none())
            .count(),
        introduced: history.as_ref().map(|history: &HistoryBacktest| {
            let all = history.introduced.iter().map(|introduced| &introduced.hit);
            all.filter(|hit| hit.number == number && hit.excuse.is_none())
                .count()
        }),
    };
    Ok(TargetBacktest {
        lessons: checks.origin.iter().enumerate().map(lesson).collect(),
        counts: counts(&hits),
        unread: unread(&hits),
        cut: hits
            .cut
            .iter()
            .map(|(file, number)| (file.clone(), checks.origin[*number].id.clone()))
            .collect(),
        name: job.target.name.clone(),
        base,
        places,
        history,
    })
}

fn counts(hits: &TreeHits) -> BacktestCounts {
    let excused = hits.hits.iter().filter(|judged| judged.excuse.is_some()).count();
    BacktestCounts {
        files: hits.read,
        places: hits.hits.len() - excused,
        excused,
        undecided: hits.undecided,
        unread: hits.unread.len(),
        binary: hits.binary,
    }
}

fn unread(hits: &TreeHits) -> Vec<UnreadFile> {
    let files = hits.unread.iter().map(|(file, unread)| UnreadFile {
        file: file.clone(),
        line: unread.line,
        reason: redact(&unread.reason),
    });
    files.collect()
}

/// A hit as it is shown.
fn described(
    judged: &JudgedHit,
    checks: &ChecksToRun,
    shown: &mut ShownFiles,
) -> Result<BacktestHit, Finding> {
    let hit = &judged.hit;
    let lesson = checks.origin[hit.lesson];
    let at = if hit.is_in_text {
        Some(shown.place(&hit.file, hit.span.clone())?)
    } else {
        None
    };
    Ok(BacktestHit {
        number: hit.lesson,
        lesson: lesson.id.clone(),
        check: hit.check,
        message: lesson.message(hit.check).to_owned(),
        detail: redact(&hit.detail),
        file: hit.file.clone(),
        at,
        excuse: judged.excuse.as_ref().map(|excuse| match excuse {
            Excuse::Comment { reason, .. } if reason.is_empty() => "a comment, without a reason".to_owned(),
            Excuse::Comment { reason, .. } => format!("a comment: {}", redact(reason)),
            Excuse::Exception { reason } => format!("the store: {}", redact(reason)),
        }),
    })
}

/// What the commits of a range introduced.
fn history(
    local: &LocalRepository,
    base: &Base,
    range: &HistoryRange,
    (checks, linter): (&ChecksToRun, &Linter),
    context: &Context,
) -> Result<HistoryBacktest, Finding> {
    let commits = local.commit_history(base, range)?;
    let mut judge = HistoryJudge::new(linter, &checks.excuses);
    let mut found = HistoryBacktest {
        commits: commits.commits.len(),
        newest: commits.commits.first().map(|commit| commit.day),
        oldest: commits.commits.last().map(|commit| commit.day),
        is_shallow: commits.is_shallow,
        has_more: commits.has_more,
        ..HistoryBacktest::default()
    };
    let progress = Progress::start(&context.printer, "reading commits", commits.commits.len());
    // The rules after a commit. They are those after the commit before it, too, unless it changes one of their files.
    let mut known: Option<ForeignFiles> = None;
    for (at, commit) in commits.commits.iter().enumerate() {
        progress.now(&format!("{} {}", base.branch, commit.day));
        let (files, contents) = local.commit_change(commit)?;
        let foreign = match known.take() {
            Some(foreign) => foreign,
            None => local.foreign_files(commit)?,
        };
        let is_foreign = |path: &str| foreign.contains(path);
        let hits = judge.commit(&files, commit.day, &is_foreign, &contents)?;
        let left_out = files
            .iter()
            .filter(|file| linter.reads(&file.path) && is_foreign(&file.path));
        found.left_out += left_out.count();
        found.unread += hits.unread();
        introduced(&mut found, commit, &hits, (&files, &contents), checks)?;
        let is_next = |older: &HistoryCommit| commit.follows(older);
        let is_same = commits.commits.get(at + 1).is_some_and(is_next)
            && !files.iter().any(|file| is_attributes(&file.path));
        known = is_same.then_some(foreign);
        progress.done();
    }
    found.contents = judge.reads();
    Ok(found)
}

/// Adds what one commit introduced.
fn introduced(
    found: &mut HistoryBacktest,
    commit: &HistoryCommit,
    hits: &CommitHits,
    (files, contents): (&[ChangedFile], &impl CommitContents<Error = Finding>),
    checks: &ChecksToRun,
) -> Result<(), Finding> {
    let read = |path: &str| {
        let file = files.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
        match file.and_then(|at| files[at].after.as_ref()) {
            Some(FileContent::Regular(id)) => contents.bytes(id).map(Some),
            Some(FileContent::Other) | None => Ok(None),
        }
    };
    let mut shown = ShownFiles::new(&read);
    let mut new = Vec::new();
    for index in &hits.introduced {
        new.push(described(&hits.after.hits[*index], checks, &mut shown)?);
    }
    new.sort_by(|a, b| a.order().cmp(&b.order()));
    let plain = new.iter().filter(|hit| hit.excuse.is_none()).count();
    found.introducing += usize::from(plain > 0);
    found.places += plain;
    found.excused += new.len() - plain;
    found.introduced.extend(new.into_iter().map(|hit| IntroducedHit {
        commit: commit.commit.clone(),
        day: commit.day,
        authored: commit.authored,
        hit,
    }));
    Ok(())
}

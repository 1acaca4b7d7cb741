//! Whom a lesson would reach: each target planned with it and without it.
//!
//! Input: the store with and without the lesson, and the targets as they were read. Output: a few lines for a person.
//! Not here: planning (`pipeline/`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::report::findings::counted;
use crate::run::planning::Planning;
use crate::run::targets::listed;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::{ReducedDetail, TargetPlan};
use lessonbook_store::{Lesson, Store, Target, TargetLocation};

/// The reach of the lesson with this id.
pub fn text(survey: &Planning, store: &Store, id: &str) -> String {
    let Some(lesson) = store.lesson(id) else {
        return String::new();
    };
    if !lesson.is_active() {
        let status = format!("{:?}", lesson.status).to_lowercase();
        return format!("reach: nobody yet; a {status} lesson is placed nowhere");
    }
    let (Ok(with), Ok(without)) = (Planner::new(store), Planner::new(&survey.store)) else {
        return "reach: unknown; the store's templates have an error".to_owned();
    };
    let mut sum = TargetCount::default();
    let mut lines: Vec<String> = Vec::new();
    for target in &store.targets {
        let Some(snapshot) = survey.snapshots.get(&target.name) else {
            sum.unread(target, lesson);
            continue;
        };
        let after = with.plan(target, snapshot);
        if let Some(left_out) = after
            .content
            .left_out
            .iter()
            .find(|left_out| left_out.lesson == id)
        {
            lines.push(format!("  {}: left out: {}", target.name, left_out.why));
        }
        let concerns = |change: &&lessonbook_pipeline::changes::LessonChange| {
            change.lesson == id && change.reason.is_some()
        };
        if after.content.changes.iter().find(concerns).is_none() {
            sum.others += 1;
            continue;
        }
        sum.reached += 1;
        let before = without.plan(target, snapshot);
        let files = files(&before, &after);
        let shrunk = shrunk(&before, &after, id);
        lines.push(format!("  {}: {files}{shrunk}", target.name));
    }
    let more = lines.len().saturating_sub(SHOWN);
    if more > 1 {
        lines.truncate(SHOWN);
        lines.push(format!(
            "  and {}; `lessonbook plan` shows all",
            counted(more, "more target")
        ));
    }
    let line = sum.line(lesson);
    format!("{line}\n{}", lines.join("\n")).trim_end().to_owned()
}

/// How many targets get a line of their own.
const SHOWN: usize = 4;

/// How many targets.
#[derive(Default)]
struct TargetCount {
    reached: usize,
    others: usize,
    by_tag: Vec<String>,
    unknown: Vec<String>,
}

impl TargetCount {
    /// A target whose files nobody could read: tags are known, paths are not.
    fn unread(&mut self, target: &Target, lesson: &Lesson) {
        let shares = lesson.tags.iter().any(|tag| target.tags.contains(tag));
        let everywhere = lesson.tags.is_empty() && lesson.paths.is_empty();
        let name = target.name.clone();
        if !target.enabled || (!lesson.tags.is_empty() && !shares) {
            self.others += 1;
        } else if shares || everywhere {
            self.by_tag.push(match target.place {
                TargetLocation::Github(_) => format!("{name} (on GitHub)"),
                TargetLocation::Local(_) => format!("{name} (could not be read)"),
            });
        } else {
            self.unknown.push(name);
        }
    }

    fn line(&self, lesson: &Lesson) -> String {
        let all = self.reached + self.others + self.by_tag.len() + self.unknown.len();
        let concerned = self.reached + self.by_tag.len();
        let mut line = format!(
            "reach: {} concerns {concerned} of {}",
            lesson.id,
            counted(all, "target")
        );
        if !self.by_tag.is_empty() {
            let _ = write!(
                line,
                "; of these, unread: {}",
                listed(self.by_tag.iter().map(String::as_str))
            );
        }
        if !self.unknown.is_empty() {
            let _ = write!(
                line,
                "; its paths decide in {}",
                listed(self.unknown.iter().map(String::as_str))
            );
        }
        line
    }
}

/// How many lines of ours the files gain: `CLAUDE.md +2, AGENTS.md +2 and 3 more files`.
fn files(before: &TargetPlan, after: &TargetPlan) -> String {
    const NAMED: usize = 3;
    let changed = after.content.files.iter().filter_map(|file| {
        let old = before.content.files.iter().find(|other| other.path == file.path);
        let old = old.map_or(0, |other| other.lines);
        let sign = if file.lines > old { "+" } else { "-" };
        (old != file.lines).then(|| format!("{} {sign}{}", file.path, file.lines.abs_diff(old)))
    });
    let changed: Vec<String> = changed.collect();
    let shown = changed[..changed.len().min(NAMED)].join(", ");
    match changed.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {}", counted(more, "more file")),
    }
}

/// What has to be shorter because of the lesson, and what is found there because of it.
fn shrunk(before: &TargetPlan, after: &TargetPlan, id: &str) -> String {
    let is_new = |shrinkage: &&ReducedDetail| {
        let same = |old: &ReducedDetail| {
            (&old.lesson, &old.entry_point, old.detail)
                == (&shrinkage.lesson, &shrinkage.entry_point, shrinkage.detail)
        };
        !before.content.shrunk.iter().any(same)
    };
    let mut text = String::new();
    for ReducedDetail {
        lesson,
        entry_point,
        detail,
        ..
    } in after.content.shrunk.iter().filter(is_new).take(1)
    {
        let what = if lesson == id { "it" } else { lesson.as_str() };
        let _ = write!(
            text,
            "; over the budget of {entry_point}: {what} gets {}",
            detail.word()
        );
    }
    let more = after
        .content
        .shrunk
        .iter()
        .filter(is_new)
        .count()
        .saturating_sub(1);
    if more > 0 {
        let _ = write!(text, ", and {more} more");
    }
    let findings = after
        .outcome
        .findings
        .iter()
        .filter(|found| !before.outcome.findings.contains(found));
    let findings: BTreeSet<String> = findings
        .map(|found| format!("{}[{}]", found.level.word(), found.code))
        .collect();
    if !findings.is_empty() {
        let _ = write!(text, "; {}", findings.into_iter().collect::<Vec<_>>().join(", "));
    }
    text
}

//! Which targets would receive a new lesson, found by planning each target with it and without it.
//!
//! Input: the store with and without the lesson, and the targets as they were read. Output: a few lines of text. Not here: planning
//! (`pipeline/`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::report::findings::counted;
use crate::run::planning::Planning;
use crate::run::targets::listed;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::{ReducedDetail, TargetPlan};
use lessonbook_store::{Lesson, Store, Target, TargetLocation};

/// Which targets would receive the lesson with this id, and which of their files would grow.
pub fn text(planning: &Planning, store: &Store, id: &str) -> String {
    let Some(lesson) = store.lesson(id) else {
        return String::new();
    };
    if !lesson.is_active() {
        let status = format!("{:?}", lesson.status).to_lowercase();
        let article = if lesson.status == lessonbook_store::Status::Draft {
            "a "
        } else {
            ""
        };
        return format!("reach: no target, because the lesson is {article}{status}");
    }
    let (Ok(with), Ok(without)) = (Planner::new(store), Planner::new(&planning.store)) else {
        return "reach: unknown, because the store's templates have an error".to_owned();
    };
    let mut count = TargetCount::default();
    let mut lines: Vec<String> = Vec::new();
    for target in &store.targets {
        let Some(snapshot) = planning.snapshots.get(&target.name) else {
            count.add_unread(target, lesson);
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
        let concerns = |change: &lessonbook_pipeline::changes::LessonChange| {
            change.lesson == id && change.reason.is_some()
        };
        if !after.content.changes.iter().any(concerns) {
            count.others += 1;
            continue;
        }
        count.reached += 1;
        let before = without.plan(target, snapshot);
        let files = files(&before, &after);
        let side_effects = side_effects(&before, &after, id);
        lines.push(format!("  {}: {files}{side_effects}", target.name));
    }
    let more = lines.len().saturating_sub(SHOWN);
    if more > 1 {
        lines.truncate(SHOWN);
        lines.push(format!(
            "  and {}; `lessonbook plan` shows all",
            counted(more, "more target")
        ));
    }
    let line = count.line(lesson);
    format!("{line}\n{}", lines.join("\n")).trim_end().to_owned()
}

/// The maximum number of targets that get a line of their own.
const SHOWN: usize = 4;

/// How many targets receive the lesson. For targets that could not be read, only tags are known, not paths.
#[derive(Default)]
struct TargetCount {
    reached: usize,
    others: usize,
    by_tag: Vec<String>,
    unknown: Vec<String>,
}

impl TargetCount {
    fn add_unread(&mut self, target: &Target, lesson: &Lesson) {
        let shares = target.shares_tag(lesson);
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
                "; not read, but concerned by their tags: {}",
                listed(self.by_tag.iter().map(String::as_str))
            );
        }
        if !self.unknown.is_empty() {
            let _ = write!(
                line,
                "; not read, so unknown: {}",
                listed(self.unknown.iter().map(String::as_str))
            );
        }
        line
    }
}

/// How many lines each file gains: `CLAUDE.md +2, AGENTS.md +2 and 3 more files`.
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

/// Which lessons get less detail because of the new one, and which findings it adds.
fn side_effects(before: &TargetPlan, after: &TargetPlan, id: &str) -> String {
    let is_new = |reduced: &&ReducedDetail| {
        let same = |old: &ReducedDetail| {
            (&old.lesson, &old.entry_point, old.detail)
                == (&reduced.lesson, &reduced.entry_point, reduced.detail)
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
            "; over the budget of {entry_point}: {what} is reduced to {}",
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
        .filter(|finding| !before.outcome.findings.contains(finding));
    let findings: BTreeSet<String> = findings
        .map(|finding| format!("{}[{}]", finding.level.word(), finding.code))
        .collect();
    if !findings.is_empty() {
        let _ = write!(text, "; {}", findings.into_iter().collect::<Vec<_>>().join(", "));
    }
    text
}

//! Whom a lesson would reach: each target planned with it and without it.
//!
//! Comes in: the store with and without the lesson, and the targets as they were read. Goes out: a few lines for a person.
//! Leaves to others: planning (`pipeline/`).

use std::fmt::Write as _;

use crate::report::findings::counted;
use crate::report::{Cell, Table};
use crate::run::planning::Survey;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::{Shrinkage, TargetPlan};
use lessonbook_store::{Lesson, Place, Store, Target};

/// The reach of the lesson with this id.
pub fn text(survey: &Survey, store: &Store, id: &str) -> String {
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
    let mut sum = Sum::default();
    let mut details = String::new();
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
            let _ = writeln!(details, "  {}: left out: {}", target.name, left_out.why);
        }
        let concerns =
            |change: &&lessonbook_pipeline::changes::Change| change.lesson == id && change.reason.is_some();
        if after.content.changes.iter().find(concerns).is_none() {
            sum.others += 1;
            continue;
        }
        sum.reached += 1;
        let before = without.plan(target, snapshot);
        let _ = writeln!(details, "  {}", target.name); // a String takes everything
        details.push_str(&files(store, &before, &after));
        details.push_str(&shrunk(&before, &after, id));
    }
    let line = sum.line(lesson);
    format!("{line}\n{details}").trim_end().to_owned()
}

/// How many targets.
#[derive(Default)]
struct Sum {
    reached: usize,
    others: usize,
    by_tag: Vec<String>,
    unknown: Vec<String>,
}

impl Sum {
    /// A target whose files nobody could read: tags are known, paths are not.
    fn unread(&mut self, target: &Target, lesson: &Lesson) {
        let shares = lesson.tags.iter().any(|tag| target.tags.contains(tag));
        let everywhere = lesson.tags.is_empty() && lesson.paths.is_empty();
        let name = target.name.clone();
        if !target.enabled || (!lesson.tags.is_empty() && !shares) {
            self.others += 1;
        } else if shares || everywhere {
            self.by_tag.push(match target.place {
                Place::Github(_) => format!("{name} (on GitHub)"),
                Place::Local(_) => format!("{name} (could not be read)"),
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
            let _ = write!(line, "; of these, unread: {}", self.by_tag.join(", "));
        }
        if !self.unknown.is_empty() {
            let _ = write!(line, "; its paths decide in {}", self.unknown.join(", "));
        }
        line
    }
}

/// How many lines of ours each file gains.
fn files(store: &Store, before: &TargetPlan, after: &TargetPlan) -> String {
    let mut table = Table::new(&[]).indent(4);
    for file in &after.content.files {
        let old = before
            .content
            .files
            .iter()
            .find(|other| other.path == file.path)
            .map_or(0, |other| other.lines);
        if old == file.lines {
            continue;
        }
        let sign = if file.lines > old { "+" } else { "-" };
        let change = format!("{sign}{}", counted(file.lines.abs_diff(old), "line"));
        let row = store.entry_point(&file.entry_point);
        let budget = row
            .and_then(|row| row.budget)
            .filter(|budget| budget.unit == lessonbook_store::entry_point::Unit::Lines);
        let room = match budget {
            Some(budget) => format!("ours {} of {}", file.lines, budget.count),
            None => format!("ours {}", file.lines),
        };
        table.row([Cell::from(file.path.as_str()), change.into(), room.into()]);
    }
    table.render()
}

/// What has to be shorter because of the lesson, and the lesson itself where there is no room for it.
fn shrunk(before: &TargetPlan, after: &TargetPlan, id: &str) -> String {
    let mut text = String::new();
    for Shrinkage {
        lesson,
        entry_point,
        wanted,
        form,
    } in &after.content.shrunk
    {
        let known =
            |old: &Shrinkage| old.lesson == *lesson && old.entry_point == *entry_point && old.form == *form;
        if before.content.shrunk.iter().any(known) {
            continue;
        }
        let who = if lesson == id { "it" } else { lesson.as_str() };
        let _ = writeln!(
            text,
            "    over the budget of {entry_point}: {who} gets {} instead of {}",
            form.word(),
            wanted.word()
        );
    }
    let findings = after
        .outcome
        .findings
        .iter()
        .filter(|found| !before.outcome.findings.contains(found));
    for found in findings {
        let _ = writeln!(
            text,
            "    {}[{}]: {}",
            found.level.word(),
            found.code,
            found.message
        );
    }
    text
}

//! Prints a withdrawal for people and programs: the proof, what is removed from each target, and the follow-up work.
//!
//! Input: the plans of a withdrawal, and their results. Output: text, or JSON. Not here: the outcome of each target (`sync`),
//! and decisions.

use lessonbook_pipeline::target_state::TargetState;
use serde::Serialize;
use serde_json::{Value, json};

use super::findings::counted;
use super::plan::{content, headline, reason};
use super::plan_json::{GithubState, GithubStates};
use super::style::{BOLD, CAREFUL, DIM, GOOD, REMOVED};
use super::{Document, Line, TextTable, View};
use lessonbook_base::edit::Edit;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnText;
use lessonbook_store::{Lesson, Store};

/// The change of the lesson's file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LessonFileChange {
    /// This withdrawal retires it.
    Retires(Edit),
    /// It is retired already.
    Retired {
        /// The file.
        file: String,
    },
    /// A person must retire it.
    ByHand {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The store no longer has it.
    Gone,
}

impl LessonFileChange {
    /// The file, if there is one.
    pub fn file(&self) -> Option<&str> {
        match self {
            LessonFileChange::Retires(edit) => Some(&edit.path),
            LessonFileChange::Retired { file } | LessonFileChange::ByHand { file, .. } => Some(file),
            LessonFileChange::Gone => None,
        }
    }
}

/// A task that is left for people.
#[derive(Debug, Clone, Serialize)]
pub struct FollowUp {
    /// The target; `None` for the store itself.
    pub target: Option<String>,
    /// The kind of task.
    pub what: FollowUpKind,
    /// The proposal's page, or the command that shows the branch.
    pub link: Option<String>,
    /// The reason, or details.
    pub why: String,
}

/// The kinds of tasks, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowUpKind {
    /// Commit and merge what changed in the store.
    Store,
    /// Merge a proposal.
    Merge,
    /// Decide about a proposal that a person edited or holds; it was not changed.
    Decide,
    /// Remove the lesson by hand.
    ByHand,
    /// Check whether the lesson is in a block that a person edited.
    Look,
    /// Do something else first, then run the command again.
    Again,
    /// The target was not read, or nothing could be written.
    NotReached,
}

impl FollowUpKind {
    fn heading(self) -> &'static str {
        match self {
            FollowUpKind::Store => "Commit and merge in the store:",
            FollowUpKind::Merge => "Merge:",
            FollowUpKind::Decide => "Do not merge as they are, because a person edited or holds them:",
            FollowUpKind::ByHand => "Remove by hand:",
            FollowUpKind::Look => "Check by hand:",
            FollowUpKind::Again => "Fix this, then run the command again:",
            FollowUpKind::NotReached => "Not reached:",
        }
    }
}

/// The end of a withdrawal.
#[derive(Debug, Clone)]
pub struct WithdrawEnding<'a> {
    /// The tasks that are left for people.
    pub left: Vec<FollowUp>,
    /// How many targets were not looked at, because the user named others.
    pub others: usize,
    /// The lessons of the store that still refer to this one.
    pub named_by: Vec<&'a str>,
    /// Whether this run retired the lesson and removed it from a target, so that a budget has room again.
    pub makes_room: bool,
}

/// The plan of a withdrawal: the lesson, the store's file, then each target that has the lesson.
pub fn human(
    store: &Store,
    what: &WithdrawnLesson,
    source: &LessonFileChange,
    (plans, states): (&[TargetPlan], &GithubStates),
    verbose: bool,
) -> String {
    let view = View::terminal(verbose);
    let mut document = lesson(store.lesson(&what.lesson), what);
    document.append(self::source(source, view));
    let mut without = 0;
    for plan in plans {
        let is_here = plan
            .proposal
            .withdraws
            .as_ref()
            .is_some_and(WithdrawnText::is_here);
        if !is_here
            && matches!(plan.outcome.state, TargetState::UpToDate | TargetState::Merged)
            && plan.outcome.findings.is_empty()
        {
            without += 1;
            continue;
        }
        let state = states.get(&plan.target.name);
        document.section(headline(plan, state), target(plan, state, view));
    }
    if without > 0 {
        document.gap();
        let verb = if without == 1 { "does" } else { "do" };
        document.line(format!("{} {verb} not have it.", counted(without, "target")));
    }
    document.gap();
    document.human()
}

fn lesson(lesson: Option<&Lesson>, what: &WithdrawnLesson) -> Document {
    let severity = lesson.map_or("no longer in the store", |lesson| lesson.severity.word());
    let title = Line::from("withdraw ").then(Line::styled(BOLD, &what.lesson));
    let mut document = Document::default();
    document.line(title.then(format!(" · {severity}")));
    if let Some(lesson) = lesson {
        document.line(format!("  rule    {}", lesson.rule.trim()));
    }
    document.line(format!("  reason  {}", what.reason));
    document
}

fn source(source: &LessonFileChange, view: View) -> Document {
    let text = match source {
        LessonFileChange::Retires(edit) => Line::from(format!(
            "{} gets `status: retired`; until that is merged, a sync proposes nothing where the lesson was withdrawn, and still proposes it elsewhere",
            edit.path
        )),
        LessonFileChange::Retired { file } => format!("{file} already has `status: retired`").into(),
        LessonFileChange::ByHand { file, why } => {
            Line::styled(CAREFUL, file).then(format!(": {why}; add `status: retired` to it yourself"))
        }
        LessonFileChange::Gone => "the lesson's file was already deleted".into(),
    };
    let mut document = Document::default();
    document.line(Line::from("  store   ").then(text));
    if let (LessonFileChange::Retires(edit), View::Verbose) = (source, view) {
        document.diff(edit.unified(), usize::MAX);
    }
    document
}

fn target(plan: &TargetPlan, state: Option<&GithubState>, view: View) -> Document {
    let mut document = content::invariants("proof", &plan.proof.invariants, view);
    let taken = plan.proposal.withdraws.as_ref();
    match (state, taken) {
        (Some(state), _) => document.line(reason(state)),
        (
            None,
            Some(WithdrawnText {
                on_branch: true,
                on_base,
                ..
            }),
        ) => {
            let merged = if *on_base { ", and on the base branch" } else { "" };
            document.line(format!("it is in an open proposal{merged}"));
        }
        (None, Some(WithdrawnText { on_base: true, .. })) => {
            document.line("it is on the base branch; a proposal removes it");
        }
        (None, _) => {}
    }
    let cuts = taken.into_iter().flat_map(|taken| &taken.cuts);
    let mut table = TextTable::new(&[]).right(1);
    for cut in cuts.clone() {
        let (added, removed) = cut.counts(); // our begin line gets another hash, so it is in both
        let note = match cut.after {
            None => "deleted: it has no other lesson",
            Some(_) => "",
        };
        table.row([
            cut.path.as_str().into(),
            Line::styled(REMOVED, format!("-{}", removed - added.min(removed))),
            note.into(),
        ]);
    }
    document.table(table);
    document.append(content::findings(&plan.outcome.findings));
    if view == View::Verbose {
        cuts.for_each(|cut| document.diff(cut.unified(), usize::MAX));
    }
    document
}

/// The tasks that are left for people, printed at the end of the run.
pub fn left(what: &WithdrawnLesson, ending: &WithdrawEnding<'_>) -> String {
    let mut document = Document::default();
    let (there, targets) = match ending.others {
        0 => ("", "any target"),
        _ => (" from these targets", "these targets"),
    };
    if ending.left.is_empty() {
        let done = format!(" {} is no longer in {targets}.", what.lesson);
        document.line(Line::styled(GOOD, "✓").then(done));
    } else {
        let merges = ending
            .left
            .iter()
            .filter(|left| left.what == FollowUpKind::Merge)
            .count();
        let wait = match merges {
            0 => String::new(),
            merges => format!("; {} to merge", counted(merges, "proposal")),
        };
        document.line(format!(
            "Left to do until {} is removed{there}{wait}:",
            what.lesson
        ));
        list(&mut document, &ending.left);
    }
    if ending.others > 0 {
        let were = if ending.others == 1 { "was" } else { "were" };
        let others = counted(ending.others, "other target");
        document.line(format!("{others} {were} not looked at."));
    }
    if !ending.named_by.is_empty() {
        let names = ending.named_by.join(", ");
        document.line(format!(
            "Other lessons still refer to {}: {names}. Check whether they must be reworded.",
            what.lesson
        ));
    }
    if ending.makes_room {
        document.line(
            "Without the lesson a budget may have room for others: the next sync may add them, also to proposals that are not merged yet.",
        );
    }
    format!("\n{}", document.human())
}

fn list(document: &mut Document, left: &[FollowUp]) {
    for next in [
        FollowUpKind::Store,
        FollowUpKind::Merge,
        FollowUpKind::Decide,
        FollowUpKind::ByHand,
        FollowUpKind::Look,
        FollowUpKind::Again,
        FollowUpKind::NotReached,
    ] {
        let mut all = left.iter().filter(|left| left.what == next).peekable();
        if all.peek().is_none() {
            continue;
        }
        document.line(Line::styled(BOLD, format!("  {}", next.heading())));
        for one in all {
            let link = one.link.as_deref().unwrap_or_default();
            let target = one.target.as_deref();
            let target = target.map_or_else(|| "    ".to_owned(), |target| format!("    {target}  "));
            let why = match (one.why.is_empty(), link.is_empty()) {
                (true, _) => Line::default(),
                (false, true) => one.why.as_str().into(),
                (false, false) => Line::styled(DIM, format!("   {}", one.why)),
            };
            document.line(Line::from(target).then(Line::code(link)).then(why));
        }
    }
}

/// The withdrawal as JSON: added to the document of the plans, with what is removed from each target.
pub fn json(
    mut document: Value,
    plans: &[TargetPlan],
    what: &WithdrawnLesson,
    source: &LessonFileChange,
    ending: &WithdrawEnding<'_>,
) -> Value {
    document["withdrawal"] = json!({
        "lesson": what.lesson,
        "version": what.version,
        "reason": what.reason,
        "file": source.file(),
        "retires": matches!(source, LessonFileChange::Retires(_)),
        "named_by": ending.named_by,
        "not_looked_at": ending.others,
    });
    document["left"] = json!(ending.left);
    let targets = document["targets"].as_array_mut();
    for (target, plan) in targets.into_iter().flatten().zip(plans) {
        let taken = plan.proposal.withdraws.as_ref().map(|taken| {
            let cut = |cut: &Edit| json!({ "path": cut.path, "deleted": cut.after.is_none(), "diff": cut.unified() });
            let cuts: Vec<Value> = taken.cuts.iter().map(cut).collect();
            json!({ "on_base": taken.on_base, "on_branch": taken.on_branch, "cuts": cuts })
        });
        target["proposal"]["withdraws"] = json!(taken);
    }
    document
}

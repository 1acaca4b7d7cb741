//! `effect` as a document, for a terminal and for a page on GitHub.
//!
//! Input: an effect. Output: a table of all lessons on a page; for each lesson where it is, what its checks found before and after, its
//! incidents and what was excused.

use super::{
    by_check_words, check_notes, comparisons, cut_line, incident_remark, line, propagation_line,
    reason_source, reason_text, suppressions_line, target_remark,
};
use crate::report::findings::counted;
use crate::report::style::{BAD, BOLD, CAREFUL, DIM, GOOD, severity};
use crate::report::{Document, Line, TextTable, View};
use lessonbook_effect::comparison::{Comparison, Verdict};
use lessonbook_effect::incidents::IncidentTime;
use lessonbook_effect::presence::PresenceState;
use lessonbook_effect::recurrence::{CheckRecurrence, IntroducedAfter};
use lessonbook_effect::{Effect, LessonEffect};

/// So many rows of a table are shown on a terminal without `-v`, and on a page.
const SHOWN: usize = 10;
const SHOWN_ON_PAGE: usize = 50;

/// For a terminal; with `-v` with every row.
pub fn human(effect: &Effect, verbose: bool) -> String {
    document(effect, View::terminal(verbose)).human()
}

/// For a page or a job's summary.
pub fn markdown(effect: &Effect) -> String {
    document(effect, View::Page).markdown("lessonbook effect", "`lessonbook effect -v` lists everything.")
}

fn document(effect: &Effect, view: View) -> Document {
    let mut document = Document::default();
    if view.is_page() {
        document.line(line(effect) + ".");
        document.table(overview(effect));
    }
    for lesson in &effect.lessons {
        let title = Line::code(&lesson.lesson).style(BOLD);
        let title = title
            .then("  ")
            .then(Line::styled(severity(lesson.severity), lesson.severity.word()))
            .then("  ")
            .then(lesson.title.as_str());
        document.section(title, of_lesson(lesson, view));
    }
    for not_read in effect.not_read.iter().filter(|_| view.is_page()) {
        let name = Line::code(&not_read.target);
        document.item(name.then(format!(" was not read: {}", not_read.why)));
    }
    for text in effect.targets.iter().filter_map(cut_line) {
        document.gap();
        document.item(text);
    }
    document
}

/// One row for each lesson.
fn overview(effect: &Effect) -> TextTable {
    let head = [
        "lesson",
        "severity",
        "merged in",
        "introduced before",
        "after",
        "ratio (95 %)",
        "",
    ];
    let mut table = TextTable::new(&head).right(2).right(3).right(4);
    for lesson in &effect.lessons {
        let due = lesson.propagation.concerned - lesson.propagation.exempt - lesson.propagation.not_read;
        let [before, after, ratio, verdict] = match &lesson.by_check {
            None => [
                String::new(),
                String::new(),
                String::new(),
                if lesson.has_checks {
                    "no history"
                } else {
                    "no checks"
                }
                .to_owned(),
            ],
            Some(checked) => [
                checked.merged.before.words(),
                checked.merged.after.words(),
                checked.merged.ratio_words(),
                by_check_words(lesson, checked),
            ],
        };
        table.row([
            Line::code(&lesson.lesson),
            lesson.severity.word().into(),
            format!("{} of {due}", lesson.propagation.merged).into(),
            before.into(),
            after.into(),
            ratio.into(),
            verdict.into(),
        ]);
    }
    table
}

fn of_lesson(lesson: &LessonEffect, view: View) -> Document {
    let mut content = Document::default();
    content.line(propagation_line(&lesson.propagation));
    let most = view.most(SHOWN, SHOWN_ON_PAGE);
    let mut targets = TextTable::new(&["", "", ""]).most(most).can_shrink(2);
    for target in &lesson.propagation.targets {
        targets.row([
            Line::code(&target.target),
            Line::styled(state_style(target.state), target.state.word()),
            target_remark(target).into(),
        ]);
    }
    part(&mut content, "where it is", targets, view);
    if let Some(recurrence) = &lesson.by_check {
        let style = verdict_style(recurrence.merged.verdict);
        let words = by_check_words(lesson, recurrence);
        let title = Line::from("by check: ").then(Line::styled(style, words));
        content.section(title, by_check(lesson, recurrence, view));
    } else if lesson.has_checks {
        content.line("by check: there was no history that its checks could judge");
    } else {
        content.line("by check: it has no checks");
    }
    let incidents = &lesson.by_incident;
    if !incidents.incidents.is_empty() {
        let mut table = TextTable::new(&["", "", "", ""]).most(most).can_shrink(3);
        for incident in &incidents.incidents {
            let known = &incident.incident;
            let is_recurrence = incident.when == IncidentTime::AfterMerge;
            table.row([
                known.date.to_string().into(),
                if known.repository.is_empty() {
                    "-".into()
                } else {
                    Line::code(&known.repository)
                },
                Line::styled(
                    if is_recurrence { BAD } else { DIM },
                    incident_remark(lesson, incident),
                ),
                known.summary.as_str().into(),
            ]);
        }
        let mut inside = Document::default();
        inside.table(table);
        let neither = incidents.incidents.len() - incidents.before - incidents.after;
        let neither = match neither {
            0 => String::new(),
            number => format!("; {number} not counted"),
        };
        let title = format!(
            "by incident: {} before, {} after the merge{neither}",
            incidents.before, incidents.after
        );
        content.section(title, inside);
    }
    if lesson.suppressions.excused > 0 {
        let mut table = TextTable::new(&["", "", "", ""])
            .most(most)
            .right(0)
            .can_shrink(3);
        for reason in &lesson.suppressions.reasons {
            table.row([
                reason.places.to_string().into(),
                reason_source(reason).into(),
                format!("{} to {}", reason.first, reason.last).into(),
                reason_text(reason).into(),
            ]);
        }
        let mut inside = Document::default();
        inside.table(table);
        content.section(
            format!("places: {}", suppressions_line(&lesson.suppressions)),
            inside,
        );
    }
    content
}

fn by_check(lesson: &LessonEffect, recurrence: &CheckRecurrence, view: View) -> Document {
    let mut content = Document::default();
    let most = view.most(SHOWN, SHOWN_ON_PAGE);
    let head = [
        "commits that introduced a place",
        "before",
        "after",
        "ratio (95 %)",
        "",
    ];
    let mut table = TextTable::new(&head).can_shrink(4);
    for (name, comparison) in comparisons(recurrence) {
        // The section's title says that there is nothing to compare.
        if comparison.before.exposed + comparison.after.exposed > 0 {
            table.row(row(name.into(), comparison));
        }
    }
    let merged = recurrence
        .targets
        .iter()
        .filter_map(|target| Some((target, target.merged.as_ref()?)));
    if merged.clone().count() > 1 {
        for (target, comparison) in merged.take(most) {
            table.row(row(Line::code(&target.target), comparison));
        }
    }
    if !table.is_empty() {
        content.table(table);
    }
    for note in check_notes(lesson, recurrence) {
        content.item(note);
    }
    if !recurrence.introduced_after.is_empty() {
        introduced_after(&mut content, recurrence, view);
    }
    content
}

/// A row for each commit, or for each place with `-v`: a commit counts once, however many places it introduced.
fn introduced_after(content: &mut Document, recurrence: &CheckRecurrence, view: View) {
    let most = view.most(SHOWN, SHOWN_ON_PAGE);
    let mut table = TextTable::new(&["", "", "", "", ""])
        .most(most)
        .can_shrink(3)
        .can_shrink(4);
    let mut commits = 0;
    for places in recurrence.introduced_after_by_commit() {
        commits += 1;
        let shown = view.most(1, 1).min(places.len());
        let more = match places.len() - shown {
            0 => String::new(),
            more => format!("; and {}", counted(more, "more place")),
        };
        for place in &places[..shown] {
            table.row([
                place.day.to_string().into(),
                Line::code(&place.target),
                Line::code(place.commit.get(..7).unwrap_or(&place.commit)),
                place_line(place),
                format!("{}{more}", place.detail).into(),
            ]);
        }
    }
    let title = format!(
        "introduced after the merge: {} in {}",
        counted(recurrence.introduced_after.len(), "place"),
        counted(commits, "commit")
    );
    part(content, &title, table, view);
}

fn place_line(place: &IntroducedAfter) -> Line {
    match place.line {
        Some(line) => Line::code(format!("{}:{line}", place.file)),
        None if place.file.is_empty() => "-".into(),
        None => Line::code(&place.file),
    }
}

/// A table with its title: on a page folded.
fn part(content: &mut Document, title: &str, table: TextTable, view: View) {
    if table.is_empty() {
        return;
    }
    let mut inside = Document::default();
    inside.table(table);
    if view.is_page() {
        content.folded(title, inside);
    } else {
        content.section(title, inside);
    }
}

fn row(name: Line, comparison: &Comparison) -> [Line; 5] {
    [
        name,
        comparison.before.words().into(),
        comparison.after.words().into(),
        comparison.ratio_words().into(),
        Line::styled(verdict_style(comparison.verdict), comparison.verdict_words()),
    ]
}

fn verdict_style(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Fewer => GOOD,
        Verdict::More => BAD,
        Verdict::CannotTell => DIM,
    }
}

fn state_style(state: PresenceState) -> anstyle::Style {
    match state {
        PresenceState::Merged => GOOD,
        PresenceState::Proposed | PresenceState::Waits | PresenceState::Removed => CAREFUL,
        PresenceState::Declined | PresenceState::Exempt | PresenceState::NotRead => DIM,
    }
}

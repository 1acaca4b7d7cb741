//! Prints which lesson is at which entry point: a headline, and a matrix for each target.
//!
//! Input: the plans, with the proof's matrix. Output: text for a terminal, or a page. Not here: JSON (`coverage/json`), and which
//! lessons assistants load (`assistants`).

pub mod json;

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;

use super::check_levels;
use super::findings::counted;
use super::plan::{content, short, state_word};
use super::sanitize::width;
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD};
use super::table::COLUMNS;
use super::{Document, Line, TextTable, View};
use anstyle::Style;
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::SharedStr;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::{CoverageCounts, Placement, Presence};
use lessonbook_store::{Detail, Severity};

/// If more lessons than this are present everywhere as required, they are counted instead of listed.
const LISTED: usize = 12;

/// The coverage of these plans, for one severity or for all.
pub fn counts(plans: &[TargetPlan], severity: Option<Severity>) -> CoverageCounts {
    let mut sum = CoverageCounts::default();
    for plan in plans {
        let counts = plan.proof.coverage.counts(severity);
        sum.current += counts.current;
        // A refused plan proposes nothing.
        sum.proposed += if plan.outcome.state == TargetState::Refused {
            counts.current
        } else {
            counts.proposed
        };
        sum.required += counts.required;
    }
    sum
}

/// How many required places would be missing without an exception.
pub fn holes(plans: &[TargetPlan]) -> usize {
    let cells = plans.iter().flat_map(|plan| &plan.proof.coverage.placements);
    cells.filter(|cell| cell.is_hole()).count()
}

/// `critical: 0 of 20 places covered now, 20 of 20 after the merge: 40 open proposals are not merged`.
pub fn headline(plans: &[TargetPlan]) -> String {
    let line = |word: &str, counts: CoverageCounts| {
        let CoverageCounts {
            current: now,
            proposed,
            required,
        } = counts;
        let later = if proposed == now {
            String::new()
        } else {
            format!(", {proposed} of {required} after the merge")
        };
        format!(
            "{word}: {now} of {} covered now{later}",
            counted(required, "place")
        )
    };
    let critical = counts(plans, Some(Severity::Critical));
    let all = counts(plans, None);
    let count = |is: &dyn Fn(TargetState) -> bool| plans.iter().filter(|plan| is(plan.outcome.state)).count();
    let (open, to_update) = (
        count(&|state| state == TargetState::Proposed),
        count(&TargetState::is_due),
    );
    let mut why = Vec::new();
    if open > 0 && all.current < all.proposed {
        let verb = if open == 1 { "is" } else { "are" };
        why.push(format!("{} {verb} not merged", counted(open, "open proposal")));
    }
    if to_update > 0 && all.current < all.proposed {
        let verb = if to_update == 1 { "waits" } else { "wait" };
        why.push(format!("{} {verb} for `sync`", counted(to_update, "target")));
    }
    why.extend(super::rollout::sum(plans));
    let unseen = plans.iter().filter(|plan| is_unseen(plan)).count();
    if unseen > 0 {
        let verb = if unseen == 1 { "was" } else { "were" };
        why.push(format!("{} {verb} not looked at", counted(unseen, "target")));
    }
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(": {}", why.join(", "))
    };
    if all.required == 0 {
        return format!("no lesson is required anywhere{why}");
    }
    if critical.required == 0 {
        return line("all lessons", all) + &why;
    }
    let first = line("critical", critical);
    if critical.required == all.required {
        return first + &why;
    }
    format!("{first}{why}\n{}", line("all lessons", all))
}

/// Whether a target's coverage is unknown: it was not reached, or errors in the store stopped it.
fn is_unseen(plan: &TargetPlan) -> bool {
    plan.target.enabled
        && plan.proof.coverage.placements.is_empty()
        && matches!(
            plan.outcome.state,
            TargetState::Refused | TargetState::Unreachable
        )
}

/// Who must act where nothing is looked at.
fn stopped_by(plan: &TargetPlan) -> impl Iterator<Item = &Finding> {
    let stopped = matches!(
        plan.outcome.state,
        TargetState::Refused | TargetState::Unreachable
    );
    let shown = move |finding: &&Finding| {
        stopped && (finding.is_error() || plan.outcome.state == TargetState::Unreachable)
    };
    plan.outcome.findings.iter().filter(shown)
}

/// For a terminal. `levels`: for each plan, how firmly its lessons are kept there.
pub fn human(plans: &[TargetPlan], levels: &[PlannedLevels], verbose: bool) -> String {
    document(plans, levels, View::terminal(verbose)).human()
}

/// The same as a page.
pub fn markdown(plans: &[TargetPlan], levels: &[PlannedLevels]) -> String {
    let document = document(plans, levels, View::Page);
    document.markdown("Coverage", "Run `lessonbook coverage` to see everything.")
}

/// The headline, a legend, and for each target a row for each lesson and a column for each entry point.
fn document(plans: &[TargetPlan], levels: &[PlannedLevels], view: View) -> Document {
    let mut document = head(plans);
    if view == View::Brief {
        document.append(legend(plans));
    }
    for (plan, levels) in plans.iter().zip(levels) {
        let mut content = state(plan);
        if view == View::Verbose {
            content.append(places(plan, levels));
        } else {
            content.append(matrix(plan, levels, view));
        }
        if let Some(line) = check_levels::line(plan, levels) {
            content.line(line);
        }
        content.append(holes_of(plan));
        for (reason, places) in excused(plan) {
            let shown = view.most(3, usize::MAX).min(places.len());
            let more = match places.len() - shown {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let line = format!("excused: {}{more}: {reason}", places[..shown].join("; "));
            content.item(Line::styled(DIM, line));
        }
        for line in super::rollout::waits(plan) {
            content.item(Line::styled(CAREFUL, format!("not covered: {line}")));
        }
        document.section(target_line(plan), content);
    }
    document
}

fn legend(plans: &[TargetPlan]) -> Document {
    let mut document = Document::default();
    let cells = || plans.iter().flat_map(|plan| &plan.proof.coverage.placements);
    if cells().next().is_none() {
        return document;
    }
    let mut legend = "r rule, s summary, f full, · nothing; empty: not required".to_owned();
    if cells().any(|cell| cell.current.detail != cell.proposed.detail) {
        legend.push_str("; now → after the merge");
    }
    if cells().any(|cell| cell.exempt.is_some()) {
        legend.push_str("; (in brackets) excused");
    }
    if cells().any(|cell| cell.waits.is_some()) {
        legend.push_str("; … waits for canaries");
    }
    if cells().any(Placement::is_hole) {
        legend.push_str("; ! a hole");
    }
    document.line(Line::styled(DIM, legend));
    document
}

/// The headline in its color.
pub(super) fn head(plans: &[TargetPlan]) -> Document {
    let critical = counts(plans, Some(Severity::Critical));
    let is_good = critical.current == critical.required && !plans.iter().any(is_unseen);
    let style = if is_good { GOOD } else { CAREFUL };
    let headline = headline(plans);
    let mut document = Document::default();
    for (number, line) in headline.lines().enumerate() {
        document.line(Line::styled(if number == 0 { style } else { Style::new() }, line));
    }
    document
}

/// A target's name and state.
pub(super) fn target_line(plan: &TargetPlan) -> Line {
    let base = plan.target.base.as_ref();
    let base = base.map(|base| Line::code(format!("{}@{}", base.branch, short(&base.commit))));
    let base = base.map(|base| Line::from("   ").then(base));
    let name = Line::code(&plan.target.name).style(BOLD);
    name.then(base.unwrap_or_default())
        .then("   ")
        .then(state_word(plan.outcome.state))
}

/// What stopped a target, and why it has no matrix.
pub(super) fn state(plan: &TargetPlan) -> Document {
    let mut document = content::findings(stopped_by(plan));
    let why = if plan.proof.coverage.placements.is_empty() {
        match plan.outcome.state {
            _ if !plan.target.enabled => "disabled: no lesson is required here, and our blocks are removed",
            TargetState::Refused | TargetState::Unreachable => "not looked at, so its coverage is unknown",
            _ => "no lesson applies to this target",
        }
    } else if plan.outcome.state == TargetState::Refused {
        "refused: nothing is proposed; the value after an arrow is what the plan would produce"
    } else {
        return document;
    };
    document.line(Line::styled(DIM, why));
    document
}

/// One row for each lesson, one column for each entry point. On a terminal, many lessons that are present everywhere are counted.
fn matrix(plan: &TargetPlan, levels: &PlannedLevels, view: View) -> Document {
    let mut document = Document::default();
    let lessons = by_lesson(plan);
    let (whole, listed): (Vec<_>, Vec<_>) = lessons.iter().partition(|cells| is_whole(cells));
    let is_counted = !view.is_page() && whole.len() > LISTED;
    let listed = if is_counted {
        listed
    } else {
        lessons.iter().collect()
    };
    let names = entry_points(plan);
    let ids = listed.iter().filter_map(|cells| cells.first());
    let heads = heads(ids.map(|cell| cell.lesson.as_str()), &names, view);
    let has_checks = check_levels::has_checks(plan, levels);
    let head = ["lesson", "severity"].map(Line::from).into_iter();
    let head = head.chain(heads.iter().map(Line::code));
    let mut table = TextTable::with_head(head.chain(has_checks.then(|| "checks".into()))).can_shrink(0);
    for cells in &listed {
        let Some(first) = cells.first() else { continue };
        let mut row = vec![
            Line::code(first.lesson.as_str()),
            Line::styled(style::severity(first.severity), first.severity.word()),
        ];
        row.extend(names.iter().map(|name| {
            let cell = cells.iter().find(|cell| cell.entry_point == *name);
            cell.map_or_else(Line::default, |cell| mark(cell, view))
        }));
        row.extend(has_checks.then(|| check_levels::cell(levels.level(&first.lesson))));
        table.row(row);
    }
    document.table(table);
    if !listed.is_empty() {
        document.append(heads_legend(&heads, &names));
    }
    if is_counted {
        let by_severity = Severity::ALL.iter().filter_map(|severity| {
            let of = |cells: &&&Vec<&Placement>| cells.first().is_some_and(|cell| cell.severity == *severity);
            let number = whole.iter().filter(of).count();
            (number > 0).then(|| format!("{number} {}", severity.word()))
        });
        let by_severity: Vec<String> = by_severity.collect();
        let lessons = if listed.is_empty() {
            "lesson"
        } else {
            "more lesson"
        };
        let line = format!(
            " {} everywhere as required, now and after the merge: {} (-v lists them)",
            counted(whole.len(), lessons),
            by_severity.join(", ")
        );
        document.line(Line::styled(GOOD, "✓").then(line));
    }
    document
}

/// The names of the columns; on a terminal numbers, if the names are too wide beside these ids of lessons.
pub(super) fn heads<'i>(ids: impl Iterator<Item = &'i str>, names: &[String], view: View) -> Vec<String> {
    let widest = ids.map(width).max().unwrap_or(0).min(40);
    let wide: usize = names.iter().map(|name| 2 + width(name).max(7)).sum();
    if view.is_page() || 4 + widest + 2 + 8 + wide <= COLUMNS {
        names.to_vec()
    } else {
        (1..=names.len()).map(|number| number.to_string()).collect()
    }
}

/// The meaning of the numbers; empty if the columns have names.
pub(super) fn heads_legend(heads: &[String], names: &[String]) -> Document {
    let mut document = Document::default();
    if heads != names {
        let pairs = heads.iter().zip(names);
        let pairs: Vec<String> = pairs.map(|(head, name)| format!("{head} {name}")).collect();
        document.line(Line::styled(DIM, pairs.join(", ")));
    }
    document
}

/// The lessons of a matrix, each with its cells.
pub(super) fn by_lesson(plan: &TargetPlan) -> Vec<Vec<&Placement>> {
    let mut lessons: Vec<Vec<&Placement>> = Vec::new();
    for cell in &plan.proof.coverage.placements {
        match lessons.last_mut() {
            Some(cells) if cells.first().is_some_and(|first| first.lesson == cell.lesson) => cells.push(cell),
            _ => lessons.push(vec![cell]),
        }
    }
    lessons
}

/// The entry points of a matrix, in the order of their first use.
fn entry_points(plan: &TargetPlan) -> Vec<String> {
    let mut names: Vec<SharedStr> = Vec::new();
    let longest = by_lesson(plan).into_iter().max_by_key(Vec::len);
    let cells = longest
        .into_iter()
        .flatten()
        .chain(&plan.proof.coverage.placements);
    for cell in cells {
        if !names.contains(&cell.entry_point) {
            names.push(cell.entry_point.clone());
        }
    }
    names.iter().map(SharedStr::to_string).collect()
}

fn is_whole(cells: &[&Placement]) -> bool {
    cells
        .iter()
        .all(|cell| cell.is_covered_now() && cell.is_covered() && cell.current.detail == cell.proposed.detail)
}

/// A detail as one letter.
pub(super) fn letter(detail: Detail) -> &'static str {
    match detail {
        Detail::None => "·",
        Detail::Rule => "r",
        Detail::Summary => "s",
        Detail::Full => "f",
    }
}

/// `s`, or `· → s` where the proposal changes it.
pub(super) fn details(now: Detail, proposed: Detail) -> String {
    if now == proposed {
        letter(now).to_owned()
    } else {
        format!("{} → {}", letter(now), letter(proposed))
    }
}

/// How a lesson is present at an entry point: letters on a terminal, words on a page.
fn mark(cell: &Placement, view: View) -> Line {
    // The summary of a lesson without examples is the same as its full text. More detail than required is not shown here.
    let (now, later) = (
        cell.current.detail.min(cell.required),
        cell.proposed.detail.min(cell.required),
    );
    let details = match (view.is_page(), now == later) {
        (false, _) => details(now, later),
        (true, true) => now.word().to_owned(),
        (true, false) => format!("{} → {}", now.word(), later.word()),
    };
    if cell.exempt.is_some() {
        Line::styled(DIM, format!("({details})"))
    } else if cell.waits.is_some() {
        Line::styled(CAREFUL, format!("{details} …"))
    } else if cell.is_hole() {
        Line::styled(BAD, format!("{details} !"))
    } else {
        Line::styled(if cell.is_covered_now() { GOOD } else { CAREFUL }, details)
    }
}

/// With `-v`: every place, with its detail and line.
fn places(plan: &TargetPlan, levels: &PlannedLevels) -> Document {
    let mut document = Document::default();
    for cells in by_lesson(plan) {
        let Some(first) = cells.first() else { continue };
        let severity = Line::styled(style::severity(first.severity), first.severity.word());
        let mut title = Line::code(first.lesson.as_str()).then("   ").then(severity);
        let level = levels.level(&first.lesson);
        if level.is_checked() {
            title = title.then("   ").then(check_levels::cell(level));
        }
        let mut table = TextTable::new(&[]);
        for cell in cells {
            let style = match (&cell.exempt, cell.is_covered_now(), cell.is_hole()) {
                (Some(_), ..) => DIM,
                (None, true, _) => GOOD,
                (None, false, true) => BAD,
                (None, false, false) => CAREFUL,
            };
            let same = cell.current == cell.proposed;
            let when = if same { "now, after" } else { "now" };
            let name = Line::from(cell.entry_point.as_str());
            table.row([name, when.into(), Line::styled(style, place(&cell.current))]);
            if !same {
                let style = if cell.is_hole() { BAD } else { GOOD };
                table.row([
                    "".into(),
                    "after".into(),
                    Line::styled(style, place(&cell.proposed)),
                ]);
            }
        }
        let mut content = Document::default();
        content.table(table);
        document.section(title, content);
    }
    document
}

/// `full  CLAUDE.md:12`, or what is missing.
pub(super) fn place(presence: &Presence) -> String {
    let path = &presence.path;
    match (presence.detail, presence.missing.is_empty()) {
        (Detail::None, true) => "nothing".to_owned(),
        (Detail::None, false) => format!("nothing  {path}: {}", presence.missing),
        (detail, _) => format!("{:<7}  {path}:{}", detail.word(), presence.line),
    }
}

/// The reasons of exceptions, each with its places: `image-tag-pinned at claude, copilot`.
pub(super) fn excused(plan: &TargetPlan) -> Vec<(String, Vec<String>)> {
    let mut by_reason: BTreeMap<&str, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for cell in &plan.proof.coverage.placements {
        let Some(reason) = &cell.exempt else { continue };
        let lessons = by_reason.entry(reason).or_default();
        match lessons.iter_mut().find(|(lesson, _)| *lesson == cell.lesson) {
            Some((_, places)) => places.push(&cell.entry_point),
            None => lessons.push((&cell.lesson, vec![&cell.entry_point])),
        }
    }
    let places = |(lesson, places): (&str, Vec<&str>)| format!("{lesson} at {}", places.join(", "));
    by_reason
        .into_iter()
        .map(|(reason, lessons)| (reason.to_owned(), lessons.into_iter().map(places).collect()))
        .collect()
}

fn holes_of(plan: &TargetPlan) -> Document {
    let mut document = Document::default();
    for cell in plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.is_hole())
    {
        let line = Line::styled(BAD, "hole: ")
            .then(Line::code(cell.lesson.as_str()))
            .then(" at ")
            .then(Line::code(cell.entry_point.as_str()))
            .then(format!(
                ", required as `{}`: {}",
                cell.required.word(),
                cell.proposed.missing
            ));
        document.item(line);
    }
    document
}

//! Prints which lesson is at which entry point, for a terminal: a headline, and a matrix for each target.
//!
//! Input: the plans, with the proof's matrix. Output: one string with colors. Not here: pages and programs
//! (`coverage_page`), and which lessons assistants load (`assistants`).

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;

use super::assistants::fill;
use super::check_levels;
use super::findings::counted;
use super::plan::{say, short, state_word};
use super::sanitize::{visible, width};
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use super::table::COLUMNS;
use super::{Line as Shown, TextTable};
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::SharedStr;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::{Placement, Presence};
use lessonbook_store::{Detail, Severity};

/// If more lessons than this are present everywhere as required, they are counted instead of listed.
const LISTED: usize = 12;

/// How many places are covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct CoverageCounts {
    /// On the base branches: what assistants read today.
    pub current: usize,
    /// After the proposals are merged; a refused plan proposes nothing.
    pub proposed: usize,
    /// How many the redundancy policy requires.
    pub required: usize,
}

/// The coverage of these plans, for one severity or for all.
pub fn counts(plans: &[TargetPlan], severity: Option<Severity>) -> CoverageCounts {
    let mut sum = CoverageCounts::default();
    for plan in plans {
        let (now, proposed, required) = plan.proof.coverage.counts(severity);
        sum.current += now;
        sum.proposed += if plan.outcome.state == TargetState::Refused {
            now
        } else {
            proposed
        };
        sum.required += required;
    }
    sum
}

/// How many required places would be missing without an exception.
pub fn holes(plans: &[TargetPlan]) -> usize {
    let cells = plans.iter().flat_map(|plan| &plan.proof.coverage.cells);
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
        && plan.proof.coverage.cells.is_empty()
        && matches!(
            plan.outcome.state,
            TargetState::Refused | TargetState::Unreachable
        )
}

/// What stopped a target.
pub(super) fn stopped_by(plan: &TargetPlan) -> impl Iterator<Item = &Finding> {
    let stopped = matches!(
        plan.outcome.state,
        TargetState::Refused | TargetState::Unreachable
    );
    let shown = move |finding: &&Finding| {
        stopped && (finding.is_error() || plan.outcome.state == TargetState::Unreachable)
    };
    plan.outcome.findings.iter().filter(shown)
}

/// The headline, a legend, and every target. `levels`: for each plan, how firmly its lessons are kept there.
pub fn human(plans: &[TargetPlan], levels: &[PlannedLevels], verbose: bool) -> String {
    let mut out = head(plans);
    let cells = || plans.iter().flat_map(|plan| &plan.proof.coverage.cells);
    if !verbose && cells().next().is_some() {
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
        out.push_str(&paint(DIM, &fill(0, 2, &legend)));
    }
    for (plan, levels) in plans.iter().zip(levels) {
        out.push('\n');
        target_line(&mut out, plan);
        if verbose {
            places(&mut out, plan, levels);
        } else {
            matrix(&mut out, plan, levels);
        }
        if let Some(line) = check_levels::line(plan, levels) {
            out.push_str(&fill(2, 4, &visible(&line)));
        }
        exempt(&mut out, plan, verbose);
        waits(&mut out, plan);
        holes_of(&mut out, plan);
    }
    out
}

/// The headline in its color.
pub(super) fn head(plans: &[TargetPlan]) -> String {
    let CoverageCounts {
        current: now,
        required,
        ..
    } = counts(plans, Some(Severity::Critical));
    let style = if now == required && !plans.iter().any(is_unseen) {
        GOOD
    } else {
        CAREFUL
    };
    let headline = headline(plans);
    let (first, rest) = headline.split_once('\n').unwrap_or((&headline, ""));
    let mut out = String::new();
    say(&mut out, &paint(style, first));
    if !rest.is_empty() {
        say(&mut out, rest);
    }
    out
}

/// A target's name and state, and why it has no matrix.
pub(super) fn target_line(out: &mut String, plan: &TargetPlan) {
    let base = plan
        .target
        .base
        .as_ref()
        .map(|base| format!("   {}@{}", visible(&base.branch), short(&base.commit)))
        .unwrap_or_default();
    let name = paint(BOLD, &visible(&plan.target.name));
    say(out, &format!("{name}{base}   {}", state_word(plan.outcome.state)));
    for finding in stopped_by(plan) {
        let word = paint(style::level(finding.level), finding.level.word());
        say(
            out,
            &format!("  {word}[{}]: {}", finding.code, visible(&finding.message)),
        );
    }
    if plan.proof.coverage.cells.is_empty() {
        let why = match plan.outcome.state {
            _ if !plan.target.enabled => "disabled: no lesson is required here, and our blocks are removed",
            TargetState::Refused | TargetState::Unreachable => "not looked at, so its coverage is unknown",
            _ => "no lesson applies to this target",
        };
        say(out, &paint(DIM, &format!("  {why}")));
    } else if plan.outcome.state == TargetState::Refused {
        let why = "refused: nothing is proposed; the value after an arrow is what the plan would produce";
        say(out, &paint(DIM, &format!("  {why}")));
    }
}

/// One row for each lesson, one column for each entry point.
fn matrix(out: &mut String, plan: &TargetPlan, levels: &PlannedLevels) {
    let lessons = by_lesson(plan);
    let has_checks = check_levels::has_checks(plan, levels);
    let names = entry_points(plan);
    let whole: Vec<bool> = lessons.iter().map(|cells| is_whole(cells)).collect();
    let count = whole.iter().filter(|whole| **whole).count();
    let counted_only = count > LISTED;
    let mut table = TextTable::new(&[]).indent(2).can_shrink(0);
    let ids = lessons.iter().filter_map(|cells| cells.first());
    let heads = heads(ids.map(|cell| cell.lesson.as_str()), &names);
    let mut head: Vec<Shown> = vec![Shown::styled(BOLD, "lesson"), Shown::styled(BOLD, "severity")];
    head.extend(heads.iter().map(|name| Shown::styled(BOLD, name)));
    head.extend(has_checks.then(|| Shown::styled(BOLD, "checks")));
    table.row(head);
    let mut any = false;
    for (cells, whole) in lessons.iter().zip(&whole) {
        let Some(first) = cells.first().filter(|_| !(counted_only && *whole)) else {
            continue;
        };
        any = true;
        let mut row = vec![
            Shown::from(first.lesson.as_str()),
            Shown::styled(style::severity(first.severity), first.severity.word()),
        ];
        row.extend(names.iter().map(|name| {
            let cell = cells.iter().find(|cell| cell.entry_point == *name);
            cell.map_or_else(|| Shown::from(""), |cell| mark(cell))
        }));
        row.extend(has_checks.then(|| check_levels::cell(levels.level(&first.lesson))));
        table.row(row);
    }
    if any {
        out.push_str(&table.render());
        out.push_str(&heads_legend(&heads, &names));
    }
    if counted_only {
        let by_severity = Severity::ALL.iter().filter_map(|severity| {
            let of = |(cells, whole): &(&Vec<&Placement>, &bool)| {
                **whole && cells.first().is_some_and(|cell| cell.severity == *severity)
            };
            let number = lessons.iter().zip(&whole).filter(of).count();
            (number > 0).then(|| format!("{number} {}", severity.word()))
        });
        let by_severity: Vec<String> = by_severity.collect();
        let line = format!(
            "  {} {} everywhere as required, now and after the merge: {} (-v lists them)",
            paint(GOOD, "✓"),
            counted(count, if any { "more lesson" } else { "lesson" }),
            by_severity.join(", ")
        );
        say(out, &line);
    }
}

/// The names of the columns, or numbers if the names are too wide beside these ids of lessons.
pub(super) fn heads<'i>(ids: impl Iterator<Item = &'i str>, names: &[String]) -> Vec<String> {
    let widest = ids.map(width).max().unwrap_or(0).min(40);
    let wide: usize = names.iter().map(|name| 2 + width(name).max(7)).sum();
    if 4 + widest + 2 + 8 + wide <= COLUMNS {
        names.to_vec()
    } else {
        (1..=names.len()).map(|number| number.to_string()).collect()
    }
}

/// The meaning of the numbers; empty if the columns have names.
pub(super) fn heads_legend(heads: &[String], names: &[String]) -> String {
    if heads == names {
        return String::new();
    }
    let pairs = heads.iter().zip(names);
    let pairs: Vec<String> = pairs.map(|(head, name)| format!("{head} {name}")).collect();
    paint(DIM, &fill(2, 2, &pairs.join(", ")))
}

/// The lessons of a matrix, each with its cells.
pub(super) fn by_lesson(plan: &TargetPlan) -> Vec<Vec<&Placement>> {
    let mut lessons: Vec<Vec<&Placement>> = Vec::new();
    for cell in &plan.proof.coverage.cells {
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
    let cells = longest.into_iter().flatten().chain(&plan.proof.coverage.cells);
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

fn mark(cell: &Placement) -> Shown {
    // The summary of a lesson without examples is the same as its full text. More detail than required is not shown here.
    let mut text = details(
        cell.current.detail.min(cell.required),
        cell.proposed.detail.min(cell.required),
    );
    if cell.exempt.is_some() {
        return Shown::styled(DIM, format!("({text})"));
    }
    if cell.waits.is_some() {
        text.push_str(" …");
        return Shown::styled(CAREFUL, text);
    }
    if cell.is_hole() {
        text.push_str(" !");
        return Shown::styled(BAD, text);
    }
    Shown::styled(if cell.is_covered_now() { GOOD } else { CAREFUL }, text)
}

/// With `-v`: every place, with its detail and line.
fn places(out: &mut String, plan: &TargetPlan, levels: &PlannedLevels) {
    for cells in by_lesson(plan) {
        if let Some(first) = cells.first() {
            let severity = paint(style::severity(first.severity), first.severity.word());
            let level = levels.level(&first.lesson);
            let level = level
                .is_checked()
                .then(|| format!("   {}", check_levels::painted(level)));
            let level = level.unwrap_or_default();
            say(out, &format!("  {}   {severity}{level}", visible(&first.lesson)));
        }
        let widest = cells
            .iter()
            .map(|cell| width(&cell.entry_point))
            .max()
            .unwrap_or(0);
        for cell in cells {
            let same = cell.current == cell.proposed;
            let name = format!("    {:widest$}", cell.entry_point);
            let later = format!("    {:widest$}", "");
            let style = match (&cell.exempt, cell.is_covered_now(), cell.is_hole()) {
                (Some(_), ..) => DIM,
                (None, true, _) => GOOD,
                (None, false, true) => BAD,
                (None, false, false) => CAREFUL,
            };
            let first = if same { "now, after" } else { "now       " };
            say(
                out,
                &format!("{name}  {first}  {}", paint(style, &place(&cell.current))),
            );
            if !same {
                let style = if cell.is_hole() { BAD } else { GOOD };
                say(
                    out,
                    &format!("{later}  after       {}", paint(style, &place(&cell.proposed))),
                );
            }
        }
    }
}

/// `full  CLAUDE.md:12`, or what is missing.
pub(super) fn place(presence: &Presence) -> String {
    let path = visible(&presence.path);
    match (presence.detail, presence.missing.is_empty()) {
        (Detail::None, true) => "nothing".to_owned(),
        (Detail::None, false) => format!("nothing  {path}: {}", visible(&presence.missing)),
        (detail, _) => format!("{:<7}  {path}:{}", detail.word(), presence.line),
    }
}

/// The exceptions, one line for each reason.
fn exempt(out: &mut String, plan: &TargetPlan, verbose: bool) {
    for (reason, places) in excused(plan) {
        let shown: Vec<&str> = places
            .iter()
            .take(if verbose { usize::MAX } else { 3 })
            .map(String::as_str)
            .collect();
        let more = match places.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let line = format!("excused: {}{more}: {}", shown.join("; "), visible(&reason));
        out.push_str(&paint(DIM, &fill(2, 4, &line)));
    }
}

/// The lessons that wait for canaries, one line for each.
fn waits(out: &mut String, plan: &TargetPlan) {
    for line in super::rollout::waits(plan) {
        out.push_str(&paint(CAREFUL, &fill(2, 4, &format!("not covered: {line}"))));
    }
}

/// The reasons of exceptions, each with its places: `image-tag-pinned at claude, copilot`.
pub(super) fn excused(plan: &TargetPlan) -> Vec<(String, Vec<String>)> {
    let mut by_reason: BTreeMap<&str, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for cell in &plan.proof.coverage.cells {
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

fn holes_of(out: &mut String, plan: &TargetPlan) {
    for cell in plan.proof.coverage.cells.iter().filter(|cell| cell.is_hole()) {
        let line = format!(
            "hole: {} at {}, required as `{}`: {}",
            visible(&cell.lesson),
            cell.entry_point,
            cell.required.word(),
            visible(&cell.proposed.missing)
        );
        out.push_str(&paint(BAD, &fill(2, 4, &line)));
    }
}

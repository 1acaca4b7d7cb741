//! Every placement with its line, for `-v`.
//!
//! Input: a plan's coverage. Output: a section for each lesson. Not here: the matrix (`matrix`).

use crate::report::coverage::matrix::by_lesson;
use crate::report::style::{self, BAD, CAREFUL, DIM, GOOD};
use crate::report::{Document, Line, TextTable, check_levels};
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::Presence;
use lessonbook_store::Detail;

/// With `-v`: every placement, with its line.
pub(super) fn placements(plan: &TargetPlan, levels: &PlannedLevels) -> Document {
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
            table.row([name, when.into(), Line::styled(style, found(&cell.current))]);
            if !same {
                let style = if cell.is_hole() { BAD } else { GOOD };
                table.row([
                    "".into(),
                    "after".into(),
                    Line::styled(style, found(&cell.proposed)),
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
fn found(presence: &Presence) -> String {
    let path = &presence.path;
    match (presence.detail, presence.missing.is_empty()) {
        (Detail::None, true) => "nothing".to_owned(),
        (Detail::None, false) => format!("nothing  {path}: {}", presence.missing),
        (detail, _) => format!("{:<7}  {path}:{}", detail.word(), presence.line),
    }
}

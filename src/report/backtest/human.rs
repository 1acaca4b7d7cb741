//! `backtest` on a terminal.
//!
//! Input: a report. Output: for each target its lessons, their places, and what the commits introduced.

use super::{BacktestHit, BacktestReport, HistoryBacktest, TargetBacktest};
use crate::report::findings::counted;
use crate::report::style;
use crate::report::{TableCell, TextTable};
use lessonbook_store::Status;

/// So many places of a lesson, and so many of a history, are listed without `-v`.
const SHOWN: usize = 20;
const SHOWN_OF_HISTORY: usize = 50;

/// The page. `all`: every place.
pub fn human(report: &BacktestReport, all: bool) -> String {
    let mut page = String::new();
    for target in &report.targets {
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(&of_target(target, all));
    }
    page
}

fn of_target(target: &TargetBacktest, all: bool) -> String {
    let short = target.base.commit.get(..7).unwrap_or(&target.base.commit);
    let mut page = format!(
        "{}  {} @{short}: {}\n",
        style::paint(style::BOLD, &target.name),
        target.base.branch,
        target.line()
    );
    for (number, lesson) in target.lessons.iter().enumerate() {
        let draft = match lesson.status {
            Status::Active => "",
            Status::Draft => ", draft",
            Status::Retired => ", retired",
        };
        let places = match lesson.places {
            0 => "no place".to_owned(),
            places => counted(places, "place"),
        };
        page.push_str(&format!(
            "  {}  {}{draft}: {places}\n",
            style::paint(style::BOLD, &lesson.id),
            style::paint(style::severity(lesson.severity), lesson.severity.word()),
        ));
        let of_lesson: Vec<&BacktestHit> = target.places.iter().filter(|hit| hit.number == number).collect();
        let most = if all { usize::MAX } else { SHOWN };
        let mut table = TextTable::new(&["", "", ""])
            .indent(4)
            .can_shrink(1)
            .can_shrink(2);
        for hit in of_lesson.iter().take(most) {
            table.row(cells(hit));
        }
        page.push_str(&table.render());
        page.push_str(&more(of_lesson.len(), most, "    "));
    }
    for unread in &target.unread {
        page.push_str(&format!(
            "  not read in whole: {}:{}: {}\n",
            unread.file, unread.line, unread.reason
        ));
    }
    for (file, lesson) in &target.cut {
        page.push_str(&format!(
            "  {file} has more places of {lesson} than are counted\n"
        ));
    }
    if let Some(history) = &target.history {
        page.push_str(&of_history(target, history, all));
    }
    page
}

fn of_history(target: &TargetBacktest, history: &HistoryBacktest, all: bool) -> String {
    let mut page = format!(
        "  {}: {}\n",
        style::paint(style::BOLD, "history"),
        history.line(&target.base)
    );
    let most = if all { usize::MAX } else { SHOWN_OF_HISTORY };
    let head = ["commit", "day", "authored", "lesson", "place", "text", "found"];
    let mut table = TextTable::new(&head).indent(4).can_shrink(5).can_shrink(6);
    for introduced in history.introduced.iter().take(most) {
        let first = [
            introduced
                .commit
                .get(..7)
                .unwrap_or(&introduced.commit)
                .to_owned(),
            introduced.day.to_string(),
            introduced.authored.to_string(),
            introduced.hit.lesson.clone(),
        ];
        table.row(
            first
                .into_iter()
                .map(TableCell::from)
                .chain(cells(&introduced.hit)),
        );
    }
    page.push_str(&table.render());
    page.push_str(&more(history.introduced.len(), most, "    "));
    page
}

fn cells(hit: &BacktestHit) -> [TableCell; 3] {
    let remark = if hit.excuse.is_some() {
        TableCell::styled(style::DIM, hit.remark())
    } else {
        hit.remark().into()
    };
    [
        hit.place().into(),
        TableCell::styled(style::DIM, hit.text()),
        remark,
    ]
}

fn more(count: usize, most: usize, indent: &str) -> String {
    match count.saturating_sub(most) {
        0 => String::new(),
        more => format!("{indent}and {more} more; -v lists all\n"),
    }
}

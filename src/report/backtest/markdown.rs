//! `backtest` as a page on GitHub.
//!
//! Input: a report. Output: a table of lessons for each target, their places folded, and what the commits introduced. A part that does
//! not fit is named at the end.

use super::{BacktestHit, BacktestReport, TargetBacktest};
use crate::report::findings::counted;
use crate::report::markdown_page::{MarkdownPage, details, name, row, words};
use lessonbook_pipeline::gfm_escape::code;
use lessonbook_store::Status;

/// So many places of a lesson are in a page.
const SHOWN: usize = 50;

/// The page.
pub fn markdown(report: &BacktestReport) -> String {
    let mut page = MarkdownPage::new();
    page.part(
        "the summary",
        &format!("## lessonbook backtest\n\n{}.\n", report.line()),
    );
    for target in &report.targets {
        page.part(&target.name, &of_target(target));
        for lesson in &target.lessons {
            let places = target.places.iter().filter(|hit| hit.lesson == lesson.id);
            let places: Vec<&BacktestHit> = places.collect();
            if places.is_empty() {
                continue;
            }
            let mut table = "| place | text | found |\n|---|---|---|\n".to_owned();
            for hit in places.iter().take(SHOWN) {
                let cells = cells(hit);
                table.push_str(&row(cells.iter().map(String::as_str)));
            }
            table.push_str(&more(places.len()));
            let summary = format!("{}: {}", name(&lesson.id), counted(places.len(), "place"));
            let part = format!("{}: {}", target.name, lesson.id);
            page.part(&part, &details(&summary, &table));
        }
        if let Some(part) = of_history(target) {
            page.part(&format!("{}: history", target.name), &part);
        }
    }
    for unread in &report.unread {
        let part = format!("{} was not read: {}.\n", code(&unread.name), words(&unread.why));
        page.part(&unread.name, &part);
    }
    page.finish("`lessonbook backtest -v` lists everything.")
}

fn of_target(target: &TargetBacktest) -> String {
    let short = target.base.commit.get(..7).unwrap_or(&target.base.commit);
    let mut text = format!(
        "### {}\n\n{} at {}: {}.\n\n",
        code(&target.name),
        code(&target.base.branch),
        code(short),
        target.line()
    );
    if target.lessons.is_empty() {
        return text;
    }
    let has_history = target.history.is_some();
    text.push_str(if has_history {
        "| lesson | severity | status | places | introduced |\n|---|---|---|--:|--:|\n"
    } else {
        "| lesson | severity | status | places |\n|---|---|---|--:|\n"
    });
    for lesson in &target.lessons {
        let status = match lesson.status {
            Status::Active => "active",
            Status::Draft => "draft",
            Status::Retired => "retired",
        };
        let mut cells = vec![
            code(&lesson.id),
            lesson.severity.word().to_owned(),
            status.to_owned(),
            lesson.places.to_string(),
        ];
        cells.extend(lesson.introduced.map(|introduced| introduced.to_string()));
        text.push_str(&row(cells.iter().map(String::as_str)));
    }
    if !target.unread.is_empty() {
        text.push_str("\n| not read in whole | reason |\n|---|---|\n");
        for unread in target.unread.iter().take(SHOWN) {
            let file = code(&format!("{}:{}", unread.file, unread.line));
            text.push_str(&row([file.as_str(), &words(&unread.reason)]));
        }
        text.push_str(&more(target.unread.len()));
    }
    text
}

fn of_history(target: &TargetBacktest) -> Option<String> {
    let history = target.history.as_ref()?;
    let mut text = format!("{}.\n\n", words(&history.line(&target.base)));
    if history.introduced.is_empty() {
        return Some(text);
    }
    let mut table =
        "| commit | day | authored | lesson | place | text | found |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for introduced in history.introduced.iter().take(SHOWN) {
        let mut cells_of_row = vec![
            code(introduced.commit.get(..7).unwrap_or(&introduced.commit)),
            introduced.day.to_string(),
            introduced.authored.to_string(),
            code(&introduced.hit.lesson),
        ];
        cells_of_row.extend(cells(&introduced.hit));
        table.push_str(&row(cells_of_row.iter().map(String::as_str)));
    }
    table.push_str(&more(history.introduced.len()));
    text.push_str(&details("Introduced places", &table));
    Some(text)
}

fn cells(hit: &BacktestHit) -> [String; 3] {
    let text = match hit.text() {
        "" => String::new(),
        text => code(text),
    };
    [code(&hit.place()), text, code(&hit.remark())]
}

fn more(count: usize) -> String {
    match count.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\nAnd {more} more.\n"),
    }
}

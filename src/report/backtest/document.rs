//! `backtest` as a document: for each target its lessons, their places, and what the commits introduced.

use super::{BacktestHit, BacktestLesson, BacktestReport, HistoryBacktest, TargetBacktest};
use crate::report::findings::counted;
use crate::report::style;
use crate::report::{Document, Line, TextTable, View};
use lessonbook_base::snapshot::Base;
use lessonbook_store::Status;

/// For a terminal. `all`: every place.
pub fn human(report: &BacktestReport, all: bool) -> String {
    document(report, View::terminal(all)).human()
}

/// A page on GitHub.
pub fn markdown(report: &BacktestReport) -> String {
    let mut page = Document::default();
    page.line(format!("{}.", report.line()));
    page.append(document(report, View::Page));
    for unread in &report.unread {
        page.line(Line::code(&unread.name).then(format!(" was not read: {}.", unread.why)));
    }
    page.markdown(
        "lessonbook backtest",
        "`lessonbook backtest -v` lists everything.",
    )
}

fn document(report: &BacktestReport, view: View) -> Document {
    let mut document = Document::default();
    for target in &report.targets {
        let title = Line::code(&target.name).style(style::BOLD);
        let (title, content) = if view.is_page() {
            let mut content = Document::default();
            content.line(base(&target.base).then(format!(": {}.", target.line())));
            (title, content)
        } else {
            let base = base(&target.base).then(format!(": {}", target.line()));
            (title.then("  ").then(base), Document::default())
        };
        document.section(title, fill(content, target, view));
    }
    document
}

/// `main @abc1234`.
fn base(base: &Base) -> Line {
    let short = base.commit.get(..7).unwrap_or(&base.commit);
    Line::code(&base.branch).then(" @").then(Line::code(short))
}

fn fill(mut content: Document, target: &TargetBacktest, view: View) -> Document {
    if view.is_page() {
        content.table(lessons(target));
    }
    for (number, lesson) in target.lessons.iter().enumerate() {
        let places: Vec<&BacktestHit> = target.places.iter().filter(|hit| hit.number == number).collect();
        if view.is_page() && places.is_empty() {
            continue;
        }
        let head = if view.is_page() {
            ["place", "text", "found"]
        } else {
            [""; 3]
        };
        let mut table = TextTable::new(&head)
            .can_shrink(1)
            .can_shrink(2)
            .most(view.most(20, 50));
        for hit in places {
            table.row(cells(hit));
        }
        let mut of_lesson = Document::default();
        of_lesson.table(table);
        content.folded(title(lesson), of_lesson);
    }
    for unread in &target.unread {
        content.item(
            Line::from("not read in whole: ")
                .then(Line::code(format!("{}:{}", unread.file, unread.line)))
                .then(format!(": {}", unread.reason)),
        );
    }
    for (file, lesson) in &target.cut {
        content.item(
            Line::code(file)
                .then(" has more places of ")
                .then(Line::code(lesson))
                .then(" than are counted"),
        );
    }
    if let Some(history) = &target.history {
        let title = Line::styled(style::BOLD, "history").then(format!(": {}", history.line(&target.base)));
        content.folded(title, introduced(history, view));
    }
    content
}

/// `probes  critical, draft: 3 places`.
fn title(lesson: &BacktestLesson) -> Line {
    let status = match lesson.status {
        Status::Active => "",
        Status::Draft => ", draft",
        Status::Retired => ", retired",
    };
    let places = match lesson.places {
        0 => "no place".to_owned(),
        places => counted(places, "place"),
    };
    Line::code(&lesson.id)
        .style(style::BOLD)
        .then("  ")
        .then(Line::styled(
            style::severity(lesson.severity),
            lesson.severity.word(),
        ))
        .then(format!("{status}: {places}"))
}

fn lessons(target: &TargetBacktest) -> TextTable {
    let with_history = target.history.is_some();
    let head = ["lesson", "severity", "status", "places", "introduced"];
    let head = if with_history { &head[..] } else { &head[..4] };
    let mut table = TextTable::new(head).right(3).right(4);
    for lesson in &target.lessons {
        let status = match lesson.status {
            Status::Active => "active",
            Status::Draft => "draft",
            Status::Retired => "retired",
        };
        let mut row = vec![
            Line::code(&lesson.id),
            lesson.severity.word().into(),
            status.into(),
            lesson.places.to_string().into(),
        ];
        row.extend(lesson.introduced.map(|introduced| introduced.to_string().into()));
        table.row(row);
    }
    table
}

fn introduced(history: &HistoryBacktest, view: View) -> Document {
    let head = ["commit", "day", "authored", "lesson", "place", "text", "found"];
    let mut table = TextTable::new(&head)
        .can_shrink(5)
        .can_shrink(6)
        .most(view.most(50, 50));
    for introduced in &history.introduced {
        let commit = introduced.commit.get(..7).unwrap_or(&introduced.commit);
        let first = [
            Line::code(commit),
            introduced.day.to_string().into(),
            introduced.authored.to_string().into(),
            Line::code(&introduced.hit.lesson),
        ];
        table.row(first.into_iter().chain(cells(&introduced.hit)));
    }
    let mut content = Document::default();
    content.table(table);
    content
}

fn cells(hit: &BacktestHit) -> [Line; 3] {
    let style = if hit.excuse.is_some() {
        style::DIM
    } else {
        anstyle::Style::new()
    };
    [
        Line::code(hit.place()),
        Line::code(hit.text()).style(style::DIM),
        Line::code(hit.remark()).style(style),
    ]
}

//! Prints the result of `verify`: a line for each managed block and each checks file, and the findings.
//!
//! Input: the report about the files. Output: text for a terminal, or JSON. Not here: the verification (`pipeline/verify`).

use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::{self, Summary, counted, page};
use super::style::{self, BAD, CAREFUL, DIM, GOOD};
use super::{Document, Line, TextTable};
use lessonbook_base::finding::{Finding, Level, Location};
use lessonbook_pipeline::checks_delivery;
use lessonbook_pipeline::verify::VerifyReport;

/// For a terminal.
pub fn human(report: &VerifyReport) -> String {
    if report.files.is_empty() && report.findings.is_empty() {
        return "no managed block and no checks file of any store was found\n".to_owned();
    }
    let mut table = TextTable::new(&[]);
    for file in &report.files {
        let mark = if file.ok {
            Line::styled(GOOD, "✓")
        } else {
            Line::styled(BAD, "✗")
        };
        let lines = match (file.line, &file.through) {
            (_, Some(through)) => format!("is a link to {through}"),
            (0, _) => String::new(),
            (line, _) => format!("lines {line} to {}", file.end),
        };
        let note = if file.reformatted {
            "reformatted, which is allowed"
        } else {
            ""
        };
        table.row([
            mark,
            file.path.as_str().into(),
            file.store.as_str().into(),
            lines.as_str().into(),
            note.into(),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    let findings = report.findings.iter();
    for finding in findings.filter(|finding| finding.level > Level::Note) {
        document.gap();
        add(&mut document, finding);
    }
    document.human()
}

fn add(document: &mut Document, finding: &Finding) {
    let mark = match finding.level {
        Level::Error => Line::styled(BAD, "✗"),
        _ => Line::styled(CAREFUL, "!"),
    };
    let place = finding.at.as_ref();
    let place = place
        .map(|at| format!("{}:{}", at.file, at.line))
        .unwrap_or_default();
    let word = format!("{}[{}]", finding.level.word(), finding.code);
    let title = mark
        .then(format!(" {place}: "))
        .then(Line::styled(style::level(finding.level), word))
        .then(format!(": {}", without_place(finding)));
    let mut details = Document::default();
    if let Some(at) = finding.at.as_ref().filter(|at| !at.text.trim().is_empty()) {
        details.line(Line::styled(DIM, format!("{} |", at.line)).then(format!(" {}", at.text)));
    }
    for (word, text) in [("effect", &finding.effect), ("next", &finding.help)] {
        if let Some(text) = text {
            details.line(format!("{word}: {text}"));
        }
    }
    document.section(title, details);
}

/// The message, without the place with which it may begin.
fn without_place(finding: &Finding) -> &str {
    let prefixes = |at: &Location| {
        [
            format!("`{}`, line {}: ", at.file, at.line),
            format!("`{}`: ", at.file),
        ]
    };
    let message = finding.at.as_ref().and_then(|at| {
        let mut prefixes = prefixes(at).into_iter();
        prefixes.find_map(|prefix| finding.message.strip_prefix(&prefix))
    });
    message.unwrap_or(&finding.message)
}

/// Annotations, the severest first, as many as GitHub shows.
pub fn github(report: &VerifyReport) -> String {
    let mut findings: Vec<(Finding, usize)> = report
        .findings
        .iter()
        .map(|finding| (finding.clone(), 1))
        .collect();
    findings.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.level));
    findings::github_step(&findings, "verify")
}

/// For programs.
pub fn json(report: &VerifyReport) -> Value {
    let findings = report.findings.iter().map(|finding| {
        let mut row = json!(finding);
        row["more"] = json!(page(finding.code));
        row
    });
    let data = json!({
        "ok": report.is_ok(),
        "files": report.files,
        "findings": findings.collect::<Vec<_>>(),
        "summary": Summary::new(&report.findings, 0),
    });
    envelope(DocumentSubject::NoStore, data)
}

/// `7 of 8 blocks and 1 of 1 checks file fine; 1 error, 0 warnings`.
pub fn sum(report: &VerifyReport) -> String {
    let count = |is_checks: bool, noun: &str| {
        let files = report.files.iter();
        let files = files.filter(|file| (file.entry_point == checks_delivery::ENTRY_POINT) == is_checks);
        let all = files.clone().count();
        (
            all,
            format!(
                "{} of {}",
                files.filter(|file| file.ok).count(),
                counted(all, noun)
            ),
        )
    };
    let (blocks, checks) = (count(false, "block"), count(true, "checks file"));
    let parts: Vec<String> = match (blocks, checks) {
        ((_, blocks), (0, _)) => vec![blocks],
        ((0, _), (_, checks)) => vec![checks],
        ((_, blocks), (_, checks)) => vec![blocks, checks],
    };
    let summary = Summary::new(&report.findings, 0);
    format!(
        "{} fine; {}, {}",
        parts.join(" and "),
        counted(summary.errors, "error"),
        counted(summary.warnings, "warning")
    )
}

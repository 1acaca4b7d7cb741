//! Findings as workflow commands: GitHub shows them as annotations beside the lines of a pull request.
//!
//! Input: findings. Output: one line per finding.
//!
//! Syntax and escapes: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>, and
//! `packages/core/src/command.ts` of actions/toolkit (read 2026-11-20).

use crate::report::sanitize::visible;
use lessonbook_base::finding::{Finding, Level};

/// Findings as `::error file=…,line=…,col=…,endColumn=…,title=…::message`.
pub fn github(findings: &[Finding]) -> String {
    findings.iter().map(one).collect()
}

fn one(finding: &Finding) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = super::file_of_the_store(finding) {
        properties.push(format!("file={}", property(&visible(&place.file))));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
        properties.push(format!("endColumn={}", place.column + place.length.max(1)));
    }
    properties.push(format!("title={}", property(finding.code.name())));
    let mut lines = super::lines(finding);
    if let Some(target) = &finding.target {
        lines.insert(1, format!("target: {target}"));
    }
    let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
    let message = data(&lines.join("\n"));
    format!("::{command} {}::{message}\n", properties.join(","))
}

/// Escapes the text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

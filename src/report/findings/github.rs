//! Findings as workflow commands: GitHub shows them as annotations beside the lines of a pull request.
//!
//! Input: findings. Output: one line per finding.
//!
//! Syntax and escapes: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>, and
//! `packages/core/src/command.ts` of actions/toolkit (read 2026-11-20).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::report::sanitize::visible;
use lessonbook_base::finding::{Code, Finding, Level};

/// How many annotations of each level a step makes. GitHub shows ten of each level for a step and fifty for a job; `verify` and `lint`
/// may be two steps of one job, and the line that counts the others is a notice, too.
const ROOM: [(Level, usize); 3] = [(Level::Error, 10), (Level::Warning, 10), (Level::Note, 4)];

/// Findings as `::error file=…,line=…,col=…,endColumn=…,title=…::message`.
pub fn github(findings: &[Finding]) -> String {
    findings.iter().map(one).collect()
}

/// The annotations of one step of a target's job: as many as are shown, the first of each level, and one line that counts the others.
/// `findings`: each with the number of findings that it represents. `command`: what lists all of them.
pub fn github_step(findings: &[(Finding, usize)], command: &str) -> String {
    let mut room = BTreeMap::from(ROOM);
    let mut hidden: BTreeMap<Reverse<Level>, usize> = BTreeMap::new();
    let mut text = String::new();
    for (finding, count) in findings {
        let room = room.entry(finding.level).or_default();
        if *room > 0 {
            *room -= 1;
            text.push_str(&one(finding));
        } else {
            *hidden.entry(Reverse(finding.level)).or_default() += count;
        }
    }
    let words = hidden
        .iter()
        .map(|(Reverse(level), count)| super::counted(*count, level.word()));
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        text.push_str(&format!(
            "::notice title=lessonbook {command}::{} not shown here: `lessonbook {command}` lists all\n",
            words.join(", ")
        ));
    }
    text
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
    // What a check finds is about a lesson, so people see that first.
    let title = match &finding.lesson {
        Some(lesson) if finding.code == Code::CheckHit => lesson,
        _ => finding.code.name(),
    };
    properties.push(format!("title={}", property(&visible(title))));
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

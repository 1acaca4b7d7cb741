//! The findings of an audit as a page: one section for each code, with the place and the way out of each finding.
//!
//! Input: findings. Output: Markdown. Not here: the other formats, which all findings have (`findings`).

use std::collections::BTreeMap;

use super::findings::{Summary, counted};
use super::{Document, Line};
use lessonbook_base::finding::{Code, Finding};

/// How many findings of a code are listed.
const MOST: usize = 100;

/// The page.
pub fn markdown(findings: &[Finding], summary: Summary) -> String {
    let mut page = Document::default();
    page.line(format!("{}.", summary.line()));
    for (code, own) in by_code(findings) {
        let title = Line::code(code.name()).then(format!(": {} ({})", code.title(), own.len()));
        let mut section = Document::default();
        for finding in own.iter().take(MOST) {
            section.item_with(first_line(finding), finding.help.clone().map(Line::from));
        }
        section.more(own.len().saturating_sub(MOST));
        page.section(title, section);
    }
    page.markdown("Audit of the lessons", "run `lessonbook audit`")
}

/// How many findings of each code there are: `2 never-placed, 1 path-gone`. Empty: there are none.
pub fn counts(findings: &[Finding]) -> String {
    let counts = by_code(findings)
        .into_iter()
        .map(|(code, own)| format!("{} `{}`", own.len(), code.name()));
    counts.collect::<Vec<String>>().join(", ")
}

fn first_line(finding: &Finding) -> Line {
    match &finding.at {
        Some(at) => Line::code(format!("{}:{}", at.file, at.line)).then(format!(" {}", finding.message)),
        None => finding.message.as_str().into(),
    }
}

/// The findings of each code, those of the highest level first.
fn by_code(findings: &[Finding]) -> Vec<(Code, Vec<&Finding>)> {
    let mut by_code: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let mut all: Vec<(Code, Vec<&Finding>)> = by_code.into_iter().collect();
    all.sort_by_key(|(_, own)| std::cmp::Reverse(own.iter().map(|finding| finding.level).max()));
    all
}

/// `audit: 2 warnings, 1 note in 47 lessons`.
pub fn line(summary: Summary) -> String {
    format!(
        "audit: {}, {} in {}",
        counted(summary.warnings, "warning"),
        counted(summary.notes, "note"),
        counted(summary.lessons, "lesson")
    )
}

//! The findings of an audit, as lines of a page.
//!
//! Input: the outline. Output: [`AuditLine`]s for the templates. Not here: what is a finding (crate `audit`).

use serde::Serialize;

use crate::outline::SiteOutline;
use lessonbook_base::finding::Finding;

/// A finding.
#[derive(Serialize)]
pub struct AuditLine<'a> {
    level: &'static str,
    code: &'static str,
    message: &'a str,
    /// File and line; empty: it has none.
    place: String,
    help: &'a str,
    /// The lesson; empty: it is about several.
    lesson: &'a str,
    /// The lesson's page, from the site's root.
    href: String,
}

/// The findings about a lesson, or about any. A public site has none: they name targets and their files.
pub fn audit_lines<'a>(outline: &'a SiteOutline, lesson: Option<&str>) -> Vec<AuditLine<'a>> {
    let findings = outline.input.findings.iter();
    findings
        .filter(|_| !outline.head.is_public)
        .filter(|finding| lesson.is_none() || finding.lesson.as_deref() == lesson)
        .map(|finding| line(outline, finding))
        .collect()
}

fn line<'a>(outline: &SiteOutline, finding: &'a Finding) -> AuditLine<'a> {
    let lesson = finding.lesson.as_deref().unwrap_or_default();
    let at = finding.at.as_ref();
    AuditLine {
        level: finding.level.word(),
        code: finding.code.name(),
        message: &finding.message,
        place: at.map_or_else(String::new, |at| format!("{}:{}", at.file, at.line)),
        help: finding.help.as_deref().unwrap_or_default(),
        lesson,
        href: outline.lesson_href(lesson).unwrap_or_default(),
    }
}

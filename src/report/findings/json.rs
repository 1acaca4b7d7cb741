//! Findings for scripts.
//!
//! Comes in: findings and their counts. Goes out: one JSON object with a version. Leaves to others: what the fields mean,
//! which `finding.rs` says.

use serde::Serialize;

use super::Summary;
use lessonbook_base::finding::Finding;

/// The version of every JSON that Lessonbook prints. A new field is no new version; a field that changes or goes is.
pub const FORMAT_VERSION: &str = "1.0";

/// Findings as JSON, with a final newline.
pub fn json(findings: &[Finding], summary: Summary) -> serde_json::Result<String> {
    let page = Page {
        format_version: FORMAT_VERSION,
        findings: findings.iter().map(Row::of).collect(),
        summary,
    };
    Ok(serde_json::to_string_pretty(&page)? + "\n")
}

#[derive(Serialize)]
struct Page<'a> {
    format_version: &'static str,
    findings: Vec<Row<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    more: String,
}

impl<'a> Row<'a> {
    fn of(finding: &'a Finding) -> Self {
        Row {
            finding,
            more: super::page(finding.code),
        }
    }
}

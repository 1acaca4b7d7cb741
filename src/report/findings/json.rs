//! Findings for scripts.
//!
//! Input: findings and their counts. Output: one JSON object with a version. Not here: what the fields mean,
//! which `finding.rs` says.

use serde::Serialize;

use super::Summary;
use crate::report::envelope::{DocumentSubject, envelope};
use lessonbook_base::finding::Finding;

/// Findings as JSON, with a final newline.
pub fn json(
    about: DocumentSubject<'_>,
    findings: &[Finding],
    summary: Summary,
) -> serde_json::Result<String> {
    let rows: Vec<FindingRow<'_>> = findings.iter().map(FindingRow::of).collect();
    let data = serde_json::json!({ "findings": rows, "summary": summary });
    Ok(serde_json::to_string_pretty(&envelope(about, data))? + "\n")
}

#[derive(Serialize)]
struct FindingRow<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    more: String,
}

impl<'a> FindingRow<'a> {
    fn of(finding: &'a Finding) -> Self {
        FindingRow {
            finding,
            more: super::page(finding.code),
        }
    }
}

//! Findings as JSON.
//!
//! Input: findings and their counts. Output: one JSON object with a version. The fields are explained in `base/finding.rs`.

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
    let data = serde_json::json!({ "findings": rows(findings), "summary": summary });
    Ok(serde_json::to_string_pretty(&envelope(about, data))? + "\n")
}

/// Findings as the items of a list in a document.
pub fn rows(findings: &[Finding]) -> Vec<serde_json::Value> {
    let rows = findings.iter().map(FindingRow::new);
    rows.map(|row| serde_json::json!(row)).collect()
}

#[derive(Serialize)]
struct FindingRow<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    more: String,
}

impl<'a> FindingRow<'a> {
    fn new(finding: &'a Finding) -> Self {
        FindingRow {
            finding,
            more: super::page(finding.code),
        }
    }
}

//! What `lint` prints.
//!
//! Input: a [`LintReport`] for each repository. Output: a page, JSON, annotations or SARIF, and a line of summary. Not here: making
//! the findings (`commands/lint`).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::envelope::{DocumentSubject, envelope};
use super::findings::{self, SarifLesson, counted};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_store::CheckedLesson;

/// GitHub keeps so many results of a SARIF file.
const MAX_RESULTS: usize = 5_000;

/// What was found in one repository.
#[derive(Debug)]
pub struct LintReport {
    /// Its folder or the target's name.
    pub name: String,
    /// What is before the names of its files.
    pub prefix: String,
    /// Whether it is a target, checked from the store.
    pub is_target: bool,
    /// Names and homes of the stores whose checks ran.
    pub stores: Vec<(String, String)>,
    /// The commit before the change, and how a person names it.
    pub base: Option<(String, String)>,
    /// Whether every place was listed, and not only new ones.
    pub all: bool,
    /// Whether every checks file could be read.
    pub is_readable: bool,
    /// The lessons whose checks ran.
    pub lessons: Vec<CheckedLesson>,
    /// New hits first, the most severe first.
    pub findings: Vec<Finding>,
    /// How many.
    pub counts: LintCounts,
}

/// The figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LintCounts {
    /// Lessons whose checks ran.
    pub lessons: usize,
    /// Files that were read.
    pub files: usize,
    /// Paths that the change adds, edits or deletes.
    pub changed: usize,
    /// New places that nothing excuses.
    pub new: usize,
    /// Places in changed files that were there before.
    pub old: usize,
    /// Places that a comment or an exception excuses.
    pub excused: usize,
    /// Places that could not be decided.
    pub undecided: usize,
    /// Files, or parts of them, that could not be read.
    pub unread: usize,
    /// Files that are not text.
    pub binary: usize,
}

impl LintReport {
    /// One line: how many places, compared with what.
    pub fn line(&self) -> String {
        let counts = &self.counts;
        let from = if self.is_target {
            format!("{}: ", self.name)
        } else {
            String::new()
        };
        if self.stores.is_empty() || counts.lessons == 0 {
            let why = if !self.is_readable {
                "no checks could be read"
            } else if self.is_target {
                "no lesson that concerns it has checks"
            } else if self.all {
                "no checks here: there is no file .lessonbook/NAME.checks.yaml"
            } else {
                "no checks here: before this change there was no file .lessonbook/NAME.checks.yaml"
            };
            return format!("{from}{why}");
        }
        let mut line = if self.all {
            format!(
                "{from}{} in {}",
                counted(counts.new, "place"),
                counted(counts.files, "file")
            )
        } else {
            format!(
                "{from}{} in {}",
                counted(counts.new, "new place"),
                counted(counts.changed, "changed file")
            )
        };
        let kept = [
            (counts.old, "old place stays", "old places stay"),
            (counts.excused, "place is excused", "places are excused"),
            (
                counts.undecided,
                "place could not be decided",
                "places could not be decided",
            ),
            (
                counts.unread,
                "file could not be read in whole",
                "files could not be read in whole",
            ),
        ];
        for (count, one, many) in kept.into_iter().filter(|(count, ..)| *count > 0) {
            line.push_str(&format!("; {count} {}", if count == 1 { one } else { many }));
        }
        if let Some((commit, name)) = &self.base {
            let short = commit.get(..7).unwrap_or(commit);
            line.push_str(&format!("; compared with {short} ({name})"));
        }
        line
    }
}

/// For a terminal.
pub fn human(reports: &[LintReport]) -> String {
    reports
        .iter()
        .map(|report| findings::human(&report.findings))
        .collect()
}

/// For scripts.
pub fn json(reports: &[LintReport]) -> serde_json::Result<String> {
    let count = |level| {
        let all = reports.iter().flat_map(|report| &report.findings);
        all.filter(|finding| finding.level == level).count()
    };
    let of_report = |report: &LintReport| {
        let stores: Vec<_> = report
            .stores
            .iter()
            .map(|(name, home)| json!({ "name": name, "home": home }))
            .collect();
        let base = report
            .base
            .as_ref()
            .map(|(commit, name)| json!({ "commit": commit, "name": name }));
        json!({
            "name": report.name,
            "stores": stores,
            "base": base,
            "all": report.all,
            "counts": report.counts,
            "findings": findings::rows(&report.findings),
        })
    };
    let data = json!({
        "repositories": reports.iter().map(of_report).collect::<Vec<_>>(),
        "summary": { "errors": count(Level::Error), "warnings": count(Level::Warning), "notes": count(Level::Note) },
    });
    Ok(serde_json::to_string_pretty(&envelope(DocumentSubject::NoStore, data))? + "\n")
}

/// Annotations: the most severe first, one for each lesson and file, as many as GitHub shows. Excused places get none.
pub fn github(reports: &[LintReport]) -> String {
    let mut shown: Vec<(Finding, usize)> = Vec::new();
    let mut first: BTreeMap<(String, String), usize> = BTreeMap::new();
    let all = reports.iter().flat_map(|report| &report.findings);
    for finding in all.filter(|finding| finding.code != Code::CheckExcused) {
        if finding.code != Code::CheckHit {
            shown.push((finding.clone(), 1));
            continue;
        }
        let file = finding.at.as_ref().map(|place| place.file.clone());
        let key = (
            finding.lesson.clone().unwrap_or_default(),
            file.unwrap_or_default(),
        );
        if let Some(at) = first.get(&key) {
            shown[*at].1 += 1;
        } else {
            first.insert(key, shown.len());
            shown.push((finding.clone(), 1));
        }
    }
    for (finding, count) in &mut shown {
        if *count > 1 {
            let others = counted(*count - 1, "more place");
            finding.message.push_str(&format!(" (and {others} in this file)"));
        }
    }
    // Stable, so that findings of a level keep their order.
    shown.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.level));
    findings::github_step(&shown, "lint")
}

/// For code scanning: one rule for each lesson, and what is excused as suppressed.
pub fn sarif(reports: &[LintReport]) -> serde_json::Result<String> {
    let mut lessons: Vec<SarifLesson> = Vec::new();
    for lesson in reports.iter().flat_map(|report| &report.lessons) {
        if !lessons.iter().any(|known| known.id == lesson.id) {
            lessons.push(SarifLesson {
                id: &lesson.id,
                title: &lesson.title,
                rule: &lesson.rule,
            });
        }
    }
    let all = reports.iter().flat_map(|report| report.findings.iter().cloned());
    let all: Vec<Finding> = all.take(MAX_RESULTS).collect();
    let prefix = reports
        .first()
        .filter(|report| !report.is_target)
        .map_or("", |report| &report.prefix);
    findings::sarif_with_lessons(&all, prefix, &lessons)
}

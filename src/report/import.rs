//! The report of `import`: clusters, disagreements, and the account of each file.
//!
//! Input: an [`ImportReport`]. Output: text for a terminal, a page, or one JSON document. Not here: what becomes of a rule.

use std::collections::BTreeMap;

use serde_json::json;

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::style::{self, paint};
use lessonbook_import::{Account, Cluster, Confidence, ImportResult, Sum};
use lessonbook_store::Store;

/// So many places of a rule are shown on a terminal.
const PLACES: usize = 4;

/// What there is to report.
pub struct ImportReport<'a> {
    /// The rules and the files.
    pub result: &'a ImportResult,
    /// The account of each file.
    pub accounts: Vec<Account>,
    /// Rules below this are counted, not shown.
    pub level: Confidence,
    /// The file of each draft, by cluster.
    pub drafts: BTreeMap<String, String>,
    /// Why a chosen cluster yields no draft.
    pub refused: BTreeMap<String, String>,
    /// Whether the rules that are sure enough are written as drafts.
    pub is_written: bool,
}

impl ImportReport<'_> {
    fn shown(&self) -> impl Iterator<Item = &Cluster> {
        let clusters = self.result.clusters.iter();
        clusters.filter(|cluster| cluster.lesson.is_none() && cluster.confidence >= self.level)
    }
}

/// One rule with its places.
pub fn one(result: &ImportResult, cluster: &Cluster) -> String {
    let mut text = format!("{}\n", paint(style::BOLD, &cluster.rule));
    let paths = if cluster.paths.is_empty() {
        "all paths".to_owned()
    } else {
        cluster.paths.join(", ")
    };
    text.push_str(&format!(
        "  {} ({}) · {paths} · confidence {} · {}\n",
        cluster.severity.word(),
        cluster.severity_reason,
        cluster.confidence.word(),
        cluster.id
    ));
    if let Some(note) = &cluster.scope_note {
        text.push_str(&format!("  scope: {note}\n"));
    }
    for citation in cluster.citations.iter().take(PLACES) {
        text.push_str(&format!(
            "  {}: {}:{}\n",
            citation.repository, citation.path, citation.line
        ));
        if let Some(wording) = &citation.wording {
            text.push_str(&format!("    there: {wording}\n"));
        }
    }
    if cluster.citations.len() > PLACES {
        text.push_str(&format!(
            "  and {}\n",
            counted(cluster.citations.len() - PLACES, "more place")
        ));
    }
    for (other, difference) in disagreeing(result, &cluster.id) {
        text.push_str(&format!(
            "  {}: {difference}: {}\n",
            paint(style::CAREFUL, "disagrees"),
            other.rule
        ));
    }
    text
}

/// The clusters that do not agree with one.
fn disagreeing<'a>(result: &'a ImportResult, id: &str) -> Vec<(&'a Cluster, &'a str)> {
    let pairs = result.disagreements.iter().filter_map(|pair| {
        let other = if pair.one == id {
            &pair.other
        } else if pair.other == id {
            &pair.one
        } else {
            return None;
        };
        let found = result.clusters.iter().find(|cluster| cluster.id == *other)?;
        Some((found, pair.difference.as_str()))
    });
    pairs.collect()
}

/// For a terminal.
pub fn human(report: &ImportReport<'_>, files_too: bool) -> String {
    let mut text = String::new();
    for cluster in report.shown() {
        text.push_str(&one(report.result, cluster));
        text.push('\n');
    }
    text.push_str(&summary(report));
    for account in &report.accounts {
        if files_too || account.left_out.keys().any(|why| is_whole_file(account, why)) {
            text.push_str(&format!(
                "{}: {}: {}\n",
                account.repository,
                account.path,
                sums(account)
            ));
        }
    }
    text
}

/// For a page.
pub fn markdown(report: &ImportReport<'_>) -> String {
    let mut text = String::from("# Rules found by import\n\n");
    text.push_str(&summary(report));
    text.push('\n');
    for cluster in report.shown() {
        let paths: Vec<String> = cluster.paths.iter().map(|path| format!("`{path}`")).collect();
        let paths = if paths.is_empty() {
            "all paths".to_owned()
        } else {
            paths.join(", ")
        };
        text.push_str(&format!("- {}\n", cluster.rule));
        text.push_str(&format!(
            "  - {} ({}), {paths}, confidence {}, `{}`\n",
            cluster.severity.word(),
            cluster.severity_reason,
            cluster.confidence.word(),
            cluster.id
        ));
        for citation in &cluster.citations {
            text.push_str(&format!(
                "  - {}: `{}:{}`\n",
                citation.repository, citation.path, citation.line
            ));
        }
        for (other, difference) in disagreeing(report.result, &cluster.id) {
            text.push_str(&format!("  - Disagrees ({difference}): {}\n", other.rule));
        }
    }
    text.push_str("\n## Files\n\n");
    for account in &report.accounts {
        text.push_str(&format!(
            "- {}: `{}`: {}\n",
            account.repository,
            account.path,
            sums(account)
        ));
    }
    text
}

/// For scripts.
pub fn json(report: &ImportReport<'_>, store: Option<&Store>) -> String {
    let subject = store.map_or(DocumentSubject::NoStore, DocumentSubject::Store);
    let document = envelope(
        subject,
        json!({
            "clusters": report.result.clusters,
            "disagreements": report.result.disagreements,
            "files": report.accounts,
            "drafts": report.drafts,
            "refused": report.refused,
        }),
    );
    format!("{document:#}\n")
}

fn summary(report: &ImportReport<'_>) -> String {
    let clusters = &report.result.clusters;
    let known = clusters.iter().filter(|cluster| cluster.lesson.is_some()).count();
    let shown = report.shown().count();
    let below = clusters.len() - known - shown;
    let files = counted(report.accounts.len(), "file");
    let mut parts = vec![format!("{} in {files}", counted(shown, "rule"))];
    if below > 0 {
        parts.push(format!("{below} less sure (`--take all`)"));
    }
    if known > 0 {
        parts.push(format!("{known} already in the store"));
    }
    let pairs = report.result.disagreements.len();
    if pairs > 0 {
        parts.push(counted(pairs, "disagreement"));
    }
    let mut text = format!("{}\n", parts.join(", "));
    let total: usize = report.accounts.iter().map(|account| account.size).sum();
    let sum = |pick: &dyn Fn(&Account) -> usize| report.accounts.iter().map(pick).sum::<usize>();
    text.push_str(&format!(
        "{total} bytes: {} taken, {} listed, {} duplicate, {} left out\n",
        sum(&|account| account.taken.bytes),
        sum(&|account| account.listed.bytes),
        sum(&|account| account.duplicate.bytes),
        sum(&|account| account.left_out.values().map(|sum| sum.bytes).sum()),
    ));
    if !report.is_written && shown > 0 {
        text.push_str("Nothing is written; `--take high`, `default` or `all` writes drafts.\n");
    }
    text
}

fn is_whole_file(account: &Account, why: &str) -> bool {
    account
        .left_out
        .get(why)
        .is_some_and(|sum| sum.bytes == account.size && sum.passages == 1)
}

/// The sums of a file in words.
fn sums(account: &Account) -> String {
    let mut parts = Vec::new();
    for (sum, what) in [
        (account.taken, "taken"),
        (account.listed, "listed"),
        (account.duplicate, "duplicate"),
    ] {
        if sum.passages > 0 {
            parts.push(part(sum, what));
        }
    }
    let left = account.left_out.iter();
    parts.extend(left.map(|(why, sum)| part(*sum, &format!("left out, because: {why}"))));
    format!("{} bytes = {}", account.size, parts.join(" + "))
}

fn part(sum: Sum, what: &str) -> String {
    format!("{} ({}) {what}", sum.bytes, counted(sum.passages, "part"))
}

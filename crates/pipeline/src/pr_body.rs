//! The text of a pull request: what a reviewer who does not know this tool needs in order to decide.
//!
//! Input: a target's plan and the store. Output: title and body, with one hidden line that records what was proposed
//! ([`BodyMetadata`]). Not here: when a text is written (`lifecycle`). Nothing in a lesson's words can mention, link or close anything
//! on GitHub (`gfm_escape`). Whatever the plan holds, the body has less than 58,000 bytes, the hidden line included.

mod checks;
mod details;
mod metadata;
mod metadata_words;
mod moved;
mod store_pages;
mod summary;
mod table;
mod withdrawals;

use std::fmt::Write;

use super::branch_action;
use super::changes::{ChangeKind, LessonChange};
use super::drift::Drift;
use super::gfm_escape::{code, cut, quiet};
use super::plan::TargetPlan;
use crate::pr_body::store_pages::StorePages;
use crate::pull_request::PullText;
use details::details;
use lessonbook_base::finding::Code;
use lessonbook_store::Store;
use summary::summary;

pub use metadata::{BodyMetadata, EarlierWithdrawals, ReproposalReason, replace};

/// GitHub refuses a title with more characters.
const TITLE: usize = 256;
/// Well below the 65,536 characters that GitHub accepts. Counted in bytes, of which there are never fewer than characters.
const BODY: usize = 58_000;
/// The limits of the table, then of table and quoted rules together, then of everything before the last lines.
const PARTS: [usize; 3] = [16_000, 32_000, BODY - 2_000];

/// What a body needs besides plan and store.
#[derive(Debug, Clone, Copy)]
pub struct BodyInput<'a> {
    /// The store's commit, in hexadecimal digits; none if it is not in a repository.
    pub store_commit: Option<&'a str>,
    /// The address of GitHub: `https://github.com`, or the Enterprise Server's.
    pub server: &'a str,
    /// The run's number in Actions, if it runs there.
    pub run: Option<&'a str>,
}

/// Writes title and body, and returns the metadata of the hidden line that ends the body.
pub fn write(
    store: &Store,
    plan: &TargetPlan,
    about: &BodyInput<'_>,
    past: &EarlierWithdrawals<'_>,
) -> (PullText, BodyMetadata) {
    let marker = BodyMetadata::new(store, plan, about.store_commit, past);
    let title = branch_action::title(
        store,
        &plan.content.changes,
        &plan.content.edits,
        &marker.withdrawn,
    );
    let title = cut(&title, TITLE);
    let spare = marker.line().len() + 100; // the digests are still missing
    let limit = |part: usize| PARTS[part].min(PARTS[2].saturating_sub(spare));
    let rows: Vec<&LessonChange> = plan
        .content
        .changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged)
        .collect();
    let home = StorePages::new(store, about);
    let mut body = String::new();
    withdrawals::paragraphs(&mut body, &plan.content.changes, &marker.withdrawn);
    opening(&mut body, store, plan, past.again);
    table::table(&mut body, store, &rows, &home, limit(0));
    moved::moved(&mut body, plan);
    checks::checks_file(&mut body, plan);
    checks::checked(&mut body, plan);
    checks::exceptions(&mut body, plan);
    notes(&mut body, plan);
    table::words(&mut body, store, &rows, limit(1));
    answers(&mut body, plan, &home);
    details(&mut body, store, plan, limit(2));
    footer(&mut body, store, plan, about);
    let marker = marker.of(&title, &body);
    body.push_str(&marker.line());
    (PullText { title, body }, marker)
}

fn opening(body: &mut String, store: &Store, plan: &TargetPlan, again: Option<&ReproposalReason>) {
    let why = match again {
        Some(ReproposalReason::Declined { number, lesson }) => {
            format!(
                "**Again:** #{number} was declined; {} has changed since then.\n\n",
                code(lesson)
            )
        }
        Some(ReproposalReason::Closed { number }) => {
            format!(
                "**Again:** lessonbook closed #{number} because nothing was left to propose; now there is something.\n\n"
            )
        }
        Some(ReproposalReason::Drifted { number }) => format!(
            "**Again:** #{number} was merged, but the files have been changed since then. If the change is intended, close this.\n\n"
        ),
        None => String::new(),
    };
    let _ = write!(
        body, // writing to a String can't fail, here and below
        "{why}**What changes for you:** {}\nNo code, workflow or setting changes. Only you can merge this.\n\n",
        summary(store, plan)
    );
}

/// What a reviewer has to know besides the lessons: deleted files, hand-made changes that are overwritten, requests that are refused.
fn notes(body: &mut String, plan: &TargetPlan) {
    let deleted: Vec<String> = plan
        .content
        .edits
        .iter()
        .filter(|edit| edit.after.is_none())
        .map(|edit| code(&edit.path))
        .collect();
    if !deleted.is_empty() {
        let _ = writeln!(
            body,
            "**Deleted**, because only our text was in it: {}\n",
            shortened(&deleted, 10)
        );
    }
    taken_back(body, plan);
    checks::for_the_owner(body, plan);
    let mut findings = plan.outcome.findings.iter();
    if let Some(owners) = findings.find(|finding| finding.code == Code::ScopeOwners) {
        let named = owners.message.trim_start_matches("owners: ").replace('`', "");
        // As code, so that no one is notified.
        let _ = writeln!(body, "**Owners:** {}\n", code(&cut(&named, 300)));
    }
    for finding in plan
        .outcome
        .findings
        .iter()
        .filter(|finding| finding.code == Code::WishRefused)
        .take(10)
    {
        let _ = writeln!(
            body,
            "**Requested, but not granted:** {}\n",
            quiet(&cut(&finding.message, 300))
        );
    }
}

/// The hand-made changes of our text that this reverts. Every hand-written line that would be lost is shown.
fn taken_back(body: &mut String, plan: &TargetPlan) {
    const FILES: usize = 10;
    const LINES: usize = 10;
    let drifted: Vec<&Drift> = plan.taken_back().collect();
    if drifted.is_empty() {
        return;
    }
    body.push_str("**Reverted:** our text was changed here. To keep a line, move it out of our block, or make it a lesson.\n\n");
    for drift in drifted.iter().take(FILES) {
        let older = if drift.by_hand || drift.lines.is_empty() {
            ""
        } else {
            "; older words of ours may be among them"
        };
        let _ = writeln!(body, "- {}: {}{older}", code(&drift.path), drift.clause());
        for line in drift.lines.iter().take(LINES) {
            let _ = writeln!(body, "  - line {}: {}", line.number, code(&line.text));
        }
        if drift.lines.len() > LINES {
            let _ = writeln!(body, "  - …and {} more, in the diff", drift.lines.len() - LINES);
        }
    }
    if drifted.len() > FILES {
        let _ = writeln!(body, "- …and {}", counted(drifted.len() - FILES, "more file"));
    }
    body.push('\n');
}

fn answers(body: &mut String, plan: &TargetPlan, home: &StorePages<'_>) {
    body.push_str("<details><summary><b>Not now, not this, never:</b> how to answer</summary>\n\n");
    if plan.target.enabled {
        body.push_str("- Not now: add the label `lessonbook:hold` (our report shows it with its age).\n");
        let exception = home.link("ask for an exception", "issues/new?title=Exception");
        let _ = writeln!(
            body,
            "- Not this lesson: if it is not critical, add it with a reason under `decline` in `.github/lessonbook.yaml` here; \
             if it is critical, {exception}, with a reason and an end date."
        );
    }
    let lessons = home.link("edit the lesson", "tree/HEAD/lessons");
    let _ = write!(
        body,
        "- Block in the wrong place: move it as a whole, with its markers; it will stay there.\n\
         - Not at all: close this. We propose it again only if one of *these* lessons changes, and then say so.\n\
         - Wrong rule: {lessons}; the fix is then proposed to every repository.\n\
         - Never again: give this repository the topic `lessonbook-off`.\n\n\
         Commits that you push to this branch are kept: then we no longer change it.\n\n</details>\n\n"
    );
}

fn footer(body: &mut String, store: &Store, plan: &TargetPlan, about: &BodyInput<'_>) {
    let commit = about
        .store_commit
        .map(|commit| format!(" at {}", code(&cut_plainly(commit, 7))))
        .unwrap_or_default();
    let run = about
        .run
        .map(|run| format!(" · run {}", code(run)))
        .unwrap_or_default();
    let _ = writeln!(
        body,
        "Store {}{commit} · plan {}{run} · lessonbook {}\n",
        code(&store.home),
        code(&plan.content.digest),
        env!("CARGO_PKG_VERSION")
    );
}

fn cut_plainly(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The first items, and how many more there are.
fn shortened(items: &[String], most: usize) -> String {
    let shown = items[..items.len().min(most)].join(", ");
    match items.len().saturating_sub(most) {
        0 => shown,
        left => format!("{shown} and {left} more"),
    }
}

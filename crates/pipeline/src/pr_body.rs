//! The text of a pull request: what a reviewer who does not know this tool needs in order to decide.
//!
//! Input: a target's plan and the store. Output: title and body, with one hidden line that records what was proposed
//! ([`BodyMetadata`]). Not here: when a text is written (`lifecycle`). Nothing in a lesson's words can mention, link or close anything
//! on GitHub (`gfm_escape`). Whatever the plan holds, the body has less than 58,000 bytes, the hidden line included.

mod checks;
mod metadata;
mod moved;
mod table;
mod withdrawals;

use std::fmt::Write;

use super::branch_action;
use super::changes::{ChangeKind, LessonChange};
use super::drift::Drift;
use super::gfm_escape::{code, cut, quiet};
use super::plan::TargetPlan;
use crate::pull_request::PullText;
use lessonbook_base::finding::Code;
use lessonbook_proof::Placement;
use lessonbook_store::entry_point::Assistant;
use lessonbook_store::{Audience, ChecksFile, Detail, Store, Visibility};

pub use metadata::{BodyMetadata, ReproposalReason, replace};
pub use withdrawals::EarlierWithdrawals;

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

/// Links to the store's pages, if its home is a repository's name.
struct StorePages<'a> {
    name: &'a str,
    pages: Option<String>,
}

impl<'a> StorePages<'a> {
    fn new(store: &'a Store, about: &BodyInput<'_>) -> Self {
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let is_name = store
            .home
            .split_once('/')
            .is_some_and(|(owner, name)| word(owner) && word(name));
        StorePages {
            name: &store.home,
            pages: is_name.then(|| format!("{}/{}", about.server.trim_end_matches('/'), store.home)),
        }
    }

    fn link(&self, text: &str, path: &str) -> String {
        match &self.pages {
            Some(pages) => format!("[{text}]({pages}/{path})"),
            None => format!("{text} in {}", code(self.name)),
        }
    }

    /// A lesson's id, with a link to its file.
    fn lesson(&self, store: &Store, id: &str) -> String {
        match (&self.pages, store.lesson(id)) {
            (Some(pages), Some(lesson)) if lesson.file.len() < 200 => {
                format!("[{}]({pages}/blob/HEAD/{})", code(id), lesson.file)
            }
            _ => code(id),
        }
    }
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
        // As code, so that nobody is notified.
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

/// The change in one sentence.
fn summary(store: &Store, plan: &TargetPlan) -> String {
    let count = |kind: ChangeKind| {
        plan.content
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .count()
    };
    let rules = |number: usize| if number == 1 { "rule" } else { "rules" };
    let names = assistants(store, plan);
    // "get" for several assistants, "gets" for one.
    let s = if names.len() == 1 { "s" } else { "" };
    let assistants = listed(&names);
    let (new, reworded, fewer) = (
        count(ChangeKind::Added),
        count(ChangeKind::Changed),
        count(ChangeKind::Removed),
    );
    let get = match (new, reworded) {
        (0, 0) => String::new(),
        (new, 0) => format!("get{s} {new} new {}", rules(new)),
        (0, reworded) => format!("get{s} {reworded} changed {}", rules(reworded)),
        (new, reworded) => format!(
            "get{s} {new} new and {reworded} changed {}",
            rules(new + reworded)
        ),
    };
    let lose = match (fewer, get.is_empty()) {
        (0, _) => String::new(),
        (fewer, true) => format!("lose{s} {fewer} {}", rules(fewer)),
        (fewer, false) => format!(" and lose{s} {fewer}"),
    };
    if get.is_empty() && lose.is_empty() {
        let what = if plan.only_takes_back() {
            "the changes of our text are reverted"
        } else if plan
            .content
            .edits
            .iter()
            .all(|edit| ChecksFile::is_path(&edit.path))
        {
            "what `lessonbook lint` checks here changes"
        } else {
            "the text around them is updated"
        };
        return format!("{assistants} get{s} the same rules as before; {what}.");
    }
    let work = if names.len() == 1 { "it works" } else { "they work" };
    format!("{assistants} {get}{lose} when {work} here.")
}

/// The assistants in use that load the files that change. A file that none of them loads counts for its first assistant.
fn assistants(store: &Store, plan: &TargetPlan) -> Vec<String> {
    let target = store.target(&plan.target.name);
    let mut known: Vec<(&str, String)> = Vec::new();
    for file in plan.content.files.iter().filter(|file| file.counts() != (0, 0)) {
        let Some(row) = store.entry_point(&file.entry_point) else {
            continue;
        };
        let in_use = |assistant: &&Assistant| {
            target.is_some_and(|target| target.has_assistant(&store.entry_points, &assistant.assistant))
        };
        let mut readers: Vec<&Assistant> = row.assistants.iter().filter(in_use).collect();
        if readers.is_empty() {
            readers.extend(row.assistants.first());
        }
        for assistant in readers {
            // Several programs are one assistant; the first one is named.
            if known.len() < 8 && !known.iter().any(|(id, _)| *id == assistant.assistant) {
                known.push((&assistant.assistant, quiet(&cut(&assistant.name, 60))));
            }
        }
    }
    known.into_iter().map(|(_, name)| name).collect()
}

fn listed(names: &[String]) -> String {
    match names.split_last() {
        None => "Assistants".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
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

/// Which lesson is written where, folded, and shortened if there is too much of it.
fn details(body: &mut String, store: &Store, plan: &TargetPlan, limit: usize) {
    let files: Vec<String> = plan
        .content
        .files
        .iter()
        .filter(|file| file.counts() != (0, 0))
        .map(|file| format!("{} +{} −{}", code(&file.path), file.added, file.removed))
        .collect();
    // A public page must not even name an internal lesson, which the coverage lists as exempt.
    let is_shown = |cell: &&Placement| {
        let internal = |lesson: &lessonbook_store::Lesson| lesson.audience == Audience::Internal;
        plan.target.visibility != Visibility::Public || !store.lesson(&cell.lesson).is_some_and(internal)
    };
    let cells: Vec<&Placement> = plan.proof.coverage.placements.iter().filter(is_shown).collect();
    let lessons = cells.chunk_by(|a, b| a.lesson == b.lesson);
    let mut places: Vec<&str> = Vec::new();
    for cell in &cells {
        if !places.contains(&cell.entry_point.as_str()) && places.len() < 20 {
            places.push(&cell.entry_point);
        }
    }
    if cells.is_empty() && files.is_empty() {
        return;
    }
    let _ = writeln!(
        body,
        "<details><summary><b>Where:</b> {} × {}</summary>\n",
        counted(lessons.clone().count(), "lesson"),
        counted(places.len(), "entry point")
    );
    if !files.is_empty() {
        let _ = writeln!(body, "{}\n", shortened(&files, 30));
    }
    checks::invariants(body, plan);
    if !cells.is_empty() {
        let names: Vec<String> = places.iter().map(|place| code(place)).collect();
        let _ = writeln!(body, "| lesson | {} |", names.join(" | "));
        let _ = writeln!(body, "|---|{}", "---|".repeat(places.len()));
    }
    let mut left = 0;
    for cells in lessons {
        let details: Vec<&str> = places.iter().map(|place| detail(cells, place)).collect();
        let id = cells.first().map_or("", |cell| cell.lesson.as_str());
        let row = format!("| {} | {} |\n", code(id), details.join(" | "));
        if body.len() + row.len() > limit {
            left += 1;
        } else {
            body.push_str(&row);
        }
    }
    if left > 0 {
        let _ = writeln!(body, "\n…and {}.", counted(left, "more lesson"));
    }
    body.push_str("\n</details>\n\n");
}

fn detail(cells: &[&Placement], place: &str) -> &'static str {
    let cell = cells.iter().find(|cell| cell.entry_point == place);
    cell.map_or("", |cell| {
        if cell.exempt.is_some() && !cell.is_covered() && cell.proposed.detail == Detail::None {
            "exempt"
        } else {
            cell.proposed.detail.word()
        }
    })
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

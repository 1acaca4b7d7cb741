//! Plans as a Markdown page, for a job's summary or a comment: the changes of each target, the diffs (hand-written files first,
//! equal diffs once), and the proof.
//!
//! Input: the store, its plans, and the saved plan that they are from. Output: one Markdown document of at most 60,000 characters,
//! in which other people's text is escaped. Not here: decisions.

mod redaction;

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;

use super::diff_groups::DiffGroups;
use super::findings::counted;
use super::impact::page::files;
use super::markdown_page::{MarkdownPage, blocks, details, name, row, words};
use super::plan::{self, short};
use super::plan_json::GithubStates;
use super::sanitize::visible;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::changes::{ChangeKind, LessonChange};
use lessonbook_pipeline::gfm_escape::{code, cut};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

use redaction::PageContent;

/// The content of the page.
#[derive(Clone, Copy)]
pub struct PlanPage<'a> {
    /// The store.
    pub store: &'a Store,
    /// The store's commit: `@3f2a9c0 (main, clean)`.
    pub commit: &'a str,
    /// The store's findings.
    pub findings: &'a [Finding],
    /// The run limits, checked against the plans.
    pub bounds: &'a [Invariant],
    /// Findings because of which a run must not write anything.
    pub against: &'a [Finding],
    /// The plans.
    pub plans: &'a [TargetPlan],
    /// The states of the targets on GitHub.
    pub states: &'a GithubStates,
    /// The saved plan that they are from, and its file's name.
    pub saved: Option<(&'a SavedPlan, &'a str)>,
    /// Whether the page is public: then it shows only the name and the result of targets that are not public.
    pub for_all: bool,
}

/// The page.
pub fn page(sheet: &PlanPage<'_>) -> String {
    let sights = sheet.for_all.then(|| match sheet.saved {
        Some((saved, _)) => saved.sights(),
        None => Disclosures::new(sheet.store, sheet.plans.iter()),
    });
    let sheet = &PageContent { sheet, sights };
    let mut page = MarkdownPage::new();
    page.part("head", &head(sheet));
    let (resting, due): (Vec<&TargetPlan>, Vec<&TargetPlan>) =
        sheet.plans.iter().partition(|plan| rests(sheet, plan));
    page.part("the table", &table(sheet, &due));
    let shown = due.iter().filter(|plan| !sheet.hides(plan));
    let shown: Vec<&TargetPlan> = shown.copied().collect();
    let sections: Vec<TargetSection> = shown.iter().map(|plan| TargetSection::new(sheet, plan)).collect();
    let quiet = quiet(sheet, &resting);
    // Reviewers look at hand-written files first, so the diffs are above; the sections of the targets keep their room.
    let heads: usize = sections.iter().map(TargetSection::length).sum();
    let spare = page.room().saturating_sub(heads + quiet.chars().count());
    diffs(&mut page, &DiffGroups::new(shown), spare);
    if !sections.is_empty() {
        page.part("each target", "### Each target\n\n");
    }
    for section in sections {
        page.part(&section.target, &details(&section.summary, &section.body));
    }
    page.part("targets with nothing to do", &quiet);
    let file = sheet.saved.map_or("plan.json", |(_, file)| file);
    page.finish(&format!(
        "Run {} to see them.",
        code(&format!("lessonbook show {file} -v"))
    ))
}

/// The diffs, equal ones once, as far as there is room; the others are listed by name.
fn diffs(page: &mut MarkdownPage, all: &DiffGroups<'_>, spare: usize) {
    let mut spare = spare;
    for (heading, groups) in all.parts() {
        let heading = format!("### {heading}\n\n");
        spare = spare.saturating_sub(heading.len());
        page.part("the diffs", &heading);
        for group in &groups {
            let text = files::diff(group);
            let length = text.chars().count();
            if length <= spare {
                spare -= length;
                page.part(&files::name(group), &text);
            } else {
                page.leave_out(files::name(group));
            }
        }
    }
}

fn head(sheet: &PageContent<'_>) -> String {
    let store = sheet.store;
    let count = |level: Level| {
        sheet
            .findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let active = store.lessons.iter().filter(|lesson| lesson.is_active()).count();
    let mut out = format!(
        "## Plan of {}\n\nStore {}{} · {} · {}, {}",
        code(&store.name),
        code(&store.home),
        words(sheet.commit),
        counted(active, "active lesson"),
        counted(count(Level::Error), "error"),
        counted(count(Level::Warning), "warning"),
    );
    if let Some((saved, _)) = sheet.saved {
        out.push_str(&format!(
            "\\\nPlan `{}`, made on {} by lessonbook {}",
            saved.digest,
            saved.today,
            words(&saved.tool_version)
        ));
    }
    let (sum, _) = plan::sum(sheet.plans, sheet.states);
    out.push_str(&format!("\n\n**{sum}**\n\n"));
    let errors = sheet.findings.iter().filter(|finding| finding.is_error());
    let (shown, hidden): (Vec<&Finding>, Vec<&Finding>) = errors
        .chain(sheet.against)
        .partition(|finding| sheet.tells(finding));
    let mut list: String = shown.into_iter().map(finding).collect();
    if !hidden.is_empty() {
        let number = counted(hidden.len(), "finding");
        list.push_str(&format!("- {number} about targets that are not public\n"));
    }
    blocks(&mut out, &list);
    blocks(&mut out, &invariants(sheet.bounds));
    out
}

fn invariants(invariants: &[Invariant]) -> String {
    let mut out = String::new();
    for invariant in invariants {
        let mark = if invariant.holds { "✓" } else { "✗" };
        let (name, evidence) = (code(&invariant.name), words(&invariant.evidence));
        out.push_str(&format!("- {mark} {name}: {evidence}\n"));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Whether there is nothing to do for a target.
fn rests(sheet: &PageContent<'_>, plan: &TargetPlan) -> bool {
    match sheet.states.get(&plan.target.name) {
        Some(state) => !state.state.is_due() && !state.state.fails(),
        None => !plan.outcome.state.is_due() && plan.outcome.state != TargetState::Refused,
    }
}

/// A target's verdict, in one word, and the reason.
fn verdict(sheet: &PageContent<'_>, plan: &TargetPlan) -> (String, String) {
    if let Some(state) = sheet.states.get(&plan.target.name) {
        return (state.state.word().to_owned(), state.why.clone());
    }
    (plan.outcome.state.word().to_owned(), String::new())
}

const MARKED: [(ChangeKind, &str); 4] = [
    (ChangeKind::Added, "+"),
    (ChangeKind::Changed, "~"),
    (ChangeKind::Removed, "−"),
    (ChangeKind::Moved, ">"),
];

fn table(sheet: &PageContent<'_>, due: &[&TargetPlan]) -> String {
    if due.is_empty() {
        return String::new();
    }
    let mut out = row(["target", "state", "lessons", "files", "proof"]) + "|---|---|---|---|---|\n";
    for plan in due {
        if sheet.counts(plan) {
            continue;
        }
        if sheet.hides(plan) {
            let word = format!("**{}**", verdict(sheet, plan).0);
            out.push_str(&row([
                code(&plan.target.name).as_str(),
                &word,
                "",
                "not public",
                "",
            ]));
            continue;
        }
        let of = |kind: ChangeKind| {
            plan.content
                .changes
                .iter()
                .filter(|change| change.kind == kind)
                .count()
        };
        let lessons: Vec<String> = MARKED
            .into_iter()
            .filter(|(kind, _)| of(*kind) > 0)
            .map(|(kind, mark)| format!("{mark}{}", of(kind)))
            .collect();
        let sum = plan
            .content
            .files
            .iter()
            .fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed));
        let files = match plan.content.edits.len() {
            0 => String::new(),
            number => format!("{}, +{} −{}", counted(number, "file"), sum.0, sum.1),
        };
        let (word, _) = verdict(sheet, plan);
        out.push_str(&row([
            code(&plan.target.name).as_str(),
            &format!("**{word}**"),
            &lessons.join(" "),
            &files,
            &proof(plan),
        ]));
    }
    for (word, number) in unnamed(sheet, due) {
        let (who, word) = (found(number), format!("**{word}**"));
        out.push_str(&row([&who, &word, "", "not public", ""]));
    }
    out + "\n"
}

/// How many targets are counted instead of named, by verdict.
fn unnamed(sheet: &PageContent<'_>, plans: &[&TargetPlan]) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for plan in plans.iter().filter(|plan| sheet.counts(plan)) {
        *words.entry(verdict(sheet, plan).0).or_default() += 1;
    }
    words
}

/// `2 targets that only discover: found`.
fn found(number: usize) -> String {
    format!("{} that only `discover:` found", counted(number, "target"))
}

/// A summary of the proof: how many invariants hold, and which do not.
fn proof(plan: &TargetPlan) -> String {
    let failed: Vec<String> = plan
        .proof
        .invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .map(|invariant| format!("✗ {}", words(&invariant.name)))
        .collect();
    match (plan.proof.invariants.len(), failed.is_empty()) {
        (0, _) => String::new(),
        (all, true) => format!("✓ {all} of {all}"),
        _ => failed.join(", "),
    }
}

/// A target's part of the page.
struct TargetSection {
    target: String,
    summary: String,
    body: String,
}

impl TargetSection {
    fn new(sheet: &PageContent<'_>, plan: &TargetPlan) -> Self {
        let (word, why) = verdict(sheet, plan);
        let mut body = String::new();
        if !why.is_empty() {
            body.push_str(&format!("{}\n\n", words(&why)));
        }
        blocks(&mut body, &invariants(&plan.proof.invariants));
        let findings: String = plan.outcome.findings.iter().map(finding).collect();
        blocks(&mut body, &findings);
        blocks(&mut body, &lessons(plan));
        if let Some(base) = &plan.target.base {
            body.push_str(&format!(
                "\nBase: {} at {}, {}.\n",
                code(&base.branch),
                code(short(&base.commit)),
                format!("{:?}", plan.target.visibility).to_lowercase()
            ));
        }
        TargetSection {
            target: plan.target.name.clone(),
            summary: format!("{}: {word}", name(&plan.target.name)),
            body,
        }
    }

    fn length(&self) -> usize {
        details(&self.summary, &self.body).chars().count()
    }
}

fn finding(finding: &Finding) -> String {
    let help = finding
        .help
        .as_ref()
        .map(|help| format!(" *Next:* {}", words(help)));
    format!(
        "- **{}** `{}`: {}.{}\n",
        finding.level.word(),
        finding.code,
        words(&finding.message),
        help.unwrap_or_default()
    )
}

fn lessons(plan: &TargetPlan) -> String {
    let changed: Vec<&LessonChange> = plan
        .content
        .changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged)
        .collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "\n{}|---|---|---|---|\n",
        row(["", "lesson", "severity", "why here"])
    );
    for change in &changed {
        let word = match change.kind {
            ChangeKind::Added => "new",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
            ChangeKind::Moved => "moved",
            ChangeKind::Unchanged => "",
        };
        let severity = change.severity.map_or("", lessonbook_store::Severity::word);
        let why = words(&cut(&visible(&plan::why(change)), 200));
        out.push_str(&row([word, code(&change.lesson).as_str(), severity, &why]));
    }
    let rest = plan.content.changes.len() - changed.len();
    if rest > 0 {
        out.push_str(&format!("\n{rest} unchanged.\n"));
    }
    out
}

/// The targets with nothing to do.
fn quiet(sheet: &PageContent<'_>, resting: &[&TargetPlan]) -> String {
    if resting.is_empty() {
        return String::new();
    }
    let mut body = row(["target", "state", "why"]) + "|---|---|---|\n";
    for plan in resting.iter().filter(|plan| !sheet.counts(plan)) {
        let (word, mut why) = verdict(sheet, plan);
        if sheet.hides(plan) {
            why.clear();
        }
        body.push_str(&row([
            code(&plan.target.name).as_str(),
            &word,
            &words(&cut(&why, 120)),
        ]));
    }
    for (word, number) in unnamed(sheet, resting) {
        body.push_str(&row([found(number).as_str(), &word, "not public"]));
    }
    details(
        &format!("{} with nothing to do", counted(resting.len(), "target")),
        &body,
    )
}

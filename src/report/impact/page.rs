//! The impact of a change of the store as a Markdown page: a comment on the pull request of a lesson, or a job's summary.
//!
//! Input: an [`Impact`]. Output: a page below 60,000 characters that begins with the most important points, folds the diffs, and
//! lists what did not fit. For a public store, only the names of private targets are shown; those that only `discover:` found are
//! counted. Other people's text is escaped (`pipeline/gfm_escape`, `markdown_page`).

pub(in crate::report) mod files;
mod lessons;

use std::fmt::Write;

use super::{
    ImpactInput, NewFinding, after_canaries, broken, few, fit_words, gathered, headline, is_private, news,
    repositories, setting,
};
use crate::report::findings::counted;
use crate::report::markdown_page as markdown;
use crate::report::markdown_page::MarkdownPage;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::gfm_escape::{code, cut, quiet};
use lessonbook_pipeline::impact::{Impact, ImpactState, TargetDiff, groups};

/// The first line of every page, by which a workflow finds its own comment.
pub const MARK: &str = "<!-- lessonbook diff -->";
/// The most characters of the table of lessons, and of the table of repositories.
const TABLE: usize = 10_000;

/// The whole page.
pub fn page(downstream: &Impact, about: &ImpactInput<'_>) -> String {
    let sight = PageDisclosure::new(downstream, about.open);
    let mut page = MarkdownPage::new();
    page.part("what is compared", &head(downstream, about));
    page.part("why it fails", &alarms(downstream, &sight));
    lessons::table(&mut page, downstream);
    lessons::words(&mut page, downstream);
    page.part("templates and settings", &rest_of_the_store(downstream));
    page.part("budgets", &budgets(&sight));
    page.part("warnings", &proof(&sight));
    page.part("private repositories", &hidden(&sight));
    page.part("the list of repositories", &files::table(&sight));
    let groups = groups::groups(sight.shown.iter().copied());
    if !groups.is_empty() {
        page.part("the diffs", "**What changes in the files**\n\n");
    }
    for group in &groups {
        page.part(&files::name(group), &files::diff(group));
    }
    page.finish(&format!("Run {} to see everything.", markdown::span(about.again)))
}

/// Which targets may be shown, which may only be named, and which are only counted.
struct PageDisclosure<'d> {
    shown: Vec<&'d TargetDiff>,
    named: Vec<&'d TargetDiff>,
    /// Private targets that only `discover:` found.
    counted: Vec<&'d TargetDiff>,
}

impl<'d> PageDisclosure<'d> {
    fn new(downstream: &'d Impact, open: bool) -> Self {
        let mut sight = PageDisclosure {
            shown: Vec::new(),
            named: Vec::new(),
            counted: Vec::new(),
        };
        for diff in &downstream.targets {
            match (open && is_private(diff), diff.found) {
                (false, _) => sight.shown.push(diff),
                (true, false) => sight.named.push(diff),
                (true, true) => sight.counted.push(diff),
            }
        }
        sight
    }
}

fn head(downstream: &Impact, about: &ImpactInput<'_>) -> String {
    let names = about.names;
    let commit = |named: &super::NamedCommit| match named.other_name() {
        Some(name) => format!("{} ({})", code(named.short()), quiet(&cut(name, 100))),
        None => code(named.short()),
    };
    let head = match (&names.head, &names.uncommitted) {
        (Some(head), None) => commit(head),
        (Some(head), Some(files)) if files.is_empty() => commit(head),
        (Some(head), Some(files)) => format!(
            "{} and {} that {} not committed",
            commit(head),
            counted(files.len(), "file"),
            if files.len() == 1 { "is" } else { "are" }
        ),
        (None, _) => "the folder".to_owned(),
    };
    let mut out = format!(
        "{MARK}\n### {}\n\n",
        headline(downstream, |diff| about.open && is_private(diff))
    );
    let what = if downstream.unread.is_empty() {
        " The page shows what the next proposals would change; nothing is proposed yet."
    } else {
        ""
    };
    let _ = writeln!(
        out, // writing to a String can't fail, here and below
        "{}: {} → {head}.{what} To see it on your own machine, run {}\n",
        code(about.home),
        commit(&names.base),
        markdown::span(about.again)
    );
    if names.is_new {
        out.push_str("There was no store before, so everything is new.\n\n");
    }
    if let Some(line) = after_canaries(about, |name| code(&cut(name, 100))) {
        let _ = writeln!(out, "**In steps**: {line}.\n");
    }
    if about.was_wrong {
        out.push_str(
            "The old store has errors. For repositories that they stop, the change is compared with the present files.\n\n",
        );
    }
    if let Some(old) = downstream.unread_before() {
        let lines: Vec<String> = old.findings.iter().map(placed).collect();
        let _ = writeln!(out, "In the old store:\n\n{}\n", lines.join("\n"));
    }
    out
}

/// Reasons not to merge: errors in the store, invariants that fail, plans that are refused.
fn alarms(downstream: &Impact, sight: &PageDisclosure<'_>) -> String {
    let mut lines = Vec::new();
    for finding in downstream.findings.iter().filter(|finding| finding.is_error()) {
        lines.push(placed(finding));
    }
    for (name, targets, evidence) in broken(sight.shown.iter().copied()) {
        lines.push(format!(
            "- ✗ {} in {}: {}",
            code(name),
            places(&targets),
            quiet(&cut(&evidence, 400))
        ));
    }
    for new in news(sight.shown.iter().copied())
        .iter()
        .filter(|new| new.level == Level::Error)
    {
        let help = match new.help {
            "" => String::new(),
            help => format!(" — {}", quiet(&cut(help, 300))),
        };
        lines.push(format!("- ✗ {}{help}", finding(new)));
    }
    let silent = sight.shown.iter().filter(|diff| {
        diff.state == ImpactState::Refused && diff.broken.is_empty() && diff.findings.is_empty()
    });
    let silent: Vec<&str> = silent.map(|diff| diff.target.as_str()).collect();
    if !silent.is_empty() {
        lines.push(format!("- ✗ stopped by the store's errors: {}", places(&silent)));
    }
    if lines.is_empty() && !downstream.fails() {
        return String::new();
    }
    let more = lines.len().saturating_sub(20);
    lines.truncate(20);
    let more = if more > 0 {
        format!("- and {more} more\n")
    } else {
        String::new()
    };
    format!(
        "> [!CAUTION]\n> This change fails. Where it fails, nothing is written.\n\n{}\n{more}\n",
        lines.join("\n")
    )
}

/// An error of the store: place, code and message.
fn placed(finding: &Finding) -> String {
    let place = finding
        .at
        .as_ref()
        .map(|at| format!("{} ", code(&format!("{}:{}", at.file, at.line))));
    format!(
        "- ✗ {}{}: {}",
        place.unwrap_or_default(),
        code(finding.code.name()),
        quiet(&cut(&finding.message, 300))
    )
}

/// A finding: code, targets and message.
fn finding(new: &NewFinding<'_>) -> String {
    format!(
        "{} in {}: {}",
        code(new.code),
        places(&new.targets),
        quiet(&cut(&new.message, 300))
    )
}

fn places(targets: &[&str]) -> String {
    few(targets, 5, code)
}

/// Changes of templates and settings, and text that is in no lesson.
fn rest_of_the_store(downstream: &Impact) -> String {
    let mut lines = Vec::new();
    for added in downstream.wording.iter().take(20) {
        lines.push(format!(
            "- **A template adds text that is in no lesson**, in {}: {}",
            repositories(added.targets.len()),
            markdown::span(&cut(&added.text, 300))
        ));
    }
    match downstream.wording.len().saturating_sub(20) {
        0 => {}
        more => lines.push(format!("- …and {}", counted(more, "more such text"))),
    }
    for change in downstream.store.templates.iter().take(20) {
        let (added, removed) = change.counts;
        lines.push(format!(
            "- {} {}, +{added} −{removed}",
            code(&change.file),
            change.event.word()
        ));
    }
    for change in downstream.store.settings.iter().take(30) {
        let value = setting(change, code);
        lines.push(match &change.sentence {
            Some(sentence) => format!("- {}", quiet(&cut(sentence, 400))),
            None => format!("- {}: {value}", code(&change.key)),
        });
    }
    match downstream.store.settings.len().saturating_sub(30) {
        0 => {}
        more => lines.push(format!("- …and {}", counted(more, "more setting"))),
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("**Also in the store**\n\n{}\n\n", lines.join("\n"))
}

fn budgets(sight: &PageDisclosure<'_>) -> String {
    let shown = || sight.shown.iter().copied();
    let line = |what: &str, fit: &lessonbook_pipeline::impact::Fit, targets: &[&str]| {
        format!(
            "- {what}: {} at {}: {} in {}",
            code(&fit.lesson),
            code(&fit.entry_point),
            fit_words(fit),
            places(targets)
        )
    };
    let fell = gathered(shown(), |diff| &diff.fell);
    let back = gathered(shown(), |diff| &diff.returned);
    let mut lines: Vec<String> = fell
        .iter()
        .map(|(fit, targets)| line("shorter", fit, targets))
        .collect();
    lines.extend(
        back.iter()
            .map(|(fit, targets)| line("longer again", fit, targets)),
    );
    if lines.is_empty() {
        return String::new();
    }
    let more = lines.len().saturating_sub(15);
    lines.truncate(15);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    format!("**To keep a budget**\n\n{}\n\n", lines.join("\n"))
}

/// The invariants that hold, and new warnings.
fn proof(sight: &PageDisclosure<'_>) -> String {
    let held: Vec<&&TargetDiff> = sight
        .shown
        .iter()
        .filter(|diff| diff.state == ImpactState::Update)
        .collect();
    let mut out = String::new();
    if let Some(first) = held.first() {
        let number = held.iter().map(|diff| diff.hold).min().unwrap_or(first.hold);
        let _ = writeln!(
            out,
            "✓ {}, checked on the final bytes, {} in {}.\n",
            counted(number, "invariant"),
            if number == 1 { "holds" } else { "hold" },
            repositories(held.len())
        );
    }
    let mut lines = Vec::new();
    for new in news(sight.shown.iter().copied())
        .iter()
        .filter(|new| new.level == Level::Warning)
    {
        lines.push(format!("- {}", finding(new)));
    }
    let more = lines.len().saturating_sub(15);
    lines.truncate(15);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    if !lines.is_empty() {
        let _ = writeln!(out, "**New warnings**\n\n{}\n", lines.join("\n"));
    }
    out
}

/// Private targets of a public store.
fn hidden(sight: &PageDisclosure<'_>) -> String {
    let mut out = String::new();
    let named = |state: ImpactState| -> Vec<&str> {
        sight
            .named
            .iter()
            .filter(|diff| diff.state == state)
            .map(|diff| diff.target.as_str())
            .collect()
    };
    let states = [
        (ImpactState::Refused, "**it fails in**"),
        (ImpactState::Update, "changes in"),
        (ImpactState::Gone, "no longer targets:"),
        (ImpactState::Unread, "not looked at:"),
    ];
    let named_parts = states.into_iter().filter_map(|(state, word)| {
        let names = named(state);
        (!names.is_empty()).then(|| format!("{word} {}", few(&names, 30, code)))
    });
    let mut parts: Vec<String> = named_parts.collect();
    let of = |state: ImpactState| sight.counted.iter().filter(|diff| diff.state == state).count();
    for (state, word) in [
        (ImpactState::Refused, "it fails in"),
        (ImpactState::Update, "changes in"),
        (ImpactState::Unread, "not looked at:"),
    ] {
        if of(state) > 0 {
            parts.push(format!(
                "{word} {} that only `discover:` found",
                repositories(of(state))
            ));
        }
    }
    if !parts.is_empty() {
        let _ = writeln!(
            out,
            "Private repositories, which this page only names: {}.\n",
            parts.join("; ")
        );
    }
    out
}

//! The impact of a change of the store as a document: for a terminal, or for the page on the pull request of a lesson.
//!
//! Input: an [`Impact`]. Output: a document that begins with the most important points. For a public store, a page shows only the
//! names of private targets; those that only `discover:` found are counted. A terminal shows everything, because its user has access
//! to the targets.

mod lessons;
mod targets;

use super::{
    ImpactInput, NamedCommit, after_canaries, broken, fit_words, headline, is_private, news, repositories,
    setting,
};
use crate::report::diff_groups;
use crate::report::findings::{self, counted};
use crate::report::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD};
use crate::report::{Document, Line, View};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::impact::{Fit, Impact, ImpactState, TargetDiff, groups};
use targets::ShownTargets;

/// The first line of every page, by which a workflow finds its own comment.
pub const MARK: &str = "<!-- lessonbook diff -->";

/// How many entries of a list are on a page. A terminal shows all of them.
const LISTED: usize = 20;
/// How many targets are named in a line.
const NAMED: usize = 5;

/// The report for a terminal. `stat`: without the diffs.
pub fn human(impact: &Impact, about: &ImpactInput<'_>, stat: bool, verbose: bool) -> String {
    let view = View::terminal(verbose);
    let shown = ShownTargets::all(impact);
    let errors = impact.findings.iter().filter(|finding| finding.is_error());
    let errors: Vec<Finding> = errors.cloned().collect();
    let mut out = compared(impact, about, view).human() + &findings::human(&errors);
    if let Some(old) = impact.unread_before() {
        out.push_str("errors in the old store:\n");
        out.push_str(&findings::human(&old.findings));
    }
    let mut document = Document::default();
    let style = if impact.fails() { BAD } else { BOLD };
    document.line(Line::styled(style, headline(impact, |_| false)));
    document.append(content(impact, &shown, view));
    if !stat {
        document.append(diffs(&shown, view));
    }
    out + "\n" + &document.human()
}

/// The report as a page.
pub fn page(impact: &Impact, about: &ImpactInput<'_>) -> String {
    let shown = ShownTargets::on_page(impact, about.open);
    let mut document = compared(impact, about, View::Page);
    document.append(content(impact, &shown, View::Page));
    document.append(diffs(&shown, View::Page));
    let title = headline(impact, |diff| about.open && is_private(diff));
    let again = Line::from("Run ").then(Line::code(about.again));
    format!(
        "{MARK}\n{}",
        document.markdown(title, again.then(" to see everything."))
    )
}

/// The two states that are compared, and notes about them.
fn compared(impact: &Impact, about: &ImpactInput<'_>, view: View) -> Document {
    let names = about.names;
    let head = match (&names.head, &names.uncommitted) {
        (Some(head), None) => named(head),
        (Some(head), Some(files)) if files.is_empty() => {
            Line::from("the folder, which is at ").then(named(head))
        }
        (Some(head), Some(files)) => Line::from("the folder: ").then(named(head)).then(format!(
            " and {} that {} not committed",
            counted(files.len(), "file"),
            if files.len() == 1 { "is" } else { "are" }
        )),
        (None, _) => "the folder".into(),
    };
    let mut document = Document::default();
    let store = Line::from("store ").then(Line::code(about.home).style(BOLD));
    document.line(store.then("   ").then(named(&names.base)).then(" → ").then(head));
    if view.is_page() {
        let what = if impact.unread.is_empty() {
            "The page shows what the next proposals would change; nothing is proposed yet. "
        } else {
            ""
        };
        let line = Line::from(what).then("To see it on your own machine, run ");
        document.line(line.then(Line::code(about.again)));
    }
    if let Some(files) = names.uncommitted.as_ref().filter(|files| !files.is_empty()) {
        let line = Line::from("not committed: ").then(Line::names(files, 6));
        document.line(line.style(DIM));
    }
    if names.is_new {
        document.line(Line::styled(
            DIM,
            "there was no store before, so everything is new",
        ));
    }
    if let Some(line) = after_canaries(about) {
        document.line(line);
    }
    if about.was_wrong {
        let line = "the old store has errors: for targets that they stop, the change is compared with the present files";
        document.line(Line::styled(CAREFUL, line));
    }
    document
}

/// `abc1234 (main)`.
fn named(commit: &NamedCommit) -> Line {
    let short = Line::code(commit.short());
    match commit.other_name() {
        Some(name) => short.then(" (").then(Line::code(name)).then(")"),
        None => short,
    }
}

fn content(impact: &Impact, shown: &ShownTargets<'_>, view: View) -> Document {
    let mut document = Document::default();
    let mut add = |heading: &str, part: Document| {
        if part.is_empty() {
            return;
        }
        document.gap();
        if view.is_page() && !heading.is_empty() {
            document.line(Line::styled(BOLD, heading));
        }
        document.append(part);
    };
    if view.is_page() {
        add("", alarm(impact, shown));
        add("", failures(shown, view));
    }
    add("", lessons::table(impact));
    add("", lessons::texts(impact, view));
    add("Also in the store", rest_of_the_store(impact, view));
    add("", targets::not_shown(shown));
    add("", targets::table(shown, view));
    add("To keep a budget", budgets(shown, view));
    add("", holds(shown));
    if !view.is_page() {
        add("", failures(shown, view));
    }
    add(
        "New warnings",
        new_findings(shown, view, |level| level != Level::Error),
    );
    document
}

/// On a page: reasons not to merge, before everything else.
fn alarm(impact: &Impact, shown: &ShownTargets<'_>) -> Document {
    let mut document = Document::default();
    if let Some(old) = impact.unread_before() {
        document.line("In the old store:");
        document.items(old.findings.iter().map(placed), LISTED);
    }
    if impact.fails() {
        let line = "This change fails. Where it fails, nothing is written.";
        document.line(Line::styled(BAD, line));
    }
    let errors = impact.findings.iter().filter(|finding| finding.is_error());
    document.items(errors.map(placed), LISTED);
    let silent = shown.of(ImpactState::Refused);
    let silent = silent.filter(|diff| diff.broken.is_empty() && diff.findings.is_empty());
    let silent: Vec<&str> = silent.map(|diff| diff.target.as_str()).collect();
    if !silent.is_empty() {
        let line = Line::from("✗ stopped by the store's errors: ");
        document.item(line.then(Line::names(&silent, NAMED)));
    }
    document
}

/// An error of the store: place, code and message.
fn placed(finding: &Finding) -> Line {
    let at = finding.at.as_ref();
    let at = at.map(|at| Line::code(format!("{}:{}", at.file, at.line)).then(" "));
    Line::from("✗ ")
        .then(at.unwrap_or_default())
        .then(Line::code(finding.code.name()))
        .then(format!(": {}", finding.message))
}

/// Changes of templates and settings, and text that is in no lesson.
fn rest_of_the_store(impact: &Impact, view: View) -> Document {
    let wording = impact.wording.iter().map(|added| {
        Line::styled(CAREFUL, "a template adds")
            .then("  “")
            .then(Line::code(&added.text))
            .then(format!("” in {}", repositories(added.targets.len())))
    });
    let templates = impact.store.templates.iter().map(|change| {
        let (added, removed) = change.counts;
        let what = format!(" {}, +{added} -{removed}", change.event.word());
        Line::from("template  ").then(Line::code(&change.file)).then(what)
    });
    let settings = impact.store.settings.iter().map(|change| {
        let key = match &change.sentence {
            Some(_) => Line::default(),
            None => Line::code(&change.key).then(": "),
        };
        Line::from("setting  ").then(key).then(setting(change))
    });
    let mut document = Document::default();
    let all = wording.chain(templates).chain(settings);
    document.items(all, view.most(usize::MAX, 2 * LISTED));
    document
}

fn budgets(shown: &ShownTargets<'_>, view: View) -> Document {
    let line = |word: Line, (fit, targets): (&Fit, Vec<&str>)| {
        word.then(": ")
            .then(Line::code(&fit.lesson))
            .then(" at ")
            .then(Line::code(&fit.entry_point))
            .then(format!(": {} in ", fit_words(fit)))
            .then(Line::names(&targets, NAMED))
    };
    let fell = shown.gathered(|diff| &diff.fell).into_iter();
    let fell = fell.map(|fit| line(Line::styled(CAREFUL, "shorter, to keep a budget"), fit));
    let back = shown.gathered(|diff| &diff.returned).into_iter();
    let back = back.map(|fit| line(Line::styled(GOOD, "longer again"), fit));
    let mut document = Document::default();
    document.items(fell.chain(back), view.most(usize::MAX, LISTED));
    document
}

/// The invariants that hold.
fn holds(shown: &ShownTargets<'_>) -> Document {
    let mut document = Document::default();
    let held: Vec<&TargetDiff> = shown.of(ImpactState::Update).collect();
    if let Some(number) = held.iter().map(|diff| diff.hold).min() {
        let verb = if number == 1 { "holds" } else { "hold" };
        document.line(Line::styled(GOOD, "✓").then(format!(
            " {}, checked on the final bytes, {verb} in {}",
            counted(number, "invariant"),
            repositories(held.len())
        )));
    }
    document
}

/// Invariants that fail, and new errors.
fn failures(shown: &ShownTargets<'_>, view: View) -> Document {
    let broken = broken(shown.shown.iter().copied());
    let broken = broken.into_iter().map(|(name, targets, evidence)| {
        Line::styled(BAD, "✗ ")
            .then(Line::code(name).style(BAD))
            .then(format!(": {evidence}: in "))
            .then(Line::names(&targets, NAMED))
    });
    let mut document = Document::default();
    document.items(broken, view.most(usize::MAX, LISTED));
    document.append(new_findings(shown, view, |level| level == Level::Error));
    document
}

fn new_findings(shown: &ShownTargets<'_>, view: View, chosen: impl Fn(Level) -> bool) -> Document {
    let new = news(shown.shown.iter().copied());
    let new: Vec<_> = new.iter().filter(|new| chosen(new.level)).collect();
    let most = view.most(usize::MAX, LISTED);
    let mut document = Document::default();
    for new in new.iter().take(most) {
        let line = Line::styled(style::level(new.level), new.level.word())
            .then("[")
            .then(Line::code(new.code))
            .then(format!("]: {}: in ", new.message))
            .then(Line::names(&new.targets, NAMED));
        let has_help = !new.help.is_empty() && new.level == Level::Error;
        let help = has_help.then(|| Line::from(format!("next: {}", new.help)));
        document.item_with(line, help);
    }
    document.more(new.len().saturating_sub(most));
    document
}

/// Each change of files once, with all its targets.
fn diffs(shown: &ShownTargets<'_>, view: View) -> Document {
    let mut diffs = Document::default();
    for group in groups::groups(shown.shown.iter().copied()) {
        diff_groups::add(&mut diffs, &group, view);
    }
    if !view.is_page() || diffs.is_empty() {
        return diffs;
    }
    let mut document = Document::default();
    document.section("What changes in the files", diffs);
    document
}

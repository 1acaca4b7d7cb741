//! The impact of a change of the store, for a terminal.
//!
//! Input: an [`Impact`]. Output: one string with colors. Nothing is hidden, because the reader has access to the targets.
//! Not here: pages for other readers (`page`).

use super::{
    ImpactInput, NamedCommit, after_canaries, broken, few, fields, fit_words, gathered, headline, news,
    remark, repositories, setting, word,
};
use crate::report::findings::{self, counted};
use crate::report::plan::{diff as colored, say};
use crate::report::sanitize::{visible, visible_lines};
use crate::report::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use crate::report::{TableCell, TextTable};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::changes::ChangeKind;
use lessonbook_pipeline::impact::{Group, Impact, ImpactState, TargetDiff, groups};
use lessonbook_store::compare::{LessonDifference, LessonEvent};

/// The most targets that are listed without `-v`; the others are counted.
const NAMED: usize = 40;

/// The whole report.
pub fn human(downstream: &Impact, about: &ImpactInput<'_>, stat: bool, verbose: bool) -> String {
    let mut out = header(about);
    let errors: Vec<Finding> = downstream
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .cloned()
        .collect();
    out.push_str(&findings::human(&errors));
    if let Some(old) = downstream.unread_before() {
        say(&mut out, "errors in the old store:");
        out.push_str(&findings::human(&old.findings));
    }
    say(&mut out, "");
    let line = headline(downstream, |_| false);
    say(
        &mut out,
        &paint(if downstream.fails() { BAD } else { BOLD }, &line),
    );
    lessons(&mut out, downstream);
    rest_of_the_store(&mut out, downstream);
    targets(&mut out, downstream, verbose);
    judged(&mut out, downstream);
    if !stat {
        for group in groups::groups(&downstream.targets) {
            diff(&mut out, &group);
        }
    }
    out
}

/// The two states that are compared, and notes about them.
fn header(about: &ImpactInput<'_>) -> String {
    let names = about.names;
    let label = |named: &NamedCommit| match named.other_name() {
        Some(name) => format!("{} ({})", named.short(), visible(name)),
        None => named.short().to_owned(),
    };
    let base = label(&names.base);
    let commit = names.head.as_ref().map(label);
    let head = match (&names.uncommitted, commit) {
        (None, commit) => commit.unwrap_or_default(),
        (Some(_), None) => "the folder".to_owned(),
        (Some(files), Some(commit)) if files.is_empty() => format!("the folder, which is at {commit}"),
        (Some(files), Some(commit)) => {
            format!(
                "the folder: {commit} and {} that {} not committed",
                counted(files.len(), "file"),
                if files.len() == 1 { "is" } else { "are" }
            )
        }
    };
    let mut out = format!("store {}   {base} → {head}\n", paint(BOLD, about.home));
    if let Some(files) = names.uncommitted.as_ref().filter(|files| !files.is_empty()) {
        say(
            &mut out,
            &paint(DIM, &format!("not committed: {}", few(files, 6, str::to_owned))),
        );
    }
    if names.is_new {
        say(
            &mut out,
            &paint(DIM, "there was no store before, so everything is new"),
        );
    }
    if let Some(line) = after_canaries(about, |name| visible(name).into_owned()) {
        say(&mut out, &paint(CAREFUL, &line));
    }
    if about.was_wrong {
        let line = "the old store has errors: for targets that they stop, the change is compared with the present files";
        say(&mut out, &paint(CAREFUL, line));
    }
    out
}

fn lessons(out: &mut String, downstream: &Impact) {
    if !downstream.store.lessons.is_empty() {
        say(out, "");
    }
    for change in &downstream.store.lessons {
        let (mark, mark_style) = match change.event {
            LessonEvent::Added => ("+", GOOD),
            LessonEvent::Changed | LessonEvent::Moved | LessonEvent::Renamed | LessonEvent::Repaired => {
                ("~", CAREFUL)
            }
            LessonEvent::Retired | LessonEvent::Removed | LessonEvent::Broken => ("-", BAD),
        };
        let mut table = TextTable::new(&[]).indent(2).can_shrink(4);
        let reach = match downstream.reach(change) {
            0 => "no repository".to_owned(),
            number => repositories(number),
        };
        table.row([
            TableCell::styled(mark_style, mark),
            TableCell::styled(BOLD, change.lesson.as_str()),
            TableCell::styled(style::severity(change.severity), change.severity.word()),
            change.event.word().into(),
            fields(change, |value| visible(value).into_owned())
                .join("; ")
                .into(),
            reach.into(),
        ]);
        out.push_str(&table.render());
        texts(out, change);
    }
}

/// The text that a reviewer checks, before and after.
fn texts(out: &mut String, change: &LessonDifference) {
    let names: &[&str] = match change.event {
        LessonEvent::Added | LessonEvent::Repaired => &["rule", "rationale"],
        LessonEvent::Retired | LessonEvent::Removed | LessonEvent::Broken => &[],
        _ => &["title", "rule", "rationale", "incidents", "source"],
    };
    for field in change.fields.iter().filter(|field| names.contains(&field.name)) {
        let mut line = |sign: &str, style, text: &Option<String>| {
            for text in text.iter().flat_map(|text| text.lines()) {
                let text = format!("      {sign} {}: {}", field.name, visible(text));
                say(out, &paint(style, &text));
            }
        };
        line("-", BAD, &field.before);
        line("+", GOOD, &field.after);
    }
}

fn rest_of_the_store(out: &mut String, downstream: &Impact) {
    let store = &downstream.store;
    let mut table = TextTable::new(&[]).indent(2).can_shrink(2);
    for change in &store.templates {
        let (added, removed) = change.counts;
        let what = format!("{} {}, +{added} -{removed}", change.file, change.event.word());
        table.row(["template".into(), what.into()]);
    }
    for change in &store.settings {
        let value = setting(change, |value| visible(value).into_owned());
        let what = if change.sentence.is_some() {
            value
        } else {
            format!("{}: {value}", change.key)
        };
        table.row(["setting".into(), what.into()]);
    }
    for added in &downstream.wording {
        let what = format!(
            "“{}” in {}",
            visible(&added.text),
            repositories(added.targets.len())
        );
        table.row([TableCell::styled(CAREFUL, "a template adds"), what.into()]);
    }
    if !table.is_empty() {
        say(out, "");
        out.push_str(&table.render());
    }
}

fn targets(out: &mut String, downstream: &Impact, verbose: bool) {
    let mut table = TextTable::new(&[]).right(2).right(3).right(4).can_shrink(5);
    let quiet = |diff: &&TargetDiff| matches!(diff.state, ImpactState::Same | ImpactState::StillRefused);
    let shown: Vec<&TargetDiff> = downstream
        .targets
        .iter()
        .filter(|diff| verbose || !quiet(diff))
        .collect();
    let most = if verbose { usize::MAX } else { NAMED };
    for diff in shown.iter().take(most) {
        let (word, bad) = word(diff);
        let style = match diff.state {
            _ if bad => BAD,
            ImpactState::Update | ImpactState::Gone => CAREFUL,
            _ => DIM,
        };
        let (added, removed) = diff.counts();
        let number = |sign: &str, number: usize| {
            if number == 0 {
                String::new()
            } else {
                format!("{sign}{number}")
            }
        };
        let files = if diff.files.is_empty() {
            String::new()
        } else {
            counted(diff.files.len(), "file")
        };
        table.row([
            TableCell::styled(BOLD, diff.target.as_str()),
            TableCell::styled(style, word),
            files.into(),
            TableCell::styled(GOOD, number("+", added)),
            TableCell::styled(BAD, number("-", removed)),
            row_words(diff).into(),
        ]);
    }
    if !table.is_empty() {
        say(out, "");
        out.push_str(&table.render());
    }
    if shown.len() > most {
        say(
            out,
            &paint(
                DIM,
                &format!("and {} more (diff -v lists them)", shown.len() - most),
            ),
        );
    }
    let count = |state: ImpactState| downstream.of(state).count();
    let rest = [
        (ImpactState::Same, "unchanged"),
        (ImpactState::StillRefused, "refused as before"),
    ];
    let rest: Vec<String> = rest
        .into_iter()
        .filter(|(state, _)| !verbose && count(*state) > 0)
        .map(|(state, word)| format!("{} {word}", repositories(count(state))))
        .collect();
    if !rest.is_empty() {
        say(out, &paint(DIM, &rest.join(", ")));
    }
}

/// The changed lessons, and a remark.
fn row_words(diff: &TargetDiff) -> String {
    let remark = remark(diff);
    let lessons: Vec<String> = diff
        .lessons
        .iter()
        .map(|change| {
            let sign = match change.kind {
                ChangeKind::Added => "+",
                ChangeKind::Changed => "~",
                ChangeKind::Removed => "-",
                ChangeKind::Moved => ">",
                ChangeKind::Unchanged => "=",
            };
            format!("{sign} {}", change.lesson)
        })
        .collect();
    let lessons = few(&lessons, 4, str::to_owned);
    [lessons, remark]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Budgets, invariants and findings.
fn judged(out: &mut String, downstream: &Impact) {
    let places = |targets: &[&str]| few(targets, 4, str::to_owned);
    let mut lines = Vec::new();
    for (fit, targets) in gathered(downstream.targets.iter(), |diff| &diff.fell) {
        let word = paint(CAREFUL, "shorter, to keep a budget");
        lines.push(format!(
            "{word}: {} at {}: {} in {}",
            fit.lesson,
            fit.entry_point,
            fit_words(fit),
            places(&targets)
        ));
    }
    for (fit, targets) in gathered(downstream.targets.iter(), |diff| &diff.returned) {
        let word = paint(GOOD, "longer again");
        lines.push(format!(
            "{word}: {} at {}: {} in {}",
            fit.lesson,
            fit.entry_point,
            fit_words(fit),
            places(&targets)
        ));
    }
    let held = downstream.of(ImpactState::Update).count();
    if held > 0 {
        lines.push(format!(
            "{} every invariant holds in {}",
            paint(GOOD, "✓"),
            repositories(held)
        ));
    }
    for (name, targets, evidence) in broken(downstream.targets.iter()) {
        lines.push(format!(
            "{} {evidence}: in {}",
            paint(BAD, &format!("✗ {name}:")),
            places(&targets)
        ));
    }
    for finding in news(downstream.targets.iter()) {
        let word = paint(style::level(finding.level), finding.level.word());
        let message = visible(&finding.message);
        lines.push(format!(
            "{word}[{}]: {message}: in {}",
            finding.code,
            places(&finding.targets)
        ));
        if !finding.help.is_empty() && finding.level == Level::Error {
            lines.push(format!("  next: {}", visible(finding.help)));
        }
    }
    if !lines.is_empty() {
        say(out, "");
    }
    for line in lines {
        say(out, &line);
    }
}

fn diff(out: &mut String, group: &Group<'_>) {
    let targets = group.targets();
    say(out, "");
    if group.files.len() > 1 {
        let paths = group.paths();
        let line = format!(
            "the same in {} of {}: {} in {}",
            counted(group.files.len(), "file"),
            repositories(targets.len()),
            few(&paths, 4, str::to_owned),
            few(&targets, 6, str::to_owned)
        );
        say(out, &paint(BOLD, &line));
    } else {
        say(
            out,
            &paint(BOLD, &format!("in {}", few(&targets, 1, str::to_owned))),
        );
    }
    out.push_str(&colored(&visible_lines(&group.first.diff.replace("\r\n", "\n"))));
}

//! Reports the impact of a change of the store, for a terminal, a page and programs.
//!
//! Input: an [`Impact`] and an [`ImpactInput`]. Output: the texts that all views share. Not here: the views themselves
//! (`document`, `json`).

pub mod document;
pub mod json;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Line;
use super::findings::counted;
use super::style::CAREFUL;
use crate::report::words::repositories;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::impact::{Fit, Impact, ImpactState, TargetDiff};
use lessonbook_store::compare::{Class, Field, LessonDifference, LessonEvent, Setting};
use lessonbook_store::{Rollout, Visibility};

/// A commit of the store with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCommit {
    /// In hexadecimal digits.
    pub commit: String,
    /// Its name: `main`, or `where fix left main`.
    pub name: String,
}

impl NamedCommit {
    fn short(&self) -> &str {
        super::words::short(&self.commit)
    }

    /// The name, if it differs from the commit's id.
    fn other_name(&self) -> Option<&str> {
        (!self.commit.starts_with(&self.name)).then_some(self.name.as_str())
    }
}

/// The two states that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedNames {
    /// The old side.
    pub base: NamedCommit,
    /// The new side. If the folder is compared: the commit that is checked out there, `None` if there is none.
    pub head: Option<NamedCommit>,
    /// Files of the folder that are not committed; `None` if two commits are compared.
    pub uncommitted: Option<Vec<String>>,
    /// Whether there was no store before.
    pub is_new: bool,
}

/// The values that a view needs besides the comparison.
#[derive(Debug, Clone, Copy)]
pub struct ImpactInput<'a> {
    /// The store's name.
    pub name: &'a str,
    /// The store's home.
    pub home: &'a str,
    /// The two states that are compared.
    pub names: &'a ComparedNames,
    /// The command that prints the same report.
    pub again: &'a str,
    /// Whether the old store had errors.
    pub was_wrong: bool,
    /// The new store's rollout rules.
    pub rollout: Option<&'a Rollout>,
    /// Whether the store is public, so that a page may only show the names of private targets.
    pub open: bool,
}

/// A note that targets may have to wait for the canaries.
fn after_canaries(about: &ImpactInput<'_>) -> Option<Line> {
    let canaries = Line::names(&about.rollout?.canary, usize::MAX);
    let rest = "): every other target receives changed lessons only after the rollout";
    let first = Line::styled(CAREFUL, "canaries first").then(" (");
    Some(first.then(canaries).then(rest))
}

/// The change in one line: the difference, the repositories that it reaches, and lessons that a budget shortens. Hidden targets
/// are only counted.
fn headline(downstream: &Impact, is_hidden: impl Fn(&TargetDiff) -> bool) -> String {
    if !downstream.unread.is_empty() {
        let sides: Vec<&str> = downstream.unread.iter().map(|one| one.side.word()).collect();
        let sides = sides.join(" and in the ");
        return format!("can't be compared: targets.yaml can't be read in the {sides} store");
    }
    let targets = |state: ImpactState| downstream.of(state).count();
    let shown = |state: ImpactState| downstream.of(state).filter(|diff| !is_hidden(diff));
    let mut parts = vec![differs(downstream)];
    let refused = targets(ImpactState::Refused);
    if refused > 0 {
        parts.push(format!("FAILS in {}", repositories(refused)));
    }
    let files: usize = shown(ImpactState::Update).map(|diff| diff.files.len()).sum();
    let (added, removed) = shown(ImpactState::Update)
        .map(TargetDiff::counts)
        .fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
    let all = targets(ImpactState::Update);
    let private = match all - shown(ImpactState::Update).count() {
        0 => String::new(),
        number => format!(" ({number} of them private and only named)"),
    };
    parts.push(match all {
        0 => "changes nothing in any repository".to_owned(),
        _ if files == 0 => format!("reaches {}{private}", repositories(all)),
        _ => format!(
            "reaches {}{private}, {}, +{added} −{removed}",
            repositories(all),
            counted(files, "file")
        ),
    });
    let seen = downstream.targets.iter().filter(|diff| !is_hidden(diff));
    let fell = gathered(seen, |diff| &diff.fell);
    let mut lessons: Vec<&str> = fell.iter().map(|(fit, _)| fit.lesson.as_str()).collect();
    lessons.dedup();
    let unknown = downstream
        .of(ImpactState::Update)
        .filter(|diff| diff.was_refused)
        .count();
    match lessons.len() {
        // If the old plan was refused, the details of its lessons are unknown.
        0 if unknown > 0 => {}
        0 => parts.push("no lesson is shortened to keep a budget".to_owned()),
        1 => parts.push("1 lesson is shortened to keep a budget".to_owned()),
        number => parts.push(format!("{number} lessons are shortened to keep a budget")),
    }
    if unknown > 0 {
        let places = repositories(unknown);
        parts.push(format!(
            "the old plan was refused in {places}, so the present files are compared there"
        ));
    }
    match targets(ImpactState::Unread) {
        0 => {}
        number => parts.push(format!("{} not looked at", repositories(number))),
    }
    parts.join("; ")
}

/// The differences of the stores: `1 lesson added, 2 changed`.
fn differs(downstream: &Impact) -> String {
    let store = &downstream.store;
    let count = |event: LessonEvent| {
        store
            .lessons
            .iter()
            .filter(|change| change.event == event)
            .count()
    };
    let mut parts = Vec::new();
    for event in LessonEvent::ALL {
        let number = count(event);
        if number > 0 {
            let number = if parts.is_empty() {
                counted(number, "lesson")
            } else {
                number.to_string()
            };
            parts.push(format!("{number} {}", event.word()));
        }
    }
    if parts.is_empty() {
        parts.push("no lesson differs".to_owned());
    }
    if !store.templates.is_empty() {
        parts.push(counted(store.templates.len(), "template"));
    }
    if !store.settings.is_empty() {
        parts.push(counted(store.settings.len(), "setting"));
    }
    if store.is_empty() {
        return "nothing differs in the store".to_owned();
    }
    parts.join(", ")
}

/// The word for a target, and whether it is an error.
fn word(diff: &TargetDiff) -> (&'static str, bool) {
    match (diff.state, diff.came, diff.switched) {
        (ImpactState::Refused, ..) => ("REFUSED", true),
        (ImpactState::Update, true, _) => ("NEW TARGET", false),
        (ImpactState::Update, _, Some(false)) => ("DISABLED", false),
        (ImpactState::Update, _, Some(true)) => ("ENABLED", false),
        (ImpactState::Update, ..) => ("CHANGES", false),
        (ImpactState::Gone, ..) => ("NO LONGER A TARGET", false),
        (ImpactState::StillRefused, ..) => ("REFUSED AS BEFORE", false),
        (ImpactState::Unread, ..) => ("NOT LOOKED AT", false),
        (ImpactState::Same, ..) => ("SAME", false),
    }
}

/// The remark at the end of a target's row.
fn remark(diff: &TargetDiff) -> String {
    match diff.state {
        ImpactState::Gone => "its blocks are kept; `enabled: false` would remove them".to_owned(),
        ImpactState::Unread => diff.why.clone(),
        ImpactState::Update if diff.was_refused => "old plan refused".to_owned(),
        ImpactState::Refused if diff.findings.is_empty() && diff.broken.is_empty() => {
            "the store has errors".to_owned()
        }
        _ => String::new(),
    }
}

/// The effects of budgets: each change of detail with its targets.
fn gathered<'d>(
    targets: impl Iterator<Item = &'d TargetDiff>,
    of: impl Fn(&'d TargetDiff) -> &'d Vec<Fit>,
) -> Vec<(&'d Fit, Vec<&'d str>)> {
    let mut found: BTreeMap<_, (&Fit, Vec<&str>)> = BTreeMap::new();
    for diff in targets {
        for fit in of(diff) {
            let key = (&fit.lesson, &fit.entry_point, fit.was, fit.detail);
            found.entry(key).or_insert((fit, Vec::new())).1.push(&diff.target);
        }
    }
    found.into_values().collect()
}

/// `full → summary (required: full)`.
fn fit_words(fit: &Fit) -> String {
    let was = fit.was.map_or("new", lessonbook_store::Detail::word);
    format!("{was} → {} (required: {})", fit.detail.word(), fit.wanted.word())
}

/// Invariants that fail, each with its targets and the evidence; if that differs between targets, the first is used.
fn broken<'d>(targets: impl Iterator<Item = &'d TargetDiff>) -> Vec<(&'d str, Vec<&'d str>, String)> {
    let mut found: BTreeMap<&str, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for diff in targets {
        for broken in &diff.broken {
            let (places, evidence) = found.entry(broken.name.as_str()).or_default();
            places.push(&diff.target);
            if !evidence.contains(&broken.evidence.as_str()) {
                evidence.push(&broken.evidence);
            }
        }
    }
    let failed = found.into_iter().map(|(name, (places, evidence))| {
        let words = match &evidence[..] {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first, ..] => format!("{first} (in {})", places.first().unwrap_or(&"")),
        };
        (name, places, words)
    });
    failed.collect()
}

/// A new finding, with all its targets.
struct NewFinding<'d> {
    level: Level,
    code: &'static str,
    /// The message of the first, and how many more there are like it.
    message: String,
    help: &'d str,
    targets: Vec<&'d str>,
}

/// New findings, the most severe first. Findings about one lesson in several files are merged.
fn news<'d>(targets: impl Iterator<Item = &'d TargetDiff>) -> Vec<NewFinding<'d>> {
    let mut found: BTreeMap<_, (&Finding, BTreeSet<&str>, Vec<&str>)> = BTreeMap::new();
    for diff in targets {
        for finding in &diff.findings {
            let words = finding.lesson.as_ref().unwrap_or(&finding.message);
            let key = (Reverse(finding.level), finding.code.name(), words, &finding.help);
            let (_, messages, targets) = found.entry(key).or_insert((finding, BTreeSet::new(), Vec::new()));
            messages.insert(&finding.message);
            if targets.last() != Some(&diff.target.as_str()) {
                targets.push(&diff.target);
            }
        }
    }
    let merged = found.into_values().map(|(first, messages, targets)| NewFinding {
        level: first.level,
        code: first.code.name(),
        message: match messages.len() {
            0 | 1 => first.message.clone(),
            number => format!("{} (and {} more like it)", first.message, number - 1),
        },
        help: first.help.as_deref().unwrap_or_default(),
        targets,
    });
    merged.collect()
}

/// Whether a field is shown as a value, such as `severity high → critical`, and not as text.
fn is_short(field: &Field) -> bool {
    !matches!(
        field.name,
        "rule" | "rationale" | "title" | "bad" | "good" | "incidents" | "source"
    )
}

/// The changed fields of a lesson that is kept; for other lessons a few important fields.
fn fields(change: &LessonDifference) -> Vec<Line> {
    let is_kept = matches!(
        change.event,
        LessonEvent::Changed | LessonEvent::Moved | LessonEvent::Renamed | LessonEvent::Retired
    );
    if !is_kept {
        let important = |field: &&Field| matches!(field.name, "status" | "audience" | "paths" | "tags");
        let fields = change.fields.iter().filter(important).filter_map(|field| {
            let value = field.after.as_ref().or(field.before.as_ref())?;
            Some(Line::from(format!("{} ", field.name)).then(Line::code(value)))
        });
        return fields.collect();
    }
    let was = change
        .was
        .iter()
        .map(|was| Line::from("was ").then(Line::code(was)));
    let fields = change.fields.iter().map(|field| {
        let value = |text: &Option<String>| text.as_ref().map_or_else(|| "none".into(), Line::code);
        if is_short(field) {
            let before = Line::from(format!("{} ", field.name)).then(value(&field.before));
            before.then(" → ").then(value(&field.after))
        } else {
            field.name.into()
        }
    });
    was.chain(fields).collect()
}

/// A change of a setting as text.
fn setting(setting: &Setting) -> Line {
    let line = match (&setting.sentence, &setting.before, &setting.after) {
        (Some(sentence), ..) => return sentence.as_str().into(),
        (None, Some(before), Some(after)) => Line::code(before).then(" → ").then(Line::code(after)),
        (None, None, Some(after)) => Line::code(after).then(" added"),
        (None, Some(before), None) => Line::code(before).then(" removed"),
        (None, None, None) => Line::default(),
    };
    match setting.class {
        Some(class @ (Class::Wider | Class::Narrower)) => line.then(format!(" ({})", class.word())),
        _ => line,
    }
}

/// Whether a public page may only show the name of a target. The visibility of a target that only `discover:` found and that was
/// not read is unknown, so it counts as private.
fn is_private(diff: &TargetDiff) -> bool {
    diff.visibility != Visibility::Public || diff.state == ImpactState::Unread && diff.found
}

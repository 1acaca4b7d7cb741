//! What a change of the store does downstream, for a terminal, a page and programs.
//!
//! Input: a [`Impact`] and what it is [`ImpactInput`]. Output: the words that all views share. Not here: the views
//! themselves (`human`, `page`, `json`).

pub mod human;
pub mod json;
pub mod page;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::findings::counted;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::impact::{Fit, Impact, ImpactState, TargetDiff};
use lessonbook_store::compare::{Field, LessonDifference, LessonEvent, Setting};
use lessonbook_store::{Rollout, Visibility};

/// A commit of the store with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCommit {
    /// In hexadecimal digits.
    pub commit: String,
    /// What it is: `main`, or `where fix left main`.
    pub name: String,
}

impl NamedCommit {
    fn short(&self) -> &str {
        super::plan::short(&self.commit)
    }

    /// The name, where it is another one than the commit's id.
    fn other_name(&self) -> Option<&str> {
        (!self.commit.starts_with(&self.name)).then_some(self.name.as_str())
    }
}

/// Which two states are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedNames {
    /// Before.
    pub base: NamedCommit,
    /// After; the commit that the folder stands at where the folder is compared, none where there is no such commit.
    pub head: Option<NamedCommit>,
    /// Files of the folder that are not committed; none where two commits are compared.
    pub uncommitted: Option<Vec<String>>,
    /// There was no store before.
    pub is_new: bool,
}

/// What a view needs besides the comparison.
#[derive(Debug, Clone, Copy)]
pub struct ImpactInput<'a> {
    /// The store's name.
    pub name: &'a str,
    /// The store's home.
    pub home: &'a str,
    /// Which two states are compared.
    pub names: &'a ComparedNames,
    /// The command that shows the same again.
    pub again: &'a str,
    /// The old store had errors that stop it.
    pub was_wrong: bool,
    /// The new store's rules for who gets lessons first.
    pub rollout: Option<&'a Rollout>,
    /// Anybody may read the store, so a page says nothing of private targets but their names.
    pub open: bool,
}

/// What is not told of each target: that it may have to wait for the canaries. `name` shows a canary's name.
fn after_canaries(about: &ImpactInput<'_>, name: impl Fn(&str) -> String) -> Option<String> {
    let canary = &about.rollout?.canary;
    let names: Vec<String> = canary.iter().map(|canary| name(canary)).collect();
    Some(format!(
        "canaries first ({}): every other target gets new words of lessons only after the rollout",
        names.join(", ")
    ))
}

/// The change in one line: what differs, whom it reaches, what falls out. Of hidden targets it says only how many there are.
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
        number => format!(" ({number} private, only named)"),
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
        // Where the old plan was refused, nobody knows what its budgets held.
        0 if unknown > 0 => {}
        0 => parts.push("nothing falls out of a budget".to_owned()),
        1 => parts.push("1 lesson falls out of a budget".to_owned()),
        number => parts.push(format!("{number} lessons fall out of a budget")),
    }
    if unknown > 0 {
        let places = repositories(unknown);
        parts.push(format!(
            "the old plan was refused in {places}, so the present files are the base there"
        ));
    }
    match targets(ImpactState::Unread) {
        0 => {}
        number => parts.push(format!("{} not looked at", repositories(number))),
    }
    parts.join("; ")
}

/// `1 lesson added, 2 changed`; else what else differs.
fn differs(downstream: &Impact) -> String {
    let store = &downstream.store;
    let count = |event: LessonEvent| {
        store
            .lessons
            .iter()
            .filter(|change| change.event == event)
            .count()
    };
    let mut said = Vec::new();
    for event in LessonEvent::ALL {
        let number = count(event);
        if number > 0 {
            let number = if said.is_empty() {
                counted(number, "lesson")
            } else {
                number.to_string()
            };
            said.push(format!("{number} {}", event.word()));
        }
    }
    if said.is_empty() {
        said.push("no lesson differs".to_owned());
    }
    if !store.templates.is_empty() {
        said.push(counted(store.templates.len(), "template"));
    }
    if !store.settings.is_empty() {
        said.push(counted(store.settings.len(), "setting"));
    }
    if store.is_empty() {
        return "nothing differs in the store".to_owned();
    }
    said.join(", ")
}

fn repositories(number: usize) -> String {
    format!(
        "{number} {}",
        if number == 1 { "repository" } else { "repositories" }
    )
}

/// The word for a target, and whether it is bad news.
fn word(diff: &TargetDiff) -> (&'static str, bool) {
    match (diff.state, diff.came, diff.switched) {
        (ImpactState::Refused, ..) => ("REFUSED", true),
        (ImpactState::Update, true, _) => ("NEW TARGET", false),
        (ImpactState::Update, _, Some(false)) => ("SWITCHED OFF", false),
        (ImpactState::Update, _, Some(true)) => ("SWITCHED ON", false),
        (ImpactState::Update, ..) => ("CHANGES", false),
        (ImpactState::Gone, ..) => ("NO TARGET ANY MORE", false),
        (ImpactState::StillRefused, ..) => ("REFUSED AS BEFORE", false),
        (ImpactState::Unread, ..) => ("NOT LOOKED AT", false),
        (ImpactState::Same, ..) => ("SAME", false),
    }
}

/// What a target's row says behind the numbers.
fn remark(diff: &TargetDiff) -> String {
    match diff.state {
        ImpactState::Gone => "its blocks stay; `enabled: false` would remove them".to_owned(),
        ImpactState::Unread => diff.why.clone(),
        ImpactState::Update if diff.was_refused => "old plan refused".to_owned(),
        ImpactState::Refused if diff.findings.is_empty() && diff.broken.is_empty() => {
            "the store has errors".to_owned()
        }
        _ => String::new(),
    }
}

/// What budgets do, gathered over the targets: each fit with the targets where it happens.
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

/// `summary instead of full, rule from now on`.
fn fit_words(fit: &Fit) -> String {
    let was = fit.was.map_or("new", lessonbook_store::Detail::word);
    format!("{was} → {} (asked: {})", fit.detail.word(), fit.wanted.word())
}

/// Invariants that fail: each with where, and the evidence; where that differs from target to target, the first of it.
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
    let told = found.into_iter().map(|(name, (places, evidence))| {
        let words = match &evidence[..] {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first, ..] => format!("{first} (in {})", places.first().unwrap_or(&"")),
        };
        (name, places, words)
    });
    told.collect()
}

/// A finding that is new, gathered over targets and files.
struct NewFinding<'d> {
    level: Level,
    code: &'static str,
    /// Of the first, and how many more files it is said of.
    message: String,
    help: &'d str,
    targets: Vec<&'d str>,
}

/// Findings that are new, the heaviest first. What is said of one lesson at several files is told once.
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
    let told = found.into_values().map(|(first, messages, targets)| NewFinding {
        level: first.level,
        code: first.code.name(),
        message: match messages.len() {
            0 | 1 => first.message.clone(),
            number => format!("{} (and {} more like it)", first.message, number - 1),
        },
        help: first.help.as_deref().unwrap_or_default(),
        targets,
    });
    told.collect()
}

/// The first few names, and how many more there are.
fn few(names: &[impl AsRef<str>], most: usize, show: impl Fn(&str) -> String) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| show(name.as_ref())).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Fields that are told as values and not as text: `severity high → critical`.
fn is_short(field: &Field) -> bool {
    !matches!(
        field.name,
        "rule" | "rationale" | "title" | "bad" | "good" | "incidents" | "source"
    )
}

/// What changed of a lesson that stays, in words; of the others nothing.
fn fields(change: &LessonDifference, value: impl Fn(&str) -> String) -> Vec<String> {
    if !matches!(
        change.event,
        LessonEvent::Changed | LessonEvent::Moved | LessonEvent::Renamed | LessonEvent::Retired
    ) {
        let said = change
            .fields
            .iter()
            .filter(|field| matches!(field.name, "status" | "audience" | "paths" | "tags"));
        let known =
            said.filter_map(|field| Some((field.name, field.after.as_ref().or(field.before.as_ref())?)));
        return known
            .map(|(name, said)| format!("{name} {}", value(said)))
            .collect();
    }
    let mut told: Vec<String> = change
        .was
        .iter()
        .map(|was| format!("was {}", value(was)))
        .collect();
    for field in &change.fields {
        let or_none = |said: &Option<String>| {
            said.as_ref()
                .map_or_else(|| "none".to_owned(), |said| value(said))
        };
        told.push(if is_short(field) {
            format!(
                "{} {} → {}",
                field.name,
                or_none(&field.before),
                or_none(&field.after)
            )
        } else {
            field.name.to_owned()
        });
    }
    told
}

/// A setting in words.
fn setting(setting: &Setting, value: impl Fn(&str) -> String) -> String {
    match (&setting.sentence, &setting.before, &setting.after) {
        (Some(sentence), ..) => sentence.clone(),
        (None, Some(before), Some(after)) => format!("{} → {}", value(before), value(after)),
        (None, None, Some(after)) => format!("{} added", value(after)),
        (None, Some(before), None) => format!("{} taken out", value(before)),
        (None, None, None) => String::new(),
    }
}

/// Whether a page that anybody may read says nothing of a target but its name. Of one that only `discover:` found, and that nobody
/// looked at, nobody knows who may read it.
fn is_private(diff: &TargetDiff) -> bool {
    diff.visibility != Visibility::Public || diff.state == ImpactState::Unread && diff.found
}

//! Puts the settings that differ into words: those of the store, and those of a target.
//!
//! Input: two stores or targets. Output: differences. Not here: which direction of a setting widens (`lessonbook-store`, `compare`), and
//! what else holds for a run (`policy`).

use super::{Class, DifferenceKind, DifferenceList, PlanAndStore};
use lessonbook_store::compare::{self, ChangedPart, SettingChange};
use lessonbook_store::{Exception, Release, Target};

/// Compares the settings of two stores.
pub(super) fn stores(old: &PlanAndStore<'_>, new: &PlanAndStore<'_>, found: &mut DifferenceList) {
    let mut exception = None;
    for change in compare::store_changes(&old.store, &new.store) {
        let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
        match path[..] {
            // `policy` compares them with those of the plans.
            ["name" | "home"] => {}
            ["exceptions", key] => exceptions(old, new, key, change.class, found),
            ["exceptions", key, _] if exception.as_deref() == Some(key) => {}
            ["exceptions", key, _] => {
                exception = Some(key.to_owned());
                let mut all = new.store.exceptions.iter();
                if let Some(known) = all.find(|known| compare::exception_key(known) == key) {
                    let text = format!("{}; its reason, author or date is new", describe(known, false));
                    found.push(change.class, DifferenceKind::Exception, &known.lesson, text);
                }
            }
            ["open", key] => releases(old, new, key, change.class, found),
            ["open", key, _] => {
                let text = format!("{} is open for another reason, or by another person", gate(key));
                found.push(change.class, DifferenceKind::Bound, "open", text);
            }
            _ => push(&change, &change.key(), found),
        }
    }
}

/// Compares the settings of a target in two plans. A target does not repeat what the policy already reports.
pub(super) fn targets(old: &Target, new: &Target, found: &mut DifferenceList) {
    for change in compare::target_changes(old, new) {
        push(&change, &change.path[1..].join("."), found);
    }
}

fn push(change: &SettingChange, key: &str, found: &mut DifferenceList) {
    let kind = match change.path.first().map(String::as_str) {
        Some("proposal" | "report") => DifferenceKind::Proposal,
        _ => DifferenceKind::Bound,
    };
    found.push(change.class, kind, key, text(change, key));
}

/// One clause about the new state.
fn text(change: &SettingChange, key: &str) -> String {
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    let (before, after) = match &change.part {
        ChangedPart::Added(item) => return format!("`{key}` now names `{item}`"),
        ChangedPart::Removed(item) => return format!("`{key}` no longer names `{item}`"),
        ChangedPart::Value { before, after } => (before.as_deref(), after.as_deref()),
    };
    match (&path[..], before, after) {
        (["rollout"], _, None) => {
            "`rollout` is no longer set: new lessons reach all targets at once".to_owned()
        }
        (["rollout"], None, _) => "`rollout` is set: new lessons reach the canaries first".to_owned(),
        ([.., "allow_paths"], _, None) => format!("`{key}` is no longer set: any path may be written"),
        ([.., "allow_paths"], None, Some(globs)) => {
            format!("`{key}` now allows only {}", globs.trim_matches(['[', ']']))
        }
        (["proposal", "author"], _, Some(author)) => format!("commits are made by {author}"),
        (["proposal", "draft"], _, Some("true")) => "proposals are opened as drafts".to_owned(),
        (["proposal", "draft"], ..) => "proposals are no longer opened as drafts".to_owned(),
        (["report", "issue"], _, Some("true")) => "the run now maintains an issue in the store".to_owned(),
        (["report", "issue"], ..) => "the run no longer maintains an issue in the store".to_owned(),
        _ => {
            let unit = match &path[..] {
                ["rollout", "quorum"] => " %",
                ["rollout", "bake" | "give_up"] => " s",
                _ => "",
            };
            let shown = |value: Option<&str>| {
                value.map_or_else(|| "no limit".to_owned(), |value| format!("{value}{unit}"))
            };
            format!("`{key}`: {} → {}", shown(before), shown(after))
        }
    }
}

/// A gate that a person opened by hand in only one store.
fn releases(
    old: &PlanAndStore<'_>,
    new: &PlanAndStore<'_>,
    key: &str,
    class: Class,
    found: &mut DifferenceList,
) {
    let release = |side: &PlanAndStore<'_>| {
        let mut all = side.store.open.iter();
        all.find(|known| compare::release_key(known) == key).cloned()
    };
    let (word, release) = match release(new) {
        Some(release) => ("is now open for all targets", Some(release)),
        None => ("is no longer open", release(old)),
    };
    if let Some(Release { by, reason, .. }) = release {
        let text = format!("{} {word}, by {by}: {reason}", gate(key));
        found.push(class, DifferenceKind::Bound, "open", text);
    }
}

/// A key of `open` as text: the lesson in backticks, then its version.
fn gate(key: &str) -> String {
    let (lesson, version) = key.split_once(' ').unwrap_or((key, ""));
    format!("`{lesson}` {version}")
}

/// An exception that only one store has. One for targets of the plan concerns those targets; one for other targets, or for a text,
/// concerns the run.
fn exceptions(
    old: &PlanAndStore<'_>,
    new: &PlanAndStore<'_>,
    key: &str,
    class: Class,
    found: &mut DifferenceList,
) {
    let is_gone = !new
        .store
        .exceptions
        .iter()
        .any(|known| compare::exception_key(known) == key);
    let side = if is_gone { old } else { new };
    let mut all = side.store.exceptions.iter();
    let Some(exception) = all.find(|known| compare::exception_key(known) == key) else {
        return;
    };
    let text = describe(exception, is_gone);
    let targets = side.plan.targets.iter().map(|target| &target.plan.target.name);
    let named: Vec<&String> = targets
        .filter(|name| exception.accepts.is_none() && exception.names_target(name))
        .collect();
    for name in &named {
        found.target = Some((*name).clone());
        found.push(class, DifferenceKind::Exception, &exception.lesson, &text);
    }
    found.target = None;
    if named.is_empty() {
        found.push(class, DifferenceKind::Exception, &exception.lesson, &text);
    }
}

fn describe(exception: &Exception, gone: bool) -> String {
    let no_more = if gone { "no longer: " } else { "" };
    let until = exception
        .until
        .map(|day| format!(" until {day}"))
        .unwrap_or_default();
    let what = match (&exception.accepts, &exception.entry_point) {
        (Some(code), _) => format!("`{code}` of `{}` is accepted", exception.lesson),
        (None, Some(place)) => format!("`{}` may be absent at `{place}`", exception.lesson),
        (None, None) => format!("`{}` may be absent", exception.lesson),
    };
    format!(
        "{no_more}{what}, by {}{until}: {}",
        exception.by, exception.reason
    )
}

//! Which direction of a setting widens what a run may do, or removes a protection.
//!
//! Input: a difference between two trees of settings. Output: a [`Class`] for each part of it. Not here: the trees (`effective`), and
//! everything else that plans do (`pipeline/compare`).
//!
//! [`TABLE`] has a row for every setting. A setting without a row counts as wider whatever changes, and a test fails.

use serde::Serialize;

use super::tree::{SettingTree, TreeChange};

/// The direction of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The new state does more.
    Wider,
    /// It does neither more nor less.
    Changed,
    /// It does less.
    Narrower,
}

impl Class {
    /// In the order in which they are reported.
    pub const ALL: [Class; 3] = [Class::Wider, Class::Changed, Class::Narrower];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Class::Wider => "wider",
            Class::Changed => "changed",
            Class::Narrower => "narrower",
        }
    }
}

/// The part of a setting that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedPart {
    /// The value.
    Value {
        /// The value before; none if it was not set.
        before: Option<String>,
        /// The value after; none if it is no longer set.
        after: Option<String>,
    },
    /// An item is new.
    Added(String),
    /// An item is missing.
    Removed(String),
}

/// A setting that differs, with the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// Its keys: `["policy", "max_targets"]`. For a setting of a target: `["target", "checks"]`.
    pub path: Vec<String>,
    /// The direction.
    pub class: Class,
    /// What differs.
    pub part: ChangedPart,
}

impl SettingChange {
    /// Its key, as people write it: `policy.max_targets`.
    pub fn key(&self) -> String {
        self.path.join(".")
    }
}

/// The direction that widens a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Widens {
    /// A larger number; no limit is the largest.
    Larger,
    /// A smaller number.
    Smaller,
    /// A new item or entry.
    Added,
    /// A missing item.
    Removed,
    /// A new item, or that there is no list any more, because then everything is allowed.
    AddedOrUnset,
    /// That it is no longer set.
    Unset,
    /// A later one of these words.
    Words(&'static [&'static str]),
    /// Every change.
    Either,
    /// No change.
    Never,
    /// Its effect is in the plan of each target, where it is compared: files, lessons, exceptions, or whether there is a plan at all.
    InPlans,
}

const FLAG: Widens = Widens::Words(&["false", "true"]);

/// All settings. `*` is any key.
pub(super) const TABLE: &[(&[&str], Widens)] = &[
    (&["name"], Widens::Either),
    (&["home"], Widens::Never),
    (&["topics", "*"], Widens::InPlans),
    (&["entry_points", "*"], Widens::InPlans),
    (&["budget"], Widens::InPlans),
    (&["library_tags"], Widens::InPlans),
    (&["policy", "max_targets"], Widens::Larger),
    (&["policy", "max_files"], Widens::Larger),
    (&["policy", "max_changed_lines"], Widens::Larger),
    (&["policy", "max_files_per_target"], Widens::Larger),
    (&["policy", "max_new_proposals"], Widens::Larger),
    (&["policy", "max_new_proposals_per_hour"], Widens::Larger),
    (&["policy", "forbid_paths"], Widens::Removed),
    (&["policy", "allow_paths"], Widens::AddedOrUnset),
    (&["policy", "max_added_lines"], Widens::Larger),
    (&["policy", "hosts"], Widens::Added),
    // Each target has it, too, with the policy's value as its default.
    (&["policy", "on_drift"], Widens::InPlans),
    (&["rollout"], Widens::Unset),
    // A new canary gets lessons without waiting; a former canary is no longer counted by the gate.
    (&["rollout", "canary"], Widens::Either),
    (&["rollout", "quorum"], Widens::Smaller),
    (&["rollout", "bake"], Widens::Smaller),
    (&["rollout", "give_up"], Widens::Larger),
    (&["open", "*"], Widens::Added),
    (&["open", "*", "*"], Widens::Never),
    (&["exceptions", "*"], Widens::Added),
    (&["exceptions", "*", "*"], Widens::Never),
    // They are in the checks file of each target.
    (&["path_exceptions", "*"], Widens::InPlans),
    (&["discover", "*"], Widens::InPlans),
    (&["acknowledge", "*"], Widens::InPlans),
    (&["proposal", "title"], Widens::InPlans),
    (&["proposal", "author"], Widens::Either),
    (&["proposal", "labels"], Widens::Added),
    (&["proposal", "reviewers"], Widens::Added),
    (&["proposal", "team_reviewers"], Widens::Added),
    (&["proposal", "assignees"], Widens::Added),
    (&["proposal", "draft"], Widens::Words(&["true", "false"])),
    (&["proposal", "pace"], Widens::InPlans),
    (
        &["proposal", "open_for"],
        Widens::Words(&["critical", "high", "medium", "low"]),
    ),
    (&["report", "issue"], FLAG),
    (&["target", "tags"], Widens::InPlans),
    (&["target", "assistants"], Widens::InPlans),
    (&["target", "use"], Widens::InPlans),
    (&["target", "redundancy", "*", "*"], Widens::InPlans),
    (&["target", "base"], Widens::InPlans),
    // A plan has the visibility that was read, which is compared there.
    (&["target", "visibility"], Widens::InPlans),
    (&["target", "enabled"], Widens::InPlans),
    (&["target", "forbid_paths"], Widens::Removed),
    (&["target", "allow_paths"], Widens::AddedOrUnset),
    (&["target", "max_added_lines"], Widens::Larger),
    (&["target", "on_drift"], Widens::Words(&["stop", "propose"])),
    (&["target", "checks"], FLAG),
    (&["target", "adopt"], FLAG),
    (&["target", "declined", "*"], Widens::InPlans),
    // A new scope, tag or assistant writes more lessons or files, which the plans show.
    (&["target", "scopes", "*"], Widens::InPlans),
    (&["target", "disabled_scopes", "*"], Widens::InPlans),
];

/// The row of a setting.
pub(super) fn row(path: &[String]) -> Option<Widens> {
    let fits = |pattern: &[&str]| {
        pattern.len() == path.len()
            && pattern
                .iter()
                .zip(path)
                .all(|(wanted, key)| *wanted == "*" || wanted == key)
    };
    TABLE
        .iter()
        .find(|(pattern, _)| fits(pattern))
        .map(|(_, widens)| *widens)
}

/// The parts of a difference, with their directions; none if it is compared in the plans.
pub(super) fn directed(change: &TreeChange) -> Vec<SettingChange> {
    let TreeChange { path, before, after } = change;
    let setting = |class: Class, part: ChangedPart| SettingChange {
        path: path.clone(),
        class,
        part,
    };
    let value = |class: Class| {
        let shown = |side: &Option<SettingTree>| side.as_ref().map(SettingTree::shown);
        let (before, after) = (shown(before), shown(after));
        vec![setting(class, ChangedPart::Value { before, after })]
    };
    let ordered = |wider: bool| value(if wider { Class::Wider } else { Class::Narrower });
    let items = |added: Class, removed: Class| {
        let (old, new) = (items(before.as_ref()), items(after.as_ref()));
        let only_in = |one: &[&'_ SettingTree], other: &[&SettingTree]| -> Vec<String> {
            let only = one.iter().filter(|item| !other.contains(item));
            only.map(|item| item.shown()).collect()
        };
        let mut parts: Vec<SettingChange> = Vec::new();
        for item in only_in(&new, &old) {
            parts.push(setting(added, ChangedPart::Added(item)));
        }
        for item in only_in(&old, &new) {
            parts.push(setting(removed, ChangedPart::Removed(item)));
        }
        // The same items in another order, or more often.
        if parts.is_empty() {
            value(Class::Changed)
        } else {
            parts
        }
    };
    let Some(widens) = row(path) else {
        return value(Class::Wider);
    };
    match (widens, before, after) {
        (Widens::InPlans, ..) => Vec::new(),
        (Widens::Never, ..) => value(Class::Changed),
        (Widens::AddedOrUnset | Widens::Unset, Some(_), None)
        | (Widens::Added, None, Some(SettingTree::Map(_))) => value(Class::Wider),
        (Widens::AddedOrUnset | Widens::Unset, None, Some(_))
        | (Widens::Added, Some(SettingTree::Map(_)), None) => value(Class::Narrower),
        (Widens::Added | Widens::AddedOrUnset, ..) => items(Class::Wider, Class::Narrower),
        (Widens::Removed, ..) => items(Class::Narrower, Class::Wider),
        (Widens::Either, Some(SettingTree::List(_)), Some(SettingTree::List(_))) => {
            items(Class::Wider, Class::Wider)
        }
        (Widens::Either | Widens::Unset, ..) => value(Class::Wider),
        (Widens::Larger, ..) => ordered(number(after.as_ref()) > number(before.as_ref())),
        (Widens::Smaller, ..) => ordered(number(after.as_ref()) < number(before.as_ref())),
        (Widens::Words(words), ..) => {
            let place = |side: &Option<SettingTree>| {
                let word = side.as_ref().map(SettingTree::shown);
                words.iter().position(|known| word.as_deref() == Some(*known))
            };
            match (place(before), place(after)) {
                (Some(before), Some(after)) => ordered(after > before),
                _ => value(Class::Wider),
            }
        }
    }
}

fn items(side: Option<&SettingTree>) -> Vec<&SettingTree> {
    match side {
        Some(SettingTree::List(items)) => items.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    }
}

/// The number of a value. Without a value there is no limit, which counts as larger than any.
fn number(side: Option<&SettingTree>) -> (u8, i128) {
    match side.map(SettingTree::shown) {
        Some(text) => text.parse().map_or((1, 0), |number| (0, number)),
        None => (1, 0),
    }
}

#[cfg(test)]
mod tests;

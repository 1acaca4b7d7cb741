//! Compares the settings of two versions of a store: `targets.yaml`, and the titles of topics.
//!
//! Input: two stores and their files.
//! Output: a [`Setting`] for each value that differs, as it is written, with the direction of the value that holds. It covers every key, so
//! a new key needs no change here.
//! Not here: lessons and templates.

use super::tree::{self, SettingTree};
use super::{Class, Setting};
use crate::yaml::{self, SourceFile, YamlNode, YamlValue};
use crate::{Exception, Files, Store};

const FILE: &str = "targets.yaml";

/// The settings that differ, in the order of the file.
pub(super) fn compare(base: (&Store, &Files), head: (&Store, &Files)) -> Vec<Setting> {
    let written = |files: &Files| {
        let (source, root) = files.get(FILE).and_then(|bytes| yaml::parse(FILE, bytes).0)?;
        Some(plain(&source, &root))
    };
    let (mut before, mut after) = (written(base.1), written(head.1));
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        long_forms(before, after);
        long_forms(after, before);
    }
    let changes = tree::changes(before.as_ref(), after.as_ref(), &["targets"]);
    // Exceptions are reported as sentences.
    let changes = changes
        .into_iter()
        .filter(|change| change.path.first().is_none_or(|key| key != "exceptions"));
    let mut found: Vec<Setting> = changes
        .map(|change| {
            let keys: Vec<&str> = change.path.iter().map(String::as_str).collect();
            Setting {
                key: name(&keys),
                before: change.before.as_ref().map(SettingTree::shown),
                after: change.after.as_ref().map(SettingTree::shown),
                sentence: None,
                class: class(&keys, base.0, head.0),
            }
        })
        .collect();
    found.extend(exceptions(base.0, head.0));
    for (topic, title) in &head.0.topics {
        let was = base.0.topics.get(topic).filter(|was| *was != title);
        found.extend(was.map(|was| Setting {
            key: format!("lessons/{topic}: title"),
            before: Some(was.clone()),
            after: Some(title.clone()),
            sentence: None,
            class: None,
        }));
    }
    found
}

/// The direction of a setting that holds for the store or for one target; none if it is in the plans of the targets.
fn class(keys: &[&str], base: &Store, head: &Store) -> Option<Class> {
    let changes = match keys {
        ["targets", name, ..] => {
            let target = |store: &'_ Store| store.targets.iter().position(|target| target.name == *name);
            let (before, after) = (target(base)?, target(head)?);
            super::target_changes(&base.targets[before], &head.targets[after])
        }
        _ => super::store_changes(base, head),
    };
    let inner = match keys {
        ["targets", _, inner @ ..] => [&["target"], inner].concat(),
        keys => keys.to_vec(),
    };
    let about = changes.iter().filter(|change| {
        change
            .path
            .iter()
            .zip(&inner)
            .all(|(key, written)| key == written)
    });
    about.map(|change| change.class).min()
}

fn plain(source: &SourceFile, node: &YamlNode) -> SettingTree {
    match &node.value {
        YamlValue::Text(text) => SettingTree::Scalar(text.clone()),
        YamlValue::Null => SettingTree::Scalar("null".to_owned()),
        YamlValue::Bool(_) | YamlValue::Number(_) => {
            let text = source.text.get(node.span.clone()).unwrap_or_default();
            SettingTree::Scalar(text.trim().to_owned())
        }
        YamlValue::List(items) => SettingTree::List(items.iter().map(|item| plain(source, item)).collect()),
        YamlValue::Map(pairs) => {
            let key = |node: &YamlNode| match plain(source, node) {
                SettingTree::Scalar(key) => key,
                other => other.shown(),
            };
            let pairs = pairs
                .iter()
                .map(|(name, value)| (key(name), plain(source, value)));
            SettingTree::Map(pairs.collect())
        }
    }
}

/// The key of a value as people write it: `policy.max_new_proposals`, `target ../shop: tags`.
fn name(keys: &[&str]) -> String {
    match keys {
        ["targets", target] => format!("target {target}"),
        ["targets", target, rest @ ..] => format!("target {target}: {}", rest.join(".")),
        keys => keys.join("."),
    }
}

/// Converts the short form of targets (only tags) to the long one, if the other tree has the target, too.
fn long_forms(tree: &mut SettingTree, other: &SettingTree) {
    let SettingTree::Map(all) = tree else { return };
    let targets = all.iter_mut().find(|(key, _)| key == "targets");
    let Some((_, SettingTree::Map(targets))) = targets else {
        return;
    };
    for (name, target) in targets {
        let is_in_both = other
            .get("targets")
            .and_then(|targets| targets.get(name))
            .is_some();
        if is_in_both && let SettingTree::List(tags) = target {
            *target = SettingTree::Map(vec![("tags".to_owned(), SettingTree::List(std::mem::take(tags)))]);
        }
    }
}

fn exceptions(base: &Store, head: &Store) -> Vec<Setting> {
    let setting = |exception: &Exception, verb: &str, class: Class| {
        let place = match (&exception.entry_point, &exception.accepts) {
            (_, Some(code)) => format!(", which accepts {code},"),
            (Some(place), None) => format!(" at `{place}` in `{}`", exception.target),
            (None, None) => format!(" in `{}`", exception.target),
        };
        let until = exception
            .until
            .map(|day| format!(" until {day}"))
            .unwrap_or_default();
        Setting {
            key: "exceptions".to_owned(),
            before: None,
            after: None,
            class: Some(class),
            sentence: Some(format!(
                "exception for `{}`{place} {verb} by {}{until}: {}",
                exception.lesson, exception.by, exception.reason
            )),
        }
    };
    let new = head
        .exceptions
        .iter()
        .filter(|one| !base.exceptions.contains(one));
    let old = base
        .exceptions
        .iter()
        .filter(|one| !head.exceptions.contains(one));
    let removed = old.map(|one| {
        let mut setting = setting(one, "granted", Class::Narrower);
        setting.sentence = setting.sentence.map(|sentence| format!("removed: {sentence}"));
        setting
    });
    new.map(|one| setting(one, "added", Class::Wider))
        .chain(removed)
        .collect()
}

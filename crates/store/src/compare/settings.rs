//! Compares the settings of two versions of a store: `targets.yaml`, and the titles of topics.
//!
//! Input: two stores and their files.
//! Output: a [`Setting`] for each value that differs. It covers every key, so a new key needs no change here.
//! Not here: lessons and templates.

use super::Setting;
use crate::yaml::{self, SourceFile, YamlNode, YamlValue};
use crate::{Exception, Files, Store};

const FILE: &str = "targets.yaml";

/// The settings that differ, in the order of the file.
pub(super) fn compare(base: (&Store, &Files), head: (&Store, &Files)) -> Vec<Setting> {
    let read = |files: &Files| files.get(FILE).and_then(|bytes| yaml::parse(FILE, bytes).0);
    let (before, after) = (read(base.1), read(head.1));
    let values =
        |read: &Option<(SourceFile, YamlNode)>| read.as_ref().map(|(source, root)| plain(source, root));
    let mut found = Vec::new();
    walk(&[], values(&before).as_ref(), values(&after).as_ref(), &mut found);
    found.extend(exceptions(base.0, head.0));
    for (topic, title) in &head.0.topics {
        let was = base.0.topics.get(topic).filter(|was| *was != title);
        found.extend(was.map(|was| Setting {
            key: format!("lessons/{topic}: title"),
            before: Some(was.clone()),
            after: Some(title.clone()),
            sentence: None,
        }));
    }
    found
}

/// A value without its position in the file.
#[derive(Debug, Clone, PartialEq)]
enum PlainValue {
    Scalar(String),
    List(Vec<PlainValue>),
    Map(Vec<(String, PlainValue)>),
}

fn plain(source: &SourceFile, node: &YamlNode) -> PlainValue {
    match &node.value {
        YamlValue::Text(text) => PlainValue::Scalar(text.clone()),
        YamlValue::Null => PlainValue::Scalar("null".to_owned()),
        YamlValue::Bool(_) | YamlValue::Number(_) => {
            let text = source.text.get(node.span.clone()).unwrap_or_default();
            PlainValue::Scalar(text.trim().to_owned())
        }
        YamlValue::List(items) => PlainValue::List(items.iter().map(|item| plain(source, item)).collect()),
        YamlValue::Map(pairs) => {
            let key = |node: &YamlNode| match plain(source, node) {
                PlainValue::Scalar(key) => key,
                other => shown(&other),
            };
            let pairs = pairs
                .iter()
                .map(|(name, value)| (key(name), plain(source, value)));
            PlainValue::Map(pairs.collect())
        }
    }
}

/// A value on one line, in YAML syntax.
fn shown(value: &PlainValue) -> String {
    match value {
        PlainValue::Scalar(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        PlainValue::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        PlainValue::Map(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{key}: {}", shown(value)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

fn walk(path: &[String], before: Option<&PlainValue>, after: Option<&PlainValue>, found: &mut Vec<Setting>) {
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    if before == after || keys == ["exceptions"] {
        return; // exceptions are reported as sentences
    }
    let one = |before: Option<&PlainValue>, after: Option<&PlainValue>| Setting {
        key: name(&keys),
        before: before.map(shown),
        after: after.map(shown),
        sentence: None,
    };
    let section = keys.is_empty() || keys == ["targets"];
    match (long_form(&keys, before), long_form(&keys, after)) {
        (Some(PlainValue::Map(old)), Some(PlainValue::Map(new))) => pairs(path, &old, &new, found),
        (None, Some(PlainValue::Map(new))) if section => pairs(path, &[], &new, found),
        (Some(PlainValue::Map(old)), None) if section => pairs(path, &old, &[], found),
        (Some(PlainValue::List(old)), Some(PlainValue::List(new)))
            if old.iter().chain(&new).any(is_entry) =>
        {
            let removed = old.iter().filter(|item| !new.contains(item));
            found.extend(removed.map(|item| one(Some(item), None)));
            let added = new.iter().filter(|item| !old.contains(item));
            found.extend(added.map(|item| one(None, Some(item))));
        }
        _ => found.push(one(before, after)),
    }
}

fn pairs(
    path: &[String],
    old: &[(String, PlainValue)],
    new: &[(String, PlainValue)],
    found: &mut Vec<Setting>,
) {
    let below = |name: &String| path.iter().chain([name]).cloned().collect::<Vec<String>>();
    let get = |pairs: &[(String, PlainValue)], name: &str| {
        let pair = pairs.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.clone())
    };
    for (name, value) in new {
        walk(&below(name), get(old, name).as_ref(), Some(value), found);
    }
    for (name, value) in old.iter().filter(|(name, _)| get(new, name).is_none()) {
        walk(&below(name), Some(value), None, found);
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

fn is_entry(item: &PlainValue) -> bool {
    matches!(item, PlainValue::Map(_))
}

/// Converts a target's short form (only tags) to the long one.
fn long_form(keys: &[&str], value: Option<&PlainValue>) -> Option<PlainValue> {
    match (keys, value?) {
        (["targets", _], PlainValue::List(tags)) => Some(PlainValue::Map(vec![(
            "tags".to_owned(),
            PlainValue::List(tags.clone()),
        )])),
        (_, value) => Some(value.clone()),
    }
}

fn exceptions(base: &Store, head: &Store) -> Vec<Setting> {
    let setting = |exception: &Exception, verb: &str| {
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
        let mut setting = setting(one, "granted");
        setting.sentence = setting.sentence.map(|sentence| format!("removed: {sentence}"));
        setting
    });
    new.map(|one| setting(one, "added")).chain(removed).collect()
}

//! Settings that came, went or changed: `targets.yaml`, and what a topic is called.
//!
//! Input: two stores and their files. Output: one [`Setting`] for each value that differs, whatever key it stands under, so
//! that no new key is forgotten here. Not here: lessons and templates.

use super::Setting;
use crate::yaml::{self, SourceFile, YamlNode, YamlValue};
use crate::{Exception, Files, Store};

const FILE: &str = "targets.yaml";

/// In the order of the file.
pub(super) fn compare(base: (&Store, &Files), head: (&Store, &Files)) -> Vec<Setting> {
    let read = |files: &Files| files.get(FILE).and_then(|bytes| yaml::parse(FILE, bytes).0);
    let (before, after) = (read(base.1), read(head.1));
    let side =
        |read: &Option<(SourceFile, YamlNode)>| read.as_ref().map(|(source, root)| plain(source, root));
    let mut found = Vec::new();
    walk(&[], side(&before).as_ref(), side(&after).as_ref(), &mut found);
    found.extend(exceptions(base.0, head.0));
    for (topic, title) in &head.0.topics {
        let was = base.0.topics.get(topic).filter(|was| *was != title);
        found.extend(was.map(|was| Setting {
            key: format!("lessons/{topic}: title"),
            before: Some(was.clone()),
            after: Some(title.clone()),
            says: None,
        }));
    }
    found
}

/// A value without its place in the file.
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

/// On one line, as YAML could be written.
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
        return; // exceptions are told in words
    }
    let one = |before: Option<&PlainValue>, after: Option<&PlainValue>| Setting {
        key: name(&keys),
        before: before.map(shown),
        after: after.map(shown),
        says: None,
    };
    let section = keys.is_empty() || keys == ["targets"];
    match (unfolded(&keys, before), unfolded(&keys, after)) {
        (Some(PlainValue::Map(old)), Some(PlainValue::Map(new))) => pairs(path, &old, &new, found),
        (None, Some(PlainValue::Map(new))) if section => pairs(path, &[], &new, found),
        (Some(PlainValue::Map(old)), None) if section => pairs(path, &old, &[], found),
        (Some(PlainValue::List(old)), Some(PlainValue::List(new)))
            if old.iter().chain(&new).any(is_entry) =>
        {
            let gone = old.iter().filter(|item| !new.contains(item));
            found.extend(gone.map(|item| one(Some(item), None)));
            let come = new.iter().filter(|item| !old.contains(item));
            found.extend(come.map(|item| one(None, Some(item))));
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

/// Where a value stands, as a person says it: `policy.max_new_proposals`, `target ../shop: tags`.
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

/// A target in its short form (tags alone) as the long one.
fn unfolded(keys: &[&str], value: Option<&PlainValue>) -> Option<PlainValue> {
    match (keys, value?) {
        (["targets", _], PlainValue::List(tags)) => Some(PlainValue::Map(vec![(
            "tags".to_owned(),
            PlainValue::List(tags.clone()),
        )])),
        (_, value) => Some(value.clone()),
    }
}

fn exceptions(base: &Store, head: &Store) -> Vec<Setting> {
    let told = |exception: &Exception, what: &str| {
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
            says: Some(format!(
                "exception for `{}`{place} {what} by {}{until}: {}",
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
    let gone = old.map(|one| {
        let mut setting = told(one, "given");
        setting.says = setting.says.map(|said| format!("taken out: {said}"));
        setting
    });
    new.map(|one| told(one, "added")).chain(gone).collect()
}

//! A tree of settings, and the differences between two of them.
//!
//! Input: two trees. Output: a [`TreeChange`] for each value that differs. Not here: where a tree is from (`written`, `effective`), and
//! which change widens what a run may do (`direction`).

/// A setting: a value, a list, or settings by key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SettingTree {
    Scalar(String),
    List(Vec<SettingTree>),
    Map(Vec<(String, SettingTree)>),
}

/// A value that differs. On one side it may be missing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TreeChange {
    /// Its keys, from the root.
    pub path: Vec<String>,
    pub before: Option<SettingTree>,
    pub after: Option<SettingTree>,
}

impl SettingTree {
    /// A scalar.
    pub fn text(value: impl std::fmt::Display) -> Self {
        SettingTree::Scalar(value.to_string())
    }

    /// A list of scalars.
    pub fn list(items: &[impl std::fmt::Display]) -> Self {
        SettingTree::List(items.iter().map(SettingTree::text).collect())
    }

    /// The value on one line, in YAML syntax.
    pub fn shown(&self) -> String {
        match self {
            SettingTree::Scalar(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            SettingTree::List(items) => {
                let items: Vec<String> = items.iter().map(SettingTree::shown).collect();
                format!("[{}]", items.join(", "))
            }
            SettingTree::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| format!("{key}: {}", value.shown()));
                format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&SettingTree> {
        match self {
            SettingTree::Map(pairs) => pairs
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// The differences, in the order of the new tree; then what it no longer has. `sections` are the keys whose entries are compared one by
/// one even if one of the trees does not have them at all.
pub(super) fn changes(
    before: Option<&SettingTree>,
    after: Option<&SettingTree>,
    sections: &[&str],
) -> Vec<TreeChange> {
    let mut found = Vec::new();
    walk(&[], before, after, sections, &mut found);
    found
}

fn walk(
    path: &[String],
    before: Option<&SettingTree>,
    after: Option<&SettingTree>,
    sections: &[&str],
    found: &mut Vec<TreeChange>,
) {
    if before == after {
        return;
    }
    let one = |before: Option<&SettingTree>, after: Option<&SettingTree>| TreeChange {
        path: path.to_vec(),
        before: before.cloned(),
        after: after.cloned(),
    };
    let is_section = match path {
        [] => true,
        [key] => sections.contains(&key.as_str()),
        _ => false,
    };
    match (before, after) {
        (Some(SettingTree::Map(old)), Some(SettingTree::Map(new))) => pairs(path, old, new, sections, found),
        (None, Some(SettingTree::Map(new))) if is_section => pairs(path, &[], new, sections, found),
        (Some(SettingTree::Map(old)), None) if is_section => pairs(path, old, &[], sections, found),
        (Some(SettingTree::List(old)), Some(SettingTree::List(new)))
            if old
                .iter()
                .chain(new)
                .any(|item| matches!(item, SettingTree::Map(_))) =>
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
    old: &[(String, SettingTree)],
    new: &[(String, SettingTree)],
    sections: &[&str],
    found: &mut Vec<TreeChange>,
) {
    let below = |name: &String| path.iter().chain([name]).cloned().collect::<Vec<String>>();
    let get = |pairs: &'_ [(String, SettingTree)], name: &str| pairs.iter().position(|(key, _)| key == name);
    for (name, value) in new {
        let before = get(old, name).map(|at| &old[at].1);
        walk(&below(name), before, Some(value), sections, found);
    }
    for (name, value) in old.iter().filter(|(name, _)| get(new, name).is_none()) {
        walk(&below(name), Some(value), None, sections, found);
    }
}

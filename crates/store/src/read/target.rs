//! Reads one target of `targets.yaml`: where its repository is, and its settings.
//!
//! Input: the entry's key and value, and the settings of all targets. Output: a [`Target`]. Not here: the list of targets (`targets`),
//! and whether the repository exists.

use super::fields::{Fields, FieldsReader};
use super::{limits, policy, scopes, uses};
use crate::Store;
use crate::redundancy::Redundancy;
use crate::settings::OnDrift;
use crate::source_map::SourceMark;
use crate::target::{EntryPointUse, Target, TargetLocation, Visibility};
use crate::words::one_line;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of a target's long form.
pub const TARGET_KEYS: [&str; 14] = [
    "tags",
    "assistants",
    "use",
    "redundancy",
    "base",
    "visibility",
    "enabled",
    "forbid_paths",
    "allow_paths",
    "max_added_lines",
    "on_drift",
    "checks",
    "adopt",
    "scopes",
];

/// The store's settings of assistants, entry points, checks and hand-written copies, which a target can change.
pub(super) struct TargetDefaults {
    pub(super) assistants: Vec<String>,
    pub(super) checks: bool,
    pub(super) adopt: bool,
    pub(super) changes: uses::Changes<EntryPointUse>,
}

impl TargetDefaults {
    pub(super) fn read(reader: &mut FieldsReader, fields: &Fields, rows: &[crate::EntryPoint]) -> Self {
        let standard = crate::assistants::DEFAULT.map(str::to_owned);
        let assistants = match reader.value(fields, "assistants") {
            Some(node) => uses::assistants(reader, node, rows).apply(&standard, |a, b| a == b),
            None => standard.to_vec(),
        };
        let changes = match reader.value(fields, "use") {
            Some(node) => uses::uses(reader, node, rows),
            None => uses::Changes::none(),
        };
        let checks = reader.boolean(fields, "checks").unwrap_or(false);
        let adopt = reader.boolean(fields, "adopt").unwrap_or(false);
        TargetDefaults {
            assistants,
            checks,
            adopt,
            changes,
        }
    }

    /// The entry points that may be in use. A target with its own `assistants` gets their entry points, even if the store has a list.
    pub(super) fn uses(&self, rows: &[crate::EntryPoint], own: Option<&[String]>) -> Vec<EntryPointUse> {
        let follow = crate::assistants::follow(own.unwrap_or(&self.assistants), rows);
        let uses = if own.is_some() && self.changes.replaces() {
            follow
        } else {
            self.changes.apply(&follow, uses::same_row)
        };
        policy::in_order(uses, rows)
    }
}

/// A target with only default settings.
pub(super) fn prototype(store: &Store, settings: &TargetDefaults, redundancy: &Redundancy) -> Target {
    Target {
        name: String::new(),
        place: TargetLocation::Github(String::new()),
        tags: Vec::new(),
        assistants: settings.assistants.clone(),
        uses: settings.uses(&store.entry_points, None),
        redundancy: redundancy.clone(),
        base: None,
        visibility: Visibility::default(),
        enabled: true,
        path_policy: store.policy.path_policy.clone(),
        on_drift: store.policy.on_drift,
        checks: settings.checks,
        adopt: settings.adopt,
        declined: Vec::new(),
        scopes: Vec::new(),
        disabled_scopes: Vec::new(),
    }
}

pub(super) fn target(
    reader: &mut FieldsReader,
    node: &YamlNode,
    (name, place): (&str, TargetLocation),
    store: &mut Store,
    settings: &TargetDefaults,
    redundancy: &Redundancy,
) -> Option<Target> {
    let mut target = Target {
        name: name.to_owned(),
        place,
        ..prototype(store, settings, redundancy)
    };
    let mut scope_tags = Vec::new();
    let written = match &node.value {
        YamlValue::List(_) => reader.as_texts(node, "a target")?,
        YamlValue::Map(_) => {
            let fields = reader.map(node, "a target", &TARGET_KEYS)?;
            let rows = &store.entry_points;
            long_form(reader, &fields, &mut target, settings, rows, &mut scope_tags);
            reader.texts(&fields, "tags").unwrap_or_default()
        }
        _ => {
            reader.wrong_type(node, "a target", "a list of tags or a map (`[]` for no tags)");
            return None;
        }
    };
    for (tag, item) in written {
        let tag = one_line(tag);
        if tag.is_empty() || target.tags.contains(&tag) {
            continue;
        }
        let file = &reader.source.file;
        store
            .places
            .mark(SourceMark::TargetTag, name, &tag, file, item.span.clone());
        target.tags.push(tag);
    }
    for (tag, span) in scope_tags {
        let file = &reader.source.file;
        store.places.mark(SourceMark::TargetTag, name, &tag, file, span);
    }
    Some(target)
}

fn long_form(
    reader: &mut FieldsReader,
    fields: &Fields,
    target: &mut Target,
    settings: &TargetDefaults,
    rows: &[crate::EntryPoint],
    tags: &mut scopes::WrittenTags,
) {
    if let Some(node) = reader.value(fields, "assistants") {
        target.assistants = uses::assistants(reader, node, rows).apply(&target.assistants, |a, b| a == b);
        target.uses = settings.uses(rows, Some(&target.assistants));
    }
    if let Some(node) = reader.value(fields, "use") {
        let changes = uses::uses(reader, node, rows);
        target.uses = policy::in_order(changes.apply(&target.uses, uses::same_row), rows);
    }
    if let Some(node) = reader.value(fields, "redundancy") {
        target.redundancy = policy::redundancy(reader, node, rows, &target.redundancy);
    }
    target.base = reader.string(fields, "base").filter(|base| !base.is_empty());
    let words = [
        ("public", Visibility::Public),
        ("internal", Visibility::Internal),
        ("private", Visibility::Private),
    ];
    target.visibility = reader
        .word(fields, "visibility", Code::UnknownValue, &words)
        .unwrap_or_default();
    target.enabled = reader.boolean(fields, "enabled").unwrap_or(true);
    target.path_policy = target.path_policy.with(limits::path_policy(reader, fields));
    target.on_drift = reader
        .word(fields, "on_drift", Code::UnknownValue, &OnDrift::WORDS)
        .unwrap_or(target.on_drift);
    target.checks = reader.boolean(fields, "checks").unwrap_or(target.checks);
    target.adopt = reader.boolean(fields, "adopt").unwrap_or(target.adopt);
    if let Some(node) = reader.value(fields, "scopes") {
        (target.scopes, target.disabled_scopes) = scopes::scopes(reader, node, target, rows, tags);
    }
}

/// The location that a target's name gives.
pub(super) fn place(reader: &mut FieldsReader, name: &str, key: &YamlNode) -> Option<TargetLocation> {
    let local = matches!(name, "." | "..") || ["./", "../", "/"].iter().any(|start| name.starts_with(start));
    if local && !name.chars().any(char::is_control) {
        return Some(TargetLocation::Local(name.to_owned()));
    }
    let word = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some((owner, repository)) = name.split_once('/')
        && word(owner)
        && word(repository)
    {
        return Some(TargetLocation::Github(name.to_owned()));
    }
    let finding = reader
        .finding(
            Code::BadTarget,
            key.span.clone(),
            format!("`{name}` is neither owner/name nor a path"),
        )
        .effect("it receives no lessons")
        .help(format!(
            "write owner/name for GitHub; for a repository on disk write ./{0}, ../{0} or an absolute path",
            name.rsplit(['/', '\\', '~'])
                .next()
                .filter(|part| !part.is_empty())
                .unwrap_or("folder")
        ));
    reader.push(finding);
    None
}

/// A key that is equal for equal repositories.
pub(super) fn repository_key(place: &TargetLocation) -> String {
    match place {
        TargetLocation::Github(name) => name.to_lowercase(),
        TargetLocation::Local(path) => {
            let root = if path.starts_with('/') { "/" } else { "./" };
            let mut parts: Vec<&str> = Vec::new();
            for part in path.split('/') {
                match part {
                    "" | "." => {}
                    ".." if parts.last().is_some_and(|last| *last != "..") => {
                        parts.pop();
                    }
                    ".." if root == "/" => {}
                    part => parts.push(part),
                }
            }
            format!("{root}{}", parts.join("/"))
        }
    }
}

/// Reports a target without an entry point that is loaded in every session, always exists and receives lessons of every topic.
pub(super) fn require_always(reader: &mut FieldsReader, key: &YamlNode, target: &Target, store: &Store) {
    let has_always = target.uses.iter().any(|entry| {
        !entry.if_exists
            && store
                .entry_point(&entry.entry_point)
                .is_some_and(|row| row.kind == crate::EntryPointKind::Always && row.topics.is_empty())
    });
    if has_always || !target.enabled {
        return;
    }
    let finding = reader
        .finding(
            Code::NoAlwaysEntryPoint,
            key.span.clone(),
            format!("`{}` has no entry point that is loaded in every session", target.name),
        )
        .effect("scoped files are loaded when a matching file is read, so a critical lesson is missing when new files are written")
        .help("add one of copilot, claude, agents or gemini to `use`, without `?`");
    reader.push(finding);
}

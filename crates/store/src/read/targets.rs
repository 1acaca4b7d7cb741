//! Reads `targets.yaml`: the store's name, its settings and its targets.
//!
//! Input: the file's tree. Output: the parts of a [`Store`] that it defines.
//! Not here: exceptions ([`super::exceptions`]), and whether the repositories exist.

use std::collections::BTreeMap;

use super::fields::{Fields, FieldsReader, one_line};
use super::{cut, entry_points, exceptions, github, limits, policy, prose, rollout, scopes, uses};
use crate::Store;
use crate::source_map::SourceMark;
use crate::target::{EntryPointUse, OnDrift, Redundancy, Target, TargetLocation, Visibility};
use crate::writable::is_device;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of `targets.yaml`.
pub const KEYS: [&str; 20] = [
    "version",
    "name",
    "home",
    "assistants",
    "use",
    "redundancy",
    "entry_points",
    "budget",
    "proposal",
    "policy",
    "rollout",
    "open",
    "targets",
    "discover",
    "acknowledge",
    "report",
    "exceptions",
    "library_tags",
    "checks",
    "adopt",
];

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

/// The supported version of the format.
const VERSION: u64 = 1;

/// Reads `targets.yaml` into a store that already contains the built-in entry points.
pub fn read(reader: &mut FieldsReader, root: &YamlNode, store: &mut Store, today: jiff::civil::Date) {
    let Some(fields) = reader.map(root, "targets.yaml", &KEYS) else {
        return;
    };
    store.is_read = true;
    version(reader, &fields);
    prose::check_tree(reader, root);
    cut::check_tree(reader, root);
    name(reader, &fields, store);
    if let Some(node) = reader.value(&fields, "entry_points") {
        let own = entry_points::read(reader, node, &store.entry_points, today);
        for (name, key, _) in reader.entries(node) {
            let mark = &mut store.places;
            mark.mark(
                SourceMark::Template,
                &name,
                "",
                &reader.source.file,
                key.span.clone(),
            );
        }
        for row in own {
            match store.entry_points.iter_mut().find(|known| known.name == row.name) {
                Some(known) => *known = row,
                None => store.entry_points.push(row),
            }
        }
    }
    if let Some(node) = reader.value(&fields, "budget") {
        policy::budgets(reader, node, &mut store.entry_points);
    }
    let rows = store.entry_points.clone();
    let settings = Settings::read(reader, &fields, &rows);
    let mut redundancy = Redundancy::standard();
    if let Some(node) = reader.value(&fields, "redundancy") {
        redundancy = policy::redundancy(reader, node, &rows, &redundancy);
    }
    if let Some(node) = reader.value(&fields, "proposal") {
        store.proposal = policy::proposal(reader, node);
    }
    if let Some(node) = reader.value(&fields, "policy") {
        store.policy = policy::policy(reader, node);
    }
    if let Some(node) = reader.value(&fields, "rollout") {
        store.rollout = rollout::rollout(reader, node, store);
    }
    if let Some(node) = reader.value(&fields, "open") {
        rollout::open(reader, node, store);
    }
    if let Some(node) = reader.value(&fields, "discover") {
        store.discover = github::discover(reader, node);
    }
    if let Some(node) = reader.value(&fields, "acknowledge") {
        github::acknowledge(reader, node, store, today);
    }
    if let Some(node) = reader.value(&fields, "report") {
        store.report = github::report(reader, node);
    }
    store.library_tags = reader.strings(&fields, "library_tags").unwrap_or_default();
    store.prototype = Some(Target {
        name: String::new(),
        place: TargetLocation::Github(String::new()),
        tags: Vec::new(),
        assistants: settings.assistants.clone(),
        uses: settings.uses(&rows, None),
        redundancy: redundancy.clone(),
        base: None,
        visibility: Visibility::Public,
        enabled: true,
        path_policy: store.policy.path_policy.clone(),
        on_drift: store.policy.on_drift,
        checks: settings.checks,
        adopt: settings.adopt,
        declined: Vec::new(),
        scopes: Vec::new(),
        disabled_scopes: Vec::new(),
    });
    if let Some(node) = reader.value(&fields, "targets") {
        targets(reader, node, store, &settings, &redundancy);
    }
    if let Some(node) = reader.value(&fields, "exceptions") {
        exceptions::exceptions(reader, node, store, today);
    }
}

/// The store's settings of assistants, entry points, checks and hand-written copies, which a target can change.
struct Settings {
    assistants: Vec<String>,
    checks: bool,
    adopt: bool,
    changes: uses::Changes<EntryPointUse>,
}

impl Settings {
    fn read(reader: &mut FieldsReader, fields: &Fields, rows: &[crate::EntryPoint]) -> Self {
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
        Settings {
            assistants,
            checks,
            adopt,
            changes,
        }
    }

    /// The entry points that may be in use. A target with its own `assistants` gets their entry points, even if the store has a list.
    fn uses(&self, rows: &[crate::EntryPoint], own: Option<&[String]>) -> Vec<EntryPointUse> {
        let follow = crate::assistants::follow(own.unwrap_or(&self.assistants), rows);
        let uses = if own.is_some() && self.changes.replaces() {
            follow
        } else {
            self.changes.apply(&follow, uses::same_row)
        };
        policy::in_order(uses, rows)
    }
}

fn version(reader: &mut FieldsReader, fields: &Fields) {
    reader.require(fields, "targets.yaml", "version");
    if let Some(node) = reader.value(fields, "version")
        && node.value != YamlValue::Number(Some(VERSION))
    {
        let raw = reader.raw(node).to_owned();
        let mut finding = reader
            .finding(
                Code::UnsupportedVersion,
                node.span.clone(),
                format!("this Lessonbook reads version {VERSION} of targets.yaml, found version {raw}"),
            )
            .effect("keys may have another meaning in that version")
            .help(format!(
                "write `version: {VERSION}`, or use the Lessonbook version that the file was written for"
            ));
        if raw.trim_matches(['"', '\'']) == "1" {
            let fix = reader.fix(node.span.clone(), "1");
            finding = finding.fix(fix);
        }
        reader.push(finding);
    }
}

/// Whether a word can be the name of a store, which is used in markers and branch names.
pub fn is_store_name(word: &str) -> bool {
    super::is_name(word)
        && word.len() <= 60
        && !word.starts_with('-')
        && !word.ends_with('-')
        && !word.contains("--")
}

fn name(reader: &mut FieldsReader, fields: &Fields, store: &mut Store) {
    reader.require(fields, "targets.yaml", "name");
    if let Some((text, node)) = reader.text(fields, "name") {
        if is_store_name(text) {
            text.clone_into(&mut store.name);
        } else {
            let finding = reader
                .finding(
                    Code::BadStoreName,
                    node.span.clone(),
                    format!("`{text}` can't be the name of a store"),
                )
                .effect("the name is used in markers and branch names")
                .help(if is_device(text) {
                    "use a longer word: Windows reads this name as a device and can't store a branch of that name"
                } else {
                    "use lower-case letters, digits and single hyphens between them, at most 60 characters: `acme`, `acme-platform`"
                });
            reader.push(finding);
        }
    }
    store.home = reader
        .string(fields, "home")
        .filter(|home| !home.is_empty())
        .unwrap_or_else(|| store.name.clone());
}

fn targets(
    reader: &mut FieldsReader,
    node: &YamlNode,
    store: &mut Store,
    settings: &Settings,
    redundancy: &Redundancy,
) {
    if !matches!(node.value, YamlValue::Map(_)) {
        reader.wrong_type(node, "`targets`", "a map of names (`owner/name: [tag]`)");
        store.is_read = false;
        return;
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, key, value) in reader.entries(node) {
        reader.about_target(Some(&name));
        let Some(place) = place(reader, &name, key) else {
            store.places.targets_unclear = true;
            continue;
        };
        if let Some(first) = known.insert(repository_key(&place), name.clone()) {
            let finding = reader
                .finding(
                    Code::TargetTwice,
                    key.span.clone(),
                    format!("`{name}` is the same repository as `{first}`"),
                )
                .effect("two plans would write the same branch")
                .help("keep one of them, and give it the tags of both");
            reader.push(finding);
            continue;
        }
        let file = &reader.source.file;
        store
            .places
            .mark(SourceMark::Target, &name, "", file, key.span.clone());
        if let Some(target) = target(reader, value, (&name, place), store, settings, redundancy) {
            require_always(reader, key, &target, store);
            store.targets.push(target);
        } else {
            store.places.targets_unclear = true;
        }
    }
    reader.about_target(None);
}

/// The location that a target's name gives.
fn place(reader: &mut FieldsReader, name: &str, key: &YamlNode) -> Option<TargetLocation> {
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
fn repository_key(place: &TargetLocation) -> String {
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

fn target(
    reader: &mut FieldsReader,
    node: &YamlNode,
    (name, place): (&str, TargetLocation),
    store: &mut Store,
    settings: &Settings,
    redundancy: &Redundancy,
) -> Option<Target> {
    let mut target = Target {
        name: name.to_owned(),
        place,
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
    settings: &Settings,
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

/// Reports a target without an entry point that is loaded in every session, always exists and receives lessons of every topic.
fn require_always(reader: &mut FieldsReader, key: &YamlNode, target: &Target, store: &Store) {
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

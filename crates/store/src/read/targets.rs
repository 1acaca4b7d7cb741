//! Reads `targets.yaml`: the store's name, its settings and its targets.
//!
//! Input: the file's tree. Output: the parts of a [`Store`] that it defines.
//! Not here: exceptions ([`super::exceptions`]), and whether the repositories exist.

use std::collections::BTreeMap;

use super::fields::{Fields, FieldsReader};
use super::target::{TargetDefaults, place, prototype, repository_key, require_always, target};
use super::{cut, entry_points, exceptions, github, policy, prose, rollout};
use crate::Store;
use crate::names::{is_device, is_store_name};
use crate::redundancy::Redundancy;
use crate::source_map::SourceMark;
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
    let settings = TargetDefaults::read(reader, &fields, &rows);
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
    store.prototype = Some(prototype(store, &settings, &redundancy));
    if let Some(node) = reader.value(&fields, "targets") {
        targets(reader, node, store, &settings, &redundancy);
    }
    if let Some(node) = reader.value(&fields, "exceptions") {
        exceptions::exceptions(reader, node, store, today);
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
    settings: &TargetDefaults,
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

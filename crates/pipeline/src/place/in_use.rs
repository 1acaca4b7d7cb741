//! Which entry points a target uses: those that `use` names, and for each assistant the file that it loads.
//!
//! Input: the store's table, a target's settings, its tree. Output: entry points in the table's order. Not here: which lessons they
//! hold.

use std::collections::BTreeMap;

use lessonbook_base::markdown;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::{follow, is_import};
use lessonbook_store::assistants::reads;
use lessonbook_store::entry_point::{Assistant, SITES};
use lessonbook_store::{EntryPoint, EntryPointKind, EntryPointUse, Store, Target};

/// An entry point in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InUse<'s> {
    /// The entry point.
    pub row: &'s EntryPoint,
    /// Whether it follows from `assistants`. Then it holds only what they do not read elsewhere.
    pub follows: bool,
}

/// The entry points in use in a tree.
pub fn in_use<'s>(store: &'s Store, target: &Target, tree: &Tree) -> Vec<InUse<'s>> {
    let chosen = chosen(store, target, tree);
    let site = is_site(tree);
    let uses = target.uses.iter().filter_map(|used| {
        let row = store.entry_point(&used.entry_point)?;
        let is_used = match used {
            EntryPointUse { follows: true, .. } if row.kind == EntryPointKind::Always => {
                chosen.values().any(|name| *name == row.name)
            }
            EntryPointUse { if_exists: true, .. } => exists(row, tree),
            EntryPointUse { .. } => true,
        };
        let row = match row.name.as_str() {
            "reference" if site => store.entry_point("github-reference")?,
            _ => row,
        };
        is_used.then_some(InUse {
            row,
            follows: used.follows,
        })
    });
    let mut rows: Vec<InUse<'_>> = Vec::new();
    for used in uses {
        if !rows.iter().any(|other| other.row.name == used.row.name) {
            rows.push(used);
        }
    }
    rows
}

fn exists(row: &EntryPoint, tree: &Tree) -> bool {
    match row.family() {
        Some((folder, _)) => tree.under(folder).any(|(path, _)| row.owns(path)),
        None => tree.get(&row.path).is_some(),
    }
}

/// Whether `docs/` is a published site, where a page of lessons would not fit.
fn is_site(tree: &Tree) -> bool {
    let marks = |folder: &str, path: &str| {
        let rest = if folder.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'))
        };
        rest.is_some_and(|rest| {
            let name = rest.rsplit('/').next().unwrap_or(rest);
            rest.matches('/').count() <= 1 && SITES.contains(&name)
                || [".vitepress/", ".vuepress/"]
                    .iter()
                    .any(|start| rest.starts_with(start))
        })
    };
    let at_root = tree
        .roots()
        .any(|root| SITES.contains(&root) && tree.get(root).is_some());
    at_root
        || ["docs", "doc", "website"]
            .iter()
            .any(|folder| tree.under(folder).any(|(path, _)| marks(folder, path)))
}

/// The always-loaded file for each assistant: an existing file before a new one, a file of its own before a shared one.
fn chosen<'s>(store: &'s Store, target: &Target, tree: &Tree) -> BTreeMap<String, &'s str> {
    let rows = &store.entry_points;
    let mut files: Vec<(&String, Vec<(&EntryPoint, &Assistant)>)> = Vec::new();
    for assistant in &target.assistants {
        let uses = target.uses.iter().filter(|used| used.follows);
        let mut candidates: Vec<(&EntryPoint, &Assistant)> = uses
            .filter_map(|used| Some((used, store.entry_point(&used.entry_point)?)))
            .filter(|(used, row)| !used.if_exists || exists(row, tree))
            .map(|(_, row)| row)
            .filter(|row| row.kind == EntryPointKind::Always)
            .filter_map(|row| Some((row, reads(rows, assistant, row)?)))
            .filter(|(row, assistant)| !is_hidden(row, assistant, tree))
            .collect();
        // A stable sort: among equal files, the table's first.
        candidates.sort_by_key(|(row, _)| {
            (
                row.made_for() != Some(assistant),
                std::cmp::Reverse(row.assistants.len()),
            )
        });
        files.push((assistant, candidates));
    }
    // Assistants with the fewest candidate files come first, so that others can share their files.
    files.sort_by_key(|(_, candidates)| candidates.len());
    let mut chosen: BTreeMap<String, &str> = BTreeMap::new();
    for (assistant, candidates) in &files {
        let there = candidates.iter().find(|(row, _)| tree.get(&row.path).is_some());
        if let Some((row, _)) = there {
            let covering = candidates
                .iter()
                .find(|(other, _)| other.name != row.name && leads(&row.path, other, tree));
            let row = covering.map_or(*row, |(other, _)| *other);
            chosen.insert((*assistant).clone(), &row.name);
        }
    }
    for (assistant, candidates) in &files {
        if chosen.contains_key(*assistant) {
            continue;
        }
        // The file that most assistants load belongs to none of them; another assistant's own file is not used for a new one's lessons.
        let widest = candidates.iter().max_by_key(|(row, _)| row.assistants.len());
        let shared = widest.filter(|(row, _)| chosen.values().any(|name| *name == row.name));
        if let Some((row, _)) = shared.or_else(|| candidates.first()) {
            chosen.insert((*assistant).clone(), &row.name);
        }
    }
    chosen
}

/// Whether another file hides an entry point from an assistant, and is neither a symlink to it nor imports it.
pub(super) fn is_hidden(row: &EntryPoint, assistant: &Assistant, tree: &Tree) -> bool {
    is_hidden_without(row, assistant, tree, "")
}

/// The same, if one of the files did not exist.
pub fn is_hidden_without(row: &EntryPoint, assistant: &Assistant, tree: &Tree, without: &str) -> bool {
    let mut others = assistant.shadowed_by.iter().filter(|path| *path != without);
    others.any(|path| hides(path, row, assistant, tree))
}

/// Whether one of the files that can hide an entry point from an assistant does: it exists and does not lead to the entry point.
pub fn hides(path: &str, row: &EntryPoint, assistant: &Assistant, tree: &Tree) -> bool {
    tree.has(path) && !links(path, row, tree) && !(assistant.imports && imports(path, row, tree))
}

/// Whether a file leads to an existing entry point, by a symlink or a visible import.
pub fn leads(path: &str, row: &EntryPoint, tree: &Tree) -> bool {
    tree.file(&row.path).is_some() && (links(path, row, tree) || imports(path, row, tree))
}

fn links(path: &str, row: &EntryPoint, tree: &Tree) -> bool {
    tree.get(path).is_some_and(|entry| {
        let to = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default());
        entry.mode == Mode::Symlink && follow(path, &to).as_deref() == Some(row.path.as_str())
    })
}

/// Whether a file visibly imports an entry point: `@AGENTS.md` as a word of its own, in text that is read.
fn imports(path: &str, row: &EntryPoint, tree: &Tree) -> bool {
    let Some(bytes) = tree.file(path) else {
        return false;
    };
    let text = String::from_utf8_lossy(bytes);
    if !text.contains('@') {
        return false;
    }
    let page = markdown::read(&text);
    let mut shown = page.units.iter().filter(|unit| unit.hiding.is_none());
    shown.any(|unit| unit.tokens.iter().any(|word| is_import(word, path, &row.path)))
}

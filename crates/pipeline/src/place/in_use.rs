//! Which entry points a target uses: those that `use` names, and for each assistant the file that it loads.
//!
//! Input: the store's table, a target's settings, its tree. Output: entry points in the table's order. Not here: which lessons they
//! hold.

use std::collections::BTreeMap;

use super::given_above::has_own_text;
use lessonbook_base::markdown;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::{follow, is_import};
use lessonbook_store::assistants::reads;
use lessonbook_store::entry_point::{Assistant, SITES};
use lessonbook_store::{EntryPoint, EntryPointKind, EntryPointUse, Store, Target, TargetScope};

/// An entry point in use.
#[derive(Debug, Clone, PartialEq)]
pub struct InUse<'s> {
    /// The entry point.
    pub row: &'s EntryPoint,
    /// Whether it follows from `assistants`. Then it holds only what they do not read elsewhere.
    pub follows: bool,
    /// For a scope's entry point: the assistants that get the scope's lessons from it.
    pub assistants: Vec<String>,
    /// The other entry point of the scope that its block imports instead of holding lessons.
    pub imports: Option<String>,
}

impl InUse<'_> {
    /// Whether an assistant gets the scope's lessons from it.
    pub fn serves(&self, assistant: &str) -> bool {
        self.assistants.iter().any(|id| id == assistant)
    }
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
            assistants: Vec::new(),
            imports: None,
        })
    });
    let mut rows: Vec<InUse<'_>> = Vec::new();
    for used in uses {
        if !rows.iter().any(|other| other.row.name == used.row.name) {
            rows.push(used);
        }
    }
    for scope in target.scopes.iter().filter(|_| target.enabled) {
        rows.extend(scope_rows(store, scope, tree));
    }
    rows
}

/// The entry points of a scope that are in use. For each assistant it is the file in the folder that it loads, or its family if it loads
/// no such file of its own.
fn scope_rows<'s>(store: &'s Store, scope: &TargetScope, tree: &Tree) -> Vec<InUse<'s>> {
    let rows: Vec<&EntryPoint> = store
        .entry_points
        .iter()
        .filter(|row| row.folder == scope.folder)
        .filter(|row| scope.uses.iter().any(|used| used.entry_point == row.base_name()))
        .collect();
    let mut files: Vec<InUse<'s>> = rows
        .iter()
        .map(|row| InUse {
            row,
            follows: true,
            assistants: Vec::new(),
            imports: None,
        })
        .collect();
    let mut chosen: Vec<(&str, usize)> = Vec::new();
    for assistant in &scope.assistants {
        for (at, row) in rows.iter().enumerate() {
            if row.kind == EntryPointKind::Scoped && row.made_for() == Some(assistant) {
                files[at].assistants.push(assistant.clone());
            }
        }
        if let Some(file) = scope_file(store, assistant, &rows, tree) {
            let at = rows.iter().position(|row| row.name == file.name);
            chosen.extend(at.map(|at| (assistant.as_str(), at)));
        }
    }
    for (assistant, at) in &chosen {
        let row = rows[*at];
        let mut others = chosen.iter().map(|(_, other)| *other).filter(|other| other != at);
        let imported = others.find(|other| importer(store, assistant, row, rows[*other], tree).is_some());
        let serving = imported.unwrap_or(*at);
        files[serving].assistants.push((*assistant).to_owned());
        if let Some(Importer::Ours) = imported.and_then(|at| importer(store, assistant, row, rows[at], tree))
        {
            files[*at].imports = imported.map(|at| rows[at].name.clone());
        }
    }
    files.retain(|file| file.imports.is_some() || !file.assistants.is_empty());
    files
}

/// The file in a scope's folder from which an assistant gets the scope's lessons: its own before a shared one, whatever exists, so that a
/// new file of another assistant changes nothing. None if it has a family and no file of its own, because a family needs no repetition.
fn scope_file<'s>(
    store: &'s Store,
    assistant: &str,
    rows: &[&'s EntryPoint],
    tree: &Tree,
) -> Option<&'s EntryPoint> {
    let is_own = |row: &EntryPoint| row.made_for() == Some(assistant);
    let mut candidates: Vec<&EntryPoint> = rows
        .iter()
        .copied()
        .filter(|row| row.kind == EntryPointKind::Always)
        .filter(|row| {
            reads(&store.entry_points, assistant, row)
                .is_some_and(|program| program.nested.is_loaded() && !is_hidden(row, program, tree))
        })
        .collect();
    let has_family = rows
        .iter()
        .any(|row| row.kind == EntryPointKind::Scoped && is_own(row));
    if has_family && !candidates.iter().any(|row| is_own(row)) {
        return None;
    }
    candidates.sort_by_key(|row| (!is_own(row), std::cmp::Reverse(row.assistants.len())));
    candidates.first().copied()
}

/// How a file leads to another one from which an assistant gets the lessons.
enum Importer {
    /// People wrote the import, or it is a symlink.
    Theirs,
    /// Our block imports it.
    Ours,
}

/// Whether a scope's file hides another one from an assistant that follows imports. Then it imports that file, unless people wrote text
/// without an import there: they have decided.
fn importer(
    store: &Store,
    assistant: &str,
    row: &EntryPoint,
    other: &EntryPoint,
    tree: &Tree,
) -> Option<Importer> {
    let program = reads(&store.entry_points, assistant, other)?;
    if !program.imports || !program.shadowed_by.contains(&row.path) {
        return None;
    }
    let Some(bytes) = tree.file(&row.path) else {
        return Some(if links(&row.path, other, tree) {
            Importer::Theirs
        } else {
            Importer::Ours
        });
    };
    if !has_own_text(&store.name, Some(bytes)) {
        return Some(Importer::Ours);
    }
    let outside = match marker::find(bytes, &store.name) {
        BlocksInFile::Block(block) => [&bytes[..block.range.start], &bytes[block.range.end..]].concat(),
        _ => bytes.to_vec(),
    };
    text_imports(&outside, &row.path, other).then_some(Importer::Theirs)
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
    tree.file(path)
        .is_some_and(|bytes| text_imports(bytes, path, row))
}

fn text_imports(bytes: &[u8], path: &str, row: &EntryPoint) -> bool {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains('@') {
        return false;
    }
    let page = markdown::read(&text);
    let mut shown = page.units.iter().filter(|unit| unit.hiding.is_none());
    shown.any(|unit| unit.tokens.iter().any(|word| is_import(word, path, &row.path)))
}

//! Which entry points a target uses. It decides for each entry point, whereas `place` decides for each assistant.
//!
//! Input: the table, a target's settings, a tree. Output: the entry points in use. Not here: what they should hold
//! (`expect`). This file repeats on purpose what `place` decides.

use std::cell::OnceCell;

use super::import_path::follow;
use super::read::EntryPointText;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::entry_point::{Assistant, SITES};
use lessonbook_store::{EntryPoint, EntryPointKind, Store, Target, assistants};

/// An entry point in use. `whole`: it is listed in `use`, so every lesson is required there.
#[derive(Debug, Clone)]
pub struct UsedEntryPoint<'s> {
    pub row: &'s EntryPoint,
    pub whole: bool,
    /// For a scope's entry point: the assistants that it is for, by id. None if it only imports another file.
    pub readers: Vec<String>,
}

/// A target's files, as far as they decide which entry points are in use.
pub struct UsageContext<'a> {
    rows: &'a [EntryPoint],
    target: &'a Target,
    tree: &'a Tree,
    files: OnceCell<Vec<&'a str>>,
    /// The store's name.
    name: &'a str,
}

impl<'a> UsageContext<'a> {
    pub fn new(store: &'a Store, target: &'a Target, tree: &'a Tree) -> Self {
        UsageContext {
            rows: &store.entry_points,
            target,
            tree,
            files: OnceCell::new(),
            name: &store.name,
        }
    }

    /// The entry points in use, in the table's order.
    pub fn rows<'s>(&self, store: &'s Store) -> Vec<UsedEntryPoint<'s>> {
        let published = self.publishes_docs();
        let mut rows = Vec::new();
        for row in store.entry_points.iter().filter(|row| row.folder.is_empty()) {
            // The reference has two possible paths, and one name in `use`.
            let name = match row.name.as_str() {
                "github-reference" if published => "reference",
                "reference" if published => continue,
                name => name,
            };
            let Some(used) = self.target.uses.iter().find(|used| used.entry_point == name) else {
                continue;
            };
            let is_used = if used.follows && row.kind == EntryPointKind::Always {
                self.files
                    .get_or_init(|| self.files())
                    .contains(&row.name.as_str())
            } else {
                !used.if_exists || self.tree.iter().any(|(path, _)| row.owns(path))
            };
            if is_used {
                rows.push(UsedEntryPoint {
                    row,
                    whole: !used.follows,
                    readers: Vec::new(),
                });
            }
        }
        for row in store.entry_points.iter().filter(|row| !row.folder.is_empty()) {
            let readers = self.readers(row);
            if !readers.is_empty() || self.is_importer(row) {
                let whole = false;
                rows.push(UsedEntryPoint { row, whole, readers });
            }
        }
        rows
    }

    /// The assistants for which a scope's entry point is.
    fn readers(&self, row: &EntryPoint) -> Vec<String> {
        let Some(scope) = self.target.scope(&row.folder) else {
            return Vec::new();
        };
        let ids = scope.assistants.iter().map(String::as_str);
        ids.filter(|id| match row.kind {
            EntryPointKind::Scoped => self.may_use(row) && row.made_for() == Some(id),
            EntryPointKind::Always => self
                .source(&row.folder, id)
                .is_some_and(|file| file.name == row.name),
            EntryPointKind::Reference => false,
        })
        .map(str::to_owned)
        .collect()
    }

    /// Whether a scope's file is only there to import the file from which its assistant gets the lessons.
    fn is_importer(&self, row: &EntryPoint) -> bool {
        let scope = self.target.scope(&row.folder);
        let mut ids = scope.into_iter().flat_map(|scope| &scope.assistants);
        row.kind == EntryPointKind::Always
            && ids.any(|id| {
                let own = self.own_file(&row.folder, id);
                own.is_some_and(|file| file.name == row.name)
                    && self
                        .source(&row.folder, id)
                        .is_some_and(|file| file.name != row.name)
                    && self
                        .hand_text(&row.path)
                        .is_none_or(|text| text.trim_ascii().is_empty())
            })
    }

    /// The file in a scope's folder that holds the lessons for an assistant: the one that it loads, or another one that this imports.
    pub fn source(&self, folder: &str, id: &str) -> Option<&'a EntryPoint> {
        let own = self.own_file(folder, id)?;
        let others = self
            .target
            .scope(folder)?
            .assistants
            .iter()
            .filter(|other| *other != id);
        let mut others = others.filter_map(|other| self.own_file(folder, other));
        let imported = others.find(|other| {
            let program = assistants::reads(self.rows, id, other);
            let hidden =
                program.is_some_and(|program| program.imports && program.shadowed_by.contains(&own.path));
            hidden
                && other.name != own.name
                && (self.is_link(&own.path, other)
                    || self.hand_text(&own.path).is_none_or(|text| {
                        text.trim_ascii().is_empty()
                            || EntryPointText::from_blocks(&text, BlocksInFile::Nothing)
                                .imports(&own.path, &other.path)
                    }))
        });
        Some(imported.unwrap_or(own))
    }

    /// The file in a scope's folder that an assistant loads, and that is preferred; none if a family does better.
    fn own_file(&self, folder: &str, id: &str) -> Option<&'a EntryPoint> {
        let here: Vec<&EntryPoint> = self
            .rows
            .iter()
            .filter(|row| row.folder == folder && self.may_use(row))
            .collect();
        let is_loaded = |row: &&EntryPoint| {
            let program = assistants::reads(self.rows, id, row);
            row.kind == EntryPointKind::Always
                && program.is_some_and(|program| program.nested.is_loaded() && !self.hides(row, program))
        };
        let mut best: Option<(bool, usize, &'a EntryPoint)> = None;
        for row in here.iter().copied().filter(is_loaded) {
            let rank = (row.made_for() == Some(id), row.assistants.len());
            if best.is_none_or(|(own, many, _)| rank > (own, many)) {
                best = Some((rank.0, rank.1, row));
            }
        }
        let is_own = |row: &&EntryPoint| row.made_for() == Some(id);
        let family = here
            .iter()
            .any(|row| row.kind == EntryPointKind::Scoped && is_own(row));
        let nested = here.iter().copied().filter(is_loaded).any(|row| is_own(&row));
        best.filter(|_| nested || !family).map(|(.., row)| row)
    }

    fn may_use(&self, row: &EntryPoint) -> bool {
        let scope = self.target.scope(&row.folder);
        let mut uses = scope.into_iter().flat_map(|scope| &scope.uses);
        uses.any(|used| used.entry_point == row.base_name())
    }

    /// A file without our block; none if there is no such file.
    fn hand_text(&self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.tree.file(path)?;
        Some(match marker::find(bytes, self.name) {
            BlocksInFile::Block(block) => [&bytes[..block.range.start], &bytes[block.range.end..]].concat(),
            _ => bytes.to_vec(),
        })
    }

    fn publishes_docs(&self) -> bool {
        self.tree.iter().any(|(path, _)| {
            let parts: Vec<&str> = path.split('/').collect();
            let (name, folders) = match parts.split_last() {
                Some((name, folders)) => (*name, folders),
                None => return false,
            };
            let docs = |folder: Option<&&str>| matches!(folder, Some(&("docs" | "doc" | "website")));
            let site = SITES.contains(&name);
            match folders {
                [] => site,
                [first] => site && docs(Some(first)),
                [first, second, ..] if docs(Some(first)) => {
                    site && folders.len() == 2 || matches!(*second, ".vitepress" | ".vuepress")
                }
                _ => false,
            }
        })
    }

    /// The always-loaded entry points that an assistant gets, by name.
    fn files(&self) -> Vec<&'a str> {
        let mut open: Vec<(&str, Vec<&'a EntryPoint>)> = Vec::new();
        for id in &self.target.assistants {
            open.push((id, self.own_files(id)));
        }
        open.sort_by_key(|(_, files)| files.len());
        let mut files: Vec<&str> = Vec::new();
        let mut without: Vec<Vec<&'a EntryPoint>> = Vec::new();
        for (_, candidates) in open {
            match candidates.iter().find(|row| self.tree.get(&row.path).is_some()) {
                Some(first) => {
                    let by_it = candidates
                        .iter()
                        .find(|row| row.name != first.name && self.leads(first, row));
                    files.push(&by_it.unwrap_or(first).name);
                }
                None => without.push(candidates),
            }
        }
        for candidates in without {
            let most = candidates.iter().map(|row| row.assistants.len()).max();
            let shared = candidates
                .iter()
                .any(|row| Some(row.assistants.len()) == most && files.contains(&row.name.as_str()));
            if let (false, Some(first)) = (shared, candidates.first()) {
                files.push(&first.name);
            }
        }
        files
    }

    /// The files from which an assistant may get the lessons: its own first, then those that more assistants load.
    fn own_files(&self, id: &str) -> Vec<&'a EntryPoint> {
        let follows =
            |row: &&EntryPoint| {
                let is_there = self.tree.get(&row.path).is_some();
                row.kind == EntryPointKind::Always
                    && self.target.uses.iter().any(|used| {
                        used.follows && used.entry_point == row.name && (is_there || !used.if_exists)
                    })
            };
        let loads = |row: &&EntryPoint| {
            assistants::reads(self.rows, id, row).is_some_and(|assistant| !self.hides(row, assistant))
        };
        let all: Vec<&EntryPoint> = self.rows.iter().filter(follows).filter(loads).collect();
        let (mut own, mut shared): (Vec<&EntryPoint>, Vec<&EntryPoint>) =
            all.into_iter().partition(|row| row.made_for() == Some(id));
        for part in [&mut own, &mut shared] {
            part.sort_by_key(|row| std::cmp::Reverse(row.assistants.len()));
        }
        own.append(&mut shared);
        own
    }

    /// Whether another file prevents an assistant from loading the file of an entry point.
    pub fn hides(&self, row: &EntryPoint, assistant: &Assistant) -> bool {
        self.hides_in(row, assistant, "")
    }

    /// The same for an assistant that works in a folder.
    pub fn hides_in(&self, row: &EntryPoint, assistant: &Assistant, folder: &str) -> bool {
        let mut others = assistant.hiders_in(folder);
        others.any(|other| {
            let there = self.tree.has(other);
            there && !self.is_link(other, row) && !(assistant.imports && self.imports(other, row))
        })
    }

    /// Whether a file that would hide an entry point from an assistant leads to it instead, and no other file beside it hides it.
    pub fn is_imported_beside(&self, row: &EntryPoint, assistant: &Assistant) -> bool {
        let mut beside = assistant.shadowed_by.iter();
        beside.any(|other| self.tree.has(other)) && !self.hides(row, assistant)
    }

    /// Whether one file leads to the other, by a symlink or an import.
    fn leads(&self, from: &EntryPoint, to: &EntryPoint) -> bool {
        let there = self.tree.file(&to.path).is_some();
        there && (self.is_link(&from.path, to) || self.imports(&from.path, to))
    }

    fn is_link(&self, path: &str, to: &EntryPoint) -> bool {
        let entry = self.tree.get(path).filter(|entry| entry.mode == Mode::Symlink);
        let target = entry.and_then(|entry| entry.content.as_deref());
        target.is_some_and(|target| {
            follow(path, &String::from_utf8_lossy(target)).is_some_and(|path| path == to.path)
        })
    }

    fn imports(&self, path: &str, row: &EntryPoint) -> bool {
        let bytes = self.tree.file(path);
        bytes.is_some_and(|bytes| {
            EntryPointText::from_blocks(bytes, BlocksInFile::Nothing).imports(path, &row.path)
        })
    }
}

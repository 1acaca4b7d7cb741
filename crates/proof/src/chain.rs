//! The instruction files that a program loads together when it works in a folder, in the order in which it loads them.
//!
//! Input: the table, a program, a folder or one path in it, and a tree. Output: [`ChainFile`]s from the root down, loaded or not. Not
//! here: which lessons they hold (`invariants/per_folder`). Files that people wrote in lower folders are part of it: they add to a
//! limit, or hide the files above.

use serde::Serialize;

use super::import_path::follow;
use super::read::EntryPointText;
use lessonbook_base::front_matter::{self, FileScope};
use lessonbook_base::globs::Matcher;
use lessonbook_base::marker::BlocksInFile;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::entry_point::{Assistant, LimitUnit, Nested, PastLimit, Scope};
use lessonbook_store::folder::{in_folder, is_within};
use lessonbook_store::{EntryPoint, EntryPointKind};

/// Whether a program loads a file when it works in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "when")]
pub enum ChainLoad {
    /// It does.
    Loaded,
    /// It does, because another file imports it.
    Imported {
        /// That file.
        by: String,
    },
    /// It does for matching paths.
    ForPaths,
    /// It does not.
    NotLoaded {
        /// The reason.
        why: String,
    },
}

impl ChainLoad {
    /// Whether the file is loaded, at least for some paths of the folder.
    pub fn is_loaded(&self) -> bool {
        !matches!(self, ChainLoad::NotLoaded { .. })
    }
}

/// A file of a program, for a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainFile {
    /// The file.
    pub path: String,
    /// The entry point's name, without a folder.
    pub entry_point: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// How much of it is read, in the unit of the limit, if a limit of the whole chain cuts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<ChainCut>,
    /// Whether it is loaded.
    #[serde(flatten)]
    pub load: ChainLoad,
}

/// A limit that ends in a file of a chain, or before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainCut {
    /// How much of the file is read.
    pub read: usize,
    /// The limit of the whole chain.
    pub limit: usize,
    /// The unit of both.
    pub unit: LimitUnit,
}

/// Where a program works.
#[derive(Debug, Clone, Copy)]
pub struct WorkPlace<'a> {
    /// The folder; empty for the root.
    pub folder: &'a str,
    /// The file, if it is about one. Otherwise a family's file counts if it is for any path of the folder.
    pub path: Option<&'a str>,
}

/// The files of a program, the always-loaded ones first, from the root down.
pub fn chain(rows: &[EntryPoint], program: &str, at: WorkPlace<'_>, tree: &Tree) -> Vec<ChainFile> {
    let reader = ChainReader { at, tree };
    let mut files: Vec<ChainFile> = Vec::new();
    for row in rows.iter().filter(|row| row.folder.is_empty()) {
        let Some(assistant) = row.assistants.iter().find(|other| other.name == program) else {
            continue;
        };
        match row.kind {
            EntryPointKind::Always => files.extend(reader.always(row, assistant)),
            EntryPointKind::Scoped => files.extend(reader.family(row, assistant)),
            EntryPointKind::Reference => {}
        }
    }
    reader.follow_imports(rows, program, &mut files);
    files
}

struct ChainReader<'a> {
    at: WorkPlace<'a>,
    tree: &'a Tree,
}

impl<'a> ChainReader<'a> {
    /// The root, and each folder down to the one where the program works.
    fn folders(&self) -> Vec<&'a str> {
        let folder = self.at.folder;
        let mut folders = vec![""];
        folders.extend(folder.match_indices('/').map(|(end, _)| &folder[..end]));
        folders.extend(Some(folder).filter(|folder| !folder.is_empty()));
        folders
    }

    /// The files of one name from the root down.
    fn always(&self, row: &EntryPoint, assistant: &Assistant) -> Vec<ChainFile> {
        let folders = self.folders();
        let there: Vec<(&str, String)> = folders
            .iter()
            .map(|folder| (*folder, in_folder(folder, &row.path)))
            .filter(|(_, path)| self.tree.get(path).is_some())
            .collect();
        let deepest = there.last().map(|(_, path)| path.clone());
        let mut files: Vec<ChainFile> = Vec::new();
        for (folder, path) in there {
            let in_root = folder.is_empty();
            let hider = match assistant.nested {
                Nested::Unknown => folders
                    .iter()
                    .find_map(|folder| self.hider(assistant, folder, &path)),
                _ => self.hider(assistant, folder, &path),
            };
            let why = match assistant.nested {
                _ if hider.is_some() => {
                    hider.map(|hider| format!("`{hider}` hides it from {}", assistant.name))
                }
                Nested::No if !in_root => {
                    Some(format!("{} loads this file in the root only", assistant.name))
                }
                Nested::Unknown if !in_root => Some(format!(
                    "it is unclear whether {} loads it in a folder",
                    assistant.name
                )),
                Nested::Nearest if deepest.as_ref() != Some(&path) => {
                    let nearer = deepest.as_deref().unwrap_or_default();
                    Some(format!(
                        "{} loads `{nearer}` instead, which is nearer",
                        assistant.name
                    ))
                }
                _ => None,
            };
            let load = why.map_or(ChainLoad::Loaded, |why| ChainLoad::NotLoaded { why });
            files.push(self.file(row, path, load));
        }
        self.cut(assistant, &mut files);
        files
    }

    /// The file in a folder that hides an entry point's file, and does not lead to it.
    fn hider(&self, assistant: &Assistant, folder: &str, path: &str) -> Option<String> {
        let mut hiders = assistant.shadowed_by.iter().map(|name| in_folder(folder, name));
        hiders.find(|other| self.tree.get(other).is_some() && !self.leads(other, path))
    }

    /// Whether a file leads to another one: as a symlink, or by an import.
    fn leads(&self, from: &str, to: &str) -> bool {
        let Some(entry) = self.tree.get(from) else {
            return false;
        };
        if entry.mode == Mode::Symlink {
            let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default());
            return follow(from, &target).as_deref() == Some(to);
        }
        self.imports(from, to)
    }

    fn imports(&self, from: &str, to: &str) -> bool {
        let bytes = self.tree.file(from).filter(|bytes| bytes.contains(&b'@'));
        bytes.is_some_and(|bytes| EntryPointText::from_blocks(bytes, BlocksInFile::Nothing).imports(from, to))
    }

    /// The files of a family that are for the folder, or for the path.
    fn family(&self, row: &EntryPoint, assistant: &Assistant) -> Vec<ChainFile> {
        let Some((folder, _)) = row.family() else {
            return Vec::new();
        };
        let files = self.tree.under(folder).filter(|(path, _)| row.owns(path));
        let files = files.filter_map(|(path, entry)| {
            let bytes = entry.content.as_deref()?;
            let load = self.family_load(row, assistant, bytes)?;
            Some(self.file(row, path.to_owned(), load))
        });
        files.collect()
    }

    /// Whether a file of a family is for the folder or path; none if it is for others.
    fn family_load(&self, row: &EntryPoint, assistant: &Assistant, bytes: &[u8]) -> Option<ChainLoad> {
        let Some(dialect) = assistant.dialect else {
            return Some(ChainLoad::Loaded);
        };
        match front_matter::reach(dialect, front_matter::split(bytes).as_ref()) {
            FileScope::Always => Some(ChainLoad::Loaded),
            FileScope::Never | FileScope::OnRequest => Some(ChainLoad::NotLoaded {
                why: format!("{} does not load it by itself", assistant.name),
            }),
            FileScope::Globs(globs) => {
                let matcher = Matcher::new(dialect, &globs);
                let is_for = match (self.at.path, self.at.folder) {
                    (Some(path), _) => matcher.is_match(path),
                    (None, "") => true,
                    (None, folder) if globs.iter().any(|glob| is_within(glob, folder)) => true,
                    (None, folder) => {
                        let mut below = self.tree.under(folder).map(|(path, _)| path);
                        below.any(|path| !row.owns(path) && matcher.is_match(path))
                    }
                };
                is_for.then_some(ChainLoad::ForPaths)
            }
        }
    }

    fn file(&self, row: &EntryPoint, path: String, load: ChainLoad) -> ChainFile {
        ChainFile {
            bytes: self.tree.file(&path).map_or(0, <[u8]>::len),
            entry_point: row.name.clone(),
            cut: None,
            path,
            load,
        }
    }

    /// Marks where a limit of the whole chain ends.
    fn cut(&self, assistant: &Assistant, files: &mut [ChainFile]) {
        let limits = assistant.limits.iter();
        let mut limits =
            limits.filter(|limit| limit.scope == Scope::Chain && limit.over != PastLimit::Advice);
        let Some(limit) = limits.next() else { return };
        let mut left = limit.count;
        for file in files.iter_mut().filter(|file| file.load.is_loaded()) {
            let bytes = self.tree.file(&file.path).unwrap_or_default();
            let size = super::limits::measure(bytes, limit.unit);
            if size > left {
                file.cut = Some(ChainCut {
                    read: left,
                    limit: limit.count,
                    unit: limit.unit,
                });
            }
            left = left.saturating_sub(size);
        }
    }

    /// A file that a loaded file imports is loaded, if the program follows imports to it.
    fn follow_imports(&self, rows: &[EntryPoint], program: &str, files: &mut [ChainFile]) {
        let follows = |file: &ChainFile| {
            let mut rows = rows.iter().filter(|row| row.name == file.entry_point);
            rows.any(|row| {
                row.assistants
                    .iter()
                    .any(|other| other.name == program && other.imports)
            })
        };
        let mut is_changed = true;
        while std::mem::take(&mut is_changed) {
            for at in 0..files.len() {
                if files[at].load.is_loaded() || !follows(&files[at]) {
                    continue;
                }
                let loaded = files.iter().filter(|file| file.load.is_loaded());
                let by = loaded
                    .map(|file| file.path.clone())
                    .find(|path| self.leads(path, &files[at].path));
                if let Some(by) = by {
                    files[at].load = ChainLoad::Imported { by };
                    is_changed = true;
                }
            }
        }
    }
}

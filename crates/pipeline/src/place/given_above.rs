//! What an assistant gets in a scope from the files of the folders above it.
//!
//! Input: the entry points in use, a lesson, a scope's entry point. Output: whether the lesson is left out there, because the assistants
//! for which the file is have it already. Not here: everything else that decides about a placement (`place`).

use super::{InUse, PlacementInput, exception, in_use, topic};
use crate::select::SelectedLesson;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::assistants::main_program;
use lessonbook_store::entry_point::{Assistant, Nested};
use lessonbook_store::folder::{in_folder, is_within};
use lessonbook_store::scope::row_name;
use lessonbook_store::{ChecksFile, Detail, EntryPoint, EntryPointKind, Store};

impl PlacementInput<'_, '_> {
    /// Whether a family is all that its assistant loads for its scope.
    pub(super) fn is_only_file(&self, family: &InUse<'_>) -> bool {
        let is_file = |used: &InUse<'_>| {
            used.row.kind == EntryPointKind::Always
                && used.row.folder == family.row.folder
                && family.assistants.iter().any(|id| used.serves(id))
        };
        !family.row.folder.is_empty() && !self.used.iter().any(is_file)
    }

    /// Whether every assistant of a scope's file gets a lesson from the folders above it, together with this file.
    pub(super) fn is_given_above(
        &self,
        used: &InUse<'_>,
        selected: &SelectedLesson<'_>,
        ignore_nearest: bool,
    ) -> bool {
        let folder = used.row.folder.as_str();
        !used.assistants.is_empty()
            && used.assistants.iter().all(|assistant| {
                let get = |program: &str, ignore_nearest: bool| {
                    self.gets(program, selected, folder, ignore_nearest)
                };
                let rows = &self.store.entry_points;
                let Some(main) = main_program(rows, assistant) else {
                    return false;
                };
                let mut programs = rows.iter().flat_map(|row| &row.assistants);
                // A program that reads the nearest file only would lose what it reads now.
                let loses = |program: &Assistant| {
                    program.nested == Nested::Nearest
                        && program.assistant == *assistant
                        && get(&program.name, true)
                        && !get(&program.name, false)
                };
                get(main, ignore_nearest) && (ignore_nearest || !programs.any(loses))
            })
    }

    /// Whether a program that works in a folder gets a lesson from the files of the folders above.
    fn gets(&self, program: &str, selected: &SelectedLesson<'_>, folder: &str, ignore_nearest: bool) -> bool {
        self.used.iter().any(|used| {
            let row = used.row;
            row.folder != folder
                && is_within(folder, &row.folder)
                && row
                    .assistants
                    .iter()
                    .any(|reader| reader.name == program && self.loads(reader, used, folder, ignore_nearest))
                && reaches(selected, &row.folder, folder)
                && self.placed_detail(used, selected) > Detail::None
        })
    }

    /// Whether a program that works in a folder loads a file of a folder above.
    fn loads(&self, program: &Assistant, used: &InUse<'_>, folder: &str, ignore_nearest: bool) -> bool {
        let row = used.row;
        let is_read = || match program.nested {
            Nested::Chain | Nested::OnDemand => true,
            Nested::No => row.folder.is_empty(),
            Nested::Unknown if row.folder.is_empty() => {
                !is_hidden_on_the_way(self.store, row, program, folder, self.tree)
            }
            // Another file of that folder imports it for the program.
            Nested::Unknown => used.serves(&program.assistant),
            Nested::Nearest => ignore_nearest || !self.is_overridden(row, folder),
        };
        match row.kind {
            EntryPointKind::Reference => false,
            EntryPointKind::Scoped => true,
            EntryPointKind::Always => is_read() && !in_use::is_hidden(row, program, self.tree),
        }
    }

    /// Whether a file of the same name is nearer to a folder.
    fn is_overridden(&self, row: &EntryPoint, folder: &str) -> bool {
        let Some(base) = self.store.entry_point(row.base_name()) else {
            return false;
        };
        let below = |at: usize| folder.get(..at).unwrap_or(folder);
        let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        let mut folders = ends.map(below).filter(|one| one.len() > row.folder.len());
        folders.any(|one| self.would_exist(base, one))
    }

    /// Whether a folder's file would exist, with text of people or with lessons.
    fn would_exist(&self, base: &EntryPoint, folder: &str) -> bool {
        let name = row_name(folder, &base.name);
        if let Some(known) = self.overrides.borrow().get(&name) {
            return *known;
        }
        let has_text = has_own_text(&self.store.name, self.tree.file(&in_folder(folder, &base.path)));
        let used = self.used.iter().find(|used| used.row.name == name);
        let exists = has_text
            || used.is_some_and(|used| {
                let row = used.row;
                self.selection.chosen.iter().any(|selected| {
                    let lesson = selected.lesson;
                    self.required(used, selected, true) > Detail::None
                        && exception(self.store, lesson, self.target, row).is_none()
                        && topic(row, lesson).is_some_and(|topic| self.kept.of(row, topic).is_none())
                })
            });
        self.overrides.borrow_mut().insert(name, exists);
        exists
    }

    /// Whether a lesson of a folder above is about a file in this folder.
    pub(super) fn matters_in(&self, folder: &str, selected: &SelectedLesson<'_>) -> bool {
        let lesson = selected.lesson;
        match selected.origin(folder) {
            Some(origin) if origin != folder && !lesson.paths.is_empty() => {
                let matcher = Matcher::new(Dialect::Portable, &lesson.spellings_in(origin, folder));
                let mut below = self.tree.under(folder);
                below.any(|(path, entry)| {
                    matcher.is_match(path)
                        && entry.mode != Mode::Submodule
                        && !ChecksFile::is_path(path)
                        && self.store.owner(path).is_none()
                })
            }
            _ => true,
        }
    }
}

/// Whether text of people further down hides the root's file from a program that works in a folder. A file that holds only our block
/// imports the root's file.
pub(crate) fn is_hidden_on_the_way(
    store: &Store,
    row: &EntryPoint,
    program: &Assistant,
    folder: &str,
    tree: &Tree,
) -> bool {
    let mut hiders = program.hiders_in(folder);
    hiders.any(|path| {
        (tree.file(path).is_none() || has_own_text(&store.name, tree.file(path)))
            && in_use::hides(path, row, program, tree)
    })
}

/// Whether a file holds more than our block.
pub(super) fn has_own_text(store: &str, bytes: Option<&[u8]>) -> bool {
    let Some(bytes) = bytes else { return false };
    let outside = match marker::find(bytes, store) {
        BlocksInFile::Block(block) => [&bytes[..block.range.start], &bytes[block.range.end..]].concat(),
        _ => bytes.to_vec(),
    };
    !outside.trim_ascii().is_empty()
}

/// Whether what a lesson is about in a folder is also what it is about in a file of a folder above.
fn reaches(selected: &SelectedLesson<'_>, above: &str, folder: &str) -> bool {
    let mut globs = selected.lesson.globs().into_iter();
    selected.origin(above) == selected.origin(folder)
        || globs.all(|glob| glob == "**" || glob.starts_with("**/"))
}

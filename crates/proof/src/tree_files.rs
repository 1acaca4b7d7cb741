//! The files of the entry points in one tree, each read once.
//!
//! Input: the table and a tree. Output: [`TreeFiles`]. Not here: which lessons a file holds (`read`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::limits::{self, ExceededLimit};
use super::read::EntryPointText;
use crate::import_path::follow;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_base::{front_matter, marker};
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// The files of every entry point, in one tree.
pub(super) struct TreeFiles<'t> {
    pub tree: &'t Tree,
    pub files: BTreeMap<&'t str, Vec<FileView>>,
    /// Why an entry point has no readable file.
    pub absent: BTreeMap<&'t str, String>,
}

/// The folder to which globs are relative, and their numbers.
type PlacedGlobs = (String, Vec<usize>);

/// One file of an entry point, read.
pub(super) struct FileView {
    pub path: String,
    pub through: Option<String>,
    pub view: Rc<EntryPointText>,
    pub front: Option<front_matter::FrontMatter>,
    pub passed: Vec<ExceededLimit>,
    /// For the folder to which they are relative, and the numbers of globs: why the file is not loaded for everything that they match.
    pub holes: RefCell<BTreeMap<PlacedGlobs, Option<String>>>,
}

/// The files that were read last, with their bytes: many targets hold the same file of ours.
#[derive(Debug, Default)]
pub(super) struct FileViewCache {
    kept: RefCell<Vec<(Vec<u8>, Rc<EntryPointText>)>>,
}

/// How many bytes of files are kept, and up to which size of one. A plan reads a few dozen small files; all of them must be kept to be of
/// use for the next target.
const KEPT: usize = 4 * 1024 * 1024;
const LARGEST: usize = 256 * 1024;

impl FileViewCache {
    /// Reads a file, or returns the view that was kept of the same bytes.
    fn view(&self, bytes: &[u8], found: marker::BlocksInFile) -> Rc<EntryPointText> {
        let mut kept = self.kept.borrow_mut();
        if let Some(at) = kept.iter().position(|(held, _)| held == bytes) {
            let held = kept.remove(at);
            let view = Rc::clone(&held.1);
            kept.insert(0, held);
            return view;
        }
        let view = Rc::new(EntryPointText::from_blocks(bytes, found));
        if bytes.len() <= LARGEST {
            kept.insert(0, (bytes.to_vec(), Rc::clone(&view)));
            let mut sum = 0;
            kept.retain(|(bytes, _)| {
                sum += bytes.len();
                sum <= KEPT
            });
        }
        view
    }
}

impl<'t> TreeFiles<'t> {
    pub fn new(store: &'t Store, in_use: &[&EntryPoint], tree: &'t Tree, views: &FileViewCache) -> Self {
        let mut side = TreeFiles {
            tree,
            files: BTreeMap::new(),
            absent: BTreeMap::new(),
        };
        for row in &store.entry_points {
            let paths: Vec<String> = match row.family() {
                Some((folder, _)) => tree
                    .under(folder)
                    .map(|(path, _)| path)
                    .filter(|path| {
                        row.owns(path) && store.owner(path).is_some_and(|owner| owner.name == row.name)
                    })
                    .map(str::to_owned)
                    .collect(),
                None => vec![row.path.clone()],
            };
            for path in paths {
                match side.open(store, in_use, row, &path, views) {
                    Ok(Some(file)) => side.files.entry(&row.name).or_default().push(file),
                    Ok(None) => {}
                    Err(why) => {
                        side.absent.insert(&row.name, why);
                    }
                }
            }
        }
        side
    }

    /// The files that hold a block of ours, without symlinks.
    pub fn ours(&self) -> impl Iterator<Item = (&'t str, &FileView)> {
        let all = self
            .files
            .iter()
            .flat_map(|(row, files)| files.iter().map(move |file| (*row, file)));
        all.filter(|(_, file)| file.through.is_none() && file.view.has_block())
    }

    /// Reads one file. A symlink is followed once, to a file of another entry point in use.
    fn open(
        &self,
        store: &Store,
        in_use: &[&EntryPoint],
        row: &EntryPoint,
        path: &str,
        views: &FileViewCache,
    ) -> Result<Option<FileView>, String> {
        let Some(entry) = self.tree.get(path) else {
            return Ok(None);
        };
        let mut through = None;
        let mut read = path.to_owned();
        if entry.mode == Mode::Symlink {
            let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default()).into_owned();
            let resolved =
                follow(path, &target).filter(|resolved| in_use.iter().any(|other| other.owns(resolved)));
            let Some(resolved) = resolved.filter(|resolved| self.tree.file(resolved).is_some()) else {
                return Err(format!(
                    "`{path}` is a symbolic link to `{target}`, which is not an entry point in use"
                ));
            };
            through = Some(path.to_owned());
            read = resolved;
        }
        if self.tree.get(&read).is_some_and(|entry| entry.unread.is_some()) {
            return Err(format!("`{read}` is too large to be read"));
        }
        let Some(bytes) = self.tree.file(&read) else {
            return Err(format!("`{read}` is not a readable file"));
        };
        let found = self.tree.block(&read, &store.name);
        let found = found.unwrap_or(marker::BlocksInFile::Nothing);
        let is_used = in_use.iter().any(|other| other.name == row.name);
        if (row.kind == EntryPointKind::Scoped || !is_used) && found == marker::BlocksInFile::Nothing {
            return Ok(None); // it holds no block and none is required, so it need not be parsed
        }
        let view = views.view(bytes, found);
        let front = front_matter::split(bytes);
        let passed = limits::passed(&store.entry_points, row, &read, self.tree);
        Ok(Some(FileView {
            path: read,
            through,
            view,
            front,
            passed,
            holes: RefCell::default(),
        }))
    }
}

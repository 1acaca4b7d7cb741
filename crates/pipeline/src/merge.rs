//! Turns blocks into edits: which files of the target change, and how.
//!
//! Input: rendered blocks and the target's tree. Output: [`Edit`]s, the state of every block, and findings for what can't be written.
//! Not here: the bytes of one file (`splice`), and the proof of the result (`proof`).

mod definitions;
mod input;
pub(super) mod managed_file;
pub(super) mod ownership;
mod path_conflict;

use self::input::{MergeInput, shown};
use self::managed_file::{foreign_front_matter, hash_of, text_above, unusable};
pub(super) use self::path_conflict::too_large;
use self::path_conflict::{PathConflict, path_conflict};
use super::available;
use super::place::{PlannedFile, is_hidden_on_the_way, is_hidden_without};
use super::render::RenderedBlock;
use super::splice;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::front_matter::{self, FrontMatter};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{LARGEST, Mode, Tree};
use lessonbook_proof::import_word;
use lessonbook_store::{Assistant, EntryPoint, EntryPointKind, Store, entry_point};

/// How a block in a file compares with what we would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockState {
    /// The file would be created.
    New,
    /// The file exists; the block would be added.
    Inserted,
    /// The block would change.
    Changed,
    /// The block was edited by hand and would be overwritten.
    Edited,
    /// The same words in other bytes: it is left as it is.
    Reformatted,
    /// The same bytes.
    Unchanged,
    /// The block, and perhaps the file, would be removed.
    Removed,
    /// Nothing can be written; a finding gives the reason.
    Refused,
    /// A symlink to another file of ours: nothing is written through it.
    Link,
}

/// A file of ours in the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
pub struct WrittenFile {
    /// Its path.
    pub path: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The state of its block.
    pub state: BlockState,
    /// How many lines our own text has after the plan.
    #[serde(rename = "our_lines")]
    pub lines: usize,
    /// How many lines the whole file has after the plan.
    #[serde(rename = "lines")]
    pub total: usize,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

impl WrittenFile {
    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        (self.added, self.removed)
    }
}

/// The result of merging.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MergeResult {
    /// The changes, by path.
    pub edits: Vec<Edit>,
    /// Every file of ours, in the order of the table.
    pub written: Vec<WrittenFile>,
    /// What can't be written, or what people should know.
    pub findings: Vec<Finding>,
}

/// Merges the blocks of one target. `files` and `blocks` correspond; a file without lessons is not written. `earlier`: the states of the
/// base, newest first, if the target adopts hand-written lines.
pub fn merge(
    store: &Store,
    files: &[PlannedFile<'_>],
    blocks: &[RenderedBlock],
    tree: &Tree,
    earlier: Option<&[Tree]>,
) -> MergeResult {
    let mut merged = MergeResult::default();
    let at = MergeInput {
        store,
        files,
        tree,
        earlier,
    };
    for (file, block) in files.iter().zip(blocks) {
        if !file.is_written() {
            continue;
        }
        let path = match available::path_in(store, file.entry_point, &file.topic, tree) {
            Ok(path) => path,
            Err(finding) => {
                merged.refuse(file.entry_point, &file.entry_point.file(&file.topic), finding);
                continue;
            }
        };
        merged.write(&at, file, &path, block);
        if file.entry_point.kind == EntryPointKind::Scoped && path != file.entry_point.file(&file.topic) {
            let taken = file.entry_point.file(&file.topic);
            let taken = available::twin(&taken, tree).unwrap_or(&taken);
            let message = format!("`{taken}` holds hand-written text; our lessons are written to `{path}`");
            merged.findings.push(Finding {
                level: Level::Note,
                ..Finding::new(Code::NameTaken, message)
            });
        }
    }
    for row in &store.entry_points {
        for path in present(row, tree) {
            if !merged.written.iter().any(|written| written.path == path) {
                merged.remove_block(&at, row, path);
            }
        }
    }
    merged.edits.sort_by(|a, b| a.path.cmp(&b.path));
    merged.measure(tree);
    merged
}

/// The files of an entry point that exist in the tree.
pub fn present<'t>(row: &'t EntryPoint, tree: &'t Tree) -> Vec<&'t str> {
    match row.family() {
        Some((folder, _)) => tree
            .under(folder)
            .map(|(path, _)| path)
            .filter(|path| row.owns(path))
            .collect(),
        None => tree
            .get(&row.path)
            .map(|_| row.path.as_str())
            .into_iter()
            .collect(),
    }
}

/// The files that an entry point's block must import so that they are still read: those that its file hides from an assistant that
/// follows `@path`. If people wrote text around our block without such an import, we leave it out: they have decided. `placed_in`: the
/// tree that decides which files there are.
pub fn imports(
    store: &Store,
    row: &EntryPoint,
    placement: &super::place::PlacedLessons<'_>,
    tree: &Tree,
    placed_in: &Tree,
) -> Vec<String> {
    let path = &row.path;
    let hidden = store.entry_points.iter().filter(|other| {
        other.assistants.iter().any(|assistant| {
            assistant.imports
                && (assistant.shadowed_by.contains(path)
                    || assistant.hides_below(path).is_some_and(|folder| {
                        !has_file_beside(assistant, placement, placed_in)
                            && !is_hidden_on_the_way(store, other, assistant, folder, placed_in)
                    }))
                && !is_hidden_without(other, assistant, placed_in, path)
        }) && (placed_in.get(&other.path).is_some()
            || placement
                .files
                .iter()
                .any(|file| file.entry_point.name == other.name))
    });
    let needed = hidden.filter(|other| {
        let Some(bytes) = tree.file(path) else { return true };
        let import = import_word(path, &other.path);
        let by_line = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .lines()
                .any(|line| line.trim() == import)
        };
        match marker::find(bytes, &store.name) {
            BlocksInFile::Block(block) => {
                let outside = [&bytes[..block.range.start], &bytes[block.range.end..]].concat();
                !by_line(&outside) && (by_line(&bytes[block.inner]) || outside.trim_ascii().is_empty())
            }
            // An empty file shows no decision; and with our block in it, it looks like a file that we created.
            BlocksInFile::Nothing => bytes.trim_ascii().is_empty(),
            BlocksInFile::Unbalanced { .. } | BlocksInFile::Swallowed { .. } => false,
        }
    });
    needed.map(|other| import_word(path, &other.path)).collect()
}

/// Whether a file beside an entry point decides whether an assistant reads it, so that no file further down does.
fn has_file_beside(assistant: &Assistant, placement: &super::place::PlacedLessons<'_>, tree: &Tree) -> bool {
    let mut names = assistant.shadowed_by.iter();
    names.any(|name| {
        let mut planned = placement.files.iter().map(|file| &file.entry_point.path);
        tree.get(name).is_some() || planned.any(|path| path == name)
    })
}

/// Whether our block begins with the file's title: in a file that we create, as long as people write nothing above the block. Text that
/// they add below leaves the block as it is.
pub fn is_titled(store: &Store, row: &EntryPoint, topic: &str, tree: &Tree) -> bool {
    let path = available::path_in(store, row, topic, tree).ok();
    let held = path.and_then(|path| Some((tree.file(&path)?, tree.block(&path, &store.name)?)));
    let Some((bytes, block)) = held else {
        return true;
    };
    let front = front_matter::split(bytes).filter(|_| row.kind == EntryPointKind::Scoped);
    let head = front.map_or(0, |front| front.range.end);
    match block {
        BlocksInFile::Block(block) => {
            let above = bytes.get(head..block.range.start).unwrap_or_default();
            let below = bytes.get(block.range.end..).unwrap_or_default();
            let ours = String::from_utf8_lossy(bytes.get(block.inner).unwrap_or_default());
            let mut lines = ours
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with("<!--"));
            let has_title = lines.next().is_some_and(|line| line.starts_with("# "));
            above.trim_ascii().is_empty() && (has_title || below.trim_ascii().is_empty())
        }
        BlocksInFile::Nothing => bytes.get(head..).unwrap_or_default().trim_ascii().is_empty(),
        BlocksInFile::Unbalanced { .. } | BlocksInFile::Swallowed { .. } => false,
    }
}

impl MergeResult {
    fn refuse(&mut self, row: &EntryPoint, path: &str, finding: Finding) {
        self.findings.push(finding);
        self.note(row, path, BlockState::Refused, 0);
    }

    /// Lists a file that is not written, unless it is listed already.
    pub(super) fn leave_out(&mut self, row: &str, path: &str) {
        if !self.written.iter().any(|written| written.path == path) {
            self.written.push(WrittenFile {
                path: path.to_owned(),
                entry_point: row.to_owned(),
                state: BlockState::Refused,
                lines: 0,
                total: 0,
                added: 0,
                removed: 0,
            });
        }
    }

    fn note(&mut self, row: &EntryPoint, path: &str, state: BlockState, lines: usize) {
        let (path, entry_point) = (path.to_owned(), row.name.clone());
        self.written.push(WrittenFile {
            path,
            entry_point,
            state,
            lines,
            total: 0,
            added: 0,
            removed: 0,
        });
    }

    /// Creates a file, adds a block, or changes it.
    fn write(&mut self, at: &MergeInput<'_>, file: &PlannedFile<'_>, path: &str, block: &RenderedBlock) {
        let (store, tree, row) = (at.store, at.tree, file.entry_point);
        match path_conflict(at.files, row, path, tree) {
            PathConflict::None => {}
            PathConflict::Link => return self.note(row, path, BlockState::Link, block.lines()),
            PathConflict::Finding(finding) => return self.refuse(row, path, *finding),
        }
        let Some(found) = tree.file(path) else {
            let bytes = whole(row, block).into_bytes();
            if bytes.len() > LARGEST {
                return self.refuse(row, path, too_large(path, bytes.len() as u64));
            }
            self.edits.push(Edit {
                path: path.to_owned(),
                before: None,
                after: Some(FileState {
                    mode: Mode::File,
                    bytes: bytes.into(),
                }),
            });
            return self.note(row, path, BlockState::New, block.lines());
        };
        let stays: Vec<&str> = shown(file).map(|lesson| lesson.id.as_str()).collect();
        let restored = at.put_back(row, path, found, &stays);
        let bytes = restored.as_deref().unwrap_or(found);
        let held = match &restored {
            Some(restored) => Some(marker::find(restored, &store.name)),
            None => tree.block(path, &store.name),
        };
        let (state, after) = match held.unwrap_or(BlocksInFile::Nothing) {
            BlocksInFile::Nothing => {
                let after = splice::insert(bytes, &block.text);
                let after = definitions::escaped(&after, &store.name).unwrap_or(after);
                (BlockState::Inserted, after)
            }
            BlocksInFile::Block(old) => {
                // A block that is already as we write it is not overwritten, whoever wrote it.
                let is_same = bytes.get(old.range.clone()) == Some(block.text.as_bytes());
                let owner = (!is_same).then(|| ownership::check(store, row, path, bytes, &old));
                match owner.flatten() {
                    Some(finding) if finding.is_error() => return self.refuse(row, path, finding),
                    note => self.findings.extend(note),
                }
                match replace(store, row, path, bytes, &old, block) {
                    Ok(replaced) => replaced,
                    Err(finding) => return self.refuse(row, path, *finding),
                }
            }
            found => return self.refuse(row, path, unusable(path, &found)),
        };
        let after = at.take_over(file, &after).unwrap_or(after);
        if after != found {
            if after.len() > LARGEST {
                return self.refuse(row, path, too_large(path, after.len() as u64));
            }
            self.change(path, tree, Some(after));
        }
        self.note(row, path, state, block.lines());
    }

    /// Removes a block that the target should no longer hold.
    fn remove_block(&mut self, at: &MergeInput<'_>, row: &EntryPoint, path: &str) {
        let (store, tree) = (at.store, at.tree);
        let Some(found) = tree.file(path) else { return };
        let restored = at.put_back(row, path, found, &[]);
        let bytes = restored.as_deref().unwrap_or(found);
        let block = match marker::find(bytes, &store.name) {
            BlocksInFile::Nothing => return,
            BlocksInFile::Block(block) => block,
            found => return self.refuse(row, path, unusable(path, &found)),
        };
        if let Some((_, finding)) = available::converted(path, tree) {
            // No lesson is required here, so a block that stays is not an error.
            let level = Level::Warning;
            return self.refuse(row, path, Finding { level, ..finding });
        }
        match ownership::check(store, row, path, bytes, &block) {
            Some(finding) if finding.is_error() => return self.refuse(row, path, finding),
            note => self.findings.extend(note),
        }
        let after = match without(row, path, bytes, &block) {
            Ok(after) => after,
            Err(finding) => return self.refuse(row, path, *finding),
        };
        self.change(path, tree, after);
        self.note(row, path, BlockState::Removed, 0);
    }

    /// Counts lines, after every edit is known.
    fn measure(&mut self, tree: &Tree) {
        for written in &mut self.written {
            let edit = self.edits.iter().find(|edit| edit.path == written.path);
            let after = edit.map(|edit| edit.after.as_ref().map_or(&[][..], |state| &state.bytes));
            let bytes = after.or_else(|| tree.file(&written.path)).unwrap_or_default();
            written.total = bytes.split_inclusive(|byte| *byte == b'\n').count();
            (written.added, written.removed) = edit.map_or((0, 0), Edit::counts);
        }
    }

    fn change(&mut self, path: &str, tree: &Tree, after: Option<Vec<u8>>) {
        let Some(entry) = tree.get(path) else { return };
        let before = FileState {
            mode: entry.mode,
            bytes: entry.content.clone().unwrap_or_default(),
        };
        let after = after.map(|bytes| FileState {
            mode: entry.mode,
            bytes: bytes.into(),
        });
        self.edits.push(Edit {
            path: path.to_owned(),
            before: Some(before),
            after,
        });
    }
}

/// A file that holds only our text, with `\n` endings.
fn whole(row: &EntryPoint, block: &RenderedBlock) -> String {
    if row.front_matter == entry_point::FrontMatterForm::None || block.front_matter.is_empty() {
        block.text.clone()
    } else {
        format!("{}\n{}", block.front_matter, block.text)
    }
}

/// The file without our block; none if it held nothing else, and the block is unedited.
pub(super) fn without(
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    block: &marker::Block,
) -> Result<Option<Vec<u8>>, Box<Finding>> {
    let front = front_matter::split(bytes);
    let alone = is_alone(row, bytes, front.as_ref(), block);
    if alone && hash_of(row, bytes, front.as_ref(), block) != block.hash {
        let message = format!(
            "our block in `{path}` was edited by hand, so the file is not deleted, although no lesson belongs there any more; delete \
             it by hand"
        );
        let finding = Finding::new(Code::BlockEdited, message);
        return Err(Box::new(
            finding.help("to keep a change, make it in the store's lesson"),
        ));
    }
    Ok(if alone && row.kind == EntryPointKind::Scoped {
        None
    } else {
        splice::remove(bytes, block)
    })
}

/// The new bytes of a file that holds our block already, and the state of the old block.
fn replace(
    store: &Store,
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    old: &marker::Block,
    block: &RenderedBlock,
) -> Result<(BlockState, Vec<u8>), Box<Finding>> {
    let front = front_matter::split(bytes);
    if row.kind == EntryPointKind::Scoped {
        foreign_front_matter(row, path, bytes, front.as_ref())?;
        text_above(path, bytes, old, front.as_ref())?;
    }
    let mut after = splice::update(bytes, old, &block.text);
    if row.kind == EntryPointKind::Scoped {
        after = splice::replace_front_matter(&after, &block.front_matter);
    }
    after = definitions::escaped(&after, &store.name).unwrap_or(after);
    if after == bytes {
        return Ok((BlockState::Unchanged, after));
    }
    let now = hash_of(row, bytes, front.as_ref(), old);
    Ok(match (now == old.hash, block.hash == old.hash) {
        // A link definition that was added later turns our words into links. Then the same bytes do not read the same.
        (true, true) if definitions::escaped(bytes, &store.name).is_some() => (BlockState::Changed, after),
        (true, true) => (BlockState::Reformatted, bytes.to_vec()),
        (true, false) => (BlockState::Changed, after),
        (false, _) => (BlockState::Edited, after),
    })
}

/// Whether a file that we created holds only our front matter and block (an empty file that existed before is not ours).
fn is_alone(row: &EntryPoint, bytes: &[u8], front: Option<&FrontMatter>, block: &marker::Block) -> bool {
    let front = front.filter(|_| row.kind == EntryPointKind::Scoped);
    let head_end = front.map_or(0, |front| front.range.end);
    let between = &bytes[head_end.min(block.range.start)..block.range.start];
    let finished = bytes[block.range.clone()].ends_with(b"\n");
    finished
        && block.range.end == bytes.len()
        && between.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
        && (head_end > 0 || between.is_empty())
        && front.is_none_or(|front| !front.after_bom)
}

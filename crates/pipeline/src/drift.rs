//! Changes that people made to our text since it was merged: edited, reformatted, deleted, replaced by a link, damaged.
//!
//! Input: a target's base branch, what merging would make of it, and our last merged text if the history has it. Output: one
//! [`Drift`] for each file, with the hand-written lines that a proposal would remove. Not here: restoring our text (`merge`), and
//! reporting (`report/`, `pr_body`).
//!
//! The begin line's hash shows that a block was changed, but not its text before. That text is known from our last merged commit, or
//! from the plan if it writes the same content again. Otherwise every line that would be removed is shown, and the report notes that.

mod checks_file;
mod findings;

use serde::{Deserialize, Serialize};

use super::merge::{BlockState, WrittenFile, managed_file, present};
use super::place::in_use;
use lessonbook_base::edit::Edit;
use lessonbook_base::front_matter;
use lessonbook_base::marker::{self, Block, BlocksInFile};
use lessonbook_base::snapshot::{MergedCommit, Snapshot};
use lessonbook_base::text_diff;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{ChecksFile, EntryPoint, EntryPointKind as RowKind, Store, Target};

pub use findings::{SHOWN, findings};

/// The kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// The block has other words.
    Edited,
    /// The front matter of a scoped file of ours was changed, but not the block.
    FrontMatter,
    /// The same words in other bytes. It counts as up to date and is left as it is.
    Reformatted,
    /// The block was deleted, perhaps with the file.
    Deleted,
    /// A symbolic link has replaced our file.
    Link,
    /// The markers do not pair up, or text above them hides the block.
    Damaged,
}

impl DriftKind {
    /// The words in reports.
    pub fn word(self) -> &'static str {
        match self {
            DriftKind::Edited => "edited by hand",
            DriftKind::FrontMatter => "front matter changed",
            DriftKind::Reformatted => "reformatted",
            DriftKind::Deleted => "block deleted",
            DriftKind::Link => "replaced by a link",
            DriftKind::Damaged => "markers damaged",
        }
    }
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ChangedLine {
    /// From 1.
    pub number: usize,
    /// Without its ending.
    pub text: String,
}

/// A file of ours that a person changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Drift {
    /// Its path.
    pub path: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The kind of change.
    pub kind: DriftKind,
    /// The first changed line; 1 if the file was deleted.
    pub line: usize,
    /// Whether the change is certain. Otherwise our block may never have been there.
    pub known: bool,
    /// One clause: from what it is known, or why it is not certain.
    pub evidence: String,
    /// The hand-written lines that the plan would remove; see `by_hand`.
    pub lines: Vec<ChangedLine>,
    /// Whether all of `lines` are certainly hand-written. Otherwise older words of ours may be among them.
    pub by_hand: bool,
    /// Whether the plan restores exactly the earlier text, because the store's text has not changed.
    pub restores: bool,
}

impl Drift {
    /// Whether people should review it: it is certain, and more than layout.
    pub fn counts(&self) -> bool {
        self.known && self.kind != DriftKind::Reformatted
    }

    /// `edited by hand, 2 hand-written lines would be lost`.
    pub fn clause(&self) -> String {
        let word = self.kind.word();
        match (self.lines.len(), self.known) {
            (_, false) => format!("{word}, or never present"),
            (0, true) => word.to_owned(),
            (1, true) => format!("{word}, 1 hand-written line would be lost"),
            (lines, true) => format!("{word}, {lines} hand-written lines would be lost"),
        }
    }
}

/// Whether the target's history could show more.
pub fn needs_history(files: &[WrittenFile], edits: &[Edit]) -> bool {
    files.iter().any(|file| match file.state {
        BlockState::New | BlockState::Inserted | BlockState::Edited | BlockState::Refused => true,
        BlockState::Removed => edits.iter().any(|edit| edit.path == file.path),
        BlockState::Changed | BlockState::Reformatted | BlockState::Unchanged | BlockState::Link => false,
    })
}

/// Compares the base branch with the text that we left there.
pub fn drift(
    store: &Store,
    target: &Target,
    snapshot: &Snapshot,
    files: &[WrittenFile],
    edits: &[Edit],
) -> Vec<Drift> {
    let side = DriftInput {
        store,
        tree: &snapshot.tree,
        past: snapshot.past.as_ref(),
        // If the base contains our branch, the branch shows the text that was merged.
        merged: snapshot
            .branch
            .as_ref()
            .filter(|branch| branch.merged)
            .map(|branch| &branch.tree),
        others: target.enabled && holds_any(store, target, &snapshot.tree),
    };
    files
        .iter()
        .filter_map(|file| {
            let edit = edits.iter().find(|edit| edit.path == file.path);
            if ChecksFile::is_path(&file.path) {
                return side.drift_of_checks(file, edit);
            }
            let row = store.entry_point(&file.entry_point)?;
            side.drift_of(row, file, edit)
        })
        .collect()
}

/// Whether any file of an entry point in use holds a block of ours.
fn holds_any(store: &Store, target: &Target, tree: &Tree) -> bool {
    in_use(store, target, tree)
        .into_iter()
        .flat_map(|used| present(used.row, tree))
        .any(|path| block_in(store, tree, path).is_some())
}

fn block_in<'t>(store: &Store, tree: &'t Tree, path: &str) -> Option<(&'t [u8], Block)> {
    let bytes = tree.file(path)?;
    match marker::find(bytes, &store.name) {
        BlocksInFile::Block(block) => Some((bytes, block)),
        _ => None,
    }
}

/// What is known about a target.
struct DriftInput<'a> {
    store: &'a Store,
    tree: &'a Tree,
    past: Option<&'a MergedCommit>,
    merged: Option<&'a Tree>,
    /// Whether other files hold our blocks.
    others: bool,
}

impl DriftInput<'_> {
    fn drift_of(&self, row: &EntryPoint, file: &WrittenFile, edit: Option<&Edit>) -> Option<Drift> {
        let known = |kind: DriftKind, line: usize, evidence: &str| Drift {
            path: file.path.clone(),
            entry_point: file.entry_point.clone(),
            kind,
            line,
            known: true,
            evidence: evidence.to_owned(),
            lines: Vec::new(),
            by_hand: true,
            restores: false,
        };
        let held = block_in(self.store, self.tree, &file.path);
        match (file.state, held) {
            (BlockState::Reformatted, Some((bytes, block))) => Some(known(
                DriftKind::Reformatted,
                managed_file::line_of(bytes, block.range.start),
                "the hash of the visible text is the same",
            )),
            (BlockState::Edited | BlockState::Removed, Some((bytes, block))) => {
                let drift = known(
                    DriftKind::Edited,
                    managed_file::line_of(bytes, block.range.start),
                    "its words do not match the hash in its begin line",
                );
                self.edited(row, bytes, &block, edit, drift)
            }
            (BlockState::New | BlockState::Inserted, _) => {
                self.missing_block(row, file, edit, DriftKind::Deleted)
            }
            (BlockState::Refused, held) => self.refused(row, file, held.as_ref(), &known),
            _ => None,
        }
    }

    /// A block whose hash does not match its text: which lines would be removed, and who wrote them.
    fn edited(
        &self,
        row: &EntryPoint,
        bytes: &[u8],
        block: &Block,
        edit: Option<&Edit>,
        drift: Drift,
    ) -> Option<Drift> {
        let front = front_matter::split(bytes);
        if managed_file::hash_of(row, bytes, front.as_ref(), block) == block.hash {
            return None;
        }
        let now = OwnText::read(row, bytes, block);
        let planned = self.planned(edit);
        let restores = planned
            .as_ref()
            .is_some_and(|(_, planned)| planned.hash == block.hash);
        let was = [
            self.past
                .and_then(|past| block_in(self.store, &past.tree, &drift.path)),
            planned.clone(),
        ]
        .into_iter()
        .flatten()
        .find(|(bytes, old)| {
            let front = front_matter::split(bytes);
            old.hash == block.hash && managed_file::hash_of(row, bytes, front.as_ref(), old) == block.hash
        });
        let after = planned
            .map(|(bytes, block)| OwnText::read(row, bytes, &block))
            .unwrap_or_default();
        let mut lost = text_diff::lost_lines(&now.text, &after.text);
        let mut kind = DriftKind::Edited;
        if let Some((bytes, old)) = &was {
            let old_front = front_matter::split(bytes)
                .map(|front| front.entries)
                .unwrap_or_default();
            let inner = String::from_utf8_lossy(&now.bytes[block.inner.clone()]);
            if row.kind == RowKind::Scoped && marker::content_hash(&old_front, &inner) == block.hash {
                kind = DriftKind::FrontMatter;
            }
            let by_hand = text_diff::lost_lines(&now.text, &OwnText::read(row, bytes, old).text);
            lost.retain(|line| by_hand.contains(line));
        }
        let lines: Vec<ChangedLine> = lost.into_iter().filter_map(|at| now.line(at)).collect();
        Some(Drift {
            kind,
            line: lines.first().map_or(drift.line, |line| line.number),
            lines,
            by_hand: was.is_some(),
            restores,
            ..drift
        })
    }

    /// Our block as the plan leaves it.
    fn planned<'e>(&self, edit: Option<&'e Edit>) -> Option<(&'e [u8], Block)> {
        let after = &edit?.after.as_ref()?.bytes;
        match after.block(&self.store.name) {
            BlocksInFile::Block(block) => Some((after, block)),
            _ => None,
        }
    }

    /// A file without our block, although it should have one: whether it had one.
    fn missing_block(
        &self,
        row: &EntryPoint,
        file: &WrittenFile,
        edit: Option<&Edit>,
        kind: DriftKind,
    ) -> Option<Drift> {
        let planned = self.planned(edit).map(|(_, block)| block.hash);
        let drift = |known: bool, was: Option<Block>, evidence: String| Drift {
            path: file.path.clone(),
            entry_point: file.entry_point.clone(),
            kind,
            line: 1,
            known,
            evidence,
            lines: Vec::new(),
            by_hand: true,
            restores: was.is_some_and(|was| planned.as_ref() == Some(&was.hash)),
        };
        let what = match self.tree.get(&file.path) {
            None => "and the file no longer exists",
            Some(entry) if entry.mode == Mode::Symlink => "and it is a symbolic link now",
            Some(_) => "and the block is missing",
        };
        if let Some(past) = self.past {
            // If the history is known and has no block in this file, there was none.
            let (_, was) = block_in(self.store, &past.tree, &file.path)?;
            let commit = past.commit.get(..7).unwrap_or(&past.commit);
            return Some(drift(
                true,
                Some(was),
                format!("it was merged with {commit}, {what}"),
            ));
        }
        if let Some(tree) = self.merged {
            let (_, was) = block_in(self.store, tree, &file.path)?;
            return Some(drift(
                true,
                Some(was),
                format!("it was merged with our branch, {what}"),
            ));
        }
        // A new topic can add files to a family.
        (self.others && row.kind != RowKind::Scoped).then(|| {
            let why = "other files here have one; either it was removed, or the store has required it only since then, and no commit of ours in the \
                       history shows which";
            drift(false, None, why.to_owned())
        })
    }

    /// A file that can't be written.
    fn refused(
        &self,
        row: &EntryPoint,
        file: &WrittenFile,
        held: Option<&(&[u8], Block)>,
        known: &dyn Fn(DriftKind, usize, &str) -> Drift,
    ) -> Option<Drift> {
        let entry = self.tree.get(&file.path)?;
        if entry.mode == Mode::Symlink {
            return self.missing_block(row, file, None, DriftKind::Link);
        }
        match (self.tree.block(&file.path, &self.store.name)?, held) {
            (BlocksInFile::Unbalanced { why, line, .. }, _) => Some(known(DriftKind::Damaged, line, &why)),
            (BlocksInFile::Swallowed { by }, _) => Some(known(
                DriftKind::Damaged,
                by,
                "a comment or fence above hides the block",
            )),
            (_, Some((bytes, block))) if row.kind == RowKind::Scoped => {
                let front = front_matter::split(bytes);
                let foreign = managed_file::foreign_front_matter(row, &file.path, bytes, front.as_ref())
                    .and_then(|()| managed_file::text_above(&file.path, bytes, block, front.as_ref()));
                let finding = foreign.err()?;
                let line = finding.at.as_ref().map_or(1, |place| place.line);
                Some(known(DriftKind::FrontMatter, line, &finding.message))
            }
            _ => None,
        }
    }
}

/// Our own text in a file, with its line numbers.
#[derive(Default)]
struct OwnText<'b> {
    bytes: &'b [u8],
    text: String,
    numbers: Vec<usize>,
}

impl<'b> OwnText<'b> {
    fn read(row: &EntryPoint, bytes: &'b [u8], block: &Block) -> Self {
        let front = front_matter::split(bytes).filter(|_| row.kind == RowKind::Scoped);
        let mut ours = OwnText {
            bytes,
            ..OwnText::default()
        };
        for range in front
            .map(|front| front.range)
            .into_iter()
            .chain([block.inner.clone()])
        {
            let text = String::from_utf8_lossy(&bytes[range.clone()]);
            let first = managed_file::line_of(bytes, range.start);
            ours.numbers.extend(first..first + text.lines().count());
            ours.text.push_str(&text);
            if !ours.text.ends_with('\n') {
                ours.text.push('\n');
            }
        }
        ours
    }

    fn line(&self, at: usize) -> Option<ChangedLine> {
        let text = self.text.lines().nth(at)?.trim_end().to_owned();
        let number = *self.numbers.get(at)?;
        Some(ChangedLine { number, text })
    }
}

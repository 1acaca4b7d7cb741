//! Finds text that may still contain a lesson after it was withdrawn, or that mentions it.
//!
//! Input: a store, the lesson's id, and the files after the withdrawal. Output: findings: its rule without its id, a block that a person
//! edited, a mention outside our block; and the lessons that name it. Not here: removing anything (`cut`, `file`).

use std::collections::BTreeSet;
use std::ops::Range;

use super::file::not_cut;
use super::{cut, merge};
use crate::merge::managed_file;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter;
use lessonbook_base::markdown::{self, VisibleToken};
use lessonbook_base::marker::{self, Block, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::{Invariant, LessonWording};
use lessonbook_store::{EntryPoint, EntryPointKind, Store};

/// The active lessons whose rule or rationale names another one in code font.
pub fn named_by<'s>(store: &'s Store, id: &str) -> Vec<&'s str> {
    let others = store
        .lessons
        .iter()
        .filter(|lesson| lesson.is_active() && lesson.id != id);
    let naming = others.filter(|lesson| LessonWording::new(lesson).codes().any(|code| code == id));
    naming.map(|lesson| lesson.id.as_str()).collect()
}

/// A lesson's own words, by which it is recognised without its id.
pub(super) struct LessonWords<'s> {
    store: &'s Store,
    id: &'s str,
    /// The rule; empty if it does not identify the lesson: the store does not have the lesson, or another one has the same rule.
    rule: Vec<VisibleToken>,
}

impl<'s> LessonWords<'s> {
    pub(super) fn new(store: &'s Store, id: &'s str) -> Self {
        let rule = store.lesson(id).map(|lesson| markdown::inline(&lesson.rule).0);
        let rule = rule.unwrap_or_default();
        let mut others = store
            .lessons
            .iter()
            .filter(|lesson| lesson.is_active() && lesson.id != id);
        let is_another = others.any(|lesson| contains(&markdown::inline(&lesson.rule).0, &rule));
        LessonWords {
            store,
            id,
            rule: if is_another { Vec::new() } else { rule },
        }
    }

    /// Whether the lesson's rule is in one of our blocks, under whatever id.
    pub(super) fn is_present(&self, tree: &Tree) -> bool {
        self.files(tree)
            .any(|(_, _, bytes)| match marker::find(bytes, &self.store.name) {
                BlocksInFile::Nothing => false,
                BlocksInFile::Block(block) => self.rule_at(&bytes[block.inner]).is_some(),
                _ => self.rule_at(bytes).is_some(),
            })
    }

    /// The findings about the files after the withdrawal: every file that may still contain the lesson is reported.
    pub(super) fn findings(&self, after: &Tree) -> Vec<Finding> {
        let mut all = Vec::new();
        let mut checked = BTreeSet::new();
        for (row, path, bytes) in self.files(after) {
            if !checked.insert(path) {
                continue;
            }
            match marker::find(bytes, &self.store.name) {
                BlocksInFile::Block(block) => {
                    all.extend(self.block(row, path, bytes, &block));
                    let (above, below) = (0..block.range.start, block.range.end..bytes.len());
                    all.extend(self.mention(path, bytes, &[above, below]));
                }
                BlocksInFile::Nothing => all.extend(self.mention(path, bytes, &whole(bytes))),
                found if self.is_mentioned(bytes) => {
                    all.push(managed_file::unusable(path, &found).lesson(self.id));
                }
                _ => {}
            }
        }
        for (path, bytes) in self.nested(after) {
            if checked.insert(path) {
                all.extend(self.mention(path, bytes, &whole(bytes)));
            }
        }
        all
    }

    /// Whether a file with damaged markers may contain the lesson.
    fn is_mentioned(&self, bytes: &[u8]) -> bool {
        self.rule_at(bytes).is_some() || cut::mentions(&String::from_utf8_lossy(bytes), self.id)
    }

    /// Files of the same name in lower folders, which are read for the paths below them. We never write there.
    fn nested<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = (&'t str, &'t [u8])>
    where
        's: 't,
    {
        let rows = || {
            self.store
                .entry_points
                .iter()
                .filter(|row| row.kind == EntryPointKind::Always)
        };
        let endings: Vec<String> = rows().map(|row| format!("/{}", row.path)).collect();
        tree.iter().filter_map(move |(path, entry)| {
            let regular = matches!(entry.mode, Mode::File | Mode::Executable);
            let nested = endings.iter().any(|ending| path.ends_with(ending));
            Some((path, entry.content.as_deref().filter(|_| regular && nested)?))
        })
    }

    /// The proof searches for the id. If the rule is present without it, in so many files, the lesson is not removed.
    pub(super) fn correct_invariant(&self, invariants: &mut [Invariant], files: usize) {
        let claims = invariants
            .iter_mut()
            .filter(|one| one.name == "lesson-gone" && one.holds);
        for invariant in claims.filter(|_| files > 0) {
            invariant.holds = false;
            invariant.evidence = format!(
                "the rule of `{}` would still be in {files} of our blocks",
                self.id
            );
        }
    }

    /// A block that contains the rule, or for which that is unclear.
    fn block(&self, row: &EntryPoint, path: &str, bytes: &[u8], block: &Block) -> Option<Finding> {
        if let Some(at) = self.rule_at(&bytes[block.inner.clone()]) {
            let why = "its rule is present without its id";
            return Some(*not_cut(path, bytes, block.inner.start + at, self.id, why));
        }
        if managed_file::hash_of(row, bytes, front_matter::split(bytes).as_ref(), block) == block.hash {
            return None;
        }
        let line = managed_file::line_of(bytes, block.range.start);
        let id = self.id;
        let message =
            format!("`{path}`, line {line}: our block was edited by hand, so it may still contain {id}");
        let place = Location {
            line,
            ..Location::file(path)
        };
        Some(
            Finding::new(Code::BlockEdited, message)
                .at(place)
                .lesson(id)
                .effect("the lesson may be there in other words; the block is not changed")
                .help("check the block, and remove the lesson by hand if it contains it"),
        )
    }

    /// A mention of the lesson in hand-written text.
    fn mention(&self, path: &str, bytes: &[u8], parts: &[Range<usize>]) -> Option<Finding> {
        let id = self.id;
        let code = format!("`{id}`");
        let named = |line: &str| line.contains(&code) || (id.contains('-') && cut::mentions(line, id));
        let at = parts.iter().find_map(|part| {
            let text = String::from_utf8_lossy(&bytes[part.clone()]);
            let mut lines = text.split_inclusive('\n').scan(0, |end, line| {
                let start = *end;
                *end += line.len();
                Some((start, line))
            });
            let named = lines.find(|(_, line)| named(line)).map(|(start, _)| start);
            let at = named.or_else(|| self.rule_at(&bytes[part.clone()]))?;
            Some(part.start + at)
        })?;
        let line = managed_file::line_of(bytes, at);
        let where_ = match marker::find(bytes, &self.store.name) {
            BlocksInFile::Block(block) if block.range.contains(&at) => {
                "a block in a file that is not managed"
            }
            _ => "hand-written text",
        };
        let message = format!("`{path}`, line {line}: {where_} mentions {id} and is not changed");
        let place = Location {
            line,
            ..Location::file(path)
        };
        Some(Finding::new(Code::HandCopy, message).at(place).lesson(id))
    }

    /// The offset of the rule in a text.
    fn rule_at(&self, text: &[u8]) -> Option<usize> {
        if self.rule.is_empty() {
            return None;
        }
        let page = markdown::read(&String::from_utf8_lossy(text));
        let mut units = page.units.iter();
        let unit = units.find(|unit| contains(&unit.tokens, &self.rule))?;
        Some(unit.range.start)
    }

    /// The files that can hold a block of ours.
    fn files<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = (&'s EntryPoint, &'t str, &'t [u8])>
    where
        's: 't,
    {
        let rows = self.store.entry_points.iter();
        rows.flat_map(move |row| {
            let paths = merge::present(row, tree).into_iter();
            paths.filter_map(move |path| {
                let entry = tree.get(path)?;
                let regular = matches!(entry.mode, Mode::File | Mode::Executable);
                Some((row, path, entry.content.as_deref().filter(|_| regular)?))
            })
        })
    }
}

#[expect(
    clippy::single_range_in_vec_init,
    reason = "one part of the file, which is all of it"
)]
fn whole(bytes: &[u8]) -> [Range<usize>; 1] {
    [0..bytes.len()]
}

fn contains(text: &[VisibleToken], words: &[VisibleToken]) -> bool {
    !words.is_empty() && text.windows(words.len()).any(|tokens| tokens == words)
}

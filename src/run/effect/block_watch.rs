//! Which lessons the blocks of a target named, and since which commit.
//!
//! Input: the commits of the base branch, oldest first. Output: for each lesson the commits after which it was in a block, and was
//! not any more. Not here: reading a block (the proof does that), and what follows (`presence` of the crate `effect`).

use std::collections::{BTreeMap, BTreeSet};

use super::SharedInput;
use crate::repository::LocalRepository;
use lessonbook_base::finding::Finding;
use lessonbook_checks::history::{ChangedFile, CommitContents, FileContent};
use lessonbook_checks::tree_hits::FileBytes;
use lessonbook_effect::presence::{CommitPoint, PresencePeriod, periods};
use lessonbook_pipeline::Planner;
use lessonbook_store::Target;

/// The start of our begin line, whatever the store.
const MARKER: &[u8] = b"lessonbook:begin ";

/// Follows the blocks of one target.
pub(super) struct BlockWatch<'w, 's> {
    shared: &'w SharedInput<'s>,
    local: &'w LocalRepository,
    target: &'w Target,
    /// The lessons that the blocks name now.
    named: BTreeSet<String>,
    changes: BTreeMap<String, Vec<(CommitPoint, bool)>>,
}

impl<'w, 's> BlockWatch<'w, 's> {
    /// Starts with the state before the first commit, if the clone holds it.
    pub(super) fn new(
        shared: &'w SharedInput<'s>,
        local: &'w LocalRepository,
        target: &'w Target,
        start: Option<&CommitPoint>,
    ) -> Result<Self, Finding> {
        let mut watch = BlockWatch {
            shared,
            local,
            target,
            named: BTreeSet::new(),
            changes: BTreeMap::new(),
        };
        if let Some(start) = start {
            watch.read(start)?;
        }
        Ok(watch)
    }

    /// Looks at a commit. Only where a file with one of our blocks changes, the blocks are read again.
    pub(super) fn see(
        &mut self,
        point: impl FnOnce() -> CommitPoint,
        files: &[ChangedFile],
        contents: &impl CommitContents<Error = Finding>,
    ) -> Result<(), Finding> {
        for file in files
            .iter()
            .filter(|file| Planner::wants(self.shared.tried, &file.path))
        {
            for content in [&file.before, &file.after] {
                // A link may lead to a block, and is rare.
                let has_block = match content {
                    None => false,
                    Some(FileContent::Other) => true,
                    Some(FileContent::Regular(id)) => match contents.bytes(id)? {
                        FileBytes::Whole(bytes) => bytes.windows(MARKER.len()).any(|part| part == MARKER),
                        FileBytes::TooLarge(_) => false,
                    },
                };
                if has_block {
                    return self.read(&point());
                }
            }
        }
        Ok(())
    }

    /// The times in which a lesson was present.
    pub(super) fn periods(&self, lesson: &str) -> Vec<PresencePeriod> {
        self.changes
            .get(lesson)
            .map(|changes| periods(changes))
            .unwrap_or_default()
    }

    fn read(&mut self, point: &CommitPoint) -> Result<(), Finding> {
        let wants = |path: &str| Planner::wants(self.shared.tried, path);
        let tree = self.local.tree_at(&point.commit, &wants)?;
        let named = self.shared.planner.now(self.target, &tree).named;
        for id in named.symmetric_difference(&self.named) {
            let changes = self.changes.entry(id.clone()).or_default();
            changes.push((point.clone(), named.contains(id)));
        }
        self.named = named;
        Ok(())
    }
}

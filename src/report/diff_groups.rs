//! The diffs of several plans: each equal one once, and those of hand-written files first.
//!
//! Input: plans. Output: groups in the order in which a person reads them. Not here: how a diff is shown.

use lessonbook_base::edit::Edit;
use lessonbook_pipeline::impact::{FileDiff, Group, groups};
use lessonbook_pipeline::plan::TargetPlan;

/// Over the diffs of files that hold text of people.
pub const HAND_WRITTEN: &str = "Changes in hand-written files";
/// Over the others.
pub const OURS: &str = "Files that hold lessons only";

/// The changes of several plans.
#[derive(Debug, Default)]
pub struct DiffGroups<'p> {
    hand_written: Vec<(&'p str, FileDiff)>,
    ours: Vec<(&'p str, FileDiff)>,
}

impl<'p> DiffGroups<'p> {
    /// Reads all edits.
    pub fn new(plans: impl IntoIterator<Item = &'p TargetPlan>) -> Self {
        let mut all = DiffGroups::default();
        for plan in plans {
            for edit in &plan.content.edits {
                let list = if is_hand_written(plan, edit) {
                    &mut all.hand_written
                } else {
                    &mut all.ours
                };
                list.push((&plan.target.name, FileDiff::of(edit)));
            }
        }
        all
    }

    /// Each heading with its groups; short diffs of as many targets before long ones. Without a group there is no heading.
    pub fn parts(&self) -> Vec<(&'static str, Vec<Group<'_>>)> {
        let lists = [(HAND_WRITTEN, &self.hand_written), (OURS, &self.ours)];
        let parts = lists.into_iter().map(|(heading, files)| {
            let mut groups = groups::gather(files.iter().map(|(target, file)| (*target, file)));
            groups.sort_by_key(|group| (std::cmp::Reverse(group.targets().len()), group.first.diff.len()));
            (heading, groups)
        });
        parts.filter(|(_, groups)| !groups.is_empty()).collect()
    }
}

/// Whether the file holds text outside our block now.
fn is_hand_written(plan: &TargetPlan, edit: &Edit) -> bool {
    if edit.before.is_none() {
        return false;
    }
    match plan.content.files.iter().find(|file| file.path == edit.path) {
        Some(file) => file.total > file.lines,
        None => edit.after.is_some(),
    }
}

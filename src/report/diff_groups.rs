//! Groups the diffs of several plans: equal diffs once, those of hand-written files first.
//!
//! Input: plans. Output: groups in the order in which a person should read them, as parts of a document.

use super::findings::counted;
use super::style::BOLD;
use super::words::repositories;
use super::{Document, Line, View};
use lessonbook_base::edit::Edit;
use lessonbook_pipeline::impact::{FileDiff, FileStatus, Group, groups};
use lessonbook_pipeline::plan::TargetPlan;

/// The heading for diffs of files with hand-written text.
pub const HAND_WRITTEN: &str = "Changes in hand-written files";
/// The heading for the other diffs.
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
                list.push((&plan.target.name, FileDiff::new(edit)));
            }
        }
        all
    }

    /// Each heading with its groups: diffs of more targets first, then shorter ones. A heading without groups is left out.
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

/// Adds a diff, with all files for which it is the same. A page folds it.
pub fn add(document: &mut Document, group: &Group<'_>, view: View) {
    let (targets, paths) = (group.targets(), group.paths());
    let what = match group.first.status {
        FileStatus::New => ", new",
        FileStatus::Changed => "",
        FileStatus::Deleted => ", deleted",
    };
    let files = counted(group.files.len(), "file");
    let same = match (targets.len(), group.files.len()) {
        (1, 1) => Line::from("in ").then(Line::code(targets[0])),
        (1, _) => Line::from(format!("the same in {files} of ")).then(Line::code(targets[0])),
        (number, _) => format!("the same in {files} of {}", repositories(number)).into(),
    };
    let title = Line::names(&paths, 3)
        .then(format!("{what}: "))
        .then(same)
        .then(format!(" (+{} −{})", group.first.added, group.first.removed));
    let mut content = Document::default();
    if group.files.len() > 1 {
        let places = Line::from("in ").then(Line::names(&targets, view.most(6, 30)));
        content.line(places.then("; the first is shown"));
    }
    content.diff(group.first.diff.as_str(), usize::MAX);
    if view.is_page() {
        document.folded(title, content);
    } else {
        document.gap();
        document.line(title.style(BOLD));
        document.append(content);
    }
}

/// Whether the file has text outside our block now.
fn is_hand_written(plan: &TargetPlan, edit: &Edit) -> bool {
    if edit.before.is_none() {
        return false;
    }
    match plan.content.files.iter().find(|file| file.path == edit.path) {
        Some(file) => file.total > file.lines,
        None => edit.after.is_some(),
    }
}

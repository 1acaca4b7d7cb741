//! Groups files that change in the same way, so that each change is shown once.
//!
//! Input: the changed files of many targets. Output: [`Group`]s of files with the same changed lines, whatever their path and the
//! hand-written text around the lines. Not here: which targets may be shown, and how.

use std::collections::BTreeMap;

use serde::Serialize;

use super::TargetDiff;
use lessonbook_base::edit::Edit;

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// It is created.
    New,
    /// It changes.
    Changed,
    /// It is deleted.
    Deleted,
}

/// How one file changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path in the target.
    pub path: String,
    /// What happens to it.
    pub status: FileStatus,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// A unified diff with git's headers.
    pub diff: String,
}

impl FileDiff {
    /// Makes the diff of an edit.
    pub fn new(edit: &Edit) -> Self {
        let diff = edit.unified();
        let count = |sign: char| changed(&diff).filter(|line| line.starts_with(sign)).count();
        FileDiff {
            path: edit.path.clone(),
            status: match (&edit.before, &edit.after) {
                (None, _) => FileStatus::New,
                (_, None) => FileStatus::Deleted,
                _ => FileStatus::Changed,
            },
            added: count('+'),
            removed: count('-'),
            diff,
        }
    }

    /// What makes two changes the same: the added and removed lines, without the hash in our marker, which depends on the rest of the
    /// block.
    fn key(&self) -> (FileStatus, String) {
        let mut key = String::new();
        for line in changed(&self.diff) {
            match line.find("<!-- lessonbook:begin ") {
                Some(1) => key.push_str(
                    line.rsplit_once(' ')
                        .and_then(|(head, _)| head.rsplit_once(' '))
                        .map_or(line, |(head, _)| head),
                ),
                _ => key.push_str(line),
            }
            key.push('\n');
        }
        (self.status, key)
    }
}

/// The added and removed lines: those after the first `@@`.
fn changed(diff: &str) -> impl Iterator<Item = &str> {
    diff.lines()
        .skip_while(|line| !line.starts_with("@@"))
        .filter(|line| line.starts_with(['+', '-']))
}

/// Files that change in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'d> {
    /// The first of them, whose diff represents all.
    pub first: &'d FileDiff,
    /// Target and path of each, in the order of the targets.
    pub files: Vec<(&'d str, &'d str)>,
}

impl<'d> Group<'d> {
    /// The targets, each once.
    pub fn targets(&self) -> Vec<&'d str> {
        let mut targets: Vec<&str> = self.files.iter().map(|(target, _)| *target).collect();
        targets.dedup();
        targets
    }

    /// The paths, each once, the most frequent first.
    pub fn paths(&self) -> Vec<&'d str> {
        let mut paths: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, path) in &self.files {
            *paths.entry(path).or_default() += 1;
        }
        let mut paths: Vec<(&str, usize)> = paths.into_iter().collect();
        paths.sort_by_key(|(_, files)| std::cmp::Reverse(*files)); // a stable sort: otherwise by name
        paths.into_iter().map(|(path, _)| path).collect()
    }
}

/// Groups what changes in the same way; the group with the most targets is first.
pub fn groups<'d>(targets: impl IntoIterator<Item = &'d TargetDiff>) -> Vec<Group<'d>> {
    let of = |diff: &'d TargetDiff| diff.files.iter().map(|file| (diff.target.as_str(), file));
    gather(targets.into_iter().flat_map(of))
}

/// The same for files with their targets, in the order of the targets.
pub fn gather<'d>(files: impl IntoIterator<Item = (&'d str, &'d FileDiff)>) -> Vec<Group<'d>> {
    let mut groups: Vec<Group<'d>> = Vec::new();
    let mut known: BTreeMap<(FileStatus, String), usize> = BTreeMap::new();
    for (target, file) in files {
        let at = *known.entry(file.key()).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Group {
                first: file,
                files: Vec::new(),
            });
        }
        if let Some(group) = groups.get_mut(at) {
            group.files.push((target, &file.path));
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.targets().len())); // a stable sort: otherwise in the order of the targets
    groups
}

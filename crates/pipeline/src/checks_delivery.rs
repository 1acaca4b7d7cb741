//! The checks file of a target: which checks belong in it, and whether it is created, changed, removed or left.
//!
//! Input: the store, a target, its selection and its tree. Output: an edit, the file as a plan lists it, and findings. Not here: the
//! text of the file (`store/checks_file`), changes that people made to it (`drift/checks_file`), and the proof.
//!
//! The file is the one exception to the writable area. It exists only in targets with `checks: true`, and only while a lesson that
//! concerns the target has checks. A file of that name that is not of this store is never written.

pub(crate) mod ownership;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::ownership::{ChecksOwner, owner};
use crate::available;
use crate::merge::{BlockState, MergeResult, WrittenFile, too_large};
use crate::select::{SelectedLesson, Selection};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::tree::{LARGEST, Mode, Tree};
use lessonbook_store::{ChecksFile, Exception, Lesson, Severity, Store, Target, writable};

/// The name under which plans list the file, as that of an entry point.
pub const ENTRY_POINT: &str = "checks";

/// What to do where the file can't be written.
const WAY_OUT: &str = "or set `checks: false` for this target in targets.yaml";

/// The checks that a target receives; none if it receives none.
pub fn checks_file(store: &Store, target: &Target, selection: &Selection<'_>) -> Option<ChecksFile> {
    if !target.checks || !target.enabled {
        return None;
    }
    let lessons = selection.chosen.iter().map(SelectedLesson::in_target);
    let file = checks_of(store, target, lessons);
    (!file.lessons.is_empty()).then_some(file)
}

/// The checks of some lessons as a target receives them, whether it opted in or not. Their paths are as the target's root sees them.
pub fn checks_of<'s>(
    store: &'s Store,
    target: &Target,
    lessons: impl Iterator<Item = Cow<'s, Lesson>>,
) -> ChecksFile {
    let lessons: Vec<Cow<'s, Lesson>> = lessons
        .filter(|lesson| !is_exempt(store, target, lesson))
        .collect();
    ChecksFile::new(
        (&store.name, &store.home),
        lessons.iter().map(AsRef::as_ref),
        &store.path_exceptions,
        &target.name,
    )
}

/// Whether an exception excludes a lesson from the whole target. Then its checks would fail for a rule that is not in use there.
fn is_exempt(store: &Store, target: &Target, lesson: &Lesson) -> bool {
    let mut all = store.exceptions.iter().chain(&target.declined);
    all.any(|exception: &Exception| {
        exception.accepts.is_none()
            && exception.entry_point.is_none()
            && exception.lesson == lesson.id
            && exception.names_target(&target.name)
    })
}

/// Adds the checks file to what is merged.
pub(super) fn deliver(
    store: &Store,
    target: &Target,
    selection: &Selection<'_>,
    tree: &Tree,
    merged: &mut MergeResult,
) {
    let path = ChecksFile::path_for(&store.name);
    let wanted = checks_file(store, target, selection);
    let (state, edit) = match &wanted {
        Some(file) => match write(store, file, &path, tree, merged) {
            Ok(written) => written,
            Err(finding) => {
                merged.findings.push(*finding);
                (BlockState::Refused, None)
            }
        },
        None => match remove(store, &path, tree) {
            Ok(Some(edit)) => (BlockState::Removed, Some(edit)),
            Ok(None) => return,
            Err(finding) => {
                merged.findings.push(*finding);
                (BlockState::Refused, None)
            }
        },
    };
    let after = edit
        .as_ref()
        .map(|edit| edit.after.as_ref().map_or(&[][..], |state| &state.bytes));
    let bytes = after.or_else(|| tree.file(&path)).unwrap_or_default();
    let total = bytes.split_inclusive(|byte| *byte == b'\n').count();
    let (added, removed) = edit.as_ref().map_or((0, 0), Edit::counts);
    merged.written.push(WrittenFile {
        path,
        entry_point: ENTRY_POINT.to_owned(),
        state,
        lines: total,
        total,
        added,
        removed,
    });
    merged.edits.extend(edit);
    merged.edits.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Creates the file, changes it, or leaves it if it says the same already.
fn write(
    store: &Store,
    wanted: &ChecksFile,
    path: &str,
    tree: &Tree,
    merged: &mut MergeResult,
) -> Result<(BlockState, Option<Edit>), Box<Finding>> {
    if let Some(finding) = obstacle(store, path, tree) {
        return Err(Box::new(finding));
    }
    let bytes = wanted.to_yaml().into_bytes();
    if bytes.len() > LARGEST {
        let finding = too_large(path, bytes.len() as u64);
        return Err(Box::new(
            finding.help(format!("give fewer lessons checks, {WAY_OUT}")),
        ));
    }
    let Some(entry) = tree.get(path) else {
        let edit = Edit {
            path: path.to_owned(),
            before: None,
            after: Some(FileState {
                mode: Mode::File,
                bytes: bytes.into(),
            }),
        };
        return Ok((BlockState::New, Some(edit)));
    };
    let held = entry.content.clone().unwrap_or_default();
    let file = match owner(store, path, &held) {
        ChecksOwner::Ours(file) => Some(file),
        ChecksOwner::OursDamaged(_) => None, // an edit by hand: it is shown as drift and reverted
        ChecksOwner::OurEarlierHome(file) => {
            let message = format!(
                "`{path}` names `{}` as its store, but this store is `{}`",
                file.home, store.home
            );
            merged.findings.push(Finding {
                level: Level::Note,
                ..Finding::new(Code::NameTaken, message).at(Location::file(path))
            });
            Some(file)
        }
        ChecksOwner::Another(why) => return Err(Box::new(foreign(path, &why, Level::Error))),
    };
    let is_unedited = file.as_ref().is_some_and(|file| file.is_unedited(&held));
    let edit = Edit {
        path: path.to_owned(),
        before: Some(FileState {
            mode: entry.mode,
            bytes: held,
        }),
        after: Some(FileState {
            mode: entry.mode,
            bytes: bytes.into(),
        }),
    };
    Ok(match (file.as_ref() == Some(wanted), is_unedited) {
        (true, true) => (BlockState::Unchanged, None),
        (true, false) => (BlockState::Reformatted, None),
        (false, true) => (BlockState::Changed, Some(edit)),
        (false, false) => (BlockState::Edited, Some(edit)),
    })
}

/// Removes the file where no check belongs any more. A file of someone else stays, with a warning.
fn remove(store: &Store, path: &str, tree: &Tree) -> Result<Option<Edit>, Box<Finding>> {
    let Some(entry) = tree.get(path) else {
        return Ok(None);
    };
    let held = entry.content.clone().unwrap_or_default();
    let is_regular = matches!(entry.mode, Mode::File | Mode::Executable);
    let file = match owner(store, path, &held) {
        ChecksOwner::Ours(file) | ChecksOwner::OurEarlierHome(file) if is_regular => Some(file),
        ChecksOwner::OursDamaged(_) if is_regular => None,
        ChecksOwner::Another(why) => return Err(Box::new(foreign(path, &why, Level::Warning))),
        _ => {
            return Err(Box::new(foreign(
                path,
                "it is not a regular file",
                Level::Warning,
            )));
        }
    };
    if let Some((_, finding)) = available::converted(path, tree) {
        let level = Level::Warning;
        return Err(Box::new(Finding { level, ..finding }.help("delete it by hand")));
    }
    if !file.is_some_and(|file| file.is_unedited(&held)) {
        let message = format!(
            "`{path}` was edited by hand, so it is not deleted, although no check belongs there any more; delete it by hand"
        );
        let finding = Finding::new(Code::BlockEdited, message).at(Location::file(path));
        return Err(Box::new(
            Finding {
                level: Level::Error,
                ..finding
            }
            .help("to keep a change, make it in the store's lesson"),
        ));
    }
    Ok(Some(Edit {
        path: path.to_owned(),
        before: Some(FileState {
            mode: entry.mode,
            bytes: held,
        }),
        after: None,
    }))
}

/// The finding for a file of this name that is not ours.
fn foreign(path: &str, why: &str, level: Level) -> Finding {
    let finding = Finding::new(
        Code::ChecksFileForeign,
        format!("`{path}` is not a checks file of this store: {why}"),
    )
    .at(Location::file(path));
    let (effect, help) = if level == Level::Error {
        (
            "it is not overwritten, and nothing is proposed in this repository",
            format!(
                "delete or rename it there; if it was ours and someone damaged it, delete it or restore it from the git history; {WAY_OUT}"
            ),
        )
    } else {
        (
            "it is left as it is",
            "if it was ours, delete it by hand".to_owned(),
        )
    };
    Finding { level, ..finding }.effect(effect).help(help)
}

/// What prevents writing the path, whatever the file says.
fn obstacle(store: &Store, path: &str, tree: &Tree) -> Option<Finding> {
    if let Err(why) = writable::writable_checks(path, &store.name) {
        return Some(Finding::new(
            Code::OutsideWritableArea,
            format!("`{path}`: {why}"),
        ));
    }
    let blocked = |what: &str, help: String| {
        Some(
            Finding::new(Code::EntryPointBlocked, what.to_owned())
                .effect("the checks can't be written, so nothing is proposed in this repository")
                .help(help),
        )
    };
    if let Some((folder, _)) = path.rsplit_once('/')
        && tree.get(folder).is_some()
    {
        return blocked(
            &format!("`{folder}` is not a folder, so `{path}` can't be written"),
            format!("make it a folder, {WAY_OUT}"),
        );
    }
    let below = format!("{path}/");
    if tree.under(path).any(|(other, _)| other.starts_with(&below)) {
        return blocked(&format!("`{path}` is a folder"), format!("rename it, {WAY_OUT}"));
    }
    if let Some(withheld) = available::withheld_path(ENTRY_POINT, path, tree) {
        let finding = Finding {
            level: Level::Error,
            ..withheld.finding
        };
        return Some(finding.help(format!("let git track `{path}` as plain text, {WAY_OUT}")));
    }
    let entry = tree.get(path)?;
    if let Some(size) = entry.unread {
        return Some(too_large(path, size).help(format!("delete it, {WAY_OUT}")));
    }
    match entry.mode {
        Mode::File | Mode::Executable => None,
        Mode::Symlink => Some(
            Finding::new(Code::EntryPointIsLink, format!("`{path}` is a symbolic link"))
                .effect("nothing is written through a link, so nothing is proposed in this repository")
                .help(format!("delete it, {WAY_OUT}")),
        ),
        Mode::Submodule => blocked(
            &format!("`{path}` is a submodule"),
            format!("rename it, {WAY_OUT}"),
        ),
    }
}

/// What a change does to the checks of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChecksChange {
    /// The file.
    pub path: String,
    /// How many lessons have checks there afterwards.
    pub lessons: usize,
    /// The lessons whose checks are new there.
    pub added: Vec<String>,
    /// The lessons whose checks, or what is excused of them, change.
    pub changed: Vec<String>,
    /// The lessons whose checks are removed.
    pub removed: Vec<String>,
    /// The most severe of these lessons.
    pub severity: Option<Severity>,
}

impl ChecksChange {
    /// Reads the change from edits; `None` if no checks file is among them.
    pub fn new(edits: &[Edit]) -> Option<Self> {
        let edit = edits.iter().find(|edit| ChecksFile::is_path(&edit.path))?;
        let read = |state: &Option<FileState>| {
            let state = state.as_ref();
            let file = state.and_then(|state| ChecksFile::parse(&edit.path, &state.bytes).0);
            file.unwrap_or_default()
        };
        let (before, after) = (read(&edit.before), read(&edit.after));
        let mut change = ChecksChange {
            path: edit.path.clone(),
            lessons: after.lessons.len(),
            ..ChecksChange::default()
        };
        let by_id = |file: &ChecksFile| -> BTreeMap<String, _> {
            let of = |id: &str| -> Vec<_> {
                let all = file.exceptions.iter().filter(|exception| exception.lesson == id);
                all.cloned().collect()
            };
            let lessons = file.lessons.iter();
            lessons
                .map(|lesson| (lesson.id.clone(), (lesson.clone(), of(&lesson.id))))
                .collect()
        };
        let (old, new) = (by_id(&before), by_id(&after));
        let mut severities = Vec::new();
        for (id, (lesson, excused)) in &new {
            match old.get(id) {
                None => change.added.push(id.clone()),
                Some((was, was_excused))
                    if was.checks != lesson.checks || was.paths != lesson.paths || was_excused != excused =>
                {
                    change.changed.push(id.clone());
                }
                Some(_) => continue,
            }
            severities.push(lesson.severity);
        }
        for (id, (lesson, _)) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
            change.removed.push(id.clone());
            severities.push(lesson.severity);
        }
        change.severity = severities.into_iter().max();
        Some(change)
    }

    /// The lessons with the word for what happens to their checks: new ones, changed ones, removed ones.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let groups = [
            ("new", self.added.as_slice()),
            ("changed", &self.changed),
            ("removed", &self.removed),
        ];
        groups.into_iter().filter(|(_, ids)| !ids.is_empty())
    }
}

//! Reads earlier versions of a store's lessons from the history of its branch.
//!
//! Input: a store's folder, a commit, and the files of lessons. Output: a [`LessonFileHistory`] for each.
//! Not here: parsing the lessons (`store/`). Only first parents are followed: a version that existed only on a branch before
//! its merge was never in effect.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use gix::bstr::ByteSlice;
use gix::{ObjectId, Repository};

use super::local;
use lessonbook_store::{Files, LessonHistory};

/// The versions of a lesson's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonFileHistory {
    /// The versions, newest first.
    pub states: Vec<FileVersion>,
    /// Why there may be more versions; `None` if these are all.
    pub cut: Option<String>,
}

/// A version of a lesson's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// The file and its topic's defaults, by path relative to the store; `None` if the lesson did not exist.
    pub files: Option<Files>,
}

/// The most versions that are read of one lesson.
pub const STATES: usize = 30;

/// The histories of lessons, each given as topic and id, as seen from a commit of the store's repository.
pub fn store_history(dir: &Path, commit: &str, lessons: &[(&str, &str)]) -> Vec<LessonFileHistory> {
    let all = |why: &str| {
        let cut = LessonFileHistory {
            states: Vec::new(),
            cut: Some(why.to_owned()),
        };
        vec![cut; lessons.len()]
    };
    match walk(dir, commit, lessons) {
        Some(histories) => histories,
        None => all("the store's repository can't be read"),
    }
}

/// The most commits that are read for the ids of lessons.
const COMMITS: usize = 5_000;

/// The ids of all lessons that a store ever had, as seen from a commit. If the history can't be read back to its first commit,
/// the result is marked as incomplete.
pub fn lesson_history(dir: &Path, commit: &str) -> LessonHistory {
    all_ids(dir, commit).unwrap_or_default()
}

fn all_ids(dir: &Path, commit: &str) -> Option<LessonHistory> {
    let (repo, below) = opened(dir)?;
    let start = ObjectId::from_hex(commit.as_bytes()).ok()?;
    let mut history = LessonHistory {
        is_whole: repo.is_shallow().is_ok_and(|shallow| !shallow),
        ..LessonHistory::default()
    };
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    // All parents are followed: a lesson that was merged may have been proposed from the merged branch before.
    for (nth, commit) in repo.rev_walk([start]).all().ok()?.enumerate() {
        if nth >= COMMITS {
            history.is_whole = false;
            break;
        }
        let commit = repo.find_commit(commit.ok()?.id).ok()?;
        let Some(folder) = lessons_folder(&repo, &commit, &below).filter(|folder| seen.insert(*folder))
        else {
            continue;
        };
        for topic in repo.find_tree(folder).ok()?.iter().flatten() {
            if !topic.mode().is_tree() || !seen.insert(topic.object_id()) {
                continue;
            }
            for file in repo.find_tree(topic.object_id()).ok()?.iter().flatten() {
                let name = file.filename().to_str_lossy();
                history.ids.extend(name.strip_suffix(".yaml").map(str::to_owned));
            }
        }
    }
    Some(history)
}

/// The repository around a store's folder, and the folder's path in it.
fn opened(dir: &Path) -> Option<(Repository, Vec<String>)> {
    let dir = dir.canonicalize().ok()?;
    let top = dir.ancestors().find(|folder| folder.join(".git").exists())?;
    let mut repo = gix::open_opts(top, local::options()).ok()?;
    repo.clear_namespace();
    repo.object_cache_size_if_unset(4 * 1024 * 1024);
    let below = below(dir.strip_prefix(top).ok()?)?;
    Some((repo, below))
}

/// The blobs of a lesson and of its topic, with the topic's name.
type Blobs = Option<(String, ObjectId, Option<ObjectId>)>;

fn walk(dir: &Path, commit: &str, lessons: &[(&str, &str)]) -> Option<Vec<LessonFileHistory>> {
    let (repo, below) = opened(dir)?;
    let start = ObjectId::from_hex(commit.as_bytes()).ok()?;
    let walk = repo.rev_walk([start]).first_parent_only().all().ok()?;
    let mut histories = vec![LessonFileHistory::default(); lessons.len()];
    let mut last: Vec<Option<Blobs>> = vec![None; lessons.len()];
    let mut folder: Option<Option<ObjectId>> = None;
    let mut end = start;
    for seen in walk {
        let seen = seen.ok()?;
        end = seen.id;
        let commit = repo.find_commit(seen.id).ok()?;
        let since = commit.time().ok()?.seconds;
        let here = lessons_folder(&repo, &commit, &below);
        let same = folder == Some(here);
        folder = Some(here);
        for ((lesson, history), last) in lessons.iter().zip(&mut histories).zip(&mut last) {
            let blobs = match last {
                Some(known) if same => known.clone(),
                _ => here.and_then(|folder| blobs(&repo, folder, lesson)),
            };
            if last.as_ref() == Some(&blobs) {
                if let Some(state) = history.states.last_mut() {
                    state.since = since;
                }
                continue;
            }
            if history.states.len() >= STATES {
                continue;
            }
            let files = match &blobs {
                Some(blobs) => Some(files(&repo, lesson.1, blobs)?),
                None => None,
            };
            history.states.push(FileVersion { since, files });
            *last = Some(blobs);
        }
    }
    if is_boundary(&repo, end) {
        // Without a known parent, everything in the oldest commit counts as added.
        let known =
            |history: &LessonFileHistory| history.states.last().is_some_and(|state| state.files.is_none());
        for history in histories.iter_mut().filter(|history| !known(history)) {
            history.cut = Some("the store's clone is shallow".to_owned());
        }
    }
    Some(histories)
}

/// Whether a commit has parents that this clone does not hold.
pub(super) fn is_boundary(repo: &Repository, commit: ObjectId) -> bool {
    let shallow = repo.shallow_commits().ok().flatten();
    shallow.is_some_and(|commits| commits.contains(&commit))
}

pub(super) fn below(path: &Path) -> Option<Vec<String>> {
    path.components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str().map(str::to_owned),
            _ => None,
        })
        .collect()
}

/// The id of the folder `lessons` in a commit.
pub(super) fn lessons_folder(
    repo: &Repository,
    commit: &gix::Commit<'_>,
    below: &[String],
) -> Option<ObjectId> {
    let parts = below
        .iter()
        .map(String::as_str)
        .chain(["lessons"])
        .map(str::as_bytes);
    let entry = commit.tree().ok()?.lookup_entry(parts).ok()??;
    repo.find_tree(entry.object_id()).ok().map(|tree| tree.id)
}

/// The blobs of a lesson: in its topic, or in the one where it was then.
fn blobs(repo: &Repository, folder: ObjectId, (topic, id): &(&str, &str)) -> Blobs {
    let folder = repo.find_tree(folder).ok()?;
    let name = format!("{id}.yaml");
    let of = |topic: &str| {
        let blob = |name: &str| {
            let entry = folder.lookup_entry([topic, name].map(str::as_bytes)).ok()??;
            entry.mode().is_blob().then(|| entry.object_id())
        };
        Some((topic.to_owned(), blob(&name)?, blob("_topic.yaml")))
    };
    of(topic).or_else(|| {
        let folders = folder
            .iter()
            .flatten()
            .filter(|entry| entry.mode().is_tree())
            .map(|entry| entry.filename().to_str_lossy().into_owned());
        folders.into_iter().find_map(|topic| of(&topic))
    })
}

fn files(
    repo: &Repository,
    id: &str,
    (topic, lesson, defaults): &(String, ObjectId, Option<ObjectId>),
) -> Option<Files> {
    let mut files = Files::new();
    let read = |blob: ObjectId| Some(repo.find_blob(blob).ok()?.take_data());
    files.insert(format!("lessons/{topic}/{id}.yaml"), read(*lesson)?);
    if let Some(defaults) = defaults {
        files.insert(format!("lessons/{topic}/_topic.yaml"), read(*defaults)?);
    }
    Some(files)
}

//! The commits that changed each lesson's file, for the catalogue.
//!
//! Input: a store's folder and a commit. Output: the changes of each lesson, newest first. Not here: earlier versions of lessons as
//! values (`store_history`). Only first parents are followed: a merge is one change, as it was in its pull request.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gix::bstr::ByteSlice;
use gix::{ObjectId, Repository};

use super::local;
use super::store_history::{below, is_boundary, lessons_folder};
use lessonbook_site::{ChangeKind, LessonChange};

/// The most commits that are read.
const COMMITS: usize = 5_000;

/// The longest first line of a message and name of an author that are kept, in characters.
const LONGEST: usize = 200;

/// The changes of all lessons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonChanges {
    /// By the lesson's id, newest first.
    pub by_lesson: BTreeMap<String, Vec<LessonChange>>,
    /// Whether the history was read to its first commit.
    pub is_whole: bool,
}

/// The lessons of a commit: by topic, the id of its folder, and its files.
type Listing = BTreeMap<String, (ObjectId, BTreeMap<String, ObjectId>)>;

/// A commit whose parent is not known yet.
struct NewerCommit {
    change: LessonChange,
    folder: Option<ObjectId>,
    listing: Listing,
}

/// Reads the changes as seen from a commit. An error is a history that can't be read.
pub fn lesson_changes(dir: &Path, commit: &str) -> anyhow::Result<LessonChanges> {
    let dir = dir.canonicalize()?;
    let Some(top) = dir.ancestors().find(|folder| folder.join(".git").exists()) else {
        return Ok(LessonChanges::default());
    };
    let mut repo = gix::open_opts(top, local::options())?;
    repo.clear_namespace();
    repo.object_cache_size_if_unset(4 * 1024 * 1024);
    let Some(below) = below(dir.strip_prefix(top)?) else {
        return Ok(LessonChanges::default());
    };
    let start = ObjectId::from_hex(commit.as_bytes())?;
    let mut changes = LessonChanges {
        is_whole: true,
        ..LessonChanges::default()
    };
    let mut newer: Option<NewerCommit> = None;
    let mut end = start;
    for (nth, walked) in repo.rev_walk([start]).first_parent_only().all()?.enumerate() {
        if nth >= COMMITS {
            changes.is_whole = false;
            break;
        }
        let commit = repo.find_commit(walked?.id)?;
        end = commit.id;
        let folder = lessons_folder(&repo, &commit, &below);
        let known = newer.as_ref().map(|newer| &newer.listing);
        let listing = match (&newer, folder) {
            (Some(newer), folder) if newer.folder == folder => newer.listing.clone(),
            (_, Some(folder)) => listing(&repo, folder, known)?,
            (_, None) => Listing::new(),
        };
        if let Some(newer) = newer {
            compare(&newer, &listing, &mut changes.by_lesson);
        }
        newer = Some(NewerCommit {
            change: description(&commit)?,
            folder,
            listing,
        });
    }
    changes.is_whole &= !is_boundary(&repo, end);
    if let Some(first) = newer.filter(|_| changes.is_whole) {
        compare(&first, &Listing::new(), &mut changes.by_lesson);
    }
    Ok(changes)
}

/// The files of each topic. Folders that the newer commit has, too, are not read again.
fn listing(repo: &Repository, folder: ObjectId, known: Option<&Listing>) -> anyhow::Result<Listing> {
    let mut listing = Listing::new();
    for topic in repo.find_tree(folder)?.iter() {
        let topic = topic?;
        if !topic.mode().is_tree() {
            continue;
        }
        let (name, id) = (topic.filename().to_str_lossy().into_owned(), topic.object_id());
        if let Some(same) = known
            .and_then(|known| known.get(&name))
            .filter(|(known, _)| *known == id)
        {
            listing.insert(name, same.clone());
            continue;
        }
        let mut files = BTreeMap::new();
        for file in repo.find_tree(id)?.iter() {
            let file = file?;
            let name = file.filename().to_str_lossy();
            let lesson = name
                .strip_suffix(".yaml")
                .filter(|lesson| !lesson.starts_with('_'));
            if let Some(lesson) = lesson.filter(|_| file.mode().is_blob()) {
                files.insert(lesson.to_owned(), file.object_id());
            }
        }
        listing.insert(name, (id, files));
    }
    Ok(listing)
}

/// Records what a commit changed in comparison with its parent.
fn compare(newer: &NewerCommit, older: &Listing, into: &mut BTreeMap<String, Vec<LessonChange>>) {
    let topics: BTreeSet<&String> = newer.listing.keys().chain(older.keys()).collect();
    let mut before: BTreeMap<&str, (&str, ObjectId)> = BTreeMap::new();
    let mut after = before.clone();
    for topic in topics {
        let (new, old) = (newer.listing.get(topic), older.get(topic));
        if new.map(|(id, _)| id) == old.map(|(id, _)| id) {
            continue;
        }
        for (side, into) in [(new, &mut after), (old, &mut before)] {
            let files = side.into_iter().flat_map(|(_, files)| files);
            into.extend(files.map(|(lesson, blob)| (lesson.as_str(), (topic.as_str(), *blob))));
        }
    }
    let lessons: BTreeSet<&str> = after.keys().chain(before.keys()).copied().collect();
    for lesson in lessons {
        let kind = match (before.get(lesson), after.get(lesson)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some((_, before)), Some((_, after))) if before == after => ChangeKind::Moved,
            (Some(_), Some(_)) => ChangeKind::Changed,
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
        };
        into.entry(lesson.to_owned()).or_default().push(LessonChange {
            kind,
            ..newer.change.clone()
        });
    }
}

fn description(commit: &gix::Commit<'_>) -> anyhow::Result<LessonChange> {
    let short = |text: &[u8]| text.to_str_lossy().chars().take(LONGEST).collect::<String>();
    let message = commit.message_raw()?;
    Ok(LessonChange {
        time: commit.time()?.seconds,
        commit: commit.id.to_string(),
        subject: short(message.lines().next().unwrap_or_default()),
        author: short(commit.author()?.name),
        kind: ChangeKind::Changed,
    })
}

//! What was read from the histories of targets, as a file: so that several jobs can read a part of the targets each.
//!
//! Input: what one run read, or the files of several runs. Output: the bytes of a file, or all targets together. Not here: reading
//! histories and files.
//!
//! A file that was read with other checks would be compared with the present lesson. So it holds a digest of each lesson's checks, and
//! one that differs is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::cache::JudgingKey;
use crate::presence::LessonInTarget;
use crate::{NotRead, ReadHistory};
use lessonbook_store::Lesson;

const FORMAT: u32 = 1;

/// The histories of targets.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct GatheredHistories {
    format: u32,
    tool: String,
    /// The store that they were read for: its home.
    store: String,
    /// Digests of the lessons' checks, by id.
    lessons: BTreeMap<String, String>,
    /// In the order in which they were read.
    pub targets: Vec<GatheredTarget>,
}

/// One target.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct GatheredTarget {
    /// Its name.
    pub target: String,
    /// What was read.
    pub history: Option<ReadHistory>,
    /// Why nothing was read.
    pub not_read: Option<NotRead>,
    /// The lessons that concern it.
    pub lessons: BTreeMap<String, LessonInTarget>,
}

impl GatheredHistories {
    /// An empty one for these lessons of a store.
    pub fn new<'l>(tool: &str, home: &str, lessons: impl IntoIterator<Item = &'l Lesson>) -> Self {
        let lessons = lessons.into_iter();
        GatheredHistories {
            format: FORMAT,
            tool: tool.to_owned(),
            store: home.to_owned(),
            lessons: lessons
                .map(|lesson| (lesson.id.clone(), digest(lesson)))
                .collect(),
            targets: Vec::new(),
        }
    }

    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes)
            .map_err(|error| format!("it is not a file that `effect --out` wrote: {error}"))
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Adds the targets of another run; an error says why they can't be added.
    pub fn add(&mut self, other: GatheredHistories) -> Result<(), String> {
        if (other.format, &other.tool) != (self.format, &self.tool) {
            return Err(format!(
                "version {} of lessonbook wrote it, and this is {}",
                other.tool, self.tool
            ));
        }
        if other.store != self.store {
            return Err(format!(
                "it is about the store {}, not {}",
                other.store, self.store
            ));
        }
        for (id, digest) in &self.lessons {
            match other.lessons.get(id) {
                None => return Err(format!("it was read without the lesson `{id}`")),
                Some(known) if known != digest => {
                    return Err(format!("the checks of `{id}` changed since it was read"));
                }
                Some(_) => {}
            }
        }
        let known: BTreeSet<String> = self.targets.iter().map(|target| target.target.clone()).collect();
        for target in other.targets {
            if known.contains(&target.target) {
                return Err(format!("{} is in another file, too", target.target));
            }
            self.targets.push(target);
        }
        Ok(())
    }
}

/// What decides what a lesson's checks find.
fn digest(lesson: &Lesson) -> String {
    let globs = lesson.globs().into_iter().map(str::to_owned);
    let checks = lesson.checks.iter().map(|check| check.written.clone());
    let parts: Vec<String> = globs.chain(["checks".to_owned()]).chain(checks).collect();
    JudgingKey::new(parts).word().to_owned()
}

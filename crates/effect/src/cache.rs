//! What was learned from a history in earlier runs.
//!
//! Input: the bytes of a cache file, or nothing. Output: records of commits by the digest of all that decides them, and the bytes to
//! write. Not here: reading and writing the file.
//!
//! A commit's id covers every content on both sides of it. So with the id, a record depends only on the checks and what else decides
//! a hit; that is the [`JudgingKey`]. Another key finds nothing, so a changed check is judged over the whole history again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::record::CommitRecord;

/// The form of the file, and the way in which this version judges. Raise it when either changes.
const FORMAT: u32 = 1;

/// Lessons that no run needed for so many days are removed.
const KEPT_DAYS: i32 = 90;

/// At most so many bytes are read of a cache.
pub const MAX_BYTES: u64 = 200 * 1024 * 1024;

/// The records of one target.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct EffectCache {
    format: u32,
    tool: String,
    /// Commits that were judged, in the order in which they were.
    commits: Vec<String>,
    lessons: BTreeMap<String, LessonRecords>,
}

/// The records of one lesson's checks.
#[derive(Debug, Default, Deserialize, Serialize)]
struct LessonRecords {
    /// They are known for so many commits from the start of the list.
    judged: usize,
    /// The last day on which they were used.
    used: Option<Date>,
    /// Those that are not empty, by place in the list.
    records: BTreeMap<usize, CommitRecord>,
}

/// The records of one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitRecords {
    /// In hexadecimal digits.
    pub commit: String,
    /// Those that are not empty, by the number of the lesson.
    pub records: BTreeMap<usize, CommitRecord>,
}

/// A digest of all that decides, with a commit's id, what its record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JudgingKey(String);

impl JudgingKey {
    /// From every text that decides: checks as they are written, globs, exceptions, and so on. Order and number of the texts count.
    pub fn new<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        JudgingKey(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its hexadecimal digits.
    pub fn word(&self) -> &str {
        &self.0
    }
}

impl EffectCache {
    /// Reads a file. What can't be read, or is of another version, counts as empty: it is only a cache.
    pub fn parse(bytes: &[u8], tool: &str) -> Self {
        let read: Option<EffectCache> = serde_json::from_slice(bytes).ok();
        let is_ours = |cache: &EffectCache| cache.format == FORMAT && cache.tool == tool;
        read.filter(is_ours).unwrap_or_else(|| EffectCache::new(tool))
    }

    /// An empty one.
    pub fn new(tool: &str) -> Self {
        EffectCache {
            format: FORMAT,
            tool: tool.to_owned(),
            ..EffectCache::default()
        }
    }

    /// The records of commits that are known for every key.
    pub fn known(&self, keys: &[JudgingKey]) -> BTreeMap<&str, CommitRecords> {
        let lessons: Vec<&LessonRecords> = keys.iter().filter_map(|key| self.lessons.get(&key.0)).collect();
        if lessons.len() < keys.len() {
            return BTreeMap::new();
        }
        let judged = lessons.iter().map(|lesson| lesson.judged).min().unwrap_or(0);
        let mut known = BTreeMap::new();
        for (at, commit) in self.commits.iter().take(judged).enumerate() {
            let records = lessons.iter().enumerate();
            let records =
                records.filter_map(|(number, lesson)| Some((number, lesson.records.get(&at)?.clone())));
            let records = CommitRecords {
                commit: commit.clone(),
                records: records.collect(),
            };
            known.insert(commit.as_str(), records);
        }
        known
    }

    /// Replaces the records of these keys by those of a whole run. `commits`: every commit of the branch, with what is not empty by the
    /// number of its key.
    pub fn learn(&mut self, keys: &[JudgingKey], commits: &[CommitRecords], today: Date) {
        let is_mine: BTreeSet<&str> = commits.iter().map(|of| of.commit.as_str()).collect();
        // After a rewritten history nothing is known of the other lessons in the new commits, and the old ones are gone.
        if !self
            .commits
            .iter()
            .all(|commit| is_mine.contains(commit.as_str()))
        {
            *self = EffectCache::new(&self.tool);
        }
        let is_old = |used: Option<Date>| {
            let age = used.and_then(|used| today.since(used).ok());
            age.is_none_or(|age| age.get_days() > KEPT_DAYS)
        };
        self.lessons.retain(|_, lesson| !is_old(lesson.used));
        let known: BTreeSet<String> = self.commits.iter().cloned().collect();
        let new = commits.iter().filter(|of| !known.contains(&of.commit));
        self.commits.extend(new.map(|of| of.commit.clone()));
        let all = self.commits.iter().enumerate();
        let places: BTreeMap<&str, usize> = all.map(|(at, commit)| (commit.as_str(), at)).collect();
        let mut learned: Vec<BTreeMap<usize, CommitRecord>> = vec![BTreeMap::new(); keys.len()];
        for of in commits {
            for (number, record) in &of.records {
                if let (Some(at), Some(lesson)) = (places.get(of.commit.as_str()), learned.get_mut(*number)) {
                    lesson.insert(*at, record.clone());
                }
            }
        }
        let judged = self.commits.len();
        for (key, records) in keys.iter().zip(learned) {
            let lesson = LessonRecords {
                judged,
                used: Some(today),
                records,
            };
            self.lessons.insert(key.0.clone(), lesson);
        }
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 5, 1);

    fn commits(names: &[&str]) -> Vec<CommitRecords> {
        let of = |name: &&str| CommitRecords {
            commit: (*name).to_owned(),
            records: BTreeMap::from([(
                0,
                CommitRecord {
                    is_exposed: true,
                    ..CommitRecord::default()
                },
            )]),
        };
        names.iter().map(of).collect()
    }

    fn known(cache: &EffectCache, key: &str) -> Vec<String> {
        let known = cache.known(&[JudgingKey::new([key])]);
        known.keys().map(|commit| (*commit).to_owned()).collect()
    }

    #[test]
    fn a_changed_check_another_version_and_damage_find_nothing() {
        let mut cache = EffectCache::new("1");
        cache.learn(&[JudgingKey::new(["below: 3"])], &commits(&["a", "b"]), DAY);
        let bytes = cache.to_bytes();
        let again = EffectCache::parse(&bytes, "1");
        assert_eq!(known(&again, "below: 3"), ["a", "b"]);
        assert_eq!(known(&again, "below: 2"), [""; 0]);
        assert_eq!(known(&EffectCache::parse(&bytes, "2"), "below: 3"), [""; 0]);
        assert_eq!(known(&EffectCache::parse(&bytes[1..], "1"), "below: 3"), [""; 0]);
        assert_ne!(JudgingKey::new(["ab", "c"]), JudgingKey::new(["a", "bc"]));
    }

    #[test]
    fn new_commits_are_added_and_a_rewritten_history_starts_again() {
        let (one, other) = (JudgingKey::new(["one"]), JudgingKey::new(["other"]));
        let mut cache = EffectCache::new("1");
        cache.learn(&[one.clone(), other.clone()], &commits(&["a", "b"]), DAY);
        cache.learn(std::slice::from_ref(&one), &commits(&["a", "b", "c"]), DAY);
        assert_eq!(known(&cache, "one"), ["a", "b", "c"]);
        // Of the lesson that this run did not need, nothing is known in the new commit.
        assert_eq!(known(&cache, "other"), ["a", "b"]);
        assert_eq!(cache.known(&[one.clone(), other]).len(), 2);
        cache.learn(&[one], &commits(&["a", "x"]), DAY);
        assert_eq!(
            (known(&cache, "one"), known(&cache, "other").len()),
            (vec!["a".to_owned(), "x".to_owned()], 0)
        );
    }
}

//! What one commit did to the places of one lesson's checks.
//!
//! Input: nothing; `src/run` makes records from judged commits. Output: [`CommitRecord`], which is kept between runs (`cache`), and
//! [`JudgedCommit`], a record in a history. Not here: judging a commit (crate `checks`).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A commit of a target's base branch, judged by the checks of one lesson.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct JudgedCommit {
    /// Its number from the oldest commit that was read.
    pub index: usize,
    /// In hexadecimal digits.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// What it did.
    pub record: CommitRecord,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct CommitRecord {
    /// It adds or changes a place that a check judges.
    #[serde(rename = "e", default)]
    pub is_exposed: bool,
    /// Places that it introduced and nothing excuses.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub introduced: Vec<IntroducedPlace>,
    /// Places that are excused since this commit.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<ExcusedPlace>,
    /// Contents with a hit that the commit replaced or removed, as [`content_key`]s.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<u64>,
    /// Files that could not be read in whole before or after it, each side counted.
    #[serde(rename = "u", default)]
    pub unread: usize,
}

/// A place that a commit introduced.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct IntroducedPlace {
    /// The file; empty where its absence is the hit.
    #[serde(rename = "f")]
    pub file: String,
    /// The line, from 1; none where the hit is about the file as a whole.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is there, without secrets.
    #[serde(rename = "d")]
    pub detail: String,
    /// The content that the file has after the commit; none where the hit is about paths alone.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<u64>,
}

/// A place that something excuses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExcusedPlace {
    /// The file.
    #[serde(rename = "f")]
    pub file: String,
    /// Whether a comment in the file excuses it, not an exception of the store.
    #[serde(rename = "o", default)]
    pub is_comment: bool,
    /// Why, without secrets; empty: no reason is given.
    #[serde(rename = "r")]
    pub reason: String,
}

impl CommitRecord {
    /// Whether it did nothing that counts.
    pub fn is_empty(&self) -> bool {
        *self == CommitRecord::default()
    }
}

/// A number for a file with a content.
pub fn content_key(path: &str, content: &str) -> u64 {
    let digest = Sha256::digest(format!("{path}\0{content}"));
    digest
        .iter()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

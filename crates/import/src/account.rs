//! The account of each file: what was taken, what is a duplicate, and what was left out and why.
//!
//! Input: an [`ImportResult`] and the clusters that are taken. Output: an [`Account`] for each file, whose bytes add up to the
//! file's. Not here: printing it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::clusters::ImportResult;
use crate::passage::Fate;

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The repository.
    pub repository: String,
    /// The path inside it.
    pub path: String,
    /// Its size in bytes.
    pub size: usize,
    /// What was taken.
    pub taken: Sum,
    /// What is a duplicate of something that was taken, is listed, or is a lesson.
    pub duplicate: Sum,
    /// What is listed and was not taken.
    pub listed: Sum,
    /// What was left out, by reason.
    pub left_out: BTreeMap<String, Sum>,
}

/// How many passages, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Passages.
    pub passages: usize,
    /// Bytes.
    pub bytes: usize,
}

impl Sum {
    fn add(&mut self, bytes: usize) {
        self.passages += 1;
        self.bytes += bytes;
    }
}

impl Account {
    /// The bytes of all its sums: the size of the file.
    pub fn total(&self) -> usize {
        let left: usize = self.left_out.values().map(|sum| sum.bytes).sum();
        self.taken.bytes + self.duplicate.bytes + self.listed.bytes + left
    }
}

/// The accounts of all files. `taken` holds the ids of clusters that become lessons.
pub fn accounts(result: &ImportResult, taken: &BTreeSet<&str>) -> Vec<Account> {
    let files = result.files.iter().zip(&result.membership);
    files
        .map(|(file, membership)| {
            let mut account = Account {
                repository: file.repository.clone(),
                path: file.path.clone(),
                size: file.size,
                ..Account::default()
            };
            for passage in &file.passages {
                let bytes = passage.bytes.len();
                match &passage.fate {
                    Fate::Omitted { why } => account.left_out.entry(why.to_string()).or_default().add(bytes),
                    Fate::Candidate { at } | Fate::Beside { at } => {
                        let (cluster, is_first) = membership[*at];
                        let cluster = &result.clusters[cluster];
                        if cluster.lesson.is_some() || !is_first {
                            account.duplicate.add(bytes);
                        } else if taken.contains(cluster.id.as_str()) {
                            account.taken.add(bytes);
                        } else {
                            account.listed.add(bytes);
                        }
                    }
                }
            }
            account
        })
        .collect()
}

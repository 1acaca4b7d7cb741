//! From YAML to the store's values: one file per kind of file.
//!
//! Comes in: the bytes of a store's files. Goes out: values, and a finding for everything that is wrong in one file. Leaves to
//! others: what can only be seen over several files (`store::lint`).

pub mod assistants;
pub mod cut;
pub mod entry_points;
pub mod fields;
pub mod github;
pub mod lesson;
pub mod limits;
pub mod policy;
pub mod prose;
pub mod rollout;
pub mod targets;
pub mod topic;

/// Whether a word may be the name of a lesson, topic or entry point: `[a-z0-9-]+`.
pub fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

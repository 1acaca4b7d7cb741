//! Reads the store's values from YAML, with one module for each kind of file or section.
//!
//! Input: the bytes of a store's files. Output: values, and a finding for everything that is wrong in one file.
//! Not here: checks that need several files (`store::lint`).

pub mod assistants;
mod check_written;
pub mod checks;
pub mod conditions;
pub mod cut;
pub mod entry_points;
pub mod exceptions;
pub mod fields;
pub mod github;
pub mod lesson;
pub mod limits;
mod path_exceptions;
pub mod policy;
pub mod prose;
pub mod rollout;
pub mod scopes;
pub mod targets;
pub mod topic;
pub mod uses;

use crate::writable::is_device;

/// Whether a word can be the name of a lesson, topic or entry point: `[a-z0-9-]+`, and not a device on Windows, where a file of that
/// name can't be checked out.
pub fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !is_device(word)
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The rule that a name breaks, as an instruction.
pub fn name_rule(word: &str) -> &'static str {
    if is_device(word) {
        "use a longer word: Windows reads this name as a device and can't check out a file of that name"
    } else {
        "use only lower-case letters, digits and hyphens"
    }
}

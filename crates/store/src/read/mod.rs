//! Reads the store's values from YAML, with one module for each kind of file or section.
//!
//! Input: the bytes of a store's files. Output: values, and a finding for everything that is wrong in one file.
//! Not here: checks that need several files (`store::lint`).

pub mod assistants;
mod check_written;
pub mod checks;
mod checks_file;
pub mod conditions;
pub mod cut;
pub mod entry_points;
mod exception_fields;
pub mod exceptions;
mod expression;
pub mod fields;
pub mod github;
mod language;
pub mod lesson;
pub mod limits;
mod path_exceptions;
pub mod policy;
pub mod prose;
pub mod rollout;
pub mod scopes;
pub mod size_limit;
pub mod target;
pub mod targets;
pub mod topic;
pub mod uses;

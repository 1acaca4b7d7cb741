//! The machine-checkable form of a lesson, run over the files of a repository.
//!
//! Input: checks and files as values. Output: hits, each with its place and its identity.
//! Not here: reading a store (crate `store`) or a repository (`src/repository/`).

pub mod allow;
pub mod change_check;
pub mod check;
pub mod comment;
pub mod condition;
pub mod document;
pub mod exposure;
pub mod expression;
pub mod file_check;
pub mod history;
pub mod hit;
pub mod judged_place;
pub mod linter;
pub mod pairing;
pub mod path;
pub mod read;
pub mod sample_path;
pub mod self_test;
pub mod structure;
pub mod text_check;
pub mod tree_hits;

//! The machine-checkable form of a lesson, run over the files of a repository.
//!
//! Input: checks and files as values. Output: hits, each with its place and its identity.
//! Not here: reading a store (crate `store`) or a repository (`src/repository/`).

pub mod document;

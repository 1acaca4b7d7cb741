//! Lessonbook: one store of lessons, proved to stand at every AI assistant's entry point.
//!
//! The modules, in the order of their ranks; imports point down only (`tests/architecture.rs` checks it):
//!
//! | rank | module | holds |
//! |---|---|---|
//! | 0 | [`tree`], [`edit`], [`finding`], [`snapshot`] | a repository as a value; one file's before and after; a problem as data; what a run knows of a target |
//!
//! The core (ranks 0 to 3) takes values and gives values: it reads no file, clock, network or environment.

pub mod edit;
pub mod finding;
pub mod snapshot;
pub mod tree;


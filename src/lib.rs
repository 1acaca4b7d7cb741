//! Lessonbook: one store of lessons, proved to stand at every AI assistant's entry point.
//!
//! The modules, in the order of their ranks; imports point down only (`tests/architecture.rs` checks it):
//!
//! | rank | module | holds |
//! |---|---|---|
//! | 0 | [`tree`], [`blob`], [`edit`], [`finding`], [`snapshot`] | a repository as a value; a content's id in git; one file's before and after; a problem as data; what a run knows of a target |
//! | 1 | [`markdown`], [`front_matter`], [`globs`], [`marker`], [`text`] | what a reader sees; a file's first lines; which paths a glob means; the block's syntax; text that is not what it seems |
//! | 2 | [`store`] | lessons, targets, policy, and the table of entry points |
//! | 3 | [`pipeline`] | select → place → render → merge → verify → plan |
//! | 4 | [`repository`], [`report`] | the only code that touches the world; the only code that prints |
//! | 5 | [`commands`], [`cli`] | one file per command |
//!
//! The core (ranks 0 to 3) takes values and gives values: it reads no file, clock, network or environment.

pub mod blob;
pub mod edit;
pub mod finding;
pub mod remote;
pub mod snapshot;
pub mod tree;

pub mod front_matter;
pub mod globs;
pub mod markdown;
pub mod marker;
pub mod text;

pub mod store;

pub mod pipeline;

pub mod report;
pub mod repository;

pub mod cli;
pub mod commands;

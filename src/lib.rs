//! The program `lessonbook`: its commands, and all of its input and output.
//!
//! | module | holds |
//! |---|---|
//! | [`repository`] | repositories on disk (gix) and on GitHub (octocrab): the only code that reads and writes files or sends requests |
//! | [`report`] | terminal, Markdown, JSON and SARIF output: the only code that prints |
//! | [`run`] | what several commands share: reading and planning targets, asking, writing, the audit log |
//! | [`commands`], [`cli`] | one file per command; the arguments |
//!
//! The code that makes a plan takes values and returns values. It is in crates of its own, lowest first: `lessonbook-base` (values and
//! parsers), `lessonbook-store` (lessons and settings), `lessonbook-proof` (reads final bytes), `lessonbook-pipeline` (select, place,
//! render, merge, plan).

pub mod cli;
pub mod commands;
pub mod report;
pub mod repository;
pub mod run;

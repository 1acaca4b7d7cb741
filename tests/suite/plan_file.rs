//! Saved plans: `apply` writes exactly what was reviewed, and refuses everything else.
//!
//! Input: stores and targets on disk, plans that the program saved, and what people do to both. Output: what `apply` and `show`
//! print, write and leave unchanged. Not here: proposals on GitHub (`github_sync/plan_file.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod format;
mod page;
mod properties;
mod stories;

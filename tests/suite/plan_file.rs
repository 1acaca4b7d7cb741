//! A plan as a file: what was reviewed is what is done, and everything else is refused.
//!
//! Input: stores and targets on disk, plans that the program saved, and what people do to both. Output: what `apply` and `show`
//! said, wrote and left alone. Not here: proposals on GitHub (`github_sync/saved.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod format;
mod page;
mod properties;
mod stories;

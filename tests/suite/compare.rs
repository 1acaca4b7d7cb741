//! Plan against plan, as a user sees it: what widens comes first, and a run does no more than the plan that was approved.
//!
//! Input: stores and targets on disk, and plans that the program saved of them. Output: what `compare` and `sync --within` said,
//! wrote and left alone. Not here: the form of a saved plan (`saved_plan`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod policy;
mod properties;
mod stories;

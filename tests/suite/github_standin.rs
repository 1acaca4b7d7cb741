//! The stand-in for GitHub (`crates/github-standin`) behaves as GitHub does, as far as Lessonbook depends on it.
//!
//! Input: plain HTTP requests. Output: the known responses of GitHub. Not here: how Lessonbook handles them.

use lessonbook_github_standin as github;

mod access;
mod branches;
mod client;
mod faults;
mod objects;
mod pulls;
mod queries;

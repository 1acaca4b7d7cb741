//! The stand-in for GitHub (`support/github/`) behaves as GitHub does, where it matters.
//!
//! Input: plain HTTP. Output: what GitHub is known to answer. Not here: what Lessonbook makes of it.

use lessonbook_github_standin as github;

mod access;
mod branches;
mod client;
mod faults;
mod objects;
mod pulls;
mod queries;

//! The stand-in for GitHub (`support/github/`) behaves as GitHub does, where it matters.
//!
//! Comes in: plain HTTP. Goes out: what GitHub is known to answer. Leaves to others: what Lessonbook makes of it.

#[path = "github_standin/access.rs"]
mod access;
#[path = "github_standin/branches.rs"]
mod branches;
#[path = "github_standin/client.rs"]
mod client;
#[path = "github_standin/faults.rs"]
mod faults;
#[path = "support/github/mod.rs"]
mod github;
#[path = "github_standin/objects.rs"]
mod objects;
#[path = "github_standin/pulls.rs"]
mod pulls;
#[path = "github_standin/queries.rs"]
mod queries;

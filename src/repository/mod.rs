//! The only code that touches the world: stores and targets on disk, and targets on GitHub.
//!
//! Input: folders, and the changes that a plan asks for. Output: a store's files and a target's [`Snapshot`], as values;
//! one commit on our branch. Not here: what the files mean (`store/`) and what should change (`pipeline/`).
//!
//! | file | does |
//! |---|---|
//! | [`disk`] | reads a store's folder; writes files without surprises |
//! | [`mod@store_commit`] | which commit of its own repository a store stands at |
//! | [`revision_range`] | which two states of a store are compared |
//! | [`mod@store_history`] | what a store's lessons said before |
//! | `create` | makes a new repository, for the demo |
//! | [`local`] | opens a repository on disk and takes its snapshot |
//! | `repository_format` | which repositories are refused before they are opened |
//! | `local_state` | the clone's own ignore rules and attributes, and files that git does not track |
//! | `base` | which branch proposals are made against |
//! | [`change_trees`] | every path before and after a change, for `lint` |
//! | `branch_list` | its branches, and those that can't be read |
//! | `remotes` | which remote a repository follows |
//! | `last_merged` | what of ours was merged last, as history tells |
//! | [`branch`] | how our branch stands: whose commits, where checked out |
//! | [`commit_digest`] | whether a commit on our branch is still as we wrote it |
//! | `write` | the one commit, and the one move of one reference |
//! | `base_history` | what stood on the base before, and since when |
//! | `durable` | objects and references that survive a power cut, with the permissions of a shared repository |
//! | `pending_commit` | the commit while it exists in memory only |
//! | `objects` | listings and differences of git's trees |
//! | [`github`] | targets on GitHub |
//! | [`pause`] | the file that stops every run of a store |
//! | [`path_safety`] | which relative paths may be written at all |
//! | [`audit_log`] | the record of a run, a file that only grows |
//! | `work_tree` | the work tree as it stands, for `verify`, and for `render` into it |
//! | [`new_store`] | what stands beside and in the way of a new store |
//!
//! On disk everything goes through objects and references (gix): no checkout, no hook, no network; an index is never written. The one exception
//! is `work_tree`, for a user who names the work tree as the place to write to.
//!
//! [`Snapshot`]: lessonbook_base::snapshot::Snapshot

pub mod audit_log;
mod base;
mod base_history;
pub mod branch;
mod branch_list;
pub mod change_trees;
pub mod commit_digest;
mod create;
pub mod disk;
mod durable;
pub mod folder;
pub mod github;
mod last_merged;
pub mod local;
mod local_state;
pub mod new_store;
mod objects;
mod origin;
pub mod path_safety;
pub mod pause;
mod pending_commit;
mod remotes;
mod repository_format;
pub mod revision_range;
pub mod store_commit;
pub mod store_history;
mod work_tree;
mod write;

pub use base_history::BaseState;
pub use create::create;
pub use disk::{find_store, read_named, read_store, replace_marked, write_atomic, write_folder, write_new};
pub use local::LocalRepository;
pub use origin::owner_and_name;
pub use store_commit::{StoreCommit, holds_store, is_newer, read_store_at, store_commit};
pub use store_history::{LessonFileHistory, lesson_history, store_history};
pub use work_tree::{find_top, read_plainly};

//! The only code that touches the world: stores and targets on disk, and targets on GitHub.
//!
//! Input: folders, and the changes that a plan contains. Output: a store's files and a target's [`Snapshot`], as values;
//! one commit on our branch. Not here: what the files mean (`store/`) and what should change (`pipeline/`).
//!
//! | file | does |
//! |---|---|
//! | [`disk`] | reads a store's folder; writes files atomically |
//! | [`mod@store_commit`] | finds the commit of the store's repository that is checked out |
//! | [`revision_range`] | finds the two revisions of a store that are compared |
//! | [`mod@store_history`] | reads earlier versions of a store's lessons |
//! | `create` | creates new repositories with a few commits, for the demo |
//! | [`mod@lesson_changes`] | the commits that changed each lesson's file |
//! | [`site_folder`] | the folder of a catalogue: which files are ours |
//! | [`local`], `snapshot` | opens a repository on disk; takes its snapshot |
//! | `repository_format` | which repositories are refused before they are opened |
//! | `local_state` | the clone's own ignore rules and attributes, and files that git does not track |
//! | `base` | which branch proposals are made against |
//! | [`change_trees`] | every path before and after a change, for `lint` |
//! | `branch_list` | a repository's branches, and those that can't be read |
//! | `remotes` | which remote a repository follows |
//! | `last_merged` | finds our last merged commit in the history of the base branch |
//! | [`branch`] | reads our branch: who made its commits, and where it is checked out |
//! | [`commit_history`] | the commits of a base branch, and the files that each changes, for `backtest` |
//! | [`commit_digest`] | whether a commit on our branch is still as we wrote it |
//! | `write` | writes one commit and moves one reference |
//! | `base_history` | earlier states of the base branch, each with its date |
//! | `file_states` | earlier contents of a few files of the base branch |
//! | `removed_paths` | which commits removed paths from the base branch |
//! | `durable` | objects and references that survive a power cut, with the permissions of a shared repository |
//! | `pending_commit` | the commit while it exists in memory only |
//! | `objects` | listings and differences of git's trees |
//! | `git_text` | errors of git and paths as text for messages |
//! | [`github`] | targets on GitHub |
//! | [`pause`] | the file that stops every run of a store |
//! | [`path_safety`] | which relative paths may be written at all |
//! | [`audit_log`] | the audit log of a run, a file that is only appended to |
//! | `work_tree` | reads the work tree for `verify`, and writes it for `render --out` |
//! | [`former_targets`] | repositories with our block that are not targets any more |
//! | [`new_store`] | what a new store would overwrite, and the repositories beside it |
//!
//! On disk we read and write git's objects and references (gix): no checkout, no hook, no network, and the index is never
//! written. The one exception is `work_tree`, for a user who names the work tree as the place to write to.
//!
//! [`Snapshot`]: lessonbook_base::snapshot::Snapshot

pub mod audit_log;
mod base;
mod base_history;
pub mod branch;
mod branch_list;
pub mod change_trees;
pub mod commit_digest;
pub mod commit_history;
mod create;
pub mod disk;
mod durable;
mod file_states;
pub mod folder;
pub mod former_targets;
mod git_text;
pub mod github;
mod last_merged;
pub mod lesson_changes;
pub mod local;
mod local_state;
pub mod new_store;
mod objects;
mod origin;
pub mod path_safety;
pub mod pause;
mod pending_commit;
mod remotes;
mod removed_paths;
mod repository_format;
pub mod revision_range;
pub mod site_folder;
mod snapshot;
pub mod store_commit;
pub mod store_history;
mod work_tree;
mod write;

pub use base_history::BaseState;
pub use create::{FIRST_DAY, NewCommit, append, create, start_branch};
pub use disk::{
    find_store, read_cached, read_named, read_store, replace_marked, write_atomic, write_atomic_with,
    write_cached, write_folder, write_new,
};
pub use local::LocalRepository;
pub use origin::owner_and_name;
pub use store_commit::{StoreCommit, holds_store, is_newer, read_store_at, store_commit};
pub use store_history::{LessonFileHistory, lesson_history, store_history};
pub use work_tree::{find_top, read_plainly};

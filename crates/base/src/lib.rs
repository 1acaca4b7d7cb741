//! Values and parsers that the rest of Lessonbook is built on. Nothing here knows what a lesson is.
//!
//! | module | holds |
//! |---|---|
//! | [`tree`], [`edit`], [`git_oid`] | a repository's files at one commit, one file before and after a change, git's object ids |
//! | [`shared`] | text and bytes that many values hold |
//! | [`snapshot`] | what a run reads of a target, and what it writes there |
//! | [`finding`] | a problem as data: code, level, location, effect, help |
//! | [`front_matter`], [`markdown`], [`marker`] | the parts of an entry point: its first lines, its visible text, our block |
//! | [`generated`] | the banner of a file that another tool writes |
//! | [`git_rules`] | the rules of `.gitignore` and `.gitattributes` that apply to a path |
//! | [`globs`] | which paths a glob matches, in the grammar of the store and of each assistant |
//! | [`text_diff`] | what differs between two texts, by lines or words |
//! | [`text`] | lints of text: hidden characters, secrets, prompt injection, Markdown pitfalls |

pub mod code_owners;
pub mod edit;
pub mod finding;
pub mod front_matter;
pub mod generated;
pub mod git_oid;
pub mod git_rules;
pub mod globs;
pub mod hand_text;
pub mod markdown;
pub mod marker;
pub mod shared;
pub mod shared_list;
pub mod snapshot;
pub mod text;
pub mod text_diff;
pub mod threads;
pub mod tree;
pub mod word_list;

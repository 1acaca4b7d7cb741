//! Tells the arguments of `diff` apart: a range, targets, or both.
//!
//! Input: the arguments. Output: the two ends of the range and the TARGET arguments, or an error of wrong usage. Not here: reading the
//! store at these commits (`compared_stores`).

use std::path::Path;

use super::DiffArgs;
use crate::report::UserError;
use crate::repository;
use crate::repository::revision_range::{self, RangeError, RevisionRange};
use crate::run::planning::default_branches;
use crate::run::{Context, targets};

/// What to compare, and for which targets.
pub(super) struct DiffRequest {
    /// The two states of the store.
    pub ends: RevisionRange,
    /// TARGET arguments.
    pub targets: Vec<String>,
    typed: Option<String>,
}

impl DiffRequest {
    /// The command that makes the same comparison.
    pub fn command(&self) -> String {
        let range = self.typed.as_ref().map(|typed| format!(" {typed}"));
        format!("lessonbook diff{}", range.unwrap_or_default())
    }
}

/// Tells a range from a target, as git does: a word that can be both is an error, and words after `--` are always targets.
pub(super) fn parse(args: &DiffArgs, context: &Context, root: &Path) -> anyhow::Result<DiffRequest> {
    let mut targets: Vec<String> = args.targets.iter().chain(&args.after_dashes).cloned().collect();
    let ends = |typed: Option<&str>| revision_range::ends(root, typed, &default_branches());
    let Some(first) = &args.range else {
        return Ok(DiffRequest {
            ends: ends(None).map_err(|error| user_error(&error))?,
            targets,
            typed: None,
        });
    };
    let range = (!cannot_be_range(first)).then(|| ends(Some(first)));
    let is_target = || -> anyhow::Result<bool> {
        let files = repository::read_store(root)?;
        let (store, _) = lessonbook_store::load(&files, context.today);
        Ok(targets::select(&store, std::slice::from_ref(first)).is_ok())
    };
    match range {
        Some(Ok(range)) => {
            if !first.contains("..") && is_target()? {
                let error =
                    UserError::wrong_use(format!("`{first}` is both a target and a commit of the store"));
                return Err(error
                    .help(format!(
                        "for the target run `lessonbook diff -- {first}`, for the branch `lessonbook diff refs/heads/{first}`"
                    ))
                    .into());
            }
            Ok(DiffRequest {
                ends: range,
                targets,
                typed: Some(first.clone()),
            })
        }
        Some(Err(error)) if !(matches!(error, RangeError::Unknown { .. }) && is_target()?) => {
            if matches!(error, RangeError::Unknown { .. }) && !first.contains("..") {
                let message = format!(
                    "`{first}` is neither a commit of the store's repository nor a target in targets.yaml"
                );
                return Err(UserError::wrong_use(message).help(error.help()).into());
            }
            Err(user_error(&error))
        }
        None | Some(Err(_)) => {
            targets.insert(0, first.clone());
            Ok(DiffRequest {
                ends: ends(None).map_err(|error| user_error(&error))?,
                targets,
                typed: None,
            })
        }
    }
}

/// Whether a word is a path, or contains characters that git forbids in the name of a commit.
fn cannot_be_range(word: &str) -> bool {
    word.starts_with("./") || word.starts_with("../") || word == "." || word.contains(['*', '?', '[', ','])
}

fn user_error(error: &RangeError) -> anyhow::Error {
    let help = error.help();
    UserError::wrong_use(error.to_string()).help(help).into()
}

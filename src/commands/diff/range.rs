//! What the words behind `diff` mean: a range, targets, or both.
//!
//! Input: the arguments. Output: the two ends and the TARGET words, or an error of wrong use. Not here: the store there.

use std::path::Path;

use super::DiffArgs;
use crate::report::UserError;
use crate::repository;
use crate::repository::revision_range::{self, RangeError, RevisionRange};
use crate::run::planning::default_branches;
use crate::run::{Context, targets};

/// What is to be compared, and where.
pub(super) struct DiffRequest {
    /// The two states of the store.
    pub ends: RevisionRange,
    /// TARGET arguments.
    pub targets: Vec<String>,
    typed: Option<String>,
}

impl DiffRequest {
    /// How the same is asked for again.
    pub fn again(&self) -> String {
        let range = self.typed.as_ref().map(|typed| format!(" {typed}"));
        format!("lessonbook diff{}", range.unwrap_or_default())
    }
}

/// Tells a range from a target. As git does: what can be both is an error, and behind `--` there are targets only.
pub(super) fn asked(args: &DiffArgs, context: &Context, root: &Path) -> anyhow::Result<DiffRequest> {
    let mut targets: Vec<String> = args.targets.iter().chain(&args.behind).cloned().collect();
    let ends = |typed: Option<&str>| revision_range::ends(root, typed, &default_branches());
    let Some(first) = &args.range else {
        return Ok(DiffRequest {
            ends: ends(None).map_err(|lost| told(&lost))?,
            targets,
            typed: None,
        });
    };
    let found = if is_no_range(first) {
        None
    } else {
        Some(ends(Some(first)))
    };
    let named = || -> anyhow::Result<bool> {
        let files = repository::read_store(root)?;
        let (store, _) = lessonbook_store::load(&files, context.today);
        Ok(targets::select(&store, std::slice::from_ref(first)).is_ok())
    };
    match found {
        Some(Ok(found)) => {
            if !first.contains("..") && named()? {
                let trouble =
                    UserError::wrong_use(format!("`{first}` is a target, and a commit of the store, too"));
                return Err(trouble
                    .help(format!("the target: lessonbook diff -- {first}    the branch: lessonbook diff refs/heads/{first}"))
                    .into());
            }
            Ok(DiffRequest {
                ends: found,
                targets,
                typed: Some(first.clone()),
            })
        }
        Some(Err(lost)) if !(matches!(lost, RangeError::Unknown { .. }) && named()?) => {
            if matches!(lost, RangeError::Unknown { .. }) && !first.contains("..") {
                let message = format!(
                    "`{first}` is neither a commit of the store's repository nor a target in targets.yaml"
                );
                return Err(UserError::wrong_use(message).help(lost.help()).into());
            }
            Err(told(&lost))
        }
        None | Some(Err(_)) => {
            targets.insert(0, first.clone());
            Ok(DiffRequest {
                ends: ends(None).map_err(|lost| told(&lost))?,
                targets,
                typed: None,
            })
        }
    }
}

/// What git takes for no name of a commit, and what is a path.
fn is_no_range(word: &str) -> bool {
    word.starts_with("./") || word.starts_with("../") || word == "." || word.contains(['*', '?', '[', ','])
}

fn told(lost: &RangeError) -> anyhow::Error {
    let help = lost.help();
    UserError::wrong_use(lost.to_string()).help(help).into()
}

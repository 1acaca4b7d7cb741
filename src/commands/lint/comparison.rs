//! What `lint` compares with what.
//!
//! Input: the arguments and a repository. Output: the commit before the change, and where the state after it is; or an error that
//! names the way out, also for a clone without enough history.

use crate::commands::lint::LintArgs;
use crate::report::UserError;
use crate::repository::LocalRepository;
use crate::repository::change_trees::ChangeEnd;
use crate::repository::revision_range::{self, NamedCommitId, RangeError};
use crate::run::planning::default_branches;

const DEEPER: &str = "this clone is shallow: set `fetch-depth: 0` for actions/checkout in the workflow, or run `git fetch --unshallow`";

/// The two sides.
pub(super) struct LintComparison {
    /// The commit before the change; none: there is no comparison, or no commit yet.
    pub before: Option<NamedCommitId>,
    /// The state after it.
    pub end: ChangeEnd<'static>,
}

/// The two sides that the arguments ask for.
pub(super) fn comparison(
    args: &LintArgs,
    local: &LocalRepository,
    dir: &std::path::Path,
) -> anyhow::Result<LintComparison> {
    if !local.has_work_tree() {
        let trouble = UserError::wrong_use(format!("{} has no work tree", dir.display()));
        return Err(trouble
            .help("name a clone in which the files are checked out")
            .into());
    }
    if args.all {
        return Ok(LintComparison {
            before: None,
            end: ChangeEnd::WorkTree,
        });
    }
    if args.staged {
        let before = local.head_commit().map(|commit| NamedCommitId {
            commit,
            name: "HEAD".to_owned(),
        });
        return Ok(LintComparison {
            before,
            end: ChangeEnd::Index,
        });
    }
    let names = branches();
    let typed = args.base.as_ref().map(|base| format!("{base}...HEAD"));
    match revision_range::ends(dir, typed.as_deref(), &names) {
        // In a shallow clone a branch has no beginning, and looks as if it added nothing.
        Ok(ends)
            if args.base.is_none()
                && local.is_shallow()
                && local.head_commit().as_ref() == Some(&ends.base.commit) =>
        {
            let shown = ends.base.short();
            let message =
                format!("this clone is shallow, so it is not known what {shown} adds to which commit");
            Err(UserError::wrong_use(message).help(DEEPER).into())
        }
        Ok(ends) => Ok(LintComparison {
            before: Some(ends.base),
            end: ChangeEnd::WorkTree,
        }),
        Err(lost) => Err(trouble(&lost).into()),
    }
}

/// The branch that a pull request is for, as Actions says it, before the usual names of a default branch.
fn branches() -> Vec<String> {
    let base = std::env::var("GITHUB_BASE_REF")
        .ok()
        .filter(|name| !name.is_empty());
    base.into_iter().chain(default_branches()).collect()
}

fn trouble(lost: &RangeError) -> UserError {
    let (message, shallow, help) = match lost {
        RangeError::NoRepository { folder } => (
            format!(
                "{} is not in a git repository with a commit, so there is no change to check",
                folder.display()
            ),
            false,
            "commit something, or list every place: `lessonbook lint --all`".to_owned(),
        ),
        RangeError::Unknown {
            revision, shallow, ..
        } => (
            format!("this repository has no commit `{revision}` to compare with"),
            *shallow,
            lost.help(),
        ),
        RangeError::NoDefault { names, shallow } => (
            format!(
                "it is not known where this branch began: there is no branch {}, here or at origin",
                names.join(" or ")
            ),
            *shallow,
            "name the commit before the change: `lessonbook lint --base COMMIT`".to_owned(),
        ),
        RangeError::Apart {
            names: [one, other],
            shallow,
        } => (
            format!("`{one}` and `{other}` have no commit in common, so it is not known what is new"),
            *shallow,
            "name another commit: `lessonbook lint --base COMMIT`".to_owned(),
        ),
    };
    UserError::wrong_use(message).help(if shallow { DEEPER.to_owned() } else { help })
}

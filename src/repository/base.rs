//! Which branch proposals are made against.
//!
//! Comes in: a repository and the target's `base:`. Goes out: a branch and its commit; a finding where it is in doubt.
//! Leaves to others: everything that is done with it.
//!
//! The order: `base:`; the branch that `origin/HEAD` names; in a bare repository the branch that its `HEAD` names, which is what
//! `origin/HEAD` becomes in its clones; `main`; `master`; the branch that is checked out. A branch that exists here and at
//! `origin` is taken from here; one that exists only at `origin` is taken from there.

use gix::ObjectId;

use super::local::LocalRepository;
use super::objects::Unread;
use lessonbook_base::finding::{Code, Finding, Level};

const LOCAL: &str = "refs/heads/";
const ORIGIN: &str = "refs/remotes/origin/";

/// The base of a target.
pub(super) struct Chosen {
    /// The short name.
    pub name: String,
    /// Where it stands.
    pub commit: ObjectId,
}

/// Where the base branch of this short name stands: here, else at `origin`.
pub(super) fn commit_of(local: &LocalRepository, name: &str) -> Result<Option<ObjectId>, Finding> {
    match local.commit_at(&format!("{LOCAL}{name}"))? {
        Some(commit) => Ok(Some(commit)),
        None => local.commit_at(&format!("{ORIGIN}{name}")),
    }
}

/// Chooses the base; doubts that stop nothing go into `findings`.
pub(super) fn choose(
    local: &LocalRepository,
    wanted: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Result<Chosen, Finding> {
    let branches = Branches::read(local)?;
    if branches.names.is_empty() && branches.nothing_at_all {
        return Err(local
            .finding(Code::EmptyRepository, "the repository has no commit yet")
            .effect("there is nothing to make a proposal against")
            .help(format!("commit something first: {} commit", local.git())));
    }
    let name = match wanted {
        Some(name) => name.to_owned(),
        None => guess(local, &branches, findings)?,
    };
    if is_ours(&name) {
        return Err(unclear(
            local,
            &branches,
            format!("`{name}` is a branch for proposals, not a base"),
        ));
    }
    let Some(commit) = commit_of(local, &name)? else {
        return Err(unclear(local, &branches, format!("there is no branch `{name}`")));
    };
    warn_if_behind(local, &name, findings)?;
    Ok(Chosen { name, commit })
}

fn guess(
    local: &LocalRepository,
    branches: &Branches,
    findings: &mut Vec<Finding>,
) -> Result<String, Finding> {
    if let Some(name) = origin_head(local)? {
        return Ok(name);
    }
    let head = head_branch(local)?.filter(|name| branches.has(name) && !is_ours(name));
    if let Some(name) = head.as_ref().filter(|_| is_bare(local)) {
        return Ok(name.clone());
    }
    match (branches.has("main"), branches.has("master")) {
        (true, true) => Err(unclear(
            local,
            branches,
            "both `main` and `master` exist, and no `origin/HEAD` says which is the base",
        )),
        (true, false) => Ok("main".into()),
        (false, true) => Ok("master".into()),
        (false, false) => match head {
            Some(name) => {
                if branches.names.len() > 1 {
                    findings.push(warning(
                        local,
                        format!("`{name}` is taken as the base because it is checked out"),
                        "with another branch checked out, the proposal would be made against that one",
                        format!("say `base: {name}` in targets.yaml"),
                    ));
                }
                Ok(name)
            }
            None => Err(unclear(
                local,
                branches,
                "no `main`, no `master`, no `origin/HEAD`, and no branch with a commit is checked out",
            )),
        },
    }
}

/// A local base that `origin` has left behind, or parted from: the proposal would be made against old files.
fn warn_if_behind(local: &LocalRepository, name: &str, findings: &mut Vec<Finding>) -> Result<(), Finding> {
    let here = local.commit_at(&format!("{LOCAL}{name}"))?;
    let there = local.commit_at(&format!("{ORIGIN}{name}"))?;
    let (Some(here), Some(there)) = (here, there) else {
        return Ok(());
    };
    if here == there {
        return Ok(());
    }
    let common = merge_base(local, here, there)?;
    let message = match common {
        Some(common) if common == there => return Ok(()), // ahead: commits that nobody has pushed yet
        Some(common) if common == here => format!("`{name}` is behind `origin/{name}`"),
        None if local.repo.is_shallow().unwrap_or(false) => return Ok(()), // nobody can tell
        _ => format!("`{name}` and `origin/{name}` have parted"),
    };
    findings.push(warning(
        local,
        message,
        "the proposal is made against the older files",
        format!(
            "bring it up to date (`{} pull`), or name another branch: `base: NAME`",
            local.git()
        ),
    ));
    Ok(())
}

/// The best common ancestor of two commits; none where they have none, or a shallow clone hides it.
pub(super) fn merge_base(
    local: &LocalRepository,
    one: ObjectId,
    other: ObjectId,
) -> Result<Option<ObjectId>, Finding> {
    local
        .repo
        .merge_base(one, other)
        .map(|found| found.map(gix::Id::detach))
        .map_err(|error| {
            local.unread(&Unread {
                what: "the history".into(),
                error,
            })
        })
}

struct Branches {
    /// Short names, here and at `origin`, without the branches of stores, in byte order.
    names: Vec<String>,
    /// There is no branch of any kind, and no detached `HEAD`.
    nothing_at_all: bool,
}

impl Branches {
    fn read(local: &LocalRepository) -> Result<Self, Finding> {
        let unread = |error| {
            local.unread(&Unread {
                what: "the list of branches".into(),
                error,
            })
        };
        let mut names = Vec::new();
        let mut nothing_at_all = true;
        let references = local.repo.references().map_err(unread)?;
        for prefix in [LOCAL, ORIGIN] {
            let found = if prefix == LOCAL {
                references.local_branches()
            } else {
                references.remote_branches()
            };
            for reference in found.map_err(unread)?.flatten() {
                nothing_at_all = false;
                let full = reference.name().as_bstr().to_string();
                if let Some(name) = full.strip_prefix(prefix)
                    && name != "HEAD"
                    && !is_ours(name)
                {
                    names.push(name.to_owned());
                }
            }
        }
        names.sort();
        names.dedup();
        let detached = local.repo.head().is_ok_and(|head| head.is_detached());
        Ok(Branches {
            names,
            nothing_at_all: nothing_at_all && !detached,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("lessonbook/")
}

fn is_bare(local: &LocalRepository) -> bool {
    // Asked of the configuration: GIT_WORK_TREE in the environment changes what gix itself thinks.
    local.repo.kind() != gix::repository::Kind::LinkedWorkTree
        && local.repo.config_snapshot().boolean("core.bare") == Some(true)
}

/// The branch that `origin/HEAD` names, where it exists.
fn origin_head(local: &LocalRepository) -> Result<Option<String>, Finding> {
    let reference = local
        .repo
        .try_find_reference("refs/remotes/origin/HEAD")
        .map_err(|error| {
            local.unread(&Unread {
                what: "`origin/HEAD`".into(),
                error,
            })
        })?;
    let name = reference.and_then(|reference| {
        let target = reference.target();
        let name = target.try_name()?.as_bstr().to_string();
        name.strip_prefix(ORIGIN).map(str::to_owned)
    });
    match name {
        Some(name) if commit_of(local, &name)?.is_some() => Ok(Some(name)),
        _ => Ok(None), // it may point to a branch that was deleted since
    }
}

/// The branch that `HEAD` names, born or not.
fn head_branch(local: &LocalRepository) -> Result<Option<String>, Finding> {
    let name = local.repo.head_name().map_err(|error| {
        local.unread(&Unread {
            what: "`HEAD`".into(),
            error,
        })
    })?;
    Ok(name.and_then(|name| {
        let name = name.as_bstr().to_string();
        name.strip_prefix(LOCAL).map(str::to_owned)
    }))
}

fn unclear(local: &LocalRepository, branches: &Branches, message: impl Into<String>) -> Finding {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = branches
        .names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if branches.names.len() > SHOWN {
        names.push(format!("{} more", branches.names.len() - SHOWN));
    }
    let there = if names.is_empty() {
        "there is no branch yet".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    local
        .finding(Code::BaseUnclear, message)
        .effect("a proposal against the wrong branch would be worse than none")
        .help(format!("say `base: NAME` in targets.yaml; {there}"))
}

fn warning(local: &LocalRepository, message: String, effect: &str, help: String) -> Finding {
    let mut finding = local
        .finding(Code::BaseUnclear, message)
        .effect(effect)
        .help(help);
    finding.level = Level::Warning;
    finding
}

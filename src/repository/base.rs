//! Finds the branch that proposals are made against.
//!
//! Input: a repository and the target's `base:`. Output: a branch and its commit; a finding if the choice is unclear.
//!
//! The order: `base:`; the branch that the remote's `HEAD` names; in a bare repository the branch that its `HEAD` names
//! (clones of it see that as the remote's `HEAD`); `main`; `master`; the branch that is checked out. A local branch is
//! preferred to the remote branch of the same name. If a branch of this order exists and can't be read, the search ends:
//! the next one would be a guess.

use std::path::Path;

use gix::ObjectId;

use super::branch_list::{BranchNames, LOCAL, is_ours};
use super::git_text::shell;
use super::local::LocalRepository;
use super::objects::ObjectError;
use super::remotes::{self, UpstreamRemote};
use lessonbook_base::finding::{Code, Finding, Level};

/// The base of a target.
pub(super) struct BaseBranch {
    /// The short name.
    pub name: String,
    /// The commit that it points to.
    pub commit: ObjectId,
}

/// The commit of the branch with this short name: the local branch, else the remote one.
pub(super) fn commit_of(local: &LocalRepository, name: &str) -> Result<Option<ObjectId>, Finding> {
    if let Some(commit) = local.commit_at(&format!("{LOCAL}{name}"))? {
        return Ok(Some(commit));
    }
    let remotes = match remotes::followed(&local.repo) {
        UpstreamRemote::None => return Ok(None),
        UpstreamRemote::One(remote) => vec![remote],
        UpstreamRemote::Unclear(remotes) => remotes,
    };
    let mut found: Vec<(String, ObjectId)> = Vec::new();
    for remote in remotes {
        if let Some(commit) = local.commit_at(&remotes::reference(&remote, name))? {
            found.push((format!("`{remote}/{name}`"), commit));
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => Ok(Some(*first)),
        _ => {
            let names: Vec<String> = found.into_iter().map(|(name, _)| name).collect();
            Err(doubt(
                local,
                format!(
                    "there is no local branch `{name}`, and it differs between remotes: {}",
                    names.join(", ")
                ),
                format!("create the branch: {} branch {name} REMOTE/{name}", local.git()),
            ))
        }
    }
}

/// Chooses the base. Doubts that do not stop the target are added to `findings`.
pub(super) fn choose(
    local: &LocalRepository,
    configured: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Result<BaseBranch, Finding> {
    let branches = BranchNames::read(local)?;
    if let (true, Some(unread)) = (branches.names.is_empty(), branches.unread.first()) {
        return Err(local.unread_branch(unread));
    }
    if branches.names.is_empty() && branches.nothing_at_all {
        return Err(local
            .finding(Code::EmptyRepository, "the repository has no commit yet")
            .effect("there is no commit to base a proposal on")
            .help(format!(
                "commit something first: {} commit --allow-empty -m \"First commit\"",
                local.git()
            )));
    }
    let name = match configured {
        Some(name) => name.to_owned(),
        None => guess(local, &branches, findings)?,
    };
    if is_ours(&name) {
        return Err(unclear(
            local,
            &branches,
            format!("`{name}` is a branch for proposals and can't be the base"),
        ));
    }
    let Some(commit) = commit_of(local, &name)? else {
        return Err(unclear(local, &branches, format!("there is no branch `{name}`")));
    };
    warn_if_behind(local, &name, findings)?;
    Ok(BaseBranch { name, commit })
}

fn guess(
    local: &LocalRepository,
    branches: &BranchNames,
    findings: &mut Vec<Finding>,
) -> Result<String, Finding> {
    if let Some(name) = remote_head(local, branches)? {
        return Ok(name);
    }
    let head = match head_branch(local)?.filter(|name| !is_ours(name)) {
        Some(name) if is_bare(local) && commit_of(local, &name)?.is_some() => return Ok(name),
        head => head,
    };
    match (
        commit_of(local, "main")?.is_some(),
        commit_of(local, "master")?.is_some(),
    ) {
        (true, true) => Err(unclear(
            local,
            branches,
            "both `main` and `master` exist, and no remote's HEAD shows which one is the base",
        )),
        (true, false) => Ok("main".into()),
        (false, true) => Ok("master".into()),
        (false, false) => {
            branches.refuse_unread(local)?;
            checked_out(local, branches, head, findings)
        }
    }
}

/// The last resort: the branch that is checked out.
fn checked_out(
    local: &LocalRepository,
    branches: &BranchNames,
    head: Option<String>,
    findings: &mut Vec<Finding>,
) -> Result<String, Finding> {
    let Some(name) = head.filter(|name| branches.has(name)) else {
        return Err(unclear(
            local,
            branches,
            "there is no `main`, no `master` and no remote's HEAD, and no branch with a commit is checked out",
        ));
    };
    if branches.names.len() > 1 {
        findings.push(warning(
            local,
            format!("`{name}` is used as the base because it is checked out"),
            "with another branch checked out, the proposal would be made against that one",
            format!("set `base: {name}` in targets.yaml"),
        ));
    }
    Ok(name)
}

/// Warns if the local base is behind the remote's, or has diverged from it: the proposal would be made against old files.
fn warn_if_behind(local: &LocalRepository, name: &str, findings: &mut Vec<Finding>) -> Result<(), Finding> {
    let UpstreamRemote::One(remote) = remotes::followed(&local.repo) else {
        return Ok(());
    };
    let here = local.commit_at(&format!("{LOCAL}{name}"))?;
    let there = local.commit_at(&remotes::reference(&remote, name))?;
    let (Some(here), Some(there)) = (here, there) else {
        return Ok(());
    };
    if here == there {
        return Ok(());
    }
    let common = merge_base(local, here, there)?;
    let message = match common {
        Some(common) if common == there => return Ok(()), // ahead: the commits are not pushed yet
        Some(common) if common == here => format!("`{name}` is behind `{remote}/{name}`"),
        None if local.repo.is_shallow().unwrap_or(false) => return Ok(()), // unknown: the history is cut off
        _ => format!("`{name}` and `{remote}/{name}` have diverged"),
    };
    findings.push(warning(
        local,
        message,
        "the proposal is made against the older files",
        format!(
            "update it (`{} pull`), or set another branch in targets.yaml: `base: NAME`",
            local.git()
        ),
    ));
    Ok(())
}

/// The best common ancestor of two commits; `None` if they have none, or if a shallow clone hides it.
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
            local.unread(&ObjectError {
                what: "the history".into(),
                error,
            })
        })
}

fn is_bare(local: &LocalRepository) -> bool {
    // Read from the configuration, because GIT_WORK_TREE in the environment changes what gix reports.
    local.repo.kind() != gix::repository::Kind::LinkedWorkTree
        && local.repo.config_snapshot().boolean("core.bare") == Some(true)
}

/// The branch that the remote's `HEAD` names.
fn remote_head(local: &LocalRepository, branches: &BranchNames) -> Result<Option<String>, Finding> {
    let (remotes, certain) = match remotes::followed(&local.repo) {
        UpstreamRemote::None => return Ok(None),
        UpstreamRemote::One(remote) => (vec![remote], true),
        UpstreamRemote::Unclear(remotes) => (remotes, false),
    };
    let mut heads: Vec<(String, String)> = Vec::new();
    for remote in &remotes {
        let head = remotes::head_of(&local.repo, remote)
            .map_err(ObjectError::new(format!("`{remote}/HEAD`")))
            .map_err(|unread| local.unread(&unread))?;
        heads.extend(head.map(|name| (remote.clone(), name)));
    }
    let Some((remote, name)) = heads.first().cloned() else {
        return Ok(None);
    };
    if !certain {
        let same = heads.iter().all(|(_, other)| *other == name);
        let here = local.commit_at(&format!("{LOCAL}{name}"))?;
        if !same || here.is_none() {
            return Err(unclear(
                local,
                branches,
                format!(
                    "there are several remotes ({}), and no setting selects one",
                    remotes.join(", ")
                ),
            ));
        }
    }
    if commit_of(local, &name)?.is_none() {
        return Err(doubt(
            local,
            format!("`{remote}/HEAD` names `{name}`, but there is no such branch, here or at {remote}"),
            format!(
                "update it (`{} remote set-head {} --auto`), or set `base: NAME` in targets.yaml",
                local.git(),
                shell(Path::new(&remote))
            ),
        ));
    }
    Ok(Some(name))
}

/// The branch that `HEAD` names, also if it has no commit yet.
fn head_branch(local: &LocalRepository) -> Result<Option<String>, Finding> {
    let name = local.repo.head_name().map_err(|error| {
        let file = local.repo.git_dir().join("HEAD");
        let unread = local.unread(&ObjectError {
            what: "`HEAD`".into(),
            error,
        });
        // Git does not recognize a folder without a valid HEAD as a repository, so no git command can repair it.
        unread.help(format!(
            "write the name of the branch that is checked out into it: echo 'ref: refs/heads/NAME' > {}",
            shell(&file)
        ))
    })?;
    Ok(name.and_then(|name| {
        let name = name.as_bstr().to_string();
        name.strip_prefix(LOCAL).map(str::to_owned)
    }))
}

fn unclear(local: &LocalRepository, branches: &BranchNames, message: impl Into<String>) -> Finding {
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
    doubt(
        local,
        message,
        format!("set `base: NAME` in targets.yaml; {there}"),
    )
}

fn doubt(local: &LocalRepository, message: impl Into<String>, help: String) -> Finding {
    local
        .finding(Code::BaseUnclear, message)
        .effect("a proposal against the wrong branch would be worse than none")
        .help(help)
}

fn warning(local: &LocalRepository, message: String, effect: &str, help: String) -> Finding {
    let mut finding = local
        .finding(Code::BaseUnclear, message)
        .effect(effect)
        .help(help);
    finding.level = Level::Warning;
    finding
}

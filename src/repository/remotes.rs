//! Finds the remote that a repository follows: its branches are used where a local branch does not exist.
//!
//! Input: a repository. Output: the names of its remotes, and the one that it follows.
//! Not here: which branch is the base (`base`).

use std::collections::BTreeSet;

use gix::Repository;
use gix::bstr::ByteSlice as _;

/// Where remote branches are.
const REMOTES: &str = "refs/remotes/";

/// The remote that a repository follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UpstreamRemote {
    /// The repository has no remote branches.
    None,
    /// The only remote, or the one that the git configuration names.
    One(String),
    /// There are several remotes, and no setting selects one.
    Unclear(Vec<String>),
}

/// Finds the remote that the repository follows. If there are several: the one in `clone.defaultRemoteName`, else `origin`,
/// else the one that the local branches follow.
pub(super) fn followed(repo: &Repository) -> UpstreamRemote {
    let mut names = with_branches(repo);
    if names.len() <= 1 {
        return names.pop().map_or(UpstreamRemote::None, UpstreamRemote::One);
    }
    let named = repo.config_snapshot().string("clone.defaultRemoteName");
    let named = named.map(|name| name.to_str_lossy().into_owned());
    let chosen = [named.as_deref(), Some("origin")];
    let chosen = chosen.into_iter().flatten();
    let mut chosen = chosen.filter(|name| names.iter().any(|known| known == name));
    if let Some(name) = chosen.next() {
        return UpstreamRemote::One(name.to_owned());
    }
    match upstream(repo, &names) {
        Some(name) => UpstreamRemote::One(name),
        None => UpstreamRemote::Unclear(names),
    }
}

/// The full name of a remote's branch.
pub(super) fn reference(remote: &str, branch: &str) -> String {
    format!("{REMOTES}{remote}/{branch}")
}

/// The default branch that the remote had when it was cloned, or when `git remote set-head --auto` was last run.
pub(super) fn head_of(repo: &Repository, remote: &str) -> gix::Result<Option<String>> {
    let found = repo.try_find_reference(reference(remote, "HEAD").as_str())?;
    Ok(found.and_then(|found| {
        let target = found.target();
        let name = target.try_name()?.as_bstr().to_string();
        name.strip_prefix(&reference(remote, "")).map(str::to_owned)
    }))
}

/// The remotes with at least one remote-tracking branch, in byte order. A remote that was never fetched has none.
fn with_branches(repo: &Repository) -> Vec<String> {
    let mut names: BTreeSet<String> = repo
        .remote_names()
        .iter()
        .map(|name| name.to_str_lossy().into_owned())
        .collect();
    // Branches of `origin` may exist without a section for it in the configuration.
    names.insert("origin".to_owned());
    let has_branches = |name: &String| {
        let references = repo.references().ok();
        references.is_some_and(|references| {
            let prefix = reference(name, "");
            let found = references.prefixed(prefix.as_str());
            found.is_ok_and(|mut found| found.next().is_some())
        })
    };
    names.into_iter().filter(has_branches).collect()
}

/// The one remote that local branches follow. Branches with the name of a default branch are looked at first.
fn upstream(repo: &Repository, names: &[String]) -> Option<String> {
    let mut defaults: BTreeSet<String> = ["main", "master"].map(str::to_owned).into();
    defaults.extend(names.iter().filter_map(|name| head_of(repo, name).ok().flatten()));
    let config = repo.config_snapshot();
    let mut by_default = BTreeSet::new();
    let mut by_any = BTreeSet::new();
    for section in config.sections_by_name("branch").into_iter().flatten() {
        let branch = section.header().subsection_name();
        let remote = section.value("remote");
        let (Some(branch), Some(remote)) = (branch, remote) else {
            continue;
        };
        let remote = remote.to_str_lossy().into_owned();
        if names.contains(&remote) {
            if defaults.contains(&*branch.to_str_lossy()) {
                by_default.insert(remote.clone());
            }
            by_any.insert(remote);
        }
    }
    [by_default, by_any]
        .into_iter()
        .find(|found| found.len() == 1)
        .and_then(|found| found.into_iter().next())
}

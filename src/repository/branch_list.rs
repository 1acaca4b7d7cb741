//! Lists the branches of a repository, and those that can't be read.
//!
//! Input: a repository. Output: names of branches, and why some can't be read.
//! Not here: which branch is the base (`base`).

use std::fs;

use super::git_text::causes;
use super::local::LocalRepository;
use super::objects::ObjectError;
use super::remotes::{self, UpstreamRemote};
use lessonbook_base::finding::Finding;

/// Where local branches are.
pub(super) const LOCAL: &str = "refs/heads/";

pub(super) struct BranchNames {
    /// Short names of local and remote branches, without our branches for proposals, in byte order.
    pub names: Vec<String>,
    /// The full names of these branches.
    references: Vec<String>,
    /// Why branches can't be read at all.
    pub unread: Vec<String>,
    /// The repository has no branch of any kind, and no detached `HEAD`.
    pub nothing_at_all: bool,
}

impl BranchNames {
    pub fn read(local: &LocalRepository) -> Result<Self, Finding> {
        let broken = |error| {
            local.unread(&ObjectError {
                what: "the list of branches".into(),
                error,
            })
        };
        let mut prefixes = vec![LOCAL.to_owned()];
        prefixes.extend(match remotes::followed(&local.repo) {
            UpstreamRemote::None => Vec::new(),
            UpstreamRemote::One(remote) => vec![remotes::reference(&remote, "")],
            UpstreamRemote::Unclear(all) => all.iter().map(|remote| remotes::reference(remote, "")).collect(),
        });
        let (mut names, mut references, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        unread.extend(packed_references(local)?);
        let mut nothing_at_all = true;
        let platform = local.repo.references().map_err(broken)?;
        for found in [platform.local_branches(), platform.remote_branches()] {
            for reference in found.map_err(broken)? {
                nothing_at_all = false;
                let full = match reference {
                    Ok(reference) => reference.name().as_bstr().to_string(),
                    Err(error) => {
                        unread.push(causes(&error));
                        continue;
                    }
                };
                let name = prefixes
                    .iter()
                    .find_map(|prefix| full.strip_prefix(prefix.as_str()));
                if let Some(name) = name
                    && name != "HEAD"
                    && !is_ours(name)
                {
                    names.push(name.to_owned());
                    references.push(full);
                }
            }
        }
        names.sort();
        names.dedup();
        let detached = local.repo.head().is_ok_and(|head| head.is_detached());
        Ok(BranchNames {
            names,
            references,
            unread,
            nothing_at_all: nothing_at_all && !detached,
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Fails if any branch can't be read: it could be the base.
    pub fn refuse_unread(&self, local: &LocalRepository) -> Result<(), Finding> {
        if let Some(unread) = self.unread.first() {
            return Err(local.unread_branch(unread));
        }
        for reference in &self.references {
            local.commit_at(reference)?;
        }
        Ok(())
    }
}

/// Whether a branch is for proposals.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with("lessonbook/")
}

/// Reads all of `packed-refs`: a look-up of one name may not notice that the file is damaged, and then miss the name. Returns
/// a doubt if the file is empty: git writes a first line even if there is no branch to list.
fn packed_references(local: &LocalRepository) -> Result<Option<String>, Finding> {
    let file = local.common_dir().join("packed-refs");
    let read = || {
        if let Some(buffer) = local.repo.refs.open_packed_buffer()? {
            for record in buffer.iter()? {
                record?;
            }
        }
        Ok(())
    };
    read().map_err(|error: gix::Error| {
        let finding = local.unread(&ObjectError {
            what: "`packed-refs`, git's list of branches and tags,".into(),
            error,
        });
        finding.help(format!(
            "no git command can repair {}: restore it from a backup, or make a fresh clone",
            file.display()
        ))
    })?;
    let is_empty = fs::metadata(&file).is_ok_and(|found| found.len() == 0);
    Ok(is_empty.then(|| {
        "`packed-refs`, git's list of branches and tags, is empty; even without branches it has one line"
            .to_owned()
    }))
}

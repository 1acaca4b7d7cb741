//! Finds the two revisions of a store to compare, from the range that the user typed.
//!
//! Input: a store's folder, and `BASE`, `BASE..HEAD`, `BASE...HEAD` or nothing. Output: a [`RevisionRange`], or a
//! [`RangeError`] with help. Not here: reading the store at these revisions (`store_commit`). Nothing is checked out.

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use super::remotes::{self, UpstreamRemote};
use super::store_commit::repository_of;

/// A commit, and its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCommitId {
    /// In hexadecimal digits.
    pub commit: String,
    /// Its name: `main`, or `where fix left main`.
    pub name: String,
}

impl NamedCommitId {
    /// Seven digits, as git shows a commit.
    pub fn short(&self) -> &str {
        self.commit.get(..7).unwrap_or(&self.commit)
    }
}

/// The two revisions that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRange {
    /// The old side.
    pub base: NamedCommitId,
    /// The new side; `None` for the store's folder with its uncommitted changes.
    pub head: Option<NamedCommitId>,
}

/// Why the range can't be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeError {
    /// The store is not in a repository, or the repository can't be read.
    NoRepository {
        /// The store's folder.
        folder: PathBuf,
    },
    /// A revision that the repository does not have.
    Unknown {
        /// As typed.
        revision: String,
        /// The most similar name that exists.
        near: Option<String>,
        /// Branches and tags, the first few.
        known: Vec<String>,
        /// History was cut off here.
        shallow: bool,
    },
    /// The default branch is unknown.
    NoDefault {
        /// The names that were tried.
        names: Vec<String>,
        /// History was cut off here.
        shallow: bool,
    },
    /// Two commits without a common ancestor.
    Apart {
        /// As typed.
        names: [String; 2],
        /// History was cut off here.
        shallow: bool,
    },
}

/// What to do about history that was cut off.
const UNSHALLOW: &str =
    "this clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout in a workflow";

impl std::fmt::Display for RangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RangeError::NoRepository { folder } => write!(
                f,
                "{} is not in a git repository with a commit, so there is nothing to compare it with",
                folder.display()
            ),
            RangeError::Unknown { revision, .. } => {
                write!(f, "the store's repository has no commit `{revision}`")
            }
            RangeError::NoDefault { names, .. } => write!(
                f,
                "the start of this branch is unknown: there is no branch {}, here or at origin",
                names.join(" or ")
            ),
            RangeError::Apart {
                names: [one, other], ..
            } => {
                write!(f, "`{one}` and `{other}` have no commit in common")
            }
        }
    }
}

impl RangeError {
    /// What the user can do.
    pub fn help(&self) -> String {
        match self {
            RangeError::NoRepository { .. } => "run `git init` and commit the store; then its changes can be compared".to_owned(),
            RangeError::Unknown { shallow: true, .. } | RangeError::Apart { shallow: true, .. } | RangeError::NoDefault { shallow: true, .. } => {
                UNSHALLOW.to_owned()
            }
            RangeError::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            RangeError::Unknown { known, .. } if known.is_empty() => "the repository has no branch and no tag yet".to_owned(),
            RangeError::Unknown { known, .. } => format!("use one of {}, or the id of a commit", known.join(", ")),
            RangeError::NoDefault { .. } => {
                "name the base: `lessonbook diff BASE`; or set LESSONBOOK_DEFAULT_BRANCH to the default branch's name".to_owned()
            }
            RangeError::Apart { .. } => "compare the two commits directly, with two dots: `BASE..HEAD`".to_owned(),
        }
    }
}

/// The two ends of a range. `defaults` are the names that the default branch can have; they are used only if nothing is typed.
pub fn ends(dir: &Path, typed: Option<&str>, defaults: &[String]) -> Result<RevisionRange, RangeError> {
    let lost = || RangeError::NoRepository {
        folder: dir.to_owned(),
    };
    let (mut repo, _) = repository_of(dir).ok_or_else(lost)?;
    repo.object_cache_size_if_unset(4 * 1024 * 1024);
    let head = repo.head_id().map_err(|_| lost())?.detach();
    let Some(typed) = typed else {
        return Ok(RevisionRange {
            base: beginning(&repo, head, defaults)?,
            head: None,
        });
    };
    let or_head = |name: &str| {
        if name.is_empty() {
            "HEAD".to_owned()
        } else {
            name.to_owned()
        }
    };
    if let Some((one, other)) = typed.split_once("...") {
        let (one, other) = (or_head(one), or_head(other));
        let (a, b) = (find(&repo, &one)?, find(&repo, &other)?);
        let apart = || RangeError::Apart {
            names: [one.clone(), other.clone()],
            shallow: is_shallow(&repo),
        };
        let common = merge_base(&repo, a, b).ok_or_else(apart)?;
        let name = if common == a {
            one.clone()
        } else {
            format!("where {other} left {one}")
        };
        return Ok(RevisionRange {
            base: point(common, name),
            head: Some(point(b, other)),
        });
    }
    if let Some((one, other)) = typed.split_once("..") {
        let (one, other) = (or_head(one), or_head(other));
        let base = point(find(&repo, &one)?, one);
        return Ok(RevisionRange {
            base,
            head: Some(point(find(&repo, &other)?, other)),
        });
    }
    Ok(RevisionRange {
        base: point(find(&repo, typed)?, typed.to_owned()),
        head: None,
    })
}

fn point(commit: ObjectId, name: String) -> NamedCommitId {
    NamedCommitId {
        commit: commit.to_string(),
        name,
    }
}

fn is_shallow(repo: &Repository) -> bool {
    repo.is_shallow().unwrap_or(false)
}

/// Where the checked-out commit left the default branch. On the default branch itself: its newest pushed commit, else the
/// commit itself.
fn beginning(repo: &Repository, head: ObjectId, defaults: &[String]) -> Result<NamedCommitId, RangeError> {
    let here = repo
        .head_name()
        .ok()
        .flatten()
        .map(|name| name.shorten().to_string());
    let remote = match remotes::followed(repo) {
        UpstreamRemote::One(remote) => remote,
        UpstreamRemote::None | UpstreamRemote::Unclear(_) => "origin".to_owned(),
    };
    let default = remotes::head_of(repo, &remote).ok().flatten();
    let names: Vec<String> = defaults.iter().cloned().chain(default).collect();
    let mut best: Option<(ObjectId, String)> = None;
    let mut seen = false;
    for name in &names {
        let own = here.as_ref() == Some(name);
        for reference in [format!("refs/heads/{name}"), remotes::reference(&remote, name)] {
            let Some(at) = commit_of(repo, &reference) else {
                continue;
            };
            seen = true;
            if own && reference.starts_with("refs/heads/") {
                continue;
            }
            let Some(common) = merge_base(repo, head, at) else {
                continue;
            };
            let shown = reference
                .trim_start_matches("refs/heads/")
                .trim_start_matches("refs/remotes/")
                .to_owned();
            // Of a branch and an older copy of it, the newer common ancestor is used.
            let later = best.as_ref().is_none_or(|(found, _)| {
                *found != common && merge_base(repo, *found, common) == Some(*found)
            });
            if later {
                best = Some((common, shown));
            }
        }
        if own && best.is_none() {
            best = Some((head, name.clone()));
        }
        if best.is_some() {
            break;
        }
    }
    let here = here.unwrap_or_else(|| "HEAD".to_owned());
    match best {
        Some((common, name)) if common == head => Ok(point(
            common,
            if name == here {
                name
            } else {
                format!("{here}, part of {name}")
            },
        )),
        Some((common, name)) => Ok(point(common, format!("where {here} left {name}"))),
        None if seen => Err(RangeError::Apart {
            names: [here, names.join(", ")],
            shallow: is_shallow(repo),
        }),
        None => Err(RangeError::NoDefault {
            names,
            shallow: is_shallow(repo),
        }),
    }
}

fn commit_of(repo: &Repository, reference: &str) -> Option<ObjectId> {
    let mut found = repo.try_find_reference(reference).ok()??;
    Some(found.peel_to_commit().ok()?.id)
}

fn merge_base(repo: &Repository, one: ObjectId, other: ObjectId) -> Option<ObjectId> {
    repo.merge_base(one, other).ok()?.map(gix::Id::detach)
}

fn find(repo: &Repository, revision: &str) -> Result<ObjectId, RangeError> {
    let found = repo.rev_parse_single(revision).ok();
    let commit = found.and_then(|id| id.object().ok()?.peel_to_commit().ok());
    if let Some(commit) = commit {
        return Ok(commit.id);
    }
    let known = names(repo);
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, revision), name));
    let near = near
        .filter(|(distance, name)| *distance <= name.len().max(revision.len()) / 3)
        .min();
    Err(RangeError::Unknown {
        revision: revision.to_owned(),
        near: near.map(|(_, name)| name.clone()),
        known: known.iter().take(8).cloned().collect(),
        shallow: is_shallow(repo),
    })
}

/// Names of local and remote branches and of tags, as a user types them.
fn names(repo: &Repository) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(platform) = repo.references() {
        let all = [
            platform.local_branches(),
            platform.remote_branches(),
            platform.tags(),
        ];
        for references in all.into_iter().flatten() {
            names.extend(
                references
                    .flatten()
                    .map(|reference| reference.name().shorten().to_string()),
            );
        }
    }
    names.retain(|name| !name.ends_with("/HEAD"));
    names
}

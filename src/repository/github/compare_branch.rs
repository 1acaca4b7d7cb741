//! Compares our branch with the base, page by page, if the query did not return all of its commits and files.
//!
//! Input: a [`Remote`] with our branch. Output: the branch with its history and the files that it touches. Not here: whose commits they
//! are (`branch_commits`).

use serde::Deserialize;

use super::GithubConnection;
use super::branch_commits::{BranchCommit, history, person};
use super::client::{GithubCall, of_repository, owner, part};
use super::error::GithubError;
use super::graphql_types::PersonNode;
use super::write::NodeId;
use lessonbook_pipeline::pull_request::Remote;

/// How many pages of a comparison are read: a branch with more commits is not a proposal.
const PAGES: u32 = 10;

#[derive(Deserialize)]
struct CommitComparison {
    ahead_by: u64,
    #[serde(default)]
    commits: Vec<ComparedCommit>,
    #[serde(default)]
    files: Vec<ComparedFile>,
}

#[derive(Deserialize)]
struct ComparedCommit {
    sha: String,
    parents: Vec<NodeId>,
    commit: GitCommit,
}

#[derive(Deserialize)]
struct GitCommit {
    message: String,
    tree: NodeId,
    author: Option<PersonNode>,
    committer: Option<PersonNode>,
}

#[derive(Deserialize)]
struct ComparedFile {
    filename: String,
    previous_filename: Option<String>,
}

impl GithubConnection {
    /// Reads the commits between the base and our branch, if the query did not return all of them.
    pub(super) async fn compare(&self, remote: &mut Remote, store_name: &str) -> Result<(), GithubError> {
        let Some(snapshot) = &mut remote.snapshot else {
            return Ok(());
        };
        let base = snapshot.base.commit.clone();
        let Some(branch) = &mut snapshot.branch else {
            return Ok(());
        };
        let between = format!("/compare/{}...{}", part(&base), part(&branch.head));
        let mut commits: Vec<ComparedCommit> = Vec::new();
        let mut files: Vec<ComparedFile> = Vec::new();
        for page in 1..=PAGES {
            let path = of_repository(&remote.name, &format!("{between}?per_page=100&page={page}"));
            let answer = self
                .client
                .read(&GithubCall::get(owner(&remote.name), path, "contents: read"), 3)
                .await;
            let compared: CommitComparison = match answer {
                Ok(answer) => answer.json().map_err(GithubError::Down)?,
                // GitHub returns "not found" if the branches have no common history. We never create such a branch.
                Err(GithubError::NotFound { .. }) => {
                    branch.foreign = vec!["commits without a common history with the base".into()];
                    return Ok(());
                }
                Err(refusal) => return Err(refusal),
            };
            let more = compared.commits.len();
            commits.extend(compared.commits);
            if page == 1 {
                branch.merged = compared.ahead_by == 0;
                files = compared.files;
            }
            if commits.len() as u64 >= compared.ahead_by || more == 0 {
                break;
            }
        }
        let entries: Vec<BranchCommit<'_>> = commits.iter().map(branch_commit).collect();
        history(branch, &entries, store_name);
        let names = |file: ComparedFile| [Some(file.filename), file.previous_filename];
        branch.touched = files.into_iter().flat_map(names).flatten().collect();
        branch.touched.sort();
        branch.touched.dedup();
        Ok(())
    }
}

fn branch_commit(compared: &ComparedCommit) -> BranchCommit<'_> {
    let commit = &compared.commit;
    BranchCommit {
        oid: &compared.sha,
        tree: &commit.tree.sha,
        parents: compared
            .parents
            .iter()
            .map(|parent| parent.sha.as_str())
            .collect(),
        message: &commit.message,
        author: commit.author.as_ref().and_then(person),
        committer: commit.committer.as_ref().and_then(person),
    }
}

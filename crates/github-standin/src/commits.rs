//! Commits that people make and push.
//!
//! Input: files, a message, a login. Output: the pushed commit. Not here: what the push causes (`moves.rs`).

use std::collections::BTreeMap;

use super::git::{Change, Commit};
use super::people::Place;

impl<'a> Place<'a> {
    /// A commit for a branch; [`NewCommit::push`] creates it.
    pub fn commit(self, branch: &str) -> NewCommit<'a> {
        NewCommit {
            place: self,
            branch: branch.to_owned(),
            by: "dana".to_owned(),
            message: "Change by hand".to_owned(),
            onto: None,
            changes: Vec::new(),
        }
    }
}

/// A file's mode and bytes, or nothing.
type Wanted = Option<(&'static str, Vec<u8>)>;

/// A commit before it is pushed.
pub struct NewCommit<'a> {
    place: Place<'a>,
    branch: String,
    by: String,
    message: String,
    onto: Option<String>,
    changes: Vec<(String, Wanted)>,
}

impl NewCommit<'_> {
    /// Sets another author than dana.
    #[must_use]
    pub fn by(mut self, login: &str) -> Self {
        login.clone_into(&mut self.by);
        self
    }

    /// With a message.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        message.clone_into(&mut self.message);
        self
    }

    /// Sets another parent than the branch's commit; the push is forced if necessary.
    #[must_use]
    pub fn onto(mut self, oid: &str) -> Self {
        self.onto = Some(oid.to_owned());
        self
    }

    /// Writes a file.
    #[must_use]
    pub fn write(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write_with(path, "100644", bytes)
    }

    /// Writes a file with a mode.
    #[must_use]
    pub fn write_with(mut self, path: &str, mode: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        self.changes
            .push((path.to_owned(), Some((mode, bytes.as_ref().to_vec()))));
        self
    }

    /// Deletes a file.
    #[must_use]
    pub fn delete(mut self, path: &str) -> Self {
        self.changes.push((path.to_owned(), None));
        self
    }

    /// Creates and pushes it, and returns its id. A new branch begins at the default branch.
    pub fn push(self) -> String {
        self.place.hub.user(&self.by);
        let mut state = self.place.hub.state();
        let now = state.now();
        let repo = state.repo_mut(self.place.id);
        let parent = self.onto.or_else(|| {
            repo.branch(&self.branch)
                .or_else(|| repo.branch(&repo.default_branch))
                .cloned()
        });
        let base = parent.as_ref().map(|parent| repo.git.tree_of(parent));
        let changes: BTreeMap<String, Change> = self
            .changes
            .into_iter()
            .map(|(path, change)| {
                (
                    path,
                    change.map(|(mode, bytes)| (mode.to_owned(), repo.git.blob(&bytes))),
                )
            })
            .collect();
        let who = (self.by.clone(), format!("{}@example.com", self.by));
        let commit = repo.git.commit(&Commit {
            tree: repo.git.edit(base.as_deref(), &changes).expect("a tree"),
            parents: parent.into_iter().collect(),
            author: who.clone(),
            committer: who,
            times: (now, now),
            message: self.message,
        });
        repo.by_people.insert(commit.clone());
        drop(state);
        self.place.moved(&self.branch, &self.by, Some(&commit));
        commit
    }
}

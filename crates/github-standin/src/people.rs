//! Actions of people on GitHub's pages and with git.
//!
//! Input: an action by a login. Output: the state after it, with all its consequences. Rules do not apply to people here.

use std::collections::{BTreeMap, BTreeSet};

use super::Github;
use super::git::Commit;
use super::moves::Wish;
use super::state::{Comment, Issue, Protection, Pull, Repo, Review, Role, Rule, Ruleset, State, Visibility};

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With a merge commit.
    Merge,
    /// As one new commit.
    Squash,
}

/// One repository, for people.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub(super) hub: &'a Github,
    pub(super) id: u64,
}

impl Github {
    /// A repository by `owner/name`, or by an old name.
    pub fn repo(&self, full_name: &str) -> Place<'_> {
        let found = self.state().find(full_name);
        let id = found.unwrap_or_else(|| panic!("no repository {full_name}")).0;
        Place { hub: self, id }
    }

    /// Every repository.
    pub fn repos(&self) -> Vec<Place<'_>> {
        let ids: Vec<u64> = self.state().repos.keys().copied().collect();
        ids.into_iter().map(|id| Place { hub: self, id }).collect()
    }
}

impl Place<'_> {
    // ---- Commits and branches.

    /// Creates or moves a branch, with force.
    pub fn set_branch(&self, branch: &str, by: &str, to: &str) {
        self.moved(branch, by, Some(to));
    }

    /// Deletes a branch.
    pub fn delete_branch(&self, branch: &str, by: &str) {
        self.moved(branch, by, None);
    }

    /// Renames a branch; pull requests into it follow, those from it are closed.
    pub fn rename_branch(&self, from: &str, to: &str) {
        let tip = self.head(from).unwrap_or_else(|| panic!("no branch {from}"));
        self.moved(to, "dana", Some(&tip));
        self.change(|_, repo| {
            let pulls = repo
                .issues
                .values_mut()
                .filter(|issue| issue.open)
                .filter_map(|issue| issue.pull.as_mut());
            pulls
                .filter(|pull| pull.base == from)
                .for_each(|pull| to.clone_into(&mut pull.base));
            if repo.default_branch == from {
                to.clone_into(&mut repo.default_branch);
                repo.git.set_head(to);
            }
        });
        self.moved(from, "dana", None);
    }

    /// Moves a branch like a push to which no rule applies.
    pub(super) fn moved(&self, branch: &str, by: &str, to: Option<&str>) {
        let name = format!("refs/heads/{branch}");
        let wish = Wish {
            repo: self.id,
            name: &name,
            to,
            force: true,
            by,
            api: false,
        };
        let done = self.hub.state().move_ref(&wish);
        done.unwrap_or_else(|why| panic!("{name}: {why}"));
    }

    // ---- Pull requests.

    /// Opens one; gives its number.
    pub fn open_pull(&self, by: &str, head: &str, base: &str, title: &str) -> u64 {
        let mut state = self.hub.state();
        let head_oid = state
            .repo(self.id)
            .branch(head)
            .unwrap_or_else(|| panic!("no branch {head}"))
            .clone();
        let pull = Pull::new(head, &head_oid, base, false);
        state.add_issue(self.id, by, title, "", Some(pull))
    }

    /// Merges one.
    pub fn merge(&self, number: u64, by: &str, how: How) {
        let mut guard = self.hub.state();
        let state = &mut *guard;
        let now = state.now();
        let repo = state.repo(self.id);
        let (issue, pull) = repo
            .pull(number)
            .unwrap_or_else(|| panic!("no pull request {number}"));
        assert!(issue.open, "pull request {number} is {}", issue.state());
        let base = repo.branch(&pull.base).expect("a base").clone();
        let tree = repo.git.merge(&base, &pull.head_oid).expect("no conflict");
        let (parents, message) = match how {
            How::Merge => (
                vec![base, pull.head_oid.clone()],
                format!("Merge pull request #{number} from {}", pull.head),
            ),
            How::Squash => (vec![base], format!("{} (#{number})", issue.title)),
        };
        let who = (by.to_owned(), format!("{by}@example.com"));
        let commit = repo.git.commit(&Commit {
            tree,
            parents,
            author: who.clone(),
            committer: who,
            times: (now, now),
            message,
        });
        let (head, name) = (pull.head.clone(), format!("refs/heads/{}", pull.base));
        let delete = repo.delete_merged;
        if how == How::Squash {
            let issue = state.issue_mut(self.id, number);
            issue.open = false;
            issue.closed = Some(now);
            issue.pull.as_mut().expect("a pull request").merged = Some((now, by.to_owned(), commit.clone()));
            issue.note("MergedEvent", by, now, &head);
            issue.note("ClosedEvent", by, now, "");
        }
        let wish = Wish {
            repo: self.id,
            name: &name,
            to: Some(&commit),
            force: false,
            by,
            api: false,
        };
        state.move_ref(&wish).expect("the base moves");
        drop(guard);
        if delete && self.head(&head).is_some() {
            self.delete_branch(&head, by);
        }
    }

    /// Closes a pull request or an issue.
    pub fn close(&self, number: u64, by: &str) {
        self.hub.state().close(self.id, number, by);
    }

    /// Reopens it; panics with GitHub's message if that is refused.
    pub fn reopen(&self, number: u64, by: &str) {
        self.hub
            .state()
            .reopen(self.id, number, by)
            .expect("it opens again");
    }

    /// Approves one.
    pub fn approve(&self, number: u64, by: &str) {
        self.review(number, by, "APPROVED");
    }

    /// Requests changes.
    pub fn request_changes(&self, number: u64, by: &str) {
        self.review(number, by, "CHANGES_REQUESTED");
    }

    fn review(&self, number: u64, by: &str, state: &'static str) {
        let id = self.hub.state().next_id();
        self.on_pull(number, |pull, at| {
            let commit = pull.head_oid.clone();
            let author = by.to_owned();
            pull.reviews.push(Review {
                id,
                author,
                state,
                commit,
                at,
            });
        });
    }

    /// Writes a comment.
    pub fn comment(&self, number: u64, by: &str, body: &str) {
        let mut state = self.hub.state();
        let (id, now) = (state.next_id(), state.now());
        state.issue_mut(self.id, number).comments.push(Comment {
            id,
            author: by.to_owned(),
            body: body.to_owned(),
            times: (now, now),
        });
    }

    /// Adds a label.
    pub fn label(&self, number: u64, by: &str, label: &str) {
        let mut state = self.hub.state();
        let now = state.now();
        state
            .repo_mut(self.id)
            .labels
            .entry(label.to_owned())
            .or_insert_with(|| "ededed".to_owned());
        let issue = state.issue_mut(self.id, number);
        if !issue.labels.iter().any(|known| known == label) {
            issue.labels.push(label.to_owned());
            issue.note("LabeledEvent", by, now, label);
        }
    }

    /// Removes a label.
    pub fn unlabel(&self, number: u64, by: &str, label: &str) {
        let mut state = self.hub.state();
        let now = state.now();
        let issue = state.issue_mut(self.id, number);
        issue.labels.retain(|known| known != label);
        issue.note("UnlabeledEvent", by, now, label);
    }

    /// Rewrites title and text.
    pub fn rewrite(&self, number: u64, title: &str, body: &str) {
        let mut state = self.hub.state();
        let issue = state.issue_mut(self.id, number);
        (issue.title, issue.body) = (title.to_owned(), body.to_owned());
    }

    /// Changes its base branch.
    pub fn retarget(&self, number: u64, by: &str, base: &str) {
        self.on_pull(number, |pull, _| base.clone_into(&mut pull.base));
        let mut state = self.hub.state();
        let now = state.now();
        state
            .issue_mut(self.id, number)
            .note("BaseRefChangedEvent", by, now, base);
    }

    /// Enables auto-merge.
    pub fn auto_merge(&self, number: u64, by: &str) {
        self.on_pull(number, |pull, _| pull.auto_merge = Some(by.to_owned()));
    }

    /// Puts it into the merge queue.
    pub fn queue(&self, number: u64) {
        self.on_pull(number, |pull, _| pull.queued = true);
    }

    fn on_pull(&self, number: u64, change: impl FnOnce(&mut Pull, i64)) {
        let mut state = self.hub.state();
        let now = state.now();
        let issue = state.issue_mut(self.id, number);
        change(issue.pull.as_mut().expect("a pull request"), now);
        issue.times.1 = now;
    }

    /// Opens an issue; gives its number.
    pub fn open_issue(&self, by: &str, title: &str, body: &str) -> u64 {
        self.hub.state().add_issue(self.id, by, title, body, None)
    }

    // ---- Settings.

    /// Renames it; the old name redirects to it from now on.
    pub fn rename(&self, full_name: &str) {
        let (owner, name) = full_name.split_once('/').expect("owner/name");
        self.change(|names, repo| {
            (repo.owner, repo.name) = (owner.to_owned(), name.to_owned());
            names.insert(full_name.to_lowercase(), repo.id);
        });
        self.hub.organization(owner);
    }

    /// Makes it read-only, or writable again.
    pub fn archive(&self, archived: bool) {
        self.change(|_, repo| repo.archived = archived);
    }

    /// Sets its topics.
    pub fn topics(&self, topics: &[&str]) {
        self.change(|_, repo| repo.topics = topics.iter().map(|topic| (*topic).to_owned()).collect());
    }

    /// Sets a person's role.
    pub fn role(&self, login: &str, role: Role) {
        self.change(|_, repo| {
            repo.roles.insert(login.to_lowercase(), role);
        });
    }

    /// Protects a branch.
    pub fn protect(&self, branch: &str, protection: Protection) {
        self.change(|_, repo| {
            repo.protections.insert(branch.to_owned(), protection);
        });
    }

    /// Adds a ruleset that applies to everyone.
    pub fn ruleset(&self, name: &str, include: &[&str], rules: &[Rule]) {
        let id = self.hub.state().next_id();
        self.change(|_, repo| {
            repo.rulesets.push(Ruleset {
                id,
                name: name.to_owned(),
                include: include.iter().map(|pattern| (*pattern).to_owned()).collect(),
                exclude: Vec::new(),
                rules: rules.to_vec(),
                bypass: BTreeSet::new(),
                enforcement: "active",
                of_owner: false,
            });
        });
    }

    /// Changes the last ruleset: who bypasses it, whether it is enforced, whose it is.
    pub fn last_ruleset(&self, change: impl FnOnce(&mut Ruleset)) {
        self.change(|_, repo| change(repo.rulesets.last_mut().expect("a ruleset")));
    }

    /// Sets its visibility.
    pub fn visibility(&self, visibility: Visibility) {
        self.change(|_, repo| repo.visibility = visibility);
    }

    /// Locks a conversation: only people who may write can comment, and Apps can't.
    pub fn lock(&self, number: u64, locked: bool) {
        self.change(|_, repo| repo.issues.get_mut(&number).expect("an issue").locked = locked);
    }

    /// Removes all rulesets and protections.
    pub fn unprotect(&self) {
        self.change(|_, repo| {
            repo.rulesets.clear();
            repo.protections.clear();
        });
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, u64>, &mut Repo)) {
        let mut guard = self.hub.state();
        let state = &mut *guard;
        let repo = state.repos.get_mut(&self.id).expect("a repository");
        change(&mut state.names, repo);
    }
}

impl Pull {
    /// A fresh one.
    pub fn new(head: &str, head_oid: &str, base: &str, draft: bool) -> Self {
        Pull {
            head: head.to_owned(),
            head_oid: head_oid.to_owned(),
            base: base.to_owned(),
            draft,
            merged: None,
            reviewers: Vec::new(),
            teams: Vec::new(),
            reviews: Vec::new(),
            auto_merge: None,
            queued: false,
            tried: None,
        }
    }
}

impl State {
    /// Opens an issue or a pull request; gives its number.
    pub fn add_issue(&mut self, repo: u64, by: &str, title: &str, body: &str, pull: Option<Pull>) -> u64 {
        let now = self.now();
        let issues = &mut self.repo_mut(repo).issues;
        let number = issues.keys().last().map_or(1, |last| last + 1);
        let issue = Issue {
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            author: by.to_owned(),
            open: true,
            times: (now, now),
            closed: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            comments: Vec::new(),
            locked: false,
            events: Vec::new(),
            pull,
        };
        issues.insert(number, issue);
        number
    }
}

//! Moves branches: checks rules, and updates pull requests.
//!
//! Input: a ref, its new commit or none, and who moves it. Output: the moved ref and its consequences, or GitHub's error message.
//! Not here: the status of these errors.

use super::faults::fits;
use super::state::{Moved, Repo, Role, Rule, Ruleset, State};

/// A request to move a ref.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// In this repository.
    pub repo: u64,
    /// The whole name.
    pub name: &'a str,
    /// The new commit; none deletes.
    pub to: Option<&'a str>,
    /// Whether the move may lose commits.
    pub force: bool,
    /// Who.
    pub by: &'a str,
    /// Whether it is through the API, where rules apply.
    pub api: bool,
}

impl State {
    /// Why a ref may not be created, moved or deleted; `None` if it may.
    pub fn refusal(&self, wish: &Wish<'_>) -> Option<String> {
        let repo = self.repo(wish.repo);
        let from = repo.refs.get(wish.name);
        match (from, wish.to) {
            (None, None) => return Some("Reference does not exist".to_owned()),
            (None, Some(_)) if nested(repo, wish.name) => return Some("Reference update failed".to_owned()),
            (Some(from), Some(to)) if !wish.force && !repo.git.contains(to, from) => {
                return Some("Update is not a fast forward".to_owned());
            }
            _ => {}
        }
        if !wish.api {
            return None;
        }
        if wish.to.is_none() && wish.name == format!("refs/heads/{}", repo.default_branch) {
            return Some("Cannot delete the default branch".to_owned());
        }
        self.protected(repo, wish).or_else(|| against_rules(repo, wish))
    }

    fn protected(&self, repo: &Repo, wish: &Wish<'_>) -> Option<String> {
        let branch = wish.name.strip_prefix("refs/heads/")?;
        let (_, protection) = repo.protection(branch)?;
        let from = repo.refs.get(wish.name);
        if from.is_none() && !protection.creatable {
            return Some("Reference update failed".to_owned());
        }
        if protection.locked && from.is_some() {
            return Some("Cannot change this locked branch".to_owned());
        }
        if protection.signatures && unsigned(repo, wish).is_some() {
            return Some("Commits must have verified signatures.".to_owned());
        }
        from?;
        if wish.to.is_none() {
            return Some("Cannot delete this protected branch".to_owned());
        }
        if from
            .zip(wish.to)
            .is_some_and(|(from, to)| !repo.git.contains(to, from))
        {
            return Some("Cannot force-push to this protected branch".to_owned());
        }
        let free = !protection.admins && self.role(wish.by, wish.repo) == Role::Admin;
        (protection.approvals.is_some() && !free)
            .then(|| "Changes must be made through a pull request.".to_owned())
    }

    /// Moves a ref, or returns why not.
    pub fn move_ref(&mut self, wish: &Wish<'_>) -> Result<(), String> {
        if let Some(refusal) = self.refusal(wish) {
            return Err(refusal);
        }
        let now = self.now();
        let repo = self.repo_mut(wish.repo);
        let from = repo.refs.get(wish.name).cloned();
        if from.as_deref() == wish.to {
            return Ok(());
        }
        match wish.to {
            Some(to) => repo.refs.insert(wish.name.to_owned(), to.to_owned()),
            None => repo.refs.remove(wish.name),
        };
        repo.git.write_ref(wish.name, wish.to);
        repo.pushed = now;
        let forced = match (&from, wish.to) {
            (Some(from), Some(to)) => !repo.git.contains(to, from),
            _ => false,
        };
        let repository = repo.full_name();
        if wish.api && (forced || wish.to.is_none()) {
            let lost = left_behind(repo, from.as_deref());
            self.lost
                .extend(lost.into_iter().map(|commit| (repository.clone(), commit)));
        }
        self.moves.push(Moved {
            repository,
            name: wish.name.to_owned(),
            from: from.clone(),
            to: wish.to.map(str::to_owned),
            forced,
            by: wish.by.to_owned(),
            api: wish.api,
        });
        if let Some(branch) = wish.name.strip_prefix("refs/heads/") {
            self.head_moved(wish, branch, from.is_none(), forced);
            self.base_moved(wish, branch);
        }
        Ok(())
    }

    /// Pull requests from this branch.
    fn head_moved(&mut self, wish: &Wish<'_>, branch: &str, new: bool, forced: bool) {
        let now = self.now();
        let repo = self.repo(wish.repo);
        let from_here = |number: &u64| {
            repo.issues[number]
                .pull
                .as_ref()
                .is_some_and(|pull| pull.head == branch)
        };
        let numbers: Vec<u64> = repo.issues.keys().copied().filter(from_here).collect();
        for number in numbers {
            let repo = self.repo_mut(wish.repo);
            let dismiss = {
                let base = &repo.issues[&number].pull.as_ref().expect("a pull request").base;
                repo.protections
                    .get(base)
                    .is_some_and(|protection| protection.dismiss_stale)
            };
            let issue = repo.issues.get_mut(&number).expect("an issue");
            let pull = issue.pull.as_mut().expect("a pull request");
            let Some(to) = wish.to else {
                issue.note("HeadRefDeletedEvent", wish.by, now, branch);
                if issue.open {
                    self.close(wish.repo, number, wish.by);
                }
                continue;
            };
            if !issue.open {
                if new {
                    issue.note("HeadRefRestoredEvent", wish.by, now, branch);
                }
                continue;
            }
            let base = repo.refs.get(&format!("refs/heads/{}", pull.base));
            if base.is_some_and(|base| repo.git.contains(base, to)) {
                // A pull request without commits is closed at once, and keeps its old head commit.
                self.closed_by_move
                    .push((self.repo(wish.repo).full_name(), number));
                self.close(wish.repo, number, wish.by);
                continue;
            }
            to.clone_into(&mut pull.head_oid);
            if forced {
                pull.auto_merge = None;
            }
            if dismiss {
                let approvals = pull
                    .reviews
                    .iter_mut()
                    .filter(|review| review.state == "APPROVED");
                approvals.for_each(|review| review.state = "DISMISSED");
            }
            issue.times.1 = now;
            if forced {
                issue.note("HeadRefForcePushedEvent", wish.by, now, branch);
            }
        }
    }

    /// Pull requests into this branch.
    fn base_moved(&mut self, wish: &Wish<'_>, branch: &str) {
        let now = self.now();
        let repo = self.repo(wish.repo);
        let waiting: Vec<(u64, String)> = repo
            .issues
            .values()
            .filter(|issue| issue.open)
            .filter_map(|issue| Some((issue.number, issue.pull.as_ref()?)))
            .filter(|(_, pull)| pull.base == branch)
            .map(|(number, pull)| (number, pull.head_oid.clone()))
            .collect();
        for (number, head) in waiting {
            match wish.to {
                None => self.close(wish.repo, number, wish.by),
                Some(to) if self.repo(wish.repo).git.contains(to, &head) => {
                    let issue = self.issue_mut(wish.repo, number);
                    issue.open = false;
                    issue.closed = Some(now);
                    issue.pull.as_mut().expect("a pull request").merged =
                        Some((now, wish.by.to_owned(), to.to_owned()));
                    issue.note("MergedEvent", wish.by, now, branch);
                    issue.note("ClosedEvent", wish.by, now, "");
                }
                Some(_) => {}
            }
        }
    }

    /// Closes an issue.
    pub fn close(&mut self, repo: u64, number: u64, by: &str) {
        let now = self.now();
        let issue = self.issue_mut(repo, number);
        issue.open = false;
        issue.closed = Some(now);
        if let Some(pull) = &mut issue.pull {
            pull.auto_merge = None;
        }
        issue.note("ClosedEvent", by, now, "");
    }

    /// Reopens an issue, or returns why not.
    pub fn reopen(&mut self, repo: u64, number: u64, by: &str) -> Result<(), String> {
        let now = self.now();
        let held = self.repo(repo);
        let issue = &held.issues[&number];
        let mut tip = None;
        if let Some(pull) = &issue.pull {
            let say = |why: String| Err(format!("state cannot be changed. {why}"));
            if pull.merged.is_some() {
                return say("The pull request has been merged.".to_owned());
            }
            let Some(head) = held.branch(&pull.head) else {
                return say(format!("The {} branch has been deleted.", pull.head));
            };
            let Some(base) = held.branch(&pull.base) else {
                return say(format!("The {} branch has been deleted.", pull.base));
            };
            if held.open_pull(&pull.head, &pull.base).is_some() {
                return say(format!(
                    "There is already an open pull request from {} to {}.",
                    pull.head, pull.base
                ));
            }
            if !held.git.contains(head, &pull.head_oid) {
                return say(format!("The {} branch was force-pushed or recreated.", pull.head));
            }
            if held.git.contains(base, head) {
                return say(format!("There are no new commits on the {} branch.", pull.head));
            }
            tip = Some(head.clone());
        }
        let issue = self.issue_mut(repo, number);
        issue.open = true;
        issue.closed = None;
        if let Some((pull, tip)) = issue.pull.as_mut().zip(tip) {
            pull.head_oid = tip;
        }
        issue.note("ReopenedEvent", by, now, "");
        Ok(())
    }
}

/// The rulesets of a repository that apply to a ref and to a user.
pub fn rulesets_for<'a>(repo: &'a Repo, name: &'a str, by: &'a str) -> impl Iterator<Item = &'a Ruleset> {
    let default = format!("refs/heads/{}", repo.default_branch);
    let holds = move |pattern: &String| match pattern.as_str() {
        "~ALL" => true,
        "~DEFAULT_BRANCH" => name == default,
        // Similar to File.fnmatch: a single star does not match a slash.
        pattern if pattern.contains("**") => fits(&pattern.replace("**/*", "*").replace("**", "*"), name),
        pattern => fits(pattern, name) && pattern.matches('/').count() == name.matches('/').count(),
    };
    repo.rulesets.iter().filter(move |ruleset| {
        ruleset.include.iter().any(&holds)
            && !ruleset.exclude.iter().any(&holds)
            && !ruleset.bypass.contains(by)
            && ruleset.enforcement == "active"
    })
}

fn against_rules(repo: &Repo, wish: &Wish<'_>) -> Option<String> {
    let from = repo.refs.get(wish.name);
    let branch = wish.name.strip_prefix("refs/heads/")?;
    let rules = rulesets_for(repo, wish.name, wish.by).flat_map(|ruleset| &ruleset.rules);
    let broken: Vec<String> = rules
        .filter_map(|rule| match (rule, from, wish.to) {
            (Rule::Creation, None, Some(_)) => {
                Some("Cannot create ref due to creations being restricted.".to_owned())
            }
            (Rule::BranchName { starts_with }, None, Some(_))
                if !branch.starts_with(starts_with.as_str()) =>
            {
                Some(format!(
                    "Branch name must start with a matching pattern: {starts_with}"
                ))
            }
            (Rule::Update, Some(_), Some(_)) => Some("Cannot update this protected ref.".to_owned()),
            (Rule::PullRequest { .. }, Some(_), Some(_)) => {
                Some("Changes must be made through a pull request.".to_owned())
            }
            (Rule::Deletion, Some(_), None) => Some("Cannot delete this branch".to_owned()),
            (Rule::NonFastForward, Some(from), Some(to)) if !repo.git.contains(to, from) => {
                Some("Cannot force-push to this branch".to_owned())
            }
            (Rule::FilePath { starts_with }, _, Some(to)) => {
                changed(repo, from, to, &|path| path.starts_with(starts_with.as_str()))
                    .map(|path| format!("File path is restricted: {path}"))
            }
            (Rule::Extension { ending }, _, Some(to)) => changed(repo, from, to, &|path| {
                path.ends_with(ending.trim_start_matches('*'))
            })
            .map(|path| format!("File extension is restricted: {path}")),
            (Rule::Secret { text }, _, Some(to)) => secret(repo, from, to, text),
            (Rule::Signatures, _, Some(_)) => {
                unsigned(repo, wish).map(|_| "Commits must have verified signatures.".to_owned())
            }
            (Rule::MergeQueue, Some(_), Some(_)) => {
                Some("Changes must be made through the merge queue".to_owned())
            }
            (Rule::StatusChecks { free_on_create }, from, Some(_)) if from.is_some() || !free_on_create => {
                Some("Required status check \"build\" is expected.".to_owned())
            }
            (Rule::LinearHistory, _, Some(_)) => new_commits(repo, wish)
                .iter()
                .any(|commit| commit.1.parents.len() > 1)
                .then(|| "This branch must not contain merge commits.".to_owned()),
            (Rule::Message { starts_with }, _, Some(_)) => new_commits(repo, wish)
                .iter()
                .any(|commit| !commit.1.message.starts_with(starts_with.as_str()))
                .then(|| format!("Commit message must start with a matching pattern: {starts_with}")),
            (Rule::AuthorEmail { ends_with }, _, Some(_)) => new_commits(repo, wish)
                .iter()
                .any(|commit| !commit.1.author.1.ends_with(ends_with.as_str()))
                .then(|| format!("Author email must end with a matching pattern: {ends_with}")),
            _ => None,
        })
        .collect();
    (!broken.is_empty()).then(|| format!("Repository rule violations found\n\n{}\n\n", broken.join("\n")))
}

/// The first changed path of a kind.
fn changed(repo: &Repo, from: Option<&String>, to: &str, is: &dyn Fn(&str) -> bool) -> Option<String> {
    let base = from.or_else(|| repo.branch(&repo.default_branch))?;
    let base = repo.git.merge_base(base, to)?;
    let (before, after) = (
        repo.git.files(&repo.git.tree_of(&base)),
        repo.git.files(&repo.git.tree_of(to)),
    );
    let mut paths = before.keys().chain(after.keys());
    paths
        .find(|path| is(path) && before.get(*path) != after.get(*path))
        .cloned()
}

/// Push protection: a secret in a new file.
fn secret(repo: &Repo, from: Option<&String>, to: &str, text: &str) -> Option<String> {
    let holds = |path: &str| {
        let files = repo.git.files(&repo.git.tree_of(to));
        let bytes = files.get(path).and_then(|(_, oid)| repo.git.object(oid));
        bytes.is_some_and(|(_, bytes)| String::from_utf8_lossy(&bytes).contains(text))
    };
    changed(repo, from, to, &holds).map(|path| format!("Secret detected in content: {path}"))
}

/// The commits that a move adds: those that are on no ref yet.
fn new_commits(repo: &Repo, wish: &Wish<'_>) -> Vec<(String, super::git::Commit)> {
    let Some(to) = wish.to else {
        return Vec::new();
    };
    let known = |commit: &String| repo.refs.values().any(|tip| repo.git.contains(tip, commit));
    let mut all = repo.git.history(to);
    all.retain(|commit| !known(commit));
    all.into_iter()
        .filter_map(|commit| {
            let read = repo.git.read(&commit)?;
            Some((commit, read))
        })
        .collect()
}

fn unsigned(repo: &Repo, wish: &Wish<'_>) -> Option<String> {
    let new = new_commits(repo, wish);
    let mut new = new.into_iter().map(|(commit, _)| commit);
    new.find(|commit| !repo.signed.contains(commit))
}

/// Whether one ref's name is a folder in another one's.
fn nested(repo: &Repo, name: &str) -> bool {
    repo.refs.keys().any(|other| {
        other.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
            || name
                .strip_prefix(other.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// People's commits that are no longer on any branch.
fn left_behind(repo: &Repo, from: Option<&str>) -> Vec<String> {
    let Some(from) = from else {
        return Vec::new();
    };
    let mut left: Vec<String> = repo.git.history(from);
    left.retain(|commit| repo.by_people.contains(commit));
    if !left.is_empty() {
        left.retain(|commit| !repo.refs.values().any(|tip| repo.git.contains(tip, commit)));
    }
    left
}

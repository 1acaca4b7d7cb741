//! Creates accounts, repositories and tokens for a test.
//!
//! Input: calls of a test. Output: the state at its beginning. Not here: later actions (`people.rs`).

use std::collections::{BTreeMap, BTreeSet};

use super::git::{Change, Commit, Git};
use super::state::{
    App, Installation, Kind, Protection, Repo, Role, Rule, Ruleset, State, Token, Visibility,
};
use super::{APP_KEY, Github, ROBOT};

impl Github {
    /// Makes an organization.
    pub fn organization(&self, login: &str) {
        self.state().add_account(login, "Organization");
    }

    /// Makes a person.
    pub fn user(&self, login: &str) {
        self.state().add_account(login, "User");
    }

    /// Makes a person a member of an organization, who may push to its repositories.
    pub fn member(&self, organization: &str, login: &str) {
        self.user(login);
        self.organization(organization);
        let mut state = self.state();
        let account = state
            .accounts
            .get_mut(&organization.to_lowercase())
            .expect("an organization");
        account.members.insert(login.to_lowercase());
    }

    /// Makes a team of an organization.
    pub fn team(&self, organization: &str, slug: &str) {
        self.organization(organization);
        let mut state = self.state();
        let account = state
            .accounts
            .get_mut(&organization.to_lowercase())
            .expect("an organization");
        account.teams.insert(slug.to_owned());
    }

    /// Describes a repository; [`New::create`] creates it. If its owner does not exist, it is created as an organization.
    pub fn repository(&self, full_name: &str) -> New<'_> {
        let (owner, name) = full_name.split_once('/').expect("owner/name");
        New {
            hub: self,
            owner: owner.to_owned(),
            name: name.to_owned(),
            files: Vec::new(),
            empty: false,
            rulesets: Vec::new(),
            more: Vec::new(),
        }
    }

    /// A classic token of [`ROBOT`], with the scopes `repo` and `workflow`.
    pub fn token(&self) -> String {
        self.classic(ROBOT, &["repo", "workflow", "read:org"])
    }

    /// A classic token.
    pub fn classic(&self, login: &str, scopes: &[&str]) -> String {
        self.user(login);
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.state()
            .add_token("ghp_", login, Kind::Classic { scopes }, &[], None, None)
    }

    /// A fine-grained token with permissions such as `("contents", Role::Write)`, for all repositories or for these.
    pub fn fine_grained(
        &self,
        login: &str,
        permissions: &[(&str, Role)],
        repositories: Option<&[&str]>,
    ) -> String {
        self.user(login);
        let mut state = self.state();
        let repositories = state.numbers(repositories);
        state.add_token(
            "github_pat_",
            login,
            Kind::FineGrained,
            permissions,
            repositories,
            None,
        )
    }

    /// Makes a token expire now.
    pub fn expire(&self, token: &str) {
        let mut state = self.state();
        let now = state.now();
        state.tokens.get_mut(token).expect("a token").expires = Some(now);
    }

    /// Installs an App at an account, for all of its repositories or for these. If there is no App of this name, it is created. All
    /// Apps sign with [`APP_KEY`].
    pub fn install(
        &self,
        slug: &str,
        account: &str,
        permissions: &[(&str, Role)],
        repositories: Option<&[&str]>,
    ) -> Installed {
        let mut state = self.state();
        state.add_account(&format!("{slug}[bot]"), "Bot");
        let found = state.apps.values().find(|app| app.slug == slug).map(|app| app.id);
        let app = found.unwrap_or_else(|| {
            let id = state.next_id();
            let slug = slug.to_owned();
            state.apps.insert(id, App { id, slug });
            id
        });
        let repositories = state.numbers(repositories);
        let id = state.next_id();
        let installation = Installation {
            id,
            app,
            account: account.to_owned(),
            permissions: levels(permissions),
            repositories,
            lifetime: 3600,
        };
        state.installations.insert(id, installation);
        Installed {
            app,
            installation: id,
            key: APP_KEY,
        }
    }

    /// Sets how many seconds an installation's tokens are valid, from the next one on.
    pub fn token_lifetime(&self, installation: u64, seconds: i64) {
        self.state()
            .installations
            .get_mut(&installation)
            .expect("an installation")
            .lifetime = seconds;
    }

    /// Removes an installation and its tokens.
    pub fn uninstall(&self, installation: u64) {
        let mut state = self.state();
        state.installations.remove(&installation);
        state
            .tokens
            .retain(|_, token| token.kind != Kind::Installation { installation });
    }

    /// The `GITHUB_TOKEN` of a workflow in this repository.
    pub fn actions_token(&self, repository: &str) -> String {
        let owner = repository.split_once('/').expect("owner/name").0;
        let permissions = [
            ("contents", Role::Write),
            ("pull_requests", Role::Write),
            ("issues", Role::Write),
        ];
        let installed = self.install("github-actions", owner, &permissions, Some(&[repository]));
        let mut state = self.state();
        let repositories = state.numbers(Some(&[repository]));
        let kind = Kind::Installation {
            installation: installed.installation,
        };
        state.add_token(
            "ghs_",
            "github-actions[bot]",
            kind,
            &permissions,
            repositories,
            None,
        )
    }
}

impl State {
    fn numbers(&self, repositories: Option<&[&str]>) -> Option<BTreeSet<u64>> {
        let number = |name: &&str| {
            self.find(name)
                .unwrap_or_else(|| panic!("no repository {name}"))
                .0
        };
        repositories.map(|names| names.iter().map(number).collect())
    }

    /// Creates a token and returns its text.
    pub fn add_token(
        &mut self,
        prefix: &str,
        login: &str,
        kind: Kind,
        permissions: &[(&str, Role)],
        repositories: Option<BTreeSet<u64>>,
        expires: Option<i64>,
    ) -> String {
        let text = format!("{prefix}standin{:024}", self.next_id());
        let token = Token {
            login: login.to_owned(),
            kind,
            permissions: levels(permissions),
            repositories,
            expires,
        };
        self.tokens.insert(text.clone(), token);
        text
    }
}

fn levels(permissions: &[(&str, Role)]) -> BTreeMap<String, Role> {
    permissions
        .iter()
        .map(|(name, role)| ((*name).to_owned(), *role))
        .collect()
}

/// An App's numbers and key.
#[derive(Debug, Clone, Copy)]
pub struct Installed {
    /// For `LESSONBOOK_APP_ID`.
    pub app: u64,
    /// The installation.
    pub installation: u64,
    /// For `LESSONBOOK_APP_PRIVATE_KEY`.
    pub key: &'static str,
}

type More = Box<dyn FnOnce(&mut Repo)>;

/// A repository that is not created yet.
pub struct New<'a> {
    hub: &'a Github,
    owner: String,
    name: String,
    files: Vec<(String, &'static str, Vec<u8>)>,
    empty: bool,
    rulesets: Vec<Ruleset>,
    more: Vec<More>,
}

impl New<'_> {
    /// Only for collaborators. Without this or [`New::internal`], public.
    #[must_use]
    pub fn private(self) -> Self {
        self.set(|repo| repo.visibility = Visibility::Private)
    }

    /// Only for the enterprise.
    #[must_use]
    pub fn internal(self) -> Self {
        self.set(|repo| repo.visibility = Visibility::Internal)
    }

    /// With topics.
    #[must_use]
    pub fn topics(self, topics: &[&str]) -> Self {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        self.set(|repo| repo.topics = topics)
    }

    /// With a custom property.
    #[must_use]
    pub fn property(self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.set(|repo| {
            repo.properties.insert(name, value);
        })
    }

    /// Read-only.
    #[must_use]
    pub fn archived(self) -> Self {
        self.set(|repo| repo.archived = true)
    }

    /// Disabled by GitHub.
    #[must_use]
    pub fn disabled(self) -> Self {
        self.set(|repo| repo.disabled = true)
    }

    /// A fork.
    #[must_use]
    pub fn fork(self) -> Self {
        self.set(|repo| repo.fork = true)
    }

    /// Without a commit.
    #[must_use]
    pub fn empty(mut self) -> Self {
        self.empty = true;
        self
    }

    /// With another default branch than `main`.
    #[must_use]
    pub fn default_branch(self, branch: &str) -> Self {
        let branch = branch.to_owned();
        self.set(|repo| repo.default_branch = branch)
    }

    /// With a file in its first commit. Without any there is a `README.md`.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.file_with(path, "100644", bytes)
    }

    /// With a file of another mode: `100755`, `120000`.
    #[must_use]
    pub fn file_with(mut self, path: &str, mode: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((path.to_owned(), mode, bytes.as_ref().to_vec()));
        self
    }

    /// A person's role in the repository; for [`ROBOT`], instead of [`Role::Write`].
    #[must_use]
    pub fn role(self, login: &str, role: Role) -> Self {
        let login = login.to_lowercase();
        self.set(move |repo| {
            repo.roles.insert(login, role);
        })
    }

    /// With a ruleset for these refs (`~DEFAULT_BRANCH`, `~ALL`, `refs/heads/lessonbook/**`).
    #[must_use]
    pub fn ruleset(mut self, name: &str, include: &[&str], rules: &[Rule]) -> Self {
        self.rulesets.push(Ruleset {
            id: 0,
            name: name.to_owned(),
            include: include.iter().map(|pattern| (*pattern).to_owned()).collect(),
            exclude: Vec::new(),
            rules: rules.to_vec(),
            bypass: BTreeSet::new(),
            enforcement: "active",
            of_owner: false,
        });
        self
    }

    /// This login bypasses the last ruleset.
    #[must_use]
    pub fn bypass(mut self, login: &str) -> Self {
        self.rulesets
            .last_mut()
            .expect("a ruleset")
            .bypass
            .insert(login.to_owned());
        self
    }

    /// With a protected branch.
    #[must_use]
    pub fn protect(self, branch: &str, protection: Protection) -> Self {
        let branch = branch.to_owned();
        self.set(move |repo| {
            repo.protections.insert(branch, protection);
        })
    }

    /// Merged branches are deleted.
    #[must_use]
    pub fn delete_merged(self) -> Self {
        self.set(|repo| repo.delete_merged = true)
    }

    fn set(mut self, change: impl FnOnce(&mut Repo) + 'static) -> Self {
        self.more.push(Box::new(change));
        self
    }

    /// Creates it; returns the id of its first commit, or an empty text for an empty repository.
    pub fn create(self) -> String {
        let mut guard = self.hub.state();
        let state = &mut *guard;
        state.add_account(&self.owner, "Organization");
        let (id, now) = (state.next_id(), state.now());
        let dir = state.folder.join(format!("{id}.git"));
        let mut repo = Repo {
            id,
            owner: self.owner,
            name: self.name,
            visibility: Visibility::Public,
            topics: Vec::new(),
            properties: BTreeMap::new(),
            archived: false,
            disabled: false,
            fork: false,
            default_branch: "main".to_owned(),
            git: Git::init(&dir, &state.store),
            refs: BTreeMap::new(),
            issues: BTreeMap::new(),
            labels: BTreeMap::from([("bug".to_owned(), "d73a4a".to_owned())]),
            rulesets: self.rulesets,
            protections: BTreeMap::new(),
            roles: BTreeMap::from([(ROBOT.to_owned(), Role::Write), ("dana".to_owned(), Role::Admin)]),
            delete_merged: false,
            pushed: now,
            by_people: BTreeSet::new(),
            signed: BTreeSet::new(),
        };
        for ruleset in &mut repo.rulesets {
            ruleset.id = state.next_id();
        }
        self.more.into_iter().for_each(|change| change(&mut repo));
        let mut first = String::new();
        if !self.empty {
            first = first_commit(&repo, self.files, now);
            let name = format!("refs/heads/{}", repo.default_branch);
            repo.refs.insert(name, first.clone());
            repo.by_people.insert(first.clone());
        }
        let taken = state.names.insert(repo.full_name().to_lowercase(), id);
        assert!(taken.is_none(), "{} is there already", repo.full_name());
        state.repos.insert(id, repo);
        first
    }
}

fn first_commit(repo: &Repo, mut files: Vec<(String, &'static str, Vec<u8>)>, now: i64) -> String {
    if files.is_empty() {
        files.push((
            "README.md".to_owned(),
            "100644",
            format!("# {}\n", repo.name).into_bytes(),
        ));
    }
    let changes: BTreeMap<String, Change> = files
        .into_iter()
        .map(|(path, mode, bytes)| (path, Some((mode.to_owned(), repo.git.blob(&bytes)))))
        .collect();
    let dana = ("dana".to_owned(), "dana@example.com".to_owned());
    repo.git.commit(&Commit {
        tree: repo.git.edit(None, &changes).expect("a tree"),
        parents: Vec::new(),
        author: dana.clone(),
        committer: dana,
        times: (now, now),
        message: "First".to_owned(),
    })
}

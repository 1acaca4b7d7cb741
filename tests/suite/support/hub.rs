//! One target on GitHub in memory: its base branch, our branch and its pull requests, on which steps are carried out.
//!
//! Input: a store (`library::Book`) and files. Output: what GitHub would return, and the result of the steps. It refuses what
//! GitHub refuses, and closes what GitHub closes. Not here: the expected results.

#![allow(dead_code)]

use std::collections::BTreeMap;

use super::library::{Book, TODAY, bare};
use lessonbook_base::snapshot::{Base, Branch, EarlierStates, Snapshot};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::lifecycle::{self, ProposalPlan, ProposalSituation};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pr_body::{self, BodyInput};
use lessonbook_pipeline::pull_request::{Commit, Permission, Pull, PullState, Remote, Review, Step};
use lessonbook_pipeline::withdraw::Withdrawer;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_store::{Status, Store, Visibility};

pub const BASE: &str = "b000000000000000000000000000000000000000";

pub const ABOUT: BodyInput<'static> = BodyInput {
    store_commit: Some("5701e00000000000000000000000000000000000"),
    server: "https://github.com",
    run: Some("8841"),
};

/// A store whose only target is `acme/app` on GitHub.
pub fn store(book: &Book) -> &'static Store {
    let mut files = book.files.clone();
    let targets = format!(
        "version: 1\nname: acme\nhome: acme/lessons\n{}targets:\n  acme/app: {}\n",
        book.settings, book.target
    );
    files.insert("targets.yaml".into(), targets.into_bytes());
    let (store, findings) = lessonbook_store::load(&files, TODAY);
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    Box::leak(Box::new(store))
}

/// Our branch, with everything that decisions need.
#[derive(Debug, Clone)]
pub struct Head {
    pub commit: String,
    pub tree: Tree,
    /// Commits of persons since the base.
    pub foreign: Vec<String>,
    /// It is based on the newest commit of the base, so that nothing can conflict.
    pub fresh: bool,
}

/// The target.
#[derive(Debug, Clone)]
pub struct Hub {
    pub store: &'static Store,
    pub base: Tree,
    /// The tree that our branch started from.
    pub started: Tree,
    pub head: Option<Head>,
    pub pulls: Vec<Pull>,
    pub said: BTreeMap<(u64, String), String>,
    pub hold: Option<String>,
    pub about: BodyInput<'static>,
    pub newer: bool,
    pub remote: Remote,
    /// The lesson that the next runs withdraw; `None` for syncs.
    pub withdraws: Option<WithdrawnLesson>,
    commits: usize,
}

impl Hub {
    pub fn new(book: &Book) -> Self {
        Hub {
            store: store(book),
            base: bare(),
            started: bare(),
            head: None,
            pulls: Vec::new(),
            said: BTreeMap::new(),
            hold: None,
            about: ABOUT,
            newer: false,
            remote: Remote {
                id: "R_1".into(),
                name: "acme/app".into(),
                requested_name: None,
                visibility: Visibility::Private,
                topics: Vec::new(),
                archived: false,
                disabled: false,
                empty: false,
                fork: false,
                permission: Permission::Write,
                default_branch: Some("main".into()),
                base_tree: None,
                branch_tree: None,
                snapshot: None,
                listed: true,
                pull: None,
                wishes: None,
                rules: None,
            },
            withdraws: None,
            commits: 0,
        }
    }

    /// From now on the runs withdraw this lesson.
    pub fn withdrawing(mut self, lesson: &str) -> Self {
        self.withdraws = Some(WithdrawnLesson::new(self.store, lesson, "It is wrong."));
        let mut store = self.store.clone();
        for one in store.lessons.iter_mut().filter(|one| one.id == lesson) {
            one.status = Status::Retired;
        }
        self.store = Box::leak(Box::new(store));
        self
    }

    /// From now on the runs are syncs with this store.
    pub fn syncing(mut self, book: &Book) -> Self {
        self.withdraws = None;
        self.book(book)
    }

    /// Replaces the store from now on.
    pub fn book(mut self, book: &Book) -> Self {
        self.store = store(book);
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// A run with all its steps.
    pub fn run(mut self) -> Self {
        let life = self.life();
        self.carry_out(&life.steps);
        self
    }

    /// Merges the newest pull request into the base branch.
    pub fn merged(mut self) -> Self {
        self.base = self.head.as_ref().expect("a branch").tree.clone();
        self.head = None;
        let pull = self.pulls.last_mut().expect("a pull request");
        (pull.state, pull.closed) = (PullState::Merged, Some(20));
        self
    }

    /// A person closes the newest pull request.
    pub fn closed(self) -> Self {
        self.pull(|pull| (pull.state, pull.closed) = (PullState::Closed, Some(30)))
    }

    /// Changes the newest pull request.
    pub fn pull(mut self, change: impl FnOnce(&mut Pull)) -> Self {
        change(self.pulls.last_mut().expect("a pull request"));
        self
    }

    /// A person pushes a file to our branch.
    pub fn pushed(mut self, path: &str, text: &str) -> Self {
        let head = self.head.as_mut().expect("a branch");
        head.tree.load(path, Mode::File, text);
        head.foreign.push("fffffff Mine (dana)".into());
        head.commit = "f".repeat(40);
        if let Some(pull) = self.pulls.last_mut() {
            pull.head.clone_from(&head.commit);
        }
        self
    }

    pub fn remote(&self) -> Remote {
        let branch = self.head.as_ref().map(|head| {
            let changed = |path: &&str| self.started.get(path) != head.tree.get(path);
            let mut touched: Vec<&str> = head
                .tree
                .iter()
                .chain(self.started.iter())
                .map(|(path, _)| path)
                .collect();
            touched.sort_unstable();
            touched.dedup();
            Branch {
                head: head.commit.clone(),
                tree: head.tree.clone(),
                ours: head.foreign.is_empty(),
                foreign: head.foreign.clone(),
                merged: head.commit == BASE,
                checked_out: None,
                touched: touched.into_iter().filter(changed).map(str::to_owned).collect(),
                changed_on_base: Vec::new(),
                digest: None,
                home: None,
                withdraws: Vec::new(),
            }
        });
        Remote {
            snapshot: Some(Snapshot {
                base: Base {
                    branch: "main".into(),
                    commit: BASE.into(),
                    time: 1_767_603_600,
                },
                tree: self.base.clone(),
                branch,
                past: None,
                earlier: EarlierStates::default(),
                findings: Vec::new(),
            }),
            pull: self.pulls.last().cloned(),
            ..self.remote.clone()
        }
    }

    pub fn plan(&self) -> TargetPlan {
        if let Some(what) = &self.withdraws {
            let (remote, target) = (self.remote(), &self.store.targets[0]);
            let snapshot = remote.snapshot.as_ref().expect("a snapshot");
            return Withdrawer::new(self.store, what).plan(target, snapshot, remote.is_open());
        }
        let planner = Planner::new(self.store).unwrap_or_else(|finding| panic!("{finding:?}"));
        let snapshot = self.remote().snapshot.expect("a snapshot");
        planner.plan(&self.store.targets[0], &snapshot)
    }

    pub fn life(&self) -> ProposalPlan {
        self.life_of(&self.plan())
    }

    /// The result of a plan.
    pub fn life_of(&self, plan: &TargetPlan) -> ProposalPlan {
        let remote = self.remote();
        lifecycle::decide(&ProposalSituation {
            store: self.store,
            plan,
            remote: &remote,
            about: &self.about,
            is_newer: &|_| self.newer,
            hold: self.hold.as_deref(),
            forks: false,
        })
    }

    /// The title and body that a new proposal would get.
    pub fn text(&self) -> lessonbook_pipeline::pull_request::PullText {
        pr_body::write(
            self.store,
            &self.plan(),
            &self.about,
            &pr_body::EarlierWithdrawals::default(),
        )
        .0
    }

    pub fn carry_out(&mut self, steps: &[Step]) {
        for step in steps {
            self.carry(step);
        }
    }

    pub fn carry(&mut self, step: &Step) {
        match step {
            Step::CreateBranch(commit) => {
                assert!(self.head.is_none(), "the branch is there already");
                self.head = Some(self.commit(commit));
            }
            Step::MoveBranch { from, to, force } => {
                let head = self.head.clone().expect("a branch to move");
                assert_eq!(*from, head.commit, "the branch stands elsewhere");
                assert!(head.foreign.is_empty(), "a foreign branch is moved");
                assert!(
                    *force || to.onto == head.commit || head.commit == BASE,
                    "no fast-forward"
                );
                let new = self.commit(to);
                assert_ne!(
                    new.tree, self.base,
                    "the move makes the branch equal to the base, which closes its pull request"
                );
                for pull in &mut self.pulls {
                    if pull.state == PullState::Open {
                        pull.head.clone_from(&new.commit);
                        pull.conflicting = None;
                    }
                }
                self.head = Some(new);
            }
            Step::Open {
                base,
                text,
                draft,
                metadata,
            } => {
                assert!(self.open().is_none(), "there are two open pull requests");
                let head = self.head.as_ref().expect("a branch");
                assert_ne!(
                    head.tree, self.base,
                    "there are no commits between main and the branch"
                );
                assert!(text.title.chars().count() <= 256 && text.body.chars().count() < 58_000);
                let number = self.pulls.len() as u64 + 1;
                self.pulls.push(Pull {
                    base_branch: base.clone(),
                    draft: *draft,
                    labels: metadata.labels.clone(),
                    ..pull(number, &head.commit, &text.title, &text.body)
                });
            }
            Step::Reopen { number } => {
                assert!(self.open().is_none(), "there are two open pull requests");
                let head = self.head.as_ref().map(|head| head.commit.clone());
                let pull = self.numbered(*number);
                assert_eq!(pull.state, PullState::Closed);
                assert_eq!(
                    Some(&pull.head),
                    head.as_ref(),
                    "the branch was force-pushed or recreated"
                );
                (pull.state, pull.closed) = (PullState::Open, None);
            }
            Step::Rewrite { number, text } => {
                let pull = self.numbered(*number);
                assert!(
                    (&pull.title, &pull.body) != (&text.title, &text.body),
                    "a text is written that stands there already"
                );
                (pull.title, pull.body) = (text.title.clone(), text.body.clone());
            }
            Step::Mark { number, metadata } => {
                let pull = self.numbered(*number);
                assert!(
                    *metadata != lessonbook_pipeline::pull_request::Metadata::default(),
                    "nothing is marked"
                );
                pull.labels.extend(metadata.labels.iter().cloned());
            }
            Step::Say { number, key, text } => {
                self.said.insert((*number, key.clone()), text.clone());
            }
            Step::Close { number } => {
                let pull = self.numbered(*number);
                assert_eq!(pull.state, PullState::Open);
                (pull.state, pull.closed) = (PullState::Closed, Some(40));
            }
            Step::DeleteBranch { from } => {
                let head = self.head.take().expect("a branch to delete");
                assert_eq!(*from, head.commit);
                assert!(head.foreign.is_empty(), "a foreign branch is deleted");
                assert!(
                    self.open().is_none(),
                    "deleting the branch closes its pull request"
                );
            }
        }
    }

    pub fn open(&self) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.state == PullState::Open)
    }

    fn numbered(&mut self, number: u64) -> &mut Pull {
        let found = self.pulls.iter_mut().find(|pull| pull.number == number);
        found.expect("the pull request")
    }

    fn commit(&mut self, commit: &Commit) -> Head {
        let on_base = commit.onto == BASE;
        let onto = match &self.head {
            Some(head) if head.commit == commit.onto => head.tree.clone(),
            _ => {
                assert!(on_base, "a commit on nothing: {}", commit.onto);
                self.base.clone()
            }
        };
        assert!(!commit.edits.is_empty(), "an empty commit");
        for edit in &commit.edits {
            let before = onto
                .get(&edit.path)
                .map(|entry| (entry.mode, entry.content.clone()));
            let said = edit
                .before
                .as_ref()
                .map(|state| (state.mode, Some(state.bytes.clone())));
            assert_eq!(before, said, "{} holds something else", edit.path);
            assert_ne!(edit.before, edit.after, "{} is not changed", edit.path);
        }
        let trailer = format!("Lessonbook: {} ", self.store.name);
        let last = commit
            .message
            .trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap_or_default();
        assert!(
            last.lines().any(|line| line.starts_with(&trailer)),
            "{}",
            commit.message
        );
        if on_base {
            self.started = self.base.clone();
        }
        self.commits += 1;
        Head {
            commit: format!("c{:039}", self.commits),
            tree: onto.with(&commit.edits),
            foreign: Vec::new(),
            fresh: on_base,
        }
    }
}

/// An open pull request.
pub fn pull(number: u64, head: &str, title: &str, body: &str) -> Pull {
    Pull {
        id: format!("PR_{number}"),
        number,
        url: format!("https://github.com/acme/app/pull/{number}"),
        state: PullState::Open,
        draft: false,
        locked: false,
        title: title.to_owned(),
        body: body.to_owned(),
        base_branch: "main".into(),
        head: head.to_owned(),
        labels: Vec::new(),
        held_since: None,
        requested: None,
        conflicting: Some(false),
        review: Review::None,
        about_to_merge: false,
        opened: 10,
        closed: None,
        closed_by: None,
    }
}

/// The kinds of the steps, in order.
pub fn kinds(life: &ProposalPlan) -> Vec<&'static str> {
    let kind = |step: &Step| match step {
        Step::CreateBranch(_) => "create",
        Step::MoveBranch { force: false, .. } => "push",
        Step::MoveBranch { force: true, .. } => "force",
        Step::Open { .. } => "open",
        Step::Reopen { .. } => "reopen",
        Step::Rewrite { .. } => "rewrite",
        Step::Mark { .. } => "mark",
        Step::Say { .. } => "say",
        Step::Close { .. } => "close",
        Step::DeleteBranch { .. } => "delete",
    };
    life.steps.iter().map(kind).collect()
}

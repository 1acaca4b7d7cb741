//! A blocking interface to GitHub for the commands, with one async runtime for a whole run.
//!
//! Input: calls of the commands. Output: the results of [`GithubConnection`]. Ctrl-C ends a run after the write in flight.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Builder, Runtime};

use super::pr_history::FileTouch;
use super::{
    Dashboard, DiscoveredRepository, GithubConnection, GithubError, GithubOptions, RepositorySettings,
    RulesQuery, RunCost, StepsResult, StoreRepository, TargetRequest, TouchedFiles,
};
use crate::repository::audit_log::AuditLogFile;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::EarlierStates;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::pull_request::{PastPull, Remote, Rules, Step, WriteReceipt};
use lessonbook_store::{Discover, Visibility};

/// The blocking connection to GitHub for one run.
pub struct Github {
    runtime: Runtime,
    hub: GithubConnection,
    /// Whether Ctrl-C is handled: the program then ends after the write in flight.
    listens: AtomicBool,
}

impl Github {
    /// Reads addresses and credentials from the environment; `None` without credentials.
    pub fn start(
        env: &dyn Fn(&str) -> Option<String>,
        options: GithubOptions,
    ) -> Result<Option<Self>, Finding> {
        let broken = |error: std::io::Error| {
            Finding::new(
                Code::GithubSetup,
                format!("the runtime for requests can't be started: {error}"),
            )
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(broken)?;
        let inside = runtime.enter();
        let Some(hub) = GithubConnection::from_env(env, options)? else {
            return Ok(None);
        };
        drop(inside);
        Ok(Some(Github {
            runtime,
            hub,
            listens: AtomicBool::new(false),
        }))
    }

    /// Reads targets. `progress` is called with the number of targets that are done.
    pub fn read(
        &self,
        targets: &[TargetRequest<'_>],
        progress: &dyn Fn(usize),
    ) -> Vec<(String, Result<Remote, Finding>)> {
        self.runtime.block_on(self.hub.read(targets, progress))
    }

    /// The repositories that a rule finds.
    pub fn discover(&self, rule: &Discover) -> Result<Vec<DiscoveredRepository>, Finding> {
        self.runtime.block_on(self.hub.discover(rule))
    }

    /// The newest pull requests from our branch of each repository.
    pub fn past(&self, names: &[&str], branch: &str) -> Vec<Result<Vec<PastPull>, Finding>> {
        self.runtime.block_on(self.hub.past(names, branch))
    }

    /// What these files of a repository held at a commit and before, newest first.
    pub fn file_states(&self, name: &str, commit: &str, paths: &[String]) -> Result<EarlierStates, Finding> {
        self.runtime.block_on(self.hub.file_states(name, commit, paths))
    }

    /// When each file was last changed; `None` if it was not.
    pub fn touched(&self, files: &[TouchedFiles]) -> Vec<BTreeMap<FileTouch, Option<i64>>> {
        self.runtime.block_on(self.hub.touched(files))
    }

    /// How many pull requests from our branch were opened since a time, in all of these repositories.
    pub fn opened_since(&self, names: &[&str], branch: &str, since: i64) -> Result<usize, Finding> {
        self.runtime.block_on(self.hub.opened_since(names, branch, since))
    }

    /// The rules on our branch of each target, in the same order.
    pub fn rules_on(&self, queries: &[RulesQuery<'_>], branch: &str, author: Option<&str>) -> Vec<Rules> {
        self.runtime.block_on(self.hub.rules_on(queries, branch, author))
    }

    /// Caches that GitHub refused the steps of this target.
    pub fn remember(&self, remote: &Remote, refusal: &GithubError) {
        self.hub.remember(remote, refusal);
    }

    /// Carries out the steps of one target.
    pub fn carry_out(
        &self,
        remote: &Remote,
        branch: &str,
        steps: &[Step],
        author: Option<(&str, &str)>,
    ) -> StepsResult {
        self.listen();
        self.runtime
            .block_on(self.hub.carry_out(remote, branch, steps, author))
    }

    /// Handles Ctrl-C from the first write on: the run ends after the write in flight. Before, Ctrl-C just ends the program.
    fn listen(&self) {
        if self.listens.swap(true, Ordering::Relaxed) {
            return;
        }
        let stopper = self.hub.stopper();
        self.runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stopper.stop();
            }
        });
    }

    /// Who can read a repository.
    pub fn visibility(&self, name: &str) -> Result<Visibility, Finding> {
        self.runtime.block_on(self.hub.visibility(name))
    }

    /// A repository's settings.
    pub fn settings(&self, name: &str, branch: &str) -> Result<RepositorySettings, Finding> {
        self.runtime.block_on(self.hub.settings(name, branch))
    }

    /// Creates or updates the store's dashboard issue.
    pub fn update_dashboard(&self, store: &str, board: &Dashboard) -> Result<WriteReceipt, Finding> {
        self.runtime.block_on(self.hub.update_dashboard(store, board))
    }

    /// Sets the audit log for every following step and every request that may write.
    pub fn set_audit_log(&self, log: AuditLogFile) {
        self.hub.client.set_audit_log(log);
    }

    /// The id of the App, if one is used.
    pub fn app(&self) -> Option<&str> {
        self.hub.client.access.app()
    }

    /// The pause in the store's home, if there is one.
    pub fn paused_at_home(&self, home: &mut StoreRepository) -> Result<Option<Pause>, GithubError> {
        self.runtime.block_on(self.hub.paused_at_home(home))
    }

    /// Whether the time is up, so that no new work should be started.
    pub fn is_over(&self) -> bool {
        self.hub.is_over()
    }

    /// The requests and the waiting time so far.
    pub fn spent(&self) -> RunCost {
        self.hub.spent()
    }
}

//! GitHub for code that waits: one runtime for a whole run.
//!
//! Input: calls of the commands. Output: what [`GithubConnection`] answers. Not here: everything else. Ctrl-C ends a run after
//! the write in flight.

use std::cell::Cell;
use std::collections::BTreeMap;

use tokio::runtime::{Builder, Runtime};

use super::pr_history::FileTouch;
use super::{
    Dashboard, DiscoveredRepository, GithubConnection, GithubError, GithubOptions, RepositorySettings,
    RulesQuery, RunCost, StepsResult, StoreRepository, TargetRequest, TouchedFiles,
};
use crate::repository::audit_log::AuditLogFile;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::pull_request::{PastPull, Remote, Rules, Step, WriteReceipt};
use lessonbook_store::{Discover, Visibility};

/// GitHub, for one run, to code that waits.
pub struct Github {
    runtime: Runtime,
    hub: GithubConnection,
    /// Whether Ctrl-C ends the write in flight, not the program.
    listens: Cell<bool>,
}

impl Github {
    /// Reads addresses and credentials from the environment; `None` without credentials.
    pub fn start(
        env: &dyn Fn(&str) -> Option<String>,
        options: GithubOptions,
    ) -> Result<Option<Self>, Finding> {
        let broken = |error: std::io::Error| {
            Finding::new(Code::GithubSetup, format!("no runtime for requests: {error}"))
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
            listens: Cell::new(false),
        }))
    }

    /// Reads targets; `progress` gets the number of those that are done.
    pub fn read(
        &self,
        wanted: &[TargetRequest<'_>],
        progress: &dyn Fn(usize),
    ) -> Vec<(String, Result<Remote, Finding>)> {
        self.runtime.block_on(self.hub.read(wanted, progress))
    }

    /// The repositories that a rule finds.
    pub fn discover(&self, rule: &Discover) -> Result<Vec<DiscoveredRepository>, Finding> {
        self.runtime.block_on(self.hub.discover(rule))
    }

    /// The newest pull requests from our branch of each repository.
    pub fn past(&self, names: &[&str], branch: &str) -> Vec<Result<Vec<PastPull>, Finding>> {
        self.runtime.block_on(self.hub.past(names, branch))
    }

    /// When each file was last changed, or that it was not.
    pub fn touched(&self, wanted: &[TouchedFiles]) -> Vec<BTreeMap<FileTouch, Option<i64>>> {
        self.runtime.block_on(self.hub.touched(wanted))
    }

    /// How many pull requests from our branch were opened since then, in all of these repositories.
    pub fn opened_since(&self, names: &[&str], branch: &str, since: i64) -> Result<usize, Finding> {
        self.runtime.block_on(self.hub.opened_since(names, branch, since))
    }

    /// The rules on our branch of each target, in the same order.
    pub fn rules_on(&self, asked: &[RulesQuery<'_>], branch: &str, author: Option<&str>) -> Vec<Rules> {
        self.runtime.block_on(self.hub.rules_on(asked, branch, author))
    }

    /// Remembers that GitHub refused what was asked of this target.
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

    /// From the first write on Ctrl-C ends the run after the write in flight; before, there is nothing to lose.
    fn listen(&self) {
        if self.listens.replace(true) {
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
    pub fn facts(&self, name: &str, branch: &str) -> Result<RepositorySettings, Finding> {
        self.runtime.block_on(self.hub.facts(name, branch))
    }

    /// Keeps the store's dashboard issue.
    pub fn board(&self, store: &str, board: &Dashboard) -> Result<WriteReceipt, Finding> {
        self.runtime.block_on(self.hub.board(store, board))
    }

    /// From now on every step and every request that may write is told there.
    pub fn keep(&self, record: AuditLogFile) {
        self.hub.client.keep(record);
    }

    /// The App whose tokens are used.
    pub fn app(&self) -> Option<&str> {
        self.hub.client.access.app()
    }

    /// Whether the store's home asks for a pause.
    pub fn paused_at_home(&self, home: &mut StoreRepository) -> Result<Option<Pause>, GithubError> {
        self.runtime.block_on(self.hub.paused_at_home(home))
    }

    /// Whether nothing new should be begun.
    pub fn is_over(&self) -> bool {
        self.hub.is_over()
    }

    /// What the run cost so far.
    pub fn spent(&self) -> RunCost {
        self.hub.spent()
    }
}

//! Checks whether writing is paused, before the first write and again before each target.
//!
//! Input: the store's folder and home, and the environment. Output: a [`Pause`], reported once. Not here: reading the file
//! (`repository/pause`), and deferring targets (`execute`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use super::audit_log::AuditLog;
use super::planning::Planning;
use crate::report::{self, Printer};
use crate::repository::github::{Github, StoreRepository};
use crate::repository::pause;
use lessonbook_pipeline::pause::{FILE, Pause, VARIABLE};

/// The store's home is read at most every 30 times `proposal.pace`, which is every 30 s by default.
const PACES: u32 = 30;

/// Checks for a pause in the variable, in the store's folder and in the store's home. Once found, a pause lasts for the rest of the run.
pub struct PauseWatch {
    root: Option<PathBuf>,
    home: Option<StoreRepository>,
    /// The pause, and whether it was reported.
    paused: Option<(Pause, bool)>,
    /// Whether it was reported, or need not be, that the home can't be read.
    is_home_error_reported: bool,
    printer: Printer,
    record: AuditLog,
}

/// Checks once, for a command that only reads, and reports a pause before all other output.
pub fn report(planning: &Planning, context: &Context) -> Option<Pause> {
    let mut watch = PauseWatch::from_planning(planning, context);
    // The command writes nothing, so it does not matter if the home can't be read.
    watch.is_home_error_reported = true;
    watch.check(planning.github.as_ref(), None).cloned()
}

impl PauseWatch {
    /// For a run with a planning.
    pub fn from_planning(planning: &Planning, context: &Context) -> Self {
        let pace = planning.store.proposal.pace;
        let mut watch = PauseWatch::new(&planning.store.home, Some(&planning.root), pace, context);
        if watch.paused.is_none()
            && let Some(revision) = &context.remote.from_commit
        {
            watch.paused = pause::in_commit(&planning.root, revision).map(|pause| (pause, false));
        }
        watch
    }

    /// For a run with a store's folder, or without one.
    pub fn new(home: &str, root: Option<&Path>, pace: Duration, context: &Context) -> Self {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        let in_workflow = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let pause = Pause::from_variable(&value.to_string_lossy(), in_workflow);
        let folder = root.map(pause::folder_in_repository).unwrap_or_default();
        PauseWatch {
            root: root.map(Path::to_owned),
            home: StoreRepository::new(home, folder, pace.saturating_mul(PACES)),
            paused: pause.map(|pause| (pause, false)),
            is_home_error_reported: false,
            printer: context.printer.clone(),
            record: AuditLog::default(),
        }
    }

    /// The same, which also writes a pause to the audit log.
    #[must_use]
    pub fn with_log(self, record: &AuditLog) -> Self {
        PauseWatch {
            record: record.clone(),
            ..self
        }
    }

    /// Checks for a pause, and reports it if it was not reported yet. `before` is the next target in a run that has begun.
    pub fn check(&mut self, github: Option<&Github>, before: Option<&str>) -> Option<&Pause> {
        if self.paused.is_none() {
            let in_folder = self.root.as_deref().and_then(pause::in_folder);
            let pause = in_folder.or_else(|| self.at_home(github?));
            self.paused = pause.map(|pause| (pause, false));
        }
        let (pause, is_reported) = self.paused.as_mut()?;
        if !*is_reported {
            *is_reported = true;
            self.printer.complain(&report::pause::page(pause, before));
            self.record.paused(pause);
        }
        Some(pause)
    }

    /// Why the next target must not begin: a pause, or an audit log that can't be written.
    pub fn stops(&mut self, github: Option<&Github>, target: &str) -> Option<String> {
        if let Some(broken) = self.record.broken() {
            return Some(broken.message);
        }
        self.check(github, Some(target)).map(Pause::clause)
    }

    /// The audit log of the run.
    pub fn record(&self) -> &AuditLog {
        &self.record
    }

    /// The pause that the last check found.
    pub fn paused(&self) -> Option<&Pause> {
        self.paused.as_ref().map(|(pause, _)| pause)
    }

    /// The pause in the store's home. If the home can't be read, that is reported once and the run continues. Otherwise a removed
    /// permission would stop every run, and most Apps have no access to the store's own repository.
    fn at_home(&mut self, github: &Github) -> Option<Pause> {
        let home = self.home.as_mut()?;
        match github.paused_at_home(home) {
            Ok(found) => found,
            Err(refusal) => {
                if !self.is_home_error_reported {
                    self.is_home_error_reported = true;
                    let (name, why) = (home.name(), refusal.sentence());
                    let message = format!("this run would not notice a file {FILE} in {name}: {why}");
                    self.printer.complain(&message);
                }
                None
            }
        }
    }
}

//! Whether somebody wants nothing to be written: looked at before the first write and again before each target's.
//!
//! Input: a store's folder and home, and the environment. Output: a [`Pause`], told once. Not here: reading files
//! (`repository/pause`), and deferring what is not begun (`apply`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use super::audit_log::AuditLog;
use super::planning::Planning;
use crate::report::{self, Printer};
use crate::repository::github::{Github, StoreRepository};
use crate::repository::pause;
use lessonbook_pipeline::pause::{FILE, Pause, VARIABLE};

/// So many paces between writes pass between two looks at the store's home: 30 s where nobody changed `proposal.pace`.
const PACES: u32 = 30;

/// The places where a pause can stand. A run that found one stays paused: the next one goes on.
pub struct PauseWatch {
    root: Option<PathBuf>,
    home: Option<StoreRepository>,
    /// Found, and whether people were told.
    paused: Option<(Pause, bool)>,
    /// Nobody could look at the home, and people were told.
    blind: bool,
    printer: Printer,
    record: AuditLog,
}

/// Looks once, for a command that only reads, and tells what it found before anything else is said.
pub fn tell(survey: &Planning, context: &Context) -> Option<Pause> {
    let mut watch = PauseWatch::of(survey, context);
    // It writes nothing: what nobody can look at changes nothing for it.
    watch.blind = true;
    watch.look(survey.github.as_ref(), None).cloned()
}

impl PauseWatch {
    /// For a run that read a store.
    pub fn of(survey: &Planning, context: &Context) -> Self {
        let pace = survey.store.proposal.pace;
        let mut watch = PauseWatch::new(&survey.store.home, Some(&survey.root), pace, context);
        if watch.paused.is_none()
            && let Some(revision) = &context.remote.from_commit
        {
            watch.paused = pause::in_commit(&survey.root, revision).map(|pause| (pause, false));
        }
        watch
    }

    /// For a run with a store's folder, or without one.
    pub fn new(home: &str, root: Option<&Path>, pace: Duration, context: &Context) -> Self {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        let in_workflow = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let said = Pause::from_variable(&value.to_string_lossy(), in_workflow);
        let folder = root.map(pause::folder_in_repository).unwrap_or_default();
        PauseWatch {
            root: root.map(Path::to_owned),
            home: StoreRepository::new(home, folder, pace.saturating_mul(PACES)),
            paused: said.map(|pause| (pause, false)),
            blind: false,
            printer: context.printer.clone(),
            record: AuditLog::default(),
        }
    }

    /// The same, told in the record of the run, too.
    #[must_use]
    pub fn keep(self, record: &AuditLog) -> Self {
        PauseWatch {
            record: record.clone(),
            ..self
        }
    }

    /// Looks, and tells who paused and why where that is news. `before`: the target that would be next, in a run that has begun.
    pub fn look(&mut self, github: Option<&Github>, before: Option<&str>) -> Option<&Pause> {
        if self.paused.is_none() {
            let here = self.root.as_deref().and_then(pause::in_folder);
            let found = here.or_else(|| self.at_home(github?));
            self.paused = found.map(|pause| (pause, false));
        }
        let (pause, told) = self.paused.as_mut()?;
        if !*told {
            *told = true;
            self.printer.complain(&report::pause::page(pause, before));
            self.record.paused(pause);
        }
        Some(pause)
    }

    /// Why the next target must not be begun: somebody paused, or what would be written could not be told.
    pub fn stops(&mut self, github: Option<&Github>, target: &str) -> Option<String> {
        if let Some(broken) = self.record.broken() {
            return Some(broken.message);
        }
        self.look(github, Some(target)).map(Pause::clause)
    }

    /// The record of the run.
    pub fn record(&self) -> &AuditLog {
        &self.record
    }

    /// What the last look found.
    pub fn paused(&self) -> Option<&Pause> {
        self.paused.as_ref().map(|(pause, _)| pause)
    }

    /// The file at the store's home. Where nobody may look the run goes on, and says so once: else whoever can break the look could stop
    /// every run, and most Apps were never given the store's own repository.
    fn at_home(&mut self, github: &Github) -> Option<Pause> {
        let home = self.home.as_mut()?;
        match github.paused_at_home(home) {
            Ok(found) => found,
            Err(refusal) => {
                if !self.blind {
                    self.blind = true;
                    let (name, why) = (home.name(), refusal.sentence());
                    let message = format!("a file {FILE} in {name} would not be seen during this run: {why}");
                    self.printer.complain(&message);
                }
                None
            }
        }
    }
}

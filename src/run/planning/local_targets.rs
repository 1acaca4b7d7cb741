//! Reads the targets on disk.
//!
//! Input: a store's folder and targets. Output: a snapshot of each, or a finding. Not here: targets on GitHub (`github_targets`), and
//! what a plan needs of the history (`history`).

use std::collections::BTreeMap;
use std::path::Path;

use crate::report::Progress;
use crate::repository::LocalRepository;
use crate::run::Context;
use crate::run::context::from_here;
use crate::run::planning::Planning;
use crate::run::threads;
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::Pool;
use lessonbook_pipeline::{Planner, check_level, custom_agents};
use lessonbook_store::{Target, TargetLocation};

impl Planning {
    /// Opens a local target.
    pub fn open(&self, target: &Target) -> Option<Result<LocalRepository, Finding>> {
        match &target.place {
            TargetLocation::Local(path) => Some(LocalRepository::open(&self.root.join(path), &target.name)),
            TargetLocation::Github(_) => None,
        }
    }

    /// Whether a target is on GitHub.
    pub fn is_on_github(&self, name: &str) -> bool {
        let target = self.store.target(name);
        target.is_some_and(|target| matches!(target.place, TargetLocation::Github(_)))
    }

    /// A local target's folder as a user would type it: relative if it is below the current folder.
    pub fn folder_from_here(&self, name: &str) -> String {
        let target = self.store.target(name);
        match target.map(|target| &target.place) {
            Some(TargetLocation::Local(path)) => {
                let folder = self.root.join(path);
                let below = from_here(&folder);
                match below.trim_end_matches('/') {
                    "" if is_here(&folder) => ".".to_owned(),
                    "" => folder.canonicalize().unwrap_or(folder).display().to_string(),
                    below => below.to_owned(),
                }
            }
            _ => name.to_owned(),
        }
    }

    /// Reads the local targets, and returns a finding for each that can't be read.
    pub(super) fn read_local(
        &mut self,
        context: &Context,
        chosen: &[Target],
        work_tree: Option<&Path>,
    ) -> BTreeMap<String, Finding> {
        let places = Planner::places(&self.store);
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let (mut snapshots, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let mut contents = Pool::default();
        let progress = Progress::start(&context.printer, "reading targets", chosen.len());
        let reads = lessonbook_base::threads::map(chosen, threads::count(chosen.len()), |target| {
            progress.now(&target.name);
            let wants = |path: &str| {
                Planner::wants(&self.store, path)
                    || check_level::wants(&self.store, path)
                    || custom_agents::wants(&self.store, path)
                    || self.audit_files.as_ref().is_some_and(|files| files.wants(path))
            };
            let read = self.open(target).map(|opened| {
                opened.and_then(|repository| {
                    if work_tree.is_some_and(|folder| repository.is_work_tree(folder)) {
                        return repository.work_tree_snapshot(&wants, &places);
                    }
                    let mut snapshot =
                        repository.snapshot(target.base.as_deref(), &self.store.name, &wants)?;
                    repository.see_untracked(&mut snapshot.tree, &self.store.name, &places)?;
                    Ok(snapshot)
                })
            });
            progress.done();
            read
        });
        for (target, read) in chosen.iter().zip(reads) {
            match read {
                Some(Ok(mut snapshot)) => {
                    snapshot.tree.share_contents(&mut contents);
                    snapshots.insert(target.name.clone(), snapshot);
                }
                Some(Err(finding)) => drop(unread.insert(target.name.clone(), finding)),
                None => {}
            }
        }
        self.snapshots = snapshots;
        unread
    }
}

fn is_here(folder: &std::path::Path) -> bool {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    folder
        .canonicalize()
        .ok()
        .zip(here.ok())
        .is_some_and(|(folder, here)| folder == here)
}

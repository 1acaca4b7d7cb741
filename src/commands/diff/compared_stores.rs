//! The store before and after a change, and every target planned with both.
//!
//! Input: the two ends of a range. Output: both stores, and an [`Impact`]. Each target is read once. Not here: comparing the plans
//! (`pipeline/impact`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::target_diff::DiffRun;
use crate::report::Progress;
use crate::report::impact::{ComparedNames, NamedCommit};
use crate::repository::github::{Github, TargetRequest};
use crate::repository::revision_range::{NamedCommitId, RevisionRange};
use crate::repository::{self, LocalRepository, disk};
use crate::run::github_targets::{self, location_name, needs_listing};
use crate::run::{Context, duplicate_targets, targets};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::impact::{self, Impact, TargetDiff, UnreadableStore, Wording};
use lessonbook_pipeline::{Planner, render};
use lessonbook_store::compare::StoreChange;
use lessonbook_store::{EntryPoint, Files, Store, Target, TargetLocation};

/// How many targets on GitHub are read before they are planned. It bounds the memory that their trees need.
const CHUNK: usize = 200;

/// The store before and after.
pub(super) struct ComparedStores {
    /// The store before the change.
    pub base: ComparedStore,
    /// The store after the change.
    pub head: ComparedStore,
    /// The commits' names.
    pub names: ComparedNames,
    github: Option<Github>,
}

/// One state of the store.
pub(super) struct ComparedStore {
    /// The store.
    pub store: Store,
    /// All findings in it.
    pub findings: Vec<Finding>,
    files: Files,
    /// Targets that only `discover:` found.
    pub discovered: BTreeSet<String>,
}

impl ComparedStore {
    fn load(files: Files, context: &Context) -> Self {
        let (store, mut findings) = lessonbook_store::load(&files, context.today);
        findings.extend(render::check(&store));
        ComparedStore {
            store,
            findings,
            files,
            discovered: BTreeSet::new(),
        }
    }

    /// The empty store that a new store is compared with: no lessons, no targets, and no findings about that.
    fn empty(context: &Context) -> Self {
        ComparedStore {
            findings: Vec::new(),
            ..Self::load(Files::new(), context)
        }
    }

    fn findings_in(&self, file: &str) -> Vec<Finding> {
        let about = |finding: &&Finding| finding.at.as_ref().is_some_and(|at| at.file == file);
        let errors = self.findings.iter().filter(|finding| finding.is_error());
        errors.filter(about).cloned().collect()
    }

    fn discover(&mut self, github: &Github) {
        let written = self.store.targets.len();
        self.findings
            .extend(github_targets::discover(github, &mut self.store));
        let discovered = self.store.targets.iter().skip(written);
        self.discovered = discovered.map(|target| key(&target.name)).collect();
    }

    /// Whether `targets.yaml` names this target, even if its entry can't be read.
    pub fn names(&self, name: &str) -> bool {
        self.target(name).is_some() || self.store.places.target(name).is_some()
    }

    /// The target of this name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.store
            .targets
            .iter()
            .find(|target| key(&target.name) == key(name))
    }
}

fn named_commit(point: &NamedCommitId) -> NamedCommit {
    NamedCommit {
        commit: point.commit.clone(),
        name: point.name.clone(),
    }
}

/// The name by which a target is compared. GitHub ignores case in names; paths on disk keep it.
pub(super) fn key(name: &str) -> String {
    if name.starts_with(['.', '/']) {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}

impl ComparedStores {
    /// Reads both stores, and adds the targets that `discover:` finds to each.
    pub fn read(context: &Context, root: &Path, ends: &RevisionRange) -> anyhow::Result<Self> {
        let files_at = |point: &NamedCommitId| {
            repository::read_store_at(root, &point.commit, &[]).map(|(files, _)| files)
        };
        let is_new = !repository::holds_store(root, &ends.base.commit);
        let mut base = if is_new {
            ComparedStore::empty(context)
        } else {
            ComparedStore::load(files_at(&ends.base)?, context)
        };
        let files = match &ends.head {
            Some(point) => files_at(point)?,
            None => repository::read_store(root)?,
        };
        let checked_out = ends
            .head
            .is_none()
            .then(|| repository::store_commit(root, &files))
            .flatten();
        let checked_out_name = checked_out.as_ref().map(|commit| NamedCommit {
            commit: commit.commit.clone(),
            name: commit.branch.clone().unwrap_or_else(|| "HEAD".to_owned()),
        });
        let names = ComparedNames {
            base: named_commit(&ends.base),
            head: ends.head.as_ref().map(named_commit).or(checked_out_name),
            uncommitted: ends
                .head
                .is_none()
                .then(|| checked_out.map(|commit| commit.dirty).unwrap_or_default()),
            is_new,
        };
        let mut head = ComparedStore::load(files, context);
        let uses_github =
            |side: &ComparedStore| github_targets::uses_github(&side.store, &side.store.targets);
        let mut github = None;
        let comparable = head.store.is_read && (is_new || base.store.is_read);
        if comparable && (uses_github(&base) || uses_github(&head)) {
            match github_targets::start(context, &head.store) {
                Ok(started) => github = started,
                Err(finding) => head.findings.push(finding),
            }
        }
        if let Some(github) = &github {
            base.discover(github);
            head.discover(github);
        }
        Ok(ComparedStores {
            base,
            head,
            names,
            github,
        })
    }

    /// Plans every chosen target with both stores.
    pub fn compare(&self, context: &Context, root: &Path, typed: &[String]) -> anyhow::Result<Impact> {
        let unread = self.unread();
        if !unread.is_empty() {
            return Ok(Impact {
                unread,
                findings: self.head.findings.clone(),
                ..Impact::default()
            });
        }
        let all = self.all();
        let mut chosen: Vec<Target> = targets::select(&all, typed)?.into_iter().cloned().collect();
        chosen.retain(|target| {
            context
                .remote
                .shard
                .is_none_or(|shard| shard.contains(&target.name))
        });
        let (local, remote): (Vec<Target>, Vec<Target>) = chosen
            .iter()
            .cloned()
            .partition(|target| matches!(target.place, TargetLocation::Local(_)));
        let snapshots = self.read_local(context, root, &local);
        let mut findings = [self.base.findings.clone(), self.head.findings.clone()];
        if typed.is_empty() && context.remote.shard.is_none() {
            let trees: BTreeMap<String, Tree> = snapshots
                .iter()
                .filter_map(|(name, read)| Some((name.clone(), read.as_ref().ok()?.tree.clone())))
                .collect();
            for (side, findings) in [&self.base, &self.head].into_iter().zip(&mut findings) {
                findings.extend(lessonbook_store::reach::check_reach(&side.store, &trees));
            }
        }
        let mut run = DiffRun {
            stores: self,
            planners: [Planner::new(&self.base.store), Planner::new(&self.head.store)],
            wording: Wording::new(&self.base.store, &self.head.store),
            findings,
        };
        let mut diffs = BTreeMap::new();
        let progress = Progress::start(&context.printer, "planning", local.len());
        for target in &local {
            progress.now(&target.name);
            let diff = match snapshots.get(&target.name) {
                Some(Ok(snapshot)) => run.local(target, snapshot),
                Some(Err(why)) => run.unread(target, Some(why)),
                None => run.unread(target, None), // the new store does not have it
            };
            diffs.insert(target.name.clone(), diff);
            progress.done();
        }
        self.on_github(context, &remote, &mut run, &mut diffs);
        let targets = chosen.iter().filter_map(|target| diffs.remove(&target.name));
        let store = StoreChange::new(
            (&self.base.store, &self.base.files),
            (&self.head.store, &self.head.files),
        );
        Ok(Impact {
            unread,
            store,
            targets: targets.collect(),
            wording: run.wording.added(),
            findings: run.findings[1].clone(),
        })
    }

    /// The stores whose `targets.yaml` can't be read, so that their targets are unknown.
    fn unread(&self) -> Vec<UnreadableStore> {
        let old = (!self.names.is_new).then_some((impact::BeforeOrAfter::Old, &self.base));
        let sides = old.into_iter().chain([(impact::BeforeOrAfter::New, &self.head)]);
        let sides = sides.filter(|(_, side)| !side.store.is_read);
        let unread = sides.map(|(which, side)| UnreadableStore {
            side: which,
            findings: side.findings_in(disk::TARGETS),
        });
        unread.collect()
    }

    /// The targets of both stores: those of the new one, then those that only the old one has.
    fn all(&self) -> Store {
        let mut targets = self.head.store.targets.clone();
        let removed = self
            .base
            .store
            .targets
            .iter()
            .filter(|target| self.head.target(&target.name).is_none());
        targets.extend(removed.cloned());
        Store {
            targets,
            ..Store::default()
        }
    }

    fn read_local(
        &self,
        context: &Context,
        root: &Path,
        local: &[Target],
    ) -> BTreeMap<String, Result<Snapshot, Finding>> {
        let progress = Progress::start(&context.printer, "reading targets", local.len());
        let wants =
            |path: &str| Planner::wants(&self.base.store, path) || Planner::wants(&self.head.store, path);
        let places = [&self.base.store, &self.head.store].map(Planner::places);
        let places: Vec<&str> = places.iter().flatten().map(String::as_str).collect();
        let mut snapshots = BTreeMap::new();
        for target in local
            .iter()
            .filter(|target| self.head.target(&target.name).is_some())
        {
            progress.now(&target.name);
            let opened = LocalRepository::open(&root.join(location_name(target)), &target.name);
            let read = opened.and_then(|repository| {
                let name = &self.head.store.name;
                let mut snapshot = repository.snapshot(target.base.as_deref(), name, &wants)?;
                repository.see_untracked(&mut snapshot.tree, name, &places)?;
                Ok(snapshot)
            });
            snapshots.insert(target.name.clone(), read);
            progress.done();
        }
        let duplicates = duplicate_targets::refused(root, &self.head.store);
        for (name, finding) in duplicates {
            snapshots.entry(name).and_modify(|read| *read = Err(finding));
        }
        snapshots
    }

    fn on_github(
        &self,
        context: &Context,
        remote: &[Target],
        run: &mut DiffRun<'_>,
        diffs: &mut BTreeMap<String, TargetDiff>,
    ) {
        let (readable, others): (Vec<&Target>, Vec<&Target>) = remote
            .iter()
            .partition(|target| self.github.is_some() && self.head.target(&target.name).is_some());
        for target in others {
            diffs.insert(target.name.clone(), run.unread(target, None));
        }
        let Some(github) = &self.github else { return };
        let rows = self.rows();
        let progress = Progress::start(&context.printer, "reading GitHub", readable.len());
        for chunk in readable.chunks(CHUNK) {
            let requests: Vec<TargetRequest<'_>> = chunk
                .iter()
                .map(|target| TargetRequest {
                    name: location_name(target),
                    base: target.base.as_deref(),
                    store_name: &self.head.store.name,
                    rows: &rows,
                    scopes: &target.scopes,
                    disabled_scopes: &target.disabled_scopes,
                    listing: [&self.base, &self.head].iter().any(|side| {
                        side.target(&target.name)
                            .is_some_and(|target| needs_listing(&side.store, target))
                    }),
                    workflows: false,
                    custom_agents: false,
                    audit: None,
                })
                .collect();
            for (target, (_, read)) in chunk.iter().zip(github.read(&requests, &|_| {})) {
                progress.now(&target.name);
                let diff = match read {
                    Ok(remote) => run.remote(context, target, &remote),
                    Err(why) => run.unread(target, Some(&why)),
                };
                diffs.insert(target.name.clone(), diff);
                progress.done();
            }
        }
    }

    /// The entry points of both stores: all files that either of them may need.
    fn rows(&self) -> Vec<EntryPoint> {
        let mut rows = self.head.store.entry_points.clone();
        let more = self
            .base
            .store
            .entry_points
            .iter()
            .filter(|row| !rows.iter().any(|known| known.path == row.path));
        let more: Vec<EntryPoint> = more.cloned().collect();
        rows.extend(more);
        rows
    }
}

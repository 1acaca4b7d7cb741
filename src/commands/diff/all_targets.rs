//! Plans every target with the store before and after the change.
//!
//! Input: both stores, and the TARGET arguments. Output: an [`Impact`]. Not here: one target (`target_diff`), and reading the stores
//! (`compared_stores`).

use std::collections::BTreeMap;
use std::path::Path;

use super::compared_stores::ComparedStores;
use super::target_diff::DiffRun;
use crate::report::Progress;
use crate::repository::github::TargetRequest;
use crate::run::github_targets::{location_name, needs_listing};
use crate::run::{Context, targets};
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::impact::{Impact, TargetDiff, Wording};
use lessonbook_store::compare::StoreChange;
use lessonbook_store::{Target, TargetLocation};

/// How many targets on GitHub are read before they are planned. It bounds the memory that their trees need.
const CHUNK: usize = 200;

impl ComparedStores {
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
}

//! Reads which versions of the lessons the canaries merged, and since when.
//!
//! Input: the plans of the canaries. Output: a [`RolloutGate`] for each lesson, and [`LessonVersions`] for each that waits. Not here:
//! deciding about a gate (`pipeline/rollout`), and planning the other targets with the result (`planning/planning_order`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Context;
use super::github_targets::GithubTarget;
use crate::repository::github::{Github, TouchedFiles};
use crate::repository::{BaseState, LessonFileHistory, LocalRepository, StoreCommit, store_history};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::rollout::{
    self, CanaryAnswer, CanaryState, CanaryVerdict, EarlierVersion, LessonVersion, LessonVersions, Question,
    RolloutGate, TouchQuery, canary_state, non_canary_plan,
};
use lessonbook_store::{Lesson, Rollout, Store, Target};

/// A planned canary.
pub struct Canary<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its plan, with every lesson in its present version.
    pub plan: &'a lessonbook_pipeline::plan::TargetPlan,
    /// The target as it is on GitHub.
    pub live: Option<&'a GithubTarget>,
    /// All files that its base branch tracks.
    pub tree: Option<&'a Tree>,
    /// Its repository on disk, and the snapshot of it.
    pub local: Option<(LocalRepository, &'a Snapshot)>,
}

/// The input of the queries.
pub struct CanaryInput<'a, 's> {
    /// The run.
    pub context: &'a Context,
    /// The store.
    pub store: &'a Store,
    /// The rules of the rollout.
    pub rules: &'a Rollout,
    /// The store's folder.
    pub root: &'a Path,
    /// The store's commit.
    pub commit: Option<&'a StoreCommit>,
    /// The client for GitHub, if there is one.
    pub github: Option<&'a Github>,
    /// The planner of the store.
    pub planner: &'a Planner<'s>,
    /// Names of possible canaries for which GitHub could not be searched, and why.
    pub not_searched: &'a BTreeMap<String, String>,
}

/// The result of the queries.
#[derive(Debug, Default)]
pub struct CanaryResult {
    /// The gate of each active lesson in its present version.
    pub gates: Vec<RolloutGate>,
    /// The lessons that wait, with their earlier versions.
    pub waiting: Vec<LessonVersions>,
}

/// How many earlier versions are also searched in the canaries' files. Older ones are known from pull requests only.
const LEVELS: usize = 3;

/// A canary with what is known of its past.
struct CanaryHistory<'a> {
    canary: &'a Canary<'a>,
    state: CanaryState,
    /// Earlier states of the base branch of a canary on disk, the newest first.
    past: Vec<BaseState>,
}

impl CanaryInput<'_, '_> {
    /// Computes the gates and the waiting lessons.
    pub fn evaluate(&self, canaries: &[Canary<'_>]) -> CanaryResult {
        let mut histories = self.histories(canaries);
        let active: Vec<&Lesson> = self
            .store
            .lessons
            .iter()
            .filter(|lesson| lesson.is_active())
            .collect();
        self.query_touches(&mut histories, |_, state| {
            let queries =
                |lesson: &&Lesson| state.touch_queries(lesson, LessonVersion::Present, self.rules.bake);
            active.iter().flat_map(queries).collect()
        });
        let mut gates: Vec<RolloutGate> = active
            .iter()
            .map(|lesson| self.gate(lesson, None, &|_| LessonVersion::Present, &histories))
            .collect();
        let closed: Vec<&Lesson> = gates
            .iter()
            .zip(&active)
            .filter(|(gate, _)| !gate.is_open())
            .map(|(_, lesson)| *lesson)
            .collect();
        let mut waiting = Vec::new();
        for (lesson, history) in closed.iter().zip(self.store_histories(&closed)) {
            let (introduced, versions) = self.earlier_versions(lesson, history);
            let gate = self.gate(lesson, introduced, &|_| LessonVersion::Present, &histories);
            if let Some(known) = gates.iter_mut().find(|gate| gate.lesson == lesson.id) {
                known.clone_from(&gate);
            }
            if !gate.is_open() {
                let way = gate.way_out().map(|way| format!("; {way}")).unwrap_or_default();
                waiting.push(LessonVersions {
                    why: gate.why + &way,
                    ..versions
                });
            }
        }
        self.decide_earlier_versions(&mut waiting, &mut histories);
        CanaryResult { gates, waiting }
    }

    /// The canaries with their pull requests, or with the history of their files.
    fn histories<'c>(&self, canaries: &'c [Canary<'c>]) -> Vec<CanaryHistory<'c>> {
        let on_github: Vec<&str> = canaries
            .iter()
            .filter_map(|canary| Some(canary.live?.remote.name.as_str()))
            .collect();
        let past = self
            .github
            .filter(|_| !on_github.is_empty())
            .map(|github| github.past(&on_github, &self.store.branch()));
        let mut past: BTreeMap<&str, _> = on_github.into_iter().zip(past.unwrap_or_default()).collect();
        let mut all = Vec::with_capacity(canaries.len());
        for canary in canaries {
            let life = canary.live.map(|live| &live.life);
            let mut state = CanaryState::new(self.store, canary.plan, life);
            let base = canary.plan.target.base.as_ref();
            let pulls = canary
                .live
                .and_then(|live| past.remove(live.remote.name.as_str()));
            if let (Some(Ok(pulls)), Some(base)) = (pulls, base) {
                state = state.with_past(self.store, &base.branch, pulls);
            }
            let mut history = CanaryHistory {
                canary,
                state,
                past: Vec::new(),
            };
            if let Some((repository, snapshot)) = &canary.local {
                let wants = |path: &str| Planner::wants(self.store, path);
                history.past = repository.base_states(&snapshot.base, &wants).unwrap_or_default();
                let periods = version_periods(self.store, self.planner, canary.target, &history.past);
                history.state = history.state.with_history(periods);
            }
            all.push(history);
        }
        all
    }

    /// Asks GitHub when the canaries' files were changed, as far as their states need it.
    fn query_touches(
        &self,
        histories: &mut [CanaryHistory<'_>],
        queries: impl Fn(usize, &CanaryState) -> BTreeSet<TouchQuery>,
    ) {
        let Some(github) = self.github else { return };
        let (mut requests, mut indexes) = (Vec::new(), Vec::new());
        for (index, history) in histories.iter().enumerate() {
            let (Some(live), Some(base)) = (history.canary.live, &history.canary.plan.target.base) else {
                continue;
            };
            let queries = queries(index, &history.state);
            if !queries.is_empty() {
                indexes.push(index);
                requests.push(TouchedFiles {
                    name: live.remote.name.clone(),
                    commit: base.commit.clone(),
                    looks: queries
                        .into_iter()
                        .map(|query| (query.path, query.within))
                        .collect(),
                });
            }
        }
        if requests.is_empty() {
            return;
        }
        for (index, answers) in indexes.into_iter().zip(github.touched(&requests)) {
            let answers = answers
                .into_iter()
                .map(|((path, within), time)| (TouchQuery { path, within }, time));
            histories[index].state.learn(answers.collect());
        }
    }

    fn gate<'h>(
        &self,
        lesson: &Lesson,
        introduced: Option<i64>,
        which: &dyn Fn(usize) -> LessonVersion<'h>,
        histories: &[CanaryHistory<'_>],
    ) -> RolloutGate {
        let version = lesson.version();
        let not_searched = self.not_searched.iter().map(|(canary, why)| CanaryAnswer {
            canary: canary.clone(),
            word: CanaryVerdict::Unsearched(why.clone()),
        });
        let answers: Vec<CanaryAnswer> = histories
            .iter()
            .enumerate()
            .filter_map(|(index, history)| {
                let word = history.state.verdict(lesson, which(index), self.rules.bake)?;
                Some(CanaryAnswer {
                    canary: history.state.name.clone(),
                    word,
                })
            })
            .chain(not_searched)
            .collect();
        let opening = self
            .store
            .open
            .iter()
            .find(|opening| opening.lesson == lesson.id && opening.version == version);
        let question = Question {
            rules: self.rules,
            lesson,
            opening,
            introduced,
            now: self.context.now,
        };
        rollout::gate(&question, &answers)
    }

    /// The store's history of the lessons that wait.
    fn store_histories(&self, closed: &[&Lesson]) -> Vec<LessonFileHistory> {
        let names: Vec<(&str, &str)> = closed
            .iter()
            .map(|lesson| (lesson.topic.as_str(), lesson.id.as_str()))
            .collect();
        match self.commit {
            _ if names.is_empty() => Vec::new(),
            Some(commit) => store_history(self.root, &commit.commit, &names),
            None => {
                let cut = Some("the store is not in a git repository".to_owned());
                let history = LessonFileHistory {
                    states: Vec::new(),
                    cut,
                };
                vec![history; names.len()]
            }
        }
    }

    /// The earlier versions of a lesson, and since when the store has the present one.
    fn earlier_versions(&self, lesson: &Lesson, history: LessonFileHistory) -> (Option<i64>, LessonVersions) {
        let version = lesson.version();
        let (mut introduced, mut present, mut gap) = (None, true, false);
        let mut versions: Vec<EarlierVersion> = Vec::new();
        for state in history.states {
            let earlier = state
                .files
                .and_then(|files| lessonbook_store::lesson_version(&files, &lesson.id, self.context.today));
            let Some(earlier) = earlier.filter(Lesson::is_active) else {
                (present, gap) = (false, true);
                continue;
            };
            let known = |known: &EarlierVersion| known.lesson.version() == earlier.version();
            if present && earlier.version() == version {
                introduced = Some(state.since);
            } else if earlier.version() != version && !versions.iter().any(known) {
                present = false;
                // A version before a gap was reverted, so it is used again only in targets that still have it.
                let open = !gap;
                versions.push(EarlierVersion {
                    lesson: earlier,
                    open,
                });
            }
        }
        let versions = LessonVersions {
            lesson: lesson.id.clone(),
            why: String::new(),
            versions,
            cut: history.cut,
        };
        (introduced, versions)
    }

    /// Decides which earlier versions the canaries have released.
    fn decide_earlier_versions(&self, waiting: &mut [LessonVersions], histories: &mut [CanaryHistory<'_>]) {
        let deepest = waiting
            .iter()
            .map(|versions| versions.versions.len())
            .max()
            .unwrap_or(0);
        for level in 1..=deepest {
            let mut present: Vec<BTreeMap<String, BTreeSet<String>>> = vec![BTreeMap::new(); histories.len()];
            if level <= LEVELS {
                present = self.present_versions(level, waiting, histories);
            }
            let at_level = || {
                waiting
                    .iter()
                    .filter_map(|versions| versions.versions.get(level - 1))
            };
            self.query_touches(histories, |index, state| {
                let queries = |earlier: &EarlierVersion| {
                    let which = LessonVersion::Earlier(present[index].get(&earlier.lesson.id));
                    state.touch_queries(&earlier.lesson, which, self.rules.bake)
                };
                at_level()
                    .filter(|earlier| earlier.open)
                    .flat_map(queries)
                    .collect()
            });
            for versions in waiting.iter_mut() {
                let earlier = versions.versions.get_mut(level - 1);
                if let Some(earlier) = earlier.filter(|earlier| earlier.open) {
                    let which = |index: usize| LessonVersion::Earlier(present[index].get(&earlier.lesson.id));
                    earlier.open = self.gate(&earlier.lesson, None, &which, histories).is_open();
                }
            }
        }
    }

    /// For each canary, which waiting lessons it now has in the earlier version of this level, and in which files. For canaries on disk,
    /// the periods in which they had it are added to their state instead.
    fn present_versions(
        &self,
        level: usize,
        waiting: &[LessonVersions],
        histories: &mut [CanaryHistory<'_>],
    ) -> Vec<BTreeMap<String, BTreeSet<String>>> {
        let store = non_canary_plan::store_at(self.store, waiting, level);
        let nothing = vec![BTreeMap::new(); histories.len()];
        let Ok(planner) = Planner::new(&store) else {
            return nothing;
        };
        let mut all = nothing;
        for (history, present) in histories.iter_mut().zip(&mut all) {
            let target = history.canary.target;
            if history.canary.local.is_some() {
                let periods = version_periods(&store, &planner, target, &history.past);
                let state = std::mem::take(&mut history.state);
                history.state = state.with_history(periods);
            } else if let Some(tree) = history.canary.tree {
                let now = planner.now(target, tree);
                for cells in now.coverage.placements.chunk_by(|a, b| a.lesson == b.lesson) {
                    let named = cells.iter().filter(|cell| cell.current.named);
                    let paths = named.map(|cell| cell.current.path.to_string()).collect();
                    if let Some(first) = cells.first().filter(|_| canary_state::holds(&store, cells)) {
                        present.insert(first.lesson.to_string(), paths);
                    }
                }
            }
        }
        all
    }
}

/// The periods, from and until, in which each version of a store's lessons was present on the base branch of a target on disk.
fn version_periods(
    store: &Store,
    planner: &Planner<'_>,
    target: &Target,
    past: &[BaseState],
) -> BTreeMap<canary_state::LessonVersionState, Vec<(i64, Option<i64>)>> {
    let mut periods: BTreeMap<canary_state::LessonVersionState, Vec<(i64, Option<i64>)>> = BTreeMap::new();
    let mut present_since: BTreeMap<String, i64> = BTreeMap::new();
    for then in past.iter().rev() {
        let now = planner.now(target, &then.tree);
        let present: BTreeSet<String> = now
            .coverage
            .placements
            .chunk_by(|a, b| a.lesson == b.lesson)
            .filter(|cells| canary_state::holds(store, cells))
            .filter_map(|cells| Some(cells.first()?.lesson.to_string()))
            .collect();
        let removed: Vec<String> = present_since
            .keys()
            .filter(|id| !present.contains(*id))
            .cloned()
            .collect();
        for id in removed {
            if let (Some(from), Some(lesson)) = (present_since.remove(&id), store.lesson(&id)) {
                let times = periods.entry((id, lesson.version())).or_default();
                times.push((from, Some(then.since)));
            }
        }
        for id in present {
            present_since.entry(id).or_insert(then.since);
        }
    }
    for (id, from) in present_since {
        if let Some(lesson) = store.lesson(&id) {
            periods
                .entry((id, lesson.version()))
                .or_default()
                .push((from, None));
        }
    }
    periods
}

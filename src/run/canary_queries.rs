//! Asks the canaries which versions of the lessons they merged, and since when.
//!
//! Input: the plans of the canaries. Output: a [`RolloutGate`] for each lesson, and a [`LessonVersions`] for each that waits. Not here:
//! deciding (`pipeline/rollout`), and planning the other targets with it (`survey`).

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

/// A canary that was planned.
pub struct Canary<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its plan, with every lesson in its present version.
    pub plan: &'a lessonbook_pipeline::plan::TargetPlan,
    /// What GitHub says of it.
    pub live: Option<&'a GithubTarget>,
    /// All that is tracked on its base.
    pub tree: Option<&'a Tree>,
    /// Where it is on disk, and as it was read.
    pub local: Option<(LocalRepository, &'a Snapshot)>,
}

/// What the canaries are asked with.
pub struct CanaryInput<'a, 's> {
    /// The run.
    pub context: &'a Context,
    /// The store.
    pub store: &'a Store,
    /// The rules.
    pub rules: &'a Rollout,
    /// Its folder, and the commit that it stands at.
    pub root: &'a Path,
    /// Its commit.
    pub commit: Option<&'a StoreCommit>,
    /// GitHub, where it was reached.
    pub github: Option<&'a Github>,
    /// The planner of the store.
    pub planner: &'a Planner<'s>,
    /// Names that canaries may have which could not be looked for, and why.
    pub unsought: &'a BTreeMap<String, String>,
}

/// What the canaries said.
#[derive(Debug, Default)]
pub struct CanaryResult {
    /// The gate of each active lesson in its present version.
    pub gates: Vec<RolloutGate>,
    /// The lessons that wait.
    pub ladders: Vec<LessonVersions>,
}

/// Earlier versions that are looked for in the canaries' files, too; older ones are known by pull requests alone.
const LEVELS: usize = 3;

/// A canary with what it told so far.
struct CanaryHistory<'a> {
    canary: &'a Canary<'a>,
    witness: CanaryState,
    /// What a canary on disk held, the newest first.
    past: Vec<BaseState>,
}

impl CanaryInput<'_, '_> {
    /// Asks.
    pub fn judge(&self, canaries: &[Canary<'_>]) -> CanaryResult {
        let mut heard = self.hear(canaries);
        let active: Vec<&Lesson> = self
            .store
            .lessons
            .iter()
            .filter(|lesson| lesson.is_active())
            .collect();
        self.look(&mut heard, |_, witness| {
            let looks =
                |lesson: &&Lesson| witness.touch_queries(lesson, LessonVersion::Present, self.rules.bake);
            active.iter().flat_map(looks).collect()
        });
        let mut gates: Vec<RolloutGate> = active
            .iter()
            .map(|lesson| self.gate(lesson, None, &|_| LessonVersion::Present, &heard))
            .collect();
        let shut: Vec<&Lesson> = gates
            .iter()
            .zip(&active)
            .filter(|(gate, _)| !gate.is_open())
            .map(|(_, lesson)| *lesson)
            .collect();
        let mut ladders = Vec::new();
        for (lesson, history) in shut.iter().zip(self.histories(&shut)) {
            let (introduced, ladder) = self.ladder(lesson, history);
            let gate = self.gate(lesson, introduced, &|_| LessonVersion::Present, &heard);
            if let Some(place) = gates.iter_mut().find(|gate| gate.lesson == lesson.id) {
                place.clone_from(&gate);
            }
            if !gate.is_open() {
                let way = gate.way_out().map(|way| format!("; {way}")).unwrap_or_default();
                ladders.push(LessonVersions {
                    why: gate.why + &way,
                    ..ladder
                });
            }
        }
        self.open_rungs(&mut ladders, &mut heard);
        CanaryResult { gates, ladders }
    }

    /// The canaries with their pull requests, or the history of their files.
    fn hear<'c>(&self, canaries: &'c [Canary<'c>]) -> Vec<CanaryHistory<'c>> {
        let there: Vec<&str> = canaries
            .iter()
            .filter_map(|canary| Some(canary.live?.remote.name.as_str()))
            .collect();
        let past = self
            .github
            .filter(|_| !there.is_empty())
            .map(|github| github.past(&there, &self.store.branch()));
        let mut past: BTreeMap<&str, _> = there.into_iter().zip(past.unwrap_or_default()).collect();
        let mut all = Vec::with_capacity(canaries.len());
        for canary in canaries {
            let life = canary.live.map(|live| &live.life);
            let mut witness = CanaryState::new(self.store, canary.plan, life);
            let base = canary.plan.target.base.as_ref();
            let pulls = canary
                .live
                .and_then(|live| past.remove(live.remote.name.as_str()));
            if let (Some(Ok(pulls)), Some(base)) = (pulls, base) {
                witness = witness.with_past(self.store, &base.branch, pulls);
            }
            let mut heard = CanaryHistory {
                canary,
                witness,
                past: Vec::new(),
            };
            if let Some((repository, snapshot)) = &canary.local {
                let wants = |path: &str| Planner::wants(self.store, path);
                heard.past = repository.base_states(&snapshot.base, &wants).unwrap_or_default();
                let stood = stood(self.store, self.planner, canary.target, &heard.past);
                heard.witness = heard.witness.with_history(stood);
            }
            all.push(heard);
        }
        all
    }

    /// Asks GitHub what the witnesses need to know of their files.
    fn look(
        &self,
        heard: &mut [CanaryHistory<'_>],
        looks: impl Fn(usize, &CanaryState) -> BTreeSet<TouchQuery>,
    ) {
        let Some(github) = self.github else { return };
        let (mut wanted, mut at) = (Vec::new(), Vec::new());
        for (nth, heard) in heard.iter().enumerate() {
            let (Some(live), Some(base)) = (heard.canary.live, &heard.canary.plan.target.base) else {
                continue;
            };
            let looks = looks(nth, &heard.witness);
            if !looks.is_empty() {
                at.push(nth);
                wanted.push(TouchedFiles {
                    name: live.remote.name.clone(),
                    commit: base.commit.clone(),
                    looks: looks.into_iter().map(|look| (look.path, look.within)).collect(),
                });
            }
        }
        if wanted.is_empty() {
            return;
        }
        for (at, answers) in at.into_iter().zip(github.touched(&wanted)) {
            let answers = answers
                .into_iter()
                .map(|((path, within), time)| (TouchQuery { path, within }, time));
            heard[at].witness.learn(answers.collect());
        }
    }

    fn gate<'h>(
        &self,
        lesson: &Lesson,
        introduced: Option<i64>,
        which: &dyn Fn(usize) -> LessonVersion<'h>,
        heard: &[CanaryHistory<'_>],
    ) -> RolloutGate {
        let version = lesson.version();
        let unsought = self.unsought.iter().map(|(canary, why)| CanaryAnswer {
            canary: canary.clone(),
            word: CanaryVerdict::Unsearched(why.clone()),
        });
        let says: Vec<CanaryAnswer> = heard
            .iter()
            .enumerate()
            .filter_map(|(at, heard)| {
                let word = heard.witness.verdict(lesson, which(at), self.rules.bake)?;
                Some(CanaryAnswer {
                    canary: heard.witness.name.clone(),
                    word,
                })
            })
            .chain(unsought)
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
        rollout::gate(&question, &says)
    }

    /// What the store said before of the lessons that wait.
    fn histories(&self, shut: &[&Lesson]) -> Vec<LessonFileHistory> {
        let names: Vec<(&str, &str)> = shut
            .iter()
            .map(|lesson| (lesson.topic.as_str(), lesson.id.as_str()))
            .collect();
        match self.commit {
            _ if names.is_empty() => Vec::new(),
            Some(commit) => store_history(self.root, &commit.commit, &names),
            None => {
                let cut = Some("the store is in no git repository".to_owned());
                let history = LessonFileHistory {
                    states: Vec::new(),
                    cut,
                };
                vec![history; names.len()]
            }
        }
    }

    /// The earlier versions of a lesson, and since when the store says the present one.
    fn ladder(&self, lesson: &Lesson, history: LessonFileHistory) -> (Option<i64>, LessonVersions) {
        let version = lesson.version();
        let (mut introduced, mut present, mut gap) = (None, true, false);
        let mut rungs: Vec<EarlierVersion> = Vec::new();
        for state in history.states {
            let earlier = state
                .files
                .and_then(|files| lessonbook_store::lesson_version(&files, &lesson.id, self.context.today));
            let Some(earlier) = earlier.filter(Lesson::is_active) else {
                (present, gap) = (false, true);
                continue;
            };
            let known = |rung: &EarlierVersion| rung.lesson.version() == earlier.version();
            if present && earlier.version() == version {
                introduced = Some(state.since);
            } else if earlier.version() != version && !rungs.iter().any(known) {
                present = false;
                // What was taken back once comes again only where it stands still.
                let open = !gap;
                rungs.push(EarlierVersion {
                    lesson: earlier,
                    open,
                });
            }
        }
        let ladder = LessonVersions {
            lesson: lesson.id.clone(),
            why: String::new(),
            rungs,
            cut: history.cut,
        };
        (introduced, ladder)
    }

    /// Decides which earlier versions are open.
    fn open_rungs(&self, ladders: &mut [LessonVersions], heard: &mut [CanaryHistory<'_>]) {
        let deepest = ladders.iter().map(|ladder| ladder.rungs.len()).max().unwrap_or(0);
        for level in 1..=deepest {
            let mut held: Vec<BTreeMap<String, BTreeSet<String>>> = vec![BTreeMap::new(); heard.len()];
            if level <= LEVELS {
                held = self.hold(level, ladders, heard);
            }
            let rungs = || ladders.iter().filter_map(|ladder| ladder.rungs.get(level - 1));
            self.look(heard, |at, witness| {
                let looks = |rung: &EarlierVersion| {
                    let which = LessonVersion::Earlier(held[at].get(&rung.lesson.id));
                    witness.touch_queries(&rung.lesson, which, self.rules.bake)
                };
                rungs().filter(|rung| rung.open).flat_map(looks).collect()
            });
            for ladder in ladders.iter_mut() {
                if let Some(rung) = ladder.rungs.get_mut(level - 1).filter(|rung| rung.open) {
                    let which = |at: usize| LessonVersion::Earlier(held[at].get(&rung.lesson.id));
                    rung.open = self.gate(&rung.lesson, None, &which, heard).is_open();
                }
            }
        }
    }

    /// Which canaries hold the lessons that wait in an earlier version now, and in which files; those on disk also when.
    fn hold(
        &self,
        level: usize,
        ladders: &[LessonVersions],
        heard: &mut [CanaryHistory<'_>],
    ) -> Vec<BTreeMap<String, BTreeSet<String>>> {
        let store = non_canary_plan::store_at(self.store, ladders, level);
        let nothing = vec![BTreeMap::new(); heard.len()];
        let Ok(planner) = Planner::new(&store) else {
            return nothing;
        };
        let mut all = nothing;
        for (heard, held) in heard.iter_mut().zip(&mut all) {
            let target = heard.canary.target;
            if heard.canary.local.is_some() {
                let stood = stood(&store, &planner, target, &heard.past);
                let witness = std::mem::take(&mut heard.witness);
                heard.witness = witness.with_history(stood);
            } else if let Some(tree) = heard.canary.tree {
                let now = planner.now(target, tree);
                for cells in now.coverage.cells.chunk_by(|a, b| a.lesson == b.lesson) {
                    let named = cells.iter().filter(|cell| cell.current.named);
                    let paths = named.map(|cell| cell.current.path.to_string()).collect();
                    if let Some(first) = cells.first().filter(|_| canary_state::holds(&store, cells)) {
                        held.insert(first.lesson.to_string(), paths);
                    }
                }
            }
        }
        all
    }
}

/// When the versions of a store's lessons stood on a base on disk: from when, and until when.
fn stood(
    store: &Store,
    planner: &Planner<'_>,
    target: &Target,
    past: &[BaseState],
) -> BTreeMap<canary_state::LessonVersionState, Vec<(i64, Option<i64>)>> {
    let mut stood: BTreeMap<canary_state::LessonVersionState, Vec<(i64, Option<i64>)>> = BTreeMap::new();
    let mut standing: BTreeMap<String, i64> = BTreeMap::new();
    for then in past.iter().rev() {
        let now = planner.now(target, &then.tree);
        let held: BTreeSet<String> = now
            .coverage
            .cells
            .chunk_by(|a, b| a.lesson == b.lesson)
            .filter(|cells| canary_state::holds(store, cells))
            .filter_map(|cells| Some(cells.first()?.lesson.to_string()))
            .collect();
        let gone: Vec<String> = standing
            .keys()
            .filter(|id| !held.contains(*id))
            .cloned()
            .collect();
        for id in gone {
            if let (Some(from), Some(lesson)) = (standing.remove(&id), store.lesson(&id)) {
                let times = stood.entry((id, lesson.version())).or_default();
                times.push((from, Some(then.since)));
            }
        }
        for id in held {
            standing.entry(id).or_insert(then.since);
        }
    }
    for (id, from) in standing {
        if let Some(lesson) = store.lesson(&id) {
            stood
                .entry((id, lesson.version()))
                .or_default()
                .push((from, None));
        }
    }
    stood
}

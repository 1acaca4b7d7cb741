//! What a target that is not a canary gets while versions of lessons wait for the canaries.
//!
//! Input: the store, [`LessonVersions`] for each lesson that waits, a target and its snapshot. Output: a plan made with a store that holds
//! their earlier versions, and the list of what waits. Not here: whether a gate is open (`rollout`), and reading earlier versions from the
//! store's history (`repository/`).
//!
//! For a lesson that waits, the target gets the newest earlier version that is open, or that the target already holds; if there is none,
//! the lesson is absent. A target that holds the current version keeps it, and nothing is removed because something waits.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::canary_state::holds;
use super::store_cache::StoreCache;
use crate::plan::{TargetPlan, WaitingLesson};
use crate::target_state::TargetState;
use crate::{Planner, withdraw};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_proof::{CurrentState, Placement, TreeChange};
use lessonbook_store::{Detail, Lesson, Severity, Status, Store, Target};

/// A lesson whose current version waits, with its earlier versions.
#[derive(Debug, Clone, PartialEq)]
pub struct LessonVersions {
    /// The lesson.
    pub lesson: String,
    /// Why it waits, in one clause.
    pub why: String,
    /// The earlier versions, the newest first.
    pub versions: Vec<EarlierVersion>,
    /// Why it is unknown whether there were earlier versions; none: these are all.
    pub cut: Option<String>,
}

/// An earlier version.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierVersion {
    /// The lesson as it was.
    pub lesson: Lesson,
    /// Whether all targets may have it.
    pub open: bool,
}

impl WaitingLesson {
    /// The versions of a waiting lesson, for a run that applies a saved plan.
    pub fn versions(&self, today: jiff::civil::Date) -> LessonVersions {
        let lesson = self.file.iter().filter_map(|(path, text)| {
            let files = [(path.clone(), text.clone().into_bytes())].into();
            lessonbook_store::lesson_version(&files, &self.lesson, today)
        });
        LessonVersions {
            lesson: self.lesson.clone(),
            why: self.why.clone(),
            versions: lesson
                .map(|lesson| EarlierVersion { lesson, open: true })
                .collect(),
            cut: None,
        }
    }
}

/// How many planners are kept: the targets of a run have few different sets of versions.
const KEPT: usize = 8;

/// For each waiting lesson the version that a target gets: 0 for the current one; one more than the last: the lesson is absent.
type VersionChoices = Vec<usize>;

/// Identifies another store: the versions, and the retired lessons that stay until their successors are released.
type Key = (VersionChoices, BTreeSet<String>);

/// A store and its planner.
type StorePlanner<'a> = Rc<(&'a Store, Planner<'a>)>;

/// Makes plans for the targets that are not canaries.
pub struct NonCanaryPlans<'p, 'a> {
    store: &'a Store,
    planner: &'p Planner<'a>,
    histories: &'a [LessonVersions],
    cache: &'a StoreCache,
    store_and_planner: RefCell<Vec<(Key, StorePlanner<'a>)>>,
}

impl<'p, 'a> NonCanaryPlans<'p, 'a> {
    /// Prepares the plans. `planner` is the store's own.
    pub fn new(
        store: &'a Store,
        planner: &'p Planner<'a>,
        histories: &'a [LessonVersions],
        cache: &'a StoreCache,
    ) -> Self {
        NonCanaryPlans {
            store,
            planner,
            histories,
            cache,
            store_and_planner: RefCell::default(),
        }
    }

    /// Whether it was made for these versions.
    pub fn is_for(&self, histories: &[LessonVersions]) -> bool {
        self.histories == histories
    }

    /// The plan for a target, and the store with which it was made.
    pub fn plan(&self, target: &Target, snapshot: &Snapshot) -> (TargetPlan, &'a Store) {
        if self.histories.is_empty() {
            return (self.planner.plan(target, snapshot), self.store);
        }
        let chosen = self.choose(target, &snapshot.tree);
        let (waits, key) = match chosen {
            Ok(chosen) => chosen,
            Err(findings) => {
                return (TargetPlan::refused(target, Some(snapshot), findings), self.store);
            }
        };
        if waits.is_empty() {
            return (self.planner.plan(target, snapshot), self.store);
        }
        let store_and_planner = match self.store_and_planner(&key) {
            Ok(store_and_planner) => store_and_planner,
            Err(finding) => {
                return (
                    TargetPlan::refused(target, Some(snapshot), vec![finding]),
                    self.store,
                );
            }
        };
        let (store, planner) = (store_and_planner.0, &store_and_planner.1);
        let mut plan = planner.plan(target, snapshot);
        self.record_waiting(&mut plan, target, &snapshot.tree, waits);
        (plan, store)
    }

    /// Which lessons wait in this target, and their versions.
    fn choose(&self, target: &Target, tree: &Tree) -> Result<(Vec<WaitingLesson>, Key), Vec<Finding>> {
        let present = self.planner.now(target, tree);
        let mut choices: VersionChoices = vec![0; self.histories.len()];
        let mut open: Vec<usize> = (0..self.histories.len())
            .filter(|at| concerns(&present, &self.histories[*at].lesson))
            .collect();
        let mut standing = present.clone();
        // For all waiting lessons at once, go back one version at a time, until each has a version that is present or open.
        while !open.is_empty() {
            let key = (choices.clone(), BTreeSet::new());
            if choices.iter().any(|choice| *choice > 0) {
                let store_and_planner = self.store_and_planner(&key).map_err(|finding| vec![finding])?;
                standing = store_and_planner.1.now(target, tree);
            }
            open.retain(|at| {
                let (history, choice) = (&self.histories[*at], &mut choices[*at]);
                let earlier = choice.checked_sub(1).and_then(|at| history.versions.get(at));
                let is_open = earlier.is_some_and(|choice| choice.open);
                if *choice > history.versions.len()
                    || is_open
                    || is_held(self.store, &standing, &history.lesson)
                {
                    return false;
                }
                *choice += 1;
                true
            });
        }
        let mut unknown = Vec::new();
        for (history, choice) in self.histories.iter().zip(&mut choices) {
            if *choice <= history.versions.len() {
                continue;
            }
            match &history.cut {
                Some(why) if history.versions.is_empty() => unknown.push(history_missing(history, why)),
                // The target holds words that match no known version: they are replaced, and the lesson is not removed.
                _ if !self.is_there(&present, tree, &history.lesson) => {}
                _ if !history.versions.is_empty() => *choice = 1,
                _ if has_current(&present, &history.lesson) => *choice = 0,
                _ => unknown.push(history_missing(
                    history,
                    "the store's history has no earlier version of it",
                )),
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let waits: Vec<WaitingLesson> = self
            .histories
            .iter()
            .zip(&choices)
            .filter(|(_, choice)| **choice > 0)
            .map(|(history, choice)| self.waiting(history, *choice))
            .collect();
        let stays = self.stays(&waits, &present, tree);
        Ok((waits, (choices, stays)))
    }

    fn waiting(&self, history: &LessonVersions, choice: usize) -> WaitingLesson {
        let present = self.store.lesson(&history.lesson);
        let earlier = history.versions.get(choice - 1);
        WaitingLesson {
            lesson: history.lesson.clone(),
            severity: present.map_or(Severity::Low, |lesson| lesson.severity),
            meanwhile: earlier.map(|choice| choice.lesson.version()),
            why: history.why.clone(),
            file: earlier.map(|choice| {
                (
                    choice.lesson.file.clone(),
                    lessonbook_store::to_yaml(&choice.lesson),
                )
            }),
        }
    }

    /// Retired lessons that are present here and whose successor waits: otherwise the target would lose one before it gets the other.
    fn stays(&self, waits: &[WaitingLesson], present: &CurrentState, tree: &Tree) -> BTreeSet<String> {
        let waiting = waits
            .iter()
            .filter_map(|waiting| self.store.lesson(&waiting.lesson));
        let old = waiting.flat_map(|lesson| &lesson.supersedes);
        let stays = old.filter(|id| {
            let retired = self
                .store
                .lesson(id)
                .is_some_and(|lesson| lesson.status == Status::Retired);
            retired && self.is_there(present, tree, id)
        });
        stays.cloned().collect()
    }

    /// Whether a lesson itself is in a block of ours, whatever its wording. Another lesson may have its id in its text.
    fn is_there(&self, present: &CurrentState, tree: &Tree, id: &str) -> bool {
        present.named.contains(id) && withdraw::holds(self.store, id, tree)
    }

    /// The store with these versions, and its planner.
    fn store_and_planner(&self, key: &Key) -> Result<StorePlanner<'a>, Finding> {
        let mut kept = self.store_and_planner.borrow_mut();
        if let Some(at) = kept.iter().position(|(held, _)| held == key) {
            let held = kept.remove(at);
            let store_and_planner = Rc::clone(&held.1);
            kept.insert(0, held);
            return Ok(store_and_planner);
        }
        let label = (replacements(self.histories, &key.0), key.1.clone());
        let store = self
            .cache
            .keep(label, || store_with(self.store, self.histories, key));
        let store_and_planner = Rc::new((store, Planner::new(store)?));
        kept.insert(0, (key.clone(), Rc::clone(&store_and_planner)));
        kept.truncate(KEPT);
        Ok(store_and_planner)
    }

    /// Records in the plan what waits. The coverage is about the current versions, and what waits counts as missing there.
    fn record_waiting(
        &self,
        plan: &mut TargetPlan,
        target: &Target,
        before: &Tree,
        waits: Vec<WaitingLesson>,
    ) {
        let after = before.with(&plan.content.edits);
        let change = TreeChange {
            before,
            edits: &plan.content.edits,
            after: &after,
            earlier: &[],
        };
        let why: BTreeMap<&str, &str> = waits
            .iter()
            .map(|waiting| (waiting.lesson.as_str(), waiting.why.as_str()))
            .collect();
        let present = self.planner.matrix(target, &change).placements;
        let present = present.iter().cloned();
        let present = present.filter_map(|cell| {
            let waits = Some((*why.get(cell.lesson.as_str())?).into());
            Some(Placement { waits, ..cell })
        });
        let present: Vec<Placement> = present.collect();
        let cells = plan.proof.coverage.placements.make_mut();
        cells.retain(|cell| !why.contains_key(cell.lesson.as_str()));
        cells.extend(present);
        cells.sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson))); // a stable sort keeps the table's order
        let critical = waits
            .iter()
            .filter(|waiting| waiting.severity == Severity::Critical);
        let critical: Vec<&str> = critical.map(|waiting| waiting.lesson.as_str()).collect();
        let everywhere = plan
            .proof
            .invariants
            .iter_mut()
            .find(|invariant| invariant.name == "critical-everywhere");
        if let Some(invariant) = everywhere.filter(|_| !critical.is_empty()) {
            let verb = if critical.len() == 1 { "waits" } else { "wait" };
            let more = format!(
                "; {} {verb} for canaries: {}",
                critical.len(),
                critical.join(", ")
            );
            invariant.evidence.push_str(&more);
        }
        plan.content.waiting = waits;
        if plan.outcome.state == TargetState::UpToDate {
            plan.outcome.state = TargetState::Held;
        }
    }
}

/// The store with the earlier version of this level (1 is the newest) of every lesson that waits. A lesson without such a version is kept.
pub fn store_at(store: &Store, histories: &[LessonVersions], level: usize) -> Store {
    let choice = |history: &LessonVersions| if level <= history.versions.len() { level } else { 0 };
    let choices = histories.iter().map(choice).collect();
    store_with(store, histories, &(choices, BTreeSet::new()))
}

/// The lessons that replace the waiting ones in a store.
fn replacements(histories: &[LessonVersions], choices: &[usize]) -> BTreeMap<String, Option<Lesson>> {
    let waiting = histories.iter().zip(choices).filter(|(_, choice)| **choice > 0);
    let earlier = waiting.map(|(history, choice)| {
        let earlier = history
            .versions
            .get(*choice - 1)
            .map(|choice| choice.lesson.clone());
        (history.lesson.clone(), earlier)
    });
    earlier.collect()
}

fn store_with(store: &Store, histories: &[LessonVersions], (choices, stays): &Key) -> Store {
    let mut store = Store {
        places: lessonbook_store::Places::default(),
        ..store.clone()
    };
    let replacements = replacements(histories, choices);
    store.lessons.retain_mut(|lesson| {
        if stays.contains(&lesson.id) {
            lesson.status = Status::Active;
        }
        match replacements.get(lesson.id.as_str()) {
            Some(Some(earlier)) => lesson.clone_from(earlier),
            Some(None) => return false,
            None => {}
        }
        true
    });
    store
}

/// Whether the policy requires a lesson in a target.
fn concerns(standing: &CurrentState, id: &str) -> bool {
    let mut cells = standing.coverage.placements.iter();
    cells.any(|cell| cell.lesson == id && cell.exempt.is_none())
}

/// Whether the current words are present anywhere.
fn has_current(standing: &CurrentState, id: &str) -> bool {
    let mut cells = standing.coverage.placements.iter();
    cells.any(|cell| cell.lesson == id && cell.current.detail > Detail::None)
}

fn is_held(store: &Store, standing: &CurrentState, id: &str) -> bool {
    let cells: Vec<Placement> = standing
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.lesson == id)
        .cloned()
        .collect();
    holds(store, &cells)
}

fn history_missing(history: &LessonVersions, why: &str) -> Finding {
    let id = &history.lesson;
    Finding::new(
        Code::StoreHistoryMissing,
        format!("{id} waits, but its earlier versions are unknown: {why}"),
    )
    .lesson(id)
    .effect("nothing is proposed in this target, so that no lesson is removed or added too early")
    .help("check the store out with its history (`fetch-depth: 0` of actions/checkout, or `git fetch --unshallow`)")
}

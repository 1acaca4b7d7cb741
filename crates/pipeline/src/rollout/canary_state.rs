//! Reads from one canary's own repository which versions of lessons it has merged.
//!
//! Input: its plan and state, its earlier pull requests, or the history of its files. Output: a [`CanaryVerdict`] for any version of any
//! lesson. Not here: requesting these (`run/canary_queries`), and what follows from several canaries (`rollout`).
//!
//! A pull request is the best source: its hidden line names the versions, and GitHub reports when it was merged. What was merged by hand,
//! or too long ago, is read from the files: they hold the version, at the latest since their last change. A version that was reverted or
//! replaced before its bake time was over does not count: a later pull request shows that, or a change of the files in that time.

use crate::target_state::TargetState;
use std::collections::{BTreeMap, BTreeSet};

use super::CanaryVerdict;
use crate::lifecycle::ProposalPlan;
use crate::plan::TargetPlan;
use crate::pr_body::BodyMetadata;
use crate::pull_request::PastPull;
use lessonbook_base::finding::Code;
use lessonbook_proof::Placement;
use lessonbook_store::{Lesson, Severity, Store};

/// A lesson in a version: its id, and six digits.
pub type LessonVersionState = (String, String);

/// The version of a lesson that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LessonVersion<'a> {
    /// The current one.
    Present,
    /// An earlier one, with the files that hold it now, if any do.
    Earlier(Option<&'a BTreeSet<String>>),
}

/// A question to GitHub: when a file was last changed, ever or within a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TouchQuery {
    /// The file.
    pub path: String,
    /// After the first and not after the second of these times.
    pub within: Option<(i64, i64)>,
}

/// By how much a merge's own commit may be younger than the merge.
const SLACK: i64 = 60;

impl TouchQuery {
    fn ever(path: &str) -> Self {
        TouchQuery {
            path: path.to_owned(),
            within: None,
        }
    }

    /// Between a merge and the end of its bake time.
    fn meanwhile(path: &str, merged: i64, bake: i64) -> Self {
        TouchQuery {
            path: path.to_owned(),
            within: Some((merged + SLACK, merged + bake)),
        }
    }
}

/// A canary.
#[derive(Debug, Clone, Default)]
pub struct CanaryState {
    /// Its name.
    pub name: String,
    /// Why it does not count for anything that it has not merged; none if it counts.
    pub left: Option<String>,
    /// Whether it is unknown which lessons concern it.
    pub unknown: bool,
    /// The lessons that concern it and of which something can be merged.
    pub required: BTreeSet<String>,
    /// Those among them that exceptions exclude from every entry point.
    pub exempt: BTreeSet<String>,
    /// Those among them whose current version is present at every place that names them.
    pub held: BTreeSet<String>,
    /// The files that name a lesson, or could hold it.
    pub paths: BTreeMap<String, BTreeSet<String>>,
    /// Its pull requests from our branch, with their hidden lines.
    past: Vec<(PastPull, BodyMetadata)>,
    /// What GitHub answered; none if the file was not changed in that time.
    looked: BTreeMap<TouchQuery, Option<i64>>,
    /// When a version was on the base of a repository on disk: for each time the start, and the end if it was removed.
    stood: BTreeMap<LessonVersionState, Vec<(i64, Option<i64>)>>,
}

impl CanaryState {
    /// Reads a plan and a state. `life`: the proposal's plan, if the canary is on GitHub and could be read.
    pub fn new(store: &Store, plan: &TargetPlan, life: Option<&ProposalPlan>) -> Self {
        let mut canary = CanaryState {
            name: plan.target.name.clone(),
            left: left(plan, life),
            unknown: !plan.target.enabled
                || plan.target.base.is_none()
                || plan.proof.coverage.placements.is_empty() && plan.outcome.state == TargetState::Refused,
            ..CanaryState::default()
        };
        let concerned: BTreeSet<&str> = plan
            .content
            .changes
            .iter()
            .filter(|change| change.reason.is_some())
            .map(|change| change.lesson.as_str())
            .collect();
        for placements in plan
            .proof
            .coverage
            .placements
            .chunk_by(|a, b| a.lesson == b.lesson)
        {
            let Some(id) = placements.first().map(|placement| placement.lesson.as_str()) else {
                continue;
            };
            if !concerned.contains(id) {
                continue;
            }
            canary.required.insert(id.to_owned());
            if placements.iter().all(|placement| placement.exempt.is_some()) {
                canary.exempt.insert(id.to_owned());
            }
            if holds(store, placements) {
                canary.held.insert(id.to_owned());
            }
            let named = placements.iter().filter(|placement| placement.current.named);
            let mut paths: BTreeSet<String> = named
                .map(|placement| placement.current.path.to_string())
                .collect();
            if paths.is_empty() {
                paths = placements
                    .iter()
                    .map(|placement| placement.current.path.to_string())
                    .collect();
            }
            canary.paths.insert(id.to_owned(), paths);
        }
        canary
    }

    /// Adds its pull requests: those into its base branch that have our hidden line.
    #[must_use]
    pub fn with_past(mut self, store: &Store, base: &str, past: Vec<PastPull>) -> Self {
        let own = past.into_iter().filter(|past| past.base_branch == base);
        self.past = own
            .filter_map(|past| {
                let marker = BodyMetadata::read(&past.body, &store.name)?;
                marker.other_home(store).is_none().then_some((past, marker))
            })
            .collect();
        self
    }

    /// Adds when versions were on the base of a repository on disk. Since when they are proposed there is unknown, because git does not
    /// record it.
    #[must_use]
    pub fn with_history(mut self, stood: BTreeMap<LessonVersionState, Vec<(i64, Option<i64>)>>) -> Self {
        self.stood.extend(stood);
        self
    }

    /// What GitHub must be asked before [`CanaryState::verdict`] can answer about a version.
    pub fn touch_queries(
        &self,
        lesson: &Lesson,
        which: LessonVersion<'_>,
        bake: i64,
    ) -> BTreeSet<TouchQuery> {
        let (id, version) = (&lesson.id, lesson.version());
        let mut looks = BTreeSet::new();
        for path in self.paths.get(id).into_iter().flatten() {
            for at in self.doubts(id, &version, which, bake) {
                looks.insert(TouchQuery::meanwhile(path, at, bake));
            }
        }
        if self.merges(id, &version, bake).is_empty() {
            let files = self.files_with(id, which).into_iter().flatten();
            looks.extend(files.map(|path| TouchQuery::ever(path)));
        }
        looks.retain(|look| !self.looked.contains_key(look));
        looks
    }

    /// Records what GitHub answered.
    pub fn learn(&mut self, answers: BTreeMap<TouchQuery, Option<i64>>) {
        self.looked.extend(answers);
    }

    /// The answer about a version; none if the lesson does not concern the canary.
    pub fn verdict(&self, lesson: &Lesson, which: LessonVersion<'_>, bake: i64) -> Option<CanaryVerdict> {
        let (id, version) = (&lesson.id, lesson.version());
        if !self.unknown && !self.required.contains(id) {
            return None;
        }
        if let Some(at) = self.merged(id, &version, which, bake) {
            return Some(CanaryVerdict::Merged(at));
        }
        if self.exempt.contains(id) {
            return Some(CanaryVerdict::Left("exempt by an exception".to_owned()));
        }
        Some(match &self.left {
            Some(why) => CanaryVerdict::Left(why.clone()),
            None => CanaryVerdict::Asked(self.first_proposed(id, &version)),
        })
    }

    /// When a version was merged that stayed for its bake time.
    fn merged(&self, id: &str, version: &str, which: LessonVersion<'_>, bake: i64) -> Option<i64> {
        if let Some(times) = self.stood.get(&(id.to_owned(), version.to_owned())) {
            let stayed = times
                .iter()
                .filter(|(from, until)| until.is_none_or(|until| until - from >= bake));
            return stayed.map(|(from, _)| *from).min();
        }
        let merges = self.merges(id, version, bake);
        let doubts = self.doubts(id, version, which, bake);
        let untouched = |at: i64| {
            let files = self.paths.get(id).into_iter().flatten();
            files
                .into_iter()
                .all(|path| self.looked.get(&TouchQuery::meanwhile(path, at, bake)) == Some(&None))
        };
        if merges.is_empty() {
            let files = self.files_with(id, which)?;
            let times = files
                .iter()
                .map(|path| self.looked.get(&TouchQuery::ever(path)).copied().flatten());
            // If one of them is not known, the time is unknown.
            return times.collect::<Option<Vec<i64>>>()?.into_iter().max();
        }
        merges
            .into_iter()
            .find(|at| !doubts.contains(at) || untouched(*at))
    }

    /// The files that hold a version now, if any do.
    fn files_with<'s>(&'s self, id: &str, which: LessonVersion<'s>) -> Option<&'s BTreeSet<String>> {
        match which {
            LessonVersion::Present => self.paths.get(id).filter(|_| self.held.contains(id)),
            LessonVersion::Earlier(files) => files,
        }
    }

    /// When pull requests merged a version that was neither proposed again nor replaced before its bake time was over, the first one first.
    fn merges(&self, id: &str, version: &str, bake: i64) -> BTreeSet<i64> {
        let is_proposed_again = |past: &PastPull, named: &str, at: i64| {
            let during = |time: i64| at < time && time < at + bake;
            let again = named == version && during(past.opened);
            again || named != version && past.merged.is_some_and(during)
        };
        let ended = |at: i64| {
            self.pulls_with(id)
                .any(|(past, named)| is_proposed_again(past, named, at))
        };
        let named = self.pulls_with(id).filter(|(_, named)| *named == version);
        let merged = named.filter_map(|(past, _)| past.merged);
        merged.filter(|at| !ended(*at)).collect()
    }

    /// Merges of the version for which only the files show whether it stayed for its bake time: it was removed, or proposed again.
    fn doubts(&self, id: &str, version: &str, which: LessonVersion<'_>, bake: i64) -> BTreeSet<i64> {
        if matches!(which, LessonVersion::Earlier(_)) {
            return BTreeSet::new();
        }
        let again = |at: i64| {
            let mut named = self.pulls_with(id).filter(|(_, named)| *named == version);
            named.any(|(past, _)| past.opened > at)
        };
        let merges = self.merges(id, version, bake).into_iter();
        merges
            .filter(|at| !self.held.contains(id) || again(*at))
            .collect()
    }

    /// The pull requests that change a lesson, each with the version that it proposes.
    fn pulls_with<'s>(&'s self, id: &str) -> impl Iterator<Item = (&'s PastPull, &'s str)> {
        let all = self.past.iter();
        all.filter_map(move |(past, marker)| Some((past, marker.version(id)?)))
    }

    /// When a version was first proposed, as far as known.
    fn first_proposed(&self, id: &str, version: &str) -> Option<i64> {
        let named = self.pulls_with(id).filter(|(_, named)| *named == version);
        named.map(|(past, _)| past.opened).min()
    }
}

/// Whether a lesson is named at all, and its current version is present at every place that names it. `placements` are its own.
pub fn holds(store: &Store, placements: &[Placement]) -> bool {
    let mut named = placements
        .iter()
        .filter(|placement| placement.current.named && placement.exempt.is_none())
        .peekable();
    named.peek().is_some()
        && named.all(|placement| {
            let row = store.entry_point(&placement.entry_point);
            let may_shrink =
                placement.severity < Severity::Critical && row.is_some_and(|row| row.budget.is_some());
            let required = if may_shrink {
                placement.required.min(lessonbook_store::Detail::Rule)
            } else {
                placement.required
            };
            placement.current.detail >= required
        })
}

/// Why a canary does not count for what it has not merged. A canary that only could not be read in this run counts.
fn left(plan: &TargetPlan, life: Option<&ProposalPlan>) -> Option<String> {
    if !plan.target.enabled {
        return Some("disabled".to_owned());
    }
    let found = |code: Code| plan.outcome.findings.iter().any(|finding| finding.code == code);
    match life.map(|life| (life.state, life)) {
        Some((TargetState::Declined, _)) => Some("declined".to_owned()),
        Some((TargetState::Blocked, _)) => Some("blocked".to_owned()),
        Some((TargetState::Disabled, life)) => Some(life.why.clone()),
        _ if found(Code::GithubLimited) || found(Code::GithubDown) => None,
        Some((TargetState::Refused, _)) => Some("refused".to_owned()),
        Some(_) => None,
        None if found(Code::GithubNotFound) => Some("not found on GitHub".to_owned()),
        None => (plan.outcome.state == TargetState::Refused && plan.target.base.is_some())
            .then(|| "refused".to_owned()),
    }
}

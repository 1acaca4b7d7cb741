//! Compares two plans: what a newer plan does that an older one did not, and the other way round.
//!
//! Input: two saved plans. Output: a [`Comparison`]: every difference as data, in one of three classes, `wider` first. Not here:
//! printing (`report/compare`), and refusing what exceeds an approved plan (`run/approved_plan`).
//!
//! **Wider** is whatever the new plan writes or deletes and the old one did not, and every protection that it no longer has: a
//! target, a file, a line, a lesson or its words, a limit, an exception, a check. **Narrower** is the opposite. **Changed** is
//! what is neither: a base that moved, evidence, reasons. In doubt, a difference is wider.

mod files;
mod policy;
mod proposal;
mod settings;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plan_file::{SavedPlan, SavedTarget};
use lessonbook_store::Store;

pub use lessonbook_store::compare::Class;

/// What differs, in the order in which it is reported: scope first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// A target is written, or no longer.
    Target,
    /// A file is written.
    File,
    /// A file is deleted.
    Deletion,
    /// A file's mode is set.
    Mode,
    /// Lines that are added to a file.
    AddedLines,
    /// Lines that are removed from a file.
    RemovedLines,
    /// The order of a file's lines.
    Order,
    /// An internal lesson.
    Internal,
    /// A lesson that is added, removed or changed.
    Lesson,
    /// An exception: a lesson may be absent at an entry point.
    Exception,
    /// A limit of a run or of a target, or a path that it may change.
    Bound,
    /// Who can read a target.
    Visibility,
    /// An invariant.
    Invariant,
    /// What happens to our branch and the proposal, and how that looks.
    Proposal,
    /// The store from which the plans were made.
    Store,
    /// The commit on which the plan is based.
    Base,
    /// A finding that stops a plan, or that people should know.
    Finding,
}

impl DifferenceKind {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            DifferenceKind::Store => "store",
            DifferenceKind::Bound => "limit",
            DifferenceKind::Target => "target",
            DifferenceKind::Visibility => "visibility",
            DifferenceKind::Deletion => "deletion",
            DifferenceKind::File => "file",
            DifferenceKind::Mode => "mode",
            DifferenceKind::AddedLines => "lines +",
            DifferenceKind::RemovedLines => "lines -",
            DifferenceKind::Order => "order",
            DifferenceKind::Internal => "internal",
            DifferenceKind::Lesson => "lesson",
            DifferenceKind::Exception => "exception",
            DifferenceKind::Invariant => "invariant",
            DifferenceKind::Proposal => "proposal",
            DifferenceKind::Base => "base",
            DifferenceKind::Finding => "finding",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its class.
    pub class: Class,
    /// What differs.
    pub what: DifferenceKind,
    /// The target; none if it concerns the run as a whole.
    pub target: Option<String>,
    /// A name: a path, a lesson's id, an invariant, a limit.
    pub name: String,
    /// One clause that describes the new plan.
    pub text: String,
    /// The lines, if lines differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// All differences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// `wider` first. Within a class, those of the run come first, then those of each target in the order of the plans.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether the new plan does more.
    pub fn reaches_further(&self) -> bool {
        self.of(Class::Wider).next().is_some()
    }

    /// The differences of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(move |difference| difference.class == class)
    }

    /// What is wider in one target; none: in the run as a whole.
    pub fn exceeding<'a>(&'a self, target: Option<&'a str>) -> impl Iterator<Item = &'a Difference> {
        self.of(Class::Wider)
            .filter(move |difference| difference.target.as_deref() == target)
    }

    /// A summary of a class: `2 more targets, 1 more file, a deletion`.
    pub fn gist(&self, class: Class) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut kinds: Vec<DifferenceKind> = self.of(class).map(|difference| difference.what).collect();
        kinds.sort();
        kinds.dedup();
        for what in kinds {
            let of = || self.of(class).filter(|difference| difference.what == what);
            let number = match what {
                DifferenceKind::AddedLines | DifferenceKind::RemovedLines => {
                    of().map(|difference| difference.lines.len()).sum()
                }
                // The same lesson in ten targets counts once.
                DifferenceKind::Lesson
                | DifferenceKind::Internal
                | DifferenceKind::Bound
                | DifferenceKind::Invariant => {
                    let mut names: Vec<&str> = of().map(|difference| difference.name.as_str()).collect();
                    names.sort_unstable();
                    names.dedup();
                    names.len()
                }
                _ => of().count(),
            };
            parts.push(part(class, what, number));
        }
        parts.join(", ")
    }
}

/// `2 more files`, `a deletion`, `1 limit raised`.
fn part(class: Class, what: DifferenceKind, number: usize) -> String {
    let word = |one: &str, many: &str| (if number == 1 { one } else { many }).to_owned();
    let more = match class {
        Class::Wider => "more ",
        Class::Changed => "",
        Class::Narrower => "fewer ",
    };
    let words = match (what, class) {
        (DifferenceKind::Deletion, Class::Wider) if number == 1 => return "a deletion".to_owned(),
        (DifferenceKind::Deletion, Class::Wider) => "deletions".to_owned(),
        (DifferenceKind::Deletion, _) => more.to_owned() + &word("deletion", "deletions"),
        (DifferenceKind::Target, _) => more.to_owned() + &word("target", "targets"),
        (DifferenceKind::File, _) => more.to_owned() + &word("file", "files"),
        (DifferenceKind::AddedLines, _) => more.to_owned() + &word("added line", "added lines"),
        (DifferenceKind::RemovedLines, _) => more.to_owned() + &word("removed line", "removed lines"),
        (DifferenceKind::Exception, _) => more.to_owned() + &word("exception", "exceptions"),
        (DifferenceKind::Lesson, Class::Wider) => word("lesson", "lessons") + " added or reworded",
        (DifferenceKind::Lesson, _) => more.to_owned() + &word("lesson", "lessons"),
        (DifferenceKind::Internal, _) => word("internal lesson", "internal lessons"),
        (DifferenceKind::Bound, Class::Narrower) => word("limit", "limits") + " lowered",
        (DifferenceKind::Bound, _) => word("limit", "limits") + " raised",
        (DifferenceKind::Visibility, Class::Narrower) => word("target", "targets") + " less public",
        (DifferenceKind::Visibility, _) => word("target", "targets") + " more public",
        (DifferenceKind::Invariant, Class::Wider) => word("invariant", "invariants") + " lost",
        (DifferenceKind::Invariant, _) => word("invariant", "invariants"),
        (DifferenceKind::Mode, _) => word("mode", "modes"),
        (DifferenceKind::Order, _) => word("file", "files") + " in another order",
        (DifferenceKind::Proposal, _) => word("point", "points") + " about proposals",
        (DifferenceKind::Store, _) => word("point", "points") + " about the store",
        (DifferenceKind::Base, _) => word("base", "bases"),
        (DifferenceKind::Finding, _) => word("finding", "findings"),
    };
    format!("{number} {words}")
}

/// Compares two plans.
pub fn compare(old: &SavedPlan, new: &SavedPlan) -> Comparison {
    let (old, new) = (PlanAndStore::new(old), PlanAndStore::new(new));
    let mut found = DifferenceList::default();
    policy::compare(&old, &new, &mut found);
    let run = ReportedDifferences::new(&found.all);
    let (before, now) = (by_name(old.plan), by_name(new.plan));
    for target in &new.plan.targets {
        found.begin(&target.plan.target.name);
        match before.get(target.plan.target.name.as_str()) {
            Some(was) => target::both(&old, was, &new, target, &run, &mut found),
            None => target::added(&new, target, &mut found),
        }
    }
    for was in &old.plan.targets {
        if !now.contains_key(was.plan.target.name.as_str()) {
            found.begin(&was.plan.target.name);
            target::removed(was, &mut found);
        }
    }
    // A stable sort: within a class, the run comes first and the targets follow in their order.
    found.all.sort_by_key(|difference| difference.class);
    Comparison {
        differences: found.all,
    }
}

fn by_name(plan: &SavedPlan) -> BTreeMap<&str, &SavedTarget> {
    let targets = plan.targets.iter();
    targets
        .map(|target| (target.plan.target.name.as_str(), target))
        .collect()
}

/// What is reported for the run, and therefore not again for a target.
struct ReportedDifferences {
    /// Limits, in the words in which a target would report them.
    bounds: BTreeSet<String>,
    /// By target: the lessons that an exception of the store is about.
    exceptions: BTreeMap<String, BTreeSet<String>>,
}

impl ReportedDifferences {
    fn new(all: &[Difference]) -> Self {
        let (mut bounds, mut exceptions) = (BTreeSet::new(), BTreeMap::<String, BTreeSet<String>>::new());
        for known in all {
            match (known.what, &known.target) {
                (DifferenceKind::Bound, None) => {
                    bounds.insert(known.text.replace("policy.", ""));
                }
                (DifferenceKind::Exception, Some(target)) => {
                    let lessons = exceptions.entry(target.clone()).or_default();
                    lessons.insert(known.name.clone());
                }
                _ => {}
            }
        }
        ReportedDifferences { bounds, exceptions }
    }
}

/// A plan and its store.
struct PlanAndStore<'a> {
    plan: &'a SavedPlan,
    store: Store,
}

impl<'a> PlanAndStore<'a> {
    fn new(plan: &'a SavedPlan) -> Self {
        let (store, _) = lessonbook_store::load(&plan.store.files, plan.today);
        PlanAndStore { plan, store }
    }

    /// A digest of a lesson's words, in six digits; none if the store does not have it.
    fn version(&self, id: &str) -> Option<&str> {
        let lesson = self.plan.lessons.iter().find(|lesson| lesson.id == id)?;
        lesson.version.as_deref()
    }
}

/// The differences found so far, and the current target.
#[derive(Default)]
struct DifferenceList {
    target: Option<String>,
    all: Vec<Difference>,
    /// The index of the first difference of this target.
    began: usize,
}

impl DifferenceList {
    /// Starts the differences of a target.
    fn begin(&mut self, target: &str) {
        self.target = Some(target.to_owned());
        self.began = self.all.len();
    }

    fn push(&mut self, class: Class, what: DifferenceKind, name: impl Into<String>, text: impl Into<String>) {
        self.push_lines(class, what, name, text, Vec::new());
    }

    fn push_lines(
        &mut self,
        class: Class,
        what: DifferenceKind,
        name: impl Into<String>,
        text: impl Into<String>,
        lines: Vec<String>,
    ) {
        let difference = Difference {
            class,
            what,
            target: self.target.clone(),
            name: name.into(),
            text: text.into(),
            lines,
        };
        if !self.all[self.began..].contains(&difference) {
            self.all.push(difference);
        }
    }
}

/// `1 file`, `2 files`.
fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

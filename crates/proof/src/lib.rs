//! The proof: which lessons are present where, read from the final bytes.
//!
//! Input: the store, a target, and its tree before and after the proposal. Output: [`Coverage`], with a placement for every lesson
//! and entry point for which the policy says something, in the columns *current* and *proposed*. Not here: the yes/no
//! properties of a whole plan (`invariants`). The proof shares no decision with select, place, render or merge. It shares the
//! parsers of Markdown, front matter, globs and markers, which are tested against outside oracles.

pub mod chain;
mod coverage;
mod current_state;
pub mod expect;
mod fault;
mod folders_above;
mod frame;
mod import_path;
mod in_use;
pub mod invariants;
pub mod limits;
pub mod matched_paths;
mod present;
mod read;
pub mod scope;
mod tree_files;
mod withdrawal;
mod withheld;
mod word_index;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use std::cell::RefCell;

use lessonbook_base::edit::Edit;
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::{Pool, SharedStr};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Detail, EntryPoint, EntryPointKind, Severity, Store, Target};

use matched_paths::MatchedPaths;

pub use coverage::{Coverage, CoverageCounts, Placement, PlacementKind, Presence};
pub use current_state::CurrentState;
pub use expect::Expectation;
pub use fault::Fault;
pub use invariants::{Invariant, MoveDirection, MovedText};
pub use limits::ExceededLimit;
pub use present::{Differences, RemainingLesson, RemovedLesson};
pub use read::{EntryPointText, ReadLesson};
pub use wording::{LessonWording, quoted_codes};

pub use import_path::{follow, import_word, is_import};
use tree_files::{FileView, TreeFiles};

/// A target before and after a plan.
#[derive(Debug, Clone, Copy)]
pub struct TreeChange<'a> {
    /// The base branch.
    pub before: &'a Tree,
    /// What the plan would change.
    pub edits: &'a [Edit],
    /// The base branch with the edits.
    pub after: &'a Tree,
    /// The base branch now and earlier, newest first, as far as it was read.
    pub earlier: &'a [Tree],
}

/// The result of proving a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Which lessons are present where.
    pub coverage: Coverage,
    /// Yes/no properties, each with its evidence.
    pub invariants: Vec<Invariant>,
    /// Which lessons the blocks hold now and would hold after, where that differs.
    pub differences: Differences,
    /// Rules that our blocks hold now in words that differ from the lesson's: the words in the block, by the lesson's id.
    pub former_rules: BTreeMap<String, String>,
    /// The hand-written lines that are moved into our blocks or put back, by file and line.
    pub moved: Vec<MovedText>,
    /// What failed, or what a person should know, with locations.
    pub findings: Vec<Finding>,
}

/// A claim that a budget reduced the detail of a lesson. The proof accepts it only for lessons that are not critical, and only
/// where there is a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReducedClaim {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The reduced detail.
    pub detail: Detail,
}

/// Proves plans of many targets of one store. Lessons are parsed and globs are compiled once.
pub struct Prover<'s> {
    store: &'s Store,
    words: Vec<LessonWording<'s>>,
    named_by_others: BTreeSet<&'s str>,
    frame: frame::AllowedText<'s>,
    globs: matched_paths::Globs,
    dialects: scope::Dialects,
    views: tree_files::FileViewCache,
    /// Ids, paths and reasons, each stored once because they occur thousands of times.
    texts: RefCell<Pool<SharedStr>>,
}

impl<'s> Prover<'s> {
    /// Parses the store's lessons.
    pub fn new(store: &'s Store) -> Self {
        let words = LessonWording::all(store);
        Prover {
            store,
            named_by_others: named_by_others(store, &words),
            frame: frame::AllowedText::new(store, &words),
            words,
            globs: matched_paths::Globs::new(store),
            dialects: scope::Dialects::default(),
            views: tree_files::FileViewCache::default(),
            texts: RefCell::default(),
        }
    }

    /// Proves a plan: its coverage and its invariants. `shrunk` are the claims of a budget; `again` is what a second run on the
    /// result would change.
    pub fn prove(
        &self,
        target: &Target,
        plan: &TreeChange<'_>,
        shrunk: &[ReducedClaim],
        again: &[Edit],
    ) -> Proof {
        let rows = expect::rows(self.store, target, plan.after);
        let now = TreeFiles::new(self.store, &rows, plan.before, &self.views);
        // Without a change, both trees are the same, so one is read.
        let is_same = plan.edits.is_empty() && plan.before == plan.after;
        let changed = (!is_same).then(|| TreeFiles::new(self.store, &rows, plan.after, &self.views));
        let proposed = changed.as_ref().unwrap_or(&now);
        let mut coverage = self.coverage(target, &now, proposed, shrunk);
        self.discount_unknown_text(&mut coverage, proposed);
        let (invariants, moved, findings) = invariants::check(&invariants::InvariantInput {
            store: self.store,
            words: &self.words,
            frame: &self.frame,
            named_by_others: &self.named_by_others,
            target,
            rows: &rows,
            edits: plan.edits,
            earlier: plan.earlier,
            current: &now,
            proposed,
            coverage: &coverage,
            globs: &self.globs,
            again,
        });
        let differences = if is_same {
            Differences::default()
        } else {
            self.differences(&now, proposed)
        };
        let former_rules = self.former_rules(&now, &coverage);
        Proof {
            coverage,
            invariants,
            differences,
            former_rules,
            moved,
            findings,
        }
    }

    fn text(&self, text: &str) -> SharedStr {
        self.texts.borrow_mut().get(text)
    }

    /// Every line that a plan writes must be known: in a file with unknown text, no lesson counts as present.
    fn discount_unknown_text(&self, coverage: &mut Coverage, proposed: &TreeFiles<'_>) {
        for (_, file) in proposed.ours() {
            let Some(foreign) = self.frame.foreign(&file.view, &self.words).first() else {
                continue;
            };
            let placements = coverage.placements.make_mut().iter_mut().filter(|placement| {
                placement.proposed.path == file.path && placement.proposed.detail > Detail::None
            });
            for placement in placements {
                if placement.proposed.detail >= placement.required {
                    let missing = format!("line {}, `{}`: {}", foreign.line, foreign.text, foreign.why);
                    placement.proposed.missing = self.text(&missing);
                }
                placement.proposed.detail = Detail::None;
            }
        }
    }

    /// The parsed lessons of the store.
    pub fn words(&self) -> &[LessonWording<'s>] {
        &self.words
    }

    /// The rules of lessons that our blocks name, where their words differ from the lesson's.
    fn former_rules(&self, now: &TreeFiles<'_>, coverage: &Coverage) -> BTreeMap<String, String> {
        let mut former_rules = BTreeMap::new();
        for placement in &coverage.placements {
            if !placement.current.named
                || placement.current.detail > Detail::None
                || former_rules.contains_key(placement.lesson.as_str())
            {
                continue;
            }
            let Some(words) = self
                .words
                .iter()
                .find(|words| words.lesson.id == placement.lesson)
            else {
                continue;
            };
            let rule = now.ours().find_map(|(_, file)| file.view.other_rule(words));
            former_rules.extend(rule.map(|rule| (placement.lesson.to_string(), rule)));
        }
        former_rules
    }

    /// The coverage of a target.
    fn coverage(
        &self,
        target: &Target,
        now: &TreeFiles<'_>,
        proposed: &TreeFiles<'_>,
        shrunk: &[ReducedClaim],
    ) -> Coverage {
        let after = proposed.tree;
        let matched = self.globs.matched(self.store, target, after);
        let mut claims: BTreeMap<(&str, &str), &ReducedClaim> = BTreeMap::new();
        for claim in shrunk {
            claims.entry((&claim.lesson, &claim.entry_point)).or_insert(claim);
        }
        let held = |lesson: usize, row: &EntryPoint| self.holds(proposed, lesson, row, target);
        let required = expect::required(self.store, target, after, &matched, shrunk, &held);
        let mut placements: Vec<Placement> = required
            .into_iter()
            .map(|required| {
                let lesson = &self.store.lessons[required.lesson];
                let presence =
                    |files: &TreeFiles<'_>| self.presence(files, now.tree, &required, target, &matched);
                let (now, proposed) = (presence(now), presence(proposed));
                let (required_detail, exempt) = accept_claim(
                    &required,
                    lesson.severity,
                    &proposed,
                    claims
                        .get(&(lesson.id.as_str(), required.row.name.as_str()))
                        .copied(),
                );
                Placement {
                    lesson: self.text(&lesson.id),
                    severity: lesson.severity,
                    entry_point: self.text(&required.row.name),
                    required: required_detail,
                    exempt: exempt.map(|why| self.text(&why)),
                    waits: None,
                    current: now,
                    proposed,
                }
            })
            .collect();
        placements.sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson))); // a stable sort keeps the table's order
        Coverage {
            placements: placements.into(),
        }
    }

    /// Whether one of an entry point's files holds a lesson.
    fn holds(&self, files: &TreeFiles<'_>, lesson: usize, row: &EntryPoint, target: &Target) -> bool {
        let known = |id: &str| self.store.lesson(id).is_some();
        let words = &self.words[lesson];
        let mut files = files.files.get(row.name.as_str()).into_iter().flatten();
        files.any(|file| {
            file.view.mentions(&words.lesson.id)
                && file
                    .view
                    .read_lesson(words, target.may_read_internal(), &known)
                    .detail
                    > Detail::None
        })
    }

    /// How much of a lesson is present at an entry point: the most that any of its files holds.
    fn presence(
        &self,
        tree_files: &TreeFiles<'_>,
        before: &Tree,
        required: &Expectation<'_>,
        target: &Target,
        matched: &MatchedPaths<'_, '_>,
    ) -> Presence {
        let words = &self.words[required.lesson];
        let known = |id: &str| self.store.lesson(id).is_some();
        let mut best: Option<Presence> = None;
        let files = tree_files
            .files
            .get(required.row.name.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        // If one file of a family holds the lesson's id, the files without it are left out.
        let id = &words.lesson.id;
        let has_mention = files.iter().any(|file| file.view.mentions(id));
        let candidates = files.iter().filter(|file| !has_mention || file.view.mentions(id));
        for file in candidates.take(if has_mention { files.len() } else { 1 }) {
            let read = file.view.read_lesson(words, target.may_read_internal(), &known);
            let mut missing = read.missing.clone();
            let mut detail = read.detail;
            // A file that a formatter indented may stay as it is, but what we write must be the lesson's own bytes.
            if read.is_reindented && tree_files.tree.file(&file.path) != before.file(&file.path) {
                detail = detail.min(Detail::Summary);
                "its examples are not present byte for byte".clone_into(&mut missing);
            }
            if detail > Detail::None
                && let Some(why) = self.not_loaded_reason(tree_files, file, required, &read, target, matched)
            {
                (detail, missing) = (Detail::None, why);
            }
            let better = best
                .as_ref()
                .is_none_or(|best| (detail, read.line > 0) > (best.detail, best.line > 0));
            if better {
                let named = file.view.names(id);
                best = Some(Presence {
                    detail,
                    path: self.text(&file.path),
                    line: read.line,
                    missing: self.text(&missing),
                    named,
                    through: file.through.as_deref().map(|link| self.text(link)),
                });
            }
        }
        best.unwrap_or_else(|| Presence {
            detail: Detail::None,
            path: self.text(&required.row.path),
            line: 0,
            missing: self.text(
                tree_files
                    .absent
                    .get(required.row.name.as_str())
                    .map_or("the file does not exist", String::as_str),
            ),
            named: false,
            through: None,
        })
    }

    /// Why a family's file is not loaded for every path that a lesson is about.
    fn hole(
        &self,
        file: &FileView,
        required: &Expectation<'_>,
        matched: &MatchedPaths<'_, '_>,
    ) -> Option<String> {
        let lesson = &self.store.lessons[required.lesson];
        let (row, front) = (required.row, file.front.as_ref());
        if row.folder.is_empty() {
            let paths = matched.paths(required.lesson);
            return scope::hole(&self.dialects, row, front, &lesson.globs(), paths);
        }
        let globs = lesson.globs_in(&required.origin, &row.folder);
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        let paths = matched.paths_in(required.lesson, &required.origin, &row.folder);
        scope::hole(&self.dialects, row, front, &globs, paths.into_iter())
    }

    /// Why some assistant does not get what a file holds.
    fn not_loaded_reason(
        &self,
        files: &TreeFiles<'_>,
        file: &FileView,
        required: &Expectation<'_>,
        read: &read::ReadLesson,
        target: &Target,
        matched: &MatchedPaths<'_, '_>,
    ) -> Option<String> {
        if required.row.kind == EntryPointKind::Scoped {
            // The same globs match the same paths, so the answer is the same.
            let key = (
                required.origin.clone(),
                self.globs.of_lesson[required.lesson].clone(),
            );
            let known = file.holes.borrow().get(&key).cloned();
            let hole = known.unwrap_or_else(|| {
                let hole = self.hole(file, required, matched);
                file.holes.borrow_mut().insert(key, hole.clone());
                hole
            });
            if hole.is_some() {
                return hole;
            }
        }
        let bytes = files.tree.file(&file.path)?;
        let cut = file
            .passed
            .iter()
            .filter(|passed| !limits::is_idle_doubt(passed, required.row, target, &self.store.entry_points))
            .find(|passed| !limits::still_reads(passed, bytes, read.range.end));
        cut.map(ExceededLimit::clause)
    }
}

/// The lessons that the rule or the rationale of another lesson names.
fn named_by_others<'s>(store: &'s Store, words: &[LessonWording<'s>]) -> BTreeSet<&'s str> {
    let named = words.iter().flat_map(|words| {
        let others = words.codes().filter(|code| *code != words.lesson.id);
        others
            .filter_map(|code| store.lesson(code))
            .map(|lesson| lesson.id.as_str())
    });
    named.collect()
}

/// Accepts the claim that a budget reduced a lesson, if it may be made here.
fn accept_claim(
    required: &Expectation<'_>,
    severity: Severity,
    proposed: &Presence,
    claim: Option<&ReducedClaim>,
) -> (Detail, Option<String>) {
    if required.exempt.is_some() {
        return (required.detail, required.exempt.clone());
    }
    let claim = claim.filter(|claim| claim.detail < required.detail);
    match (claim, required.row.budget) {
        (Some(claim), Some(budget)) if severity < Severity::Critical && proposed.detail >= claim.detail => {
            let why = format!(
                "budget of {} {}: `{}` instead of `{}`",
                budget.count,
                limits::unit(budget.unit),
                claim.detail.word(),
                required.detail.word()
            );
            (required.detail, Some(why))
        }
        _ => (required.detail, None),
    }
}

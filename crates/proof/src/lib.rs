//! The proof: what stands where, read back from the final bytes.
//!
//! Input: the store, a target, the tree now and the tree as the proposal would leave it. Output: [`Coverage`], a cell for
//! every lesson × entry point that the policy speaks of, with the columns *now* and *proposed*. Not here: the yes/no
//! properties of a whole plan (`invariants`). It shares no decision with select, place, render or merge; what it shares are the
//! parsers of Markdown, front matter, globs and markers, which are tested against outside oracles.

mod coverage;
mod current_state;
pub mod expect;
mod fault;
mod frame;
mod in_use;
pub mod invariants;
pub mod limits;
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
use lessonbook_store::{Detail, EntryPointKind, Severity, Store, Target};

use expect::MatchedPaths;

pub use coverage::{Coverage, Placement, Presence};
pub use current_state::CurrentState;
pub use expect::Expectation;
pub use fault::Fault;
pub use invariants::Invariant;
pub use limits::ExceededLimit;
pub use present::{Differences, RemainingLesson, RemovedLesson};
pub use read::{EntryPointText, ReadLesson};
pub use wording::{LessonWording, spoken};

pub use tree_files::follow;
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
}

/// What the proof says of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// What stands where.
    pub coverage: Coverage,
    /// Yes/no properties, each with its evidence.
    pub invariants: Vec<Invariant>,
    /// Which lessons the blocks hold now and would hold after, where that differs.
    pub differences: Differences,
    /// Rules that stand now in other words than the lesson's, by id: as they stand.
    pub was: BTreeMap<String, String>,
    /// What failed or should be known, with places.
    pub findings: Vec<Finding>,
}

/// A claim that a budget shrank a lesson. The proof accepts it for what is not critical, and only where there is a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReducedClaim {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The form that it still gets.
    pub detail: Detail,
}

/// Proves plans of many targets of one store: lessons are read and globs compiled once.
pub struct Prover<'s> {
    store: &'s Store,
    words: Vec<LessonWording<'s>>,
    spoken_of: BTreeSet<&'s str>,
    frame: frame::AllowedText<'s>,
    globs: expect::Globs,
    dialects: scope::Dialects,
    views: tree_files::FileViewCache,
    /// Ids, paths and reasons come thousands of times.
    texts: RefCell<Pool<SharedStr>>,
}

impl<'s> Prover<'s> {
    /// Reads the store's lessons.
    pub fn new(store: &'s Store) -> Self {
        let words: Vec<LessonWording<'s>> = store.lessons.iter().map(LessonWording::of).collect();
        Prover {
            store,
            spoken_of: spoken_of(store, &words),
            frame: frame::AllowedText::new(store, &words),
            words,
            globs: expect::Globs::new(store),
            dialects: scope::Dialects::default(),
            views: tree_files::FileViewCache::default(),
            texts: RefCell::default(),
        }
    }

    /// Proves a plan: the matrix and the invariants. `shrunk` are the claims of a budget; `again` is what a second run on the
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
        // Where nothing changes, both sides are one, and it is read once.
        let is_same = plan.edits.is_empty() && plan.before == plan.after;
        let changed = (!is_same).then(|| TreeFiles::new(self.store, &rows, plan.after, &self.views));
        let proposed = changed.as_ref().unwrap_or(&now);
        let mut coverage = self.coverage(target, &now, proposed, shrunk);
        self.doubt(&mut coverage, proposed);
        let (invariants, findings) = invariants::check(&invariants::InvariantInput {
            store: self.store,
            words: &self.words,
            frame: &self.frame,
            spoken_of: &self.spoken_of,
            target,
            rows: &rows,
            edits: plan.edits,
            current: &now,
            proposed,
            coverage: &coverage,
            again,
        });
        let differences = if is_same {
            Differences::default()
        } else {
            self.differences(&now, proposed)
        };
        let was = self.was(&now, &coverage);
        Proof {
            coverage,
            invariants,
            differences,
            was,
            findings,
        }
    }

    fn text(&self, text: &str) -> SharedStr {
        self.texts.borrow_mut().get(text)
    }

    /// What a plan writes must be known to the last line: beside text that nothing accounts for, no lesson counts as present.
    fn doubt(&self, coverage: &mut Coverage, proposed: &TreeFiles<'_>) {
        for (_, file) in proposed.ours() {
            let Some(foreign) = file.view.foreign(&self.frame, &self.words).first() else {
                continue;
            };
            let here = coverage
                .cells
                .iter_mut()
                .filter(|cell| cell.proposed.path == file.path && cell.proposed.detail > Detail::None);
            for cell in here {
                if cell.proposed.detail >= cell.asked {
                    let missing = format!("line {}, `{}`: {}", foreign.line, foreign.text, foreign.why);
                    cell.proposed.missing = self.text(&missing);
                }
                cell.proposed.detail = Detail::None;
            }
        }
    }

    /// The store's lessons, read.
    pub fn words(&self) -> &[LessonWording<'s>] {
        &self.words
    }

    /// The rules of lessons that our blocks name without saying them word for word.
    fn was(&self, now: &TreeFiles<'_>, coverage: &Coverage) -> BTreeMap<String, String> {
        let mut was = BTreeMap::new();
        for cell in &coverage.cells {
            if !cell.current.named
                || cell.current.detail > Detail::None
                || was.contains_key(cell.lesson.as_str())
            {
                continue;
            }
            let Some(words) = self.words.iter().find(|words| words.lesson.id == cell.lesson) else {
                continue;
            };
            let said = now.ours().find_map(|(_, file)| file.view.other_rule(words));
            was.extend(said.map(|said| (cell.lesson.to_string(), said)));
        }
        was
    }

    /// The matrix of a target.
    fn coverage(
        &self,
        target: &Target,
        now: &TreeFiles<'_>,
        proposed: &TreeFiles<'_>,
        shrunk: &[ReducedClaim],
    ) -> Coverage {
        let after = proposed.tree;
        let matched = self.globs.matched(self.store, after);
        let mut claims: BTreeMap<(&str, &str), &ReducedClaim> = BTreeMap::new();
        for claim in shrunk {
            claims.entry((&claim.lesson, &claim.entry_point)).or_insert(claim);
        }
        let asked = expect::asked(self.store, target, after, &matched, shrunk);
        let mut cells: Vec<Placement> = asked
            .into_iter()
            .map(|asked| {
                let lesson = &self.store.lessons[asked.lesson];
                let stands = |side: &TreeFiles<'_>| self.stands(side, now.tree, &asked, target, &matched);
                let (now, proposed) = (stands(now), stands(proposed));
                let (asked_detail, exempt) = excuse(
                    &asked,
                    lesson.severity,
                    &proposed,
                    claims
                        .get(&(lesson.id.as_str(), asked.row.name.as_str()))
                        .copied(),
                );
                Placement {
                    lesson: self.text(&lesson.id),
                    severity: lesson.severity,
                    entry_point: self.text(&asked.row.name),
                    asked: asked_detail,
                    exempt: exempt.map(|why| self.text(&why)),
                    waits: None,
                    current: now,
                    proposed,
                }
            })
            .collect();
        cells.sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson))); // stable: the table's order stays
        Coverage { cells }
    }

    /// What stands of a lesson at an entry point: the best that any of its files holds.
    fn stands(
        &self,
        side: &TreeFiles<'_>,
        before: &Tree,
        asked: &Expectation<'_>,
        target: &Target,
        matched: &MatchedPaths<'_, '_>,
    ) -> Presence {
        let words = &self.words[asked.lesson];
        let known = |id: &str| self.store.lesson(id).is_some();
        let mut best: Option<Presence> = None;
        let files = side
            .files
            .get(asked.row.name.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        // Where a family holds the lesson's id anywhere, the files that do not say nothing of it.
        let id = &words.lesson.id;
        let speaks = files.iter().any(|file| file.view.mentions(id));
        let telling = files.iter().filter(|file| !speaks || file.view.mentions(id));
        for file in telling.take(if speaks { files.len() } else { 1 }) {
            let standing = file.view.standing(words, target.may_read_internal(), &known);
            let mut missing = standing.missing.clone();
            let mut detail = standing.detail;
            // What a formatter indented may stay; what we write has to be the lesson's own bytes.
            if standing.relaid && side.tree.file(&file.path) != before.file(&file.path) {
                detail = detail.min(Detail::Summary);
                "its examples are not there byte for byte".clone_into(&mut missing);
            }
            if detail > Detail::None
                && let Some(why) = self.not_for_all(side, file, asked, &standing, matched)
            {
                (detail, missing) = (Detail::None, why);
            }
            let better = best
                .as_ref()
                .is_none_or(|best| (detail, standing.line > 0) > (best.detail, best.line > 0));
            if better {
                let named = file.view.names(id);
                best = Some(Presence {
                    detail,
                    path: self.text(&file.path),
                    line: standing.line,
                    missing: self.text(&missing),
                    named,
                    through: file.through.as_deref().map(|link| self.text(link)),
                });
            }
        }
        best.unwrap_or_else(|| Presence {
            detail: Detail::None,
            path: self.text(&asked.row.path),
            line: 0,
            missing: self.text(
                side.absent
                    .get(asked.row.name.as_str())
                    .map_or("there is no such file", String::as_str),
            ),
            named: false,
            through: None,
        })
    }

    /// Why not every reader gets what stands in a file.
    fn not_for_all(
        &self,
        side: &TreeFiles<'_>,
        file: &FileView,
        asked: &Expectation<'_>,
        standing: &read::ReadLesson,
        matched: &MatchedPaths<'_, '_>,
    ) -> Option<String> {
        if asked.row.kind == EntryPointKind::Scoped {
            // The same globs match the same paths, and have the same hole.
            let numbers = &self.globs.of_lesson[asked.lesson];
            let known = file.holes.borrow().get(numbers).cloned();
            let hole = known.unwrap_or_else(|| {
                let globs = self.store.lessons[asked.lesson].globs();
                let paths = matched.of(asked.lesson);
                let hole = scope::hole(&self.dialects, asked.row, file.front.as_ref(), &globs, paths);
                file.holes.borrow_mut().insert(numbers.clone(), hole.clone());
                hole
            });
            if hole.is_some() {
                return hole;
            }
        }
        let bytes = side.tree.file(&file.path)?;
        let cut = file
            .passed
            .iter()
            .find(|passed| !limits::still_reads(passed, bytes, standing.range.end));
        cut.map(ExceededLimit::clause)
    }
}

/// The lessons that the rule or rationale of another one names.
fn spoken_of<'s>(store: &'s Store, words: &[LessonWording<'s>]) -> BTreeSet<&'s str> {
    let named = words.iter().flat_map(|words| {
        let others = words.codes().filter(|code| *code != words.lesson.id);
        others
            .filter_map(|code| store.lesson(code))
            .map(|lesson| lesson.id.as_str())
    });
    named.collect()
}

/// A shrunk lesson is asked for less, if the claim may be made at all.
fn excuse(
    asked: &Expectation<'_>,
    severity: Severity,
    proposed: &Presence,
    claim: Option<&ReducedClaim>,
) -> (Detail, Option<String>) {
    if asked.exempt.is_some() {
        return (asked.detail, asked.exempt.clone());
    }
    let claim = claim.filter(|claim| claim.detail < asked.detail);
    match (claim, asked.row.budget) {
        (Some(claim), Some(budget)) if severity < Severity::Critical && proposed.detail >= claim.detail => {
            let why = format!(
                "budget of {} {}: `{}` instead of `{}`",
                budget.count,
                limits::unit(budget.unit),
                claim.detail.word(),
                asked.detail.word()
            );
            (asked.detail, Some(why))
        }
        _ => (asked.detail, None),
    }
}

//! Plans one target: select → place → budget and render → merge → proof → plan.
//!
//! Input: a [`Store`], a [`Target`] and a [`Snapshot`] of its repository. Output: a [`TargetPlan`]. Not here: the stages themselves.

use std::cell::RefCell;
use std::rc::Rc;

use crate::budgeted_blocks::BudgetedBlocks;
use crate::hand_copies::KnownRules;
use crate::merge::MergeResult;
use crate::plan::{PlanContent, PlanOutcome, PlanProof, PlannedProposal, ReducedDetail, TargetPlan};
use crate::render::{Renderer, Surroundings};
use crate::select::{Selection, Selector};
use crate::target_state::TargetState;
use crate::{
    adopt, branch_action, changes, checks_delivery, drift, merge, owners, place, plan, target_lints,
};
use lessonbook_base::code_owners::CODE_OWNERS;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::git_rules;
use lessonbook_base::shared::{Pool, SharedBytes};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_proof::{Prover, ReducedClaim};
use lessonbook_store::checks_file::CHECKS_FOLDER;
use lessonbook_store::{ChecksFile, EntryPoint, EntryPointKind, Store, Target, TargetLocation};

/// Makes plans for many targets of one store. Globs, templates and lessons are read once.
pub struct Planner<'s> {
    store: &'s Store,
    selector: Selector<'s>,
    renderer: Renderer<'s>,
    prover: Prover<'s>,
    known_rules: KnownRules<'s>,
    /// The blocks of the last few targets, newest first, because many targets receive the same lessons.
    budgeted: RefCell<Vec<Rc<BudgetedBlocks<'s>>>>,
    /// The contents that the plans write, each stored once because many targets get the same files.
    contents: RefCell<Pool<SharedBytes>>,
}

/// For how many targets blocks are kept, and up to how many bytes each.
const KEPT: usize = 8;
const LARGEST: usize = 256 * 1024;

/// How often a change is drafted until its result asks for nothing else. The second draft usually is the last.
const ROUNDS: usize = 4;

impl<'s> Planner<'s> {
    /// Prepares a store. A template that does not compile stops the run.
    pub fn new(store: &'s Store) -> Result<Self, Finding> {
        let renderer = Renderer::new(store)?;
        Ok(Planner {
            store,
            selector: Selector::new(store),
            renderer,
            prover: Prover::new(store),
            known_rules: KnownRules::new(store),
            budgeted: RefCell::default(),
            contents: RefCell::default(),
        })
    }

    /// Whether a snapshot must hold the content of a path for planning.
    pub fn wants(store: &Store, path: &str) -> bool {
        let nested = |row: &EntryPoint| {
            path.strip_suffix(&row.path)
                .is_some_and(|head| head.ends_with('/'))
        };
        store
            .entry_points
            .iter()
            .any(|row| row.owns(path) || row.kind == EntryPointKind::Always && nested(row))
            || path == ChecksFile::path_for(&store.name)
            || CODE_OWNERS.contains(&path) && store.targets.iter().any(|target| !target.scopes.is_empty())
            || is_named_like_rules(path)
                && git_rules::is_rule_file(path, Planner::places(store).iter().map(String::as_str))
    }

    /// The files and folders in a target for which git's rules, and files that are not committed, matter.
    pub fn places(store: &Store) -> Vec<String> {
        let mut places: Vec<String> = store
            .entry_points
            .iter()
            .map(|row| row.place().to_owned())
            .collect();
        places.push(CHECKS_FOLDER.to_owned());
        for scope in store.targets.iter().flat_map(|target| &target.scopes) {
            places.extend(store.scope_files(&scope.folder));
        }
        places
    }

    /// Plans one target completely.
    pub fn plan(&self, target: &Target, snapshot: &Snapshot) -> TargetPlan {
        // The table of a target with scopes has more rows.
        let Some(store) = self.store.with_scopes(target, &snapshot.tree) else {
            return self.plan_with_table(target, snapshot);
        };
        let planner = match Planner::new(&store) {
            Ok(planner) => planner,
            Err(finding) => return TargetPlan::refused(target, Some(snapshot), vec![finding]),
        };
        let (present, missing) = store.scopes_in(target, &snapshot.tree);
        let mut snapshot = snapshot.clone();
        snapshot
            .findings
            .extend(missing.iter().map(|folder| scope_missing(folder)));
        TargetPlan {
            target: TargetPlan::empty(target, Some(&snapshot)).target,
            ..planner.plan_with_table(&present, &snapshot)
        }
    }

    fn plan_with_table(&self, target: &Target, snapshot: &Snapshot) -> TargetPlan {
        let before = &snapshot.tree;
        let mut findings = snapshot.findings.clone();
        let drafts = match self.settle(target, before, &snapshot.earlier.trees) {
            Ok(drafts) => drafts,
            Err(finding) => return TargetPlan::refused(target, Some(snapshot), vec![finding]),
        };
        let SettledDraft {
            selection,
            mut draft,
            after,
            again,
        } = drafts;
        findings.append(&mut draft.findings);
        let edits = std::mem::take(&mut draft.merged.edits);
        let PlanDraft {
            exempt,
            shrunk,
            merged,
            ..
        } = draft;
        // The proof reads the text again. If it is long, drop the copies that the edits hold as well, to save memory.
        self.budgeted
            .borrow_mut()
            .retain(|budgeted| budgeted.size() <= LARGEST);
        let claims: Vec<ReducedClaim> = shrunk.iter().map(ReducedClaim::from).collect();
        let change = lessonbook_proof::TreeChange {
            before,
            edits: &edits,
            after: &after,
            earlier: &snapshot.earlier.trees,
        };
        let mut proof = self.prover.prove(target, &change, &claims, &again);
        findings.append(&mut proof.findings);
        findings.extend(adopt::unknown(&self.store.name, snapshot, &edits, &proof.moved));
        findings.extend(target_lints::observe(
            self.store,
            &self.known_rules,
            target,
            before,
            &after,
            &proof.moved,
        ));
        findings.extend(owners::note(self.store, target, before, &edits));
        findings.extend(self.broken(&selection));
        let drift = drift::drift(self.store, target, snapshot, &merged.written, &edits);
        findings.extend(drift::findings(&drift, target));
        let changes = changes::changes(self.store, target, &selection, &proof);
        let (action, obstacle) = branch_action::decide(self.store, &edits, snapshot.branch.as_ref());
        // On GitHub, a person's commits on our branch are a state of the proposal (`lifecycle`), and no branch is checked out.
        findings.extend(obstacle.filter(|_| matches!(target.place, TargetLocation::Local(_))));
        let (action, withdrawn) = branch_action::after_withdrawal(self.store, &changes, action, snapshot);
        findings.extend(withdrawn);
        findings.extend(merge::ownership::check_branch(self.store, snapshot));
        let stopped = plan::stopped(target, &mut findings, &proof.invariants);
        let plan = TargetPlan {
            outcome: PlanOutcome {
                state: TargetState::UpToDate,
                findings,
            },
            proposal: PlannedProposal {
                action,
                title: branch_action::title(self.store, &changes, &edits, &[]),
                message: branch_action::message(self.store, &changes, &edits, &[]),
                withdraws: None,
            },
            content: PlanContent {
                digest: branch_action::digest(&edits),
                changes: changes.into(),
                left_out: selection.left_out,
                exempt,
                waiting: Vec::new(),
                shrunk,
                files: merged.written,
                drift,
                edits,
            },
            proof: PlanProof {
                invariants: proof.invariants,
                coverage: proof.coverage,
            },
            ..TargetPlan::empty(target, Some(snapshot))
        };
        plan.with_state(stopped)
    }

    /// What is present in a target now, independent of any plan.
    pub fn now(&self, target: &Target, tree: &Tree) -> lessonbook_proof::CurrentState {
        match self.store.with_scopes(target, tree) {
            Some(store) => Prover::new(&store).now(&store.scopes_in(target, tree).0, tree),
            None => self.prover.now(target, tree),
        }
    }

    /// The coverage of this store's lessons if another store's plan makes the change.
    pub fn matrix(
        &self,
        target: &Target,
        change: &lessonbook_proof::TreeChange<'_>,
    ) -> lessonbook_proof::Coverage {
        match self.store.with_scopes(target, change.before) {
            Some(store) => {
                let (present, _) = store.scopes_in(target, change.before);
                Prover::new(&store).matrix(&present, change)
            }
            None => self.prover.matrix(target, change),
        }
    }

    /// Drafts the change, and drafts again on its result. A file that the change creates or removes can decide from which file an
    /// assistant gets its lessons. Then the lessons are placed as the result requires.
    fn settle(&self, target: &Target, before: &Tree, earlier: &[Tree]) -> Result<SettledDraft<'s>, Finding> {
        let mut after = before.clone();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let (selection, mut draft) = self.draft(target, before, &after, earlier)?;
            let edits = &mut draft.merged.edits;
            for state in edits.iter_mut().filter_map(|edit| edit.after.as_mut()) {
                self.contents.borrow_mut().share(&mut state.bytes);
            }
            after = before.with(edits);
            let again = if edits.is_empty() {
                Vec::new()
            } else {
                self.draft(target, &after, &after, earlier)?.1.merged.edits
            };
            if again.is_empty() || rounds == ROUNDS {
                return Ok(SettledDraft {
                    selection,
                    draft,
                    after,
                    again,
                });
            }
        }
    }

    /// Select → place → budget and render → merge, on any tree. `placed_in`: the tree that decides which entry points are in use.
    fn draft(
        &self,
        target: &Target,
        tree: &Tree,
        placed_in: &Tree,
        earlier: &[Tree],
    ) -> Result<(Selection<'s>, PlanDraft), Finding> {
        let selection = self.selector.select(target, tree);
        let mut shrinkage = place::ReducedDetails::new();
        let budgeted = loop {
            let placement = place::place(self.store, target, &selection, placed_in, &shrinkage);
            let around = self.surroundings(target, &placement, tree, placed_in);
            let budgeted = self.budgeted(placement, around)?;
            let known = shrinkage.len();
            // What a budget reduced no longer counts as present for other files. Each round adds such lessons, so the loop ends.
            for (lesson, entry_point, detail) in budgeted.shrunk() {
                shrinkage.entry((lesson, entry_point)).or_insert(detail);
            }
            if shrinkage.len() == known {
                break budgeted;
            }
        };
        let placement = &budgeted.placement;
        let mut findings = budgeted.findings.clone();
        let mut merged = merge::merge(
            self.store,
            &placement.files,
            &budgeted.blocks,
            tree,
            target.adopt.then_some(earlier),
        );
        checks_delivery::deliver(self.store, target, &selection, tree, &mut merged);
        findings.append(&mut merged.findings);
        for (row, path, finding) in placement.left_out() {
            merged.leave_out(row, path);
            if !findings.contains(finding) {
                findings.push(finding.clone());
            }
        }
        let shrunk = placement.files.iter().flat_map(|file| {
            file.placed
                .iter()
                .filter(|placed| placed.detail < placed.required_detail)
                .map(|placed| ReducedDetail {
                    lesson: placed.lesson.id.clone(),
                    entry_point: file.entry_point.name.clone(),
                    wanted: placed.required_detail,
                    detail: placed.detail,
                })
        });
        let shrunk = shrunk.collect();
        Ok((
            selection,
            PlanDraft {
                exempt: placement.exempt.clone(),
                shrunk,
                merged,
                findings,
            },
        ))
    }

    /// The blocks of a placement. If an earlier target has the same lessons in the same surroundings, its blocks are used again: they
    /// depend on nothing else.
    fn budgeted(
        &self,
        placement: place::PlacedLessons<'s>,
        around: Vec<Surroundings>,
    ) -> Result<Rc<BudgetedBlocks<'s>>, Finding> {
        let mut kept = self.budgeted.borrow_mut();
        let same = |held: &Rc<BudgetedBlocks<'s>>| held.placed == placement && held.around == around;
        let budgeted = match kept.iter().position(same) {
            Some(at) => kept.remove(at),
            None => Rc::new(BudgetedBlocks::new(placement, around, &self.renderer)?),
        };
        kept.insert(0, Rc::clone(&budgeted));
        kept.truncate(KEPT);
        Ok(budgeted)
    }

    /// The other files to which each planned file refers.
    fn surroundings(
        &self,
        target: &Target,
        placement: &place::PlacedLessons<'s>,
        tree: &Tree,
        placed_in: &Tree,
    ) -> Vec<Surroundings> {
        let reference = placement
            .files
            .iter()
            .find(|file| file.entry_point.kind == EntryPointKind::Reference);
        let reference = reference.map(|file| file.entry_point.path.clone());
        let of = |file: &place::PlannedFile<'_>| Surroundings {
            reference: reference.clone(),
            internal: target.may_read_internal(),
            imports: merge::imports(self.store, file.entry_point, placement, tree, placed_in),
            titled: merge::is_titled(self.store, file.entry_point, &file.topic, tree),
        };
        placement.files.iter().map(of).collect()
    }

    /// An error in a lesson stops the targets that it concerns, and only those.
    fn broken(&self, selection: &Selection<'s>) -> Vec<Finding> {
        let broken = selection
            .chosen
            .iter()
            .filter(|chosen| chosen.lesson.broken)
            .map(|chosen| {
                let lesson = chosen.lesson;
                Finding::new(
                    Code::LessonBroken,
                    format!(
                        "{} has an error, and the lesson concerns this target",
                        lesson.file
                    ),
                )
                .lesson(&lesson.id)
                .help("run `lessonbook check` to see the problem")
            });
        let unread = self.store.unread.iter().map(|file| {
            Finding::new(
                Code::LessonBroken,
                format!("{file} could not be read, so it might concern this target"),
            )
            .help("run `lessonbook check` to see the problem")
        });
        broken.chain(unread).collect()
    }
}

fn is_named_like_rules(path: &str) -> bool {
    git_rules::FILES.iter().any(|name| path.ends_with(name))
}

/// The finding for a scope whose folder is not in the target.
fn scope_missing(folder: &str) -> Finding {
    Finding::new(
        Code::ScopeMissing,
        format!("the scope `{folder}` holds no tracked file"),
    )
    .effect("it gets no lessons, and our text for it is removed")
    .help("correct the folder's name in `scopes` of the target, or remove the scope")
}

impl From<&ReducedDetail> for ReducedClaim {
    fn from(shrinkage: &ReducedDetail) -> Self {
        ReducedClaim {
            lesson: shrinkage.lesson.clone(),
            entry_point: shrinkage.entry_point.clone(),
            detail: shrinkage.detail,
        }
    }
}

/// A draft that was drafted again on its own result.
struct SettledDraft<'s> {
    selection: Selection<'s>,
    draft: PlanDraft,
    after: Tree,
    /// What a second run would change: nothing, or the proof refuses the plan.
    again: Vec<Edit>,
}

/// What a run would write, before it is proved.
struct PlanDraft {
    exempt: Vec<place::Exemption>,
    shrunk: Vec<ReducedDetail>,
    merged: MergeResult,
    findings: Vec<Finding>,
}

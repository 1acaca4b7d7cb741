//! Withdraws a wrong lesson: plans how to remove it from a target, and nothing else.
//!
//! Input: a store, a target, its snapshot, and the lesson's id. Output: a [`TargetPlan`] whose edits remove that lesson from our blocks as
//! they are, whatever their wording and template, with a proof that nothing was added. Not here: the bytes of one file (`file`), the proof
//! (`proof/withdrawal`), and open proposals (`lifecycle/withdrawn`).
//!
//! Nothing is rendered. If a proposal of ours is open, its branch is cut, so that everything else that it proposes stays. If the base
//! changed in a file since then, that file is cut as it is on the base.

mod checks_file;
mod cut;
mod file;
mod leftovers;

use std::collections::BTreeSet;

use self::file::cut_file;
use self::leftovers::LessonWords;
use super::changes::{ChangeKind, LessonChange};
use super::merge::{BlockState, WrittenFile};
use super::plan::{PlanOutcome, PlannedProposal, TargetPlan};
use super::select::{Selection, Selector};
use super::target_state::TargetState;
use super::withdrawn_lesson::{WithdrawnLesson, WithdrawnText};
use super::{branch_action, changes, merge, splice};
use crate::plan;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::marker::BlocksInFile;
use lessonbook_base::snapshot::{Branch, Snapshot};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_base::{front_matter, marker};
use lessonbook_proof::Prover;
use lessonbook_store::{EntryPoint, EntryPointKind as RowKind, Store, Target, TargetLocation as Where};

pub use self::leftovers::named_by;

/// Plans a withdrawal for many targets.
pub struct Withdrawer<'s> {
    store: &'s Store,
    what: &'s WithdrawnLesson,
    selector: Selector<'s>,
    prover: Prover<'s>,
}

impl<'s> Withdrawer<'s> {
    /// Prepares a withdrawal. In the store, the lesson is no longer active.
    pub fn new(store: &'s Store, what: &'s WithdrawnLesson) -> Self {
        Withdrawer {
            store,
            what,
            selector: Selector::new(store),
            prover: Prover::new(store),
        }
    }

    /// Plans one target completely. `is_open`: our branch, if there is one, is an open proposal.
    pub fn plan(&self, target: &Target, snapshot: &Snapshot, is_open: bool) -> TargetPlan {
        let Some(store) = self.store.with_scopes(target, &snapshot.tree) else {
            return self.plan_with_table(target, snapshot, is_open);
        };
        Withdrawer::new(&store, self.what).plan_with_table(target, snapshot, is_open)
    }

    fn plan_with_table(&self, target: &Target, snapshot: &Snapshot, is_open: bool) -> TargetPlan {
        let (base, id) = (&snapshot.tree, self.what.lesson.as_str());
        let branch = snapshot.branch.as_ref().filter(|branch| !branch.merged);
        let leftovers = LessonWords::new(self.store, id);
        let is_in = |tree: &Tree| {
            holds(self.store, id, tree)
                || checks_file::holds(self.store, id, tree)
                || leftovers.is_present(tree)
        };
        let taken = WithdrawnText {
            what: self.what.clone(),
            cuts: Vec::new(),
            on_base: is_in(base),
            on_branch: branch.is_some_and(|branch| is_in(&branch.tree)),
        };
        if !taken.is_here() {
            let mut findings = leftovers.findings(base);
            for finding in &mut findings {
                finding.target = Some(target.name.clone());
            }
            lessonbook_base::finding::sort(&mut findings);
            let mut plan = TargetPlan::empty(target, Some(snapshot));
            plan.outcome.findings = findings;
            plan.proposal.withdraws = Some(taken);
            return plan;
        }
        let pending = branch.filter(|branch| is_open && branch.ours);
        let mut cut = self.cut_files(base, pending);
        let after = base.with(&cut.edits);
        let new_errors = cut.add_findings(leftovers.findings(&after));
        let again = self.cut_files(&after, None).cuts;
        let change = lessonbook_proof::TreeChange {
            before: base,
            edits: &cut.edits,
            after: &after,
            earlier: &[],
        };
        let mut proof = self
            .prover
            .prove_withdrawal(target, &change, id, &cut.cuts, &again);
        leftovers.correct_invariant(&mut proof.invariants, new_errors);
        let changes = self.changes(
            target,
            &self.selector.select(target, base),
            &self.prover.prove(target, &change, &[], &[]),
            taken.on_base,
        );
        let mut findings = snapshot.findings.clone();
        // A lesson that could not be cut has a finding with its line already.
        let is_reported = |finding: &Finding| {
            let mut reported = cut.findings.iter().filter(|reported| reported.is_error());
            finding.code == Code::LessonNotCut
                && reported.any(|reported| file_of(reported) == file_of(finding))
        };
        findings.extend(proof.findings.into_iter().filter(|finding| !is_reported(finding)));
        findings.extend(cut.findings);
        let (action, obstacle) = branch_action::decide(self.store, &cut.edits, snapshot.branch.as_ref());
        if matches!(target.place, Where::Local(_)) {
            findings.extend(obstacle.or_else(|| self.foreign(branch, &taken)));
        }
        findings.extend(merge::ownership::check_branch(self.store, snapshot));
        let stopped = plan::stopped(target, &mut findings, &proof.invariants);
        let withdrawn = [self.what.clone()];
        let mut plan = TargetPlan::empty(target, Some(snapshot));
        plan.outcome = PlanOutcome {
            state: TargetState::UpToDate,
            findings,
        };
        plan.proposal = PlannedProposal {
            action,
            title: branch_action::title(self.store, &changes, &cut.edits, &withdrawn),
            message: branch_action::message(self.store, &changes, &cut.edits, &withdrawn),
            withdraws: Some(WithdrawnText {
                cuts: cut.cuts,
                ..taken
            }),
        };
        plan.content.digest = branch_action::digest(&cut.edits);
        plan.content.changes = changes.into();
        plan.content.files = cut.written;
        plan.content.edits = cut.edits;
        plan.proof.invariants = proof.invariants;
        plan.with_state(stopped)
    }

    /// Cuts every file of ours, and the checks file.
    fn cut_files(&self, base: &Tree, pending: Option<&Branch>) -> CutFile {
        let mut cut = CutFile::default();
        let mut seen = BTreeSet::new();
        for row in &self.store.entry_points {
            let mut paths: BTreeSet<&str> = merge::present(row, base).into_iter().collect();
            paths.extend(
                pending
                    .iter()
                    .flat_map(|branch| merge::present(row, &branch.tree)),
            );
            for path in paths {
                if seen.insert(path.to_owned()) {
                    self.cut_file(&mut cut, row, path, base, pending);
                }
            }
        }
        self.cut_checks(&mut cut, base, pending);
        cut.edits.sort_by(|a, b| a.path.cmp(&b.path));
        cut.cuts.sort_by(|a, b| a.path.cmp(&b.path));
        cut
    }

    fn cut_file(
        &self,
        cut: &mut CutFile,
        row: &EntryPoint,
        path: &str,
        base: &Tree,
        pending: Option<&Branch>,
    ) {
        let held = state(base, path);
        let proposed = pending
            .filter(|branch| branch.touched.iter().any(|touched| touched == path))
            .map(|branch| state(&branch.tree, path));
        let source = match proposed {
            Some(proposed) if self.differs_only_in_ours(row, held.as_ref(), proposed.as_ref()) => proposed,
            Some(_) => {
                cut.findings.push(left_out(path));
                held.clone()
            }
            None => held.clone(),
        };
        let cut_bytes = |bytes: &[u8]| cut_file(self.store, row, path, bytes, &self.what.lesson);
        cut.add(path, (held, source), cut_bytes, |edit| {
            written(self.store, row, edit)
        });
    }

    /// Whether a proposed file differs from the base only in our text. Otherwise the base changed in it, and writing the whole proposed file
    /// would revert that.
    fn differs_only_in_ours(
        &self,
        row: &EntryPoint,
        base: Option<&FileState>,
        proposed: Option<&FileState>,
    ) -> bool {
        let others = |state: &FileState| {
            let without = match marker::find(&state.bytes, &self.store.name) {
                BlocksInFile::Block(block) => splice::remove(&state.bytes, &block).unwrap_or_default(),
                _ => state.bytes.to_vec(),
            };
            if row.kind == RowKind::Scoped {
                splice::replace_front_matter(&without, "")
            } else {
                without
            }
        };
        match (base, proposed) {
            (Some(base), Some(proposed)) => base.mode == proposed.mode && others(base) == others(proposed),
            (Some(base), None) => others(base).trim_ascii().is_empty(),
            (None, _) => true,
        }
    }

    /// What the edits change for people: besides the lesson, what an open proposal contains already.
    fn changes(
        &self,
        target: &Target,
        selection: &Selection<'_>,
        proof: &lessonbook_proof::Proof,
        on_base: bool,
    ) -> Vec<LessonChange> {
        let id = &self.what.lesson;
        let mut changes = changes::changes(self.store, target, selection, proof);
        // A lesson that is absent before and after may get another reason when a block is removed. That is not a change.
        let differs = |change: &LessonChange| {
            let mut placements = proof.coverage.placements.iter();
            placements.any(|placement| {
                let (now, then) = (&placement.current, &placement.proposed);
                placement.lesson == change.lesson && (now.detail, now.named) != (then.detail, then.named)
            })
        };
        changes
            .retain(|change| change.lesson != *id && (change.kind == ChangeKind::Removed || differs(change)));
        if on_base {
            changes.push(LessonChange {
                lesson: id.clone(),
                severity: self.store.lesson(id).map(|lesson| lesson.severity),
                kind: ChangeKind::Removed,
                reason: None,
                matches: Vec::new(),
                was: None,
                because: Some("it was withdrawn".to_owned()),
                moved: Vec::new(),
            });
            changes::sort(&mut changes);
        }
        changes
    }

    /// A branch on disk with a person's commits, which would bring the lesson back.
    fn foreign(&self, branch: Option<&Branch>, taken: &WithdrawnText) -> Option<Finding> {
        let branch = branch.filter(|branch| !branch.ours && taken.on_branch)?;
        let (name, id) = (self.store.branch(), &taken.what.lesson);
        let message = format!(
            "`{name}` holds {id} and commits that a person made or changed: {}",
            branch.foreign.join("; ")
        );
        Some(
            Finding::new(Code::BranchForeign, message)
                .lesson(id)
                .effect("the branch is not changed, so merging it would bring the lesson back")
                .help(format!(
                    "do not merge `{name}`: remove {id} from it by hand, or delete it"
                )),
        )
    }
}

#[derive(Default)]
struct CutFile {
    /// Compared with the base.
    edits: Vec<Edit>,
    /// Compared with the files that were cut.
    cuts: Vec<Edit>,
    written: Vec<WrittenFile>,
    findings: Vec<Finding>,
}

impl CutFile {
    /// Adds a file. `held` is its state on the base, `source` the state from which the lesson is cut, `cut` cuts it from the bytes: none if
    /// they don't have it, and then none if no file is left.
    fn add(
        &mut self,
        path: &str,
        (held, source): (Option<FileState>, Option<FileState>),
        cut: impl FnOnce(&[u8]) -> Result<Option<Option<Vec<u8>>>, Box<Finding>>,
        written: impl FnOnce(&Edit) -> WrittenFile,
    ) {
        let regular = |state: &&FileState| matches!(state.mode, Mode::File | Mode::Executable);
        let after = match source.as_ref().filter(regular) {
            None => source.clone(),
            Some(from) => match cut(&from.bytes) {
                Ok(None) => source.clone(),
                Ok(Some(bytes)) => bytes.map(|bytes| FileState {
                    mode: from.mode,
                    bytes: bytes.into(),
                }),
                Err(finding) => {
                    self.findings.push(*finding);
                    source.clone()
                }
            },
        };
        if source != after {
            self.cuts.push(Edit {
                path: path.to_owned(),
                before: source,
                after: after.clone(),
            });
        }
        if held != after {
            let edit = Edit {
                path: path.to_owned(),
                before: held,
                after,
            };
            self.written.push(written(&edit));
            self.edits.push(edit);
        }
    }
}

impl CutFile {
    /// Adds findings about files that have no error yet; returns the number of new errors.
    fn add_findings(&mut self, findings: Vec<Finding>) -> usize {
        let errors = self.findings.iter().filter(|reported| reported.is_error());
        let reported: BTreeSet<Option<String>> = errors.map(file_of).collect();
        let new = findings
            .into_iter()
            .filter(|finding| !reported.contains(&file_of(finding)));
        let before = self.findings.len();
        self.findings.extend(new);
        let new = self.findings[before..].iter();
        new.filter(|finding| finding.is_error()).count()
    }
}

/// Whether a lesson is in one of our blocks, even if it can't be removed. A mention in another lesson does not count.
pub fn holds(store: &Store, id: &str, tree: &Tree) -> bool {
    store.entry_points.iter().any(|row| {
        merge::present(row, tree).into_iter().any(|path| {
            let cut = tree.file(path).map(|bytes| cut_file(store, row, path, bytes, id));
            !matches!(cut, None | Some(Ok(None)))
        })
    })
}

fn file_of(finding: &Finding) -> Option<String> {
    finding.at.as_ref().map(|at| at.file.clone())
}

fn left_out(path: &str) -> Finding {
    let message = format!(
        "`{path}` changed on the base since it was proposed: only the lesson is removed, and the next sync proposes the rest again"
    );
    Finding {
        level: Level::Note,
        ..Finding::new(Code::BaseMoved, message)
    }
}

fn state(tree: &Tree, path: &str) -> Option<FileState> {
    let entry = tree.get(path)?;
    Some(FileState {
        mode: entry.mode,
        bytes: entry.content.clone()?,
    })
}

/// A changed file, as plans show it.
fn written(store: &Store, row: &EntryPoint, edit: &Edit) -> WrittenFile {
    let after = edit.after.as_ref().map_or(&[][..], |state| &state.bytes);
    let lines = |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').count();
    let block = match marker::find(after, &store.name) {
        BlocksInFile::Block(block) => Some(block),
        _ => None,
    };
    let front = front_matter::split(after).filter(|_| row.kind == RowKind::Scoped);
    let (added, removed) = edit.counts();
    WrittenFile {
        path: edit.path.clone(),
        entry_point: row.name.clone(),
        state: match (&edit.before, &block) {
            (_, None) => BlockState::Removed,
            (None, Some(_)) => BlockState::New,
            (Some(_), Some(_)) => BlockState::Changed,
        },
        lines: block.map_or(0, |block| {
            lines(&after[block.range]) + front.map_or(0, |front| 1 + lines(&after[front.range]))
        }),
        total: lines(after),
        added,
        removed,
    }
}

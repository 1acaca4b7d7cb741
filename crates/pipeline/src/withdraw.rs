//! A wrong lesson went out: what takes it out of a target, and nothing else.
//!
//! Input: a store, a target, its snapshot, and the lesson's id. Output: a [`TargetPlan`] whose edits take that lesson out of our
//! blocks as they stand, in whatever wording and of whatever template, with a proof that nothing was added. Not here: the
//! bytes of one file (`file`), the proof (`verify/withdrawal`), and proposals that are open (`lifecycle/withdrawn`).
//!
//! It renders nothing. Where a proposal of ours is open its branch is what is cut, so that what else it proposes stays; where the
//! base moved in a file since, that file is cut as the base has it.

mod cut;
mod file;
mod leftovers;

use std::collections::BTreeSet;

use self::file::cut_file;
use self::leftovers::LessonWords;

pub use self::leftovers::named_by;
use super::branch_action;
use super::changes;
use super::changes::{ChangeKind, LessonChange};
use super::merge;
use super::merge::{BlockState, WrittenFile};
use super::plan::{PlanOutcome, PlannedProposal, TargetPlan};
use super::pr_body::WithdrawnLesson;
use super::select::{Selection, Selector};
use super::splice;
use super::target_state::TargetState;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::front_matter;
use lessonbook_base::marker;
use lessonbook_base::marker::BlocksInFile;
use lessonbook_base::snapshot::{Branch, Snapshot};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::Prover;
use lessonbook_store::{EntryPoint, EntryPointKind as RowKind, Store, Target, TargetLocation as Where};

/// What a plan takes out, beside its edits, which are told against the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnText {
    /// The lesson, and why.
    pub what: WithdrawnLesson,
    /// What goes from each file as it stands: on our branch, where a proposal is open.
    pub cuts: Vec<Edit>,
    /// Whether the lesson stands on the base branch.
    pub on_base: bool,
    /// Whether it stands on a branch of ours that is not merged, whoever pushed to it.
    pub on_branch: bool,
}

impl WithdrawnText {
    /// Whether the lesson stands anywhere here.
    pub fn is_here(&self) -> bool {
        self.on_base || self.on_branch
    }
}

/// Plans a withdrawal for many targets.
pub struct Withdrawer<'s> {
    store: &'s Store,
    what: &'s WithdrawnLesson,
    selector: Selector<'s>,
    prover: Prover<'s>,
}

impl<'s> Withdrawer<'s> {
    /// Prepares. The store is the one in which the lesson is no longer active.
    pub fn new(store: &'s Store, what: &'s WithdrawnLesson) -> Self {
        Withdrawer {
            store,
            what,
            selector: Selector::new(store),
            prover: Prover::new(store),
        }
    }

    /// The whole way for one target. `is_open`: our branch, where there is one, is an open proposal.
    pub fn plan(&self, target: &Target, snapshot: &Snapshot, is_open: bool) -> TargetPlan {
        let (base, id) = (&snapshot.tree, self.what.lesson.as_str());
        let branch = snapshot.branch.as_ref().filter(|branch| !branch.merged);
        let rest = LessonWords::of(self.store, id);
        let is_in = |tree: &Tree| holds(self.store, id, tree) || rest.is_said(tree);
        let taken = WithdrawnText {
            what: self.what.clone(),
            cuts: Vec::new(),
            on_base: is_in(base),
            on_branch: branch.is_some_and(|branch| is_in(&branch.tree)),
        };
        if !taken.is_here() {
            let mut findings = rest.findings(base);
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
        let mut drawn = self.draw(base, pending);
        let after = base.with(&drawn.edits);
        let said = drawn.tell(rest.findings(&after));
        let again = self.draw(&after, None).cuts;
        let change = lessonbook_proof::TreeChange {
            before: base,
            edits: &drawn.edits,
            after: &after,
        };
        let mut proof = self
            .prover
            .prove_withdrawal(target, &change, id, &drawn.cuts, &again);
        rest.judge(&mut proof.invariants, said);
        let changes = self.changes(
            target,
            &self.selector.select(target, base),
            &self.prover.prove(target, &change, &[], &[]),
            taken.on_base,
        );
        let mut findings = snapshot.findings.clone();
        // What the cutting refused is said there with its line.
        let is_told = |finding: &Finding| {
            let mut told = drawn.findings.iter().filter(|told| told.is_error());
            finding.code == Code::LessonNotCut && told.any(|told| file_of(told) == file_of(finding))
        };
        findings.extend(proof.findings.into_iter().filter(|finding| !is_told(finding)));
        findings.extend(drawn.findings);
        let (action, obstacle) = branch_action::decide(self.store, &drawn.edits, snapshot.branch.as_ref());
        if matches!(target.place, Where::Local(_)) {
            findings.extend(obstacle.or_else(|| self.foreign(branch, &taken)));
        }
        findings.extend(merge::ownership::check_branch(self.store, snapshot));
        for finding in &mut findings {
            finding.target.get_or_insert_with(|| target.name.clone());
        }
        lessonbook_base::finding::sort(&mut findings);
        let stopped = findings.iter().any(Finding::is_error)
            || proof.invariants.iter().any(|invariant| !invariant.holds);
        let withdrawn = [self.what.clone()];
        let mut plan = TargetPlan::empty(target, Some(snapshot));
        plan.outcome = PlanOutcome {
            state: TargetState::UpToDate,
            findings,
        };
        plan.proposal = PlannedProposal {
            action,
            title: branch_action::title(self.store, &changes, &drawn.edits, &withdrawn),
            message: branch_action::message(self.store, &changes, &drawn.edits, &withdrawn),
            withdraws: Some(WithdrawnText {
                cuts: drawn.cuts,
                ..taken
            }),
        };
        plan.content.digest = branch_action::digest(&drawn.edits);
        plan.content.changes = changes;
        plan.content.files = drawn.written;
        plan.content.edits = drawn.edits;
        plan.proof.invariants = proof.invariants;
        plan.with_state(stopped)
    }

    /// Cuts every file of ours.
    fn draw(&self, base: &Tree, pending: Option<&Branch>) -> CutFile {
        let mut drawn = CutFile::default();
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
                    self.draw_file(&mut drawn, row, path, base, pending);
                }
            }
        }
        drawn.edits.sort_by(|a, b| a.path.cmp(&b.path));
        drawn.cuts.sort_by(|a, b| a.path.cmp(&b.path));
        drawn
    }

    fn draw_file(
        &self,
        drawn: &mut CutFile,
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
            Some(proposed) if self.fits(row, held.as_ref(), proposed.as_ref()) => proposed,
            Some(_) => {
                drawn.findings.push(left_out(path));
                held.clone()
            }
            None => held.clone(),
        };
        let regular = |state: &&FileState| matches!(state.mode, Mode::File | Mode::Executable);
        let after = match source.as_ref().filter(regular) {
            None => source.clone(),
            Some(from) => match cut_file(self.store, row, path, &from.bytes, &self.what.lesson) {
                Ok(None) => source.clone(),
                Ok(Some(bytes)) => bytes.map(|bytes| FileState {
                    mode: from.mode,
                    bytes: bytes.into(),
                }),
                Err(finding) => {
                    drawn.findings.push(*finding);
                    source.clone()
                }
            },
        };
        if source != after {
            drawn.cuts.push(Edit {
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
            drawn.written.push(written(self.store, row, &edit));
            drawn.edits.push(edit);
        }
    }

    /// Whether a proposed file differs from the base in what is ours only: else the base moved in it, and writing it whole would
    /// take that back.
    fn fits(&self, row: &EntryPoint, base: Option<&FileState>, proposed: Option<&FileState>) -> bool {
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

    /// What people get and lose by the edits: beside the lesson, what an open proposal says already.
    fn changes(
        &self,
        target: &Target,
        selection: &Selection<'_>,
        proof: &lessonbook_proof::Proof,
        on_base: bool,
    ) -> Vec<LessonChange> {
        let id = &self.what.lesson;
        let mut changes = changes::changes(self.store, target, selection, proof);
        // A lesson that stands nowhere, before and after, is missing for another reason where a block goes; that changes nothing.
        let differs = |change: &LessonChange| {
            let mut cells = proof.coverage.cells.iter();
            cells.any(|cell| {
                let (now, then) = (&cell.current, &cell.proposed);
                cell.lesson == change.lesson && (now.detail, now.named) != (then.detail, then.named)
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
            "`{name}` holds {id}, and somebody else's commits: {}",
            branch.foreign.join("; ")
        );
        Some(
            Finding::new(Code::BranchForeign, message)
                .lesson(id)
                .effect("the branch is left alone, so whoever merges it brings the lesson back")
                .help(format!(
                    "do not merge `{name}`: take {id} out of it by hand, or delete it"
                )),
        )
    }
}

#[derive(Default)]
struct CutFile {
    /// Against the base.
    edits: Vec<Edit>,
    /// Against what was cut.
    cuts: Vec<Edit>,
    written: Vec<WrittenFile>,
    findings: Vec<Finding>,
}

impl CutFile {
    /// Takes in what is said of files that nothing else stands in the way of; gives back how many errors are new.
    fn tell(&mut self, findings: Vec<Finding>) -> usize {
        let errors = self.findings.iter().filter(|told| told.is_error());
        let told: BTreeSet<Option<String>> = errors.map(file_of).collect();
        let new = findings
            .into_iter()
            .filter(|finding| !told.contains(&file_of(finding)));
        let before = self.findings.len();
        self.findings.extend(new);
        let new = self.findings[before..].iter();
        new.filter(|finding| finding.is_error()).count()
    }
}

/// Whether a lesson stands in one of our blocks, be it that it can't be taken out. A mere mention in another one does not count.
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
        "`{path}` changed on the base since it was proposed: the lesson goes, and what else was proposed for it comes with the next sync"
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

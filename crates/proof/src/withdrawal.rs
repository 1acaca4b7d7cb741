//! The proof of a withdrawal: one lesson is removed, nothing is added, and every other lesson is unchanged.
//!
//! Input: a target before and after, and what was cut from each file. Output: the invariants of such a change, and findings. Not
//! here: the cutting (`pipeline/withdraw`), with which it shares no decision: it looks at final bytes only.

mod block_parts;

use std::collections::BTreeSet;

use super::invariants::{
    Invariant, InvariantInput, bytes_preserved, checks_file, count, invariant, path_policy,
};
use super::tree_files::TreeFiles;
use super::{Coverage, EntryPointText, Proof, Prover, TreeChange, expect};
use crate::withdrawal::block_parts::{
    Blocks, FileParts, all_signed, around, codes, is_word, removed_count, signed,
};
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::markdown::{self, TextUnit};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::Tree;
use lessonbook_store::{ChecksFile, Detail, Target};

impl Prover<'_> {
    /// Proves the withdrawal of a lesson. `plan` compares with the base branch; `cuts` compares with the files before the cut, which
    /// an open proposal may have changed; `again` is what a second run on the result would cut.
    pub fn prove_withdrawal(
        &self,
        target: &Target,
        plan: &TreeChange<'_>,
        id: &str,
        cuts: &[Edit],
        again: &[Edit],
    ) -> Proof {
        let rows = expect::rows(self.store, target, plan.after);
        let now = TreeFiles::new(self.store, &rows, plan.before, &self.views);
        let proposed = TreeFiles::new(self.store, &rows, plan.after, &self.views);
        let coverage = Coverage::default();
        let facts = InvariantInput {
            store: self.store,
            words: &self.words,
            frame: &self.frame,
            named_by_others: &self.named_by_others,
            target,
            rows: &rows,
            edits: plan.edits,
            earlier: &[],
            current: &now,
            proposed: &proposed,
            coverage: &coverage,
            globs: &self.globs,
            again,
        };
        let mut findings = Vec::new();
        let mut invariants = vec![
            self.only_removed(cuts, &mut findings),
            self.lesson_gone(id, plan, cuts, &mut findings),
            self.others_unchanged(id, cuts, &mut findings),
            bytes_preserved::kept(&facts, &mut Vec::new(), &mut findings),
            bytes_preserved::writable_only(&facts, &mut findings),
        ];
        invariants.extend(path_policy::paths(&facts, &mut findings));
        invariants.extend([
            bytes_preserved::deleted_by_name(&facts, &mut findings),
            super::invariants::at_rest(&facts, &mut findings),
        ]);
        for finding in &mut findings {
            finding.target = Some(target.name.clone());
        }
        Proof {
            invariants,
            findings,
            ..Proof::default()
        }
    }

    /// The lines after the cut are those before it, without some of them. Only our begin line may differ, in its hash.
    fn only_removed(&self, cuts: &[Edit], findings: &mut Vec<Finding>) -> Invariant {
        let (mut taken, mut renewed, mut holds) = (0, 0, true);
        for cut in cuts {
            let after = cut.after.as_ref().map_or(&[][..], |state| &state.bytes);
            let Some(before) = &cut.before else {
                holds = false;
                findings.push(not_a_subset(&cut.path, "it would be a new file"));
                continue;
            };
            let mode = cut.after.as_ref().is_none_or(|after| after.mode == before.mode);
            let name = &self.store.name;
            // A checks file has its digest in a line, as a block has its hash.
            let is_checks = cut.path == ChecksFile::path_for(name);
            let [was, is] = [&before.bytes[..], after].map(|bytes| {
                if is_checks {
                    ChecksFile::without_digest(bytes)
                } else {
                    bytes.to_vec()
                }
            });
            let (old, new) = (
                FileParts::from_bytes(&was, name),
                FileParts::from_bytes(&is, name),
            );
            renewed += usize::from(new.hash.is_some() && new.hash != old.hash);
            match removed_count(&old.pieces, &new.pieces) {
                Some(_) if mode && new.stays_around(&old) => taken += old.lines - new.lines,
                _ => {
                    holds = false;
                    findings.push(not_a_subset(&cut.path, "a line would be added or changed"));
                }
            }
        }
        let hash = match renewed {
            0 => String::new(),
            renewed => format!(", except the hash in {}", count(renewed, "begin line")),
        };
        let evidence = if holds {
            format!(
                "{} removed from {}, none added{hash}",
                count(taken, "line"),
                count(cuts.len(), "file")
            )
        } else {
            "something would be added".to_owned()
        };
        invariant("only-removed", holds, evidence)
    }

    /// The lesson is in none of our blocks, whatever its wording. Its id may stay only in another lesson's text.
    fn lesson_gone(
        &self,
        id: &str,
        plan: &TreeChange<'_>,
        cuts: &[Edit],
        findings: &mut Vec<Finding>,
    ) -> Invariant {
        let ours = |path: &str| self.store.entry_points.iter().any(|row| row.owns(path));
        let files = |tree: &Tree| -> Vec<(String, String)> {
            let paths = tree.iter().map(|(path, _)| path).filter(|path| ours(path));
            let files_with_lesson =
                paths.filter_map(|path| Some((path, self.why_still_present(id, tree.file(path)?)?)));
            files_with_lesson
                .map(|(path, why)| (path.to_owned(), why))
                .collect()
        };
        let mut before: BTreeSet<String> = files(plan.before).into_iter().map(|(path, _)| path).collect();
        let held = |cut: &&Edit| {
            let bytes = cut.before.as_ref().map(|state| state.bytes.as_slice());
            bytes.is_some_and(|bytes| self.why_still_present(id, bytes).is_some())
        };
        before.extend(cuts.iter().filter(held).map(|cut| cut.path.clone()));
        let mut left = files(plan.after);
        let checks = ChecksFile::path_for(&self.store.name);
        let has_checks = |bytes: &[u8]| {
            let file = checks_file::own(self.store, &checks, bytes);
            file.is_some_and(|file| file.lessons.iter().any(|lesson| lesson.id == id))
        };
        if plan.before.file(&checks).is_some_and(has_checks) {
            before.insert(checks.clone());
        }
        if plan.after.file(&checks).is_some_and(has_checks) {
            left.push((checks.clone(), "its checks are there".to_owned()));
        }
        for (path, why) in &left {
            findings.push(
                Finding::new(
                    Code::LessonNotCut,
                    format!("`{path}` would still hold {id}: {why}"),
                )
                .at(Location::file(path))
                .lesson(id)
                .help("remove the lesson from the block by hand, then run the command again"),
            );
        }
        let evidence = match (left.len(), before.len()) {
            (0, 0) => format!("`{id}` is in no block"),
            (0, before) => format!("`{id}` removed from {}", count(before, "file")),
            (left, _) => format!("`{id}` would still be in {}", count(left, "file")),
        };
        invariant("lesson-gone", left.is_empty(), evidence)
    }

    /// Why a lesson counts as still present in a file.
    fn why_still_present(&self, id: &str, bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        if !text.contains(id) {
            return None;
        }
        let block = match marker::find(bytes, &self.store.name) {
            BlocksInFile::Nothing => return None,
            BlocksInFile::Block(block) => block,
            _ => return Some("the markers do not show where our block is".to_owned()),
        };
        let known = |id: &str| self.store.lesson(id).is_some();
        let words = self.words.iter().find(|words| words.lesson.id == id);
        let view = EntryPointText::read(bytes, &self.store.name);
        if let Some(words) = words
            && view.read_lesson(words, true, &known).detail > Detail::None
        {
            return Some("its rule is present".to_owned());
        }
        let inner = String::from_utf8_lossy(&bytes[block.inner]);
        let page = markdown::read(&inner);
        let names = |unit: &TextUnit| codes(unit).any(|code| code == id);
        for (at, unit) in page.units.iter().enumerate().filter(|(_, unit)| names(unit)) {
            if signed(unit).contains(&id) {
                return Some("its id is present with a severity after it".to_owned());
            }
            let another = |code: &str| code != id && (known(code) || all_signed(&page).contains(code));
            if !around(&page.units, at).any(|unit| codes(unit).any(another)) {
                return Some(
                    "its id is present, and no other lesson is there whose text could name it".to_owned(),
                );
            }
        }
        let files_with_lesson = page
            .hidden
            .iter()
            .any(|hidden| is_word(&inner[hidden.range.clone()], id));
        files_with_lesson.then(|| "a comment or raw HTML names it".to_owned())
    }

    /// Every other lesson is unchanged, and the text that is left still means the same.
    fn others_unchanged(&self, id: &str, cuts: &[Edit], findings: &mut Vec<Finding>) -> Invariant {
        let mut holds = true;
        let mut others: BTreeSet<String> = BTreeSet::new();
        for cut in cuts {
            if cut.path == ChecksFile::path_for(&self.store.name) {
                let [before, after] = [&cut.before, &cut.after].map(|state| {
                    let bytes = state.as_ref().map_or(&[][..], |state| &state.bytes);
                    ChecksFile::parse(&cut.path, bytes).0.unwrap_or_default()
                });
                let rest = before.without(id).unwrap_or_default();
                if rest.lessons != after.lessons || rest.exceptions != after.exceptions {
                    holds = false;
                    findings.push(not_a_subset(
                        &cut.path,
                        "the checks of another lesson would change",
                    ));
                }
                continue;
            }
            let [before, after] = [&cut.before, &cut.after].map(|state| {
                let bytes = state.as_ref().map_or(&[][..], |state| &state.bytes);
                Blocks::from_bytes(self.store, &self.words, bytes, id)
            });
            others.extend(before.present.keys().chain(&before.signed).cloned());
            if before.present != after.present || before.signed != after.signed || !after.names_all(&before) {
                holds = false;
                findings.push(not_a_subset(&cut.path, "another lesson would change"));
            } else if removed_count(&before.units, &after.units).is_none() {
                holds = false;
                findings.push(not_a_subset(
                    &cut.path,
                    "the text that is left would change its meaning",
                ));
            }
        }
        let evidence = match (holds, others.len()) {
            (false, _) => "another lesson would change".to_owned(),
            (true, 0) => "no other lesson was present".to_owned(),
            (true, number) => format!("{} unchanged", count(number, "other lesson")),
        };
        invariant("others-stay", holds, evidence)
    }
}

fn not_a_subset(path: &str, why: &str) -> Finding {
    Finding::new(Code::NotASubset, format!("`{path}`: {why}"))
        .at(Location::file(path))
        .effect("a withdrawal removes one lesson and changes nothing else, so nothing is written here")
        .help("remove the lesson from the block by hand, and report this: it is a bug in Lessonbook")
}

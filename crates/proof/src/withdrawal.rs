//! The proof of a withdrawal: one lesson went, nothing was added, and every other lesson stands as before.
//!
//! Input: a target before and after, and what was cut from each file. Output: the yes/no properties of such a change, and findings.
//! Not here: the cutting (`pipeline/withdraw`), with which it shares no decision: it looks at final bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::invariants::{Invariant, InvariantInput, bytes_preserved, count, invariant, path_policy};
use super::tree_files::TreeFiles;
use super::{Coverage, EntryPointText, Proof, Prover, TreeChange, expect, spoken};
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::markdown::{self, HidingReason, Shape, TextUnit, VisibleText, VisibleToken};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Detail, Severity, Store, Target};

impl Prover<'_> {
    /// Proves a withdrawal of a lesson. `plan` is told against the base, `cuts` against the files as they stood, which an open
    /// proposal may have changed; `again` is what a second run on the result would cut.
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
            spoken_of: &self.spoken_of,
            target,
            rows: &rows,
            edits: plan.edits,
            current: &now,
            proposed: &proposed,
            coverage: &coverage,
            again,
        };
        let mut findings = Vec::new();
        let mut invariants = vec![
            self.only_removed(cuts, &mut findings),
            self.lesson_gone(id, plan, cuts, &mut findings),
            self.others_stay(id, cuts, &mut findings),
            bytes_preserved::kept(&facts, &mut findings),
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

    /// The lines after are those before with some taken out. The one line that may differ is our begin line, in its hash.
    fn only_removed(&self, cuts: &[Edit], findings: &mut Vec<Finding>) -> Invariant {
        let (mut taken, mut renewed, mut holds) = (0, 0, true);
        for cut in cuts {
            let after = cut.after.as_ref().map_or(&[][..], |state| &state.bytes);
            let Some(before) = &cut.before else {
                holds = false;
                findings.push(adds(&cut.path, "it would be a new file"));
                continue;
            };
            let mode = cut.after.as_ref().is_none_or(|after| after.mode == before.mode);
            let name = &self.store.name;
            let (old, new) = (FileParts::of(&before.bytes, name), FileParts::of(after, name));
            renewed += usize::from(new.hash.is_some() && new.hash != old.hash);
            match left_behind(&old.pieces, &new.pieces) {
                Some(_) if mode && new.stays_around(&old) => taken += old.lines - new.lines,
                _ => {
                    holds = false;
                    findings.push(adds(&cut.path, "a line would be added or changed"));
                }
            }
        }
        let hash = match renewed {
            0 => String::new(),
            renewed => format!(", but for the hash in {}", count(renewed, "begin line")),
        };
        let evidence = if holds {
            format!(
                "{} taken out of {}, none added{hash}",
                count(taken, "line"),
                count(cuts.len(), "file")
            )
        } else {
            "something would be added".to_owned()
        };
        invariant("only-removed", holds, evidence)
    }

    /// The lesson stands in none of our blocks, whatever its wording; where it is still named, another lesson speaks of it.
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
            let told = paths.filter_map(|path| Some((path, self.still_stands(id, tree.file(path)?)?)));
            told.map(|(path, why)| (path.to_owned(), why)).collect()
        };
        let mut before: BTreeSet<String> = files(plan.before).into_iter().map(|(path, _)| path).collect();
        let held = |cut: &&Edit| {
            let bytes = cut.before.as_ref().map(|state| state.bytes.as_slice());
            bytes.is_some_and(|bytes| self.still_stands(id, bytes).is_some())
        };
        before.extend(cuts.iter().filter(held).map(|cut| cut.path.clone()));
        let left = files(plan.after);
        for (path, why) in &left {
            findings.push(
                Finding::new(
                    Code::LessonNotCut,
                    format!("`{path}` would still hold {id}: {why}"),
                )
                .at(Location::file(path))
                .lesson(id)
                .help("take the lesson out of the block by hand, then run the command again"),
            );
        }
        let evidence = match (left.len(), before.len()) {
            (0, 0) => format!("`{id}` stands nowhere"),
            (0, before) => format!("`{id}` gone from {}", count(before, "file")),
            (left, _) => format!("`{id}` would still stand in {}", count(left, "file")),
        };
        invariant("lesson-gone", left.is_empty(), evidence)
    }

    /// Why a file still says the lesson.
    fn still_stands(&self, id: &str, bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        if !text.contains(id) {
            return None;
        }
        let block = match marker::find(bytes, &self.store.name) {
            BlocksInFile::Nothing => return None,
            BlocksInFile::Block(block) => block,
            _ => return Some("nobody can tell where our block is".to_owned()),
        };
        let known = |id: &str| self.store.lesson(id).is_some();
        let words = self.words.iter().find(|words| words.lesson.id == id);
        let view = EntryPointText::read(bytes, &self.store.name);
        if let Some(words) = words
            && view.standing(words, true, &known).detail > Detail::None
        {
            return Some("its rule stands there".to_owned());
        }
        let inner = String::from_utf8_lossy(&bytes[block.inner]);
        let page = markdown::read(&inner);
        let names = |unit: &TextUnit| codes(unit).any(|code| code == id);
        for (at, unit) in page.units.iter().enumerate().filter(|(_, unit)| names(unit)) {
            if signed(unit).contains(&id) {
                return Some("its id stands there beside a severity".to_owned());
            }
            let another = |code: &str| code != id && (known(code) || all_signed(&page).contains(code));
            if !around(&page.units, at).any(|unit| codes(unit).any(another)) {
                return Some("its id stands there, and no other lesson that could speak of it".to_owned());
            }
        }
        let told = page
            .hidden
            .iter()
            .any(|hidden| is_word(&inner[hidden.range.clone()], id));
        told.then(|| "a comment or raw HTML names it".to_owned())
    }

    /// Every other lesson stands as it stood, and nothing that is left reads otherwise.
    fn others_stay(&self, id: &str, cuts: &[Edit], findings: &mut Vec<Finding>) -> Invariant {
        let mut holds = true;
        let mut others: BTreeSet<String> = BTreeSet::new();
        for cut in cuts {
            let [before, after] = [&cut.before, &cut.after].map(|state| {
                let bytes = state.as_ref().map_or(&[][..], |state| &state.bytes);
                Blocks::of(self.store, &self.words, bytes, id)
            });
            others.extend(before.standing.keys().chain(&before.signed).cloned());
            if before.standing != after.standing || before.signed != after.signed || !after.names_all(&before)
            {
                holds = false;
                findings.push(adds(&cut.path, "another lesson would not stand as before"));
            } else if left_behind(&before.units, &after.units).is_none() {
                holds = false;
                findings.push(adds(&cut.path, "what is left would read otherwise"));
            }
        }
        let evidence = match (holds, others.len()) {
            (false, _) => "another lesson would change".to_owned(),
            (true, 0) => "no other lesson stood there".to_owned(),
            (true, number) => format!("{} as before", count(number, "other lesson")),
        };
        invariant("others-stay", holds, evidence)
    }
}

/// A file as lines, with our begin line's hash put aside.
struct FileParts<'b> {
    lines: usize,
    /// What stands on each line, then its ending: where a block goes, the line before it may lose its own.
    pieces: Vec<Vec<u8>>,
    hash: Option<String>,
    around: Option<(&'b [u8], &'b [u8])>,
}

impl<'b> FileParts<'b> {
    fn of(bytes: &'b [u8], name: &str) -> Self {
        let mut text = bytes.to_vec();
        let (mut hash, mut around) = (None, None);
        if let BlocksInFile::Block(block) = marker::find(bytes, name) {
            let line = &bytes[block.range.start..block.inner.start];
            let stated = block.hash.as_bytes();
            if let Some(at) = line.windows(stated.len()).position(|part| part == stated) {
                text[block.range.start + at..][..stated.len()].fill(b'0');
            }
            hash = Some(block.hash);
            around = Some((&bytes[..block.range.start], &bytes[block.range.end..]));
        }
        FileParts {
            lines: text.split_inclusive(|byte| *byte == b'\n').count(),
            pieces: pieces(&text),
            hash,
            around,
        }
    }

    /// Where the block stays, so does everything around it, front matter included.
    fn stays_around(&self, before: &FileParts<'_>) -> bool {
        self.around.is_none() || self.around == before.around
    }
}

fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let split = |line: &[u8]| {
        let end = line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
        let end = line[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len);
        [line[..end].to_vec(), line[end..].to_vec()]
    };
    lines.flat_map(split).filter(|part| !part.is_empty()).collect()
}

/// How many items were taken out; none where the second list is no part of the first one, in order.
fn left_behind<T: PartialEq>(before: &[T], after: &[T]) -> Option<usize> {
    let mut rest = before.iter();
    let is_part = after.iter().all(|item| rest.any(|held| held == item));
    is_part.then(|| before.len() - after.len())
}

/// A unit as a reader sees it.
type SeenUnit = (Shape, Vec<VisibleToken>, String, Option<HidingReason>, bool);

/// What our block of a file says, one lesson put aside.
#[derive(Default)]
struct Blocks {
    /// The other lessons that the store knows: the form, and what is missing.
    standing: BTreeMap<String, (Detail, String)>,
    /// The ids beside a severity, as often as they stand there.
    signed: Vec<String>,
    /// Where the lesson put aside signs nothing: the other known ids in code, as often as they stand outside its own words.
    named: BTreeMap<String, usize>,
    units: Vec<SeenUnit>,
}

impl Blocks {
    /// Whether each id is named as often as before: in words that the store does not know, a name is all that tells a lesson.
    fn names_all(&self, before: &Self) -> bool {
        let mut named = before.named.iter();
        named.all(|(id, times)| self.named.get(id).is_some_and(|now| now >= times))
    }

    fn of(store: &Store, words: &[super::LessonWording<'_>], bytes: &[u8], id: &str) -> Self {
        let BlocksInFile::Block(block) = marker::find(bytes, &store.name) else {
            return Blocks::default();
        };
        let view = EntryPointText::read(bytes, &store.name);
        let known = |id: &str| store.lesson(id).is_some();
        let others = words.iter().filter(|words| words.lesson.id != id);
        let stands = others.map(|words| (words.lesson.id.clone(), view.standing(words, true, &known)));
        let page = markdown::read(&String::from_utf8_lossy(&bytes[block.inner]));
        Blocks {
            named: named(store, &page, id),
            standing: stands
                .filter(|(_, standing)| standing.detail > Detail::None)
                .map(|(id, standing)| (id, (standing.detail, standing.missing)))
                .collect(),
            signed: page
                .units
                .iter()
                .flat_map(signed)
                .filter(|signed| *signed != id)
                .map(str::to_owned)
                .collect(),
            units: page
                .units
                .into_iter()
                .map(|unit| {
                    (
                        unit.shape,
                        unit.tokens,
                        unit.code,
                        unit.hiding,
                        unit.item.is_some(),
                    )
                })
                .collect(),
        }
    }
}

/// The other lessons that a block names, as often as outside the lesson's own words; none where it signs, for then all do.
fn named(store: &Store, page: &VisibleText, id: &str) -> BTreeMap<String, usize> {
    let mut named = BTreeMap::new();
    if all_signed(page).contains(id) {
        return named;
    }
    let another = |code: &&str| *code != id && store.lesson(code).is_some();
    for code in page.units.iter().flat_map(codes).filter(another) {
        *named.entry(code.to_owned()).or_insert(0) += 1;
    }
    let own = store.lesson(id).map(|lesson| spoken(lesson, &page.units));
    for code in own.unwrap_or_default() {
        if let Some(times) = named.get_mut(&code) {
            *times = times.saturating_sub(1);
        }
    }
    named.retain(|_, times| *times > 0);
    named
}

/// The units among which one speaks of a lesson: its list item, or back to the nearest heading.
fn around(units: &[TextUnit], at: usize) -> impl Iterator<Item = &TextUnit> {
    let own = &units[at];
    let is_heading = |unit: &TextUnit| matches!(unit.shape, Shape::Heading(_));
    let start = match &own.item {
        Some(_) => units[..at]
            .iter()
            .rposition(|unit| unit.item != own.item)
            .map_or(0, |last| last + 1),
        None => units[..=at].iter().rposition(is_heading).unwrap_or(0),
    };
    let behind = units[at + 1..].iter().take_while(move |unit| match &own.item {
        Some(_) => unit.item == own.item,
        None => unit.item.is_none() && !is_heading(unit),
    });
    units[start..=at].iter().chain(behind)
}

/// The ids that stand beside a severity.
fn signed(unit: &TextUnit) -> Vec<&str> {
    let windows = unit.tokens.windows(3);
    windows
        .filter_map(|tokens| match tokens {
            [
                VisibleToken::Code(id),
                VisibleToken::Word(comma),
                VisibleToken::Word(word),
            ] if comma == "," => Severity::parse(&super::wording::plain(word)).map(|_| id.as_str()),
            _ => None,
        })
        .collect()
}

fn all_signed(page: &VisibleText) -> BTreeSet<&str> {
    page.units.iter().flat_map(signed).collect()
}

fn codes(unit: &TextUnit) -> impl Iterator<Item = &str> {
    unit.tokens.iter().filter_map(|token| match token {
        VisibleToken::Code(code) => Some(code.as_str()),
        VisibleToken::Word(_) | VisibleToken::Gap => None,
    })
}

/// Whether a text holds the id with nothing behind or before it that could belong to a longer one.
fn is_word(text: &str, id: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .any(|word| word == id)
}

fn adds(path: &str, why: &str) -> Finding {
    Finding::new(Code::NotASubset, format!("`{path}`: {why}"))
        .at(Location::file(path))
        .effect("a withdrawal takes one lesson out and does nothing else, so nothing is written here")
        .help("take the lesson out of the block by hand, and report this: it is a fault of Lessonbook")
}

//! Evidence whose lines changed.
//!
//! Input: the evidence of lessons, and the trees of targets with the content of its files. Output: a finding for each that is not as it
//! was, with a fix where nothing is to decide. Not here: the form of evidence (crate `store`).

use crate::{AuditInput, active, counted, retire};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Evidence, Lesson};

/// A finding for each evidence that is new, moved, changed or can't be read.
pub fn findings(input: &AuditInput) -> Vec<Finding> {
    let pairs = active(input.store).flat_map(|lesson| lesson.evidence.iter().map(move |one| (lesson, one)));
    pairs
        .filter_map(|(lesson, evidence)| finding(input, lesson, evidence))
        .collect()
}

fn finding(input: &AuditInput, lesson: &Lesson, evidence: &Evidence) -> Option<Finding> {
    let finding = match state(input, evidence) {
        Ok(lines) => compare(input, lesson, evidence, &lines)?,
        Err(why) => why,
    };
    let finding = finding.lesson(&lesson.id);
    let places = &input.store.places;
    let at = places
        .evidence(&lesson.id, evidence)
        .or_else(|| places.lesson(&lesson.id));
    Some(match at {
        Some(at) => finding.at(at),
        None => finding,
    })
}

/// The lines of the file, or why there are none.
fn state<'a>(input: &AuditInput<'a>, evidence: &Evidence) -> Result<Vec<&'a str>, Finding> {
    let unread = |why: String, help: &str| {
        Finding::new(Code::EvidenceUnread, why)
            .effect("a change of the lines would stay unnoticed")
            .help(help)
    };
    let name = &evidence.target;
    let Some(target) = input.targets.iter().find(|one| one.target.name == *name) else {
        return Err(unread(
            format!("there is no target `{name}`, so the evidence can't be compared"),
            "write the target's name as it is in targets.yaml, or remove the evidence",
        ));
    };
    let tree: &'a Tree = target.tree.ok_or_else(|| {
        unread(
            format!("{name} was not read, so the evidence can't be compared"),
            "`lessonbook plan` shows why",
        )
    })?;
    let Some(entry) = tree.get(&evidence.path) else {
        return Err(Finding::new(
            Code::EvidenceChanged,
            format!("{name} no longer has {}", evidence.path),
        )
        .effect("what the lesson was learned from is gone, and so may be its reason")
        .help("review the lesson: name where the lines are now, remove the evidence, or retire the lesson"));
    };
    let text = entry
        .content
        .as_deref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| {
        unread(
            format!(
                "{} in {name} is too large or is not text, so the evidence can't be compared",
                evidence.path
            ),
            "name a file that is text, or remove the evidence",
        )
    })?;
    Ok(text.lines().collect())
}

/// Compares the lines with the hash.
fn compare(input: &AuditInput, lesson: &Lesson, evidence: &Evidence, lines: &[&str]) -> Option<Finding> {
    let now = lines.get(evidence.first - 1..evidence.last).map(Evidence::hash);
    let fixed = |finding: Finding, after: &Evidence| {
        let fix = input.store.places.evidence_fix(&lesson.id, evidence, after);
        Finding { fix, ..finding }
    };
    let (target, place) = (&evidence.target, evidence.place());
    match (&evidence.hash, now) {
        (Some(known), Some(now)) if *known == now => None,
        (None, Some(now)) => {
            let after = Evidence {
                hash: Some(now),
                ..evidence.clone()
            };
            let finding = Finding::new(
                Code::EvidenceUnrecorded,
                format!("the evidence {place} in {target} has no hash yet"),
            )
            .effect("a change of the lines would stay unnoticed")
            .help("`lessonbook audit --fix` writes it");
            Some(fixed(finding, &after))
        }
        (known, _) => {
            if let Some(after) = known.as_ref().and_then(|known| moved(evidence, known, lines)) {
                let finding = Finding::new(
                    Code::EvidenceMoved,
                    format!("the evidence {place} in {target} is now {}", after.place()),
                )
                .effect("the lines are the same, and the lesson names others")
                .help("`lessonbook audit --fix` writes the new lines");
                return Some(fixed(finding, &after));
            }
            let what = if lines.len() < evidence.last {
                format!("the file has {}", counted(lines.len(), "line"))
            } else {
                "other text is there".to_owned()
            };
            Some(
                Finding::new(
                    Code::EvidenceChanged,
                    format!("the evidence {place} in {target} changed: {what}"),
                )
                .effect("what the lesson was learned from is gone, and so may be its reason")
                .help(format!(
                    "review the lesson. If it still holds, remove `@sha256:…` and run `lessonbook audit --fix`; otherwise retire it: {}",
                    retire(&lesson.id, "its evidence is gone")
                )),
            )
        }
    }
}

/// Where else in the file the same lines are, if they are at exactly one place.
fn moved(evidence: &Evidence, known: &str, lines: &[&str]) -> Option<Evidence> {
    let mut found = lines
        .windows(evidence.len())
        .enumerate()
        .filter(|(_, window)| Evidence::hash(window) == known);
    let (at, _) = found.next()?;
    found.next().is_none().then(|| Evidence {
        first: at + 1,
        last: at + evidence.len(),
        ..evidence.clone()
    })
}

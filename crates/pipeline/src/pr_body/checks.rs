//! What was checked, and which lessons are exempt: the first paragraphs of a pull request body after the changes.
//!
//! Input: a plan's invariants and exemptions. Output: two short paragraphs of Markdown. Not here: the checks.

use std::fmt::Write;

use super::{counted, shortened};
use crate::checks_delivery::ChecksChange;
use crate::gfm_escape::{code, cut, quiet};
use crate::plan::TargetPlan;
use lessonbook_base::finding::{Code, Level};
use lessonbook_proof::Invariant;
use lessonbook_proof::invariants::{NO_CHECKS, NOTHING_MOVED, NOTHING_TO_KEEP};

/// How many exceptions are listed with their reason.
const SHOWN: usize = 10;

/// The result of the proof: one line if every invariant holds, else the failed ones. [`invariants`] lists them all.
pub(super) fn checked(body: &mut String, plan: &TargetPlan) {
    let (held, failed): (Vec<_>, Vec<_>) = shown(plan).partition(|invariant| invariant.holds);
    let shown = if failed.is_empty() {
        &held[..held.len().min(1)]
    } else {
        &failed
    };
    if shown.is_empty() {
        return;
    }
    let others = held.len() - usize::from(failed.is_empty());
    let others = match others {
        0 => String::new(),
        1 => ", and 1 more invariant holds".to_owned(),
        many => format!(", and {many} more invariants hold"),
    };
    // Writing to a String can't fail, here and below.
    let _ = write!(
        body,
        "**Proved on the final bytes:** {}{others} (all under *Where*). Not checked: whether an assistant obeys.\n\n",
        evidence(shown)
    );
}

/// Every invariant with its evidence, in one paragraph.
pub(super) fn invariants(body: &mut String, plan: &TargetPlan) {
    let all: Vec<&Invariant> = shown(plan).collect();
    if !all.is_empty() {
        let _ = write!(body, "Proof: {}.\n\n", evidence(&all));
    }
}

/// An invariant that had nothing to check tells the reviewer nothing.
fn shown(plan: &TargetPlan) -> impl Iterator<Item = &Invariant> {
    let is_empty = |evidence: &str| {
        evidence.starts_with("0 of 0 ") || [NOTHING_TO_KEEP, NOTHING_MOVED, NO_CHECKS].contains(&evidence)
    };
    let invariants = plan.proof.invariants.iter();
    invariants.filter(move |invariant| !is_empty(&invariant.evidence))
}

fn evidence(invariants: &[&Invariant]) -> String {
    let line = |invariant: &&Invariant| {
        let sign = if invariant.holds { "✓" } else { "✗" };
        format!("{sign} {}", quiet(&cut(&invariant.evidence, 300)))
    };
    invariants.iter().map(line).collect::<Vec<_>>().join(" · ")
}

/// What changes in the checks file, and what reads it.
pub(super) fn checks_file(body: &mut String, plan: &TargetPlan) {
    let Some(change) = ChecksChange::new(&plan.content.edits) else {
        return;
    };
    let names = |ids: &[String]| shortened(&ids.iter().map(|id| code(id)).collect::<Vec<_>>(), SHOWN);
    let groups: Vec<String> = change
        .groups()
        .map(|(word, ids)| format!("; {word}: {}", names(ids)))
        .collect();
    let holds = match change.lessons {
        0 => "is deleted".to_owned(),
        number => format!("contains the checks of {}", counted(number, "lesson")),
    };
    let _ = writeln!(
        body,
        "**Checks:** {} {holds}{}. Only `lessonbook lint` reads it, so it has an effect only where a workflow or a hook of yours runs `lint`.\n",
        code(&change.path),
        groups.concat()
    );
}

/// The exempt lessons, with the reason and who gave it.
pub(super) fn exceptions(body: &mut String, plan: &TargetPlan) {
    let mut all: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for exempt in &plan.content.exempt {
        let place = code(&exempt.entry_point);
        let same =
            |(lesson, reason, _): &&mut (&str, &str, _)| *lesson == exempt.lesson && *reason == exempt.reason;
        match all.iter_mut().find(same) {
            Some((.., places)) => places.push(place),
            None => all.push((&exempt.lesson, &exempt.reason, vec![place])),
        }
    }
    if all.is_empty() {
        return;
    }
    body.push_str("**Left out by an exception:**\n\n");
    for (lesson, reason, places) in all.iter().take(SHOWN) {
        let _ = writeln!(
            body,
            "- {} at {}, {}",
            code(lesson),
            shortened(places, 8),
            quiet(&cut(reason, 300))
        );
    }
    if let Some(more) = all.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(body, "- …and {}", counted(more, "more lesson"));
    }
    body.push('\n');
}

/// Findings about the repository's own files, which only its owners can fix. None of them is about the store.
const FOR_THE_OWNER: [Code; 9] = [
    Code::Shadowed,
    Code::NotLoaded,
    Code::GeneratedElsewhere,
    Code::EntryPointIsLink,
    Code::EntryPointIgnored,
    Code::EntryPointUntracked,
    Code::LimitExceeded,
    Code::AdviceExceeded,
    Code::HandCopy,
];

/// Findings about the repository's own files: text that an assistant does not read, reads differently, or reads twice.
pub(super) fn for_the_owner(body: &mut String, plan: &TargetPlan) {
    let shown: Vec<String> = plan
        .outcome
        .findings
        .iter()
        .filter(|finding| finding.level != Level::Error && FOR_THE_OWNER.contains(&finding.code))
        .map(|finding| {
            let effect = finding
                .effect
                .as_deref()
                .map(|effect| format!("; {}", quiet(&cut(effect, 200))));
            format!(
                "- {}{}",
                quiet(&cut(&finding.message, 300)),
                effect.unwrap_or_default()
            )
        })
        .collect();
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(
        body,
        "**To check in your own files:**\n\n{}",
        shown[..shown.len().min(SHOWN)].join("\n")
    );
    if let Some(more) = shown.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(body, "- …and {}", counted(more, "more finding"));
    }
    body.push('\n');
}

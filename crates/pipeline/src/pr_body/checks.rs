//! What was checked, and which lessons are exempt: the first paragraphs of a pull request body after the changes.
//!
//! Input: a plan's invariants and exemptions. Output: two short paragraphs of Markdown. Not here: the checks.

use std::fmt::Write;

use super::{counted, shortened};
use crate::gfm_escape::{code, cut, quiet};
use crate::plan::TargetPlan;
use lessonbook_base::finding::{Code, Level};
use lessonbook_proof::invariants::NOTHING_TO_KEEP;

/// How many exceptions are listed with their reason.
const SHOWN: usize = 10;

/// The invariants, each with its evidence; failed ones come first.
pub(super) fn checked(body: &mut String, plan: &TargetPlan) {
    // An invariant that had nothing to check tells the reviewer nothing.
    let empty = |evidence: &str| evidence.starts_with("0 of 0 ") || evidence == NOTHING_TO_KEEP;
    let shown = plan
        .proof
        .invariants
        .iter()
        .filter(|invariant| !empty(&invariant.evidence));
    let (held, failed): (Vec<_>, Vec<_>) = shown.partition(|invariant| invariant.holds);
    let marks: Vec<String> = failed
        .into_iter()
        .chain(held)
        .map(|invariant| {
            let sign = if invariant.holds { "✓" } else { "✗" };
            format!("{sign} {}", quiet(&cut(&invariant.evidence, 300)))
        })
        .collect();
    if !marks.is_empty() {
        // Writing to a String can't fail, here and below.
        let _ = write!(
            body,
            "**Checked on the final bytes:** {}.\nNot checked: whether an assistant obeys.\n\n",
            marks.join(" · ")
        );
    }
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

/// Warnings about the repository's own files, which only its owners can fix. None of them is about the store.
const FOR_THE_OWNER: [Code; 7] = [
    Code::Shadowed,
    Code::GeneratedElsewhere,
    Code::EntryPointIsLink,
    Code::EntryPointIgnored,
    Code::EntryPointUntracked,
    Code::LimitExceeded,
    Code::AdviceExceeded,
];

/// Warnings about the repository's own files: what an assistant does not read there, or reads differently.
pub(super) fn for_the_owner(body: &mut String, plan: &TargetPlan) {
    let shown: Vec<String> = plan
        .outcome
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Warning && FOR_THE_OWNER.contains(&finding.code))
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
        let _ = writeln!(body, "- …and {}", counted(more, "more warning"));
    }
    body.push('\n');
}

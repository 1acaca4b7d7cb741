//! The other invariants: what is internal, paths, bytes, budgets and rest.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use super::listing;
use super::loaded_files::prove;
use crate::support::library;
use crate::support::library::{Book, bare, codes, failed, in_order, refused_for, story, text, tree};
use lessonbook_base::finding::Code;
use lessonbook_base::tree::Mode;
use lessonbook_proof::{Prover, TreeChange};
use lessonbook_store::{Detail, Severity};

#[test]
fn internal_text_reaches_no_public_repository() {
    let internal = Book::new(library::ALL).change(
        "review/secrets",
        "severity: critical",
        "severity: critical\naudience: internal",
    );
    for visibility in ["", ", visibility: public"] {
        let public = internal.clone().target(&format!(
            "{{ tags: [app]{visibility}, use: [copilot, copilot-scoped, reference] }}"
        ));
        let plan = public.plan(&bare());
        in_order(&plan);
        assert_eq!(plan.content.left_out.len(), 1);
        let after = bare().with(&plan.content.edits);
        let all: String = after
            .iter()
            .filter_map(|(path, _)| after.file(path))
            .map(String::from_utf8_lossy)
            .collect();
        assert!(
            all.contains("failureThreshold")
                && !all.contains("passwords")
                && !all.contains("22 minutes")
                && !all.contains("postmortems"),
            "{all}"
        );
    }
    // The same if a template contains it, or a block from the time when the target was private.
    let public = internal.clone().target("{ tags: [app], use: [copilot] }");
    for tail in [
        "We had 22 minutes without notifications.",
        "<!-- 22 minutes\nwithout notifications -->",
        "```text\n22 minutes without notifications\n```",
        "See https://acme.example/postmortems/17 for more.",
        "Keep passwords and keys out of the repository.",
        "- `secrets`",
    ] {
        let template = format!("{}\n{tail}\n", listing("- {R} Why: {W} {I}"));
        let plan = public.clone().template("always.md.tera", template).plan(&bare());
        refused_for(&plan, Code::InternalInPublic, "counts as public");
        assert!(failed(&plan).contains(&"nothing-internal"), "{tail}");
    }
}

#[test]
fn text_of_a_public_lesson_is_not_internal() {
    let book = Book::new(&[library::PROBE])
        .change(
            "kubernetes/probe",
            "One failed check in five seconds restarts every pod at once.",
            "We had 22 minutes without notifications.",
        )
        .target("{ tags: [app], use: [copilot, reference] }");
    in_order(&book.plan(&bare()));
}

#[test]
fn hidden_characters_and_secrets_that_a_template_adds_are_caught() {
    for (tail, code) in [
        ("\u{e0041}\u{e0042}", Code::HiddenCharacter),
        ("\u{202e}desrever", Code::HiddenCharacter),
        ("Use AKIAQYLPMN5HHHFPZAM2 to log in.", Code::LikelySecret),
    ] {
        let template = format!("{}\n{tail}\n", listing("- {R} Why: {W} {I}"));
        let plan = Book::new(library::ALL)
            .uses("copilot")
            .template("always.md.tera", template)
            .plan(&bare());
        assert!(
            failed(&plan).contains(&"nothing-internal"),
            "{tail:?}: {}",
            story(&plan)
        );
        assert!(codes(&plan).contains(&code), "{tail:?}: {}", story(&plan));
    }
}

#[test]
fn an_edit_outside_the_instruction_files_is_caught() {
    let book = Book::new(library::ALL).uses("copilot");
    let store = book.store();
    let good = book.plan(&bare());
    for path in [
        "README.md",
        ".github/workflows/ci.yml",
        ".git/config",
        "../x.md",
        "CODEOWNERS",
        ".claude/settings.json",
    ] {
        let mut edits = good.content.edits.clone();
        edits[0].path = path.to_owned();
        let after = bare().with(&edits);
        let before = bare();
        let change = TreeChange {
            before: &before,
            edits: &edits,
            after: &after,
            earlier: &[],
        };
        let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
        assert!(
            proof
                .invariants
                .iter()
                .any(|i| i.name == "writable-only" && !i.holds),
            "{path}"
        );
    }
}

#[test]
fn a_lost_byte_a_changed_mode_and_a_foreign_deletion_are_caught() {
    let book = Book::new(library::ALL).uses("agents");
    let store = book.store();
    let before = tree(&[("AGENTS.md", "# Mine\r\n\r\nText\n")]);
    let good = book.plan(&before);
    let held = |edits: &[lessonbook_base::edit::Edit]| {
        let after = before.with(edits);
        let change = TreeChange {
            before: &before,
            edits,
            after: &after,
            earlier: &[],
        };
        let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
        let failed: Vec<_> = proof
            .invariants
            .iter()
            .filter(|i| !i.holds)
            .map(|i| i.name.clone())
            .collect();
        failed
    };
    assert_eq!(held(&good.content.edits), Vec::<&str>::new());
    let changed = |change: &dyn Fn(&mut lessonbook_base::edit::Edit)| {
        let mut edits = good.content.edits.clone();
        change(&mut edits[0]);
        held(&edits)
    };
    for (from, to) in [
        ("Text", "text"),
        ("# Mine\r\n", "# Mine\n"),
        ("Text\n", "Text"),
        ("Text\n", "Text\n\n"),
    ] {
        let failed = changed(&|edit| {
            let state = edit.after.as_mut().unwrap();
            state.bytes = String::from_utf8(state.bytes.to_vec())
                .unwrap()
                .replacen(from, to, 1)
                .into_bytes()
                .into();
        });
        assert_eq!(failed, ["bytes-kept"], "{from:?} → {to:?}");
    }
    assert!(
        changed(&|edit| edit.after.as_mut().unwrap().mode = Mode::Executable).contains(&"bytes-kept".into())
    );
    let failed = changed(&|edit| edit.after = None);
    assert!(
        failed.contains(&"bytes-kept".into()) && failed.contains(&"deleted-by-name".into()),
        "{failed:?}"
    );
}

#[test]
fn a_budget_reduces_the_lowest_severity_first_and_the_proof_checks_it() {
    let mut book = Book::new(library::ALL).settings("entry_points:\n  bot: { kind: always, path: bot/prompt.md, template: always.md.tera, budget: 14 lines }");
    for at in 0..12 {
        let text = library::NAMES.1.replace(
            "severity: low",
            if at % 2 == 0 {
                "severity: medium"
            } else {
                "severity: high"
            },
        );
        book = book.lesson(
            &format!("review/more-{at:02}"),
            &text.replace("Spell names out.", &format!("Spell name {at} out.")),
        );
    }
    let book = book.uses("copilot, bot");
    let plan = book.plan(&bare());
    in_order(&plan);
    assert!(!plan.content.shrunk.is_empty());
    let shown = text(&bare().with(&plan.content.edits), "bot/prompt.md");
    assert!(shown.lines().count() <= 14, "{shown}");
    assert!(
        shown.contains("failureThreshold") && shown.contains("passwords"),
        "{shown}"
    );
    let exempt = plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.exempt.as_deref().is_some_and(|why| why.contains("budget")));
    assert_eq!(exempt.count(), plan.content.shrunk.len());
    // Without the claims, the same bytes have holes: nothing is reduced silently.
    let store = book.store();
    let after = bare().with(&plan.content.edits);
    let proof = prove(&store, &bare(), &after);
    assert!(
        proof
            .invariants
            .iter()
            .any(|i| i.name == "rest-as-required" && !i.holds)
    );
}

#[test]
fn a_budget_excuses_no_critical_lesson_and_nothing_where_there_is_no_budget() {
    let book = Book::new(library::ALL).uses("copilot, reference");
    let store = book.store();
    let claims: Vec<_> = ["probe", "secrets", "images", "limits", "names"]
        .iter()
        .flat_map(|lesson| ["copilot", "reference"].map(|row| (lesson, row)))
        .map(|(lesson, row)| lessonbook_proof::ReducedClaim {
            lesson: (*lesson).to_owned(),
            entry_point: row.to_owned(),
            detail: Detail::None,
        })
        .collect();
    let before = bare();
    let change = TreeChange {
        before: &before,
        edits: &[],
        after: &before,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &claims, &[]);
    for cell in &proof.coverage.placements {
        let excused = cell.entry_point == "copilot" && cell.severity < Severity::Critical;
        assert_eq!(cell.exempt.is_some(), excused, "{cell:?}");
    }
}

#[test]
fn a_second_run_that_would_change_something_is_caught() {
    let book = Book::new(library::ALL).uses("copilot");
    let plan = book.plan(&bare());
    let store = book.store();
    let before = bare();
    let after = before.with(&plan.content.edits);
    let change = TreeChange {
        before: &before,
        edits: &plan.content.edits,
        after: &after,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &plan.content.edits);
    assert!(proof.invariants.iter().any(|i| i.name == "at-rest" && !i.holds));
    assert!(proof.findings.iter().any(|f| f.code == Code::NotAtRest));
}

//! A lesson counts only in files that assistants load, and in the part that they read.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use crate::support::library;
use crate::support::library::{Book, bare, codes, failed, in_order, refused_for, story, text, tree};
use lessonbook_base::finding::{Code, Level};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::{Proof, Prover, TreeChange};
use lessonbook_store::Store;

/// The proof's result if the plan's edits are lost, and the repository is `after` instead.
pub fn prove(store: &Store, before: &Tree, after: &Tree) -> Proof {
    let change = TreeChange {
        before,
        edits: &[],
        after,
        earlier: &[],
    };
    Prover::new(store).prove(&store.targets[0], &change, &[], &[])
}

/// The repository after the plan, with one file changed afterwards.
fn touched(book: &Book, path: &str, change: impl Fn(&str) -> String) -> (Store, Tree) {
    let mut after = book.applied(&bare());
    let old = text(&after, path);
    let new = change(&old);
    assert_ne!(old, new);
    after.load(path, Mode::File, new);
    (book.store(), after)
}

fn missing<'p>(proof: &'p Proof, lesson: &str, entry_point: &str) -> &'p str {
    let mut cells = proof.coverage.placements.iter();
    let cell = cells.find(|cell| cell.lesson == lesson && cell.entry_point == entry_point);
    let cell = cell.unwrap_or_else(|| panic!("no cell {lesson} × {entry_point}"));
    assert!(cell.is_hole(), "{lesson} is covered at {entry_point}");
    &cell.proposed.missing
}

#[test]
fn a_plan_whose_edits_are_lost_covers_nothing() {
    for names in [
        "copilot",
        "claude, claude-rules",
        "agents, reference",
        "copilot, copilot-scoped, cursor-rules, gemini",
    ] {
        let store = Book::new(library::ALL).uses(names).store();
        let proof = prove(&store, &bare(), &bare());
        assert!(!proof.coverage.placements.is_empty());
        assert!(
            proof
                .coverage
                .placements
                .iter()
                .all(lessonbook_proof::Placement::is_hole),
            "{names}"
        );
        let failed: Vec<_> = proof
            .invariants
            .iter()
            .filter(|i| !i.holds)
            .map(|i| i.name.as_ref())
            .collect();
        assert!(
            failed.contains(&"critical-everywhere") && failed.contains(&"rest-as-required"),
            "{failed:?}"
        );
    }
}

#[test]
fn front_matter_that_hides_a_scoped_file_is_caught() {
    let copilot = ".github/instructions/kubernetes.instructions.md";
    let claude = ".claude/rules/kubernetes.md";
    let cursor = ".cursor/rules/kubernetes.mdc";
    let book = Book::new(&[library::PROBE, library::IMAGES])
        .uses("copilot, copilot-scoped, claude-rules, cursor-rules");
    let globs = "applyTo: \"**/*.yaml,charts/**,**/Dockerfile\"";
    let cases = [
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "\n---\napply",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "Note\n---\napply",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "\u{feff}---\napply",
            "byte order mark",
        ),
        ("copilot-scoped", copilot, globs, "", "only on request"),
        (
            "copilot-scoped",
            copilot,
            globs,
            "applyTo: \"\"",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "---\nexcludeAgent: code-review\napply",
            "excludeAgent",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "---\napplyTo: x/**\napply",
            "`applyTo` twice",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "**/*.yml,",
            "lacks the lesson's glob `**/*.yaml`",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "charts/*.yaml,deploy.yaml,",
            "lacks the lesson's glob `**/*.yaml`",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "**/*.yaml,!deploy.yaml,",
            "may read as an exception",
        ),
        (
            "claude-rules",
            claude,
            "  - \"**/*.yaml\"\n",
            "  - \"**/*.yaml\"\n  - \"!deploy.yaml\"\n",
            "may read as an exception",
        ),
        (
            "claude-rules",
            claude,
            "  - \"**/*.yaml\"\n",
            "",
            "lacks the lesson's glob",
        ),
        (
            "claude-rules",
            claude,
            "paths:\n  - \"**/*.yaml\"\n  - \"charts/**\"\n  - \"**/Dockerfile\"",
            "paths: []",
            "never loads",
        ),
        (
            "claude-rules",
            claude,
            "---\npaths",
            "---\nname: x\npaths",
            "foreign key `name`",
        ),
        (
            "cursor-rules",
            cursor,
            "globs: **/*.yaml, charts/**, **/Dockerfile\n",
            "",
            "only on request",
        ),
        (
            "cursor-rules",
            cursor,
            "**/*.yaml, ",
            "",
            "lacks the lesson's glob",
        ),
    ];
    for (row, path, from, to, words) in cases {
        let (store, after) = touched(&book, path, |text| text.replacen(from, to, 1));
        let proof = prove(&store, &bare(), &after);
        let why = missing(&proof, "probe", row);
        assert!(why.contains(words), "{row} {to}: {why}");
        assert!(
            !proof
                .invariants
                .iter()
                .find(|i| i.name == "critical-everywhere")
                .unwrap()
                .holds
        );
    }
}

#[test]
fn a_family_that_lacks_one_of_its_files_has_a_hole() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let mut after = book.applied(&bare());
    after.remove(".github/instructions/kubernetes.instructions.md");
    let proof = prove(&book.store(), &bare(), &after);
    missing(&proof, "probe", "copilot-scoped");
    // A lesson without paths is only in the files of every session.
    let cells = || {
        proof
            .coverage
            .placements
            .iter()
            .filter(|cell| cell.lesson == "secrets")
    };
    assert!(cells().all(|cell| cell.entry_point == "copilot" && cell.is_covered()));
    assert_eq!(cells().count(), 1);
}

#[test]
fn a_block_behind_the_place_where_codex_cuts_is_caught() {
    let book = Book::new(library::ALL).uses("agents");
    let block = text(&book.applied(&bare()), "AGENTS.md");
    let filler = "Text that people wrote.\n".repeat(1_400);
    assert!(filler.len() > 32_768);
    // A person moved our block to the end of a long file.
    let plan = book.plan(&tree(&[("AGENTS.md", format!("# Mine\n\n{filler}\n{block}"))]));
    refused_for(&plan, Code::LimitExceeded, "32768");
    assert!(
        failed(&plan).contains(&"critical-everywhere") && failed(&plan).contains(&"limits-kept"),
        "{}",
        story(&plan)
    );
    // At the beginning it is read, and also in the root's file if only nested ones exceed the limit together with it.
    for files in [
        vec![("AGENTS.md", format!("# Mine\n\n{filler}"))],
        vec![
            ("AGENTS.md", "# Mine\n".to_owned()),
            ("src/AGENTS.md", filler.clone()),
        ],
    ] {
        let plan = book.plan(&tree(&files));
        in_order(&plan);
        let warned = plan
            .outcome
            .findings
            .iter()
            .find(|f| f.code == Code::LimitExceeded && f.message.contains("Codex"));
        assert!(
            warned.is_some_and(|f| f.level == Level::Warning && f.message.contains("pushes")),
            "{}",
            story(&plan)
        );
    }
    // Far from the limit, nothing is reported.
    assert!(!codes(&book.plan(&tree(&[("AGENTS.md", "# Mine\n")]))).contains(&Code::LimitExceeded));
}

#[test]
fn a_family_over_what_claude_code_loads_is_caught() {
    let book = Book::new(library::ALL).uses("claude, claude-rules");
    let theirs = "Text that people wrote.\n".repeat(1_000);
    let plan = book.plan(&tree(&[(".claude/rules/style.md", &theirs)]));
    refused_for(
        &plan,
        Code::LimitExceeded,
        "bytes; above 22000, Claude Code skips",
    );
    assert!(failed(&plan).contains(&"limits-kept"), "{}", story(&plan));
}

#[test]
fn a_file_that_an_assistant_skips_is_caught() {
    let book = Book::new(library::ALL)
        .settings("entry_points:\n  bot: { kind: always, path: bot/prompt.md, template: always.md.tera, limit: 900 characters }")
        .uses("copilot, bot");
    let plan = book.plan(&tree(&[("bot/prompt.md", "Text. ".repeat(150))]));
    refused_for(&plan, Code::LimitExceeded, "above 900, bot");
}

#[test]
fn a_new_file_that_hides_another_is_caught() {
    let book = Book::new(library::ALL).uses("claude");
    let before = tree(&[("AGENTS.md", "# Mine\n")]);
    let good = book.plan(&before);
    in_order(&good);
    // As if the first line of the block were missing.
    let mut edits = good.content.edits.clone();
    let state = edits[0].after.as_mut().unwrap();
    state.bytes = String::from_utf8(state.bytes.to_vec())
        .unwrap()
        .replace("@AGENTS.md", "")
        .into_bytes()
        .into();
    let store = book.store();
    let after = before.with(&edits);
    let change = TreeChange {
        before: &before,
        edits: &edits,
        after: &after,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
    let shadowed = |proof: &Proof| {
        !proof
            .invariants
            .iter()
            .find(|i| i.name == "nothing-shadowed")
            .unwrap()
            .holds
    };
    assert!(
        shadowed(&proof)
            && proof
                .findings
                .iter()
                .any(|f| f.code == Code::WouldShadow && f.message.contains("Claude Code"))
    );
    // The same if an update removes the import from a file that had it.
    let imported = before.with(&good.content.edits);
    let mut update = good.content.edits.clone();
    update[0].before = good.content.edits[0].after.clone();
    update[0].after = edits[0].after.clone();
    let change = TreeChange {
        before: &imported,
        edits: &update,
        after: &after,
        earlier: &[],
    };
    assert!(shadowed(&Prover::new(&store).prove(
        &store.targets[0],
        &change,
        &[],
        &[]
    )));
}

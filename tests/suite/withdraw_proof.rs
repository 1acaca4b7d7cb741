//! A withdrawal in memory: what is removed from a block, what stays, and what is refused.
//!
//! Blocks are made by the program's own plans, from the built-in templates and unusual ones; then a lesson is withdrawn. The rest is
//! checked line by line, and by the proof that checks every plan.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use lessonbook_pipeline::target_state::TargetState;
use library::{
    ALL, Book, IMAGES, LIMITS, PROBE, SECRETS, bare, codes, failed, in_order, snapshot, story, text, tree,
};
use proptest::prelude::*;

use crate::support::{any, library};
use lessonbook_base::finding::Code;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::withdraw::{Withdrawer, holds};
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_store::{Status, Store};

const EVERYWHERE: &str = "copilot, claude, agents, copilot-scoped, claude-rules, cursor-rules, reference";

/// The withdrawal of a lesson, planned on a tree.
fn withdraw(book: &Book, id: &str, tree: &Tree) -> TargetPlan {
    let (store, what) = retired(book, id);
    Withdrawer::new(&store, &what).plan(&store.targets[0], &snapshot(tree), true)
}

/// The store in which a lesson is retired.
fn retired(book: &Book, id: &str) -> (Store, WithdrawnLesson) {
    let mut store = book.store();
    let what = WithdrawnLesson::new(&store, id, "It is wrong.");
    for lesson in store.lessons.iter_mut().filter(|lesson| lesson.id == id) {
        lesson.status = Status::Retired;
    }
    (store, what)
}

/// The tree after a withdrawal that must succeed.
fn withdrawn(book: &Book, id: &str, before: &Tree) -> Tree {
    let plan = withdraw(book, id, before);
    in_order(&plan);
    let after = before.with(&plan.content.edits);
    nothing_added(before, &after);
    let again = withdraw(book, id, &after);
    assert!(
        again.content.edits.is_empty() && again.outcome.state == TargetState::UpToDate,
        "{}",
        story(&again)
    );
    after
}

/// Line by line, a file after is a file before without some lines; a begin line may have another hash, and the last line may lose its
/// ending with the block after it.
fn nothing_added(before: &Tree, after: &Tree) {
    for (path, entry) in after.iter() {
        let Some(bytes) = entry.content.as_deref() else {
            continue;
        };
        let held = before.get(path).and_then(|entry| entry.content.as_deref());
        let held = held.unwrap_or_else(|| panic!("{path} is new"));
        let mut rest = lines(held).into_iter();
        for line in lines(bytes) {
            assert!(rest.any(|held| held == line), "{path} gains {line:?}");
        }
    }
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let parts = |line: &[u8]| {
        let text = line.trim_ascii_end();
        let ending = line[text.len()..].to_vec();
        if line.starts_with(b"<!-- lessonbook:begin acme ") {
            [b"begin".to_vec(), ending]
        } else {
            [text.to_vec(), ending]
        }
    };
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(parts).filter(|part| !part.is_empty()).collect()
}

/// A target that holds all lessons, with hand-written text around the blocks.
fn full(book: &Book) -> Tree {
    book.applied(&tree(&[(
        "CLAUDE.md",
        "# Mine\n\nBe kind; `probe` is a word of ours.\n",
    )]))
}

#[test]
fn one_lesson_is_removed_from_every_entry_point_and_the_others_are_unchanged() {
    let book = Book::new(ALL).uses(EVERYWHERE);
    let before = full(&book);
    for id in ["probe", "secrets", "images", "limits", "names"] {
        let plan = withdraw(&book, id, &before);
        in_order(&plan);
        let after = withdrawn(&book, id, &before);
        assert!(
            holds(&book.store(), id, &before) && !holds(&book.store(), id, &after),
            "{id}"
        );
        for (path, _) in before.iter().filter(|(path, _)| after.file(path).is_some()) {
            let signed = text(&after, path).contains(&format!("(`{id}`,"));
            assert!(!signed, "{id} in {path}\n{}", text(&after, path));
        }
        let all = book.plan(&before).proof.coverage.placements;
        let others = all.iter().filter(|cell| cell.lesson != id);
        let now = book.plan(&after).proof.coverage.placements;
        for cell in others {
            let same = now
                .iter()
                .find(|now| (&now.lesson, &now.entry_point) == (&cell.lesson, &cell.entry_point));
            let detail =
                |cell: &lessonbook_proof::Placement| (cell.current.detail, cell.current.missing.clone());
            assert_eq!(same.map(detail), Some(detail(cell)), "{id}: {cell:?}");
        }
    }
}

#[test]
fn the_proof_shows_what_was_removed_and_that_nothing_was_added() {
    let book = Book::new(ALL).uses("copilot, claude, reference");
    let plan = withdraw(&book, "probe", &full(&book));
    let said: Vec<(&str, &str)> = plan
        .proof
        .invariants
        .iter()
        .map(|invariant| (invariant.name.as_ref(), invariant.evidence.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "only-removed",
                "24 lines removed from 3 files, none added, except the hash in 3 begin lines"
            ),
            ("lesson-gone", "`probe` removed from 3 files"),
            ("others-stay", "4 other lessons unchanged"),
            ("bytes-kept", "hand-written bytes kept in 1 file"),
            ("writable-only", "only 3 instruction files touched"),
            ("deleted-by-name", "nothing deleted"),
            ("at-rest", "a second run changes nothing"),
        ]
    );
    assert!(
        plan.proposal
            .title
            .starts_with("docs(ai): 1 lesson withdrawn (probe)"),
        "{}",
        plan.proposal.title
    );
    assert!(
        plan.proposal.message.contains("Withdrawn: probe: It is wrong."),
        "{}",
        plan.proposal.message
    );
    assert!(
        plan.proposal.message.contains("\nLessonbook-Withdraws: probe@"),
        "{}",
        plan.proposal.message
    );
}

#[test]
fn the_rest_is_what_a_sync_without_the_lesson_would_write_except_globs() {
    let book = Book::new(ALL).uses(EVERYWHERE);
    let before = full(&book);
    for id in ["probe", "secrets", "images", "limits", "names"] {
        let after = withdrawn(&book, id, &before);
        let file = book.store().lesson(id).unwrap().file.clone();
        let name = file
            .trim_start_matches("lessons/")
            .trim_end_matches(".yaml")
            .to_owned();
        let synced = book
            .clone()
            .change(&name, "severity:", "status: retired\nseverity:")
            .plan(&after);
        in_order(&synced);
        // Only a scoped file's globs, and the globs that each of its lessons names, are still to be changed.
        let scoped = |path: &str| {
            [".github/instructions/", ".claude/rules/", ".cursor/rules/"]
                .iter()
                .any(|folder| path.starts_with(folder))
        };
        let changed: Vec<&str> = synced
            .content
            .edits
            .iter()
            .map(|edit| edit.path.as_str())
            .collect();
        assert!(
            changed.iter().all(|path| scoped(path)),
            "{id}: {}",
            story(&synced)
        );
    }
}

#[test]
fn a_lesson_in_an_older_wording_is_removed_too() {
    let book = Book::new(ALL).uses(EVERYWHERE);
    let before = full(&book);
    let newer = book
        .change(
            "kubernetes/probe",
            "Never set `failureThreshold` below 3 on a liveness probe.",
            "Think.",
        )
        .change(
            "kubernetes/probe",
            "One failed check in five seconds restarts every pod at once.",
            "It helps.",
        )
        .change("kubernetes/probe", "failureThreshold: 5", "x: 5");
    let after = withdrawn(&newer, "probe", &before);
    for path in [
        ".github/copilot-instructions.md",
        "CLAUDE.md",
        "docs/ai-lessons.md",
    ] {
        let text = text(&after, path);
        assert!(
            !text.contains("failureThreshold") && !text.contains("pod at once"),
            "{path}\n{text}"
        );
    }
}

#[test]
fn a_lesson_that_the_store_no_longer_has_is_removed_by_its_id() {
    let book = Book::new(ALL).uses(EVERYWHERE);
    let before = full(&book);
    let after = withdrawn(&book.without("kubernetes/probe"), "probe", &before);
    assert!(!text(&after, "CLAUDE.md").contains("failureThreshold"));
}

#[test]
fn a_mention_in_another_lessons_words_stays() {
    let book = Book::new(&[PROBE, LIMITS, SECRETS])
        .change(
            "kubernetes/limits",
            "One leak takes",
            "As `probe` says, one leak takes",
        )
        .change("review/secrets", "Keep passwords", "See `probe`. Keep passwords")
        .uses(EVERYWHERE);
    let after = withdrawn(&book, "probe", &full(&book));
    for path in ["CLAUDE.md", ".claude/rules/kubernetes.md", "docs/ai-lessons.md"] {
        assert!(
            text(&after, path).contains("`probe`"),
            "{path}\n{}",
            text(&after, path)
        );
        assert!(
            !text(&after, path).contains("failureThreshold"),
            "{path}\n{}",
            text(&after, path)
        );
    }
}

#[test]
fn an_unfinished_last_line_is_restored() {
    let book = Book::new(&[PROBE]).uses("claude, copilot");
    for text in ["# Mine", "# Mine\r\n\r\nText", "\u{feff}# Mine", ""] {
        let start = tree(&[("CLAUDE.md", text)]);
        assert_eq!(
            withdrawn(&book, "probe", &book.applied(&start)),
            start,
            "{text:?}"
        );
    }
}

#[test]
fn an_empty_block_is_removed_and_a_file_with_only_our_text_is_deleted() {
    let book = Book::new(&[PROBE]).uses(EVERYWHERE);
    let start = tree(&[("CLAUDE.md", "# Mine\n\nBe kind.\n")]);
    let before = book.applied(&start);
    let after = withdrawn(&book, "probe", &before);
    assert_eq!(after, start);
    let plan = withdraw(&book, "probe", &before);
    let deleted = plan
        .proof
        .invariants
        .iter()
        .find(|invariant| invariant.name == "deleted-by-name");
    assert!(
        deleted.unwrap().evidence.contains("`docs/ai-lessons.md`"),
        "{deleted:?}"
    );
}

/// The whole text of a file without our begin line.
fn body(tree: &Tree, path: &str) -> String {
    let text = text(tree, path);
    let lines = text.lines().filter(|line| !line.contains("lessonbook:begin"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn templates_of_other_shapes_are_cut_where_the_lesson_can_be_recognised() {
    let templates = [
        // Numbered items, the id first, nothing about severity.
        "{% for lesson in lessons %}{{ loop.index }}. `{{ lesson.id }}` {{ lesson.rule }} Why: {{ lesson.rationale }}\n{% endfor %}",
        // Sections whose heading is the id.
        "# Rules\n{% for lesson in lessons %}\n## `{{ lesson.id }}`\n\n{{ lesson.rule }}\n\nWhy: {{ lesson.rationale }}\n{% endfor %}",
        // Sections, and a closing line.
        "# Rules\n{% for lesson in lessons %}\n## {{ lesson.title }}\n\n{{ lesson.rule }} (`{{ lesson.id }}`)\n\nWhy: {{ lesson.rationale }}\n{% endfor %}\n# More\n\nManaged by {{ store.home }}.\n",
        // Paragraphs.
        "Our rules\n\n{% for lesson in lessons %}{{ lesson.rule }} (`{{ lesson.id }}`)\n\nWhy: {{ lesson.rationale }}\n\n{% endfor %}Managed by {{ store.home }}.\n",
        // A comment before each.
        "# Rules\n{% for lesson in lessons %}\n<!-- {{ lesson.id }} -->\n\n## {{ lesson.title }}\n\n{{ lesson.rule }} (`{{ lesson.id }}`)\n\nWhy: {{ lesson.rationale }}\n{% endfor %}",
    ];
    for template in templates {
        let book = Book::new(&[PROBE, SECRETS, IMAGES])
            .template("always.md.tera", template)
            .target("{ tags: [app], visibility: private, use: [claude], redundancy: { high: { always: summary } } }");
        let before = book.applied(&bare());
        for (id, name) in [
            ("probe", "kubernetes/probe"),
            ("secrets", "review/secrets"),
            ("images", "kubernetes/images"),
        ] {
            let after = withdrawn(&book, id, &before);
            let without = book.clone().without(name).applied(&bare());
            let numbers = |text: String| text.replace(['1', '2', '3'], "#");
            assert_eq!(
                numbers(body(&after, "CLAUDE.md")),
                numbers(body(&without, "CLAUDE.md")),
                "{id}: {template}"
            );
        }
    }
}

#[test]
fn a_lesson_in_older_words_under_the_same_heading_is_another_lesson_that_stays() {
    let template = "## Lessons\n\n{% for lesson in lessons %}**`{{ lesson.id }}`** {{ lesson.rule }} Why: {{ lesson.rationale }}\n\n{% endfor %}";
    let old = Book::new(&[SECRETS, PROBE])
        .template("always.md.tera", template)
        .target(
            "{ tags: [app], visibility: private, use: [claude], redundancy: { high: { always: summary } } }",
        );
    let before = old.applied(&bare());
    let book = old.change(
        "kubernetes/probe",
        "Never set `failureThreshold` below 3 on",
        "Think first about",
    );
    // In its current words only the lesson itself is removed; a lesson in words that the store does not have is never part of it.
    let after = withdrawn(&book, "secrets", &before);
    let text = text(&after, "CLAUDE.md");
    assert!(
        text.contains("`probe`") && text.contains("failureThreshold"),
        "{text}"
    );
    assert!(!text.contains("secrets"), "{text}");
    refused(&book, "probe", &before, "it is unclear where it begins and ends");
}

#[test]
fn a_mention_in_a_lesson_without_severity_does_not_prevent_a_withdrawal() {
    let template = "# Rules\n{% for lesson in lessons %}\n## `{{ lesson.id }}`\n\n{{ lesson.rule }}\n\nWhy: {{ lesson.rationale }}\n{% endfor %}";
    let book = Book::new(&[PROBE, SECRETS])
        .change("kubernetes/probe", "One failed", "As `secrets` says, one failed")
        .template("always.md.tera", template)
        .target(
            "{ tags: [app], visibility: private, use: [claude], redundancy: { high: { always: summary } } }",
        );
    let before = book.applied(&bare());
    let after = text(&withdrawn(&book, "probe", &before), "CLAUDE.md");
    assert!(
        after.contains("`secrets`") && !after.contains("failureThreshold"),
        "{after}"
    );
    let after = text(&withdrawn(&book, "secrets", &before), "CLAUDE.md");
    assert!(
        after.contains("As `secrets` says") && !after.contains("passwords"),
        "{after}"
    );
}

fn refused(book: &Book, id: &str, tree: &Tree, words: &str) {
    let plan = withdraw(book, id, tree);
    let said = plan
        .outcome
        .findings
        .iter()
        .find(|finding| finding.is_error() && finding.message.contains(words));
    let place = said
        .unwrap_or_else(|| panic!("wanted `{words}`: {}", story(&plan)))
        .at
        .clone();
    assert!(
        plan.outcome.state == TargetState::Refused && !plan.holds(),
        "{}",
        story(&plan)
    );
    assert!(place.is_some_and(|place| place.line > 0 && !place.file.is_empty()));
}

#[test]
fn an_unclear_lesson_is_refused_with_its_line_and_never_guessed() {
    let book = Book::new(&[PROBE, SECRETS]).uses("claude");
    let before = full(&book);
    let edit = |from: &str, to: &str| {
        let text = text(&before, "CLAUDE.md");
        assert!(text.contains(from), "{text}");
        let mut tree = before.clone();
        tree.load("CLAUDE.md", Mode::File, text.replace(from, to));
        tree
    };
    refused(
        &book,
        "probe",
        &edit("Keep passwords", "Never keep passwords"),
        "line 3: probe can't be removed cleanly: our block was edited",
    );
    refused(
        &book,
        "probe",
        &edit("<!-- lessonbook:end acme -->\n", ""),
        "no end marker",
    );
    let nested = "- all\n{% for lesson in lessons %}  - {{ lesson.rule }} Why: {{ lesson.rationale }} (`{{ lesson.id }}`)\n{% endfor %}";
    let nested = book.clone().template("always.md.tera", nested);
    let mut made = full(&book);
    let plan = nested.plan(&made);
    made = made.with(&plan.content.edits);
    refused(&nested, "probe", &made, "its list item also holds other lessons");
    let table = "| id | rule |\n|---|---|\n{% for lesson in lessons %}| `{{ lesson.id }}` | {{ lesson.rule }} |\n{% endfor %}";
    let table = book.clone().template("always.md.tera", table);
    let made = made.with(&table.plan(&made).content.edits);
    refused(&table, "probe", &made, "it is in a table");
    // If another lesson of an edited block is withdrawn, and the block does not hold it, no one has to act.
    let other = edit("lessonbook:end acme", "lessonbook:end acme");
    assert!(
        withdraw(&book.lesson(IMAGES.0, IMAGES.1), "images", &other)
            .outcome
            .state
            == TargetState::UpToDate
    );
}

#[test]
fn a_withdrawal_keeps_the_path_limits_and_no_other_limit() {
    let book = Book::new(ALL).uses("claude, copilot");
    let before = full(&book);
    let fenced = |policy: &str| book.clone().settings(&format!("policy: {{ {policy} }}"));
    refused(
        &fenced("forbid_paths: [CLAUDE.md]"),
        "probe",
        &before,
        "what `forbid_paths` excludes",
    );
    refused(
        &fenced("allow_paths: [\".github/**\"]"),
        "probe",
        &before,
        "what `allow_paths` does not include",
    );
    withdrawn(
        &fenced("max_files_per_target: 1, max_added_lines: 0"),
        "probe",
        &before,
    );
}

#[test]
fn a_target_that_does_not_hold_the_lesson_is_not_changed() {
    let book = Book::new(ALL);
    let plan = withdraw(
        &book,
        "probe",
        &tree(&[("CLAUDE.md", "# Mine\n\nThe (`probe`, critical) is ours.\n")]),
    );
    assert!(
        plan.content.edits.is_empty() && plan.outcome.state == TargetState::UpToDate,
        "{}",
        story(&plan)
    );
    // A mention in hand-written text is reported all the same.
    let codes: Vec<Code> = plan.outcome.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::HandCopy]);
    assert!(!plan.proposal.withdraws.unwrap().is_here());
}

#[test]
fn a_disabled_target_or_one_that_no_longer_uses_the_file_loses_it_too() {
    let book = Book::new(ALL).uses(EVERYWHERE);
    let before = full(&book);
    let off = book.target("{ tags: [app], enabled: false }");
    let after = withdrawn(&off, "probe", &before);
    assert!(!text(&after, "docs/ai-lessons.md").contains("`probe`,"));
}

const ODD: [&str; 3] = [
    "",
    "Our rules\n\n{% for lesson in lessons %}1. `{{ lesson.id }}`: {{ lesson.rule }}{% if lesson.rationale %} Why: {{ lesson.rationale }}{% endif %}\n{% endfor %}\nManaged by {{ store.home }}.\n",
    "# Rules\n{% for lesson in lessons %}\n## Rule {{ loop.index }}\n\n{{ lesson.rule }} (`{{ lesson.id }}`)\n\n{% if lesson.rationale %}Why: {{ lesson.rationale }}{% endif %}\n{% endfor %}\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_withdrawal_adds_no_byte_and_removes_one_lesson_only(book in any::book(), repository in any::repository(), odd in 0..ODD.len()) {
        let book = if odd == 0 { book } else { book.template("always.md.tera", ODD[odd]) };
        let plan = book.plan(&repository);
        let before = repository.with(&plan.content.edits);
        let store = book.store();
        for lesson in &store.lessons {
            let id = lesson.id.as_str();
            let plan = withdraw(&book, id, &before);
            if plan.outcome.state == TargetState::Refused {
                // Only if a person's file, or an unusual template with another lesson's id in the words, makes it unclear.
                let doubt = codes(&plan).into_iter().all(|code| !matches!(code, Code::NotASubset | Code::BytesLost | Code::NotAtRest));
                prop_assert!(doubt && (odd > 0 || codes(&plan).contains(&Code::MarkerUnbalanced)), "{}: {}\n{:?}", id, story(&plan), book);
                continue;
            }
            let after = before.with(&plan.content.edits);
            nothing_added(&before, &after);
            prop_assert!(!holds(&store, id, &after), "{}: {}", id, story(&plan));
            prop_assert!(failed(&plan).is_empty());
            prop_assert!(withdraw(&book, id, &after).content.edits.is_empty());
            for other in store.lessons.iter().filter(|other| other.id != id) {
                prop_assert_eq!(holds(&store, &other.id, &before), holds(&store, &other.id, &after), "{} by {}: {}\n{:?}", &other.id, id, story(&plan), book);
            }
        }
    }
}

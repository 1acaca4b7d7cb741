//! A plan that is applied leaves nothing to do, whatever the store and the repository contain.
//!
//! Stores and repositories are generated. A plan is applied and made again: nothing may be left to do. A plan that can't be applied is
//! refused with a finding that gives the reason. If the target is disabled, every byte is restored.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use any::{book, repository};
use lessonbook_pipeline::target_state::TargetState;
use library::{Book, Ready, differing, snapshot, story};
use proptest::prelude::*;

use crate::support::{any, library};
use lessonbook_base::finding::Code;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_store::Detail;

/// The findings that may refuse a plan here: each is about a file in a state in which it must not be overwritten.
const REASONS: &[Code] = &[
    Code::EntryPointBlocked,
    Code::EntryPointIsLink,
    Code::CaseVariant,
    Code::LfsPointer,
    Code::NotText,
    Code::MarkerUnbalanced,
    Code::LimitExceeded,
    Code::FrontMatterForeign,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_applied_plan_leaves_nothing_to_do_and_can_be_removed(book in book(), before in repository()) {
        let ready = Ready::new(&book);
        let plan = ready.plan(&before);
        prop_assert_eq!(&plan, &Ready::new(&book).plan(&before), "the same input gives the same plan");
        if plan.outcome.state == TargetState::Refused {
            let errors: Vec<_> = plan.outcome.findings.iter().filter(|finding| finding.is_error()).collect();
            let excused = |code: Code| REASONS.contains(&code) || code == Code::LessonNotCovered;
            let linked = plan.outcome.findings.iter().any(|finding| REASONS.contains(&finding.code));
            prop_assert!(linked && errors.iter().all(|finding| excused(finding.code)), "{}\n{}", story(&plan), lessons(&book));
            return Ok(());
        }
        let after = before.with(&plan.content.edits);
        let again = ready.plan(&after);
        prop_assert!(again.outcome.state == TargetState::UpToDate && again.content.edits.is_empty(), "{}", story(&again));
        prop_assert!(plan.proof.coverage.placements.iter().all(|cell| !cell.is_hole()));
        prop_assert!(plan.proof.coverage.placements.iter().zip(&again.proof.coverage.placements).all(|(a, b)| a.proposed == b.current), "{}", story(&plan));
        let off = Ready::new(&book.clone().target("{ tags: [app], enabled: false }"));
        let back = off.plan(&after);
        prop_assert!(back.outcome.state != TargetState::Refused, "{}", story(&back));
        prop_assert_eq!(differing(&before, &after.with(&back.content.edits)), Vec::<String>::new(), "{}", story(&back));
    }
}

fn lessons(book: &Book) -> String {
    let texts = book
        .files
        .iter()
        .map(|(path, bytes)| format!("{path}\n{}", String::from_utf8_lossy(bytes)));
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn lessons_about_the_entry_points_own_folders_do_not_change_their_own_input() {
    let mut book = Book::new(&[]);
    for (at, paths) in [".github/**", "docs/**", "**/*", "**/*.md", ".claude/**"]
        .iter()
        .enumerate()
    {
        let text = format!(
            "title: A lesson\nseverity: critical\npaths: [\"{paths}\"]\nrule: Do thing {at}.\nrationale: It is so.\n"
        );
        book = book.lesson(&format!("ops/lesson-{at}"), &text);
    }
    let book =
        book.uses("copilot, claude, agents, gemini, copilot-scoped, claude-rules, cursor-rules, reference");
    // In a repository without files none of these lessons concerns anything, and our own files do not change that.
    let empty = Tree::new();
    let plan = book.plan(&empty);
    assert!(
        plan.content.edits.is_empty() && plan.outcome.state == TargetState::UpToDate,
        "{}",
        story(&plan)
    );
    let mut one = Tree::new();
    one.list("README.txt", Mode::File);
    let after = book.applied(&one);
    assert!(book.plan(&after).outcome.state == TargetState::UpToDate);
    let placed = book.plan(&after).proof.coverage;
    assert!(
        placed
            .placements
            .iter()
            .all(|cell| cell.lesson == "lesson-2" && cell.current.detail > Detail::None)
    );
}

#[test]
fn one_planner_plans_every_target_as_a_new_one_would() {
    let book = Book::new(library::ALL);
    let store = book.store();
    let planner = Planner::new(&store).unwrap_or_else(|finding| panic!("{finding:?}"));
    let trees = [
        Tree::new(),
        library::bare(),
        library::tree(&[("AGENTS.md", "# Mine\n")]),
    ];
    for tree in trees.iter().chain(trees.iter().rev()) {
        let shared = planner.plan(&store.targets[0], &snapshot(tree));
        assert_eq!(shared, library::plan(&store, tree));
    }
}

#[test]
fn selection_and_proof_agree_on_real_globs_in_real_repositories() {
    let root = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        std::path::PathBuf::from,
    );
    let Ok(table) = std::fs::read_to_string(root.join("globs.tsv")) else {
        eprintln!("skipped: there is no corpus at {}", root.display());
        return;
    };
    let mut planned = 0;
    for file in std::fs::read_dir(root.join("trees")).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        let repository = name.trim_end_matches(".txt").replacen("__", "/", 1);
        let rows = table
            .lines()
            .filter(|line| line.split('\t').any(|cell| cell == repository));
        let globs: std::collections::BTreeSet<&str> = rows
            .flat_map(|row| row.split('\t'))
            .filter(|cell| cell.contains('/') && lessonbook_base::globs::Glob::parse(cell).is_ok())
            .collect();
        let mut book = Book::new(&[]).uses("copilot, copilot-scoped, claude-rules, cursor-rules, reference");
        for (at, glob) in globs.iter().enumerate() {
            let text = format!(
                "title: Lesson {at}\nseverity: high\npaths: [{glob:?}]\nrule: Do thing {at}.\nrationale: It is so.\n"
            );
            book = book.lesson(&format!("real/lesson-{at}"), &text);
        }
        let mut tree = Tree::new();
        for path in std::fs::read_to_string(file.path()).unwrap().lines() {
            tree.list(path, Mode::File);
        }
        let plan = book.plan(&tree);
        // The limit of a family may refuse a plan, but a lesson that one of the two stages missed may not.
        let chosen: Vec<&str> = plan
            .content
            .changes
            .iter()
            .map(|change| change.lesson.as_str())
            .collect();
        let mut proved: Vec<&str> = plan
            .proof
            .coverage
            .placements
            .iter()
            .map(|cell| cell.lesson.as_str())
            .collect();
        proved.dedup();
        let sorted = |mut ids: Vec<&str>| {
            ids.sort_unstable();
            ids.join(" ")
        };
        assert_eq!(sorted(chosen), sorted(proved), "{repository}");
        assert!(
            plan.outcome
                .findings
                .iter()
                .all(|finding| finding.code != Code::NotAtRest),
            "{repository}"
        );
        let holes = plan
            .proof
            .coverage
            .placements
            .iter()
            .filter(|cell| cell.is_hole() && cell.entry_point != "claude-rules");
        assert_eq!(holes.count(), 0, "{repository}: {}", story(&plan));
        planned += globs.len();
    }
    assert!(planned > 50, "only {planned} globs were planned");
}

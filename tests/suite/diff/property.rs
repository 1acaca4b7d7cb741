//! Whatever store and target: no change, no difference; and what is shown is what two plans, one after the other, do.

use lessonbook_pipeline::target_state::TargetState;
use proptest::prelude::*;

use crate::diff::{PROBE, World};
use crate::support::library::{ALL, Book, differing, snapshot};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::impact::{self, ImpactState, TargetOnBothSides, groups};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::compare::StoreChange;
use lessonbook_store::{Files, Store, Target};

const USES: [&str; 4] = [
    "copilot",
    "copilot, claude, reference",
    "copilot, \"claude?\", copilot-scoped, reference",
    "copilot, agents, claude-rules",
];

/// Changes of a store, each a part of a lesson's text and what takes its place.
const EDITS: [(&str, &str, &str); 6] = [
    ("kubernetes/probe", "below 3", "below 4"),
    ("kubernetes/probe", "severity: critical", "severity: high"),
    ("review/secrets", "rationale", "status: retired\nrationale"),
    (
        "kubernetes/images",
        "paths: [\"charts/**\", \"**/Dockerfile\"]",
        "paths: [\"src/**\"]",
    ),
    ("review/names", "severity: low", "severity: critical"),
    (
        "kubernetes/limits",
        "Set a memory limit",
        "Set a limit of memory and time",
    ),
];

const CONTENTS: [&[u8]; 6] = [
    b"# Mine\n\nText\n",
    b"# Mine\r\n\r\nText",
    b"\xef\xbb\xbfText\xff\n",
    b"<!-- lessonbook:begin acme 0123456789ab -->\n",
    b"<!-- lessonbook:begin acme 0123456789ab -->\n\n- Old words. (`probe`, critical)\n\n<!-- lessonbook:end acme -->\n",
    b"",
];

fn book() -> impl Strategy<Value = Book> {
    let lessons = prop::collection::vec(any::<bool>(), ALL.len());
    let edits = prop::collection::vec(any::<bool>(), EDITS.len());
    let settings = prop::sample::select(vec![
        "",
        "budget: { copilot: 20 lines }",
        "redundancy: { high: { always: none } }",
    ]);
    let target = (0..USES.len(), any::<bool>(), prop::bool::weighted(0.9));
    (lessons, edits, settings, target).prop_map(|(lessons, edits, settings, (uses, private, enabled))| {
        let chosen: Vec<(&str, &str)> = ALL
            .iter()
            .zip(lessons)
            .filter(|(_, chosen)| *chosen)
            .map(|(lesson, _)| *lesson)
            .collect();
        let mut book = Book::new(&chosen).settings(settings);
        for ((path, from, to), _) in EDITS.iter().zip(edits).filter(|(_, chosen)| *chosen) {
            if chosen.iter().any(|(known, _)| known == path) {
                book = book.change(path, from, to);
            }
        }
        let visibility = if private { "private" } else { "public" };
        book.target(&format!(
            "{{ tags: [app], visibility: {visibility}, enabled: {enabled}, use: [{}] }}",
            USES[uses]
        ))
    })
}

fn repository() -> impl Strategy<Value = Tree> {
    let path = prop::sample::select(vec![
        "CLAUDE.md",
        "AGENTS.md",
        ".github/copilot-instructions.md",
        "docs/ai-lessons.md",
    ]);
    prop::collection::vec((path, prop::sample::select(&CONTENTS[..])), 0..4).prop_map(|files| {
        let mut tree = Tree::new();
        for path in ["deploy.yaml", "charts/app.yaml", "src/main.py"] {
            tree.list(path, Mode::File);
        }
        for (path, bytes) in files {
            tree.load(path, Mode::File, bytes);
        }
        tree
    })
}

fn planned(store: &Store, target: &Target, snapshot: &Snapshot) -> TargetPlan {
    Planner::new(store).unwrap().plan(target, snapshot)
}

fn compared(base: &Store, head: &Store, tree: &Tree) -> TargetOnBothSides {
    let before = |target: &Target, snapshot: &Snapshot| planned(base, target, snapshot);
    let after = |target: &Target, snapshot: &Snapshot| planned(head, target, snapshot);
    impact::compare(
        Some((&base.targets[0], &before)),
        (&head.targets[0], &after),
        &snapshot(tree),
    )
}

/// A tree with a plan carried out, where it may be.
fn carried_out(store: &Store, tree: &Tree) -> Tree {
    let plan = planned(store, &store.targets[0], &snapshot(tree));
    if plan.outcome.state == TargetState::Refused {
        tree.clone()
    } else {
        tree.with(&plan.content.edits)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_compared_with_itself_changes_nothing(book in book(), tree in repository()) {
        let store = book.store();
        let TargetOnBothSides { diff, before, after } = compared(&store, &store, &tree);
        prop_assert!(matches!(diff.state, ImpactState::Same | ImpactState::StillRefused), "{diff:?}");
        prop_assert!(diff.edits.is_empty() && diff.lessons.is_empty() && diff.broken.is_empty() && diff.findings.is_empty(), "{diff:?}");
        prop_assert!(diff.fell.is_empty() && diff.returned.is_empty(), "{diff:?}");
        prop_assert_eq!(differing(&before, &after), Vec::<String>::new());
        prop_assert!(StoreChange::new((&store, &book.files), (&store, &book.files)).is_empty());
    }

    #[test]
    fn what_is_shown_is_what_two_plans_do_byte_for_byte(base in book(), head in book(), tree in repository()) {
        let (base, head) = (base.store(), head.store());
        let TargetOnBothSides { diff, before, after } = compared(&base, &head, &tree);
        let first = carried_out(&base, &tree);
        let second = carried_out(&head, &first);
        prop_assert_eq!(differing(&before, &first), Vec::<String>::new());
        prop_assert_eq!(differing(&after, &second), Vec::<String>::new());
        prop_assert_eq!(differing(&first.with(&diff.edits), &second), Vec::<String>::new());
        let paths: Vec<String> = diff.edits.iter().map(|edit| edit.path.clone()).collect();
        prop_assert_eq!(differing(&first, &second), paths);
        // Every file is in one group, and a group's lines are those of each of its files.
        let groups = groups::groups([&diff]);
        prop_assert_eq!(groups.iter().map(|group| group.files.len()).sum::<usize>(), diff.files.len());
        for group in &groups {
            for (_, path) in &group.files {
                let file = diff.files.iter().find(|file| file.path == *path).unwrap();
                prop_assert_eq!((file.added, file.removed), (group.first.added, group.first.removed));
            }
        }
    }

    #[test]
    fn a_change_of_the_store_is_never_forgotten(base in book(), head in book()) {
        let files = |book: &Book| -> Files {
            let mut files = book.files.clone();
            files.insert("targets.yaml".into(), format!("version: 1\nname: acme\n{}targets:\n  ../app: {}\n", book.settings, book.target).into_bytes());
            files
        };
        let (old, new) = (files(&base), files(&head));
        let change = StoreChange::new((&base.store(), &old), (&head.store(), &new));
        prop_assert_eq!(change.is_empty(), old == new, "{:?}", change);
    }
}

#[test]
fn on_real_repositories_the_shown_diffs_are_those_that_git_finds_after_two_merges() {
    let world = World::three();
    world.change(PROBE, "three tries", "five tries");
    world.lesson("lessons/review/new.yaml", "high", "Say why in a comment.", "");
    world.remove("lessons/review/names.yaml");
    world.commit();
    let told = world.json(0, &[]);
    world.sandbox.git("store", &["checkout", "--quiet", "main"]);
    let merge = || {
        assert_eq!(world.run(&["sync", "--yes"]).code, 0);
        for target in ["a", "b", "c"] {
            world
                .sandbox
                .git(target, &["merge", "--quiet", "--no-edit", "lessonbook/acme"]);
        }
    };
    merge();
    world.sandbox.git("store", &["checkout", "--quiet", "fix"]);
    merge();
    for target in told["targets"].as_array().unwrap() {
        let name = target["target"].as_str().unwrap().trim_start_matches("../");
        let found = world.sandbox.git(name, &["diff", "--no-color", "HEAD~1", "HEAD"]);
        let shown: String = target["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["diff"].as_str().unwrap())
            .collect();
        // Git's line of object ids, and what it says behind the @@, are its own.
        let plain = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("index "));
            lines
                .map(|line| {
                    line.rsplit_once(" @@ ")
                        .map_or(line.to_owned(), |(head, _)| format!("{head} @@"))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(plain(&shown), plain(&found), "{name}");
    }
}

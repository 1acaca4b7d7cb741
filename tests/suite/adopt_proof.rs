//! The proof of moved text: it looks at the final bytes only, and refuses every change that no lesson explains.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use crate::support::library::{self, Book, failed, tree};
use lessonbook_base::edit::Edit;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_proof::{MoveDirection, Proof, Prover, TreeChange};
use lessonbook_store::{Store, Target};

const FILE: &str = "CLAUDE.md";
const HAND: &str = "# App\n\n- Keep the log short.\n- Be kind.\n\n## Never\n\n- Keep the log short.\n- Shout.\n\n## Words\n\nSay please.\n\nSleep.\n";

fn store() -> Store {
    let lesson = |rule: &str| format!("title: T\nseverity: high\ntags: [app]\nrule: {rule}\nrationale: R.\n");
    Book::new(&[
        ("talk/log", &lesson("Keep the log short.")),
        ("talk/please", &lesson("Say please.")),
    ])
    .settings("assistants: [claude-code]\nuse: [claude]\nadopt: true")
    .store()
}

/// Proves the change from one file to another.
fn proof(store: &Store, target: &Target, old: &[u8], new: &[u8], earlier: &[Tree]) -> Proof {
    let (before, after) = (tree(&[(FILE, old)]), tree(&[(FILE, new)]));
    let state = |tree: &Tree| {
        let entry = tree.get(FILE).unwrap();
        Some(lessonbook_base::edit::FileState {
            mode: entry.mode,
            bytes: entry.content.clone().unwrap(),
        })
    };
    let edit = Edit {
        path: FILE.into(),
        before: state(&before),
        after: state(&after),
    };
    let change = TreeChange {
        before: &before,
        edits: &[edit],
        after: &after,
        earlier,
    };
    Prover::new(store).prove(target, &change, &[], &[])
}

fn broken(proof: &Proof) -> Vec<&str> {
    let failed = proof.invariants.iter().filter(|invariant| !invariant.holds);
    failed.map(|invariant| invariant.name.as_ref()).collect()
}

/// The file as the plan leaves it.
fn adopted(store: &Store) -> String {
    let old = tree(&[(FILE, HAND)]);
    let planner = Planner::new(store).unwrap();
    let plan = planner.plan(&store.targets[0], &library::snapshot(&old));
    assert_eq!(failed(&plan), [""; 0], "{}", library::story(&plan));
    library::text(&old.with(&plan.content.edits), FILE)
}

#[test]
fn the_plan_of_the_pipeline_is_explained_line_by_line() {
    let store = store();
    let new = adopted(&store);
    let proof = proof(&store, &store.targets[0], HAND.as_bytes(), new.as_bytes(), &[]);
    let moved: Vec<(usize, &str)> = proof
        .moved
        .iter()
        .map(|text| (text.line, text.lesson.as_str()))
        .collect();
    assert_eq!(moved, [(3, "log"), (13, "please")]);
    assert_eq!(broken(&proof), [""; 0]);
    assert!(
        new.contains("## Never\n\n- Keep the log short.\n- Shout."),
        "{new}"
    );
}

#[test]
fn a_move_that_no_lesson_explains_is_caught() {
    let store = store();
    let new = adopted(&store);
    let cases = [
        ("another line", new.replace("- Be kind.\n", "")),
        (
            "a line below a heading that forbids",
            new.replace("- Keep the log short.\n- Shout.", "- Shout."),
        ),
        ("a heading", new.replace("## Never\n\n", "")),
        ("a heading that is left without text", new.replace("Sleep.\n", "")),
        ("a word", new.replace("Sleep.", "Sleep well.")),
        ("a part of a line", new.replace("- Be kind.", "- Be.")),
        (
            "blank lines elsewhere",
            new.replace("- Shout.\n\n", "- Shout.\n\n\n"),
        ),
        ("line endings", new.replace("Sleep.\n", "Sleep.\r\n")),
        (
            "an order",
            new.replace("- Be kind.\n", "")
                .replace("Sleep.\n", "Sleep.\n\n- Be kind.\n"),
        ),
        (
            "a new line",
            new.replace("- Be kind.\n", "- Be kind.\n- Be quick.\n"),
        ),
        ("the last line's ending", new.trim_end().to_owned() + "  "),
        // The lesson itself is not in the block, so that the text would be nowhere.
        ("the lesson", {
            let line = new.lines().find(|line| line.contains("`please`")).unwrap();
            new.replace(&format!("{line}\n"), "")
        }),
    ];
    for (what, changed) in cases {
        assert_ne!(changed, new, "{what}");
        let proof = proof(
            &store,
            &store.targets[0],
            HAND.as_bytes(),
            changed.as_bytes(),
            &[],
        );
        let broken = broken(&proof);
        assert!(
            broken.contains(&"bytes-kept") && broken.contains(&"moved"),
            "{what}: {broken:?}"
        );
    }
}

#[test]
fn without_the_setting_no_move_is_accepted() {
    let store = store();
    let new = adopted(&store);
    let off = Target {
        adopt: false,
        ..store.targets[0].clone()
    };
    let proof = proof(&store, &off, HAND.as_bytes(), new.as_bytes(), &[]);
    assert_eq!(broken(&proof), ["bytes-kept"]);
    assert!(proof.moved.is_empty());
    assert!(proof.invariants.iter().all(|invariant| invariant.name != "moved"));
}

#[test]
fn text_comes_back_only_if_the_history_shows_it() {
    let store = store();
    let new = adopted(&store);
    let off = Target {
        enabled: false,
        ..store.targets[0].clone()
    };
    let states = [tree(&[(FILE, new.as_bytes())]), tree(&[(FILE, HAND)])];
    let back = proof(&store, &off, new.as_bytes(), HAND.as_bytes(), &states);
    assert_eq!(broken(&back), [""; 0], "{:?}", back.findings);
    assert!(back.moved.len() == 2 && back.moved.iter().all(|text| text.to == MoveDirection::Back));
    for (what, text, states) in [
        ("no history", HAND.to_owned(), &states[..1]),
        (
            "another text",
            HAND.replace("Say please.", "Say thanks."),
            &states[..],
        ),
        (
            "a text that was never there",
            HAND.replace("Sleep.", "Sleep.\n\nEat."),
            &states[..],
        ),
        (
            "below a heading that forbids",
            {
                HAND.replacen("- Keep the log short.\n", "", 1)
                    .replace("- Shout.\n", "- Shout.\n- Keep the log short.\n")
            },
            &states[..],
        ),
    ] {
        let proof = proof(&store, &off, new.as_bytes(), text.as_bytes(), states);
        assert!(broken(&proof).contains(&"moved"), "{what}");
    }
}

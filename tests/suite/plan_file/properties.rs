//! Whatever a store says and a target holds: what the plan's file says is what is written, byte for byte, and twice is once.

use proptest::prelude::*;

use crate::plan_file::stories::World;
use crate::support::saved_plan;

const BRANCH: &str = "lessonbook/acme";

/// Beginnings of files that people wrote, in shapes that are easily lost.
const FILES: [&[u8]; 7] = [
    b"",
    b"# Mine\n\nBe kind.\n",
    b"# Mine\r\n\r\nBe kind.\r\n",
    b"\xef\xbb\xbf# Mine\n",
    b"# Mine\n\nNo newline at the end",
    b"# Mine \xff\xfe\n",
    b"```\n~~~\n````\n@dana <!-- -->\n",
];

const RULES: [&str; 4] = [
    "Pin every version.",
    "\"Never write `a | b` or ``x ` y`` here.\"",
    "\"Spell été and 日本語 out.\"",
    "Keep *this* and _that_ apart.",
];

#[derive(Debug, Clone)]
struct Case {
    lessons: Vec<(usize, usize)>,
    files: Vec<Option<usize>>,
    executable: bool,
    moves: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let lessons = prop::collection::vec((0..RULES.len(), 0..3_usize), 1..4);
    let files = prop::collection::vec(prop::option::of(0..FILES.len()), 2..=2);
    (lessons, files, any::<bool>(), any::<bool>()).prop_map(|(lessons, files, executable, moves)| Case {
        lessons,
        files,
        executable,
        moves,
    })
}

fn world(case: &Case) -> World {
    let world = World::new();
    world.targets("  ../shop: { tags: [all], visibility: private }\n");
    for (at, (rule, severity)) in case.lessons.iter().enumerate() {
        world.lesson(
            &format!("l{at}"),
            ["critical", "high", "medium"][*severity],
            RULES[*rule],
        );
    }
    world.commit("store");
    for (path, file) in ["CLAUDE.md", ".github/copilot-instructions.md"]
        .iter()
        .zip(&case.files)
    {
        let full = format!("shop/{path}");
        match file {
            Some(file) => world.sandbox.write(&full, FILES[*file]),
            None => drop(std::fs::remove_file(world.sandbox.path(&full))),
        }
    }
    world.commit("shop");
    if case.executable && case.files[0].is_some() {
        world
            .sandbox
            .git("shop", &["update-index", "--chmod=+x", "CLAUDE.md"]);
        world.sandbox.git("shop", &["commit", "--quiet", "-m", "Mode"]);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_plan_says_is_what_is_written(case in case()) {
        let world = world(&case);
        let document = world.save();
        if case.moves {
            world.sandbox.write("shop/src/more.py", "pass\n");
            world.sandbox.git("shop", &["add", "src/more.py"]);
            world.sandbox.git("shop", &["commit", "--quiet", "-m", "More"]);
        }
        std::fs::remove_dir_all(world.sandbox.path("store/lessons")).unwrap();
        world.apply(0);
        let edits = saved_plan::values(&document, 0, "content", "edits");
        prop_assert!(!edits.is_empty());
        let mut changed: Vec<&str> = edits.iter().map(|edit| edit["path"].as_str().unwrap()).collect();
        changed.sort_unstable();
        let names = world.sandbox.git("shop", &["diff", "--name-only", "main", BRANCH]);
        prop_assert_eq!(names.lines().collect::<Vec<_>>(), changed);
        for edit in edits {
            let place = format!("{BRANCH}:{}", edit["path"].as_str().unwrap());
            let shown = world.sandbox.try_git("shop", &["show", &place]);
            prop_assert_eq!(shown.stdout, saved_plan::content(&document, &edit["after"]["content"]));
            let listed = world.sandbox.git("shop", &["ls-tree", BRANCH, edit["path"].as_str().unwrap()]);
            prop_assert!(listed.starts_with(edit["after"]["mode"].as_str().unwrap()), "{}", listed);
        }
        let head = world.head("shop");
        world.apply(0);
        prop_assert_eq!(world.head("shop"), head);
    }

    #[test]
    fn a_byte_that_changed_is_refused_or_writes_the_same(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        thread_local! {
            static WORLD: (World, Vec<u8>, Option<String>) = {
                let world = World::new();
                world.targets("  ../shop: { tags: [all], visibility: private }\n");
                world.save();
                world.apply(0);
                let head = world.head("shop");
                let bytes = world.sandbox.read("store/plan.json");
                (world, bytes, head)
            };
        }
        WORLD.with(|(world, bytes, head)| {
            if world.head("shop").is_some() {
                world.sandbox.git("shop", &["branch", "-D", BRANCH]);
            }
            let mut bytes = bytes.clone();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            world.sandbox.write("store/plan.json", bytes);
            let run = world.run(&["apply", "plan.json", "--yes"]);
            if run.code == 0 {
                prop_assert_eq!(&world.head("shop"), head);
            } else {
                prop_assert!(run.code == 1 || run.code == 2, "{}", run.stderr);
                prop_assert!(run.stderr.starts_with("error: plan.json "), "{}", run.stderr);
                prop_assert_eq!(world.head("shop"), None);
            }
            Ok(())
        })?;
    }
}

//! What counts as a comment that excuses a place, and what `lint` says outside a repository.

use super::{found, lint, target};

const PYTHON: &str = "# lessonbook:allow no-todo moved to the next release
a = 1  # TODO one
text = \"# lessonbook:allow no-todo this is data\"  # TODO two
page = \"\"\"
# lessonbook:allow no-todo this is data, too
TODO three
\"\"\"
url = \"http://example.com lessonbook:allow no-todo x\"; x = 1  # TODO four
y = 'it'  # TODO five lessonbook:allow no-todo in the same comment
";

#[test]
fn a_literal_of_a_program_excuses_nothing() {
    let sandbox = target();
    sandbox.write("shop/app.py", PYTHON);
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(
        found(&run),
        [
            "check-hit app.py:3",
            "check-hit app.py:6",
            "check-hit app.py:8",
            "check-excused app.py:2",
            "check-excused app.py:9"
        ]
    );
}

#[test]
fn outside_a_repository_the_way_out_is_about_repositories() {
    let sandbox = target();
    std::fs::create_dir_all(sandbox.path("shop/below")).unwrap();
    std::fs::create_dir_all(sandbox.path("plain")).unwrap();
    let run = sandbox.run_in("plain", &["lint"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains("is not a git repository")
            && run
                .stderr
                .contains("run `lessonbook lint` in a repository that receives lessons"),
        "{run:?}"
    );
    assert!(!run.stderr.contains("targets.yaml"), "{run:?}");
    let run = sandbox.run_in("plain", &["lint", "../shop/below"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("`lessonbook lint [DIR]/shop`"), "{run:?}");
}

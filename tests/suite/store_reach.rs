//! Globs that match no file and critical lessons that no target receives are reported.

use std::collections::BTreeMap;

use lessonbook_base::finding::Finding;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::reach::check_reach;
use lessonbook_store::{Files, Store, load};

fn lesson(severity: &str, more: &str) -> String {
    format!("title: A title\nseverity: {severity}\nrule: Do it well.\nrationale: It helps.\n{more}")
}

fn store(targets: &str, lessons: &[(&str, String)]) -> Store {
    let mut files = Files::from([(
        "targets.yaml".to_owned(),
        format!("version: 1\nname: acme\n{targets}").into_bytes(),
    )]);
    for (id, text) in lessons {
        files.insert(format!("lessons/a/{id}.yaml"), text.clone().into_bytes());
    }
    let (store, findings) = load(&files, jiff::civil::date(2026, 11, 20));
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    store
}

fn tree(paths: &[&str]) -> Tree {
    let mut tree = Tree::new();
    for path in paths {
        tree.list(
            *path,
            if path.ends_with("module") {
                Mode::Submodule
            } else {
                Mode::File
            },
        );
    }
    tree
}

fn check(store: &Store, trees: &[(&str, Tree)]) -> Vec<String> {
    let trees: BTreeMap<String, Tree> = trees
        .iter()
        .map(|(name, tree)| ((*name).to_owned(), tree.clone()))
        .collect();
    let shown = |finding: &Finding| {
        let at = finding.at.as_ref().expect("a location");
        format!("{} {}:{}:{}", finding.code, at.file, at.line, at.column)
    };
    check_reach(store, &trees).iter().map(shown).collect()
}

#[test]
fn a_glob_that_matches_no_file_of_any_local_target_is_a_warning_at_the_glob() {
    let lessons = [(
        "one",
        lesson("high", "paths: [\"**/*.{py,pyi}\", \"charts/**\"]\n"),
    )];
    let store = store("targets: { ./a: [], ./b: [] }\n", &lessons);
    let trees = [("./a", tree(&["x/main.py"])), ("./b", tree(&["README.md"]))];
    assert_eq!(
        check(&store, &trees),
        ["glob-matches-nothing lessons/a/one.yaml:5:26"]
    );
    let trees = [("./a", tree(&["x/main.py"])), ("./b", tree(&["charts/web.yaml"]))];
    assert_eq!(check(&store, &trees), [""; 0]);
    assert_eq!(
        check(&store, &[]),
        [""; 0],
        "without a local target no glob is checked"
    );
}

#[test]
fn a_glob_is_checked_only_in_targets_that_share_a_tag() {
    let lessons = [("one", lesson("high", "paths: [\"**/*.py\"]\ntags: [b]\n"))];
    let store = store("targets: { ./a: [], ./b: [b] }\n", &lessons);
    let trees = [("./a", tree(&["main.py"])), ("./b", tree(&["README.md"]))];
    assert_eq!(
        check(&store, &trees),
        ["glob-matches-nothing lessons/a/one.yaml:5:9"]
    );
    assert_eq!(check(&store, &trees[..1]), [""; 0]);
}

#[test]
fn entry_points_and_submodules_do_not_count_as_matches() {
    let lessons = [
        ("one", lesson("high", "paths: [\".github/**\"]\n")),
        ("two", lesson("high", "paths: [\"vendor/**\"]\n")),
        ("three", lesson("high", "paths: [\"docs/**\"]\n")),
    ];
    let store = store("targets: { ./a: [] }\n", &lessons);
    let ours = [
        ".github/copilot-instructions.md",
        ".github/instructions/a.instructions.md",
        "docs/ai-lessons.md",
        "vendor/module",
    ];
    let found = check(&store, &[("./a", tree(&ours))]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_critical_lesson_must_concern_a_target() {
    let targets = "targets: { ./a: [x] }\n";
    let files = [
        ("one", lesson("critical", "paths: [\"**/*.py\"]\n")),
        ("two", lesson("low", "tags: [x]\n")),
    ];
    let local = store(targets, &files);
    let expected = [
        "glob-matches-nothing lessons/a/one.yaml:5:9",
        "critical-reaches-nobody lessons/a/one.yaml:2:11",
    ];
    assert_eq!(check(&local, &[("./a", tree(&["README.md"]))]), expected);
    assert_eq!(check(&local, &[("./a", tree(&["a.py", "b/a.py"]))]), [""; 0]);
    assert_eq!(
        check(&local, &[]),
        [""; 0],
        "a lesson may concern a target that was not read"
    );

    let github = store(
        "targets: { acme/a: [x] }\n",
        &[("one", lesson("critical", "tags: [x]\n"))],
    );
    assert_eq!(
        check(&github, &[]),
        [""; 0],
        "a target on GitHub counts by its tags"
    );
    let off = store(
        "targets: { acme/a: { tags: [x], enabled: false } }\n",
        &[("one", lesson("critical", "tags: [x]\n"))],
    );
    assert_eq!(
        check(&off, &[]),
        ["critical-reaches-nobody lessons/a/one.yaml:2:11"]
    );
    let library = store(
        "library_tags: [x]\n",
        &[("one", lesson("critical", "tags: [x]\n"))],
    );
    assert_eq!(
        check(&library, &[]),
        [""; 0],
        "library lessons are for other stores"
    );
}

#[test]
fn an_internal_critical_lesson_needs_a_target_that_may_read_it() {
    let lessons = [("one", lesson("critical", "audience: internal\n"))];
    let public = store("targets: { ./a: [] }\n", &lessons);
    let trees = [("./a", tree(&["README.md"]))];
    assert_eq!(
        check(&public, &trees),
        ["critical-reaches-nobody lessons/a/one.yaml:2:11"]
    );
    let private = store("targets: { ./a: { visibility: private } }\n", &lessons);
    assert_eq!(check(&private, &trees), [""; 0]);
}

#[test]
fn an_accepted_warning_about_a_glob_is_hidden() {
    let lessons = [("one", lesson("high", "paths: [\"**/*.py\"]\n"))];
    let targets = "targets: { ./a: [] }\nexceptions:\n  - { lesson: one, accepts: glob-matches-nothing, reason: soon, by: dana }\n";
    let store = store(targets, &lessons);
    assert_eq!(check(&store, &[("./a", tree(&["README.md"]))]), [""; 0]);
}

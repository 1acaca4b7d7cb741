//! `lessonbook init` on the real binary: the new store passes `check`, and no file of a user is lost.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::Sandbox;

use crate::support;

const MADE: [&str; 8] = [
    ".github/CODEOWNERS",
    ".github/workflows/check.yml",
    ".github/workflows/sync.yml",
    "README.md",
    "docs/schema/lesson.json",
    "docs/schema/targets.json",
    "lessons/delivery/run-the-tests.yaml",
    "targets.yaml",
];

/// Three repositories and what is none, in one folder.
fn neighbourhood() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("CLAUDE.md", "# Shop\n"),
            ("GEMINI.md", "# Shop\n"),
            ("src/app.py", "\n"),
        ],
    );
    sandbox.repository(
        "cluster",
        &[
            ("AGENTS.md", "# Cluster\n"),
            (".cursor/rules/a.mdc", "---\n---\n"),
        ],
    );
    sandbox.init("empty");
    sandbox.write("notes/todo.txt", "not in git\n");
    sandbox
}

fn made(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let root = sandbox.path(folder);
    let files = sandbox.files(folder).into_keys();
    files
        .map(|path| {
            path.strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        })
        .collect()
}

#[test]
fn a_new_store_names_its_neighbours_and_passes_its_check_at_once() {
    let sandbox = neighbourhood();
    let run = sandbox.run(&["init", "guardrails", "--name", "acme"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "new  README.md                            what to do next\n\
         new  targets.yaml                         which repositories receive lessons: 2 beside the store, 1 left out\n\
         new  lessons/delivery/run-the-tests.yaml  a draft that shows every key\n\
         new  .github/CODEOWNERS                   who reviews lessons\n\
         new  .github/workflows/check.yml          checks every pull request\n\
         new  .github/workflows/sync.yml           proposes every night, after you set it up\n\
         new  docs/schema/lesson.json              for your editor\n\
         new  docs/schema/targets.json             for your editor\n"
    );
    // A program that is not a release prints one more paragraph; the next test is about that.
    let (said, _) = run
        .stderr
        .split_once("\n\nThis program")
        .unwrap_or((run.stderr.trim_end(), ""));
    assert_eq!(
        said,
        "init: 8 files\n\nNext:\n  \
         lessonbook check --store guardrails   check the store; run it after every change\n  \
         lessonbook import --store guardrails  make lessons of the rules that 2 repositories already have\n  \
         lessonbook plan --store guardrails    show what would change in each repository\n  \
         lessonbook add --store guardrails     write a lesson of your own"
    );
    assert_eq!(made(&sandbox, "guardrails"), MADE);
    let targets = String::from_utf8(sandbox.read("guardrails/targets.yaml")).unwrap();
    let (_, targets) = targets.split_once("\ntargets:\n").unwrap();
    let (targets, _) = targets.split_once("\n\n").unwrap();
    assert_eq!(
        targets,
        "  # Found AGENTS.md, .cursor/rules/a.mdc.\n  \
         ../cluster: { tags: [], assistants: [codex, cursor] }\n  \
         # Left out, because the repository has no commit yet:\n  \
         # ../empty: { tags: [] }\n  \
         # Found CLAUDE.md, GEMINI.md.\n  \
         ../shop: { tags: [], assistants: [claude-code, gemini-cli] }"
    );

    let check = sandbox.run(&["check", "--strict", "--store", "guardrails"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{check:?}");
    let plan = sandbox.run(&["plan", "--store", "guardrails"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(
        plan.stdout.contains("../shop") && !plan.stdout.contains("run-the-tests"),
        "{}",
        plan.stdout
    );
}

#[test]
fn the_workflows_take_the_action_from_one_commit_and_a_program_without_one_says_so() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["init", "store", "--pages"]);
    let mut commits: Vec<String> = Vec::new();
    for file in ["check", "sync", "pages"] {
        let text = sandbox.read(&format!("store/.github/workflows/{file}.yml"));
        let text = String::from_utf8(text).unwrap();
        let version = format!(" # v{}", env!("CARGO_PKG_VERSION"));
        let own = text.lines().filter_map(|line| {
            line.trim()
                .trim_start_matches("- ")
                .strip_prefix("uses: lessonbook/lessonbook@")
        });
        commits.extend(own.map(|pin| pin.strip_suffix(&version).unwrap().to_owned()));
    }
    assert_eq!(commits.len(), 6);
    assert!(commits.iter().all(|commit| *commit == commits[0]), "{commits:?}");
    let unknown = commits[0].chars().all(|c| c == '0');
    assert_eq!(
        run.stderr.contains("replace the zeros"),
        unknown,
        "{}",
        run.stderr
    );
}

#[test]
fn a_site_is_published_only_if_it_was_asked_for() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init", "plain"]).code, 0);
    assert!(!sandbox.path("plain/.github/workflows/pages.yml").exists());
    let run = sandbox.run(&["init", "store", "--pages"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("pages.yml          publishes a site that everyone can read, after you set it up\n"),
        "{}",
        run.stdout
    );
    let text = String::from_utf8(sandbox.read("store/.github/workflows/pages.yml")).unwrap();
    assert!(text.contains("EVERYONE CAN READ IT"), "{text}");
    let again = sandbox.run(&["init", "store", "--pages"]);
    assert!(
        again.code == 2 && again.stderr.contains(".github/workflows/pages.yml already exist"),
        "{again:?}"
    );
}

#[test]
fn a_second_start_is_refused_and_names_what_stands_in_the_way() {
    let sandbox = neighbourhood();
    assert_eq!(sandbox.run(&["init", "guardrails"]).code, 0);
    let before = sandbox.files("guardrails");
    let again = sandbox.run(&["init", "guardrails"]);
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    assert_eq!(
        again.stderr,
        "error: targets.yaml, lessons/delivery/run-the-tests.yaml, .github/CODEOWNERS, .github/workflows/check.yml, \
         .github/workflows/sync.yml, docs/schema/lesson.json, docs/schema/targets.json already exist in guardrails\n  \
         help: nothing was written; move them away, or name another folder\n"
    );
    assert_eq!(sandbox.files("guardrails"), before);
}

#[test]
fn one_file_in_the_way_is_enough_that_nothing_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write("store/docs", "a file where a folder should be\n");
    let run = sandbox.run(&["init", "store"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("docs/schema/lesson.json, docs/schema/targets.json already exist in store"),
        "{}",
        run.stderr
    );
    assert_eq!(made(&sandbox, "store"), ["docs"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let sandbox = Sandbox::new();
    sandbox.write("elsewhere/keep", "");
    sandbox.write("store/keep", "");
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.path("store/lessons")).unwrap();
    let run = sandbox.run(&["init", "store"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(made(&sandbox, "elsewhere"), ["keep"]);
}

#[test]
fn the_readme_of_a_new_repository_stays() {
    let sandbox = Sandbox::new();
    sandbox.repository("store", &[("README.md", "# Mine\n")]);
    let run = sandbox.run_in("store", &["init"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .ends_with("kept  README.md                            your own file\n"),
        "{}",
        run.stdout
    );
    assert_eq!(sandbox.read("store/README.md"), b"# Mine\n");
    assert!(
        run.stderr.contains("\n  lessonbook check   check the store"),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.run_in("store", &["check", "--strict"]).code, 0);
}

#[test]
fn two_work_trees_of_one_repository_are_one_target() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("a.py", "\n")]);
    sandbox.git(
        "shop",
        &["worktree", "add", "--quiet", "-b", "topic", "../shop-topic"],
    );
    assert_eq!(sandbox.run(&["init", "store"]).code, 0);
    let targets = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    assert!(
        targets.contains(
            "  # Left out, because it is another work tree of ../shop:\n  # ../shop-topic: { tags: [] }\n"
        ),
        "{targets}"
    );
    assert_eq!(sandbox.run(&["check", "--strict", "--store", "store"]).code, 0);
}

#[test]
fn the_name_comes_from_the_folder_or_is_said() {
    let sandbox = Sandbox::new();
    for (folder, args, name) in [
        ("My Guard-Rails!", vec![], Some("my-guard-rails")),
        ("x", vec!["--name", "acme"], Some("acme")),
        ("y", vec!["--name", "Acme Platform"], None),
        ("日本", vec![], None),
    ] {
        let mut words = vec!["init", folder];
        words.extend(args);
        let run = sandbox.run(&words);
        if let Some(name) = name {
            assert_eq!(run.code, 0, "{run:?}");
            let targets = String::from_utf8(sandbox.read(&format!("{folder}/targets.yaml"))).unwrap();
            assert!(targets.contains(&format!("\nname: {name}\n")), "{targets}");
        } else {
            assert_eq!(run.code, 2, "{run:?}");
            assert!(run.stderr.contains("--name acme"), "{}", run.stderr);
            assert!(!sandbox.path(folder).exists());
        }
    }
}

#[test]
fn every_key_that_the_first_lesson_keeps_in_a_comment_can_be_put_to_use() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init", "store"]).code, 0);
    let file = "store/lessons/delivery/run-the-tests.yaml";
    let text = String::from_utf8(sandbox.read(file)).unwrap();
    let key = |line: &str| {
        let word = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(':'))
            .map(|(word, _)| word);
        word.is_some_and(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let used: Vec<&str> = text
        .lines()
        .map(|line| {
            if key(line) || line.starts_with("#   - ") {
                &line[2..]
            } else {
                line
            }
        })
        .collect();
    assert!(used.len() > 40 && used.contains(&"supersedes: [older-lesson]"));
    sandbox.write(file, used.join("\n") + "\n");
    let run = sandbox.run(&["check", "--store", "store", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let mut codes: Vec<&str> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    // The older lesson is made up; nothing else is wrong. A draft needs no target with its tag.
    assert_eq!(codes, ["supersedes-nobody"], "{}", run.stdout);
}

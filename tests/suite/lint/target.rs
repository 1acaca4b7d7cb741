//! In a target: only what a change adds is reported; what is excused is listed; what can't be read is said.

use super::{CHECKS, TWO_LESSONS, found, lint, pod, report, target};
use crate::support::Sandbox;

#[test]
fn a_change_that_adds_nothing_passes_whatever_was_there_before() {
    let sandbox = target();
    let run = lint(&sandbox, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    assert!(
        run.stderr.starts_with("lint: 0 new places in 0 changed files"),
        "{run:?}"
    );
    sandbox.write("shop/deploy/old.yaml", pod("renamed", 1));
    sandbox.write("shop/README.md", "# Shop\n\nNew.\n");
    let run = lint(&sandbox, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    assert!(run.stderr.contains("1 old place stays"), "{run:?}");
}

#[test]
fn a_new_place_of_a_critical_lesson_fails_with_its_line_rule_and_way_out() {
    let sandbox = target();
    sandbox.write("shop/deploy/new.yaml", pod("new", 1));
    let commit = sandbox.commit("shop", "New");
    let run = lint(&sandbox, &[]);
    let expected = "error[check-hit]: Liveness probes survive a lost packet
  --> deploy/new.yaml:10:31
   |
10 |             failureThreshold: 1
   |                               ^ failureThreshold is 1 (below 3)
   |
   = effect: lesson `liveness` (critical): Never set `failureThreshold` below 3 on a liveness probe.
   = help: change it; if it is right here, write `# lessonbook:allow liveness REASON` above the line
   = more: docs/findings.md#check-hit

";
    assert_eq!(run.code, 1, "{run:?}");
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(flat(&run.stdout), flat(expected));
    assert!(
        run.stderr
            .contains("lint: 1 new place in 1 changed file; compared with "),
        "{run:?}"
    );
    // The next change does not answer for it.
    sandbox.write("shop/README.md", "# More\n");
    let run = lint(&sandbox, &["--base", &commit]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    // Done right.
    sandbox.write("shop/deploy/new.yaml", pod("new", 5));
    assert_eq!(lint(&sandbox, &[]).code, 0);
}

#[test]
fn a_new_place_of_a_medium_lesson_is_a_warning_that_strict_counts() {
    let sandbox = target();
    sandbox.write("shop/app.py", "pass  # TODO later\n");
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &[]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout
            .starts_with("warning[check-hit]: A TODO is left behind"),
        "{run:?}"
    );
    assert_eq!(lint(&sandbox, &["--strict"]).code, 1);
}

#[test]
fn staged_compares_with_the_last_commit_and_does_not_read_what_is_not_staged() {
    let sandbox = target();
    sandbox.write("shop/a.yaml", pod("a", 1));
    sandbox.commit("shop", "A bad one, committed");
    sandbox.write("shop/b.yaml", pod("b", 1));
    assert_eq!(lint(&sandbox, &["--staged"]).code, 0, "b.yaml is not staged");
    sandbox.git("shop", &["add", "b.yaml"]);
    sandbox.write("shop/b.yaml", pod("b", 5));
    let run = lint(&sandbox, &["--staged", "--format", "json"]);
    assert_eq!(
        (run.code, found(&run)),
        (1, vec!["check-hit b.yaml:10".to_owned()])
    );
    assert_eq!(lint(&sandbox, &["--base", "HEAD"]).code, 0, "on disk it is right");
}

#[test]
fn all_lists_every_place_and_fails_only_with_strict() {
    let sandbox = target();
    let run = lint(&sandbox, &["--all", "--format", "json"]);
    assert_eq!(
        (run.code, found(&run)),
        (0, vec!["check-hit deploy/old.yaml:10".to_owned()])
    );
    assert_eq!(lint(&sandbox, &["--all", "--strict"]).code, 1);
    assert_eq!(lint(&sandbox, &["--all", "--staged"]).code, 2);
}

#[test]
fn a_change_is_judged_by_the_checks_file_as_it_was_before() {
    let sandbox = target();
    sandbox.write(
        &format!("shop/{CHECKS}"),
        TWO_LESSONS.replace("below: 3", "below: 0"),
    );
    sandbox.write("shop/a.yaml", pod("a", 1));
    sandbox.commit("shop", "Weaker");
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        found(&run),
        [
            format!("checks-edited {CHECKS}:1"),
            "check-hit a.yaml:10".to_owned()
        ]
    );
    sandbox.git("shop", &["rm", "--quiet", CHECKS]);
    assert_eq!(lint(&sandbox, &[]).code, 1, "also if it is deleted");
}

#[test]
fn without_a_checks_file_before_the_change_nothing_runs_and_that_is_said() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("README.md", "# Shop\n")]);
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    let run = lint(&sandbox, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("no checks here"), "{run:?}");
    sandbox.write(&format!("shop/{CHECKS}"), TWO_LESSONS);
    sandbox.write("shop/a.yaml", pod("a", 1));
    sandbox.commit("shop", "The first checks");
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(
        (run.code, found(&run)),
        (0, vec![format!("checks-edited {CHECKS}:1")])
    );
}

#[test]
fn a_checks_file_that_cannot_be_read_fails_loudly() {
    for (wrong, code) in [
        (TWO_LESSONS.replace("version: 1", "version: 2"), "checks-invalid"),
        (TWO_LESSONS.replace("forbid: '", "forbit: '"), "unknown-key"),
        (format!("<<<<<<< ours\n{TWO_LESSONS}"), "yaml-syntax"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.repository("shop", &[(CHECKS, &wrong), ("a.yaml", &pod("a", 1))]);
        sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
        let run = lint(&sandbox, &["--format", "json"]);
        assert_eq!(run.code, 1, "{code}");
        let found = found(&run).join("\n");
        assert!(
            found.contains(code) && found.contains("checks-invalid"),
            "{code}: {found}"
        );
    }
}

#[test]
fn a_comment_with_a_reason_excuses_and_is_listed() {
    let sandbox = target();
    let excused = |comment: &str| {
        pod("new", 1).replace(
            "            failure",
            &format!("            # {comment}\n            failure"),
        )
    };
    for (comment, code, expected) in [
        (
            "lessonbook:allow liveness a test of the probe itself",
            0,
            vec!["check-excused"],
        ),
        (
            "lessonbook:allow liveness",
            0,
            vec!["check-excused", "allow-incomplete"],
        ),
        ("lessonbook:allow", 1, vec!["check-hit", "allow-incomplete"]),
        (
            "lessonbook:allow livenes a test",
            1,
            vec!["check-hit", "allow-without-effect"],
        ),
        (
            "lessonbook:allow liveness until=2026-01-31 a test",
            1,
            vec!["check-hit", "allow-without-effect"],
        ),
        (
            "lessonbook:allow liveness until=2099-01-31 a test",
            0,
            vec!["check-excused"],
        ),
        (
            "lessonbook:allow liveness until=soon a test",
            1,
            vec!["check-hit", "allow-incomplete"],
        ),
    ] {
        sandbox.write("shop/new.yaml", excused(comment));
        sandbox.git("shop", &["add", "--all"]);
        let run = lint(&sandbox, &["--format", "json"]);
        let codes: Vec<String> = found(&run)
            .iter()
            .map(|found| found.split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!(
            (run.code, codes),
            (code, expected.iter().map(|&code| code.to_owned()).collect()),
            "{comment}"
        );
    }
    sandbox.write(
        "shop/new.yaml",
        format!("# lessonbook:allow liveness a test\n{}", pod("new", 1)),
    );
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(
        found(&run),
        ["check-hit new.yaml:11", "allow-without-effect new.yaml:1"],
        "two lines above is too far"
    );
}

#[test]
fn taking_the_comment_away_makes_the_place_new() {
    let sandbox = target();
    let bad = pod("new", 1).replace("old: 1", "old: 1 # lessonbook:allow liveness a test");
    sandbox.write("shop/new.yaml", &bad);
    let before = sandbox.commit("shop", "Excused");
    assert_eq!(lint(&sandbox, &[]).code, 0);
    sandbox.write("shop/new.yaml", pod("new", 1));
    assert_eq!(lint(&sandbox, &["--base", &before]).code, 1);
}

#[test]
fn an_exception_of_the_store_excuses_its_paths_only() {
    let sandbox = target();
    sandbox.write("shop/examples/a.py", "# TODO\n");
    sandbox.write("shop/src/a.py", "# TODO\n");
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(
        found(&run),
        ["check-hit src/a.py:1", "check-excused examples/a.py:1"]
    );
    assert_eq!(report(&run)["counts"]["excused"], 1);
}

#[test]
fn what_cannot_be_read_or_decided_is_counted_and_noted() {
    let sandbox = target();
    sandbox.write("shop/broken.yaml", "a: [\nb: }\n");
    sandbox.write(
        "shop/open.yaml",
        "livenessProbe:\n  failureThreshold: ${threshold}\n",
    );
    sandbox.write("shop/latin.py", b"# TODO \xe9\n");
    sandbox.write("shop/image.py", b"\x00\x01");
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(run.code, 0);
    let found = found(&run);
    assert!(
        found.iter().all(|found| found.starts_with("check-unread ")) && found.len() == 2,
        "{found:?}"
    );
    let counts = &report(&run)["counts"];
    assert_eq!(
        (&counts["undecided"], &counts["unread"], &counts["binary"]),
        (&1.into(), &2.into(), &1.into())
    );
    // A file that could not be read before is not full of news once it can be.
    let before = sandbox.commit("shop", "Broken");
    sandbox.write("shop/broken.yaml", pod("a", 1));
    let run = lint(&sandbox, &["--format", "json", "--base", &before]);
    assert_eq!(
        (run.code, super::found(&run)),
        (0, vec!["check-unread broken.yaml:1".to_owned()])
    );
}

#[test]
fn a_shallow_clone_fails_and_names_fetch_depth() {
    let sandbox = target();
    sandbox.write("shop/a.yaml", pod("a", 1));
    sandbox.commit("shop", "A");
    let from = format!("file://{}", sandbox.path("shop").display());
    sandbox.git(
        ".",
        &[
            "clone", "--quiet", "--depth", "1", "--branch", "fix", &from, "shallow",
        ],
    );
    for args in [&["lint"][..], &["lint", "--base", "origin/main"]] {
        let run = sandbox.run_in("shallow", args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("fetch-depth: 0"), "{run:?}");
    }
    // With the history, the merge commit of a pull request is compared with the branch that it is for.
    sandbox.git(".", &["clone", "--quiet", "--branch", "fix", &from, "whole"]);
    let run = sandbox.run_with("whole", &["lint"], &[("GITHUB_BASE_REF", "main")]);
    assert_eq!(run.code, 1, "{run:?}");
}

#[test]
fn annotations_are_few_the_severest_first_and_one_for_each_file() {
    let sandbox = target();
    for number in 0..15 {
        let twice = format!("{}---\n{}", pod("a", 1), pod(&format!("b{number}"), 2));
        sandbox.write(&format!("shop/{number:02}.yaml"), twice);
        sandbox.write(&format!("shop/{number:02}.py"), "# TODO\n");
    }
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "github"]);
    let count = |word: &str| run.stdout.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(
        (
            count("::error file="),
            count("::warning file="),
            count("::notice")
        ),
        (10, 10, 1),
        "{}",
        run.stdout
    );
    let first = run.stdout.lines().next().unwrap();
    assert!(
        first.contains(",title=liveness::") && first.contains("(and 1 more place in this file)"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with(
            "::notice title=lessonbook lint::10 errors, 5 warnings not shown here: `lessonbook lint` lists all\n"
        ),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("45 new places in 30 changed files"),
        "{run:?}"
    );
    assert_eq!(run.code, 1);
}

#[test]
fn sarif_has_a_rule_for_each_lesson() {
    let sandbox = target();
    sandbox.write("shop/a.yaml", pod("a", 1));
    sandbox.write("shop/examples/a.py", "# TODO\n");
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules: Vec<&str> = results
        .iter()
        .map(|result| result["ruleId"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["lesson/liveness", "lesson/no-todo"]);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    assert!(results[0].get("suppressions").is_none() && results[1]["suppressions"][0]["kind"] == "inSource");
}

#[test]
fn files_and_changes_are_checked_by_their_paths() {
    let sandbox = Sandbox::new();
    let checks = r#"version: 1
store: acme
home: acme/guardrails
lessons:
  - id: files
    title: "Files"
    severity: high
    rule: "Keep the files."
    checks:
      - forbid_file: ["**/yarn.lock"]
        message: "This repository uses npm"
      - require_file: [CODEOWNERS, ".github/CODEOWNERS"]
      - changed: ["src/**"]
        needs: ["CHANGELOG.md", "changelog.d/**"]
        except: ["src/generated/**"]
      - untouched: ["src/generated/**"]
"#;
    sandbox.repository(
        "shop",
        &[
            (CHECKS, checks),
            ("CODEOWNERS", "* @acme\n"),
            ("old/yarn.lock", ""),
            ("src/a.rs", "1"),
        ],
    );
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    let expect = |code: i32, expected: &[&str]| {
        sandbox.git("shop", &["add", "--all"]);
        let run = lint(&sandbox, &["--format", "json"]);
        let mut found = found(&run);
        found.sort();
        assert_eq!(
            (run.code, found),
            (code, expected.iter().map(|&line| line.to_owned()).collect()),
            "{run:?}"
        );
    };
    expect(0, &[]);
    sandbox.git("shop", &["mv", "old", "new"]);
    expect(0, &[]);
    sandbox.write("shop/web/yarn.lock", "");
    sandbox.write("shop/src/a.rs", "2");
    sandbox.write("shop/src/generated/b.rs", "2");
    expect(
        1,
        &[
            "check-hit src/a.rs:1",
            "check-hit src/generated/b.rs:1",
            "check-hit web/yarn.lock:1",
        ],
    );
    sandbox.write("shop/changelog.d/1.md", "2");
    sandbox.git("shop", &["rm", "--quiet", "-r", "-f", "web", "src/generated"]);
    sandbox.git("shop", &["rm", "--quiet", "CODEOWNERS"]);
    expect(1, &["check-hit -:null"]);
    sandbox.write("shop/.github/CODEOWNERS", "* @acme\n");
    expect(0, &[]);
}

#[test]
fn the_checks_of_several_stores_run_side_by_side() {
    let sandbox = target();
    let other = TWO_LESSONS
        .replace("acme", "beta")
        .replace("below: 3", "below: 9");
    sandbox.git("shop", &["checkout", "--quiet", "main"]);
    sandbox.write("shop/.lessonbook/beta.checks.yaml", other);
    sandbox.commit("shop", "Another store");
    sandbox.git("shop", &["checkout", "--quiet", "-b", "next"]);
    sandbox.write("shop/a.yaml", pod("a", 5));
    sandbox.git("shop", &["add", "--all"]);
    let run = lint(&sandbox, &["--format", "json"]);
    assert_eq!(
        (run.code, found(&run)),
        (1, vec!["check-hit a.yaml:10".to_owned()])
    );
    assert_eq!(report(&run)["stores"].as_array().unwrap().len(), 2);
}

#[test]
fn wrong_use_is_refused_with_a_way_out() {
    let sandbox = target();
    for (args, words) in [
        (&["lint", "nowhere"][..], "there is no folder nowhere"),
        (&["lint", "shop", "other"], "`lint` takes one folder"),
        (&["lint", "--base", "nope", "shop"], "has no commit `nope`"),
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(
            run.stderr.contains(words) && run.stderr.contains("help: "),
            "{run:?}"
        );
    }
    sandbox.write("plain/a.yaml", "a: 1\n");
    let run = sandbox.run(&["lint", "plain"]);
    assert!(
        run.code == 2 && run.stderr.contains("is not a git repository"),
        "{run:?}"
    );
}

#[test]
fn changes_on_disk_are_seen_also_right_after_a_commit() {
    let sandbox = target();
    sandbox.write("shop/a.yaml", pod("a", 5));
    sandbox.commit("shop", "Right");
    // The same size, and perhaps the same moment.
    sandbox.write("shop/a.yaml", pod("a", 1));
    assert_eq!(lint(&sandbox, &[]).code, 1);
    std::fs::remove_file(sandbox.path("shop/a.yaml")).unwrap();
    assert_eq!(lint(&sandbox, &[]).code, 0);
}

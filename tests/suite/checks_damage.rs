//! A checks file that an edit or a merge damaged: it is shown and restored, `verify` and `lint` name it, and nothing of a newer program
//! or of another store is overwritten.
//!
//! Input: a target with a merged checks file, and changes to its bytes. Output: what plans, `verify`, `lint` and `withdraw` report.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;

use crate::support::{Run, Sandbox};

const CHECKS: &str = ".lessonbook/acme.checks.yaml";
const TODO: &str = "title: Finish what you begin
severity: high
tags: [all]
rule: Leave no TODO behind.
rationale: It stays for ever.
bad: \"pass  # TODO later\"
good: \"pass\"
checks:
  - forbid: '\\bTODO\\b'
";

/// A store with one check, and a target into which its proposal was merged.
fn merged() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", "# Ours\n"), ("app.py", "pass\n")]);
    sandbox.write("store/lessons/review/no-todo.yaml", TODO);
    settings(&sandbox, "checks: true\n");
    sync_and_merge(&sandbox);
    sandbox
}

fn settings(sandbox: &Sandbox, lines: &str) {
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nhome: acme/guardrails\n{lines}targets:\n  ../shop: [all]\n"),
    );
}

fn store(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("store", args)
}

fn sync_and_merge(sandbox: &Sandbox) {
    let run = store(sandbox, &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    sandbox.git("shop", &["branch", "-D", "lessonbook/acme"]);
}

fn plan(sandbox: &Sandbox) -> Value {
    let run = store(sandbox, &["plan", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    json["targets"][0].clone()
}

fn text(sandbox: &Sandbox) -> String {
    sandbox.shown(&sandbox.read(&format!("shop/{CHECKS}")))
}

fn damage(sandbox: &Sandbox, change: impl Fn(&str) -> String) {
    sandbox.write(&format!("shop/{CHECKS}"), change(&text(sandbox)));
    sandbox.commit("shop", "Damage");
}

/// A merge conflict that someone committed, in the digest and the checks.
fn conflict(text: &str) -> String {
    let (head, rest) = text.split_once("lessons:\n").unwrap();
    format!("{head}<<<<<<< HEAD\nlessons:\n{rest}=======\nlessons: []\n>>>>>>> other\n")
}

#[test]
fn a_damaged_file_of_this_store_is_shown_and_restored() {
    let damages: [fn(&str) -> String; 3] = [
        conflict,
        |text| text.replace("    checks:\n", "    checks\n"),
        |text| text.replace("severity: high", "severity: huge"),
    ];
    for change in damages {
        let sandbox = merged();
        let before = text(&sandbox);
        damage(&sandbox, change);
        let planned = plan(&sandbox);
        assert_eq!(planned["outcome"]["state"], "drifted", "{planned:#}");
        let drift = &planned["content"]["drift"][0];
        assert_eq!(
            (&drift["path"], &drift["kind"]),
            (&CHECKS.into(), &"edited".into())
        );
        let findings = planned["outcome"]["findings"].as_array().unwrap();
        assert_eq!(
            findings[0]["message"],
            format!(
                "`{CHECKS}` was edited by hand: it can't be read as checks, so `lint` runs none of them; the plan reverts the edits"
            )
        );
        sync_and_merge(&sandbox);
        assert_eq!(text(&sandbox), before);
    }
}

#[test]
fn with_stop_it_waits_for_a_person_and_without_checks_it_is_not_deleted() {
    let sandbox = merged();
    damage(&sandbox, conflict);
    settings(&sandbox, "checks: true\npolicy: { on_drift: stop }\n");
    assert_eq!(plan(&sandbox)["outcome"]["findings"][0]["code"], "drift-stops");
    settings(&sandbox, "");
    let planned = plan(&sandbox);
    assert_eq!(planned["outcome"]["state"], "refused", "{planned:#}");
    let findings = planned["outcome"]["findings"].to_string();
    assert!(findings.contains("so it is not deleted"), "{findings}");
}

#[test]
fn a_file_of_a_newer_program_or_of_another_store_is_never_overwritten() {
    let changes: [fn(&str) -> String; 4] = [
        |text| text.replace("version: 1", "version: 2"),
        |text| conflict(text).replace("store: acme", "store: other"),
        |text| conflict(text).replace("home: acme/guardrails", "home: rival/rules"),
        |text| format!("{}home: rival/rules\n", conflict(text)),
    ];
    for change in changes {
        let sandbox = merged();
        damage(&sandbox, change);
        let before = text(&sandbox);
        let planned = plan(&sandbox);
        assert_eq!(planned["outcome"]["state"], "refused", "{before}");
        let findings = planned["outcome"]["findings"].to_string();
        assert!(findings.contains("checks-file-foreign"), "{findings}");
        assert_eq!(store(&sandbox, &["sync", "--yes"]).code, 1);
        assert_eq!(text(&sandbox), before);
    }
}

#[test]
fn a_withdrawal_names_a_damaged_file_that_still_holds_the_lesson() {
    let sandbox = merged();
    damage(&sandbox, conflict);
    let run = store(
        &sandbox,
        &["withdraw", "no-todo", "--reason", "It is wrong", "--yes"],
    );
    let shown = format!("{}{}", run.stdout, run.stderr);
    assert!(
        shown.contains(CHECKS) && shown.contains("can't be read as checks"),
        "{shown}"
    );
}

#[test]
fn lint_and_verify_say_that_no_check_of_it_runs() {
    for (content, what) in [
        (None, "can't be read as checks"),
        (Some(""), "is empty, or contains only comments"),
        (
            Some("# Managed by nobody\n\n"),
            "is empty, or contains only comments",
        ),
    ] {
        let sandbox = merged();
        damage(&sandbox, |text| {
            content.map_or_else(|| conflict(text), str::to_owned)
        });
        sandbox.write("shop/app.py", "# TODO\n");
        for args in [&["lint", "--base", "HEAD"][..], &["verify"]] {
            let run = sandbox.run_in("shop", args);
            let shown = run.stdout.clone();
            assert_eq!(run.code, 1, "{args:?}: {run:?}");
            assert!(
                shown.contains("checks-invalid") && shown.contains(what),
                "{args:?}: {shown}"
            );
            assert!(shown.contains("none of its checks runs"), "{args:?}: {shown}");
            assert!(!shown.contains("write the lesson"), "{args:?}: {shown}");
        }
    }
}

#[test]
fn verify_checks_the_checks_file_beside_the_blocks() {
    let sandbox = merged();
    let verify = |args: &[&str]| sandbox.run_in("shop", &[&["verify"], args].concat());
    let run = verify(&[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains(CHECKS), "{run:?}");
    assert_eq!(
        run.stderr,
        "verify: 2 of 2 blocks and 1 of 1 checks file fine; 0 errors, 0 warnings\n"
    );

    // Other bytes that say the same are right, other checks are not.
    sandbox.write(
        &format!("shop/{CHECKS}"),
        text(&sandbox).replace("\"Leave no TODO behind.\"", "'Leave no TODO behind.'"),
    );
    let run = verify(&[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("reformatted, which is allowed"), "{run:?}");
    let weak = text(&sandbox).replace("TODO\\b", "NEVER\\b");
    assert_ne!(weak, text(&sandbox), "{weak}");
    sandbox.write(&format!("shop/{CHECKS}"), weak);
    let run = verify(&[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout.contains("block-edited") && run.stdout.contains("does not match its digest"),
        "{run:?}"
    );
    assert_eq!(verify(&["--name", "other"]).code, 0);
    let page: Value = serde_json::from_str(&verify(&["--format", "json"]).stdout).unwrap();
    let file = &page["files"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&file["entry_point"], &file["store"], &file["ok"]),
        (&"checks".into(), &"acme".into(), &false.into())
    );

    std::fs::remove_file(sandbox.path(&format!("shop/{CHECKS}"))).unwrap();
    std::os::unix::fs::symlink("../app.py", sandbox.path(&format!("shop/{CHECKS}"))).unwrap();
    let run = verify(&[]);
    assert!(
        run.code == 1 && run.stdout.contains("is not a regular file"),
        "{run:?}"
    );
}

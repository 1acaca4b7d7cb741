//! The checks file in targets, with the real binary and real repositories: it is proposed with the blocks, says exactly the checks of
//! the lessons that concern the target, is restored after an edit, and is removed with the last check.
//!
//! Input: stores with checks, and targets. Output: what proposals change, and what `lint` finds afterwards.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;

use crate::support::{Run, Sandbox};

const CHECKS: &str = ".lessonbook/acme.checks.yaml";
const PROBE: &str = "title: Liveness probes survive a lost packet
severity: critical
tags: [all]
paths: [\"**/*.yaml\"]
rule: Never set `failureThreshold` below 3 on a liveness probe.
rationale: One failed check restarts every pod at once.
bad: |
  livenessProbe:
    failureThreshold: 1
good: |
  livenessProbe:
    failureThreshold: 5
incidents: [{ date: 2025-03-01, repository: acme/shop, summary: The night of the restarts. }]
checks:
  - each: \"**.livenessProbe\"
    forbid: { failureThreshold: { below: 3 } }
";
const TODO: &str = "title: Finish what you begin
severity: medium
tags: [all]
paths: [\"**/*.py\"]
rule: Leave no TODO behind.
rationale: It stays for ever.
bad: \"pass  # TODO later\"
good: \"pass\"
checks:
  - forbid: '\\bTODO\\b'
    message: A TODO is left behind
";
const PLAIN: &str = "title: Be kind
severity: high
tags: [all]
rule: Explain the reason of a change in its description.
rationale: Readers ask.
";
const PROBES: &str = "lessons/kubernetes/liveness.yaml";

/// A store with two lessons that have checks and one that has none, and a target.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("CLAUDE.md", "# Ours\n\nBe brief.\n"),
            ("app.py", "pass\n"),
            ("deploy.yaml", &pod(5)),
        ],
    );
    sandbox.write(&format!("store/{PROBES}"), PROBE);
    sandbox.write("store/lessons/review/no-todo.yaml", TODO);
    sandbox.write("store/lessons/review/kind.yaml", PLAIN);
    targets(&sandbox, "checks: true\n", "[all]");
    sandbox
}

fn pod(threshold: u32) -> String {
    format!("kind: Pod\nmetadata:\n  name: app\nspec:\n  livenessProbe:\n    failureThreshold: {threshold}\n")
}

fn targets(sandbox: &Sandbox, settings: &str, shop: &str) {
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nhome: acme/guardrails\n{settings}targets:\n  ../shop: {shop}\n"),
    );
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run(&[args, &["--store", "store"]].concat())
}

fn sync(sandbox: &Sandbox) {
    let run = run(sandbox, &["sync", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
}

fn merge(sandbox: &Sandbox) {
    sandbox.git(
        "shop",
        &["merge", "--quiet", "--no-ff", "-m", "Merge", "lessonbook/acme"],
    );
    sandbox.git("shop", &["branch", "-D", "lessonbook/acme"]);
}

fn sync_and_merge(sandbox: &Sandbox) {
    sync(sandbox);
    merge(sandbox);
}

fn plan(sandbox: &Sandbox) -> Value {
    let run = run(sandbox, &["plan", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    json["targets"][0].clone()
}

/// The paths that the plan changes.
fn edits(plan: &Value) -> Vec<String> {
    let edits = plan["content"]["edits"].as_array().unwrap().iter();
    edits
        .map(|edit| edit["path"].as_str().unwrap().to_owned())
        .collect()
}

fn codes(plan: &Value) -> Vec<String> {
    let findings = plan["outcome"]["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

fn invariant(plan: &Value) -> (bool, String) {
    let all = plan["proof"]["invariants"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == "checks-as-lessons").unwrap();
    (
        found["holds"].as_bool().unwrap(),
        found["evidence"].as_str().unwrap().to_owned(),
    )
}

fn on_base(sandbox: &Sandbox) -> String {
    sandbox.git("shop", &["show", &format!("HEAD:{CHECKS}")])
}

#[test]
fn without_the_setting_no_checks_file_is_proposed() {
    let sandbox = sandbox();
    targets(&sandbox, "", "[all]");
    let plan = plan(&sandbox);
    assert!(!edits(&plan).iter().any(|path| path == CHECKS), "{plan}");
    assert_eq!(invariant(&plan), (true, "no checks file".to_owned()));
}

#[test]
fn a_store_with_checks_proposes_them_and_lint_in_the_target_finds_the_next_mistake() {
    let sandbox = sandbox();
    let planned = plan(&sandbox);
    assert!(edits(&planned).contains(&CHECKS.to_owned()), "{planned}");
    assert_eq!(
        invariant(&planned),
        (true, format!("`{CHECKS}` says exactly the 2 checks of 2 lessons"))
    );
    let page = run(&sandbox, &["plan", "-v"]).stdout;
    assert!(
        page.contains("+  - id: liveness") && page.contains(CHECKS),
        "{page}"
    );
    sync(&sandbox);
    let files = sandbox.git("shop", &["diff", "--name-only", "HEAD", "lessonbook/acme"]);
    assert!(
        files.lines().any(|path| path == CHECKS) && files.lines().count() > 1,
        "one commit has both: {files}"
    );
    assert_eq!(
        sandbox
            .git("shop", &["rev-list", "--count", "HEAD..lessonbook/acme"])
            .trim(),
        "1"
    );
    let message = sandbox.git("shop", &["log", "-1", "--format=%B", "lessonbook/acme"]);
    assert!(message.contains("- new checks: liveness, no-todo"), "{message}");
    merge(&sandbox);

    let text = on_base(&sandbox);
    for absent in ["restarts", "incident", "rationale", "kind", "acme/shop", "bad:"] {
        assert!(!text.to_lowercase().contains(absent), "{absent}: {text}");
    }
    let again = plan(&sandbox);
    assert_eq!(
        (edits(&again), again["outcome"]["state"].as_str()),
        (Vec::new(), Some("up-to-date")),
        "{again}"
    );

    sandbox.write("shop/deploy.yaml", pod(1));
    let run = sandbox.run_in("shop", &["lint", "--base", "HEAD"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("failureThreshold is 1 (below 3)"), "{run:?}");
}

#[test]
fn a_changed_check_is_proposed_although_no_lesson_changes() {
    let sandbox = sandbox();
    sync_and_merge(&sandbox);
    sandbox.write(&format!("store/{PROBES}"), PROBE.replace("below: 3", "below: 2"));
    let planned = plan(&sandbox);
    assert_eq!(edits(&planned), [CHECKS], "{planned}");
    assert_eq!(
        planned["proposal"]["title"],
        "docs(ai): checks of 1 lesson changed (liveness)"
    );
    assert_eq!(
        planned["content"]["drift"].as_array().unwrap().len(),
        0,
        "{planned}"
    );
    sync_and_merge(&sandbox);
    assert!(on_base(&sandbox).contains("below: 2"));
    assert_eq!(edits(&plan(&sandbox)), [""; 0]);
}

#[test]
fn an_edit_by_hand_is_shown_and_reverted() {
    let sandbox = sandbox();
    sync_and_merge(&sandbox);
    let before = on_base(&sandbox);
    sandbox.write(&format!("shop/{CHECKS}"), before.replace("below: 3", "below: 1"));
    sandbox.commit("shop", "Weaken a check");
    let planned = plan(&sandbox);
    let drift = &planned["content"]["drift"][0];
    assert_eq!(
        (drift["path"].as_str(), drift["kind"].as_str()),
        (Some(CHECKS), Some("edited")),
        "{planned}"
    );
    assert!(
        drift["lines"][0]["text"].as_str().unwrap().contains("below: 1"),
        "{drift}"
    );
    assert_eq!(drift["lines"].as_array().unwrap().len(), 1, "{drift}");
    assert_eq!(planned["outcome"]["state"], "drifted");
    assert!(codes(&planned).contains(&"block-edited".to_owned()), "{planned}");
    sync_and_merge(&sandbox);
    assert_eq!(on_base(&sandbox), before);

    targets(&sandbox, "checks: true\npolicy: { on_drift: stop }\n", "[all]");
    sandbox.write(&format!("shop/{CHECKS}"), before.replace("below: 3", "below: 1"));
    sandbox.commit("shop", "Weaken it again");
    let planned = plan(&sandbox);
    assert!(codes(&planned).contains(&"drift-stops".to_owned()), "{planned}");
    assert_eq!(planned["outcome"]["state"], "refused");
}

#[test]
fn a_deleted_file_is_proposed_again_and_a_reformatted_one_is_left() {
    let sandbox = sandbox();
    sync_and_merge(&sandbox);
    let before = on_base(&sandbox);
    let reformatted = before.replace("\"**/*.py\"", "'**/*.py'");
    assert_ne!(before, reformatted);
    sandbox.write(&format!("shop/{CHECKS}"), &reformatted);
    sandbox.commit("shop", "Single quotes");
    let planned = plan(&sandbox);
    assert_eq!(
        (edits(&planned), invariant(&planned).0),
        (Vec::new(), true),
        "{planned}"
    );

    sandbox.git("shop", &["rm", "--quiet", CHECKS]);
    sandbox.git("shop", &["commit", "--quiet", "-m", "Delete it"]);
    let planned = plan(&sandbox);
    assert_eq!(edits(&planned), [CHECKS], "{planned}");
    assert!(codes(&planned).contains(&"block-deleted".to_owned()), "{planned}");
}

#[test]
fn a_file_of_this_name_that_is_not_ours_is_never_overwritten() {
    for (text, why) in [
        ("my: own\n", "this Lessonbook reads version 1 of checks files"),
        (
            "version: 1\nstore: other\nhome: x\nlessons: []\n",
            "it names the store `other`",
        ),
        (
            "version: 1\nstore: acme\nhome: rival/rules\nlessons: []\n",
            "it names `rival/rules` as its store, but this store is `acme/guardrails`",
        ),
        ("- : [\n", "can't be read"),
    ] {
        let sandbox = sandbox();
        sandbox.write(&format!("shop/{CHECKS}"), text);
        sandbox.commit("shop", "Ours");
        let planned = plan(&sandbox);
        assert_eq!(planned["outcome"]["state"], "refused", "{planned}");
        let findings = planned["outcome"]["findings"].as_array().unwrap();
        let found = findings
            .iter()
            .find(|one| one["code"] == "checks-file-foreign")
            .unwrap();
        assert_eq!(found["level"], "error");
        let message = found["message"].as_str().unwrap();
        assert!(message.contains(why) || text.starts_with("- :"), "{message}");
        assert_eq!(run(&sandbox, &["sync", "--yes"]).code, 1);
        assert_eq!(on_base(&sandbox), text.trim_end());

        // Without checks it is left, and the blocks are proposed.
        targets(&sandbox, "", "[all]");
        let planned = plan(&sandbox);
        assert_eq!(planned["outcome"]["state"], "stale", "{planned}");
        assert!(!edits(&planned).contains(&CHECKS.to_owned()));
        assert!(
            codes(&planned).contains(&"checks-file-foreign".to_owned()),
            "{planned}"
        );
    }
}

#[test]
fn the_file_leaves_with_the_last_check_with_the_setting_and_with_the_target() {
    type Change = fn(&Sandbox);
    let changes: [(&str, Change); 3] = [
        ("the setting", |sandbox| {
            targets(sandbox, "checks: true\n", "{ tags: [all], checks: false }");
        }),
        ("the target", |sandbox| {
            targets(sandbox, "checks: true\n", "{ tags: [all], enabled: false }");
        }),
        ("the last check", |sandbox| {
            let without = |text: &str| text.split("checks:").next().unwrap().to_owned();
            sandbox.write(&format!("store/{PROBES}"), without(PROBE));
            sandbox.write("store/lessons/review/no-todo.yaml", without(TODO));
        }),
    ];
    for (what, change) in changes {
        let sandbox = sandbox();
        sync_and_merge(&sandbox);
        change(&sandbox);
        let planned = plan(&sandbox);
        assert!(edits(&planned).contains(&CHECKS.to_owned()), "{what}: {planned}");
        assert_eq!(invariant(&planned), (true, "no checks file".to_owned()), "{what}");
        sync_and_merge(&sandbox);
        let files = sandbox.git("shop", &["ls-files"]);
        assert!(!files.contains(".lessonbook"), "{what}: {files}");
        assert_eq!(edits(&plan(&sandbox)), [""; 0], "{what}");

        // With an edit in it, a person decides.
        let sandbox = self::sandbox();
        sync_and_merge(&sandbox);
        let edited = on_base(&sandbox).replace("below: 3", "below: 1");
        sandbox.write(&format!("shop/{CHECKS}"), &edited);
        sandbox.commit("shop", "Weaken a check");
        change(&sandbox);
        let planned = plan(&sandbox);
        assert_eq!(planned["outcome"]["state"], "refused", "{what}: {planned}");
        assert!(!edits(&planned).contains(&CHECKS.to_owned()), "{what}: {planned}");
    }
}

#[test]
fn checks_of_internal_and_exempt_lessons_do_not_reach_a_public_target() {
    let sandbox = sandbox();
    sandbox.write(
        &format!("store/{PROBES}"),
        PROBE.replace("tags: [all]", "tags: [all]\naudience: internal"),
    );
    targets(&sandbox, "checks: true\n", "{ tags: [all], visibility: private }");
    sync_and_merge(&sandbox);
    assert!(on_base(&sandbox).contains("liveness"));
    targets(&sandbox, "checks: true\n", "[all]");
    sandbox.write(
        "store/lessons/kubernetes/liveness.yaml",
        PROBE
            .replace("tags: [all]", "tags: [all]\naudience: internal")
            .replace("severity: critical", "severity: high"),
    );
    sync_and_merge(&sandbox);
    let text = on_base(&sandbox);
    assert!(!text.contains("liveness") && text.contains("no-todo"), "{text}");

    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nhome: acme/guardrails\nchecks: true\ntargets:\n  ../shop: [all]\nexceptions:\n  - { lesson: no-todo, target: ../shop, reason: a prototype, by: dana }\n",
    );
    let planned = plan(&sandbox);
    assert!(edits(&planned).contains(&CHECKS.to_owned()), "{planned}");
    assert_eq!(invariant(&planned), (true, "no checks file".to_owned()));
}

#[test]
fn a_withdrawal_removes_the_lessons_checks_and_nothing_else() {
    let sandbox = sandbox();
    sync_and_merge(&sandbox);
    let before = on_base(&sandbox);
    let run_once = run(
        &sandbox,
        &["withdraw", "liveness", "--reason", "wrong threshold", "--yes"],
    );
    assert_eq!(run_once.code, 0, "{run_once:?}");
    merge(&sandbox);
    let after = on_base(&sandbox);
    assert!(
        before.contains("liveness") && !after.contains("liveness") && after.contains("no-todo"),
        "{after}"
    );
    let removed: Vec<&str> = before.lines().filter(|line| !after.contains(line)).collect();
    assert!(
        removed.iter().all(|line| line.starts_with("digest: ")
            || line.starts_with("    ")
            || line.starts_with("  - id: liveness")),
        "{removed:?}"
    );
    assert!(!edits(&plan(&sandbox)).contains(&CHECKS.to_owned()));
    // The last lesson with checks takes the file with it.
    let run_again = run(&sandbox, &["withdraw", "no-todo", "--reason", "wrong", "--yes"]);
    assert_eq!(run_again.code, 0, "{run_again:?}");
    merge(&sandbox);
    assert!(!sandbox.git("shop", &["ls-files"]).contains(".lessonbook"));
    assert!(!edits(&plan(&sandbox)).contains(&CHECKS.to_owned()));
}

#[test]
fn a_withdrawal_is_refused_where_the_checks_file_was_edited() {
    let sandbox = sandbox();
    sync_and_merge(&sandbox);
    let edited = on_base(&sandbox).replace("below: 3", "below: 1");
    sandbox.write(&format!("shop/{CHECKS}"), &edited);
    sandbox.commit("shop", "Weaken a check");
    let run = run(
        &sandbox,
        &["withdraw", "liveness", "--reason", "wrong threshold", "--yes"],
    );
    assert_eq!(run.code, 1, "{run:?}");
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(
        all.contains("lesson-not-cut") && all.contains("edited by hand"),
        "{all}"
    );
}

#[test]
fn the_file_is_limited_by_paths_like_any_other() {
    let sandbox = sandbox();
    targets(
        &sandbox,
        "checks: true\npolicy: { forbid_paths: [\".lessonbook/**\"] }\n",
        "[all]",
    );
    let planned = plan(&sandbox);
    assert!(
        codes(&planned).contains(&"path-not-allowed".to_owned()),
        "{planned}"
    );
    targets(&sandbox, "checks: true\n", "[all]");
    sandbox.write("shop/.gitignore", ".lessonbook/\n");
    sandbox.commit("shop", "Ignore it");
    let planned = plan(&sandbox);
    assert_eq!(planned["outcome"]["state"], "refused", "{planned}");
    assert!(
        codes(&planned).contains(&"entry-point-ignored".to_owned()),
        "{planned}"
    );
    sandbox.write("shop/.gitignore", "\n");
    sandbox.write("shop/.lessonbook", "a file\n");
    sandbox.commit("shop", "A file in the way");
    let planned = plan(&sandbox);
    assert!(
        codes(&planned).contains(&"entry-point-blocked".to_owned()),
        "{planned}"
    );
}

#[test]
fn the_file_decides_nothing_about_which_lessons_concern_the_target() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", "# Ours\n"), ("deploy.yaml", "a: 1\n")]);
    sandbox.write(&format!("store/{PROBES}"), PROBE.replace("tags: [all]\n", ""));
    targets(&sandbox, "checks: true\n", "[]");
    sync_and_merge(&sandbox);
    assert!(on_base(&sandbox).contains("liveness"));
    // Without another YAML file the lesson does not concern the target, although the checks file is one.
    sandbox.git("shop", &["rm", "--quiet", "deploy.yaml"]);
    sandbox.git("shop", &["commit", "--quiet", "-m", "No more manifests"]);
    sandbox.write(
        &format!("store/{PROBES}"),
        PROBE
            .replace("tags: [all]\n", "")
            .replace("severity: critical", "severity: high"),
    );
    let planned = plan(&sandbox);
    assert!(edits(&planned).contains(&CHECKS.to_owned()), "{planned}");
    assert_eq!(invariant(&planned), (true, "no checks file".to_owned()));
}

#[test]
fn the_keys_are_read_and_corrected() {
    let sandbox = sandbox();
    targets(&sandbox, "check: true\n", "{ tags: [all], cheks: true }");
    let run_check = run(&sandbox, &["check"]);
    assert_eq!(run_check.stdout.matches("`checks`").count(), 2, "{run_check:?}");
    targets(&sandbox, "checks: maybe\n", "[all]");
    assert_eq!(run(&sandbox, &["check"]).code, 1);
}

#[test]
fn lint_does_not_look_for_places_in_the_checks_file_itself() {
    let sandbox = sandbox();
    sandbox.write(
        "store/lessons/review/no-todo.yaml",
        TODO.replace("**/*.py", "**/*.yaml"),
    );
    sync_and_merge(&sandbox);
    let text = String::from_utf8(sandbox.read(&format!("shop/{CHECKS}"))).unwrap();
    assert!(
        text.contains("A TODO is left behind"),
        "the check matches its own file"
    );
    let run = sandbox.run(&["lint", "shop", "--all", "--strict"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.write("shop/todo.yaml", "a: 1 # TODO later\n");
    sandbox.git("shop", &["add", "-A"]);
    let run = sandbox.run(&["lint", "shop", "--all", "--strict"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("todo.yaml"), "{run:?}");
}

//! Scopes on real repositories, as a user sees them: proposed, explained, linted, verified and removed.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;

use crate::support::{Run, Sandbox};

const MONEY: &str = "title: Amounts are decimals
severity: critical
tags: [billing]
paths: [\"**/*.py\"]
rule: Keep amounts of money in `Decimal`.
rationale: Rounding errors reached invoices.
bad: \"price = float(text)\"
good: \"price = Decimal(text)\"
checks:
  - forbid: '\\bfloat\\('
";

const TARGETS: &str = "version: 1
name: acme
assistants: [claude-code, codex]
use: [-reference]
checks: true
targets:
  ../mono: { tags: [app], visibility: private, scopes: { services/billing: [billing] } }
";

fn world() -> Sandbox {
    let world = Sandbox::new();
    world.repository(
        "mono",
        &[
            ("services/billing/money.py", "price = float(x)\n"),
            ("services/mail/send.py", "x = float(y)\n"),
            ("services/AGENTS.md", "Use make.\n"),
            (
                ".github/CODEOWNERS",
                "* @acme/all\n/services/billing/ @acme/billing\n",
            ),
        ],
    );
    world.write("store/targets.yaml", TARGETS);
    world.write("store/lessons/python/money.yaml", MONEY);
    world.write(
        "store/lessons/review/keys.yaml",
        "title: No keys\nseverity: critical\ntags: [app]\nrule: Keep keys out of the repository.\nrationale: History keeps them.\n",
    );
    world
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_in("store", args)
}

fn merge(world: &Sandbox) {
    let synced = run(world, &["sync", "--yes"]);
    assert_eq!(synced.code, 0, "{}{}", synced.stdout, synced.stderr);
    world.git("mono", &["merge", "--quiet", "lessonbook/acme"]);
}

#[track_caller]
fn says(said: &Run, parts: &[&str]) {
    for part in parts {
        let text = format!("{}{}", said.stdout, said.stderr);
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_scope_is_planned_with_its_files_its_proof_and_its_owners() {
    let world = world();
    let said = run(&world, &["plan", "-v"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    says(
        &said,
        &[
            "services/billing/AGENTS.md",
            "services/billing/CLAUDE.md",
            "2 critical lessons read by each assistant in 1 folder and the root",
            "owners: `services/billing` @acme/billing",
        ],
    );
    merge(&world);
    let again = run(&world, &["plan", "--format", "json"]);
    let page: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(page["targets"][0]["outcome"]["state"], "merged", "{page:#}");
}

#[test]
fn explain_shows_the_files_of_each_assistant_in_order() {
    let world = world();
    merge(&world);
    let said = run(&world, &["explain", "../mono", "services/billing/money.py"]);
    says(
        &said,
        &[
            "In order, from the root down",
            "services/AGENTS.md",
            "services/billing/AGENTS.md",
            "imported by services/billing/CLAUDE.md",
            "services/billing/**/*.py matches",
        ],
    );
    let json = run(
        &world,
        &[
            "explain",
            "../mono",
            "services/billing/money.py",
            "--format",
            "json",
        ],
    );
    let page: Value = serde_json::from_str(&json.stdout).unwrap();
    let chains = page["chains"].as_array().unwrap();
    let codex = chains.iter().find(|chain| chain["assistant"] == "Codex").unwrap();
    let files: Vec<&str> = codex["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        files,
        ["AGENTS.md", "services/AGENTS.md", "services/billing/AGENTS.md"]
    );
    let other = run(&world, &["explain", "../mono", "services/mail/send.py"]);
    assert!(!other.stdout.contains("for services/billing"), "{}", other.stdout);
}

#[test]
fn a_lesson_of_a_scope_is_checked_below_its_folder_only() {
    let world = world();
    merge(&world);
    let checks = String::from_utf8(world.read("mono/.lessonbook/acme.checks.yaml")).unwrap();
    assert!(checks.contains("services/billing/**/*.py"), "{checks}");
    world.write("mono/services/billing/tax.py", "tax = float(x)\n");
    world.write("mono/services/mail/more.py", "size = float(x)\n");
    world.commit("mono", "More");
    let said = world.run_in("mono", &["lint", "--base", "HEAD~1"]);
    assert_eq!(said.code, 1, "{}{}", said.stdout, said.stderr);
    let text = format!("{}{}", said.stdout, said.stderr);
    assert!(text.contains("services/billing/tax.py"), "{text}");
    assert!(!text.contains("services/mail/more.py"), "{text}");
}

#[test]
fn verify_knows_the_blocks_of_scopes_and_an_edit_of_one() {
    let world = world();
    merge(&world);
    let said = world.run_in("mono", &["verify"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    let path = "mono/services/billing/AGENTS.md";
    let text = String::from_utf8(world.read(path)).unwrap();
    assert!(text.contains("`Decimal`"), "{text}");
    world.write(path, text.replace("`Decimal`", "`float`"));
    let said = world.run_in("mono", &["verify"]);
    assert_eq!(said.code, 1, "{}{}", said.stdout, said.stderr);
    says(&said, &["services/billing/AGENTS.md"]);
}

#[test]
fn a_scope_whose_folder_is_missing_is_named_and_writes_nothing() {
    let world = world();
    world.write(
        "store/targets.yaml",
        TARGETS.replace("services/billing:", "servics/billing:"),
    );
    let said = run(&world, &["plan"]);
    says(&said, &["scope-missing", "servics/billing"]);
    assert!(
        !said.stdout.contains("servics/billing/AGENTS.md"),
        "{}",
        said.stdout
    );
}

#[test]
fn removing_a_scope_gives_the_bytes_back_and_withdrawing_a_lesson_cuts_it_there() {
    let world = world();
    let before = world.git("mono", &["rev-parse", "HEAD^{tree}"]);
    merge(&world);
    let withdrawn = run(
        &world,
        &["withdraw", "money", "--reason", "it was wrong", "--yes"],
    );
    says(&withdrawn, &["services/billing/AGENTS.md"]);
    world.git("mono", &["branch", "-D", "lessonbook/acme"]);
    world.write(
        "store/targets.yaml",
        TARGETS.replace("scopes: { services/billing: [billing] }", "enabled: false"),
    );
    merge(&world);
    assert_eq!(world.git("mono", &["rev-parse", "HEAD^{tree}"]), before);
}

#[test]
fn every_view_of_a_store_knows_the_files_of_a_scope() {
    let world = world();
    world.init("store");
    world.commit("store", "Lessons");
    merge(&world);
    run(&world, &["sync", "--yes"]); // deletes our merged branch
    let coverage = run(&world, &["coverage", "-v"]);
    assert_eq!(coverage.code, 0, "{coverage:?}");
    says(&coverage, &["services/billing/agents", "money"]);
    let by_assistant = run(&world, &["coverage", "--by", "assistant"]);
    assert_eq!(by_assistant.code, 0, "{by_assistant:?}");
    let status = run(&world, &["status", "--lesson", "money"]);
    assert_eq!(status.code, 0, "{status:?}");
    says(&status, &["up to date      2 of 2"]);
    // Only commits below the folder count.
    world.write("mono/services/mail/more.py", "size = float(x)\n");
    world.commit("mono", "Not about money");
    world.write("mono/services/billing/tax.py", "tax = float(x)\n");
    world.commit("mono", "Money");
    let effect = run(&world, &["effect", "money", "-v"]);
    assert_eq!(effect.code, 0, "{effect:?}");
    says(&effect, &["merged in 1 of 1 target", "services/billing/tax.py:1"]);
    assert!(
        !effect.stdout.contains("services/mail/more.py"),
        "{}",
        effect.stdout
    );
    let site = run(&world, &["site", "--out", "../site"]);
    assert_eq!(site.code, 0, "{site:?}");
    let pages = world.files("site");
    let about = |name: &str| {
        let page = pages.iter().find(|(path, _)| path.ends_with(name));
        String::from_utf8(page.unwrap().1.clone()).unwrap()
    };
    assert!(
        about("lessons/money/index.html").contains("services/billing"),
        "the lesson's page"
    );
    assert!(
        about("targets/mono/index.html").contains("services/billing"),
        "the target's page"
    );
}

//! `check`, `list` and `entry-points` on a store in a folder, as a user sees them.

use support::{Run, Sandbox};

use crate::support;

const TARGETS: &str = "version: 1\nname: acme\ntargets:\n  ../shop: [terraform]\n";
const LESSON: &str = "store/lessons/terraform/no-open-ingress.yaml";

const GOOD: &str = "\
title: No open ingress
severity: critical
tags: [terraform]
paths: [\"**/*.tf\"]
rule: Never open `0.0.0.0/0` to the world.
rationale: Anybody can come in.
review_by: 2027-06-30
";

#[test]
fn a_good_store_has_nothing_to_say_and_says_so() {
    let world = world(GOOD);
    let said = run(&world, &["check", "--store", "store"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""));
    assert_eq!(said.stderr, "check: 0 errors, 0 warnings, 0 notes in 1 lesson\n");
    let said = run(&world, &["check", "--store", "store", "-q"]);
    assert_eq!((said.code, said.stdout + &said.stderr), (0, String::new()));
}

#[test]
fn a_mistake_is_shown_with_its_file_as_it_is_named_from_here() {
    let world = world(&GOOD.replace("critical", "critcal"));
    let above = run(&world, &["check", "--store", "store"]);
    assert_eq!(above.code, 1);
    for part in [
        "error[unknown-severity]: ",
        "  --> store/lessons/terraform/no-open-ingress.yaml:2:11\n",
        "\n 2 | severity: critcal\n   |           ^^^^^^^",
    ] {
        assert!(above.stdout.contains(part), "{}", above.stdout);
    }
    assert!(above.stderr.starts_with("check: 1 error, "), "{}", above.stderr);

    let inside = run_on("2027-01-31", &world, "store/lessons", &["check"]);
    let place = "  --> lessons/terraform/no-open-ingress.yaml:2:11\n";
    assert!(inside.stdout.contains(place), "{}", inside.stdout);

    let github = run(&world, &["check", "--store", "store", "--format", "github"]);
    assert_eq!(github.code, 1);
    let start = "::error file=store/lessons/terraform/no-open-ingress.yaml,line=2,col=11,endColumn=18,title=unknown-severity::";
    assert!(github.stdout.starts_with(start), "{}", github.stdout);
}

#[test]
fn a_day_that_has_passed_is_a_warning_and_stops_nothing() {
    let world = world(GOOD);
    let late = |args: &[&str]| run_on("2027-07-01", &world, ".", args);
    let said = late(&["check", "--store", "store", "--format", "json"]);
    assert_eq!(said.code, 0);
    let page: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(page["format_version"], "1.0");
    assert_eq!(page["summary"]["warnings"], 1);
    assert_eq!(page["findings"][0]["code"], "review-overdue");
    assert_eq!(late(&["check", "--store", "store", "--strict"]).code, 0);
    let list = late(&["list", "--store", "store", "--overdue"]);
    assert!(list.stdout.contains("2027-06-30 overdue"), "{}", list.stdout);
}

#[test]
fn fix_corrects_what_it_can_and_a_second_one_does_nothing() {
    let world = world(&GOOD.replace("**/*.tf", "*.tf"));
    let check = run(&world, &["check", "--store", "store"]);
    assert_eq!(check.code, 1);
    assert!(
        check.stdout.contains("error[glob-not-portable]"),
        "{}",
        check.stdout
    );

    let fix = run(&world, &["check", "--fix", "--store", "store"]);
    assert_eq!((fix.code, fix.stdout.as_str()), (0, ""), "{}", fix.stderr);
    assert!(
        fix.stderr.starts_with("check: fixed 1 problem\n"),
        "{}",
        fix.stderr
    );
    assert_eq!(world.read(LESSON), GOOD.as_bytes());

    let again = run(&world, &["check", "--fix", "--store", "store"]);
    assert!(
        again.stderr.starts_with("check: fixed 0 problems\n"),
        "{}",
        again.stderr
    );
    assert_eq!(world.read(LESSON), GOOD.as_bytes());
}

#[test]
fn a_target_that_is_not_there_is_a_warning_and_sarif_has_a_place_for_it() {
    let world = world(GOOD);
    world.write(
        "store/targets.yaml",
        format!("{TARGETS}  ../nowhere: [terraform]\n"),
    );
    let said = run(&world, &["check", "--store", "store", "--format", "sarif"]);
    assert_eq!(said.code, 0);
    let log: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "target-missing");
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "store/targets.yaml");
}

#[test]
fn list_shows_lessons_and_says_when_the_store_has_mistakes() {
    let world = world(GOOD);
    let said = run(&world, &["list", "--store", "store"]);
    let expected = "\
topic      lesson           severity  status  tags       owner  review by   title
terraform  no-open-ingress  critical  active  terraform         2027-06-30  No open ingress
";
    assert_eq!((said.code, said.stdout.as_str()), (0, expected));
    assert_eq!(said.stderr, "1 lesson: 1 active, 0 draft, 0 retired; 0 overdue\n");

    world.write("store/lessons/terraform/broken.yaml", "title: [\n");
    let said = run(&world, &["list", "--store", "store"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, expected));
    let unread = "1 file could not be read; the store has errors: run `lessonbook check` for details\n";
    assert!(said.stderr.ends_with(unread), "{}", said.stderr);
}

#[test]
fn entry_points_are_listed_without_a_store() {
    let empty = Sandbox::new();
    let all = run(&empty, &["entry-points"]);
    assert_eq!((all.code, all.stderr.as_str()), (0, ""));
    for name in [
        "copilot",
        "claude",
        "copilot-scoped",
        "reference",
        "agents",
        "claude-rules",
        "cursor-rules",
        "gemini",
    ] {
        let start = format!("{name}   ");
        assert!(all.stdout.lines().any(|line| line.starts_with(&start)), "{name}");
    }
    let one = run(&empty, &["entry-points", "gemini", "--format", "json"]);
    let page: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!(page["entry_points"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["entry_points"][0]["path"], "GEMINI.md");
    assert_eq!(run(&empty, &["entry-points", "gemni"]).code, 2);
}

#[test]
fn entry_points_of_the_store_are_listed_with_the_built_in_ones() {
    let world = world(GOOD);
    let own = "entry_points:\n  responder: { kind: always, path: agents/prompt.md }\n";
    world.write("store/targets.yaml", format!("{TARGETS}{own}"));
    let said = run(&world, &["entry-points", "--store", "store", "responder"]);
    let start = "responder   agents/prompt.md   always loaded   of this store\n";
    assert!(said.stdout.starts_with(start), "{}{}", said.stdout, said.stderr);
}

/// A store with one lesson, and the repository beside it that the lesson concerns.
fn world(lesson: &str) -> Sandbox {
    let world = Sandbox::new();
    world.write("store/targets.yaml", TARGETS);
    world.write(LESSON, lesson);
    world.repository("shop", &[("main.tf", "# empty\n")]);
    world
}

/// Runs the program on a fixed day.
fn run(world: &Sandbox, args: &[&str]) -> Run {
    run_on("2027-01-31", world, ".", args)
}

fn run_on(day: &str, world: &Sandbox, folder: &str, args: &[&str]) -> Run {
    world.run_with(folder, args, &[("LESSONBOOK_TODAY", day)])
}

//! How far a plan and a run may reach: what users write in `targets.yaml`, held against the final bytes, and shown first.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use hub::Hub;
use lessonbook_pipeline::target_state::TargetState;
use library::{Book, PROBE, SECRETS, bare, failed, in_order, refused_for, story};
use serde_json::Value;
use support::{Run, Sandbox};

use crate::support::{self, hub, library};
use lessonbook_base::finding::Code;
use lessonbook_proof::Invariant;

// ---- One target, on the real binary.

/// A store with one lesson for `shop`, `club` and `bank`, these lines in `targets.yaml`, and this said of `shop`.
fn world(policy: &str, shop: &str) -> Sandbox {
    let world = Sandbox::new();
    for name in ["shop", "club", "bank"] {
        world.repository(
            name,
            &[
                ("src/main.py", "print()\n"),
                ("CLAUDE.md", "# Mine\n\nBe kind.\n"),
            ],
        );
    }
    targets(&world, policy, shop);
    world.write(
        "store/lessons/review/secrets.yaml",
        "title: No secrets in code\nseverity: critical\ntags: [app]\nrule: Keep passwords out.\nrationale: History keeps them.\n",
    );
    world
}

fn targets(world: &Sandbox, policy: &str, shop: &str) {
    let text = format!(
        "version: 1\nname: acme\nuse: [copilot, claude]\n{policy}targets:\n  ../shop: {{ tags: [app]{shop} }}\n  ../club: [app]\n  ../bank: [app]\n"
    );
    world.write("store/targets.yaml", text);
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_with("store", args, &[("LESSONBOOK_TODAY", "2026-11-20")])
}

fn json(world: &Sandbox, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().chain(&["--format", "json"]).copied().collect();
    let run = run(world, &args);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The targets that have our branch.
fn proposed(world: &Sandbox) -> Vec<&'static str> {
    let has = |name: &&str| {
        let branch = world.try_git(
            name,
            &["rev-parse", "--verify", "--quiet", "refs/heads/lessonbook/acme"],
        );
        branch.status.success()
    };
    ["shop", "club", "bank"].into_iter().filter(has).collect()
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_forbidden_path_stops_its_target_and_the_others_go_on() {
    let world = world("", ", forbid_paths: [CLAUDE.md, \"docs/**\"]");
    let sync = run(&world, &["sync", "--yes"]);
    assert_eq!(sync.code, 1, "{}", sync.stderr);
    assert_eq!(proposed(&world), ["club", "bank"]);
    says(
        &sync.stdout,
        &[
            "✗ 2 files, 1 in forbid_paths: `CLAUDE.md`",
            "error[path-not-allowed]: the plan would change what `forbid_paths` excludes: `CLAUDE.md`",
            "next: leave the entry point out of the target's `use`, or remove the path from `forbid_paths`",
            "2 to update (4 files",
        ],
    );
    // Mended as it says: then it goes, and the evidence says why.
    targets(&world, "", ", use: [-claude], forbid_paths: [CLAUDE.md]");
    let sync = run(&world, &["sync", "--yes"]);
    assert_eq!(sync.code, 0, "{}", sync.stdout);
    says(&sync.stdout, &["proposed ../shop: ", "1 file, +7 -0"]);
    assert_eq!(proposed(&world), ["shop", "club", "bank"]);
}

#[test]
fn the_policys_lists_hold_for_all_and_a_target_may_say_otherwise() {
    let policy = "policy: { forbid_paths: [AGENTS.md], allow_paths: [\".github/**\", CLAUDE.md], max_added_lines: 3 }\n";
    let world = world(policy, ", allow_paths: [\".github/**\"], max_added_lines: 900");
    let plan = json(&world, &["plan"]);
    let target = |at: usize| &plan["targets"][at];
    let evidence = |at: usize, name: &str| {
        let all = target(at)["proof"]["invariants"].as_array().unwrap().iter();
        let mut named = all.filter(|invariant| invariant["name"] == name);
        let invariant = named.next().unwrap_or_else(|| panic!("no {name}"));
        (
            invariant["holds"].as_bool().unwrap(),
            invariant["evidence"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        evidence(0, "allow-paths"),
        (
            false,
            "2 files, 1 outside allow_paths (the target's own, instead of the policy's): `CLAUDE.md`".into()
        )
    );
    assert_eq!(
        evidence(1, "allow-paths"),
        (true, "2 files, all in allow_paths".into())
    );
    assert_eq!(
        evidence(0, "forbid-paths"),
        (true, "2 files, none in forbid_paths".into())
    );
    let (holds, own) = evidence(0, "max-added-lines");
    assert!(
        holds && own.ends_with(" of at most 900 added lines (the target's own; the policy's is 3)"),
        "{own}"
    );
    let (holds, policys) = evidence(1, "max-added-lines");
    assert!(
        !holds && policys.ends_with(" of at most 3 added lines"),
        "{policys}"
    );
    assert_eq!(evidence(1, "max-files"), (true, "2 of at most 25 files".into()));
    let codes = |at: usize| -> Vec<&str> {
        let all = target(at)["outcome"]["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["level"] == "error")
            .map(|finding| finding["code"].as_str().unwrap())
            .collect()
    };
    assert_eq!(codes(0), ["path-not-allowed"]);
    assert_eq!(codes(1), ["too-many-lines"]);
}

#[test]
fn invariants_come_first_in_every_view_and_of_them_those_that_fail() {
    let world = world("", ", max_added_lines: 3");
    let plan = run(&world, &["plan", "../shop"]);
    assert_eq!(plan.code, 1);
    let lines: Vec<&str> = plan.stdout.lines().collect();
    let headline = lines.iter().position(|line| line.starts_with("../shop")).unwrap();
    assert!(
        lines[headline + 1].starts_with("  proof  ✗ ")
            && lines[headline + 1].contains("of at most 3 added lines"),
        "{}",
        plan.stdout
    );
    let proof = plan.stdout.find("of at most 3 added lines").unwrap();
    let lesson = plan.stdout.find("secrets  critical").unwrap();
    let file = plan.stdout.find("copilot-instructions.md  ").unwrap();
    assert!(proof < lesson && lesson < file, "{}", plan.stdout);
    let text = run(&world, &["plan", "--format", "json"]).stdout;
    assert!(text.find("\"invariants\"").unwrap() < text.find("\"lessons\"").unwrap());
    assert!(text.find("\"bounds\"").unwrap() < text.find("\"targets\"").unwrap());
}

#[test]
fn a_wrong_glob_or_number_is_told_with_its_place_and_nothing_is_planned() {
    let world = world("policy:\n  forbid_paths: [\"*.md\"]\n  max_targets: few\n", "");
    let check = run(&world, &["check"]);
    assert_eq!(check.code, 1);
    says(
        &check.stdout,
        &[
            "error[bad-path-glob]: `forbid_paths` can't contain `*.md`",
            "targets.yaml:5:18",
            "write \"**/*.md\"",
            "targets.yaml:6:16",
            "`max_targets` must be a whole number",
        ],
    );
    assert_eq!(run(&world, &["sync", "--yes"]).code, 1);
    assert_eq!(proposed(&world), [""; 0]);
}

#[test]
fn a_glob_of_one_target_that_is_wrong_stops_that_target_alone() {
    let world = world("", ", allow_paths: [docs/]");
    let sync = run(&world, &["sync", "--yes"]);
    assert_eq!(sync.code, 1);
    says(&sync.stdout, &["write \"docs/**\""]);
    assert_eq!(proposed(&world), ["club", "bank"]);
}

// ---- A run.

#[test]
fn a_run_past_a_bound_stops_before_its_first_write() {
    for (policy, evidence, why) in [
        (
            "max_targets: 2",
            "3 of at most 2 targets",
            "in 3 targets, but at most 2 are allowed",
        ),
        (
            "max_files: 5",
            "6 of at most 5 files",
            "6 files, but at most 5 are allowed",
        ),
        (
            "max_changed_lines: 1",
            " of at most 1 changed line",
            " changed lines, but at most 1 is allowed",
        ),
    ] {
        let world = world(&format!("policy: {{ {policy} }}\n"), "");
        let before = world.files(".");
        let plan = run(&world, &["plan"]);
        assert_eq!(plan.code, 1, "{policy}");
        let lines: Vec<&str> = plan.stdout.lines().collect();
        assert!(
            lines[1].starts_with("bounds ✗ ") && lines[1].ends_with(evidence),
            "{}",
            plan.stdout
        );
        let error = "error[run-too-large]: this run would write ";
        assert!(lines[2].starts_with(error) && lines[2].ends_with(why));
        let sync = run(&world, &["sync", "--yes"]);
        assert_eq!(sync.code, 1, "{policy}");
        let key = policy.split(':').next().unwrap();
        says(
            &sync.stdout,
            &[
                "stopped[run-too-large]: this run would write ",
                why,
                &format!("raise `policy.{key}` in targets.yaml, or name fewer TARGETs"),
                "Nothing was written.",
            ],
        );
        let stopped = json(&world, &["sync", "--yes"]);
        assert_eq!(stopped["stopped"][0]["code"], "run-too-large");
        assert_eq!(stopped["outcomes"], serde_json::json!([]));
        assert_eq!(world.files("."), before, "{policy}: nothing is written anywhere");
    }
}

#[test]
fn who_names_fewer_targets_stays_within_the_bound() {
    let world = world("policy: { max_targets: 2, max_files: 4 }\n", "");
    let sync = run(&world, &["sync", "--yes", "../shop", "../club"]);
    assert_eq!(sync.code, 0, "{}", sync.stdout);
    says(
        &sync.stdout,
        &["bounds ✓ 2 of at most 2 targets   ✓ 4 of at most 4 files"],
    );
    assert_eq!(proposed(&world), ["shop", "club"]);
    // What is proposed already, or refused, is nothing that the next run would write.
    let sync = run(&world, &["sync", "--yes"]);
    assert_eq!(sync.code, 0, "{}", sync.stdout);
    says(
        &sync.stdout,
        &["bounds ✓ 1 of at most 2 targets   ✓ 2 of at most 4 files"],
    );
    let rest = json(&world, &["sync", "--yes"]);
    assert_eq!(rest["bounds"][0]["evidence"], "0 of at most 2 targets");
    assert_eq!(rest.get("stopped"), None);
}

#[test]
fn a_branch_that_was_merged_is_tidied_whatever_the_bound() {
    let world = world("", "");
    assert_eq!(run(&world, &["sync", "--yes"]).code, 0);
    for name in ["shop", "club", "bank"] {
        world.git(name, &["merge", "--quiet", "lessonbook/acme"]);
    }
    targets(&world, "policy: { max_targets: 0 }\n", "");
    let sync = run(&world, &["sync", "--yes"]);
    assert_eq!(sync.code, 0, "{}", sync.stdout);
    assert_eq!(proposed(&world), [""; 0]);
}

#[test]
fn without_bounds_nothing_is_said_of_them() {
    let world = world("", "");
    let plan = run(&world, &["plan"]);
    assert!(!plan.stdout.contains("bounds"), "{}", plan.stdout);
    assert_eq!(json(&world, &["plan"])["bounds"], serde_json::json!([]));
}

// ---- The proof itself.

#[test]
fn paths_are_matched_as_they_are_written() {
    for (globs, holds) in [
        ("CLAUDE.md", false),
        ("\"**/CLAUDE.md\"", false),
        ("\"{CLAUDE,AGENTS}.md\"", false),
        ("\".github/**\"", false),
        ("\".github/*\"", false),
        (".claude/rules/kubernetes.md", false),
        ("claude.md", true),
        ("sub/CLAUDE.md", true),
        ("\".github/*/*/*\"", true),
        ("\"src/**\"", true),
    ] {
        let book = Book::new(&[PROBE, SECRETS]).settings(&format!("policy: {{ forbid_paths: [{globs}] }}"));
        assert!(book.load().1.is_empty(), "{globs}: {:?}", book.load().1);
        let plan = book.plan(&bare());
        assert_eq!(failed(&plan).is_empty(), holds, "{globs}: {}", story(&plan));
        assert_eq!(plan.outcome.state == TargetState::Refused, !holds, "{globs}");
    }
    let none = Book::new(&[SECRETS]).settings("policy: { allow_paths: [] }");
    let plan = none.plan(&bare());
    refused_for(
        &plan,
        Code::PathNotAllowed,
        "the plan would change what `allow_paths` does not include: `.github/copilot-instructions.md`",
    );
}

#[test]
fn added_lines_are_counted_on_the_final_bytes_to_the_line() {
    let book = Book::new(&[PROBE, SECRETS]);
    let plan = book.plan(&bare());
    let added: usize = plan.content.edits.iter().map(|edit| edit.counts().0).sum();
    let with = |most: usize| {
        let book = Book::new(&[PROBE, SECRETS]);
        book.settings(&format!("policy: {{ max_added_lines: {most} }}"))
            .plan(&bare())
    };
    in_order(&with(added));
    let one_less = with(added - 1);
    refused_for(&one_less, Code::TooManyLines, &format!("adds {added} lines"));
    assert_eq!(failed(&one_less), ["max-added-lines"]);
}

#[test]
fn the_number_of_files_is_an_invariant_with_its_evidence() {
    let book = Book::new(&[PROBE, SECRETS]).settings("policy: { max_files_per_target: 3 }");
    let plan = book.plan(&bare());
    assert_eq!(failed(&plan), ["max-files"]);
    let evidence = |invariant: &Invariant| invariant.evidence.clone();
    let said: Vec<String> = plan
        .proof
        .invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .map(evidence)
        .collect();
    assert_eq!(said, ["4 of at most 3 files"]);
}

#[test]
fn a_pull_request_shows_the_proof_then_the_exceptions_then_every_invariant() {
    let book = Book::new(&[PROBE, SECRETS]).settings(
        "policy: { max_added_lines: 900 }\nexceptions: [{ lesson: secrets, target: acme/app, entry_point: claude, \
         reason: it is the vault, by: dana, until: 2027-01-31 }]",
    );
    let body = Hub::new(&book).text().body;
    let at = |part: &str| {
        body.find(part)
            .unwrap_or_else(|| panic!("`{part}` is not in:\n{body}"))
    };
    let order = [
        at("**What changes for you:**"),
        at("**Proved on the final bytes:** ✓ "),
        at("1 exempt, and 9 more invariants hold"),
        at("**Left out by an exception:**"),
        at("- `secrets` at `claude`, by dana until 2027-01-31: it is the vault"),
        at("Proof: ✓ 2 critical lessons at 4 of 4 entry points, 1 exempt"),
        at(" of at most 900 added lines"),
    ];
    assert!(order.is_sorted(), "{body}");
}

#[test]
fn what_several_targets_need_alike_is_said_once() {
    let world = world("policy: { forbid_paths: [\"**/CLAUDE.md\"] }\n", "");
    let page = run(&world, &["status"]).stdout;
    let next: Vec<&str> = page.lines().filter(|line| line.contains("next: ")).collect();
    assert_eq!(next.len(), 1, "{page}");
    says(next[0], &["../shop, ../club, ../bank: next: "]);
}

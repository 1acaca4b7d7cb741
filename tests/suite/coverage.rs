//! `coverage` on real repositories, as a user sees it.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::{Run, Sandbox};

use crate::support;

const TARGETS: &str = "\
version: 1
name: acme
use: [copilot, claude, copilot-scoped, reference, \"agents?\"]
targets:
  ../shop: { tags: [kubernetes], visibility: private }
";

fn lesson(severity: &str, rule: &str) -> String {
    format!(
        "title: {rule}\nseverity: {severity}\ntags: [kubernetes]\npaths: [\"**/*.yaml\"]\nrule: {rule}\n\
         rationale: It went wrong before.\ngood: |\n  kind: Good\n"
    )
}

/// A store with a critical and a high lesson, and a repository with instruction files of its own.
fn world(targets: &str) -> Sandbox {
    let world = Sandbox::new();
    world.repository(
        "shop",
        &[
            ("charts/web.yaml", "kind: Deployment\n"),
            ("CLAUDE.md", "# Shop\n\nBe kind.\n"),
            ("AGENTS.md", "# Shop\n\nUse make.\n"),
        ],
    );
    world.write("store/targets.yaml", targets);
    world.write(
        "store/lessons/kubernetes/probes.yaml",
        lesson("critical", "Give each probe three tries."),
    );
    world.write(
        "store/lessons/kubernetes/tags.yaml",
        lesson("high", "Pin each image to a digest."),
    );
    world
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_with("store", args, &[("LESSONBOOK_TODAY", "2026-06-01")])
}

fn merge(world: &Sandbox) {
    let synced = run(world, &["sync", "--yes"]);
    assert_eq!(synced.code, 0, "{}{}", synced.stdout, synced.stderr);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

fn first(said: &Run) -> &str {
    said.stdout.lines().next().unwrap_or_default()
}

#[track_caller]
fn says(said: &Run, parts: &[&str]) {
    for part in parts {
        assert!(said.stdout.contains(part), "`{part}` is not in:\n{}", said.stdout);
    }
}

#[test]
fn the_headline_shows_current_coverage_and_open_proposals_that_are_not_merged() {
    let world = world(TARGETS);
    let fresh = run(&world, &["coverage"]);
    assert_eq!((fresh.code, fresh.stderr.as_str()), (0, ""));
    assert_eq!(
        first(&fresh),
        "critical: 0 of 5 placements covered, 5 of 5 after the merge: 1 target waits for `sync`"
    );
    says(
        &fresh,
        &[
            "\nall lessons: 0 of 10 placements covered, 10 of 10 after the merge\n",
            "\n  lesson  severity  copilot  claude  agents  copilot-scoped  reference\n",
            "\n  probes  critical  · → s    · → s   · → s   · → f           · → f\n",
            "\n  tags    high      · → s    · → s   · → s   · → f           · → f\n",
        ],
    );
    assert_eq!(run(&world, &["sync", "--yes"]).code, 0);
    let open = run(&world, &["coverage"]);
    assert_eq!(
        first(&open),
        "critical: 0 of 5 placements covered, 5 of 5 after the merge: 1 open proposal is not merged"
    );
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    let merged = run(&world, &["coverage"]);
    assert_eq!(first(&merged), "critical: 5 of 5 placements covered");
    says(
        &merged,
        &["\n  probes  critical  s        s       s       f               f\n"],
    );
}

#[test]
fn every_place_is_told_with_its_line_and_the_line_is_right() {
    let world = world(TARGETS);
    let before = run(&world, &["coverage", "-v"]);
    says(
        &before,
        &[
            "    copilot         now    nothing  .github/copilot-instructions.md: the file does not exist\n",
            "    claude          now    nothing  CLAUDE.md: the file does not hold our block\n",
        ],
    );
    merge(&world);
    let after = run(&world, &["coverage", "-v"]);
    let line = after
        .stdout
        .lines()
        .find(|line| line.contains("now, after  summary  CLAUDE.md:"));
    let number: usize = line
        .and_then(|line| line.rsplit(':').next())
        .unwrap()
        .parse()
        .unwrap();
    let text = String::from_utf8(world.read("shop/CLAUDE.md")).unwrap();
    let there = text.lines().nth(number - 1).unwrap();
    assert!(
        there.contains("Give each probe three tries."),
        "{number}: {there}"
    );
}

#[test]
fn an_exception_is_told_with_its_reason_and_never_counted_as_covered() {
    let excused = format!(
        "{TARGETS}exceptions:\n  - {{ lesson: probes, target: ../shop, entry_point: claude, reason: no probes here, by: dana, until: 2027-01-31 }}\n"
    );
    let world = world(&excused);
    let said = run(&world, &["coverage"]);
    assert_eq!(said.code, 0);
    assert!(
        first(&said).starts_with("critical: 0 of 4 placements"),
        "{}",
        said.stdout
    );
    says(
        &said,
        &[
            "  probes  critical  · → s    (·)  ",
            "no probes here",
            "probes at claude",
            "dana",
            "2027-01-31",
        ],
    );
}

#[test]
fn a_hole_that_nothing_excuses_ends_with_1_and_says_what_is_missing() {
    let world = world(TARGETS);
    world.write(
        "store/templates/always.md.tera",
        "{% for lesson in lessons %}{% if lesson.id != 'probes' %}- {{ lesson.rule }} (`{{ lesson.id }}`)\n{% endif %}{% endfor %}",
    );
    let said = run(&world, &["coverage"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    says(
        &said,
        &[
            "   REFUSED\n",
            "· !",
            "hole: probes at copilot, required as `summary`: it is missing",
        ],
    );
    // Nothing is proposed, so nothing is promised either.
    assert_eq!(first(&said), "critical: 0 of 5 placements covered");
    let page: serde_json::Value =
        serde_json::from_str(&run(&world, &["coverage", "--format", "json"]).stdout).unwrap();
    assert_eq!(page["summary"]["holes"], 6);
    assert_eq!(page["summary"]["critical"]["proposed"], 0);
}

#[test]
fn a_target_that_nobody_looked_at_is_no_success() {
    let world = world(&format!("{TARGETS}  ../gone: [kubernetes]\n"));
    merge_shop(&world);
    let said = run(&world, &["coverage"]);
    assert_eq!(said.code, 1);
    assert_eq!(
        first(&said),
        "critical: 5 of 5 placements covered: 1 target was not looked at"
    );
    says(
        &said,
        &[
            "error[target-missing]",
            "not looked at, so its coverage is unknown",
        ],
    );
}

fn merge_shop(world: &Sandbox) {
    assert_eq!(run(world, &["sync", "--yes", "../shop"]).code, 0);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

#[test]
fn a_reader_is_shown_with_its_copies_its_sizes_and_what_hides_a_file() {
    let world = world(TARGETS);
    let said = run(&world, &["coverage", "--by", "assistant"]);
    assert_eq!(said.code, 0);
    says(
        &said,
        &[
            "  Claude Code: AGENTS.md is not read: `CLAUDE.md` hides it from Claude Code\n",
            "  of 2 lessons for this target",
        ],
    );
    // VS Code loads the three files of every session and the scoped one: the same lesson four times.
    let row = |name: &str| {
        let mut lines = said.stdout.lines();
        let line = lines.find(|line| line.trim_start().starts_with(name)).unwrap();
        line.split("  ")
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
    };
    assert_eq!(row("GitHub Copilot in VS Code")[1..3], ["0 → 2", "4"]);
    assert_eq!(row("Claude Code ")[1..3], ["0 → 2", "1"]);
    assert_eq!(row("Codex")[4], "nothing");

    let page = run(&world, &["coverage", "--by", "assistant", "--format", "json"]);
    let page: serde_json::Value = serde_json::from_str(&page.stdout).unwrap();
    let assistants = page["targets"][0]["assistants"].as_array().unwrap();
    let claude = assistants
        .iter()
        .find(|reader| reader["assistant"] == "Claude Code")
        .unwrap();
    let size = world.read("shop/CLAUDE.md").len();
    assert_eq!(claude["current"]["always"]["bytes"], size);
    assert_eq!(claude["current"]["always"]["lines"], 3);
    merge(&world);
    let said = run(&world, &["coverage", "--by", "assistant", "-v"]);
    says(
        &said,
        &[
            "claude:",
            "4 copies at most",
            "AGENTS.md",
            "not read: `CLAUDE.md` hides it",
        ],
    );
}

#[test]
fn an_import_takes_the_hidden_file_back_in() {
    let world = world(TARGETS);
    world.write("shop/CLAUDE.md", "@AGENTS.md\n");
    world.commit("shop", "Import");
    let said = run(&world, &["coverage", "--by", "assistant"]);
    assert!(
        !said.stdout.contains("AGENTS.md is not read: `CLAUDE.md`"),
        "{}",
        said.stdout
    );
    let said = run(&world, &["coverage", "--by", "assistant", "-v"]);
    says(&said, &["in every session, imported by CLAUDE.md"]);
}

#[test]
fn what_a_reader_cuts_is_not_seen() {
    let world = world(&TARGETS.replace("\"agents?\"", "agents"));
    merge(&world);
    let mut text = b"x".repeat(33_000);
    text.push(b'\n');
    text.extend(world.read("shop/AGENTS.md"));
    world.write("shop/AGENTS.md", text);
    world.commit("shop", "Much text");
    let page = run(&world, &["coverage", "--by", "assistant", "--format", "json"]);
    let page: serde_json::Value = serde_json::from_str(&page.stdout).unwrap();
    let assistants = page["targets"][0]["assistants"].as_array().unwrap();
    let lessons = |name: &str| {
        let reader = assistants
            .iter()
            .find(|reader| reader["assistant"] == name)
            .unwrap();
        reader["current"]["lessons"].as_array().unwrap().len()
    };
    // Codex reads 32 KiB; Cursor reads CLAUDE.md as well.
    assert_eq!((lessons("Codex"), lessons("Cursor")), (0, 2));
}

#[test]
fn a_page_has_a_row_for_each_lesson() {
    let world = world(TARGETS);
    let said = run(&world, &["coverage", "--format", "markdown"]);
    assert_eq!(said.code, 0);
    let rows: Vec<&str> = said
        .stdout
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(rows.len(), 2, "{}", said.stdout);
    assert!(
        rows[0].starts_with("| `probes` | critical | none → summary |"),
        "{}",
        rows[0]
    );
    let assistants = run(&world, &["coverage", "--by", "assistant", "--format", "markdown"]);
    says(&assistants, &["| Claude Code | 0 → 2 | 1 |"]);
}

#[test]
fn sixty_lessons_stay_readable() {
    let world = world(TARGETS);
    for number in 0..58 {
        let file = format!("store/lessons/kubernetes/lesson-with-quite-a-long-name-{number:02}.yaml");
        world.write(
            &file,
            lesson("high", &format!("Remember thing number {number} here.")),
        );
    }
    let fresh = run(&world, &["coverage"]);
    merge_any(&world);
    let merged = run(&world, &["coverage"]);
    for line in fresh.stdout.lines().chain(merged.stdout.lines()) {
        assert!(line.chars().count() <= 100 || line.contains("error["), "{line}");
    }
    assert!(fresh.stdout.lines().count() < 75, "{}", fresh.stdout);
    assert!(merged.stdout.lines().count() < 25, "{}", merged.stdout);
    says(
        &merged,
        &["lessons everywhere as required, now and after the merge: 1 critical"],
    );
}

/// Merges whatever the proposal holds.
fn merge_any(world: &Sandbox) {
    run(world, &["sync", "--yes"]);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

#[test]
fn many_entry_points_are_numbered_and_the_numbers_are_told() {
    let all = "[copilot, claude, agents, gemini, copilot-scoped, claude-rules, cursor-rules, reference]";
    let world = world(&TARGETS.replace("[copilot, claude, copilot-scoped, reference, \"agents?\"]", all));
    world.write(
        "store/lessons/kubernetes/a-lesson-with-a-long-name.yaml",
        lesson("high", "Remember this one too."),
    );
    for args in [&["coverage"][..], &["explain", "../shop", "charts/web.yaml"]] {
        let said = run(&world, args);
        says(
            &said,
            &[
                "a-lesson-with-a-long-name  high      · → s",
                "1 copilot, 2 claude, ",
            ],
        );
    }
}

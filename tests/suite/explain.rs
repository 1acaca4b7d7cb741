//! `explain` on real repositories, as a user sees it.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;
use support::{Run, Sandbox};

use crate::support;

const TARGETS: &str = "\
version: 1
name: acme
use: [copilot, claude, copilot-scoped, reference, \"agents?\"]
library_tags: [terraform]
targets:
  ../shop: { tags: [kubernetes], visibility: private }
";

fn lesson(tag: &str, paths: &str, rule: &str) -> String {
    let tags = if tag.is_empty() {
        String::new()
    } else {
        format!("tags: [{tag}]\n")
    };
    format!(
        "title: {rule}\nseverity: critical\n{tags}{paths}rule: {rule}\nrationale: It went wrong before.\ngood: |\n  kind: Good\n"
    )
}

const YAML: &str = "paths: [\"**/*.yaml\"]\n";

/// Lessons by tag, for every path, by path, and for other targets; and a repository with files of its own.
fn world() -> Sandbox {
    let world = Sandbox::new();
    world.repository(
        "shop",
        &[
            ("charts/web.yaml", "kind: Deployment\n"),
            ("CLAUDE.md", "# Shop\n\nBe kind.\n"),
            ("AGENTS.md", "# Shop\n\nUse make.\n"),
            (
                ".github/instructions/top.instructions.md",
                "---\napplyTo: \"*.yaml\"\n---\n- Sort keys.\n",
            ),
            (
                ".github/instructions/quiet.instructions.md",
                "---\napplyTo: \"**\"\nexcludeAgent: \"code-review\"\n---\n- Run it.\n",
            ),
            (
                ".cursor/rules/app.mdc",
                "---\nglobs: app/**\nalwaysApply: false\n---\n- Use Flask.\n",
            ),
        ],
    );
    world.write("store/targets.yaml", TARGETS);
    let topic = "store/lessons/kubernetes";
    world.write(
        &format!("{topic}/probes.yaml"),
        lesson("kubernetes", YAML, "Give each probe three tries."),
    );
    world.write(
        &format!("{topic}/say-why.yaml"),
        lesson("", "", "Say why in each commit."),
    );
    world.write(
        &format!("{topic}/no-open-ingress.yaml"),
        lesson("terraform", YAML, "Never open a port to the world."),
    );
    world
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_with("store", args, &[("LESSONBOOK_TODAY", "2026-06-01")])
}

fn page(world: &Sandbox, path: &str) -> Value {
    let said = run(world, &["explain", "../shop", path, "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

fn merge(world: &Sandbox) {
    let synced = run(world, &["sync", "--yes"]);
    assert_eq!(synced.code, 0, "{}{}", synced.stdout, synced.stderr);
    world.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

fn row<'p>(page: &'p Value, list: &str, key: &str, name: &str) -> &'p Value {
    let rows = page[list].as_array().unwrap();
    let found = rows.iter().find(|row| row[key] == name);
    found.unwrap_or_else(|| panic!("no {name} in {page:#}"))
}

fn when<'p>(page: &'p Value, file: &str, reader: &str) -> &'p Value {
    let assistants = row(page, "files", "path", file)["assistants"].as_array().unwrap();
    &assistants.iter().find(|row| row["assistant"] == reader).unwrap()["current"]
}

#[track_caller]
fn says(said: &Run, parts: &[&str]) {
    for part in parts {
        assert!(said.stdout.contains(part), "`{part}` is not in:\n{}", said.stdout);
    }
}

#[test]
fn a_new_file_is_explained_with_the_lessons_about_it_and_why() {
    let world = world();
    let said = run(&world, &["explain", "../shop", "charts/new.yaml"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    says(
        &said,
        &[
            "charts/new.yaml in ../shop   main@",
            "this file does not exist yet",
            "2 lessons about this path\n",
            "  tag kubernetes, and **/*.yaml matches\n",
            "  for every repository and every path\n",
            "    probes  critical  · → s    · → s   · → s   · → f\n",
            "  .github/copilot-instructions.md   only after the merge, ",
            "on request: any assistant",
        ],
    );
    merge(&world);
    let said = run(&world, &["explain", "../shop", "charts/new.yaml"]);
    says(
        &said,
        &["    probes  critical  s        s       s       f\n", "2 of 2 "],
    );
    assert!(!said.stdout.contains("only after the merge"), "{}", said.stdout);
}

#[test]
fn a_glob_is_read_as_each_reader_reads_it() {
    let world = world();
    let page = page(&world, "charts/web.yaml");
    let top = ".github/instructions/top.instructions.md";
    // VS Code takes `*.yaml` for any folder, GitHub's documentation for the top one.
    assert_eq!(
        when(&page, top, "GitHub Copilot in VS Code")["globs"][0],
        "*.yaml"
    );
    let cloud = when(&page, top, "Copilot cloud agent");
    assert_eq!(
        (&cloud["when"], &cloud["why"]),
        (&"never".into(), &"`*.yaml` does not match".into())
    );
    let quiet = ".github/instructions/quiet.instructions.md";
    assert_eq!(
        when(&page, quiet, "Copilot code review")["why"],
        "its `excludeAgent` excludes Copilot code review"
    );
    assert_eq!(when(&page, quiet, "Copilot cloud agent")["when"], "always");
    let said = run(&world, &["explain", "../shop", "charts/web.yaml"]);
    says(
        &said,
        &[
            "`cursor-rules` is not in `use`",
            "not read (`app/**` does not match): Cursor\n",
        ],
    );
}

#[test]
fn what_is_not_seen_is_told_with_its_reason() {
    let world = world();
    merge(&world);
    world.write(
        "store/targets.yaml",
        format!("{TARGETS}exceptions:\n  - {{ lesson: probes, target: ../shop, entry_point: claude, reason: no probes here, by: dana }}\n"),
    );
    let said = run(&world, &["explain", "../shop", "charts/web.yaml"]);
    says(
        &said,
        &[
            "not read (`CLAUDE.md` hides it from Claude Code): Claude Code\n",
            "probes: not loaded by Claude Code: at `claude` it is exempt: exception: no probes here (dana)\n",
            "1 lesson in the store about such paths, but not for this target\n",
            "  no-open-ingress  critical  it is for the tag terraform; path **/*.yaml\n",
        ],
    );
}

#[test]
fn a_lesson_about_other_paths_is_not_counted_but_named_where_it_is_loaded_anyway() {
    let world = world();
    merge(&world);
    let page = page(&world, "app/models.py");
    assert_eq!(
        (&page["about_path"], &page["tracked"]),
        (&1.into(), &false.into())
    );
    let probes = row(&page, "lessons", "lesson", "probes");
    assert_eq!(probes["concerns_path"], false);
    let places: Vec<&str> = probes["current"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["entry_point"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["copilot", "claude", "agents"]); // and not in the scoped file, which is for **/*.yaml
}

#[test]
fn a_nearer_file_takes_the_place_of_the_top_one_for_readers_that_want_the_nearest() {
    let world = world();
    world.write("shop/charts/AGENTS.md", "# Charts\n");
    world.commit("shop", "Nearer");
    let below = page(&world, "charts/web.yaml");
    assert_eq!(
        when(&below, "AGENTS.md", "Copilot cloud agent")["why"],
        "Copilot cloud agent loads `charts/AGENTS.md` instead, which is nearer to the path"
    );
    assert_eq!(when(&below, "AGENTS.md", "Codex")["when"], "always");
    let beside = page(&world, "app/models.py");
    assert_eq!(
        when(&beside, "AGENTS.md", "Copilot cloud agent")["when"],
        "always"
    );
}

#[test]
fn a_path_that_leaves_the_target_or_is_no_file_is_wrong_use_with_a_way_out() {
    let world = world();
    for (path, error, help) in [
        (
            "../shop/charts/web.yaml",
            "is outside ../shop",
            "help: write `charts/web.yaml`",
        ),
        (
            "charts/../../x",
            "is outside ../shop",
            "help: write it relative to the target's top folder",
        ),
        (
            "/etc/passwd",
            "is not a path inside ../shop",
            "help: write it relative to the target's top folder",
        ),
        (
            "charts",
            "`charts` is a folder",
            "help: name a file in it, which need not exist: charts/new.txt",
        ),
        (
            "charts/web.yaml/x",
            "`charts/web.yaml` is a file, not a folder",
            "help: name a file of the target",
        ),
    ] {
        let said = run(&world, &["explain", "../shop", path]);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{path}");
        assert!(
            said.stderr.contains(error) && said.stderr.contains(help),
            "{path}: {}",
            said.stderr
        );
    }
    let said = run(&world, &["explain", "shop", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("did you mean `../shop`?"), "{}", said.stderr);
}

#[test]
fn a_target_that_cannot_be_read_says_why() {
    let world = world();
    world.write(
        "store/targets.yaml",
        format!("{TARGETS}  ../gone: [kubernetes]\n"),
    );
    let said = run(&world, &["explain", "../gone", "x"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(
        said.stderr
            .starts_with("error: ../gone can't be explained: there is no folder"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("help: "), "{}", said.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_to_another_entry_point_is_read_there_and_a_broken_one_by_nobody() {
    let world = world();
    std::fs::remove_file(world.path("shop/CLAUDE.md")).unwrap();
    std::os::unix::fs::symlink("AGENTS.md", world.path("shop/CLAUDE.md")).unwrap();
    std::os::unix::fs::symlink("nowhere.md", world.path("shop/GEMINI.md")).unwrap();
    world.commit("shop", "Links");
    let said = run(&world, &["explain", "../shop", "charts/web.yaml"]);
    says(
        &said,
        &["a link to AGENTS.md\n", "  GEMINI.md   it can't be read: "],
    );
}

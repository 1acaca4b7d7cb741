//! `withdraw` on repositories on disk: what a user with a few repositories sees, from the wrong lesson until nothing is left to do.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;
use support::{Run, Sandbox};

use crate::support;

const BRANCH: &str = "lessonbook/acme";
const REASON: &str = "It restarts healthy pods.";

/// A store with two lessons, and three repositories: one has merged them, one has them proposed, one does not have them.
struct World {
    sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for name in ["merged", "proposed", "fresh"] {
            sandbox.repository(
                name,
                &[("README.md", "# Hello\n"), ("CLAUDE.md", "# Mine\n\nBe kind.\n")],
            );
        }
        sandbox.init("store");
        let world = World { sandbox };
        world.write("targets.yaml", &targets(&["merged", "proposed"]));
        world.lesson("probe", "Never wait for a probe.");
        world.lesson("pin", "Pin every version.");
        world.commit();
        assert_eq!(world.run(&["sync", "--yes"]).code, 0);
        world.merge("merged");
        world.write("targets.yaml", &targets(&["merged", "proposed", "fresh"]));
        world.commit();
        world
    }

    fn write(&self, path: &str, text: &str) {
        self.sandbox.write(&format!("store/{path}"), text);
    }

    fn lesson(&self, id: &str, rule: &str) {
        let text =
            format!("title: T {id}\nseverity: critical\ntags: [all]\nrule: {rule}\nrationale: It bites.\n");
        self.write(&format!("lessons/basics/{id}.yaml"), &text);
    }

    fn commit(&self) {
        self.sandbox.commit("store", "Next");
    }

    fn run(&self, args: &[&str]) -> Run {
        self.sandbox.run_in("store", args)
    }

    fn withdraw(&self, more: &[&str]) -> Run {
        let args = [&["withdraw", "probe", "--reason", REASON, "--yes"], more].concat();
        self.run(&args)
    }

    fn merge(&self, name: &str) {
        self.sandbox.git(name, &["merge", "--quiet", "--no-edit", BRANCH]);
    }

    fn file(&self, name: &str, revision: &str, path: &str) -> String {
        self.sandbox.git(name, &["show", &format!("{revision}:{path}")])
    }

    /// Every reference of the repositories, with its commit.
    fn heads(&self) -> Vec<String> {
        let heads = |name: &&str| self.sandbox.git(name, &["for-each-ref"]);
        ["merged", "proposed", "fresh"].iter().map(heads).collect()
    }
}

fn targets(names: &[&str]) -> String {
    let mut text = "version: 1\nname: acme\nuse: [claude, copilot]\ntargets:\n".to_owned();
    for name in names {
        text.push_str(&format!("  ../{name}: [all]\n"));
    }
    text
}

#[test]
fn a_wrong_lesson_is_removed_from_proposals_and_merged_files_until_nothing_is_left_to_do() {
    let world = World::new();
    let run = world.withdraw(&[]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    for said in [
        "withdraw probe · critical",
        "reason  It restarts healthy pods.",
        "lessons/basics/probe.yaml gets `status: retired`",
        "✓ 2 lines removed from 2 files, none added",
        "✓ `probe` removed from 2 files",
        "\n1 target does not have it.\n",
        "it is on the base branch; a proposal removes it\n",
        "it is in an open proposal\n",
        "\n\nLeft to do until probe is removed; 1 proposal to merge:\n",
        "Commit and merge in the store:",
        "../merged  git -C [DIR]/merged show lessonbook/acme",
    ] {
        assert!(run.stdout.contains(said), "no `{said}` in\n{}", run.stdout);
    }
    let order = |target: &str| run.stdout.rfind(&format!("proposed {target}: ")).unwrap();
    assert!(
        order("../proposed") < order("../merged"),
        "open proposals first\n{}",
        run.stdout
    );
    let lesson = String::from_utf8(world.sandbox.read("store/lessons/basics/probe.yaml")).unwrap();
    assert!(
        lesson.ends_with("rationale: It bites.\nstatus: retired\n"),
        "{lesson}"
    );
    // The merged target gets a proposal that only removes text; the open proposal keeps the other lesson.
    let diff = world.sandbox.git("merged", &["diff", "main", BRANCH]);
    let added: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with('+') && !line.starts_with("+++"))
        .collect();
    assert!(
        added
            .iter()
            .all(|line| line.starts_with("+<!-- lessonbook:begin acme ")),
        "{diff}"
    );
    let message = world.sandbox.git("merged", &["log", "-1", "--format=%B", BRANCH]);
    assert!(
        message.contains("Withdrawn: probe: It restarts healthy pods."),
        "{message}"
    );
    for name in ["merged", "proposed"] {
        let text = world.file(name, BRANCH, "CLAUDE.md");
        assert!(
            text.contains("Pin every version.") && text.contains("Be kind.") && !text.contains("probe"),
            "{text}"
        );
    }
    // A second run changes nothing.
    world.commit();
    let heads = world.heads();
    let again = world.withdraw(&[]);
    assert_eq!((again.code, world.heads()), (0, heads), "{}", again.stdout);
    assert!(
        again.stdout.contains("already has `status: retired`"),
        "{}",
        again.stdout
    );
    assert!(again.stdout.contains("Merge:\n    ../merged"), "{}", again.stdout);
    // People merge; a sync finds only the target that never had it.
    world.merge("merged");
    world.merge("proposed");
    assert_eq!(world.run(&["sync", "--yes"]).code, 0);
    let end = world.withdraw(&[]);
    assert!(
        end.stdout.ends_with("✓ probe is no longer in any target.\n"),
        "{}",
        end.stdout
    );
    let status = world.run(&["status"]);
    assert!(!world.file("fresh", BRANCH, "CLAUDE.md").contains("probe"));
    assert!(
        status.stdout.contains("2 up to date, 1 proposed"),
        "{}",
        status.stdout
    );
}

#[test]
fn a_sync_with_the_lesson_still_active_keeps_the_withdrawal() {
    let world = World::new();
    world.withdraw(&[]);
    world.sandbox.git("store", &["checkout", "--quiet", "."]);
    let heads = world.heads()[..2].to_vec();
    for _ in 0..2 {
        let run = world.run(&["sync", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.stdout);
        assert_eq!(world.heads()[..2], heads, "{}", run.stdout);
        assert!(
            run.stdout
                .contains("warning[lesson-withdrawn]: probe was withdrawn here"),
            "{}",
            run.stdout
        );
    }
    // After the merge it is not proposed again while its words are the same; with other words it is another lesson.
    world.merge("merged");
    let heads = world.heads()[..2].to_vec();
    world.run(&["sync", "--yes"]);
    assert_eq!(world.heads()[..2], heads);
    let page = world.run(&["status", "../merged"]).stdout;
    assert!(!page.contains("waits for review"), "its branch is merged: {page}");
    world.lesson("probe", "Wait a second for a probe.");
    world.commit();
    let run = world.run(&["sync", "--yes"]);
    assert_ne!(world.heads()[0], heads[0], "{}", run.stdout);
    assert!(
        world
            .file("merged", BRANCH, "CLAUDE.md")
            .contains("Wait a second")
    );
}

#[test]
fn a_merged_withdrawal_is_remembered_after_its_branch_is_deleted() {
    let world = World::new();
    world.withdraw(&[]);
    world.sandbox.git("store", &["checkout", "--quiet", "."]);
    world.merge("merged");
    world.sandbox.git("merged", &["branch", "--quiet", "-D", BRANCH]);
    let heads = world.heads();
    let run = world.run(&["sync", "--yes", "../merged"]);
    assert_eq!((run.code, world.heads()), (0, heads), "{}", run.stdout);
    let said = "warning[lesson-withdrawn]: probe was withdrawn here";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    // `render` does not write the lesson to its files either.
    for out in ["../merged", "../rendered"] {
        let run = world.run(&["render", "../merged", "--out", out]);
        assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("lesson-withdrawn"), "{}", run.stderr);
    }
    assert_eq!(world.sandbox.git("merged", &["status", "--porcelain"]), "");
    world.lesson("probe", "Wait a second for a probe.");
    world.commit();
    world.run(&["sync", "--yes", "../merged"]);
    let text = world.file("merged", BRANCH, "CLAUDE.md");
    assert!(text.contains("Wait a second"), "{text}");
}

#[test]
fn hand_written_changes_are_never_overwritten_and_are_listed_at_the_end() {
    let world = World::new();
    // In one target a person edited the block, in the other they pushed to the branch.
    let text = world
        .file("merged", "main", "CLAUDE.md")
        .replace("Pin every", "Never pin every");
    world.sandbox.write("merged/CLAUDE.md", format!("{text}\n"));
    world.sandbox.commit("merged", "Mine");
    world.sandbox.git("proposed", &["checkout", "--quiet", BRANCH]);
    world.sandbox.write("proposed/notes.md", "Mine.\n");
    world.sandbox.commit("proposed", "Mine");
    world.sandbox.git("proposed", &["checkout", "--quiet", "main"]);
    let heads = world.heads();
    let run = world.withdraw(&[]);
    assert_eq!((run.code, world.heads()), (1, heads), "{}", run.stdout);
    for said in [
        "error[lesson-not-cut]: `CLAUDE.md`, line 3: probe can't be removed cleanly: our block was edited by hand",
        "do not merge `lessonbook/acme`: remove probe from it by hand, or delete it",
        "Remove by hand:\n    ../merged  `CLAUDE.md`, line 3",
        "Do not merge as they are, because a person edited or holds them:\n    ../proposed  `lessonbook/acme` holds probe and commits that a person made or changed: ",
    ] {
        assert!(run.stdout.contains(said), "no `{said}` in\n{}", run.stdout);
    }
}

#[test]
fn an_older_wording_is_removed_too_and_only_in_the_named_targets() {
    let world = World::new();
    world.lesson("probe", "Wait for two probes.");
    world.commit();
    let run = world.withdraw(&["../merged", "-v"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("\n  -- Never wait for a probe."),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("../proposed"), "{}", run.stdout);
    assert!(!world.file("merged", BRANCH, "CLAUDE.md").contains("probe"));
}

#[test]
fn a_lesson_whose_file_was_deleted_is_withdrawn_by_its_id() {
    let world = World::new();
    std::fs::remove_file(world.sandbox.path("store/lessons/basics/probe.yaml")).unwrap();
    world.commit();
    let run = world.withdraw(&[]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("withdraw probe · no longer in the store"),
        "{}",
        run.stdout
    );
    assert!(!world.file("merged", BRANCH, "CLAUDE.md").contains("probe"));
}

#[test]
fn wrong_use_says_what_to_do() {
    let world = World::new();
    let heads = world.heads();
    for (args, said) in [
        (
            &["withdraw", "prob", "--reason", "x", "--yes"][..],
            "help: did you mean `probe`?",
        ),
        (
            &["withdraw", "probe", "--reason", "  ", "--yes"],
            "a withdrawal needs a reason",
        ),
        (&["withdraw", "probe"], "--reason <TEXT>"),
        (
            &["withdraw", "probe", "--reason", "x"],
            "run the command again with --yes",
        ),
    ] {
        let run = world.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.stdout);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert_eq!(world.heads(), heads);
    let lesson = String::from_utf8(world.sandbox.read("store/lessons/basics/probe.yaml")).unwrap();
    assert!(!lesson.contains("retired"), "{lesson}");
}

#[test]
fn programs_read_what_is_withdrawn_and_what_is_left() {
    let world = World::new();
    let run = world.withdraw(&["--format", "json"]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    assert_eq!(said["withdrawal"]["lesson"], "probe");
    assert_eq!(said["withdrawal"]["file"], "lessons/basics/probe.yaml");
    assert_eq!(said["withdrawal"]["retires"], true);
    assert_eq!(said["left"][0]["what"], "store");
    assert_eq!(
        (&said["left"][1]["target"], &said["left"][1]["what"]),
        (&"../merged".into(), &"merge".into())
    );
    assert_eq!(said["left"].as_array().map(Vec::len), Some(2), "{}", said["left"]);
    assert_eq!(
        said["targets"][0]["proposal"]["withdraws"]["cuts"][1]["path"], "CLAUDE.md",
        "{said:#}"
    );
    assert_eq!(
        said["outcomes"].as_array().map(Vec::len),
        Some(2),
        "{}",
        said["outcomes"]
    );
}

#[test]
fn a_proposal_with_only_the_wrong_lesson_is_removed_with_its_branch() {
    let world = World::new();
    world.write("targets.yaml", &targets(&["merged", "proposed"]));
    std::fs::remove_file(world.sandbox.path("store/lessons/basics/pin.yaml")).unwrap();
    world.commit();
    world.run(&["sync", "--yes", "../proposed"]);
    let run = world.withdraw(&["../proposed"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout
            .contains("lessonbook/acme had nothing left to propose and was deleted"),
        "{}",
        run.stdout
    );
    assert_eq!(world.sandbox.git("proposed", &["branch", "--list", BRANCH]), "");
}

#[test]
fn a_base_that_moved_under_an_open_proposal_loses_nothing() {
    let world = World::new();
    world
        .sandbox
        .write("proposed/CLAUDE.md", "# Mine\n\nBe very kind.\n");
    world.sandbox.commit("proposed", "Mine");
    let run = world.withdraw(&["../proposed"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout
            .contains("`CLAUDE.md` changed on the base since it was proposed"),
        "{}",
        run.stdout
    );
    let copilot = world.file("proposed", BRANCH, ".github/copilot-instructions.md");
    assert!(
        copilot.contains("Pin every version.") && !copilot.contains("probe"),
        "{copilot}"
    );
    assert_eq!(
        world.file("proposed", BRANCH, "CLAUDE.md"),
        "# Mine\n\nBe very kind."
    );
    // The next sync proposes the rest again.
    world.commit();
    world.run(&["sync", "--yes", "../proposed"]);
    let claude = world.file("proposed", BRANCH, "CLAUDE.md");
    assert!(
        claude.contains("Be very kind.")
            && claude.contains("Pin every version.")
            && !claude.contains("probe"),
        "{claude}"
    );
}

#[test]
fn a_pause_stops_a_withdrawal_before_its_first_write() {
    let world = World::new();
    world.write("PAUSE", "reason: the wrong lesson is looked at\nby: dana\n");
    let heads = world.heads();
    let run = world.withdraw(&[]);
    assert_eq!(
        (run.code, world.heads()),
        (5, heads),
        "{}\n{}",
        run.stdout,
        run.stderr
    );
    assert!(run.stderr.contains("dana"), "{}", run.stderr);
    assert!(
        run.stdout
            .contains("lessons/basics/probe.yaml   paused, so the lesson is still active"),
        "{}",
        run.stdout
    );
    let lesson = String::from_utf8(world.sandbox.read("store/lessons/basics/probe.yaml")).unwrap();
    assert!(!lesson.contains("retired"), "{lesson}");
}

#[test]
fn the_audit_log_shows_what_was_retired_and_written() {
    let world = World::new();
    let run = world.withdraw(&["--log", "../run.jsonl"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    let text = String::from_utf8(world.sandbox.read("run.jsonl")).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = |what: &str, target: Option<&str>| {
        rows.iter()
            .any(|row| row["what"] == what && row["target"].as_str() == target && row["outcome"] == "done")
    };
    assert!(told("retire", None), "{text}");
    assert!(
        rows.iter().all(|row| row["run"]["command"] == "withdraw"),
        "{text}"
    );
    for target in ["../merged", "../proposed"] {
        let written = rows
            .iter()
            .any(|row| row["target"] == target && row["event"] == "write" && row["outcome"] == "done");
        assert!(written, "{target}: {text}");
    }
}

#[test]
fn a_rule_under_another_id_is_not_a_success() {
    let world = World::new();
    let before = world.file("merged", "main", "CLAUDE.md");
    let renamed = before.replace("`probe`", "`prob`");
    assert_ne!(renamed, before);
    world.sandbox.write("merged/CLAUDE.md", format!("{renamed}\n"));
    world.sandbox.commit("merged", "Mine");
    let run = world.withdraw(&["../merged"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for said in [
        "can't be removed cleanly: its rule is present without its id",
        "Remove by hand:\n    ../merged  `CLAUDE.md`, line ",
    ] {
        assert!(run.stdout.contains(said), "no `{said}` in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains("`probe` removed from"), "{}", run.stdout);
    // It is not a success either if the id is nowhere in the target.
    let copilot = world
        .file("merged", "main", ".github/copilot-instructions.md")
        .replace("`probe`", "`prob`");
    world
        .sandbox
        .write("merged/.github/copilot-instructions.md", format!("{copilot}\n"));
    world.sandbox.commit("merged", "Mine");
    let run = world.withdraw(&["../merged"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for file in ["CLAUDE.md", ".github/copilot-instructions.md"] {
        let said = format!("    ../merged  `{file}`, line ");
        assert!(run.stdout.contains(&said), "no `{said}` in\n{}", run.stdout);
    }
}

#[test]
fn an_edited_block_and_a_mention_outside_a_block_are_reported() {
    let world = World::new();
    let text = world
        .file("merged", "main", "CLAUDE.md")
        .replace("`probe`", "`prob`")
        .replace("Never wait for a probe.", "Probes are never waited for.")
        .replace("Be kind.", "Be kind, as `probe` says.");
    world.sandbox.write("merged/CLAUDE.md", format!("{text}\n"));
    world.sandbox.commit("merged", "Mine");
    let run = world.withdraw(&["../merged"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    let line_of = |what: &str| 1 + text.lines().position(|line| line.contains(what)).unwrap();
    let (begin, mention) = (line_of("lessonbook:begin"), line_of("as `probe` says"));
    for said in [
        format!("warning[block-edited]: `CLAUDE.md`, line {begin}: our block was edited by hand"),
        format!(
            "Check by hand:\n    ../merged  CLAUDE.md:{begin}, its block was edited, so it is unknown whether it still contains the lesson"
        ),
        format!("`CLAUDE.md`, line {mention}: hand-written text mentions probe and is not changed"),
    ] {
        assert!(run.stdout.contains(&said), "no `{said}` in\n{}", run.stdout);
    }
    assert_eq!(world.file("merged", BRANCH, "CLAUDE.md"), text);
    let copilot = world.file("merged", BRANCH, ".github/copilot-instructions.md");
    assert!(!copilot.contains("probe"), "{copilot}");
}

#[test]
fn a_withdrawal_from_some_targets_reports_that_others_were_not_checked() {
    let world = World::new();
    let run = world.withdraw(&["../merged"]);
    for said in [
        "Left to do until probe is removed from these targets; 1 proposal to merge:",
        "\n2 other targets were not looked at.\n",
    ] {
        assert!(run.stdout.contains(said), "no `{said}` in\n{}", run.stdout);
    }
    world.commit();
    let run = world.withdraw(&["../fresh"]);
    assert!(
        run.stdout
            .ends_with("✓ probe is no longer in these targets.\n2 other targets were not looked at.\n"),
        "{}",
        run.stdout
    );
    let run = world.withdraw(&["../fresh", "--format", "json"]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said["withdrawal"]["not_looked_at"], 2);
    let whole = world.withdraw(&[]);
    assert!(!whole.stdout.contains("not looked at"), "{}", whole.stdout);
}

#[test]
fn every_obstacle_is_listed_with_a_way_out() {
    let world = World::new();
    for path in ["CLAUDE.md", ".github/copilot-instructions.md"] {
        let text = world
            .file("merged", "main", path)
            .replace("Pin every", "Never pin every");
        world
            .sandbox
            .write(&format!("merged/{path}"), format!("{text}\n"));
    }
    world.sandbox.commit("merged", "Mine");
    world.sandbox.git("proposed", &["checkout", "--quiet", BRANCH]);
    let run = world.withdraw(&[]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let end = &run.stdout[run.stdout.find("Left to do").unwrap()..];
    for said in [
        "    ../merged  `CLAUDE.md`, line ",
        "    ../merged  `.github/copilot-instructions.md`, line ",
        "Fix this, then run the command again:\n    ../proposed  `lessonbook/acme` is checked out in ",
        ": switch to another branch there, then run again\n",
    ] {
        assert!(end.contains(said), "no `{said}` in\n{end}");
    }
    assert_eq!(end.matches("../proposed").count(), 1, "{end}");
}

#[test]
fn the_end_lists_lessons_that_mention_it_and_what_the_next_sync_may_do() {
    let world = World::new();
    world.write(
        "lessons/basics/zz-other.yaml",
        "title: Other\nseverity: low\ntags: [all]\nrule: Warm up first.\nrationale: It is what `probe` asks for.\n",
    );
    world.commit();
    let room = "Without the lesson a budget may have room for others";
    let named = "Other lessons still refer to probe: zz-other. Check whether they must be reworded.";
    let run = world.withdraw(&[]);
    assert!(
        run.stdout.contains(room) && run.stdout.contains(named),
        "{}",
        run.stdout
    );
    world.commit();
    let again = world.withdraw(&[]);
    assert!(
        !again.stdout.contains(room) && again.stdout.contains(named),
        "{}",
        again.stdout
    );
}

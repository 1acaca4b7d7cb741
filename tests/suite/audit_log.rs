//! The audit log of runs on targets on disk: what `--log` appends, and that nothing is written without a line in it.
//!
//! Input: a store with targets on disk, and runs. Output: lines, each of them valid by `docs/schema/record.json`. Not here:
//! targets on GitHub (`github_sync/audit_log.rs`), and the action (`workflows.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::schema::Closed;
use serde_json::Value;
use support::{Run, Sandbox};

use crate::support;

const LESSON: &str =
    "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";
const BRANCH: &str = "lessonbook/acme";
const LOG: &str = "record.jsonl";

/// A committed store with two targets on disk.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("one", &[("README.md", "# One\n")]);
    sandbox.repository("two", &[("README.md", "# Two\n")]);
    let targets = "version: 1\nname: acme\nuse: [claude]\ntargets:\n  ../one: [all]\n  ../two: [all]\n";
    sandbox.repository(
        "store",
        &[("targets.yaml", targets), ("lessons/basics/pin.yaml", LESSON)],
    );
    sandbox
}

fn sync(world: &Sandbox, environment: &[(&str, &str)]) -> Run {
    world.run_with(
        "store",
        &["sync", "--yes", "--log", "../record.jsonl"],
        environment,
    )
}

/// The whole lines of the record.
fn lines(world: &Sandbox) -> Vec<Value> {
    let mut schema = Closed::new(include_str!("../../docs/schema/record.json"));
    let text = String::from_utf8(world.read(LOG)).unwrap();
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let wrong = schema.errors(&line);
        assert_eq!(wrong, [""; 0], "{line:#}");
        line
    };
    text.lines().map(read).collect()
}

/// The lines of the last run, each as `event target what outcome`.
fn last_run(world: &Sandbox) -> Vec<String> {
    let lines = lines(world);
    let id = lines.last().unwrap()["run"]["id"].clone();
    let of_run: Vec<&Value> = lines.iter().filter(|line| line["run"]["id"] == id).collect();
    for (at, line) in of_run.iter().enumerate() {
        assert_eq!(line["number"], at + 1, "no line is missing: {line:#}");
    }
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or("-").to_owned();
    of_run
        .iter()
        .map(|line| {
            ["event", "target", "what", "outcome"]
                .map(|key| word(line, key))
                .join(" ")
        })
        .collect()
}

#[test]
fn the_record_tells_a_whole_life_and_only_grows() {
    let world = world();
    assert_eq!(sync(&world, &[]).code, 0);
    assert_eq!(
        last_run(&world),
        [
            "run-began - sync began",
            "decision ../one stale due",
            "decision ../two stale due",
            "write ../one create-branch began",
            "write ../one create-branch done",
            "write ../two create-branch began",
            "write ../two create-branch done",
            "run-ended - end done",
        ]
    );
    let first = world.read(LOG);

    assert_eq!(sync(&world, &[]).code, 0);
    assert_eq!(
        last_run(&world),
        [
            "run-began - sync began",
            "decision ../one proposed nothing",
            "decision ../two proposed nothing",
            "run-ended - end done",
        ]
    );
    assert!(world.read(LOG).starts_with(&first), "what was told stays");

    let old = world.git("one", &["rev-parse", BRANCH]);
    world.write(
        "store/lessons/basics/pin.yaml",
        LESSON.replace("Pin every", "Pin each"),
    );
    let store = world.commit("store", "Reword");
    // Somebody's commit on our branch: that target is refused.
    world.git("two", &["checkout", "--quiet", BRANCH]);
    world.write("two/notes.md", "mine\n");
    world.commit("two", "Mine");
    world.git("two", &["checkout", "--quiet", "main"]);
    assert_eq!(sync(&world, &[]).code, 1);
    assert_eq!(
        last_run(&world),
        [
            "run-began - sync began",
            "decision ../one stale due",
            "decision ../two refused refused",
            "refused ../two branch-foreign refused",
            "write ../one move-branch began",
            "write ../one move-branch done",
            "run-ended - end failed",
        ]
    );
    told_what_moved_and_what_was_refused(&world, &old, &store);

    world.write(
        "store/lessons/basics/pin.yaml",
        LESSON.replace("Pin every", "Pin all"),
    );
    world.write("store/PAUSE", "Stop.\n");
    world.commit("store", "Stop");
    assert_eq!(
        sync(&world, &[]).code,
        1,
        "a refused target weighs more than a deferred one"
    );
    assert_eq!(
        last_run(&world),
        [
            "run-began - sync began",
            "decision ../one stale due",
            "decision ../two refused refused",
            "refused ../two branch-foreign refused",
            "paused - pause deferred",
            "deferred ../one wait deferred",
            "run-ended - end failed",
        ]
    );
    let all = lines(&world);
    assert_eq!(all[all.len() - 3]["after"]["why"], "Stop.");
    let runs: std::collections::BTreeSet<&str> = all
        .iter()
        .map(|line| line["run"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(runs.len(), 4, "each run has its own id");
}

/// The last run moved the branch of one and refused two.
fn told_what_moved_and_what_was_refused(world: &Sandbox, old: &str, store: &str) {
    let all = lines(world);
    let done = &all[all.len() - 2];
    let new = world.git("one", &["rev-parse", BRANCH]);
    assert_eq!(
        (&done["before"]["head"], &done["after"]["head"]),
        (&old.into(), &new.into())
    );
    assert_eq!(
        done["after"]["onto"],
        world.git("one", &["rev-parse", "main"]).as_str()
    );
    assert_eq!(done["store"]["commit"], store);
    assert_eq!(
        (&done["store"]["name"], &done["store"]["dirty"]),
        (&"acme".into(), &false.into())
    );
    assert_eq!(done["actor"], "Dana", "whom git knows");
    assert_eq!(done["plan_digest"].as_str().unwrap().len(), 16, "{done:#}");
    assert_eq!(
        done["why"],
        "the store or the base branch changed since the proposal"
    );
    assert_eq!(all.last().unwrap()["after"]["exit_code"], 1);
    let refused = &all[all.len() - 4];
    assert_eq!(refused["code"], "branch-foreign");
    assert!(
        refused["why"]
            .as_str()
            .unwrap()
            .contains("commits that a person made or changed"),
        "{refused:#}"
    );
}

#[test]
fn a_bound_that_stops_the_whole_run_is_told_without_a_target() {
    let world = world();
    let targets = String::from_utf8(world.read("store/targets.yaml")).unwrap();
    world.write("store/targets.yaml", targets + "policy: { max_targets: 1 }\n");
    world.commit("store", "Bound");
    assert_eq!(sync(&world, &[]).code, 1);
    let told = last_run(&world);
    assert!(told[3].starts_with("refused - "), "{told:?}");
    assert_eq!(told.len(), 5, "{told:?}");
}

#[test]
fn a_saved_plan_that_is_applied_is_named_and_what_became_stale_is_told() {
    let world = world();
    assert_eq!(world.run_in("store", &["plan", "--out", "../plan.json"]).code, 0);
    world.write("two/CLAUDE.md", "# Ours\n");
    world.commit("two", "Somebody was quicker");
    let run = world.run_in(
        "store",
        &["apply", "../plan.json", "--yes", "--log", "../record.jsonl"],
    );
    assert_eq!(run.code, 4, "{run:?}");
    let told = last_run(&world);
    assert_eq!(told[0], "run-began - apply began");
    for line in [
        "refused ../two plan-stale refused",
        "write ../one create-branch began",
        "write ../one create-branch done",
        "run-ended - end done",
    ] {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
    let plan: Value = serde_json::from_slice(&world.read("plan.json")).unwrap();
    assert!(
        lines(&world)
            .iter()
            .all(|line| line["run"]["plan"] == plan["digest"])
    );
}

#[test]
fn a_decision_names_each_file_with_the_ids_that_git_gives_its_bytes() {
    let world = world();
    world.write("one/CLAUDE.md", "# Mine\n");
    world.commit("one", "Mine");
    sync(&world, &[]);
    let all = lines(&world);
    let decision = &all[1];
    let blob = |at: &str| world.git("one", &["rev-parse", &format!("{at}:CLAUDE.md")]);
    assert_eq!(
        decision["after"]["files"],
        serde_json::json!([{
            "path": "CLAUDE.md",
            "before": { "mode": "100644", "blob": blob("main") },
            "after": { "mode": "100644", "blob": blob(BRANCH) },
        }])
    );
    assert_eq!(
        decision["before"]["base"]["commit"],
        world.git("one", &["rev-parse", "main"]).as_str()
    );
}

#[test]
fn in_a_workflow_the_record_names_its_actor_and_its_page() {
    let world = world();
    let environment = [
        ("GITHUB_ACTOR", "kim"),
        ("GITHUB_RUN_ID", "8841"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_REPOSITORY", "acme/guardrails"),
    ];
    sync(&world, &environment);
    for line in lines(&world) {
        assert_eq!(line["actor"], "kim");
        assert_eq!(line["run"]["workflow"], "8841/2");
        let page = "https://github.com/acme/guardrails/actions/runs/8841/attempts/2";
        assert_eq!(line["run"]["url"], page);
        assert_eq!((&line["app"], &line["run"]["plan"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn a_record_that_cannot_be_kept_is_wrong_use_before_anything_is_written() {
    let world = world();
    std::fs::create_dir(world.path("folder")).unwrap();
    for path in ["../nowhere/record.jsonl", "../folder", "/dev/full"] {
        if path == "/dev/full" && !std::path::Path::new(path).exists() {
            continue;
        }
        let run = world.run_in("store", &["sync", "--yes", "--log", path]);
        assert_eq!(run.code, 2, "{path}: {run:?}");
        assert!(run.stderr.contains("can't be written"), "{path}: {}", run.stderr);
        assert_eq!(world.git("one", &["branch", "--list", BRANCH]), "");
    }
}

#[test]
fn a_record_is_never_put_behind_something_else() {
    let world = world();
    let planned = world.run_in("store", &["plan", "--out", "../plan.json"]);
    assert_eq!(planned.code, 0, "{planned:?}");
    for path in ["targets.yaml", "../plan.json", "../one/README.md"] {
        let file = format!("store/{path}");
        let before = world.read(&file);
        let run = world.run_in("store", &["sync", "--yes", "--log", path]);
        assert_eq!(run.code, 2, "{path}: {run:?}");
        assert!(
            run.stderr.contains("is not an audit log"),
            "{path}: {}",
            run.stderr
        );
        assert_eq!(world.read(&file), before, "{path}");
        assert_eq!(world.git("one", &["branch", "--list", BRANCH]), "");
    }
}

#[test]
fn two_runs_at_once_do_not_mix_their_lines() {
    let world = world();
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(world.path(LOG))
        .unwrap();
    file.lock().unwrap();
    let run = sync(&world, &[]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains("another run is writing to ../record.jsonl"),
        "{}",
        run.stderr
    );
    drop(file);
    assert_eq!(sync(&world, &[]).code, 0);
}

#[test]
fn half_a_line_of_a_killed_run_spoils_no_line_of_the_next() {
    let world = world();
    let half = "{\"format_version\":\"1.0\",\"ti";
    world.write(LOG, half);
    assert_eq!(sync(&world, &[]).code, 0);
    let text = String::from_utf8(world.read(LOG)).unwrap();
    let rest = text.strip_prefix(&format!("{half}\n")).unwrap();
    world.write(LOG, rest);
    assert_eq!(last_run(&world).len(), 8);
}

#[test]
fn without_the_argument_nothing_is_recorded() {
    let world = world();
    let before: Vec<_> = std::fs::read_dir(world.root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(world.run_in("store", &["sync", "--yes"]).code, 0);
    let after: Vec<_> = std::fs::read_dir(world.root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(before, after);
}

/// The system takes no more bytes of a file past a limit, wherever in the run that is: then whatever was written is told, and nothing else
/// was written.
#[cfg(unix)]
#[test]
fn a_record_that_breaks_in_the_middle_of_a_run_stops_it_before_the_next_write() {
    let mut ends = std::collections::BTreeSet::new();
    // The record's first run has some 8 lines of some 600 bytes; the file may have 16 KiB.
    for free in (0..6_000).step_by(350) {
        let world = world();
        let start = "{\"format_version\":\"1.0\",\"time\":\"";
        let filled = format!("{start}{}\n", "#".repeat(16 * 1024 - free - start.len() - 1));
        world.write(LOG, &filled);
        let script = "trap '' XFSZ\nulimit -f 32\ncd store\nlessonbook sync --yes --log ../record.jsonl";
        let run = world.shell(".", script);
        let text = String::from_utf8(world.read(LOG)).unwrap();
        let told = text.strip_prefix(&filled).unwrap();
        let told: Vec<Value> = told
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let mut written = 0;
        for name in ["one", "two"] {
            let stands = !world.git(name, &["branch", "--list", BRANCH]).is_empty();
            let began = told
                .iter()
                .any(|line| line["event"] == "write" && line["target"] == format!("../{name}"));
            assert!(
                !stands || began,
                "{free}: {name} was written and not told: {run:?}"
            );
            written += usize::from(stands);
        }
        let ended = told.iter().any(|line| line["event"] == "run-ended");
        assert_eq!(run.code == 0, ended, "{free}: {run:?}");
        if !ended {
            assert!(
                run.stderr.contains("can't be written") || run.stdout.contains("can't be written"),
                "{run:?}"
            );
        }
        ends.insert((run.code, written));
    }
    let wanted = [(0, 2), (1, 0), (1, 1), (1, 2), (2, 0)];
    for end in wanted {
        assert!(ends.contains(&end), "{end:?} was never seen: {ends:?}");
    }
}

#[test]
fn the_page_explains_every_key_event_and_outcome() {
    let page = include_str!("../../docs/audit-log.md");
    let schema: Value = serde_json::from_str(include_str!("../../docs/schema/record.json")).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    let words = ["event", "outcome"].map(|key| keys[key]["enum"].as_array().unwrap());
    let words = words.into_iter().flatten().map(|word| word.as_str().unwrap());
    for word in keys.keys().map(String::as_str).chain(words) {
        assert!(
            page.contains(&format!("| `{word}`")),
            "docs/audit-log.md has no row for `{word}`"
        );
    }
}

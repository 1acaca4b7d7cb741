//! `effect` on the real binary: real histories in which mistakes are made, lessons are merged, and mistakes come back or not.
//!
//! Input: a store and repositories with dated commits. Output: what the program reports. Not here: the statistics over many simulated
//! histories (`effect_simulation`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{FIRST_COMMIT, Run, Sandbox};
use serde_json::Value;

const PROBE: &str = "title: Probes\nseverity: high\npaths: [\"**/*.yaml\"]\ntags: [k8s]\nrule: Set failureThreshold to 5.\n\
     rationale: It is so.\nbad: |\n  livenessProbe: { failureThreshold: 1 }\ngood: |\n  livenessProbe: { failureThreshold: 5 }\n\
     checks:\n  - each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }\n";

const DAY: i64 = 24 * 60 * 60;

fn pod(name: &str, threshold: u32) -> String {
    format!(
        "kind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n        \
         - name: app\n          livenessProbe:\n            failureThreshold: {threshold}\n"
    )
}

/// Runs git with the date of a day, counted from the first commit of sandboxes.
fn git_on(sandbox: &Sandbox, day: i64, repository: &str, command: &str) -> String {
    let date = format!("@{} +0000", FIRST_COMMIT + day * DAY);
    let script = format!(
        "export GIT_AUTHOR_DATE='{date}' GIT_COMMITTER_DATE='{date}'\ngit add --all\n{command}\ngit rev-parse HEAD"
    );
    let run = sandbox.shell(repository, &script);
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout.lines().last().unwrap_or_default().to_owned()
}

fn commit_on(sandbox: &Sandbox, day: i64, repository: &str, message: &str) -> String {
    git_on(
        sandbox,
        day,
        repository,
        &format!("git commit --quiet --allow-empty -m '{message}'"),
    )
}

/// Adds a deployment of its own on a day.
fn deploy(sandbox: &Sandbox, day: i64, repository: &str, threshold: u32) -> String {
    let name = format!("app-{day}");
    sandbox.write(&format!("{repository}/deploy/{name}.yaml"), pod(&name, threshold));
    commit_on(sandbox, day, repository, &name)
}

fn repository(sandbox: &Sandbox, path: &str) {
    sandbox.init(path);
    sandbox.write(&format!("{path}/CLAUDE.md"), "# About\n");
    commit_on(sandbox, 0, path, "First");
}

/// Proposes, and merges on a day.
fn merge_on(sandbox: &Sandbox, day: i64, repository: &str) -> String {
    let run = sandbox.run_in("store", &["sync", "--yes", &format!("../{repository}")]);
    assert_eq!(run.code, 0, "{run:?}");
    git_on(
        sandbox,
        day,
        repository,
        "git merge --quiet --no-ff -m 'Merge lessons' lessonbook/acme",
    )
}

/// A store with one lesson, active since day 0, and targets.
fn world(targets: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut list = "version: 1\nname: acme\ntargets:\n".to_owned();
    for target in targets {
        repository(&sandbox, target);
        list.push_str(&format!("  ../{target}: [k8s]\n"));
    }
    sandbox.init("store");
    sandbox.write("store/targets.yaml", list);
    sandbox.write("store/lessons/k8s/probe.yaml", PROBE);
    commit_on(&sandbox, 0, "store", "Lesson");
    sandbox
}

fn effect(sandbox: &Sandbox, args: &[&str]) -> Run {
    let now = "2026-12-01T00:00:00Z";
    sandbox.run_with("store", &[&["effect"], args].concat(), &[("LESSONBOOK_NOW", now)])
}

/// The JSON of a run that succeeds.
fn json(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = effect(sandbox, &[args, &["--format", "json"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

/// Introduced and exposed commits, before and after.
fn counts(comparison: &Value) -> [i64; 4] {
    let count = |side: &str, key: &str| comparison[side][key].as_i64().unwrap();
    [
        count("before", "introduced"),
        count("before", "exposed"),
        count("after", "introduced"),
        count("after", "exposed"),
    ]
}

#[test]
fn a_lesson_that_two_of_three_repositories_merged_is_compared_with_the_third() {
    let sandbox = world(&["shop", "cluster", "bot"]);
    for (target, merge) in [("shop", 41), ("cluster", 61)] {
        for day in 1..merge {
            deploy(&sandbox, day, target, if day % 2 == 0 { 1 } else { 5 });
        }
        merge_on(&sandbox, merge, target);
        for day in merge + 1..merge + 40 {
            deploy(&sandbox, day, target, if day == merge + 20 { 1 } else { 5 });
        }
    }
    for day in 1..100 {
        deploy(&sandbox, day, "bot", if day % 2 == 0 { 1 } else { 5 });
    }
    let document = json(&sandbox, &[]);
    let lesson = &document["lessons"][0];
    let propagation = &lesson["propagation"];
    assert_eq!(propagation["written"], "2026-01-05");
    assert_eq!(
        (
            &propagation["concerned"],
            &propagation["merged"],
            &propagation["waiting"]
        ),
        (&3.into(), &2.into(), &1.into())
    );
    // Half of three is the second one; nine tenths is the third, which waits.
    assert_eq!(
        (&propagation["median_days"], &propagation["p90_days"]),
        (&61.into(), &Value::Null)
    );
    assert_eq!(propagation["curve"].as_array().unwrap().len(), 2);
    assert_eq!(propagation["targets"][0]["days"], 41);
    assert_eq!(propagation["targets"][2]["state"], "waits");
    let checked = &lesson["by_check"];
    assert_eq!(counts(&checked["merged"]), [20 + 30, 40 + 60, 2, 78]);
    assert_eq!(checked["merged"]["verdict"], "fewer", "{checked:#}");
    // The third repository, and the second one until its own merge.
    assert_eq!(checked["not_reached"]["verdict"], "cannot-tell");
    assert_eq!(checked["not_reached"]["doubt"], "interval");
    let [before, exposed, after, later] = counts(&checked["not_reached"]);
    assert_eq!((before + after, exposed + later), (49 + 30, 99 + 60));
    assert_eq!(checked["placebo"]["verdict"], "cannot-tell");
    assert_eq!(checked["introduced_after"].as_array().unwrap().len(), 2);
    assert_eq!(checked["introduced_after"][0]["file"], "deploy/app-81.yaml");
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout
            .contains("merged in 2 of 3 targets; half of them within 61 days, 90 % not yet"),
        "{run:?}"
    );
    assert!(run.stdout.contains("by check: fewer\n"), "{run:?}");
    assert!(!run.stdout.contains("prevent"), "{run:?}");
    let page = effect(&sandbox, &["--format", "markdown"]).stdout;
    assert!(
        page.contains("| `probe` | high | 2 of 3 | 50 of 100 | 2 of 78 |"),
        "{page}"
    );
}

#[test]
fn the_same_fall_in_a_repository_without_the_lesson_is_no_effect() {
    let sandbox = world(&["shop", "bot"]);
    for target in ["shop", "bot"] {
        for day in 1..60 {
            if day == 30 && target == "shop" {
                merge_on(&sandbox, 30, "shop");
            } else {
                deploy(&sandbox, day, target, if day < 30 { 1 } else { 5 });
            }
        }
    }
    let document = json(&sandbox, &[]);
    let merged = &document["lessons"][0]["by_check"]["merged"];
    assert_eq!(
        (&merged["verdict"], &merged["doubt"]),
        (&"cannot-tell".into(), &"also-not-reached".into())
    );
}

#[test]
fn few_events_moves_renames_imports_and_reverts_say_little() {
    let sandbox = world(&["shop"]);
    // An import of thirty bad places is one commit that introduced places.
    for number in 0..30 {
        let name = format!("old-{number}");
        sandbox.write(&format!("shop/deploy/{name}.yaml"), pod(&name, 1));
    }
    commit_on(&sandbox, 1, "shop", "Import");
    git_on(
        &sandbox,
        2,
        "shop",
        "git mv deploy k8s && git commit --quiet -m Move",
    );
    sandbox.write("shop/k8s/old-1.yaml", pod("new-1", 1));
    commit_on(&sandbox, 3, "shop", "Rename");
    sandbox.write("shop/k8s/old-2.yaml", pod("old-2", 5));
    commit_on(&sandbox, 4, "shop", "Fix");
    git_on(&sandbox, 6, "shop", "git revert --no-edit HEAD");
    // The same content after a long time is the mistake again.
    sandbox.write("shop/k8s/old-3.yaml", pod("old-3", 5));
    commit_on(&sandbox, 10, "shop", "Fix");
    sandbox.write("shop/k8s/old-3.yaml", pod("old-3", 1));
    let again = commit_on(&sandbox, 40, "shop", "Tune");
    sandbox.write("shop/README.md", "x\n");
    commit_on(&sandbox, 41, "shop", "Docs");
    merge_on(&sandbox, 50, "shop");
    deploy(&sandbox, 60, "shop", 5);
    let document = json(&sandbox, &[]);
    let checked = &document["lessons"][0]["by_check"];
    // Exposed: the import, two fixes, the revert, the mistake again; and one after the merge.
    assert_eq!(counts(&checked["merged"]), [2, 5, 0, 1], "{checked:#}");
    assert_eq!(checked["reverts"], 1);
    assert_eq!(
        (&checked["merged"]["verdict"], &checked["merged"]["doubt"]),
        (&"cannot-tell".into(), &"too-few".into())
    );
    assert_eq!(again.len(), 40);
}

#[test]
fn an_incident_after_the_merge_is_a_recurrence() {
    let sandbox = world(&["shop"]);
    merge_on(&sandbox, 10, "shop");
    let incident = |date: &str, repository: &str| {
        let args = [
            "incident",
            "probe",
            "--date",
            date,
            "--repository",
            repository,
            "--summary",
            "22 minutes down: all pods restarted",
        ];
        let run = sandbox.run_in("store", &args);
        assert_eq!(run.code, 0, "{run:?}");
    };
    incident("2026-01-02", "../shop");
    incident("2026-02-01", "../shop");
    incident("2026-02-02", "acme/other");
    let document = json(&sandbox, &["probe"]);
    let incidents = &document["lessons"][0]["by_incident"];
    assert_eq!(
        (&incidents["before"], &incidents["after"]),
        (&1.into(), &1.into())
    );
    let times: Vec<&Value> = incidents["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["when"])
        .collect();
    assert_eq!(times, ["before", "after-merge", "unknown-repository"]);
    assert_eq!(incidents["incidents"][1]["days_after"], 17);
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains("by incident: 1 before, 1 after the merge"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("recurrence, 17 days after the merge"),
        "{run:?}"
    );
    assert!(run.stderr.contains("1 incident after the merge"), "{run:?}");
}

#[test]
fn a_check_that_changed_is_judged_over_the_whole_history_again() {
    let sandbox = world(&["shop"]);
    for day in 1..30 {
        deploy(&sandbox, day, "shop", if day % 3 == 0 { 3 } else { 5 });
    }
    merge_on(&sandbox, 30, "shop");
    deploy(&sandbox, 31, "shop", 3);
    let merged = |document: &Value| counts(&document["lessons"][0]["by_check"]["merged"]);
    let judged = |document: &Value| document["targets"][0]["judged"].clone();
    let first = json(&sandbox, &[]);
    assert_eq!((merged(&first), judged(&first)), ([0, 29, 0, 1], 32.into()));
    // The second run finds every commit in the cache, and says the same.
    let mut second = json(&sandbox, &[]);
    assert_eq!(judged(&second), 0);
    second["targets"][0]["judged"] = 32.into();
    assert_eq!(second, first);
    deploy(&sandbox, 32, "shop", 3);
    assert_eq!(judged(&json(&sandbox, &[])), 1);
    sandbox.write(
        "store/lessons/k8s/probe.yaml",
        PROBE.replace("below: 3", "below: 4"),
    );
    commit_on(&sandbox, 40, "store", "Ask for more");
    let changed = json(&sandbox, &[]);
    assert_eq!((merged(&changed), judged(&changed)), ([9, 29, 2, 2], 33.into()));
    assert_eq!(
        changed["lessons"][0]["propagation"]["checks_changed"],
        serde_json::json!(["2026-02-14"])
    );
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains(
            "its checks changed on 2026-02-14; all commits are judged by the checks as they are now"
        ),
        "{run:?}"
    );
    // A damaged cache is as none, and another folder starts without.
    let cache = sandbox.path("cache");
    assert_eq!(judged(&json(&sandbox, &["--cache", cache.to_str().unwrap()])), 33);
    let file = sandbox.files("cache").into_keys().next().unwrap();
    std::fs::write(&file, "{\"format\":1").unwrap();
    let again = json(&sandbox, &["--cache", cache.to_str().unwrap()]);
    assert_eq!((merged(&again), judged(&again)), ([9, 29, 2, 2], 33.into()));
}

#[test]
fn excuses_are_counted_with_their_reasons() {
    let sandbox = world(&["shop"]);
    let excused = |name: &str, reason: &str| {
        pod(name, 1).replace(
            "            failureThreshold",
            &format!("            # lessonbook:allow probe {reason}\n            failureThreshold"),
        )
    };
    sandbox.write("shop/a.yaml", excused("a", "a test"));
    commit_on(&sandbox, 1, "shop", "One");
    sandbox.write("shop/b.yaml", pod("b", 1));
    commit_on(&sandbox, 2, "shop", "Two");
    // A place that was there is excused later.
    sandbox.write("shop/b.yaml", excused("b", "a test"));
    sandbox.write("shop/c.yaml", excused("c", "old cluster"));
    commit_on(&sandbox, 3, "shop", "Three");
    let document = json(&sandbox, &[]);
    let suppressions = &document["lessons"][0]["suppressions"];
    assert_eq!(
        (&suppressions["introduced"], &suppressions["excused"]),
        (&1.into(), &3.into())
    );
    assert_eq!(suppressions["reasons"][0]["reason"], "a test");
    assert_eq!(suppressions["reasons"][0]["places"], 2);
    assert_eq!(suppressions["reasons"][0]["last"], "2026-01-08");
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains("1 place introduced in all, 3 excused"),
        "{run:?}"
    );
}

#[test]
fn targets_on_github_are_read_from_clones_and_one_without_is_named() {
    let sandbox = world(&["shop"]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  acme/shop: [k8s]\n  acme/far: [k8s]\n",
    );
    let run = effect(&sandbox, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr
            .contains("note: acme/shop was not read: it is on GitHub")
            && run.stderr.contains("pass --clones DIR"),
        "{run:?}"
    );
    for day in 1..4 {
        deploy(&sandbox, day, "shop", 1);
    }
    sandbox.git(".", &["clone", "--quiet", "--bare", "shop", "clones/acme/shop"]);
    let run = effect(&sandbox, &["--clones", "../clones"]);
    assert!(
        run.stderr
            .contains("acme/far was not read: there is no clone ../clones/acme/far"),
        "{run:?}"
    );
    let document = json(&sandbox, &["--clones", "../clones"]);
    let lesson = &document["lessons"][0];
    assert_eq!(lesson["propagation"]["not_read"], 1);
    assert_eq!(lesson["by_check"]["targets"][0]["introduced"], 3);
    assert_eq!(document["not_read"][0]["clone"], "acme/far");
    // A shallow clone does not know what was before, and says so.
    let from = format!("file://{}", sandbox.path("shop").display());
    sandbox.git(
        ".",
        &[
            "clone",
            "--quiet",
            "--bare",
            "--depth",
            "2",
            &from,
            "shallow/acme/shop",
        ],
    );
    let run = effect(&sandbox, &["--clones", "../shallow"]);
    assert!(
        run.stdout
            .contains("acme/shop is a shallow clone, so only the commits since 2026-01-08 can be read"),
        "{run:?}"
    );
}

#[test]
fn parts_of_a_fleet_that_are_read_apart_give_the_same_report() {
    let sandbox = world(&["shop", "cluster", "bot"]);
    for target in ["shop", "cluster", "bot"] {
        for day in 1..12 {
            deploy(&sandbox, day, target, if day % 2 == 0 { 1 } else { 5 });
        }
    }
    merge_on(&sandbox, 20, "shop");
    let whole = json(&sandbox, &[]);
    for (file, words) in [
        ("a.json", &["--shard", "1/2"][..]),
        ("b.json", &["--shard", "2/2"]),
    ] {
        let run = effect(&sandbox, &[words, &["--out", file]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    }
    let mut together = json(&sandbox, &["--from", "a.json", "--from", "b.json"]);
    let mut expected = whole.clone();
    // Only the number of commits that were judged again depends on the run.
    for document in [&mut together, &mut expected] {
        for target in document["targets"].as_array_mut().unwrap() {
            target["judged"] = 0.into();
        }
    }
    assert_eq!(together, expected);
    let twice = effect(&sandbox, &["--from", "a.json", "--from", "a.json"]);
    assert!(
        twice.code == 2 && twice.stderr.contains("is in another file, too"),
        "{twice:?}"
    );
    sandbox.write(
        "store/lessons/k8s/probe.yaml",
        PROBE.replace("below: 3", "below: 4"),
    );
    let old = effect(&sandbox, &["--from", "a.json"]);
    assert!(
        old.code == 2
            && old
                .stderr
                .contains("the checks of `probe` changed since it was read"),
        "{old:?}"
    );
    sandbox.write("store/a.json", "{}");
    let other = effect(&sandbox, &["--from", "a.json"]);
    assert!(
        other.code == 2 && other.stderr.contains("effect --out FILE"),
        "{other:?}"
    );
}

#[test]
fn proposed_declined_exempt_and_removed_lessons_are_named_as_such() {
    let sandbox = world(&["merged", "proposed", "declined", "exempt"]);
    sandbox.write(
        "declined/.github/lessonbook.yaml",
        "decline:\n  - lesson: probe\n    reason: no pods here\n",
    );
    commit_on(&sandbox, 1, "declined", "Decline");
    let list = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    let exception = "exceptions:\n  - { lesson: probe, target: ../exempt, reason: a museum, by: dana }\n";
    sandbox.write("store/targets.yaml", list + exception);
    merge_on(&sandbox, 5, "merged");
    let run = sandbox.run_in("store", &["sync", "--yes", "../proposed"]);
    assert_eq!(run.code, 0, "{run:?}");
    let states = |document: &Value| {
        let targets = document["lessons"][0]["propagation"]["targets"]
            .as_array()
            .unwrap()
            .clone();
        targets
            .iter()
            .map(|target| target["state"].as_str().unwrap().to_owned())
            .collect::<Vec<String>>()
    };
    let document = json(&sandbox, &[]);
    assert_eq!(states(&document), ["merged", "proposed", "declined", "exempt"]);
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains("no pods here") && run.stdout.contains("a museum"),
        "{run:?}"
    );
    git_on(
        &sandbox,
        9,
        "merged",
        "git revert --no-edit -m 1 HEAD && git branch -D lessonbook/acme",
    );
    let document = json(&sandbox, &[]);
    assert_eq!(states(&document)[0], "removed");
    assert_eq!(
        document["lessons"][0]["propagation"]["targets"][0]["removed"],
        "2026-01-14"
    );
    let curve = document["lessons"][0]["propagation"]["curve"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(
        curve
            .iter()
            .map(|point| point["merged"].as_i64().unwrap())
            .collect::<Vec<_>>(),
        [1, 0]
    );
}

#[test]
fn wrong_words_and_broken_targets_are_reported() {
    let sandbox = world(&["shop"]);
    let run = effect(&sandbox, &["prob"]);
    assert!(
        run.code == 2 && run.stderr.contains("did you mean `probe`?"),
        "{run:?}"
    );
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [k8s]\n  ../gone: [k8s]\n",
    );
    let run = effect(&sandbox, &[]);
    assert!(
        run.code == 1 && run.stderr.contains("error: ../gone was not read"),
        "{run:?}"
    );
    assert!(run.stdout.contains("../shop"), "{run:?}");
}

/// Eight deployments before the merge and eight after it, with a threshold each.
fn deploy_around_merge(sandbox: &Sandbox, repository: &str, before: u32, after: u32) {
    for day in 1..9 {
        deploy(sandbox, day, repository, before);
    }
    merge_on(sandbox, 10, repository);
    for day in 11..19 {
        deploy(sandbox, day, repository, after);
    }
}

#[test]
fn targets_that_differ_are_named_because_one_ratio_does_not_describe_them() {
    let sandbox = world(&["shop", "cluster"]);
    deploy_around_merge(&sandbox, "shop", 1, 5);
    let note = "the intervals of ../cluster and ../shop do not overlap";
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains("by check: fewer\n") && !run.stdout.contains("do not overlap"),
        "{run:?}"
    );
    deploy_around_merge(&sandbox, "cluster", 5, 1);
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout.contains("by check: cannot tell") && run.stdout.contains(note),
        "{run:?}"
    );
}

#[test]
fn a_commit_that_introduced_many_places_is_one_row_and_all_with_v() {
    let sandbox = world(&["shop"]);
    merge_on(&sandbox, 1, "shop");
    for number in 0..4 {
        let name = format!("import-{number}");
        sandbox.write(&format!("shop/deploy/{name}.yaml"), pod(&name, 1));
    }
    commit_on(&sandbox, 2, "shop", "Import");
    deploy(&sandbox, 3, "shop", 1);
    let run = effect(&sandbox, &[]);
    assert!(
        run.stdout
            .contains("introduced after the merge: 5 places in 2 commits\n")
            && run
                .stdout
                .contains("deploy/import-0.yaml:10  failureThreshold is 1 (below 3); and 3 more places\n")
            && !run.stdout.contains("import-1.yaml"),
        "{}",
        run.stdout
    );
    let all = effect(&sandbox, &["-v"]);
    assert!(
        all.stdout.contains("import-3.yaml") && !all.stdout.contains("more place"),
        "{}",
        all.stdout
    );
}

#[test]
fn the_catalogue_shows_fewer_and_more_and_a_timeline_of_merges() {
    let sandbox = world(&["shop", "bot"]);
    let replicas = PROBE
        .replace("title: Probes", "title: Replicas")
        .replace("{ failureThreshold: 1 }", "{ periodSeconds: 1 }")
        .replace("{ failureThreshold: 5 }", "{ periodSeconds: 10 }")
        .replace(
            "{ failureThreshold: { below: 3 } }",
            "{ periodSeconds: { below: 5 } }",
        );
    sandbox.write("store/lessons/k8s/period.yaml", replicas);
    commit_on(&sandbox, 0, "store", "Another lesson");
    let hasty = |day: i64, threshold: u32, period: u32| {
        let name = format!("app-{day}");
        let text = pod(&name, threshold) + &format!("            periodSeconds: {period}\n");
        sandbox.write(&format!("shop/deploy/{name}.yaml"), text);
        commit_on(&sandbox, day, "shop", &name);
    };
    (1..13).for_each(|day| hasty(day, 1, 10));
    merge_on(&sandbox, 40, "shop");
    (41..53).for_each(|day| hasty(day, 5, 1));
    let run = sandbox.run_in("store", &["site", "--out", "../site", "--effect"]);
    assert_eq!(run.code, 0, "{run:?}");
    let page = |path: &str| String::from_utf8(sandbox.read(&format!("site/{path}/index.html"))).unwrap();
    for (lesson, verdict, before, after) in [
        ("probe", "fewer", "12 of 12", "0 of 12"),
        ("period", "more", "0 of 12", "12 of 12"),
    ] {
        let page = page(&format!("lessons/{lesson}"));
        for part in [
            format!("compared with before: <strong>{verdict}</strong>"),
            format!("<td class=\"number\">{before}</td><td class=\"number\">{after}</td>"),
            "class=\"interval\"".to_owned(),
            "2026-02-14: 1 of 2".to_owned(),
        ] {
            assert!(page.contains(&part), "{lesson}: `{part}` is not in:\n{page}");
        }
        assert!(!page.contains("prevent"), "{page}");
    }
    let timeline = page("timeline");
    for part in [
        "from 2026-02-14 to 2026-02-14, with 2 merged lessons in all",
        "<path class=\"dot\" stroke-width=\"9\"",
        "<time datetime=\"2026-02-14\">2026-02-14</time> <a href=\"../targets/shop/index.html\"><bdi>../shop</bdi></a>: \
         <a href=\"../lessons/period/index.html\"><bdi>period</bdi></a>, <a href=\"../lessons/probe/index.html\">",
        "<bdi>../bot</bdi></a></th><td class=\"number\">0</td><td class=\"number\">2</td>",
    ] {
        assert!(timeline.contains(part), "`{part}` is not in:\n{timeline}");
    }
    assert!(page("targets").contains("timeline/index.html\">Timeline</a>"));
    // Without histories there is no timeline, and no link to one.
    let run = sandbox.run_in("store", &["site", "--out", "../plain"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!sandbox.path("plain/timeline").exists());
    let plain = String::from_utf8(sandbox.read("plain/index.html")).unwrap();
    assert!(!plain.contains("timeline"), "{plain}");
}

#[test]
fn what_is_not_known_is_said_in_one_sentence() {
    let sandbox = world(&["shop"]);
    let says = |sentence: &str| {
        let run = effect(&sandbox, &[]);
        let is_line = run.stdout.lines().any(|line| line.trim() == sentence);
        assert!(is_line, "`{sentence}` is not a line of:\n{}", run.stdout);
        run.stdout
    };
    let text = says("by check: cannot tell: no target has merged it");
    assert!(!text.contains("0 of 0"), "{text}");
    merge_on(&sandbox, 2, "shop");
    says("written 2026-01-05; merged in 1 of 1 target within 2 days");
    sandbox.write(
        "store/lessons/k8s/plain.yaml",
        "title: Plain\nseverity: high\ntags: [k8s]\nrule: Keep it plain.\nrationale: It is so.\n",
    );
    says("not committed in the store yet; merged in 0 of 1 target; 1 waiting");
    says("by check: it has no checks");
    std::fs::remove_dir_all(sandbox.path("store/.git")).unwrap();
    let text = says(
        "when it was written is not known, because the store is not in a git repository; merged in 1 of 1 target",
    );
    assert!(
        !text.contains("not known,") || !text.contains("% not known"),
        "{text}"
    );
}

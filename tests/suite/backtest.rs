//! `backtest` on the real binary: what a check would have found in targets as they are, and what the commits of a real history
//! introduced.
//!
//! Input: a store, and a repository with merges, moves, renames and files that can't be read. Output: what the program reports.
//! Not here: what one check finds in one file (the tests of the crate `checks`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use crate::support::{Run, Sandbox};
use serde_json::Value;

const PROBE: &str = "title: Probes\nseverity: critical\nstatus: draft\npaths: [\"**/*.yaml\"]\ntags: [k8s]\nrule: Do it.\n\
     rationale: It is so.\nbad: |\n  livenessProbe: { failureThreshold: 1 }\ngood: |\n  livenessProbe: { failureThreshold: 5 }\n\
     checks:\n  - each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }\n";

const FILES: &str = "title: Owners\nseverity: low\ntags: [k8s]\nrule: Do it.\nrationale: It is so.\nchecks:\n  \
     - require_file: [CODEOWNERS, \".github/CODEOWNERS\"]\n  - forbid_file: [\"**/yarn.lock\"]\n  \
     - changed: [\"src/**\"]\n    needs: [CHANGELOG.md]\n";

fn pod(name: &str, threshold: u32) -> String {
    format!(
        "kind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n        \
         - name: app\n          livenessProbe:\n            failureThreshold: {threshold}\n"
    )
}

/// A store with a draft that has a check, and a target on disk with one bad place.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("deploy/old.yaml", &pod("old", 1))]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [k8s]\n  acme/far: [k8s]\n",
    );
    sandbox.write("store/lessons/k8s/probe.yaml", PROBE);
    sandbox
}

fn backtest(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("store", &[&["backtest"], args].concat())
}

/// The one target of a JSON report.
fn target(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = backtest(sandbox, &[args, &["--format", "json"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    let mut document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["targets"][0].take()
}

fn place(hit: &Value) -> String {
    let (file, line) = (hit["file"].as_str().unwrap(), &hit["at"]["line"]);
    format!("{file}:{line}")
}

fn places(target: &Value) -> Vec<String> {
    target["places"].as_array().unwrap().iter().map(place).collect()
}

/// Commit and place of what commits introduced.
fn introduced(target: &Value) -> Vec<(String, String)> {
    let all = target["history"]["introduced"].as_array().unwrap().iter();
    all.map(|hit| (hit["commit"].as_str().unwrap().to_owned(), place(hit)))
        .collect()
}

#[test]
fn a_draft_is_tried_over_the_base_branch_as_it_is() {
    let sandbox = world();
    // Neither another branch nor the work tree counts.
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    sandbox.write("shop/deploy/new.yaml", pod("new", 1));
    sandbox.commit("shop", "On a branch");
    sandbox.write("shop/deploy/newer.yaml", pod("newer", 1));
    let run = backtest(&sandbox, &["probe", "../shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("probe  critical, draft: 1 place\n"),
        "{run:?}"
    );
    assert!(
        run.stdout
            .contains("deploy/old.yaml:10:31  failureThreshold: 1  failureThreshold is 1 (below 3)"),
        "{run:?}"
    );
    assert_eq!(run.stderr, "backtest: 1 place in 1 target\n");
    let target = target(&sandbox, &["../shop"]);
    assert_eq!(places(&target), ["deploy/old.yaml:10"]);
    assert_eq!(target["history"], Value::Null);
    assert_eq!(target["lessons"][0]["status"], "draft");
    assert_eq!(target["base"]["branch"], "main");
}

#[test]
fn a_merge_is_one_change_and_a_move_a_split_and_a_rename_are_free() {
    let sandbox = world();
    let first = sandbox.git("shop", &["rev-parse", "HEAD"]);
    sandbox.git("shop", &["mv", "deploy/old.yaml", "deploy/moved.yaml"]);
    sandbox.commit("shop", "Move");
    sandbox.write("shop/deploy/moved.yaml", pod("renamed", 1));
    sandbox.commit("shop", "Rename the object");
    sandbox.git("shop", &["checkout", "--quiet", "-b", "feature"]);
    sandbox.write("shop/deploy/a.yaml", pod("a", 2));
    sandbox.commit("shop", "One");
    sandbox.write("shop/deploy/b.yaml", pod("b", 1));
    // What a later commit of the branch takes away was never on the base branch.
    sandbox.write("shop/deploy/a.yaml", pod("a", 5));
    sandbox.commit("shop", "Two");
    sandbox.git("shop", &["checkout", "--quiet", "main"]);
    sandbox.git("shop", &["merge", "--quiet", "--no-ff", "-m", "Merge", "feature"]);
    let merge = sandbox.git("shop", &["rev-parse", "HEAD"]);
    let both = format!("{}---\n{}", pod("renamed", 1), pod("b", 1));
    sandbox.git("shop", &["rm", "--quiet", "deploy/moved.yaml", "deploy/b.yaml"]);
    sandbox.write("shop/deploy/both.yaml", both);
    sandbox.commit("shop", "Bring two files together");
    let target = target(&sandbox, &["--commits", "100", "../shop"]);
    assert_eq!(
        introduced(&target),
        [
            (merge, "deploy/b.yaml:10".to_owned()),
            (first, "deploy/old.yaml:10".to_owned())
        ]
    );
    let history = &target["history"];
    assert_eq!(history["commits"], 5);
    assert_eq!(
        (&history["introducing"], &history["places"]),
        (&2.into(), &2.into())
    );
    assert_eq!(target["lessons"][0]["introduced"], 2);
    let hit = &history["introduced"][0];
    assert_eq!(hit["at"]["text"], "            failureThreshold: 1");
    assert!(hit.get("author").is_none(), "{hit}");
}

#[test]
fn a_file_that_does_not_parse_on_one_side_is_counted_and_introduces_nothing() {
    let sandbox = world();
    sandbox.write("shop/deploy/old.yaml", "{{ bad\n");
    sandbox.commit("shop", "Break");
    sandbox.write("shop/deploy/old.yaml", pod("old", 1));
    sandbox.commit("shop", "Repair");
    let target = target(&sandbox, &["--commits", "2", "../shop"]);
    assert_eq!(introduced(&target), []);
    assert_eq!(target["history"]["unread"], 2);
    assert_eq!(target["history"]["has_more"], true);
    let run = backtest(&sandbox, &["--commits", "2", "../shop"]);
    assert!(
        run.stdout
            .contains("2 files could not be read in whole before or after a commit"),
        "{run:?}"
    );
}

#[test]
fn vendored_and_generated_files_are_left_out_of_the_history() {
    let sandbox = world();
    sandbox.write(
        "shop/.gitattributes",
        "vendor/** linguist-vendored\nvendor/own/** -linguist-vendored\n",
    );
    sandbox.write("shop/gen/.gitattributes", "*.yaml linguist-generated=true\n");
    for file in ["vendor/a.yaml", "vendor/own/b.yaml", "gen/c.yaml"] {
        sandbox.write(&format!("shop/{file}"), pod(file, 1));
    }
    let commit = sandbox.commit("shop", "Vendor");
    let target = target(&sandbox, &["--commits", "1", "../shop"]);
    assert_eq!(introduced(&target), [(commit, "vendor/own/b.yaml:10".to_owned())]);
    assert_eq!(target["history"]["left_out"], 2);
}

#[test]
fn what_was_vendored_at_the_time_is_left_out_whatever_is_marked_now() {
    let sandbox = world();
    sandbox.write("shop/.gitattributes", "vendor/** linguist-vendored\n");
    sandbox.write("shop/vendor/a.yaml", pod("a", 1));
    sandbox.commit("shop", "Vendor");
    sandbox.write("shop/vendor/b.yaml", pod("b", 1));
    sandbox.commit("shop", "Vendor more");
    sandbox.git("shop", &["rm", "--quiet", "-r", "vendor", ".gitattributes"]);
    sandbox.commit("shop", "Vendor nothing");
    sandbox.write("shop/vendor/c.yaml", pod("c", 1));
    let own = sandbox.commit("shop", "A folder of our own");
    sandbox.write("shop/.gitattributes", "deploy/** linguist-generated\n");
    sandbox.commit("shop", "Generate");
    sandbox.write("shop/deploy/new.yaml", pod("new", 1));
    sandbox.commit("shop", "Generated");
    let target = target(&sandbox, &["--commits", "6", "../shop"]);
    assert_eq!(introduced(&target), [(own, "vendor/c.yaml:10".to_owned())]);
    assert_eq!(target["history"]["left_out"], 3);
}

#[test]
fn checks_of_paths_find_the_commit_that_removes_a_required_file() {
    let sandbox = world();
    sandbox.write("store/lessons/k8s/owners.yaml", FILES);
    sandbox.write("shop/CODEOWNERS", "* @acme/dev\n");
    sandbox.commit("shop", "Owners");
    sandbox.git("shop", &["mv", "deploy/old.yaml", "old.yaml"]);
    sandbox.write("shop/.github/CODEOWNERS", "* @acme/dev\n");
    sandbox.git("shop", &["rm", "--quiet", "CODEOWNERS"]);
    sandbox.commit("shop", "Move the owners");
    sandbox.git("shop", &["rm", "--quiet", ".github/CODEOWNERS"]);
    let none = sandbox.commit("shop", "No owners");
    sandbox.write("shop/web/yarn.lock", "x\n");
    let lock = sandbox.commit("shop", "Lock");
    sandbox.write("shop/src/a.py", "x\n");
    let source = sandbox.commit("shop", "Source");
    sandbox.write("shop/CHANGELOG.md", "x\n");
    sandbox.write("shop/src/a.py", "y\n");
    sandbox.commit("shop", "Source and change log");
    let target = target(&sandbox, &["owners", "../shop", "--commits", "50"]);
    assert_eq!(
        introduced(&target),
        [
            (source, "src/a.py:null".to_owned()),
            (lock, "web/yarn.lock:null".to_owned()),
            (none, ":null".to_owned()),
        ]
    );
    assert_eq!(places(&target), [":null", "web/yarn.lock:null"]);
}

#[test]
fn a_range_of_days_is_that_of_the_committer_and_the_author_s_day_is_shown() {
    let sandbox = world();
    let commit = |file: &str, authored: &str, committed: &str| {
        sandbox.write(&format!("shop/{file}"), pod(file, 1));
        sandbox.git("shop", &["add", "--all"]);
        let script = format!(
            "GIT_AUTHOR_DATE='{authored}' GIT_COMMITTER_DATE='{committed}' git commit --quiet -m '{file}'"
        );
        let run = sandbox.shell("shop", &script);
        assert_eq!(run.code, 0, "{run:?}");
    };
    commit("a.yaml", "2031-01-30T12:00:00Z", "2031-02-01T12:00:00Z");
    commit("b.yaml", "2031-02-02T23:30:00-0500", "2031-02-03T00:30:00Z");
    commit("c.yaml", "2031-02-05T12:00:00Z", "2031-02-05T12:00:00Z");
    let of = |args: &[&str]| {
        let target = target(&sandbox, &[&["../shop"], args].concat());
        let all = target["history"]["introduced"].as_array().unwrap().clone();
        all.iter()
            .map(|hit| {
                let word = |key: &str| hit[key].as_str().unwrap().to_owned();
                format!("{} {} {}", word("file"), word("day"), word("authored"))
            })
            .collect::<Vec<String>>()
    };
    let b = "b.yaml 2031-02-03 2031-02-02";
    let a = "a.yaml 2031-02-01 2031-01-30";
    assert_eq!(of(&["--since", "2031-02-01", "--until", "2031-02-03"]), [b, a]);
    assert_eq!(of(&["--until", "2031-02-03", "--commits", "1"]), [b]);
    let run = backtest(&sandbox, &["../shop", "--since", "2040-01-01"]);
    assert!(
        run.stdout
            .contains("no commit of main in this range; the newest one is of 2031-02-05"),
        "{run:?}"
    );
    let run = backtest(
        &sandbox,
        &["../shop", "--since", "2031-02-02", "--until", "2031-02-01"],
    );
    assert!(run.code == 2 && run.stderr.contains("help: swap"), "{run:?}");
    let run = backtest(&sandbox, &["../shop", "--since", "soon"]);
    assert!(run.code == 2 && run.stderr.contains("YYYY-MM-DD"), "{run:?}");
}

#[test]
fn excused_places_are_listed_and_counted_apart() {
    let sandbox = world();
    let allowed = pod("new", 1).replace(
        "            failureThreshold",
        "            # lessonbook:allow probe it is a test\n            failureThreshold",
    );
    sandbox.write("shop/deploy/new.yaml", &allowed);
    sandbox.commit("shop", "Excused");
    // An excuse that is removed leaves a place that nothing excuses.
    sandbox.write("shop/deploy/new.yaml", pod("new", 1));
    let bare = sandbox.commit("shop", "Without the excuse");
    sandbox.write("shop/deploy/new.yaml", allowed);
    sandbox.commit("shop", "Excused again");
    let target = target(&sandbox, &["--commits", "3", "../shop"]);
    assert_eq!(
        (&target["counts"]["places"], &target["counts"]["excused"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        (&target["history"]["places"], &target["history"]["excused"]),
        (&1.into(), &1.into())
    );
    let plain: Vec<_> = target["history"]["introduced"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|hit| hit["excuse"].is_null())
        .map(|hit| hit["commit"].as_str().unwrap())
        .collect();
    assert_eq!(plain, [bare]);
    let run = backtest(&sandbox, &["../shop"]);
    assert!(
        run.stdout.contains("excused by a comment: it is a test"),
        "{run:?}"
    );
}

#[test]
fn a_word_is_a_lesson_or_a_target_and_anything_else_is_wrong_use() {
    let sandbox = world();
    sandbox.write(
        "store/lessons/k8s/plain.yaml",
        "title: Plain\nseverity: low\ntags: [k8s]\nrule: Do it.\nrationale: It is so.\n",
    );
    for (words, help) in [
        (&["prob"][..], "did you mean `probe`?"),
        (&["probe", "../shob"], "did you mean `../shop`?"),
        (&["far"], "did you mean `acme/far`?"),
        (&["nothing-alike"], "targets.yaml names ../shop, acme/far"),
        (&["plain"], "write `checks` in lessons/k8s/plain.yaml"),
        (
            &["acme/far"],
            "clone it, and name the clone's folder in targets.yaml",
        ),
    ] {
        let run = backtest(&sandbox, words);
        assert!(run.code == 2 && run.stderr.contains(help), "{words:?}: {run:?}");
    }
    // A target on GitHub among others is named, and is not a failure.
    let run = backtest(&sandbox, &[]);
    assert!(
        run.code == 0
            && run
                .stderr
                .contains("note: acme/far was not read: it is on GitHub"),
        "{run:?}"
    );
}

#[test]
fn a_target_or_a_store_that_can_t_be_read_is_a_failure_and_the_others_are_shown() {
    let sandbox = world();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../gone: [k8s]\n  ../shop: [k8s]\n",
    );
    let run = backtest(&sandbox, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("deploy/old.yaml:10:31"), "{run:?}");
    assert!(run.stderr.contains("error: ../gone was not read"), "{run:?}");
    // An error in another lesson does not matter if the lessons to try are named.
    sandbox.write("store/lessons/k8s/broken.yaml", "title: Broken\n");
    let run = backtest(&sandbox, &["../shop"]);
    assert!(
        run.code == 1 && run.stderr.contains("lessonbook check"),
        "{run:?}"
    );
    let run = backtest(&sandbox, &["probe", "../shop"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn plan_counts_the_places_of_new_and_changed_checks() {
    let sandbox = world();
    let plan = |args: &[&str]| sandbox.run_in("store", &[&["plan", "../shop"], args].concat());
    let heading = "New and changed checks find";
    // A draft is not proposed, so its checks are not new anywhere.
    assert!(!plan(&[]).stdout.contains(heading), "{:?}", plan(&[]));
    sandbox.write(
        "store/lessons/k8s/probe.yaml",
        PROBE.replace("status: draft\n", ""),
    );
    let run = plan(&[]);
    assert!(
        run.stdout
            .contains(&format!("{heading}\n  ../shop: probe 1 place\n")),
        "{run:?}"
    );
    let counts = |run: &Run| {
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document["new_checks"].clone()
    };
    let found = counts(&plan(&["--format", "json"]));
    assert_eq!(found[0]["lessons"][0]["places"], 1, "{found}");
    // What the checks file at the base branch holds is not new.
    let check =
        "checks:\n      - each: \"**.livenessProbe\"\n        forbid: { failureThreshold: { below: 3 } }\n";
    let file = format!(
        "version: 1\nstore: acme\nhome: acme\nlessons:\n  - id: probe\n    title: Probes\n    severity: critical\n    \
         rule: Do it.\n    paths: [\"**/*.yaml\"]\n    {check}"
    );
    sandbox.write("shop/.lessonbook/acme.checks.yaml", &file);
    sandbox.commit("shop", "Checks");
    let run = plan(&["--format", "json"]);
    assert_eq!(counts(&run), Value::Null, "{run:?}");
    sandbox.write(
        "shop/.lessonbook/acme.checks.yaml",
        file.replace("below: 3", "below: 2"),
    );
    sandbox.commit("shop", "Older checks");
    let found = counts(&plan(&["--format", "json"]));
    assert_eq!(found[0]["lessons"][0]["lesson"], "probe", "{found}");
}

#[test]
fn a_shallow_clone_says_that_its_history_ends() {
    let sandbox = world();
    sandbox.write("shop/deploy/new.yaml", pod("new", 1));
    sandbox.commit("shop", "New");
    let from = format!("file://{}", sandbox.path("shop").display());
    sandbox.git(".", &["clone", "--quiet", "--depth", "1", &from, "clone"]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../clone: [k8s]\n",
    );
    let run = backtest(&sandbox, &["--commits", "5"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("this clone is shallow"), "{run:?}");
    assert!(!run.stdout.contains("introduced by"), "{run:?}");
}

#[test]
fn a_page_can_t_be_changed_by_what_it_shows_and_secrets_are_hidden() {
    let sandbox = world();
    sandbox.write(
        "store/lessons/k8s/keys.yaml",
        "title: Keys\nseverity: high\npaths: [\"**/*.py\"]\ntags: [k8s]\nrule: Do it.\nrationale: It is so.\n\
         bad: key = 1\ngood: value = 1\ncheck_ignored: 1\n"
            .replace("check_ignored: 1\n", "checks:\n  - forbid: '^key'\n"),
    );
    let key = format!("AKIA{}", "IOSFODNN7EXAMPLF");
    sandbox.write("shop/a.py", format!("key = \"{key}\" # | <b>@dana `x`\n"));
    sandbox.commit("shop", "Key");
    for format in ["human", "json", "markdown"] {
        let run = backtest(
            &sandbox,
            &["keys", "../shop", "--commits", "1", "--format", format],
        );
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains("a.py"), "{run:?}");
        assert!(!run.stdout.contains(&key), "{format}: {run:?}");
    }
    let run = backtest(
        &sandbox,
        &["keys", "../shop", "--commits", "1", "--format", "markdown"],
    );
    assert!(
        run.stdout
            .contains("| lesson | severity | status | places | introduced |"),
        "{run:?}"
    );
}

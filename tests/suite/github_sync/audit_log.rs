//! The audit log of runs on GitHub, compared with the requests that GitHub received.

use crate::support::schema::Closed;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::github_sync::World;
use crate::support::Run;
use lessonbook_github_standin::{Fault, Github, How, Match, Seen};

/// The path of the log, beside the store.
const LOG: &str = "record.jsonl";

/// The complete lines of the log; a run that was killed may have left an incomplete line at the end.
fn lines(world: &World) -> Vec<Value> {
    let mut schema = Closed::new(include_str!("../../../docs/schema/record.json"));
    let text = String::from_utf8(world.sandbox.read(LOG)).unwrap();
    assert!(!text.contains(&world.token), "the token is in the log");
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let wrong = schema.errors(&line);
        assert_eq!(wrong, [""; 0], "{line:#}");
        line
    };
    whole.lines().map(read).collect()
}

fn sync(world: &World, more: &[&str]) -> Run {
    let args = [&["sync", "--yes", "--log", "../record.jsonl"], more].concat();
    world.run(&args)
}

/// The requests that were about to be sent, according to the log.
fn logged(lines: &[Value]) -> Vec<String> {
    let began = lines
        .iter()
        .filter(|line| line["event"] == "request" && line["outcome"] == "began");
    began
        .map(|line| line["what"].as_str().unwrap().to_owned())
        .collect()
}

/// The requests that may have written, according to GitHub.
fn received(hub: &Github) -> Vec<String> {
    let name = |seen: &Seen| match seen.path.as_str() {
        "/graphql" if seen.body.contains("updateRefs") => "POST /graphql updateRefs".to_owned(),
        path => format!("{} {path}", seen.method),
    };
    hub.writes().iter().map(name).collect()
}

/// The lines of one kind and outcome, as `target what`.
fn of(lines: &[Value], event: &str, outcome: &str) -> Vec<String> {
    let fitting = lines
        .iter()
        .filter(|line| line["event"] == event && line["outcome"] == outcome);
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or("-").to_owned();
    fitting
        .map(|line| format!("{} {}", word(line, "target"), word(line, "what")))
        .collect()
}

fn world() -> World {
    let world = World::new("  acme/a: [all]\n  acme/b: [all]\n");
    world.repository("a");
    world.repository("b");
    world
}

#[test]
fn the_log_and_github_have_the_same_writes_through_a_whole_life() {
    let world = world();
    let a = world.hub.repo("acme/a");
    let mut before = 0;
    let mut lived = |wanted: &[&str]| {
        world.hub.forget();
        let run = sync(&world, &[]);
        assert_eq!(run.code, 0, "{run:?}");
        let all = lines(&world);
        let new = &all[before..];
        before = all.len();
        assert_eq!(logged(new), received(&world.hub), "{run:?}");
        assert_eq!(of(new, "write", "began"), of(new, "write", "done"));
        assert_eq!(of(new, "write", "done"), wanted, "{run:?}");
        assert_eq!(of(new, "request", "began"), of(new, "request", "done"));
        assert_eq!(new.iter().filter(|line| line["event"] == "decision").count(), 2);
        assert_eq!(new.last().unwrap()["event"], "run-ended");
        new.to_vec()
    };
    let first = lived(&[
        "acme/a create-branch",
        "acme/a open-pull-request",
        "acme/b create-branch",
        "acme/b open-pull-request",
    ]);
    let opened = first
        .iter()
        .find(|line| line["what"] == "open-pull-request" && line["outcome"] == "done")
        .unwrap();
    assert_eq!(
        (&opened["after"]["pull"], &opened["after"]["state"]),
        (&1.into(), &"open".into())
    );
    assert!(
        opened["after"]["url"]
            .as_str()
            .unwrap()
            .ends_with("/acme/a/pull/1")
    );
    let head = a.branches()[crate::github_sync::BRANCH].clone();
    let made = first
        .iter()
        .find(|line| line["what"] == "create-branch" && line["outcome"] == "done");
    assert_eq!(made.unwrap()["after"]["head"], head.as_str());
    assert_eq!(made.unwrap()["plan_digest"].as_str().unwrap().len(), 16);
    assert!(
        a.pulls()[0]
            .body
            .contains(made.unwrap()["plan_digest"].as_str().unwrap())
    );

    lived(&[]);

    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    let changed = lived(&[
        "acme/a move-branch",
        "acme/a rewrite-pull-request",
        "acme/b move-branch",
        "acme/b rewrite-pull-request",
    ]);
    let moved = changed
        .iter()
        .find(|line| line["what"] == "move-branch" && line["outcome"] == "done")
        .unwrap();
    assert_eq!(moved["before"]["head"], head.as_str());
    assert_eq!(
        moved["after"]["head"],
        a.branches()[crate::github_sync::BRANCH].as_str()
    );
    assert_eq!(
        moved["why"],
        changed.iter().find(|line| line["event"] == "decision").unwrap()["why"]
    );

    a.merge(1, "dana", How::Squash);
    lived(&["acme/a delete-branch"]);
}

#[test]
fn a_run_that_was_interrupted_anywhere_logged_each_write_that_github_received() {
    let undisturbed = World::shop();
    assert_eq!(sync(&undisturbed, &[]).code, 0);
    let writes = undisturbed.hub.writes().len();
    assert!(writes >= 5);
    for nth in 0..writes {
        let world = World::shop();
        world.hub.cut_off_after_writes(nth);
        let run = sync(&world, &[]);
        let all = lines(&world);
        assert_eq!(logged(&all), received(&world.hub), "{nth}: {run:?}");
        let answered: Vec<String> = of(&all, "request", "done");
        let worked = world
            .hub
            .writes()
            .iter()
            .filter(|seen| seen.fault.is_none())
            .count();
        assert_eq!(answered.len(), worked, "{nth}");
        let lost = of(&all, "request", "unknown").len();
        assert_eq!(lost, logged(&all).len() - worked, "{nth}");
        world.hub.heal();
        assert_eq!(sync(&world, &[]).code, 0);
        let all = lines(&world);
        assert_eq!(logged(&all), received(&world.hub), "{nth}");
        let runs: BTreeSet<&str> = all
            .iter()
            .map(|line| line["run"]["id"].as_str().unwrap())
            .collect();
        assert_eq!(runs.len(), 2);
        world.rests();
    }
}

#[test]
fn a_killed_run_logged_each_write_that_github_received_and_no_end() {
    for wanted in [1, 2, 3, 5, 7] {
        let world = world();
        world.hub.latency(15);
        let environment = world.hub.environment(&world.token);
        let pairs = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let args = ["sync", "--yes", "--log", "../record.jsonl"];
        let mut run = world.sandbox.start("store", &args, &pairs);
        let begun = Instant::now();
        while world.hub.writes().len() < wanted {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{wanted} writes never came"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        run.kill().unwrap();
        world.sandbox.ended(run);
        world.hub.latency(0);
        let all = lines(&world);
        let (told, seen) = (logged(&all), received(&world.hub));
        assert!(told.starts_with(&seen), "{told:?} {seen:?}");
        assert!(
            told.len() <= seen.len() + 1,
            "only the last may not have been sent: {told:?} {seen:?}"
        );
        assert_ne!(all.last().unwrap()["event"], "run-ended");
        assert_eq!(
            sync(&world, &[]).code,
            0,
            "the next run goes on with the same file"
        );
        assert_eq!(world.hub.doubled(), Vec::<String>::new());
        world.rests();
    }
}

#[test]
fn a_lost_response_is_logged_as_unknown_and_the_result_after_it() {
    let world = World::shop();
    world
        .hub
        .fail(Match::rest("POST", "/repos/acme/shop/pulls"), Fault::LostAnswer);
    assert_eq!(sync(&world, &[]).code, 0);
    let all = lines(&world);
    assert_eq!(
        of(&all, "request", "unknown"),
        ["acme/shop POST /repos/acme/shop/pulls"]
    );
    assert_eq!(
        of(&all, "write", "done"),
        ["acme/shop create-branch", "acme/shop open-pull-request"]
    );
}

#[test]
fn refusals_and_deferred_targets_are_logged_with_the_reason() {
    let world = world();
    let rule = r#"{"message":"Repository rule violations found\n\nCannot create ref due to creations being restricted."}"#;
    let refuse = Fault::Answer(422, Vec::new(), rule.to_owned());
    world
        .hub
        .fail(Match::rest("POST", "/repos/acme/a/git/refs").times(9), refuse);
    let run = sync(&world, &["--max-proposals", "1"]);
    assert_eq!(run.code, 1, "{run:?}");
    let all = lines(&world);
    assert_eq!(of(&all, "write", "failed"), ["acme/a create-branch"]);
    let failed = all
        .iter()
        .find(|line| line["event"] == "write" && line["outcome"] == "failed")
        .unwrap();
    assert_eq!(failed["code"], "github-refused");
    assert!(
        failed["why"]
            .as_str()
            .unwrap()
            .contains("a rule of the repository"),
        "{failed:#}"
    );
    world.hub.heal();
    world.lesson("pin", "critical", "Pin it.");
    world.commit();
    world.repository("c");
    world.targets(
        "",
        "targets:\n  acme/a: [all]\n  acme/b: [all]\n  acme/c: [all]\n",
    );
    world.commit();
    assert_eq!(sync(&world, &["--max-proposals", "1"]).code, 5);
    let all = lines(&world);
    assert_eq!(of(&all, "deferred", "deferred"), ["acme/c wait"], "{all:#?}");
    let deferred = all.iter().find(|line| line["event"] == "deferred").unwrap();
    assert!(
        deferred["why"].as_str().unwrap().contains("--max-proposals"),
        "{deferred:#}"
    );
}

#[test]
fn the_dashboard_is_logged_too() {
    let world = World::with(
        "",
        "home: acme/lessons\nreport: { issue: true }\ntargets:\n  acme/shop: [all]\n",
    );
    world.repository("lessons");
    world.repository("shop");
    world.hub.forget();
    assert_eq!(sync(&world, &[]).code, 0);
    let all = lines(&world);
    assert_eq!(logged(&all), received(&world.hub));
    assert_eq!(
        of(&all, "write", "done").last().unwrap(),
        "acme/lessons dashboard"
    );
    assert_eq!(sync(&world, &[]).code, 0);
    assert_eq!(of(&lines(&world), "write", "nothing"), ["acme/lessons dashboard"]);
}

#[test]
fn an_apps_run_names_the_app_and_none_of_its_secrets() {
    let world = World::shop();
    world.hub.real_clock();
    let may = [
        ("contents", lessonbook_github_standin::Role::Write),
        ("pull_requests", lessonbook_github_standin::Role::Write),
    ];
    let installed = world.hub.install("acme-lessonbook", "acme", &may, None);
    let environment = world.hub.environment(&world.token);
    let id = installed.app.to_string();
    let pairs = [
        ("GITHUB_API_URL", environment[0].1.as_str()),
        ("GITHUB_GRAPHQL_URL", environment[1].1.as_str()),
        ("LESSONBOOK_APP_ID", id.as_str()),
        ("LESSONBOOK_APP_PRIVATE_KEY", installed.key),
    ];
    let args = ["sync", "--yes", "--log", "../record.jsonl"];
    let run = world.sandbox.run_with("store", &args, &pairs);
    assert_eq!(run.code, 0, "{run:?}");
    let all = lines(&world);
    assert!(all.iter().all(|line| line["app"] == id.as_str()));
    let text = String::from_utf8(world.sandbox.read(LOG)).unwrap();
    let tokens: BTreeSet<String> = world
        .hub
        .requests()
        .into_iter()
        .filter_map(|seen| seen.authorization?.split(' ').nth(1).map(str::to_owned))
        .collect();
    assert!(
        tokens.len() >= 2,
        "the App's own proof, and its installation's token"
    );
    for secret in tokens.iter().map(String::as_str).chain(installed.key.lines()) {
        assert!(!text.contains(secret), "a secret is in the log: {secret}");
    }
}

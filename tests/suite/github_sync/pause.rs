//! A pause while a run works on GitHub: in the store's folder, and on the default branch of its home.

use std::process::Child;
use std::time::{Duration, Instant};

use crate::github_sync::World;
use crate::support::Run;

/// Four repositories without a proposal, and the store's home.
fn world(home: &str) -> World {
    let names = ["a", "b", "c", "d"];
    let targets: String = names.map(|name| format!("  acme/{name}: [all]\n")).concat();
    let world = World::with("", &format!("{home}targets:\n{targets}"));
    for name in names {
        world.repository(name);
    }
    world.repository("lessons");
    world
}

/// The names of the repositories with an open proposal; each has only one, and no branch is without one.
fn proposed(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for repo in world.hub.repos() {
        let branch = repo.branches().contains_key(crate::github_sync::BRANCH);
        assert_eq!(repo.pulls().len(), usize::from(branch), "{}", repo.name());
        if branch {
            found.push(repo.name());
        }
    }
    found
}

/// Starts a sync, does something once its first write was seen, and waits for its end.
fn disturbed(world: &World, then: impl FnOnce()) -> Run {
    world.hub.latency(40);
    let environment = world.hub.environment(&world.token);
    let pairs = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let run: Child = world.sandbox.start("store", &["sync", "--yes"], &pairs);
    let begun = Instant::now();
    while world.hub.writes().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no write came");
        std::thread::sleep(Duration::from_millis(2));
    }
    then();
    let run = world.sandbox.ended(run);
    world.hub.latency(0);
    run
}

fn stops_and_goes_on(world: &World, run: &Run, lift: impl FnOnce()) {
    assert_eq!(run.code, 5, "{run:?}");
    let first = proposed(world);
    assert_eq!(first, ["acme/a"], "the current target is finished: {run:?}");
    assert!(
        run.stderr
            .contains("effect: the run stops before acme/b: the current target is finished"),
        "{}",
        run.stderr
    );
    let waits = run.stdout.matches("left for the next run: paused by ").count();
    assert_eq!(waits, 3, "{}", run.stdout);
    world.hub.forget();
    assert_eq!(world.sync_ends(5, &[]).code, 5);
    assert_eq!(world.hub.writes().len(), 0, "a paused run writes nothing");
    lift();
    world.sync();
    assert_eq!(proposed(world), ["acme/a", "acme/b", "acme/c", "acme/d"]);
    let again = world
        .hub
        .writes()
        .iter()
        .any(|seen| seen.path.starts_with("/repos/acme/a/"));
    assert!(!again, "{:?}", world.hub.lines());
    world.rests();
}

#[test]
fn a_file_that_appears_during_a_run_lets_the_current_target_finish_and_no_other_begin() {
    let world = world("");
    let run = disturbed(&world, || world.sandbox.write("store/PAUSE", "Stop.\n"));
    stops_and_goes_on(&world, &run, || {
        std::fs::remove_file(world.sandbox.path("store/PAUSE")).unwrap();
    });
}

#[test]
fn a_file_that_is_committed_at_the_home_during_a_run_stops_it_from_any_browser() {
    let world = world("home: acme/lessons\n");
    let home = world.hub.repo("acme/lessons");
    let run = disturbed(&world, || {
        home.commit("main")
            .by("dana")
            .write("PAUSE", "The wrong lesson!\n")
            .push();
        home.commit("main").by("kim").write("README.md", "later\n").push();
    });
    assert!(
        run.stderr.contains("paused: The wrong lesson!\n  who: dana ("),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains(", by the file PAUSE in acme/lessons\n")
            && run.stderr.contains("to lift it: delete the file PAUSE in acme/lessons: on GitHub, or with `git rm PAUSE` and a push"),
        "{}",
        run.stderr
    );
    stops_and_goes_on(&world, &run, || {
        home.commit("main").delete("PAUSE").push();
    });
}

#[test]
fn looking_at_the_home_again_costs_nothing_of_the_hours_requests() {
    let world = world("home: acme/lessons\n");
    world.hub.forget();
    world.sync();
    let looks: Vec<_> = world
        .hub
        .requests()
        .into_iter()
        .filter(|seen| seen.path.starts_with("/repos/acme/lessons/contents"))
        .collect();
    assert_eq!(
        looks.len(),
        6,
        "once before, before each of four, and before the dashboard: {:?}",
        world.hub.lines()
    );
    assert_eq!(looks[0].status, 200);
    assert!(
        looks[1..]
            .iter()
            .all(|seen| seen.conditional && seen.status == 304),
        "{looks:?}"
    );
}

#[test]
fn with_the_usual_pace_the_home_is_looked_at_once_in_half_a_minute() {
    let world = world("");
    let text = "version: 1\nname: acme\nhome: acme/lessons\nuse: [copilot]\ntargets:\n  acme/a: [all]\n";
    world.sandbox.write("store/targets.yaml", text);
    world.commit();
    world.sync();
    let looks = world.hub.lines();
    let looks = looks
        .iter()
        .filter(|line| line.contains("/repos/acme/lessons/contents"));
    assert_eq!(looks.count(), 1);
}

#[test]
fn a_home_that_can_not_be_read_is_reported_once_and_stops_nothing() {
    let world = world("home: acme/nowhere\n");
    let run = world.sync();
    let said = run
        .stderr
        .matches("this run would not notice a file PAUSE in acme/nowhere")
        .count();
    assert_eq!(said, 1, "{}", run.stderr);
    assert_eq!(proposed(&world).len(), 4);
    assert!(
        !world.run(&["status"]).stderr.contains("PAUSE"),
        "who only reads is not bothered"
    );
}

#[test]
fn a_paused_store_keeps_its_dashboard_as_it_is() {
    let world = world("home: acme/lessons\nreport: { issue: true }\n");
    world.sandbox.write("store/PAUSE", "Stop.\n");
    world.hub.forget();
    let run = world.sync_ends(5, &[]);
    assert_eq!(world.hub.writes().len(), 0, "{}", run.stdout);
}

#[test]
fn a_link_at_the_home_pauses_and_what_it_leads_to_is_never_read() {
    let world = world("home: acme/lessons\n");
    let home = world.hub.repo("acme/lessons");
    home.commit("main")
        .by("dana")
        .write("secret.txt", "token = TOPSECRET\n")
        .write_with("PAUSE", "120000", "secret.txt")
        .push();
    let run = world.sync_ends(5, &[]);
    assert!(
        run.stderr
            .starts_with("paused: PAUSE is a symbolic link, which is not followed\n"),
        "{}",
        run.stderr
    );
    assert!(!format!("{run:?}").contains("TOPSECRET"), "{run:?}");
    assert!(proposed(&world).is_empty());
}

#[test]
fn a_folder_and_a_large_file_at_the_home_pause_too() {
    let world = world("home: acme/lessons\n");
    let home = world.hub.repo("acme/lessons");
    home.commit("main")
        .by("dana")
        .write("PAUSE/why.txt", "x\n")
        .push();
    let run = world.sync_ends(5, &[]);
    assert!(
        run.stderr.starts_with("paused: PAUSE is not a regular file\n"),
        "{}",
        run.stderr
    );
    home.commit("main").delete("PAUSE/why.txt").push();
    home.commit("main")
        .by("dana")
        .write("PAUSE", "x".repeat(100_000))
        .push();
    let run = world.sync_ends(5, &[]);
    assert!(
        run.stderr
            .starts_with("paused: the file is too large to be shown\n"),
        "{}",
        run.stderr
    );
    assert!(proposed(&world).is_empty());
}

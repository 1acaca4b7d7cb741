//! Rate limits make a run wait or defer targets; no target is lost.

use super::World;
use lessonbook_github_standin::{Fault, Match};

fn two() -> World {
    let world = World::new("  acme/a: [all]\n  acme/b: [all]\n");
    world.repository("a");
    world.repository("b");
    world
}

/// Checks that both have one proposal in the end, regardless of the first run.
fn survives(world: &World) {
    let run = world.run(&["sync", "--yes", "--until", "20s"]);
    assert!(
        [0, 5].contains(&run.code),
        "{}\n{}\n{:#?}",
        run.stdout,
        run.stderr,
        world.hub.lines()
    );
    world.hub.heal();
    world.sync();
    for name in ["acme/a", "acme/b"] {
        let pulls = world.hub.repo(name).pulls();
        assert_eq!(pulls.len(), 1, "{name}: {:#?}", world.hub.lines());
    }
    world.rests();
}

#[test]
fn a_secondary_limit_with_seconds_is_waited_for() {
    for status in [403, 429] {
        let world = two();
        world
            .hub
            .fail(Match::writes().nth(2), Fault::Secondary(status, Some(1)));
        let run = world.sync();
        assert_eq!(world.hub.repo("acme/a").pulls().len(), 1, "{}", run.stdout);
        survives(&world);
    }
}

#[test]
fn a_secondary_limit_that_lasts_too_long_defers() {
    for (status, seconds) in [(403, Some(600)), (429, Some(600)), (403, None), (429, None)] {
        let world = two();
        world
            .hub
            .fail(Match::writes().nth(2).always(), Fault::Secondary(status, seconds));
        let run = world.run(&["sync", "--yes", "--until", "5s"]);
        assert_eq!(run.code, 5, "{}\n{}", run.stdout, run.stderr);
        for name in ["acme/a", "acme/b"] {
            assert!(run.stdout.contains(&format!("deferred {name}")), "{}", run.stdout);
        }
        survives(&world);
    }
}

#[test]
fn limits_while_reading_lose_no_target() {
    for fault in [
        Fault::RateLimited,
        Fault::TooQuick,
        Fault::Secondary(403, Some(1)),
        Fault::Secondary(429, Some(1)),
        Fault::Secondary(403, Some(600)),
        Fault::Status(502),
        Fault::Html(502),
        Fault::CutBody,
        Fault::Reset,
    ] {
        let world = two();
        world.hub.fail(Match::reads(), fault);
        survives(&world);
    }
}

#[test]
fn a_limit_on_every_read_defers_every_target() {
    for fault in [
        Fault::RateLimited,
        Fault::TooQuick,
        Fault::Secondary(403, Some(600)),
    ] {
        let world = two();
        world.hub.fail(Match::reads().always(), fault.clone());
        let run = world.run(&["sync", "--yes", "--until", "3s"]);
        assert_eq!(run.code, 5, "{fault:?}: {}\n{}", run.stdout, run.stderr);
        for name in ["acme/a", "acme/b"] {
            assert!(run.stdout.contains(name), "{}", run.stdout);
        }
        survives(&world);
    }
}

#[test]
fn mutations_that_came_too_quickly_are_sent_again() {
    for fault in [Fault::TooQuick, Fault::RateLimited] {
        let world = two();
        world.sync();
        world.lesson("pin", "critical", "Pin every version by its digest.");
        world.commit();
        world.hub.fail(Match::graphql("mutation"), fault);
        survives(&world);
        for name in ["acme/a", "acme/b"] {
            let text = world.hub.repo(name).text(super::BRANCH, super::COPILOT).unwrap();
            assert!(text.contains("by its digest"), "{text}");
        }
    }
}

#[test]
fn a_discovery_that_a_limit_stops_removes_no_tags_from_listed_targets() {
    for (fault, code) in [(Fault::Secondary(403, Some(600)), 5), (Fault::Status(500), 1)] {
        let rest = "targets:\n  acme/a: [more]\n  ../disk: [all]\ndiscover:\n  - { organization: acme, topics: [t], tags: [all] }\n";
        let world = World::with("", rest);
        world.sandbox.repository("disk", &[("README.md", "x\n")]);
        let text = "title: T\nseverity: high\ntags: [more]\nrule: Say more.\nrationale: It bites.\n";
        world.sandbox.write("store/lessons/basics/more.yaml", text);
        world.commit();
        let new = world.hub.repository("acme/a").file("README.md", "x\n");
        new.topics(&["t"]).create();
        world.sync();
        let a = world.hub.repo("acme/a");
        let head = a.head(super::BRANCH);
        world.lesson("pin", "critical", "Pin every version by its digest.");
        world.commit();
        world
            .hub
            .fail(Match::graphql("repositoryOwner").always(), fault.clone());
        world.hub.fail(Match::rest("GET", "/orgs/*").always(), fault);
        let run = world.sync_ends(code, &["--until", "5s"]);
        assert_eq!(a.head(super::BRANCH), head, "{}", run.stdout);
        // The other targets continue.
        assert!(run.stdout.contains("proposed ../disk"), "{}", run.stdout);
        world.hub.heal();
        world.sync();
        let text = a.text(super::BRANCH, super::COPILOT).unwrap();
        assert!(
            text.contains("by its digest") && text.contains("Say more."),
            "{text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_run_after_the_write_in_flight() {
    let world = two();
    world.hub.latency(150);
    let environment = world.hub.environment(&world.token);
    let pairs = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let child = world.sandbox.start("store", &["sync", "--yes"], &pairs);
    let start = std::time::Instant::now();
    while world.hub.writes().is_empty() {
        assert!(start.elapsed().as_secs() < 30, "nothing was written");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(killed.success());
    let run = world.sandbox.ended(child);
    assert_eq!(run.code, 5, "{run:?}");
    assert!(
        run.stdout.contains("deferred acme/a") && run.stdout.contains("deferred acme/b"),
        "{}",
        run.stdout
    );
    assert!(world.hub.writes().len() <= 2, "{:#?}", world.hub.lines());
    world.hub.latency(0);
    survives(&world);
}

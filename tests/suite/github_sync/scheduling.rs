//! Many repositories: the first and second sync, discovery, shards, limits.

use std::collections::BTreeSet;

use super::{BRANCH, COPILOT, World};

/// `acme/r00` and so on, as lines of `targets:`.
fn lines(number: usize) -> String {
    (0..number)
        .map(|at| format!("  acme/r{at:02}: [all]\n"))
        .collect()
}

fn fleet(number: usize) -> World {
    let world = World::new(&lines(number));
    for at in 0..number {
        world.repository(&format!("r{at:02}"));
    }
    world
}

#[test]
fn a_first_sync_opens_a_proposal_in_each_of_thirty_repositories_and_a_second_writes_nothing() {
    let world = fleet(30);
    let run = world.sync();
    assert!(run.stdout.contains("Nothing is merged"), "{}", run.stdout);
    for repo in world.hub.repos() {
        let pulls = repo.pulls();
        assert_eq!(pulls.len(), 1, "{}", repo.name());
        let pull = &pulls[0];
        assert_eq!(
            (pull.state, pull.head.as_str(), pull.base.as_str()),
            ("OPEN", BRANCH, "main")
        );
        assert_eq!(pull.labels, ["guardrails"]);
        assert!(
            pull.title.starts_with("docs(ai): 2 lessons added"),
            "{}",
            pull.title
        );
        assert!(
            pull.body.contains("Pin every version.") && pull.body.contains("<!-- lessonbook:"),
            "{}",
            pull.body
        );
        let claude = repo.text(BRANCH, "CLAUDE.md").unwrap();
        assert!(
            claude.contains("Be kind.") && claude.contains("Pin every version."),
            "{claude}"
        );
        assert!(repo.text(BRANCH, COPILOT).unwrap().contains("Pin every version."));
        assert_eq!(
            repo.text("main", "CLAUDE.md").as_deref(),
            Some("# Mine\n\nBe kind.\n")
        );
        let log = repo.log(BRANCH);
        assert_eq!(log.len(), 2, "{log:?}");
        assert!(log[0].contains("Lessonbook-Store: "), "{}", log[0]);
        assert!(
            run.stdout.contains(&format!("{}/pull/1", repo.name())),
            "{}",
            run.stdout
        );
    }
    let writes = world.hub.writes();
    let proposals = writes
        .iter()
        .filter(|seen| !seen.path.ends_with("/labels"))
        .count();
    assert!(
        proposals <= 4 * 30,
        "{proposals} writes: {:#?}",
        world.hub.lines()
    );
    assert!(writes.len() <= 5 * 30, "{}", writes.len());

    world.rests();
    assert!(world.hub.requests().len() <= 3, "{:#?}", world.hub.lines());
    assert!(world.states().iter().all(|(_, state, _)| state == "proposed"));
    assert_eq!(world.run(&["status"]).code, 0);
}

#[test]
fn a_run_over_a_hundred_targets_with_nothing_to_do_makes_three_requests_at_most() {
    let world = fleet(100);
    world.sync_ends(5, &[]); // the policy opens fifty a run
    world.sync();
    world.rests();
    assert!(world.hub.requests().len() <= 3, "{:#?}", world.hub.lines());
}

#[test]
fn a_bound_defers_the_rest_and_the_next_run_takes_it_first() {
    let world = fleet(5);
    let run = world.sync_ends(5, &["--max-proposals", "2"]);
    let opened = || -> Vec<String> {
        let open = |repo: &lessonbook_github_standin::Place<'_>| !repo.pulls().is_empty();
        world
            .hub
            .repos()
            .iter()
            .filter(|repo| open(repo))
            .map(lessonbook_github_standin::Place::name)
            .collect()
    };
    assert_eq!(opened(), ["acme/r00", "acme/r01"]);
    assert!(
        run.stdout.contains("deferred acme/r02: ") && run.stdout.contains("--max-proposals"),
        "{}",
        run.stdout
    );
    // The first two become due again; those that waited are written before them.
    for name in opened() {
        world.hub.repo(&name).close(1, "dana");
    }
    world.lesson("pin", "critical", "Pin every version and its digest.");
    world.commit();
    world.sync_ends(5, &["--max-proposals", "3"]);
    assert_eq!(opened().len(), 5);
    assert_eq!(world.hub.repo("acme/r00").pulls().len(), 1);
    world.sync();
    assert_eq!(world.hub.repo("acme/r00").pulls().len(), 2);
    world.rests();
}

#[test]
fn nothing_new_begins_after_the_deadline() {
    let world = fleet(2);
    let run = world.sync_ends(5, &["--until", "0s"]);
    assert_eq!(world.hub.writes().len(), 0, "{}", run.stdout);
}

#[test]
fn targets_are_found_by_organization_topics_and_names() {
    let world = World::with(
        "",
        "targets:\n  acme/infra-a: [more]\ndiscover:\n  - { organization: acme, topics: [terraform], include: [\"infra-*\"], exclude: [\"*-archive\"], tags: [all] }\n",
    );
    world.lesson("extra", "high", "Say more.");
    let path = "store/lessons/basics/extra.yaml";
    let text = String::from_utf8(world.sandbox.read(path)).unwrap();
    world.sandbox.write(path, text.replace("[all]", "[more]"));
    world.commit();
    let make = |name: &str| {
        world
            .hub
            .repository(&format!("acme/{name}"))
            .file("README.md", "x\n")
    };
    make("infra-a").topics(&["terraform"]).create();
    make("infra-b").topics(&["terraform", "aws"]).private().create();
    make("infra-c").topics(&["ansible"]).create();
    make("infra-archive").topics(&["terraform"]).create();
    make("infra-old").topics(&["terraform"]).archived().create();
    make("infra-fork").topics(&["terraform"]).fork().create();
    make("infra-void").topics(&["terraform"]).empty().create();
    make("web").topics(&["terraform"]).create();
    world.sync();
    let proposed: Vec<String> = world
        .hub
        .repos()
        .iter()
        .filter(|repo| !repo.pulls().is_empty())
        .map(lessonbook_github_standin::Place::name)
        .collect();
    assert_eq!(proposed, ["acme/infra-a", "acme/infra-b"]);
    // Listed in the store and discovered: it has the tags of both.
    let text = world.hub.repo("acme/infra-a").text(BRANCH, COPILOT).unwrap();
    assert!(
        text.contains("Say more.") && text.contains("Pin every version."),
        "{text}"
    );
    let text = world.hub.repo("acme/infra-b").text(BRANCH, COPILOT).unwrap();
    assert!(!text.contains("Say more."), "{text}");
    world.rests();
}

#[test]
fn a_discovered_repository_that_opted_out_is_reported_with_the_lessons_that_it_lacks() {
    let world = World::with(
        "",
        "discover:\n  - { organization: acme, topics: [all], tags: [all] }\n",
    );
    let make = |name: &str, topics: &[&str]| {
        let new = world.hub.repository(&format!("acme/{name}"));
        new.file("README.md", "x\n").topics(topics).create();
    };
    make("in", &["all"]);
    make("out", &["all", "lessonbook-off"]);
    world.sync();
    let states = world.states();
    let out = states.iter().find(|(target, _, _)| target == "acme/out").unwrap();
    assert_eq!(out.1, "disabled");
    assert!(
        out.2.contains("lessonbook-off") && out.2.contains("lacks 1 critical lesson"),
        "{}",
        out.2
    );
    assert_eq!(world.hub.repo("acme/out").pulls().len(), 0);
}

#[test]
fn parts_of_a_fleet_are_disjoint_and_complete() {
    let world = fleet(20);
    let run = world.run(&["shards", "--size", "7"]);
    assert_eq!(run.stdout, "{\"shard\":[\"1/3\",\"2/3\",\"3/3\"]}\n");
    let mut seen = BTreeSet::new();
    for part in ["1/3", "2/3", "3/3"] {
        let run = world.run(&["status", "--shard", part, "--format", "json"]);
        let status: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        for target in status["targets"].as_array().unwrap() {
            assert!(
                seen.insert(target["target"]["name"].as_str().unwrap().to_owned()),
                "twice: {target}"
            );
        }
    }
    assert_eq!(seen.len(), 20);
    world.sync_ends(0, &["--shard", "2/3"]);
    let opened = world
        .hub
        .repos()
        .iter()
        .filter(|repo| !repo.pulls().is_empty())
        .count();
    assert!(opened > 0 && opened < 20, "{opened}");
}

#[test]
fn one_repository_that_is_not_there_fails_no_other() {
    let world = fleet(3);
    world.targets("", &format!("targets:\n{}  acme/nobody: [all]\n", lines(3)));
    world.commit();
    let run = world.sync_ends(1, &[]);
    assert!(
        world.hub.repos().iter().all(|repo| repo.pulls().len() == 1),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("acme/nobody"), "{}", run.stdout);
    let states = world.states();
    assert_eq!(
        (states[3].0.as_str(), states[3].1.as_str()),
        ("acme/nobody", "unreachable")
    );
    world.hub.forget();
    world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0);
}

#[test]
fn a_matrix_that_misses_targets_is_not_a_success() {
    let world = World::with(
        "",
        "targets:\n  acme/a: [all]\ndiscover:\n  - { organization: acme, tags: [all] }\n",
    );
    world.repository("a");
    assert_eq!(world.run(&["shards"]).code, 0);
    world.hub.expire(&world.token);
    assert_eq!(world.run(&["shards"]).code, 1);
}

#[test]
fn a_target_that_can_t_be_read_is_explained_once_in_each_command() {
    let world = World::new("  acme/nobody: [all]\n");
    let (_, _, why) = world.states().remove(0);
    assert!(!why.is_empty());
    for command in ["plan", "status", "coverage", "audit"] {
        let run = world.run(&[command]);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 1, "{run:?}");
        assert_eq!(text.matches(&why).count(), 1, "{command}:\n{text}");
        // Nothing in the store or the target refuses it.
        assert!(!text.to_lowercase().contains("refused"), "{command}:\n{text}");
    }
}

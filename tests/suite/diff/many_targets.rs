//! Targets that are added, removed or disabled, or that can't be read or shown.

use crate::diff::{PROBE, World, each, line};
use lessonbook_github_standin::Github;

#[test]
fn targets_that_come_go_and_are_switched_off_are_told() {
    let world = World::three();
    world.repository("d", &[]);
    world.targets(
        "",
        "  ../b: { tags: [all], enabled: false }\n  ../c: [all]\n  ../d: [all]\n",
    );
    let said = world.diff(0, &["--stat"]);
    assert!(
        line(&said, "no lesson differs, 3 settings; reaches 2 repositories").contains("6 files"),
        "{said}"
    );
    assert!(
        line(&said, "../a").contains("NO LONGER A TARGET")
            && line(&said, "../a").contains("its blocks are kept"),
        "{said}"
    );
    assert!(line(&said, "../b").contains("DISABLED"), "{said}");
    assert!(line(&said, "../d").contains("NEW TARGET"), "{said}");
    assert_eq!(line(&said, "1 repository unchanged"), "1 repository unchanged");
    let told = world.json(0, &[]);
    assert_eq!(each(&told["targets"], "target"), ["../b", "../c", "../d", "../a"]);
    assert_eq!(
        each(&told["targets"], "change"),
        ["update", "same", "update", "gone"]
    );
    let deleted = each(&told["targets"][0]["files"], "status");
    assert_eq!(deleted, ["deleted", "deleted", "deleted"]);

    // A new one that is not there is a mistake of this change; one that was missing before is not.
    world.targets("", "  ../a: [all]\n  ../z: [all]\n");
    let said = world.diff(1, &["--stat"]);
    assert!(
        line(&said, "../z").contains("REFUSED") && said.contains("error[target-missing]"),
        "{said}"
    );
    world.commit();
    world.change(PROBE, "three", "five");
    let said = world.diff(0, &["HEAD", "--stat"]);
    assert!(line(&said, "../z").contains("NOT LOOKED AT"), "{said}");
    assert!(
        line(&said, "1 lesson").ends_with("1 repository not looked at"),
        "{said}"
    );
}

#[test]
fn targets_on_github_are_named_as_not_looked_at_where_there_are_no_credentials() {
    let world = World::new("  acme/shop: [all]\n  ../a: [all]\n");
    world.repository("a", &[]);
    world.change(PROBE, "three", "five");
    let said = world.diff(0, &["--stat"]);
    assert!(
        line(&said, "acme/shop").contains("NOT LOOKED AT")
            && line(&said, "acme/shop").contains("no credentials"),
        "{said}"
    );
    assert!(
        line(&said, "1 lesson").contains("reaches 1 repository, 3 files"),
        "{said}"
    );
    let page = world.page(0, &[]);
    assert!(page.contains("| `acme/shop` | NOT LOOKED AT |"), "{page}");
}

/// A public, a private and two discovered repositories on GitHub.
fn fleet() -> (World, Github) {
    let discover = "discover:\n  - { organization: acme, topics: [lessons], tags: [all] }\n";
    let world = World::with(
        discover,
        "  acme/open: [all]\n  acme/closed: [all]\n  acme/old: [all]\n  acme/nowhere: [all]\n",
    );
    let hub = Github::start();
    hub.organization("acme");
    hub.repository("acme/open")
        .file("charts/web.yaml", "kind: A\n")
        .file("CLAUDE.md", "# Open words\n")
        .create();
    hub.repository("acme/closed")
        .private()
        .file("charts/secret.yaml", "kind: A\n")
        .file("CLAUDE.md", "# Closed words\n")
        .create();
    hub.repository("acme/found")
        .private()
        .topics(&["lessons"])
        .file("CLAUDE.md", "# Found words\n")
        .create();
    hub.repository("acme/found-open")
        .topics(&["lessons"])
        .file("charts/web.yaml", "kind: A\n")
        .create();
    hub.repository("acme/old")
        .archived()
        .file("CLAUDE.md", "# Old words\n")
        .create();
    (world, hub)
}

fn asked(world: &World, hub: &Github, args: &[&str], more: &[(&str, &str)]) -> String {
    let token = hub.token();
    let environment = hub.environment(&token);
    let mut pairs: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    pairs.extend(more);
    let run = world.sandbox.run_with("store", args, &pairs);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains(&token));
    run.stdout
}

#[test]
fn a_fleet_on_github_is_read_once_and_nothing_is_written() {
    let (world, hub) = fleet();
    world.change(PROBE, "three", "five");
    let said = asked(&world, &hub, &["diff", "--stat"], &[]);
    assert!(
        line(&said, "1 lesson").contains("reaches 4 repositories, 12 files"),
        "{said}"
    );
    assert!(line(&said, "acme/found").contains("CHANGES"), "{said}");
    assert!(line(&said, "acme/old").ends_with("archived"), "{said}");
    assert!(line(&said, "acme/nowhere").contains("NOT LOOKED AT"), "{said}");
    let seen = hub.forget();
    assert!(seen.iter().all(|seen| !seen.writes), "{seen:?}");
    let reads = seen.iter().filter(|seen| seen.body.contains("CLAUDE.md")).count();
    assert_eq!(
        reads,
        1,
        "{:?}",
        seen.iter()
            .map(lessonbook_github_standin::Seen::line)
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_page_of_a_public_store_names_private_targets_and_says_nothing_else_of_them() {
    let (world, hub) = fleet();
    world.change(PROBE, "three", "five");
    let page = ["diff", "--format", "markdown"];
    for more in [
        &[][..],
        &[("LESSONBOOK_STORE_VISIBILITY", "public")],
        &[("LESSONBOOK_STORE_VISIBILITY", "")],
    ] {
        let said = asked(&world, &hub, &page, more);
        assert!(
            said.contains("reaches 4 repositories (2 of them private and only named), 6 files"),
            "{said}"
        );
        assert!(
            said.contains("which this page only names: changes in `acme/closed`; changes in 1 repository that only `discover:` found."),
            "{said}"
        );
        assert_eq!(said.matches("acme/closed").count(), 1, "{said}");
        for word in ["Closed words", "secret.yaml", "Found words", "acme/found`"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        assert!(
            said.contains("`acme/open`") && said.contains("`acme/found-open`"),
            "{said}"
        );
    }
    for (args, more) in [
        (
            &["diff", "--format", "markdown", "--store-visibility", "internal"][..],
            &[][..],
        ),
        (&page, &[("LESSONBOOK_STORE_VISIBILITY", "private")]),
    ] {
        let said = asked(&world, &hub, args, more);
        assert!(
            said.contains("reaches 4 repositories, 12 files") && said.contains("| `acme/closed` | CHANGES |"),
            "{said}"
        );
        assert!(said.contains("`acme/found`"), "{said}");
    }
}

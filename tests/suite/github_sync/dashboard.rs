//! The dashboard issue of a store.

use crate::github_sync::World;

fn world() -> World {
    let world = World::with(
        "",
        "home: acme/lessons\nreport: { issue: true }\ntargets:\n  acme/shop: [all]\n",
    );
    world.repository("lessons");
    world.repository("shop");
    world
}

/// The only issue of the store's repository.
fn issue(world: &World) -> crate::github_sync::PullView {
    let issues = world.hub.repo("acme/lessons").issues();
    assert_eq!(issues.len(), 1, "{issues:?}");
    issues.into_iter().next().unwrap()
}

#[test]
fn one_issue_in_the_store_shows_the_state_of_every_target_and_is_written_once() {
    let world = world();
    world.sync();
    let writes = |world: &World| {
        world
            .hub
            .lines()
            .iter()
            .filter(|line| line.contains("/repos/acme/lessons/issues"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let made: Vec<String> = writes(&world)
        .into_iter()
        .filter(|line| line.starts_with("POST"))
        .collect();
    assert_eq!(made.len(), 1, "one issue is made: {made:?}");
    let first = issue(&world);
    assert!(
        first.body.contains("| `acme/shop` | [proposed]("),
        "{}",
        first.body
    );

    world.sync();
    world.hub.forget();
    world.sync();
    assert!(
        world.hub.writes().is_empty(),
        "a run that changes no state writes nothing: {:?}",
        world.hub.lines()
    );
}

#[test]
fn a_change_of_state_gets_a_comment_and_the_issue_is_edited_in_place() {
    let world = world();
    world.sync();
    world
        .hub
        .repo("acme/shop")
        .merge(1, "dana", lessonbook_github_standin::How::Squash);
    world.sync();
    let issue = issue(&world);
    assert!(!issue.body.contains("| `acme/shop` |"), "{}", issue.body);
    let said: Vec<&str> = issue.comments.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        said,
        ["- `acme/shop`: proposed → up-to-date
"]
    );
}

/// The store's issue after a run over a private target that the store names and one that only `discover` found.
fn with_private_targets(is_private: bool) -> String {
    let world = World::with(
        "",
        "home: acme/lessons\nreport: { issue: true }\ntargets:\n  acme/shop: [all]\ndiscover:\n  - { organization: acme, include: [\"hid*\"], tags: [all] }\n",
    );
    if is_private {
        world.private("lessons");
    } else {
        world.repository("lessons");
    }
    world.private("shop");
    world.private("hidden");
    world.sync();
    issue(&world).body
}

#[test]
fn the_issue_of_a_public_store_shows_only_the_state_of_private_targets() {
    let body = with_private_targets(false);
    assert!(
        body.contains("| `acme/shop` | proposed | | not public | |"),
        "{body}"
    );
    assert!(!body.contains("hidden"), "{body}");
    assert!(body.contains("1 target found by `discover:`"), "{body}");
}

#[test]
fn the_issue_of_a_private_store_shows_all_of_them() {
    let body = with_private_targets(true);
    assert!(body.contains("| `acme/shop` | [proposed]("), "{body}");
    assert!(body.contains("| `acme/hidden` | [proposed]("), "{body}");
}

#[test]
fn public_pages_do_not_name_a_private_repository_that_only_discover_found() {
    let world = World::with(
        "",
        "home: acme/lessons\ntargets:\n  acme/shop: [all]\ndiscover:\n  - { organization: acme, include: [\"hid*\"], tags: [all] }\n",
    );
    world.private("shop");
    assert_eq!(world.run(&["plan", "--out", "../old.json"]).code, 0);
    world.private("hidden");
    assert_eq!(world.run(&["plan", "--out", "../new.json"]).code, 0);
    let page = world
        .run(&["show", "../new.json", "--format", "markdown", "--public"])
        .stdout;
    assert!(!page.contains("hidden"), "{page}");
    assert!(page.contains("| `acme/shop` | "), "{page}");
    assert!(page.contains("1 target that only `discover:` found"), "{page}");
    let args = [
        "compare",
        "../old.json",
        "../new.json",
        "--format",
        "markdown",
        "--public",
    ];
    let page = world.run(&args).stdout;
    assert!(!page.contains("hidden"), "{page}");
    assert!(page.contains("in 1 target that the page does not name"), "{page}");
}

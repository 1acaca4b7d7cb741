//! The dashboard issue of a store.

use crate::World;

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
fn issue(world: &World) -> crate::PullView {
    let issues = world.hub.repo("acme/lessons").issues();
    assert_eq!(issues.len(), 1, "{issues:?}");
    issues.into_iter().next().unwrap()
}

#[test]
fn one_issue_in_the_store_shows_where_every_target_stands_and_rests() {
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
        first.body.contains("| `acme/shop` | [current]("),
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
fn a_change_of_state_is_said_in_a_comment_and_the_issue_is_edited_in_place() {
    let world = world();
    world.sync();
    world
        .hub
        .repo("acme/shop")
        .merge(1, "dana", crate::github::How::Squash);
    world.sync();
    let issue = issue(&world);
    assert!(!issue.body.contains("| `acme/shop` |"), "{}", issue.body);
    let said: Vec<&str> = issue.comments.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        said,
        ["- `acme/shop`: current → in-sync
"]
    );
}

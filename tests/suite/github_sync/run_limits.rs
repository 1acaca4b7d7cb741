//! Run limits on GitHub: if one is exceeded, no request writes.

use super::World;

fn three(policy: &str) -> World {
    let world = World::with(
        "",
        &format!("policy: {{ {policy} }}\ntargets:\n  acme/a: [all]\n  acme/b: [all]\n  acme/c: [all]\n"),
    );
    for name in ["a", "b", "c"] {
        world.repository(name);
    }
    world
}

#[test]
fn a_run_that_exceeds_a_limit_sends_no_request_that_writes() {
    let world = three("max_targets: 2");
    let run = world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0, "{:#?}", world.hub.lines());
    assert!(
        run.stdout
            .contains("stopped[run-too-large]: this run would write in 3 targets, but at most 2 are allowed"),
        "{}",
        run.stdout
    );
    world.sync_ends(0, &["acme/a", "acme/b"]);
    // Two are open, so that the third is within the limit.
    let run = world.sync_ends(0, &[]);
    assert!(
        run.stdout.contains("bounds ✓ 1 of at most 2 targets"),
        "{}",
        run.stdout
    );
    world.rests();
}

#[test]
fn what_waits_for_the_next_run_is_not_counted() {
    let world = three("max_targets: 2, max_new_proposals: 2");
    let run = world.sync_ends(5, &[]);
    assert!(
        run.stdout.contains("bounds ✓ 2 of at most 2 targets"),
        "{}",
        run.stdout
    );
    let run = world.sync_ends(0, &[]);
    assert!(
        run.stdout.contains("bounds ✓ 1 of at most 2 targets"),
        "{}",
        run.stdout
    );
    world.rests();
}

#[test]
fn a_proposal_that_fails_does_not_make_room_for_targets_that_the_limit_did_not_count() {
    let world = three("max_targets: 2, max_new_proposals: 2");
    world.hub.fail(
        lessonbook_github_standin::Match::writes().always(),
        lessonbook_github_standin::Fault::Status(422),
    );
    let run = world.run(&["sync", "--yes"]);
    assert!(run.stdout.contains("deferred acme/c"), "{}", run.stdout);
    world.hub.heal();
}

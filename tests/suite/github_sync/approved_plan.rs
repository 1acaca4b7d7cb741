//! `sync --within` on GitHub: nothing is written that is not in the approved plan.

use super::World;

#[test]
fn a_proposal_that_exceeds_the_approved_plan_is_refused_and_the_other_one_opens() {
    let world = World::new("  acme/a: [all]\n  acme/b: [all]\n");
    world.repository("a");
    world.repository("b");
    let saved = world.run(&["plan", "--out", "../approved.json"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    world.targets(
        "",
        "targets:\n  acme/a: { tags: [all], use: [+agents] }\n  acme/b: [all]\n",
    );
    world.commit();
    let run = world.sync_ends(1, &["--within", "../approved.json"]);
    assert!(
        run.stdout
            .contains("the target exceeds the approved plan: `AGENTS.md` is created, +"),
        "{}",
        run.stdout
    );
    let pulls = |name: &str| world.hub.repo(name).pulls().len();
    assert_eq!((pulls("acme/a"), pulls("acme/b")), (0, 1));
    // The open proposal is within the plan, and the refused one stays refused.
    world.hub.forget();
    world.sync_ends(1, &["--within", "../approved.json"]);
    assert_eq!(world.hub.writes().len(), 0, "{:#?}", world.hub.lines());
}

#[test]
fn a_proposal_that_would_be_moved_and_was_not_in_the_plan_is_left_alone() {
    let world = World::shop();
    world.sync();
    // Approved is a plan that finds everything in place.
    assert_eq!(world.run(&["plan", "--out", "../approved.json"]).code, 0);
    world.lesson("pin", "critical", "Pin every version and digest.");
    world.commit();
    let before = world.pulls()[0].clone();
    let run = world.sync_ends(1, &["--within", "../approved.json"]);
    assert!(
        run.stdout
            .contains("the target exceeds the approved plan: is written now, but was not before: 2 files, +"),
        "{}",
        run.stdout
    );
    assert_eq!(world.pulls()[0], before);
}

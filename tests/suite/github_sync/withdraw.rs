//! Withdrawal of a lesson whose proposals are open, approved, held, edited, merged and declined.

use super::{BRANCH, COPILOT, World};
use crate::support::Run;
use lessonbook_github_standin::{How, PullView};

const NAMES: [&str; 9] = [
    "open",
    "approved",
    "held",
    "edited",
    "merged",
    "declined",
    "queued",
    "opted-out",
    "stranger",
];

/// Repositories in which `pin` was proposed; then people acted on the proposals in different ways.
fn fleet() -> World {
    let lines: Vec<String> = NAMES
        .iter()
        .map(|name| format!("  acme/{name}: [all]\n"))
        .collect();
    let world = World::new(&lines.concat());
    for name in NAMES {
        world.repository(name);
    }
    world.hub.repo("acme/stranger").topics(&["lessonbook-off"]);
    world.sync();
    let repo = |name: &str| world.hub.repo(&format!("acme/{name}"));
    repo("approved").approve(1, "dana");
    repo("held").label(1, "dana", "lessonbook:hold");
    repo("edited")
        .commit(BRANCH)
        .by("dana")
        .write("notes.md", "mine\n")
        .push();
    for name in ["merged", "declined", "opted-out"] {
        repo(name).merge(1, "dana", How::Merge);
    }
    // What was merged there is declined when it changes: the next proposal is closed by a person.
    repo("queued").auto_merge(1, "dana");
    repo("opted-out").topics(&["lessonbook-off"]);
    world
}

fn withdraw(world: &World, more: &[&str]) -> Run {
    let args = [
        "withdraw",
        "pin",
        "--reason",
        "It pins @dana to #1.\nReally.",
        "--yes",
    ];
    world.run(&[&args, more].concat())
}

fn pull(world: &World, name: &str) -> PullView {
    world.hub.repo(&format!("acme/{name}")).pulls().pop().unwrap()
}

#[test]
fn every_proposal_is_updated_open_ones_first() {
    let world = fleet();
    // One target declined a later proposal, but its base has the lesson.
    world.lesson("logs", "critical", "Log to standard error.");
    world.commit();
    world.run(&["sync", "--yes", "acme/declined"]);
    world.hub.repo("acme/declined").close(2, "dana");
    world.hub.forget();
    let run = withdraw(&world, &[]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    let at = |line: &str| {
        run.stdout
            .find(line)
            .unwrap_or_else(|| panic!("no `{line}` in\n{}", run.stdout))
    };
    assert!(
        at("updated acme/open:") < at("proposed acme/merged:"),
        "{}",
        run.stdout
    );
    assert!(
        at("updated acme/approved:") < at("proposed acme/declined:"),
        "{}",
        run.stdout
    );
    for name in ["open", "approved"] {
        let shown = pull(&world, name);
        let text = world
            .hub
            .repo(&format!("acme/{name}"))
            .text(BRANCH, COPILOT)
            .unwrap();
        assert!(
            text.contains("Log to standard output.") && !text.contains("Pin every"),
            "{name}: {text}"
        );
        assert_eq!(
            (shown.number, shown.state, shown.comments.len()),
            (1, "OPEN", 1),
            "{name}"
        );
        assert!(
            shown
                .body
                .contains("**Withdrawn:** `pin` was a wrong lesson. This no longer proposes it."),
            "{}",
            shown.body
        );
        assert!(
            shown
                .body
                .contains("> *Why:* It pins @<!-- -->dana to #<!-- -->1. Really."),
            "{}",
            shown.body
        );
    }
    people_get_one_comment(&world);
    merged_ones_follow(&world);
    ends_with_what_is_left(&run);
    // A second run writes nothing.
    world.commit();
    world.hub.forget();
    let again = withdraw(&world, &[]);
    let writes: Vec<String> = world
        .hub
        .writes()
        .iter()
        .map(lessonbook_github_standin::Seen::line)
        .collect();
    assert_eq!((again.code, writes), (0, Vec::new()), "{}", again.stdout);
    assert!(
        again
            .stdout
            .contains("Left to do until pin is removed; 2 proposals to merge:"),
        "{}",
        again.stdout
    );
}

/// Checks that proposals that a person edited or holds are not changed, and get one comment.
fn people_get_one_comment(world: &World) {
    for name in ["held", "edited", "queued"] {
        let shown = pull(world, name);
        let text = world
            .hub
            .repo(&format!("acme/{name}"))
            .text(BRANCH, COPILOT)
            .unwrap();
        assert!(text.contains("Pin every"), "{name} is not touched");
        assert_eq!(shown.comments.len(), 1, "{name}");
        let said = &shown.comments[0].1;
        assert!(
            said.contains("**Do not merge this as it is:** `pin` was withdrawn: It pins"),
            "{name}: {said}"
        );
    }
}

/// Checks that a proposal removes the lesson where the base has it.
fn merged_ones_follow(world: &World) {
    for (name, number) in [("merged", 2), ("declined", 3)] {
        let shown = pull(world, name);
        assert_eq!((shown.number, shown.state), (number, "OPEN"), "{name}");
        assert_eq!(shown.title, "docs(ai): 1 lesson withdrawn (pin)");
        assert!(
            shown
                .body
                .contains("**Withdrawn:** `pin` was a wrong lesson. This removes it, and adds nothing."),
            "{}",
            shown.body
        );
        assert!(
            shown.body.contains("✓ 2 lines removed from 2 files, none added"),
            "{}",
            shown.body
        );
        let repo = world.hub.repo(&format!("acme/{name}"));
        assert!(repo.text("main", COPILOT).unwrap().contains("Pin every"));
        assert!(!repo.text(BRANCH, COPILOT).unwrap().contains("Pin every"));
    }
}

/// Checks the tasks that are left for people, by kind.
fn ends_with_what_is_left(run: &Run) {
    let end = run.stdout.split("Left to do").nth(1).unwrap();
    for said in [
        "lessons/basics/pin.yaml",
        "acme/merged  http",
        "/acme/merged/pull/2",
        "Do not merge as they are, because a person edited or holds them:",
        "/acme/held/pull/1   held by the label",
        "/acme/edited/pull/1   a person pushed to the branch",
        "acme/opted-out",
    ] {
        assert!(end.contains(said), "no `{said}` in {end}");
    }
    assert!(
        !end.contains("acme/stranger") && !end.contains("acme/open "),
        "{end}"
    );
}

#[test]
fn after_the_merge_a_sync_with_the_lesson_retired_writes_nothing() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    withdraw(&world, &[]);
    world.commit();
    // The open proposals are already as the store with the retired lesson requires.
    world.rests();
    assert_eq!(world.state(), "proposed");
    shop.merge(2, "dana", How::Squash);
    world.sync();
    world.rests();
    assert_eq!(world.state(), "up-to-date");
    assert!(!shop.text("main", COPILOT).unwrap().contains("pin"));
}

#[test]
fn a_sync_with_a_store_that_still_has_the_lesson_does_not_revert_the_withdrawal() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Merge);
    withdraw(&world, &[]);
    world.sandbox.git("store", &["checkout", "--quiet", "."]);
    world.rests();
    let (_, state, why) = world.states().remove(0);
    assert_eq!(state, "proposed");
    assert!(
        why.contains("#2 withdrew pin, which is still active in the store"),
        "{why}"
    );
    shop.merge(2, "dana", How::Merge);
    world.rests();
    assert_eq!(world.state(), "proposed");
    // With another text it is another lesson.
    world.lesson("pin", "critical", "Pin what you deploy.");
    world.commit();
    world.sync();
    assert!(
        shop.text(BRANCH, COPILOT)
            .unwrap()
            .contains("Pin what you deploy.")
    );
}

#[test]
fn a_proposal_without_other_lessons_is_closed_and_not_opened_again() {
    let world = World::shop();
    std::fs::remove_file(world.sandbox.path("store/lessons/basics/logs.yaml")).unwrap();
    world.commit();
    world.sync();
    let run = withdraw(&world, &[]);
    assert!(
        run.stdout.contains("closed acme/shop: pin was its only content"),
        "{}",
        run.stdout
    );
    let shown = pull(&world, "shop");
    assert_eq!(shown.state, "CLOSED");
    assert!(
        shown.comments[0]
            .1
            .contains("`pin` was withdrawn, and nothing else is left to propose here. Reason: It pins"),
        "{:?}",
        shown.comments[0].1
    );
    assert_eq!(world.hub.repo("acme/shop").head(BRANCH), None);
    world.sandbox.git("store", &["checkout", "--quiet", "."]);
    world.rests();
    assert_eq!(world.state(), "proposed");
    assert!(
        withdraw(&world, &[])
            .stdout
            .contains("pin is no longer in any target")
            || world.sandbox.git("store", &["status", "--short"]).contains("pin")
    );
}

#[test]
fn limits_do_not_apply_to_a_withdrawal_and_an_open_proposal_removes_it_from_the_base_too() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Merge);
    world.lesson("tabs", "critical", "Indent with tabs.");
    world.targets(
        ", open_for: critical",
        "policy: { max_new_proposals: 0 }\ntargets:\n  acme/shop: [all]\n",
    );
    world.commit();
    let open = ["sync", "--yes"];
    assert_eq!(world.run(&open).code, 5, "a bound holds a sync back");
    let run = withdraw(&world, &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(pull(&world, "shop").title, "docs(ai): 1 lesson withdrawn (pin)");
    // Another lesson is withdrawn while that proposal is open: it removes both.
    let args = ["withdraw", "logs", "--reason", "Noise.", "--yes"];
    let run = world.run(&args);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let shown = pull(&world, "shop");
    assert_eq!(
        (shown.number, shown.title.as_str()),
        (2, "docs(ai): 2 lessons withdrawn (pin, logs)")
    );
    assert!(
        shown.body.contains("> *Why:* It pins") && shown.body.contains("> *Why:* Noise."),
        "{}",
        shown.body
    );
    assert_eq!(shop.text(BRANCH, COPILOT), None, "{}", run.stdout);
}

//! Actions of people on a proposal, and how the next run handles them.

use super::{BRANCH, COPILOT, World};
use lessonbook_github_standin::How;

fn change(world: &World, id: &str, severity: &str, rule: &str) {
    world.lesson(id, severity, rule);
    world.commit();
}

#[test]
fn a_changed_lesson_renews_the_open_proposal_on_top_of_it() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let first = shop.head(BRANCH).unwrap();
    change(&world, "pin", "critical", "Pin every version by its digest.");
    assert_eq!(world.state(), "stale");
    let run = world.sync();
    assert!(run.stdout.contains("updated acme/shop"), "{}", run.stdout);
    let pulls = world.pulls();
    assert_eq!((pulls.len(), pulls[0].state), (1, "OPEN"));
    assert!(pulls[0].body.contains("by its digest"), "{}", pulls[0].body);
    let log = shop.log(BRANCH);
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(shop.text(BRANCH, COPILOT).unwrap().contains("by its digest"));
    let forced = world
        .hub
        .writes()
        .iter()
        .any(|seen| seen.body.contains("\"force\":true"));
    assert!(!forced && shop.head(BRANCH).unwrap() != first);
    world.rests();
}

#[test]
fn an_update_removes_the_text_of_a_removed_lesson() {
    let world = World::shop();
    world.sync();
    std::fs::remove_file(world.sandbox.path("store/lessons/basics/logs.yaml")).unwrap();
    world.commit();
    world.sync();
    let text = world.hub.repo("acme/shop").text(BRANCH, COPILOT).unwrap();
    assert!(!text.contains("Log to standard output."), "{text}");
    world.rests();
}

#[test]
fn a_base_that_moved_in_other_files_needs_no_update() {
    let world = World::shop();
    world.sync();
    world
        .hub
        .repo("acme/shop")
        .commit("main")
        .write("src/new.py", "x = 1\n")
        .push();
    world.rests();
    assert_eq!(world.state(), "proposed");
}

#[test]
fn a_proposal_that_conflicts_is_created_again_on_the_base_and_stays_open() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.commit("main")
        .write("CLAUDE.md", "# Mine\n\nBe very kind.\n")
        .push();
    assert_eq!(world.state(), "stale");
    world.sync();
    let pulls = world.pulls();
    assert_eq!((pulls.len(), pulls[0].state), (1, "OPEN"));
    let text = shop.text(BRANCH, "CLAUDE.md").unwrap();
    assert!(
        text.contains("Be very kind.") && text.contains("Pin every version."),
        "{text}"
    );
    assert_eq!(shop.log(BRANCH).len(), 3);
    world.rests();
}

#[test]
fn a_persons_commit_is_not_touched_and_gets_one_comment() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let theirs = shop.commit(BRANCH).by("dana").write("CLAUDE.md", "mine\n").push();
    change(&world, "pin", "critical", "Pin every version by its digest.");
    let run = world.sync();
    assert_eq!(
        shop.head(BRANCH).as_deref(),
        Some(theirs.as_str()),
        "{}",
        run.stdout
    );
    assert_eq!(world.pulls()[0].comments.len(), 1);
    world.rests();
    assert_eq!(world.pulls()[0].comments.len(), 1);
    assert_eq!(world.state(), "edited");
}

#[test]
fn an_approved_proposal_is_pushed_to_for_a_critical_change_only() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let first = shop.head(BRANCH);
    shop.approve(1, "dana");
    change(&world, "logs", "medium", "Log to standard error.");
    world.rests();
    assert_eq!(
        (world.state().as_str(), shop.head(BRANCH)),
        ("approved", first.clone())
    );
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.sync();
    assert_ne!(shop.head(BRANCH), first);
    assert!(shop.text(BRANCH, COPILOT).unwrap().contains("by its digest"));
    world.rests();
}

#[test]
fn a_label_holds_a_proposal() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let first = shop.head(BRANCH);
    shop.label(1, "dana", "lessonbook:hold");
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.rests();
    assert_eq!(
        (world.state().as_str(), shop.head(BRANCH)),
        ("held", first.clone())
    );
    shop.unlabel(1, "dana", "lessonbook:hold");
    world.sync();
    assert_ne!(shop.head(BRANCH), first);
}

#[test]
fn a_proposal_that_a_person_closed_is_opened_again_only_when_its_lessons_change() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.close(1, "dana");
    world.rests();
    assert_eq!(world.state(), "declined");
    // A lesson that it did not contain does not open one.
    change(&world, "other", "high", "Say more.");
    world.rests();
    assert_eq!(world.state(), "declined");
    change(&world, "pin", "critical", "Pin every version by its digest.");
    assert_eq!(world.state(), "stale");
    world.sync();
    let pulls = world.pulls();
    assert_eq!(
        (pulls.len(), pulls[0].state, pulls[1].state),
        (2, "CLOSED", "OPEN")
    );
    assert!(pulls[1].body.contains("#1"), "{}", pulls[1].body);
    world.rests();
}

#[test]
fn a_declined_proposal_whose_branch_was_deleted_stays_declined() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.close(1, "dana");
    shop.delete_branch(BRANCH, "dana");
    world.rests();
    assert_eq!(world.state(), "declined");
}

#[test]
fn a_removed_lesson_closes_its_proposal_with_the_reason_and_can_be_proposed_again() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    world.sync();
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.sync();
    assert_eq!(world.pulls()[1].state, "OPEN");
    change(&world, "pin", "critical", "Pin every version.");
    assert_eq!(world.state(), "stale");
    let run = world.sync();
    assert!(run.stdout.contains("closed acme/shop"), "{}", run.stdout);
    let pull = world.pulls().remove(1);
    assert_eq!((pull.state, pull.comments.len()), ("CLOSED", 1));
    assert!(
        pull.comments[0].1.contains("nothing is left to propose"),
        "{:?}",
        pull.comments
    );
    assert_eq!(shop.head(BRANCH), None);
    world.rests();
    assert_eq!(world.state(), "up-to-date");
    // We closed it, so no person declined it.
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.sync();
    assert_eq!(
        world.pulls().iter().filter(|pull| pull.state == "OPEN").count(),
        1
    );
    world.rests();
}

#[test]
fn a_merged_proposal_is_in_sync_and_its_branch_goes() {
    for how in [How::Merge, How::Squash] {
        let world = World::shop();
        world.sync();
        let shop = world.hub.repo("acme/shop");
        shop.merge(1, "dana", how);
        assert_eq!(world.state(), "merged");
        let run = world.sync();
        assert!(run.stdout.contains("cleaned acme/shop"), "{}", run.stdout);
        assert_eq!(shop.head(BRANCH), None);
        world.rests();
        assert_eq!(world.state(), "up-to-date");
        assert_eq!(world.run(&["status"]).code, 0);
    }
}

#[test]
fn what_was_merged_and_changed_back_is_proposed_as_drift() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    shop.commit("main").write(COPILOT, "Nothing.\n").push();
    assert_eq!(world.state(), "drifted");
    world.sync();
    let pulls = world.pulls();
    assert_eq!((pulls.len(), pulls[1].state), (2, "OPEN"));
    assert!(shop.text(BRANCH, COPILOT).unwrap().contains("Pin every version."));
    world.rests();
}

#[test]
fn a_proposal_of_a_newer_store_commit_is_left_alone() {
    let world = World::shop();
    let old = world.sandbox.git("store", &["rev-parse", "HEAD"]);
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let head = shop.head(BRANCH);
    world.sandbox.git("store", &["checkout", "--quiet", &old]);
    world.rests();
    assert_eq!((world.state().as_str(), shop.head(BRANCH)), ("proposed", head));
}

#[test]
fn a_label_that_a_person_took_off_stays_off() {
    let world = World::shop();
    world.sync();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.unlabel(1, "dana", "guardrails");
    world.sync(); // at most once
    shop.unlabel(1, "dana", "guardrails");
    world.rests();
    assert_eq!(world.pulls()[0].labels, Vec::<String>::new());
}

#[test]
fn title_and_text_that_a_person_rewrote_stay() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let body = world.pulls()[0]
        .body
        .replace("Pin every version.", "PIN, we say.");
    shop.rewrite(1, "My words", &body);
    change(&world, "logs", "medium", "Log to standard error.");
    world.sync();
    let pull = world.pulls().remove(0);
    assert_eq!(pull.title, "My words");
    assert!(pull.body.contains("PIN, we say."), "{}", pull.body);
    world.rests();
}

#[test]
fn the_blocks_of_a_disabled_target_are_removed() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    world.targets(
        "",
        "targets:\n  acme/shop: { enabled: false }\n  acme/other: [all]\n",
    );
    world.repository("other");
    world.commit();
    world.sync();
    assert_eq!(world.pulls().last().unwrap().state, "OPEN");
    assert_eq!(
        shop.text(BRANCH, "CLAUDE.md").as_deref(),
        Some("# Mine\n\nBe kind.\n")
    );
    assert_eq!(shop.text(BRANCH, COPILOT), None);
    world.rests();
}

#[test]
fn a_repositorys_own_file_may_hold() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    shop.commit("main")
        .write(
            ".github/lessonbook.yaml",
            "hold: { reason: release week, until: 2099-01-01 }\n",
        )
        .push();
    world.rests();
    let (_, state, why) = world.states().remove(0);
    assert_eq!(state, "held");
    assert!(why.contains("release week"), "{why}");
}

#[test]
fn an_own_file_can_decline_only_lessons_below_critical() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    shop.commit("main")
        .write(
            ".github/lessonbook.yaml",
            "decline:\n  - { lesson: logs, reason: we log elsewhere }\n  - { lesson: pin, reason: we like it loose }\n",
        )
        .push();
    let run = world.sync();
    let text = shop.text(BRANCH, COPILOT).unwrap();
    assert!(
        text.contains("Pin every version.") && !text.contains("Log to"),
        "{text}\n{}",
        run.stdout
    );
    assert!(run.stdout.contains("we like it loose"), "{}", run.stdout);
    world.rests();
}

#[test]
fn a_pull_request_that_is_about_to_merge_is_not_pushed_to() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.auto_merge(1, "dana");
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.rests();
    assert_eq!(world.state(), "held");
}

#[test]
fn a_proposal_that_a_person_turned_to_another_base_is_left_alone() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.commit("next").write("next.md", "x\n").push();
    shop.retarget(1, "dana", "next");
    let head = shop.head(BRANCH);
    change(&world, "pin", "critical", "Pin every version by its digest.");
    world.sync();
    assert_eq!((world.state().as_str(), shop.head(BRANCH)), ("edited", head));
    world.rests();
}

#[test]
fn a_branch_that_a_person_deleted_while_its_proposal_was_open_means_no() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.delete_branch(BRANCH, "dana");
    world.rests();
    assert_eq!(world.state(), "declined");
}

#[test]
fn a_renamed_default_branch_is_followed() {
    let world = World::shop();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    shop.rename_branch("main", "trunk");
    world.rests();
    assert_eq!(
        (world.state().as_str(), world.pulls()[0].base.as_str()),
        ("proposed", "trunk")
    );
}

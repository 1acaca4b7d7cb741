//! What was merged by hand, taken back, proposed again or replaced: since when a version bakes.

use super::{BRANCH, COPILOT, DAY, Fleet, HOUR};

const FILES: [&str; 2] = [COPILOT, "CLAUDE.md"];

/// The files of a repository's base.
fn files(fleet: &Fleet, name: &str, branch: &str) -> Vec<(&'static str, Option<String>)> {
    let text = |path: &'static str| (path, fleet.repo(name).text(branch, path));
    FILES.map(text).to_vec()
}

/// A person puts the base's files back.
fn put_back(fleet: &Fleet, name: &str, files: &[(&'static str, Option<String>)]) {
    for (path, text) in files {
        let commit = fleet.repo(name).commit("main");
        commit.write(path, text.clone().unwrap_or_default()).push();
    }
}

fn with_logs() -> Fleet {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    fleet
}

#[test]
fn what_two_canaries_take_back_within_its_bake_has_not_baked() {
    let fleet = with_logs();
    let before: Vec<_> = ["canary-1", "canary-2"]
        .map(|name| files(&fleet, name, "main"))
        .into();
    fleet.merge("canary-1");
    fleet.merge("canary-2");
    fleet.hub.advance(HOUR);
    for (name, before) in ["canary-1", "canary-2"].iter().zip(&before) {
        put_back(&fleet, name, before);
    }
    fleet.hub.advance(2 * DAY);
    assert_eq!(fleet.phase("logs"), "asking");
    fleet.sync();
    assert_eq!(fleet.proposed("shop-1"), None);
    // Also when it is proposed and merged again later: its bake time starts again.
    fleet.merge("canary-1");
    fleet.merge("canary-2");
    fleet.hub.advance(HOUR);
    assert_eq!(fleet.phase("logs"), "baking");
    fleet.hub.advance(DAY);
    assert_eq!(fleet.phase("logs"), "open");
}

#[test]
fn what_drifts_after_its_bake_stays_open_even_when_it_is_proposed_again() {
    let fleet = with_logs();
    let before = files(&fleet, "canary-1", "main");
    fleet.merge("canary-1");
    fleet.merge("canary-2");
    fleet.hub.advance(DAY + HOUR);
    assert_eq!(fleet.phase("logs"), "open");
    put_back(&fleet, "canary-1", &before);
    assert_eq!(fleet.phase("logs"), "open");
    fleet.sync();
    assert_eq!(fleet.phase("logs"), "open");
    fleet.merge("canary-1");
    assert_eq!(fleet.phase("logs"), "open");
}

#[test]
fn a_proposal_that_comes_again_within_the_bake_tells_that_it_was_taken_back() {
    let fleet = with_logs();
    let before: Vec<_> = ["canary-1", "canary-2"]
        .map(|name| files(&fleet, name, "main"))
        .into();
    fleet.merge("canary-1");
    fleet.merge("canary-2");
    fleet.hub.advance(HOUR);
    for (name, before) in ["canary-1", "canary-2"].iter().zip(&before) {
        put_back(&fleet, name, before);
    }
    fleet.sync();
    assert!(fleet.proposed("canary-1").is_some());
    fleet.hub.advance(3 * DAY);
    assert_eq!(fleet.phase("logs"), "asking");
}

#[test]
fn what_was_taken_over_by_hand_bakes_since_its_files_were_last_touched() {
    let fleet = with_logs();
    for name in ["canary-1", "canary-2"] {
        let wanted = files(&fleet, name, BRANCH);
        put_back(&fleet, name, &wanted);
    }
    fleet.hub.advance(DAY - HOUR);
    assert_eq!(fleet.phase("logs"), "baking");
    fleet.hub.advance(HOUR);
    assert_eq!(fleet.phase("logs"), "open");
    assert_eq!(fleet.run(&["sync", "--yes"]).code, 0);
    assert!(fleet.says("shop-1", "Log to standard output."));
}

#[test]
fn a_version_that_the_next_one_replaced_within_its_bake_is_not_what_the_others_fall_back_to() {
    let fleet = with_logs();
    fleet.merge_all();
    fleet.hub.advance(HOUR);
    fleet.lesson("logs", "high", "Log to standard error.");
    fleet.commit();
    fleet.sync();
    fleet.merge_all();
    fleet.hub.advance(DAY - 2 * HOUR);
    fleet.sync();
    // A day after the first version was merged, it had stood there for an hour.
    fleet.hub.advance(HOUR);
    assert_eq!(fleet.phase("logs"), "baking");
    fleet.sync();
    assert_eq!(fleet.proposed("shop-1"), None);
    fleet.hub.advance(HOUR);
    fleet.sync();
    assert!(fleet.says("shop-1", "Log to standard error."));
}

#[test]
fn a_wrong_change_that_is_taken_back_in_the_store_leaves_the_others_as_they_are() {
    let fleet = Fleet::new();
    fleet.lesson("pin", "critical", "Pin nothing.");
    fleet.commit();
    fleet.sync();
    fleet.merge_all();
    fleet.lesson("pin", "critical", "Pin every version.");
    fleet.commit();
    // The canaries get the old words back, and the others need not wait for that: they never had others.
    assert_eq!(fleet.phase("pin"), "open");
    fleet.sync();
    assert!(fleet.says("canary-1", "Pin every version.") && fleet.proposed("canary-1").is_some());
    assert_eq!(fleet.proposed("shop-1"), None);
}

#[test]
fn a_pull_request_into_another_branch_tells_nothing() {
    let fleet = with_logs();
    for name in ["canary-1", "canary-2"] {
        let place = fleet.repo(name);
        place.set_branch("next", "dana", &place.head("main").unwrap());
        place.retarget(fleet.proposed(name).unwrap(), "dana", "next");
        fleet.merge(name);
    }
    fleet.hub.advance(2 * DAY);
    assert_eq!(fleet.phase("logs"), "asking");
}

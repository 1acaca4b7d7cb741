//! The bound of an hour, counted from the proposals that exist.

use super::{Fleet, HOUR};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn five(policy: &str) -> Fleet {
    let fleet = Fleet::with(&format!("policy: {{ {policy} }}"), &NAMES);
    fleet.lesson("pin", "critical", "Pin every version.");
    fleet.commit();
    fleet
}

fn open(fleet: &Fleet) -> usize {
    let open = NAMES.iter().filter(|name| fleet.proposed(name).is_some());
    open.count()
}

#[test]
fn two_runs_within_an_hour_open_no_more_than_one_may() {
    let fleet = five("max_new_proposals_per_hour: 2");
    let run = fleet.run(&["sync", "--yes"]);
    assert_eq!((run.code, open(&fleet)), (5, 2), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("at most 2 proposals may be opened in an hour, and 0 were opened before this run"),
        "{}",
        run.stdout
    );
    fleet.hub.advance(HOUR / 2);
    let run = fleet.run(&["sync", "--yes"]);
    assert_eq!((run.code, open(&fleet)), (5, 2), "{}", run.stdout);
    assert!(
        run.stdout.contains("and 2 were opened before this run"),
        "{}",
        run.stdout
    );
    fleet.hub.advance(HOUR / 2 + 1);
    let run = fleet.run(&["sync", "--yes"]);
    assert_eq!((run.code, open(&fleet)), (5, 4), "{}", run.stdout);
}

#[test]
fn what_was_merged_or_closed_meanwhile_counts_and_so_do_targets_that_a_run_is_not_about() {
    let fleet = five("max_new_proposals_per_hour: 2");
    fleet.run(&["sync", "--yes", "acme/a", "acme/b"]);
    assert_eq!(open(&fleet), 2);
    fleet.merge("a");
    let number = fleet.proposed("b").unwrap();
    fleet.repo("b").close(number, "dana");
    let run = fleet.run(&["sync", "--yes", "acme/c"]);
    assert_eq!((run.code, open(&fleet)), (5, 0), "{}", run.stdout);
    // An open proposal is still kept up to date.
    fleet.hub.advance(2 * HOUR);
    fleet.run(&["sync", "--yes", "acme/c"]);
    fleet.run(&["sync", "--yes", "acme/d"]);
    fleet.lesson("pin", "critical", "Pin every version by its digest.");
    fleet.commit();
    let run = fleet.run(&["sync", "--yes", "acme/c"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(fleet.says("c", "by its digest"));
}

#[test]
fn the_lesser_of_the_bounds_of_a_run_and_of_an_hour_counts() {
    let fleet = five("max_new_proposals_per_hour: 4, max_new_proposals: 1");
    let run = fleet.run(&["sync", "--yes"]);
    assert_eq!((run.code, open(&fleet)), (5, 1), "{}", run.stdout);
    assert!(
        run.stdout.contains("(policy.max_new_proposals)"),
        "{}",
        run.stdout
    );
    for expected in [2, 3, 4, 4] {
        fleet.run(&["sync", "--yes"]);
        assert_eq!(open(&fleet), expected);
    }
}

#[test]
fn where_nobody_can_count_nothing_new_is_opened() {
    let fleet = five("max_new_proposals_per_hour: 4");
    let broken = super::github::Match::graphql("isCrossRepository createdAt }").always();
    fleet
        .hub
        .fail(broken, super::github::Fault::Secondary(403, Some(600)));
    let run = fleet.run(&["sync", "--yes", "--until", "5s"]);
    assert_eq!((run.code, open(&fleet)), (5, 0), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout
            .contains("GitHub did not report how many proposals were opened in the last hour"),
        "{}",
        run.stdout
    );
}

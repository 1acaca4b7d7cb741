//! Canaries first: new and changed lessons, those that leave the count, and what the others get meanwhile.

use super::{COPILOT, DAY, Fleet, HOUR, RULES};

#[test]
fn canaries_get_a_new_lesson_first_and_the_others_when_it_has_baked() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    for name in ["canary-1", "canary-2", "canary-3"] {
        assert!(fleet.says(name, "Log to standard output."), "{name}");
    }
    for name in ["shop-1", "shop-2"] {
        assert_eq!(fleet.proposed(name), None, "{name}");
    }
    let (phase, why) = fleet.gate("logs").unwrap();
    assert_eq!(phase, "asking");
    assert_eq!(
        why,
        "waits for canaries: 0 of 3 canaries merged, 2 needed (60 %); given up in 7 d"
    );
    // One is not enough; two are, but the bake has to pass.
    fleet.merge("canary-1");
    assert_eq!(fleet.phase("logs"), "asking");
    fleet.hub.advance(HOUR);
    fleet.merge("canary-2");
    fleet.hub.advance(20 * HOUR);
    let (phase, why) = fleet.gate("logs").unwrap();
    assert_eq!(phase, "baking");
    assert_eq!(why, "waits for its bake time: 2 of 3 canaries merged, 4 h left");
    fleet.sync();
    assert_eq!(fleet.proposed("shop-1"), None);
    fleet.hub.advance(4 * HOUR);
    assert_eq!(fleet.phase("logs"), "open");
    fleet.sync();
    for name in ["shop-1", "shop-2"] {
        assert!(fleet.says(name, "Log to standard output."), "{name}");
    }
}

#[test]
fn a_second_lesson_during_the_first_ones_bake_delays_it_not() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    fleet.merge_all();
    fleet.hub.advance(23 * HOUR);
    fleet.lesson("retries", "high", "Retry with a backoff.");
    fleet.commit();
    fleet.sync();
    assert!(fleet.says("canary-1", "Retry with a backoff."));
    assert_eq!(fleet.phase("logs"), "baking");
    fleet.hub.advance(HOUR);
    assert_eq!(fleet.phase("logs"), "open");
    assert_eq!(fleet.phase("retries"), "asking");
    fleet.sync();
    assert!(fleet.says("shop-1", "Log to standard output."));
    assert!(!fleet.says("shop-1", "Retry with a backoff."));
}

#[test]
fn the_others_keep_the_old_words_of_a_changed_lesson_while_other_changes_reach_them() {
    let fleet = Fleet::new();
    fleet.lesson("pin", "critical", "Pin every version by its digest.");
    fleet.commit();
    fleet.sync();
    assert!(fleet.says("canary-1", "by its digest"));
    assert_eq!(fleet.proposed("shop-1"), None);
    let plan = fleet.json(&["plan", "acme/shop-1"]);
    let target = &plan["targets"][0];
    let waiting = &target["content"]["waiting"][0];
    assert_eq!(waiting["lesson"], "pin");
    assert_eq!(waiting["meanwhile"].as_str().unwrap().len(), 6);
    assert_eq!(target["outcome"]["state"], "held");
    // Nothing fails by it, and nothing is called covered.
    let holds = |name: &str| {
        let all = target["proof"]["invariants"].as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name).unwrap();
        (
            found["holds"].as_bool().unwrap(),
            found["evidence"].as_str().unwrap().to_owned(),
        )
    };
    let (kept, evidence) = holds("critical-everywhere");
    assert!(
        kept && evidence.ends_with("; 1 waits for canaries: pin"),
        "{evidence}"
    );
    assert_eq!(
        target["proof"]["coverage"]["counts"]["current"], 0,
        "the old words are not the new ones"
    );
    assert_eq!(target["proof"]["coverage"]["counts"]["required"], 2);
    // A lesson that has been through its bake comes beside the old words of this one.
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    for name in ["canary-1", "canary-2"] {
        fleet.merge(name);
    }
    fleet.lesson("pin", "critical", "Pin every version by its digest, images too.");
    fleet.commit();
    fleet.hub.advance(DAY);
    assert_eq!(
        (fleet.phase("logs").as_str(), fleet.phase("pin").as_str()),
        ("open", "asking")
    );
    fleet.sync();
    assert!(fleet.says("shop-1", "Log to standard output."));
    // The newest earlier version that is open: the one between was merged by two canaries a day ago.
    assert!(fleet.says("shop-1", "Pin every version by its digest.") && !fleet.says("shop-1", "images too"));
}

#[test]
fn who_declined_or_is_archived_or_has_an_exception_leaves_the_count() {
    let fleet = Fleet::new();
    let exceptions = "exceptions: [{ lesson: logs, target: acme/canary-3, reason: it has none, by: dana }]";
    fleet.rules(&format!("{RULES}\n{exceptions}"));
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    assert_eq!(fleet.proposed("canary-3"), None, "it is exempt");
    let number = fleet.proposed("canary-1").unwrap();
    fleet.repo("canary-1").close(number, "dana");
    let (_, why) = fleet.gate("logs").unwrap();
    assert!(why.contains("0 of 1 canary merged, 1 needed"), "{why}");
    fleet.merge("canary-2");
    fleet.hub.advance(DAY);
    let status = fleet.run(&["status"]);
    assert!(!status.stdout.contains("on the way"), "{}", status.stdout);
    // Whatever becomes of it later: who merged it counts.
    fleet.repo("canary-2").archive(true);
    assert_eq!(fleet.phase("logs"), "open");
    fleet.sync();
    assert!(fleet.says("shop-1", "Log to standard output."));
}

#[test]
fn where_every_canary_left_the_count_it_stays_shut_and_says_so() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    for name in ["canary-1", "canary-2", "canary-3"] {
        fleet.repo(name).archive(true);
    }
    fleet.hub.advance(30 * DAY);
    let (phase, why) = fleet.gate("logs").unwrap();
    assert_eq!(phase, "no-canary-left");
    assert!(
        why.starts_with("stays closed: no canary is left to try it (acme/canary-1: archived,"),
        "{why}"
    );
    assert_eq!(fleet.phase("pin"), "open", "what they merged before counts");
}

#[test]
fn a_lesson_that_concerns_no_canary_goes_to_everybody_at_once() {
    let fleet = Fleet::new();
    let text = "title: T\nseverity: high\ntags: [shops]\nrule: Count the till.\nrationale: It bites.\n";
    fleet.sandbox.write("store/lessons/basics/till.yaml", text);
    let path = fleet.sandbox.path("store/targets.yaml");
    let targets = std::fs::read_to_string(&path).unwrap();
    fleet.sandbox.write(
        "store/targets.yaml",
        targets.replace("acme/shop-1: [all]", "acme/shop-1: [all, shops]"),
    );
    fleet.commit();
    assert_eq!(fleet.phase("till"), "no-canary");
    fleet.sync();
    assert!(fleet.says("shop-1", "Count the till."));
}

#[test]
fn a_target_that_holds_the_new_words_already_keeps_them() {
    let fleet = Fleet::new();
    fleet.lesson("pin", "critical", "Pin every version by its digest.");
    fleet.commit();
    fleet.sync();
    // Somebody took them over by hand, from the proposal of a canary.
    for path in [COPILOT, "CLAUDE.md"] {
        let text = fleet.repo("canary-1").text(super::BRANCH, path).unwrap();
        fleet.repo("shop-1").commit("main").write(path, text).push();
    }
    let plan = fleet.json(&["plan", "acme/shop-1", "acme/shop-2"]);
    assert_eq!(plan["targets"][0]["content"]["waiting"], serde_json::json!([]));
    assert_eq!(plan["targets"][0]["outcome"]["state"], "up-to-date");
    assert_eq!(plan["targets"][1]["outcome"]["state"], "held");
    fleet.sync();
    assert!(fleet.says("shop-1", "by its digest") && fleet.proposed("shop-1").is_none());
}

#[test]
fn after_giving_up_it_stays_shut_and_names_the_command_that_opens_it() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "critical", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    fleet.merge("canary-1");
    fleet.hub.advance(8 * DAY);
    let (phase, why) = fleet.gate("logs").unwrap();
    assert_eq!(phase, "given-up");
    assert!(
        why.starts_with("stays closed: 1 of 3 canaries merged within 7 d, 2 needed"),
        "{why}"
    );
    let command = "lessonbook release logs --reason TEXT --by WHO";
    for args in [
        &["status"][..],
        &["plan", "acme/shop-1"],
        &["coverage", "acme/shop-1"],
    ] {
        let run = fleet.run(args);
        let text: Vec<&str> = run.stdout.split_whitespace().collect();
        assert!(text.join(" ").contains(command), "{args:?}: {}", run.stdout);
    }
    // A merge that comes too late opens nothing by itself.
    fleet.merge("canary-2");
    fleet.hub.advance(2 * DAY);
    assert_eq!(fleet.phase("logs"), "given-up");
    let run = fleet.run(&["release", "logs", "--reason", "tried by hand", "--by", "dana"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    fleet.commit();
    assert_eq!(
        fleet.gate("logs"),
        Some(("opened-by-hand".into(), "opened by dana: tried by hand".into()))
    );
    fleet.sync();
    assert!(fleet.says("shop-1", "Log to standard output."));
    // For this version alone.
    fleet.lesson("logs", "critical", "Log to standard error.");
    fleet.commit();
    assert_eq!(fleet.phase("logs"), "asking");
    let check = fleet.run(&["check"]);
    assert!(check.stdout.contains("opening-past"), "{}", check.stdout);
}

#[test]
fn a_run_over_a_part_asks_the_canaries_all_the_same_and_proposes_nothing_to_them() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    let run = fleet.run(&["sync", "--yes", "acme/shop-1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!fleet.says("shop-1", "Log to") && fleet.proposed("canary-1").is_none());
    fleet.sync();
    fleet.merge_all();
    fleet.hub.advance(DAY);
    let run = fleet.run(&["sync", "--yes", "acme/shop-1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(fleet.says("shop-1", "Log to") && fleet.proposed("shop-2").is_none());
}

#[test]
fn what_is_open_is_told_from_pull_requests_so_that_a_drifted_canary_shuts_nothing() {
    let fleet = Fleet::new();
    fleet.hub.advance(30 * DAY);
    for name in ["canary-1", "canary-2", "canary-3"] {
        fleet
            .repo(name)
            .commit("main")
            .write(COPILOT, "Mine now.\n")
            .push();
    }
    assert_eq!(fleet.phase("pin"), "open");
    fleet
        .hub
        .repository("acme/shop-3")
        .file("README.md", "x\n")
        .create();
    let path = fleet.sandbox.path("store/targets.yaml");
    let targets = std::fs::read_to_string(&path).unwrap();
    fleet
        .sandbox
        .write("store/targets.yaml", targets + "  acme/shop-3: [all]\n");
    fleet.commit();
    fleet.sync();
    assert!(fleet.says("shop-3", "Pin every version."));
}

#[test]
fn a_retired_lesson_stays_where_it_stands_until_its_waiting_successor_comes() {
    let fleet = Fleet::new();
    let retired = "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\nstatus: retired\n";
    let next = "title: T\nseverity: critical\ntags: [all]\nrule: Lock every version.\nrationale: It bites.\nsupersedes: [pin]\n";
    fleet.sandbox.write("store/lessons/basics/pin.yaml", retired);
    fleet.sandbox.write("store/lessons/basics/lock.yaml", next);
    fleet.commit();
    fleet.sync();
    assert!(fleet.says("canary-1", "Lock every") && !fleet.says("canary-1", "Pin every"));
    assert!(fleet.says("shop-1", "Pin every") && fleet.proposed("shop-1").is_none());
    fleet.merge_all();
    fleet.hub.advance(DAY);
    fleet.sync();
    assert!(fleet.says("shop-1", "Lock every") && !fleet.says("shop-1", "Pin every"));
}

#[test]
fn without_its_history_the_store_says_what_to_do_and_the_target_waits_as_a_whole() {
    let fleet = Fleet::new();
    fleet.lesson("pin", "critical", "Pin every version by its digest.");
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    let from = format!("file://{}", fleet.sandbox.path("store").display());
    fleet
        .sandbox
        .git(".", &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    std::fs::rename(fleet.sandbox.path("store"), fleet.sandbox.path("whole")).unwrap();
    std::fs::rename(fleet.sandbox.path("shallow"), fleet.sandbox.path("store")).unwrap();
    let run = fleet.run(&["sync", "--yes"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("store-history-missing") && run.stdout.contains("fetch-depth: 0"),
        "{}",
        run.stdout
    );
    assert!(
        fleet.says("canary-1", "by its digest"),
        "canaries need no history"
    );
    assert_eq!(fleet.proposed("shop-1"), None);
    assert!(fleet.says("shop-1", "Pin every version."));
}

#[test]
fn a_canary_that_github_does_not_show_this_time_counts_as_one_that_has_not_merged() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.commit();
    fleet.sync();
    fleet.merge("canary-1");
    fleet.hub.advance(2 * DAY);
    // Two of three can't be read: what is left is one that merged it, and that is no quorum.
    let broken = lessonbook_github_standin::Match::graphql("canary-").always();
    fleet.hub.fail(
        broken,
        lessonbook_github_standin::Fault::Secondary(403, Some(600)),
    );
    let run = fleet.run(&["sync", "--yes", "--until", "5s"]);
    assert_eq!(fleet.proposed("shop-1"), None, "{}", run.stdout);
    fleet.hub.heal();
    assert_eq!(fleet.phase("logs"), "asking");
}

#[test]
fn without_credentials_nothing_opens_for_targets_on_disk() {
    let fleet = Fleet::new();
    fleet.sandbox.repository("till", &[("README.md", "# Hello\n")]);
    let path = fleet.sandbox.path("store/targets.yaml");
    let targets = std::fs::read_to_string(&path).unwrap();
    fleet
        .sandbox
        .write("store/targets.yaml", targets + "  ../till: [all]\n");
    fleet.commit();
    let plan = fleet.sandbox.run_in("store", &["plan", "../till"]);
    let text = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("0 of 3 canaries merged"), "{}", plan.stdout);
    // With them it is asked for, even though the run is about a folder alone.
    let plan = fleet.run(&["plan", "../till"]);
    assert!(plan.stdout.contains("+  pin"), "{}", plan.stdout);
}

#[test]
fn explain_says_that_a_lesson_waits() {
    let fleet = Fleet::new();
    fleet.lesson("logs", "high", "Log to standard output.");
    fleet.lesson("pin", "critical", "Pin every version by its digest.");
    fleet.commit();
    let run = fleet.run(&["explain", "acme/shop-1", "README.md"]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        text.matches("it waits for canaries: 0 of 3").count(),
        2,
        "{}",
        run.stdout
    );
}

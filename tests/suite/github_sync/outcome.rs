//! The output of the commands: status, where, doctor, plan and JSON.

use serde_json::Value;

use super::{BRANCH, World};
use lessonbook_github_standin::How;

fn json(world: &World, args: &[&str], code: i32) -> Value {
    let run = world.run(args);
    assert_eq!(run.code, code, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn status_names_state_link_age_and_what_is_missing() {
    let world = World::shop();
    let run = world.run(&["status"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stdout.contains("stale"), "{}", run.stdout);
    world.sync();
    let status = json(&world, &["status", "--format", "json"], 0);
    let shop = &status["targets"][0];
    assert_eq!(shop["outcome"]["state"], "proposed");
    assert!(
        shop["proposal"]["link"]
            .as_str()
            .unwrap()
            .ends_with("/acme/shop/pull/1"),
        "{shop}"
    );
    assert!(shop["proposal"]["age"].is_i64(), "{shop}");
    assert_eq!(
        shop["proof"]["critical_missing"], 2,
        "two entry points lack the critical lesson: {shop}"
    );
    assert_eq!(status["counts"]["proposed"], 1);
}

#[test]
fn status_follows_a_lesson_until_it_is_on_the_base_branch() {
    let world = World::shop();
    let word = |code: i32| {
        json(&world, &["status", "--lesson", "pin", "--format", "json"], code)["targets"][0].clone()
    };
    let shows = |value: Value, word: &str| assert!(value.to_string().contains(word), "{value}");
    shows(word(3), "\"lesson\":\"stale\"");
    world.sync();
    shows(word(3), "\"lesson\":\"proposed\"");
    world.hub.repo("acme/shop").merge(1, "dana", How::Squash);
    shows(word(0), "\"lesson\":\"up to date\"");
}

#[test]
fn status_shows_where_a_lesson_was_declined() {
    let world = World::shop();
    world.sync();
    world.hub.repo("acme/shop").close(1, "dana");
    let run = world.run(&["status", "--lesson", "pin"]);
    assert!(run.stdout.contains("declined"), "{}", run.stdout);
}

#[test]
fn doctor_lists_the_permissions_of_a_token() {
    let world = World::shop();
    let run = world.run(&["doctor"]);
    assert!(run.stdout.contains("acme/shop"), "{run:?}");
    world.hub.repo("acme/shop").role(
        lessonbook_github_standin::ROBOT,
        lessonbook_github_standin::Role::Read,
    );
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(world.hub.writes().len(), 0);
}

#[test]
fn doctor_names_facts_about_assistants_that_are_old_and_does_not_fail_for_them() {
    let world = World::shop();
    let environment = world.hub.environment(&world.token);
    let mut pairs: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    pairs.push(("LESSONBOOK_TODAY", "2029-01-01"));
    let run = world
        .sandbox
        .run_with("store", &["doctor", "--format", "json"], &pairs);
    assert_eq!(run.code, 0, "{run:?}");
    let page: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(page["findings"][0]["code"], "verification-overdue", "{page:#}");
    let run = world.sandbox.run_with("store", &["doctor"], &pairs);
    assert!(run.stdout.contains("note[verification-overdue]"), "{run:?}");
}

#[test]
fn a_custom_agent_on_github_is_read_and_named() {
    let world = World::shop();
    world
        .hub
        .repository("acme/agents")
        .file("README.md", "# Hello\n")
        .file(".github/agents/review.md", "Review it.\n")
        .file(
            ".github/agents/plan.md",
            "---\ninclude-custom-instructions: true\n---\nPlan it.\n",
        )
        .create();
    world.targets("", "targets:\n  acme/agents: [all]\n");
    let plan = json(&world, &["plan", "--format", "json"], 0);
    let findings = plan["targets"][0]["outcome"]["findings"].as_array().unwrap();
    let gaps: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["code"] == "not-loaded")
        .collect();
    assert_eq!(gaps.len(), 1, "{plan:#}");
    assert_eq!(gaps[0]["at"]["file"], ".github/agents/review.md");
}

#[test]
fn json_of_a_sync_names_the_proposal() {
    let world = World::shop();
    let told = json(&world, &["sync", "--yes", "--format", "json"], 0);
    let outcome = &told["outcomes"][0];
    assert_eq!(
        (outcome["target"].as_str(), outcome["outcome"].as_str()),
        (Some("acme/shop"), Some("proposed"))
    );
    assert!(
        outcome["github"]["url"]
            .as_str()
            .unwrap()
            .ends_with("/acme/shop/pull/1"),
        "{outcome}"
    );
}

#[test]
fn a_plan_writes_nothing_and_reports_pending_changes() {
    let world = World::shop();
    assert_eq!(world.run(&["plan", "-v"]).code, 0);
    assert_eq!(world.run(&["plan", "--exit-code"]).code, 3);
    world.sync();
    assert_eq!(world.run(&["plan", "--exit-code"]).code, 0);
    assert_eq!(world.hub.repo("acme/shop").branches().len(), 2);
    assert!(world.hub.repo("acme/shop").head(BRANCH).is_some());
}

#[test]
fn plans_of_targets_on_github_show_the_state_and_the_proposal() {
    let world = World::shop();
    let plan = json(&world, &["plan", "--format", "json"], 0);
    assert_eq!(
        (
            &plan["targets"][0]["outcome"]["state"],
            &plan["targets"][0]["proposal"]["pull"]
        ),
        (&"stale".into(), &Value::Null)
    );
    assert!(world.run(&["plan"]).stdout.contains("   STALE, UPDATE\n"));
    world.sync();
    let plan = json(&world, &["plan", "--format", "json"], 0);
    let shop = &plan["targets"][0];
    assert_eq!(
        (&shop["outcome"]["state"], &shop["proposal"]["pull"]["number"]),
        (&"proposed".into(), &1.into())
    );
    assert_eq!(shop["outcome"]["why"], "it waits for review");
    let human = world.run(&["plan"]).stdout;
    assert!(
        human.contains("   PROPOSED\n") && human.contains("/acme/shop/pull/1"),
        "{human}"
    );
    assert!(!human.contains("STALE"), "{human}");
}

#[test]
fn a_reviewer_who_can_not_be_requested_causes_a_warning_and_the_proposal_is_made() {
    let world = World::with(", reviewers: [nobody]", "targets:\n  acme/shop: [all]\n");
    world.repository("shop");
    let run = world.sync();
    assert!(
        run.stdout.contains("warning") && run.stdout.contains("nobody"),
        "{}",
        run.stdout
    );
    assert_eq!(
        (world.pulls()[0].state, world.pulls()[0].labels.len()),
        ("OPEN", 1)
    );
    world.sync(); // tried once more
    world.rests();
}

#[test]
fn an_author_is_sent_only_where_one_is_set() {
    let world = World::shop();
    world.sync();
    let commits = |world: &World| -> Vec<String> {
        let all = world.hub.writes().into_iter();
        all.filter(|seen| seen.path.ends_with("/git/commits"))
            .map(|seen| seen.body)
            .collect()
    };
    assert!(
        !commits(&world)[0].contains("\"author\""),
        "{:?}",
        commits(&world)
    );
    let world = World::with(
        ", author: \"Guard <guard@acme.example>\"",
        "targets:\n  acme/shop: [all]\n",
    );
    world.repository("shop");
    world.sync();
    assert!(
        commits(&world)[0].contains("guard@acme.example"),
        "{:?}",
        commits(&world)
    );
    world.rests();
}

#[test]
fn an_app_syncs_and_its_key_and_tokens_are_never_shown() {
    let world = World::shop();
    world.hub.real_clock();
    let all = [
        ("contents", lessonbook_github_standin::Role::Write),
        ("pull_requests", lessonbook_github_standin::Role::Write),
        ("metadata", lessonbook_github_standin::Role::Read),
    ];
    let installed = world.hub.install("lessonbook", "acme", &all, None);
    let id = installed.app.to_string();
    let (api, graphql) = (world.hub.api_url(), world.hub.graphql_url());
    let environment = [
        ("GITHUB_API_URL", api.as_str()),
        ("GITHUB_GRAPHQL_URL", graphql.as_str()),
        ("LESSONBOOK_APP_ID", id.as_str()),
        ("LESSONBOOK_APP_PRIVATE_KEY", installed.key),
    ];
    for args in [
        &["plan", "-v"][..],
        &["sync", "--yes", "-v"],
        &["status"],
        &["sync", "--yes", "--format", "json"],
    ] {
        let run = world.sandbox.run_with("store", args, &environment);
        assert!([0, 3].contains(&run.code), "{args:?}: {run:?}");
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains("ghs_") && !said.contains("PRIVATE KEY"), "{said}");
        }
    }
    assert_eq!(world.pulls()[0].author, "lessonbook[bot]");
}

#[test]
fn a_plan_counts_what_is_left_alone_by_its_state() {
    let world = World::shop();
    world.sync();
    world.hub.repo("acme/shop").label(1, "dana", "lessonbook:hold");
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    let run = world.run(&["plan", "--exit-code"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 held, 0 deletions.\n"), "{}", run.stdout);
}

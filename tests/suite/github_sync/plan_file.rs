//! A plan is saved by one process and applied by another, with people's actions in between.

use serde_json::Value;

use super::{BRANCH, COPILOT, World};
use crate::support::{Run, saved_plan};

impl World {
    /// Saves a plan; returns its document.
    fn save(&self) -> Value {
        let run = self.run(&["plan", "--out", "plan.json"]);
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
        serde_json::from_slice(&self.sandbox.read("store/plan.json")).unwrap()
    }

    /// Applies it; it must end with this exit code.
    fn apply(&self, code: i32) -> Run {
        let run = self.run(&["apply", "plan.json", "--yes"]);
        assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
        run
    }

    fn writes(&self) -> Vec<String> {
        self.hub
            .writes()
            .iter()
            .map(lessonbook_github_standin::Seen::line)
            .collect()
    }
}

#[test]
fn what_one_process_plans_another_proposes_and_a_second_time_nothing() {
    let world = World::shop();
    let plan = world.save();
    assert_eq!(world.writes(), Vec::<String>::new(), "planning writes nothing");
    let proposal = &plan["targets"][0]["proposal"];
    assert_eq!(
        (&proposal["state"], &proposal["pull"]),
        (&"stale".into(), &Value::Null)
    );
    assert_eq!(
        proposal["steps"],
        serde_json::json!(["create our branch", "open a pull request into main"])
    );
    // The lessons are deleted from the folder; the plan contains its own copy.
    std::fs::remove_dir_all(world.sandbox.path("store/lessons")).unwrap();
    let run = world.apply(0);
    assert!(run.stdout.contains("proposed acme/shop: "), "{}", run.stdout);
    assert_eq!(world.pulls().len(), 1);
    let repo = world.hub.repo("acme/shop");
    for edit in saved_plan::values(&plan, 0, "content", "edits") {
        let text = repo.text(BRANCH, edit["path"].as_str().unwrap()).unwrap();
        let content = edit["after"]["content"].as_str().unwrap();
        assert_eq!(plan["contents"][content]["text"], text);
    }

    world.hub.forget();
    let again = world.apply(0);
    assert!(
        again
            .stderr
            .contains("acme/shop: nothing to do: our branch contains it already"),
        "{}",
        again.stderr
    );
    assert_eq!(world.writes(), Vec::<String>::new());
    repo.merge(1, "dana", lessonbook_github_standin::How::Squash);
    world.hub.forget();
    let merged = world.apply(0);
    assert!(
        merged
            .stderr
            .contains("acme/shop: nothing to do: the base branch contains it already"),
        "{}",
        merged.stderr
    );
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn a_token_that_only_reads_plans_what_another_one_writes() {
    let world = World::shop();
    let reader = world.hub.classic("carl", &["repo"]);
    let environment = world.hub.environment(&reader);
    let pairs = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let plan = |args: &[&str]| world.sandbox.run_with("store", args, &pairs);
    // This token can't write; the saved plan is for another token.
    assert_eq!(plan(&["plan"]).code, 1);
    let run = plan(&["plan", "--out", "plan.json", "--exit-code"]);
    assert_eq!(run.code, 3, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stderr
            .contains("the token of this run may not push to 1 target"),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("   STALE, UPDATE\n") && !run.stdout.contains("BLOCKED"),
        "{}",
        run.stdout
    );
    let refused = plan(&["apply", "plan.json", "--yes"]);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(
        refused
            .stdout
            .contains("blocked acme/shop: our token has no write access"),
        "{}",
        refused.stdout
    );
    world.apply(0);
    assert_eq!(world.pulls().len(), 1);
}

#[test]
fn a_person_who_pushes_in_between_makes_it_stale() {
    let world = World::shop();
    world.sync();
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    let plan = world.save();
    assert_eq!(plan["targets"][0]["proposal"]["state"], "stale");
    let repo = world.hub.repo("acme/shop");
    repo.commit(BRANCH)
        .by("dana")
        .write("CLAUDE.md", "# All mine\n")
        .push();
    let head = repo.head(BRANCH).unwrap();
    world.hub.forget();
    let run = world.apply(4);
    assert!(
        run.stdout
            .contains("stale acme/shop: our branch moved since the plan: expected "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("the proposal is edited now"),
        "{}",
        run.stdout
    );
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(repo.head(BRANCH).unwrap(), head);
}

#[test]
fn what_people_do_to_a_proposal_in_between_is_seen() {
    type Does = fn(&lessonbook_github_standin::Place<'_>);
    let cases: [(Does, &str); 4] = [
        (|repo| repo.close(1, "dana"), "#1 is closed now, but was open"),
        (
            |repo| repo.label(1, "dana", "lessonbook:hold"),
            "the proposal is held now (held by the label `lessonbook:hold`), but was stale",
        ),
        (|repo| repo.approve(1, "dana"), ""),
        (
            |repo| repo.archive(true),
            "the proposal is disabled now (archived), but was stale",
        ),
    ];
    for (does, words) in cases {
        let world = World::shop();
        world.sync();
        world.lesson("pin", "critical", "Pin every version by its digest.");
        world.commit();
        world.save();
        does(&world.hub.repo("acme/shop"));
        let run = world.apply(if words.is_empty() { 0 } else { 4 });
        let expected = if words.is_empty() {
            "updated acme/shop"
        } else {
            words
        };
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn a_base_that_moved_in_other_files_is_accepted_and_one_that_moved_in_ours_is_not() {
    let world = World::new("  acme/shop: [all]\n  acme/bank: [all]\n");
    world.repository("shop");
    world.repository("bank");
    world.save();
    let (shop, bank) = (world.hub.repo("acme/shop"), world.hub.repo("acme/bank"));
    shop.commit("main")
        .by("dana")
        .write("src/main.py", "print()\n")
        .push();
    bank.commit("main")
        .by("dana")
        .write("CLAUDE.md", "# Mine\n\nBe kinder.\n")
        .push();
    let run = world.apply(4);
    assert!(
        run.stderr.contains("acme/shop: main moved from "),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout
            .contains("stale acme/bank: CLAUDE.md changed since the plan: expected blob "),
        "{}",
        run.stdout
    );
    assert_eq!((shop.pulls().len(), bank.pulls().len()), (1, 0));
    assert!(shop.text(BRANCH, "src/main.py").is_some() && shop.text(BRANCH, COPILOT).is_some());
}

#[test]
fn a_run_that_was_cut_off_is_finished_by_the_same_plan() {
    for writes in 1..6 {
        let world = World::shop();
        world.save();
        world.hub.cut_off_after_writes(writes);
        world.run(&["apply", "plan.json", "--yes", "--until", "1s"]);
        world.hub.heal();
        world.apply(0);
        assert_eq!(world.pulls().len(), 1, "{writes}");
        world.hub.forget();
        world.apply(0);
        assert_eq!(world.writes(), Vec::<String>::new(), "{writes}");
    }
}

#[test]
fn discovered_targets_are_in_the_plan_and_not_discovered_again() {
    let world = World::with(
        "",
        "discover:\n  - { organization: acme, include: [\"*\"], tags: [all] }\n",
    );
    world.repository("shop");
    let plan = world.save();
    assert_eq!(plan["targets"][0]["plan"]["target"]["name"], "acme/shop");
    world.repository("late");
    let run = world.apply(0);
    assert!(!run.stdout.contains("acme/late"), "{}", run.stdout);
    assert_eq!(
        (world.pulls().len(), world.hub.repo("acme/late").pulls().len()),
        (1, 0)
    );
}

#[test]
fn nothing_is_proposed_from_a_store_that_no_one_can_look_up() {
    let world = World::shop();
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.save();
    let run = world.apply(2);
    assert!(
        run.stderr
            .contains("the store has uncommitted changes in lessons/basics/pin.yaml"),
        "{}",
        run.stderr
    );
    world.commit();
    world.sandbox.git("store", &["switch", "--quiet", "-c", "try"]);
    world.save();
    world.sandbox.git("store", &["switch", "--quiet", "main"]);
    let run = world.apply(2);
    assert!(
        run.stderr.contains("the store is on the branch `try`"),
        "{}",
        run.stderr
    );
    assert_eq!(world.pulls().len(), 0);
}

#[test]
fn without_credentials_nothing_is_written_and_that_is_reported() {
    let world = World::shop();
    world.save();
    let run = world
        .sandbox
        .run_with("store", &["apply", "plan.json", "--yes"], &[]);
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("there are no credentials"), "{}", run.stdout);
}

#[test]
fn the_dashboard_is_kept_only_where_the_plan_is_about_every_target() {
    let world = World::with(
        "",
        "home: acme/lessons\nreport: { issue: true }\ntargets:\n  acme/shop: [all]\n  acme/bank: [all]\n",
    );
    for name in ["lessons", "shop", "bank"] {
        world.repository(name);
    }
    let issues = || world.hub.repo("acme/lessons").issues();
    world.run(&["plan", "acme/shop", "--out", "plan.json"]);
    world.apply(0);
    assert_eq!(issues().len(), 0);
    world.save();
    world.apply(0);
    assert_eq!(issues().len(), 1);
    assert!(
        issues()[0].body.contains("| `acme/bank` | [proposed]("),
        "{}",
        issues()[0].body
    );
}

//! The checks file on GitHub: in the same pull request as the blocks, named in its text, changed with a check alone, restored after an
//! edit, and removed with the setting.

use super::{BRANCH, World};
use lessonbook_github_standin::How;

const CHECKS: &str = ".lessonbook/acme.checks.yaml";
const SETTING: &str = "checks: true\ntargets:\n  acme/shop: [all]\n";

fn lesson(world: &World, expression: &str) {
    let text = format!(
        "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\nbad: uses latest\ngood: uses 1.2.3\n\
         checks:\n  - forbid: '{expression}'\n"
    );
    world.sandbox.write("store/lessons/basics/pin.yaml", text);
    world.commit();
}

fn world() -> World {
    let world = World::with("", SETTING);
    world.repository("shop");
    lesson(&world, "latest");
    world
}

#[test]
fn the_checks_are_proposed_merged_changed_restored_and_removed() {
    let world = world();
    world.sync();
    let shop = world.hub.repo("acme/shop");
    let pull = shop.pull(1);
    assert!(shop.text(BRANCH, CHECKS).unwrap().contains("latest"));
    assert!(
        pull.body.contains(
            "**Checks:** `.lessonbook/acme.checks.yaml` contains the checks of 1 lesson; new: `pin`."
        ),
        "{}",
        pull.body
    );
    world.rests();
    shop.merge(1, "dana", How::Squash);
    world.sync(); // deletes our branch
    world.rests();

    // A check alone opens a proposal.
    lesson(&world, "[lL]?atest");
    world.sync();
    let pull = shop.pull(2);
    assert_eq!(pull.title, "docs(ai): checks of 1 lesson changed (pin)");
    assert!(
        pull.body.contains("what `lessonbook lint` checks here changes"),
        "{}",
        pull.body
    );
    world.rests();
    shop.merge(2, "dana", How::Merge);
    world.sync(); // deletes our branch
    world.rests();

    // An edit by hand is reverted, and its line is shown.
    let merged = shop.text("main", CHECKS).unwrap();
    let weak = merged.replace("[lL]?atest", "nothing");
    shop.commit("main").by("dana").write(CHECKS, &weak).push();
    world.sync();
    let pull = shop.pull(3);
    assert!(
        pull.body.contains("forbid: \"nothing\"") || pull.body.contains("forbid: 'nothing'"),
        "{}",
        pull.body
    );
    assert_eq!(shop.text(BRANCH, CHECKS), Some(merged));
    shop.merge(3, "dana", How::Squash);
    world.sync(); // deletes our branch
    world.rests();

    // Without the setting the file is removed.
    world.targets("", "targets:\n  acme/shop: [all]\n");
    world.commit();
    world.sync();
    assert_eq!(shop.text(BRANCH, CHECKS), None);
    assert!(
        shop.pull(4).body.contains("is deleted; removed: `pin`"),
        "{}",
        shop.pull(4).body
    );
    shop.merge(4, "dana", How::Squash);
    world.sync(); // deletes our branch
    world.rests();
}

#[test]
fn a_file_of_this_name_that_is_not_ours_refuses_the_target() {
    let world = world();
    let shop = world.hub.repo("acme/shop");
    shop.commit("main").by("dana").write(CHECKS, "my: own\n").push();
    world.sync_ends(1, &[]);
    assert_eq!(world.state(), "refused");
    assert_eq!(shop.text("main", CHECKS).as_deref(), Some("my: own\n"));
    assert_eq!(world.pulls().len(), 0);
}

#[test]
fn a_plan_says_that_new_checks_are_not_counted_on_github() {
    let world = world();
    let counts = || {
        let run = world.run(&["plan", "--format", "json"]);
        let document: serde_json::Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
        document["new_checks"].clone()
    };
    let found = counts();
    assert_eq!(found[0]["target"], "acme/shop", "{found}");
    assert_eq!(found[0]["lessons"], serde_json::json!([]));
    let why = found[0]["not_counted"].as_str().unwrap();
    assert!(
        why.starts_with("it is on GitHub") && why.contains("`lessonbook backtest` on a clone"),
        "{why}"
    );
    let page = world.run(&["plan"]).stdout;
    assert!(
        page.contains("New and changed checks find")
            && page.contains("acme/shop: not counted: it is on GitHub"),
        "{page}"
    );

    // What is merged is not new any more, and a changed check is.
    world.sync();
    world.hub.repo("acme/shop").merge(1, "dana", How::Squash);
    assert_eq!(counts(), serde_json::Value::Null);
    assert!(!world.run(&["plan"]).stdout.contains("New and changed checks"));
    lesson(&world, "[lL]atest");
    assert_eq!(counts()[0]["target"], "acme/shop");
}

//! One side of the store is broken: what can't be compared is not counted.

use crate::diff::{PROBE, World, line};

const SYNTAX: &str = "x: [\n";

fn break_targets(world: &World) {
    let text = String::from_utf8(world.sandbox.read("store/targets.yaml")).unwrap();
    world.write("targets.yaml", &(text + SYNTAX));
}

#[test]
fn a_new_targets_file_that_can_t_be_read_is_its_error_and_no_sums() {
    let world = World::three();
    break_targets(&world);
    for args in [&["HEAD", "--stat"][..], &["HEAD", "--stat", "--", "../a"]] {
        let said = world.diff(1, args);
        assert!(
            said.contains("error[") && said.contains("--> targets.yaml:"),
            "{said}"
        );
        assert_eq!(
            said.lines().last().unwrap(),
            "can't be compared: targets.yaml can't be read in the new store"
        );
        for untrue in ["differs", "setting", "repositor", "NO TARGET", "budget"] {
            assert!(!said.contains(untrue), "{untrue}: {said}");
        }
        assert!(said.starts_with("store acme/lessons "), "{said}");
    }
    let page = world.page(1, &["HEAD"]);
    assert!(
        page.contains("## can't be compared: targets.yaml can't be read in the new store\n")
            && page.contains("`targets.yaml:"),
        "{page}"
    );
    assert!(
        !page.contains("repositor") && !page.contains("next proposals"),
        "{page}"
    );
    let told = world.json(1, &["HEAD"]);
    assert_eq!(told["unread"][0]["side"], "new");
    assert_eq!(told["targets"], serde_json::json!([]));
}

#[test]
fn an_old_targets_file_that_could_not_be_read_is_no_fault_of_the_change() {
    let world = World::three();
    let good = String::from_utf8(world.sandbox.read("store/targets.yaml")).unwrap();
    break_targets(&world);
    world.commit();
    world.write("targets.yaml", &good);
    let said = world.diff(0, &["HEAD", "--stat"]);
    assert!(
        said.contains("in the old store:") && said.contains("--> targets.yaml:"),
        "{said}"
    );
    assert_eq!(
        line(&said, "can't be compared"),
        "can't be compared: targets.yaml can't be read in the old store"
    );
    assert!(
        !said.contains("NEW TARGET") && !said.contains("to keep a budget"),
        "{said}"
    );
    let page = world.page(0, &["HEAD"]);
    assert!(
        page.contains("In the old store") && !page.contains("[!CAUTION]"),
        "{page}"
    );
    assert_eq!(world.json(0, &["HEAD"])["unread"][0]["side"], "old");
    // It is not known whether anything changes, so the report does not say that nothing does.
    world.diff(3, &["HEAD", "--stat", "--exit-code"]);
}

#[test]
fn a_target_whose_entry_can_t_be_read_is_still_one() {
    let world = World::three();
    world.change("targets.yaml", "  ../b: [all]", "  ../b: all");
    let said = world.diff(1, &["HEAD", "--stat"]);
    assert!(line(&said, "../b").contains("REFUSED"), "{said}");
    assert!(!said.contains("NO LONGER A TARGET"), "{said}");
    world.commit();
    world.change("targets.yaml", "  ../b: all", "  ../b: [all]");
    let said = world.diff(0, &["HEAD", "--stat"]);
    assert!(!said.contains("NEW TARGET"), "{said}");
}

/// A store in which a budget keeps lessons out, and a lesson that can't be read: it stops every target.
fn stopped() -> World {
    let budget = "budget: { claude: 24 lines, copilot: 24 lines }\n";
    let world = World::with(budget, "  ../a: [all]\n  ../b: [all]\n");
    world.repository("a", &[]);
    world.repository("b", &[]);
    for number in 0..12 {
        world.lesson(
            &format!("lessons/review/more-{number}.yaml"),
            "medium",
            &format!("Count to {number} and wait until all of it is there."),
            "",
        );
    }
    world.commit();
    assert_eq!(world.run(&["sync", "--yes"]).code, 0);
    for name in ["a", "b"] {
        world.sandbox.git(name, &["merge", "--quiet", "lessonbook/acme"]);
    }
    world
}

#[test]
fn the_repair_of_a_lesson_that_stopped_every_target_is_compared_with_the_files_that_are_there() {
    let world = stopped();
    let good = String::from_utf8(world.sandbox.read(&format!("store/{PROBE}"))).unwrap();
    world.write(PROBE, "rule: [\n");
    world.commit();
    // Breaking it takes nothing out.
    let said = world.diff(1, &["HEAD~1..HEAD", "--stat"]);
    assert!(
        line(&said, "1 lesson").starts_with("1 lesson broken; FAILS in 2 repositories"),
        "{said}"
    );

    world.write(PROBE, &good.replace("three tries", "five tries"));
    let said = world.diff(0, &["HEAD", "--stat"]);
    assert!(
        !said.contains("to keep a budget") && !said.contains("new →"),
        "{said}"
    );
    let told = line(&said, "1 lesson");
    assert!(
        told.starts_with("1 lesson repaired; reaches 2 repositories, 6 files, ")
            && told.ends_with(
                "; the old plan was refused in 2 repositories, so the present files are compared there"
            ),
        "{told}"
    );
    let row = line(&said, "../a");
    assert!(row.ends_with("~ probe; old plan refused"), "{said}");
    assert!(!row.contains("more-"), "{said}");
    let page = world.page(0, &["HEAD", "--store-visibility", "private"]);
    assert!(
        page.contains("\\~ `probe`; old plan refused |")
            && page.contains("so the present files are compared there")
            && !page.contains("To keep a budget")
            && !page.contains("New warnings"),
        "{page}"
    );
    let told = world.json(0, &["HEAD"]);
    assert_eq!(told["targets"][0]["shorter"], serde_json::json!([]));
    assert_eq!(told["changes"]["lessons"][0]["event"], "repaired");
}

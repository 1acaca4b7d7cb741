//! Canaries with checks: the checks of a new version wait with it, and a check that changes alone does not wait.

use super::disk::Disk;
use super::{DAY, HOUR};

const CHECKS: &str = ".lessonbook/acme.checks.yaml";

fn lesson(disk: &Disk, rule: &str, expression: &str) {
    let text = format!(
        "title: T\nseverity: critical\ntags: [all]\nrule: {rule}\nrationale: It bites.\nbad: uses latest\ngood: uses 1.2.3\n\
         checks:\n  - forbid: '{expression}'\n"
    );
    disk.sandbox.write("store/lessons/basics/pin.yaml", text);
    disk.commit("store");
}

/// A canary and a shop whose store delivers checks.
fn disk() -> Disk {
    let disk = Disk::new();
    let targets = disk.sandbox.shown(&disk.sandbox.read("store/targets.yaml"));
    disk.sandbox.write(
        "store/targets.yaml",
        targets.replace("use:", "checks: true\nuse:"),
    );
    lesson(&disk, "Pin every version.", "latest");
    disk
}

/// The checks file of our branch; empty where there is none.
fn proposed(disk: &Disk, name: &str) -> String {
    let shown = disk
        .sandbox
        .try_git(name, &["show", &format!("lessonbook/acme:{CHECKS}")]);
    String::from_utf8_lossy(&shown.stdout).into_owned()
}

fn on_base(disk: &Disk, name: &str) -> String {
    disk.sandbox.git(name, &["show", &format!("HEAD:{CHECKS}")])
}

#[test]
fn the_checks_of_a_new_version_reach_the_canary_first() {
    let disk = disk();
    disk.sync();
    assert!(proposed(&disk, "canary").contains("latest"));
    assert_eq!(
        proposed(&disk, "shop"),
        "",
        "the lesson waits, and so do its checks"
    );
    disk.merge("canary");
    disk.wait(DAY + HOUR);
    disk.sync();
    assert!(proposed(&disk, "shop").contains("latest"));
    disk.merge("shop");
    assert!(on_base(&disk, "shop").contains("latest"));

    // A check alone is no new version of its lesson.
    lesson(&disk, "Pin every version.", "[lL]atest");
    disk.sync();
    for name in ["canary", "shop"] {
        assert!(proposed(&disk, name).contains("[lL]atest"), "{name}");
        disk.merge(name);
    }

    // New words with a new check: the shop keeps both old ones.
    lesson(&disk, "Pin every version by its digest.", "[lL]atest|:v");
    disk.sync();
    assert!(proposed(&disk, "canary").contains("[lL]atest|:v"));
    let plan = disk.run(&["plan", "../shop", "--format", "json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let target = &plan["targets"][0];
    assert_eq!(target["content"]["edits"], serde_json::json!([]), "{target:#}");
    assert_eq!(target["content"]["waiting"][0]["lesson"], "pin");
    let invariants = target["proof"]["invariants"].as_array().unwrap();
    let checks = invariants
        .iter()
        .find(|one| one["name"] == "checks-as-lessons")
        .unwrap();
    assert_eq!(checks["holds"], true, "{checks}");
    disk.merge("canary");
    disk.wait(DAY + HOUR);
    disk.sync();
    let shop = proposed(&disk, "shop");
    assert!(
        shop.contains("[lL]atest|:v") && shop.contains("by its digest"),
        "{shop}"
    );
}

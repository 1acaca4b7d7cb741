//! Canaries and other targets on disk: their own history shows since when a version is present.

use super::{COPILOT, DAY, HOUR};
use crate::support::{FIRST_COMMIT, Run, Sandbox};

/// A store with a canary and a shop on disk, and the clock.
pub(super) struct Disk {
    pub(super) sandbox: Sandbox,
    now: std::cell::Cell<i64>,
}

impl Disk {
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.init("store");
        for name in ["canary", "shop"] {
            sandbox.repository(name, &[("README.md", "# Hello\n")]);
        }
        let targets = "version: 1\nname: acme\nuse: [copilot]\nrollout: { canary: [../canary], bake: 24h }\n\
                       targets:\n  ../canary: [all]\n  ../shop: [all]\n";
        sandbox.write("store/targets.yaml", targets);
        let disk = Disk {
            sandbox,
            now: std::cell::Cell::new(FIRST_COMMIT + HOUR),
        };
        disk.lesson("Pin every version.");
        disk.commit("store");
        disk
    }

    pub(super) fn lesson(&self, rule: &str) {
        let text = format!("title: T\nseverity: critical\ntags: [all]\nrule: {rule}\nrationale: It bites.\n");
        self.sandbox.write("store/lessons/basics/pin.yaml", text);
    }

    /// A commit at the present time.
    pub(super) fn commit(&self, path: &str) {
        self.git(path, &["add", "--all"]);
        self.git(path, &["commit", "--quiet", "-m", "Next"]);
    }

    /// Our branch is merged at the present time.
    pub(super) fn merge(&self, path: &str) {
        self.git(
            path,
            &["merge", "--quiet", "--no-ff", "--no-edit", "lessonbook/acme"],
        );
    }

    pub(super) fn git(&self, path: &str, args: &[&str]) {
        let date = format!("{} +0000", self.now.get());
        let status = std::process::Command::new("git")
            .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.com"])
            .args(args)
            .current_dir(self.sandbox.path(path))
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .status();
        assert!(status.unwrap().success(), "{args:?}");
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    pub(super) fn run(&self, args: &[&str]) -> Run {
        let now = jiff::Timestamp::from_second(self.now.get()).unwrap().to_string();
        self.sandbox.run_with("store", args, &[("LESSONBOOK_NOW", &now)])
    }

    pub(super) fn sync(&self) -> Run {
        let run = self.run(&["sync", "--yes"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        run
    }

    /// What our branch says in a repository; nothing where there is none.
    pub(super) fn proposed(&self, name: &str) -> String {
        let file = format!("lessonbook/acme:{COPILOT}");
        let shown = self.sandbox.try_git(name, &["show", &file]);
        String::from_utf8_lossy(&shown.stdout).into_owned()
    }

    pub(super) fn status(&self) -> String {
        self.run(&["status"]).stdout
    }
}

#[test]
fn a_canary_on_disk_goes_first_and_its_merge_bakes() {
    let disk = Disk::new();
    disk.sync();
    assert!(disk.proposed("canary").contains("Pin every version."));
    assert_eq!(disk.proposed("shop"), "");
    assert!(
        disk.status().contains("0 of 1 canary merged"),
        "{}",
        disk.status()
    );
    disk.wait(HOUR);
    disk.merge("canary");
    disk.wait(DAY - HOUR);
    assert!(disk.status().contains(", 1 h left"), "{}", disk.status());
    disk.sync();
    assert_eq!(disk.proposed("shop"), "");
    disk.wait(HOUR);
    disk.sync();
    assert!(disk.proposed("shop").contains("Pin every version."));
    // The next words wait again; the shop's proposal keeps the old ones.
    disk.lesson("Pin every version by its digest.");
    disk.commit("store");
    disk.sync();
    assert!(disk.proposed("canary").contains("by its digest"));
    assert!(!disk.proposed("shop").contains("by its digest"));
    disk.merge("shop");
    let plan = disk.run(&["plan", "../shop"]);
    assert!(
        plan.stdout.contains("1 waits for canaries: pin") && plan.stdout.contains("; version "),
        "{}",
        plan.stdout
    );
    disk.merge("canary");
    disk.wait(DAY);
    disk.sync();
    assert!(disk.proposed("shop").contains("by its digest"));
}

#[test]
fn what_a_canary_on_disk_reverts_within_its_bake_has_not_baked() {
    let disk = Disk::new();
    disk.sync();
    disk.merge("canary");
    disk.wait(HOUR);
    disk.git("canary", &["revert", "--no-edit", "-m", "1", "HEAD"]);
    disk.wait(3 * DAY);
    disk.sync();
    assert_eq!(disk.proposed("shop"), "", "{}", disk.status());
    // What is reverted after its bake has baked.
    disk.git("canary", &["revert", "--no-edit", "HEAD"]);
    disk.wait(DAY);
    disk.git("canary", &["revert", "--no-edit", "HEAD"]);
    disk.sync();
    assert!(
        disk.proposed("shop").contains("Pin every version."),
        "{}",
        disk.status()
    );
}

#[test]
fn uncommitted_words_of_the_store_wait_and_the_committed_ones_stay() {
    let disk = Disk::new();
    disk.sync();
    disk.merge("canary");
    disk.wait(DAY);
    disk.sync();
    disk.merge("shop");
    disk.lesson("Pin every version by its digest.");
    let plan = disk.run(&["plan", "../shop"]);
    assert!(
        plan.stdout.contains("1 waits for canaries: pin"),
        "{}",
        plan.stdout
    );
}

#[test]
fn a_store_outside_git_can_not_say_what_a_lesson_said_before() {
    let disk = Disk::new();
    disk.sync();
    std::fs::remove_dir_all(disk.sandbox.path("store/.git")).unwrap();
    let run = disk.run(&["plan", "../shop"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("store-history-missing") && run.stdout.contains("not in a git repository"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_lesson_that_is_older_than_the_rollout_is_not_given_up_before_anybody_was_asked() {
    let disk = Disk::new();
    disk.wait(30 * DAY);
    disk.sync();
    assert!(
        disk.status().contains("waits for canaries: 0 of 1"),
        "{}",
        disk.status()
    );
    disk.merge("canary");
    disk.wait(DAY);
    disk.sync();
    assert!(disk.proposed("shop").contains("Pin every version."));
}

#[test]
fn a_saved_plan_is_carried_out_with_the_words_that_it_was_made_with() {
    let disk = Disk::new();
    disk.sync();
    disk.merge("canary");
    disk.wait(DAY);
    disk.sync();
    disk.merge("shop");
    disk.lesson("Pin every version by its digest.");
    disk.commit("store");
    disk.sync();
    // The shop lost its block; until the new words have baked it gets the old ones back.
    disk.sandbox.write(&format!("shop/{COPILOT}"), "Mine.\n");
    disk.commit("shop");
    let plan = disk.run(&["plan", "--out", "plan.json"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    // Meanwhile the gate opened; the plan says what it said.
    disk.merge("canary");
    disk.wait(2 * DAY);
    let applied = disk.run(&["apply", "plan.json", "../shop", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let said = disk.proposed("shop");
    assert!(
        said.contains("Pin every version.") && !said.contains("by its digest"),
        "{said}"
    );
}

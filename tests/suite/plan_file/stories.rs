//! Stories: a plan is saved, reviewed and carried out, and the world goes on meanwhile.

use serde_json::Value;

use crate::support::{Run, Sandbox, saved_plan};

/// Our branch everywhere.
const BRANCH: &str = "lessonbook/acme";

/// A committed store with two lessons, and three targets with a hand-written instruction file.
pub struct World {
    pub sandbox: Sandbox,
}

impl World {
    pub fn new() -> Self {
        let world = World {
            sandbox: Sandbox::new(),
        };
        world.sandbox.init("store");
        world
            .targets("  ../shop: { tags: [all], visibility: private }\n  ../bank: [all]\n  ../farm: [all]\n");
        world.lesson("pin", "critical", "Pin every version.");
        world.lesson("logs", "medium", "Log to standard output.");
        world.commit("store");
        for name in ["shop", "bank", "farm"] {
            let files = [("README.md", "# Hello\n"), ("CLAUDE.md", "# Mine\n\nBe kind.\n")];
            world.sandbox.repository(name, &files);
        }
        world
    }

    pub fn targets(&self, targets: &str) {
        let text = format!("version: 1\nname: acme\nuse: [copilot, claude]\ntargets:\n{targets}");
        self.sandbox.write("store/targets.yaml", text);
    }

    pub fn lesson(&self, id: &str, severity: &str, rule: &str) {
        let text =
            format!("title: T\nseverity: {severity}\ntags: [all]\nrule: {rule}\nrationale: It bites.\n");
        self.sandbox
            .write(&format!("store/lessons/basics/{id}.yaml"), text);
    }

    pub fn commit(&self, folder: &str) -> String {
        self.sandbox.commit(folder, "Next")
    }

    /// Runs the program in the store.
    pub fn run(&self, args: &[&str]) -> Run {
        let today = ("LESSONBOOK_TODAY", "2026-11-20");
        self.sandbox.run_with("store", args, &[today])
    }

    /// Runs it; it ends so.
    pub fn ends(&self, code: i32, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, code, "{args:?}: {}\n{}", run.stdout, run.stderr);
        run
    }

    /// Saves a plan; gives its document.
    pub fn save(&self) -> Value {
        self.ends(0, &["plan", "--out", "plan.json"]);
        self.document()
    }

    pub fn document(&self) -> Value {
        serde_json::from_slice(&self.sandbox.read("store/plan.json")).unwrap()
    }

    /// Applies it; it ends so.
    pub fn apply(&self, code: i32) -> Run {
        self.ends(code, &["apply", "plan.json", "--yes"])
    }

    /// Our branch's commit; none where there is no such branch.
    pub fn head(&self, folder: &str) -> Option<String> {
        let name = format!("refs/heads/{BRANCH}");
        let found = self
            .sandbox
            .try_git(folder, &["rev-parse", "--verify", "--quiet", &name]);
        let text = String::from_utf8(found.stdout).unwrap();
        found.status.success().then(|| text.trim().to_owned())
    }

    fn text(&self, folder: &str, path: &str) -> String {
        self.sandbox.git(folder, &["show", &format!("{BRANCH}:{path}")])
    }

    /// Everything in a folder of the sandbox, by path.
    fn files(&self, folder: &str) -> impl PartialEq + std::fmt::Debug {
        self.sandbox.files(folder)
    }
}

#[test]
fn a_plan_is_reviewed_and_applied_and_twice_is_once() {
    let world = World::new();
    let run = world.ends(0, &["plan", "--out", "plan.json"]);
    let document = world.document();
    let digest = document["digest"].as_str().unwrap()[..19].to_owned();
    assert_eq!(
        run.stderr,
        format!(
            "wrote plan.json: 3 targets, 3 to change, {digest}; apply it with `lessonbook apply plan.json`\n"
        )
    );
    assert!(
        run.stdout.contains(&format!("plan {digest} · of 2026-11-20 · ")),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .ends_with("diffs: show plan.json -v    apply: apply plan.json\n"),
        "{}",
        run.stdout
    );

    let shown = world.ends(0, &["show", "plan.json"]);
    assert_eq!((shown.stdout, shown.stderr.as_str()), (run.stdout, ""));
    let one = world.ends(0, &["show", "plan.json", "-v", "../shop"]).stdout;
    assert!(
        one.contains("+- **Pin every version.**") || one.contains("+++ b/CLAUDE.md"),
        "{one}"
    );
    assert!(!one.contains("../bank"), "{one}");
    assert_eq!(world.head("shop"), None, "showing writes nothing");

    let applied = world.apply(0);
    assert!(
        applied.stdout.contains("proposed ../shop: lessonbook/acme at "),
        "{}",
        applied.stdout
    );
    for (number, target) in document["targets"].as_array().unwrap().iter().enumerate() {
        let plan = &target["plan"];
        let folder = plan["target"]["name"].as_str().unwrap().trim_start_matches("../");
        let held = |state: &Value| {
            let text = saved_plan::content(&document, &state["content"]);
            String::from_utf8(text).unwrap().trim_end().to_owned()
        };
        for edit in saved_plan::values(&document, number, "content", "edits") {
            let path = edit["path"].as_str().unwrap();
            let place = format!("{BRANCH}:{path}");
            assert_eq!(
                held(&edit["after"]),
                world.sandbox.git(folder, &["show", &place]).trim_end()
            );
            if edit["before"].is_object() {
                let place = format!("main:{path}");
                assert_eq!(
                    held(&edit["before"]),
                    world.sandbox.git(folder, &["show", &place]).trim_end()
                );
            }
        }
    }

    let before = world.files("shop");
    let again = world.apply(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(
        again
            .stderr
            .contains("../shop: nothing to do: our branch contains it already"),
        "{}",
        again.stderr
    );
    assert_eq!(world.files("shop"), before, "not even an object is written");

    world
        .sandbox
        .git("shop", &["merge", "--quiet", "--ff-only", BRANCH]);
    world.sandbox.git("shop", &["branch", "-D", BRANCH]);
    let merged = world.apply(0);
    assert!(
        merged
            .stderr
            .contains("../shop: nothing to do: the base branch contains it already"),
        "{}",
        merged.stderr
    );
    assert_eq!(world.head("shop"), None);
}

#[test]
fn what_sync_would_write_is_what_apply_writes() {
    let world = World::new();
    world.save();
    world.apply(0);
    let applied: Vec<_> = ["shop", "bank", "farm"].map(|name| world.head(name)).into();
    for name in ["shop", "bank", "farm"] {
        world.sandbox.git(name, &["branch", "-D", BRANCH]);
    }
    world.ends(0, &["sync", "--yes"]);
    let synced: Vec<_> = ["shop", "bank", "farm"].map(|name| world.head(name)).into();
    assert_eq!(applied, synced);
}

#[test]
fn the_store_is_not_read_again() {
    let world = World::new();
    world.save();
    std::fs::remove_dir_all(world.sandbox.path("store/lessons")).unwrap();
    world.targets("  ../elsewhere: [none]\n");
    world.apply(0);
    assert!(world.text("shop", "CLAUDE.md").contains("Pin every version."));
    // Not even `targets.yaml` need be there, where the folder is named.
    world.sandbox.git("shop", &["branch", "-D", BRANCH]);
    std::fs::create_dir(world.sandbox.path("empty")).unwrap();
    let args = ["apply", "../store/plan.json", "--yes", "--store"];
    let run = world.sandbox.run_in("empty", &[&args[..], &["."]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(world.head("shop").is_some());
    let lost = world.sandbox.run_in("empty", &args[..3]);
    assert_eq!(lost.code, 2);
    assert!(
        lost.stderr.contains("name it with --store DIR"),
        "{}",
        lost.stderr
    );
}

#[test]
fn a_base_that_moved_elsewhere_is_gone_on_with() {
    let world = World::new();
    world.save();
    world.sandbox.write("shop/src/main.py", "print()\n");
    let moved = world.commit("shop");
    let run = world.apply(0);
    assert!(
        run.stderr.contains(&format!(
            " to {} since the plan, but our files did not change",
            &moved[..7]
        )),
        "{}",
        run.stderr
    );
    assert_eq!(
        world.sandbox.git("shop", &["rev-parse", &format!("{BRANCH}^")]),
        moved
    );
}

#[test]
fn a_base_that_moved_in_our_files_is_stale_and_the_others_go_on() {
    let world = World::new();
    let document = world.save();
    let expected = world.sandbox.git("shop", &["rev-parse", "main:CLAUDE.md"])[..7].to_owned();
    world.sandbox.write("shop/CLAUDE.md", "# Mine\n\nBe kinder.\n");
    world.commit("shop");
    let found = world.sandbox.git("shop", &["rev-parse", "main:CLAUDE.md"]);
    let run = world.apply(4);
    let words = format!(
        "stale ../shop: CLAUDE.md changed since the plan: expected blob {expected}, found {}\n  next: make a new plan",
        &found[..7]
    );
    assert!(run.stdout.contains(&words), "{}", run.stdout);
    assert_eq!(world.head("shop"), None);
    assert!(world.head("bank").is_some() && world.head("farm").is_some());

    let json = world
        .ends(4, &["apply", "plan.json", "--yes", "--format", "json"])
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["outcomes"][0]["outcome"], "stale");
    assert_eq!(json["outcomes"][0]["finding"]["code"], "plan-stale");
    assert_eq!(json["plan"], document["digest"]);
}

#[test]
fn each_thing_that_stands_otherwise_is_named() {
    let world = World::new();
    world.ends(0, &["sync", "--yes"]);
    world.lesson("pin", "critical", "Pin every version and its digest.");
    world.commit("store");
    world.save();
    let planned = world.head("shop").unwrap();
    // The branch is deleted in one, a person pushes in another, and a file is gone in the third.
    world.sandbox.git("shop", &["branch", "-D", BRANCH]);
    world.sandbox.git("bank", &["switch", "--quiet", BRANCH]);
    world.sandbox.write("bank/CLAUDE.md", "# All mine\n");
    let pushed = world.commit("bank");
    world.sandbox.git("bank", &["switch", "--quiet", "main"]);
    world.sandbox.git("farm", &["rm", "--quiet", "CLAUDE.md"]);
    world.commit("farm");
    let run = world.apply(4);
    for words in [
        format!(
            "stale ../shop: our branch was deleted since the plan: expected {}\n",
            &planned[..7]
        ),
        format!("found {}", &pushed[..7]),
        "stale ../farm: CLAUDE.md was deleted since the plan: expected blob ".to_owned(),
    ] {
        assert!(run.stdout.contains(&words), "{words}: {}", run.stdout);
    }
    assert_eq!(world.head("shop"), None);
    assert_eq!(world.head("bank").unwrap(), pushed, "a person's commit stays");
}

#[test]
fn something_else_in_the_repository_that_changes_the_bytes_is_stale() {
    let world = World::new();
    let text = "title: T\nseverity: high\npaths: [\"**/*.tf\"]\nrule: Tag it.\nrationale: R.\n";
    world.sandbox.write("store/lessons/basics/tag.yaml", text);
    world.commit("store");
    world.save();
    world.sandbox.write("shop/main.tf", "");
    world.commit("shop");
    let run = world.apply(4);
    let words = "stale ../shop: .github/copilot-instructions.md would get other text, because something else in the repository changed";
    assert!(run.stdout.contains(words), "{}", run.stdout);
}

#[test]
fn a_lesson_that_changed_since_changes_nothing_here() {
    let world = World::new();
    world.save();
    world.lesson("pin", "critical", "Never pin anything.");
    world.commit("store");
    world.apply(0);
    assert!(world.text("shop", "CLAUDE.md").contains("Pin every version."));
    assert!(!world.text("shop", "CLAUDE.md").contains("Never pin"));
}

#[test]
fn only_the_named_targets_are_touched() {
    let world = World::new();
    world.save();
    world.ends(0, &["apply", "plan.json", "--yes", "../bank"]);
    assert!(world.head("shop").is_none() && world.head("bank").is_some());
    let run = world.ends(2, &["apply", "plan.json", "--yes", "../bnk"]);
    assert!(run.stderr.contains("did you mean `../bank`?"), "{}", run.stderr);
}

#[test]
fn nobody_to_ask_writes_nothing() {
    let world = World::new();
    world.save();
    let run = world.ends(2, &["apply", "plan.json"]);
    assert!(
        run.stderr.contains("then run `lessonbook apply plan.json --yes`"),
        "{}",
        run.stderr
    );
    assert_eq!(world.head("shop"), None);
}

#[test]
fn a_target_that_the_plan_refuses_is_not_applied_and_the_others_are() {
    let world = World::new();
    world
        .sandbox
        .write("shop/CLAUDE.md", "<!-- lessonbook:begin acme 000000000000 -->\n");
    world.commit("shop");
    world.ends(1, &["plan", "--out", "plan.json"]);
    // Mended meanwhile; but what was reviewed says that nothing happens here.
    world.sandbox.write("shop/CLAUDE.md", "# Mine\n");
    world.commit("shop");
    let run = world.apply(1);
    assert!(run.stdout.contains("refused ../shop: "), "{}", run.stdout);
    assert!(world.head("shop").is_none() && world.head("bank").is_some());
}

#[test]
fn a_plan_with_a_failed_invariant_is_refused_by_name_whoever_made_its_digest() {
    let world = World::new();
    let mut document = world.save();
    let mut failed = saved_plan::values(&document, 0, "proof", "invariants")[0].clone();
    failed["holds"] = false.into();
    let all = document["shared"]["invariants"].as_array_mut().unwrap();
    all.push(failed);
    let number = all.len() - 1;
    document["targets"][0]["plan"]["proof"]["invariants"][0] = number.into();
    let write = |document: &Value| world.sandbox.write("store/plan.json", document.to_string());
    write(&document);
    let run = world.apply(1);
    assert!(
        run.stderr.contains("was edited after it was written"),
        "{}",
        run.stderr
    );
    assert_eq!(world.head("bank"), None, "nothing is touched at all");
    document["digest"] = digest_of(&document).into();
    write(&document);
    let run = world.apply(1);
    assert!(
        run.stdout
            .contains("refused ../shop: the plan does not hold: critical-everywhere"),
        "{}\n{}",
        run.stdout,
        run.stderr
    );
    assert!(world.head("shop").is_none() && world.head("bank").is_some());
}

/// The digest that the program computes for a document; the error names it if the document has another one.
fn digest_of(document: &Value) -> String {
    use lessonbook_pipeline::plan_file::{PlanFileError, SavedPlan};
    match SavedPlan::parse(document.to_string().as_bytes()) {
        Err(PlanFileError::Edited { found, .. }) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_are_no_plan_touch_nothing_and_say_why() {
    let world = World::new();
    world.save();
    let good = String::from_utf8(world.sandbox.read("store/plan.json")).unwrap();
    let before = world.files("shop");
    for (text, code, words) in [
        (
            good[..good.len() / 3].to_owned(),
            2,
            "error: plan.json ends in the middle, line ",
        ),
        (
            good.replacen("Pin every", "Pin no", 1),
            1,
            "error: plan.json was edited after it was written: its digest is sha256:",
        ),
        (
            good.replacen("\"1.0\"", "\"2.0\"", 1),
            2,
            "error: plan.json is a plan of format version 2.0, written by lessonbook ",
        ),
        (
            "{\"terraform_version\": \"1\"}".to_owned(),
            2,
            "error: plan.json is not a saved plan: it is JSON, but has no `format",
        ),
        (
            "title: T\n".to_owned(),
            2,
            "error: plan.json is not a saved plan: it is text, but not JSON",
        ),
    ] {
        world.sandbox.write("store/plan.json", &text);
        for command in [&["apply", "plan.json", "--yes"][..], &["show", "plan.json"]] {
            let run = world.ends(code, command);
            assert!(
                run.stderr.starts_with(words) && run.stdout.is_empty(),
                "{words}: {}",
                run.stderr
            );
            assert!(run.stderr.contains("\n  help: "), "{}", run.stderr);
        }
    }
    for (file, words) in [
        ("nothing.json", "there is no file nothing.json"),
        ("lessons", "lessons is a folder"),
    ] {
        let run = world.ends(2, &["apply", file, "--yes"]);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    assert_eq!(world.files("shop"), before);
}

#[test]
fn a_plan_is_not_written_over_what_is_none() {
    let world = World::new();
    for (out, words) in [
        ("lessons", "lessons is a folder, and a plan is one file"),
        ("nowhere/plan.json", "there is no folder nowhere"),
        (
            "targets.yaml",
            "targets.yaml exists and is not a saved plan, so it is not overwritten",
        ),
    ] {
        let run = world.ends(2, &["plan", "--out", out]);
        assert!(
            run.stderr.contains(words) && run.stdout.is_empty(),
            "{out}: {}",
            run.stderr
        );
    }
    world.save();
    world.save(); // over an older plan
    let names: Vec<_> = std::fs::read_dir(world.sandbox.path("store"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".lessonbook"))
        .collect();
    assert_eq!(names, Vec::<String>::new(), "no half-written file is left behind");
}

#[test]
fn a_switched_off_target_and_a_left_over_branch_are_cleaned_as_planned() {
    let world = World::new();
    world.ends(0, &["sync", "--yes"]);
    world
        .sandbox
        .git("shop", &["merge", "--quiet", "--ff-only", BRANCH]);
    world.save();
    let run = world.apply(0);
    assert!(run.stdout.contains("cleaned ../shop: "), "{}", run.stdout);
    assert_eq!(world.head("shop"), None);
    let again = world.apply(0);
    assert!(
        again
            .stderr
            .contains("../shop: nothing to do: nothing is left to delete"),
        "{}",
        again.stderr
    );
}

#[test]
fn the_json_of_show_is_that_of_plan() {
    let world = World::new();
    let planned = world
        .ends(0, &["plan", "--format", "json", "--out", "plan.json"])
        .stdout;
    let shown = world.ends(0, &["show", "plan.json", "--format", "json"]).stdout;
    assert_eq!(planned, shown);
    let json: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["plan"], world.document()["digest"]);
    let unsaved = world.ends(0, &["plan", "--format", "json"]).stdout;
    let unsaved: Value = serde_json::from_str(&unsaved).unwrap();
    assert_eq!(unsaved.get("plan"), None);
    assert_eq!(unsaved["targets"], json["targets"]);
}

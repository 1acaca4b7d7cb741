//! Pairs of plans that matter for safety, and what `plan`, `compare`, `sync --within` and `diff` report of each.
//!
//! Input: a store and targets on disk, before and after a change. Output: one table for each pair, compared with
//! `tests/data/golden_plans/NAME.txt`. Not here: the wording, which other tests check; a table holds classes, names and lines only.
//!
//! `LESSONBOOK_REFRESH=1 cargo test --test suite golden_plans` writes the tables again. A line that goes from `wider` to anything else
//! is a hole in the promise that an approved plan is not exceeded: never refresh one away without a reason.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Run, Sandbox};

const SECRETS: &str = "title: No secrets in code\nseverity: critical\ntags: [app]\nrule: Keep passwords out.\nrationale: History keeps them.\n";
const IMAGES: &str = "title: Images are pinned\nseverity: high\npaths: [\"**/*.yaml\"]\ntags: [app]\nrule: Pin every image.\nrationale: A tag moves.\n";
const INSIDERS: &str = "title: Ask the on-call\nseverity: high\naudience: internal\ntags: [app]\nrule: Ask the on-call first.\nrationale: They know.\n";

const SHOP: &str = "../shop: { tags: [app], visibility: private }";
const CLUB: &str = "../club: [app]";

/// One state of the store: what `targets.yaml` holds beside its head, and the lessons.
#[derive(Clone)]
struct State {
    head: &'static str,
    targets: Vec<&'static str>,
    rest: &'static str,
    lessons: Vec<(&'static str, String)>,
}

fn start() -> State {
    State {
        head: "",
        targets: vec![SHOP, CLUB],
        rest: "",
        lessons: vec![
            ("review/secrets", SECRETS.to_owned()),
            ("kubernetes/images", IMAGES.to_owned()),
        ],
    }
}

impl State {
    fn head(mut self, head: &'static str) -> Self {
        self.head = head;
        self
    }

    fn targets(mut self, targets: &[&'static str]) -> Self {
        self.targets = targets.to_vec();
        self
    }

    fn rest(mut self, rest: &'static str) -> Self {
        self.rest = rest;
        self
    }

    fn lesson(mut self, path: &'static str, text: &str) -> Self {
        self.lessons.retain(|(known, _)| *known != path);
        self.lessons.push((path, text.to_owned()));
        self
    }

    fn without(mut self, path: &str) -> Self {
        self.lessons.retain(|(known, _)| *known != path);
        self
    }

    fn write(&self, world: &Sandbox) {
        let lessons = world.path("store/lessons");
        if lessons.exists() {
            std::fs::remove_dir_all(lessons).unwrap();
        }
        for (path, text) in &self.lessons {
            world.write(&format!("store/lessons/{path}.yaml"), text);
        }
        world.write(
            "store/targets.yaml",
            format!(
                "version: 1\nname: acme\nuse: [copilot, claude, copilot-scoped, reference]\n{}targets:\n  {}\n{}",
                self.head,
                self.targets.join("\n  "),
                self.rest
            ),
        );
    }
}

fn world(old: &State) -> Sandbox {
    let world = Sandbox::new();
    for name in ["shop", "club", "bank"] {
        world.repository(
            name,
            &[
                ("charts/web.yaml", "kind: Deployment\n"),
                ("CLAUDE.md", "# Mine\n\nBe kind.\n"),
            ],
        );
    }
    world.init("store");
    old.write(&world);
    world.commit("store", "Old");
    world
}

fn run(world: &Sandbox, args: &[&str]) -> Run {
    world.run_with("store", args, &[("LESSONBOOK_TODAY", "2026-11-20")])
}

fn json(world: &Sandbox, args: &[&str]) -> (i32, Value) {
    let run = run(world, &[args, &["--format", "json"]].concat());
    let value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {run:?}"));
    (run.code, value)
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A table of both plans, the comparison in both directions, a run within the old plan, and the difference of the stores.
fn table(world: &Sandbox, new: &State) -> String {
    let mut out = String::new();
    for file in ["../old.json", "../new.json"] {
        if file == "../new.json" {
            new.write(world);
        }
        let saved = run(world, &["plan", "--out", file]);
        let (code, shown) = json(world, &["show", file]);
        let _ = writeln!(out, "# plan {file}: {}, {code}", saved.code);
        plan(&mut out, &shown);
    }
    for pair in [["../old.json", "../new.json"], ["../new.json", "../old.json"]] {
        let (code, compared) = json(world, &[&["compare"], &pair[..]].concat());
        let _ = writeln!(out, "# compare {}: {code}", pair.join(" "));
        for difference in compared["differences"].as_array().unwrap() {
            let what = ["class", "what", "target", "name"].map(|key| word(&difference[key]));
            let _ = writeln!(out, "{}", what.join(" | "));
            for line in difference["lines"].as_array().into_iter().flatten() {
                let _ = writeln!(out, "    {}", word(line));
            }
        }
    }
    let (code, diff) = json(world, &["diff", "HEAD"]);
    let _ = writeln!(out, "# diff HEAD: {code}");
    for setting in diff["store"]["settings"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "setting {}", word(&setting["key"]));
    }
    for target in diff["targets"].as_array().unwrap() {
        let _ = writeln!(out, "{} {}", word(&target["target"]), word(&target["change"]));
        for file in target["files"].as_array().into_iter().flatten() {
            let _ = writeln!(out, "    {} {}", word(&file["path"]), word(&file["status"]));
        }
    }
    let (code, within) = json(world, &["sync", "--yes", "--within", "../old.json"]);
    let _ = writeln!(out, "# sync --within ../old.json: {code}");
    for outcome in within["outcomes"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "{} {}", word(&outcome["target"]), word(&outcome["outcome"]));
    }
    for name in ["shop", "club", "bank"] {
        let branch = ["rev-parse", "--verify", "--quiet", "refs/heads/lessonbook/acme"];
        let is_there = world.try_git(name, &branch).status.success();
        let _ = writeln!(out, "branch in {name}: {is_there}");
    }
    out
}

/// Each target with its files, invariants, lessons and coverage.
fn plan(out: &mut String, shown: &Value) {
    for target in shown["targets"].as_array().unwrap() {
        let _ = writeln!(
            out,
            "{}: {}, {}",
            word(&target["target"]["name"]),
            word(&target["outcome"]["state"]),
            word(&target["proposal"]["action"]["do"])
        );
        for file in target["content"]["files"].as_array().unwrap() {
            let keys = ["path", "state", "added", "removed", "lines", "our_lines"];
            let _ = writeln!(out, "    {}", keys.map(|key| word(&file[key])).join(" "));
        }
        for lesson in target["content"]["lessons"].as_array().unwrap() {
            let keys = ["lesson", "kind", "severity"];
            let _ = writeln!(out, "    {}", keys.map(|key| word(&lesson[key])).join(" "));
        }
        for invariant in target["proof"]["invariants"].as_array().unwrap() {
            let _ = writeln!(
                out,
                "    {} {}",
                word(&invariant["name"]),
                word(&invariant["holds"])
            );
        }
        let coverage = &target["proof"]["coverage"];
        for (lesson, cells) in coverage["lessons"].as_object().unwrap() {
            for cell in cells.as_array().unwrap() {
                let number = |at: usize| cell[at].as_u64().unwrap();
                let kind = &coverage["kinds"][usize::try_from(number(0)).unwrap()];
                let current = &kind["current"];
                let proposed = kind.get("proposed").unwrap_or(current);
                let last = cell.as_array().unwrap().len() - 1;
                let side = |side: &Value, line: u64| {
                    let lacks = if side.get("missing").is_some() {
                        " lacks something"
                    } else {
                        ""
                    };
                    let [detail, path, named] = ["detail", "path", "named"].map(|key| word(&side[key]));
                    format!("{detail} {path} {line} {named}{lacks}")
                };
                let _ = writeln!(
                    out,
                    "    {lesson} {} {}: {} → {}",
                    word(&kind["entry_point"]),
                    word(&kind["required"]),
                    side(current, number(1)),
                    side(proposed, number(last))
                );
            }
        }
        for finding in target["outcome"]["findings"].as_array().unwrap() {
            let _ = writeln!(out, "    {}[{}]", word(&finding["level"]), word(&finding["code"]));
        }
    }
}

fn check(name: &str, table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/golden_plans")
        .join(format!("{name}.txt"));
    if std::env::var_os("LESSONBOOK_REFRESH").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, table).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept.replace("\r\n", "\n"), table, "{}", file.display());
}

fn pair(name: &str, old: &State, new: &State) {
    let world = world(old);
    check(name, &table(&world, new));
}

#[test]
fn words_files_targets_and_bounds() {
    let new = start()
        .head("policy: { max_new_proposals: 90, max_targets: 7 }\n")
        .targets(&[
            "../shop: { tags: [app], visibility: private, use: [+agents] }",
            CLUB,
            "../bank: [app]",
        ])
        .lesson(
            "review/secrets",
            &SECRETS.replace("passwords out", "passwords and keys out"),
        );
    pair("words_files_targets_and_bounds", &start(), &new);
}

#[test]
fn a_scoped_file_that_is_merged_is_deleted_later() {
    let old = start();
    let world = world(&old);
    assert_eq!(run(&world, &["sync", "--yes", "../club"]).code, 0);
    world.git("club", &["merge", "--quiet", "lessonbook/acme"]);
    world.git("club", &["branch", "-d", "lessonbook/acme"]);
    let new = start().lesson("kubernetes/images", &format!("{IMAGES}status: retired\n"));
    check("a_scoped_file_is_deleted", &table(&world, &new));
}

#[test]
fn path_policy_of_the_store_and_of_one_target() {
    let old = start()
        .head("policy: { forbid_paths: [\"secret/**\"], allow_paths: [\"CLAUDE.md\", \".github/**\", \"docs/**\"], max_added_lines: 200 }\n")
        .targets(&[
            "../shop: { tags: [app], visibility: private, forbid_paths: [\"shop/**\"], max_added_lines: 50, on_drift: stop }",
            CLUB,
        ]);
    let new = start().targets(&[
        "../shop: { tags: [app], visibility: private, max_added_lines: 90 }",
        CLUB,
    ]);
    pair("path_policy", &old, &new);
}

#[test]
fn visibility_and_lessons_for_insiders() {
    let old = start().lesson("review/insiders", INSIDERS);
    let new = start()
        .lesson("review/insiders", INSIDERS)
        .targets(&["../shop: [app]", "../club: { tags: [app], visibility: private }"]);
    pair("visibility_and_insiders", &old, &new);
}

#[test]
fn exceptions_redundancy_and_base_branches() {
    let old = start().rest(
        "exceptions:\n  - { lesson: images, target: ../club, entry_point: copilot-scoped, reason: no charts, by: dana }\n",
    );
    let new = start()
        .head("redundancy: { critical: { always: rule } }\n")
        .rest(
            "exceptions:\n  - { lesson: secrets, target: ../club, entry_point: copilot, reason: the vault, by: dana }\n",
        );
    pair("exceptions_and_redundancy", &old, &new);
}

#[test]
fn canaries_and_hosts() {
    let old = start()
        .head("policy: { max_new_proposals_per_hour: 5 }\n")
        .rest("rollout: { canary: [../shop], quorum: 100%, bake: 2d, give_up: 7d }\n");
    let new = start()
        .head("policy: { max_new_proposals_per_hour: 6, hosts: [docs.example] }\n")
        .rest(
            "rollout: { canary: [../club], quorum: 90%, bake: 1d, give_up: 8d }\nopen:\n  - { lesson: secrets, version: 0a1b2c, reason: urgent, by: dana }\n",
        );
    pair("canaries_and_hosts", &old, &new);
}

#[test]
fn how_proposals_look() {
    let old = start().head(
        "proposal: { labels: [ai], reviewers: [dana], draft: true, open_for: high, author: \"A <a@example.com>\" }\n",
    );
    let new = start()
        .head("proposal: { labels: [robots], reviewers: [lee], assignees: [kim], open_for: low, author: \"B <b@example.com>\" }\nreport: { issue: true }\n");
    pair("how_proposals_look", &old, &new);
}

#[test]
fn a_target_that_is_switched_off_and_one_lesson_less() {
    let old = start();
    let world = world(&old);
    assert_eq!(run(&world, &["sync", "--yes", "../club"]).code, 0);
    world.git("club", &["merge", "--quiet", "lessonbook/acme"]);
    let new = start()
        .without("kubernetes/images")
        .targets(&[SHOP, "../club: { tags: [app], enabled: false }"]);
    check("a_target_switched_off", &table(&world, &new));
}

#[test]
fn what_people_changed_in_our_text() {
    let old = start();
    let world = world(&old);
    assert_eq!(run(&world, &["sync", "--yes", "../club"]).code, 0);
    world.git("club", &["merge", "--quiet", "lessonbook/acme"]);
    world.git("club", &["branch", "-d", "lessonbook/acme"]);
    let text = String::from_utf8(world.read("club/CLAUDE.md")).unwrap();
    world.write(
        "club/CLAUDE.md",
        text.replace("Keep passwords out", "Keep them in"),
    );
    world.commit("club", "By hand");
    let new = start().head("policy: { on_drift: stop }\n");
    check("drift", &table(&world, &new));
}

#[test]
fn checks_that_change_and_a_target_that_opts_out() {
    let checks = |below: u8| {
        format!(
            "{IMAGES}bad: \"replicas: 1\"\ngood: \"replicas: 3\"\nchecks:\n  - forbid: {{ replicas: {{ below: {below} }} }}\n"
        )
    };
    let old = start()
        .head("checks: true\n")
        .lesson("kubernetes/images", &checks(2));
    let new = start()
        .head("checks: true\n")
        .targets(&[SHOP, "../club: { tags: [app], checks: false }"])
        .lesson("kubernetes/images", &checks(3));
    pair("checks", &old, &new);
}

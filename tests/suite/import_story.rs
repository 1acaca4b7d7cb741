//! Twelve repositories with hand-written rules: imported, taken as ten lessons, adopted, merged, and imported again.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Sandbox;

const RULES: [&str; 10] = [
    "Never log a password; it leaks to everyone who reads the logs.",
    "Always pin a GitHub Action to a full commit SHA.",
    "Never push to main; open a pull request.",
    "Always run the linter before you commit.",
    "Never write a bare `except:`; catch the exception that you expect.",
    "Use `uv` to install packages.",
    "Do not create barrel files; import from the implementing module.",
    "Wrap errors with context; never log and return the same error.",
    "Always close the files that you open.",
    "Never call the production database from a test.",
];

/// Each repository has five of the rules in its own file, beside text of its own.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut targets = String::new();
    for number in 0..12 {
        let own = |at: usize| RULES[(number + at) % RULES.len()];
        let list: String = (0..5).map(|at| format!("- {}\n", own(at))).collect();
        let text = format!(
            "# Service {number}\n\nThis service sends parcels.\n\n## Rules\n\n- Service {number} has its own clock.\n{list}\n## Layout\n\n- `src/` - the \
             code\n"
        );
        let file = if number % 3 == 0 { "AGENTS.md" } else { "CLAUDE.md" };
        sandbox.repository(&format!("service-{number}"), &[(file, &text), ("src/a.py", "")]);
        let assistants = if number % 3 == 0 { "codex" } else { "claude-code" };
        targets.push_str(&format!(
            "  ../service-{number}: {{ tags: [service-{number}], assistants: [{assistants}] }}\n"
        ));
    }
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nadopt: true\nuse: [-reference]\ntargets:\n{targets}"),
    );
    sandbox
}

/// The rules that an import lists and that are no lessons yet.
fn listed(sandbox: &Sandbox) -> BTreeSet<String> {
    let run = sandbox.run(&["import", "--store", "store", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let clusters = found["clusters"].as_array().unwrap().iter();
    let new = clusters.filter(|cluster| cluster["lesson"].is_null() && cluster["confidence"] != "all");
    new.map(|cluster| cluster["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn twelve_repositories_hand_their_rules_over_and_keep_everything_else() {
    let sandbox = world();
    assert_eq!(listed(&sandbox), RULES.map(str::to_owned).into());
    let run = sandbox.run(&["import", "--store", "store", "--take", "default"]);
    assert_eq!(run.code, 0, "{run:?}");
    for (path, bytes) in sandbox.files("store/lessons") {
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("status: draft", "status: active");
        let reason = if text.contains("\nrationale:") {
            ""
        } else {
            "rationale: A team learned it.\n"
        };
        std::fs::write(path, format!("{text}{reason}")).unwrap();
    }
    let run = sandbox.run(&["check", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    let run = sandbox.run(&["plan", "--store", "store", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let targets = plan["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 12);
    for target in targets {
        let files = target["content"]["files"].as_array().unwrap();
        assert_eq!(files.len(), 1, "{files:?}");
        let count = |key: &str| files[0][key].as_u64().unwrap();
        // Five lines of lessons and the frame of the block are added, five hand-written lines are removed.
        assert!(count("added") <= 14 && count("removed") == 5, "{files:?}");
        let lessons = target["content"]["lessons"].as_array().unwrap();
        let moved = lessons.iter().filter(|lesson| lesson["moved"].is_array()).count();
        assert_eq!(moved, 5);
        assert!(
            target["outcome"]["findings"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one["code"] != "hand-copy")
        );
    }
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    for number in 0..12 {
        let name = format!("service-{number}");
        sandbox.git(&name, &["merge", "--quiet", "--squash", "lessonbook/acme"]);
        sandbox.git(&name, &["commit", "--quiet", "--message", "Lessons"]);
        sandbox.git(&name, &["branch", "-D", "lessonbook/acme"]);
    }
    assert_eq!(listed(&sandbox), BTreeSet::new());
    let run = sandbox.run(&["plan", "--store", "store", "--exit-code"]);
    assert_eq!(run.code, 0, "{run:?}");
    // One lesson is retired: the repositories that had it get their line back.
    let file = sandbox
        .files("store/lessons")
        .into_iter()
        .find(|(_, bytes)| String::from_utf8_lossy(bytes).contains("Never push to main"));
    let (path, bytes) = file.unwrap();
    let text = String::from_utf8(bytes)
        .unwrap()
        .replace("status: active", "status: retired");
    std::fs::write(path, text).unwrap();
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    let text = sandbox.git("service-1", &["show", "lessonbook/acme:CLAUDE.md"]);
    let hand = text.split("<!-- lessonbook:end acme -->").nth(1).unwrap();
    assert!(
        hand.contains("own clock.\n- Never push to main; open a pull request.\n"),
        "{hand}"
    );
}

//! Names from a target are printed on one line and control nothing, in every command and format for people.
//!
//! Input: a target whose paths, branches, blocks and links hold line ends, escapes and marks of direction. Output: that no line is
//! forged. Not here: how a single text is spelled (`crates/base/src/text/visible.rs`).

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::os::unix::fs::symlink;

use crate::support::{Run, Sandbox};

/// What hostile names try: a line of its own, a command to the runner in plain and encoded form, an escape, marks of direction.
const EVIL: &str = "x\n::error::forged\nFORGED\r\u{1b}[2J\u{202e}\u{2028}##[error]%0A::warning::z";

const LESSON: &str =
    "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";

fn scoped(paths: &str) -> String {
    format!(
        "title: S\nseverity: high\ntags: [all]\npaths: [\"{paths}\"]\nrule: Keep charts small.\nrationale: It bites.\n"
    )
}

/// A store with one ordinary target and one hostile one.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    let use_ = "[claude, claude-rules, copilot-scoped, cursor-rules, reference, agents]";
    sandbox.repository(
        "store",
        &[
            (
                "targets.yaml",
                &format!(
                    "version: 1\nname: acme\nuse: {use_}\ntargets:\n  ../app: [all]\n  ../evil: [all]\n"
                ),
            ),
            ("lessons/basics/pin.yaml", LESSON),
            ("lessons/charts/small.yaml", &scoped("charts/**")),
        ],
    );
    sandbox.repository("app", &[("README.md", "# App\n")]);
    sandbox.repository("evil", &[("README.md", "# Evil\n")]);
    for path in [
        format!("evil/.github/instructions/{EVIL}.instructions.md"),
        format!("evil/.claude/rules/{EVIL}.md"),
        format!("evil/.cursor/rules/{EVIL}.mdc"),
        format!("evil/charts/{EVIL}.yaml"),
    ] {
        // A block that was edited, of a lesson with a hostile id.
        let text = format!(
            "---\napplyTo: \"**\"\n---\nHi @docs/{EVIL}.md\n\n<!-- lessonbook:begin acme 0123456789ab -->\n\n- Do `{EVIL}` so. (`{EVIL}`)\n\n<!-- lessonbook:end acme -->\n"
        );
        sandbox.write(&path, text);
    }
    symlink(format!("{EVIL}.md"), sandbox.path("evil/AGENTS.md")).unwrap();
    sandbox.commit("evil", "Odd names");
    let branch = "o\u{202e}dd\u{2028}";
    sandbox.git("evil", &["checkout", "--quiet", "-b", branch]);
    sandbox
}

fn commands() -> Vec<Vec<String>> {
    let evil_path = format!("charts/{EVIL}.yaml");
    let explain_path = format!(".github/instructions/{EVIL}.instructions.md");
    let lines = [
        "check",
        "check --strict",
        "check --format github",
        "list",
        "list -v",
        "plan",
        "plan -v",
        "plan -v -v",
        "plan --out ../plan.json",
        "show ../plan.json",
        "show ../plan.json -v",
        "show ../plan.json --format markdown",
        "compare ../plan.json ../plan.json",
        "compare ../plan.json ../plan.json --format markdown",
        "coverage",
        "coverage -v",
        "coverage --format markdown",
        "explain ../evil charts/a.yaml",
        "explain ../evil charts/a.yaml -v",
        "status",
        "status -v",
        "where pin",
        "where small",
        "diff HEAD HEAD",
        "entry-points",
        "render ../evil --out ../out",
        "sync --yes",
        "apply ../plan.json --yes",
        "sync --yes --within ../plan.json",
        "withdraw pin --reason wrong --yes",
        "withdraw small --reason wrong --dry-run",
        "doctor",
        "shards",
    ];
    let mut all: Vec<Vec<String>> = lines
        .iter()
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect();
    for path in [evil_path, explain_path] {
        for more in ["-q", "-v"] {
            all.push(vec![
                "explain".into(),
                "../evil".into(),
                path.clone(),
                more.into(),
            ]);
        }
    }
    // Names that a user mistypes, or that a script passes on.
    for command in [
        "show",
        "plan",
        "render",
        "status --lesson",
        "withdraw",
        "coverage",
        "list --tag",
    ] {
        let mut args: Vec<String> = command.split(' ').map(str::to_owned).collect();
        args.push(EVIL.to_owned());
        all.push(args);
    }
    all
}

/// What is wrong with the output of a command.
fn faults(run: &Run, is_for_runner: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        for line in text.lines() {
            let trimmed = line.trim_start();
            let commands = ["::error", "::warning"];
            if !is_for_runner && commands.iter().any(|word| trimmed.starts_with(word))
                || line.starts_with("FORGED")
            {
                faults.push(format!("{name} has a forged line: {line:?}"));
            }
            if is_for_runner && trimmed.starts_with("::error::forged") {
                faults.push(format!("{name} has a forged command: {line:?}"));
            }
            if let Some(c) = line.chars().find(|c| "\u{1b}\r\u{202e}\u{2028}".contains(*c)) {
                faults.push(format!("{name} holds {c:?}: {line:?}"));
            }
            // The runner looks for the old form only in lines that are no command of the new one.
            if line.contains("##[") && !(is_for_runner && line.starts_with("::")) {
                faults.push(format!("{name} holds a command of the old form: {line:?}"));
            }
        }
    }
    faults
}

#[test]
fn no_command_lets_a_name_of_a_target_forge_a_line() {
    let world = world();
    let mut wrong = Vec::new();
    for args in commands() {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = world.run_in("store", &args);
        assert!((0..=5).contains(&run.code), "{args:?}: {run:?}");
        let is_for_runner = args.contains(&"github");
        wrong.extend(
            faults(&run, is_for_runner)
                .into_iter()
                .map(|fault| format!("{args:?}: {fault}")),
        );
    }
    for format in ["human", "github"] {
        let run = world.run_in("evil", &["verify", "--format", format]);
        wrong.extend(
            faults(&run, format == "github")
                .into_iter()
                .map(|fault| format!("verify {format}: {fault}")),
        );
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

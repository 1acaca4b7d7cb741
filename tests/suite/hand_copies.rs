//! Hand-written text that already says a lesson, and two lessons with one rule.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use crate::support::Sandbox;

const RULE: &str = "Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.";

fn world(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nassistants: [copilot, claude-code]\ntargets:\n  ../app: { tags: [app] }\n",
    );
    lesson(&sandbox, "pin", RULE);
    sandbox.repository("app", files);
    sandbox
}

fn lesson(sandbox: &Sandbox, id: &str, rule: &str) {
    sandbox.write(
        &format!("store/lessons/ops/{id}.yaml"),
        format!("title: Pin\nseverity: critical\ntags: [app]\nrule: {rule}\nrationale: Tags can be moved.\n"),
    );
}

/// Where the plan finds the lesson in hand-written text.
fn copies(sandbox: &Sandbox) -> Vec<String> {
    let run = sandbox.run(&["plan", "--store", "store", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = plan["targets"][0]["outcome"]["findings"].as_array().unwrap();
    let copies = findings.iter().filter(|finding| finding["code"] == "hand-copy");
    copies
        .map(|finding| {
            format!(
                "{}:{}",
                finding["at"]["file"].as_str().unwrap(),
                finding["at"]["line"]
            )
        })
        .collect()
}

#[test]
fn a_copy_is_found_whatever_its_case_markup_punctuation_and_stop_words() {
    for copy in [
        "- Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.",
        "- never pin a github action to a tag, pin it to a full commit sha of 40 characters",
        "- **Never** pin a GitHub Action to a *tag*: pin it to a full commit `SHA` of 40 characters!",
        "- Never pin GitHub Actions to tags. Pin them to the full commit SHA (40 characters).",
        "- Do not pin a GitHub Action to a tag; always pin it to a full commit SHA of 40 characters.",
        "- Don't pin GitHub Actions to a tag; please pin to a full commit SHA of 40 characters.",
        "1. Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters, because tags move.",
        "Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.",
        "## Rules\n\n* You must never pin any GitHub Action to a tag - pin it to a full commit SHA of 40 characters.",
    ] {
        let sandbox = world(&[(
            "CLAUDE.md",
            &format!("# Rules\n\n- Run the tests.\n\n{copy}\n\n- Be kind.\n"),
        )]);
        let found = copies(&sandbox);
        assert_eq!(found.len(), 1, "{copy}: {found:?}");
        assert!(found[0].starts_with("CLAUDE.md:"), "{found:?}");
    }
}

#[test]
fn another_number_or_the_opposite_is_no_copy() {
    for other in [
        "- Never pin a GitHub Action to a tag; pin it to a full commit SHA of 64 characters.",
        "- Pin each GitHub Action to a tag, a full commit SHA of 40 characters is too much.",
        "- Pin every dependency.",
        "```sh\necho Never pin a GitHub Action to a tag; pin it to a full commit SHA of 40 characters.\n```",
    ] {
        let sandbox = world(&[("CLAUDE.md", &format!("# Rules\n\n{other}\n"))]);
        assert_eq!(copies(&sandbox), [""; 0], "{other}");
    }
}

#[test]
fn a_copy_in_a_scoped_file_is_found_and_our_own_block_is_not() {
    let scoped = format!("---\napplyTo: \"**/*.yml\"\n---\n\n# CI\n\n- {RULE}\n");
    let sandbox = world(&[
        ("CLAUDE.md", "# Rules\n"),
        (".github/instructions/ci.instructions.md", &scoped),
        (".github/workflows/ci.yml", "on: push\n"),
    ]);
    sandbox.write(
        "store/lessons/ops/pin.yaml",
        format!(
            "title: Pin\nseverity: critical\ntags: [app]\npaths: [\"**/*.yml\"]\nrule: {RULE}\nrationale: Tags can be moved.\nbad: |\n  \
             uses: a@v1\n"
        ),
    );
    assert_eq!(copies(&sandbox), [".github/instructions/ci.instructions.md:7"]);
    assert_eq!(sandbox.run(&["sync", "--yes", "--store", "store"]).code, 0);
    sandbox.git("app", &["merge", "--quiet", "lessonbook/acme"]);
    assert_eq!(copies(&sandbox), [".github/instructions/ci.instructions.md:7"]);
}

#[test]
fn two_lessons_with_one_rule_are_a_warning_unless_no_target_gets_both() {
    let sandbox = world(&[("CLAUDE.md", "# Rules\n")]);
    lesson(
        &sandbox,
        "pin-again",
        "Do not pin GitHub actions to tags; pin them to the full commit SHA (40 characters).",
    );
    let run = sandbox.run(&["check", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("warning[duplicate-rule]: pin-again has the same rule as pin"),
        "{}",
        run.stdout
    );
    sandbox.write(
        "store/lessons/ops/pin-again.yaml",
        format!(
            "title: Pin\nseverity: critical\ntags: [other]\nrule: {RULE}\nrationale: Tags can be moved.\n"
        ),
    );
    let run = sandbox.run(&["check", "--store", "store"]);
    assert!(!run.stdout.contains("duplicate-rule"), "{}", run.stdout);
}

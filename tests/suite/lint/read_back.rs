//! What is written of checks reads as the same checks: in a lesson's file, and in a checks file, whatever the checks are.

use lessonbook_store::{ChecksFile, Files, Lesson, load, to_yaml};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);

/// Checks as people write them, with quotes of every kind.
const CHECKS: &[&str] = &[
    "forbid: 'CREATE +(UNIQUE +)?INDEX'\n    unless: CONCURRENTLY\n    paths: [\"migrations/**\"]\n    except: [\"migrations/0001_*.sql\"]",
    "require: \"^USER +[^ ]\"\n    message: \"It's a \\\"user\\\"\"",
    "forbid: '\\bit''s\\b'\n    examples:\n      - { bad: \"it's\", good: \"its\\n\\tfine\", file: a.txt }",
    "each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }",
    "each: [\"**.containers[]\", '']\n    when: { image: present, x: absent }\n    within: { kind: [Deployment, \"true\", 22, '22', true] }\n    \
     require: { resources.limits.memory: { at_least: 512Mi, at_most: 1Gi }, '\"a.b/c\"': { not: { matches: '^\\d+$' } } }",
    "forbid: { on: \"\", \"*\": 'null', a: -1.5e3, b: \"yes\", c: [\"present\", x] }",
    "forbid_file: [\"**/yarn.lock\", x]",
    "require_file: [CODEOWNERS, \".github/CODEOWNERS\"]",
    "changed: [\"src/**\"]\n    needs: [CHANGELOG.md]",
    "untouched: [\"**/*.{cs,rs}\"]\n    message: \"keep # this\"",
];

fn lesson(checks: &[usize]) -> Lesson {
    let checks: Vec<String> = checks
        .iter()
        .map(|check| format!("  - {}\n", CHECKS[*check]))
        .collect();
    let text = format!(
        "title: \"One: 'two'\"\nseverity: high\npaths: [\"**/*.yaml\", \"src/{{a,b}}/**\"]\nrule: Do `it` \"right\".\nrationale: It is so.\nchecks:\n{}",
        checks.concat()
    );
    read(&text)
}

fn read(text: &str) -> Lesson {
    let files = Files::from([
        ("targets.yaml".to_owned(), b"version: 1\nname: acme\n".to_vec()),
        ("lessons/a/one.yaml".to_owned(), text.as_bytes().to_vec()),
    ]);
    let (store, findings) = load(&files, TODAY);
    assert!(
        !findings.iter().any(lessonbook_base::finding::Finding::is_error),
        "{text}\n{findings:#?}"
    );
    store.lesson("one").unwrap().clone()
}

#[test]
fn checks_are_read_back_from_a_lesson_and_from_a_checks_file() {
    let strategy = prop::collection::vec(0..CHECKS.len(), 1..8);
    let mut runner = TestRunner::new(Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&strategy, |checks| {
        let lesson = lesson(&checks);
        prop_assert_eq!(lesson.checks.len(), checks.len());
        let written = to_yaml(&lesson);
        let again = read(&written);
        prop_assert_eq!(&again.checks, &lesson.checks, "{}", written);
        prop_assert_eq!(to_yaml(&again), written);
        let file = ChecksFile::new(("acme", "acme/guardrails"), [&lesson], &[], "acme/shop");
        let text = file.to_yaml();
        let (parsed, findings) = ChecksFile::parse(".lessonbook/acme.checks.yaml", text.as_bytes());
        prop_assert!(findings.is_empty(), "{text}\n{findings:#?}");
        prop_assert_eq!(parsed.as_ref(), Some(&file), "{}", text);
        prop_assert!(!text.contains("rationale") && !text.contains("It is so") && !text.contains("examples"));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_checks_file_says_what_it_is_and_nothing_of_what_happened() {
    let file = ChecksFile::new(("acme", "acme/guardrails"), [&lesson(&[3, 7])], &[], "acme/shop");
    let expected = r#"# Managed by acme/guardrails. Edit it there; changes here are overwritten.
# `lessonbook lint` judges a change by this file, as it is at the base commit.
version: 1
store: acme
home: acme/guardrails
digest: "67516993b2f8"
lessons:
  - id: one
    title: "One: 'two'"
    severity: high
    rule: "Do `it` \"right\"."
    paths: ["**/*.yaml", "src/{a,b}/**"]
    checks:
      - each: "**.livenessProbe"
        forbid: { failureThreshold: { below: 3 } }
      - require_file: ["CODEOWNERS", ".github/CODEOWNERS"]
"#;
    assert_eq!(file.to_yaml(), expected);
}

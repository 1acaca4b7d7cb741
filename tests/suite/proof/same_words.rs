//! Lessons with nearly the same words need a place each, and their text is compared exactly.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use super::listing;
use crate::support::library;
use crate::support::library::{Book, bare, failed, in_order, refused_for, story, text};
use lessonbook_base::finding::Code;
use lessonbook_pipeline::target_state::TargetState;

#[test]
fn two_lessons_with_the_same_words_need_a_place_each() {
    let twin = library::SECRETS.1.replace("No secrets", "Still no secrets");
    let book = Book::new(&[library::SECRETS])
        .lesson("review/twin", &twin)
        .uses("copilot");
    in_order(&book.plan(&bare()));
    for item in [
        "{% if loop.first %}- {R} Why: {W} (`secrets`) (`twin`){% endif %}",
        "{% if loop.first %}### `secrets` and `twin`\n\n{R} Why: {W}\n{% endif %}",
        "{% if loop.first %}- {R} Why: {W} (`secrets`)\n{% else %}- (`twin`)\n{% endif %}",
        "{% if loop.first %}(`twin`)\n\n{R} Why: {W} (`secrets`)\n{% endif %}",
    ] {
        let plan = book
            .clone()
            .template("always.md.tera", listing(item))
            .plan(&bare());
        assert!(
            failed(&plan).contains(&"critical-everywhere"),
            "{item}: {}",
            story(&plan)
        );
    }
}

#[test]
fn a_lesson_whose_text_is_a_part_of_anothers_needs_its_own_place() {
    let longer = "title: Longer\nseverity: critical\ntags: [app]\nrule: Keep passwords and keys out of the repository. And out of logs.\nrationale: History keeps them for ever.\n";
    let book = Book::new(&[library::SECRETS])
        .lesson("review/longer", longer)
        .uses("copilot");
    in_order(&book.plan(&bare()));
    for item in [
        "{% if lesson.id == 'longer' %}- {R} Why: {W} (`longer`) (`secrets`){% endif %}",
        "{% if lesson.id == 'longer' %}- {R} Why: {W} (`longer`){% else %}- (`secrets`){% endif %}",
    ] {
        let plan = book
            .clone()
            .template("always.md.tera", listing(item))
            .plan(&bare());
        refused_for(&plan, Code::LessonNotCovered, "secrets");
    }
}

#[test]
fn lessons_that_differ_in_markup_only_are_not_taken_for_each_other() {
    // The store refuses `<x>`; the proof does not rely on that.
    let rule = |rule: &str| {
        library::SECRETS
            .1
            .replace("Keep passwords and keys out of the repository.", rule)
    };
    let book = Book::new(&[])
        .lesson("review/one", &rule("Put `<host>` into <host> before you start."))
        .lesson("review/two", &rule("Put `<host>` into before you start."))
        .uses("copilot");
    let plan = book.plan(&bare());
    assert!(failed(&plan).contains(&"critical-everywhere"), "{}", story(&plan));
    let cell = |id: &str| {
        plan.proof
            .coverage
            .placements
            .iter()
            .find(|cell| cell.lesson == id)
            .unwrap()
    };
    assert!(
        cell("one").is_hole() && cell("two").is_covered(),
        "{}",
        story(&plan)
    );
}

#[test]
fn a_link_to_another_address_is_another_text() {
    let rule = "Follow [the runbook](https://acme.example/runbook) before you restart.";
    let book = Book::new(&[library::PROBE])
        .change(
            "kubernetes/probe",
            "Never set `failureThreshold` below 3 on a liveness probe.",
            rule,
        )
        .uses("copilot");
    in_order(&book.plan(&bare()));
    let moved = "- {{ lesson.rule | replace(from='acme.example', to='evil.example') }} Why: {W} {I}";
    let plan = book.template("always.md.tera", listing(moved)).plan(&bare());
    refused_for(&plan, Code::LessonNotCovered, "has another address");
}

#[test]
fn an_example_changed_by_one_byte_is_caught() {
    let template = |bad: &str| {
        format!(
            "# Lessons\n\n{{% for lesson in lessons %}}\n## {{{{ lesson.title }}}}\n\n{{{{ lesson.rule }}}} (`{{{{ lesson.id }}}}`)\n\nWhy: {{{{ lesson.rationale }}}}\n\n{{% if lesson.bad %}}```yaml\n{bad}\n```\n\n```yaml\n{{{{ lesson.good }}}}\n```{{% endif %}}\n\n{{% for incident in lesson.incidents %}}Since {{{{ incident.date }}}}, `{{{{ incident.repository }}}}`: {{{{ incident.summary }}}}\n{{% endfor %}}\n\n{{% if lesson.source %}}Source: {{{{ lesson.source }}}}{{% endif %}}\n{{% endfor %}}\n"
        )
    };
    let book = Book::new(&[library::PROBE]).uses("copilot, reference");
    let good = book
        .clone()
        .template("reference.md.tera", template("{{ lesson.bad }}"));
    in_order(&good.plan(&bare()));
    for bad in [
        "{{ lesson.bad | replace(from='1', to='2') }}",
        "{{ lesson.bad }} ",
        " {{ lesson.bad }}",
        "{{ lesson.bad }}\n",
        "{{ lesson.good }}",
        "",
    ] {
        let plan = book
            .clone()
            .template("reference.md.tera", template(bad))
            .plan(&bare());
        refused_for(
            &plan,
            Code::LessonNotCovered,
            "its examples are not present byte for byte",
        );
    }
}

#[test]
fn examples_of_any_bytes_are_kept() {
    let examples = [
        "a:  \n\n  b\t\n",
        "```md\ninner\n```\n",
        "````\n~~~\n",
        "<!-- lessonbook:v1 acme -->\n",
        "---\na: 1\n---\n",
        "- one\n   - two\n# three\n",
        "{{ lesson.id }} {% raw %}\n",
    ];
    for (at, example) in examples.iter().enumerate() {
        let quoted = serde_json::to_string(example).unwrap();
        let book = Book::new(&[library::PROBE])
            .change(
                "kubernetes/probe",
                "bad: |\n  failureThreshold: 1\n",
                &format!("bad: {quoted}\n"),
            )
            .settings("redundancy: { critical: { always: full } }")
            .uses("copilot, copilot-scoped, reference");
        let plan = book.plan(&bare());
        assert!(
            plan.outcome.state == TargetState::Stale,
            "{at} {example:?}: {}",
            story(&plan)
        );
        let after = bare().with(&plan.content.edits);
        assert!(
            text(&after, "docs/ai-lessons.md").contains(example.trim_end_matches('\n')),
            "{example:?}"
        );
        assert!(
            book.plan(&after).outcome.state == TargetState::UpToDate,
            "{example:?}"
        );
    }
}

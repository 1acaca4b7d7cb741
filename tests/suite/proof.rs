//! The proof does not rely on the plan: whatever drops, hides or reverses a lesson is found, and the plan is refused.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

mod critical;
mod invariants;
mod loaded_files;
mod same_words;

use library::{Book, bare, codes, failed, in_order, refused_for, story, text, tree};

use crate::support::library;
use lessonbook_base::finding::Code;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::target_state::TargetState;

/// A template of the always-loaded file with these list items; `{R}` is the rule, `{W}` the rationale, `{I}` the id.
fn listing(item: &str) -> String {
    let item = item
        .replace("{R}", "{{ lesson.rule }}")
        .replace("{W}", "{{ lesson.rationale }}")
        .replace("{I}", "(`{{ lesson.id }}`, {{ lesson.severity }})");
    format!("## Lessons\n\n{{% for lesson in lessons -%}}\n{item}\n{{% endfor %}}\n")
}

fn with_item(item: &str) -> Book {
    Book::new(library::ALL)
        .uses("copilot")
        .template("always.md.tera", listing(item))
}

#[test]
fn a_template_may_choose_the_text_around_the_lessons() {
    for item in [
        "- {R} Why: {W} {I}",
        "- **{R}** {W} {I}",
        "- {I} {R} {W}",
        "{R} {W} {I}\n",
        "### {{ lesson.title }} (`{{ lesson.id }}`)\n\n{R}\n\nWhy: {W}\n",
        "* {R} {I}\n\n  {W}\n",
        "1. {R} — because {W} {I}",
    ] {
        let book = with_item(item);
        let plan = book.plan(&bare());
        in_order(&plan);
    }
}

#[test]
fn a_template_that_drops_shortens_or_rewords_a_lesson_is_caught() {
    for (name, item) in [
        ("drops the rule", "- {W} {I}"),
        ("drops the rationale", "- {R} {I}"),
        ("drops the id", "- {R} Why: {W}"),
        (
            "drops one lesson",
            "{% if lesson.id != 'secrets' %}- {R} Why: {W} {I}{% endif %}",
        ),
        (
            "shortens",
            "- {{ lesson.rule | truncate(length=20) }} Why: {W} {I}",
        ),
        ("shouts", "- {{ lesson.rule | upper }} Why: {W} {I}"),
        (
            "rewords",
            "- {{ lesson.rule | replace(from='Never', to='Rarely') }} Why: {W} {I}",
        ),
        (
            "takes the negation out",
            "- {{ lesson.rule | replace(from='Never set', to='Set') }} Why: {W} {I}",
        ),
        (
            "breaks code apart",
            "- {{ lesson.rule | replace(from='`', to='') }} Why: {W} {I}",
        ),
        ("joins lessons", "{R} Why: {W} {I}"),
        ("wrong id", "- {R} Why: {W} (`probes`, critical)"),
        (
            "another's id",
            "- {R} Why: {W} (`{% if lesson.id == 'probe' %}secrets{% else %}probe{% endif %}`)",
        ),
    ] {
        let plan = with_item(item).plan(&bare());
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{name}: {}",
            story(&plan)
        );
        assert!(
            failed(&plan).contains(&"critical-everywhere"),
            "{name}: {}",
            story(&plan)
        );
        assert!(
            codes(&plan).contains(&Code::LessonNotCovered),
            "{name}: {}",
            story(&plan)
        );
    }
}

#[test]
fn a_lesson_that_assistants_do_not_see_as_text_is_caught_with_the_reason() {
    for (name, item, words) in [
        ("comment", "<!--\n{R} Why: {W} {I}\n-->", "an HTML comment"),
        (
            "comment on one line",
            "<!-- {R} Why: {W} {I} -->",
            "an HTML comment",
        ),
        ("raw HTML", "<div>\n{R} Why: {W} {I}\n</div>\n", "raw HTML"),
        (
            "folded away",
            "<details>\n\n- {R} Why: {W} {I}\n\n</details>\n",
            "raw HTML",
        ),
        ("hidden span", "- <span hidden>{R} Why: {W} {I}</span>", ""),
        ("quote", "> {R} Why: {W} {I}\n", "a block quote"),
        ("quote in an item", "- > {R} Why: {W} {I}\n", "a block quote"),
        ("struck through", "- ~~{R}~~ Why: {W} {I}", "struck through"),
        ("all struck through", "- ~~{R} Why: {W} {I}~~", "struck through"),
        ("fence", "```text\n{R} Why: {W} {I}\n```\n", "a code block"),
        ("indented code", "Text\n\n    {R} Why: {W} {I}\n", "a code block"),
        (
            "code span",
            "- `{{ lesson.title }}` {{ lesson.rule | replace(from='`', to='') }} Why: {W} {I}",
            "",
        ),
        (
            "table",
            "| a | b |\n| - | - |\n| {R} Why: {W} {I} | x |\n",
            "a table",
        ),
        ("heading", "### {R} Why: {W} {I}\n", "a heading"),
        ("an image's text", "- ![{R} Why: {W}](x.png) {I}", ""),
        (
            "footnote",
            "See[^{{ lesson.id }}].\n\n[^{{ lesson.id }}]: {R} Why: {W} {I}\n",
            "a footnote",
        ),
        (
            "link definition",
            "[{{ lesson.id }}]: x '{{ lesson.title }}'\n",
            "",
        ),
        ("check box", "- [x] {R} Why: {W} {I}", ""),
    ] {
        let plan = with_item(item).plan(&bare());
        refused_for(&plan, Code::LessonNotCovered, words);
        assert!(
            failed(&plan).contains(&"critical-everywhere"),
            "{name}: {}",
            story(&plan)
        );
        assert!(
            plan.proof
                .coverage
                .placements
                .iter()
                .all(|cell| cell.is_hole() || cell.exempt.is_some()),
            "{name}"
        );
    }
}

#[test]
fn words_in_the_same_paragraph_that_reverse_a_lesson_are_caught() {
    for item in [
        "- Do not follow this: {R} Why: {W} {I}",
        "- Avoid: {R} Why: {W} {I}",
        "- Avoid {R} Why: {W} {I}",
        "- Instead of: {R} Why: {W} {I}",
        "- Not critical: {R} Why: {W} {I}",
        "- It is false that {R} Why: {W} {I}",
        "- {R} Unless you are in a hurry. Why: {W} {I}",
        "- {R} Why: {W} Just kidding. {I}",
        "- {R} Why not: {W} {I}",
        "- 🚫 {R} Why: {W} {I}",
        "- ✗ {R} Why: {W} {I}",
        "- ¬ {R} Why: {W} {I}",
        "- {R} Why: {W} {I} 👎",
        "- Low: {R} Why: {W} {I}",
    ] {
        let plan = with_item(item).plan(&bare());
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{item}: {}",
            story(&plan)
        );
        assert!(
            failed(&plan).contains(&"critical-everywhere"),
            "{item}: {}",
            story(&plan)
        );
    }
}

#[test]
fn text_above_the_block_that_hides_it_is_caught_with_its_line() {
    let book = Book::new(library::ALL).uses("agents");
    let whole = text(&book.applied(&bare()), "AGENTS.md");
    for (opening, line) in [
        ("# Mine\n\n<!-- to be written\n\n", 3),
        ("# Mine\n\nText\n\n```sh\nmake\n\n", 5),
        ("<!--\n", 1),
        ("~~~\n", 1),
    ] {
        let plan = book.plan(&tree(&[("AGENTS.md", format!("{opening}{whole}"))]));
        refused_for(&plan, Code::BlockSwallowed, &format!("line {line} "));
        assert!(
            plan.proof
                .coverage
                .placements
                .iter()
                .all(|cell| !cell.is_covered_now()),
            "{opening}"
        );
    }
    // A fence or comment that is closed above the block does no harm.
    for opening in ["# Mine\n\n<!-- note -->\n\n", "```sh\nmake\n```\n\n"] {
        let applied = book.applied(&tree(&[("AGENTS.md", format!("{opening}{whole}"))]));
        let kept = text(&applied, "AGENTS.md");
        assert!(kept.starts_with(opening), "{kept}");
        // The block has no title any more, because text is above it.
        assert!(kept.contains("\nManaged by acme."), "{kept}");
    }
}

#[test]
fn text_above_the_block_that_folds_it_away_is_caught() {
    let book = Book::new(library::ALL).uses("agents");
    let whole = text(&book.applied(&bare()), "AGENTS.md");
    for opening in [
        "<details>\n\n",
        "<div hidden>\n\n",
        "<script>\n",
        "<div style=\"display: none\">\n\n",
    ] {
        let plan = book.plan(&tree(&[("AGENTS.md", format!("{opening}{whole}"))]));
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{opening}: {}",
            story(&plan)
        );
        assert!(
            plan.proof
                .coverage
                .placements
                .iter()
                .all(|cell| !cell.is_covered_now()),
            "{opening}"
        );
    }
}

#[test]
fn a_template_that_hides_hand_written_text_below_is_caught() {
    for tail in [
        "\n<!-- x\n",
        "\n```\n",
        "\n<!-- lessonbook:end acme -->\n",
        "\n<!-- lessonbook:begin acme 0123456789ab -->\n",
    ] {
        let template = listing("- {R} Why: {W} {I}") + tail;
        let book = Book::new(library::ALL)
            .uses("agents")
            .template("always.md.tera", template);
        let plan = book.plan(&tree(&[("AGENTS.md", "# Mine\n\nText\n")]));
        assert!(
            plan.outcome.state == TargetState::Refused,
            "{tail}: {}",
            story(&plan)
        );
    }
}

#[test]
fn a_template_that_does_not_compile_stops_the_planning_with_its_place() {
    let store = Book::new(library::ALL)
        .template("always.md.tera", "# x\n{% for %}\n")
        .store();
    let finding = Planner::new(&store).map(|_| ()).unwrap_err();
    assert!(finding.code == Code::TemplateError && finding.at.is_some_and(|at| at.line == 2));
}

//! The proof does not rely on the plan: whatever drops, hides or reverses a lesson is found, and the plan is refused.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use lessonbook_pipeline::target_state::TargetState;
use library::{Book, bare, codes, failed, in_order, plan, refused_for, story, text, tree};

use crate::support::library;
use lessonbook_base::finding::{Code, Level};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::{Proof, Prover, TreeChange};
use lessonbook_store::{Detail, Severity, Store};

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

/// The proof's result if the plan's edits are lost, and the repository is `after` instead.
fn prove(store: &Store, before: &Tree, after: &Tree) -> Proof {
    let change = TreeChange {
        before,
        edits: &[],
        after,
        earlier: &[],
    };
    Prover::new(store).prove(&store.targets[0], &change, &[], &[])
}

/// The repository after the plan, with one file changed afterwards.
fn touched(book: &Book, path: &str, change: impl Fn(&str) -> String) -> (Store, Tree) {
    let mut after = book.applied(&bare());
    let old = text(&after, path);
    let new = change(&old);
    assert_ne!(old, new);
    after.load(path, Mode::File, new);
    (book.store(), after)
}

fn missing<'p>(proof: &'p Proof, lesson: &str, entry_point: &str) -> &'p str {
    let mut cells = proof.coverage.placements.iter();
    let cell = cells.find(|cell| cell.lesson == lesson && cell.entry_point == entry_point);
    let cell = cell.unwrap_or_else(|| panic!("no cell {lesson} × {entry_point}"));
    assert!(cell.is_hole(), "{lesson} is covered at {entry_point}");
    &cell.proposed.missing
}

#[test]
fn a_plan_whose_edits_are_lost_covers_nothing() {
    for names in [
        "copilot",
        "claude, claude-rules",
        "agents, reference",
        "copilot, copilot-scoped, cursor-rules, gemini",
    ] {
        let store = Book::new(library::ALL).uses(names).store();
        let proof = prove(&store, &bare(), &bare());
        assert!(!proof.coverage.placements.is_empty());
        assert!(
            proof
                .coverage
                .placements
                .iter()
                .all(lessonbook_proof::Placement::is_hole),
            "{names}"
        );
        let failed: Vec<_> = proof
            .invariants
            .iter()
            .filter(|i| !i.holds)
            .map(|i| i.name.as_ref())
            .collect();
        assert!(
            failed.contains(&"critical-everywhere") && failed.contains(&"rest-as-required"),
            "{failed:?}"
        );
    }
}

#[test]
fn front_matter_that_hides_a_scoped_file_is_caught() {
    let copilot = ".github/instructions/kubernetes.instructions.md";
    let claude = ".claude/rules/kubernetes.md";
    let cursor = ".cursor/rules/kubernetes.mdc";
    let book = Book::new(&[library::PROBE, library::IMAGES])
        .uses("copilot, copilot-scoped, claude-rules, cursor-rules");
    let globs = "applyTo: \"**/*.yaml,charts/**,**/Dockerfile\"";
    let cases = [
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "\n---\napply",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "Note\n---\napply",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "\u{feff}---\napply",
            "byte order mark",
        ),
        ("copilot-scoped", copilot, globs, "", "only on request"),
        (
            "copilot-scoped",
            copilot,
            globs,
            "applyTo: \"\"",
            "only on request",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "---\nexcludeAgent: code-review\napply",
            "excludeAgent",
        ),
        (
            "copilot-scoped",
            copilot,
            "---\napply",
            "---\napplyTo: x/**\napply",
            "`applyTo` twice",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "**/*.yml,",
            "lacks the lesson's glob `**/*.yaml`",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "charts/*.yaml,deploy.yaml,",
            "lacks the lesson's glob `**/*.yaml`",
        ),
        (
            "copilot-scoped",
            copilot,
            "**/*.yaml,",
            "**/*.yaml,!deploy.yaml,",
            "may read as an exception",
        ),
        (
            "claude-rules",
            claude,
            "  - \"**/*.yaml\"\n",
            "  - \"**/*.yaml\"\n  - \"!deploy.yaml\"\n",
            "may read as an exception",
        ),
        (
            "claude-rules",
            claude,
            "  - \"**/*.yaml\"\n",
            "",
            "lacks the lesson's glob",
        ),
        (
            "claude-rules",
            claude,
            "paths:\n  - \"**/*.yaml\"\n  - \"charts/**\"\n  - \"**/Dockerfile\"",
            "paths: []",
            "never loads",
        ),
        (
            "claude-rules",
            claude,
            "---\npaths",
            "---\nname: x\npaths",
            "foreign key `name`",
        ),
        (
            "cursor-rules",
            cursor,
            "globs: **/*.yaml, charts/**, **/Dockerfile\n",
            "",
            "only on request",
        ),
        (
            "cursor-rules",
            cursor,
            "**/*.yaml, ",
            "",
            "lacks the lesson's glob",
        ),
    ];
    for (row, path, from, to, words) in cases {
        let (store, after) = touched(&book, path, |text| text.replacen(from, to, 1));
        let proof = prove(&store, &bare(), &after);
        let why = missing(&proof, "probe", row);
        assert!(why.contains(words), "{row} {to}: {why}");
        assert!(
            !proof
                .invariants
                .iter()
                .find(|i| i.name == "critical-everywhere")
                .unwrap()
                .holds
        );
    }
}

#[test]
fn a_family_that_lacks_one_of_its_files_has_a_hole() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let mut after = book.applied(&bare());
    after.remove(".github/instructions/kubernetes.instructions.md");
    let proof = prove(&book.store(), &bare(), &after);
    missing(&proof, "probe", "copilot-scoped");
    // A lesson without paths is only in the files of every session.
    let cells = || {
        proof
            .coverage
            .placements
            .iter()
            .filter(|cell| cell.lesson == "secrets")
    };
    assert!(cells().all(|cell| cell.entry_point == "copilot" && cell.is_covered()));
    assert_eq!(cells().count(), 1);
}

#[test]
fn a_block_behind_the_place_where_codex_cuts_is_caught() {
    let book = Book::new(library::ALL).uses("agents");
    let block = text(&book.applied(&bare()), "AGENTS.md");
    let filler = "Text that people wrote.\n".repeat(1_400);
    assert!(filler.len() > 32_768);
    // A person moved our block to the end of a long file.
    let plan = book.plan(&tree(&[("AGENTS.md", format!("# Mine\n\n{filler}\n{block}"))]));
    refused_for(&plan, Code::LimitExceeded, "32768");
    assert!(
        failed(&plan).contains(&"critical-everywhere") && failed(&plan).contains(&"limits-kept"),
        "{}",
        story(&plan)
    );
    // At the beginning it is read, and also in the root's file if only nested ones exceed the limit together with it.
    for files in [
        vec![("AGENTS.md", format!("# Mine\n\n{filler}"))],
        vec![
            ("AGENTS.md", "# Mine\n".to_owned()),
            ("src/AGENTS.md", filler.clone()),
        ],
    ] {
        let plan = book.plan(&tree(&files));
        in_order(&plan);
        let warned = plan
            .outcome
            .findings
            .iter()
            .find(|f| f.code == Code::LimitExceeded && f.message.contains("Codex"));
        assert!(
            warned.is_some_and(|f| f.level == Level::Warning && f.message.contains("pushes")),
            "{}",
            story(&plan)
        );
    }
    // Far from the limit, nothing is reported.
    assert!(!codes(&book.plan(&tree(&[("AGENTS.md", "# Mine\n")]))).contains(&Code::LimitExceeded));
}

#[test]
fn a_family_over_what_claude_code_loads_is_caught() {
    let book = Book::new(library::ALL).uses("claude, claude-rules");
    let theirs = "Text that people wrote.\n".repeat(1_000);
    let plan = book.plan(&tree(&[(".claude/rules/style.md", &theirs)]));
    refused_for(
        &plan,
        Code::LimitExceeded,
        "bytes; above 22000, Claude Code skips",
    );
    assert!(failed(&plan).contains(&"limits-kept"), "{}", story(&plan));
}

#[test]
fn a_file_that_an_assistant_skips_is_caught() {
    let book = Book::new(library::ALL)
        .settings("entry_points:\n  bot: { kind: always, path: bot/prompt.md, template: always.md.tera, limit: 900 characters }")
        .uses("copilot, bot");
    let plan = book.plan(&tree(&[("bot/prompt.md", "Text. ".repeat(150))]));
    refused_for(&plan, Code::LimitExceeded, "above 900, bot");
}

#[test]
fn a_new_file_that_hides_another_is_caught() {
    let book = Book::new(library::ALL).uses("claude");
    let before = tree(&[("AGENTS.md", "# Mine\n")]);
    let good = book.plan(&before);
    in_order(&good);
    // As if the first line of the block were missing.
    let mut edits = good.content.edits.clone();
    let state = edits[0].after.as_mut().unwrap();
    state.bytes = String::from_utf8(state.bytes.to_vec())
        .unwrap()
        .replace("@AGENTS.md", "")
        .into_bytes()
        .into();
    let store = book.store();
    let after = before.with(&edits);
    let change = TreeChange {
        before: &before,
        edits: &edits,
        after: &after,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
    let shadowed = |proof: &Proof| {
        !proof
            .invariants
            .iter()
            .find(|i| i.name == "nothing-shadowed")
            .unwrap()
            .holds
    };
    assert!(
        shadowed(&proof)
            && proof
                .findings
                .iter()
                .any(|f| f.code == Code::WouldShadow && f.message.contains("Claude Code"))
    );
    // The same if an update removes the import from a file that had it.
    let imported = before.with(&good.content.edits);
    let mut update = good.content.edits.clone();
    update[0].before = good.content.edits[0].after.clone();
    update[0].after = edits[0].after.clone();
    let change = TreeChange {
        before: &imported,
        edits: &update,
        after: &after,
        earlier: &[],
    };
    assert!(shadowed(&Prover::new(&store).prove(
        &store.targets[0],
        &change,
        &[],
        &[]
    )));
}

/// The plan of a changed store on the repository that the first one made.
fn later(first: &Book, second: &Book) -> TargetPlan {
    second.plan(&first.applied(&bare()))
}

#[test]
fn the_removal_of_a_critical_lesson_is_refused_and_named() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    for (name, changed) in [
        ("deleted", book.clone().without("kubernetes/probe")),
        (
            "a draft again",
            book.clone().change(
                "kubernetes/probe",
                "severity: critical",
                "severity: critical\nstatus: draft",
            ),
        ),
        (
            "another tag",
            book.clone()
                .change("kubernetes/probe", "tags: [app]", "tags: [other]"),
        ),
        (
            "another tag and other words",
            book.clone()
                .change("kubernetes/probe", "tags: [app]", "tags: [other]")
                .change("kubernetes/probe", "below 3", "below 4"),
        ),
        (
            "another id",
            book.clone()
                .without("kubernetes/probe")
                .lesson("kubernetes/probes", library::PROBE.1),
        ),
    ] {
        let plan = later(&book, &changed);
        refused_for(&plan, Code::LessonLeaves, "probe (critical)");
        assert!(failed(&plan).contains(&"none-leaves"), "{name}: {}", story(&plan));
    }
    // The last entry point that holds it is no longer in use.
    let only = Book::new(library::ALL).uses("copilot, agents");
    let plan = later(&only, &only.clone().settings("exceptions: []").uses("agents"));
    in_order(&plan); // it is still in AGENTS.md
}

#[test]
fn the_removal_of_a_critical_lesson_is_refused_with_another_template_too() {
    let book = with_item("- {R} Why: {W} [`{{ lesson.id }}`]");
    let changed = book
        .clone()
        .change("kubernetes/probe", "tags: [app]", "tags: [other]")
        .change("kubernetes/probe", "below 3", "below 4");
    refused_for(&later(&book, &changed), Code::LessonLeaves, "probe (critical)");
}

#[test]
fn a_critical_lesson_that_becomes_low_may_be_removed_from_a_file_but_not_from_the_repository() {
    let low = |book: &Book| {
        book.clone()
            .change("review/secrets", "severity: critical", "severity: low")
    };
    let everywhere = Book::new(library::ALL).uses("copilot, reference");
    in_order(&later(&everywhere, &low(&everywhere)));
    let only = Book::new(library::ALL).uses("copilot");
    refused_for(
        &later(&only, &low(&only)),
        Code::LessonLeaves,
        "secrets (critical)",
    );
}

#[test]
fn a_critical_lesson_is_removed_if_the_store_requests_it() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let exception = "exceptions:\n  - { lesson: probe, target: \"../*\", reason: not here, by: dana }";
    for (name, changed) in [
        (
            "retired",
            book.clone().change(
                "kubernetes/probe",
                "severity: critical",
                "severity: critical\nstatus: retired",
            ),
        ),
        ("exception", book.clone().settings(exception)),
        (
            "switched off",
            book.clone()
                .target("{ tags: [app], visibility: private, enabled: false }"),
        ),
    ] {
        let plan = later(&book, &changed);
        assert!(
            plan.outcome.state == TargetState::Stale && failed(&plan).is_empty(),
            "{name}: {}",
            story(&plan)
        );
        let after = book.applied(&bare()).with(&plan.content.edits);
        let all: String = after
            .iter()
            .filter_map(|(path, _)| after.file(path))
            .map(String::from_utf8_lossy)
            .collect();
        assert!(!all.contains("failureThreshold"), "{name}");
    }
}

#[test]
fn a_critical_lesson_is_required_whatever_the_table_says() {
    // `check` refuses such a table; the proof does not rely on that.
    let mut store = Book::new(library::ALL).uses("copilot").store();
    store.targets[0]
        .redundancy
        .set(Severity::Critical, "always", Detail::None);
    let plan = plan(&store, &bare());
    assert!(failed(&plan).contains(&"critical-everywhere"), "{}", story(&plan));
}

#[test]
fn an_exception_at_the_family_leaves_a_medium_lesson_in_the_always_loaded_file() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let always = |book: &Book| text(&book.applied(&bare()), ".github/copilot-instructions.md");
    assert!(!always(&book).contains("memory limit"));
    let excepted = book.settings("exceptions:\n  - { lesson: limits, target: ../app, entry_point: copilot-scoped, reason: noise, by: dana }");
    assert!(always(&excepted).contains("memory limit"));
}

#[test]
fn internal_text_reaches_no_public_repository() {
    let internal = Book::new(library::ALL).change(
        "review/secrets",
        "severity: critical",
        "severity: critical\naudience: internal",
    );
    for visibility in ["", ", visibility: public"] {
        let public = internal.clone().target(&format!(
            "{{ tags: [app]{visibility}, use: [copilot, copilot-scoped, reference] }}"
        ));
        let plan = public.plan(&bare());
        in_order(&plan);
        assert_eq!(plan.content.left_out.len(), 1);
        let after = bare().with(&plan.content.edits);
        let all: String = after
            .iter()
            .filter_map(|(path, _)| after.file(path))
            .map(String::from_utf8_lossy)
            .collect();
        assert!(
            all.contains("failureThreshold")
                && !all.contains("passwords")
                && !all.contains("22 minutes")
                && !all.contains("postmortems"),
            "{all}"
        );
    }
    // The same if a template contains it, or a block from the time when the target was private.
    let public = internal.clone().target("{ tags: [app], use: [copilot] }");
    for tail in [
        "We had 22 minutes without notifications.",
        "<!-- 22 minutes\nwithout notifications -->",
        "```text\n22 minutes without notifications\n```",
        "See https://acme.example/postmortems/17 for more.",
        "Keep passwords and keys out of the repository.",
        "- `secrets`",
    ] {
        let template = format!("{}\n{tail}\n", listing("- {R} Why: {W} {I}"));
        let plan = public.clone().template("always.md.tera", template).plan(&bare());
        refused_for(&plan, Code::InternalInPublic, "counts as public");
        assert!(failed(&plan).contains(&"nothing-internal"), "{tail}");
    }
}

#[test]
fn text_of_a_public_lesson_is_not_internal() {
    let book = Book::new(&[library::PROBE])
        .change(
            "kubernetes/probe",
            "One failed check in five seconds restarts every pod at once.",
            "We had 22 minutes without notifications.",
        )
        .target("{ tags: [app], use: [copilot, reference] }");
    in_order(&book.plan(&bare()));
}

#[test]
fn hidden_characters_and_secrets_that_a_template_adds_are_caught() {
    for (tail, code) in [
        ("\u{e0041}\u{e0042}", Code::HiddenCharacter),
        ("\u{202e}desrever", Code::HiddenCharacter),
        ("Use AKIAQYLPMN5HHHFPZAM2 to log in.", Code::LikelySecret),
    ] {
        let template = format!("{}\n{tail}\n", listing("- {R} Why: {W} {I}"));
        let plan = Book::new(library::ALL)
            .uses("copilot")
            .template("always.md.tera", template)
            .plan(&bare());
        assert!(
            failed(&plan).contains(&"nothing-internal"),
            "{tail:?}: {}",
            story(&plan)
        );
        assert!(codes(&plan).contains(&code), "{tail:?}: {}", story(&plan));
    }
}

#[test]
fn an_edit_outside_the_instruction_files_is_caught() {
    let book = Book::new(library::ALL).uses("copilot");
    let store = book.store();
    let good = book.plan(&bare());
    for path in [
        "README.md",
        ".github/workflows/ci.yml",
        ".git/config",
        "../x.md",
        "CODEOWNERS",
        ".claude/settings.json",
    ] {
        let mut edits = good.content.edits.clone();
        edits[0].path = path.to_owned();
        let after = bare().with(&edits);
        let before = bare();
        let change = TreeChange {
            before: &before,
            edits: &edits,
            after: &after,
            earlier: &[],
        };
        let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
        assert!(
            proof
                .invariants
                .iter()
                .any(|i| i.name == "writable-only" && !i.holds),
            "{path}"
        );
    }
}

#[test]
fn a_lost_byte_a_changed_mode_and_a_foreign_deletion_are_caught() {
    let book = Book::new(library::ALL).uses("agents");
    let store = book.store();
    let before = tree(&[("AGENTS.md", "# Mine\r\n\r\nText\n")]);
    let good = book.plan(&before);
    let held = |edits: &[lessonbook_base::edit::Edit]| {
        let after = before.with(edits);
        let change = TreeChange {
            before: &before,
            edits,
            after: &after,
            earlier: &[],
        };
        let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
        let failed: Vec<_> = proof
            .invariants
            .iter()
            .filter(|i| !i.holds)
            .map(|i| i.name.clone())
            .collect();
        failed
    };
    assert_eq!(held(&good.content.edits), Vec::<&str>::new());
    let changed = |change: &dyn Fn(&mut lessonbook_base::edit::Edit)| {
        let mut edits = good.content.edits.clone();
        change(&mut edits[0]);
        held(&edits)
    };
    for (from, to) in [
        ("Text", "text"),
        ("# Mine\r\n", "# Mine\n"),
        ("Text\n", "Text"),
        ("Text\n", "Text\n\n"),
    ] {
        let failed = changed(&|edit| {
            let state = edit.after.as_mut().unwrap();
            state.bytes = String::from_utf8(state.bytes.to_vec())
                .unwrap()
                .replacen(from, to, 1)
                .into_bytes()
                .into();
        });
        assert_eq!(failed, ["bytes-kept"], "{from:?} → {to:?}");
    }
    assert!(
        changed(&|edit| edit.after.as_mut().unwrap().mode = Mode::Executable).contains(&"bytes-kept".into())
    );
    let failed = changed(&|edit| edit.after = None);
    assert!(
        failed.contains(&"bytes-kept".into()) && failed.contains(&"deleted-by-name".into()),
        "{failed:?}"
    );
}

#[test]
fn a_budget_reduces_the_lowest_severity_first_and_the_proof_checks_it() {
    let mut book = Book::new(library::ALL).settings("entry_points:\n  bot: { kind: always, path: bot/prompt.md, template: always.md.tera, budget: 14 lines }");
    for at in 0..12 {
        let text = library::NAMES.1.replace(
            "severity: low",
            if at % 2 == 0 {
                "severity: medium"
            } else {
                "severity: high"
            },
        );
        book = book.lesson(
            &format!("review/more-{at:02}"),
            &text.replace("Spell names out.", &format!("Spell name {at} out.")),
        );
    }
    let book = book.uses("copilot, bot");
    let plan = book.plan(&bare());
    in_order(&plan);
    assert!(!plan.content.shrunk.is_empty());
    let shown = text(&bare().with(&plan.content.edits), "bot/prompt.md");
    assert!(shown.lines().count() <= 14, "{shown}");
    assert!(
        shown.contains("failureThreshold") && shown.contains("passwords"),
        "{shown}"
    );
    let exempt = plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.exempt.as_deref().is_some_and(|why| why.contains("budget")));
    assert_eq!(exempt.count(), plan.content.shrunk.len());
    // Without the claims, the same bytes have holes: nothing is reduced silently.
    let store = book.store();
    let after = bare().with(&plan.content.edits);
    let proof = prove(&store, &bare(), &after);
    assert!(
        proof
            .invariants
            .iter()
            .any(|i| i.name == "rest-as-required" && !i.holds)
    );
}

#[test]
fn a_budget_excuses_no_critical_lesson_and_nothing_where_there_is_no_budget() {
    let book = Book::new(library::ALL).uses("copilot, reference");
    let store = book.store();
    let claims: Vec<_> = ["probe", "secrets", "images", "limits", "names"]
        .iter()
        .flat_map(|lesson| ["copilot", "reference"].map(|row| (lesson, row)))
        .map(|(lesson, row)| lessonbook_proof::ReducedClaim {
            lesson: (*lesson).to_owned(),
            entry_point: row.to_owned(),
            detail: Detail::None,
        })
        .collect();
    let before = bare();
    let change = TreeChange {
        before: &before,
        edits: &[],
        after: &before,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &claims, &[]);
    for cell in &proof.coverage.placements {
        let excused = cell.entry_point == "copilot" && cell.severity < Severity::Critical;
        assert_eq!(cell.exempt.is_some(), excused, "{cell:?}");
    }
}

#[test]
fn a_second_run_that_would_change_something_is_caught() {
    let book = Book::new(library::ALL).uses("copilot");
    let plan = book.plan(&bare());
    let store = book.store();
    let before = bare();
    let after = before.with(&plan.content.edits);
    let change = TreeChange {
        before: &before,
        edits: &plan.content.edits,
        after: &after,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &plan.content.edits);
    assert!(proof.invariants.iter().any(|i| i.name == "at-rest" && !i.holds));
    assert!(proof.findings.iter().any(|f| f.code == Code::NotAtRest));
}

#[test]
fn a_template_that_does_not_compile_stops_the_planning_with_its_place() {
    let store = Book::new(library::ALL)
        .template("always.md.tera", "# x\n{% for %}\n")
        .store();
    let finding = Planner::new(&store).map(|_| ()).unwrap_err();
    assert!(finding.code == Code::TemplateError && finding.at.is_some_and(|at| at.line == 2));
}

//! Stories about scopes: folders of a monorepo with lessons and assistants of their own.

use crate::support::library::{self, Book, in_order, refused_for, story, text, tree};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::plan::TargetPlan;

/// A critical lesson for Python code.
const MONEY: (&str, &str) = (
    "python/money",
    "title: Amounts are decimals
severity: critical
paths: [\"**/*.py\"]
tags: [billing]
rule: Keep amounts of money in `Decimal`, never in `float`.
rationale: Rounding errors reached invoices.
",
);

/// A high lesson for a whole folder.
const LEDGER: (&str, &str) = (
    "billing/ledger",
    "title: The ledger is append-only
severity: high
tags: [billing]
rule: Never update a row of the ledger.
rationale: Auditors compare it with the bank's records.
",
);

/// A medium lesson with paths.
const TYPES: (&str, &str) = (
    "python/types",
    "title: Public functions have types
severity: medium
paths: [\"src/**/*.py\"]
tags: [billing]
rule: Annotate every public function.
rationale: Callers find mistakes earlier.
",
);

const LESSONS: &[(&str, &str)] = &[MONEY, LEDGER, TYPES, library::SECRETS];

fn monorepo() -> Tree {
    let mut tree = Tree::new();
    for path in [
        "README.md",
        "services/billing/src/money.py",
        "services/billing/tests/test_money.py",
        "services/mail/src/send.py",
        "web/src/app.ts",
    ] {
        tree.list(path, Mode::File);
    }
    tree
}

fn book(assistants: &str, scopes: &str) -> Book {
    Book::new(LESSONS).target(&format!(
        "{{ tags: [app], visibility: private, assistants: [{assistants}], use: [-reference], scopes: {scopes} }}"
    ))
}

fn paths(plan: &TargetPlan) -> Vec<&str> {
    plan.content.edits.iter().map(|edit| edit.path.as_str()).collect()
}

fn invariant<'p>(plan: &'p TargetPlan, name: &str) -> &'p str {
    let found = plan.proof.invariants.iter().find(|one| one.name == name);
    found.map_or("", |one| one.evidence.as_str())
}

#[test]
fn a_scope_of_claude_code_gets_its_own_file_with_what_the_root_does_not_say() {
    let book = book("claude-code", "{ services/billing: [billing] }");
    let plan = book.plan(&monorepo());
    in_order(&plan);
    assert_eq!(
        paths(&plan),
        [
            ".claude/rules/services-billing_python.md",
            "CLAUDE.md",
            "services/billing/CLAUDE.md"
        ],
        "{}",
        story(&plan)
    );
    let after = monorepo().with(&plan.content.edits);
    let root = text(&after, "CLAUDE.md");
    assert!(root.contains("`secrets`") && !root.contains("`money`"), "{root}");
    let scope = text(&after, "services/billing/CLAUDE.md");
    assert!(scope.contains("`money`") && scope.contains("`ledger`"), "{scope}");
    assert!(!scope.contains("`secrets`"), "{scope}");
    let rules = text(&after, ".claude/rules/services-billing_python.md");
    assert!(rules.contains("services/billing/src/**/*.py"), "{rules}");
}

#[test]
fn copilot_gets_a_scope_by_the_globs_of_one_family() {
    let book = book("copilot", "{ services/billing: [billing] }");
    let plan = book.plan(&monorepo());
    in_order(&plan);
    let after = monorepo().with(&plan.content.edits);
    let ledger = text(
        &after,
        ".github/instructions/services-billing_billing.instructions.md",
    );
    assert!(ledger.contains("applyTo: \"services/billing/**\""), "{ledger}");
    let money = text(
        &after,
        ".github/instructions/services-billing_python.instructions.md",
    );
    assert!(
        money.contains("applyTo: \"services/billing/**/*.py,services/billing/src/**/*.py\""),
        "{money}"
    );
    assert!(after.get("services/billing/AGENTS.md").is_none());
}

#[test]
fn codex_and_claude_code_share_the_text_and_claude_code_imports_it() {
    let book = book("codex, claude-code", "{ services/billing: [billing] }");
    let plan = book.plan(&monorepo());
    in_order(&plan);
    let after = monorepo().with(&plan.content.edits);
    let agents = text(&after, "services/billing/AGENTS.md");
    assert!(
        agents.contains("`money`") && agents.contains("`ledger`"),
        "{agents}"
    );
    let claude = text(&after, "services/billing/CLAUDE.md");
    assert!(
        claude.contains("@AGENTS.md") && claude.contains("@../../AGENTS.md"),
        "{claude}"
    );
    assert!(!claude.contains("`ledger`"), "{claude}");
    assert!(
        !invariant(&plan, "present-per-folder").is_empty(),
        "{}",
        story(&plan)
    );
}

#[test]
fn a_program_that_reads_the_nearest_file_keeps_what_the_root_says() {
    let book = book("codex, copilot", "{ services/billing: [billing] }");
    let before = monorepo();
    let plan = book.plan(&before);
    in_order(&plan);
    let after = before.with(&plan.content.edits);
    assert!(
        after.get("services/billing/AGENTS.md").is_some(),
        "{}",
        story(&plan)
    );
    let review = text(
        &after,
        ".github/instructions/services-billing_review.instructions.md",
    );
    assert!(review.contains("`secrets`"), "{}", story(&plan));
}

#[test]
fn disabling_a_scope_restores_every_byte() {
    let mut before = monorepo();
    before.load(
        "services/billing/CLAUDE.md",
        Mode::File,
        "# Billing\n\nAsk Dana.\n".as_bytes(),
    );
    before.load(
        "services/billing/AGENTS.md",
        Mode::File,
        "Run `make`.\n".as_bytes(),
    );
    for assistants in [
        "claude-code",
        "codex, claude-code",
        "copilot, codex, cursor, gemini-cli",
    ] {
        let without = book(assistants, "{}").applied(&before);
        let with = book(assistants, "{ services/billing: [billing], web: [billing] }").applied(&without);
        assert_ne!(library::differing(&with, &without), Vec::<String>::new());
        // A scope that is only gone from the settings may be a mistyped folder, so its critical lessons stay.
        refused_for(&book(assistants, "{}").plan(&with), Code::LessonLeaves, "money");
        let ended = "{ services/billing: { enabled: false }, web: { enabled: false } }";
        let plan = book(assistants, ended).plan(&with);
        let deleted = plan.content.edits.iter().filter(|edit| edit.after.is_none());
        let deleted: Vec<&str> = deleted.map(|edit| edit.path.as_str()).collect();
        let names_it = |finding: &Finding| deleted.iter().any(|path| finding.message.contains(path));
        assert!(!plan.outcome.findings.iter().any(names_it), "{}", story(&plan));
        let again = with.with(&plan.content.edits);
        assert_eq!(
            library::differing(&again, &without),
            Vec::<String>::new(),
            "{assistants}"
        );
    }
}

/// Why a lesson would be in no block.
fn because<'p>(plan: &'p TargetPlan, lesson: &str) -> &'p str {
    let change = plan.content.changes.iter().find(|change| change.lesson == lesson);
    change
        .and_then(|change| change.because.as_deref())
        .unwrap_or_default()
}

#[test]
fn a_lesson_that_leaves_with_its_scope_names_the_scope_as_the_reason() {
    for assistants in ["claude-code", "copilot", "codex, claude-code, copilot"] {
        let with = book(assistants, "{ services/billing: [billing] }").applied(&monorepo());
        let plan = book(assistants, "{ services/billing: { enabled: false } }").plan(&with);
        in_order(&plan);
        let reason = "the scope `services/billing` is disabled";
        assert_eq!(because(&plan, "money"), reason, "{assistants}: {}", story(&plan));
        assert_eq!(because(&plan, "ledger"), reason, "{assistants}: {}", story(&plan));
    }
    let two = book("claude-code", "{ services/billing: [billing], web: [billing] }").applied(&monorepo());
    let plan = book(
        "claude-code",
        "{ services/billing: { enabled: false }, web: { enabled: false } }",
    )
    .plan(&two);
    assert_eq!(
        because(&plan, "ledger"),
        "the scopes `services/billing`, `web` are disabled"
    );
    let plan = book("claude-code", "{ web: { enabled: false } }").plan(&two);
    assert_eq!(
        because(&plan, "ledger"),
        "the scope `web` is disabled, and the target no longer has the scope `services/billing`"
    );
    let plan = book("claude-code", "{ services/billing: [other], web: [billing] }").plan(&two);
    assert_eq!(
        because(&plan, "ledger"),
        "no longer in `services/billing/CLAUDE.md`"
    );
    let plan = book(
        "claude-code",
        "{ services/billing: [billing], web: { enabled: false } }",
    )
    .plan(&two);
    assert_eq!(
        because(&plan, "ledger"),
        "no longer in `web/CLAUDE.md`: the scope `web` is disabled"
    );
    let plan = book("claude-code", "{ services/billing: [other], web: [other] }").plan(&two);
    assert_eq!(
        because(&plan, "ledger"),
        "neither this repository nor a scope has any of its tags (billing) now"
    );
}

#[test]
fn the_rules_files_of_a_scope_share_their_budget_with_those_of_the_root() {
    let mut book = book("claude-code", "{ services/billing: [billing], web: [web] }");
    for (tag, paths) in [("app", "**/*.py"), ("billing", "**/*.py"), ("web", "**/*.ts")] {
        for number in 0..10 {
            let example = format!("{tag} {number} is a long example\n").repeat(45);
            book = book.lesson(
                &format!("{tag}/{tag}-{number}"),
                &format!(
                    "title: Lesson {number}\nseverity: medium\ntags: [{tag}]\npaths: [\"{paths}\"]\nrule: Do thing {number} of {tag}.\n\
                     rationale: {}\n",
                    example.trim_end().replace('\n', ". ")
                ),
            );
        }
    }
    let plan = book.plan(&monorepo());
    in_order(&plan);
    let after = monorepo().with(&plan.content.edits);
    let bytes = |start: &str| -> usize {
        let rules = after
            .under(".claude/rules")
            .filter(|(path, _)| path.starts_with(start));
        rules
            .map(|(_, entry)| entry.content.as_ref().map_or(0, |bytes| bytes.len()))
            .sum()
    };
    let root = bytes(".claude/rules/app");
    for scope in ["services-billing_", "web_"] {
        let scope = bytes(&format!(".claude/rules/{scope}"));
        assert!(
            scope > 0 && root > 0 && root + scope <= 22_000,
            "{root} and {scope}"
        );
    }
    // All rules are still there, with less detail.
    for number in 0..10 {
        let rule = format!("Do thing {number} of billing.");
        let rules = text(&after, ".claude/rules/services-billing_billing.md");
        assert!(rules.contains(&rule), "{rules}");
    }
    assert!(
        plan.content
            .shrunk
            .iter()
            .any(|one| one.entry_point == "services/billing/claude-rules")
    );
}

#[test]
fn a_scope_can_be_inside_another_one_and_repeats_nothing() {
    let book = book(
        "claude-code",
        "{ services: [billing], services/billing: [billing] }",
    );
    let plan = book.plan(&monorepo());
    in_order(&plan);
    let after = monorepo().with(&plan.content.edits);
    assert!(text(&after, "services/CLAUDE.md").contains("`money`"));
    assert!(
        after.get("services/billing/CLAUDE.md").is_none(),
        "{}",
        story(&plan)
    );
}

#[test]
fn an_assistant_that_loads_no_file_in_a_folder_stops_the_plan_for_a_critical_lesson() {
    let book = book("claude-code", "{ web: { tags: [billing], assistants: [+zed] } }");
    let plan = book.plan(&monorepo());
    refused_for(&plan, Code::LostInFolder, "Zed");
}

#[test]
fn an_override_that_hides_a_scopes_file_from_codex_is_named() {
    let mut before = monorepo();
    before.load(
        "services/billing/AGENTS.override.md",
        Mode::File,
        "Mine.\n".as_bytes(),
    );
    let book = book("codex", "{ services/billing: [billing] }");
    let plan = book.plan(&before);
    refused_for(&plan, Code::LostInFolder, "Codex");
}

#[test]
fn hand_written_text_above_a_scope_uses_up_what_codex_reads() {
    let mut before = monorepo();
    before.load(
        "services/AGENTS.md",
        Mode::File,
        "Long.\n".repeat(6000).into_bytes(),
    );
    let book = book("codex", "{ services/billing: [billing] }");
    let plan = book.plan(&before);
    refused_for(&plan, Code::LostInFolder, "Codex");
}

#[test]
fn lessons_of_the_root_reach_an_assistant_that_only_a_scope_uses() {
    let book = book(
        "claude-code",
        "{ web: { tags: [billing], assistants: [+cursor] } }",
    );
    let before = monorepo();
    let plan = book.plan(&before);
    in_order(&plan);
    let after = before.with(&plan.content.edits);
    let billing = text(&after, ".cursor/rules/web_billing.mdc");
    assert!(billing.contains("web/**"), "{billing}");
}

#[test]
fn a_mistake_in_a_scope_is_named_with_its_place() {
    for (scopes, words) in [
        ("{ ../x: [a] }", "leaves the repository"),
        ("{ /x: [a] }", "not a folder as git writes it"),
        ("{ x/: [a] }", "not a folder as git writes it"),
        ("{ ./x: [a] }", "not a folder as git writes it"),
        ("{ \"x/*\": [a] }", "is a pattern"),
        ("{ .github: [a] }", "a folder for instruction files"),
        ("{ a/b: [a], a-b: [b] }", "would share files"),
    ] {
        let (_, findings) = book("copilot", scopes).load();
        let found = findings
            .iter()
            .find(|finding| finding.code == Code::BadScope && finding.message.contains(words));
        let found = found.unwrap_or_else(|| panic!("{scopes}: {findings:?}"));
        assert!(found.at.is_some() && found.help.is_some(), "{scopes}");
    }
}

#[test]
fn a_copy_of_a_scopes_file_in_another_folder_is_not_ours_to_remove() {
    let book = book("claude-code", "{ services/billing: [billing] }");
    let after = book.applied(&monorepo());
    let mut copied = after.clone();
    let bytes = after
        .file("services/billing/CLAUDE.md")
        .unwrap_or_default()
        .to_vec();
    copied.load("vendor/billing/CLAUDE.md", Mode::File, bytes);
    let plan = book.plan(&copied);
    assert_eq!(paths(&plan), Vec::<&str>::new(), "{}", story(&plan));
}

#[test]
fn a_tree_without_scopes_is_planned_as_before() {
    let with = book("claude-code", "{}").plan(&tree::<&str>(&[]));
    let without = Book::new(LESSONS)
        .target("{ tags: [app], visibility: private, assistants: [claude-code], use: [-reference] }")
        .plan(&tree::<&str>(&[]));
    assert_eq!(with.content.edits, without.content.edits);
    assert_eq!(invariant(&with, "present-per-folder"), "");
}

#[test]
fn a_low_lesson_of_the_root_is_not_repeated_in_the_family_of_a_scope() {
    const NAMES: (&str, &str) = (
        "style/names",
        "title: Names are words
severity: low
tags: [app]
rule: Name things with whole words.
rationale: Abbreviations were read in two ways.
",
    );
    let book = Book::new(&[NAMES, LEDGER]).target(
        "{ tags: [app], visibility: private, assistants: [copilot], scopes: { services/billing: [app, billing] } }",
    );
    let plan = book.plan(&monorepo());
    in_order(&plan);
    let after = monorepo().with(&plan.content.edits);
    let holding = |id: &str| {
        let files = after
            .iter()
            .filter_map(|(path, _)| Some((path, after.file(path)?)));
        let held = files.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains(&format!("(`{id}`")));
        held.map(|(path, _)| path.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(holding("names"), ["docs/ai-lessons.md"], "{}", story(&plan));
    assert_eq!(
        holding("ledger"),
        [
            ".github/instructions/services-billing_billing.instructions.md",
            "docs/ai-lessons.md"
        ]
    );
}

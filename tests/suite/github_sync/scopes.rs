//! Scopes of a target on GitHub: one pull request for all folders, an empty second run, and a proposal that removes them again.

use super::World;
use lessonbook_github_standin::{How, PullView};

const MONEY: &str = "title: Amounts are decimals
severity: critical
tags: [billing]
paths: [\"**/*.py\"]
rule: Keep amounts of money in `Decimal`.
rationale: Rounding errors reached invoices.
";

const NESTED: [&str; 2] = ["services/billing/AGENTS.md", "services/billing/CLAUDE.md"];

fn targets(world: &World, scopes: &str) {
    world.sandbox.write(
        "store/targets.yaml",
        format!(
            "version: 1\nname: acme\nassistants: [claude-code, codex]\nuse: [-reference]\nproposal: {{ pace: 0s }}\ntargets:\n  \
             acme/mono: {{ tags: [all], scopes: {scopes} }}\n"
        ),
    );
    world.commit();
}

/// A monorepo with owners, and a store with a lesson for one of its folders.
fn world() -> World {
    let world = World::new("  acme/mono: [all]\n");
    let files = [
        ("README.md", "# Mono\n"),
        ("services/billing/money.py", "price = 1\n"),
        ("services/mail/send.py", "x = 1\n"),
        (
            ".github/CODEOWNERS",
            "* @acme/all\n/services/billing/ @acme/billing\n",
        ),
    ];
    let mono = world.hub.repository("acme/mono");
    files
        .iter()
        .fold(mono, |mono, (path, text)| mono.file(path, text))
        .create();
    world.sandbox.write("store/lessons/python/money.yaml", MONEY);
    targets(&world, "{ services/billing: [billing] }");
    world
}

fn only_open(world: &World) -> PullView {
    let pulls = world.hub.repo("acme/mono").pulls();
    let mut open: Vec<PullView> = pulls.into_iter().filter(|pull| pull.state == "OPEN").collect();
    assert_eq!(open.len(), 1, "{open:?}");
    open.remove(0)
}

#[test]
fn one_pull_request_has_the_files_of_all_folders_and_names_scopes_and_owners() {
    let world = world();
    world.sync();
    let mono = world.hub.repo("acme/mono");
    let pull = only_open(&world);
    let text = |path: &str| mono.text(&pull.head_oid, path).unwrap();
    let scope = text("services/billing/AGENTS.md");
    assert!(scope.contains("(`money`, critical"), "{scope}");
    let imports = text("services/billing/CLAUDE.md");
    assert!(imports.lines().any(|line| line == "@AGENTS.md"), "{imports}");
    assert!(!text("AGENTS.md").contains("`money`"), "{}", text("AGENTS.md"));
    for part in [
        "`services/billing/AGENTS.md`",
        "**Owners:** `services/billing @acme/billing`",
    ] {
        assert!(pull.body.contains(part), "`{part}` is not in:\n{}", pull.body);
    }
    world.rests();
    mono.merge(pull.number, "dana", How::Squash);
    // The first run after the merge deletes our branch.
    world.sync();
    world.rests();
    assert_eq!(mono.pulls().len(), 1);
}

#[test]
fn a_disabled_scope_is_removed_by_a_proposal_that_says_why() {
    let world = world();
    let mono = world.hub.repo("acme/mono");
    world.sync();
    mono.merge(only_open(&world).number, "dana", How::Merge);
    world.sync();
    targets(&world, "{ services/billing: { enabled: false } }");
    world.sync();
    let pull = only_open(&world);
    let files = mono.files(&pull.head_oid);
    for path in NESTED {
        assert!(!files.contains_key(path), "{path} is still there");
    }
    let root = mono.text(&pull.head_oid, "AGENTS.md").unwrap();
    assert!(root.contains("`pin`"), "the root keeps its lessons:\n{root}");
    let reason = "the scope `services/billing` is disabled";
    assert!(pull.body.contains(reason), "{}", pull.body);
    mono.merge(pull.number, "dana", How::Merge);
    world.sync();
    world.rests();
    let left = mono.files("main");
    assert!(
        left.keys().all(|path| !NESTED.contains(&path.as_str())),
        "{left:?}"
    );
}

#[test]
fn a_lesson_of_a_scope_can_be_withdrawn() {
    let world = world();
    let mono = world.hub.repo("acme/mono");
    world.sync();
    mono.merge(only_open(&world).number, "dana", How::Merge);
    world.sync();
    let run = world.run(&["withdraw", "money", "--reason", "It is wrong.", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
    let head = only_open(&world).head_oid;
    let files = mono.files(&head);
    assert!(files.contains_key("AGENTS.md"), "{files:?}");
    for path in files.keys() {
        let text = mono.text(&head, path).unwrap();
        assert!(!text.contains("`money`"), "{path}:\n{text}");
    }
}

//! Whatever instruction files people have, and whichever assistants they use, a plan can be applied, and then nothing is left to do.
//!
//! Input: all combinations of a few files, assistants and a scope. Output: a plan, and an empty plan after the merge. Not here: random
//! stores and texts (`idempotence`).

use crate::support::library::{self, Book, Ready, codes, story, text, tree};
use lessonbook_base::finding::Code;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;

const ASSISTANTS: [&str; 5] = ["codex", "claude-code", "cursor", "copilot", "gemini-cli"];

/// A critical lesson for a scope.
const CHART: (&str, &str) = (
    "charts/chart",
    "title: Charts have a version\nseverity: critical\ntags: [chart]\nrule: Raise the chart's version.\nrationale: It is so.\n",
);

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Content {
    Nothing,
    Text,
    Import,
    TextAndImport,
    Link,
    /// Our block alone, from when other assistants were in use.
    Block,
}

use Content::{Block, Import, Link, Nothing, Text, TextAndImport};

const FILES: &[(&str, &[Content])] = &[
    ("AGENTS.md", &[Nothing, Text, Block]),
    ("CLAUDE.md", &[Nothing, Text, Import, TextAndImport, Link, Block]),
    (".claude/CLAUDE.md", &[Nothing, Text, Import]),
    (".github/copilot-instructions.md", &[Nothing, Text]),
];

fn combinations() -> Vec<Vec<Content>> {
    FILES.iter().fold(vec![Vec::new()], |all, (_, contents)| {
        let longer = |first: &Vec<Content>| {
            let each = contents.iter().map(|content| [&first[..], &[*content]].concat());
            each.collect::<Vec<_>>()
        };
        all.iter().flat_map(longer).collect()
    })
}

/// One assistant, two of them, and all.
fn sets() -> Vec<String> {
    let masks = (1..1_u32 << ASSISTANTS.len()).filter(|mask| matches!(mask.count_ones(), 1 | 2 | 5));
    let set = |mask: u32| {
        let all = ASSISTANTS.iter().enumerate();
        let chosen = all.filter(|(at, _)| mask & (1 << at) != 0);
        chosen.map(|(_, one)| *one).collect::<Vec<_>>().join(", ")
    };
    masks.map(set).collect()
}

fn book(assistants: &str, more: &str) -> Book {
    Book::new(&[library::SECRETS, library::IMAGES, CHART]).target(&format!(
        "{{ tags: [app], visibility: private, assistants: [{assistants}], use: [-reference]{more} }}"
    ))
}

fn repository(contents: &[Content], block: &str) -> Tree {
    let mut tree = library::bare();
    for ((path, _), content) in FILES.iter().zip(contents) {
        let import = if path.starts_with(".claude/") {
            "@../AGENTS.md\n"
        } else {
            "@AGENTS.md\n"
        };
        let text = match content {
            Nothing => continue,
            Link => {
                tree.load(*path, Mode::Symlink, b"AGENTS.md");
                continue;
            }
            Text => "# Mine\n\nUse tabs.\n".to_owned(),
            Import => import.to_owned(),
            TextAndImport => format!("# Mine\n\nUse tabs.\n\n{import}"),
            Block => block.to_owned(),
        };
        tree.load(*path, Mode::File, text.as_bytes());
    }
    tree
}

/// Plans every combination, and again after the merge.
fn settles(assistants: &str, more: &str) -> Vec<String> {
    let ready = Ready::new(&book(assistants, more));
    let block = text(&book("codex", "").applied(&library::bare()), "AGENTS.md");
    let mut wrong = Vec::new();
    for contents in combinations() {
        let before = repository(&contents, &block);
        let plan = ready.plan(&before);
        // Nothing is written through a symlink, so a link to no file of ours stops a plan; there a finding says so.
        if codes(&plan).contains(&Code::EntryPointIsLink) && contents.contains(&Link) {
            continue;
        }
        let again = ready.plan(&before.with(&plan.content.edits));
        let is_settled = again.content.edits.is_empty() && again.outcome.state == TargetState::UpToDate;
        if plan.outcome.state == TargetState::Refused || !is_settled {
            wrong.push(format!(
                "{assistants}{more} {contents:?}\n{}\n{}",
                story(&plan),
                story(&again)
            ));
        }
    }
    wrong
}

#[test]
fn any_instruction_files_with_any_assistants_are_planned_once() {
    let wrong: Vec<String> = sets().iter().flat_map(|set| settles(set, "")).collect();
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong[0]);
}

#[test]
fn any_instruction_files_with_a_scope_below_are_planned_once() {
    let scope = ", scopes: { charts: [chart] }";
    let wrong: Vec<String> = sets().iter().flat_map(|set| settles(set, scope)).collect();
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong[0]);
}

fn changed(plan: &TargetPlan) -> Vec<&str> {
    library::in_order(plan);
    plan.content.edits.iter().map(|edit| edit.path.as_str()).collect()
}

#[test]
fn a_claude_md_that_imports_a_missing_agents_md_is_left_alone_and_agents_md_is_created() {
    let plan = book("codex, claude-code", "").plan(&tree(&[("CLAUDE.md", "@AGENTS.md\n")]));
    assert_eq!(changed(&plan), ["AGENTS.md"], "{}", story(&plan));
    // Claude Code reads it by the import, so there is nothing to manage in CLAUDE.md.
    assert!(
        !codes(&plan).contains(&Code::EntryPointNotManaged),
        "{}",
        story(&plan)
    );
}

#[test]
fn assistants_that_can_share_a_new_file_do_not_get_their_lessons_twice() {
    for assistants in ["codex, cursor", "codex, copilot", "codex, cursor, copilot"] {
        let plan = book(assistants, "").plan(&tree(&[("CLAUDE.md", "# Mine\n")]));
        assert_eq!(changed(&plan), ["AGENTS.md"], "{assistants}: {}", story(&plan));
    }
    // Claude Code does not read AGENTS.md beside a CLAUDE.md.
    let plan = book("codex, claude-code", "").plan(&tree(&[("CLAUDE.md", "# Mine\n")]));
    assert_eq!(changed(&plan), ["AGENTS.md", "CLAUDE.md"], "{}", story(&plan));
}

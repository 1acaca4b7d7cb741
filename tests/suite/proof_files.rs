//! The proof refuses edits of files that may not be written, even if no earlier check refused them.
//!
//! Input: a plan that holds, with its path or its target changed. Output: whether the proof still holds.

use crate::support::library::{self, Book, bare};
use lessonbook_base::tree::{LocalState, Tree};
use lessonbook_proof::{Prover, TreeChange};

/// Whether the proof accepts the edits of a plan for `copilot`, moved to this path, in a target with these files.
fn is_writable(path: &str, files: &[(&str, &str)], local: LocalState) -> bool {
    let book = Book::new(library::ALL).uses("copilot");
    let mut edits = book.plan(&bare()).content.edits;
    let mut store = book.store().clone();
    // As if an entry point had passed the check of the store.
    for row in &mut store.entry_points {
        if row.name == "copilot" {
            path.clone_into(&mut row.path);
        }
    }
    path.clone_into(&mut edits[0].path);
    let mut before: Tree = bare();
    for (path, text) in files {
        before.load(*path, lessonbook_base::tree::Mode::File, *text);
    }
    before.set_local(local);
    let after = before.with(&edits);
    let change = TreeChange {
        before: &before,
        edits: &edits,
        after: &after,
        earlier: &[],
    };
    let proof = Prover::new(&store).prove(&store.targets[0], &change, &[], &[]);
    let mut invariants = proof.invariants.iter();
    invariants.any(|one| one.name == "writable-only" && one.holds)
}

#[test]
fn what_a_host_or_an_assistant_runs_is_caught() {
    let plain = |path| is_writable(path, &[], LocalState::default());
    assert!(plain(".github/copilot-instructions.md") && plain("docs/agents.md"));
    for path in [
        ".claude/skills/deploy/SKILL.md",
        ".GITHUB/Prompts/x.md",
        "apps/web/.github/workflows/x.md",
        ".opencode/agent/x.md",
        ".cursor/commands/x.md",
        ".woodpecker/x.md",
        ".github/ISSUE_TEMPLATE/x.md",
        "docs/x.chatmode.md",
        "docs/CODEOWNERS.md",
        ".gitlab/x.md",
    ] {
        assert!(!plain(path), "{path}");
    }
}

#[test]
fn what_git_ignores_or_converts_is_caught() {
    let path = "docs/ours.md";
    let with = |file, text| is_writable(path, &[(file, text)], LocalState::default());
    assert!(with(".gitignore", "*.txt\n") && with(".gitattributes", "*.md text eol=crlf\n"));
    assert!(!with(".gitignore", "docs/\n"));
    assert!(!with("docs/.gitignore", "ours.*\n"));
    assert!(!with(".gitattributes", "* filter=git-crypt\n"));
    assert!(!with(
        "docs/.gitattributes",
        "*.md working-tree-encoding=UTF-16\n"
    ));
    let local = LocalState {
        excludes: vec![(".git/info/exclude".into(), b"docs\n".to_vec())],
        ..LocalState::default()
    };
    assert!(!is_writable(path, &[], local));
    let local = LocalState {
        untracked: [path.to_owned()].into(),
        ..LocalState::default()
    };
    assert!(!is_writable(path, &[], local));
}

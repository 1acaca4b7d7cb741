//! Scopes in the paths of real monorepos, with up to 57,000 files.
//!
//! Input: lists of paths of public repositories; skipped with a message where they are absent. Output: a plan without errors, which a
//! second run leaves as it is (`at-rest`), within a generous time.

use std::path::PathBuf;
use std::time::Instant;

use crate::support::library::{Book, in_order, story};
use lessonbook_base::tree::{Mode, Tree};

/// A list of paths, the scopes, and how many files they get.
const TREES: [(&str, &str); 3] = [
    (
        "Azure__azure-dev.txt",
        "{ cli/azd: [app], cli/azd/extensions/azure.ai.agents: [extensions], ext/vscode: [web], eng: [app] }",
    ),
    (
        "dotnet__aspire.txt",
        "{ src/Aspire.Cli: [web], src/Aspire.Dashboard: [web], tests: [extensions], playground/polyglot: [app] }",
    ),
    (
        "tc39__test262.txt",
        "{ test/language: [web], test/built-ins: [extensions], test/intl402: [web, extensions], src: [app] }",
    ),
];

const LESSONS: [(&str, &str); 4] = [
    (
        "review/keys",
        "title: No keys\nseverity: critical\ntags: [repo]\nrule: Keep keys out of the repository.\nrationale: History keeps them.\n",
    ),
    (
        "review/names",
        "title: Names\nseverity: critical\ntags: [web]\npaths: [\"**/*.{ts,js,cs}\"]\nrule: Spell names out.\nrationale: They are searched for.\n",
    ),
    (
        "review/extensions",
        "title: Extensions\nseverity: high\ntags: [extensions]\nrule: Version every extension.\nrationale: Users pin them.\n",
    ),
    (
        "review/locks",
        "title: Locks\nseverity: medium\ntags: [app]\npaths: [\"**/*.go\", \"**/*.case\"]\nrule: Hold no lock across a call.\nrationale: It blocked.\n",
    ),
];

fn trees() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS")
        .map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
            PathBuf::from,
        )
        .join("trees");
    folder.is_dir().then_some(folder)
}

#[test]
fn scopes_of_real_monorepos_are_planned_without_errors() {
    let Some(folder) = trees() else {
        eprintln!("skipped: there is no corpus of trees");
        return;
    };
    for (name, scopes) in TREES {
        let Ok(list) = std::fs::read_to_string(folder.join(name)) else {
            eprintln!("skipped: there is no {name}");
            continue;
        };
        let mut tree = Tree::new();
        for path in list.lines().filter(|line| !line.is_empty()) {
            let file = path.rsplit('/').next().unwrap_or(path);
            match file {
                "AGENTS.md" | "CLAUDE.md" | "GEMINI.md" => {
                    tree.load(
                        path,
                        Mode::File,
                        format!("# {path}\n\nRead the docs.\n").into_bytes(),
                    );
                }
                _ if path.starts_with(".github/instructions/") => {
                    tree.load(
                        path,
                        Mode::File,
                        "---\napplyTo: \"**/*.md\"\n---\n\nBe brief.\n".as_bytes(),
                    );
                }
                _ => tree.list(path, Mode::File),
            }
        }
        let book = |scopes: &str| {
            Book::new(&LESSONS).target(&format!(
                "{{ tags: [repo], visibility: private, assistants: [copilot, claude-code, codex], use: [-reference], scopes: {scopes} }}"
            ))
        };
        let start = Instant::now();
        let plan = book(scopes).plan(&tree);
        let with = start.elapsed();
        in_order(&plan);
        let start = Instant::now();
        let without = book("{}").plan(&tree);
        eprintln!(
            "{name}: {} paths, {} files changed with scopes in {with:?}, {} without in {:?}",
            tree.len(),
            plan.content.edits.len(),
            without.content.edits.len(),
            start.elapsed()
        );
        assert!(
            plan.content.edits.len() > without.content.edits.len(),
            "{}",
            story(&plan)
        );
    }
}

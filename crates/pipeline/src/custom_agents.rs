//! Custom agents of Copilot that do not load a target's instruction files, and the line that makes them.
//!
//! Input: a target's tree. Output: findings. Not here: writing such a line, because agents are outside the area that is written.
//!
//! Since Copilot CLI 1.0.86 (2026-09-16) a custom agent gets `AGENTS.md`, `CLAUDE.md` and `.github/copilot-instructions.md` only with
//! `include-custom-instructions: true` in its front matter (release notes of that version; read on 2026-11-29).

use crate::plan::TargetPlan;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter::{self, FrontMatter, FrontMatterValue};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Store, Target};

/// The folder of custom agents, and the ending of their names (`.agent.md`, or `.md`).
pub const FOLDER: &str = ".github/agents";
/// See [`FOLDER`].
pub const ENDING: &str = ".md";

/// What a plan found about custom agents.
pub fn of_plan(plan: &TargetPlan) -> impl Iterator<Item = &Finding> {
    let findings = plan.outcome.findings.iter();
    findings.filter(|finding| finding.code == Code::NotLoaded)
}

/// The assistant whose custom agents these are.
const ASSISTANT: &str = "copilot";
const KEY: &str = "include-custom-instructions";

/// Whether custom agents matter to any target of a store.
pub fn matter(store: &Store) -> bool {
    let mut targets = store.targets.iter();
    targets.any(|target| target.has_assistant(&store.entry_points, ASSISTANT))
}

/// Whether the content of a path is needed.
pub fn wants(store: &Store, path: &str) -> bool {
    is_custom_agent(path) && matter(store)
}

/// Whether a path is a custom agent's file. A README explains the others.
fn is_custom_agent(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| {
        name.ends_with(ENDING) && !name.contains('/') && !name.eq_ignore_ascii_case("README.md")
    })
}

/// A warning for each custom agent that does not load the target's instruction files.
pub(super) fn findings(store: &Store, target: &Target, tree: &Tree) -> Vec<Finding> {
    if !target.enabled || !target.has_assistant(&store.entry_points, ASSISTANT) {
        return Vec::new();
    }
    let agents = tree.under(FOLDER).filter(|(path, _)| is_custom_agent(path));
    agents
        .filter_map(|(path, _)| Some(not_loaded(path, edit(tree.file(path)?)?)))
        .collect()
}

fn not_loaded(path: &str, edit: AgentEdit) -> Finding {
    Finding::new(
        Code::NotLoaded,
        format!("the custom agent `{path}` does not load the instruction files"),
    )
    .at(Location {
        line: edit.line,
        ..Location::file(path)
    })
    .effect(format!(
        "without `{KEY}: true` in its front matter, Copilot CLI gives this agent none of the lessons"
    ))
    .help(edit.help)
}

/// What to change in an agent's file.
struct AgentEdit {
    /// The line after which, or in which, the key belongs.
    line: usize,
    help: String,
}

/// The edit that makes an agent load the instruction files; `None` if it does, or if Copilot CLI never runs it.
fn edit(bytes: &[u8]) -> Option<AgentEdit> {
    let Some(front) = front_matter::split(bytes).filter(|front| !front.after_bom) else {
        return Some(AgentEdit {
            line: 1,
            help: format!("begin the file with front matter, on three lines: `---`, `{KEY}: true`, `---`"),
        });
    };
    let is = |key: &str, word: &str| front.get(key) == Some(&FrontMatterValue::Scalar(word.to_owned()));
    if is("target", "vscode") {
        return None;
    }
    // Text is not a boolean: Copilot CLI refuses `"true"` where it expects one.
    let is_bare = !front.quoted.iter().any(|key| key == KEY);
    if is_bare && ["true", "True", "TRUE"].iter().any(|word| is(KEY, word)) {
        return None;
    }
    let line = line_of_key(bytes, &front);
    let help = match line {
        Some(line) => format!("write `{KEY}: true` in line {line}, without quotes"),
        None => format!("add the line `{KEY}: true` after line 1, in the front matter"),
    };
    Some(AgentEdit {
        line: line.unwrap_or(1),
        help,
    })
}

/// The last line with the key, which is the one that counts.
fn line_of_key(bytes: &[u8], front: &FrontMatter) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes.get(front.range.clone())?);
    let of_key = |line: &str| {
        line.strip_prefix(KEY)
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    let numbers = text.lines().zip(1..).filter(|(line, _)| of_key(line));
    numbers.map(|(_, number)| number).last()
}

#[cfg(test)]
mod tests {
    use super::{edit, is_custom_agent};

    #[test]
    fn the_line_that_is_missing_or_wrong_is_named() {
        for (text, expected) in [
            (
                "---\nname: a\ninclude-custom-instructions: true\n---\nText\n",
                None,
            ),
            ("---\ninclude-custom-instructions: true # all\n---\n", None),
            ("---\ntarget: vscode\n---\nText\n", None),
            ("---\nname: a\n---\nText\n", Some((1, "after line 1"))),
            (
                "---\nname: a\ninclude-custom-instructions: false\n---\n",
                Some((3, "in line 3")),
            ),
            (
                "---\ninclude-custom-instructions: \"true\"\n---\n",
                Some((2, "in line 2")),
            ),
            ("---\ntarget: github-copilot\n---\n", Some((1, "after line 1"))),
            ("Text only\n", Some((1, "three lines"))),
            ("", Some((1, "three lines"))),
        ] {
            let edit = edit(text.as_bytes());
            match (edit, expected) {
                (None, None) => {}
                (Some(edit), Some((line, words))) => {
                    assert_eq!(edit.line, line, "{text}");
                    assert!(edit.help.contains(words), "{text}: {}", edit.help);
                }
                (edit, _) => panic!("{text}: {:?}", edit.map(|edit| edit.help)),
            }
        }
    }

    #[test]
    fn only_markdown_files_of_the_folder_are_agents() {
        for (path, expected) in [
            (".github/agents/review.md", true),
            (".github/agents/review.agent.md", true),
            (".github/agents/README.md", false),
            (".github/agents/deep/review.md", false),
            (".github/agents/notes.txt", false),
            (".github/agentsmd", false),
        ] {
            assert_eq!(is_custom_agent(path), expected, "{path}");
        }
    }
}

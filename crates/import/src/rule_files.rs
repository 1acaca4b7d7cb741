//! Which files hold rules that people wrote for assistants, or records of lessons.
//!
//! Input: a path. Output: whether import reads it unasked. Not here: reading it.

/// File names, wherever they are.
const NAMES: [&str; 12] = [
    "agents.md",
    "agent.md",
    "claude.md",
    "gemini.md",
    "copilot-instructions.md",
    "conventions.md",
    "bugbot.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    "guidelines.md",
    "lessons.md",
];

/// Folders whose Markdown files hold rules: assistants' own, and the stores of other tools.
const FOLDERS: [&str; 16] = [
    ".claude/rules/",
    ".cursor/rules/",
    ".github/instructions/",
    ".windsurf/rules/",
    ".clinerules/",
    ".roo/rules/",
    ".amazonq/rules/",
    ".kiro/steering/",
    ".continue/rules/",
    ".augment/rules/",
    ".junie/",
    ".rulesync/rules/",
    ".ai-rulez/",
    ".ruler/",
    ".apm/instructions/",
    ".totem/lessons/",
];

/// Whether a path is one of them. Upper and lower case do not matter, as some assistants have it.
pub fn is_rule_file(path: &str) -> bool {
    let small = path.to_lowercase();
    let name = small.rsplit('/').next().unwrap_or_default();
    if NAMES.contains(&name) && (name != "guidelines.md" || small.contains(".junie/")) {
        return true;
    }
    if !["md", "mdc"]
        .iter()
        .any(|end| name.rsplit_once('.').is_some_and(|(_, found)| found == *end))
    {
        return false;
    }
    let in_folder = |folder: &&str| small.starts_with(*folder) || small.contains(&format!("/{folder}"));
    name.ends_with(".instructions.md")
        || FOLDERS.iter().any(in_folder)
        || ["lessons-learned", "post-mortem", "postmortem"]
            .iter()
            .any(|part| small.contains(part))
}

#[cfg(test)]
mod tests {
    use super::is_rule_file;

    #[test]
    fn rules_of_assistants_and_stores_of_tools_are_read_and_pages_are_not() {
        for path in [
            "CLAUDE.md",
            "web/Agents.md",
            ".cursor/rules/a.mdc",
            "x/.rulesync/rules/b.md",
            ".github/instructions/c.instructions.md",
            "docs/post-mortems/d.md",
        ] {
            assert!(is_rule_file(path), "{path}");
        }
        for path in [
            "README.md",
            "docs/guidelines.md",
            ".cursor/rules/a.py",
            "src/claude.rs",
        ] {
            assert!(!is_rule_file(path), "{path}");
        }
    }
}

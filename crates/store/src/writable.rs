//! Decides which paths Lessonbook may write at all, for `check`, `plan` and every write.
//!
//! Input: a path relative to a repository's root. Output: nothing, or the reason why the path is refused.
//! Not here: further conditions in a target (`.gitignore`, filters, links), and the proof's own implementation of the rule.

use crate::checks_file::ChecksFile;
use crate::names::is_device;

/// Extensions of prompt files that are not Markdown; allowed only if the entry point has `prompt: true`.
const PROMPT_EXTENSIONS: [&str; 11] = [
    "txt", "text", "prompt", "tmpl", "tpl", "tera", "jinja", "jinja2", "j2", "hbs", "mustache",
];
/// Instruction files of assistants that have no extension; allowed only if the entry point has `prompt: true`.
const PROMPT_NAMES: [&str; 6] = [
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".rules",
    ".roorules",
    ".goosehints",
];
/// Folders whose files configure a CI system or an editor, or are run by it, at any depth.
const HOST_FOLDERS: [&str; 28] = [
    ".appveyor",
    ".azure-pipelines",
    ".azuredevops",
    ".azure-devops",
    ".bitbucket",
    ".buildkite",
    ".ci",
    ".circleci",
    ".cirrus",
    ".codefresh",
    ".concourse",
    ".devcontainer",
    ".drone",
    ".forgejo",
    ".harness",
    ".husky",
    ".idea",
    ".jenkins",
    ".lefthook",
    ".prow",
    ".semaphore",
    ".teamcity",
    ".tekton",
    ".travis",
    ".vscode",
    ".woodpecker",
    "azure-pipelines",
    "bitbucket-pipelines",
];
/// The beginnings of names of files that configure a CI system or a host, without the leading dot.
const HOST_FILES: [&str; 17] = [
    "appveyor",
    "azure-pipelines",
    "bitbucket-pipelines",
    "buildkite",
    "buildspec",
    "cirrus",
    "cloudbuild",
    "codefresh",
    "codeowners",
    "drone",
    "gitlab-ci",
    "issue_template",
    "jenkinsfile",
    "pull_request_template",
    "travis",
    "wercker",
    "woodpecker",
];
/// Folders below an assistant's or a host's own folder (`.claude`, `.github`, …) whose files are run, called or used as
/// configuration, and not read as instructions.
const ACTING_FOLDERS: [&str; 34] = [
    "actions",
    "agent",
    "agents",
    "bin",
    "chatmode",
    "chatmodes",
    "cli-agents",
    "command",
    "commands",
    "discussion_template",
    "droids",
    "extensions",
    "hook",
    "hooks",
    "issue_template",
    "mcp",
    "mode",
    "modes",
    "output-styles",
    "permissions",
    "plugin",
    "plugins",
    "prompt",
    "prompts",
    "pull_request_template",
    "scripts",
    "settings",
    "skill",
    "skills",
    "subagents",
    "tools",
    "toolsets",
    "workflow",
    "workflows",
];
/// Endings of prompts, chat modes and agents, which assistants find in any folder.
const ACTING_ENDINGS: [&str; 5] = [
    ".prompt.md",
    ".chatmode.md",
    ".agent.md",
    ".skill.md",
    ".command.md",
];

/// Whether Lessonbook may write an entry point here. `prompt`: whether the entry point may be a prompt file that is not Markdown.
pub fn writable(path: &str, prompt: bool) -> Result<(), String> {
    never(path)?;
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let markdown = [".md", ".mdc"]
        .iter()
        .any(|ending| name.len() > ending.len() && name.ends_with(ending));
    if markdown {
        return Ok(());
    }
    if !prompt {
        return Err(
            "only .md and .mdc files are written; for another prompt file set `prompt: true`".to_owned(),
        );
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if PROMPT_NAMES.contains(&name.as_str()) || PROMPT_EXTENSIONS.contains(&extension) {
        return Ok(());
    }
    Err(format!(
        "a prompt file must be Markdown, be one of {}, or end in .{}",
        PROMPT_NAMES.join(", "),
        PROMPT_EXTENSIONS.join(", .")
    ))
}

/// Whether Lessonbook may write a store's checks file here: the one file that is not an instruction file, by its name.
pub fn writable_checks(path: &str, store: &str) -> Result<(), String> {
    never(path)?;
    if path == ChecksFile::path_for(store) {
        return Ok(());
    }
    Err("only this store's own checks file is written".to_owned())
}

/// Whether no setting can allow a path: it leaves the repository, or a file system reads it as another path, or the file configures
/// git, a host, an editor or an assistant, or is run by one of them.
pub fn never(path: &str) -> Result<(), String> {
    unambiguous(path)?;
    // A store may be called `travis` or `settings`. No host reads a file in this folder.
    if ChecksFile::is_path(path) {
        return Ok(());
    }
    let refuse = |why: &str| Err(why.to_owned());
    let lower = path.to_lowercase();
    let segments: Vec<&str> = lower.split('/').collect();
    let (name, folders) = segments.split_last().unwrap_or((&"", &[]));
    if segments.iter().any(|part| is_git(part)) {
        return refuse("git's own files are never written");
    }
    if folders.iter().any(|folder| HOST_FOLDERS.contains(folder)) {
        return refuse("the configuration of a CI system or an editor is never written");
    }
    let stem = name.trim_start_matches('.');
    if stem.starts_with("codeowners") {
        return refuse("CODEOWNERS is never written");
    }
    if HOST_FILES.iter().any(|host| {
        stem.strip_prefix(host)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }) {
        return refuse("the configuration of a CI system or a host is never written");
    }
    if let Some(at) = folders.iter().position(|folder| folder.starts_with('.'))
        && let Some(acting) = folders[at + 1..]
            .iter()
            .find(|folder| ACTING_FOLDERS.contains(folder))
    {
        return Err(format!(
            "skills, commands, agents, prompts, workflows, hooks and settings are never written, and `{acting}` in `{}` contains such files",
            folders[at]
        ));
    }
    if *name == "skill.md" || ACTING_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return refuse("skills, commands, agents, prompts and chat modes are never written");
    }
    let first = stem.split('.').next().unwrap_or_default();
    let markdown = [".md", ".mdc"].iter().any(|ending| name.ends_with(ending));
    if !markdown
        && (matches!(first, "settings" | "mcp" | "mcp_config" | "hooks" | "config")
            || folders.contains(&"hooks"))
    {
        return refuse("settings, hooks and MCP files are never written");
    }
    Ok(())
}

/// Whether a part of a path is git's own: `.git`, `.gitignore`, `.gitattributes`, `.gitmodules`, …, or a name that NTFS reads as
/// `.git`. Only `.github` begins the same and is not git's.
fn is_git(part: &str) -> bool {
    (part.starts_with(".git") && part != ".github") || part.starts_with("git~")
}

/// Checks that every system and program reads the path as the same file inside the repository.
fn unambiguous(path: &str) -> Result<(), String> {
    let refuse = |why: &str| Err(why.to_owned());
    if path.is_empty() || path.starts_with(['/', '~']) || path.contains(['\\', ':']) {
        return refuse("a path must be relative to the repository's root, with `/`");
    }
    if path.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return refuse(
            "a path must be plain ASCII, because some file systems read other characters as another path",
        );
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return refuse("a path can't contain an empty part, `.` or `..`");
        }
        if part.ends_with([' ', '.']) {
            return refuse("no part of a path can end with a space or a dot, which Windows drops");
        }
        if let Some(sign) = part.chars().find(|c| "<>\"|?*".contains(*c)) {
            return Err(format!("`{sign}` is not allowed in a file's name on Windows"));
        }
        if is_device(part) {
            return Err(format!(
                "`{part}` is the name of a device on Windows, with any ending"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{is_device, never, writable, writable_checks};

    #[test]
    fn of_the_checks_files_only_the_stores_own_is_written() {
        for store in ["acme", "travis", "settings", "a-b"] {
            let path = format!(".lessonbook/{store}.checks.yaml");
            assert_eq!(writable_checks(&path, store), Ok(()), "{path}");
            assert_eq!(never(&path), Ok(()), "{path}");
            assert!(writable(&path, true).is_err(), "{path}");
            assert!(writable_checks(&path, "other").is_err(), "{path}");
        }
        for path in [
            ".lessonbook/acme.checks.yml",
            ".lessonbook/hooks/acme.checks.yaml",
            "x/.lessonbook/acme.checks.yaml",
            ".lessonbook/../acme.checks.yaml",
            ".github/workflows/acme.checks.yaml",
        ] {
            assert!(writable_checks(path, "acme").is_err(), "{path}");
        }
    }

    #[test]
    fn files_that_are_run_or_configure_are_refused_in_any_case_and_at_any_depth() {
        for path in [
            ".github/workflows/x.md",
            ".GITHUB/Prompts/x.md",
            "apps/web/.github/Workflows/deep/x.md",
            ".github/actions/a/README.md",
            ".github/ISSUE_TEMPLATE/bug.md",
            ".github/pull_request_template.md",
            ".github/CODEOWNERS.md",
            ".claude/skills/deploy/SKILL.md",
            "skills/deploy/skill.md",
            "a/b/.claude/commands/x.md",
            ".claude/agents/x.md",
            ".claude/output-styles/x.md",
            ".claude/hooks/x.md",
            ".cursor/commands/x.md",
            ".gemini/commands/x.md",
            ".gemini/extensions/a/GEMINI.md",
            ".codex/prompts/x.md",
            ".agents/skills/x/y.md",
            ".opencode/agent/x.md",
            ".opencode/command/x.md",
            ".clinerules/workflows/x.md",
            ".windsurf/workflows/x.md",
            ".kiro/agents/x.md",
            "docs/x.prompt.md",
            "docs/x.chatmode.md",
            ".github/chatmodes/x.md",
            ".gitlab/issue.md",
            ".gitea/x.md",
            ".githooks/x.md",
            ".git/x.md",
            "git~1/x.md",
            ".forgejo/x.md",
            ".woodpecker/x.md",
            ".circleci/x.md",
            ".buildkite/x.md",
            ".Husky/x.md",
            "azure-pipelines/x.md",
            "Jenkinsfile.md",
        ] {
            assert!(writable(path, false).is_err(), "{path}");
            assert!(writable(path, true).is_err(), "{path} as a prompt");
        }
    }

    #[test]
    fn files_that_are_not_instructions_are_refused_as_prompts_too() {
        for path in [
            "Jenkinsfile",
            "Makefile",
            "Dockerfile",
            ".drone.yml",
            ".travis.yml",
            ".gitlab-ci.yml",
            "bitbucket-pipelines.yml",
            ".mcp.json",
            ".claude/settings.json",
            "mcp.txt",
            "hooks/x.txt",
            "run.sh",
            "a.py",
            ".env",
        ] {
            assert!(writable(path, true).is_err(), "{path}");
        }
    }

    #[test]
    fn names_that_windows_refuses_are_refused() {
        for path in [
            "aux.md",
            "docs/CON.md",
            "nul/x.md",
            "a/com1.instructions.md",
            "lpt9.x.md",
            "prn .md",
            "what?.md",
            "a<b.md",
            "a|b.md",
            "a\"b.md",
            "star*.md",
            "dot./x.md",
            "space /x.md",
            "tab\t.md",
            "a:b.md",
            "a\\b.md",
        ] {
            assert!(never(path).is_err(), "{path}");
        }
        assert!(!is_device("auxiliary") && !is_device("com") && !is_device("com10") && !is_device("console"));
    }

    #[test]
    fn instruction_files_are_written() {
        for path in [
            "CLAUDE.md",
            ".github/copilot-instructions.md",
            ".github/instructions/ops.instructions.md",
            ".claude/rules/ops.md",
            ".cursor/rules/ops.mdc",
            ".aiassistant/rules/ops.md",
            "docs/ai-lessons.md",
            "docs/agents/responder.md",
            "prompts/responder.md",
            "agents/responder.md",
            "apps/web/AGENTS.md",
            "config.md",
        ] {
            assert_eq!(writable(path, false), Ok(()), "{path}");
        }
        for path in [".cursorrules", "agents/prompt.txt", "prompts/system.j2"] {
            assert!(writable(path, false).is_err(), "{path}");
            assert_eq!(writable(path, true), Ok(()), "{path}");
        }
    }
}

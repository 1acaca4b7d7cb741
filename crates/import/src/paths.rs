//! Which paths a rule concerns.
//!
//! Input: a file's path and front matter, and the words of a rule. Output: globs of the store's grammar. Not here: whether they
//! match files.
//!
//! In this order: front matter; "When editing `glob`" in the rule, its lead-in or heading; the folder of a nested file. A path that is
//! only mentioned is not a scope.

use std::ops::Range;

use lessonbook_base::front_matter::{self, FrontMatter, FrontMatterValue};
use lessonbook_base::globs::{Glob, split_list};

/// Keys that keep assistants out of a file.
const OPT_OUT: [&str; 2] = ["excludeAgent", "exclude-agent"];

/// Names of files that concern the folder that they are in.
const NESTED: [&str; 7] = [
    "AGENTS.md",
    "AGENT.md",
    "CLAUDE.md",
    "GEMINI.md",
    "CONVENTIONS.md",
    "BUGBOT.md",
    ".cursorrules",
];

/// What a file says of all its rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathScope {
    /// The bytes of its front matter, a second one directly after it included.
    pub front_matter: Option<Range<usize>>,
    /// The paths; empty: all.
    pub paths: Vec<String>,
    /// A remark on them, for people.
    pub note: Option<String>,
    /// Whether a scope is written that the store's grammar can't express.
    pub is_lost: bool,
    /// The key, with its value, that keeps an assistant out.
    pub opt_out: Option<String>,
}

/// Reads it.
pub fn path_scope(path: &str, bytes: &[u8]) -> PathScope {
    let mut scope = PathScope::default();
    let front = front_matter::split(bytes);
    if let Some(front) = &front {
        let mut range = front.range.clone();
        if let Some(second) = second(bytes, range.end) {
            range.end = second;
        }
        scope.front_matter = Some(range);
        scope.opt_out = opt_out(front);
        let globs: Vec<String> = ["applyTo", "globs", "paths"]
            .iter()
            .filter_map(|key| front.get(key))
            .flat_map(texts)
            .collect();
        if !globs.is_empty() {
            let folder = folder_of_rules(path);
            add(&mut scope, &globs, &folder);
            return scope;
        }
        if front.get("alwaysApply") == Some(&FrontMatterValue::Scalar("false".into())) {
            scope.note = Some("its file is loaded on request only".into());
        }
    }
    let folder = folder_of_rules(path);
    if !folder.is_empty() {
        let name = path.rsplit('/').next().unwrap_or_default();
        scope
            .note
            .get_or_insert_with(|| format!("from the folder of {name}"));
        add(&mut scope, &["**".to_owned()], &folder);
    }
    scope
}

/// The paths that the words of a rule name: `When editing files in `src/db/`: …`.
pub fn paths_in_words(text: &str) -> Vec<String> {
    let small = text.to_lowercase();
    let starts = [
        "when editing",
        "when changing",
        "when modifying",
        "when working on",
        "when working in",
        "when you edit",
        "when you change",
        "when touching",
        "in files matching",
        "for files in",
        "for files matching",
        "for all files in",
        "applies to",
        "apply to",
    ];
    let Some(at) = starts.iter().filter_map(|start| small.find(start)).min() else {
        return Vec::new();
    };
    // Letters whose small form has another length would move offsets; then no scope is guessed.
    let Some(rest) = text.get(at..).filter(|_| small.len() == text.len()) else {
        return Vec::new();
    };
    // The condition ends at a comma or colon outside code spans.
    let mut in_code = false;
    let end = rest.char_indices().find(|&(at, c)| {
        in_code ^= c == '`';
        !in_code
            && (matches!(c, ':' | ';')
                || c == ',' && !rest[at + 1..].trim_start().starts_with(['`', 'o', 'a']))
    });
    let condition = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    let spans = condition.split('`').skip(1).step_by(2);
    spans
        .filter(|span| span.contains(['/', '*']) && !span.contains([' ', ':', '<', '$']))
        .filter_map(|span| {
            let span = span.trim_start_matches("./");
            let glob = if span.ends_with('/') {
                format!("{span}**")
            } else {
                span.to_owned()
            };
            portable(&glob).0
        })
        .collect()
}

/// The folder that a nested file concerns: of `web/AGENTS.md` it is `web/`, of `web/.github/instructions/x.instructions.md`, too.
fn folder_of_rules(path: &str) -> String {
    let hidden = [
        ".github/",
        ".cursor/",
        ".claude/",
        ".rulesync/",
        ".ruler/",
        ".ai-rulez/",
        ".apm/",
        ".totem/",
        ".windsurf/",
        ".clinerules/",
        ".junie/",
        ".amazonq/",
        ".kiro/",
        ".roo/",
        ".continue/",
    ];
    let inside = hidden.iter().filter_map(|part| {
        let at = path.find(part)?;
        (at == 0 || path[..at].ends_with('/')).then_some(at)
    });
    if let Some(at) = inside.min() {
        return path[..at].to_owned();
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folder.is_empty() || !NESTED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return String::new();
    }
    format!("{folder}/")
}

fn add(scope: &mut PathScope, globs: &[String], folder: &str) {
    for glob in globs {
        let inside = literal(folder) + glob.trim_start_matches('/');
        let everything = matches!(inside.as_str(), "**" | "**/*" | "*");
        if everything {
            scope.paths.clear();
            return;
        }
        match portable(&inside) {
            (Some(glob), None) => scope.paths.push(glob),
            (Some(portable), Some(note)) => {
                scope.note = Some(note);
                scope.paths.push(portable);
            }
            (None, _) => {
                scope.is_lost = true;
                scope.note = Some(format!(
                    "its scope `{glob}` can't be written as a glob that every assistant reads the same"
                ));
            }
        }
    }
    scope.paths.sort();
    scope.paths.dedup();
}

/// A folder as a glob that matches it alone.
fn literal(folder: &str) -> String {
    let special = |c: char| matches!(c, '[' | ']' | '{' | '}' | '*' | '?' | '!');
    if folder.contains(special) {
        folder.replace(special, "?")
    } else {
        folder.to_owned()
    }
}

/// A glob of any dialect in the store's grammar, and what changed.
fn portable(glob: &str) -> (Option<String>, Option<String>) {
    if !glob.contains('/') && glob.starts_with('*') {
        let deep = format!("**/{glob}");
        if Glob::parse(&deep).is_ok() {
            let note = format!("`{glob}` without a slash is read as `{deep}`");
            return (Some(deep), Some(note));
        }
    }
    if Glob::parse(glob).is_ok() {
        return (Some(glob.to_owned()), None);
    }
    (None, None)
}

/// A second front matter after the first one: some files have two.
fn second(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let front = front_matter::split(&rest[blank..])?;
    let is_yaml = !front.entries.is_empty() && front.entries.iter().all(|(key, _)| !key.is_empty());
    is_yaml.then_some(from + blank + front.range.end)
}

fn opt_out(front: &FrontMatter) -> Option<String> {
    for key in OPT_OUT {
        if let Some(value) = front.get(key) {
            let values = texts(value);
            if !values.is_empty() {
                return Some(format!("{key}: {}", values.join(", ")));
            }
        }
    }
    // rulesync's `targets`: without `*`, some assistants do not get the file.
    let targets = front.get("targets").map(texts).unwrap_or_default();
    let for_all =
        targets.iter().any(|target| target == "*") && !targets.iter().any(|target| target.starts_with('!'));
    if !targets.is_empty() && !for_all {
        return Some(format!("targets: {}", targets.join(", ")));
    }
    None
}

fn texts(value: &FrontMatterValue) -> Vec<String> {
    let parts: Vec<&str> = match value {
        FrontMatterValue::Scalar(text) => split_list(text),
        FrontMatterValue::List(items) => items.iter().flat_map(|item| split_list(item)).collect(),
    };
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(path: &str, text: &str) -> (Vec<String>, bool) {
        let scope = path_scope(path, text.as_bytes());
        (scope.paths, scope.is_lost)
    }

    #[test]
    fn paths_are_those_of_front_matter_then_of_the_folder() {
        let of = |path, text| scope(path, text).0;
        let copilot = ".github/instructions/a.instructions.md";
        assert_eq!(
            of(copilot, "---\napplyTo: '**/*.{ts,tsx},**/*.md'\n---\n"),
            ["**/*.md", "**/*.{ts,tsx}"]
        );
        assert_eq!(of(copilot, "---\napplyTo: '**'\n---\n"), Vec::<String>::new());
        assert_eq!(of(".cursor/rules/a.mdc", "---\nglobs: *.cs\n---\n"), ["**/*.cs"]);
        assert_eq!(of("web/AGENTS.md", "- x\n"), ["web/**"]);
        assert_eq!(of("AGENTS.md", "- x\n"), Vec::<String>::new());
        assert_eq!(
            of(
                "web/.github/instructions/a.instructions.md",
                "---\napplyTo: 'src/**'\n---\n"
            ),
            ["web/src/**"]
        );
        assert!(scope(copilot, "---\napplyTo: '**/*.[Tt]ests.ps1'\n---\n").1);
    }

    #[test]
    fn only_a_condition_is_a_scope() {
        assert_eq!(
            paths_in_words("When editing files in `src/db/`, `sql/*.sql`: use x"),
            ["src/db/**", "sql/*.sql"]
        );
        assert_eq!(paths_in_words("Generates into `src/gen/`"), Vec::<String>::new());
    }

    #[test]
    fn an_opt_out_is_kept() {
        let out = |text: &str| path_scope("a.md", text.as_bytes()).opt_out;
        assert_eq!(
            out("---\nexcludeAgent: 'code-review'\n---\n").as_deref(),
            Some("excludeAgent: code-review")
        );
        assert_eq!(out("---\ntargets: ['*']\n---\n"), None);
        assert!(out("---\ntargets: [cursor]\n---\n").is_some());
    }
}

//! The text of `targets.yaml` in a new store, with the repositories beside it as targets.
//!
//! Input: the store's name and the repositories beside it. Output: the text of the file. Not here: finding and opening the
//! repositories (`init`).

use std::fmt::Write as _;

use super::tags;
use lessonbook_base::generated;
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, EntryPointKind, assistants};

/// A repository beside the new store.
pub struct Neighbour {
    /// As `targets.yaml` names it: `../shop`.
    pub path: String,
    /// The content that matters here, or why the repository can't be a target.
    pub content: Result<NeighbourContent, String>,
    /// `owner/name` of its `origin`, if it has one.
    pub origin: Option<String>,
}

/// The content of a neighbour that decides its entry in `targets.yaml`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NeighbourContent {
    /// Its instruction files, in the table's order.
    pub files: Vec<String>,
    /// Always-loaded instruction files that another tool generates: file and entry point.
    pub generated: Vec<(String, String)>,
    /// The assistants that these files are made for, in the table's order.
    pub assistants: Vec<String>,
    /// Tags that are proposed from its manifests.
    pub tags: Vec<&'static str>,
}

/// Instruction files that Lessonbook does not write, and only reports.
const OTHER_FILES: [&str; 6] = [
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".rules",
    "AGENTS.override.md",
    ".junie/AGENTS.md",
];

impl NeighbourContent {
    /// Reads the content from a tree.
    pub fn from_tree(tree: &Tree, rows: &[EntryPoint]) -> Self {
        let mut content = NeighbourContent {
            tags: tags::propose(tree),
            ..NeighbourContent::default()
        };
        for row in rows {
            let mut paths: Vec<&str> = tree
                .iter()
                .map(|(path, _)| path)
                .filter(|path| row.owns(path))
                .collect();
            if paths.is_empty() {
                continue;
            }
            let is_generated = |path: &&str| tree.file(path).and_then(generated::banner).is_some();
            if row.kind == EntryPointKind::Always && paths.iter().any(is_generated) {
                content.generated.push((row.path.clone(), row.name.clone()));
                continue;
            }
            if paths.len() > 2 {
                content.files.push(format!(
                    "{} ({} files)",
                    row.path.replace("{topic}", "*"),
                    paths.len()
                ));
            } else {
                content.files.extend(paths.drain(..).map(str::to_owned));
            }
            if let Some(assistant) = row.made_for()
                && !content.assistants.iter().any(|known| known == assistant)
            {
                content.assistants.push(assistant.to_owned());
            }
        }
        let others = OTHER_FILES.iter().filter(|path| tree.get(path).is_some());
        content.files.extend(others.map(|path| (*path).to_owned()));
        content
    }
}

/// The whole file.
pub fn text(name: &str, home: Option<&str>, neighbours: &[Neighbour]) -> String {
    let home = match home {
        Some(home) => format!("home: {home}"),
        None => format!("# home: owner/{name}"),
    };
    let mut text = HEAD.replace("{home}", &home).replace("{name}", name);
    if neighbours.iter().all(|neighbour| neighbour.content.is_err()) {
        text.push_str("targets: {}\n");
        text.push_str("  # ../shop: { tags: [python], visibility: private }\n");
    } else {
        text.push_str("targets:\n");
    }
    for neighbour in neighbours {
        // Writing to a String can't fail.
        let _ = match &neighbour.content {
            Ok(content) => writeln!(
                text,
                "  # {}\n  {}: {}",
                comment(content, neighbour.origin.as_deref()),
                key(&neighbour.path),
                value(content)
            ),
            Err(why) => writeln!(
                text,
                "  # Left out, because {why}:\n  # {}: {{ tags: [] }}",
                key(&neighbour.path)
            ),
        };
    }
    text.push_str(TAIL);
    text
}

fn comment(content: &NeighbourContent, origin: Option<&str>) -> String {
    let origin = origin.map(|origin| format!("{origin}. ")).unwrap_or_default();
    let files: Vec<String> = content.files.iter().map(|file| one_line(file)).collect();
    let mut text = if files.is_empty() {
        format!("{origin}Found no instruction file.")
    } else {
        format!("{origin}Found {}.", files.join(", "))
    };
    if !content.generated.is_empty() {
        let files: Vec<String> = content.generated.iter().map(|(path, _)| one_line(path)).collect();
        text.push_str(&format!(
            " Left out {}, which another tool writes.",
            files.join(", ")
        ));
    }
    text
}

fn value(content: &NeighbourContent) -> String {
    let mut keys = vec![format!("tags: [{}]", content.tags.join(", "))];
    if !content.assistants.is_empty() && content.assistants != assistants::DEFAULT {
        keys.push(format!("assistants: [{}]", content.assistants.join(", ")));
    }
    if !content.generated.is_empty() {
        let names: Vec<String> = content
            .generated
            .iter()
            .map(|(_, name)| format!("-{name}"))
            .collect();
        keys.push(format!("use: [{}]", names.join(", ")));
    }
    format!("{{ {} }}", keys.join(", "))
}

/// A path as a key of YAML.
fn key(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!(
            "\"{}\"",
            one_line(path).replace('\\', "\\\\").replace('"', "\\\"")
        )
    }
}

/// The text without characters that would end a comment or control a terminal.
pub fn one_line(text: &str) -> String {
    let unsafe_char =
        |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.replace(unsafe_char, "?")
}

const HEAD: &str = "\
# yaml-language-server: $schema=docs/schema/targets.json
# Which repositories receive the lessons of this store, and where. `lessonbook check` reports every problem in this file.

# The version of this file's format.
version: 1

# The store's name. It is in the markers of every block and in the name of our branch, `lessonbook/{name}`. Choose it now:
# blocks with another name belong to another store and are never changed.
name: {name}

# The repository of this store. Every block names it as the place where changes belong.
{home}

# Whether targets receive the checks of their lessons, too, as the file `.lessonbook/{name}.checks.yaml`. `lessonbook lint` reads it
# there; a target can have its own setting.
checks: true

# The assistants that your teams use; a target can have its own list. Only files that they load are written.
# This is the default; `lessonbook entry-points` lists all assistants.
# assistants: [copilot, claude-code]

# How much of a lesson is written at each kind of entry point: none, rule, summary or full. This is the default.
# redundancy:
#   critical: { always: summary, scoped: full,    reference: full }
#   high:     { always: summary, scoped: full,    reference: full }
#   medium:   { always: rule,    scoped: summary, reference: full }
#   low:      { always: none,    scoped: rule,    reference: full }

# The repositories that receive lessons: a folder with a git repository, or `owner/name` on GitHub. A comment above a folder shows its
# name on GitHub if it is known; a workflow can read a target only by that name. A target gets the lessons that share a tag with it,
# and the lessons without tags whose paths match files in it.
#   tags        what the target is about; proposed here from its manifests. `check` warns about a tag that no lesson uses
#   assistants  other assistants ([claude-code, codex]), more (+cursor) or fewer (-copilot)
#   visibility  public (the default), internal or private; incidents are printed in the latter two only
#   base        the branch that proposals are made against, if it is not the default branch
#   enabled     false: propose the removal of our blocks
#   forbid_paths, allow_paths, max_added_lines: as in policy below, for this target
";

const TAIL: &str = "
# Limits of a plan and of a run. A target beyond one of the first four is refused. A run beyond one of the next three stops before its
# first write. Proposals beyond the last one wait for the next run.
# policy:
#   forbid_paths: [\"docs/**\"]
#   allow_paths: [CLAUDE.md, \".github/**\"]
#   max_added_lines: 400
#   max_files_per_target: 25
#   max_targets: 20
#   max_files: 100
#   max_changed_lines: 4000
#   max_new_proposals: 50

# Lessons that may be absent at an entry point, with a reason and the person who decided it.
# exceptions:
#   - { lesson: run-the-tests, target: ../shop, entry_point: claude, reason: it has no tests, by: dana, until: 2027-01-31 }
";

#[cfg(test)]
mod tests {
    use super::*;
    use lessonbook_base::tree::Mode;
    use lessonbook_store;
    use lessonbook_store::Files;

    fn rows() -> Vec<EntryPoint> {
        lessonbook_store::load(&Files::new(), jiff::civil::date(2026, 11, 20))
            .0
            .entry_points
    }

    #[test]
    fn the_content_of_a_neighbour_lists_its_files_and_their_assistants() {
        let mut tree = Tree::new();
        for path in ["CLAUDE.md", "GEMINI.md", ".cursorrules", "src/CLAUDE.md"] {
            tree.list(path, Mode::File);
        }
        for topic in ["a", "b", "c"] {
            tree.list(format!(".cursor/rules/{topic}.mdc"), Mode::File);
        }
        let content = NeighbourContent::from_tree(&tree, &rows());
        assert_eq!(
            content.files,
            [
                "CLAUDE.md",
                "GEMINI.md",
                ".cursor/rules/*.mdc (3 files)",
                ".cursorrules"
            ]
        );
        assert_eq!(content.assistants, ["claude-code", "gemini-cli", "cursor"]);
    }

    #[test]
    fn a_folder_of_any_name_is_read_back_as_that_folder() {
        for path in [
            "../a b",
            "../x: y",
            "../\"q\"",
            "../#1",
            "../ä",
            "../back\\slash",
            "../yes",
        ] {
            let neighbour = Neighbour {
                path: path.to_owned(),
                content: Ok(NeighbourContent::default()),
                origin: None,
            };
            let mut files = Files::new();
            files.insert(
                "targets.yaml".into(),
                text("acme", None, &[neighbour]).into_bytes(),
            );
            let (store, findings) = lessonbook_store::load(&files, jiff::civil::date(2026, 11, 20));
            assert_eq!(findings, [], "{path}");
            assert_eq!(store.targets[0].name, path);
        }
    }
}

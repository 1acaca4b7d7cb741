//! The `targets.yaml` of a new store, filled from the repositories beside it.
//!
//! Input: the store's name and what was seen beside it. Output: the text of the file, and which lines of it are targets.
//! Not here: looking at the repositories (`init`).

use std::fmt::Write as _;

use super::tags;
use lessonbook_base::generated;
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, EntryPointKind, assistants};

/// A repository beside the new store.
pub struct Neighbour {
    /// As `targets.yaml` names it: `../shop`.
    pub path: String,
    /// What stands there, or why it can't be a target.
    pub seen: Result<NeighbourContent, String>,
    /// `owner/name` of its `origin`, where it has one.
    pub origin: Option<String>,
}

/// What a neighbour holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NeighbourContent {
    /// The instruction files that were found, in the table's order.
    pub files: Vec<String>,
    /// The always-loaded ones that another tool writes: file and entry point.
    pub generated: Vec<(String, String)>,
    /// The assistants that these files are made for, in the table's order.
    pub assistants: Vec<String>,
    /// Tags that its manifests propose.
    pub tags: Vec<&'static str>,
}

/// Instruction files that Lessonbook does not write: other tools', or a second place of a tool's.
const OTHERS: [&str; 6] = [
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".rules",
    "AGENTS.override.md",
    ".junie/AGENTS.md",
];

/// Looks at a tree.
pub fn look(tree: &Tree, rows: &[EntryPoint]) -> NeighbourContent {
    let mut seen = NeighbourContent {
        tags: tags::propose(tree),
        ..NeighbourContent::default()
    };
    for row in rows {
        let mut found: Vec<&str> = tree
            .iter()
            .map(|(path, _)| path)
            .filter(|path| row.owns(path))
            .collect();
        if found.is_empty() {
            continue;
        }
        let written = |path: &&str| tree.file(path).and_then(generated::banner).is_some();
        if row.kind == EntryPointKind::Always && found.iter().any(written) {
            seen.generated.push((row.path.clone(), row.name.clone()));
            continue;
        }
        if found.len() > 2 {
            seen.files.push(format!(
                "{} ({} files)",
                row.path.replace("{topic}", "*"),
                found.len()
            ));
        } else {
            seen.files.extend(found.drain(..).map(str::to_owned));
        }
        if let Some(assistant) = row.made_for()
            && !seen.assistants.iter().any(|known| known == assistant)
        {
            seen.assistants.push(assistant.to_owned());
        }
    }
    let others = OTHERS.iter().filter(|path| tree.get(path).is_some());
    seen.files.extend(others.map(|path| (*path).to_owned()));
    seen
}

/// The whole file.
pub fn text(name: &str, home: Option<&str>, neighbours: &[Neighbour]) -> String {
    let home = match home {
        Some(home) => format!("home: {home}"),
        None => format!("# home: owner/{name}"),
    };
    let mut text = HEAD.replace("{home}", &home).replace("{name}", name);
    if neighbours.iter().all(|neighbour| neighbour.seen.is_err()) {
        text.push_str("targets: {}\n");
        text.push_str("  # ../shop: { tags: [python], visibility: private }\n");
    } else {
        text.push_str("targets:\n");
    }
    for neighbour in neighbours {
        // A String takes everything.
        let _ = match &neighbour.seen {
            Ok(seen) => writeln!(
                text,
                "  # {}\n  {}: {}",
                found(seen, neighbour.origin.as_deref()),
                key(&neighbour.path),
                value(seen)
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

fn found(seen: &NeighbourContent, origin: Option<&str>) -> String {
    let origin = origin.map(|origin| format!("{origin}. ")).unwrap_or_default();
    let files: Vec<String> = seen.files.iter().map(|file| one_line(file)).collect();
    let mut text = if files.is_empty() {
        format!("{origin}Found no instruction file.")
    } else {
        format!("{origin}Found {}.", files.join(", "))
    };
    if !seen.generated.is_empty() {
        let files: Vec<String> = seen.generated.iter().map(|(path, _)| one_line(path)).collect();
        text.push_str(&format!(" Another tool writes {}, left out.", files.join(", ")));
    }
    text
}

fn value(seen: &NeighbourContent) -> String {
    let mut keys = vec![format!("tags: [{}]", seen.tags.join(", "))];
    if !seen.assistants.is_empty() && seen.assistants != assistants::DEFAULT {
        keys.push(format!("assistants: [{}]", seen.assistants.join(", ")));
    }
    if !seen.generated.is_empty() {
        let names: Vec<String> = seen
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

/// What would end a comment or steer a terminal is replaced.
pub fn one_line(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.replace(odd, "?")
}

const HEAD: &str = "\
# yaml-language-server: $schema=docs/schema/targets.json
# Who receives the lessons of this store, and where. `lessonbook check` says what is wrong with it.

# The version of this file's format.
version: 1

# The store's name. It stands in the markers of every block and in the name of our branch, `lessonbook/{name}`. Choose it now:
# blocks with another name are somebody else's and are never touched.
name: {name}

# Where changes belong, as every block tells its readers: the repository of this store.
{home}

# The assistants that your teams use; a target may say otherwise. Their files follow from it, and no other file is written.
# This is the default; `lessonbook entry-points` lists all that there are.
# assistants: [copilot, claude-code]

# How much of a lesson stands where: none, rule, summary or full. This is the default.
# redundancy:
#   critical: { always: summary, scoped: full,    reference: full }
#   high:     { always: summary, scoped: full,    reference: full }
#   medium:   { always: rule,    scoped: summary, reference: full }
#   low:      { always: none,    scoped: rule,    reference: full }

# Who receives lessons: a folder with a git repository, or `owner/name` on GitHub (written beside a folder where it is known; a
# workflow can read only that). A target gets the lessons that share a tag
# with it, and of those without tags the ones whose paths it has.
#   tags        what it is about; these are proposed from its manifests. `check` warns of a tag that no lesson uses
#   assistants  other assistants ([claude-code, codex]), more (+cursor) or fewer (-copilot)
#   visibility  public (the default), internal or private; incidents are printed in the latter two only
#   base        the branch that proposals are made against, where it is not plain
#   enabled     false: a proposal that takes our blocks out again
#   forbid_paths, allow_paths, max_added_lines: as in policy below, for this target
";

const TAIL: &str = "
# How far a plan and a run may reach. Past the first four a target is refused, past the next three the whole run stops before its
# first write, and what is past the last one waits for the next run.
# policy:
#   forbid_paths: [\"docs/**\"]
#   allow_paths: [CLAUDE.md, \".github/**\"]
#   max_added_lines: 400
#   max_files_per_target: 25
#   max_targets: 20
#   max_files: 100
#   max_changed_lines: 4000
#   max_new_proposals: 50

# Lessons that need not stand somewhere, with a reason and who says so.
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
    fn what_a_neighbour_holds_is_named_and_what_its_assistants_use_is_added() {
        let mut tree = Tree::new();
        for path in ["CLAUDE.md", "GEMINI.md", ".cursorrules", "src/CLAUDE.md"] {
            tree.list(path, Mode::File);
        }
        for topic in ["a", "b", "c"] {
            tree.list(format!(".cursor/rules/{topic}.mdc"), Mode::File);
        }
        let seen = look(&tree, &rows());
        assert_eq!(
            seen.files,
            [
                "CLAUDE.md",
                "GEMINI.md",
                ".cursor/rules/*.mdc (3 files)",
                ".cursorrules"
            ]
        );
        assert_eq!(seen.assistants, ["claude-code", "gemini-cli", "cursor"]);
    }

    #[test]
    fn whatever_a_folder_is_called_the_file_reads_as_that_folder() {
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
                seen: Ok(NeighbourContent::default()),
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

//! An independent reader over generated monorepos: what each assistant reads in a folder, derived from the files alone.
//!
//! Input: random scopes, assistants and hand-written nested files. Output: for each folder and assistant, each lesson that concerns it
//! exactly once. The reader shares no code with the program: it knows the documented behaviour of each assistant, and matches globs itself.

use std::collections::BTreeSet;

use crate::support::library::{self, Book, story};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_pipeline::target_state::TargetState;

/// Folders with a file each, of which some are scopes.
const FOLDERS: [&str; 7] = [
    "services/billing",
    "services/mail",
    "services",
    "web",
    "web/api/v1",
    "infra",
    "libs/core",
];

/// Lessons: id, severity, tag, whether they are for Python files only.
const LESSONS: [(&str, &str, &str, bool); 7] = [
    ("keys", "critical", "app", false),
    ("types", "critical", "app", true),
    ("money", "critical", "billing", true),
    ("ledger", "high", "billing", false),
    ("queue", "high", "mail", true),
    ("render", "critical", "web", false),
    ("cache", "high", "web", true),
];

const TAGS: [&str; 4] = ["app", "billing", "mail", "web"];
const ASSISTANTS: [&str; 5] = ["copilot", "claude-code", "codex", "gemini-cli", "cursor"];

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap_or(0)
    }

    fn some<'t>(&mut self, all: &[&'t str], least: usize) -> Vec<&'t str> {
        let mut chosen: Vec<&str> = all.iter().copied().filter(|_| self.below(2) == 0).collect();
        while chosen.len() < least {
            let one = all[self.below(all.len())];
            if !chosen.contains(&one) {
                chosen.push(one);
            }
        }
        chosen
    }
}

/// A generated repository and its settings.
struct Case {
    tree: Tree,
    tags: Vec<&'static str>,
    assistants: Vec<&'static str>,
    /// Folder, tags, and an assistant that only it uses.
    scopes: Vec<(&'static str, Vec<&'static str>, Option<&'static str>)>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut tree = Tree::new();
        tree.list("setup.py", Mode::File);
        for folder in FOLDERS {
            tree.list(format!("{folder}/main.py"), Mode::File);
            tree.list(format!("{folder}/notes.txt"), Mode::File);
        }
        for folder in ["", "services", "services/billing", "web", "libs"] {
            for name in ["AGENTS.md", "CLAUDE.md", "GEMINI.md"] {
                // In the root, a CLAUDE.md of people comes with an AGENTS.md.
                let is_alone = folder.is_empty() && name == "CLAUDE.md" && tree.get("AGENTS.md").is_none();
                if random.below(6) != 0 || is_alone {
                    continue;
                }
                let path = if folder.is_empty() {
                    name.to_owned()
                } else {
                    format!("{folder}/{name}")
                };
                let text = match random.below(3) {
                    // An import of a file that does not exist yet is left out.
                    0 if name == "CLAUDE.md" && tree.get(&path.replace("CLAUDE", "AGENTS")).is_some() => {
                        "# Mine\n\n@AGENTS.md\n"
                    }
                    1 => "Be kind.\n",
                    _ => "# Mine\n\nRun `make`.\n",
                };
                tree.load(path, Mode::File, text.as_bytes());
            }
        }
        let assistants = random.some(&ASSISTANTS, 1);
        let mut scopes = Vec::new();
        for folder in FOLDERS {
            if random.below(2) == 0 {
                let tags = random.some(&TAGS, 0);
                let more = ASSISTANTS[random.below(ASSISTANTS.len())];
                let more = (random.below(4) == 0 && !assistants.contains(&more)).then_some(more);
                scopes.push((folder, tags, more));
            }
        }
        Case {
            tree,
            tags: random.some(&TAGS, 0),
            assistants,
            scopes,
        }
    }

    /// The store, with its scopes enabled or disabled.
    fn book(&self, enabled: bool) -> Book {
        let lessons: Vec<(String, String)> = LESSONS
            .iter()
            .map(|(id, severity, tag, is_python)| {
                let paths = if *is_python { "paths: [\"**/*.py\"]\n" } else { "" };
                let text = format!(
                    "title: About {id}\nseverity: {severity}\ntags: [{tag}]\n{paths}rule: Mind the {id}.\nrationale: It broke twice.\n"
                );
                (format!("topic/{id}"), text)
            })
            .collect();
        let lessons: Vec<(&str, &str)> = lessons
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let scopes = self.scopes.iter().map(|(folder, tags, more)| {
            let more = more.map_or(String::new(), |id| format!(", assistants: [+{id}]"));
            format!(
                "{folder}: {{ tags: [{}]{more}, enabled: {enabled} }}",
                tags.join(", ")
            )
        });
        Book::new(&lessons).target(&format!(
            "{{ tags: [{}], visibility: private, assistants: [{}], use: [-reference], scopes: {{ {} }} }}",
            self.tags.join(", "),
            self.assistants.join(", "),
            scopes.collect::<Vec<_>>().join(", ")
        ))
    }

    /// Whether people wrote a CLAUDE.md on the way to a path, below the root.
    fn has_claude_below(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.any(|folder| self.tree.get(&format!("{folder}/CLAUDE.md")).is_some())
    }

    /// Whether a scope around a path has an assistant that the target does not use.
    fn has_more(&self, path: &str) -> bool {
        let around = self.around(path);
        let mut scopes = self.scopes.iter();
        scopes.any(|(folder, _, more)| more.is_some() && around.contains(folder))
    }

    /// The folders that decide for a path: the scopes around it, and the root.
    fn around(&self, path: &str) -> Vec<&str> {
        let scopes = self.scopes.iter().map(|(folder, ..)| *folder);
        scopes
            .filter(|folder| path.starts_with(&format!("{folder}/")))
            .chain([""])
            .collect()
    }

    /// The lessons that an assistant must have at a path, which is that of a Python file.
    fn wanted(&self, path: &str) -> Vec<&'static str> {
        let around = self.around(path);
        let tags: BTreeSet<&str> = around
            .iter()
            .flat_map(|folder| {
                let scope = self.scopes.iter().find(|(other, ..)| other == folder);
                scope.map_or(&self.tags, |(_, tags, _)| tags).iter().copied()
            })
            .collect();
        let about = LESSONS.iter().filter(|(_, _, tag, _)| tags.contains(tag));
        about.map(|(id, ..)| *id).collect()
    }

    /// The assistants in use at a path: of the innermost scope.
    fn assistants(&self, path: &str) -> Vec<&'static str> {
        let inner = self.around(path).into_iter().max_by_key(|folder| folder.len());
        let more = self
            .scopes
            .iter()
            .find(|(folder, ..)| Some(*folder) == inner)
            .and_then(|(.., more)| *more);
        self.assistants.iter().copied().chain(more).collect()
    }
}

/// What an assistant reads when it works on a path.
fn reads(assistant: &str, tree: &Tree, path: &str) -> String {
    let mut folders = vec![""];
    folders.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
    let file = |folder: &str, name: &str| {
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        tree.file(&path)
            .map(|bytes| (path, String::from_utf8_lossy(bytes).into_owned()))
    };
    let down = |name: &str| -> Vec<(String, String)> {
        folders.iter().filter_map(|folder| file(folder, name)).collect()
    };
    let text = |files: Vec<(String, String)>| -> String { files.into_iter().map(|(_, text)| text).collect() };
    match assistant {
        "codex" => text(down("AGENTS.md")),
        "gemini-cli" => text(down("GEMINI.md")),
        "cursor" => {
            text(down("AGENTS.md"))
                + &text(file("", "CLAUDE.md").into_iter().collect())
                + &family(tree, ".cursor/rules/", "globs: ", path)
        }
        "claude-code" => {
            let own = down("CLAUDE.md");
            let mut seen: BTreeSet<String> = BTreeSet::new();
            let mut all = String::new();
            let mut open: Vec<(String, String)> = if own.is_empty() {
                file("", "AGENTS.md").into_iter().collect()
            } else {
                own
            };
            while let Some((path, text)) = open.pop() {
                if !seen.insert(path.clone()) {
                    continue;
                }
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                for line in text.lines().filter_map(|line| line.trim().strip_prefix('@')) {
                    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
                    let mut rest = line;
                    while let Some(up) = rest.strip_prefix("../") {
                        parts.pop();
                        rest = up;
                    }
                    open.extend(file(&parts.join("/"), rest));
                }
                all.push_str(&text);
            }
            all + &family(tree, ".claude/rules/", "  - \"", path)
        }
        _ => {
            // Copilot's cloud agent: the nearest AGENTS.md, and the root's other files.
            let root = [".github/copilot-instructions.md", "CLAUDE.md", "GEMINI.md"];
            let root = root.iter().filter_map(|name| file("", name)).collect();
            let nearest = down("AGENTS.md").pop().into_iter().collect();
            text(root) + &text(nearest) + &family(tree, ".github/instructions/", "applyTo: \"", path)
        }
    }
}

/// The files of a family whose front matter has a glob that matches a path.
fn family(tree: &Tree, folder: &str, key: &str, path: &str) -> String {
    let mut all = String::new();
    for (name, entry) in tree.iter().filter(|(name, _)| name.starts_with(folder)) {
        let Some(bytes) = entry.content.as_deref() else {
            panic!("{name} is not loaded");
        };
        let text = String::from_utf8_lossy(bytes);
        let Some(front) = text
            .strip_prefix("---\n")
            .and_then(|rest| rest.split("\n---").next())
        else {
            all.push_str(&text);
            continue;
        };
        let globs = front.lines().filter_map(|line| line.strip_prefix(key));
        let mut globs = globs.flat_map(|line| line.trim_end_matches('"').split(','));
        if globs.any(|glob| matches(glob.trim(), path)) {
            all.push_str(&text);
        }
    }
    all
}

/// A glob of folders, `**` and one `*.ext`.
fn matches(glob: &str, path: &str) -> bool {
    let glob: Vec<&str> = glob.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    fits(&glob, &path)
}

fn fits(glob: &[&str], path: &[&str]) -> bool {
    match (glob.split_first(), path.split_first()) {
        (None, None) | (Some((&"**", [])), Some(_)) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skip| fits(rest, &path[skip..])),
        (Some((part, rest)), Some((name, below))) => {
            let is_same = match part.strip_prefix('*') {
                Some(ending) => name.ends_with(ending),
                None => part == name,
            };
            is_same && fits(rest, below)
        }
        _ => false,
    }
}

#[test]
fn each_assistant_has_each_lesson_of_its_folder_once() {
    let (mut pairs, mut repeated) = (0, 0);
    for seed in 1..=120 {
        let case = Case::new(seed);
        let plan = case.book(true).plan(&case.tree);
        assert!(
            plan.outcome.state != TargetState::Refused,
            "seed {seed}: {:?}\n{}",
            case.scopes,
            story(&plan)
        );
        let after = case.tree.with(&plan.content.edits);
        for path in case
            .scopes
            .iter()
            .map(|(folder, ..)| format!("{folder}/main.py"))
            .chain(["setup.py".to_owned()])
        {
            for assistant in case.assistants(&path) {
                let text = reads(assistant, &after, &path);
                for id in case.wanted(&path) {
                    let copies = text.matches(&format!("(`{id}`, ")).count();
                    let what = || {
                        format!(
                            "seed {seed}: `{id}` for {assistant} at {path}\n{:?}\n{}",
                            case.scopes,
                            story(&plan)
                        )
                    };
                    assert!(copies > 0, "missing, {}", what());
                    // A file that is written for another assistant as well may say it again: for one that only the scope uses, for
                    // Claude Code if people wrote a CLAUDE.md further down that hides the root's file, or for a program that reads the
                    // nearest file only.
                    let loses =
                        case.assistants(&path).contains(&"claude-code") && case.has_claude_below(&path);
                    let is_alone = match assistant {
                        "codex" => !loses && !case.has_more(&path),
                        "claude-code" => !case.has_more(&path),
                        "gemini-cli" => true,
                        _ => false,
                    };
                    assert!(copies == 1 || !is_alone, "{copies} copies, {}", what());
                    pairs += 1;
                    repeated += usize::from(copies > 1);
                }
            }
        }
    }
    assert!(pairs > 1_000, "{pairs} pairs");
    assert!(repeated * 4 < pairs, "{repeated} of {pairs} are repeated");
}

#[test]
fn disabling_all_scopes_of_a_generated_monorepo_restores_its_bytes() {
    for seed in 1..=40 {
        let case = Case::new(seed);
        let without = case.book(false).applied(&case.tree);
        let with = case.book(true).applied(&without);
        let again = case.book(false).applied(&with);
        assert_eq!(
            library::differing(&again, &without),
            Vec::<String>::new(),
            "seed {seed}: {:?}",
            case.scopes
        );
    }
}

//! The table of entry points: which files assistants load, how they read globs, and their size limits.
//!
//! The rows are in `entry-points.yaml` (built in) and in `entry_points:` of `targets.yaml` (the user's own).
//! Not here: reading the rows (`read/entry_points`), and which lessons are written there (`pipeline/`).

use serde::Serialize;

use super::folder::is_within;
use lessonbook_base::front_matter::{FrontMatter, FrontMatterValue};
use lessonbook_base::globs::Dialect;

/// When an entry point is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryPointKind {
    /// In every session.
    Always,
    /// A family of files, each for matching paths.
    Scoped,
    /// Read on request.
    Reference,
}

impl EntryPointKind {
    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            EntryPointKind::Always => "always",
            EntryPointKind::Scoped => "scoped",
            EntryPointKind::Reference => "reference",
        }
    }
}

/// The front matter of an entry point's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrontMatterForm {
    /// None.
    None,
    /// `applyTo`, one double-quoted string of globs with commas.
    CopilotInstructions,
    /// `paths`, a list of double-quoted globs; no front matter if the file is for every path.
    ClaudeRules,
    /// `description`, `globs` unquoted on one line, `alwaysApply` as a bare boolean.
    CursorRules,
}

/// The unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitUnit {
    /// Lines.
    Lines,
    /// Characters.
    Characters,
    /// Bytes.
    Bytes,
}

/// The files over which a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One file.
    File,
    /// The files of one name from the root down to a folder, in that order.
    Chain,
    /// All files of the entry point together, including those of others.
    Family,
}

/// What an assistant does with a file over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PastLimit {
    /// It reads the beginning and drops the rest.
    CutsTail,
    /// It does not read the file.
    Skips,
    /// It is not documented.
    Unknown,
    /// It reads the whole file; the number is the vendor's advice.
    Advice,
}

/// A size limit of an assistant, or the size that a vendor advises not to exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// The largest number.
    pub count: usize,
    /// The unit of the number.
    pub unit: LimitUnit,
    /// The files over which it is counted.
    pub scope: Scope,
    /// What the assistant does above it.
    pub over: PastLimit,
}

/// Whether an assistant passes HTML comments to its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Comments {
    /// It does.
    Seen,
    /// It removes them first.
    Stripped,
    /// It is not documented; we assume that it does.
    Unknown,
}

/// What an assistant does with a file of the same name in a folder below the root, when it works there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nested {
    /// It loads the root's file only.
    No,
    /// It is not documented, or contradictory; such a file counts neither as loaded nor as harmless.
    Unknown,
    /// It loads the nearest file instead of all others.
    Nearest,
    /// It loads the files from the root down to the folder, once it works on a file there.
    OnDemand,
    /// It loads the files from the root down to the folder.
    Chain,
}

impl Nested {
    /// Whether a lesson in such a file reaches the assistant.
    pub fn is_loaded(self) -> bool {
        matches!(self, Nested::Nearest | Nested::OnDemand | Nested::Chain)
    }

    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Nested::No => "no",
            Nested::Unknown => "unknown",
            Nested::Nearest => "nearest",
            Nested::OnDemand => "on-demand",
            Nested::Chain => "chain",
        }
    }
}

/// An assistant that loads an entry point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assistant {
    /// The program's name, as its vendor spells it.
    pub name: String,
    /// The assistant's short id, as in `assistants`; several programs of one vendor may share it.
    pub assistant: String,
    /// How it reads globs; `None` if it reads none.
    pub dialect: Option<Dialect>,
    /// Whether it passes HTML comments to its model.
    pub comments: Comments,
    /// Files that hide this entry point from the assistant if they exist. These are exact paths, not patterns; a final `/` means any file
    /// in that folder.
    pub shadowed_by: Vec<String>,
    /// Files in lower folders that hide it from the assistant when it works there, with the folder. They are known for scopes only, and
    /// for an assistant of which it is unknown what it does with nested files.
    #[serde(skip)]
    pub shadowed_below: Vec<(String, String)>,
    /// What it does with files of this name in folders below the root.
    pub nested: Nested,
    /// Whether it replaces `@path` in this file with the file at that path.
    pub imports: bool,
    /// Its size limits.
    pub limits: Vec<Limit>,
    /// The vendor's page, or the source code, that documents this.
    pub page: String,
    /// The day on which a person last compared this with that source.
    pub verified_on: jiff::civil::Date,
}

impl Assistant {
    /// The files that hide the entry point from the assistant when it works in a folder: those beside it, and those on the way down.
    pub fn hiders_in<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a String> {
        let below = self.shadowed_below.iter();
        let on_the_way = below.filter(move |(other, _)| is_within(folder, other));
        self.shadowed_by.iter().chain(on_the_way.map(|(_, path)| path))
    }

    /// The folder of a file further down that hides the entry point there.
    pub fn hides_below(&self, path: &str) -> Option<&str> {
        let mut below = self.shadowed_below.iter();
        below
            .find(|(_, other)| other == path)
            .map(|(folder, _)| folder.as_str())
    }
}

/// A file, or a family of files, that assistants load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryPoint {
    /// Its name in `targets.yaml`; that of a scope's entry point begins with the folder: `services/billing/agents`.
    pub name: String,
    /// The folder of a target for which it is; empty for the whole target.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// When it is loaded.
    pub kind: EntryPointKind,
    /// Its path; a family's path contains `{topic}`.
    pub path: String,
    /// The front matter of its files.
    pub front_matter: FrontMatterForm,
    /// The template's file name.
    pub template: String,
    /// Whether it follows from `assistants` only where its file exists, so that it is never created because of them.
    pub if_exists: bool,
    /// The topics whose lessons it receives; empty for all topics.
    pub topics: Vec<String>,
    /// The largest size of our block before lessons get less detail; `None` for no limit.
    pub budget: Option<Limit>,
    /// Whether it may have another extension than `.md` and `.mdc`.
    pub prompt: bool,
    /// The assistants that load it.
    pub assistants: Vec<Assistant>,
    /// Whether it is defined in the user's `targets.yaml`.
    pub own: bool,
}

/// Names of files whose presence in the root, in `docs/` or one folder below shows that `docs/` is a published site.
pub const SITES: [&str; 20] = [
    "mkdocs.yml",
    "mkdocs.yaml",
    "conf.py",
    "docusaurus.config.js",
    "docusaurus.config.ts",
    "docusaurus.config.mjs",
    "docusaurus.config.cjs",
    "book.toml",
    "_config.yml",
    "_config.yaml",
    "_config.toml",
    ".readthedocs.yaml",
    ".readthedocs.yml",
    "readthedocs.yml",
    "readthedocs.yaml",
    "antora.yml",
    "mint.json",
    "_quarto.yml",
    "zensical.toml",
    "typedoc.json",
];

/// The default id of an assistant's name: `Claude Code` is `claude-code`.
pub fn assistant_id(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.ends_with('-') && !id.is_empty() {
            id.push('-');
        }
    }
    id.trim_end_matches('-').to_owned()
}

impl EntryPoint {
    /// The assistant that the entry point is made for: the first in its list.
    pub fn made_for(&self) -> Option<&str> {
        self.assistants
            .first()
            .map(|assistant| assistant.assistant.as_str())
    }

    /// Its name without the folder of a scope.
    pub fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The file of a topic; the path itself if the entry point is one file.
    pub fn file(&self, topic: &str) -> String {
        self.path.replace("{topic}", topic)
    }

    /// The file of a topic if [`Self::file`] belongs to someone else: `{topic}.lessons` before the ending.
    pub fn file_beside(&self, topic: &str) -> String {
        self.path.replace("{topic}", &format!("{topic}.lessons"))
    }

    /// The topic of one of the family's paths; `None` if the path does not belong to this entry point.
    pub fn topic_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (head, tail) = self.path.split_once("{topic}")?;
        let topic = path.strip_prefix(head)?.strip_suffix(tail)?;
        let topic = topic.strip_suffix(".lessons").unwrap_or(topic);
        (!topic.is_empty() && !topic.contains('/')).then_some(topic)
    }

    /// Whether a path is a file of this entry point, no matter who wrote it. Files of a scope's family belong to the target's as well.
    pub fn owns(&self, path: &str) -> bool {
        // Every path of a repository is checked, and nearly none matches.
        if path.as_bytes().first() != self.path.as_bytes().first() {
            return false;
        }
        match self.path.split_once("{topic}") {
            Some((head, ending)) => path.strip_prefix(head).is_some_and(|rest| rest.ends_with(ending)),
            None => path == self.path,
        }
    }

    /// The path of the file, or of the family's folder.
    pub fn place(&self) -> &str {
        self.family().map_or(self.path.as_str(), |(folder, _)| folder)
    }

    /// The folder of a family and the ending of its files' names.
    pub fn family(&self) -> Option<(&str, &str)> {
        let (head, ending) = self.path.split_once("{topic}")?;
        Some((head.rsplit_once('/').map_or("", |(folder, _)| folder), ending))
    }

    /// The entries that the hash of a block covers besides its text: the front matter of a family's file, and the folder of a scope, so
    /// that a block is known to belong to its folder.
    pub fn hashed_entries(&self, front: Option<&FrontMatter>) -> Vec<(String, FrontMatterValue)> {
        match (self.kind, front) {
            (EntryPointKind::Scoped, Some(front)) => front.entries.clone(),
            (EntryPointKind::Always, _) if !self.folder.is_empty() => folder_entries(&self.folder),
            _ => Vec::new(),
        }
    }
}

/// What the hash of a block in a file of a folder covers besides its text.
pub(crate) fn folder_entries(folder: &str) -> Vec<(String, FrontMatterValue)> {
    vec![("folder".to_owned(), FrontMatterValue::Scalar(folder.to_owned()))]
}

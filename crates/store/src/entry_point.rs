//! The table of entry points: which file an assistant loads, how it reads globs, and where it stops reading.
//!
//! Input: rows of `entry-points.yaml` (built in) and of `entry_points:` in `targets.yaml` (the user's own).
//! Output: [`EntryPoint`]s. Not here: which lessons stand there (`pipeline/`).

use serde::Serialize;

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

/// What front matter a file of the entry point opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrontMatterForm {
    /// None.
    None,
    /// `applyTo`, one double-quoted string of globs with commas.
    CopilotInstructions,
    /// `paths`, a list of double-quoted globs; none of it where the file is for every path.
    ClaudeRules,
    /// `description`, `globs` unquoted on one line, `alwaysApply` as a bare boolean.
    CursorRules,
}

/// What a limit counts.
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

/// What a limit is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One file.
    File,
    /// The files of one name from the root down to a folder, root first.
    Chain,
    /// All files of the entry point together, ours or not.
    Family,
}

/// What a reader does past its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PastLimit {
    /// Reads the head and drops the rest.
    CutsTail,
    /// Reads nothing of it.
    Skips,
    /// Nobody says.
    Unknown,
    /// Reads all of it; the number is the vendor's advice.
    Advice,
}

/// A size past which a reader stops reading, or a vendor advises against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// How many.
    pub count: usize,
    /// Of what.
    pub unit: LimitUnit,
    /// Over what.
    pub scope: Scope,
    /// And then.
    pub over: PastLimit,
}

/// Whether HTML comments reach the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Comments {
    /// They do.
    Seen,
    /// They are taken out first.
    Stripped,
    /// Nobody says; assume they do.
    Unknown,
}

/// An assistant that loads an entry point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assistant {
    /// The assistant, as its vendor spells it.
    pub name: String,
    /// Its short id, which `assistants` takes; several programs of one vendor may share it.
    pub assistant: String,
    /// How it reads globs; none where it reads none.
    pub dialect: Option<Dialect>,
    /// Whether HTML comments reach the model.
    pub comments: Comments,
    /// Files whose presence hides this entry point from the reader. `{folder}/` patterns are not used: exact paths only.
    pub shadowed_by: Vec<String>,
    /// For a file below a folder with another file of this name, reads that one instead of the root's.
    pub nearest: bool,
    /// Replaces `@path` in this file's kind of text by the file of that path.
    pub imports: bool,
    /// Sizes past which it stops reading.
    pub limits: Vec<Limit>,
    /// The vendor's page, or whose reading of it.
    pub page: String,
    /// When somebody last read that page.
    pub checked: jiff::civil::Date,
}

/// A file, or a family of files, that assistants load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryPoint {
    /// Its name in `targets.yaml`.
    pub name: String,
    /// When it is loaded.
    pub kind: EntryPointKind,
    /// Its path; a family's holds `{topic}`.
    pub path: String,
    /// What its files open with.
    pub front_matter: FrontMatterForm,
    /// The template's file name.
    pub template: String,
    /// Only lessons of these topics; empty: of all.
    pub topics: Vec<String>,
    /// How large our own block may grow before forms shrink; none: as large as it wants.
    pub budget: Option<Limit>,
    /// May have another extension than `.md` and `.mdc`.
    pub prompt: bool,
    /// Who loads it.
    pub assistants: Vec<Assistant>,
    /// Defined in the user's `targets.yaml`.
    pub own: bool,
}

/// Files that make a published site of a repository's `docs/`, by their name, in the root, in `docs/` or one folder below.
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

/// The id of a name where none is written: `Claude Code` is `claude-code`.
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
    /// The assistant that the entry point is made for: the first of its readers.
    pub fn made_for(&self) -> Option<&str> {
        self.assistants.first().map(|reader| reader.assistant.as_str())
    }

    /// The file of a topic; the path itself where the entry point is one file.
    pub fn file(&self, topic: &str) -> String {
        self.path.replace("{topic}", topic)
    }

    /// The file of a topic where [`Self::file`] is taken by somebody else: `{topic}.lessons` before the ending.
    pub fn file_beside(&self, topic: &str) -> String {
        self.path.replace("{topic}", &format!("{topic}.lessons"))
    }

    /// The topic of one of the family's paths; `None` where the path is not of this entry point.
    pub fn topic_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (head, tail) = self.path.split_once("{topic}")?;
        let topic = path.strip_prefix(head)?.strip_suffix(tail)?;
        let topic = topic.strip_suffix(".lessons").unwrap_or(topic);
        (!topic.is_empty() && !topic.contains('/')).then_some(topic)
    }

    /// Whether a path is a file of this entry point, ours or somebody's.
    pub fn owns(&self, path: &str) -> bool {
        // Asked of every path of a repository, and nearly always no.
        if path.as_bytes().first() != self.path.as_bytes().first() {
            return false;
        }
        if self.kind == EntryPointKind::Scoped {
            self.family().is_some_and(|(folder, ending)| {
                path.strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/') && rest.ends_with(ending))
            })
        } else {
            path == self.path
        }
    }

    /// The file, or the folder of the family.
    pub fn place(&self) -> &str {
        self.family().map_or(self.path.as_str(), |(folder, _)| folder)
    }

    /// The folder of a family and the ending of its files' names.
    pub fn family(&self) -> Option<(&str, &str)> {
        let (head, ending) = self.path.split_once("{topic}")?;
        Some((head.trim_end_matches('/'), ending))
    }
}

//! The entry points of one tree: when an assistant loads a file, and which lessons it reads there.
//!
//! Input: a target's tree. Output: [`LoadedFiles`], which gives each assistant its [`LessonsSeen`]. Not here: comparing the trees
//! before and after a proposal.

use super::{AssistantFile, AssistantViews, LessonsSeen, LoadTime, SeenAt, SeenLesson, UnreadLesson};
use crate::merge::present;
use crate::place::in_use;
use lessonbook_base::front_matter::{self, FileScope, FrontMatter, FrontMatterValue};
use lessonbook_base::globs::Matcher;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::matched_paths::MatchedPaths;
use lessonbook_proof::{EntryPointText, ExceededLimit, ReadLesson, follow, limits, scope};
use lessonbook_store::entry_point::{Nested, PastLimit};
use lessonbook_store::folder::{in_folder, is_within};
use lessonbook_store::{Assistant, Detail, EntryPoint, EntryPointKind, Target};

/// A file of an entry point, with its lessons.
pub(crate) struct LoadedFile<'a> {
    pub row: &'a EntryPoint,
    /// The path by which an assistant opens it.
    pub path: String,
    /// Where the bytes are, if the path is a symlink.
    pub through: Option<String>,
    pub bytes: &'a [u8],
    view: EntryPointText,
    front: Option<FrontMatter>,
    passed: Vec<ExceededLimit>,
    /// How much of each lesson it holds, by the lesson's index in the store.
    read: Vec<(usize, ReadLesson)>,
}

/// All files of the entry points in a tree.
pub(crate) struct LoadedFiles<'a> {
    views: &'a AssistantViews<'a>,
    tree: &'a Tree,
    used: Vec<&'a str>,
    pub pages: Vec<LoadedFile<'a>>,
    /// Symlinks that lead to no file, and files that can't be read.
    pub broken: Vec<(&'a EntryPoint, String)>,
    /// The paths that each lesson's globs match.
    matched: MatchedPaths<'a, 'a>,
}

impl<'a> LoadedFiles<'a> {
    pub fn new(views: &'a AssistantViews<'a>, target: &Target, tree: &'a Tree) -> Self {
        let store = views.store;
        let mut side = LoadedFiles {
            views,
            tree,
            used: in_use(store, target, tree)
                .iter()
                .map(|used| used.row.name.as_str())
                .collect(),
            pages: Vec::new(),
            broken: Vec::new(),
            matched: views.globs.matched(store, target, tree),
        };
        for row in &store.entry_points {
            for path in present(row, tree) {
                if store.owner(path).is_some_and(|owner| owner.name != row.name) {
                    continue; // a file of a scope's family, which is also in the target's folder
                }
                match side.page(row, path, target) {
                    Some(page) => side.pages.push(page),
                    None => side.broken.push((row, path.to_owned())),
                }
            }
        }
        side
    }

    /// Whether the target uses an entry point in this tree.
    pub fn uses(&self, row: &EntryPoint) -> bool {
        self.used.contains(&row.name.as_str())
    }

    /// All entry points of the table.
    pub fn rows(&self) -> impl Iterator<Item = &'a EntryPoint> {
        self.views.store.entry_points.iter()
    }

    /// What an assistant sees in general or, with a path, when it edits that path.
    pub fn lessons_seen(&self, assistant: &str, path: Option<&str>) -> LessonsSeen {
        let mut lessons_seen = LessonsSeen::default();
        for page in &self.pages {
            let Some(assistant) = page.row.assistants.iter().find(|other| other.name == assistant) else {
                continue;
            };
            let when = self.when(page, assistant, path);
            let passed = |advice: bool| {
                let mine = page
                    .passed
                    .iter()
                    .filter(|passed| passed.assistant == assistant.name);
                let mine = mine.filter(|passed| (passed.limit.over == PastLimit::Advice) == advice);
                mine.map(ExceededLimit::clause).collect::<Vec<_>>()
            };
            for (lesson, read) in &page.read {
                let why = match &when {
                    LoadTime::Never { why } => Some(why.clone()),
                    LoadTime::OnRequest => Some(format!("{} loads the file only on request", assistant.name)),
                    _ => self.why_not_read(page, assistant, *lesson, read, path),
                };
                let lesson = self.views.words[*lesson].lesson;
                let Some(why) = why else {
                    let copy = SeenAt {
                        entry_point: page.row.name.clone(),
                        path: page.path.clone(),
                        line: read.line,
                        detail: read.detail,
                        always: when.is_always(),
                    };
                    match lessons_seen
                        .lessons
                        .iter_mut()
                        .find(|seen| seen.lesson == lesson.id)
                    {
                        Some(seen) => seen.copies.push(copy),
                        None => lessons_seen.lessons.push(SeenLesson {
                            lesson: lesson.id.clone(),
                            severity: lesson.severity,
                            copies: vec![copy],
                        }),
                    }
                    continue;
                };
                lessons_seen.missed.push(UnreadLesson {
                    lesson: lesson.id.clone(),
                    path: page.path.clone(),
                    why,
                });
            }
            lessons_seen.files.push(AssistantFile {
                entry_point: page.row.name.clone(),
                in_use: self.uses(page.row),
                path: page.path.clone(),
                when,
                lines: page.bytes.split_inclusive(|byte| *byte == b'\n').count(),
                bytes: page.bytes.len(),
                cut: passed(false),
                advice: passed(true),
            });
        }
        lessons_seen
            .lessons
            .sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson)));
        lessons_seen
    }

    fn page(&self, row: &'a EntryPoint, path: &str, target: &Target) -> Option<LoadedFile<'a>> {
        let entry = self.tree.get(path)?;
        let link = (entry.mode == Mode::Symlink)
            .then(|| String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default()).into_owned());
        let through = match link {
            Some(link) => Some(follow(path, &link)?),
            None => None,
        };
        let source = through.as_deref().unwrap_or(path);
        let bytes = self.tree.file(source)?;
        let view = EntryPointText::read(bytes, &self.views.store.name);
        let known = |id: &str| self.views.store.lesson(id).is_some();
        let read = if view.has_block() {
            let all = self.views.words.iter().enumerate();
            let all =
                all.map(|(at, words)| (at, view.read_lesson(words, target.may_read_internal(), &known)));
            all.filter(|(_, read)| read.detail > Detail::None).collect()
        } else {
            Vec::new()
        };
        Some(LoadedFile {
            row,
            path: path.to_owned(),
            passed: limits::passed(&self.views.store.entry_points, row, source, self.tree),
            front: front_matter::split(bytes),
            through,
            bytes,
            view,
            read,
        })
    }

    /// When an assistant loads a file.
    fn when(&self, page: &LoadedFile<'_>, assistant: &Assistant, path: Option<&str>) -> LoadTime {
        let folder = page.row.folder.as_str();
        let is_file = page.row.kind == EntryPointKind::Always && !folder.is_empty();
        if is_file && path.is_some_and(|path| !is_within(path, folder)) {
            let why = format!("it is for files in `{folder}`");
            return LoadTime::Never { why };
        }
        if let Some(hides) = assistant.shadowed_by.iter().find(|other| self.tree.has(other)) {
            let imported = assistant.imports
                && self
                    .pages
                    .iter()
                    .any(|other| other.path == *hides && other.view.imports(&other.path, &page.path));
            return if imported {
                LoadTime::Imported { by: hides.clone() }
            } else {
                LoadTime::Never {
                    why: format!("`{hides}` hides it from {}", assistant.name),
                }
            };
        }
        if is_file && !assistant.nested.is_loaded() {
            let why = format!("it is unclear whether {} loads it in a folder", assistant.name);
            return LoadTime::Never { why };
        }
        if let Some(nearer) = path
            .filter(|_| assistant.nested == Nested::Nearest)
            .and_then(|path| nearer(page, path, self.tree))
        {
            let why = format!(
                "{} loads `{nearer}` instead, which is nearer to the path",
                assistant.name
            );
            return LoadTime::Never { why };
        }
        match page.row.kind {
            EntryPointKind::Always if is_file && path.is_none() => LoadTime::Paths {
                globs: vec![in_folder(folder, "**")],
            },
            EntryPointKind::Always => LoadTime::Always,
            EntryPointKind::Reference => LoadTime::OnRequest,
            EntryPointKind::Scoped => scoped(page, assistant, path),
        }
    }

    /// Why an assistant does not read a lesson in a file that it loads.
    fn why_not_read(
        &self,
        page: &LoadedFile<'_>,
        assistant: &Assistant,
        lesson: usize,
        read: &ReadLesson,
        path: Option<&str>,
    ) -> Option<String> {
        let cut = page
            .passed
            .iter()
            .filter(|passed| passed.assistant == assistant.name)
            .find(|passed| !limits::still_reads(passed, page.bytes, read.range.end));
        if let Some(cut) = cut {
            return Some(cut.clause());
        }
        if page.row.kind != EntryPointKind::Scoped || path.is_some() {
            return None;
        }
        let alone = EntryPoint {
            assistants: vec![assistant.clone()],
            ..page.row.clone()
        };
        let lesson_text = self.views.words[lesson].lesson;
        let (dialects, front) = (&self.views.dialects, page.front.as_ref());
        let folder = page.row.folder.as_str();
        if folder.is_empty() {
            let paths = self.matched.paths(lesson);
            return scope::hole(dialects, &alone, front, &lesson_text.globs(), paths);
        }
        // Relative to the scope itself or to a folder above: the file states the right globs for one of them.
        let ends = folder.match_indices('/').map(|(at, _)| &folder[..at]);
        let mut origins = std::iter::once(folder).chain(ends).chain([""]);
        let hole = |origin: &str| {
            let globs = lesson_text.globs_in(origin, folder);
            let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
            let paths = self.matched.paths_in(lesson, origin, folder);
            scope::hole(dialects, &alone, front, &globs, paths.into_iter())
        };
        let first = hole(folder);
        if origins.any(|origin| hole(origin).is_none()) {
            None
        } else {
            first
        }
    }
}

/// The file of the same name that is nearest to a path, if it is not the entry point itself.
fn nearer(page: &LoadedFile<'_>, path: &str, tree: &Tree) -> Option<String> {
    let own = page.row.folder.as_str();
    let name = page.row.path.get(own.len()..)?.trim_start_matches('/');
    let folders = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    let below = folders.filter(|folder| folder.len() > own.len());
    let mut files = below.map(|folder| in_folder(folder, name));
    files.find(|file| tree.get(file).is_some())
}

/// The agents that `excludeAgent` can name, and the words for them (GitHub's docs, 2026-11-20; `coding-agent` is the older word).
const AGENTS: &[(&str, &[&str])] = &[
    ("Copilot code review", &["code-review"]),
    ("Copilot cloud agent", &["cloud-agent", "coding-agent"]),
];

fn scoped(page: &LoadedFile<'_>, assistant: &Assistant, path: Option<&str>) -> LoadTime {
    let never = |why: String| LoadTime::Never { why };
    let front = page.front.as_ref();
    if front.is_some_and(|front| front.after_bom) {
        return never("a byte order mark precedes its front matter and hides it".to_owned());
    }
    let names = AGENTS
        .iter()
        .filter(|(name, _)| *name == assistant.name)
        .flat_map(|(_, names)| *names);
    let excluded = match front.and_then(|front| front.get("excludeAgent")) {
        Some(FrontMatterValue::Scalar(text)) => vec![text.clone()],
        Some(FrontMatterValue::List(items)) => items.clone(),
        None => Vec::new(),
    };
    if names
        .into_iter()
        .any(|name| excluded.iter().any(|other| other == name))
    {
        return never(format!("its `excludeAgent` excludes {}", assistant.name));
    }
    let Some(dialect) = assistant.dialect else {
        return LoadTime::Always; // an assistant that reads no globs loads the family in every session
    };
    match (front_matter::reach(dialect, front), path) {
        (FileScope::Always, _) => LoadTime::Always,
        (FileScope::OnRequest, _) => LoadTime::OnRequest,
        (FileScope::Never, _) => never(match front {
            Some(_) => "its front matter names no readable paths, or names them twice".to_owned(),
            None => "it has no front matter that names paths".to_owned(),
        }),
        (FileScope::Globs(globs), None) => LoadTime::Paths { globs },
        (FileScope::Globs(globs), Some(path)) => {
            let mut hits = Vec::new();
            Matcher::new(dialect, &globs).matching(path, &mut hits);
            if hits.is_empty() {
                let spelled: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
                return never(match spelled.as_slice() {
                    [only] => format!("{only} does not match"),
                    several => format!("none of {} matches", several.join(", ")),
                });
            }
            let globs = hits.into_iter().filter_map(|at| globs.get(at).cloned()).collect();
            LoadTime::Paths { globs }
        }
    }
}

//! Drafts of the rules that were chosen.
//!
//! Input: clusters and choices. Output: lesson files that the store takes, and what it refuses with the reason. Not here: asking.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::commands::add::tags_for;
use crate::report::findings::counted;
use crate::report::style;
use crate::repository;
use crate::run::Context;
use crate::run::context::from_here;
use lessonbook_base::globs::Glob;
use lessonbook_import::{Cluster, Confidence, ImportResult};
use lessonbook_store::{Audience, Files, Lesson, LessonSource, Status, Store, to_yaml};

/// What becomes of a cluster.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The cluster, in [`ImportResult::clusters`].
    pub cluster: usize,
    /// The rule in a person's words; none: as it was found.
    pub rule: Option<String>,
    /// The lesson that gets the sources instead of a new draft.
    pub merge_into: Option<String>,
}

/// A file to write.
#[derive(Debug, Clone)]
pub struct LessonDraft {
    /// The cluster's id.
    pub cluster: String,
    /// The file, relative to the store.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Whether the file exists already and gets sources.
    pub is_update: bool,
}

/// The files to write, and what is refused.
#[derive(Debug, Clone, Default)]
pub struct DraftLessons {
    /// Files to write.
    pub sound: Vec<LessonDraft>,
    /// Clusters that yield no draft, with the reason.
    pub refused: BTreeMap<String, String>,
}

/// All clusters of at least this confidence that are not lessons yet.
pub fn at_least(result: &ImportResult, level: Confidence) -> Vec<Choice> {
    let clusters = result.clusters.iter().enumerate();
    clusters
        .filter(|(_, cluster)| cluster.lesson.is_none() && cluster.confidence >= level)
        .map(|(cluster, _)| Choice {
            cluster,
            rule: None,
            merge_into: None,
        })
        .collect()
}

/// Makes drafts and checks the store with all of them.
pub fn make(
    context: &Context,
    root: &Path,
    store: &Store,
    result: &ImportResult,
    choices: &[Choice],
    commits: &BTreeMap<String, String>,
) -> anyhow::Result<DraftLessons> {
    let mut drafts = DraftLessons::default();
    if choices.is_empty() {
        return Ok(drafts);
    }
    let mut files: Files = repository::read_store(root)?;
    let mut updates: BTreeMap<String, Lesson> = BTreeMap::new();
    for choice in choices {
        let cluster = &result.clusters[choice.cluster];
        let sources = sources(cluster, commits);
        if let Some(id) = &choice.merge_into {
            let lesson = updates.remove(id).or_else(|| store.lesson(id).cloned());
            if let Some(mut lesson) = lesson {
                lesson.sources.extend(
                    sources
                        .into_iter()
                        .filter(|source| !lesson.sources.contains(source))
                        .collect::<Vec<_>>(),
                );
                updates.insert(id.clone(), lesson);
            }
            continue;
        }
        if cluster.scope_is_lost {
            let why = cluster.scope_note.clone().unwrap_or_default();
            drafts.refused.insert(cluster.id.clone(), why);
            continue;
        }
        let lesson = lesson(cluster, store, choice.rule.as_deref(), sources);
        let text = to_yaml(&lesson);
        files.insert(lesson.file.clone(), text.clone().into_bytes());
        drafts.sound.push(LessonDraft {
            cluster: cluster.id.clone(),
            file: lesson.file,
            text,
            is_update: false,
        });
    }
    for lesson in updates.into_values() {
        let old = files
            .get(&lesson.file)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let known = store.lesson(&lesson.id).map_or(0, |lesson| lesson.sources.len());
        if known == lesson.sources.len() {
            continue; // it has all of them
        }
        let Some(text) = old.and_then(|old| with_sources(&old, &lesson, known)) else {
            let why = format!(
                "{}: its `sources` are not a list with one item on each line",
                lesson.file
            );
            drafts.refused.insert(lesson.id.clone(), why);
            continue;
        };
        files.insert(lesson.file.clone(), text.clone().into_bytes());
        drafts.sound.push(LessonDraft {
            cluster: lesson.id.clone(),
            file: lesson.file,
            text,
            is_update: true,
        });
    }
    refuse_unsound(context, &files, &mut drafts);
    Ok(drafts)
}

/// Takes out what `check` would call an error.
fn refuse_unsound(context: &Context, files: &Files, drafts: &mut DraftLessons) {
    let (_, findings) = lessonbook_store::load(files, context.today);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.is_error()) {
        if let Some(at) = &finding.at {
            wrong
                .entry(at.file.clone())
                .or_insert_with(|| format!("{}: {}", finding.code, finding.message));
        }
    }
    let (sound, unsound): (Vec<LessonDraft>, Vec<LessonDraft>) = std::mem::take(&mut drafts.sound)
        .into_iter()
        .partition(|draft| !wrong.contains_key(&draft.file));
    drafts.sound = sound;
    for draft in unsound {
        let why = wrong.get(&draft.file).cloned().unwrap_or_default();
        drafts.refused.insert(draft.cluster, why);
    }
}

fn lesson(cluster: &Cluster, store: &Store, rule: Option<&str>, sources: Vec<LessonSource>) -> Lesson {
    Lesson {
        checks: Vec::new(),
        file: format!("lessons/{}/{}.yaml", cluster.topic, cluster.id),
        id: cluster.id.clone(),
        topic: cluster.topic.clone(),
        title: cluster.title.clone(),
        severity: cluster.severity,
        // A path that is not a glob of the store refuses the cluster before this.
        paths: cluster
            .paths
            .iter()
            .filter_map(|path| Glob::parse(path).ok())
            .collect(),
        tags: tags(cluster, store),
        rule: rule.unwrap_or(&cluster.rule).to_owned(),
        rationale: cluster.rationale.clone(),
        bad: None,
        good: None,
        language: String::new(),
        incidents: Vec::new(),
        source: None,
        sources,
        evidence: Vec::new(),
        owner: None,
        review_by: None,
        supersedes: Vec::new(),
        audience: Audience::Everyone,
        status: Status::Draft,
        broken: false,
    }
}

/// Tags that select the targets in which the rule was found. Without a tag of each of them the lesson has none: then a person decides.
fn tags(cluster: &Cluster, store: &Store) -> Vec<String> {
    let names: BTreeSet<&str> = cluster
        .citations
        .iter()
        .map(|citation| citation.repository.as_str())
        .collect();
    let names: Vec<String> = names
        .into_iter()
        .filter(|name| store.targets.iter().any(|target| target.name == *name))
        .map(str::to_owned)
        .collect();
    let mut tags = Vec::new();
    if names.is_empty() || tags_for::add(&mut tags, store, &names).is_err() {
        return Vec::new();
    }
    tags.sort();
    tags
}

fn sources(cluster: &Cluster, commits: &BTreeMap<String, String>) -> Vec<LessonSource> {
    let citations = cluster.citations.iter();
    citations
        .map(|citation| LessonSource {
            repository: citation.repository.clone(),
            path: citation.path.clone(),
            line: citation.line,
            commit: commits.get(&citation.repository).cloned(),
        })
        .collect()
}

/// A lesson's file with more sources, every other byte as it was. None if its sources are not a list with one item a line.
fn with_sources(old: &str, lesson: &Lesson, known: usize) -> Option<String> {
    let whole = to_yaml(lesson);
    let mut lines = whole.lines().skip_while(|line| !line.starts_with("sources:"));
    let head = lines.next()?;
    let items: Vec<&str> = lines.take_while(|line| line.starts_with("  - ")).collect();
    let ending = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let Some(start) = line_start(old, "sources:") else {
        let gap = if old.is_empty() || old.ends_with('\n') {
            ""
        } else {
            ending
        };
        return Some(format!("{old}{gap}{head}{ending}{}{ending}", items.join(ending)));
    };
    let (before, list) = old.split_at(start);
    let mut parts = list.split_inclusive('\n');
    let first = parts.next()?;
    if first.trim_end() != "sources:" {
        return None;
    }
    // The list ends with its last item; comments and blank lines after it belong to what follows.
    let (mut end, mut at, mut indent) = (first.len(), first.len(), None);
    for line in parts {
        let text = line.trim();
        let width = line.len() - line.trim_start_matches(' ').len();
        let is_item = text.starts_with("- ") || text == "-";
        if !text.is_empty() && !text.starts_with('#') && width == 0 && !is_item {
            break;
        }
        at += line.len();
        if is_item && indent.is_none() {
            indent = Some(width);
        }
        if !text.is_empty() && !text.starts_with('#') {
            end = at;
        }
    }
    let indent = " ".repeat(indent?);
    let (list, rest) = list.split_at(end);
    let gap = if list.ends_with('\n') { "" } else { ending };
    let new = items.iter().skip(known);
    let new: String = new
        .map(|item| format!("{indent}{}{ending}", item.trim_start()))
        .collect();
    Some(format!("{before}{list}{gap}{new}{rest}"))
}

/// Where a line begins that starts with a key.
fn line_start(text: &str, key: &str) -> Option<usize> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|line| {
        let start = at;
        at += line.len();
        line.starts_with(key).then_some(start)
    })
}

/// Writes the files and names them.
pub fn write(context: &Context, root: &Path, drafts: &DraftLessons) -> anyhow::Result<()> {
    for draft in &drafts.sound {
        let path: PathBuf = root.join(&draft.file);
        let word = if draft.is_update {
            repository::write_atomic(&path, draft.text.as_bytes())?;
            "sources"
        } else {
            repository::write_new(&path, draft.text.as_bytes())?;
            "draft"
        };
        let file = format!("{}{}", from_here(root), draft.file);
        context
            .printer
            .talk(&format!("{}  {file}", style::paint(style::GOOD, word)));
    }
    for (id, why) in &drafts.refused {
        context.printer.complain(&format!(
            "{}: {id}: {why}",
            style::paint(style::CAREFUL, "refused")
        ));
    }
    if !drafts.refused.is_empty() {
        let written = drafts.sound.len();
        context.printer.complain(&format!(
            "{} of {} refused, {} written",
            drafts.refused.len(),
            counted(drafts.refused.len() + written, "chosen rule"),
            counted(written, "file")
        ));
    }
    if drafts.sound.iter().any(|draft| !draft.is_update) {
        context.printer.talk("Review the drafts, add the missing rationale, and set `status: active`; until then they are placed nowhere.");
    }
    Ok(())
}

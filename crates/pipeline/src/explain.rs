//! Which lessons an assistant sees when it edits one path, which it does not see, and why.
//!
//! Input: a target, its plan and its tree, and a path that need not exist. Output: an [`Explanation`]. Not here: when a file is loaded
//! and which lessons it holds (`assistant_view`), which targets a lesson concerns (`select`), and printing (`report/`).

mod explanation;
mod not_loaded;

use std::borrow::Cow;

use crate::target_state::TargetState;

pub use self::explanation::{
    AssistantRow, Explanation, FileRow, LessonForOthers, LessonRow, LoadRule, LoadedChain, MissedLesson,
    PromptTotals, ReadPlace, Size,
};
use super::assistant_view::{AssistantViews, LessonsSeen, LoadedFiles, after, assistant_names};
use super::check_level::PlannedLevels;
use super::plan::TargetPlan;
use super::select::Selector;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;
use lessonbook_proof::chain::{WorkPlace, chain};
use lessonbook_store::{EntryPoint, Lesson, Store, Target};

/// Explains a path of a target.
pub fn explain(
    store_views: &AssistantViews<'_>,
    target: &Target,
    plan: &TargetPlan,
    before: &Tree,
    path: &str,
) -> Explanation {
    let tree = after(plan, before);
    let sides = [
        LoadedFiles::new(store_views, target, before),
        LoadedFiles::new(store_views, target, &tree),
    ];
    let [now, proposed] = &sides;
    let store = store_views.store;
    let present = |row: &EntryPoint| {
        let page = |side: &LoadedFiles<'_>| side.pages.iter().any(|page| page.row.name == row.name);
        now.uses(row) || proposed.uses(row) || page(now) || page(proposed)
    };
    let assistants = assistant_names(store, target, present);
    let views: Vec<ViewOnBothSides> = assistants
        .into_iter()
        .map(|assistant| ViewOnBothSides {
            current: now.lessons_seen(&assistant, Some(path)),
            proposed: proposed.lessons_seen(&assistant, Some(path)),
            assistant,
        })
        .collect();
    let is_entry_point = store.owner(path);
    let placed = placed_lessons(store, target, before);
    let levels = PlannedLevels::new(store, plan, before);
    let lessons = lessons(&placed, plan, &levels, &views, path);
    let planned = plan.outcome.state != TargetState::Refused || !plan.proof.invariants.is_empty();
    Explanation {
        path: path.to_owned(),
        tracked: before.get(path).is_some(),
        is_entry_point: is_entry_point.map(|row| row.name.clone()),
        about_path: lessons
            .iter()
            .filter(|row| row.reason.is_some() && row.concerns_path)
            .count(),
        lint_run: levels.current.run().or(levels.proposed.run()).cloned(),
        files: files(now, proposed, &views),
        assistants: views
            .iter()
            .map(|view| AssistantRow {
                assistant: view.assistant.clone(),
                watched: target.has_program(&store.entry_points, &view.assistant),
                current: counts(&view.current, &lessons),
                proposed: counts(&view.proposed, &lessons),
            })
            .collect(),
        misses: not_loaded::misses(store_views, plan, &views, &lessons, &|row| {
            now.uses(row) || proposed.uses(row)
        }),
        elsewhere: if planned {
            not_loaded::lessons_for_others(&placed, target, plan, path)
        } else {
            Vec::new()
        },
        chains: chains(store, target, &views, &tree, path),
        lessons,
    }
}

/// The lessons with their paths as the target's root sees them: in a scope they are relative to its folder.
fn placed_lessons<'s>(store: &'s Store, target: &Target, tree: &Tree) -> Vec<Cow<'s, Lesson>> {
    let mut placed: Vec<Cow<'s, Lesson>> = store.lessons.iter().map(Cow::Borrowed).collect();
    if !target.scopes.is_empty() {
        for selected in Selector::new(store).select(target, tree).chosen {
            let same = |lesson: &&mut Cow<'_, Lesson>| lesson.id == selected.lesson.id;
            if let Some(lesson) = placed.iter_mut().find(same) {
                *lesson = selected.in_target();
            }
        }
    }
    placed
}

/// The files that each of the target's assistants loads for a path, in order.
fn chains(
    store: &Store,
    target: &Target,
    views: &[ViewOnBothSides],
    tree: &Tree,
    path: &str,
) -> Vec<LoadedChain> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let at = WorkPlace {
        folder,
        path: Some(path),
    };
    let names = views.iter().map(|view| &view.assistant);
    let watched = names.filter(|name| target.has_program(&store.entry_points, name));
    watched
        .map(|name| LoadedChain {
            assistant: name.clone(),
            files: chain(&store.entry_points, name, at, tree),
        })
        .collect()
}

/// What one assistant sees before and after the proposal.
struct ViewOnBothSides {
    assistant: String,
    current: LessonsSeen,
    proposed: LessonsSeen,
}

/// The globs of a lesson that match a path, as the store reads them.
fn matching(lesson: &Lesson, path: &str) -> Vec<String> {
    let globs = lesson.spellings();
    let mut hits = Vec::new();
    Matcher::new(Dialect::Portable, &globs).matching(path, &mut hits);
    hits.into_iter().map(|at| globs[at].to_owned()).collect()
}

fn files(now: &LoadedFiles<'_>, proposed: &LoadedFiles<'_>, views: &[ViewOnBothSides]) -> Vec<FileRow> {
    let mut rows: Vec<FileRow> = Vec::new();
    for (side, is_now) in [(now, true), (proposed, false)] {
        for page in &side.pages {
            let size = Size {
                lines: page.bytes.split_inclusive(|byte| *byte == b'\n').count(),
                bytes: page.bytes.len(),
            };
            let known = rows
                .iter()
                .position(|row| row.path == page.path && row.entry_point == page.row.name);
            let at = known.unwrap_or_else(|| {
                rows.push(FileRow {
                    entry_point: page.row.name.clone(),
                    kind: page.row.kind,
                    path: page.path.clone(),
                    in_use: now.uses(page.row) || proposed.uses(page.row),
                    link: page.through.clone(),
                    broken: false,
                    current: None,
                    proposed: None,
                    assistants: loads(&page.row.name, &page.path, views),
                });
                rows.len() - 1
            });
            let slot = if is_now {
                &mut rows[at].current
            } else {
                &mut rows[at].proposed
            };
            *slot = Some(size);
        }
    }
    for (row, path) in &proposed.broken {
        rows.push(FileRow {
            entry_point: row.name.clone(),
            kind: row.kind,
            path: path.clone(),
            in_use: now.uses(row) || proposed.uses(row),
            link: None,
            broken: true,
            current: None,
            proposed: None,
            assistants: Vec::new(),
        });
    }
    let place = |name: &str| now.rows().position(|row| row.name == name);
    rows.sort_by(|a, b| {
        (a.kind, place(&a.entry_point), &a.path).cmp(&(b.kind, place(&b.entry_point), &b.path))
    });
    rows
}

fn loads(entry_point: &str, path: &str, views: &[ViewOnBothSides]) -> Vec<LoadRule> {
    let when = |lessons_seen: &LessonsSeen| {
        let mut files = lessons_seen.files.iter();
        files
            .find(|file| file.entry_point == entry_point && file.path == path)
            .map(|file| file.when.clone())
    };
    let all = views.iter().map(|view| LoadRule {
        assistant: view.assistant.clone(),
        current: when(&view.current),
        proposed: when(&view.proposed),
    });
    all.filter(|loads| loads.current.is_some() || loads.proposed.is_some())
        .collect()
}

/// The lessons that an assistant sees, and those that are about the path and for this target.
fn lessons(
    placed: &[Cow<'_, Lesson>],
    plan: &TargetPlan,
    levels: &PlannedLevels,
    views: &[ViewOnBothSides],
    path: &str,
) -> Vec<LessonRow> {
    let reason = |id: &str| {
        plan.content
            .changes
            .iter()
            .find(|change| change.lesson == id)
            .and_then(|change| change.reason.clone())
    };
    let rows = placed.iter().filter_map(|lesson| {
        let globs = matching(lesson, path);
        let row = LessonRow {
            lesson: lesson.id.clone(),
            severity: lesson.severity,
            concerns_path: lesson.paths.is_empty() || !globs.is_empty(),
            globs,
            reason: reason(&lesson.id),
            check_level: levels.level(&lesson.id),
            current: places(&lesson.id, views, |view| &view.current),
            proposed: places(&lesson.id, views, |view| &view.proposed),
        };
        let is_shown = row.reason.is_some() && row.concerns_path;
        (is_shown || !row.current.is_empty() || !row.proposed.is_empty()).then_some(row)
    });
    let mut rows: Vec<LessonRow> = rows.collect();
    rows.sort_by(|a, b| {
        (b.concerns_path, b.severity, &a.lesson).cmp(&(a.concerns_path, a.severity, &b.lesson))
    });
    rows
}

fn places(
    lesson: &str,
    views: &[ViewOnBothSides],
    side: impl Fn(&ViewOnBothSides) -> &LessonsSeen,
) -> Vec<ReadPlace> {
    let mut all: Vec<ReadPlace> = Vec::new();
    for view in views {
        for copy in side(view).seen(lesson).into_iter().flat_map(|seen| &seen.copies) {
            let same = all.iter_mut().find(|stand| {
                stand.at.path == copy.path
                    && stand.at.entry_point == copy.entry_point
                    && stand.at.line == copy.line
            });
            match same {
                Some(stand) => stand.assistants.push(view.assistant.clone()),
                None => all.push(ReadPlace {
                    at: copy.clone(),
                    assistants: vec![view.assistant.clone()],
                }),
            }
        }
    }
    all
}

fn counts(lessons_seen: &LessonsSeen, lessons: &[LessonRow]) -> PromptTotals {
    let (always, scoped) = (lessons_seen.size(true), lessons_seen.size(false));
    let about = |id: &str| lessons.iter().any(|row| row.lesson == id && row.concerns_path);
    PromptTotals {
        lessons: lessons_seen.lessons.len(),
        about_path: lessons_seen
            .lessons
            .iter()
            .filter(|seen| about(&seen.lesson))
            .count(),
        copies: lessons_seen.copies(),
        files: always.0 + scoped.0,
        lines: always.1 + scoped.1,
        bytes: always.2 + scoped.2,
    }
}

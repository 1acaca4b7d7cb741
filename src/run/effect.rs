//! Measures the effect of lessons in the histories of all targets. `lessonbook effect` prints it, and a site can show it.
//!
//! Input: an [`EffectJob`]. Output: an [`Effect`]. Not here: what follows from the histories (the crate `effect`), and one target
//! (`target_history`).

mod block_watch;
mod commit_judge;
mod lesson_file;
mod target_history;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Context;
use super::github_access::{cache_folder, is_cache_shared, variable};
use super::lessons_and_targets::{self, Chosen, only};
use super::planning::Planning;
use crate::report::{self, UserError};
use crate::repository::StoreCommit;
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::Tree;
use lessonbook_effect::gathered::{GatheredHistories, GatheredTarget};
use lessonbook_effect::presence::{LessonInTarget, PresenceState};
use lessonbook_effect::{Effect, LessonEffect, NotRead};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::select::Selector;
use lessonbook_store::{Lesson, Status, Store, Target, TargetLocation};

/// What is measured.
pub struct EffectJob<'a> {
    /// The store's folder.
    pub root: &'a Path,
    /// The store.
    pub store: &'a Store,
    /// Its commit; none: it is not in a repository.
    pub commit: Option<&'a StoreCommit>,
    /// The lessons and targets.
    pub chosen: &'a Chosen<'a>,
    /// The folder with clones of targets on GitHub, each as `owner/name`.
    pub clones: Option<&'a Path>,
    /// Where what is learned is kept; none: in the user's cache folder.
    pub cache: Option<&'a Path>,
}

/// What all targets share.
struct SharedInput<'a> {
    context: &'a Context,
    /// The store with the chosen lessons only, all of them active.
    tried: &'a Store,
    planner: Planner<'a>,
    selector: Selector<'a>,
    /// The folder of the cache; none: there is none.
    cache: Option<PathBuf>,
    /// Others may read what is in the cache.
    is_cache_shared: bool,
}

const CLONES: &str = "clone it as DIR/OWNER/NAME, with its whole history, and pass --clones DIR (docs/effect.md shows a workflow)";

/// Measures every lesson, from the histories of all chosen targets and from those that other runs read.
pub fn measure(job: &EffectJob, others: Vec<GatheredHistories>, context: &Context) -> anyhow::Result<Effect> {
    let mut gathered = gather(job, context)?;
    for other in others {
        gathered.add(other).map_err(|why| {
            UserError::wrong_use(format!("the targets of a file of --from can't be added: {why}"))
                .help("write the file again with `lessonbook effect --out FILE`, from the same store, lessons and version")
        })?;
    }
    let place = |target: &GatheredTarget| {
        let all = &job.store.targets;
        all.iter().position(|known| known.name == target.target)
    };
    gathered.targets.sort_by_key(place);
    let mut effect = Effect::default();
    let mut by_lesson: BTreeMap<String, Vec<LessonInTarget>> = BTreeMap::new();
    for target in gathered.targets {
        effect.targets.extend(target.history);
        effect.not_read.extend(target.not_read);
        for (id, lesson) in target.lessons {
            by_lesson.entry(id).or_default().push(lesson);
        }
    }
    // What concerns no target has no effect to show, unless it was asked for.
    let is_shown = |lesson: &&Lesson| {
        let is_chosen = job.chosen.lessons.contains(lesson.id.as_str());
        is_chosen && (job.chosen.are_lessons_named || by_lesson.contains_key(&lesson.id))
    };
    let mut lessons: Vec<&Lesson> = job.store.lessons.iter().filter(is_shown).collect();
    lessons.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
    let files = lesson_file::histories(job, &lessons, context);
    for (lesson, file) in lessons.iter().zip(files) {
        let targets = by_lesson.remove(&lesson.id).unwrap_or_default();
        effect
            .lessons
            .push(LessonEffect::new(lesson, &file, &targets, context.now));
    }
    Ok(effect)
}

/// Measures every active lesson in all targets of a planning, and prints which of them were not read.
pub fn of_all(planning: &Planning, clones: Option<&Path>, context: &Context) -> anyhow::Result<Effect> {
    let mut chosen = lessons_and_targets::chosen(&planning.store, &planning.findings, &[], false)?;
    without_drafts(&mut chosen, &planning.store);
    let job = EffectJob {
        root: &planning.root,
        store: &planning.store,
        commit: planning.commit.as_ref(),
        chosen: &chosen,
        clones,
        cache: None,
    };
    let measured = measure(&job, Vec::new(), context)?;
    for not_read in &measured.not_read {
        context.printer.complain(&report::effect::not_read_line(not_read));
    }
    Ok(measured)
}

/// Reads every chosen target.
pub fn gather(job: &EffectJob, context: &Context) -> anyhow::Result<GatheredHistories> {
    let tried = only(job.store, &job.chosen.lessons);
    let planner = Planner::new(&tried).map_err(|finding| anyhow::anyhow!(finding.message))?;
    let shared = SharedInput {
        context,
        tried: &tried,
        planner,
        selector: Selector::new(&tried),
        cache: job.cache.map(Path::to_owned).or_else(cache_folder),
        is_cache_shared: is_cache_shared(&variable),
    };
    let mut gathered = GatheredHistories::new(env!("CARGO_PKG_VERSION"), &tried.home, &tried.lessons);
    for target in &job.chosen.targets {
        let read = match folder(job, target) {
            Ok(dir) => {
                target_history::read(&shared, target, &dir).map_err(|finding| failure(target, finding))
            }
            Err(not_read) => Err(not_read),
        };
        let (lessons, history, not_read) = match read {
            Ok((lessons, history)) => (lessons, Some(history), None),
            Err(not_read) => (unread_lessons(&shared, target, &not_read), None, Some(not_read)),
        };
        gathered.targets.push(GatheredTarget {
            target: target.name.clone(),
            history,
            not_read,
            lessons: lessons.into_iter().collect(),
        });
    }
    Ok(gathered)
}

/// The lessons that are measured if none is named: drafts are proposed nowhere.
pub fn without_drafts(chosen: &mut Chosen, store: &Store) {
    if !chosen.are_lessons_named {
        let is_draft = |id: &str| {
            store
                .lesson(id)
                .is_some_and(|lesson| lesson.status == Status::Draft)
        };
        chosen.lessons.retain(|id| !is_draft(id));
    }
}

/// The folder of a target's repository.
fn folder(job: &EffectJob, target: &Target) -> Result<PathBuf, NotRead> {
    let not_read = |why: String, clone: Option<&String>| NotRead {
        target: target.name.clone(),
        why,
        help: clone.map(|_| CLONES.to_owned()),
        clone: clone.cloned(),
        is_failure: false,
    };
    if !target.enabled {
        return Err(not_read("it is disabled in targets.yaml".to_owned(), None));
    }
    match (&target.place, job.clones) {
        (TargetLocation::Local(path), _) => Ok(job.root.join(path)),
        (TargetLocation::Github(name), None) => {
            let why = "it is on GitHub, and `effect` reads clones";
            Err(not_read(why.to_owned(), Some(name)))
        }
        (TargetLocation::Github(name), Some(clones)) => {
            let dir = clones.join(name);
            if dir.is_dir() {
                return Ok(dir);
            }
            Err(not_read(
                format!("there is no clone {}", dir.display()),
                Some(name),
            ))
        }
    }
}

fn failure(target: &Target, finding: Finding) -> NotRead {
    NotRead {
        target: target.name.clone(),
        why: finding.message,
        help: finding.help,
        clone: None,
        is_failure: true,
    }
}

/// The lessons that concern a target that was not read, as far as its tags decide that. None, if it is disabled.
fn unread_lessons(
    shared: &SharedInput,
    target: &Target,
    not_read: &NotRead,
) -> Vec<(String, LessonInTarget)> {
    let selection = shared.selector.select(target, &Tree::new());
    let unread = || LessonInTarget {
        target: target.name.clone(),
        repository: match &target.place {
            TargetLocation::Github(name) => Some(name.clone()),
            TargetLocation::Local(_) => None,
        },
        state: PresenceState::NotRead,
        why: Some(not_read.why.clone()),
        periods: Vec::new(),
        is_start_unknown: false,
        is_judged: false,
        commits: Vec::new(),
    };
    let chosen = selection.chosen.iter().map(|chosen| chosen.lesson);
    chosen.map(|lesson| (lesson.id.clone(), unread())).collect()
}

//! Checks that the store's lessons reach targets, by the files of the local targets.
//!
//! Input: a [`Store`] and the trees of those local targets that could be read.
//! Output: findings about globs that match nothing, and critical lessons that no target receives.
//! Not here: selecting lessons for a target (`pipeline/`).

use std::collections::{BTreeMap, BTreeSet};

pub use super::lint::accepted_by;
use super::normal_form;
use super::{Audience, ChecksFile, Lesson, Severity, Store, Target, TargetLocation};
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::globs::{Glob, Index};
use lessonbook_base::tree::Tree;

/// Reports globs and lessons that match no local target. `trees`: by the target's name.
pub fn check_reach(store: &Store, trees: &BTreeMap<String, Tree>) -> Vec<Finding> {
    let matched = matched_globs(store, trees);
    let mut findings = unmatched(store, &matched, "local target");
    for lesson in store.lessons.iter().filter(|lesson| lesson.is_active()) {
        reaches_no_target(store, lesson, &matched, &mut findings);
    }
    for target in store.targets.iter().filter(|target| target.enabled) {
        let Some(tree) = trees.get(&target.name) else {
            continue;
        };
        let lessons = store.lessons.iter();
        let lessons = lessons.filter(|lesson| lesson.tags.is_empty() || shares_tag(lesson, target));
        findings.extend(lessons.filter_map(|lesson| {
            let mut finding = normal_form::unmatched_path(store, lesson, tree)?.target(&target.name);
            finding.at = store.places.lesson(&lesson.id);
            Some(finding)
        }));
    }
    findings.retain(|finding| accepted_by(store, finding).is_none());
    findings
}

/// Reports only the globs that match no file. `noun`: what the trees are.
pub fn unmatched_globs(store: &Store, trees: &BTreeMap<String, Tree>, noun: &str) -> Vec<Finding> {
    unmatched(store, &matched_globs(store, trees), noun)
}

type MatchedGlobs<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn unmatched(store: &Store, matched: &MatchedGlobs<'_>, noun: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lesson in store.lessons.iter().filter(|lesson| lesson.is_active()) {
        matches_nothing(store, lesson, matched, noun, &mut findings);
    }
    // Every lesson of a topic has the topic's default globs: report them once.
    let mut reported = BTreeSet::new();
    findings.retain(|finding| {
        let place = finding
            .at
            .as_ref()
            .map(|at| (at.file.clone(), at.line, at.column));
        place.is_none() || reported.insert(place)
    });
    findings
}

/// The globs of active lessons that match a file, by target.
fn matched_globs<'a>(store: &'a Store, trees: &'a BTreeMap<String, Tree>) -> MatchedGlobs<'a> {
    let active = store.lessons.iter().filter(|lesson| lesson.is_active());
    let written: BTreeMap<&str, &Glob> = active
        .flat_map(|lesson| &lesson.paths)
        .map(|glob| (glob.as_written(), glob))
        .collect();
    let globs: Vec<&Glob> = written.into_values().collect();
    let index = Index::new(&globs);
    trees
        .iter()
        .map(|(name, tree)| {
            let target = store.target(name);
            let scopes = target.into_iter().flat_map(|target| &target.scopes);
            let mut found = matched(store, tree, "", &index, &globs);
            for scope in scopes {
                found.extend(matched(store, tree, &scope.folder, &index, &globs));
            }
            (name.as_str(), found)
        })
        .collect()
}

/// The globs, as written, that match a file of a folder, relative to it. Entry points and submodules do not count.
fn matched<'g>(
    store: &Store,
    tree: &Tree,
    folder: &str,
    index: &Index,
    globs: &[&'g Glob],
) -> BTreeSet<&'g str> {
    let paths = tree
        .paths()
        .filter(|path| !ChecksFile::is_path(path) && !store.entry_points.iter().any(|row| row.owns(path)));
    let below = paths.filter_map(|path| match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    });
    let hits = index.hits(below);
    let pairs = globs.iter().zip(hits);
    pairs
        .filter(|(_, hit)| hit.count > 0)
        .map(|(glob, _)| glob.as_written())
        .collect()
}

/// Reports globs of a lesson that match no file in any target that the lesson concerns or could concern.
fn matches_nothing(
    store: &Store,
    lesson: &Lesson,
    matched: &MatchedGlobs<'_>,
    noun: &str,
    findings: &mut Vec<Finding>,
) {
    let trees: Vec<&BTreeSet<&str>> = store
        .targets
        .iter()
        .filter(|target| target.enabled && (lesson.tags.is_empty() || shares_tag(lesson, target)))
        .filter_map(|target| matched.get(target.name.as_str()))
        .collect();
    if trees.is_empty() {
        return;
    }
    let hits = |glob: &Glob| trees.iter().any(|tree| tree.contains(glob.as_written()));
    let any_matches = lesson.paths.iter().any(hits);
    for glob in lesson.paths.iter().filter(|glob| !hits(glob)) {
        let targets = match trees.len() {
            1 => format!("the {noun} that it could concern"),
            many => format!("any of the {many} {noun}s that it could concern"),
        };
        let mut finding = Finding::new(
            Code::GlobMatchesNothing,
            format!("`{}` matches no file in {targets}", glob.as_written()),
        )
        .lesson(&lesson.id)
        .effect("scoped files would contain the lesson, but no assistant would load it for this path")
        .help(
            "check the glob for a typing error; paths are case-sensitive and start at the repository's root",
        );
        if any_matches {
            // The lesson is loaded for its other globs. Of several spellings of a file name, some are often not in use.
            finding.level = Level::Note;
        }
        finding.at = store.places.glob(&lesson.id, glob.as_written());
        findings.push(finding);
    }
}

fn reaches_no_target(
    store: &Store,
    lesson: &Lesson,
    matched: &BTreeMap<&str, BTreeSet<&str>>,
    findings: &mut Vec<Finding>,
) {
    // Without a name, targets.yaml was not read, which is reported separately.
    if lesson.severity != Severity::Critical || store.is_library(lesson) || store.name.is_empty() {
        return;
    }
    let discovered = store.discover.iter().flat_map(|entry| &entry.tags);
    if discovered.clone().any(|tag| lesson.tags.contains(tag))
        || (lesson.tags.is_empty() && !store.discover.is_empty())
    {
        return;
    }
    let reached = store
        .targets
        .iter()
        .filter(|target| target.enabled)
        .any(|target| may_concern(lesson, target, matched) && may_read(lesson, target));
    if reached {
        return;
    }
    let (why, help) = if lesson.audience == Audience::Internal {
        (
            ": it is internal, and it concerns no target that is known to be private or internal",
            "set `visibility: private` or `visibility: internal` for a target: only such targets receive internal lessons",
        )
    } else if lesson.tags.is_empty() {
        (
            ": its paths match no target",
            "widen `paths`, give it a tag, or set `status: draft`",
        )
    } else {
        (
            ": no target has one of its tags",
            "give a target one of its tags, list the tags under `library_tags`, or set `status: draft`",
        )
    };
    let mut finding = Finding::new(
        Code::CriticalReachesNobody,
        format!("no target receives `{}`, which is critical{why}", lesson.id),
    )
    .lesson(&lesson.id)
    .effect("no assistant reads this critical lesson")
    .help(help);
    // A tag may be written before the first target has it; `one-sided-tag` reports it too.
    let tagged = |target: &Target| target.enabled && shares_tag(lesson, target);
    if !lesson.tags.is_empty() && !store.targets.iter().any(tagged) {
        finding.level = Level::Warning;
    }
    finding.at = store.places.lesson(&lesson.id);
    findings.push(finding);
}

/// Whether a lesson concerns a target, or could: the paths of a repository that was not read are unknown.
fn may_concern(lesson: &Lesson, target: &Target, matched: &BTreeMap<&str, BTreeSet<&str>>) -> bool {
    if !lesson.tags.is_empty() {
        return shares_tag(lesson, target);
    }
    match matched.get(target.name.as_str()) {
        Some(found) => {
            lesson.paths.is_empty() || lesson.paths.iter().any(|glob| found.contains(glob.as_written()))
        }
        None => true,
    }
}

/// Whether a target may read the lesson. The visibility of a repository on GitHub is not known here, so such a target may.
fn may_read(lesson: &Lesson, target: &Target) -> bool {
    lesson.audience == Audience::Everyone
        || target.may_read_internal()
        || matches!(target.place, TargetLocation::Github(_))
}

fn shares_tag(lesson: &Lesson, target: &Target) -> bool {
    target.shares_tag(lesson)
}

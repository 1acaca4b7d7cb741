//! Checks that need several files of the store: ids, succession, tags, exceptions, templates.
//!
//! Input: a [`Store`] as it was read. Output: findings, without the warnings that an exception accepts.
//! Not here: checks that need the targets' files ([`super::reach`]).

use std::collections::{BTreeMap, BTreeSet};

use super::source_map::SourceMark;
use super::words::nearest;
use super::{Lesson, Status, Store};
use crate::name_pattern::is_named;
use lessonbook_base::finding::{Code, Finding, Location};

/// Warnings that reading the store can report; an exception that accepts one of these must match such a warning.
const STORE_WARNINGS: [Code; 6] = [
    Code::LongRule,
    Code::ReviewOverdue,
    Code::SuspiciousCharacter,
    Code::TextPipesToShell,
    Code::TextOverrides,
    Code::UnknownHost,
];

/// Checks the whole store.
pub(super) fn check(store: &mut Store, findings: &mut Vec<Finding>) {
    duplicates(store, findings);
    succession(store, findings);
    tags(store, findings);
    unmatched_exceptions(store, findings);
    unmatched_path_exceptions(store, findings);
    unknown_failures(store, findings);
    canaries(store, findings);
    openings(store, findings);
    row_templates(store, findings);
    accept(store, findings);
}

fn duplicates(store: &Store, findings: &mut Vec<Finding>) {
    for pair in store.lessons.chunk_by(|a, b| a.id == b.id) {
        for lesson in pair.iter().filter(|_| pair.len() > 1) {
            let others: Vec<String> = pair
                .iter()
                .filter(|other| other.file != lesson.file)
                .map(|other| format!("`{}`", other.file))
                .collect();
            findings.push(
                Finding::new(
                    Code::DuplicateId,
                    format!("`{}` is also the id of {}", lesson.id, others.join(" and ")),
                )
                .at(Location::file(&lesson.file))
                .lesson(&lesson.id)
                .effect("the proof could not distinguish the two in a block")
                .help("rename one of the files"),
            );
        }
    }
}

fn succession(store: &Store, findings: &mut Vec<Finding>) {
    for lesson in &store.lessons {
        for old in &lesson.supersedes {
            let (code, message, help) = match store.lesson(old) {
                None if unread(store, old) => continue,
                None => {
                    let ids: Vec<&str> = store.lessons.iter().map(|other| other.id.as_str()).collect();
                    let help = nearest(old, &ids).map_or_else(
                        || {
                            "restore the lesson's file with `status: retired`, or remove the id from `supersedes`"
                                .to_owned()
                        },
                        |meant| format!("did you mean `{meant}`?"),
                    );
                    (
                        Code::SupersedesNobody,
                        format!("there is no lesson `{old}`"),
                        help,
                    )
                }
                Some(_) if *old == lesson.id => continue, // a circle of one, reported below
                Some(other) if other.status != Status::Retired => (
                    Code::SupersedesActive,
                    format!("`{old}` is superseded but not retired"),
                    format!("set `status: retired` in {}", other.file),
                ),
                Some(_) => continue,
            };
            let finding = Finding::new(code, message)
                .lesson(&lesson.id)
                .effect("targets would receive both lessons, or lose one silently")
                .help(help);
            findings.push(at(
                finding,
                store.places.find(SourceMark::Supersedes, &lesson.id, old),
            ));
        }
    }
    circles(store, findings);
}

/// Lessons that supersede each other in a circle; each circle is reported once, at its first lesson.
fn circles(store: &Store, findings: &mut Vec<Finding>) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for lesson in &store.lessons {
        let mut path: Vec<(&Lesson, usize)> = vec![(lesson, 0)];
        while let Some((here, next)) = path.pop() {
            let Some(old) = here.supersedes.get(next) else {
                done.insert(&here.id);
                continue;
            };
            path.push((here, next + 1));
            if let Some(start) = path.iter().position(|(visited, _)| visited.id == *old) {
                let circle: Vec<&str> = path[start..]
                    .iter()
                    .map(|(visited, _)| visited.id.as_str())
                    .collect();
                let finding = Finding::new(
                    Code::SupersedesCircle,
                    format!(
                        "lessons supersede each other: `{}` → `{old}`",
                        circle.join("` → `")
                    ),
                )
                .lesson(&here.id)
                .effect("it is unclear which of them applies")
                .help("remove `supersedes` from one of them");
                findings.push(at(
                    finding,
                    store.places.find(SourceMark::Supersedes, &here.id, old),
                ));
            } else if let Some(other) = store
                .lesson(old)
                .filter(|other| !done.contains(other.id.as_str()))
            {
                path.push((other, 0));
            }
        }
    }
}

/// Whether an id's file exists and could not be read.
fn unread(store: &Store, id: &str) -> bool {
    let name = format!("/{id}.yaml");
    store.unread.iter().any(|path| path.ends_with(&name))
}

fn tags(store: &Store, findings: &mut Vec<Finding>) {
    let mut by_lessons: BTreeMap<&str, Vec<&Lesson>> = BTreeMap::new();
    for lesson in &store.lessons {
        for tag in &lesson.tags {
            by_lessons.entry(tag).or_default().push(lesson);
        }
    }
    let mut by_targets: BTreeMap<&str, &str> = BTreeMap::new();
    for target in &store.targets {
        for tag in target.all_tags() {
            by_targets.entry(tag).or_insert(&target.name);
        }
    }
    let discovered = || store.discover.iter().flat_map(|entry| &entry.tags);
    let names: Vec<&str> = by_lessons.keys().chain(by_targets.keys()).copied().collect();
    let help = |tag: &str, otherwise: &str| {
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != tag).collect();
        nearest(tag, &others).map_or_else(
            || otherwise.to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        )
    };
    // The tags of targets that could not be read are unknown.
    let targets_known = !store.name.is_empty() && !store.places.targets_unclear;
    for (tag, lessons) in &by_lessons {
        let missing = targets_known
            && !by_targets.contains_key(tag)
            && !discovered().any(|known| known == tag)
            && !store.library_tags.iter().any(|known| known == tag);
        // No target needs the tag of a library lesson, or of a lesson that is not placed.
        let Some(first) = lessons
            .iter()
            .find(|lesson| lesson.is_active() && !store.is_library(lesson))
        else {
            continue;
        };
        if missing {
            let finding = Finding::new(
                Code::OneSidedTag,
                format!("no target has the tag `{tag}`, which {}", uses(lessons.len())),
            )
            .lesson(&first.id)
            .effect("no repository receives the lesson by this tag")
            .help(help(tag, "add it to a target, or list it under `library_tags` in targets.yaml if the lesson is kept for other stores"));
            findings.push(at(finding, store.places.find(SourceMark::Tag, &first.id, tag)));
        }
    }
    // While no lesson has a tag, as in a new store, tags are not in use yet.
    for (tag, target) in by_targets.iter().filter(|_| !by_lessons.is_empty()) {
        if store.unread.is_empty() && !by_lessons.contains_key(tag) {
            let finding = Finding::new(Code::OneSidedTag, format!("no lesson has the tag `{tag}`"))
                .target(*target)
                .effect("the target receives nothing by this tag")
                .help(help(tag, "remove it, or add it to lessons"));
            findings.push(at(finding, store.places.find(SourceMark::TargetTag, target, tag)));
        }
    }
}

fn uses(lessons: usize) -> String {
    if lessons == 1 {
        "1 lesson uses".into()
    } else {
        format!("{lessons} lessons use")
    }
}

/// Exceptions whose lesson, target or entry point does not exist.
fn unmatched_exceptions(store: &Store, findings: &mut Vec<Finding>) {
    for (number, exception) in store.exceptions.iter().enumerate() {
        let number = number.to_string();
        let mut report = |mark: SourceMark, message: String, help: Option<String>| {
            let finding = Finding::new(Code::ExceptionForNobody, message)
                .effect("the exception has no effect")
                .help(help.unwrap_or_else(|| "remove the exception".into()));
            findings.push(at(finding, store.places.find(mark, &number, "")));
        };
        let meant = |word: &str, names: Vec<&str>| {
            nearest(word, &names).map(|name| format!("did you mean `{name}`?"))
        };
        let id = &exception.lesson;
        if store.lesson(id).is_none() && !unread(store, id) {
            let ids = store.lessons.iter().map(|lesson| lesson.id.as_str()).collect();
            report(
                SourceMark::ExceptionLesson,
                format!("there is no lesson `{id}`"),
                meant(id, ids),
            );
        }
        if exception.accepts.is_some() {
            continue;
        }
        if !may_be_discovered(store, &exception.target)
            && !store
                .targets
                .iter()
                .any(|target| exception.names_target(&target.name))
        {
            let name = &exception.target;
            let names = store.targets.iter().map(|target| target.name.as_str()).collect();
            report(
                SourceMark::ExceptionTarget,
                format!("there is no target `{name}`"),
                meant(name, names),
            );
        }
        if let Some(name) = &exception.entry_point
            && !is_entry_point(store, name)
        {
            let names = store.entry_points.iter().map(|row| row.name.as_str()).collect();
            report(
                SourceMark::ExceptionEntryPoint,
                format!("there is no entry point `{name}`"),
                meant(name, names),
            );
        }
    }
}

/// Whether a name is that of an entry point, or of one in a scope of some target.
fn is_entry_point(store: &Store, name: &str) -> bool {
    let is_scope = |folder: &str| {
        let mut scopes = store.targets.iter().flat_map(|target| &target.scopes);
        scopes.any(|scope| scope.folder == folder)
    };
    store.entry_point(name).is_some() && name.rsplit_once('/').is_none_or(|(folder, _)| is_scope(folder))
}

/// Exceptions of paths whose lesson has no checks, or whose target does not exist.
fn unmatched_path_exceptions(store: &Store, findings: &mut Vec<Finding>) {
    for (number, exception) in store.path_exceptions.iter().enumerate() {
        let number = format!("path {number}");
        let (id, name) = (&exception.lesson, &exception.target);
        let known = store.lesson(id);
        let (mark, message, names): (_, _, Vec<&str>) = if known.is_none() && !unread(store, id) {
            let ids = store.lessons.iter().map(|lesson| lesson.id.as_str());
            (
                SourceMark::ExceptionLesson,
                format!("there is no lesson `{id}`"),
                ids.collect(),
            )
        } else if known.is_some_and(|lesson| lesson.checks.is_empty() && !lesson.broken) {
            (
                SourceMark::ExceptionLesson,
                format!("`{id}` has no checks, so `path` excuses nothing"),
                Vec::new(),
            )
        } else if !may_be_discovered(store, name)
            && !store
                .targets
                .iter()
                .any(|target| exception.names_target(&target.name))
        {
            let targets = store.targets.iter().map(|target| target.name.as_str());
            (
                SourceMark::ExceptionTarget,
                format!("there is no target `{name}`"),
                targets.collect(),
            )
        } else {
            continue;
        };
        let word = if mark == SourceMark::ExceptionTarget {
            name
        } else {
            id
        };
        let help = nearest(word, &names).map_or("remove the exception".into(), |name| {
            format!("did you mean `{name}`?")
        });
        let finding = Finding::new(Code::ExceptionForNobody, message)
            .effect("it excuses nothing")
            .help(help);
        findings.push(at(finding, store.places.find(mark, &number, "")));
    }
}

/// Whether a name, or a glob of names, may match a target that is only found on GitHub.
fn may_be_discovered(store: &Store, name: &str) -> bool {
    let owner = name.split_once('/').map_or(name, |(owner, _)| owner);
    store
        .discover
        .iter()
        .any(|entry| owner.contains(['*', '?', '{']) || entry.organization.eq_ignore_ascii_case(owner))
}

/// Acknowledged failures of targets that do not exist.
fn unknown_failures(store: &Store, findings: &mut Vec<Finding>) {
    for (number, known) in store.acknowledge.iter().enumerate() {
        let names: Vec<&str> = store.targets.iter().map(|target| target.name.as_str()).collect();
        if may_be_discovered(store, &known.target) || names.iter().any(|name| known.names_target(name)) {
            continue;
        }
        let help = nearest(&known.target, &names).map_or_else(
            || "remove the acknowledgement".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        let finding = Finding::new(
            Code::AcknowledgeForNobody,
            format!("there is no target `{}`", known.target),
        )
        .effect("the acknowledgement has no effect")
        .help(help);
        let place = store
            .places
            .find(SourceMark::Acknowledge, &number.to_string(), "");
        findings.push(at(finding, place));
    }
}

/// Canaries that are not targets.
fn canaries(store: &Store, findings: &mut Vec<Finding>) {
    let Some(rollout) = &store.rollout else { return };
    for (number, pattern) in rollout.canary.iter().enumerate() {
        let names: Vec<&str> = store.targets.iter().map(|target| target.name.as_str()).collect();
        if may_be_discovered(store, pattern) || names.iter().any(|name| is_named(pattern, name)) {
            continue;
        }
        let help = nearest(pattern, &names).map_or_else(
            || "write the name of a target, or a glob of names; or remove it".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        let finding = Finding::new(Code::CanaryForNobody, format!("no target is called `{pattern}`"))
            .effect("no target tests lessons as this canary")
            .help(help);
        let place = store.places.find(SourceMark::Canary, &number.to_string(), "");
        findings.push(at(finding, place));
    }
}

/// Gates that are opened for a lesson that does not exist, or for an old version of one.
fn openings(store: &Store, findings: &mut Vec<Finding>) {
    for (number, opening) in store.open.iter().enumerate() {
        let id = &opening.lesson;
        let place = |mark| store.places.find(mark, &number.to_string(), "");
        let (finding, place) = match store.lesson(id) {
            None if unread(store, id) => continue,
            None => {
                let ids: Vec<&str> = store.lessons.iter().map(|lesson| lesson.id.as_str()).collect();
                let help = nearest(id, &ids).map_or_else(
                    || "remove the entry".to_owned(),
                    |meant| format!("did you mean `{meant}`?"),
                );
                let finding = Finding::new(Code::OpeningForNobody, format!("there is no lesson `{id}`"));
                let finding = finding.effect("the entry opens no gate").help(help);
                (finding, place(SourceMark::OpeningLesson))
            }
            Some(lesson) if lesson.version() != opening.version => {
                let message = format!(
                    "the entry is for version {} of `{id}`, which now has version {}",
                    opening.version,
                    lesson.version()
                );
                let help = "remove the entry: the new version waits for the canaries again";
                let effect = "the entry does not open the gate of the new version";
                let finding = Finding::new(Code::OpeningPast, message).lesson(id);
                let finding = finding.effect(effect).help(help);
                (finding, place(SourceMark::OpeningVersion))
            }
            Some(_) => continue,
        };
        findings.push(at(finding, place));
    }
}

/// Entry points whose template does not exist. Whether a template compiles is checked when it is rendered.
fn row_templates(store: &Store, findings: &mut Vec<Finding>) {
    for row in &store.entry_points {
        if store.templates.contains_key(&row.template) {
            continue;
        }
        let names: Vec<&str> = store.templates.keys().map(String::as_str).collect();
        let help = nearest(&row.template, &names).map_or_else(
            || format!("write templates/{}, or remove `template`", row.template),
            |meant| format!("did you mean `{meant}`?"),
        );
        let finding = Finding::new(
            Code::TemplateError,
            format!(
                "`{}` names the template `{}`, which does not exist",
                row.name, row.template
            ),
        )
        .effect("nothing can be rendered for this entry point")
        .help(help);
        findings.push(at(
            finding,
            store.places.find(SourceMark::Template, &row.name, ""),
        ));
    }
}

/// Removes the warnings that an exception accepts, and reports exceptions that accept nothing.
fn accept(store: &Store, findings: &mut Vec<Finding>) {
    let mut used: BTreeSet<usize> = BTreeSet::new();
    findings.retain(|finding| {
        let by = accepted_by(store, finding);
        used.extend(by);
        by.is_none()
    });
    for (number, exception) in store.exceptions.iter().enumerate() {
        let Some(code) = &exception.accepts else {
            continue;
        };
        let from_store = STORE_WARNINGS.iter().any(|warning| warning.name() == code);
        if from_store && !used.contains(&number) && store.lesson(&exception.lesson).is_some() {
            let finding = Finding::new(
                Code::ExceptionForNobody,
                format!("`{}` has no warning `{code}`", exception.lesson),
            )
            .effect("the exception would hide a later warning that no one has reviewed")
            .help("remove the exception");
            let place = store
                .places
                .find(SourceMark::ExceptionAccepts, &number.to_string(), "");
            findings.push(at(finding, place));
        }
    }
}

/// The index of the exception that accepts a finding.
pub fn accepted_by(store: &Store, finding: &Finding) -> Option<usize> {
    let lesson = finding.lesson.as_ref().filter(|_| !finding.is_error())?;
    store.exceptions.iter().position(|exception| {
        exception.accepts.as_deref() == Some(finding.code.name()) && exception.lesson == *lesson
    })
}

fn at(mut finding: Finding, place: Option<Location>) -> Finding {
    finding.at = place;
    finding
}

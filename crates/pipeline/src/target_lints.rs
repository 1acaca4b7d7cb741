//! Findings about a target's own files that people should know, although no text of ours depends on them.
//!
//! Input: the target's tree, before and after the plan. Output: findings: files that hide an entry point from an assistant, entry points
//! that are not managed, custom agents that load none, hand-written copies of a lesson. Not here: everything that stops a plan (`proof`).

use super::hand_copies::KnownRules;
use super::merge::present;
use super::place::{hides, in_use, leads};
use super::{custom_agents, hand_copies};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::generated;
use lessonbook_base::tree::Tree;
use lessonbook_proof::MovedText;
use lessonbook_store::entry_point::{Assistant, Nested};
use lessonbook_store::{EntryPoint, EntryPointKind, Lesson, Store, Target, normal_form};

/// Checks a target's files.
pub fn observe(
    store: &Store,
    rules: &KnownRules<'_>,
    target: &Target,
    before: &Tree,
    after: &Tree,
    moved: &[MovedText],
) -> Vec<Finding> {
    let used: Vec<&EntryPoint> = in_use(store, target, after).iter().map(|used| used.row).collect();
    let mut findings = Vec::new();
    for row in &used {
        shadows(store, target, (row, &used), after, &mut findings);
        nested(row, &used, after, &mut findings);
        written_elsewhere(row, before, &mut findings);
    }
    for row in &store.entry_points {
        if target.enabled
            && row.kind == EntryPointKind::Always
            && !row.own
            && !used.iter().any(|other| other.name == row.name)
            && before.get(&row.path).is_some()
            && after.get(&row.path).is_some()
            // A block in a file that another tool writes would not last, so it is not offered.
            && before.file(&row.path).and_then(generated::banner).is_none()
            && !is_covered(row, &used, after)
        {
            findings.push(
                Finding::new(
                    Code::EntryPointNotManaged,
                    format!(
                        "`{}` exists but is not managed, because no assistant in use needs it",
                        row.path
                    ),
                )
                .effect(format!(
                    "people who use {} do not get the lessons there",
                    assistants(row)
                ))
                .help(
                    match row
                        .made_for()
                        .filter(|id| !target.has_assistant(&store.entry_points, id))
                    {
                        Some(id) => format!("to manage it: `assistants: [+{id}]` in the target's line"),
                        None => format!("to manage it: `use: [+{}]` in the target's line", row.name),
                    },
                ),
            );
        }
    }
    findings.extend(custom_agents::findings(store, target, after));
    findings.extend(hand_copies::findings(rules, &used, before, moved));
    let lessons = store
        .lessons
        .iter()
        .filter(|lesson| could_concern(lesson, target));
    findings.extend(lessons.filter_map(|lesson| normal_form::unmatched_path(store, lesson, before)));
    for finding in &mut findings {
        finding.target = Some(target.name.clone());
    }
    findings
}

/// Whether a lesson concerns the target, or would if one of its globs matched.
fn could_concern(lesson: &Lesson, target: &Target) -> bool {
    target.enabled && (lesson.tags.is_empty() || target.shares_tag(lesson))
}

/// Whether a file only leads to one that is in use, by a symlink or an import.
fn is_covered(row: &EntryPoint, used: &[&EntryPoint], tree: &Tree) -> bool {
    used.iter().any(|other| leads(&row.path, other, tree))
}

fn assistants(row: &EntryPoint) -> String {
    let names: Vec<&str> = row
        .assistants
        .iter()
        .take(3)
        .map(|assistant| assistant.name.as_str())
        .collect();
    names.join(", ")
}

/// A file that hides an entry point from an assistant in use, unless it is an entry point that holds our lessons as well, or leads to
/// this one.
fn shadows(
    store: &Store,
    target: &Target,
    (row, used): (&EntryPoint, &[&EntryPoint]),
    after: &Tree,
    findings: &mut Vec<Finding>,
) {
    if present(row, after).is_empty() {
        return;
    }
    let in_use = |assistant: &&Assistant| target.has_assistant(&store.entry_points, &assistant.assistant);
    for assistant in row.assistants.iter().filter(in_use) {
        let hides = assistant
            .shadowed_by
            .iter()
            .find(|path| hides(path, row, assistant, after) && !used.iter().any(|other| other.owns(path)));
        if let Some(path) = hides {
            findings.push(
                Finding::new(
                    Code::Shadowed,
                    format!("`{path}` hides `{}` from {}", row.path, assistant.name),
                )
                .effect(format!("{} does not read our lessons there", assistant.name))
                .help(format!(
                    "define an entry point for `{path}`, or move its text into `{}`",
                    row.path
                )),
            );
        }
    }
}

/// Reports files that another tool writes: our block would be lost at its next run.
fn written_elsewhere(row: &EntryPoint, before: &Tree, findings: &mut Vec<Finding>) {
    if row.kind == EntryPointKind::Scoped {
        return; // files of a family that are not ours are left alone
    }
    if let Some((line, text)) = before.file(&row.path).and_then(generated::banner) {
        findings.push(
            Finding::new(
                Code::GeneratedElsewhere,
                format!("`{}` is written by another tool: line {line} is `{text}`", row.path),
            )
            .at(Location {
                line,
                ..Location::file(&row.path)
            })
            .effect("the next run of that tool removes the lessons")
            .help(format!(
                "leave it out (`use: [-{}]` in the target's line), and add the lessons to that tool's sources",
                row.name
            )),
        );
    }
}

/// Reports files of the same name in lower folders: some assistants read those instead for the paths below.
fn nested(row: &EntryPoint, used: &[&EntryPoint], after: &Tree, findings: &mut Vec<Finding>) {
    let nearest: Vec<&str> = row
        .assistants
        .iter()
        .filter(|assistant| assistant.nested == Nested::Nearest)
        .map(|assistant| assistant.name.as_str())
        .collect();
    if nearest.is_empty() {
        return;
    }
    let ending = format!("/{}", row.path);
    let below: Vec<&str> = after
        .iter()
        .map(|(path, _)| path)
        .filter(|path| path.ends_with(&ending))
        // In a scope the proof looks at what such a file hides.
        .filter(|path| !used.iter().any(|other| other.path == **path))
        .collect();
    if let [first, more @ ..] = &below[..] {
        let (more, are) = match more.len() {
            0 => (String::new(), "is"),
            number => (format!(" and {number} more"), "are"),
        };
        findings.push(
            Finding::new(
                Code::Shadowed,
                format!(
                    "`{first}`{more} {are} nearer to the files below than `{}`",
                    row.path
                ),
            )
            .effect(format!(
                "for those files, {} may read it instead of our lessons",
                nearest.join(", ")
            ))
            .help("make its folder a scope of the target (`scopes: { FOLDER: [] }`), or let it import the root's file"),
        );
    }
}

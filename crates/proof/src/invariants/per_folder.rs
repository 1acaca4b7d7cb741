//! In each folder with settings of its own, every assistant in use there loads every critical lesson that concerns it.
//!
//! Input: the final tree, the files as they were read, and the target's scopes. Output: one invariant, and a finding for each lesson that
//! is lost. Not here: what each file should hold (`expect`), and in which order files are loaded (`chain`).
//!
//! It starts from the assistant, not from the file: what counts is the text that one program has when it works in the folder.

use std::collections::{BTreeMap, BTreeSet};

use super::{Invariant, InvariantInput, count, invariant};
use crate::chain::{ChainFile, ChainLoad, WorkPlace, chain};
use crate::expect::concerned_folders;
use crate::folders_above::origin;
use crate::matched_paths::MatchedPaths;
use crate::read::ReadLesson;
use crate::{FileView, limits, scope};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_store::entry_point::Nested;
use lessonbook_store::folder::is_within;
use lessonbook_store::{Audience, Detail, EntryPoint, EntryPointKind, Severity, assistants};

/// Computes the invariant; none in a target without scopes.
pub(super) fn present_per_folder(
    facts: &InvariantInput<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Invariant> {
    if facts.target.scopes.is_empty() || !facts.target.enabled {
        return None;
    }
    let matched = facts
        .globs
        .matched(facts.store, facts.target, facts.proposed.tree);
    let leaves = Leaves {
        facts,
        concerned: concerned_folders(facts.store, facts.target, &matched),
        matched,
        by_path: files_by_path(facts),
        dialects: scope::Dialects::default(),
    };
    let mut sums = Sums::default();
    for scope in std::iter::once(None).chain(facts.target.scopes.iter().map(Some)) {
        let (folder, ids) = match scope {
            Some(scope) => (scope.folder.as_str(), &scope.assistants),
            None => ("", &facts.target.assistants),
        };
        for id in ids {
            leaves.check(folder, id, &mut sums, findings);
        }
    }
    let folders = count(facts.target.scopes.len(), "folder");
    let repeated = match sums.repeated.len() {
        0 => String::new(),
        lessons => format!(
            ", {} repeated there, because a program does not load the files above",
            count(lessons, "lesson")
        ),
    };
    let evidence = match sums.lost {
        0 => format!(
            "{} read by each assistant in {folders} and the root{repeated}",
            count(sums.critical.len(), "critical lesson")
        ),
        lost => format!("{} lost in {folders}", count(lost, "critical lesson")),
    };
    Some(invariant("present-per-folder", sums.lost == 0, evidence))
}

/// What is counted for the evidence.
#[derive(Default)]
struct Sums {
    lost: usize,
    critical: BTreeSet<String>,
    repeated: BTreeSet<String>,
}

/// The files with our blocks, by path.
fn files_by_path<'a>(facts: &'a InvariantInput<'_>) -> BTreeMap<&'a str, (&'a EntryPoint, &'a FileView)> {
    let mut by_path = BTreeMap::new();
    for (name, file) in facts.proposed.ours() {
        if let Some(row) = facts.store.entry_point(name) {
            by_path.insert(file.path.as_str(), (row, file));
        }
    }
    by_path
}

/// The folders of a target, as assistants see them.
struct Leaves<'a> {
    facts: &'a InvariantInput<'a>,
    matched: MatchedPaths<'a, 'a>,
    /// For each lesson, the folders that it concerns.
    concerned: Vec<Vec<&'a str>>,
    by_path: BTreeMap<&'a str, (&'a EntryPoint, &'a FileView)>,
    dialects: scope::Dialects,
}

impl Leaves<'_> {
    /// Checks one assistant in one folder.
    fn check(&self, folder: &str, id: &str, sums: &mut Sums, findings: &mut Vec<Finding>) {
        let table = &self.facts.store.entry_points;
        let Some(main) = assistants::main_program(table, id) else {
            return;
        };
        let programs = table.iter().flat_map(|row| &row.assistants);
        let nearest: BTreeSet<&str> = programs
            .filter(|program| program.assistant == id && program.nested == Nested::Nearest)
            .map(|program| program.name.as_str())
            .filter(|name| *name != main)
            .collect();
        let files = self.chain(main, folder);
        let nearest = nearest
            .iter()
            .filter(|_| !folder.is_empty())
            .map(|program| (*program, self.chain(program, ""), self.chain(program, folder)));
        let nearest: Vec<(&str, Vec<ChainFile>, Vec<ChainFile>)> = nearest.collect();
        for at in 0..self.facts.store.lessons.len() {
            let Some(origin) = self.origin(at, folder) else {
                continue;
            };
            let lesson = &self.facts.store.lessons[at];
            let holders = self.holders(main, &files, at, &origin, folder);
            if lesson.severity == Severity::Critical {
                sums.critical.insert(lesson.id.clone());
            }
            if holders.iter().any(|file| file == folder) && holders.iter().any(|file| file != folder) {
                sums.repeated.insert(lesson.id.clone());
            }
            if holders.is_empty() {
                self.lost(at, folder, main, &files, sums, findings);
            }
            for (program, root, below) in &nearest {
                let has = |files: &[ChainFile], folder: &str| {
                    !self.holders(program, files, at, &origin, folder).is_empty()
                };
                if has(root, "") && !has(below, folder) {
                    self.lost(at, folder, program, below, sums, findings);
                }
            }
        }
    }

    fn chain(&self, program: &str, folder: &str) -> Vec<ChainFile> {
        let at = WorkPlace { folder, path: None };
        chain(
            &self.facts.store.entry_points,
            program,
            at,
            self.facts.proposed.tree,
        )
    }

    /// The folder by which a lesson concerns this one, if assistants must have it here.
    fn origin(&self, at: usize, folder: &str) -> Option<String> {
        let lesson = &self.facts.store.lessons[at];
        let origin = origin(&self.concerned[at], folder)?;
        let may_read = lesson.audience != Audience::Internal || self.facts.target.may_read_internal();
        let is_about = lesson.paths.is_empty()
            || origin == folder
            || !self.matched.paths_in(at, origin, folder).is_empty();
        (lesson.severity >= Severity::High && may_read && is_about && !self.is_excused(at, folder))
            .then(|| origin.to_owned())
    }

    /// Whether a placement of the lesson on the way to the folder has a reason to be missing.
    fn is_excused(&self, at: usize, folder: &str) -> bool {
        let id = &self.facts.store.lessons[at].id;
        let mut placements = self.facts.coverage.placements.iter();
        placements.any(|placement| {
            placement.lesson == id.as_str()
                && (placement.exempt.is_some() || placement.waits.is_some())
                && self
                    .facts
                    .store
                    .entry_point(&placement.entry_point)
                    .is_some_and(|row| is_within(folder, &row.folder))
        })
    }

    /// The folders of the entry points whose loaded files hold a lesson for a program that works in a folder.
    fn holders(
        &self,
        program: &str,
        files: &[ChainFile],
        at: usize,
        origin: &str,
        folder: &str,
    ) -> Vec<String> {
        let words = &self.facts.words[at];
        let known = |id: &str| self.facts.store.lesson(id).is_some();
        let internal = self.facts.target.may_read_internal();
        let mut holders = Vec::new();
        for file in files.iter().filter(|file| file.load.is_loaded()) {
            let Some((row, view)) = self.by_path.get(file.path.as_str()) else {
                continue;
            };
            if !view.view.mentions(&words.lesson.id) {
                continue;
            }
            let read = view.view.read_lesson(words, internal, &known);
            if read.detail > Detail::None
                && self.is_read_to_the_end(program, file, view, &read)
                && self.is_for_every_path(program, row, view, (at, origin), folder)
            {
                holders.push(row.folder.clone());
            }
        }
        holders
    }

    fn is_read_to_the_end(
        &self,
        program: &str,
        file: &ChainFile,
        view: &FileView,
        read: &ReadLesson,
    ) -> bool {
        let bytes = self.facts.proposed.tree.file(&file.path).unwrap_or_default();
        let end = read.range.end.min(bytes.len());
        let in_chain = file
            .cut
            .as_ref()
            .is_none_or(|cut| limits::measure(&bytes[..end], cut.unit) <= cut.read);
        let mut passed = view.passed.iter().filter(|passed| passed.assistant == program);
        in_chain && passed.all(|passed| limits::still_reads(passed, bytes, end))
    }

    /// Whether a family's file is loaded for every path of the folder that the lesson is about.
    fn is_for_every_path(
        &self,
        program: &str,
        row: &EntryPoint,
        view: &FileView,
        (at, origin): (usize, &str),
        folder: &str,
    ) -> bool {
        if row.kind != EntryPointKind::Scoped {
            return true;
        }
        let alone = EntryPoint {
            assistants: row
                .assistants
                .iter()
                .filter(|assistant| assistant.name == program)
                .cloned()
                .collect(),
            ..row.clone()
        };
        let lesson = &self.facts.store.lessons[at];
        let paths = match folder {
            "" => self.matched.paths(at).collect(),
            _ => self.matched.paths_in(at, origin, folder),
        };
        let globs = match row.folder.as_str() {
            "" => lesson.globs().into_iter().map(str::to_owned).collect(),
            above => lesson.globs_in(origin, above),
        };
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        scope::hole(
            &self.dialects,
            &alone,
            view.front.as_ref(),
            &globs,
            paths.into_iter(),
        )
        .is_none()
    }

    fn lost(
        &self,
        at: usize,
        folder: &str,
        program: &str,
        files: &[ChainFile],
        sums: &mut Sums,
        findings: &mut Vec<Finding>,
    ) {
        let lesson = &self.facts.store.lessons[at];
        let is_critical = lesson.severity == Severity::Critical;
        sums.lost += usize::from(is_critical);
        let place = if folder.is_empty() { "the root" } else { folder };
        let message = format!(
            "{} ({}) does not reach {program} in `{place}`: {}",
            lesson.id,
            lesson.severity.word(),
            self.reason(at, folder, program, files)
        );
        let mut finding = Finding::new(Code::LostInFolder, message)
            .lesson(&lesson.id)
            .effect(format!("{program} works in `{place}` without the lesson"))
            .help("remove or rename the file that is in the way, leave the assistant out of the scope's `assistants`, or add an exception with a reason");
        if let Some(file) = files.iter().rev().find(|file| !file.load.is_loaded()) {
            finding = finding.at(Location::file(&file.path));
        }
        if !is_critical {
            finding.level = Level::Warning;
        }
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    /// Why no file of a chain gives a lesson.
    fn reason(&self, at: usize, folder: &str, program: &str, files: &[ChainFile]) -> String {
        let id = &self.facts.store.lessons[at].id;
        let holds = |file: &&ChainFile| {
            let known = self.by_path.get(file.path.as_str());
            known.is_some_and(|(_, view)| view.view.mentions(id))
        };
        let not_loaded = files.iter().filter(holds).find_map(|file| match &file.load {
            ChainLoad::NotLoaded { why } => Some(format!("`{}` is not loaded, because {why}", file.path)),
            _ => None,
        });
        let cut = files.iter().filter(holds).find_map(|file| {
            let cut = file.cut.as_ref()?;
            let (read, limit) = (
                limits::size_with_unit(cut.read, cut.unit),
                limits::size_with_unit(cut.limit, cut.unit),
            );
            let path = &file.path;
            Some(format!(
                "of `{path}` it reads {read}, because all such files from the root down share {limit}"
            ))
        });
        not_loaded
            .or(cut)
            .or_else(|| self.hidden(folder, program))
            .unwrap_or_else(|| {
                let loaded = files.iter().filter(|file| file.load.is_loaded());
                let loaded: Vec<String> = loaded.map(|file| format!("`{}`", file.path)).collect();
                match loaded.as_slice() {
                    [] => format!("{program} loads no file there"),
                    loaded => format!("it is in none of the files loaded there: {}", loaded.join(", ")),
                }
            })
    }

    /// The file that hides a scope's file, which therefore holds no lesson for the program.
    fn hidden(&self, folder: &str, program: &str) -> Option<String> {
        let tree = self.facts.proposed.tree;
        let rows = self.facts.store.entry_points.iter();
        let mut rows = rows.filter(|row| row.folder == folder);
        rows.find_map(|row| {
            let reader = row.assistants.iter().find(|reader| reader.name == program)?;
            let hider = reader.shadowed_by.iter().find(|path| tree.get(path).is_some())?;
            Some(format!("`{hider}` hides `{}` from {program}", row.path))
        })
    }
}

//! Paths, globs and commands in rules that exist in no target that receives the lesson.
//!
//! Input: the rules and the trees. Output: a finding at each code span that names nothing. Not here: `paths` of a lesson, and whether a
//! rule expects that a thing exists (`tone`).

pub mod path;

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::{DefinedCommands, ProjectCommand};
use crate::receivers::Receivers;
use crate::{AuditInput, Removal, active, retire, targets, tone};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::globs::{Glob, Index};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_base::{git_rules, markdown};
use lessonbook_store::Lesson;
use path::{NamedPath, named_globs, named_path};

/// What a code span names.
enum Named {
    Path(NamedPath),
    /// Any of these.
    Globs(Vec<Glob>),
    Command(ProjectCommand),
}

/// A code span of a rule that names something.
struct Reference<'a> {
    lesson: &'a Lesson,
    /// The bytes in the rule, without backticks.
    span: std::ops::Range<usize>,
    named: Named,
    /// The trees of the targets that receive the lesson, by the target's position.
    trees: Vec<(usize, &'a Tree)>,
    /// It exists, or it can't be known.
    is_settled: bool,
    /// The first folder of a path without an ending exists somewhere.
    is_rooted: bool,
    /// Other paths with the same last name: target and path.
    namesakes: BTreeSet<(usize, String)>,
}

impl Reference<'_> {
    /// The path that must exist: a path, or the script of a command.
    fn path(&self) -> Option<&str> {
        match &self.named {
            Named::Path(path) => Some(&path.path),
            Named::Command(ProjectCommand::File(path)) => Some(path),
            _ => None,
        }
    }

    fn last(&self) -> Option<&str> {
        self.path().map(|path| path.rsplit('/').next().unwrap_or(path))
    }
}

/// A finding for each span that names nothing.
pub fn findings(input: &AuditInput, receivers: &Receivers) -> Vec<Finding> {
    let dead = dead(input, receivers);
    dead.iter().map(|one| finding(input, one)).collect()
}

/// The paths that exist in no target that receives their lessons, each with the name of such a target.
pub fn missing_paths(input: &AuditInput, receivers: &Receivers) -> Vec<(String, String)> {
    let dead = dead(input, receivers);
    let paths = dead.iter().filter_map(|one| Some((one, one.path()?)));
    paths
        .flat_map(|(one, path)| {
            let names = one.trees.iter().map(|(at, _)| &input.targets[*at].target.name);
            names.map(|name| (name.clone(), path.to_owned()))
        })
        .collect()
}

/// The spans that name nothing.
fn dead<'a>(input: &AuditInput<'a>, receivers: &Receivers) -> Vec<Reference<'a>> {
    let mut references: Vec<Reference> = Vec::new();
    for lesson in active(input.store) {
        let mut own = references_of(lesson);
        if own.is_empty() {
            continue;
        }
        if let Some(trees) = receivers.trees(input, lesson) {
            for one in &mut own {
                one.trees.clone_from(&trees);
            }
            references.append(&mut own);
        }
    }
    let used: BTreeMap<usize, &Tree> = references
        .iter()
        .flat_map(|one| one.trees.iter().copied())
        .collect();
    for (at, tree) in used {
        let mut open: Vec<&mut Reference> = references
            .iter_mut()
            .filter(|one| !one.is_settled && one.trees.iter().any(|(known, _)| *known == at))
            .collect();
        if !open.is_empty() {
            settle_paths(at, tree, &mut open);
            settle_globs(tree, &mut open);
            settle_commands(tree, &mut open);
        }
    }
    // A rule that names a thing twice is wrong once.
    let mut reported: BTreeSet<(&str, &str)> = BTreeSet::new();
    references.retain(|one| {
        let lesson = one.lesson;
        !one.is_settled
            && one.is_rooted
            && !is_ignored(one)
            && reported.insert((&lesson.id, &lesson.rule[one.span.clone()]))
    });
    references
}

fn references_of(lesson: &Lesson) -> Vec<Reference<'_>> {
    let rule = lesson.rule.as_str();
    let spans = markdown::outline(rule).code_spans;
    let named = spans.into_iter().filter_map(|span| {
        let text = rule.get(span.clone())?;
        let inner = text.trim_matches('`').trim();
        let named = match ProjectCommand::parse(inner) {
            Some(command) => Named::Command(command),
            None => match named_path(inner) {
                Some(path) => Named::Path(path),
                None => Named::Globs(named_globs(inner)?),
            },
        };
        let start = span.start + text.find(inner)?;
        let is_rooted = !matches!(&named, Named::Path(path) if path.needs_root);
        tone::expects(rule, &span).then(|| Reference {
            lesson,
            span: start..start + inner.len(),
            named,
            trees: Vec::new(),
            is_settled: false,
            is_rooted,
            namesakes: BTreeSet::new(),
        })
    });
    named.collect()
}

/// Looks for paths in a tree: as written, or below any folder, because a rule may be about one part of a repository.
fn settle_paths(at: usize, tree: &Tree, open: &mut [&mut Reference]) {
    let mut by_last: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let roots: BTreeSet<&str> = tree.roots().collect();
    for (number, one) in open.iter_mut().enumerate() {
        let first = one.path().and_then(|path| path.split('/').next());
        let is_rooted = first.is_some_and(|first| roots.contains(first));
        one.is_rooted |= is_rooted;
        // `ui/pages/utils` can be three folders of the root.
        one.is_settled |= one
            .path()
            .is_some_and(|path| path.split('/').all(|part| roots.contains(part)));
        if let Some(last) = one.last() {
            by_last.entry(last.to_owned()).or_default().push(number);
        }
    }
    if by_last.is_empty() {
        return;
    }
    let mut before = "";
    for (path, entry) in tree.iter() {
        // Folders that were seen with the path before are not looked at again.
        let common = path
            .bytes()
            .zip(before.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let from = path[..floor(path, common)]
            .rfind('/')
            .map_or(0, |slash| slash + 1);
        before = path;
        let ends = path[from..].match_indices('/').map(|(slash, _)| from + slash);
        for end in ends.chain([path.len()]) {
            let part = &path[..end];
            let name = part.rsplit('/').next().unwrap_or(part);
            // `src/main` may be a module, `src/main.ts`.
            let stem = name
                .split('.')
                .next()
                .filter(|stem| end == path.len() && *stem != name);
            for (known, is_stem) in [(Some(name), false), (stem, true)] {
                for number in known.and_then(|known| by_last.get(known)).into_iter().flatten() {
                    let one = &mut *open[*number];
                    let Some(wanted) = one.path() else { continue };
                    let folder = &part[..part.len() - name.len()];
                    let wanted_folder =
                        &wanted[..wanted.len() - wanted.rsplit('/').next().unwrap_or(wanted).len()];
                    let is_it = folder == wanted_folder
                        || folder.ends_with(wanted_folder)
                            && folder[..folder.len() - wanted_folder.len()].ends_with('/');
                    if is_it {
                        one.is_settled = true;
                    } else if !is_stem && one.namesakes.len() < 2 {
                        one.namesakes.insert((at, part.to_owned()));
                    }
                }
            }
        }
        if matches!(entry.mode, Mode::Symlink | Mode::Submodule) {
            // What is behind a link or in another repository is not known.
            let leads = |wanted: &str| {
                wanted
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            for one in open.iter_mut() {
                one.is_settled |= one.path().is_some_and(leads);
            }
        }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn settle_globs(tree: &Tree, open: &mut [&mut Reference]) {
    let mut globs: Vec<(usize, Glob)> = Vec::new();
    for (number, one) in open.iter().enumerate() {
        if let Named::Globs(all) = &one.named {
            globs.extend(all.iter().map(|glob| (number, glob.clone())));
        }
    }
    if globs.is_empty() {
        return;
    }
    let index = Index::new(&globs.iter().map(|(_, glob)| glob).collect::<Vec<_>>());
    for ((number, _), hit) in globs.iter().zip(index.hits(tree.paths())) {
        open[*number].is_settled |= hit.count > 0;
    }
}

fn settle_commands(tree: &Tree, open: &mut [&mut Reference]) {
    let mut defined: Option<DefinedCommands> = None;
    for one in open.iter_mut() {
        if let Named::Command(command) = &one.named
            && !matches!(command, ProjectCommand::File(_))
        {
            let defined = defined.get_or_insert_with(|| DefinedCommands::new(tree));
            one.is_settled |= defined.has(command) != Some(false);
        }
    }
}

/// Whether git ignores it in a target: then it is made there and not tracked.
fn is_ignored(one: &Reference) -> bool {
    let is_ignored = |path: &str| {
        let inside = format!("{path}/x");
        one.trees.iter().any(|(_, tree)| {
            git_rules::ignored(tree, path).is_some() || git_rules::ignored(tree, &inside).is_some()
        })
    };
    match &one.named {
        Named::Globs(globs) => globs.iter().any(|glob| {
            let fixed = glob
                .as_written()
                .split(['*', '{', '?'])
                .next()
                .unwrap_or_default();
            fixed.len() > 1 && is_ignored(fixed.trim_end_matches('/'))
        }),
        _ => one.path().is_some_and(is_ignored),
    }
}

fn finding(input: &AuditInput, one: &Reference) -> Finding {
    let id = &one.lesson.id;
    let text = &one.lesson.rule[one.span.clone()];
    let first = &input.targets[one.trees[0].0].target.name;
    let removal = one.trees.iter().find_map(|(at, _)| {
        let name = &input.targets[*at].target.name;
        let removal = input.removals.get(&(name.clone(), one.path()?.to_owned()))?;
        Some((name, removal))
    });
    let gone = match removal {
        Some(_) => "no longer exists",
        None => "does not exist",
    };
    let where_ = match one.trees.len() {
        1 => format!("in {first}, the only target that receives `{id}`"),
        many => format!("in any of the {} that receive `{id}`", targets(many)),
    };
    let removed = match removal {
        Some((name, Removal { commit, day })) if one.trees.len() > 1 => {
            format!("; {name} removed it in {commit} on {day}")
        }
        Some((_, Removal { commit, day })) => format!("; {commit} removed it on {day}"),
        None => String::new(),
    };
    let (code, what) = match &one.named {
        Named::Command(command) => (
            Code::CommandGone,
            format!(
                "`{text}` needs {}, which {gone} {where_}{removed}",
                command.words()
            ),
        ),
        Named::Globs(_) => (Code::PathGone, format!("`{text}` matches no file {where_}")),
        Named::Path(_) => (Code::PathGone, format!("`{text}` {gone} {where_}{removed}")),
    };
    let namesakes: Vec<&(usize, String)> = one.namesakes.iter().collect();
    let known = match namesakes.as_slice() {
        [(at, path)] => format!("{} has `{path}`; ", input.targets[*at].target.name),
        _ => String::new(),
    };
    let retire = retire(id, "what it is about is gone");
    let mut finding = Finding::new(code, what)
        .lesson(id)
        .effect("assistants look for it, guess another, or stop trusting the rule")
        .help(format!("{known}correct the rule, or retire the lesson: {retire}"));
    let places = &input.store.places;
    finding.at = places
        .value(&one.lesson.file, "rule", &one.lesson.rule, one.span.clone())
        .or_else(|| places.lesson(id));
    finding
}

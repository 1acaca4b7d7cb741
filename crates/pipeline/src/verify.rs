//! What a target can say of its own files, without the store: are the blocks there, whole, unedited, and read?
//!
//! Input: the table of entry points and a work tree. Output: a [`VerifyReport`]: every file that holds a block of any store, and a
//! finding for what is wrong. Not here: whether the right lessons stand there, which only the store knows (`verify`).
//!
//! What the plan only warns of is an error here where a block is lost by it: this is a gate, and nothing is taken back by itself.

mod block;
mod unreadable;

use self::block::BlockCheck;
use super::merge::{managed_file, present};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_proof::{follow, limits};
use lessonbook_store::entry_point::{Assistant, EntryPoint, PastLimit};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The table.
    pub rows: &'a [EntryPoint],
    /// The assistants that must read what stands there; of the others it is only told.
    pub assistants: &'a [String],
    /// Only blocks of this store; none: of every store.
    pub name: Option<&'a str>,
    /// The entry points that must hold a block.
    pub expect: &'a [String],
}

/// A file that holds a block, or leads to one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VerifiedFile {
    /// Its path.
    pub path: String,
    /// The entry point's name.
    pub entry_point: String,
    /// Whose block.
    pub store: String,
    /// The begin line; 0 where the markers do not pair up.
    pub line: usize,
    /// The end line.
    pub end: usize,
    /// Whether everything is as it should be.
    pub ok: bool,
    /// Whether a formatter laid it out anew.
    pub reformatted: bool,
    /// Where the link leads, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

/// Everything that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Files with a block, in the order of the table.
    pub files: Vec<VerifiedFile>,
    /// What is wrong, and what should be known.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }
}

/// Which paths' content is looked at.
pub fn wants(rows: &[EntryPoint], path: &str) -> bool {
    rows.iter().any(|row| {
        // Files of the same name further down share a chain's limit.
        let nested = row.family().is_none()
            && path
                .strip_suffix(&row.path)
                .is_some_and(|head| head.ends_with('/'));
        row.owns(path) || nested || hiders(row).any(|hider| hider == path)
    }) || lessonbook_base::git_rules::is_rule_file(path, rows.iter().map(EntryPoint::place))
}

/// The files and folders in which such paths stand.
pub fn places(rows: &[EntryPoint]) -> Vec<&str> {
    let mut places: Vec<&str> = Vec::new();
    for row in rows {
        let own = row.family().map_or(row.path.as_str(), |(folder, _)| folder);
        for place in std::iter::once(own).chain(hiders(row)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}

fn hiders(row: &EntryPoint) -> impl Iterator<Item = &str> {
    row.assistants
        .iter()
        .flat_map(|assistant| assistant.shadowed_by.iter().map(String::as_str))
}

/// Looks.
pub fn look(asked: VerifyInput<'_>, tree: &Tree) -> VerifyReport {
    let mut report = VerifyReport::default();
    let mut links = Vec::new();
    for row in asked.rows {
        for path in present(row, tree) {
            match tree.get(path) {
                Some(entry) if entry.mode == Mode::Symlink => links.push((row, path, entry)),
                _ => {
                    report
                        .findings
                        .extend(unreadable::unreadable(asked, row, path, tree));
                    file(asked, row, path, tree, &mut report);
                }
            }
        }
    }
    let any = !report.files.is_empty();
    for (row, path, entry) in links {
        link(asked, (row, path, entry), any, tree, &mut report);
    }
    for row in asked.rows {
        if report
            .files
            .iter()
            .any(|file| file.entry_point == row.name && file.through.is_none())
        {
            shadows(asked, row, tree, &mut report);
        }
    }
    missing(asked, tree, &mut report);
    let order = |name: &str| asked.rows.iter().position(|row| row.name == name);
    report.files.sort_by_key(|file| order(&file.entry_point)); // stable: paths, then the blocks of a file
    for file in &mut report.files {
        let is_here = |finding: &&Finding| finding.at.as_ref().is_some_and(|place| place.file == file.path);
        file.ok = !report.findings.iter().filter(is_here).any(Finding::is_error);
    }
    lessonbook_base::finding::sort(&mut report.findings);
    report
}

/// Every block of a file.
fn file(asked: VerifyInput<'_>, row: &EntryPoint, path: &str, tree: &Tree, report: &mut VerifyReport) {
    let Some(bytes) = tree.file(path) else { return };
    for name in marker::names(bytes) {
        if asked.name.is_some_and(|only| only != name) {
            continue;
        }
        let found = marker::find(bytes, &name);
        let fenced = marker::fenced(bytes, &name);
        let mut looked = VerifiedFile {
            path: path.to_owned(),
            entry_point: row.name.clone(),
            store: name.clone(),
            line: 0,
            end: 0,
            ok: false,
            reformatted: false,
            through: None,
        };
        match found {
            BlocksInFile::Block(ref block) => {
                let BlockCheck {
                    mut findings,
                    reformatted,
                } = block::check(row, path, bytes, &name, block);
                limited(row, path, bytes, block, tree, &mut findings);
                report.findings.append(&mut findings);
                looked.reformatted = reformatted;
                (looked.line, looked.end) = block::lines(bytes, &block.range);
            }
            BlocksInFile::Nothing => continue,
            BlocksInFile::Swallowed { .. } | BlocksInFile::Unbalanced { .. } => match &fenced {
                // A real block between the lines of a fence.
                Some(block) if matches!(found, BlocksInFile::Swallowed { .. }) => {
                    report.findings.push(block::fenced_in(path, bytes, block));
                    (looked.line, looked.end) = block::lines(bytes, &block.range);
                }
                _ => report.findings.push(managed_file::unusable(path, &found)),
            },
        }
        report.files.push(looked);
    }
}

/// A block behind the place where a reader stops.
fn limited(
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    block: &marker::Block,
    tree: &Tree,
    findings: &mut Vec<Finding>,
) {
    let (line, _) = block::lines(bytes, &block.range);
    for passed in limits::passed(row, path, tree) {
        if passed.limit.over == PastLimit::Advice || limits::still_reads(&passed, bytes, block.range.end) {
            continue;
        }
        findings.push(
            Finding::new(Code::LimitExceeded, format!("`{path}`: {}", passed.clause()))
                .at(Location {
                    line,
                    ..Location::file(path)
                })
                .effect(format!("{} does not read the whole block", passed.assistant))
                .help("shorten the text, or move the block up; it may stand anywhere in the file"),
        );
    }
}

/// An entry point that is a link: fine where it leads to one that holds a block, or to one that holds none and none is expected.
fn link(
    asked: VerifyInput<'_>,
    (row, path, entry): (&EntryPoint, &str, &TreeEntry),
    any: bool,
    tree: &Tree,
    report: &mut VerifyReport,
) {
    let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default()).into_owned();
    let resolved = follow(path, &target);
    let is_row =
        |resolved: &String| asked.rows.iter().any(|row| row.owns(resolved)) && tree.file(resolved).is_some();
    if let Some(resolved) = resolved.filter(is_row) {
        let held: Vec<VerifiedFile> = report
            .files
            .iter()
            .filter(|file| file.path == resolved)
            .cloned()
            .collect();
        report.files.extend(held.into_iter().map(|file| VerifiedFile {
            path: path.to_owned(),
            entry_point: row.name.clone(),
            through: Some(resolved.clone()),
            ..file
        }));
        return;
    }
    // Where nothing of any store stands, what somebody links to is none of our business.
    if any || asked.expect.contains(&row.name) {
        report.findings.push(Finding {
            level: Level::Error,
            ..Finding::new(
                Code::EntryPointIsLink,
                format!("`{path}` is a symbolic link to `{target}`, where no entry point stands"),
            )
            .at(Location::file(path))
            .effect("no block stands there, and none can be written through a link")
            .help("make it a file, or point it at an entry point that holds the block")
        });
    }
}

/// Files that keep a reader from a block.
fn shadows(asked: VerifyInput<'_>, row: &EntryPoint, tree: &Tree, report: &mut VerifyReport) {
    let mut hidden: Vec<(&str, Vec<&Assistant>)> = Vec::new();
    for assistant in &row.assistants {
        for hider in assistant
            .shadowed_by
            .iter()
            .filter(|hider| hides(assistant, hider, row, tree))
        {
            match hidden.iter_mut().find(|(path, _)| path == hider) {
                Some((_, assistants)) => assistants.push(assistant),
                None => hidden.push((hider, vec![assistant])),
            }
        }
    }
    for (hider, assistants) in hidden {
        let names: Vec<&str> = assistants
            .iter()
            .map(|assistant| assistant.name.as_str())
            .collect();
        let watched = names
            .iter()
            .any(|name| asked.assistants.iter().any(|known| known == name));
        let import = if assistants.iter().any(|assistant| assistant.imports) {
            format!(", or write `@{}` on a line of its own into it", row.path)
        } else {
            String::new()
        };
        report.findings.push(Finding {
            level: if watched { Level::Error } else { Level::Warning },
            ..Finding::new(
                Code::Shadowed,
                format!("`{hider}` hides `{}` from {}", row.path, names.join(", ")),
            )
            .at(Location::file(&row.path))
            .effect(format!("{} does not read the block", names.join(", ")))
            .help(format!("fold `{hider}` into `{}`{import}", row.path))
        });
    }
}

fn hides(assistant: &Assistant, hider: &str, row: &EntryPoint, tree: &Tree) -> bool {
    let Some(entry) = tree.get(hider) else {
        return false;
    };
    if entry.mode == Mode::Symlink {
        let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default());
        return follow(hider, &target).is_none_or(|resolved| resolved != row.path);
    }
    let bytes = tree.file(hider).unwrap_or_default();
    let holds = |name: &String| matches!(marker::find(bytes, name), BlocksInFile::Block(_));
    let import = format!("@{}", row.path);
    let imports = || {
        String::from_utf8_lossy(bytes)
            .split_whitespace()
            .any(|word| word == import)
    };
    !(marker::names(bytes).iter().any(holds) || assistant.imports && imports())
}

/// Expected entry points without a block.
fn missing(asked: VerifyInput<'_>, tree: &Tree, report: &mut VerifyReport) {
    for name in asked.expect {
        let Some(row) = asked.rows.iter().find(|row| row.name == *name) else {
            continue;
        };
        // A damaged block is there, and has its finding; so has a link.
        let is_told = |finding: &Finding| {
            let told = [Code::EntryPointIsLink, Code::ContentFiltered, Code::NotText];
            told.contains(&finding.code) && finding.at.as_ref().is_some_and(|at| row.owns(&at.file))
        };
        if report.files.iter().any(|file| file.entry_point == *name) || report.findings.iter().any(is_told) {
            continue;
        }
        let whose = asked
            .name
            .map_or_else(|| "of any store".to_owned(), |name| format!("of `{name}`"));
        let stands = present(row, tree);
        let (message, file) = match stands.first() {
            None => (
                format!("`{}` is not there, and should hold a block", row.path),
                row.family().map_or(row.path.as_str(), |(folder, _)| folder),
            ),
            Some(first) if row.family().is_some() => (
                format!("no file of `{name}` (`{}`) holds a block {whose}", row.path),
                *first,
            ),
            Some(path) => (format!("`{path}` holds no block {whose}"), *path),
        };
        report.findings.push(
            Finding::new(Code::BlockMissing, message)
                .at(Location::file(file))
                .effect(format!("assistants that load `{name}` are not told the lessons"))
                .help("merge the proposal that puts it there, restore the file from history, or expect something else"),
        );
    }
}

//! The command `verify`: checks a target's own files without the store. Are the blocks present, complete, unedited, and read, and
//! are the checks files as they were written?
//!
//! Input: the table of entry points and a work tree. Output: a [`VerifyReport`]: every file that holds a block of any store, every checks
//! file, and a finding for each problem. Not here: whether the blocks hold the right lessons, which only the store knows (`proof`).
//!
//! Some warnings of the plan are errors here, if a block is lost by them: this is a gate for pull requests, and it repairs nothing.

mod block;
mod checks_files;
mod unreadable;

use self::block::BlockCheck;
use super::merge::{managed_file, present};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::markdown::VisibleToken;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_proof::{follow, import_word, is_import, limits};
use lessonbook_store::ChecksFile;
use lessonbook_store::checks_file::CHECKS_FOLDER;
use lessonbook_store::entry_point::{Assistant, EntryPoint, PastLimit};

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The table.
    pub rows: &'a [EntryPoint],
    /// The assistants that must read the blocks; problems of other assistants are only reported.
    pub assistants: &'a [String],
    /// The store whose blocks are checked; none: those of every store.
    pub name: Option<&'a str>,
    /// The entry points that must hold a block.
    pub expect: &'a [String],
}

/// A file that holds a block, or leads to one; or a checks file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VerifiedFile {
    /// Its path.
    pub path: String,
    /// The entry point's name; `checks` for a checks file.
    pub entry_point: String,
    /// The name of the store of the block.
    pub store: String,
    /// The line of the begin marker; 0 if the markers do not pair up.
    pub line: usize,
    /// The end line.
    pub end: usize,
    /// Whether there is no problem.
    pub ok: bool,
    /// Whether a formatter changed the layout.
    pub reformatted: bool,
    /// Where the symlink leads, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

/// The result of checking a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Files with a block, in the order of the table.
    pub files: Vec<VerifiedFile>,
    /// The problems, and what people should know.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether there is no error.
    pub fn is_ok(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }
}

/// Whether the content of a path is needed.
pub fn wants(rows: &[EntryPoint], path: &str) -> bool {
    rows.iter().any(|row| {
        // Files of the same name further down share a chain's limit.
        let nested = row.family().is_none()
            && path
                .strip_suffix(&row.path)
                .is_some_and(|head| head.ends_with('/'));
        row.owns(path) || nested || hiders(row).any(|hider| hider == path)
    }) || ChecksFile::is_path(path)
        || lessonbook_base::git_rules::is_rule_file(path, rows.iter().map(EntryPoint::place))
}

/// The files and folders that contain such paths.
pub fn places(rows: &[EntryPoint]) -> Vec<&str> {
    let mut places: Vec<&str> = vec![CHECKS_FOLDER];
    for row in rows {
        let own = row.family().map_or(row.path.as_str(), |(folder, _)| folder);
        for place in std::iter::once(own).chain(hiders(row)) {
            let place = place.trim_end_matches('/');
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

/// Checks a target.
pub fn verify(input: VerifyInput<'_>, tree: &Tree) -> VerifyReport {
    let mut report = VerifyReport::default();
    let mut links = Vec::new();
    for row in input.rows {
        for path in present(row, tree) {
            match tree.get(path) {
                Some(entry) if entry.mode == Mode::Symlink => links.push((row, path, entry)),
                _ => {
                    report
                        .findings
                        .extend(unreadable::unreadable(input, row, path, tree));
                    file(input, row, path, tree, &mut report);
                }
            }
        }
    }
    let any = !report.files.is_empty();
    for (row, path, entry) in links {
        link(input, (row, path, entry), any, tree, &mut report);
    }
    for row in input.rows {
        if report
            .files
            .iter()
            .any(|file| file.entry_point == row.name && file.through.is_none())
        {
            shadows(input, row, tree, &mut report);
        }
    }
    missing(input, tree, &mut report);
    checks_files::checks_files(input, tree, &mut report);
    let order = |name: &str| {
        let at = input.rows.iter().position(|row| row.name == name);
        at.unwrap_or(usize::MAX) // checks files are last
    };
    report.files.sort_by_key(|file| order(&file.entry_point)); // a stable sort keeps the order of paths, then of the blocks of a file
    for file in &mut report.files {
        let is_here = |finding: &&Finding| finding.at.as_ref().is_some_and(|place| place.file == file.path);
        file.ok = !report.findings.iter().filter(is_here).any(Finding::is_error);
    }
    lessonbook_base::finding::sort(&mut report.findings);
    report
}

/// Checks every block of a file.
fn file(input: VerifyInput<'_>, row: &EntryPoint, path: &str, tree: &Tree, report: &mut VerifyReport) {
    let Some(bytes) = tree.file(path) else { return };
    for name in marker::names(bytes) {
        if input.name.is_some_and(|only| only != name) {
            continue;
        }
        let found = marker::find(bytes, &name);
        let fenced = marker::fenced(bytes, &name);
        let mut checked = VerifiedFile {
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
                limited(input, row, (path, bytes, block), tree, &mut findings);
                report.findings.append(&mut findings);
                checked.reformatted = reformatted;
                (checked.line, checked.end) = block::lines(bytes, &block.range);
            }
            BlocksInFile::Nothing => continue,
            BlocksInFile::Swallowed { .. } | BlocksInFile::Unbalanced { .. } => match &fenced {
                // A real block inside a fence.
                Some(block) if matches!(found, BlocksInFile::Swallowed { .. }) => {
                    report.findings.push(block::fenced_in(path, bytes, block));
                    (checked.line, checked.end) = block::lines(bytes, &block.range);
                }
                _ => report.findings.push(managed_file::unusable(path, &found)),
            },
        }
        report.files.push(checked);
    }
}

/// Reports a block of which an assistant does not read the end.
fn limited(
    input: VerifyInput<'_>,
    row: &EntryPoint,
    (path, bytes, block): (&str, &[u8], &marker::Block),
    tree: &Tree,
    findings: &mut Vec<Finding>,
) {
    let (line, _) = block::lines(bytes, &block.range);
    for passed in limits::passed(input.rows, row, path, tree) {
        if passed.limit.over == PastLimit::Advice || limits::still_reads(&passed, bytes, block.range.end) {
            continue;
        }
        let is_doubt =
            passed.limit.over == PastLimit::Unknown && !input.assistants.contains(&passed.assistant);
        let reads = if is_doubt { "may not read" } else { "does not read" };
        let finding = Finding::new(Code::LimitExceeded, format!("`{path}`: {}", passed.clause()));
        findings.push(Finding {
            level: if is_doubt { Level::Warning } else { finding.level },
            ..finding
                .at(Location {
                    line,
                    ..Location::file(path)
                })
                .effect(format!("{} {reads} the whole block", passed.assistant))
                .help("shorten the text, or move the block up; it may be anywhere in the file")
        });
    }
}

/// An entry point that is a symlink: no problem if it leads to one that holds a block, or to one that holds none and none is expected.
fn link(
    input: VerifyInput<'_>,
    (row, path, entry): (&EntryPoint, &str, &TreeEntry),
    any: bool,
    tree: &Tree,
    report: &mut VerifyReport,
) {
    let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default()).into_owned();
    let resolved = follow(path, &target);
    let is_row =
        |resolved: &String| input.rows.iter().any(|row| row.owns(resolved)) && tree.file(resolved).is_some();
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
    // If no store has a block there, a symlink is the owners' own decision.
    if any || input.expect.contains(&row.name) {
        report.findings.push(Finding {
            level: Level::Error,
            ..Finding::new(
                Code::EntryPointIsLink,
                format!("`{path}` is a symbolic link to `{target}`, which is not an entry point"),
            )
            .at(Location::file(path))
            .effect("no block is there, and none can be written through a link")
            .help("make it a regular file, or let it link to an entry point that holds the block")
        });
    }
}

/// Reports files that prevent an assistant from reading a block.
fn shadows(input: VerifyInput<'_>, row: &EntryPoint, tree: &Tree, report: &mut VerifyReport) {
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
            .any(|name| input.assistants.iter().any(|known| known == name));
        let import = if assistants.iter().any(|assistant| assistant.imports) {
            format!(
                ", or add `{}` to it on a line of its own",
                import_word(hider, &row.path)
            )
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
            .help(format!("move the text of `{hider}` into `{}`{import}", row.path))
        });
    }
}

fn hides(assistant: &Assistant, hider: &str, row: &EntryPoint, tree: &Tree) -> bool {
    let Some(entry) = tree.get(hider) else {
        return tree.has(hider);
    };
    if entry.mode == Mode::Symlink {
        let target = String::from_utf8_lossy(entry.content.as_deref().unwrap_or_default());
        return follow(hider, &target).is_none_or(|resolved| resolved != row.path);
    }
    let bytes = tree.file(hider).unwrap_or_default();
    let holds = |name: &String| matches!(marker::find(bytes, name), BlocksInFile::Block(_));
    let imports = || {
        String::from_utf8_lossy(bytes)
            .split_whitespace()
            .any(|word| is_import(&VisibleToken::Word(word.to_owned()), hider, &row.path))
    };
    !(marker::names(bytes).iter().any(holds) || assistant.imports && imports())
}

/// Reports expected entry points without a block.
fn missing(input: VerifyInput<'_>, tree: &Tree, report: &mut VerifyReport) {
    for name in input.expect {
        let Some(row) = input.rows.iter().find(|row| row.name == *name) else {
            continue;
        };
        // A damaged block has its own finding, and so has a symlink.
        let is_reported = |finding: &Finding| {
            let codes = [Code::EntryPointIsLink, Code::ContentFiltered, Code::NotText];
            codes.contains(&finding.code) && finding.at.as_ref().is_some_and(|at| row.owns(&at.file))
        };
        if report.files.iter().any(|file| file.entry_point == *name)
            || report.findings.iter().any(is_reported)
        {
            continue;
        }
        let whose = input
            .name
            .map_or_else(|| "of any store".to_owned(), |name| format!("of `{name}`"));
        let files = present(row, tree);
        let (message, file) = match files.first() {
            None => (
                format!("`{}` does not exist, but should hold a block", row.path),
                row.family().map_or(row.path.as_str(), |(folder, _)| folder),
            ),
            Some(first) if row.family().is_some() => (
                format!("no file of `{name}` (`{}`) holds a block {whose}", row.path),
                *first,
            ),
            Some(path) => (format!("`{path}` does not hold a block {whose}"), *path),
        };
        report.findings.push(
            Finding::new(Code::BlockMissing, message)
                .at(Location::file(file))
                .effect(format!("assistants that load `{name}` do not get the lessons"))
                .help("merge the proposal that adds it, restore the file from the git history, or change `--expect`"),
        );
    }
}

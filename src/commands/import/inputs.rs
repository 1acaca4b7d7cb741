//! The files that `import` reads.
//!
//! Input: targets, files and folders as typed. Output: their readings, the commit of each repository, and what could not be read. Not
//! here: what the files say (crate `import`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ImportArgs;
use crate::report::UserError;
use crate::repository::{LocalRepository, folder};
use crate::run::Context;
use crate::run::planning::Planning;
use crate::run::targets;
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_import::{
    FileReading, ImportFile, Unreadable, is_rule_file, left_out, normal, read as read_rules,
};
use lessonbook_store::{Store, Target, TargetLocation};

/// What was read.
#[derive(Default)]
pub struct ImportInput {
    /// The store with its folder, where there is one.
    pub store: Option<(PathBuf, Store)>,
    /// The files.
    pub readings: Vec<FileReading>,
    /// The commit at which a repository was read.
    pub commits: BTreeMap<String, String>,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// Reads everything that the arguments name.
pub fn read(args: &ImportArgs, context: &Context) -> anyhow::Result<ImportInput> {
    let mut input = ImportInput::default();
    // Without a store, files and folders can still be looked at.
    let needs_store = args.from.is_empty() || args.take.is_some() || context.store_dir.is_some();
    if needs_store || context.store_root().is_ok() {
        input.store = Some((context.store_root()?, context.load_store()?.0));
    }
    let (names, paths) = sorted(&args.from, input.store.as_ref().map(|(_, store)| store))?;
    if args.since.is_some() && !paths.is_empty() {
        return Err(
            UserError::wrong_use(format!("--since needs targets; `{}` is a path", paths[0]))
                .help("name targets of targets.yaml, or leave --since out")
                .into(),
        );
    }
    if let Some((root, store)) = input.store.clone()
        && (!names.is_empty() || args.from.is_empty())
    {
        let chosen = targets::select(&store, &names)?;
        read_targets(&mut input, context, args, (&root, &store), &chosen)?;
    }
    for path in &paths {
        read_path(&mut input, path)?;
    }
    if input.readings.is_empty() && input.findings.is_empty() {
        let what = if args.from.is_empty() {
            "the targets".to_owned()
        } else {
            args.from.join(", ")
        };
        return Err(UserError::wrong_use(format!("no file with rules in {what}"))
            .help("import reads CLAUDE.md, AGENTS.md, *.instructions.md, .cursor/rules and the like by itself; name any other file to read it")
            .into());
    }
    Ok(input)
}

/// Which of the arguments are targets, and which are paths. A target of that name wins.
fn sorted(typed: &[String], store: Option<&Store>) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut names, mut paths) = (Vec::new(), Vec::new());
    for word in typed {
        let found = store.map(|store| targets::select(store, std::slice::from_ref(word)));
        match found {
            Some(Ok(_)) => names.push(word.clone()),
            _ if Path::new(word).exists() => paths.push(word.clone()),
            Some(Err(error)) => return Err(error),
            None => {
                return Err(
                    UserError::wrong_use(format!("there is no file or folder `{word}`"))
                        .help("name a path, or start it in a store to name targets")
                        .into(),
                );
            }
        }
    }
    Ok((names, paths))
}

fn read_targets(
    input: &mut ImportInput,
    context: &Context,
    args: &ImportArgs,
    (root, store): (&Path, &Store),
    chosen: &[&Target],
) -> anyhow::Result<()> {
    let mut on_github = Vec::new();
    for target in chosen.iter().filter(|target| target.enabled) {
        match &target.place {
            TargetLocation::Local(path) => {
                match local(&root.join(path), target, store, args.since.as_deref()) {
                    Ok((commit, readings)) => {
                        input.commits.insert(target.name.clone(), commit);
                        input.readings.extend(readings);
                    }
                    Err(finding) => input.findings.push(finding),
                }
            }
            TargetLocation::Github(_) => on_github.push(target.name.clone()),
        }
    }
    if on_github.is_empty() {
        return Ok(());
    }
    if args.since.is_some() {
        return Err(UserError::wrong_use(format!(
            "--since reads history on disk; {} is on GitHub",
            on_github[0]
        ))
        .help("name targets on disk")
        .into());
    }
    let planning = Planning::new(context, &on_github)?;
    let about_targets = planning
        .findings
        .iter()
        .filter(|finding| finding.target.is_some() && finding.is_error());
    input.findings.extend(about_targets.cloned());
    for (name, snapshot) in &planning.snapshots {
        input.commits.insert(name.clone(), snapshot.base.commit.clone());
        input
            .readings
            .extend(readings(name, &snapshot.tree, &is_rule_file));
    }
    Ok(())
}

/// The rules of a target on disk at its base, and with `since` only those that were not there then.
fn local(
    folder: &Path,
    target: &Target,
    store: &Store,
    since: Option<&str>,
) -> Result<(String, Vec<FileReading>), Finding> {
    let repository = LocalRepository::open(folder, &target.name)?;
    let snapshot = repository.snapshot(target.base.as_deref(), &store.name, &is_rule_file)?;
    let mut found = readings(&target.name, &snapshot.tree, &is_rule_file);
    if let Some(since) = since {
        let then = repository.tree_since(&snapshot.base, since, &is_rule_file)?;
        let old: BTreeSet<String> = readings(&target.name, &then, &is_rule_file)
            .iter()
            .flat_map(|reading| &reading.candidates)
            .map(|candidate| normal(&candidate.rule))
            .collect();
        for reading in &mut found {
            reading.drop_candidates(&|candidate| old.contains(&normal(&candidate.rule)));
        }
    }
    Ok((snapshot.base.commit, found))
}

/// A file, or the files with rules of a folder. The repository is named as the folder was typed.
fn read_path(input: &mut ImportInput, typed: &str) -> anyhow::Result<()> {
    let path = Path::new(typed);
    let name = typed.trim_end_matches('/').trim_start_matches("./");
    let before = input.readings.len();
    if path.is_dir() {
        let name = if name.is_empty() { "." } else { name };
        // The store of another tool may be named itself; then its rules are recognized by their folder.
        let full = |inside: &str| is_rule_file(inside) || is_rule_file(&format!("{name}/{inside}"));
        let tree = folder::read_folder(path, &full)?;
        input.readings.extend(readings(name, &tree, &full));
        if input.readings.len() == before {
            return Err(UserError::wrong_use(format!("no file with rules in {typed}"))
                .help("import reads CLAUDE.md, AGENTS.md, *.instructions.md, .cursor/rules and the like by itself; name any other file to read it")
                .into());
        }
        return Ok(());
    }
    let (folder, file) = name.rsplit_once('/').unwrap_or((".", name));
    let tree = folder::read_file(path, file)?;
    input.readings.extend(readings(folder, &tree, &|_| true));
    Ok(())
}

/// The rules of the wanted files of a tree. A link is accounted for, and not read: the file that it leads to is.
fn readings(repository: &str, tree: &Tree, wanted: &dyn Fn(&str) -> bool) -> Vec<FileReading> {
    let files = tree.iter().filter(|(path, _)| wanted(path));
    files
        .filter_map(|(path, entry)| match (entry.mode, &entry.content, entry.unread) {
            (Mode::Submodule, ..) => None,
            (Mode::Symlink, content, _) => {
                let size = content.as_ref().map_or(0, |target| target.len());
                Some(left_out(repository, path, size, Unreadable::Link))
            }
            (_, Some(bytes), _) => Some(read_rules(&ImportFile {
                repository,
                path,
                bytes,
            })),
            (_, None, Some(size)) => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                Some(left_out(repository, path, size, Unreadable::TooLarge))
            }
            (_, None, None) => None,
        })
        .collect()
}

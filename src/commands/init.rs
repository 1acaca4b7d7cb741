//! `lessonbook init`: creates a store with explained example files.
//!
//! Input: a folder, and the git repositories beside it. Output: the files of a store that passes `check`. Not here: the text of
//! `targets.yaml` (`init/targets.rs`) and writing files (`repository/`).

mod tags;
mod targets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use self::targets::{Neighbour, NeighbourContent};
use super::{Context, Exit};
use crate::report::findings::{self, counted};
use crate::report::{Line, Progress, TextTable, UserError, style};
use crate::repository::{self, LocalRepository, new_store};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, Files};

/// Create a store with explained example files
///
/// Writes one commented lesson (a draft), targets.yaml with the git repositories beside the store (the instruction files that they
/// have, and tags taken from their manifests), the schemas for your editor, CODEOWNERS, two workflows for GitHub, and a README if
/// there is none. With --pages it writes a third workflow, which publishes a catalogue with GitHub Pages once you set it up;
/// everyone can read such a site, so it leaves out what not everyone may see. The new store passes `check`. Overwrites nothing: if
/// one of the files already exists, writes no file at all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// The folder, which is created if it does not exist
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// The store's name in markers and branch names [default: the name of the repository at `origin`, else of the folder]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Also write a workflow that publishes the lessons with GitHub Pages, where everyone can read them (see `site --public`)
    #[arg(long)]
    pub pages: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook init
  lessonbook init guardrails --name acme
  lessonbook init guardrails --pages";

const LESSON: &str = include_str!("init/lesson.yaml");
const README: &str = "README.md";
const LESSON_FILE: &str = "lessons/delivery/run-the-tests.yaml";
const CHECK: &str = ".github/workflows/check.yml";
const SYNC: &str = ".github/workflows/sync.yml";
const PAGES: &str = ".github/workflows/pages.yml";

/// The commit of a released program, which release.yml sets. The generated workflows use the action at this commit.
const COMMIT: Option<&str> = option_env!("LESSONBOOK_COMMIT");
/// The placeholder in workflows that a program without a release commit writes; the user replaces it.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Creates the store.
pub fn run(args: &InitArgs, context: &Context) -> anyhow::Result<Exit> {
    let dir = new_store::absolute(&args.dir)?;
    let home = repository::owner_and_name(&dir);
    let name = name(args, &dir, home.as_deref())?;
    let rows = lessonbook_store::load(&Files::new(), context.today)
        .0
        .entry_points;
    let (neighbours, trees) = neighbours(context, &dir, &name, &rows);
    let targets = targets::text(&name, home.as_deref(), &neighbours);
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        (README, include_bytes!("init/README.md").to_vec()),
        ("targets.yaml", targets.into_bytes()),
        (LESSON_FILE, LESSON.into()),
        (".github/CODEOWNERS", include_bytes!("init/CODEOWNERS").to_vec()),
        (CHECK, workflow(include_str!("init/check.yml")).into_bytes()),
        (SYNC, workflow(include_str!("init/sync.yml")).into_bytes()),
        ("docs/schema/lesson.json", super::schema::LESSON.into()),
        ("docs/schema/targets.json", super::schema::TARGETS.into()),
    ];
    if args.pages {
        files.push((PAGES, workflow(include_str!("init/pages.yml")).into_bytes()));
    }
    // Most hosts put a README into a new repository, so an existing one is kept.
    let has_readme = dir.join(README).symlink_metadata().is_ok();
    if has_readme {
        files.remove(0);
    }
    refuse_existing(&args.dir, &dir, &files)?;
    check(&files, &trees, context)?;
    new_store::write_all_new(&dir, &files)?;
    report(args, context, &files, &neighbours, has_readme)?;
    Ok(Exit::Done)
}

/// A workflow that uses the action at the commit of this program.
fn workflow(template: &str) -> String {
    let text = template.replace("{commit}", COMMIT.unwrap_or(NO_COMMIT));
    text.replace("{version}", env!("CARGO_PKG_VERSION"))
}

/// The store's name: as given, else the name of the repository at `origin`, else of the folder.
fn name(args: &InitArgs, dir: &Path, home: Option<&str>) -> anyhow::Result<String> {
    let folder = dir.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let repository = home
        .and_then(|home| home.split_once('/'))
        .map(|(_, name)| name.to_lowercase());
    let is_valid = |name: &str| lessonbook_store::names::is_store_name(name);
    match &args.name {
        Some(name) if is_valid(name) => Ok(name.clone()),
        Some(name) => Err(UserError::wrong_use(format!(
            "`{name}` can't be used in markers and branch names"
        ))
        .help("use at most 60 lower-case letters, digits and single hyphens between them: --name acme")
        .into()),
        None => {
            let names = [repository, folder].into_iter().flatten();
            let mut names = names.map(|name| super::add::slug(&name, 60));
            if let Some(name) = names.find(|name| is_valid(name)) {
                return Ok(name);
            }
            Err(
                UserError::wrong_use("no store name can be made from the folder's name")
                    .help("pass one: --name acme")
                    .into(),
            )
        }
    }
}

/// The repositories beside the store, and the trees of those that can be targets.
fn neighbours(
    context: &Context,
    dir: &Path,
    store: &str,
    rows: &[EntryPoint],
) -> (Vec<Neighbour>, BTreeMap<String, Tree>) {
    let names = new_store::work_trees_beside(dir);
    let progress = Progress::start(&context.printer, "reading repositories", names.len());
    let (mut neighbours, mut trees) = (Vec::new(), BTreeMap::new());
    let mut folders: BTreeMap<PathBuf, String> = BTreeMap::new();
    // A linked work tree of the store's own repository can't be a target.
    if let Ok(own) = LocalRepository::open(dir, "") {
        folders.insert(own.common_dir(), "this store".to_owned());
    }
    for name in names {
        let path = format!("../{name}");
        progress.now(&path);
        let content = tree(dir, &path, store, rows, &mut folders).map(|tree| {
            let content = NeighbourContent::from_tree(&tree, rows);
            trees.insert(path.clone(), tree);
            content
        });
        let folder = dir.parent().unwrap_or(dir).join(path.trim_start_matches("../"));
        let origin = repository::owner_and_name(&folder);
        neighbours.push(Neighbour {
            path,
            content,
            origin,
        });
        progress.done();
    }
    (neighbours, trees)
}

/// The tree of a neighbour, or why it can't be a target, in which case `check` would refuse it.
fn tree(
    dir: &Path,
    path: &str,
    store: &str,
    rows: &[EntryPoint],
    folders: &mut BTreeMap<PathBuf, String>,
) -> Result<Tree, String> {
    let why = |finding: Finding| targets::one_line(&finding.message);
    if path.chars().any(char::is_control) {
        return Err("its name contains control characters".to_owned());
    }
    // The store's folder may not exist yet, so `DIR/../name` can't be opened.
    let folder = dir.parent().unwrap_or(dir).join(path.trim_start_matches("../"));
    let repository = LocalRepository::open(&folder, path).map_err(why)?;
    let snapshot = repository
        .snapshot(None, store, &|path| rows.iter().any(|row| row.owns(path)))
        .map_err(why)?;
    if let Some(first) = folders.get(&repository.common_dir()) {
        return Err(format!("it is another work tree of {first}"));
    }
    folders.insert(repository.common_dir(), path.to_owned());
    Ok(snapshot.tree)
}

fn refuse_existing(shown: &Path, dir: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), UserError> {
    let existing = new_store::existing_paths(dir, files.iter().map(|(path, _)| *path));
    if existing.is_empty() {
        return Ok(());
    }
    let (verb, them) = if existing.len() == 1 {
        ("exists", "it")
    } else {
        ("exist", "them")
    };
    let message = format!("{} already {verb} in {}", existing.join(", "), shown.display());
    Err(UserError::wrong_use(message).help(format!(
        "nothing was written; move {them} away, or name another folder"
    )))
}

/// Checks the new store before it is written, so that a store with errors is never created.
fn check(files: &[(&str, Vec<u8>)], trees: &BTreeMap<String, Tree>, context: &Context) -> anyhow::Result<()> {
    let read = |path: &str| path == "targets.yaml" || path.starts_with("lessons/");
    let files: Files = files
        .iter()
        .filter(|(path, _)| read(path))
        .map(|(path, bytes)| ((*path).to_owned(), bytes.clone()))
        .collect();
    let (store, mut errors) = lessonbook_store::load(&files, context.today);
    errors.extend(lessonbook_store::reach::check_reach(&store, trees));
    errors.retain(Finding::is_error);
    if errors.is_empty() {
        return Ok(());
    }
    context.printer.complain(&findings::human(&errors));
    Err(UserError::new("the new store would not pass `check`, so nothing was written").into())
}

fn report(
    args: &InitArgs,
    context: &Context,
    files: &[(&str, Vec<u8>)],
    neighbours: &[Neighbour],
    has_readme: bool,
) -> anyhow::Result<()> {
    let what = |path: &str| match path {
        README => "what to do next".to_owned(),
        "targets.yaml" => {
            let (usable, left_out): (Vec<_>, Vec<_>) = neighbours.iter().partition(|one| one.content.is_ok());
            let left_out = match left_out.len() {
                0 => String::new(),
                number => format!(", {number} left out"),
            };
            match usable.len() {
                0 => format!("which repositories receive lessons: none beside the store{left_out}"),
                1 => format!("which repositories receive lessons: 1 beside the store{left_out}"),
                number => format!("which repositories receive lessons: {number} beside the store{left_out}"),
            }
        }
        LESSON_FILE => "a draft that shows every key".to_owned(),
        ".github/CODEOWNERS" => "who reviews lessons".to_owned(),
        CHECK => "checks every pull request".to_owned(),
        SYNC => "proposes every night, after you set it up".to_owned(),
        PAGES => "publishes a site that everyone can read, after you set it up".to_owned(),
        _ => "for your editor".to_owned(),
    };
    let mut table = TextTable::new(&[]);
    for (path, _) in files {
        table.row([
            Line::styled(style::GOOD, "new"),
            (*path).into(),
            what(path).into(),
        ]);
    }
    if has_readme {
        table.row([
            Line::styled(style::DIM, "kept"),
            README.into(),
            "your own file".into(),
        ]);
    }
    context.printer.data(&table.render())?;
    let store = match args.dir.to_string_lossy() {
        dir if dir == "." => String::new(),
        dir => format!(" --store {}", crate::report::sanitize::visible(&dir)),
    };
    let placeholder = match COMMIT {
        Some(_) => String::new(),
        None => format!(
            "\n\nThis program is not a release: before you push, replace the zeros in {CHECK}{} {SYNC} with the commit of a \
             release of lessonbook.",
            if args.pages {
                format!(", {PAGES} and")
            } else {
                " and".to_owned()
            }
        ),
    };
    let has_files = |one: &&Neighbour| {
        one.content
            .as_ref()
            .is_ok_and(|content| !content.files.is_empty())
    };
    let import = match neighbours.iter().filter(has_files).count() {
        0 => String::new(),
        1 => format!("lessonbook import{store}  make lessons of the rules that 1 repository already has\n  "),
        number => format!(
            "lessonbook import{store}  make lessons of the rules that {number} repositories already have\n  "
        ),
    };
    context.printer.talk(&format!(
        "init: {}\n\nNext:\n  lessonbook check{store}   check the store; run it after every change\n  {import}\
         lessonbook plan{store}    show what would change in each repository\n  \
         lessonbook add{store}     write a lesson of your own{placeholder}",
        counted(files.len(), "file")
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::LESSON;
    use lessonbook_store::read::lesson::KEYS;

    #[test]
    fn the_first_lesson_shows_every_key() {
        for key in KEYS {
            let shown = |line: &str| {
                line.trim_start_matches("# ").starts_with(&format!("{key}: "))
                    || line.trim_start_matches("# ") == format!("{key}:")
            };
            assert!(LESSON.lines().any(shown), "{key}");
        }
    }
}
